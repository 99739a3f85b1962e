#pragma once

#include <memory>

#include "access/access.hpp"

namespace concord::access {

/// A read log in a database of its own, or, where there is none, in the main one. Programs that serve call open_read_log().
std::unique_ptr<ReadLog> make_read_log(store::Database& main, std::unique_ptr<store::Database> own);

}  // namespace concord::access
