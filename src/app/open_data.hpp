#pragma once

#include <string>
#include <vector>

#include "app/program.hpp"

/// Open data on the command line and at `concord init`.
namespace concord::app {

struct PoliceCrimeAsk {
    std::vector<std::string> files;
    bool json = false;
};
/// `concord import police-crime FILE...`: the results on stdout, a progress bar and problems on stderr. Answers the exit code: 0 where every file was
/// stored, though single rows may have been refused; 1 where nothing of a file could be.
int import_police_crime(Program& program, const PoliceCrimeAsk& ask);

/// What lies in partnerships/NAME/data: which area belongs to which hub and, in a demonstration, real months of police-recorded crime.
Result<Done> load_open_data(Program& program, const std::string& partnership_folder, bool demo);

/// Areas, postcodes and streets from partnerships/NAME/data/areas.toml, the boundaries that partnership.toml gives the hubs, and the rules of repeat
/// flags. Nothing where the folder has no areas.
Result<Done> load_places(Program& program, const std::string& partnership_folder);

}  // namespace concord::app
