#include "cases/referral_import.hpp"

#include <gtest/gtest.h>

namespace concord::cases {
namespace {

const std::string header = "channel,source_agency,source_ref,consent_to_share,behaviour_type,location,narrative";
std::string row(const std::string& ref) {
    return "phone,rp," + ref + ",yes,b04,\"Dean Road, Scarborough\",Loud music through the wall every night\n";
}
ReferralFile read(const std::string& text, const ReferralImportAsk& ask = {}) {
    auto file = read_referral_file(text, ask);
    EXPECT_TRUE(file) << (file ? "" : file.error().sentence);
    return file ? std::move(file).value() : ReferralFile{};
}
std::string why_not(const std::string& text, const ReferralImportAsk& ask = {}) {
    const auto file = read_referral_file(text, ask);
    return file ? "" : file.error().sentence;
}
bool says(const std::string& sentence, std::string_view words) { return sentence.find(words) != std::string::npos; }

TEST(ReferralFile, a_row_becomes_the_body_of_the_route) {
    const auto file = read(
        "Channel,source_agency,source ref,consent_to_share,behaviour_type,location,postcode,narrative,ongoing_now,prior_reports_count_6m,"
        "victim_name,victim_date_of_birth,suspect_name\n"
        "PHONE,RP,CH-1,YES,B04;B03,\"14 Dean Road\",yo12 7qp,Loud music,No,3,Katie Example,1987-11-03,A neighbour\n");
    ASSERT_EQ(file.good.size(), 1U);
    EXPECT_EQ(to_text(file.good[0].body),
              R"({"channel":"phone","source_agency":"rp","source_ref":"CH-1","consent_to_share":"yes","behaviour_type":["b04","b03"],)"
              R"("location":{"text":"14 Dean Road","postcode":"yo12 7qp"},"narrative":"Loud music","ongoing_now":false,"prior_reports_count_6m":3,)"
              R"("people":[{"role":"victim","name":"Katie Example","date_of_birth":"1987-11-03"},{"role":"suspected","name":"A neighbour"}]})");
    EXPECT_EQ(file.good[0].columns.at("people[1].name"), "suspect_name");
}

TEST(ReferralFile, byte_order_marks_line_ends_semicolons_and_tabs_are_no_matter) {
    const auto plain = read(header + "\n" + row("1") + row("2"));
    ASSERT_EQ(plain.good.size(), 2U);
    std::string crlf = "\xef\xbb\xbf" + header + "\n" + row("1") + row("2"), semicolons = header + "\n" + row("1") + row("2");
    for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2) crlf.replace(at, 1, "\r\n");
    for (char& c : semicolons) c = c == ',' ? ';' : c;
    EXPECT_EQ(read(crlf).good[1].body, plain.good[1].body);
    EXPECT_EQ(read(semicolons).good[1].body["source_ref"], plain.good[1].body["source_ref"]);
    EXPECT_EQ(read(crlf).good[1].line, 3U);
}

TEST(ReferralFile, windows_1252_is_read_and_said) {
    const auto file = read(header + "\nphone,rp,1,yes,b04,Caf\xe9 Road,Loud music \x96 every night\n");
    ASSERT_EQ(file.good.size(), 1U);
    EXPECT_EQ(file.good[0].body["location"]["text"].as_string(), "Café Road");
    EXPECT_EQ(file.good[0].body["narrative"].as_string(), "Loud music – every night");
    EXPECT_TRUE(says(file.notes.at(0), "Windows-1252"));
}

TEST(ReferralFile, what_is_no_such_file_is_refused_in_a_sentence) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"", "empty"},
        {std::string{"PK\x03\x04zzzz"}, "spreadsheet"},
        {std::string{"\xff\xfe"
                     "c\0h\0",
                     6},
         "UTF-16"},
        {header + "\n\"never closed", "never closed"},
        {header + "\n", "no rows"},
        {header + ",colour\n" + row("1"), "\"colour\""},
        {header + ",channel\n" + row("1"), "twice"},
        {"channel,narrative\nphone,Loud music\n", "source_agency, consent_to_share, behaviour_type, location"},
    };
    for (const auto& [text, words] : table) EXPECT_TRUE(says(why_not(text), words)) << words << ": " << why_not(text);
}

TEST(ReferralFile, days_of_two_readings_need_a_declared_order) {
    const std::string text = header + ",incident_from,victim_date_of_birth\nphone,rp,1,yes,b04,Dean Road,Loud music,07/08/2026 21:30,3.11.1987\n";
    EXPECT_TRUE(says(why_not(text), "Line 2, column incident_from"));
    EXPECT_TRUE(says(why_not(text), "--dates dmy"));
    const auto british = read(text, {.dates = DateOrder::day_month_year}), american = read(text, {.dates = DateOrder::month_day_year});
    EXPECT_EQ(british.good.at(0).body["incident_from"].as_string(), "2026-08-07T20:30:00Z");  // summer time
    EXPECT_EQ(british.good.at(0).body["people"].items().at(0)["date_of_birth"].as_string(), "1987-11-03");
    EXPECT_EQ(american.good.at(0).body["incident_from"].as_string(), "2026-07-08T20:30:00Z");
}

TEST(ReferralFile, bad_rows_have_line_column_and_reason_and_good_ones_stay) {
    const auto file = read(header + ",ongoing_now,victim_date_of_birth,easting\n" +
                           "phone,rp,1,yes,b04,Dean Road,Loud music,perhaps,1980-02-30,x\n"
                           "phone,rp,2,yes,b04,Dean Road\n"
                           "\n"
                           "phone,rp,3,yes,b04,Dean Road,Loud music,yes,,\n");
    EXPECT_EQ(file.rows, 3U);
    ASSERT_EQ(file.good.size(), 1U);
    EXPECT_EQ(file.good[0].line, 5U);
    ASSERT_EQ(file.bad.size(), 4U);
    EXPECT_EQ(file.bad[0].field, "ongoing_now");
    EXPECT_EQ(file.bad[1].field, "victim_date_of_birth");
    EXPECT_EQ(file.bad[2].field, "easting");
    EXPECT_EQ(file.bad[3], (BadRow{3, "", "This row has 6 fields and the header 10: look for a separator too many, or a missing quote."}));
}

TEST(ReferralFile, one_reference_for_two_reports_is_refused_and_the_same_report_twice_is_not) {
    const auto file = read(header + "\n" + row("1") + row("1") + "phone,rp,1,yes,b04,Elsewhere,Another thing altogether\n");
    EXPECT_EQ(file.good.size(), 2U);
    ASSERT_EQ(file.bad.size(), 1U);
    EXPECT_EQ(file.bad[0].line, 4U);
    EXPECT_TRUE(says(file.bad[0].reason, "line 2"));
}

}  // namespace
}  // namespace concord::cases
