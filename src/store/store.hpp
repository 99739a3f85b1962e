#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

/// One interface, two engines. Features write portable SQL with named parameters (:name) and see nothing of either client library.
/// Integers are 64 bits, instants are their microseconds, dates are ISO text, booleans are 0 and 1, JSON is text.
namespace concord::store {

enum class Engine { sqlite, postgresql };

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate is NULL

struct Bind {
    Bind(std::string_view n, std::nullptr_t) : name{n} {}
    Bind(std::string_view n, const char* v) : name{n}, value{std::string{v}} {}
    Bind(std::string_view n, std::string_view v) : name{n}, value{std::string{v}} {}
    Bind(std::string_view n, std::string v) : name{n}, value{std::move(v)} {}
    Bind(std::string_view n, double v) : name{n}, value{v} {}
    Bind(std::string_view n, Instant v) : name{n}, value{v.micros} {}
    Bind(std::string_view n, Date v) : name{n}, value{to_iso(v)} {}
    template <class I, std::enable_if_t<std::is_integral_v<I>, int> = 0>
    Bind(std::string_view n, I v) : name{n}, value{static_cast<std::int64_t>(v)} {}
    template <class T>
    Bind(std::string_view n, const std::optional<T>& v) : name{n} {
        if (v) value = Bind{n, *v}.value;
    }
    std::string_view name;
    Value value;
};
using Binds = std::vector<Bind>;

/// One row of an answer. Columns are read by position, in the order of the select list.
class Row {
public:
    explicit Row(std::vector<Value> values) : values_{std::move(values)} {}
    bool is_null(std::size_t column) const { return values_[column].index() == 0; }
    std::int64_t integer(std::size_t column) const;     // 0 where NULL
    double real(std::size_t column) const;              // 0 where NULL
    const std::string& text(std::size_t column) const;  // empty where NULL
    bool truth(std::size_t column) const { return integer(column) != 0; }
    Instant instant(std::size_t column) const { return Instant{integer(column)}; }
    std::optional<std::int64_t> maybe_integer(std::size_t column) const;
    std::optional<std::string> maybe_text(std::size_t column) const;
    std::optional<Instant> maybe_instant(std::size_t column) const;
    std::optional<Date> maybe_date(std::size_t column) const;

private:
    std::vector<Value> values_;
};
using Rows = std::vector<Row>;

class Postings;  // store/postings.hpp

/// What is kept for as long as a database is open (Reader::kept_for_all).
class Memory {
public:
    void* of(std::type_index type, const std::function<std::shared_ptr<void>()>& make) {
        const std::lock_guard lock{mutex_};
        auto& one = all_[type];
        if (!one) one = make();
        return one.get();
    }

private:
    std::mutex mutex_;
    std::map<std::type_index, std::shared_ptr<void>> all_;
};

/// Reads. Statements are prepared once a connection and kept, by their text: build SQL from few, fixed parts.
class Reader {
public:
    Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    virtual ~Reader() = default;
    virtual Engine engine() const = 0;
    /// kinds: one letter a column: i integer or instant, t text or date, r real. "itt" for `select seq, name, on_day`.
    virtual Rows select(std::string_view kinds, std::string_view sql, const Binds& binds = {}) = 0;
    virtual std::vector<std::int64_t> integers(std::string_view sql, const Binds& binds = {});             // a long list of one column, without rows
    std::optional<Row> select_one(std::string_view kinds, std::string_view sql, const Binds& binds = {});  // the first row, if any
    std::int64_t count(std::string_view sql, const Binds& binds = {});  // first column of the first row, 0 where none
    /// What a feature keeps while this transaction or read lasts, one T each: made empty by the first who asks. Whoever writes what it was read from
    /// brings it up to date.
    template <class T>
    T& kept() {
        auto& one = kept_[std::type_index{typeid(T)}];
        if (!one) one = std::make_shared<T>();
        return *static_cast<T*>(one.get());
    }

    /// What a feature keeps in memory for as long as the database is open, one T each, for all threads; made empty by the first who asks.
    template <class T>
    T& kept_for_all() {
        return *static_cast<T*>(memory().of(std::type_index{typeid(T)}, [] { return std::make_shared<T>(); }));
    }

    /// The same select is about to be asked for, together with others: PostgreSQL is sent them all and answers once, instead of once each. A change
    /// in between undoes it. Costs nothing where there is nothing to gain.
    virtual void select_soon(std::string_view sql, const Binds& binds = {}) { (void)sql, (void)binds; }

    /// Lists of full text that the engine keeps in memory; none where it needs none.
    virtual Postings* postings() { return nullptr; }
    virtual Memory& memory() = 0;

private:
    std::map<std::type_index, std::shared_ptr<void>> kept_;
};

class Transaction;

/// How many rows a statement changed. Asking waits for the database where it has not answered yet; ask before the next commit.
class RowsChanged {
public:
    RowsChanged(std::int64_t known) : known_{known} {}
    RowsChanged(Transaction& of, std::size_t statement) : of_{&of}, statement_{statement} {}
    operator std::int64_t() const;

private:
    Transaction* of_ = nullptr;
    std::size_t statement_ = 0;
    std::int64_t known_ = 0;
};

/// Reads and changes, all or nothing. Lives inside Database::write only.
class Transaction : public Reader {
public:
    /// Answers the number of rows changed; nothing is waited for before it is asked for, or something is selected. A broken unique constraint throws
    /// Conflict, everything else a Failure: here, where that number is asked for, at the next select or at the commit.
    virtual RowsChanged execute(std::string_view sql, const Binds& binds = {}) = 0;
    /// Executed in this transaction after everything else in it, in the order in which it was asked for; nothing of it is seen until the commit. For
    /// full-text indexes: SQLite flushes them at every savepoint, and many writers share one commit.
    virtual void execute_last(std::string sql, Binds binds) { execute(sql, binds); }
    /// Many rows by one statement: bulk binding on SQLite, multi-row insert or COPY on PostgreSQL.
    virtual void insert_many(std::string_view table, const std::vector<std::string>& columns, const std::vector<std::vector<Value>>& rows) = 0;
    /// The next number of a series, which nobody else gets. PostgreSQL gives it at once, whether this transaction is kept or not, so that nobody
    /// waits for the others' commits: numbers may be left out.
    virtual std::int64_t next_of_series(std::string_view series) = 0;
    /// Runs after the commit has reached the disk, in the caller's thread; not at all where the transaction is rolled back.
    virtual void after_commit(std::function<void()> then) = 0;

private:
    friend class RowsChanged;
    virtual std::int64_t changed_by(std::size_t statement) {
        (void)statement;
        return 0;
    }
};
inline RowsChanged::operator std::int64_t() const { return of_ != nullptr ? of_->changed_by(statement_) : known_; }

/// A unique constraint refused a row: the loser of a race. Business code may catch this one.
struct Conflict : Failure {
    using Failure::Failure;
};

/// A migration as it lies in <feature>/migrations/NNNN_title.sql: applied once, in number order over all features, in a transaction, checked by hash.
/// Portable SQL; a line `-- sqlite:` or `-- postgresql:` starts a part for one engine, `-- both:` ends it.
struct Migration {
    int number;
    std::string title;
    std::string sql;
};

/// The store's own tables (jobs, series of numbers, the words of changing texts); part of every list given to migrate().
std::vector<Migration> migrations();

struct Settings {
    std::string schema;  // PostgreSQL: the search_path, for a rebuild beside the live tables; empty: public
    std::string url;     // "var/concord.db" (a path is SQLite) or "postgresql://user@host/name"
    int readers = 8;     // pooled connections for reads
    int writers = 8;     // PostgreSQL: pooled connections for writes
    bool must_exist = false;
};

class Database {
public:
    virtual ~Database() = default;
    virtual Engine engine() const = 0;

    /// Runs on a pooled reading connection; every statement sees at least what was committed before the function began.
    virtual void read(const std::function<void(Reader&)>& work) = 0;
    /// The same, but every statement sees one moment.
    virtual void snapshot(const std::function<void(Reader&)>& work) = 0;
    /// Runs `work` and commits; returns when the commit is on the disk. Whatever `work` throws rolls back and is thrown on.
    /// `work` returns false to roll back without an error.
    /// SQLite: one writer thread runs queued works, each in a savepoint, and commits them together (one fsync for many);
    /// PostgreSQL: the calling thread with a pooled connection; a deadlock or serialisation failure runs `work` once more, so work must not have
    /// other effects.
    virtual void write(const std::function<bool(Transaction&)>& work) = 0;

    /// Brings the schema up to these migrations; refuses a database of a newer schema or of another hash. Answers the schema's number.
    virtual int migrate(const std::vector<Migration>& migrations) = 0;
    virtual int schema() = 0;
    virtual void analyze() = 0;                        // statistics, after bulk loads
    virtual void backup(const std::string& file) = 0;  // online; a consistent copy
    virtual std::string url() const = 0;
    virtual bool healthy() = 0;  // false after a failed fsync or a full disk, or where the database does not answer

    // Typed conveniences over the three above.
    template <class F>
    auto reading(F&& work) {
        return returning([&](const auto& f) { read(f); }, std::forward<F>(work));
    }
    template <class F>
    auto seeing_one_moment(F&& work) {
        return returning([&](const auto& f) { snapshot(f); }, std::forward<F>(work));
    }
    /// work(Transaction&) -> Result<T>: a refusal rolls back.
    template <class F>
    auto writing(F&& work) {
        using R = std::invoke_result_t<F, Transaction&>;
        std::optional<R> answer;
        write([&](Transaction& tx) {
            answer.emplace(work(tx));
            return answer->has_value();
        });
        return std::move(*answer);
    }

private:
    template <class Run, class F>
    static auto returning(Run run, F&& work) {
        using R = std::invoke_result_t<F, Reader&>;
        std::optional<R> answer;
        run([&](Reader& reader) { answer.emplace(work(reader)); });
        return std::move(*answer);
    }
};

/// Opens; on SQLite checks journal_mode=WAL and synchronous=FULL and throws a Failure with a plain sentence where they do not hold.
std::unique_ptr<Database> open(const Settings& settings);
/// Refuses a target that is not empty, and a file that is not a backup.
Result<Done> restore(const std::string& file, const Settings& target);

// ---- Full text: one function, two engines (FTS5 contentless with detail none; tsvector + GIN). Newest first, never ranked.

/// A shelf holds short texts by a positive 64-bit key whose order is their recency. Words are fold()ed (base/text.hpp).
/// text_shelf_migration makes its tables: put it into the feature's migration list.
Migration text_shelf_migration(int number, std::string_view shelf);
/// For texts that change: replaces; the folded words are kept beside the index, because an index entry can only be taken out by its own words.
void put_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text);
void remove_text(Transaction& tx, std::string_view shelf, std::int64_t key);
/// For texts that are only ever added (notes): nothing is kept beside the index; taking one out needs the text it was added with.
void add_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text);
void take_out_text(Transaction& tx, std::string_view shelf, std::int64_t key, std::string_view text);
/// Keys < before that hold every word of `query` (a word ending in * is a beginning), newest first, at most `limit`.
std::vector<std::int64_t> find_text(Reader& reader, std::string_view shelf, std::string_view query, std::int64_t before, std::size_t limit);

// ---- Jobs: crash-safe, at least once. A job is a row; a worker claims it with a lease (SKIP LOCKED on PostgreSQL) and removes it when done.

struct Job {
    std::int64_t id = 0;
    std::string kind;     // "ledger.seal"
    std::string payload;  // JSON
    Instant due;
    int attempts = 0;
};
void enqueue(Transaction& tx, std::string_view kind, std::string_view payload, Instant due);
/// Claims at most `limit` due jobs for `lease`; a job whose worker died is claimed again when its lease has ended.
std::vector<Job> claim_jobs(Database& db, Instant now, std::chrono::seconds lease, int limit);
void finish_job(Transaction& tx, const Job& job);
/// Tries again later (1, 2, 4 ... minutes, at most a day); after 20 attempts it stays as failed, to be shown to the administrator.
void fail_job(Transaction& tx, const Job& job, std::string_view why, Instant now);

}  // namespace concord::store
