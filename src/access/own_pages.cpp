#include <sodium.h>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "access/sessions.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "web/help.hpp"
#include "web/pieces.hpp"

/// What is the signed-in user's own: who they are here, how pages look, their password, where they are signed in, their tokens.
namespace concord::access {

std::string keys_cookie(bool on) { return fmt::format("{}={}; Path=/; SameSite=Lax; Max-Age=31536000", keys_cookie_name, on ? "on" : "off"); }
bool keys_of(store::Reader& reader, Seq user) {
    return reader.count("select count(*) from preference where user_seq = :user and single_keys = 0", {{"user", user}}) == 0;
}

namespace {

using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;

Html form_to(const std::string& action, const Context& context, const Html& inside) {
    return el("form", {{"method", "post"}, {"action", action}, {"novalidate", true}}, hidden("csrf", context.csrf) + inside);
}
struct OwnSession {
    std::string id, from, agent;
    Instant made, ends;
    bool here = false;
};
std::vector<OwnSession> sessions_of(store::Reader& reader, Seq user, const std::string& here, Instant now) {
    std::vector<OwnSession> all;
    for (const auto& row : reader.select(
             "tttii",
             "select token_hash, from_address, agent, made_at, ends_at from session where user_seq = :user and ends_at > :now order by made_at desc",
             {{"user", user}, {"now", now}}))
        all.push_back({row.text(0).substr(0, 16), row.text(1), row.text(2), row.instant(3), row.instant(4), row.text(0) == here});
    return all;
}
struct OwnToken {
    std::string id, title;
    bool may_write = false;
    Instant made, ends;
};
std::vector<OwnToken> tokens_of(store::Reader& reader, Seq user, Instant now) {
    std::vector<OwnToken> all;
    for (const auto& row : reader.select("ttiii",
                                         "select token_hash, title, may_write, made_at, ends_at from api_token where user_seq = :user and ends_at > "
                                         ":now order by made_at desc, token_hash",
                                         {{"user", user}, {"now", now}}))
        all.push_back({row.text(0).substr(0, 16), row.text(1), row.truth(2), row.instant(3), row.instant(4)});
    return all;
}

/// "Firefox on Linux" of what a browser calls itself; never trusted for anything.
std::string browser_in_words(const std::string& agent) {
    const auto has = [&](std::string_view word) { return agent.find(word) != std::string::npos; };
    const std::string what = has("Edg/") ? "Edge" : has("Firefox/") ? "Firefox" : has("Chrome/") ? "Chrome" : has("Safari/") ? "Safari" : "A browser";
    const std::string on = has("Windows")                 ? " on Windows"
                           : has("Android")               ? " on Android"
                           : has("iPhone") || has("iPad") ? " on an iPhone or iPad"
                           : has("Mac OS")                ? " on a Mac"
                           : has("Linux")                 ? " on Linux"
                                                          : "";
    return what + on;
}

// ---- Pages

Html sessions_section(store::Reader& reader, const Context& context) {
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& one : sessions_of(reader, context.actor.user, context.actor.session, context.now())) {
        Html what = Html{browser_in_words(one.agent)} + (one.here ? " " + tag("Here", "green") : Html{});
        Html end = one.here ? Html{"This browser: use \"Sign out\" at the foot of the page"}
                            : form_to("/me/sessions/" + one.id + "/end", context,
                                      el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}},
                                         Html{"Sign out"} + el("span", {{"class", "govuk-visually-hidden"}},
                                                               " " + browser_in_words(one.agent) + " of " + in_words(one.made))));
        rows.push_back({{.text = what}, {.text = one.from.empty() ? "Not known" : one.from}, {.text = in_words(one.made)}, {.text = end}});
    }
    Html inside = rows.empty()
                      ? p("You are signed in by a token only.")
                      : ui::stacked_table({.head = {{.text = "Where"}, {.text = "Address"}, {.text = "Since"}, {.text = "End it"}}, .rows = rows});
    return ui::section("sessions", "Where you are signed in",
                       inside + p("Lost a telephone, or forgot to sign out somewhere? This signs you out of every browser, this one too.") +
                           form_to("/me/sessions/end", context, button("Sign out everywhere", "warning")));
}
Html tokens_section(store::Reader& reader, const Context& context) {
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& one : tokens_of(reader, context.actor.user, context.now()))
        rows.push_back({{.text = one.title.empty() ? "Token " + one.id.substr(0, 6) : one.title},
                        {.text = one.may_write ? "Reads and writes" : "Reads only"},
                        {.text = in_words(london_date(one.ends))},
                        {.text = form_to("/me/tokens/" + one.id + "/end", context,
                                         el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}},
                                            Html{"Revoke"} + el("span", {{"class", "govuk-visually-hidden"}}, " token " + one.id.substr(0, 6))))}});
    const Html none = p(Html{"You have none. Whoever runs the server makes one with "} +
                        el("code", "concord token create --user " + context.actor.email) + Html{"."});
    return ui::section("tokens", "Tokens for programs",
                       p("With a token a program reads or writes here in your name. Revoke one that is not used any more.") +
                           (rows.empty() ? none
                                         : ui::stacked_table({.head = {{.text = "Token"}, {.text = "May"}, {.text = "Ends on"}, {.text = "End it"}},
                                                              .rows = rows})));
}

Html password_section(const Context& context, const Refusal* refusal) {
    const auto question = [&](const std::string& name, const std::string& label, const std::string& hint, const std::string& autocomplete) {
        std::optional<ui::ErrorMessage> error;
        if (const auto message = error_of(refusal, name); !message.empty()) error = ui::ErrorMessage{.text = message};
        std::optional<ui::Hint> words;
        if (!hint.empty()) words = ui::Hint{hint};
        return ui::password_input({.label = {label}, .hint = words, .error_message = error, .id = name, .name = name, .autocomplete = autocomplete});
    };
    return ui::section(
        "change-password", "Change your password",
        form_to(
            "/me/password", context,
            question("old", "Your password now", "", "current-password") +
                question("password", "New password", "At least 12 letters, digits or signs; three words you can remember are good", "new-password") +
                question("again", "New password again", "", "new-password") + p("Changing it signs you out of every other browser. Tokens go on.") +
                button("Change the password", "secondary")));
}

Response me_page(const Request& request, Context& context, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) {
        std::vector<std::string> roles, hub_names;
        for (const auto& role : context.actor.roles) roles.push_back(role_label(role));
        for (const Seq hub : context.actor.hubs) hub_names.push_back(name_of(reader, "hub", hub));
        Html main = error_summary(refusal);
        const auto saved = request.asked("saved");
        if (saved == "password") main += saved_banner(request, "Your password is changed. You have been signed out of every other browser.");
        if (saved == "session") main += saved_banner(request, "That session is ended.");
        if (saved == "token") main += saved_banner(request, "That token is revoked: programs that used it are refused from now on.");
        main += ui::head(context.actor.name, "Signed in as");
        std::vector<ui::SummaryRow> rows{{.key = {"E-mail address"}, .value = {context.actor.email}},
                                         {.key = {"Agency"}, .value = {context.actor.agency_name}},
                                         {.key = {"Hubs"}, .value = {hub_names.empty() ? "None" : join(hub_names, ", ")}},
                                         {.key = {"Roles"}, .value = {join(roles, ", ")}}};
        main += ui::summary_list({.rows = rows});
        if (!context.actor.has_role("admin")) main += p("Is something here wrong or missing? Ask your administrator to change it.");
        Html links = link("/me/preferences", "Text size, contrast and layout");
        if (context.actor.has_role("admin")) links += " " + link("/admin", "Administration");
        main += el("p", {{"class", "govuk-body"}, {"data-cc", "actions"}}, links);
        main += sessions_section(reader, context) + tokens_section(reader, context) + password_section(context, refusal);
        return context.page(request, refusal != nullptr ? "Error: You" : "You", main, refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

bool fits(store::Database& db, Seq user, std::string_view password) {
    const auto hash = db.reading([&](store::Reader& reader) {
        const auto row = reader.select_one("t", "select password_hash from app_user where stream = :user", {{"user", user}});
        return row ? row->text(0) : std::string{};
    });
    return !hash.empty() && crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

/// The old password is asked for, ten times in a quarter of an hour at most, so that an open screen is not enough.
Result<Done> change_password(const Context& context, std::string_view old, std::string_view password, std::string_view again) {
    const std::string who = "password of " + std::to_string(context.actor.user);
    const Instant now = context.now();
    const auto tries = context.db.reading([&](store::Reader& reader) {
        return reader.count("select count(*) from sign_in_attempt where who = :who and at > :since",
                            {{"who", who}, {"since", now + std::chrono::minutes{-15}}});
    });
    if (tries >= 10) return Refusal{Because::too_many, "access.tries", "Too many tries: wait 15 minutes, then try again."};
    if (!fits(context.db, context.actor.user, old)) {
        context.db.write([&](store::Transaction& tx) {
            return tx.execute("insert into sign_in_attempt (who, at) values (:who, :at)", {{"who", who}, {"at", now}}), true;
        });
        return Refusal{Because::invalid,
                       "access.password",
                       "The password was not changed.",
                       {{"old", "This is not your password: type the one you sign in with."}}};
    }
    if (auto good = check_password(password, again, context.actor.email); !good) return good;
    const std::string hash = hash_password(password);
    const auto set = context.db.writing([&](store::Transaction& tx) {
        return set_password({tx, context.ledger, context.author(), {}}, context.actor.user, hash, context.actor.session);
    });
    if (!set) return set.error();
    return Done{};
}

Response password_post(const Request& request, Context& context) {
    const auto done = change_password(context, request.typed("old"), request.typed("password"), request.typed("again"));
    if (!done) return me_page(request, context, &done.error());
    return web::see_other("/me?saved=password");
}

std::int64_t end_one(store::Database& db, std::string_view table, Seq user, std::string_view id) {
    std::int64_t ended = 0;
    if (id.size() != 16) return 0;
    db.write([&](store::Transaction& tx) {
        ended =
            tx.execute(fmt::format("delete from {} where user_seq = :user and substr(token_hash, 1, 16) = :id", table), {{"user", user}, {"id", id}});
        return true;
    });
    return ended;
}
void end_all_sessions(store::Database& db, Seq user) {
    db.write([&](store::Transaction& tx) { return tx.execute("delete from session where user_seq = :user", {{"user", user}}), true; });
}

// ---- How pages look

web::Preferences preferences_of(store::Database& db, Seq user) {
    return db.reading([&](store::Reader& reader) {
        const auto row = reader.select_one("tti", "select theme, density, single_keys from preference where user_seq = :user", {{"user", user}});
        return row ? web::Preferences{row->text(0), row->text(1), row->truth(2)} : web::Preferences{};
    });
}
Result<Done> save_preferences(store::Database& db, Seq user, const web::Preferences& wanted) {
    std::vector<FieldError> errors;
    if (wanted.theme != "light" && wanted.theme != "dark" && wanted.theme != "auto") errors.push_back({"theme", "Choose light, dark or auto."});
    if (wanted.density != "compact" && wanted.density != "comfortable") errors.push_back({"density", "Choose compact or comfortable."});
    if (!errors.empty()) return Refusal{Because::invalid, "access.preferences", "Some answers need another look.", std::move(errors)};
    db.write([&](store::Transaction& tx) {
        const store::Binds binds{{"user", user}, {"theme", wanted.theme}, {"density", wanted.density}, {"keys", wanted.keys}};
        if (tx.execute("update preference set theme = :theme, density = :density, single_keys = :keys where user_seq = :user", binds) == 0)
            tx.execute("insert into preference (user_seq, theme, density, single_keys) values (:user, :theme, :density, :keys)", binds);
        return true;
    });
    return Done{};
}
Json preferences_json(const web::Preferences& now) { return Json::object({{"theme", now.theme}, {"density", now.density}, {"keys", now.keys}}); }

Response preferences_page(const Request& request, Context& context) {
    return context.page(request, "Text size, contrast and layout",
                        web::preferences_form(preferences_of(context.db, context.actor.user), context.csrf, !request.asked("saved").empty()));
}
Response preferences_post(const Request& request, Context& context) {
    const web::Preferences wanted{std::string{request.typed("theme")}, std::string{request.typed("density")}, request.typed("keys") != "off"};
    if (const auto saved = save_preferences(context.db, context.actor.user, wanted); !saved)
        return context.page(request, "Error: Text size, contrast and layout",
                            error_summary(&saved.error()) + web::preferences_form(preferences_of(context.db, context.actor.user), context.csrf), 422);
    return web::see_other("/me/preferences?saved=1").with("set-cookie", keys_cookie(wanted.keys));
}

// ---- A link from the administrator: choosing a password

Html link_form(const std::string& csrf, std::string_view token, const Refusal* refusal) {
    const auto question = [&](const std::string& name, const std::string& label, const std::string& hint) {
        std::optional<ui::ErrorMessage> error;
        if (const auto message = error_of(refusal, name); !message.empty()) error = ui::ErrorMessage{.text = message};
        std::optional<ui::Hint> words;
        if (!hint.empty()) words = ui::Hint{hint};
        return ui::password_input(
            {.label = {label}, .hint = words, .error_message = error, .id = name, .name = name, .autocomplete = "new-password"});
    };
    Html form = hidden("csrf", csrf) + hidden("token", std::string{token}) +
                question("password", "New password", "At least 12 letters, digits or signs; three words you can remember are good") +
                question("again", "The same again", "") + button("Save");
    return error_summary(refusal) + ui::head("Choose your password") +
           el("form", {{"method", "post"}, {"action", "/set-password"}, {"novalidate", true}}, form);
}
/// A password does not travel in the clear over a network.
bool is_safe(const Request& request, const Services& services) { return request.over_tls || request.from_loopback || services.demo_anywhere; }
Response not_in_the_clear(const Request& request, const Services& services) {
    return services.page(request, nullptr, 403, "Choose your password",
                         p("This connection is not encrypted, so nobody chooses a password over it. Use the address that begins with https."));
}
constexpr std::string_view link_is_over = "This link has been used, or is older than two days. Ask your administrator for a new one.";

Response link_page(const Request& request, Context& context, const Services& services) {
    if (!is_safe(request, services)) return not_in_the_clear(request, services);
    const std::string token{request.asked("token")};
    const auto user = services.db.reading([&](store::Reader& reader) { return user_of_password_link(reader, token, context.now()); });
    if (!user) return services.page(request, nullptr, 404, "This link does not work any more", p(link_is_over));
    std::string csrf = context.csrf, cookie;
    if (csrf.empty()) {
        auto session = new_visitor(request);
        csrf = session.csrf;
        cookie = session.cookie;
    }
    Response response = services.page(request, nullptr, 200, "Choose your password", link_form(csrf, token, nullptr));
    response.with("cache-control", "no-store").with("referrer-policy", "no-referrer");
    if (!cookie.empty()) response.with("set-cookie", cookie);
    return response;
}
Response link_post(const Request& request, Context& context, const Services& services) {
    if (!is_safe(request, services)) return not_in_the_clear(request, services);
    const std::string token{request.typed("token")};
    const auto found = services.db.reading([&](store::Reader& reader) -> std::optional<std::pair<Seq, std::string>> {
        const auto user = user_of_password_link(reader, token, context.now());
        if (!user) return {};
        return std::pair{*user, reader.select_one("t", "select email from app_user where stream = :user", {{"user", *user}})->text(0)};
    });
    if (!found) return services.page(request, nullptr, 404, "This link does not work any more", p(link_is_over));
    if (const auto good = check_password(request.typed("password"), request.typed("again"), found->second); !good)
        return services.page(request, nullptr, 422, "Error: Choose your password", link_form(context.csrf, token, &good.error()));
    const std::string hash = hash_password(request.typed("password"));
    const auto set = services.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        // Again, now that nobody else can use it.
        const auto user = user_of_password_link(tx, token, context.now());
        if (!user) return Refusal{Because::absent, "access.link", std::string{link_is_over}};
        const Seq agency = tx.count("select agency from app_user where stream = :user", {{"user", *user}});
        return set_password({tx, services.ledger, {.user = *user, .agency = agency, .purpose = {}, .at = context.now()}, {}}, *user, hash);
    });
    if (!set) return services.page(request, nullptr, 404, "This link does not work any more", p(link_is_over));
    return web::see_other("/sign-in?to=%2Fmy-work");
}

// ---- The same as JSON

Json sessions_json(Context& context) {
    return context.db.reading([&](store::Reader& reader) {
        Json items = Json::array();
        for (const auto& one : sessions_of(reader, context.actor.user, context.actor.session, context.now()))
            items.push(Json::object({{"id", one.id},
                                     {"from", one.from},
                                     {"browser", browser_in_words(one.agent)},
                                     {"since", to_rfc3339(one.made)},
                                     {"ends", to_rfc3339(one.ends)},
                                     {"here", one.here}}));
        return Json::object({{"items", items}, {"total", items.items().size()}});
    });
}
Json tokens_json(Context& context) {
    return context.db.reading([&](store::Reader& reader) {
        Json items = Json::array();
        for (const auto& one : tokens_of(reader, context.actor.user, context.now()))
            items.push(Json::object({{"id", one.id},
                                     {"title", one.title},
                                     {"scope", one.may_write ? "write" : "read"},
                                     {"made", to_rfc3339(one.made)},
                                     {"ends", to_rfc3339(one.ends)}}));
        return Json::object({{"items", items}, {"total", items.items().size()}});
    });
}
Response read_only(const Request& request) { return web::problem(403, "This token reads only", "Use a token that may write.", request.reference); }

void add_own_api(Routes& routes) {
    routes.get(
        "/api/v1/me/preferences", "How pages look for the signed-in user", "access",
        [](const Request&, Context& context) { return web::json(preferences_json(preferences_of(context.db, context.actor.user))); },
        Asks::signed_in);
    routes.patch(
        "/api/v1/me/preferences", "Changes how pages look: theme, density, keys", "access",
        [](const Request& request, Context& context) {
            if (!context.actor.may_write) return read_only(request);
            const auto json = parse_json(request.body);
            if (!json) return web::problem(json.error(), request.reference);
            auto wanted = preferences_of(context.db, context.actor.user);
            if (json->has("theme")) wanted.theme = (*json)["theme"].as_string();
            if (json->has("density")) wanted.density = (*json)["density"].as_string();
            if (json->has("keys")) wanted.keys = (*json)["keys"].as_bool();
            if (const auto saved = save_preferences(context.db, context.actor.user, wanted); !saved)
                return web::problem(saved.error(), request.reference);
            return web::json(preferences_json(wanted));
        },
        Asks::signed_in);
    routes.post(
        "/api/v1/me/password", "Changes the own password: old, password, again", "access",
        [](const Request& request, Context& context) {
            if (!context.actor.may_write) return read_only(request);
            const auto json = parse_json(request.body);
            if (!json) return web::problem(json.error(), request.reference);
            const std::string& again = json->has("again") ? (*json)["again"].as_string() : (*json)["password"].as_string();
            const auto done = change_password(context, (*json)["old"].as_string(), (*json)["password"].as_string(), again);
            return done ? Response{.status = 204, .headers = {}, .body = {}, .file = {}} : web::problem(done.error(), request.reference);
        },
        Asks::signed_in);
    routes.get(
        "/api/v1/me/sessions", "Where the user is signed in", "access",
        [](const Request&, Context& context) { return web::json(sessions_json(context)); }, Asks::signed_in);
    routes.post(
        "/api/v1/me/sessions/end", "Signs out everywhere", "access",
        [](const Request& request, Context& context) {
            if (!context.actor.may_write) return read_only(request);
            end_all_sessions(context.db, context.actor.user);
            return web::json(sessions_json(context));
        },
        Asks::signed_in);
    routes.get(
        "/api/v1/me/tokens", "The user's tokens", "access", [](const Request&, Context& context) { return web::json(tokens_json(context)); },
        Asks::signed_in);
    routes.post(
        "/api/v1/me/tokens/{id}/end", "Revokes a token", "access",
        [](const Request& request, Context& context) {
            if (!context.actor.may_write) return read_only(request);
            if (end_one(context.db, "api_token", context.actor.user, request.parameter("id")) == 0) return absent();
            return web::json(tokens_json(context));
        },
        Asks::signed_in);
}

}  // namespace

void add_own_pages(Routes& routes, const Services& services) {
    routes.get(
        "/me", "Who is signed in, where, and with which tokens", "access",
        [](const Request& request, Context& context) { return me_page(request, context, nullptr); }, Asks::signed_in);
    routes.post("/me/password", "Changes the own password", "access", password_post, Asks::signed_in);
    routes.post(
        "/me/sessions/end", "Signs out everywhere", "access",
        [](const Request&, Context& context) {
            end_all_sessions(context.db, context.actor.user);
            return web::see_other("/sign-in");
        },
        Asks::signed_in);
    routes.post(
        "/me/sessions/{id}/end", "Ends one of the own sessions", "access",
        [](const Request& request, Context& context) {
            if (end_one(context.db, "session", context.actor.user, request.parameter("id")) == 0) return absent();
            return web::see_other("/me?saved=session");
        },
        Asks::signed_in);
    routes.post(
        "/me/tokens/{id}/end", "Revokes one of the own tokens", "access",
        [](const Request& request, Context& context) {
            if (end_one(context.db, "api_token", context.actor.user, request.parameter("id")) == 0) return absent();
            return web::see_other("/me?saved=token");
        },
        Asks::signed_in);
    routes.get("/me/preferences", "How pages look", "access", preferences_page, Asks::signed_in);
    routes.post("/me/preferences", "Changes how pages look", "access", preferences_post, Asks::signed_in);
    routes.get(
        "/set-password", "Choosing a password by a link from the administrator", "access",
        [services](const Request& request, Context& context) { return link_page(request, context, services); }, Asks::nothing);
    routes.post(
        "/set-password", "Saves the chosen password", "access",
        [services](const Request& request, Context& context) { return link_post(request, context, services); }, Asks::nothing);
    add_own_api(routes);
}

}  // namespace concord::access
