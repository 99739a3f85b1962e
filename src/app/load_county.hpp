#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/program.hpp"

/// Data for load and comparison: the folder of CSV files that a generator of invented partnerships makes (docs/benchmarks.md names the files).
namespace concord::app {

/// Loads hubs, agencies, users (who sign in by `login`), people, cases with their references, and notes, through the ledger, in groups of cases.
/// Not loaded: incidents (recorded crime has its own import), earlier addresses, and who is who in truth. The database holds no cases yet.
/// progress: called now and then with the notes loaded and their number.
Result<Json> load_county(Program& program, const std::string& folder, const std::function<void(std::int64_t done, std::int64_t of)>& progress);

/// Asks every list of expected_lists.csv and every search of expected_searches.csv as the user that it is for, and compares.
/// ask: GET `path` as the user of this login, answered as JSON.
struct Comparison {
    std::int64_t lists = 0, searches = 0, wrong = 0;
    std::vector<std::string> first_wrong;  // at most 20 sentences
};
Comparison compare_county(const std::string& folder, const std::function<Json(const std::string& login, const std::string& path)>& ask);

}  // namespace concord::app
