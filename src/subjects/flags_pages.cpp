#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/flags.hpp"
#include "web/pieces.hpp"

/// How flags look, wherever they are shown.
namespace concord::subjects {

using web::el;
using web::Html;
using namespace web::pieces;

namespace {

std::string page_of(const Told& one) { return one.record_kind == "case" ? "/cases/" + one.reference : "/referrals/" + one.reference; }

}  // namespace

Html flags_panel(const std::vector<ShownFlag>& flags, bool of_whom) {
    Html items;
    for (const auto& one : flags) {
        Html about = tag(one.flag.label, one.subject_kind == "place" ? "purple" : "orange");
        std::string words = one.flag.text;
        Html line = el("span", about + Html{" "});
        if (of_whom && !one.subject_id.empty())
            line += link((one.subject_kind == "place" ? "/places/" : "/people/") + one.subject_id, one.subject_name) + Html{": "};
        line += Html{words + "."};
        Html incidents;
        for (const auto& told : one.flag.because)
            incidents += el("li", link(page_of(told), told.reference) + Html{", " + in_words(one.flag.day_of(told))});
        Html more = el("details", {{"class", "govuk-details"}},
                       el("summary", {{"class", "govuk-details__summary"}},
                          el("span", {{"class", "govuk-details__summary-text"}},
                             Html{one.flag.contacts ? "Which reports" : "Which incidents"} +
                                 el("span", {{"class", "govuk-visually-hidden"}},
                                    fmt::format(" made \"{}\"{}", one.flag.label, of_whom ? " of " + one.subject_name : std::string{})))) +
                           el("div", {{"class", "govuk-details__text"}}, el("ul", {{"class", "govuk-list govuk-list--bullet"}}, incidents)));
        Html notes;
        if (!one.flag.note.empty()) notes += p(one.flag.note);
        if (one.flag.suggests == "problem_plan") notes += p("Consider a problem plan for this place.");
        items += el("li", el("p", {{"class", "govuk-body govuk-!-margin-bottom-1"}}, line) + notes + more);
    }
    if (items.empty()) return {};
    return el("ul", {{"class", "govuk-list"}}, items);
}

}  // namespace concord::subjects
