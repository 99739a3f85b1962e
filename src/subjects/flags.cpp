#include "subjects/flags.hpp"

#include <algorithm>
#include <tuple>

namespace concord::subjects {
namespace {

/// The longest run that ends at the newest incident and fits into the window; incidents on day 0 and day `days` count together.
std::vector<Seq> within(std::vector<Incident> incidents, int days, std::size_t least, Date today) {
    std::sort(incidents.begin(), incidents.end(),
              [](const Incident& a, const Incident& b) { return std::tie(a.on, a.record) < std::tie(b.on, b.record); });
    std::vector<Seq> best;
    for (std::size_t from = 0; from < incidents.size(); ++from) {
        std::vector<Seq> run;
        for (std::size_t i = from; i < incidents.size() && incidents[i].on - incidents[from].on <= days; ++i) run.push_back(incidents[i].record);
        const bool recent = today - incidents[from].on <= days;
        if (recent && run.size() >= least && run.size() > best.size()) best = std::move(run);
    }
    return best;
}

void add_flag(std::vector<Flag>& flags, std::string code, std::vector<Seq> because) {
    if (!because.empty()) flags.push_back({std::move(code), std::move(because)});
}

}  // namespace

std::vector<Flag> victim_flags(std::vector<Incident> incidents, Date today, bool self_declared) {
    std::vector<Flag> flags;
    add_flag(flags, "repeat_victim", within(incidents, 365, self_declared ? 1 : 2, today));
    add_flag(flags, "chronic_victim", within(incidents, 90, 3, today));
    return flags;
}
std::vector<Flag> location_flags(std::vector<Incident> incidents, Date today) {
    std::vector<Flag> flags;
    add_flag(flags, "repeat_location", within(std::move(incidents), 90, 3, today));
    return flags;
}
std::vector<Flag> suspect_flags(std::vector<Incident> incidents, Date today) {
    std::vector<Flag> flags;
    add_flag(flags, "repeat_suspect", within(std::move(incidents), 180, 3, today));
    return flags;
}

}  // namespace concord::subjects
