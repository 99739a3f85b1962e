#include "subjects/identifiers.hpp"

#include <gtest/gtest.h>

namespace concord::subjects {
namespace {

std::string normal(std::string_view kind, std::string_view typed) {
    const auto made = normal_identifier(kind, typed, 2026);
    return made ? *made : "refused";
}

TEST(Identifiers, a_pnc_id_is_brought_to_its_long_form) {
    EXPECT_EQ(normal("pnc", "2014/0100000H"), "2014/0100000H");
    EXPECT_EQ(normal("pnc", "14/100000h"), "2014/0100000H");
    EXPECT_EQ(normal("pnc", " 1979 / 0123456 T"), "1979/0123456T");
    EXPECT_EQ(normal("pnc", "79/123456T"), "1979/0123456T");
    EXPECT_EQ(normal("pnc", "20230583870Q"), "2023/0583870Q");
}

TEST(Identifiers, a_pnc_id_whose_letter_does_not_fit_is_refused) {
    for (const char* typed : {"2014/0100000I", "2014/0100001H", "2014/0100000", "H", "2014/01000000H", "201/0100000H", "////"})
        EXPECT_EQ(normal("pnc", typed), "refused") << typed;
}

TEST(Identifiers, a_cro_number_is_checked) {
    EXPECT_EQ(normal("cro", "123456/95k"), "123456/95K");
    EXPECT_EQ(normal("cro", "265416/08X"), "265416/08X");
    EXPECT_EQ(normal("cro", "265417/08X"), "refused");
    EXPECT_EQ(normal("cro", "SF/X"), "refused");
}

TEST(Identifiers, an_nhs_number_is_checked_by_eleven) {
    EXPECT_EQ(normal("nhs", "943 476 5919"), "9434765919");
    EXPECT_EQ(normal("nhs", "943 476 5918"), "refused");
    EXPECT_EQ(normal("nhs", "94347659"), "refused");
}

TEST(Identifiers, others_keep_their_letters_without_spaces) {
    EXPECT_EQ(normal("tenancy", " ch 1042-7 "), "CH1042-7");
    EXPECT_EQ(normal("tenancy", "."), "refused");
    EXPECT_EQ(normal("other", std::string(41, 'x')), "refused");
}

TEST(Identifiers, are_masked_in_lists) {
    EXPECT_EQ(masked("2014/0100000H"), "20*********0H");
    EXPECT_EQ(masked("AB"), "**");
}

}  // namespace
}  // namespace concord::subjects
