#include "subjects/subject_codes.hpp"

#include <algorithm>

/// The lists of codes/*.toml that this room decides by, compiled in; subject_codes_test.cpp holds both equal.
namespace concord::subjects {
namespace {

const std::vector<SubjectCode> name_kinds{
    {"main", "Main name", "The one that the record goes by"},
    {"former", "Former name", "Before a marriage, or changed by deed poll"},
    {"birth", "Name at birth", ""},
    {"alias", "Alias", "Used to be somebody else"},
    {"known_as", "Known as", "What people call them"},
};

const std::vector<SubjectCode> identifier_kinds{
    {"police_person", "Police person number", "Of the force's own system"},
    {"pnc", "PNC id", "2014/0100000H"},
    {"cro", "CRO number", "123456/95K"},
    {"nhs", "NHS number", "Only where a lawful basis is recorded"},
    {"tenancy", "Tenancy number", "With the landlord's name"},
    {"housing", "Housing register number", ""},
    {"social_care", "Social care number", ""},
    {"education", "Unique pupil number", ""},
    {"other", "Another number", "With whose it is"},
};

const std::vector<SubjectCode> contact_kinds{
    {"phone", "Phone", "Landline or mobile"},
    {"email", "E-mail", ""},
    {"post", "Post", "Where letters are safe"},
    {"social", "Social media", "Account name and service"},
    {"through", "Through somebody", "An advocate or relative"},
    {"other", "Another way", ""},
};

const std::vector<SubjectCode> contact_rules{
    {"never", "Never use this", ""},
    {"only_between", "Only between these times", "London clocks"},
    {"no_message", "Never leave a message", "Nor a missed call that shows who rang"},
    {"not_when_present", "Not when somebody is present", "Say who"},
    {"preferred", "Preferred and safe", "Try this first"},
    {"not_alone", "Do not visit alone", ""},
};

const std::vector<SubjectCode> address_kinds{
    {"home", "Home", ""},
    {"family", "Family's home", "Where somebody close lives"},
    {"temporary", "Temporary", "Hostel, refuge, friends"},
    {"work", "Work or school", ""},
    {"no_fixed", "No fixed address", "Where they are usually found"},
    {"post", "For letters only", ""},
};

const std::vector<SubjectCode> relationship_kinds{
    {"spouse_of", "Husband, wife or civil partner of", ""},
    {"partner_of", "Partner of", ""},
    {"ex_partner_of", "Former partner of", ""},
    {"parent_of", "Parent of", ""},
    {"child_of", "Child of", ""},
    {"sibling_of", "Brother or sister of", ""},
    {"grandparent_of", "Grandparent of", ""},
    {"grandchild_of", "Grandchild of", ""},
    {"relative_of", "Other relative of", ""},
    {"guardian_of", "Guardian of", ""},
    {"ward_of", "In the guardianship of", ""},
    {"carer_of", "Carer of", ""},
    {"cared_for_by", "Cared for by", ""},
    {"same_household", "Lives in the same household as", "Not related"},
    {"neighbour_of", "Neighbour of", ""},
    {"friend_of", "Friend of", ""},
    {"associate_of", "Associate of", "Seen together; no more is said"},
    {"landlord_of", "Landlord of", ""},
    {"tenant_of", "Tenant of", ""},
    {"employer_of", "Employer of", ""},
    {"employee_of", "Employee of", ""},
    {"worker_for", "Professional who works with", "Social worker, advocate, support worker"},
    {"client_of", "Is worked with by", ""},
    {"other", "Has to do with", "Say how"},
};

const std::vector<SubjectCode> organisation_kinds{
    {"landlord", "Landlord or housing provider", ""},
    {"council", "Council service", ""},
    {"police", "Police", ""},
    {"fire", "Fire and rescue", ""},
    {"health", "Health", ""},
    {"probation", "Probation", ""},
    {"education", "School or college", ""},
    {"voluntary", "Voluntary body", ""},
    {"business", "Business", ""},
    {"faith", "Faith group", ""},
    {"residents", "Residents' group", ""},
    {"other", "Other", ""},
};

const std::vector<SubjectCode> organisation_roles{
    {"contact", "Contact", ""}, {"manager", "Manager", ""},      {"employee", "Works there", ""},
    {"member", "Member", ""},   {"resident", "Lives there", ""}, {"pupil", "Pupil or student", ""},
    {"owner", "Owner", ""},     {"volunteer", "Volunteer", ""},  {"other", "Other", ""},
};

const std::vector<SubjectCode> sexes{
    {"female", "Female", ""},
    {"male", "Male", ""},
    {"not_stated", "Prefers not to say", ""},
    {"not_known", "Not known", ""},
};

}  // namespace

const std::vector<SubjectCode>& subject_codes(std::string_view list) {
    if (list == "name_kinds") return name_kinds;
    if (list == "identifier_kinds") return identifier_kinds;
    if (list == "contact_kinds") return contact_kinds;
    if (list == "contact_rules") return contact_rules;
    if (list == "address_kinds") return address_kinds;
    if (list == "relationship_kinds") return relationship_kinds;
    if (list == "organisation_kinds") return organisation_kinds;
    if (list == "organisation_roles") return organisation_roles;
    if (list == "sexes") return sexes;
    static const std::vector<SubjectCode> none;
    return none;
}

bool is_code(std::string_view list, std::string_view code) {
    const auto& all = subject_codes(list);
    return std::any_of(all.begin(), all.end(), [&](const SubjectCode& one) { return one.code == code; });
}

std::string label_of(std::string_view list, std::string_view code) {
    for (const auto& one : subject_codes(list))
        if (one.code == code) return std::string{one.label};
    return std::string{code};
}

std::string_view reverse_of(std::string_view relationship) {
    static const std::vector<std::pair<std::string_view, std::string_view>> pairs{
        {"parent_of", "child_of"},    {"grandparent_of", "grandchild_of"}, {"guardian_of", "ward_of"}, {"carer_of", "cared_for_by"},
        {"landlord_of", "tenant_of"}, {"employer_of", "employee_of"},      {"worker_for", "client_of"}};
    for (const auto& [one, other] : pairs) {
        if (one == relationship) return other;
        if (other == relationship) return one;
    }
    return relationship;
}

}  // namespace concord::subjects
