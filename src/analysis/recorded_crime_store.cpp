#include "analysis/recorded_crime_store.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::analysis {
namespace {

constexpr double metres_a_degree = 111'320;  // of latitude

/// Good to a metre over a few kilometres, and points are only as good as the middle of their street.
double metres_between(Point a, Point b) {
    const double east = (a.longitude - b.longitude) * metres_a_degree * std::cos(a.latitude * std::numbers::pi / 180);
    return std::hypot(east, (a.latitude - b.latitude) * metres_a_degree);
}

using HubTypes = std::map<std::pair<std::string, std::string>, std::int64_t>;

HubTypes by_hub(store::Reader& reader, std::string_view month, std::string_view force) {
    HubTypes all;
    for (const auto& row : reader.select("tti", R"sql(
        select hub, crime_type, sum(crimes)
          from hub_crime_count
         where month = :month and (:force = '' or force = :force)
         group by hub, crime_type)sql",
                                         {{"month", month}, {"force", force}}))
        all[{row.text(0), row.text(1)}] = row.integer(2);
    return all;
}

/// Was every force of `month` imported for `earlier` too?
bool comparable(store::Reader& reader, std::string_view month, std::string_view earlier, std::string_view force) {
    return reader.count(R"sql(
        select count(*) from crime_snapshot now
         where now.month = :month and (:force = '' or now.force = :force)
           and not exists (select 1 from crime_snapshot past where past.force = now.force and past.month = :earlier))sql",
                        {{"month", month}, {"force", force}, {"earlier", earlier}}) == 0;
}

/// The force that recorded most of some hundred rows around a point, in the nearest box that holds any. Empty where nothing lies within 25 km.
std::string force_around(store::Reader& reader, Point centre) {
    for (const double metres : {300.0, 1'000.0, 5'000.0, 25'000.0}) {
        const double north = metres / metres_a_degree, east = north / std::cos(centre.latitude * std::numbers::pi / 180);
        const auto row = reader.select_one("ti", R"sql(
            select force, count(*)
              from (select force
                      from recorded_crime
                     where latitude between :south and :north and longitude between :west and :east
                     order by latitude, longitude
                     limit 500) as nearest
             group by force
             order by count(*) desc, force
             limit 1)sql",
                                           {{"south", centre.latitude - north},
                                            {"north", centre.latitude + north},
                                            {"west", centre.longitude - east},
                                            {"east", centre.longitude + east}});
        if (row) return row->text(0);
    }
    return {};
}

std::string month_after(std::string_view month, int months) {
    const int number = std::stoi(std::string{month.substr(0, 4)}) * 12 + std::stoi(std::string{month.substr(5)}) - 1 + months;
    return fmt::format("{:04}-{:02}", number / 12, number % 12 + 1);
}

}  // namespace

std::string year_before(std::string_view month) { return month_after(month, -12); }

std::string month_in_words(std::string_view month) {
    const auto first = parse_date(std::string{month} + "-01");
    return first ? in_words(*first).substr(2) : std::string{month};
}

std::string in_one(const StreetRow& row) {
    std::string all;
    for (const auto* part : {&row.crime_id, &row.month, &row.force, &row.falls_within, &row.location, &row.lsoa, &row.lsoa_name, &row.crime_type,
                             &row.outcome, &row.context}) {
        all += *part;
        all += '\x1f';
    }
    if (row.point) all += fmt::format("{} {}", row.point->longitude, row.point->latitude);
    return all;
}

std::vector<StreetRow> stored_month(store::Reader& reader, const std::string& force, const std::string& month) {
    std::vector<StreetRow> all;
    const auto rows = reader.select("ittrrtttttt", R"sql(
        select line, crime_id, falls_within, longitude, latitude, location, lsoa, lsoa_name, crime_type, outcome, context
          from recorded_crime
         where force = :force and month = :month
         order by line)sql",
                                    {{"force", force}, {"month", month}});
    for (const auto& row : rows)
        all.push_back({.line = static_cast<std::size_t>(row.integer(0)),
                       .crime_id = row.text(1),
                       .month = month,
                       .force = force,
                       .falls_within = row.text(2),
                       .point = row.is_null(3) ? std::optional<Point>{} : Point{row.real(3), row.real(4)},
                       .location = row.text(5),
                       .lsoa = row.text(6),
                       .lsoa_name = row.text(7),
                       .crime_type = row.text(8),
                       .outcome = row.text(9),
                       .context = row.text(10)});
    return all;
}

void replace_month(store::Transaction& tx, Seq source, const std::string& force, const std::string& month,
                   const std::vector<const StreetRow*>& rows) {
    tx.execute("delete from recorded_crime where force = :force and month = :month", {{"force", force}, {"month", month}});
    static const std::vector<std::string> columns{"source",   "line",     "crime_id", "month",     "force",      "falls_within", "longitude",
                                                  "latitude", "location", "lsoa",     "lsoa_name", "crime_type", "outcome",      "context"};
    std::vector<std::vector<store::Value>> values;
    values.reserve(rows.size());
    for (const auto* row : rows)
        values.push_back({source, static_cast<std::int64_t>(row->line), row->crime_id, month, force, row->falls_within,
                          row->point ? store::Value{row->point->longitude} : store::Value{},
                          row->point ? store::Value{row->point->latitude} : store::Value{}, row->location, row->lsoa, row->lsoa_name, row->crime_type,
                          row->outcome, row->context});
    tx.insert_many("recorded_crime", columns, values);
}

void count_month(store::Transaction& tx, const std::string& force, const std::string& month) {
    tx.execute("delete from hub_crime_count where month = :month and force = :force", {{"month", month}, {"force", force}});
    tx.execute(R"sql(
        insert into hub_crime_count (month, hub, force, crime_type, crimes)
        select c.month, coalesce(h.hub, ''), c.force, c.crime_type,
               count(distinct case when c.crime_id <> '' then c.crime_id end) + sum(case when c.crime_id = '' then 1 else 0 end)
          from recorded_crime c left join lsoa_hub h on h.lsoa = c.lsoa
         where c.month = :month and c.force = :force
         group by c.month, coalesce(h.hub, ''), c.force, c.crime_type)sql",
               {{"month", month}, {"force", force}});
}

void count_streets(store::Transaction& tx, const std::string& force, const std::string& month) {
    tx.execute("delete from street_crime_count where month = :month and force = :force", {{"month", month}, {"force", force}});
    tx.execute(R"sql(
        insert into street_crime_count (latitude, longitude, month, force, location, crimes)
        select latitude, longitude, month, force, max(location),
               count(distinct case when crime_id <> '' then crime_id end) + sum(case when crime_id = '' then 1 else 0 end)
          from recorded_crime
         where month = :month and force = :force and latitude is not null
         group by latitude, longitude, month, force)sql",
               {{"month", month}, {"force", force}});
}

void save_snapshot(store::Transaction& tx, const Snapshot& snapshot, const std::string& sha256) {
    tx.execute(R"sql(
        insert into crime_snapshot (force, month, source, row_count, crimes, sha256, imported_at)
        values (:force, :month, :source, :row_count, :crimes, :sha256, :imported_at)
        on conflict (force, month) do update
           set source = excluded.source, row_count = excluded.row_count, crimes = excluded.crimes, sha256 = excluded.sha256,
               imported_at = excluded.imported_at)sql",
               {{"force", snapshot.force},
                {"month", snapshot.month},
                {"source", snapshot.source},
                {"row_count", snapshot.rows},
                {"crimes", snapshot.crimes},
                {"sha256", sha256},
                {"imported_at", snapshot.imported_at}});
}

void replace_hub_areas(store::Transaction& tx, const std::vector<std::vector<store::Value>>& rows) {
    tx.execute("delete from lsoa_hub");
    tx.insert_many("lsoa_hub", {"lsoa", "hub"}, rows);
    for (const auto& held : snapshots(tx)) count_month(tx, held.force, held.month);
}

std::vector<Snapshot> snapshots(store::Reader& reader) {
    std::vector<Snapshot> all;
    for (const auto& row : reader.select("ttiiii", R"sql(
        select force, month, source, row_count, crimes, imported_at
          from crime_snapshot
         order by month, force)sql"))
        all.push_back({.force = row.text(0),
                       .month = row.text(1),
                       .source = row.integer(2),
                       .rows = row.integer(3),
                       .crimes = row.integer(4),
                       .imported_at = row.instant(5)});
    return all;
}

std::vector<MonthCount> crimes_near(store::Reader& reader, Point centre, double metres, std::string_view from, std::string_view to) {
    const double north = metres / metres_a_degree, east = north / std::cos(centre.latitude * std::numbers::pi / 180);
    // month || '': by its place, of which there are few rows, and never by the index of months, of which there are many.
    const auto rows = reader.select("tttrr", R"sql(
        select month, crime_type, crime_id, longitude, latitude
          from recorded_crime
         where latitude between :south and :north and longitude between :west and :east and month || '' between :from_month and :to_month)sql",
                                    {{"south", centre.latitude - north},
                                     {"north", centre.latitude + north},
                                     {"west", centre.longitude - east},
                                     {"east", centre.longitude + east},
                                     {"from_month", from},
                                     {"to_month", to}});
    std::map<std::pair<std::string, std::string>, std::int64_t> counts;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& row : rows) {
        if (metres_between(centre, {row.real(3), row.real(4)}) > metres) continue;
        if (!row.text(2).empty() && !seen.emplace(row.text(0), row.text(2)).second) continue;
        ++counts[{row.text(0), row.text(1)}];
    }
    std::vector<MonthCount> all;
    for (const auto& [key, count] : counts) all.push_back({key.first, key.second, count});
    return all;
}

StreetCounts crimes_by_street(store::Reader& reader, Point south_west, Point north_east, std::size_t most) {
    StreetCounts counts;
    for (const auto& row : reader.select("rrtiti", R"sql(
        with held as (
            select max(month) as newest, cast(cast(substr(max(month), 1, 4) as integer) - 1 as text) || substr(max(month), 5) as before
              from crime_snapshot)
        select c.longitude, c.latitude, max(c.location), sum(c.crimes), max(h.newest),
               (select count(distinct s.month) from crime_snapshot s where s.month > (select before from held))
          from street_crime_count c cross join held h
         where c.latitude between :south and :north and c.longitude between :west and :east and c.month > h.before
         group by c.latitude, c.longitude
         order by 4 desc, 2, 1
         limit :most)sql",
                                         {{"south", south_west.latitude},
                                          {"north", north_east.latitude},
                                          {"west", south_west.longitude},
                                          {"east", north_east.longitude},
                                          {"most", most}})) {
        counts.streets.push_back({{row.real(0), row.real(1)}, row.text(2), row.integer(3)});
        counts.newest = row.text(4);
        counts.months = row.integer(5);
    }
    return counts;
}

std::vector<HubCount> crimes_by_hub(store::Reader& reader, std::string_view month, std::string_view force) {
    const std::string earlier = year_before(month);
    const HubTypes now = by_hub(reader, month, force);
    const bool known = comparable(reader, month, earlier, force);
    const HubTypes past = known ? by_hub(reader, earlier, force) : HubTypes{};
    std::map<std::pair<std::string, std::string>, HubCount> all;
    for (const auto* counts : {&now, &past})
        for (const auto& [key, count] : *counts) all[key] = {.hub = key.first, .crime_type = key.second, .crimes = 0, .year_before = {}};
    for (auto& [key, count] : all) {
        if (const auto found = now.find(key); found != now.end()) count.crimes = found->second;
        if (known) count.year_before = past.contains(key) ? past.at(key) : 0;
    }
    std::vector<HubCount> list;
    for (auto& [key, count] : all) list.push_back(std::move(count));
    return list;
}

std::vector<HubMonth> hub_months(store::Reader& reader, std::string_view hub, std::size_t limit) {
    // A force that has a month and no crime in this hub still says that the month is known.
    std::map<std::string, std::int64_t> crimes;
    for (const auto& row : reader.select("ti", R"sql(
        select s.month, coalesce(sum(c.crimes), 0)
          from crime_snapshot s left join hub_crime_count c on c.month = s.month and c.force = s.force and c.hub = :hub
         group by s.month
         order by s.month)sql",
                                         {{"hub", hub}}))
        crimes[row.text(0)] = row.integer(1);
    std::vector<HubMonth> months;
    for (auto it = crimes.rbegin(); it != crimes.rend() && months.size() < limit; ++it) {
        HubMonth one{.month = it->first, .crimes = it->second, .year_before = {}};
        const std::string earlier = year_before(one.month);
        if (crimes.contains(earlier) && comparable(reader, one.month, earlier, "")) one.year_before = crimes.at(earlier);
        months.push_back(std::move(one));
    }
    return months;
}

Nearby recorded_near(store::Reader& reader, Point centre, std::string_view from, std::string_view to, double metres) {
    Nearby near{.force = force_around(reader, centre), .newest = {}, .imported = {}, .months = {}};
    std::set<std::string> imported;
    for (const auto& held : snapshots(reader)) {
        if (!near.force.empty() && held.force != near.force) continue;
        imported.insert(held.month);
        near.newest = held.month;
        near.imported = held.imported_at;
    }
    if (imported.empty() && (from.empty() || to.empty())) return near;
    const std::string last = !to.empty() ? std::string{to} : near.newest, first = !from.empty() ? std::string{from} : month_after(last, -11);
    std::map<std::string, NearbyMonth> months;
    for (std::string month = first; month <= last; month = month_after(month, 1))
        months[month] = {.month = month, .imported = imported.contains(month), .crimes = 0, .by_type = {}};
    for (const auto& count : crimes_near(reader, centre, metres, first, last)) {
        auto& month = months[count.month];
        month.imported = true;  // another force's month has shown something here
        month.crimes += count.crimes;
        month.by_type.emplace_back(count.crime_type, count.crimes);
    }
    for (auto it = months.rbegin(); it != months.rend(); ++it) {
        std::stable_sort(it->second.by_type.begin(), it->second.by_type.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
        near.months.push_back(std::move(it->second));
    }
    return near;
}

}  // namespace concord::analysis
