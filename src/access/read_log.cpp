#include <fmt/format.h>

#include "access/access.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

/// Who looked. On SQLite a database file of its own, so that reading never waits for the writer of cases; its writer commits in groups.
namespace concord::access {
namespace {

std::string things_text(const std::vector<Seq>& things) {
    std::vector<std::string> parts;
    for (const Seq thing : things) parts.push_back(std::to_string(thing));
    return join(parts, " ");
}

class TheReadLog final : public ReadLog {
public:
    TheReadLog(store::Database& main, std::unique_ptr<store::Database> own) : own_{std::move(own)}, db_{own_ ? *own_ : main} {}

    void record(const Looked& looked) override {
        db_.write([&](store::Transaction& tx) {
            const auto before = tx.select_one("t", "select chain from read_log order by id desc limit 1");
            const std::string things = things_text(looked.things);
            const std::string chain =
                sha256_hex(fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", before ? before->text(0) : "", looked.at.micros, looked.user, looked.agency,
                                       looked.purpose, looked.route, looked.query, looked.thing_kind, things, looked.reason));
            const auto id = tx.select("i", R"sql(
                insert into read_log (at, user_seq, agency, purpose, route, query, thing_kind, things, reason, chain)
                values (:at, :user, :agency, :purpose, :route, :query, :kind, :things, :reason, :chain) returning id)sql",
                                      {{"at", looked.at},
                                       {"user", looked.user},
                                       {"agency", looked.agency},
                                       {"purpose", looked.purpose},
                                       {"route", looked.route},
                                       {"query", looked.query},
                                       {"kind", looked.thing_kind},
                                       {"things", things},
                                       {"reason", looked.reason},
                                       {"chain", chain}});
            if (looked.things.size() == 1)
                tx.execute("insert into read_log_thing (thing, read_id) values (:thing, :id)",
                           {{"thing", looked.things.front()}, {"id", id.front().integer(0)}});
            return true;
        });
    }
    void record_soon(const Looked& looked) override { record(looked); }

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
    std::vector<Looked> looks(std::string_view sql, const store::Binds& binds) {
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
};

}  // namespace

std::unique_ptr<ReadLog> open_read_log(store::Database& main, const std::string& path_beside_sqlite) {
    if (main.engine() == store::Engine::postgresql) return std::make_unique<TheReadLog>(main, nullptr);
    auto own = store::open({.url = path_beside_sqlite, .readers = 2});
    own->migrate(migrations());
    return std::make_unique<TheReadLog>(main, std::move(own));
}

}  // namespace concord::access
