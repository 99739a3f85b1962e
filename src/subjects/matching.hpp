#pragma once

#include <string>
#include <vector>

#include "subjects/people.hpp"

/// What brings two records together before they are weighed: every pair that can score 40 points shares a key (matching_test.cpp holds that).
namespace concord::subjects {

struct MatchKey {
    std::string kind, value;
    auto operator<=>(const MatchKey&) const = default;
};
std::vector<MatchKey> keys_to_keep(const PersonDetails& held);
/// The same, and the keys under which a slip would stand: names changed about, day and month changed about.
std::vector<MatchKey> keys_to_ask(const PersonDetails& asked);

/// Jaro-Winkler similarity of two folded words, 0 to 1.
double similarity(const std::string& a, const std::string& b);
/// How a folded name sounds to English ears, as a letter and three digits; empty where it has no letter.
std::string sound_of(const std::string& folded);
/// The full forms that a folded first name may stand for, itself among them: "bob" -> "robert", "bob".
std::vector<std::string> full_forms(const std::string& folded);
/// "McDonald", "Mac Donald" and "MACDONALD" alike; "O'Brien" as one word; accents and hyphens off.
std::string normal_family(const std::string& family_name);

}  // namespace concord::subjects
