#include "cases/pathway_library.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "access/epoch.hpp"
#include "base/id.hpp"

namespace concord::cases {
namespace {

Json files_json(const engine::Source& source) {
    Json all = Json::object();
    for (const auto& [path, text] : source.files) all.set(path, text);
    return all;
}

engine::Source source_of(std::string folder, const std::string& text) {
    engine::Source source{.folder = std::move(folder), .files = {}};
    const auto parsed = parse_json(text);
    if (parsed)
        for (const auto& [path, file] : parsed->members()) source.files[path] = file.as_string();
    return source;
}

void apply(store::Transaction& tx, const ledger::Event& event) {
    access::forget_kept(tx);
    const Json& e = event.envelope;
    tx.execute(R"sql(
        insert into pathway_definition (stream, name, version, hash, files, common, in_force)
        values (:stream, :name, :version, :hash, :files, :common, :in_force))sql",
               {{"stream", event.stream},
                {"name", e["name"].as_string()},
                {"version", e["version"].as_integer()},
                {"hash", e["hash"].as_string()},
                {"files", to_text(e["files"])},
                {"common", to_text(e["common"])},
                {"in_force", e["in_force"].as_string()}});
}

}  // namespace

std::shared_ptr<const engine::Pathways> PathwayLibrary::current() {
    const auto mark = codebooks_.mark();
    if (mark) {
        const std::lock_guard lock{mutex_};
        if (pathways_ && mark == mark_) return pathways_;
    }
    const auto epoch = db_.reading([](store::Reader& reader) { return reader.count("select count(*) from pathway_definition"); });
    const auto book = codebooks_.current();
    const std::lock_guard lock{mutex_};
    if (!pathways_ || epoch != epoch_ || book != book_) {
        pathways_ = parse(*book);
        epoch_ = epoch;
        book_ = book;
    }
    mark_ = mark;
    return pathways_;
}

void PathwayLibrary::refresh() {
    const std::lock_guard lock{mutex_};
    pathways_.reset();
    mark_.reset();
    epoch_ = -1;
}

std::shared_ptr<const engine::Pathways> PathwayLibrary::parse(const codes::Codebook& book) {
    const auto rows = db_.reading([](store::Reader& reader) {
        return reader.select("tittt", "select name, version, files, common, hash from pathway_definition order by name, version");
    });
    std::vector<std::shared_ptr<const engine::Definition>> definitions;
    for (const auto& row : rows) {
        auto loading = engine::load(source_of(row.text(0), row.text(2)), source_of("common", row.text(3)), book.lists, book.rules);
        if (!loading.definition)
            throw Failure{fmt::format("pathway {} version {} in the database cannot be read: {}", row.text(0), row.integer(1),
                                      loading.problems.front().problem)};
        definitions.push_back(loading.definition);
    }
    return std::make_shared<const engine::Pathways>(std::move(definitions));
}

Result<Loaded> load_pathway(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const engine::Source& pathway,
                            const engine::Source& common, std::vector<engine::Problem>& problems) {
    const auto book = codes::read(tx);
    auto loading = engine::load(pathway, common, book.lists, book.rules);
    problems = loading.problems;
    if (!loading.definition)
        return Refusal{Because::invalid, "pathways.problems", fmt::format("The pathway in {} has mistakes and was not loaded.", pathway.folder)};
    const auto& definition = *loading.definition;
    const auto known = tx.select_one("it", "select stream, hash from pathway_definition where name = :name and version = :version",
                                     {{"name", definition.name}, {"version", definition.version}});
    if (known && known->text(1) == definition.hash) return Loaded{definition.name, definition.version, false};
    if (known)
        return Refusal{
            Because::not_now, "pathways.same_version",
            fmt::format("Version {} of {} is loaded with other contents: records stand on it. Give the changed definition a new version number.",
                        definition.version, definition.name)};
    const auto stream_row = tx.select_one("i", "select stream from pathway_definition where name = :name", {{"name", definition.name}});
    const auto stream = stream_row ? stream_row->integer(0) : ledger.create(tx, "pathway", new_id(author.at));
    Json envelope = Json::object({{"name", definition.name},
                                  {"version", definition.version},
                                  {"hash", definition.hash},
                                  {"files", files_json(pathway)},
                                  {"common", files_json(common)},
                                  {"in_force", to_iso(definition.in_force)},
                                  {"summary", "Pathway loaded"}});
    auto appended = ledger.append(tx, author, stream, {}, {ledger::NewEvent{"pathways.loaded", std::move(envelope)}});
    if (!appended) return appended.error();
    return Loaded{definition.name, definition.version, true};
}

std::vector<std::string> uses_of_rule(store::Reader& reader, const engine::Pathways& pathways, std::string_view key, Date today) {
    std::vector<std::string> uses;
    for (const auto* definition : pathways.all_current(today)) {
        for (const auto& clock : definition->clocks) {
            if (std::none_of(clock.lengths.begin(), clock.lengths.end(), [&](const auto& length) { return length.rule == key; })) continue;
            const auto running = reader.count(
                "select count(*) from clock_run c join case_record r on r.stream = c.stream where c.id = :clock and r.pathway = :pathway and c.ended "
                "is null",
                {{"clock", clock.id}, {"pathway", definition->name}});
            uses.push_back(fmt::format("{}, clock \"{}\": {} now; what runs keeps its due day", definition->title, clock.label,
                                       running == 1 ? "1 runs" : fmt::format("{} run", running)));
        }
        for (const auto& use : definition->rule_uses)
            if (use.rule == key)
                uses.push_back(fmt::format("{}, limit \"{}\": asked {}", definition->title, use.id,
                                           use.key_date.empty() ? "from its first day on" : "of records by their own day"));
    }
    return uses;
}

engine::Source read_folder(const std::string& folder, bool with_examples) {
    namespace fs = std::filesystem;
    engine::Source source{.folder = folder, .files = {}};
    if (!fs::is_directory(folder)) return source;
    for (const auto& found : fs::recursive_directory_iterator{folder}) {
        const auto path = fs::relative(found.path(), folder).generic_string();
        if (!found.is_regular_file() || found.path().extension() != ".toml") continue;
        if (!with_examples && path.starts_with("examples/")) continue;
        std::ifstream file{found.path(), std::ios::binary};
        std::ostringstream text;
        text << file.rdbuf();
        source.files[path] = text.str();
    }
    return source;
}

void register_pathway_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "pathway", .tables = {"pathway_definition"}, .apply = apply});
}

}  // namespace concord::cases
