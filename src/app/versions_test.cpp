#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "app/testing.hpp"
#include "base/text.hpp"

/// A record is changed only by who says which version of it they saw (If-Match); what is added to a record asks for no version.
namespace concord::app {
namespace {

using store::Engine;

class Versions : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    Versions() : Pilot{GetParam()} {}
    const std::string officer = "officer@scarborough.example", police = "police@scarborough.example", admin = "admin@nycsp.example";

    struct Told {
        int status;
        Json json;
        std::string body, etag, location;
    };
    Told ask(const std::string& as, const std::string& method, const std::string& path, const std::string& body = "{}",
             const std::string& if_match = {}) {
        web::Fields headers{{"content-type", "application/json"}};
        if (!if_match.empty()) headers.emplace_back("if-match", if_match);
        web::Request request = request_of(as, method, path, headers);
        if (method != "GET") request.body = body;
        const auto response = program->handler(request);
        Told told{response.status, {}, response.body, header_of(response, "etag"), header_of(response, "location")};
        if (auto json = parse_json(response.body)) told.json = std::move(*json);
        return told;
    }
    std::string opened() {
        const auto told = ask(officer, "POST", "/api/v1/cases", R"({"pathway":"hub_asb","hub":"scarborough","title":"Noise at the harbour"})");
        EXPECT_EQ(told.status, 201) << told.body;
        return "/api/v1/cases/" + told.json["reference"].as_string();
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Versions, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

/// Routes that cover nobody's change: they make a record, add to one, touch only what is the asker's own, or decide on many records by name.
const std::set<std::string>& routes_that_cover_nothing() {
    static const std::set<std::string> all{
        "POST /api/v1/cases",
        "POST /api/v1/cases/{ref}/entries",
        "POST /api/v1/cases/{ref}/tasks",
        "POST /api/v1/cases/{ref}/involvements",
        "POST /api/v1/cases/{ref}/information-requests",
        "POST /api/v1/cases/{ref}/documents",
        "POST /api/v1/referrals",
        "POST /api/v1/referrals/held",
        "POST /api/v1/people",
        "POST /api/v1/people/match",
        "POST /api/v1/people/{id}/names",
        "POST /api/v1/people/{id}/identifiers",
        "POST /api/v1/people/{id}/contact-points",
        "POST /api/v1/people/{id}/contact-rules",
        "POST /api/v1/people/{id}/addresses",
        "POST /api/v1/people/{id}/relationships",
        "POST /api/v1/people/{id}/distinct",
        "POST /api/v1/organisations",
        "POST /api/v1/organisations/{id}/members",
        "POST /api/v1/places",
        "POST /api/v1/users",
        "POST /api/v1/users/{id}/password-link",
        "POST /api/v1/agencies",
        "POST /api/v1/hubs",
        "POST /api/v1/codes/{list}/entries",
        "POST /api/v1/rules/{key}/rows",
        "POST /api/v1/calendars/{name}/days",
        "PATCH /api/v1/me/preferences",
        "POST /api/v1/me/password",
        "POST /api/v1/me/sessions/end",
        "POST /api/v1/me/tokens/{id}/end",
    };
    return all;
}

TEST_P(Versions, every_route_that_changes_a_record_demands_the_version_that_was_seen) {
    std::set<std::string> read, added;
    const auto& routes = program->routes.table().all();
    for (const auto& route : routes)
        if (route.method == "GET") read.insert(route.pattern);
    int demanding = 0;
    for (const auto& route : routes) {
        if (!route.pattern.starts_with("/api/") || route.method == "GET") continue;
        const std::string name = route.method + " " + route.pattern;
        if (!route.needs_if_match) {
            EXPECT_TRUE(routes_that_cover_nothing().contains(name))
                << name << " demands no If-Match: does it change a record that is there, or add to one?";
            added.insert(name);
            continue;
        }
        ++demanding;
        EXPECT_EQ(ask(officer, route.method, route.pattern).status, 428) << name;
        std::string record = route.pattern;
        while (!record.empty() && !read.contains(record)) record.erase(record.rfind('/'));
        EXPECT_NE(record.find('{'), std::string::npos) << name << " changes a record that nothing shows";
    }
    EXPECT_EQ(added, routes_that_cover_nothing());
    EXPECT_GT(demanding, 20);
}

TEST_P(Versions, a_task_is_moved_by_who_saw_it_as_it_is_whatever_else_happened_to_its_case) {
    const std::string at = opened();
    const auto made = ask(officer, "POST", at + "/tasks", R"({"title":"Visit the flat","agency":"nyp","due":"+5"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(ask(officer, "GET", made.location).etag, made.etag);
    ASSERT_EQ(ask(officer, "POST", at + "/entries", R"({"kind":"note","text":"Spoke to the warden"})").status, 201);
    EXPECT_EQ(ask(police, "POST", made.location + "/accept", "{}").status, 428);
    const auto accepted = ask(police, "POST", made.location + "/accept", "{}", made.etag);
    ASSERT_EQ(accepted.status, 200) << accepted.body;
    EXPECT_EQ(ask(officer, "GET", made.location).etag, accepted.etag);
    const auto stale = ask(police, "POST", made.location + "/done", R"({"result":"Nobody was in"})", made.etag);
    EXPECT_EQ(stale.status, 412) << stale.body;
    EXPECT_EQ(stale.json["current"]["state"].as_string(), "accepted");
    EXPECT_EQ(stale.etag, accepted.etag);
    ASSERT_EQ(ask(officer, "POST", at + "/entries", R"({"kind":"note","text":"Spoke to the warden again"})").status, 201);
    const auto of_case = ask(officer, "GET", at).etag;
    EXPECT_EQ(ask(police, "POST", made.location + "/done", R"({"result":"The tenant was spoken to"})", of_case).status, 200);
}

TEST_P(Versions, an_answer_to_a_request_names_the_request_that_was_read) {
    const auto made = ask(
        officer, "POST", opened() + "/information-requests",
        R"({"holder":"nyp","purpose":"prevent_crime_disorder","gateway":"cda_s115","necessity":"Needed to judge the risk to the harmed person before the visit on Friday","asked_for":"Calls in May 2026"})");
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string seen = ask(police, "GET", made.location).etag;
    ASSERT_EQ(ask(police, "POST", made.location + "/acknowledged", "{}", seen).status, 200);
    EXPECT_EQ(ask(police, "POST", made.location + "/no_trace", R"({"words":"Nothing is held"})", seen).status, 412);
    EXPECT_EQ(ask(police, "POST", made.location + "/no_trace", R"({"words":"Nothing is held"})", ask(police, "GET", made.location).etag).status, 200);
}

TEST_P(Versions, a_merge_is_refused_where_the_record_changed_since_it_was_read) {
    const auto one = ask(officer, "POST", "/api/v1/people", R"({"name":"Katie Example","date_of_birth":"1987-11-03"})");
    const auto other = ask(officer, "POST", "/api/v1/people", R"({"name":"Kate Example","date_of_birth":"1987-11-03"})");
    ASSERT_EQ(ask(officer, "PATCH", other.location, R"({"sex":"female"})", other.etag).status, 200);
    const std::string with = R"({"why":"The same person, spelled otherwise","with":")" + one.json["id"].as_string() + "\"}";
    const auto stale = ask(officer, "POST", other.location + "/merge", with, other.etag);
    EXPECT_EQ(stale.status, 412) << stale.body;
    const auto merged = ask(officer, "POST", other.location + "/merge", with, stale.etag);
    ASSERT_EQ(merged.status, 200) << merged.body;
    EXPECT_EQ(ask(officer, "POST", other.location + "/unmerge", "{}", stale.etag).status, 412);
    EXPECT_EQ(ask(officer, "POST", other.location + "/unmerge", "{}", merged.etag).status, 200);
}

TEST_P(Versions, a_row_of_a_rule_is_taken_back_by_who_saw_the_rule_as_it_is) {
    const std::string at = "/api/v1/rules/information_request.urgent";
    const auto before = ask(admin, "GET", at);
    const auto added = ask(
        admin, "POST", at + "/rows",
        R"({"from":"2026-07-01","amount":4,"unit":"working_days","source":"Local procedure of June 2026","why":"Holders could not answer within two days"})");
    ASSERT_EQ(added.status, 201) << added.body;
    const std::string back = at + "/rows/2026-07-01/withdrawal", why = R"({"why":"Entered a month too early"})";
    EXPECT_EQ(ask(admin, "POST", back, why).status, 428);
    EXPECT_EQ(ask(admin, "POST", back, why, before.etag).status, 412);
    EXPECT_EQ(ask(admin, "POST", back, why, added.etag).status, 200);
    EXPECT_EQ(ask(admin, "PATCH", at + "/rows/beginning", R"({"source":"Hub casework, section 8","mark":"source"})", "*").status, 200)
        << "as it stands";
}

}  // namespace
}  // namespace concord::app
