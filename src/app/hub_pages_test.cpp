#include <gtest/gtest.h>

#include <filesystem>

#include "app/testing.hpp"
#include "subjects/subjects.hpp"

namespace concord::app {
namespace {

using store::Engine;

/// The pilot's users, nothing played.
class HubPages : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    HubPages() : Pilot{GetParam()} {}

    web::Response ask(const std::string& as, const std::string& method, const std::string& path, const Json& body = {}) {
        web::Request request = request_of(as, method, path, {{"accept", "text/html"}, {"if-match", "*"}});
        if (!body.is_null()) {
            request.headers.emplace_back("content-type", "application/json");
            request.body = to_text(body);
        }
        return program->handler(request);
    }
    std::string page(const std::string& as, const std::string& path) {
        const auto response = ask(as, "GET", path);
        EXPECT_EQ(response.status, 200) << response.body;
        return response.body;
    }
    Json report() {
        const auto response = ask(officer, "POST", "/api/v1/referrals",
                                  parse_json(R"({"channel":"phone","source_agency":"public","consent_to_share":"yes","behaviour_type":["b01"],
                                                 "narrative":"Shouting and threats at the door, for the third time","hub":"scarborough",
                                                 "location":{"text":"Trafalgar Court"},
                                                 "people":[{"role":"victim","name":"Katie Example","date_of_birth":"1987-11-03"}]})")
                                      .value());
        EXPECT_EQ(response.status, 201) << response.body;
        return parse_json(response.body).value();
    }
    static bool has(const std::string& body, std::string_view words) { return body.find(words) != std::string::npos; }

    const std::string officer = "officer@scarborough.example", york = "officer@york.example";
};
INSTANTIATE_TEST_SUITE_P(Both, HubPages, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(HubPages, the_queue_and_the_caseload_are_counted_over_what_the_reader_may_read) {
    report();
    const std::string id = report()["id"].as_string();
    const auto triaged = ask(
        officer, "POST", "/api/v1/referrals/" + id + "/triage",
        parse_json(
            R"({"decision":"accept_new","title":"Threats, Trafalgar Court","thrive":{"threat":"significant","harm":"moderate","risk":"likely","investigation":"visit","vulnerability":"no"},"matches":[{"for":0,"person":"new"}]})")
            .value());
    ASSERT_EQ(triaged.status, 200) << triaged.body;
    const std::string now = page(officer, "/hubs/scarborough");
    EXPECT_TRUE(has(now, R"(<span data-cc="fig">1</span><span>referral to triage</span>)")) << now;
    EXPECT_TRUE(has(now, R"(<span data-cc="fig">1</span><span>open case</span>)"));
    EXPECT_TRUE(has(now, R"(<span data-cc="fig">0</span><span>cases are late</span>)"));
    program->clock.stand_at(parse_instant("2026-07-20T09:00:00Z").value());
    const std::string later = page(officer, "/hubs/scarborough");
    EXPECT_TRUE(has(later, R"(<span data-cc="fig">1</span><span>case is late</span>)"));
    EXPECT_TRUE(has(later, "Threats, Trafalgar Court"));
    EXPECT_TRUE(has(later, "Clocks past their time"));
    EXPECT_TRUE(has(later, "Oldest waits 49 days"));
    const std::string elsewhere = page(york, "/hubs/scarborough");
    EXPECT_TRUE(has(elsewhere, R"(<span data-cc="fig">0</span><span>referrals to triage</span>)"));
    EXPECT_TRUE(has(elsewhere, R"(<span data-cc="fig">0</span><span>open cases</span>)"));
    EXPECT_FALSE(has(elsewhere, "Trafalgar Court"));
    const Json mine = parse_json(ask(officer, "GET", "/api/v1/hubs/scarborough/work").body).value();
    EXPECT_EQ(mine["to_triage"].as_integer(), 1);
    EXPECT_EQ(mine["late"].as_integer(), 1);
    EXPECT_EQ(mine["by_lead"].items().size(), 1U);
    const Json theirs = parse_json(ask(york, "GET", "/api/v1/hubs/scarborough/work").body).value();
    EXPECT_EQ(theirs["to_triage"].as_integer() + theirs["open"].as_integer() + theirs["late"].as_integer(), 0);
    EXPECT_FALSE(theirs.has("oldest_waiting"));
}

TEST_P(HubPages, recorded_crime_stands_beside_the_year_before_with_its_source) {
    const std::string shown = page(york, "/hubs/scarborough");
    EXPECT_TRUE(has(shown, "Police-recorded crime by type, April 2025"));
    EXPECT_TRUE(has(shown, "Violence and sexual offences"));
    EXPECT_TRUE(has(shown, "Police recorded, near a street, not exact"));
    EXPECT_TRUE(has(shown, "Source: data.police.uk, Open Government Licence v3.0."));
    const std::string before = page(york, "/hubs/scarborough?month=2024-04");
    EXPECT_TRUE(has(before, "April 2023 has not been imported"));
    EXPECT_TRUE(has(page(york, "/hubs/scarborough?month=%3Cb%3E"), "crime by type, April 2025")) << "what is no month shows the newest";
    EXPECT_TRUE(has(page(york, "/hubs"), "/hubs/richmondshire"));
    EXPECT_EQ(ask(york, "GET", "/hubs/atlantis").status, 404);
    const Json told = parse_json(ask(york, "GET", "/api/v1/hubs/scarborough/recorded-crime").body).value();
    EXPECT_EQ(told["month"].as_string(), "2025-04");
    EXPECT_EQ(told["months"].items()[0]["crimes"].as_integer(), 1126);
    EXPECT_EQ(told["months"].items()[0]["year_before"].as_integer(), 1076);
    EXPECT_FALSE(told["months"].items()[1].has("year_before"));
    EXPECT_EQ(ask(york, "GET", "/api/v1/hubs/atlantis/work").status, 404);
}

TEST_P(HubPages, a_place_answers_what_police_recorded_near_it) {
    const auto place = program->db->writing([&](store::Transaction& tx) {
        return subjects::find_or_create_place(tx, *program->ledger, {.at = program->clock.now()},
                                              {.text = "Trafalgar Court", .postcode = "YO11 1AA", .easting = 504115, .northing = 488589});
    });
    ASSERT_TRUE(place);
    const auto id = program->db->reading([&](store::Reader& reader) { return program->ledger->id_of(reader, *place); });
    const std::string at = "/api/v1/places/" + *id + "/recorded-crime";
    const Json told = parse_json(ask(york, "GET", at + "?from=2025-03&to=2025-04").body).value();
    EXPECT_TRUE(told["located"].as_bool());
    EXPECT_EQ(told["force"].as_string(), "North Yorkshire Police");
    ASSERT_EQ(told["months"].items().size(), 2U) << to_text(told);
    EXPECT_EQ(told["months"].items()[0]["month"].as_string(), "2025-04");
    EXPECT_GT(told["months"].items()[0]["crimes"].as_integer(), 0);
    EXPECT_FALSE(told["months"].items()[1]["imported"].as_bool(true));
    EXPECT_FALSE(told["months"].items()[1].has("crimes")) << "not imported is not nought";
    EXPECT_EQ(ask(york, "GET", at + "?from=April").status, 422);
    EXPECT_EQ(ask(york, "GET", at + "?from=2025-05&to=2025-04").status, 422);
    EXPECT_EQ(ask(york, "GET", "/api/v1/places/00000000-0000-7000-8000-000000000000/recorded-crime").status, 404);
}

}  // namespace
}  // namespace concord::app
