#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/asking.hpp"
#include "access/metrics.hpp"
#include "access/sessions.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

/// The outermost handler: route, who asks, CSRF and Origin, the answer for what may not be known, one line of log.
namespace concord::access {

void Routes::get(std::string pattern, std::string summary, std::string tag, Handler handler, Asks asks) {
    add({.description = {.method = "GET", .pattern = std::move(pattern), .summary = std::move(summary), .tag = std::move(tag)},
         .asks = asks,
         .handler = std::move(handler)});
}
void Routes::post(std::string pattern, std::string summary, std::string tag, Handler handler, Asks asks) {
    add({.description = {.method = "POST", .pattern = std::move(pattern), .summary = std::move(summary), .tag = std::move(tag)},
         .asks = asks,
         .handler = std::move(handler)});
}
void Routes::patch(std::string pattern, std::string summary, std::string tag, Handler handler, Asks asks) {
    add({.description = {.method = "PATCH", .pattern = std::move(pattern), .summary = std::move(summary), .tag = std::move(tag)},
         .asks = asks,
         .handler = std::move(handler)});
}
void Routes::change(std::string method, std::string pattern, std::string summary, std::string tag, Handler handler) {
    add({.description = {.method = std::move(method),
                         .pattern = std::move(pattern),
                         .summary = std::move(summary),
                         .tag = std::move(tag),
                         .needs_if_match = true},
         .handler = std::move(handler)});
}
void Routes::add(Route route) {
    table_.add(route.description);
    routes_.push_back(std::move(route));
}

namespace {

using web::Request;
using web::Response;

struct Page {
    int status;
    std::string title, text;
};

Response say(const Services& services, const Request& request, const Context* context, const Page& page) {
    if (request.wants_json()) return web::problem(page.status, page.title, page.text, request.reference);
    return services.page(request, context, page.status, page.title, web::el("p", {{"class", "govuk-body"}}, page.text));
}

/// Exactly what an unknown address gets, whether the thing is absent or not to be known.
Response nothing_here(const Services& services, const Request& request, const Context* context) {
    return say(services, request, context, {404, "Not found", "There is nothing at this address, or it is not for you to see."});
}

/// A request that changes something by cookie must come from our own pages.
bool from_our_pages(const Request& request, const Context& context) {
    const auto site = request.header("sec-fetch-site");
    if (!site.empty() && site != "same-origin" && site != "none") return false;
    if (const auto origin = request.header("origin"); !origin.empty()) {
        const std::string own = fmt::format("{}://{}", request.over_tls ? "https" : "http", request.header("host"));
        if (origin != own) return false;
    }
    const auto sent = request.has_typed("csrf") ? request.typed("csrf") : request.header("x-csrf-token");
    return !context.csrf.empty() && equal_in_constant_time(sent, context.csrf);
}

bool changes(const Request& request) { return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS"; }

/// JSON, a form with a file, or no body at all. A body without a type is taken for JSON.
bool is_known_type(const Request& request) {
    const std::string type = lower_ascii(trim(request.header("content-type").substr(0, request.header("content-type").find(';'))));
    if (type.empty() || type == "multipart/form-data" || type == "application/json") return true;
    if (type.starts_with("application/") && type.ends_with("+json")) return true;
    return request.body.empty() && request.form.empty() && request.files.empty();
}

class TheHandler {
public:
    TheHandler(const Routes& routes, Services services) : routes_{routes}, services_{std::move(services)} {
        if (!services_.metrics) services_.metrics = std::make_shared<Metrics>();  // counted, and shown nowhere
    }

    Response operator()(const Request& request) const {
        const auto started = std::chrono::steady_clock::now();
        std::string pattern = "-";
        Seq user = 0;
        Response response = answered(request, pattern, user);
        if (request.path.starts_with("/api/") && response.status >= 400) as_problem(request, response);
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started).count();
        services_.metrics->count(request.method, pattern, response.status, micros);
        spdlog::info("{} {} {} {} {}us", request.method, pattern, user, response.status, micros);
        return response;
    }

private:
    /// What goes wrong is caught here and nowhere else. The log has the reason; the person has the reference.
    Response answered(const Request& request, std::string& pattern, Seq& user) const {
        AskingDatabase db{services_.db, *services_.metrics};
        ReasonedReads reads{services_.reads};
        Context context{.db = db,
                        .ledger = services_.ledger,
                        .reads = reads,
                        .clock = services_.clock,
                        .actor = {},
                        .csrf = {},
                        .theme = "auto",
                        .density = "compact",
                        .idempotency_key = {},
                        .route = {},
                        .draw = services_.page};
        db.watch(context);
        reads.watch(context);
        try {
            Response response = answer(request, context, db, pattern);
            user = context.actor.user;
            return response;
        } catch (const store::Conflict& error) {
            user = context.actor.user;
            spdlog::warn("{} {} lost a race, reference {}: {}", request.method, pattern, request.reference, error.what());
            return after_conflict(request, context);
        } catch (const Failure& error) {
            user = context.actor.user;
            spdlog::error("{} {} failed, reference {}: {}", request.method, pattern, request.reference, error.what());
            return say(services_, request, nullptr,
                       {503, "Concord cannot answer now",
                        fmt::format("Nothing was saved. Try again in a minute; if it goes on, tell your administrator this reference: {}.",
                                    request.reference)})
                .with("retry-after", "5");
        } catch (const std::exception& error) {
            user = context.actor.user;
            spdlog::error("{} {} is broken, reference {}: {}", request.method, pattern, request.reference, error.what());
            return say(services_, request, nullptr,
                       {500, "Something went wrong",
                        fmt::format("Nothing was saved. Try again; if it goes on, tell your administrator this reference: {}.", request.reference)});
        }
    }

    /// Two requests wanted the same unique thing: the second is told the first one's answer where it is the same request, else to try again.
    Response after_conflict(const Request& request, const Context& context) const {
        try {
            if (auto kept = first_answer(request, context)) return std::move(*kept);
        } catch (const Failure&) {}
        return say(services_, request, nullptr,
                   {409, "Not now", "Somebody did the same at the same moment. Nothing was saved: look at what is there now, then try again."});
    }

    Response answer(const Request& request, Context& context, AskingDatabase& db, std::string& pattern) const {
        const auto match = routes_.table().match(request.method, request.path);
        if (match) pattern = routes_.table().all()[match->route].pattern;
        const Route* route = match ? &routes_.all()[match->route] : nullptr;
        if (route == nullptr || route->asks != Asks::nothing) {
            if (auto refused = who_asks(request, context)) return std::move(*refused);
        } else {
            find_session(request, context);  // the sign-in page and sign-out know their own form
        }
        if (route == nullptr) return no_route(request, context);
        context.route = pattern;
        context.changes = changes(request);
        if (changes(request) && !context.actor.by_token && !from_our_pages(request, context))
            return say(services_, request, &context,
                       {403, "This form is too old",
                        "The page was open for too long, or was not one of Concord's. Go back, reload the page, and send it again."});
        if (route->description.needs_if_match && request.header("if-match").empty() && request.wants_json())
            return web::problem(428, "Say which version you change", "Send If-Match with the ETag that you read, so that nobody's change is lost.",
                                request.reference);
        if (request.path.starts_with("/api/") && changes(request) && !is_known_type(request))
            return web::problem(415, "This kind of content is not taken",
                                "Send JSON, with Content-Type: application/json; a file as multipart/form-data.", request.reference);
        context.idempotency_key = request.header("idempotency-key");
        Request with_parameters = request;
        with_parameters.path_parameters = match->parameters;
        if (auto kept = first_answer(with_parameters, context)) return std::move(*kept);
        context.actor.asked = &context.asked;
        if (route->asks != Asks::access) db.need_not_ask();
        Response response = route->handler(with_parameters, context);
        require(route->asks != Asks::access || context.asked || says_nothing(response),
                fmt::format("the route {} {} did not ask access", request.method, pattern));
        if (context.reason_needed != 0 && (response.status == 404 || response.status == 403)) return ask_reason(services_, request, context);
        if (context.reason_about != 0 && response.status < 400) keep_reason_alive(services_.db, context);
        if (response.status == 404 && response.body.empty()) return nothing_here(services_, request, &context);
        return response;
    }

    /// An answer about the request itself, before anything was looked at: not there, not readable, too large.
    static bool says_nothing(const Response& response) {
        if (response.status == 404 && response.body.empty()) return response.file.empty();
        const bool about_request = response.status == 400 || response.status == 413 || response.status == 415 || response.status == 422;
        if (!about_request || response.headers.empty() || response.headers.front().second != "application/problem+json") return false;
        const auto body = parse_json(response.body);
        static constexpr std::array<std::string_view, 6> known{"type", "title", "status", "detail", "reference", "errors"};
        return body && std::all_of(body->members().begin(), body->members().end(),
                                   [](const auto& one) { return std::find(known.begin(), known.end(), one.first) != known.end(); });
    }

    /// Every error of the API is a problem document with this request's reference, whatever the route gave.
    static void as_problem(const Request& request, Response& response) {
        const auto body = parse_json(response.body);
        const bool is_one = body && body->is_object() && (*body)["status"].is_integer();
        Json problem = is_one ? *body : std::move(parse_json(web::problem(response.status, "", response.body, "").body)).value();
        problem.set("reference", request.reference);
        if (problem["title"].as_string().empty()) problem.set("title", "This did not work");
        response.body = to_text(problem);
        for (auto& [name, value] : response.headers)
            if (name == "content-type") value = "application/problem+json";
        if (response.headers.empty()) response.with("content-type", "application/problem+json");
    }

    Response no_route(const Request& request, const Context& context) const {
        const auto methods = routes_.table().methods_at(request.path);
        if (methods.empty()) return nothing_here(services_, request, &context);
        Response response =
            say(services_, request, &context, {405, "This address does not take that method", "Use one of: " + join(methods, ", ") + "."});
        response.with("allow", join(methods, ", "));
        return response;
    }

    void find_session(const Request& request, Context& context) const {
        if (auto session = current_session(services_.db, actors_, request, services_.clock.now())) {
            context.csrf = session->csrf;
            context.theme = session->theme;
            context.density = session->density;
            if (session->actor) context.actor = std::move(*session->actor);
        }
    }

    std::optional<Response> who_asks(const Request& request, Context& context) const {
        const auto authorization = request.header("authorization");
        if (authorization.starts_with("Bearer ")) {
            if (auto actor = actor_of_token(services_.db, actors_, authorization.substr(7), services_.clock.now())) context.actor = std::move(*actor);
        } else {
            find_session(request, context);
        }
        if (context.actor.signed_in()) return take_purpose(request, context);
        if (request.wants_json()) {
            auto refused = web::problem(401, "Sign in first", "Sign in, or send a token: Authorization: Bearer TOKEN.", request.reference);
            refused.with("www-authenticate", "Bearer");
            return refused;
        }
        return web::see_other("/sign-in?to=" + web::encode_component(request.method == "GET" ? request.target : "/my-work"));
    }

    /// Which purpose this call has; a code that is none is told which there are.
    static std::optional<Response> take_purpose(const Request& request, Context& context) {
        context.typed_reason = cut(tidy(request.header("concord-reason")), 500);
        const std::string purpose = lower_ascii(trim(request.header("concord-purpose")));
        if (purpose.empty()) return {};
        if (std::find(purposes().begin(), purposes().end(), purpose) == purposes().end()) {
            const std::string message = "Concord-Purpose is one of: " + join({purposes().begin(), purposes().end()}, ", ") + ".";
            return web::problem(Refusal{Because::invalid, "access.purpose", message, {{"Concord-Purpose", message}}}, request.reference);
        }
        context.actor.purpose = purpose;
        return {};
    }

    std::optional<Response> first_answer(const Request& request, const Context& context) const {
        if (context.idempotency_key.empty() || request.method != "POST") return {};
        if (context.idempotency_key.size() > 200)
            return web::problem(422, "The key is too long", "An Idempotency-Key has 200 letters at most.", request.reference);
        const auto kept = services_.db.reading(
            [&](store::Reader& reader) { return ledger::kept_answer(reader, context.actor.user, "POST " + request.path, context.idempotency_key); });
        if (!kept) return {};
        if (kept->request_hash != sha256_hex(request.body))
            return web::problem(422, "This key was used for another request", "Use a new Idempotency-Key for a new request.", request.reference);
        Response response{.status = kept->status, .headers = {}, .body = kept->body, .file = {}};
        const auto headers = parse_json(kept->headers);
        if (headers)
            for (const auto& [name, value] : headers->members()) response.headers.emplace_back(name, value.as_string());
        return response;
    }

    const Routes& routes_;
    Services services_;
    mutable Actors actors_{services_.epoch};
};

}  // namespace

void Context::keep(store::Transaction& tx, const web::Request& request, const web::Response& response) const {
    if (idempotency_key.empty()) return;
    Json headers = Json::object();
    for (const auto& [name, value] : response.headers) headers.set(name, value);
    ledger::keep_answer(tx, actor.user, "POST " + request.path, idempotency_key,
                        {response.status, to_text(headers), response.body, sha256_hex(request.body)}, clock.now());
}

web::Handler make_handler(const Routes& routes, const Services& services) {
    auto handler = std::make_shared<TheHandler>(routes, services);
    return [handler](const Request& request) { return (*handler)(request); };
}

}  // namespace concord::access
