#pragma once

#include <map>

#include "store/store.hpp"

namespace concord::store {

/// What `read` answers for this key, asked once for as long as a read lasts: pages ask for the same person in several sections. A transaction may
/// have changed it in between and reads again. `Tag` is a type of the caller's own, one for each thing that is kept; a key is anything that has an
/// order.
template <class Tag, class Key, class Read>
auto once(Reader& reader, const Key& key, Read read) {
    using Answer = decltype(read());
    struct Kept {
        std::map<Key, Answer> all;
    };
    constexpr std::size_t most_kept = 256;  // of a read that goes over all there is
    if (dynamic_cast<Transaction*>(&reader) != nullptr) return read();
    auto& all = reader.kept<Kept>().all;
    if (const auto found = all.find(key); found != all.end()) return found->second;
    if (all.size() >= most_kept) all.clear();
    return all.emplace(key, read()).first->second;
}

}  // namespace concord::store
