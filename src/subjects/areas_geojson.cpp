#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/areas.hpp"

/// GeoJSON (RFC 7946) as boundary files use it: outside input, so every mistake is named and nothing is guessed.
namespace concord::subjects {
namespace {

Refusal wrong(std::string sentence) { return {Because::invalid, "areas.geojson", std::move(sentence)}; }

Result<Ring> read_ring(const Json& points, const Grid& grid, const std::string& name) {
    Ring ring;
    if (points.items().size() < 4)
        return wrong(fmt::format("{}: a ring has {} points; it needs four or more, the last the same as the first.", name, points.items().size()));
    if (!(points.items().front() == points.items().back()))
        return wrong(fmt::format("{}: a ring is not closed: repeat its first point at the end.", name));
    for (const auto& point : points.items()) {
        const auto& pair = point.items();
        if (pair.size() < 2 || !pair[0].is_number() || !pair[1].is_number()) return wrong(fmt::format("{}: a point is not a pair of numbers.", name));
        const Degrees at{pair[0].as_number(), pair[1].as_number()};
        if (at.longitude > 48 && at.latitude < 3 && at.longitude < 62)
            return wrong(fmt::format("{}: longitude and latitude are changed about: GeoJSON has longitude first.", name));
        if (!(at.longitude > -12 && at.longitude < 5 && at.latitude > 48 && at.latitude < 62))
            return wrong(
                fmt::format("{}: {}, {} does not lie in Great Britain: the file must be in degrees (WGS 84).", name, at.longitude, at.latitude));
        ring.push_back(grid.to_grid(at));
    }
    ring.pop_back();
    return ring;
}

Result<Polygon> read_polygon(const Json& rings, const Grid& grid, const std::string& name) {
    Polygon polygon;
    if (rings.items().empty()) return wrong(fmt::format("{}: a polygon has no ring.", name));
    for (std::size_t i = 0; i < rings.items().size(); ++i) {
        auto ring = read_ring(rings.items()[i], grid, name);
        if (!ring) return ring.error();
        if (i == 0)
            polygon.outer = std::move(*ring);
        else
            polygon.holes.push_back(std::move(*ring));
    }
    return polygon;
}

Result<Shape> read_shape(const Json& geometry, const Grid& grid, const std::string& name) {
    Shape shape;
    const std::string& type = geometry["type"].as_string();
    const auto add = [&](const Json& rings) -> Result<Done> {
        auto polygon = read_polygon(rings, grid, name);
        if (!polygon) return polygon.error();
        shape.push_back(std::move(*polygon));
        return Done{};
    };
    if (type == "Polygon") {
        if (auto added = add(geometry["coordinates"]); !added) return added.error();
    } else if (type == "MultiPolygon") {
        for (const auto& rings : geometry["coordinates"].items())
            if (auto added = add(rings); !added) return added.error();
    } else {
        return wrong(fmt::format("{}: its geometry is \"{}\"; only Polygon and MultiPolygon bound an area.", name, cut(type, 40)));
    }
    if (shape.empty()) return wrong(fmt::format("{}: it has no polygon.", name));
    return shape;
}

}  // namespace

Result<std::vector<Feature>> read_geojson(std::string_view text) {
    const auto whole = parse_json(text);
    if (!whole) return whole.error();
    if ((*whole)["type"].as_string() != "FeatureCollection" || !(*whole)["features"].is_array())
        return wrong("This is no GeoJSON FeatureCollection.");
    const Grid grid;
    std::vector<Feature> all;
    std::set<std::string> codes;
    std::size_t number = 0;
    for (const auto& one : (*whole)["features"].items()) {
        ++number;
        const Json& said = one["properties"];
        Feature feature{.code = tidy(said["code"].as_string()), .name = tidy(said["name"].as_string()), .parent = tidy(said["parent"].as_string())};
        if (feature.code.empty() || feature.name.empty()) return wrong(fmt::format("Feature {}: its properties must hold code and name.", number));
        const std::string name = fmt::format("Feature {} ({})", number, cut(feature.code, 40));
        if (!codes.insert(feature.code).second) return wrong(fmt::format("{}: its code stands twice.", name));
        auto shape = read_shape(one["geometry"], grid, name);
        if (!shape) return shape.error();
        feature.shape = std::move(*shape);
        all.push_back(std::move(feature));
    }
    return all;
}

}  // namespace concord::subjects
