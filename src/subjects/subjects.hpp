#pragma once

#include "subjects/areas.hpp"
#include "subjects/flags.hpp"
#include "subjects/organisations.hpp"
#include "subjects/people.hpp"
#include "subjects/places.hpp"

/// People, organisations and places: search before create, candidates with reasons in words, merge as a pointer.
/// People stand in subjects/people.hpp, organisations in subjects/organisations.hpp, places in subjects/places.hpp, repeat flags in
/// subjects/flags.hpp; all belong to this face of the room.
namespace concord::subjects {

std::vector<store::Migration> migrations();
void register_projections(ledger::Ledger& ledger);
void add_routes(access::Routes& routes);

}  // namespace concord::subjects
