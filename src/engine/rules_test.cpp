#include <gtest/gtest.h>

#include "engine/engine.hpp"

/// Dated rules: the row of the record's own day decides, and a change of the rules does not reach back.
namespace concord::engine {
namespace {

std::shared_ptr<const Rules> rules_of(const std::string& text) {
    auto file = load_rules("name = \"local\"\ntitle = \"Local\"\nsource = \"Procedure\"\n" + text, "local.toml");
    Rules all;
    for (const auto& one : file.problems) ADD_FAILURE() << one.line << ": " << one.problem;
    for (auto& rule : file.rules) all.emplace(rule.key, rule);
    return std::make_shared<const Rules>(std::move(all));
}
const char* const rows = R"(
[[rule]]
id = "answer"
title = "Answer"
key_date = "the day it came in"
rows = [{ from = 2027-04-01, amount = 3, unit = "days" }, { amount = 10, unit = "working_days" }]
[[rule]]
id = "reopen"
title = "Reopen"
key_date = "the day of closure"
rows = [{ amount = 90, unit = "days" }, { from = 2027-01-01, amount = 30, unit = "days" }]
[[rule]]
id = "fee"
title = "Fee"
key_date = "the day it came in"
rows = [{ from = 2026-01-01, amount = 2500, unit = "pence" }]
)";
const char* const pathway = R"(
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
closes = true
roles = ["hub_officer"]
[actions.reopen]
label = "Reopen"
from = ["closed"]
to = "open"
reopens = true
roles = ["hub_officer"]
unless = [{ when = "days_closed > rules.reopen", say = "Closed more than {rules.reopen} days ago." }]
[clocks.answer]
label = "Answer"
source = "Procedure"
starts = "case.opened"
stops = "stage.closed"
rule = "local.answer"
[rules.reopen]
rule = "local.reopen"
key_date = "closed_on"
)";
Loading small(const std::string& more = "", const std::string& rules = rows) {
    return load({.folder = "small", .files = {{"pathway.toml", pathway + more}}}, {}, {}, rules_of(rules));
}
std::string told(const Loading& loading) {
    std::string all;
    for (const auto& one : loading.problems) all += one.problem + "\n";
    return all;
}
void expect_story(const std::string& steps) {
    const auto loading = small();
    ASSERT_TRUE(loading.definition) << told(loading);
    for (const auto& one : run_story(*loading.definition, "story.toml", "title = \"A story\"\n" + steps, {}))
        ADD_FAILURE() << one.line << ": " << one.problem << " " << one.remedy;
}

TEST(Rules, a_clock_takes_the_row_of_the_day_on_which_it_starts) {
    expect_story("[[step]]\nat = 2027-03-31\nas = [\"hub_officer\"]\nmarks = [\"case.opened\"]\nexpect = { due = { answer = \"2027-04-14\" } }\n");
    expect_story("[[step]]\nat = 2027-04-01\nas = [\"hub_officer\"]\nmarks = [\"case.opened\"]\nexpect = { due = { answer = \"2027-04-04\" } }\n");
}

TEST(Rules, a_clock_that_runs_keeps_its_due_day_when_the_rule_changes) {
    expect_story(
        "[[step]]\nat = 2027-03-31\nas = [\"hub_officer\"]\nmarks = [\"case.opened\"]\n"
        "[[step]]\nat = 2027-04-05\nexpect = { due = { answer = \"2027-04-14\" }, state = { answer = \"running\" } }\n");
}

TEST(Rules, a_limit_is_that_of_its_own_key_date) {
    // Closed under the row of 90 days; asked when 30 holds.
    expect_story(
        "[[step]]\nat = 2026-12-01\nas = [\"hub_officer\"]\nmarks = [\"case.opened\"]\naction = \"close\"\nexpect = { stage = \"closed\" }\n"
        "[[step]]\nat = 2027-02-01\naction = \"reopen\"\nexpect = { stage = \"open\" }\n");
    expect_story(
        "[[step]]\nat = 2027-01-01\nas = [\"hub_officer\"]\nmarks = [\"case.opened\"]\naction = \"close\"\nexpect = { stage = \"closed\" }\n"
        "[[step]]\nat = 2027-03-01\naction = \"reopen\"\nexpect = { refused = \"Closed more than 30 days ago.\", stage = \"closed\" }\n");
}

TEST(Rules, the_length_in_words_is_that_of_the_day) {
    const auto loading = small();
    ASSERT_TRUE(loading.definition);
    const auto& clock = *loading.definition->clock("answer");
    EXPECT_EQ(length_in_words(*loading.definition, clock, *parse_date("2027-03-31")), "10 working days");
    EXPECT_EQ(length_in_words(*loading.definition, clock, *parse_date("2027-04-01")), "3 days");
    const auto fee = loading.definition->rules->at("local.fee");
    EXPECT_EQ(fee.on(*parse_date("2025-12-31")), nullptr);
    EXPECT_EQ(amount_in_words(*fee.on(*parse_date("2026-01-01"))), "£25.00");
}

TEST(Rules, the_length_of_a_run_is_the_one_that_makes_it_due) {
    using Length = ClockRule::Length;
    ClockRule rule{.id = "review", .rule_text = "28 days or 56 days"};
    rule.lengths = {Length{.amount = 28, .unit = Length::Unit::days}, Length{.amount = 56, .unit = Length::Unit::days}};
    const auto words = [&](int days, std::chrono::microseconds paused = {}) {
        const Instant started = *parse_instant("2026-04-01T09:00:00Z"), due{london_midnight(london_date(started) + days + 1).micros - 1'000'000};
        return length_in_words({}, rule, {.id = "review", .started = started, .due = due + paused, .paused_micros = paused.count()}, {});
    };
    EXPECT_EQ(words(56), "56 days");
    EXPECT_EQ(words(28), "28 days");
    EXPECT_EQ(words(56, std::chrono::hours{50}), "56 days");
    EXPECT_EQ(words(30), "28 days or 56 days") << "it was made due by a rule of another day";
    rule.lengths.pop_back();
    EXPECT_EQ(words(30), "28 days or 56 days") << "the words that are written";
}

TEST(Rules, that_are_not_there_are_told_with_a_remedy) {
    EXPECT_NE(told(small("[clocks.x]\nlabel = \"X\"\nsource = \"s\"\nstarts = \"case.opened\"\nstops = \"stage.closed\"\nrule = \"local.lost\"\n"))
                  .find("there is no dated rule \"local.lost\""),
              std::string::npos);
    EXPECT_NE(told(small("[clocks.x]\nlabel = \"X\"\nsource = \"s\"\nstarts = \"case.opened\"\nstops = \"stage.closed\"\nrule = \"local.fee\"\n"))
                  .find("the rule \"local.fee\" is no length of time"),
              std::string::npos);
    EXPECT_NE(told(small("[clocks.x]\nlabel = \"X\"\nsource = \"s\"\nstarts = \"case.opened\"\nstops = \"stage.closed\"\nrule = \"ten days\"\n"))
                  .find("\"ten days\" is no key of a dated rule"),
              std::string::npos);
    EXPECT_NE(told(small("[rules.fee]\nrule = \"local.fee\"\nkey_date = \"born_on\"\n")).find("\"born_on\" is no fact"), std::string::npos);
    EXPECT_NE(
        told(small("[actions.x]\nlabel = \"X\"\nfrom = [\"open\"]\nroles = [\"hub_officer\"]\nunless = [{ when = \"days_open > rules.lost\", say "
                   "= \"After {rules.gone} days.\" }]\n"))
            .find("this pathway uses no rule \"lost\""),
        std::string::npos);
    std::string late = rows;
    late.replace(late.find("from = 2026-01-01"), 17, "from = 2026-01-02");
    EXPECT_NE(told(small("[rules.fee]\nrule = \"local.fee\"\n", late)).find("has no row on 2026-01-01, when this pathway begins"), std::string::npos);
}

TEST(Rules, of_a_file_say_what_is_wrong_with_them) {
    const auto file = load_rules(
        "name = \"x\"\ntitle = \"X\"\n[[rule]]\nid = \"a\"\ntitle = \"A\"\nkey_date = \"k\"\nrows = [{ amount = -1, unit = \"weeks\", mark = "
        "\"sure\" }]\n"
        "[[rule]]\nid = \"a\"\ntitle = \"A\"\nkey_date = \"k\"\n",
        "x.toml");
    std::string all;
    for (const auto& one : file.problems) all += one.problem + "\n";
    for (const char* expected :
         {"the row has no amount of 0 or more", "\"weeks\" is no unit", "\"sure\" is no mark", "two rules have the id \"a\"", "has no row"})
        EXPECT_NE(all.find(expected), std::string::npos) << expected << " in " << all;
}

TEST(Rules, a_label_is_shown_as_it_was_on_the_day) {
    const auto list = load_codes(
        "name = \"x\"\ntitle = \"X\"\n[[code]]\ncode = \"a\"\nlabel = \"New\"\nformer = [{ label = \"Old\", until = 2026-04-01 }, { label = "
        "\"Oldest\", "
        "until = 2020-01-01 }]\n",
        "x.toml");
    ASSERT_TRUE(list.problems.empty());
    EXPECT_EQ(list.codes[0].label_on(*parse_date("2019-12-31")), "Oldest");
    EXPECT_EQ(list.codes[0].label_on(*parse_date("2026-03-31")), "Old");
    EXPECT_EQ(list.codes[0].label_on(*parse_date("2026-04-01")), "New");
}

}  // namespace
}  // namespace concord::engine
