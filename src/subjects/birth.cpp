#include <array>
#include <cstdio>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/people.hpp"

/// Dates of birth, whole, in part, or as people guess them.
namespace concord::subjects {
namespace {

constexpr int first_year = 1901, oldest = 120;
constexpr std::array<std::string_view, 12> months{"january", "february", "march",     "april",   "may",      "june",
                                                  "july",    "august",   "september", "october", "november", "december"};

std::optional<int> number(std::string_view text, std::size_t most) {
    if (text.empty() || text.size() > most) return {};
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return {};
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<int> month_named(const std::string& word) {
    if (word.size() < 3) return {};
    for (std::size_t i = 0; i < months.size(); ++i)
        if (months[i].starts_with(word)) return static_cast<int>(i + 1);
    return {};
}

std::optional<Birth> month_and_year(const std::optional<int>& month, std::string_view year_text) {
    const auto year = year_text.size() == 4 ? number(year_text, 4) : std::nullopt;
    if (!month || !year || *month < 1 || *month > 12) return {};
    return Birth{.year = *year, .month = *month};
}

std::optional<Birth> in_part(const std::string& text) {
    if (text.size() == 4)
        if (const auto year = number(text, 4)) return Birth{.year = *year};
    if (text.size() == 7 && text[4] == '-') return month_and_year(number(text.substr(5), 2), text.substr(0, 4));
    for (const char separator : {'/', ' ', '.', '-'}) {
        const auto at = text.find(separator);
        if (at == std::string::npos || text.find(separator, at + 1) != std::string::npos) continue;
        const std::string first = text.substr(0, at);
        const auto month = number(first, 2);
        return month_and_year(month ? month : month_named(first), text.substr(at + 1));
    }
    return {};
}

}  // namespace

std::optional<Date> Birth::date() const { return day == 0 ? std::nullopt : make_date(year, month, day); }
Date Birth::earliest() const { return make_date(year, month == 0 ? 1 : month, day == 0 ? 1 : day).value_or(Date{}); }
Date Birth::latest() const {
    if (day != 0) return earliest();
    const Date first = earliest();
    return add_months(first, month == 0 ? 12 : 1) - 1;
}

Result<Birth> parse_birth(std::string_view typed, Date today, std::string_view field) {
    const auto wrong = [&](std::string message) {
        return Refusal{Because::invalid, "subjects.birth", "Some answers need another look.", {{std::string{field}, std::move(message)}}};
    };
    std::string text = lower_ascii(tidy(typed));
    if (text.empty()) return Birth{};
    bool estimated = false;
    for (const char* word : {"about ", "approx ", "circa ", "c. ", "ca. ", "~"})
        if (text.starts_with(word)) {
            estimated = true;
            text = trim(text.substr(std::string_view{word}.size()));
        }
    auto birth = in_part(text);
    // "today" and "+7" are for deadlines; nobody is born by them.
    if (!birth && text.find_first_of("0123456789") != std::string::npos && text[0] != '+')
        if (const auto day = parse_typed_date(text, today)) {
            const auto parts = civil(*day);
            birth = Birth{.year = parts.year, .month = parts.month, .day = parts.day};
        }
    if (!birth) return wrong("Give a day that exists, like 3/11/1987, or what is known of it, like 11/1987 or 1987, or leave it empty.");
    if (birth->earliest() > today) return wrong("The date of birth cannot be in the future.");
    if (birth->year < first_year || birth->year < civil(today).year - oldest)
        return wrong("This year is hardly a year of birth: leave the date empty if it is not known.");
    birth->estimated = estimated;
    return *birth;
}

std::string to_iso(const Birth& birth) {
    if (!birth.known()) return {};
    if (birth.month == 0) return fmt::format("{:04}", birth.year);
    if (birth.day == 0) return fmt::format("{:04}-{:02}", birth.year, birth.month);
    return fmt::format("{:04}-{:02}-{:02}", birth.year, birth.month, birth.day);
}

std::string in_words(const Birth& birth) {
    if (!birth.known()) return {};
    std::string words = std::to_string(birth.year);
    if (birth.day != 0)
        words = in_words(birth.earliest());
    else if (birth.month != 0) {
        std::string month{months[static_cast<std::size_t>(birth.month - 1)]};
        month[0] = static_cast<char>(month[0] - 'a' + 'A');
        words = month + " " + words;
    }
    return birth.estimated ? "about " + words : words;
}

namespace {

int years_between(Date birth, Date on) {
    const auto from = civil(birth), to = civil(on);
    return to.year - from.year - (std::pair{to.month, to.day} < std::pair{from.month, from.day} ? 1 : 0);
}

}  // namespace

std::string age_in_words(const Birth& birth, Date on) {
    if (!birth.known() || birth.earliest() > on) return {};
    const int most = years_between(birth.earliest(), on), least = std::max(0, years_between(birth.latest(), on));
    if (birth.estimated) return fmt::format("about {}", most);
    return least == most ? std::to_string(most) : fmt::format("{} or {}", least, most);
}

bool is_under_10(const PersonDetails& details, Date on) {
    Birth birth = details.birth;
    if (!birth.known() && details.date_of_birth) {
        const auto day = civil(*details.date_of_birth);
        birth = {.year = day.year, .month = day.month, .day = day.day};
    }
    return birth.known() && add_months(birth.latest(), 120) > on;
}

}  // namespace concord::subjects
