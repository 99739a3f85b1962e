#pragma once

#include <vector>

#include "subjects/people_pages.hpp"

namespace concord::app {

/// What other rooms show on a person's page: repeat flags and the cases that the reader may read.
std::vector<subjects::PersonPanel> person_panels();

}  // namespace concord::app
