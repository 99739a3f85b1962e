#include "subjects/places.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"

namespace concord::subjects {
namespace {

void apply_place(store::Transaction& tx, const ledger::Event& event) {
    const Json& p = event.payload;
    tx.execute(
        "insert into place (stream, text, postcode, uprn, easting, northing, folded) values (:stream, :text, :postcode, :uprn, :easting, :northing, "
        ":folded)",
        {{"stream", event.stream},
         {"text", p["text"].as_string()},
         {"postcode", p["postcode"].as_string()},
         {"uprn", p["uprn"].as_string()},
         {"easting", p.has("easting") ? std::optional<double>{p["easting"].as_number()} : std::nullopt},
         {"northing", p.has("northing") ? std::optional<double>{p["northing"].as_number()} : std::nullopt},
         {"folded", fold(p["text"].as_string())}});
}

void derive_place(store::Transaction& tx, Seq stream) {
    if (const auto held = place(tx, stream)) store::put_text(tx, "places", stream, held->details.text + " " + held->details.postcode);
}

}  // namespace

Result<Seq> find_or_create_place(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PlaceDetails& details) {
    PlaceDetails d = details;
    d.text = tidy(d.text);
    d.postcode = normal_postcode(d.postcode);
    if (d.text.empty() && d.postcode.empty())
        return Refusal{Because::invalid, "subjects.place", "Some answers need another look.", {{"location", "Say where it is, at least in words."}}};
    const bool on_grid = !d.easting || (d.northing && *d.easting >= 0 && *d.easting <= 700'000 && *d.northing >= 0 && *d.northing <= 1'300'000);
    if (!on_grid)
        return Refusal{Because::invalid,
                       "subjects.grid",
                       "Some answers need another look.",
                       {{"location.easting", "Easting is 0 to 700,000 and northing 0 to 1,300,000: are they changed about, or degrees?"}}};
    if (!d.uprn.empty())
        if (const auto row = tx.select_one("i", "select stream from place where uprn = :uprn", {{"uprn", d.uprn}})) return row->integer(0);
    if (const auto row = tx.select_one("i", "select stream from place where folded = :folded and postcode = :postcode",
                                       {{"folded", fold(d.text)}, {"postcode", d.postcode}}))
        return row->integer(0);
    const Seq stream = ledger.create(tx, "place", new_id(author.at));
    Json payload = Json::object({{"text", d.text}, {"postcode", d.postcode}, {"uprn", d.uprn}});
    if (d.easting) payload.set("easting", *d.easting).set("northing", *d.northing);
    auto appended = ledger.append(tx, author, stream, 0, {ledger::NewEvent{"subjects.place_recorded", Json::object(), payload}});
    if (!appended) return appended.error();
    return stream;
}

std::optional<Place> place(store::Reader& reader, Seq stream) {
    const auto row = reader.select_one(
        "itttt"
        "rr",
        "select p.stream, s.id, p.text, p.postcode, p.uprn, p.easting, p.northing from place p join stream s on s.seq = p.stream where p.stream = "
        ":stream",
        {{"stream", stream}});
    if (!row) return {};
    Place one{.stream = stream,
              .id = row->text(1),
              .details = {.text = row->text(2), .postcode = row->text(3), .uprn = row->text(4), .easting = {}, .northing = {}}};
    if (!row->is_null(5)) one.details.easting = row->real(5);
    if (!row->is_null(6)) one.details.northing = row->real(6);
    return one;
}

std::vector<Place> places_at(store::Reader& reader, std::string_view postcode) {
    std::vector<Place> all;
    for (const auto& row : reader.select("i", "select stream from place where postcode = :postcode order by folded limit 200",
                                         {{"postcode", normal_postcode(postcode)}}))
        if (auto one = place(reader, row.integer(0))) all.push_back(std::move(*one));
    return all;
}

void register_place_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "place", .tables = {"place"}, .apply = apply_place});
    ledger.add(ledger::Derivation{.stream_kind = "place", .tables = {}, .derive = derive_place});
}

void add_place_routes(access::Routes& routes) {
    routes.get("/api/v1/places", "Places at a postcode", "places", [](const web::Request& request, access::Context& context) {
        return context.db.reading([&](store::Reader& reader) -> web::Response {
            if (auto asked = context.demand(reader, "read", {.kind = "place"}); !asked) return web::problem(asked.error(), request.reference);
            Json items = Json::array();
            for (const auto& one : places_at(reader, request.asked("postcode")))
                items.push(Json::object({{"id", one.id}, {"text", one.details.text}, {"postcode", one.details.postcode}}));
            return web::json(Json::object({{"items", items}, {"total", items.items().size()}}));
        });
    });
}

}  // namespace concord::subjects
