#include <unordered_map>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "ledger/chain.hpp"
#include "ledger/ledger.hpp"

/// Walks every chain: in the database (verify) and over an export (verify_export), by the same steps.
namespace concord::ledger {
namespace {

/// One stream's walk; says what is wrong with the first event that does not fit.
class Walk {
public:
    std::string step(const Link& link, std::string_view stored_hash) {
        if (link.version != version_ + 1) return fmt::format("event {} is missing", version_ + 1);
        const std::string hash = hash_of(hash_, link);
        if (hash != stored_hash) return "its hash does not fit its contents and the event before it";
        version_ = link.version;
        hash_ = hash;
        return {};
    }
    std::int64_t version() const { return version_; }
    const std::string& hash() const { return hash_; }

private:
    std::int64_t version_ = 0;
    std::string hash_;
};

std::string check_sealed(store::Reader& reader) {
    MerkleTree tree;
    std::int64_t position = 0;
    for (const auto& head : reader.select("iittit", "select size, position, root, signature, sealed_at, public_key from sealed_head order by size")) {
        for (const auto& row : reader.select("t", "select hash from event where position > :from and position <= :to order by position",
                                             {{"from", position}, {"to", head.integer(1)}}))
            tree.add(row.text(0));
        position = head.integer(1);
        if (tree.size() != head.integer(0) || tree.root() != head.text(2))
            return fmt::format("the sealed head of {} events no longer fits the events", head.integer(0));
        if (!signature_holds(signed_text(head.integer(0), head.text(2), head.integer(4)), head.text(3), head.text(5)))
            return fmt::format("the signature of the sealed head of {} events is not good", head.integer(0));
    }
    return {};
}

Link link_of(const store::Row& row, const std::string& id) {
    return {.stream_id = id,
            .version = row.integer(0),
            .kind = row.text(1),
            .recorded_at = row.integer(2),
            .effective_at = row.integer(3),
            .actor = row.integer(4),
            .agency = row.integer(5),
            .purpose = row.text(6),
            .envelope = row.text(7),
            .payload_hash = row.text(8)};
}

std::optional<FirstBad> check_stream(store::Reader& reader, Seq seq, const std::string& id, std::int64_t head_version, const std::string& head_hash,
                                     std::int64_t& events) {
    Walk walk;
    for (;;) {
        const auto rows = reader.select(
            "itiiiittt"
            "ttt",
            R"sql(
            select e.version, e.kind, e.recorded_at, e.effective_at, e.actor, e.agency, e.purpose, e.envelope, e.payload_hash, e.hash, p.salt, p.body
              from event e left join event_payload p on p.stream = e.stream and p.version = e.version
             where e.stream = :stream and e.version > :after order by e.version limit 500)sql",
            {{"stream", seq}, {"after", walk.version()}});
        for (const auto& row : rows) {
            ++events;
            const Link link = link_of(row, id);
            if (auto why = walk.step(link, row.text(9)); !why.empty()) return FirstBad{id, walk.version() + 1, why};
            if (!row.is_null(11) && payload_hash_of(row.text(10), row.text(11)) != link.payload_hash)
                return FirstBad{id, link.version, "its words were altered"};
        }
        if (rows.size() < 500) break;
    }
    if (walk.version() < head_version) return FirstBad{id, walk.version() + 1, fmt::format("event {} is missing", walk.version() + 1)};
    if (walk.version() != head_version || walk.hash() != head_hash)
        return FirstBad{id, walk.version(), "the stream's head does not fit its newest event"};
    return {};
}

}  // namespace

Verification verify(store::Database& db) {
    Verification result;
    db.snapshot([&](store::Reader& reader) {
        Seq after = 0;
        for (;;) {
            const auto streams = reader.select("itit", "select seq, id, version, head_hash from stream where seq > :after order by seq limit 1000",
                                               {{"after", after}});
            for (const auto& stream : streams) {
                after = stream.integer(0);
                ++result.streams;
                result.first_bad = check_stream(reader, after, stream.text(1), stream.integer(2), stream.text(3), result.events);
                if (result.first_bad) return;
            }
            if (streams.size() < 1000) break;
        }
        if (const auto orphan = reader.select_one(
                "ii", "select e.stream, e.version from event e where not exists (select 1 from stream s where s.seq = e.stream) limit 1"))
            result.first_bad = FirstBad{std::to_string(orphan->integer(0)), orphan->integer(1), "its stream is missing"};
        else if (auto why = check_sealed(reader); !why.empty())
            result.first_bad = FirstBad{"", 0, why};
    });
    return result;
}

void export_ledger(store::Database& db, const std::function<void(const std::string&)>& write) {
    db.snapshot([&](store::Reader& reader) {
        std::int64_t after = 0;
        for (;;) {
            const auto rows = reader.select(
                "itiiiitttt"
                "ti",
                R"sql(
                select e.version, e.kind, e.recorded_at, e.effective_at, e.actor, e.agency, e.purpose, e.envelope, e.payload_hash, e.hash, s.id, e.position
                  from event e join stream s on s.seq = e.stream where e.position > :after order by e.position limit 1000)sql",
                {{"after", after}});
            for (const auto& row : rows) {
                after = row.integer(11);
                write(to_text(Json::object({{"stream", row.text(10)},
                                            {"version", row.integer(0)},
                                            {"kind", row.text(1)},
                                            {"recorded_at", row.integer(2)},
                                            {"effective_at", row.integer(3)},
                                            {"actor", row.integer(4)},
                                            {"agency", row.integer(5)},
                                            {"purpose", row.text(6)},
                                            {"envelope", row.text(7)},
                                            {"payload_hash", row.text(8)},
                                            {"hash", row.text(9)}})));
            }
            if (rows.size() < 1000) break;
        }
        for (const auto& head : reader.select("ittti", "select size, root, signature, public_key, sealed_at from sealed_head order by size"))
            write(to_text(Json::object({{"head", head.integer(0)},
                                        {"root", head.text(1)},
                                        {"signature", head.text(2)},
                                        {"public_key", head.text(3)},
                                        {"sealed_at", head.integer(4)}})));
    });
}

Verification verify_export(const std::function<bool(std::string&)>& next_line) {
    Verification result;
    std::unordered_map<std::string, Walk> walks;
    std::vector<std::string> roots{MerkleTree{}.root()};  // root after 0, 1, 2 ... events
    MerkleTree tree;
    std::string text;
    while (next_line(text)) {
        const auto line = parse_json(text);
        if (!line) return {.first_bad = FirstBad{"", 0, "a line is not JSON: " + line.error().sentence}};
        const Json& e = *line;
        if (e.has("head")) {
            const auto size = e["head"].as_integer();
            const bool fits =
                size >= 0 && static_cast<std::size_t>(size) < roots.size() && roots[static_cast<std::size_t>(size)] == e["root"].as_string();
            if (!fits || !signature_holds(signed_text(size, e["root"].as_string(), e["sealed_at"].as_integer()), e["signature"].as_string(),
                                          e["public_key"].as_string()))
                return {.streams = static_cast<std::int64_t>(walks.size()),
                        .events = result.events,
                        .first_bad = FirstBad{"", size, "the signed head does not fit the events before it"}};
            continue;
        }
        const Link link{.stream_id = e["stream"].as_string(),
                        .version = e["version"].as_integer(),
                        .kind = e["kind"].as_string(),
                        .recorded_at = e["recorded_at"].as_integer(),
                        .effective_at = e["effective_at"].as_integer(),
                        .actor = e["actor"].as_integer(),
                        .agency = e["agency"].as_integer(),
                        .purpose = e["purpose"].as_string(),
                        .envelope = e["envelope"].as_string(),
                        .payload_hash = e["payload_hash"].as_string()};
        ++result.events;
        Walk& walk = walks[link.stream_id];
        const auto why = walk.step(link, e["hash"].as_string());
        result.streams = static_cast<std::int64_t>(walks.size());
        if (!why.empty()) {
            result.first_bad = FirstBad{link.stream_id, walk.version() + 1, why};
            return result;
        }
        tree.add(e["hash"].as_string());
        roots.push_back(tree.root());
    }
    return result;
}

std::int64_t seal(store::Database& db, Instant now, std::string_view signing_seed) {
    const KeyPair keys = key_pair(signing_seed);
    std::int64_t added = 0;
    db.write([&](store::Transaction& tx) {
        added = 0;
        // On PostgreSQL a position may appear below one that is there: wait for the writes under way, hold new ones back for these few milliseconds.
        // Readers go on. An import that runs long is not waited for: the lock is given up and the next sealing takes these events too.
        if (tx.engine() == store::Engine::postgresql) {
            tx.execute("set local lock_timeout = '2s'");
            tx.execute("lock table event in share mode");
        }
        std::vector<MerkleTree::Peak> peaks;
        std::int64_t position = 0;
        if (const auto last = tx.select_one("it", "select position, peaks from sealed_head order by size desc limit 1")) {
            position = last->integer(0);
            const auto kept = parse_json(last->text(1));
            require(kept.has_value(), "the peaks of the last sealed head are JSON");
            for (const auto& peak : kept->items()) peaks.push_back({peak["size"].as_integer(), peak["hash"].as_string()});
        }
        MerkleTree tree{std::move(peaks)};
        for (const auto& row : tx.select("it", "select position, hash from event where position > :from order by position", {{"from", position}})) {
            tree.add(row.text(1));
            position = row.integer(0);
            ++added;
        }
        if (added == 0) return false;
        Json kept = Json::array();
        for (const auto& peak : tree.peaks()) kept.push(Json::object({{"size", peak.size}, {"hash", peak.hash}}));
        tx.execute(
            "insert into sealed_head (size, position, root, sealed_at, public_key, signature, peaks) values (:size, :position, :root, :at, :key, "
            ":signature, :peaks)",
            {{"size", tree.size()},
             {"position", position},
             {"root", tree.root()},
             {"at", now},
             {"key", keys.public_hex},
             {"signature", sign(signed_text(tree.size(), tree.root(), now.micros), keys.secret)},
             {"peaks", to_text(kept)}});
        return true;
    });
    return added;
}

}  // namespace concord::ledger
