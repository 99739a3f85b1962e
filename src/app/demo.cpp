#include "app/demo.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <toml.hpp>

#include <fmt/format.h>

#include "app/demo_case.hpp"

namespace concord::app::demo {
namespace {

struct Hub {
    std::string code;
    int on_time;                                    // percent of what is done in time
    int closed;                                     // cases of the two years that are closed by now
    std::vector<std::pair<std::string, int>> open;  // who leads how many: officer, officer2, police
    int reports;                                    // that open no case
    int waiting;                                    // for triage today
};
/// Hubs differ: in size, in what comes to them, in how much is done in time.
const std::vector<Hub>& hubs() {
    static const std::vector<Hub> all{{"scarborough", 90, 62, {{"officer", 40}, {"officer2", 9}, {"police", 12}}, 52, 7},
                                      {"york", 86, 60, {{"officer", 20}, {"officer2", 9}, {"police", 6}}, 48, 6},
                                      {"harrogate", 84, 34, {{"officer", 13}, {"police", 5}}, 26, 4},
                                      {"selby", 76, 24, {{"officer", 9}, {"police", 3}}, 16, 3},
                                      {"hambleton", 91, 22, {{"officer", 7}, {"police", 2}}, 14, 2},
                                      {"craven", 94, 16, {{"officer", 4}, {"police", 2}}, 10, 1},
                                      {"ryedale", 95, 16, {{"officer", 4}, {"police", 1}}, 9, 1},
                                      {"richmondshire", 92, 16, {{"officer", 4}, {"police", 2}}, 10, 2}};
    return all;
}

std::string at_hub(std::string_view who, std::string_view hub) { return fmt::format("{}@{}.example", who, hub); }

/// Who works where, from partnership.toml.
void read_people(const std::string& folder, Setting& setting) {
    std::istringstream text{file_text(folder + "/partnership.toml")};
    const auto data = toml::parse(text, folder + "/partnership.toml");
    for (const auto& hub : hubs())
        for (const auto& agency : toml::find<toml::array>(data, "agency")) {
            const bool here = !agency.contains("hubs") || [&] {
                const auto in = toml::find<std::vector<std::string>>(agency, "hubs");
                return std::find(in.begin(), in.end(), hub.code) != in.end();
            }();
            if (here) setting.partners[hub.code].emplace(toml::find<std::string>(agency, "kind"), toml::find<std::string>(agency, "code"));
        }
    for (const auto& user : toml::find<toml::array>(data, "user")) {
        const std::string email = toml::find<std::string>(user, "email");
        setting.users.emplace(toml::find<std::string>(user, "agency"), email);
        setting.names[email] = toml::find<std::string>(user, "name");
    }
}

class Planning {
public:
    Planning(Setting& setting, unsigned seed, DemoSize size) : s_{setting}, dice_{seed, 0}, small_{size == DemoSize::small} {}

    void plan() {
        for (const auto& hub : hubs()) {
            for (int i = 0; i < scaled(hub.closed); ++i) add_case(hub, lead_of(hub), true);
            for (const auto& [who, count] : hub.open)
                for (int i = 0; i < scaled(count); ++i) add_case(hub, at_hub(who, hub.code), false, i);
            for (int i = 0; i < scaled(hub.reports); ++i) add_report(hub, false);
            for (int i = 0; i < (small_ ? std::min(hub.waiting, 2) : hub.waiting); ++i) add_report(hub, true);
        }
        std::stable_sort(cases_.begin(), cases_.end(), [](const auto& a, const auto& b) { return a.opened < b.opened; });
        std::stable_sort(reports_.begin(), reports_.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
        for (std::size_t i = 0; i < cases_.size(); ++i) cases_[i].number = static_cast<int>(i + 1);
        for (std::size_t i = 0; i < reports_.size(); ++i) reports_[i].number = static_cast<int>(i + 1);
        choose_ends();
    }

    void tell(unsigned seed) {
        // In order of time, so that a later report can meet somebody whom an earlier one made known.
        for (const auto& hub : hubs()) tell_organisations(s_, hub.code, at_hub("officer", hub.code), seed);
        std::size_t next = 0;
        for (auto& one : cases_) {
            for (; next < reports_.size() && reports_[next].day < one.opened; ++next) tell_one(reports_[next], seed);
            if (dice_.chance(14)) {
                one.victim = somebody_known(one.hub, one.opened - 40, *one.story);
                one.misheard = one.victim && !one.restricted && dice_.chance(40);
            }
            if (one.end == End::merged) {
                const auto into = std::find_if(cases_.begin(), cases_.end(), [&](const auto& other) {
                    return other.hub == one.hub && other.number < one.number && other.opened < one.opened - 10 && !other.restricted &&
                           other.end != End::merged;
                });
                if (into == cases_.end())
                    one.end = End::closed;
                else
                    one.into = fmt::format("c{}", into->number);
            }
            tell_case(s_, one, seed);
        }
        for (; next < reports_.size(); ++next) tell_one(reports_[next], seed);
    }

private:
    int scaled(int count) const { return small_ ? (count + 11) / 12 : count; }
    std::string lead_of(const Hub& hub) {
        int total = 0;
        for (const auto& [who, count] : hub.open) total += count;
        int at = dice_.between(1, total);
        for (const auto& [who, count] : hub.open)
            if ((at -= count) <= 0) return at_hub(who, hub.code);
        return at_hub("officer", hub.code);
    }
    const Story& story_for(const std::string& hub) {
        const auto weight = [&](const Story& story) {
            if (story.hubs.empty()) return story.weight * 2;
            return std::find(story.hubs.begin(), story.hubs.end(), hub) != story.hubs.end() ? story.weight * 5 : 0;
        };
        int total = 0;
        for (const auto& story : s_.stories.all) total += weight(story);
        int at = dice_.between(1, total);
        for (const auto& story : s_.stories.all)
            if ((at -= weight(story)) <= 0) return story;
        return s_.stories.all.front();
    }
    /// Reports come on any day, but people wait for Monday.
    Date report_day(Date day) {
        if (!s_.calendar.is_working_day(day) && dice_.chance(60))
            return s_.calendar.add_working_days(day, 0) < s_.today ? s_.calendar.add_working_days(day, 0) : day;
        return day;
    }

    void add_case(const Hub& hub, const std::string& lead, bool closed, int nth = 0) {
        CasePlan one{.story = &story_for(hub.code),
                     .hub = hub.code,
                     .officer = at_hub("officer", hub.code),
                     .manager = at_hub("manager", hub.code),
                     .police = at_hub("police", hub.code),
                     .lead = lead,
                     .on_time = hub.on_time};
        if (closed) {
            const int length = dice_.between(38, 120) + (dice_.chance(20) ? dice_.between(30, 120) : 0);
            const int closed_ago = std::min(dice_.between(3, 700 - length), dice_.between(3, 700 - length) + 60);
            one.close_on = s_.today - closed_ago;
            one.opened = report_day(*one.close_on - length);
            one.monitor = length > 70 && dice_.chance(60);
            one.end = End::closed;
            one.follow_up = dice_.chance(74) ? "held" : dice_.chance(60) ? "no_reply" : "returned";
        } else {
            const int age = nth % 8 == 0  ? dice_.between(1, 6)
                            : nth % 8 < 4 ? dice_.between(7, 35)
                            : nth % 8 < 7 ? dice_.between(36, 95)
                                          : dice_.between(96, 230);
            one.opened = report_day(s_.today - age);
            if (age > 75 && dice_.chance(45)) {
                one.monitor = true;
                one.close_on = s_.today + dice_.between(2, 30);
            } else if (age > 50 && dice_.chance(12)) {
                one.close_on = s_.today - 1;  // proposed yesterday or the day before, to be approved
            }
        }
        cases_.push_back(std::move(one));
    }

    /// Every code, every end, and restricted ones, spread over the closed cases of all hubs.
    void choose_ends() {
        static const Texts with_victim{"c01", "c02", "c07", "c01", "c02", "c03", "c04", "c05", "c07", "c01", "c08", "c10",
                                       "c11", "c12", "c13", "c02", "c09", "c14", "c15", "c06", "c16", "c05", "c17"};
        static const Texts without{"c06", "c01", "c03", "c05", "c08", "c10", "c06", "c13"};
        std::size_t with = 0, none = 0;
        int nth = 0, restricted = 0;
        std::set<std::string> asked{"york", "scarborough"};
        for (auto& one : cases_) {
            if (one.end == End::none && !one.close_on) {
                one.restricted =
                    one.story->risk == "high" && one.story->victim != "none" && one.lead == one.officer && restricted < 8 && dice_.chance(60);
                restricted += one.restricted ? 1 : 0;
            }
            // A case of Scarborough waits for York's answer, and one of another hub for Scarborough's.
            const std::string other = one.hub == "scarborough" ? "york" : "scarborough";
            if (!one.close_on && !one.restricted && s_.today - one.opened > 20 && asked.erase(other) > 0) one.offer_to = other;
            if (!one.close_on) continue;
            const bool victim = one.story->victim != "none";
            const auto& own = one.story->closures;
            one.code = !own.empty() && dice_.chance(55) ? dice_.pick(own).code
                       : victim                         ? with_victim[with++ % with_victim.size()]
                                                        : without[none++ % without.size()];
            if (one.code == "c12" || one.code == "c14" || one.code == "c17") one.follow_up = "no_reply";
            if (one.end != End::closed) continue;
            ++nth;
            if (nth % (small_ ? 11 : 34) == 0) one.end = End::transferred;
            if (nth % (small_ ? 5 : 27) == 0) one.end = End::merged;
        }
    }

    void add_report(const Hub& hub, bool waiting) {
        ReportPlan one{.story = &story_for(hub.code),
                       .hub = hub.code,
                       .officer = at_hub("officer", hub.code),
                       .manager = at_hub("manager", hub.code),
                       .police = at_hub("police", hub.code)};
        if (waiting) {
            one.day = s_.today - dice_.pick(std::vector<int>{1, 1, 1, 2, 2, 3, 4});
        } else {
            one.day = report_day(s_.today - dice_.between(5, 715));
            const int what = dice_.between(1, 100);
            one.story = &s_.stories.minor[minor_++ % s_.stories.minor.size()];
            const bool now = one.story->decision == "emergency";
            one.decision = now                                 ? Decision::emergency
                           : what <= 12                        ? Decision::duplicate
                           : what <= 22                        ? Decision::more_info
                           : what <= 30                        ? Decision::no_response
                           : one.story->decision == "redirect" ? Decision::redirect
                                                               : Decision::no_action;
            one.look_again = dice_.chance(14) && one.story->because == "insufficient";
        }
        if (!waiting && hub.code == "scarborough" && reports_.size() % 9 == 0 && one.decision != Decision::emergency)
            one.decision = Decision::more_info, one.day = s_.today - dice_.between(4, 9);
        reports_.push_back(std::move(one));
    }

    void tell_one(ReportPlan& one, unsigned seed) {
        const bool waiting = one.decision == Decision::none;
        if (waiting ? dice_.chance(60) : dice_.chance(12)) {
            one.victim = somebody_known(one.hub, one.day - (waiting ? 3 : 20), *one.story);
            one.misspelt = one.victim && dice_.chance(waiting ? 70 : 50);
            if (one.victim && !one.misspelt && waiting) one.victim->saved.clear();
        }
        tell_report(s_, one, seed);
    }

    /// A grown-up whose record was made before that day, and of an age for the story.
    std::optional<Invented> somebody_known(const std::string& hub, Date before, const Story& story) {
        const auto [youngest, oldest] = story.victim == "adult" || story.victim == "family" ? std::pair{22, 64}
                                        : story.victim == "older"                           ? std::pair{67, 95}
                                        : story.victim == "student"                         ? std::pair{19, 23}
                                                                                            : std::pair{1, 0};
        std::vector<const Invented*> fit;
        for (const auto& one : s_.known[hub]) {
            const int years = (before - one.born) / 366;
            if (!one.title.empty() && one.known_since < before && years >= youngest && years <= oldest) fit.push_back(&one);
        }
        if (fit.size() < 3) return {};
        return *dice_.pick(fit);
    }

    Setting& s_;
    Dice dice_;
    bool small_;
    std::size_t minor_ = 0;
    std::vector<CasePlan> cases_;
    std::vector<ReportPlan> reports_;
};

}  // namespace

std::string lines(const std::string& partnership_folder, const WorkingCalendar& calendar, Date today, unsigned seed, DemoSize size) {
    if (size == DemoSize::users_only) return {};
    const std::string folder = partnership_folder + "/demonstration";
    World world{folder};
    const Stories stories = load_stories(folder);
    Setting setting{.world = world, .stories = stories, .calendar = calendar, .today = today};
    read_people(partnership_folder, setting);
    Planning planning{setting, seed, size};
    planning.plan();
    planning.tell(seed);
    std::stable_sort(setting.lines.begin(), setting.lines.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
    std::string text;
    for (const auto& line : setting.lines) text += to_text(line.step) + "\n";
    return text;
}

}  // namespace concord::app::demo
