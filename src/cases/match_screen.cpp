#include "cases/match_screen.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::cases {
namespace {

using access::Context;
using ledger::Seq;

/// The people of a report in its own order: how each was typed, and the record that stands for them.
struct Named {
    Json typed;
    Seq person = 0;
    std::string role;
};
std::vector<Named> people_of(store::Reader& reader, const Context& context, Seq referral) {
    const auto events = context.ledger.read(reader, referral);
    std::vector<Named> all;
    if (events.empty()) return all;
    const auto& typed = events.front().payload["people"].items();
    for (const auto& one : events.front().envelope["people"].items())
        if (one["kind"].as_string() == "person")
            all.push_back({.typed = all.size() < typed.size() ? typed[all.size()] : Json::object(),
                           .person = one["subject"].as_integer(),
                           .role = one["role"].as_string()});
    return all;
}

/// Whoever took the report chose this record, or it was merged since: somebody has said who it is.
bool is_said(const Named& one, const subjects::Person& person) { return person.merged_into || one.typed["person"].as_string() == person.id; }

Result<Done> say_new(store::Transaction& tx, const Context& context, const Unmatched& one, const std::string& why) {
    for (const auto& candidate : one.candidates)
        if (auto kept = subjects::mark_distinct(tx, context, one.person.stream, candidate.person.stream, why); !kept) return kept;
    return Done{};
}

FieldError wrong(const Unmatched& one, std::string message) { return {one.field(), std::move(message)}; }

/// Beside its field, whatever the room of people has against it.
FieldError wrong(const Unmatched& one, const Refusal& refusal) {
    return wrong(one, refusal.fields.empty() ? refusal.sentence : refusal.fields.front().message);
}

}  // namespace

std::string Unmatched::field() const { return fmt::format("matches[{}]", at); }

std::vector<Unmatched> unmatched(store::Reader& reader, const Context& context, Seq referral) {
    const auto people = people_of(reader, context, referral);
    std::vector<Unmatched> all;
    for (std::size_t i = 0; i < people.size(); ++i) {
        auto person = subjects::person(reader, people[i].person);
        if (!person || is_said(people[i], *person)) continue;
        auto candidates = subjects::possible_duplicates(reader, context, person->stream, 8);
        std::erase_if(candidates, [&](const auto& candidate) {
            return std::any_of(people.begin(), people.end(), [&](const Named& one) { return one.person == candidate.person.stream; });
        });
        if (candidates.empty()) continue;
        all.push_back({.at = i, .role = people[i].role, .person = std::move(*person), .candidates = std::move(candidates)});
    }
    return all;
}

Result<Done> match(store::Transaction& tx, const Context& context, Seq referral, const Json& said) {
    const auto row = tx.select_one("t", "select reference from referral where stream = :stream", {{"stream", referral}});
    const std::string why = fmt::format("Said at the triage of {}", row->text(0));
    std::vector<FieldError> errors;
    for (const auto& one : unmatched(tx, context, referral)) {
        std::string answer;
        for (const auto& each : said.items())
            if (each["for"].is_integer() && each["for"].as_integer() == static_cast<std::int64_t>(one.at)) answer = each["person"].as_string();
        if (answer.empty()) {
            errors.push_back(wrong(one, fmt::format("Say who {} is: a person already recorded, or a new one. {} may be the same.", one.person.name(),
                                                    counted(static_cast<long long>(one.candidates.size()), "record"))));
        } else if (answer == "new") {
            if (auto kept = say_new(tx, context, one, why); !kept) errors.push_back(wrong(one, kept.error()));
        } else if (const auto known = subjects::find_person(tx, answer)) {
            if (auto merged = subjects::merge(tx, context, one.person.stream, *known, why); !merged) errors.push_back(wrong(one, merged.error()));
        } else {
            errors.push_back(wrong(one, fmt::format("There is no such record for {}: choose one that is offered, or say that this is a new person.",
                                                    one.person.name())));
        }
    }
    if (errors.empty()) return Done{};
    return Refusal{Because::invalid, "referrals.unmatched", "Some answers need another look.", std::move(errors)};
}

}  // namespace concord::cases
