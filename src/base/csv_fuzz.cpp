#include <cstdint>

#include "base/csv.hpp"

/// Rows come with growing line numbers; a row that was written is one row with as many fields when it is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    std::size_t line = 0;
    const auto read = read_csv(text, guess_delimiter(text), [&](const CsvRow& row) {
        require(row.line > line && !row.fields.empty(), "rows come in their order and have fields");
        line = row.line;
        bool blank = true;
        for (const auto& field : row.fields) blank = blank && field.empty();
        if (blank) return true;
        std::size_t rows = 0;
        const auto again = read_csv("header\n" + csv_line(row.fields), ',', [&](const CsvRow& same) {
            if (same.line == 1) return true;
            require(same.fields.size() == row.fields.size(), "a written row has as many fields");
            ++rows;
            return true;
        });
        require(again.has_value() && rows == 1, "a written row is one row");
        return true;
    });
    require(read.has_value() || !read.error().sentence.empty(), "a refusal has a sentence");
    return 0;
}
