#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"

/// Where things lie: shapes of areas, postcodes and street names of the partnership as open data, and whose hub a point belongs to.
/// All sums are done on the British National Grid, in metres; what comes in degrees is brought there once.
namespace concord::subjects {

using ledger::Seq;

// ---- Points and shapes

struct GridPoint {
    double easting = 0, northing = 0;  // metres, OSGB36 / British National Grid (EPSG:27700)
    bool operator==(const GridPoint&) const = default;
};
struct Degrees {
    double longitude = 0, latitude = 0;  // WGS 84 (EPSG:4326)
    bool operator==(const Degrees&) const = default;
};

/// Between degrees and grid by PROJ: seven-parameter shift and transverse Mercator, without the OSTN15 grid (within 5 m in Great Britain).
/// Making one costs 0.1 ms; one belongs to one thread.
class Grid {
public:
    Grid();
    ~Grid();
    Grid(const Grid&) = delete;
    Grid& operator=(const Grid&) = delete;
    GridPoint to_grid(Degrees at) const;
    Degrees to_degrees(GridPoint at) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

using Ring = std::vector<GridPoint>;  // closed: the last point joins the first, which is not repeated
struct Polygon {
    Ring outer;
    std::vector<Ring> holes;
    bool operator==(const Polygon&) const = default;
};
using Shape = std::vector<Polygon>;  // several parts: an area with islands

struct Box {
    double west = 0, south = 0, east = 0, north = 0;
};

/// A point on an edge or a corner is inside; a point in a hole is outside, one on the hole's own edge inside.
bool contains(const Shape& shape, GridPoint at);
/// Metres to the nearest edge; 0 inside.
double distance_to(const Shape& shape, GridPoint at);
Box box_of(const Shape& shape);
/// Whole metres, each point as its distance from the one before: a quarter of the GeoJSON. Rings of one polygon by ';', polygons by '|'.
std::string to_compact(const Shape& shape);
Shape from_compact(std::string_view text);

/// One feature of a GeoJSON file, in grid metres.
struct Feature {
    std::string code, name, parent;
    Shape shape;
};
/// A FeatureCollection of Polygons and MultiPolygons in WGS 84 with the properties code and name. The refusal names the feature and what is wrong:
/// an open ring, fewer than four points, coordinates that are no degrees or are changed about, a code that stands twice.
Result<std::vector<Feature>> read_geojson(std::string_view text);

// ---- Postcodes as people type them

struct PostcodeCheck {
    std::string postcode;  // normal form; empty where it cannot be one
    std::string problem;   // a sentence, where it cannot be one
};
/// Says what is wrong: too short, a letter where a digit must be (with the postcode that was meant where O and 0, I and 1, S and 5 are changed
/// about), an area that there is not.
PostcodeCheck check_postcode(std::string_view typed);

struct Postcode {
    std::string postcode;
    int quality = 90;             // of the position, as Code-Point Open has it: 10 the building, 90 none
    std::optional<GridPoint> at;  // none with quality 90: never 0, 0
    std::string ward, lsoa;       // codes; empty where unknown
};
std::optional<Postcode> find_postcode(store::Reader& reader, std::string_view normal);
/// Live postcodes of the partnership that differ by one letter, or by two that changed places; at most three.
std::vector<std::string> like_postcode(store::Reader& reader, std::string_view normal);

// ---- Streets

struct Street {
    std::string name, kind;  // street, place, road-number
    std::string lsoa;
    std::string district;  // name of the district it lies in
    GridPoint at;          // a point on it
};
/// By the beginning of the name, as typed, by name and district. A street that crosses areas has a row for each.
std::vector<Street> find_streets(store::Reader& reader, std::string_view typed, std::size_t limit = 50);

// ---- Areas and hubs

struct Area {
    std::string kind;  // district, council, ward, lsoa21
    std::string code, name;
    std::string local_name;  // what people call a small area: "Castle & Esplanade"; empty for others
    Date boundary_day;       // the day that its shape is of
};
/// Every area that holds the point, by the newest boundaries of that day (the oldest there are, before the first), larger first.
std::vector<Area> areas_at(store::Reader& reader, GridPoint at, Date on);

/// Which hub, and why.
struct HubAnswer {
    Seq hub = 0;
    std::string code, name;
    Area boundary;
    double beyond = 0;    // metres outside the boundary: piers and beaches lie beyond mean high water
    std::string because;  // "YO11 1NX lies in Scarborough, a former district, by its boundary of 31 December 2021."
};
std::optional<HubAnswer> hub_of(store::Reader& reader, GridPoint at, Date on, std::string_view what = "The point");
std::optional<HubAnswer> hub_of(store::Reader& reader, std::string_view postcode, Date on);
/// By the name of a street that lies in one hub only.
std::optional<HubAnswer> hub_of_street(store::Reader& reader, std::string_view text, Date on);

/// This hub works this area from a day on; until: the first day on which it does not any more. An event of the hub's stream.
Result<Done> set_hub_boundary(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, Seq hub, std::string_view area_kind,
                              std::string_view area_code, std::optional<Date> since = {}, std::optional<Date> until = {});
/// The shapes that a hub works on that day, for drawing.
std::vector<std::pair<Area, Shape>> hub_shapes(store::Reader& reader, Seq hub, Date on);

// ---- The data set

/// A folder with areas.toml and the files that it names, read and checked without a database.
struct AreaData {
    std::string title, licence, attribution, sha256;
    struct Shapes {
        std::string kind, file;
        Date boundary_day;
        std::vector<Feature> features;
    };
    std::vector<Shapes> shapes;
    struct Described {
        std::string code, local_name;
        std::optional<std::int64_t> residents, deprivation_decile;
    };
    std::vector<Described> described;
    std::vector<Postcode> postcodes;
    struct StreetRow {
        std::string name, kind, lsoa;
        GridPoint at;
    };
    std::vector<StreetRow> streets;
    struct File {
        std::string name, sha256;
        std::int64_t rows = 0;
    };
    std::vector<File> files;
};
/// `read` gives the text of a file of the folder. The refusal names the file, the line and what is wrong.
Result<AreaData> read_areas(const std::function<std::string(const std::string& file)>& read);
/// Replaces the areas, postcodes and streets by these: bulk data, one event (files, hashes, counts, licence, boundary days) on a stream of its own.
/// The same data again changes nothing.
Result<Done> load_areas(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const AreaData& data);

struct AreaDataset {
    std::string title, licence, attribution, sha256;
    Instant imported_at;
    Json files;  // [{name, sha256, rows, boundary_day?}]
};
std::optional<AreaDataset> area_dataset(store::Reader& reader);

void register_area_projections(ledger::Ledger& ledger);

}  // namespace concord::subjects
