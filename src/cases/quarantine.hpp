#pragma once

#include <string>
#include <string_view>

#include "access/access.hpp"
#include "cases/case_work.hpp"

/// Reports that came in too fast to be meant: they are kept, and wait apart from the queue until a supervisor releases them or sets them aside.
/// Limit and window are dated rules, referral.held_from and referral.held_window (hub-casework.md section 14). Inside the room only.
///
///   quarantined -> (released: the first stage of its intake) | set_aside; set_aside -> released
namespace concord::cases {

inline constexpr std::string_view state_quarantined = "quarantined", state_set_aside = "set_aside";
inline bool is_held(std::string_view state) { return state == state_quarantined || state == state_set_aside; }

/// Does the report that this user sends now reach the limit within the window?
bool comes_too_fast(store::Reader& reader, const access::Context& context, const Deps& deps);

/// Those that wait for their verdict and that the reader may read.
std::int64_t count_held(store::Reader& reader, const access::Context& context);

enum class Verdict { release, set_aside };
/// One report that is held. A supervisor or manager of its hub, with a reason.
Result<Done> decide_held(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq referral, Verdict verdict,
                         std::string_view reason);

void add_quarantine_routes(access::Routes& routes, const Deps& deps);
void add_quarantine_pages(access::Routes& routes, const Deps& deps);

}  // namespace concord::cases
