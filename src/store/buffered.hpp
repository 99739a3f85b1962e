#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace concord::store {

/// A transaction for loads: plain inserts ("insert into t (a, b) values (:a, f(:b))") are held back and written many at once; every other statement,
/// and flush(), writes them first. On SQLite nothing is held: there a prepared insert costs no round trip.
class Buffered final : public Transaction {
public:
    explicit Buffered(Transaction& tx) : tx_{tx} {}
    Engine engine() const override { return tx_.engine(); }
    Rows select(std::string_view kinds, std::string_view sql, const Binds& binds) override;
    /// Answers 1 for an insert that is held back.
    RowsChanged execute(std::string_view sql, const Binds& binds) override;
    void insert_many(std::string_view table, const std::vector<std::string>& columns, const std::vector<std::vector<Value>>& rows) override;
    void execute_last(std::string sql, Binds binds) override { tx_.execute_last(std::move(sql), std::move(binds)); }
    std::int64_t next_of_series(std::string_view series) override { return tx_.next_of_series(series); }
    Memory& memory() override { return tx_.memory(); }
    void after_commit(std::function<void()> then) override { tx_.after_commit(std::move(then)); }
    void flush();

private:
    struct Insert {
        std::string table;
        std::vector<std::string> columns;
        std::vector<std::string> values;  // as written: ":a", "to_tsvector('simple', :b)"
        std::vector<std::string> names;   // the parameter in each of them
        bool plain = true;                // parameters alone: goes by COPY
        std::vector<std::vector<Value>> rows;
    };
    static std::optional<Insert> read(std::string_view sql);
    void write(Insert& insert);

    Transaction& tx_;
    std::map<std::string, std::optional<Insert>, std::less<>> inserts_;  // none: another statement
};

/// The next numbers of a table whose key counts up by itself, for rows that are written with their keys. SQLite: nobody else writes meanwhile.
std::vector<std::int64_t> next_numbers(Transaction& tx, std::string_view table, std::string_view key, std::size_t count);

/// put_text for a key that is not on the shelf yet.
void put_new_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text);

}  // namespace concord::store
