#pragma once

#include "access/access.hpp"
#include "cases/case_work.hpp"
#include "cases/hub_work.hpp"

/// Cases: records on any pathway, from a report to a closed case.
namespace concord::cases {

std::vector<store::Migration> migrations();
void register_projections(ledger::Ledger& ledger);
void add_routes(access::Routes& routes, const Deps& deps);  // the API
void register_referral_projections(ledger::Ledger& ledger);
void add_referral_routes(access::Routes& routes, const Deps& deps);
void add_pages(access::Routes& routes, const Deps& deps);

/// How a report arrives: sent by somebody or something, or taken in by an operator with a whole file, which is never too fast.
enum class Arrival { sent, imported };
/// The same as the API does, for pages and files: the body as the contract has it; the answer's JSON.
Result<Json> receive_referral(store::Transaction& tx, access::Context& context, const Deps& deps, const Json& body, Arrival arrival = Arrival::sent);
Result<Json> triage_referral(store::Transaction& tx, access::Context& context, const Deps& deps, std::string_view id, const Json& body);

/// What somebody means who writes a reference, an id, or "REFERENCE/entries/3" and "REFERENCE/documents/ID".
std::optional<access::Thing> find_thing(store::Reader& reader, std::string_view named);

/// A report as it stands: the fold of its events, the intake that it came in by, and the facts for this actor.
struct ReferralStanding {
    Json status;  // pathway stage open hub forms marks clocks links decided version
    engine::Facts facts;
    std::shared_ptr<const engine::Pathways> pathways;
    const engine::Definition* intake = nullptr;
};
std::optional<Seq> find_referral(store::Reader& reader, std::string_view reference_or_id);
std::optional<ReferralStanding> referral_standing(store::Reader& reader, const access::Context& context, const Deps& deps, Seq stream);
/// The only way in that is in force; none where there are several.
const engine::Definition* intake_for(const engine::Pathways& pathways, Date on);
/// The pathways on which a report of this intake may be accepted.
std::vector<const engine::Definition*> accepting_pathways(const engine::Pathways& pathways, const engine::Definition& intake, Date on);

/// The JSON of one record as the contract has it.
Json case_json(store::Reader& reader, const access::Context& context, const Standing& standing, Instant now);

}  // namespace concord::cases
