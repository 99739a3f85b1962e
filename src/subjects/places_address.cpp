#include "subjects/places_address.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "base/text.hpp"

namespace concord::subjects {
namespace {

const std::map<std::string, std::string, std::less<>>& short_forms() {
    static const std::map<std::string, std::string, std::less<>> all{
        {"rd", "road"},     {"ave", "avenue"},   {"av", "avenue"},   {"ln", "lane"},      {"cres", "crescent"}, {"ct", "court"},
        {"crt", "court"},   {"dr", "drive"},     {"pl", "place"},    {"gdns", "gardens"}, {"gdn", "garden"},    {"sq", "square"},
        {"ter", "terrace"}, {"terr", "terrace"}, {"tce", "terrace"}, {"cl", "close"},     {"gr", "grove"},      {"grv", "grove"},
        {"gv", "grove"},    {"pk", "park"},      {"wy", "way"},      {"hse", "house"},    {"cott", "cottage"},  {"blvd", "boulevard"},
        {"mt", "mount"},    {"sth", "south"},    {"nth", "north"}};
    return all;
}

bool starts_with_digit(std::string_view text) { return !text.empty() && text[0] >= '0' && text[0] <= '9'; }

std::string without_apostrophes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\'') continue;
        if (text.substr(i, 3) == "\xE2\x80\x99") {  // the typographic one
            i += 2;
            continue;
        }
        out += text[i];
    }
    return out;
}

bool is_unit_word(std::string_view word) {
    return word == "flat" || word == "apartment" || word == "apt" || word == "unit" || word == "room" || word == "floor" || word == "studio";
}
bool is_building_word(std::string_view word) {
    return word == "house" || word == "cottage" || word == "farm" || word == "lodge" || word == "hall" || word == "villa" || word == "bungalow" ||
           word == "barn";
}

/// "14", "14a", "14-16" or "14 a" at the beginning of the words; how many words it takes.
std::size_t number_words(const std::vector<std::string>& words, std::string& number) {
    if (words.empty() || !starts_with_digit(words[0])) return 0;
    const auto letters_at = std::find_if(words[0].begin(), words[0].end(), [](char c) { return c < '0' || c > '9'; });
    const std::string tail{letters_at, words[0].end()};
    if (tail.size() > 1) return 0;  // "1st Avenue" is a name
    number = words[0];
    std::size_t used = 1;
    if (tail.empty() && words.size() > 2 && words[1].size() == 1 && words[1][0] >= 'a' && words[1][0] <= 'z') {
        number += words[1];
        ++used;
    } else if (words.size() > 2 && starts_with_digit(words[1]) && words[1].find_first_not_of("0123456789") == std::string::npos) {
        number += "-" + words[1];
        ++used;
    }
    return used;
}

}  // namespace

std::string street_key(std::string_view name) {
    auto words = words_of(without_apostrophes(name));
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "st") words[i] = i == 0 ? "saint" : i + 1 == words.size() ? "street" : "saint";
        // A name is never short for itself: "Park" stays, and "Court" alone is no abbreviation.
        if (const auto found = short_forms().find(words[i]); found != short_forms().end() && i > 0) words[i] = found->second;
    }
    return join(words, " ");
}

ParsedAddress parse_address(std::string_view text) {
    ParsedAddress address;
    std::vector<std::string> parts;
    for (const auto& part : split(without_apostrophes(text), ',')) {
        if (!normal_postcode(trim(part)).empty()) continue;
        if (!words_of(part).empty()) parts.push_back(part);
    }
    bool street_found = false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto words = words_of(parts[i]);
        if (!street_found && is_unit_word(words[0]) && words.size() >= 2 && address.unit.empty()) {
            const std::string kind = words[0] == "apt" || words[0] == "apartment" ? "flat" : words[0];
            address.unit = kind + " " + words[1];
            words.erase(words.begin(), words.begin() + 2);
            if (words.empty()) continue;
        }
        if (!street_found) {
            std::string number;
            if (const auto used = number_words(words, number); used > 0) {
                address.number = number;
                words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(used));
                if (words.empty()) continue;
            } else if (address.number.empty() && i + 1 < parts.size() && is_building_word(words.back())) {
                address.number = join(words, " ");  // "Rose Cottage, Back Lane"
                continue;
            }
            address.street = street_key(join(words, " "));
            street_found = true;
            continue;
        }
        address.locality += (address.locality.empty() ? "" : " ") + street_key(join(words, " "));
    }
    return address;
}

}  // namespace concord::subjects
