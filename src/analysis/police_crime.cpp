#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "analysis/migrations.hpp"
#include "analysis/packages.hpp"
#include "analysis/recorded_crime_store.hpp"
#include "base/csv.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/text.hpp"

namespace concord::analysis {
namespace {

constexpr std::string_view licence = "Open Government Licence v3.0: data.police.uk";
constexpr std::string_view licence_of_areas = "Open Government Licence v3.0: Office for National Statistics";

/// A force's month within a file: what an import replaces.
using Months = std::map<std::pair<std::string, std::string>, std::vector<const StreetRow*>>;

Months months_of(const StreetFile& file) {
    Months months;
    for (const auto& row : file.rows) months[{row.force, row.month}].push_back(&row);
    return months;
}

std::int64_t crimes_in(const std::vector<const StreetRow*>& rows) {
    std::set<std::string_view> ids;
    std::int64_t without = 0;
    for (const auto* row : rows) row->crime_id.empty() ? void(++without) : void(ids.insert(row->crime_id));
    return without + static_cast<std::int64_t>(ids.size());
}

/// Compares a month with what stood there. Every row pairs with at most one old row: equal in all columns first, then by crime id.
void compare(const std::vector<const StreetRow*>& rows, const std::vector<StreetRow>& old, ImportedFile& report) {
    std::unordered_map<std::string, std::int64_t> same, by_id;
    for (const auto& row : old) ++same[in_one(row)];
    std::vector<const StreetRow*> others;
    for (const auto* row : rows) {
        const auto found = same.find(in_one(*row));
        if (found == same.end() || found->second == 0) {
            others.push_back(row);
            continue;
        }
        --found->second;
        ++report.unchanged;
    }
    std::int64_t left = 0;
    for (const auto& row : old)
        if (auto& count = same[in_one(row)]; count > 0) {
            --count;
            ++left;
            if (!row.crime_id.empty()) ++by_id[row.crime_id];
        }
    for (const auto* row : others) {
        const auto found = row->crime_id.empty() ? by_id.end() : by_id.find(row->crime_id);
        if (found == by_id.end() || found->second == 0) {
            ++report.added;
            continue;
        }
        --found->second;
        --left;
        ++report.replaced;
    }
    report.removed += left;
}

Json in_event(const Months& months) {
    Json all = Json::array();
    for (const auto& [key, rows] : months)
        all.push(Json::object({{"force", key.first}, {"month", key.second}, {"rows", rows.size()}, {"crimes", crimes_in(rows)}}));
    return all;
}

/// Names of files may say anything: they are payload, the rest is about a public file.
ledger::NewEvent event_of(const ImportedFile& report, const Months& months, const std::string& hash) {
    return {.kind = "analysis.police_crime_imported",
            .envelope = Json::object({{"sha256", hash},
                                      {"licence", licence},
                                      {"rows", report.rows},
                                      {"new", report.added},
                                      {"replaced", report.replaced},
                                      {"unchanged", report.unchanged},
                                      {"removed", report.removed},
                                      {"refused", report.refused.size()},
                                      {"months", in_event(months)}}),
            .payload = Json::object({{"file", std::filesystem::path{report.file}.filename().string()}})};
}

void store_months(store::Database& db, ledger::Ledger& ledger, const ledger::Author& author, const Months& months, const std::string& hash,
                  ImportedFile& report) {
    db.write([&](store::Transaction& tx) {
        report.added = report.replaced = report.unchanged = report.removed = 0;  // PostgreSQL may run this once more
        const Seq stream = ledger.create(tx, "import", new_id(author.at));
        for (const auto& [key, rows] : months) {
            const auto before = std::tuple{report.added, report.replaced, report.removed};
            // The snapshot's row first: it makes two imports of one month wait for each other.
            save_snapshot(tx,
                          {.force = key.first,
                           .month = key.second,
                           .source = stream,
                           .rows = static_cast<std::int64_t>(rows.size()),
                           .crimes = crimes_in(rows),
                           .imported_at = author.at},
                          hash);
            compare(rows, stored_month(tx, key.first, key.second), report);
            if (before != std::tuple{report.added, report.replaced, report.removed}) {
                replace_month(tx, stream, key.first, key.second, rows);
                count_month(tx, key.first, key.second);
                count_streets(tx, key.first, key.second);
            }
        }
        const auto appended = ledger.append(tx, author, stream, 0, {event_of(report, months, hash)});
        require(appended.has_value(), "a new stream takes its first event");
        return true;
    });
}

void import_text(store::Database& db, ledger::Ledger& ledger, const ledger::Author& author, const std::string& text, ImportedFile& report) {
    if (is_other_police_file(text)) {
        report.warnings.push_back({0, "not a street-level crime file (outcomes or stop and search): passed over"});
        return;
    }
    auto file = read_street_file(text);
    if (!file) {
        report.refused.push_back({0, file.error().sentence});
        return;
    }
    report.rows = static_cast<std::int64_t>(file->read);
    report.repeated = static_cast<std::int64_t>(file->repeated);
    report.refused = std::move(file->refused);
    report.warnings = std::move(file->warnings);
    if (file->read == 0) report.warnings.push_back({0, "the file has a header and no rows: nothing was changed"});
    if (file->rows.empty()) return;
    if (file->rows.size() < report.refused.size()) {
        report.refused.insert(report.refused.begin(), {0, "More rows are wrong than right: nothing of this file was stored."});
        return;
    }
    store_months(db, ledger, author, months_of(*file), sha256_hex(text), report);
}

Json to_json(const std::vector<LineNote>& notes) {
    Json all = Json::array();
    for (const auto& note : notes) all.push(Json::object({{"line", note.line}, {"reason", note.reason}}));
    return all;
}

}  // namespace

Json to_json(const ImportedFile& file) {
    return Json::object({{"file", file.file},
                         {"rows", file.rows},
                         {"new", file.added},
                         {"replaced", file.replaced},
                         {"unchanged", file.unchanged},
                         {"removed", file.removed},
                         {"repeated", file.repeated},
                         {"refused", to_json(file.refused)},
                         {"warnings", to_json(file.warnings)}});
}

std::vector<ImportedFile> import_police_crime(store::Database& db, ledger::Ledger& ledger, const ledger::Author& author,
                                              const std::vector<std::string>& files, const Progress& progress) {
    std::vector<double> sizes;
    double all = 0, before = 0;
    for (const auto& path : files) {
        std::error_code none;
        const auto size = std::filesystem::file_size(path, none);
        sizes.push_back(none ? 1 : static_cast<double>(size) + 1);
        all += sizes.back();
    }
    std::vector<ImportedFile> reports;
    for (std::size_t i = 0; i < files.size(); ++i) {
        each_member(files[i], {}, [&](Member&& member) {
            ImportedFile report{.file = std::move(member.name)};
            if (member.text)
                import_text(db, ledger, author, *member.text, report);
            else
                report.refused.push_back({0, member.text.error().sentence});
            if (progress) progress(report, (before + sizes[i] * member.share) / all);
            reports.push_back(std::move(report));
        });
        before += sizes[i];
    }
    if (std::any_of(reports.begin(), reports.end(), [](const ImportedFile& r) { return r.added + r.replaced + r.removed > 0; })) db.analyze();
    return reports;
}

Result<std::int64_t> load_hub_areas(store::Database& db, ledger::Ledger& ledger, const ledger::Author& author, std::string_view csv) {
    std::vector<std::vector<store::Value>> rows;
    std::set<std::string> seen;
    std::optional<Refusal> wrong;
    const auto refuse = [&](std::size_t line, std::string_view why) {
        wrong = Refusal{Because::invalid, "analysis.hub_areas", fmt::format("Line {}: {}", line, why)};
        return false;
    };
    const auto read = read_csv(csv, ',', [&](const CsvRow& row) {
        if (row.line == 1) return row.fields == std::vector<std::string>{"lsoa", "hub"} || refuse(1, "the columns are lsoa and hub.");
        if (row.fields.size() != 2 || row.fields[0].empty() || row.fields[1].empty()) return refuse(row.line, "an area and its hub are needed.");
        if (!seen.insert(row.fields[0]).second) return refuse(row.line, "this area stands on an earlier line.");
        rows.push_back({row.fields[0], row.fields[1]});
        return true;
    });
    if (!read) return read.error();
    if (wrong) return *wrong;
    db.write([&](store::Transaction& tx) {
        replace_hub_areas(tx, rows);
        const ledger::NewEvent event{.kind = "analysis.hub_areas_loaded",
                                     .envelope = Json::object({{"sha256", sha256_hex(csv)}, {"licence", licence_of_areas}, {"areas", rows.size()}})};
        const auto appended = ledger.append(tx, author, ledger.create(tx, "import", new_id(author.at)), 0, {event});
        require(appended.has_value(), "a new stream takes its first event");
        return true;
    });
    return static_cast<std::int64_t>(rows.size());
}

std::vector<store::Migration> migrations() { return migrations_from_files(); }

}  // namespace concord::analysis
