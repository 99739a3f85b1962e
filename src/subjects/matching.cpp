#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/subjects.hpp"

/// The points of hub-casework.md section 5, and the reasons in words.
namespace concord::subjects {
namespace {

/// Jaro-Winkler similarity of two folded words, 0 to 1.
double similarity(const std::string& a, const std::string& b) {
    if (a == b) return 1;
    if (a.empty() || b.empty()) return 0;
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

bool are_nicknames(const std::string& a, const std::string& b) {
    static const std::vector<std::pair<std::string, std::string>> known{
        {"robert", "bob"},      {"robert", "rob"},      {"william", "bill"},  {"william", "will"}, {"elizabeth", "liz"},     {"margaret", "peggy"},
        {"margaret", "maggie"}, {"thomas", "tom"},      {"jessica", "jess"},  {"samuel", "sam"},   {"samantha", "sam"},      {"benjamin", "ben"},
        {"katherine", "kate"},  {"katherine", "katie"}, {"katie", "kate"},    {"michael", "mike"}, {"david", "dave"},        {"james", "jim"},
        {"joseph", "joe"},      {"daniel", "dan"},      {"matthew", "matt"},  {"joshua", "josh"},  {"christopher", "chris"}, {"rebecca", "becky"},
        {"nicholas", "nick"},   {"alexander", "alex"},  {"andrew", "andy"},   {"anthony", "tony"}, {"charlotte", "lottie"},  {"jennifer", "jenny"},
        {"susan", "sue"},       {"patricia", "pat"},    {"richard", "rick"},  {"edward", "ted"},   {"stephen", "steve"},     {"steven", "steve"},
        {"victoria", "vicky"},  {"deborah", "debbie"},  {"eleanor", "ellie"}, {"abigail", "abi"},  {"philip", "phil"},       {"gregory", "greg"}};
    return std::any_of(known.begin(), known.end(),
                       [&](const auto& pair) { return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a); });
}

int digits_apart(const std::string& a, const std::string& b) {
    int apart = 0;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) apart += a[i] != b[i] ? 1 : 0;
    return apart;
}

class Scoring {
public:
    void add(int points, std::string field, std::string kind, std::string text) {
        score.points += points;
        score.reasons.push_back({std::move(field), std::move(kind), std::move(text)});
    }
    Score score;
};

void score_birth(const PersonDetails& asked, const PersonDetails& held, Scoring& s) {
    if (!asked.date_of_birth || !held.date_of_birth) return s.add(0, "date_of_birth", "not_held", "No date of birth to compare");
    if (*asked.date_of_birth == *held.date_of_birth) return s.add(30, "date_of_birth", "same", "Date of birth is the same");
    const auto a = civil(*asked.date_of_birth), b = civil(*held.date_of_birth);
    const bool swapped = a.year == b.year && a.day == b.month && a.month == b.day;
    if (swapped) return s.add(15, "date_of_birth", "near", "Day and month of birth are changed about");
    if (digits_apart(to_iso(*asked.date_of_birth), to_iso(*held.date_of_birth)) == 1)
        return s.add(15, "date_of_birth", "near",
                     fmt::format("Date of birth differs in one digit: {} and {}", in_words(*asked.date_of_birth), in_words(*held.date_of_birth)));
    s.add(-40, "date_of_birth", "different", fmt::format("Date of birth is different: {}", in_words(*held.date_of_birth)));
}

void score_names(const PersonDetails& asked, const PersonDetails& held, Scoring& s) {
    const std::string family_a = fold(asked.family_name), family_b = fold(held.family_name), given_a = fold(asked.given_name),
                      given_b = fold(held.given_name);
    if (family_a.empty() || family_b.empty())
        s.add(0, "family_name", "not_held", "No last name to compare");
    else if (family_a == family_b)
        s.add(20, "family_name", "same", "Last name is the same");
    else if (similarity(family_a, family_b) >= 0.92)
        s.add(20, "family_name", "near", fmt::format("Last name: {}, {}", asked.family_name, held.family_name));
    else if (family_a == given_b && given_a == family_b)
        s.add(20, "family_name", "near", "First and last name are changed about");
    else
        s.add(0, "family_name", "different", fmt::format("Last name is different: {}", held.family_name));
    const std::string first_a = given_a.substr(0, given_a.find(' ')), first_b = given_b.substr(0, given_b.find(' '));
    if (first_a.empty() || first_b.empty())
        s.add(0, "given_name", "not_held", "No first name to compare");
    else if (first_a == first_b)
        s.add(15, "given_name", "same", "First name is the same");
    else if (similarity(first_a, first_b) >= 0.90)
        s.add(15, "given_name", "near", fmt::format("First name: {}, {}", asked.given_name, held.given_name));
    else if (are_nicknames(first_a, first_b))
        s.add(10, "given_name", "near",
              fmt::format("{} is a short form of {}", first_a.size() < first_b.size() ? asked.given_name : held.given_name,
                          first_a.size() < first_b.size() ? held.given_name : asked.given_name));
    // Twins and households share all else: another first name speaks against one person.
    else
        s.add(-20, "given_name", "different", fmt::format("First name is different: {}", held.given_name));
}

void score_contact(const PersonDetails& asked, const PersonDetails& held, Scoring& s) {
    const bool phone_a = !asked.phone.empty(), phone_b = !held.phone.empty();
    if (phone_a && phone_b && asked.phone == held.phone)
        s.add(25, "phone", "same", "Phone is the same");
    else if (!asked.email.empty() && asked.email == held.email)
        s.add(25, "email", "same", "E-mail address is the same");
    else if (phone_a && phone_b)
        s.add(0, "phone", "different", fmt::format("Phone is different: ends {}", held.phone.substr(held.phone.size() - 3)));
    else
        s.add(0, "phone", "not_held", "No phone to compare");
    const std::string address_a = fold(asked.address), address_b = fold(held.address);
    if (!asked.postcode.empty() && asked.postcode == held.postcode && !address_a.empty() && address_a == address_b)
        s.add(20, "address", "same", "Address is the same property");
    else if (!asked.postcode.empty() && asked.postcode == held.postcode)
        s.add(10, "address", "near", fmt::format("Same postcode, {}", held.postcode));
    else if (!asked.postcode.empty() && !held.postcode.empty())
        s.add(0, "address", "different", fmt::format("Address is elsewhere: {}", held.postcode));
    else
        s.add(0, "address", "not_held", "No address to compare");
}

}  // namespace

Score score(const PersonDetails& asked, const PersonDetails& held) {
    Scoring scoring;
    score_birth(asked, held, scoring);
    score_names(asked, held, scoring);
    score_contact(asked, held, scoring);
    return scoring.score;
}

}  // namespace concord::subjects
