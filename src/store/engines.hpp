#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/store.hpp"

/// What the two engines share, and how each is opened. Private to the store.
namespace concord::store {

/// Whether a commit waits for the disk. `none` is for databases that are being made: store/filling.hpp.
enum class Durability { full, none };

std::unique_ptr<Database> open_sqlite(const Settings& settings, Durability durability);
std::unique_ptr<Database> open_postgresql(const Settings& settings, Durability durability);
void settle_sqlite(const std::string& file);

inline bool is_postgresql(std::string_view url) { return url.starts_with("postgresql://") || url.starts_with("postgres://"); }

/// The part of a migration that this engine runs.
std::string sql_for(const Migration& migration, Engine engine);
std::string hash_of(const Migration& migration);

/// What migrate() does on either engine; `run_script` runs several statements inside the transaction.
int run_migrations(Database& db, std::vector<Migration> migrations, const std::function<void(Transaction&, const std::string&)>& run_script);

}  // namespace concord::store
