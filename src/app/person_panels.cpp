#include "app/person_panels.hpp"

#include <algorithm>

#include <fmt/format.h>

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

/// Cases that name the organisation, and those at places that it runs or lies in.
Html cases_of_organisation(store::Reader& reader, const access::Context& context, const subjects::Organisation& one,
                           const std::vector<ledger::Seq>& places) {
    std::vector<ui::Row> items;
    const auto add = [&](ledger::Seq subject, const std::string& why) {
        for (const auto& row : cases::cases_about(reader, context.actor, subject, context.today(), 50)) {
            const std::string href = "/cases/" + row.reference;
            if (items.size() == 50 || std::any_of(items.begin(), items.end(), [&](const ui::Row& item) { return item.href == href; })) continue;
            items.push_back({.due = row.open ? due_tag(row.next_due, context.now()) : ui::due("Closed"),
                             .text = row.title,
                             .href = href,
                             .about = fmt::format("{}, opened {}{}", row.reference, in_words(london_date(row.opened_at)), why)});
        }
    };
    add(one.stream, "");
    for (const auto place : places) {
        const auto held = subjects::place(reader, place);
        add(place, held ? ", at " + held->name() : std::string{});
    }
    return items.empty() ? p("None that you may read.") : ui::rows(items);
}

Html flags(store::Reader& reader, const access::Context& context, ledger::Seq person) {
    const auto shown = subjects::flags_of(reader, context, person);
    return shown.empty() ? Html{} : subjects::flags_panel(shown, false);
}

}  // namespace

std::string person_standing(store::Reader& reader, const access::Context& context, ledger::Seq person) {
    const auto about = cases::cases_about(reader, context.actor, person, context.today(), 3);
    if (about.empty()) return "In no case that you may see.";
    std::vector<std::string> words;
    for (const auto& one : about) words.push_back(one.reference + (one.open ? ", open" : ", closed"));
    return "In " + join(words, "; ") + ".";
}

std::vector<subjects::OrganisationPanel> organisation_panels() { return {{"cases", "Cases", cases_of_organisation}}; }

std::vector<subjects::PersonPanel> person_panels() { return {{"flags", "Repeat flags", flags}, {"cases", "Cases", cases_of}}; }

}  // namespace concord::app
