#include "base/time.hpp"

#include <date/date.h>
#include <date/tz.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord {
namespace {

using std::chrono::microseconds;

const date::time_zone& london() {
    static const date::time_zone* zone = date::locate_zone("Europe/London");
    return *zone;
}

/// London's offset lasts for months: the last answer is kept a thread.
std::int64_t london_offset_micros(std::int64_t micros) {
    struct Span {
        std::int64_t from = 1, until = 0, offset = 0;
    };
    thread_local Span kept;
    if (micros >= kept.from && micros < kept.until) return kept.offset;
    const auto info = london().get_info(
        date::sys_time<std::chrono::seconds>{std::chrono::seconds{micros >= 0 ? micros / 1'000'000 : (micros - 999'999) / 1'000'000}});
    const auto clamp = [](std::int64_t seconds) { return std::clamp<std::int64_t>(seconds, -9'000'000'000'000, 9'000'000'000'000) * 1'000'000; };
    kept = {clamp(info.begin.time_since_epoch().count()), clamp(info.end.time_since_epoch().count()), info.offset.count() * 1'000'000};
    return kept.offset;
}

constexpr std::int64_t day_micros = 86'400'000'000;
std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

constexpr std::array<const char*, 12> months{"January", "February", "March",     "April",   "May",      "June",
                                             "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<const char*, 7> weekdays{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::optional<int> digits(std::string_view text) {
    if (text.empty() || text.size() > 9) return {};
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return {};
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<int> month_named(std::string_view text) {
    const std::string name = lower_ascii(text);
    if (name.size() < 3) return {};
    for (std::size_t i = 0; i < months.size(); ++i)
        if (lower_ascii(months[i]).starts_with(name)) return static_cast<int>(i) + 1;
    return {};
}

}  // namespace

Date operator+(Date day, int days) { return {day.days + days}; }
Date operator-(Date day, int days) { return {day.days - days}; }
int operator-(Date later, Date earlier) { return later.days - earlier.days; }
Instant operator+(Instant at, microseconds span) { return {at.micros + span.count()}; }
microseconds operator-(Instant later, Instant earlier) { return microseconds{later.micros - earlier.micros}; }

std::optional<Date> make_date(int year, int month, int day) {
    const date::year_month_day ymd{date::year{year}, date::month{static_cast<unsigned>(month)}, date::day{static_cast<unsigned>(day)}};
    if (year < 1 || year > 9999 || month < 1 || day < 1 || !ymd.ok()) return {};
    return Date{static_cast<std::int32_t>(date::sys_days{ymd}.time_since_epoch().count())};
}

CivilDate civil(Date day) {
    const date::year_month_day ymd{date::sys_days{date::days{day.days}}};
    return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())), static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

int weekday(Date day) { return (((day.days + 3) % 7) + 7) % 7 + 1; }  // 1970-01-01 was a Thursday

Date add_months(Date day, int count) {
    const auto [year, month, d] = civil(day);
    const int total = year * 12 + (month - 1) + count;
    const int y = static_cast<int>(floor_div(total, 12)), m = total - y * 12 + 1;
    for (int last = d;; --last)
        if (const auto made = make_date(y, m, last)) return *made;
}

std::optional<Date> parse_date(std::string_view iso) {
    if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-') return {};
    const auto year = digits(iso.substr(0, 4)), month = digits(iso.substr(5, 2)), day = digits(iso.substr(8, 2));
    if (!year || !month || !day) return {};
    return make_date(*year, *month, *day);
}

namespace {

/// The last `count` digits of a number: lists write many times.
template <class Number>
void put_digits(std::string& text, std::size_t at, Number number, std::size_t count) {
    for (std::size_t i = count; i > 0; --i, number /= 10) text[at + i - 1] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string to_iso(Date day) {
    const auto [year, month, d] = civil(day);
    std::string text = "0000-00-00";
    put_digits(text, 0, year, 4);
    put_digits(text, 5, month, 2);
    put_digits(text, 8, d, 2);
    return text;
}

std::optional<Instant> parse_instant(std::string_view text) {
    if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':') return {};
    const auto day = parse_date(text.substr(0, 10));
    const auto hour = digits(text.substr(11, 2)), minute = digits(text.substr(14, 2)), second = digits(text.substr(17, 2));
    if (!day || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return {};
    std::int64_t micros = 0;
    std::size_t at = 19;
    if (text[at] == '.') {
        std::int64_t scale = 100'000;
        const std::size_t from = ++at;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) micros += (text[at] - '0') * scale;
        if (at == from) return {};
    }
    std::int64_t offset = 0;
    const std::string_view zone = text.substr(at);
    if (zone != "Z" && zone != "z") {
        if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return {};
        const auto h = digits(zone.substr(1, 2)), m = digits(zone.substr(4, 2));
        if (!h || !m || *h > 23 || *m > 59) return {};
        offset = (*h * 3600 + *m * 60) * (zone[0] == '-' ? -1 : 1);
    }
    return Instant{day->days * day_micros + (*hour * 3600 + *minute * 60 + *second - offset) * 1'000'000LL + micros};
}

std::string to_rfc3339(Instant at) {
    const std::int64_t days = floor_div(at.micros, day_micros);
    const std::int64_t rest = at.micros - days * day_micros;
    const auto seconds = static_cast<int>(rest / 1'000'000);
    const auto micros = static_cast<int>(rest % 1'000'000);
    std::string text = micros == 0 ? "T00:00:00Z" : "T00:00:00.000000Z";
    put_digits(text, 1, seconds / 3600, 2);
    put_digits(text, 4, seconds / 60 % 60, 2);
    put_digits(text, 7, seconds % 60, 2);
    if (micros != 0) put_digits(text, 10, micros, 6);
    return to_iso(Date{static_cast<std::int32_t>(days)}) + text;
}

Date london_date(Instant at) { return Date{static_cast<std::int32_t>(floor_div(at.micros + london_offset_micros(at.micros), day_micros))}; }

LocalTime london_time(Instant at) {
    const std::int64_t local = at.micros + london_offset_micros(at.micros);
    const std::int64_t days = floor_div(local, day_micros);
    const auto seconds = static_cast<int>((local - days * day_micros) / 1'000'000);
    return {civil(Date{static_cast<std::int32_t>(days)}), seconds / 3600, seconds / 60 % 60, seconds % 60};
}

Instant from_london(CivilDate day, int hour, int minute, int second) {
    const auto made = make_date(day.year, day.month, day.day);
    require(made.has_value(), "from_london takes a day that exists");
    const date::local_seconds local{std::chrono::seconds{made->days * 86'400LL + hour * 3600 + minute * 60 + second}};
    const auto info = london().get_info(local);
    const auto seconds = info.result == date::local_info::nonexistent ? info.first.end.time_since_epoch().count()
                                                                      : (local.time_since_epoch() - info.first.offset).count();
    return Instant{seconds * 1'000'000};
}

Instant london_midnight(Date day) { return from_london(civil(day)); }

std::string in_words(Date day) {
    const auto [year, month, d] = civil(day);
    return fmt::format("{} {} {}", d, months[static_cast<std::size_t>(month - 1)], year);
}

std::string in_short_words(Date day) {
    const auto [year, month, d] = civil(day);
    return fmt::format("{:.3} {} {:.3}", weekdays[static_cast<std::size_t>(weekday(day) - 1)], d, months[static_cast<std::size_t>(month - 1)]);
}

std::string in_words(Instant at) {
    const auto time = london_time(at);
    return fmt::format("{} at {:02}:{:02}", in_words(london_date(at)), time.hour, time.minute);
}

std::optional<Date> parse_typed_date(std::string_view typed, Date today) {
    const std::string text = lower_ascii(trim(typed));
    if (text == "today") return today;
    if (text == "tomorrow") return today + 1;
    if (text.size() > 1 && text[0] == '+')
        if (const auto days = digits(std::string_view{text}.substr(1)); days && *days < 4000) return today + *days;
    if (text.size() >= 3)
        for (int i = 0; i < 7; ++i)
            if (lower_ascii(weekdays[static_cast<std::size_t>(i)]).starts_with(text)) {
                const int ahead = (i + 1 - weekday(today) + 7) % 7;
                return today + (ahead == 0 ? 7 : ahead);
            }
    if (const auto iso = parse_date(text)) return iso;
    std::vector<std::string> parts;
    std::string part;
    for (const char c : text) {
        if (c == '/' || c == '-' || c == '.' || c == ' ' || c == ',') {
            if (!part.empty()) parts.push_back(std::move(part));
            part.clear();
        } else {
            part += c;
        }
    }
    if (!part.empty()) parts.push_back(std::move(part));
    if (parts.size() != 3 || parts[2].size() != 4) return {};
    const auto day = digits(parts[0]), year = digits(parts[2]);
    const auto month = digits(parts[1]) ? digits(parts[1]) : month_named(parts[1]);
    if (!day || !month || !year) return {};
    return make_date(*year, *month, *day);
}

Instant SystemClock::now() const {
    return Instant{std::chrono::duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

namespace {
std::int64_t steady_micros() { return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
}  // namespace

MovedClock::MovedClock(Instant start, Runs runs) : start_{start}, steady_at_start_{steady_micros()}, runs_{runs} {}
Instant MovedClock::now() const { return runs_ == Runs::still ? start_ : Instant{start_.micros + steady_micros() - steady_at_start_}; }
void MovedClock::move_to(Instant at) {
    start_ = at;
    steady_at_start_ = steady_micros();
}

WorkingCalendar::WorkingCalendar(std::vector<Date> bank_holidays) : holidays_{std::move(bank_holidays)} {
    std::sort(holidays_.begin(), holidays_.end());
}

bool WorkingCalendar::is_working_day(Date day) const { return weekday(day) <= 5 && !std::binary_search(holidays_.begin(), holidays_.end(), day); }

Date WorkingCalendar::add_working_days(Date start, int n) const {
    Date day = start;
    if (n <= 0) {
        while (!is_working_day(day)) day = day + 1;
        return day;
    }
    while (n > 0) {
        day = day + 1;
        if (is_working_day(day)) --n;
    }
    return day;
}

int WorkingCalendar::working_days_between(Date start, Date end) const {
    if (end < start) return -working_days_between(end, start);
    int count = 0;
    for (Date day = start + 1; day <= end; day = day + 1) count += is_working_day(day) ? 1 : 0;
    return count;
}

Date WorkingCalendar::effective_start(Instant at, int cut_off_hour) const {
    const Date day = london_date(at);
    const auto time = london_time(at);
    const bool late = time.hour > cut_off_hour || (time.hour == cut_off_hour && (time.minute > 0 || time.second > 0));
    if (is_working_day(day) && !late) return day;
    return add_working_days(day, 1);
}

std::optional<Date> WorkingCalendar::known_until() const {
    if (holidays_.empty()) return {};
    return make_date(civil(holidays_.back()).year, 12, 31);
}

}  // namespace concord
