#pragma once

#include "store/store.hpp"

/// A server keeps in memory who its users are, as of a number in the database that every change of users, agencies and hubs counts up.
namespace concord::access {

/// What was kept of users, agencies and hubs is read again by every server from the next request on.
void forget_actors(store::Transaction& tx);

}  // namespace concord::access
