#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cases/case_work.hpp"

/// What waits in one hub, over what the reader may read and nothing else: two readers may see different numbers, and neither learns of the rest.
namespace concord::cases {

struct HubWork {
    std::int64_t to_triage = 0;             // received and not decided
    std::int64_t awaiting_info = 0;         // sent back with a question
    std::optional<Instant> oldest_waiting;  // of those to triage
    std::int64_t open = 0, high_risk = 0;
    std::int64_t late = 0;        // open cases of which a clock or a task is past its time
    std::int64_t unassigned = 0;  // open cases without a lead officer

    struct Caseload {
        Seq lead = 0;  // 0: nobody
        std::int64_t open = 0, high_risk = 0, late = 0;
    };
    std::vector<Caseload> by_lead;  // most first, nobody last
    struct Count {
        std::string label;
        std::int64_t n = 0;
    };
    std::vector<Count> by_stage;     // in words of the pathway; most first
    std::vector<Count> late_clocks;  // running clocks past their time, by the label of their rule
    std::vector<Count> late_tasks;   // tasks late for so long that they reached somebody, by whom
    std::vector<CaseRow> latest, without_lead;
    struct Doubtful {
        CaseRow row;
        std::string why;
    };
    std::vector<Doubtful> doubtful;  // ended in the last 180 days by an outcome that its pathway doubts, the newest first
};
/// At most `rows` of the cases that are late (the longest first) and of those without a lead (the oldest first).
HubWork hub_work(store::Reader& reader, const access::Context& context, const Deps& deps, Seq hub, std::size_t rows = 10);

}  // namespace concord::cases
