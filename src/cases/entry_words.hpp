#pragma once

#include "cases/case_store.hpp"

/// An entry of the timeline in words: the tasks, requests, documents and people that it is about are named as the record names them now. Inside the
/// room only; asked by whoever may read the record.
namespace concord::cases {

struct EntryWords {
    std::string title;  // "Task raised: Visit the tenancy"
    std::string about;  // "For Coast Homes, Aled Rees, by 3 December 2026"; empty where there is nothing to add
};
EntryWords entry_words(store::Reader& reader, const Entry& entry, const Json& state, Date today);

}  // namespace concord::cases
