#include <sstream>

#include <toml.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include <fmt/format.h>

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

// ---- The demonstration: invented people, played through the routes

struct Maker {
    std::mt19937 random;
    template <class List>
    const auto& pick(const List& list) {
        return list[random() % std::size(list)];
    }
    int number(int from, int to) { return from + static_cast<int>(random() % static_cast<unsigned>(to - from + 1)); }
};

constexpr std::array given{"Katie", "Asha",    "Marek", "Joan",  "Liam",  "Olivia", "Peter", "Sunita", "Harry", "Grace", "Ewa",     "Tom",
                           "Zoë",   "Ibrahim", "Rosie", "Derek", "Molly", "Callum", "Ruth",  "Daniel", "Anita", "Frank", "Bethany", "George"};
constexpr std::array family{"Marshall", "Bowes", "Kowalski", "Lowe",  "Pratt",     "Ashby",     "Thwaite",  "Gurung",   "Dixon",   "Harker",
                            "Metcalfe", "Nowak", "Skelton",  "Raven", "Otterburn", "Stockdale", "Fairbank", "Ibbotson", "Calvert", "Horsfield"};
constexpr std::array streets{"Trafalgar Court", "Dean Road",         "Victoria Road",     "Candler Street", "Aberdeen Walk",
                             "Eastfield Grove", "North Marine Road", "Falsgrave Terrace", "Ramshill Close", "Castle Rise"};
constexpr std::array problems{"Shouting and banging at night", "Youths gathering by the garages", "Threats at the front door",
                              "Noise from the flat above",     "Off-road bikes on the footpath",  "Strangers visiting at all hours",
                              "Graffiti and broken glass",     "Fireworks thrown at cars",        "Rubbish burned in the yard",
                              "Abuse at the bus stop"};
constexpr std::array kinds{"b01", "b07", "b02", "b04", "b18", "b16", "b08", "b10", "b20", "b01"};
constexpr std::array sources{"public", "rp", "pol", "sch", "la_env", "frs"};

class Demonstration {
public:
    Demonstration(Program& program, unsigned seed) : program_{program}, maker_{std::mt19937{seed}} {}

    int play_all(int count) {
        const Instant now = program_.clock.now();
        Instant at = now + std::chrono::hours{-24 * 46};
        for (int i = 0; i < count; ++i) {
            at = at + std::chrono::minutes{maker_.number(500, 1500)};
            if (at + std::chrono::hours{100} > now) break;  // nothing of the demonstration lies in the future
            one_case(i, at);
        }
        std::istringstream text{lines_};
        int line_count = 0;
        int refused = 0;
        const int failed = play(program_, text, [&](const Json& answer) {
            ++line_count;
            const auto status = answer["status"].as_integer();
            if (status >= 400 && refused++ < 3) std::fprintf(stderr, "demonstration line %d: %s\n", line_count, to_text(answer).c_str());
        });
        return failed + refused;
    }

private:
    void say(Instant at, std::string_view as, std::string_view method, const std::string& path, const Json& body, const Json& save = {},
             std::string_view if_match = {}) {
        Json line = Json::object({{"at", to_rfc3339(at)}, {"as", as}, {"method", method}, {"path", path}, {"body", body}});
        if (!save.is_null()) line.set("save", save);
        if (!if_match.empty()) line.set("if_match", std::string{"\""} + std::string{if_match} + "\"");
        lines_ += to_text(line) + "\n";
    }
    Json person(std::string_view role, int i) {
        return Json::object({{"role", role},
                             {"given_name", maker_.pick(given)},
                             {"family_name", maker_.pick(family)},
                             {"date_of_birth", fmt::format("{}-{:02}-{:02}", maker_.number(1945, 2011), maker_.number(1, 12), maker_.number(1, 28))},
                             {"address", fmt::format("{} {}", maker_.number(1, 60), maker_.pick(streets))},
                             {"postcode", fmt::format("YO1{} {}QP", maker_.number(1, 2), maker_.number(1, 9))},
                             {"phone", fmt::format("07700 900{:03}", i % 1000)}});
    }

    void one_case(int i, Instant at) {
        const bool york = i % 5 == 4;
        const std::string hub = york ? "york" : "scarborough", officer = york ? "officer@york.example" : "officer@scarborough.example",
                          manager = york ? "manager@york.example" : "manager@scarborough.example";
        const std::size_t what = maker_.random() % problems.size();
        const std::string street{maker_.pick(streets)};
        Json people = Json::array({person("victim", i)});
        if (i % 2 == 0) people.push(person("suspected", i + 500));
        say(at, officer, "POST", "/api/v1/referrals",
            Json::object(
                {{"channel", "phone"},
                 {"source_agency", maker_.pick(sources)},
                 {"consent_to_share", "yes"},
                 {"behaviour_type", Json::array({kinds[what]})},
                 {"nsir_category", "personal"},
                 {"hub", hub},
                 {"ongoing_now", false},
                 {"anonymous", false},
                 {"narrative",
                  fmt::format("{} in {}. It has been going on for some weeks and it is getting worse. Demonstration text, nobody in it exists.",
                              problems[what], street)},
                 {"location", Json::object({{"text", street}})},
                 {"people", people}}),
            Json::object({{"r", "id"}}));
        if (i % 9 == 8) return;  // still to be triaged
        const bool high = i % 6 == 0;
        say(at + std::chrono::hours{3}, officer, "POST", "/api/v1/referrals/${r}/triage",
            Json::object({{"decision", "accept_new"},
                          {"title", fmt::format("{}, {}", problems[what], street)},
                          {"lead", officer},
                          {"thrive", Json::object({{"threat", high ? "significant" : "low"},
                                                   {"harm", "moderate"},
                                                   {"risk", "likely"},
                                                   {"investigation", "visit"},
                                                   {"vulnerability", high ? "yes_temp" : "no"},
                                                   {"repeat", i % 3 == 0},
                                                   {"grade", high ? "priority" : "standard"}})}}),
            Json::object({{"c", "case"}}));
        const std::string at_case = "/api/v1/cases/${c}";
        say(at + std::chrono::hours{26}, officer, "POST", at_case + "/entries",
            Json::object({{"kind", "contact"},
                          {"with", "victim"},
                          {"outcome", "made"},
                          {"text", "Spoke by telephone. Keeping a diary, and glad that somebody rang back the next day."}}));
        say(at + std::chrono::hours{27}, officer, "PATCH", at_case + "/forms/victim_risk",
            Json::object({{"q1", high ? "3" : "1"},
                          {"q2", "yes"},
                          {"q3", high ? "yes" : "no"},
                          {"q4", "sight"},
                          {"q5", high ? "now" : "no"},
                          {"q7", high ? "me" : "community"},
                          {"q8", "no"},
                          {"q9", high ? "yes" : "no"},
                          {"q10", high ? "5" : "2"},
                          {"q11", high ? Json::array({"mental"}) : Json::array()},
                          {"q12", "few"}}),
            Json::object({{"v", "version"}}), "2");
        say(at + std::chrono::hours{28}, officer, "POST", at_case + "/actions/start_work",
            Json::object({{"summary", "Stop the behaviour and keep the harmed person informed"},
                          {"next_review", to_iso(london_date(at + std::chrono::hours{24 * 20}))}}),
            {}, "${v}");
        say(at + std::chrono::hours{30}, officer, "POST", at_case + "/tasks",
            Json::object({{"title", "Visit the tenancy and say what the landlord can do"}, {"agency", "coast_homes"}, {"due", "+9"}}),
            Json::object({{"t", "task"}}));
        if (i % 3 != 0) return;
        say(at + std::chrono::hours{50}, "housing@partner.example", "POST", "/api/v1/tasks/${t}/accept", Json::object());
        say(at + std::chrono::hours{90}, "housing@partner.example", "POST", "/api/v1/tasks/${t}/done",
            Json::object({{"result", "Visited with the officer; the tenant signed a contract about noise after ten at night."}}));
        say(at + std::chrono::hours{95}, manager, "POST", at_case + "/entries",
            Json::object({{"kind", "decision"}, {"text", "Contract first; community protection warning if it is broken."}}));
    }

    Program& program_;
    Maker maker_;
    std::string lines_;
};

}  // namespace

Result<Done> init(Program& program, const std::string& partnership, bool demo, unsigned seed, DemoSize size) {
    const auto streams = program.db->reading([](store::Reader& reader) { return reader.count("select count(*) from stream"); });
    if (streams != 0) return Refusal{Because::not_now, "init.not_empty", "This database has been initialised already: nothing was changed."};
    if (partnership.find('/') != std::string::npos)
        return Refusal{Because::invalid, "init.partnership", "The partnership is a name like north-yorkshire."};
    if (auto loaded = load_partnership(program, program.data_folder + "/partnerships/" + partnership, demo); !loaded) return loaded;
    if (auto loaded = load_codes(program); !loaded) return loaded;
    if (auto loaded = load_pathways(program); !loaded) return loaded;
    if (auto loaded = load_places(program, program.data_folder + "/partnerships/" + partnership); !loaded) return loaded;
    if (auto loaded = load_open_data(program, program.data_folder + "/partnerships/" + partnership, demo); !loaded) return loaded;
    program.library->refresh();
    if (demo && size != DemoSize::users_only) {
        const Instant now = program.clock.now();
        const int failed = Demonstration{program, seed}.play_all(60);
        if (failed != 0) return Refusal{Because::not_now, "init.demonstration", fmt::format("{} lines of the demonstration were refused.", failed)};
        (void)now;
    }
    return Done{};
}

}  // namespace concord::app
