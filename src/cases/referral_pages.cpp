#include <algorithm>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/subjects.hpp"

/// A new report, step by step: the intake's forms, people with search before create, place, check and send. Everything typed is a draft on the
/// server from the first step on, whether it is right or not.
namespace concord::cases {
namespace {

using access::Context;
using ledger::Seq;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using web::void_el;
using namespace web::pieces;
namespace ui = web::ui;

}  // namespace

std::vector<engine::Field> person_fields(const std::vector<engine::SubjectRole>& roles) {
    using K = engine::FieldKind;
    engine::Field role{.id = "role", .label = "What is their part in this?", .kind = K::code, .required = true};
    for (const auto& one : roles)
        if (one.kind == "person") role.choices.push_back({.code = one.id, .label = one.label});
    return {role,
            {.id = "given_name", .label = "First name", .kind = K::text},
            {.id = "family_name", .label = "Last name", .kind = K::text},
            {.id = "date_of_birth", .label = "Date of birth, if known", .hint = "For example 3/11/1987", .kind = K::text},
            {.id = "address", .label = "House and street", .kind = K::text},
            {.id = "postcode", .label = "Postcode", .kind = K::text},
            {.id = "phone", .label = "Phone, if known", .kind = K::text},
            {.id = "email", .label = "E-mail, if known", .kind = K::text},
            {.id = "safe_to_contact",
             .label = "Is it safe to phone or write to them there?",
             .kind = K::code,
             .choices = {{.code = "yes", .label = "Yes"}, {.code = "no", .label = "No"}, {.code = "not_known", .label = "Not known"}}}};
}

std::string standing_of(store::Reader& reader, const Context& context, const subjects::Person& person) {
    const auto about = cases_about(reader, context.actor, person.stream, context.today(), 3);
    if (about.empty()) return "No case that you may see.";
    std::vector<std::string> words;
    for (const auto& one : about) words.push_back(one.reference + (one.open ? ", open" : ", closed"));
    return "In " + join(words, "; ") + ".";
}

Html match_card(store::Reader& reader, const Context& context, const subjects::Candidate& one, bool may_deny) {
    const auto act = [&](std::string_view what, std::string_view words, std::string_view kind) {
        return el("button",
                  {{"type", "submit"},
                   {"class", kind.empty() ? "govuk-button" : "govuk-button govuk-button--" + std::string{kind}},
                   {"name", "do"},
                   {"value", fmt::format("{}:{}", what, one.person.id)}},
                  Html{std::string{words}} + el("span", {{"class", "govuk-visually-hidden"}}, ": " + one.person.name()));
    };
    return subjects::candidate_card(
        one, standing_of(reader, context, one.person),
        (may_deny ? act("not", "Not the same", "secondary") : Html{}) + act("use", "Use this person", one.band == "strong" ? "" : "secondary"));
}

namespace {

// ---- The draft: {"answers": {field: value}, "people": [{...}], "place": {"text", "postcode"}, "hub"}

struct Report {
    std::string id;
    Json body = Json::object();
    std::optional<Instant> saved_at;
};

std::string key_of(std::string_view id) { return "referral:" + std::string{id}; }

Report report_of(store::Reader& reader, const Context& context, std::string_view id) {
    Report report{.id = std::string{id}};
    if (!is_id(id)) {
        report.id.clear();
        return report;
    }
    if (auto kept = access::draft(reader, context.actor.user, key_of(id))) {
        report.body = std::move(kept->body);
        report.saved_at = kept->saved_at;
    }
    // What the page's script has sent since, for each step.
    for (auto& later : access::drafts_like(reader, context.actor.user, key_of(id) + ":")) {
        const std::string step = later.key.substr(key_of(id).size() + 1);
        report.body.set("typed_" + step, std::move(later.body));
        if (!report.saved_at || later.saved_at > *report.saved_at) report.saved_at = later.saved_at;
    }
    return report;
}

std::vector<std::string> steps_of(const engine::Definition& intake) {
    std::vector<std::string> steps = intake.steps;
    steps.insert(steps.begin() + (steps.empty() ? 0 : 1), "people");
    steps.push_back("check");
    return steps;
}

std::string address(std::string_view step, std::string_view id, std::string_view more = "") {
    return fmt::format("/referrals/new/{}{}{}", step, id.empty() ? "" : "?draft=" + std::string{id}, more);
}

const std::vector<engine::Field>& place_fields() {
    static const std::vector<engine::Field> fields{{.id = "place_text",
                                                    .label = "Where did it happen?",
                                                    .hint = "House and street, or a few words: \"behind the bus station\"",
                                                    .kind = engine::FieldKind::text,
                                                    .required = true},
                                                   {.id = "place_postcode", .label = "Postcode, if known", .kind = engine::FieldKind::text}};
    return fields;
}

/// The script's draft holds lists of values by name; the page's own holds answers.
Json from_script(const std::vector<engine::Field>& fields, const Json& typed, Json answers) {
    for (const auto& field : fields) {
        if (!typed.is_object()) break;
        const auto& values = typed[field.id].items();
        if (values.empty() || (values.size() == 1 && values.front().as_string().empty())) {
            answers.erase(field.id);
            continue;
        }
        answers.set(field.id, field.kind == engine::FieldKind::codes ? typed[field.id] : values.front());
    }
    return answers;
}

/// What the API takes, from the draft.
Json body_of(const Report& report) {
    Json body = report.body["answers"].is_object() ? report.body["answers"] : Json::object();
    Json place = Json::object();
    place.set_if("text", body["place_text"]);
    place.set_if("postcode", body["place_postcode"]);
    body.erase("place_text");
    body.erase("place_postcode");
    body.set("location", place);
    Json people = Json::array();
    for (const auto& one : report.body["people"].items()) {
        Json person = one;
        person.set_if("not_the_same_as", one["not"]);
        person.erase("not");
        people.push(std::move(person));
    }
    body.set_if("people", people);
    body.set_if("hub", report.body["hub"]);
    return body;
}

std::string name_of(const Json& person) {
    const std::string name = tidy(person["given_name"].as_string() + " " + person["family_name"].as_string());
    return name.empty() ? "Name not known" : name;
}
std::string role_label(const engine::Definition& intake, const Json& person) {
    const auto* role = intake.role(person["role"].as_string());
    return role != nullptr ? role->label : "Part not chosen";
}

// ---- Drawing

struct Look {
    const Request& request;
    Context& context;
    const engine::Definition& intake;
    const Report& report;
    std::string step;
    const Refusal* refusal = nullptr;
};

/// Where a question stands, seen from the last step: in a step of its own.
std::string address_of_question(const Look& look, const std::string& field) {
    const auto steps = steps_of(look.intake);
    for (const auto& step : steps) {
        const auto* f = look.intake.form(step);
        if (f != nullptr && std::any_of(f->fields.begin(), f->fields.end(), [&](const auto& one) { return one.id == field; }))
            return address(step, look.report.id) + "#" + field;
    }
    const bool of_place = field == "place_text" || field.starts_with("location") || field == "hub";
    return of_place && steps.size() > 2 ? address(steps[2], look.report.id) + "#place_text" : address(steps.front(), look.report.id);
}

Response draw(const Look& look, const std::string& heading, const Html& inside, const Html& after = {}) {
    const auto steps = steps_of(look.intake);
    const auto at = std::find(steps.begin(), steps.end(), look.step) - steps.begin();
    const std::string back = at == 0 ? "/referrals" : address(steps[static_cast<std::size_t>(at - 1)], look.report.id);
    Html saved;
    if (look.report.saved_at)
        saved = ui::saved(fmt::format("Draft saved {}", in_words(*look.report.saved_at)));
    else
        saved = el("span", {{"data-cc", "saved"}}, "Saved at each step");
    if (look.step != "check" && !look.report.id.empty()) saved += Html{" "} + link(address("check", look.report.id), "Skip to check and send");
    Html main = back_link(back, at == 0 ? "Back to referrals" : "Back") +
                (look.step == "check" ? error_summary(look.refusal, [&](const std::string& field) { return address_of_question(look, field); })
                                      : error_summary(look.refusal)) +
                ui::head(heading, fmt::format("New referral. Step {} of {}", at + 1, steps.size()), saved) + inside + after;
    return look.context.page(look.request, (look.refusal != nullptr ? "Error: " : "") + heading + ", new referral", main,
                             look.refusal != nullptr ? web::status_of(look.refusal->because) : 200);
}

Html fields_html(const std::vector<engine::Field>& fields, const Json& answers, const Refusal* refusal) {
    return web::each(fields, [&](const engine::Field& field) {
        std::string error = error_of(refusal, field.id);
        if (error.empty() && field.id == "place_text") error = error_of(refusal, "location.text");
        return field_html(field, answers[field.id], error);
    });
}

Html form(const Look& look, const Html& inside) {
    return el("form", {{"method", "post"}, {"action", "/referrals/new/" + look.step}, {"data-draft", key_of(look.report.id) + ":" + look.step}},
              hidden("csrf", look.context.csrf) + hidden("draft", look.report.id) + inside);
}

Response form_step(const Look& look) {
    const auto& f = *look.intake.form(look.step);
    Json answers = from_script(f.fields, look.report.body["typed_" + look.step], look.report.body["answers"]);
    Html inside = f.intro.empty() ? Html{} : p(f.intro);
    const auto steps = steps_of(look.intake);
    if (steps.size() > 2 && steps[2] == look.step) {
        answers = from_script(place_fields(), look.report.body["typed_" + look.step], answers);
        inside += fields_html(place_fields(), answers, look.refusal);
    }
    inside += fields_html(f.fields, answers, look.refusal);
    return draw(look, f.label, form(look, inside + el("div", {{"class", "govuk-button-group"}}, button("Save and go on"))));
}

bool said_not(const Json& person, const std::string& id) {
    const auto& no = person["not"].items();
    return std::any_of(no.begin(), no.end(), [&](const Json& one) { return one.as_string() == id; });
}

std::vector<subjects::Candidate> matches_for(store::Reader& reader, const Context& context, const Json& person) {
    if (person["person"].is_string()) return {};
    const auto details = subjects::details_from(person, context.today());
    if (!details) return {};
    auto found = subjects::candidates(reader, context, *details);
    std::erase_if(found, [&](const auto& one) { return said_not(person, one.person.id); });
    return found;
}

Html matches(store::Reader& reader, const Context& context, const Json& person) {
    if (letters_and_digits(person["given_name"].as_string() + person["family_name"].as_string() + person["phone"].as_string()) < 2)
        return h2("Possible matches") + p("A name, a date of birth, an address or a phone is enough to look for records that are here already.");
    const auto found = matches_for(reader, context, person);
    const bool strong = std::any_of(found.begin(), found.end(), [](const auto& one) { return one.band == "strong"; });
    Html out = h2(found.empty() ? "No match" : counted(static_cast<long long>(found.size()), "possible match", "possible matches"));
    out += found.empty() ? p("No record that you may see is likely to be this person.")
                         : web::each(found, [&](const auto& one) { return match_card(reader, context, one); });
    out += el("h3", {{"class", "govuk-heading-s"}}, found.empty() ? "Add the person" : "None of these?");
    if (strong)
        out += field_html({.id = "new_reason", .label = "Why is it not the one above?", .kind = engine::FieldKind::text}, person["new_reason"], "");
    out += el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "new"}},
              fmt::format("Add {} as a new person", name_of(person)));
    return out;
}

Html people_so_far(const Look& look, std::size_t shown) {
    const auto& people = look.report.body["people"].items();
    Html list;
    for (std::size_t i = 0; i < people.size(); ++i) {
        if (i == shown) continue;
        list += el("li", el("div", el("strong", name_of(people[i])) +
                                       p(role_label(look.intake, people[i]) + (people[i]["person"].is_string() ? ", known already" : ", new"))) +
                             el("div", {{"data-cc", "does"}},
                                button_link("Change", address("people", look.report.id, fmt::format("&n={}", i)), name_of(people[i]))));
    }
    return list.empty() ? Html{} : h2("On this report") + el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, list);
}

Response people_step(store::Reader& reader, const Look& look, std::size_t n) {
    const auto fields = person_fields(look.intake.roles);
    const auto& people = look.report.body["people"].items();
    Json person = n < people.size() ? people[n] : Json::object();
    person = from_script(fields, look.report.body["typed_people"], std::move(person));
    Html left = hidden("n", std::to_string(n));
    if (person["person"].is_string())
        left += ui::inset_text(
            {.text = fmt::format("{} is a person who is here already. What you change below is kept with the report only.", name_of(person))});
    left += fields_html(fields, person, look.refusal);
    left += el("div", {{"class", "govuk-button-group"}},
               el("button", {{"type", "submit"}, {"class", "govuk-button"}, {"name", "do"}, {"value", "next"}}, "Save and go on") +
                   el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "check"}},
                      "Check for matches") +
                   el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "another"}},
                      "Save and add another person") +
                   (n < people.size()
                        ? el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--warning"}, {"name", "do"}, {"value", "remove"}},
                             "Take off this report")
                        : Html{}));
    const Html right = el("div", {{"id", "matches"}}, person["person"].is_string() ? Html{} : matches(reader, look.context, person));
    const Html whole = el("form",
                          {{"method", "post"},
                           {"action", "/referrals/new/people"},
                           {"data-draft", key_of(look.report.id) + ":people"},
                           {"data-matches", "/referrals/new/people"}},
                          hidden("csrf", look.context.csrf) + hidden("draft", look.report.id) + ui::split(left, right, "form"));
    return draw(look, people.empty() || n == 0 ? "Who is this about?" : "Who else is this about?", whole, people_so_far(look, n));
}

Response check_step(const Look& look) {
    Html inside;
    const Json& answers = look.report.body["answers"];
    const auto rows_of = [&](const std::vector<engine::Field>& fields, const std::string& step) {
        std::vector<ui::SummaryRow> rows;
        for (const auto& field : fields) {
            const std::string error = field.id == "place_text" ? error_of(look.refusal, "location.text") : error_of(look.refusal, field.id);
            const std::string words = answer_in_words(field, answers[field.id]);
            if (words.empty() && error.empty() && !field.required) continue;
            Html value{words.empty() ? "Not answered" : words};
            if (!error.empty()) value += el("p", {{"class", "govuk-error-message"}, {"id", field.id}}, error);
            rows.push_back(
                {.key = {field.label},
                 .value = {value},
                 .actions = {{.text = "Change", .href = address(step, look.report.id) + "#" + field.id, .visually_hidden_text = field.label}}});
        }
        return rows;
    };
    for (const auto& step : steps_of(look.intake)) {
        const auto* f = look.intake.form(step);
        if (f != nullptr) {
            auto rows = rows_of(f->fields, step);
            if (steps_of(look.intake)[2] == step) {
                auto place = rows_of(place_fields(), step);
                rows.insert(rows.begin(), place.begin(), place.end());
            }
            inside += h2(f->label) + (rows.empty() ? p("Nothing was answered.") : ui::summary_list({.rows = rows}));
        } else if (step == "people") {
            const auto& people = look.report.body["people"].items();
            std::vector<ui::SummaryRow> rows;
            for (std::size_t i = 0; i < people.size(); ++i) {
                Html value{name_of(people[i]) + (people[i]["person"].is_string() ? ", known already" : ", new")};
                for (const auto& error : look.refusal != nullptr ? look.refusal->fields : std::vector<FieldError>{})
                    if (error.field.starts_with(fmt::format("people[{}]", i)))
                        value += el("p", {{"class", "govuk-error-message"}, {"id", error.field}}, error.message);
                rows.push_back({.key = {role_label(look.intake, people[i])},
                                .value = {value},
                                .actions = {{.text = "Change",
                                             .href = address("people", look.report.id, fmt::format("&n={}", i)),
                                             .visually_hidden_text = name_of(people[i])}}});
            }
            inside += h2("People") + (rows.empty() ? p("Nobody is named.") : ui::summary_list({.rows = rows}));
        }
    }
    std::vector<ui::SelectItem> hubs;
    const std::string chosen = look.report.body["hub"].as_string();
    look.context.db.reading([&](store::Reader& reader) -> bool {
        hubs.push_back({.text = "By the place, or else my own", .value = ""});
        for (const auto& hub : access::hubs(reader)) hubs.push_back({.text = hub.name, .value = hub.code, .selected = hub.code == chosen});
        return true;
    });
    const std::string hub_error = error_of(look.refusal, "hub");
    ui::Select select{.label = {.text = "Which hub receives it?"}, .id = "hub", .name = "hub", .items = hubs};
    if (!hub_error.empty()) select.error_message = ui::ErrorMessage{.text = hub_error};
    inside +=
        el("form", {{"method", "post"}, {"action", "/referrals/new/check"}},
           hidden("csrf", look.context.csrf) + hidden("draft", look.report.id) + ui::select(select) +
               p("The hub's team and its analysts can read the report once it is sent. Looking at it is recorded.") +
               el("div", {{"class", "govuk-button-group"}},
                  button("Send to the hub") +
                      el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "throw_away"}},
                         "Throw the draft away")));
    return draw(look, "Check and send", inside);
}

// ---- Asking and sending

Response show(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "create", {.kind = "referral"})) return absent();
        const auto pathways = deps.library.current();
        const auto* intake = intake_for(*pathways, context.today());
        if (intake == nullptr || intake->steps.empty()) return absent();
        const auto steps = steps_of(*intake);
        std::string step{request.parameter("step")};
        if (step.empty()) step = steps.front();
        if (std::find(steps.begin(), steps.end(), step) == steps.end()) return absent();
        const Report report = report_of(reader, context, request.asked("draft"));
        if (report.id.empty() || (!report.saved_at && step != steps.front())) {
            if (request.parameter("step").empty()) return web::see_other(address(steps.front(), new_id(context.now())));
            if (step != steps.front()) return web::see_other("/referrals/new");
        }
        Look look{request, context, *intake, report, step};
        if (step == "people") {
            const auto& people = report.body["people"].items();
            std::size_t n = people.empty() ? 0 : people.size() - 1;
            if (const auto asked = request.asked("n");
                !asked.empty() && asked.size() < 4 && asked.find_first_not_of("0123456789") == std::string::npos)
                n = std::min<std::size_t>(std::stoul(std::string{asked}), people.size());
            return people_step(reader, look, n);
        }
        return step == "check" ? check_step(look) : form_step(look);
    });
}

void keep(Context& context, Report& report, const std::string& step) {
    Json body = report.body;
    std::vector<std::string> scripted;
    for (const auto& [key, value] : body.members())
        if (key.starts_with("typed_")) scripted.push_back(key);
    for (const auto& key : scripted) body.erase(key);
    (void)context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        access::save_draft(tx, context.actor.user, key_of(report.id), body, context.now());
        access::drop_draft(tx, context.actor.user, key_of(report.id) + ":" + step);
        return Done{};
    });
    report.body.erase("typed_" + step);
    report.saved_at = context.now();
}

std::string next_after(const engine::Definition& intake, const std::string& step) {
    const auto steps = steps_of(intake);
    const auto at = std::find(steps.begin(), steps.end(), step);
    return at + 1 < steps.end() ? *(at + 1) : steps.back();
}

Response send_people(const Request& request, Context& context, const engine::Definition& intake, Report& report) {
    const auto typed_n = request.typed("n");
    Json people = report.body["people"].is_array() ? report.body["people"] : Json::array();
    const bool digits = !typed_n.empty() && typed_n.size() < 4 && typed_n.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t n = digits ? std::min<std::size_t>(std::stoul(std::string{typed_n}), people.items().size()) : people.items().size();
    const std::string act{request.typed("do")};
    Json person = typed_answers(person_fields(intake.roles), request);
    const bool nobody = person.members().size() == (person.has("safe_to_contact") ? 1U : 0U) + (person.has("role") ? 1U : 0U);
    if (n < people.items().size())
        for (const char* key : {"person", "not", "new_reason"}) person.set_if(key, people.items()[n][key]);
    person.set_if("new_reason", std::string{request.typed("new_reason")});
    if (act.starts_with("use:")) {
        const std::string id = act.substr(4);
        context.db.reading([&](store::Reader& reader) -> bool {
            const auto stream = subjects::find_person(reader, id);
            if (!stream || !context.may(reader, "read", {.kind = "person", .seq = *stream}).allowed) return false;
            const auto known = subjects::person(reader, *stream);
            person.set("person", id).set("given_name", known->details.given_name).set("family_name", known->details.family_name);
            if (known->details.date_of_birth) person.set("date_of_birth", to_iso(*known->details.date_of_birth));
            return true;
        });
    }
    if (act.starts_with("not:")) {
        Json no = person["not"].is_array() ? person["not"] : Json::array();
        no.push(act.substr(4));
        person.set("not", no);
    }
    if (request.asked("part") == "matches")
        return context.db.reading([&](store::Reader& reader) { return web::html(matches(reader, context, person).markup()); });
    std::vector<Json> all = people.items();
    if (act == "remove") {
        if (n < all.size()) all.erase(all.begin() + static_cast<std::ptrdiff_t>(n));
    } else if (!nobody || act.starts_with("use:")) {
        if (n < all.size())
            all[n] = person;
        else
            all.push_back(person);
    }
    Json list = Json::array();
    for (auto& one : all) list.push(one);
    report.body.set("people", list);
    keep(context, report, "people");
    const std::string here = address("people", report.id, fmt::format("&n={}", n));
    if (act == "check" || act.starts_with("not:")) return web::see_other(here + "#matches");
    if (act.starts_with("use:")) return web::see_other(here);
    if (act == "remove") return web::see_other(address("people", report.id));
    // Wrong now is better said now: the role, a date of birth that is none. An empty step is nobody at all, which is allowed.
    if (!nobody) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            auto details = subjects::details_from(person, context.today());
            Refusal refusal{Because::invalid, "referrals.person", "Some answers need another look."};
            if (!details) refusal.fields = details.error().fields;
            if (person["role"].as_string().empty()) refusal.fields.push_back({"role", "Say what part they have in this."});
            const auto found = matches_for(reader, context, person);
            const bool strong = std::any_of(found.begin(), found.end(), [](const auto& one) { return one.band == "strong"; });
            if (strong && letters_and_digits(person["new_reason"].as_string()) < 3)
                refusal.fields.push_back(
                    {"matches",
                     "A record here is almost certainly this person: use it, say that it is not the same, or give the reason for a new one."});
            if (!refusal.fields.empty()) return people_step(reader, Look{request, context, intake, report, "people", &refusal}, n);
            if (act == "another" || act == "new") return web::see_other(address("people", report.id, fmt::format("&n={}", list.items().size())));
            return web::see_other(address(next_after(intake, "people"), report.id));
        });
    }
    return web::see_other(address(act == "another" ? "people" : next_after(intake, "people"), report.id));
}

Response send_form(const Request& request, Context& context, const engine::Definition& intake, Report& report, const std::string& step) {
    const auto& f = *intake.form(step);
    std::vector<engine::Field> fields = f.fields;
    const bool has_place = steps_of(intake)[2] == step;
    if (has_place) fields.insert(fields.end(), place_fields().begin(), place_fields().end());
    Json answers = report.body["answers"].is_object() ? report.body["answers"] : Json::object();
    for (const auto& field : fields) answers.erase(field.id);
    const Json typed = typed_answers(fields, request);
    for (const auto& [key, value] : typed.members()) answers.set(key, value);
    report.body.set("answers", answers);
    keep(context, report, step);
    Json own = typed, facts = Json::object({{"now", to_rfc3339(context.now())}, {"forms", Json::object()}});
    for (const auto& field : place_fields()) own.erase(field.id);
    auto checked = engine::check_form(intake, f, own, facts, context.today());
    Refusal refusal{Because::invalid, "referrals.invalid", "Some answers need another look."};
    if (!checked) refusal.fields = checked.error().fields;
    if (has_place && letters_and_digits(answers["place_text"].as_string() + answers["place_postcode"].as_string()) == 0)
        refusal.fields.insert(refusal.fields.begin(), {"place_text", "Say where it happened, at least in words."});
    if (!refusal.fields.empty()) return form_step(Look{request, context, intake, report, step, &refusal});
    return web::see_other(address(next_after(intake, step), report.id));
}

Response send_all(const Request& request, Context& context, const Deps& deps, const engine::Definition& intake, Report& report) {
    if (request.typed("do") == "throw_away") {
        (void)context.db.writing([&](store::Transaction& tx) -> Result<Done> {
            access::drop_draft(tx, context.actor.user, key_of(report.id));
            return Done{};
        });
        return web::see_other("/referrals");
    }
    report.body.set("hub", std::string{request.typed("hub")});
    keep(context, report, "check");
    const auto made = context.db.writing([&](store::Transaction& tx) -> Result<Json> {
        auto sent = receive_referral(tx, context, deps, body_of(report));
        if (sent) access::drop_draft(tx, context.actor.user, key_of(report.id));
        return sent;
    });
    if (!made) {
        Refusal refusal = made.error();
        for (auto& error : refusal.fields)
            if (error.field == "location.text") error.field = "place_text";
        return check_step(Look{request, context, intake, report, "check", &refusal});
    }
    return web::see_other("/referrals/" + (*made)["reference"].as_string() + "?sent=yes");
}

Response send(const Request& request, Context& context, const Deps& deps) {
    const auto pathways = deps.library.current();
    const auto* intake = intake_for(*pathways, context.today());
    Report report;
    const bool may = context.db.reading([&](store::Reader& reader) {
        if (!context.demand(reader, "create", {.kind = "referral"})) return false;
        report = report_of(reader, context, request.typed("draft"));
        return true;
    });
    if (!may || intake == nullptr) return absent();
    if (report.id.empty()) report.id = new_id(context.now());
    const std::string step{request.parameter("step")};
    const auto steps = steps_of(*intake);
    if (std::find(steps.begin(), steps.end(), step) == steps.end()) return absent();
    if (step == "people") return send_people(request, context, *intake, report);
    if (step == "check") return send_all(request, context, deps, *intake, report);
    return send_form(request, context, *intake, report, step);
}

}  // namespace

void add_referral_pages(access::Routes& routes, const Deps& deps) {
    const auto page = [deps](const Request& request, Context& context) { return show(request, context, deps); };
    routes.get("/referrals/new", "New referral", "pages", page);
    routes.get("/referrals/new/{step}", "A step of a new referral", "pages", page);
    routes.post("/referrals/new/{step}", "Sends a step of a new referral", "pages",
                [deps](const Request& request, Context& context) { return send(request, context, deps); });
    add_triage_pages(routes, deps);
}

void add_pages(access::Routes& routes, const Deps& deps) {
    add_work_pages(routes, deps);
    add_referral_pages(routes, deps);
    add_case_pages(routes, deps);
    add_form_pages(routes, deps);
}

}  // namespace concord::cases
