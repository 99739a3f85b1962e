#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/analysis.hpp"
#include "app/open_data.hpp"
#include "store/testing.hpp"

namespace concord::app {
namespace {

using store::Engine;

class OpenData : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<Program> program = make_program(empty.url(), false);
    const std::string partnership = program->data_folder + "/partnerships/north-yorkshire";
    ~OpenData() override {
        program.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }

    struct Ran {
        int code;
        std::string out, problems;
    };
    Ran import(const std::vector<std::string>& files, bool json) {
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int code = import_police_crime(*program, {.files = files, .json = json});
        Ran ran{code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
        return ran;
    }
    std::string nasty(const std::string& name) const { return program->data_folder + "/src/analysis/testdata/" + name; }
};
INSTANTIATE_TEST_SUITE_P(Both, OpenData, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(OpenData, a_real_month_is_told_to_machines_as_the_contract_says) {
    const std::string month = partnership + "/data/2025-06-north-yorkshire-street.csv.gz";
    const auto ran = import({month}, true);
    EXPECT_EQ(ran.code, 0);
    const Json told = parse_json(ran.out).value();
    EXPECT_TRUE(told["seconds"].is_number());
    const Json& file = told["files"].items().at(0);
    EXPECT_EQ(file["file"].as_string(), month);
    EXPECT_EQ(file["rows"].as_integer(), 5449);
    EXPECT_EQ(file["new"].as_integer(), 5449);
    EXPECT_EQ(file["replaced"].as_integer(-1), 0);
    EXPECT_TRUE(file["refused"].is_array());
    EXPECT_NE(ran.problems.find("100 %  5449 rows"), std::string::npos) << ran.problems;
    EXPECT_EQ(parse_json(import({month}, true).out).value()["files"].items().at(0)["unchanged"].as_integer(), 5449);
}

TEST_P(OpenData, refused_rows_are_told_and_a_file_of_which_nothing_was_stored_fails) {
    const auto some = import({nasty("ragged-rows.csv")}, false);
    EXPECT_EQ(some.code, 0);
    EXPECT_NE(some.out.find("20 rows: 18 new, 0 replaced, 0 unchanged, 2 refused"), std::string::npos) << some.out;
    EXPECT_NE(some.problems.find("line 5: refused, the row has 7 fields, the header 12"), std::string::npos) << some.problems;
    const auto none = import({nasty("excel-month.csv"), nasty("ok-lf.csv")}, false);
    EXPECT_EQ(none.code, 1) << "the good file is stored, and the command still says that one was not";
    EXPECT_NE(none.problems.find("lines 2, 3, 4 and 17 more: refused, month \"Jun-25\""), std::string::npos) << none.problems;
    EXPECT_EQ(import({nasty("no-such-file.csv")}, true).code, 1);
}

TEST_P(OpenData, the_demonstration_has_a_month_and_the_same_month_of_the_year_before) {
    ASSERT_TRUE(load_open_data(*program, partnership, true));
    const auto counts = program->db->reading([](store::Reader& reader) { return analysis::crimes_by_hub(reader, "2025-04"); });
    std::int64_t crimes = 0, before = 0;
    for (const auto& count : counts) {
        EXPECT_TRUE(count.year_before) << count.hub;
        if (count.hub != "scarborough") continue;
        crimes += count.crimes;
        before += count.year_before.value_or(0);
    }
    EXPECT_GT(crimes, 500);
    EXPECT_GT(before, 500);
}

TEST_P(OpenData, without_a_demonstration_areas_are_loaded_and_no_crime) {
    ASSERT_TRUE(load_open_data(*program, partnership, false));
    const auto held = program->db->reading([](store::Reader& reader) {
        return std::pair{reader.count("select count(*) from lsoa_hub"), reader.count("select count(*) from recorded_crime")};
    });
    EXPECT_EQ(held, (std::pair<std::int64_t, std::int64_t>{524, 0}));
}

}  // namespace
}  // namespace concord::app
