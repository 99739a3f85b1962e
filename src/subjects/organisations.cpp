#include "subjects/organisations.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "subjects/subject_codes.hpp"

namespace concord::subjects {
namespace {

using access::Context;
using store::Reader;
using store::Transaction;

constexpr std::string_view columns = "o.stream, s.id, o.name, o.kind, o.phone, o.email, o.address, o.postcode, o.note, o.until_day, o.version";
constexpr std::string_view kinds = "ittttttttti";
constexpr std::string_view another_look = "Some answers need another look.";

Refusal invalid(std::string_view field, std::string message) {
    return {Because::invalid, "subjects.organisation", std::string{another_look}, {{std::string{field}, std::move(message)}}};
}

Organisation to_organisation(const store::Row& row) {
    return {.stream = row.integer(0),
            .id = row.text(1),
            .details = {.name = row.text(2),
                        .kind = row.text(3),
                        .phone = row.text(4),
                        .email = row.text(5),
                        .address = row.text(6),
                        .postcode = row.text(7),
                        .note = row.text(8),
                        .until = row.text(9)},
            .version = row.integer(10)};
}

Json details_json(const OrganisationDetails& d) {
    return Json::object({{"name", d.name},
                         {"kind", d.kind},
                         {"phone", d.phone},
                         {"email", d.email},
                         {"address", d.address},
                         {"postcode", d.postcode},
                         {"note", d.note},
                         {"until", d.until}});
}

/// Only the members that are there are taken over; all problems are told at once.
Result<OrganisationDetails> details_over(OrganisationDetails d, const Json& typed, Date today) {
    std::vector<FieldError> errors;
    const auto wrong = [&](std::string_view field, std::string message) { errors.push_back({std::string{field}, std::move(message)}); };
    const auto line = [&](std::string_view field, std::string& out, std::size_t most) {
        if (!typed.has(field)) return;
        out = tidy(typed[field].as_string(), field == "note");
        if (code_points(out) > most) wrong(field, fmt::format("This has {} letters at most.", most));
    };
    line("name", d.name, 200);
    line("address", d.address, 255);
    line("note", d.note, 1000);
    if (typed.has("kind")) d.kind = typed["kind"].as_string();
    const auto normal = [&](std::string_view field, std::string& out, std::string (*make)(std::string_view), std::string message) {
        if (!typed.has(field)) return;
        const std::string text = trim(typed[field].as_string());
        out = make(text);
        if (!text.empty() && out.empty()) wrong(field, std::move(message));
    };
    normal("phone", d.phone, normal_phone, "Give a phone number, like 01723 496000, or leave it empty.");
    normal("email", d.email, normal_email, "Give an e-mail address, like name@example.org, or leave it empty.");
    normal("postcode", d.postcode, normal_postcode, "Give a whole postcode, like YO12 7QP, or leave it empty.");
    if (typed.has("until")) {
        const std::string text = trim(typed["until"].as_string());
        const auto day = parse_typed_date(text, today);
        if (!text.empty() && !day) wrong("until", "Give a day that exists, like 3/11/2025, or leave it empty.");
        d.until = day ? to_iso(*day) : "";
    }
    if (letters_and_digits(d.name) < 2) wrong("name", "Give the organisation's name.");
    if (!is_code("organisation_kinds", d.kind)) wrong("kind", "Choose one from the list.");
    if (!errors.empty()) return Refusal{Because::invalid, "subjects.organisation", std::string{another_look}, std::move(errors)};
    return d;
}

void save(Transaction& tx, Seq stream, const Json& d, std::int64_t version) {
    tx.execute(R"sql(
        insert into organisation (stream, name, kind, phone, email, address, postcode, note, until_day, folded, version)
        values (:stream, :name, :kind, :phone, :email, :address, :postcode, :note, :until, :folded, :version)
        on conflict (stream) do update set name = :name, kind = :kind, phone = :phone, email = :email, address = :address, postcode = :postcode,
                                           note = :note, until_day = :until, folded = :folded, version = :version)sql",
               {{"stream", stream},
                {"name", d["name"].as_string()},
                {"kind", d["kind"].as_string()},
                {"phone", d["phone"].as_string()},
                {"email", d["email"].as_string()},
                {"address", d["address"].as_string()},
                {"postcode", d["postcode"].as_string()},
                {"note", d["note"].as_string()},
                {"until", d["until"].as_string()},
                {"folded", fold(d["name"].as_string())},
                {"version", version}});
}

void save_member(Transaction& tx, const ledger::Event& event) {
    const Json& m = event.envelope["member"];
    tx.execute(R"sql(
        insert into organisation_member (stream, id, person, role, since, until_day, words)
        values (:stream, :id, :person, :role, :since, :until, :words)
        on conflict (stream, id) do update set role = :role, since = :since, until_day = :until, words = :words)sql",
               {{"stream", event.stream},
                {"id", m["id"].as_string()},
                {"person", m["person"].as_integer()},
                {"role", m["role"].as_string()},
                {"since", m["since"].as_string()},
                {"until", m["until"].as_string()},
                {"words", event.payload["words"].as_string()}});
}

void apply(Transaction& tx, const ledger::Event& event) {
    if (event.envelope.has("member")) {
        save_member(tx, event);
        tx.execute("update organisation set version = :version where stream = :stream", {{"version", event.version}, {"stream", event.stream}});
        return;
    }
    save(tx, event.stream, event.payload, event.version);
}

void derive(Transaction& tx, Seq stream) {
    const auto one = organisation(tx, stream);
    if (!one) return;
    store::put_text(tx, "organisations", stream, one->details.name + " " + one->details.address + " " + one->details.postcode);
}

Membership to_membership(const store::Row& row) {
    return {.id = row.text(0),
            .organisation = row.integer(1),
            .person = row.integer(2),
            .role = row.text(3),
            .since = row.text(4),
            .until = row.text(5),
            .words = row.text(6)};
}

Result<Done> take_up(Transaction& tx, const Context& context, Seq stream, Expected expected) {
    if (auto asked = context.demand(tx, "change", {.kind = "organisation", .seq = stream}); !asked) return asked;
    if (!organisation(tx, stream)) return Refusal{Because::absent, "subjects.no_organisation", "There is no such organisation."};
    context.ledger.lock(tx, {stream});
    if (expected && *expected != organisation(tx, stream)->version)
        return Refusal{Because::stale, "ledger.stale", "Someone changed this while you had it open. Look at what they did, then save again."};
    return Done{};
}

Result<Json> checked_member(const Json& typed, const Json& before, Date today, std::string& words) {
    std::vector<FieldError> errors;
    Json member = before;
    if (typed.has("role") || before["role"].is_null()) {
        if (!is_code("organisation_roles", typed["role"].as_string())) errors.push_back({"role", "Choose one from the list."});
        member.set("role", typed["role"]);
    }
    for (const char* field : {"since", "until"}) {
        if (!typed.has(field)) continue;
        const std::string text = trim(typed[field].as_string());
        const auto day = parse_typed_date(text, today);
        if (!text.empty() && !day) errors.push_back({field, "Give a day that exists, like 3/11/2025, or leave it empty."});
        member.set(field, day ? to_iso(*day) : "");
    }
    const auto since = parse_date(member["since"].as_string()), until = parse_date(member["until"].as_string());
    if (since && until && *until < *since) errors.push_back({"until", "The end lies before the beginning."});
    if (typed.has("words")) words = tidy(typed["words"].as_string());
    if (code_points(words) > 255) errors.push_back({"words", "This has 255 letters at most."});
    if (!errors.empty()) return Refusal{Because::invalid, "subjects.member", std::string{another_look}, std::move(errors)};
    return member;
}

Result<std::int64_t> append_member(Transaction& tx, const Context& context, Seq stream, Json member, const std::string& words,
                                   std::string_view done) {
    Json payload;
    if (!words.empty()) payload = Json::object({{"words", words}});
    return context.ledger.append(
        tx, context.author(), stream, {},
        {ledger::NewEvent{fmt::format("subjects.member_{}", done),
                          Json::object({{"member", std::move(member)}, {"summary", fmt::format("Member {}", done)}}), std::move(payload)}});
}

}  // namespace

void register_organisation_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "organisation", .tables = {"organisation", "organisation_member"}, .apply = apply});
    ledger.add(ledger::Derivation{.stream_kind = "organisation", .tables = {}, .derive = derive});
}

std::optional<Organisation> organisation(Reader& reader, Seq stream) {
    const auto row =
        reader.select_one(kinds, fmt::format("select {} from organisation o join stream s on s.seq = o.stream where o.stream = :stream", columns),
                          {{"stream", stream}});
    if (!row) return {};
    return to_organisation(*row);
}

std::optional<Seq> find_organisation(Reader& reader, std::string_view id) {
    const auto row = reader.select_one("i", "select o.stream from organisation o join stream s on s.seq = o.stream where s.id = :id", {{"id", id}});
    if (!row) return {};
    return row->integer(0);
}

std::vector<Organisation> find_organisations(Reader& reader, std::string_view words, std::string_view kind, std::size_t limit) {
    std::vector<Organisation> all;
    const auto take = [&](std::optional<Organisation> one) {
        if (one && (kind.empty() || one->details.kind == kind) && all.size() < limit) all.push_back(std::move(*one));
    };
    if (words_of(words).empty()) {
        for (const auto& row : reader.select(
                 kinds,
                 fmt::format(
                     "select {} from organisation o join stream s on s.seq = o.stream where o.kind = :kind or :kind = '' order by o.stream desc "
                     "limit :limit",
                     columns),
                 {{"kind", kind}, {"limit", limit}}))
            take(to_organisation(row));
        return all;
    }
    for (const auto key : store::find_text(reader, "organisations", std::string{words}, INT64_MAX, 500)) take(organisation(reader, key));
    return all;
}

std::vector<Organisation> same_named(Reader& reader, std::string_view name) {
    std::vector<Organisation> all;
    for (const auto& row : reader.select(
             kinds,
             fmt::format("select {} from organisation o join stream s on s.seq = o.stream where o.folded = :folded order by o.stream limit 20",
                         columns),
             {{"folded", fold(name)}}))
        all.push_back(to_organisation(row));
    return all;
}

std::vector<Membership> members_of(Reader& reader, Seq one) {
    std::vector<Membership> all;
    for (const auto& row : reader.select(
             "tiitttt",
             "select id, stream, person, role, since, until_day, words from organisation_member where stream = :one order by until_day, id limit 500",
             {{"one", one}}))
        all.push_back(to_membership(row));
    return all;
}

std::vector<Membership> memberships_of(Reader& reader, Seq person) {
    std::vector<Membership> all;
    for (const auto& row : reader.select("tiitttt",
                                         "select id, stream, person, role, since, until_day, words from organisation_member where person = :person "
                                         "order by until_day, stream, id limit 200",
                                         {{"person", person}}))
        all.push_back(to_membership(row));
    return all;
}

Result<Seq> create_organisation(Transaction& tx, const Context& context, const Json& typed) {
    if (auto asked = context.demand(tx, "create", {.kind = "organisation"}); !asked) return asked.error();
    auto d = details_over({}, typed, context.today());
    if (!d) return d.error();
    for (const auto& other : same_named(tx, d->name))
        if (other.details.postcode == d->postcode)
            return invalid("name", fmt::format("There is an organisation of this name{} already: use that one, or say in the name how they differ.",
                                               d->postcode.empty() ? "" : " at this postcode"));
    const Seq stream = context.ledger.create(tx, "organisation", new_id(context.now()));
    auto appended = context.ledger.append(
        tx, context.author(), stream, 0,
        {ledger::NewEvent{"subjects.organisation_recorded", Json::object({{"summary", "Organisation recorded"}}), details_json(*d)}});
    if (!appended) return appended.error();
    access::set_owned(tx, stream, context.actor.agency);
    return stream;
}

Result<std::int64_t> correct_organisation(Transaction& tx, const Context& context, Seq stream, Expected expected, const Json& typed) {
    if (auto taken = take_up(tx, context, stream, expected); !taken) return taken.error();
    const auto held = organisation(tx, stream);
    auto d = details_over(held->details, typed, context.today());
    if (!d) return d.error();
    if (details_json(*d) == details_json(held->details)) return held->version;
    return context.ledger.append(
        tx, context.author(), stream, {},
        {ledger::NewEvent{"subjects.organisation_corrected", Json::object({{"summary", "Organisation corrected"}}), details_json(*d)}});
}

Result<Added> add_member(Transaction& tx, const Context& context, Seq stream, Expected expected, const Json& typed) {
    if (auto taken = take_up(tx, context, stream, expected); !taken) return taken.error();
    const auto person = find_person(tx, typed["person"].as_string());
    if (!person || !context.may(tx, "read", {.kind = "person", .seq = *person}).allowed)
        return invalid("person", "There is no such person: record them first.");
    std::string words;
    auto member = checked_member(typed, Json::object(), context.today(), words);
    if (!member) return member.error();
    for (const auto& one : members_of(tx, stream))
        if (one.person == *person && one.role == (*member)["role"].as_string() && one.until.empty())
            return invalid("role", "This person has that part already.");
    const std::string id = new_id(context.now());
    member->set("id", id).set("person", *person);
    auto version = append_member(tx, context, stream, std::move(*member), words, "added");
    if (!version) return version.error();
    return Added{id, *version};
}

Result<std::int64_t> change_member(Transaction& tx, const Context& context, Seq stream, Expected expected, std::string_view item, const Json& typed) {
    if (auto taken = take_up(tx, context, stream, expected); !taken) return taken.error();
    const auto all = members_of(tx, stream);
    const auto found = std::find_if(all.begin(), all.end(), [&](const Membership& one) { return one.id == item; });
    if (found == all.end() || !context.may(tx, "read", {.kind = "person", .seq = found->person}).allowed)
        return Refusal{Because::absent, "subjects.no_member", "This person has no such part any more."};
    std::string words = found->words;
    Json before = Json::object({{"id", found->id}, {"person", found->person}, {"role", found->role}});
    before.set_if("since", found->since).set_if("until", found->until);
    auto member = checked_member(typed, before, context.today(), words);
    if (!member) return member.error();
    if (*member == before && words == found->words) return organisation(tx, stream)->version;
    const bool ends = found->until.empty() && !(*member)["until"].as_string().empty();
    return append_member(tx, context, stream, std::move(*member), words, ends ? "ended" : "changed");
}

Json organisation_json(Reader& reader, const Context& context, const Organisation& one) {
    const auto& d = one.details;
    Json json = Json::object({{"id", one.id}, {"name", d.name}, {"kind", d.kind}});
    json.set_if("phone", d.phone).set_if("email", d.email).set_if("address", d.address).set_if("postcode", d.postcode);
    json.set_if("note", d.note).set_if("until", d.until);
    Json members = Json::array();
    for (const auto& member : members_of(reader, one.stream)) {
        if (!context.may(reader, "read", {.kind = "person", .seq = member.person}).allowed) continue;
        const auto held = person(reader, member.person);
        Json item = Json::object({{"id", member.id}, {"person", Json::object({{"id", held->id}, {"name", held->name()}})}, {"role", member.role}});
        members.push(std::move(item.set_if("since", member.since).set_if("until", member.until).set_if("words", member.words)));
    }
    json.set_if("members", members);
    json.set("version", one.version);
    return json;
}

// ---- API

namespace {

using web::etag;
using web::Request;
using web::Response;
using web::told;

Response answer_with(Reader& reader, const Context& context, Seq stream, int status = 200) {
    const auto one = organisation(reader, stream);
    return web::json(organisation_json(reader, context, *one), status).with("etag", etag(one->version));
}

using Change = std::function<Result<Response>(Transaction&, Context&, Seq, const Json&, const Request&)>;
access::Handler changing(Change work) {
    return [work](const Request& request, Context& context) -> Response {
        const auto body = parse_json(request.body.empty() ? "{}" : request.body);
        const auto answer = context.db.writing([&](Transaction& tx) -> Result<Response> {
            const auto stream = find_organisation(tx, request.parameter("id"));
            if (auto asked = context.demand(tx, "change", {.kind = "organisation", .seq = stream.value_or(-1)}); !asked) return asked.error();
            if (!stream) return Refusal{Because::absent, "subjects.absent", "There is no such organisation."};
            if (!body) return body.error();
            auto response = work(tx, context, *stream, *body, request);
            if (response) context.keep(tx, request, *response);
            return response;
        });
        if (answer) return *answer;
        if (answer.error().because != Because::stale) return told(answer.error(), request);
        return context.db.reading([&](Reader& reader) -> Response {
            const auto one = organisation(reader, *find_organisation(reader, request.parameter("id")));
            return web::stale(answer.error(), request.reference, organisation_json(reader, context, *one)).with("etag", etag(one->version));
        });
    };
}

}  // namespace

void add_organisation_routes(access::Routes& routes) {
    routes.add({.description = {.method = "GET",
                                .pattern = "/api/v1/organisations",
                                .summary = "Organisations by name",
                                .tag = "organisations",
                                .query = {"q", "kind", "limit"}},
                .handler = [](const Request& request, Context& context) {
                    return context.db.reading([&](Reader& reader) -> Response {
                        if (auto asked = context.demand(reader, "read", {.kind = "organisation"}); !asked) return told(asked.error(), request);
                        const auto typed = std::string{request.asked("limit")};
                        const auto limit = std::clamp(typed.empty() ? 50L : std::strtol(typed.c_str(), nullptr, 10), 1L, 200L);
                        Json items = Json::array();
                        for (const auto& one : find_organisations(reader, request.asked("q"), request.asked("kind"), static_cast<std::size_t>(limit)))
                            items.push(organisation_json(reader, context, one));
                        return web::json(Json::object({{"items", items}, {"total_at_least", items.items().size()}}));
                    });
                }});
    routes.post("/api/v1/organisations", "Records an organisation", "organisations", [](const Request& request, Context& context) {
        const auto body = parse_json(request.body);
        const auto answer = context.db.writing([&](Transaction& tx) -> Result<Response> {
            if (auto asked = context.demand(tx, "create", {.kind = "organisation"}); !asked) return asked.error();
            if (!body) return body.error();
            auto made = create_organisation(tx, context, *body);
            if (!made) return made.error();
            auto response = answer_with(tx, context, *made, 201);
            response.with("location", "/api/v1/organisations/" + organisation(tx, *made)->id);
            context.keep(tx, request, response);
            return response;
        });
        return answer ? *answer : told(answer.error(), request);
    });
    routes.get("/api/v1/organisations/{id}", "One organisation", "organisations", [](const Request& request, Context& context) {
        return context.db.reading([&](Reader& reader) -> Response {
            const auto stream = find_organisation(reader, request.parameter("id"));
            if (auto asked = context.demand(reader, "read", {.kind = "organisation", .seq = stream.value_or(-1)}); !asked || !stream)
                return web::absent();
            return answer_with(reader, context, *stream);
        });
    });
    routes.change("PATCH", "/api/v1/organisations/{id}", "Corrects an organisation", "organisations",
                  changing([](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
                      auto version = correct_organisation(tx, context, stream, web::version_asked(request), body);
                      if (!version) return version.error();
                      return answer_with(tx, context, stream);
                  }));
    routes.post("/api/v1/organisations/{id}/members", "Adds a person to an organisation", "organisations",
                changing([](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
                    auto added = add_member(tx, context, stream, web::version_asked(request), body);
                    if (!added) return added.error();
                    return answer_with(tx, context, stream, 201);
                }));
    routes.change("PATCH", "/api/v1/organisations/{id}/members/{item}", "Corrects a member's part, or ends it", "organisations",
                  changing([](Transaction& tx, Context& context, Seq stream, const Json& body, const Request& request) -> Result<Response> {
                      auto version = change_member(tx, context, stream, web::version_asked(request), request.parameter("item"), body);
                      if (!version) return version.error();
                      return answer_with(tx, context, stream);
                  }));
}

}  // namespace concord::subjects
