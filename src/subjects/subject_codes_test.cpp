#include "subjects/subject_codes.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "engine/engine.hpp"

namespace concord::subjects {
namespace {

TEST(SubjectCodes, are_those_of_the_files) {
    for (const char* name : {"name_kinds", "identifier_kinds", "contact_kinds", "contact_rules", "address_kinds", "relationship_kinds",
                             "organisation_kinds", "organisation_roles", "sexes"}) {
        const std::string path = std::string{CONCORD_SOURCE_DIR} + "/codes/" + name + ".toml";
        std::ifstream file{path};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        const auto list = engine::load_codes(text, path);
        EXPECT_TRUE(list.problems.empty()) << name;
        const auto& compiled = subject_codes(name);
        ASSERT_EQ(list.codes.size(), compiled.size()) << name;
        for (std::size_t i = 0; i < compiled.size(); ++i) {
            EXPECT_EQ(list.codes[i].code, compiled[i].code) << name;
            EXPECT_EQ(list.codes[i].label, compiled[i].label) << name;
        }
    }
}

TEST(SubjectCodes, every_relationship_has_its_other_side_in_the_list) {
    for (const auto& one : subject_codes("relationship_kinds")) {
        EXPECT_TRUE(is_code("relationship_kinds", reverse_of(one.code))) << one.code;
        EXPECT_EQ(reverse_of(reverse_of(one.code)), one.code);
    }
}

}  // namespace
}  // namespace concord::subjects
