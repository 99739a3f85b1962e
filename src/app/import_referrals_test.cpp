#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/imports.hpp"
#include "app/testing.hpp"
#include "base/hash.hpp"

namespace concord::app {
namespace {

using store::Engine;

/// The pilot with its users and nothing else, and a file to import.
class ReferralImport : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    ReferralImport() : Pilot{GetParam()} {}
    const std::string file = (std::filesystem::temp_directory_path() / ("concord_import_" + to_hex(random_bytes(6)) + ".csv")).string();
    ~ReferralImport() override { std::filesystem::remove(file); }

    struct Told {
        int code;
        Json json;
    };
    Told import(const std::string& rows, ImportReferrals how = {}) {
        std::ofstream{file} << "channel,source_agency,source_ref,consent_to_share,behaviour_type,location,narrative,hub,victim_name,victim_phone\n"
                            << rows;
        how.file = file;
        how.json = true;
        ::testing::internal::CaptureStdout();
        const int code = import_referrals(*program, how);
        const auto json = parse_json(::testing::internal::GetCapturedStdout());
        return {code, json ? *json : Json{}};
    }
    std::int64_t stored() {
        return program->db->reading([](store::Reader& reader) { return reader.count("select count(*) from referral"); });
    }
    static std::string row(const std::string& ref, const std::string& channel = "phone", const std::string& phone = "07700 900123") {
        return channel + ",rp," + ref + ",yes,b04,\"Dean Road\",Loud music through the wall every night,scarborough,Katie Example," + phone + "\n";
    }
};
INSTANTIATE_TEST_SUITE_P(Both, ReferralImport, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(ReferralImport, good_rows_are_stored_once_however_often_the_file_comes) {
    const auto first = import(row("A1") + row("A2"));
    EXPECT_EQ(first.code, 0);
    EXPECT_EQ(to_text(first.json), R"({"rows":2,"created":2,"unchanged":0,"refused":[]})");
    const auto again = import(row("A1") + row("A2") + row("A3"));
    EXPECT_EQ(to_text(again.json), R"({"rows":3,"created":1,"unchanged":2,"refused":[]})");
    EXPECT_EQ(stored(), 3);
    const auto checked = ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check);
    for (const auto& table : checked.tables) EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(ReferralImport, one_bad_row_keeps_every_other_out_and_says_where_it_is) {
    const auto told = import(row("B1") + row("B2", "pigeon", "call me") + row("B3"));
    EXPECT_EQ(told.code, 1);
    EXPECT_EQ(told.json["created"].as_integer(), 0);
    ASSERT_EQ(told.json["refused"].items().size(), 2U);
    EXPECT_EQ(told.json["refused"].items()[0]["line"].as_integer(), 3);
    EXPECT_EQ(told.json["refused"].items()[0]["field"].as_string(), "channel");
    EXPECT_EQ(told.json["refused"].items()[1]["field"].as_string(), "victim_phone");
    EXPECT_EQ(stored(), 0);
}

TEST_P(ReferralImport, bad_rows_are_left_out_where_that_is_asked_for) {
    const auto told = import(row("C1") + row("C2", "pigeon") + row("C3"), {.skip_bad = true});
    EXPECT_EQ(told.code, 0);
    EXPECT_EQ(told.json["created"].as_integer(), 2);
    EXPECT_EQ(told.json["refused"].items().size(), 1U);
    EXPECT_EQ(stored(), 2);
}

TEST_P(ReferralImport, a_dry_run_tells_the_same_and_stores_nothing) {
    const auto told = import(row("D1") + row("D2"), {.dry_run = true});
    EXPECT_EQ(told.code, 0);
    EXPECT_EQ(told.json["created"].as_integer(), 2);
    EXPECT_EQ(import(row("D1") + row("D2", "pigeon"), {.dry_run = true}).code, 1);
    EXPECT_EQ(stored(), 0);
}

TEST_P(ReferralImport, rows_without_a_hub_go_to_the_one_that_was_named) {
    const std::string rows = "phone,rp,E1,yes,b04,Dean Road,Loud music through the wall,,,\n";
    EXPECT_EQ(import(rows).json["refused"].items().at(0)["field"].as_string(), "hub");
    EXPECT_EQ(import(rows, {.hub = "york"}).json["created"].as_integer(), 1);
    EXPECT_EQ(
        import("phone,rp,E2,yes,b04,Dean Road,Loud music through the wall,,,\n", {.as = "officer@scarborough.example"}).json["created"].as_integer(),
        1);
    EXPECT_EQ(import(row("E3"), {.as = "nobody@example.example"}).code, 1);
}

}  // namespace
}  // namespace concord::app
