#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/engine.hpp"

/// tests/pathways/allotment_dispute: a kind of work that no code knows.
namespace concord::engine {
namespace {

namespace fs = std::filesystem;
const fs::path root{CONCORD_SOURCE_DIR};
const fs::path home = root / "tests/pathways/allotment_dispute";

std::string text_of(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
}
Source folder(const fs::path& path) {
    Source source{.folder = path.string(), .files = {}};
    for (const auto& found : fs::recursive_directory_iterator{path})
        if (found.path().extension() == ".toml" && found.path().parent_path().filename() != "examples")
            source.files[fs::relative(found.path(), path).generic_string()] = text_of(found.path());
    return source;
}
const Definition& allotment_dispute() {
    static const Loading loading = load(folder(home), folder(root / "pathways/common"));
    for (const auto& one : loading.problems) ADD_FAILURE() << one.file << ":" << one.line << ": " << one.problem << " " << one.remedy;
    if (!loading.definition) throw Failure{"the allotment dispute does not load"};
    return *loading.definition;
}
const Date today = *parse_date("2026-04-02");

TEST(SecondPathway, takes_from_common_what_it_does_not_say) {
    EXPECT_EQ(allotment_dispute().handling, "official");
    EXPECT_EQ(allotment_dispute().retention, "6 years after closure");
    EXPECT_EQ(allotment_dispute().first_stage().id, "heard");
}

TEST(SecondPathway, every_story_holds) {
    const auto calendar = load_calendar(text_of(root / "codes/calendars/england-bank-holidays.toml"), "england");
    int stories = 0;
    for (const auto& found : fs::directory_iterator{home / "examples"}) {
        ++stories;
        for (const auto& one :
             run_story(allotment_dispute(), found.path().filename().string(), text_of(found.path()), WorkingCalendar{calendar.days}))
            ADD_FAILURE() << one.file << ":" << one.line << ": " << one.problem << " " << one.remedy;
    }
    EXPECT_EQ(stories, 2);
}

TEST(SecondPathway, money_is_pence_and_rows_are_kept_apart_from_the_envelope) {
    const auto* form = allotment_dispute().form("claim");
    const auto checked = check_form(
        allotment_dispute(), *form,
        *parse_json(
            R"({"what":"shed","words":"The shed was taken down","losses":[{"thing":"Shed","worth":"£1,250.50","proof":"receipt"}],"compensation":"1250.50"})"),
        Json::object(), today);
    ASSERT_TRUE(checked);
    EXPECT_EQ((*checked)["losses"].items()[0]["worth"].as_integer(), 125'050);
    EXPECT_EQ((*checked)["compensation"].as_integer(), 125'050);
    EXPECT_TRUE((*checked)["costly"].as_bool());
    EXPECT_EQ((*checked)["heard_on"].as_string(), "2026-04-02");
    const auto [envelope, payload] = envelope_and_payload(*form, *checked);
    EXPECT_TRUE(envelope.has("what") && envelope.has("compensation") && payload.has("words") && payload.has("losses"));
    EXPECT_FALSE(envelope.has("words") || envelope.has("losses"));
    EXPECT_EQ(listed_values(*form, *checked).size(), 2U);
}

TEST(SecondPathway, derived_answers_cannot_be_typed_and_money_has_its_limits) {
    const auto wrong = check_form(allotment_dispute(), *allotment_dispute().form("claim"),
                                  *parse_json(R"({"what":"shed","words":"The shed was taken down","compensation":"5000.01","since":"2026-04-03"})"),
                                  Json::object(), today);
    ASSERT_FALSE(wrong);
    ASSERT_EQ(wrong.error().fields.size(), 2U);
    EXPECT_EQ(wrong.error().fields[0].field, "since");
    EXPECT_EQ(wrong.error().fields[1].message, "The number must be 5000 or less.");
    const auto typed =
        check_form(allotment_dispute(), *allotment_dispute().form("claim"),
                   *parse_json(R"({"what":"shed","words":"The shed was taken down","costly":"yes","heard_on":"1999-01-01"})"), Json::object(), today);
    ASSERT_TRUE(typed);
    EXPECT_FALSE((*typed)["costly"].as_bool());
    EXPECT_EQ((*typed)["heard_on"].as_string(), "2026-04-02");
}

TEST(SecondPathway, its_own_scale_scores_by_its_own_rules) {
    const auto* tool = allotment_dispute().risk_tool("quarrel_scale");
    const auto outcome = score(*tool, *parse_json(R"({"words":"loudly","years":"season","harmed":["shed","bees"]})"));
    EXPECT_EQ(outcome.score, 5);
    EXPECT_EQ(outcome.most, 9);
    EXPECT_EQ(outcome.version, 2);
    EXPECT_EQ(outcome.level, "heated");
    EXPECT_EQ(score(*tool, Json::object(), "spade").level, "feud");
}

TEST(SecondPathway, actions_say_why_not) {
    const Facts facts =
        *parse_json(R"({"stage":"heard","involvements":{"plot_holder":1},"risk":{"assessed":false},"actor":{"role":{"hub_officer":true}}})");
    const auto states = actions(allotment_dispute(), facts);
    ASSERT_EQ(states.size(), 2U);
    EXPECT_EQ(states[0].action->id, "offer_mediation");
    EXPECT_EQ(states[0].why, "Answer the quarrel scale first.");
    EXPECT_EQ(states[1].action->id, "drop");
    EXPECT_EQ(states[1].why, "Only a supervisor can do this.");
}

TEST(SecondPathway, no_code_of_the_engine_names_a_pathway) {
    for (const auto& found : fs::directory_iterator{root / "src/engine"}) {
        const std::string file = found.path().filename().string();
        if (file.ends_with("_test.cpp") || (!file.ends_with(".cpp") && !file.ends_with(".hpp"))) continue;
        const std::string text = text_of(found.path());
        for (const char* name : {"hub_asb", "allotment", "victim_risk", "thrive"})
            EXPECT_EQ(text.find(name), std::string::npos) << file << " names " << name;
    }
}

}  // namespace
}  // namespace concord::engine
