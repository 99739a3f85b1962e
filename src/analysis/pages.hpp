#pragma once

#include <optional>
#include <string_view>

#include "analysis/analysis.hpp"
#include "web/pieces.hpp"

/// What the pages of this room share with each other. Inside the room only.
namespace concord::analysis {

/// "1,126".
std::string number_in_words(std::int64_t n);
/// The number with spaces as wide as figures before it, so that numbers up to `most` stand under each other from the left.
web::Html padded(std::int64_t value, std::int64_t most);
/// The number so padded and a bar of up to 96 pixels: the bar is nothing for a screen reader, which has the number.
web::Html bar(std::int64_t value, std::int64_t most);

void add_nearby_routes(access::Routes& routes);
void add_hub_api(access::Routes& routes, const cases::Deps& deps);
void add_hub_pages(access::Routes& routes, const cases::Deps& deps);

}  // namespace concord::analysis
