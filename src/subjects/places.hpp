#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"

/// Places: where things happen, found again by property number, postcode or words.
namespace concord::subjects {

using ledger::Seq;

struct PlaceDetails {
    std::string text, postcode, uprn;
    std::optional<double> easting, northing;
};
struct Place {
    Seq stream = 0;
    std::string id;
    PlaceDetails details;
};
Result<Seq> find_or_create_place(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PlaceDetails& details);
std::optional<Place> place(store::Reader& reader, Seq stream);
std::vector<Place> places_at(store::Reader& reader, std::string_view postcode);

void register_place_projections(ledger::Ledger& ledger);
void add_place_routes(access::Routes& routes);

}  // namespace concord::subjects
