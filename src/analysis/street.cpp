#include "analysis/street.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/text.hpp"

namespace concord::analysis {
namespace {

enum Column {
    crime_id,
    month,
    reported_by,
    falls_within,
    longitude,
    latitude,
    location,
    lsoa_code,
    lsoa_name,
    crime_type,
    outcome,
    context,
    columns
};
constexpr std::array<std::string_view, columns> column_names{
    "crime id",  "month",     "reported by", "falls within",          "longitude", "latitude", "location",
    "lsoa code", "lsoa name", "crime type",  "last outcome category", "context"};
constexpr std::array needed{crime_id, month, reported_by, longitude, latitude, location, lsoa_code, crime_type, outcome};

// Names are data: an unknown one is kept as written and reported once. These are the publisher's of 2018 to 2025.
constexpr std::array<std::string_view, 14> known_types{"Anti-social behaviour",
                                                       "Bicycle theft",
                                                       "Burglary",
                                                       "Criminal damage and arson",
                                                       "Drugs",
                                                       "Other crime",
                                                       "Other theft",
                                                       "Possession of weapons",
                                                       "Public order",
                                                       "Robbery",
                                                       "Shoplifting",
                                                       "Theft from the person",
                                                       "Vehicle crime",
                                                       "Violence and sexual offences"};
constexpr std::array<std::string_view, 28> known_outcomes{"Action to be taken by another organisation",
                                                          "Awaiting court outcome",
                                                          "Court case unable to proceed",
                                                          "Court result unavailable",
                                                          "Defendant found not guilty",
                                                          "Defendant sent to Crown Court",
                                                          "Formal action is not in the public interest",
                                                          "Further action is not in the public interest",
                                                          "Further investigation is not in the public interest",
                                                          "Investigation complete; no suspect identified",
                                                          "Local resolution",
                                                          "Offender deprived of property",
                                                          "Offender fined",
                                                          "Offender given a caution",
                                                          "Offender given a drugs possession warning",
                                                          "Offender given absolute discharge",
                                                          "Offender given community sentence",
                                                          "Offender given conditional discharge",
                                                          "Offender given penalty notice",
                                                          "Offender given suspended prison sentence",
                                                          "Offender ordered to pay compensation",
                                                          "Offender otherwise dealt with",
                                                          "Offender sent to prison",
                                                          "Status update unavailable",
                                                          "Suspect charged",
                                                          "Suspect charged as part of another case",
                                                          "Unable to prosecute suspect",
                                                          "Under investigation"};

std::string shown(std::string_view text) { return cut(text, 60); }

/// The name as the publisher writes it, where only its case or the space around it differs.
template <std::size_t n>
std::optional<std::string> known_name(const std::array<std::string_view, n>& names, std::string_view written) {
    for (const auto name : names)
        if (name == written) return std::string{name};
    const std::string low = lower_ascii(written);
    for (const auto name : names)
        if (lower_ascii(name) == low) return std::string{name};
    return {};
}

bool has_control_letter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f'; });
}

bool is_month(std::string_view text) {
    if (text.size() != 7 || text[4] != '-') return false;
    for (const std::size_t i : {0, 1, 2, 3, 5, 6})
        if (text[i] < '0' || text[i] > '9') return false;
    const std::string_view number = text.substr(5);
    return text.starts_with("20") && number >= "01" && number <= "12";
}

std::optional<double> number_in(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
    return value;
}

/// The box around Great Britain and Northern Ireland; NaN and infinities lie outside.
bool in_the_kingdom(const Point& p) { return p.longitude >= -9 && p.longitude <= 2 && p.latitude >= 49.5 && p.latitude <= 61; }

bool all_of_kind(std::string_view text, bool (*kind)(char)) { return std::all_of(text.begin(), text.end(), kind); }
bool is_id_letter(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-'; }
bool is_code_letter(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

using Places = std::array<std::size_t, columns>;
constexpr std::size_t absent = static_cast<std::size_t>(-1);

Result<Places> places_of(const std::vector<std::string>& header) {
    Places places;
    places.fill(absent);
    for (std::size_t i = 0; i < header.size(); ++i) {
        const std::string name = lower_ascii(trim(header[i]));
        const auto* const found = std::find(column_names.begin(), column_names.end(), name);
        if (found == column_names.end()) continue;
        auto& place = places[static_cast<std::size_t>(found - column_names.begin())];
        if (place != absent)
            return Refusal{Because::invalid, "street.header", fmt::format("The column \"{}\" stands twice in the header.", shown(header[i]))};
        place = i;
    }
    std::vector<std::string> missing;
    for (const auto column : needed)
        if (places[column] == absent) missing.emplace_back(column_names[column]);
    const auto names = [&](std::string_view name) {
        return std::any_of(header.begin(), header.end(), [&](const std::string& one) { return lower_ascii(trim(one)) == name; });
    };
    if (!missing.empty() && names("category") && names("street_name"))
        return Refusal{Because::invalid, "street.api",
                       "This is an answer of the publisher's API: a part of a month around a point, which cannot take the place of a force's month. "
                       "Import the street file of the force instead."};
    if (!missing.empty())
        return Refusal{Because::invalid, "street.header",
                       fmt::format("This is not a street-level crime file: its first line does not name {}.", join(missing, ", "))};
    return places;
}

class Reading {
public:
    StreetFile file;
    std::optional<Refusal> broken;

    bool take(const CsvRow& csv) {
        if (!places_) return take_header(csv);
        ++file.read;
        StreetRow row{.line = csv.line};
        if (std::string reason = fill(row, csv.fields); !reason.empty())
            file.refused.push_back({csv.line, std::move(reason)});
        else
            keep(std::move(row));
        return true;
    }

    void finish() {
        for (const auto& [what, seen] : unknown_)
            file.warnings.push_back({seen.first, fmt::format("{}, kept as written ({})", what, counted(seen.second, "row"))});
        if (file.repeated > 0)
            file.warnings.push_back(
                {first_repeat_, fmt::format("{} the crime id of an earlier row: the same crime, counted once",
                                            file.repeated == 1 ? "1 row repeats" : fmt::format("{} rows repeat", file.repeated))});
        if (windows_rows_ > 0)
            file.warnings.push_back({first_windows_, fmt::format("read as Windows-1252, not UTF-8 ({})", counted(windows_rows_, "row"))});
        std::sort(file.warnings.begin(), file.warnings.end(),
                  [](const LineNote& a, const LineNote& b) { return std::tie(a.line, a.reason) < std::tie(b.line, b.reason); });
    }
    bool has_header() const { return places_.has_value(); }

private:
    bool take_header(const CsvRow& csv) {
        auto places = places_of(csv.fields);
        if (!places) {
            broken = places.error();
            return false;
        }
        places_ = *places;
        width_ = csv.fields.size();
        return true;
    }

    /// What is wrong with the row; empty where nothing is.
    std::string fill(StreetRow& row, const std::vector<std::string>& fields) {
        if (fields.size() != width_) return fmt::format("the row has {} fields, the header {}", fields.size(), width_);
        std::array<std::string, columns> value;
        for (std::size_t i = 0; i < columns; ++i) {
            if ((*places_)[i] == absent) continue;
            std::string_view field = fields[(*places_)[i]];
            if (has_control_letter(field)) return fmt::format("\"{}\" holds a NUL byte or another control character", column_names[i]);
            if (is_utf8(field)) {
                value[i] = trim(field);
                continue;
            }
            auto decoded = from_windows_1252(field);
            if (!decoded) return fmt::format("\"{}\" is neither UTF-8 nor Windows-1252", column_names[i]);
            value[i] = trim(*decoded);
            if (last_windows_ != row.line && windows_rows_++ == 0) first_windows_ = row.line;
            last_windows_ = row.line;
        }
        row.crime_id = lower_ascii(value[crime_id]);
        if (row.crime_id.size() > 80 || !all_of_kind(row.crime_id, is_id_letter)) return fmt::format("\"{}\" is not a crime id", shown(row.crime_id));
        if (!is_month(value[month]))
            return fmt::format("month \"{}\" is not written like 2025-06: a spreadsheet may have changed it, use the file as it was downloaded",
                               shown(value[month]));
        row.month = std::move(value[month]);
        row.force = std::move(value[reported_by]);
        if (row.force.empty()) return "the row does not say which force reported it";
        row.falls_within = std::move(value[falls_within]);
        if (std::string reason = place(row, value); !reason.empty()) return reason;
        row.context = std::move(value[context]);
        if (value[crime_type].empty()) return "the row has no crime type";
        row.crime_type = named(known_types, value[crime_type], "crime type", row.line);
        if (!value[outcome].empty()) row.outcome = named(known_outcomes, value[outcome], "outcome", row.line);
        return {};
    }

    static std::string place(StreetRow& row, std::array<std::string, columns>& value) {
        if (value[longitude].empty() != value[latitude].empty()) return "longitude and latitude: one is given without the other";
        if (!value[longitude].empty()) {
            const auto east = number_in(value[longitude]), north = number_in(value[latitude]);
            if (!east || !north) return fmt::format("\"{}, {}\" are not degrees", shown(value[longitude]), shown(value[latitude]));
            row.point = Point{*east, *north};
            if (!in_the_kingdom(*row.point))
                return in_the_kingdom({*north, *east}) ? "the point lies outside Great Britain: longitude and latitude are swapped"
                                                       : "the point lies outside Great Britain";
        }
        const std::string low = lower_ascii(value[location]);
        if (low != "on or near" && low != "no location") row.location = std::move(value[location]);
        if (value[lsoa_code].size() > 12 || !all_of_kind(value[lsoa_code], is_code_letter))
            return fmt::format("\"{}\" is not the code of an area", shown(value[lsoa_code]));
        row.lsoa = std::move(value[lsoa_code]);
        row.lsoa_name = std::move(value[lsoa_name]);
        return {};
    }

    template <std::size_t n>
    std::string named(const std::array<std::string_view, n>& names, std::string& written, std::string_view what, std::size_t line) {
        if (auto name = known_name(names, written)) return std::move(*name);
        auto& seen = unknown_[fmt::format("unknown {} \"{}\"", what, shown(written))];
        if (seen.second++ == 0) seen.first = line;
        return std::move(written);
    }

    void keep(StreetRow row) {
        if (!row.crime_id.empty() && !ids_.insert(row.month + row.force + "\n" + row.crime_id).second && file.repeated++ == 0)
            first_repeat_ = row.line;
        file.rows.push_back(std::move(row));
    }

    std::optional<Places> places_;
    std::size_t width_ = 0;
    std::map<std::string, std::pair<std::size_t, long long>> unknown_;  // first line and rows
    std::unordered_set<std::string> ids_;
    std::size_t first_repeat_ = 0, first_windows_ = 0, last_windows_ = 0;
    long long windows_rows_ = 0;
};

Refusal no_street_file(std::string_view sentence) { return Refusal{Because::invalid, "street.file", std::string{sentence}}; }

std::optional<Refusal> plainly_wrong(std::string_view text) {
    if (text.empty()) return no_street_file("The file is empty: not even a header line.");
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return no_street_file("The file is UTF-16: save it as UTF-8 or use it as downloaded.");
    const std::string_view header = text.substr(0, std::min(text.find_first_of("\r\n"), text.size()));
    if (has_control_letter(header)) return no_street_file("This is not a text file: its first line holds control characters.");
    return {};
}

}  // namespace

Result<StreetFile> read_street_file(std::string_view text) {
    if (auto wrong = plainly_wrong(text)) return *wrong;
    // A NUL byte is one row's fault: as another control character it refuses that row and not the file.
    std::string without_nul;
    if (text.find('\0') != std::string_view::npos) {
        without_nul = text;
        std::replace(without_nul.begin(), without_nul.end(), '\0', '\x01');
        text = without_nul;
    }
    Reading reading;
    const auto read = read_csv(text, guess_delimiter(text), [&](const CsvRow& row) { return reading.take(row); });
    if (!read) return read.error();
    if (reading.broken) return *reading.broken;
    if (!reading.has_header()) return no_street_file("The file holds blank lines only: not even a header line.");
    reading.finish();
    return std::move(reading.file);
}

bool is_other_police_file(std::string_view text) {
    const std::string header = lower_ascii(text.substr(0, std::min(text.find_first_of("\r\n"), std::size_t{2000})));
    return header.find("outcome type") != std::string::npos || header.find("object of search") != std::string::npos;
}

}  // namespace concord::analysis
