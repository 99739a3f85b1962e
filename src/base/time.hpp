#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Days and moments. A Date is a day in England; an Instant is a moment in UTC, in microseconds.
/// London time is asked of the system's zone data (Europe/London).
namespace concord {

struct Instant {
    std::int64_t micros = 0;  // since 1970-01-01T00:00:00Z
    auto operator<=>(const Instant&) const = default;
};

struct Date {
    std::int32_t days = 0;  // since 1970-01-01; ISO text is kept in databases ("2026-04-01")
    auto operator<=>(const Date&) const = default;
};

struct CivilDate {
    int year;
    int month;
    int day;
    auto operator<=>(const CivilDate&) const = default;
};
struct LocalTime {
    CivilDate date;
    int hour;
    int minute;
    int second;
};

Date operator+(Date day, int days);
Date operator-(Date day, int days);
int operator-(Date later, Date earlier);
Instant operator+(Instant at, std::chrono::microseconds span);
std::chrono::microseconds operator-(Instant later, Instant earlier);

std::optional<Date> make_date(int year, int month, int day);  // none for 30 February
CivilDate civil(Date day);
int weekday(Date day);                  // 1 Monday ... 7 Sunday
Date add_months(Date day, int months);  // 31 January + 1 month = 28 or 29 February

/// "2026-04-01"; none for anything else (no time part, no two-digit years, no 2026-02-30).
std::optional<Date> parse_date(std::string_view iso);
std::string to_iso(Date day);
/// RFC 3339, any offset, up to microseconds: "2026-04-01T09:30:00Z", "2026-04-01T10:30:00.250+01:00".
std::optional<Instant> parse_instant(std::string_view rfc3339);
std::string to_rfc3339(Instant at);  // always Z; fraction only where there is one

Date london_date(Instant at);
LocalTime london_time(Instant at);
/// The moment at which London clocks show this; the earlier one where an hour comes twice, the moment of the jump where it is skipped.
Instant from_london(CivilDate day, int hour = 0, int minute = 0, int second = 0);
Instant london_midnight(Date day);

// For people: "13 October 2025", "Mon 13 Oct", "13 October 2025 at 16:20".
std::string in_words(Date day);
std::string in_short_words(Date day);
std::string in_words(Instant at);
/// What staff type in a date box: "17/5/2025", "17 May 2025", "2025-05-17", "today", "tomorrow", "+7", "fri" (the next Friday after today).
std::optional<Date> parse_typed_date(std::string_view typed, Date today);

/// Time is asked of a Clock that is passed in, so that tests and demonstrations can move it.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    Date today() const { return london_date(now()); }
};
class SystemClock final : public Clock {
public:
    Instant now() const override;
};
/// Starts at a given moment; runs on from there with the system's steady clock, or stands still.
class MovedClock final : public Clock {
public:
    enum class Runs { on, still };
    MovedClock(Instant start, Runs runs);
    Instant now() const override;
    void move_to(Instant at);

private:
    Instant start_;
    std::int64_t steady_at_start_ = 0;
    Runs runs_;
};

/// Days on which nobody works: weekends and the listed bank holidays of England (dated data: codes/calendars/).
class WorkingCalendar {
public:
    WorkingCalendar() = default;
    explicit WorkingCalendar(std::vector<Date> bank_holidays);
    bool is_working_day(Date day) const;
    /// "Within n working days": the n-th working day after `start` (hub-measures.md 2.1). n = 0 gives start itself or the next working day.
    Date add_working_days(Date start, int n) const;
    /// Working days d with start < d <= end; negative when end is before start.
    int working_days_between(Date start, Date end) const;
    /// A start after the cut-off hour (CFG 17:00 London), or on a day off, counts from the next working day.
    Date effective_start(Instant at, int cut_off_hour) const;
    /// The last day for which bank holidays are known; sums beyond it are only as good as weekends.
    std::optional<Date> known_until() const;

private:
    std::vector<Date> holidays_;  // sorted
};

}  // namespace concord
