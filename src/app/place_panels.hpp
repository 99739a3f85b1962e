#pragma once

#include <vector>

#include "subjects/places.hpp"

/// What other rooms show on the page of a place, put together here so that the rooms do not know each other.
namespace concord::app {

std::vector<subjects::PlacePanel> place_panels();

}  // namespace concord::app
