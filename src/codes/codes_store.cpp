#include "codes/codes.hpp"

#include <fmt/format.h>

/// Every SQL statement that touches the tables of codes: projections, and what pages and the engine read.
namespace concord::codes {
namespace {

using ledger::Event;
using store::Reader;
using store::Transaction;

std::string text_of(const Json& json, std::string_view key) { return json[key].as_string(); }
std::string mark_of(const Json& json) { return json["mark"].as_string().empty() ? "source" : json["mark"].as_string(); }
std::optional<std::string> day_of(const Json& json, std::string_view key) {
    if (json[key].as_string().empty()) return {};
    return json[key].as_string();
}

void set_version(Transaction& tx, std::string_view table, const Event& event) {
    tx.execute(fmt::format("update {} set version = :version where stream = :stream", table), {{"version", event.version}, {"stream", event.stream}});
}

// ---- Code lists

void put_label(Transaction& tx, Seq stream, const std::string& code, const std::string& from, const std::string& label) {
    tx.execute("delete from code_label where stream = :stream and code = :code and from_day = :from",
               {{"stream", stream}, {"code", code}, {"from", from}});
    tx.execute("insert into code_label (stream, code, from_day, label) values (:stream, :code, :from, :label)",
               {{"stream", stream}, {"code", code}, {"from", from}, {"label", label}});
}

void add_entry(Transaction& tx, const Event& event, const Json& entry) {
    std::optional<double> score;
    if (entry["score"].is_number()) score = entry["score"].as_number();
    tx.execute(R"sql(
        insert into code_entry (stream, code, place, hint, score, from_day, until_day, mark, source, confirmed_by, confirmed_at)
        values (:stream, :code, :place, :hint, :score, :from, :until, :mark, :source, :by, :at))sql",
               {{"stream", event.stream},
                {"code", text_of(entry, "code")},
                {"place", entry["place"].as_integer()},
                {"hint", text_of(entry, "hint")},
                {"score", score},
                {"from", day_of(entry, "from")},
                {"until", day_of(entry, "until")},
                {"mark", mark_of(entry)},
                {"source", text_of(entry, "source")},
                {"by", event.actor},
                {"at", event.recorded_at}});
    for (const auto& label : entry["labels"].items())
        put_label(tx, event.stream, text_of(entry, "code"), text_of(label, "from"), text_of(label, "label"));
}

/// Only what the event names is changed; `until` empty lets the entry go on.
void change_entry(Transaction& tx, const Event& event) {
    const Json& e = event.envelope;
    const std::string code = text_of(e, "code");
    for (const auto& label : e["labels"].items()) put_label(tx, event.stream, code, text_of(label, "from"), text_of(label, "label"));
    for (const auto* column : {"hint", "mark", "source"})
        if (e.has(column))
            tx.execute(fmt::format("update code_entry set {} = :value where stream = :stream and code = :code", column),
                       {{"value", text_of(e, column)}, {"stream", event.stream}, {"code", code}});
    if (e.has("mark"))
        tx.execute("update code_entry set confirmed_by = :by, confirmed_at = :at where stream = :stream and code = :code",
                   {{"by", event.actor}, {"at", event.recorded_at}, {"stream", event.stream}, {"code", code}});
    if (e.has("until"))
        tx.execute("update code_entry set until_day = :until where stream = :stream and code = :code",
                   {{"until", day_of(e, "until")}, {"stream", event.stream}, {"code", code}});
}

void apply_list(Transaction& tx, const Event& event) {
    access::forget_kept(tx);
    const Json& e = event.envelope;
    if (event.version == 1) {
        tx.execute("insert into code_list (stream, name, title, source, mark, version) values (:stream, :name, :title, :source, :mark, 1)",
                   {{"stream", event.stream},
                    {"name", text_of(e, "name")},
                    {"title", text_of(e, "title")},
                    {"source", text_of(e, "source")},
                    {"mark", mark_of(e)}});
        for (const auto& entry : e["codes"].items()) add_entry(tx, event, entry);
        return;
    }
    if (event.kind == "codes.entry_added") add_entry(tx, event, e);
    if (event.kind == "codes.entry_changed") change_entry(tx, event);
    if (event.kind == "codes.list_changed")
        tx.execute("update code_list set title = :title, source = :source, mark = :mark where stream = :stream",
                   {{"title", text_of(e, "title")}, {"source", text_of(e, "source")}, {"mark", mark_of(e)}, {"stream", event.stream}});
    set_version(tx, "code_list", event);
}

// ---- Dated rules

void add_row(Transaction& tx, const Event& event, const Json& row) {
    tx.execute(R"sql(
        insert into rule_row (stream, from_day, amount, unit, source, mark, why, withdrawn, confirmed_by, confirmed_at)
        values (:stream, :from, :amount, :unit, :source, :mark, :why, 0, :by, :at))sql",
               {{"stream", event.stream},
                {"from", text_of(row, "from")},
                {"amount", row["amount"].as_number()},
                {"unit", text_of(row, "unit")},
                {"source", text_of(row, "source")},
                {"mark", mark_of(row)},
                {"why", text_of(row, "why")},
                {"by", event.actor},
                {"at", event.recorded_at}});
}

void apply_rule(Transaction& tx, const Event& event) {
    access::forget_kept(tx);
    const Json& e = event.envelope;
    if (event.version == 1) {
        tx.execute(R"sql(
            insert into dated_rule (stream, key, rule_group, group_title, title, key_date, version)
            values (:stream, :key, :group, :group_title, :title, :key_date, 1))sql",
                   {{"stream", event.stream},
                    {"key", text_of(e, "key")},
                    {"group", text_of(e, "group")},
                    {"group_title", text_of(e, "group_title")},
                    {"title", text_of(e, "title")},
                    {"key_date", text_of(e, "key_date")}});
        for (const auto& row : e["rows"].items()) add_row(tx, event, row);
        return;
    }
    const store::Binds which{{"stream", event.stream}, {"from", text_of(e, "from")}};
    if (event.kind == "rules.row_added") {
        // A row that was taken back makes room for another of the same day; the history keeps both.
        tx.execute("delete from rule_row where stream = :stream and from_day = :from and withdrawn = 1", which);
        add_row(tx, event, e);
    }
    if (event.kind == "rules.row_withdrawn") tx.execute("update rule_row set withdrawn = 1 where stream = :stream and from_day = :from", which);
    if (event.kind == "rules.row_confirmed")
        tx.execute(
            "update rule_row set source = :source, mark = :mark, confirmed_by = :by, confirmed_at = :at where stream = :stream and from_day = :from",
            {{"source", text_of(e, "source")},
             {"mark", mark_of(e)},
             {"by", event.actor},
             {"at", event.recorded_at},
             {"stream", event.stream},
             {"from", text_of(e, "from")}});
    set_version(tx, "dated_rule", event);
}

// ---- Calendars

void add_day(Transaction& tx, const Event& event, const Json& day) {
    const std::string on = text_of(day, "on");
    tx.execute("delete from calendar_day where stream = :stream and on_day = :on and withdrawn = 1", {{"stream", event.stream}, {"on", on}});
    tx.execute(R"sql(
        insert into calendar_day (stream, on_day, title, source, mark, withdrawn, confirmed_by, confirmed_at)
        values (:stream, :on, :title, :source, :mark, 0, :by, :at))sql",
               {{"stream", event.stream},
                {"on", on},
                {"title", text_of(day, "title")},
                {"source", text_of(day, "source")},
                {"mark", mark_of(day)},
                {"by", event.actor},
                {"at", event.recorded_at}});
}

void apply_calendar(Transaction& tx, const Event& event) {
    access::forget_kept(tx);
    const Json& e = event.envelope;
    if (event.version == 1) {
        tx.execute("insert into calendar (stream, name, title, source, mark, version) values (:stream, :name, :title, :source, :mark, 1)",
                   {{"stream", event.stream},
                    {"name", text_of(e, "name")},
                    {"title", text_of(e, "title")},
                    {"source", text_of(e, "source")},
                    {"mark", mark_of(e)}});
        for (const auto& day : e["days"].items()) add_day(tx, event, day);
        return;
    }
    if (event.kind == "calendars.day_added") add_day(tx, event, e);
    if (event.kind == "calendars.day_withdrawn")
        tx.execute("update calendar_day set withdrawn = 1 where stream = :stream and on_day = :on",
                   {{"stream", event.stream}, {"on", text_of(e, "on")}});
    set_version(tx, "calendar", event);
}

// ---- Reading

std::vector<List> lists_where(Reader& reader, std::string_view where, const store::Binds& binds) {
    std::vector<List> all;
    std::map<Seq, std::size_t> at;
    for (const auto& row : reader.select(
             "iitttt", fmt::format("select stream, version, name, title, source, mark from code_list l {} order by title, name", where), binds)) {
        at[row.integer(0)] = all.size();
        all.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5), {}});
    }
    std::map<std::pair<Seq, std::string>, std::vector<std::pair<std::optional<Date>, std::string>>> labels;
    for (const auto& row : reader.select("ittt",
                                         fmt::format("select c.stream, c.code, c.from_day, c.label from code_label c join code_list l on l.stream = "
                                                     "c.stream {} order by c.stream, c.code, c.from_day",
                                                     where),
                                         binds))
        labels[{row.integer(0), row.text(1)}].emplace_back(parse_date(row.text(2)), row.text(3));
    for (const auto& row :
         reader.select("itttttrii"
                       "t",
                       fmt::format("select e.stream, e.code, e.hint, e.mark, e.source, e.from_day, e.score, e.confirmed_by, e.confirmed_at, "
                                   "e.until_day from code_entry e join code_list l on l.stream = e.stream {} order by e.stream, e.place, e.code",
                                   where),
                       binds)) {
        Entry entry{.code = row.text(1),
                    .label = {},
                    .hint = row.text(2),
                    .mark = row.text(3),
                    .source = row.text(4),
                    .score = row.is_null(6) ? std::optional<double>{} : std::optional<double>{row.real(6)},
                    .from = row.maybe_date(5),
                    .until = row.maybe_date(9),
                    .labels = labels[{row.integer(0), row.text(1)}],
                    .confirmed = {row.integer(7), row.instant(8)}};
        if (!entry.labels.empty()) entry.label = entry.labels.back().second;
        all[at.at(row.integer(0))].entries.push_back(std::move(entry));
    }
    return all;
}

std::vector<DatedRule> rules_where(Reader& reader, std::string_view where, const store::Binds& binds) {
    std::vector<DatedRule> all;
    std::map<Seq, std::size_t> at;
    for (const auto& row : reader.select("iittttt",
                                         fmt::format("select stream, version, key, rule_group, group_title, title, key_date from dated_rule r {} "
                                                     "order by group_title, rule_group, stream",
                                                     where),
                                         binds)) {
        at[row.integer(0)] = all.size();
        all.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6), {}});
    }
    for (const auto& row :
         reader.select("itrtttiiit",
                       fmt::format("select w.stream, w.from_day, w.amount, w.unit, w.source, w.mark, w.withdrawn, w.confirmed_by, w.confirmed_at, "
                                   "w.why from rule_row w join dated_rule r on r.stream = w.stream {} order by w.stream, w.from_day",
                                   where),
                       binds))
        all[at.at(row.integer(0))].rows.push_back(
            {.row = {.from = parse_date(row.text(1)), .amount = row.real(2), .unit = row.text(3), .source = row.text(4), .mark = row.text(5)},
             .why = row.text(9),
             .withdrawn = row.truth(6),
             .confirmed = {row.integer(7), row.instant(8)}});
    return all;
}

std::vector<Calendar> calendars_where(Reader& reader, std::string_view where, const store::Binds& binds) {
    std::vector<Calendar> all;
    std::map<Seq, std::size_t> at;
    for (const auto& row :
         reader.select("iitttt", fmt::format("select stream, version, name, title, source, mark from calendar c {} order by name", where), binds)) {
        at[row.integer(0)] = all.size();
        all.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5), {}});
    }
    for (const auto& row :
         reader.select("ittttiii",
                       fmt::format("select d.stream, d.on_day, d.title, d.source, d.mark, d.withdrawn, d.confirmed_by, d.confirmed_at from "
                                   "calendar_day d join calendar c on c.stream = d.stream {} order by d.stream, d.on_day",
                                   where),
                       binds)) {
        const auto on = parse_date(row.text(1));
        if (!on) continue;
        all[at.at(row.integer(0))].days.push_back({*on, row.text(2), row.text(3), row.text(4), row.truth(5), {row.integer(6), row.instant(7)}});
    }
    return all;
}

template <class T>
std::optional<T> only(std::vector<T> all) {
    if (all.empty()) return {};
    return std::move(all.front());
}

}  // namespace

std::int64_t epoch(Reader& reader) {
    return reader.count(
        "select (select coalesce(sum(version), 0) from code_list) + (select coalesce(sum(version), 0) from dated_rule) + (select "
        "coalesce(sum(version), "
        "0) from calendar)");
}

std::vector<List> lists(Reader& reader) { return lists_where(reader, "", {}); }
std::optional<List> list(Reader& reader, std::string_view name) { return only(lists_where(reader, "where l.name = :name", {{"name", name}})); }
std::vector<DatedRule> rules(Reader& reader) { return rules_where(reader, "", {}); }
std::optional<DatedRule> rule(Reader& reader, std::string_view key) { return only(rules_where(reader, "where r.key = :key", {{"key", key}})); }
std::vector<Calendar> calendars(Reader& reader) { return calendars_where(reader, "", {}); }
std::optional<Calendar> calendar(Reader& reader, std::string_view name) {
    return only(calendars_where(reader, "where c.name = :name", {{"name", name}}));
}

void register_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "code_list", .tables = {"code_list", "code_entry", "code_label"}, .apply = apply_list});
    ledger.add(ledger::Projection{.stream_kind = "rule", .tables = {"dated_rule", "rule_row"}, .apply = apply_rule});
    ledger.add(ledger::Projection{.stream_kind = "calendar", .tables = {"calendar", "calendar_day"}, .apply = apply_calendar});
}

}  // namespace concord::codes
