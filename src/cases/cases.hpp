#pragma once

#include <map>
#include <mutex>
#include <optional>

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

/// How many people and places a user has repeat alerts of that he has not read, for the header of every page. Worked out by the rules of the alerts
/// page and kept for a few minutes, so that a page costs no query for it; none where he may not read people.
class AlertCounts {
public:
    std::optional<int> of(const web::Request& request, const access::Context& context);
    void keep(const access::Context& context, int unread);  // whoever worked it out anyway
    void forget(Seq user);                                  // he marked some as read

private:
    struct Kept {
        std::optional<int> unread;
        Instant at;
    };
    std::mutex guard_;
    std::map<Seq, Kept> kept_;
};

/// The JSON of one record as the contract has it.
Json case_json(store::Reader& reader, const access::Context& context, const Standing& standing, Instant now);

}  // namespace concord::cases
