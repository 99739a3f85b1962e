#include "app/load_county.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "access/new_rows.hpp"
#include "base/csv.hpp"
#include "base/text.hpp"
#include "cases/case_loading.hpp"
#include "subjects/loading.hpp"
#include "subjects/subjects.hpp"

namespace concord::app {
namespace {

using access::Seq;
using ledger::Author;
namespace fs = std::filesystem;

constexpr std::string_view purpose = "prevent_crime_disorder";

/// A file as text without reading it all into memory: the notes of a county are half a gigabyte.
class Mapped {
public:
    explicit Mapped(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) throw Failure{fmt::format("{} cannot be read: is the folder right?", path)};
        struct stat about {};
        ::fstat(file, &about);
        size_ = static_cast<std::size_t>(about.st_size);
        if (size_ != 0) start_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        ::close(file);
        if (start_ == MAP_FAILED) throw Failure{fmt::format("{} cannot be read.", path)};
    }
    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;
    ~Mapped() {
        if (size_ != 0) ::munmap(start_, size_);
    }
    std::string_view text() const { return {static_cast<const char*>(start_), size_}; }

private:
    void* start_ = nullptr;
    std::size_t size_ = 0;
};

using Fields = std::vector<std::string>;

/// Every row of a file below its header, which must be this one.
void each_row(const std::string& folder, const std::string& name, const std::string& header, const std::function<void(const Fields&)>& use) {
    const Mapped file{folder + "/" + name};
    const auto columns = split(header, ' ').size();
    const auto done = read_csv(file.text(), ',', [&](const CsvRow& row) {
        if (row.line == 1) {
            if (join(row.fields, " ") != header) throw Failure{fmt::format("{}: the header is not \"{}\".", name, header)};
            return true;
        }
        if (row.fields.size() != columns) throw Failure{fmt::format("{} line {}: {} columns, not {}.", name, row.line, row.fields.size(), columns)};
        use(row.fields);
        return true;
    });
    if (!done) throw Failure{fmt::format("{}: {}", name, done.error().sentence)};
}

std::string code_of(std::string_view name) {
    std::string code;
    for (const char c : lower_ascii(name)) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            code += c;
        else if (!code.empty() && code.back() != '_')
            code += '_';
    }
    return code;
}

/// A case as its row says it, until its notes have been read.
struct Waiting {
    std::int64_t id = 0;
    std::string pathway;
    cases::LoadedCase loaded;
    std::string address, postcode;
};

class Loading {
public:
    Loading(Program& program, std::string folder, const std::function<void(std::int64_t, std::int64_t)>& progress)
        : program_{program}, folder_{std::move(folder)}, progress_{progress} {}

    Result<Json> run() {
        const auto started = std::chrono::steady_clock::now();
        const auto cases = program_.db->reading([](store::Reader& reader) { return reader.count("select count(*) from case_record"); });
        if (cases != 0)
            return Refusal{Because::not_now, "load.not_empty", "This database holds cases already: load the data into one that was just made."};
        for (auto step : {&Loading::pathways, &Loading::hubs_and_agencies, &Loading::users})
            if (auto done = (this->*step)(); !done) return done.error();
        people();
        cases_with_notes();
        program_.db->analyze();
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
        return Json::object({{"hubs", hubs_.size()},
                             {"agencies", agencies_.size()},
                             {"users", users_.size()},
                             {"people", people_.size()},
                             {"places", places_},
                             {"cases", cases_},
                             {"notes", notes_},
                             {"events", events_},
                             {"seconds", seconds}});
    }

private:
    Author author() const { return {.user = 0, .agency = 0, .purpose = std::string{purpose}, .at = program_.clock.now()}; }

    Result<Done> pathways() {
        const auto common = cases::read_folder(program_.data_folder + "/pathways/common");
        std::vector<std::string> names;
        each_row(folder_, "pathways.csv", "id code title prefix due_days", [&](const Fields& f) {
            names.push_back(f[1]);
            pathway_of_[f[0]] = f[1];
        });
        for (const auto& name : names) {
            const std::string own = program_.data_folder + "/pathways/" + name, small = program_.data_folder + "/bench/pathways/" + name;
            std::vector<engine::Problem> problems;
            const auto loaded = program_.db->writing([&](store::Transaction& tx) {
                return cases::load_pathway(tx, *program_.ledger, author(), cases::read_folder(fs::exists(own) ? own : small), common, problems);
            });
            if (!loaded) return loaded.error();
        }
        program_.library->refresh();
        return Done{};
    }

    Result<Done> hubs_and_agencies() {
        static const std::map<std::string, std::string> kinds{{"council", "la_cs"},  {"police", "pol"},   {"fire", "frs"},
                                                              {"probation", "prob"}, {"youth", "la_yjs"}, {"health", "icb"},
                                                              {"social", "la_csc"},  {"housing", "rp"},   {"charity", "vcs"}};
        return program_.db->writing([&](store::Transaction& tx) -> Result<Done> {
            std::optional<Refusal> refused;
            each_row(folder_, "hubs.csv", "id name", [&](const Fields& f) {
                std::string code = code_of(f[1]);
                if (access::hub_by_code(tx, code)) code = "county_" + code;  // a hub of that name has its own team already
                auto made = access::create_hub(tx, *program_.ledger, author(), code, f[1]);
                if (!made)
                    refused = made.error();
                else
                    hubs_[f[0]] = *made;
            });
            each_row(folder_, "agencies.csv", "id name kind", [&](const Fields& f) {
                const auto kind = kinds.find(f[2]);
                std::string code = code_of(f[1]);
                if (access::agency_by_code(tx, code)) code = "county_" + code;
                auto made = access::create_agency(tx, *program_.ledger, author(), code, f[1], kind == kinds.end() ? "other" : kind->second);
                if (!made)
                    refused = made.error();
                else
                    agencies_[f[0]] = *made;
            });
            if (refused) return *refused;
            return Done{};
        });
    }

    Result<Done> users() {
        std::map<std::string, std::vector<Seq>> hubs_of;
        each_row(folder_, "user_hubs.csv", "user_id hub_id", [&](const Fields& f) { hubs_of[f[0]].push_back(hubs_.at(f[1])); });
        // All read alike; an analyst reads with his agency here, which elsewhere he does not.
        static const std::map<std::string, std::vector<std::string>> roles{
            {"officer", {"hub_officer"}}, {"manager", {"hub_manager"}}, {"analyst", {"analyst", "partner_user"}}};
        std::map<std::string, std::string> hashes;  // one slow hash a password: they are for loopback benches only
        return program_.db->writing([&](store::Transaction& tx) -> Result<Done> {
            std::optional<Refusal> refused;
            each_row(folder_, "users.csv", "id login password given_name surname email agency_id role", [&](const Fields& f) {
                if (refused) return;
                auto& hash = hashes[f[2]];
                if (hash.empty()) hash = access::hash_password(f[2]);
                access::NewUser user{.email = f[5],
                                     .name = f[3] + " " + f[4],
                                     .agency = agencies_.at(f[6]),
                                     .roles = roles.at(f[7]),
                                     .hubs = hubs_of[f[0]],
                                     .demonstration = true};
                auto made = access::create_user(tx, *program_.ledger, author(), user, hash);
                const auto named = made ? access::give_login(tx, *program_.ledger, author(), *made, f[1]) : Result<Done>{made.error()};
                if (!named)
                    refused = named.error();
                else
                    users_[f[0]] = {*made, user.agency};
            });
            if (refused) return *refused;
            return Done{};
        });
    }

    Author by(const std::string& user, Instant at) const {
        const auto& [seq, agency] = users_.at(user);
        return {.user = seq, .agency = agency, .purpose = std::string{purpose}, .at = at};
    }

    /// People are recorded by the agency of the first case that involves them: it knows them even before.
    void people() {
        std::unordered_map<std::string, std::string> first_case;
        each_row(folder_, "case_people.csv", "case_id person_id role", [&](const Fields& f) { first_case.try_emplace(f[1], f[0]); });
        std::unordered_map<std::string, std::pair<Seq, Instant>> opened;
        each_row(folder_, "cases.csv", case_columns, [&](const Fields& f) {
            opened[f[0]] = {agencies_.at(f[11]), parse_instant(f[5]).value_or(Instant{})};
        });
        std::vector<std::pair<Author, subjects::PersonDetails>> group;
        const Instant otherwise = parse_instant("2023-07-01T09:00:00Z").value();
        const auto write = [&] {
            program_.db->write([&](store::Transaction& tx) {
                const auto seqs = subjects::load_people(tx, group);
                people_.insert(people_.end(), seqs.begin(), seqs.end());
                return true;
            });
            events_ += static_cast<std::int64_t>(group.size());
            group.clear();
        };
        each_row(folder_, "people.csv",
                 "id given_name middle_name surname sex dob phone email house street district postcode lsoa21cd latitude longitude",
                 [&](const Fields& f) {
                     require(static_cast<std::size_t>(std::stoll(f[0])) == people_.size() + group.size() + 1, "people are numbered from 1");
                     Author recorder = author();
                     recorder.at = otherwise;
                     if (const auto first = first_case.find(f[0]); first != first_case.end()) {
                         const auto& [agency, at] = opened.at(first->second);
                         recorder.agency = agency;
                         recorder.at = at;
                     }
                     group.emplace_back(recorder, subjects::PersonDetails{.given_name = trim(f[1] + " " + f[2]),
                                                                          .family_name = f[3],
                                                                          .date_of_birth = parse_date(f[5]),
                                                                          .phone = normal_phone(f[6]),
                                                                          .email = normal_email(f[7]),
                                                                          .address = trim(f[8] + " " + f[9]),
                                                                          .postcode = normal_postcode(f[11])});
                     if (group.size() == 5000) write();
                 });
        if (!group.empty()) write();
    }

    void cases_with_notes() {
        const auto pathways = program_.library->current();
        definitions_ = pathways;
        std::unordered_map<std::string, std::vector<access::Audience>> invited;
        each_row(folder_, "case_audience.csv", "case_id kind id expires", [&](const Fields& f) {
            const Seq whom = f[1] == "agency" ? agencies_.at(f[2]) : users_.at(f[2]).first;
            invited[f[0]].push_back({f[1], std::to_string(whom), parse_date(f[3]), "invited"});
        });
        std::unordered_map<std::string, std::vector<cases::Involve>> involved;
        static const std::map<std::string, std::string> roles{
            {"victim", "victim"}, {"reported_for", "suspected"}, {"witness", "witness"}, {"family", "parent_carer"}, {"reporter", "reporter"}};
        each_row(folder_, "case_people.csv", "case_id person_id role", [&](const Fields& f) {
            involved[f[0]].push_back({.subject = people_.at(static_cast<std::size_t>(std::stoll(f[1]) - 1)), .role = roles.at(f[2])});
        });
        std::vector<Waiting> all;
        each_row(folder_, "cases.csv", case_columns, [&](const Fields& f) { all.push_back(waiting(f, invited[f[0]], involved[f[0]])); });
        const Mapped notes{folder_ + "/notes.csv"};
        const std::int64_t bytes = static_cast<std::int64_t>(notes.text().size());
        std::int64_t read = 0;
        std::size_t next = 0, from = 0;  // all[next] is the case whose notes are being read; all[from] the first not written
        each_row(folder_, "notes.csv", "id case_id author_user_id created_at kind text", [&](const Fields& f) {
            const std::int64_t id = std::stoll(f[1]);
            while (next < all.size() && all[next].id < id) {
                if (++next - from == 1000) {
                    write(all, from, next);
                    from = next;
                    progress_(read, bytes);
                }
            }
            require(next < all.size() && all[next].id == id, "notes stand in the order of their cases");
            all[next].loaded.entries.push_back({by(f[2], parse_instant(f[3]).value_or(Instant{})), f[4] == "note" ? std::string{} : f[4], f[5]});
            ++notes_;
            read += static_cast<std::int64_t>(f[5].size()) + 50;
        });
        write(all, from, all.size());
        progress_(bytes, bytes);
    }

    Waiting waiting(const Fields& f, std::vector<access::Audience>& invited, std::vector<cases::Involve>& involved) {
        Waiting one{.id = std::stoll(f[0]), .pathway = pathway_of_.at(f[2])};
        auto& c = one.loaded;
        c.author = by(f[12], parse_instant(f[5]).value_or(Instant{}));
        c.reference = f[1];
        c.title = f[3];
        c.summary = f[4];
        c.due = parse_date(f[6]);
        if (const auto day = parse_date(f[7])) c.closed_at = london_midnight(*day) + std::chrono::hours{21};
        c.stage = stage_in(one.pathway, f[8]);
        c.risk_level = one.pathway == "hub_asb" && f[9] == "low" ? "standard" : f[9];
        c.hub = hubs_.at(f[10]);
        c.lead_agency = agencies_.at(f[11]);
        c.lead_user = users_.at(f[12]).first;
        c.restriction = f[13] == "restricted" ? "restricted" : "normal";
        c.invited = std::move(invited);
        c.involvements = std::move(involved);
        one.address = trim(f[14] + " " + f[15]);
        one.postcode = normal_postcode(f[16]);
        return one;
    }

    /// The five states of the data in the words of the pathway.
    std::string stage_in(const std::string& pathway, const std::string& state) const {
        const auto* definition = definitions_->current(pathway, Date{program_.clock.today()});
        require(definition != nullptr, fmt::format("no pathway {}", pathway));
        if (definition->stage(state) != nullptr) return state;
        return state == "active" ? "open_active" : definition->first_stage().id;
    }

    void write(std::vector<Waiting>& all, std::size_t from, std::size_t to) {
        program_.db->write([&](store::Transaction& tx) {
            std::vector<std::pair<Author, subjects::PlaceDetails>> new_places;
            std::vector<std::string> keys;
            for (std::size_t i = from; i < to; ++i) {
                const std::string key = all[i].address + "|" + all[i].postcode;
                if (place_of_.try_emplace(key, 0).second) {
                    new_places.push_back({all[i].loaded.author, subjects::PlaceDetails{.text = all[i].address, .postcode = all[i].postcode}});
                    keys.push_back(key);
                }
            }
            const auto made = subjects::load_places(tx, new_places);
            for (std::size_t i = 0; i < made.size(); ++i) place_of_[keys[i]] = made[i];
            std::vector<ledger::NewStream> streams;
            streams.reserve(to - from);
            for (std::size_t i = from; i < to; ++i) {
                auto& c = all[i];
                if (const auto* definition = definitions_->current(c.pathway, Date{program_.clock.today()}); definition->role("incident") != nullptr)
                    c.loaded.involvements.push_back({.subject = place_of_.at(c.address + "|" + c.postcode), .kind = "place", .role = "incident"});
                streams.push_back(cases::stream_of(c.loaded, *definitions_->current(c.pathway, Date{program_.clock.today()})));
                events_ += static_cast<std::int64_t>(streams.back().events.size());
                c.loaded.entries = {};
            }
            cases::load_cases(tx, streams);
            events_ += static_cast<std::int64_t>(made.size());
            return true;
        });
        cases_ += static_cast<std::int64_t>(to - from);
        places_ = static_cast<std::int64_t>(place_of_.size());
    }

    static constexpr const char* case_columns =
        "id reference pathway_id title summary opened_at due closed state risk hub_id lead_agency_id assigned_user_id handling house street postcode "
        "lsoa21cd latitude longitude";

    Program& program_;
    std::string folder_;
    const std::function<void(std::int64_t, std::int64_t)>& progress_;
    std::shared_ptr<const engine::Pathways> definitions_;
    std::map<std::string, std::string> pathway_of_;
    std::map<std::string, Seq> hubs_, agencies_;
    std::unordered_map<std::string, std::pair<Seq, Seq>> users_;  // the user, his agency
    std::vector<Seq> people_;
    std::unordered_map<std::string, Seq> place_of_;
    std::int64_t cases_ = 0, notes_ = 0, places_ = 0, events_ = 0;
};

}  // namespace

Result<Json> load_county(Program& program, const std::string& folder, const std::function<void(std::int64_t done, std::int64_t of)>& progress) {
    return Loading{program, folder, progress}.run();
}

Comparison compare_county(const std::string& folder, const std::function<Json(const std::string& login, const std::string& path)>& ask) {
    Comparison result;
    std::map<std::string, std::string> login_of;
    each_row(folder, "users.csv", "id login password given_name surname email agency_id role", [&](const Fields& f) { login_of[f[0]] = f[1]; });
    const auto compare = [&](const std::string& what, const std::string& expected, const std::string& got) {
        if (expected == got) return;
        ++result.wrong;
        if (result.first_wrong.size() < 20)
            result.first_wrong.push_back(fmt::format("{}: {} expected, {} answered", what, cut(expected, 120), cut(got, 120)));
    };
    // A total above 1,000 may be told as a lower bound.
    const auto total_of = [](const Json& page, const std::string& expected) {
        if (page.has("total")) return std::to_string(page["total"].as_integer());
        const auto at_least = page["total_at_least"].as_integer();
        return at_least > 1000 && at_least <= std::stoll(expected) ? expected : fmt::format("at least {}", at_least);
    };
    const auto references = [](const Json& items) {
        std::vector<std::string> all;
        for (const auto& item : items.items()) all.push_back(item["reference"].as_string());
        return all;
    };
    static const std::map<std::string, std::string> lists{
        {"open_readable", "/api/v1/cases?sort=next_due&limit=50"},
        {"my_agency_open", "/api/v1/cases?sort=next_due&limit=50&lead_agency=mine&hub=mine"},
        {"my_agency_open_asb_high", "/api/v1/cases?sort=next_due&limit=50&lead_agency=mine&hub=mine&pathway=hub_asb&risk=high"}};
    each_row(folder, "expected_lists.csv", "user_id list total first_50_references", [&](const Fields& f) {
        const auto answer = ask(login_of.at(f[0]), lists.at(f[1]));
        ++result.lists;
        compare(fmt::format("user {} list {}", f[0], f[1]), f[2] + ": " + f[3],
                total_of(answer, f[2]) + ": " + join(references(answer["items"]), " "));
    });
    each_row(folder, "expected_searches.csv", "user_id words total_all total_readable references_up_to_50_by_id", [&](const Fields& f) {
        const std::string path = "/api/v1/search?in=cases&limit=200&q=" + join(split(f[1], ' '), "+");
        // Newest first is how a search answers; the file has the oldest first.
        std::vector<std::string> found;
        std::string total;
        for (std::string after = "first"; !after.empty();) {
            const auto answer = ask(login_of.at(f[0]), path + (after == "first" ? "" : "&after=" + after));
            if (after == "first") total = total_of(answer["cases"], f[3]);
            const auto page = references(answer["cases"]["items"]);
            found.insert(found.end(), page.begin(), page.end());
            after = answer["cases"]["next"].as_string();
            if (page.empty()) break;
        }
        std::reverse(found.begin(), found.end());
        if (found.size() > 50) found.resize(50);
        ++result.searches;
        compare(fmt::format("user {} search {}", f[0], f[1]), f[3] + ": " + f[4], total + ": " + join(found, " "));
    });
    return result;
}

}  // namespace concord::app
