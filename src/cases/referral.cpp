#include <algorithm>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "cases/cases.hpp"
#include "cases/match_screen.hpp"
#include "cases/quarantine.hpp"
#include "cases/referral_incident.hpp"
#include "subjects/subjects.hpp"
#include "web/paging.hpp"

/// Referrals: one report from one source, matched to people already known, triaged, accepted into a case or not. hub-casework.md 3.1 and 4.
namespace concord::cases {
namespace {

using access::Context;
using web::Request;
using web::Response;

/// The way in that this report takes: the one named, or the only one there is.
const engine::Definition* find_intake(const engine::Pathways& pathways, std::string_view name, Date on) {
    const engine::Definition* only = nullptr;
    for (const auto* one : pathways.all_current(on)) {
        if (!one->intake) continue;
        if (one->name == name) return one;
        if (only != nullptr && name.empty()) return nullptr;
        only = one;
    }
    return name.empty() ? only : nullptr;
}

bool asks(const engine::Form& form, std::string_view id) {
    return std::any_of(form.fields.begin(), form.fields.end(), [&](const auto& field) { return field.id == id; });
}

/// The answers that belong to one form of a body in which all stand side by side.
Json part_for(const engine::Form& form, const Json& body) {
    Json part = Json::object();
    for (const auto& [key, value] : body.members())
        if (asks(form, key)) part.set(key, value);
    return part;
}

/// Checked answers of the intake's steps: as an event keeps them, and side by side.
struct Answers {
    Json envelope = Json::array(), payload = Json::array(), all = Json::object(), by_form = Json::object();
};

void put(Answers& answers, const engine::Form& form, const Json& checked) {
    auto [envelope, payload] = engine::envelope_and_payload(form, checked);
    answers.envelope.push(Json::object({{"id", form.id}, {"version", form.version}, {"answers", envelope}}));
    answers.payload.push(payload.members().empty() ? Json::object() : Json::object({{"answers", payload}}));
    answers.by_form.set(form.id, checked);
    for (const auto& [key, value] : checked.members()) answers.all.set(key, value);
}

/// All problems at once, beside their fields.
Answers check(const engine::Definition& intake, const Json& b, const Context& context, std::vector<FieldError>& errors) {
    Answers answers;
    Json facts = Json::object({{"now", to_rfc3339(context.now())}, {"today", to_iso(context.today())}});
    for (const auto& step : intake.steps) {
        const auto& form = *intake.form(step);
        auto checked = engine::check_form(intake, form, part_for(form, b), facts, context.today());
        if (!checked) {
            errors.insert(errors.end(), checked.error().fields.begin(), checked.error().fields.end());
            continue;
        }
        put(answers, form, *checked);
        facts.set("forms", answers.by_form);
    }
    if (letters_and_digits(b["location"]["text"].as_string()) == 0 && b["location"]["postcode"].as_string().empty())
        errors.push_back({"location.text", "Say where it happened, at least in words."});
    // What happened cannot have happened after it was reported.
    if (const auto received = parse_instant(answers.all["received_at"].as_string()))
        for (const char* when : {"incident_from", "incident_to"})
            if (const auto at = parse_instant(answers.all[when].as_string()); at && *at > *received)
                errors.push_back({when, "This is after the report came in: mend one of both."});
    if (answers.all["anonymous"].as_bool())
        for (const auto& one : b["people"].items())
            if (one["role"].as_string() == "reporter")
                errors.push_back({"people", "An anonymous reporter leaves no details: take them out, or untick anonymous."});
    return answers;
}

/// The actor as conditions and roles of an action see him: hub roles count only for those who work in the hub.
Json actor_facts(const access::Actor& actor, Seq hub) {
    Json roles = Json::object();
    for (const auto& role : actor.roles)
        if (actor.works_in(hub) || role == "partner_user" || role == "referrer") roles.set(role, true);
    return Json::object({{"role", roles}, {"is_lead", false}, {"agency_kind", actor.agency_kind}, {"in_hub", actor.works_in(hub)}});
}

Json status_of(store::Reader& reader, Seq stream) {
    const auto row = reader.select_one("t", "select status from referral where stream = :stream", {{"stream", stream}});
    auto status = row ? parse_json(row->text(0)) : Result<Json>{Json::object()};
    return status ? std::move(*status) : Json::object();
}

/// Clocks that these marks start, pause or end, into the envelope.
void set_clocks(const engine::Definition& intake, const Json& before, const std::vector<std::string>& marks, const Deps& deps, Json& envelope,
                Json facts, Instant at) {
    Json all = Json::array();
    for (const auto& mark : marks) all.push(mark);
    envelope.set_if("marks", all);
    const auto old = clocks_of(before);
    std::vector<engine::Clock> changed;
    for (auto& clock : engine::advance(intake, old, marks, at, engine::with_rules(intake, facts), deps.calendar()))
        if (std::find(old.begin(), old.end(), clock) == old.end()) changed.push_back(std::move(clock));
    if (!changed.empty()) envelope.set("clocks", clocks_json(changed));
}

/// What lists go by: the stage in the intake, unless it is held.
std::string state_of(const Json& status) { return status.has("quarantine") ? status["quarantine"].as_string() : status["stage"].as_string(); }

void apply(store::Transaction& tx, const ledger::Event& event) {
    const Json& e = event.envelope;
    Json status = event.version == 1 ? Json::object() : status_of(tx, event.stream);
    fold(status, event);
    if (e.has("quarantine")) status.set("quarantine", e["quarantine"]);
    if (e["released"].as_bool()) status.erase("quarantine");
    status.erase("title");
    if (e.has("decision")) {
        Json decision = Json::object({{"decision", e["decision"]}, {"at", to_rfc3339(event.effective_at)}, {"by", event.actor}});
        status.set("decided", std::move(decision));
    }
    if (event.version == 1) {
        tx.execute(R"sql(
            insert into referral (stream, reference, hub, state, channel, source_agency, source_ref, received_at, behaviour, decision, case_stream, ongoing, body, narrative, version, status,
                                  sender, sent_at)
            values (:stream, :reference, :hub, :state, :channel, :source, :source_ref, :received, :behaviour, '', 0, :ongoing, :body, :narrative, 1, :status,
                    :sender, :sent_at))sql",
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
                    {"narrative", event.payload["narrative"].as_string()},
                    {"state", state_of(status)},
                    {"status", to_text(status)},
                    {"sender", e["imported"].as_bool() ? Seq{0} : event.actor},
                    {"sent_at", event.recorded_at}});
        store::add_text(tx, "referrals", event.stream, event.payload["narrative"].as_string());
    } else {
        tx.execute(R"sql(
            update referral set state = :state, decision = :decision, case_stream = :case, version = :version, status = :status where stream = :stream)sql",
                   {{"state", state_of(status)},
                    {"decision", status["decided"]["decision"].as_string()},
                    {"case", status["links"].items().empty() ? 0 : status["links"].items().back()["record"].as_integer()},
                    {"version", event.version},
                    {"status", to_text(status)},
                    {"stream", event.stream}});
    }
    if (e.has("clocks")) save_clocks(tx, event.stream, e["clocks"]);
    for (const auto& one : e["people"].items())
        tx.execute("insert into involvement (stream, id, subject, subject_kind, role, since) values (:stream, :id, :subject, :kind, :role, :since)",
                   {{"stream", event.stream},
                    {"id", one["id"].as_string()},
                    {"subject", one["subject"].as_integer()},
                    {"kind", one["kind"].as_string()},
                    {"role", one["role"].as_string()},
                    {"since", event.effective_at}});
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
    const auto hub = access::hub_of(reader, row->integer(8));
    Json json = Json::object({{"id", row->text(0)},
                              {"reference", row->text(1)},
                              {"received_at", to_rfc3339(row->instant(6))},
                              {"hub", hub ? hub->code : ""},
                              {"state", row->text(2)},
                              {"channel", row->text(3)},
                              {"source_agency", row->text(4)}});
    const Json status = status_of(reader, stream);
    for (const auto& [form, answers] : status["forms"].members())
        for (const auto& [key, value] : answers.members())
            if (!json.has(key)) json.set(key, value);
    const auto body = parse_json(row->text(7));
    if (status["quarantine"].as_string() == state_quarantined) json.set("quarantined", true);
    if (body) json.set_if("location", (*body)["location"]).set_if("people", (*body)["people"]).set_if("hub_because", (*body)["hub_because"]);
    Json parts = Json::array();
    for (const auto& one :
         reader.select("titt", "select id, subject, subject_kind, role from involvement where stream = :stream and ended is null order by since, id",
                       {{"stream", stream}})) {
        Json part = Json::object({{"id", one.text(0)}, {"kind", one.text(2)}, {"role", one.text(3)}});
        if (const auto person = subjects::person(reader, one.integer(1)))
            part.set("subject", person->id).set("name", person->name());
        else if (const auto place = subjects::place(reader, one.integer(1)))
            part.set("subject", place->id).set("name", place->details.text);
        parts.push(std::move(part));
    }
    json.set_if("involvements", parts).set_if("decision", row->text(9));
    Json clocks = Json::array();
    for (const auto& clock : clocks_of(status)) {
        if (clock.ended) continue;
        Json one = Json::object({{"id", clock.id}, {"state", clock.state}});
        if (clock.due) one.set("due", to_rfc3339(*clock.due));
        clocks.push(std::move(one));
    }
    json.set_if("clocks", clocks);
    json.set("version", status["version"]);
    if (row->integer(10) != 0)
        if (const auto found = reader.select_one("t", "select reference from case_record where stream = :case", {{"case", row->integer(10)}}))
            json.set("case", found->text(0));
    return json;
}

/// Numbers that have no business in a narrative: of bank cards (Luhn) and of the NHS (modulus 11).
std::vector<std::string> number_warnings(std::string_view text) {
    std::vector<std::string> runs{""};
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool between = (text[i] == ' ' || text[i] == '-') && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
        if (text[i] >= '0' && text[i] <= '9')
            runs.back() += text[i];
        else if (!between && !runs.back().empty())
            runs.emplace_back();
    }
    const auto is_card = [](const std::string& run) {
        int sum = 0;
        for (std::size_t i = 0; i < run.size(); ++i) {
            int digit = run[run.size() - 1 - i] - '0';
            if (i % 2 == 1) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
            sum += digit;
        }
        return run.size() >= 13 && run.size() <= 19 && sum % 10 == 0;
    };
    const auto is_nhs = [](const std::string& run) {
        if (run.size() != 10 || run.front() == '0') return false;
        int sum = 0;
        for (int i = 0; i < 9; ++i) sum += (run[static_cast<std::size_t>(i)] - '0') * (10 - i);
        return (11 - sum % 11) % 11 == run[9] - '0';
    };
    std::vector<std::string> warnings;
    if (std::any_of(runs.begin(), runs.end(), is_card)) warnings.emplace_back("The narrative seems to hold a bank card's number: take it out.");
    if (std::any_of(runs.begin(), runs.end(), is_nhs))
        warnings.emplace_back("The narrative seems to hold an NHS number: take it out, and record it with the person.");
    return warnings;
}

/// Of whom it is not said yet who they are, and who they may be: as the answer to a new report has it.
Json candidates_json(const std::vector<Unmatched>& people) {
    Json all = Json::array();
    for (const auto& one : people)
        for (const auto& candidate : one.candidates) all.push(subjects::to_json(candidate).set("for", one.at));
    return all;
}

std::int64_t version_of(store::Reader& reader, Seq stream) { return status_of(reader, stream)["version"].as_integer(); }
Response tagged(Response response, std::int64_t version) { return std::move(response.with("etag", web::etag(version))); }

/// Newest first; of one hub, or in one state.
Response list_referrals(store::Reader& reader, const Request& request, const Context& context) {
    const auto limit = web::limit_of(request);
    if (!limit) return web::problem(limit.error(), request.reference);
    store::Binds binds{{"state", request.asked("state")}, {"hub", Seq{0}}};
    if (const auto hub = request.asked("hub"); !hub.empty())
        binds.back() = {"hub", access::hub_by_code(reader, hub).value_or(access::Named{.seq = -1}).seq};
    const std::string where =
        "from referral r where (r.state = :state or :state = '') and (r.hub = :hub or :hub = 0) and " + context.readable("r.stream", binds);
    const auto total = reader.count("select count(*) from (select 1 " + where + " limit 1001) counted", binds);
    Seq before = INT64_MAX;
    if (const auto after = request.asked("after"); !after.empty()) {
        const auto cursor = web::read_cursor("referrals", after, 1);
        if (!cursor) return web::problem(web::bad_cursor(), request.reference);
        before = std::strtoll(cursor->front().c_str(), nullptr, 10);
    }
    binds.emplace_back("before", before);
    binds.emplace_back("limit", *limit + 1);
    auto rows = reader.select("i", "select r.stream " + where + " and r.stream < :before order by r.stream desc limit :limit", binds);
    const bool more = rows.size() > *limit;
    if (more) rows.pop_back();
    Json items = Json::array();
    for (const auto& row : rows) items.push(referral_json(reader, row.integer(0)));
    Json page = Json::object({{"items", items}});
    page.set(total > 1000 ? "total_at_least" : "total", std::min<std::int64_t>(total, 1001));
    if (more) page.set("next", web::make_cursor("referrals", {std::to_string(rows.back().integer(0))}));
    return web::json(page);
}

/// Did whoever takes the report say that this record is somebody else?
bool said_not(const Json& person, const std::string& id) {
    const auto& all = person["not_the_same_as"].items();
    return std::any_of(all.begin(), all.end(), [&](const Json& one) { return one.as_string() == id; });
}

/// The same report sent again is not a second one. What is there is answered to those who may read it, its receipt to the agency that sent it. To all
/// others it is not there, and theirs is a report of its own.
std::optional<Response> sent_again(store::Reader& reader, const Context& context, Seq stream) {
    if (context.may(reader, "read", {.kind = "referral", .seq = stream}).allowed)
        return tagged(web::json(referral_json(reader, stream), 200), version_of(reader, stream));
    const auto events = context.ledger.read(reader, stream);
    if (events.empty() || events.front().agency != context.actor.agency) return {};
    const Json whole = referral_json(reader, stream);
    Json receipt = Json::object();
    for (const char* key : {"id", "reference", "received_at", "hub"}) receipt.set(key, whole[key]);
    return web::json(receipt, 200);
}

Result<Response> receive(store::Transaction& tx, const Request& request, Context& context, const Deps& deps, const Json& b, Arrival arrival) {
    if (auto asked = context.demand(tx, "create", {.kind = "referral"}); !asked) return asked.error();
    const auto pathways = deps.library.current();
    const auto* intake = find_intake(*pathways, b["intake"].as_string(), context.today());
    if (intake == nullptr)
        return Refusal{
            Because::invalid, "referrals.intake", "Some answers need another look.", {{"intake", "Name the way in that the report takes."}}};
    std::vector<FieldError> errors;
    Json named = b;  // the table of hub-casework.md 3.1 calls them role, contact and precision
    for (const auto& [said, ours] :
         {std::pair{"role", "referrer_role"}, std::pair{"contact", "referrer_contact"}, std::pair{"precision", "incident_precision"}})
        if (b[said].is_string() && !b.has(ours)) named.set(ours, Json{b[said]});
    const Answers answers = check(*intake, named, context, errors);
    std::vector<subjects::PersonDetails> people;
    for (std::size_t i = 0; i < b["people"].items().size(); ++i) {
        const Json& typed = b["people"].items()[i];
        const std::string& role = typed["role"].as_string();
        const auto* part = intake->role(role.empty() ? "reporter" : role);
        if (part == nullptr || part->kind != "person")
            errors.push_back(
                {fmt::format("people[{}].role", i), fmt::format("\"{}\" is no part that a person has in a report: choose one from the list.", role)});
        auto details = subjects::details_from(typed, context.today(), fmt::format("people[{}].", i));
        if (!details)
            errors.insert(errors.end(), details.error().fields.begin(), details.error().fields.end());
        else
            people.push_back(std::move(*details));
    }
    Json said = answers.all;
    said.set("location", b["location"]).set("hub", b["hub"]);
    auto where = where_and_whose(tx, context, said, errors);
    if (!errors.empty()) return Refusal{Because::invalid, "referrals.invalid", "Some answers need another look.", std::move(errors)};
    const std::string& source_ref = answers.all["source_ref"].as_string();
    if (!source_ref.empty())
        if (const auto same = tx.select_one("i", "select stream from referral where source_agency = :source and source_ref = :ref",
                                            {{"source", answers.all["source_agency"].as_string()}, {"ref", source_ref}}))
            if (auto again = sent_again(tx, context, same->integer(0))) return std::move(*again);
    const auto author = context.author();
    Json involved = Json::array(), all_candidates = Json::array();
    std::vector<std::pair<std::size_t, Seq>> strong;  // candidates for people[i]
    std::vector<Seq> recorded;                        // people[i]
    for (std::size_t i = 0; i < people.size(); ++i) {
        for (const auto& candidate : subjects::candidates(tx, context, people[i])) {
            if (said_not(b["people"].items()[i], candidate.person.id)) continue;
            Json one = subjects::to_json(candidate);
            one.set("for", i);
            if (candidate.band == "strong") strong.emplace_back(i, candidate.person.stream);
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
        recorded.push_back(subject);
        // "Not the same" said while the report was taken stands in the ledger: the two are not offered to each other again.
        for (const auto& other : typed["not_the_same_as"].items()) {
            const auto found = subjects::find_person(tx, other.as_string());
            if (!found || *found == subject || !context.may(tx, "read", {.kind = "person", .seq = *found}).allowed) continue;
            const std::string& why = typed["new_reason"].as_string();
            if (auto kept = subjects::mark_distinct(tx, context, subject, *found, why.empty() ? "Said while a report was taken" : why); !kept)
                return kept.error();
        }
        involved.push(Json::object({{"id", new_id(author.at)},
                                    {"subject", subject},
                                    {"kind", "person"},
                                    {"role", typed["role"].as_string().empty() ? "reporter" : typed["role"].as_string()}}));
    }
    auto incident = keep_incident(tx, context, said, where);
    if (!incident) return incident.error();
    involved.push(Json::object({{"id", new_id(author.at)}, {"subject", (*incident)["place"]}, {"kind", "place"}, {"role", "incident"}}));
    const std::string id = new_id(author.at);
    const Seq stream = context.ledger.create(tx, "referral", id);
    std::vector<std::string> behaviour;
    for (const auto& kind : answers.all["behaviour_type"].items()) behaviour.push_back(kind.as_string());
    const Instant received = parse_instant(answers.all["received_at"].as_string()).value_or(author.at);
    Json envelope = Json::object({{"opened", Json::object({{"pathway", intake->name}, {"pathway_version", intake->version}})},
                                  {"stage", intake->first_stage().id},
                                  {"reference", next_reference(tx, intake->prefix, author.at)},
                                  {"hub", where.hub->seq},
                                  {"channel", answers.all["channel"]},
                                  {"source_agency", answers.all["source_agency"]},
                                  {"received_at", to_rfc3339(received)},
                                  {"behaviour", join(behaviour, " ")},
                                  {"ongoing_now", answers.all["ongoing_now"].as_bool()},
                                  {"forms", answers.envelope},
                                  {"summary", "Report received"}});
    envelope.set_if("people", involved).set("incident", *incident);
    const bool held = arrival == Arrival::sent && comes_too_fast(tx, context, deps);
    if (held) envelope.set("quarantine", state_quarantined).set("summary", "Report received, and held: too many came at once");
    if (arrival == Arrival::imported) envelope.set("imported", true);
    Json payload = Json::object({{"forms", answers.payload}, {"narrative", answers.all["narrative"]}});
    payload.set_if("source_ref", source_ref);
    payload.set_if("location", b["location"]);
    payload.set_if("people", b["people"]).set_if("hub_because", where.hub->because);
    Json facts = Json::object({{"forms", answers.by_form}, {"stage", intake->first_stage().id}, {"today", to_iso(context.today())}});
    if (!held) set_clocks(*intake, Json::object(), {"referral.received"}, deps, envelope, std::move(facts), received);
    auto appended =
        context.ledger.append(tx, author, stream, 0, {ledger::NewEvent{"referrals.received", std::move(envelope), std::move(payload), received}});
    if (!appended) return appended.error();
    Json answer = referral_json(tx, stream);
    answer.set("candidates", all_candidates).set("flags", flags_of_report(tx, context, stream, recorded, strong));
    Json warnings = Json::array();
    if (held) warnings.push("Too many reports came from you at once: this one is held until a supervisor of the hub has looked at it.");
    if (answers.all["ongoing_now"].as_bool()) warnings.push("It is happening now. If anybody is in danger, call 999 now.");
    for (std::size_t i = 0; i < people.size(); ++i) {
        const auto* part = intake->role(b["people"].items()[i]["role"].as_string());
        const auto held_person = subjects::person(tx, recorded[i]);
        if (part != nullptr && part->accused && held_person && subjects::is_under_10(held_person->details, context.today()))
            warnings.push(
                fmt::format("A child under 10 is told of as \"{}\": the age of criminal responsibility is 10. Think of a safeguarding referral.",
                            lower_ascii(part->label)));
    }
    for (const auto& one : where.warnings) warnings.push(one);
    for (auto& one : number_warnings(answers.all["narrative"].as_string())) warnings.push(std::move(one));
    if (where.place.position.empty()) warnings.push("The place is known in words only, and is on no map: add a postcode or a street where you can.");
    answer.set_if("warnings", warnings);
    Response response = tagged(web::json(answer, 201).with("location", "/api/v1/referrals/" + id), 1);
    context.keep(tx, request, response);
    return response;
}

Refusal wrong(std::string_view field, std::string message) {
    return Refusal{Because::invalid, "referrals.triage", "Some answers need another look.", {{std::string{field}, std::move(message)}}};
}

/// The pathway on which a report of this intake is accepted: the one asked for, or the only one that takes it.
Result<const engine::Definition*> accepting(const engine::Pathways& pathways, const engine::Definition& intake, const std::string& name, Date on) {
    std::vector<const engine::Definition*> takers = accepting_pathways(pathways, intake, on);
    if (name.empty() && takers.size() == 1) return takers.front();
    for (const auto* one : takers)
        if (one->name == name) return one;
    return wrong("pathway", "Choose the kind of case that is opened.");
}

/// What a case is called where nobody gave it a title: what happens, and in which postcode; never a name.
std::string title_of_report(store::Reader& reader, const engine::Definition& intake, Seq stream) {
    const auto row = reader.select_one("tt", "select behaviour, body from referral where stream = :stream", {{"stream", stream}});
    const auto codes = split(row->text(0), ' ');
    std::string title = "New report";
    for (const auto& form : intake.forms)
        for (const auto& field : form.fields)
            if (field.id == "behaviour_type")
                for (const auto& choice : field.choices)
                    if (!codes.empty() && choice.code == codes.front()) title = choice.label;
    const auto body = parse_json(row->text(1));
    const std::string postcode = body ? (*body)["location"]["postcode"].as_string() : std::string{};
    return cut(postcode.empty() ? title : title + ", " + postcode, 120);
}

/// Both refusals' fields, where the second has some.
Refusal with_fields_of(Refusal one, const Refusal& other) {
    one.fields.insert(one.fields.end(), other.fields.begin(), other.fields.end());
    return one;
}

/// A record is opened from the report: with its people, of whom it was said who they are, its places, and the form that its pathway asks for then.
Result<Done> open_from(store::Transaction& tx, const Context& context, const Deps& deps, const engine::Definition& intake, Seq stream, Seq hub,
                       const Json& b, Json& envelope) {
    const auto pathways = deps.library.current();
    auto taker = accepting(*pathways, intake, b["pathway"].as_string(), context.today());
    if (!taker) return taker.error();
    const auto& definition = **taker;
    OpenAsk ask{.pathway = definition.name, .title = b["title"].as_string(), .hub = hub, .marks = {"case.opened"}, .referral = stream};
    if (trim(ask.title).empty()) ask.title = title_of_report(tx, intake, stream);
    const std::string& lead = b["lead"].is_object() ? b["lead"]["email"].as_string() : b["lead"].as_string();
    ask.lead_user = lead.empty() ? context.actor.user : access::user_by_email(tx, lead).value_or(access::Named{}).seq;
    const std::string& agency = b["lead"].is_object() ? b["lead"]["agency"].as_string() : b["lead_agency"].as_string();
    if (!agency.empty()) {
        ask.lead_agency = access::agency_by_code(tx, agency).value_or(access::Named{}).seq;
        if (ask.lead_agency == 0) return wrong("lead_agency", "There is no agency of this code.");
    }
    if (ask.lead_user == 0) return wrong("lead", "Nobody signs in by this e-mail address: choose the officer who leads.");
    for (const auto& one : definition.accepts)
        if (one.intake == intake.name && !one.form.empty()) {
            // The first pathway's form is called thrive outside (contract); any may come under forms.FORM or under its own name.
            const Json& typed = b["forms"][one.form].is_object() ? b["forms"][one.form] : b[one.form].is_object() ? b[one.form] : b["thrive"];
            if (!typed.is_object())
                return wrong(one.form, fmt::format("Fill in \"{}\" before the report is accepted.", definition.form(one.form)->label));
            ask.forms.set(one.form, typed);
            if (one.unless.empty()) continue;
            const Json facts = Json::object({{"now", to_rfc3339(context.now())}, {"today", to_iso(context.today())}});
            const auto answers = engine::check_form(definition, *definition.form(one.form), typed, facts, context.today());
            if (!answers) continue;  // said, with every field, when the record is opened
            const std::string why = engine::why_not_accepted(one, Json::object({{"forms", Json::object({{one.form, *answers}})}}));
            if (!why.empty()) return Refusal{Because::not_now, "referrals.not_accepted", why};
        }
    const auto matched = match(tx, context, stream, b["matches"]);
    for (const auto& row :
         tx.select("itt", "select subject, role, subject_kind from involvement where stream = :stream and ended is null", {{"stream", stream}})) {
        Involve one{.subject = subjects::root_of(tx, row.integer(0)), .kind = row.text(2), .role = row.text(1)};
        const bool twice = std::any_of(ask.involvements.begin(), ask.involvements.end(),
                                       [&](const Involve& other) { return other.subject == one.subject && other.role == one.role; });
        if (definition.role(one.role) != nullptr && !twice) ask.involvements.push_back(std::move(one));
    }
    auto opened = open_case(tx, context, deps, ask);
    if (!matched) return opened ? matched.error() : with_fields_of(matched.error(), opened.error());
    if (!opened) return opened.error();
    envelope.set("links", Json::array({Json::object({{"id", std::to_string(opened->stream)}, {"record", opened->stream}, {"kind", "case"}})}));
    return Done{};
}

Result<Done> link_to(store::Transaction& tx, const Context& context, const Deps& deps, Seq stream, const Json& answers, Json& envelope) {
    const auto to = find_case(tx, trim(answers["case"].as_string()));
    if (!to || !context.demand(tx, "change", {.kind = "case", .seq = *to})) return wrong("case", "Give the reference of a case that you may change.");
    const auto narrative = tx.select_one("t", "select narrative from referral where stream = :stream", {{"stream", stream}});
    auto added = add_entry(tx, context, deps, *to, {}, {.kind = "incident", .text = narrative->text(0), .referral = stream});
    if (!added) return added.error();
    auto state = standing(tx, context, deps, *to);
    if (!state) return state.error();
    // Whoever is new joins the case; whoever has a part there keeps it.
    for (const auto& row :
         tx.select("itt", "select subject, role, subject_kind from involvement where stream = :stream and ended is null", {{"stream", stream}})) {
        const auto& there = state->state["involvements"].items();
        const bool known = std::any_of(there.begin(), there.end(), [&](const Json& one) { return one["subject"].as_integer() == row.integer(0); });
        if (known || state->definition->role(row.text(1)) == nullptr) continue;
        if (auto joined = involve(tx, context, deps, *to, {}, {.subject = row.integer(0), .kind = row.text(2), .role = row.text(1)}); !joined)
            return joined.error();
    }
    envelope.set("links", Json::array({Json::object({{"id", std::to_string(*to)}, {"record", *to}, {"kind", "case"}})}));
    return Done{};
}

Result<Done> repeat_of(store::Transaction& tx, const Context& context, Seq stream, const Json& answers, Json& envelope) {
    const auto of = find_referral(tx, answers["of"].as_string());
    if (!of || !context.demand(tx, "read", {.kind = "referral", .seq = *of}))
        return wrong("of", "There is no such report among those that you may read. Its reference looks like R-2026-000123.");
    if (*of == stream) return wrong("of", "A report cannot repeat itself.");
    envelope.set("duplicate_of", first_of_repeats(tx, *of));
    return Done{};
}

/// The names that hub-casework.md itself has for some answers are understood beside those of the forms.
Json with_other_names(const engine::Form& form, Json body) {
    static const std::vector<std::pair<std::string_view, std::string_view>> others{
        {"case_ref", "case"},       {"case_reference", "case"}, {"referral", "of"},         {"duplicate_of", "of"},
        {"receiving_agency", "to"}, {"agency", "to"},           {"reason_code", "because"}, {"police_reference", "incident_number"}};
    for (const auto& [said, ours] : others)
        if (asks(form, ours) && !body.has(ours) && body[said].is_string()) body.set(ours, Json{body[said]});
    // "reason": "not_asb" is the code, where the form has a code for it.
    for (const auto& field : form.fields)
        if (field.id == "because" && !body.has("because"))
            for (const auto& choice : field.choices)
                if (choice.code == lower_ascii(body["reason"].as_string())) {
                    body.set("because", choice.code);
                    body.erase("reason");
                    break;
                }
    return body;
}

Result<Response> triage(store::Transaction& tx, const Request& request, Context& context, const Deps& deps, const Json& b) {
    const auto found = find_referral(tx, request.parameter("id"));
    if (auto asked = context.demand(tx, "triage", {.kind = "referral", .seq = found.value_or(-1)}); !asked) return asked.error();
    const Seq stream = *found;
    const ReferralStanding now = *referral_standing(tx, context, deps, stream);
    if (const auto version = web::version_asked(request); version && *version != now.status["version"].as_integer())
        return Refusal{Because::stale, "referrals.stale",
                       "Someone worked on this report while you had it open. Look at what they did, then decide again."};
    if (now.status.has("quarantine"))
        return Refusal{Because::not_now, "referrals.held", "This report is held, because too many came at once: a supervisor releases it first."};
    const std::string& decision = b["decision"].as_string();
    const auto* action = now.intake->action(decision);
    if (action == nullptr) {
        std::vector<std::string> names;
        for (const auto& one : now.intake->actions) names.push_back(one.id);
        return wrong("decision", fmt::format("Choose one of: {}.", join(names, ", ")));
    }
    const auto* form = now.intake->form(action->form);
    auto step = engine::act(*now.intake, decision, form != nullptr ? part_for(*form, with_other_names(*form, b)) : Json::object(), now.facts,
                            context.today());
    if (!step) return step.error();
    Json envelope = Json::object({{"decision", decision}, {"summary", "Triage: " + action->label}});
    if (!step->to.empty()) envelope.set("stage", step->to);
    const auto* next = now.intake->stage(step->to);
    if (next != nullptr && !next->open) envelope.set("closes", true);
    if (next != nullptr && next->open && !now.status["open"].as_bool()) envelope.set("reopens", true);
    Answers answers;
    if (form != nullptr) put(answers, *form, step->answers);
    envelope.set_if("forms", answers.envelope);
    Result<Done> did = action->does == "open_record" ? open_from(tx, context, deps, *now.intake, stream, now.status["hub"].as_integer(), b, envelope)
                       : action->does == "link_record" ? link_to(tx, context, deps, stream, step->answers, envelope)
                       : action->does == "repeat_of"   ? repeat_of(tx, context, stream, step->answers, envelope)
                                                       : Result<Done>{Done{}};
    if (!did) return did.error();
    Json facts = now.facts;
    if (!step->to.empty()) facts.set("stage", step->to);
    set_clocks(*now.intake, now.status, step->marks, deps, envelope, std::move(facts), context.now());
    Json payload = answers.payload.items().empty() ? Json{} : Json::object({{"forms", answers.payload}});
    auto appended = context.ledger.append(tx, context.author(), stream, {}, {ledger::NewEvent{"referrals.triaged", envelope, std::move(payload)}});
    if (!appended) return appended.error();
    Response response = tagged(web::json(referral_json(tx, stream)), version_of(tx, stream));
    context.keep(tx, request, response);
    return response;
}

}  // namespace

void derive_referral(store::Transaction& tx, Seq stream) {
    const auto row = tx.select_one("itii", "select hub, state, received_at, case_stream from referral where stream = :stream", {{"stream", stream}});
    if (!row) return;
    const Json status = status_of(tx, stream);
    const bool open = status["open"].as_bool() && !status.has("quarantine");
    const auto due = tx.select_one("i", "select min(due) from clock_run where stream = :stream and ended is null", {{"stream", stream}});
    std::vector<access::Audience> audience{{"hub", std::to_string(row->integer(0)), {}, "hub_team"}};
    std::string restriction = "normal";
    if (const auto state = row->integer(3) == 0 ? std::nullopt : case_state(tx, row->integer(3)))
        if (const std::string& of_case = (*state)["restriction"].as_string(); of_case == "restricted" || of_case == "locked") {
            audience = audience_of(*state);
            restriction = of_case;
        }
    access::set_visibility(tx, stream, "referral", audience,
                           {.open = open,
                            .next_due = due && !due->is_null(0) ? due->integer(0) : row->integer(2),
                            .opened_at = row->integer(2),
                            .restriction = restriction});
    std::vector<access::Involved> involved;
    for (const auto& one : tx.select("it", "select subject, role from involvement where stream = :stream and ended is null", {{"stream", stream}}))
        involved.push_back({one.integer(0), one.text(1)});
    access::set_involved(tx, stream, "referral", involved);
}

std::optional<Seq> find_referral(store::Reader& reader, std::string_view id) {
    const auto row = reader.select_one("i", "select r.stream from referral r join stream s on s.seq = r.stream where s.id = :id or r.reference = :id",
                                       {{"id", id}});
    return row ? std::optional<Seq>{row->integer(0)} : std::nullopt;
}

std::optional<ReferralStanding> referral_standing(store::Reader& reader, const Context& context, const Deps& deps, Seq stream) {
    ReferralStanding now{.status = status_of(reader, stream), .facts = {}, .pathways = deps.library.current()};
    if (!now.status.has("pathway")) return {};
    now.intake = now.pathways->find(now.status["pathway"].as_string(), static_cast<int>(now.status["pathway_version"].as_integer()));
    if (now.intake == nullptr) throw Failure{fmt::format("the intake {} of a report is not loaded", now.status["pathway"].as_string())};
    now.facts = engine::with_rules(*now.intake, facts_of(now.status, actor_facts(context.actor, now.status["hub"].as_integer()), context.now()));
    return now;
}

const engine::Definition* intake_for(const engine::Pathways& pathways, Date on) { return find_intake(pathways, "", on); }

std::vector<const engine::Definition*> accepting_pathways(const engine::Pathways& pathways, const engine::Definition& intake, Date on) {
    std::vector<const engine::Definition*> takers;
    for (const auto* one : pathways.all_current(on))
        if (std::any_of(one->accepts.begin(), one->accepts.end(), [&](const auto& accepts) { return accepts.intake == intake.name; }))
            takers.push_back(one);
    return takers;
}

Result<Done> decide_held(store::Transaction& tx, const Context& context, const Deps& deps, Seq stream, Verdict verdict, std::string_view reason) {
    if (auto asked = context.demand(tx, "release", {.kind = "referral", .seq = stream}); !asked) return asked;
    const ReferralStanding now = *referral_standing(tx, context, deps, stream);
    const std::string state = state_of(now.status);
    if (state != state_quarantined && !(state == state_set_aside && verdict == Verdict::release))
        return Refusal{Because::not_now, "referrals.not_held", "This report is not held any more: look at what became of it."};
    if (letters_and_digits(reason) < 5) return wrong("reason", "Say why, in a few words.");
    Json envelope = Json::object();
    if (verdict == Verdict::release) {
        // Its clocks count from the day on which it came: the reporter has waited since.
        const auto row = tx.select_one("i", "select received_at from referral where stream = :stream", {{"stream", stream}});
        envelope.set("released", true).set("summary", "Released to the queue");
        set_clocks(*now.intake, now.status, {"referral.received"}, deps, envelope, now.facts, row->instant(0));
    } else {
        envelope.set("quarantine", state_set_aside).set("summary", "Set aside");
    }
    Json payload = Json::object({{"reason", tidy(reason, true)}});
    const std::string_view kind = verdict == Verdict::release ? "referrals.released" : "referrals.set_aside";
    auto appended = context.ledger.append(tx, context.author(), stream, {}, {ledger::NewEvent{std::string{kind}, envelope, std::move(payload)}});
    if (!appended) return appended.error();
    return Done{};
}

Result<Json> receive_referral(store::Transaction& tx, Context& context, const Deps& deps, const Json& body, Arrival arrival) {
    auto response = receive(tx, Request{.method = "POST", .path = "/api/v1/referrals"}, context, deps, body, arrival);
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
    ledger.add(ledger::Derivation{.stream_kind = "referral", .tables = {}, .derive = derive_referral});
    register_referral_incident(ledger);
}

void add_referral_routes(access::Routes& routes, const Deps& deps) {
    add_quarantine_routes(routes, deps);
    routes.add({.description =
                    {.method = "POST", .pattern = "/api/v1/referrals", .summary = "Reports something to a hub", .tag = "referrals", .success = 201},
                .handler = [deps](const Request& request, Context& context) -> Response {
                    const auto body = parse_json(request.body);
                    if (!body) return web::problem(body.error(), request.reference);
                    const auto answer =
                        context.db.writing([&](store::Transaction& tx) { return receive(tx, request, context, deps, *body, Arrival::sent); });
                    return answer ? *answer : web::problem(answer.error(), request.reference);
                }});
    routes.add({.description = {.method = "GET",
                                .pattern = "/api/v1/referrals",
                                .summary = "Reports to your hubs",
                                .tag = "referrals",
                                .query = {"hub", "state", "limit", "after"}},
                .handler = [](const Request& request, Context& context) {
                    return context.db.reading([&](store::Reader& reader) { return list_referrals(reader, request, context); });
                }});
    routes.get("/api/v1/referrals/{id}", "One report", "referrals", [](const Request& request, Context& context) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            const auto found = find_referral(reader, request.parameter("id"));
            if (!context.demand(reader, "read", {.kind = "referral", .seq = found.value_or(-1)})) return web::absent();
            Json json = referral_json(reader, *found);
            const Json status = status_of(reader, *found);
            if (status["open"].as_bool() && !status.has("quarantine")) json.set_if("candidates", candidates_json(unmatched(reader, context, *found)));
            return tagged(web::json(json), version_of(reader, *found));
        });
    });
    routes.change("POST", "/api/v1/referrals/{id}/triage", "Decides on a report", "referrals",
                  [deps](const Request& request, Context& context) -> Response {
                      const auto body = parse_json(request.body);
                      if (!body) return web::problem(body.error(), request.reference);
                      const auto answer = context.db.writing([&](store::Transaction& tx) { return triage(tx, request, context, deps, *body); });
                      if (answer) return *answer;
                      if (answer.error().because != Because::stale) return web::told(answer.error(), request);
                      return context.db.reading([&](store::Reader& reader) {  // what is there now goes with a 412
                          const Seq stream = *find_referral(reader, request.parameter("id"));
                          return tagged(web::stale(answer.error(), request.reference, referral_json(reader, stream)), version_of(reader, stream));
                      });
                  });
}

}  // namespace concord::cases
