#include "app/program.hpp"

#include "app/person_panels.hpp"
#include "app/place_panels.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "access/read_log.hpp"
#include "analysis/analysis.hpp"
#include "engine/engine.hpp"
#include "store/filling.hpp"
#include "subjects/subjects.hpp"

namespace concord::app {
namespace {

namespace fs = std::filesystem;

void add_operations(access::Routes& routes, Program& program) {
    routes.get(
        "/healthz", "The process is alive", "operations", [](const web::Request&, access::Context&) { return web::text("ok\n"); },
        access::Asks::nothing);
    routes.get(
        "/readyz", "The database answers and has this program's schema", "operations",
        [&program](const web::Request&, access::Context&) {
            return program.db->healthy() ? web::text("ready\n") : web::text("the database does not answer, or a write to the disk failed\n", 503);
        },
        access::Asks::nothing);
    routes.get(
        "/api/v1/openapi.json", "This document", "operations",
        [&program](const web::Request&, access::Context&) { return web::json(web::openapi(program.routes.table(), "1")); }, access::Asks::nothing);
}

}  // namespace

std::string file_text(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw Failure{fmt::format("{} cannot be read.", path)};
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string find_data_folder() {
    char self[4096];
    const auto length = ::readlink("/proc/self/exe", self, sizeof self);
    fs::path at = fs::path{std::string(self, length > 0 ? static_cast<std::size_t>(length) : 0)}.parent_path();
    for (int up = 0; up < 5; ++up, at = at.parent_path())
        if (fs::exists(at / "pathways" / "common") && fs::exists(at / "partnerships")) return at.string();
    if (fs::exists("/usr/share/concord/pathways")) return "/usr/share/concord";
    throw Failure{"Concord's data (pathways, codes, partnerships) was found neither beside the program nor under /usr/share/concord."};
}

std::vector<store::Migration> all_migrations() {
    std::vector<store::Migration> all = ledger::migrations();
    for (auto feature : {access::migrations(), codes::migrations(), subjects::migrations(), cases::migrations(), analysis::migrations()})
        for (auto& migration : feature) all.push_back(std::move(migration));
    return all;
}

namespace {

using Opening = std::function<std::unique_ptr<store::Database>(const store::Settings&)>;

/// Two at work and one that waits for the disk, on two processors: more of them make each other slower (PostgreSQL on the same machine).
int writers_for_this_machine() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) + 1, 3, 16); }

std::string reads_beside(const std::string& database) { return database + ".reads"; }

/// Beside a database file; of a database elsewhere in the system's place for it, or in var/ of the folder in which Concord was started.
std::string usual_documents_folder(const std::string& database) {
    if (!database.starts_with("postgres")) return (fs::path{database}.parent_path() / "documents").string();
    const fs::path system = "/var/lib/concord";
    return (fs::is_directory(system) ? system / "documents" : fs::absolute("var/documents")).string();
}

std::unique_ptr<Program> put_together(const std::string& database, bool must_exist, bool demo_anywhere, const std::string& documents_folder,
                                      const Opening& open) {
    auto program = std::make_unique<Program>();
    program->data_folder = find_data_folder();
    program->db = open({.schema = {}, .url = database, .readers = 16, .writers = writers_for_this_machine(), .must_exist = must_exist});
    program->db->migrate(all_migrations());
    program->ledger = ledger::make_ledger();
    access::register_projections(*program->ledger);
    codes::register_projections(*program->ledger);
    subjects::register_projections(*program->ledger);
    cases::register_projections(*program->ledger);
    const bool one_database = program->db->engine() == store::Engine::postgresql;
    program->reads = access::make_read_log(*program->db, one_database ? nullptr : open({.schema = {}, .url = reads_beside(database), .readers = 2}));
    const auto epoch = std::make_shared<access::Epoch>();
    program->codebooks = std::make_unique<codes::Codebooks>(*program->db, epoch);
    program->library = std::make_unique<cases::PathwayLibrary>(*program->db, *program->codebooks);
    // Documents lie beside an SQLite file; with PostgreSQL in the folder that the program runs from.
    program->documents_folder = documents_folder.empty() ? usual_documents_folder(database) : documents_folder;
    cases::Deps deps = program->case_deps();
    deps.map_figures = recorded_crime_on_map;
    deps.alert_counts = &program->alert_counts;
    const access::Services services{
        *program->db,
        *program->ledger,
        *program->reads,
        program->clock,
        true,
        demo_anywhere,
        [p = program.get()](const web::Request& request, const access::Context* context, int status, std::string_view title, const web::Html& body) {
            return draw_page(p->routes, p->alert_counts, request, context, status, title, body);
        },
        cases::find_thing,
        access::make_metrics(),
        epoch};
    access::add_routes(program->routes, services);
    subjects::add_routes(program->routes);
    access::add_administration(program->routes, services, [p = program.get()] {
        std::vector<std::pair<std::string, std::string>> kinds;
        for (const auto& choice : p->codebooks->current()->offered("source_agencies", p->clock.today()))
            kinds.emplace_back(choice.code, choice.label);
        return kinds;
    });
    codes::add_routes(program->routes, {*program->codebooks, [p = program.get()](store::Reader& reader, std::string_view key) {
                                            return cases::uses_of_rule(reader, *p->library->current(), key, p->clock.today());
                                        }});
    cases::add_routes(program->routes, deps);
    cases::add_referral_routes(program->routes, deps);
    add_operations(program->routes, *program);
    subjects::add_place_pages(program->routes, place_panels());
    subjects::add_person_pages(program->routes, person_panels(), person_standing);
    subjects::add_organisation_pages(program->routes, organisation_panels());
    cases::add_pages(program->routes, deps);
    analysis::add_routes(program->routes, deps);
    add_assets(program->routes);
    program->handler = access::make_handler(program->routes, services);
    return program;
}

}  // namespace

std::unique_ptr<Program> make_program(const std::string& database, bool must_exist, bool demo_anywhere, const std::string& documents_folder) {
    return put_together(database, must_exist, demo_anywhere, documents_folder, store::open);
}
std::unique_ptr<Program> make_program_to_fill(const std::string& database, const std::string& documents_folder) {
    return put_together(database, false, false, documents_folder, store::open_to_fill);
}

void settle(const std::string& database) {
    store::settle(database);
    if (!database.starts_with("postgres")) store::settle(reads_beside(database));
}

bool is_demonstration(Program& program) {
    return program.db->reading([](store::Reader& reader) { return reader.count("select count(*) from app_user where demonstration = 1"); }) > 0;
}

}  // namespace concord::app
