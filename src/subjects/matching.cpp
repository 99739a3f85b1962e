#include "subjects/matching.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/subject_codes.hpp"

/// The points of hub-casework.md section 5, and the reasons in words. Every number here is a local default (CFG).
namespace concord::subjects {

namespace points {
constexpr int same_number = 60, other_number = -60;
constexpr int same_birth = 30, slip_of_birth = 15, same_birth_month = 15, same_birth_year = 10, near_guess = 5, other_birth = -40;
constexpr int same_reach = 25;
constexpr int family = 20, given = 15, nickname = 10, initial = 5;
/// Twins and households share all else: another first name speaks against one person, and without a number in common it is never strong.
constexpr int other_given = -20;
constexpr int postcode = 10, property = 20;
constexpr int other_sex = -10;
constexpr int strong = 70, possible = 40;
}  // namespace points

double similarity(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return 0;
    if (a == b) return 1;
    const std::size_t window = std::max<std::size_t>(1, std::max(a.size(), b.size()) / 2) - 1;
    std::vector<bool> taken_a(a.size()), taken_b(b.size());
    double matches = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::size_t from = i > window ? i - window : 0, to = std::min(b.size(), i + window + 1);
        for (std::size_t j = from; j < to; ++j) {
            if (taken_b[j] || a[i] != b[j]) continue;
            taken_a[i] = taken_b[j] = true;
            ++matches;
            break;
        }
    }
    if (matches == 0) return 0;
    double swaps = 0;
    for (std::size_t i = 0, j = 0; i < a.size(); ++i) {
        if (!taken_a[i]) continue;
        while (!taken_b[j]) ++j;
        if (a[i] != b[j++]) ++swaps;
    }
    const double jaro = (matches / static_cast<double>(a.size()) + matches / static_cast<double>(b.size()) + (matches - swaps / 2) / matches) / 3;
    std::size_t prefix = 0;
    while (prefix < 4 && prefix < a.size() && prefix < b.size() && a[prefix] == b[prefix]) ++prefix;
    return jaro + 0.1 * static_cast<double>(prefix) * (1 - jaro);
}

std::string sound_of(const std::string& folded) {
    const auto digit = [](char c) -> char {
        constexpr std::string_view digits = "01230120022455012623010202";  // a to z; 0: vowels and h, w, y
        return c >= 'a' && c <= 'z' ? digits[static_cast<std::size_t>(c - 'a')] : '0';
    };
    std::string letters;
    for (const char c : folded)
        if (c >= 'a' && c <= 'z') letters += c;
    if (letters.empty()) return {};
    if (letters.starts_with("ph")) letters.replace(0, 2, "f");
    if (letters.starts_with("kn") || letters.starts_with("wr")) letters.erase(0, 1);
    // Letters that English spells alike at the beginning stand for one.
    const std::map<char, char> alike{{'c', 'k'}, {'q', 'k'}, {'z', 's'}};
    std::string out(1, alike.count(letters[0]) != 0 ? alike.at(letters[0]) : letters[0]);
    char last = digit(letters[0]);
    for (std::size_t i = 1; i < letters.size() && out.size() < 4; ++i) {
        const char d = digit(letters[i]);
        if (d != '0' && d != last) out += d;
        if (letters[i] != 'h' && letters[i] != 'w') last = d;
    }
    out.resize(4, '0');
    return out;
}

std::string normal_family(const std::string& family_name) {
    auto words = words_of(family_name);
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string word = words[i];
        const bool prefix = word == "o" || word == "d" || word == "mc" || word == "mac";
        if (prefix && i + 1 < words.size()) word += words[++i];
        if (word.size() > 4 && word.starts_with("mc")) word.insert(1, "a");
        joined.push_back(std::move(word));
    }
    return join(joined, " ");
}

namespace {

std::string first_of(const std::string& folded) { return folded.substr(0, folded.find(' ')); }

std::string closed(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

Name main_name(const PersonDetails& d) {
    return {.id = {}, .title = {}, .given_name = d.given_name, .middle_names = d.middle_names, .family_name = d.family_name, .from = {}, .until = {}};
}
std::vector<Name> all_names(const PersonDetails& d) {
    std::vector<Name> all{main_name(d)};
    if (all.front().full().empty()) all.clear();
    all.insert(all.end(), d.other_names.begin(), d.other_names.end());
    return all;
}
std::set<std::string> all_reach(const PersonDetails& d, std::string_view kind) {
    std::set<std::string> all;
    const std::string& main = kind == "phone" ? d.phone : d.email;
    if (!main.empty()) all.insert(main);
    for (const auto& point : d.other_points)
        if (point.kind == kind) all.insert(point.value);
    return all;
}
std::vector<Address> all_addresses(const PersonDetails& d) {
    std::vector<Address> all;
    if (!d.address.empty() || !d.postcode.empty() || !d.uprn.empty())
        all.push_back({.id = {}, .text = d.address, .postcode = d.postcode, .uprn = d.uprn, .from = {}, .until = {}});
    all.insert(all.end(), d.other_addresses.begin(), d.other_addresses.end());
    return all;
}
Birth birth_of(const PersonDetails& d) {
    if (d.birth.known() || !d.date_of_birth) return d.birth;
    const auto day = civil(*d.date_of_birth);
    return {.year = day.year, .month = day.month, .day = day.day};
}

int digits_apart(const std::string& a, const std::string& b) {
    int apart = 0;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) apart += a[i] != b[i] ? 1 : 0;
    return apart;
}
/// 1978 for 1987: two digits beside each other changed about.
bool are_changed_about(std::string a, const std::string& b) {
    a.erase(std::remove(a.begin(), a.end(), '-'), a.end());
    std::string other = b;
    other.erase(std::remove(other.begin(), other.end(), '-'), other.end());
    for (std::size_t i = 0; i + 1 < a.size() && i + 1 < other.size(); ++i)
        if (a[i] != other[i]) {
            std::swap(a[i], a[i + 1]);
            return a == other;
        }
    return false;
}

struct Weighing {
    int points = 0;
    bool given_differs = false;
    std::vector<Reason> reasons;
    void add(int more, std::string field, std::string kind, std::string text) {
        points += more;
        reasons.push_back({std::move(field), std::move(kind), std::move(text)});
    }
};

void weigh_whole_births(const Birth& asked, const Birth& held, Weighing& w) {
    const std::string a = to_iso(asked), b = to_iso(held);
    if (a == b) return w.add(points::same_birth, "date_of_birth", "same", "Date of birth is the same");
    if (asked.year == held.year && asked.day == held.month && asked.month == held.day)
        return w.add(points::slip_of_birth, "date_of_birth", "near", "Day and month of birth are changed about");
    // Where only the year is known, many write 1 January.
    const auto first_of_year = [](const Birth& birth) { return birth.month == 1 && birth.day == 1; };
    if (asked.year == held.year && (first_of_year(asked) || first_of_year(held)))
        return w.add(points::same_birth_year, "date_of_birth", "near",
                     fmt::format("Year of birth is the same, {}; 1 January may stand for an unknown day", held.year));
    if (digits_apart(a, b) == 1 || are_changed_about(a, b))
        return w.add(points::slip_of_birth, "date_of_birth", "near", fmt::format("Date of birth nearly the same: {}", in_words(held)));
    w.add(points::other_birth, "date_of_birth", "different", fmt::format("Date of birth is different: {}", in_words(held)));
}

void weigh_birth(const PersonDetails& one, const PersonDetails& other, Weighing& w) {
    const Birth asked = birth_of(one), held = birth_of(other);
    if (!asked.known() || !held.known()) return w.add(0, "date_of_birth", "not_held", "No date of birth to compare");
    if (asked.day != 0 && held.day != 0 && !asked.estimated && !held.estimated) return weigh_whole_births(asked, held, w);
    const int apart = std::abs(asked.year - held.year);
    if (asked.estimated || held.estimated) {
        if (to_iso(asked) == to_iso(held) && asked.day != 0) return w.add(points::same_birth, "date_of_birth", "same", "Date of birth is the same");
        if (apart <= 3) return w.add(points::near_guess, "date_of_birth", "near", fmt::format("Born about the same time: {}", in_words(held)));
        return w.add(points::other_birth / 2, "date_of_birth", "different", fmt::format("Born at another time: {}", in_words(held)));
    }
    if (apart != 0)
        return digits_apart(std::to_string(asked.year), std::to_string(held.year)) == 1
                   ? w.add(0, "date_of_birth", "near", fmt::format("Year of birth differs in one digit: {}", held.year))
                   : w.add(points::other_birth, "date_of_birth", "different", fmt::format("Year of birth is different: {}", held.year));
    if (asked.month == 0 || held.month == 0)
        return w.add(points::same_birth_year, "date_of_birth", "near", fmt::format("Year of birth is the same, {}", held.year));
    if (asked.month == held.month) return w.add(points::same_birth_month, "date_of_birth", "near", "Month and year of birth are the same");
    w.add(points::other_birth, "date_of_birth", "different", fmt::format("Month of birth is different: {}", in_words(held)));
}

bool near_family(const std::string& a, const std::string& b) { return similarity(closed(a), closed(b)) >= 0.92; }
bool near_given(const std::string& a, const std::string& b) { return similarity(a, b) >= 0.90; }
/// "smith" and "smith jones".
bool is_part_of(const std::string& a, const std::string& b) {
    const auto words = split(b, ' ');
    return a.size() > 2 && words.size() > 1 && std::find(words.begin(), words.end(), a) != words.end();
}

void weigh_given(const Name& asked, const Name& held, Weighing& w) {
    const std::string all_a = fold(asked.given_name + " " + asked.middle_names), all_b = fold(held.given_name + " " + held.middle_names);
    const std::string a = first_of(all_a), b = first_of(all_b);
    if (a.empty() || b.empty()) return w.add(0, "given_name", "not_held", "No first name to compare");
    if (a == b) return w.add(points::given, "given_name", "same", "First name is the same");
    if (near_given(a, b)) return w.add(points::given, "given_name", "near", fmt::format("First name: {}, {}", asked.given_name, held.given_name));
    if (are_nicknames(a, b))
        return w.add(points::nickname, "given_name", "near", fmt::format("{} and {} may be the same name", asked.given_name, held.given_name));
    const auto words_a = split(all_a, ' '), words_b = split(all_b, ' ');
    const auto among = [](const std::string& word, const std::vector<std::string>& words) {
        return word.size() > 1 && std::find(words.begin(), words.end(), word) != words.end();
    };
    if (among(a, words_b) || among(b, words_a))
        return w.add(points::nickname, "given_name", "near",
                     fmt::format("First name is a middle name of the other: {}", trim(held.given_name + " " + held.middle_names)));
    if ((a.size() == 1 || b.size() == 1) && a[0] == b[0])
        return w.add(points::initial, "given_name", "near", "First letter of the first name is the same");
    w.given_differs = true;
    w.add(points::other_given, "given_name", "different", fmt::format("First name is different: {}", held.given_name));
}

Weighing weigh_names(const Name& asked, const Name& held) {
    Weighing w;
    const std::string family_a = normal_family(asked.family_name), family_b = normal_family(held.family_name), given_a = fold(asked.given_name),
                      given_b = fold(held.given_name);
    const bool straight = !family_a.empty() && (family_a == family_b || near_family(family_a, family_b));
    const bool about = !straight && !family_a.empty() && !given_a.empty() && !family_b.empty() && !given_b.empty() &&
                       (near_family(family_a, closed(given_b)) || near_family(family_a, first_of(given_b))) &&
                       (near_family(closed(given_a), family_b) || near_family(first_of(given_a), family_b));
    if (about) {
        w.add(points::family + points::given, "family_name", "near", fmt::format("First and last name are changed about: {}", held.full()));
        return w;
    }
    if (family_a.empty() || family_b.empty())
        w.add(0, "family_name", "not_held", "No last name to compare");
    else if (family_a == family_b)
        w.add(points::family, "family_name", "same", "Last name is the same");
    else if (straight || is_part_of(family_a, family_b) || is_part_of(family_b, family_a))
        w.add(points::family, "family_name", "near", fmt::format("Last name: {}, {}", asked.family_name, held.family_name));
    else
        w.add(0, "family_name", "different", fmt::format("Last name is different: {}", held.family_name));
    weigh_given(asked, held, w);
    return w;
}

/// The best of every name against every name; a match by another than the main name says by which.
void weigh_all_names(const PersonDetails& asked, const PersonDetails& held, Weighing& w) {
    std::optional<Weighing> best;
    const Name* by = nullptr;
    const auto of_asked = all_names(asked), of_held = all_names(held);
    for (const auto& a : of_asked)
        for (const auto& b : of_held) {
            auto one = weigh_names(a, b);
            if (!best || one.points > best->points) {
                best = std::move(one);
                by = &b;
            }
        }
    if (!best) return w.add(0, "family_name", "not_held", "No name to compare");
    w.points += best->points;
    w.given_differs = best->given_differs;
    w.reasons.insert(w.reasons.end(), best->reasons.begin(), best->reasons.end());
    if (by->kind != "main") w.add(0, "name", "near", fmt::format("{}: {}", label_of("name_kinds", by->kind), by->full()));
}

void weigh_reach(const PersonDetails& asked, const PersonDetails& held, Weighing& w) {
    for (const auto& [kind, label] : {std::pair{"phone", "Phone"}, {"email", "E-mail address"}}) {
        const auto of_asked = all_reach(asked, kind), of_held = all_reach(held, kind);
        for (const auto& one : of_asked)
            if (of_held.count(one) != 0) return w.add(points::same_reach, kind, "same", fmt::format("{} is the same", label));
    }
    if (!asked.phone.empty() && held.phone.size() > 3)
        return w.add(0, "phone", "different", fmt::format("Phone is different: ends {}", held.phone.substr(held.phone.size() - 3)));
    w.add(0, "phone", "not_held", "No phone to compare");
}

bool same_property(const Address& a, const Address& b) {
    if (!a.uprn.empty() && !b.uprn.empty()) return a.uprn == b.uprn;
    if (a.postcode.empty() || a.postcode != b.postcode) return false;
    const auto words_a = words_of(a.text), words_b = words_of(b.text);
    if (words_a.empty() || words_b.empty()) return false;
    // Postcode and building: "14 Trafalgar Court" and "14, Trafalgar Ct"; a house name needs to be the same words.
    const auto is_number = [](const std::string& word) { return word[0] >= '0' && word[0] <= '9'; };
    return words_a == words_b ||
           (is_number(words_a[0]) && words_a[0] == words_b[0] && (words_a.size() < 2 || words_b.size() < 2 || words_a[1][0] == words_b[1][0]));
}

void weigh_address(const PersonDetails& asked, const PersonDetails& held, Weighing& w) {
    const auto of_asked = all_addresses(asked), of_held = all_addresses(held);
    const Address *property = nullptr, *postcode = nullptr;
    for (const auto& a : of_asked)
        for (const auto& b : of_held) {
            if (property == nullptr && same_property(a, b)) property = &b;
            if (postcode == nullptr && !a.postcode.empty() && a.postcode == b.postcode) postcode = &b;
        }
    const auto before = [](const Address& one) { return one.until.empty() ? "" : ", an address of before"; };
    if (property != nullptr)
        return w.add(points::property + (postcode != nullptr ? points::postcode : 0), "address", "same",
                     fmt::format("Address is the same property{}", before(*property)));
    if (postcode != nullptr)
        return w.add(points::postcode, "address", "near", fmt::format("Same postcode, {}{}", postcode->postcode, before(*postcode)));
    if (!asked.postcode.empty() && !held.postcode.empty())
        return w.add(0, "address", "different", fmt::format("Address is elsewhere: {}", held.postcode));
    w.add(0, "address", "not_held", "No address to compare");
}

/// True where one number is the same.
bool weigh_numbers(const PersonDetails& asked, const PersonDetails& held, Weighing& w) {
    const Identifier* other = nullptr;
    for (const auto& a : asked.identifiers)
        for (const auto& b : held.identifiers) {
            if (a.kind != b.kind) continue;
            const bool both = fold(a.issuer) == fold(b.issuer), open = a.issuer.empty() || b.issuer.empty();
            if (a.value == b.value && (both || open)) {
                w.add(points::same_number, "identifier", "same", fmt::format("{} is the same", label_of("identifier_kinds", a.kind)));
                return true;
            }
            if (both && other == nullptr) other = &b;
        }
    if (other != nullptr)
        w.add(points::other_number, "identifier", "different", fmt::format("{} is different", label_of("identifier_kinds", other->kind)));
    else
        w.add(0, "identifier", "not_held", "No agency's number to compare");
    return false;
}

}  // namespace

Score score(const PersonDetails& asked, const PersonDetails& held) {
    Weighing w;
    weigh_birth(asked, held, w);
    weigh_all_names(asked, held, w);
    weigh_address(asked, held, w);
    weigh_reach(asked, held, w);
    const auto told = [](const std::string& sex) { return sex == "female" || sex == "male"; };
    if (told(asked.sex) && told(held.sex) && asked.sex != held.sex) w.add(points::other_sex, "sex", "different", "Sex is different");
    const bool same_number = weigh_numbers(asked, held, w);
    if (w.given_differs && !same_number) w.points = std::min(w.points, points::strong - 1);
    return {.points = w.points, .reasons = std::move(w.reasons)};
}

double likelihood_of(int points) { return 1 / (1 + std::exp(-(points - 40) / 17.0)); }

// ---- Keys

namespace {

struct NameParts {
    std::set<std::string> families;  // as they sound, each part of a double name by itself too
    std::set<std::string> givens;    // full forms of every first name
};

NameParts parts_of(const std::vector<Name>& names, bool and_changed_about) {
    NameParts parts;
    const auto take = [&](const std::string& given, const std::string& family) {
        const std::string normal = normal_family(family);
        if (!normal.empty()) parts.families.insert(sound_of(closed(normal)));
        const auto words = split(normal, ' ');
        if (words.size() > 1)
            for (const auto& word : words)
                if (word.size() > 2) parts.families.insert(sound_of(word));
        for (const auto& word : words_of(given))
            for (auto& form : full_forms(word)) parts.givens.insert(sound_of(form));
    };
    for (const auto& name : names) {
        take(name.given_name + " " + name.middle_names, name.family_name);
        if (and_changed_about && !name.given_name.empty() && !name.family_name.empty()) take(name.family_name, name.given_name);
    }
    parts.families.erase("");
    parts.givens.erase("");
    return parts;
}

std::vector<MatchKey> keys_of(const PersonDetails& d, bool asking) {
    std::set<MatchKey> keys;
    const auto parts = parts_of(all_names(d), asking);
    const Birth birth = birth_of(d);
    const std::string iso = to_iso(birth), year = birth.known() ? iso.substr(0, 4) : "";
    std::set<std::string> days;
    if (birth.day != 0) {
        keys.insert({"birth", iso});
        days.insert(iso.substr(5));
        if (asking && birth.day <= 12) {
            keys.insert({"birth", fmt::format("{:04}-{:02}-{:02}", birth.year, birth.day, birth.month)});
            days.insert(fmt::format("{:02}-{:02}", birth.day, birth.month));
        }
    }
    for (const auto& family : parts.families) {
        if (!year.empty()) keys.insert({"family_year", family + year});
        for (const auto& day : days) keys.insert({"family_day", family + day});
    }
    for (const auto& given : parts.givens)
        for (const auto& day : days) keys.insert({"given_day", given + day});
    for (const auto& one : all_reach(d, "phone")) keys.insert({"phone", one});
    for (const auto& one : all_reach(d, "email")) keys.insert({"email", one});
    for (const auto& address : all_addresses(d)) {
        if (!address.uprn.empty()) keys.insert({"uprn", address.uprn});
        if (address.postcode.empty()) continue;
        if (const auto house = first_of(fold(address.text)); !house.empty()) keys.insert({"property", address.postcode + " " + house});
        for (const auto& family : parts.families) keys.insert({"family_postcode", family + address.postcode});
        for (const auto& given : parts.givens) keys.insert({"given_postcode", given + address.postcode});
    }
    for (const auto& one : d.identifiers) keys.insert({"number", one.kind + ":" + one.value});
    return {keys.begin(), keys.end()};
}

}  // namespace

std::vector<MatchKey> keys_to_keep(const PersonDetails& held) { return keys_of(held, false); }
std::vector<MatchKey> keys_to_ask(const PersonDetails& asked) { return keys_of(asked, true); }

// ---- Candidates

namespace {

std::string band_of(int points) { return points >= points::strong ? "strong" : "possible"; }

struct Leaving {
    std::set<Seq> out;  // records that are not candidates: the person himself, and those said not to be him
};

std::vector<Candidate> find_candidates(store::Reader& reader, const access::Context& context, const PersonDetails& asked, const Leaving& leaving,
                                       std::size_t limit) {
    std::set<Seq> seen;
    std::map<Seq, Candidate> best;  // by the record that stands for it
    for (const auto& key : keys_to_ask(asked)) {
        store::Binds binds{{"kind", key.kind}, {"value", key.value}};
        const std::string known = context.known("k.person", binds);
        for (const auto& row : reader.select(
                 "i",
                 fmt::format("select k.person from person_key k where k.kind = :kind and k.value = :value and {} order by k.person desc limit 200",
                             known),
                 binds)) {
            const Seq one = row.integer(0);
            if (!seen.insert(one).second || leaving.out.count(one) != 0) continue;
            const auto record = person_record(reader, one);
            if (!record) continue;
            auto weighed = score(asked, record->details());
            if (weighed.points < points::possible) continue;
            // A record that points to another stands for that one, where the reader may know it.
            Person stands_for = record->person;
            const Seq root = record->person.merged_into ? root_of(reader, one) : one;
            if (root != one && context.may(reader, "read", {.kind = "person", .seq = root}).allowed) {
                if (leaving.out.count(root) != 0) continue;
                stands_for = *person(reader, root);
                weighed.reasons.push_back({"record", "near", fmt::format("By a record merged into it: {}", record->person.name())});
            }
            auto& held = best[stands_for.stream];
            if (held.points >= weighed.points) continue;
            held = {.person = std::move(stands_for),
                    .points = weighed.points,
                    .likelihood = std::min(0.99, likelihood_of(weighed.points)),
                    .band = band_of(weighed.points),
                    .reasons = std::move(weighed.reasons)};
        }
    }
    std::vector<Candidate> found;
    for (auto& [stream, candidate] : best) found.push_back(std::move(candidate));
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.points > b.points; });
    if (found.size() > limit) found.resize(limit);
    return found;
}

}  // namespace

std::vector<Candidate> candidates(store::Reader& reader, const access::Context& context, const PersonDetails& asked, std::size_t limit) {
    return find_candidates(reader, context, asked, {}, limit);
}

std::vector<Candidate> possible_duplicates(store::Reader& reader, const access::Context& context, Seq one, std::size_t limit) {
    const auto record = person_record(reader, one);
    if (!record) return {};
    Leaving leaving;
    const Seq root = root_of(reader, one);
    leaving.out = {one, root};
    for (const Seq other : merged_into(reader, root)) leaving.out.insert(other);
    const std::set<Seq> same = leaving.out;
    for (const Seq each : same)
        for (const Seq other : distinct_from(reader, each)) {
            leaving.out.insert(other);
            leaving.out.insert(root_of(reader, other));
        }
    return find_candidates(reader, context, record->details(), leaving, limit);
}

Json to_json(const Candidate& candidate) {
    Json reasons = Json::array();
    for (const auto& reason : candidate.reasons) reasons.push(Json::object({{"field", reason.field}, {"kind", reason.kind}, {"text", reason.text}}));
    Json who = Json::object({{"id", candidate.person.id}, {"name", candidate.person.name()}});
    who.set_if("date_of_birth", to_iso(candidate.person.details.birth));
    return Json::object({{"person", who},
                         {"score", static_cast<double>(static_cast<int>(candidate.likelihood * 100)) / 100},
                         {"band", candidate.band},
                         {"reasons", reasons}});
}

}  // namespace concord::subjects
