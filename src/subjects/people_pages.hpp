#pragma once

#include <functional>
#include <string>
#include <vector>

#include "subjects/organisations.hpp"
#include "subjects/people.hpp"

/// Pages about people and organisations, and what other rooms add to them.
namespace concord::subjects {

/// What other rooms show on the page of a person: the cases of a reader, flags. Empty markup: the panel is left out.
struct PersonPanel {
    std::string id, heading;
    std::function<web::Html(store::Reader& reader, const access::Context& context, ledger::Seq person)> draw;
};
/// One line on what somebody is in now ("In HC-2026-000123, open."), for the card of a match.
using PersonStanding = std::function<std::string(store::Reader& reader, const access::Context& context, ledger::Seq person)>;
void add_person_pages(access::Routes& routes, std::vector<PersonPanel> panels, const PersonStanding& standing);
void add_new_person_pages(access::Routes& routes, const PersonStanding& standing);
void add_person_part_pages(access::Routes& routes);

/// Somebody who may be the person that is asked about: how likely, why, what they are in. `actions`: buttons; `more`: under them.
web::Html candidate_card(const Candidate& one, const web::Html& standing, const web::Html& actions, const web::Html& more = {});

/// May this way be used at this moment, and what to mind: tags with words, for beside the number or address itself.
web::Html contact_tags(const PersonRecord& record, const ContactPoint& point, Instant now);
/// "07700 900321" for "+447700900321".
std::string value_in_words(const ContactPoint& point);

/// "Parent of" for parent_of.
std::string relationship_label(std::string_view kind);

/// What other rooms show on the page of an organisation. `places`: those that it runs or lies in.
struct OrganisationPanel {
    std::string id, heading;
    std::function<web::Html(store::Reader& reader, const access::Context& context, const Organisation& one, const std::vector<ledger::Seq>& places)>
        draw;
};
void add_organisation_pages(access::Routes& routes, std::vector<OrganisationPanel> panels);

/// A child's initials in lists ("L.M."), everybody else's name (ui guide, section 14).
std::string name_in_lists(const Person& person, Date today);

}  // namespace concord::subjects
