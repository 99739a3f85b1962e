#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "engine/condition.hpp"

/// Dated rules: which row holds on which day, as a fact and in words.
namespace concord::engine {
namespace {

struct Unit {
    std::string_view code, one, many;
    bool time;
};
constexpr std::array units{Unit{"working_days", "working day", "working days", true},
                           Unit{"days", "day", "days", true},
                           Unit{"months", "month", "months", true},
                           Unit{"hours", "hour", "hours", true},
                           Unit{"minutes", "minute", "minutes", false},
                           Unit{"count", "", "", false},
                           Unit{"pence", "", "", false},
                           Unit{"percent", "", "", false}};

const Unit* unit_of(std::string_view code) {
    for (const auto& unit : units)
        if (unit.code == code) return &unit;
    return nullptr;
}

std::string number_in_words(double amount) {
    return amount == std::floor(amount) ? fmt::format("{}", static_cast<std::int64_t>(amount)) : fmt::format("{}", amount);
}

/// The day of a fact: a day, or the day with which a moment begins.
std::optional<Date> day_of(const Facts& facts, const std::string& path) {
    const Json value = fact_at(facts, path.empty() ? "today" : path);
    return parse_date(std::string_view{value.as_string()}.substr(0, 10));
}

std::string words_of_length(const ClockRule::Length& length) {
    using Of = ClockRule::Length::Unit;
    const std::string_view unit = length.unit == Of::working_days ? "working_days"
                                  : length.unit == Of::days       ? "days"
                                  : length.unit == Of::months     ? "months"
                                                                  : "hours";
    return amount_in_words({.from = {}, .amount = static_cast<double>(length.amount), .unit = std::string{unit}, .source = {}, .mark = {}});
}

}  // namespace

bool is_rule_unit(std::string_view unit) { return unit_of(unit) != nullptr; }
bool is_time_unit(std::string_view unit) {
    const auto* found = unit_of(unit);
    return found != nullptr && found->time;
}

const RuleRow* Rule::on(Date day) const {
    const RuleRow* holds = nullptr;
    for (const auto& row : rows)
        if (!row.from || *row.from <= day) holds = &row;
    return holds;
}

const std::string& Choice::label_on(Date day) const {
    for (const auto& was : former)
        if (day < was.until) return was.label;
    return label;
}

std::string amount_in_words(const RuleRow& row) {
    if (row.unit == "pence") return fmt::format("£{:.2f}", row.amount / 100);
    if (row.unit == "percent") return number_in_words(row.amount) + "%";
    const auto* unit = unit_of(row.unit);
    if (unit == nullptr || unit->one.empty()) return number_in_words(row.amount);
    if (row.amount == 0 && unit->time) return "same day";
    return fmt::format("{} {}", number_in_words(row.amount), row.amount == 1 ? unit->one : unit->many);
}

const RuleRow* row_on(const Definition& definition, const std::string& key, Date on) {
    if (!definition.rules) return nullptr;
    const auto rule = definition.rules->find(key);
    return rule == definition.rules->end() ? nullptr : rule->second.on(on);
}

int due_working_days(const Definition& definition, const TaskTemplate& task, Date on) {
    if (task.due_rule.empty()) return task.due_working_days;
    const auto* row = row_on(definition, task.due_rule, on);
    return row == nullptr || row->unit != "working_days" ? task.due_working_days : static_cast<int>(row->amount);
}

Facts with_rules(const Definition& definition, Facts facts) {
    Json values = Json::object();
    for (const auto& use : definition.rule_uses) {
        const auto day = day_of(facts, use.key_date);
        const auto* row = day ? row_on(definition, use.rule, *day) : nullptr;
        if (row == nullptr) continue;
        values.set(use.id, row->amount == std::floor(row->amount) ? Json{static_cast<std::int64_t>(row->amount)} : Json{row->amount});
    }
    if (!values.members().empty()) facts.set("rules", std::move(values));
    return facts;
}

std::string length_in_words(const Definition& definition, const ClockRule& rule, Date on) {
    const bool by_rule = std::any_of(rule.lengths.begin(), rule.lengths.end(), [](const auto& length) { return !length.rule.empty(); });
    if (!by_rule && !rule.rule_text.empty()) return rule.rule_text;
    std::vector<std::string> parts;
    for (const auto& length : rule.lengths) {
        std::string words = length.until.empty() ? words_of_length(length) : "the day that was given";
        if (!length.rule.empty()) {
            const auto* row = row_on(definition, length.rule, on);
            words = row != nullptr ? amount_in_words(*row) : "no length on this day";
        }
        parts.push_back(std::move(words));
    }
    if (parts.size() < 2) return join(parts, "");
    const std::string last = parts.back();
    parts.pop_back();
    return join(parts, ", ") + " or " + last;
}

}  // namespace concord::engine
