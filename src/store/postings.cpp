#include "store/postings.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace concord::store {
namespace {

constexpr std::size_t most_held = 8'000'000;    // keys: 64 MB
constexpr std::size_t longest = most_held / 4;  // of one list
constexpr std::size_t least_room = 1024;        // that a list counts for: words that nothing holds are asked for too, and do not add up for ever
constexpr std::size_t shortest = 256;           // what is shorter is as fast from the index
constexpr std::size_t most_changes = 256;       // more than that, and the whole list is read again

std::string matching_word(std::string_view shelf, std::string_view rest) {
    return fmt::format("select rowid from shelf_{0} where shelf_{0} match :match {1}", shelf, rest);
}
std::size_t room_of(const Postings::Keys& keys) { return std::max(least_room, keys->size()); }
std::string quoted(const std::string& word) { return fmt::format("\"{}\"", word); }

/// The first of an ascending range that is not below `key`, looked for from its end in growing steps.
using At = std::vector<std::int64_t>::const_iterator;
At not_below(At begin, At end, std::int64_t key) {
    std::ptrdiff_t step = 1;
    while (end - begin > step && *(end - step) >= key) {
        end -= step;
        step *= 2;
    }
    return std::lower_bound(end - begin > step ? end - step : begin, end, key);
}

}  // namespace

Postings::Keys Postings::of(Reader& reader, std::string_view shelf, const std::string& word) {
    if (reader.engine() == Engine::postgresql) return of_postgresql(reader, shelf, word);
    const std::string name = fmt::format("{} {}", shelf, word);
    const auto now = reader.count("select max(id) from shelf_change");
    const Kept kept = kept_of(name).value_or(Kept{});
    if (kept.keys && kept.as_of >= now) return kept.keys;
    Keys keys = kept.keys ? brought_up_to(reader, shelf, word, kept, now) : nullptr;
    if (!keys) {
        const Binds binds{{"match", quoted(word)}, {"limit", shortest + 1}};
        auto some = reader.integers(matching_word(shelf, "order by rowid limit :limit"), binds);
        if (some.size() > shortest)
            some = reader.integers(matching_word(shelf, "order by rowid limit :limit"), {{"match", quoted(word)}, {"limit", longest + 1}});
        if (some.size() > longest) return nullptr;
        keys = std::make_shared<const std::vector<std::int64_t>>(std::move(some));
    }
    if (keys->size() > shortest) keep(name, keys, now);
    return keys;
}

std::optional<Postings::Kept> Postings::kept_of(const std::string& name) {
    const std::lock_guard lock{mutex_};
    const auto found = all_.find(name);
    if (found == all_.end()) return {};
    found->second.used = ++calls_;
    return found->second;
}

/// Transactions do not commit in the order in which they began. All that began before `now` have ended and are seen by whatever is read after it was
/// asked for; what others changed is looked at again, each time, until they are among those.
Postings::Keys Postings::of_postgresql(Reader& reader, std::string_view shelf, const std::string& word) {
    const std::string name = fmt::format("{} {}", shelf, word), match = "'" + word + "'";
    const auto now = reader.count("select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)");
    if (const auto kept = kept_of(name); kept && now - kept->as_of < most_transactions) {
        const auto changed = reader.select("ii",
                                           fmt::format(R"sql(
            select c.text_key, case when exists (select 1 from shelf_{} s where s.text_key = c.text_key and s.words @@ to_tsquery('simple', :match))
                                    then 1 else 0 end
              from (select distinct text_key from shelf_change where xid >= :as_of and shelf = :shelf) c)sql",
                                                       shelf),
                                           {{"match", match}, {"as_of", kept->as_of}, {"shelf", shelf}});
        Keys keys = kept->keys;
        std::vector<std::int64_t> in, out;
        for (const auto& row : changed) {
            const bool was = std::binary_search(keys->begin(), keys->end(), row.integer(0));
            if (was != row.truth(1)) (was ? out : in).push_back(row.integer(0));
        }
        if (!in.empty() || !out.empty()) {
            std::sort(in.begin(), in.end());
            std::sort(out.begin(), out.end());
            std::vector<std::int64_t> left, all;
            std::set_difference(keys->begin(), keys->end(), out.begin(), out.end(), std::back_inserter(left));
            std::merge(left.begin(), left.end(), in.begin(), in.end(), std::back_inserter(all));
            keys = std::make_shared<const std::vector<std::int64_t>>(std::move(all));
        }
        keep(name, keys, now);
        return keys;
    }
    auto all = reader.integers(fmt::format("select text_key from shelf_{} where words @@ to_tsquery('simple', :match) limit :limit", shelf),
                               {{"match", match}, {"limit", longest + 1}});
    if (all.size() > longest) return nullptr;
    std::sort(all.begin(), all.end());
    auto keys = std::make_shared<const std::vector<std::int64_t>>(std::move(all));
    keep(name, keys, now);
    return keys;
}

Postings::Keys Postings::brought_up_to(Reader& reader, std::string_view shelf, const std::string& word, const Kept& kept, std::int64_t now) {
    // Old changes are forgotten (note_change): a list from before them is made anew.
    if (reader.count("select min(id) from shelf_change") > kept.as_of + 1) return nullptr;
    const auto changed = reader.integers("select text_key from shelf_change where id > :as_of and id <= :now and shelf = :shelf limit :limit",
                                         {{"as_of", kept.as_of}, {"now", now}, {"shelf", shelf}, {"limit", most_changes + 1}});
    if (changed.size() > most_changes) return nullptr;
    std::vector<std::int64_t> keys;
    bool is_new = false;
    for (const auto key : changed) {
        const auto& list = is_new ? keys : *kept.keys;
        const auto at = std::lower_bound(list.begin(), list.end(), key);
        const bool was = at != list.end() && *at == key;
        const bool is = !reader.integers(matching_word(shelf, "and rowid = :key"), {{"match", quoted(word)}, {"key", key}}).empty();
        if (was == is) continue;
        const auto place = at - list.begin();
        if (!is_new) keys = *kept.keys;
        is_new = true;
        if (is)
            keys.insert(keys.begin() + place, key);
        else
            keys.erase(keys.begin() + place);
    }
    return is_new ? std::make_shared<const std::vector<std::int64_t>>(std::move(keys)) : kept.keys;
}

void Postings::keep(const std::string& name, Keys keys, std::int64_t as_of) {
    const std::lock_guard lock{mutex_};
    auto& mine = all_[name];
    if (mine.keys && mine.as_of > as_of) return;  // somebody was faster, and knows more
    held_ += room_of(keys) - (mine.keys ? room_of(mine.keys) : 0);
    mine = {.keys = std::move(keys), .as_of = as_of, .used = ++calls_};
    while (held_ > most_held) {
        const auto oldest = std::min_element(all_.begin(), all_.end(), [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
        held_ -= room_of(oldest->second.keys);
        all_.erase(oldest);
    }
}

std::vector<std::int64_t> in_all(std::vector<Postings::Keys> lists, std::int64_t before, std::size_t limit) {
    std::sort(lists.begin(), lists.end(), [](const auto& a, const auto& b) { return a->size() < b->size(); });
    std::vector<std::int64_t> found;
    std::vector<At> ends;
    for (const auto& list : lists) ends.push_back(list->end());
    const auto& fewest = *lists.front();
    for (auto at = std::lower_bound(fewest.begin(), fewest.end(), before); at != fewest.begin() && found.size() < limit;) {
        const auto key = *--at;
        bool everywhere = true;
        for (std::size_t i = 1; everywhere && i < lists.size(); ++i) {
            ends[i] = not_below(lists[i]->begin(), ends[i], key);
            everywhere = ends[i] != lists[i]->end() && *ends[i] == key;
        }
        if (everywhere) found.push_back(key);
    }
    return found;
}

}  // namespace concord::store
