#include "app/place_panels.hpp"

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

}  // namespace

std::vector<subjects::PlacePanel> place_panels() {
    return {{.title = "Cases here", .id = "cases", .draw = cases_here},
            {.title = "What police recorded nearby, by month", .id = "recorded-crime", .draw = recorded_crime}};
}

}  // namespace concord::app
