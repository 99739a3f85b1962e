#include <gtest/gtest.h>

#include <set>

#include "base/csv.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace concord {
namespace {

Date day(const char* iso) { return parse_date(iso).value(); }
Instant at(const char* text) { return parse_instant(text).value(); }

TEST(Time, a_day_that_does_not_exist_is_none) {
    EXPECT_FALSE(parse_date("2026-02-30"));
    EXPECT_FALSE(parse_date("26-02-03"));
    EXPECT_FALSE(parse_date("2026-2-3"));
    EXPECT_FALSE(parse_date("2026-04-01T00:00:00Z"));
    EXPECT_EQ(to_iso(day("2024-02-29")), "2024-02-29");
}

TEST(Time, late_on_31_march_in_utc_is_april_in_london) {
    EXPECT_EQ(to_iso(london_date(at("2026-03-31T23:30:00Z"))), "2026-04-01");
    EXPECT_EQ(to_iso(london_date(at("2026-01-31T23:30:00Z"))), "2026-01-31");
    EXPECT_EQ(to_rfc3339(london_midnight(day("2026-04-01"))), "2026-03-31T23:00:00Z");
}

TEST(Time, instants_of_any_offset_are_the_same_moment) {
    EXPECT_EQ(at("2026-04-01T10:30:00.250+01:00"), at("2026-04-01T09:30:00.25Z"));
    EXPECT_EQ(to_rfc3339(at("2026-04-01T10:30:00.250+01:00")), "2026-04-01T09:30:00.250000Z");
    for (const char* bad :
         {"2026-04-01", "2026-04-01T10:30Z", "2026-04-01T25:00:00Z", "2026-04-01T10:30:00", "2026-04-01T10:30:00+1:00", "2026-04-01T10:30:00.Z", ""})
        EXPECT_FALSE(parse_instant(bad)) << bad;
}

TEST(Time, an_hour_that_london_skips_is_the_moment_of_the_jump) {
    EXPECT_EQ(to_rfc3339(from_london({2026, 3, 29}, 1, 30)), "2026-03-29T01:00:00Z");
    EXPECT_EQ(to_rfc3339(from_london({2026, 10, 25}, 1, 30)), "2026-10-25T00:30:00Z");
}

TEST(Time, a_month_after_31_january_is_the_last_of_february) {
    EXPECT_EQ(to_iso(add_months(day("2026-01-31"), 1)), "2026-02-28");
    EXPECT_EQ(to_iso(add_months(day("2024-01-31"), 1)), "2024-02-29");
    EXPECT_EQ(to_iso(add_months(day("2026-03-31"), -13)), "2025-02-28");
}

TEST(Time, staff_may_type_a_date_as_they_say_it) {
    const Date wednesday = day("2026-11-25");
    const std::vector<std::pair<const char*, const char*>> table{
        {"17/5/2025", "2025-05-17"},  {"17 May 2025", "2025-05-17"}, {"17-05-2025", "2025-05-17"},
        {"2025-05-17", "2025-05-17"}, {"today", "2026-11-25"},       {"Tomorrow", "2026-11-26"},
        {"+7", "2026-12-02"},         {"fri", "2026-11-27"},         {"wed", "2026-12-02"}};
    for (const auto& [typed, expected] : table) {
        const auto made = parse_typed_date(typed, wednesday);
        ASSERT_TRUE(made) << typed;
        EXPECT_EQ(to_iso(*made), expected) << typed;
    }
    for (const char* bad : {"31/2/2025", "5/2025", "17/5/25", "soon", "", "1/1/1/1"}) EXPECT_FALSE(parse_typed_date(bad, wednesday)) << bad;
}

TEST(Calendar, working_days_pass_over_weekends_and_bank_holidays) {
    const WorkingCalendar calendar{{day("2026-04-03"), day("2026-04-06"), day("2026-12-25"), day("2026-12-28")}};
    EXPECT_EQ(to_iso(calendar.add_working_days(day("2026-04-02"), 1)), "2026-04-07");  // over Good Friday, the weekend and Easter Monday
    EXPECT_EQ(to_iso(calendar.add_working_days(day("2026-04-04"), 0)), "2026-04-07");
    EXPECT_EQ(to_iso(calendar.add_working_days(day("2026-11-25"), 10)), "2026-12-09");
    EXPECT_EQ(calendar.working_days_between(day("2026-12-24"), day("2026-12-29")), 1);
    EXPECT_EQ(calendar.working_days_between(day("2026-12-29"), day("2026-12-24")), -1);
}

TEST(Calendar, what_comes_after_five_counts_from_the_next_working_day) {
    const WorkingCalendar calendar;
    EXPECT_EQ(to_iso(calendar.effective_start(at("2026-11-25T17:00:00Z"), 17)), "2026-11-25");
    EXPECT_EQ(to_iso(calendar.effective_start(at("2026-11-25T17:00:01Z"), 17)), "2026-11-26");
    EXPECT_EQ(to_iso(calendar.effective_start(at("2026-11-27T18:00:00Z"), 17)), "2026-11-30");
    EXPECT_EQ(to_iso(calendar.effective_start(at("2026-11-28T10:00:00Z"), 17)), "2026-11-30");
    EXPECT_EQ(to_iso(calendar.effective_start(at("2026-07-01T16:30:00Z"), 17)), "2026-07-02");  // 17:30 in London
}

TEST(Ids, are_ascending_and_version_7) {
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        const std::string id = new_id(Instant{1'700'000'000'000'000});
        ASSERT_TRUE(is_id(id)) << id;
        ASSERT_EQ(id[14], '7');
        ASSERT_LT(last, id);
        last = id;
    }
}

TEST(JsonText, comes_back_as_it_went) {
    const std::string text = R"({"b":1,"a":[true,null,-2.5,"line\nend \"q\" é"],"c":{}})";
    const auto value = parse_json(text);
    ASSERT_TRUE(value);
    EXPECT_EQ(to_text(*value), text);
    EXPECT_EQ(to_canonical(*value), R"({"a":[true,null,-2.5,"line\nend \"q\" é"],"b":1,"c":{}})");
    EXPECT_EQ((*value)["a"].items()[2].as_number(), -2.5);
    EXPECT_TRUE((*value)["absent"]["deeper"].is_null());
}

TEST(JsonText, parts_of_a_value_that_nobody_holds_live_as_long_as_they_are_looked_at) {
    const auto read = [] { return parse_json(R"({"people":[{"name":"Katie Marshall"},{"name":"Lily Marshall"}],"count":2})").value(); };
    std::string names;
    for (const auto& one : read()["people"].items()) names += one["name"].as_string() + ", ";
    EXPECT_EQ(names, "Katie Marshall, Lily Marshall, ");
    std::string keys;
    for (const auto& [key, value] : read().members()) keys += key + " ";
    EXPECT_EQ(keys, "people count ");
    EXPECT_EQ(read()["nobody"]["name"].as_string(), "");
    EXPECT_EQ(read()["count"]["x"].items().size(), 0u);
    static_assert(!std::is_reference_v<decltype(read()["people"].items())>);
}

TEST(JsonText, reads_the_number_that_was_written) {
    for (const char* text : {"0.49362562436642987", "160.37970401332115", "0.9748110831234257", "1.3927926388013963e-143", "4.444e+51", "5e-324",
                             "9007199254740993", "[1.5,{\"a\":0.1}]"})
        EXPECT_EQ(to_text(*parse_json(text)), text);
    EXPECT_EQ(to_text(*parse_json("1e-400")), "0");
    EXPECT_EQ(to_text(*parse_json("[2.5e3,\"a\",-0.0]")), "[2500,\"a\",0]");
    for (const char* too_large : {"1e400", "-1e400", "[1,1e999999999999]"}) EXPECT_FALSE(parse_json(too_large)) << too_large;
}

TEST(JsonText, says_where_it_is_broken) {
    for (const char* bad : {"", "{", "[1,]", "{\"a\":1,\"a\":2}", "01", "nul", "\"\xff\"", "[1] 2", "NaN", "'a'"})
        EXPECT_FALSE(parse_json(bad)) << bad;
    const auto twice = parse_json("{\n  \"a\": 1,\n  \"a\": 2}");
    ASSERT_FALSE(twice);
    EXPECT_NE(twice.error().sentence.find("\"a\" stands twice"), std::string::npos) << twice.error().sentence;
    EXPECT_NE(twice.error().sentence.find("line 3"), std::string::npos) << twice.error().sentence;
    EXPECT_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')));
}

TEST(Text, folds_accents_cases_and_scripts) {
    EXPECT_EQ(fold("Łukasz O'Brien-Smith"), "lukasz obrien smith");
    EXPECT_EQ(fold("  ZOË   d’Arcy. "), "zoe darcy");
    EXPECT_EQ(fold("Сергей"), "sergej");
}

TEST(Text, postcodes_phones_and_emails_have_one_form) {
    EXPECT_EQ(normal_postcode("yo127qp"), "YO12 7QP");
    EXPECT_EQ(normal_postcode(" w1a 0ax"), "W1A 0AX");
    EXPECT_EQ(normal_postcode("YO12"), "");
    EXPECT_EQ(normal_postcode("12345"), "");
    EXPECT_EQ(normal_phone("07700 900321"), "+447700900321");
    EXPECT_EQ(normal_phone("+44 (0)1723 900 000"), "+441723900000");
    EXPECT_EQ(normal_phone("0048 22 123 4567"), "+48221234567");
    EXPECT_EQ(normal_phone("ext 12"), "");
    EXPECT_EQ(normal_email(" Katie@Example.org "), "katie@example.org");
    EXPECT_EQ(normal_email("no at sign"), "");
}

TEST(Text, tidying_keeps_words_and_drops_controls) {
    EXPECT_EQ(tidy(" a\tb\nc\x07 "), "a b c");
    EXPECT_EQ(tidy("a\r\nb", true), "a\nb");
    EXPECT_EQ(letters_and_digits("n/a ..."), 2U);
    EXPECT_EQ(cut("Zoë Smith", 4), "Zoë…");
    EXPECT_EQ(cut("Off-road bikes come through the cut at speed, no plates", 50), "Off-road bikes come through the cut at speed, no…");
    EXPECT_EQ(cut("No plates, faces covered. Nobody stops them at all.", 27), "No plates, faces covered…");
    EXPECT_EQ(cut("Llanfairpwllgwyngyllgogerychwyrndrobwll", 10), "Llanfairp…");
    EXPECT_FALSE(is_utf8("\xff"));
}

TEST(Text, windows_1252_becomes_utf8) {
    EXPECT_EQ(from_windows_1252("Caf\xe9 Row, St Mary\x92s"), "Café Row, St Mary’s");
    EXPECT_FALSE(from_windows_1252("\x81"));
}

TEST(Csv, reads_what_the_world_writes) {
    std::vector<CsvRow> rows;
    const auto read = read_csv(
        "\xef\xbb\xbf"
        "a,b\r\n\"x,\n\"\"y\"\"\",2\n\nlast,\r",
        ',', [&](const CsvRow& row) {
            rows.push_back(row);
            return true;
        });
    ASSERT_TRUE(read);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].fields, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(rows[1].fields, (std::vector<std::string>{"x,\n\"y\"", "2"}));
    EXPECT_EQ(rows[2].line, 5U);
    EXPECT_EQ(rows[2].fields, (std::vector<std::string>{"last", ""}));
}

TEST(Csv, says_which_line_is_broken) {
    const auto ignore = [](const CsvRow&) { return true; };
    EXPECT_NE(read_csv("a\n\"open\nmore", ',', ignore).error().sentence.find("Line 2"), std::string::npos);
    EXPECT_FALSE(read_csv("a\n\"b\"c", ',', ignore));
    EXPECT_FALSE(read_csv(std::string_view{"a\0b", 3}, ',', ignore));
    EXPECT_EQ(guess_delimiter("a;b,x;c\n"), ';');
    EXPECT_EQ(csv_line({"=1+1", "a,\"b\""}), "'=1+1,\"a,\"\"b\"\"\"\n");
}

TEST(Hash, known_answers) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(from_base64url(to_base64url("\x01\xff?")), "\x01\xff?");
    EXPECT_EQ(from_base64url("***"), "");
}

}  // namespace
}  // namespace concord
