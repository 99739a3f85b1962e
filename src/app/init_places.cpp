#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <toml.hpp>

#include "app/open_data.hpp"
#include "subjects/subjects.hpp"

/// What `concord init` knows of places before the first report comes in.
namespace concord::app {
namespace {

namespace fs = std::filesystem;

/// The hubs' boundaries as partnership.toml has them: boundary = code of a district; boundary_since, boundary_until: days, where they are known.
Result<Done> set_boundaries(store::Transaction& tx, Program& program, const ledger::Author& author, const std::string& file) {
    std::istringstream text{file_text(file)};
    const auto data = toml::parse(text, file);
    const auto day = [](const toml::value& hub, const char* key) -> std::optional<Date> {
        if (!hub.contains(key)) return {};
        const auto said = toml::find<toml::local_date>(hub, key);
        return make_date(said.year, said.month + 1, said.day);
    };
    for (const auto& one : toml::find<toml::array>(data, "hub")) {
        if (!one.contains("boundary")) continue;
        const auto hub = access::hub_by_code(tx, toml::find<std::string>(one, "code"));
        if (!hub) continue;
        auto set = subjects::set_hub_boundary(tx, *program.ledger, author, hub->seq, "district", toml::find<std::string>(one, "boundary"),
                                              day(one, "boundary_since"), day(one, "boundary_until"));
        if (!set) return set;
    }
    return Done{};
}

}  // namespace

Result<Done> load_places(Program& program, const std::string& partnership_folder) {
    const ledger::Author author{.user = 0, .agency = 0, .purpose = "init", .at = program.clock.now()};
    const std::string rules_file = program.data_folder + "/codes/flags/repeat_flags.toml", data = partnership_folder + "/data/";
    auto rules = subjects::read_flag_rules(file_text(rules_file), rules_file);
    if (!rules) return rules.error();
    std::optional<subjects::AreaData> areas;
    if (fs::exists(data + "areas.toml")) {
        auto read = subjects::read_areas([&](const std::string& file) { return file_text(data + file); });
        if (!read) return read.error();
        areas = std::move(*read);
    }
    return program.db->writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto loaded = subjects::load_flag_rules(tx, *program.ledger, author, *rules); !loaded) return loaded;
        if (!areas) return Done{};
        if (auto loaded = subjects::load_areas(tx, *program.ledger, author, *areas); !loaded) return loaded;
        return set_boundaries(tx, program, author, partnership_folder + "/partnership.toml");
    });
}

}  // namespace concord::app
