#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/demo_data.hpp"
#include "base/time.hpp"

/// The life of one invented case, told as lines for `concord play`.
namespace concord::app::demo {

struct Line {
    Instant at;
    int order = 0;  // lines of the same moment keep the order in which they were told
    Json step;
};

/// What a demonstration shares: the people who work in it, the calendar, the day that is today.
struct Setting {
    World& world;
    const Stories& stories;
    const WorkingCalendar& calendar;
    Date today;
    std::map<std::string, std::map<std::string, std::string>> partners;  // hub -> kind of agency -> agency code
    std::map<std::string, std::string> users;                            // agency code -> e-mail of who works for it
    std::map<std::string, std::string> names;                            // e-mail -> name
    std::vector<Line> lines;
    int references = 0;                                                       // numbers that partners gave to their reports
    std::map<std::string, std::map<std::string, std::string>> organisations;  // hub -> kind -> name under which play keeps the id
    std::map<std::string, std::vector<Invented>> known;  // by hub: people whose record can be looked up by a name that play has saved
    Instant start_of_today() const { return london_midnight(today); }
};

enum class End { none, closed, transferred, merged };

struct CasePlan {
    int number = 0;
    const Story* story = nullptr;
    std::string hub, officer, manager, police, lead;
    Date opened;                   // the day on which the report came
    std::optional<Date> close_on;  // the day on which closure is proposed; none: it goes on
    End end = End::none;
    std::string code;  // of closure
    std::string follow_up = "held";
    bool monitor = false, restricted = false, returned = false, contract = false;
    int on_time = 88;                // percent
    std::optional<Invented> victim;  // somebody who is known already
    bool misheard = false;           // and is recorded a second time, which is noticed and merged
    std::string into;                // merged into the case of this name ("c12")
    std::string offer_to;            // the hub that it was offered to some days ago, which has not answered
};

/// Tells the whole of it; what would happen today or later is not told, and so the case is as it stands today.
void tell_case(Setting& setting, const CasePlan& plan, unsigned seed);

enum class Decision { none, redirect, duplicate, more_info, no_response, no_action, emergency };
struct ReportPlan {
    int number = 0;
    const Story* story = nullptr;
    std::string hub, officer, manager, police;
    Date day;
    Decision decision = Decision::none;
    bool look_again = false;         // no action, and a supervisor thought otherwise
    std::optional<Invented> victim;  // somebody who is known already
    bool misspelt = false;           // the same person under a slightly other name, as a new record
};
/// A report that opens no case.
void tell_report(Setting& setting, const ReportPlan& plan, unsigned seed);
/// The hub's standing partners, recorded before everything else.
void tell_organisations(Setting& setting, const std::string& hub, const std::string& officer, unsigned seed);

}  // namespace concord::app::demo
