#pragma once

#include <set>
#include <string>
#include <vector>

#include "cases/cases.hpp"
#include "engine/engine.hpp"
#include "subjects/subjects.hpp"
#include "web/pieces.hpp"

/// What the pages of this room share with each other. Inside the room only.
namespace concord::cases {

/// "8 Jul 2025", of a day that has been: the year says which July.
std::string short_day(Date day);

/// One case in a list: when its next clock falls due, what it is, a button to open it.
web::Html case_row(store::Reader& reader, const CaseRow& row, Instant now);

/// The case with this reference where the actor may read it.
std::optional<ledger::Seq> readable_case(store::Reader& reader, const access::Context& context, std::string_view reference);
web::Response case_page(const web::Request&, access::Context&, const Deps&, const Refusal* refusal = nullptr);

// ---- Fields of a definition, drawn and read

web::Html field_html(const engine::Field& field, const Json& value, const std::string& error);
/// The same with its own error of `refusal`; a repeating group with its rows, one empty row more, and a button "add".
web::Html field_html(const engine::Field& field, const Json& value, const Refusal* refusal);
std::vector<engine::Field> with_choices(store::Reader& reader, const Standing& now, std::vector<engine::Field> fields);
/// What was typed, by field id; a field left empty is absent.
Json typed_answers(const std::vector<engine::Field>& fields, const web::Request& request);
/// The fields of a form, or the questions of a risk tool with its overrides.
std::vector<engine::Field> fields_of(const engine::Definition& definition, const std::string& form_id);

/// An answer as people read it: the choice's label, Yes or No, a day in words; empty where there is none.
std::string answer_in_words(const engine::Field& field, const Json& value);

/// Why the case is offered to another hub, in the words of whoever offered it; empty where no offer stands.
web::Html offer_in_words(const Standing& now);

/// Somebody who may be the person that is asked about, with the reasons; buttons named `do`: "use:ID", and "not:ID" where `may_deny`.
web::Html match_card(store::Reader& reader, const access::Context& context, const subjects::Candidate& one, bool may_deny = true);
/// The warning over a list of people in which somebody under ten has an accused part; empty where nobody has.
web::Html accused_child(const std::set<std::string>& parts);
/// What a person is in now, as far as the reader may see: "In HC-2026-000001, open."
std::string standing_of(store::Reader& reader, const access::Context& context, const subjects::Person& person);
/// What is asked of a person before he is looked for: the parts he can have, name, birth, address, phone, safe contact.
std::vector<engine::Field> person_fields(const std::vector<engine::SubjectRole>& roles);

void add_my_work_pages(access::Routes& routes, const Deps& deps);
void add_work_pages(access::Routes& routes, const Deps& deps);
void add_case_pages(access::Routes& routes, const Deps& deps);
void add_case_change_pages(access::Routes& routes, const Deps& deps);
void add_form_pages(access::Routes& routes, const Deps& deps);
void add_referral_pages(access::Routes& routes, const Deps& deps);
void add_triage_pages(access::Routes& routes, const Deps& deps);

}  // namespace concord::cases
