#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access.hpp"
#include "subjects/subjects.hpp"

/// What a report says of where and when: its place, the hub in whose boundary that lies, and the incident that counts for repeat flags.
namespace concord::cases {

using ledger::Seq;

struct ChosenHub {
    Seq seq = 0;
    std::string code, name;
    std::string by;       // said, boundary, reporter
    std::string because;  // a sentence; empty where the hub was said
};
/// Where it happened and whose it is, from a report's body ({"hub", "location", "incident_from", "received_at" ...}). Mistakes are added to `errors`,
/// beside their fields.
struct WhereAndWhose {
    subjects::PlaceDetails place;
    std::optional<ChosenHub> hub;
    std::vector<std::string> warnings;
};
/// The hub that was said; else the one in whose boundary it happened, by the boundary of the day on which it happened; else the reporter's own; else
/// the hub in which the only street of that name lies. A hub that was said and is not the boundary's stays, with a warning: the case can be moved.
WhereAndWhose where_and_whose(store::Reader& reader, const access::Context& context, const Json& body, std::vector<FieldError>& errors);

/// The day in London on which it happened, as far as it was said; else the day of receipt.
Date incident_day(const Json& body, Instant now);

/// Records the place, and answers what the report's first event keeps under the key "incident".
Result<Json> keep_incident(store::Transaction& tx, const access::Context& context, const Json& body, WhereAndWhose& where);

/// Flags of everybody in the report and of the place, this report among their incidents. `strong`: candidates for people[i]; with "if_same" what
/// would be flagged if the candidate is that person.
Json flags_of_report(store::Reader& reader, const access::Context& context, Seq referral, const std::vector<Seq>& people,
                     const std::vector<std::pair<std::size_t, Seq>>& strong);

/// Of a chain of duplicates the first report: all of them tell its incident.
Seq first_of_repeats(store::Reader& reader, Seq report);

/// The incident that a report tells: its identity, day and kind; whom it touches is left open. None where there is no such report.
std::optional<subjects::Told> told_by_report(store::Reader& reader, Seq referral);

void register_referral_incident(ledger::Ledger& ledger);  // after the referral's own projections

}  // namespace concord::cases
