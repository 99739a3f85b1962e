#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/subjects.hpp"
#include "web/paging.hpp"

/// Places over the API.
namespace concord::subjects {
namespace {

using access::Context;
using web::Request;
using web::Response;

Json hub_json(const HubAnswer& hub) {
    return Json::object({{"code", hub.code},
                         {"name", hub.name},
                         {"because", hub.because},
                         {"boundary", Json::object({{"kind", hub.boundary.kind},
                                                    {"code", hub.boundary.code},
                                                    {"name", hub.boundary.name},
                                                    {"date", to_iso(hub.boundary.boundary_day)}})}});
}

Json whole(store::Reader& reader, const Context& context, const Place& held) {
    Json json = to_json(held);
    if (const auto hub = hub_of(reader, held.details, context.today())) json.set("hub", hub_json(*hub));
    if (const auto at = held.at()) {
        Json areas = Json::array();
        for (const auto& area : areas_at(reader, *at, context.today())) {
            Json one = Json::object({{"kind", area.kind}, {"code", area.code}, {"name", area.name}, {"date", to_iso(area.boundary_day)}});
            one.set_if("local_name", area.local_name);
            areas.push(std::move(one));
        }
        json.set_if("areas", areas);
    }
    Json flags = Json::array();
    for (const auto& flag : flags_of(reader, context, held.stream)) flags.push(to_json(flag));
    json.set("flags", flags).set("version", held.version);
    return json;
}

Response answer_with(const Place& held, const Json& json, int status) {
    return web::json(json, status).with("location", "/api/v1/places/" + held.id).with("etag", web::etag(held.version));
}

Response list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = context.demand(reader, "read", {.kind = "place"}); !asked) return web::problem(asked.error(), request.reference);
        Json answer = Json::object();
        std::vector<Place> found;
        if (const std::string postcode = trim(request.asked("postcode")); !postcode.empty()) {
            const auto checked = check_postcode(postcode);
            if (!checked.problem.empty())
                return web::problem(Refusal{Because::invalid, "places.postcode", checked.problem, {{"postcode", checked.problem}}},
                                    request.reference);
            found = places_at(reader, checked.postcode);
            Json said = Json::object({{"postcode", checked.postcode}});
            const auto known = find_postcode(reader, checked.postcode);
            said.set("known", known.has_value());
            if (const auto hub = hub_of(reader, checked.postcode, context.today())) said.set("hub", hub_json(*hub));
            if (!known) {
                Json like = Json::array();
                for (const auto& one : like_postcode(reader, checked.postcode)) like.push(one);
                said.set_if("like", like);
            }
            answer.set("postcode", said);
        } else if (const std::string street = trim(request.asked("street")); !street.empty()) {
            found = places_like(reader, street);
            Json streets = Json::array();
            for (const auto& one : find_streets(reader, street))
                streets.push(Json::object({{"name", one.name}, {"kind", one.kind}, {"district", one.district}, {"lsoa", one.lsoa}}));
            answer.set("streets", streets);
        } else {
            return web::problem(
                Refusal{
                    Because::invalid, "places.what", "Give a postcode or a street.", {{"postcode", "Give a whole postcode, or a street instead."}}},
                request.reference);
        }
        Json items = Json::array();
        for (const auto& one : found) items.push(to_json(one));
        auto part = web::list_part(request, items, "places");
        if (!part) return web::problem(part.error(), request.reference);
        for (const auto& [key, value] : part->members()) answer.set(key, value);
        return web::json(answer);
    });
}

Response create(const Request& request, Context& context) {
    const auto body = parse_json(request.body);
    if (!body) return web::problem(body.error(), request.reference);
    const auto answer = context.db.writing([&](store::Transaction& tx) -> Result<Response> {
        if (auto asked = context.demand(tx, "create", {.kind = "place"}); !asked) return asked.error();
        auto read = place_from(tx, *body, context.today());
        if (!read) return read.error();
        const bool there = find_place(tx, read->details).has_value();
        auto made = find_or_create_place(tx, context.ledger, context.author(), read->details);
        if (!made) return made.error();
        const auto held = place(tx, *made);
        Json json = whole(tx, context, *held);
        json.set("found_again", there);
        Json warnings = Json::array();
        for (const auto& one : read->warnings) warnings.push(one);
        json.set_if("warnings", warnings);
        Response response = answer_with(*held, json, there ? 200 : 201);
        context.keep(tx, request, response);
        return response;
    });
    return answer ? *answer : web::problem(answer.error(), request.reference);
}

Response one(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = find_place_id(reader, request.parameter("id"));
        if (!context.demand(reader, "read", {.kind = "place", .seq = stream.value_or(-1)}) || !stream) return web::absent();
        const auto held = place(reader, *stream);
        return answer_with(*held, whole(reader, context, *held), 200);
    });
}

Response change(const Request& request, Context& context) {
    const auto body = parse_json(request.body);
    if (!body) return web::problem(body.error(), request.reference);
    std::optional<Place> now;
    const auto answer = context.db.writing([&](store::Transaction& tx) -> Result<Response> {
        const auto stream = find_place_id(tx, request.parameter("id"));
        if (auto asked = context.demand(tx, "read", {.kind = "place", .seq = stream.value_or(-1)}); !asked || !stream)
            return Refusal{Because::absent, "subjects.place_absent", "There is no such place."};
        now = place(tx, *stream);
        // What is not said stays as it is; a new postcode brings its own position.
        Json merged = to_json(*now);
        for (const char* key : {"latitude", "longitude"}) merged.erase(key);
        if (now->details.position != "given" || body->has("latitude"))
            for (const char* key : {"easting", "northing"}) merged.erase(key);
        for (const auto& [key, value] : body->members()) merged.set(key, value);
        auto read = place_from(tx, merged, context.today());
        if (!read) return read.error();
        auto changed = change_place(tx, context, *stream, web::version_asked(request), read->details);
        if (!changed) return changed.error();
        const auto held = place(tx, *stream);
        Response response = answer_with(*held, whole(tx, context, *held), 200);
        context.keep(tx, request, response);
        return response;
    });
    if (answer) return *answer;
    if (answer.error().because == Because::absent) return web::absent();
    if (answer.error().because == Because::stale && now)
        return web::stale(answer.error(), request.reference, to_json(*now).set("version", now->version));
    return web::problem(answer.error(), request.reference);
}

}  // namespace

void add_place_routes(access::Routes& routes) {
    routes.add({.description = {.method = "GET",
                                .pattern = "/api/v1/places",
                                .summary = "Places at a postcode, or in a street",
                                .tag = "places",
                                .query = {"postcode", "street"}},
                .handler = list});
    routes.add({.description =
                    {.method = "POST", .pattern = "/api/v1/places", .summary = "Records a place, or finds it again", .tag = "places", .success = 201},
                .handler = create});
    routes.get("/api/v1/places/{id}", "One place, with its hub, areas and flags", "places", one);
    routes.change("PATCH", "/api/v1/places/{id}", "Changes a place", "places", change);
}

}  // namespace concord::subjects
