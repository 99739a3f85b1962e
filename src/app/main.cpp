#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "access/epoch.hpp"
#include "app/administrator.hpp"
#include "app/imports.hpp"
#include "app/load_county.hpp"
#include "app/open_data.hpp"
#include "app/program.hpp"
#include "app/sealing_key.hpp"
#include "app/settings.hpp"
#include "engine/engine.hpp"
#include "subjects/subjects.hpp"

/// The command line: exit 0 done, 1 refused or failed, 2 wrong usage; results on stdout, progress and problems on stderr.
namespace {

using namespace concord;

web::Server* running = nullptr;

int refused(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return 1;
}

void print_users() {
    std::printf(
        "Demonstration users, password concord-demo (invented people):\n"
        "  officer@scarborough.example    hub officer, Scarborough\n  manager@scarborough.example    hub manager, Scarborough\n  "
        "police@scarborough.example     police member of the same hub\n"
        "  housing@partner.example        housing provider, partner agency\n  officer@york.example           hub officer, York\n  "
        "analyst@nycsp.example          analyst\n  coordinator@nycsp.example      coordinator\n"
        "  chair@nycsp.example            chair\n  ig@nycsp.example               information governance\n  admin@nycsp.example            system "
        "administrator\n");
}

struct Options {
    std::string db = "var/concord.db", partnership = "north-yorkshire", now, file, user, scope = "write", address = "127.0.0.1", certificate, key;
    std::string hub, dates, documents, sealing_key, admin_email, admin_name, demo_size = "full";
    std::vector<std::string> paths;
    bool demo = false, test = false, json = false, check = false, demo_anywhere = false, dry_run = false, skip_bad = false, once = false,
         password_stdin = false;
    unsigned seed = 1;
    int port = 8080, days = 30;
};

/// A page is some hundred kilobytes made of many pieces: memory given back to the system after each is asked for again, page by page, by the next.
void keep_memory() {
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
}

int serve(const Options& o) {
    auto program = app::make_program(o.db, true, o.demo_anywhere, o.documents);
    if (!o.now.empty()) {
        auto at = parse_instant(o.now);
        if (const auto day = parse_date(o.now)) at = london_midnight(*day) + std::chrono::hours{9};  // a day: its morning
        if (!at) return refused("--now takes a moment like 2026-04-01T09:30:00Z, or a day like 2026-04-01.");
        if (!app::is_demonstration(*program)) return refused("The clock can be moved in demonstration and test databases only.");
        program->clock.run_from(*at);
    }
    const std::string key_file = app::sealing_key_file(o.sealing_key, o.db);
    const auto key = app::read_sealing_key(key_file);
    if (!key) return refused(key.error().sentence);
    web::ServerSettings settings;
    settings.address = o.address;
    settings.port = o.port;
    settings.certificate_file = o.certificate;
    settings.key_file = o.key;
    keep_memory();
    const auto server = web::make_server(settings, program->handler, [](const web::Request& request) {
        const bool stranger = request.method == "GET" && request.path == "/sign-in" && request.header("cookie").empty();
        return stranger || request.path == "/healthz" || request.path.starts_with("/assets/");
    });
    running = server.get();
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { running->stop(); });
    std::atomic<bool> ending{false};
    // Every minute the ledger is sealed, and on a new day the limits of the busiest places are worked out.
    std::thread keeping{[&] {
        const auto keep = [](std::string_view what, const auto& work) {  // what fails keeps nothing else from being done
            try {
                work();
            } catch (const std::exception& error) { spdlog::error("{} failed: {}", what, error.what()); }
        };
        for (int second = 0; !ending; ++second) {
            if (second % 60 == 0)
                keep("the limits of the busiest places", [&] { subjects::refresh_busy_limits(*program->db, program->clock.today()); });
            if (second % 60 == 59) keep("sealing", [&] { ledger::seal(*program->db, program->clock.now(), *key); });
            std::this_thread::sleep_for(std::chrono::seconds{1});
        }
    }};
    std::printf("Concord is ready at %s://%s:%d\n", o.certificate.empty() ? "http" : "https", o.address.c_str(), server->port());
    if (app::is_demonstration(*program)) print_users();
    std::fflush(stdout);
    server->run();
    ending = true;
    keeping.join();
    return 0;
}

int init(const Options& typed) {
    Options o = typed;
    if (o.test) {  // a demonstration without its cases
        o.demo = true;
        o.demo_size = "users";
    }
    // Everything that may be wrong is asked before anything is made.
    std::optional<app::FirstAdministrator> administrator;
    if (!o.demo) {
        auto asked = app::ask_for_administrator(o.admin_email, o.admin_name, o.password_stdin);
        if (!asked) return refused(asked.error().sentence);
        administrator = std::move(asked).value();
    }
    const std::string key_file = app::sealing_key_file(o.sealing_key, o.db);
    if (const std::string folder = app::find_data_folder() + "/partnerships/" + o.partnership; !std::filesystem::exists(folder + "/partnership.toml"))
        return refused("There is no partnership " + o.partnership + ": a folder of that name below partnerships/ holds its partnership.toml.");
    if (auto made = app::make_sealing_key(key_file); !made) return refused(made.error().sentence);
    if (const auto key = app::read_sealing_key(key_file); !key) return refused(key.error().sentence);
    auto program = app::make_program_to_fill(o.db, o.documents);
    spdlog::set_level(spdlog::level::warn);
    std::fprintf(stderr, "Making %s in %s ...\n", o.partnership.c_str(), o.db.c_str());
    const auto done = app::init(*program, o.partnership, o.demo, o.seed,
                                o.demo_size == "full"    ? app::DemoSize::full
                                : o.demo_size == "small" ? app::DemoSize::small
                                                         : app::DemoSize::users_only);
    if (!done && o.once && done.error().code == "init.not_empty") return 0;
    if (!done) return refused(done.error().sentence);
    if (administrator)
        if (const auto added = app::add_first_administrator(*program, *administrator); !added) return refused(added.error().sentence);
    program.reset();
    app::settle(o.db);
    for (const auto& line : done->refused) std::fprintf(stderr, "Refused: %s\n", line.c_str());
    if (!done->refused.empty())
        std::fprintf(stderr, "%zu of %d lines of the demonstration were refused. That is a mistake in it; the rest stands.\n", done->refused.size(),
                     done->lines);
    std::fprintf(stderr, "Done. The key that seals the ledger is %s: keep a copy of it away from the database.\n", key_file.c_str());
    return 0;
}

int verify(const Options& o) {
    auto db = store::open({.schema = {}, .url = o.db, .must_exist = true});
    const auto result = ledger::verify(*db);
    Json answer = Json::object({{"streams", result.streams}, {"events", result.events}, {"ok", !result.first_bad.has_value()}});
    if (result.first_bad)
        answer.set("first_bad",
                   Json::object({{"stream", result.first_bad->stream}, {"version", result.first_bad->version}, {"why", result.first_bad->why}}));
    std::cout << to_text(answer) << "\n";
    return result.first_bad ? 1 : 0;
}

int rebuild(const Options& o) {
    auto program = app::make_program(o.db, true, false, o.documents);
    const auto started = std::chrono::steady_clock::now();
    const auto result =
        ledger::rebuild(*program->db, *program->ledger, app::all_migrations(), o.check ? ledger::Rebuild::check : ledger::Rebuild::swap);
    if (!o.check) program->db->write([](store::Transaction& tx) { return access::forget_kept(tx), true; });
    Json tables = Json::array();
    bool equal = true;
    for (const auto& table : result.tables) {
        tables.push(Json::object({{"table", table.table}, {"rows", table.rows}, {"equal", table.equal}}));
        equal = equal && table.equal;
    }
    std::cout << to_text(Json::object({{"events", result.events},
                                       {"tables", tables},
                                       {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()}}))
              << "\n";
    return equal || !o.check ? 0 : 1;
}

int play(const Options& o) {
    auto program = app::make_program(o.db, true, false, o.documents);
    spdlog::set_level(spdlog::level::warn);
    if (!app::is_demonstration(*program)) return refused("play works on databases made with `init --demo` or `init --test` only.");
    std::ifstream file{o.file};
    if (!file) return refused(o.file + " cannot be opened: is the name right?");
    return app::play(*program, file, [](const Json& line) { std::cout << to_text(line) << "\n"; }) == 0 ? 0 : 1;
}

int import_referrals(const Options& o) {
    auto program = app::make_program(o.db, true, false, o.documents);
    spdlog::set_level(spdlog::level::warn);
    return app::import_referrals(
        *program, {.file = o.file, .as = o.user, .hub = o.hub, .dates = o.dates, .dry_run = o.dry_run, .skip_bad = o.skip_bad, .json = o.json});
}

int import_police_crime(const Options& o) {
    spdlog::set_level(spdlog::level::warn);
    return app::import_police_crime(*app::make_program(o.db, true, false, o.documents), {.files = o.paths, .json = o.json});
}

int load_county(const Options& o) {
    if (auto made = app::make_sealing_key(app::sealing_key_file(o.sealing_key, o.db)); !made) return refused(made.error().sentence);
    auto program = app::make_program(o.db, false, false, o.documents);
    spdlog::set_level(spdlog::level::warn);
    const bool shown = isatty(STDERR_FILENO) != 0;
    const auto loaded = app::load_county(*program, o.file, [&](std::int64_t done, std::int64_t of) {
        const int part = of == 0 ? 100 : static_cast<int>(std::min<std::int64_t>(100, done * 100 / of));
        const std::string bar(static_cast<std::size_t>(part) / 4, '#');
        if (shown) std::fprintf(stderr, "\rcases and notes [%-25s] %3d %%", bar.c_str(), part);
    });
    if (shown) std::fprintf(stderr, "\n");
    if (!loaded) return refused(loaded.error().sentence);
    std::cout << to_text(*loaded) << "\n";
    return 0;
}

int token(const Options& o) {
    auto program = app::make_program(o.db, true, false, o.documents);
    const auto user = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, o.user); });
    if (!user) return refused("There is no user " + o.user + ".");
    std::cout << access::create_token(*program->db, user->seq, o.scope == "write", o.days, program->clock.now()) << "\n";
    return 0;
}

int check_pathways(const Options& o) {
    const std::string data = app::find_data_folder();
    const auto common = cases::read_folder(data + "/pathways/common");
    const auto files = codes::read_folder(data + "/codes");
    const auto book = files.codebook();
    Json all = Json::array();
    for (const auto& problem : files.problems)
        all.push(Json::object({{"file", problem.file}, {"line", problem.line}, {"problem", problem.problem}, {"remedy", problem.remedy}}));
    for (const auto& problem : files.problems)
        if (!o.json) std::printf("%s:%d: %s: %s\n", problem.file.c_str(), problem.line, problem.problem.c_str(), problem.remedy.c_str());
    for (const auto& path : o.paths) {
        if (!std::filesystem::is_directory(path)) {
            const engine::Problem none{path, 0, "there is no such folder", "give the folder that holds the pathway.toml"};
            all.push(Json::object({{"file", path}, {"line", 0}, {"problem", none.problem}, {"remedy", none.remedy}}));
            if (!o.json) std::printf("%s: %s: %s\n", path.c_str(), none.problem.c_str(), none.remedy.c_str());
            continue;
        }
        const auto source = cases::read_folder(path);
        auto loading = engine::load(source, common, book.lists, book.rules);
        auto problems = loading.problems;
        if (loading.definition)
            for (const auto& [file, text] : cases::read_folder(path, true).files)
                if (file.starts_with("examples/"))
                    for (auto& problem : engine::run_story(*loading.definition, file, text, book.calendar())) problems.push_back(std::move(problem));
        for (const auto& problem : problems) {
            all.push(Json::object(
                {{"file", path + "/" + problem.file}, {"line", problem.line}, {"problem", problem.problem}, {"remedy", problem.remedy}}));
            if (!o.json)
                std::printf("%s/%s:%d: %s: %s\n", path.c_str(), problem.file.c_str(), problem.line, problem.problem.c_str(), problem.remedy.c_str());
        }
    }
    if (o.json) std::cout << to_text(all) << "\n";
    return all.items().empty() ? 0 : 1;
}

int load_pathways(const Options& o) {
    auto program = app::make_program(o.db, true, false, o.documents);
    for (const auto& path : o.paths) {
        std::vector<engine::Problem> problems;
        const auto loaded = program->db->writing([&](store::Transaction& tx) {
            return cases::load_pathway(tx, *program->ledger, {.at = program->clock.now()}, cases::read_folder(path),
                                       cases::read_folder(program->data_folder + "/pathways/common"), problems);
        });
        for (const auto& problem : problems)
            std::fprintf(stderr, "%s/%s:%d: %s: %s\n", path.c_str(), problem.file.c_str(), problem.line, problem.problem.c_str(),
                         problem.remedy.c_str());
        if (!loaded) return refused(loaded.error().sentence);
        std::cout << to_text(Json::object({{"name", loaded->name}, {"version", loaded->version}, {"new", loaded->is_new}})) << "\n";
    }
    return 0;
}

int load_codes(const Options& o) {
    auto program = app::make_program(o.db, true, false, o.documents);
    const auto files = codes::read_folder(o.file);
    for (const auto& problem : files.problems)
        std::fprintf(stderr, "%s:%d: %s: %s\n", problem.file.c_str(), problem.line, problem.problem.c_str(), problem.remedy.c_str());
    const auto loaded =
        program->db->writing([&](store::Transaction& tx) { return codes::load(tx, *program->ledger, {.at = program->clock.now()}, files); });
    if (!loaded) return refused(loaded.error().sentence);
    for (const auto& sentence : loaded->left_alone) std::fprintf(stderr, "Left alone: %s\n", sentence.c_str());
    std::cout << to_text(Json::object({{"lists", loaded->lists},
                                       {"codes", loaded->codes},
                                       {"labels", loaded->labels},
                                       {"rules", loaded->rules},
                                       {"rows", loaded->rows},
                                       {"calendars", loaded->calendars},
                                       {"days", loaded->days},
                                       {"left_alone", loaded->left_alone.size()}}))
              << "\n";
    return 0;
}

/// A pathway of the files that came with Concord, a folder, or one that was loaded into the database.
int describe(const Options& o) {
    const std::string data = app::find_data_folder();
    const std::string folder = std::filesystem::is_directory(o.file) ? o.file : data + "/pathways/" + o.file;
    if (!std::filesystem::is_directory(folder)) {
        const bool remote = o.db.starts_with("postgres");
        if (!remote && !std::filesystem::exists(o.db)) return refused("There is no pathway " + o.file + ".");
        auto program = app::make_program(o.db, true, false, o.documents);
        const auto pathways = program->library->current();
        const auto* one = pathways->current(o.file, london_date(program->clock.now()));
        if (one == nullptr) return refused("There is no pathway " + o.file + ".");
        std::cout << engine::describe(*one);
        return 0;
    }
    const auto book = codes::read_folder(data + "/codes").codebook();
    const auto loading = engine::load(cases::read_folder(folder), cases::read_folder(data + "/pathways/common"), book.lists, book.rules);
    if (!loading.definition) return refused("The pathway " + o.file + " has mistakes: see `concord pathway check`.");
    std::cout << engine::describe(*loading.definition);
    return 0;
}

int make_key(const Options& o) {
    const std::string file = app::sealing_key_file(o.sealing_key, o.db);
    if (auto made = app::make_sealing_key(file); !made) return refused(made.error().sentence);
    if (const auto key = app::read_sealing_key(file); !key) return refused(key.error().sentence);
    std::cout << file << "\n";
    return 0;
}

/// The whole route table, pages and API, for the checks that walk it.
int list_routes(const Options&) {
    char folder[] = "/tmp/concord-routes.XXXXXX";
    if (::mkdtemp(folder) == nullptr) return refused("A folder in /tmp cannot be made.");
    const auto program = app::make_program(std::string{folder} + "/empty.db", false);
    Json all = Json::array();
    for (const auto& route : program->routes.table().all())
        all.push(Json::object({{"method", route.method}, {"pattern", route.pattern}, {"summary", route.summary}, {"tag", route.tag}}));
    std::filesystem::remove_all(folder);
    std::cout << to_pretty(all) << "\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    CLI::App cli{"Concord, the working system of a Community Safety Partnership"};
    cli.require_subcommand(1);
    app::Settings settings;
    std::function<int()> run;
    const auto command = [&](CLI::App& parent, const std::string& name, const std::string& what, int (*f)(const Options&)) {
        auto* sub = parent.add_subcommand(name, what);
        settings.add(*sub, "db", o.db, "database: a file, or postgresql://...", true);
        settings.add(*sub, "documents", o.documents,
                     "folder of the documents; beside a database file, /var/lib/concord/documents or var/documents otherwise");
        settings.add_config_option(*sub);
        sub->add_flag("--json", o.json, "results for machines");
        sub->callback([&run, &o, f] { run = [&o, f] { return f(o); }; });
        return sub;
    };
    auto* make = command(cli, "init", "makes a database", init);
    const auto add_sealing_key = [&](CLI::App& sub) {
        settings.add(sub, "sealing-key", o.sealing_key, "file of the key that seals the ledger; concord.key beside the database otherwise");
    };
    make->add_option("--partnership", o.partnership, "folder below partnerships/");
    make->add_flag("--demo", o.demo, "with demonstration users and cases");
    make->add_flag("--test", o.test, "with demonstration users and no cases: for tests, whose clock may be moved");
    make->add_option("--seed", o.seed, "of the demonstration");
    make->add_option("--demo-size", o.demo_size, "full: about 400 cases; small: about 45; users: none")
        ->check(CLI::IsMember(std::vector<std::string>{"full", "small", "users"}));
    add_sealing_key(*make);
    make->add_option("--admin-email", o.admin_email, "without --demo: e-mail address of the first administrator");
    make->add_option("--admin-name", o.admin_name, "without --demo: their name");
    make->add_flag("--password-stdin", o.password_stdin, "their password is the first line of standard input; asked on a terminal otherwise");
    make->add_flag("--once", o.once, "a database that has been initialised already is left as it is, and that is no mistake");
    auto* server = command(cli, "serve", "serves the pages and the API", serve);
    const auto add_server_settings = [&](CLI::App& sub) {
        settings.add(sub, "port", o.port, "port");
        settings.add(sub, "address", o.address, "address to listen on");
        settings.add(sub, "certificate", o.certificate, "PEM file; TLS");
        settings.add(sub, "key", o.key, "PEM file; TLS");
        add_sealing_key(sub);
        settings.add(sub, "demo-anywhere", o.demo_anywhere, "demonstration users may sign in from other machines");
    };
    add_server_settings(*server);
    server->add_option("--now", o.now, "starts the clock of a demonstration there");
    command(cli, "verify", "checks every chain of the ledger", verify);
    command(cli, "rebuild", "replays the ledger", rebuild)->add_flag("--check", o.check, "compare, change nothing");
    command(cli, "play", "plays lines of JSON through the routes", play)->add_option("file", o.file, "lines of JSON")->required();
    auto* imports = cli.add_subcommand("import", "brings data in from files");
    imports->require_subcommand(1);
    auto* referrals = command(*imports, "referrals", "reports from a CSV file, each through the same rules as the API", import_referrals);
    referrals->add_option("file", o.file, "CSV file")->required();
    referrals->add_flag("--dry-run", o.dry_run, "try everything, store nothing");
    referrals->add_flag("--skip-bad", o.skip_bad, "store the good rows although others are bad");
    referrals->add_option("--as", o.user, "e-mail of the user who imports; the first system administrator otherwise");
    referrals->add_option("--hub", o.hub, "code of the hub for rows without one");
    referrals->add_option("--dates", o.dates, "how the file writes days: dmy (8/7/2026 is in July) or mdy")
        ->check(CLI::IsMember(std::vector<std::string>{"dmy", "mdy"}));
    command(*imports, "police-crime", "street-level crime of data.police.uk: a month of a force replaces the one that stood there",
            import_police_crime)
        ->add_option("file", o.paths, "street files: .csv, .csv.gz, or .zip as downloaded")
        ->required();
    auto* loads = cli.add_subcommand("load", "loads data for load and comparison");
    loads->require_subcommand(1);
    auto* county = command(*loads, "county", "the CSV files of an invented county, through the ledger, into a new database", load_county);
    county->add_option("folder", o.file, "folder with cases.csv, notes.csv ...")->required();
    add_sealing_key(*county);
    command(cli, "backup", "copies the database while it runs",
            [](const Options& p) { return store::open({.schema = {}, .url = p.db, .must_exist = true})->backup(p.file), 0; })
        ->add_option("file", o.file, "new file")
        ->required();
    command(cli, "restore", "restores a backup into an empty place",
            [](const Options& p) {
                const auto done = store::restore(p.file, {.schema = {}, .url = p.db});
                return done ? 0 : refused(done.error().sentence);
            })
        ->add_option("file", o.file, "backup")
        ->required();
    auto* ledger_commands = cli.add_subcommand("ledger", "the ledger");
    auto* exporting = command(*ledger_commands, "export", "envelopes, hashes and signed heads as JSON lines", [](const Options& p) {
        const auto db = store::open({.schema = {}, .url = p.db, .must_exist = true});
        if (!p.user.empty() && !db->reading([&](store::Reader& reader) { return access::agency_by_code(reader, p.user).has_value(); }))
            return refused("There is no agency " + p.user + ": give its code.");
        std::ofstream out{p.file};
        ledger::export_ledger(*db, [&](const std::string& line) { out << line << "\n"; });
        return out ? 0 : refused(p.file + " cannot be written.");
    });
    exporting->add_option("--agency", o.user, "agency that receives it");
    exporting->add_option("file", o.file, "file to write")->required();
    ledger_commands->require_subcommand(1);
    auto* tokens = cli.add_subcommand("token", "API tokens");
    tokens->require_subcommand(1);
    auto* create = command(*tokens, "create", "prints a token", token);
    create->add_option("--user", o.user, "e-mail address")->required();
    create->add_option("--scope", o.scope, "read or write")->check(CLI::IsMember(std::vector<std::string>{"read", "write"}));
    create->add_option("--days", o.days, "how long it holds")->check(CLI::Range(1, 36500));
    auto* keys = cli.add_subcommand("key", "the key that seals the ledger");
    keys->require_subcommand(1);
    settings.add(*command(*keys, "make", "makes the key where there is none, and prints its file", make_key), "sealing-key", o.sealing_key,
                 "file of the key");
    auto* config = cli.add_subcommand("config", "settings");
    config->require_subcommand(1);
    auto* show = command(*config, "show", "what holds, and where it comes from; no secrets", [](const Options&) { return 0; });
    add_server_settings(*show);
    show->callback([&] {
        run = [&] {
            Json all = Json::object();
            for (const auto& one : settings.show()) {
                const std::string value = one.name == "sealing-key" ? app::sealing_key_file(o.sealing_key, o.db) : one.value;
                all.set(one.name, Json::object({{"value", value}, {"from", one.from}}));
                if (!o.json) std::printf("%-14s %-40s %s\n", one.name.c_str(), value.c_str(), one.from.c_str());
            }
            if (o.json) std::cout << to_text(all) << "\n";
            return 0;
        };
    });
    auto* lists = cli.add_subcommand("codes", "code lists, dated rules and calendars");
    lists->require_subcommand(1);
    command(*lists, "load", "brings what is new in a folder into the database; takes nothing away", load_codes)
        ->add_option("dir", o.file, "folder like codes/, with rules/ and calendars/")
        ->required();
    auto* pathways = cli.add_subcommand("pathway", "pathways");
    pathways->require_subcommand(1);
    command(*pathways, "check", "says what is wrong with pathways", check_pathways)->add_option("path", o.paths, "folders")->required();
    command(*pathways, "load", "loads pathways into the database", load_pathways)->add_option("path", o.paths, "folders")->required();
    command(*pathways, "describe", "prints a pathway for a case officer", describe)->add_option("name", o.file, "name")->required();
    command(*pathways, "schema", "JSON Schema of the format", [](const Options&) { return std::cout << to_pretty(engine::schema()) << "\n", 0; });
    command(cli, "routes", "prints the route table", list_routes)->group("");
    command(cli, "version", "prints the version", [](const Options&) {
        return std::cout << to_text(Json::object({{"version", "0.1.0"}, {"schema", app::all_migrations().back().number}, {"engine", 1}})) << "\n", 0;
    });
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = cli.exit(error);
        return code == 0 ? 0 : 2;
    }
    try {
        if (const auto filled = settings.fill(); !filled) {
            refused(filled.error().sentence);
            return 2;
        }
        return run ? run() : 2;
    } catch (const std::exception& error) { return refused(error.what()); }
}
