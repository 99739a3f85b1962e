#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "subjects/people.hpp"

/// Organisations: landlords, schools, shops. Known to everyone who signs in, as places are; who belongs to one is known only with the person.
namespace concord::subjects {

struct OrganisationDetails {
    std::string name, kind = "other";  // codes/organisation_kinds.toml
    std::string phone, email, address, postcode, note;
    std::string until;  // ISO day on which it ended
};
struct Organisation {
    Seq stream = 0;
    std::string id;
    OrganisationDetails details;
    std::int64_t version = 0;
};
struct Membership {
    std::string id;
    Seq organisation = 0, person = 0;
    std::string role;  // codes/organisation_roles.toml
    std::string since, until, words;
};

std::optional<Organisation> organisation(store::Reader& reader, Seq stream);
std::optional<Seq> find_organisation(store::Reader& reader, std::string_view id);
/// By the words of name and address, at most `limit`; with no words the newest.
std::vector<Organisation> find_organisations(store::Reader& reader, std::string_view words, std::string_view kind, std::size_t limit);
/// Those whose name says the same, for search before create.
std::vector<Organisation> same_named(store::Reader& reader, std::string_view name);
std::vector<Membership> members_of(store::Reader& reader, Seq organisation);
std::vector<Membership> memberships_of(store::Reader& reader, Seq person);

Result<Seq> create_organisation(store::Transaction& tx, const access::Context& context, const Json& typed);
Result<std::int64_t> correct_organisation(store::Transaction& tx, const access::Context& context, Seq stream, Expected expected, const Json& typed);
/// typed: person (its id), role, since, words.
Result<Added> add_member(store::Transaction& tx, const access::Context& context, Seq stream, Expected expected, const Json& typed);
Result<std::int64_t> change_member(store::Transaction& tx, const access::Context& context, Seq stream, Expected expected, std::string_view item,
                                   const Json& typed);

/// The organisation as the contract has it, with the members that the actor may know.
Json organisation_json(store::Reader& reader, const access::Context& context, const Organisation& one);

void register_organisation_projections(ledger::Ledger& ledger);
void add_organisation_routes(access::Routes& routes);

}  // namespace concord::subjects
