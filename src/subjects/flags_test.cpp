#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/testing.hpp"
#include "subjects/overview.hpp"
#include "subjects/subjects.hpp"

namespace concord::subjects {
namespace {

using store::Engine;

const std::string rules_file = std::string{CONCORD_SOURCE_DIR} + "/codes/flags/repeat_flags.toml";

std::vector<FlagRule> shipped() {
    std::ifstream in{rules_file};
    auto rules = read_flag_rules(std::string{std::istreambuf_iterator<char>(in), {}}, rules_file);
    EXPECT_TRUE(rules) << (rules ? "" : rules.error().sentence);
    return rules ? *rules : std::vector<FlagRule>{};
}

const Date day0 = *make_date(2025, 3, 1);

Told report(Seq record, int day, std::string role = "victim", std::string kind = "b01") {
    return {.role = std::move(role),
            .what = incident_name(record, 0),
            .on = day0 + day,
            .contact = day0 + day,
            .similar_to = {std::move(kind)},
            .record = record};
}
bool has(const std::vector<Told>& told, int day, std::string_view code) {
    const auto flags = flags_on(shipped(), told, day0 + day);
    return std::any_of(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.code == code; });
}

TEST(FlagRules, incidents_on_day_0_and_day_365_count_together_and_on_day_366_not) {
    EXPECT_TRUE(has({report(1, 0), report(2, 365)}, 365, "repeat_victim"));
    EXPECT_FALSE(has({report(1, 0), report(2, 366)}, 366, "repeat_victim"));
    EXPECT_FALSE(has({report(1, 0), report(2, 365)}, 366, "repeat_victim")) << "the first has fallen out of the window";
    EXPECT_FALSE(has({report(1, 0), report(2, 10)}, 9, "repeat_victim")) << "what lies ahead does not count";
    EXPECT_FALSE(has({report(1, 0)}, 0, "repeat_victim"));
}

TEST(FlagRules, the_last_day_of_every_window_counts_and_the_day_after_does_not) {
    for (const auto& [code, role, days, about] :
         std::vector<std::tuple<std::string, std::string, int, std::string>>{{"chronic_victim", "victim", 90, "person"},
                                                                             {"repeat_caller", "reporter", 90, "person"},
                                                                             {"repeat_suspect", "suspected", 180, "person"},
                                                                             {"repeat_location", "incident", 90, "place"}}) {
        const std::vector<Told> three{report(1, 0, role), report(2, days / 2, role), report(3, days, role)};
        EXPECT_TRUE(has(three, days, code)) << code;
        EXPECT_FALSE(has(three, days + 1, code)) << code;
        EXPECT_FALSE(has({three[0], three[2]}, days, code)) << code << " needs three";
    }
}

TEST(FlagRules, chronic_means_similar_incidents) {
    EXPECT_TRUE(has({report(1, 0), report(2, 1), report(3, 2)}, 2, "chronic_victim"));
    EXPECT_FALSE(has({report(1, 0, "victim", "b01"), report(2, 1, "victim", "b04"), report(3, 2, "victim", "b08")}, 2, "chronic_victim"));
}

TEST(FlagRules, one_incident_told_to_several_agencies_counts_once) {
    auto again = report(2, 1);
    again.what = incident_name(1, 0);
    EXPECT_FALSE(has({report(1, 0), again}, 1, "repeat_victim"));
    const auto flags = flags_on(shipped(), {report(1, 0), again, report(3, 5)}, day0 + 5);
    ASSERT_FALSE(flags.empty());
    ASSERT_EQ(flags.front().because.size(), 2u) << "each incident is named once, by its first report";
    EXPECT_EQ(flags.front().because[0].record, 1);
    EXPECT_EQ(flags.front().because[1].record, 3);
    EXPECT_EQ(flags.front().text, "2 incidents in 365 days");
    // But both were contacts.
    auto caller_again = again;
    caller_again.role = "reporter";
    EXPECT_TRUE(has({report(1, 0, "reporter"), caller_again, report(3, 5, "reporter")}, 5, "repeat_caller"));
}

TEST(FlagRules, a_series_in_one_report_is_one_incident_and_still_a_repeat_victim) {
    auto series = report(1, 0);
    series.self_declared = true;
    const auto flags = flags_on(shipped(), {series}, day0);
    ASSERT_EQ(flags.size(), 1u);
    EXPECT_EQ(flags[0].code, "repeat_victim");
    EXPECT_EQ(flags[0].text, "Says that it was not the first time");
    EXPECT_EQ(flags[0].because.size(), 1u);
    EXPECT_FALSE(has({series}, 366, "repeat_victim"));
}

TEST(FlagRules, what_was_no_incident_does_not_count_but_the_call_does) {
    auto malicious = report(2, 1), third = report(3, 2);
    malicious.dropped = "malicious";
    EXPECT_FALSE(has({report(1, 0), malicious}, 1, "repeat_victim"));
    malicious.dropped = "insufficient";
    EXPECT_TRUE(has({report(1, 0), malicious}, 1, "repeat_victim"));
    auto call = report(2, 1, "reporter");
    call.dropped = "not_asb";
    const auto flags = flags_on(shipped(), {report(1, 0, "reporter"), call, report(3, 2, "reporter")}, day0 + 2);
    ASSERT_EQ(flags.size(), 1u);
    EXPECT_EQ(flags[0].code, "repeat_caller");
    EXPECT_FALSE(flags[0].note.empty()) << "a frequent caller with no victim role is a welfare prompt";
    EXPECT_TRUE(flags_on(shipped(), {report(1, 0, "reporter"), call, report(3, 2, "reporter"), report(4, 2)}, day0 + 2)[0].note.empty());
}

TEST(FlagRules, other_parts_do_not_count) {
    EXPECT_TRUE(flags_on(shipped(), {report(1, 0, "witness"), report(2, 0, "witness"), report(3, 0, "witness")}, day0).empty());
}

TEST(FlagRules, a_place_suggests_a_problem_plan) {
    const auto flags = flags_on(shipped(), {report(1, 0, "incident"), report(2, 1, "incident"), report(3, 2, "incident")}, day0 + 2);
    ASSERT_EQ(flags.size(), 1u);
    EXPECT_EQ(flags[0].suggests, "problem_plan");
}

TEST(FlagRules, a_new_row_judges_from_its_day_on) {
    auto rules = shipped();
    FlagRule stricter = *std::find_if(rules.begin(), rules.end(), [](const FlagRule& rule) { return rule.flag == "repeat_victim"; });
    stricter.in_force = day0 + 10;
    stricter.at_least = 3;
    rules.push_back(stricter);
    const std::vector<Told> two{report(1, 0, "victim", "b01"), report(2, 1, "victim", "b02")};
    EXPECT_EQ(flags_on(rules, two, day0 + 9).size(), 1u);
    EXPECT_TRUE(flags_on(rules, two, day0 + 10).empty());
    const auto periods = flag_periods(rules, two);
    ASSERT_EQ(periods.size(), 1u);
    EXPECT_EQ(periods[0].from, day0 + 1);
    EXPECT_EQ(periods[0].until, day0 + 9);
}

TEST(FlagRules, periods_say_from_when_to_when_a_flag_holds) {
    const auto periods =
        flag_periods(shipped(), {report(1, 0, "incident"), report(2, 10, "incident"), report(3, 20, "incident"), report(4, 300, "incident")});
    ASSERT_EQ(periods.size(), 1u);
    EXPECT_EQ(periods[0], (Period{.flag = "repeat_location", .from = day0 + 20, .until = day0 + 90, .whats = {"1:0", "2:0", "3:0"}}));
    EXPECT_TRUE(flag_periods(shipped(), {}).empty());
}

TEST(FlagRules, a_bad_row_is_named) {
    for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
             {"[[rule]]\nflag='x'\n", "row 1"},
             {"rule=", "rules.toml"},
             {"[[rule]]\nflag='x'\nlabel='X'\nabout='car'\ncounts='incidents'\nroles=['a']\nin_force=2020-01-01\nat_least=1\nwithin_days=1\n",
              "about is person or place"},
             {"[[rule]]\nflag='x'\nlabel='X'\nabout='place'\ncounts='incidents'\nroles=['a']\nin_force=2020-01-01\nat_least=1\nwithin_days=0\n",
              "within_days is 1 to 3660"}}) {
        const auto read = read_flag_rules(text, "rules.toml");
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().sentence.find(said), std::string::npos) << read.error().sentence;
    }
}

// ---- With a database: who sees which flag

class Flags : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = empty.open();
    std::unique_ptr<ledger::Ledger> ledger = ledger::make_ledger();
    std::unique_ptr<access::ReadLog> reads = access::open_read_log(*db, empty.url() + ".reads");
    MovedClock clock{parse_instant("2026-06-01T09:00:00Z").value(), MovedClock::Runs::still};
    const ledger::Author author{.user = 0, .agency = 0, .purpose = "test", .at = clock.now()};
    Seq hub_a = 0, hub_b = 0;
    access::Actor in_a, in_b;

    ~Flags() override {
        reads.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }
    static std::vector<store::Migration> all_migrations() {
        std::vector<store::Migration> all = ledger::migrations();
        for (auto more : {access::migrations(), migrations()}) all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    void SetUp() override {
        db->migrate(all_migrations());
        access::register_projections(*ledger);
        register_projections(*ledger);
        const auto done = db->writing([&](store::Transaction& tx) -> Result<Done> {
            const Seq agency = *access::create_agency(tx, *ledger, author, "nyc", "Council", "la_cs");
            hub_a = *access::create_hub(tx, *ledger, author, "a", "Hub A");
            hub_b = *access::create_hub(tx, *ledger, author, "b", "Hub B");
            for (const auto& [email, hub] : {std::pair{"a@x.example", hub_a}, std::pair{"b@x.example", hub_b}})
                if (auto made = access::create_user(
                        tx, *ledger, author, {.email = email, .name = "Officer", .agency = agency, .roles = {"hub_officer"}, .hubs = {hub}}, "");
                    !made)
                    return made.error();
            return load_flag_rules(tx, *ledger, author, shipped());
        });
        ASSERT_TRUE(done) << done.error().sentence;
        in_a = actor("a@x.example");
        in_b = actor("b@x.example");
    }
    access::Actor actor(const std::string& email) {
        return db->reading([&](store::Reader& reader) { return *access::actor_of(reader, access::user_by_email(reader, email)->seq); });
    }
    Seq somebody(const std::string& name) {
        return *db->writing(
            [&](store::Transaction& tx) { return create_person(tx, *ledger, author, {.given_name = name, .family_name = "Example"}); });
    }
    /// A report to a hub, as the room of cases tells it.
    void tell(Seq record, Seq hub, Seq subject, Date on, const std::string& role = "victim", const std::string& kind = "person") {
        (void)db->writing([&](store::Transaction& tx) -> Result<Done> {
            access::set_visibility(tx, record, "referral", {{"hub", std::to_string(hub), {}, "hub_team"}}, {});
            tell_incidents(tx, record, "referral", "R-" + std::to_string(record),
                           {{.subject = subject, .subject_kind = kind, .role = role, .on = on, .contact = on, .similar_to = {"b01"}}});
            return Done{};
        });
    }
    std::vector<ShownFlag> seen(const access::Actor& who, Seq subject) {
        access::Context context{.db = *db, .ledger = *ledger, .reads = *reads, .clock = clock, .actor = who};
        return db->reading([&](store::Reader& reader) { return flags_of(reader, context, subject); });
    }
    std::vector<std::string> stored(Seq subject) {
        std::vector<std::string> all;
        db->read([&](store::Reader& reader) {
            for (const auto& row : reader.select(
                     "tttt", "select flag, holds_from, holds_until, incidents from repeat_flag where subject = :s order by flag, holds_from",
                     {{"s", subject}}))
                all.push_back(row.text(0) + " " + row.text(1) + " " + row.text(2) + " " + row.text(3));
        });
        return all;
    }
    const Date today = *make_date(2026, 6, 1);
};
INSTANTIATE_TEST_SUITE_P(Both, Flags, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Flags, each_flag_names_the_incidents_that_made_it) {
    const Seq katie = somebody("Katie");
    tell(9001, hub_a, katie, today - 70);
    EXPECT_TRUE(seen(in_a, katie).empty());
    tell(9002, hub_a, katie, today - 30);
    tell(9003, hub_a, katie, today);
    const auto flags = seen(in_a, katie);
    ASSERT_EQ(flags.size(), 2u);
    EXPECT_EQ(flags[0].flag.code, "chronic_victim");
    EXPECT_EQ(flags[1].flag.code, "repeat_victim");
    EXPECT_EQ(to_json(flags[0])["because"].items().size(), 3u);
    EXPECT_EQ(to_json(flags[0])["because"].items()[0]["reference"].as_string(), "R-9001");
    EXPECT_EQ(stored(katie), (std::vector<std::string>{"chronic_victim 2026-06-01 2026-06-21 9001:0 9002:0 9003:0",
                                                       "repeat_victim 2026-05-02 2027-05-02 9001:0 9002:0 9003:0"}));
}

TEST_P(Flags, what_the_reader_may_not_read_makes_no_flag_for_him) {
    const Seq katie = somebody("Katie");
    tell(9001, hub_a, katie, today - 70);
    tell(9002, hub_b, katie, today - 30);
    EXPECT_TRUE(seen(in_a, katie).empty()) << "one readable incident is no repeat, and nothing tells of the other";
    EXPECT_TRUE(seen(in_b, katie).empty());
    EXPECT_EQ(stored(katie).size(), 1u) << "yet the flag holds";
    tell(9003, hub_a, katie, today);
    ASSERT_EQ(seen(in_a, katie).size(), 1u);
    EXPECT_EQ(seen(in_a, katie)[0].flag.because.size(), 2u) << "the other hub's report is neither named nor counted";
    EXPECT_EQ(seen(in_a, katie)[0].flag.text, "2 incidents in 365 days");
    EXPECT_TRUE(seen(in_b, katie).empty());
}

TEST_P(Flags, a_record_that_tells_otherwise_takes_its_flags_back) {
    const Seq katie = somebody("Katie"), other = somebody("Other");
    tell(9001, hub_a, katie, today - 70);
    tell(9002, hub_a, katie, today - 30);
    EXPECT_EQ(seen(in_a, katie).size(), 1u);
    tell(9002, hub_a, other, today - 30);  // it was somebody else
    EXPECT_TRUE(seen(in_a, katie).empty());
    EXPECT_TRUE(stored(katie).empty());
}

TEST_P(Flags, merged_people_have_their_incidents_together_until_they_are_parted) {
    const Seq katie = somebody("Katie"), kate = somebody("Kate");
    tell(9001, hub_a, katie, today - 70);
    tell(9002, hub_a, kate, today - 30);
    EXPECT_TRUE(seen(in_a, katie).empty());
    access::Context context{.db = *db, .ledger = *ledger, .reads = *reads, .clock = clock, .actor = in_a};
    (void)db->writing([&](store::Transaction& tx) -> Result<Done> {
        for (const auto& [record, subject] : {std::pair{Seq{9001}, katie}, std::pair{Seq{9002}, kate}})
            access::set_involved(tx, record, "referral", {{subject, "victim"}});
        return Done{};
    });
    const auto merged = db->writing([&](store::Transaction& tx) { return merge(tx, context, kate, katie, "The same person, spelled otherwise"); });
    ASSERT_TRUE(merged) << merged.error().sentence;
    EXPECT_EQ(seen(in_a, katie).size(), 1u);
    EXPECT_EQ(seen(in_a, kate).size(), 1u) << "either address shows it";
    EXPECT_EQ(stored(katie).size(), 1u);
    EXPECT_TRUE(stored(kate).empty());
    ASSERT_TRUE(db->writing([&](store::Transaction& tx) { return unmerge(tx, context, kate); }));
    EXPECT_TRUE(seen(in_a, katie).empty());
    EXPECT_TRUE(stored(katie).empty());
}

TEST_P(Flags, the_busiest_places_are_flagged_by_what_the_reader_may_read) {
    std::vector<Seq> places;
    (void)db->writing([&](store::Transaction& tx) -> Result<Done> {
        for (int i = 0; i < 21; ++i)
            places.push_back(*find_or_create_place(tx, *ledger, author, {.text = fmt::format("{} Long Street", i + 1), .locality = "a"}));
        return Done{};
    });
    Seq record = 9000;
    // 5 incidents far apart at the first place; one at each other.
    for (int i = 0; i < 5; ++i) tell(++record, hub_a, places[0], today - 60 * i - 60, "incident", "place");
    for (std::size_t i = 1; i < places.size(); ++i) tell(++record, hub_a, places[i], today - 5, "incident", "place");
    const auto flags = seen(in_a, places[0]);
    ASSERT_EQ(flags.size(), 1u);
    EXPECT_EQ(flags[0].flag.text, "5 incidents in 365 days, among the busiest 5% of places");
    EXPECT_EQ(flags[0].flag.suggests, "problem_plan");
    EXPECT_TRUE(seen(in_b, places[0]).empty());
    // Two places with more push it to rank 3 of 21: out of the busiest 5%.
    for (std::size_t p = 1; p <= 2; ++p)
        for (int i = 0; i < 6; ++i) tell(++record, hub_a, places[p], today - 50 * i - 10, "incident", "place");
    for (const auto& flag : seen(in_a, places[0])) ADD_FAILURE() << flag.flag.text;
}

TEST_P(Flags, a_place_among_the_busiest_is_raised_when_something_is_added_to_it) {
    std::vector<Seq> places;
    (void)db->writing([&](store::Transaction& tx) -> Result<Done> {
        for (int i = 0; i < 21; ++i)
            places.push_back(*find_or_create_place(tx, *ledger, author, {.text = fmt::format("{} Long Street", i + 1), .locality = "a"}));
        return Done{};
    });
    const auto raised = [&](const access::Actor& reader_of) {
        access::Context context{.db = *db, .ledger = *ledger, .reads = *reads, .clock = clock, .actor = reader_of};
        std::vector<std::string> texts;
        for (const auto& one : db->reading([&](store::Reader& r) { return flags_raised(r, context, today - 28, 60); }))
            texts.push_back(one.flag.text);
        return texts;
    };
    Seq record = 9000;
    for (int i = 0; i < 5; ++i) tell(++record, hub_a, places[0], today - 60 * i - 60, "incident", "place");
    for (std::size_t i = 1; i < places.size(); ++i) tell(++record, hub_a, places[i], today - 5, "incident", "place");
    EXPECT_TRUE(raised(in_a).empty()) << "nothing was added to it for weeks";
    tell(++record, hub_a, places[0], today - 3, "incident", "place");
    EXPECT_EQ(raised(in_a), std::vector<std::string>{"6 incidents in 365 days, among the busiest 5% of places"});
    EXPECT_TRUE(raised(in_b).empty()) << "by records that the reader may not read nothing is raised";
    // The limit of the day is kept: a busier place counts from the next day on.
    refresh_busy_limits(*db, today);
    for (std::size_t p = 1; p <= 2; ++p)
        for (int i = 0; i < 7; ++i) tell(++record, hub_a, places[p], today - 50 * i - 10, "incident", "place");
    EXPECT_EQ(raised(in_a).size(), 3U);
    refresh_busy_limits(*db, today);
    EXPECT_EQ(raised(in_a).size(), 3U);
    (void)db->writing([](store::Transaction& tx) -> Result<Done> {
        tx.execute("delete from busy_limit");
        return Done{};
    });
    EXPECT_EQ(raised(in_a).size(), 2U) << "rank 3 of 21 is not among the busiest 5%";
}

TEST_P(Flags, new_rules_work_every_flag_out_again_and_the_same_change_nothing) {
    const Seq katie = somebody("Katie");
    tell(9001, hub_a, katie, today - 70);
    tell(9002, hub_a, katie, today - 30);
    auto rules = shipped();
    const auto events = [&] {
        return db->reading([](store::Reader& r) { return r.count("select count(*) from event where kind = 'subjects.flag_rules_set'"); });
    };
    ASSERT_TRUE(db->writing([&](store::Transaction& tx) { return load_flag_rules(tx, *ledger, author, rules); }));
    EXPECT_EQ(events(), 1);
    for (auto& rule : rules)
        if (rule.flag == "repeat_victim") rule.at_least = 3;
    ASSERT_TRUE(db->writing([&](store::Transaction& tx) { return load_flag_rules(tx, *ledger, author, rules); }));
    EXPECT_EQ(events(), 2);
    EXPECT_TRUE(seen(in_a, katie).empty());
    EXPECT_TRUE(stored(katie).empty());
}

}  // namespace
}  // namespace concord::subjects
