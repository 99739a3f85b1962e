#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/json.hpp"

/// Nothing typed is lost: what a user has typed and not yet sent is kept on the server, for him alone. Scratch, not ledger.
/// Every room's forms use it. (Its table `draft` stands in the migration of cases, where it began.)
namespace concord::access {

struct Draft {
    std::string key;
    Json body;
    Instant saved_at;
};
std::optional<Draft> draft(store::Reader& reader, Seq user, std::string_view key);
std::vector<Draft> drafts_like(store::Reader& reader, Seq user, std::string_view prefix, std::size_t limit = 20);
void save_draft(store::Transaction& tx, Seq user, std::string_view key, const Json& body, Instant at);
/// The draft with this key and those whose key continues it after a colon.
void drop_draft(store::Transaction& tx, Seq user, std::string_view key);

/// POST /drafts, as the script of a form with data-draft sends it: key, and fields as JSON {"name": ["value", ...]}. 204.
void add_draft_routes(Routes& routes);

}  // namespace concord::access
