#include "cases/referral_incident.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/quarantine.hpp"

namespace concord::cases {
namespace {

bool has_field(const std::vector<FieldError>& errors, std::string_view field) {
    return std::any_of(errors.begin(), errors.end(), [&](const FieldError& one) { return one.field == field; });
}

std::optional<ChosenHub> choose_hub(store::Reader& reader, const access::Context& context, std::string_view said, const subjects::PlaceDetails& where,
                                    Date on, std::vector<std::string>& warnings) {
    const bool on_map = where.easting.has_value() || !where.postcode.empty();
    const auto lies = on_map ? subjects::hub_of(reader, where, on) : std::nullopt;
    if (!said.empty()) {
        const auto hub = access::hub_by_code(reader, said);
        if (!hub) return {};
        if (lies && lies->hub != hub->seq)
            warnings.push_back(
                fmt::format("{} That is the {} hub's: move the case there unless there is a reason for {}.", lies->because, lies->name, hub->name));
        return ChosenHub{hub->seq, hub->code, hub->name, "said", {}};
    }
    if (lies) return ChosenHub{lies->hub, lies->code, lies->name, "boundary", lies->because};
    if (!context.actor.hub_codes.empty())
        if (const auto hub = access::hub_by_code(reader, context.actor.hub_codes.front()))
            return ChosenHub{hub->seq, hub->code, hub->name, "reporter",
                             fmt::format("Whoever recorded it works in the {} hub, and no boundary says otherwise.", hub->name)};
    if (const auto street = subjects::hub_of(reader, where, on))
        return ChosenHub{street->hub, street->code, street->name, "boundary", street->because};
    return {};
}

/// Pathways have the number as a number or as text; both count.
bool says_repeat(const Json& body) {
    if (body["repeat_declared"].as_bool() || body["repeat_declared"].as_string() == "yes") return true;
    const Json& earlier = body["prior_reports_count_6m"];
    if (earlier.is_number()) return earlier.as_number() > 0;
    const std::string text = trim(earlier.as_string());
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos && text.find_first_not_of('0') != std::string::npos;
}

/// The reason of a decision that nothing is done, whatever the form is called that asks for it.
std::string dropped_by(const Json& envelope) {
    if (envelope["decision"].as_string() != "no_action") return {};
    for (const auto& form : envelope["forms"].items())
        if (const std::string& code = form["answers"]["because"].as_string(); !code.empty()) return code;
    return {};
}

void apply(store::Transaction& tx, const ledger::Event& event) {
    const Json& e = event.envelope;
    const Json& incident = e["incident"];
    if (event.version == 1 && incident.is_object()) {
        tx.execute(R"sql(
            insert into referral_incident (stream, reference, place, incident_day, contact_day, behaviour, self_declared, reporter_harmed, duplicate_of, dropped)
            values (:stream, :reference, :place, :day, :contact, :behaviour, :self_declared, :harmed, 0, ''))sql",
                   {{"stream", event.stream},
                    {"reference", e["reference"].as_string()},
                    {"place", incident["place"].as_integer()},
                    {"day", incident["day"].as_string()},
                    {"contact", incident["contact"].as_string()},
                    {"behaviour", incident["behaviour"].as_string()},
                    {"self_declared", incident["self_declared"].as_bool()},
                    {"harmed", incident["reporter_harmed"].as_bool()}});
    } else if (e.has("decision")) {
        tx.execute("update referral_incident set duplicate_of = :of, dropped = :dropped where stream = :stream",
                   {{"of", e["duplicate_of"].as_integer()}, {"dropped", dropped_by(e)}, {"stream", event.stream}});
    }
}

void derive(store::Transaction& tx, Seq stream) {
    const auto told = told_by_report(tx, stream);
    if (!told) return;
    const auto state = tx.select_one("t", "select state from referral where stream = :stream", {{"stream", stream}});
    const auto row = tx.select_one("ti", "select reference, reporter_harmed from referral_incident where stream = :stream", {{"stream", stream}});
    if (state && is_held(state->text(0))) return subjects::tell_incidents(tx, stream, "referral", row->text(0), {});
    std::vector<subjects::Told> all;
    for (const auto& one :
         tx.select("itt", "select subject, subject_kind, role from involvement where stream = :stream and ended is null order by id",
                   {{"stream", stream}})) {
        subjects::Told mine = *told;
        mine.subject = one.integer(0);
        mine.subject_kind = one.text(1);
        mine.role = one.text(2);
        all.push_back(mine);
        if (mine.role != "victim" || !row->truth(1)) continue;
        mine.role = "reporter";  // who reports what happened to himself is a caller too
        all.push_back(std::move(mine));
    }
    subjects::tell_incidents(tx, stream, "referral", row->text(0), all);
}

}  // namespace

Date incident_day(const Json& body, Instant now) {
    for (const char* key : {"incident_from", "incident_to"}) {
        const std::string& text = body[key].as_string();
        if (const auto day = parse_date(text)) return *day;
        if (const auto at = parse_instant(text)) return london_date(*at);
    }
    return london_date(parse_instant(body["received_at"].as_string()).value_or(now));
}

WhereAndWhose where_and_whose(store::Reader& reader, const access::Context& context, const Json& body, std::vector<FieldError>& errors) {
    WhereAndWhose answer;
    auto read = subjects::place_from(reader, body["location"].is_object() ? body["location"] : Json::object(), context.today(), "location.");
    if (read) {
        answer.place = std::move(read->details);
        answer.warnings = std::move(read->warnings);
    } else {
        for (const auto& error : read.error().fields)
            if (!has_field(errors, error.field)) errors.push_back(error);
    }
    answer.hub = choose_hub(reader, context, body["hub"].as_string(), answer.place, incident_day(body, context.now()), answer.warnings);
    if (!answer.hub) errors.push_back({"hub", "Choose the hub that receives the report."});
    return answer;
}

Result<Json> keep_incident(store::Transaction& tx, const access::Context& context, const Json& body, WhereAndWhose& where) {
    const auto author = context.author();
    // Words alone are one place only within one hub: there is a High Street in every town.
    if (where.place.postcode.empty() && !where.place.easting && where.place.locality.empty()) where.place.locality = where.hub->name;
    auto place = subjects::find_or_create_place(tx, context.ledger, author, where.place);
    if (!place) return place.error();
    std::vector<std::string> behaviour;
    for (const auto& kind : body["behaviour_type"].items()) behaviour.push_back(kind.as_string());
    return Json::object({{"place", *place},
                         {"day", to_iso(incident_day(body, author.at))},
                         {"contact", to_iso(london_date(parse_instant(body["received_at"].as_string()).value_or(author.at)))},
                         {"behaviour", join(behaviour, " ")},
                         {"self_declared", says_repeat(body)},
                         {"reporter_harmed", body["reporter_is_victim"].as_string() == "yes"},
                         {"hub_by", where.hub->by}});
}

Json flags_of_report(store::Reader& reader, const access::Context& context, Seq referral, const std::vector<Seq>& people,
                     const std::vector<std::pair<std::size_t, Seq>>& strong) {
    Json all = Json::array();
    for (const auto& flag : subjects::flags_of_record(reader, context, referral)) all.push(subjects::to_json(flag));
    for (const auto& [index, candidate] : strong) {
        if (index >= people.size() || candidate == people[index]) continue;
        for (const auto& flag : subjects::flags_if_same(reader, context, {candidate, people[index]})) {
            Json one = subjects::to_json(flag);
            all.push(one.set("if_same", true).set("for", index));
        }
    }
    return all;
}

Seq first_of_repeats(store::Reader& reader, Seq report) {
    const Seq before = reader.count("select duplicate_of from referral_incident where stream = :stream", {{"stream", report}});
    return before != 0 ? before : report;
}

std::optional<subjects::Told> told_by_report(store::Reader& reader, Seq referral) {
    const auto row = reader.select_one(
        "itttti", "select duplicate_of, incident_day, contact_day, behaviour, dropped, self_declared from referral_incident where stream = :stream",
        {{"stream", referral}});
    if (!row) return {};
    return subjects::Told{.what = subjects::incident_name(row->integer(0) != 0 ? row->integer(0) : referral, 0),
                          .on = parse_date(row->text(1)).value_or(Date{}),
                          .contact = parse_date(row->text(2)),
                          .dropped = row->text(4),
                          .similar_to = row->text(3).empty() ? std::vector<std::string>{} : split(row->text(3), ' '),
                          .self_declared = row->truth(5)};
}

void register_referral_incident(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "referral", .tables = {"referral_incident"}, .apply = apply});
    ledger.add(ledger::Derivation{.stream_kind = "referral", .tables = {}, .derive = derive});
}

}  // namespace concord::cases
