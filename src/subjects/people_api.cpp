#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/people_json.hpp"
#include "subjects/person_state.hpp"
#include "subjects/subject_codes.hpp"
#include "subjects/subjects.hpp"
#include "web/paging.hpp"

/// /api/v1/people and what hangs on it.
namespace concord::subjects {
namespace {

using access::Context;
using store::Reader;
using store::Transaction;
using web::etag;
using web::Request;
using web::Response;
using web::told;

/// The person of {id}, where this actor may know him: the asking is done here for every route that reads.
std::optional<Seq> readable(Reader& reader, const Context& context, const Request& request) {
    const auto stream = find_person(reader, request.parameter("id"));
    if (!context.demand(reader, "read", {.kind = "person", .seq = stream.value_or(-1)})) return {};
    return stream;
}

using Change = std::function<Result<Response>(Transaction&, Context&, Seq, const Json&, const Request&)>;
/// A change of the person of {id}: the body read, the person found, a stale change told with the record as it is now.
access::Handler changing(Change work) {
    return [work](const Request& request, Context& context) -> Response {
        const auto body = parse_json(request.body.empty() ? "{}" : request.body);
        const auto answer = context.db.writing([&](Transaction& tx) -> Result<Response> {
            const auto stream = readable(tx, context, request);
            if (!stream) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
            if (!body) return body.error();
            if (!body->is_object())
                return Refusal{Because::invalid, "subjects.body", "Some answers need another look.", {{"body", "Send an object with the fields."}}};
            auto response = work(tx, context, *stream, *body, request);
            if (response) context.keep(tx, request, *response);
            return response;
        });
        if (answer) return *answer;
        if (answer.error().because != Because::stale) return told(answer.error(), request);
        // What it is now, so that the client can show both.
        return context.db.reading([&](Reader& reader) -> Response {
            const auto stream = readable(reader, context, request);
            if (!stream) return web::absent();
            const auto record = person_record(reader, *stream);
            return web::stale(answer.error(), request.reference, record_json(reader, context, *record)).with("etag", etag(record->person.version));
        });
    };
}

Response answer_with(Reader& reader, const Context& context, Seq stream, int status = 200) {
    const auto record = person_record(reader, stream);
    return web::json(record_json(reader, context, *record), status).with("etag", etag(record->person.version));
}

Result<Response> create(Transaction& tx, const Request& request, Context& context, const Json& body) {
    if (auto asked = context.demand(tx, "create", {.kind = "person"}); !asked) return asked.error();
    const auto details = details_from(body, context.today());
    if (!details) return details.error();
    auto made = create_person(tx, context.ledger, context.author(), *details);
    if (!made) return made.error();
    // "Not the same as this one" said while the candidates were on the screen is remembered.
    for (const auto& other : body["not_the_same_as"].items())
        if (auto done = mark_distinct(tx, context, *made, find_person(tx, other.as_string()).value_or(-1), "Said when it was recorded"); !done)
            return Refusal{Because::invalid,
                           "subjects.distinct",
                           "Some answers need another look.",
                           {{"not_the_same_as", "There is no such record: choose another."}}};
    auto response = answer_with(tx, context, *made, 201);
    response.with("location", "/api/v1/people/" + person(tx, *made)->id);
    context.keep(tx, request, response);
    return response;
}

Response show(const Request& request, Context& context) {
    std::optional<Instant> as_at;
    if (const auto typed = request.asked("as_at"); !typed.empty()) {
        as_at = parse_instant(typed);
        if (!as_at) { return web::problem(422, "Some values need another look", "as_at is a moment like 2026-04-01T09:30:00Z.", request.reference); }
    }
    std::optional<Seq> stream;
    auto response = context.db.reading([&](Reader& reader) -> Response {
        stream = readable(reader, context, request);
        if (!stream) return web::absent();
        if (!as_at) return answer_with(reader, context, *stream);
        Json state = Json::object();
        for (const auto& event : context.ledger.read(reader, *stream, as_at)) fold_person(state, event);
        if (!state.has("version")) return web::absent();
        const auto record = record_of(state, *stream, person(reader, *stream)->id);
        return web::json(record_json(reader, context, record)).with("etag", etag(record.person.version));
    });
    if (response.status == 200) context.looked("person", {*stream});
    return response;
}

Response match(const Request& request, Context& context) {
    const auto body = parse_json(request.body);
    return context.db.reading([&](Reader& reader) -> Response {
        if (auto asked = context.demand(reader, "read", {.kind = "person"}); !asked) return told(asked.error(), request);
        if (!body) return web::problem(body.error(), request.reference);
        const auto details = details_from(*body, context.today());
        if (!details) return web::problem(details.error(), request.reference);
        Json all = Json::array();
        std::vector<Seq> shown;
        for (const auto& candidate : candidates(reader, context, *details)) {
            all.push(to_json(candidate));
            shown.push_back(candidate.person.stream);
        }
        context.looked_soon("search", to_text(*body), shown);
        return web::json(Json::object({{"candidates", all}}));
    });
}

Response history(const Request& request, Context& context) {
    return context.db.reading([&](Reader& reader) -> Response {
        const auto stream = readable(reader, context, request);
        if (!stream) return web::absent();
        Json items = Json::array();
        auto all = changes_of(reader, context, *stream);
        std::reverse(all.begin(), all.end());
        for (const auto& change : all) {
            Json one = Json::object({{"version", change.version},
                                     {"kind", change.kind},
                                     {"recorded_at", to_rfc3339(change.recorded_at)},
                                     {"effective_at", to_rfc3339(change.effective_at)},
                                     {"actor", user_json(reader, change.actor)},
                                     {"agency", access::name_of(reader, "agency", change.agency)},
                                     {"summary", change.summary}});
            items.push(std::move(one.set_if("words", change.words)));
        }
        return web::list_page(request, items, "history");
    });
}

Response show_distinct(const Request& request, Context& context) {
    return context.db.reading([&](Reader& reader) -> Response {
        const auto stream = readable(reader, context, request);
        if (!stream) return web::absent();
        Json items = Json::array();
        for (const Seq other : distinct_from(reader, *stream))
            if (context.may(reader, "read", {.kind = "person", .seq = other}).allowed) {
                const auto held = person(reader, other);
                items.push(Json::object({{"id", held->id}, {"name", held->name()}}));
            }
        return web::list_page(request, items, "distinct");
    });
}

Response show_candidates(const Request& request, Context& context) {
    return context.db.reading([&](Reader& reader) -> Response {
        const auto stream = readable(reader, context, request);
        if (!stream) return web::absent();
        Json all = Json::array();
        for (const auto& candidate : possible_duplicates(reader, context, *stream)) all.push(to_json(candidate));
        return web::json(Json::object({{"candidates", all}}));
    });
}

Response export_one(const Request& request, Context& context) {
    std::optional<Seq> stream;
    auto response = context.db.reading([&](Reader& reader) -> Response {
        stream = find_person(reader, request.parameter("id"));
        if (auto asked = context.demand(reader, "export", {.kind = "person", .seq = stream.value_or(-1)}); !asked)
            return told(asked.error(), request);
        auto made = web::json(Json{});
        made.body = to_canonical(export_json(reader, context, *stream));
        return made;
    });
    if (response.status == 200) context.looked("person", {*stream});
    return response;
}

std::string path_of(std::string_view part) {
    std::string path{part};
    std::replace(path.begin(), path.end(), '_', '-');
    return path;
}

void add_part_routes(access::Routes& routes, const std::string& part) {
    const std::string at = "/api/v1/people/{id}/" + path_of(part), label = lower_ascii(part_label(part));
    routes.post(
        at, "Adds a " + label, "people",
        changing([part](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
            auto added = add_part(tx, context, stream, web::version_asked(request), part, body);
            if (!added) return added.error();
            auto response = answer_with(tx, context, stream, 201);
            return std::move(response.with("location", fmt::format("/api/v1/people/{}/{}/{}", request.parameter("id"), path_of(part), added->id)));
        }));
    routes.change("PATCH", at + "/{item}", "Corrects a " + label + ", or ends it", "people",
                  changing([part](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
                      auto version = change_part(tx, context, stream, web::version_asked(request), part, request.parameter("item"), body);
                      if (!version) return version.error();
                      return answer_with(tx, context, stream);
                  }));
    routes.change("POST", at + "/{item}/remove", "Takes away a " + label + " recorded in error", "people",
                  changing([part](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
                      auto version =
                          remove_part(tx, context, stream, web::version_asked(request), part, request.parameter("item"), body["why"].as_string());
                      if (!version) return version.error();
                      return answer_with(tx, context, stream);
                  }));
}

Response tagged(Reader& reader, Seq stream, Response response) {
    return std::move(response.with("etag", etag(person_record(reader, stream)->person.version)));
}

void add_merge_routes(access::Routes& routes) {
    routes.change("POST", "/api/v1/people/{id}/merge", "Points this person to another", "people",
                  changing([](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
                      const auto with = find_person(tx, body["with"].as_string());
                      auto merged = merge(tx, context, stream, with.value_or(-1), body["why"].as_string(), web::version_asked(request));
                      if (!merged) return merged.error();
                      const bool done = *merged == Merging::done;
                      return tagged(tx, stream, web::json(Json::object({{"done", done}, {"state", done ? "merged" : "proposed"}}), done ? 200 : 202));
                  }));
    routes.change("POST", "/api/v1/people/{id}/unmerge", "Takes the pointer away", "people",
                  changing([](Transaction& tx, Context& context, Seq stream, const Json&, const Request& request) -> Result<Response> {
                      auto done = unmerge(tx, context, stream, web::version_asked(request));
                      if (!done) return done.error();
                      return tagged(tx, stream, web::json(Json::object({{"done", true}})));
                  }));
    routes.get("/api/v1/people/{id}/distinct", "Whom this person was said not to be", "people", show_distinct);
    routes.post("/api/v1/people/{id}/distinct", "These two are not the same; \"withdrawn\": true takes it back", "people",
                changing([](Transaction& tx, Context& context, Seq stream, const Json& body, const Request&) -> Result<Response> {
                    const std::string& named = body["other"].is_string() ? body["other"].as_string() : body["with"].as_string();
                    const Seq other = find_person(tx, named).value_or(-1);
                    auto done = body["withdrawn"].as_bool() ? withdraw_distinct(tx, context, stream, other)
                                                            : mark_distinct(tx, context, stream, other, body["why"].as_string());
                    if (!done) return done.error();
                    return web::json(Json::object({{"done", true}}));
                }));
}

}  // namespace

void add_people_routes(access::Routes& routes) {
    routes.post("/api/v1/people", "Records a person", "people", [](const Request& request, Context& context) {
        const auto body = parse_json(request.body);
        const auto answer = context.db.writing([&](Transaction& tx) -> Result<Response> {
            if (auto asked = context.demand(tx, "create", {.kind = "person"}); !asked) return asked.error();
            if (!body) return body.error();
            return create(tx, request, context, *body);
        });
        return answer ? *answer : web::problem(answer.error(), request.reference);
    });
    routes.post("/api/v1/people/match", "Candidates for a person's details", "people", match);
    routes.add({.description = {.method = "GET", .pattern = "/api/v1/people/{id}", .summary = "One person", .tag = "people", .query = {"as_at"}},
                .handler = show});
    routes.change("PATCH", "/api/v1/people/{id}", "Corrects a person", "people",
                  changing([](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
                      auto version = correct_person(tx, context, stream, web::version_asked(request), body);
                      if (!version) return version.error();
                      return answer_with(tx, context, stream);
                  }));
    routes.get("/api/v1/people/{id}/history", "Every change of one person", "people", history);
    routes.get("/api/v1/people/{id}/candidates", "Records that may be the same person", "people", show_candidates);
    routes.get("/api/v1/people/{id}/export", "One person as canonical JSON", "people", export_one);
    for (const char* part : {"names", "identifiers", "contact_points", "contact_rules", "addresses", "relationships"}) add_part_routes(routes, part);
    add_merge_routes(routes);
}

}  // namespace concord::subjects
