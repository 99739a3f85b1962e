#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "store/store.hpp"

/// A server keeps in memory what seldom changes: who its users are, its agencies and hubs, code lists, dated rules, calendars, pathways. A number in
/// the database counts every change of those up, and each request reads it with its own session or token.
namespace concord::access {

/// What was kept in memory is read again by every server from the next request on, and by this one from the commit on.
void forget_kept(store::Transaction& tx);

/// The number as this server saw it last.
class Epoch {
public:
    /// As of which state of the database something was kept: what has the same mark still holds.
    struct Mark {
        std::int64_t seen = 0, changed_here = 0;
        bool operator==(const Mark&) const = default;
    };
    void saw(std::int64_t value);
    /// Nothing where no request has looked for a second: then the database is asked.
    std::optional<Mark> mark() const;

private:
    mutable std::mutex mutex_;
    std::int64_t seen_ = -1;
    std::chrono::steady_clock::time_point at_;
};

}  // namespace concord::access
