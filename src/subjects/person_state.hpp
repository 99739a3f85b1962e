#pragma once

#include <string_view>

#include "base/json.hpp"
#include "ledger/ledger.hpp"
#include "subjects/people.hpp"

/// A person as one document, folded from the events of his stream: the same function when an event is appended, when the ledger is rebuilt and when a
/// record is read as it was known.
///
///   names identifiers contact_points contact_rules addresses relationships   lists of items with an id each
///   birth {value, estimated}, sex, language, interpreter, safe_to_contact, safe_noted_by, safe_noted_at, contact_note
///   merged_into, merge_asked {into, by, at}, distinct [{other, by, at, why}], version
///
/// Envelopes hold what decides whether somebody may be contacted and who is whose, never words or identities: those are in the payload.
namespace concord::subjects {

void fold_person(Json& state, const ledger::Event& event);
PersonRecord record_of(const Json& state, Seq stream, std::string id);

/// One item of a part, checked: what stands in the envelope and what in the payload.
struct Item {
    Json open = Json::object();
    Json closed = Json::object();
    Json whole() const;
};
/// `before`: the item as it is where it is corrected (only the members of `typed` are new), null where it is new. reader: to look up the other person
/// of a relationship, none for the parts that need no look-up.
struct ItemAsk {
    std::string_view part;
    const Json& typed;
    const Json& before;
    const Json& state;
    Date today;
    std::string prefix;
};
Result<Item> checked_item(const ItemAsk& ask);

/// One line for people: "Phone +44 7700 900321, work".
std::string item_in_words(std::string_view part, const Json& item);
/// "Name", "Contact rule": of the part's items.
std::string part_label(std::string_view part);

}  // namespace concord::subjects
