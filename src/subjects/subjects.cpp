#include "subjects/subjects.hpp"

#include "subjects/migrations.hpp"

namespace concord::subjects {

std::vector<store::Migration> migrations() {
    auto all = migrations_from_files();
    all.push_back(store::text_shelf_migration(51, "people"));
    all.push_back(store::text_shelf_migration(52, "places"));
    all.push_back(store::text_shelf_migration(57, "organisations"));
    return all;
}

void register_projections(ledger::Ledger& ledger) {
    register_people_projections(ledger);
    register_area_projections(ledger);
    register_organisation_projections(ledger);
    register_place_projections(ledger);
    register_flag_projections(ledger);
}

void add_routes(access::Routes& routes) {
    add_people_routes(routes);
    add_organisation_routes(routes);
    add_place_routes(routes);
}

}  // namespace concord::subjects
