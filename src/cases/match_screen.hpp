#pragma once

#include <string>
#include <vector>

#include "access/access.hpp"
#include "subjects/subjects.hpp"

/// Who the people of a report are, asked before it opens a record: hub-casework.md sections 4 and 5. Inside the room only.
namespace concord::cases {

/// Somebody of a report, recorded with it, who may be a person already known; nobody has said yet.
struct Unmatched {
    std::size_t at = 0;  // place in the report's list of people
    std::string role;
    subjects::Person person;
    std::vector<subjects::Candidate> candidates;  // strong and possible, without the other people of the report
    std::string field() const;                    // "matches[0]"
};
std::vector<Unmatched> unmatched(store::Reader& reader, const access::Context& context, ledger::Seq referral);

/// What was said of them: [{"for": 0, "person": ID or "new"}]. Somebody already known is merged into (a pointer, undone at any time), "new" says that
/// none of the candidates is the same. Refuses, beside its field, whoever is left over.
Result<Done> match(store::Transaction& tx, const access::Context& context, ledger::Seq referral, const Json& said);

}  // namespace concord::cases
