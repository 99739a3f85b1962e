#include <algorithm>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "base/text.hpp"
#include "web/paging.hpp"
#include "web/pieces.hpp"

/// The API of users, agencies and hubs: the same rules as the pages.
namespace concord::access {
namespace {

using web::Request;
using web::Response;

Json texts(const std::vector<std::string>& all) {
    Json list = Json::array();
    for (const auto& one : all) list.push(one);
    return list;
}
std::vector<std::string> texts_of(const Json& list) {
    std::vector<std::string> all;
    for (const auto& one : list.items()) all.push_back(one.as_string());
    return all;
}

Json user_json(store::Reader& reader, const UserRow& user) {
    Json hub_codes = Json::array();
    for (const auto& hub : hubs(reader))
        if (std::find(user.hubs.begin(), user.hubs.end(), hub.seq) != user.hubs.end()) hub_codes.push(hub.code);
    return Json::object({{"id", user.id},
                         {"email", user.email},
                         {"name", user.name},
                         {"agency", user.agency_code},
                         {"roles", texts(user.roles)},
                         {"hubs", hub_codes},
                         {"disabled", user.disabled},
                         {"has_password", user.has_password},
                         {"version", user.version}});
}

Json body_json(const Body& one, const std::string& id) {
    Json json = Json::object({{"id", id}, {"code", one.code}, {"name", one.name}, {"users", one.users}, {"version", one.version}});
    json.set_if("kind", one.kind);
    if (one.ended) json.set("ended", to_iso(*one.ended));
    return json;
}

Result<Json> body_of(const Request& request) {
    auto parsed = parse_json(request.body.empty() ? "{}" : request.body);
    if (parsed && !parsed->is_object()) return Refusal{Because::invalid, "access.json", "Send a JSON object."};
    return parsed;
}

/// What is not named stays as it is.
Result<UserAsk> ask_of(store::Reader& reader, const Json& json, UserAsk ask) {
    std::vector<FieldError> errors;
    for (const auto& [key, value] : json.members())
        if (key != "email" && key != "name" && key != "agency" && key != "roles" && key != "hubs" && key != "disabled")
            errors.push_back({key, "There is no such field: email, name, agency, roles, hubs, disabled."});
    if (json.has("email")) ask.email = json["email"].as_string();
    if (json.has("name")) ask.name = json["name"].as_string();
    if (json.has("agency")) {
        const auto agency = agency_by_code(reader, json["agency"].as_string());
        ask.agency = agency ? agency->seq : 0;
    }
    if (json.has("roles")) ask.roles = texts_of(json["roles"]);
    if (json.has("hubs")) {
        ask.hubs.clear();
        for (const auto& code : texts_of(json["hubs"])) {
            const auto hub = hub_by_code(reader, code);
            if (hub)
                ask.hubs.push_back(hub->seq);
            else
                errors.push_back({"hubs", fmt::format("There is no hub \"{}\".", cut(code, 40))});
        }
        std::sort(ask.hubs.begin(), ask.hubs.end());
    }
    if (!errors.empty()) return Refusal{Because::invalid, "access.users", "Some answers need another look.", std::move(errors)};
    return ask;
}

Result<Done> may_manage(store::Reader& reader, const Context& context) {
    auto asked = context.demand(reader, "manage", {.kind = "users"});
    if (asked) return asked;
    return Refusal{Because::absent, "access.absent", "There is nothing at this address, or it is not for you to see."};
}

Response list_users(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = may_manage(reader, context); !asked) return web::pieces::absent();
        UserFilter filter{.words = std::string{request.asked("q")}, .role = std::string{request.asked("role")}, .state = "active"};
        if (const auto after = request.asked("after"); !after.empty()) {
            const auto cursor = web::read_cursor("users", after, 1);
            if (!cursor) return web::problem(web::bad_cursor(), request.reference);
            filter.after = cursor->front();
        }
        const auto limit = web::limit_of(request);
        if (!limit) return web::problem(limit.error(), request.reference);
        filter.limit = *limit;
        if (const auto agency = request.asked("agency"); !agency.empty()) {
            const auto found = agency_by_code(reader, agency);
            filter.agency = found ? found->seq : -1;
        }
        if (const auto hub = request.asked("hub"); !hub.empty()) {
            const auto found = hub_by_code(reader, hub);
            filter.hub = found ? found->seq : -1;
        }
        if (const auto state = request.asked("state"); state == "disabled" || state == "all") filter.state = state;
        const auto found = find_users(reader, context.ledger, filter);
        Json items = Json::array();
        for (const auto& user : found.rows) items.push(user_json(reader, user));
        Json answer = Json::object({{"items", items}, {"total", found.total}});
        if (found.more) answer.set("next", web::make_cursor("users", {found.rows.back().email}));
        return web::json(answer);
    });
}

Response one_user(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = may_manage(reader, context); !asked) return web::pieces::absent();
        const auto user = user_row(reader, context.ledger, request.parameter("id"));
        return user ? tagged(user_json(reader, *user), user->version) : web::pieces::absent();
    });
}

Response create_user_route(const Request& request, Context& context) {
    Response answer;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto asked = may_manage(tx, context); !asked) return asked;
        const auto json = body_of(request);
        if (!json) return json.error();
        const auto ask = ask_of(tx, *json, {});
        if (!ask) return ask.error();
        const auto made = add_user({tx, context.ledger, context.author(), {}}, *ask);
        if (!made) return made.error();
        const auto user = user_row(tx, context.ledger, context.ledger.id_of(tx, *made).value_or(""));
        answer = tagged(user_json(tx, *user), user->version, 201).with("location", "/api/v1/users/" + user->id);
        context.keep(tx, request, answer);
        return Done{};
    });
    if (!done) return done.error().because == Because::absent ? web::pieces::absent() : web::problem(done.error(), request.reference);
    return answer;
}

/// A change of one user; 412 carries the user as he stands.
template <class F>
Response change_one(const Request& request, Context& context, F f) {
    Response answer;
    const std::string id{request.parameter("id")};
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto asked = may_manage(tx, context); !asked) return asked;
        const auto user = user_row(tx, context.ledger, id);
        if (!user) return Refusal{Because::absent, "access.absent", "There is no such user."};
        const auto changed = f(Administering{tx, context.ledger, context.author(), expected_version(request)}, *user);
        if (!changed) return changed.error();
        const auto now = user_row(tx, context.ledger, id);
        answer = tagged(user_json(tx, *now), now->version);
        context.keep(tx, request, answer);
        return Done{};
    });
    if (done) return answer;
    if (done.error().because == Because::absent) return web::pieces::absent();
    return refusal_json(request, done.error(), [&] {
        return context.db.reading([&](store::Reader& reader) {
            const auto user = user_row(reader, context.ledger, id);
            return user ? user_json(reader, *user) : Json{};
        });
    });
}

Response patch_user(const Request& request, Context& context) {
    return change_one(request, context, [&](const Administering& with, const UserRow& user) -> Result<std::int64_t> {
        const auto json = body_of(request);
        if (!json) return json.error();
        const auto ask =
            ask_of(with.tx, *json, {.email = user.email, .name = user.name, .agency = user.agency, .roles = user.roles, .hubs = user.hubs});
        if (!ask) return ask.error();
        Administering then = with;
        std::int64_t version = user.version;
        if (json->has("disabled") && (*json)["disabled"].as_bool() != user.disabled) {
            auto set = set_disabled(with, user.seq, (*json)["disabled"].as_bool());
            if (!set || json->members().size() == 1) return set;
            version = *set;
            then.expected = *set;
        }
        if (json->members().size() == 1 && json->has("disabled")) return version;
        return change_user(then, user.seq, *ask);
    });
}

Response link_route(const Request& request, Context& context) {
    Response answer;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto asked = may_manage(tx, context); !asked) return asked;
        const auto user = user_row(tx, context.ledger, request.parameter("id"));
        if (!user) return Refusal{Because::absent, "access.absent", "There is no such user."};
        if (user->disabled) return Refusal{Because::not_now, "access.disabled", "This user is disabled: let them sign in again first."};
        auto said =
            context.ledger.append(tx, context.author(), user->seq, {},
                                  {ledger::NewEvent{"access.password_link_made", Json::object({{"summary", "Link to choose a password made"}})}});
        if (!said) return said.error();
        answer =
            web::json(Json::object({{"link", "/set-password?token=" + make_password_link(tx, user->seq, context.actor.user, context.now())}}), 201);
        answer.with("cache-control", "no-store");
        return Done{};
    });
    if (done) return answer;
    return done.error().because == Because::absent ? web::pieces::absent() : web::problem(done.error(), request.reference);
}

Response user_history(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = may_manage(reader, context); !asked) return web::pieces::absent();
        const auto user = user_row(reader, context.ledger, request.parameter("id"));
        return user ? web::list_page(request, history_json(reader, context.ledger, user->seq), "history") : web::pieces::absent();
    });
}

// ---- Agencies and hubs: everyone who signs in reads them

Response list_bodies(const Request& request, Context& context, BodyKind kind) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = context.demand(reader, "read", {.kind = "users"}); !asked) return web::problem(asked.error(), request.reference);
        Json items = Json::array();
        for (const auto& one : bodies(reader, kind))
            if (!one.ended || request.asked("ended") == "yes") items.push(body_json(one, context.ledger.id_of(reader, one.seq).value_or("")));
        return web::list_page(request, items, "bodies");
    });
}
Response one_body(const Request& request, Context& context, BodyKind kind) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = context.demand(reader, "read", {.kind = "users"}); !asked) return web::problem(asked.error(), request.reference);
        const auto one = body(reader, kind, request.parameter("code"));
        return one ? tagged(body_json(*one, context.ledger.id_of(reader, one->seq).value_or("")), one->version) : web::pieces::absent();
    });
}
Response write_body(const Request& request, Context& context, BodyKind kind, const AgencyKinds& kinds, bool is_new) {
    Response answer;
    const auto json_of = [&](store::Reader& reader, const Body& one) { return body_json(one, context.ledger.id_of(reader, one.seq).value_or("")); };
    std::string code{request.parameter("code")};
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto asked = may_manage(tx, context); !asked) return asked;
        const auto json = body_of(request);
        if (!json) return json.error();
        if (is_new) {
            code = (*json)["code"].as_string();
            const auto made = add_body({tx, context.ledger, context.author(), {}}, kind, code, (*json)["name"].as_string(),
                                       known_kind(kinds, kind, (*json)["kind"].as_string()));
            if (!made) return made.error();
            const auto now = body(tx, kind, trim(code));
            answer = tagged(json_of(tx, *now), now->version, 201);
            answer.with("location", fmt::format("/api/v1/{}/{}", kind == BodyKind::agency ? "agencies" : "hubs", now->code));
            context.keep(tx, request, answer);
            return Done{};
        }
        const auto now = body(tx, kind, code);
        if (!now) return Refusal{Because::absent, "access.absent", "There is nothing here."};
        std::optional<Date> ended = now->ended;
        if (json->has("ended")) {
            const std::string& text = (*json)["ended"].as_string();
            ended = parse_date(text);
            if (!text.empty() && !ended)
                return Refusal{Because::invalid,
                               "access.users",
                               "Some answers need another look.",
                               {{"ended", "Give a day like 2027-04-01, or an empty text."}}};
        }
        const auto changed = change_body({tx, context.ledger, context.author(), expected_version(request)}, kind, *now,
                                         json->has("name") ? (*json)["name"].as_string() : now->name,
                                         json->has("kind") ? known_kind(kinds, kind, (*json)["kind"].as_string()) : now->kind, ended);
        if (!changed) return changed.error();
        const auto then = body(tx, kind, code);
        answer = tagged(json_of(tx, *then), then->version);
        return Done{};
    });
    if (done) return answer;
    if (done.error().because == Because::absent) return web::pieces::absent();
    return refusal_json(request, done.error(), [&] {
        return context.db.reading([&](store::Reader& reader) {
            const auto now = body(reader, kind, code);
            return now ? json_of(reader, *now) : Json{};
        });
    });
}

Json schema_of(std::initializer_list<std::pair<const char*, const char*>> fields) {
    Json properties = Json::object();
    for (const auto& [name, type] : fields)
        properties.set(name, std::string_view{type} == "texts" ? Json::object({{"type", "array"}, {"items", Json::object({{"type", "string"}})}})
                                                               : Json::object({{"type", type}}));
    return Json::object({{"type", "object"}, {"properties", properties}});
}

void route(Routes& routes, const std::string& method, const std::string& pattern, const std::string& summary, Handler handler,
           std::vector<std::string> query = {}, Json body = {}, bool needs_if_match = false, int success = 200) {
    routes.add({.description = {.method = method,
                                .pattern = "/api/v1" + pattern,
                                .summary = summary,
                                .tag = "administration",
                                .query = std::move(query),
                                .request = std::move(body),
                                .success = success,
                                .needs_if_match = needs_if_match},
                .handler = std::move(handler)});
}

}  // namespace

void add_administration_api(Routes& routes, const AgencyKinds& kinds);
void add_administration_api(Routes& routes, const AgencyKinds& kinds) {
    const Json user =
        schema_of({{"email", "string"}, {"name", "string"}, {"agency", "string"}, {"roles", "texts"}, {"hubs", "texts"}, {"disabled", "boolean"}});
    route(routes, "GET", "/users", "Users, for administrators", list_users, {"q", "agency", "hub", "role", "state", "limit", "after"});
    route(routes, "POST", "/users", "Adds a user, without a password", create_user_route, {}, user, false, 201);
    route(routes, "GET", "/users/{id}", "One user", one_user);
    route(routes, "PATCH", "/users/{id}", "Changes a user: name, e-mail, agency, roles, hubs, disabled", patch_user, {}, user, true);
    route(routes, "POST", "/users/{id}/password-link", "Makes a link to choose a password, once", link_route, {}, {}, false, 201);
    route(routes, "GET", "/users/{id}/history", "What happened to a user, and who did it", user_history);
    for (const BodyKind kind : {BodyKind::agency, BodyKind::hub}) {
        const std::string path = kind == BodyKind::agency ? "/agencies" : "/hubs", one = kind == BodyKind::agency ? "agency" : "hub";
        const Json shape = kind == BodyKind::agency ? schema_of({{"code", "string"}, {"name", "string"}, {"kind", "string"}, {"ended", "string"}})
                                                    : schema_of({{"code", "string"}, {"name", "string"}, {"ended", "string"}});
        route(routes, "GET", path, kind == BodyKind::agency ? "Agencies" : "Hubs",
              [kind](const Request& request, Context& context) { return list_bodies(request, context, kind); }, {"ended"});
        route(
            routes, "POST", path, "Adds one " + one,
            [kind, kinds](const Request& request, Context& context) { return write_body(request, context, kind, kinds, true); }, {}, shape, false,
            201);
        route(routes, "GET", path + "/{code}", "One " + one,
              [kind](const Request& request, Context& context) { return one_body(request, context, kind); });
        route(
            routes, "PATCH", path + "/{code}", "Changes one " + one,
            [kind, kinds](const Request& request, Context& context) { return write_body(request, context, kind, kinds, false); }, {}, shape, true);
    }
}

}  // namespace concord::access
