#include "base/text.hpp"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include <fmt/format.h>

namespace concord {
namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_alnum_ascii(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <class F>
void each_code_point(std::string_view text, F f) {
    std::int32_t at = 0;
    const auto size = static_cast<std::int32_t>(text.size());
    while (at < size) {
        UChar32 c = 0;
        const std::int32_t from = at;
        U8_NEXT(text.data(), at, size, c);
        f(c, text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(at - from)));
    }
}

/// Accents off, other scripts to Latin, then ASCII. One transliterator a thread: ICU's are not to be shared.
std::string to_latin(std::string_view text) {
    thread_local const std::unique_ptr<icu::Transliterator> transliterator = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Transliterator> made{icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, status)};
        if (U_FAILURE(status) != 0) throw Failure{"ICU has no transliterator to Latin"};
        return made;
    }();
    icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(icu::StringPiece{text.data(), static_cast<std::int32_t>(text.size())});
    transliterator->transliterate(unicode);
    std::string out;
    unicode.toUTF8String(out);
    return out;
}

std::string fold_ascii(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '\'') continue;  // O'Brien and OBrien are one
        if (is_alnum_ascii(c) || static_cast<unsigned char>(c) >= 0x80)
            out += lower(c);
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

}  // namespace

bool is_utf8(std::string_view text) {
    bool good = true;
    each_code_point(text, [&](UChar32 c, std::string_view) { good = good && c >= 0; });
    return good;
}

std::string tidy(std::string_view text, bool multi_line) {
    std::string normal{text};
    if (!is_ascii(text)) {
        UErrorCode status = U_ZERO_ERROR;
        const auto* nfc = icu::Normalizer2::getNFCInstance(status);
        std::string composed;
        const auto unicode = icu::UnicodeString::fromUTF8(icu::StringPiece{text.data(), static_cast<std::int32_t>(text.size())});
        nfc->normalize(unicode, status).toUTF8String(composed);
        if (U_SUCCESS(status) != 0) normal = std::move(composed);
    }
    std::string out;
    out.reserve(normal.size());
    each_code_point(normal, [&](UChar32 c, std::string_view bytes) {
        if (c == '\r') return;
        if (multi_line && (c == '\n' || c == '\t'))
            out += static_cast<char>(c);
        else if (c == '\n' || c == '\t')
            out += ' ';
        else if (c >= 0 && u_charType(c) != U_CONTROL_CHAR)
            out += bytes;
    });
    return trim(out);
}

std::string fold(std::string_view text) {
    if (is_ascii(text)) return fold_ascii(text);
    return fold_ascii(to_latin(text));
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (auto& word : split(fold(text), ' '))
        if (!word.empty()) words.push_back(std::move(word));
    return words;
}

std::string normal_postcode(std::string_view typed) {
    std::string letters;
    for (const char c : typed) {
        if (is_alnum_ascii(c))
            letters += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        else if (c != ' ' && c != '-')
            return {};
    }
    if (letters.size() < 5 || letters.size() > 7) return {};
    const std::string inward = letters.substr(letters.size() - 3);
    const std::string outward = letters.substr(0, letters.size() - 3);
    const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!digit(inward[0]) || !letter(inward[1]) || !letter(inward[2]) || !letter(outward[0])) return {};
    if (std::none_of(outward.begin(), outward.end(), digit)) return {};
    return outward + " " + inward;
}

std::string normal_phone(std::string_view typed) {
    std::string digits;
    bool plus = false;
    for (const char c : typed) {
        if (c >= '0' && c <= '9')
            digits += c;
        else if (c == '+' && digits.empty())
            plus = true;
        else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != '.' && c != '/')
            return {};
    }
    if (!plus && digits.starts_with("00")) {
        plus = true;
        digits.erase(0, 2);
    }
    if (plus && digits.starts_with("440")) digits.erase(2, 1);  // +44 (0)1723
    if (!plus && digits.starts_with("0")) {
        digits = "44" + digits.substr(1);
        plus = true;
    }
    if (!plus || digits.size() < 9 || digits.size() > 15) return {};
    return "+" + digits;
}

std::string normal_email(std::string_view typed) {
    const std::string email = lower_ascii(trim(typed));
    const auto at = email.find('@');
    if (at == std::string::npos || at == 0 || at + 1 == email.size() || email.find(' ') != std::string::npos ||
        email.find('@', at + 1) != std::string::npos)
        return {};
    return email;
}

std::size_t letters_and_digits(std::string_view text) {
    std::size_t count = 0;
    each_code_point(text, [&](UChar32 c, std::string_view) { count += c >= 0 && u_isalnum(c) != 0 ? 1 : 0; });
    return count;
}

std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    each_code_point(text, [&](UChar32, std::string_view) { ++count; });
    return count;
}

std::string cut(std::string_view text, std::size_t most) {
    if (code_points(text) <= most) return std::string{text};
    std::string out;
    std::size_t count = 0;
    each_code_point(text, [&](UChar32, std::string_view bytes) {
        if (++count < most) out += bytes;
    });
    // Between two words, where one ends near; never after a full stop.
    if (const auto space = out.rfind(' '); space != std::string::npos && space * 4 > out.size() * 3) out.erase(space);
    while (!out.empty() && (out.back() == ' ' || out.back() == '.' || out.back() == ',')) out.pop_back();
    return out + "…";
}

std::optional<std::string> from_windows_1252(std::string_view bytes) {
    constexpr char32_t upper[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        char32_t point = byte;
        if (byte >= 0x80 && byte < 0xa0) point = upper[byte - 0x80];
        if (point == 0 && byte != 0) return {};
        if (point < 0x80) {
            out += static_cast<char>(point);
        } else if (point < 0x800) {
            out += static_cast<char>(0xc0 | (point >> 6));
            out += static_cast<char>(0x80 | (point & 0x3f));
        } else {
            out += static_cast<char>(0xe0 | (point >> 12));
            out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
            out += static_cast<char>(0x80 | (point & 0x3f));
        }
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string all;
    for (const auto& part : parts) {
        if (&part != &parts.front()) all += separator;
        all += part;
    }
    return all;
}

std::string lower_ascii(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return std::string{text.substr(first, text.find_last_not_of(space) - first + 1)};
}

std::string counted(long long n, std::string_view one, std::string_view many) {
    if (n == 1) return fmt::format("1 {}", one);
    return many.empty() ? fmt::format("{} {}s", n, one) : fmt::format("{} {}", n, many);
}

}  // namespace concord
