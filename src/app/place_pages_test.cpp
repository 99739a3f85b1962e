#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "app/testing.hpp"

namespace concord::app {
namespace {

using store::Engine;

/// The pilot's users, areas and rules; nothing played. Reports come in through the routes.
class PlacePages : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    PlacePages() : Pilot{GetParam()} {}
    struct Told {
        int status;
        Json json;
        std::string body, etag, location;
        bool has(std::string_view words) const { return body.find(words) != std::string::npos; }
    };
    Told ask(const std::string& as, const std::string& method, const std::string& path, const Json& body = {}, const std::string& if_match = {}) {
        web::Request request = request_of(as, method, path);
        if (!body.is_null()) {
            request.headers.emplace_back("content-type", "application/json");
            request.body = to_text(body);
        }
        if (!if_match.empty()) request.headers.emplace_back("if-match", if_match);
        const auto response = program->handler(request);
        Told told{response.status, {}, response.body, header_of(response, "etag"), header_of(response, "location")};
        if (const auto json = parse_json(response.body)) told.json = *json;
        return told;
    }
    static Json parsed(const std::string& text) { return parse_json(text).value(); }
    void stand_at(const char* at) { program->clock.stand_at(parse_instant(at).value()); }

    Told report(const std::string& as, const std::string& person, const std::string& location, const std::string& more = "") {
        return ask(as, "POST", "/api/v1/referrals",
                   parsed(fmt::format(
                       R"({{"channel":"phone","source_agency":"public","consent_to_share":"yes","behaviour_type":["b01"],"nsir_category":"personal",
                        "narrative":"Abuse shouted by a youth at the door, again","ongoing_now":false,"anonymous":false,"location":{},"people":[{}]{}}})",
                       location, person, more)));
    }
    std::vector<std::string> codes(const Told& told, bool if_same = false) {
        std::vector<std::string> all;
        for (const auto& flag : told.json["flags"].items())
            if (flag["if_same"].as_bool() == if_same) all.push_back(flag["code"].as_string());
        std::sort(all.begin(), all.end());
        return all;
    }
    std::string triage(const std::string& as, const Told& told) {
        const auto done = ask(
            as, "POST", "/api/v1/referrals/" + told.json["id"].as_string() + "/triage",
            parsed(
                R"({"decision":"accept_new","title":"Abuse at the door","thrive":{"threat":"significant","harm":"moderate","risk":"likely","investigation":"visit","vulnerability":"no"}})"),
            "*");
        EXPECT_EQ(done.status, 200) << done.body;
        return done.json["case"].as_string();
    }

    const std::string officer = "officer@scarborough.example", york = "officer@york.example", housing = "housing@partner.example",
                      katie = R"({"role":"victim","name":"Katie Example","date_of_birth":"1987-11-03","phone":"07700 900321"})",
                      home = R"({"text":"14 Castle Road","postcode":"YO11 1AA"})";
};
INSTANTIATE_TEST_SUITE_P(Both, PlacePages, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(PlacePages, a_report_without_a_hub_goes_where_the_boundary_says_and_says_why) {
    const auto here = report(housing, katie, home);
    ASSERT_EQ(here.status, 201) << here.body;
    EXPECT_EQ(here.json["hub"].as_string(), "scarborough");
    EXPECT_EQ(here.json["hub_because"].as_string(), "YO11 1AA lies in the former district of Scarborough, by its boundary of 31 December 2021.");
    EXPECT_EQ(report(officer, katie, R"({"text":"Parliament Street","postcode":"YO1 8AA"})").json["hub"].as_string(), "york")
        << "whoever records it, the place decides";
    const auto said = report(officer, katie, R"({"text":"Parliament Street","postcode":"YO1 8AA"})", R"(,"hub":"scarborough")");
    EXPECT_EQ(said.json["hub"].as_string(), "scarborough") << "what was said stays";
    ASSERT_EQ(said.json["warnings"].items().size(), 1u) << said.body;
    EXPECT_NE(said.json["warnings"].items()[0].as_string().find("York hub"), std::string::npos);
    EXPECT_EQ(report(officer, katie, R"({"text":"by the garages"})").json["hub"].as_string(), "scarborough");
    const auto nowhere = report(housing, katie, R"({"text":"by the garages"})");
    EXPECT_EQ(nowhere.status, 422);
    EXPECT_EQ(nowhere.json["errors"].items()[0]["field"].as_string(), "hub");
    const auto slip = report(officer, katie, R"({"text":"14 Castle Road","postcode":"Y011 1AA"})");
    EXPECT_EQ(slip.status, 422);
    EXPECT_EQ(slip.json["errors"].items()[0]["field"].as_string(), "location.postcode");
    EXPECT_NE(slip.body.find("did you mean YO11 1AA?"), std::string::npos);
}

TEST_P(PlacePages, the_third_report_in_seventy_days_raises_repeat_and_chronic_and_the_place) {
    stand_at("2026-03-23T09:00:00Z");
    const auto first = report(officer, katie, home);
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_TRUE(codes(first).empty()) << first.body;
    stand_at("2026-05-01T09:00:00Z");
    const auto second = report(officer, katie, home);
    EXPECT_TRUE(codes(second).empty()) << "nobody has said yet that it is the same Katie";
    EXPECT_EQ(codes(second, true), std::vector<std::string>{"repeat_victim"}) << "but a strong candidate is, if she is the same";
    const std::string person = second.json["candidates"].items()[0]["person"]["id"].as_string();
    const std::string known = R"({"role":"victim","person":")" + person + R"(","name":"Katie Example"})";
    stand_at("2026-05-20T09:00:00Z");
    const auto third = report(officer, known, home);
    EXPECT_EQ(codes(third), (std::vector<std::string>{"repeat_location", "repeat_victim"})) << third.body;
    stand_at("2026-06-01T09:00:00Z");
    const auto fourth = report(officer, known, home);
    EXPECT_EQ(codes(fourth), (std::vector<std::string>{"chronic_victim", "repeat_location", "repeat_victim"})) << fourth.body;
    for (const auto& flag : fourth.json["flags"].items()) {
        if (flag["code"].as_string() == "chronic_victim") { EXPECT_EQ(flag["because"].items().size(), 3u) << to_text(flag); }
        if (flag["code"].as_string() == "repeat_location") { EXPECT_EQ(flag["suggests"].as_string(), "problem_plan"); }
    }
    // The case that takes it in counts no incident twice, and its page shows the flags.
    const auto ref = triage(officer, fourth);
    const auto page = ask(officer, "GET", "/cases/" + ref);
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.has("Chronic victim")) << page.body;
    EXPECT_TRUE(page.has("3 similar incidents in 90 days"));
    EXPECT_TRUE(page.has("Consider a problem plan"));
    EXPECT_TRUE(page.has(first.json["reference"].as_string()) || page.has(second.json["reference"].as_string()));
    const auto rebuilt = ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check);
    for (const auto& table : rebuilt.tables) EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(PlacePages, what_another_hub_has_makes_no_flag_and_leaves_no_trace) {
    for (const char* at : {"2026-05-01T09:00:00Z", "2026-05-02T09:00:00Z", "2026-05-03T09:00:00Z"}) {
        stand_at(at);
        ASSERT_EQ(report(york, katie, home, R"(,"hub":"york")").status, 201);
    }
    stand_at("2026-06-01T09:00:00Z");
    const auto mine = report(officer, R"({"role":"victim","name":"Someone Else"})", home, R"(,"hub":"scarborough")");
    EXPECT_TRUE(codes(mine).empty()) << mine.body;
    const auto places = ask(officer, "GET", "/api/v1/places?postcode=YO11+1AA");
    ASSERT_EQ(places.json["total"].as_integer(), 1) << places.body;
    const std::string id = places.json["items"].items()[0]["id"].as_string();
    EXPECT_TRUE(ask(officer, "GET", "/api/v1/places/" + id).json["flags"].items().empty());
    EXPECT_EQ(ask(york, "GET", "/api/v1/places/" + id).json["flags"].items().size(), 1u) << "who may read three sees the flag";
    const auto page = ask(officer, "GET", "/places/" + id), theirs = ask(york, "GET", "/places/" + id);
    EXPECT_FALSE(page.has("Repeat location"));
    EXPECT_FALSE(page.has("Katie"));
    EXPECT_TRUE(page.has("Someone Else"));
    EXPECT_TRUE(theirs.has("Repeat location")) << theirs.body;
    EXPECT_TRUE(theirs.has("Katie Example"));
    EXPECT_FALSE(theirs.has("Someone Else"));
}

TEST_P(PlacePages, a_duplicate_counts_once_and_needs_the_report_that_it_repeats) {
    const auto first = report(officer, katie, home), again = report(officer, katie, home);
    const std::string at = "/api/v1/referrals/" + again.json["id"].as_string() + "/triage";
    EXPECT_EQ(ask(officer, "POST", at, parsed(R"({"decision":"duplicate","of":"R-2026-nothing"})"), "*").status, 422);
    EXPECT_EQ(ask(officer, "POST", at, Json::object({{"decision", "duplicate"}, {"of", again.json["reference"]}}), "*").status, 422) << "not itself";
    ASSERT_EQ(ask(officer, "POST", at, Json::object({{"decision", "duplicate"}, {"of", first.json["reference"]}}), "*").status, 200);
    const auto third = report(officer, katie, home);
    EXPECT_TRUE(codes(third).empty()) << "two incidents at the place, told three times: " << third.body;
}

TEST_P(PlacePages, a_call_counts_once_though_a_case_took_it_in) {
    const auto first = report(officer, R"({"role":"reporter","name":"Ewa Example","phone":"07700 900111"})", R"({"text":"Long Walk"})");
    const std::string person = ask(officer, "POST", "/api/v1/people/match", parsed(R"({"name":"Ewa Example","phone":"07700 900111"})"))
                                   .json["candidates"]
                                   .items()[0]["person"]["id"]
                                   .as_string();
    triage(officer, first);
    const std::string known = R"({"role":"reporter","person":")" + person + R"(","name":"Ewa Example"})";
    EXPECT_TRUE(codes(report(officer, known, R"({"text":"Other Walk"})")).empty());
    const auto third = report(officer, known, R"({"text":"Third Walk"})");
    EXPECT_EQ(codes(third), std::vector<std::string>{"repeat_caller"});
    EXPECT_EQ(third.json["flags"].items()[0]["note"].as_string(), "Never recorded as harmed: think of a welfare visit.");
}

TEST_P(PlacePages, a_place_is_recorded_found_again_changed_and_shown) {
    const auto made = ask(officer, "POST", "/api/v1/places", parsed(R"({"text":"14 Castle Road","postcode":"yo111aa","premises":"licensed"})"));
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.json["hub"]["code"].as_string(), "scarborough");
    EXPECT_EQ(made.json["hub"]["boundary"]["date"].as_string(), "2021-12-31");
    const auto again = ask(officer, "POST", "/api/v1/places", parsed(R"({"text":"14 Castle Rd","postcode":"YO11 1AA"})"));
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.json["id"], made.json["id"]);
    const std::string id = made.json["id"].as_string(), at = "/api/v1/places/" + id;
    EXPECT_EQ(ask(officer, "PATCH", at, parsed(R"({"managed_by":"A brewery"})")).status, 428);
    const auto changed = ask(officer, "PATCH", at, parsed(R"({"managed_by":"A brewery"})"), made.etag);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.json["premises"].as_string(), "licensed") << "what was not said stays";
    const auto stale = ask(officer, "PATCH", at, parsed(R"({"managed_by":"Another"})"), made.etag);
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(stale.json["current"]["managed_by"].as_string(), "A brewery") << stale.body;
    EXPECT_EQ(ask(officer, "PATCH", at, parsed(R"({"postcode":"nonsense"})"), changed.etag).status, 422);
    EXPECT_EQ(ask("chair@nycsp.example", "PATCH", at, parsed(R"({"managed_by":"Another"})"), changed.etag).status, 403);
    EXPECT_EQ(ask(officer, "GET", "/api/v1/places/nothing").status, 404);
    const auto page = ask(officer, "GET", "/places/" + id);
    ASSERT_EQ(page.status, 200);
    for (const char* words :
         {"14 Castle Road", "YO11 1AA", "Pub, club or licensed shop", "A brewery", "by its boundary of 31 December 2021", "<svg", "Cases here"})
        EXPECT_TRUE(page.has(words)) << words;
    EXPECT_TRUE(ask(officer, "GET", "/places?q=YO11+1AA").has("14 Castle Road"));
    EXPECT_TRUE(ask(officer, "GET", "/places?q=castle+r").has("14 Castle Road"));
    const auto slip = ask(officer, "GET", "/places?q=Y011+1AA");
    EXPECT_EQ(slip.status, 422);
    EXPECT_TRUE(slip.has("did you mean YO11 1AA?"));
    EXPECT_TRUE(slip.has("value=\"Y011 1AA\"")) << "what was typed stays";
    EXPECT_TRUE(ask(officer, "GET", "/places?q=YO11+1LA").has("YO11 1AL"));
    EXPECT_EQ(ask(officer, "GET", "/api/v1/places?postcode=YO11").status, 422);
    EXPECT_EQ(ask(officer, "GET", "/api/v1/places").status, 422);
    const auto streets = ask(officer, "GET", "/api/v1/places?street=north+marine+rd");
    ASSERT_FALSE(streets.json["streets"].items().empty()) << streets.body;
    EXPECT_EQ(streets.json["streets"].items()[0]["district"].as_string(), "Scarborough");
    EXPECT_EQ(ask(officer, "GET", "/places/" + id + "/edit").status, 200);
    EXPECT_EQ(ask("chair@nycsp.example", "GET", "/places/" + id + "/edit").status, 404);
}

}  // namespace
}  // namespace concord::app
