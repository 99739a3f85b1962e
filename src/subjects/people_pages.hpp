#pragma once

#include <functional>
#include <string>
#include <vector>

#include "subjects/people.hpp"

namespace concord::subjects {

/// What other rooms show on the page of a person: the cases of a reader, flags. Empty markup: the panel is left out.
struct PersonPanel {
    std::string id, heading;
    std::function<web::Html(store::Reader& reader, const access::Context& context, ledger::Seq person)> draw;
};
void add_person_pages(access::Routes& routes, std::vector<PersonPanel> panels);

}  // namespace concord::subjects
