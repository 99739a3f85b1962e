#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/json.hpp"
#include "ledger/ledger.hpp"
#include "web/html.hpp"

/// People: who they are called, born when, reached how and whether safely, related to whom. Search before create; a merge is a pointer.
/// Every change is an event in the person's own stream; `person_state` holds the record folded from them.
namespace concord::subjects {

using ledger::Seq;

// ---- What is known of a person

/// A date of birth as far as it is known: a month only with its year, a day only with its month.
struct Birth {
    int year = 0, month = 0, day = 0;  // 0: not known
    bool estimated = false;            // told or guessed, not seen on a paper
    bool known() const { return year != 0; }
    std::optional<Date> date() const;  // where the day is known
    Date earliest() const;
    Date latest() const;
    bool operator==(const Birth&) const = default;
};
/// "1987-11-03", "3/11/1987", "11/1987", "1987-11", "November 1987", "1987", "about 1987" (estimated). A day in the future, before 1901 or more than
/// 120 years ago is refused, with a sentence for the field.
Result<Birth> parse_birth(std::string_view typed, Date today, std::string_view field = "date_of_birth");
std::string to_iso(const Birth& birth);    // "1987", "1987-11", "1987-11-03"; empty where not known
std::string in_words(const Birth& birth);  // "3 November 1987", "November 1987", "about 1987"
/// "38", "38 or 39" where the day decides, "about 38"; empty where not known.
std::string age_in_words(const Birth& birth, Date on);

struct Name {
    std::string id, kind = "main";  // codes/name_kinds.toml; exactly one is "main"
    std::string title, given_name, middle_names, family_name;
    std::string from, until;  // ISO days; empty where not known
    std::string full() const;
};
struct Identifier {
    std::string id, kind, value;  // codes/identifier_kinds.toml; value in its normal form
    std::string issuer;           // whose number it is, where the kind does not say: "Coast Homes"
};
struct ContactPoint {
    std::string id, kind, value;  // codes/contact_kinds.toml: phone, email, post, social, through, other
    std::string label;            // "work", "her sister's"
    std::string from, until;
};
/// Whether and how it is safe to contact: codes/contact_rules.toml.
struct ContactRule {
    std::string id, rule;            // never only_between no_message not_when_present preferred not_alone
    std::string point;               // the contact point it is about; empty: every way
    std::string from_time, to_time;  // only_between: "09:00", "15:30", London clocks
    std::string present;             // not_when_present: who
    std::string words;               // why, or what else to know
    std::string since, until;        // ISO days
    Seq noted_by = 0;                // the user
    Instant noted_at;
};
struct Address {
    std::string id, kind = "home";  // codes/address_kinds.toml
    std::string text, postcode, uprn;
    std::string from, until;
};
struct Relationship {
    std::string id;
    Seq from = 0, to = 0;  // from is `kind` of to: "parent_of"
    std::string kind;      // codes/relationship_kinds.toml
    std::string since, until, words;
    std::string kind_seen_from(Seq one) const;  // "child_of" seen from the child
};

/// A person as typed, and the main values of one that is held. The lists hold what there is beyond the main values.
struct PersonDetails {
    std::string title, given_name, middle_names, family_name;
    std::optional<Date> date_of_birth;  // where the day is known; the same as birth.date()
    Birth birth;
    std::string sex;  // codes/sexes.toml; empty where not recorded
    std::string phone, email, address, postcode, uprn;
    std::string safe_to_contact = "not_known";  // yes, no, not_known
    std::string contact_note;
    std::string language;
    bool interpreter = false;
    std::vector<Name> other_names;
    std::vector<Identifier> identifiers;
    std::vector<ContactPoint> other_points;
    std::vector<Address> other_addresses;
};
struct Person {
    Seq stream = 0;
    std::string id;
    PersonDetails details;  // the main values; its lists are empty: person_record() has them
    std::optional<Seq> merged_into;
    std::int64_t version = 0;
    std::string name() const;
};
/// Everything that is held of one person.
struct PersonRecord {
    Person person;
    std::vector<Name> names;  // the main one first
    std::vector<Identifier> identifiers;
    std::vector<ContactPoint> contact_points;
    std::vector<ContactRule> contact_rules;
    std::vector<Address> addresses;
    Seq safe_noted_by = 0;
    Instant safe_noted_at;
    const ContactPoint* point(std::string_view id) const;
    PersonDetails details() const;  // with the lists: for matching
};

/// From a JSON body: "name" (last word is the family name, or "Family, Given"), or "given_name" and "family_name"; date_of_birth, phone, email,
/// address, postcode; and the lists "names", "identifiers", "contact_points", "addresses".
Result<PersonDetails> details_from(const Json& typed, Date today, const std::string& prefix = "");
Json to_json(const Person& person);

Result<Seq> create_person(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PersonDetails& details);
std::optional<Person> person(store::Reader& reader, Seq stream);
std::optional<PersonRecord> person_record(store::Reader& reader, Seq stream);
std::optional<Seq> find_person(store::Reader& reader, std::string_view id);
std::vector<Relationship> relationships_of(store::Reader& reader, Seq person);  // both directions, those that stand first

/// Under ten on this day: the age of criminal responsibility (Children and Young Persons Act 1933, section 50). Where only month or year are known
/// and do not decide it, the person counts as under ten until the day is known.
bool is_under_10(const PersonDetails& details, Date on);

// ---- Changes. Each asks access, appends to the person's stream and refuses what somebody changed meanwhile.
//      expected: the version that the caller had before him (If-Match, or the form's hidden field); nothing where none was given.

using Expected = std::optional<std::int64_t>;

/// Corrects main values: only the members that are there; an empty string takes a value away.
Result<std::int64_t> correct_person(store::Transaction& tx, const access::Context& context, Seq stream, Expected expected, const Json& typed);

/// The lists of a person: names, identifiers, contact_points, contact_rules, addresses, relationships.
bool is_part(std::string_view part);
struct Added {
    std::string id;
    std::int64_t version = 0;
};
Result<Added> add_part(store::Transaction& tx, const access::Context& context, Seq stream, Expected expected, std::string_view part,
                       const Json& typed);
/// Corrects members of one item; {"until": DAY} ends it.
Result<std::int64_t> change_part(store::Transaction& tx, const access::Context& context, Seq stream, Expected expected, std::string_view part,
                                 std::string_view item, const Json& typed);
/// Takes away what was recorded in error.
Result<std::int64_t> remove_part(store::Transaction& tx, const access::Context& context, Seq stream, Expected expected, std::string_view part,
                                 std::string_view item, std::string_view why);

// ---- Safe to contact

struct ContactAdvice {
    bool allowed = false;
    bool not_recorded = false;          // nothing was noted either way
    std::vector<std::string> because;   // why not, or why
    std::vector<std::string> cautions;  // what to mind when it is allowed: no message, not when somebody is present
};
/// May this way be used at this moment? With nothing recorded the answer is no: every outbound contact asks here.
ContactAdvice advise(const PersonRecord& record, const ContactPoint& point, Instant now);
std::string in_words(const ContactRule& rule);

/// How to reach this person with the rules of each way, and the warning over them: for wherever a phone number is shown. Empty where the reader may
/// not know the person.
web::Html contact_lines(store::Reader& reader, const access::Context& context, Seq person);
web::Html contact_warning(const PersonRecord& record, const std::string& noted_by);

// ---- Matching: hub-casework.md section 5 (points CFG). One function; a record-linkage library takes its place later.

struct Reason {
    std::string field, kind, text;
};  // kind: same near different not_held
struct Score {
    int points = 0;
    std::vector<Reason> reasons;
};  // 70 and more: strong; 40 to 69: possible; below: hidden
Score score(const PersonDetails& asked, const PersonDetails& held);
/// Two first names that one person may go by: "Bob" and "Robert", "Bob" and "Rob".
bool are_nicknames(const std::string& folded_a, const std::string& folded_b);
/// 0 to 1, for a bar; rises with the points.
double likelihood_of(int points);

struct Candidate {
    Person person;
    int points = 0;
    double likelihood = 0;
    std::string band;
    std::vector<Reason> reasons;
};
/// People whom the actor may know and who score 40 points or more, best first, at most `limit`. A record that points to another stands for that one.
std::vector<Candidate> candidates(store::Reader& reader, const access::Context& context, const PersonDetails& asked, std::size_t limit = 10);
/// The same for a person already recorded, without those said not to be the same.
std::vector<Candidate> possible_duplicates(store::Reader& reader, const access::Context& context, Seq person, std::size_t limit = 10);
Json to_json(const Candidate& candidate);

// ---- Merge is a pointer: nothing moves, and un-merge takes the pointer away for ever after.

enum class Merging { done, proposed };  // proposed: a second person has to agree, because agencies' numbers differ
Result<Merging> merge(store::Transaction& tx, const access::Context& context, Seq from, Seq into, std::string_view why, Expected expected = {});
Result<Done> unmerge(store::Transaction& tx, const access::Context& context, Seq from, Expected expected = {});
Result<Done> mark_distinct(store::Transaction& tx, const access::Context& context, Seq one, Seq other, std::string_view why = "");
Result<Done> withdraw_distinct(store::Transaction& tx, const access::Context& context, Seq one, Seq other);
Seq root_of(store::Reader& reader, Seq person);                     // the record that it points to in the end; itself where it points to none
std::vector<Seq> merged_into(store::Reader& reader, Seq root);      // every record that points to it, directly or not
std::vector<Seq> distinct_from(store::Reader& reader, Seq person);  // said not to be the same

/// One change of a record, for its history: what was done and the words of it ("Phone +44..., was +44...").
struct PersonChange {
    std::int64_t version = 0;
    std::string kind, summary, words;
    Instant recorded_at, effective_at;
    Seq actor = 0, agency = 0;
};
std::vector<PersonChange> changes_of(store::Reader& reader, const access::Context& context, Seq person);  // newest first

void register_people_projections(ledger::Ledger& ledger);
void add_people_routes(access::Routes& routes);

}  // namespace concord::subjects
