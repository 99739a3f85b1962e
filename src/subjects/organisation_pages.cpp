#include <algorithm>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/text.hpp"
#include "subjects/organisations.hpp"
#include "subjects/page_parts.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/places.hpp"
#include "subjects/subject_codes.hpp"

/// Organisations: find one, record one after the search, its page with the people, places and cases that the reader may see, and who belongs to it.
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

constexpr std::array fields{"name", "kind", "phone", "email", "address", "postcode", "note", "until"};

std::string address_of(const OrganisationDetails& d) { return tidy(d.address + (d.address.empty() || d.postcode.empty() ? "" : ", ") + d.postcode); }

std::string spaced(const std::string& phone) {
    return value_in_words({.id = {}, .kind = "phone", .value = phone, .label = {}, .from = {}, .until = {}});
}

std::optional<Seq> readable(store::Reader& reader, const Context& context, const Request& request) {
    const auto stream = find_organisation(reader, request.parameter("id"));
    if (!context.demand(reader, "read", {.kind = "organisation", .seq = stream.value_or(-1)}) || !stream) return {};
    return stream;
}

// ---- Find

Html kind_filter(const std::string& kind) {
    ui::Select select{.label = {.text = "Kind"}, .id = "kind", .name = "kind", .items = {{.text = "Any", .value = ""}}};
    for (const auto& one : subject_codes("organisation_kinds"))
        select.items.push_back({.text = std::string{one.label}, .value = std::string{one.code}, .selected = one.code == kind});
    return ui::select(select);
}

Response find_page(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "read", {.kind = "organisation"})) return absent();
        const std::string words = tidy(request.asked("q")), kind{request.asked("kind")};
        const bool asked = !words_of(words).empty() || !kind.empty();
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& one : find_organisations(reader, words, kind, 51)) {
            if (rows.size() == 50) break;
            Html name = link("/organisations/" + one.id, one.details.name);
            if (!one.details.until.empty()) name += Html{" "} + tag("Ended", "grey");
            rows.push_back({{.text = name},
                            {.text = label_of("organisation_kinds", one.details.kind)},
                            {.text = address_of(one.details)},
                            {.text = spaced(one.details.phone)}});
        }
        const std::size_t n = rows.size();
        Html found = rows.empty() ? p(asked ? "No organisation has these words." : "No organisation is recorded yet.")
                                  : ui::stacked_table({.caption = "Organisations",
                                                       .caption_classes = "govuk-visually-hidden",
                                                       .head = {{.text = "Name"}, {.text = "Kind"}, {.text = "Address"}, {.text = "Phone"}},
                                                       .rows = rows,
                                                       .first_cell_is_header = true});
        const bool may_add = context.may(reader, "create", {.kind = "organisation"}).allowed;
        Html main = ui::breadcrumbs({.items = {{.text = "People and places", .href = "/records"}, {.text = "Organisations"}}}) +
                    ui::head("Organisations", "Landlords, schools, shops, groups: known to everyone who signs in");
        main += el("form", {{"method", "get"}, {"action", "/organisations"}, {"role", "search"}, {"aria-label", "Organisations"}},
                   el("div", {{"data-cc", "row"}},
                      line({.name = "q", .label = "Name, street or postcode"}, words, nullptr) + kind_filter(kind) +
                          el("div", {{"data-k", "fit"}}, button("Find"))));
        main += ui::section("found", asked ? counted(static_cast<long long>(n), "organisation") + (n == 50 ? " or more" : "") : "The newest", found);
        if (may_add) main += p(link("/organisations/new", asked ? "It is none of these: record an organisation" : "Record an organisation"));
        return context.page(request, "Organisations", main);
    });
}

// ---- Record and correct

Json typed_of(const Request& request) {
    Json typed = Json::object();
    for (const char* field : fields)
        if (request.has_typed(field)) typed.set(field, tidy(request.typed(field), std::string_view{field} == "note"));
    return typed;
}

Json as_typed(const OrganisationDetails& d) {
    return Json::object({{"name", d.name},
                         {"kind", d.kind},
                         {"phone", spaced(d.phone)},
                         {"email", d.email},
                         {"address", d.address},
                         {"postcode", d.postcode},
                         {"note", d.note},
                         {"until", typed_day(d.until)}});
}

/// `now`: as it is held, where somebody else changed it meanwhile.
Html questions(const Json& typed, const Refusal* refusal, bool is_new, const Json& now = {}) {
    const auto held_now = [&](const char* field) -> std::string {
        if (now.is_null() || now[field] == typed[field]) return {};
        return now[field].as_string().empty() ? "nothing" : now[field].as_string();
    };
    const auto ask = [&](const char* field, const char* label, const char* hint = "", const char* classes = "") {
        return line({.name = field, .label = label, .hint = hint, .classes = classes, .held_now = held_now(field)}, typed[field].as_string(),
                    refusal);
    };
    Html out = ask("name", "Name") +
               one_of({.name = "kind", .label = "What kind of organisation is it?", .held_now = held_now("kind")}, "organisation_kinds",
                      typed["kind"].as_string(), refusal) +
               el("div", {{"data-cc", "row"}}, ask("address", "Street") + ask("postcode", "Postcode", "", "govuk-input--width-10")) +
               el("div", {{"data-cc", "row"}}, ask("phone", "Phone") + ask("email", "E-mail")) +
               text_area({.name = "note",
                          .label = "What to know about it",
                          .hint = "Everybody who signs in can read this: nothing about a person.",
                          .held_now = held_now("note")},
                         typed["note"].as_string(), refusal);
    if (!is_new) out += ask("until", "When did it end, if it did?", "Like 3/11/2025", "govuk-input--width-10");
    return out;
}

/// Who may be meant: the same name, the same telephone or e-mail, one of the same words.
std::vector<Organisation> like(store::Reader& reader, const Json& typed) {
    if (words_of(typed["name"].as_string()).empty()) return {};
    std::vector<Organisation> all = same_named(reader, typed["name"].as_string());
    const auto add = [&](const Organisation& one) {
        if (all.size() < 8 && std::none_of(all.begin(), all.end(), [&](const Organisation& known) { return known.stream == one.stream; }))
            all.push_back(one);
    };
    for (const auto& one : find_organisations(reader, typed["name"].as_string(), "", 8)) add(one);
    // "Coast Homes Limited" is found by its first word too.
    if (const auto words = words_of(typed["name"].as_string()); words.size() > 1 && words.front().size() > 3)
        for (const auto& one : find_organisations(reader, words.front(), "", 8)) add(one);
    return all;
}

Html candidates_html(const std::vector<Organisation>& found, const Json& typed) {
    std::vector<ui::Row> rows;
    Html seen;
    for (const auto& one : found) {
        std::vector<std::string> why;
        if (fold(one.details.name) == fold(typed["name"].as_string())) why.push_back("Name is the same");
        if (!one.details.phone.empty() && one.details.phone == normal_phone(typed["phone"].as_string())) why.push_back("Phone is the same");
        if (!one.details.postcode.empty() && one.details.postcode == normal_postcode(typed["postcode"].as_string()))
            why.push_back("Postcode is the same");
        if (why.empty()) why.push_back("Name has the same words");
        rows.push_back({.due = ui::due(label_of("organisation_kinds", one.details.kind)),
                        .text = one.details.name,
                        .href = "/organisations/" + one.id,
                        .about = tidy(address_of(one.details) + ". ") + join(why, ", ") + ".",
                        .does = button_link("Use this one", "/organisations/" + one.id, one.details.name)});
        seen += hidden("seen", one.id);
    }
    return ui::rows(rows) + seen;
}

Response new_page(const Request& request, Context& context, const Refusal* refusal, const std::vector<Organisation>& found) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "create", {.kind = "organisation"})) return absent();
        const auto unsent = access::unsent(reader, context, request, request.path);
        const Json typed = typed_of(unsent.request);
        Html right = h2(found.empty() ? "Already here?"
                                      : counted(static_cast<long long>(found.size()), "organisation that may be it", "organisations that may be it"),
                        "matches");
        if (found.empty())
            right += p("Organisations with the same name, telephone or words are shown here before a new one is recorded.");
        else
            right += candidates_html(found, typed) + act("new", "It is none of these: record it", "secondary");
        const Html main =
            back_link("/organisations", "Organisations") + error_summary(refusal) + ui::head("Record an organisation") +
            el("form", {{"method", "post"}, {"action", request.path}, {"data-draft", request.path}, {"novalidate", true}},
               hidden("csrf", context.csrf) +
                   ui::split(questions(typed, refusal, true) + act("check", "Look and record", "") + access::draft_line(unsent), right, "form"));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Record an organisation"}, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response record(const Request& request, Context& context) {
    std::vector<Organisation> found;
    bool recorded = false;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::string> {
        if (auto asked = context.demand(tx, "create", {.kind = "organisation"}); !asked) return asked.error();
        const Json typed = typed_of(request);
        found = like(tx, typed);
        const auto seen = request.typed_all("seen");
        const bool all_seen = std::all_of(found.begin(), found.end(),
                                          [&](const Organisation& one) { return std::find(seen.begin(), seen.end(), one.id) != seen.end(); });
        if (!found.empty() && !(all_seen && request.typed("do") == "new")) return std::string{};
        auto made = create_organisation(tx, context, typed);
        if (!made) return made.error();
        recorded = true;
        access::drop_draft(tx, context.actor.user, request.path);
        return organisation(tx, *made)->id;
    });
    if (!done) return done.error().because == Because::absent ? absent() : new_page(request, context, &done.error(), found);
    return recorded ? web::see_other("/organisations/" + *done + "?saved=yes") : new_page(request, context, nullptr, found);
}

Response edit_page(const Request& request, Context& context, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable(reader, context, request);
        if (!stream || !context.demand(reader, "change", {.kind = "organisation", .seq = *stream})) return absent();
        const auto one = organisation(reader, *stream);
        const bool clash = refusal != nullptr && refusal->because == Because::stale;
        const auto unsent = access::unsent(reader, context, request, request.path);
        const Json now = as_typed(one->details), typed = request.method == "POST" || unsent.saved_at ? typed_of(unsent.request) : now;
        const auto version = version_shown(unsent, one->version);
        const std::string at = "/organisations/" + one->id;
        const Html main =
            back_link(at, one->details.name) + error_summary(refusal) +
            ui::head(clash ? "Somebody changed this while you had it open" : "Correct what is held", one->details.name) +
            el("form", {{"method", "post"}, {"action", request.path}, {"data-draft", request.path}, {"novalidate", true}},
               hidden("csrf", context.csrf) + hidden("version", std::to_string(version)) + questions(typed, refusal, false, clash ? now : Json{}) +
                   el("div", {{"class", "govuk-button-group"}},
                      button(clash ? "Save mine" : "Save") + link(at, "Cancel") + access::draft_line(unsent)));
        return context.page(request, (refusal != nullptr ? "Error: Correct " : "Correct ") + one->details.name, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response edit(const Request& request, Context& context) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        const auto stream = readable(tx, context, request);
        if (!stream) return Refusal{Because::absent, "subjects.absent", "There is no such organisation."};
        auto corrected = correct_organisation(tx, context, *stream, version_of(request).value_or(-1), typed_of(request));
        if (corrected) access::drop_draft(tx, context.actor.user, request.path);
        return corrected;
    });
    if (done) return web::see_other(fmt::format("/organisations/{}?saved=yes", request.parameter("id")));
    return done.error().because == Because::absent ? absent() : edit_page(request, context, &done.error());
}

// ---- Its page

/// Places that it runs, by the name given there, and the place of its own address.
std::vector<Seq> places_of(store::Reader& reader, const Organisation& one) {
    std::vector<Seq> all;
    if (!one.details.address.empty())
        if (const auto own = find_place(reader, {.text = one.details.address, .postcode = one.details.postcode})) all.push_back(*own);
    for (const auto& row : reader.select("i", "select stream from place where lower(managed_by) = lower(:name) order by stream limit 100",
                                         {{"name", one.details.name}}))
        if (std::find(all.begin(), all.end(), row.integer(0)) == all.end()) all.push_back(row.integer(0));
    return all;
}

Html summary_of(const Organisation& one) {
    const auto& d = one.details;
    std::vector<ui::SummaryRow> rows;
    const auto row = [&](const char* key, const std::string& value) {
        if (!value.empty()) rows.push_back({.key = {key}, .value = {value}});
    };
    row("Kind", label_of("organisation_kinds", d.kind));
    row("Phone", spaced(d.phone));
    row("E-mail", d.email);
    row("Address", address_of(d));
    row("To know", d.note);
    if (const auto until = parse_date(d.until)) row("Ended", in_words(*until));
    return ui::summary_list({.rows = rows});
}

Html people_of(store::Reader& reader, const Context& context, const Organisation& one, bool changes) {
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& member : members_of(reader, one.stream)) {
        if (!context.may(reader, "read", {.kind = "person", .seq = member.person}).allowed) continue;
        const auto held = person(reader, member.person);
        const std::string when = period(member.since, member.until);
        Html change;
        if (changes)
            change = link(fmt::format("/organisations/{}/members/{}", one.id, member.id),
                          Html{"Change"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + held->name()));
        rows.push_back({{.text = link("/people/" + held->id, held->name())},
                        {.text = contact_lines(reader, context, member.person)},
                        {.text = label_of("organisation_roles", member.role) + (member.words.empty() ? "" : ". " + member.words)},
                        {.text = when.empty() ? "Not known" : capital(when)},
                        {.text = change}});
    }
    if (rows.empty()) return p("Nobody whom you may know is recorded here.");
    return ui::stacked_table({.caption = "People of the organisation",
                              .caption_classes = "govuk-visually-hidden",
                              .head = {{.text = "Name"},
                                       {.text = "How to reach them"},
                                       {.text = "Part"},
                                       {.text = "When"},
                                       {.text = el("span", {{"class", "govuk-visually-hidden"}}, "Change")}},
                              .rows = rows,
                              .first_cell_is_header = true});
}

Html places_html(store::Reader& reader, const std::vector<Seq>& places) {
    std::vector<Html> items;
    for (const Seq one : places) {
        const auto held = place(reader, one);
        items.push_back(link("/places/" + held->id, held->name()) + Html{held->details.postcode.empty() ? "" : ", " + held->details.postcode});
    }
    return items.empty() ? p("No place gives its name as the one that runs it.") : ui::mini(items);
}

Response show(const Request& request, Context& context, const std::vector<OrganisationPanel>& panels) {
    Seq seen = 0;
    auto response = context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable(reader, context, request);
        if (!stream) return absent();
        seen = *stream;
        const auto one = organisation(reader, *stream);
        const bool changes = context.may(reader, "change", {.kind = "organisation", .seq = *stream}).allowed;
        const std::string at = "/organisations/" + one->id;
        Html main = ui::breadcrumbs({.items = {{.text = "People and places", .href = "/records"},
                                               {.text = "Organisations", .href = "/organisations"},
                                               {.text = one->details.name}}});
        if (request.asked("saved") == "yes") main += ui::notification_banner({.text = "Saved.", .title = "Done", .type = "success"});
        main += ui::head(one->details.name, "Organisation", changes ? button_link("Correct", at + "/edit", one->details.name) : Html{});
        main += summary_of(*one);
        main +=
            ui::section("people", "People", people_of(reader, context, *one, changes), changes ? link(at + "/members/new", "Add a person") : Html{});
        const auto places = places_of(reader, *one);
        main += ui::section("places", "Places", places_html(reader, places));
        for (const auto& panel : panels)
            if (const Html inside = panel.draw(reader, context, *one, places); !inside.empty()) main += ui::section(panel.id, panel.heading, inside);
        return context.page(request, one->details.name, main);
    });
    if (seen != 0 && response.status == 200) context.looked("organisation", {seen});
    return response;
}

// ---- Who belongs to it

Response member_page(const Request& request, Context& context, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable(reader, context, request);
        if (!stream || !context.demand(reader, "change", {.kind = "organisation", .seq = *stream})) return absent();
        const auto one = organisation(reader, *stream);
        const std::string item{request.parameter("item")}, at = "/organisations/" + one->id;
        Json typed = Json::object();
        Html who;
        if (!item.empty()) {
            const auto all = members_of(reader, *stream);
            const auto found = std::find_if(all.begin(), all.end(), [&](const Membership& member) { return member.id == item; });
            if (found == all.end() || !context.demand(reader, "read", {.kind = "person", .seq = found->person})) return absent();
            typed = Json::object(
                {{"role", found->role}, {"since", typed_day(found->since)}, {"until", typed_day(found->until)}, {"words", found->words}});
            const auto held = person(reader, found->person);
            who = p(Html{"Part of "} + link("/people/" + held->id, held->name()));
        }
        const auto unsent = access::unsent(reader, context, request, request.path);
        const auto said = [&](const char* field) { return unsent.request.typed(field); };
        if (request.method == "POST" || unsent.saved_at)
            for (const char* field : {"role", "since", "until", "words"}) typed.set(field, tidy(said(field)));
        const auto version = item.empty() ? one->version : version_shown(unsent, one->version);
        const auto ask = [&](const char* field, const char* label, const char* hint = "", const char* classes = "") {
            return line({.name = field, .label = label, .hint = hint, .classes = classes}, typed[field].as_string(), refusal);
        };
        if (item.empty())
            who = choose_person(reader, context,
                                {.field = "person", .label = "Who is it?", .words = tidy(said("find")), .chosen = std::string{said("person")}},
                                refusal);
        const Html days = el("div", {{"data-cc", "row"}},
                             ask("since", "Since when?", "Like 3/11/2025, if known", "govuk-input--width-10") +
                                 (item.empty() ? Html{} : ask("until", "Until when?", "Empty while it holds", "govuk-input--width-10")));
        const std::string heading = item.empty() ? "Add a person" : "Correct the part of a person";
        const Html main = back_link(at + "#people", one->details.name) + error_summary(refusal) + ui::head(heading, one->details.name) +
                          el("form", {{"method", "post"}, {"action", request.path}, {"data-draft", request.path}, {"novalidate", true}},
                             hidden("csrf", context.csrf) + hidden("version", std::to_string(version)) + who +
                                 one_of({.name = "role", .label = "What is their part?"}, "organisation_roles", typed["role"].as_string(), refusal) +
                                 ask("words", "In words, where the list does not say it") + days +
                                 el("div", {{"class", "govuk-button-group"}},
                                    act("save", "Save", "") + link(at + "#people", "Cancel") + access::draft_line(unsent)));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + heading + ", " + one->details.name, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response member(const Request& request, Context& context) {
    if (request.typed("do") == "find") return member_page(request, context, nullptr);
    const std::string item{request.parameter("item")};
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto stream = readable(tx, context, request);
        if (!stream) return Refusal{Because::absent, "subjects.absent", "There is no such organisation."};
        Json typed = Json::object();
        for (const char* field : {"role", "since", "until", "words", "person"})
            if (request.has_typed(field)) typed.set(field, tidy(request.typed(field)));
        const Expected expected = version_of(request).value_or(-1);
        const auto done_with = [&](const auto& result) {
            if (result) access::drop_draft(tx, context.actor.user, request.path);
            return result ? Result<Done>{Done{}} : Result<Done>{result.error()};
        };
        if (item.empty()) return done_with(add_member(tx, context, *stream, expected, typed));
        return done_with(change_member(tx, context, *stream, expected, item, typed));
    });
    if (done) return web::see_other(fmt::format("/organisations/{}?saved=yes#people", request.parameter("id")));
    return done.error().because == Because::absent ? absent() : member_page(request, context, &done.error());
}

}  // namespace

void add_organisation_pages(access::Routes& routes, std::vector<OrganisationPanel> panels) {
    const auto see_member = [](const Request& request, Context& context) { return member_page(request, context, nullptr); };
    routes.get("/organisations", "Organisations", "pages", find_page);
    routes.get("/organisations/new", "Record an organisation", "pages",
               [](const Request& request, Context& context) { return new_page(request, context, nullptr, {}); });
    routes.post("/organisations/new", "Looks for an organisation, or records it", "pages", record);
    routes.get("/organisations/{id}", "An organisation", "pages",
               [panels = std::move(panels)](const Request& request, Context& context) { return show(request, context, panels); });
    routes.get("/organisations/{id}/edit", "What is held of an organisation", "pages",
               [](const Request& request, Context& context) { return edit_page(request, context, nullptr); });
    routes.post("/organisations/{id}/edit", "Corrects an organisation", "pages", edit);
    routes.get("/organisations/{id}/members/new", "A person of an organisation", "pages", see_member);
    routes.post("/organisations/{id}/members/new", "Adds a person to an organisation", "pages", member);
    routes.get("/organisations/{id}/members/{item}", "The part of a person in an organisation", "pages", see_member);
    routes.post("/organisations/{id}/members/{item}", "Corrects the part of a person in an organisation", "pages", member);
}

}  // namespace concord::subjects
