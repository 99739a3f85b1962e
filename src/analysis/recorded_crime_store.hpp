#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hpp"

/// Every statement that changes the tables of recorded crime.
namespace concord::analysis {

/// All columns in one text, by which two rows are the same.
std::string in_one(const StreetRow& row);
std::vector<StreetRow> stored_month(store::Reader& reader, const std::string& force, const std::string& month);
void replace_month(store::Transaction& tx, Seq source, const std::string& force, const std::string& month, const std::vector<const StreetRow*>& rows);
/// Counts a month of a force again for the pages of hubs: after its rows or the areas have changed.
void count_month(store::Transaction& tx, const std::string& force, const std::string& month);
/// The same for maps, by street: after its rows have changed.
void count_streets(store::Transaction& tx, const std::string& force, const std::string& month);
void save_snapshot(store::Transaction& tx, const Snapshot& snapshot, const std::string& sha256);
void replace_hub_areas(store::Transaction& tx, const std::vector<std::vector<store::Value>>& rows);

}  // namespace concord::analysis
