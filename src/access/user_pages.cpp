#include <algorithm>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "base/text.hpp"
#include "web/pieces.hpp"

/// Pages of the system administrator: users, agencies, hubs, and the page that leads to all of it.
namespace concord::access {
namespace {

using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;

using Choices = std::vector<std::pair<std::string, std::string>>;

/// What the administrator may do is asked once, at the door of each page.
template <class F>
Response reading(Context& context, F f) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = context.demand(reader, "manage", {.kind = "users"}); !asked) return absent();
        return f(reader);
    });
}

Html heading(const Html& title, const Html& caption = "Administration", const Html& beside = {}) { return ui::head(title, caption, beside); }

Choices agency_choices(store::Reader& reader, bool with_any) {
    Choices all{{"", with_any ? "Any" : "Choose"}};
    for (const auto& one : agencies(reader)) all.emplace_back(one.code, one.name);
    return all;
}

Html form_to(const std::string& action, const Context& context, const Html& inside) {
    return el("form", {{"method", "post"}, {"action", action}, {"novalidate", true}}, hidden("csrf", context.csrf) + inside);
}

// ---- The page that leads to all of it

Response index_page(const Request& request, Context& context) {
    return reading(context, [&](store::Reader& reader) {
        const auto users = reader.count("select count(*) from app_user where disabled = 0");
        const auto number_of = [&](BodyKind kind) {
            const auto all = bodies(reader, kind);
            return std::count_if(all.begin(), all.end(), [](const Body& one) { return !one.ended; });
        };
        Html main = heading("Administration", context.actor.agency_name);
        main += ui::rows(
            {{.text = "Users",
              .href = "/admin/users",
              .about = fmt::format("{} who may sign in: their agency, hubs and roles", counted(users, "person", "people"))},
             {.text = "Agencies",
              .href = "/admin/agencies",
              .about = fmt::format("{} that work in the partnership", counted(number_of(BodyKind::agency), "agency", "agencies"))},
             {.text = "Hubs", .href = "/admin/hubs", .about = counted(number_of(BodyKind::hub), "team that works", "teams that work") + " cases"},
             {.text = "Code lists", .href = "/admin/codes", .about = "The answers that questions offer, and what they are called"},
             {.text = "Rules and limits", .href = "/admin/rules", .about = "Lengths of clocks, limits and amounts, each from a day on"},
             {.text = "Bank holidays", .href = "/admin/calendars", .about = "The days on which clocks that count working days stand still"}});
        return context.page(request, "Administration", main);
    });
}

// ---- Users

std::string hub_words(store::Reader& reader, const UserRow& user) {
    std::vector<std::string> names;
    for (const Seq hub : user.hubs) names.push_back(name_of(reader, "hub", hub));
    return names.empty() ? "None" : join(names, ", ");
}
std::string role_words(const UserRow& user) {
    std::vector<std::string> names;
    for (const auto& role : user.roles) names.push_back(role_label(role));
    return join(names, ", ");
}

UserFilter filter_of(const Request& request, store::Reader& reader) {
    UserFilter filter{
        .words = std::string{request.asked("q")}, .role = std::string{request.asked("role")}, .after = std::string{request.asked("after")}};
    if (const auto agency = agency_by_code(reader, request.asked("agency"))) filter.agency = agency->seq;
    if (const auto hub = hub_by_code(reader, request.asked("hub"))) filter.hub = hub->seq;
    if (const auto state = request.asked("state"); state == "disabled" || state == "all") filter.state = state;
    return filter;
}

Html filter_form(const Request& request, store::Reader& reader) {
    Choices hub_choices{{"", "Any"}}, roles{{"", "Any"}};
    for (const auto& one : hubs(reader)) hub_choices.emplace_back(one.code, one.name);
    for (const auto& one : all_roles()) roles.emplace_back(std::string{one.code}, std::string{one.label});
    const auto value = [&](std::string_view name) { return std::string{request.asked(name)}; };
    Html inside = text_question({.label = "Name or e-mail address", .name = "q", .value = value("q"), .hint = ""}) +
                  select_question({.label = "Agency", .name = "agency", .value = value("agency"), .hint = ""}, agency_choices(reader, true)) +
                  select_question({.label = "Hub", .name = "hub", .value = value("hub"), .hint = ""}, hub_choices) +
                  select_question({.label = "Role", .name = "role", .value = value("role"), .hint = ""}, roles) +
                  select_question({.label = "State", .name = "state", .value = value("state"), .hint = ""},
                                  {{"active", "May sign in"}, {"disabled", "Disabled"}, {"all", "All"}}) +
                  button("Show", "secondary");
    return el("form", {{"method", "get"}, {"action", "/admin/users"}}, inside);
}

Response users_page(const Request& request, Context& context) {
    return reading(context, [&](store::Reader& reader) {
        const auto found = find_users(reader, context.ledger, filter_of(request, reader));
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& user : found.rows) {
            Html who = link("/admin/users/" + user.id, user.name);
            if (user.disabled) who += " " + tag("Disabled");
            if (!user.has_password && !user.disabled) who += " " + tag("No password yet", "yellow");
            rows.push_back(
                {{.text = who}, {.text = user.email}, {.text = user.agency_name}, {.text = hub_words(reader, user)}, {.text = role_words(user)}});
        }
        Html list = p(counted(found.total, "user"));
        list +=
            rows.empty()
                ? p("Nobody fits. Change the filter.")
                : ui::stacked_table({.head = {{.text = "Name"}, {.text = "E-mail address"}, {.text = "Agency"}, {.text = "Hubs"}, {.text = "Roles"}},
                                     .rows = rows});
        if (found.more) {
            web::Fields query;
            for (const auto& [name, value] : request.query)
                if (name != "after") query.emplace_back(name, value);
            query.emplace_back("after", found.rows.back().email);
            list += p(link("/admin/users?" + web::encode_query(query), "Next page"));
        }
        Html main = back_link("/admin", "Administration") + saved_banner(request) +
                    heading("Users", "Administration", button_link("Add a user", "/admin/users/new", "", "")) +
                    ui::split(filter_form(request, reader), list, "left");
        return context.page(request, "Users", main);
    });
}

struct UserForm {
    std::string email, name, agency;
    std::vector<std::string> roles, hubs;  // codes
};
UserForm typed_user(const Request& request) {
    return {std::string{request.typed("email")}, std::string{request.typed("name")}, std::string{request.typed("agency")}, request.typed_all("roles"),
            request.typed_all("hubs")};
}
UserForm form_of(store::Reader& reader, const UserRow& user) {
    UserForm form{user.email, user.name, user.agency_code, user.roles, {}};
    for (const auto& hub : hubs(reader))
        if (std::find(user.hubs.begin(), user.hubs.end(), hub.seq) != user.hubs.end()) form.hubs.push_back(hub.code);
    return form;
}
UserAsk ask_of(store::Reader& reader, const UserForm& form) {
    UserAsk ask{.email = form.email, .name = form.name, .roles = form.roles};
    if (const auto agency = agency_by_code(reader, form.agency)) ask.agency = agency->seq;
    for (const auto& code : form.hubs)
        if (const auto hub = hub_by_code(reader, code)) ask.hubs.push_back(hub->seq);
    // In the order of the list, so that nothing is changed by how a browser sends it.
    std::sort(ask.hubs.begin(), ask.hubs.end());
    return ask;
}

Html user_questions(store::Reader& reader, const UserForm& form, const Refusal* refusal) {
    const auto boxes = [&](const std::string& name, const std::string& legend, const std::string& hint, std::vector<ui::Choice> items,
                           const std::vector<std::string>& values) {
        std::optional<ui::ErrorMessage> error;
        if (const auto message = error_of(refusal, name); !message.empty()) error = ui::ErrorMessage{.text = message};
        return ui::checkboxes({.fieldset = ui::Fieldset{.legend = {.text = legend, .classes = "govuk-fieldset__legend--s"}},
                               .hint = ui::Hint{hint},
                               .error_message = error,
                               .id_prefix = name,
                               .name = name,
                               .items = std::move(items),
                               .values = values,
                               .classes = "govuk-checkboxes--small"});
    };
    std::vector<ui::Choice> hub_items, role_items;
    for (const auto& one : hubs(reader)) hub_items.push_back({.text = one.name, .value = one.code});
    for (const auto& one : all_roles()) role_items.push_back({.text = one.label, .value = std::string{one.code}, .hint = ui::Hint{one.about}});
    return text_question({.label = "Name", .name = "name", .value = form.name, .hint = "", .refusal = refusal}) +
           text_question({.label = "E-mail address", .name = "email", .value = form.email, .hint = "They sign in with it", .refusal = refusal}) +
           select_question({.label = "Agency", .name = "agency", .value = form.agency, .hint = "", .refusal = refusal},
                           agency_choices(reader, false)) +
           boxes("hubs", "Hubs", "Where they work. None for people of the partnership's office.", std::move(hub_items), form.hubs) +
           boxes("roles", "Roles", "What they may do. No role includes another.", std::move(role_items), form.roles);
}

Response new_user_page(const Request& request, Context& context, const UserForm& form, const Refusal* refusal) {
    return reading(context, [&](store::Reader& reader) {
        Html main = back_link("/admin/users", "Users") + error_summary(refusal) + heading("Add a user") +
                    p("They cannot sign in yet: on the next page you make a link with which they choose their own password.") +
                    form_to("/admin/users", context, user_questions(reader, form, refusal) + button("Add the user"));
        return context.page(request, refusal != nullptr ? "Error: Add a user" : "Add a user", main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Html user_state(const UserRow& user) {
    if (user.disabled) return tag("Disabled");
    return user.has_password ? tag("May sign in", "green") : tag("No password yet", "yellow");
}

Response user_page(const Request& request, Context& context, std::string_view id, const UserForm* typed, const Refusal* refusal,
                   const std::string& password_link = {}) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto user = user_row(reader, context.ledger, id);
        if (!user) return absent();
        const std::string at = "/admin/users/" + user->id;
        Html main = back_link("/admin/users", "Users") + error_summary(refusal) + clash_note(refusal);
        if (!password_link.empty())
            main += ui::notification_banner(
                {.html = p("Give this link to " + user->name + " and nobody else. It is shown once, works once, and ends after two days.") +
                         el("p", {{"class", "govuk-body"}}, el("code", {{"data-cc", "wrap"}}, password_link)),
                 .title = "A link to choose a password",
                 .type = "success"});
        main += saved_banner(request) + heading(user->name, "User", user_state(*user));
        Html form = hidden("version", std::to_string(user->version)) +
                    user_questions(reader, typed != nullptr ? *typed : form_of(reader, *user), refusal) + button("Save");
        Html beside = ui::section("signing-in", "Signing in",
                                  p(user->has_password ? "They have a password. A link lets them choose a new one; the old one works until then."
                                                       : "They have no password yet: make a link with which they choose one.") +
                                      (user->disabled ? p("While they are disabled, no link can be made.")
                                                      : form_to(at + "/password", context, button("Make a link to choose a password", "secondary"))));
        beside += ui::section(
            "state", user->disabled ? "Disabled" : "Leaving",
            user->disabled
                ? p("They cannot sign in. Their work and their name stay on the records.") +
                      form_to(at + "/enabling", context,
                              hidden("version", std::to_string(user->version)) + button("Let them sign in again", "secondary"))
                : p("Somebody who leaves is disabled, never deleted: sessions and tokens end at once, their work stays.") +
                      form_to(at + "/disabling", context, hidden("version", std::to_string(user->version)) + button("Disable this user", "warning")));
        main += ui::split(form_to(at, context, form), beside + history(reader, context.ledger, user->seq));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + user->name, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Administering administering(store::Transaction& tx, const Context& context, const Request& request) {
    return {tx, context.ledger, context.author(), expected_version(request)};
}

Response add_user_post(const Request& request, Context& context) {
    const UserForm form = typed_user(request);
    std::string id;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Seq> {
        if (auto asked = context.demand(tx, "manage", {.kind = "users"}); !asked) return asked.error();
        auto made = add_user({tx, context.ledger, context.author(), {}}, ask_of(tx, form));
        if (made) id = context.ledger.id_of(tx, *made).value_or("");
        return made;
    });
    if (!done && (done.error().because == Because::absent || done.error().because == Because::not_allowed)) return absent();
    if (!done) return new_user_page(request, context, form, &done.error());
    return web::see_other("/admin/users/" + id + "?saved=1");
}

/// One change of one user; a refusal shows the page again with what was typed.
template <class F>
Response change_post(const Request& request, Context& context, const UserForm* typed, F f) {
    const std::string id{request.parameter("id")};
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        if (auto asked = context.demand(tx, "manage", {.kind = "users"}); !asked) return asked.error();
        const auto user = user_row(tx, context.ledger, id);
        if (!user) return Refusal{Because::absent, "access.absent", "There is no such user."};
        return f(administering(tx, context, request), *user);
    });
    if (!done && (done.error().because == Because::absent || done.error().because == Because::not_allowed)) return absent();
    if (!done) return user_page(request, context, id, typed, &done.error());
    return web::see_other("/admin/users/" + id + "?saved=1");
}

Response password_post(const Request& request, Context& context) {
    const std::string id{request.parameter("id")};
    std::string token;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto asked = context.demand(tx, "manage", {.kind = "users"}); !asked) return asked.error();
        const auto user = user_row(tx, context.ledger, id);
        if (!user) return Refusal{Because::absent, "access.absent", "There is no such user."};
        if (user->disabled) return Refusal{Because::not_now, "access.disabled", "This user is disabled: let them sign in again first."};
        auto said =
            context.ledger.append(tx, context.author(), user->seq, {},
                                  {ledger::NewEvent{"access.password_link_made", Json::object({{"summary", "Link to choose a password made"}})}});
        if (!said) return said.error();
        token = make_password_link(tx, user->seq, context.actor.user, context.now());
        return Done{};
    });
    if (!done && done.error().because != Because::not_now) return absent();
    if (!done) return user_page(request, context, id, nullptr, &done.error());
    const std::string scheme = request.over_tls ? "https" : "http";
    Response response =
        user_page(request, context, id, nullptr, nullptr, fmt::format("{}://{}/set-password?token={}", scheme, request.header("host"), token));
    return response.with("cache-control", "no-store");
}

// ---- Agencies and hubs: the same page for both

struct BodyWords {
    BodyKind kind;
    std::string path, one, many, about;
};
BodyWords words_of(BodyKind kind) {
    if (kind == BodyKind::agency)
        return {kind, "/admin/agencies", "agency", "Agencies",
                "Everyone who signs in works for one agency. An agency that leaves is ended, never deleted."};
    return {kind, "/admin/hubs", "hub", "Hubs", "Cases belong to a hub. A hub that is merged or closed is ended, never deleted; its history stays."};
}
std::string kind_label(const Choices& kinds, const std::string& code) {
    for (const auto& [known, label] : kinds)
        if (known == code) return label;
    return code;
}

Html body_questions(const BodyWords& words, const Body& now, bool is_new, const std::string& ended, const Choices& kinds, const Refusal* refusal) {
    Html form;
    if (is_new)
        form += text_question({.label = "Code",
                               .name = "code",
                               .value = now.code,
                               .hint = "Short, of lower-case letters, digits and _. It never changes.",
                               .refusal = refusal,
                               .classes = "govuk-input--width-20"});
    form += text_question({.label = "Name", .name = "name", .value = now.name, .hint = "", .refusal = refusal});
    if (words.kind == BodyKind::agency) {
        Choices with_none{{"", "Choose"}};
        with_none.insert(with_none.end(), kinds.begin(), kinds.end());
        form += select_question({.label = "Kind of agency", .name = "kind", .value = now.kind, .hint = "", .refusal = refusal}, with_none);
    }
    if (!is_new)
        form += date_question({.label = "Ended on (leave empty while it goes on)", .name = "ended", .value = ended, .hint = "", .refusal = refusal});
    return form;
}

Response bodies_page(const Request& request, Context& context, BodyKind kind, const AgencyKinds& kinds, const Body& typed, const Refusal* refusal) {
    const BodyWords words = words_of(kind);
    return reading(context, [&](store::Reader& reader) {
        const Choices choices = kind == BodyKind::agency ? kinds() : Choices{};
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& one : bodies(reader, kind)) {
            Html name = link(words.path + "/" + one.code, one.name);
            if (one.ended) name += " " + tag("Ended " + in_words(*one.ended));
            std::vector<ui::Cell> row{{.text = name}, {.text = one.code}};
            if (kind == BodyKind::agency) row.push_back({.text = kind_label(choices, one.kind)});
            row.push_back({.text = std::to_string(one.users), .format = "numeric"});
            rows.push_back(std::move(row));
        }
        std::vector<ui::Cell> head{{.text = "Name"}, {.text = "Code"}};
        if (kind == BodyKind::agency) head.push_back({.text = "Kind"});
        head.push_back({.text = "Users", .format = "numeric"});
        Html main = back_link("/admin", "Administration") + error_summary(refusal) + saved_banner(request) + heading(words.many) + p(words.about);
        main += ui::split(ui::stacked_table({.head = head, .rows = rows}),
                          ui::section("add", "Add " + std::string{kind == BodyKind::agency ? "an agency" : "a hub"},
                                      form_to(words.path, context, body_questions(words, typed, true, "", choices, refusal) + button("Add"))));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + words.many, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response body_page(const Request& request, Context& context, BodyKind kind, const AgencyKinds& kinds, const Body* typed, const Refusal* refusal) {
    const BodyWords words = words_of(kind);
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto now = body(reader, kind, request.parameter("code"));
        if (!now) return absent();
        const Body& shown = typed != nullptr ? *typed : *now;
        const std::string ended = typed != nullptr ? std::string{request.typed("ended")} : now->ended ? to_iso(*now->ended) : std::string{};
        Html main = back_link(words.path, words.many) + error_summary(refusal) + clash_note(refusal) + saved_banner(request) +
                    heading(now->name, capital(words.one) + " " + now->code);
        main += ui::split(
            form_to(words.path + "/" + now->code, context,
                    hidden("version", std::to_string(now->version)) +
                        body_questions(words, shown, false, ended, kind == BodyKind::agency ? kinds() : Choices{}, refusal) + button("Save")),
            p(link("/admin/users?" + words.one + "=" + now->code, counted(now->users, "user")) +
              Html{now->users == 1 ? " works here." : " work here."}) +
                history(reader, context.ledger, now->seq));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + now->name, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response add_body_post(const Request& request, Context& context, BodyKind kind, const AgencyKinds& kinds) {
    const Body typed{
        .code = std::string{request.typed("code")}, .name = std::string{request.typed("name")}, .kind = std::string{request.typed("kind")}};
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Seq> {
        if (auto asked = context.demand(tx, "manage", {.kind = "users"}); !asked) return asked.error();
        return add_body({tx, context.ledger, context.author(), {}}, kind, typed.code, typed.name, known_kind(kinds, kind, typed.kind));
    });
    if (!done && done.error().because != Because::invalid) return absent();
    if (!done) return bodies_page(request, context, kind, kinds, typed, &done.error());
    return web::see_other(words_of(kind).path + "?saved=1");
}

Response change_body_post(const Request& request, Context& context, BodyKind kind, const AgencyKinds& kinds) {
    const Body typed{.name = std::string{request.typed("name")}, .kind = std::string{request.typed("kind")}};
    const std::string ended{trim(request.typed("ended"))};
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        if (auto asked = context.demand(tx, "manage", {.kind = "users"}); !asked) return asked.error();
        const auto now = body(tx, kind, request.parameter("code"));
        if (!now) return Refusal{Because::absent, "access.absent", "There is nothing here."};
        const auto day = parse_typed_date(ended, context.today());
        if (!ended.empty() && !day)
            return Refusal{Because::invalid,
                           "access.users",
                           "Some answers need another look.",
                           {{"ended", "Give a day that exists, like 17/5/2027, or leave it empty."}}};
        return change_body(administering(tx, context, request), kind, *now, typed.name, known_kind(kinds, kind, typed.kind), day);
    });
    if (!done && (done.error().because == Because::absent || done.error().because == Because::not_allowed)) return absent();
    if (!done) return body_page(request, context, kind, kinds, &typed, &done.error());
    return web::see_other(words_of(kind).path + "/" + std::string{request.parameter("code")} + "?saved=1");
}

void add_user_routes(Routes& routes) {
    routes.get("/admin", "What an administrator can change", "administration", index_page);
    routes.get("/admin/users", "Users, with a filter", "administration", users_page);
    routes.get("/admin/users/new", "The form for a new user", "administration",
               [](const Request& request, Context& context) { return new_user_page(request, context, {}, nullptr); });
    routes.post("/admin/users", "Adds a user", "administration", add_user_post);
    routes.get("/admin/users/{id}", "One user", "administration",
               [](const Request& request, Context& context) { return user_page(request, context, request.parameter("id"), nullptr, nullptr); });
    routes.post("/admin/users/{id}", "Changes a user", "administration", [](const Request& request, Context& context) {
        const UserForm form = typed_user(request);
        return change_post(request, context, &form,
                           [&](const Administering& with, const UserRow& user) { return change_user(with, user.seq, ask_of(with.tx, form)); });
    });
    routes.post("/admin/users/{id}/password", "Makes a link to choose a password", "administration", password_post);
    for (const bool disabled : {true, false})
        routes.post(disabled ? "/admin/users/{id}/disabling" : "/admin/users/{id}/enabling",
                    disabled ? "Disables a user" : "Lets a user sign in again", "administration",
                    [disabled](const Request& request, Context& context) {
                        return change_post(request, context, nullptr,
                                           [&](const Administering& with, const UserRow& user) { return set_disabled(with, user.seq, disabled); });
                    });
}

}  // namespace

void add_administration_api(Routes& routes, const AgencyKinds& kinds);  // admin_api.cpp

void add_administration(Routes& routes, const Services&, const AgencyKinds& kinds) {
    add_user_routes(routes);
    for (const BodyKind kind : {BodyKind::agency, BodyKind::hub}) {
        const BodyWords words = words_of(kind);
        routes.get(words.path, words.many, "administration",
                   [kind, kinds](const Request& request, Context& context) { return bodies_page(request, context, kind, kinds, {}, nullptr); });
        routes.post(words.path, "Adds one", "administration",
                    [kind, kinds](const Request& request, Context& context) { return add_body_post(request, context, kind, kinds); });
        routes.get(words.path + "/{code}", "One " + words.one, "administration",
                   [kind, kinds](const Request& request, Context& context) { return body_page(request, context, kind, kinds, nullptr, nullptr); });
        routes.post(words.path + "/{code}", "Changes it", "administration",
                    [kind, kinds](const Request& request, Context& context) { return change_body_post(request, context, kind, kinds); });
    }
    add_administration_api(routes, kinds);
}

}  // namespace concord::access
