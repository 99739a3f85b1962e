#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "analysis/street.hpp"
#include "base/json.hpp"
#include "cases/cases.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"
#include "web/html.hpp"

/// Open data: police-recorded crime by street, as data.police.uk publishes it a month at a time.
namespace concord::analysis {

using ledger::Seq;

std::vector<store::Migration> migrations();

// ---- Import

/// What became of one file. rows = added + replaced + unchanged + refused rows.
struct ImportedFile {
    std::string file;  // as given; within an archive "download.zip/2025-06/2025-06-north-yorkshire-street.csv"
    std::int64_t rows = 0;
    std::int64_t added = 0;         // not known before
    std::int64_t replaced = 0;      // known by their crime id, with something changed: most often the outcome
    std::int64_t unchanged = 0;     // stood there already, in every column
    std::int64_t removed = 0;       // stood there before and are not in the new file
    std::int64_t repeated = 0;      // rows with the crime id of an earlier one: counted once
    std::vector<LineNote> refused;  // line 0: the file as a whole, nothing of it was stored
    std::vector<LineNote> warnings;
};
/// {"file","rows","new","replaced","unchanged","removed","repeated","refused":[{"line","reason"}],"warnings":[...]}
Json to_json(const ImportedFile& file);

/// Called after each file; done is 0 to 1, of the bytes of all files.
using Progress = std::function<void(const ImportedFile&, double done)>;
/// Street files (.csv, .csv.gz, .zip of them). The month of a force that a file holds replaces the one that stood there, in one transaction with one
/// event of a new stream of kind "import": SHA-256 of the text, counts, licence. Throws only where the database fails.
std::vector<ImportedFile> import_police_crime(store::Database& db, ledger::Ledger& ledger, const ledger::Author& author,
                                              const std::vector<std::string>& files, const Progress& progress = {});

/// Which area belongs to which hub: CSV with the columns lsoa and hub, replacing what stood there. Answers the number of areas.
Result<std::int64_t> load_hub_areas(store::Database& db, ledger::Ledger& ledger, const ledger::Author& author, std::string_view csv);

// ---- Reading. A crime id counts once a month; a row without one is an incident of its own.

/// A force's month that was imported.
struct Snapshot {
    std::string force, month;
    Seq source = 0;
    std::int64_t rows = 0, crimes = 0;
    Instant imported_at;
};
std::vector<Snapshot> snapshots(store::Reader& reader);  // by month, then force

struct MonthCount {
    std::string month, crime_type;
    std::int64_t crimes = 0;
    bool operator==(const MonthCount&) const = default;
};
/// Crimes whose published point lies within `metres` of `centre`, months from and to included, by month and type; months without any are left out.
std::vector<MonthCount> crimes_near(store::Reader& reader, Point centre, double metres, std::string_view from, std::string_view to);

/// Crimes by the point to which the publisher moves them, over the twelve months up to the newest that was imported, the most first.
struct StreetCount {
    Point at;
    std::string location;  // On or near Long Gate
    std::int64_t crimes = 0;
    bool operator==(const StreetCount&) const = default;
};
struct StreetCounts {
    std::string newest;       // empty where there is no crime in the box
    std::int64_t months = 0;  // how many of the twelve were imported
    std::vector<StreetCount> streets;
};
StreetCounts crimes_by_street(store::Reader& reader, Point south_west, Point north_east, std::size_t most);

struct HubCount {
    std::string hub;  // code; empty: the area is unknown or belongs to no hub
    std::string crime_type;
    std::int64_t crimes = 0;
    std::optional<std::int64_t> year_before;  // none where a force of this month has no import of that month: unknown, not zero
    bool operator==(const HubCount&) const = default;
};
/// By hub and type, both months' types among them, ordered by hub and type. `force` empty: all forces.
std::vector<HubCount> crimes_by_hub(store::Reader& reader, std::string_view month, std::string_view force = {});
/// One hub's months that were imported, all types together, newest first, at most `limit`.
struct HubMonth {
    std::string month;
    std::int64_t crimes = 0;
    std::optional<std::int64_t> year_before;  // as above
    bool operator==(const HubMonth&) const = default;
};
std::vector<HubMonth> hub_months(store::Reader& reader, std::string_view hub, std::size_t limit);
/// "2024-04" of "2025-04"; "April 2025".
std::string year_before(std::string_view month);
std::string month_in_words(std::string_view month);

// ---- What police recorded near a place

struct NearbyMonth {
    std::string month;
    bool imported = false;  // false: unknown, which is not the same as no crime
    std::int64_t crimes = 0;
    std::vector<std::pair<std::string, std::int64_t>> by_type;  // most first
};
struct Nearby {
    std::string force;                // that recorded most around the point; empty where nothing was imported
    std::string newest;               // its newest month that was imported
    std::optional<Instant> imported;  // and when
    std::vector<NearbyMonth> months;  // every month from ... to, newest first
};
constexpr double nearby_metres = 200;
/// from, to: "2025-04", both included; empty: the twelve months up to the newest one.
Nearby recorded_near(store::Reader& reader, Point centre, std::string_view from, std::string_view to, double metres = nearby_metres);
/// Degrees of a point of the British National Grid, within 5 m (without the OSTN15 grid).
Point from_grid(double easting, double northing);

/// The inside of the panel "What police recorded nearby, by month" on the page of a place: a table, what is not known, the source. Asks nothing of
/// access: figures without names are open to everyone who signs in, and whoever draws it has asked for the place.
web::Html recorded_crime_nearby(store::Reader& reader, Point centre, Date today);
web::Html recorded_crime_nearby(store::Reader& reader, double easting, double northing, Date today);
/// What the figures are, how old, from whom and under which licence: stands under every one of them.
web::Html source_line(std::string_view newest, std::optional<Instant> imported);

/// GET /api/v1/places/{id}/recorded-crime, /api/v1/hubs/{code}/work and /recorded-crime, /hubs and /hubs/{code}.
void add_routes(access::Routes& routes, const cases::Deps& deps);

}  // namespace concord::analysis
