#pragma once

#include <string>
#include <vector>

#include "access/access.hpp"
#include "cases/cases.hpp"
#include "subjects/subjects.hpp"

/// Repeat flags as news: what was raised, or grew, since a reader marked it as read. Inside the room only.
namespace concord::cases {

struct Alert {
    subjects::ShownFlag shown;
    std::string mark;  // of the incidents that make it
    bool read = false;
};
/// Flags of the last four weeks over what the reader may read, the newest first.
std::vector<Alert> alerts_for(store::Reader& reader, const access::Context& context);
/// Those not read, at most five, for My work; empty where there are none.
web::Html alerts_panel(store::Reader& reader, const access::Context& context, const std::vector<Alert>& all);
/// The people and places among those that are not read.
std::pair<int, int> unread(const std::vector<Alert>& all);
void add_alert_pages(access::Routes& routes, const Deps& deps);

}  // namespace concord::cases
