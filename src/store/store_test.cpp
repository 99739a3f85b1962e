#include "store/store.hpp"

#include "store/buffered.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "store/filling.hpp"
#include "store/testing.hpp"

namespace concord::store {
namespace {

const std::vector<Migration> thing_table{{905, "things", R"sql(
create table thing (
    id bigint primary key,
    name text not null,
    weight double precision,
    day text
);
)sql"},
                                         text_shelf_migration(906, "notes")};

class Store : public ::testing::TestWithParam<Engine> {
protected:
    testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<Database> db = [this] {
        auto opened = empty.open();
        opened->migrate(thing_table);
        return opened;
    }();
    void add(std::int64_t id, const std::string& name) {
        db->write([&](Transaction& tx) {
            tx.execute("insert into thing (id, name) values (:id, :name)", {{"id", id}, {"name", name}});
            return true;
        });
    }
    std::int64_t things() {
        return db->reading([](Reader& reader) { return reader.count("select count(*) from thing"); });
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Store, ::testing::Values(Engine::sqlite, Engine::postgresql), testing::engine_name);

TEST_P(Store, gives_back_what_was_put_in) {
    db->write([&](Transaction& tx) {
        tx.execute("insert into thing (id, name, weight, day) values (:id, :name, :weight, :day)",
                   {{"id", INT64_MAX}, {"name", "Zoë's :name '::text'"}, {"weight", 0.1}, {"day", parse_date("2026-04-01").value()}});
        tx.execute("insert into thing (id, name, weight) values (:id, :name, :weight)", {{"id", -1}, {"name", ""}, {"weight", nullptr}});
        return true;
    });
    const auto rows = db->reading([](Reader& reader) { return reader.select("itrt", "select id, name, weight, day from thing order by id"); });
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].integer(0), -1);
    EXPECT_TRUE(rows[0].is_null(2));
    EXPECT_FALSE(rows[0].maybe_date(3));
    EXPECT_EQ(rows[1].integer(0), INT64_MAX);
    EXPECT_EQ(rows[1].text(1), "Zoë's :name '::text'");
    EXPECT_EQ(rows[1].real(2), 0.1);
    EXPECT_EQ(to_iso(*rows[1].maybe_date(3)), "2026-04-01");
}

TEST_P(Store, a_work_that_says_no_or_throws_leaves_nothing) {
    db->write([](Transaction& tx) {
        tx.execute("insert into thing (id, name) values (1, 'x')");
        return false;
    });
    EXPECT_THROW(db->write([](Transaction& tx) -> bool {
        tx.execute("insert into thing (id, name) values (2, 'x')");
        throw Failure{"no"};
    }),
                 Failure);
    EXPECT_EQ(things(), 0);
    const auto refused = db->writing([](Transaction& tx) -> Result<Done> {
        tx.execute("insert into thing (id, name) values (3, 'x')");
        return Refusal{.code = "no"};
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(things(), 0);
}

TEST_P(Store, the_loser_of_a_race_is_told_so) {
    add(1, "first");
    EXPECT_THROW(add(1, "second"), Conflict);
    add(2, "third");
    EXPECT_EQ(things(), 2);
}

TEST_P(Store, a_change_says_how_many_rows_it_changed_whenever_it_is_asked) {
    add(1, "a");
    add(2, "b");
    db->write([&](Transaction& tx) {
        const auto both = tx.execute("update thing set name = 'c'");
        tx.execute("update thing set name = 'd' where id = 1");  // nobody asks
        const auto none = tx.execute("update thing set name = 'e' where id = 3");
        EXPECT_EQ(tx.select_one("t", "select name from thing where id = 1")->text(0), "d");
        const auto one = tx.execute("delete from thing where id = 2");
        EXPECT_EQ(one, 1);
        EXPECT_EQ(none, 0);
        EXPECT_EQ(both, 2);
        return true;
    });
    EXPECT_EQ(things(), 1);
    // What went wrong with a change that nobody asked about is told at the latest when the transaction is to be kept, and nothing of it is.
    EXPECT_THROW(db->write([&](Transaction& tx) {
        tx.execute("insert into thing (id, name) values (5, 'new')");
        tx.execute("update thing set name = null where id = 1");
        return true;
    }),
                 Failure);
    EXPECT_EQ(things(), 1);
    db->write([&](Transaction& tx) {  // more than are sent at once
        for (int id = 100; id < 1100; ++id) tx.execute("insert into thing (id, name) values (:id, 'many')", {{"id", id}});
        EXPECT_EQ(tx.execute("update thing set name = 'more' where name = 'many'"), 1000);
        return true;
    });
    EXPECT_EQ(things(), 1001);
}

TEST_P(Store, a_select_that_was_sent_ahead_is_answered_as_of_when_it_is_asked_for) {
    add(1, "a");
    constexpr std::string_view name_of = "select name from thing where id = :id", count = "select count(*) from thing";
    db->write([&](Transaction& tx) {
        tx.select_soon(name_of, {{"id", 1}});
        tx.select_soon(count);
        EXPECT_EQ(tx.count(count), 1);
        tx.execute("update thing set name = 'b' where id = 1");
        EXPECT_EQ(tx.select_one("t", name_of, {{"id", 1}})->text(0), "b");
        tx.select_soon(name_of, {{"id", 1}});
        EXPECT_FALSE(tx.select_one("t", name_of, {{"id", 2}}));  // another one
        tx.execute("update thing set name = 'c' where id = 1");
        EXPECT_EQ(tx.select_one("t", name_of, {{"id", 1}})->text(0), "c");
        tx.execute("insert into thing (id, name) values (2, 'z')");
        EXPECT_EQ(tx.count(count), 2);
        tx.select_soon(count);  // never asked for
        return true;
    });
    for (int round = 0; round < 20; ++round) {  // nor is it answered to the next who reads with that connection
        db->read([&](Reader& reader) {
            EXPECT_EQ(reader.count(count), 2 + round);
            reader.select_soon(count);
        });
        add(10 + round, "more");
    }
}

TEST_P(Store, numbers_of_a_series_are_given_once) {
    const auto next = [&](bool keep) {
        std::int64_t number = 0;
        db->write([&](Transaction& tx) {
            number = tx.next_of_series("AB-2026");
            return keep;
        });
        return number;
    };
    EXPECT_EQ(next(true), 1);
    const auto given_back = next(false), after = next(true);
    EXPECT_TRUE(after == given_back || GetParam() == Engine::postgresql);  // PostgreSQL leaves it out
    EXPECT_GT(after, 1);
    const auto other = empty.open();
    std::mutex mutex;
    std::set<std::int64_t> seen{1, after};
    std::vector<std::thread> writers;
    for (int w = 0; w < 8; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; i < 40; ++i)
                (w % 2 == 0 ? *db : *other).write([&](Transaction& tx) {
                    const auto number = tx.next_of_series("AB-2026");
                    EXPECT_EQ(tx.next_of_series("other") > 0, true);
                    const std::lock_guard lock{mutex};
                    EXPECT_TRUE(seen.insert(number).second) << number;
                    return true;
                });
        });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(seen.size(), 322U);
}

TEST_P(Store, what_is_kept_for_all_lasts_as_long_as_the_database_is_open) {
    struct Seen {
        std::atomic<int> times{0};
    };
    for (int i = 0; i < 3; ++i) db->read([](Reader& reader) { ++reader.kept_for_all<Seen>().times; });
    db->write([](Transaction& tx) {
        EXPECT_EQ(tx.kept_for_all<Seen>().times, 3);
        return true;
    });
    empty.open()->read([](Reader& reader) { EXPECT_EQ(reader.kept_for_all<Seen>().times, 0); });
}

TEST_P(Store, eight_writers_lose_nothing) {
    std::vector<std::thread> writers;
    std::atomic<int> after{0};
    for (int w = 0; w < 8; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; i < 50; ++i)
                db->write([&, w, i](Transaction& tx) {
                    tx.execute("insert into thing (id, name) values (:id, :name)", {{"id", w * 1000 + i}, {"name", "x"}});
                    tx.after_commit([&] { ++after; });
                    return true;
                });
        });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(things(), 400);
    EXPECT_EQ(after, 400);
}

TEST_P(Store, many_rows_go_in_by_one_call) {
    std::vector<std::vector<Value>> rows;
    for (std::int64_t i = 0; i < 3000; ++i) rows.push_back({i, std::string{"a\tb\\\nc"}, std::monostate{}, std::string{"2026-01-01"}});
    db->write([&](Transaction& tx) {
        tx.insert_many("thing", {"id", "name", "weight", "day"}, rows);
        return true;
    });
    EXPECT_EQ(things(), 3000);
    EXPECT_EQ(db->reading([](Reader& reader) { return reader.select_one("t", "select name from thing where id = 7")->text(0); }), "a\tb\\\nc");
}

TEST_P(Store, held_back_inserts_are_there_before_anything_else_is_asked) {
    db->write([&](Transaction& tx) {
        tx.execute("create table held (id bigint primary key, words text, upper_words text)", {});
        Buffered held{tx};
        const std::string plain = "insert into held (id, words) values (:id, :words)",
                          worked_out = "insert into held (id, words, upper_words) values (:id, :words, upper(:upper))";
        for (int i = 0; i < 100; ++i) held.execute(plain, {{"id", i}, {"words", "a\tb\\c"}});
        for (int i = 100; i < 300; ++i) held.execute(worked_out, {{"id", i}, {"words", nullptr}, {"upper", "it"}});
        EXPECT_EQ(held.count("select count(*) from held"), 300);
        EXPECT_EQ(held.count("select count(*) from held where words = :words", {{"words", "a\tb\\c"}}), 100);
        EXPECT_EQ(held.count("select count(*) from held where words is null and upper_words = 'IT'"), 200);
        held.execute(plain, {{"id", 300}, {"words", "x"}});
        EXPECT_EQ(held.execute("update held set words = 'y' where id = :id", {{"id", 300}}), 1);
        held.execute(plain, {{"id", 301}, {"words", "z"}});
        held.flush();
        EXPECT_EQ(tx.count("select count(*) from held"), 302);
        return true;
    });
}

TEST_P(Store, a_snapshot_sees_one_moment) {
    add(1, "x");
    db->snapshot([&](Reader& reader) {
        EXPECT_EQ(reader.count("select count(*) from thing"), 1);
        std::thread{[&] { add(2, "y"); }}.join();
        EXPECT_EQ(reader.count("select count(*) from thing"), 1);
    });
    EXPECT_EQ(things(), 2);
}

TEST_P(Store, a_read_inside_a_read_needs_no_second_connection) {
    add(1, "x");
    const auto narrow = empty.open(1);
    std::atomic<int> seen = 0;
    std::vector<std::thread> many;
    for (int i = 0; i < 40; ++i)
        many.emplace_back([&] {
            narrow->read([&](Reader&) {
                std::this_thread::sleep_for(std::chrono::milliseconds{2});
                narrow->read([&](Reader& inner) { seen += static_cast<int>(inner.count("select count(*) from thing")); });
                narrow->snapshot([&](Reader& inner) { inner.count("select count(*) from thing"); });
            });
        });
    for (auto& one : many) one.join();
    EXPECT_EQ(seen, 40);
    narrow->read([&](Reader&) { EXPECT_THROW(narrow->write([](Transaction&) { return true; }), std::exception) << "would wait for itself"; });
}

TEST_P(Store, a_migration_runs_once_and_may_not_change) {
    EXPECT_EQ(db->migrate(thing_table), 906);
    auto changed = thing_table;
    changed[0].sql += " ";
    EXPECT_THROW(db->migrate(changed), Failure);
    EXPECT_THROW(db->migrate({}), Failure);  // a database of a newer schema than the program's
}

TEST_P(Store, text_is_found_by_whole_words_newest_first) {
    db->write([](Transaction& tx) {
        add_text(tx, "notes", 1, "Loud music at the Café, and shouting");
        add_text(tx, "notes", 2, "music again; no shouting");
        put_text(tx, "notes", 3, "musical shouting");
        return true;
    });
    const auto find = [&](std::string_view query, std::int64_t before = INT64_MAX, std::size_t limit = 10) {
        return db->reading([&](Reader& reader) { return find_text(reader, "notes", query, before, limit); });
    };
    using Keys = std::vector<std::int64_t>;
    EXPECT_EQ(find("SHOUTING music"), (Keys{2, 1}));
    EXPECT_EQ(find("music*"), (Keys{3, 2, 1}));
    EXPECT_EQ(find("cafe"), (Keys{1}));
    EXPECT_EQ(find("music*", 3, 1), (Keys{2}));
    EXPECT_EQ(find("\"' OR ) :* &"), (Keys{}));
    EXPECT_EQ(find(""), (Keys{}));
    db->write([](Transaction& tx) {
        put_text(tx, "notes", 3, "quiet");
        take_out_text(tx, "notes", 2, "music again; no shouting");
        return true;
    });
    EXPECT_EQ(find("shouting"), (Keys{1}));
    EXPECT_EQ(find("quiet"), (Keys{3}));
}

TEST_P(Store, words_that_many_texts_hold_are_found_as_they_stand_now) {
    const auto text = [](int key) {
        return std::string{"music"} + (key % 2 == 0 ? " shouting" : "") + (key % 3 == 0 ? " Harbour" : "") + (key % 400 == 7 ? " saltmarsh" : "");
    };
    const auto add_notes = [&](int from, int to) {
        db->write([&](Transaction& tx) {
            for (int key = from; key < to; ++key) add_text(tx, "notes", key, text(key));
            return true;
        });
    };
    using Keys = std::vector<std::int64_t>;
    const auto find = [&](std::string_view query, std::int64_t before = INT64_MAX, std::size_t limit = 100'000) {
        return db->reading([&](Reader& reader) { return find_text(reader, "notes", query, before, limit); });
    };
    const auto every = [](int step, int below) {  // newest first
        Keys keys;
        for (int key = (below - 1) / step * step; key > 0; key -= step) keys.push_back(key);
        return keys;
    };
    add_notes(1, 2000);
    for (int again = 0; again < 2; ++again) {  // read, then kept
        EXPECT_EQ(find("shouting harbour"), every(6, 2000));
        EXPECT_EQ(find("music"), every(1, 2000));
        EXPECT_EQ(find("harbour music", 1200, 3), (Keys{1197, 1194, 1191}));
        EXPECT_EQ(find("music saltmarsh harbour"), Keys{807});
        EXPECT_EQ(find("music saltmarsh"), (Keys{1607, 1207, 807, 407, 7}));
        EXPECT_EQ(find("music nowhere"), Keys{});
    }
    db->write([](Transaction& tx) {
        add_text(tx, "notes", 3001, "shouting at the harbour");
        take_out_text(tx, "notes", 1998, "music shouting Harbour");
        take_out_text(tx, "notes", 6, "music shouting harbour");
        add_text(tx, "notes", 6, "shouting alone");
        return true;
    });
    auto expected = every(6, 1998);
    expected.pop_back();
    expected.insert(expected.begin(), 3001);
    EXPECT_EQ(find("shouting harbour"), expected);
    EXPECT_EQ(find("shouting alone"), Keys{6});
    db->write([](Transaction& tx) {
        add_text(tx, "notes", 3002, "shouting harbour");
        return false;  // rolled back
    });
    EXPECT_EQ(find("shouting harbour"), expected);
    add_notes(4000, 4300);  // more than are looked at one by one
    EXPECT_EQ(find("shouting harbour", 4300, 3), (Keys{4296, 4290, 4284}));
    add_notes(5000, 15'000);  // more than the list of changes remembers
    EXPECT_EQ(find("shouting harbour", 15'000, 4), (Keys{14'994, 14'988, 14'982, 14'976}));
    EXPECT_EQ(find("harbour saltmarsh", 15'000, 2), find("harbour saltmar*", 15'000, 2));
}

/// PostgreSQL commits in another order than transactions began: what one wrote before a list was read is found once it has committed.
TEST_P(Store, a_text_that_was_written_long_before_its_commit_is_found_after_it) {
    const auto find = [&] { return db->reading([&](Reader& reader) { return find_text(reader, "notes", "drum music", INT64_MAX, 100); }); };
    using Keys = std::vector<std::int64_t>;
    const auto add_note = [&](std::int64_t key) {
        db->write([&](Transaction& tx) {
            add_text(tx, "notes", key, "music with a drum");
            return true;
        });
    };
    add_note(1);
    EXPECT_EQ(find(), Keys{1});
    const bool side_by_side = db->engine() == Engine::postgresql;  // SQLite has one writer
    std::promise<void> written, go_on;
    std::thread slow{[&] {
        db->write([&](Transaction& tx) {
            add_text(tx, "notes", 2, "drum music");
            take_out_text(tx, "notes", 1, "music with a drum");
            tx.count("select count(*) from thing");  // all of it has reached the database
            written.set_value();
            if (side_by_side) go_on.get_future().wait();
            return true;
        });
    }};
    written.get_future().wait();
    if (!side_by_side) slow.join();
    add_note(3);
    if (side_by_side) {
        EXPECT_EQ(find(), (Keys{3, 1}));
        add_note(4);
        EXPECT_EQ(find(), (Keys{4, 3, 1}));
        go_on.set_value();
        slow.join();
    } else {
        add_note(4);
    }
    EXPECT_EQ(find(), (Keys{4, 3, 2}));
    EXPECT_EQ(find(), (Keys{4, 3, 2}));
}

TEST_P(Store, the_log_of_changes_does_not_grow_for_ever) {
    if (db->engine() == Engine::postgresql) return;  // looks after its own
    const std::string name(40'000, 'x');             // ten pages
    for (int i = 0; i < 1500; ++i) add(i, name);
    EXPECT_EQ(things(), 1500);
    EXPECT_LT(std::filesystem::file_size(db->url() + "-wal"), 45'000'000U) << "1,500 changes are 60 MB";
}

TEST_P(Store, many_writers_lose_nothing_whatever_a_commit_waits_for) {
    std::vector<std::thread> many;
    for (int writer = 0; writer < 6; ++writer)
        many.emplace_back([&, writer] {
            for (int i = 0; i < 40 + writer * 10; ++i) add(1000 * (writer + 1) + i, "x");  // they end one after the other
        });
    for (auto& one : many) one.join();
    EXPECT_EQ(things(), 6 * 40 + 10 * (1 + 2 + 3 + 4 + 5));
}

TEST_P(Store, writes_that_wait_for_one_row_leave_a_connection_for_what_they_read) {
    add(1, "x");
    std::vector<std::thread> many;
    for (int writer = 0; writer < 40; ++writer)
        many.emplace_back([&] {
            db->write([&](Transaction& tx) {
                tx.execute("update thing set name = name where id = 1");  // all but one wait here
                return db->reading([](Reader& reader) { return reader.count("select count(*) from thing"); }) == 1;
            });
        });
    for (auto& one : many) one.join();
    EXPECT_EQ(things(), 1);
}

TEST_P(Store, a_job_is_worked_once_and_again_when_its_worker_died) {
    const Instant now = parse_instant("2026-04-01T09:00:00Z").value();
    db->write([&](Transaction& tx) {
        enqueue(tx, "mail", "{}", now);
        enqueue(tx, "later", "{}", now + std::chrono::hours{1});
        return true;
    });
    const auto claimed = claim_jobs(*db, now, std::chrono::seconds{60}, 10);
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed[0].kind, "mail");
    EXPECT_TRUE(claim_jobs(*db, now, std::chrono::seconds{60}, 10).empty());
    const auto again = claim_jobs(*db, now + std::chrono::seconds{61}, std::chrono::seconds{60}, 10);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempts, 2);
    db->write([&](Transaction& tx) {
        fail_job(tx, again[0], "no answer", now + std::chrono::seconds{61});
        return true;
    });
    EXPECT_TRUE(claim_jobs(*db, now + std::chrono::seconds{62}, std::chrono::seconds{60}, 10).empty());
    const auto third = claim_jobs(*db, now + std::chrono::seconds{200}, std::chrono::seconds{60}, 10);
    ASSERT_EQ(third.size(), 1U);
    db->write([&](Transaction& tx) {
        finish_job(tx, third[0]);
        return true;
    });
    EXPECT_EQ(db->reading([](Reader& reader) { return reader.count("select count(*) from job"); }), 1);
}

TEST_P(Store, a_backup_comes_back_whole_and_only_into_an_empty_place) {
    add(1, "kept");
    const std::string file = (std::filesystem::temp_directory_path() / ("concord_backup_" + to_hex(random_bytes(6)))).string();
    db->backup(file);
    add(2, "after");
    EXPECT_FALSE(restore(file, {.url = empty.url()}));
    testing::EmptyDatabase target{GetParam()};
    const auto restored = restore(file, {.url = target.url()});
    ASSERT_TRUE(restored) << restored.error().sentence;
    EXPECT_EQ(target.open()->reading([](Reader& reader) { return reader.count("select count(*) from thing"); }), 1);
    EXPECT_FALSE(restore("/nowhere/at-all", {.url = testing::EmptyDatabase{GetParam()}.url()}));
    std::filesystem::remove(file);
}

TEST_P(Store, a_database_that_was_filled_without_waiting_is_an_ordinary_one_when_it_has_settled) {
    testing::EmptyDatabase place{GetParam()};
    {
        auto filling = open_to_fill({.schema = {}, .url = place.url()});
        filling->write([](Transaction& tx) {
            tx.execute("create table kept (id bigint primary key)");
            tx.execute("insert into kept (id) values (7)");
            return true;
        });
        EXPECT_EQ(filling->reading([](Reader& reader) { return reader.count("select id from kept"); }), 7);
    }
    settle(place.url());
    const auto journal = [](Database& one) {
        return one.reading([](Reader& reader) { return reader.select_one("t", "pragma journal_mode")->text(0); });
    };
    {
        auto after = place.open();
        EXPECT_EQ(after->reading([](Reader& reader) { return reader.count("select id from kept"); }), 7);
        if (GetParam() == Engine::sqlite) { EXPECT_EQ(journal(*after), "wal"); }
    }
    // What is there already is not filled: it keeps its log.
    auto again = open_to_fill({.schema = {}, .url = place.url()});
    if (GetParam() == Engine::sqlite) { EXPECT_EQ(journal(*again), "wal"); }
}

/// kill -9 while a child writes: what it acknowledged on the pipe is there, once.
TEST_P(Store, a_killed_writer_loses_nothing_acknowledged) {
    db.reset();
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(pipe_ends[0]);
        auto mine = empty.open(1);
        for (std::int64_t i = 0; i < 100'000; ++i) {
            mine->write([&](Transaction& tx) {
                tx.execute("insert into thing (id, name) values (:id, 'x')", {{"id", i}});
                return true;
            });
            if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) ::_exit(1);
        }
        ::_exit(0);
    }
    ::close(pipe_ends[1]);
    std::int64_t acknowledged = -1, read_one = 0;
    while (acknowledged < 199 && ::read(pipe_ends[0], &read_one, sizeof read_one) == sizeof read_one) acknowledged = read_one;
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &read_one, sizeof read_one) == sizeof read_one) acknowledged = read_one;
    ::close(pipe_ends[0]);
    ::waitpid(child, nullptr, 0);
    ASSERT_GE(acknowledged, 199);
    db = empty.open();
    EXPECT_EQ(db->reading([&](Reader& reader) {
        return reader.count("select count(*) from thing where id <= :last", {{"last", acknowledged}});
    }),
              acknowledged + 1);
    EXPECT_LE(things(), acknowledged + 2);  // one more may be written and not yet acknowledged
}

}  // namespace
}  // namespace concord::store
