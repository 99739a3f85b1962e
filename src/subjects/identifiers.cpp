#include "subjects/identifiers.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::subjects {
namespace {

/// The letters of the remainder by 23, as the police's records use them: no I, O and S.
constexpr std::string_view check_letters = "ZABCDEFGHJKLMNPQRTUVWXY";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }
std::int64_t number_of(std::string_view digits) {
    std::int64_t value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

std::string upper_and_close(std::string_view typed) {
    std::string out;
    for (const char c : typed)
        if (c != ' ') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

/// "YYYY/NNNNNNNL", the short "YY/NNNNNNNL", with fewer digits or without the stroke.
std::optional<std::string> pnc(const std::string& typed, int this_year) {
    if (typed.empty() || is_digit(typed.back())) return {};
    std::string year, serial;
    const std::string digits = typed.substr(0, typed.size() - 1);
    if (const auto stroke = digits.find('/'); stroke != std::string::npos) {
        year = digits.substr(0, stroke);
        serial = digits.substr(stroke + 1);
    } else {
        const std::size_t of_year = digits.size() > 9 ? 4 : 2;
        if (digits.size() < of_year) return {};
        year = digits.substr(0, of_year);
        serial = digits.substr(of_year);
    }
    if (!all_digits(year) || !all_digits(serial) || (year.size() != 2 && year.size() != 4) || serial.size() > 7) return {};
    serial.insert(0, 7 - serial.size(), '0');
    if (year.size() == 2) year = (number_of(year) <= this_year % 100 ? "20" : "19") + year;
    if (check_letters[static_cast<std::size_t>(number_of(year.substr(2) + serial) % 23)] != typed.back()) return {};
    return fmt::format("{}/{}{}", year, serial, typed.back());
}

/// "NNNNNN/YYL", or the file form "SFYY/NL".
std::optional<std::string> cro(const std::string& typed) {
    if (typed.size() < 5 || is_digit(typed.back())) return {};
    const bool file_form = typed.starts_with("SF");
    const std::string digits = typed.substr(file_form ? 2 : 0, typed.size() - 1 - (file_form ? 2 : 0));
    const auto stroke = digits.find('/');
    if (stroke == std::string::npos) return {};
    std::string serial = digits.substr(0, stroke), year = digits.substr(stroke + 1);
    if (file_form) std::swap(serial, year);
    if (!all_digits(serial) || !all_digits(year) || year.size() != 2 || serial.size() > 6) return {};
    const std::string padded = std::string(6 - serial.size(), '0') + serial;
    if (check_letters[static_cast<std::size_t>(number_of(year + padded) % 23)] != typed.back()) return {};
    return file_form ? fmt::format("SF{}/{}{}", year, serial, typed.back()) : fmt::format("{}/{}{}", padded, year, typed.back());
}

/// Ten digits, the last one a check by eleven.
std::optional<std::string> nhs(std::string typed) {
    typed.erase(std::remove(typed.begin(), typed.end(), '-'), typed.end());
    if (typed.size() != 10 || !all_digits(typed)) return {};
    int sum = 0;
    for (std::size_t i = 0; i < 9; ++i) sum += (typed[i] - '0') * static_cast<int>(10 - i);
    const int check = (11 - sum % 11) % 11;
    if (check == 10 || check != typed[9] - '0') return {};
    return typed;
}

}  // namespace

Result<std::string> normal_identifier(std::string_view kind, std::string_view typed, int this_year, std::string_view field) {
    const auto wrong = [&](std::string message) {
        return Refusal{Because::invalid, "subjects.identifier", "Some answers need another look.", {{std::string{field}, std::move(message)}}};
    };
    const std::string closed = upper_and_close(typed);
    if (closed.empty()) return wrong("Type the number, or leave this one out.");
    if (kind == "pnc") {
        if (auto good = pnc(closed, this_year)) return *good;
        return wrong("This is no PNC id: it has a year, up to seven digits and a letter that fits them, like 2014/0100000H. Check it for a slip.");
    }
    if (kind == "cro") {
        if (auto good = cro(closed)) return *good;
        return wrong("This is no CRO number: it has up to six digits, a year and a letter that fits them, like 123456/95K. Check it for a slip.");
    }
    if (kind == "nhs") {
        if (auto good = nhs(closed)) return *good;
        return wrong("This is no NHS number: it has ten digits, and the last one must fit the others. Check it for a slip.");
    }
    const std::string tidied = tidy(typed);
    if (letters_and_digits(tidied) < 2) return wrong("A number has at least two letters or digits.");
    if (code_points(tidied) > 40) return wrong("A number has 40 letters and digits at most.");
    return upper_and_close(tidied);
}

std::string masked(std::string_view value) {
    if (value.size() <= 4) return std::string(value.size(), '*');
    const std::size_t shown = value.size() > 8 ? 2 : 1;
    return std::string{value.substr(0, shown)} + std::string(value.size() - shown - 2, '*') + std::string{value.substr(value.size() - 2)};
}

}  // namespace concord::subjects
