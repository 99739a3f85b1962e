#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>

#include "base/text.hpp"
#include "store/testing.hpp"
#include "subjects/places_address.hpp"
#include "subjects/subjects.hpp"

namespace concord::subjects {
namespace {

using store::Engine;

Ring square(double from, double to) { return {{from, from}, {to, from}, {to, to}, {from, to}}; }

TEST(Shape, a_point_is_inside_outside_on_an_edge_or_in_a_hole) {
    const Shape shape{{.outer = square(0, 10), .holes = {square(4, 6)}}};
    EXPECT_TRUE(contains(shape, {1, 1}));
    EXPECT_FALSE(contains(shape, {11, 1}));
    EXPECT_FALSE(contains(shape, {-1, 5}));
    EXPECT_TRUE(contains(shape, {10, 5})) << "an edge belongs to the area";
    EXPECT_TRUE(contains(shape, {0, 0})) << "and a corner";
    EXPECT_FALSE(contains(shape, {5, 5})) << "a hole does not";
    EXPECT_TRUE(contains(shape, {4, 5})) << "but its edge does";
    EXPECT_FALSE(contains(shape, {-1, 10})) << "level with an edge, outside";
    EXPECT_FALSE(contains(shape, {-1, 0}));
}

TEST(Shape, a_ray_through_corners_counts_them_once) {
    const Shape diamond{{.outer = {{0, 5}, {5, 0}, {10, 5}, {5, 10}}, .holes = {}}};
    EXPECT_TRUE(contains(diamond, {2, 5}));
    EXPECT_FALSE(contains(diamond, {-2, 5}));
    EXPECT_FALSE(contains(diamond, {0, 10})) << "level with the top corner";
    EXPECT_FALSE(contains(diamond, {0, 0})) << "level with the lowest corner";
    const Shape saw{{.outer = {{0, 0}, {2, 4}, {4, 0}, {6, 4}, {8, 0}, {8, -4}, {0, -4}}, .holes = {}}};
    EXPECT_FALSE(contains(saw, {-1, 0}));
    EXPECT_TRUE(contains(saw, {1, 0}));
    EXPECT_FALSE(contains(saw, {4, 1})) << "between the teeth";
}

TEST(Shape, an_area_has_several_parts_and_an_island_in_its_hole) {
    const Shape shape{
        {.outer = square(0, 10), .holes = {square(2, 8)}}, {.outer = square(4, 6), .holes = {}}, {.outer = square(20, 22), .holes = {}}};
    EXPECT_TRUE(contains(shape, {21, 21}));
    EXPECT_TRUE(contains(shape, {5, 5}));
    EXPECT_FALSE(contains(shape, {3, 3}));
    EXPECT_EQ(distance_to(shape, {21, 21}), 0);
    EXPECT_DOUBLE_EQ(distance_to(shape, {3, 5}), 1) << "to the nearest edge, of island or hole";
    EXPECT_DOUBLE_EQ(distance_to(shape, {25, 26}), 5) << "to a corner";
    EXPECT_FALSE(contains(Shape{}, {0, 0}));
}

TEST(Shape, the_compact_form_gives_the_same_shape_again) {
    const Shape shape{{.outer = square(500'000, 500'100), .holes = {square(500'010, 500'020), square(500'030, 500'040)}},
                      {.outer = square(3, 9), .holes = {}}};
    EXPECT_EQ(from_compact(to_compact(shape)), shape);
    EXPECT_EQ(to_compact({}), "");
    EXPECT_TRUE(from_compact("").empty());
    EXPECT_THROW(from_compact("12 x"), Bug);
}

TEST(Grid, degrees_become_grid_metres_and_come_back) {
    const Grid grid;
    // Caister water tower, the worked example of Ordnance Survey's guide: 52 39' 28.8282" N, 1 42' 57.8663" E in WGS 84.
    const auto tower = grid.to_grid({1.716073973, 52.658007833});
    EXPECT_NEAR(tower.easting, 651409.9, 5);
    EXPECT_NEAR(tower.northing, 313177.3, 5);
    const auto back = grid.to_degrees(tower);
    EXPECT_NEAR(back.longitude, 1.716073973, 1e-7);
    EXPECT_NEAR(back.latitude, 52.658007833, 1e-7);
}

TEST(GeoJson, reads_polygons_and_names_what_is_wrong) {
    const auto collection = [](const std::string& geometry) {
        return R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"E1","name":"One"},"geometry":)" + geometry + "}]}";
    };
    const std::string ring = "[[-1,54],[-0.9,54],[-0.9,54.1],[-1,54]]";
    const auto good = read_geojson(collection(R"({"type":"MultiPolygon","coordinates":[[)" + ring + "],[" + ring + "," + ring + "]]}"));
    ASSERT_TRUE(good) << good.error().sentence;
    ASSERT_EQ(good->front().shape.size(), 2u);
    EXPECT_EQ(good->front().shape[0].outer.size(), 3u) << "the first point is not repeated";
    EXPECT_EQ(good->front().shape[1].holes.size(), 1u);
    const std::vector<std::pair<std::string, std::string>> bad{
        {R"({"type":"Polygon","coordinates":[[[-1,54],[-0.9,54],[-0.9,54.1],[-1,54.2]]]})", "not closed"},
        {R"({"type":"Polygon","coordinates":[[[-1,54],[-0.9,54],[-1,54]]]})", "four or more"},
        {R"({"type":"Polygon","coordinates":[[[54,-1],[54,-0.9],[54.1,-0.9],[54,-1]]]})", "changed about"},
        {R"({"type":"Polygon","coordinates":[[[503421,488012],[503421,488013],[503422,488013],[503421,488012]]]})", "in degrees"},
        {R"({"type":"Polygon","coordinates":[[[null,54],[1,54],[1,53],[null,54]]]})", "pair of numbers"},
        {R"({"type":"Point","coordinates":[-1,54]})", "only Polygon"},
        {R"({"type":"Polygon","coordinates":[]})", "no ring"},
        {"null", "only Polygon"}};
    for (const auto& [geometry, said] : bad) {
        const auto read = read_geojson(collection(geometry));
        ASSERT_FALSE(read) << geometry;
        EXPECT_NE(read.error().sentence.find(said), std::string::npos) << read.error().sentence;
    }
    EXPECT_FALSE(read_geojson("{}"));
    EXPECT_FALSE(read_geojson("[1,"));
}

TEST(PostcodeCheck, a_slip_gets_a_clear_sentence) {
    for (const auto& [typed, good] : std::vector<std::pair<std::string, std::string>>{{"YO12 7QP", "YO12 7QP"},
                                                                                      {"yo127qp", "YO12 7QP"},
                                                                                      {" Yo12-7qp ", "YO12 7QP"},
                                                                                      {"m1 1ae", "M1 1AE"},
                                                                                      {"EC1A 1BB", "EC1A 1BB"},
                                                                                      {"W1A 0AX", "W1A 0AX"}})
        EXPECT_EQ(check_postcode(typed).postcode, good) << typed << check_postcode(typed).problem;
    for (const auto& [typed, said] : std::vector<std::pair<std::string, std::string>>{{"YO12 7Q", "ends with a digit and two letters"},
                                                                                      {"YO12", "only a part"},
                                                                                      {"", "Give a whole postcode"},
                                                                                      {"Y012 7QP", "did you mean YO12 7QP?"},
                                                                                      {"YOI2 7QP", "did you mean YO12 7QP?"},
                                                                                      {"YO12 7QPX9", "too long"},
                                                                                      {"ZZ1 1AA", "none begins with ZZ"},
                                                                                      {"YO12 7Q!", "letters and digits only"},
                                                                                      {"12345", "ends with a digit and two letters"}}) {
        EXPECT_EQ(check_postcode(typed).postcode, "") << typed;
        EXPECT_NE(check_postcode(typed).problem.find(said), std::string::npos) << typed << ": " << check_postcode(typed).problem;
    }
}

TEST(ParsedAddress, is_taken_apart_for_finding_it_again) {
    for (const auto& [text, wanted] : std::vector<std::pair<std::string, ParsedAddress>>{
             {"14 Trafalgar Court", {"", "14", "trafalgar court", ""}},
             {"14 Trafalgar Ct.", {"", "14", "trafalgar court", ""}},
             {"Flat 3, 14 Trafalgar Court, Scarborough", {"flat 3", "14", "trafalgar court", "scarborough"}},
             {"Apt 3 14A St Mary's St, York, YO1 7AA", {"flat 3", "14a", "saint marys street", "york"}},
             {"14-16 King’s Rd", {"", "14-16", "kings road", ""}},
             {"Rose Cottage, Back Lane", {"", "rose cottage", "back lane", ""}},
             {"1st Avenue", {"", "", "1st avenue", ""}},
             {"by the garages", {"", "", "by the garages", ""}},
             {"", {}}})
        EXPECT_EQ(parse_address(text), wanted) << text << " -> " << parse_address(text).unit << "|" << parse_address(text).number << "|"
                                               << parse_address(text).street << "|" << parse_address(text).locality;
}

// ---- With a database

const std::string folder = std::string{CONCORD_SOURCE_DIR} + "/partnerships/north-yorkshire/data/";

const AreaData& pilot() {
    static const AreaData data = [] {
        auto read = read_areas([](const std::string& file) {
            std::ifstream in{folder + file, std::ios::binary};
            return std::string{std::istreambuf_iterator<char>(in), {}};
        });
        EXPECT_TRUE(read) << (read ? "" : read.error().sentence);
        return read ? std::move(*read) : AreaData{};
    }();
    return data;
}

/// A few postcodes of it, so that each test has them in a moment.
const AreaData& some_of_it() {
    static const AreaData data = [] {
        AreaData some = pilot();
        std::erase_if(some.postcodes, [](const Postcode& one) { return !one.postcode.starts_with("YO11 ") && !one.postcode.starts_with("YO1 "); });
        some.sha256 = "some";
        return some;
    }();
    return data;
}

class Areas : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = empty.open();
    std::unique_ptr<ledger::Ledger> ledger = ledger::make_ledger();
    const ledger::Author author{.user = 0, .agency = 0, .purpose = "test", .at = parse_instant("2026-06-01T09:00:00Z").value()};
    const Date today = *make_date(2026, 6, 1);
    std::map<std::string, Seq> hubs;

    static std::vector<store::Migration> all_migrations() {
        std::vector<store::Migration> all = ledger::migrations();
        for (auto more : {access::migrations(), migrations()}) all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    void SetUp() override {
        db->migrate(all_migrations());
        access::register_projections(*ledger);
        register_projections(*ledger);
        const auto done = db->writing([&](store::Transaction& tx) -> Result<Done> {
            if (auto loaded = load_areas(tx, *ledger, author, some_of_it()); !loaded) return loaded;
            for (const auto& [code, area] :
                 {std::pair{"scarborough", "E07000168"}, std::pair{"york", "E06000014"}, std::pair{"selby", "E07000169"}}) {
                auto made = access::create_hub(tx, *ledger, author, code, std::string{code});
                if (!made) return made.error();
                hubs[code] = *made;
                if (auto set = set_hub_boundary(tx, *ledger, author, *made, "district", area); !set) return set;
            }
            return Done{};
        });
        ASSERT_TRUE(done) << done.error().sentence;
    }
    template <class F>
    auto reading(F work) {
        return db->reading([&](store::Reader& reader) { return work(reader); });
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Areas, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Areas, the_pilots_data_are_one_event_and_the_same_again_is_none) {
    const auto counts = [&] {
        return reading([](store::Reader& r) {
            return std::vector<std::int64_t>{r.count("select count(*) from postcode"), r.count("select count(*) from area"),
                                             r.count("select count(*) from street"),
                                             r.count("select count(*) from event where kind = 'subjects.areas_imported'")};
        });
    };
    EXPECT_EQ(counts().back(), 1);
    for (int time = 0; time < 2; ++time) {
        ASSERT_TRUE(db->writing([&](store::Transaction& tx) { return load_areas(tx, *ledger, author, pilot()); }));
        EXPECT_EQ(counts(), (std::vector<std::int64_t>{29334, 620, 10114, 2})) << "the second time the data are the same, and nothing is written";
    }
    const auto dataset = reading([](store::Reader& r) { return area_dataset(r); });
    ASSERT_TRUE(dataset);
    EXPECT_EQ(dataset->files.items().front()["boundary_day"].as_string(), "2021-12-31");
    EXPECT_EQ(dataset->files.items().front()["rows"].as_integer(), 8);
    EXPECT_EQ(dataset->licence, "Open Government Licence v3.0");
}

TEST_P(Areas, the_hub_of_a_postcode_names_the_boundary_and_its_day) {
    const auto hub = reading([&](store::Reader& r) { return hub_of(r, "yo11 1aa", today); });
    ASSERT_TRUE(hub);
    EXPECT_EQ(hub->code, "scarborough");
    EXPECT_EQ(hub->boundary.code, "E07000168");
    EXPECT_EQ(hub->because, "YO11 1AA lies in the former district of Scarborough, by its boundary of 31 December 2021.");
    EXPECT_FALSE(reading([&](store::Reader& r) { return hub_of(r, "LS1 1AA", today); })) << "outside the partnership";
    EXPECT_FALSE(reading([&](store::Reader& r) { return hub_of(r, "HG1 1AA", today); })) << "no hub here works that district";
}

TEST_P(Areas, a_pier_belongs_to_the_nearest_hub_and_the_open_sea_to_none) {
    const Grid grid;
    const auto pier = reading([&](store::Reader& r) { return hub_of(r, grid.to_grid({-0.3870, 54.2822}), today); });
    ASSERT_TRUE(pier);
    EXPECT_EQ(pier->code, "scarborough");
    EXPECT_FALSE(reading([&](store::Reader& r) { return hub_of(r, grid.to_grid({-0.20, 54.35}), today); }));
}

TEST_P(Areas, nearly_every_postcode_lies_in_the_district_that_its_small_area_has) {
    int differ = 0, asked = 0;
    reading([&](store::Reader& r) {
        for (const auto& row : r.select(
                 "ttrr", R"sql(select p.postcode, a.parent, p.easting, p.northing from postcode p join area a on a.kind = 'lsoa21' and a.code = p.lsoa
             where p.easting is not null and (a.parent = 'E06000014' or a.parent = 'E07000168') order by p.postcode limit 400)sql")) {
            ++asked;
            const auto hub = hub_of(r, GridPoint{row.real(2), row.real(3)}, today);
            if (!hub || hub->boundary.code != row.text(1)) ++differ;
        }
        return 0;
    });
    EXPECT_EQ(asked, 400);
    EXPECT_LE(differ, 1);
}

TEST_P(Areas, a_hub_that_was_split_answers_by_the_day_that_is_asked_of) {
    ASSERT_TRUE(db->writing([&](store::Transaction& tx) -> Result<Done> {
        const Date split = *make_date(2026, 4, 1);
        if (auto ended = set_hub_boundary(tx, *ledger, author, hubs["scarborough"], "district", "E07000168", {}, split); !ended) return ended;
        auto coast = access::create_hub(tx, *ledger, author, "coast", "Coast");
        return set_hub_boundary(tx, *ledger, author, *coast, "district", "E07000168", split);
    }));
    const auto code = [&](Date on) { return reading([&](store::Reader& r) { return hub_of(r, "YO11 1AA", on); })->code; };
    EXPECT_EQ(code(*make_date(2026, 3, 31)), "scarborough");
    EXPECT_EQ(code(*make_date(2026, 4, 1)), "coast");
    EXPECT_EQ(reading([&](store::Reader& r) { return access::hubs(r); }).size(), 4u) << "the hubs keep their names";
    EXPECT_EQ(reading([&](store::Reader& r) { return access::hub_by_code(r, "scarborough"); })->name, "scarborough");
}

TEST_P(Areas, a_boundary_needs_its_area_and_an_end_after_its_beginning) {
    const auto set = [&](std::string_view code, std::optional<Date> since, std::optional<Date> until) {
        return db->writing(
            [&](store::Transaction& tx) { return set_hub_boundary(tx, *ledger, author, hubs["york"], "district", code, since, until); });
    };
    EXPECT_EQ(set("E99", {}, {}).error().code, "areas.no_area");
    EXPECT_EQ(set("E07000169", today, today).error().code, "areas.until");
}

TEST_P(Areas, postcodes_like_the_typed_one_are_offered) {
    const auto like = reading([](store::Reader& r) { return like_postcode(r, "YO11 1LA"); });
    EXPECT_LE(like.size(), 3u);
    ASSERT_FALSE(like.empty());
    EXPECT_EQ(like.front(), "YO11 1AL") << "two letters that changed places come first";
}

TEST_P(Areas, streets_are_found_by_the_beginning_of_their_name) {
    const auto found = reading([](store::Reader& r) { return find_streets(r, "North Marine R", 50); });
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().name, "North Marine Road");
    EXPECT_EQ(found.front().district, "Scarborough");
    EXPECT_FALSE(reading([](store::Reader& r) { return find_streets(r, "14 north marine rd, Scarborough", 50); }).empty());
    EXPECT_TRUE(reading([](store::Reader& r) { return find_streets(r, "%", 50); }).empty());
    const auto hub = reading([&](store::Reader& r) { return hub_of_street(r, "North Marine Road", today); });
    ASSERT_TRUE(hub);
    EXPECT_EQ(hub->code, "scarborough");
    EXPECT_FALSE(reading([&](store::Reader& r) { return hub_of_street(r, "High Street", today); })) << "there are several";
}

TEST_P(Areas, small_areas_at_a_point_have_the_names_that_people_use) {
    const auto all = reading([&](store::Reader& r) { return areas_at(r, *find_postcode(r, "YO11 1AA")->at, today); });
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0].kind, "council");
    EXPECT_EQ(all[1].name, "Scarborough");
    EXPECT_EQ(all[3].kind, "lsoa21");
    EXPECT_FALSE(all[3].local_name.empty());
}

TEST_P(Areas, the_hubs_boundaries_survive_a_rebuild) {
    const auto result = ledger::rebuild(*db, *ledger, all_migrations(), ledger::Rebuild::check);
    for (const auto& table : result.tables) EXPECT_TRUE(table.equal) << table.table;
}

TEST(AreaData, a_bad_file_is_named_with_its_line) {
    std::map<std::string, std::string> files{
        {"areas.toml", "title='T'\nlicence='L'\nattribution='A'\npostcodes='p.csv'\n"},
        {"p.csv", "postcode,quality,easting,northing,ward,lsoa21\nYO11 1NX,10,503421,488012,W,L\nYO11 1XX,10,0,0,W,L\n"}};
    const auto read = [&] { return read_areas([&](const std::string& file) { return files[file]; }); };
    ASSERT_FALSE(read());
    EXPECT_EQ(read().error().sentence, "p.csv:3: YO11 1XX has no position, yet its quality says that it has.");
    files["p.csv"] = "postcode,quality,easting,northing,ward,lsoa21\nYO11 1NX,90,0,0,W,L\n";
    ASSERT_TRUE(read()) << read().error().sentence;
    EXPECT_FALSE(read()->postcodes.front().at) << "0, 0 is no place";
    files["p.csv"] = "postcode,quality\n";
    EXPECT_NE(read().error().sentence.find("there is no column \"easting\""), std::string::npos);
    files["areas.toml"] = "title='T'\n[[shapes]]\n";
    EXPECT_NE(read().error().sentence.find("licence"), std::string::npos);
    files["areas.toml"] = "title=";
    EXPECT_FALSE(read());
}

}  // namespace
}  // namespace concord::subjects
