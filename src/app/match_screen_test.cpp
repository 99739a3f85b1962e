#include <gtest/gtest.h>

#include "app/testing.hpp"
#include "base/text.hpp"

/// Before a report opens a case, somebody says who each of its people is: hub-casework.md section 4, "match screen completed".
namespace concord::app {
namespace {

using store::Engine;

class MatchScreen : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    MatchScreen() : Pilot{GetParam()} {}
    const std::string officer = "officer@scarborough.example";
    static constexpr const char* kate = R"({"role":"victim","given_name":"Kate","family_name":"Example","date_of_birth":"1987-11-03"})";

    web::Response send(const std::string& method, const std::string& path, const std::string& json, const web::Fields& form = {}) {
        web::Request request = request_of(officer, method, path, {{"if-match", "*"}, {"accept", json.empty() ? "text/html" : "application/json"}});
        if (!json.empty()) request.headers.emplace_back("content-type", "application/json");
        request.body = json;
        request.form = form;
        return program->handler(request);
    }
    Json api(const std::string& method, const std::string& path, const std::string& json = {}) {
        const auto response = send(method, path, json);
        auto parsed = parse_json(response.body);
        return parsed ? std::move(*parsed).set("status_code", response.status) : Json{};
    }
    std::string katie() {
        return api("POST", "/api/v1/people", R"({"given_name":"Katie","family_name":"Example","date_of_birth":"1987-11-03"})")["id"].as_string();
    }
    Json report(const std::string& people) {
        return api(
            "POST", "/api/v1/referrals",
            R"({"channel":"phone","source_agency":"public","consent_to_share":"yes","hub":"scarborough","behaviour_type":["b01"],"narrative":"Shouting and banging at night","location":{"text":"14 Trafalgar Court"},"people":[)" +
                people + "]}");
    }
    Json accept(const Json& report, const std::string& more = {}) {
        return api(
            "POST", "/api/v1/referrals/" + report["id"].as_string() + "/triage",
            R"({"decision":"accept_new","title":"Shouting at night","thrive":{"threat":"low","harm":"moderate","risk":"likely","investigation":"visit","vulnerability":"no"})" +
                more + "}");
    }
    static std::string said(const std::string& person) { return R"(,"matches":[{"for":0,"person":")" + person + "\"}]"; }
    std::string on_case(const Json& accepted) {
        for (const auto& one : api("GET", "/api/v1/cases/" + accepted["case"].as_string())["involvements"].items())
            if (one["role"].as_string() == "victim") return one["subject"].as_string();
        return {};
    }
};
INSTANTIATE_TEST_SUITE_P(Both, MatchScreen, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(MatchScreen, a_report_whose_people_are_like_nobody_is_accepted_as_before) { EXPECT_EQ(accept(report(kate))["status_code"].as_integer(), 200); }

TEST_P(MatchScreen, acceptance_waits_until_it_is_said_who_a_person_is) {
    katie();
    const Json told = report(kate);
    const Json refused = accept(told);
    EXPECT_EQ(refused["status_code"].as_integer(), 422);
    ASSERT_EQ(refused["errors"].items().size(), 1U) << to_text(refused);
    EXPECT_EQ(refused["errors"].items()[0]["field"].as_string(), "matches[0]");
    EXPECT_NE(refused["errors"].items()[0]["message"].as_string().find("Kate Example"), std::string::npos);
    const Json open = api("GET", "/api/v1/referrals/" + told["id"].as_string());
    ASSERT_EQ(open["candidates"].items().size(), 1U) << to_text(open);
    EXPECT_EQ(open["candidates"].items()[0]["for"].as_integer(), 0);
    // The other decisions ask nothing.
    EXPECT_EQ(api("POST", "/api/v1/referrals/" + told["id"].as_string() + "/triage", R"({"decision":"start_triage"})")["status_code"].as_integer(),
              200);
}

TEST_P(MatchScreen, whoever_is_somebody_already_known_stands_on_the_case_as_that_person_and_can_be_taken_apart_again) {
    const std::string known = katie();
    const Json told = report(kate), accepted = accept(told, said(known));
    ASSERT_EQ(accepted["status_code"].as_integer(), 200) << to_text(accepted);
    EXPECT_EQ(on_case(accepted), known);
    const std::string recorded = told["involvements"].items()[0]["subject"].as_string();
    EXPECT_NE(recorded, known);
    EXPECT_EQ(api("POST", "/api/v1/people/" + recorded + "/unmerge", "{}")["status_code"].as_integer(), 200);
}

TEST_P(MatchScreen, a_new_person_is_said_not_to_be_the_others_and_nobody_asks_again) {
    const std::string known = katie();
    const Json told = report(kate), accepted = accept(told, said("new"));
    ASSERT_EQ(accepted["status_code"].as_integer(), 200) << to_text(accepted);
    const std::string person = on_case(accepted);
    EXPECT_NE(person, known);
    const Json distinct = api("GET", "/api/v1/people/" + person + "/distinct");
    ASSERT_EQ(distinct["items"].items().size(), 1U) << to_text(distinct);
    EXPECT_EQ(distinct["items"].items()[0]["id"].as_string(), known);
}

TEST_P(MatchScreen, who_was_chosen_while_the_report_was_taken_is_not_asked_for_again) {
    const std::string known = katie();
    EXPECT_EQ(
        accept(report(R"({"role":"victim","given_name":"Kate","family_name":"Example","person":")" + known + "\"}"))["status_code"].as_integer(),
        200);
}

TEST_P(MatchScreen, two_people_of_one_report_are_two_people) {
    const std::string home = R"(,"family_name":"Example","date_of_birth":"2001-02-03","address":"14 Trafalgar Court","postcode":"YO12 7QP"})";
    EXPECT_EQ(accept(report(R"({"role":"victim","given_name":"Ada")" + home + R"(,{"role":"witness","given_name":"Eve")" + home))["status_code"]
                  .as_integer(),
              200);
}

TEST_P(MatchScreen, an_answer_that_is_nobody_is_refused_beside_its_field_with_the_others_problems) {
    katie();
    const Json told = report(kate);
    EXPECT_EQ(accept(told, said("01a00000-0000-7000-8000-000000000000"))["errors"].items()[0]["field"].as_string(), "matches[0]");
    const Json both = api("POST", "/api/v1/referrals/" + told["id"].as_string() + "/triage",
                          R"({"decision":"accept_new","title":"Shouting at night","thrive":{"threat":"low"}})");
    EXPECT_GT(both["errors"].items().size(), 2U) << to_text(both);
}

TEST_P(MatchScreen, the_page_asks_and_keeps_what_was_typed) {
    const std::string known = katie();
    const std::string at = "/referrals/" + report(kate)["reference"].as_string() + "/triage";
    const std::string asked = send("GET", at + "?decision=accept_new", {}).body;
    EXPECT_NE(asked.find("Who is Kate Example (harmed)?"), std::string::npos);
    EXPECT_NE(asked.find("Katie Example, born 3 November 1987"), std::string::npos);
    web::Fields typed{{"decision", "accept_new"}, {"title", "Shouting at night"}, {"threat", "low"},      {"harm", "moderate"},
                      {"risk", "possible"},       {"investigation", "visit"},     {"vulnerability", "no"}};
    const auto refused = send("POST", at, {}, typed);
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("href=\"#matches[0]\""), std::string::npos);
    EXPECT_NE(refused.body.find("value=\"Shouting at night\""), std::string::npos);
    typed.emplace_back("matches[0]", known);
    const auto accepted = send("POST", at, {}, typed);
    ASSERT_EQ(accepted.status, 303) << accepted.body;
    EXPECT_EQ(on_case(Json::object({{"case", header_of(accepted, "location").substr(7)}})), known);
}

}  // namespace
}  // namespace concord::app
