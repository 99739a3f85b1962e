#pragma once

#include <string>

#include "app/program.hpp"

/// The first administrator of a database that is no demonstration: asked for, never with a default password.
namespace concord::app {

struct FirstAdministrator {
    std::string email, name, password;
};
/// From the flags, the password from the first line of standard input (--password-stdin); or asked on a terminal, the password twice and unseen.
/// Every mistake is said with its sentence; on a terminal the question comes again.
Result<FirstAdministrator> ask_for_administrator(const std::string& email, const std::string& name, bool password_from_input);
Result<Done> add_first_administrator(Program& program, const FirstAdministrator& who);

}  // namespace concord::app
