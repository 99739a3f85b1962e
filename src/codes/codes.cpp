#include "codes/codes.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "codes/migrations.hpp"

/// The rules: what may be changed, from when, and how the values are made that the engine is given.
namespace concord::codes {
namespace {

Refusal wrong(std::string field, std::string message) {
    return Refusal{Because::invalid, "codes.wrong", "Some answers need another look.", {{std::move(field), std::move(message)}}};
}
Refusal wrong(std::vector<FieldError> errors) {
    return Refusal{Because::invalid, "codes.wrong", "Some answers need another look.", std::move(errors)};
}

bool is_mark(std::string_view mark) { return mark == "source" || mark == "gk" || mark == "cfg"; }
std::string mark_or_source(std::string_view mark) { return mark.empty() ? "source" : std::string{mark}; }

void check_mark(std::vector<FieldError>& errors, std::string_view mark) {
    if (!is_mark(mark)) errors.push_back({"mark", "Choose how sure it is: found in a source, general knowledge, or our own choice."});
}
void check_source(std::vector<FieldError>& errors, std::string_view source, std::string_view mark) {
    if (mark == "source" && letters_and_digits(source) < 3)
        errors.push_back({"source", "Say where it was found: the Act with its section, the guidance, or the minute of the decision."});
    if (code_points(source) > 400) errors.push_back({"source", "Use at most 400 letters."});
}

std::string from_in_words(std::optional<Date> from) { return from ? "from " + in_words(*from) : std::string{"from the beginning"}; }

engine::Choice choice_of(const Entry& entry) {
    engine::Choice choice{.code = entry.code,
                          .label = entry.label,
                          .hint = entry.hint,
                          .score = entry.score,
                          .from = entry.from,
                          .until = entry.until,
                          .mark = entry.mark};
    for (std::size_t i = 1; i < entry.labels.size(); ++i)
        if (entry.labels[i].first) choice.former.push_back({entry.labels[i - 1].second, *entry.labels[i].first});
    return choice;
}

// ---- Events of what files bring

Json labels_json(const engine::Choice& choice) {
    Json labels = Json::array();
    std::string from;
    for (const auto& was : choice.former) {
        labels.push(Json::object({{"from", from}, {"label", was.label}}));
        from = to_iso(was.until);
    }
    labels.push(Json::object({{"from", from}, {"label", choice.label}}));
    return labels;
}

Json entry_json(const engine::Choice& choice, std::size_t place, const engine::Mark& list_mark) {
    Json entry = Json::object({{"code", choice.code},
                               {"place", place},
                               {"labels", labels_json(choice)},
                               {"mark", mark_or_source(choice.mark.empty() ? list_mark : choice.mark)}});
    entry.set_if("hint", choice.hint);
    if (choice.score) entry.set("score", *choice.score);
    if (choice.from) entry.set("from", to_iso(*choice.from));
    if (choice.until) entry.set("until", to_iso(*choice.until));
    return entry;
}

Json row_json(const engine::RuleRow& row) {
    Json json = Json::object({{"from", row.from ? to_iso(*row.from) : ""},
                              {"amount", row.amount},
                              {"unit", row.unit},
                              {"source", row.source},
                              {"mark", mark_or_source(row.mark)}});
    return json;
}

/// Appends to the streams of one load; the first refusal ends it.
class Loading {
public:
    Loading(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author) : tx_{tx}, ledger_{ledger}, author_{author} {}

    Result<Done> take(const engine::CodeList& file) {
        const auto known = list(tx_, file.name);
        if (!known) {
            Json codes = Json::array();
            for (const auto& code : file.codes) codes.push(entry_json(code, codes.items().size() + 1, file.mark));
            loaded_.lists += 1;
            loaded_.codes += static_cast<int>(file.codes.size());
            return create(
                "code_list", "codes.list_created",
                Json::object({{"name", file.name},
                              {"title", file.title},
                              {"source", file.source},
                              {"mark", mark_or_source(file.mark)},
                              {"codes", codes},
                              {"summary", fmt::format("List loaded with {}", counted(static_cast<long long>(file.codes.size()), "code"))}}));
        }
        std::size_t place = known->entries.size();
        for (const auto& code : file.codes) {
            const auto found = std::find_if(known->entries.begin(), known->entries.end(), [&](const Entry& one) { return one.code == code.code; });
            if (found == known->entries.end()) {
                Json entry = entry_json(code, ++place, file.mark);
                entry.set("summary", fmt::format("\"{}\" ({}) added from the file", code.label, code.code));
                loaded_.codes += 1;
                if (auto done = append(known->stream, "codes.entry_added", std::move(entry)); !done) return done;
            } else if (found->label != code.label && found->labels.size() == 1 && found->confirmed.by == 0) {
                const std::string today = to_iso(london_date(author_.at));
                loaded_.labels += 1;
                if (auto done =
                        append(known->stream, "codes.entry_changed",
                               Json::object({{"code", code.code},
                                             {"labels", Json::array({Json::object({{"from", today}, {"label", code.label}})})},
                                             {"summary", fmt::format("\"{}\" is called \"{}\" from today, by the file", found->label, code.label)}}));
                    !done)
                    return done;
            } else if (found->label != code.label) {
                loaded_.left_alone.push_back(
                    fmt::format("{} {} is called \"{}\" here and \"{}\" in the file.", file.name, code.code, found->label, code.label));
            }
        }
        return Done{};
    }

    Result<Done> take(const engine::RuleFile& file) {
        for (const auto& rule_of_file : file.rules)
            if (auto done = take(file, rule_of_file); !done) return done;
        return Done{};
    }

    Result<Done> take(const engine::CalendarFile& file) {
        const auto known = calendar(tx_, file.name);
        if (!known) {
            Json days = Json::array();
            for (const auto& day : file.holidays)
                days.push(
                    Json::object({{"on", to_iso(day.on)}, {"title", day.title}, {"mark", mark_or_source(day.mark.empty() ? file.mark : day.mark)}}));
            loaded_.calendars += 1;
            loaded_.days += static_cast<int>(file.holidays.size());
            return create(
                "calendar", "calendars.created",
                Json::object({{"name", file.name},
                              {"title", file.title},
                              {"source", file.source},
                              {"mark", mark_or_source(file.mark)},
                              {"days", days},
                              {"summary", fmt::format("Calendar loaded with {}", counted(static_cast<long long>(file.holidays.size()), "day"))}}));
        }
        for (const auto& day : file.holidays) {
            const auto found = std::find_if(known->days.begin(), known->days.end(), [&](const Day& one) { return one.on == day.on; });
            if (found != known->days.end()) {
                if (found->withdrawn)
                    loaded_.left_alone.push_back(
                        fmt::format("{} was taken out of the calendar {} here, and stands in the file.", in_words(day.on), file.name));
                continue;
            }
            loaded_.days += 1;
            if (auto done = append(known->stream, "calendars.day_added",
                                   Json::object({{"on", to_iso(day.on)},
                                                 {"title", day.title},
                                                 {"mark", mark_or_source(day.mark.empty() ? file.mark : day.mark)},
                                                 {"summary", fmt::format("{}, {}, added from the file", day.title, in_words(day.on))}}));
                !done)
                return done;
        }
        return Done{};
    }

    Loaded& loaded() { return loaded_; }

private:
    Result<Done> take(const engine::RuleFile& file, const engine::Rule& from_file) {
        const auto known = rule(tx_, from_file.key);
        if (!known) {
            Json rows = Json::array();
            for (const auto& row : from_file.rows) rows.push(row_json(row));
            loaded_.rules += 1;
            loaded_.rows += static_cast<int>(from_file.rows.size());
            return create("rule", "rules.created",
                          Json::object({{"key", from_file.key},
                                        {"group", file.name},
                                        {"group_title", file.title},
                                        {"title", from_file.title},
                                        {"key_date", from_file.key_date},
                                        {"rows", rows},
                                        {"summary", fmt::format("Rule loaded: {}", engine::amount_in_words(from_file.rows.back()))}}));
        }
        for (const auto& row : from_file.rows) {
            const auto found = std::find_if(known->rows.begin(), known->rows.end(), [&](const Row& one) { return one.row.from == row.from; });
            if (found != known->rows.end()) {
                if (found->withdrawn || found->row.amount != row.amount || found->row.unit != row.unit)
                    loaded_.left_alone.push_back(fmt::format(
                        "{} {}: here {}, in the file {}. A row is not changed: give the new one a later day.", from_file.key, from_in_words(row.from),
                        found->withdrawn ? "taken back" : engine::amount_in_words(found->row), engine::amount_in_words(row)));
                continue;
            }
            loaded_.rows += 1;
            Json json = row_json(row);
            json.set("summary", fmt::format("{} {}, from the file", engine::amount_in_words(row), from_in_words(row.from)));
            if (auto done = append(known->stream, "rules.row_added", std::move(json)); !done) return done;
        }
        return Done{};
    }

    Result<Done> create(std::string_view kind, std::string event, Json envelope) {
        return append(ledger_.create(tx_, kind, new_id(author_.at)), std::move(event), std::move(envelope));
    }
    Result<Done> append(Seq stream, std::string event, Json envelope) {
        auto appended = ledger_.append(tx_, author_, stream, {}, {ledger::NewEvent{std::move(event), std::move(envelope)}});
        if (!appended) return appended.error();
        return Done{};
    }

    store::Transaction& tx_;
    ledger::Ledger& ledger_;
    const ledger::Author& author_;
    Loaded loaded_;
};

Result<std::int64_t> append(const Change& change, Seq stream, std::string kind, Json envelope) {
    return change.ledger.append(change.tx, change.author, stream, change.expected, {ledger::NewEvent{std::move(kind), std::move(envelope)}});
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Files of one folder in the order of their names, so that a load is the same everywhere.
template <class F>
void each_file(const std::filesystem::path& folder, F f) {
    if (!std::filesystem::is_directory(folder)) return;
    std::vector<std::filesystem::path> paths;
    for (const auto& found : std::filesystem::directory_iterator{folder})
        if (found.path().extension() == ".toml") paths.push_back(found.path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) f(path);
}

template <class File>
void keep(std::vector<File>& all, std::vector<engine::Problem>& problems, File file) {
    problems.insert(problems.end(), file.problems.begin(), file.problems.end());
    if (file.problems.empty()) all.push_back(std::move(file));
}

}  // namespace

// ---- Values

std::string Entry::label_on(Date day) const {
    std::string held = label;
    for (const auto& [since, words] : labels)
        if (!since || *since <= day) held = words;
    return held;
}
const Row* DatedRule::on(Date day) const {
    const Row* holds = nullptr;
    for (const auto& row : rows)
        if (!row.withdrawn && (!row.row.from || *row.row.from <= day)) holds = &row;
    return holds;
}

std::string Codebook::label(std::string_view list_name, std::string_view code, Date on) const {
    const auto found = lists.find(std::string{list_name});
    if (found != lists.end())
        for (const auto& choice : found->second.codes)
            if (choice.code == code) return choice.label_on(on);
    return std::string{code};
}
std::vector<engine::Choice> Codebook::offered(std::string_view list_name, Date on) const {
    std::vector<engine::Choice> all;
    const auto found = lists.find(std::string{list_name});
    if (found == lists.end()) return all;
    for (const auto& choice : found->second.codes)
        if ((!choice.from || *choice.from <= on) && (!choice.until || on < *choice.until)) all.push_back(choice);
    return all;
}
std::optional<double> Codebook::amount(std::string_view key, Date key_date) const {
    const auto found = rules->find(key);
    if (found == rules->end()) return {};
    const auto* row = found->second.on(key_date);
    if (row == nullptr) return {};
    return row->amount;
}
const WorkingCalendar& Codebook::calendar(std::string_view name) const {
    static const WorkingCalendar only_weekends;
    const auto found = calendars.find(name);
    return found == calendars.end() ? only_weekends : found->second;
}

Codebook read(store::Reader& reader) {
    Codebook book;
    for (const auto& one : lists(reader)) {
        engine::CodeList values{.name = one.name, .title = one.title, .source = one.source, .mark = one.mark};
        for (const auto& entry : one.entries) values.codes.push_back(choice_of(entry));
        book.lists.emplace(one.name, std::move(values));
    }
    engine::Rules dated;
    for (const auto& one : rules(reader)) {
        engine::Rule values{.key = one.key, .title = one.title, .key_date = one.key_date, .rows = {}};
        for (const auto& row : one.rows)
            if (!row.withdrawn) values.rows.push_back(row.row);
        dated.emplace(one.key, std::move(values));
    }
    book.rules = std::make_shared<const engine::Rules>(std::move(dated));
    for (const auto& one : calendars(reader)) {
        std::vector<Date> days;
        for (const auto& day : one.days)
            if (!day.withdrawn) days.push_back(day.on);
        book.calendars.emplace(one.name, WorkingCalendar{std::move(days)});
    }
    return book;
}

std::shared_ptr<const Codebook> Codebooks::current() {
    const auto mark = this->mark();
    if (mark) {
        const std::lock_guard lock{mutex_};
        if (book_ && mark == mark_) return book_;
    }
    const auto now = db_.reading([](store::Reader& reader) { return epoch(reader); });
    const std::lock_guard lock{mutex_};
    if (!book_ || now != epoch_) {
        // The epoch is read in the same moment as the tables: a change in between would be missed for ever.
        db_.snapshot([&](store::Reader& reader) {
            epoch_ = epoch(reader);
            book_ = std::make_shared<const Codebook>(read(reader));
        });
    }
    mark_ = mark;
    return book_;
}

// ---- Files

Codebook Files::codebook() const {
    Codebook book;
    for (const auto& one : lists) book.lists.emplace(one.name, one);
    engine::Rules dated;
    for (const auto& file : rules)
        for (const auto& one : file.rules) dated.emplace(one.key, one);
    book.rules = std::make_shared<const engine::Rules>(std::move(dated));
    for (const auto& one : calendars) book.calendars.emplace(one.name, WorkingCalendar{one.days});
    return book;
}

Files read_folder(const std::string& folder) {
    Files files;
    const std::filesystem::path home{folder};
    each_file(home, [&](const auto& path) { keep(files.lists, files.problems, engine::load_codes(text_of(path), path.string())); });
    each_file(home / "rules", [&](const auto& path) { keep(files.rules, files.problems, engine::load_rules(text_of(path), path.string())); });
    each_file(home / "calendars",
              [&](const auto& path) { keep(files.calendars, files.problems, engine::load_calendar(text_of(path), path.string())); });
    if (files.problems.empty() && files.lists.empty() && files.rules.empty() && files.calendars.empty())
        files.problems.push_back(
            {folder, 0, "there are no code lists, rules or calendars here", "name a folder like codes/, with NAME.toml, rules/ and calendars/"});
    return files;
}

Result<Loaded> load(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const Files& files) {
    if (!files.problems.empty())
        return Refusal{Because::invalid, "codes.problems",
                       fmt::format("{}:{}: {}: {}. Nothing was loaded.", files.problems.front().file, files.problems.front().line,
                                   files.problems.front().problem, files.problems.front().remedy)};
    Loading loading{tx, ledger, author};
    for (const auto& one : files.lists)
        if (auto done = loading.take(one); !done) return done.error();
    for (const auto& one : files.rules)
        if (auto done = loading.take(one); !done) return done.error();
    for (const auto& one : files.calendars)
        if (auto done = loading.take(one); !done) return done.error();
    return std::move(loading.loaded());
}

// ---- Changes

Result<std::int64_t> change_list(const Change& change, const List& list, std::string_view title, std::string_view source, std::string_view mark) {
    std::vector<FieldError> errors;
    if (letters_and_digits(title) < 2 || code_points(title) > 200) errors.push_back({"title", "Give the list a title of 2 to 200 letters."});
    check_mark(errors, mark);
    check_source(errors, source, mark);
    if (!errors.empty()) return wrong(std::move(errors));
    return append(
        change, list.stream, "codes.list_changed",
        Json::object({{"title", tidy(title)}, {"source", tidy(source)}, {"mark", mark}, {"summary", "Title or source of the list changed"}}));
}

Result<std::int64_t> add_entry(const Change& change, const List& list, const EntryAsk& ask) {
    std::vector<FieldError> errors;
    const std::string code = trim(ask.code);
    if (code.empty() || code.size() > 40 || code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
        errors.push_back({"code", "Give a short code of lower-case letters, digits and _, like b25. People never see it."});
    else if (std::any_of(list.entries.begin(), list.entries.end(), [&](const Entry& one) { return one.code == code; }))
        errors.push_back({"code", "This code is used already, perhaps by an entry that has ended: choose another."});
    if (letters_and_digits(ask.label) < 1 || code_points(ask.label) > 200)
        errors.push_back({"label", "Give the words that people read, 200 letters at most."});
    if (code_points(ask.hint) > 400) errors.push_back({"hint", "Use at most 400 letters."});
    if (ask.from && ask.until && *ask.until <= *ask.from) errors.push_back({"until", "The end must be after the first day."});
    check_mark(errors, ask.mark);
    check_source(errors, ask.source.empty() ? list.source : ask.source, ask.mark);
    if (!errors.empty()) return wrong(std::move(errors));
    Json entry = Json::object(
        {{"code", code},
         {"place", list.entries.size() + 1},
         {"labels", Json::array({Json::object({{"from", ""}, {"label", tidy(ask.label)}})})},
         {"mark", ask.mark},
         {"summary", fmt::format("\"{}\" ({}) added{}", tidy(ask.label), code, ask.from ? ", offered from " + in_words(*ask.from) : "")}});
    entry.set_if("hint", tidy(ask.hint)).set_if("source", tidy(ask.source));
    if (ask.from) entry.set("from", to_iso(*ask.from));
    if (ask.until) entry.set("until", to_iso(*ask.until));
    return append(change, list.stream, "codes.entry_added", std::move(entry));
}

Result<std::int64_t> change_entry(const Change& change, const List& list, const EntryAsk& ask) {
    const auto found = std::find_if(list.entries.begin(), list.entries.end(), [&](const Entry& one) { return one.code == ask.code; });
    if (found == list.entries.end()) return Refusal{Because::absent, "codes.absent", "This list has no such code."};
    std::vector<FieldError> errors;
    const Date today = london_date(change.author.at);
    const std::string label = tidy(ask.label);
    if (letters_and_digits(label) < 1 || code_points(label) > 200)
        errors.push_back({"label", "Give the words that people read, 200 letters at most."});
    if (code_points(ask.hint) > 400) errors.push_back({"hint", "Use at most 400 letters."});
    if (ask.until && found->from && *ask.until <= *found->from) errors.push_back({"until", "The end must be after the first day."});
    const Date label_from = ask.label_from.value_or(today);
    if (label != found->label && !found->labels.empty() && found->labels.back().first && label_from < *found->labels.back().first)
        errors.push_back(
            {"label_from", fmt::format("The label was changed on {}: give that day or a later one.", in_words(*found->labels.back().first))});
    check_mark(errors, ask.mark);
    check_source(errors, ask.source.empty() ? list.source : ask.source, ask.mark);
    if (!errors.empty()) return wrong(std::move(errors));
    Json said = Json::object({{"code", found->code}});
    std::vector<std::string> what;
    if (label != found->label) {
        said.set("labels", Json::array({Json::object({{"from", to_iso(label_from)}, {"label", label}})}));
        what.push_back(fmt::format("called \"{}\" from {}, \"{}\" before", label, in_words(label_from), found->label));
    }
    if (tidy(ask.hint) != found->hint) {
        said.set("hint", tidy(ask.hint));
        what.emplace_back("other help words");
    }
    if (ask.until != found->until) {
        said.set("until", ask.until ? to_iso(*ask.until) : "");
        what.push_back(ask.until ? "not offered any more from " + in_words(*ask.until) : "offered again");
    }
    if (ask.mark != found->mark || tidy(ask.source) != found->source) {
        said.set("mark", ask.mark).set("source", tidy(ask.source));
        what.emplace_back("source confirmed");
    }
    if (what.empty()) return wrong("label", "Nothing was changed: change the label, the help, the end or the source.");
    said.set("summary", fmt::format("\"{}\" ({}): {}", found->label, found->code, join(what, "; ")));
    return append(change, list.stream, "codes.entry_changed", std::move(said));
}

Result<std::int64_t> add_row(const Change& change, const DatedRule& rule, const RowAsk& ask) {
    std::vector<FieldError> errors;
    if (!ask.from) errors.push_back({"from", "Give the first day on which it holds, like 1/4/2027."});
    for (const auto& row : rule.rows)
        if (!row.withdrawn && ask.from && row.row.from == ask.from)
            errors.push_back({"from", "There is a row from this day already. Take it back first if it has not begun, or give another day."});
    if (!(ask.amount >= 0) || ask.amount > 1e9) errors.push_back({"amount", "Give a number of 0 or more."});
    const bool time = engine::is_time_unit(ask.unit);
    if (!engine::is_rule_unit(ask.unit))
        errors.push_back({"unit", "Choose what is counted."});
    else if (!rule.rows.empty() && engine::is_time_unit(rule.rows.front().row.unit) != time)
        errors.push_back({"unit", "A length of time stays one, and a number stays a number: pathways rely on it."});
    if (time && ask.amount != static_cast<double>(static_cast<std::int64_t>(ask.amount))) errors.push_back({"amount", "Give a whole number."});
    check_mark(errors, ask.mark);
    if (letters_and_digits(ask.source) < 3 || code_points(ask.source) > 400)
        errors.push_back({"source", "Say who decided it and where it stands: the Act with its section, the guidance, or the minute."});
    if (letters_and_digits(ask.why) < 10 || code_points(ask.why) > 1000)
        errors.push_back({"why", "Say why it changes, in a sentence (at least 10 letters)."});
    if (!errors.empty()) return wrong(std::move(errors));
    const engine::RuleRow row{.from = ask.from, .amount = ask.amount, .unit = ask.unit, .source = tidy(ask.source), .mark = ask.mark};
    Json said = row_json(row);
    said.set("why", tidy(ask.why)).set("summary", fmt::format("{} {}", engine::amount_in_words(row), from_in_words(row.from)));
    return append(change, rule.stream, "rules.row_added", std::move(said));
}

namespace {
const Row* row_from(const DatedRule& rule, std::optional<Date> from) {
    const auto found = std::find_if(rule.rows.begin(), rule.rows.end(), [&](const Row& one) { return one.row.from == from && !one.withdrawn; });
    return found == rule.rows.end() ? nullptr : &*found;
}
}  // namespace

Result<std::int64_t> confirm_row(const Change& change, const DatedRule& rule, std::optional<Date> from, std::string_view source,
                                 std::string_view mark) {
    const auto* row = row_from(rule, from);
    if (row == nullptr) return Refusal{Because::absent, "codes.absent", "This rule has no row from that day."};
    std::vector<FieldError> errors;
    check_mark(errors, mark);
    check_source(errors, source, mark);
    if (!errors.empty()) return wrong(std::move(errors));
    return append(change, rule.stream, "rules.row_confirmed",
                  Json::object({{"from", from ? to_iso(*from) : ""},
                                {"source", tidy(source)},
                                {"mark", mark},
                                {"summary", fmt::format("Source of {} {} confirmed", engine::amount_in_words(row->row), from_in_words(from))}}));
}

Result<std::int64_t> withdraw_row(const Change& change, const DatedRule& rule, Date from, std::string_view why) {
    const auto* row = row_from(rule, from);
    if (row == nullptr) return Refusal{Because::absent, "codes.absent", "This rule has no row from that day."};
    if (from <= london_date(change.author.at))
        return Refusal{Because::not_now, "codes.begun",
                       "This row holds already, and records were judged by it: add a new row from a later day instead."};
    if (letters_and_digits(why) < 10) return wrong("why", "Say why it is taken back, in a sentence (at least 10 letters).");
    return append(
        change, rule.stream, "rules.row_withdrawn",
        Json::object({{"from", to_iso(from)},
                      {"why", tidy(why)},
                      {"summary", fmt::format("{} {} taken back: {}", engine::amount_in_words(row->row), from_in_words(from), tidy(why))}}));
}

Result<std::int64_t> add_day(const Change& change, const Calendar& calendar, const Day& day) {
    std::vector<FieldError> errors;
    const int year = civil(day.on).year;
    if (year < 2000 || year > 2100) errors.push_back({"on", "Give a day that exists, like 19/9/2022."});
    for (const auto& other : calendar.days)
        if (!other.withdrawn && other.on == day.on)
            errors.push_back({"on", fmt::format("{} is in the calendar already: {}.", in_words(day.on), other.title)});
    if (letters_and_digits(day.title) < 3 || code_points(day.title) > 100) errors.push_back({"title", "Give the day its name, 3 to 100 letters."});
    check_mark(errors, day.mark);
    check_source(errors, day.source, day.mark);
    if (!errors.empty()) return wrong(std::move(errors));
    Json said = Json::object({{"on", to_iso(day.on)},
                              {"title", tidy(day.title)},
                              {"mark", day.mark},
                              {"summary", fmt::format("{}, {}, added", tidy(day.title), in_words(day.on))}});
    said.set_if("source", tidy(day.source));
    return append(change, calendar.stream, "calendars.day_added", std::move(said));
}

Result<std::int64_t> withdraw_day(const Change& change, const Calendar& calendar, Date on, std::string_view why) {
    const auto found = std::find_if(calendar.days.begin(), calendar.days.end(), [&](const Day& one) { return one.on == on && !one.withdrawn; });
    if (found == calendar.days.end()) return Refusal{Because::absent, "codes.absent", "This day is not in the calendar."};
    if (letters_and_digits(why) < 10) return wrong("why", "Say why it is taken out, in a sentence (at least 10 letters).");
    return append(
        change, calendar.stream, "calendars.day_withdrawn",
        Json::object(
            {{"on", to_iso(on)}, {"why", tidy(why)}, {"summary", fmt::format("{}, {}, taken out: {}", found->title, in_words(on), tidy(why))}}));
}

std::vector<store::Migration> migrations() { return migrations_from_files(); }

}  // namespace concord::codes
