#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// CSV by RFC 4180 as the world writes it: LF, CRLF or CR; quoted fields may hold line ends, commas and doubled quotes; a byte order mark is dropped.
namespace concord {

struct CsvRow {
    std::size_t line = 0;  // where the row begins, 1 is the header
    std::vector<std::string> fields;
};

/// Calls `row` for each row in turn, the header among them; blank lines are passed over. Stops where `row` returns false.
/// Refuses: an unclosed quote (with the line it opened on), a letter after a closing quote, a NUL byte.
Result<Done> read_csv(std::string_view text, char delimiter, const std::function<bool(const CsvRow&)>& row);
/// Comma, semicolon, tab or pipe: the one that divides the header line into most fields.
char guess_delimiter(std::string_view text);
/// One row with its line end; a field that a spreadsheet would run (=, +, -, @, tab, CR first) gets a leading apostrophe.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace concord
