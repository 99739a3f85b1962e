#include "base/csv.hpp"

#include <array>

#include <fmt/format.h>

namespace concord {
namespace {

Refusal bad(std::size_t line, std::string_view what) { return Refusal{Because::invalid, "csv.broken", fmt::format("Line {}: {}", line, what)}; }

/// Reads row after row; `at_` is the next byte, `line_` the line it stands on.
class Reading {
public:
    Reading(std::string_view text, char delimiter) : text_{text}, delimiter_{delimiter} {
        if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    }

    bool done() const { return at_ >= text_.size(); }

    Result<CsvRow> next() {
        CsvRow row{.line = line_, .fields = {}};
        for (;;) {
            auto field = next_field();
            if (!field) return field.error();
            row.fields.push_back(std::move(field).value());
            if (!done() && text_[at_] == delimiter_) {
                ++at_;
                continue;
            }
            end_line();
            return row;
        }
    }

private:
    Result<std::string> next_field() {
        if (!done() && text_[at_] == '"') return quoted();
        std::string field;
        while (!done() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') {
            if (text_[at_] == '\0') return bad(line_, "there is a NUL byte; save the file again as UTF-8 text.");
            field += text_[at_++];
        }
        return field;
    }

    Result<std::string> quoted() {
        const std::size_t opened = line_;
        std::string field;
        for (++at_; !done(); ++at_) {
            const char c = text_[at_];
            if (c == '\0') return bad(line_, "there is a NUL byte; save the file again as UTF-8 text.");
            if (c == '"') {
                if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                    field += '"';
                    ++at_;
                    continue;
                }
                ++at_;
                if (!done() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r')
                    return bad(line_, "a letter follows a closing quote; double the quotes inside a field.");
                return field;
            }
            if (c == '\n' || (c == '\r' && !(at_ + 1 < text_.size() && text_[at_ + 1] == '\n'))) ++line_;
            field += c;
        }
        return bad(opened, "a quote is opened here and never closed.");
    }

    void end_line() {
        if (done()) return;
        if (text_[at_] == '\r') {
            ++at_;
            if (!done() && text_[at_] == '\n') ++at_;
        } else {
            ++at_;
        }
        ++line_;
    }

    std::string_view text_;
    char delimiter_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

}  // namespace

Result<Done> read_csv(std::string_view text, char delimiter, const std::function<bool(const CsvRow&)>& row) {
    Reading reading{text, delimiter};
    while (!reading.done()) {
        auto next = reading.next();
        if (!next) return next.error();
        if (next->fields.size() == 1 && next->fields.front().empty()) continue;
        if (!row(*next)) break;
    }
    return Done{};
}

char guess_delimiter(std::string_view text) {
    const std::string_view header = text.substr(0, text.find_first_of("\r\n"));
    char best = ',';
    std::size_t most = 0;
    for (const char candidate : std::array{',', ';', '\t', '|'}) {
        std::size_t count = 0;
        bool inside = false;
        for (const char c : header) {
            if (c == '"') inside = !inside;
            if (c == candidate && !inside) ++count;
        }
        if (count > most) {
            most = count;
            best = candidate;
        }
    }
    return best;
}

std::string csv_line(const std::vector<std::string>& fields) {
    std::string line;
    for (const auto& field : fields) {
        if (&field != &fields.front()) line += ',';
        std::string safe = field;
        if (!safe.empty() && std::string_view{"=+-@\t\r"}.find(safe.front()) != std::string_view::npos) safe.insert(0, 1, '\'');
        if (safe.find_first_of(",\"\r\n") == std::string::npos) {
            line += safe;
            continue;
        }
        line += '"';
        for (const char c : safe) {
            if (c == '"') line += '"';
            line += c;
        }
        line += '"';
    }
    return line + "\n";
}

}  // namespace concord
