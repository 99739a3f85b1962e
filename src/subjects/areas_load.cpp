#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <toml.hpp>

#include "base/csv.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "subjects/areas.hpp"
#include "subjects/places_address.hpp"

/// The partnership's open data from its folder into the tables, with one event.
namespace concord::subjects {
namespace {

Refusal wrong(const std::string& file, std::size_t line, std::string_view what) {
    return {Because::invalid, "areas.data", line == 0 ? fmt::format("{}: {}", file, what) : fmt::format("{}:{}: {}", file, line, what)};
}

std::optional<double> number(const std::string& text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return {};
    return value;
}

/// Calls `take` with the fields in the order of `columns`, wherever they stand in the file; `take` answers what is wrong with the row, or nothing.
Result<std::int64_t> each_row(const std::string& file, std::string_view text, const std::vector<std::string>& columns,
                              const std::function<std::string(const std::vector<std::string>&)>& take) {
    std::vector<std::size_t> at;
    std::vector<std::string> fields(columns.size());
    std::optional<Refusal> refusal;
    std::int64_t rows = 0;
    const auto read = read_csv(text, ',', [&](const CsvRow& row) {
        if (at.empty()) {
            for (const auto& column : columns) {
                const auto found = std::find(row.fields.begin(), row.fields.end(), column);
                if (found == row.fields.end()) {
                    refusal = wrong(file, row.line, fmt::format("there is no column \"{}\".", column));
                    return false;
                }
                at.push_back(static_cast<std::size_t>(found - row.fields.begin()));
            }
            return true;
        }
        for (std::size_t i = 0; i < at.size(); ++i) {
            if (at[i] >= row.fields.size()) {
                refusal = wrong(file, row.line, "the row is shorter than the header.");
                return false;
            }
            fields[i] = row.fields[at[i]];
        }
        if (std::string problem = take(fields); !problem.empty()) {
            refusal = wrong(file, row.line, problem);
            return false;
        }
        ++rows;
        return true;
    });
    if (!read) return wrong(file, 0, read.error().sentence);
    if (refusal) return *refusal;
    if (at.empty()) return wrong(file, 0, "the file is empty.");
    return rows;
}

Result<std::int64_t> read_postcodes(const std::string& file, std::string_view text, std::vector<Postcode>& out) {
    std::set<std::string, std::less<>> seen;
    return each_row(file, text, {"postcode", "quality", "easting", "northing", "ward", "lsoa21"}, [&](const auto& f) -> std::string {
        Postcode one{.postcode = normal_postcode(f[0]), .ward = f[4], .lsoa = f[5]};
        const auto quality = number(f[1]), easting = number(f[2]), northing = number(f[3]);
        if (one.postcode.empty()) return fmt::format("\"{}\" is no postcode.", cut(f[0], 40));
        if (!seen.insert(one.postcode).second) return fmt::format("{} stands twice.", one.postcode);
        if (!quality) return fmt::format("the quality of {} is no number.", one.postcode);
        one.quality = static_cast<int>(*quality);
        // Quality 90 has no position: the source writes 0, 0, which lies in the Atlantic.
        if (one.quality < 90 && easting && northing && *easting > 0 && *northing > 0) one.at = GridPoint{*easting, *northing};
        if (one.quality < 90 && !one.at) return fmt::format("{} has no position, yet its quality says that it has.", one.postcode);
        out.push_back(std::move(one));
        return {};
    });
}

Result<std::int64_t> read_streets(const std::string& file, std::string_view text, std::vector<AreaData::StreetRow>& out) {
    const Grid grid;
    return each_row(file, text, {"name", "kind", "lsoa21", "latitude", "longitude"}, [&](const auto& f) -> std::string {
        const auto latitude = number(f[3]), longitude = number(f[4]);
        if (fold(f[0]).empty()) return "the name is empty.";
        if (!latitude || !longitude || *latitude < 49 || *latitude > 61 || *longitude < -9 || *longitude > 2.5)
            return "its position does not lie in Great Britain.";
        out.push_back({tidy(f[0]), f[1], f[2], grid.to_grid({*longitude, *latitude})});
        return {};
    });
}

Result<std::int64_t> read_described(const std::string& file, std::string_view text, std::vector<AreaData::Described>& out) {
    return each_row(file, text, {"code", "local_name", "residents", "deprivation_decile"}, [&](const auto& f) -> std::string {
        AreaData::Described one{.code = f[0], .local_name = tidy(f[1])};
        if (const auto residents = number(f[2])) one.residents = static_cast<std::int64_t>(*residents);
        if (const auto decile = number(f[3])) one.deprivation_decile = static_cast<std::int64_t>(*decile);
        if (one.code.empty()) return "the code is empty.";
        out.push_back(std::move(one));
        return {};
    });
}

template <class T>
std::optional<T> found(const toml::value& table, const char* key) {
    if (!table.is_table() || !table.contains(key)) return {};
    try {
        return toml::find<T>(table, key);
    } catch (const std::exception&) { return {}; }
}

std::optional<Date> day_of(const toml::value& table, const char* key) {
    const auto day = found<toml::local_date>(table, key);
    if (!day) return {};
    return make_date(day->year, day->month + 1, day->day);
}

}  // namespace

Result<AreaData> read_areas(const std::function<std::string(const std::string& file)>& read) {
    AreaData data;
    toml::value manifest;
    try {
        std::istringstream text{read("areas.toml")};
        manifest = toml::parse(text, "areas.toml");
    } catch (const toml::exception& error) { return wrong("areas.toml", 0, error.what()); }
    data.title = found<std::string>(manifest, "title").value_or("");
    data.licence = found<std::string>(manifest, "licence").value_or("");
    data.attribution = found<std::string>(manifest, "attribution").value_or("");
    if (data.title.empty() || data.licence.empty() || data.attribution.empty())
        return wrong("areas.toml", 0, "say title, licence and attribution: open data is shown with its source.");
    const auto take_file = [&](const std::string& name, auto&& use) -> Result<Done> {
        const std::string text = read(name);
        const auto rows = use(text);
        if (!rows) return rows.error();
        data.files.push_back({name, sha256_hex(text), *rows});
        return Done{};
    };
    for (const auto& one : found<toml::array>(manifest, "shapes").value_or(toml::array{})) {
        AreaData::Shapes shapes{
            .kind = found<std::string>(one, "kind").value_or(""), .file = found<std::string>(one, "file").value_or(""), .boundary_day = {}};
        const auto day = day_of(one, "boundary_day");
        if (shapes.kind.empty() || shapes.file.empty() || !day)
            return wrong("areas.toml", 0, "each [[shapes]] needs kind, file and boundary_day, the day that its shapes are of.");
        shapes.boundary_day = *day;
        const auto taken = take_file(shapes.file, [&](const std::string& text) -> Result<std::int64_t> {
            auto features = read_geojson(text);
            if (!features) return wrong(shapes.file, 0, features.error().sentence);
            shapes.features = std::move(*features);
            return static_cast<std::int64_t>(shapes.features.size());
        });
        if (!taken) return taken.error();
        data.shapes.push_back(std::move(shapes));
    }
    if (const auto file = found<std::string>(manifest, "described"))
        if (auto taken = take_file(*file, [&](const std::string& text) { return read_described(*file, text, data.described); }); !taken)
            return taken.error();
    if (const auto file = found<std::string>(manifest, "postcodes"))
        if (auto taken = take_file(*file, [&](const std::string& text) { return read_postcodes(*file, text, data.postcodes); }); !taken)
            return taken.error();
    if (const auto file = found<std::string>(manifest, "streets"))
        if (auto taken = take_file(*file, [&](const std::string& text) { return read_streets(*file, text, data.streets); }); !taken)
            return taken.error();
    std::string all;
    for (const auto& file : data.files) all += file.name + " " + file.sha256 + "\n";
    data.sha256 = sha256_hex(all);
    return data;
}

namespace {

std::vector<std::vector<store::Value>> area_rows(const AreaData& data) {
    std::map<std::string, const AreaData::Described*> described;
    for (const auto& one : data.described) described[one.code] = &one;
    std::vector<std::vector<store::Value>> rows;
    for (const auto& shapes : data.shapes)
        for (const auto& one : shapes.features) {
            const Box box = box_of(one.shape);
            const auto more = described.find(one.code);
            const bool told = more != described.end();
            const auto maybe = [](const std::optional<std::int64_t>& value) { return value ? store::Value{*value} : store::Value{}; };
            rows.push_back({shapes.kind, one.code, to_iso(shapes.boundary_day), one.name, one.parent, told ? more->second->local_name : std::string{},
                            told ? maybe(more->second->residents) : store::Value{}, told ? maybe(more->second->deprivation_decile) : store::Value{},
                            box.west, box.south, box.east, box.north, to_compact(one.shape)});
        }
    return rows;
}

void replace_all(store::Transaction& tx, const AreaData& data) {
    for (const char* table : {"area", "postcode", "street"}) tx.execute(fmt::format("delete from {}", table));
    tx.insert_many("area",
                   {"kind", "code", "boundary_day", "name", "parent", "local_name", "residents", "deprivation_decile", "west", "south", "east",
                    "north", "shape"},
                   area_rows(data));
    std::vector<std::vector<store::Value>> rows;
    rows.reserve(data.postcodes.size());
    for (const auto& one : data.postcodes)
        rows.push_back({one.postcode, std::int64_t{one.quality}, one.at ? store::Value{one.at->easting} : store::Value{},
                        one.at ? store::Value{one.at->northing} : store::Value{}, one.ward, one.lsoa});
    tx.insert_many("postcode", {"postcode", "quality", "easting", "northing", "ward", "lsoa"}, rows);
    rows.clear();
    std::set<std::string> seen;
    for (const auto& one : data.streets)
        if (seen.insert(fmt::format("{}\n{}\n{}", one.name, one.lsoa, one.kind)).second)
            rows.push_back({street_key(one.name), one.lsoa, one.kind, one.name, one.at.easting, one.at.northing});
    tx.insert_many("street", {"folded", "lsoa", "kind", "name", "easting", "northing"}, rows);
}

void apply_dataset(store::Transaction& tx, const ledger::Event& event) {
    const Json& e = event.envelope;
    tx.execute("delete from area_dataset where stream = :stream", {{"stream", event.stream}});
    tx.execute(R"sql(
        insert into area_dataset (stream, title, licence, attribution, sha256, files, imported_at)
        values (:stream, :title, :licence, :attribution, :sha256, :files, :at))sql",
               {{"stream", event.stream},
                {"title", e["title"].as_string()},
                {"licence", e["licence"].as_string()},
                {"attribution", e["attribution"].as_string()},
                {"sha256", e["sha256"].as_string()},
                {"files", to_text(e["files"])},
                {"at", event.recorded_at}});
}

constexpr std::string_view always = "0001-01-01", for_ever = "9999-12-31";

void apply_boundary(store::Transaction& tx, const ledger::Event& event) {
    if (event.kind != "subjects.hub_boundary_set") return;
    const Json& e = event.envelope;
    const store::Binds key{
        {"stream", event.stream}, {"kind", e["area_kind"].as_string()}, {"code", e["area_code"].as_string()}, {"since", e["since"].as_string()}};
    tx.execute("delete from hub_boundary where stream = :stream and area_kind = :kind and area_code = :code and since = :since", key);
    store::Binds binds = key;
    binds.emplace_back("until", e["until"].as_string());
    tx.execute("insert into hub_boundary (stream, area_kind, area_code, since, until) values (:stream, :kind, :code, :since, :until)", binds);
}

}  // namespace

Result<Done> load_areas(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const AreaData& data) {
    const auto now = area_dataset(tx);
    if (now && now->sha256 == data.sha256) return Done{};
    replace_all(tx, data);
    Json files = Json::array();
    for (const auto& file : data.files) {
        Json one = Json::object({{"name", file.name}, {"sha256", file.sha256}, {"rows", file.rows}});
        for (const auto& shapes : data.shapes)
            if (shapes.file == file.name) one.set("boundary_day", to_iso(shapes.boundary_day)).set("kind", shapes.kind);
        files.push(std::move(one));
    }
    const Seq stream = ledger.create(tx, "area_dataset", new_id(author.at));
    auto appended =
        ledger.append(tx, author, stream, 0,
                      {ledger::NewEvent{"subjects.areas_imported", Json::object({{"title", data.title},
                                                                                 {"licence", data.licence},
                                                                                 {"attribution", data.attribution},
                                                                                 {"sha256", data.sha256},
                                                                                 {"files", files},
                                                                                 {"summary", "Areas, postcodes and streets imported"}})}});
    if (!appended) return appended.error();
    return Done{};
}

std::optional<AreaDataset> area_dataset(store::Reader& reader) {
    const auto row = reader.select_one(
        "tttt"
        "ti",
        "select title, licence, attribution, sha256, files, imported_at from area_dataset order by stream desc limit 1");
    if (!row) return {};
    auto files = parse_json(row->text(4));
    return AreaDataset{.title = row->text(0),
                       .licence = row->text(1),
                       .attribution = row->text(2),
                       .sha256 = row->text(3),
                       .imported_at = row->instant(5),
                       .files = files ? *files : Json::array()};
}

Result<Done> set_hub_boundary(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, Seq hub, std::string_view area_kind,
                              std::string_view area_code, std::optional<Date> since, std::optional<Date> until) {
    if (tx.count("select count(*) from area where kind = :kind and code = :code", {{"kind", area_kind}, {"code", area_code}}) == 0)
        return Refusal{Because::invalid,
                       "areas.no_area",
                       fmt::format("There is no {} {} among the areas: import its boundary first.", area_kind, area_code),
                       {{"area_code", "Give the code of an area whose boundary is there."}}};
    if (since && until && *until <= *since)
        return Refusal{Because::invalid, "areas.until", "The boundary ends before it begins.", {{"until", "Give a later day, or none."}}};
    auto appended =
        ledger.append(tx, author, hub, {},
                      {ledger::NewEvent{"subjects.hub_boundary_set", Json::object({{"area_kind", area_kind},
                                                                                   {"area_code", area_code},
                                                                                   {"since", since ? to_iso(*since) : std::string{always}},
                                                                                   {"until", until ? to_iso(*until) : std::string{for_ever}}})}});
    if (!appended) return appended.error();
    return Done{};
}

void register_area_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "area_dataset", .tables = {"area_dataset"}, .apply = apply_dataset});
    ledger.add(ledger::Projection{.stream_kind = "hub", .tables = {"hub_boundary"}, .apply = apply_boundary});
}

}  // namespace concord::subjects
