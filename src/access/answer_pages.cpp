#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/asking.hpp"
#include "base/text.hpp"
#include "web/components.hpp"

/// "Who can see this, and why?": the API's answer about one user, action and thing, and the page of a case that shows everybody.
namespace concord::access {
namespace {

using web::absent;
using web::Html;
using web::Request;
using web::Response;
namespace ui = web::ui;

const std::vector<std::string_view>& actions() {
    static const std::vector<std::string_view> all{"read", "create", "change", "act", "comment", "assign", "lock", "export", "triage", "manage"};
    return all;
}

Refusal invalid(std::string field, std::string message) {
    return Refusal{Because::invalid, "access.question", "Some values need another look.", {{std::move(field), std::move(message)}}};
}

/// Reasons are written for the one who asks; about somebody else they read like this.
std::string about_another(std::string text) {
    static const std::vector<std::pair<std::string_view, std::string_view>> words{
        {"You or your", "They or their"}, {"You ", "They "}, {"Your ", "Their "}, {" your ", " their "}, {" you ", " they "}};
    for (const auto& [from, to] : words)
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

/// One group of a record's audience, in words.
struct Group {
    std::int64_t principal = 0;
    std::string name, why, until;
    std::size_t people = 0;
};
std::string group_name(store::Reader& reader, std::string_view kind, const std::string& key) {
    const auto number = [](std::string_view text) { return std::strtoll(std::string{text}.c_str(), nullptr, 10); };
    if (kind == "user") return name_of(reader, "app_user", number(key));
    if (kind == "agency") return name_of(reader, "agency", number(key));
    if (kind == "hub") return fmt::format("The team of the {} hub", name_of(reader, "hub", number(key)));
    if (kind == "agency_in_hub") {
        const auto colon = key.find(':');
        return fmt::format("{} in the {} hub", name_of(reader, "agency", number(key.substr(0, colon))),
                           name_of(reader, "hub", number(key.substr(colon + 1))));
    }
    if (kind == "role" && key == "analyst") return "Analysts of the partnership";
    return fmt::format("{} {}", kind, key);
}
std::string why_group(std::string_view rule) {
    if (rule == "hub_team") return "The hub's team reads its records";
    if (rule == "lead_agency_in_hub") return "The lead agency's people in this hub";
    if (rule == "task") return "The agency has a task on it";
    if (rule == "information_request") return "The agency was asked for information on it";
    if (rule == "lead_officer") return "Lead officer";
    if (rule == "named") return "Named on it";
    if (rule == "transfer_offer") return "The record is offered to this hub";
    if (rule == "handed_over") return "The record was this hub's until it was handed over";
    if (rule == "invited") return "Invited to it";
    if (rule == "analysts") return "Analysts read records that are not restricted";
    return std::string{rule};
}

std::vector<Group> groups_on(store::Reader& reader, Seq record, Date today) {
    std::vector<Group> all;
    for (const auto& row : reader.select("itttt", R"sql(
            select v.principal, p.kind, p.name, v.because, v.until_day
              from visibility v join principal p on p.id = v.principal
             where v.record = :record and v.until_day >= :today
             order by p.kind, v.because, v.principal)sql",
                                         {{"record", record}, {"today", today}}))
        all.push_back({.principal = row.integer(0),
                       .name = group_name(reader, row.text(1), row.text(2)),
                       .why = why_group(row.text(3)),
                       .until = row.text(4) == "9999-12-31" ? "" : in_words(*parse_date(row.text(4)))});
    return all;
}

struct Seer {
    std::string name, email, agency;
    std::vector<std::string> why;
};
/// Everybody who reads the record today, and counts them into the groups. The same groups as at sign-in: groups_of.
std::vector<Seer> seers(store::Reader& reader, std::vector<Group>& groups) {
    std::vector<Seer> all;
    for (const auto& row : reader.select("itttitt", R"sql(
            select u.stream, u.name, u.email, a.name, u.agency, u.roles, u.hubs
              from app_user u join agency a on a.stream = u.agency where u.disabled = 0 order by a.name, u.name, u.stream)sql")) {
        std::vector<Seq> hubs;
        for (const auto& hub : split(row.text(6), ' '))
            if (!hub.empty()) hubs.push_back(std::stoll(hub));
        std::set<std::int64_t> mine;
        for (const auto& [kind, key] : groups_of(row.integer(0), row.integer(4), split(row.text(5), ' '), hubs)) mine.insert(principal_id(kind, key));
        Seer seer{.name = row.text(1), .email = row.text(2), .agency = row.text(3), .why = {}};
        for (auto& group : groups)
            if (mine.contains(group.principal)) {
                seer.why.push_back(group.why);
                ++group.people;
            }
        if (!seer.why.empty()) all.push_back(std::move(seer));
    }
    return all;
}

/// Whoever may read a thing may ask who else may, and why; the information governance lead may ask about everything.
bool may_ask(store::Reader& reader, const Context& context, const Thing& thing) {
    return context.may(reader, "read", thing).allowed || context.actor.has_role("ig_lead");
}

struct Asked {
    Named user;
    bool self = false;
    std::string action;
    Thing thing;
};
Result<Asked> question(store::Reader& reader, const Context& context, const Services& services, const Request& request) {
    Asked asked{
        .user = {context.actor.user, context.actor.email, context.actor.name, {}}, .self = true, .action = std::string{request.asked("action")}};
    if (asked.action.empty()) asked.action = "read";
    const auto thing = services.find_thing ? services.find_thing(reader, request.asked("thing")) : std::nullopt;
    const bool known = may_ask(reader, context, thing.value_or(Thing{.kind = "case", .seq = -1}));
    if (request.asked("thing").empty()) return invalid("thing", "Say what it is about: a reference, an id, or REFERENCE/entries/3.");
    if (std::find(actions().begin(), actions().end(), asked.action) == actions().end())
        return invalid("action", "Choose one of: " + join({actions().begin(), actions().end()}, ", ") + ".");
    if (!thing || !known) return Refusal{Because::absent, "access.absent", "There is nothing at this address, or it is not for you to see."};
    asked.thing = *thing;
    if (const std::string email = lower_ascii(trim(request.asked("user"))); !email.empty() && email != context.actor.email) {
        auto user = user_by_email(reader, email);
        if (!user) return invalid("user", "There is no user of this e-mail address.");
        asked.user = std::move(*user);
        asked.self = false;
    }
    return asked;
}

Answer answer_to(store::Reader& reader, const Asked& asked, Date today) {
    const auto actor = actor_of(reader, asked.user.seq);
    if (!actor) return {.allowed = false, .visible = false, .because = {{"user.disabled", "They may not sign in any more."}}};
    Answer answer = may(reader, *actor, asked.action, asked.thing, today);
    if (!asked.self)
        for (auto& reason : answer.because) reason.text = about_another(reason.text);
    return answer;
}

Response api_answer(const Request& request, Context& context, const Services& services) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto asked = question(reader, context, services, request);
        if (!asked) return web::told(asked.error(), request);
        const Answer answer = answer_to(reader, *asked, context.today());
        Json because = Json::array();
        for (const auto& reason : answer.because) because.push(Json::object({{"rule", reason.rule}, {"text", reason.text}}));
        return web::json(Json::object({{"user", asked->user.code}, {"action", asked->action}, {"allowed", answer.allowed}, {"because", because}}));
    });
}

Html asked_about(store::Reader& reader, const Context& context, const Request& request, const Thing& thing) {
    const std::string typed = trim(request.asked("user"));
    ui::Input input{.label = {"E-mail address of a colleague"}, .id = "user", .name = "user"};
    input.value = typed;
    input.classes = "govuk-input--width-20";
    Html out = web::el("form", {{"method", "get"}, {"action", request.path}},
                       ui::input(input) + ui::button({.text = "What may they do?", .classes = "govuk-button--secondary"}));
    if (typed.empty()) return out;
    const auto user = user_by_email(reader, lower_ascii(typed));
    if (!user) return out + ui::inset_text({.text = Html{"There is no user of this e-mail address: " + typed}});
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& [action, words] : std::vector<std::pair<std::string, std::string>>{
             {"read", "Read it"}, {"comment", "Add notes"}, {"change", "Change it"}, {"assign", "Change its lead"}, {"lock", "Restrict it"}}) {
        const Asked asked{.user = *user, .self = user->seq == context.actor.user, .action = action, .thing = thing};
        const Answer answer = answer_to(reader, asked, context.today());
        Html why;
        for (const auto& reason : answer.because) why += web::el("div", reason.text);
        rows.push_back({{.text = words}, {.text = answer.allowed ? "Yes" : "No"}, {.text = why}});
    }
    return out + ui::stacked_table({.caption = Html{user->name},
                                    .caption_classes = "govuk-table__caption--s",
                                    .head = {{.text = "May they"}, {.text = "Answer"}, {.text = "Why"}},
                                    .rows = rows,
                                    .first_cell_is_header = true});
}

Response page(const Request& request, Context& context, const Services& services) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const std::string reference{request.parameter("ref")};
        const auto thing = services.find_thing ? services.find_thing(reader, reference) : std::nullopt;
        if (!context.demand(reader, "read", thing.value_or(Thing{.kind = "case", .seq = -1})) || thing->kind != "case") return absent();
        auto groups = groups_on(reader, thing->seq, context.today());
        const auto people = seers(reader, groups);
        Html main = ui::breadcrumbs(
            {.items = {{.text = "Cases", .href = "/cases"}, {.text = reference, .href = "/cases/" + reference}, {.text = "Who can see this"}}});
        main += ui::head("Who can see this, and why?", Html{reference});
        if (restriction_of(reader, thing->seq) != "normal")
            main += ui::inset_text({.text = "This record is restricted. Only the people named here see it, and each look needs a typed reason."});
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& group : groups)
            rows.push_back({{.text = group.name},
                            {.text = group.why},
                            {.text = group.until.empty() ? "No end" : group.until},
                            {.text = std::to_string(group.people), .format = "numeric"}});
        main += ui::section(
            "groups", "Groups",
            rows.empty()
                ? ui::paragraph("No group reads this record today.")
                : ui::stacked_table({.head = {{.text = "Group"}, {.text = "Why"}, {.text = "Until"}, {.text = "People", .format = "numeric"}},
                                     .rows = rows,
                                     .first_cell_is_header = true}));
        rows.clear();
        constexpr std::size_t most_shown = 200;
        for (std::size_t i = 0; i < std::min(people.size(), most_shown); ++i)
            rows.push_back({{.text = people[i].name}, {.text = people[i].agency}, {.text = join(people[i].why, "; ")}});
        main += ui::section(
            "people", "People",
            ui::paragraph(people.size() > most_shown ? fmt::format("{}; the first {} are shown.",
                                                                   counted(static_cast<long long>(people.size()), "person", "people"), most_shown)
                                                     : counted(static_cast<long long>(people.size()), "person", "people") + " today.") +
                ui::stacked_table({.head = {{.text = "Name"}, {.text = "Agency"}, {.text = "Why"}}, .rows = rows, .first_cell_is_header = true}));
        main += ui::section("one", "One colleague", asked_about(reader, context, request, *thing));
        return context.page(request, "Who can see this, and why?", main);
    });
}

}  // namespace

void add_answer_routes(Routes& routes, const Services& services) {
    routes.add({.description = {.method = "GET",
                                .pattern = "/api/v1/access",
                                .summary = "May this user do that to this thing, and by which rule?",
                                .tag = "access",
                                .query = {"user", "action", "thing"}},
                .handler = [services](const Request& request, Context& context) { return api_answer(request, context, services); }});
    routes.get("/cases/{ref}/access", "Who can see this case, and why?", "access",
               [services](const Request& request, Context& context) { return page(request, context, services); });
}

}  // namespace concord::access
