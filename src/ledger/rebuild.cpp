#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "ledger/ledger.hpp"

/// Replays every stream into a shadow: a second SQLite file, or a second schema of the same PostgreSQL database.
namespace concord::ledger {
namespace {

using store::Engine;

class Shadow {
public:
    Shadow(store::Database& live, const std::vector<store::Migration>& migrations) : live_{live} {
        if (live.engine() == Engine::sqlite) {
            file_ = live.url() + ".rebuild-" + to_hex(random_bytes(4));
            db_ = store::open({.url = file_, .readers = 1});
        } else {
            schema_ = "rebuild_" + to_hex(random_bytes(4));
            live.write([&](store::Transaction& tx) { return tx.execute("create schema " + schema_), true; });
            db_ = store::open({.schema = schema_, .url = live.url(), .readers = 2, .writers = 1});
        }
        db_->migrate(migrations);
    }
    Shadow(const Shadow&) = delete;
    Shadow& operator=(const Shadow&) = delete;
    ~Shadow() {
        db_.reset();
        if (!file_.empty())
            for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + ending);
        else
            live_.write([&](store::Transaction& tx) { return tx.execute("drop schema " + schema_ + " cascade"), true; });
    }
    store::Database& db() { return *db_; }

private:
    store::Database& live_;
    std::unique_ptr<store::Database> db_;
    std::string file_, schema_;
};

std::set<std::string> tables_of(const Ledger& ledger) {
    std::set<std::string> tables;
    for (const auto& projection : ledger.projections()) tables.insert(projection.tables.begin(), projection.tables.end());
    for (const auto& derivation : ledger.derivations()) tables.insert(derivation.tables.begin(), derivation.tables.end());
    return tables;
}

std::vector<std::string> columns_of(store::Reader& reader, const std::string& table) {
    std::vector<std::string> columns;
    const auto rows = reader.engine() == Engine::sqlite
                          ? reader.select("t", "select name from pragma_table_info(:name) order by cid", {{"name", table}})
                          : reader.select("t",
                                          "select column_name from information_schema.columns where table_schema = current_schema() and table_name = "
                                          ":name order by ordinal_position",
                                          {{"name", table}});
    for (const auto& row : rows) columns.push_back(row.text(0));
    require(!columns.empty(), fmt::format("{} is no table", table));
    return columns;
}

/// Every row as one text, so that both sides are compared by the same eyes.
std::multiset<std::string> rows_of(store::Database& db, const std::string& table) {
    std::multiset<std::string> all;
    db.read([&](store::Reader& reader) {
        const auto columns = columns_of(reader, table);
        std::string list;
        for (const auto& column : columns) list += fmt::format("{}cast({} as text)", list.empty() ? "" : ", ", column);
        for (const auto& row : reader.select(std::string(columns.size(), 't'), fmt::format("select {} from {}", list, table))) {
            std::string text;
            for (std::size_t i = 0; i < columns.size(); ++i) text += (row.is_null(i) ? std::string{"\x01"} : row.text(i)) + "\x02";
            all.insert(sha256(text));
        }
    });
    return all;
}

void replay(store::Database& live, store::Database& shadow, const Ledger& ledger, Rebuilding& result) {
    Seq after = 0;
    for (bool more = true; more;) {
        std::vector<std::tuple<Seq, std::string, std::string, std::vector<Event>>> group;
        live.snapshot([&](store::Reader& reader) {
            const auto streams =
                reader.select("itt", "select seq, id, kind from stream where seq > :after order by seq limit 500", {{"after", after}});
            more = streams.size() == 500;
            const auto reading = make_ledger();
            for (const auto& stream : streams) {
                after = stream.integer(0);
                group.emplace_back(after, stream.text(1), stream.text(2), reading->read(reader, after, {}));
            }
        });
        shadow.write([&](store::Transaction& tx) {
            for (const auto& [seq, id, kind, events] : group) {
                // Projections may look up a stream's id; the shadow has the register of streams but no events.
                tx.execute("insert into stream (seq, id, kind, version, head_hash) values (:seq, :id, :kind, 0, '')",
                           {{"seq", seq}, {"id", id}, {"kind", kind}});
                for (const auto& event : events)
                    for (const auto& projection : ledger.projections())
                        if (projection.stream_kind == kind) projection.apply(tx, event);
                result.events += static_cast<std::int64_t>(events.size());
            }
            return true;
        });
    }
    // Derived tables cross streams: they are made when all projections stand.
    live.read([&](store::Reader& reader) {
        for (const auto& derivation : ledger.derivations()) {
            const auto streams =
                reader.select("i", "select seq from stream where kind = :kind and version > 0 order by seq", {{"kind", derivation.stream_kind}});
            shadow.write([&](store::Transaction& tx) {
                for (const auto& stream : streams) derivation.derive(tx, stream.integer(0));
                return true;
            });
        }
    });
}

void swap_in(store::Database& live, store::Database& shadow, const std::string& table) {
    std::vector<std::string> columns;
    std::vector<std::vector<store::Value>> rows;
    shadow.read([&](store::Reader& reader) {
        columns = columns_of(reader, table);
        std::string list;
        for (const auto& column : columns) list += fmt::format("{}cast({} as text)", list.empty() ? "" : ", ", column);
        for (const auto& row : reader.select(std::string(columns.size(), 't'), fmt::format("select {} from {}", list, table))) {
            std::vector<store::Value> values;
            for (std::size_t i = 0; i < columns.size(); ++i) values.push_back(row.is_null(i) ? store::Value{} : store::Value{row.text(i)});
            rows.push_back(std::move(values));
        }
    });
    live.write([&](store::Transaction& tx) {
        tx.execute("delete from " + table);
        tx.insert_many(table, columns, rows);
        return true;
    });
}

}  // namespace

Rebuilding rebuild(store::Database& db, const Ledger& ledger, const std::vector<store::Migration>& migrations, Rebuild what) {
    Rebuilding result;
    Shadow shadow{db, migrations};
    replay(db, shadow.db(), ledger, result);
    for (const auto& table : tables_of(ledger)) {
        const auto made = rows_of(shadow.db(), table);
        const bool equal = made == rows_of(db, table);
        result.tables.push_back({table, static_cast<std::int64_t>(made.size()), equal});
        if (what == Rebuild::swap && !equal) swap_in(db, shadow.db(), table);
    }
    return result;
}

}  // namespace concord::ledger
