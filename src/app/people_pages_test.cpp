#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "app/testing.hpp"
#include "subjects/subjects.hpp"

/// People and organisations through their pages, without script: what a browser would send and what comes back.
namespace concord::app {
namespace {

using store::Engine;

class PeoplePages : public ::testing::TestWithParam<Engine>, protected Pilot {
protected:
    PeoplePages() : Pilot{GetParam()} {}
    const std::string officer = "officer@scarborough.example", housing = "housing@partner.example", york = "officer@york.example";

    web::Response send(const std::string& as, const std::string& method, const std::string& address, const web::Fields& fields = {},
                       const std::string& json = {}) {
        web::Request request = request_of(as, method, address, {{"accept", "text/html"}});
        request.body = json;
        request.form = fields;
        if (!json.empty()) request.headers.emplace_back("content-type", "application/json");
        return program->handler(request);
    }
    std::string body(const std::string& as, const std::string& address) { return send(as, "GET", address).body; }
    Json api(const std::string& as, const std::string& method, const std::string& path, const std::string& json = {}) {
        const auto response = send(as, method, path, {}, json);
        const auto parsed = parse_json(response.body);
        return parsed ? *parsed : Json{};
    }
    static std::string location(const web::Response& response) { return header_of(response, "location"); }
    static bool says(const std::string& page, std::string_view words) { return page.find(words) != std::string::npos; }
    std::string recorded(const std::string& json, const std::string& as = "officer@scarborough.example") {
        return api(as, "POST", "/api/v1/people", json)["id"].as_string();
    }
    std::string version(const std::string& id) { return std::to_string(api(officer, "GET", "/api/v1/people/" + id)["version"].as_integer()); }
    /// Sends a form of a person's list with the version that stands now.
    web::Response change(const std::string& id, const std::string& more, web::Fields fields) {
        fields.emplace_back("version", version(id));
        return send(officer, "POST", "/people/" + id + more, fields);
    }
    std::string item(const std::string& id, const char* part) {
        return api(officer, "GET", "/api/v1/people/" + id)[part].items().back()["id"].as_string();
    }
    /// A report by the API, and its reference.
    std::string reported(const std::string& people) {
        const Json told =
            api(officer, "POST", "/api/v1/referrals",
                R"({"channel":"phone","source_agency":"public","consent_to_share":"yes","hub":"scarborough","behaviour_type":["b01"],)"
                R"("narrative":"Shouting and banging at night, she is afraid to go out","incident_from":"2026-05-30","ongoing_now":false,)"
                R"("location":{"text":"14 Trafalgar Court","postcode":"YO12 7QP"},"people":)" +
                    people + "}");
        EXPECT_TRUE(told["reference"].is_string()) << to_text(told);
        return told["reference"].as_string();
    }
    /// Accepted into a new case, and its reference.
    std::string accepted(const std::string& report) {
        const auto response = send(officer, "POST", "/referrals/" + report + "/triage",
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
    std::string partner() {
        return program->db->reading([&](store::Reader& reader) {
            const auto user = access::user_by_email(reader, housing);
            return access::actor_of(reader, user->seq)->agency_code;
        });
    }
    static std::vector<std::string> hidden_values(const std::string& page, const std::string& name) {
        std::vector<std::string> all;
        const std::string before = "name=\"" + name + "\" value=\"";
        for (std::size_t at = page.find(before); at != std::string::npos; at = page.find(before, at + 1)) {
            const std::size_t from = at + before.size();
            all.push_back(page.substr(from, page.find('"', from) - from));
        }
        return all;
    }
    const char* const katie =
        R"({"given_name":"Katie","family_name":"Example","date_of_birth":"1987-11-03","postcode":"YO12 7QP","address":"14 Trafalgar Court","phone":"07700 900321"})";
    const web::Fields same_again{{"given_name", "Katie"}, {"family_name", "Example"}, {"date_of_birth", "3/11/1987"}, {"postcode", "YO12 7QP"}};

private:
};
INSTANTIATE_TEST_SUITE_P(Both, PeoplePages, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(PeoplePages, nobody_is_recorded_before_the_search_and_a_strong_match_is_settled_first) {
    const std::string id = recorded(katie);
    auto fields = same_again;
    fields.emplace_back("do", "new");
    const auto refused = send(officer, "POST", "/people/new", fields);
    EXPECT_EQ(refused.status, 422);
    EXPECT_TRUE(says(refused.body, "say why it is not the same"));
    EXPECT_TRUE(says(refused.body, "value=\"use:" + id));
    EXPECT_TRUE(says(refused.body, "Date of birth is the same"));
    EXPECT_TRUE(says(refused.body, "value=\"Katie\"")) << "what was typed is kept";

    fields = same_again;
    fields.emplace_back("do", "use:" + id);
    EXPECT_EQ(location(send(officer, "POST", "/people/new", fields)), "/people/" + id);
    // Whom the other hub may not know is offered there to nobody, and cannot be used.
    EXPECT_EQ(send(york, "POST", "/people/new", fields).status, 404);
    EXPECT_FALSE(says(send(york, "POST", "/people/new", same_again).body, id));
}

TEST_P(PeoplePages, not_the_same_needs_a_reason_and_teaches_the_matcher_until_it_is_taken_back) {
    const std::string id = recorded(katie);
    auto fields = same_again;
    fields.emplace_back("do", "not:" + id);
    const auto without = send(officer, "POST", "/people/new", fields);
    EXPECT_EQ(without.status, 422);
    EXPECT_TRUE(says(without.body, "Say why it is not them"));
    fields.emplace_back("why_" + id, "Her cousin of the same name");
    const auto said = send(officer, "POST", "/people/new", fields);
    EXPECT_EQ(said.status, 200);
    EXPECT_FALSE(says(said.body, "value=\"use:" + id)) << "not offered again";
    EXPECT_TRUE(says(said.body, "Her cousin of the same name"));

    fields = same_again;
    for (const auto& [name, value] : web::Fields{{"do", "new"}, {"not", id}, {"not_why", "Her cousin of the same name"}})
        fields.emplace_back(name, value);
    const std::string made = location(send(officer, "POST", "/people/new", fields));
    ASSERT_TRUE(made.starts_with("/people/")) << made;
    const std::string cousin = made.substr(8, made.find('?') - 8);
    EXPECT_TRUE(says(body(officer, made), "Recorded."));
    EXPECT_EQ(api(officer, "GET", "/api/v1/people/" + cousin + "/candidates")["candidates"].items().size(), 0U);
    EXPECT_FALSE(says(body(officer, "/people/" + id), "Perhaps the same person"));
    EXPECT_TRUE(says(body(officer, "/people/" + id), "Said not to be the same"));

    EXPECT_EQ(send(officer, "POST", "/people/" + id + "/distinct", {{"other", cousin}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/people/" + cousin), "Perhaps the same person"));
}

TEST_P(PeoplePages, items_of_a_person_are_added_corrected_ended_and_taken_away) {
    const std::string id = recorded(katie);
    EXPECT_EQ(send(officer, "GET", "/people/" + id + "/contact-points/new").status, 200);
    const auto wrong = change(id, "/contact-points/new", {{"kind", "phone"}, {"value", "12"}, {"label", "her sister's"}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_TRUE(says(wrong.body, "Give a phone number, like 07700 900321."));
    EXPECT_TRUE(says(wrong.body, "her sister&#39;s")) << "nothing typed is lost";
    EXPECT_EQ(change(id, "/contact-points/new", {{"kind", "phone"}, {"value", "07700 900555"}, {"label", "her sister's"}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/people/" + id), "07700 900555"));

    const std::string point = item(id, "contact_points");
    const auto no_times = change(id, "/contact-rules/new", {{"rule", "only_between"}, {"point", point}});
    EXPECT_TRUE(says(no_times.body, "Give the earliest time, like 9:00."));
    EXPECT_EQ(change(id, "/contact-rules/new",
                     {{"rule", "only_between"}, {"point", point}, {"from_time", "9:00"}, {"to_time", "16:00"}, {"words", "He is home then"}})
                  .status,
              303);
    EXPECT_EQ(change(id, "/contact-rules/new", {{"rule", "no_message"}, {"point", point}}).status, 303);
    // 10:00 in London: it may be used, until 16:00, without leaving a message.
    std::string page = body(officer, "/people/" + id);
    EXPECT_TRUE(says(page, "Safe to ring now, only between 09:00 and 16:00"));
    EXPECT_TRUE(says(page, "Never leave a message"));
    program->clock.stand_at(parse_instant("2026-06-01T15:30:00Z").value());
    page = body(officer, "/people/" + id);
    EXPECT_TRUE(says(page, "Do not ring now: only between 09:00 and 16:00"));
    EXPECT_TRUE(says(page, "He is home then"));

    EXPECT_EQ(change(id, "/addresses/new", {{"kind", "temporary"}, {"text", "2 Candler Street"}, {"from", "1/5/2026"}}).status, 303);
    const std::string address = item(id, "addresses");
    EXPECT_TRUE(says(body(officer, "/people/" + id + "/addresses/" + address), "value=\"1/5/2026\""));
    EXPECT_TRUE(says(
        change(id, "/addresses/" + address, {{"kind", "temporary"}, {"text", "2 Candler Street"}, {"from", "1/5/2026"}, {"until", "1/4/2026"}}).body,
        "The end lies before the beginning."));
    EXPECT_EQ(change(id, "/addresses/" + address, {{"do", "end"}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/people/" + id), "1 May 2026 to 1 June 2026"));
    EXPECT_TRUE(says(change(id, "/addresses/" + address, {{"do", "remove"}}).body, "Say why it was wrong"));
    EXPECT_EQ(change(id, "/addresses/" + address, {{"do", "remove"}, {"why", "Somebody else's address"}}).status, 303);
    EXPECT_FALSE(says(body(officer, "/people/" + id), "1 May 2026 to 1 June 2026"));

    EXPECT_EQ(change(id, "/names/new", {{"kind", "known_as"}, {"given_name", "Kit"}, {"family_name", "Example"}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/people/" + id), "Kit Example"));
    EXPECT_TRUE(says(change(id, "/identifiers/new", {{"kind", "nhs"}, {"value", "123"}}).body, "govuk-error-message"));
}

TEST_P(PeoplePages, a_form_that_somebody_overtook_shows_what_they_did_and_keeps_what_was_typed) {
    const std::string id = recorded(katie);
    const std::string old = version(id), name = item(id, "names");
    EXPECT_EQ(change(id, "/names/" + name, {{"given_name", "Kate"}, {"family_name", "Example"}}).status, 303);
    const auto late =
        send(officer, "POST", "/people/" + id + "/names/" + name, {{"given_name", "Catherine"}, {"family_name", "Example"}, {"version", old}});
    EXPECT_EQ(late.status, 412);
    EXPECT_TRUE(says(late.body, "Changed while you had it open"));
    EXPECT_TRUE(says(late.body, "Held now: Kate"));
    EXPECT_TRUE(says(late.body, "value=\"Catherine\""));
    EXPECT_FALSE(says(body(officer, "/people/" + id), "Catherine"));
    // A form that names no version changes nothing.
    EXPECT_EQ(send(officer, "POST", "/people/" + id + "/names/" + name, {{"given_name", "Catherine"}, {"family_name", "Example"}}).status, 412);
}

TEST_P(PeoplePages, what_was_typed_and_never_sent_comes_back_until_the_form_is_sent) {
    const std::string id = recorded(katie), name = item(id, "names");
    const std::string made =
        location(send(officer, "POST", "/organisations/new", {{"name", "Coast Homes"}, {"kind", "landlord"}, {"address", "1 Dean Road"}}));
    const std::string coast = made.substr(0, made.find('?'));
    EXPECT_EQ(send(officer, "POST", coast + "/members/new", {{"person", id}, {"role", "resident"}, {"version", "1"}}).status, 303);
    const auto members = api(officer, "GET", "/api/v1" + coast)["members"].items();
    ASSERT_EQ(members.size(), 1u);
    const auto keeps = [&](const std::string& at, const std::string& fields) {
        EXPECT_TRUE(says(body(officer, at), "data-draft=\"" + at + "\"")) << at;
        EXPECT_EQ(send(officer, "POST", "/drafts", {{"key", at}, {"fields", fields}}).status, 204) << at;
        EXPECT_TRUE(says(body(officer, at), "Half of a")) << at;
        EXPECT_TRUE(says(body(officer, at), "Begin without it")) << at;
        EXPECT_FALSE(says(body(officer, at + "?draft=no"), "Half of a")) << at;
        EXPECT_FALSE(says(body(housing, at), "Half of a")) << at;
    };
    keeps("/people/new", R"({"family_name":["Half of a name"]})");
    keeps("/people/" + id + "/edit", R"({"given_name":["Half of a name"],"family_name":["Example"]})");
    keeps("/people/" + id + "/names/new", R"({"kind":["known_as"],"given_name":["Half of a name"]})");
    keeps("/people/" + id + "/names/" + name, R"({"given_name":["Half of a name"],"family_name":["Example"]})");
    keeps("/people/" + id + "/contact-points/new", R"({"kind":["phone"],"value":["Half of a number"]})");
    keeps("/people/" + id + "/contact-rules/new", R"({"rule":["no_message"],"words":["Half of a sentence"]})");
    keeps("/people/" + id + "/addresses/new", R"({"kind":["home"],"text":["Half of a street"]})");
    keeps("/people/" + id + "/identifiers/new", R"({"value":["Half of a number"]})");
    keeps("/people/" + id + "/relationships/new", R"({"kind":["neighbour_of"],"words":["Half of a sentence"]})");
    keeps("/organisations/new", R"({"name":["Half of a name"]})");
    keeps(coast + "/edit", R"({"name":["Half of a name"],"kind":["landlord"]})");
    keeps(coast + "/members/new", R"({"role":["resident"],"words":["Half of a sentence"]})");
    keeps(coast + "/members/" + members.front()["id"].as_string(), R"({"role":["resident"],"words":["Half of a sentence"]})");

    // Sent, it is gone.
    const auto ends = [&](const std::string& at, web::Fields fields) {
        EXPECT_EQ(send(officer, "POST", at, fields).status, 303) << at;
        EXPECT_FALSE(says(body(officer, at), "Half of a")) << at;
    };
    ends("/people/new", {{"do", "new"}, {"given_name", "Zilpah"}, {"family_name", "Quorn"}});
    ends("/people/" + id + "/edit", {{"given_name", "Katie"}, {"family_name", "Examples"}, {"version", version(id)}});
    ends("/people/" + id + "/names/new", {{"kind", "known_as"}, {"given_name", "Kat"}, {"version", version(id)}});
    ends("/people/" + id + "/names/" + name, {{"given_name", "Kate"}, {"family_name", "Example"}, {"version", version(id)}});
    ends("/organisations/new", {{"name", "Dales Homes"}, {"kind", "landlord"}});
    ends(coast + "/edit", {{"name", "Coast Living"}, {"kind", "landlord"}, {"version", "2"}});
    ends(coast + "/members/new", {{"person", id}, {"role", "manager"}, {"version", "3"}});
}

TEST_P(PeoplePages, a_draft_that_others_overtook_overwrites_nothing) {
    const std::string id = recorded(katie), at = "/people/" + id + "/edit", old = version(id);
    EXPECT_EQ(change(id, "/edit", {{"given_name", "Catherine"}, {"family_name", "Example"}}).status, 303);
    send(officer, "POST", "/drafts", {{"key", at}, {"fields", R"({"version":[")" + old + R"("],"given_name":["Kate"],"family_name":["Example"]})"}});
    const std::string page = body(officer, at);
    EXPECT_TRUE(says(page, "value=\"Kate\""));
    ASSERT_EQ(hidden_values(page, "version"), std::vector<std::string>{old});
    const auto late = send(officer, "POST", at, {{"given_name", "Kate"}, {"family_name", "Example"}, {"version", old}});
    EXPECT_EQ(late.status, 412);
    EXPECT_TRUE(says(late.body, "Held now: Catherine"));
}

TEST_P(PeoplePages, a_relationship_is_to_somebody_who_is_found_and_whom_the_reader_may_know) {
    const std::string id = recorded(katie), son = recorded(R"({"given_name":"Leo","family_name":"Example","date_of_birth":"2015-02-01"})");
    const std::string hidden = recorded(R"({"given_name":"Leonora","family_name":"Example"})", york);
    const auto found = change(id, "/relationships/new", {{"do", "find"}, {"find", "leo example"}, {"kind", "parent_of"}});
    EXPECT_EQ(found.status, 200);
    EXPECT_TRUE(says(found.body, "value=\"" + son));
    EXPECT_FALSE(says(found.body, hidden));
    EXPECT_TRUE(says(change(id, "/relationships/new", {{"kind", "parent_of"}}).body, "Choose the other person"));
    EXPECT_TRUE(says(change(id, "/relationships/new", {{"kind", "parent_of"}, {"other", hidden}}).body, "Choose the other person"));
    EXPECT_EQ(change(id, "/relationships/new", {{"kind", "parent_of"}, {"other", son}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/people/" + son), "Child of them"));
    const std::string relationship = item(id, "relationships");
    EXPECT_EQ(send(officer, "GET", "/people/" + id + "/relationships/" + relationship).status, 200);
    EXPECT_EQ(send(officer, "GET", "/people/" + son + "/relationships/" + relationship).status, 404) << "it is changed where it was recorded";
    EXPECT_EQ(send(york, "GET", "/people/" + id + "/relationships/new").status, 404);
}

TEST_P(PeoplePages, organisations_are_looked_for_recorded_corrected_and_given_people) {
    EXPECT_TRUE(says(body(officer, "/organisations"), "No organisation is recorded yet."));
    const web::Fields coast{
        {"name", "Coast Homes"}, {"kind", "landlord"}, {"phone", "01723 496000"}, {"address", "1 Dean Road"}, {"postcode", "YO12 7QP"}};
    const std::string made = location(send(officer, "POST", "/organisations/new", coast));
    ASSERT_TRUE(made.starts_with("/organisations/")) << made;
    const std::string at = made.substr(0, made.find('?'));
    EXPECT_TRUE(says(body(officer, at), "01723 496000"));

    const auto again =
        send(housing, "POST", "/organisations/new", {{"name", "Coast Homes Limited"}, {"kind", "landlord"}, {"phone", "01723 496000"}});
    EXPECT_EQ(again.status, 200);
    EXPECT_TRUE(says(again.body, "Phone is the same"));
    EXPECT_TRUE(says(again.body, "Use this one"));
    EXPECT_TRUE(says(again.body, "value=\"Coast Homes Limited\""));
    const std::string id = at.substr(15);
    EXPECT_EQ(
        send(housing, "POST", "/organisations/new", {{"name", "Coast Homes Limited"}, {"kind", "landlord"}, {"seen", id}, {"do", "new"}}).status,
        303);
    EXPECT_TRUE(says(send(officer, "POST", "/organisations/new", {{"name", ""}}).body, "Give the organisation&#39;s name."));
    EXPECT_TRUE(says(body(officer, "/organisations?q=coast"), "2 organisations"));

    const std::string person = recorded(katie);
    const auto adding = send(officer, "POST", at + "/members/new", {{"do", "find"}, {"find", "example"}});
    EXPECT_TRUE(says(adding.body, "value=\"" + person));
    EXPECT_EQ(send(officer, "POST", at + "/members/new", {{"person", person}, {"role", "resident"}, {"version", "1"}}).status, 303);
    EXPECT_EQ(send(officer, "POST", at + "/members/new", {{"person", person}, {"role", "manager"}, {"version", "1"}}).status, 412);
    EXPECT_TRUE(says(body(officer, at), "Lives there"));
    EXPECT_FALSE(says(body(york, at), "Katie Example")) << "who belongs to it is known only with the person";
    EXPECT_TRUE(says(body(officer, "/people/" + person), "Coast Homes"));
    EXPECT_EQ(send(officer, "POST", at + "/edit", {{"name", "Coast Homes"}, {"kind", "landlord"}, {"phone", "nonsense"}, {"version", "2"}}).status,
              422);
    const auto stale = send(officer, "POST", at + "/edit", {{"name", "Coast Living"}, {"kind", "landlord"}, {"version", "1"}});
    EXPECT_EQ(stale.status, 412);
    EXPECT_TRUE(says(stale.body, "Held now: Coast Homes"));
    EXPECT_EQ(send(officer, "POST", at + "/edit", {{"name", "Coast Living"}, {"kind", "landlord"}, {"version", "2"}}).status, 303);
    EXPECT_TRUE(says(body(officer, at), "Coast Living"));
}

TEST_P(PeoplePages, case_and_referral_say_beside_the_number_what_must_be_minded) {
    const std::string id = recorded(katie);
    const std::string point = item(id, "contact_points");
    EXPECT_EQ(change(id, "/contact-rules/new", {{"rule", "only_between"}, {"point", point}, {"from_time", "9:00"}, {"to_time", "16:00"}}).status,
              303);
    EXPECT_EQ(change(id, "/contact-rules/new", {{"rule", "no_message"}, {"point", point}}).status, 303);
    const std::string report = reported(R"([{"role":"victim","person":")" + id + R"(","given_name":"Katie","family_name":"Example"}])");
    const std::string reference = accepted(report);
    program->clock.stand_at(parse_instant("2026-06-01T15:30:00Z").value());
    for (const std::string& address : {"/referrals/" + report, "/cases/" + reference}) {
        const std::string page = body(officer, address);
        EXPECT_TRUE(says(page, "07700 900321")) << address;
        EXPECT_TRUE(says(page, "Do not ring now: only between 09:00 and 16:00")) << address;
        EXPECT_TRUE(says(page, "Never leave a message")) << address;
    }
}

TEST_P(PeoplePages, a_suspected_child_under_ten_is_marked_and_never_becomes_a_perpetrator) {
    const std::string child = recorded(R"({"given_name":"Sam","family_name":"Small","date_of_birth":"2017"})");
    const std::string reference =
        accepted(reported(R"([{"role":"victim","given_name":"Katie","family_name":"Example"},{"role":"suspected","person":")" + child +
                          R"(","given_name":"Sam","family_name":"Small"}])"));
    const auto part = [&] {
        const Json held = api(officer, "GET", "/api/v1/cases/" + reference);
        for (const auto& one : held["involvements"].items())
            if (one["subject"].as_string() == child) return one;
        return Json{};
    };
    EXPECT_TRUE(part()["under_10"].as_bool()) << "born in 2017 does not decide it, so the child counts as under ten";
    EXPECT_TRUE(says(body(officer, "/cases/" + reference), "Think of a safeguarding referral."));
    EXPECT_TRUE(says(body(officer, "/cases/" + reference), "S.S.")) << "children stand in lists by their initials";
    const auto refused =
        send(officer, "POST", "/cases/" + reference + "/involvements/" + part()["id"].as_string(), {{"role", "perpetrator"}, {"reason", "admitted"}});
    EXPECT_EQ(refused.status, 403);
    EXPECT_TRUE(says(refused.body, "Consider a safeguarding referral."));
    // The birthday is corrected: the case knows at once.
    EXPECT_EQ(send(officer, "POST", "/people/" + child + "/edit",
                   {{"given_name", "Sam"}, {"family_name", "Small"}, {"date_of_birth", "1/6/2016"}, {"version", version(child)}})
                  .status,
              303);
    EXPECT_FALSE(part()["under_10"].as_bool());
    EXPECT_FALSE(says(body(officer, "/cases/" + reference), "Think of a safeguarding referral."));
}

TEST_P(PeoplePages, a_birthday_corrected_later_makes_the_case_speak_of_safeguarding) {
    const std::string child = recorded(R"({"given_name":"Sam","family_name":"Small","date_of_birth":"1996-06-01"})");
    const std::string report = reported(R"([{"role":"victim","given_name":"Katie","family_name":"Example"},{"role":"suspected","person":")" + child +
                                        R"(","given_name":"Sam","family_name":"Small"}])");
    EXPECT_FALSE(says(body(officer, "/referrals/" + report), "Think of a safeguarding referral."));
    const std::string reference = accepted(report), at = "/cases/" + reference;
    std::string part;
    for (const auto& one : api(officer, "GET", "/api/v1" + at)["involvements"].items())
        if (one["subject"].as_string() == child) part = one["id"].as_string();
    ASSERT_EQ(send(officer, "POST", at + "/involvements/" + part, {{"role", "perpetrator"}, {"reason", "admitted"}}).status, 303);
    ASSERT_EQ(send(officer, "POST", "/people/" + child + "/edit",
                   {{"given_name", "Sam"}, {"family_name", "Small"}, {"date_of_birth", "1/6/2017"}, {"version", version(child)}})
                  .status,
              303);
    EXPECT_TRUE(says(body(officer, at), "A child under 10 stands here as perpetrator."));
    EXPECT_TRUE(says(body(officer, at), "Think of a safeguarding referral."));
    EXPECT_TRUE(says(body(officer, "/referrals/" + report), "A child under 10 stands here as suspected."));
    // Somebody else of this birthday turns out to be the one who stands on the case.
    const std::string twice = recorded(R"({"given_name":"Kit","family_name":"Tall","date_of_birth":"1996-06-01"})");
    const std::string other = accepted(reported(R"([{"role":"suspected","person":")" + twice + R"(","given_name":"Kit","family_name":"Tall"}])"));
    EXPECT_FALSE(says(body(officer, "/cases/" + other), "Think of a safeguarding referral."));
    ASSERT_EQ(send(officer, "POST", "/people/" + twice + "/merge", {{"with", child}, {"why", "One boy under two names"}}).status, 303);
    EXPECT_TRUE(says(body(officer, "/cases/" + other), "A child under 10 stands here as suspected."));
}

TEST_P(PeoplePages, not_the_same_said_while_taking_a_report_is_kept_and_can_be_taken_back) {
    const std::string id = recorded(katie);
    const std::string report = reported(
        R"([{"role":"victim","given_name":"Katie","family_name":"Example","date_of_birth":"1987-11-03","postcode":"YO12 7QP","not_the_same_as":[")" +
        id + R"("],"new_reason":"Her cousin of the same name"}])");
    const auto other = api(officer, "GET", "/api/v1/people/" + id + "/distinct")["items"].items();
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(api(officer, "GET", "/api/v1/people/" + id + "/candidates")["candidates"].items().size(), 0U);
    EXPECT_EQ(send(officer, "POST", "/people/" + id + "/distinct", {{"other", other.front()["id"].as_string()}}).status, 303);
    EXPECT_EQ(api(officer, "GET", "/api/v1/people/" + id + "/candidates")["candidates"].items().size(), 1U);
}

TEST_P(PeoplePages, a_raised_flag_is_news_until_it_is_marked_as_read_and_again_when_it_grows) {
    const std::string id = recorded(katie);
    const std::string people = R"([{"role":"victim","person":")" + id + R"(","given_name":"Katie","family_name":"Example"}])";
    (void)reported(people);
    EXPECT_FALSE(says(body(officer, "/my-work"), "Repeat victim")) << "one incident is no repeat";
    const std::string reference = accepted(reported(people));
    std::string page = body(officer, "/my-work");
    EXPECT_TRUE(says(page, "Repeat victim"));
    EXPECT_TRUE(says(page, "Katie Example"));
    EXPECT_FALSE(says(body(york, "/my-work"), "Katie Example"));
    const Json flags = api(officer, "GET", "/api/v1/cases/" + reference)["flags"];
    ASSERT_GE(flags.items().size(), 1U);
    EXPECT_EQ(flags.items().front()["subject"]["id"].as_string(), id);
    const auto alerts = hidden_values(page, "alert");
    ASSERT_FALSE(alerts.empty());
    web::Fields fields{{"back", "/my-work"}};
    for (const auto& one : alerts) fields.emplace_back("alert", one);
    EXPECT_EQ(location(send(officer, "POST", "/alerts/seen", fields)), "/my-work");
    EXPECT_FALSE(says(body(officer, "/my-work"), "Repeat victim"));
    EXPECT_TRUE(says(body(officer, "/alerts"), "that you marked as read"));
    (void)reported(people);
    EXPECT_TRUE(says(body(officer, "/my-work"), "Repeat victim"));
}

TEST_P(PeoplePages, the_header_of_every_page_counts_the_alerts_that_are_not_read) {
    const auto header = [&](const std::string& who, const std::string& address) {
        const std::string page = body(who, address), from = page.substr(page.find("data-cc=\"me\""));
        return from.substr(0, from.find("</div>"));
    };
    const std::string id = recorded(katie);
    const std::string people = R"([{"role":"victim","person":")" + id + R"(","given_name":"Katie","family_name":"Example"}])";
    (void)reported(people);
    (void)reported(people);
    program->clock.stand_at(Instant{program->clock.now().micros + 6 * 60 * 1'000'000LL});
    // Katie alone: two reports make a repeat victim, and no repeat location yet.
    EXPECT_TRUE(says(header(officer, "/cases"), "(</span>1<span class=\"govuk-visually-hidden\"> new)")) << header(officer, "/cases");
    EXPECT_FALSE(says(header(york, "/cases"), "data-cc=\"count\"")) << "what he may not read is not counted";
    EXPECT_FALSE(says(header("admin@nycsp.example", "/admin"), "Alerts")) << "whoever may not open the page is not led to it";
    web::Fields fields;
    for (const auto& one : hidden_values(body(officer, "/alerts"), "alert")) fields.emplace_back("alert", one);
    (void)send(officer, "POST", "/alerts/seen", fields);
    EXPECT_FALSE(says(header(officer, "/cases"), "data-cc=\"count\""));
    EXPECT_TRUE(says(header(officer, "/cases"), "Alerts"));
}

TEST_P(PeoplePages, links_and_map_of_a_case_show_what_the_reader_may_see_and_nothing_else) {
    const std::string id = recorded(katie), sister = recorded(R"({"given_name":"Ruth","family_name":"Apart"})");
    EXPECT_EQ(change(id, "/relationships/new", {{"kind", "sibling_of"}, {"other", sister}}).status, 303);
    const std::string people = R"([{"role":"victim","person":")" + id + R"(","given_name":"Katie","family_name":"Example"}])";
    const std::string first = accepted(reported(people)), second = accepted(reported(people));
    const std::string page = body(officer, "/cases/" + first);
    EXPECT_TRUE(says(page, "Who and what hangs together on this case"));
    EXPECT_TRUE(says(page, "Ruth Apart"));
    EXPECT_TRUE(says(page, "/cases/" + second));
    EXPECT_TRUE(says(page, "Also in this case, open"));
    EXPECT_TRUE(says(page, "Map of the case"));
    EXPECT_TRUE(says(page, "Where it happened"));
    EXPECT_TRUE(says(page, "Crimes that police recorded by street in the 12 months to April 2025, of which 1 was imported: the larger, the more"));
    EXPECT_TRUE(says(page, "On or near "));
    EXPECT_TRUE(says(page, "data.police.uk"));
    // A partner who is given a task in the first case reads that one; of the second there is no trace, nor of the sister.
    EXPECT_EQ(send(officer, "POST", "/api/v1/cases/" + first + "/tasks", {},
                   R"({"title":"Fit a door brace","agency":")" + partner() + R"(","due":"2026-06-20"})")
                  .status,
              201);
    const std::string theirs = body(housing, "/cases/" + first);
    EXPECT_TRUE(says(theirs, "Who and what hangs together on this case"));
    EXPECT_FALSE(says(theirs, second));
    EXPECT_FALSE(says(theirs, "Ruth Apart"));
    EXPECT_TRUE(says(theirs, "0 other cases"));
}

}  // namespace
}  // namespace concord::app
