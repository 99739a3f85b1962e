#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/read_log.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "store/buffered.hpp"

/// Who looked. On SQLite a database file of its own, so that reading never waits for the writer of cases; its writer commits in groups.
namespace concord::access {
namespace {

std::string things_text(const std::vector<Seq>& things) {
    std::vector<std::string> parts;
    for (const Seq thing : things) parts.push_back(std::to_string(thing));
    return join(parts, " ");
}

/// One look on its way to the disk.
struct Waiting {
    Looked looked;
    bool* done = nullptr;  // of whoever waits for it; none for lists
    std::exception_ptr* error = nullptr;
};

/// Looks of all requests are written by one thread, those that came in meanwhile together: one chain, one commit, one fsync.
class TheReadLog final : public ReadLog {
public:
    TheReadLog(store::Database& main, std::unique_ptr<store::Database> own)
        : own_{std::move(own)}, db_{own_ ? *own_ : main}, node_{new_id(SystemClock{}.now())}, thread_{[this] { write_on(); }} {}
    TheReadLog(const TheReadLog&) = delete;
    TheReadLog& operator=(const TheReadLog&) = delete;
    ~TheReadLog() override {
        {
            const std::lock_guard lock{mutex_};
            stopping_ = true;
        }
        filled_.notify_all();
        thread_.join();
    }

    void record(const Looked& looked) override {
        bool done = false;
        std::exception_ptr error;
        std::unique_lock lock{mutex_};
        queue_.push_back({looked, &done, &error});
        filled_.notify_one();
        written_.wait(lock, [&] { return done; });
        if (error) std::rethrow_exception(error);
    }
    void record_soon(const Looked& looked) override {
        constexpr std::size_t most_waiting = 4096;
        std::unique_lock lock{mutex_};
        if (failed_) {  // nothing is shown that cannot be accounted for
            lock.unlock();
            return record(looked);
        }
        written_.wait(lock, [&] { return queue_.size() < most_waiting; });
        queue_.push_back({looked});
        filled_.notify_one();
    }

    std::vector<Looked> readers_of(Seq thing, std::size_t limit) override {
        return looks(
            "select r.at, r.user_seq, r.agency, r.purpose, r.route, r.query, r.thing_kind, r.reason from read_log r join read_log_thing t on "
            "t.read_id = r.id where t.thing = :thing order by r.id desc limit :limit",
            {{"thing", thing}, {"limit", limit}});
    }
    std::vector<Looked> reads_of_agency(Seq agency, Instant since, std::size_t limit) override {
        return looks(
            "select at, user_seq, agency, purpose, route, query, thing_kind, reason from read_log where agency = :agency and at >= :since order by "
            "id desc limit :limit",
            {{"agency", agency}, {"since", since}, {"limit", limit}});
    }

private:
    void write_on() {
        std::unique_lock lock{mutex_};
        for (;;) {
            filled_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const auto group = std::exchange(queue_, {});
            writing_ = true;
            lock.unlock();
            std::exception_ptr error;
            try {
                write(group);
            } catch (const std::exception& what) {
                error = std::current_exception();
                spdlog::error("{} looks could not be written to the access log: {}", group.size(), what.what());
            }
            lock.lock();
            writing_ = false;
            failed_ = error != nullptr;
            for (const auto& one : group) {
                if (one.done == nullptr) continue;
                *one.error = error;
                *one.done = true;
            }
            written_.notify_all();
        }
    }

    void write(const std::vector<Waiting>& group) {
        static const std::vector<std::string> columns{"id",    "at",         "user_seq", "agency", "purpose", "route",
                                                      "query", "thing_kind", "things",   "reason", "chain",   "node"};
        std::string chain;
        db_.write([&](store::Transaction& tx) {
            const auto ids = store::next_numbers(tx, "read_log", "id", group.size());
            chain = chain_;
            if (chain.empty()) {
                const auto before = tx.select_one("t", "select chain from read_log order by id desc limit 1");
                if (before) chain = before->text(0);
            }
            std::vector<std::vector<store::Value>> rows, of_things;
            rows.reserve(group.size());
            for (std::size_t i = 0; i < group.size(); ++i) {
                const auto& l = group[i].looked;
                const std::string things = things_text(l.things);
                chain = sha256_hex(fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", chain, l.at.micros, l.user, l.agency, l.purpose, l.route, l.query,
                                               l.thing_kind, things, l.reason));
                rows.push_back({ids[i], l.at.micros, l.user, l.agency, l.purpose, l.route, l.query, l.thing_kind, things, l.reason, chain, node_});
                if (l.things.size() == 1) of_things.push_back({l.things.front(), ids[i]});
            }
            tx.insert_many("read_log", columns, rows);
            tx.insert_many("read_log_thing", {"thing", "read_id"}, of_things);
            return true;
        });
        chain_ = chain;
    }

    std::vector<Looked> looks(std::string_view sql, const store::Binds& binds) {
        {
            std::unique_lock lock{mutex_};
            written_.wait(lock, [&] { return queue_.empty() && !writing_; });
        }
        return db_.reading([&](store::Reader& reader) {
            std::vector<Looked> all;
            for (const auto& row : reader.select("iiittttt", sql, binds))
                all.push_back({.user = row.integer(1),
                               .agency = row.integer(2),
                               .at = row.instant(0),
                               .purpose = row.text(3),
                               .route = row.text(4),
                               .query = row.text(5),
                               .thing_kind = row.text(6),
                               .things = {},
                               .reason = row.text(7)});
            return all;
        });
    }
    std::unique_ptr<store::Database> own_;
    store::Database& db_;
    const std::string node_;
    std::string chain_;  // of the newest row; used by the writing thread alone
    std::mutex mutex_;
    std::condition_variable filled_, written_;
    std::vector<Waiting> queue_;
    bool stopping_ = false, writing_ = false, failed_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<ReadLog> open_read_log(store::Database& main, const std::string& path_beside_sqlite) {
    if (main.engine() == store::Engine::postgresql) return std::make_unique<TheReadLog>(main, nullptr);
    return make_read_log(main, store::open({.url = path_beside_sqlite, .readers = 2}));
}

std::unique_ptr<ReadLog> make_read_log(store::Database& main, std::unique_ptr<store::Database> own) {
    if (own) own->migrate(migrations());
    return std::make_unique<TheReadLog>(main, std::move(own));
}

namespace {
Looked look_of(const Context& context, std::string_view thing_kind, std::string_view query, std::vector<Seq> things, std::string_view reason) {
    return {.user = context.actor.user,
            .agency = context.actor.agency,
            .at = context.now(),
            .purpose = context.actor.purpose,
            .route = context.route,
            .query = std::string{query},
            .thing_kind = std::string{thing_kind},
            .things = std::move(things),
            .reason = std::string{reason}};
}
}  // namespace

void Context::looked(std::string_view thing_kind, std::vector<Seq> things, std::string_view why, std::string_view query) const {
    reads.record(look_of(*this, thing_kind, query, std::move(things), why));
}
void Context::looked_soon(std::string_view thing_kind, std::string_view query, std::vector<Seq> things) const {
    reads.record_soon(look_of(*this, thing_kind, query, std::move(things), ""));
}

}  // namespace concord::access
