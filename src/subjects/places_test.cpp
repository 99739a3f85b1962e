#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/testing.hpp"
#include "subjects/subjects.hpp"

namespace concord::subjects {
namespace {

using store::Engine;

class Places : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = empty.open();
    std::unique_ptr<ledger::Ledger> ledger = ledger::make_ledger();
    const ledger::Author author{.user = 0, .agency = 0, .purpose = "test", .at = parse_instant("2026-06-01T09:00:00Z").value()};
    const Date today = *make_date(2026, 6, 1);

    static std::vector<store::Migration> all_migrations() {
        std::vector<store::Migration> all = ledger::migrations();
        for (auto more : {access::migrations(), migrations()}) all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    void SetUp() override {
        db->migrate(all_migrations());
        access::register_projections(*ledger);
        register_projections(*ledger);
        AreaData few{.title = "T", .licence = "L", .attribution = "A", .sha256 = "few"};
        few.postcodes = {{.postcode = "YO12 7QP", .quality = 10, .at = GridPoint{503421, 488012}, .ward = {}, .lsoa = {}},
                         {.postcode = "YO12 7QR", .quality = 90, .at = {}, .ward = {}, .lsoa = {}}};
        const Ring ring{{500'000, 485'000}, {507'000, 485'000}, {507'000, 492'000}, {500'000, 492'000}};
        few.shapes = {{.kind = "district",
                       .file = "d",
                       .boundary_day = *make_date(2021, 12, 31),
                       .features = {{.code = "E1", .name = "Scarborough", .parent = {}, .shape = {{ring, {}}}}}}};
        ASSERT_TRUE(db->writing([&](store::Transaction& tx) { return load_areas(tx, *ledger, author, few); }));
    }
    Result<PlaceRead> read(const std::string& json) {
        return db->reading([&](store::Reader& reader) { return place_from(reader, parse_json(json).value(), today, "location."); });
    }
    Seq put(const std::string& json) {
        const auto typed = read(json);
        EXPECT_TRUE(typed) << json << (typed ? "" : typed.error().fields.front().message);
        const auto made = db->writing([&](store::Transaction& tx) { return find_or_create_place(tx, *ledger, author, typed->details); });
        EXPECT_TRUE(made) << json;
        return made ? *made : -1;
    }
    Place at(Seq stream) {
        return db->reading([&](store::Reader& reader) { return *place(reader, stream); });
    }
    std::string problem(const std::string& json, const std::string& field) {
        const auto typed = read(json);
        if (typed) return "none";
        for (const auto& one : typed.error().fields)
            if (one.field == "location." + field) return one.message;
        return "another field: " + typed.error().fields.front().field;
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Places, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Places, the_same_place_is_found_again_rather_than_made_twice) {
    const Seq first = put(R"({"text":"14 Trafalgar Court","postcode":"yo127qp"})");
    for (const char* same : {R"({"text":"14 Trafalgar Ct.","postcode":"YO12 7QP"})", R"({"text":"14","postcode":"YO12 7QP"})",
                             R"({"text":"14, Trafalgar court, Scarborough","postcode":"YO12 7QP"})"})
        EXPECT_EQ(put(same), first) << same;
    for (const char* other :
         {R"({"text":"15 Trafalgar Court","postcode":"YO12 7QP"})", R"({"text":"Flat 1, 14 Trafalgar Court","postcode":"YO12 7QP"})",
          R"({"text":"14 Trafalgar Court","postcode":"YO11 1AA"})", R"({"text":"14a Trafalgar Court","postcode":"YO12 7QP"})"})
        EXPECT_NE(put(other), first) << other;
    EXPECT_NE(put(R"({"text":"Flat 1, 14 Trafalgar Court","postcode":"YO12 7QP"})"),
              put(R"({"text":"Flat 2, 14 Trafalgar Court","postcode":"YO12 7QP"})"));
}

TEST_P(Places, words_alone_are_one_place_within_one_locality_only) {
    const Seq first = put(R"({"text":"High Street","locality":"Selby"})");
    EXPECT_EQ(put(R"({"text":"high st","locality":"Selby"})"), first);
    EXPECT_NE(put(R"({"text":"High Street","locality":"Scarborough"})"), first);
    EXPECT_NE(put(R"({"text":"High Street, Northallerton","locality":"Selby"})"), first);
}

TEST_P(Places, a_street_with_positions_is_the_same_within_fifty_metres) {
    const Seq first = put(R"({"text":"Long Lane","easting":503000,"northing":488000})");
    EXPECT_EQ(put(R"({"text":"Long Lane","easting":503030,"northing":488040})"), first) << "50 m";
    EXPECT_NE(put(R"({"text":"Long Lane","easting":503031,"northing":488041})"), first);
}

TEST_P(Places, a_property_number_decides_and_is_learned) {
    const Seq first = put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP"})");
    EXPECT_EQ(put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP","uprn":"000010023456"})"), first);
    EXPECT_EQ(at(first).details.uprn, "10023456");
    EXPECT_EQ(at(first).version, 2);
    EXPECT_EQ(put(R"({"text":"The old bakery","uprn":10023456})"), first) << "the same number is the same property";
    EXPECT_NE(put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP","uprn":"99"})"), first) << "another number is another";
}

TEST_P(Places, a_postcode_gives_the_position_and_a_given_one_is_better) {
    const Seq first = put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP"})");
    EXPECT_EQ(at(first).details.position, "postcode");
    EXPECT_EQ(at(first).at(), (GridPoint{503421, 488012}));
    put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP","easting":503400,"northing":488000})");
    EXPECT_EQ(at(first).details.position, "given");
    put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP"})");
    EXPECT_EQ(at(first).details.position, "given") << "and is not lost again";
    EXPECT_FALSE(at(put(R"({"text":"2 Other Road","postcode":"YO12 7QR"})")).at()) << "a postcode without a position gives none";
    EXPECT_EQ(to_json(at(put(R"({"text":"town centre"})")))["position"].as_string(), "ungeocoded");
}

TEST_P(Places, degrees_become_metres) {
    // YO11 1AA as Code-Point Open has it, its degrees worked out by somebody else.
    const auto place = read(R"({"text":"The square","latitude":54.282343,"longitude":-0.402302})");
    ASSERT_TRUE(place);
    EXPECT_NEAR(*place->details.easting, 504115, 1);
    EXPECT_NEAR(*place->details.northing, 488589, 1);
    EXPECT_EQ(place->details.position, "given");
}

TEST_P(Places, every_mistake_has_its_sentence_beside_its_field) {
    EXPECT_NE(problem(R"({"text":"x","postcode":"Y012 7QP"})", "postcode").find("did you mean YO12 7QP?"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","easting":488012})", "northing").find("together"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","easting":54.28,"northing":-0.4})", "easting").find("look like degrees"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","easting":1000000,"northing":400000})", "easting").find("changed about"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","latitude":-0.4,"longitude":54.28})", "latitude").find("changed about"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","latitude":40,"longitude":-0.4})", "latitude").find("Great Britain"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","easting":"many","northing":"1"})", "easting").find("number"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","uprn":"12A"})", "uprn").find("12 digits"), std::string::npos);
    EXPECT_NE(problem(R"({"text":"x","premises":"castle"})", "premises").find("from the list"), std::string::npos);
    EXPECT_NE(problem(R"({"text":" "})", "text").find("at least in words"), std::string::npos);
}

TEST_P(Places, what_is_odd_but_possible_is_a_warning) {
    EXPECT_TRUE(read(R"({"text":"x","postcode":"YO12 7QP"})")->warnings.empty());
    const auto gone = read(R"({"text":"x","postcode":"YO12 7PQ"})");
    ASSERT_EQ(gone->warnings.size(), 1u);
    EXPECT_NE(gone->warnings[0].find("Near it there are YO12 7QP"), std::string::npos) << gone->warnings[0];
    EXPECT_NE(read(R"({"text":"x","postcode":"LS1 4AP"})")->warnings[0].find("not a postcode of this partnership's area."), std::string::npos);
    EXPECT_TRUE(read(R"({"text":"x","easting":503000,"northing":488000})")->warnings.empty());
    EXPECT_NE(read(R"({"text":"x","easting":488000,"northing":503000})")->warnings[0].find("changed about it would lie inside"), std::string::npos);
}

TEST_P(Places, are_found_by_postcode_and_by_words) {
    const Seq first = put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP"})");
    const auto found = db->reading([](store::Reader& reader) {
        return std::pair{places_at(reader, "yo12 7qp"), places_like(reader, "trafalgar co")};
    });
    ASSERT_EQ(found.first.size(), 1u);
    EXPECT_EQ(found.first[0].stream, first);
    ASSERT_EQ(found.second.size(), 1u);
    EXPECT_EQ(found.second[0].stream, first);
    EXPECT_TRUE(db->reading([](store::Reader& reader) { return places_like(reader, " "); }).empty());
}

TEST_P(Places, survive_a_rebuild) {
    put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP"})");
    put(R"({"text":"14 Trafalgar Court","postcode":"YO12 7QP","uprn":"7"})");
    const auto result = ledger::rebuild(*db, *ledger, all_migrations(), ledger::Rebuild::check);
    for (const auto& table : result.tables) EXPECT_TRUE(table.equal) << table.table;
}

}  // namespace
}  // namespace concord::subjects
