#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "access/new_rows.hpp"
#include "base/text.hpp"
#include "cases/case_loading.hpp"
#include "cases/case_state.hpp"
#include "cases/case_store.hpp"
#include "cases/referral_incident.hpp"
#include "engine/engine.hpp"

/// How events of a case become rows: the fold of case_state.hpp, then the tables that lists read.
namespace concord::cases {
namespace {

using store::Transaction;

std::int64_t micros_of(const Json& instant) {
    const auto at = parse_instant(instant.as_string());
    return at ? at->micros : 0;
}

/// What lists are sorted and cut by: an index is written only where a column of it is set.
struct Sorted {
    Seq hub, lead_user, offered_hub;
    bool open;
    std::int64_t next_due;
    bool operator==(const Sorted&) const = default;
};
Sorted sorted_by(const Json& state) {
    return {state["hub"].as_integer(), state["lead_user"].as_integer(), state["offered_hub"].as_integer(), state["open"].as_bool(),
            next_due_of(state)};
}

void save_record(Transaction& tx, Seq stream, const Json& state, const std::optional<Sorted>& before) {
    const bool first = !before;
    constexpr std::string_view insert = R"sql(
        insert into case_record (stream, reference, pathway, pathway_version, title, hub, stage, is_open, lead_user, lead_agency,
                                 handling, restriction, risk_level, opened_at, closed_at, next_due, offered_hub, version)
        values (:stream, :reference, :pathway, :pathway_version, :title, :hub, :stage, :is_open, :lead_user, :lead_agency,
                :handling, :restriction, :risk_level, :opened_at, :closed_at, :next_due, :offered_hub, :version))sql";
    constexpr std::string_view rest =
        "pathway_version = :pathway_version, title = :title, stage = :stage, lead_agency = :lead_agency, handling = :handling, "
        "restriction = :restriction, risk_level = :risk_level, closed_at = :closed_at, version = :version where stream = :stream";
    static const std::string update = fmt::format("update case_record set {}", rest);
    static const std::string update_and_sort = fmt::format(
        "update case_record set hub = :hub, is_open = :is_open, lead_user = :lead_user, next_due = :next_due, offered_hub = :offered_hub, {}", rest);
    const Sorted now = sorted_by(state);
    store::Binds keys{{"stream", stream},           {"hub", now.hub},           {"is_open", now.open},
                      {"lead_user", now.lead_user}, {"next_due", now.next_due}, {"offered_hub", now.offered_hub}};
    const bool sorts = !first && now != *before;
    store::Binds binds{{"stream", stream}};
    if (first || sorts) binds = std::move(keys);
    if (first) {
        binds.emplace_back("reference", state["reference"].as_string());
        binds.emplace_back("pathway", state["pathway"].as_string());
        binds.emplace_back("opened_at", micros_of(state["opened_at"]));
    }
    binds.emplace_back("pathway_version", state["pathway_version"].as_integer());
    binds.emplace_back("title", state["title"].as_string());
    binds.emplace_back("stage", state["stage"].as_string());
    binds.emplace_back("lead_agency", state["lead_agency"].as_integer());
    binds.emplace_back("handling", state["handling"].as_string());
    binds.emplace_back("restriction", state["restriction"].as_string());
    binds.emplace_back("risk_level", state["risk"]["level"].as_string());
    binds.emplace_back("closed_at", micros_of(state["closed_at"]));
    binds.emplace_back("version", state["version"].as_integer());
    tx.execute(first ? insert : std::string_view{sorts ? update_and_sort : update}, binds);
}

void save_state(Transaction& tx, Seq stream, const Json& state, bool first) {
    const std::string body = to_text(state);
    if (first)
        tx.execute("insert into case_state (stream, body) values (:stream, :body)", {{"stream", stream}, {"body", body}});
    else
        tx.execute("update case_state set body = :body where stream = :stream", {{"stream", stream}, {"body", body}});
}

void index_words(Transaction& tx, const ledger::Event& event) {
    const std::string words = words_of_event(event.payload);
    if (!trim(words).empty()) store::add_text(tx, "entries", text_key(event.stream, event.version), words);
}

void save_entry(Transaction& tx, const ledger::Event& event) {
    const auto at = parse_instant(event.envelope["entry"]["at"].as_string());
    tx.execute(R"sql(
        insert into entry (stream, version, kind, at, recorded_at, by_user, by_agency, summary, words, detail)
        values (:stream, :version, :kind, :at, :recorded_at, :by_user, :by_agency, :summary, :words, :detail))sql",
               {{"stream", event.stream},
                {"version", event.version},
                {"kind", entry_kind_of(event)},
                {"at", at.value_or(event.effective_at)},
                {"recorded_at", event.recorded_at},
                {"by_user", event.actor},
                {"by_agency", event.agency},
                {"summary", summary_of(event)},
                {"words", entry_words_of(event)},
                {"detail", to_text(entry_detail_of(event))}});
}

void save_tasks(Transaction& tx, Seq stream, const Json& state, const Json& changed) {
    for (const auto& change : changed.items()) {
        const auto& tasks = state["tasks"].items();
        const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const Json& t) { return t["id"] == change["id"]; });
        if (found == tasks.end()) continue;
        const Json& task = *found;
        tx.execute("delete from task where id = :id", {{"id", task["id"].as_string()}});
        const std::string& due = task["due"].as_string();
        tx.execute(R"sql(
            insert into task (stream, id, title, agency, owner, due, state, high, raised_at)
            values (:stream, :id, :title, :agency, :owner, :due, :state, :high, :raised_at))sql",
                   {{"stream", stream},
                    {"id", task["id"].as_string()},
                    {"title", task["title"].as_string()},
                    {"agency", task["agency"].as_integer()},
                    {"owner", task["owner"].as_integer()},
                    {"due", due.empty() ? std::optional<std::string>{} : due},
                    {"state", task["state"].as_string()},
                    {"high", task["high"].as_bool()},
                    {"raised_at", micros_of(task["raised_at"])}});
    }
}

void save_requests(Transaction& tx, Seq stream, const Json& state, const Json& changed) {
    for (const auto& change : changed.items()) {
        const auto& requests = state["requests"].items();
        const auto found = std::find_if(requests.begin(), requests.end(), [&](const Json& one) { return one["id"] == change["id"]; });
        if (found == requests.end()) continue;
        const Json& request = *found;
        tx.execute("delete from information_request where id = :id", {{"id", request["id"].as_string()}});
        const std::string& due = request["due"].as_string();
        tx.execute(R"sql(
            insert into information_request (stream, id, holder, asker, asked_for, due, state, sent_at)
            values (:stream, :id, :holder, :asker, :asked_for, :due, :state, :sent_at))sql",
                   {{"stream", stream},
                    {"id", request["id"].as_string()},
                    {"holder", request["holder"].as_integer()},
                    {"asker", request["agency"].as_integer()},
                    {"asked_for", request["asked_for"].as_string()},
                    {"due", due.empty() ? std::optional<std::string>{} : due},
                    {"state", request["state"].as_string()},
                    {"sent_at", micros_of(request["sent_at"])}});
    }
}

store::Binds clock_binds(Seq stream, const Json& clock) {
    return {{"stream", stream},
            {"id", clock["id"].as_string()},
            {"started", micros_of(clock["started"])},
            {"due", parse_instant(clock["due"].as_string())},
            {"ended", parse_instant(clock["ended"].as_string())},
            {"state", clock["state"].as_string()}};
}
void insert_clock(Transaction& tx, Seq stream, const Json& clock) {
    tx.execute("insert into clock_run (stream, id, started, due, ended, state) values (:stream, :id, :started, :due, :ended, :state)",
               clock_binds(stream, clock));
}

void save_involvements(Transaction& tx, Seq stream, const Json& changed, Instant at) {
    for (const auto& one : changed.items()) {
        if (one.has("ended")) {
            tx.execute("update involvement set ended = :ended where id = :id", {{"ended", at}, {"id", one["id"].as_string()}});
        } else if (one.has("subject")) {
            tx.execute(
                "insert into involvement (stream, id, subject, subject_kind, role, since) values (:stream, :id, :subject, :kind, :role, :since)",
                {{"stream", stream},
                 {"id", one["id"].as_string()},
                 {"subject", one["subject"].as_integer()},
                 {"kind", one["kind"].as_string()},
                 {"role", one["role"].as_string()},
                 {"since", at}});
        } else if (one.has("role")) {
            tx.execute("update involvement set role = :role where id = :id", {{"role", one["role"].as_string()}, {"id", one["id"].as_string()}});
        }
    }
}

/// `listed` stands in the envelope, worked out by the engine when the form was saved: [{form, field, ordinal, text, number, date}].
void save_field_values(Transaction& tx, Seq stream, const ledger::Event& event, bool is_new = false) {
    for (const auto& form : event.envelope["forms"].items()) {
        if (!is_new)
            tx.execute("delete from field_value where stream = :stream and form = :form", {{"stream", stream}, {"form", form["id"].as_string()}});
        for (const auto& value : form["listed"].items()) {
            const std::string& text = value["text"].as_string();
            const std::string& day = value["date"].as_string();
            tx.execute(R"sql(
                insert into field_value (stream, form, field, ordinal, text_value, number_value, day_value)
                values (:stream, :form, :field, :ordinal, :text, :number, :day))sql",
                       {{"stream", stream},
                        {"form", form["id"].as_string()},
                        {"field", value["field"].as_string()},
                        {"ordinal", value["ordinal"].as_integer()},
                        {"text", text.empty() ? std::optional<std::string>{} : text},
                        {"number", value.has("number") ? std::optional<double>{value["number"].as_number()} : std::nullopt},
                        {"day", day.empty() ? std::optional<std::string>{} : day}});
        }
    }
}

void apply(Transaction& tx, const ledger::Event& event) {
    const bool first = event.version == 1;
    auto& kept = first ? tx.kept<KeptState>() = {.stream = event.stream, .state = Json::object(), .derived = {}} : kept_state(tx, event.stream);
    if (!first && (!kept.state || (*kept.state)["version"].as_integer() + 1 != event.version)) {  // read before the stream was locked
        kept.state.reset();
        kept_state(tx, event.stream);
    }
    Json& state = *kept.state;
    const auto before = first ? std::optional<Sorted>{} : sorted_by(state);
    if (!first && !kept.derived) kept.derived = state;
    fold(state, event);
    save_record(tx, event.stream, state, before);
    save_state(tx, event.stream, state, first);
    save_entry(tx, event);
    index_words(tx, event);
    const Json& e = event.envelope;
    if (e.has("tasks")) save_tasks(tx, event.stream, state, e["tasks"]);
    if (e.has("requests")) save_requests(tx, event.stream, state, e["requests"]);
    if (e.has("clocks")) save_clocks(tx, event.stream, e["clocks"]);
    if (e.has("involvements")) save_involvements(tx, event.stream, e["involvements"], event.effective_at);
    if (e.has("forms")) save_field_values(tx, event.stream, event);
}

/// Loads: the events of a new record are folded in memory, and each of its rows is written once.
void apply_streams(Transaction& tx, const std::vector<std::vector<ledger::Event>>& streams) {
    for (const auto& events : streams) {
        Json state = Json::object();
        std::map<std::string, Json> clocks;  // the last word on each run
        for (const auto& event : events) {
            fold(state, event);
            save_entry(tx, event);
            index_words(tx, event);
            const Json& e = event.envelope;
            require(!e.has("tasks") && !e.has("requests"), "tasks and requests are not loaded");
            for (const auto& clock : e["clocks"].items()) clocks[clock["id"].as_string() + " " + clock["started"].as_string()] = clock;
            if (e.has("involvements")) save_involvements(tx, event.stream, e["involvements"], event.effective_at);
            if (e.has("forms")) save_field_values(tx, event.stream, event, true);
        }
        const Seq stream = events.front().stream;
        save_record(tx, stream, state, {});
        save_state(tx, stream, state, true);
        for (const auto& [key, clock] : clocks) insert_clock(tx, stream, clock);
    }
}

/// The incidents of a case touch everybody who is on it now: the report that opened it (or the opening itself), and each incident that was added.
/// What a report told already keeps that report's identity, so that it counts once.
std::vector<subjects::Told> told_by_case(Transaction& tx, Seq stream, const Json& state, const store::Rows& added) {
    const std::string same_case = "case:" + state["reference"].as_string();
    const auto incident = [&](std::int64_t version, Seq referral, Date on) {
        subjects::Told told{.what = subjects::incident_name(stream, version), .on = on, .similar_to = {}};
        if (referral != 0)
            if (auto report = told_by_report(tx, referral)) told = std::move(*report);
        told.entry = version;
        told.contact.reset();  // the report was the contact, not the case
        told.similar_to.push_back(same_case);
        return told;
    };
    Seq opened_by = 0;
    for (const auto& link : state["links"].items())
        if (link["kind"].as_string() == "referral") opened_by = link["record"].as_integer();
    std::vector<subjects::Told> incidents{incident(1, opened_by, london_date(Instant{micros_of(state["opened_at"])}))};
    for (const auto& row : added) {
        const auto detail = parse_json(row.text(2));
        incidents.push_back(incident(row.integer(0), detail ? (*detail)["referral"].as_integer() : 0, london_date(row.instant(1))));
    }
    std::vector<subjects::Told> all;
    for (const auto& one : state["involvements"].items()) {
        if (one.has("ended")) continue;
        for (auto told : incidents) {
            told.subject = one["subject"].as_integer();
            told.subject_kind = one["kind"].as_string();
            told.role = one["role"].as_string();
            all.push_back(std::move(told));
        }
    }
    return all;
}

void tell_case(Transaction& tx, Seq stream, const Json& state) {
    const auto added =
        tx.select("iit", "select version, at, detail from entry where stream = :stream and kind = 'incident' order by version", {{"stream", stream}});
    subjects::tell_incidents(tx, stream, "case", state["reference"].as_string(), told_by_case(tx, stream, state, added));
}

access::ListKeys keys_of(const Json& state) {
    return {.open = state["open"].as_bool(),
            .next_due = next_due_of(state),
            .opened_at = micros_of(state["opened_at"]),
            .restriction = state["restriction"].as_string()};
}
std::vector<access::Involved> involved_of(const Json& state) {
    std::vector<access::Involved> involved;
    for (const auto& one : state["involvements"].items())
        if (!one.has("ended")) involved.push_back({one["subject"].as_integer(), one["role"].as_string()});
    return involved;
}

/// Whether what other records are told of this one follows from the record alone, and stands in rows already.
bool is_told(const Json& before, const Json& state) {
    if (before["involvements"] != state["involvements"] || before["links"] != state["links"]) return false;
    const auto& links = state["links"].items();
    return !state["marks"].has("incident.added") &&
           std::none_of(links.begin(), links.end(), [](const Json& link) { return link["kind"].as_string() == "referral"; });
}

/// Visibility, involvement for `known to me`, and the full text: whatever crosses streams or is kept for other rooms. Most changes are a note or a
/// task and change none of it.
void derive(Transaction& tx, Seq stream) {
    auto& kept = kept_state(tx, stream);
    const Json& state = *kept.state;
    const auto before = std::exchange(kept.derived, std::nullopt);
    if (!before || audience_of(*before) != audience_of(state) || keys_of(*before) != keys_of(state))
        access::set_visibility(tx, stream, "case", audience_of(state), keys_of(state));
    if (!before || (*before)["involvements"] != state["involvements"]) access::set_involved(tx, stream, "case", involved_of(state));
    if (!before || !is_told(*before, state)) tell_case(tx, stream, state);
    if (before && (*before)["restriction"].as_string() == "normal" && state["restriction"].as_string() == "normal") return;
    // Reports follow their case: closed off with it, and opened again.
    const std::string restriction = state["restriction"].as_string();
    for (const auto& row :
         tx.select("it",
                   "select r.stream, coalesce(x.restriction, '') from referral r left join record_restriction x on x.record = r.stream "
                   "where r.case_stream = :stream",
                   {{"stream", stream}}))
        if (restriction != "normal" || !row.text(1).empty()) derive_referral(tx, row.integer(0));
}

void derive_streams(Transaction& tx, const std::vector<std::vector<ledger::Event>>& streams) {
    access::NewRows rows{tx};
    std::vector<subjects::Told> incidents;
    for (const auto& events : streams) {
        Json state = Json::object();
        for (const auto& event : events) fold(state, event);
        rows.visibility(events.front().stream, "case", audience_of(state), keys_of(state));
        rows.involved(events.front().stream, "case", involved_of(state));
        for (auto& told : told_by_case(tx, events.front().stream, state, {})) {  // a loaded case has no incidents of its own beside its opening
            told.record = events.front().stream;
            told.record_kind = "case";
            told.reference = state["reference"].as_string();
            incidents.push_back(std::move(told));
        }
    }
    subjects::tell_new_incidents(tx, std::move(incidents));
}

}  // namespace

std::string words_of_event(const Json& payload) {
    std::string words = payload["text"].as_string();
    if (payload.has("title")) words += " " + payload["title"].as_string();
    for (const auto& task : payload["tasks"].items()) words += " " + task["title"].as_string() + " " + task["result"].as_string();
    for (const auto& document : payload["documents"].items()) words += " " + document["name"].as_string();
    return words;
}

std::vector<access::Audience> audience_from(const Json& all) {
    std::vector<access::Audience> audience;
    for (const auto& one : all.items())
        audience.push_back({one["kind"].as_string(), one["key"].as_string(), parse_date(one["until"].as_string()), one["because"].as_string()});
    return audience;
}

std::vector<access::Audience> audience_of(const Json& state) {
    auto audience = audience_from(state["audience"]);
    const bool narrow = state["restriction"].as_string() == "restricted" || state["restriction"].as_string() == "locked";
    // Restricted and locked records are for named people only; the groups come back when the restriction ends.
    if (narrow) std::erase_if(audience, [](const auto& group) { return group.kind != "user"; });
    if (const Seq lead = state["lead_user"].as_integer(); lead != 0) audience.push_back({"user", std::to_string(lead), {}, "lead_officer"});
    if (!narrow)
        for (const auto& task : state["tasks"].items())
            if (const Seq agency = task["agency"].as_integer();
                agency != 0 && task["state"].as_string() != "cancelled" && task["state"].as_string() != "declined")
                audience.push_back({"agency", std::to_string(agency), {}, "task"});
    if (!narrow)
        for (const auto& request : state["requests"].items())
            if (const Seq holder = request["holder"].as_integer();
                holder != 0 && request["state"].as_string() != "draft" && request["state"].as_string() != "withdrawn")
                audience.push_back({"agency", std::to_string(holder), {}, "information_request"});
    return audience;
}

void save_clocks(Transaction& tx, Seq stream, const Json& changed) {
    for (const auto& clock : changed.items()) {
        const auto binds = clock_binds(stream, clock);
        const auto updated = tx.execute(
            "update clock_run set due = :due, ended = :ended, state = :state where stream = :stream and id = :id and started = :started", binds);
        if (updated != 0) continue;
        // A new run ends the one before it.
        tx.execute(
            "update clock_run set ended = :started, state = case when due < :started then 'late' else 'met' end where stream = :stream and id = "
            ":id and ended is null",
            {{"stream", stream}, {"id", clock["id"].as_string()}, {"started", micros_of(clock["started"])}});
        insert_clock(tx, stream, clock);
    }
}

std::vector<Seq> load_cases(Transaction& tx, const std::vector<ledger::NewStream>& cases) {
    return ledger::append_streams(tx, cases, [](Transaction& held, const std::vector<std::vector<ledger::Event>>& all) {
        apply_streams(held, all);
        derive_streams(held, all);
    });
}

void register_case_projections(ledger::Ledger& ledger) {
    ledger.add(
        ledger::Projection{.stream_kind = "case",
                           .tables = {"case_record", "case_state", "entry", "task", "information_request", "clock_run", "involvement", "field_value"},
                           .apply = apply});
    ledger.add(ledger::Derivation{.stream_kind = "case", .tables = {}, .derive = derive});
}

}  // namespace concord::cases
