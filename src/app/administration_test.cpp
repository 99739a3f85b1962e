#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <sys/stat.h>

#include "access/admin.hpp"
#include "app/sealing_key.hpp"
#include "app/settings.hpp"
#include "app/testing.hpp"

/// Administration through the real routes, pages and API: what is changed holds for the next record.
namespace concord::app {
namespace {

using store::Engine;

class Office : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    Office() : Pilot{GetParam()} {}
    const std::string admin = "admin@nycsp.example", officer = "officer@scarborough.example", ig = "ig@nycsp.example";

    struct Told {
        int status;
        Json json;
        std::string body, etag, location;
    };
    web::Request request_of(const std::string& as, const std::string& method, const std::string& path) {
        return Pilot::request_of(as, method, path, {{"host", "localhost"}});
    }
    Told told(const web::Response& response) {
        Told answer{response.status, {}, response.body, header_of(response, "etag"), header_of(response, "location")};
        if (const auto json = parse_json(response.body)) answer.json = *json;
        return answer;
    }
    Told api(const std::string& as, const std::string& method, const std::string& path, const char* body = "", const std::string& if_match = {}) {
        web::Request request = request_of(as, method, "/api/v1" + path);
        if (*body != '\0') {
            request.headers.emplace_back("content-type", "application/json");
            request.body = body;
        }
        if (!if_match.empty()) request.headers.emplace_back("if-match", if_match);
        return told(program->handler(request));
    }
    Told page(const std::string& as, const std::string& path) { return told(program->handler(request_of(as, "GET", path))); }
    Told send(const std::string& as, const std::string& path, web::Fields form) {
        web::Request request = request_of(as, "POST", path);
        request.form = std::move(form);
        return told(program->handler(request));
    }
    std::string user_id(const std::string& email) {
        return api(admin, "GET", "/users?state=all&q=" + email).json["items"].items().at(0)["id"].as_string();
    }
    std::string due_of_a_new_case(const std::string& clock) {
        const auto made = api(officer, "POST", "/cases", R"({"pathway":"hub_asb","hub":"scarborough","title":"Noise at night"})");
        EXPECT_EQ(made.status, 201) << made.body;
        const auto found = api(officer, "GET", "/cases/" + made.json["reference"].as_string());
        for (const auto& one : found.json["clocks"].items())
            if (one["id"].as_string() == clock) return one["due"].as_string().substr(0, 10) + ", " + one["rule"].as_string();
        return "none in " + found.body;
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Office, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Office, a_new_rule_row_holds_for_what_starts_on_its_day_and_not_before) {
    ASSERT_EQ(
        api(admin, "POST", "/rules/hub_asb.long_case/rows",
            R"({"from":"2026-07-01","amount":30,"unit":"days","mark":"cfg","source":"Hub managers, 3 June 2026","why":"Long cases were seen too late"})")
            .status,
        201);
    EXPECT_EQ(due_of_a_new_case("long_running"), "2026-08-30, 90 days");
    program->clock.stand_at(parse_instant("2026-07-01T09:00:00Z").value());
    EXPECT_EQ(due_of_a_new_case("long_running"), "2026-07-31, 30 days");
    EXPECT_EQ(api(officer, "GET", "/rules/hub_asb.long_case?on=2026-06-30").json["row"]["amount"].as_number(), 90);
}

TEST_P(Office, a_new_rule_row_is_shown_with_what_it_changes_before_it_is_saved) {
    const web::Fields typed{{"from", "1/7/2026"}, {"amount", "30"},           {"unit", "days"},
                            {"mark", "cfg"},      {"source", "Hub managers"}, {"why", "Long cases were seen too late"}};
    const auto seen = send(admin, "/admin/rules/hub_asb.long_case", typed);
    EXPECT_EQ(seen.status, 200);
    EXPECT_NE(seen.body.find("From 1 July 2026: 30 days, instead of 90 days."), std::string::npos) << seen.body;
    EXPECT_NE(seen.body.find("long case"), std::string::npos);
    EXPECT_EQ(api(admin, "GET", "/rules/hub_asb.long_case").json["rows"].items().size(), 1U);
    web::Fields sure = typed;
    sure.emplace_back("sure", "yes");
    EXPECT_EQ(send(admin, "/admin/rules/hub_asb.long_case", sure).status, 303);
    EXPECT_EQ(api(admin, "GET", "/rules/hub_asb.long_case").json["rows"].items().size(), 2U);
    const auto wrong =
        send(admin, "/admin/rules/hub_asb.long_case",
             {{"from", "1/9/2026"}, {"amount", "soon"}, {"unit", "days"}, {"mark", "cfg"}, {"source", "Hub managers"}, {"why", "Typed and kept"}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_NE(wrong.body.find("Give a number of 0 or more."), std::string::npos);
    EXPECT_NE(wrong.body.find("Typed and kept"), std::string::npos);
    EXPECT_NE(wrong.body.find("value=\"soon\""), std::string::npos);
}

TEST_P(Office, only_administrators_change_and_for_others_the_pages_are_not_there) {
    for (const char* path :
         {"/admin", "/admin/users", "/admin/agencies", "/admin/hubs", "/admin/codes", "/admin/codes/channels", "/admin/codes/channels/101",
          "/admin/rules", "/admin/rules/hub_asb.triage", "/admin/calendars/england", "/admin/calendars/england/days/2026-12-25",
          "/admin/rules/hub_asb.triage/rows/beginning", "/admin/users/new", "/admin/hubs/york", "/admin/agencies/nyp"}) {
        const auto mine = page(admin, path);
        EXPECT_EQ(mine.status, 200) << path;
        EXPECT_NE(mine.body.find("<h1"), std::string::npos) << path;
        EXPECT_EQ(page(officer, path).status, 404) << path;
    }
    EXPECT_EQ(api(officer, "GET", "/users").status, 404);
    EXPECT_EQ(api(officer, "GET", "/codes/channels").status, 200);
    EXPECT_EQ(api(officer, "POST", "/calendars/england/days", R"({"on":"2026-06-15","title":"A day off","source":"I say so"})").status, 403);
}

TEST_P(Office, a_user_is_changed_with_the_version_that_was_read) {
    const std::string at = "/users/" + user_id(officer);
    const auto now = api(admin, "GET", at);
    EXPECT_EQ(now.json["roles"].items().at(0).as_string(), "hub_officer");
    EXPECT_EQ(api(admin, "PATCH", at, R"({"roles":["supervisor"]})").status, 428);
    const auto changed = api(admin, "PATCH", at, R"({"roles":["supervisor"]})", now.etag);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.json["roles"].items().at(0).as_string(), "supervisor");
    const auto stale = api(admin, "PATCH", at, R"({"roles":["analyst"]})", now.etag);
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(stale.json["current"]["roles"].items().at(0).as_string(), "supervisor");
    const auto last = api(admin, "PATCH", "/users/" + user_id(admin), R"({"disabled":true})", "\"1\"");
    EXPECT_EQ(last.status, 409) << last.body;
    EXPECT_EQ(api(admin, "GET", at + "/history").json["items"].items().back()["summary"].as_string(), "Roles: Supervisor");
}

TEST_P(Office, a_user_is_added_on_the_page_and_chooses_a_password_by_a_link) {
    const auto wrong =
        send(admin, "/admin/users", {{"name", "Nia Example"}, {"email", "nia"}, {"agency", "nyp"}, {"roles", "hub_officer"}, {"hubs", "york"}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_NE(wrong.body.find("Give an e-mail address"), std::string::npos);
    EXPECT_NE(wrong.body.find("value=\"Nia Example\""), std::string::npos);
    const auto added = send(admin, "/admin/users",
                            {{"name", "Nia Example"}, {"email", "nia@nyp.example"}, {"agency", "nyp"}, {"roles", "hub_officer"}, {"hubs", "york"}});
    ASSERT_EQ(added.status, 303) << added.body;
    const std::string at = added.location.substr(0, added.location.find('?'));
    const auto shown = send(admin, at + "/password", {});
    const auto from = shown.body.find("/set-password?token=");
    ASSERT_NE(from, std::string::npos) << shown.body;
    const std::string link = shown.body.substr(from, shown.body.find('<', from) - from);
    web::Request open{
        .method = "GET", .path = "/set-password", .target = link, .headers = {{"host", "localhost"}}, .from_loopback = true, .reference = "test"};
    open.query = *web::parse_urlencoded(link.substr(link.find('?') + 1));
    const auto form = program->handler(open);
    ASSERT_EQ(form.status, 200) << form.body;
    std::string cookie;
    for (const auto& [name, value] : form.headers)
        if (name == "set-cookie") cookie = value.substr(0, value.find(';'));
    const auto mark = form.body.find("name=\"csrf\" value=\"") + 19;
    web::Request choose{.method = "POST",
                        .path = "/set-password",
                        .target = "/set-password",
                        .headers = {{"host", "localhost"}, {"cookie", cookie}},
                        .from_loopback = true,
                        .reference = "test"};
    choose.form = {{"csrf", form.body.substr(mark, form.body.find('"', mark) - mark)},
                   {"token", link.substr(link.find('=') + 1)},
                   {"password", "three words together"},
                   {"again", "three words together"}};
    EXPECT_EQ(program->handler(choose).status, 303);
    EXPECT_EQ(program->handler(choose).status, 404);
    EXPECT_TRUE(api(admin, "GET", "/users?q=nia").json["items"].items().at(0)["has_password"].as_bool());
}

TEST_P(Office, a_bank_holiday_and_a_new_answer_are_added_on_their_pages) {
    EXPECT_EQ(send(admin, "/admin/calendars/england",
                   {{"on", "15/6/2026"}, {"title", "A day of mourning"}, {"mark", "source"}, {"source", "Proclamation of 1 June 2026"}})
                  .status,
              303);
    EXPECT_FALSE(program->codebooks->current()->calendar().is_working_day(*parse_date("2026-06-15")));
    const auto twice = send(admin, "/admin/calendars/england", {{"on", "15/6/2026"}, {"title", "Again"}, {"mark", "cfg"}});
    EXPECT_EQ(twice.status, 422);
    EXPECT_NE(twice.body.find("is in the calendar already: A day of mourning"), std::string::npos);
    EXPECT_EQ(send(admin, "/admin/codes/channels", {{"code", "drone"}, {"label", "Seen from the air"}, {"mark", "cfg"}}).status, 303);
    EXPECT_EQ(send(admin, "/admin/codes/channels/drone", {{"label", "Seen by a drone"}, {"label_from", "1/8/2026"}, {"mark", "cfg"}}).status, 303);
    EXPECT_EQ(program->codebooks->current()->label("channels", "drone", *parse_date("2026-07-31")), "Seen from the air");
    EXPECT_EQ(program->codebooks->current()->label("channels", "drone", *parse_date("2026-08-01")), "Seen by a drone");
    const auto clash = send(admin, "/admin/codes/channels", {{"version", "1"}, {"code", "owl"}, {"label", "Told by an owl"}, {"mark", "cfg"}});
    EXPECT_EQ(clash.status, 412);
    EXPECT_NE(clash.body.find("Told by an owl"), std::string::npos);
    for (const auto& table : ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check).tables)
        EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(Office, what_is_ones_own_is_seen_and_changed_by_oneself) {
    const auto me = page(officer, "/me");
    EXPECT_EQ(me.status, 200);
    EXPECT_NE(me.body.find("Hub officer"), std::string::npos);
    EXPECT_EQ(me.body.find("\"/admin\""), std::string::npos);
    EXPECT_NE(page(admin, "/me").body.find("\"/admin\""), std::string::npos);
    EXPECT_EQ(send(officer, "/me/preferences", {{"theme", "dark"}, {"density", "comfortable"}, {"keys", "off"}}).status, 303);
    EXPECT_EQ(to_text(api(officer, "GET", "/me/preferences").json), R"({"theme":"dark","density":"comfortable","keys":false})");
    EXPECT_EQ(api(officer, "PATCH", "/me/preferences", R"({"theme":"green"})").status, 422);
    EXPECT_EQ(api(officer, "POST", "/me/password", R"({"old":"wrong","password":"three words together"})")
                  .json["errors"]
                  .items()
                  .at(0)["field"]
                  .as_string(),
              "old");
    EXPECT_EQ(api(officer, "POST", "/me/password", R"({"old":"concord-demo","password":"short"})").json["errors"].items().at(0)["field"].as_string(),
              "password");
    EXPECT_EQ(api(officer, "POST", "/me/password", R"({"old":"concord-demo","password":"three words together"})").status, 204);
    const auto tokens = api(officer, "GET", "/me/tokens");
    ASSERT_EQ(tokens.json["total"].as_integer(), 1);
    const std::string id = tokens.json["items"].items().at(0)["id"].as_string();
    EXPECT_EQ(api(ig, "POST", "/me/tokens/" + id + "/end").status, 404);
    EXPECT_EQ(api(officer, "POST", "/me/tokens/" + id + "/end").status, 200);
    EXPECT_EQ(api(officer, "GET", "/me/tokens").status, 401);
}

TEST(SealingKey, is_made_once_for_its_owner_only_and_refused_in_other_hands) {
    char folder[] = "/tmp/concord-key.XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const std::string file = sealing_key_file("", std::string{folder} + "/concord.db");
    EXPECT_EQ(file, std::string{folder} + "/concord.key");
    EXPECT_NE(read_sealing_key(file).error().sentence.find("is missing"), std::string::npos);
    ASSERT_TRUE(make_sealing_key(file));
    const std::string key = read_sealing_key(file).value();
    EXPECT_EQ(key.size(), 32U);
    ASSERT_TRUE(make_sealing_key(file));
    EXPECT_EQ(read_sealing_key(file).value(), key);
    ::chmod(file.c_str(), 0640);
    EXPECT_NE(read_sealing_key(file).error().sentence.find("can be read by others: chmod 600"), std::string::npos);
    ::chmod(file.c_str(), 0600);
    std::ofstream{file} << "not a key\n";
    EXPECT_NE(read_sealing_key(file).error().sentence.find("is no sealing key"), std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST(Settings, never_print_a_password) {
    EXPECT_EQ(without_password("postgresql://concord:secret@db.example:5432/concord"), "postgresql://concord:...@db.example:5432/concord");
    EXPECT_EQ(without_password("postgresql://db.example/concord?user=c&password=secret&sslmode=require"),
              "postgresql://db.example/concord?user=c&password=...&sslmode=require");
    EXPECT_EQ(without_password("var/concord.db"), "var/concord.db");
}

}  // namespace
}  // namespace concord::app
