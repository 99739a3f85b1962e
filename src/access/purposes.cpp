#include "access/asking.hpp"

namespace concord::access {

const std::vector<std::string_view>& purposes() {
    static const std::vector<std::string_view> all{
        // What the work is: information-sharing-and-records.md section 4.
        "asb_case", "asb_review", "hate_case", "da_marac", "da_accom", "dhr", "ce_child", "ce_adult", "msht", "ct_prevent", "svd", "protect_premises",
        "engage", "performance", "legal_request", "safeguard_emergency",
        // What a request for information is for: hub-casework.md section 8.
        "prevent_crime_disorder", "safeguard_adult", "safeguard_child", "case_review", "legal_proceedings", "vital_interest", "statutory_return"};
    return all;
}

std::string_view default_purpose(const Actor& actor) {
    if (actor.has_any_role({"hub_officer", "supervisor", "police_sgt", "hub_manager", "enforcement_officer", "partner_user", "referrer"}))
        return "prevent_crime_disorder";
    if (actor.has_role("ig_lead")) return "legal_request";
    return "performance";
}

}  // namespace concord::access
