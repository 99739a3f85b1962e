#include "web/clash.hpp"

#include <gtest/gtest.h>

namespace concord::web {
namespace {

Clash review() {
    return {
        .who = "Dan Okafor",
        .when = "today at 16:20",
        .caption = "HC-2026-000123, review",
        .action = "/cases/HC-2026-000123/forms/review",
        .version = "8",
        .csrf = "token",
        .fields =
            {{.name = "summary",
              .label = "What are we trying to change?",
              .mine = {"Stop the threats <at night>"},
              .theirs = {"Stop the noise"},
              .base = {{"Stop it"}}},
             {.name = "needs", .label = "What is needed?", .mine = {"visit", "letter"}, .theirs = {}, .base = {{}}, .mine_shown = "Visit, letter"},
             {.name = "next", .label = "Next review", .mine = {"+14"}, .theirs = {"+7"}, .base = {{"+14"}}},
             {.name = "agreed", .label = "Agreed", .mine = {"yes"}, .theirs = {"yes"}}},
        .also = {{"do", "save"}, {"version", "7"}},
        .back = "/cases/HC-2026-000123"};
}

/// What a browser sends of the page: hidden fields, checked radios, and the button that was pressed.
Fields sent(const std::string& markup, const std::string& button, const Fields& clicked = {}) {
    Fields form;
    for (auto at = markup.find("<input"); at != std::string::npos; at = markup.find("<input", at + 1)) {
        const std::string tag = markup.substr(at, markup.find('>', at) - at);
        const auto value_of = [&](const std::string& name) {
            const auto start = tag.find(" " + name + "=\"");
            if (start == std::string::npos) return std::string{};
            const auto from = start + name.size() + 3;
            std::string value = tag.substr(from, tag.find('"', from) - from);
            for (const auto& [escaped, plain] : {std::pair<std::string, std::string>{"&lt;", "<"}, {"&gt;", ">"}})
                for (auto p = value.find(escaped); p != std::string::npos; p = value.find(escaped)) value.replace(p, escaped.size(), plain);
            return value;
        };
        const bool radio = value_of("type") == "radio";
        bool checked = tag.find(" checked") != std::string::npos;
        for (const auto& [name, value] : clicked)
            if (radio && name == value_of("name")) checked = value == value_of("value");
        if (!radio || checked) form.emplace_back(value_of("name"), value_of("value"));
    }
    form.emplace_back("clash:all", button);
    return form;
}
std::vector<std::string> all_of(const Fields& form, const std::string& name) {
    std::vector<std::string> all;
    for (const auto& [key, value] : form)
        if (key == name) all.push_back(value);
    return all;
}

TEST(Clash, shows_both_sides_and_escapes_what_was_typed) {
    const std::string page = clash_page(review()).markup();
    for (const char* words :
         {"Dan Okafor saved other answers today at 16:20", "Stop the threats &lt;at night&gt;", "Stop the noise", "Visit, letter", "Nothing",
          "Both of you changed this.", "Only they changed this.", "1 other answer is the same in both.", "Keep all mine", "Take all theirs"})
        EXPECT_NE(page.find(words), std::string::npos) << words;
    EXPECT_EQ(page.find("<at night>"), std::string::npos);
    EXPECT_EQ(page.find("<script"), std::string::npos);
}

TEST(Clash, chosen_beforehand_is_what_one_of_both_changed) {
    const auto settled = settle_clash(sent(clash_page(review()).markup(), "chosen"));
    EXPECT_EQ(all_of(settled, "summary"), (std::vector<std::string>{"Stop the threats <at night>"}));
    EXPECT_EQ(all_of(settled, "needs"), (std::vector<std::string>{"visit", "letter"}));
    EXPECT_EQ(all_of(settled, "next"), (std::vector<std::string>{"+7"}));
    EXPECT_EQ(all_of(settled, "agreed"), (std::vector<std::string>{"yes"}));
    EXPECT_EQ(all_of(settled, "do"), (std::vector<std::string>{"save"}));
    EXPECT_EQ(all_of(settled, "version"), (std::vector<std::string>{"8"})) << "what is kept is judged against what stands now";
    EXPECT_EQ(all_of(settled, "csrf"), (std::vector<std::string>{"token"}));
    for (const auto& [name, value] : settled) EXPECT_FALSE(name.starts_with("clash:")) << name;
}

TEST(Clash, each_field_is_chosen_by_itself) {
    const auto settled = settle_clash(sent(clash_page(review()).markup(), "chosen",
                                           {{"clash:keep:summary", "theirs"}, {"clash:keep:needs", "theirs"}, {"clash:keep:next", "mine"}}));
    EXPECT_EQ(all_of(settled, "summary"), (std::vector<std::string>{"Stop the noise"}));
    EXPECT_TRUE(all_of(settled, "needs").empty()) << "nothing ticked is an answer too";
    EXPECT_EQ(all_of(settled, "next"), (std::vector<std::string>{"+14"}));
}

TEST(Clash, all_mine_and_all_theirs_by_one_button) {
    const std::string page = clash_page(review()).markup();
    EXPECT_EQ(all_of(settle_clash(sent(page, "mine")), "next"), (std::vector<std::string>{"+14"}));
    EXPECT_EQ(all_of(settle_clash(sent(page, "theirs")), "summary"), (std::vector<std::string>{"Stop the noise"}));
}

TEST(Clash, another_form_is_left_alone_and_a_forged_name_cannot_be_slipped_in) {
    const Fields plain{{"summary", "x"}, {"version", "3"}};
    EXPECT_EQ(settle_clash(plain), plain);
    // A field that is asked stands once, from the side that was chosen, whatever else was sent under its name.
    const auto settled = settle_clash({{"clash:field", "summary"},
                                       {"clash:mine:summary", "mine"},
                                       {"clash:theirs:summary", "theirs"},
                                       {"summary", "slipped in"},
                                       {"clash:keep:summary", "theirs"}});
    EXPECT_EQ(settled, (Fields{{"summary", "theirs"}}));
}

}  // namespace
}  // namespace concord::web
