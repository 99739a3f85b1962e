#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "access/epoch.hpp"
#include "engine/engine.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"

/// What changes without a programmer: code lists, dated rules (limits, amounts, thresholds, lengths of clocks), calendars of bank holidays.
/// They come from files (codes/) once, live in the database as dated data with their history, and are changed on pages. Nothing is ever deleted.
namespace concord::codes {

using ledger::Seq;

/// Everything as values: what the engine is given.
struct Codebook {
    engine::CodeLists lists;
    std::shared_ptr<const engine::Rules> rules = std::make_shared<const engine::Rules>();
    std::map<std::string, WorkingCalendar, std::less<>> calendars;

    /// The label as it was on that day; the code itself where the list does not know it.
    std::string label(std::string_view list, std::string_view code, Date on) const;
    /// Codes offered on that day, in the list's order.
    std::vector<engine::Choice> offered(std::string_view list, Date on) const;
    /// The amount of a rule on its key date; none where nothing held then.
    std::optional<double> amount(std::string_view rule, Date key_date) const;
    const WorkingCalendar& calendar(std::string_view name = "england") const;
};

/// The database's codebook: read again when it has changed, whoever changed it, on whichever node.
class Codebooks {
public:
    /// Without `seen` the database is asked each time.
    explicit Codebooks(store::Database& db, std::shared_ptr<const access::Epoch> seen = {}) : db_{db}, seen_{std::move(seen)} {}
    std::shared_ptr<const Codebook> current();
    /// What has the same mark is as the database is.
    std::optional<access::Epoch::Mark> mark() const { return seen_ ? seen_->mark() : std::nullopt; }

private:
    store::Database& db_;
    std::mutex mutex_;
    std::shared_ptr<const access::Epoch> seen_;
    std::shared_ptr<const Codebook> book_;
    std::int64_t epoch_ = -1;
    std::optional<access::Epoch::Mark> mark_;  // when the database was last asked whether that is so
};
/// A number that grows with every change of a list, rule or calendar.
std::int64_t epoch(store::Reader& reader);
Codebook read(store::Reader& reader);

// ---- Files: codes/*.toml, codes/rules/*.toml, codes/calendars/*.toml

struct Files {
    std::vector<engine::CodeList> lists;
    std::vector<engine::RuleFile> rules;
    std::vector<engine::CalendarFile> calendars;
    std::vector<engine::Problem> problems;
    Codebook codebook() const;
};
Files read_folder(const std::string& folder);

struct Loaded {
    int lists = 0, codes = 0, labels = 0, rules = 0, rows = 0, calendars = 0, days = 0;  // new ones
    std::vector<std::string> left_alone;  // what differs from the database and was not taken over, a sentence each
};
/// Brings in what is new: lists, codes, labels (from today), rules, rows, days. What people have changed in the database stays as it is.
Result<Loaded> load(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const Files& files);

// ---- What stands in the database, for pages

struct Confirmed {
    Seq by = 0;  // 0: it came with Concord's files
    Instant at;
};
struct Entry {
    std::string code, label, hint, mark, source;
    std::optional<double> score;
    std::optional<Date> from, until;
    std::vector<std::pair<std::optional<Date>, std::string>> labels;  // from when, by day
    Confirmed confirmed;
    std::string label_on(Date day) const;
};
struct List {
    Seq stream = 0;
    std::int64_t version = 0;
    std::string name, title, source, mark;
    std::vector<Entry> entries;
};
struct Row {
    engine::RuleRow row;
    std::string why;
    bool withdrawn = false;
    Confirmed confirmed;
};
struct DatedRule {
    Seq stream = 0;
    std::int64_t version = 0;
    std::string key, group, group_title, title, key_date;
    std::vector<Row> rows;  // by day, withdrawn ones too
    const Row* on(Date day) const;
};
struct Day {
    Date on;
    std::string title, source, mark;
    bool withdrawn = false;
    Confirmed confirmed;
};
struct Calendar {
    Seq stream = 0;
    std::int64_t version = 0;
    std::string name, title, source, mark;
    std::vector<Day> days;
};
std::vector<List> lists(store::Reader& reader);  // with their entries
std::optional<List> list(store::Reader& reader, std::string_view name);
std::vector<DatedRule> rules(store::Reader& reader);
std::optional<DatedRule> rule(store::Reader& reader, std::string_view key);
std::vector<Calendar> calendars(store::Reader& reader);
std::optional<Calendar> calendar(store::Reader& reader, std::string_view name);

// ---- Changes: one event each, with its sentence for the history. expected: the version that the person had before them.

struct Change {
    store::Transaction& tx;
    ledger::Ledger& ledger;
    ledger::Author author;
    std::optional<std::int64_t> expected;
};
Result<std::int64_t> change_list(const Change& change, const List& list, std::string_view title, std::string_view source, std::string_view mark);
struct EntryAsk {
    std::string code, label, hint, mark, source;
    std::optional<Date> from, until;
    std::optional<Date> label_from;  // the day from which a changed label holds; today where none
};
Result<std::int64_t> add_entry(const Change& change, const List& list, const EntryAsk& ask);
/// A changed label keeps the old one for the days before; `until` ends the entry, none lets it go on.
Result<std::int64_t> change_entry(const Change& change, const List& list, const EntryAsk& ask);
struct RowAsk {
    std::optional<Date> from;
    double amount = -1;
    std::string unit, source, mark, why;
};
Result<std::int64_t> add_row(const Change& change, const DatedRule& rule, const RowAsk& ask);
/// Who says so, and how sure: the amount never changes.
Result<std::int64_t> confirm_row(const Change& change, const DatedRule& rule, std::optional<Date> from, std::string_view source,
                                 std::string_view mark);
/// Takes back a row that has not begun yet.
Result<std::int64_t> withdraw_row(const Change& change, const DatedRule& rule, Date from, std::string_view why);
Result<std::int64_t> add_day(const Change& change, const Calendar& calendar, const Day& day);
Result<std::int64_t> withdraw_day(const Change& change, const Calendar& calendar, Date on, std::string_view why);

// ---- The rest

struct Services {
    Codebooks& codebooks;
    /// Where a rule is used, a sentence each, for the preview of a change: set by app, which knows the pathways.
    std::function<std::vector<std::string>(store::Reader&, std::string_view key)> uses;
};
std::vector<store::Migration> migrations();
void register_projections(ledger::Ledger& ledger);
void add_routes(access::Routes& routes, const Services& services);  // pages and API

}  // namespace concord::codes
