#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"

/// Making a new database from what can be made again: docs/decisions/0005-a-new-database-is-synced-once.md.
namespace concord::store {

/// As open(), but no commit waits for the disk. Where machine or program stops before settle(), what is there must be thrown away.
/// One thread at a time: on SQLite a reader that keeps a moment shuts out the writer. A database that is there already is opened as by open().
std::unique_ptr<Database> open_to_fill(const Settings& settings);

/// Brings all of it to the disk; throws a Failure where that fails. SQLite: after the last connection of open_to_fill() is closed.
void settle(const std::string& url);

}  // namespace concord::store
