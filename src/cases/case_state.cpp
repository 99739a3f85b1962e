#include "cases/case_state.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.hpp"

namespace concord::cases {
namespace {

Json& at(Json& object, std::string_view key) {
    for (auto& [name, value] : object.members())
        if (name == key) return value;
    object.set(key, Json{});
    return object.members().back().second;
}

/// The item of an array of objects that has this id, added where there is none.
Json& item(Json& array, const std::string& id) {
    for (auto& one : array.items())
        if (one["id"].as_string() == id) return one;
    array.push(Json::object({{"id", id}}));
    return array.items().back();
}

void merge(Json& into, const Json& from) {
    for (const auto& [key, value] : from.members()) {
        if (value.is_null())
            into.erase(key);
        else
            into.set(key, value);
    }
}

void fold_marks(Json& state, const Json& marks, Instant when) {
    Json& all = at(state, "marks");
    for (const auto& name : marks.items()) {
        Json& mark = at(all, name.as_string());
        const std::string day = to_iso(london_date(when));
        if (mark["last"].as_string() != day) mark.set("days", mark["days"].as_integer() + 1);
        mark.set("last", day).set("count", mark["count"].as_integer() + 1);
    }
}

void fold_clocks(Json& state, const Json& clocks) {
    // The newest run of each clock is what matters to the record; older runs stay in the events.
    Json& all = at(state, "clocks");
    for (const auto& clock : clocks.items()) {
        Json& mine = item(all, clock["id"].as_string());
        mine = clock;
    }
}

void fold_form(Json& state, const Json& form, const Json& words, const ledger::Event& event) {
    const std::string& id = form["id"].as_string();
    Json answers = form["answers"].is_object() ? form["answers"] : Json::object();
    merge(answers, words["answers"]);
    at(state, "forms").set(id, std::move(answers));
    at(state, "saved").set(id, Json::object({{"version", form["version"]}, {"at", to_rfc3339(event.recorded_at)}, {"by", event.actor}}));
}

void fold_risk(Json& state, const Json& risk, const Json& words, const ledger::Event& event) {
    const bool ever_high = state["risk"]["ever_high"].as_bool() || risk["highest"].as_bool();
    Json now = risk;
    if (state["risk"].has("level")) now.set("before", state["risk"]["level"]).set_if("score_before", state["risk"]["score"]);
    now.set("ever_high", ever_high).set("assessed_at", to_rfc3339(event.effective_at)).set("by", event.actor);
    now.set_if("reason", words["reason"]);
    state.set("risk", std::move(now));
}

/// Lists of things with an id: the envelope's item updates ours, the payload's words join it.
void fold_item(Json& state, std::string_view list, const Json& change, const Json& words) {
    Json& mine = item(at(state, list), change["id"].as_string());
    merge(mine, change);
    merge(mine, words);
}

void fold_items(Json& state, std::string_view list, const Json& changes, const Json& words) {
    for (std::size_t i = 0; i < changes.items().size(); ++i)
        fold_item(state, list, changes.items()[i], i < words.items().size() ? words.items()[i] : Json{});
}

/// Things that are changed one at a time keep the record's version at which each last changed.
void fold_versioned(Json& state, std::string_view list, Json changes, const ledger::Event& event) {
    for (auto& change : changes.items()) change.set("version", event.version);
    fold_items(state, list, changes, event.payload[list]);
}

}  // namespace

void fold(Json& state, const ledger::Event& event) {
    const Json& e = event.envelope;
    const Json& p = event.payload;
    if (e.has("opened")) {
        merge(state, e["opened"]);
        state.set("opened_at", to_rfc3339(event.effective_at)).set("open", true).set("opened_by", event.actor);
        state.set("title", p["title"].is_string() ? p["title"] : Json{"Erased"});
    }
    if (p.has("title") && !e.has("opened")) state.set("title", p["title"]);
    if (p["summary"].is_string()) state.set("summary", p["summary"]);
    for (const char* key :
         {"stage", "hub", "offered_hub", "lead_user", "lead_agency", "handling", "restriction", "audience", "pathway_version", "survivor"})
        if (e.has(key)) state.set(key, e[key]);
    if (e["closes"].as_bool()) state.set("open", false).set("closed_at", to_rfc3339(event.effective_at));
    if (e["reopens"].as_bool()) {
        state.set("open", true).set("reopened_at", to_rfc3339(event.effective_at));
        state.erase("closed_at");
    }
    if (e.has("forms"))
        for (std::size_t i = 0; i < e["forms"].items().size(); ++i)
            fold_form(state, e["forms"].items()[i], i < p["forms"].items().size() ? p["forms"].items()[i] : Json{}, event);
    if (e.has("risk")) fold_risk(state, e["risk"], p["risk"], event);
    if (e.has("involvements")) fold_items(state, "involvements", e["involvements"], p["involvements"]);
    if (e.has("tasks")) fold_versioned(state, "tasks", e["tasks"], event);
    if (e.has("documents")) fold_items(state, "documents", e["documents"], p["documents"]);
    if (e.has("requests")) fold_versioned(state, "requests", e["requests"], event);
    if (e.has("links")) fold_items(state, "links", e["links"], {});
    if (e.has("marks")) fold_marks(state, e["marks"], event.effective_at);
    if (e.has("clocks")) fold_clocks(state, e["clocks"]);
    if (e["entry"]["kind"].is_string()) state.set("last_entry_at", to_rfc3339(event.recorded_at));
    state.set("version", event.version);
}

namespace {

bool is_open_task(const std::string& task_state) { return task_state == "proposed" || task_state == "assigned" || task_state == "accepted"; }

Json task_facts(const Json& tasks, Date today) {
    int open = 0, done = 0, overdue = 0, open_high = 0;
    for (const auto& task : tasks.items()) {
        const std::string& task_state = task["state"].as_string();
        if (task_state == "done" || task_state == "verified") ++done;
        if (!is_open_task(task_state)) continue;
        ++open;
        if (task["high"].as_bool()) ++open_high;
        const auto due = parse_date(task["due"].as_string());
        if (due && *due < today) ++overdue;
    }
    return Json::object({{"open", open}, {"done", done}, {"overdue", overdue}, {"open_high", open_high}, {"count", tasks.items().size()}});
}

Json involvement_facts(const Json& involvements) {
    Json facts = Json::object();
    std::map<std::string, std::set<std::int64_t>> by_role;
    std::map<std::string, bool> under_10;
    for (const auto& one : involvements.items()) {
        if (one.has("ended")) continue;
        by_role[one["role"].as_string()].insert(one["subject"].as_integer());
        if (one["under_10"].as_bool()) under_10[one["role"].as_string()] = true;
    }
    Json any = Json::object();
    for (const auto& [role, subjects] : by_role) {
        facts.set(role, subjects.size());
        any.set(role, Json::object({{"under_10", under_10[role]}}));
    }
    facts.set("any", any);
    return facts;
}

Json request_facts(const Json& requests) {
    int open = 0, refused = 0;
    for (const auto& request : requests.items()) {
        const std::string& s = request["state"].as_string();
        if (s == "draft" || s == "sent" || s == "acknowledged" || s == "query") ++open;
        if (s == "refused" || s == "part") ++refused;
    }
    return Json::object({{"open", open}, {"refused", refused}, {"count", requests.items().size()}});
}

Json mark_value(const Json& marks, std::string_view name, std::string_view key) { return marks[name][key]; }

}  // namespace

engine::Facts facts_of(const Json& state, const Json& actor, Instant now) {
    const Date today = london_date(now);
    Json facts = Json::object();
    for (const char* key : {"stage", "pathway", "restriction", "handling", "forms", "lead_user", "lead_agency"}) facts.set_if(key, state[key]);
    if (state["offered_hub"].as_integer() != 0) facts.set("offered_hub", state["offered_hub"]);
    facts.set("has_lead", state["lead_user"].as_integer() != 0 && state["lead_agency"].as_integer() != 0);
    facts.set("today", to_iso(today)).set("now", to_rfc3339(now));
    if (const auto opened = parse_instant(state["opened_at"].as_string())) {
        facts.set("opened_on", to_iso(london_date(*opened))).set("days_open", today - london_date(*opened));
    }
    if (const auto closed = parse_instant(state["closed_at"].as_string())) {
        facts.set("closed_on", to_iso(london_date(*closed))).set("days_closed", today - london_date(*closed));
    }
    facts.set("involvements", involvement_facts(state["involvements"]));
    facts.set("tasks", task_facts(state["tasks"], today));
    facts.set("requests", request_facts(state["requests"]));
    facts.set("documents", Json::object({{"count", state["documents"].items().size()}}));
    const Json& marks = state["marks"];
    facts.set("contacts", Json::object({{"made", mark_value(marks, "contact.made", "count").as_integer()},
                                        {"attempts", mark_value(marks, "contact.attempted", "count").as_integer()},
                                        {"attempt_days", mark_value(marks, "contact.attempted", "days").as_integer()},
                                        {"letters", mark_value(marks, "contact.letter", "count").as_integer()}}));
    Json last = Json::object(), counts = Json::object();
    for (const auto& [name, mark] : marks.members()) {
        last.set(name, mark["last"]);
        counts.set(name, mark["count"]);
    }
    facts.set("marks", last).set("marks_count", counts);
    Json risk = state["risk"].is_object() ? state["risk"] : Json::object();
    risk.set("assessed", state["risk"].is_object());
    facts.set("risk", risk);
    Json clocks = Json::object();
    for (const auto& clock : clocks_of(state)) clocks.set(clock.id, Json::object({{"state", engine::state_at(clock, now)}}));
    facts.set("clocks", clocks);
    facts.set("actor", actor);
    return facts;
}

std::vector<engine::Clock> clocks_of(const Json& state) {
    std::vector<engine::Clock> clocks;
    for (const auto& one : state["clocks"].items()) {
        engine::Clock clock{.id = one["id"].as_string(),
                            .started = parse_instant(one["started"].as_string()).value_or(Instant{}),
                            .due = parse_instant(one["due"].as_string()),
                            .paused_at = parse_instant(one["paused_at"].as_string()),
                            .ended = parse_instant(one["ended"].as_string()),
                            .state = one["state"].as_string(),
                            .paused_micros = one["paused_micros"].as_integer()};
        clocks.push_back(std::move(clock));
    }
    return clocks;
}

Json clocks_json(const std::vector<engine::Clock>& clocks) {
    Json all = Json::array();
    for (const auto& clock : clocks) {
        Json one = Json::object({{"id", clock.id}, {"started", to_rfc3339(clock.started)}, {"state", clock.state}});
        if (clock.due) one.set("due", to_rfc3339(*clock.due));
        if (clock.paused_at) one.set("paused_at", to_rfc3339(*clock.paused_at));
        if (clock.ended) one.set("ended", to_rfc3339(*clock.ended));
        if (clock.paused_micros != 0) one.set("paused_micros", clock.paused_micros);
        all.push(std::move(one));
    }
    return all;
}

std::int64_t next_due_of(const Json& state) {
    std::int64_t soonest = std::numeric_limits<std::int64_t>::max();
    for (const auto& clock : clocks_of(state))
        if (clock.state == "running" && clock.due && !clock.ended) soonest = std::min(soonest, clock.due->micros);
    for (const auto& task : state["tasks"].items()) {
        if (!is_open_task(task["state"].as_string())) continue;
        if (const auto due = parse_date(task["due"].as_string())) soonest = std::min(soonest, london_midnight(*due + 1).micros - 1);
    }
    return soonest;
}

std::string entry_kind_of(const ledger::Event& event) {
    const Json& e = event.envelope;
    if (e["entry"]["kind"].is_string()) return e["entry"]["kind"].as_string();
    if (e.has("opened") || e.has("stage")) return "stage";
    if (e.has("risk")) return "risk";
    if (e.has("tasks")) return "task";
    if (e.has("documents")) return "document";
    if (e.has("requests")) return "request";
    if (e.has("involvements")) return "person";
    if (e.has("forms")) return "form";
    return "change";
}

std::string summary_of(const ledger::Event& event) {
    const Json& e = event.envelope;
    if (e["summary"].is_string()) return e["summary"].as_string();
    return event.kind;
}

Json entry_detail_of(const ledger::Event& event) {
    const Json& e = event.envelope;
    Json detail = e["entry"].is_object() ? e["entry"] : Json::object();
    if (e.has("opened")) return detail;  // everybody who is on it from the beginning stands on the record itself
    for (const char* list : {"tasks", "requests", "documents", "involvements"}) {
        Json about = Json::array();
        for (const auto& one : e[list].items()) {
            Json said = Json::object({{"id", one["id"]}});
            for (const char* key : {"agency", "owner", "for_kind", "due", "holder"}) said.set_if(key, one[key]);
            about.push(std::move(said));
        }
        detail.set_if(list, std::move(about));
    }
    return detail;
}

namespace {

/// Every text in it, in order: of answers only what somebody wrote lies in the payload.
void add_texts(const Json& value, std::vector<std::string>& texts) {
    if (value.is_string() && !value.as_string().empty()) texts.push_back(value.as_string());
    for (const auto& one : value.items()) add_texts(one, texts);
    for (const auto& [key, one] : value.members()) add_texts(one, texts);
}

}  // namespace

std::string entry_words_of(const ledger::Event& event) {
    const Json& p = event.payload;
    if (p["text"].is_string()) return p["text"].as_string();
    std::vector<std::string> texts;
    if (event.envelope.has("risk"))  // the answers stand under the risk; here why the level was raised or lowered
        add_texts(p["risk"]["reason"], texts);
    else if (!event.envelope.has("opened"))
        add_texts(p["forms"], texts);
    for (const auto& task : p["tasks"].items())
        for (const char* key : {"result", "reason"}) add_texts(task[key], texts);
    for (const auto& request : p["requests"].items()) add_texts(request["answer"], texts);
    return join(texts, "\n");
}

}  // namespace concord::cases
