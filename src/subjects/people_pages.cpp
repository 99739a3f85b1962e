#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/people_pages.hpp"
#include "web/pieces.hpp"

/// The page of one person, the correction of what is held, and two records that are one person.
namespace concord::subjects {
namespace {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;

std::optional<Seq> readable(store::Reader& reader, const Context& context, std::string_view id) {
    const auto stream = find_person(reader, id);
    if (!context.demand(reader, "read", {.kind = "person", .seq = stream.value_or(-1)})) return {};
    return stream;
}

ui::SummaryRow row(const std::string& key, const std::string& value) { return {.key = {key}, .value = {value}}; }

std::string period(const std::string& from, const std::string& until) {
    const auto words = [](const std::string& day) {
        const auto date = parse_date(day);
        return date ? in_words(*date) : day;
    };
    if (from.empty() && until.empty()) return {};
    if (until.empty()) return "since " + words(from);
    return (from.empty() ? "" : words(from) + " ") + "to " + words(until);
}

Html names_of(const PersonRecord& record) {
    std::vector<ui::SummaryRow> rows;
    for (const auto& name : record.names) rows.push_back(row(capital(name.kind), tidy(name.full() + " " + period(name.from, name.until))));
    for (const auto& one : record.identifiers) rows.push_back(row(capital(one.kind), one.value));
    for (const auto& one : record.addresses)
        rows.push_back(row(capital(one.kind) + " address", tidy(one.text + " " + one.postcode + " " + period(one.from, one.until))));
    return rows.empty() ? p("Nothing is held.") : ui::summary_list({.rows = rows});
}

Html relations_of(store::Reader& reader, const Context& context, Seq stream) {
    std::vector<Html> items;
    for (const auto& one : relationships_of(reader, stream)) {
        const Seq other = one.from == stream ? one.to : one.from;
        if (!context.may(reader, "read", {.kind = "person", .seq = other}).allowed) continue;
        const auto them = person(reader, other);
        if (!them) continue;
        items.push_back(Html{capital(one.kind_seen_from(stream)) + " "} + link("/people/" + them->id, them->name()) +
                        Html{" " + period(one.since, one.until)});
    }
    return items.empty() ? p("No relationship that you may see is recorded.") : ui::mini(items);
}

Html duplicates_of(store::Reader& reader, const Context& context, const Person& one) {
    std::vector<ui::Row> rows;
    for (const auto& candidate : possible_duplicates(reader, context, one.stream, 5)) {
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

Html history_of(store::Reader& reader, const Context& context, Seq stream) {
    std::vector<ui::Moment> moments;
    for (const auto& change : changes_of(reader, context, stream))
        moments.push_back({.title = change.summary,
                           .by = access::name_of(reader, "app_user", change.actor),
                           .when = in_words(change.recorded_at),
                           .iso = to_rfc3339(change.recorded_at),
                           .description = change.words.empty() ? Html{} : p(change.words)});
    return ui::timeline(moments);
}

Response show(const Request& request, Context& context, const std::vector<PersonPanel>& panels) {
    Seq seen = 0;
    auto response = context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable(reader, context, request.parameter("id"));
        if (!stream) return absent();
        const auto record = person_record(reader, *stream);
        if (!record) return absent();
        seen = *stream;
        const Person& one = record->person;
        const std::string at = "/people/" + one.id;
        std::string caption = one.details.birth.known()
                                  ? fmt::format("Born {}, {}", in_words(one.details.birth), age_in_words(one.details.birth, context.today()))
                                  : "Date of birth not known";
        Html main = ui::breadcrumbs({.items = {{.text = "People and places", .href = "/records"}, {.text = one.name()}}});
        main += ui::head(one.name(), caption, button_link("Correct", at + "/edit", one.name()));
        if (one.merged_into) {
            const auto into = person(reader, *one.merged_into);
            if (into && context.may(reader, "read", {.kind = "person", .seq = into->stream}).allowed)
                main += ui::inset_text({.text = Html{"This record points to "} + link("/people/" + into->id, into->name()) +
                                                Html{", which is the same person. "}}) +
                        el("form", {{"method", "post"}, {"action", at + "/unmerge"}},
                           hidden("csrf", context.csrf) + button("They are not the same after all", "secondary"));
        }
        main += ui::section("contact", "How to reach them", contact_lines(reader, context, *stream));
        for (const auto& panel : panels) {
            const Html inside = panel.draw(reader, context, *stream);
            if (!inside.empty()) main += ui::section(panel.id, panel.heading, inside);
        }
        main += ui::section("held", "Names, numbers and addresses", names_of(*record));
        main += ui::section("relations", "Relationships", relations_of(reader, context, *stream));
        main += duplicates_of(reader, context, one);
        main += ui::section("history", "What was changed", history_of(reader, context, *stream));
        return context.page(request, one.name(), main);
    });
    if (seen != 0 && response.status == 200)
        context.reads.record({.user = context.actor.user,
                              .agency = context.actor.agency,
                              .at = context.now(),
                              .purpose = context.actor.purpose,
                              .route = context.route,
                              .query = {},
                              .thing_kind = "person",
                              .things = {seen},
                              .reason = {}});
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
        const auto stream = readable(reader, context, request.parameter("id"));
        if (!stream) return absent();
        const auto one = person(reader, *stream);
        const bool again = request.method == "POST";
        Html inside = hidden("csrf", context.csrf) + hidden("version", again ? std::string{request.typed("version")} : std::to_string(one->version));
        // Where somebody else was quicker, both stand side by side: what was typed in the boxes, what is held now under each.
        const bool clash = refusal != nullptr && refusal->because == Because::stale;
        if (clash) inside = hidden("csrf", context.csrf) + hidden("version", std::to_string(one->version));
        for (const auto& field : asked_fields) {
            const std::string now = held(one->details, field.id);
            const std::string error = error_of(refusal, field.id);
            ui::Input input{
                .label = {.text = field.label}, .id = field.id, .name = field.id, .value = again ? std::string{request.typed(field.id)} : now};
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
                              .value = again ? std::string{request.typed("safe_to_contact")} : one->details.safe_to_contact,
                              .classes = "govuk-radios--small govuk-radios--inline"});
        const Html main = back_link("/people/" + one->id, "Back") + error_summary(refusal) +
                          ui::head(clash ? "Somebody changed this while you had it open" : "Correct what is held", one->name()) +
                          el("form", {{"method", "post"}, {"action", "/people/" + one->id + "/edit"}}, inside + button(clash ? "Save mine" : "Save"));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Correct "} + one->name(), main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response edit(const Request& request, Context& context) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        const auto stream = readable(tx, context, request.parameter("id"));
        if (!stream) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
        const auto one = person(tx, *stream);
        Json typed = Json::object();
        for (const auto& field : asked_fields)
            if (const std::string value = tidy(request.typed(field.id)); value != held(one->details, field.id)) typed.set(field.id, value);
        if (const std::string safe{request.typed("safe_to_contact")}; !safe.empty() && safe != one->details.safe_to_contact)
            typed.set("safe_to_contact", safe);
        const auto version = request.typed("version");
        const bool digits = !version.empty() && version.size() < 18 && version.find_first_not_of("0123456789") == std::string_view::npos;
        return correct_person(tx, context, *stream, digits ? Expected{std::stoll(std::string{version})} : Expected{}, typed);
    });
    if (done) return web::see_other(fmt::format("/people/{}", request.parameter("id")));
    return done.error().because == Because::absent ? absent() : edit_page(request, context, &done.error());
}

// ---- Two records that are one person

Response merge_page(const Request& request, Context& context, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const std::string with{request.method == "POST" ? request.typed("with") : request.asked("with")};
        const auto from = readable(reader, context, request.parameter("id")), into = readable(reader, context, with);
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
        const auto from = readable(tx, context, request.parameter("id")), into = readable(tx, context, request.typed("with"));
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
        const auto from = readable(tx, context, request.parameter("id"));
        if (!from) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
        return unmerge(tx, context, *from);
    });
    if (!done && done.error().because == Because::absent) return absent();
    return web::see_other(fmt::format("/people/{}", request.parameter("id")));
}

}  // namespace

void add_person_pages(access::Routes& routes, std::vector<PersonPanel> panels) {
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

}  // namespace concord::subjects
