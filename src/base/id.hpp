#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace concord {

/// A UUIDv7 as canonical lower-case text; ids minted by one process are strictly ascending.
std::string new_id(Instant at);
bool is_id(std::string_view text);

}  // namespace concord
