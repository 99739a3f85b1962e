#include "subjects/places.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "ledger/loading.hpp"
#include "store/buffered.hpp"
#include "store/once.hpp"
#include "subjects/loading.hpp"
#include "subjects/places_address.hpp"

namespace concord::subjects {
namespace {

/// What makes two descriptions one place, as one text. With a postcode and a number the street's spelling does not matter.
std::string match_key(const PlaceDetails& d) {
    const auto address = parse_address(d.text);
    if (!d.postcode.empty()) {
        const bool numbered = !address.number.empty() || !address.unit.empty();
        return fmt::format("{}|{}|{}|{}", d.postcode, address.unit, address.number, numbered ? std::string{} : address.street);
    }
    if (address.street.empty() && address.number.empty() && address.unit.empty()) return fold(d.text).empty() ? "" : "words|" + fold(d.text);
    return fmt::format("|{}|{}|{}", address.unit, address.number, address.street);
}

/// Without a postcode: the town typed behind the street, else the locality that the recorder gave.
std::string locality_of(const PlaceDetails& d) {
    const auto address = parse_address(d.text);
    return address.locality.empty() ? street_key(d.locality) : address.locality;
}

Json payload_of(const PlaceDetails& d) {
    Json payload = Json::object({{"text", d.text}});
    payload.set_if("postcode", d.postcode).set_if("uprn", d.uprn).set_if("position", d.position).set_if("locality", d.locality);
    payload.set_if("premises", d.premises).set_if("managed_by", d.managed_by).set_if("access_note", d.access_note);
    if (d.easting && d.northing) payload.set("easting", *d.easting).set("northing", *d.northing);
    return payload;
}

PlaceDetails details_of(const Json& p) {
    PlaceDetails d{.text = p["text"].as_string(),
                   .postcode = p["postcode"].as_string(),
                   .uprn = p["uprn"].as_string(),
                   .easting = {},
                   .northing = {},
                   .position = p["position"].as_string(),
                   .locality = p["locality"].as_string(),
                   .premises = p["premises"].as_string(),
                   .managed_by = p["managed_by"].as_string(),
                   .access_note = p["access_note"].as_string()};
    if (p.has("easting")) d.easting = p["easting"].as_number();
    if (p.has("northing")) d.northing = p["northing"].as_number();
    return d;
}

void apply_place(store::Transaction& tx, const ledger::Event& event) {
    PlaceDetails d = details_of(event.payload);
    if (event.erased) d.text = "Erased";
    if (event.version != 1) tx.execute("delete from place where stream = :stream", {{"stream", event.stream}});
    tx.execute(R"sql(
        insert into place (stream, text, postcode, uprn, easting, northing, folded, locality, match_key, position, premises, managed_by, access_note, version)
        values (:stream, :text, :postcode, :uprn, :easting, :northing, :folded, :locality, :match_key, :position, :premises, :managed_by, :access_note, :version))sql",
               {{"stream", event.stream},
                {"text", d.text},
                {"postcode", d.postcode},
                {"uprn", d.uprn},
                {"easting", d.easting},
                {"northing", d.northing},
                {"folded", fold(d.text)},
                {"locality", d.locality},
                {"match_key", event.erased ? std::string{} : match_key(d)},
                {"position", d.position},
                {"premises", d.premises},
                {"managed_by", d.managed_by},
                {"access_note", d.access_note},
                {"version", event.version}});
}

void derive_place(store::Transaction& tx, Seq stream) {
    if (const auto held = place(tx, stream)) store::put_text(tx, "places", stream, held->details.text + " " + held->details.postcode);
}

void derive_new_places(store::Transaction& tx, const std::vector<std::vector<ledger::Event>>& places) {
    for (const auto& events : places) {
        const Json& p = events.front().payload;
        store::put_new_text(tx, "places", events.front().stream, p["text"].as_string() + " " + p["postcode"].as_string());
    }
}

ledger::NewEvent recorded(const PlaceDetails& d) { return {"subjects.place_recorded", Json::object({{"summary", "Place recorded"}}), payload_of(d)}; }

constexpr std::string_view columns =
    "p.stream, s.id, p.text, p.postcode, p.uprn, p.easting, p.northing, p.position, p.locality, p.premises, p.managed_by, p.access_note, p.version";
constexpr std::string_view kinds =
    "itttt"
    "rrttttti";

Place to_place(const store::Row& row) {
    Place one{.stream = row.integer(0), .id = row.text(1), .details = {}, .version = row.integer(12)};
    one.details = {.text = row.text(2),
                   .postcode = row.text(3),
                   .uprn = row.text(4),
                   .easting = {},
                   .northing = {},
                   .position = row.text(7),
                   .locality = row.text(8),
                   .premises = row.text(9),
                   .managed_by = row.text(10),
                   .access_note = row.text(11)};
    if (!row.is_null(5)) one.details.easting = row.real(5);
    if (!row.is_null(6)) one.details.northing = row.real(6);
    return one;
}

std::vector<Place> places_where(store::Reader& reader, std::string_view condition, const store::Binds& binds) {
    std::vector<Place> all;
    for (const auto& row :
         reader.select(kinds, fmt::format("select {} from place p join stream s on s.seq = p.stream where {}", columns, condition), binds))
        all.push_back(to_place(row));
    return all;
}

bool are_near(const PlaceDetails& a, const PlaceDetails& b) { return std::hypot(*a.easting - *b.easting, *a.northing - *b.northing) <= 50; }

bool is_same(const PlaceDetails& held, const PlaceDetails& asked) {
    if (!held.uprn.empty() && !asked.uprn.empty()) return held.uprn == asked.uprn;  // two numbers are two properties, whatever else is alike
    if (!asked.postcode.empty()) return true;
    if (held.position == "given" && asked.position == "given") return are_near(held, asked);
    return locality_of(held) == locality_of(asked);
}

}  // namespace

std::optional<GridPoint> Place::at() const {
    if (!details.easting || !details.northing) return {};
    return GridPoint{*details.easting, *details.northing};
}

std::string Place::name() const { return details.text.empty() ? details.postcode : details.text; }

const std::vector<std::pair<std::string, std::string>>& premises_kinds() {
    static const std::vector<std::pair<std::string, std::string>> all{{"home", "Home"},
                                                                      {"flats", "Block of flats"},
                                                                      {"shop", "Shop"},
                                                                      {"licensed", "Pub, club or licensed shop"},
                                                                      {"school", "School or college"},
                                                                      {"care", "Care home"},
                                                                      {"hostel", "Hostel or refuge"},
                                                                      {"station", "Station or stop"},
                                                                      {"car_park", "Car park or garages"},
                                                                      {"park", "Park, play area or open land"},
                                                                      {"street", "Street or square"},
                                                                      {"public", "Public building"},
                                                                      {"work", "Works, yard or farm"},
                                                                      {"vacant", "Vacant building"},
                                                                      {"other", "Something else"}};
    return all;
}

Result<PlaceRead> place_from(store::Reader& reader, const Json& typed, Date today, const std::string& prefix) {
    PlaceRead read;
    PlaceDetails& d = read.details;
    std::vector<FieldError> errors;
    const auto wrong = [&](std::string_view field, std::string message) { errors.push_back({prefix + std::string{field}, std::move(message)}); };
    const auto words = [&](std::string_view field, std::size_t most, bool lines = false) {
        std::string text = tidy(typed[field].as_string(), lines);
        if (code_points(text) > most) wrong(field, fmt::format("This has {} letters at most.", most));
        return text;
    };
    d.text = words("text", 300);
    d.locality = words("locality", 100);
    d.managed_by = words("managed_by", 200);
    d.access_note = words("access_note", 2000, true);
    d.premises = typed["premises"].as_string();
    if (!d.premises.empty() &&
        std::none_of(premises_kinds().begin(), premises_kinds().end(), [&](const auto& kind) { return kind.first == d.premises; }))
        wrong("premises", "Choose one from the list, or leave it empty.");
    d.uprn = trim(typed["uprn"].is_integer() ? std::to_string(typed["uprn"].as_integer()) : typed["uprn"].as_string());
    if (!d.uprn.empty() && (d.uprn.size() > 12 || d.uprn.find_first_not_of("0123456789") != std::string::npos))
        wrong("uprn", "A property number (UPRN) has up to 12 digits and nothing else.");
    d.uprn.erase(0, std::min(d.uprn.find_first_not_of('0'), d.uprn.size()));
    std::optional<Postcode> known;
    if (const std::string postcode = trim(typed["postcode"].as_string()); !postcode.empty()) {
        auto checked = check_postcode(postcode);
        if (!checked.problem.empty()) wrong("postcode", std::move(checked.problem));
        d.postcode = checked.postcode;
        if (!d.postcode.empty()) known = find_postcode(reader, d.postcode);
        if (!d.postcode.empty() && !known && area_dataset(reader)) {
            const auto like = like_postcode(reader, d.postcode);
            read.warnings.push_back(
                like.empty() ? fmt::format("{} is not a postcode of this partnership's area.", d.postcode)
                             : fmt::format("{} is not a postcode of this partnership's area. Near it there are {}.", d.postcode, join(like, ", ")));
        }
    }
    // Numbers come as numbers from the API and as text from a form.
    const auto number = [&](std::string_view field) -> std::optional<double> {
        if (typed[field].is_number()) return typed[field].as_number();
        const std::string text = trim(typed[field].as_string());
        if (text.empty()) return {};
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (*end != '\0' || !std::isfinite(value)) {
            wrong(field, "Give a number, or leave it empty.");
            return {};
        }
        return value;
    };
    const auto easting = number("easting"), northing = number("northing"), latitude = number("latitude"), longitude = number("longitude");
    if (easting.has_value() != northing.has_value()) wrong(easting ? "northing" : "easting", "Give easting and northing together, or neither.");
    if (latitude.has_value() != longitude.has_value())
        wrong(latitude ? "longitude" : "latitude", "Give latitude and longitude together, or neither.");
    if (easting && northing) {
        const bool degrees = std::abs(*easting) < 90 && std::abs(*northing) < 90;
        if (degrees)
            wrong("easting", "These look like degrees: give them as latitude and longitude.");
        else if (!(*easting >= 0 && *easting <= 700'000 && *northing >= 0 && *northing <= 1'300'000))
            wrong("easting", "Easting is 0 to 700,000 and northing 0 to 1,300,000: are they changed about?");
        else {
            d.easting = easting;
            d.northing = northing;
        }
    } else if (latitude && longitude) {
        if (*longitude > 49 && *longitude < 61 && *latitude > -9 && *latitude < 3)
            wrong("latitude", "Latitude and longitude are changed about: in England latitude is about 54 and longitude about -1.");
        else if (!(*latitude > 49 && *latitude < 61 && *longitude > -9 && *longitude < 3))
            wrong("latitude", "This does not lie in Great Britain: latitude is 49 to 61, longitude -9 to 3.");
        else {
            const auto at = Grid{}.to_grid({*longitude, *latitude});
            d.easting = std::round(at.easting);
            d.northing = std::round(at.northing);
        }
    }
    if (d.easting) {
        d.position = "given";
        if (area_dataset(reader) && errors.empty() && areas_at(reader, {*d.easting, *d.northing}, today).empty()) {
            const bool turned = !areas_at(reader, {*d.northing, *d.easting}, today).empty();
            read.warnings.push_back(
                turned ? "This position lies outside the partnership's area; with easting and northing changed about it would lie inside."
                       : "This position lies outside the partnership's area.");
        }
    } else if (known && known->at) {
        d.easting = known->at->easting;
        d.northing = known->at->northing;
        d.position = "postcode";
    }
    if (d.text.empty() && d.postcode.empty() && errors.empty()) wrong("text", "Say where it is, at least in words.");
    if (!errors.empty()) return Refusal{Because::invalid, "subjects.place", "Some answers need another look.", std::move(errors)};
    return read;
}

std::optional<Seq> find_place(store::Reader& reader, const PlaceDetails& details) {
    if (!details.uprn.empty())
        for (const auto& one : places_where(reader, "p.uprn = :uprn order by p.stream limit 1", {{"uprn", details.uprn}})) return one.stream;
    const std::string key = match_key(details);
    if (key.empty()) return {};
    for (const auto& one : places_where(reader, "p.match_key = :key order by p.stream limit 200", {{"key", key}}))
        if (is_same(one.details, details)) return one.stream;
    return {};
}

std::vector<Seq> load_places(store::Transaction& tx, const std::vector<std::pair<ledger::Author, PlaceDetails>>& places) {
    std::vector<ledger::NewStream> streams;
    streams.reserve(places.size());
    for (const auto& [author, details] : places) streams.push_back({"place", new_id(author.at), {{author, recorded(details)}}});
    return ledger::append_streams(tx, streams, [](store::Transaction& held, const std::vector<std::vector<ledger::Event>>& all) {
        for (const auto& events : all) apply_place(held, events.front());
        derive_new_places(held, all);
    });
}

Result<Seq> find_or_create_place(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PlaceDetails& details) {
    if (details.text.empty() && details.postcode.empty())
        return Refusal{Because::invalid, "subjects.place", "Some answers need another look.", {{"text", "Say where it is, at least in words."}}};
    if (const auto found = find_place(tx, details)) {
        PlaceDetails known = place(tx, *found)->details;
        const PlaceDetails before = known;
        if (known.uprn.empty()) known.uprn = details.uprn;
        if (known.postcode.empty()) known.postcode = details.postcode;
        if (details.easting && (known.position.empty() || (known.position == "postcode" && details.position == "given"))) {
            known.easting = details.easting;
            known.northing = details.northing;
            known.position = details.position;
        }
        if (known == before) return *found;
        auto appended =
            ledger.append(tx, author, *found, {},
                          {ledger::NewEvent{"subjects.place_changed", Json::object({{"summary", "More is known of the place"}}), payload_of(known)}});
        if (!appended) return appended.error();
        return *found;
    }
    const Seq stream = ledger.create(tx, "place", new_id(author.at));
    auto appended = ledger.append(tx, author, stream, 0, {recorded(details)});
    if (!appended) return appended.error();
    return stream;
}

Result<std::int64_t> change_place(store::Transaction& tx, const access::Context& context, Seq stream, std::optional<std::int64_t> expected,
                                  const PlaceDetails& details) {
    if (auto asked = context.demand(tx, "read", {.kind = "place", .seq = stream}); !asked) return asked.error();
    if (auto asked = context.demand(tx, "change", {.kind = "place"}); !asked) return asked.error();
    const auto held = place(tx, stream);
    if (!held) return Refusal{Because::absent, "subjects.place_absent", "There is no such place."};
    if (!details.uprn.empty())
        for (const auto& other : places_where(tx, "p.uprn = :uprn and p.stream <> :stream limit 1", {{"uprn", details.uprn}, {"stream", stream}}))
            return Refusal{Because::invalid,
                           "subjects.place_uprn",
                           "Some answers need another look.",
                           {{"uprn", fmt::format("Another place has this property number: {}.", other.name())}}};
    if (expected && *expected != held->version)
        return Refusal{Because::stale, "ledger.stale", "Somebody changed this place meanwhile. Look at it again, then make your change."};
    if (details == held->details) return held->version;
    return context.ledger.append(tx, context.author(), stream, expected,
                                 {ledger::NewEvent{"subjects.place_changed", Json::object({{"summary", "Place changed"}}), payload_of(details)}});
}

std::optional<Place> place(store::Reader& reader, Seq stream) {
    struct Places {};
    return store::once<Places>(reader, stream, [&]() -> std::optional<Place> {
        auto all = places_where(reader, "p.stream = :stream", {{"stream", stream}});
        if (all.empty()) return {};
        return std::move(all.front());
    });
}

std::optional<Seq> find_place_id(store::Reader& reader, std::string_view id) {
    const auto row = reader.select_one("i", "select p.stream from place p join stream s on s.seq = p.stream where s.id = :id", {{"id", id}});
    if (!row) return {};
    return row->integer(0);
}

std::vector<Place> places_at(store::Reader& reader, std::string_view postcode) {
    return places_where(reader, "p.postcode = :postcode order by p.folded, p.stream limit 200", {{"postcode", normal_postcode(postcode)}});
}

std::vector<Place> places_like(store::Reader& reader, std::string_view words, std::size_t limit) {
    std::vector<Place> all;
    // The last word may be half a word: "trafalgar co".
    std::string query = fold(words);
    if (query.empty()) return all;
    for (const auto key : store::find_text(reader, "places", query + "*", INT64_MAX, limit))
        if (auto one = place(reader, key)) all.push_back(std::move(*one));
    return all;
}

std::optional<HubAnswer> hub_of(store::Reader& reader, const PlaceDetails& d, Date on) {
    if (d.easting && d.northing)
        return hub_of(reader, GridPoint{*d.easting, *d.northing}, on, d.position == "postcode" ? d.postcode : std::string{"The position"});
    if (!d.postcode.empty()) return hub_of(reader, d.postcode, on);
    return hub_of_street(reader, d.text, on);
}

Json to_json(const Place& place) {
    const auto& d = place.details;
    Json json = Json::object({{"id", place.id}});
    json.set_if("text", d.text).set_if("postcode", d.postcode).set_if("uprn", d.uprn).set_if("locality", d.locality);
    if (const auto at = place.at()) {
        const auto degrees = Grid{}.to_degrees(*at);
        const auto rounded = [](double value) { return std::round(value * 1e5) / 1e5; };
        json.set("easting", d.easting.value()).set("northing", d.northing.value());
        json.set("latitude", rounded(degrees.latitude)).set("longitude", rounded(degrees.longitude)).set("position", d.position);
    } else {
        json.set("position", "ungeocoded");
    }
    return json.set_if("premises", d.premises).set_if("managed_by", d.managed_by).set_if("access_note", d.access_note);
}

void register_place_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "place", .tables = {"place"}, .apply = apply_place});
    ledger.add(ledger::Derivation{.stream_kind = "place", .tables = {}, .derive = derive_place});
}

}  // namespace concord::subjects
