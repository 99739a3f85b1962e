#include "access/directory.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include "access/epoch.hpp"

namespace concord::access {
namespace {

struct Kept {  // for all, as long as the database is open
    Epoch epoch;
    std::mutex mutex;
    Epoch::Mark as_of;
    std::shared_ptr<const Directory> directory;
};
struct Left {  // by one transaction
    bool left = false;
};

Directory::Table read(store::Reader& reader, std::string_view sql) {
    Directory::Table table;
    for (const auto& row : reader.select("itttiit", sql)) {
        const std::size_t place = table.all.size();
        table.all.push_back({.named = {row.integer(0), row.text(1), row.text(2), row.text(3)},
                             .ended = row.truth(4),
                             .agency = row.integer(5),
                             .login = row.text(6)});
        table.by_seq.emplace(row.integer(0), place);
        table.by_code.emplace(row.text(1), place);
    }
    for (std::size_t place = 0; place < table.all.size(); ++place)
        if (!table.all[place].login.empty()) table.by_code.emplace(table.all[place].login, place);
    return table;
}

}  // namespace

const Directory::Body* Directory::Table::of(Seq seq) const {
    const auto found = by_seq.find(seq);
    return found == by_seq.end() ? nullptr : &all[found->second];
}
const Directory::Body* Directory::Table::of(const std::string& code) const {
    const auto found = by_code.find(code);
    return found == by_code.end() ? nullptr : &all[found->second];
}

std::shared_ptr<const Directory> directory(store::Reader& reader) {
    if (reader.kept<Left>().left) return {};
    auto& kept = reader.kept_for_all<Kept>();
    const auto now = kept.epoch.mark();
    if (!now) return {};
    {
        const std::lock_guard lock{kept.mutex};
        if (kept.directory && kept.as_of == *now) return kept.directory;
    }
    // The number first: what is read after it is no older. A read that began before the last change has an older one, and keeps nothing.
    if (reader.count("select value from actor_epoch where id = 1") != now->seen) return {};
    auto made = std::make_shared<Directory>();
    made->agencies =
        read(reader, "select stream, code, name, kind, case when ended is null then 0 else 1 end, 0, '' from agency order by name, stream");
    made->hubs = read(reader, "select stream, code, name, '', case when ended is null then 0 else 1 end, 0, '' from hub order by name, stream");
    made->users = read(reader, "select stream, email, name, roles, disabled, agency, login from app_user order by name, stream");
    const std::lock_guard lock{kept.mutex};
    kept.as_of = *now;
    kept.directory = std::move(made);
    return kept.directory;
}

void directory_is_of(store::Reader& reader, std::int64_t epoch) { reader.kept_for_all<Kept>().epoch.saw(epoch); }
void leave_directory(store::Transaction& tx) { tx.kept<Left>().left = true; }

}  // namespace concord::access
