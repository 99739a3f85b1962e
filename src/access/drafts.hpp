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

/// A form's page as it is asked for again: the request holds, as if it had been sent, what was typed there and never sent. `saved_at`: when that
/// was; none where nothing is kept, and then the request is as it came.
struct Unsent {
    web::Request request;
    std::optional<Instant> saved_at;
};
/// "?draft=no" shows the page without its draft. The key of most forms is the path of their page.
Unsent unsent(store::Reader& reader, const Context& context, const web::Request& request, std::string_view key);
/// Beside the form's button: when the draft was saved and a way to begin without it, or the empty line that the script fills.
web::Html draft_line(const Unsent& unsent);

/// POST /drafts, as the script of a form with data-draft sends it: key, and fields as JSON {"name": ["value", ...]}. 204.
void add_draft_routes(Routes& routes);

}  // namespace concord::access
