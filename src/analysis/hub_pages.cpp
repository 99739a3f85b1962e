#include <algorithm>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "analysis/pages.hpp"
#include "base/text.hpp"

/// The page of a hub: what waits in it, who carries what, and what police recorded in its area.
namespace concord::analysis {
namespace {

using access::Context;
using cases::HubWork;
using web::el;
using web::Html;
using web::Request;
using web::Response;
namespace ui = web::ui;
namespace pieces = web::pieces;

constexpr std::size_t months_shown = 13;

std::string number(std::int64_t n) { return number_in_words(n); }

/// What a change of a number is called; colours would say that more is worse, which more reporting is not.
std::string change_in_words(std::int64_t now, std::int64_t before) {
    if (now == before) return "The same";
    return now > before ? number(now - before) + " more" : number(before - now) + " fewer";
}

std::string waiting_since(const HubWork& work, Instant now) {
    if (!work.oldest_waiting) return work.awaiting_info > 0 ? fmt::format("{} wait for an answer", work.awaiting_info) : "None waits";
    const int days = london_date(now) - london_date(*work.oldest_waiting);
    return days == 0 ? "All of today" : "Oldest waits " + counted(days, "day");
}

Html tiles_of(const HubWork& work, const access::Named& hub, Instant now) {
    return ui::tiles({{.figure = number(work.to_triage),
                       .text = work.to_triage == 1 ? "referral to triage" : "referrals to triage",
                       .small = waiting_since(work, now),
                       .href = "/referrals?hub=" + hub.code,
                       .state = work.to_triage > 0 ? "soon" : ""},
                      {.figure = number(work.open),
                       .text = work.open == 1 ? "open case" : "open cases",
                       .small = fmt::format("{} of high risk", work.high_risk),
                       .href = "/cases?hub=" + hub.code},
                      {.figure = number(work.late),
                       .text = work.late == 1 ? "case is late" : "cases are late",
                       .small = work.late > 0 ? "A clock or a task is past its time" : "No clock and no task is past its time",
                       .href = "#late",
                       .state = work.late > 0 ? "late" : "ok"},
                      {.figure = number(work.unassigned),
                       .text = work.unassigned == 1 ? "case without a lead" : "cases without a lead",
                       .small = work.unassigned > 0 ? "Nobody answers for them" : "Each has somebody who answers for it",
                       .href = "#unassigned",
                       .state = work.unassigned > 0 ? "late" : "ok"}});
}

Html case_rows(store::Reader& reader, const std::vector<cases::CaseRow>& rows, Instant now) {
    std::vector<ui::Row> list;
    for (const auto& row : rows) {
        const std::string lead = row.lead_user == 0 ? "no lead officer" : access::name_of(reader, "app_user", row.lead_user);
        const std::string risk = row.risk_level.empty() ? "" : fmt::format(", {} risk", row.risk_level);
        list.push_back({.due = pieces::due_tag(row.next_due, now),
                        .text = row.title,
                        .href = "/cases/" + row.reference,
                        .about = fmt::format("{}, {}{}", row.reference, lead, risk)});
    }
    return ui::rows(list);
}

Html waiting_sections(store::Reader& reader, const HubWork& work, const std::string& hub, Instant now) {
    const auto list = [&](const std::vector<cases::CaseRow>& rows, std::int64_t all, std::string_view none, const std::string& all_at) {
        if (rows.empty()) return ui::paragraph(std::string{none});
        Html inside = case_rows(reader, rows, now);
        if (const auto more = all - static_cast<std::int64_t>(rows.size()); more > 0) {
            const std::string words = fmt::format("And {} more", more);
            inside += ui::paragraph(all_at.empty() ? Html{words + "."} : pieces::link(all_at, words));
        }
        return inside;
    };
    Html sections =
        ui::section("late", "Late", list(work.latest, work.late, "No open case is late.", "/cases?hub=" + hub)) +
        ui::section("unassigned", "Without a lead officer", list(work.without_lead, work.unassigned, "Every open case has a lead officer.", ""));
    std::vector<ui::Row> doubtful;
    for (const auto& one : work.doubtful)
        doubtful.push_back({.due = ui::due("Closed " + in_short_words(london_date(one.row.closed_at.value_or(now)))),
                            .text = one.row.title,
                            .href = "/cases/" + one.row.reference,
                            .about = fmt::format("{}. {}.", one.row.reference, one.why)});
    if (!doubtful.empty()) sections += ui::section("doubtful", "Closed, and to look at again", ui::rows(doubtful));
    return sections;
}

Html caseload_table(store::Reader& reader, const HubWork& work) {
    if (work.by_lead.empty()) return ui::paragraph("No case is open.");
    ui::Table table{.caption = "Open cases by lead officer",
                    .caption_classes = "govuk-visually-hidden",
                    .head = {{"Lead officer"}, {"Open", "numeric"}, {"High risk", "numeric"}, {"Late", "numeric"}},
                    .first_cell_is_header = true};
    for (const auto& lead : work.by_lead)
        table.rows.push_back({{lead.lead == 0 ? Html{"Nobody"} : Html{access::name_of(reader, "app_user", lead.lead)}},
                              {number(lead.open), "numeric"},
                              {number(lead.high_risk), "numeric"},
                              {number(lead.late), "numeric"}});
    return ui::stacked_table(std::move(table));
}

Html counts_list(const std::vector<HubWork::Count>& counts) {
    std::vector<Html> items;
    for (const auto& count : counts) items.push_back(fmt::format("{}: {}", count.label, count.n));
    return ui::mini(items);
}

Html caseload_section(store::Reader& reader, const HubWork& work) {
    Html inside = caseload_table(reader, work);
    if (!work.by_stage.empty()) inside += el("h3", {{"class", "govuk-heading-s"}}, "By stage") + counts_list(work.by_stage);
    if (!work.late_tasks.empty()) inside += el("h3", {{"class", "govuk-heading-s"}}, "Tasks late for long") + counts_list(work.late_tasks);
    if (!work.late_clocks.empty()) inside += el("h3", {{"class", "govuk-heading-s"}}, "Clocks past their time") + counts_list(work.late_clocks);
    return ui::section("caseload", "Who carries what", inside);
}

// ---- What police recorded

Html types_table(const std::vector<HubCount>& counts, std::string_view month) {
    std::int64_t all = 0, all_before = 0, most = 1;
    bool known = true;
    for (const auto& count : counts) {
        all += count.crimes;
        all_before += count.year_before.value_or(0);
        known = known && count.year_before.has_value();
        most = std::max(most, count.crimes);
    }
    const std::string now = month_in_words(month), before = month_in_words(year_before(month));
    ui::Table table{.caption = fmt::format("Police-recorded crime by type, {}", now),
                    .caption_classes = "govuk-table__caption--s",
                    .head = {{"Type"}, {now}, {before, "numeric"}, {"Change", "numeric"}},
                    .first_cell_is_header = true};
    const auto row = [&](const Html& name, std::int64_t crimes, std::int64_t year_before, const Html& drawing) {
        table.rows.push_back({{name},
                              {drawing.empty() ? Html{number(crimes)} : drawing},
                              {known ? number(year_before) : std::string{"Not known"}, "numeric"},
                              {known ? change_in_words(crimes, year_before) : std::string{"Not known"}, "numeric"}});
    };
    for (const auto& count : counts) row(count.crime_type, count.crimes, count.year_before.value_or(0), bar(count.crimes, most));
    row("All types", all, all_before, padded(all, most));
    Html out = ui::stacked_table(std::move(table));
    if (!known)
        out += ui::paragraph(fmt::format("{} has not been imported: what is not known is not shown as nothing.", month_in_words(year_before(month))));
    return out;
}

Html months_table(const std::vector<HubMonth>& months) {
    std::int64_t most = 1;
    for (const auto& month : months) most = std::max(most, month.crimes);
    ui::Table table{.caption = "Month by month, all types, newest first",
                    .caption_classes = "govuk-table__caption--s",
                    .head = {{"Month"}, {"Recorded"}, {"Year before", "numeric"}, {"Change", "numeric"}},
                    .first_cell_is_header = true};
    for (const auto& month : months)
        table.rows.push_back({{month_in_words(month.month)},
                              {bar(month.crimes, most)},
                              {month.year_before ? number(*month.year_before) : std::string{"Not known"}, "numeric"},
                              {month.year_before ? change_in_words(month.crimes, *month.year_before) : std::string{"Not known"}, "numeric"}});
    return ui::stacked_table(std::move(table));
}

std::optional<Instant> imported_at(store::Reader& reader, std::string_view month) {
    std::optional<Instant> newest;
    for (const auto& held : snapshots(reader))
        if (held.month == month && (!newest || *newest < held.imported_at)) newest = held.imported_at;
    return newest;
}

/// The month asked for where it was imported, else the newest.
std::string month_shown(const std::vector<HubMonth>& months, std::string_view asked) {
    for (const auto& month : months)
        if (month.month == asked) return month.month;
    return months.front().month;
}

Html crime_section(store::Reader& reader, const access::Named& hub, std::string_view asked) {
    const std::string heading = "What police recorded";
    const auto months = hub_months(reader, hub.code, months_shown);
    if (months.empty())
        return ui::section("recorded-crime", heading, ui::paragraph("No month has been imported yet: concord import police-crime brings them in."));
    const std::string month = month_shown(months, asked);
    std::vector<HubCount> counts;
    for (auto& count : crimes_by_hub(reader, month))
        if (count.hub == hub.code) counts.push_back(std::move(count));
    std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.crimes > b.crimes; });
    std::vector<ui::Chip> chips;
    for (const auto& one : months)
        chips.push_back({.text = month_in_words(one.month),
                         .href = fmt::format("/hubs/{}?month={}#recorded-crime", hub.code, one.month),
                         .current = one.month == month});
    Html inside = ui::chips(chips, "Month");
    if (counts.empty())
        inside += ui::paragraph(fmt::format("Police recorded nothing in this hub's area in {}.", month_in_words(month)));
    else
        inside += types_table(counts, month);
    inside += ui::paragraph(
        "A crime counts once, however many outcomes it has. Small numbers change by chance, and more reports are not always more crime.");
    if (months.size() > 1) inside += months_table(months);
    return ui::section("recorded-crime", heading, inside + source_line(month, imported_at(reader, month)));
}

// ---- Pages

void note_list(const Context& context, std::string query, const HubWork& work) {
    std::vector<ledger::Seq> shown;
    for (const auto* rows : {&work.latest, &work.without_lead})
        for (const auto& row : *rows)
            if (std::find(shown.begin(), shown.end(), row.stream) == shown.end()) shown.push_back(row.stream);
    context.looked_soon("list", std::move(query), std::move(shown));
}

Response hub_page(const Request& request, Context& context, const cases::Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto hub = access::hub_by_code(reader, request.parameter("code"));
        if (!context.may(reader, "read", {.kind = "hubs"}).allowed || !hub) return pieces::absent();
        const auto work = cases::hub_work(reader, context, deps, hub->seq);
        Html main = ui::head(hub->name + " hub", in_words(context.today()), ui::link("All hubs", "/hubs"));
        main += tiles_of(work, *hub, context.now());
        main += ui::paragraph("Counted over what you may read; others may see other numbers.");
        main += ui::split(waiting_sections(reader, work, hub->code, context.now()), caseload_section(reader, work));
        main += crime_section(reader, *hub, request.asked("month"));
        note_list(context, "hub=" + hub->code, work);
        return context.page(request, hub->name + " hub", main);
    });
}

Response hub_list(const Request& request, Context& context, const cases::Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.may(reader, "read", {.kind = "hubs"}).allowed) return pieces::absent();
        ui::Table table{.caption = "Hubs, what waits in them and what police recorded",
                        .caption_classes = "govuk-visually-hidden",
                        .head = {{"Hub"},
                                 {"To triage", "numeric"},
                                 {"Open cases", "numeric"},
                                 {"Late", "numeric"},
                                 {"No lead", "numeric"},
                                 {"Police recorded", "numeric"},
                                 {"Year before", "numeric"}},
                        .first_cell_is_header = true};
        std::string newest;
        for (const auto& hub : access::hubs(reader)) {
            const auto work = cases::hub_work(reader, context, deps, hub.seq, 0);
            const auto months = hub_months(reader, hub.code, 1);
            if (!months.empty()) newest = months.front().month;
            table.rows.push_back(
                {{ui::link(hub.name, "/hubs/" + hub.code)},
                 {number(work.to_triage), "numeric"},
                 {number(work.open), "numeric"},
                 {number(work.late), "numeric"},
                 {number(work.unassigned), "numeric"},
                 {months.empty() ? std::string{"Not known"} : number(months.front().crimes), "numeric"},
                 {months.empty() || !months.front().year_before ? std::string{"Not known"} : number(*months.front().year_before), "numeric"}});
        }
        Html main = ui::head("Hubs", in_words(context.today()));
        main += ui::paragraph("Counted over what you may read. Hubs differ in size and in people: do not rank them by these numbers.");
        main += ui::stacked_table(std::move(table));
        if (!newest.empty()) {
            main += ui::paragraph(fmt::format("Police-recorded crime is of {} and of the same month of the year before.", month_in_words(newest)));
            main += source_line(newest, imported_at(reader, newest));
        }
        return context.page(request, "Hubs", main);
    });
}

}  // namespace

void add_hub_pages(access::Routes& routes, const cases::Deps& deps) {
    routes.get("/hubs", "Hubs", "pages", [deps](const Request& request, Context& context) { return hub_list(request, context, deps); });
    routes.get("/hubs/{code}", "What waits in a hub, and what police recorded", "pages",
               [deps](const Request& request, Context& context) { return hub_page(request, context, deps); });
}

void add_routes(access::Routes& routes, const cases::Deps& deps) {
    add_nearby_routes(routes);
    add_hub_api(routes, deps);
    add_hub_pages(routes, deps);
}

}  // namespace concord::analysis
