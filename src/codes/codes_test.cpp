#include "codes/codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/id.hpp"
#include "store/testing.hpp"

namespace concord::codes {
namespace {

using store::Engine;

Date day(const char* iso) { return *parse_date(iso); }

/// The files of the source tree in an empty database, on 1 June 2026.
class Register : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = store::open({.schema = {}, .url = empty.url()});
    std::unique_ptr<ledger::Ledger> ledger = ledger::make_ledger();
    Codebooks books{*db};
    ledger::Author author{.user = 0, .agency = 0, .purpose = {}, .at = parse_instant("2026-06-01T09:00:00Z").value()};
    Files files = read_folder(std::string{CONCORD_SOURCE_DIR} + "/codes");

    void SetUp() override {
        db->migrate(all());
        access::register_projections(*ledger);
        register_projections(*ledger);
        for (const auto& one : files.problems) ADD_FAILURE() << one.file << ":" << one.line << ": " << one.problem;
        const auto loaded = take(files);
        ASSERT_TRUE(loaded) << loaded.error().sentence;
        EXPECT_GE(loaded->lists, 39);
    }
    static std::vector<store::Migration> all() {
        std::vector<store::Migration> every = ledger::migrations();
        for (const auto& more : {access::migrations(), migrations()}) every.insert(every.end(), more.begin(), more.end());
        return every;
    }
    Result<Loaded> take(const Files& from) {
        return db->writing([&](store::Transaction& tx) { return load(tx, *ledger, author, from); });
    }
    template <class F>
    auto change(F work, std::optional<std::int64_t> expected = {}) {
        return db->writing([&](store::Transaction& tx) { return work(Change{tx, *ledger, author, expected}); });
    }
    List list_of(std::string_view name) {
        return *db->reading([&](store::Reader& reader) { return list(reader, name); });
    }
    DatedRule rule_of(std::string_view key) {
        return *db->reading([&](store::Reader& reader) { return rule(reader, key); });
    }
    Calendar england() {
        return *db->reading([&](store::Reader& reader) { return calendar(reader, "england"); });
    }
    void expect_rebuild_is_equal() {
        const auto result = ledger::rebuild(*db, *ledger, all(), ledger::Rebuild::check);
        for (const auto& table : result.tables) EXPECT_TRUE(table.equal) << table.table;
        EXPECT_FALSE(ledger::verify(*db).first_bad);
    }
    static std::string fields_of(const Refusal& refusal) {
        std::string all;
        for (const auto& error : refusal.fields) all += error.field + " ";
        return all;
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Register, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Register, gives_the_engine_the_same_values_as_the_files) {
    const auto now = books.current();
    const auto from_files = files.codebook();
    EXPECT_EQ(now->lists.size(), from_files.lists.size());
    for (const auto& [name, values] : from_files.lists) {
        ASSERT_EQ(now->lists.at(name).codes.size(), values.codes.size()) << name;
        for (std::size_t i = 0; i < values.codes.size(); ++i) {
            EXPECT_EQ(now->lists.at(name).codes[i].code, values.codes[i].code) << name;
            EXPECT_EQ(now->lists.at(name).codes[i].label, values.codes[i].label) << name;
        }
    }
    ASSERT_EQ(now->rules->size(), from_files.rules->size());
    for (const auto& [key, values] : *from_files.rules) {
        EXPECT_EQ(now->rules->at(key).rows, values.rows) << key;
        EXPECT_EQ(now->rules->at(key).key_date, values.key_date) << key;
    }
    EXPECT_FALSE(now->calendar().is_working_day(day("2026-12-25")));
    EXPECT_EQ(now->label("channels", "101", day("2026-06-01")), "101 call");
}

TEST_P(Register, takes_the_files_again_without_a_change) {
    const auto before = db->reading([](store::Reader& reader) { return reader.count("select count(*) from event"); });
    const auto again = take(files);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->codes + again->labels + again->rows + again->days + again->lists, 0);
    EXPECT_TRUE(again->left_alone.empty());
    EXPECT_EQ(db->reading([](store::Reader& reader) { return reader.count("select count(*) from event"); }), before);
}

TEST_P(Register, an_entry_that_has_ended_is_not_offered_and_keeps_its_label) {
    EntryAsk ask{.code = "b01", .label = list_of("behaviour_types").entries.front().label, .mark = "source", .until = day("2026-07-01")};
    ASSERT_TRUE(change([&](const Change& c) { return change_entry(c, list_of("behaviour_types"), ask); }));
    const auto book = books.current();
    const auto offers = [&](const char* on) {
        const auto codes = book->offered("behaviour_types", day(on));
        return std::any_of(codes.begin(), codes.end(), [](const auto& one) { return one.code == "b01"; });
    };
    EXPECT_TRUE(offers("2026-06-30"));
    EXPECT_FALSE(offers("2026-07-01"));
    EXPECT_EQ(book->label("behaviour_types", "b01", day("2027-01-01")), "Verbal abuse or intimidation");
    expect_rebuild_is_equal();
}

TEST_P(Register, a_code_stored_long_ago_shows_its_label_of_then) {
    EntryAsk ask{.code = "b03", .label = "Dispute between neighbours", .mark = "source", .label_from = day("2026-06-10")};
    ASSERT_TRUE(change([&](const Change& c) { return change_entry(c, list_of("behaviour_types"), ask); }));
    ask.label = "Neighbours in dispute";
    ask.label_from = day("2026-08-01");
    ASSERT_TRUE(change([&](const Change& c) { return change_entry(c, list_of("behaviour_types"), ask); }));
    const auto book = books.current();
    EXPECT_EQ(book->label("behaviour_types", "b03", day("2024-01-01")), "Neighbour dispute");
    EXPECT_EQ(book->label("behaviour_types", "b03", day("2026-06-10")), "Dispute between neighbours");
    EXPECT_EQ(book->label("behaviour_types", "b03", day("2026-08-01")), "Neighbours in dispute");
    ask.label_from = day("2026-07-01");
    ask.label = "Back in time";
    const auto early = change([&](const Change& c) { return change_entry(c, list_of("behaviour_types"), ask); });
    ASSERT_FALSE(early);
    EXPECT_EQ(fields_of(early.error()), "label_from ");
    expect_rebuild_is_equal();
}

TEST_P(Register, a_new_row_holds_from_its_day_and_the_old_one_before_it) {
    const RowAsk ask{.from = day("2026-09-01"),
                     .amount = 2,
                     .unit = "working_days",
                     .source = "Hub managers, 3 June 2026",
                     .mark = "cfg",
                     .why = "Two hubs share one triage officer"};
    ASSERT_TRUE(change([&](const Change& c) { return add_row(c, rule_of("hub_asb.triage"), ask); }));
    EXPECT_EQ(books.current()->amount("hub_asb.triage", day("2026-08-31")), 1);
    EXPECT_EQ(books.current()->amount("hub_asb.triage", day("2026-09-01")), 2);
    const auto twice = change([&](const Change& c) { return add_row(c, rule_of("hub_asb.triage"), ask); });
    ASSERT_FALSE(twice);
    EXPECT_EQ(fields_of(twice.error()), "from ");
    ASSERT_TRUE(
        change([&](const Change& c) { return withdraw_row(c, rule_of("hub_asb.triage"), day("2026-09-01"), "The managers decided otherwise"); }));
    EXPECT_EQ(books.current()->amount("hub_asb.triage", day("2026-09-01")), 1);
    ASSERT_TRUE(change([&](const Change& c) { return add_row(c, rule_of("hub_asb.triage"), ask); }));
    EXPECT_EQ(books.current()->amount("hub_asb.triage", day("2026-09-01")), 2);
    expect_rebuild_is_equal();
}

TEST_P(Register, a_row_that_holds_cannot_be_taken_back) {
    const RowAsk ask{
        .from = day("2026-06-01"), .amount = 2, .unit = "working_days", .source = "Hub managers", .mark = "cfg", .why = "Two hubs share one officer"};
    ASSERT_TRUE(change([&](const Change& c) { return add_row(c, rule_of("hub_asb.triage"), ask); }));
    const auto back =
        change([&](const Change& c) { return withdraw_row(c, rule_of("hub_asb.triage"), day("2026-06-01"), "It was a mistake after all"); });
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, "codes.begun");
}

TEST_P(Register, everything_that_is_wrong_with_a_row_is_said_at_once) {
    const auto told =
        change([&](const Change& c) { return add_row(c, rule_of("hub_asb.triage"), {.amount = -1, .unit = "pence", .mark = "sure", .why = "no"}); });
    ASSERT_FALSE(told);
    EXPECT_EQ(fields_of(told.error()), "from amount unit mark source why ");
}

TEST_P(Register, who_confirmed_a_row_is_kept) {
    author.user = 7;
    ASSERT_TRUE(change([&](const Change& c) { return confirm_row(c, rule_of("hub_asb.triage"), {}, "Minute 12 of the hub managers", "source"); }));
    const auto row = rule_of("hub_asb.triage").rows.front();
    EXPECT_EQ(row.confirmed.by, 7);
    EXPECT_EQ(row.row.mark, "source");
    EXPECT_EQ(row.row.amount, 1);
    expect_rebuild_is_equal();
}

TEST_P(Register, a_proclaimed_bank_holiday_counts_at_once_and_can_be_taken_out) {
    EXPECT_TRUE(books.current()->calendar().is_working_day(day("2026-06-15")));
    ASSERT_TRUE(change([&](const Change& c) {
        return add_day(c, england(),
                       {.on = day("2026-06-15"), .title = "A day of mourning", .source = "Proclamation of 2 June 2026", .mark = "source"});
    }));
    EXPECT_FALSE(books.current()->calendar().is_working_day(day("2026-06-15")));
    ASSERT_TRUE(change([&](const Change& c) { return withdraw_day(c, england(), day("2026-06-15"), "It was moved to the autumn"); }));
    EXPECT_TRUE(books.current()->calendar().is_working_day(day("2026-06-15")));
    expect_rebuild_is_equal();
}

TEST_P(Register, what_two_people_change_at_once_is_a_clash) {
    const auto before = list_of("channels");
    EntryAsk ask{.code = "drone", .label = "Seen from the air", .mark = "cfg"};
    ASSERT_TRUE(change([&](const Change& c) { return add_entry(c, before, ask); }, before.version));
    ask.code = "post";
    const auto late = change([&](const Change& c) { return add_entry(c, before, ask); }, before.version);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().because, Because::stale);
    ask.code = "drone";
    EXPECT_EQ(fields_of(change([&](const Change& c) { return add_entry(c, list_of("channels"), ask); }).error()), "code ");
}

TEST_P(Register, what_people_changed_is_left_alone_by_a_load) {
    author.user = 7;
    EntryAsk ask{.code = "101", .label = "Call to 101", .mark = "cfg", .source = "Hub managers"};
    ASSERT_TRUE(change([&](const Change& c) { return change_entry(c, list_of("channels"), ask); }));
    const auto again = take(files);
    ASSERT_TRUE(again);
    ASSERT_EQ(again->left_alone.size(), 1U);
    EXPECT_EQ(again->left_alone[0], "channels 101 is called \"Call to 101\" here and \"101 call\" in the file.");
    EXPECT_EQ(books.current()->label("channels", "101", day("2026-06-02")), "Call to 101");
}

}  // namespace
}  // namespace concord::codes
