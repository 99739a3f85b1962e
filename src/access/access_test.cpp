#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/asking.hpp"
#include "access/directory.hpp"
#include "access/sessions.hpp"
#include "store/testing.hpp"

namespace concord::access {
namespace {

using store::Engine;
using web::Request;
using web::Response;

/// Access alone: one agency, one hub, an officer, and routes that are planted for the test. The handler is the real one.
class Door : public ::testing::TestWithParam<Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = [this] {
        auto opened = empty.open();
        auto all = ledger::migrations();
        for (auto& migration : migrations()) all.push_back(std::move(migration));
        opened->migrate(all);
        return opened;
    }();
    std::unique_ptr<ledger::Ledger> ledger = [] {
        auto made = ledger::make_ledger();
        register_projections(*made);
        return made;
    }();
    std::unique_ptr<ReadLog> reads = open_read_log(*db, empty.url() + ".reads");
    MovedClock clock{parse_instant("2026-06-01T09:00:00Z").value(), MovedClock::Runs::still};
    Routes routes;
    Services services = [this] {
        Services made{*db, *ledger, *reads, clock};
        made.page = [](const Request&, const Context*, int status, std::string_view title, const web::Html& body) {
            return web::html(fmt::format("<title>{}</title>{}", title, body.markup()), status);
        };
        made.find_thing = [](store::Reader& reader, std::string_view named) -> std::optional<Thing> {
            const auto row = reader.select_one("it", "select seq, kind from stream where id = :id", {{"id", named}});
            if (!row) return {};
            return Thing{.kind = row->text(1), .seq = row->integer(0)};
        };
        made.metrics = make_metrics();
        return made;
    }();
    Seq agency = 0, hub = 0, officer = 0, partner = 0;
    std::map<Seq, std::string> tokens;

    void SetUp() override {
        const std::string hash = hash_password("a long password");
        const auto made = db->writing([&](store::Transaction& tx) -> Result<Done> {
            const ledger::Author author{.at = clock.now()};
            agency = *create_agency(tx, *ledger, author, "council", "The council", "la_cs");
            hub = *create_hub(tx, *ledger, author, "coast", "Coast");
            officer = *create_user(tx, *ledger, author,
                                   {.email = "officer@example.org", .name = "Ola Officer", .agency = agency, .roles = {"hub_officer"}, .hubs = {hub}},
                                   hash);
            partner = *create_user(tx, *ledger, author, {.email = "partner@example.org", .name = "Pat Partner", .agency = agency, .roles = {"chair"}},
                                   hash);
            return Done{};
        });
        ASSERT_TRUE(made);
        add_routes(routes, services);
    }
    void TearDown() override {
        reads.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }

    /// A record of the hub's team, as a feature's derivation would leave it.
    std::pair<Seq, std::string> record(const std::string& restriction = "normal", std::vector<Audience> audience = {}) {
        if (audience.empty()) audience.push_back({"hub", std::to_string(hub), {}, "hub_team"});
        std::pair<Seq, std::string> made;
        db->write([&](store::Transaction& tx) {
            made.second = new_id_();
            made.first = ledger->create(tx, "case", made.second);
            set_visibility(tx, made.first, "case", audience, {.restriction = restriction});
            return true;
        });
        return made;
    }
    static std::string new_id_() {
        static int n = 0;
        return fmt::format("01900000-0000-7000-8000-{:012}", ++n);
    }

    std::string token_of(Seq user) {
        if (tokens.count(user) == 0) tokens[user] = create_token(*db, user, true, 10, clock.now());
        return tokens[user];
    }
    static std::string header_of(const Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return {};
    }
    Response send(Request request) {
        if (!handler_) handler_ = make_handler(routes, services);
        if (request.target.empty()) request.target = request.path;
        request.reference = "test";
        return handler_(request);
    }
    Response by_token(Seq user, const std::string& method, const std::string& path, web::Fields query = {}, web::Fields headers = {},
                      const std::string& body = {}) {
        headers.emplace_back("authorization", "Bearer " + token_of(user));
        return send({.method = method, .path = path, .query = std::move(query), .headers = std::move(headers), .body = body, .from_loopback = true});
    }

    /// Somebody at a browser: keeps the cookie, knows the form's token.
    struct Browser {
        std::string cookie, csrf;
    };
    Response browse(Browser& who, const std::string& method, const std::string& path, web::Fields form = {}, web::Fields headers = {},
                    bool tls = false, const std::string& from = "127.0.0.1", web::Fields query = {}) {
        if (!who.cookie.empty()) headers.emplace_back("cookie", who.cookie);
        headers.emplace_back("host", "concord.example");
        if (method == "POST" && !who.csrf.empty()) form.emplace_back("csrf", who.csrf);
        auto response = send({.method = method,
                              .path = path,
                              .query = std::move(query),
                              .headers = std::move(headers),
                              .form = std::move(form),
                              .remote_address = from,
                              .from_loopback = from == "127.0.0.1",
                              .over_tls = tls});
        if (const std::string set = header_of(response, "set-cookie"); !set.empty()) who.cookie = set.substr(0, set.find(';'));
        if (const auto at = response.body.find("name=\"csrf\" value=\""); at != std::string::npos) {
            const auto start = at + 19;
            who.csrf = response.body.substr(start, response.body.find('"', start) - start);
        }
        return response;
    }
    Browser signed_in(const std::string& email = "officer@example.org") {
        Browser who;
        browse(who, "GET", "/sign-in");
        const auto response = browse(who, "POST", "/sign-in", {{"email", email}, {"password", "a long password"}});
        EXPECT_EQ(response.status, 303) << response.body;
        return who;
    }
    void csrf_of_session(Browser& who) {
        who.csrf = db->reading([&](store::Reader& reader) {
            return reader.select_one("t", "select csrf from session where user_seq <> 0 order by made_at desc")->text(0);
        });
    }

    web::Handler handler_;
};
INSTANTIATE_TEST_SUITE_P(Both, Door, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

// ---- Asking comes before writing and before showing

TEST_P(Door, a_planted_write_that_forgot_to_ask_is_not_committed) {
    routes.post("/api/v1/planted", "Forgets to ask", "test", [](const Request&, Context& context) {
        context.db.write([&](store::Transaction& tx) {
            tx.execute("insert into preference (user_seq, theme, density) values (77, 'dark', 'compact')");
            return true;
        });
        return web::text("written", 201);
    });
    routes.post("/api/v1/planted-after", "Asks when it is too late", "test", [](const Request&, Context& context) {
        (void)context.db.writing([&](store::Transaction& tx) -> Result<Done> {
            tx.execute("insert into preference (user_seq, theme, density) values (78, 'dark', 'compact')");
            return Done{};
        });
        context.db.read([&](store::Reader& reader) { (void)context.may(reader, "read", {.kind = "users"}); });
        return web::text("written", 201);
    });
    routes.post("/api/v1/honest", "Asks", "test", [](const Request&, Context& context) {
        context.db.write([&](store::Transaction& tx) {
            if (!context.demand(tx, "read", {.kind = "users"})) return false;
            tx.execute("insert into preference (user_seq, theme, density) values (79, 'dark', 'compact')");
            return true;
        });
        return web::text("written", 201);
    });
    const auto written = [&](int user) {
        return db->reading([&](store::Reader& reader) {
            return reader.count("select count(*) from preference where user_seq = :user", {{"user", user}});
        });
    };
    for (const char* path : {"/api/v1/planted", "/api/v1/planted-after"}) {
        const auto told = by_token(officer, "POST", path);
        EXPECT_EQ(told.status, 500) << path;
        EXPECT_EQ(told.body.find("written"), std::string::npos);
    }
    EXPECT_EQ(written(77) + written(78), 0);
    EXPECT_EQ(by_token(officer, "POST", "/api/v1/honest").status, 201);
    EXPECT_EQ(written(79), 1);
}

TEST_P(Door, a_planted_page_that_forgot_to_ask_shows_nothing) {
    routes.get("/planted", "Forgets to ask", "test", [](const Request&, Context&) { return web::text("secret"); });
    routes.get("/planted-refusal", "Forgets to ask, and says something in its refusal", "test", [](const Request& request, Context&) {
        Response response = web::problem(Refusal{Because::invalid, "x", "y"}, request.reference);
        Json body = *parse_json(response.body);
        body.set("current", "secret");
        response.body = to_text(body);
        return response;
    });
    routes.get("/planted-bad-input", "Refuses what was sent before it looks at anything", "test", [](const Request& request, Context&) {
        return web::problem(Refusal{Because::invalid, "x", "This is no number."}, request.reference);
    });
    for (const char* path : {"/planted", "/planted-refusal"}) {
        const auto told = by_token(officer, "GET", path);
        EXPECT_EQ(told.status, 500) << path;
        EXPECT_EQ(told.body.find("secret"), std::string::npos);
    }
    EXPECT_EQ(by_token(officer, "GET", "/planted-bad-input").status, 422);
}

/// The mark is set by access and by nobody else.
TEST(Convention, no_room_says_by_hand_that_it_asked) {
    const std::filesystem::path source{CONCORD_SOURCE_DIR "/src"};
    int files = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator{source}) {
        if (file.path().extension() != ".cpp" && file.path().extension() != ".hpp") continue;
        if (file.path().parent_path().filename() == "access") continue;
        std::ifstream in{file.path()};
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        EXPECT_EQ(text.find("asked = true"), std::string::npos)
            << file.path() << ": ask access (may, demand, readable, known); the mark is set by it";
        ++files;
    }
    EXPECT_GT(files, 80);
}

// ---- What goes wrong

TEST_P(Door, a_broken_database_is_503_and_a_bug_500) {
    routes.get("/api/v1/gone", "The database is gone", "test",
               [](const Request&, Context&) -> Response { throw Failure{"disk full at /secret/path"}; });
    routes.get("/api/v1/bug", "A broken promise", "test", [](const Request&, Context&) -> Response { throw Bug{"secret thought"}; });
    routes.post("/api/v1/race", "Loses a race", "test", [](const Request&, Context& context) -> Response {
        context.db.write([&](store::Transaction& tx) {
            (void)context.may(tx, "read", {.kind = "users"});
            for (int i = 0; i < 2; ++i) tx.execute("insert into preference (user_seq, theme, density) values (5, 'dark', 'compact')");
            return true;
        });
        return web::text("written", 201);
    });
    const auto gone = by_token(officer, "GET", "/api/v1/gone"), bug = by_token(officer, "GET", "/api/v1/bug"),
               race = by_token(officer, "POST", "/api/v1/race");
    EXPECT_EQ(gone.status, 503);
    EXPECT_EQ(header_of(gone, "retry-after"), "5");
    EXPECT_EQ(bug.status, 500);
    EXPECT_EQ(race.status, 409);
    for (const auto* told : {&gone, &bug, &race}) {
        EXPECT_EQ(header_of(*told, "content-type"), "application/problem+json");
        EXPECT_EQ(told->body.find("secret"), std::string::npos);
        EXPECT_EQ((*parse_json(told->body))["reference"].as_string(), "test");
    }
}

TEST_P(Door, every_error_of_the_api_is_a_problem_document) {
    routes.get("/api/v1/plain", "Answers an error as text", "test", [](const Request&, Context& context) {
        context.db.read([&](store::Reader& reader) { (void)context.may(reader, "read", {.kind = "users"}); });
        return web::text("not today", 409);
    });
    for (const auto& told :
         {by_token(officer, "GET", "/api/v1/plain"), by_token(officer, "GET", "/api/v1/nowhere"), by_token(officer, "PUT", "/api/v1/me"),
          send({.method = "GET", .path = "/api/v1/me"}), by_token(officer, "GET", "/api/v1/me", {}, {{"concord-purpose", "gossip"}})}) {
        const auto body = parse_json(told.body);
        ASSERT_TRUE(body) << told.body;
        for (const char* key : {"type", "title", "status", "detail", "reference"}) EXPECT_TRUE(body->has(key)) << key << " " << told.body;
        EXPECT_EQ((*body)["status"].as_integer(), told.status);
        EXPECT_EQ(header_of(told, "content-type"), "application/problem+json");
    }
}

TEST_P(Door, a_purpose_is_one_of_the_codes_and_goes_into_the_event) {
    std::string seen;
    routes.get("/api/v1/purpose", "Says its purpose", "test", [&](const Request&, Context& context) {
        context.db.read([&](store::Reader& reader) { (void)context.may(reader, "read", {.kind = "users"}); });
        seen = context.author().purpose;
        return web::text("ok");
    });
    by_token(officer, "GET", "/api/v1/purpose");
    EXPECT_EQ(seen, "prevent_crime_disorder");
    by_token(partner, "GET", "/api/v1/purpose");
    EXPECT_EQ(seen, "performance");
    by_token(officer, "GET", "/api/v1/purpose", {}, {{"concord-purpose", "SAFEGUARD_CHILD"}});
    EXPECT_EQ(seen, "safeguard_child");
    const auto told = by_token(officer, "GET", "/api/v1/purpose", {}, {{"concord-purpose", "gossip"}});
    EXPECT_EQ(told.status, 422);
    EXPECT_NE(told.body.find("da_marac"), std::string::npos) << "the allowed codes are listed";
}

// ---- Sign-in and sessions

TEST_P(Door, a_session_is_a_new_one_after_sign_in) {
    Browser who;
    browse(who, "GET", "/sign-in");
    const std::string before = who.cookie;
    EXPECT_TRUE(before.starts_with("concord_session="));
    EXPECT_EQ(browse(who, "POST", "/sign-in", {{"email", "officer@example.org"}, {"password", "a long password"}}).status, 303);
    EXPECT_NE(who.cookie, before);
    Browser old{before, ""};
    EXPECT_EQ(browse(old, "GET", "/api/v1/me").status, 401);  // what was planted before is worth nothing
    EXPECT_EQ(browse(who, "GET", "/api/v1/me").status, 200);
}

TEST_P(Door, over_tls_only_the_host_cookie_counts_and_in_the_clear_only_the_plain_one) {
    Browser who;
    const auto page = browse(who, "GET", "/sign-in", {}, {}, true);
    const std::string set = header_of(page, "set-cookie");
    EXPECT_TRUE(set.starts_with("__Host-concord="));
    for (const char* part : {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"}) EXPECT_NE(set.find(part), std::string::npos) << part;
    EXPECT_EQ(browse(who, "POST", "/sign-in", {{"email", "officer@example.org"}, {"password", "a long password"}}, {}, true).status, 303);
    EXPECT_EQ(browse(who, "GET", "/api/v1/me", {}, {}, true).status, 200);
    const std::string token = who.cookie.substr(who.cookie.find('=') + 1);
    Browser plain{"concord_session=" + token, ""}, secure{"__Host-concord=" + token, ""};
    EXPECT_EQ(browse(plain, "GET", "/api/v1/me", {}, {}, true).status, 401);
    EXPECT_EQ(browse(secure, "GET", "/api/v1/me").status, 401);
    // From elsewhere without TLS nobody signs in at all.
    Browser far;
    EXPECT_EQ(browse(far, "GET", "/sign-in", {}, {}, false, "192.0.2.7").status, 403);
}

TEST_P(Door, a_session_ends_after_an_hour_without_a_request_and_after_ten_hours_in_all) {
    const Instant start = clock.now();
    auto idle = signed_in(), busy = signed_in();
    for (int minutes = 50; minutes < 600; minutes += 50) {
        clock.move_to(start + std::chrono::minutes{minutes});
        EXPECT_EQ(browse(busy, "GET", "/api/v1/me").status, 200) << minutes;
    }
    EXPECT_EQ(browse(idle, "GET", "/api/v1/me").status, 401);
    clock.move_to(start + std::chrono::minutes{599});
    EXPECT_EQ(browse(busy, "GET", "/api/v1/me").status, 200);
    clock.move_to(start + std::chrono::minutes{601});
    EXPECT_EQ(browse(busy, "GET", "/api/v1/me").status, 401);
}

TEST_P(Door, wrong_passwords_slow_down_one_account_from_one_address_and_nobody_else_behind_it) {
    Browser attacker, colleague;
    const auto wrong = [&](Browser& who, const std::string& email) {
        browse(who, "GET", "/sign-in");
        return browse(who, "POST", "/sign-in", {{"email", email}, {"password", "guess"}}).status;
    };
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wrong(attacker, "officer@example.org"), 422);
    EXPECT_EQ(wrong(attacker, "officer@example.org"), 429);
    browse(colleague, "GET", "/sign-in");
    EXPECT_EQ(browse(colleague, "POST", "/sign-in", {{"email", "partner@example.org"}, {"password", "a long password"}}).status, 303);
    // The address itself has a larger bucket.
    db->write([&](store::Transaction& tx) {
        tx.execute("insert into sign_in_attempt (who, at) select who, at from sign_in_attempt");
        return true;
    });
    // What is older than the window is taken out with the next failure.
    clock.move_to(clock.now() + std::chrono::minutes{16});
    EXPECT_EQ(wrong(attacker, "officer@example.org"), 422);
    EXPECT_EQ(db->reading([](store::Reader& reader) { return reader.count("select count(*) from sign_in_attempt"); }), 3);
    const auto kept = db->reading([](store::Reader& reader) { return reader.select_one("t", "select who from sign_in_attempt")->text(0); });
    EXPECT_EQ(kept.find("officer"), std::string::npos) << "people type passwords into the wrong box: nothing typed is kept";
}

TEST_P(Door, a_form_from_elsewhere_changes_nothing) {
    auto who = signed_in();
    csrf_of_session(who);
    int done = 0;
    routes.post("/planted", "Counts", "test", [&](const Request&, Context& context) {
        context.db.read([&](store::Reader& reader) { (void)context.may(reader, "read", {.kind = "users"}); });
        ++done;
        return web::see_other("/");
    });
    handler_ = {};
    EXPECT_EQ(browse(who, "POST", "/planted").status, 303);
    EXPECT_EQ(done, 1);
    Browser without{who.cookie, ""}, wrong{who.cookie, "guessed"};
    EXPECT_EQ(browse(without, "POST", "/planted").status, 403);
    EXPECT_EQ(browse(wrong, "POST", "/planted").status, 403);
    for (const char* site : {"cross-site", "same-site"})
        EXPECT_EQ(browse(who, "POST", "/planted", {}, {{"sec-fetch-site", site}}).status, 403) << site;
    for (const char* origin : {"https://evil.example", "http://concord.example.evil.example", "null", "https://concord.example"})
        EXPECT_EQ(browse(who, "POST", "/planted", {}, {{"origin", origin}}).status, 403) << origin;
    EXPECT_EQ(browse(who, "POST", "/planted", {}, {{"origin", "http://concord.example"}, {"sec-fetch-site", "same-origin"}}).status, 303);
    EXPECT_EQ(done, 2);
    // A cookie's JSON call carries the token in a header.
    EXPECT_EQ(browse(without, "POST", "/planted", {}, {{"x-csrf-token", who.csrf}}).status, 303);
}

// ---- Restricted records

TEST_P(Door, a_restricted_record_asks_once_a_session_why_and_writes_it_down) {
    const auto [seq, id] = record("restricted", {{"user", std::to_string(officer), {}, "named"}});
    routes.get("/record", "Shows the record", "test", [seq = seq](const Request&, Context& context) {
        const bool may =
            context.db.reading([&](store::Reader& reader) { return context.demand(reader, "read", {.kind = "case", .seq = seq}).has_value(); });
        if (!may) return Response{.status = 404, .headers = {}, .body = {}, .file = {}};
        context.reads.record({.user = context.actor.user,
                              .agency = context.actor.agency,
                              .at = context.now(),
                              .purpose = context.actor.purpose,
                              .route = context.route,
                              .query = {},
                              .thing_kind = "case",
                              .things = {seq},
                              .reason = {}});
        return web::text("words of the record");
    });
    auto who = signed_in();
    const auto asked = browse(who, "GET", "/record");
    EXPECT_EQ(asked.status, 303);
    EXPECT_EQ(header_of(asked, "location"), "/reason?thing=" + id + "&to=%2Frecord");
    const web::Fields query{{"thing", id}, {"to", "/record"}};
    EXPECT_EQ(browse(who, "GET", "/reason", {}, {}, false, "127.0.0.1", query).status, 200);
    const auto short_one = browse(who, "POST", "/reason", {{"thing", id}, {"to", "/record"}, {"reason", "work"}});
    EXPECT_EQ(short_one.status, 422);
    EXPECT_NE(short_one.body.find("value=\"work\""), std::string::npos) << "what was typed is kept";
    const auto sent = browse(who, "POST", "/reason", {{"thing", id}, {"to", "/record"}, {"reason", "Preparing the review on Thursday"}});
    EXPECT_EQ(sent.status, 303);
    EXPECT_EQ(header_of(sent, "location"), "/record");
    EXPECT_EQ(browse(who, "GET", "/record").body, "words of the record");
    EXPECT_EQ(reads->readers_of(seq, 10).front().reason, "Preparing the review on Thursday");
    // Fifteen minutes unused, and it is asked again; another session is asked for its own.
    clock.move_to(clock.now() + std::chrono::minutes{14});
    EXPECT_EQ(browse(who, "GET", "/record").status, 200);
    clock.move_to(clock.now() + std::chrono::minutes{14});
    EXPECT_EQ(browse(who, "GET", "/record").status, 200);
    clock.move_to(clock.now() + std::chrono::minutes{16});
    EXPECT_EQ(browse(who, "GET", "/record").status, 303);
    auto second = signed_in();
    EXPECT_EQ(browse(second, "GET", "/record").status, 303);
    // For those who are not named it is not there, and neither is the page that asks.
    auto other = signed_in("partner@example.org");
    EXPECT_EQ(browse(other, "GET", "/record").status, 404);
    EXPECT_EQ(browse(other, "GET", "/reason", {}, {}, false, "127.0.0.1", query).status, 404);
    // A token has no session: its reason comes with the call.
    EXPECT_EQ(by_token(officer, "GET", "/record", {}, {{"concord-reason", "Nightly check"}}).status, 200);
    EXPECT_EQ(reads->readers_of(seq, 10).front().reason, "Nightly check");
}

// ---- Why

TEST_P(Door, why_somebody_may_is_told_to_those_who_may_read_it) {
    const auto [seq, id] = record();
    const auto told = by_token(officer, "GET", "/api/v1/access", {{"action", "read"}, {"thing", id}});
    ASSERT_EQ(told.status, 200) << told.body;
    const Json body = *parse_json(told.body);
    EXPECT_TRUE(body["allowed"].as_bool());
    EXPECT_EQ(body["because"].items()[0]["rule"].as_string(), "audience.hub_team");
    EXPECT_EQ(body["because"].items()[0]["text"].as_string(), "You work in the hub whose team reads this record.");
    const auto about = *parse_json(by_token(officer, "GET", "/api/v1/access", {{"user", "partner@example.org"}, {"thing", id}}).body);
    EXPECT_FALSE(about["allowed"].as_bool());
    EXPECT_EQ(about["because"].items()[0]["text"].as_string(), "No group that they belong to is in its audience.");
    const auto hidden = by_token(partner, "GET", "/api/v1/access", {{"thing", id}}),
               none = by_token(partner, "GET", "/api/v1/access", {{"thing", new_id_()}});
    EXPECT_EQ(hidden.status, 404);
    EXPECT_EQ(hidden.body, none.body);
    EXPECT_EQ(by_token(officer, "GET", "/api/v1/access", {{"action", "fly"}, {"thing", id}}).status, 422);
    EXPECT_EQ(by_token(officer, "GET", "/api/v1/access", {{"user", "nobody@example.org"}, {"thing", id}}).status, 422);
}

TEST_P(Door, an_audience_holds_to_the_end_of_its_last_day) {
    const Date today = clock.today();
    const auto reads_it = [&](Date until) {
        const auto [seq, id] = record("normal", {{"user", std::to_string(partner), until, "invited"}});
        return db->reading([&, seq = seq](store::Reader& reader) {
            const Actor actor = *actor_of(reader, partner);
            const bool by_may = may(reader, actor, "read", {.kind = "case", .seq = seq}, today).allowed;
            store::Binds binds{{"seq", seq}};
            const std::string sql = "select count(*) from visibility where record = :seq and " + readable_sql(actor, "record", today, binds);
            EXPECT_EQ(reader.count(sql, binds) > 0, by_may);
            return by_may;
        });
    };
    EXPECT_FALSE(reads_it(today - 1));
    EXPECT_TRUE(reads_it(today));
    EXPECT_TRUE(reads_it(today + 1));
}

/// Who is who is kept in memory: never older than the request that asks, and as the transaction itself left it.
TEST_P(Door, a_name_that_was_changed_is_read_by_the_next_request_wherever_it_was_changed) {
    const auto epoch_of = [](store::Database& of) {
        return of.reading([](store::Reader& reader) { return reader.count("select value from actor_epoch where id = 1"); });
    };
    const auto request_begins = [&](store::Database& of) {
        const auto epoch = epoch_of(of);
        of.read([&](store::Reader& reader) { directory_is_of(reader, epoch); });
    };
    const auto names = [](store::Database& of) {
        std::string all;
        of.read([&](store::Reader& reader) {
            for (const auto& one : agencies(reader)) all += one.code + "=" + one.name + " ";
            for (const auto& one : users_of(reader, 0)) all += one.name + ", ";
        });
        return all;
    };
    const auto other = empty.open();  // as another server would have it
    request_begins(*db);
    request_begins(*other);
    EXPECT_EQ(names(*db), "council=The council Ola Officer, Pat Partner, ");
    EXPECT_EQ(names(*other), names(*db));

    const auto author = ledger::Author{.at = clock.now()};
    const auto made = db->writing([&](store::Transaction& tx) -> Result<Done> {
        EXPECT_FALSE(agency_by_code(tx, "police"));
        const auto police = create_agency(tx, *ledger, author, "police", "The police", "police");
        EXPECT_EQ(agency_by_code(tx, "police").value_or(Named{}).seq, *police);  // in the transaction that makes it
        EXPECT_TRUE(disable_user(tx, *ledger, author, partner));
        EXPECT_EQ(users_of(tx, 0).size(), 1U);
        EXPECT_EQ(user_of(tx, partner).value_or(Named{}).name, "Pat Partner");  // what he did stays his
        return Done{};
    });
    ASSERT_TRUE(made);
    EXPECT_EQ(names(*db), "council=The council police=The police Ola Officer, ");  // here from the commit on
    request_begins(*other);
    EXPECT_EQ(names(*other), names(*db));  // there from the next request on
    other->read([&](store::Reader& reader) {
        EXPECT_EQ(hub_of(reader, hub).value_or(Named{}).code, "coast");
        EXPECT_EQ(user_by_email(reader, "Officer@example.org").value_or(Named{}).seq, officer);
        EXPECT_FALSE(user_by_email(reader, ""));
        EXPECT_FALSE(agency_of(reader, hub));
        EXPECT_EQ(name_of(reader, "app_user", officer), "Ola Officer");
    });
    // A change that is taken back leaves nothing behind.
    db->write([&](store::Transaction& tx) {
        EXPECT_TRUE(create_agency(tx, *ledger, author, "fire", "The brigade", "fire"));
        return false;
    });
    EXPECT_EQ(names(*db), names(*other));
}

TEST_P(Door, metrics_count_by_route_and_name_nobody) {
    by_token(officer, "GET", "/api/v1/me");
    by_token(officer, "GET", "/api/v1/nowhere/officer@example.org");
    const auto told = send({.method = "GET", .path = "/metrics", .from_loopback = true});
    EXPECT_EQ(told.status, 200);
    EXPECT_NE(told.body.find("concord_requests_total{method=\"GET\",route=\"/api/v1/me\",status=\"200\"} 1"), std::string::npos) << told.body;
    EXPECT_NE(told.body.find("concord_requests_total{method=\"GET\",route=\"-\",status=\"404\"} 1"), std::string::npos);
    EXPECT_NE(told.body.find("concord_request_seconds_bucket{method=\"GET\",route=\"/api/v1/me\",le=\"+Inf\"} 1"), std::string::npos);
    EXPECT_NE(told.body.find("concord_database_under_way{kind=\"write\"} 0"), std::string::npos);
    EXPECT_NE(told.body.find("concord_jobs{state=\"waiting\"} 0"), std::string::npos);
    EXPECT_EQ(told.body.find("officer"), std::string::npos);
    EXPECT_EQ(send({.method = "GET", .path = "/metrics"}).status, 404);
    EXPECT_EQ(send({.method = "GET", .path = "/metrics", .headers = {{"x-forwarded-for", "192.0.2.7"}}, .from_loopback = true}).status, 404);
    EXPECT_EQ(send({.method = "GET", .path = "/metrics", .headers = {{"authorization", "Bearer " + token_of(officer)}}}).status, 404);
}

}  // namespace
}  // namespace concord::access
