#pragma once

#include <string>
#include <vector>

#include "cases/case_work.hpp"

/// Tasks that are late for so long that somebody above their owner must know: hub casework, section 8. To whom a task goes is worked out from its due
/// day and the dated rules of codes/rules/task.toml, never stored.
namespace concord::cases {

/// The owner's manager, the hub's manager, the coordination group's report: each includes those before it.
enum class Escalation { none, owners_manager, hub_manager, coordination_group };

struct LateTask {
    std::string id, title, reference, case_title;
    Seq agency = 0, owner = 0;  // owner 0: anybody of the agency
    Date due;
    int working_days = 0;  // since the due day
    Escalation reached = Escalation::none;
};

/// Open tasks past their day on open cases of these hubs that the reader may read, the longest first; at most 300.
std::vector<LateTask> late_tasks(store::Reader& reader, const access::Context& context, const Deps& deps, const std::vector<Seq>& hubs);
/// Of these, what this actor is to know as the owner's manager (a supervisor of the owner's agency) or as the hub's manager.
std::vector<LateTask> escalated_to(const access::Actor& actor, std::vector<LateTask> late);

}  // namespace concord::cases
