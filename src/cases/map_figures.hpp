#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/store.hpp"
#include "subjects/subjects.hpp"
#include "web/html.hpp"

namespace concord::cases {

/// Figures by point that another room holds, for the map of a case: a quiet layer below its places. Open to everyone who signs in.
struct MapFigures {
    struct Figure {
        subjects::GridPoint at;
        std::string where;
        std::int64_t count = 0;
    };
    std::string what;             // "Crimes that police recorded by street in the 12 months to April 2025"
    std::vector<Figure> figures;  // the most first; none: there is no layer
    web::Html source;
};
using ReadMapFigures = std::function<MapFigures(store::Reader& reader, const subjects::Box& box)>;

}  // namespace concord::cases
