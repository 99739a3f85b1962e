#include <algorithm>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/text.hpp"
#include "subjects/organisations.hpp"
#include "subjects/page_parts.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/places.hpp"
#include "subjects/subject_codes.hpp"

/// The page of one person, the correction of what is held, and two records that are one person.
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

// ---- The page, part by part

struct View {
    store::Reader& reader;
    const Context& context;
    const PersonRecord& record;
    bool changes = false;  // may this reader change the record?
    std::string at(std::string_view more = "") const { return "/people/" + record.person.id + std::string{more}; }
    Html add(const char* path, const char* words) const { return changes ? link(at(std::string{"/"} + path + "/new"), words) : Html{}; }
    Html change(const char* path, const std::string& id, const std::string& what) const {
        if (!changes) return {};
        return link(at(std::string{"/"} + path + "/" + id), Html{"Change"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + what));
    }
};

using Rows = std::vector<std::vector<ui::Cell>>;
Html table_of(std::vector<std::string> heads, Rows rows, const std::string& caption, const std::string& none) {
    if (rows.empty()) return p(none);
    ui::Table table{.caption = caption, .caption_classes = "govuk-visually-hidden", .rows = std::move(rows), .first_cell_is_header = true};
    for (const auto& head : heads)
        table.head.push_back({.text = head == "Change" ? el("span", {{"class", "govuk-visually-hidden"}}, head) : Html{head}});
    return ui::stacked_table(table);
}

Html when_of(const std::string& from, const std::string& until) {
    const std::string words = period(from, until);
    return words.empty() ? Html{"Not known"} : Html{capital(words)};
}

/// The ways of contact that are in use, each with what holds for it; then the rules, and what is no longer in use.
Html contact_of(const View& v) {
    const Date today = v.context.today();
    const auto& record = v.record;
    Rows rows, rules, past;
    for (const auto& one : record.contact_points) {
        const auto until = parse_date(one.until);
        const bool used = !until || *until >= today;
        const std::string label = label_of("contact_kinds", one.kind), value = value_in_words(one);
        Html name = el("strong", value);
        if (!one.label.empty()) name += Html{", " + one.label};
        if (!used) {
            past.push_back(
                {{.text = label}, {.text = name}, {.text = when_of(one.from, one.until)}, {.text = v.change("contact-points", one.id, value)}});
            continue;
        }
        Html does = v.change("contact-points", one.id, value);
        if (v.changes)
            does += Html{" "} + link(v.at("/contact-rules/new?point=" + one.id),
                                     Html{"Add a rule"} + el("span", {{"class", "govuk-visually-hidden"}}, " for " + value));
        rows.push_back({{.text = label}, {.text = name}, {.text = contact_tags(record, one, v.context.now())}, {.text = does}});
    }
    for (const auto& rule : record.contact_rules) {
        const auto* point = record.point(rule.point);
        const auto noted = access::name_of(v.reader, "app_user", rule.noted_by);
        Html words = el("strong", in_words(rule));
        if (!rule.words.empty()) words += Html{". " + rule.words};
        rules.push_back({{.text = words},
                         {.text = point == nullptr ? std::string{"Every way"} : value_in_words(*point)},
                         {.text = when_of(rule.since, rule.until) + Html{noted.empty() ? "" : ", noted by " + noted}},
                         {.text = v.change("contact-rules", rule.id, in_words(rule))}});
    }
    Html out = table_of({"Way", "Number or address", "May I use it now?", "Change"}, rows, "How to reach them",
                        "No telephone number or address for letters is held.");
    if (!rules.empty())
        out += el("h3", {{"class", "govuk-heading-s"}}, "Rules of safe contact") +
               table_of({"Rule", "About", "When and by whom", "Change"}, rules, "Rules of safe contact", "");
    if (v.changes) out += ui::actions(v.add("contact-points", "Add a way of contact") + v.add("contact-rules", "Add a rule of safe contact"));
    if (!past.empty())
        out += ui::details(
            {.summary = "No longer in use", .text = table_of({"Way", "Number or address", "When", "Change"}, past, "No longer in use", "")});
    return out;
}

Html names_of(const View& v) {
    Rows rows;
    for (const auto& one : v.record.names)
        rows.push_back({{.text = one.full()},
                        {.text = label_of("name_kinds", one.kind)},
                        {.text = when_of(one.from, one.until)},
                        {.text = v.change("names", one.id, one.full())}});
    return table_of({"Name", "Kind", "When", "Change"}, rows, "Names", "No name is held.");
}

Html numbers_of(const View& v) {
    Rows rows;
    for (const auto& one : v.record.identifiers)
        rows.push_back({{.text = one.value},
                        {.text = label_of("identifier_kinds", one.kind) + (one.issuer.empty() ? "" : ", " + one.issuer)},
                        {.text = v.change("identifiers", one.id, one.value)}});
    return table_of({"Number", "Kind", "Change"}, rows, "Numbers", "No number of an agency is held.");
}

Html addresses_of(const View& v) {
    Rows rows;
    for (const auto& one : v.record.addresses) {
        const std::string words = tidy(one.text + (one.text.empty() || one.postcode.empty() ? "" : ", ") + one.postcode);
        Html name{words};
        if (const auto found = find_place(v.reader, {.text = one.text, .postcode = one.postcode, .uprn = one.uprn}))
            name = link("/places/" + place(v.reader, *found)->id, words);
        rows.push_back({{.text = name},
                        {.text = label_of("address_kinds", one.kind)},
                        {.text = when_of(one.from, one.until)},
                        {.text = v.change("addresses", one.id, words)}});
    }
    return table_of({"Address", "Kind", "When", "Change"}, rows, "Addresses", "No address is held.");
}

/// Relationships to people whom the reader may know, and the organisations that this person belongs to.
Html relations_of(const View& v) {
    const Seq stream = v.record.person.stream;
    Rows rows;
    for (const auto& one : relationships_of(v.reader, stream)) {
        const Seq other = one.from == stream ? one.to : one.from;
        if (!v.context.may(v.reader, "read", {.kind = "person", .seq = other}).allowed) continue;
        const auto them = person(v.reader, other);
        if (!them) continue;
        const auto from = person(v.reader, one.from);
        Html change;
        if (v.changes)
            change = link(fmt::format("/people/{}/relationships/{}", from->id, one.id),
                          Html{"Change"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + them->name()));
        rows.push_back({{.text = link("/people/" + them->id, them->name())},
                        {.text = label_of("relationship_kinds", one.kind_seen_from(stream)) + " them" + (one.words.empty() ? "" : ". " + one.words)},
                        {.text = when_of(one.since, one.until)},
                        {.text = change}});
    }
    for (const auto& one : memberships_of(v.reader, stream)) {
        const auto held = organisation(v.reader, one.organisation);
        Html change;
        if (v.changes)
            change = link(fmt::format("/organisations/{}/members/{}", held->id, one.id),
                          Html{"Change"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + held->details.name));
        rows.push_back({{.text = link("/organisations/" + held->id, held->details.name)},
                        {.text = label_of("organisation_roles", one.role) + (one.words.empty() ? "" : ". " + one.words)},
                        {.text = when_of(one.since, one.until)},
                        {.text = change}});
    }
    return table_of({"To whom", "What they are to each other", "When", "Change"}, rows, "Relationships",
                    "No relationship that you may see is recorded.");
}

/// Said not to be the same: decisions that the matcher keeps to, and how each is taken back.
Html distinct_of(const View& v) {
    std::vector<Html> items;
    for (const Seq other : distinct_from(v.reader, v.record.person.stream)) {
        if (!v.context.may(v.reader, "read", {.kind = "person", .seq = other}).allowed) continue;
        const auto them = person(v.reader, other);
        Html item = link("/people/" + them->id, them->name());
        if (v.changes)
            item += Html{" "} +
                    el("form", {{"method", "post"}, {"action", v.at("/distinct")}},
                       hidden("csrf", v.context.csrf) + hidden("other", them->id) + act("withdraw", "Take this back", "secondary", them->name()));
        items.push_back(item);
    }
    if (items.empty()) return {};
    return ui::section("distinct", "Said not to be the same", p("These are not offered as the same person any more.") + ui::mini(items));
}

Html duplicates_of(const View& v) {
    std::vector<ui::Row> rows;
    const auto& one = v.record.person;
    for (const auto& candidate : possible_duplicates(v.reader, v.context, one.stream, 5)) {
        std::vector<std::string> why;
        for (const auto& reason : candidate.reasons) why.push_back(reason.text);
        rows.push_back(
            {.due = ui::due(candidate.band == "strong" ? "Almost certain" : "Possible"),
             .text = candidate.person.name(),
             .href = "/people/" + candidate.person.id,
             .about = join(why, "; "),
             .does = button_link("Compare", fmt::format("/people/{}/merge?with={}", one.id, candidate.person.id), candidate.person.name())});
    }
    return rows.empty() ? Html{} : ui::section("duplicates", "Perhaps the same person", ui::rows(rows));
}

Html history_of(const View& v) {
    std::vector<ui::Moment> moments;
    for (const auto& change : changes_of(v.reader, v.context, v.record.person.stream))
        moments.push_back({.title = change.summary,
                           .by = access::name_of(v.reader, "app_user", change.actor),
                           .when = in_words(change.recorded_at),
                           .iso = to_rfc3339(change.recorded_at),
                           .description = change.words.empty() ? Html{} : p(change.words)});
    return ui::timeline(moments);
}

Html banners(const View& v, const Request& request) {
    const auto& one = v.record.person;
    Html out;
    const auto say = [&](const char* words) { out += ui::notification_banner({.text = words, .title = "Done", .type = "success"}); };
    if (request.asked("made") == "yes") say("Recorded. Until a report or a case names this person, only your own agency finds the record.");
    if (request.asked("saved") == "yes") say("Saved.");
    if (!one.merged_into) return out;
    const auto into = person(v.reader, *one.merged_into);
    if (into && v.context.may(v.reader, "read", {.kind = "person", .seq = into->stream}).allowed)
        out += ui::inset_text(
                   {.text = Html{"This record points to "} + link("/people/" + into->id, into->name()) + Html{", which is the same person. "}}) +
               el("form", {{"method", "post"}, {"action", v.at("/unmerge")}},
                  hidden("csrf", v.context.csrf) + button("They are not the same after all", "secondary"));
    return out;
}

Html heading_of(const View& v) {
    const auto& d = v.record.person.details;
    std::string caption =
        d.birth.known() ? fmt::format("Born {}, {}", in_words(d.birth), age_in_words(d.birth, v.context.today())) : "Date of birth not known";
    if (!d.sex.empty()) caption += ", " + lower_ascii(label_of("sexes", d.sex));
    if (!d.language.empty()) caption += ", speaks " + d.language + (d.interpreter ? " and needs an interpreter" : "");
    Html out = ui::head(v.record.person.name(), caption, v.changes ? button_link("Correct", v.at("/edit"), v.record.person.name()) : Html{});
    if (d.birth.known() && is_under_10(d, v.context.today()))
        out += ui::inset_text({.text = "Under 10: no suspected or enforcement part in a case. Think of safeguarding."});
    const std::string by = v.record.safe_noted_by == 0 || v.record.safe_noted_at.micros == 0
                               ? std::string{}
                               : fmt::format("Noted by {}, {}.", access::name_of(v.reader, "app_user", v.record.safe_noted_by),
                                             in_words(london_date(v.record.safe_noted_at)));
    return out + contact_warning(v.record, by);
}

Response show(const Request& request, Context& context, const std::vector<PersonPanel>& panels) {
    Seq seen = 0;
    auto response = context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_person(reader, context, request.parameter("id"));
        if (!stream) return absent();
        const auto record = person_record(reader, *stream);
        if (!record) return absent();
        seen = *stream;
        const View v{reader, context, *record, context.may(reader, "change", {.kind = "person", .seq = *stream}).allowed};
        std::vector<ui::SidePlace> places;
        Html content;
        const auto section = [&](const std::string& id, const std::string& heading, const Html& inside, const Html& beside = {}) {
            places.push_back({.text = heading, .href = "#" + id, .active = places.empty()});
            content += ui::section(id, heading, inside, beside);
        };
        section("contact", "How to reach them", contact_of(v));
        for (const auto& panel : panels)
            if (const Html inside = panel.draw(reader, context, *stream); !inside.empty()) section(panel.id, panel.heading, inside);
        section("names", "Names", names_of(v), v.add("names", "Add a name"));
        section("addresses", "Addresses", addresses_of(v), v.add("addresses", "Add an address"));
        section("numbers", "Numbers", numbers_of(v), v.add("identifiers", "Add a number"));
        section("relations", "Relationships", relations_of(v), v.add("relationships", "Add a relationship"));
        content += duplicates_of(v) + distinct_of(v);
        section("history", "What was changed", history_of(v));
        const Html main = ui::breadcrumbs({.items = {{.text = "People and places", .href = "/records"}, {.text = record->person.name()}}}) +
                          banners(v, request) + heading_of(v) + ui::split(ui::side_navigation("Parts of this record", places), content, "left");
        return context.page(request, record->person.name(), main);
    });
    if (seen != 0 && response.status == 200) context.looked("person", {seen});
    return response;
}

// ---- Correcting

struct Asked {
    const char *id, *label, *hint;
};
constexpr std::array<Asked, 8> asked_fields{{{"given_name", "First name", ""},
                                             {"family_name", "Last name", ""},
                                             {"date_of_birth", "Date of birth", "As far as it is known: 3/11/1987, 11/1987, about 1987"},
                                             {"phone", "Phone", ""},
                                             {"email", "E-mail", ""},
                                             {"address", "House and street", ""},
                                             {"postcode", "Postcode", ""},
                                             {"contact_note", "What to know before getting in touch", ""}}};

std::string held(const PersonDetails& d, std::string_view field) {
    if (field == "given_name") return d.given_name;
    if (field == "family_name") return d.family_name;
    if (field == "date_of_birth") return d.birth.known() ? in_words(d.birth) : "";
    if (field == "phone") return d.phone;
    if (field == "email") return d.email;
    if (field == "address") return d.address;
    if (field == "postcode") return d.postcode;
    return d.contact_note;
}

Response edit_page(const Request& request, Context& context, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_person(reader, context, request.parameter("id"));
        if (!stream) return absent();
        const auto one = person(reader, *stream);
        const auto unsent = access::unsent(reader, context, request, request.path);
        const Request& typed = unsent.request;
        const bool again = request.method == "POST" || unsent.saved_at;
        Html inside = hidden("csrf", context.csrf) +
                      hidden("version", typed.has_typed("version") ? std::string{typed.typed("version")} : std::to_string(one->version));
        // Where somebody else was quicker, both stand side by side: what was typed in the boxes, what is held now under each.
        const bool clash = refusal != nullptr && refusal->because == Because::stale;
        if (clash) inside = hidden("csrf", context.csrf) + hidden("version", std::to_string(one->version));
        for (const auto& field : asked_fields) {
            const std::string now = held(one->details, field.id);
            const std::string error = error_of(refusal, field.id);
            ui::Input input{
                .label = {.text = field.label}, .id = field.id, .name = field.id, .value = again ? std::string{typed.typed(field.id)} : now};
            std::string hint = field.hint;
            if (clash && now != *input.value) hint = "Held now: " + (now.empty() ? "nothing" : now);
            if (!hint.empty()) input.hint = ui::Hint{.text = hint};
            if (!error.empty()) input.error_message = ui::ErrorMessage{.text = error};
            inside += ui::input(input);
        }
        inside += ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "Is it safe to get in touch with them?"}},
                              .id_prefix = "safe_to_contact",
                              .name = "safe_to_contact",
                              .items = {{.text = "Yes", .value = "yes"}, {.text = "No", .value = "no"}, {.text = "Not known", .value = "not_known"}},
                              .value = again ? std::string{typed.typed("safe_to_contact")} : one->details.safe_to_contact,
                              .classes = "govuk-radios--small govuk-radios--inline"});
        const Html main =
            back_link("/people/" + one->id, "Back") + error_summary(refusal) +
            ui::head(clash ? "Somebody changed this while you had it open" : "Correct what is held", one->name()) +
            el("form", {{"method", "post"}, {"action", request.path}, {"data-draft", request.path}},
               inside + el("div", {{"class", "govuk-button-group"}}, button(clash ? "Save mine" : "Save") + access::draft_line(unsent)));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Correct "} + one->name(), main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response edit(const Request& request, Context& context) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        const auto stream = readable_person(tx, context, request.parameter("id"));
        if (!stream) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
        const auto one = person(tx, *stream);
        Json typed = Json::object();
        for (const auto& field : asked_fields)
            if (const std::string value = tidy(request.typed(field.id)); value != held(one->details, field.id)) typed.set(field.id, value);
        if (const std::string safe{request.typed("safe_to_contact")}; !safe.empty() && safe != one->details.safe_to_contact)
            typed.set("safe_to_contact", safe);
        auto corrected = correct_person(tx, context, *stream, version_of(request).value_or(-1), typed);
        if (corrected) access::drop_draft(tx, context.actor.user, request.path);
        return corrected;
    });
    if (done) return web::see_other(fmt::format("/people/{}?saved=yes", request.parameter("id")));
    return done.error().because == Because::absent ? absent() : edit_page(request, context, &done.error());
}

// ---- Two records that are one person

Response merge_page(const Request& request, Context& context, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const std::string with{request.method == "POST" ? request.typed("with") : request.asked("with")};
        const auto from = readable_person(reader, context, request.parameter("id")), into = readable_person(reader, context, with);
        if (!from || !into) return absent();
        const auto a = person(reader, *from), b = person(reader, *into);
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& field : asked_fields)
            rows.push_back({{.text = field.label}, {.text = held(a->details, field.id)}, {.text = held(b->details, field.id)}});
        const std::string error = error_of(refusal, "why");
        ui::Textarea why{
            .label = {.text = "Why are they one person?"}, .id = "why", .name = "why", .value = std::string{request.typed("why")}, .rows = 3};
        if (!error.empty()) why.error_message = ui::ErrorMessage{.text = error};
        const Html both = hidden("csrf", context.csrf) + hidden("with", b->id);
        const Html main =
            back_link("/people/" + a->id, "Back") + error_summary(refusal) + ui::head("Are these one person?", a->name() + " and " + b->name()) +
            ui::stacked_table({.head = {{.text = "What"}, {.text = a->name()}, {.text = b->name()}}, .rows = rows, .first_cell_is_header = true}) +
            p("Nothing moves: the first record points to the second, and can be taken back at any time.") +
            el("form", {{"method", "post"}, {"action", "/people/" + a->id + "/merge"}},
               both + ui::textarea(why) +
                   el("div", {{"class", "govuk-button-group"}},
                      button("They are one person") +
                          el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "distinct"}},
                             "They are not the same")));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Are these one person?"}, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response do_merge(const Request& request, Context& context) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto from = readable_person(tx, context, request.parameter("id")), into = readable_person(tx, context, request.typed("with"));
        if (!from || !into) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
        if (request.typed("do") == "distinct") return mark_distinct(tx, context, *from, *into, request.typed("why"));
        const auto merged = merge(tx, context, *from, *into, request.typed("why"));
        return merged ? Result<Done>{Done{}} : Result<Done>{merged.error()};
    });
    if (done) return web::see_other(fmt::format("/people/{}", request.parameter("id")));
    return done.error().because == Because::absent ? absent() : merge_page(request, context, &done.error());
}

Response do_unmerge(const Request& request, Context& context) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto from = readable_person(tx, context, request.parameter("id"));
        if (!from) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
        return unmerge(tx, context, *from);
    });
    if (!done && done.error().because == Because::absent) return absent();
    return web::see_other(fmt::format("/people/{}", request.parameter("id")));
}

/// "Not the same" is taken back: the two may be offered to each other again.
Response take_back(const Request& request, Context& context) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto one = readable_person(tx, context, request.parameter("id")), other = readable_person(tx, context, request.typed("other"));
        if (!one || !other) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
        return withdraw_distinct(tx, context, *one, *other);
    });
    if (!done) return absent();
    return web::see_other(fmt::format("/people/{}?saved=yes#duplicates", request.parameter("id")));
}

}  // namespace

void add_person_pages(access::Routes& routes, std::vector<PersonPanel> panels, const PersonStanding& standing) {
    add_new_person_pages(routes, standing);
    add_person_part_pages(routes);
    routes.post("/people/{id}/distinct", "Takes back that two records are not the same", "pages", take_back);
    routes.get("/people/{id}", "One person", "pages",
               [panels = std::move(panels)](const Request& request, Context& context) { return show(request, context, panels); });
    routes.get("/people/{id}/edit", "What is held of a person", "pages",
               [](const Request& request, Context& context) { return edit_page(request, context, nullptr); });
    routes.post("/people/{id}/edit", "Corrects a person", "pages", edit);
    routes.get("/people/{id}/merge", "Two records side by side", "pages",
               [](const Request& request, Context& context) { return merge_page(request, context, nullptr); });
    routes.post("/people/{id}/merge", "Points one record to another, or says that they are not the same", "pages", do_merge);
    routes.post("/people/{id}/unmerge", "Takes the pointer away", "pages", do_unmerge);
}

std::string name_in_lists(const Person& person, Date today) {
    const auto& d = person.details;
    const bool child = d.birth.known() && d.birth.earliest() > today - 6574;  // 18 years of 365.25 days, at the youngest that is known
    if (!child || d.given_name.empty() || d.family_name.empty()) return person.name();
    const auto first = [](const std::string& word) {
        std::size_t bytes = 1;
        while (bytes < word.size() && (static_cast<unsigned char>(word[bytes]) & 0xc0U) == 0x80U) ++bytes;
        return word.substr(0, bytes) + ".";
    };
    return first(d.given_name) + first(d.family_name);
}

}  // namespace concord::subjects
