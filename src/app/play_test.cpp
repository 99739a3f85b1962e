#include "app/play.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "store/testing.hpp"

namespace concord::app {
namespace {

class Playing : public ::testing::Test {
protected:
    store::testing::EmptyDatabase empty{store::Engine::sqlite};
    std::unique_ptr<Program> program = [this] {
        auto made = make_program(empty.url(), false);
        made->clock.stand_at(parse_instant("2026-03-01T09:00:00Z").value());
        EXPECT_TRUE(init(*made, "north-yorkshire", true, 1, DemoSize::users_only));
        return made;
    }();
    ~Playing() override {
        program.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }
    std::vector<Json> told;
    int play_lines(const std::string& text) {
        std::istringstream in{text};
        told.clear();
        return play(*program, in, [&](const Json& line) { told.push_back(line); });
    }
};

const std::string person = R"({"at":"2026-03-02T09:00:00Z","as":"officer@scarborough.example","method":"POST","path":"/api/v1/people",)"
                           R"("body":{"name":"Ewa Example","phone":"07700 900123"},"save":{"p":"id"},"expect":{"status":201,"name":"Ewa Example"}})"
                           "\n";

TEST_F(Playing, what_a_line_saves_later_lines_use) {
    EXPECT_EQ(play_lines(person + R"({"as":"officer@scarborough.example","path":"/api/v1/people/${p}","expect":{"status":200,"id":"${p}"}})"), 0);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1]["line"].as_integer(), 2);
    EXPECT_EQ(told[0]["json"]["id"], told[1]["json"]["id"]);
}

TEST_F(Playing, an_expectation_that_is_not_met_says_where) {
    EXPECT_EQ(play_lines(R"({"as":"officer@scarborough.example","path":"/api/v1/pathways","expect":{"status":200,"items":[{"name":"elsewhere"}]}})"
                         "\n" +
                         person + R"({"as":"admin@nycsp.example","path":"/api/v1/cases","expect":{"total":7,"items":[]}})"),
              2);
    EXPECT_TRUE(told[0].has("failed"));
    EXPECT_FALSE(told[1].has("failed"));
    EXPECT_EQ(to_text(told[2]["failed"]), R"([{"path":"total","expected":7,"found":0}])");
}

TEST_F(Playing, lines_that_cannot_be_played_are_failures_with_a_sentence) {
    EXPECT_EQ(play_lines("{\"as\":\n"
                         R"({"path":"/api/v1/people/${nothing}"})"
                         "\n"
                         R"({"as":"nobody@nowhere.example","path":"/api/v1/cases"})"
                         "\n"
                         R"({"path":"cases"})"
                         "\n"
                         R"({"at":"yesterday","path":"/healthz"})"
                         "\n\n"
                         R"({"path":"/healthz","expect":{"status":200}})"),
              5);
    ASSERT_EQ(told.size(), 6U);
    EXPECT_EQ(told[1]["error"].as_string(), "No line before this one saved \"nothing\".");
    EXPECT_EQ(told[2]["error"].as_string(), "There is no user nobody@nowhere.example.");
    EXPECT_EQ(told[5]["line"].as_integer(), 7);
}

TEST_F(Playing, a_change_without_a_version_is_made_to_the_record_as_it_stands) {
    const std::string as = R"("as":"officer@scarborough.example",)";
    EXPECT_EQ(
        play_lines(
            "{" + as +
            R"("at":"2026-03-02T10:00:00Z","method":"POST","path":"/api/v1/cases","body":{"pathway":"hub_asb","hub":"scarborough","title":"Noise at night","lead":{"email":"officer@scarborough.example","agency":"nyc_cs"}},"save":{"c":"reference","v":"version"},"expect":{"status":201}})"
            "\n{" +
            as +
            R"("method":"POST","path":"/api/v1/cases/${c}/actions/start_work","body":{"summary":"Quiet after eleven at night","next_review":"+14"},"expect":{"status":200,"stage":"open_active","lead":{"email":"officer@scarborough.example"}}})"
            "\n{" +
            as +
            R"("method":"POST","path":"/api/v1/cases/${c}/actions/review","if_match":"${v}","body":{"found":"Nothing has changed so far","next_review":"+14"},"expect":{"status":412}})"),
        0)
        << to_text(told.back());
}

}  // namespace
}  // namespace concord::app
