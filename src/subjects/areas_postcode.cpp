#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/areas.hpp"

/// Postcodes as people type them. Form: BS 7666, annexe C: outward A9, A99, AA9, AA99, A9A or AA9A, inward 9AA.
namespace concord::subjects {
namespace {

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::array outward_forms{"A9", "A99", "AA9", "AA99", "A9A", "AA9A"};

/// Postcode areas of the United Kingdom and the Crown dependencies, and BF of the forces.
const std::set<std::string, std::less<>>& areas() {
    static const std::set<std::string, std::less<>> all{
        "AB", "AL", "B",  "BA", "BB", "BD", "BF", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF", "CH", "CM", "CO", "CR", "CT",
        "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT", "DY", "E",  "EC", "EH", "EN", "EX", "FK", "FY", "G",  "GL", "GU",
        "GY", "HA", "HD", "HG", "HP", "HR", "HS", "HU", "HX", "IG", "IM", "IP", "IV", "JE", "KA", "KT", "KW", "KY", "L",  "LA", "LD",
        "LE", "LL", "LN", "LS", "LU", "M",  "ME", "MK", "ML", "N",  "NE", "NG", "NN", "NP", "NR", "NW", "OL", "OX", "PA", "PE", "PH",
        "PL", "PO", "PR", "RG", "RH", "RM", "S",  "SA", "SE", "SG", "SK", "SL", "SM", "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY",
        "TA", "TD", "TF", "TN", "TQ", "TR", "TS", "TW", "UB", "W",  "WA", "WC", "WD", "WF", "WN", "WR", "WS", "WV", "YO", "ZE"};
    return all;
}

/// A letter for a digit that looks like it, and the other way about.
char as_form(char form, char c) {
    constexpr std::string_view letters = "OISZBG", digits = "015286";
    if (form == '9' && is_letter(c))
        if (const auto at = letters.find(c); at != std::string_view::npos) return digits[at];
    if (form == 'A' && is_digit(c))
        if (const auto at = digits.find(c); at != std::string_view::npos) return letters[at];
    return c;
}

bool fits(std::string_view form, std::string_view text) {
    if (form.size() != text.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'A' ? !is_letter(text[i]) : !is_digit(text[i])) return false;
    return true;
}

std::string area_of(std::string_view postcode) {
    std::size_t n = 0;
    while (n < postcode.size() && is_letter(postcode[n])) ++n;
    return std::string{postcode.substr(0, n)};
}

/// The postcode, where the letters have its form and its area is there.
std::string in_form(const std::string& letters) {
    if (letters.size() < 5 || letters.size() > 7) return {};
    const std::string inward = letters.substr(letters.size() - 3), outward = letters.substr(0, letters.size() - 3);
    if (!fits("9AA", inward)) return {};
    if (std::none_of(outward_forms.begin(), outward_forms.end(), [&](const char* form) { return fits(form, outward); })) return {};
    if (areas().count(area_of(outward)) == 0) return {};
    return outward + " " + inward;
}

/// The postcode that was meant, where digits and letters that look alike are changed about.
std::string meant(const std::string& letters) {
    if (letters.size() < 5 || letters.size() > 7) return {};
    for (const std::string outward : outward_forms) {
        const std::string form = outward + "9AA";
        if (form.size() != letters.size()) continue;
        std::string tried;
        for (std::size_t i = 0; i < form.size(); ++i) tried += as_form(form[i], letters[i]);
        if (auto good = in_form(tried); !good.empty()) return good;
    }
    return {};
}

}  // namespace

PostcodeCheck check_postcode(std::string_view typed) {
    const std::string shown = cut(tidy(typed), 20);
    std::string letters;
    for (const char c : tidy(typed)) {
        if (is_letter(c) || is_digit(c))
            letters += c;
        else if (c >= 'a' && c <= 'z')
            letters += static_cast<char>(c - 'a' + 'A');
        else if (c != ' ' && c != '-' && c != '.')
            return {{}, fmt::format("\"{}\" cannot be a postcode: it has letters and digits only, like YO12 7QP.", shown)};
    }
    if (letters.empty()) return {{}, "Give a whole postcode, like YO12 7QP."};
    if (auto good = in_form(letters); !good.empty()) return {good, {}};
    if (const auto better = meant(letters); !better.empty())
        return {{}, fmt::format("\"{}\" cannot be a postcode: did you mean {}? Letters and digits are changed about.", shown, better)};
    if (letters.size() < 5)
        return {{}, fmt::format("\"{}\" is only a part of a postcode: give all of it, ending with a digit and two letters, like YO12 7QP.", shown)};
    if (letters.size() > 7)
        return {{}, fmt::format("\"{}\" is too long for a postcode, which has seven letters and digits at most, like YO12 7QP.", shown)};
    const std::string inward = letters.substr(letters.size() - 3), outward = letters.substr(0, letters.size() - 3);
    if (!fits("9AA", inward)) return {{}, fmt::format("\"{}\" cannot be a postcode: it ends with a digit and two letters, like YO12 7QP.", shown)};
    if (is_letter(letters[0]) && areas().count(area_of(outward)) == 0 && outward.size() > area_of(outward).size())
        return {{},
                fmt::format("\"{}\" cannot be a postcode: none begins with {}. Those of this area begin with YO, HG, DL, BD, LS or TS.", shown,
                            area_of(outward))};
    return {{}, fmt::format("\"{}\" cannot be a postcode: it begins with one or two letters and a digit, like YO12 7QP.", shown)};
}

namespace {

Postcode to_postcode(const store::Row& row) {
    Postcode one{.postcode = row.text(0), .quality = static_cast<int>(row.integer(1)), .at = {}, .ward = row.text(4), .lsoa = row.text(5)};
    if (!row.is_null(2) && !row.is_null(3)) one.at = GridPoint{row.real(2), row.real(3)};
    return one;
}

/// Every text of the form that differs by one place, likely slips first.
std::vector<std::string> neighbours(const std::string& normal) {
    std::vector<std::string> likely, others;
    for (std::size_t i = 0; i + 1 < normal.size(); ++i)
        if (normal[i] != ' ' && normal[i + 1] != ' ' && normal[i] != normal[i + 1]) {
            std::string tried = normal;
            std::swap(tried[i], tried[i + 1]);
            likely.push_back(tried);
        }
    for (std::size_t i = normal.size(); i-- > 0;) {
        if (normal[i] == ' ') continue;
        const bool letter = is_letter(normal[i]);
        for (char c = letter ? 'A' : '0'; c <= (letter ? 'Z' : '9'); ++c) {
            if (c == normal[i]) continue;
            std::string tried = normal;
            tried[i] = c;
            others.push_back(tried);
        }
    }
    likely.insert(likely.end(), others.begin(), others.end());
    std::vector<std::string> good;
    for (const auto& one : likely) {
        std::string letters = one;
        letters.erase(std::remove(letters.begin(), letters.end(), ' '), letters.end());
        if (in_form(letters) == one) good.push_back(one);
    }
    return good;
}

}  // namespace

std::optional<Postcode> find_postcode(store::Reader& reader, std::string_view normal) {
    const auto row = reader.select_one("tirrtt", "select postcode, quality, easting, northing, ward, lsoa from postcode where postcode = :postcode",
                                       {{"postcode", normal}});
    if (!row) return {};
    return to_postcode(*row);
}

std::vector<std::string> like_postcode(store::Reader& reader, std::string_view normal) {
    constexpr std::size_t at_once = 64;
    const auto tried = neighbours(std::string{normal});
    std::string list;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < at_once; ++i) names.push_back(fmt::format("a{}", i));
    for (const auto& name : names) list += (list.empty() ? ":" : ", :") + name;
    std::vector<std::string> found;
    for (std::size_t from = 0; from < tried.size() && found.size() < 3; from += at_once) {
        store::Binds binds;
        for (std::size_t i = 0; i < at_once; ++i) binds.emplace_back(names[i], tried[std::min(from + i, tried.size() - 1)]);
        std::set<std::string> there;
        for (const auto& row : reader.select("t", fmt::format("select postcode from postcode where postcode in ({})", list), binds))
            there.insert(row.text(0));
        for (std::size_t i = from; i < std::min(from + at_once, tried.size()) && found.size() < 3; ++i)
            if (there.count(tried[i]) != 0) found.push_back(tried[i]);
    }
    return found;
}

}  // namespace concord::subjects
