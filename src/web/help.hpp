#pragma once

#include <string>

#include "web/html.hpp"

/// The contents of pages that every user has: help, keys, and how the pages look.
namespace concord::web {

Html help();
Html keyboard_help();
Html accessibility_statement();

struct Preferences {
    std::string theme = "auto";       ///< light, dark or auto
    std::string density = "compact";  ///< compact or comfortable
    bool keys = true;                 ///< single-letter shortcuts
};
/// The form of /me/preferences, which posts `theme`, `density` and `keys` ("on" or "off").
Html preferences_form(const Preferences&, const std::string& csrf, bool just_saved = false);

}  // namespace concord::web
