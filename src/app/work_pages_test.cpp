#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/testing.hpp"

/// A day's work through the pages, without script: what a browser would send and what comes back.
namespace concord::app {
namespace {

using store::Engine;

class Pages : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    Pages() : Pilot{GetParam()} {}
    const std::string officer = "officer@scarborough.example", manager = "manager@scarborough.example", housing = "housing@partner.example",
                      york = "officer@york.example";

    web::Response send(const std::string& as, const std::string& method, const std::string& address, const web::Fields& fields = {},
                       const std::vector<web::UploadedFile>& files = {}) {
        web::Request request = request_of(as, method, address, {{"accept", "text/html"}});
        request.form = fields;
        request.files = files;
        return program->handler(request);
    }
    std::string body(const std::string& as, const std::string& address) { return send(as, "GET", address).body; }
    static std::string location(const web::Response& response) { return header_of(response, "location"); }
    Json api(const std::string& as, const std::string& method, const std::string& path, const char* json) {
        web::Request request = request_of(as, method, path, {{"content-type", "application/json"}, {"if-match", "*"}});
        request.body = json;
        const auto response = program->handler(request);
        status = response.status;
        const auto parsed = parse_json(response.body);
        return parsed ? *parsed : Json{};
    }
    static bool says(const std::string& page, std::string_view words) { return page.find(words) != std::string::npos; }

    /// A report by the four steps, and its reference.
    std::string report(const std::string& narrative = "Shouting and banging at night, she is afraid to go out") {
        const std::string first = location(send(officer, "GET", "/referrals/new"));
        const std::string id = first.substr(first.find("draft=") + 6);
        const auto step = [&](const std::string& name, web::Fields fields) {
            fields.emplace_back("draft", id);
            return location(send(officer, "POST", "/referrals/new/" + name, fields));
        };
        EXPECT_TRUE(says(step("source", {{"channel", "phone"}, {"source_agency", "public"}, {"consent_to_share", "yes"}}), "/referrals/new/people"));
        EXPECT_TRUE(
            says(step("people", {{"do", "next"}, {"role", "victim"}, {"given_name", "Katie"}, {"family_name", "Example"}}), "/referrals/new/what"));
        EXPECT_TRUE(
            says(step("what", {{"place_text", "Trafalgar Court"}, {"behaviour_type", "b01"}, {"narrative", narrative}}), "/referrals/new/risk"));
        EXPECT_TRUE(says(step("risk", {}), "/referrals/new/check"));
        const std::string sent = step("check", {{"hub", "scarborough"}});
        EXPECT_TRUE(says(sent, "/referrals/R-2026-")) << sent;
        return sent.substr(11, sent.find('?') - 11);
    }
    std::string accepted() {
        const auto response = send(officer, "POST", "/referrals/" + report() + "/triage",
                                   {{"decision", "accept_new"},
                                    {"title", "Threats, Trafalgar Court"},
                                    {"threat", "low"},
                                    {"harm", "moderate"},
                                    {"risk", "possible"},
                                    {"investigation", "visit"},
                                    {"vulnerability", "no"},
                                    {"grade", "standard"}});
        EXPECT_EQ(response.status, 303) << response.body.substr(0, 3000);
        return location(response).substr(7);
    }
    int status = 0;

private:
};
INSTANTIATE_TEST_SUITE_P(Both, Pages, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(Pages, nothing_typed_in_a_new_report_is_lost) {
    const std::string first = location(send(officer, "GET", "/referrals/new"));
    const std::string id = first.substr(first.find("draft=") + 6);
    const auto wrong = send(officer, "POST", "/referrals/new/source", {{"draft", id}, {"channel", "phone"}, {"source_ref", "CAD 1234"}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_TRUE(says(wrong.body, "There is a problem"));
    EXPECT_TRUE(says(wrong.body, "CAD 1234"));
    // Another day, another browser: the draft is there, for him alone.
    EXPECT_TRUE(says(body(officer, first), "CAD 1234"));
    EXPECT_FALSE(says(body(manager, first), "CAD 1234"));
    // What the script sent while he typed comes back too.
    EXPECT_EQ(
        send(officer, "POST", "/drafts", {{"key", "referral:" + id + ":what"}, {"fields", R"({"narrative":["Half a sentence about"]})"}}).status,
        204);
    EXPECT_TRUE(says(body(officer, "/referrals/new/what?draft=" + id), "Half a sentence about"));
    EXPECT_EQ(send(officer, "POST", "/drafts", {{"key", "x"}, {"fields", "not JSON"}}).status, 422);
}

TEST_P(Pages, a_case_goes_to_another_hub_when_its_manager_accepts_it) {
    const std::string ref = accepted(), at = "/cases/" + ref, york_manager = "manager@york.example";
    EXPECT_EQ(send(york_manager, "GET", at).status, 404);
    // What is typed is kept, and only another hub will do.
    const std::string form = body(manager, at + "/actions/offer_transfer");
    const auto hubs = form.substr(form.find("Which hub should take it?"), 6000);
    EXPECT_TRUE(says(hubs, "York")) << hubs;
    EXPECT_FALSE(says(hubs.substr(0, hubs.find("Why should it go there?")), "Scarborough"));
    const auto own = api(manager, "POST", "/api/v1" + at + "/actions/offer_transfer", R"({"to_hub":"scarborough","reason":"She moved last week"})");
    EXPECT_EQ(status, 422);
    EXPECT_TRUE(says(to_text(own), "Choose another hub"));
    EXPECT_EQ(send(officer, "POST", at + "/actions/offer_transfer", {}).status, 403);
    api(manager, "POST", "/api/v1" + at + "/actions/offer_transfer", R"({"to_hub":"york","reason":"She moved last week"})");
    ASSERT_EQ(status, 200);
    EXPECT_TRUE(says(body(officer, at), "offered to York"));
    // York reads it and is asked; its officer reads, and does not answer; the hub that offers it cannot answer itself.
    EXPECT_TRUE(says(body(york_manager, "/my-work"), "Accept or refuse a case of Scarborough"));
    EXPECT_FALSE(says(body(york, "/my-work"), "Accept or refuse a case"));
    EXPECT_EQ(send(york, "GET", at).status, 200);
    // Its manager reads why, and answers from there; the officer reads it without the buttons.
    const auto banner = [&](const std::string& who) {
        const std::string page = body(who, at);
        return page.substr(page.find("offers this case to York"), 1500);
    };
    EXPECT_TRUE(says(banner(york_manager), "She moved last week"));
    EXPECT_TRUE(says(banner(york_manager).substr(0, banner(york_manager).find("split")), "/actions/accept_transfer"));
    EXPECT_TRUE(says(body(york_manager, at + "/actions/accept_transfer"), "She moved last week"));
    EXPECT_FALSE(says(banner(york).substr(0, banner(york).find("split")), "/actions/accept_transfer"));
    const char* yes = R"({"lead_agency":"cyc_cs","words":"Joint visit held with her"})";
    api(york, "POST", "/api/v1" + at + "/actions/accept_transfer", yes);
    EXPECT_EQ(status, 403);
    api(manager, "POST", "/api/v1" + at + "/actions/accept_transfer", yes);
    EXPECT_EQ(status, 403);
    // Refused it is Scarborough's alone again.
    EXPECT_EQ(send(york_manager, "POST", at + "/actions/refuse_transfer", {{"reason", "Not without the landlord"}}).status, 303);
    EXPECT_EQ(send(york_manager, "GET", at).status, 404);
    EXPECT_FALSE(says(body(york_manager, "/my-work"), "Accept or refuse a case"));
    // From the page the hub is the one of its list.
    const auto before_name = hubs.substr(0, hubs.find("York"));
    const auto from = before_name.rfind("value=\"") + 7;
    const std::string chosen = before_name.substr(from, before_name.find('"', from) - from);
    const auto offered = send(manager, "POST", at + "/actions/offer_transfer", {{"to_hub", chosen}, {"reason", "The landlord agrees now"}});
    ASSERT_EQ(offered.status, 303) << offered.body;
    const auto moved = api(york_manager, "POST", "/api/v1" + at + "/actions/accept_transfer", yes);
    ASSERT_EQ(status, 200) << to_text(moved);
    EXPECT_EQ(moved["hub"].as_string(), "york");
    EXPECT_FALSE(moved.has("offered_hub"));
    EXPECT_EQ(moved["stage"].as_string(), "open_assessment");
    EXPECT_TRUE(says(body(york, at), "Nobody, City of York Council"));
    // York works it; Scarborough reads on for the days of the rule, and no longer.
    EXPECT_EQ(send(york, "POST", at + "/entries", {{"kind", "note"}, {"text", "Taken over from Scarborough"}}).status, 303);
    EXPECT_EQ(send(officer, "GET", at).status, 200);
    EXPECT_EQ(send(manager, "POST", at + "/actions/offer_transfer", {{"to_hub", "1"}}).status, 403);
    program->clock.stand_at(parse_instant("2026-06-30T09:00:00Z").value());
    EXPECT_EQ(send(york, "GET", at).status, 200);
    EXPECT_EQ(send(officer, "GET", at).status, 404);
}

TEST_P(Pages, who_works_in_no_hub_is_not_led_to_one) {
    EXPECT_TRUE(says(body(officer, "/my-work"), "See the whole hub"));
    EXPECT_FALSE(says(body(housing, "/my-work"), "See the whole hub"));
    EXPECT_FALSE(says(body(housing, "/referrals"), "your hubs"));
}

TEST_P(Pages, a_late_task_reaches_the_owners_manager_and_then_the_hubs) {
    const std::string ref = accepted(), at = "/api/v1/cases/" + ref + "/tasks", police = "police@scarborough.example";
    api(officer, "POST", at, R"({"title":"Read the diary sheets","agency":"nyc_cs","owner":"officer2@scarborough.example","due":"2026-06-05"})");
    ASSERT_EQ(status, 201);
    api(officer, "POST", at, R"({"title":"Knock on the doors","agency":"nyp","owner":"police@scarborough.example","due":"2026-06-05"})");
    ASSERT_EQ(status, 201);
    const auto day = [&](const char* date) { program->clock.stand_at(parse_instant(std::string{date} + "T09:00:00Z").value()); };
    day("2026-06-09");  // two working days after their day
    EXPECT_FALSE(says(body(manager, "/my-work"), "Read the diary sheets"));
    day("2026-06-10");  // three: the manager of the council's officer knows; the sergeant's own task is his own
    EXPECT_TRUE(says(body(manager, "/my-work"), "3 working days late: Read the diary sheets"));
    EXPECT_FALSE(says(body(manager, "/my-work"), "Knock on the doors"));
    EXPECT_FALSE(says(body(police, "/my-work"), "Read the diary sheets"));
    EXPECT_FALSE(says(body(officer, "/my-work"), "Read the diary sheets"));
    EXPECT_TRUE(says(body(manager, "/hubs/scarborough"), "Reached their owner&#39;s manager: 2"));
    day("2026-06-19");  // ten: the hub's manager knows of both
    EXPECT_TRUE(says(body(manager, "/my-work"), "10 working days late: Knock on the doors"));
    EXPECT_TRUE(says(body(manager, "/hubs/scarborough"), "coordination group&#39;s report: 0"));
    day("2026-07-03");  // twenty
    EXPECT_TRUE(says(body(manager, "/hubs/scarborough"), "coordination group&#39;s report: 2"));
}

TEST_P(Pages, a_worked_case_that_is_closed_as_opened_in_error_is_told_to_the_hub) {
    const std::string ref = accepted(), at = "/api/v1/cases/" + ref;
    api(officer, "POST", at + "/entries", R"({"kind":"contact","text":"Rang her, she is worn out","with":"victim","outcome":"made"})");
    api(officer, "PATCH", at + "/forms/victim_risk",
        R"({"q1":"0","q2":"yes","q3":"no","q4":"sight","q5":"no","q7":"me","q8":"no","q9":"no","q10":"1","q12":"few"})");
    EXPECT_EQ(status, 200);
    api(officer, "POST", at + "/actions/start_work", R"({"summary":"Keep the nights quiet","next_review":"2026-06-20"})");
    EXPECT_EQ(status, 200);
    api(officer, "POST", at + "/actions/explain_case_review", R"({"how":"visit","live":false})");
    const auto closed = api(
        officer, "POST", at + "/actions/propose_closure",
        R"({"code":"c16","reason":"The same as another case","victim_told":"yes","victim_view":"She agrees","based_on":"victim","lessons":"Nothing new","court_live":false})");
    EXPECT_EQ(status, 200) << to_text(closed);
    EXPECT_FALSE(says(body(manager, "/hubs/scarborough"), "to look at again"));
    api(manager, "POST", at + "/actions/approve_closure", R"({"note":"Agreed with the officer"})");
    EXPECT_EQ(status, 200);
    const std::string page = body(manager, "/hubs/scarborough");
    EXPECT_TRUE(says(page, "Closed, and to look at again"));
    EXPECT_TRUE(says(page, "though it was worked"));
}

TEST_P(Pages, an_organisation_is_put_on_a_case_by_its_name) {
    const std::string ref = accepted(), at = "/cases/" + ref + "/involvements/new";
    const auto made = api(officer, "POST", "/api/v1/organisations", R"({"name":"Harbour Bakery","kind":"business"})");
    ASSERT_EQ(status, 201) << to_text(made);
    const auto nameless = send(officer, "POST", at, {{"do", "organisation"}, {"organisation_role", "victim"}});
    EXPECT_EQ(nameless.status, 422);
    EXPECT_TRUE(says(nameless.body, "Write some words of its name"));
    const auto none = send(officer, "POST", at, {{"do", "organisation"}, {"organisation_role", "victim"}, {"organisation_name", "Chandlery"}});
    EXPECT_TRUE(says(none.body, "No organisation of this name is held"));
    const auto found = send(officer, "POST", at, {{"do", "organisation"}, {"organisation_role", "victim"}, {"organisation_name", "bakery"}});
    EXPECT_EQ(found.status, 200);
    const std::string add = "organisation:" + made["id"].as_string();
    EXPECT_TRUE(says(found.body, add));
    // A part that is a person's alone is refused beside the field, and the name stays.
    const auto wrong = send(officer, "POST", at, {{"do", add}, {"organisation_role", "witness"}, {"organisation_name", "bakery"}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_TRUE(says(wrong.body, "is a part for a person"));
    EXPECT_TRUE(says(wrong.body, "value=\"bakery\""));
    EXPECT_EQ(send(officer, "POST", at, {{"do", add}, {"organisation_role", "victim"}, {"organisation_name", "bakery"}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/cases/" + ref), "Harbour Bakery"));
}

TEST_P(Pages, triage_decides_by_the_rules_of_the_intake) {
    const std::string ref = report(), at = "/referrals/" + ref + "/triage";
    EXPECT_TRUE(says(body(officer, at), "Accept as a new case"));
    EXPECT_EQ(send(york, "GET", at).status, 404);
    EXPECT_EQ(send(officer, "POST", at, {{"decision", "more_info"}}).status, 422);
    EXPECT_EQ(send(officer, "POST", at, {{"decision", "more_info"}, {"question", "Which flat is it?"}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/referrals/" + ref), "Paused"));
    const auto early = send(officer, "POST", at, {{"decision", "no_response"}});
    EXPECT_TRUE(says(early.body, "Try to reach the reporter three times first"));
    for (int attempt = 0; attempt < 3; ++attempt) EXPECT_EQ(send(officer, "POST", at, {{"decision", "tried"}, {"how", "phone"}}).status, 303);
    EXPECT_EQ(send(officer, "POST", at, {{"decision", "no_response"}}).status, 303);
    EXPECT_FALSE(says(body(officer, at), "value=\"look_again\""));
    EXPECT_EQ(send(manager, "POST", at, {{"decision", "look_again"}, {"reason", "They rang back after all"}}).status, 303);
    const auto malicious = send(officer, "POST", at, {{"decision", "no_action"}, {"because", "malicious"}});
    EXPECT_TRUE(says(malicious.body, "Only a supervisor decides that a report is malicious"));
    EXPECT_EQ(send(officer, "POST", at, {{"decision", "emergency"}, {"incident_number", "12260601-0042"}}).status, 303);
    EXPECT_EQ(send(officer, "POST", at, {{"decision", "duplicate"}, {"of", ref}}).status, 422);
    const std::string other = report("The same shouting, told by a neighbour");
    EXPECT_EQ(send(officer, "POST", at, {{"decision", "duplicate"}, {"of", other}}).status, 303);
    EXPECT_EQ(send(officer, "POST", at, {{"decision", "accept_new"}}).status, 409);
    EXPECT_FALSE(ledger::verify(*program->db).first_bad);
    for (const auto& table : ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check).tables)
        EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(Pages, a_partner_is_given_a_task_and_what_he_does_is_new_to_the_officer) {
    const std::string ref = accepted(), at = "/cases/" + ref;
    EXPECT_EQ(send(housing, "GET", at).status, 404);
    const auto coast =
        program->db->reading([&](store::Reader& reader) { return access::actor_of(reader, access::user_by_email(reader, housing)->seq)->agency; });
    const auto wrong = send(officer, "POST", at + "/tasks/new", {{"title", "Fit a door brace"}});
    EXPECT_TRUE(says(wrong.body, "Give the day by which it is to be done."));
    EXPECT_TRUE(says(wrong.body, "Fit a door brace"));
    EXPECT_EQ(send(officer, "POST", at + "/tasks/new", {{"title", "Fit a door brace"}, {"agency", std::to_string(coast)}, {"due", "+7"}}).status,
              303);
    (void)body(officer, at);
    const std::string page = body(housing, at);
    ASSERT_TRUE(says(page, "Fit a door brace"));
    // The report is for the hub: his page does not tell that there was one.
    EXPECT_TRUE(says(body(officer, at), "R-2026-"));
    EXPECT_FALSE(says(page, "R-2026-"));
    const auto task = page.find("/tasks/0") + 7;
    const std::string id = page.substr(task, 36);
    EXPECT_EQ(send(housing, "POST", "/tasks/" + id + "/accept").status, 303);
    EXPECT_EQ(send(housing, "POST", "/tasks/" + id + "/done").status, 422);
    EXPECT_EQ(send(housing, "POST", "/my-work/bulk", {{"do", "done"}, {"i", id}, {"sure", "yes"}, {"result", "Fitted on Tuesday"}}).status, 303);
    EXPECT_TRUE(says(body(officer, at), "New since you were here"));
    EXPECT_TRUE(says(body(officer, "/my-work"), "Task done"));
    const auto version = program->db->reading(
        [&](store::Reader& reader) { return (*cases::case_state(reader, *cases::find_case(reader, ref)))["version"].as_integer(); });
    EXPECT_EQ(send(officer, "POST", at + "/seen", {{"version", std::to_string(version)}}).status, 303);
    EXPECT_FALSE(says(body(officer, at), "New since you were here"));
}

TEST_P(Pages, the_timeline_names_the_task_the_request_the_document_and_who_came_onto_the_case) {
    const std::string ref = accepted(), at = "/cases/" + ref;
    const auto agency_of = [&](const std::string& user) {
        return program->db->reading(
            [&](store::Reader& reader) { return access::actor_of(reader, access::user_by_email(reader, user)->seq)->agency; });
    };
    const std::string coast = std::to_string(agency_of(housing)), police = std::to_string(agency_of("police@scarborough.example"));
    ASSERT_EQ(send(officer, "POST", at + "/tasks/new", {{"title", "Fit a door brace"}, {"agency", coast}, {"due", "+7"}}).status, 303);
    const std::string page = body(housing, at);
    const std::string id = page.substr(page.find("/tasks/0") + 7, 36);
    ASSERT_EQ(send(housing, "POST", "/tasks/" + id + "/decline", {{"result", "The flat is let by another landlord"}}).status, 303);
    ASSERT_EQ(send(officer, "POST", at + "/information-requests/new",
                   {{"holder", police},
                    {"asked_for", "Logs at the address since January"},
                    {"purpose", "prevent_crime_disorder"},
                    {"gateway", "cda_s115"},
                    {"urgency", "routine"},
                    {"necessity", "To know how often it happened before we speak to him"}})
                  .status,
              303);
    const auto person = api(officer, "POST", "/api/v1/people", R"({"name":"Ada Example","date_of_birth":"1980-01-01"})");
    api(officer, "POST", "/api/v1" + at + "/involvements", (R"({"role":"witness","subject":")" + person["id"].as_string() + "\"}").c_str());
    ASSERT_EQ(status, 201);
    EXPECT_TRUE(says(body(officer, "/my-work"), "Task declined: Fit a door brace"));
    const std::string seen = body(officer, at), timeline = seen.substr(seen.find("id=\"timeline\""));
    EXPECT_TRUE(says(timeline, "Task raised: Fit a door brace"));
    EXPECT_TRUE(says(timeline, "For Coast Homes"));
    EXPECT_TRUE(says(timeline, "Task declined: Fit a door brace"));
    EXPECT_TRUE(says(timeline, "The flat is let by another landlord"));
    EXPECT_TRUE(says(timeline, "Information requested: Logs at the address since January"));
    EXPECT_TRUE(says(timeline, "From North Yorkshire Police"));
    EXPECT_TRUE(says(timeline, "Person added as witness: Ada Example"));
    // The API says the same, and whoever may not read the case reads nothing of it.
    const auto events = api(officer, "GET", "/api/v1" + at + "/history", "");
    EXPECT_TRUE(says(to_text(events), "Task raised: Fit a door brace"));
    EXPECT_TRUE(says(to_text(api(officer, "GET", "/api/v1" + at + "/entries", "")), "Task raised: Fit a door brace"));
    for (const char* more : {"", "/history", "/entries"}) {
        const auto denied = api(york, "GET", "/api/v1" + at + more, "");
        EXPECT_EQ(status, 404);
        EXPECT_FALSE(says(to_text(denied), "door brace"));
    }
    EXPECT_FALSE(says(body(york, "/my-work"), "door brace"));
}

TEST_P(Pages, what_each_review_found_is_read_in_the_timeline) {
    const std::string ref = accepted(), at = "/cases/" + ref;
    ASSERT_EQ(send(officer, "POST", at + "/entries", {{"kind", "contact"}, {"with", "victim"}, {"outcome", "made"}, {"text", "Spoke to her"}}).status,
              303);
    api(officer, "PATCH", "/api/v1" + at + "/forms/victim_risk",
        R"({"q1":"1","q2":"no","q3":"no","q4":"no","q5":"no","q7":"none","q8":"no","q9":"no","q10":"1","q12":"network"})");
    ASSERT_EQ(status, 200);
    const auto plan = send(officer, "POST", at + "/actions/start_work", {{"summary", "Stop the shouting in the stairwell"}, {"next_review", "+14"}});
    ASSERT_EQ(plan.status, 303) << plan.body;
    for (const char* found : {"The shouting has stopped on weekdays", "Nothing at all for three weeks"})
        ASSERT_EQ(send(officer, "POST", at + "/actions/review", {{"found", found}, {"next_review", "+14"}}).status, 303);
    const std::string page = body(officer, at), timeline = page.substr(page.find("id=\"timeline\""));
    EXPECT_TRUE(says(timeline, "Stop the shouting in the stairwell"));
    EXPECT_TRUE(says(timeline, "The shouting has stopped on weekdays"));
    EXPECT_TRUE(says(timeline, "Nothing at all for three weeks"));
    // What was found once is not put into the mouth of whoever reviews next.
    EXPECT_FALSE(says(body(officer, at + "/actions/review"), "Nothing at all for three weeks"));
    for (const auto& table : ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check).tables)
        EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(Pages, a_document_loses_what_the_camera_hid_and_is_for_readers_of_the_case_only) {
    const std::string ref = accepted(), at = "/cases/" + ref;
    const std::string file = (std::filesystem::temp_directory_path() / "concord_upload_test").string();
    const auto upload = [&](const std::string& name, const std::string& bytes) {
        std::ofstream{file, std::ios::binary} << bytes;
        return send(officer, "POST", at + "/documents", {}, {{.field = "file", .name = name, .path = file, .size = bytes.size()}});
    };
    EXPECT_TRUE(says(send(officer, "POST", at + "/documents").body, "Choose a file."));
    EXPECT_EQ(upload("letter.pdf",
                     "\x7f"
                     "ELF\x02\x01\x01")
                  .status,
              415);  // a program, whatever its name says
    EXPECT_EQ(upload("diary <b>.txt", "Monday: shouting from ten to two in the night.\n").status, 303);
    const std::string page = body(officer, at);
    EXPECT_TRUE(says(page, "diary &lt;b&gt;.txt"));
    const auto link = page.find(at + "/documents/0");
    ASSERT_NE(link, std::string::npos);
    const std::string address = page.substr(link, at.size() + 11 + 36);
    const auto got = send(officer, "GET", address);
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(std::filesystem::exists(got.file));
    EXPECT_EQ(send(york, "GET", address).status, 404);
    EXPECT_TRUE(says(body(officer, at + "/readers"), "Document"));
}

TEST_P(Pages, information_is_asked_by_a_lawful_gateway_and_answered_by_its_holder) {
    const std::string ref = accepted(), at = "/cases/" + ref;
    const auto police = program->db->reading(
        [&](store::Reader& reader) { return access::actor_of(reader, access::user_by_email(reader, "police@scarborough.example")->seq)->agency; });
    const web::Fields good{{"holder", std::to_string(police)},
                           {"asked_for", "Logs at the address since January"},
                           {"purpose", "prevent_crime_disorder"},
                           {"gateway", "cda_s115"},
                           {"necessity", "To know how often it happened before we speak to him"}};
    web::Fields thin = good;
    thin.back().second = "Because";
    const auto wrong = send(officer, "POST", at + "/information-requests/new", thin);
    EXPECT_TRUE(says(wrong.body, "Say why it is necessary and proportionate"));
    EXPECT_TRUE(says(wrong.body, "Logs at the address since January"));
    EXPECT_EQ(send(officer, "POST", at + "/information-requests/new", good).status, 303);
    EXPECT_TRUE(says(body("police@scarborough.example", "/my-work"), "Asked for: Logs at the address"));
    EXPECT_FALSE(says(body(york, "/my-work"), "Logs at the address"));
    const std::string page = body("police@scarborough.example", at);
    const auto link = page.find(at + "/information-requests/0");
    ASSERT_NE(link, std::string::npos);
    const std::string address = page.substr(link, at.size() + 22 + 36);
    EXPECT_EQ(send(officer, "POST", address, {{"state", "disclosed"}, {"reason", "Two logs"}}).status, 403);
    EXPECT_EQ(send("police@scarborough.example", "POST", address, {{"state", "disclosed"}, {"reason", "Two logs, 3 and 9 May"}}).status, 303);
    EXPECT_TRUE(says(body(officer, at), "Two logs, 3 and 9 May"));
    EXPECT_FALSE(says(body("police@scarborough.example", "/my-work"), "Asked for: Logs at the address"));
    for (const auto& table : ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check).tables)
        EXPECT_TRUE(table.equal) << table.table;
}

TEST_P(Pages, what_is_named_and_is_not_there_is_refused_with_the_field) {
    const std::string ref = accepted(), at = "/api/v1/cases/" + ref;
    const auto refused = [&](const std::string& who, const std::string& method, const std::string& path, const std::string& json, const char* field) {
        const auto told = api(who, method, path, json.c_str());
        EXPECT_EQ(status, 422) << json << to_text(told);
        EXPECT_EQ(told["errors"].items().empty() ? "" : told["errors"].items().front()["field"].as_string(), field) << json;
    };
    const std::string task = R"("title":"Ring the school","agency":"nyp","due":"+3")";
    refused(officer, "POST", at + "/tasks", "{" + task + R"(,"owner":"nobody@nowhere.example"})", "owner");
    refused(officer, "POST", at + "/tasks", "{" + task + R"(,"owner":"housing@partner.example"})", "owner");  // he works for another agency
    refused(officer, "POST", at + "/tasks", R"({"title":")" + std::string(201, 'x') + R"(","agency":"nyp","due":"+3"})", "title");
    refused(manager, "POST", at + "/assign", R"({"agency":"nyc_cs","email":"nobody@nowhere.example"})", "email");
    refused(manager, "POST", at + "/restriction",
            R"({"restriction":"restricted","reason":"A member of staff is a party","named":["ghost@nowhere.example"]})", "named");
    EXPECT_EQ(api(officer, "GET", at, "")["restriction"].as_string(), "normal");
    refused(officer, "POST", at + "/entries", R"({"kind":"contact","with":"dragon","outcome":"made","text":"Spoke to it"})", "with");
    refused(officer, "PATCH", at + "/forms/rara", R"({"risks":[]})", "risks");
    // A landlord is an organisation that is recorded: by its id, chosen from the list on the page, and given back by its id.
    const std::string about = R"({"case_type":"neighbour","tenure":"rp","behaviours":["b01"],"landlord":)";
    refused(officer, "PATCH", at + "/forms/about", about + "999999}", "landlord");
    const auto landlord = api(officer, "POST", "/api/v1/organisations", R"({"name":"Harbour Homes","kind":"landlord"})");
    const std::string id = landlord["id"].as_string();
    ASSERT_FALSE(id.empty()) << to_text(landlord);
    EXPECT_EQ(api(officer, "PATCH", at + "/forms/about", (about + "\"" + id + "\"}").c_str())["forms"]["about"]["landlord"].as_string(), id);
    EXPECT_TRUE(says(body(officer, "/cases/" + ref + "/forms/about"), "Harbour Homes"));
}

TEST_P(Pages, a_report_warns_of_what_happens_now_and_of_a_child_under_ten) {
    const auto told = api(officer, "POST", "/api/v1/referrals",
                          R"({"channel":"phone","source_agency":"public","consent_to_share":"yes","hub":"scarborough","behaviour_type":["b08"],)"
                          R"("narrative":"Two boys throw stones at the greenhouse","ongoing_now":true,"location":{"text":"Far Lane"},)"
                          R"("people":[{"role":"suspected","name":"Tim Small","date_of_birth":"2018-01-01"}]})");
    ASSERT_EQ(status, 201) << to_text(told);
    EXPECT_TRUE(says(to_text(told["warnings"]), "call 999"));
    EXPECT_TRUE(says(to_text(told["warnings"]), "safeguarding referral"));
}

TEST_P(Pages, an_action_is_asked_anew_and_says_beforehand_what_is_in_its_way) {
    const std::string ref = accepted(), at = "/cases/" + ref;
    EXPECT_TRUE(says(body(officer, at + "/actions/start_work"), "Try to reach the harmed person first"));
    EXPECT_TRUE(says(body(officer, at + "/actions/approve_closure"), "cannot be done at the stage"));
    EXPECT_FALSE(says(body(officer, at + "/actions/start_work"), "single point of contact")) << "asked only where the risk is high";
    api(officer, "POST", "/api/v1" + at + "/entries", R"({"kind":"contact","with":"victim","outcome":"made","text":"Spoke to her"})");
    api(officer, "PATCH", "/api/v1" + at + "/forms/victim_risk",
        R"({"q1":"2","q2":"yes","q3":"yes","q4":"sight","q5":"reputation","q7":"me","q8":"no","q9":"yes","q10":"3","q11":["mental"],"q12":"few","q13":["children"]})");
    ASSERT_EQ(status, 200);
    EXPECT_TRUE(says(body(officer, at + "/actions/start_work"), "single point of contact"));
    const auto thin = send(officer, "POST", at + "/actions/start_work", {{"summary", "Stop the shouting at night"}, {"next_review", "+14"}});
    EXPECT_EQ(thin.status, 422);
    EXPECT_TRUE(says(thin.body, "single point of contact"));
    const auto done = api(officer, "POST", "/api/v1" + at + "/actions/start_work",
                          R"({"summary":"Stop the shouting at night","next_review":"+14","single_contact":"manager@scarborough.example",)"
                          R"("safety":"A call every Monday and Friday, a door camera"})");
    ASSERT_EQ(status, 200) << to_text(done);
    EXPECT_EQ(done["forms"]["plan"]["single_contact"].as_string(), "manager@scarborough.example");
    EXPECT_TRUE(says(body(officer, at), "single point of contact"));
    EXPECT_TRUE(says(body(officer, at), "Helen Birkby"));
    api(officer, "POST", "/api/v1" + at + "/actions/start_work", R"({"single_contact":"nobody@nowhere.example"})");
    EXPECT_NE(status, 200);
}

TEST_P(Pages, a_pathway_that_the_program_never_saw_is_worked_through_page_and_api) {
    const std::string folder = std::string{CONCORD_SOURCE_DIR} + "/tests/pathways/allotment_dispute";
    const auto loaded = program->db->writing([&](store::Transaction& tx) {
        std::vector<engine::Problem> problems;
        return cases::load_pathway(tx, *program->ledger, {.at = program->clock.now()}, cases::read_folder(folder),
                                   cases::read_folder(program->data_folder + "/pathways/common"), problems);
    });
    ASSERT_TRUE(loaded) << loaded.error().sentence;
    const auto person = api(officer, "POST", "/api/v1/people", R"({"name":"Ada Example","postcode":"YO12 7QP"})");
    const std::string opening =
        R"({"pathway":"allotment_dispute","hub":"scarborough","title":"The hedge between plots 4 and 5","involvements":[{"subject":")" +
        person["id"].as_string() + R"(","role":"plot_holder"}]})";
    const auto opened = api(officer, "POST", "/api/v1/cases", opening.c_str());
    ASSERT_EQ(status, 201) << to_text(opened);
    const std::string ref = opened["reference"].as_string(), at = "/cases/" + ref;
    EXPECT_TRUE(ref.starts_with("AL-2026-"));
    const std::string page = body(officer, at);
    EXPECT_TRUE(says(page, "Being heard"));
    EXPECT_TRUE(says(page, "Answer the quarrel scale first."));
    // The group has a row, and one more after "Add another"; money is typed in pounds.
    EXPECT_TRUE(says(body(officer, at + "/actions/offer_mediation"), "losses[0].worth"));
    const web::Fields claim{{"what", "hedge"},
                            {"words", "He cut it down to the ground"},
                            {"losses[0].thing", "Hedge"},
                            {"losses[0].worth", "120.50"},
                            {"losses[0].proof", "receipt"}};
    web::Fields more = claim;
    more.emplace_back("add", "losses");
    const auto again = send(officer, "POST", at + "/forms/claim", more);
    EXPECT_TRUE(says(again.body, "losses[1].worth"));
    EXPECT_TRUE(says(again.body, "He cut it down to the ground"));
    const auto wrong =
        send(officer, "POST", at + "/forms/claim",
             {{"what", "hedge"}, {"words", "He cut it down to the ground"}, {"losses[0].thing", "Hedge"}, {"losses[0].worth", "a lot"}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_TRUE(says(wrong.body, "Give a number."));
    EXPECT_EQ(send(officer, "POST", at + "/forms/claim", claim).status, 303);
    const auto now = api(officer, "GET", "/api/v1/cases/" + ref, "");
    EXPECT_EQ(now["forms"]["claim"]["losses"].items().at(0)["worth"].as_integer(), 12050);
    EXPECT_EQ(now["pathway"].as_string(), "allotment_dispute");
    // A report cannot be accepted into it: it does not say that it takes any.
    EXPECT_EQ(send(officer, "POST", "/referrals/" + report() + "/triage",
                   {{"decision", "accept_new"}, {"pathway", "allotment_dispute"}, {"title", "A hedge"}})
                  .status,
              422);
}

}  // namespace
}  // namespace concord::app
