#pragma once

#include "subjects/people.hpp"

/// A person as the contract has it.
namespace concord::subjects {

Json user_json(store::Reader& reader, Seq user);
/// The main values and the lists, with what the actor may know of whom it is merged with and related to.
Json record_json(store::Reader& reader, const access::Context& context, const PersonRecord& record);
/// What is held of the person in his own record, without version, merge or decisions: the same bytes before a merge and after its un-merge.
Json export_json(store::Reader& reader, const access::Context& context, Seq person);

}  // namespace concord::subjects
