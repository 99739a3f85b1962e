#include "subjects/people_json.hpp"

#include "base/text.hpp"
#include "subjects/organisations.hpp"
#include "subjects/subject_codes.hpp"

namespace concord::subjects {
namespace {

using access::Context;
using store::Reader;

bool may_know(Reader& reader, const Context& context, Seq one) { return context.may(reader, "read", {.kind = "person", .seq = one}).allowed; }

Json names_json(const PersonRecord& record) {
    Json all = Json::array();
    for (const auto& name : record.names) {
        Json one = Json::object({{"id", name.id}, {"kind", name.kind}, {"name", name.full()}});
        one.set_if("title", name.title).set_if("given_name", name.given_name).set_if("middle_names", name.middle_names);
        one.set_if("family_name", name.family_name).set_if("from", name.from).set_if("until", name.until);
        all.push(std::move(one));
    }
    return all;
}

Json identifiers_json(const PersonRecord& record) {
    Json all = Json::array();
    for (const auto& one : record.identifiers) {
        Json json = Json::object({{"id", one.id}, {"kind", one.kind}, {"value", one.value}});
        all.push(std::move(json.set_if("issuer", one.issuer)));
    }
    return all;
}

Json rule_json(Reader& reader, const ContactRule& rule) {
    Json json = Json::object({{"id", rule.id}, {"rule", rule.rule}, {"text", in_words(rule)}});
    json.set_if("point", rule.point).set_if("from_time", rule.from_time).set_if("to_time", rule.to_time).set_if("present", rule.present);
    json.set_if("words", rule.words).set_if("since", rule.since).set_if("until", rule.until).set_if("noted_by", user_json(reader, rule.noted_by));
    if (rule.noted_at.micros != 0) json.set("noted_at", to_rfc3339(rule.noted_at));
    return json;
}

Json points_json(const PersonRecord& record, std::optional<Instant> now) {
    Json all = Json::array();
    for (const auto& one : record.contact_points) {
        Json json = Json::object({{"id", one.id}, {"kind", one.kind}, {"value", one.value}});
        json.set_if("label", one.label).set_if("from", one.from).set_if("until", one.until);
        if (now) {
            const auto advice = advise(record, one, *now);
            Json because = Json::array(), cautions = Json::array();
            for (const auto& text : advice.because) because.push(text);
            for (const auto& text : advice.cautions) cautions.push(text);
            Json safe = Json::object({{"allowed_now", advice.allowed}, {"because", because}});
            json.set("safe", std::move(safe.set_if("cautions", cautions)));
        }
        all.push(std::move(json));
    }
    return all;
}

Json addresses_json(const PersonRecord& record) {
    Json all = Json::array();
    for (const auto& one : record.addresses) {
        Json json = Json::object({{"id", one.id}, {"kind", one.kind}});
        json.set_if("text", one.text).set_if("postcode", one.postcode).set_if("uprn", one.uprn).set_if("from", one.from).set_if("until", one.until);
        all.push(std::move(json));
    }
    return all;
}

/// Seen from this person; those to whom the actor may not know leave no trace.
Json relationships_json(Reader& reader, const Context& context, Seq one, bool own_only) {
    Json all = Json::array();
    for (const auto& relationship : relationships_of(reader, one)) {
        if (own_only && relationship.from != one) continue;
        const Seq other = relationship.from == one ? relationship.to : relationship.from;
        if (!may_know(reader, context, other)) continue;
        const auto held = person(reader, other);
        const std::string kind = relationship.kind_seen_from(one);
        Json json = Json::object({{"id", relationship.id},
                                  {"kind", kind},
                                  {"label", label_of("relationship_kinds", kind)},
                                  {"person", Json::object({{"id", held->id}, {"name", held->name()}})}});
        json.set_if("since", relationship.since).set_if("until", relationship.until).set_if("words", relationship.words);
        if (!own_only) json.set("recorded_here", relationship.from == one);
        all.push(std::move(json));
    }
    return all;
}

Json organisations_json(Reader& reader, Seq one) {
    Json all = Json::array();
    for (const auto& membership : memberships_of(reader, one)) {
        const auto held = organisation(reader, membership.organisation);
        Json json = Json::object(
            {{"id", membership.id}, {"role", membership.role}, {"organisation", Json::object({{"id", held->id}, {"name", held->details.name}})}});
        all.push(std::move(json.set_if("since", membership.since).set_if("until", membership.until).set_if("words", membership.words)));
    }
    return all;
}

void set_merging(Json& json, Reader& reader, const Context& context, const PersonRecord& record) {
    if (record.person.merged_into && may_know(reader, context, *record.person.merged_into)) {
        const auto held = person(reader, *record.person.merged_into);
        json.set("merged_into", Json::object({{"id", held->id}, {"name", held->name()}}));
    }
    Json from = Json::array();
    for (const Seq one : merged_into(reader, record.person.stream)) {
        if (!may_know(reader, context, one)) continue;
        const auto held = person(reader, one);
        from.push(Json::object({{"id", held->id}, {"name", held->name()}}));
    }
    json.set_if("merged_from", from);
}

}  // namespace

Json user_json(Reader& reader, Seq user) {
    const auto found = user == 0 ? std::nullopt : access::user_of(reader, user);
    return found ? Json::object({{"email", found->code}, {"name", found->name}}) : Json::object();
}

Json record_json(Reader& reader, const Context& context, const PersonRecord& record) {
    Json json = to_json(record.person);
    json.set_if("age", age_in_words(record.person.details.birth, context.today()));
    json.set("under_10", is_under_10(record.person.details, context.today()));
    json.set_if("safe_noted_by", user_json(reader, record.safe_noted_by));
    if (record.safe_noted_at.micros != 0) json.set("safe_noted_at", to_rfc3339(record.safe_noted_at));
    json.set_if("names", names_json(record))
        .set_if("identifiers", identifiers_json(record))
        .set_if("contact_points", points_json(record, context.now()));
    Json rules = Json::array();
    for (const auto& rule : record.contact_rules) rules.push(rule_json(reader, rule));
    json.set_if("contact_rules", rules).set_if("addresses", addresses_json(record));
    json.set_if("relationships", relationships_json(reader, context, record.person.stream, false));
    json.set_if("organisations", organisations_json(reader, record.person.stream));
    set_merging(json, reader, context, record);
    json.set("version", record.person.version);
    return json;
}

Json export_json(Reader& reader, const Context& context, Seq one) {
    const auto record = person_record(reader, one);
    Json json = to_json(record->person);
    json.set_if("safe_noted_by", user_json(reader, record->safe_noted_by));
    if (record->safe_noted_at.micros != 0) json.set("safe_noted_at", to_rfc3339(record->safe_noted_at));
    json.set_if("names", names_json(*record)).set_if("identifiers", identifiers_json(*record)).set_if("contact_points", points_json(*record, {}));
    Json rules = Json::array();
    for (const auto& rule : record->contact_rules) rules.push(rule_json(reader, rule));
    json.set_if("contact_rules", rules).set_if("addresses", addresses_json(*record));
    json.set_if("relationships", relationships_json(reader, context, one, true));
    json.set_if("organisations", organisations_json(reader, one));
    return json;
}

}  // namespace concord::subjects
