#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "app/testing.hpp"

/// What outsiders rely on, word by word: lists, cursors, addresses, versions, and the rules of the hub through the API.
namespace concord::app {
namespace {

using store::Engine;

class Contract : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    Contract() : Pilot{GetParam()} {}
    const std::string officer = "officer@scarborough.example", manager = "manager@scarborough.example", housing = "housing@partner.example",
                      york = "officer@york.example";

    struct Told {
        int status;
        Json json;
        std::string body, etag, location;
    };
    web::Response send(const std::string& as, const std::string& method, const std::string& path, const std::string& body, web::Fields headers,
                       const web::Fields& form = {}) {
        web::Request request = request_of(as, method, path, std::move(headers));
        request.body = body;
        request.form = form;
        return program->handler(request);
    }
    Told ask(const std::string& as, const std::string& method, const std::string& path, const std::string& body = {},
             const std::string& if_match = {}) {
        web::Fields headers;
        if (!body.empty()) headers.emplace_back("content-type", "application/json");
        if (!if_match.empty()) headers.emplace_back("if-match", if_match);
        const auto response = send(as, method, path, body, headers);
        Told told{response.status, {}, response.body, header_of(response, "etag"), header_of(response, "location")};
        if (auto json = parse_json(response.body)) told.json = std::move(*json);
        return told;
    }
    std::string opened(const std::string& title = "Noise at the harbour", const std::string& involvements = "[]") {
        const auto told = ask(officer, "POST", "/api/v1/cases",
                              R"({"pathway":"hub_asb","hub":"scarborough","title":")" + title + R"(","involvements":)" + involvements + "}");
        EXPECT_EQ(told.status, 201) << told.body;
        return told.json["reference"].as_string();
    }
    std::string person(const std::string& name, const std::string& born) {
        const auto told = ask(officer, "POST", "/api/v1/people", R"({"name":")" + name + R"(","date_of_birth":")" + born + "\"}");
        EXPECT_EQ(told.status, 201) << told.body;
        return told.json["id"].as_string();
    }
    static std::string report(const std::string& more = {}) {
        return R"({"channel":"phone","source_agency":"public","consent_to_share":"yes","behaviour_type":["b04"],"narrative":"Loud music every night from upstairs","hub":"scarborough","location":{"text":"Trafalgar Court"})" +
               more + "}";
    }
    static constexpr const char* thrive =
        R"("thrive":{"threat":"low","harm":"moderate","risk":"likely","investigation":"visit","vulnerability":"no"})";
};
INSTANTIATE_TEST_SUITE_P(Both, Contract, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Contract, every_order_of_the_case_list_gives_each_case_once_over_its_pages) {
    std::set<std::string> all;
    for (int i = 0; i < 5; ++i) all.insert(opened());
    for (const std::string sort : {"next_due", "opened_at", "reference"})
        for (const std::string filter : {"", "&hub=scarborough"}) {
            std::vector<std::string> seen;
            std::string after;
            for (int page = 0; page < 4; ++page) {
                const auto told = ask(officer, "GET", "/api/v1/cases?limit=2&sort=" + sort + filter + (after.empty() ? "" : "&after=" + after));
                ASSERT_EQ(told.status, 200) << told.body;
                EXPECT_EQ(told.json["total"].as_integer(), 5) << sort << filter;
                for (const auto& one : told.json["items"].items()) seen.push_back(one["reference"].as_string());
                after = told.json["next"].as_string();
                if (after.empty()) break;
            }
            EXPECT_EQ(seen.size(), 5U) << sort << filter;
            EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()), all) << sort << filter;
            if (sort == "reference") { EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end())); }
        }
}

TEST_P(Contract, a_cursor_that_was_altered_or_comes_from_another_list_is_refused) {
    for (int i = 0; i < 3; ++i) opened();
    const std::string next = ask(officer, "GET", "/api/v1/cases?limit=1").json["next"].as_string();
    ASSERT_FALSE(next.empty());
    std::string altered = next;
    altered[4] = altered[4] == 'x' ? 'y' : 'x';
    for (const std::string& path :
         {"/api/v1/cases?after=" + altered, "/api/v1/cases?sort=opened_at&after=" + next, "/api/v1/referrals?after=" + next,
          std::string{"/api/v1/search?q=noise&after=zz"}, std::string{"/api/v1/cases?limit=0"}, std::string{"/api/v1/agencies?after=zz"}}) {
        const auto told = ask(officer, "GET", path);
        EXPECT_EQ(told.status, 422) << path;
        EXPECT_EQ(told.json["errors"].items().size(), 1U) << told.body;
    }
}

TEST_P(Contract, the_history_of_a_case_comes_in_pages) {
    const std::string at = "/api/v1/cases/" + opened();
    EXPECT_EQ(ask(officer, "POST", at + "/entries", R"({"kind":"note","text":"Spoke to the warden"})").status, 201);
    const auto first = ask(officer, "GET", at + "/history?limit=1");
    EXPECT_EQ(first.json["items"].items().size(), 1U);
    EXPECT_EQ(first.json["total"].as_integer(), 2);
    const auto second = ask(officer, "GET", at + "/history?limit=1&after=" + first.json["next"].as_string());
    EXPECT_EQ(second.json["items"].items().at(0)["version"].as_integer(), 2);
    EXPECT_FALSE(second.json.has("next"));
}

TEST_P(Contract, what_a_201_made_is_found_at_its_location) {
    const std::string at = "/api/v1/cases/" + opened();
    const auto place = ask(officer, "POST", "/api/v1/places", R"({"text":"Harbour car park, Scarborough"})");
    ASSERT_EQ(place.status, 201) << place.body;
    const std::vector<std::pair<std::string, std::string>> made{
        {"/entries", R"({"kind":"note","text":"Spoke to the warden"})"},
        {"/tasks", R"({"title":"Visit the flat","agency":"coast_homes","due":"+5"})"},
        {"/involvements", R"({"role":"incident","subject":")" + place.json["id"].as_string() + "\"}"},
        {"/information-requests",
         R"({"holder":"nyp","purpose":"prevent_crime_disorder","gateway":"cda_s115","necessity":"Needed to judge the risk to the harmed person before the visit on Friday","asked_for":"Calls in May 2026"})"}};
    for (const auto& [below, body] : made) {
        const auto told = ask(officer, "POST", at + below, body);
        ASSERT_EQ(told.status, 201) << below << told.body;
        ASSERT_FALSE(told.location.empty()) << below;
        const auto there = ask(officer, "GET", told.location);
        EXPECT_EQ(there.status, 200) << told.location << there.body;
        EXPECT_FALSE(there.etag.empty()) << told.location;
        EXPECT_EQ(ask(york, "GET", told.location).status, 404) << told.location;
    }
}

TEST_P(Contract, a_report_carries_its_version_and_a_decision_on_an_old_one_is_refused) {
    const auto made = ask(officer, "POST", "/api/v1/referrals", report());
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.etag, "\"1\"");
    const std::string at = made.location;
    EXPECT_EQ(ask(officer, "GET", at).etag, "\"1\"");
    EXPECT_EQ(ask(officer, "POST", at + "/triage", R"({"decision":"start_triage"})", "\"1\"").status, 200);
    const auto stale = ask(officer, "POST", at + "/triage", R"({"decision":"no_action","reason":"not_asb"})", "\"1\"");
    EXPECT_EQ(stale.status, 412) << stale.body;
    EXPECT_EQ(stale.json["current"]["state"].as_string(), "triage");
    EXPECT_EQ(stale.etag, "\"2\"");
}

TEST_P(Contract, reports_are_listed_by_hub_and_in_pages) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(officer, "POST", "/api/v1/referrals", report()).status, 201);
    const auto page = ask(officer, "GET", "/api/v1/referrals?hub=scarborough&limit=2");
    EXPECT_EQ(page.json["items"].items().size(), 2U);
    EXPECT_EQ(page.json["total"].as_integer(), 3);
    EXPECT_EQ(ask(officer, "GET", "/api/v1/referrals?limit=2&after=" + page.json["next"].as_string()).json["items"].items().size(), 1U);
    EXPECT_EQ(ask(officer, "GET", "/api/v1/referrals?hub=york").json["total"].as_integer(), 0);
}

TEST_P(Contract, the_senders_own_number_finds_a_report_only_for_those_who_may_read_it) {
    const std::string numbered = report(R"(,"source_ref":"LOG-77")");
    const auto first = ask(officer, "POST", "/api/v1/referrals", numbered);
    ASSERT_EQ(first.status, 201) << first.body;
    const auto again = ask(officer, "POST", "/api/v1/referrals", numbered);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.json["reference"], first.json["reference"]);
    const auto stranger = ask(york, "POST", "/api/v1/referrals", numbered);
    EXPECT_EQ(stranger.status, 201) << "a guess at a number must not show somebody else's report";
    // Who may not read reports, and sent this one, is told its reference and no more.
    const std::string admin = "admin@nycsp.example", theirs = report(R"(,"source_ref":"LOG-78")");
    const auto sent = ask(admin, "POST", "/api/v1/referrals", theirs);
    ASSERT_EQ(sent.status, 201) << sent.body;
    const auto receipt = ask(admin, "POST", "/api/v1/referrals", theirs);
    EXPECT_EQ(receipt.status, 200);
    EXPECT_EQ(receipt.json["reference"], sent.json["reference"]);
    EXPECT_FALSE(receipt.json.has("narrative")) << receipt.body;
}

TEST_P(Contract, a_report_is_closed_off_with_its_case_and_opened_with_it) {
    const auto made = ask(officer, "POST", "/api/v1/referrals", report());
    const auto decided = ask(officer, "POST", made.location + "/triage", std::string{R"({"decision":"accept_new",)"} + thrive + "}", "*");
    ASSERT_EQ(decided.status, 200) << decided.body;
    const std::string at = "/api/v1/cases/" + decided.json["case"].as_string();
    const std::string police = "police@scarborough.example";
    EXPECT_EQ(ask(police, "GET", made.location).status, 200);
    ASSERT_EQ(
        ask(manager, "POST", at + "/restriction", R"({"restriction":"locked","named":[],"reason":"A member of staff is involved"})", "*").status,
        200);
    EXPECT_EQ(ask(police, "GET", at).status, 404);
    EXPECT_EQ(ask(police, "GET", made.location).status, 404);
    EXPECT_EQ(ask(police, "GET", "/api/v1/referrals").json["total"].as_integer(), 0);
    ASSERT_EQ(ask(manager, "POST", at + "/restriction", R"({"restriction":"normal","reason":"It was somebody else of that name"})", "*").status, 200);
    EXPECT_EQ(ask(police, "GET", made.location).status, 200);
}

TEST_P(Contract, a_pathway_is_found_by_name_and_version) {
    const auto now = ask(officer, "GET", "/api/v1/pathways/hub_asb");
    ASSERT_EQ(now.status, 200);
    EXPECT_EQ(now.json["version"].as_integer(), 1);
    EXPECT_FALSE(now.json["stages"].items().empty());
    EXPECT_EQ(ask(officer, "GET", "/api/v1/pathways/hub_asb?version=1").status, 200);
    EXPECT_EQ(ask(officer, "GET", "/api/v1/pathways/hub_asb?version=7").status, 404);
    EXPECT_EQ(ask(officer, "GET", "/api/v1/pathways/no_such").status, 404);
}

TEST_P(Contract, a_body_that_is_no_json_is_415_and_one_of_the_wrong_shape_422) {
    EXPECT_EQ(send(officer, "POST", "/api/v1/cases", "a=b", {{"content-type", "text/plain"}}).status, 415);
    EXPECT_EQ(ask(officer, "POST", "/api/v1/cases", R"({"pathway":"hub_asb","hub":"scarborough","title":"Noise","forms":[1]})").status, 422);
    EXPECT_EQ(ask(officer, "POST", "/api/v1/cases", R"({"pathway":"hub_asb","hub":"scarborough","title":"Noise","involvements":"x"})").status, 422);
}

TEST_P(Contract, a_body_that_is_broken_json_is_400_and_told_where_it_breaks) {
    const std::string at = "/api/v1/cases/" + opened(), of = person("Katie Example", "1987-11-03");
    const std::vector<std::pair<std::string, std::string>> asks{
        {"POST", "/api/v1/cases"},          {"POST", "/api/v1/referrals"},     {"POST", "/api/v1/people"},
        {"POST", "/api/v1/people/match"},   {"PATCH", "/api/v1/people/" + of}, {"POST", "/api/v1/organisations"},
        {"POST", "/api/v1/places"},         {"POST", at + "/entries"},         {"PATCH", at + "/forms/contact_plan"},
        {"PATCH", "/api/v1/me/preferences"}};
    for (const auto& [method, path] : asks) {
        const auto told = ask(officer, method, path, "{\"title\": \"Noise\",\n \"hub\": oops}", "*");
        EXPECT_EQ(told.status, 400) << path << " " << told.body;
        EXPECT_NE(told.json["detail"].as_string().find("line 2"), std::string::npos) << path << " " << told.body;
        EXPECT_EQ(ask(officer, method, path, R"({"title":"Noise","title":"Shouting"})", "*").status, 422) << path;
    }
    for (const char* path : {"/api/v1/users", "/api/v1/agencies", "/api/v1/codes/channels/entries"})
        EXPECT_EQ(ask("admin@nycsp.example", "POST", path, "{").status, 400) << path;
}

TEST_P(Contract, a_title_names_nobody_of_the_case) {
    const std::string katie = person("Katie Example", "1987-11-03");
    const auto told =
        ask(officer, "POST", "/api/v1/cases",
            R"({"pathway":"hub_asb","hub":"scarborough","title":"Threats to Katie Example","involvements":[{"role":"victim","subject":")" + katie +
                "\"}]}");
    EXPECT_EQ(told.status, 422);
    EXPECT_EQ(told.json["errors"].items().at(0)["field"].as_string(), "title");
}

TEST_P(Contract, a_perpetrator_needs_a_reason_and_ten_years_of_age) {
    const std::string at = "/api/v1/cases/" + opened();
    const std::string adult = person("Sam Grown", "1990-01-01"), child = person("Kit Small", "2018-01-01");
    const auto add = [&](const std::string& who, const std::string& more) {
        return ask(officer, "POST", at + "/involvements", R"({"role":"perpetrator","subject":")" + who + "\"" + more + "}").status;
    };
    EXPECT_EQ(add(adult, ""), 422);
    EXPECT_EQ(add(adult, R"(,"reason":"gossip")"), 422);
    EXPECT_EQ(add(child, R"(,"reason":"admitted")"), 403);
    EXPECT_EQ(add(adult, R"(,"reason":"admitted")"), 201);
    const auto suspected = ask(officer, "POST", at + "/involvements", R"({"role":"suspected","subject":")" + child + "\"}");
    ASSERT_EQ(suspected.status, 201) << suspected.body;
    EXPECT_EQ(ask(officer, "PATCH", suspected.location, R"({"role":"perpetrator","reason":"admitted"})", suspected.etag).status, 403);
}

TEST_P(Contract, what_is_derived_of_a_case_follows_every_change_and_rebuilds_equal) {
    const auto equal = [&] {
        std::string differing;
        for (const auto& table : ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check).tables)
            if (!table.equal) differing += table.table + " ";
        return differing;
    };
    const auto incidents = [&] {
        return program->db->reading([](store::Reader& reader) { return reader.count("select count(*) from incident where record_kind = 'case'"); });
    };
    const std::string at = "/api/v1/cases/" + opened(), harmed = person("Katie Example", "1987-11-03"), other = person("Sam Grown", "1990-01-01");
    const auto change = [&](const std::string& path, const std::string& body) {
        const auto told = ask(officer, "POST", at + path, body);
        EXPECT_EQ(told.status, 201) << path << " " << told.body;
        return told;
    };
    EXPECT_EQ(incidents(), 0);
    const auto involved = change("/involvements", R"({"role":"victim","subject":")" + harmed + "\"}");  // no report tells of this case
    EXPECT_EQ(incidents(), 1);
    change("/entries", R"({"kind":"note","text":"Rang; nobody answered"})");
    change("/involvements", R"({"role":"suspected","subject":")" + other + "\"}");
    EXPECT_EQ(incidents(), 2);
    change("/tasks", R"({"title":"Visit with the officer","agency":"nyp","due":"2026-06-20"})");
    EXPECT_EQ(equal(), "");
    change("/entries", R"({"kind":"incident","text":"Shouting again last night"})");
    EXPECT_EQ(incidents(), 4);
    EXPECT_EQ(ask(officer, "PATCH", involved.location, R"({"ended":true})", "*").status, 200);
    EXPECT_EQ(incidents(), 2);
    EXPECT_EQ(equal(), "");
}

TEST_P(Contract, only_a_supervisor_brings_the_risk_below_what_the_answers_give) {
    const std::string at = "/api/v1/cases/" + opened();
    const std::string answers =
        R"({"q1":"2","q2":"yes","q3":"yes","q4":"sight","q5":"reputation","q7":"me","q8":"no","q9":"yes","q10":"3","q11":["mental"],"q12":"few","q13":["children"])";
    const std::string lowered = answers + R"(,"override_to":"medium","override_reason":"The suspected person has left the county"})";
    EXPECT_EQ(ask(officer, "PATCH", at + "/forms/victim_risk", lowered, "*").status, 403);
    EXPECT_EQ(ask(manager, "PATCH", at + "/forms/victim_risk", answers + R"(,"override_to":"medium"})", "*").status, 422);
    const auto told = ask(manager, "PATCH", at + "/forms/victim_risk", lowered, "*");
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(told.json["risk"]["level"].as_string(), "medium");
    EXPECT_EQ(told.json["risk"]["score"].as_number(), 22);
    EXPECT_EQ(told.json["risk"]["override"].as_string(), "lowered");
}

TEST_P(Contract, an_information_request_is_due_by_a_dated_rule_and_takes_only_codes) {
    const std::string at = "/api/v1/cases/" + opened() + "/information-requests";
    const std::string rest =
        R"("holder":"nyp","gateway":"cda_s115","necessity":"Needed to judge the risk to the harmed person before the visit on Friday","asked_for":"Calls in May 2026")";
    EXPECT_EQ(ask(officer, "POST", at, R"({"purpose":"curiosity",)" + rest + "}").status, 422);
    const auto urgent = ask(officer, "POST", at, R"({"purpose":"prevent_crime_disorder","urgency":"urgent",)" + rest + "}");
    ASSERT_EQ(urgent.status, 201) << urgent.body;
    EXPECT_EQ(ask(officer, "GET", urgent.location).json["due"].as_string(), "2026-06-03");
    ASSERT_EQ(
        ask("admin@nycsp.example", "POST", "/api/v1/rules/information_request.urgent/rows",
            R"({"from":"2026-06-01","amount":4,"unit":"working_days","source":"Local procedure of June 2026","why":"Holders could not answer within two days"})")
            .status,
        201);
    const auto later = ask(officer, "POST", at, R"({"purpose":"prevent_crime_disorder","urgency":"urgent",)" + rest + "}");
    EXPECT_EQ(ask(officer, "GET", later.location).json["due"].as_string(), "2026-06-05");
}

TEST_P(Contract, the_grade_is_worked_out_and_an_emergency_opens_no_case) {
    const auto decide = [&](const std::string& thrive_answers) {
        const auto made = ask(officer, "POST", "/api/v1/referrals", report());
        EXPECT_EQ(made.status, 201) << made.body;
        return ask(officer, "POST", made.location + "/triage",
                   R"({"decision":"accept_new","title":"Noise at night","thrive":)" + thrive_answers + "}", "*");
    };
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"({"threat":"low","harm":"moderate","risk":"possible","investigation":"visit","vulnerability":"no","grade":"priority"})", "standard"},
        {R"({"threat":"low","harm":"moderate","risk":"possible","investigation":"visit","vulnerability":"no","repeat":true})", "enhanced"},
        {R"({"threat":"low","harm":"moderate","risk":"possible","investigation":"visit","vulnerability":"no","hate":true})", "enhanced"},
        {R"({"threat":"low","harm":"moderate","risk":"likely","investigation":"visit","vulnerability":"yes_temp"})", "priority"},
        {R"({"threat":"immediate","harm":"minor","risk":"unlikely","investigation":"visit","vulnerability":"no"})", "priority"}};
    for (const auto& [typed, grade] : rows) {
        const auto told = decide(typed);
        ASSERT_EQ(told.status, 200) << told.body;
        const auto opened_case = ask(officer, "GET", "/api/v1/cases/" + told.json["case"].as_string());
        EXPECT_EQ(opened_case.json["forms"]["triage"]["grade"].as_string(), grade) << typed;
    }
    const auto emergency = decide(R"({"threat":"immediate","harm":"serious","risk":"happening","investigation":"crime","vulnerability":"no"})");
    EXPECT_EQ(emergency.status, 409);
    EXPECT_NE(emergency.json["detail"].as_string().find("call 999"), std::string::npos) << emergency.body;
}

TEST_P(Contract, monitoring_ends_on_the_day_that_was_given) {
    const std::string at = "/api/v1/cases/" + opened();
    ASSERT_EQ(ask(officer, "POST", at + "/assign", R"({"agency":"nyc_cs","email":"officer@scarborough.example"})", "*").status, 200);
    ASSERT_EQ(ask(officer, "POST", at + "/actions/start_work", R"({"summary":"Make the steps quiet again","next_review":"+14"})", "*").status, 200);
    const auto told = ask(officer, "POST", at + "/actions/monitor", R"({"until":"2026-06-20","watching":"Whether it stays quiet"})", "*");
    ASSERT_EQ(told.status, 200) << told.body;
    for (const auto& clock : told.json["clocks"].items())
        if (clock["id"].as_string() == "monitor_until") { EXPECT_EQ(clock["due"].as_string(), "2026-06-20T22:59:59Z"); }
}

TEST_P(Contract, a_merge_is_into_a_case_that_is_there_and_can_be_undone) {
    const std::string one = opened(), other = opened("Noise at the pier"), at = "/api/v1/cases/" + one + "/actions/";
    const auto merge = [&](const std::string& into) {
        return ask(manager, "POST", at + "merge", R"({"surviving":")" + into + R"(","reason":"Both are about the same noise"})", "*");
    };
    EXPECT_EQ(merge("HC-1999-000000").status, 422);
    EXPECT_EQ(merge(one).status, 422);
    ASSERT_EQ(merge(other).json["stage"].as_string(), "merged");
    // A case that has ended takes notes, but nothing that somebody would have to wait for.
    const std::string here = "/api/v1/cases/" + one;
    EXPECT_EQ(ask(officer, "POST", here + "/tasks", R"({"title":"Ring the school","agency":"nyc_cs","due":"+3"})").status, 409);
    EXPECT_EQ(ask(officer, "PATCH", here + "/forms/victim_risk", R"({"q1":"0"})", "*").status, 409);
    const auto again = ask(officer, "POST", here + "/entries", R"({"kind":"incident","text":"It began again on Sunday"})");
    ASSERT_EQ(again.status, 201) << again.body;
    for (const auto& clock : again.json["clocks"].items()) EXPECT_NE(clock["state"].as_string(), "running") << clock["id"].as_string();
    const auto undone = ask(manager, "POST", at + "undo_merge", R"({"reason":"They are two after all"})", "*");
    ASSERT_EQ(undone.status, 200) << undone.body;
    EXPECT_EQ(undone.json["stage"].as_string(), "open_active");
}

TEST_P(Contract, a_report_is_not_older_than_what_it_tells_and_numbers_in_it_are_warned_of) {
    EXPECT_EQ(
        ask(officer, "POST", "/api/v1/referrals", report(R"(,"received_at":"2026-05-01T09:00:00Z","incident_from":"2026-05-02T09:00:00Z")")).status,
        422);
    std::string numbers = report();
    numbers.replace(numbers.find("from upstairs"), 13, "card 4111 1111 1111 1111, NHS 943 476 5919");
    const auto told = ask(officer, "POST", "/api/v1/referrals", numbers);
    ASSERT_EQ(told.status, 201) << told.body;
    EXPECT_NE(told.body.find("bank card"), std::string::npos) << told.body;
    EXPECT_NE(told.body.find("NHS number: take"), std::string::npos) << told.body;
}

TEST(Documents, lie_where_the_setting_says_and_beside_the_database_otherwise) {
    store::testing::EmptyDatabase empty{Engine::sqlite};
    EXPECT_EQ(make_program(empty.url(), false, false, "/srv/papers")->documents_folder, "/srv/papers");
    EXPECT_EQ(make_program(empty.url(), true)->documents_folder, (std::filesystem::path{empty.url()}.parent_path() / "documents").string());
    for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
}

TEST_P(Contract, a_document_is_found_by_its_name_by_those_who_may_read_its_case) {
    const std::string ref = opened();
    const std::string path = (std::filesystem::temp_directory_path() / "concord-contract-diary.txt").string();
    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs("A diary of noise", file);
    std::fclose(file);
    forget_tokens();
    const auto user = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, officer); });
    web::Request request{.method = "POST",
                         .path = "/api/v1/cases/" + ref + "/documents",
                         .target = "/api/v1/cases/" + ref + "/documents",
                         .headers = {{"authorization", "Bearer " + access::create_token(*program->db, user->seq, true, 36500, Instant{0})},
                                     {"content-type", "multipart/form-data; boundary=x"}},
                         .files = {{.field = "file", .name = "Nightjar diary.txt", .path = path, .size = 16}},
                         .from_loopback = true,
                         .reference = "test"};
    ASSERT_EQ(program->handler(request).status, 201);
    std::filesystem::remove(path);
    const auto found = ask(officer, "GET", "/api/v1/search?q=nightjar&in=documents");
    ASSERT_EQ(found.json["documents"]["items"].items().size(), 1U) << found.body;
    EXPECT_EQ(found.json["documents"]["items"].items().at(0)["case"].as_string(), ref);
    EXPECT_EQ(ask(york, "GET", "/api/v1/search?q=nightjar&in=documents").json["documents"]["total"].as_integer(), 0);
}

TEST_P(Contract, two_people_at_one_form_choose_between_what_each_wrote) {
    const std::string ref = opened(), page = "/cases/" + ref + "/forms/contact_plan";
    const std::string csrf = "x";
    const auto post = [&](const std::string& as, web::Fields form) { return send(as, "POST", page, {}, {{"accept", "text/html"}}, form); };
    const web::Fields mine{{"version", "1"}, {"method", "phone"}, {"frequency", "weekly"}, {"safe_times", "After six"}};
    ASSERT_EQ(post(manager, {{"version", "1"}, {"method", "visit"}, {"frequency", "weekly"}, {"do_not", "No letters"}}).status, 303);
    const auto clash = post(officer, mine);
    EXPECT_EQ(clash.status, 412);
    for (const char* words : {"After six", "By telephone", "By a visit", "No letters", "Keep mine", "Take theirs"})
        EXPECT_NE(clash.body.find(words), std::string::npos) << words;
    // All mine: as the page's own button sends it.
    web::Fields chosen{{"clash:all", "mine"}, {"version", "2"}, {"frequency", "weekly"}};
    for (const auto& [name, value] : web::Fields{{"method", "phone"}, {"safe_times", "After six"}, {"do_not", ""}}) {
        chosen.emplace_back("clash:field", name);
        if (!value.empty()) chosen.emplace_back("clash:mine:" + name, value);
    }
    ASSERT_EQ(post(officer, chosen).status, 303);
    const auto now = ask(officer, "GET", "/api/v1/cases/" + ref).json["forms"]["contact_plan"];
    EXPECT_EQ(now["method"].as_string(), "phone");
    EXPECT_EQ(now["safe_times"].as_string(), "After six");
    EXPECT_FALSE(now.has("do_not"));
}

TEST_P(Contract, a_change_elsewhere_in_the_case_is_no_clash) {
    const std::string ref = opened();
    ASSERT_EQ(ask(manager, "POST", "/api/v1/cases/" + ref + "/entries", R"({"kind":"note","text":"Spoke to the warden"})").status, 201);
    EXPECT_EQ(send(officer, "POST", "/cases/" + ref + "/forms/contact_plan", {}, {{"accept", "text/html"}},
                   {{"version", "1"}, {"method", "phone"}, {"frequency", "weekly"}})
                  .status,
              303);
}

}  // namespace
}  // namespace concord::app
