#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/cases.hpp"
#include "cases/entry_words.hpp"
#include "cases/migrations.hpp"
#include "subjects/subjects.hpp"
#include "web/paging.hpp"

/// /api/v1/cases and what hangs on it.
namespace concord::cases {
namespace {

using access::Context;
using web::absent;
using web::etag;
using web::Request;
using web::Response;
using web::told;

Refusal invalid(std::string code, std::string field, std::string message) {
    return Refusal{Because::invalid, std::move(code), "Some values need another look.", {{std::move(field), std::move(message)}}};
}

/// The record's stream where this actor may read it; the asking is done here for every route below /cases/{ref}.
std::optional<Seq> readable_case(store::Reader& reader, const Context& context, std::string_view reference) {
    const auto stream = find_case(reader, reference);
    if (!context.demand(reader, "read", {.kind = "case", .seq = stream.value_or(-1)})) return {};
    return stream;
}

Json user_json(store::Reader& reader, Seq user) {
    const auto found = user == 0 ? std::nullopt : access::user_of(reader, user);
    return found ? Json::object({{"email", found->code}, {"name", found->name}}) : Json::object();
}
std::string code_of(const std::optional<access::Named>& named) { return named ? named->code : std::string{}; }
std::string agency_code(store::Reader& reader, Seq agency) { return code_of(access::agency_of(reader, agency)); }
std::string hub_code(store::Reader& reader, Seq hub) { return code_of(access::hub_of(reader, hub)); }

Json task_json(store::Reader& reader, const Json& task) {
    Json one = Json::object({{"id", task["id"]}, {"title", task["title"]}, {"state", task["state"]}, {"due", task["due"]}});
    one.set_if("agency", agency_code(reader, task["agency"].as_integer()));
    if (const Json owner = user_json(reader, task["owner"].as_integer()); !owner.members().empty()) one.set("owner", owner);
    if (task["high"].as_bool()) one.set("high", true);
    return one.set_if("result", task["result"])
        .set_if("reason", task["reason"])
        .set_if("done_at", task["done_at"])
        .set_if("version", task["version"]);
}
Json involvement_json(store::Reader& reader, const Json& one) {
    Json item = Json::object({{"id", one["id"]}, {"kind", one["kind"]}, {"role", one["role"]}, {"since", one["since"]}});
    item.set_if("reason", one["reason_code"]).set_if("ended", one["ended"]);
    if (one["kind"].as_string() == "place") {
        if (const auto place = subjects::place(reader, one["subject"].as_integer())) item.set("subject", place->id).set("name", place->details.text);
    } else if (const auto person = subjects::person(reader, one["subject"].as_integer())) {
        item.set("subject", person->id).set("name", person->name());
    } else if (const auto organisation = subjects::organisation(reader, one["subject"].as_integer())) {
        item.set("subject", organisation->id).set("name", organisation->details.name);
    }
    if (one["under_10"].as_bool()) item.set("under_10", true);
    return item;
}
Json request_json(store::Reader& reader, const Json& one) {
    Json item = Json::object({{"id", one["id"]},
                              {"holder", agency_code(reader, one["holder"].as_integer())},
                              {"requester", agency_code(reader, one["agency"].as_integer())},
                              {"purpose", one["purpose"]},
                              {"gateway", one["gateway"]},
                              {"urgency", one["urgency"]},
                              {"state", one["state"]},
                              {"due", one["due"]},
                              {"sent_at", one["sent_at"]}});
    for (const char* key : {"necessity", "asked_for", "answer", "decided_at", "version"}) item.set_if(key, one[key]);
    return item;
}
/// Whichever of a list of the record has this id.
template <Json (*to_json)(store::Reader&, const Json&)>
Json found_in(store::Reader& reader, const Json& list, std::string_view id) {
    for (const auto& one : list.items())
        if (one["id"].as_string() == id) return to_json(reader, one);
    return {};
}

Json row_json(store::Reader& reader, const CaseRow& row) {
    Json one = Json::object({{"reference", row.reference},
                             {"pathway", row.pathway},
                             {"title", row.title},
                             {"stage", row.stage},
                             {"hub", hub_code(reader, row.hub)},
                             {"open", row.open},
                             {"handling", row.handling},
                             {"restriction", row.restriction},
                             {"opened_at", to_rfc3339(row.opened_at)}});
    one.set_if("risk", row.risk_level);
    if (row.lead_agency != 0) one.set("lead", Json::object({{"agency", agency_code(reader, row.lead_agency)}}));
    if (row.next_due) one.set("next_due", to_rfc3339(*row.next_due));
    if (row.closed_at) one.set("closed_at", to_rfc3339(*row.closed_at));
    return one;
}

Json page_json(store::Reader& reader, const std::vector<CaseRow>& rows, std::int64_t total, bool at_least, const std::string& next) {
    Json items = Json::array();
    for (const auto& row : rows) items.push(row_json(reader, row));
    Json page = Json::object();
    page.set("items", std::move(items));
    page.set(at_least ? "total_at_least" : "total", total);
    page.set_if("next", next);
    return page;
}

Result<CaseFilter> filter_of(store::Reader& reader, const Context& context, const Request& request) {
    CaseFilter filter{.pathway = std::string{request.asked("pathway")},
                      .stage = std::string{request.asked("stage")},
                      .risk = std::string{request.asked("risk")},
                      .words = std::string{request.asked("q")}};
    if (const auto hub = request.asked("hub"); hub == "mine")
        filter.own_hubs = true;
    else if (!hub.empty())
        filter.hub = access::hub_by_code(reader, hub).value_or(access::Named{.seq = -1}).seq;
    if (const auto lead = request.asked("lead"); lead == "me")
        filter.lead_user = context.actor.user;
    else if (!lead.empty())
        filter.lead_user = access::user_by_email(reader, lead).value_or(access::Named{.seq = -1}).seq;
    if (const auto agency = request.asked("lead_agency"); agency == "mine")
        filter.lead_agency = context.actor.agency;
    else if (!agency.empty())
        filter.lead_agency = access::agency_by_code(reader, agency).value_or(access::Named{.seq = -1}).seq;
    const auto state = request.asked("state");
    if (state == "closed") filter.which = access::PageAsk::Which::closed;
    if (state == "all") filter.which = access::PageAsk::Which::all;
    if (const auto due = request.asked("due_before"); !due.empty()) {
        filter.due_before = parse_date(due);
        if (!filter.due_before)
            return Refusal{Because::invalid, "cases.due_before", "Some values need another look.", {{"due_before", "Give a day like 2026-04-01."}}};
    }
    const std::string sort{request.asked("sort")};
    if (!sort.empty() && sort != "next_due" && sort != "opened_at" && sort != "reference")
        return Refusal{Because::invalid, "cases.sort", "Some values need another look.", {{"sort", "Sort by next_due, opened_at or reference."}}};
    if (!sort.empty()) filter.sort = sort;
    return filter;
}

Response list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        auto filter = filter_of(reader, context, request);
        if (!filter) return told(filter.error(), request);
        const auto limit = web::limit_of(request);
        if (!limit) return told(limit.error(), request);
        if (!is_case_cursor(filter->sort, request.asked("after"))) return told(web::bad_cursor(), request);
        const auto page = list_cases(reader, context.actor, *filter, request.asked("after"), *limit, context.today());
        return web::json(page_json(reader, page.rows, page.total, page.at_least, page.next));
    });
}

Response search(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const std::string words{request.asked("q")};
        if (auto asked = context.demand(reader, "read", {.kind = "search"}); !asked) return told(asked.error(), request);
        if (words_of(words).empty())
            return web::problem(Refusal{Because::invalid, "search.words", "Some values need another look.", {{"q", "Give at least one word."}}},
                                request.reference);
        static constexpr std::array<std::string_view, 4> shelves{"people", "places", "cases", "documents"};
        const auto in = split(request.asked("in").empty() ? "people,places,cases,documents" : request.asked("in"), ',');
        for (const auto& one : in)
            if (std::find(shelves.begin(), shelves.end(), trim(one)) == shelves.end())
                return told(invalid("search.in", "in", "Look in people, places, cases or documents."), request);
        const auto wanted = [&](std::string_view kind) {
            return std::any_of(in.begin(), in.end(), [&](const auto& one) { return trim(one) == kind; });
        };
        const auto limit = web::limit_of(request);
        if (!limit) return told(limit.error(), request);
        if (!is_case_cursor("search", request.asked("after"))) return told(web::bad_cursor(), request);
        Json answer = Json::object();
        if (wanted("cases")) {
            const auto found = find_cases(reader, context.actor, words, request.asked("after"), *limit, context.today());
            answer.set("cases", page_json(reader, found.rows, found.total, found.at_least, found.next));
        }
        if (wanted("people")) {
            Json items = Json::array();
            std::int64_t total = 0;
            for (const auto key : store::find_text(reader, "people", words, INT64_MAX, 200)) {
                if (!access::may(reader, context.actor, "read", {.kind = "person", .seq = key}, context.today()).allowed) continue;
                const auto held = subjects::person(reader, key);
                if (!held) continue;
                ++total;
                if (items.items().size() < *limit) items.push(subjects::to_json(*held));
            }
            answer.set("people", Json::object({{"items", items}, {"total", total}}));
        }
        if (wanted("places")) {
            Json items = Json::array();
            for (const auto key : store::find_text(reader, "places", words, INT64_MAX, *limit))
                if (const auto held = subjects::place(reader, key))
                    items.push(Json::object({{"id", held->id}, {"text", held->details.text}, {"postcode", held->details.postcode}}));
            answer.set("places", Json::object({{"items", items}, {"total", items.items().size()}}));
        }
        if (wanted("documents")) {
            const auto found = find_documents(reader, context.actor, words, context.today(), *limit);
            Json items = Json::array();
            for (const auto& one : found.rows)
                items.push(
                    Json::object({{"id", one.id}, {"name", one.name}, {"type", one.type}, {"case", one.reference}, {"at", to_rfc3339(one.at)}}));
            answer.set("documents", Json::object({{"items", items}, {"total", found.total}}));
        }
        context.looked_soon("search", words);
        return web::json(answer);
    });
}

struct Changed {
    Seq stream = 0;
    Json more = Json::object();
    std::string location;  // of a new record
};

/// The record as it stands after a change, with what the change adds to the answer.
Result<Response> as_it_stands(store::Reader& reader, const Context& context, const Deps& deps, const Changed& changed, int status) {
    auto now = standing(reader, context, deps, changed.stream);
    if (!now) return now.error();
    Json json = case_json(reader, context, *now, context.now());
    for (const auto& [key, value] : changed.more.members()) json.set(key, value);
    Response response = web::json(json, status).with("etag", etag(now->state["version"].as_integer()));
    if (!changed.location.empty()) response.with("location", changed.location);
    return response;
}

/// Work and answer in the write's transaction: its pages are at hand there, while every reading connection has to fetch them anew after a commit,
/// which costs more than other writers wait.
Result<Response> change_and_answer(const Request& request, Context& context, const Deps& deps, int status,
                                   const std::function<Result<Changed>(store::Transaction&)>& work) {
    return context.db.writing([&](store::Transaction& tx) -> Result<Response> {
        auto done = work(tx);
        if (!done) return done.error();
        auto response = as_it_stands(tx, context, deps, *done, status);
        if (response) context.keep(tx, request, *response);
        return response;
    });
}

/// Where the thing that was made on a case is found: by its id, an entry by its version.
std::string location_of(std::string_view reference, std::string_view below, const Json& made) {
    const std::string id = made["id"].is_string() ? made["id"].as_string() : std::to_string(made["entry"].as_integer());
    return below == "tasks" ? "/api/v1/tasks/" + id : fmt::format("/api/v1/cases/{}/{}/{}", reference, below, id);
}

/// A change: body, version, work, and then the record as it stands now; kept under the Idempotency-Key. `made`: what a 201 made, as its address says
/// it.
template <class Work>
access::Handler changing(const Deps& deps, int status, Work work, std::string made = {}) {
    return [deps, status, work, made](const Request& request, Context& context) -> Response {
        const auto body = request.body.empty() || !request.header("content-type").starts_with("application/json") ? Result<Json>{Json::object()}
                                                                                                                  : parse_json(request.body);
        if (!body) return web::problem(body.error(), request.reference);
        if (!body->is_object()) return web::problem(422, "Some values need another look", "The body is a JSON object.", request.reference);
        const auto answer = change_and_answer(request, context, deps, status, [&](store::Transaction& tx) -> Result<Changed> {
            const auto stream = readable_case(tx, context, request.parameter("ref"));
            if (!stream) return Refusal{Because::absent, "cases.absent", "There is no such case."};
            auto done = work(tx, context, deps, *stream, web::version_asked(request), *body, request);
            if (!done) return done.error();
            Changed changed{.stream = *stream, .more = std::move(*done)};
            if (!made.empty()) changed.location = location_of(request.parameter("ref"), made, changed.more);
            return changed;
        });
        if (answer) return *answer;
        if (answer.error().because != Because::stale) return told(answer.error(), request);
        return context.db.reading([&](store::Reader& reader) -> Response {
            const auto stream = find_case(reader, request.parameter("ref"));
            auto now = standing(reader, context, deps, *stream);
            return web::stale(answer.error(), request.reference, case_json(reader, context, *now, context.now()))
                .with("etag", etag(now->state["version"].as_integer()));
        });
    };
}

Result<Json> raised_json(const Result<Raised>& raised) {
    if (!raised) return raised.error();
    return Json::object({{"id", raised->id}});
}
Result<Json> changed_json(const Result<std::int64_t>& version) {
    if (!version) return version.error();
    return Json::object();
}

Seq agency_from(store::Reader& reader, const Json& code) { return access::agency_by_code(reader, code.as_string()).value_or(access::Named{}).seq; }
Seq user_from(store::Reader& reader, const Json& email) { return access::user_by_email(reader, email.as_string()).value_or(access::Named{}).seq; }
/// Somebody who was named and is not there is never taken for nobody.
Result<Done> check_user(store::Reader& reader, const Json& email, std::string field) {
    if (email.is_null() || user_from(reader, email) != 0) return Done{};
    return invalid("cases.user", std::move(field), "Nobody signs in with this e-mail address.");
}

/// What a body must look like before its words are read.
Result<Done> check_shape(const Json& b) {
    if (!b.is_object()) return invalid("cases.shape", "body", "The body is a JSON object.");
    std::vector<FieldError> errors;
    for (const char* key : {"pathway", "hub", "title", "restriction"})
        if (b.has(key) && !b[key].is_string()) errors.push_back({key, "This is a text."});
    if (b.has("forms") && !b["forms"].is_object()) errors.push_back({"forms", "This is an object: the id of each form, and its answers."});
    for (const auto& [id, answers] : b["forms"].members())
        if (!answers.is_object()) errors.push_back({"forms." + id, "The answers of a form are an object."});
    if (b.has("involvements") && !b["involvements"].is_array())
        errors.push_back({"involvements", "This is a list of objects, each with subject and role."});
    if (!errors.empty()) return Refusal{Because::invalid, "cases.shape", "Some values need another look.", std::move(errors)};
    return Done{};
}

/// A person, or a place, that the actor may know, by its id.
Result<Involve> involve_from(store::Reader& reader, const Context& context, const Json& one, const std::string& field) {
    const std::string& id = one["subject"].as_string();
    Involve ask{.role = one["role"].as_string(), .reason = one["reason"].as_string()};
    if (const auto person = subjects::find_person(reader, id)) {
        if (context.demand(reader, "read", {.kind = "person", .seq = *person})) return ask.subject = *person, ask;
    } else if (const auto place = subjects::find_place_id(reader, id)) {
        if (context.demand(reader, "read", {.kind = "place", .seq = *place})) return ask.subject = *place, ask.kind = "place", ask;
    }
    return invalid("cases.subject", field, "There is no such person or place: record them first.");
}

Response open(const Request& request, Context& context, const Deps& deps) {
    const auto body = parse_json(request.body);
    if (!body) return web::problem(body.error(), request.reference);
    const Json& b = *body;
    if (auto shaped = check_shape(b); !shaped) return told(shaped.error(), request);
    const auto answer = change_and_answer(request, context, deps, 201, [&](store::Transaction& tx) -> Result<Changed> {
        OpenAsk ask{.pathway = b["pathway"].as_string(),
                    .title = b["title"].as_string(),
                    .forms = b["forms"].is_object() ? b["forms"] : Json::object(),
                    .restriction = b["restriction"].as_string()};
        const auto hub = access::hub_by_code(tx, b["hub"].as_string());
        if (!hub) return Refusal{Because::invalid, "cases.hub", "Some values need another look.", {{"hub", "There is no hub of this code."}}};
        ask.hub = hub->seq;
        if (auto ok = check_user(tx, b["lead"]["email"], "lead.email"); !ok) return ok.error();
        ask.lead_user = b["lead"]["email"].is_string() ? user_from(tx, b["lead"]["email"]) : 0;
        ask.lead_agency = b["lead"]["agency"].is_string() ? agency_from(tx, b["lead"]["agency"]) : 0;
        for (std::size_t i = 0; i < b["involvements"].items().size(); ++i) {
            auto one = involve_from(tx, context, b["involvements"].items()[i], fmt::format("involvements[{}].subject", i));
            if (!one) return one.error();
            ask.involvements.push_back(std::move(*one));
        }
        auto opened = open_case(tx, context, deps, ask);
        if (!opened) return opened.error();
        return Changed{.stream = opened->stream, .location = "/api/v1/cases/" + opened->reference};
    });
    return answer ? *answer : web::problem(answer.error(), request.reference);
}

Response show(const Request& request, Context& context, const Deps& deps) {
    std::optional<Instant> as_at;
    if (const auto typed = request.asked("as_at"); !typed.empty()) {
        as_at = parse_instant(typed);
        if (!as_at) return told(invalid("cases.as_at", "as_at", "Give a moment like 2026-04-01T09:30:00Z."), request);
    }
    std::optional<Seq> stream;
    const auto response = context.db.reading([&](store::Reader& reader) -> Response {
        stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        auto now = standing(reader, context, deps, *stream, as_at);
        if (!now) return absent();
        return web::json(case_json(reader, context, *now, as_at.value_or(context.now()))).with("etag", etag(now->state["version"].as_integer()));
    });
    if (stream && response.status == 200) context.looked("case", {*stream});
    return response;
}

Response history(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const Json state = case_state(reader, *stream).value_or(Json{});
        Json items = Json::array();
        for (const auto& event : context.ledger.read(reader, *stream, {})) {
            const Entry entry{.version = event.version,
                              .kind = entry_kind_of(event),
                              .summary = summary_of(event),
                              .words = {},
                              .detail = entry_detail_of(event),
                              .at = event.effective_at,
                              .recorded_at = event.recorded_at};
            const auto words = entry_words(reader, entry, state, context.today());
            Json item = Json::object({{"version", event.version},
                                      {"kind", event.kind},
                                      {"recorded_at", to_rfc3339(event.recorded_at)},
                                      {"effective_at", to_rfc3339(event.effective_at)},
                                      {"actor", user_json(reader, event.actor)},
                                      {"agency", agency_code(reader, event.agency)},
                                      {"summary", words.title}});
            items.push(item.set_if("about", words.about));
        }
        return web::list_page(request, items, "history");
    });
}

Response readers(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        Json items = Json::array();
        for (const auto& looked : context.reads.readers_of(*stream, 200))
            items.push(Json::object({{"at", to_rfc3339(looked.at)},
                                     {"user", user_json(reader, looked.user)},
                                     {"agency", agency_code(reader, looked.agency)},
                                     {"purpose", looked.purpose},
                                     {"route", looked.route}}));
        return web::list_page(request, items, "readers");
    });
}

Json entry_json(store::Reader& reader, const Entry& one, const Json& state, Date today) {
    const auto words = entry_words(reader, one, state, today);
    Json item = Json::object({{"version", one.version},
                              {"kind", one.kind},
                              {"summary", words.title},
                              {"at", to_rfc3339(one.at)},
                              {"recorded_at", to_rfc3339(one.recorded_at)},
                              {"by", user_json(reader, one.by_user)}});
    return item.set_if("about", words.about).set_if("text", one.words);
}

/// One of the things that hang on a case, as it stands now, with its version or that of the case: where the Location of a 201 leads.
access::Handler part_of_case(std::string list, Json (*find)(store::Reader&, const Json&, std::string_view)) {
    return [list, find](const Request& request, Context& context) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            const bool by_task = request.parameter("ref").empty();
            const auto stream = by_task ? case_of_task(reader, request.parameter("id")) : find_case(reader, request.parameter("ref"));
            if (!context.demand(reader, "read", {.kind = "case", .seq = stream.value_or(-1)})) return absent();
            const auto state = case_state(reader, *stream);
            Json one = state ? find(reader, (*state)[list], request.parameter("id")) : Json{};
            if (!one.is_object()) return absent();
            context.looked("case", {*stream});
            const std::int64_t version = (one.has("version") ? one : *state)["version"].as_integer();
            return web::json(one.set("case", (*state)["reference"])).with("etag", etag(version));
        });
    };
}

Response one_entry(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const auto version = request.parameter("version");
        const bool number = !version.empty() && version.size() < 12 && version.find_first_not_of("0123456789") == std::string_view::npos;
        const auto found = number ? entries(reader, *stream, 1, std::stoll(std::string{version}) + 1) : std::vector<Entry>{};
        if (found.empty() || found.front().version != std::stoll(std::string{version})) return absent();
        context.looked("case", {*stream});
        const Json state = case_state(reader, *stream).value_or(Json{});
        return web::json(entry_json(reader, found.front(), state, context.today())).with("etag", etag(found.front().version));
    });
}

Response entry_list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const auto limit = web::limit_of(request);
        if (!limit) return told(limit.error(), request);
        std::int64_t before = INT64_MAX;
        if (const auto after = request.asked("after"); !after.empty()) {
            const auto cursor = web::read_cursor("entries", after, 1);
            if (!cursor) return told(web::bad_cursor(), request);
            before = std::strtoll(cursor->front().c_str(), nullptr, 10);
        }
        auto rows = entries(reader, *stream, *limit + 1, before);
        const bool more = rows.size() > *limit;
        if (more) rows.pop_back();
        const Json state = case_state(reader, *stream).value_or(Json{});
        Json items = Json::array();
        for (const auto& one : rows) items.push(entry_json(reader, one, state, context.today()));
        Json page = Json::object({{"items", items}, {"total", count_entries(reader, *stream)}});
        if (more) page.set("next", web::make_cursor("entries", {std::to_string(rows.back().version)}));
        return web::json(page);
    });
}

Response my_work(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto view = request.asked("view");
        if (!view.empty() && view != "mine" && view != "team") return told(invalid("cases.view", "view", "The view is mine or team."), request);
        CaseFilter filter{.lead_user = view == "team" ? Seq{0} : context.actor.user};
        filter.own_hubs = request.asked("view") == "team";
        const auto page = list_cases(reader, context.actor, filter, "", 50, context.today());
        Json tasks = Json::array();
        store::Binds binds{{"user", context.actor.user}, {"agency", context.actor.agency}};
        const std::string readable = access::readable_sql(context.actor, "t.stream", context.today(), binds);
        const std::string whose =
            request.asked("view") == "team" ? "(t.owner = :user or t.agency = :agency)" : "(t.owner = :user or (t.owner = 0 and t.agency = :agency))";
        for (const auto& row :
             reader.select("tttt",
                           fmt::format("select t.id, t.title, t.due, r.reference from task t join case_record r on r.stream = t.stream where {} and "
                                       "t.state in ('proposed', 'assigned', 'accepted') and {} order by t.due, t.id limit 200",
                                       whose, readable),
                           binds))
            tasks.push(Json::object({{"id", row.text(0)}, {"title", row.text(1)}, {"due", row.text(2)}, {"case", row.text(3)}}));
        return web::json(Json::object({{"cases", page_json(reader, page.rows, page.total, page.at_least, page.next)},
                                       {"tasks", Json::object({{"items", tasks}, {"total", tasks.items().size()}})}}));
    });
}

Json pathway_line(const engine::Definition& one) {
    return Json::object({{"name", one.name}, {"title", one.title}, {"version", one.version}, {"in_force", to_iso(one.in_force)}});
}

/// A pathway for those who write a client: what may be asked, done and found on it.
Json pathway_json(const engine::Definition& d, Date today) {
    Json json = pathway_line(d);
    json.set("prefix", d.prefix).set("kind", d.intake ? "intake" : "record").set("hash", d.hash);
    json.set_if("law", d.law).set_if("source", d.source);
    Json stages = Json::array(), roles = Json::array(), forms = Json::array(), actions = Json::array(), clocks = Json::array();
    for (const auto& one : d.stages) stages.push(Json::object({{"id", one.id}, {"label", one.label}, {"open", one.open}, {"start", one.start}}));
    for (const auto& one : d.roles) roles.push(Json::object({{"id", one.id}, {"label", one.label}, {"kind", one.kind}}));
    const auto field_json = [](const engine::Field& field) {
        Json one = Json::object({{"id", field.id}, {"label", field.label}, {"required", field.required}});
        one.set_if("hint", field.hint).set_if("list", field.list);
        Json choices = Json::array();
        for (const auto& choice : field.choices) {
            Json option = Json::object({{"code", choice.code}, {"label", choice.label}});
            if (choice.score) option.set("score", *choice.score);
            choices.push(std::move(option));
        }
        return one.set_if("choices", choices);
    };
    const auto form_json = [&](std::string_view id, std::string_view label, int version, const std::vector<engine::Field>& fields) {
        Json all = Json::array();
        for (const auto& field : fields) all.push(field_json(field));
        return Json::object({{"id", id}, {"label", label}, {"version", version}, {"fields", all}});
    };
    for (const auto& one : d.forms) forms.push(form_json(one.id, one.label, one.version, one.fields));
    for (const auto& tool : d.risk_tools) {
        std::vector<engine::Field> fields;
        for (const auto& question : tool.questions) fields.push_back(question.field);
        Json one = form_json(tool.id, tool.label, tool.version, fields);
        Json bands = Json::array();
        for (const auto& band : tool.bands)
            bands.push(Json::object({{"level", band.level}, {"label", band.label}, {"from", band.from}, {"to", band.to}}));
        forms.push(one.set("bands", bands));
    }
    for (const auto& one : d.actions) {
        Json from = Json::array(), who = Json::array();
        for (const auto& stage : one.from) from.push(stage);
        for (const auto& role : one.roles) who.push(role);
        Json action = Json::object({{"id", one.id}, {"label", one.label}, {"from", from}, {"roles", who}});
        actions.push(action.set_if("to", one.to).set_if("form", one.form));
    }
    for (const auto& one : d.clocks)
        clocks.push(Json::object({{"id", one.id}, {"label", one.label}, {"rule", engine::length_in_words(d, one, today)}, {"source", one.source}}));
    Json outcomes = Json::array();
    for (const auto& one : d.outcomes) outcomes.push(Json::object({{"code", one.code}, {"label", one.label}, {"group", one.group}}));
    return json.set("stages", stages)
        .set("roles", roles)
        .set("forms", forms)
        .set("actions", actions)
        .set_if("clocks", clocks)
        .set_if("outcomes", outcomes);
}

Response move_task(const Request& request, Context& context, const Deps& deps) {
    const auto body = parse_json(request.body.empty() ? "{}" : request.body);
    if (!body) return web::problem(body.error(), request.reference);
    const Json& b = *body;
    const auto answer = context.db.writing([&](store::Transaction& tx) -> Result<Response> {
        const auto owner = check_user(tx, b["owner"], "owner");
        TaskChange change{.id = std::string{request.parameter("id")},
                          .change = std::string{request.parameter("change")},
                          .words = b["result"].is_string() ? b["result"].as_string() : b["reason"].as_string(),
                          .agency = agency_from(tx, b["agency"]),
                          .owner = user_from(tx, b["owner"]),
                          .due = {},
                          .expected = web::version_asked(request)};
        if (b["due"].is_string()) change.due = parse_typed_date(b["due"].as_string(), context.today());
        const auto version = change_task(tx, context, deps, change);
        if (!version) return version.error();
        if (!owner) return owner.error();
        Response response = web::json(Json::object({{"id", change.id}, {"change", change.change}, {"version", *version}}));
        response.with("etag", etag(*version));
        context.keep(tx, request, response);
        return response;
    });
    if (answer) return *answer;
    if (answer.error().because != Because::stale) return told(answer.error(), request);
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto state = case_state(reader, *case_of_task(reader, request.parameter("id")));
        const Json now = found_in<task_json>(reader, (*state)["tasks"], request.parameter("id"));
        return web::stale(answer.error(), request.reference, now).with("etag", etag(now["version"].as_integer()));
    });
}

}  // namespace

namespace {

/// Answers that name a hub, an agency, a user or somebody recorded, as the API takes them: by code, e-mail address or id.
Json answers_json(store::Reader& reader, const engine::Definition& definition, const Json& forms) {
    Json all = Json::object();
    for (const auto& [id, answers] : forms.members()) {
        Json said = answers;
        static const std::vector<engine::Field> none;
        const auto* form = definition.form(id);
        for (const auto& field : form != nullptr ? form->fields : none) {
            using K = engine::FieldKind;
            if (!said[field.id].is_integer()) continue;
            const Seq seq = said[field.id].as_integer();
            if (field.kind == K::hub) said.set(field.id, hub_code(reader, seq));
            if (field.kind == K::agency) said.set(field.id, agency_code(reader, seq));
            if (field.kind == K::user) said.set(field.id, user_json(reader, seq)["email"]);
            if (const auto one = field.kind == K::person ? subjects::person(reader, seq) : std::nullopt) said.set(field.id, one->id);
            if (const auto one = field.kind == K::place ? subjects::place(reader, seq) : std::nullopt) said.set(field.id, one->id);
            if (const auto one = field.kind == K::organisation ? subjects::organisation(reader, seq) : std::nullopt) said.set(field.id, one->id);
        }
        all.set(id, std::move(said));
    }
    return all;
}

}  // namespace

Json case_json(store::Reader& reader, const Context& context, const Standing& standing, Instant now) {
    const Json& s = standing.state;
    Json json = Json::object({{"id", s["id"]},
                              {"reference", s["reference"]},
                              {"pathway", s["pathway"]},
                              {"pathway_version", s["pathway_version"]},
                              {"stage", s["stage"]},
                              {"title", s["title"]},
                              {"hub", hub_code(reader, s["hub"].as_integer())}});
    if (const Seq offered = s["offered_hub"].as_integer(); offered != 0) json.set("offered_hub", hub_code(reader, offered));
    Json lead = user_json(reader, s["lead_user"].as_integer());
    lead.set_if("agency", agency_code(reader, s["lead_agency"].as_integer()));
    json.set("lead", lead).set("handling", s["handling"]).set("restriction", s["restriction"]);
    if (s["risk"].is_object()) {
        Json risk = Json::object();
        for (const char* key : {"tool", "version", "score", "most", "level", "override", "assessed_at"}) risk.set_if(key, s["risk"][key]);
        json.set("risk", risk);
    }
    json.set_if("summary", s["summary"]);
    json.set("opened_at", s["opened_at"]);
    json.set_if("closed_at", s["closed_at"]);
    json.set("forms", answers_json(reader, *standing.definition, s["forms"]));
    Json involvements = Json::array();
    for (const auto& one : s["involvements"].items()) {
        if (one.has("ended")) continue;
        involvements.push(involvement_json(reader, one));
    }
    json.set("involvements", involvements);
    Json flags = Json::array();
    if (!involvements.items().empty())  // of whoever is on it now
        for (const auto& flag : subjects::flags_of_record(reader, context, standing.stream)) flags.push(subjects::to_json(flag));
    json.set_if("flags", flags);
    Json clocks = Json::array();
    for (const auto& clock : clocks_of(s)) {
        const auto* rule = standing.definition->clock(clock.id);
        Json one = Json::object({{"id", clock.id}, {"label", rule != nullptr ? rule->label : clock.id}, {"state", engine::state_at(clock, now)}});
        if (clock.due) one.set("due", to_rfc3339(*clock.due));
        if (rule != nullptr)
            one.set("rule", engine::length_in_words(*standing.definition, *rule, clock, standing.calendar)).set("source", rule->source);
        clocks.push(std::move(one));
    }
    json.set("clocks", clocks);
    Json actions = Json::array();
    for (const auto& state : engine::actions(*standing.definition, standing.facts)) {
        Json one = Json::object({{"id", state.action->id}, {"label", state.action->label}, {"allowed", state.allowed}});
        if (!state.allowed) one.set("why", state.why);
        one.set_if("form", state.action->form);
        actions.push(std::move(one));
    }
    json.set("actions", actions);
    Json tasks = Json::array();
    for (const auto& task : s["tasks"].items()) tasks.push(task_json(reader, task));
    json.set_if("tasks", tasks);
    Json documents = Json::array();
    for (const auto& document : s["documents"].items())
        documents.push(Json::object(
            {{"id", document["id"]}, {"name", document["name"]}, {"type", document["type"]}, {"size", document["size"]}, {"at", document["at"]}}));
    json.set_if("documents", documents);
    Json requests = Json::array();
    for (const auto& one : s["requests"].items()) requests.push(request_json(reader, one));
    json.set_if("information_requests", requests);
    json.set("version", s["version"]);
    return json;
}

std::vector<store::Migration> migrations() {
    auto all = migrations_from_files();
    all.push_back(store::text_shelf_migration(82, "entries"));
    all.push_back(store::text_shelf_migration(84, "referrals"));
    return all;
}

void register_projections(ledger::Ledger& ledger) {
    register_case_projections(ledger);
    register_pathway_projections(ledger);
    register_referral_projections(ledger);
}

void add_routes(access::Routes& routes, const Deps& deps) {
    routes.add(
        {.description = {.method = "GET",
                         .pattern = "/api/v1/cases",
                         .summary = "Cases that you may read",
                         .tag = "cases",
                         .query = {"pathway", "hub", "stage", "lead", "lead_agency", "risk", "q", "state", "due_before", "sort", "limit", "after"}},
         .handler = list});
    routes.add({.description = {.method = "GET",
                                .pattern = "/api/v1/search",
                                .summary = "People, places and cases by words",
                                .tag = "find",
                                .query = {"q", "in", "limit", "after"}},
                .handler = search});
    routes.add({.description = {.method = "GET", .pattern = "/api/v1/my-work", .summary = "What is yours to do", .tag = "cases", .query = {"view"}},
                .handler = my_work});
    routes.add({.description = {.method = "POST", .pattern = "/api/v1/cases", .summary = "Opens a case", .tag = "cases", .success = 201},
                .handler = [deps](const Request& request, Context& context) { return open(request, context, deps); }});
    routes.add(
        {.description =
             {.method = "GET", .pattern = "/api/v1/cases/{ref}", .summary = "One case, now or as it was known", .tag = "cases", .query = {"as_at"}},
         .handler = [deps](const Request& request, Context& context) { return show(request, context, deps); }});
    routes.get("/api/v1/cases/{ref}/history", "Events of a case", "cases", history);
    routes.get("/api/v1/cases/{ref}/readers", "Who looked at a case", "cases", readers);
    routes.get("/api/v1/cases/{ref}/entries", "The timeline of a case", "cases", entry_list);
    routes.change(
        "PATCH", "/api/v1/cases/{ref}/forms/{form}", "Saves a form", "cases",
        changing(deps, 200,
                 [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& body,
                    const Request& request) { return changed_json(save_form(tx, context, d, stream, expected, request.parameter("form"), body)); }));
    routes.change(
        "POST", "/api/v1/cases/{ref}/actions/{action}", "Does an action", "cases",
        changing(deps, 200,
                 [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& body,
                    const Request& request) { return changed_json(act(tx, context, d, stream, expected, request.parameter("action"), body)); }));
    routes.post("/api/v1/cases/{ref}/entries", "Adds a note, contact, decision or incident", "cases",
                changing(
                    deps, 201,
                    [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) {
                        EntryAsk ask{.kind = b["kind"].is_string() ? b["kind"].as_string() : "note",
                                     .text = b["text"].as_string(),
                                     .with = b["with"].as_string(),
                                     .outcome = b["outcome"].as_string()};
                        if (b.has("at") && !(ask.at = parse_instant(b["at"].as_string())))
                            return Result<Json>{invalid("cases.at", "at", "Give a moment like 2026-04-01T09:30:00Z.")};
                        const auto version = add_entry(tx, context, d, stream, {}, ask);
                        return version ? Result<Json>{Json::object({{"entry", *version}})} : Result<Json>{version.error()};
                    },
                    "entries"));
    routes.post("/api/v1/cases/{ref}/tasks", "Raises a task", "cases",
                changing(
                    deps, 201,
                    [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) {
                        TaskAsk ask{.title = b["title"].as_string(),
                                    .agency = agency_from(tx, b["agency"]),
                                    .owner = user_from(tx, b["owner"]),
                                    .due = parse_typed_date(b["due"].as_string(), context.today()),
                                    .high = b["high"].as_bool()};
                        auto raised = raised_json(raise_task(tx, context, d, stream, {}, ask));
                        if (auto owner = check_user(tx, b["owner"], "owner"); raised && !owner) return Result<Json>{owner.error()};
                        if (raised) raised->set("task", (*raised)["id"]);
                        return raised;
                    },
                    "tasks"));
    routes.change("POST", "/api/v1/tasks/{id}/{change}", "Accepts, declines, finishes, verifies or cancels a task", "cases",
                  [deps](const Request& request, Context& context) { return move_task(request, context, deps); });
    routes.post("/api/v1/cases/{ref}/involvements", "Adds a person or place", "cases",
                changing(
                    deps, 201,
                    [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) -> Result<Json> {
                        auto one = involve_from(tx, context, b, "subject");
                        if (!one) return one.error();
                        return raised_json(involve(tx, context, d, stream, {}, *one));
                    },
                    "involvements"));
    routes.get("/api/v1/cases/{ref}/involvements/{id}", "One part in a case", "cases", part_of_case("involvements", found_in<involvement_json>));
    routes.change("PATCH", "/api/v1/cases/{ref}/involvements/{id}",
                  "Changes the part that somebody has in a case, or ends it: {\"role\", \"reason\"} or {\"ended\": true}", "cases",
                  changing(deps, 200,
                           [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& b,
                              const Request& request) -> Result<Json> {
                               if (!b["ended"].as_bool() && b["role"].as_string().empty())
                                   return invalid("cases.role", "role", "Give the new role, or \"ended\": true.");
                               return changed_json(change_involvement(tx, context, d, stream, expected, request.parameter("id"),
                                                                      b["ended"].as_bool() ? "" : b["role"].as_string(), b["reason"].as_string()));
                           }));
    routes.get("/api/v1/tasks/{id}", "One task", "cases", part_of_case("tasks", found_in<task_json>));
    routes.get("/api/v1/cases/{ref}/entries/{version}", "One entry of the timeline", "cases", one_entry);
    routes.get("/api/v1/cases/{ref}/information-requests/{id}", "One information request", "cases", part_of_case("requests", found_in<request_json>));
    routes.post("/api/v1/cases/{ref}/information-requests", "Asks an agency for information", "cases",
                changing(
                    deps, 201,
                    [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) {
                        RequestAsk ask{.holder = agency_from(tx, b["holder"]),
                                       .purpose = b["purpose"].as_string(),
                                       .gateway = b["gateway"].as_string(),
                                       .necessity = b["necessity"].as_string(),
                                       .asked_for = b["asked_for"].as_string(),
                                       .urgency = b["urgency"].is_string() ? b["urgency"].as_string() : "routine"};
                        return raised_json(request_information(tx, context, d, stream, {}, ask));
                    },
                    "information-requests"));
    routes.change(
        "POST", "/api/v1/cases/{ref}/information-requests/{id}/{answer}", "Answers a request", "cases",
        changing(deps, 200,
                 [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& b, const Request& request) {
                     return changed_json(answer_request(tx, context, d, stream, expected, request.parameter("id"), request.parameter("answer"),
                                                        b[b.has("reason") ? "reason" : "words"].as_string()));
                 }));
    routes.post(
        "/api/v1/cases/{ref}/documents", "Adds a document", "cases",
        changing(
            deps, 201,
            [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json&, const Request& request) -> Result<Json> {
                if (request.files.empty())
                    return Refusal{Because::invalid, "documents.none", "Some values need another look.", {{"file", "Choose a file."}}};
                return raised_json(
                    add_document(tx, context, d, stream, {}, {.name = request.files.front().name, .path = request.files.front().path}));
            },
            "documents"));
    routes.change("POST", "/api/v1/cases/{ref}/assign", "Changes the lead", "cases",
                  changing(deps, 200,
                           [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& b, const Request&) {
                               if (auto user = check_user(tx, b["email"], "email"); !user) return Result<Json>{user.error()};
                               return changed_json(assign(tx, context, d, stream, expected, agency_from(tx, b["agency"]), user_from(tx, b["email"])));
                           }));
    routes.change(
        "POST", "/api/v1/cases/{ref}/restriction", "Restricts a case to named people", "cases",
        changing(
            deps, 200, [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& b, const Request&) {
                std::vector<Seq> named;
                for (const auto& email : b["named"].items()) {
                    named.push_back(user_from(tx, email));
                    if (named.back() == 0)
                        return Result<Json>{
                            invalid("cases.named", "named", fmt::format("Nobody signs in with the e-mail address {}.", email.as_string()))};
                }
                return changed_json(restrict_case(tx, context, d, stream, expected, b["restriction"].as_string(), named, b["reason"].as_string()));
            }));
    routes.get("/api/v1/pathways", "Pathways in force", "pathways", [deps](const Request& request, Context& context) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            if (auto asked = context.demand(reader, "read", {.kind = "pathways"}); !asked) return told(asked.error(), request);
            Json items = Json::array();
            for (const auto* one : deps.library.current()->all_current(context.today())) items.push(pathway_line(*one));
            return web::list_page(request, items, "pathways");
        });
    });
    routes.add(
        {.description = {.method = "GET",
                         .pattern = "/api/v1/pathways/{name}",
                         .summary = "One pathway: the version in force, or the one that is asked for",
                         .tag = "pathways",
                         .query = {"version"}},
         .handler = [deps](const Request& request, Context& context) {
             return context.db.reading([&](store::Reader& reader) -> Response {
                 if (auto asked = context.demand(reader, "read", {.kind = "pathways"}); !asked) return told(asked.error(), request);
                 const auto pathways = deps.library.current();
                 const std::string version{request.asked("version")};
                 const bool number = version.size() < 7 && version.find_first_not_of("0123456789") == std::string::npos;
                 if (!number) return told(invalid("pathways.version", "version", "A version is a whole number."), request);
                 const auto* one = version.empty() ? pathways->current(request.parameter("name"), context.today())
                                                   : pathways->find(request.parameter("name"), std::stoi(version));
                 if (one == nullptr) return absent();
                 return web::json(pathway_json(*one, context.today())).with("etag", fmt::format("\"{}-{}\"", one->version, one->hash.substr(0, 12)));
             });
         }});
}

}  // namespace concord::cases
