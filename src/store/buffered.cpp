#include "store/buffered.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::store {
namespace {

/// "a, f('x', :b)" at its outer commas.
std::vector<std::string> parts_of(std::string_view list) {
    std::vector<std::string> parts(1);
    int depth = 0;
    for (const char c : list) {
        if (c == '(') ++depth;
        if (c == ')') --depth;
        if (c == ',' && depth == 0)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    for (auto& part : parts) part = trim(part);
    return parts;
}

bool is_name_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/// The one :name in a value; empty where there is none or there are several.
std::string name_in(const std::string& value) {
    const auto colon = value.find(':');
    if (colon == std::string::npos || value.find(':', colon + 1) != std::string::npos) return {};
    auto end = colon + 1;
    while (end < value.size() && is_name_letter(value[end])) ++end;
    return value.substr(colon + 1, end - colon - 1);
}

}  // namespace

std::optional<Buffered::Insert> Buffered::read(std::string_view text) {
    const std::string sql = trim(text);
    constexpr std::string_view head = "insert into ";
    if (!sql.starts_with(head) || sql.back() != ')') return {};
    const auto open = sql.find('('), close = sql.find(')'), values = sql.find(" (", std::min(sql.find("values", close), sql.size()));
    if (open == std::string::npos || close == std::string::npos || values == std::string::npos) return {};
    Insert insert{.table = trim(sql.substr(head.size(), open - head.size())),
                  .columns = parts_of(std::string_view{sql}.substr(open + 1, close - open - 1)),
                  .values = parts_of(std::string_view{sql}.substr(values + 2, sql.size() - values - 3))};
    if (insert.columns.size() != insert.values.size()) return {};
    for (const auto& value : insert.values) {
        insert.names.push_back(name_in(value));
        if (insert.names.back().empty()) return {};
        if (value != ":" + insert.names.back()) insert.plain = false;
    }
    return insert;
}

Rows Buffered::select(std::string_view kinds, std::string_view sql, const Binds& binds) {
    flush();
    return tx_.select(kinds, sql, binds);
}

RowsChanged Buffered::execute(std::string_view sql, const Binds& binds) {
    if (tx_.engine() == Engine::sqlite) return tx_.execute(sql, binds);
    auto found = inserts_.find(sql);
    if (found == inserts_.end()) found = inserts_.emplace(std::string{sql}, read(sql)).first;
    if (!found->second) {
        flush();
        return tx_.execute(sql, binds);
    }
    auto& insert = *found->second;
    std::vector<Value> row(insert.names.size());
    for (const auto& bind : binds) {
        bool used = false;
        for (std::size_t i = 0; i < insert.names.size(); ++i)
            if (insert.names[i] == bind.name) {
                row[i] = bind.value;
                used = true;
            }
        if (!used) throw Bug{fmt::format("no parameter :{} in: {}", bind.name, sql)};
    }
    insert.rows.push_back(std::move(row));
    return 1;
}

void Buffered::insert_many(std::string_view table, const std::vector<std::string>& columns, const std::vector<std::vector<Value>>& rows) {
    flush();
    tx_.insert_many(table, columns, rows);
}

void Buffered::flush() {
    for (auto& [sql, insert] : inserts_)
        if (insert && !insert->rows.empty()) write(*insert);
}

void Buffered::write(Insert& insert) {
    if (insert.plain) {
        tx_.insert_many(insert.table, insert.columns, insert.rows);
        insert.rows.clear();
        return;
    }
    // Values that the database works out: many rows in one statement, of two fixed lengths so that few are prepared.
    for (std::size_t at = 0; at < insert.rows.size();) {
        const std::size_t count = insert.rows.size() - at >= 64 ? 64 : 1;
        std::string sql = fmt::format("insert into {} ({}) values ", insert.table, join(insert.columns, ", "));
        std::vector<std::string> names;
        names.reserve(count * insert.names.size());
        Binds binds;
        for (std::size_t r = 0; r < count; ++r) {
            sql += r == 0 ? "(" : ", (";
            for (std::size_t i = 0; i < insert.values.size(); ++i) {
                names.push_back(fmt::format("{}_{}", insert.names[i], r));
                std::string value = insert.values[i];
                const std::string old = ":" + insert.names[i];
                value.replace(value.find(old), old.size(), ":" + names.back());
                sql += (i == 0 ? "" : ", ") + value;
                binds.emplace_back(names.back(), nullptr);
                binds.back().value = std::move(insert.rows[at + r][i]);
            }
            sql += ")";
        }
        tx_.execute(sql, binds);
        at += count;
    }
    insert.rows.clear();
}

std::vector<std::int64_t> next_numbers(Transaction& tx, std::string_view table, std::string_view key, std::size_t count) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(count);
    if (tx.engine() == Engine::sqlite) {
        const auto last = tx.count("select seq from sqlite_sequence where name = :table", {{"table", table}});
        for (std::size_t i = 0; i < count; ++i) numbers.push_back(last + 1 + static_cast<std::int64_t>(i));
    } else {
        const std::string sql = fmt::format("select nextval('{}_{}_seq') from generate_series(1, :count)", table, key);
        for (const auto& row : tx.select("i", sql, {{"count", count}})) numbers.push_back(row.integer(0));
    }
    return numbers;
}

}  // namespace concord::store
