#include "web/paging.hpp"

#include <gtest/gtest.h>

namespace concord::web {
namespace {

Request asking(std::string name, std::string value) {
    Request request;
    request.query.emplace_back(std::move(name), std::move(value));
    return request;
}

TEST(Paging, a_cursor_comes_back_as_it_was_made) {
    const auto parts = read_cursor("cases", make_cursor("cases", {"1795737599", "41"}), 2);
    ASSERT_TRUE(parts);
    EXPECT_EQ(*parts, (std::vector<std::string>{"1795737599", "41"}));
}

TEST(Paging, no_letter_of_a_cursor_can_be_changed) {
    const std::string cursor = make_cursor("cases", {"1795737599", "41"});
    for (std::size_t at = 0; at < cursor.size(); ++at) {
        std::string altered = cursor;
        altered[at] = altered[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(read_cursor("cases", altered, 2)) << at;
    }
    EXPECT_FALSE(read_cursor("cases", cursor.substr(1), 2));
    EXPECT_FALSE(read_cursor("cases", cursor + "A", 2));
    EXPECT_FALSE(read_cursor("cases", "1795737599.41", 2));
}

TEST(Paging, a_cursor_belongs_to_one_list) { EXPECT_FALSE(read_cursor("referrals", make_cursor("cases", {"1"}), 1)); }

TEST(Paging, a_limit_is_a_number_from_1_and_never_more_than_200) {
    EXPECT_EQ(*limit_of(Request{}), 50U);
    EXPECT_EQ(*limit_of(asking("limit", "3")), 3U);
    EXPECT_EQ(*limit_of(asking("limit", "999")), 200U);
    for (const char* typed : {"0", "-1", "ten", "1.5", "99999999999999999999"}) EXPECT_FALSE(limit_of(asking("limit", typed))) << typed;
}

TEST(Paging, a_cursor_that_was_made_elsewhere_is_refused_whatever_it_says) {
    for (const char* text : {"abc", "-1", "1x", "", "99999999999999999999999"})
        EXPECT_FALSE(list_part(asking("after", make_cursor("diaries", {text})), Json::array({1, 2}), "diaries")) << text;
}

TEST(Paging, the_pages_of_a_list_give_each_item_once) {
    Json items = Json::array();
    for (int i = 0; i < 7; ++i) items.push(i);
    std::vector<std::int64_t> seen;
    std::string after;
    for (int pages = 0; pages < 4; ++pages) {
        Request request = asking("limit", "3");
        if (!after.empty()) request.query.emplace_back("after", after);
        const auto page = list_part(request, items, "numbers");
        ASSERT_TRUE(page);
        EXPECT_EQ((*page)["total"].as_integer(), 7);
        for (const auto& one : (*page)["items"].items()) seen.push_back(one.as_integer());
        after = (*page)["next"].as_string();
        if (after.empty()) break;
    }
    EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(list_page(asking("after", "made up"), items, "numbers").status, 422);
}

}  // namespace
}  // namespace concord::web
