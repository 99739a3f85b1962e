#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The code lists of people and organisations: name_kinds, identifier_kinds, contact_kinds, contact_rules, address_kinds, relationship_kinds,
/// organisation_kinds, organisation_roles, sexes.
namespace concord::subjects {

struct SubjectCode {
    std::string_view code, label, hint;
};
const std::vector<SubjectCode>& subject_codes(std::string_view list);  // in the order of the file; empty where there is no such list
bool is_code(std::string_view list, std::string_view code);
std::string label_of(std::string_view list, std::string_view code);  // the code itself where it is none of the list's
/// The same relationship seen from the other side: "child_of" for "parent_of"; itself where both sides are the same.
std::string_view reverse_of(std::string_view relationship);

}  // namespace concord::subjects
