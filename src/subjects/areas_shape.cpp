#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <proj.h>

#include <fmt/format.h>

#include "subjects/areas.hpp"

/// Points and shapes: sums on a plane, nothing else.
namespace concord::subjects {

// ---- Degrees and grid

struct Grid::Parts {
    PJ_CONTEXT* context = nullptr;
    PJ* to_grid = nullptr;
};

Grid::Grid() : parts_{std::make_unique<Parts>()} {
    // Ordnance Survey, "A guide to coordinate systems in Great Britain", sections 6.6 and annexe A. A fixed pipeline: the same on every machine,
    // whatever grids are installed, and no database of systems is opened.
    constexpr const char* pipeline =
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 +step +inv +proj=helmert +x=446.448 +y=-125.157 "
        "+z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 +convention=position_vector +step +inv +proj=cart +ellps=airy +step +proj=tmerc +lat_0=49 "
        "+lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy";
    parts_->context = proj_context_create();
    parts_->to_grid = proj_create(parts_->context, pipeline);
    if (parts_->to_grid == nullptr) throw Failure{"PROJ refuses the pipeline from WGS 84 to the British National Grid"};
}
Grid::~Grid() {
    proj_destroy(parts_->to_grid);
    proj_context_destroy(parts_->context);
}
GridPoint Grid::to_grid(Degrees at) const {
    const PJ_COORD made = proj_trans(parts_->to_grid, PJ_FWD, proj_coord(at.longitude, at.latitude, 0, 0));
    return {made.xy.x, made.xy.y};
}
Degrees Grid::to_degrees(GridPoint at) const {
    const PJ_COORD made = proj_trans(parts_->to_grid, PJ_INV, proj_coord(at.easting, at.northing, 0, 0));
    return {made.xy.x, made.xy.y};
}

// ---- Inside and outside

namespace {

enum class Side { inside, outside, edge };

double cross(GridPoint a, GridPoint b, GridPoint p) {
    return (b.easting - a.easting) * (p.northing - a.northing) - (b.northing - a.northing) * (p.easting - a.easting);
}

bool between(double a, double b, double value) { return std::min(a, b) <= value && value <= std::max(a, b); }

/// Counts the edges that a ray to the east crosses; an edge owns its lower end, so that a corner is counted once.
Side side_of(const Ring& ring, GridPoint at) {
    bool inside = false;
    for (std::size_t i = 0, before = ring.size() - 1; i < ring.size(); before = i++) {
        const GridPoint a = ring[before], b = ring[i];
        const double turn = cross(a, b, at);
        if (turn == 0 && between(a.easting, b.easting, at.easting) && between(a.northing, b.northing, at.northing)) return Side::edge;
        if ((a.northing <= at.northing) != (b.northing <= at.northing)) {
            const bool upward = b.northing > a.northing;
            if ((turn > 0) == upward) inside = !inside;
        }
    }
    return inside ? Side::inside : Side::outside;
}

bool contains(const Polygon& polygon, GridPoint at) {
    const Side outer = polygon.outer.empty() ? Side::outside : side_of(polygon.outer, at);
    if (outer != Side::inside) return outer == Side::edge;
    for (const auto& hole : polygon.holes)
        if (side_of(hole, at) == Side::inside) return false;
    return true;
}

double distance_to_edge(GridPoint a, GridPoint b, GridPoint at) {
    const double dx = b.easting - a.easting, dy = b.northing - a.northing, length = dx * dx + dy * dy;
    const double along = length == 0 ? 0 : ((at.easting - a.easting) * dx + (at.northing - a.northing) * dy) / length;
    const double t = std::clamp(along, 0.0, 1.0);
    return std::hypot(at.easting - a.easting - t * dx, at.northing - a.northing - t * dy);
}

template <class Visit>
void each_ring(const Shape& shape, Visit visit) {
    for (const auto& polygon : shape) {
        visit(polygon.outer);
        for (const auto& hole : polygon.holes) visit(hole);
    }
}

}  // namespace

bool contains(const Shape& shape, GridPoint at) {
    return std::any_of(shape.begin(), shape.end(), [&](const Polygon& polygon) { return contains(polygon, at); });
}

double distance_to(const Shape& shape, GridPoint at) {
    if (contains(shape, at)) return 0;
    double nearest = std::numeric_limits<double>::infinity();
    each_ring(shape, [&](const Ring& ring) {
        for (std::size_t i = 0; i < ring.size(); ++i) nearest = std::min(nearest, distance_to_edge(ring[i], ring[(i + 1) % ring.size()], at));
    });
    return nearest;
}

Box box_of(const Shape& shape) {
    constexpr double far = std::numeric_limits<double>::infinity();
    Box box{far, far, -far, -far};
    each_ring(shape, [&](const Ring& ring) {
        for (const auto& at : ring) {
            box.west = std::min(box.west, at.easting);
            box.east = std::max(box.east, at.easting);
            box.south = std::min(box.south, at.northing);
            box.north = std::max(box.north, at.northing);
        }
    });
    return box;
}

// ---- The compact form

std::string to_compact(const Shape& shape) {
    std::string text;
    long x = 0, y = 0;
    for (const auto& polygon : shape) {
        if (!text.empty()) text += '|';
        const auto put = [&](const Ring& ring) {
            for (const auto& at : ring) {
                const long e = std::lround(at.easting), n = std::lround(at.northing);
                fmt::format_to(std::back_inserter(text), "{} {} ", e - x, n - y);
                x = e;
                y = n;
            }
            if (!ring.empty()) text.pop_back();
        };
        put(polygon.outer);
        for (const auto& hole : polygon.holes) {
            text += ';';
            put(hole);
        }
    }
    return text;
}

Shape from_compact(std::string_view text) {
    Shape shape;
    if (text.empty()) return shape;
    shape.emplace_back();
    Ring* ring = &shape.back().outer;
    long x = 0, y = 0;
    const char *at = text.data(), *end = text.data() + text.size();
    while (at < end) {
        long dx = 0, dy = 0;
        const auto first = std::from_chars(at, end, dx);
        require(first.ec == std::errc{} && first.ptr < end && *first.ptr == ' ', "the shape of an area is whole");
        const auto second = std::from_chars(first.ptr + 1, end, dy);
        require(second.ec == std::errc{}, "the shape of an area is whole");
        x += dx;
        y += dy;
        ring->push_back({static_cast<double>(x), static_cast<double>(y)});
        at = second.ptr;
        if (at < end && *at == ';') ring = &shape.back().holes.emplace_back();
        if (at < end && *at == '|') {
            shape.emplace_back();
            ring = &shape.back().outer;
        }
        if (at < end) ++at;
    }
    return shape;
}

}  // namespace concord::subjects
