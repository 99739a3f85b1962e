#include <sodium.h>

#include <algorithm>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/admin.hpp"
#include "access/asking.hpp"
#include "access/drafts.hpp"
#include "access/metrics.hpp"
#include "access/sessions.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

/// Sign-in, sign-out, preferences, and the API's view of agencies, hubs and rights.
namespace concord::access {

std::string safe_target(std::string_view to) {
    const bool own =
        to.starts_with('/') && !to.starts_with("//") && to.find('\\') == std::string_view::npos && to.find('\n') == std::string_view::npos;
    return own && !to.starts_with("/sign-in") && !to.starts_with("/reason") ? std::string{to} : "/my-work";
}

namespace {

using web::Attributes;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using web::void_el;

Html sign_in_form(const std::string& csrf, std::string_view email, std::string_view to, std::string_view error) {
    Html form = void_el("input", {{"type", "hidden"}, {"name", "csrf"}, {"value", csrf}}) +
                void_el("input", {{"type", "hidden"}, {"name", "to"}, {"value", std::string{to}}});
    const auto group = [&](const Html& inside) {
        return el("div", {{"class", error.empty() ? "govuk-form-group" : "govuk-form-group govuk-form-group--error"}}, inside);
    };
    form += group(el("label", {{"class", "govuk-label"}, {"for", "email"}}, "E-mail address") +
                  (error.empty() ? Html{}
                                 : el("p", {{"id", "email-error"}, {"class", "govuk-error-message"}},
                                      el("span", {{"class", "govuk-visually-hidden"}}, "Error:") + Html{" "} + Html{error})) +
                  void_el("input", {{"class", "govuk-input"},
                                    {"id", "email"},
                                    {"name", "email"},
                                    {"type", "text"},
                                    {"inputmode", "email"},
                                    {"autocomplete", "username"},
                                    {"spellcheck", "false"},
                                    {"value", std::string{email}}}));
    form += el("div", {{"class", "govuk-form-group"}},
               el("label", {{"class", "govuk-label"}, {"for", "password"}}, "Password") + void_el("input", {{"class", "govuk-input"},
                                                                                                            {"id", "password"},
                                                                                                            {"name", "password"},
                                                                                                            {"type", "password"},
                                                                                                            {"autocomplete", "current-password"},
                                                                                                            {"spellcheck", "false"}}));
    form += el("button", {{"type", "submit"}, {"class", "govuk-button"}}, "Sign in");
    Html summary;
    if (!error.empty())
        summary = el("div", {{"class", "govuk-error-summary"}},
                     el("div", {{"role", "alert"}},
                        el("h2", {{"class", "govuk-error-summary__title"}}, "There is a problem") +
                            el("div", {{"class", "govuk-error-summary__body"}},
                               el("ul", {{"class", "govuk-list govuk-error-summary__list"}}, el("li", el("a", {{"href", "#email"}}, Html{error}))))));
    return summary + el("form", {{"method", "post"}, {"action", "/sign-in"}}, form);
}

/// Failed tries within a quarter of an hour, after which the next has to wait (CFG). Many people sit behind one address, and many addresses may try
/// one account: the small bucket is of both together, the larger ones of either. Kept as hashes: people type passwords into the wrong box.
struct Bucket {
    std::string who;
    std::int64_t most;
};
std::vector<Bucket> buckets(std::string_view email, std::string_view address) {
    return {{sha256_hex(fmt::format("account and address|{}|{}", email, address)), 10},
            {sha256_hex(fmt::format("account|{}", email)), 50},
            {sha256_hex(fmt::format("address|{}", address)), 200}};
}
constexpr auto throttle_window = std::chrono::minutes{15};

/// Whoever signed in from this address within half a year is not kept out by what strangers try from elsewhere: only by tries of this address.
std::string known_address(std::string_view email, std::string_view address) { return sha256_hex(fmt::format("known|{}|{}", email, address)); }
constexpr auto known_for = std::chrono::hours{24 * 182};

bool is_throttled(store::Reader& reader, const std::vector<Bucket>& all, const std::string& known, Instant now) {
    const bool is_known =
        reader.select_one("i", "select at from sign_in_address where who = :who and at > :since", {{"who", known}, {"since", now + -known_for}})
            .has_value();
    return std::any_of(all.begin(), all.end(), [&](const Bucket& bucket) {
        if (is_known && &bucket == &all[1]) return false;  // of the account, from anywhere
        return reader.count("select count(*) from sign_in_attempt where who = :who and at > :since",
                            {{"who", bucket.who}, {"since", now + -throttle_window}}) >= bucket.most;
    });
}
void note_failure(store::Database& db, const std::vector<Bucket>& all, Instant now) {
    db.write([&](store::Transaction& tx) {
        tx.execute("delete from sign_in_attempt where at <= :since", {{"since", now + -throttle_window}});
        for (const auto& bucket : all) tx.execute("insert into sign_in_attempt (who, at) values (:who, :at)", {{"who", bucket.who}, {"at", now}});
        return true;
    });
}
void note_success(store::Database& db, const Bucket& bucket, const std::string& known, Instant now) {
    db.write([&](store::Transaction& tx) {
        tx.execute("delete from sign_in_attempt where who = :who", {{"who", bucket.who}});
        tx.execute("delete from sign_in_address where at <= :since or who = :who", {{"since", now + -known_for}, {"who", known}});
        tx.execute("insert into sign_in_address (who, at) values (:who, :at)", {{"who", known}, {"at", now}});
        return true;
    });
}

/// In the clear, a password is for whoever listens: only this machine itself, or a demonstration that is shown on purpose.
bool may_be_in_the_clear(const Request& request, const Services& services) {
    return request.over_tls || request.from_loopback || services.demo_anywhere;
}

struct Credentials {
    Seq user = 0;
    std::string hash;
    bool demonstration = false;
};

std::optional<Credentials> credentials_of(store::Database& db, std::string_view email) {
    return db.reading([&](store::Reader& reader) -> std::optional<Credentials> {
        const auto row = reader.select_one(
            "iti",
            "select stream, password_hash, demonstration from app_user where (email = :email or (login <> '' and login = :email)) and disabled = 0",
            {{"email", email}});
        if (!row) return {};
        return Credentials{row->integer(0), row->text(1), row->truth(2)};
    });
}

bool password_fits(const std::optional<Credentials>& known, std::string_view password) {
    // An unknown address costs the same time as a wrong password.
    static const std::string nobody = hash_password("nobody signs in with this");
    const std::string& hash = known && !known->hash.empty() ? known->hash : nobody;
    const bool fits = crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
    return fits && known && !known->hash.empty();
}

Response in_the_clear(const Request& request, const Services& services) {
    return services.page(
        request, nullptr, 403, "Sign in",
        el("p", {{"class", "govuk-body"}},
           "This connection is not encrypted, so nobody signs in over it. Use the address that begins with https, or ask your administrator "
           "to start Concord with --certificate and --key."));
}

Response sign_in(const Request& request, Context& context, const Services& services) {
    if (!may_be_in_the_clear(request, services)) return in_the_clear(request, services);
    const std::string email = lower_ascii(trim(request.typed("email")));
    const std::string to = safe_target(request.typed("to"));
    const auto again = [&](std::string_view error, int status) {
        return services.page(request, nullptr, status, "Sign in", sign_in_form(context.csrf, email, to, error));
    };
    const Instant now = context.now();
    const auto tries = buckets(email, request.remote_address);
    if (services.db.reading([&](store::Reader& reader) { return is_throttled(reader, tries, known_address(email, request.remote_address), now); }))
        return again("Too many tries: wait 15 minutes, then try again.", 429).with("retry-after", "900");
    auto known = credentials_of(services.db, email);
    if (known && known->demonstration && !request.from_loopback && !services.demo_anywhere) known.reset();
    if (!password_fits(known, request.typed("password"))) {
        note_failure(services.db, tries, now);
        return again("The e-mail address or the password is not right.", 422);
    }
    note_success(services.db, tries.front(), known_address(email, request.remote_address), now);
    end_session(services.db, request);  // a new session for the one who signed in: what was planted before is worth nothing
    const auto session = start_session(services.db, request, known->user, now);
    const bool keys = services.db.reading([&](store::Reader& reader) { return keys_of(reader, known->user); });
    return web::see_other(to).with("set-cookie", session.cookie).with("set-cookie", keys_cookie(keys));
}

}  // namespace

void add_routes(Routes& routes, const Services& services) {
    add_reason_routes(routes, services);
    add_answer_routes(routes, services);
    add_metrics_route(routes, services);
    routes.get(
        "/sign-in", "The sign-in page", "access",
        [services](const Request& request, Context& context) {
            if (context.actor.signed_in()) return web::see_other(safe_target(request.asked("to")));
            if (!may_be_in_the_clear(request, services)) return in_the_clear(request, services);
            std::string csrf = context.csrf, cookie;
            if (csrf.empty()) {
                auto session = new_visitor(request);
                csrf = session.csrf;
                cookie = session.cookie;
            }
            Response response = services.page(request, nullptr, 200, "Sign in", sign_in_form(csrf, "", safe_target(request.asked("to")), ""));
            if (!cookie.empty()) response.with("set-cookie", cookie);
            return response;
        },
        Asks::nothing);
    routes.post(
        "/sign-in", "Signs in", "access", [services](const Request& request, Context& context) { return sign_in(request, context, services); },
        Asks::nothing);
    routes.post(
        "/sign-out", "Signs out", "access",
        [services](const Request& request, Context&) {
            end_session(services.db, request);
            return web::see_other("/sign-in").with("clear-site-data", "\"cache\", \"storage\"");
        },
        Asks::signed_in);
    routes.get(
        "/api/v1/me", "The signed-in user", "access",
        [](const Request&, Context& context) {
            Json roles = Json::array(), hub_codes = Json::array();
            for (const auto& role : context.actor.roles) roles.push(role);
            for (const auto& hub : context.actor.hub_codes) hub_codes.push(hub);
            return web::json(Json::object({{"email", context.actor.email},
                                           {"name", context.actor.name},
                                           {"agency", context.actor.agency_code},
                                           {"roles", roles},
                                           {"hubs", hub_codes}}));
        },
        Asks::signed_in);
    add_own_pages(routes, services);
    add_draft_routes(routes);
}

}  // namespace concord::access
