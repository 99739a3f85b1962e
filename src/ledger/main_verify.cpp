#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "ledger/ledger.hpp"

/// concord-verify FILE: checks an export of `concord ledger export` without Concord and without its database. See README.md beside this file.
int main(int argc, char** argv) {
    if (argc != 2 || std::string{argv[1]} == "--help") {
        std::fputs("usage: concord-verify FILE\nChecks the events, hashes and signed heads of a file that `concord ledger export` wrote.\n",
                   argc == 2 ? stdout : stderr);
        return argc == 2 ? 0 : 2;
    }
    std::ifstream file{argv[1]};
    if (!file) {
        std::fprintf(stderr, "%s cannot be opened: is the name right?\n", argv[1]);
        return 1;
    }
    const auto result = concord::ledger::verify_export([&](std::string& line) { return static_cast<bool>(std::getline(file, line)); });
    concord::Json answer = concord::Json::object({{"streams", result.streams}, {"events", result.events}, {"ok", !result.first_bad.has_value()}});
    if (result.first_bad)
        answer.set("first_bad", concord::Json::object(
                                    {{"stream", result.first_bad->stream}, {"version", result.first_bad->version}, {"why", result.first_bad->why}}));
    std::cout << concord::to_text(answer) << "\n";
    return result.first_bad ? 1 : 0;
}
