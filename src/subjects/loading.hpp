#pragma once

#include <utility>
#include <vector>

#include "subjects/places.hpp"
#include "subjects/subjects.hpp"

/// Loads: many new people or places in few statements, nothing searched for and nothing joined. Streams are answered in order.
namespace concord::subjects {

std::vector<Seq> load_people(store::Transaction& tx, const std::vector<std::pair<ledger::Author, PersonDetails>>& people);
std::vector<Seq> load_places(store::Transaction& tx, const std::vector<std::pair<ledger::Author, PlaceDetails>>& places);

}  // namespace concord::subjects
