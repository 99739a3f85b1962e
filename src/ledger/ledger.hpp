#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

/// The truth: append-only streams of events, each stream a hash chain. Tables that pages read are projections, made from events by the same
/// functions when an event is appended and when `concord rebuild` replays them. See architecture section 3 for the nine decisions.
///
///   hash         = SHA-256(previous hash, stream id, version, kind, recorded_at, effective_at, actor, agency, purpose, canonical envelope, payload
///   hash) payload hash = SHA-256(salt, payload text); empty where the event has no payload
///
/// Envelope: what decides stage, clock, count or visibility; never personal. Payload: words and identities; erasable with its salt.
namespace concord::ledger {

using Seq = std::int64_t;  // a stream's compact key, ascending in the order of creation; used in every table and index

struct Event {
    Seq stream = 0;
    std::int64_t version = 0;  // 1, 2, 3 ... in its stream
    std::string kind;          // "cases.note_added"
    Instant recorded_at;
    Instant effective_at;  // when it is true of the world
    Seq actor = 0;         // the user's stream; 0 is Concord itself
    Seq agency = 0;
    std::string purpose;
    Json envelope;
    Json payload;  // null where there is none, or where it was erased
    bool erased = false;
};

/// What a caller says; append fills in the rest.
struct NewEvent {
    std::string kind;
    Json envelope;
    Json payload = {};
    std::optional<Instant> effective_at = {};  // recorded_at where not given
};

/// Who appends, for which agency, under which purpose, when: set once a request.
struct Author {
    Seq user = 0;
    Seq agency = 0;
    std::string purpose;
    Instant at;
};

/// A projection folds the events of one kind of stream into tables of its own: a function of that stream's events and nothing else.
/// It reads and writes its own tables only, by the stream's Seq.
struct Projection {
    std::string stream_kind;          // "case", "person", "referral", "user" ...
    std::vector<std::string> tables;  // compared row for row by `rebuild --check`; each has a column `stream` or is keyed by it
    std::function<void(store::Transaction&, const Event&)> apply;
};
/// A derived table crosses streams (flags, visibility, counts, search): recomputed from projections by one function for one stream.
struct Derivation {
    std::string stream_kind;
    std::vector<std::string> tables;                              // full-text shelves are named "shelf:entries"
    std::function<void(store::Transaction&, Seq stream)> derive;  // called once after all events of an append, and once a stream by rebuild
};

class Ledger {
public:
    virtual ~Ledger() = default;
    virtual void add(Projection projection) = 0;
    virtual void add(Derivation derivation) = 0;

    /// A new stream, empty; its id is a UUIDv7.
    virtual Seq create(store::Transaction& tx, std::string_view kind, std::string_view id) = 0;
    /// Appends in order, runs the projections and then the derivations of the stream's kind. Returns the new version.
    /// expected_version: what the caller has read; nothing where any will do. Another version is Refusal{stale, "ledger.stale"}.
    virtual Result<std::int64_t> append(store::Transaction& tx, const Author& author, Seq stream, std::optional<std::int64_t> expected_version,
                                        const std::vector<NewEvent>& events) = 0;
    /// Locks streams in ascending order before several are written (PostgreSQL; nothing to do on SQLite).
    virtual void lock(store::Transaction& tx, std::vector<Seq> streams) = 0;

    virtual std::optional<Seq> find(store::Reader& reader, std::string_view id) = 0;
    virtual std::optional<std::string> id_of(store::Reader& reader, Seq stream) = 0;
    virtual std::int64_t version_of(store::Reader& reader, Seq stream) = 0;  // 0 where there are no events
    /// Events of one stream in order, up to those recorded at `until` (as it was known).
    virtual std::vector<Event> read(store::Reader& reader, Seq stream, std::optional<Instant> until = {}) = 0;
    virtual std::vector<Event> read_after(store::Reader& reader, Seq stream, std::int64_t version, std::size_t limit) = 0;

    /// The stream is about to be appended to: its head is asked for (and locked) together with whatever is selected next.
    virtual void append_soon(store::Transaction& tx, Seq stream) = 0;

    // For rebuild: what is registered.
    virtual const std::vector<Projection>& projections() const = 0;
    virtual const std::vector<Derivation>& derivations() const = 0;
};
std::unique_ptr<Ledger> make_ledger();
std::vector<store::Migration> migrations();

struct FirstBad {
    std::string stream;
    std::int64_t version = 0;
    std::string why;
};
struct Verification {
    std::int64_t streams = 0;
    std::int64_t events = 0;
    std::optional<FirstBad> first_bad;
};
Verification verify(store::Database& db);

struct TableComparison {
    std::string table;
    std::int64_t rows = 0;
    bool equal = false;
};
struct Rebuilding {
    std::int64_t events = 0;
    std::vector<TableComparison> tables;
};
enum class Rebuild { check, swap };
/// Replays every stream into shadow tables (a second SQLite file; a second PostgreSQL schema) made by the same migrations, compares, and swaps where
/// asked.
Rebuilding rebuild(store::Database& db, const Ledger& ledger, const std::vector<store::Migration>& migrations, Rebuild what);

/// Deletes the words of one event with their salt, and says so nowhere else: folds run without them from now on.
void erase_payload(store::Transaction& tx, Seq stream, std::int64_t version);

/// Envelopes, hashes and signed heads of every stream as JSON lines, for `concord-verify`; payloads stay here.
void export_ledger(store::Database& db, const std::function<void(const std::string& line)>& write);
/// Checks such lines without a database; an older signed head shows that nothing below it was rewritten.
Verification verify_export(const std::function<bool(std::string& line)>& next_line);

/// The sealing job: waits for the writes under way, adds the hashes of all events since the last head to the Merkle tree and signs the new head
/// (Ed25519). Answers the number sealed. Throws store::Failure where an import holds the table for more than two seconds: try again later.
std::int64_t seal(store::Database& db, Instant now, std::string_view signing_key);

/// Keys that the writes of one user on one route were given (Idempotency-Key), kept in the write's own transaction.
struct KeptAnswer {
    int status;
    std::string headers;
    std::string body;
    std::string request_hash;
};
std::optional<KeptAnswer> kept_answer(store::Reader& reader, Seq user, std::string_view route, std::string_view key);
void keep_answer(store::Transaction& tx, Seq user, std::string_view route, std::string_view key, const KeptAnswer& answer, Instant at);

}  // namespace concord::ledger
