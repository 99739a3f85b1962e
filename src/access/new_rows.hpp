#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access.hpp"

namespace concord::access {

/// Loads: set_visibility, set_involved and set_owned for what has nothing of it yet, by inserts alone; each group's number is looked up once.
class NewRows {
public:
    explicit NewRows(store::Transaction& tx) : tx_{tx} {}
    void visibility(Seq record, std::string_view record_kind, const std::vector<Audience>& audience, const ListKeys& keys);
    void involved(Seq record, std::string_view record_kind, const std::vector<Involved>& involved);
    void owned(Seq subject, Seq agency);  // nobody's where there is no agency

private:
    store::Transaction& tx_;
    std::map<std::pair<std::string, std::string>, std::int64_t> principals_;
};

/// A short name to sign in by, beside the e-mail address.
Result<Done> give_login(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, Seq user, std::string_view login);

}  // namespace concord::access
