#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/subjects.hpp"

/// One case: what it is, what is due, who is on it, what can be done, what happened.
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

// ---- One case

Html clocks_of(const Standing& now, Instant at) {
    Html rows;
    for (const auto& clock : cases::clocks_of(now.state)) {
        const std::string state = engine::state_at(clock, at);
        if (state == "met" || state == "stopped") continue;
        const auto* rule = now.definition->clock(clock.id);
        if (clock.ended) continue;
        Html what =
            el("strong", rule != nullptr ? rule->label : clock.id) + p(rule != nullptr ? fmt::format("{}. {}", rule->rule_text, rule->source) : "");
        if (rule != nullptr && !rule->decision.empty() && now.definition->action(rule->decision) == nullptr)
            what += p(link("/cases/" + now.state["reference"].as_string() + "/forms/" + rule->decision, "Fill it in"));
        rows += el("li", due_tag(clock.due, at) + el("div", what));
    }
    return rows.empty() ? p("No clock is running.") : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, rows);
}

Html people_of(store::Reader& reader, const Standing& now, Date today) {
    Html rows;
    for (const auto& one : now.state["involvements"].items()) {
        if (one.has("ended")) continue;
        const auto person = subjects::person(reader, one["subject"].as_integer());
        const auto* role = now.definition->role(one["role"].as_string());
        std::string name = person ? person->name() : "A place";
        if (person && person->details.date_of_birth) name += fmt::format(", {}", (today - *person->details.date_of_birth) * 4 / 1461);
        const bool safe = person && person->details.safe_to_contact == "yes";
        rows += el("tr", {{"class", "govuk-table__row"}},
                   el("th", {{"scope", "row"}, {"class", "govuk-table__header"}}, name) +
                       el("td", {{"class", "govuk-table__cell"}}, role != nullptr ? role->label : "") +
                       el("td", {{"class", "govuk-table__cell"}}, safe ? tag("Safe to contact", "green") : tag("Ask before contact", "orange")));
    }
    if (rows.empty()) return p("Nobody is on this case yet.");
    const Html head = el("thead", {{"class", "govuk-table__head"}},
                         el("tr", {{"class", "govuk-table__row"}},
                            el("th", {{"scope", "col"}, {"class", "govuk-table__header"}}, "Name") +
                                el("th", {{"scope", "col"}, {"class", "govuk-table__header"}}, "Part") +
                                el("th", {{"scope", "col"}, {"class", "govuk-table__header"}}, "Contact")));
    return el("table", {{"class", "govuk-table"}}, head + el("tbody", {{"class", "govuk-table__body"}}, rows));
}

Html timeline_of(store::Reader& reader, const std::vector<Entry>& entries) {
    return el("div", {{"class", "moj-timeline"}}, web::each(entries, [&](const Entry& entry) {
                  Html body = el("div", {{"class", "moj-timeline__header"}},
                                 el("h3", {{"class", "moj-timeline__title"}}, entry.summary) +
                                     el("p", {{"class", "moj-timeline__byline"}}, "by " + access::name_of(reader, "app_user", entry.by_user)));
                  body += el("p", {{"class", "moj-timeline__date"}}, el("time", {{"datetime", to_rfc3339(entry.at)}}, in_words(entry.at)));
                  if (!entry.words.empty()) body += el("div", {{"class", "moj-timeline__description"}}, entry.words);
                  return el("div", {{"class", "moj-timeline__item"}}, body);
              }));
}

Html tasks_of(store::Reader& reader, const Standing& now, const Context& context) {
    Html rows;
    for (const auto& task : now.state["tasks"].items()) {
        const std::string& state = task["state"].as_string();
        const auto day = parse_date(task["due"].as_string());
        const bool open = state == "proposed" || state == "assigned" || state == "accepted";
        Html does;
        if (open)
            does = el(
                "form", {{"method", "post"}, {"action", "/tasks/" + task["id"].as_string() + "/done"}},
                hidden("csrf", context.csrf) + hidden("back", now.state["reference"].as_string()) +
                    el("label", {{"class", "govuk-label"}, {"for", "result-" + task["id"].as_string()}}, "What was done") +
                    void_el("input", {{"class", "govuk-input"}, {"type", "text"}, {"id", "result-" + task["id"].as_string()}, {"name", "result"}}) +
                    button("Done", "secondary"));
        rows += el("li",
                   (open ? due_tag(day ? std::optional<Instant>{Instant{london_midnight(*day + 1).micros - 1}} : std::nullopt, context.now())
                         : el("span", {{"data-cc", "due"}}, capital(state))) +
                       el("div", el("strong", task["title"].as_string()) + p(access::name_of(reader, "agency", task["agency"].as_integer()) +
                                                                             (task["result"].is_string() ? ". " + task["result"].as_string() : ""))) +
                       el("div", {{"data-cc", "does"}}, does));
    }
    return rows.empty() ? p("No task has been raised.") : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, rows);
}

Html note_form(const Standing& now, const Context& context) {
    Html radios = web::each(
        std::vector<std::pair<std::string, std::string>>{{"note", "Note"}, {"decision", "Decision"}, {"incident", "Incident"}}, [](const auto& kind) {
            return el("div", {{"class", "govuk-radios__item"}},
                      void_el("input", {{"class", "govuk-radios__input"},
                                        {"type", "radio"},
                                        {"name", "kind"},
                                        {"id", "kind-" + kind.first},
                                        {"value", kind.first},
                                        {"checked", kind.first == "note"}}) +
                          el("label", {{"class", "govuk-label govuk-radios__label"}, {"for", "kind-" + kind.first}}, kind.second));
        });
    return el("form", {{"method", "post"}, {"action", "/cases/" + now.state["reference"].as_string() + "/entries"}},
              hidden("csrf", context.csrf) +
                  el("div", {{"class", "govuk-form-group"}},
                     el("label", {{"class", "govuk-label"}, {"for", "text"}}, "Add a note") +
                         el("div", {{"class", "govuk-hint"}, {"id", "text-hint"}}, "Visible to all agencies on this case") +
                         el("textarea",
                            {{"class", "govuk-textarea"}, {"id", "text"}, {"name", "text"}, {"rows", "3"}, {"aria-describedby", "text-hint"}}, "")) +
                  el("fieldset", {{"class", "govuk-fieldset"}},
                     el("legend", {{"class", "govuk-fieldset__legend govuk-visually-hidden"}}, "Kind") +
                         el("div", {{"class", "govuk-radios govuk-radios--inline govuk-radios--small"}}, radios)) +
                  button("Save note"));
}

Html actions_of(const Standing& now) {
    Html items;
    for (const auto& state : engine::actions(*now.definition, now.facts)) {
        if (state.allowed)
            items += el("li", link("/cases/" + now.state["reference"].as_string() + "/actions/" + state.action->id, state.action->label));
        else
            items += el("li", Html{state.action->label + ". "} + el("span", {{"data-cc", "muted"}}, state.why));
    }
    return items.empty() ? p("Nothing can be done from this stage.") : el("ul", {{"class", "govuk-list"}}, items);
}

}  // namespace

std::optional<Seq> readable_case(store::Reader& reader, const Context& context, std::string_view reference) {
    const auto stream = find_case(reader, reference);
    if (!context.demand(reader, "read", {.kind = "case", .seq = stream.value_or(-1)})) return {};
    return stream;
}

Response case_page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal) {
    std::optional<Seq> stream;
    const auto response = context.db.reading([&](store::Reader& reader) -> Response {
        stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        auto now = standing(reader, context, deps, *stream);
        if (!now) return absent();
        const Json& s = now->state;
        const auto* stage = now->definition->stage(s["stage"].as_string());
        const auto row = [](const std::string& key, const Html& value) {
            return el("div", {{"class", "govuk-summary-list__row"}},
                      el("dt", {{"class", "govuk-summary-list__key"}}, key) + el("dd", {{"class", "govuk-summary-list__value"}}, value));
        };
        Html main = error_summary(refusal);
        main += el(
            "nav", {{"class", "govuk-breadcrumbs"}, {"aria-label", "Breadcrumb"}},
            el("ol", {{"class", "govuk-breadcrumbs__list"}},
               el("li", {{"class", "govuk-breadcrumbs__list-item"}}, el("a", {{"class", "govuk-breadcrumbs__link"}, {"href", "/cases"}}, "Cases")) +
                   el("li", {{"class", "govuk-breadcrumbs__list-item"}}, s["reference"].as_string())));
        const auto opened = parse_instant(s["opened_at"].as_string());
        main += el("span", {{"class", "govuk-caption-l"}},
                   fmt::format("{}, opened {}", s["reference"].as_string(), opened ? in_words(london_date(*opened)) : "")) +
                el("h1", {{"class", "govuk-heading-l"}}, s["title"].as_string());
        main += el("section", {{"aria-labelledby", "clocks"}}, h2("Clocks", "clocks") + clocks_of(*now, context.now()));
        Html risk = s["risk"].is_object() ? tag(fmt::format("{}, {} of {}", capital(s["risk"]["level"].as_string()), s["risk"]["score"].as_number(),
                                                            s["risk"]["most"].as_number()),
                                                risk_colour(s["risk"]["level"].as_string()))
                                          : Html{"Not assessed"};
        main += el("section", {{"aria-labelledby", "summary"}},
                   h2("Summary", "summary") + el("dl", {{"class", "govuk-summary-list"}},
                                                 row("Stage", stage != nullptr ? stage->label : "") + row("Kind of case", now->definition->title) +
                                                     row("Hub", access::name_of(reader, "hub", s["hub"].as_integer())) +
                                                     row("Lead", access::name_of(reader, "app_user", s["lead_user"].as_integer()) + ", " +
                                                                     access::name_of(reader, "agency", s["lead_agency"].as_integer())) +
                                                     row("Risk", risk)));
        main += el("section", {{"aria-labelledby", "do"}}, h2("What can be done", "do") + actions_of(*now));
        Html tools;
        for (const auto& tool : now->definition->risk_tools)
            tools += p(link("/cases/" + s["reference"].as_string() + "/forms/" + tool.id, "Assess: " + tool.label));
        main += el("section", {{"aria-labelledby", "risk"}}, h2("Risk", "risk") + tools);
        main += el("section", {{"aria-labelledby", "people"}}, h2("People", "people") + people_of(reader, *now, context.today()));
        main += el("section", {{"aria-labelledby", "tasks"}}, h2("Tasks", "tasks") + tasks_of(reader, *now, context));
        main += el("section", {{"aria-labelledby", "timeline"}},
                   h2("Timeline", "timeline") + note_form(*now, context) + timeline_of(reader, entries(reader, *stream, 50)));
        return context.page(request, s["title"].as_string(), main, refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
    if (stream && response.status == 200)
        context.reads.record({.user = context.actor.user,
                              .agency = context.actor.agency,
                              .at = context.now(),
                              .purpose = context.actor.purpose,
                              .route = context.route,
                              .query = {},
                              .thing_kind = "case",
                              .things = {*stream},
                              .reason = {}});
    return response;
}

namespace {

Response add_note(const Request& request, Context& context, const Deps& deps) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return Refusal{Because::absent, "cases.absent", "There is no such case."};
        return add_entry(tx, context, deps, *stream, {}, {.kind = std::string{request.typed("kind")}, .text = std::string{request.typed("text")}});
    });
    if (done) return web::see_other(fmt::format("/cases/{}#timeline", request.parameter("ref")));
    if (done.error().because == Because::absent) return absent();
    return case_page(request, context, deps, &done.error());
}

Response finish_task(const Request& request, Context& context, const Deps& deps) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        return change_task(tx, context, deps,
                           {.id = std::string{request.parameter("id")}, .change = "done", .words = std::string{request.typed("result")}});
    });
    if (!done && done.error().because == Because::absent) return absent();
    if (done) return web::see_other(fmt::format("/cases/{}#tasks", web::encode_component(request.typed("back"))));
    Request again = request;
    again.path_parameters.emplace_back("ref", std::string{request.typed("back")});
    return case_page(again, context, deps, &done.error());
}

}  // namespace

void add_case_pages(access::Routes& routes, const Deps& deps) {
    routes.get("/cases/{ref}", "A case", "pages", [deps](const Request& request, Context& context) { return case_page(request, context, deps); });
    routes.post("/cases/{ref}/entries", "Adds a note", "pages",
                [deps](const Request& request, Context& context) { return add_note(request, context, deps); });
    routes.post("/tasks/{id}/done", "Finishes a task", "pages",
                [deps](const Request& request, Context& context) { return finish_task(request, context, deps); });
}

}  // namespace concord::cases
