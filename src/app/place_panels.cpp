#include "app/place_panels.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "base/text.hpp"
#include "cases/case_store.hpp"
#include "web/pieces.hpp"

namespace concord::app {
namespace {

using web::Html;
using namespace web::pieces;
namespace ui = web::ui;

/// Cases that involve the place, as far as this reader may read them.
Html cases_here(store::Reader& reader, const access::Context& context, const subjects::Place& place) {
    const auto rows = cases::cases_about(reader, context.actor, place.stream, context.today(), 50);
    if (rows.empty()) return p("None that you may read.");
    std::vector<std::vector<ui::Cell>> cells;
    for (const auto& one : rows)
        cells.push_back({{.text = link("/cases/" + one.reference, one.reference)},
                         {.text = one.title},
                         {.text = one.open ? "Open" : "Closed"},
                         {.text = in_words(london_date(one.opened_at))}});
    return ui::stacked_table({.caption = "Cases here",
                              .caption_classes = "govuk-visually-hidden",
                              .head = {{.text = "Reference"}, {.text = "Title"}, {.text = "State"}, {.text = "Opened"}},
                              .rows = cells,
                              .first_cell_is_header = true});
}

Html recorded_crime(store::Reader& reader, const access::Context& context, const subjects::Place& place) {
    const auto at = place.at();
    return at ? analysis::recorded_crime_nearby(reader, at->easting, at->northing, context.today()) : Html{};
}

constexpr std::size_t most_streets = 250;

}  // namespace

cases::MapFigures recorded_crime_on_map(store::Reader& reader, const subjects::Box& box) {
    const subjects::Grid grid;
    // A box of the grid leans a little against the degrees: its corners span the box of degrees around it.
    analysis::Point low{180, 90}, high{-180, -90};
    for (const auto& corner : {subjects::GridPoint{box.west, box.south}, {box.west, box.north}, {box.east, box.south}, {box.east, box.north}}) {
        const auto at = grid.to_degrees(corner);
        low = {std::min(low.longitude, at.longitude), std::min(low.latitude, at.latitude)};
        high = {std::max(high.longitude, at.longitude), std::max(high.latitude, at.latitude)};
    }
    const auto counts = analysis::crimes_by_street(reader, low, high, most_streets);
    if (counts.streets.empty()) return {};
    cases::MapFigures held{
        .what = fmt::format("Crimes that police recorded by street in the 12 months to {}", analysis::month_in_words(counts.newest)),
        .figures = {},
        .source = analysis::source_line(counts.newest, {})};
    if (counts.months < 12) held.what += fmt::format(", of which {} imported", counts.months == 1 ? "1 was" : fmt::format("{} were", counts.months));
    for (const auto& one : counts.streets) {
        const auto at = grid.to_grid({one.at.longitude, one.at.latitude});
        if (at.easting < box.west || at.easting > box.east || at.northing < box.south || at.northing > box.north) continue;
        held.figures.push_back({.at = at, .where = one.location.empty() ? "No street named" : one.location, .count = one.crimes});
    }
    return held;
}

std::vector<subjects::PlacePanel> place_panels() {
    return {{.title = "Cases here", .id = "cases", .draw = cases_here},
            {.title = "What police recorded nearby, by month", .id = "recorded-crime", .draw = recorded_crime}};
}

}  // namespace concord::app
