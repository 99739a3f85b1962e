#pragma once

#include <string>

#include "base/result.hpp"

/// The key that seals the ledger: 32 random bytes as hex, in a file outside the database that only its owner may read. Who has the database alone
/// cannot sign a rewritten past.
namespace concord::app {

/// `given` where the settings name one; beside a SQLite database otherwise; var/concord.key for PostgreSQL.
std::string sealing_key_file(const std::string& given, const std::string& database);
/// Makes the file (mode 0600) where there is none; one that is there is kept.
Result<Done> make_sealing_key(const std::string& file);
/// The 32 bytes. Refused with a sentence: missing, readable by others, not a key.
Result<std::string> read_sealing_key(const std::string& file);

}  // namespace concord::app
