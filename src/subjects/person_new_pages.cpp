#include <algorithm>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/text.hpp"
#include "subjects/page_parts.hpp"
#include "subjects/people_pages.hpp"

/// A new person, after the search: likely matches stand beside what is typed, each with its score and reasons. Using one, or saying that it is not
/// the same and why, comes before adding; what was said is kept with the new record, so that the two are never offered to each other again.
namespace concord::subjects {
namespace {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
using namespace parts;
namespace ui = web::ui;

struct NotSame {
    std::string id, why;
};

struct Typed {
    Json details = Json::object();
    std::vector<NotSame> not_same;
    bool said_not(const std::string& id) const {
        return std::any_of(not_same.begin(), not_same.end(), [&](const NotSame& one) { return one.id == id; });
    }
    bool enough() const {
        std::string all;
        for (const char* field : {"given_name", "family_name", "phone", "email", "postcode", "address"}) all += details[field].as_string();
        return letters_and_digits(all) >= 2;
    }
    std::string name() const {
        const std::string name = tidy(details["given_name"].as_string() + " " + details["family_name"].as_string());
        return name.empty() ? "this person" : name;
    }
};

constexpr std::array fields{"given_name", "middle_names", "family_name", "date_of_birth", "sex",          "address",
                            "postcode",   "phone",        "email",       "language",      "contact_note", "safe_to_contact"};

Typed typed_of(const Request& request) {
    Typed typed;
    for (const char* field : fields) typed.details.set_if(field, tidy(request.typed(field)));
    const auto ids = request.typed_all("not"), whys = request.typed_all("not_why");
    for (std::size_t i = 0; i < ids.size() && i < 20; ++i) typed.not_same.push_back({ids[i], i < whys.size() ? whys[i] : std::string{}});
    return typed;
}

std::vector<Candidate> matches_of(store::Reader& reader, const Context& context, const Typed& typed) {
    const auto details = details_from(typed.details, context.today());
    if (!details || !typed.enough()) return {};
    auto found = candidates(reader, context, *details);
    std::erase_if(found, [&](const Candidate& one) { return typed.said_not(one.person.id); });
    return found;
}

Html card(store::Reader& reader, const Context& context, const Candidate& one, const PersonStanding& standing, const Request& request,
          const Refusal* refusal) {
    const std::string why = "why_" + one.person.id;
    const bool wrong = !error_of(refusal, why).empty();
    const Html deny =
        ui::details({.summary = "Not the same",
                     .text = line({.name = why, .label = "Why is it not " + one.person.name() + "?"}, std::string{request.typed(why)}, refusal) +
                             act("not:" + one.person.id, "It is not the same", "secondary", one.person.name()),
                     .open = wrong});
    return candidate_card(one, standing ? standing(reader, context, one.person.stream) : std::string{},
                          act("use:" + one.person.id, "Use this one", one.band == "strong" ? "" : "secondary", one.person.name()), deny);
}

Html said_so_far(store::Reader& reader, const Context& context, const Typed& typed) {
    std::vector<Html> items;
    for (const auto& one : typed.not_same) {
        const auto held = readable_person(reader, context, one.id);
        if (!held) continue;
        items.push_back(hidden("not", one.id) + hidden("not_why", one.why) + el("strong", person(reader, *held)->name()) +
                        Html{": " + one.why + " "} + act("back:" + one.id, "Take back", "secondary", person(reader, *held)->name()));
    }
    return items.empty() ? Html{} : ui::box(h2("Said not to be the same") + ui::mini(items), "tint");
}

Html matches(store::Reader& reader, const Context& context, const Typed& typed, const PersonStanding& standing, const Request& request,
             const Refusal* refusal) {
    if (!typed.enough())
        return h2("Possible matches") +
               p("Type a name, an address or a telephone number: records that may be this person appear here. Nobody is added "
                 "before the search.") +
               said_so_far(reader, context, typed);
    const auto found = matches_of(reader, context, typed);
    const bool strong = std::any_of(found.begin(), found.end(), [](const Candidate& one) { return one.band == "strong"; });
    Html out = h2(found.empty() ? "No match" : counted(static_cast<long long>(found.size()), "possible match", "possible matches"));
    if (const std::string error = error_of(refusal, "matches"); !error.empty()) out += ui::error_message({.text = error});
    if (found.empty()) out += p("No record that you may see is likely to be this person.");
    for (const auto& one : found) out += card(reader, context, one, standing, request, refusal);
    out += said_so_far(reader, context, typed);
    out += el("h3", {{"class", "govuk-heading-s"}}, found.empty() ? "Add the person" : "None of these?");
    if (strong) out += p("One of them is almost certainly this person: use it, or say first why it is not the same.");
    return out + act("new", fmt::format("Add {} as a new person", typed.name()), "secondary");
}

Html questions(const Typed& typed, const Refusal* refusal) {
    const auto held = [&](const char* field) { return typed.details[field].as_string(); };
    const auto ask = [&](const char* field, const char* label, const char* hint = "", const char* classes = "") {
        return line({.name = field, .label = label, .hint = hint, .classes = classes}, held(field), refusal);
    };
    Html more = ask("middle_names", "Middle names") + one_of({.name = "sex", .label = "Sex"}, "sexes", held("sex"), refusal) +
                ask("language", "Language that they speak, where it is not English");
    const bool open = !held("middle_names").empty() || !held("sex").empty() || !held("language").empty();
    return el("div", {{"data-cc", "row"}}, ask("given_name", "First name") + ask("family_name", "Last name")) +
           ask("date_of_birth", "Date of birth, as far as it is known", "3/11/1987, 11/1987, 1987 or about 1987", "govuk-input--width-10") +
           el("div", {{"data-cc", "row"}}, ask("address", "House and street") + ask("postcode", "Postcode", "", "govuk-input--width-10")) +
           el("div", {{"data-cc", "row"}}, ask("phone", "Phone, if known") + ask("email", "E-mail, if known")) +
           safe_to_contact(held("safe_to_contact"), refusal) +
           ask("contact_note", "What to know before getting in touch", "\"Her husband answers the landline\"") +
           ui::details({.summary = "Other names, sex, language", .text = more, .open = open}) + act("check", "Check for matches");
}

Response page(const Request& request, Context& context, const PersonStanding& standing, const Typed& typed, const Refusal* refusal,
              const access::Unsent& unsent = {}) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "create", {.kind = "person"})) return absent();
        const Html right = el("div", {{"id", "matches"}}, matches(reader, context, typed, standing, request, refusal));
        const Html main =
            back_link("/records", "People and places") + error_summary(refusal) +
            ui::head("Record a person", "First look whether they are here already. Looking is recorded.") +
            el("form",
               {{"method", "post"}, {"action", "/people/new"}, {"data-matches", "/people/new"}, {"data-draft", "/people/new"}, {"novalidate", true}},
               hidden("csrf", context.csrf) + ui::split(questions(typed, refusal) + access::draft_line(unsent), right, "form"));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Record a person"}, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

/// The page as it was left, or an empty one.
Response open(const Request& request, Context& context, const PersonStanding& standing) {
    const auto left = context.db.reading([&](store::Reader& reader) { return access::unsent(reader, context, request, request.path); });
    return page(left.request, context, standing, typed_of(left.request), nullptr, left);
}

Refusal wrong(std::string field, std::string message) {
    return {Because::invalid, "subjects.person", "Some answers need another look.", {{std::move(field), std::move(message)}}};
}

/// The new record and the decisions that were taken on the way to it, in one transaction.
Result<std::string> add(store::Transaction& tx, const Context& context, const Typed& typed) {
    if (auto asked = context.demand(tx, "create", {.kind = "person"}); !asked) return asked.error();
    const auto details = details_from(typed.details, context.today());
    if (!details) return details.error();
    const auto found = matches_of(tx, context, typed);
    if (std::any_of(found.begin(), found.end(), [](const Candidate& one) { return one.band == "strong"; }))
        return wrong("matches", "A record here is almost certainly this person: use it, or say why it is not the same.");
    auto made = create_person(tx, context.ledger, context.author(), *details);
    if (!made) {
        Refusal refusal = made.error();
        for (auto& error : refusal.fields)
            if (error.field == "name") error.field = "family_name";
        return refusal;
    }
    for (const auto& one : typed.not_same)
        if (const auto other = readable_person(tx, context, one.id))
            if (auto said = mark_distinct(tx, context, *made, *other, one.why); !said) return said.error();
    access::drop_draft(tx, context.actor.user, "/people/new");
    return person(tx, *made)->id;
}

Response send(const Request& request, Context& context, const PersonStanding& standing) {
    Typed typed = typed_of(request);
    if (request.asked("part") == "matches")
        return context.db.reading([&](store::Reader& reader) -> Response {
            if (!context.demand(reader, "create", {.kind = "person"})) return absent();
            return web::html(matches(reader, context, typed, standing, request, nullptr).markup());
        });
    const std::string what{request.typed("do")};
    const auto after = [&](std::string_view prefix) { return what.starts_with(prefix) ? what.substr(prefix.size()) : std::string{}; };
    if (const std::string id = after("use:"); !id.empty()) {
        const auto known = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
            if (!readable_person(tx, context, id)) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
            access::drop_draft(tx, context.actor.user, "/people/new");
            return Done{};
        });
        return known ? web::see_other("/people/" + id) : absent();
    }
    if (const std::string id = after("back:"); !id.empty()) {
        std::erase_if(typed.not_same, [&](const NotSame& one) { return one.id == id; });
        return page(request, context, standing, typed, nullptr);
    }
    if (const std::string id = after("not:"); !id.empty()) {
        const std::string why = tidy(request.typed("why_" + id));
        if (letters_and_digits(why) < 5) {
            const Refusal refusal = wrong("why_" + id, "Say why it is not them, in a few words: the next person who looks will see it.");
            return page(request, context, standing, typed, &refusal);
        }
        if (!typed.said_not(id)) typed.not_same.push_back({id, why});
        return page(request, context, standing, typed, nullptr);
    }
    if (what == "new") {
        const auto made = context.db.writing([&](store::Transaction& tx) { return add(tx, context, typed); });
        if (made) return web::see_other("/people/" + *made + "?made=yes");
        if (made.error().because == Because::absent) return absent();
        return page(request, context, standing, typed, &made.error());
    }
    const auto details = details_from(typed.details, context.today());
    return page(request, context, standing, typed, details ? nullptr : &details.error());
}

}  // namespace

Html candidate_card(const Candidate& one, const Html& standing, const Html& actions, const Html& more) {
    std::vector<ui::Reason> why;
    for (const auto& reason : one.reasons)
        why.push_back({.text = reason.text,
                       .state = reason.kind == "different"  ? "diff"
                                : reason.kind == "not_held" ? "none"
                                : reason.kind == "near"     ? "near"
                                                            : "same"});
    const auto& d = one.person.details;
    std::string about = d.birth.known() ? fmt::format("Born {}. ", in_words(d.birth)) : "";
    about += tidy(d.address + (d.address.empty() || d.postcode.empty() ? "" : ", ") + d.postcode);
    const double percent = one.likelihood * 100;
    return ui::match({.name = one.person.name(),
                      .href = "/people/" + one.person.id,
                      .percent = percent,
                      .score_text = fmt::format("{}, {:.0f}%", one.band == "strong" ? "Almost certain" : "Possible", percent),
                      .about = about,
                      .why = why,
                      .standing = standing,
                      .actions = actions + more,
                      .kind = one.band == "strong" ? "" : "possible"});
}

void add_new_person_pages(access::Routes& routes, const PersonStanding& standing) {
    routes.get("/people/new", "Record a person", "pages",
               [standing](const Request& request, Context& context) { return open(request, context, standing); });
    routes.post("/people/new", "Looks for matches, or records a person", "pages",
                [standing](const Request& request, Context& context) { return send(request, context, standing); });
}

}  // namespace concord::subjects
