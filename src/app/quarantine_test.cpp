#include <gtest/gtest.h>

#include <fmt/format.h>

#include "app/testing.hpp"
#include "base/text.hpp"

/// Reports that one sender sends too fast wait apart until a supervisor has looked: hub-casework.md section 14. The limit is set to 5 here.
namespace concord::app {
namespace {

using store::Engine;

class Quarantine : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    Quarantine() : Pilot{GetParam()} {
        const auto added =
            api("admin@nycsp.example", "POST", "/api/v1/rules/referral.held_from/rows",
                R"({"from":"2026-06-01","amount":5,"unit":"count","source":"Local procedure of June 2026","why":"A feed ran wild in May"})");
        EXPECT_EQ(added["status_code"].as_integer(), 201) << to_text(added);
    }
    const std::string officer = "officer@scarborough.example", manager = "manager@scarborough.example", housing = "housing@partner.example";

    web::Response send(const std::string& as, const std::string& method, const std::string& path, const std::string& json,
                       const web::Fields& form = {}) {
        web::Request request = request_of(as, method, path, {{"if-match", "*"}, {"accept", json.empty() ? "text/html" : "application/json"}});
        if (!json.empty()) request.headers.emplace_back("content-type", "application/json");
        request.body = json;
        request.form = form;
        return program->handler(request);
    }
    Json api(const std::string& as, const std::string& method, const std::string& path, const std::string& json = {}) {
        const auto response = send(as, method, path, json);
        auto parsed = parse_json(response.body);
        return parsed ? std::move(*parsed).set("status_code", response.status) : Json{};
    }
    Json report(const std::string& as) {
        return api(
            as, "POST", "/api/v1/referrals",
            R"({"channel":"api","source_agency":"rp","consent_to_share":"not_needed","hub":"scarborough","behaviour_type":["b01"],"narrative":"Shouting and banging at night","location":{"text":"14 Trafalgar Court","postcode":"YO12 7QP"}})");
    }
    std::vector<Json> reports(const std::string& as, int n) {
        std::vector<Json> all;
        for (int i = 0; i < n; ++i) all.push_back(report(as));
        return all;
    }
    std::int64_t count(const std::string& query) { return api(officer, "GET", "/api/v1/referrals?" + query)["total"].as_integer(); }
    Json decide(const std::string& as, const std::string& body) { return api(as, "POST", "/api/v1/referrals/held", body); }
};
INSTANTIATE_TEST_SUITE_P(Both, Quarantine, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Quarantine, the_fifth_report_of_one_sender_within_a_minute_is_kept_and_held) {
    const auto all = reports(housing, 6);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i]["status_code"].as_integer(), 201);
        EXPECT_EQ(all[i]["quarantined"].as_bool(), i >= 4) << i;
    }
    EXPECT_EQ(count("state=received"), 4);
    EXPECT_EQ(count("state=quarantined"), 2);
    EXPECT_FALSE(report(officer)["quarantined"].as_bool()) << "somebody else's report is not held";
    program->clock.stand_at(parse_instant("2026-06-01T09:01:01Z").value());
    EXPECT_FALSE(report(housing)["quarantined"].as_bool()) << "a minute later the window is open again";
}

TEST_P(Quarantine, what_is_held_is_not_triaged_counts_for_nothing_and_is_never_late) {
    const Json held = reports(officer, 5).back();
    const std::string at = "/api/v1/referrals/" + held["id"].as_string();
    EXPECT_EQ(api(officer, "POST", at + "/triage", R"({"decision":"start_triage"})")["status_code"].as_integer(), 409);
    EXPECT_FALSE(api(officer, "GET", at).has("clocks"));
    for (const auto& flag : report("police@scarborough.example")["flags"].items())
        EXPECT_EQ(flag["because"].items().size(), 5U) << "the held report is no incident: " << to_text(flag);
    EXPECT_EQ(send(officer, "GET", "/my-work", {}).body.find(held["reference"].as_string()), std::string::npos);
    EXPECT_EQ(send(officer, "GET", "/referrals", {}).body.find("/referrals/" + held["reference"].as_string()), std::string::npos);
}

TEST_P(Quarantine, a_manager_releases_one_and_sets_the_others_aside_with_a_reason) {
    const auto all = reports(officer, 7);
    const std::string first = all[4]["reference"].as_string(), second = all[5]["reference"].as_string();
    EXPECT_EQ(decide(officer, R"({"decision":"release","reports":[")" + first + R"("],"reason":"These are real"})")["status_code"].as_integer(), 403);
    EXPECT_EQ(decide("officer@york.example", R"({"decision":"release","reports":[")" + first + R"("],"reason":"These are real"})")["status_code"]
                  .as_integer(),
              422);
    EXPECT_EQ(decide(manager, R"({"decision":"release","reports":[")" + first + R"("]})")["errors"].items()[0]["field"].as_string(), "reason");
    EXPECT_EQ(decide(manager, R"({"decision":"release","reason":"These are real"})")["errors"].items()[0]["field"].as_string(), "reports");
    const Json released = decide(manager, R"({"decision":"release","reports":[")" + first + R"("],"reason":"These are real"})");
    EXPECT_EQ(released["decided"].as_integer(), 1) << to_text(released);
    EXPECT_EQ(released["left"].as_integer(), 2);
    const Json now = api(officer, "GET", "/api/v1/referrals/" + first);
    EXPECT_EQ(now["state"].as_string(), "received");
    EXPECT_FALSE(now["clocks"].items().empty()) << "its clocks run from the day on which it came";
    const Json aside = decide(manager, R"({"decision":"set_aside","all":true,"reason":"The same alarm, sent again and again"})");
    EXPECT_EQ(aside["decided"].as_integer(), 2) << to_text(aside);
    EXPECT_EQ(count("state=quarantined"), 0);
    EXPECT_EQ(count("state=set_aside"), 2);
    EXPECT_EQ(decide(manager, R"({"decision":"release","reports":[")" + second + R"("],"reason":"One of them was real"})")["decided"].as_integer(),
              1);
    EXPECT_EQ(count("state=received"), 6);
    EXPECT_FALSE(ledger::verify(*program->db).first_bad);
    for (const auto& table : ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check).tables)
        EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(Quarantine, the_page_lists_them_and_takes_the_decision) {
    const auto all = reports(officer, 6);
    const std::string reference = all[4]["reference"].as_string(), other = all[5]["reference"].as_string();
    EXPECT_NE(send(officer, "GET", "/referrals", {}).body.find("Held 2"), std::string::npos);
    EXPECT_EQ(send(officer, "GET", "/referrals/held", {}).body.find("Set them aside"), std::string::npos);
    const std::string page = send(manager, "GET", "/referrals/held", {}).body;
    for (const std::string& words : {reference, other, std::string{"5 reports or more within a minute"}, std::string{"Set aside all 2"}})
        EXPECT_NE(page.find(words), std::string::npos) << words;
    const auto refused = send(manager, "POST", "/referrals/held", {}, {{"do", "set_aside"}, {"reports", reference}});
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("Say why, in a few words."), std::string::npos);
    EXPECT_EQ(send(manager, "POST", "/referrals/held", {}, {{"do", "set_aside"}, {"reports", reference}, {"reason", "A test of the feed"}}).status,
              303);
    EXPECT_EQ(count("state=set_aside"), 1);
    EXPECT_EQ(send(manager, "POST", "/referrals/held", {}, {{"do", "release_all"}, {"reason", "The others are real"}}).status, 303);
    EXPECT_EQ(count("state=quarantined"), 0);
    EXPECT_NE(send(manager, "GET", "/referrals/held?report=" + reference, {}).body.find("Release them to the queue"), std::string::npos);
}

}  // namespace
}  // namespace concord::app
