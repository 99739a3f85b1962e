#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/engine.hpp"

namespace concord::engine {
namespace {

namespace fs = std::filesystem;

std::map<std::string, CodeList> all_lists() {
    std::map<std::string, CodeList> lists;
    for (const auto& found : fs::directory_iterator{fs::path{CONCORD_SOURCE_DIR} / "codes"}) {
        if (found.path().extension() != ".toml") continue;
        std::ifstream file{found.path(), std::ios::binary};
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        lists[found.path().stem().string()] = load_codes(text, found.path().filename().string());
    }
    return lists;
}

TEST(Codes, every_list_loads_is_named_as_its_file_and_gives_its_source) {
    const auto lists = all_lists();
    EXPECT_GE(lists.size(), 39U);
    for (const auto& [name, list] : lists) {
        for (const auto& problem : list.problems) ADD_FAILURE() << problem.file << ":" << problem.line << ": " << problem.problem;
        EXPECT_EQ(list.name, name);
        EXPECT_FALSE(list.source.empty()) << name;
        EXPECT_GE(list.codes.size(), 2U) << name;
    }
}

TEST(Codes, are_lower_case_and_have_a_label) {
    for (const auto& [name, list] : all_lists())
        for (const auto& code : list.codes) {
            EXPECT_EQ(code.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << name << " " << code.code;
            EXPECT_FALSE(code.label.empty()) << name << " " << code.code;
        }
}

TEST(Codes, of_hub_casework_are_all_there) {
    const auto lists = all_lists();
    const std::vector<std::pair<const char*, std::size_t>> sizes{
        {"behaviour_types", 24}, {"channels", 11},        {"source_agencies", 23},    {"case_types", 11},      {"tenures", 7},
        {"party_roles", 12},     {"place_roles", 8},      {"perpetrator_reasons", 5}, {"triage_decisions", 7}, {"closure_codes", 17},
        {"request_purposes", 7}, {"request_gateways", 8}, {"agenda_items", 8},        {"task_states", 7},      {"follow_up_outcomes", 3}};
    for (const auto& [name, size] : sizes) {
        const auto found = lists.find(name);
        ASSERT_NE(found, lists.end()) << name;
        EXPECT_EQ(found->second.codes.size(), size) << name;
    }
}

TEST(Codes, that_stand_twice_or_have_no_label_are_told) {
    const auto list = load_codes("name = \"x\"\ntitle = \"X\"\n[[code]]\ncode = \"a\"\nlabel = \"A\"\n[[code]]\ncode = \"a\"\n", "x.toml");
    ASSERT_EQ(list.problems.size(), 2U);
    EXPECT_EQ(list.problems[0].problem, "\"label\" is missing");
    EXPECT_EQ(list.problems[1].problem, "the code \"a\" stands twice");
    EXPECT_EQ(list.problems[1].line, 6);
}

}  // namespace
}  // namespace concord::engine
