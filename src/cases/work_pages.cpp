#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/subjects.hpp"

/// Lists: my work, cases, referrals, find.
namespace concord::cases {
namespace {

using access::Context;
using ledger::Seq;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using web::void_el;
using namespace web::pieces;

// ---- Lists

}  // namespace

Html case_row(store::Reader& reader, const CaseRow& row, Instant now) {
    Html detail = p(fmt::format("{}, {}, {}", row.reference, access::name_of(reader, "hub", row.hub), capital(row.stage)));
    if (!row.risk_level.empty()) detail += tag(capital(row.risk_level), risk_colour(row.risk_level));
    return el("li", due_tag(row.next_due, now) + el("div", link("/cases/" + row.reference, row.title) + detail) +
                        el("div", {{"data-cc", "does"}},
                           el("a",
                              {{"class", "govuk-button govuk-button--secondary"},
                               {"href", "/cases/" + row.reference},
                               {"role", "button"},
                               {"draggable", "false"}},
                              Html{"Open"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + row.reference))));
}

namespace {

Html task_rows(store::Reader& reader, const Context& context) {
    store::Binds binds{{"user", context.actor.user}, {"agency", context.actor.agency}};
    const std::string readable = context.readable("t.stream", binds);
    Html rows;
    for (const auto& row : reader.select(
             "ttttt",
             fmt::format("select t.id, t.title, t.due, r.reference, t.state from task t join case_record r on r.stream = t.stream where (t.owner = "
                         ":user or t.agency = :agency) and t.state in ('proposed', 'assigned', 'accepted') and {} order by t.due, t.id limit 20",
                         readable),
             binds)) {
        const auto day = parse_date(row.text(2));
        const auto due = day ? std::optional<Instant>{Instant{london_midnight(*day + 1).micros - 1}} : std::nullopt;
        rows += el("li", due_tag(due, context.now()) +
                             el("div", link("/cases/" + row.text(3) + "#tasks", row.text(1)) + p(row.text(3) + ", " + row.text(4))) +
                             el("div", {{"data-cc", "does"}},
                                el("a",
                                   {{"class", "govuk-button govuk-button--secondary"},
                                    {"href", "/cases/" + row.text(3) + "#tasks"},
                                    {"role", "button"},
                                    {"draggable", "false"}},
                                   Html{"Open"} + el("span", {{"class", "govuk-visually-hidden"}}, " task on " + row.text(3)))));
    }
    return rows;
}

Response my_work(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const bool team = request.asked("view") == "team";
        const auto mine =
            list_cases(reader, context.actor, {.lead_user = team ? Seq{0} : context.actor.user, .own_hubs = team}, "", 25, context.today());
        const Html tasks = task_rows(reader, context);
        store::Binds binds;
        const auto waiting = reader.count(
            fmt::format("select count(*) from referral r where r.state in ('received', 'triage') and {}", context.readable("r.stream", binds)),
            binds);
        int late = 0;
        for (const auto& row : mine.rows) late += row.next_due && *row.next_due < context.now() ? 1 : 0;
        const auto tile = [](long long figure, const std::string& href, const std::string& words, const std::string& small, std::string_view state) {
            web::Attributes attributes{{"data-cc", "tile"}, {"href", href}};
            if (!state.empty()) attributes.emplace_back("data-state", state);
            return el("li", el("a", attributes, el("span", {{"data-cc", "fig"}}, std::to_string(figure)) + el("span", words) + el("small", small)));
        };
        Html main = el("div", {{"data-cc", "head"}},
                       el("div", el("span", {{"class", "govuk-caption-l"}}, context.actor.agency_name + ", " + in_words(context.today())) +
                                     el("h1", {{"class", "govuk-heading-l"}}, "My work")) +
                           el("div", {{"data-cc", "actions"}},
                              link(team ? "/my-work" : "/my-work?view=team", team ? "Only mine" : "See the whole hub") + link("/hubs", "Hubs")));
        main += el("ul", {{"data-cc", "tiles"}},
                   tile(mine.total, "/cases?lead=me", "open cases", counted(late, "clock") + (late == 1 ? " is late" : " are late"),
                        late > 0 ? "late" : "") +
                       tile(waiting, "/referrals", "referrals to triage", "Oldest first", waiting > 0 ? "soon" : ""));
        main += h2("Do next", "next");
        main += mine.rows.empty() ? p("Nothing is due. Cases that you lead appear here.")
                                  : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}},
                                       web::each(mine.rows, [&](const auto& row) { return case_row(reader, row, context.now()); }));
        main += h2("Tasks", "tasks");
        main += tasks.empty() ? p("No task is waiting for you.") : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, tasks);
        return context.page(request, "My work", main);
    });
}

Response case_list(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        CaseFilter filter{.risk = std::string{request.asked("risk")}, .words = std::string{request.asked("q")}};
        if (request.asked("lead") == "me") filter.lead_user = context.actor.user;
        if (request.asked("state") == "closed") filter.which = access::PageAsk::Which::closed;
        const auto found = list_cases(reader, context.actor, filter, request.asked("after"), 50, context.today());
        const auto option = [](std::string_view value, std::string_view label, std::string_view now) {
            return el("option", {{"value", std::string{value}}, {"selected", value == now}}, label);
        };
        Html main = el("h1", {{"class", "govuk-heading-l"}}, "Cases");
        main += el("form", {{"method", "get"}, {"action", "/cases"}},
                   el("div", {{"class", "govuk-form-group"}},
                      el("label", {{"class", "govuk-label"}, {"for", "filter-q"}}, "Words of the title") +
                          void_el("input", {{"class", "govuk-input govuk-input--width-20"},
                                            {"type", "text"},
                                            {"id", "filter-q"},
                                            {"name", "q"},
                                            {"value", filter.words}})) +
                       el("div", {{"class", "govuk-form-group"}},
                          el("label", {{"class", "govuk-label"}, {"for", "risk"}}, "Risk") +
                              el("select", {{"class", "govuk-select"}, {"id", "risk"}, {"name", "risk"}},
                                 option("", "Any", filter.risk) + option("high", "High", filter.risk) + option("medium", "Medium", filter.risk) +
                                     option("standard", "Standard", filter.risk))) +
                       button("Show", "secondary"));
        main += p(fmt::format("{}{}, soonest deadline first", found.at_least ? "At least " : "", counted(found.total, "case")));
        main += found.rows.empty() ? p("No case fits. Take a filter out, or open a case from a referral.")
                                   : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}},
                                        web::each(found.rows, [&](const auto& row) { return case_row(reader, row, context.now()); }));
        if (!found.next.empty())
            main += p(link("/cases?" + web::encode_query({{"q", filter.words}, {"risk", filter.risk}, {"after", found.next}}), "Next page"));
        return context.page(request, "Cases", main);
    });
}

Response search(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const std::string words{request.asked("q")};
        if (!context.demand(reader, "read", {.kind = "search"})) return absent();
        const auto found = words_of(words).empty() ? Found{} : find_cases(reader, context.actor, words, "", 25, context.today());
        Html people;
        if (!words_of(words).empty())
            for (const auto key : store::find_text(reader, "people", words, INT64_MAX, 100))
                if (context.may(reader, "read", {.kind = "person", .seq = key}).allowed)
                    if (const auto person = subjects::person(reader, key))
                        people += el("li", el("div", el("strong", person->name()) + p(person->details.address + " " + person->details.postcode)));
        Html main = el("h1", {{"class", "govuk-heading-l"}}, "Find: " + words);
        main += h2(fmt::format("Cases, {}", found.total)) +
                (found.rows.empty() ? p("No case that you may read has these words.")
                                    : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}},
                                         web::each(found.rows, [&](const auto& row) { return case_row(reader, row, context.now()); })));
        main += h2("People") +
                (people.empty() ? p("Nobody that you may know has these words.") : el("ul", {{"data-cc", "rows"}, {"data-k", "plain"}}, people));
        context.reads.record_soon({.user = context.actor.user,
                                   .agency = context.actor.agency,
                                   .at = context.now(),
                                   .purpose = context.actor.purpose,
                                   .route = context.route,
                                   .query = words,
                                   .thing_kind = "search",
                                   .things = {},
                                   .reason = {}});
        return context.page(request, "Find", main);
    });
}

}  // namespace

void add_work_pages(access::Routes& routes, const Deps&) {
    routes.get("/my-work", "My work", "pages", my_work);
    routes.get("/cases", "Cases", "pages", case_list);
    routes.get("/search", "Find", "pages", search);
}

}  // namespace concord::cases
