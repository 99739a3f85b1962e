#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// The street-level crime files of data.police.uk, read without a database: text in, rows and what is wrong with the others out.
namespace concord::analysis {

struct Point {
    double longitude = 0, latitude = 0;  // WGS 84 degrees
    bool operator==(const Point&) const = default;
};

struct StreetRow {
    std::size_t line = 0;
    std::string crime_id;  // lower-case; empty for anti-social behaviour
    std::string month;     // "2025-06"
    std::string force;     // "Reported by"
    std::string falls_within;
    std::optional<Point> point;
    std::string location;  // empty for "On or near " without a name and for "No Location"
    std::string lsoa, lsoa_name;
    std::string crime_type, outcome, context;
};

/// A line and what is to be said of it; line 0 is the file as a whole.
struct LineNote {
    std::size_t line = 0;
    std::string reason;
    bool operator==(const LineNote&) const = default;
};

struct StreetFile {
    std::size_t read = 0;  // rows of data, the refused ones among them
    std::vector<StreetRow> rows;
    std::vector<LineNote> refused;
    std::vector<LineNote> warnings;  // kept, but worth a look: an unknown name, repeated crime ids, Windows letters
    std::size_t repeated = 0;        // rows whose crime id stands on an earlier row of the same month
};

/// Columns are found by their names, in any order, divided by comma, semicolon or tab. Refused rows leave the others standing; refused as a whole is
/// what is no street file, what has a quote that never ends, and what has more bad rows than good ones: a month is never half replaced.
Result<StreetFile> read_street_file(std::string_view text);
/// The header says that it is one of the publisher's other files (outcomes, stop and search), which are passed over.
bool is_other_police_file(std::string_view text);

}  // namespace concord::analysis
