#pragma once

#include <string>

#include "app/program.hpp"

/// The demonstration: two years of invented work of eight hubs, ending today, as lines for `concord play`.
namespace concord::app::demo {

/// The lines in order of time, one JSON object each; the same bytes for the same partnership, seed, size and day.
std::string lines(const std::string& partnership_folder, const WorkingCalendar& calendar, Date today, unsigned seed, DemoSize size);

}  // namespace concord::app::demo
