#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// Text as people type it. Everything is UTF-8; ICU does accents, cases and scripts.
namespace concord {

bool is_utf8(std::string_view text);
/// NFC, control characters out (but for \n and \t where multi_line), outer white space off.
std::string tidy(std::string_view text, bool multi_line = false);
/// For comparing: lower case, accents off, transliterated to Latin, punctuation to spaces, white space folded.
std::string fold(std::string_view text);
std::vector<std::string> words_of(std::string_view text);  // the words of fold(text)
std::string normal_postcode(std::string_view typed);       // "yo12 7qp" -> "YO12 7QP"; empty where it cannot be one
std::string normal_phone(std::string_view typed);          // "07700 900 321" -> "+447700900321"; empty where it cannot be one
std::string normal_email(std::string_view typed);          // lower case, outer space off; empty without @
std::size_t letters_and_digits(std::string_view text);     // meaningful characters (code points)
std::size_t code_points(std::string_view text);
std::string cut(std::string_view text, std::size_t code_points);  // never inside a code point; "…" at the end where cut
/// Windows-1252 bytes to UTF-8; none where a byte has no meaning there.
std::optional<std::string> from_windows_1252(std::string_view bytes);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string lower_ascii(std::string_view text);
std::string trim(std::string_view text);
/// "1 task", "3 tasks"; plural given where it is not an s.
std::string counted(long long n, std::string_view one, std::string_view many = "");

}  // namespace concord
