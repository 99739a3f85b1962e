#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/json.hpp"
#include "ledger/ledger.hpp"
#include "subjects/areas.hpp"
#include "subjects/flags.hpp"
#include "subjects/places.hpp"

/// People and places: search before create, candidates with reasons in words, merge as a pointer.
/// Places stand in subjects/places.hpp, repeat flags in subjects/flags.hpp; both belong to this face of the room.
namespace concord::subjects {

using ledger::Seq;

struct PersonDetails {
    std::string given_name, family_name;
    std::optional<Date> date_of_birth;
    std::string phone, email, address, postcode;
    std::string safe_to_contact = "not_known";  // yes, no, not_known
    std::string contact_note;
};
struct Person {
    Seq stream = 0;
    std::string id;
    PersonDetails details;
    std::optional<Seq> merged_into;
    std::int64_t version = 0;
    std::string name() const;
};

/// From a JSON body: "name" (last word is the family name), or "given_name" and "family_name"; date_of_birth, phone, email, address, postcode.
Result<PersonDetails> details_from(const Json& typed, Date today, const std::string& prefix = "");
Json to_json(const Person& person);

Result<Seq> create_person(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PersonDetails& details);
std::optional<Person> person(store::Reader& reader, Seq stream);
std::optional<Seq> find_person(store::Reader& reader, std::string_view id);
/// Under ten on this day: the age of criminal responsibility (Children and Young Persons Act 1933, section 50).
bool is_under_10(const PersonDetails& details, Date on);

// ---- Matching: hub-casework.md section 5 (points CFG). One function; a record-linkage library takes its place later.

struct Reason {
    std::string field, kind, text;
};  // kind: same near different not_held
struct Score {
    int points = 0;
    std::vector<Reason> reasons;
};  // 70 and more: strong; 40 to 69: possible; below: hidden
Score score(const PersonDetails& asked, const PersonDetails& held);
struct Candidate {
    Person person;
    double likelihood = 0;
    std::string band;
    std::vector<Reason> reasons;
};
/// People whom the actor may know and who score 40 points or more, best first, at most `limit`.
std::vector<Candidate> candidates(store::Reader& reader, const access::Context& context, const PersonDetails& asked, std::size_t limit = 10);
Json to_json(const Candidate& candidate);

Result<Done> merge(store::Transaction& tx, const access::Context& context, Seq from, Seq into, std::string_view why);
Result<Done> unmerge(store::Transaction& tx, const access::Context& context, Seq from);
Result<Done> mark_distinct(store::Transaction& tx, const access::Context& context, Seq one, Seq other);

std::vector<store::Migration> migrations();
void register_projections(ledger::Ledger& ledger);
void add_routes(access::Routes& routes);

}  // namespace concord::subjects
