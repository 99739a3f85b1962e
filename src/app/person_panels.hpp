#pragma once

#include <vector>

#include "subjects/people_pages.hpp"

namespace concord::app {

/// What other rooms show on a person's page: repeat flags and the cases that the reader may read.
std::vector<subjects::PersonPanel> person_panels();
/// "In HC-2026-000123, open.", of the cases that the reader may read.
std::string person_standing(store::Reader& reader, const access::Context& context, ledger::Seq person);
/// On the page of an organisation: its cases, and those of the places that it runs.
std::vector<subjects::OrganisationPanel> organisation_panels();

}  // namespace concord::app
