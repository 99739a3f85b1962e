#include "subjects/areas.hpp"
#include "subjects/overview.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/places_address.hpp"

/// Questions to the areas: which lie at a point, whose hub it is, which street is meant.
namespace concord::subjects {
namespace {

/// Piers and beaches lie beyond the boundary, which follows mean high water.
constexpr double most_beyond = 500;

/// The boundary day to use of each kind: the newest that is not after `on`, or the oldest there is.
std::map<std::string, std::string> editions(store::Reader& reader, Date on) {
    std::map<std::string, std::string> chosen;
    for (const auto& row : reader.select("tt", "select kind, boundary_day from area group by kind, boundary_day order by kind, boundary_day")) {
        const bool first = chosen.count(row.text(0)) == 0;
        if (first || row.text(1) <= to_iso(on)) chosen[row.text(0)] = row.text(1);
    }
    return chosen;
}

int rank_of(std::string_view kind) { return kind == "council" ? 0 : kind == "district" ? 1 : kind == "ward" ? 2 : 3; }

std::string named(const Area& area) {
    if (area.kind == "district") return area.name == "York" ? "York" : fmt::format("the former district of {}", area.name);
    return fmt::format("the {} of {}", area.kind, area.name);
}

struct Bounded {
    HubAnswer answer;
    Shape shape;
};
/// The shapes that hubs work on that day, those whose bounds lie within reach of the point; with a hub, only its own, wherever they lie.
std::vector<Bounded> bounded(store::Reader& reader, std::optional<GridPoint> near, Seq hub, Date on) {
    const auto chosen = editions(reader, on);
    const double far = 1e9, e = near ? near->easting : 0, n = near ? near->northing : 0, reach = near ? most_beyond : far;
    std::vector<Bounded> all;
    for (const auto& row :
         reader.select("ittttttt", R"sql(
        select h.stream, h.code, h.name, a.kind, a.code, a.name, a.boundary_day, a.shape
          from hub_boundary b
          join hub h on h.stream = b.stream
          join area a on a.kind = b.area_kind and a.code = b.area_code
         where b.since <= :on and b.until > :on and (h.ended is null or h.ended > :on) and (h.stream = :hub or :hub = 0)
           and a.west <= :east and a.east >= :west and a.south <= :north and a.north >= :south
         order by a.code, h.code)sql",
                       {{"on", on}, {"hub", hub}, {"east", e + reach}, {"west", e - reach}, {"north", n + reach}, {"south", n - reach}})) {
        if (const auto edition = chosen.find(row.text(3)); edition == chosen.end() || edition->second != row.text(6)) continue;
        HubAnswer answer{.hub = row.integer(0), .code = row.text(1), .name = row.text(2), .boundary = {}, .beyond = 0, .because = {}};
        answer.boundary = {.kind = row.text(3),
                           .code = row.text(4),
                           .name = row.text(5),
                           .local_name = {},
                           .boundary_day = parse_date(row.text(6)).value_or(Date{})};
        all.push_back({std::move(answer), from_compact(row.text(7))});
    }
    return all;
}

}  // namespace

std::vector<Area> areas_at(store::Reader& reader, GridPoint at, Date on) {
    const auto chosen = editions(reader, on);
    std::vector<Area> all;
    for (const auto& row : reader.select("tttttt", R"sql(
        select kind, code, boundary_day, name, local_name, shape from area
         where west <= :e and east >= :e and south <= :n and north >= :n
         order by kind, code)sql",
                                         {{"e", at.easting}, {"n", at.northing}})) {
        if (chosen.at(row.text(0)) != row.text(2) || !contains(from_compact(row.text(5)), at)) continue;
        all.push_back({row.text(0), row.text(1), row.text(3), row.text(4), parse_date(row.text(2)).value_or(Date{})});
    }
    std::stable_sort(all.begin(), all.end(), [](const Area& a, const Area& b) { return rank_of(a.kind) < rank_of(b.kind); });
    return all;
}

std::optional<HubAnswer> hub_of(store::Reader& reader, GridPoint at, Date on, std::string_view what) {
    std::optional<HubAnswer> nearest;
    for (auto& one : bounded(reader, at, 0, on)) {
        const double beyond = distance_to(one.shape, at);
        if (beyond > most_beyond || (nearest && nearest->beyond <= beyond)) continue;
        nearest = std::move(one.answer);
        nearest->beyond = beyond;
    }
    if (!nearest) return {};
    const std::string place = named(nearest->boundary), day = in_words(nearest->boundary.boundary_day);
    nearest->because = nearest->beyond == 0 ? fmt::format("{} lies in {}, by its boundary of {}.", what, place, day)
                                            : fmt::format("{} lies {} m beyond {}, the nearest by its boundary of {}.", what,
                                                          std::lround(nearest->beyond), place, day);
    return nearest;
}

std::optional<HubAnswer> hub_of(store::Reader& reader, std::string_view postcode, Date on) {
    const auto found = find_postcode(reader, normal_postcode(postcode));
    if (!found || !found->at) return {};
    return hub_of(reader, *found->at, on, found->postcode);
}

std::vector<std::pair<Area, Shape>> hub_shapes(store::Reader& reader, Seq hub, Date on) {
    std::vector<std::pair<Area, Shape>> all;
    for (auto& one : bounded(reader, {}, hub, on)) all.emplace_back(std::move(one.answer.boundary), std::move(one.shape));
    return all;
}

std::vector<std::pair<Area, Shape>> areas_within(store::Reader& reader, std::string_view kind, const Box& box, Date on) {
    std::vector<std::pair<Area, Shape>> all;
    for (const auto& row :
         reader.select("tttttt",
                       R"sql(
        select a.kind, a.code, a.name, a.local_name, a.boundary_day, a.shape
          from area a
         where a.kind = :kind and a.west <= :east and a.east >= :west and a.south <= :north and a.north >= :south
           and a.boundary_day = (select coalesce(max(case when b.boundary_day <= :on then b.boundary_day end), min(b.boundary_day))
                                   from area b where b.kind = :kind)
         order by a.code)sql",
                       {{"kind", kind}, {"west", box.west}, {"east", box.east}, {"south", box.south}, {"north", box.north}, {"on", to_iso(on)}}))
        all.emplace_back(Area{.kind = row.text(0),
                              .code = row.text(1),
                              .name = row.text(2),
                              .local_name = row.text(3),
                              .boundary_day = parse_date(row.text(4)).value_or(Date{})},
                         from_compact(row.text(5)));
    return all;
}

// ---- Streets

namespace {

std::vector<Street> streets_between(store::Reader& reader, const std::string& from, const std::string& to, std::size_t limit) {
    std::vector<Street> all;
    for (const auto& row : reader.select("ttttrr", R"sql(
        select s.name, s.kind, s.lsoa, coalesce(d.name, ''), s.easting, s.northing
          from street s
          left join area a on a.kind = 'lsoa21' and a.code = s.lsoa
          left join area d on d.kind = 'district' and d.code = a.parent
         where s.folded >= :from and s.folded < :to
         order by s.folded, coalesce(d.name, ''), s.lsoa
         limit :limit)sql",
                                         {{"from", from}, {"to", to}, {"limit", limit}}))
        all.push_back({row.text(0), row.text(1), row.text(2), row.text(3), {row.real(4), row.real(5)}});
    return all;
}

}  // namespace

std::vector<Street> find_streets(store::Reader& reader, std::string_view typed, std::size_t limit) {
    const std::string key = parse_address(typed).street;
    if (key.size() < 3) return {};
    return streets_between(reader, key, key + "\x7f", limit);
}

std::optional<HubAnswer> hub_of_street(store::Reader& reader, std::string_view text, Date on) {
    const auto address = parse_address(text);
    if (address.street.empty()) return {};
    std::optional<HubAnswer> only;
    for (const auto& street : streets_between(reader, address.street, address.street + '\x01', 100)) {
        auto hub = hub_of(reader, street.at, on, street.name);
        if (!hub) continue;
        if (only && only->hub != hub->hub) return {};
        if (!only) only = std::move(hub);
    }
    if (only) only->because = fmt::format("{} The only street of this name that is known lies there.", only->because);
    return only;
}

}  // namespace concord::subjects
