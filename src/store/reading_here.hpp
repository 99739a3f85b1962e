#pragma once

#include <vector>

namespace concord::store {

/// What this thread reads with, innermost last. A read inside a read goes on with the connection that the thread holds: were it to ask the pool for a
/// second one, as many threads as there are connections could each hold one and wait for another for ever.
template <class Connection>
class ReadingHere {
public:
    /// The thread's connection to this database; null where it reads nothing.
    static ReadingHere* of(const void* database) {
        for (auto one = open().rbegin(); one != open().rend(); ++one)
            if ((*one)->database_ == database) return *one;
        return nullptr;
    }
    ReadingHere(const void* database, Connection& held, bool sees_one_moment) : connection{held}, one_moment{sees_one_moment}, database_{database} {
        open().push_back(this);
    }
    ~ReadingHere() { open().pop_back(); }
    ReadingHere(const ReadingHere&) = delete;
    ReadingHere& operator=(const ReadingHere&) = delete;

    Connection& connection;
    const bool one_moment;

private:
    static std::vector<ReadingHere*>& open() {
        thread_local std::vector<ReadingHere*> all;
        return all;
    }
    const void* database_;
};

}  // namespace concord::store
