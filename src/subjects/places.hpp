#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"
#include "subjects/areas.hpp"

/// Places: where things happen, found again by property number, postcode and number, or words.
namespace concord::subjects {

using ledger::Seq;

struct PlaceDetails {
    std::string text, postcode, uprn;
    std::optional<double> easting, northing;  // British National Grid, metres
    std::string position;                     // given, postcode; empty: not on the map, left out of maps and counted as such
    std::string locality;                     // where there is neither postcode nor position: the town, or the hub's name
    std::string premises, managed_by, access_note;
    bool operator==(const PlaceDetails&) const = default;
};
struct Place {
    Seq stream = 0;
    std::string id;
    PlaceDetails details;
    std::int64_t version = 0;
    std::optional<GridPoint> at() const;
    std::string name() const;  // its words, else its postcode
};

/// What was typed of a place, looked over: the position of the postcode filled in where none was given.
struct PlaceRead {
    PlaceDetails details;
    std::vector<std::string> warnings;  // sentences: a postcode that is not a live one here, a position outside the partnership
};
/// From a JSON body: text, postcode, uprn, easting and northing, or latitude and longitude; locality, premises, managed_by, access_note. Every
/// mistake stands beside its field: postcodes with slips, degrees where metres belong, easting and northing changed about.
Result<PlaceRead> place_from(store::Reader& reader, const Json& typed, Date today, const std::string& prefix = "");
/// Kinds of premises: code and label.
const std::vector<std::pair<std::string, std::string>>& premises_kinds();

/// The place that is meant: same UPRN; else same postcode with the same number (and flat); else the same street and number within 50 m, or in the
/// same locality. hub-casework.md section 5.
std::optional<Seq> find_place(store::Reader& reader, const PlaceDetails& details);
/// Found again rather than made twice; what the found one did not know yet (property number, position) is added to it.
Result<Seq> find_or_create_place(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PlaceDetails& details);
Result<std::int64_t> change_place(store::Transaction& tx, const access::Context& context, Seq stream, std::optional<std::int64_t> expected,
                                  const PlaceDetails& details);
std::optional<Place> place(store::Reader& reader, Seq stream);
std::optional<Seq> find_place_id(store::Reader& reader, std::string_view id);
std::vector<Place> places_at(store::Reader& reader, std::string_view postcode);
/// By words of their address, newest first.
std::vector<Place> places_like(store::Reader& reader, std::string_view words, std::size_t limit = 50);
/// The hub that a place lies in: by its position, else by a street name that lies in one hub only.
std::optional<HubAnswer> hub_of(store::Reader& reader, const PlaceDetails& details, Date on);
Json to_json(const Place& place);

/// A part of the place page that another room draws: cases there, what the police recorded nearby. Set together by app.
struct PlacePanel {
    std::string title, id;                                                                // empty: what it draws is a whole section with its heading
    std::function<web::Html(store::Reader&, const access::Context&, const Place&)> draw;  // empty: the panel is left out
};

void register_place_projections(ledger::Ledger& ledger);
void add_place_routes(access::Routes& routes);
void add_place_pages(access::Routes& routes, std::vector<PlacePanel> panels);

}  // namespace concord::subjects
