#pragma once

#include <vector>

#include "cases/map_figures.hpp"
#include "subjects/places.hpp"

/// What other rooms show on the page of a place, put together here so that the rooms do not know each other.
namespace concord::app {

std::vector<subjects::PlacePanel> place_panels();
/// What police recorded in the box of a case's map, by street.
cases::MapFigures recorded_crime_on_map(store::Reader& reader, const subjects::Box& box);

}  // namespace concord::app
