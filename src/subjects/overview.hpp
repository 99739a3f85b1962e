#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "subjects/areas.hpp"
#include "subjects/flags.hpp"

/// Over everybody and everything in the records that a reader may read: flags that were raised, where incidents happened, and the shapes for a map.
namespace concord::subjects {

/// Flags that stand today and to which an incident since this day belongs, over everybody and everything in records that the reader may read: at most
/// `most` subjects, those with the newest incident first.
std::vector<ShownFlag> flags_raised(store::Reader& reader, const access::Context& context, Date since, std::size_t most);
/// Where incidents of records that the reader may read happened, within a box since a day; the most first.
struct IncidentsAt {
    Seq place = 0;
    std::int64_t incidents = 0;
    Date newest;
};
std::vector<IncidentsAt> incidents_within(store::Reader& reader, const access::Context& context, const Box& box, Date since, std::size_t most);

/// Areas of one kind that touch the box, by the newest boundaries of that day, with their shapes: for maps.
std::vector<std::pair<Area, Shape>> areas_within(store::Reader& reader, std::string_view kind, const Box& box, Date on);

}  // namespace concord::subjects
