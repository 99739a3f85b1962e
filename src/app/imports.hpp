#pragma once

#include <string>

#include "app/program.hpp"

/// `concord import ...`: what comes in from files. Each command has a file of its own.
namespace concord::app {

struct ImportReferrals {
    std::string file;
    std::string as;     // e-mail of the user who imports; empty: the first system administrator
    std::string hub;    // code, for rows without one
    std::string dates;  // "", "dmy" or "mdy"
    bool dry_run = false, skip_bad = false, json = false;
};
/// Results on stdout, problems on stderr; answers the exit code.
int import_referrals(Program& program, const ImportReferrals& ask);

}  // namespace concord::app
