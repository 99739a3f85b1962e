#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "cases/case_work.hpp"
#include "engine/engine.hpp"
#include "ledger/loading.hpp"

/// Records that were worked elsewhere, with their references, as whole streams: opened, assessed, worked, noted, closed.
namespace concord::cases {

struct LoadedEntry {
    ledger::Author author;  // with its moment
    std::string channel;    // phone_call, visit ...; empty for a plain note
    std::string text;
};
struct LoadedCase {
    ledger::Author author;  // who opened it, when
    std::string reference, title, summary, stage, risk_level, restriction = "normal", handling = "official";
    Seq hub = 0, lead_agency = 0, lead_user = 0;
    std::optional<Date> due;           // the clock that lists sort by; none where it is closed
    std::optional<Instant> closed_at;  // none while open
    std::vector<access::Audience> invited;
    std::vector<Involve> involvements;
    std::vector<LoadedEntry> entries;  // in the order of time
};
/// The stage, the risk level and the roles are those of the definition; what it does not know is a bug of the caller.
ledger::NewStream stream_of(const LoadedCase& loaded, const engine::Definition& definition);
std::vector<Seq> load_cases(store::Transaction& tx, const std::vector<ledger::NewStream>& cases);

}  // namespace concord::cases
