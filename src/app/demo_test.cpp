#include "app/demo.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/testing.hpp"

namespace concord::app {
namespace {

using store::Engine;

const Date today = parse_date("2026-06-01").value();
const std::string folder = std::string{CONCORD_SOURCE_DIR} + "/partnerships/north-yorkshire";

std::vector<Json> lines_of(const std::string& text) {
    std::vector<Json> all;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) all.push_back(parse_json(line).value());
    return all;
}
void each_person(const std::vector<Json>& lines, const std::function<void(const Json&)>& look) {
    for (const auto& line : lines)
        for (const auto& person : line["body"]["people"].items()) look(person);
}

TEST(Demonstration, one_seed_and_day_give_the_same_bytes_and_another_seed_others) {
    const WorkingCalendar calendar;
    const std::string first = demo::lines(folder, calendar, today, 1, DemoSize::small);
    EXPECT_EQ(first, demo::lines(folder, calendar, today, 1, DemoSize::small));
    EXPECT_NE(first, demo::lines(folder, calendar, today, 2, DemoSize::small));
}

TEST(Demonstration, nobody_in_it_can_be_reached_and_everybody_is_marked_as_invented) {
    const auto lines = lines_of(demo::lines(folder, {}, today, 1, DemoSize::full));
    int people = 0;
    each_person(lines, [&](const Json& person) {
        const std::string phone = person["phone"].as_string(), email = person["email"].as_string();
        const bool kept_for_fiction = phone.empty() || phone.starts_with("07700 900") || phone.starts_with("01632 960") ||
                                      phone.starts_with("0113 4960") || phone.starts_with("0114 4960") || phone.starts_with("0191 4980");
        EXPECT_TRUE(kept_for_fiction) << phone;
        EXPECT_TRUE(email.empty() || email.ends_with(".example")) << email;
        EXPECT_NE(person["contact_note"].as_string().find("Invented"), std::string::npos);
        people += person.has("person") ? 0 : 1;
    });
    EXPECT_GT(people, 1900);
    EXPECT_LT(people, 2300);
}

TEST(Demonstration, it_has_happened_before_today_in_order_and_its_slots_are_filled) {
    Instant last{};
    int accepted = 0;
    for (const auto& line : lines_of(demo::lines(folder, {}, today, 1, DemoSize::full))) {
        const Instant at = parse_instant(line["at"].as_string()).value();
        EXPECT_LE(last, at);
        EXPECT_LT(at, london_midnight(today) + std::chrono::minutes{30});
        last = at;
        accepted += line["body"]["decision"].as_string() == "accept_new" ? 1 : 0;
        for (const char* field : {"text", "narrative", "title", "result"}) {
            const std::string& text = line["body"][field].as_string();
            EXPECT_EQ(text.find('{'), std::string::npos) << text;
            EXPECT_EQ(text.find("the person responsible"),
                      text.find(" the person responsible") == std::string::npos ? std::string::npos : text.find(" the person responsible") + 1)
                << text;
        }
    }
    EXPECT_GT(accepted, 380);
}

TEST(Demonstration, everything_that_a_hub_does_is_in_it) {
    std::set<std::string> said;
    for (const auto& line : lines_of(demo::lines(folder, {}, today, 1, DemoSize::full))) {
        const Json& body = line["body"];
        for (const char* field : {"decision", "because", "code", "outcome", "rule", "answer"}) said.insert(body[field].as_string());
        const std::string& path = line["path"].as_string();
        said.insert(path.substr(path.rfind('/') + 1));
    }
    for (const char* decision : {"accept_new", "accept_link", "redirect", "duplicate", "more_info", "answered", "tried", "no_response", "no_action",
                                 "emergency", "police_acknowledged", "look_again", "acknowledge"})
        EXPECT_EQ(said.count(decision), 1U) << decision;
    for (const char* because : {"not_asb", "civil_matter", "out_of_area", "insufficient", "malicious"}) EXPECT_EQ(said.count(because), 1U) << because;
    for (int code = 1; code <= 17; ++code) EXPECT_EQ(said.count(fmt::format("c{:02}", code)), 1U) << code;
    for (const char* outcome : {"held", "returned", "no_reply"}) EXPECT_EQ(said.count(outcome), 1U) << outcome;
    for (const char* done :
         {"monitor", "resume",      "propose_closure", "approve_closure", "return_to_work", "follow_up",     "reopen",        "transfer",
          "merge",   "restriction", "documents",       "organisations",   "members",        "relationships", "contact-rules", "refused",
          "part",    "no_trace",    "disclosed",       "decline",         "verify",         "offer_transfer"})
        EXPECT_EQ(said.count(done), 1U) << done;
}

TEST(Demonstration, the_small_one_has_what_pages_need_to_be_seen_with_content) {
    std::set<std::string> said, offered_to;
    for (const auto& line : lines_of(demo::lines(folder, {}, today, 1, DemoSize::small))) {
        const std::string& path = line["path"].as_string();
        said.insert(path.substr(path.rfind('/') + 1));
        if (path.ends_with("/offer_transfer")) offered_to.insert(line["body"]["to_hub"].as_string());
    }
    EXPECT_EQ(offered_to, (std::set<std::string>{"scarborough", "york"}));
    for (const char* done : {"propose_closure", "approve_closure", "follow_up", "reopen", "transfer", "merge", "restriction", "documents",
                             "organisations", "members", "contact-rules"})
        EXPECT_EQ(said.count(done), 1U) << done;
}

/// The small one, played on either engine.
class PlayedDemonstration : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<Program> program = make_program(empty.url(), false);
    ~PlayedDemonstration() override {
        program.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }
    std::int64_t count(const std::string& sql) {
        return program->db->reading([&](store::Reader& reader) { return reader.count(sql); });
    }
};
INSTANTIATE_TEST_SUITE_P(Both, PlayedDemonstration, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(PlayedDemonstration, every_line_is_taken_and_the_ledger_verifies_and_rebuilds_equal) {
    const Instant now = parse_instant("2026-06-01T09:00:00Z").value();
    program->clock.stand_at(now);
    const auto done = init(*program, "north-yorkshire", true, 1, DemoSize::small);
    ASSERT_TRUE(done) << done.error().sentence;
    EXPECT_GT(done->lines, 1000);
    for (const auto& line : done->refused) ADD_FAILURE() << line;
    EXPECT_EQ(program->clock.now(), now) << "the clock is put back";
    EXPECT_FALSE(ledger::verify(*program->db).first_bad);
    const auto rebuilt = ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check);
    EXPECT_GT(rebuilt.events, 900);
    for (const auto& table : rebuilt.tables) EXPECT_TRUE(table.equal) << table.table;
    EXPECT_GE(count("select count(distinct stage) from case_record"), 4);
    EXPECT_GE(count("select count(distinct hub) from case_record"), 8);
    EXPECT_GE(count("select count(distinct state) from referral"), 4);
    EXPECT_GT(count("select count(*) from task where state in ('proposed', 'assigned', 'accepted')"), 0);
}

}  // namespace
}  // namespace concord::app
