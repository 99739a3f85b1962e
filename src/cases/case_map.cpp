#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/case_links.hpp"
#include "subjects/overview.hpp"
#include "subjects/subjects.hpp"
#include "web/pieces.hpp"

/// Where a case happened: its places and the incidents around them, over the boundaries that are held. Drawn here, nothing is fetched from elsewhere.
namespace concord::cases {
namespace {

using access::Context;
using subjects::Box;
using subjects::GridPoint;
using web::el;
using web::Html;
using namespace web::pieces;
namespace ui = web::ui;

constexpr int days_back = 365;
constexpr double wide = 640, high = 400, least_metres = 2400;

struct Marked {
    subjects::Place place;
    GridPoint at;
    std::string part;            // of the case's own places
    std::int64_t incidents = 0;  // in the last year, of records that the reader may read
    Date newest;
};

/// A view of the grid: metres in, drawing units out, north up.
struct View {
    Box box;
    double width, height;
    double scale() const { return width / (box.east - box.west); }
    double x(double easting) const { return (easting - box.west) * scale(); }
    double y(double northing) const { return (box.north - northing) * scale(); }
};

View around(const std::vector<Marked>& own) {
    Box box{own.front().at.easting, own.front().at.northing, own.front().at.easting, own.front().at.northing};
    for (const auto& one : own)
        box = {std::min(box.west, one.at.easting), std::min(box.south, one.at.northing), std::max(box.east, one.at.easting),
               std::max(box.north, one.at.northing)};
    const double size = std::max({least_metres, (box.east - box.west) * 1.5, (box.north - box.south) * 1.5 * wide / high});
    const double cx = (box.west + box.east) / 2, cy = (box.south + box.north) / 2;
    return {.box = {cx - size / 2, cy - size / 2 * high / wide, cx + size / 2, cy + size / 2 * high / wide}, .width = wide, .height = high};
}

/// Points nearer than a unit and a half to the one before are left out; whole rings outside the view too.
std::string path_of(const subjects::Shape& shape, const View& v) {
    std::string path;
    const auto draw = [&](const subjects::Ring& ring) {
        std::string one;
        double last_x = -1e9, last_y = -1e9;
        bool west = true, east = true, south = true, north = true;
        for (const auto& point : ring) {
            const double x = v.x(point.easting), y = v.y(point.northing);
            west = west && x < 0;
            east = east && x > v.width;
            north = north && y < 0;
            south = south && y > v.height;
            if (std::hypot(x - last_x, y - last_y) < 1.5) continue;
            one += fmt::format("{}{:.0f} {:.0f}", one.empty() ? "M" : "L", std::clamp(x, -9000.0, 9000.0), std::clamp(y, -9000.0, 9000.0));
            last_x = x;
            last_y = y;
        }
        if (!one.empty() && !west && !east && !south && !north) path += one + "Z";
    };
    for (const auto& polygon : shape) {
        draw(polygon.outer);
        for (const auto& hole : polygon.holes) draw(hole);
    }
    return path;
}

/// Where the name of an area stands: the middle of what the view shows of its outline, kept inside.
std::optional<std::pair<double, double>> middle_of(const subjects::Shape& shape, const View& v) {
    double x = 0, y = 0;
    int n = 0;
    for (int i = 1; i < 12; ++i)
        for (int j = 1; j < 9; ++j) {
            const double at_x = v.width * i / 12, at_y = v.height * j / 9;
            if (!subjects::contains(shape, {v.box.west + at_x / v.scale(), v.box.north - at_y / v.scale()})) continue;
            x += at_x;
            y += at_y;
            ++n;
        }
    if (n < 4) return {};
    return std::pair{std::clamp(x / n, 60.0, v.width - 60), std::clamp(y / n, 20.0, v.height - 12)};
}

Html land(store::Reader& reader, const View& v, Date today) {
    Html shapes, names;
    for (const auto& [area, shape] : subjects::areas_within(reader, "ward", v.box, today)) {
        const std::string path = path_of(shape, v);
        if (path.empty()) continue;
        shapes += el("path", {{"data-s", "land"}, {"fill-rule", "evenodd"}, {"d", path}});
        if (const auto at = middle_of(shape, v))
            names +=
                el("text",
                   {{"data-s", "tick"}, {"x", fmt::format("{:.0f}", at->first)}, {"y", fmt::format("{:.0f}", at->second)}, {"text-anchor", "middle"}},
                   area.name);
    }
    return el("rect", {{"data-s", "sea"}, {"width", fmt::format("{:.0f}", v.width)}, {"height", fmt::format("{:.0f}", v.height)}}) + shapes + names;
}

Html disc(const View& v, const Marked& one, bool own) {
    const double x = v.x(one.at.easting), y = v.y(one.at.northing);
    const double r = own ? 12 : std::min(11.0, 7 + std::sqrt(static_cast<double>(one.incidents)));
    Html out =
        el("circle",
           {{"data-s", own ? "node2" : "node"}, {"cx", fmt::format("{:.1f}", x)}, {"cy", fmt::format("{:.1f}", y)}, {"r", fmt::format("{:.1f}", r)}});
    if (own) out += el("circle", {{"data-s", "buffer"}, {"cx", fmt::format("{:.1f}", x)}, {"cy", fmt::format("{:.1f}", y)}, {"r", "18"}});
    if (one.incidents > 0)
        out += el("text",
                  {{"x", fmt::format("{:.1f}", x)},
                   {"y", fmt::format("{:.1f}", y + 4)},
                   {"text-anchor", "middle"},
                   {"font-size", "12"},
                   {"font-weight", "700"},
                   {"fill", own ? "#fff" : "currentColor"}},
                  std::to_string(one.incidents));
    return out;
}

/// The hub's whole area, small, with the frame of the map in it.
Html inset(store::Reader& reader, Seq hub, const View& v, Date today) {
    const auto shapes = subjects::hub_shapes(reader, hub, today);
    if (shapes.empty()) return {};
    Box box = subjects::box_of(shapes.front().second);
    for (const auto& [area, shape] : shapes) {
        const Box more = subjects::box_of(shape);
        box = {std::min(box.west, more.west), std::min(box.south, more.south), std::max(box.east, more.east), std::max(box.north, more.north)};
    }
    const double size = std::max(box.east - box.west, box.north - box.south);
    const View small{.box = {box.west, box.south, box.west + size, box.south + size}, .width = 104, .height = 104};
    std::string path;
    for (const auto& [area, shape] : shapes) path += path_of(shape, small);
    const double west = small.x(v.box.west), north = small.y(v.box.north), width = std::max(5.0, (v.box.east - v.box.west) * small.scale());
    return el("svg", {{"x", "524"}, {"y", "8"}, {"width", "108"}, {"height", "108"}, {"viewBox", "-2 -2 108 108"}},
              el("rect", {{"data-s", "node"}, {"x", "-2"}, {"y", "-2"}, {"width", "108"}, {"height", "108"}}) +
                  el("path", {{"data-s", "land"}, {"fill-rule", "evenodd"}, {"d", path}}) +
                  el("rect", {{"data-s", "area"},
                              {"x", fmt::format("{:.1f}", west)},
                              {"y", fmt::format("{:.1f}", north)},
                              {"width", fmt::format("{:.1f}", width)},
                              {"height", fmt::format("{:.1f}", std::max(4.0, width * high / wide))}}));
}

double side_of(const MapFigures::Figure& one) { return std::min(18.0, 4 + 2 * std::sqrt(static_cast<double>(one.count))); }

/// Squares, so that they are no places; the larger the more.
Html squares(const View& v, const MapFigures& held) {
    Html out;
    for (const auto& one : held.figures) {
        const double side = side_of(one);
        out += el("rect", {{"data-s", "quiet"},
                           {"x", fmt::format("{:.1f}", v.x(one.at.easting) - side / 2)},
                           {"y", fmt::format("{:.1f}", v.y(one.at.northing) - side / 2)},
                           {"width", fmt::format("{:.1f}", side)},
                           {"height", fmt::format("{:.1f}", side)}});
    }
    return out;
}

std::string distance(GridPoint at, const std::vector<Marked>& own) {
    double least = 1e9;
    for (const auto& mine : own) least = std::min(least, std::hypot(at.easting - mine.at.easting, at.northing - mine.at.northing));
    if (least < 15) return "Here";
    return least < 1000 ? fmt::format("{:.0f} m", std::round(least / 10) * 10) : fmt::format("{:.1f} km", least / 1000);
}

Html table_of(const std::vector<Marked>& own, const std::vector<Marked>& near) {
    std::vector<std::vector<ui::Cell>> rows;
    const auto add = [&](const Marked& one) {
        rows.push_back({{.text = link("/places/" + one.place.id, one.place.name())},
                        {.text = one.part.empty() ? "Near" : one.part},
                        {.text = std::to_string(one.incidents), .format = "numeric"},
                        {.text = one.incidents == 0 ? "" : in_words(one.newest)},
                        {.text = distance(one.at, own)}});
    };
    for (const auto& one : own) add(one);
    for (const auto& one : near) add(one);
    return ui::stacked_table(
        {.caption = "Places on the map",
         .caption_classes = "govuk-visually-hidden",
         .head = {{.text = "Place"}, {.text = "Part"}, {.text = "Incidents in a year", .format = "numeric"}, {.text = "Newest"}, {.text = "How far"}},
         .rows = rows,
         .first_cell_is_header = true});
}

Html table_of(const MapFigures& held, const std::vector<Marked>& own) {
    constexpr std::size_t most_rows = 25;
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& one : held.figures) {
        if (rows.size() == most_rows) break;
        rows.push_back({{.text = one.where}, {.text = std::to_string(one.count), .format = "numeric"}, {.text = distance(one.at, own)}});
    }
    const std::string caption = held.what + (held.figures.size() > most_rows ? fmt::format(": the {} with most", most_rows) : std::string{});
    return ui::stacked_table({.caption = caption,
                              .caption_classes = "govuk-table__caption--s",
                              .head = {{.text = "Street"}, {.text = "Crimes", .format = "numeric"}, {.text = "How far"}},
                              .rows = rows,
                              .first_cell_is_header = true});
}

Html key_line(const Html& mark, const std::string& words) {
    return el("li", el("svg", {{"viewBox", "0 0 24 22"}, {"aria-hidden", "true"}, {"focusable", "false"}}, mark) + el("span", words));
}

}  // namespace

Html map_section(store::Reader& reader, const Context& context, const Standing& now, const ReadMapFigures& read_figures) {
    std::vector<Marked> own;
    for (const auto& one : now.state["involvements"].items()) {
        if (one.has("ended") || one["kind"].as_string() != "place") continue;
        auto place = subjects::place(reader, one["subject"].as_integer());
        if (!place || !place->at() || std::any_of(own.begin(), own.end(), [&](const Marked& known) { return known.place.stream == place->stream; }))
            continue;
        const auto* role = now.definition->role(one["role"].as_string());
        const GridPoint at = *place->at();
        own.push_back({.place = std::move(*place), .at = at, .part = role != nullptr ? role->label : ""});
    }
    if (own.empty()) return {};
    const View v = around(own);
    std::vector<Marked> near;
    for (const auto& one : subjects::incidents_within(reader, context, v.box, context.today() - days_back, 60)) {
        const auto known = std::find_if(own.begin(), own.end(), [&](const Marked& mine) { return mine.place.stream == one.place; });
        if (known != own.end()) {
            known->incidents = one.incidents;
            known->newest = one.newest;
            continue;
        }
        auto place = subjects::place(reader, one.place);
        if (!place || !place->at()) continue;
        const GridPoint at = *place->at();
        near.push_back({.place = std::move(*place), .at = at, .part = {}, .incidents = one.incidents, .newest = one.newest});
    }
    const MapFigures held = read_figures ? read_figures(reader, v.box) : MapFigures{};
    Html marks = squares(v, held);
    for (const auto& one : near) marks += disc(v, one, false);
    for (const auto& one : own) marks += disc(v, one, true);
    std::string words = fmt::format(
        "{} of this case, and {} near it at which incidents happened in the last 12 months, in records that you may read. "
        "The view is {:.1f} km wide, north up.",
        counted(static_cast<long long>(own.size()), "place"), counted(static_cast<long long>(near.size()), "place"),
        (v.box.east - v.box.west) / 1000);
    if (!held.figures.empty())
        words += fmt::format(" {}: {}, as squares.", held.what, counted(static_cast<long long>(held.figures.size()), "street"));
    const Html drawing = el(
        "svg",
        {{"data-s", "map"}, {"role", "img"}, {"aria-labelledby", "map-title map-words"}, {"viewBox", fmt::format("0 0 {:.0f} {:.0f}", wide, high)}},
        el("title", {{"id", "map-title"}}, "Map of the case") + el("desc", {{"id", "map-words"}}, words) +
            el("svg", {{"width", fmt::format("{:.0f}", wide)}, {"height", fmt::format("{:.0f}", high)}}, land(reader, v, context.today()) + marks) +
            inset(reader, now.state["hub"].as_integer(), v, context.today()));
    const auto circle = [](const char* look) { return el("circle", {{"data-s", look}, {"cx", "12"}, {"cy", "11"}, {"r", "9"}}); };
    Html lines =
        key_line(circle("node2"), "Place of this case, with its incidents in 12 months") + key_line(circle("node"), "Other place with incidents");
    if (!held.figures.empty())
        lines += key_line(el("rect", {{"data-s", "quiet"}, {"x", "6"}, {"y", "5"}, {"width", "12"}, {"height", "12"}}),
                          held.what + ": the larger, the more");
    const Html key = el("ul", {{"data-cc", "key"}}, lines);
    Html out = el("figure", {{"data-cc", "figure"}}, drawing + key);
    out += ui::details({.summary = "Read the map as a list", .text = table_of(own, near) + (held.figures.empty() ? Html{} : table_of(held, own))});
    if (!held.figures.empty()) out += held.source;
    if (const auto data = subjects::area_dataset(reader)) out += el("p", {{"class", "govuk-hint"}}, data->attribution);
    return out;
}

}  // namespace concord::cases
