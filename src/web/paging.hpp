#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "web/http.hpp"

/// Lists: ?limit= (50 where none is given, 200 at most) and ?after=, the cursor that the page before gave as `next`.
/// A cursor belongs to one list in one order and carries a check: one that was altered, or comes from elsewhere, is refused instead of guessed at.
namespace concord::web {

std::string make_cursor(std::string_view list, const std::vector<std::string>& parts);
/// Nothing where it is no cursor of this list.
std::optional<std::vector<std::string>> read_cursor(std::string_view list, std::string_view cursor, std::size_t parts);

Refusal bad_cursor();
/// 422 where it is no number of 1 or more; more than 200 is 200.
Result<std::size_t> limit_of(const Request& request);

/// One page of a list that is at hand as a whole: {"items","total","next"}.
Result<Json> list_part(const Request& request, const Json& items, std::string_view list);
Response list_page(const Request& request, const Json& items, std::string_view list);

}  // namespace concord::web
