#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "analysis/analysis.hpp"
#include "base/hash.hpp"
#include "store/testing.hpp"

namespace concord::analysis {
namespace {

namespace fs = std::filesystem;

const std::string header =
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context\n";
const std::string one(64, 'a'), two(64, 'b'), three(64, 'c');

std::string testdata(const std::string& name) { return std::string{CONCORD_SOURCE_DIR} + "/src/analysis/testdata/" + name; }
std::string real_month() { return std::string{CONCORD_SOURCE_DIR} + "/partnerships/north-yorkshire/data/2025-06-north-yorkshire-street.csv.gz"; }

struct Said {
    std::string month = "2025-06", force = "North Yorkshire Police", type = "Burglary", outcome = "Under investigation", lsoa = "E01027568",
                longitude = "-1.000000", latitude = "54.000000";
};
std::string row(const std::string& id, const Said& s = {}) {
    return id + "," + s.month + "," + s.force + "," + s.force + "," + s.longitude + "," + s.latitude + ",On or near Long Gate," + s.lsoa +
           ",Craven 003A," + s.type + "," + s.outcome + ",\n";
}
std::string incident(Said s = {}) {
    s.type = "Anti-social behaviour";
    s.outcome = "";
    return row("", s);
}

class PoliceCrime : public ::testing::TestWithParam<store::Engine> {
protected:
    PoliceCrime() { fs::create_directory(folder); }
    ~PoliceCrime() override { fs::remove_all(folder); }

    fs::path folder = fs::temp_directory_path() / ("concord_crime_" + to_hex(random_bytes(6)));
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = [this] {
        auto opened = empty.open();
        auto all = ledger::migrations();
        for (auto& migration : migrations()) all.push_back(std::move(migration));
        opened->migrate(all);
        return opened;
    }();
    std::unique_ptr<ledger::Ledger> ledger = ledger::make_ledger();
    ledger::Author author{.user = 7, .agency = 3, .purpose = "analysis", .at = *parse_instant("2026-04-01T09:00:00Z")};

    std::string file(const std::string& name, const std::string& text) {
        std::ofstream{folder / name, std::ios::binary} << text;
        return (folder / name).string();
    }
    std::vector<ImportedFile> import_all(const std::vector<std::string>& files) { return import_police_crime(*db, *ledger, author, files); }
    ImportedFile import_one(const std::string& path) {
        auto reports = import_all({path});
        EXPECT_EQ(reports.size(), 1U);
        return reports.empty() ? ImportedFile{} : reports.front();
    }
    ImportedFile import_rows(const std::string& rows) { return import_one(file("month.csv", header + rows)); }
    std::int64_t count(const std::string& sql) {
        return db->reading([&](store::Reader& reader) { return reader.count(sql); });
    }
    std::int64_t stored() { return count("select count(*) from recorded_crime"); }
    std::int64_t events() { return count("select count(*) from event"); }
    std::vector<HubCount> by_hub(const std::string& month) {
        return db->reading([&](store::Reader& reader) { return crimes_by_hub(reader, month); });
    }
};
INSTANTIATE_TEST_SUITE_P(Both, PoliceCrime, ::testing::Values(store::Engine::sqlite, store::Engine::postgresql), store::testing::engine_name);

TEST_P(PoliceCrime, a_real_month_loads_whole_and_the_same_month_again_changes_nothing) {
    const auto first = import_one(real_month());
    EXPECT_EQ(first.rows, 5449);
    EXPECT_EQ(first.added, 5449);
    EXPECT_TRUE(first.refused.empty());
    EXPECT_GT(first.repeated, 0);
    EXPECT_EQ(stored(), 5449);
    EXPECT_EQ(count("select count(*) from recorded_crime where crime_id = ''"), 1488);
    EXPECT_EQ(count("select count(*) from recorded_crime where latitude is null"), 38);
    const auto second = import_one(real_month());
    EXPECT_EQ(second.unchanged, 5449);
    EXPECT_EQ(second.added + second.replaced + second.removed, 0);
    EXPECT_EQ(stored(), 5449);
}

TEST_P(PoliceCrime, a_month_downloaded_later_replaces_what_stood_there) {
    import_rows(row(one) + row(two) + incident() + incident());
    const auto later = import_rows(row(one, {.outcome = "Local resolution"}) + row(three) + incident() + incident() + incident());
    EXPECT_EQ(later.replaced, 1);
    EXPECT_EQ(later.added, 2);
    EXPECT_EQ(later.unchanged, 2);
    EXPECT_EQ(later.removed, 1);
    EXPECT_EQ(stored(), 5);
    EXPECT_EQ(count("select count(*) from recorded_crime where outcome = 'Under investigation'"), 1);
}

TEST_P(PoliceCrime, other_months_and_other_forces_stay) {
    import_rows(row(one));
    import_rows(row(two, {.month = "2025-07"}));
    import_rows(row(three, {.force = "Cleveland Police"}));
    EXPECT_EQ(stored(), 3);
    import_rows(row(two) + row(three, {.month = "2025-07"}));
    EXPECT_EQ(stored(), 3);
    const auto held = db->reading([](store::Reader& reader) { return snapshots(reader); });
    ASSERT_EQ(held.size(), 3U);
    EXPECT_EQ(held[0].force, "Cleveland Police");
    EXPECT_EQ(held[1].crimes, 1);
    EXPECT_EQ(held[2].month, "2025-07");
}

TEST_P(PoliceCrime, every_outcome_of_a_crime_is_kept_and_the_crime_counted_once) {
    const auto report = import_rows(row(one) + row(one, {.outcome = "Local resolution"}) + row(one) + incident() + incident());
    EXPECT_EQ(report.added, 5);
    EXPECT_EQ(report.repeated, 2);
    EXPECT_EQ(stored(), 5);
    const auto held = db->reading([](store::Reader& reader) { return snapshots(reader); });
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].rows, 5);
    EXPECT_EQ(held[0].crimes, 3);
}

TEST_P(PoliceCrime, an_import_is_one_event_with_hash_counts_and_licence) {
    const std::string text = header + row(one) + incident();
    import_one(file("month.csv", text));
    EXPECT_EQ(events(), 1);
    const auto source = db->reading([](store::Reader& reader) { return snapshots(reader); }).at(0).source;
    const auto read = db->reading([&](store::Reader& reader) { return ledger->read(reader, source); });
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].kind, "analysis.police_crime_imported");
    EXPECT_EQ(read[0].actor, 7);
    EXPECT_EQ(read[0].envelope["sha256"].as_string(), sha256_hex(text));
    EXPECT_EQ(read[0].envelope["rows"].as_integer(), 2);
    EXPECT_EQ(read[0].envelope["licence"].as_string(), "Open Government Licence v3.0: data.police.uk");
    EXPECT_EQ(read[0].payload["file"].as_string(), "month.csv");
    EXPECT_EQ(count("select count(*) from stream where kind = 'import'"), 1);
    EXPECT_FALSE(ledger::verify(*db).first_bad);
}

TEST_P(PoliceCrime, a_file_that_is_mostly_wrong_leaves_the_month_alone) {
    import_rows(row(one) + row(two));
    for (const std::string name : {"lat-lon-swapped.csv", "excel-month.csv", "truncated.csv.gz", "not-a-csv.csv", "empty.csv"}) {
        const auto report = import_one(testdata(name));
        ASSERT_FALSE(report.refused.empty()) << name;
        EXPECT_EQ(report.added + report.replaced + report.unchanged, 0) << name;
    }
    EXPECT_EQ(stored(), 2);
    EXPECT_EQ(events(), 1);
}

TEST_P(PoliceCrime, a_few_wrong_rows_are_reported_and_the_others_stored) {
    const auto report = import_one(testdata("ragged-rows.csv"));
    EXPECT_EQ(report.rows, 20);
    EXPECT_EQ(report.added, 18);
    EXPECT_EQ(report.refused.size(), 2U);
    EXPECT_EQ(stored(), 18);
}

TEST_P(PoliceCrime, a_file_without_rows_changes_nothing_and_says_so) {
    const auto report = import_one(testdata("header-only.csv"));
    EXPECT_TRUE(report.refused.empty());
    ASSERT_EQ(report.warnings.size(), 1U);
    EXPECT_NE(report.warnings[0].reason.find("no rows"), std::string::npos);
    EXPECT_EQ(events(), 0);
}

TEST_P(PoliceCrime, a_download_is_read_member_by_member) {
    std::vector<double> progress;
    const auto reports = import_police_crime(*db, *ledger, author, {testdata("police-uk-layout.zip"), testdata("empty.csv")},
                                             [&](const ImportedFile&, double done) { progress.push_back(done); });
    ASSERT_EQ(reports.size(), 4U);
    ASSERT_EQ(progress.size(), 4U);
    EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
    EXPECT_GT(progress.front(), 0.2);
    EXPECT_DOUBLE_EQ(progress.back(), 1);
    EXPECT_EQ(stored(), 20);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& report = reports[i];
        EXPECT_TRUE(report.refused.empty()) << report.file;
        const bool street = report.file.ends_with("north-yorkshire-street.csv");
        EXPECT_EQ(report.added, street ? 20 : 0) << report.file;
        EXPECT_EQ(report.warnings.empty(), street) << report.file;
    }
}

TEST_P(PoliceCrime, a_member_that_climbs_out_is_refused_and_its_neighbour_read) {
    const auto reports = import_all({testdata("path-traversal.zip")});
    ASSERT_EQ(reports.size(), 2U);
    for (const auto& report : reports) EXPECT_EQ(report.refused.empty(), report.file.ends_with("/ok.csv")) << report.file;
    EXPECT_EQ(stored(), 20);
}

TEST_P(PoliceCrime, two_members_of_one_name_are_both_refused) {
    const auto reports = import_all({testdata("duplicate-names.zip")});
    ASSERT_EQ(reports.size(), 2U);
    for (const auto& report : reports) {
        ASSERT_EQ(report.refused.size(), 1U);
        EXPECT_NE(report.refused[0].reason.find("more than once"), std::string::npos);
    }
    EXPECT_EQ(stored(), 0);
}

TEST_P(PoliceCrime, what_unpacks_to_a_mountain_is_refused) {
    const auto report = import_one(testdata("zeros-50mb.zip"));
    ASSERT_EQ(report.refused.size(), 1U);
    EXPECT_NE(report.refused[0].reason.find("200 times"), std::string::npos);
}

TEST_P(PoliceCrime, a_damaged_gzip_file_is_refused_even_where_only_its_end_is_wrong) {
    std::ifstream in{real_month(), std::ios::binary};
    const std::string whole{std::istreambuf_iterator<char>{in}, {}};
    std::string wrong_sum = whole;
    wrong_sum[wrong_sum.size() - 6] ^= 1;
    for (const auto& bytes :
         {whole.substr(0, whole.size() - 8), whole.substr(0, whole.size() - 1), whole.substr(0, whole.size() / 2), wrong_sum, whole.substr(0, 12)}) {
        const auto report = import_one(file("cut.csv.gz", bytes));
        EXPECT_EQ(report.refused.size(), 1U) << bytes.size();
    }
    EXPECT_EQ(stored(), 0);
}

/// What becomes of every file of testdata/manifest.json, which says in words what is wrong with it and what should happen.
struct Expected {
    std::int64_t stored = 0;  // rows, in an empty database
    std::size_t refused = 0;  // notes, of all members
    std::size_t warnings = 0;
};
const std::map<std::string, Expected> by_manifest{
    {"ok-lf.csv", {20, 0, 0}},
    {"bom-crlf.csv", {20, 0, 0}},
    {"windows-1252.csv", {20, 0, 1}},
    {"semicolon.csv", {20, 0, 0}},
    {"excel-month.csv", {0, 20, 0}},
    {"reordered-columns.csv", {20, 0, 0}},
    {"ragged-rows.csv", {18, 2, 0}},
    {"nul-byte.csv", {19, 1, 0}},
    {"lat-lon-swapped.csv", {0, 20, 0}},
    {"formula-injection.csv", {20, 0, 0}},
    {"html-sql-injection.csv", {20, 0, 0}},
    {"quoted-newline.csv", {20, 0, 0}},
    {"header-only.csv", {0, 0, 1}},
    {"empty.csv", {0, 1, 0}},
    {"unknown-categories.csv", {20, 0, 3}},
    {"repeated-rows.csv", {28, 0, 1}},
    {"not-a-csv.csv", {0, 1, 0}},
    {"police-uk-layout.zip", {20, 0, 2}},
    {"path-traversal.zip", {20, 1, 0}},
    {"duplicate-names.zip", {0, 2, 0}},
    {"zeros-50mb.zip", {0, 1, 0}},
    {"truncated.csv.gz", {0, 1, 0}},
};

TEST_P(PoliceCrime, every_nasty_file_ends_as_its_manifest_says_and_nothing_is_written_beside_it) {
    std::ifstream in{testdata("manifest.json")};
    const auto manifest = parse_json(std::string{std::istreambuf_iterator<char>{in}, {}});
    ASSERT_TRUE(manifest);
    ASSERT_EQ(manifest->members().size(), by_manifest.size());
    for (const auto& [name, said] : manifest->members()) {
        ASSERT_TRUE(by_manifest.contains(name)) << name;
        const Expected& expected = by_manifest.at(name);
        // A copy in a folder of its own, so that what climbed out of an archive would be seen.
        const fs::path deep = folder / "one" / "two" / "three";
        fs::create_directories(deep);
        fs::copy_file(testdata(name), deep / name);
        std::size_t refused = 0, warnings = 0;
        for (const auto& report : import_all({(deep / name).string()})) {
            refused += report.refused.size();
            warnings += report.warnings.size();
        }
        EXPECT_EQ(stored(), expected.stored) << name << ": " << said["expect"].as_string();
        EXPECT_EQ(refused, expected.refused) << name;
        EXPECT_EQ(warnings, expected.warnings) << name;
        std::vector<std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator{folder})
            if (entry.is_regular_file()) files.push_back(entry.path().filename().string());
        EXPECT_EQ(files, std::vector<std::string>{name});
        fs::remove_all(folder / "one");
        db->write([](store::Transaction& tx) {
            for (const char* table : {"recorded_crime", "crime_snapshot", "hub_crime_count"}) tx.execute(std::string{"delete from "} + table);
            return true;
        });
    }
    EXPECT_EQ(count("select count(*) from recorded_crime where location like '%' || '\xef\xbf\xbd' || '%'"), 0);
}

TEST_P(PoliceCrime, what_pages_show_of_a_hub_is_counted_again_with_the_month_and_with_the_areas) {
    import_rows(row(one) + row(one, {.outcome = "Local resolution"}) + incident() + incident());
    EXPECT_EQ(by_hub("2025-06"), (std::vector<HubCount>{{"", "Anti-social behaviour", 2, {}}, {"", "Burglary", 1, {}}}));
    ASSERT_TRUE(load_hub_areas(*db, *ledger, author, "lsoa,hub\nE01027568,craven\n"));
    EXPECT_EQ(by_hub("2025-06"), (std::vector<HubCount>{{"craven", "Anti-social behaviour", 2, {}}, {"craven", "Burglary", 1, {}}}));
    import_rows(incident());
    EXPECT_EQ(by_hub("2025-06"), (std::vector<HubCount>{{"craven", "Anti-social behaviour", 1, {}}}));
    EXPECT_EQ(count("select count(*) from stream where kind = 'import'"), 3);
    EXPECT_FALSE(ledger::verify(*db).first_bad);
}

TEST_P(PoliceCrime, a_file_that_is_not_there_is_reported_and_the_next_one_read) {
    const auto reports = import_all({(folder / "no-such.csv").string(), folder.string(), testdata("ok-lf.csv")});
    ASSERT_EQ(reports.size(), 3U);
    EXPECT_EQ(reports[0].refused.size(), 1U);
    EXPECT_EQ(reports[1].refused.size(), 1U);
    EXPECT_EQ(reports[2].added, 20);
    const Json json = to_json(reports[0]);
    EXPECT_EQ(json["refused"].items().at(0)["line"].as_integer(-1), 0);
    EXPECT_EQ(to_json(reports[2])["new"].as_integer(), 20);
}

TEST_P(PoliceCrime, crimes_near_a_point_are_counted_by_month_and_type_within_the_circle) {
    // 0.001 degrees of latitude are 111 metres; a corner of the square around the circle is not in it.
    import_rows(row(one) + row(one, {.outcome = "Local resolution"}) + incident() + incident() + row(two, {.latitude = "54.000800"}) +
                row(three, {.longitude = "-1.001300", .latitude = "54.000750"}) + row(std::string(64, 'd'), {.month = "2025-07"}));
    const auto near = [&](double metres, std::string_view to) {
        return db->reading([&](store::Reader& reader) { return crimes_near(reader, {-1, 54}, metres, "2025-06", to); });
    };
    EXPECT_EQ(near(50, "2025-06"), (std::vector<MonthCount>{{"2025-06", "Anti-social behaviour", 2}, {"2025-06", "Burglary", 1}}));
    EXPECT_EQ(near(95, "2025-07"),
              (std::vector<MonthCount>{{"2025-06", "Anti-social behaviour", 2}, {"2025-06", "Burglary", 2}, {"2025-07", "Burglary", 1}}));
    EXPECT_EQ(near(200, "2025-06").at(1).crimes, 3);
}

TEST_P(PoliceCrime, crimes_are_counted_by_street_within_a_box_over_the_newest_twelve_months) {
    const auto within = [&](Point south_west, Point north_east, std::size_t most) {
        return db->reading([&](store::Reader& reader) { return crimes_by_street(reader, south_west, north_east, most); });
    };
    EXPECT_TRUE(within({-2, 53}, {0, 55}, 9).streets.empty());
    import_rows(row(one, {.month = "2024-06"}) + row(one) + row(one, {.outcome = "Local resolution"}) + incident() + incident() +
                row(two, {.latitude = "54.010000"}) + row(three, {.latitude = "54.900000"}));
    const auto found = within({-1.1, 53.9}, {-0.9, 54.1}, 9);
    EXPECT_EQ(found.newest, "2025-06");
    EXPECT_EQ(found.months, 1) << "June of the year before is the thirteenth";
    EXPECT_EQ(found.streets, (std::vector<StreetCount>{{{-1, 54}, "On or near Long Gate", 3}, {{-1, 54.01}, "On or near Long Gate", 1}}));
    EXPECT_EQ(within({-1.1, 53.9}, {-0.9, 54.1}, 1).streets.size(), 1U);
    import_rows(incident());
    EXPECT_EQ(within({-1.1, 53.9}, {-0.9, 54.1}, 9).streets, (std::vector<StreetCount>{{{-1, 54}, "On or near Long Gate", 1}}));
}

TEST_P(PoliceCrime, hubs_are_compared_with_the_year_before_where_that_is_known) {
    ASSERT_TRUE(load_hub_areas(*db, *ledger, author, "lsoa,hub\nE01027568,craven\nE01010855,york\n"));
    import_rows(row(one) + row(two) + row(two, {.outcome = "Local resolution"}) + incident({.lsoa = "E01010855"}) +
                row(three, {.lsoa = "E01099999"}));
    EXPECT_EQ(by_hub("2025-06"),
              (std::vector<HubCount>{{"", "Burglary", 1, {}}, {"craven", "Burglary", 2, {}}, {"york", "Anti-social behaviour", 1, {}}}));
    import_rows(row(one, {.month = "2024-06"}) + row(two, {.month = "2024-06", .type = "Drugs"}));
    EXPECT_EQ(by_hub("2025-06"),
              (std::vector<HubCount>{
                  {"", "Burglary", 1, 0}, {"craven", "Burglary", 2, 1}, {"craven", "Drugs", 0, 1}, {"york", "Anti-social behaviour", 1, 0}}));
    import_rows(row(std::string(64, 'e'), {.force = "Cleveland Police"}));
    EXPECT_FALSE(by_hub("2025-06").at(0).year_before) << "Cleveland's year before is unknown, so the sum's is too";
    const auto ours = db->reading([](store::Reader& reader) { return crimes_by_hub(reader, "2025-06", "North Yorkshire Police"); });
    EXPECT_EQ(ours.at(1).year_before, 1);
}

TEST_P(PoliceCrime, a_hubs_months_are_compared_where_the_year_before_is_known) {
    ASSERT_TRUE(load_hub_areas(*db, *ledger, author, "lsoa,hub\nE01027568,craven\n"));
    import_rows(row(one) + row(two) + incident());
    import_rows(row(three, {.month = "2024-06"}));
    import_rows(row(three, {.month = "2024-05", .lsoa = "E01010855"}));
    const auto months = db->reading([](store::Reader& reader) { return hub_months(reader, "craven", 13); });
    EXPECT_EQ(months, (std::vector<HubMonth>{{"2025-06", 3, 1}, {"2024-06", 1, {}}, {"2024-05", 0, {}}}));
    EXPECT_EQ(db->reading([](store::Reader& reader) { return hub_months(reader, "craven", 1); }).size(), 1U);
}

TEST_P(PoliceCrime, near_a_place_a_month_that_was_not_imported_is_unknown_and_one_without_crime_is_nought) {
    import_rows(row(one) + incident() + incident());
    import_rows(row(two, {.month = "2025-08", .latitude = "54.100000"}));
    import_rows(row(three, {.month = "2025-07", .force = "Cleveland Police", .latitude = "54.600000"}));
    const auto near = db->reading([](store::Reader& reader) { return recorded_near(reader, {-1, 54}, "2025-06", "2025-08"); });
    EXPECT_EQ(near.force, "North Yorkshire Police");
    EXPECT_EQ(near.newest, "2025-08");
    ASSERT_EQ(near.months.size(), 3U);
    EXPECT_TRUE(near.months[0].imported);
    EXPECT_EQ(near.months[0].crimes, 0);
    EXPECT_FALSE(near.months[1].imported) << "the neighbouring force's July says nothing of ours";
    EXPECT_EQ(near.months[2].crimes, 3);
    EXPECT_EQ(near.months[2].by_type.front(), (std::pair<std::string, std::int64_t>{"Anti-social behaviour", 2}));
    const auto year = db->reading([](store::Reader& reader) { return recorded_near(reader, {-1, 54}, "", ""); });
    EXPECT_EQ(year.months.size(), 12U);
    EXPECT_EQ(year.months.back().month, "2024-09");
}

TEST_P(PoliceCrime, the_panel_of_a_place_says_what_it_shows_and_what_is_not_known) {
    const auto panel = [&] {
        return db->reading([](store::Reader& reader) { return recorded_crime_nearby(reader, Point{-1, 54}, *parse_date("2026-04-01")); }).markup();
    };
    EXPECT_NE(panel().find("No month of police-recorded crime has been imported yet."), std::string::npos);
    import_rows(row(one, {.type = "<b>Bold</b>"}) + incident() + incident());
    import_rows(row(two, {.month = "2025-08"}));
    const std::string shown = panel();
    EXPECT_NE(shown.find("Not imported, so not known: August 2024 to May 2025, July 2025."), std::string::npos) << shown;
    EXPECT_NE(shown.find("Data to August 2025, imported 1 April 2026."), std::string::npos);
    EXPECT_NE(shown.find("Open Government Licence v3.0"), std::string::npos);
    EXPECT_NE(shown.find("&lt;b&gt;Bold&lt;/b&gt;, 1"), std::string::npos);
    EXPECT_EQ(shown.find("<b>Bold"), std::string::npos);
    EXPECT_LT(shown.find("August 2025</th>"), shown.find("June 2025</th>"));
}

TEST_P(PoliceCrime, the_pilots_areas_cover_its_real_month_but_for_the_few_rows_outside) {
    std::ifstream in{std::string{CONCORD_SOURCE_DIR} + "/partnerships/north-yorkshire/data/lsoa-hubs.csv"};
    const std::string csv{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(*load_hub_areas(*db, *ledger, author, csv), 524);
    import_one(real_month());
    std::int64_t inside = 0, outside = 0;
    for (const auto& count : by_hub("2025-06")) (count.hub.empty() ? outside : inside) += count.crimes;
    EXPECT_EQ(inside, 5325);
    EXPECT_EQ(outside, 54) << "37 of them without an area, the others in neighbouring forces";
}

TEST_P(PoliceCrime, areas_that_are_written_wrongly_change_nothing) {
    ASSERT_TRUE(load_hub_areas(*db, *ledger, author, "lsoa,hub\nE01027568,craven\n"));
    EXPECT_EQ(load_hub_areas(*db, *ledger, author, "code,hub\nE1,york\n").error().sentence, "Line 1: the columns are lsoa and hub.");
    EXPECT_EQ(load_hub_areas(*db, *ledger, author, "lsoa,hub\nE1,york\nE1,selby\n").error().sentence, "Line 3: this area stands on an earlier line.");
    EXPECT_EQ(load_hub_areas(*db, *ledger, author, "lsoa,hub\nE1,\n").error().sentence, "Line 2: an area and its hub are needed.");
    EXPECT_EQ(count("select count(*) from lsoa_hub"), 1);
}

TEST(Grid, eastings_and_northings_become_degrees) {
    // Postcodes of Code-Point Open, with degrees worked out by other means.
    const Point scarborough = from_grid(504115, 488589), cowling = from_grid(392053, 447413);
    EXPECT_NEAR(scarborough.longitude, -0.402302, 1e-5);
    EXPECT_NEAR(scarborough.latitude, 54.282343, 1e-5);
    EXPECT_NEAR(cowling.longitude, -2.122496, 1e-5);
    EXPECT_NEAR(cowling.latitude, 53.922791, 1e-5);
}

}  // namespace
}  // namespace concord::analysis
