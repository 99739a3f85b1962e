#include <algorithm>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/subjects.hpp"

/// What is done to a case beside its pathway's own actions: entries, tasks, people and places, information requests, documents, lead, restriction;
/// and who has looked. Each page shows again what was typed where something is wrong.
namespace concord::cases {
namespace {

using access::Context;
using ledger::Seq;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;
using K = engine::FieldKind;

Refusal no_case() { return Refusal{Because::absent, "cases.absent", "There is no such case."}; }

Seq number(std::string_view text) {
    return !text.empty() && text.size() < 18 && text.find_first_not_of("0123456789") == std::string_view::npos ? std::stoll(std::string{text}) : 0;
}
Seq number(const Json& value) { return number(std::string_view{value.as_string()}); }

std::optional<Date> day(const Json& value, const Context& context) { return parse_typed_date(value.as_string(), context.today()); }

// ---- A small page with a form

struct Ask {
    std::string heading, caption, intro, back, post_to, button;
    std::vector<engine::Field> fields;
    Json answers = Json::object();
    Html more = {};
};

Response ask_page(const Request& request, const Context& context, const Ask& ask, const Refusal* refusal) {
    Html inside = hidden("csrf", context.csrf);
    for (const auto& field : ask.fields) inside += field_html(field, ask.answers[field.id], error_of(refusal, field.id));
    const Html main = back_link(ask.back, "Back") + error_summary(refusal) + ui::head(ask.heading, ask.caption) +
                      (ask.intro.empty() ? Html{} : p(ask.intro)) +
                      el("form", {{"method", "post"}, {"action", ask.post_to}}, inside + ask.more + button(ask.button));
    return context.page(request, (refusal != nullptr ? "Error: " : "") + ask.heading, main,
                        refusal != nullptr ? web::status_of(refusal->because) : 200);
}

std::vector<engine::Choice> choices_of(const std::vector<access::Named>& all) {
    std::vector<engine::Choice> choices;
    for (const auto& one : all) choices.push_back({.code = std::to_string(one.seq), .label = one.name});
    return choices;
}
std::vector<engine::Choice> list_of(const Deps& deps, const std::string& name) {
    const auto lists = deps.library.lists();
    const auto found = lists.find(name);
    return found == lists.end() ? std::vector<engine::Choice>{} : found->second.codes;
}

/// A page about one case: draws it, or does it and goes back. `fields` are asked with the case in hand; `act` is given the typed answers.
struct AskedPage {
    std::function<Ask(store::Reader&, const Context&, const Standing&, const Request&)> ask;
    std::function<Result<Done>(store::Transaction&, const Context&, Seq, const Json&, const Request&)> act;
    std::string anchor;
};

Response serve(const Request& request, Context& context, const Deps& deps, const AskedPage& page) {
    const bool post = request.method == "POST";
    std::optional<Refusal> refusal;
    if (post) {
        Json typed = Json::object();
        const bool found = context.db.reading([&](store::Reader& reader) {
            const auto stream = readable_case(reader, context, request.parameter("ref"));
            if (!stream) return false;
            const auto now = standing(reader, context, deps, *stream);
            if (!now) return false;
            typed = typed_answers(page.ask(reader, context, *now, request).fields, request);
            return true;
        });
        if (!found) return absent();
        const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
            const auto stream = readable_case(tx, context, request.parameter("ref"));
            if (!stream) return no_case();
            return page.act(tx, context, *stream, typed, request);
        });
        if (done) return web::see_other(fmt::format("/cases/{}{}", request.parameter("ref"), page.anchor));
        if (done.error().because == Because::absent) return absent();
        refusal = done.error();
    }
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const auto now = standing(reader, context, deps, *stream);
        if (!now) return absent();
        Ask ask = page.ask(reader, context, *now, request);
        if (ask.heading.empty()) return absent();
        if (post) ask.answers = typed_answers(ask.fields, request);
        ask.caption = now->state["reference"].as_string() + ", " + now->state["title"].as_string();
        ask.back = "/cases/" + now->state["reference"].as_string() + page.anchor;
        ask.post_to = request.path;
        return ask_page(request, context, ask, refusal ? &*refusal : nullptr);
    });
}

// ---- Entries

Response add_note(const Request& request, Context& context, const Deps& deps) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return no_case();
        auto added = add_entry(tx, context, deps, *stream, {},
                               {.kind = std::string{request.typed("kind")},
                                .text = std::string{request.typed("text")},
                                .at = {},
                                .with = std::string{request.typed("with")},
                                .outcome = std::string{request.typed("outcome")},
                                .marks = {}});
        if (added) access::drop_draft(tx, context.actor.user, "note:" + std::string{request.parameter("ref")});
        return added;
    });
    if (done) return web::see_other(fmt::format("/cases/{}#timeline", request.parameter("ref")));
    if (done.error().because == Because::absent) return absent();
    return case_page(request, context, deps, &done.error());
}

Response seen(const Request& request, Context& context) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return no_case();
        mark_seen(tx, context.actor.user, *stream, number(request.typed("version")), context.now());
        return Done{};
    });
    return done ? web::see_other(fmt::format("/cases/{}", request.parameter("ref"))) : absent();
}

// ---- Tasks

AskedPage new_task(const Deps& deps) {
    return {.ask =
                [](store::Reader& reader, const Context&, const Standing& now, const Request&) {
                    Ask ask{.heading = "Add a task", .button = "Add the task"};
                    ask.intro = "The agency that is given the task can then read this case.";
                    ask.fields = {{.id = "title", .label = "What is to be done?", .kind = K::text, .required = true},
                                  {.id = "agency",
                                   .label = "Which agency does it?",
                                   .kind = K::code,
                                   .choices = choices_of(access::agencies(reader)),
                                   .required = true},
                                  {.id = "owner", .label = "Who, if you know", .kind = K::code, .choices = choices_of(access::users_of(reader, 0))},
                                  {.id = "due", .label = "By when?", .kind = K::date, .required = true},
                                  {.id = "high", .label = "Is it urgent?", .kind = K::yes_no}};
                    (void)now;
                    return ask;
                },
            .act = [deps](store::Transaction& tx, const Context& context, Seq stream, const Json& typed, const Request&) -> Result<Done> {
                auto raised = raise_task(tx, context, deps, stream, {},
                                         {.title = typed["title"].as_string(),
                                          .agency = number(typed["agency"]),
                                          .owner = number(typed["owner"]),
                                          .due = day(typed["due"], context),
                                          .high = typed["high"].as_string() == "yes",
                                          .template_id = {}});
                return raised ? Result<Done>{Done{}} : Result<Done>{raised.error()};
            },
            .anchor = "#tasks"};
}

struct TaskWords {
    std::string_view change, heading, label, button;
    bool words, agency, due;
};
const std::vector<TaskWords>& task_words() {
    static const std::vector<TaskWords> all{{"accept", "Accept the task", "", "Accept", false, false, false},
                                            {"decline", "Decline the task", "Why can your agency not do it?", "Decline", true, false, false},
                                            {"done", "The task is done", "What was done?", "Done", true, false, false},
                                            {"verify", "The task was done as asked", "", "Verify", false, false, false},
                                            {"reopen", "The task is not yet done", "What is still to be done?", "Give it back", true, false, false},
                                            {"cancel", "Cancel the task", "Why?", "Cancel the task", true, false, false},
                                            {"assign", "Give the task to somebody else", "", "Give", false, true, false},
                                            {"move", "Move the task to another day", "", "Move", false, false, true}};
    return all;
}

Response task_page(const Request& request, Context& context, const Deps& deps) {
    const auto& all = task_words();
    const auto words = std::find_if(all.begin(), all.end(), [&](const TaskWords& one) { return one.change == request.parameter("change"); });
    std::vector<engine::Field> fields;
    std::optional<Refusal> refusal;
    std::string reference, title;
    const bool found = context.db.reading([&](store::Reader& reader) {
        const auto stream = case_of_task(reader, request.parameter("id"));
        if (!context.demand(reader, "read", {.kind = "case", .seq = stream.value_or(-1)}) || words == all.end()) return false;
        const auto state = case_state(reader, *stream);
        reference = (*state)["reference"].as_string();
        for (const auto& task : (*state)["tasks"].items())
            if (task["id"].as_string() == request.parameter("id")) title = task["title"].as_string();
        if (words->words) fields.push_back({.id = "result", .label = std::string{words->label}, .kind = K::long_text, .required = true});
        if (words->agency) {
            fields.push_back({.id = "agency", .label = "Which agency?", .kind = K::code, .choices = choices_of(access::agencies(reader))});
            fields.push_back({.id = "owner", .label = "Who, if you know", .kind = K::code, .choices = choices_of(access::users_of(reader, 0))});
        }
        if (words->due) fields.push_back({.id = "due", .label = "By when?", .kind = K::date, .required = true});
        return true;
    });
    if (!found) return absent();
    const Json typed = typed_answers(fields, request);
    if (request.method == "POST") {
        const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
            return change_task(tx, context, deps,
                               {.id = std::string{request.parameter("id")},
                                .change = std::string{words->change},
                                .words = typed["result"].as_string(),
                                .agency = number(typed["agency"]),
                                .owner = number(typed["owner"]),
                                .due = day(typed["due"], context)});
        });
        if (done) return web::see_other(fmt::format("/cases/{}#tasks", reference));
        if (done.error().because == Because::absent) return absent();
        refusal = done.error();
    }
    Ask ask{.heading = std::string{words->heading},
            .caption = reference + ", " + title,
            .intro = {},
            .back = "/cases/" + reference + "#tasks",
            .post_to = request.path,
            .button = std::string{words->button},
            .fields = fields,
            .answers = typed};
    return ask_page(request, context, ask, refusal ? &*refusal : nullptr);
}

// ---- Lead and restriction

AskedPage change_lead(const Deps& deps) {
    return {
        .ask =
            [](store::Reader& reader, const Context&, const Standing& now, const Request&) {
                Ask ask{.heading = "Change the lead",
                        .intro = "A case has one lead agency and one lead officer at all times.",
                        .button = "Change the lead"};
                ask.fields = {
                    {.id = "lead_agency", .label = "Lead agency", .kind = K::code, .choices = choices_of(access::agencies(reader)), .required = true},
                    {.id = "lead_user",
                     .label = "Lead officer",
                     .kind = K::code,
                     .choices = choices_of(access::users_of(reader, 0)),
                     .required = true}};
                ask.answers.set("lead_agency", std::to_string(now.state["lead_agency"].as_integer()));
                ask.answers.set("lead_user", std::to_string(now.state["lead_user"].as_integer()));
                return ask;
            },
        .act = [deps](store::Transaction& tx, const Context& context, Seq stream, const Json& typed, const Request&) -> Result<Done> {
            auto done = assign(tx, context, deps, stream, {}, number(typed["lead_agency"]), number(typed["lead_user"]));
            return done ? Result<Done>{Done{}} : Result<Done>{done.error()};
        },
        .anchor = "#summary"};
}

AskedPage change_restriction(const Deps& deps) {
    return {.ask =
                [](store::Reader& reader, const Context&, const Standing& now, const Request&) {
                    Ask ask{
                        .heading = "Restrict the case",
                        .intro = "A restricted case is read only by the people named here and its lead officer; nobody else learns that it exists.",
                        .button = "Save the restriction"};
                    ask.fields = {{.id = "restriction",
                                   .label = "Who can read it?",
                                   .kind = K::code,
                                   .choices = {{.code = "normal", .label = "Everybody on the case"},
                                               {.code = "restricted", .label = "Named people only"},
                                               {.code = "locked", .label = "Locked: named people only, police or staff are involved"}},
                                   .required = true},
                                  {.id = "named", .label = "Named people", .kind = K::codes, .choices = choices_of(access::users_of(reader, 0))},
                                  {.id = "reason", .label = "Why?", .kind = K::long_text, .required = true}};
                    ask.answers.set("restriction", now.state["restriction"]);
                    return ask;
                },
            .act = [deps](store::Transaction& tx, const Context& context, Seq stream, const Json& typed, const Request&) -> Result<Done> {
                std::vector<Seq> named;
                for (const auto& one : typed["named"].items()) named.push_back(number(one));
                auto done = restrict_case(tx, context, deps, stream, {}, typed["restriction"].as_string(), named, typed["reason"].as_string());
                return done ? Result<Done>{Done{}} : Result<Done>{done.error()};
            },
            .anchor = "#summary"};
}

// ---- Information requests

AskedPage new_request(const Deps& deps) {
    return {
        .ask =
            [deps](store::Reader& reader, const Context&, const Standing&, const Request&) {
                Ask ask{.heading = "Ask an agency for information", .button = "Send the request"};
                ask.intro = "The agency can then read this case, and answers here. Ask for no more than is needed.";
                ask.fields = {
                    {.id = "holder",
                     .label = "Which agency holds it?",
                     .kind = K::code,
                     .choices = choices_of(access::agencies(reader)),
                     .required = true},
                    {.id = "asked_for", .label = "What do you ask for, and for which dates?", .kind = K::long_text, .required = true},
                    {.id = "purpose", .label = "For which purpose?", .kind = K::code, .choices = list_of(deps, "request_purposes"), .required = true},
                    {.id = "gateway",
                     .label = "By which lawful gateway?",
                     .kind = K::code,
                     .choices = list_of(deps, "request_gateways"),
                     .required = true},
                    {.id = "necessity",
                     .label = "Why is it necessary and proportionate?",
                     .hint = "At least 30 letters",
                     .kind = K::long_text,
                     .required = true},
                    {.id = "urgency",
                     .label = "How urgent is it?",
                     .kind = K::code,
                     .choices = list_of(deps, "request_urgencies"),
                     .required = true}};
                ask.answers.set("urgency", "routine");
                return ask;
            },
        .act = [deps](store::Transaction& tx, const Context& context, Seq stream, const Json& typed, const Request&) -> Result<Done> {
            RequestAsk ask{.holder = number(typed["holder"]),
                           .purpose = typed["purpose"].as_string(),
                           .gateway = typed["gateway"].as_string(),
                           .necessity = typed["necessity"].as_string(),
                           .asked_for = typed["asked_for"].as_string()};
            if (typed["urgency"].is_string()) ask.urgency = typed["urgency"].as_string();
            auto done = request_information(tx, context, deps, stream, {}, ask);
            return done ? Result<Done>{Done{}} : Result<Done>{done.error()};
        },
        .anchor = "#information"};
}

AskedPage answer(const Deps& deps) {
    return {.ask =
                [deps](store::Reader& reader, const Context& context, const Standing& now, const Request& request) {
                    for (const auto& one : now.state["requests"].items()) {
                        if (one["id"].as_string() != request.parameter("id")) continue;
                        Ask ask{.heading = "Answer the request for information", .button = "Save the answer"};
                        ask.intro = access::name_of(reader, "agency", one["agency"].as_integer()) + " asks: " + one["asked_for"].as_string() +
                                    " Because: " + one["necessity"].as_string();
                        engine::Field state{.id = "state", .label = "What is the answer?", .kind = K::code, .required = true};
                        const bool ours = one["holder"].as_integer() == context.actor.agency;
                        for (const auto& choice : list_of(deps, "request_states")) {
                            const bool by_asker = choice.code == "withdrawn" || choice.code == "sent";
                            if (choice.code != "draft" && choice.code != one["state"].as_string() && by_asker != ours)
                                state.choices.push_back(choice);
                        }
                        ask.fields = {state, {.id = "reason", .label = "The answer, or the reason", .kind = K::long_text}};
                        return ask;
                    }
                    return Ask{};
                },
            .act = [deps](store::Transaction& tx, const Context& context, Seq stream, const Json& typed, const Request& request) -> Result<Done> {
                auto done =
                    answer_request(tx, context, deps, stream, {}, request.parameter("id"), typed["state"].as_string(), typed["reason"].as_string());
                return done ? Result<Done>{Done{}} : Result<Done>{done.error()};
            },
            .anchor = "#information"};
}

// ---- Documents

Response upload(const Request& request, Context& context, const Deps& deps) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Raised> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return no_case();
        if (request.files.empty() || request.files.front().name.empty())
            return Refusal{Because::invalid, "documents.none", "Some answers need another look.", {{"file", "Choose a file."}}};
        return add_document(tx, context, deps, *stream, {}, {.name = request.files.front().name, .path = request.files.front().path});
    });
    if (done) return web::see_other(fmt::format("/cases/{}#documents", request.parameter("ref")));
    if (done.error().because == Because::absent) return absent();
    Refusal refusal = done.error();
    if (refusal.fields.empty()) refusal.fields.push_back({"file", refusal.sentence});
    return case_page(request, context, deps, &refusal);
}

/// The shared copy: without the data that cameras hide in pictures. It is offered to be saved, never run in our pages.
Response download(const Request& request, Context& context, const Deps& deps) {
    Json document;
    Seq stream = 0;
    context.db.reading([&](store::Reader& reader) -> bool {
        const auto found = readable_case(reader, context, request.parameter("ref"));
        if (!found) return false;
        const auto state = case_state(reader, *found);
        for (const auto& one : (*state)["documents"].items())
            if (one["id"].as_string() == request.parameter("id")) document = one;
        stream = *found;
        return true;
    });
    if (!document.is_object()) return absent();
    const std::string& shared = document["shared_hash"].as_string();
    context.looked("document", {stream}, "", document["id"].as_string());
    return Response{
        .status = 200,
        .headers = {{"content-type", document["type"].as_string()},
                    {"content-disposition", "attachment; filename*=UTF-8''" +
                                                web::encode_component(document["name"].is_string() ? document["name"].as_string() : "document")},
                    {"cache-control", "no-store"},
                    {"content-security-policy", "sandbox; default-src 'none'"}},
        .body = {},
        .file = document_path(deps.documents_folder, shared.empty() ? document["hash"].as_string() : shared)};
}

// ---- People and places

std::vector<engine::SubjectRole> roles_for(const engine::Definition& definition, std::string_view kind) {
    std::vector<engine::SubjectRole> roles;
    for (const auto& role : definition.roles)
        if (role.is_for(kind)) roles.push_back(role);
    return roles;
}

std::vector<engine::Field> place_questions(const engine::Definition& definition) {
    engine::Field role{.id = "place_role", .label = "What is its part in this?", .kind = K::code, .required = true};
    for (const auto& one : roles_for(definition, "place")) role.choices.push_back({.code = one.id, .label = one.label});
    return {role,
            {.id = "place_text", .label = "House and street, or a few words", .kind = K::text, .required = true},
            {.id = "place_postcode", .label = "Postcode, if known", .kind = K::text}};
}

std::vector<engine::Field> organisation_questions(const engine::Definition& definition) {
    engine::Field role{.id = "organisation_role", .label = "What is its part in this?", .kind = K::code, .required = true};
    for (const auto& one : roles_for(definition, "organisation")) role.choices.push_back({.code = one.id, .label = one.label});
    return {role, {.id = "organisation_name", .label = "Name, or some words of it", .kind = K::text, .required = true}};
}

/// The organisations that a name finds, each to be added from its line. Nothing is made here: a new one is recorded on its own page, which looks for
/// doubles.
Html found_organisations(store::Reader& reader, std::string_view words) {
    const auto found = subjects::find_organisations(reader, words, "", 10);
    const Html to_new = link("/organisations/new", "Record a new organisation");
    if (found.empty()) return p("No organisation of this name is held.") + p(to_new);
    std::vector<ui::Row> rows;
    for (const auto& one : found)
        rows.push_back(
            {.text = one.details.name,
             .href = "/organisations/" + one.id,
             .does = el("button",
                        {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "organisation:" + one.id}},
                        Html{"Add"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + one.details.name))});
    return ui::rows(rows) + p(to_new);
}

Response involve_page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const auto now = standing(reader, context, deps, *stream);
        if (!now) return absent();
        const std::string reference = now->state["reference"].as_string();
        const auto fields = person_fields(roles_for(*now->definition, "person"));
        const Json typed = typed_answers(fields, request);
        const bool about_place = request.typed("do") == "place", about_organisation = request.typed("do").starts_with("organisation");
        const bool about_person = !about_place && !about_organisation;
        Html left;
        for (const auto& field : fields) left += field_html(field, typed[field.id], about_person ? error_of(refusal, field.id) : "");
        left += field_html({.id = "counter",
                            .label = "Is it a counter-allegation?",
                            .hint = "Then the same person may be harmed and suspected in one case",
                            .kind = K::yes_no},
                           Json{std::string{request.typed("counter")}}, "");
        left += el("button", {{"type", "submit"}, {"class", "govuk-button"}, {"name", "do"}, {"value", "check"}}, "Check for matches");
        Html right = h2("Possible matches", "matches");
        if (request.method == "POST" && about_person) {
            const auto details = subjects::details_from(typed, context.today());
            const auto found = details ? subjects::candidates(reader, context, *details) : std::vector<subjects::Candidate>{};
            right += found.empty() ? p("No record that you may see is likely to be this person.")
                                   : web::each(found, [&](const auto& one) { return match_card(reader, context, one, false); });
            right += el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "new"}},
                        "Add as a new person");
        } else {
            right += p("First look for matches: nobody is added twice.");
        }
        Html places;
        for (const auto& field : place_questions(*now->definition))
            places += field_html(field, Json{std::string{request.typed(field.id)}}, about_place ? error_of(refusal, field.id) : "");
        const std::string at = "/cases/" + reference + "/involvements/new";
        Html main = back_link("/cases/" + reference + "#people", "Back") + error_summary(refusal) +
                    ui::head("Add a person, place or organisation", reference);
        main += el("form", {{"method", "post"}, {"action", at}}, hidden("csrf", context.csrf) + ui::split(left, right, "form"));
        if (!roles_for(*now->definition, "place").empty())
            main += ui::section(
                "place", "Or a place",
                el("form", {{"method", "post"}, {"action", at}},
                   hidden("csrf", context.csrf) + places +
                       el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "place"}},
                          "Add the place")));
        if (!roles_for(*now->definition, "organisation").empty()) {
            Html organisations;
            for (const auto& field : organisation_questions(*now->definition))
                organisations += field_html(field, Json{std::string{request.typed(field.id)}}, about_organisation ? error_of(refusal, field.id) : "");
            organisations +=
                el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "organisation"}},
                   "Find the organisation");
            if (const std::string words = tidy(request.typed("organisation_name")); about_organisation && !words.empty())
                organisations += found_organisations(reader, words);
            main += ui::section("organisation", "Or an organisation",
                                el("form", {{"method", "post"}, {"action", at + "#organisation"}}, hidden("csrf", context.csrf) + organisations));
        }
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Add a person, place or organisation"}, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response involve_post(const Request& request, Context& context, const Deps& deps) {
    const std::string act{request.typed("do")};
    const bool finds = act == "organisation" && !request.typed("organisation_role").empty() && !tidy(request.typed("organisation_name")).empty();
    if (act.empty() || act == "check" || finds) return involve_page(request, context, deps, nullptr);
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return no_case();
        if (auto asked = context.demand(tx, "change", {.kind = "case", .seq = *stream}); !asked) return asked.error();
        const auto now = standing(tx, context, deps, *stream);
        if (!now) return now.error();
        Involve ask{.reason = request.typed("counter") == "yes" ? "counter_allegation" : ""};
        const auto missing = [](std::string field, std::string words) {
            return Refusal{Because::invalid, "cases.involve", "Some answers need another look.", {{std::move(field), std::move(words)}}};
        };
        if (act == "place") {
            ask.kind = "place";
            ask.role = std::string{request.typed("place_role")};
            const subjects::PlaceDetails details{.text = tidy(request.typed("place_text")), .postcode = tidy(request.typed("place_postcode"))};
            if (ask.role.empty()) return missing("place_role", "Say what part the place has.");
            if (letters_and_digits(details.text) == 0) return missing("place_text", "Say where it is, at least in words.");
            auto place = subjects::find_or_create_place(tx, context.ledger, context.author(), details);
            if (!place) return place.error();
            ask.subject = *place;
        } else if (act.starts_with("organisation")) {
            ask.kind = "organisation";
            ask.role = std::string{request.typed("organisation_role")};
            if (ask.role.empty()) return missing("organisation_role", "Say what part the organisation has.");
            if (act == "organisation") return missing("organisation_name", "Write some words of its name, and it is looked for.");
            const auto known = subjects::find_organisation(tx, act.substr(13));
            if (!known) return missing("organisation_name", "This organisation is not there any more.");
            ask.subject = *known;
        } else {
            ask.role = std::string{request.typed("role")};
            if (ask.role.empty()) return missing("role", "Say what part they have in this.");
            if (act.starts_with("use:")) {
                const auto known = subjects::find_person(tx, act.substr(4));
                if (!known || !context.demand(tx, "read", {.kind = "person", .seq = *known}))
                    return missing("role", "This record is not there any more.");
                ask.subject = *known;
            } else {
                auto details = subjects::details_from(typed_answers(person_fields(roles_for(*now->definition, "person")), request), context.today());
                if (!details) return details.error();
                auto made = subjects::create_person(tx, context.ledger, context.author(), *details);
                if (!made) return made.error();
                ask.subject = *made;
            }
        }
        auto raised = involve(tx, context, deps, *stream, {}, ask);
        if (raised) return Done{};
        Refusal refused = raised.error();
        for (auto& error : refused.fields)
            if (error.field == "role" && ask.kind != "person") error.field = ask.kind + "_role";
        return refused;
    });
    if (done) return web::see_other(fmt::format("/cases/{}#{}", request.parameter("ref"), act == "place" ? "places" : "people"));
    if (done.error().because == Because::absent) return absent();
    return involve_page(request, context, deps, &done.error());
}

AskedPage change_part(const Deps& deps) {
    return {.ask =
                [deps](store::Reader& reader, const Context&, const Standing& now, const Request& request) {
                    for (const auto& one : now.state["involvements"].items()) {
                        if (one["id"].as_string() != request.parameter("id") || one.has("ended")) continue;
                        const auto person = subjects::person(reader, one["subject"].as_integer());
                        const auto organisation = person ? std::nullopt : subjects::organisation(reader, one["subject"].as_integer());
                        const std::string who = person ? person->name() : organisation ? organisation->details.name : "";
                        Ask ask{.heading = "Part in the case" + (who.empty() ? who : ": " + who), .button = "Save"};
                        engine::Field role{.id = "role", .label = "What is their part?", .kind = K::code, .required = true};
                        for (const auto& each : roles_for(*now.definition, one["kind"].as_string()))
                            role.choices.push_back({.code = each.id, .label = each.label});
                        role.choices.push_back({.code = "ended", .label = "No longer part of the case"});
                        ask.fields = {role,
                                      {.id = "reason",
                                       .label = "Reason, where somebody suspected becomes a perpetrator",
                                       .kind = K::code,
                                       .choices = list_of(deps, "perpetrator_reasons")}};
                        ask.answers.set("role", one["role"]);
                        return ask;
                    }
                    return Ask{};
                },
            .act = [deps](store::Transaction& tx, const Context& context, Seq stream, const Json& typed, const Request& request) -> Result<Done> {
                const std::string& role = typed["role"].as_string();
                auto done = change_involvement(tx, context, deps, stream, {}, request.parameter("id"), role == "ended" ? "" : role,
                                               typed["reason"].as_string());
                return done ? Result<Done>{Done{}} : Result<Done>{done.error()};
            },
            .anchor = "#people"};
}

// ---- Who has looked

Response readers(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const auto purposes = list_of(deps, "request_purposes");
        const auto purpose = [&](const std::string& code) {
            const auto found = std::find_if(purposes.begin(), purposes.end(), [&](const auto& one) { return one.code == code; });
            return found == purposes.end() ? capital(code) : found->label;
        };
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& one : context.reads.readers_of(*stream, 200))
            rows.push_back({{.text = in_words(one.at)},
                            {.text = access::name_of(reader, "app_user", one.user)},
                            {.text = access::name_of(reader, "agency", one.agency)},
                            {.text = purpose(one.purpose) + (one.reason.empty() ? "" : ": " + one.reason)},
                            {.text = capital(one.thing_kind)}});
        const std::string reference{request.parameter("ref")};
        const Html main =
            ui::breadcrumbs(
                {.items = {{.text = "Cases", .href = "/cases"}, {.text = reference, .href = "/cases/" + reference}, {.text = "Who has looked"}}}) +
            ui::head("Who has looked at this case", reference) +
            (rows.empty() ? p("Nobody has opened it yet.")
                          : ui::stacked_table({.head = {{.text = "When"}, {.text = "Who"}, {.text = "Agency"}, {.text = "Purpose"}, {.text = "What"}},
                                               .rows = rows}));
        return context.page(request, "Who has looked at " + reference, main);
    });
}

}  // namespace

void add_case_change_pages(access::Routes& routes, const Deps& deps) {
    const auto both = [&](std::string pattern, std::string see, std::string send, const AskedPage& page) {
        const auto handler = [deps, page](const Request& request, Context& context) { return serve(request, context, deps, page); };
        routes.get(pattern, std::move(see), "pages", handler);
        routes.post(std::move(pattern), std::move(send), "pages", handler);
    };
    routes.post("/cases/{ref}/entries", "Adds a note, contact, decision or incident", "pages",
                [deps](const Request& request, Context& context) { return add_note(request, context, deps); });
    routes.post("/cases/{ref}/seen", "Marks what is new as read", "pages", seen);
    both("/cases/{ref}/tasks/new", "A new task", "Raises a task", new_task(deps));
    both("/cases/{ref}/assign", "The lead of a case", "Changes the lead", change_lead(deps));
    both("/cases/{ref}/restriction", "The restriction of a case", "Restricts a case", change_restriction(deps));
    both("/cases/{ref}/information-requests/new", "A request for information", "Asks an agency for information", new_request(deps));
    both("/cases/{ref}/information-requests/{id}", "The answer to a request", "Answers a request", answer(deps));
    routes.get("/cases/{ref}/involvements/new", "A person, place or organisation to add", "pages",
               [deps](const Request& request, Context& context) { return involve_page(request, context, deps, nullptr); });
    routes.post("/cases/{ref}/involvements/new", "Looks for matches, or adds a person, place or organisation", "pages",
                [deps](const Request& request, Context& context) { return involve_post(request, context, deps); });
    both("/cases/{ref}/involvements/{id}", "A part in the case", "Changes a part in the case", change_part(deps));
    routes.post("/cases/{ref}/documents", "Adds a document", "pages",
                [deps](const Request& request, Context& context) { return upload(request, context, deps); });
    for (const char* pattern : {"/cases/{ref}/documents/{id}", "/api/v1/cases/{ref}/documents/{id}"})
        routes.get(pattern, "A document's shared copy", "cases",
                   [deps](const Request& request, Context& context) { return download(request, context, deps); });
    routes.get("/cases/{ref}/readers", "Who has looked at a case", "pages",
               [deps](const Request& request, Context& context) { return readers(request, context, deps); });
    const auto task = [deps](const Request& request, Context& context) { return task_page(request, context, deps); };
    routes.get("/tasks/{id}/{change}", "A change to a task", "pages", task);
    routes.post("/tasks/{id}/{change}", "Changes a task", "pages", task);
}

}  // namespace concord::cases
