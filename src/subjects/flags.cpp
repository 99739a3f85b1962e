#include "subjects/flags.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include <fmt/format.h>
#include <toml.hpp>

#include "base/text.hpp"

/// The rules of repeat flags: no database, no clock.
namespace concord::subjects {
namespace {

bool holds(const std::vector<std::string>& list, std::string_view value) { return std::find(list.begin(), list.end(), value) != list.end(); }

template <class T>
T value_or(const toml::value& row, const char* key, T otherwise) {
    return row.contains(key) ? toml::find<T>(row, key) : otherwise;
}

FlagRule read_row(const toml::value& row) {
    const auto day = toml::find<toml::local_date>(row, "in_force");
    const auto in_force = make_date(day.year, day.month + 1, day.day);
    if (!in_force) throw std::runtime_error{"in_force is no day"};
    return {.flag = toml::find<std::string>(row, "flag"),
            .label = toml::find<std::string>(row, "label"),
            .about = toml::find<std::string>(row, "about"),
            .counts = toml::find<std::string>(row, "counts"),
            .roles = toml::find<std::vector<std::string>>(row, "roles"),
            .not_counted = value_or(row, "not_counted", std::vector<std::string>{}),
            .in_force = *in_force,
            .at_least = toml::find<int>(row, "at_least"),
            .within_days = toml::find<int>(row, "within_days"),
            .similar = value_or(row, "similar", false),
            .self_declared = value_or(row, "self_declared", false),
            .top_percent = value_or(row, "top_percent", 0),
            .top_within_days = value_or(row, "top_within_days", 0),
            .top_at_least = value_or(row, "top_at_least", 0),
            .suggests = value_or(row, "suggests", std::string{}),
            .source = value_or(row, "source", std::string{})};
}

std::string wrong_with(const FlagRule& rule) {
    if (rule.flag.empty() || rule.label.empty()) return "flag and label must be filled in";
    if (rule.about != "person" && rule.about != "place") return "about is person or place";
    if (rule.counts != "incidents" && rule.counts != "contacts") return "counts is incidents or contacts";
    if (rule.roles.empty()) return "roles must name at least one part";
    if (rule.at_least < 1 || rule.at_least > 1000) return "at_least is 1 to 1000";
    if (rule.within_days < 1 || rule.within_days > 3660) return "within_days is 1 to 3660";
    if ((rule.top_percent != 0) != (rule.top_within_days > 0 && rule.top_at_least > 0))
        return "top_percent, top_within_days and top_at_least stand together";
    return {};
}

}  // namespace

Result<std::vector<FlagRule>> read_flag_rules(std::string_view text, const std::string& file) {
    std::vector<FlagRule> rules;
    const auto wrong = [&](std::string_view what) { return Refusal{Because::invalid, "flags.rules", fmt::format("{}: {}", file, what)}; };
    try {
        std::istringstream stream{std::string{text}};
        const auto whole = toml::parse(stream, file);
        for (const auto& row : toml::find<toml::array>(whole, "rule")) {
            rules.push_back(read_row(row));
            const auto& last = rules.back();
            if (const auto problem = wrong_with(last); !problem.empty())
                return wrong(fmt::format("row {} ({}): {}.", rules.size(), last.flag, problem));
            for (std::size_t i = 0; i + 1 < rules.size(); ++i)
                if (rules[i].flag == last.flag && rules[i].in_force == last.in_force)
                    return wrong(fmt::format("row {} ({}): two rows of one flag come into force on one day.", rules.size(), last.flag));
        }
    } catch (const std::exception& error) { return wrong(fmt::format("row {}: {}", rules.size() + 1, error.what())); }
    return rules;
}

std::vector<FlagRule> in_force(const std::vector<FlagRule>& rules, Date on) {
    std::vector<FlagRule> chosen;
    for (const auto& rule : rules) {
        if (rule.in_force > on) continue;
        const auto same = std::find_if(chosen.begin(), chosen.end(), [&](const FlagRule& one) { return one.flag == rule.flag; });
        if (same == chosen.end())
            chosen.push_back(rule);
        else if (same->in_force < rule.in_force)
            *same = rule;
    }
    return chosen;
}

std::string incident_name(Seq record, std::int64_t entry) { return fmt::format("{}:{}", record, entry); }

namespace {

Date day_of(const FlagRule& rule, const Told& told) { return rule.counts == "contacts" ? told.contact.value_or(told.on) : told.on; }

/// What counts for the rule within the window, one row an incident (or a contact), oldest first. Of several rows of one incident the report itself is
/// named, not the case that took it in.
std::vector<Told> counted(const FlagRule& rule, const std::vector<Told>& told, Date day, int within_days) {
    const bool contacts = rule.counts == "contacts";
    std::map<std::string, Told> by_identity;
    for (const auto& one : told) {
        if (!holds(rule.roles, one.role)) continue;
        if (contacts ? !one.contact : holds(rule.not_counted, one.dropped)) continue;
        const Date on = day_of(rule, one);
        if (on > day || day - on > within_days) continue;
        const auto [place, fresh] = by_identity.emplace(contacts ? incident_name(one.record, one.entry) : one.what, one);
        if (fresh) continue;
        const bool nearer = incident_name(one.record, one.entry) == one.what;
        Told both = nearer ? one : place->second;
        const Told& other = nearer ? place->second : one;
        both.self_declared = both.self_declared || other.self_declared;
        both.similar_to.insert(both.similar_to.end(), other.similar_to.begin(), other.similar_to.end());
        place->second = std::move(both);
    }
    std::vector<Told> all;
    for (auto& [what, one] : by_identity) all.push_back(std::move(one));
    std::sort(all.begin(), all.end(), [&](const Told& a, const Told& b) {
        return std::tuple{day_of(rule, a), a.record, a.entry} < std::tuple{day_of(rule, b), b.record, b.entry};
    });
    return all;
}

/// The largest group of which all are alike in one way.
std::vector<Told> alike(const std::vector<Told>& all) {
    std::map<std::string, std::vector<Told>> groups;
    for (const auto& one : all)
        for (const auto& token : std::set<std::string>{one.similar_to.begin(), one.similar_to.end()}) groups[token].push_back(one);
    std::vector<Told> largest;
    for (auto& [token, group] : groups)
        if (group.size() > largest.size()) largest = std::move(group);
    return largest;
}

std::optional<Flag> flag_on(const FlagRule& rule, const std::vector<Told>& told, Date day) {
    auto all = counted(rule, told, day, rule.within_days);
    if (rule.similar) all = alike(all);
    const bool declared = rule.self_declared && std::any_of(all.begin(), all.end(), [](const Told& one) { return one.self_declared; });
    const bool enough = all.size() >= static_cast<std::size_t>(rule.at_least);
    if (!enough && !(declared && !all.empty())) return {};
    const std::string_view noun = rule.counts == "contacts" ? "contact" : rule.similar ? "similar incident" : "incident";
    Flag flag{.code = rule.flag,
              .label = rule.label,
              .because = std::move(all),
              .text = {},
              .suggests = rule.suggests,
              .note = {},
              .contacts = rule.counts == "contacts"};
    flag.text = enough ? fmt::format("{} in {} days", concord::counted(static_cast<long long>(flag.because.size()), noun), rule.within_days)
                       : "Says that it was not the first time";
    return flag;
}

}  // namespace

std::vector<Flag> flags_on(const std::vector<FlagRule>& rules, const std::vector<Told>& told, Date day) {
    std::vector<Flag> flags;
    for (const auto& rule : in_force(rules, day)) {
        auto flag = flag_on(rule, told, day);
        if (!flag) continue;
        // Caller and victim are different people in many cases; a frequent caller with no victim role needs a visit, not suspicion.
        if (rule.counts == "contacts" && std::none_of(told.begin(), told.end(), [](const Told& one) { return one.role == "victim"; }))
            flag->note = "Never recorded as harmed: think of a welfare visit.";
        flags.push_back(std::move(*flag));
    }
    return flags;
}

std::optional<FlagRule> busy_part(const FlagRule& rule) {
    if (rule.top_percent == 0) return {};
    FlagRule busy = rule;
    busy.flag += ".busy";
    busy.at_least = rule.top_at_least;
    busy.within_days = rule.top_within_days;
    busy.similar = busy.self_declared = false;
    return busy;
}

std::vector<Period> flag_periods(const std::vector<FlagRule>& rules, const std::vector<Told>& told) {
    // Between these days nothing changes: an incident comes in, one falls out of the window, a rule comes into force.
    std::set<Date> changes;
    for (const auto& rule : rules) {
        changes.insert(rule.in_force);
        for (const auto& one : told) {
            const Date on = day_of(rule, one);
            changes.insert(on);
            changes.insert(on + (rule.within_days + 1));
        }
    }
    std::map<std::string, Period> open;
    std::vector<Period> periods;
    for (const Date day : changes) {
        std::set<std::string> standing;
        for (const auto& flag : flags_on(rules, told, day)) {
            standing.insert(flag.code);
            const auto place = open.emplace(flag.code, Period{.flag = flag.code, .from = day, .until = day, .whats = {}}).first;
            for (const auto& one : flag.because)
                if (!holds(place->second.whats, one.what)) place->second.whats.push_back(one.what);
        }
        for (auto it = open.begin(); it != open.end();) {
            if (standing.count(it->first) != 0) {
                ++it;
                continue;
            }
            it->second.until = day - 1;
            periods.push_back(std::move(it->second));
            it = open.erase(it);
        }
    }
    require(open.empty(), "every window ends");
    std::sort(periods.begin(), periods.end(), [](const Period& a, const Period& b) {
        return std::tuple{a.flag, a.from} < std::tuple{b.flag, b.from};
    });
    return periods;
}

}  // namespace concord::subjects
