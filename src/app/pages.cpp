#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "app/program.hpp"
#include "base/text.hpp"
#include "subjects/subjects.hpp"
#include "web/help.hpp"
#include "web/page.hpp"

/// The pages of the hub: my work, cases, a case and what can be done to it, find. Every form is drawn from the pathway's definition.
namespace concord::app {
namespace {

using access::Context;
using cases::Deps;
using ledger::Seq;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using web::void_el;

Html link(const std::string& href, const Html& text) { return el("a", {{"class", "govuk-link"}, {"href", href}}, text); }
Html p(const Html& text) { return el("p", {{"class", "govuk-body"}}, text); }
Html h2(std::string_view text, std::string_view id = "") {
    return id.empty() ? el("h2", {{"class", "govuk-heading-m"}}, text) : el("h2", {{"class", "govuk-heading-m"}, {"id", std::string{id}}}, text);
}
Html hidden(std::string_view name, const std::string& value) {
    return void_el("input", {{"type", "hidden"}, {"name", std::string{name}}, {"value", value}});
}
Html button(std::string_view text, std::string_view kind = "") {
    return el("button", {{"type", "submit"}, {"class", kind.empty() ? "govuk-button" : "govuk-button govuk-button--" + std::string{kind}}}, text);
}

struct Due {
    std::string state, words;
};
Due due_of(std::optional<Instant> due, Instant now) {
    if (!due) return {"", "No date"};
    const int days = london_date(*due) - london_date(now);
    if (*due < now) return {"late", days == 0 ? "Late today" : counted(-days, "day") + " late"};
    if (days == 0) return {"soon", "Today"};
    return {days <= 3 ? "soon" : "ok", in_short_words(london_date(*due))};
}
Html due_tag(std::optional<Instant> due, Instant now) {
    const auto [state, words] = due_of(due, now);
    return state.empty() ? el("span", {{"data-cc", "due"}}, words) : el("span", {{"data-cc", "due"}, {"data-state", state}}, words);
}
Html tag(const std::string& text, std::string_view colour = "grey") {
    return el("strong", {{"class", fmt::format("govuk-tag govuk-tag--{}", colour)}}, text);
}
std::string risk_colour(std::string_view level) { return level == "high" ? "red" : level == "medium" ? "yellow" : "green"; }
std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

Response absent() { return Response{.status = 404, .headers = {}, .body = {}, .file = {}}; }

Response page(const Request& request, const Context& context, std::string_view title, const Html& main, int status = 200) {
    return draw_page(request, &context, status, title, main);
}

Html error_summary(const Refusal& refusal) {
    Html items;
    for (const auto& error : refusal.fields) items += el("li", el("a", {{"href", "#" + error.field}}, error.message));
    if (refusal.fields.empty()) items = el("li", refusal.sentence);
    return el("div", {{"class", "govuk-error-summary"}},
              el("div", {{"role", "alert"}},
                 el("h2", {{"class", "govuk-error-summary__title"}}, "There is a problem") +
                     el("div", {{"class", "govuk-error-summary__body"}}, el("ul", {{"class", "govuk-list govuk-error-summary__list"}}, items))));
}

// ---- Lists

Html case_row(store::Reader& reader, const cases::CaseRow& row, Instant now) {
    Html detail = p(fmt::format("{}, {}, {}", row.reference, access::name_of(reader, "hub", row.hub), capital(row.stage)));
    if (!row.risk_level.empty()) detail += tag(capital(row.risk_level), risk_colour(row.risk_level));
    return el("li", due_tag(row.next_due, now) + el("div", link("/cases/" + row.reference, row.title) + detail) +
                        el("div", {{"data-cc", "does"}},
                           el("a",
                              {{"class", "govuk-button govuk-button--secondary"},
                               {"href", "/cases/" + row.reference},
                               {"role", "button"},
                               {"draggable", "false"}},
                              Html{"Open"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + row.reference))));
}

Html task_rows(store::Reader& reader, const Context& context) {
    store::Binds binds{{"user", context.actor.user}, {"agency", context.actor.agency}};
    const std::string readable = context.readable("t.stream", binds);
    Html rows;
    for (const auto& row : reader.select(
             "ttttt",
             fmt::format("select t.id, t.title, t.due, r.reference, t.state from task t join case_record r on r.stream = t.stream where (t.owner = "
                         ":user or t.agency = :agency) and t.state in ('proposed', 'assigned', 'accepted') and {} order by t.due, t.id limit 20",
                         readable),
             binds)) {
        const auto day = parse_date(row.text(2));
        const auto due = day ? std::optional<Instant>{Instant{london_midnight(*day + 1).micros - 1}} : std::nullopt;
        rows += el("li", due_tag(due, context.now()) +
                             el("div", link("/cases/" + row.text(3) + "#tasks", row.text(1)) + p(row.text(3) + ", " + row.text(4))) +
                             el("div", {{"data-cc", "does"}},
                                el("a",
                                   {{"class", "govuk-button govuk-button--secondary"},
                                    {"href", "/cases/" + row.text(3) + "#tasks"},
                                    {"role", "button"},
                                    {"draggable", "false"}},
                                   Html{"Open"} + el("span", {{"class", "govuk-visually-hidden"}}, " task on " + row.text(3)))));
    }
    return rows;
}

Response my_work(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        context.asked = true;  // list_cases joins visibility by the actor's principals
        const bool team = request.asked("view") == "team";
        const auto mine =
            cases::list_cases(reader, context.actor, {.lead_user = team ? Seq{0} : context.actor.user, .own_hubs = team}, "", 25, context.today());
        const Html tasks = task_rows(reader, context);
        store::Binds binds;
        const auto waiting = reader.count(
            fmt::format("select count(*) from referral r where r.state in ('received', 'triage') and {}", context.readable("r.stream", binds)),
            binds);
        int late = 0;
        for (const auto& row : mine.rows) late += row.next_due && *row.next_due < context.now() ? 1 : 0;
        const auto tile = [](long long figure, const std::string& href, const std::string& words, const std::string& small, std::string_view state) {
            web::Attributes attributes{{"data-cc", "tile"}, {"href", href}};
            if (!state.empty()) attributes.emplace_back("data-state", state);
            return el("li", el("a", attributes, el("span", {{"data-cc", "fig"}}, std::to_string(figure)) + el("span", words) + el("small", small)));
        };
        Html main =
            el("div", {{"data-cc", "head"}},
               el("div", el("span", {{"class", "govuk-caption-l"}}, context.actor.agency_name + ", " + in_words(context.today())) +
                             el("h1", {{"class", "govuk-heading-l"}}, "My work")) +
                   el("div", {{"data-cc", "actions"}}, link(team ? "/my-work" : "/my-work?view=team", team ? "Only mine" : "See the whole hub")));
        main += el("ul", {{"data-cc", "tiles"}},
                   tile(mine.total, "/cases?lead=me", "open cases", counted(late, "clock") + (late == 1 ? " is late" : " are late"),
                        late > 0 ? "late" : "") +
                       tile(waiting, "/referrals", "referrals to triage", "Oldest first", waiting > 0 ? "soon" : ""));
        main += h2("Do next", "next");
        main += mine.rows.empty() ? p("Nothing is due. Cases that you lead appear here.")
                                  : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}},
                                       web::each(mine.rows, [&](const auto& row) { return case_row(reader, row, context.now()); }));
        main += h2("Tasks", "tasks");
        main += tasks.empty() ? p("No task is waiting for you.") : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, tasks);
        return page(request, context, "My work", main);
    });
}

Response case_list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        context.asked = true;  // list_cases joins visibility by the actor's principals
        cases::CaseFilter filter{.risk = std::string{request.asked("risk")}, .words = std::string{request.asked("q")}};
        if (request.asked("lead") == "me") filter.lead_user = context.actor.user;
        if (request.asked("state") == "closed") filter.which = access::PageAsk::Which::closed;
        const auto found = cases::list_cases(reader, context.actor, filter, request.asked("after"), 50, context.today());
        const auto option = [](std::string_view value, std::string_view label, std::string_view now) {
            return el("option", {{"value", std::string{value}}, {"selected", value == now}}, label);
        };
        Html main = el("h1", {{"class", "govuk-heading-l"}}, "Cases");
        main += el(
            "form", {{"method", "get"}, {"action", "/cases"}},
            el("div", {{"class", "govuk-form-group"}},
               el("label", {{"class", "govuk-label"}, {"for", "filter-q"}}, "Words of the title") +
                   void_el("input", {{"class", "govuk-input govuk-input--width-20"}, {"id", "filter-q"}, {"name", "q"}, {"value", filter.words}})) +
                el("div", {{"class", "govuk-form-group"}},
                   el("label", {{"class", "govuk-label"}, {"for", "risk"}}, "Risk") +
                       el("select", {{"class", "govuk-select"}, {"id", "risk"}, {"name", "risk"}},
                          option("", "Any", filter.risk) + option("high", "High", filter.risk) + option("medium", "Medium", filter.risk) +
                              option("standard", "Standard", filter.risk))) +
                button("Show", "secondary"));
        main += p(fmt::format("{}{}, soonest deadline first", found.at_least ? "At least " : "", counted(found.total, "case")));
        main += found.rows.empty() ? p("No case fits. Take a filter out, or open a case from a referral.")
                                   : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}},
                                        web::each(found.rows, [&](const auto& row) { return case_row(reader, row, context.now()); }));
        if (!found.next.empty())
            main += p(link("/cases?" + web::encode_query({{"q", filter.words}, {"risk", filter.risk}, {"after", found.next}}), "Next page"));
        return page(request, context, "Cases", main);
    });
}

Response referral_list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        store::Binds binds;
        const std::string readable = context.readable("r.stream", binds);
        Html rows;
        for (const auto& row : reader.select("tttit",
                                             fmt::format("select r.reference, r.state, r.narrative, r.received_at, r.source_agency from referral r "
                                                         "where {} order by r.stream desc limit 50",
                                                         readable),
                                             binds))
            rows +=
                el("li", el("span", {{"data-cc", "due"}}, in_short_words(london_date(row.instant(3)))) +
                             el("div", el("strong", row.text(0)) + p(cut(row.text(2), 160)) +
                                           tag(capital(row.text(1)), row.text(1) == "received" ? "yellow" : "grey")) +
                             (row.text(1) == "received" ? el("div", {{"data-cc", "does"}},
                                                             el("a",
                                                                {{"class", "govuk-button govuk-button--secondary"},
                                                                 {"href", "/referrals/" + row.text(0) + "/triage"},
                                                                 {"role", "button"},
                                                                 {"draggable", "false"}},
                                                                Html{"Triage"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + row.text(0))))
                                                        : Html{}));
        Html main =
            el("div", {{"data-cc", "head"}},
               el("div", el("h1", {{"class", "govuk-heading-l"}}, "Referrals")) +
                   el("div", {{"data-cc", "actions"}},
                      el("a", {{"class", "govuk-button"}, {"href", "/referrals/new"}, {"role", "button"}, {"draggable", "false"}}, "New referral"))) +
            (rows.empty() ? p("No report has come to your hubs.") : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, rows));
        return page(request, context, "Referrals", main);
    });
}

// ---- One case

Html clocks_of(const cases::Standing& now, Instant at) {
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

Html people_of(store::Reader& reader, const cases::Standing& now, Date today) {
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

Html timeline_of(store::Reader& reader, const std::vector<cases::Entry>& entries) {
    return el("div", {{"class", "moj-timeline"}}, web::each(entries, [&](const cases::Entry& entry) {
                  Html body = el("div", {{"class", "moj-timeline__header"}},
                                 el("h3", {{"class", "moj-timeline__title"}}, entry.summary) +
                                     el("p", {{"class", "moj-timeline__byline"}}, "by " + access::name_of(reader, "app_user", entry.by_user)));
                  body += el("p", {{"class", "moj-timeline__date"}}, el("time", {{"datetime", to_rfc3339(entry.at)}}, in_words(entry.at)));
                  if (!entry.words.empty()) body += el("div", {{"class", "moj-timeline__description"}}, entry.words);
                  return el("div", {{"class", "moj-timeline__item"}}, body);
              }));
}

Html tasks_of(store::Reader& reader, const cases::Standing& now, const Context& context) {
    Html rows;
    for (const auto& task : now.state["tasks"].items()) {
        const std::string& state = task["state"].as_string();
        const auto day = parse_date(task["due"].as_string());
        const bool open = state == "proposed" || state == "assigned" || state == "accepted";
        Html does;
        if (open)
            does = el("form", {{"method", "post"}, {"action", "/tasks/" + task["id"].as_string() + "/done"}},
                      hidden("csrf", context.csrf) + hidden("back", now.state["reference"].as_string()) +
                          el("label", {{"class", "govuk-label"}, {"for", "result-" + task["id"].as_string()}}, "What was done") +
                          void_el("input", {{"class", "govuk-input"}, {"id", "result-" + task["id"].as_string()}, {"name", "result"}}) +
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

Html note_form(const cases::Standing& now, const Context& context) {
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

Html actions_of(const cases::Standing& now) {
    Html items;
    for (const auto& state : engine::actions(*now.definition, now.facts)) {
        if (state.allowed)
            items += el("li", link("/cases/" + now.state["reference"].as_string() + "/actions/" + state.action->id, state.action->label));
        else
            items += el("li", Html{state.action->label + ". "} + el("span", {{"data-cc", "muted"}}, state.why));
    }
    return items.empty() ? p("Nothing can be done from this stage.") : el("ul", {{"class", "govuk-list"}}, items);
}

std::optional<Seq> readable_case(store::Reader& reader, const Context& context, std::string_view reference) {
    const auto stream = cases::find_case(reader, reference);
    if (!context.demand(reader, "read", {.kind = "case", .seq = stream.value_or(-1)})) return {};
    return stream;
}

Response case_page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal = nullptr) {
    std::optional<Seq> stream;
    const auto response = context.db.reading([&](store::Reader& reader) -> Response {
        stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        auto now = cases::standing(reader, context, deps, *stream);
        if (!now) return absent();
        const Json& s = now->state;
        const auto* stage = now->definition->stage(s["stage"].as_string());
        const auto row = [](const std::string& key, const Html& value) {
            return el("div", {{"class", "govuk-summary-list__row"}},
                      el("dt", {{"class", "govuk-summary-list__key"}}, key) + el("dd", {{"class", "govuk-summary-list__value"}}, value));
        };
        Html main = refusal != nullptr ? error_summary(*refusal) : Html{};
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
                   h2("Timeline", "timeline") + note_form(*now, context) + timeline_of(reader, cases::entries(reader, *stream, 50)));
        return page(request, context, s["title"].as_string(), main, refusal != nullptr ? web::status_of(refusal->because) : 200);
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

// ---- Forms, drawn from the definition

Html field_html(const engine::Field& field, const Json& value, const std::string& error) {
    const std::string name = field.id;
    Html inside;
    const Html message = error.empty() ? Html{}
                                       : el("p", {{"id", name + "-error"}, {"class", "govuk-error-message"}},
                                            el("span", {{"class", "govuk-visually-hidden"}}, "Error:") + Html{" "} + Html{error});
    const Html hint = field.hint.empty() ? Html{} : el("div", {{"id", name + "-hint"}, {"class", "govuk-hint"}}, field.hint);
    const bool several = field.kind == engine::FieldKind::codes;
    if (field.kind == engine::FieldKind::code || several || field.kind == engine::FieldKind::yes_no) {
        std::vector<engine::Choice> choices = field.choices;
        if (field.kind == engine::FieldKind::yes_no) choices = {{.code = "yes", .label = "Yes"}, {.code = "no", .label = "No"}};
        const std::string kind = several ? "checkboxes" : "radios";
        Html items;
        for (std::size_t i = 0; i < choices.size(); ++i) {
            const std::string id = i == 0 ? name : fmt::format("{}-{}", name, i + 1);
            bool checked = value.as_string() == choices[i].code || (value.is_bool() && value.as_bool() == (choices[i].code == "yes"));
            for (const auto& one : value.items()) checked = checked || one.as_string() == choices[i].code;
            items += el("div", {{"class", fmt::format("govuk-{}__item", kind)}},
                        void_el("input", {{"class", fmt::format("govuk-{}__input", kind)},
                                          {"type", several ? "checkbox" : "radio"},
                                          {"name", name},
                                          {"id", id},
                                          {"value", choices[i].code},
                                          {"checked", checked}}) +
                            el("label", {{"class", fmt::format("govuk-label govuk-{}__label", kind)}, {"for", id}}, choices[i].label));
        }
        inside = el("fieldset", {{"class", "govuk-fieldset"}},
                    el("legend", {{"class", "govuk-fieldset__legend"}}, field.label) + hint + message +
                        el("div", {{"class", fmt::format("govuk-{} govuk-{}--small", kind, kind)}}, items));
    } else {
        inside = el("label", {{"class", "govuk-label"}, {"for", name}}, field.label) + hint + message;
        if (field.kind == engine::FieldKind::long_text)
            inside += el("textarea", {{"class", "govuk-textarea"}, {"id", name}, {"name", name}, {"rows", "4"}}, value.as_string());
        else
            inside += void_el("input", {{"class", "govuk-input"},
                                        {"id", name},
                                        {"name", name},
                                        {"value", value.is_string() ? value.as_string()
                                                  : value.is_null() ? std::string{}
                                                                    : to_text(value)}});
        if (field.kind == engine::FieldKind::date) inside += el("p", {{"class", "govuk-hint"}}, "For example 17/5/2025, +7 or fri");
    }
    return el("div", {{"class", error.empty() ? "govuk-form-group" : "govuk-form-group govuk-form-group--error"}}, inside);
}

Json typed_answers(const std::vector<engine::Field>& fields, const Request& request) {
    Json answers = Json::object();
    for (const auto& field : fields) {
        const auto values = request.typed_all(field.id);
        if (field.kind == engine::FieldKind::codes) {
            Json all = Json::array();
            for (const auto& value : values) all.push(value);
            answers.set_if(field.id, all);
        } else if (!values.empty() && !values.front().empty()) {
            answers.set(field.id, values.front());
        }
    }
    return answers;
}

std::vector<engine::Field> fields_of(const engine::Definition& definition, const std::string& form_id) {
    std::vector<engine::Field> fields;
    if (const auto* tool = definition.risk_tool(form_id)) {
        for (const auto& question : tool->questions) fields.push_back(question.field);
        fields.push_back({.id = "override",
                          .label = "Raise the level to the highest, whatever the score",
                          .kind = engine::FieldKind::code,
                          .choices = tool->overrides});
        fields.push_back({.id = "override_reason", .label = "Why is the level raised?", .kind = engine::FieldKind::long_text});
    } else if (const auto* form = definition.form(form_id)) {
        for (const auto& field : form->fields)
            if (field.derived.empty() && field.kind != engine::FieldKind::group) fields.push_back(field);
    }
    return fields;
}

struct FormPage {
    std::string heading, intro, form, post_to, button;
};

Response form_page(const Request& request, Context& context, const cases::Standing& now, const FormPage& f, const Json& answers,
                   const Refusal* refusal) {
    Html inside = hidden("csrf", context.csrf) + hidden("version", request.has_typed("version") ? std::string{request.typed("version")}
                                                                                                : std::to_string(now.state["version"].as_integer()));
    for (const auto& field : fields_of(*now.definition, f.form)) {
        std::string error;
        if (refusal != nullptr)
            for (const auto& one : refusal->fields)
                if (one.field == field.id) error = one.message;
        inside += field_html(field, answers[field.id], error);
    }
    const std::string reference = now.state["reference"].as_string();
    Html main = el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", "/cases/" + reference}}, "Back to " + reference));
    if (refusal != nullptr) main += error_summary(*refusal);
    main += el("span", {{"class", "govuk-caption-l"}}, reference) + el("h1", {{"class", "govuk-heading-l"}}, f.heading) +
            (f.intro.empty() ? Html{} : p(f.intro));
    main += el("form", {{"method", "post"}, {"action", f.post_to}}, inside + button(f.button));
    return page(request, context, refusal != nullptr ? "Error: " + f.heading : f.heading, main,
                refusal != nullptr ? web::status_of(refusal->because) : 200);
}

std::optional<FormPage> form_for(const cases::Standing& now, const Request& request) {
    const std::string reference = now.state["reference"].as_string();
    if (const auto* action = now.definition->action(request.parameter("action")))
        return FormPage{action->label, action->confirm.empty() ? action->hint : action->confirm, action->form,
                        "/cases/" + reference + "/actions/" + action->id, action->label};
    const std::string form{request.parameter("form")};
    if (const auto* tool = now.definition->risk_tool(form))
        return FormPage{tool->label, tool->source, form, "/cases/" + reference + "/forms/" + form, "Save the assessment"};
    if (const auto* one = now.definition->form(form)) return FormPage{one->label, one->intro, form, "/cases/" + reference + "/forms/" + form, "Save"};
    return {};
}

Response show_form(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        auto now = cases::standing(reader, context, deps, *stream);
        if (!now) return absent();
        const auto form = form_for(*now, request);
        if (!form) return absent();
        const bool risk = now->definition->risk_tool(form->form) != nullptr;
        return form_page(request, context, *now, *form, risk ? Json::object() : now->state["forms"][form->form], nullptr);
    });
}

Response send_form(const Request& request, Context& context, const Deps& deps) {
    std::optional<Refusal> refusal;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return Refusal{Because::absent, "cases.absent", "There is no such case."};
        auto now = cases::standing(tx, context, deps, *stream);
        if (!now) return now.error();
        const auto form = form_for(*now, request);
        if (!form) return Refusal{Because::absent, "cases.form", "There is no such form."};
        const Json answers = typed_answers(fields_of(*now->definition, form->form), request);
        const cases::Expected expected = request.has_typed("version")
                                             ? cases::Expected{std::strtoll(std::string{request.typed("version")}.c_str(), nullptr, 10)}
                                             : cases::Expected{};
        auto version = request.parameter("action").empty()
                           ? cases::save_form(tx, context, deps, *stream, expected, request.parameter("form"), answers)
                           : cases::act(tx, context, deps, *stream, expected, request.parameter("action"), answers);
        if (!version) return version.error();
        return Done{};
    });
    if (done) return web::see_other(fmt::format("/cases/{}", request.parameter("ref")));
    if (done.error().because == Because::absent) return absent();
    // Nothing typed is lost: the same page comes back with every answer and what is wrong.
    return context.db.reading([&](store::Reader& reader) -> Response {
        auto now = cases::standing(reader, context, deps, *cases::find_case(reader, request.parameter("ref")));
        const auto form = form_for(*now, request);
        return form_page(request, context, *now, *form, typed_answers(fields_of(*now->definition, form->form), request), &done.error());
    });
}

Response add_note(const Request& request, Context& context, const Deps& deps) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return Refusal{Because::absent, "cases.absent", "There is no such case."};
        return cases::add_entry(tx, context, deps, *stream, {},
                                {.kind = std::string{request.typed("kind")}, .text = std::string{request.typed("text")}});
    });
    if (done) return web::see_other(fmt::format("/cases/{}#timeline", request.parameter("ref")));
    if (done.error().because == Because::absent) return absent();
    return case_page(request, context, deps, &done.error());
}

Response finish_task(const Request& request, Context& context, const Deps& deps) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        context.asked = true;  // change_task demands the case of the task
        return cases::change_task(tx, context, deps,
                                  {.id = std::string{request.parameter("id")}, .change = "done", .words = std::string{request.typed("result")}});
    });
    if (!done && done.error().because == Because::absent) return absent();
    if (done) return web::see_other(fmt::format("/cases/{}#tasks", web::encode_component(request.typed("back"))));
    Request again = request;
    again.path_parameters.emplace_back("ref", std::string{request.typed("back")});
    return case_page(again, context, deps, &done.error());
}

Response search(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        context.asked = true;  // find_cases joins visibility by the actor's principals
        const std::string words{request.asked("q")};
        const auto found = words_of(words).empty() ? cases::Found{} : cases::find_cases(reader, context.actor, words, "", 25, context.today());
        Html people;
        if (!words_of(words).empty())
            for (const auto key : store::find_text(reader, "people", words, INT64_MAX, 100))
                if (context.may(reader, "read", {.kind = "person", .seq = key}).allowed)
                    if (const auto person = subjects::person(reader, key))
                        people += el("li", el("div", el("strong", person->name()) + p(person->details.address + " " + person->details.postcode)));
        Html main = el("h1", {{"class", "govuk-heading-l"}}, "Find: " + words);
        main += h2(fmt::format("Cases, {}", found.total)) +
                (found.rows.empty() ? p("No case that you may read has these words.")
                                    : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}},
                                         web::each(found.rows, [&](const auto& row) { return case_row(reader, row, context.now()); })));
        main += h2("People") +
                (people.empty() ? p("Nobody that you may know has these words.") : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, people));
        context.reads.record_soon({.user = context.actor.user,
                                   .agency = context.actor.agency,
                                   .at = context.now(),
                                   .purpose = context.actor.purpose,
                                   .route = context.route,
                                   .query = words,
                                   .thing_kind = "search",
                                   .things = {},
                                   .reason = {}});
        return page(request, context, "Find", main);
    });
}

}  // namespace

namespace {

/// build/assets lies beside build/release; an installed Concord has it under its data folder.
std::string assets_folder() {
    namespace fs = std::filesystem;
    const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
    for (const fs::path& place : {program / "assets", program.parent_path() / "assets", fs::path{"/usr/share/concord/assets"}})
        if (fs::exists(place / "manifest.json")) return place.string();
    return {};
}

struct Asset {
    std::string type, bytes;
};
const std::map<std::string, Asset, std::less<>>& assets() {
    static const auto all = [] {
        std::map<std::string, Asset, std::less<>> made;
        const std::map<std::string, std::string> types{{".css", "text/css; charset=utf-8"},
                                                       {".js", "text/javascript; charset=utf-8"},
                                                       {".svg", "image/svg+xml"},
                                                       {".woff2", "font/woff2"},
                                                       {".txt", "text/plain; charset=utf-8"}};
        const std::string folder = assets_folder();
        if (folder.empty()) return made;
        for (const auto& file : std::filesystem::directory_iterator{folder})
            if (const auto type = types.find(file.path().extension().string()); type != types.end())
                made[file.path().filename().string()] = {type->second, file_text(file.path().string())};
        return made;
    }();
    return all;
}

Response asset(const Request& request, Context&) {
    const auto found = assets().find(request.parameter("path"));
    if (found == assets().end()) return absent();
    // The name holds a hash of the content: whoever has it may keep it.
    return Response{.status = 200,
                    .headers = {{"content-type", found->second.type}, {"cache-control", "public, max-age=31536000, immutable"}},
                    .body = found->second.bytes,
                    .file = {}};
}

}  // namespace

Response draw_page(const Request& request, const Context* context, int status, std::string_view title, const Html& body) {
    static const web::Assets names = assets_folder().empty() ? web::Assets{} : web::Assets{assets_folder()};
    const bool has_heading = body.markup().find("<h1") != std::string::npos;
    web::Page page{.title = std::string{title},
                   .main = has_heading ? body : el("h1", {{"class", "govuk-heading-l"}}, title) + body,
                   .navigation = web::Navigation::none,
                   .partnership = "North Yorkshire Community Safety Partnership"};
    page.has = [](std::string_view path) {
        static constexpr std::array<std::string_view, 6> there{"/my-work", "/referrals", "/cases", "/help", "/help/keyboard", "/accessibility"};
        return std::find(there.begin(), there.end(), path) != there.end();
    };
    if (context != nullptr && context->actor.signed_in()) {
        page.navigation = context->actor.has_role("partner_user") ? web::Navigation::partner : web::Navigation::staff;
        page.user_name = context->actor.name;
        page.theme = context->theme;
        page.density = context->density;
        page.csrf = context->csrf;
        for (const char* section : {"/my-work", "/referrals", "/cases"})
            if (request.path.starts_with(section)) page.section = section;
        page.section_is_page = page.section == request.path;
    }
    return web::html(web::draw(page, names), status);
}

namespace {

// ---- A report by telephone, and its triage

engine::Field question(std::string id, std::string label, engine::FieldKind kind, std::vector<engine::Choice> choices = {}, std::string hint = {}) {
    return {.id = std::move(id), .label = std::move(label), .hint = std::move(hint), .kind = kind, .choices = std::move(choices)};
}
std::vector<engine::Choice> choices(std::initializer_list<std::pair<const char*, const char*>> pairs) {
    std::vector<engine::Choice> all;
    for (const auto& [code, label] : pairs) all.push_back({.code = code, .label = label});
    return all;
}

const std::vector<engine::Field>& report_questions() {
    using K = engine::FieldKind;
    static const std::vector<engine::Field> all{
        question("channel", "How did it come in?", K::code,
                 choices({{"phone", "Telephone"},
                          {"101", "101 call"},
                          {"email", "E-mail"},
                          {"walkin", "In person"},
                          {"patrol", "Patrol"},
                          {"meeting", "Meeting"}})),
        question("source_agency", "Who reports it?", K::code,
                 choices({{"public", "A member of the public"},
                          {"rp", "Housing provider"},
                          {"pol", "Police"},
                          {"sch", "School"},
                          {"la_env", "Environmental health"},
                          {"frs", "Fire and rescue"},
                          {"vcs", "Voluntary body"},
                          {"cllr", "Councillor"},
                          {"other", "Somebody else"}})),
        question("consent_to_share", "Do they agree that it is shared with partners?", K::code,
                 choices({{"yes", "Yes"}, {"no", "No"}, {"not_asked", "Not asked"}, {"not_needed", "Not needed: another lawful gateway"}})),
        question("role", "Person: what is their part in this?", K::code,
                 choices({{"victim", "Harmed"}, {"suspected", "Suspected"}, {"witness", "Witness"}, {"reporter", "Reporter"}})),
        question("given_name", "First name", K::text),
        question("family_name", "Last name", K::text),
        question("date_of_birth", "Date of birth, if known", K::text, {}, "For example 3/11/1987"),
        question("address", "House and street", K::text),
        question("postcode", "Postcode", K::text),
        question("phone", "Phone, if known", K::text),
        question("safe_to_contact", "Is it safe to phone or write to them there?", K::code,
                 choices({{"yes", "Yes"}, {"no", "No"}, {"not_known", "Not known"}})),
        question("behaviour_type", "What kind of behaviour is it?", K::codes,
                 choices({{"b01", "Verbal abuse, intimidation"},
                          {"b02", "Harassment, targeted conduct"},
                          {"b03", "Neighbour dispute"},
                          {"b04", "Noise, domestic"},
                          {"b06", "Rowdy or inconsiderate behaviour"},
                          {"b07", "Youth gathering with nuisance"},
                          {"b08", "Criminal damage, graffiti"},
                          {"b15", "Drug use or dealing"},
                          {"b16", "Cuckooing"},
                          {"b18", "Vehicle nuisance"},
                          {"b21", "Fly-tipping"},
                          {"b24", "Hate-related conduct"}}),
                 "Up to three"),
        question("location", "Where did it happen?", K::text),
        question("narrative", "What happened?", K::long_text),
        question("ongoing_now", "Is it happening now?", K::yes_no, {}, "If somebody is in danger, call 999")};
    return all;
}

Json report_body(const Request& request, const Context& context) {
    Json typed = typed_answers(report_questions(), request);
    Json person = Json::object();
    for (const char* key : {"role", "given_name", "family_name", "date_of_birth", "address", "postcode", "phone", "safe_to_contact"})
        person.set_if(key, typed[key]);
    person.set_if("person", std::string{request.typed("person")});
    Json body = Json::object({{"location", Json::object({{"text", typed["location"]}, {"postcode", typed["postcode"]}})},
                              {"ongoing_now", typed["ongoing_now"].as_string() == "yes"},
                              {"anonymous", false}});
    for (const char* key : {"channel", "source_agency", "consent_to_share", "behaviour_type", "narrative"}) body.set_if(key, typed[key]);
    if (person.members().size() > 1) body.set("people", Json::array({person}));
    if (!context.actor.hub_codes.empty()) body.set("hub", context.actor.hub_codes.front());
    return body;
}

Html match_cards(const std::vector<subjects::Candidate>& candidates) {
    if (candidates.empty()) return p("No record that you may see is likely to be this person.");
    return web::each(candidates, [](const subjects::Candidate& one) {
        Html reasons = web::each(one.reasons, [](const subjects::Reason& reason) { return el("li", reason.text); });
        const std::string id = "person-" + one.person.id;
        return el("div", {{"class", "govuk-inset-text"}},
                  el("strong", fmt::format("{}, {}", one.person.name(), one.band == "strong" ? "almost certain" : "possible")) +
                      el("ul", {{"class", "govuk-list govuk-list--bullet"}}, reasons) +
                      el("div", {{"class", "govuk-radios govuk-radios--small"}},
                         el("div", {{"class", "govuk-radios__item"}},
                            void_el("input",
                                    {{"class", "govuk-radios__input"}, {"type", "radio"}, {"name", "person"}, {"id", id}, {"value", one.person.id}}) +
                                el("label", {{"class", "govuk-label govuk-radios__label"}, {"for", id}}, "Use this person"))));
    });
}

Response report_page(const Request& request, Context& context, const Json& answers, const Refusal* refusal,
                     const std::vector<subjects::Candidate>* candidates) {
    Html fields;
    for (const auto& field : report_questions()) {
        std::string error;
        if (refusal != nullptr)
            for (const auto& one : refusal->fields)
                if (one.field == field.id || one.field == "people[0]." + field.id || (field.id == "location" && one.field == "location.text"))
                    error = one.message;
        fields += field_html(field, answers[field.id], error);
    }
    Html main = el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", "/referrals"}}, "Back to referrals"));
    if (refusal != nullptr) main += error_summary(*refusal);
    main += el("h1", {{"class", "govuk-heading-l"}}, "New referral");
    Html matches = candidates != nullptr ? h2("Possible matches", "matches") + match_cards(*candidates) : Html{};
    main += el("form", {{"method", "post"}, {"action", "/referrals/new"}},
               hidden("csrf", context.csrf) + fields + matches +
                   el("div", {{"class", "govuk-button-group"}},
                      el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "check"}},
                         "Check for matches") +
                          el("button", {{"type", "submit"}, {"class", "govuk-button"}, {"name", "do"}, {"value", "send"}}, "Save the referral")));
    return page(request, context, refusal != nullptr ? "Error: New referral" : "New referral", main, refusal != nullptr ? 422 : 200);
}

Response new_report(const Request& request, Context& context) {
    const Json answers = typed_answers(report_questions(), request);
    const Json body = report_body(request, context);
    if (request.typed("do") == "check") {
        return context.db.reading([&](store::Reader& reader) -> Response {
            if (auto asked = context.demand(reader, "read", {.kind = "person"}); !asked) return absent();
            const auto details = subjects::details_from(body["people"].items().empty() ? Json::object() : body["people"].items().front(),
                                                        context.today(), "people[0].");
            if (!details) return report_page(request, context, answers, &details.error(), nullptr);
            const auto found = subjects::candidates(reader, context, *details);
            return report_page(request, context, answers, nullptr, &found);
        });
    }
    const auto made = context.db.writing([&](store::Transaction& tx) { return cases::receive_referral(tx, context, body); });
    if (!made) return report_page(request, context, answers, &made.error(), nullptr);
    return web::see_other("/referrals/" + (*made)["id"].as_string() + "/triage");
}

Response triage_page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto found = reader.select_one("itttt",
                                             "select r.stream, r.reference, r.state, r.narrative, s.id from referral r join stream s on s.seq = "
                                             "r.stream where s.id = :id or r.reference = :id",
                                             {{"id", request.parameter("id")}});
        if (!context.demand(reader, "triage", {.kind = "referral", .seq = found ? found->integer(0) : -1})) return absent();
        Html main = el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", "/referrals"}}, "Back to referrals"));
        if (refusal != nullptr) main += error_summary(*refusal);
        main += el("span", {{"class", "govuk-caption-l"}}, found->text(1)) + el("h1", {{"class", "govuk-heading-l"}}, "Triage") +
                el("div", {{"class", "govuk-inset-text"}}, found->text(3));
        const auto* definition = deps.library.current()->current("hub_asb", context.today());
        Html fields = field_html(question("title", "Title of the case, without anybody's name", engine::FieldKind::text),
                                 Json{std::string{request.typed("title")}}, "");
        const Json answers = definition != nullptr && definition->form("triage") != nullptr ? typed_answers(fields_of(*definition, "triage"), request)
                                                                                            : Json::object();
        if (definition != nullptr)
            for (const auto& field : fields_of(*definition, "triage")) {
                std::string error;
                if (refusal != nullptr)
                    for (const auto& one : refusal->fields)
                        if (one.field.ends_with("." + field.id)) error = one.message;
                fields += field_html(field, answers[field.id], error);
            }
        main += el("form", {{"method", "post"}, {"action", "/referrals/" + found->text(4) + "/triage"}},
                   hidden("csrf", context.csrf) + fields + button("Accept as a new case"));
        return page(request, context, refusal != nullptr ? "Error: Triage" : "Triage", main,
                    refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response triage(const Request& request, Context& context, const Deps& deps) {
    const auto* definition = deps.library.current()->current("hub_asb", context.today());
    context.asked = true;  // triage_referral demands the referral
    if (definition == nullptr) return absent();
    const Json body = Json::object(
        {{"decision", "accept_new"}, {"title", request.typed("title")}, {"thrive", typed_answers(fields_of(*definition, "triage"), request)}});
    const auto done =
        context.db.writing([&](store::Transaction& tx) { return cases::triage_referral(tx, context, deps, request.parameter("id"), body); });
    if (done) return web::see_other("/cases/" + (*done)["case"].as_string());
    if (done.error().because == Because::absent) return absent();
    return triage_page(request, context, deps, &done.error());
}

}  // namespace

void add_pages(access::Routes& routes, const Deps& deps) {
    routes.get("/assets/{path...}", "Style, scripts, fonts, icons", "pages", asset, access::Asks::nothing);
    routes.get(
        "/", "Home", "pages", [](const Request&, Context&) { return web::see_other("/my-work"); }, access::Asks::signed_in);
    routes.get("/my-work", "My work", "pages", my_work);
    routes.get("/cases", "Cases", "pages", case_list);
    routes.get("/referrals", "Referrals", "pages", referral_list);
    routes.get("/referrals/new", "New referral", "pages", [](const Request& request, Context& context) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            if (!context.demand(reader, "create", {.kind = "referral"})) return absent();
            return report_page(request, context, Json::object(), nullptr, nullptr);
        });
    });
    routes.post("/referrals/new", "Receives a report, or looks for matches", "pages", new_report);
    routes.get("/referrals/{id}/triage", "Triage of a report", "pages",
               [deps](const Request& request, Context& context) { return triage_page(request, context, deps, nullptr); });
    routes.post("/referrals/{id}/triage", "Decides on a report", "pages",
                [deps](const Request& request, Context& context) { return triage(request, context, deps); });
    routes.get("/search", "Find", "pages", search);
    routes.get("/cases/{ref}", "A case", "pages", [deps](const Request& request, Context& context) { return case_page(request, context, deps); });
    routes.post("/cases/{ref}/entries", "Adds a note", "pages",
                [deps](const Request& request, Context& context) { return add_note(request, context, deps); });
    for (const char* what : {"actions/{action}", "forms/{form}"}) {
        routes.get(fmt::format("/cases/{{ref}}/{}", what), "A form of the pathway", "pages",
                   [deps](const Request& request, Context& context) { return show_form(request, context, deps); });
        routes.post(fmt::format("/cases/{{ref}}/{}", what), "Sends a form of the pathway", "pages",
                    [deps](const Request& request, Context& context) { return send_form(request, context, deps); });
    }
    routes.post("/tasks/{id}/done", "Finishes a task", "pages",
                [deps](const Request& request, Context& context) { return finish_task(request, context, deps); });
}

}  // namespace concord::app
