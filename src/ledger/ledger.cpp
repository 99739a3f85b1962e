#include "ledger/ledger.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "ledger/chain.hpp"
#include "ledger/loading.hpp"
#include "ledger/migrations.hpp"
#include "store/buffered.hpp"

namespace concord::ledger {
namespace {

using store::Reader;
using store::Transaction;

/// Any writer of a stream reads and locks its head first: on SQLite there is one writer, on PostgreSQL the row is locked.
struct Head {
    std::string id, kind, hash;
    std::int64_t version = 0;
};

/// Heads of the streams that this transaction made or appended to: they are its own until it ends.
struct Heads {
    std::map<Seq, Head> heads;
};

/// The event with its words and its place in the chain; nothing of the projections.
Event write_event(Transaction& tx, const Author& author, Seq stream, const NewEvent& said, Head& head) {
    // Projections fold the very form that is stored, so that a rebuild folds the same.
    Json envelope = sorted(said.envelope.is_null() ? Json::object() : said.envelope), payload = sorted(said.payload);
    const Instant effective = said.effective_at.value_or(author.at);
    Link link{.stream_id = head.id,
              .version = head.version + 1,
              .kind = said.kind,
              .recorded_at = author.at.micros,
              .effective_at = effective.micros,
              .actor = author.user,
              .agency = author.agency,
              .purpose = author.purpose,
              .envelope = to_text(envelope),
              .payload_hash = {}};
    if (!payload.is_null()) {
        const std::string salt = to_hex(random_bytes(16)), body = to_text(payload);
        link.payload_hash = payload_hash_of(salt, body);
        tx.execute("insert into event_payload (stream, version, salt, body) values (:stream, :version, :salt, :body)",
                   {{"stream", stream}, {"version", link.version}, {"salt", salt}, {"body", body}});
    }
    head.hash = hash_of(head.hash, link);
    head.version = link.version;
    tx.execute(R"sql(
            insert into event (stream, version, kind, recorded_at, effective_at, actor, agency, purpose, envelope, payload_hash, hash)
            values (:stream, :version, :kind, :recorded_at, :effective_at, :actor, :agency, :purpose, :envelope, :payload_hash, :hash))sql",
               {{"stream", stream},
                {"version", link.version},
                {"kind", link.kind},
                {"recorded_at", link.recorded_at},
                {"effective_at", link.effective_at},
                {"actor", link.actor},
                {"agency", link.agency},
                {"purpose", link.purpose},
                {"envelope", link.envelope},
                {"payload_hash", link.payload_hash},
                {"hash", head.hash}});
    return Event{.stream = stream,
                 .version = link.version,
                 .kind = said.kind,
                 .recorded_at = author.at,
                 .effective_at = effective,
                 .actor = author.user,
                 .agency = author.agency,
                 .purpose = author.purpose,
                 .envelope = std::move(envelope),
                 .payload = std::move(payload)};
}

class TheLedger final : public Ledger {
public:
    void add(Projection projection) override { projections_.push_back(std::move(projection)); }
    void add(Derivation derivation) override { derivations_.push_back(std::move(derivation)); }
    const std::vector<Projection>& projections() const override { return projections_; }
    const std::vector<Derivation>& derivations() const override { return derivations_; }

    Seq create(Transaction& tx, std::string_view kind, std::string_view id) override {
        const auto row = tx.select("i", "insert into stream (id, kind, version, head_hash) values (:id, :kind, 0, '') returning seq",
                                   {{"id", id}, {"kind", kind}});
        const Seq seq = row.front().integer(0);
        tx.kept<Heads>().heads[seq] = {.id = std::string{id}, .kind = std::string{kind}, .hash = {}};
        return seq;
    }
    void append_soon(Transaction& tx, Seq stream) override {
        if (!tx.kept<Heads>().heads.contains(stream)) tx.select_soon(select_head(tx), {{"seq", stream}});
    }

    Result<std::int64_t> append(Transaction& tx, const Author& author, Seq stream, std::optional<std::int64_t> expected,
                                const std::vector<NewEvent>& events) override {
        Head head = locked_head(tx, stream);
        if (expected && *expected != head.version)
            return Refusal{Because::stale, "ledger.stale", "Someone changed this while you had it open. Look at what they did, then save again."};
        for (const auto& said : events) append_one(tx, author, stream, said, head);
        tx.kept<Heads>().heads[stream] = head;
        tx.execute("update stream set version = :version, head_hash = :hash where seq = :seq",
                   {{"version", head.version}, {"hash", head.hash}, {"seq", stream}});
        for (const auto& derivation : derivations_)
            if (derivation.stream_kind == head.kind) derivation.derive(tx, stream);
        return head.version;
    }

    void lock(Transaction& tx, std::vector<Seq> streams) override {
        if (tx.engine() != store::Engine::postgresql) return;
        std::sort(streams.begin(), streams.end());
        for (const Seq stream : streams) tx.select("i", "select seq from stream where seq = :seq for update", {{"seq", stream}});
    }

    std::optional<Seq> find(Reader& reader, std::string_view id) override {
        const auto row = reader.select_one("i", "select seq from stream where id = :id", {{"id", id}});
        if (!row) return {};
        return row->integer(0);
    }
    std::optional<std::string> id_of(Reader& reader, Seq stream) override {
        const auto row = reader.select_one("t", "select id from stream where seq = :seq", {{"seq", stream}});
        if (!row) return {};
        return row->text(0);
    }
    std::int64_t version_of(Reader& reader, Seq stream) override {
        return reader.count("select version from stream where seq = :seq", {{"seq", stream}});
    }

    std::vector<Event> read(Reader& reader, Seq stream, std::optional<Instant> until) override {
        return events(reader, stream, 0, until.value_or(Instant{INT64_MAX}), INT64_MAX);
    }
    std::vector<Event> read_after(Reader& reader, Seq stream, std::int64_t version, std::size_t limit) override {
        return events(reader, stream, version, Instant{INT64_MAX}, static_cast<std::int64_t>(limit));
    }

private:
    static std::string_view select_head(const Transaction& tx) {
        return tx.engine() == store::Engine::sqlite ? "select id, kind, head_hash, version from stream where seq = :seq"
                                                    : "select id, kind, head_hash, version from stream where seq = :seq for update";
    }
    static Head locked_head(Transaction& tx, Seq stream) {
        auto& heads = tx.kept<Heads>().heads;
        if (const auto held = heads.find(stream); held != heads.end()) return held->second;
        const auto row = tx.select_one("ttti", select_head(tx), {{"seq", stream}});
        require(row.has_value(), "an append to a stream that does not exist");
        return {row->text(0), row->text(1), row->text(2), row->integer(3)};
    }

    void append_one(Transaction& tx, const Author& author, Seq stream, const NewEvent& said, Head& head) {
        const Event event = write_event(tx, author, stream, said, head);
        for (const auto& projection : projections_)
            if (projection.stream_kind == head.kind) projection.apply(tx, event);
    }

    static std::vector<Event> events(Reader& reader, Seq stream, std::int64_t after, Instant until, std::int64_t limit) {
        std::vector<Event> all;
        const auto rows = reader.select("itiiiitttt", R"sql(
            select e.version, e.kind, e.recorded_at, e.effective_at, e.actor, e.agency, e.purpose, e.envelope, e.payload_hash, p.body
              from event e left join event_payload p on p.stream = e.stream and p.version = e.version
             where e.stream = :stream and e.version > :after and e.recorded_at <= :until
             order by e.version
             limit :limit)sql",
                                        {{"stream", stream}, {"after", after}, {"until", until}, {"limit", limit}});
        for (const auto& row : rows) {
            Event event{.stream = stream,
                        .version = row.integer(0),
                        .kind = row.text(1),
                        .recorded_at = row.instant(2),
                        .effective_at = row.instant(3),
                        .actor = row.integer(4),
                        .agency = row.integer(5),
                        .purpose = row.text(6),
                        .envelope = std::move(parse_json(row.text(7))).value(),
                        .payload = {}};
            if (!row.is_null(9))
                event.payload = std::move(parse_json(row.text(9))).value();
            else
                event.erased = !row.text(8).empty();
            all.push_back(std::move(event));
        }
        return all;
    }

    std::vector<Projection> projections_;
    std::vector<Derivation> derivations_;
};

}  // namespace

std::unique_ptr<Ledger> make_ledger() { return std::make_unique<TheLedger>(); }
std::vector<store::Migration> migrations() { return migrations_from_files(); }

std::vector<Seq> append_streams(Transaction& tx, const std::vector<NewStream>& streams, const WriteRows& write_rows) {
    const auto seqs = store::next_numbers(tx, "stream", "seq", streams.size());
    store::Buffered held{tx};
    std::vector<std::vector<Event>> all(streams.size());
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const auto& stream = streams[i];
        require(!stream.events.empty(), "a stream is loaded with its events");
        Head head{.id = stream.id, .kind = stream.kind, .hash = {}, .version = 0};
        all[i].reserve(stream.events.size());
        for (const auto& [author, said] : stream.events) all[i].push_back(write_event(held, author, seqs[i], said, head));
        held.execute("insert into stream (seq, id, kind, version, head_hash) values (:seq, :id, :kind, :version, :hash)",
                     {{"seq", seqs[i]}, {"id", head.id}, {"kind", head.kind}, {"version", head.version}, {"hash", head.hash}});
    }
    write_rows(held, all);
    held.flush();
    return seqs;
}

void erase_payload(Transaction& tx, Seq stream, std::int64_t version) {
    tx.execute("delete from event_payload where stream = :stream and version = :version", {{"stream", stream}, {"version", version}});
}

std::optional<KeptAnswer> kept_answer(Reader& reader, Seq user, std::string_view route, std::string_view key) {
    const auto row = reader.select_one(
        "ittt", "select status, headers, body, request_hash from kept_answer where user_seq = :user and route = :route and idempotency_key = :key",
        {{"user", user}, {"route", route}, {"key", key}});
    if (!row) return {};
    return KeptAnswer{static_cast<int>(row->integer(0)), row->text(1), row->text(2), row->text(3)};
}

void keep_answer(Transaction& tx, Seq user, std::string_view route, std::string_view key, const KeptAnswer& answer, Instant at) {
    tx.execute(R"sql(
        insert into kept_answer (user_seq, route, idempotency_key, request_hash, status, headers, body, at)
        values (:user, :route, :key, :hash, :status, :headers, :body, :at))sql",
               {{"user", user},
                {"route", route},
                {"key", key},
                {"hash", answer.request_hash},
                {"status", answer.status},
                {"headers", answer.headers},
                {"body", answer.body},
                {"at", at}});
}

}  // namespace concord::ledger
