#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <filesystem>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

#include "store/engines.hpp"
#include "store/postings.hpp"
#include "store/reading_here.hpp"

/// SQLite: WAL, synchronous=FULL (neither while a new database is filled), many readers, one writer thread that commits what has queued up with one
/// fsync.
namespace concord::store {
namespace {

[[noreturn]] void fail(sqlite3* db, std::string_view doing) {
    const int code = sqlite3_extended_errcode(db);
    const std::string what = fmt::format("SQLite: {} ({}) while {}", sqlite3_errmsg(db), code, doing);
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID) throw Conflict{what};
    throw Failure{what};
}

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

class Connection {
public:
    Connection(const std::string& file, int flags, Durability durability) {
        if (sqlite3_open_v2(file.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr) != SQLITE_OK) {
            const std::string what = fmt::format("The database {} cannot be opened: {}", file, sqlite3_errmsg(db_));
            sqlite3_close(db_);
            throw Failure{what};
        }
        sqlite3_busy_timeout(db_, 10'000);
        run("pragma foreign_keys = on");
        run("pragma temp_store = memory");
        run("pragma mmap_size = 0");           // a mapping is given up after every change by another connection, and costs more than it saves
        if (durability == Durability::none) {  // no log to write, read and copy
            run("pragma journal_mode = memory");
            run("pragma synchronous = off");
            run("pragma cache_size = -65536");
            return;
        }
        run("pragma journal_mode = wal");
        run("pragma synchronous = full");
        run("pragma cache_size = -4096");  // 4 MB a connection: more is slower with many clients, who then share less of the processor's own cache
        run("pragma wal_autocheckpoint = 4000");
        check("pragma journal_mode", "wal");
        check("pragma synchronous", "2");
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        for (auto& [sql, prepared] : statements_) sqlite3_finalize(prepared.statement);
        sqlite3_close(db_);
    }

    void run(const std::string& script) {
        if (sqlite3_exec(db_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(db_, script.substr(0, 80));
    }

    Rows select(std::string_view kinds, std::string_view sql, const Binds& binds) {
        sqlite3_stmt* statement = prepared(sql, binds);
        const Reset reset{statement};
        Rows rows;
        const auto columns = static_cast<std::size_t>(sqlite3_column_count(statement));
        if (columns != kinds.size()) throw Bug{fmt::format("{} kinds for {} columns: {}", kinds.size(), columns, sql)};
        for (;;) {
            const int step = sqlite3_step(statement);
            if (step == SQLITE_DONE) return rows;
            if (step != SQLITE_ROW) fail(db_, sql);
            std::vector<Value> values(columns);
            for (std::size_t i = 0; i < columns; ++i) values[i] = value(statement, static_cast<int>(i), kinds[i]);
            rows.emplace_back(std::move(values));
        }
    }

    std::vector<std::int64_t> integers(std::string_view sql, const Binds& binds) {
        sqlite3_stmt* statement = prepared(sql, binds);
        const Reset reset{statement};
        std::vector<std::int64_t> all;
        for (int step = sqlite3_step(statement); step != SQLITE_DONE; step = sqlite3_step(statement)) {
            if (step != SQLITE_ROW) fail(db_, sql);
            all.push_back(sqlite3_column_int64(statement, 0));
        }
        return all;
    }

    std::int64_t execute(std::string_view sql, const Binds& binds) {
        sqlite3_stmt* statement = prepared(sql, binds);
        const Reset reset{statement};
        int step = sqlite3_step(statement);
        while (step == SQLITE_ROW) step = sqlite3_step(statement);
        if (step != SQLITE_DONE) fail(db_, sql);
        return sqlite3_changes64(db_);
    }

    sqlite3* handle() { return db_; }

private:
    struct Reset {
        sqlite3_stmt* statement;
        ~Reset() {
            sqlite3_reset(statement);
            sqlite3_clear_bindings(statement);
        }
    };

    void check(const std::string& pragma, std::string_view expected) {
        const auto rows = select("t", pragma, {});
        if (rows.empty() || rows.front().text(0) != expected)
            throw Failure{fmt::format("SQLite does not keep acknowledged changes here: {} is {}, not {}.", pragma,
                                      rows.empty() ? "nothing" : rows.front().text(0), expected)};
    }

    /// A statement, and where the names stand that it was last bound with: whoever uses it again binds the same in the same order, and SQLite looks
    /// for a name among all of them.
    struct Prepared {
        sqlite3_stmt* statement = nullptr;
        std::vector<std::pair<std::string, int>> places;
    };

    sqlite3_stmt* prepared(std::string_view sql, const Binds& binds) {
        auto found = statements_.find(sql);
        if (found == statements_.end()) {
            sqlite3_stmt* statement = nullptr;
            if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
                fail(db_, sql);
            found = statements_.emplace(std::string{sql}, Prepared{.statement = statement, .places = {}}).first;
        }
        auto& prepared = found->second;
        for (std::size_t i = 0; i < binds.size(); ++i) {
            if (i == prepared.places.size()) prepared.places.emplace_back();
            auto& [name, at] = prepared.places[i];
            if (at == 0 || name != binds[i].name) {
                at = place_of(prepared.statement, binds[i].name, sql);
                name = binds[i].name;
            }
            bind_one(prepared.statement, at, binds[i].value);
        }
        return prepared.statement;
    }

    static int place_of(sqlite3_stmt* statement, std::string_view name, std::string_view sql) {
        const int at = sqlite3_bind_parameter_index(statement, fmt::format(":{}", name).c_str());
        if (at == 0) throw Bug{fmt::format("no parameter :{} in: {}", name, sql)};
        return at;
    }

    static void bind_one(sqlite3_stmt* statement, int at, const Value& value) {
        if (const auto* number = std::get_if<std::int64_t>(&value))
            sqlite3_bind_int64(statement, at, *number);
        else if (const auto* real = std::get_if<double>(&value))
            sqlite3_bind_double(statement, at, *real);
        else if (const auto* text = std::get_if<std::string>(&value))
            sqlite3_bind_text(statement, at, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
        else
            sqlite3_bind_null(statement, at);
    }

    static Value value(sqlite3_stmt* statement, int column, char kind) {
        if (sqlite3_column_type(statement, column) == SQLITE_NULL) return std::monostate{};
        if (kind == 'i') return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
        if (kind == 'r') return sqlite3_column_double(statement, column);
        require(kind == 't', "a kind is i, t or r");
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }

    sqlite3* db_ = nullptr;
    std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>> statements_;
};

using Later = std::vector<std::pair<std::string, Binds>>;

class SqliteTransaction final : public Transaction {
public:
    SqliteTransaction(Connection& connection, Memory& memory) : connection_{connection}, memory_{memory} {}
    Engine engine() const override { return Engine::sqlite; }
    Rows select(std::string_view kinds, std::string_view sql, const Binds& binds) override { return connection_.select(kinds, sql, binds); }
    std::vector<std::int64_t> integers(std::string_view sql, const Binds& binds) override { return connection_.integers(sql, binds); }
    RowsChanged execute(std::string_view sql, const Binds& binds) override { return connection_.execute(sql, binds); }
    std::int64_t next_of_series(std::string_view series) override {
        return count("insert into series (name, last) values (:name, 1) on conflict (name) do update set last = series.last + 1 returning last",
                     {{"name", series}});
    }
    Memory& memory() override { return memory_; }
    void insert_many(std::string_view table, const std::vector<std::string>& columns, const std::vector<std::vector<Value>>& rows) override {
        std::string names, marks;
        for (const auto& column : columns) {
            names += (names.empty() ? "" : ", ") + column;
            marks += (marks.empty() ? ":" : ", :") + column;
        }
        const std::string sql = fmt::format("insert into {} ({}) values ({})", table, names, marks);
        Binds binds;
        for (const auto& column : columns) binds.emplace_back(column, nullptr);
        for (const auto& row : rows) {
            require(row.size() == columns.size(), "a row has as many values as there are columns");
            for (std::size_t i = 0; i < row.size(); ++i) binds[i].value = row[i];
            connection_.execute(sql, binds);
        }
    }
    void execute_last(std::string sql, Binds binds) override { last_.emplace_back(std::move(sql), std::move(binds)); }
    void after_commit(std::function<void()> then) override { then_.push_back(std::move(then)); }
    Later take_last() { return std::move(last_); }
    std::vector<std::function<void()>> take_then() { return std::move(then_); }
    Connection& connection() { return connection_; }

private:
    Connection& connection_;
    Memory& memory_;
    Later last_;
    std::vector<std::function<void()>> then_;
};

class SqliteReader final : public Reader {
public:
    SqliteReader(Connection& connection, Postings& postings, Memory& memory) : connection_{connection}, postings_{postings}, memory_{memory} {}
    Engine engine() const override { return Engine::sqlite; }
    Rows select(std::string_view kinds, std::string_view sql, const Binds& binds) override { return connection_.select(kinds, sql, binds); }
    std::vector<std::int64_t> integers(std::string_view sql, const Binds& binds) override { return connection_.integers(sql, binds); }
    Postings* postings() override { return &postings_; }
    Memory& memory() override { return memory_; }

private:
    Connection& connection_;
    Postings& postings_;
    Memory& memory_;
};

/// One piece of work on its way through the writer.
struct Work {
    const std::function<bool(Transaction&)>* run = nullptr;
    std::exception_ptr error;
    bool kept = false;
    Later last;
    std::vector<std::function<void()>> then;

    void wait() {
        std::unique_lock lock{mutex_};
        finished_.wait(lock, [&] { return done_; });
    }
    void finish() {
        const std::lock_guard lock{mutex_};  // held while it is told: whoever waits takes it last, and then the work may go
        done_ = true;
        finished_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable finished_;
    bool done_ = false;
};

/// How many works a commit should wait for. Writers that go on as soon as they are answered fall into two groups, one at work while the other waits
/// for the disk: half as many in each commit as there could be. So a commit waits a little for as many as came last time; once in a while for as many
/// as the last two had together; and never longer than a commit takes.
class Gathering {
public:
    std::size_t wanted() const { return wanted_; }
    std::chrono::nanoseconds patience() const { return std::min<std::chrono::nanoseconds>(took_, std::chrono::milliseconds{2}); }
    void give_up() { wanted_ = 0; }
    void committed(std::size_t size, std::chrono::nanoseconds took) {
        constexpr std::size_t once_in = 32;
        wanted_ = ++commits_ % once_in == 0 ? size + last_ : size;
        last_ = size;
        took_ = took;
    }

private:
    std::size_t wanted_ = 0, last_ = 0, commits_ = 0;
    std::chrono::nanoseconds took_{0};
};

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(const Settings& settings, Durability durability) : file_{settings.url} {
        const bool exists = std::filesystem::exists(file_);
        if (settings.must_exist && !exists) throw Failure{fmt::format("There is no database at {}: make one with `concord init`.", file_)};
        if (exists) durability = Durability::full;  // what is there already is not being made
        if (const auto folder = std::filesystem::path{file_}.parent_path(); !folder.empty()) std::filesystem::create_directories(folder);
        writer_ = std::make_unique<Connection>(file_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, durability);
        for (int i = 0; i < std::max(1, settings.readers); ++i)
            free_.push_back(std::make_unique<Connection>(file_, SQLITE_OPEN_READWRITE, durability));
        thread_ = std::thread{[this] { write_on(); }};
    }
    ~SqliteDatabase() override {
        {
            const std::lock_guard lock{queue_mutex_};
            stopping_ = true;
        }
        queue_filled_.notify_all();
        thread_.join();
    }

    Engine engine() const override { return Engine::sqlite; }
    std::string url() const override { return file_; }

    void read(const std::function<void(Reader&)>& work) override {
        if (auto* here = Here::of(this)) {
            SqliteReader reader{here->connection, postings_, memory_};
            return work(reader);
        }
        const Borrowed borrowed{*this};
        see_one_moment(*borrowed.connection, work);
    }
    void snapshot(const std::function<void(Reader&)>& work) override { read(work); }

    void write(const std::function<bool(Transaction&)>& run) override {
        require(std::this_thread::get_id() != thread_.get_id(), "a write inside a write");
        require(Here::of(this) == nullptr, "a write inside a read");  // would hold a reader while it waits
        Work work;
        work.run = &run;
        {
            const std::lock_guard lock{queue_mutex_};
            queue_.push_back(&work);
        }
        queue_filled_.notify_one();
        work.wait();
        if (work.error) std::rethrow_exception(work.error);
        for (const auto& then : work.then) then();
    }

    int migrate(const std::vector<Migration>& migrations) override {
        return run_migrations(*this, migrations,
                              [](Transaction& tx, const std::string& script) { static_cast<SqliteTransaction&>(tx).connection().run(script); });
    }
    int schema() override {
        return reading([](Reader& reader) { return static_cast<int>(reader.count("select max(number) from schema_migration")); });
    }
    void analyze() override {
        write([](Transaction& tx) {
            static_cast<SqliteTransaction&>(tx).connection().run("analyze");
            return true;
        });
    }
    void backup(const std::string& target) override {
        if (std::filesystem::exists(target)) throw Failure{fmt::format("{} is there already: name a new file for the backup.", target)};
        const Borrowed borrowed{*this};
        sqlite3* to = nullptr;
        if (sqlite3_open(target.c_str(), &to) != SQLITE_OK) {
            sqlite3_close(to);
            throw Failure{fmt::format("The backup {} cannot be written.", target)};
        }
        sqlite3_backup* copy = sqlite3_backup_init(to, "main", borrowed.connection->handle(), "main");
        const bool good = copy != nullptr && sqlite3_backup_step(copy, -1) == SQLITE_DONE && sqlite3_backup_finish(copy) == SQLITE_OK;
        sqlite3_close(to);
        if (!good) throw Failure{fmt::format("The backup {} was not finished: is the disk full?", target)};
    }
    bool healthy() override {
        if (broken_) return false;
        try {
            read([](Reader& reader) { reader.count("select 1"); });
        } catch (const Failure&) { return false; }
        return true;
    }

private:
    using Here = ReadingHere<Connection>;
    void see_one_moment(Connection& connection, const std::function<void(Reader&)>& work) {
        connection.execute("begin", {});
        const Here here{this, connection, true};
        SqliteReader reader{connection, postings_, memory_};
        try {
            work(reader);
        } catch (...) {
            connection.execute("rollback", {});
            throw;
        }
        connection.execute("rollback", {});
    }
    struct Borrowed {
        explicit Borrowed(SqliteDatabase& from) : owner{from}, connection{from.borrow()} {}
        ~Borrowed() { owner.give_back(std::move(connection)); }
        SqliteDatabase& owner;
        std::unique_ptr<Connection> connection;
    };
    std::unique_ptr<Connection> borrow() {
        std::unique_lock lock{free_mutex_};
        one_free_.wait(lock, [&] { return !free_.empty(); });
        auto connection = std::move(free_.back());  // the last one given back has the warmest cache
        free_.pop_back();
        return connection;
    }
    void give_back(std::unique_ptr<Connection> connection) {
        {
            const std::lock_guard lock{free_mutex_};
            free_.push_back(std::move(connection));
        }
        one_free_.notify_one();
    }

    void write_on() {
        for (;;) {
            Group group;
            {
                std::unique_lock lock{queue_mutex_};
                queue_filled_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
                if (queue_.empty()) return;
            }
            write_group(group);
            for (auto* work : group) work->finish();
        }
    }

    using Group = std::vector<Work*>;
    Work* next_of(const Group& group) {
        constexpr std::size_t most_in_a_group = 128;
        std::unique_lock lock{queue_mutex_};
        if (group.size() >= most_in_a_group) return nullptr;
        if (queue_.empty() && group.size() < gathering_.wanted()) {
            const auto until = std::chrono::steady_clock::now() + gathering_.patience();
            queue_filled_.wait_until(lock, until, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) gathering_.give_up();
        }
        if (queue_.empty()) return nullptr;
        Work* work = queue_.front();
        queue_.pop_front();
        return work;
    }

    /// Each work in its own savepoint; those that come in meanwhile join; one commit for all.
    void write_group(Group& group) {
        try {
            writer_->execute("begin immediate", {});
        } catch (...) {
            gathering_.give_up();
            if (Work* work = next_of(group)) {
                work->error = std::current_exception();
                group.push_back(work);
            }
            return;
        }
        while (Work* work = next_of(group)) {
            group.push_back(work);
            run_one(*work);
        }
        const auto began = std::chrono::steady_clock::now();
        try {
            for (const auto* work : group)
                for (const auto& [sql, binds] : work->last) writer_->execute(sql, binds);
            writer_->execute("commit", {});
        } catch (...) {
            broken_ = true;  // a failed fsync or a full disk: nothing is acknowledged, nothing is tried again silently
            try {
                writer_->execute("rollback", {});
            } catch (const Failure&) {}
            for (auto* work : group)
                if (!work->error) work->error = std::current_exception();
        }
        gathering_.committed(group.size(), std::chrono::steady_clock::now() - began);
    }

    void run_one(Work& work) {
        try {
            writer_->execute("savepoint work", {});
            SqliteTransaction tx{*writer_, memory_};
            work.kept = (*work.run)(tx);
            if (work.kept) {
                work.last = tx.take_last();
                work.then = tx.take_then();
            }
        } catch (...) {
            work.error = std::current_exception();
            work.kept = false;
        }
        try {
            if (!work.kept) writer_->execute("rollback to work", {});
            writer_->execute("release work", {});
        } catch (...) {
            if (!work.error) work.error = std::current_exception();
        }
    }

    std::string file_;
    Postings postings_;
    Memory memory_;
    std::unique_ptr<Connection> writer_;
    std::mutex free_mutex_;
    std::condition_variable one_free_;
    std::vector<std::unique_ptr<Connection>> free_;
    std::mutex queue_mutex_;
    std::condition_variable queue_filled_;
    std::deque<Work*> queue_;
    Gathering gathering_;  // of the writing thread
    bool stopping_ = false;
    std::atomic<bool> broken_ = false;
    std::thread thread_;
};

void sync(const std::string& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC);
    const bool good = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!good) throw Failure{fmt::format("{} did not reach the disk: {}.", path, std::strerror(errno))};
}

}  // namespace

std::unique_ptr<Database> open_sqlite(const Settings& settings, Durability durability) {
    // Without counting what is in use, for which every allocation of every thread would wait at one lock.
    [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return std::make_unique<SqliteDatabase>(settings, durability);
}

void settle_sqlite(const std::string& file) {
    {
        Connection all{file, SQLITE_OPEN_READWRITE, Durability::full};  // makes it a database with a log again
        all.run("pragma wal_checkpoint(truncate)");
    }
    // Pages that were written without waiting are still the system's.
    sync(file, O_RDWR);
    const auto folder = std::filesystem::path{file}.parent_path();
    sync(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

}  // namespace concord::store
