#include <sstream>

#include <toml.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include <fmt/format.h>

#include "app/demo.hpp"
#include "app/open_data.hpp"
#include "app/program.hpp"
#include "base/text.hpp"

/// `concord init`: the partnership's hubs, agencies, pathways, users, and a demonstration that is played through the routes.
namespace concord::app {
namespace {

Result<Done> load_partnership(Program& program, const std::string& folder, bool demo) {
    std::istringstream text{file_text(folder + "/partnership.toml")};
    const auto data = toml::parse(text, folder + "/partnership.toml");
    const std::string hash = demo ? access::hash_password("concord-demo") : std::string{};
    return program.db->writing([&](store::Transaction& tx) -> Result<Done> {
        const ledger::Author author{.at = program.clock.now()};
        std::map<std::string, access::Seq> hubs, agencies;
        for (const auto& one : toml::find<toml::array>(data, "hub")) {
            auto made = access::create_hub(tx, *program.ledger, author, toml::find<std::string>(one, "code"), toml::find<std::string>(one, "name"));
            if (!made) return made.error();
            hubs[toml::find<std::string>(one, "code")] = *made;
        }
        for (const auto& one : toml::find<toml::array>(data, "agency")) {
            auto made = access::create_agency(tx, *program.ledger, author, toml::find<std::string>(one, "code"), toml::find<std::string>(one, "name"),
                                              toml::find<std::string>(one, "kind"));
            if (!made) return made.error();
            agencies[toml::find<std::string>(one, "code")] = *made;
        }
        if (!demo) return Done{};
        for (const auto& one : toml::find<toml::array>(data, "user")) {
            access::NewUser user{.email = toml::find<std::string>(one, "email"),
                                 .name = toml::find<std::string>(one, "name"),
                                 .agency = agencies[toml::find<std::string>(one, "agency")],
                                 .roles = toml::find<std::vector<std::string>>(one, "roles"),
                                 .demonstration = true};
            for (const auto& hub : toml::find<std::vector<std::string>>(one, "hubs")) user.hubs.push_back(hubs[hub]);
            auto made = access::create_user(tx, *program.ledger, author, user, hash);
            if (!made) return made.error();
        }
        return Done{};
    });
}

Result<Done> load_codes(Program& program) {
    const auto files = codes::read_folder(program.data_folder + "/codes");
    return program.db->writing([&](store::Transaction& tx) -> Result<Done> {
        auto loaded = codes::load(tx, *program.ledger, {.at = program.clock.now()}, files);
        if (!loaded) return loaded.error();
        return Done{};
    });
}

Result<Done> load_pathways(Program& program) {
    const std::string folder = program.data_folder + "/pathways";
    const auto common = cases::read_folder(folder + "/common");
    std::vector<std::string> names;
    for (const auto& found : std::filesystem::directory_iterator{folder})
        if (found.is_directory() && found.path().filename() != "common") names.push_back(found.path().filename().string());
    std::sort(names.begin(), names.end());
    return program.db->writing([&](store::Transaction& tx) -> Result<Done> {
        for (const auto& name : names) {
            std::vector<engine::Problem> problems;
            auto loaded =
                cases::load_pathway(tx, *program.ledger, {.at = program.clock.now()}, cases::read_folder(folder + "/" + name), common, problems);
            if (!loaded) return loaded.error();
        }
        return Done{};
    });
}

/// Plays the demonstration. What was refused is told; the rest stands, so that the pilot can be looked at.
Made play_demonstration(Program& program, const std::string& folder, unsigned seed, DemoSize size) {
    const std::string lines = demo::lines(folder, program.codebooks->current()->calendar(), program.clock.today(), seed, size);
    std::istringstream text{lines}, again{lines};
    Made made;
    std::string line;
    play(program, text, [&](const Json& answer) {
        std::getline(again, line);
        ++made.lines;
        const auto status = answer["status"].as_integer();
        if (status >= 400 || status == 0 || answer.has("failed"))
            made.refused.push_back(fmt::format("{}\n  {}", cut(line, 1500), cut(to_text(answer), 700)));
    });
    return made;
}

}  // namespace

Result<Made> init(Program& program, const std::string& partnership, bool demo, unsigned seed, DemoSize size) {
    const auto streams = program.db->reading([](store::Reader& reader) { return reader.count("select count(*) from stream"); });
    if (streams != 0) return Refusal{Because::not_now, "init.not_empty", "This database has been initialised already: nothing was changed."};
    if (partnership.find('/') != std::string::npos)
        return Refusal{Because::invalid, "init.partnership", "The partnership is a name like north-yorkshire."};
    if (auto loaded = load_partnership(program, program.data_folder + "/partnerships/" + partnership, demo); !loaded) return loaded.error();
    if (auto loaded = load_codes(program); !loaded) return loaded.error();
    if (auto loaded = load_pathways(program); !loaded) return loaded.error();
    if (auto loaded = load_places(program, program.data_folder + "/partnerships/" + partnership); !loaded) return loaded.error();
    if (auto loaded = load_open_data(program, program.data_folder + "/partnerships/" + partnership, demo); !loaded) return loaded.error();
    program.library->refresh();
    if (demo && size != DemoSize::users_only) {
        const SettableClock::Keeper keeper{program.clock};
        return play_demonstration(program, program.data_folder + "/partnerships/" + partnership, seed, size);
    }
    return Made{};
}

}  // namespace concord::app
