#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/ledger.hpp"

/// Loads: whole new streams in few statements.
namespace concord::ledger {

/// A stream that is loaded whole: each event with its own author and moment.
struct NewStream {
    std::string kind, id;
    std::vector<std::pair<Author, NewEvent>> events;
};
/// Writes the rows that the projections and derivations of the kind make of these streams, one by one the same; `rebuild --check` shows that it does.
/// Each stream comes with all its events.
using WriteRows = std::function<void(store::Transaction&, const std::vector<std::vector<Event>>&)>;

/// The same events and hashes as appends one by one, written by bulk, and then the rows. Answers the streams' Seqs in order.
std::vector<Seq> append_streams(store::Transaction& tx, const std::vector<NewStream>& streams, const WriteRows& write_rows);

}  // namespace concord::ledger
