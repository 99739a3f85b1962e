#include "app/person_panels.hpp"

#include "base/text.hpp"
#include "cases/case_store.hpp"
#include "subjects/subjects.hpp"
#include "web/pieces.hpp"

namespace concord::app {
namespace {

using web::Html;
using namespace web::pieces;
namespace ui = web::ui;

Html cases_of(store::Reader& reader, const access::Context& context, ledger::Seq person) {
    const auto rows = cases::cases_about(reader, context.actor, person, context.today(), 50);
    if (rows.empty()) return p("None that you may read.");
    std::vector<ui::Row> items;
    for (const auto& one : rows)
        items.push_back({.due = one.open ? due_tag(one.next_due, context.now()) : ui::due("Closed"),
                         .text = one.title,
                         .href = "/cases/" + one.reference,
                         .about = one.reference + ", opened " + in_words(london_date(one.opened_at))});
    return ui::rows(items);
}

Html flags(store::Reader& reader, const access::Context& context, ledger::Seq person) {
    const auto shown = subjects::flags_of(reader, context, person);
    return shown.empty() ? Html{} : subjects::flags_panel(shown, false);
}

}  // namespace

std::vector<subjects::PersonPanel> person_panels() { return {{"flags", "Repeat flags", flags}, {"cases", "Cases", cases_of}}; }

}  // namespace concord::app
