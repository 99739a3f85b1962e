#include <libpq-fe.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/engines.hpp"
#include "store/postings.hpp"
#include "store/reading_here.hpp"

/// PostgreSQL: pooled connections, statements prepared once a connection, one transaction a write.
namespace concord::store {
namespace {

/// A deadlock or a serialisation failure: the work may be run once more.
struct TryAgain : Failure {
    using Failure::Failure;
};

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

/// SQL with $1, $2 ... for :name, and which name stands at which number.
struct Prepared {
    std::string name;
    std::vector<std::string> parameters;
    mutable std::vector<std::size_t> places;  // where the names stand that it was last bound with: most bind the same in the same order again
};

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

std::string numbered(std::string_view sql, std::vector<std::string>& parameters) {
    std::string out;
    bool quoted = false;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        const char c = sql[i];
        if (c == '\'') quoted = !quoted;
        const bool starts = !quoted && c == ':' && i + 1 < sql.size() && is_name(sql[i + 1]) && (i == 0 || sql[i - 1] != ':');
        if (!starts) {
            out += c;
            if (!quoted && c == ':' && i + 1 < sql.size() && sql[i + 1] == ':') out += sql[++i];
            continue;
        }
        std::size_t end = i + 1;
        while (end < sql.size() && is_name(sql[end])) ++end;
        const std::string name{sql.substr(i + 1, end - i - 1)};
        auto found = std::find(parameters.begin(), parameters.end(), name);
        if (found == parameters.end()) found = parameters.insert(parameters.end(), name);
        out += fmt::format("${}", found - parameters.begin() + 1);
        i = end - 1;
    }
    return out;
}

class Connection {
public:
    Connection(const std::string& url, const std::string& schema, Durability durability) : link_{PQconnectdb(url.c_str())} {
        if (PQstatus(link_) != CONNECTION_OK) {
            const std::string what = fmt::format("PostgreSQL cannot be reached: {}", PQerrorMessage(link_));
            PQfinish(link_);
            throw Failure{what};
        }
        PQsetNoticeProcessor(
            link_, [](void*, const char*) {}, nullptr);
        run("set timezone to 'UTC'");
        run("set client_encoding to 'UTF8'");
        run("set jit to off");  // compiling a statement takes longer than the slowest of ours
        if (durability == Durability::none) run("set synchronous_commit to off");
        if (!schema.empty()) run(fmt::format("set search_path to {}", schema));
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { PQfinish(link_); }

    void run(const std::string& script) {
        ahead_.clear();
        settle();
        check(ResultPtr{PQexec(link_, script.c_str())}, script.substr(0, 80));
    }
    /// Goes to the server together with the next statement whose answer is waited for, which saves a round trip; what goes wrong is thrown then.
    void run_soon(const char* command) {
        start_waiting(command);
        if (PQsendQueryParams(link_, command, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) throw Failure{PQerrorMessage(link_)};
    }
    /// Waits for all that was sent.
    void settle() {
        if (!waiting_.empty()) answers();
    }
    /// Before another one uses it.
    void rest() {
        ahead_.clear();
        try {
            settle();
        } catch (const Failure&) {}  // of a select that nobody asked for in the end
    }
    /// Nothing of an earlier transaction is known any more.
    void begin_soon(const char* command) {
        ahead_.clear();
        changed_.clear();
        given_out_ = 0;
        run_soon(command);
    }
    bool alive() const { return PQstatus(link_) == CONNECTION_OK; }
    PGconn* link() { return link_; }

    Rows select(std::string_view kinds, std::string_view sql, const Binds& binds) {
        if (const auto sent = taken_ahead(sql, binds)) return rows_of(kinds, sql, sent->result.get());
        return rows_of(kinds, sql, execute_prepared(sql, binds).get());
    }
    std::vector<std::int64_t> integers(std::string_view sql, const Binds& binds) {
        const ResultPtr result = execute_prepared(sql, binds);
        std::vector<std::int64_t> all(static_cast<std::size_t>(PQntuples(result.get())));
        for (std::size_t row = 0; row < all.size(); ++row) all[row] = std::strtoll(PQgetvalue(result.get(), static_cast<int>(row), 0), nullptr, 10);
        return all;
    }
    void select_soon(std::string_view sql, const Binds& binds) {
        send_soon(sql, binds);
        auto one = std::make_shared<Ahead>(std::string{sql}, binds);
        waiting_.back().ahead = one;
        ahead_.push_back(std::move(one));
    }

    /// Goes with the next statement whose answer is waited for; which of the transaction's changes it is.
    std::size_t execute_soon(std::string_view sql, const Binds& binds) {
        constexpr std::size_t most_waiting = 256;
        ahead_.clear();  // they may have been sent before what this changes
        if (waiting_.size() >= most_waiting) settle();
        send_soon(sql, binds);
        waiting_.back().is_change = true;
        return given_out_++;
    }
    /// Rows changed by one of execute_soon's statements.
    std::int64_t changed_by(std::size_t statement) {
        if (statement >= changed_.size()) settle();
        require(statement < changed_.size(), "what a statement changed is asked for in its own transaction");
        return changed_[statement];
    }

    void copy(std::string_view table, const std::vector<std::string>& columns, const std::vector<std::vector<Value>>& rows) {
        ahead_.clear();
        settle();
        check(ResultPtr{PQexec(link_, fmt::format("copy {} ({}) from stdin", table, join(columns, ", ")).c_str())}, "copy");
        std::string text;
        for (const auto& row : rows) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (i != 0) text += '\t';
                append_copied(text, row[i]);
            }
            text += '\n';
            if (text.size() > 1u << 18) send(text);
        }
        send(text);
        if (PQputCopyEnd(link_, nullptr) != 1) throw Failure{PQerrorMessage(link_)};
        check(ResultPtr{PQgetResult(link_)}, "copy");
        while (ResultPtr more{PQgetResult(link_)}) {}
    }

private:
    void send(std::string& text) {
        if (!text.empty() && PQputCopyData(link_, text.data(), static_cast<int>(text.size())) != 1) throw Failure{PQerrorMessage(link_)};
        text.clear();
    }
    static void append_copied(std::string& out, const Value& value) {
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            out += fmt::format("{}", *number);
        } else if (const auto* real = std::get_if<double>(&value)) {
            out += fmt::format("{}", *real);
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            for (const char c : *text) {
                if (c == '\\')
                    out += "\\\\";
                else if (c == '\t')
                    out += "\\t";
                else if (c == '\n')
                    out += "\\n";
                else if (c == '\r')
                    out += "\\r";
                else
                    out += c;
            }
        } else {
            out += "\\N";
        }
    }

    static Value value(const char* text, int length, char kind) {
        if (kind == 'i') {
            if (length == 1 && (*text == 't' || *text == 'f')) return static_cast<std::int64_t>(*text == 't');
            return static_cast<std::int64_t>(std::strtoll(text, nullptr, 10));
        }
        if (kind == 'r') return std::strtod(text, nullptr);
        require(kind == 't', "a kind is i, t or r");
        return std::string(text, static_cast<std::size_t>(length));
    }

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    const Prepared& prepared(std::string_view sql) {
        const auto found = statements_.find(sql);
        if (found != statements_.end()) return found->second;
        settle();
        Prepared made{.name = fmt::format("s{}", statements_.size()), .parameters = {}};
        const std::string text = numbered(sql, made.parameters);
        check(ResultPtr{PQprepare(link_, made.name.c_str(), text.c_str(), 0, nullptr)}, sql);
        return statements_.emplace(std::string{sql}, std::move(made)).first->second;
    }

    static Rows rows_of(std::string_view kinds, std::string_view sql, const PGresult* result) {
        const int columns = PQnfields(result), count = PQntuples(result);
        if (static_cast<std::size_t>(columns) != kinds.size()) throw Bug{fmt::format("{} kinds for {} columns: {}", kinds.size(), columns, sql)};
        Rows rows;
        rows.reserve(static_cast<std::size_t>(count));
        for (int row = 0; row < count; ++row) {
            std::vector<Value> values(kinds.size());
            for (int column = 0; column < columns; ++column)
                if (PQgetisnull(result, row, column) == 0)
                    values[static_cast<std::size_t>(column)] =
                        value(PQgetvalue(result, row, column), PQgetlength(result, row, column), kinds[static_cast<std::size_t>(column)]);
            rows.emplace_back(std::move(values));
        }
        return rows;
    }

    /// A select that was sent before it was asked for.
    struct Ahead {
        Ahead(std::string text, const Binds& of) : sql{std::move(text)} {
            for (const auto& bind : of) binds.emplace_back(bind.name, bind.value);
        }
        bool is(std::string_view asked, const Binds& of) const {
            return sql == asked && std::equal(binds.begin(), binds.end(), of.begin(), of.end(), [](const auto& mine, const Bind& bind) {
                       return mine.first == bind.name && mine.second == bind.value;
                   });
        }
        std::string sql;
        std::vector<std::pair<std::string, Value>> binds;
        ResultPtr result;
    };
    /// Taken out: a second select of the same is a new one.
    std::shared_ptr<Ahead> taken_ahead(std::string_view sql, const Binds& binds) {
        const auto found = std::find_if(ahead_.begin(), ahead_.end(), [&](const auto& one) { return one->is(sql, binds); });
        if (found == ahead_.end()) return {};
        auto one = std::move(*found);
        ahead_.erase(found);
        if (!one->result) settle();
        return one;
    }

    /// A statement's values as the client library takes them.
    struct Bound {
        Bound(const Prepared& of, std::string_view sql, const Binds& binds)
            : statement{of}, texts(of.parameters.size()), values(of.parameters.size(), nullptr) {
            of.places.resize(std::max(of.places.size(), binds.size()));
            for (std::size_t b = 0; b < binds.size(); ++b) {
                const auto& bind = binds[b];
                auto& i = of.places[b];
                if (i >= of.parameters.size() || of.parameters[i] != bind.name) {
                    const auto at = std::find(of.parameters.begin(), of.parameters.end(), bind.name);
                    if (at == of.parameters.end()) throw Bug{fmt::format("no parameter :{} in: {}", bind.name, sql)};
                    i = static_cast<std::size_t>(at - of.parameters.begin());
                }
                if (const auto* number = std::get_if<std::int64_t>(&bind.value))
                    texts[i] = fmt::format_int(*number).str();
                else if (const auto* real = std::get_if<double>(&bind.value))
                    texts[i] = fmt::format("{}", *real);
                else if (const auto* text = std::get_if<std::string>(&bind.value))
                    texts[i] = *text;
                else
                    continue;
                values[i] = texts[i].c_str();
            }
        }
        int count() const { return static_cast<int>(values.size()); }
        void send(PGconn* link) const {
            if (PQsendQueryPrepared(link, statement.name.c_str(), count(), values.data(), nullptr, nullptr, 0) != 1)
                throw Failure{PQerrorMessage(link)};
        }
        const Prepared& statement;
        std::vector<std::string> texts;
        std::vector<const char*> values;
    };

    void send_soon(std::string_view sql, const Binds& binds) {
        const Bound bound{prepared(sql), sql, binds};
        start_waiting(sql);
        bound.send(link_);
    }
    ResultPtr execute_prepared(std::string_view sql, const Binds& binds) {
        if (!waiting_.empty()) {
            send_soon(sql, binds);
            return answers();
        }
        const Bound bound{prepared(sql), sql, binds};
        ResultPtr result{PQexecPrepared(link_, bound.statement.name.c_str(), bound.count(), bound.values.data(), nullptr, nullptr, 0)};
        check(result, sql);
        return result;
    }

    void start_waiting(std::string_view doing) {
        if (waiting_.empty() && PQenterPipelineMode(link_) != 1) throw Failure{PQerrorMessage(link_)};
        waiting_.push_back({.doing = std::string{doing}, .ahead = {}});
    }
    /// Of all that was sent, in its order; gives the last one, or throws what went wrong first.
    ResultPtr answers() {
        PQpipelineSync(link_);
        ResultPtr last;
        std::exception_ptr error;
        for (const auto& sent : std::exchange(waiting_, {})) {
            last.reset(PQgetResult(link_));
            while (ResultPtr more{PQgetResult(link_)}) {}
            if (error) continue;  // what was sent after it was not done
            try {
                check(last, sent.doing);
                if (sent.is_change) changed_.push_back(changed_rows(last.get()));
                if (sent.ahead) sent.ahead->result = std::move(last);
            } catch (...) { error = std::current_exception(); }
        }
        while (ResultPtr synced{PQgetResult(link_)}) {
            if (PQresultStatus(synced.get()) == PGRES_PIPELINE_SYNC) break;
        }
        PQexitPipelineMode(link_);
        if (error) std::rethrow_exception(error);
        return last;
    }

    static std::int64_t changed_rows(PGresult* result) {
        const char* changed = PQcmdTuples(result);
        return *changed == '\0' ? 0 : std::strtoll(changed, nullptr, 10);
    }

    void check(const ResultPtr& result, std::string_view doing) {
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN || status == PGRES_EMPTY_QUERY) return;
        const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
        const std::string code = state != nullptr ? state : "";
        const char* said = result ? PQresultErrorMessage(result.get()) : PQerrorMessage(link_);
        const std::string what = fmt::format("PostgreSQL: {} while {}", said, doing);
        if (code == "23505") throw Conflict{what};
        if (code == "40001" || code == "40P01") throw TryAgain{what};
        throw Failure{what};
    }

    /// What was sent and not yet answered.
    struct Sent {
        std::string doing;
        bool is_change = false;
        std::shared_ptr<Ahead> ahead;
    };

    PGconn* link_;
    std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>> statements_;
    std::vector<Sent> waiting_;
    std::vector<std::shared_ptr<Ahead>> ahead_;
    std::size_t given_out_ = 0;
    std::vector<std::int64_t> changed_;  // rows, by each change of this transaction that was answered
};

/// Series of numbers are set aside in blocks: one short transaction of its own for many numbers.
struct Block {
    std::int64_t next = 0, end = 0;
};

class PostgresqlReader final : public Reader {
public:
    PostgresqlReader(Connection& connection, Postings& postings, Memory& memory) : connection_{connection}, postings_{postings}, memory_{memory} {}
    Postings* postings() override { return &postings_; }
    Engine engine() const override { return Engine::postgresql; }
    Rows select(std::string_view kinds, std::string_view sql, const Binds& binds) override { return connection_.select(kinds, sql, binds); }
    std::vector<std::int64_t> integers(std::string_view sql, const Binds& binds) override { return connection_.integers(sql, binds); }
    void select_soon(std::string_view sql, const Binds& binds) override { connection_.select_soon(sql, binds); }
    Memory& memory() override { return memory_; }

private:
    Connection& connection_;
    Postings& postings_;
    Memory& memory_;
};

using NextOfSeries = std::function<std::int64_t(std::string_view)>;

class PostgresqlTransaction final : public Transaction {
public:
    PostgresqlTransaction(Connection& connection, Memory& memory, NextOfSeries next)
        : connection_{connection}, memory_{memory}, next_{std::move(next)} {}
    Engine engine() const override { return Engine::postgresql; }
    Rows select(std::string_view kinds, std::string_view sql, const Binds& binds) override { return connection_.select(kinds, sql, binds); }
    std::vector<std::int64_t> integers(std::string_view sql, const Binds& binds) override { return connection_.integers(sql, binds); }
    void select_soon(std::string_view sql, const Binds& binds) override { connection_.select_soon(sql, binds); }
    Memory& memory() override { return memory_; }
    RowsChanged execute(std::string_view sql, const Binds& binds) override { return {*this, connection_.execute_soon(sql, binds)}; }
    std::int64_t next_of_series(std::string_view series) override { return next_(series); }
    void insert_many(std::string_view table, const std::vector<std::string>& columns, const std::vector<std::vector<Value>>& rows) override {
        if (!rows.empty()) connection_.copy(table, columns, rows);
    }
    void after_commit(std::function<void()> then) override { then_.push_back(std::move(then)); }
    const std::vector<std::function<void()>>& then() const { return then_; }
    Connection& connection() { return connection_; }

private:
    std::int64_t changed_by(std::size_t statement) override { return connection_.changed_by(statement); }

    Connection& connection_;
    Memory& memory_;
    NextOfSeries next_;
    std::vector<std::function<void()>> then_;
};

class PostgresqlDatabase final : public Database {
public:
    PostgresqlDatabase(const Settings& settings, Durability durability)
        : url_{settings.url},
          schema_{settings.schema},
          durability_{durability},
          reads_{.most = std::max(1, settings.readers)},
          writes_{.most = std::max(1, settings.writers)} {
        const Borrowed first{*this, reads_};  // says at once where the server cannot be reached
    }

    Engine engine() const override { return Engine::postgresql; }
    std::string url() const override { return url_; }

    void read(const std::function<void(Reader&)>& work) override {
        if (auto* here = Here::of(this)) {
            PostgresqlReader reader{here->connection, postings_, memory_};
            return work(reader);
        }
        const Borrowed borrowed{*this, reads_};
        const Here here{this, *borrowed.connection, false};
        PostgresqlReader reader{*borrowed.connection, postings_, memory_};
        work(reader);
    }
    void snapshot(const std::function<void(Reader&)>& work) override {
        if (auto* here = Here::of(this)) return here->one_moment ? read(work) : see_one_moment(here->connection, work);
        const Borrowed borrowed{*this, reads_};
        see_one_moment(*borrowed.connection, work);
    }
    void write(const std::function<bool(Transaction&)>& work) override {
        require(Here::of(this) == nullptr, "a write inside a read");  // would hold a connection while it waits for another
        std::vector<std::function<void()>> then;
        for (int attempt = 1;; ++attempt) {
            const Borrowed borrowed{*this, writes_};
            try {
                borrowed.connection->begin_soon("begin");
                PostgresqlTransaction tx{*borrowed.connection, memory_, [this](std::string_view series) { return next_of(series); }};
                if (!work(tx)) {
                    roll_back(*borrowed.connection);
                    return;
                }
                borrowed.connection->run_soon("commit");
                borrowed.connection->settle();
                then = tx.then();
                break;
            } catch (const TryAgain&) {
                roll_back(*borrowed.connection);
                if (attempt == 3) throw;
            } catch (...) {
                roll_back(*borrowed.connection);
                throw;
            }
        }
        for (const auto& one : then) one();
    }
    int migrate(const std::vector<Migration>& migrations) override {
        return run_migrations(*this, migrations,
                              [](Transaction& tx, const std::string& script) { static_cast<PostgresqlTransaction&>(tx).connection().run(script); });
    }
    int schema() override {
        return reading([](Reader& reader) { return static_cast<int>(reader.count("select max(number) from schema_migration")); });
    }
    void analyze() override {
        const Borrowed borrowed{*this, writes_};
        borrowed.connection->run("analyze");
    }
    void backup(const std::string& target) override {
        const std::string command = fmt::format("pg_dump --format=custom --no-owner --file='{}' '{}'", target, url_);
        if (target.find('\'') != std::string::npos || url_.find('\'') != std::string::npos || std::system(command.c_str()) != 0)
            throw Failure{fmt::format("pg_dump did not write the backup {}: is postgresql-client installed, and the folder writable?", target)};
    }
    bool healthy() override {
        try {
            read([](Reader& reader) { reader.count("select 1"); });
        } catch (const Failure&) { return false; }
        return true;
    }

private:
    static void roll_back(Connection& connection) {
        try {
            connection.settle();
        } catch (const Failure&) {}  // it is given up in any case
        try {
            connection.run("rollback");
        } catch (const Failure&) {}
    }
    using Here = ReadingHere<Connection>;
    void see_one_moment(Connection& connection, const std::function<void(Reader&)>& work) {
        connection.begin_soon("begin isolation level repeatable read read only");
        const Here here{this, connection, true};
        PostgresqlReader reader{connection, postings_, memory_};
        try {
            work(reader);
        } catch (...) {
            roll_back(connection);
            throw;
        }
        connection.run("commit");
    }
    /// On a connection of its own, among those for reads.
    std::int64_t next_of(std::string_view series) {
        constexpr std::int64_t at_once = 32;
        const std::lock_guard lock{series_mutex_};
        auto& block = blocks_[std::string{series}];
        if (block.next == block.end) {
            const Borrowed borrowed{*this, reads_};
            const auto rows = borrowed.connection->select(
                "i",
                "insert into series (name, last) values (:name, :more) on conflict (name) do update set last = series.last + :more returning last",
                {{"name", series}, {"more", at_once}});
            block = {.next = rows.front().integer(0) - at_once, .end = rows.front().integer(0)};
        }
        return ++block.next;
    }
    /// How many connections are lent for reads, and how many for writes. A read inside a write needs one of each, so writes that wait for each
    /// other's rows must not be able to hold them all.
    struct Lent {
        int most, now = 0;
        std::condition_variable one_free = {};
    };
    struct Borrowed {
        Borrowed(PostgresqlDatabase& from, Lent& for_what) : owner{from}, lent{for_what}, connection{from.borrow(for_what)} {}
        ~Borrowed() { owner.give_back(std::move(connection), lent); }
        PostgresqlDatabase& owner;
        Lent& lent;
        std::unique_ptr<Connection> connection;
    };
    std::unique_ptr<Connection> borrow(Lent& lent) {
        {
            std::unique_lock lock{mutex_};
            lent.one_free.wait(lock, [&] { return lent.now < lent.most; });
            ++lent.now;
            while (!free_.empty()) {
                auto connection = std::move(free_.back());
                free_.pop_back();
                if (connection->alive()) return connection;
            }
        }
        try {
            return std::make_unique<Connection>(url_, schema_, durability_);
        } catch (...) {
            give_back(nullptr, lent);
            throw;
        }
    }
    void give_back(std::unique_ptr<Connection> connection, Lent& lent) {
        if (connection) connection->rest();
        {
            const std::lock_guard lock{mutex_};
            --lent.now;
            if (connection && connection->alive()) free_.push_back(std::move(connection));
        }
        lent.one_free.notify_one();
    }

    std::string url_, schema_;
    Durability durability_;
    Postings postings_;
    Memory memory_;
    Lent reads_, writes_;
    std::mutex series_mutex_;
    std::map<std::string, Block, std::less<>> blocks_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace

std::unique_ptr<Database> open_postgresql(const Settings& settings, Durability durability) {
    return std::make_unique<PostgresqlDatabase>(settings, durability);
}

Result<Done> restore(const std::string& file, const Settings& target) {
    if (!is_postgresql(target.url)) {
        // A SQLite backup is a database file of its own: opened, checked, copied by the same online copy.
        if (std::unique_ptr<std::FILE, int (*)(std::FILE*)> there{std::fopen(target.url.c_str(), "rb"), std::fclose}; there)
            return Refusal{Because::not_now, "store.not_empty",
                           fmt::format("{} is there already: a backup is restored into an empty place only.", target.url)};
        char head[16] = {};
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> from{std::fopen(file.c_str(), "rb"), std::fclose};
        if (!from || std::fread(head, 1, sizeof head, from.get()) != sizeof head || std::string_view{head, 15} != "SQLite format 3")
            return Refusal{Because::invalid, "store.no_backup", fmt::format("{} is not a backup that `concord backup` wrote.", file)};
        open_sqlite({.url = file, .readers = 1, .must_exist = true}, Durability::full)->backup(target.url);
        return Done{};
    }
    auto db = open_postgresql(target, Durability::full);
    const auto tables =
        db->reading([](Reader& reader) { return reader.count("select count(*) from information_schema.tables where table_schema = 'public'"); });
    if (tables != 0)
        return Refusal{Because::not_now, "store.not_empty", "The target database holds tables already: a backup is restored into an empty one only."};
    const std::string command = fmt::format("pg_restore --no-owner --exit-on-error --dbname='{}' '{}'", target.url, file);
    if (file.find('\'') != std::string::npos || std::system(command.c_str()) != 0)
        return Refusal{Because::invalid, "store.no_backup", fmt::format("{} could not be restored by pg_restore.", file)};
    return Done{};
}

}  // namespace concord::store
