#include <map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/cases.hpp"
#include "cases/migrations.hpp"
#include "subjects/subjects.hpp"

/// /api/v1/cases and what hangs on it.
namespace concord::cases {
namespace {

using access::Context;
using web::Request;
using web::Response;

Response absent() { return Response{.status = 404, .headers = {}, .body = {}, .file = {}}; }
Response told(const Refusal& refusal, const Request& request) {
    return refusal.because == Because::absent ? absent() : web::problem(refusal, request.reference);
}

std::string etag(std::int64_t version) { return fmt::format("\"{}\"", version); }
Expected if_match(const Request& request) {
    const std::string tag = trim(request.header("if-match"));
    if (tag == "*") return {};  // any version there is
    if (tag.size() < 3 || tag.front() != '"') return tag.empty() ? Expected{} : Expected{-1};
    return std::strtoll(tag.c_str() + 1, nullptr, 10);
}

/// The record's stream where this actor may read it; the asking is done here for every route below /cases/{ref}.
std::optional<Seq> readable_case(store::Reader& reader, const Context& context, std::string_view reference) {
    const auto stream = find_case(reader, reference);
    if (!context.demand(reader, "read", {.kind = "case", .seq = stream.value_or(-1)})) return {};
    return stream;
}

void record_read(const Context& context, Seq stream, std::string_view reason = "") {
    context.reads.record({.user = context.actor.user,
                          .agency = context.actor.agency,
                          .at = context.now(),
                          .purpose = context.actor.purpose,
                          .route = context.route,
                          .query = {},
                          .thing_kind = "case",
                          .things = {stream},
                          .reason = std::string{reason}});
}

Json user_json(store::Reader& reader, Seq user) {
    const auto row = user == 0 ? std::nullopt : reader.select_one("tt", "select email, name from app_user where stream = :user", {{"user", user}});
    return row ? Json::object({{"email", row->text(0)}, {"name", row->text(1)}}) : Json::object();
}
std::string code_of(store::Reader& reader, std::string_view table, Seq seq) {
    const auto row = reader.select_one("t", fmt::format("select code from {} where stream = :seq", table), {{"seq", seq}});
    return row ? row->text(0) : std::string{};
}

/// Codes of hubs and agencies, and users, each asked for once an answer.
class Codes {
public:
    explicit Codes(store::Reader& reader) : reader_{reader} {}
    const std::string& hub(Seq seq) { return from(hubs_, "select stream, code from hub", seq); }
    const std::string& agency(Seq seq) { return from(agencies_, "select stream, code from agency", seq); }
    const Json& user(Seq seq) {
        const auto [at, is_new] = users_.try_emplace(seq);
        if (is_new) at->second = user_json(reader_, seq);
        return at->second;
    }

private:
    const std::string& from(std::optional<std::map<Seq, std::string>>& codes, std::string_view sql, Seq seq) {
        static const std::string none;
        if (!codes) {
            codes.emplace();
            for (const auto& row : reader_.select("it", sql)) codes->emplace(row.integer(0), row.text(1));
        }
        const auto found = codes->find(seq);
        return found == codes->end() ? none : found->second;
    }
    store::Reader& reader_;
    std::optional<std::map<Seq, std::string>> hubs_, agencies_;
    std::map<Seq, Json> users_;
};

Json row_json(Codes& codes, const CaseRow& row) {
    Json one = Json::object({{"reference", row.reference},
                             {"pathway", row.pathway},
                             {"title", row.title},
                             {"stage", row.stage},
                             {"hub", codes.hub(row.hub)},
                             {"open", row.open},
                             {"handling", row.handling},
                             {"restriction", row.restriction},
                             {"opened_at", to_rfc3339(row.opened_at)}});
    one.set_if("risk", row.risk_level);
    if (row.lead_agency != 0) one.set("lead", Json::object({{"agency", codes.agency(row.lead_agency)}}));
    if (row.next_due) one.set("next_due", to_rfc3339(*row.next_due));
    if (row.closed_at) one.set("closed_at", to_rfc3339(*row.closed_at));
    return one;
}

Json page_json(store::Reader& reader, const std::vector<CaseRow>& rows, std::int64_t total, bool at_least, const std::string& next) {
    Json items = Json::array();
    Codes codes{reader};
    for (const auto& row : rows) items.push(row_json(codes, row));
    Json page = Json::object();
    page.set("items", std::move(items));
    page.set(at_least ? "total_at_least" : "total", total);
    page.set_if("next", next);
    return page;
}

std::size_t limit_of(const Request& request) {
    const auto typed = std::string{request.asked("limit")};
    const long limit = typed.empty() ? 50 : std::strtol(typed.c_str(), nullptr, 10);
    return static_cast<std::size_t>(std::clamp(limit, 1L, 200L));
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
    if (!sort.empty() && sort != "next_due" && sort != "opened_at")
        return Refusal{Because::invalid, "cases.sort", "Some values need another look.", {{"sort", "Sort by next_due or opened_at."}}};
    if (!sort.empty()) filter.sort = sort;
    return filter;
}

Response list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        auto filter = filter_of(reader, context, request);
        if (!filter) return told(filter.error(), request);
        const auto page = list_cases(reader, context.actor, *filter, request.asked("after"), limit_of(request), context.today());
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
        const std::string in{request.asked("in")};
        const auto wanted = [&](std::string_view kind) { return in.empty() || in.find(kind) != std::string::npos; };
        Json answer = Json::object();
        if (wanted("cases")) {
            const auto found = find_cases(reader, context.actor, words, request.asked("after"), limit_of(request), context.today());
            answer.set("cases", page_json(reader, found.rows, found.total, found.at_least, found.next));
        }
        if (wanted("people")) {
            Json items = Json::array();
            for (const auto key : store::find_text(reader, "people", words, INT64_MAX, 200)) {
                if (!access::may(reader, context.actor, "read", {.kind = "person", .seq = key}, context.today()).allowed) continue;
                if (const auto held = subjects::person(reader, key); held && items.items().size() < limit_of(request))
                    items.push(subjects::to_json(*held));
            }
            answer.set("people", Json::object({{"items", items}, {"total", items.items().size()}}));
        }
        if (wanted("places")) {
            Json items = Json::array();
            for (const auto key : store::find_text(reader, "places", words, INT64_MAX, limit_of(request)))
                if (const auto held = subjects::place(reader, key))
                    items.push(Json::object({{"id", held->id}, {"text", held->details.text}, {"postcode", held->details.postcode}}));
            answer.set("places", Json::object({{"items", items}, {"total", items.items().size()}}));
        }
        context.reads.record_soon({.user = context.actor.user,
                                   .agency = context.actor.agency,
                                   .at = context.now(),
                                   .purpose = context.actor.purpose,
                                   .route = context.route,
                                   .query = words,
                                   .thing_kind = "search",
                                   .things = {},
                                   .reason = {}});
        return web::json(answer);
    });
}

struct Changed {
    Seq stream = 0;
    Json more = Json::object();
    std::string location;          // of a new record
    std::optional<Response> kept;  // the answer, where it was kept under an Idempotency-Key
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

/// Work in the write's transaction; the answer is made after the commit, so that other writers do not wait for it, unless it must be kept with it.
Result<Response> change_and_answer(const Request& request, Context& context, const Deps& deps, int status,
                                   const std::function<Result<Changed>(store::Transaction&)>& work) {
    auto changed = context.db.writing([&](store::Transaction& tx) -> Result<Changed> {
        auto done = work(tx);
        if (!done || context.idempotency_key.empty()) return done;
        auto response = as_it_stands(tx, context, deps, *done, status);
        if (!response) return response.error();
        context.keep(tx, request, *response);
        done->kept = std::move(*response);
        return done;
    });
    if (!changed) return changed.error();
    if (changed->kept) return std::move(*changed->kept);
    return context.db.reading([&](store::Reader& reader) { return as_it_stands(reader, context, deps, *changed, status); });
}

/// A change: body, version, work, and then the record as it stands now; kept under the Idempotency-Key.
template <class Work>
access::Handler changing(const Deps& deps, int status, Work work) {
    return [deps, status, work](const Request& request, Context& context) -> Response {
        const auto body = request.body.empty() || !request.header("content-type").starts_with("application/json") ? Result<Json>{Json::object()}
                                                                                                                  : parse_json(request.body);
        if (!body) return web::problem(body.error(), request.reference);
        if (!body->is_object()) return web::problem(422, "Some values need another look", "The body is a JSON object.", request.reference);
        const auto answer = change_and_answer(request, context, deps, status, [&](store::Transaction& tx) -> Result<Changed> {
            const auto stream = readable_case(tx, context, request.parameter("ref"));
            if (!stream) return Refusal{Because::absent, "cases.absent", "There is no such case."};
            auto done = work(tx, context, deps, *stream, if_match(request), *body, request);
            if (!done) return done.error();
            return Changed{.stream = *stream, .more = std::move(*done)};
        });
        if (answer) return *answer;
        if (answer.error().because != Because::stale) return told(answer.error(), request);
        // The current state goes with a 412, so that a client can show both.
        return context.db.reading([&](store::Reader& reader) -> Response {
            const auto stream = find_case(reader, request.parameter("ref"));
            auto now = standing(reader, context, deps, *stream);
            Response response = web::problem(answer.error(), request.reference);
            Json with_current = std::move(parse_json(response.body)).value();
            with_current.set("current", case_json(reader, context, *now, context.now()));
            response.body = to_text(with_current);
            return response.with("etag", etag(now->state["version"].as_integer()));
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

Response open(const Request& request, Context& context, const Deps& deps) {
    const auto body = parse_json(request.body);
    if (!body) return web::problem(body.error(), request.reference);
    const Json& b = *body;
    const auto answer = change_and_answer(request, context, deps, 201, [&](store::Transaction& tx) -> Result<Changed> {
        OpenAsk ask{.pathway = b["pathway"].as_string(),
                    .title = b["title"].as_string(),
                    .forms = b["forms"].is_object() ? b["forms"] : Json::object(),
                    .restriction = b["restriction"].as_string()};
        const auto hub = access::hub_by_code(tx, b["hub"].as_string());
        if (!hub) return Refusal{Because::invalid, "cases.hub", "Some values need another look.", {{"hub", "There is no hub of this code."}}};
        ask.hub = hub->seq;
        ask.lead_user = b["lead"]["email"].is_string() ? user_from(tx, b["lead"]["email"]) : 0;
        ask.lead_agency = b["lead"]["agency"].is_string() ? agency_from(tx, b["lead"]["agency"]) : 0;
        for (const auto& one : b["involvements"].items()) {
            const auto person = subjects::find_person(tx, one["subject"].as_string());
            if (!person || !context.demand(tx, "read", {.kind = "person", .seq = *person}))
                return Refusal{Because::invalid,
                               "cases.subject",
                               "Some values need another look.",
                               {{"involvements", "There is no such person: record them first."}}};
            ask.involvements.push_back({.subject = *person, .kind = "person", .role = one["role"].as_string()});
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
        if (!as_at) return web::problem(422, "Some values need another look", "as_at is a moment like 2026-04-01T09:30:00Z.", request.reference);
    }
    std::optional<Seq> stream;
    const auto response = context.db.reading([&](store::Reader& reader) -> Response {
        stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        auto now = standing(reader, context, deps, *stream, as_at);
        if (!now) return absent();
        return web::json(case_json(reader, context, *now, as_at.value_or(context.now()))).with("etag", etag(now->state["version"].as_integer()));
    });
    if (stream && response.status == 200) record_read(context, *stream);
    return response;
}

Response history(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        Codes codes{reader};
        Json items = Json::array();
        for (const auto& event : context.ledger.read(reader, *stream, {}))
            items.push(Json::object({{"version", event.version},
                                     {"kind", event.kind},
                                     {"recorded_at", to_rfc3339(event.recorded_at)},
                                     {"effective_at", to_rfc3339(event.effective_at)},
                                     {"actor", codes.user(event.actor)},
                                     {"agency", codes.agency(event.agency)},
                                     {"summary", summary_of(event)}}));
        return web::json(Json::object({{"items", items}, {"total", items.items().size()}}));
    });
}

Response readers(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        Codes codes{reader};
        Json items = Json::array();
        for (const auto& looked : context.reads.readers_of(*stream, 200))
            items.push(Json::object({{"at", to_rfc3339(looked.at)},
                                     {"user", codes.user(looked.user)},
                                     {"agency", codes.agency(looked.agency)},
                                     {"purpose", looked.purpose},
                                     {"route", looked.route}}));
        return web::json(Json::object({{"items", items}, {"total", items.items().size()}}));
    });
}

Response entry_list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const auto after = request.asked("after").empty() ? INT64_MAX : std::strtoll(std::string{request.asked("after")}.c_str(), nullptr, 10);
        const auto limit = limit_of(request);
        const auto rows = entries(reader, *stream, limit, after);
        Codes codes{reader};
        Json items = Json::array();
        for (const auto& one : rows) {
            Json item = Json::object({{"version", one.version},
                                      {"kind", one.kind},
                                      {"summary", one.summary},
                                      {"at", to_rfc3339(one.at)},
                                      {"recorded_at", to_rfc3339(one.recorded_at)},
                                      {"by", codes.user(one.by_user)}});
            item.set_if("text", one.words);
            items.push(std::move(item));
        }
        Json page = Json::object({{"items", items}, {"total", count_entries(reader, *stream)}});
        if (rows.size() == limit) page.set("next", std::to_string(rows.back().version));
        return web::json(page);
    });
}

Response my_work(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        CaseFilter filter{.lead_user = request.asked("view") == "team" ? Seq{0} : context.actor.user};
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

}  // namespace

Json case_json(store::Reader& reader, const Context&, const Standing& standing, Instant now) {
    const Json& s = standing.state;
    Json json = Json::object({{"id", s["id"]},
                              {"reference", s["reference"]},
                              {"pathway", s["pathway"]},
                              {"pathway_version", s["pathway_version"]},
                              {"stage", s["stage"]},
                              {"title", s["title"]},
                              {"hub", code_of(reader, "hub", s["hub"].as_integer())}});
    Json lead = user_json(reader, s["lead_user"].as_integer());
    lead.set_if("agency", code_of(reader, "agency", s["lead_agency"].as_integer()));
    json.set("lead", lead).set("handling", s["handling"]).set("restriction", s["restriction"]);
    if (s["risk"].is_object()) {
        Json risk = Json::object();
        for (const char* key : {"tool", "version", "score", "most", "level", "override", "assessed_at"}) risk.set_if(key, s["risk"][key]);
        json.set("risk", risk);
    }
    json.set_if("summary", s["summary"]);
    json.set("opened_at", s["opened_at"]);
    json.set_if("closed_at", s["closed_at"]);
    json.set("forms", s["forms"].is_object() ? s["forms"] : Json::object());
    Json involvements = Json::array();
    for (const auto& one : s["involvements"].items()) {
        if (one.has("ended")) continue;
        Json item = Json::object({{"id", one["id"]}, {"kind", one["kind"]}, {"role", one["role"]}, {"since", one["since"]}});
        if (one["kind"].as_string() == "place") {
            if (const auto place = subjects::place(reader, one["subject"].as_integer()))
                item.set("subject", place->id).set("name", place->details.text);
        } else if (const auto person = subjects::person(reader, one["subject"].as_integer())) {
            item.set("subject", person->id).set("name", person->name());
        }
        involvements.push(std::move(item));
    }
    json.set("involvements", involvements);
    Json clocks = Json::array();
    for (const auto& clock : clocks_of(s)) {
        const auto* rule = standing.definition->clock(clock.id);
        Json one = Json::object({{"id", clock.id}, {"label", rule != nullptr ? rule->label : clock.id}, {"state", engine::state_at(clock, now)}});
        if (clock.due) one.set("due", to_rfc3339(*clock.due));
        if (rule != nullptr)
            one.set("rule", engine::length_in_words(*standing.definition, *rule, london_date(clock.started))).set("source", rule->source);
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
    for (const auto& task : s["tasks"].items()) {
        Json one = Json::object({{"id", task["id"]}, {"title", task["title"]}, {"state", task["state"]}, {"due", task["due"]}});
        one.set_if("agency", code_of(reader, "agency", task["agency"].as_integer()));
        one.set_if("result", task["result"]);
        tasks.push(std::move(one));
    }
    json.set_if("tasks", tasks);
    Json documents = Json::array();
    for (const auto& document : s["documents"].items())
        documents.push(Json::object(
            {{"id", document["id"]}, {"name", document["name"]}, {"type", document["type"]}, {"size", document["size"]}, {"at", document["at"]}}));
    json.set_if("documents", documents);
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
    routes.add({.description = {.method = "PATCH", .pattern = "/api/v1/cases/{ref}/forms/{form}", .summary = "Saves a form", .tag = "cases"},
                .handler = changing(deps, 200,
                                    [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& body,
                                       const Request& request) {
                                        return changed_json(save_form(tx, context, d, stream, expected, request.parameter("form"), body));
                                    }),
                .needs_if_match = true});
    routes.add({.description = {.method = "POST", .pattern = "/api/v1/cases/{ref}/actions/{action}", .summary = "Does an action", .tag = "cases"},
                .handler = changing(
                    deps, 200,
                    [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& body,
                       const Request& request) { return changed_json(act(tx, context, d, stream, expected, request.parameter("action"), body)); }),
                .needs_if_match = true});
    routes.post("/api/v1/cases/{ref}/entries", "Adds a note, contact, decision or incident", "cases",
                changing(deps, 201, [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) {
                    EntryAsk ask{.kind = b["kind"].is_string() ? b["kind"].as_string() : "note",
                                 .text = b["text"].as_string(),
                                 .with = b["with"].as_string(),
                                 .outcome = b["outcome"].as_string()};
                    if (b["at"].is_string()) ask.at = parse_instant(b["at"].as_string());
                    return changed_json(add_entry(tx, context, d, stream, {}, ask));
                }));
    routes.post("/api/v1/cases/{ref}/tasks", "Raises a task", "cases",
                changing(deps, 201, [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) {
                    TaskAsk ask{.title = b["title"].as_string(),
                                .agency = agency_from(tx, b["agency"]),
                                .owner = user_from(tx, b["owner"]),
                                .due = parse_typed_date(b["due"].as_string(), context.today()),
                                .high = b["high"].as_bool()};
                    auto raised = raised_json(raise_task(tx, context, d, stream, {}, ask));
                    if (raised) raised->set("task", (*raised)["id"]);
                    return raised;
                }));
    routes.post("/api/v1/tasks/{id}/{change}", "Accepts, declines, finishes, verifies or cancels a task", "cases",
                [deps](const Request& request, Context& context) -> Response {
                    const auto body = parse_json(request.body.empty() ? "{}" : request.body);
                    if (!body) return web::problem(body.error(), request.reference);
                    const Json& b = *body;
                    const auto answer = context.db.writing([&](store::Transaction& tx) -> Result<Response> {
                        TaskChange change{.id = std::string{request.parameter("id")},
                                          .change = std::string{request.parameter("change")},
                                          .words = b["result"].is_string() ? b["result"].as_string() : b["reason"].as_string(),
                                          .agency = agency_from(tx, b["agency"]),
                                          .owner = user_from(tx, b["owner"])};
                        if (b["due"].is_string()) change.due = parse_typed_date(b["due"].as_string(), context.today());
                        auto version = change_task(tx, context, deps, change);
                        if (!version) return version.error();
                        Response response = web::json(Json::object({{"id", change.id}, {"change", change.change}, {"version", *version}}));
                        context.keep(tx, request, response);
                        return response;
                    });
                    return answer ? *answer : told(answer.error(), request);
                });
    routes.post(
        "/api/v1/cases/{ref}/involvements", "Adds a person or place", "cases",
        changing(deps, 201,
                 [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) -> Result<Json> {
                     const auto person = subjects::find_person(tx, b["subject"].as_string());
                     if (!person || !context.demand(tx, "read", {.kind = "person", .seq = *person}))
                         return Refusal{Because::invalid,
                                        "cases.subject",
                                        "Some values need another look.",
                                        {{"subject", "There is no such person: record them first."}}};
                     return raised_json(
                         involve(tx, context, d, stream, {},
                                 {.subject = *person, .kind = "person", .role = b["role"].as_string(), .reason = b["reason"].as_string()}));
                 }));
    routes.post("/api/v1/cases/{ref}/information-requests", "Asks an agency for information", "cases",
                changing(deps, 201, [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request&) {
                    RequestAsk ask{.holder = agency_from(tx, b["holder"]),
                                   .purpose = b["purpose"].as_string(),
                                   .gateway = b["gateway"].as_string(),
                                   .necessity = b["necessity"].as_string(),
                                   .asked_for = b["asked_for"].as_string(),
                                   .urgency = b["urgency"].is_string() ? b["urgency"].as_string() : "routine"};
                    return raised_json(request_information(tx, context, d, stream, {}, ask));
                }));
    routes.post(
        "/api/v1/cases/{ref}/information-requests/{id}/{answer}", "Answers a request", "cases",
        changing(deps, 200, [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json& b, const Request& request) {
            return changed_json(answer_request(tx, context, d, stream, request.parameter("id"), request.parameter("answer"), b["words"].as_string()));
        }));
    routes.post("/api/v1/cases/{ref}/documents", "Adds a document", "cases",
                changing(deps, 201,
                         [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected, const Json&,
                            const Request& request) -> Result<Json> {
                             if (request.files.empty())
                                 return Refusal{Because::invalid, "documents.none", "Some values need another look.", {{"file", "Choose a file."}}};
                             return raised_json(
                                 add_document(tx, context, d, stream, {}, {.name = request.files.front().name, .path = request.files.front().path}));
                         }));
    routes.post("/api/v1/cases/{ref}/assign", "Changes the lead", "cases",
                changing(deps, 200,
                         [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& b, const Request&) {
                             return changed_json(assign(tx, context, d, stream, expected, agency_from(tx, b["agency"]), user_from(tx, b["email"])));
                         }));
    routes.post(
        "/api/v1/cases/{ref}/restriction", "Restricts a case to named people", "cases",
        changing(
            deps, 200, [](store::Transaction& tx, Context& context, const Deps& d, Seq stream, Expected expected, const Json& b, const Request&) {
                std::vector<Seq> named;
                for (const auto& email : b["named"].items()) named.push_back(user_from(tx, email));
                return changed_json(restrict_case(tx, context, d, stream, expected, b["restriction"].as_string(), named, b["reason"].as_string()));
            }));
    routes.get("/api/v1/pathways", "Pathways in force", "pathways", [deps](const Request&, Context& context) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            if (auto asked = context.demand(reader, "read", {.kind = "pathways"}); !asked) return web::problem(asked.error(), "");
            Json items = Json::array();
            for (const auto* one : deps.library.current()->all_current(context.today()))
                items.push(
                    Json::object({{"name", one->name}, {"title", one->title}, {"version", one->version}, {"in_force", to_iso(one->in_force)}}));
            return web::json(Json::object({{"items", items}, {"total", items.items().size()}}));
        });
    });
}

}  // namespace concord::cases
