#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>

#include "app/program.hpp"
#include "base/text.hpp"
#include "store/testing.hpp"
#include "subjects/subjects.hpp"

/// Rights tried by the thousand: random user, action and thing against a second account of the rules, written plainly here and from the folded
/// records alone, never from the tables that `access` keeps. Then every list, count, search and candidate of every user against the same account.
namespace concord::app {
namespace {

using access::Seq;
using store::Engine;

struct User {
    Seq seq = 0, agency = 0;
    std::string email;
    std::vector<std::string> roles;
    std::vector<Seq> hubs;
    bool disabled = false;
    bool is(std::string_view role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }
    bool in(Seq hub) const { return std::find(hubs.begin(), hubs.end(), hub) != hubs.end(); }
    bool in_team() const { return is("hub_officer") || is("supervisor") || is("police_sgt") || is("hub_manager") || is("enforcement_officer"); }
    bool does_casework() const { return in_team() || is("partner_user"); }
};
struct Record {
    Seq seq = 0;
    std::string kind, reference, id;
    Json state;   // of a case; of a referral the state of the case that it led to
    Seq hub = 0;  // of a referral
    bool open = true;
    std::set<Seq> involved;
    std::string text;
};
struct Somebody {
    Seq seq = 0, first_agency = 0;
    std::string id;
    bool alone = false;  // on no record
};

// ---- The rules, said again

/// Why the user reads the record: the rule's names; empty where he does not.
std::set<std::string> why_reads(const User& user, const Record& record, Date today) {
    std::set<std::string> why;
    if (user.disabled) return why;
    const Json& s = record.state;
    const bool narrow = s["restriction"].as_string() == "restricted" || s["restriction"].as_string() == "locked";
    if (record.kind == "referral" && !narrow) {  // the report of a restricted case is read by those who read the case
        if (user.in_team() && user.in(record.hub)) why.insert("hub_team");
        return why;
    }
    if (s["lead_user"].as_integer() == user.seq) why.insert("lead_officer");
    for (const auto& group : s["audience"].items()) {
        const std::string &kind = group["kind"].as_string(), &key = group["key"].as_string();
        if (group["until"].is_string() && parse_date(group["until"].as_string()).value() < today) continue;
        bool mine = kind == "user" && key == std::to_string(user.seq);
        if (!narrow) {
            mine = mine || (kind == "agency" && user.does_casework() && key == std::to_string(user.agency));
            mine = mine || (kind == "role" && key == "analyst" && user.is("analyst"));
            for (const Seq hub : user.hubs) {
                mine = mine || (kind == "hub" && user.in_team() && key == std::to_string(hub));
                mine = mine || (kind == "agency_in_hub" && user.does_casework() && key == fmt::format("{}:{}", user.agency, hub));
            }
        }
        if (mine) why.insert(group["because"].as_string());
    }
    if (narrow || !user.does_casework()) return why;
    for (const auto& task : s["tasks"].items())
        if (task["agency"].as_integer() == user.agency && task["state"].as_string() != "cancelled" && task["state"].as_string() != "declined")
            why.insert("task");
    for (const auto& asked : s["requests"].items())
        if (asked["holder"].as_integer() == user.agency && asked["state"].as_string() != "draft" && asked["state"].as_string() != "withdrawn")
            why.insert("information_request");
    return why;
}

bool may_do(const User& user, const std::string& action, const Record& record, Date today) {
    const auto why = why_reads(user, record, today);
    if (why.empty()) return false;
    // Those who belong to the record's own team work it; whoever was let in from elsewhere reads and adds; an analyst reads.
    const bool own = why.contains("hub_team") || why.contains("lead_agency_in_hub") || why.contains("lead_officer") || why.contains("named");
    const bool reads_only = why == std::set<std::string>{"analysts"};
    const bool officer = user.is("hub_officer") || user.is("supervisor") || user.is("police_sgt") || user.is("hub_manager");
    if (action == "read") return true;
    if (action == "comment" || action == "act") return !reads_only;
    if (action == "change" || action == "export") return own && (officer || user.is("enforcement_officer"));
    if (action == "triage" || action == "assign") return own && officer;
    if (action == "lock") return user.is("ig_lead") || (own && user.is("hub_manager"));
    return false;
}

class World : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<Program> program = [this] {
        auto made = make_program(empty.url(), false);
        made->clock.stand_at(parse_instant("2026-06-01T09:00:00Z").value());
        const auto done = init(*made, "north-yorkshire", false, 1);
        EXPECT_TRUE(done) << (done ? "" : done.error().sentence);
        return made;
    }();
    ~World() override {
        program.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }
    std::mt19937 random{20261125};
    template <class List>
    const auto& pick(const List& list) {
        return list[random() % std::size(list)];
    }
    bool chance(int percent) { return static_cast<int>(random() % 100) < percent; }

    std::vector<User> users;
    std::vector<Record> records;
    std::vector<Somebody> people;
    std::vector<Seq> places;
    std::vector<access::Named> agencies, hubs;
    std::map<std::string, std::string> tokens;

    struct Told {
        int status = 0;
        Json json;
    };
    Told ask(const User& as, const std::string& method, const std::string& path, const Json& body = {}, const std::string& if_match = "*") {
        if (!tokens.contains(as.email)) tokens[as.email] = access::create_token(*program->db, as.seq, true, 36500, Instant{0});
        web::Request request{.method = method,
                             .path = path,
                             .target = path,
                             .headers = {{"authorization", "Bearer " + tokens[as.email]}, {"if-match", if_match}},
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
        const auto response = program->handler(request);
        const auto json = parse_json(response.body);
        EXPECT_LT(response.status, 500) << method << " " << path << " " << response.body;
        return {response.status, json ? *json : Json{}};
    }

    // ---- A world in which everything happens

    void add_user(std::vector<std::string> roles, std::vector<Seq> in_hubs, Seq agency) {
        const std::string email = fmt::format("user{}@rights.example", users.size());
        const auto made = program->db->writing([&](store::Transaction& tx) {
            return access::create_user(tx, *program->ledger, {.at = program->clock.now()},
                                       {.email = email, .name = "Invented Person", .agency = agency, .roles = roles, .hubs = in_hubs}, "");
        });
        ASSERT_TRUE(made) << made.error().sentence;
        users.push_back({.seq = *made, .agency = agency, .email = email, .roles = std::move(roles), .hubs = std::move(in_hubs)});
    }
    void make_users() {
        program->db->write([&](store::Transaction& tx) {
            agencies = access::agencies(tx);
            for (int i = 0; i < 45; ++i)
                EXPECT_TRUE(
                    access::create_hub(tx, *program->ledger, {.at = program->clock.now()}, fmt::format("far{}", i), fmt::format("Far hub {}", i)));
            hubs = access::hubs(tx);
            return true;
        });
        const auto hub = [&](std::string_view code) {
            return std::find_if(hubs.begin(), hubs.end(), [&](const auto& h) { return h.code == code; })->seq;
        };
        home = {hub("scarborough"), hub("york"), hub("selby")};
        agencies.resize(6);
        for (const Seq each : home)
            for (int i = 0; i < 2; ++i) add_user({"hub_officer"}, {each}, agencies[static_cast<std::size_t>(i)].seq);
        for (const char* role :
             {"supervisor", "police_sgt", "hub_manager", "enforcement_officer", "partner_user", "analyst", "ig_lead", "admin", "chair", "referrer"})
            add_user({role}, chance(70) ? std::vector<Seq>{pick(home)} : std::vector<Seq>{}, pick(agencies).seq);
        static const std::vector<std::string> all_roles{"referrer", "partner_user",        "hub_officer", "supervisor", "police_sgt",  "hub_manager",
                                                        "chair",    "enforcement_officer", "analyst",     "ig_lead",    "coordinator", "admin"};
        for (int i = 0; i < 12; ++i) {
            std::set<std::string> roles{pick(all_roles)};
            if (chance(40)) roles.insert(pick(all_roles));
            std::set<Seq> in;
            for (int n = static_cast<int>(random() % 3); n > 0; --n) in.insert(pick(home));
            add_user({roles.begin(), roles.end()}, {in.begin(), in.end()}, pick(agencies).seq);
        }
        // Somebody with more groups than any statement binds at once: every hub there is.
        std::vector<Seq> everywhere;
        for (const auto& each : hubs) everywhere.push_back(each.seq);
        add_user({"hub_manager"}, everywhere, agencies[0].seq);
        add_user({"hub_officer"}, {home[0]}, agencies[0].seq);
        (void)program->db->writing(
            [&](store::Transaction& tx) { return access::disable_user(tx, *program->ledger, {.at = program->clock.now()}, users.back().seq); });
        users.back().disabled = true;
    }

    Json report(const User& by, int i) {
        const Json someone = Json::object({{"role", "victim"},
                                           {"given_name", fmt::format("Given{}", i)},
                                           {"family_name", fmt::format("Family{}", i)},
                                           {"date_of_birth", fmt::format("19{:02}-0{}-1{}", 40 + i % 50, 1 + i % 9, i % 9)}});
        const auto told = ask(by, "POST", "/api/v1/referrals",
                              Json::object({{"channel", "phone"},
                                            {"source_agency", "public"},
                                            {"consent_to_share", "yes"},
                                            {"behaviour_type", Json::array({"b01"})},
                                            {"narrative", fmt::format("Shouting in the street for weeks, report number {}", i)},
                                            {"hub", code_of(by.hubs.front())},
                                            {"location", Json::object({{"text", "Somewhere"}})},
                                            {"people", Json::array({someone})}}));
        EXPECT_EQ(told.status, 201) << to_text(told.json);
        return told.json;
    }
    std::string code_of(Seq hub) {
        return std::find_if(hubs.begin(), hubs.end(), [&](const auto& h) { return h.seq == hub; })->code;
    }
    void say(Seq stream, const std::string& kind, Json envelope) {
        envelope.set("summary", "Said by the test");
        (void)program->db->writing([&](store::Transaction& tx) {
            return program->ledger->append(tx, {.at = program->clock.now()}, stream, {}, {ledger::NewEvent{kind, std::move(envelope)}});
        });
    }
    Json state_of(Seq stream) {
        return program->db->reading([&](store::Reader& reader) {
            return *parse_json(reader.select_one("t", "select body from case_state where stream = :s", {{"s", stream}})->text(0));
        });
    }

    void one_case(int i) {
        static const std::vector<std::string> words{"barking", "bonfire", "graffiti", "moped", "window"};
        const User& officer = users[random() % 6];
        const Json referral = report(officer, i);
        if (i % 5 == 4) return;
        const auto triaged = ask(officer, "POST", "/api/v1/referrals/" + referral["id"].as_string() + "/triage",
                                 Json::object({{"decision", "accept_new"},
                                               {"title", fmt::format("{} number {}", pick(words), i)},
                                               {"lead", officer.email},
                                               {"matches", Json::array({Json::object({{"for", 0}, {"person", "new"}})})},
                                               {"thrive", Json::object({{"threat", "low"},
                                                                        {"harm", "moderate"},
                                                                        {"risk", "likely"},
                                                                        {"investigation", "visit"},
                                                                        {"vulnerability", "no"},
                                                                        {"grade", "standard"}})}}));
        ASSERT_EQ(triaged.status, 200) << to_text(triaged.json);
        const std::string at = "/api/v1/cases/" + triaged.json["case"].as_string();
        const Seq stream = program->db->reading([&](store::Reader& reader) { return *cases::find_case(reader, triaged.json["case"].as_string()); });
        ask(officer, "POST", at + "/entries", Json::object({{"kind", "note"}, {"text", fmt::format("{} and {} again", pick(words), pick(words))}}));
        const auto code = [&] { return pick(agencies).code; };
        for (int n = static_cast<int>(random() % 3); n > 0; --n) {
            const auto task = ask(officer, "POST", at + "/tasks", Json::object({{"title", "Visit them"}, {"agency", code()}, {"due", "+9"}}));
            ASSERT_EQ(task.status, 201) << to_text(task.json);
            if (chance(40))
                ask(officer, "POST", "/api/v1/tasks/" + task.json["task"].as_string() + (chance(50) ? "/cancel" : "/decline"),
                    Json::object({{"reason", "Not theirs"}}));
        }
        if (chance(40)) {
            const auto asked = ask(officer, "POST", at + "/information-requests",
                                   Json::object({{"holder", code()},
                                                 {"purpose", "prevent_crime_disorder"},
                                                 {"gateway", "consent"},
                                                 {"asked_for", "Calls in the last year"},
                                                 {"necessity", "Without it the risk to the family cannot be judged"}}));
            ASSERT_EQ(asked.status, 201) << to_text(asked.json);
            if (chance(40)) {
                const auto withdrawn = ask(officer, "POST", at + "/information-requests/" + asked.json["id"].as_string() + "/withdrawn",
                                           Json::object({{"words", "Not needed any more"}}));
                (void)withdrawn;
            }
        }
        // Invitations that end about today.
        if (chance(60)) {
            Json audience = state_of(stream)["audience"];
            for (int n = 1 + static_cast<int>(random() % 3); n > 0; --n) {
                const bool agency = chance(50);
                Json one = Json::object({{"kind", agency ? "agency" : "user"},
                                         {"key", std::to_string(agency ? pick(agencies).seq : pick(users).seq)},
                                         {"because", "invited"}});
                if (chance(85)) one.set("until", to_iso(program->clock.today() + static_cast<int>(random() % 5) - 2));
                audience.push(one);
            }
            say(stream, "cases.invited", Json::object({{"audience", audience}}));
        }
        if (chance(25)) {
            Json audience = state_of(stream)["audience"];
            for (int n = static_cast<int>(random() % 3); n > 0; --n)
                audience.push(Json::object({{"kind", "user"}, {"key", std::to_string(pick(users).seq)}, {"because", "named"}}));
            say(stream, "cases.restricted", Json::object({{"restriction", chance(50) ? "restricted" : "locked"}, {"audience", audience}}));
            if (chance(30)) say(stream, "cases.restricted", Json::object({{"restriction", "normal"}}));
        }
        if (chance(30)) say(stream, "cases.assigned", Json::object({{"lead_agency", pick(agencies).seq}, {"lead_user", pick(users).seq}}));
        if (chance(20)) say(stream, "cases.acted", Json::object({{"action", "close"}, {"stage", "closed"}, {"closes", true}}));
    }

    void learn() {
        program->db->read([&](store::Reader& reader) {
            for (const auto& row : reader.select("ittt",
                                                 "select r.stream, r.reference, s.id, c.body from case_record r join stream s on s.seq = r.stream "
                                                 "join case_state c on c.stream = r.stream")) {
                Record one{.seq = row.integer(0),
                           .kind = "case",
                           .reference = row.text(1),
                           .id = row.text(2),
                           .state = *parse_json(row.text(3)),
                           .involved = {},
                           .text = {}};
                one.open = one.state["open"].as_bool();
                for (const auto& part : one.state["involvements"].items())
                    if (!part.has("ended")) one.involved.insert(part["subject"].as_integer());
                for (const auto& event : program->ledger->read(reader, one.seq, {}))
                    one.text += " | " + event.payload["text"].as_string() + " " + event.payload["title"].as_string();
                records.push_back(std::move(one));
            }
            for (const auto& row :
                 reader.select("ittit",
                               "select r.stream, r.reference, s.id, r.hub, coalesce(c.body, '{}') from referral r join stream s on s.seq = r.stream "
                               "left join case_state c on c.stream = r.case_stream")) {
                Record one{.seq = row.integer(0),
                           .kind = "referral",
                           .reference = row.text(1),
                           .id = row.text(2),
                           .state = *parse_json(row.text(4)),
                           .hub = row.integer(3),
                           .involved = {},
                           .text = {}};
                for (const auto& event : program->ledger->read(reader, one.seq, {}))
                    for (const auto& person : event.envelope["people"].items()) one.involved.insert(person["subject"].as_integer());
                records.push_back(std::move(one));
            }
            for (const auto& row : reader.select("it", "select seq, id from stream where kind = 'person'")) {
                const auto first = program->ledger->read(reader, row.integer(0), {}).front();
                const auto& names = first.payload["names"].items();
                const bool alone = !names.empty() && names.front()["given_name"].as_string().starts_with("Alone");
                people.push_back({row.integer(0), first.agency, row.text(1), alone});
            }
            for (const auto& row : reader.select("i", "select seq from stream where kind = 'place'")) places.push_back(row.integer(0));
        });
    }
    bool knows(const User& user, Seq person, Date today) {
        if (user.disabled) return false;
        for (const auto& one : people)
            if (one.seq == person && user.does_casework() && one.first_agency == user.agency) return true;
        return std::any_of(records.begin(), records.end(),
                           [&](const Record& record) { return record.involved.contains(person) && !why_reads(user, record, today).empty(); });
    }

    void make_world() {
        make_users();
        for (int i = 0; i < 90; ++i) one_case(i);
        for (int i = 0; i < 12; ++i)
            ask(users[random() % 6], "POST", "/api/v1/people",
                Json::object({{"given_name", fmt::format("Alone{}", i)}, {"family_name", "Person"}, {"date_of_birth", "1970-01-01"}}));
        (void)program->db->writing([&](store::Transaction& tx) {
            return subjects::find_or_create_place(tx, *program->ledger, {.user = users[0].seq, .agency = users[0].agency, .at = program->clock.now()},
                                                  {.text = "The harbour"});
        });
        learn();
    }
    std::vector<Seq> home;
};
INSTANTIATE_TEST_SUITE_P(Both, World, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(World, rights_tried_by_the_thousand_agree_with_the_rules_said_again) {
    make_world();
    ASSERT_GT(records.size(), 120U);
    ASSERT_GT(people.size(), 90U);
    const Date today = program->clock.today();
    std::map<Seq, access::Actor> actors;
    program->db->read([&](store::Reader& reader) {
        for (const auto& user : users) {
            const auto actor = access::actor_of(reader, user.seq);
            EXPECT_EQ(actor.has_value(), !user.disabled);
            if (actor) actors[user.seq] = *actor;
        }
    });
    std::size_t most = 0;
    for (const auto& [seq, actor] : actors) most = std::max(most, actor.principals.size());
    EXPECT_GT(most, 64U);

    // ---- may(): 20,000 questions
    static const std::vector<std::string> actions{"read",   "read",   "read",   "comment", "act",    "change",
                                                  "export", "triage", "assign", "lock",    "create", "fly"};
    int yes = 0, wrong = 0, asked = 0;
    const auto check = [&](bool told, bool expected, const std::string& what) {
        ++asked;
        yes += expected ? 1 : 0;
        if (told == expected) return;
        if (++wrong <= 10) ADD_FAILURE() << what << ": may() says " << told << ", the rules say " << expected;
    };
    program->db->read([&](store::Reader& reader) {
        while (asked < 20000) {
            const User& user = pick(users);
            if (user.disabled) continue;
            access::Actor actor = actors[user.seq];
            actor.may_write = !chance(10);
            const std::string& action = pick(actions);
            const Date day = today + static_cast<int>(random() % 7) - 3;
            const auto allowed = [&](const access::Thing& thing) { return access::may(reader, actor, action, thing, day).allowed; };
            const bool can = actor.may_write || action == "read";
            const std::string who = fmt::format("{} ({}), {}", user.email, join(user.roles, " "), action);
            const int what = static_cast<int>(random() % 10);
            if (what < 6) {
                const Record& record = pick(records);
                if (action == "create") {
                    const Seq hub = pick(home);
                    const bool opens =
                        (user.is("hub_officer") || user.is("supervisor") || user.is("police_sgt") || user.is("hub_manager")) && user.in(hub);
                    check(allowed({.kind = "case", .hub = hub}), can && opens, who);
                    check(allowed({.kind = "referral"}), can, who);
                } else {
                    static const std::vector<std::string> held{"", "entry", "document"};
                    const std::string& on = pick(held);
                    check(allowed({.kind = on.empty() ? record.kind : on, .seq = record.seq}), can && may_do(user, action, record, day),
                          fmt::format("{} {} {} on {}", who, record.kind, record.reference, to_iso(day)));
                }
            } else if (what < 8) {
                const Somebody& person = pick(people);
                const bool known = knows(user, person.seq, day);
                check(allowed({.kind = "person", .seq = person.seq}), can && known && (action == "read" || user.does_casework()), who + " person");
            } else if (what == 8) {
                const Seq place = chance(70) ? pick(places) : pick(people).seq;
                const bool there = std::find(places.begin(), places.end(), place) != places.end();
                check(allowed({.kind = "place", .seq = place}), can && there && (action == "read" || user.does_casework()), who + " place");
            } else {
                check(allowed({.kind = "users"}), can && (action == "read" || user.is("admin")), who + " users");
                check(
                    allowed({.kind = "case", .seq = -1}),
                    action == "create" && can && (user.is("hub_officer") || user.is("supervisor") || user.is("police_sgt") || user.is("hub_manager")),
                    who + " nothing");
            }
        }
    });
    EXPECT_EQ(wrong, 0) << "of " << asked;
    EXPECT_GT(yes, 2000);

    // ---- Predicates, pages and counts
    for (const auto& user : users) {
        if (user.disabled) continue;
        const access::Actor& actor = actors[user.seq];
        for (int offset = -2; offset <= 2; ++offset) {
            const Date day = today + offset;
            std::map<std::string, std::set<Seq>> expected;
            std::set<Seq> open_ones, known;
            for (const auto& record : records)
                if (!why_reads(user, record, day).empty()) {
                    expected[record.kind].insert(record.seq);
                    if (record.kind == "case" && record.open) open_ones.insert(record.seq);
                }
            for (const auto& person : people)
                if (knows(user, person.seq, day)) known.insert(person.seq);
            program->db->read([&](store::Reader& reader) {
                const auto found = [&](std::string_view table,
                                       std::string (*predicate)(const access::Actor&, std::string_view, Date, store::Binds&)) {
                    store::Binds binds;
                    const std::string where = predicate(actor, "x.stream", day, binds);
                    std::set<Seq> all;
                    for (const auto& row : reader.select("i", fmt::format("select x.stream from {} x where {}", table, where), binds))
                        all.insert(row.integer(0));
                    return all;
                };
                EXPECT_EQ(found("case_record", access::readable_sql), expected["case"]) << user.email << " " << to_iso(day);
                EXPECT_EQ(found("referral", access::readable_sql), expected["referral"]) << user.email;
                EXPECT_EQ(found("person", access::known_sql), known) << user.email;
                for (const std::string kind : {"case", "referral"}) {
                    const auto all = access::all_readable(reader, actor, kind, day);
                    EXPECT_EQ(std::set<Seq>(all.begin(), all.end()), expected[kind]);
                    EXPECT_EQ(access::count_readable(reader, actor, kind, access::PageAsk::Which::all, day),
                              static_cast<std::int64_t>(expected[kind].size()));
                }
                EXPECT_EQ(access::count_readable(reader, actor, "case", access::PageAsk::Which::open, day),
                          static_cast<std::int64_t>(open_ones.size()));
                for (const auto order : {access::PageAsk::Order::next_due, access::PageAsk::Order::opened_at_newest}) {
                    const bool newest = order == access::PageAsk::Order::opened_at_newest;
                    access::PageAsk ask{.order = order,
                                        .which = newest ? access::PageAsk::Which::all : access::PageAsk::Which::open,
                                        .after_key = newest ? INT64_MAX : INT64_MIN,
                                        .limit = 7};
                    std::vector<std::pair<std::int64_t, Seq>> walked;
                    for (bool more = true; more;) {
                        const auto rows = access::readable_page(reader, actor, ask, day);
                        EXPECT_LE(rows.size(), ask.limit);
                        for (const auto& row : rows) walked.emplace_back(row.key, row.record);
                        more = rows.size() == ask.limit;
                        if (!rows.empty()) std::tie(ask.after_key, ask.after_seq) = std::pair{rows.back().key, rows.back().record};
                    }
                    EXPECT_TRUE(newest ? std::is_sorted(walked.rbegin(), walked.rend()) : std::is_sorted(walked.begin(), walked.end()));
                    std::set<Seq> seen;
                    for (const auto& [key, record] : walked) EXPECT_TRUE(seen.insert(record).second) << "twice in one walk";
                    EXPECT_EQ(seen, newest ? expected["case"] : open_ones) << user.email << " " << to_iso(day);
                }
            });
        }
    }

    // ---- The routes, as the user himself
    for (const auto& user : users) {
        if (user.disabled) {
            EXPECT_EQ(ask(user, "GET", "/api/v1/cases").status, 401);
            continue;
        }
        std::set<std::string> all, open_ones, bonfire, known;
        for (const auto& record : records) {
            if (record.kind != "case" || why_reads(user, record, today).empty()) continue;
            all.insert(record.reference);
            if (record.open) open_ones.insert(record.reference);
            if (record.text.find("bonfire") != std::string::npos) bonfire.insert(record.reference);
        }
        const auto walk = [&](const std::string& path, std::string_view part) {
            std::set<std::string> seen;
            std::string after;
            for (int page = 0; page < 100; ++page) {
                const auto told = ask(user, "GET", path + (after.empty() ? "" : "&after=" + after));
                const Json& list = part.empty() ? told.json : told.json[part];
                for (const auto& item : list["items"].items()) EXPECT_TRUE(seen.insert(item["reference"].as_string()).second) << path;
                after = list["next"].as_string();
                if (after.empty()) {
                    EXPECT_EQ(list["total"].as_integer(), static_cast<std::int64_t>(seen.size())) << path << " " << user.email;
                    break;
                }
            }
            return seen;
        };
        EXPECT_EQ(walk("/api/v1/cases?limit=9", ""), open_ones) << user.email;
        EXPECT_EQ(walk("/api/v1/cases?limit=9&state=all", ""), all) << user.email;
        EXPECT_EQ(walk("/api/v1/cases?limit=9&state=all&sort=opened_at", ""), all) << user.email;
        EXPECT_EQ(walk("/api/v1/search?q=bonfire&in=cases&limit=5", "cases"), bonfire) << user.email;
        std::set<std::string> reports;
        for (const auto& record : records)
            if (record.kind == "referral" && !why_reads(user, record, today).empty()) reports.insert(record.reference);
        EXPECT_EQ(walk("/api/v1/referrals?limit=20", ""), reports) << user.email;
        for (const auto& person : people)
            if (knows(user, person.seq, today)) known.insert(person.id);
        const auto people_found = ask(user, "GET", "/api/v1/search?q=alone*&in=people");
        std::size_t alone = 0;
        for (const auto& item : people_found.json["people"]["items"].items()) EXPECT_TRUE(known.contains(item["id"].as_string())) << user.email;
        for (const auto& person : people) alone += person.alone && known.contains(person.id) ? 1 : 0;
        EXPECT_EQ(people_found.json["people"]["items"].items().size(), alone) << user.email;
        for (int n = 0; n < 12; ++n) {
            const Somebody& person = pick(people);
            EXPECT_EQ(ask(user, "GET", "/api/v1/people/" + person.id).status, known.contains(person.id) ? 200 : 404);
            const auto held = program->db->reading([&](store::Reader& reader) { return *subjects::person(reader, person.seq); });
            const auto told = ask(user, "POST", "/api/v1/people/match",
                                  Json::object({{"given_name", held.details.given_name},
                                                {"family_name", held.details.family_name},
                                                {"date_of_birth", to_iso(*held.details.date_of_birth)}}));
            bool itself = false;
            for (const auto& candidate : told.json["candidates"].items()) {
                EXPECT_TRUE(known.contains(candidate["person"]["id"].as_string())) << user.email << ": a candidate from a hidden record";
                itself = itself || candidate["person"]["id"].as_string() == person.id;
            }
            const bool asks = user.does_casework() || user.is("analyst");
            EXPECT_EQ(told.status, asks ? 200 : 403);
            EXPECT_EQ(itself, asks && known.contains(person.id)) << user.email << " " << held.name();
            const Record& record = pick(records);
            const bool readable = !why_reads(user, record, today).empty();
            EXPECT_EQ(ask(user, "GET", (record.kind == "case" ? "/api/v1/cases/" + record.reference : "/api/v1/referrals/" + record.id)).status,
                      readable ? 200 : 404)
                << user.email << " " << record.reference;
        }
        for (const char* view : {"mine", "team"}) {
            const auto work = ask(user, "GET", fmt::format("/api/v1/my-work?view={}", view));
            for (const auto& item : work.json["cases"]["items"].items()) EXPECT_TRUE(open_ones.contains(item["reference"].as_string()));
            for (const auto& item : work.json["tasks"]["items"].items()) EXPECT_TRUE(all.contains(item["case"].as_string()));
        }
    }
    const auto rebuilt = ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check);
    for (const auto& table : rebuilt.tables) EXPECT_TRUE(table.equal) << table.table;
}

}  // namespace
}  // namespace concord::app
