#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "app/program.hpp"
#include "store/testing.hpp"

namespace concord::app {
namespace {

using store::Engine;

/// The pilot with its users, in an empty database of either engine; the played demonstration is tested in demo_test.cpp.
class Pilot : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<Program> program = [this] {
        auto made = make_program(empty.url(), false);
        made->clock.stand_at(parse_instant("2026-06-01T09:00:00Z").value());
        const auto done = init(*made, "north-yorkshire", true, 1, DemoSize::users_only);
        EXPECT_TRUE(done) << (done ? "" : done.error().sentence);
        made->clock.stand_at(parse_instant("2026-06-01T09:00:00Z").value());
        return made;
    }();
    ~Pilot() override {
        program.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }

    struct Told {
        int status;
        Json json;
        std::string body;
        std::string etag;
    };
    Told ask(const std::string& as, const std::string& method, const std::string& path, const Json& body = {}, const std::string& if_match = {},
             const std::string& key = {}) {
        if (tokens_.count(as) == 0) {
            const auto user = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, as); });
            EXPECT_TRUE(user) << as;
            tokens_[as] = access::create_token(*program->db, user->seq, true, 36500, Instant{0});
        }
        web::Request request{.method = method,
                             .path = path,
                             .target = path,
                             .headers = {{"authorization", "Bearer " + tokens_[as]}},
                             .from_loopback = true,
                             .reference = "test"};
        if (const auto question = path.find('?'); question != std::string::npos) {
            request.query = *web::parse_urlencoded(path.substr(question + 1));
            request.path.erase(question);
        }
        if (!body.is_null()) {
            request.headers.emplace_back("content-type", "application/json");
            request.body = to_text(body);
        }
        if (!if_match.empty()) request.headers.emplace_back("if-match", if_match);
        if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
        const auto response = program->handler(request);
        Told told{response.status, {}, response.body, {}};
        if (const auto json = parse_json(response.body)) told.json = *json;
        for (const auto& [name, value] : response.headers)
            if (name == "etag") told.etag = value;
        return told;
    }
    static Json parsed(const char* text) { return parse_json(text).value(); }

    const std::string officer = "officer@scarborough.example", manager = "manager@scarborough.example", housing = "housing@partner.example",
                      york = "officer@york.example";

    Told report(const std::string& narrative = "Shouting and threats at the door, for the third time this month") {
        return ask(officer, "POST", "/api/v1/referrals",
                   Json::object({{"channel", "phone"},
                                 {"source_agency", "public"},
                                 {"consent_to_share", "yes"},
                                 {"behaviour_type", Json::array({"b01"})},
                                 {"narrative", narrative},
                                 {"hub", "scarborough"},
                                 {"location", Json::object({{"text", "Trafalgar Court"}})},
                                 {"people", Json::array({Json::object({{"role", "victim"},
                                                                       {"name", "Katie Example"},
                                                                       {"date_of_birth", "1987-11-03"},
                                                                       {"postcode", "YO12 7QP"},
                                                                       {"address", "14 Trafalgar Court"}})})}}));
    }
    std::string accepted() {
        const auto referral = report();
        EXPECT_EQ(referral.status, 201) << referral.body;
        const auto triaged = ask(
            officer, "POST", "/api/v1/referrals/" + referral.json["id"].as_string() + "/triage",
            parsed(
                R"({"decision":"accept_new","title":"Threats, Trafalgar Court","thrive":{"threat":"significant","harm":"moderate","risk":"likely","investigation":"visit","vulnerability":"no"}})"),
            "*");
        EXPECT_EQ(triaged.status, 200) << triaged.body;
        return triaged.json["case"].as_string();
    }
    std::map<std::string, std::string> tokens_;
};
INSTANTIATE_TEST_SUITE_P(Both, Pilot, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Pilot, a_report_goes_to_a_closed_case_with_a_partners_help) {
    const std::string ref = accepted(), at = "/api/v1/cases/" + ref;
    EXPECT_EQ(ask(officer, "POST", at + "/entries",
                  parsed(R"({"kind":"contact","with":"victim","outcome":"made","text":"Spoke by telephone, she keeps a diary"})"))
                  .status,
              201);
    auto now = ask(officer, "GET", at);
    EXPECT_EQ(ask(officer, "PATCH", at + "/forms/victim_risk",
                  parsed(R"({"q1":"0","q2":"yes","q3":"no","q4":"sight","q5":"no","q7":"me","q8":"no","q9":"no","q10":"1","q12":"few"})"))
                  .status,
              428);
    now = ask(officer, "PATCH", at + "/forms/victim_risk",
              parsed(R"({"q1":"0","q2":"yes","q3":"no","q4":"sight","q5":"no","q7":"me","q8":"no","q9":"no","q10":"1","q12":"few"})"), now.etag);
    ASSERT_EQ(now.status, 200) << now.body;
    EXPECT_EQ(now.json["risk"]["level"].as_string(), "standard");
    EXPECT_EQ(now.json["risk"]["score"].as_number(), 8);
    const auto stale =
        ask(officer, "POST", at + "/actions/start_work", parsed(R"({"summary":"Stop the threats for good","next_review":"+14"})"), "\"1\"");
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(stale.json["current"]["reference"].as_string(), ref);
    now = ask(officer, "POST", at + "/actions/start_work", parsed(R"({"summary":"Stop the threats for good","next_review":"+14"})"), now.etag);
    ASSERT_EQ(now.status, 200) << now.body;
    EXPECT_EQ(now.json["stage"].as_string(), "open_active");
    // The housing provider sees the case once it has a task on it.
    EXPECT_EQ(ask(housing, "GET", at).status, 404);
    const auto raised = ask(officer, "POST", at + "/tasks", parsed(R"({"title":"Visit the tenancy","agency":"coast_homes","due":"+5"})"));
    ASSERT_EQ(raised.status, 201) << raised.body;
    EXPECT_EQ(ask(housing, "GET", at).status, 200);
    const auto blocked = ask(officer, "GET", at);
    bool said = false;
    for (const auto& action : blocked.json["actions"].items())
        said = said || (action["id"].as_string() == "propose_closure" && action["why"].as_string() == "Finish or cancel the open tasks first.");
    EXPECT_TRUE(said) << to_text(blocked.json["actions"]);
    const std::string task = "/api/v1/tasks/" + raised.json["task"].as_string();
    EXPECT_EQ(ask(housing, "POST", task + "/accept", Json::object(), "*").status, 200);
    EXPECT_EQ(ask(housing, "POST", task + "/done", Json::object(), "*").status, 422);
    EXPECT_EQ(ask(housing, "POST", task + "/done", parsed(R"({"result":"Tenant signed a contract"})"), "*").status, 200);
    EXPECT_EQ(ask(officer, "GET", at + "/history").json["items"].items().back()["summary"].as_string(), "Task done: Visit the tenancy");
}

TEST_P(Pilot, what_may_not_be_seen_is_exactly_as_absent) {
    const std::string ref = accepted();
    const auto hidden = ask(york, "GET", "/api/v1/cases/" + ref), none = ask(york, "GET", "/api/v1/cases/HC-2026-000000x");
    EXPECT_EQ(hidden.status, 404);
    EXPECT_EQ(hidden.body, none.body);
    for (const char* path : {"/entries", "/tasks", "/involvements"})
        EXPECT_EQ(ask(york, "POST", "/api/v1/cases/" + ref + path, parsed(R"({"text":"x","title":"x"})")).body, none.body) << path;
    const auto found = ask(york, "GET", "/api/v1/search?q=threats+month");
    EXPECT_EQ(found.json["cases"]["total"].as_integer(), 0);
    EXPECT_EQ(ask("admin@nycsp.example", "GET", "/api/v1/cases/" + ref).status, 404);
    EXPECT_EQ(ask("ig@nycsp.example", "GET", "/api/v1/cases").json["total"].as_integer(), 0);
    // A task for the police opens the case to its officers, not to the chair who happens to be of the same agency.
    EXPECT_EQ(ask(officer, "POST", "/api/v1/cases/" + ref + "/tasks", parsed(R"({"title":"Patrol the street","agency":"nyp","due":"+5"})")).status,
              201);
    EXPECT_EQ(ask("police@scarborough.example", "GET", "/api/v1/cases/" + ref).status, 200);
    EXPECT_EQ(ask("chair@nycsp.example", "GET", "/api/v1/cases/" + ref).status, 404);
}

TEST_P(Pilot, a_restricted_case_is_for_named_people_only) {
    const std::string ref = accepted(), at = "/api/v1/cases/" + ref;
    EXPECT_EQ(ask("police@scarborough.example", "GET", at).status, 200);
    EXPECT_EQ(
        ask(officer, "POST", at + "/restriction", parsed(R"({"restriction":"restricted","reason":"A member of staff is a party","named":[]})"), "*")
            .status,
        403);
    ASSERT_EQ(ask(manager, "POST", at + "/restriction",
                  parsed(R"({"restriction":"restricted","reason":"A member of staff is a party","named":["manager@scarborough.example"]})"), "*")
                  .status,
              200);
    EXPECT_EQ(ask("police@scarborough.example", "GET", at).status, 404);
    EXPECT_EQ(ask("analyst@nycsp.example", "GET", at).status, 404);
    EXPECT_EQ(ask(manager, "GET", at).status, 200);
    EXPECT_EQ(ask(officer, "GET", at).status, 200);  // the lead officer is named by leading
}

TEST_P(Pilot, a_case_is_read_as_it_was_known) {
    const std::string ref = accepted(), at = "/api/v1/cases/" + ref;
    program->clock.stand_at(parse_instant("2026-06-02T09:00:00Z").value());
    ask(officer, "POST", at + "/entries", parsed(R"({"kind":"contact","with":"victim","outcome":"made","text":"Spoke by telephone"})"));
    EXPECT_EQ(ask(officer, "GET", at).json["version"].as_integer(), 2);
    EXPECT_EQ(ask(officer, "GET", at + "?as_at=2026-06-01T12:00:00Z").json["version"].as_integer(), 1);
    EXPECT_EQ(ask(officer, "GET", at + "?as_at=2026-05-01T12:00:00Z").status, 404);
}

TEST_P(Pilot, a_repeated_key_gives_the_first_answer_again) {
    const Json body = parsed(R"({"name":"Ewa Example","date_of_birth":"1990-02-03","postcode":"YO11 1AA"})");
    const auto first = ask(officer, "POST", "/api/v1/people", body, "", "key-1"), again = ask(officer, "POST", "/api/v1/people", body, "", "key-1");
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(first.body, again.body);
    EXPECT_EQ(ask(officer, "POST", "/api/v1/people", parsed(R"({"name":"Other"})"), "", "key-1").status, 422);
    EXPECT_NE(ask(officer, "POST", "/api/v1/people", body, "", "key-2").body, first.body);
}

TEST_P(Pilot, candidates_have_reasons_and_a_hidden_person_is_none) {
    report();
    const Json who = parsed(R"({"name":"Kate Example","date_of_birth":"1987-11-03","postcode":"YO12 7QP"})");
    const auto found = ask(officer, "POST", "/api/v1/people/match", who);
    ASSERT_GE(found.json["candidates"].items().size(), 1U) << found.body;
    EXPECT_EQ(found.json["candidates"].items()[0]["person"]["name"].as_string(), "Katie Example");
    EXPECT_FALSE(found.json["candidates"].items()[0]["reasons"].items().empty());
    EXPECT_TRUE(ask(york, "POST", "/api/v1/people/match", who).json["candidates"].items().empty());
}

TEST_P(Pilot, a_merge_is_a_pointer_and_its_end_exact) {
    const auto one = ask(officer, "POST", "/api/v1/people", parsed(R"({"name":"Ewa Example","phone":"07700 900111"})")).json["id"].as_string();
    const auto two = ask(officer, "POST", "/api/v1/people", parsed(R"({"name":"Eva Example","phone":"07700 900111"})")).json["id"].as_string();
    const std::string before = ask(officer, "GET", "/api/v1/people/" + one + "/export").body;
    EXPECT_EQ(
        ask(officer, "POST", "/api/v1/people/" + one + "/merge", Json::object({{"with", two}, {"why", "Same telephone and voice"}}), "*").status,
        200);
    EXPECT_EQ(ask(officer, "POST", "/api/v1/people/" + one + "/unmerge", Json::object(), "*").status, 200);
    EXPECT_EQ(ask(officer, "GET", "/api/v1/people/" + one + "/export").body, before);
}

TEST_P(Pilot, a_report_says_all_that_is_wrong_with_it_at_once) {
    const auto told = ask(
        officer, "POST", "/api/v1/referrals",
        parsed(
            R"({"channel":"pigeon","narrative":"tbc","incident_from":"2026-05-02","incident_to":"2026-05-01","people":[{"role":"victim","name":"X","date_of_birth":"31/2/1980"}]})"));
    EXPECT_EQ(told.status, 422);
    std::set<std::string> fields;
    for (const auto& error : told.json["errors"].items()) fields.insert(error["field"].as_string());
    for (const char* field :
         {"channel", "source_agency", "consent_to_share", "narrative", "behaviour_type", "location.text", "incident_to", "people[0].date_of_birth"})
        EXPECT_TRUE(fields.count(field)) << field;
}

TEST_P(Pilot, who_read_a_case_is_recorded) {
    const std::string ref = accepted();
    ask("police@scarborough.example", "GET", "/api/v1/cases/" + ref);
    const auto readers = ask(officer, "GET", "/api/v1/cases/" + ref + "/readers");
    ASSERT_EQ(readers.json["items"].items().size(), 1U) << readers.body;
    EXPECT_EQ(readers.json["items"].items()[0]["user"]["email"].as_string(), "police@scarborough.example");
}

/// Convention: every route that is not open or one's own asks access. Walks the table with a user who may see nothing.
TEST_P(Pilot, every_route_asks) {
    int walked = 0;
    for (const auto& route : program->routes.all()) {
        if (route.asks != access::Asks::access) continue;
        std::string path = route.description.pattern;
        for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) path.replace(open, path.find('}') - open + 1, "x");
        const auto told = ask("chair@nycsp.example", route.description.method, path + (route.description.query.empty() ? "" : "?q=x"),
                              route.description.method == "GET" ? Json{} : Json::object(), "\"1\"");
        EXPECT_NE(told.status, 500) << route.description.method << " " << route.description.pattern << " " << told.body;
        ++walked;
    }
    EXPECT_GT(walked, 30);
}

TEST_P(Pilot, a_route_that_forgot_to_ask_answers_nothing) {
    access::Routes routes;
    cases::AlertCounts alerts;
    routes.get("/planted", "Forgets to ask", "test", [](const web::Request&, access::Context&) { return web::text("secret"); });
    const auto handler =
        access::make_handler(routes, {*program->db, *program->ledger, *program->reads, program->clock, true, false,
                                      [&](const web::Request& request, const access::Context* context, int status, std::string_view title,
                                          const web::Html& body) { return draw_page(routes, alerts, request, context, status, title, body); }});
    const auto user = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, officer); });
    const std::string token = access::create_token(*program->db, user->seq, true, 36500, Instant{0});
    const auto response =
        handler({.method = "GET", .path = "/planted", .target = "/planted", .headers = {{"authorization", "Bearer " + token}}, .reference = "t"});
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST_P(Pilot, pages_show_what_the_api_says_and_nobody_else_sees_them) {
    const std::string ref = accepted();
    const auto page = ask(officer, "GET", "/cases/" + ref);
    EXPECT_EQ(page.status, 200);
    for (const char* words : {"Threats, Trafalgar Court", "Katie Example", "First contact with the harmed person", "Add a note"})
        EXPECT_NE(page.body.find(words), std::string::npos) << words;
    EXPECT_EQ(ask(york, "GET", "/cases/" + ref).status, 404);
    for (const char* path : {"/my-work", "/cases", "/referrals", "/referrals/new/source", "/search?q=threats"})
        EXPECT_EQ(ask(officer, "GET", path).status, 200) << path;
    for (const std::string& path : {"/cases/" + ref + "/actions/start_work", "/cases/" + ref + "/forms/victim_risk"})
        EXPECT_EQ(ask(officer, "GET", path).status, 200) << path;
}

}  // namespace
}  // namespace concord::app
