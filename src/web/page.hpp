#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "web/components.hpp"
#include "web/html.hpp"

/// The whole page around the content.
namespace concord::web {

/// The built files of frontend/ with the hashes in their names.
class Assets {
public:
    Assets() = default;
    /// Reads FOLDER/manifest.json; without the file the plain names are used.
    explicit Assets(const std::string& folder, std::string prefix = "/assets/");
    /// "concord.css" gives "/assets/concord-1A2B3C4D.css".
    std::string url(std::string_view name) const;

private:
    std::string prefix_ = "/assets/";
    std::map<std::string, std::string, std::less<>> names_;
};

enum class Navigation {
    none,     ///< sign in, errors before it
    staff,    ///< eight items
    partner,  ///< the first five
    board,    ///< begins with the plan
    admin,    ///< the system administrator's: no case content
    public_,  ///< no staff links
};

struct Page {
    std::string title = {};        ///< without "Error:" and " - Concord"
    Html main = {};                ///< begins with its h1 (ui::head)
    std::string section = {};      ///< path of the item of the menu that it belongs to, "/cases"
    bool section_is_page = false;  ///< this page is that item itself
    std::vector<ui::Crumb> breadcrumbs = {};
    std::string back_link = {};
    std::string back_text = "Back";
    Navigation navigation = Navigation::staff;
    std::string user_name = {};                      ///< nobody is signed in: empty
    int alerts = 0;                                  ///< repeat alerts that are not read; below 0: no link to them
    std::string partnership = {};                    ///< "North Yorkshire Community Safety Partnership"
    std::string theme = "auto";                      ///< light, dark or auto
    std::string density = "compact";                 ///< compact or comfortable
    std::string csrf = {};                           ///< for the button that signs out
    bool error = false;                              ///< the title then begins with "Error:"
    bool keys = true;                                ///< single-letter shortcuts
    std::string scripts = {};                        ///< more modules, separated by spaces: "match.js"
    std::function<bool(std::string_view)> has = {};  ///< does this program have a page at this path? Links to others are left out; none: it has all
    std::string head_note = {};                      ///< a line over the page, as "Demonstration: everything here is invented"
};

std::string draw(const Page&, const Assets&);

}  // namespace concord::web
