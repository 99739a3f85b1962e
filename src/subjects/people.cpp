#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "subjects/migrations.hpp"
#include "subjects/subjects.hpp"

namespace concord::subjects {
namespace {

constexpr std::string_view columns =
    "p.stream, s.id, p.given_name, p.family_name, p.date_of_birth, p.phone, p.email, p.address, p.postcode, p.safe_to_contact, p.contact_note, "
    "p.merged_into, p.version";
constexpr std::string_view kinds =
    "itttttttttt"
    "ii";

Person to_person(const store::Row& row) {
    return {.stream = row.integer(0),
            .id = row.text(1),
            .details = {.given_name = row.text(2),
                        .family_name = row.text(3),
                        .date_of_birth = row.maybe_date(4),
                        .phone = row.text(5),
                        .email = row.text(6),
                        .address = row.text(7),
                        .postcode = row.text(8),
                        .safe_to_contact = row.text(9),
                        .contact_note = row.text(10)},
            .merged_into = row.maybe_integer(11),
            .version = row.integer(12)};
}

std::vector<std::pair<std::string, std::string>> keys_of(const PersonDetails& d) {
    std::vector<std::pair<std::string, std::string>> keys;
    const std::string family = fold(d.family_name), given = fold(d.given_name), first = given.substr(0, given.find(' '));
    const std::string birth = d.date_of_birth ? to_iso(*d.date_of_birth) : std::string{};
    if (!family.empty() && !birth.empty()) keys.emplace_back("family_birth", family.substr(0, 3) + birth.substr(0, 4));
    if (!first.empty() && !birth.empty()) keys.emplace_back("given_birth", first.substr(0, 2) + birth.substr(5));
    if (!birth.empty()) keys.emplace_back("birth", birth);
    if (!family.empty() && !first.empty()) keys.emplace_back("name", family.substr(0, 4) + " " + first.substr(0, 1));
    if (!d.phone.empty()) keys.emplace_back("phone", d.phone);
    if (!d.email.empty()) keys.emplace_back("email", d.email);
    if (!family.empty() && !d.postcode.empty()) keys.emplace_back("family_postcode", family.substr(0, 1) + d.postcode);
    return keys;
}

Json payload_of(const PersonDetails& d) {
    Json payload = Json::object();
    payload.set_if("given_name", d.given_name)
        .set_if("family_name", d.family_name)
        .set_if("phone", d.phone)
        .set_if("email", d.email)
        .set_if("address", d.address)
        .set_if("postcode", d.postcode);
    payload.set_if("contact_note", d.contact_note);
    if (d.date_of_birth) payload.set("date_of_birth", to_iso(*d.date_of_birth));
    return payload;
}

void save_person(store::Transaction& tx, const ledger::Event& event) {
    const Json& p = event.payload;
    const std::string& birth = p["date_of_birth"].as_string();
    tx.execute("delete from person where stream = :stream", {{"stream", event.stream}});
    tx.execute(R"sql(
        insert into person (stream, given_name, family_name, date_of_birth, phone, email, address, postcode, safe_to_contact, contact_note, merged_into, version)
        values (:stream, :given, :family, :birth, :phone, :email, :address, :postcode, :safe, :note, null, :version))sql",
               {{"stream", event.stream},
                {"given", event.erased ? std::string{} : p["given_name"].as_string()},
                {"family", event.erased ? std::string{"Erased"} : p["family_name"].as_string()},
                {"birth", birth.empty() ? std::optional<std::string>{} : birth},
                {"phone", p["phone"].as_string()},
                {"email", p["email"].as_string()},
                {"address", p["address"].as_string()},
                {"postcode", p["postcode"].as_string()},
                {"safe", event.envelope["safe_to_contact"].as_string()},
                {"note", p["contact_note"].as_string()},
                {"version", event.version}});
}

void apply_person(store::Transaction& tx, const ledger::Event& event) {
    if (event.kind == "subjects.person_recorded") return save_person(tx, event);
    if (event.envelope.has("merged_into"))
        tx.execute("update person set merged_into = :into where stream = :stream",
                   {{"into", event.envelope["merged_into"].as_integer()}, {"stream", event.stream}});
    if (event.envelope["unmerged"].as_bool()) tx.execute("update person set merged_into = null where stream = :stream", {{"stream", event.stream}});
    tx.execute("update person set version = :version where stream = :stream", {{"version", event.version}, {"stream", event.stream}});
    for (const auto& other : event.envelope["distinct_from"].items())
        tx.execute("insert into person_distinct (low, high) values (:low, :high) on conflict do nothing",
                   {{"low", std::min(event.stream, other.as_integer())}, {"high", std::max(event.stream, other.as_integer())}});
}

void derive_person(store::Transaction& tx, Seq stream) {
    const auto held = person(tx, stream);
    tx.execute("delete from person_key where person = :person", {{"person", stream}});
    if (!held) return;
    for (const auto& [kind, value] : keys_of(held->details))
        tx.execute("insert into person_key (kind, value, person) values (:kind, :value, :person)",
                   {{"kind", kind}, {"value", value}, {"person", stream}});
    const auto& d = held->details;
    store::put_text(
        tx, "people", stream,
        d.given_name + " " + d.family_name + " " + d.address + " " + d.postcode + (d.date_of_birth ? " " + to_iso(*d.date_of_birth) : ""));
}

}  // namespace

std::string Person::name() const {
    const std::string both = trim(details.given_name + " " + details.family_name);
    return both.empty() ? "Name not known" : both;
}

Result<PersonDetails> details_from(const Json& typed, Date today, const std::string& prefix) {
    PersonDetails d{.given_name = tidy(typed["given_name"].as_string()),
                    .family_name = tidy(typed["family_name"].as_string()),
                    .address = tidy(typed["address"].as_string()),
                    .contact_note = tidy(typed["contact_note"].as_string())};
    if (const std::string name = tidy(typed["name"].as_string()); !name.empty() && d.family_name.empty()) {
        const auto space = name.rfind(' ');
        d.given_name = space == std::string::npos ? "" : name.substr(0, space);
        d.family_name = space == std::string::npos ? name : name.substr(space + 1);
    }
    std::vector<FieldError> errors;
    const auto wrong = [&](std::string_view field, std::string message) { errors.push_back({prefix + std::string{field}, std::move(message)}); };
    if (const std::string birth = trim(typed["date_of_birth"].as_string()); !birth.empty()) {
        d.date_of_birth = parse_typed_date(birth, today);
        if (!d.date_of_birth)
            wrong("date_of_birth", "Give a day that exists, like 3/11/1987, or leave it empty.");
        else if (*d.date_of_birth > today)
            wrong("date_of_birth", "The date of birth cannot be in the future.");
        else if (civil(*d.date_of_birth).year <= 1900)
            wrong("date_of_birth", "This year is hardly a year of birth: leave the date empty if it is not known.");
    }
    const auto normal = [&](std::string_view field, std::string& out, std::string (*make)(std::string_view), std::string message) {
        const std::string text = trim(typed[field].as_string());
        out = make(text);
        if (!text.empty() && out.empty()) wrong(field, std::move(message));
    };
    normal("phone", d.phone, normal_phone, "Give a phone number, like 07700 900321, or leave it empty.");
    normal("email", d.email, normal_email, "Give an e-mail address, like name@example.org, or leave it empty.");
    normal("postcode", d.postcode, normal_postcode, "Give a whole postcode, like YO12 7QP, or leave it empty.");
    if (const std::string safe = typed["safe_to_contact"].as_string(); !safe.empty()) d.safe_to_contact = safe;
    if (code_points(d.given_name) > 100 || code_points(d.family_name) > 100) wrong("name", "A name has 100 letters at most.");
    if (!errors.empty()) return Refusal{Because::invalid, "subjects.person", "Some answers need another look.", std::move(errors)};
    return d;
}

Json to_json(const Person& person) {
    const auto& d = person.details;
    Json json = Json::object({{"id", person.id}, {"name", person.name()}});
    json.set_if("given_name", d.given_name).set_if("family_name", d.family_name);
    if (d.date_of_birth) json.set("date_of_birth", to_iso(*d.date_of_birth));
    json.set_if("address", d.address)
        .set_if("postcode", d.postcode)
        .set_if("phone", d.phone)
        .set_if("email", d.email)
        .set_if("safe_to_contact", d.safe_to_contact);
    return json;
}

Result<Seq> create_person(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PersonDetails& details) {
    if (details.given_name.empty() && details.family_name.empty() && details.address.empty() && details.phone.empty())
        return Refusal{Because::invalid,
                       "subjects.nothing_known",
                       "Some answers need another look.",
                       {{"name", "Give at least a name, an address or a phone number."}}};
    const Seq stream = ledger.create(tx, "person", new_id(author.at));
    auto appended = ledger.append(
        tx, author, stream, 0,
        {ledger::NewEvent{"subjects.person_recorded", Json::object({{"safe_to_contact", details.safe_to_contact}}), payload_of(details)}});
    if (!appended) return appended.error();
    access::set_owned(tx, stream, author.agency);
    return stream;
}

std::optional<Person> person(store::Reader& reader, Seq stream) {
    const auto row = reader.select_one(
        kinds, fmt::format("select {} from person p join stream s on s.seq = p.stream where p.stream = :stream", columns), {{"stream", stream}});
    if (!row) return {};
    return to_person(*row);
}

std::optional<Seq> find_person(store::Reader& reader, std::string_view id) {
    const auto row = reader.select_one("i", "select p.stream from person p join stream s on s.seq = p.stream where s.id = :id", {{"id", id}});
    if (!row) return {};
    return row->integer(0);
}

bool is_under_10(const PersonDetails& details, Date on) { return details.date_of_birth && add_months(*details.date_of_birth, 120) > on; }

std::vector<Candidate> candidates(store::Reader& reader, const access::Context& context, const PersonDetails& asked, std::size_t limit) {
    std::set<Seq> seen;
    std::vector<Candidate> found;
    for (const auto& [kind, value] : keys_of(asked)) {
        store::Binds binds{{"kind", kind}, {"value", value}};
        const std::string known = context.known("k.person", binds);
        for (const auto& row : reader.select(
                 "i",
                 fmt::format("select k.person from person_key k where k.kind = :kind and k.value = :value and {} order by k.person desc limit 200",
                             known),
                 binds)) {
            if (!seen.insert(row.integer(0)).second) continue;
            auto held = person(reader, row.integer(0));
            if (!held || held->merged_into) continue;
            auto weighed = score(asked, held->details);
            if (weighed.points < 40) continue;
            found.push_back({.person = std::move(*held),
                             .likelihood = std::min(0.99, weighed.points / 110.0),
                             .band = weighed.points >= 70 ? "strong" : "possible",
                             .reasons = std::move(weighed.reasons)});
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.likelihood > b.likelihood; });
    if (found.size() > limit) found.resize(limit);
    return found;
}

Json to_json(const Candidate& candidate) {
    Json reasons = Json::array();
    for (const auto& reason : candidate.reasons) reasons.push(Json::object({{"field", reason.field}, {"kind", reason.kind}, {"text", reason.text}}));
    Json who = Json::object({{"id", candidate.person.id}, {"name", candidate.person.name()}});
    if (candidate.person.details.date_of_birth) who.set("date_of_birth", to_iso(*candidate.person.details.date_of_birth));
    return Json::object({{"person", who},
                         {"score", static_cast<double>(static_cast<int>(candidate.likelihood * 100)) / 100},
                         {"band", candidate.band},
                         {"reasons", reasons}});
}

Result<Done> merge(store::Transaction& tx, const access::Context& context, Seq from, Seq into, std::string_view why) {
    for (const Seq one : {from, into})
        if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = one}); !asked) return asked;
    if (from == into)
        return Refusal{Because::invalid, "subjects.merge_same", "A record cannot be merged with itself.", {{"with", "Choose another record."}}};
    if (letters_and_digits(why) < 5)
        return Refusal{Because::invalid, "subjects.merge_why", "Some answers need another look.", {{"why", "Say why they are one person."}}};
    const auto target = person(tx, into);
    if (target->merged_into)
        return Refusal{Because::not_now, "subjects.merged", "That record is merged into another itself: choose the one it points to."};
    auto appended =
        context.ledger.append(tx, context.author(), from, {},
                              {ledger::NewEvent{"subjects.merged", Json::object({{"merged_into", into}}), Json::object({{"why", tidy(why)}})}});
    if (!appended) return appended.error();
    return Done{};
}

Result<Done> unmerge(store::Transaction& tx, const access::Context& context, Seq from) {
    if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = from}); !asked) return asked;
    const auto held = person(tx, from);
    if (!held->merged_into) return Refusal{Because::not_now, "subjects.not_merged", "This record is not merged with another."};
    auto appended =
        context.ledger.append(tx, context.author(), from, {}, {ledger::NewEvent{"subjects.unmerged", Json::object({{"unmerged", true}})}});
    if (!appended) return appended.error();
    return Done{};
}

Result<Done> mark_distinct(store::Transaction& tx, const access::Context& context, Seq one, Seq other) {
    for (const Seq each : {one, other})
        if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = each}); !asked) return asked;
    auto appended = context.ledger.append(tx, context.author(), one, {},
                                          {ledger::NewEvent{"subjects.distinct", Json::object({{"distinct_from", Json::array({other})}})}});
    if (!appended) return appended.error();
    return Done{};
}

std::vector<store::Migration> migrations() {
    auto all = migrations_from_files();
    all.push_back(store::text_shelf_migration(51, "people"));
    all.push_back(store::text_shelf_migration(52, "places"));
    return all;
}

void register_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "person", .tables = {"person", "person_distinct"}, .apply = apply_person});
    ledger.add(ledger::Derivation{.stream_kind = "person", .tables = {"person_key"}, .derive = derive_person});
    register_area_projections(ledger);
    register_place_projections(ledger);
    register_flag_projections(ledger);
}

// ---- API

namespace {

web::Response not_found() { return web::Response{.status = 404, .headers = {}, .body = {}, .file = {}}; }

access::Handler with_person(std::function<web::Response(const web::Request&, access::Context&, store::Reader&, Person)> then) {
    return [then](const web::Request& request, access::Context& context) {
        return context.db.reading([&](store::Reader& reader) -> web::Response {
            const auto stream = find_person(reader, request.parameter("id"));
            if (auto asked = context.demand(reader, "read", {.kind = "person", .seq = stream.value_or(-1)}); !asked) return not_found();
            return then(request, context, reader, *person(reader, *stream));
        });
    };
}

web::Response change(const web::Request& request, access::Context& context,
                     const std::function<Result<Done>(store::Transaction&, Seq, const Json&)>& work) {
    const auto body = parse_json(request.body.empty() ? "{}" : request.body);
    if (!body) return web::problem(body.error(), request.reference);
    const auto stream = context.db.reading([&](store::Reader& reader) { return find_person(reader, request.parameter("id")); });
    if (!stream) return not_found();
    const auto done = context.db.writing([&](store::Transaction& tx) { return work(tx, *stream, *body); });
    if (!done && done.error().because == Because::absent) return not_found();
    return done ? web::json(Json::object({{"done", true}})) : web::problem(done.error(), request.reference);
}

}  // namespace

void add_routes(access::Routes& routes) {
    routes.post("/api/v1/people", "Records a person", "people", [](const web::Request& request, access::Context& context) {
        const auto body = parse_json(request.body);
        if (!body) return web::problem(body.error(), request.reference);
        const auto details = details_from(*body, context.today());
        const auto answer = context.db.writing([&](store::Transaction& tx) -> Result<web::Response> {
            if (auto asked = context.demand(tx, "create", {.kind = "person"}); !asked) return asked.error();
            if (!details) return details.error();
            auto made = create_person(tx, context.ledger, context.author(), *details);
            if (!made) return made.error();
            const auto held = person(tx, *made);
            auto response = web::json(to_json(*held), 201).with("location", "/api/v1/people/" + held->id);
            context.keep(tx, request, response);
            return response;
        });
        return answer ? *answer : web::problem(answer.error(), request.reference);
    });
    routes.post("/api/v1/people/match", "Candidates for a person's details", "people", [](const web::Request& request, access::Context& context) {
        const auto body = parse_json(request.body);
        if (!body) return web::problem(body.error(), request.reference);
        const auto details = details_from(*body, context.today());
        return context.db.reading([&](store::Reader& reader) -> web::Response {
            if (auto asked = context.demand(reader, "read", {.kind = "person"}); !asked) return web::problem(asked.error(), request.reference);
            if (!details) return web::problem(details.error(), request.reference);
            Json all = Json::array();
            for (const auto& candidate : candidates(reader, context, *details)) all.push(to_json(candidate));
            return web::json(Json::object({{"candidates", all}}));
        });
    });
    routes.get("/api/v1/people/{id}", "One person", "people",
               with_person([](const web::Request& request, access::Context& context, store::Reader&, Person held) {
                   context.reads.record({.user = context.actor.user,
                                         .agency = context.actor.agency,
                                         .at = context.now(),
                                         .purpose = context.actor.purpose,
                                         .route = context.route,
                                         .query = {},
                                         .thing_kind = "person",
                                         .things = {held.stream},
                                         .reason = {}});
                   (void)request;
                   return web::json(to_json(held)).with("etag", fmt::format("\"{}\"", held.version));
               }));
    routes.get("/api/v1/people/{id}/export", "One person as canonical JSON", "people",
               with_person([](const web::Request&, access::Context&, store::Reader&, Person held) {
                   auto response = web::json(Json{});
                   response.body = to_canonical(to_json(held));
                   return response;
               }));
    routes.post("/api/v1/people/{id}/merge", "Points this person to another", "people", [](const web::Request& request, access::Context& context) {
        return change(request, context, [&](store::Transaction& tx, Seq stream, const Json& body) -> Result<Done> {
            const auto with = find_person(tx, body["with"].as_string());
            return merge(tx, context, stream, with.value_or(-1), body["why"].as_string());
        });
    });
    routes.post("/api/v1/people/{id}/unmerge", "Takes the pointer away", "people", [](const web::Request& request, access::Context& context) {
        return change(request, context, [&](store::Transaction& tx, Seq stream, const Json&) { return unmerge(tx, context, stream); });
    });
    routes.post("/api/v1/people/{id}/distinct", "These two are not the same", "people", [](const web::Request& request, access::Context& context) {
        return change(request, context, [&](store::Transaction& tx, Seq stream, const Json& body) {
            return mark_distinct(tx, context, stream, find_person(tx, body["other"].as_string()).value_or(-1));
        });
    });
    add_place_routes(routes);
}

}  // namespace concord::subjects
