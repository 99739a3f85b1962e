#include "access/admin.hpp"

#include <gtest/gtest.h>

#include "store/testing.hpp"

namespace concord::access {
namespace {

using store::Engine;

class Administration : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = store::open({.schema = {}, .url = empty.url()});
    std::unique_ptr<ledger::Ledger> ledger = ledger::make_ledger();
    ledger::Author author{.user = 0, .agency = 0, .purpose = {}, .at = parse_instant("2026-06-01T09:00:00Z").value()};
    Seq agency = 0, other_agency = 0, hub = 0, admin = 0;

    void SetUp() override {
        db->migrate(all());
        register_projections(*ledger);
        agency = *change([&](const Administering& with) { return add_body(with, BodyKind::agency, "office", "Partnership office", "la_cs"); });
        other_agency = *change([&](const Administering& with) { return add_body(with, BodyKind::agency, "police", "Police", "pol"); });
        hub = *change([&](const Administering& with) { return add_body(with, BodyKind::hub, "coast", "Coast", ""); });
        admin = *change([&](const Administering& with) {
            return add_user(with, {.email = "Admin@Office.example", .name = "An Administrator", .agency = agency, .roles = {"admin"}, .hubs = {}});
        });
    }
    static std::vector<store::Migration> all() {
        std::vector<store::Migration> every = ledger::migrations();
        for (auto& one : migrations()) every.push_back(one);
        return every;
    }
    template <class F>
    std::invoke_result_t<F, const Administering&> change(F work, std::optional<std::int64_t> expected = {}) {
        return db->writing([&](store::Transaction& tx) { return work(Administering{tx, *ledger, author, expected}); });
    }
    Seq officer() {
        return *change([&](const Administering& with) {
            return add_user(
                with, {.email = "officer@police.example", .name = "An Officer", .agency = other_agency, .roles = {"hub_officer"}, .hubs = {hub}});
        });
    }
    UserRow row(Seq user) {
        return *db->reading([&](store::Reader& reader) { return user_row(reader, *ledger, ledger->id_of(reader, user).value()); });
    }
    void expect_rebuild_is_equal() {
        for (const auto& table : ledger::rebuild(*db, *ledger, all(), ledger::Rebuild::check).tables) EXPECT_TRUE(table.equal) << table.table;
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Administration, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Administration, nobody_removes_the_last_administrator) {
    for (const auto& told : {change([&](const Administering& with) { return set_roles(with, admin, {"chair"}); }),
                             change([&](const Administering& with) { return set_disabled(with, admin, true); })}) {
        ASSERT_FALSE(told);
        EXPECT_EQ(told.error().code, "access.last_admin");
    }
    const Seq second = *change([&](const Administering& with) {
        return add_user(with, {.email = "second@office.example", .name = "The Second", .agency = agency, .roles = {"admin"}, .hubs = {}});
    });
    EXPECT_TRUE(change([&](const Administering& with) { return set_disabled(with, admin, true); }));
    EXPECT_EQ(change([&](const Administering& with) { return set_roles(with, second, {"analyst"}); }).error().code, "access.last_admin");
}

TEST_P(Administration, roles_hubs_agency_and_name_change_by_events_of_their_own) {
    const Seq user = officer();
    ASSERT_TRUE(change([&](const Administering& with) {
        return change_user(
            with, user,
            {.email = "new@police.example", .name = "Another Name", .agency = agency, .roles = {"hub_manager", "analyst"}, .hubs = {hub}});
    }));
    const auto now = row(user);
    EXPECT_EQ(now.email, "new@police.example");
    EXPECT_EQ(now.agency, agency);
    EXPECT_EQ(now.roles, (std::vector<std::string>{"hub_manager", "analyst"}));
    EXPECT_EQ(now.hubs, std::vector<Seq>{hub});
    const auto events = db->reading([&](store::Reader& reader) { return ledger->read(reader, user); });
    ASSERT_EQ(events.size(), 4U);
    EXPECT_EQ(events[3].envelope["summary"].as_string(), "Roles: Hub manager, Analyst");
    EXPECT_EQ(to_text(events[1].envelope).find("new@police"), std::string::npos);  // what is personal stands in the payload
    expect_rebuild_is_equal();
}

TEST_P(Administration, all_that_is_wrong_with_a_user_is_said_at_once) {
    const auto told = change(
        [&](const Administering& with) { return add_user(with, {.email = "nobody", .name = "x", .agency = 0, .roles = {"king"}, .hubs = {999}}); });
    ASSERT_FALSE(told);
    std::string fields;
    for (const auto& error : told.error().fields) fields += error.field + " ";
    EXPECT_EQ(fields, "email name agency roles hubs ");
    EXPECT_EQ(change([&](const Administering& with) {
                  return add_user(with, {.email = "ADMIN@office.example", .name = "Twice", .agency = agency, .roles = {"chair"}, .hubs = {}});
              })
                  .error()
                  .fields.front()
                  .field,
              "email");
}

TEST_P(Administration, two_who_change_one_user_at_once_clash) {
    const Seq user = officer();
    const auto seen = row(user).version;
    EXPECT_TRUE(change([&](const Administering& with) { return set_roles(with, user, {"supervisor"}); }, seen));
    EXPECT_EQ(change([&](const Administering& with) { return set_roles(with, user, {"analyst"}); }, seen).error().because, Because::stale);
}

TEST_P(Administration, a_password_link_works_once_and_for_two_days) {
    const Seq user = officer();
    EXPECT_FALSE(row(user).has_password);
    const std::string token =
        db->writing([&](store::Transaction& tx) -> Result<std::string> { return make_password_link(tx, user, admin, author.at); }).value();
    const auto whose = [&](std::chrono::hours later) {
        return db->reading([&](store::Reader& reader) { return user_of_password_link(reader, token, author.at + later); });
    };
    EXPECT_EQ(whose(std::chrono::hours{47}), user);
    EXPECT_FALSE(whose(std::chrono::hours{49}));
    EXPECT_TRUE(change([&](const Administering& with) { return set_password(with, user, hash_password("three words together"), ""); }));
    EXPECT_FALSE(whose(std::chrono::hours{1}));
    EXPECT_TRUE(row(user).has_password);
    expect_rebuild_is_equal();
}

TEST_P(Administration, a_disabled_user_loses_sessions_and_tokens_and_may_come_back) {
    const Seq user = officer();
    create_token(*db, user, true, 30, author.at);
    ASSERT_TRUE(change([&](const Administering& with) { return set_disabled(with, user, true); }));
    EXPECT_EQ(db->reading([&](store::Reader& reader) {
        return reader.count("select count(*) from api_token where user_seq = :user", {{"user", user}});
    }),
              0);
    EXPECT_FALSE(db->reading([&](store::Reader& reader) { return actor_of(reader, user); }));
    EXPECT_EQ(change([&](const Administering& with) { return set_disabled(with, user, true); }).error().because, Because::not_now);
    ASSERT_TRUE(change([&](const Administering& with) { return set_disabled(with, user, false); }));
    EXPECT_TRUE(db->reading([&](store::Reader& reader) { return actor_of(reader, user); }));
    expect_rebuild_is_equal();
}

TEST_P(Administration, users_are_found_by_words_agency_hub_role_and_state) {
    const Seq user = officer();
    const auto total = [&](const UserFilter& filter) {
        return db->reading([&](store::Reader& reader) { return find_users(reader, *ledger, filter); }).total;
    };
    EXPECT_EQ(total({}), 2);
    EXPECT_EQ(total({.words = "OFFICER"}), 1);
    EXPECT_EQ(total({.agency = agency}), 1);
    EXPECT_EQ(total({.hub = hub}), 1);
    EXPECT_EQ(total({.role = "admin"}), 1);
    EXPECT_EQ(total({.role = "adm"}), 0);
    ASSERT_TRUE(change([&](const Administering& with) { return set_disabled(with, user, true); }));
    EXPECT_EQ(total({}), 1);
    EXPECT_EQ(total({.state = "disabled"}), 1);
    const auto page = db->reading([&](store::Reader& reader) { return find_users(reader, *ledger, {.state = "all", .limit = 1}); });
    EXPECT_TRUE(page.more);
    EXPECT_EQ(page.rows.front().email, "admin@office.example");
    EXPECT_EQ(
        db->reading([&](store::Reader& reader) { return find_users(reader, *ledger, {.state = "all", .after = page.rows.back().email, .limit = 1}); })
            .rows.front()
            .seq,
        user);
}

TEST_P(Administration, a_hub_that_has_people_cannot_end_and_one_that_ended_goes_on) {
    const Seq user = officer();
    const auto now = [&] { return *db->reading([&](store::Reader& reader) { return body(reader, BodyKind::hub, "coast"); }); };
    const Date today = *parse_date("2026-06-01");
    EXPECT_EQ(
        change([&](const Administering& with) { return change_body(with, BodyKind::hub, now(), "Coast", "", today); }).error().fields.front().field,
        "ended");
    ASSERT_TRUE(change([&](const Administering& with) { return set_disabled(with, user, true); }));
    ASSERT_TRUE(change([&](const Administering& with) { return change_body(with, BodyKind::hub, now(), "Coast and moors", "", today); }));
    EXPECT_TRUE(db->reading([&](store::Reader& reader) { return hubs(reader); }).empty());
    expect_rebuild_is_equal();
    ASSERT_TRUE(change([&](const Administering& with) { return change_body(with, BodyKind::hub, now(), "Coast and moors", "", {}); }));
    EXPECT_EQ(db->reading([&](store::Reader& reader) { return hubs(reader); }).size(), 1U);
}

TEST(Passwords, that_are_short_common_or_the_address_are_refused_with_what_to_do) {
    EXPECT_TRUE(check_password("three words together", "three words together", "officer@police.example"));
    for (const auto* bad : {"short", "password123456", "officer-of-the-law", "concord-demo-1"})
        EXPECT_FALSE(check_password(bad, bad, "officer@police.example")) << bad;
    EXPECT_EQ(check_password("three words together", "three words tugether", "").error().fields.front().field, "again");
}

}  // namespace
}  // namespace concord::access
