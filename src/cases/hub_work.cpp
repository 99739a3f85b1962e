#include "cases/hub_work.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cases/late_tasks.hpp"
#include "engine/engine.hpp"

namespace concord::cases {
namespace {

using Counts = std::map<std::string, std::int64_t>;

std::vector<HubWork::Count> most_first(const Counts& counts) {
    std::vector<HubWork::Count> list;
    for (const auto& [label, n] : counts) list.push_back({label, n});
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.n > b.n; });
    return list;
}

void count_referrals(store::Reader& reader, const access::Context& context, Seq hub, HubWork& work) {
    store::Binds binds{{"hub", hub}};
    const std::string sql = fmt::format(R"sql(
        select r.state, count(*), min(r.received_at)
          from referral r
         where r.hub = :hub and r.state in ('received', 'triage', 'awaiting_info') and {}
         group by r.state)sql",
                                        context.readable("r.stream", binds));
    for (const auto& row : reader.select("tii", sql, binds)) {
        if (row.text(0) == "awaiting_info") {
            work.awaiting_info = row.integer(1);
            continue;
        }
        work.to_triage += row.integer(1);
        if (!work.oldest_waiting || row.instant(2) < *work.oldest_waiting) work.oldest_waiting = row.instant(2);
    }
}

/// One pass over the hub's open cases; everything else is sums of its groups.
void count_cases(store::Reader& reader, const access::Context& context, const engine::Pathways& pathways, Seq hub, HubWork& work) {
    store::Binds binds{{"hub", hub}, {"now", context.now()}};
    const std::string sql = fmt::format(R"sql(
        select r.lead_user, r.pathway, r.stage, r.risk_level, case when r.next_due < :now then 1 else 0 end, count(*)
          from case_record r
         where r.hub = :hub and r.is_open = 1 and {}
         group by 1, 2, 3, 4, 5)sql",
                                        context.readable("r.stream", binds));
    std::map<Seq, HubWork::Caseload> leads;
    Counts stages;
    for (const auto& row : reader.select("itttii", sql, binds)) {
        const std::int64_t n = row.integer(5), high = row.text(3) == "high" ? n : 0, late = row.truth(4) ? n : 0;
        auto& lead = leads[row.integer(0)];
        lead.lead = row.integer(0);
        lead.open += n;
        lead.high_risk += high;
        lead.late += late;
        work.open += n;
        work.high_risk += high;
        work.late += late;
        if (row.integer(0) == 0) work.unassigned += n;
        const auto* definition = pathways.current(row.text(1), context.today());
        const auto* stage = definition == nullptr ? nullptr : definition->stage(row.text(2));
        stages[stage == nullptr ? row.text(2) : stage->label] += n;
    }
    for (const auto& [seq, lead] : leads) work.by_lead.push_back(lead);
    std::stable_sort(work.by_lead.begin(), work.by_lead.end(), [](const auto& a, const auto& b) {
        return std::pair{a.lead == 0, -a.open} < std::pair{b.lead == 0, -b.open};
    });
    work.by_stage = most_first(stages);
}

void count_late_clocks(store::Reader& reader, const access::Context& context, const engine::Pathways& pathways, Seq hub, HubWork& work) {
    store::Binds binds{{"hub", hub}, {"now", context.now()}};
    const std::string sql = fmt::format(R"sql(
        select r.pathway, c.id, count(*)
          from case_record r join clock_run c on c.stream = r.stream
         where r.hub = :hub and r.is_open in (0, 1) and r.next_due < :now and c.ended is null and c.state = 'running' and c.due < :now and {}
         group by r.pathway, c.id)sql",
                                        context.readable("r.stream", binds));
    Counts clocks;
    for (const auto& row : reader.select("tti", sql, binds)) {
        const auto* definition = pathways.current(row.text(0), context.today());
        const auto* rule = definition == nullptr ? nullptr : definition->clock(row.text(1));
        clocks[rule == nullptr ? row.text(1) : rule->label] += row.integer(2);
    }
    work.late_clocks = most_first(clocks);
}

void count_late_tasks(store::Reader& reader, const access::Context& context, const Deps& deps, Seq hub, HubWork& work) {
    std::int64_t manager = 0, hubs = 0, group = 0;
    for (const auto& task : late_tasks(reader, context, deps, {hub})) {
        manager += task.reached >= Escalation::owners_manager ? 1 : 0;
        hubs += task.reached >= Escalation::hub_manager ? 1 : 0;
        group += task.reached >= Escalation::coordination_group ? 1 : 0;
    }
    if (manager > 0)
        work.late_tasks = {
            {"Reached their owner's manager", manager}, {"Reached the hub's manager", hubs}, {"For the coordination group's report", group}};
}

constexpr std::int64_t doubted_for = 180LL * 24 * 3600 * 1'000'000;

/// Records of the hub that ended by this outcome, chosen in this question, while its pathway doubted it: the mark stands on the record alone.
void find_doubtful(store::Reader& reader, const access::Context& context, const Deps& deps, const engine::Definition& definition,
                   const engine::Outcome& outcome, const std::string& form, const std::string& field, Seq hub, HubWork& work) {
    store::Binds binds{
        {"hub", hub},          {"since", Instant{context.now().micros - doubted_for}}, {"pathway", definition.name}, {"form", form}, {"field", field},
        {"code", outcome.code}};
    const std::string sql = fmt::format(R"sql(
        select r.stream
          from field_value f join case_record r on r.stream = f.stream
         where f.field = :field and f.text_value = :code and f.form = :form
           and r.hub = :hub and r.is_open = 0 and r.closed_at > :since and r.pathway = :pathway and {}
         order by r.closed_at desc limit 50)sql",
                                        context.readable("r.stream", binds));
    std::vector<Seq> doubtful;
    for (const auto& row : reader.select("i", sql, binds)) {
        const auto now = standing(reader, context, deps, row.integer(0));
        if (now && now->state["marks"].has("doubt." + outcome.code)) doubtful.push_back(row.integer(0));
    }
    for (auto& row : case_rows(reader, doubtful)) work.doubtful.push_back({std::move(row), outcome.doubt});
}

void find_all_doubtful(store::Reader& reader, const access::Context& context, const Deps& deps, const engine::Pathways& pathways, Seq hub,
                       HubWork& work) {
    for (const auto* definition : pathways.all_current(context.today()))
        for (const auto& outcome : definition->outcomes) {
            if (outcome.doubt.empty()) continue;
            for (const auto& form : definition->forms)
                for (const auto& field : form.fields)
                    if (field.list == "outcomes") find_doubtful(reader, context, deps, *definition, outcome, form.id, field.id, hub, work);
        }
}

std::vector<CaseRow> some_cases(store::Reader& reader, const access::Context& context, Seq hub, std::string_view which, std::size_t limit) {
    store::Binds binds{{"hub", hub}, {"limit", limit}};
    if (which.find(":now") != std::string_view::npos) binds.emplace_back("now", context.now());
    const std::string sql = fmt::format(
        "select r.stream from case_record r where r.hub = :hub and r.is_open = 1 and {} and {} order by r.next_due, r.stream limit :limit", which,
        context.readable("r.stream", binds));
    std::vector<Seq> streams;
    for (const auto& row : reader.select("i", sql, binds)) streams.push_back(row.integer(0));
    return case_rows(reader, streams);
}

}  // namespace

HubWork hub_work(store::Reader& reader, const access::Context& context, const Deps& deps, Seq hub, std::size_t rows) {
    HubWork work;
    const auto pathways = deps.library.current();
    count_referrals(reader, context, hub, work);
    count_cases(reader, context, *pathways, hub, work);
    count_late_clocks(reader, context, *pathways, hub, work);
    if (work.late > 0) count_late_tasks(reader, context, deps, hub, work);  // a late task makes its case late
    if (rows > 0) find_all_doubtful(reader, context, deps, *pathways, hub, work);
    if (work.late > 0) work.latest = some_cases(reader, context, hub, "r.next_due < :now", rows);
    if (work.unassigned > 0) work.without_lead = some_cases(reader, context, hub, "r.lead_user = 0", rows);
    return work;
}

}  // namespace concord::cases
