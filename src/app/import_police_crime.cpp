#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "app/open_data.hpp"
#include "base/text.hpp"

/// `concord import police-crime FILE...`, and what init loads of a partnership's open data.
namespace concord::app {
namespace {

namespace fs = std::filesystem;
using analysis::ImportedFile;

/// On a terminal one line that is drawn again; elsewhere a line for each file, and at most a hundred of them.
class ProgressBar {
public:
    void move_to(double done, const std::string& words) {
        const int percent = static_cast<int>(done * 100);
        if (!terminal_) {
            if (percent > last_) std::fprintf(stderr, "%3d %%  %s\n", percent, words.c_str());
            last_ = percent;
            return;
        }
        constexpr int width = 30;
        const int full = std::min(width, static_cast<int>(done * width));
        const std::string line = fmt::format("[{}{}] {:3} %  {}", std::string(static_cast<std::size_t>(full), '#'),
                                             std::string(static_cast<std::size_t>(width - full), '.'), percent, cut(words, 60));
        std::fprintf(stderr, "\r\x1b[K%s%s", line.c_str(), done >= 1 ? "\n" : "");
        std::fflush(stderr);
        open_ = done < 1;
    }
    void end() {
        if (open_) std::fprintf(stderr, "\n");
        open_ = false;
    }
    /// A sentence of its own line, over a bar that is drawn again afterwards.
    void say(const std::string& sentence) {
        std::fprintf(stderr, "%s%s\n", open_ ? "\r\x1b[K" : "", sentence.c_str());
        open_ = false;
    }

private:
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    bool open_ = false;
    int last_ = -1;
};

bool refused_whole(const ImportedFile& file) { return !file.refused.empty() && file.added + file.replaced + file.unchanged == 0; }

/// "line 2", "lines 2 and 5", "lines 2, 3, 4 and 17 more"; empty for the file as a whole.
std::string lines_in_words(const std::vector<std::size_t>& lines) {
    if (lines.front() == 0) return {};
    if (lines.size() == 1) return fmt::format(", line {}", lines[0]);
    if (lines.size() == 2) return fmt::format(", lines {} and {}", lines[0], lines[1]);
    if (lines.size() == 3) return fmt::format(", lines {}, {} and {}", lines[0], lines[1], lines[2]);
    return fmt::format(", lines {}, {}, {} and {} more", lines[0], lines[1], lines[2], lines.size() - 3);
}

/// What a person has to know of one file: one sentence for each thing that is wrong, at most ten.
void tell(ProgressBar& bar, const ImportedFile& file) {
    constexpr std::size_t most = 10;
    std::size_t told = 0;
    for (const auto* notes : {&file.refused, &file.warnings}) {
        std::vector<std::pair<std::string, std::vector<std::size_t>>> reasons;  // in the order of their first line
        for (const auto& note : *notes) {
            auto same = std::find_if(reasons.begin(), reasons.end(), [&](const auto& one) { return one.first == note.reason; });
            if (same == reasons.end()) same = reasons.insert(reasons.end(), {note.reason, {}});
            same->second.push_back(note.line);
        }
        for (const auto& [reason, lines] : reasons)
            if (++told <= most)
                bar.say(fmt::format("{}{}: {}{}", file.file, lines_in_words(lines), notes == &file.refused && lines.front() != 0 ? "refused, " : "",
                                    reason));
    }
    if (told > most) bar.say(fmt::format("{}: and {} more kinds of problem (--json lists all)", file.file, told - most));
}

std::string summary(const ImportedFile& file) {
    if (refused_whole(file)) return fmt::format("{}: nothing was stored", file.file);
    std::string line =
        fmt::format("{}: {}: {} new, {} replaced, {} unchanged", file.file, counted(file.rows, "row"), file.added, file.replaced, file.unchanged);
    if (file.removed > 0) line += fmt::format(", {} no longer there", file.removed);
    if (!file.refused.empty()) line += fmt::format(", {} refused", file.refused.size());
    return line;
}

}  // namespace

int import_police_crime(Program& program, const PoliceCrimeAsk& ask) {
    const auto started = std::chrono::steady_clock::now();
    ProgressBar bar;
    std::int64_t rows = 0;
    const auto files = analysis::import_police_crime(
        *program.db, *program.ledger, {.purpose = "analysis", .at = program.clock.now()}, ask.files, [&](const ImportedFile& file, double done) {
            rows += file.rows;
            tell(bar, file);
            bar.move_to(done, fmt::format("{}, {}", counted(rows, "row"), fs::path{file.file}.filename().string()));
        });
    bar.end();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    Json list = Json::array();
    bool whole = false;
    for (const auto& file : files) {
        whole = whole || refused_whole(file);
        list.push(analysis::to_json(file));
        if (!ask.json) std::cout << summary(file) << "\n";
    }
    if (ask.json)
        std::cout << to_text(Json::object({{"files", list}, {"seconds", seconds}})) << "\n";
    else
        std::cout << fmt::format("{} in {:.1f} seconds.", counted(rows, "row"), seconds) << "\n";
    return whole ? 1 : 0;
}

Result<Done> load_open_data(Program& program, const std::string& partnership_folder, bool demo) {
    const std::string areas = partnership_folder + "/data/lsoa-hubs.csv";
    const ledger::Author author{.purpose = "analysis", .at = program.clock.now()};
    if (fs::exists(areas))
        if (auto loaded = analysis::load_hub_areas(*program.db, *program.ledger, author, file_text(areas)); !loaded) return loaded.error();
    const fs::path months = partnership_folder + "/data/police-crime";
    if (!demo || !fs::is_directory(months)) return Done{};
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator{months}) files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    for (const auto& file : analysis::import_police_crime(*program.db, *program.ledger, author, files))
        if (!file.refused.empty()) return Refusal{Because::invalid, "init.open_data", fmt::format("{}: {}", file.file, file.refused.front().reason)};
    return Done{};
}

}  // namespace concord::app
