#include "store/store.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "store/buffered.hpp"
#include "store/engines.hpp"
#include "store/filling.hpp"
#include "store/postings.hpp"

namespace concord::store {

std::int64_t Row::integer(std::size_t column) const {
    const auto* value = std::get_if<std::int64_t>(&values_[column]);
    return value != nullptr ? *value : 0;
}
double Row::real(std::size_t column) const {
    const auto* value = std::get_if<double>(&values_[column]);
    return value != nullptr ? *value : static_cast<double>(integer(column));
}
const std::string& Row::text(std::size_t column) const {
    static const std::string empty;
    const auto* value = std::get_if<std::string>(&values_[column]);
    return value != nullptr ? *value : empty;
}
std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const {
    if (is_null(column)) return {};
    return integer(column);
}
std::optional<std::string> Row::maybe_text(std::size_t column) const {
    if (is_null(column)) return {};
    return text(column);
}
std::optional<Instant> Row::maybe_instant(std::size_t column) const {
    if (is_null(column)) return {};
    return instant(column);
}
std::optional<Date> Row::maybe_date(std::size_t column) const { return parse_date(text(column)); }

std::vector<std::int64_t> Reader::integers(std::string_view sql, const Binds& binds) {
    std::vector<std::int64_t> all;
    for (const auto& row : select("i", sql, binds)) all.push_back(row.integer(0));
    return all;
}
std::optional<Row> Reader::select_one(std::string_view kinds, std::string_view sql, const Binds& binds) {
    auto rows = select(kinds, sql, binds);
    if (rows.empty()) return {};
    return std::move(rows.front());
}
std::int64_t Reader::count(std::string_view sql, const Binds& binds) {
    const auto row = select_one("i", sql, binds);
    return row ? row->integer(0) : 0;
}

namespace {
std::unique_ptr<Database> open_with(const Settings& settings, Durability durability) {
    return is_postgresql(settings.url) ? open_postgresql(settings, durability) : open_sqlite(settings, durability);
}
}  // namespace

std::unique_ptr<Database> open(const Settings& settings) { return open_with(settings, Durability::full); }
std::unique_ptr<Database> open_to_fill(const Settings& settings) { return open_with(settings, Durability::none); }

void settle(const std::string& url) {
    if (!is_postgresql(url)) return settle_sqlite(url);
    // One commit that waits brings every earlier one to the disk with it: the log is written in order.
    open_with({.schema = {}, .url = url, .readers = 1, .writers = 1, .must_exist = true}, Durability::full)->analyze();
}

std::vector<Migration> migrations() {
    return {{1, "store", R"sql(
-- Jobs: claimed with a lease, removed when done.
create table job (
    -- sqlite:
    id integer primary key autoincrement,   -- ascending
    -- postgresql:
    id bigserial primary key,               -- ascending
    -- both:
    kind text not null,                     -- "ledger.seal"
    payload text not null,                  -- JSON
    due bigint not null,                    -- micros
    attempts integer not null,              -- how often it was claimed
    leased_until bigint not null,           -- micros; 0 while nobody works on it
    failed_why text not null                -- the last failure, for the administrator
);
create index job_due on job (due);
-- The folded words of texts that change: an entry of the full-text index is taken out by its own words.
create table shelf_words (
    shelf text not null,                    -- name of the shelf
    text_key bigint not null,               -- key on it
    words text not null,                    -- as they were indexed
    primary key (shelf, text_key)
);
)sql"},
            {4, "shelf_change", R"sql(
-- sqlite:
-- Which texts went into or out of a full-text index lately: lists that are kept in memory are brought up to date from it (store/postings.hpp).
create table shelf_change (
    id integer primary key,                 -- ascending: the newest rows always stay
    shelf text not null,                    -- name of the shelf
    text_key integer not null               -- key on it
);
-- both:
)sql"},
            {5, "series", R"sql(
-- Numbers that are given out one after the other: references.
create table series (
    name text primary key,                  -- "CSH-2026"
    last bigint not null                    -- given out, or set aside by a server that gives them out
);
)sql"},
            {6, "shelf_change_by_transaction", R"sql(
-- postgresql:
-- Which texts went into or out of a full-text index lately, by transaction: lists that are kept in memory are brought up to date from it.
create table shelf_change (
    xid bigint not null,                    -- the transaction
    shelf text not null,                    -- name of the shelf
    text_key bigint not null                -- key on it
);
create index shelf_change_xid on shelf_change (xid);
-- both:
)sql"}};
}

std::string sql_for(const Migration& migration, Engine engine) {
    std::string out;
    bool ours = true;
    for (const auto& line : split(migration.sql, '\n')) {
        const std::string mark = trim(line);
        if (mark == "-- sqlite:")
            ours = engine == Engine::sqlite;
        else if (mark == "-- postgresql:")
            ours = engine == Engine::postgresql;
        else if (mark == "-- both:")
            ours = true;
        else if (ours)
            out += line + "\n";
    }
    return out;
}

std::string hash_of(const Migration& migration) { return sha256_hex(migration.sql); }

int run_migrations(Database& db, std::vector<Migration> all, const std::function<void(Transaction&, const std::string&)>& run_script) {
    for (auto& own : migrations()) all.push_back(std::move(own));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    for (std::size_t i = 1; i < all.size(); ++i)
        require(all[i].number != all[i - 1].number, fmt::format("two migrations have the number {}", all[i].number));
    db.write([&](Transaction& tx) {
        run_script(tx, "create table if not exists schema_migration (number integer primary key, title text not null, hash text not null)");
        return true;
    });
    for (const auto& migration : all) {
        db.write([&](Transaction& tx) {
            const auto known = tx.select_one("t", "select hash from schema_migration where number = :number", {{"number", migration.number}});
            if (known) {
                if (known->text(0) != hash_of(migration))
                    throw Failure{
                        fmt::format("Migration {} ({}) of this database was another one than this program's: use the program that made the database, "
                                    "or restore a backup.",
                                    migration.number, migration.title)};
                return false;
            }
            run_script(tx, sql_for(migration, db.engine()));
            tx.execute("insert into schema_migration (number, title, hash) values (:number, :title, :hash)",
                       {{"number", migration.number}, {"title", migration.title}, {"hash", hash_of(migration)}});
            return true;
        });
    }
    const int newest = db.schema();
    if (!all.empty() && newest > all.back().number)
        throw Failure{fmt::format("This database has schema {}, newer than this program's {}: use a newer program.", newest, all.back().number)};
    return newest;
}

// ---- Full text

namespace {

void require_shelf(std::string_view shelf) {
    require(!shelf.empty() && std::all_of(shelf.begin(), shelf.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }),
            "a shelf's name is lower-case letters");
}

/// PostgreSQL: rows of transactions so long ago are of use to no list (postings.cpp drops a list that is half as old).
void note_change_by_transaction(Transaction& tx, std::string_view shelf, std::int64_t key) {
    tx.execute("insert into shelf_change (xid, shelf, text_key) values (cast(cast(pg_current_xact_id() as text) as bigint), :shelf, :key)",
               {{"shelf", shelf}, {"key", key}});
    static std::atomic<unsigned> noted = 0;
    if (++noted % 16384 == 0)
        tx.execute("delete from shelf_change where xid < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) - :kept",
                   {{"kept", 2 * Postings::most_transactions}});
}

void note_change(Transaction& tx, std::string_view shelf, std::int64_t key) {
    if (tx.engine() == Engine::postgresql) return note_change_by_transaction(tx, shelf, key);
    tx.execute("insert into shelf_change (shelf, text_key) values (:shelf, :key)", {{"shelf", shelf}, {"key", key}});
    // Every now and then the old ones go. Not by a trigger: each row would then be a savepoint, which costs a load of millions an hour.
    static std::atomic<unsigned> noted = 0;
    if (++noted % 1024 == 0) tx.execute("delete from shelf_change where id <= (select max(id) from shelf_change) - 4096");
}

void index_words(Transaction& tx, std::string_view shelf, std::int64_t key, const std::string& words) {
    if (tx.engine() == Engine::sqlite)
        tx.execute_last(fmt::format("insert into shelf_{} (rowid, words) values (:key, :words)", shelf), {{"key", key}, {"words", words}});
    else
        tx.execute(fmt::format("insert into shelf_{} (text_key, words) values (:key, to_tsvector('simple', :words))", shelf),
                   {{"key", key}, {"words", words}});
    note_change(tx, shelf, key);
}

void unindex_words(Transaction& tx, std::string_view shelf, std::int64_t key, const std::string& words) {
    if (tx.engine() == Engine::sqlite)
        tx.execute_last(fmt::format("insert into shelf_{0} (shelf_{0}, rowid, words) values ('delete', :key, :words)", shelf),
                        {{"key", key}, {"words", words}});
    else
        tx.execute(fmt::format("delete from shelf_{} where text_key = :key", shelf), {{"key", key}});
    note_change(tx, shelf, key);
}

}  // namespace

Migration text_shelf_migration(int number, std::string_view shelf) {
    require_shelf(shelf);
    return {number, fmt::format("shelf_{}", shelf),
            fmt::format(R"sql(
-- sqlite:
create virtual table shelf_{0} using fts5(words, content='', detail=none, columnsize=0);
-- postgresql:
create table shelf_{0} (
    text_key bigint primary key,   -- recency
    words tsvector not null        -- of the folded text
);
create index shelf_{0}_words on shelf_{0} using gin (words) with (fastupdate = off);
-- both:
)sql",
                        shelf)};
}

void put_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text) {
    remove_text(tx, shelf, key);
    put_new_text(tx, shelf, key, text);
}

void put_new_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text) {
    const std::string words = fold(text);
    if (words.empty()) return;
    index_words(tx, shelf, key, words);
    tx.execute("insert into shelf_words (shelf, text_key, words) values (:shelf, :key, :words)", {{"shelf", shelf}, {"key", key}, {"words", words}});
}

void remove_text(Transaction& tx, std::string_view shelf, std::int64_t key) {
    require_shelf(shelf);
    const auto old = tx.select_one("t", "select words from shelf_words where shelf = :shelf and text_key = :key", {{"shelf", shelf}, {"key", key}});
    if (!old) return;
    unindex_words(tx, shelf, key, old->text(0));
    tx.execute("delete from shelf_words where shelf = :shelf and text_key = :key", {{"shelf", shelf}, {"key", key}});
}

void add_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text) {
    require_shelf(shelf);
    const std::string words = fold(text);
    if (!words.empty()) index_words(tx, shelf, key, words);
}

void take_out_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text) {
    require_shelf(shelf);
    const std::string words = fold(text);
    if (!words.empty()) unindex_words(tx, shelf, key, words);
}

namespace {

struct Asked {
    std::string word;
    bool beginning = false;  // of a word, as it was typed: "sand*"
};
std::vector<Asked> asked_words(std::string_view query) {
    std::vector<Asked> all;
    for (const auto& typed : split(query, ' ')) {
        auto words = words_of(typed);
        for (auto& word : words) all.push_back({std::move(word)});
        if (!words.empty()) all.back().beginning = typed.back() == '*';
    }
    return all;
}

std::vector<std::int64_t> matching(Reader& reader, std::string_view shelf, const std::vector<Asked>& asked, std::int64_t before, std::size_t limit) {
    const bool sqlite = reader.engine() == Engine::sqlite;
    std::string match;
    for (const auto& one : asked) {
        if (!match.empty()) match += sqlite ? " AND " : " & ";
        match += sqlite ? fmt::format("\"{}\"{}", one.word, one.beginning ? "*" : "") : fmt::format("'{}'{}", one.word, one.beginning ? ":*" : "");
    }
    if (match.empty()) return {};
    const std::string sql =
        sqlite ? fmt::format("select rowid from shelf_{0} where shelf_{0} match :match and rowid < :before order by rowid desc limit :limit", shelf)
               : fmt::format(
                     "select text_key from shelf_{} where words @@ to_tsquery('simple', :match) and text_key < :before order by text_key desc limit "
                     ":limit",
                     shelf);
    return reader.integers(sql, {{"match", match}, {"before", before}, {"limit", limit}});
}

}  // namespace

std::vector<std::int64_t> find_text(Reader& reader, std::string_view shelf, std::string_view query, std::int64_t before, std::size_t limit) {
    require_shelf(shelf);
    const auto asked = asked_words(query);
    auto* postings = reader.postings();
    if (postings == nullptr || asked.empty() || std::any_of(asked.begin(), asked.end(), [](const Asked& one) { return one.beginning; }))
        return matching(reader, shelf, asked, before, limit);
    std::vector<Postings::Keys> lists;
    for (const auto& one : asked) {
        lists.push_back(postings->of(reader, shelf, one.word));
        if (!lists.back()) return matching(reader, shelf, asked, before, limit);
        if (lists.back()->empty()) return {};
    }
    return in_all(std::move(lists), before, limit);
}

// ---- Jobs

void enqueue(Transaction& tx, std::string_view kind, std::string_view payload, Instant due) {
    tx.execute("insert into job (kind, payload, due, attempts, leased_until, failed_why) values (:kind, :payload, :due, 0, 0, '')",
               {{"kind", kind}, {"payload", payload}, {"due", due}});
}

std::vector<Job> claim_jobs(Database& db, Instant now, std::chrono::seconds lease, int limit) {
    std::vector<Job> jobs;
    db.write([&](Transaction& tx) {
        jobs.clear();
        const std::string sql =
            std::string{
                "select id, kind, payload, due, attempts from job where due <= :now and leased_until <= :now and attempts < 20 order by due, id "
                "limit :limit"} +
            (tx.engine() == Engine::postgresql ? " for update skip locked" : "");
        for (const auto& row : tx.select("ittii", sql, {{"now", now}, {"limit", limit}}))
            jobs.push_back({row.integer(0), row.text(1), row.text(2), row.instant(3), static_cast<int>(row.integer(4)) + 1});
        for (const auto& job : jobs)
            tx.execute("update job set attempts = :attempts, leased_until = :until where id = :id",
                       {{"attempts", job.attempts}, {"until", now + lease}, {"id", job.id}});
        return true;
    });
    return jobs;
}

void finish_job(Transaction& tx, const Job& job) { tx.execute("delete from job where id = :id", {{"id", job.id}}); }

void fail_job(Transaction& tx, const Job& job, std::string_view why, Instant now) {
    const std::int64_t minutes = std::min<std::int64_t>(24 * 60, std::int64_t{1} << std::min(job.attempts - 1, 20));
    tx.execute("update job set due = :due, leased_until = 0, failed_why = :why where id = :id",
               {{"due", now + std::chrono::minutes{minutes}}, {"why", why}, {"id", job.id}});
}

}  // namespace concord::store
