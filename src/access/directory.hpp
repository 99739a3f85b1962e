#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/access.hpp"

/// Agencies, hubs and users by number, code and address: asked for many times a request, changed a few times a month. Private to access.
namespace concord::access {

struct Directory {
    struct Body {
        Named named;
        bool ended = false;
        Seq agency = 0;     // of a user
        std::string login;  // of a user
    };
    /// By name, as lists show them.
    struct Table {
        std::vector<Body> all;
        std::unordered_map<Seq, std::size_t> by_seq;
        std::unordered_map<std::string, std::size_t> by_code;  // a user's address, and the name he signs in by
        const Body* of(Seq seq) const;
        const Body* of(const std::string& code) const;
    };
    Table agencies, hubs, users;
};

/// As the database had it when this request began; null where that is not known (a command, a transaction that changes it): then the tables are
/// asked.
std::shared_ptr<const Directory> directory(store::Reader& reader);
/// A request begins: the database's number of changes is this one.
void directory_is_of(store::Reader& reader, std::int64_t epoch);
/// This transaction changes it: what it reads from now on is asked of the tables.
void leave_directory(store::Transaction& tx);

}  // namespace concord::access
