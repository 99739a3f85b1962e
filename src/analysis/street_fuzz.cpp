#include <cstdint>

#include "analysis/street.hpp"
#include "base/text.hpp"

/// Every row is kept or refused with a line and a reason; what is kept is text, has a month, and lies in the kingdom where it lies anywhere.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto file = analysis::read_street_file(text);
    if (!file) {
        require(!file.error().sentence.empty(), "a refusal has a sentence");
        return 0;
    }
    require(file->rows.size() + file->refused.size() == file->read, "no row is lost");
    require(file->repeated <= file->rows.size(), "only kept rows repeat");
    for (const auto& row : file->rows) {
        require(row.line > 1 && row.month.size() == 7 && !row.force.empty() && !row.crime_type.empty(), "a kept row is whole");
        require(!row.point || (row.point->latitude > 49 && row.point->latitude < 62), "a kept point lies in the kingdom");
        for (const auto* part : {&row.force, &row.location, &row.lsoa_name, &row.crime_type, &row.outcome, &row.context})
            require(is_utf8(*part) && part->find('\0') == std::string::npos, "what is kept is text");
    }
    for (const auto& note : file->refused) require(note.line > 1 && !note.reason.empty(), "a refused row says where and why");
    return 0;
}
