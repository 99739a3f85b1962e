#pragma once

#include <optional>
#include <string>
#include <vector>

#include "web/html.hpp"
#include "web/http.hpp"

/// Two people changed the same thing: the page that shows both and asks, field by field, which to keep. Nothing that was typed is lost, nothing is
/// overwritten unseen, and it works without JavaScript.
///
///   the form is sent with the version it was read at; the change is refused as stale; then
///     web::Clash clash{.who = "Dan Okafor", .action = request.path, .version = present_version, .csrf = ..., .fields = ...};
///     return context.page(request, "Error: Someone else changed this", web::clash_page(clash), 412);
///   and where the form is received, before anything else reads it:
///     request.form = web::settle_clash(request.form);
namespace concord::web {

struct ClashField {
    std::string name;                                   // of the form's field
    std::string label;                                  // as the form asks it
    std::vector<std::string> mine, theirs;              // values as the form sends them; several for checkboxes, none where nothing is chosen
    std::optional<std::vector<std::string>> base = {};  // as it was when I opened it, where that is known
    std::string mine_shown = {}, theirs_shown = {};     // as people read them ("Weekly" for w1); the values themselves where not given
};

struct Clash {
    std::string who;           // who changed it meanwhile, "Dan Okafor"; empty where it is not known
    std::string when = {};     // "today at 16:20"
    std::string caption = {};  // over the heading: "HC-2026-000123, review"
    std::string action;        // where the form is sent: the same address as before
    std::string version;       // the version that stands now: what is kept is sent against it
    std::string version_field = "version";
    std::string csrf;
    std::vector<ClashField> fields;  // all fields of the form: those that are alike are sent on, the others are asked
    Fields also = {};                // what else the form sends
    std::string back = {};           // where nothing is saved
};

/// The content of the page, from its h1 on. Each differing field has "Keep mine" and "Take theirs"; chosen beforehand is what one of both changed
/// (mine where both did, marked). Buttons: save what is chosen, keep all mine, take all theirs.
Html clash_page(const Clash& clash);

/// The form that a clash page sent, as the original form would have sent it: each field once, from the side that was chosen. Any other form is given
/// back as it is.
Fields settle_clash(const Fields& form);

}  // namespace concord::web
