#include <gtest/gtest.h>

#include "subjects/people.hpp"

namespace concord::subjects {
namespace {

const Date today = parse_date("2026-06-01").value();

std::string read(std::string_view typed) {
    const auto birth = parse_birth(typed, today);
    if (!birth) return "refused: " + birth.error().fields.front().message.substr(0, 9);
    return to_iso(*birth) + (birth->estimated ? "~" : "");
}

TEST(Birth, is_taken_as_far_as_it_is_known) {
    EXPECT_EQ(read("1987-11-03"), "1987-11-03");
    EXPECT_EQ(read("3/11/1987"), "1987-11-03");
    EXPECT_EQ(read("3 November 1987"), "1987-11-03");
    EXPECT_EQ(read("11/1987"), "1987-11");
    EXPECT_EQ(read("1987-11"), "1987-11");
    EXPECT_EQ(read("Nov 1987"), "1987-11");
    EXPECT_EQ(read("1987"), "1987");
    EXPECT_EQ(read("about 1987"), "1987~");
    EXPECT_EQ(read("  "), "");
}

TEST(Birth, that_cannot_be_is_refused_with_what_to_do) {
    for (const char* typed : {"31/2/1987", "2026-13", "13/1987", "soon", "today", "+7", "19", "1987-11-03-04"})
        EXPECT_EQ(read(typed), "refused: Give a da") << typed;
    for (const char* typed : {"1900-01-01", "1900", "1850"}) EXPECT_EQ(read(typed), "refused: This year") << typed;
    for (const char* typed : {"2/6/2026", "7/2026", "2027"}) EXPECT_EQ(read(typed), "refused: The date ") << typed;
}

TEST(Birth, in_part_gives_the_ages_that_may_be) {
    EXPECT_EQ(age_in_words({.year = 1987, .month = 11, .day = 3}, today), "38");
    EXPECT_EQ(age_in_words({.year = 1987, .month = 6, .day = 1}, today), "39");
    EXPECT_EQ(age_in_words({.year = 1987}, today), "38 or 39");
    EXPECT_EQ(age_in_words({.year = 1987, .month = 11}, today), "38");
    EXPECT_EQ(age_in_words({.year = 1987, .estimated = true}, today), "about 39");
    EXPECT_EQ(age_in_words({}, today), "");
}

TEST(Birth, under_ten_ends_on_the_tenth_birthday_and_counts_while_it_may_be) {
    const auto under = [](const Birth& birth) { return is_under_10({.birth = birth}, today); };
    EXPECT_TRUE(under({.year = 2016, .month = 6, .day = 2}));
    EXPECT_FALSE(under({.year = 2016, .month = 6, .day = 1}));
    EXPECT_TRUE(under({.year = 2016}));
    EXPECT_FALSE(under({.year = 2015}));
    EXPECT_TRUE(under({.year = 2016, .month = 6}));
    EXPECT_FALSE(under({.year = 2016, .month = 5}));
    EXPECT_FALSE(under({}));
}

}  // namespace
}  // namespace concord::subjects
