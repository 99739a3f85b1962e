#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "ledger/ledger.hpp"

namespace concord::subjects {

using ledger::Seq;

// ---- Repeat flags: hub-casework.md section 9 (CFG); each names the incidents that made it

struct Incident {
    Seq record = 0;
    Date on;
};
struct Flag {
    std::string code;
    std::vector<Seq> because;
};
/// Two incidents on day 0 and day 365 count together, day 0 and day 366 do not.
std::vector<Flag> victim_flags(std::vector<Incident> incidents, Date today, bool self_declared);
std::vector<Flag> location_flags(std::vector<Incident> incidents, Date today);
std::vector<Flag> suspect_flags(std::vector<Incident> incidents, Date today);

}  // namespace concord::subjects
