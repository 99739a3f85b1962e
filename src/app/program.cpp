#include "app/program.hpp"

#include "app/place_panels.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "analysis/analysis.hpp"
#include "engine/engine.hpp"
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

std::unique_ptr<Program> make_program(const std::string& database, bool must_exist, bool demo_anywhere) {
    auto program = std::make_unique<Program>();
    program->data_folder = find_data_folder();
    program->db = store::open({.schema = {}, .url = database, .readers = 16, .writers = 16, .must_exist = must_exist});
    program->db->migrate(all_migrations());
    program->ledger = ledger::make_ledger();
    access::register_projections(*program->ledger);
    codes::register_projections(*program->ledger);
    subjects::register_projections(*program->ledger);
    cases::register_projections(*program->ledger);
    program->reads = access::open_read_log(*program->db, database + ".reads");
    program->codebooks = std::make_unique<codes::Codebooks>(*program->db);
    program->library = std::make_unique<cases::PathwayLibrary>(*program->db, *program->codebooks);
    // Documents lie beside an SQLite file; with PostgreSQL in the folder that the program runs from.
    program->documents_folder = (database.starts_with("postgres") ? std::string{"var"} : fs::path{database}.parent_path().string()) + "/documents";
    const cases::Deps deps = program->case_deps();
    const access::Services services{
        *program->db,
        *program->ledger,
        *program->reads,
        program->clock,
        true,
        demo_anywhere,
        [p = program.get()](const web::Request& request, const access::Context* context, int status, std::string_view title, const web::Html& body) {
            return draw_page(p->routes, request, context, status, title, body);
        },
        cases::find_thing,
        access::make_metrics()};
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
    cases::add_pages(program->routes, deps);
    analysis::add_routes(program->routes, deps);
    add_assets(program->routes);
    program->handler = access::make_handler(program->routes, services);
    return program;
}

bool is_demonstration(Program& program) {
    return program.db->reading([](store::Reader& reader) { return reader.count("select count(*) from app_user where demonstration = 1"); }) > 0;
}

int play(Program& program, std::istream& lines, const std::function<void(const Json&)>& print) {
    std::map<std::string, std::string> tokens;
    Json saved = Json::object();
    int failed = 0;
    std::string text;
    for (int line = 1; std::getline(lines, text); ++line) {
        if (text.empty()) continue;
        // ${name} stands for what an earlier line saved.
        for (const auto& [name, value] : saved.members()) {
            const std::string mark = "${" + name + "}";
            const std::string with = value.is_string() ? value.as_string() : to_text(value);
            for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size())) text.replace(at, mark.size(), with);
        }
        const auto parsed = parse_json(text);
        if (!parsed) {
            print(Json::object({{"line", line}, {"status", 0}, {"json", parsed.error().sentence}}));
            ++failed;
            continue;
        }
        const Json& step = *parsed;
        if (const auto at = parse_instant(step["at"].as_string())) program.clock.stand_at(*at);
        const std::string& as = step["as"].as_string();
        if (!as.empty() && tokens.count(as) == 0) {
            const auto user = program.db->reading([&](store::Reader& reader) { return access::user_by_email(reader, as); });
            if (user) tokens[as] = access::create_token(*program.db, user->seq, true, 36500, Instant{0});
        }
        web::Request request{.method = step["method"].is_string() ? step["method"].as_string() : "GET",
                             .path = step["path"].as_string(),
                             .target = step["path"].as_string(),
                             .from_loopback = true,
                             .reference = fmt::format("line-{}", line)};
        if (const auto question = request.path.find('?'); question != std::string::npos) {
            request.query = web::parse_urlencoded(request.path.substr(question + 1)).has_value()
                                ? web::parse_urlencoded(request.path.substr(question + 1)).value()
                                : web::Fields{};
            request.path.erase(question);
        }
        if (!as.empty()) request.headers.emplace_back("authorization", "Bearer " + tokens[as]);
        if (step.has("if_match"))
            request.headers.emplace_back(
                "if-match", step["if_match"].is_string() ? step["if_match"].as_string() : fmt::format("\"{}\"", step["if_match"].as_integer()));
        if (step.has("body")) {
            request.headers.emplace_back("content-type", "application/json");
            request.body = to_text(step["body"]);
        }
        const auto response = program.handler(request);
        const auto json = parse_json(response.body);
        print(Json::object({{"line", line}, {"status", response.status}, {"json", json ? *json : Json{response.body}}}));
        if (json)
            for (const auto& [name, path] : step["save"].members()) {
                Json value = *json;
                std::string rest = path.as_string();
                while (!rest.empty()) {
                    const auto dot = rest.find('.');
                    const std::string key = rest.substr(0, dot);
                    const bool index = !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
                    Json next = index && std::stoul(key) < value.items().size() ? value.items()[std::stoul(key)] : value[key];
                    value = std::move(next);
                    rest = dot == std::string::npos ? "" : rest.substr(dot + 1);
                }
                saved.set(name, value);
            }
        if (step.has("expect")) {
            bool good = !step["expect"].has("status") || step["expect"]["status"].as_integer() == response.status;
            for (const auto& [key, value] : step["expect"].members())
                if (key != "status") good = good && json && (*json)[key] == value;
            failed += good ? 0 : 1;
        }
    }
    return failed;
}

}  // namespace concord::app
