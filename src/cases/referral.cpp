#include <algorithm>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "cases/cases.hpp"
#include "subjects/subjects.hpp"

/// Referrals: one report from one source, matched to people already known, triaged, accepted into a case or not. hub-casework.md 3.1 and 4.
namespace concord::cases {
namespace {

using access::Context;
using web::Request;
using web::Response;

struct Code {
    std::string_view field;
    std::vector<std::string_view> values;
    bool needed;
};
const std::vector<Code>& codes() {
    static const std::vector<Code> all{
        {"channel", {"101", "999", "online", "email", "phone", "walkin", "letter", "api", "meeting", "patrol", "noiseapp"}, true},
        {"source_agency",
         {"la_cs", "la_hsg", "la_env", "la_asc", "la_csc", "la_yjs", "la_edu", "pol",  "rp", "prl",    "frs",  "amb",
          "icb",   "nhs_mh", "gp",     "prob",   "sch",    "vcs",    "bid",    "cllr", "mp", "public", "other"},
         true},
        {"consent_to_share", {"yes", "no", "not_asked", "not_needed"}, true},
        {"nsir_category", {"personal", "nuisance", "environmental"}, false},
        {"children_present", {"yes", "no", "unknown"}, false},
        {"reporter_is_victim", {"yes", "no_witness", "no_on_behalf", "unknown"}, false}};
    return all;
}

bool one_of(std::string_view value, const std::vector<std::string_view>& values) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

/// All problems at once, beside their fields.
std::vector<FieldError> check(const Json& b, Instant now) {
    std::vector<FieldError> errors;
    for (const auto& code : codes()) {
        const std::string& value = b[code.field].as_string();
        if (value.empty() && code.needed) errors.push_back({std::string{code.field}, "Choose one from the list."});
        if (!value.empty() && !one_of(value, code.values))
            errors.push_back({std::string{code.field}, fmt::format("\"{}\" is not one of the answers: choose one from the list.", value)});
    }
    const std::string narrative = b["narrative"].as_string();
    if (letters_and_digits(narrative) < 10) errors.push_back({"narrative", "Say what happened in a few words (at least 10 letters)."});
    if (code_points(narrative) > 8000) errors.push_back({"narrative", "This is longer than 8,000 letters: put the rest in a document."});
    const auto& kinds = b["behaviour_type"].items();
    if (kinds.empty() || kinds.size() > 3) errors.push_back({"behaviour_type", "Choose one to three kinds of behaviour."});
    for (const auto& kind : kinds) {
        const std::string& code = kind.as_string();
        const bool known = code.size() == 3 && code[0] == 'b' && code[1] >= '0' && code[1] <= '2' && code[2] >= '0' && code[2] <= '9' &&
                           code != "b00" && code <= "b24";
        if (!known) errors.push_back({"behaviour_type", fmt::format("\"{}\" is not one of the answers: choose one from the list.", code)});
    }
    if (letters_and_digits(b["location"]["text"].as_string()) == 0 && b["location"]["postcode"].as_string().empty())
        errors.push_back({"location.text", "Say where it happened, at least in words."});
    const auto moment = [&](std::string_view field) -> std::optional<Instant> {
        const std::string& text = b[field].as_string();
        if (text.empty()) return {};
        auto at = parse_instant(text);
        if (!at)
            if (const auto day = parse_date(text)) at = london_midnight(*day);
        if (!at)
            errors.push_back({std::string{field}, "Give a day, or a day with a time, like 2026-04-01T21:30:00Z."});
        else if (*at > now)
            errors.push_back({std::string{field}, "This is in the future."});
        return at;
    };
    const auto from = moment("incident_from"), to = moment("incident_to");
    if (from && to && *to < *from) errors.push_back({"incident_to", "The end lies before the beginning."});
    moment("received_at");
    if (b["anonymous"].as_bool())
        for (const auto& one : b["people"].items())
            if (one["role"].as_string() == "reporter")
                errors.push_back({"people", "An anonymous reporter leaves no details: take them out, or untick anonymous."});
    return errors;
}

void apply(store::Transaction& tx, const ledger::Event& event) {
    const Json& e = event.envelope;
    if (event.version == 1) {
        tx.execute(R"sql(
            insert into referral (stream, reference, hub, state, channel, source_agency, source_ref, received_at, behaviour, decision, case_stream, ongoing, body, narrative, version)
            values (:stream, :reference, :hub, 'received', :channel, :source, :source_ref, :received, :behaviour, '', 0, :ongoing, :body, :narrative, 1))sql",
                   {{"stream", event.stream},
                    {"reference", e["reference"].as_string()},
                    {"hub", e["hub"].as_integer()},
                    {"channel", e["channel"].as_string()},
                    {"source", e["source_agency"].as_string()},
                    {"source_ref", event.payload["source_ref"].as_string()},
                    {"received", parse_instant(e["received_at"].as_string()).value_or(event.effective_at)},
                    {"behaviour", e["behaviour"].as_string()},
                    {"ongoing", e["ongoing_now"].as_bool()},
                    {"body", to_text(event.payload)},
                    {"narrative", event.payload["narrative"].as_string()}});
        store::add_text(tx, "referrals", event.stream, event.payload["narrative"].as_string());
    } else {
        tx.execute("update referral set state = :state, decision = :decision, case_stream = :case, version = :version where stream = :stream",
                   {{"state", e["state"].as_string()},
                    {"decision", e["decision"].as_string()},
                    {"case", e["case"].as_integer()},
                    {"version", event.version},
                    {"stream", event.stream}});
    }
    for (const auto& one : e["people"].items())
        tx.execute(
            "insert into involvement (stream, id, subject, subject_kind, role, since) values (:stream, :id, :subject, 'person', :role, :since)",
            {{"stream", event.stream},
             {"id", one["id"].as_string()},
             {"subject", one["subject"].as_integer()},
             {"role", one["role"].as_string()},
             {"since", event.effective_at}});
}

void derive(store::Transaction& tx, Seq stream) {
    const auto row = tx.select_one("itii", "select hub, state, received_at, case_stream from referral where stream = :stream", {{"stream", stream}});
    if (!row) return;
    const bool open = row->text(1) == "received" || row->text(1) == "triage" || row->text(1) == "awaiting_info";
    const auto due = tx.select_one("i", "select min(due) from clock_run where stream = :stream and ended is null", {{"stream", stream}});
    access::set_visibility(tx, stream, "referral", {{"hub", std::to_string(row->integer(0)), {}, "hub_team"}},
                           {.open = open, .next_due = due && !due->is_null(0) ? due->integer(0) : row->integer(2), .opened_at = row->integer(2)});
    std::vector<access::Involved> involved;
    for (const auto& one : tx.select("it", "select subject, role from involvement where stream = :stream and ended is null", {{"stream", stream}}))
        involved.push_back({one.integer(0), one.text(1)});
    access::set_involved(tx, stream, "referral", involved);
}

Json referral_json(store::Reader& reader, Seq stream) {
    const auto row = reader.select_one(
        "ttttttit"
        "iti",
        R"sql(
        select s.id, r.reference, r.state, r.channel, r.source_agency, r.behaviour, r.received_at, r.body, r.hub, r.decision, r.case_stream
          from referral r join stream s on s.seq = r.stream where r.stream = :stream)sql",
        {{"stream", stream}});
    require(row.has_value(), "a referral that was found is there");
    const auto hub = reader.select_one("t", "select code from hub where stream = :hub", {{"hub", row->integer(8)}});
    Json json = Json::object({{"id", row->text(0)},
                              {"reference", row->text(1)},
                              {"received_at", to_rfc3339(row->instant(6))},
                              {"hub", hub ? hub->text(0) : ""},
                              {"state", row->text(2)},
                              {"channel", row->text(3)},
                              {"source_agency", row->text(4)}});
    const auto body = parse_json(row->text(7));
    if (body) json.set_if("narrative", (*body)["narrative"]).set_if("location", (*body)["location"]).set_if("people", (*body)["people"]);
    json.set_if("decision", row->text(9));
    if (row->integer(10) != 0)
        if (const auto found = reader.select_one("t", "select reference from case_record where stream = :case", {{"case", row->integer(10)}}))
            json.set("case", found->text(0));
    return json;
}

Result<Response> receive(store::Transaction& tx, const Request& request, Context& context, const Json& b) {
    if (auto asked = context.demand(tx, "create", {.kind = "referral"}); !asked) return asked.error();
    auto errors = check(b, context.now());
    std::vector<subjects::PersonDetails> people;
    for (std::size_t i = 0; i < b["people"].items().size(); ++i) {
        auto details = subjects::details_from(b["people"].items()[i], context.today(), fmt::format("people[{}].", i));
        if (!details)
            errors.insert(errors.end(), details.error().fields.begin(), details.error().fields.end());
        else
            people.push_back(std::move(*details));
    }
    auto hub = access::hub_by_code(tx, b["hub"].as_string());
    if (!hub && b["hub"].as_string().empty() && !context.actor.hub_codes.empty()) hub = access::hub_by_code(tx, context.actor.hub_codes.front());
    if (!hub) errors.push_back({"hub", "Choose the hub that receives the report."});
    if (!errors.empty()) return Refusal{Because::invalid, "referrals.invalid", "Some answers need another look.", std::move(errors)};
    const std::string source_ref = tidy(b["source_ref"].as_string());
    if (!source_ref.empty())
        if (const auto same = tx.select_one("i", "select stream from referral where source_agency = :source and source_ref = :ref",
                                            {{"source", b["source_agency"].as_string()}, {"ref", source_ref}}))
            return web::json(referral_json(tx, same->integer(0)), 200);  // the same report sent again is not a second one
    const auto author = context.author();
    Json involved = Json::array(), all_candidates = Json::array();
    for (std::size_t i = 0; i < people.size(); ++i) {
        for (const auto& candidate : subjects::candidates(tx, context, people[i])) {
            Json one = subjects::to_json(candidate);
            one.set("for", i);
            all_candidates.push(std::move(one));
        }
    }
    for (std::size_t i = 0; i < people.size(); ++i) {
        const Json& typed = b["people"].items()[i];
        Seq subject = 0;
        if (const auto known = subjects::find_person(tx, typed["person"].as_string());
            known && context.demand(tx, "read", {.kind = "person", .seq = *known}))
            subject = *known;
        else {
            auto made = subjects::create_person(tx, context.ledger, author, people[i]);
            if (!made) return made.error();
            subject = *made;
        }
        involved.push(Json::object(
            {{"id", new_id(author.at)}, {"subject", subject}, {"role", typed["role"].as_string().empty() ? "reporter" : typed["role"].as_string()}}));
    }
    const std::string id = new_id(author.at);
    const Seq stream = context.ledger.create(tx, "referral", id);
    std::vector<std::string> behaviour;
    for (const auto& kind : b["behaviour_type"].items()) behaviour.push_back(kind.as_string());
    Json envelope = Json::object({{"reference", next_reference(tx, "R", author.at)},
                                  {"hub", hub->seq},
                                  {"channel", b["channel"]},
                                  {"source_agency", b["source_agency"]},
                                  {"received_at", to_rfc3339(parse_instant(b["received_at"].as_string()).value_or(author.at))},
                                  {"behaviour", join(behaviour, " ")},
                                  {"ongoing_now", b["ongoing_now"].as_bool()},
                                  {"consent_to_share", b["consent_to_share"]},
                                  {"summary", "Report received"}});
    envelope.set_if("people", involved);
    auto appended = context.ledger.append(tx, author, stream, 0, {ledger::NewEvent{"referrals.received", std::move(envelope), b}});
    if (!appended) return appended.error();
    Json answer = referral_json(tx, stream);
    answer.set("candidates", all_candidates).set("flags", Json::array());
    Response response = web::json(answer, 201).with("location", "/api/v1/referrals/" + id);
    context.keep(tx, request, response);
    return response;
}

Result<Response> triage(store::Transaction& tx, const Request& request, Context& context, const Deps& deps, const Json& b) {
    const auto found = tx.select_one(
        "iti", "select r.stream, r.state, r.hub from referral r join stream s on s.seq = r.stream where s.id = :id or r.reference = :id",
        {{"id", request.parameter("id")}});
    if (auto asked = context.demand(tx, "triage", {.kind = "referral", .seq = found ? found->integer(0) : -1}); !asked) return asked.error();
    const Seq stream = found->integer(0);
    const std::string& state = found->text(1);
    const bool decided = state == "accepted" || state == "redirected" || state == "duplicate";
    if (decided) return Refusal{Because::not_now, "referrals.decided", fmt::format("This report was decided already: it is {}.", state)};
    const std::string& decision = b["decision"].as_string();
    const std::string reason = tidy(b["reason"].as_string(), true);
    Json envelope = Json::object({{"decision", decision}, {"state", state}, {"summary", "Triage: " + decision}});
    const auto need = [&](std::string_view field, std::string message) {
        return Refusal{Because::invalid, "referrals.triage", "Some answers need another look.", {{std::string{field}, std::move(message)}}};
    };
    if (decision == "accept_new") {
        OpenAsk ask{.pathway = b["pathway"].is_string() ? b["pathway"].as_string() : "hub_asb",
                    .title = b["title"].as_string(),
                    .hub = found->integer(2),
                    .marks = {"case.opened"},
                    .referral = stream};
        ask.lead_user = b["lead"].is_string() ? access::user_by_email(tx, b["lead"].as_string()).value_or(access::Named{}).seq : context.actor.user;
        if (!b["thrive"].is_object()) return need("thrive", "Fill in the THRIVE questions before the report is accepted.");
        ask.forms.set("triage", b["thrive"]);
        for (const auto& row : tx.select("it", "select subject, role from involvement where stream = :stream", {{"stream", stream}}))
            ask.involvements.push_back({.subject = row.integer(0), .kind = "person", .role = row.text(1)});
        auto opened = open_case(tx, context, deps, ask);
        if (!opened) return opened.error();
        envelope.set("state", "accepted").set("case", opened->stream);
    } else if (decision == "accept_link") {
        const auto to = find_case(tx, b["case"].as_string());
        if (!to || !context.demand(tx, "change", {.kind = "case", .seq = *to}))
            return need("case", "Give the reference of a case that you may change.");
        if (letters_and_digits(reason) < 5) return need("reason", "Say why it belongs to that case.");
        const auto narrative = tx.select_one("t", "select narrative from referral where stream = :stream", {{"stream", stream}});
        auto added = add_entry(tx, context, deps, *to, {}, {.kind = "incident", .text = narrative->text(0)});
        if (!added) return added.error();
        envelope.set("state", "accepted").set("case", *to);
    } else if (decision == "redirect") {
        if (b["to"].as_string().empty()) return need("to", "Say which agency receives it.");
        envelope.set("state", "redirected");
    } else if (decision == "duplicate") {
        if (b["of"].as_string().empty()) return need("of", "Give the reference of the report that it repeats.");
        envelope.set("state", "duplicate");
    } else if (decision == "more_info") {
        if (letters_and_digits(b["question"].as_string()) < 5) return need("question", "Write the question that is asked.");
        envelope.set("state", "awaiting_info");
    } else if (decision == "no_action") {
        static const std::vector<std::string_view> reasons{"not_asb", "civil_matter", "out_of_area", "insufficient", "malicious"};
        if (!one_of(b["because"].as_string(), reasons))
            return need("because", "Choose not ASB, civil matter, out of area, insufficient or malicious.");
        if (b["because"].as_string() == "malicious" && !context.actor.has_any_role({"supervisor", "police_sgt", "hub_manager"}))
            return Refusal{Because::not_allowed, "referrals.malicious", "Only a supervisor decides that a report is malicious."};
        envelope.set("state", "no_action").set("because", b["because"]);
    } else if (decision == "emergency") {
        if (b["incident_number"].as_string().empty())
            return need("incident_number", "Give the police's incident number: an emergency stays open until it is acknowledged.");
        envelope.set("state", "triage");
    } else {
        return need("decision", "Choose accept new, accept and link, redirect, duplicate, more information, no action or emergency.");
    }
    Json words = Json::object();
    for (const char* key : {"reason", "question", "to", "of", "incident_number"}) words.set_if(key, b[key]);
    auto appended = context.ledger.append(tx, context.author(), stream, {},
                                          {ledger::NewEvent{"referrals.triaged", envelope, words.members().empty() ? Json{} : words}});
    if (!appended) return appended.error();
    Response response = web::json(referral_json(tx, stream));
    context.keep(tx, request, response);
    return response;
}

}  // namespace

Result<Json> receive_referral(store::Transaction& tx, Context& context, const Json& body) {
    auto response = receive(tx, Request{.method = "POST", .path = "/api/v1/referrals"}, context, body);
    if (!response) return response.error();
    return parse_json(response->body);
}

Result<Json> triage_referral(store::Transaction& tx, Context& context, const Deps& deps, std::string_view id, const Json& body) {
    Request request{.method = "POST", .path = "/api/v1/referrals/triage"};
    request.path_parameters.emplace_back("id", std::string{id});
    auto response = triage(tx, request, context, deps, body);
    if (!response) return response.error();
    return parse_json(response->body);
}

void register_referral_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "referral", .tables = {"referral"}, .apply = apply});
    ledger.add(ledger::Derivation{.stream_kind = "referral", .tables = {}, .derive = derive});
}

void add_referral_routes(access::Routes& routes, const Deps& deps) {
    routes.add({.description =
                    {.method = "POST", .pattern = "/api/v1/referrals", .summary = "Reports something to a hub", .tag = "referrals", .success = 201},
                .handler = [](const Request& request, Context& context) -> Response {
                    const auto body = parse_json(request.body);
                    if (!body) return web::problem(body.error(), request.reference);
                    const auto answer = context.db.writing([&](store::Transaction& tx) { return receive(tx, request, context, *body); });
                    return answer ? *answer : web::problem(answer.error(), request.reference);
                }});
    routes.add(
        {.description = {.method = "GET",
                         .pattern = "/api/v1/referrals",
                         .summary = "Reports to your hubs",
                         .tag = "referrals",
                         .query = {"hub", "state", "limit"}},
         .handler = [](const Request& request, Context& context) {
             return context.db.reading([&](store::Reader& reader) -> Response {
                 store::Binds binds{{"state", request.asked("state")}};
                 const std::string readable = context.readable("r.stream", binds);
                 Json items = Json::array();
                 for (const auto& row : reader.select(
                          "i",
                          fmt::format(
                              "select r.stream from referral r where (r.state = :state or :state = '') and {} order by r.stream desc limit 200",
                              readable),
                          binds))
                     items.push(referral_json(reader, row.integer(0)));
                 return web::json(Json::object({{"items", items}, {"total", items.items().size()}}));
             });
         }});
    routes.get("/api/v1/referrals/{id}", "One report", "referrals", [](const Request& request, Context& context) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            const auto found =
                reader.select_one("i", "select r.stream from referral r join stream s on s.seq = r.stream where s.id = :id or r.reference = :id",
                                  {{"id", request.parameter("id")}});
            if (!context.demand(reader, "read", {.kind = "referral", .seq = found ? found->integer(0) : -1}))
                return Response{.status = 404, .headers = {}, .body = {}, .file = {}};
            return web::json(referral_json(reader, found->integer(0)));
        });
    });
    routes.post("/api/v1/referrals/{id}/triage", "Decides on a report", "referrals", [deps](const Request& request, Context& context) -> Response {
        const auto body = parse_json(request.body);
        if (!body) return web::problem(body.error(), request.reference);
        const auto answer = context.db.writing([&](store::Transaction& tx) { return triage(tx, request, context, deps, *body); });
        if (answer) return *answer;
        if (answer.error().because == Because::absent) return Response{.status = 404, .headers = {}, .body = {}, .file = {}};
        return web::problem(answer.error(), request.reference);
    });
}

}  // namespace concord::cases
