#include "analysis/street.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace concord::analysis {
namespace {

const std::string header =
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context\n";

std::string testdata(const std::string& name) {
    std::ifstream file{std::string{CONCORD_SOURCE_DIR} + "/src/analysis/testdata/" + name, std::ios::binary};
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>{file}, {}};
}
StreetFile read(const std::string& name) {
    auto file = read_street_file(testdata(name));
    if (!file) ADD_FAILURE() << name << ": " << file.error().sentence;
    return file ? *file : StreetFile{};
}
std::string refusal(std::string_view text) {
    const auto file = read_street_file(text);
    return file ? "not refused" : file.error().sentence;
}
std::string row_with(const std::string& month, const std::string& longitude, const std::string& latitude,
                     const std::string& location = "No Location") {
    return "," + month + ",North Yorkshire Police,North Yorkshire Police," + longitude + "," + latitude + "," + location +
           ",,,Anti-social behaviour,,\n";
}
std::string only_reason(const std::string& row) {
    const auto file = read_street_file(header + row);
    if (!file) return file.error().sentence;
    return file->refused.size() == 1 ? file->refused.front().reason : "not refused";
}

TEST(StreetFile, the_publishers_files_are_read_whole) {
    const auto file = read("ok-lf.csv");
    EXPECT_EQ(file.read, 20U);
    ASSERT_EQ(file.rows.size(), 20U);
    EXPECT_TRUE(file.refused.empty());
    EXPECT_TRUE(file.warnings.empty());
    const auto& first = file.rows.front();
    EXPECT_EQ(first.line, 2U);
    EXPECT_EQ(first.crime_id, "65bf8458d86cdff9fa9a07632552e15fd05f5dc37317401430ece6e717d0837f");
    EXPECT_EQ(first.month, "2025-06");
    EXPECT_EQ(first.force, "North Yorkshire Police");
    EXPECT_EQ(first.point, (Point{-2.002397, 53.870949}));
    EXPECT_EQ(first.location, "On or near Long Gate");
    EXPECT_EQ(first.lsoa, "E01010855");
    EXPECT_EQ(first.crime_type, "Burglary");
    EXPECT_EQ(first.outcome, "Investigation complete; no suspect identified");
}

TEST(StreetFile, the_same_rows_in_other_clothes_are_the_same_rows) {
    const auto plain = read("ok-lf.csv");
    for (const std::string name : {"bom-crlf.csv", "semicolon.csv", "reordered-columns.csv"}) {
        const auto file = read(name);
        ASSERT_EQ(file.rows.size(), plain.rows.size()) << name;
        for (std::size_t i = 0; i < plain.rows.size(); ++i) {
            EXPECT_EQ(file.rows[i].crime_id, plain.rows[i].crime_id) << name;
            EXPECT_EQ(file.rows[i].point, plain.rows[i].point) << name;
            EXPECT_EQ(file.rows[i].location, plain.rows[i].location) << name;
            EXPECT_EQ(file.rows[i].lsoa, plain.rows[i].lsoa) << name;
            EXPECT_EQ(file.rows[i].crime_type, plain.rows[i].crime_type) << name;
            EXPECT_EQ(file.rows[i].outcome, plain.rows[i].outcome) << name;
        }
    }
}

TEST(StreetFile, windows_letters_become_the_letters_they_were) {
    const auto file = read("windows-1252.csv");
    ASSERT_EQ(file.rows.size(), 20U);
    EXPECT_EQ(file.rows[0].location, "On or near Café Row");
    EXPECT_EQ(file.rows[1].location, "On or near St Mary’s");
    ASSERT_EQ(file.warnings.size(), 1U);
    EXPECT_EQ(file.warnings[0], (LineNote{2, "read as Windows-1252, not UTF-8 (2 rows)"}));
}

TEST(StreetFile, one_windows_row_does_not_spoil_the_utf8_of_the_others) {
    const auto file =
        read_street_file(header + row_with("2025-06", "-1", "54", "On or near Caf\xe9 Row") + row_with("2025-06", "-1", "54", "Zoë Way"));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->rows.at(0).location, "On or near Café Row");
    EXPECT_EQ(file->rows.at(1).location, "Zoë Way");
}

TEST(StreetFile, a_month_that_a_spreadsheet_rewrote_is_refused_row_by_row) {
    const auto file = read("excel-month.csv");
    EXPECT_TRUE(file.rows.empty());
    ASSERT_EQ(file.refused.size(), 20U);
    EXPECT_EQ(file.refused[0].line, 2U);
    EXPECT_NE(file.refused[0].reason.find("Jun-25"), std::string::npos);
}

TEST(StreetFile, ragged_rows_are_refused_by_line) {
    const auto file = read("ragged-rows.csv");
    EXPECT_EQ(file.rows.size(), 18U);
    ASSERT_EQ(file.refused.size(), 2U);
    EXPECT_EQ(file.refused[0], (LineNote{5, "the row has 7 fields, the header 12"}));
    EXPECT_EQ(file.refused[1], (LineNote{7, "the row has 14 fields, the header 12"}));
}

TEST(StreetFile, a_nul_byte_costs_its_row_only) {
    const auto file = read("nul-byte.csv");
    EXPECT_EQ(file.rows.size(), 19U);
    ASSERT_EQ(file.refused.size(), 1U);
    EXPECT_EQ(file.refused[0].line, 2U);
}

TEST(StreetFile, swapped_degrees_are_named_as_such) {
    const auto file = read("lat-lon-swapped.csv");
    ASSERT_FALSE(file.refused.empty());
    for (const auto& row : file.rows) EXPECT_FALSE(row.point);
    for (const auto& note : file.refused) EXPECT_EQ(note.reason, "the point lies outside Great Britain: longitude and latitude are swapped");
}

TEST(StreetFile, formulas_and_markup_are_text) {
    EXPECT_EQ(read("formula-injection.csv").rows.at(0).location, R"(=HYPERLINK("http://example.invalid","x"))");
    EXPECT_EQ(read("html-sql-injection.csv").rows.at(0).location, "On or near <script>alert(1)</script>");
    EXPECT_EQ(read("formula-injection.csv").rows.size(), 20U);
    EXPECT_EQ(read("html-sql-injection.csv").rows.size(), 20U);
}

TEST(StreetFile, a_quoted_line_end_stays_in_its_field) {
    const auto file = read("quoted-newline.csv");
    ASSERT_EQ(file.rows.size(), 20U);
    const auto& location = file.rows[4].location;
    EXPECT_NE(location.find('\n'), std::string::npos);
    EXPECT_NE(location.find('"'), std::string::npos);
    EXPECT_NE(location.find(','), std::string::npos);
    EXPECT_EQ(file.rows[5].line, file.rows[4].line + 2);
}

TEST(StreetFile, unknown_names_are_kept_and_reported) {
    const auto file = read("unknown-categories.csv");
    ASSERT_EQ(file.rows.size(), 20U);
    EXPECT_EQ(file.rows[0].crime_type, "Modern slavery");
    EXPECT_EQ(file.rows[1].crime_type, "Anti-social behaviour");
    ASSERT_GE(file.warnings.size(), 2U);
    EXPECT_EQ(file.warnings[0], (LineNote{2, "unknown crime type \"Modern slavery\", kept as written (1 row)"}));
    for (const auto& note : file.warnings) EXPECT_EQ(note.reason.find("anti-social"), std::string::npos);
}

TEST(StreetFile, a_repeated_id_is_one_crime_and_alike_incidents_without_one_are_several) {
    const auto file = read("repeated-rows.csv");
    EXPECT_EQ(file.rows.size(), 28U);
    EXPECT_EQ(file.repeated, 5U);
    ASSERT_EQ(file.warnings.size(), 1U);
    EXPECT_EQ(file.warnings[0].reason, "5 rows repeat the crime id of an earlier row: the same crime, counted once");
}

TEST(StreetFile, no_rows_are_fine_and_no_header_is_not) {
    const auto file = read("header-only.csv");
    EXPECT_EQ(file.read, 0U);
    EXPECT_EQ(refusal(testdata("empty.csv")), "The file is empty: not even a header line.");
    EXPECT_EQ(refusal("\n\n"), "The file holds blank lines only: not even a header line.");
    EXPECT_NE(refusal(testdata("not-a-csv.csv")), "not refused");
    EXPECT_NE(refusal("\xff\xfe" + std::string{"C\0r\0", 4}).find("UTF-16"), std::string::npos);
    EXPECT_NE(refusal("name,age\nx,1\n").find("does not name crime id, month"), std::string::npos);
    EXPECT_NE(refusal(header.substr(0, header.size() - 1) + ",Month\n").find("twice"), std::string::npos);
    EXPECT_EQ(refusal(header + "\"never closed"), "Line 2: a quote is opened here and never closed.");
}

TEST(StreetFile, an_answer_of_the_api_is_a_part_of_a_month_and_replaces_none) {
    EXPECT_EQ(
        refusal("category,persistent_id,date,lat,long,street_id,street_name,context,id,location_type,location_subtype,outcome_status\n"
                "burglary,,2016-09,53.9,-1.0,1,On or near Long Gate,,1,Force,,\n"),
        "This is an answer of the publisher's API: a part of a month around a point, which cannot take the place of a force's month. Import the "
        "street file of the force instead.");
}

TEST(StreetFile, places_without_a_name_or_a_point_are_kept_as_unknown) {
    const auto file = read_street_file(header + row_with("2025-06", "", "") + row_with("2025-06", "-1.5", "54.25", "On or near "));
    ASSERT_TRUE(file);
    ASSERT_EQ(file->rows.size(), 2U);
    EXPECT_EQ(file->rows[0].location, "");
    EXPECT_FALSE(file->rows[0].point);
    EXPECT_EQ(file->rows[1].location, "");
    EXPECT_EQ(file->rows[1].point, (Point{-1.5, 54.25}));
}

TEST(StreetFile, a_row_that_cannot_be_true_says_why) {
    EXPECT_EQ(only_reason(row_with("2025-06", "-1.5", "")), "longitude and latitude: one is given without the other");
    EXPECT_EQ(only_reason(row_with("2025-06", "nan", "54")), "\"nan, 54\" are not degrees");
    EXPECT_EQ(only_reason(row_with("2025-06", "1e999", "54")), "\"1e999, 54\" are not degrees");
    EXPECT_EQ(only_reason(row_with("2025-06", "-1.5 W", "54")), "\"-1.5 W, 54\" are not degrees");
    EXPECT_EQ(only_reason(row_with("2025-06", "13.4", "52.5")), "the point lies outside Great Britain");
    for (const std::string month : {"2025-13", "2025-00", "2025-6", "06/2025", "2025-06-01", "1925-06", ""})
        EXPECT_NE(only_reason(row_with(month, "", "")).find("is not written like 2025-06"), std::string::npos) << month;
    EXPECT_EQ(only_reason("bad id!,2025-06,F,F,,,,,,Drugs,,\n"), "\"bad id!\" is not a crime id");
    EXPECT_EQ(only_reason(",2025-06,,F,,,,,,Drugs,,\n"), "the row does not say which force reported it");
    EXPECT_EQ(only_reason(",2025-06,F,F,,,,,,,,\n"), "the row has no crime type");
    EXPECT_EQ(only_reason(",2025-06,F,F,,,,<b>,,Drugs,,\n"), "\"<b>\" is not the code of an area");
    EXPECT_EQ(only_reason(",2025-06,F,F,,,\x81,,,Drugs,,\n"), "\"location\" is neither UTF-8 nor Windows-1252");
}

TEST(StreetFile, other_files_of_the_publisher_are_known_by_their_header) {
    EXPECT_TRUE(is_other_police_file("Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Outcome type\n"));
    EXPECT_FALSE(is_other_police_file(header));
    EXPECT_FALSE(is_other_police_file(""));
}

}  // namespace
}  // namespace concord::analysis
