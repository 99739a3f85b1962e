#include "ledger/ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/id.hpp"
#include "ledger/chain.hpp"
#include "ledger/loading.hpp"
#include "store/testing.hpp"

namespace concord::ledger {
namespace {

using store::Engine;

const Instant nine = parse_instant("2026-04-01T09:00:00Z").value();
const Author author{.user = 7, .agency = 3, .purpose = "prevent_crime_disorder", .at = nine};

/// A diary: one row a stream with the number of its entries and the last words.
std::vector<store::Migration> diary_migrations() {
    auto all = migrations();
    all.push_back({100, "diary",
                   "create table diary (stream bigint primary key, entries bigint not null, words text not null);\ncreate table diary_total (stream "
                   "bigint primary key, letters bigint not null);"});
    return all;
}
std::unique_ptr<Ledger> diary_ledger() {
    auto ledger = make_ledger();
    ledger->add(Projection{"diary", {"diary"}, [](store::Transaction& tx, const Event& event) {
                               if (event.version == 1)
                                   tx.execute("insert into diary (stream, entries, words) values (:stream, 0, '')", {{"stream", event.stream}});
                               tx.execute("update diary set entries = entries + 1, words = :words where stream = :stream",
                                          {{"stream", event.stream}, {"words", event.payload["words"].as_string()}});
                           }});
    ledger->add(Derivation{"diary", {"diary_total"}, [](store::Transaction& tx, Seq stream) {
                               tx.execute("delete from diary_total where stream = :stream", {{"stream", stream}});
                               tx.execute("insert into diary_total (stream, letters) select stream, length(words) from diary where stream = :stream",
                                          {{"stream", stream}});
                           }});
    return ledger;
}

class LedgerOn : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = [this] {
        auto opened = empty.open(8);
        opened->migrate(diary_migrations());
        return opened;
    }();
    std::unique_ptr<Ledger> ledger = diary_ledger();

    Seq new_diary() {
        return *db->writing([&](store::Transaction& tx) -> Result<Seq> { return ledger->create(tx, "diary", new_id(nine)); });
    }
    Result<std::int64_t> write(Seq diary, const std::string& words, std::optional<std::int64_t> expected = {}, Instant at = nine) {
        return db->writing([&](store::Transaction& tx) {
            Author when = author;
            when.at = at;
            return ledger->append(tx, when, diary, expected,
                                  {NewEvent{"diary.written", Json::object({{"letters", words.size()}}), Json::object({{"words", words}})}});
        });
    }
    void spoil(const std::string& sql) {
        db->write([&](store::Transaction& tx) { return tx.execute(sql), true; });
    }
};
INSTANTIATE_TEST_SUITE_P(Both, LedgerOn, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(LedgerOn, what_was_appended_is_read_back_in_order) {
    const Seq diary = new_diary();
    EXPECT_EQ(*write(diary, "one"), 1);
    EXPECT_EQ(*write(diary, "two", 1, nine + std::chrono::hours{1}), 2);
    const auto events = db->reading([&](store::Reader& reader) { return ledger->read(reader, diary); });
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].payload["words"].as_string(), "two");
    EXPECT_EQ(events[1].envelope["letters"].as_integer(), 3);
    EXPECT_EQ(events[0].actor, 7);
    const auto then = db->reading([&](store::Reader& reader) { return ledger->read(reader, diary, nine); });
    EXPECT_EQ(then.size(), 1U);
}

TEST_P(LedgerOn, a_stale_version_is_refused_and_changes_nothing) {
    const Seq diary = new_diary();
    ASSERT_TRUE(write(diary, "one"));
    const auto late = write(diary, "two", 0);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().because, Because::stale);
    EXPECT_EQ(verify(*db).events, 1);
}

TEST_P(LedgerOn, of_eight_writers_with_one_version_in_hand_one_wins) {
    const Seq diary = new_diary();
    std::atomic<int> won{0};
    std::vector<std::thread> writers;
    for (int i = 0; i < 8; ++i) writers.emplace_back([&] { won += write(diary, "x", 0) ? 1 : 0; });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(won, 1);
}

TEST_P(LedgerOn, an_altered_byte_is_found_and_named) {
    for (const char* change :
         {"update event set envelope = '{\"letters\":9}' where version = 2", "update event set kind = 'diary.burned' where version = 2",
          "update event set actor = 8 where version = 2", "update event set recorded_at = recorded_at + 1 where version = 2",
          "update event set purpose = 'other' where version = 2", "update event set payload_hash = '' where version = 2",
          "update event_payload set body = '{\"words\":\"tvo\"}' where version = 2", "delete from event where version = 2"}) {
        const Seq diary = new_diary();
        for (const char* words : {"one", "two", "three"}) ASSERT_TRUE(write(diary, words));
        ASSERT_FALSE(verify(*db).first_bad) << change;
        spoil(std::string{change} + " and stream = " + std::to_string(diary));
        const auto found = verify(*db);
        ASSERT_TRUE(found.first_bad) << change;
        EXPECT_EQ(found.first_bad->version, 2) << change;
        EXPECT_FALSE(found.first_bad->why.empty());
        spoil("delete from event where stream = " + std::to_string(diary));
        spoil("delete from event_payload where stream = " + std::to_string(diary));
        spoil("delete from stream where seq = " + std::to_string(diary));
    }
}

TEST_P(LedgerOn, a_cut_off_tail_does_not_fit_the_head) {
    const Seq diary = new_diary();
    for (const char* words : {"one", "two"}) ASSERT_TRUE(write(diary, words));
    spoil("delete from event where version = 2");
    EXPECT_EQ(verify(*db).first_bad->version, 2);
}

TEST_P(LedgerOn, whole_streams_are_loaded_as_if_appended_one_by_one) {
    const auto said = [](std::string words, int minute) {
        Author when = author;
        when.at = nine + std::chrono::minutes{minute};
        return std::pair{when, NewEvent{"diary.written", Json::object({{"z", 1}, {"a", 2}}), Json::object({{"words", std::move(words)}})}};
    };
    const auto before = new_diary();
    ASSERT_TRUE(write(before, "one by one"));
    const auto seqs = db->writing([&](store::Transaction& tx) -> Result<std::vector<Seq>> {
        std::vector<NewStream> streams(40);
        for (auto& stream : streams) stream = {"diary", new_id(nine), {said("first", 0), said("second", 1), said("third words", 2)}};
        return append_streams(tx, streams, [&](store::Transaction& held, const std::vector<std::vector<Event>>& all) {
            for (const auto& events : all) {
                for (const auto& event : events) ledger->projections().front().apply(held, event);
                ledger->derivations().front().derive(held, events.front().stream);
            }
        });
    });
    ASSERT_EQ(seqs->size(), 40u);
    EXPECT_GT(seqs->front(), before);
    EXPECT_GT(new_diary(), seqs->back());
    EXPECT_TRUE(write(seqs->back(), "and on", 3));
    db->read([&](store::Reader& reader) {
        const auto events = ledger->read(reader, seqs->front());
        ASSERT_EQ(events.size(), 3u);
        EXPECT_EQ(events[2].payload["words"].as_string(), "third words");
        EXPECT_EQ(events[2].recorded_at, nine + std::chrono::minutes{2});
        EXPECT_EQ(reader.count("select entries from diary where stream = :stream", {{"stream", seqs->front()}}), 3);
        EXPECT_EQ(reader.count("select letters from diary_total where stream = :stream", {{"stream", seqs->front()}}), 11);
    });
    const auto verified = verify(*db);
    EXPECT_FALSE(verified.first_bad);
    EXPECT_EQ(verified.events, 122);
    for (const auto& table : rebuild(*db, *ledger, diary_migrations(), Rebuild::check).tables) EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(LedgerOn, erasing_words_keeps_the_chain_and_the_rebuild_whole) {
    const Seq diary = new_diary();
    for (const char* words : {"secret", "plain"}) ASSERT_TRUE(write(diary, words));
    db->write([&](store::Transaction& tx) { return erase_payload(tx, diary, 1), true; });
    EXPECT_FALSE(verify(*db).first_bad);
    const auto events = db->reading([&](store::Reader& reader) { return ledger->read(reader, diary); });
    EXPECT_TRUE(events[0].erased);
    EXPECT_TRUE(events[0].payload.is_null());
    for (const auto& table : rebuild(*db, *ledger, diary_migrations(), Rebuild::check).tables) EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(LedgerOn, a_rebuild_finds_a_planted_difference_and_swaps_it_out) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(write(new_diary(), "words"));
    auto checked = rebuild(*db, *ledger, diary_migrations(), Rebuild::check);
    EXPECT_EQ(checked.events, 3);
    ASSERT_EQ(checked.tables.size(), 2U);
    for (const auto& table : checked.tables) EXPECT_TRUE(table.equal && table.rows == 3) << table.table;
    spoil("update diary set entries = 9");
    checked = rebuild(*db, *ledger, diary_migrations(), Rebuild::check);
    EXPECT_FALSE(checked.tables[0].equal);
    EXPECT_TRUE(checked.tables[1].equal);
    rebuild(*db, *ledger, diary_migrations(), Rebuild::swap);
    for (const auto& table : rebuild(*db, *ledger, diary_migrations(), Rebuild::check).tables) EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(LedgerOn, a_sealed_head_shows_what_was_rewritten_with_all_its_hashes) {
    const std::string seed(32, 's');
    const Seq diary = new_diary();
    ASSERT_TRUE(write(diary, "one"));
    EXPECT_EQ(seal(*db, nine, seed), 1);
    EXPECT_EQ(seal(*db, nine, seed), 0);
    for (const char* words : {"two", "three"}) ASSERT_TRUE(write(diary, words));
    EXPECT_EQ(seal(*db, nine + std::chrono::minutes{1}, seed), 2);
    EXPECT_FALSE(verify(*db).first_bad);
    // The whole chain made anew over other words: every link fits, the signed head does not.
    std::string lines;
    export_ledger(*db, [&](const std::string& line) { lines += line + "\n"; });
    spoil("delete from event");
    spoil("delete from event_payload");
    spoil("update stream set version = 0, head_hash = ''");
    spoil("delete from diary");
    for (const char* words : {"one", "tvo", "three"}) ASSERT_TRUE(write(diary, words));
    EXPECT_TRUE(verify(*db).first_bad);

    const auto check = [](std::string text) {
        std::size_t at = 0;
        return verify_export([&](std::string& line) {
            if (at >= text.size()) return false;
            const auto end = text.find('\n', at);
            line = text.substr(at, end - at);
            at = end + 1;
            return true;
        });
    };
    EXPECT_FALSE(check(lines).first_bad);
    EXPECT_EQ(check(lines).events, 3);
    std::string spoiled = lines;
    spoiled.replace(spoiled.find("diary.written", spoiled.find("\"version\":2")), 5, "Diary");
    ASSERT_TRUE(check(spoiled).first_bad);
    EXPECT_EQ(check(spoiled).first_bad->version, 2);
}

TEST_P(LedgerOn, an_idempotency_key_keeps_its_first_answer) {
    db->write([&](store::Transaction& tx) { return keep_answer(tx, 7, "POST /x", "k1", {201, "{}", "first", "h"}, nine), true; });
    db->read([&](store::Reader& reader) {
        EXPECT_EQ(kept_answer(reader, 7, "POST /x", "k1")->body, "first");
        EXPECT_FALSE(kept_answer(reader, 8, "POST /x", "k1"));
    });
    EXPECT_THROW(db->write([&](store::Transaction& tx) {
        return keep_answer(tx, 7, "POST /x", "k1", {201, "{}", "second", "h"}, nine), true;
    }),
                 store::Conflict);
}

TEST(Merkle, the_root_is_the_same_however_often_the_tree_is_put_away) {
    MerkleTree whole, parts;
    for (int i = 0; i < 100; ++i) {
        whole.add(std::to_string(i));
        parts = MerkleTree{parts.peaks()};
        parts.add(std::to_string(i));
        ASSERT_EQ(whole.root(), parts.root());
    }
    EXPECT_EQ(whole.size(), 100);
}

}  // namespace
}  // namespace concord::ledger
