#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

/// The full text, kept in memory as far as it is asked for. FTS5 walks a word's list of texts at some 30 ns each, for every search again: a search
/// for two words that 150,000 of two million texts hold costs it 10 to 30 ms, whatever the reader may see of them; PostgreSQL looks at the row of
/// every text found, 50 to 500 ms. Private to the store.
namespace concord::store {

class Postings {
public:
    using Keys = std::shared_ptr<const std::vector<std::int64_t>>;  // ascending
    /// The keys of all texts on this shelf that hold the word, as the reader sees them (a commit of this very moment may be in them already); nothing
    /// where that is too long to be kept. What was written since the list was made is in shelf_change and is looked at one by one.
    Keys of(Reader& reader, std::string_view shelf, const std::string& word);
    /// PostgreSQL: a list that was not brought up to date for so many transactions is read again.
    static constexpr std::int64_t most_transactions = 500'000;

private:
    struct Kept {
        Keys keys;
        std::int64_t as_of = 0;  // id in shelf_change; on PostgreSQL the transaction before which all are in it
        std::uint64_t used = 0;  // when, counted in calls
    };
    Keys of_postgresql(Reader& reader, std::string_view shelf, const std::string& word);
    std::optional<Kept> kept_of(const std::string& name);
    Keys brought_up_to(Reader& reader, std::string_view shelf, const std::string& word, const Kept& kept, std::int64_t now);
    void keep(const std::string& name, Keys keys, std::int64_t as_of);

    std::mutex mutex_;
    std::map<std::string, Kept, std::less<>> all_;
    std::uint64_t calls_ = 0;
    std::size_t held_ = 0;  // keys in all lists, a short one counted as 1,024
};

/// The keys below `before` that are in every list, newest first, at most `limit`.
std::vector<std::int64_t> in_all(std::vector<Postings::Keys> lists, std::int64_t before, std::size_t limit);

}  // namespace concord::store
