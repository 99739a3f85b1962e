#pragma once

#include <string>

#include "web/html.hpp"

/// Small parts that the component files share.
namespace concord::web::ui {

inline std::string with(std::string base, const std::string& more) {
    if (!more.empty()) {
        if (!base.empty()) base += ' ';
        base += more;
    }
    return base;
}
inline void add(Attributes& to, const Attributes& more) { to.insert(to.end(), more.begin(), more.end()); }
inline void add_unless_empty(Attributes& to, std::string_view name, const std::string& value) {
    if (!value.empty()) to.emplace_back(name, value);
}
inline std::string heading_tag(int level) { return "h" + std::to_string(level); }

}  // namespace concord::web::ui
