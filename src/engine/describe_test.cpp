#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/engine.hpp"

namespace concord::engine {
namespace {

namespace fs = std::filesystem;
const fs::path root{CONCORD_SOURCE_DIR};

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

std::shared_ptr<const Rules> dated_rules() {
    Rules all;
    for (const auto& found : fs::directory_iterator{root / "codes/rules"}) {
        if (found.path().filename() == "repeat_flags.toml") continue;  // of subjects, by columns of their own
        auto file = load_rules(text_of(found.path()), found.path().filename().string());
        for (const auto& one : file.problems) ADD_FAILURE() << one.file << ":" << one.line << ": " << one.problem;
        for (auto& rule : file.rules) all.emplace(rule.key, rule);
    }
    return std::make_shared<const Rules>(std::move(all));
}

TEST(Describe, hub_asb_reads_as_its_golden_file_says) {
    const auto loading = load(folder(root / "pathways/hub_asb"), folder(root / "pathways/common"), {}, dated_rules());
    ASSERT_TRUE(loading.definition);
    const std::string now = describe(*loading.definition);
    const fs::path golden = root / "pathways/hub_asb/golden/describe.txt";
    if (now == text_of(golden)) return;
    const fs::path seen = fs::path{testing::TempDir()} / "describe.txt";
    std::ofstream{seen, std::ios::binary} << now;
    FAIL() << "The rules of hub_asb read otherwise than before. Compare " << golden << " with " << seen
           << ", and copy it there if the change is meant.";
}

TEST(Describe, names_what_blocks_an_action_and_who_may_do_it) {
    const auto loading = load({.folder = "small", .files = {{"pathway.toml", R"(
name = "small"
title = "Small"
prefix = "SM"
in_force = 2026-01-01
[stages.open]
label = "Open"
start = true
[stages.closed]
label = "Closed"
ended = true
[actions.close]
label = "Close"
from = ["open"]
to = "closed"
roles = ["supervisor", "hub_manager"]
unless = [{ when = "tasks.open > 0", say = "Finish the tasks first." }]
)"}}},
                              {});
    ASSERT_TRUE(loading.definition);
    const std::string told = describe(*loading.definition);
    for (const char* expected : {"start --> [ Open ]", "(( Closed ))", "By supervisor or hub manager.",
                                 "Refused while tasks open is more than 0:", "\"Finish the tasks first.\""})
        EXPECT_NE(told.find(expected), std::string::npos) << expected << "\n" << told;
}

/// Every key of the schema is one that the loader knows: a line "key = ..." of the right table is never "not known here".
TEST(Schema, names_no_key_that_loading_refuses) {
    const Json whole = schema();
    const Json& defs = whole["$defs"];
    const std::vector<std::pair<const char*, std::string>> places{
        {"role", "[roles.x]\n"},     {"stage", "[stages.x]\n"}, {"action", "[actions.x]\n"},        {"clock", "[clocks.x]\n"},
        {"risk_tool", "[risk.x]\n"}, {"task", "[tasks.x]\n"},   {"table", "[tables.x]\n"},          {"outcome", "[outcomes.x]\n"},
        {"fact", "[facts.x]\n"},     {"pathway", ""},           {"field", "[[risk.x.questions]]\n"}};
    for (const auto& [name, head] : places) {
        ASSERT_FALSE(defs[name]["properties"].members().empty()) << name;
        for (const auto& [key, shape] : defs[name]["properties"].members())
            for (const auto& problem : load({.folder = "x", .files = {{"pathway.toml", head + key + " = 1\n"}}}, {}).problems)
                EXPECT_NE(problem.problem, "\"" + key + "\" is not known here") << name;
    }
}

TEST(Schema, points_only_at_parts_that_are_there) {
    const Json all = schema();
    const std::string text = to_text(all);
    for (std::size_t at = text.find("#/$defs/"); at != std::string::npos; at = text.find("#/$defs/", at + 1)) {
        const std::string name = text.substr(at + 8, text.find('"', at) - at - 8);
        EXPECT_TRUE(all["$defs"].has(name)) << name;
    }
}

}  // namespace
}  // namespace concord::engine
