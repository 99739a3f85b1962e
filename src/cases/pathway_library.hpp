#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "access/epoch.hpp"
#include "codes/codes.hpp"
#include "engine/engine.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"

/// The pathways that this database works by. Definitions are loaded into the database (hashed, an event); every node notices a new epoch on its next
/// request.
namespace concord::cases {

class PathwayLibrary {
public:
    PathwayLibrary(store::Database& db, codes::Codebooks& codebooks) : db_{db}, codebooks_{codebooks} {}
    /// The loaded pathways as of the database's latest epoch; parsed again only when it has changed.
    std::shared_ptr<const engine::Pathways> current();
    /// Code lists, dated rules and calendars as they stand now.
    std::shared_ptr<const codes::Codebook> codebook() { return codebooks_.current(); }
    /// Parses again now (after a load in this process).
    void refresh();
    /// The code lists as they are now.
    engine::CodeLists lists() const { return codebooks_.current()->lists; }

private:
    std::shared_ptr<const engine::Pathways> parse(const codes::Codebook& book);
    store::Database& db_;
    codes::Codebooks& codebooks_;
    std::mutex mutex_;
    std::shared_ptr<const engine::Pathways> pathways_;
    std::shared_ptr<const codes::Codebook> book_;  // that the pathways were read with: their answers to choose from and their dated rules
    std::int64_t epoch_ = -1;
    std::optional<access::Epoch::Mark> mark_;  // when the database was last asked whether that is so
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

/// Where the pathways in force use a dated rule, a sentence each; with how many of its clocks run now.
std::vector<std::string> uses_of_rule(store::Reader& reader, const engine::Pathways& pathways, std::string_view key, Date today);

/// Reads a folder of definition texts: "pathway.toml", "forms/*.toml" (and "examples/*.toml" where asked).
engine::Source read_folder(const std::string& folder, bool with_examples = false);

void register_pathway_projections(ledger::Ledger& ledger);

}  // namespace concord::cases
