#include "cases/late_tasks.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::cases {
namespace {

constexpr int never = 100'000;  // working days

/// Working days of late by which a task reaches each; a rule that does not hold reaches nobody.
struct Limits {
    int owners_manager, hub_manager, coordination_group;
};
Limits limits_on(const codes::Codebook& book, Date on) {
    const auto amount = [&](std::string_view rule) { return static_cast<int>(book.amount(rule, on).value_or(never)); };
    return {amount("task.owners_manager"), amount("task.hub_manager"), amount("task.coordination_group")};
}

}  // namespace

std::vector<LateTask> late_tasks(store::Reader& reader, const access::Context& context, const Deps& deps, const std::vector<Seq>& hubs) {
    std::vector<LateTask> late;
    if (hubs.empty()) return late;
    const Date today = context.today();
    store::Binds binds{{"day", to_iso(today)}, {"now", context.now()}};  // a task past its day makes its case late
    const std::string sql = fmt::format(R"sql(
        select t.id, t.title, r.reference, r.title, t.agency, t.owner, t.due
          from case_record r join task t on t.stream = r.stream
         where r.hub in ({}) and r.is_open = 1 and r.next_due < :now and t.state in ('proposed', 'assigned', 'accepted') and t.due < :day and {}
         order by t.due, t.id limit 300)sql",
                                        listed(hubs), context.readable("r.stream", binds));
    const auto calendar = deps.calendar();
    const auto limits = limits_on(*deps.library.codebook(), today);
    for (const auto& row : reader.select("ttttiit", sql, binds)) {
        const auto due = parse_date(row.text(6));
        if (!due) continue;
        LateTask task{.id = row.text(0),
                      .title = row.text(1),
                      .reference = row.text(2),
                      .case_title = row.text(3),
                      .agency = row.integer(4),
                      .owner = row.integer(5),
                      .due = *due,
                      .working_days = calendar.working_days_between(*due, today)};
        if (task.working_days >= limits.owners_manager) task.reached = Escalation::owners_manager;
        if (task.working_days >= limits.hub_manager) task.reached = Escalation::hub_manager;
        if (task.working_days >= limits.coordination_group) task.reached = Escalation::coordination_group;
        late.push_back(std::move(task));
    }
    return late;
}

std::vector<LateTask> escalated_to(const access::Actor& actor, std::vector<LateTask> late) {
    const bool leads_people = actor.has_any_role({"supervisor", "police_sgt", "hub_manager"});
    std::erase_if(late, [&](const LateTask& task) {
        if (task.owner == actor.user || task.reached == Escalation::none) return true;
        if (task.reached >= Escalation::hub_manager && actor.has_role("hub_manager")) return false;
        return !(leads_people && task.agency == actor.agency);
    });
    return late;
}

}  // namespace concord::cases
