#include <gtest/gtest.h>

#include <cctype>
#include <fstream>

#include "engine/engine.hpp"

/// What pathways/FORMAT.md shows must work, and what works must stand in it.
namespace concord::engine {
namespace {

std::string format_page() {
    std::ifstream file{std::string{CONCORD_SOURCE_DIR} + "/pathways/FORMAT.md", std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> toml_blocks() {
    const std::string page = format_page();
    std::vector<std::string> blocks;
    for (auto at = page.find("```toml\n"); at != std::string::npos; at = page.find("```toml\n", at)) {
        at += 8;
        const auto end = page.find("```", at);
        blocks.push_back(page.substr(at, end - at));
        at = end;
    }
    return blocks;
}

/// The word stands in the page by itself, and is no part of a longer one.
bool names(const std::string& page, const std::string& word) {
    const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    for (auto at = page.find(word); at != std::string::npos; at = page.find(word, at + 1))
        if (!is_part(page[at - 1]) && !is_part(page[at + word.size()])) return true;
    return false;
}

TEST(Format, the_example_of_the_page_loads_and_its_story_holds) {
    const auto blocks = toml_blocks();
    ASSERT_EQ(blocks.size(), 5U);
    const auto loading = load({.folder = "lost_key", .files = {{"pathway.toml", blocks[0]}, {"forms/where.toml", blocks[1]}}}, {});
    for (const auto& one : loading.problems) ADD_FAILURE() << one.file << ":" << one.line << ": " << one.problem;
    ASSERT_TRUE(loading.definition);
    for (const auto& one : run_story(*loading.definition, "story.toml", blocks[4], {}))
        ADD_FAILURE() << one.line << ": " << one.problem << " " << one.remedy;
    EXPECT_TRUE(load_codes("name = \"x\"\ntitle = \"X\"\n" + blocks[2], "x.toml").problems.empty());
    const auto rules = load_rules("name = \"x\"\ntitle = \"X\"\n" + blocks[3], "x.toml");
    for (const auto& one : rules.problems) ADD_FAILURE() << one.line << ": " << one.problem;
    EXPECT_EQ(rules.rules.at(0).rows.size(), 2U);
}

TEST(Format, the_page_names_every_key_and_every_kind_of_the_schema) {
    const std::string page = format_page();
    const Json whole = schema();
    ASSERT_FALSE(whole["$defs"].members().empty());
    for (const auto& [name, shape] : whole["$defs"].members())
        for (const auto& [key, value] : shape["properties"].members()) {
            EXPECT_TRUE(names(page, key)) << key << " of " << name;
            for (const auto& code : value["enum"].items()) EXPECT_TRUE(names(page, code.as_string())) << code.as_string();
        }
}

}  // namespace
}  // namespace concord::engine
