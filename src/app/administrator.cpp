#include "app/administrator.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "access/admin.hpp"
#include "base/text.hpp"

namespace concord::app {
namespace {

Refusal refused(std::string sentence) { return {Because::invalid, "init.administrator", std::move(sentence)}; }

/// Echo is off while it lives.
class Unseen {
public:
    Unseen() {
        known_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;
    ~Unseen() {
        if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

private:
    termios before_{};
    bool known_ = false;
};

bool ask(const char* question, std::string& answer) {
    std::fprintf(stderr, "%s ", question);
    return static_cast<bool>(std::getline(std::cin, answer));
}
bool ask_unseen(const char* question, std::string& answer) {
    const Unseen unseen;
    const bool told = ask(question, answer);
    std::fprintf(stderr, "\n");
    return told;
}

std::string first_sentence(const Refusal& refusal) { return refusal.fields.empty() ? refusal.sentence : refusal.fields.front().message; }

}  // namespace

Result<FirstAdministrator> ask_for_administrator(const std::string& email, const std::string& name, bool password_from_input) {
    FirstAdministrator who{.email = email, .name = name, .password = {}};
    const bool terminal = ::isatty(STDIN_FILENO) == 1 && !password_from_input;
    if (!terminal && (email.empty() || name.empty() || !password_from_input))
        return refused(
            "Who is the first administrator? Give --admin-email, --admin-name and --password-stdin, or run init on a terminal. (--demo makes "
            "invented users.)");
    while (normal_email(who.email).empty()) {
        if (!terminal) return refused("--admin-email takes an e-mail address like name@agency.example.");
        if (!ask("E-mail address of the first administrator:", who.email)) return refused("Nothing was made: no administrator was named.");
    }
    while (letters_and_digits(who.name) < 2) {
        if (!terminal) return refused("--admin-name takes the administrator's name.");
        if (!ask("Name:", who.name)) return refused("Nothing was made: no administrator was named.");
    }
    while (true) {
        std::string again;
        if (!terminal) {
            if (!std::getline(std::cin, who.password)) return refused("--password-stdin: there was no line to read the password from.");
            again = who.password;
        } else if (!ask_unseen("Password, at least 12 letters, digits or signs (not shown):", who.password) ||
                   !ask_unseen("The same again:", again)) {
            return refused("Nothing was made: no password was given.");
        }
        const auto good = access::check_password(who.password, again, who.email);
        if (good) return who;
        if (!terminal) return refused(first_sentence(good.error()));
        std::fprintf(stderr, "%s\n", first_sentence(good.error()).c_str());
    }
}

Result<Done> add_first_administrator(Program& program, const FirstAdministrator& who) {
    const std::string hash = access::hash_password(who.password);
    return program.db->writing([&](store::Transaction& tx) -> Result<Done> {
        const auto agencies = access::agencies(tx);
        if (agencies.empty()) return refused("This partnership has no agency that an administrator could work for.");
        const auto office = access::agency_by_code(tx, "partnership");
        const ledger::Author author{.user = 0, .agency = 0, .purpose = {}, .at = program.clock.now()};
        auto made = access::create_user(tx, *program.ledger, author,
                                        {.email = who.email,
                                         .name = who.name,
                                         .password = {},
                                         .agency = office ? office->seq : agencies.front().seq,
                                         .roles = {"admin"},
                                         .hubs = {}},
                                        hash);
        if (!made) return refused(first_sentence(made.error()));
        return Done{};
    });
}

}  // namespace concord::app
