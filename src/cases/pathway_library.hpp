#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"

/// The pathways that this database works by. Definitions are loaded into the database (hashed, an event); every node notices a new epoch on its next
/// request.
namespace concord::cases {

class PathwayLibrary {
public:
    /// `lists`: the code lists that questions choose from, asked for whenever the definitions are parsed.
    PathwayLibrary(store::Database& db, std::function<engine::CodeLists()> lists) : db_{db}, lists_{std::move(lists)} {}
    /// The loaded pathways as of the database's latest epoch; parsed again only when it has changed.
    std::shared_ptr<const engine::Pathways> current();
    /// Parses again now (after a load in this process).
    void refresh();
    /// The code lists as they are now.
    engine::CodeLists lists() const { return lists_(); }

private:
    std::shared_ptr<const engine::Pathways> parse();
    store::Database& db_;
    std::function<engine::CodeLists()> lists_;
    std::mutex mutex_;
    std::shared_ptr<const engine::Pathways> pathways_;
    std::int64_t epoch_ = -1;
};

/// Stores one definition and its common parts; refuses what `engine::load` finds wrong. A version that is already loaded with another hash is
/// refused.
struct Loaded {
    std::string name;
    int version = 0;
    bool is_new = false;
};
Result<Loaded> load_pathway(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const engine::Source& pathway,
                            const engine::Source& common, std::vector<engine::Problem>& problems);

/// Reads a folder of definition texts: "pathway.toml", "forms/*.toml" (and "examples/*.toml" where asked).
engine::Source read_folder(const std::string& folder, bool with_examples = false);

void register_pathway_projections(ledger::Ledger& ledger);

}  // namespace concord::cases
