#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/subjects.hpp"

/// Lists of cases with their filters, and one find over cases, people, places, documents and reports.
namespace concord::cases {

using access::Context;
using ledger::Seq;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;

namespace {

ui::Row list_row(store::Reader& reader, const CaseRow& row, const engine::Pathways* pathways, Instant now) {
    const auto* definition = pathways != nullptr ? pathways->current(row.pathway, london_date(now)) : nullptr;
    const auto* stage = definition != nullptr ? definition->stage(row.stage) : nullptr;
    Html about{
        fmt::format("{}, {}, {}", row.reference, access::name_of(reader, "hub", row.hub), stage != nullptr ? stage->label : capital(row.stage))};
    if (row.lead_user != 0) about += Html{", lead " + access::name_of(reader, "app_user", row.lead_user)};
    about += Html{". "};
    if (!row.risk_level.empty()) about += tag(capital(row.risk_level), risk_colour(row.risk_level));
    if (row.restriction != "normal") about += Html{" "} + tag(capital(row.restriction), "red");
    return {.due = row.open ? due_tag(row.next_due, now) : ui::due(row.closed_at ? "Closed " + short_day(london_date(*row.closed_at)) : "Closed"),
            .text = row.title,
            .href = "/cases/" + row.reference,
            .about = about,
            .does = button_link("Open", "/cases/" + row.reference, row.reference)};
}

}  // namespace

std::string short_day(Date day) {
    const std::string words = in_words(day);  // "8 July 2025"
    const auto month = words.find(' ') + 1;
    return words.substr(0, month + 3) + words.substr(words.rfind(' '));
}

Html case_row(store::Reader& reader, const CaseRow& row, Instant now) { return ui::rows({list_row(reader, row, nullptr, now)}); }

namespace {

// ---- The list

struct Filters {
    std::string q, hub, pathway, stage, risk, lead, state, due_before, sort;
    web::Fields fields() const {
        web::Fields all;
        const std::vector<std::pair<const char*, const std::string*>> names{
            {"q", &q},       {"hub", &hub},     {"pathway", &pathway},       {"stage", &stage}, {"risk", &risk},
            {"lead", &lead}, {"state", &state}, {"due_before", &due_before}, {"sort", &sort}};
        for (const auto& [name, value] : names)
            if (!value->empty()) all.emplace_back(name, *value);
        return all;
    }
    std::string without(std::string_view name) const {
        web::Fields left = fields();
        std::erase_if(left, [&](const auto& one) { return one.first == name; });
        return "/cases" + (left.empty() ? "" : "?" + web::encode_query(left));
    }
    std::string with(std::string_view name, const std::string& value) const {
        web::Fields all = fields();
        std::erase_if(all, [&](const auto& one) { return one.first == name; });
        all.emplace_back(name, value);
        return "/cases?" + web::encode_query(all);
    }
};

std::vector<engine::Field> filter_fields(store::Reader& reader, const engine::Pathways& pathways, Date today) {
    using K = engine::FieldKind;
    engine::Field hub{.id = "hub", .label = "Hub", .kind = K::code}, pathway{.id = "pathway", .label = "Type", .kind = K::code},
        stage{.id = "stage", .label = "Stage", .kind = K::code}, risk{.id = "risk", .label = "Risk", .kind = K::code};
    for (const auto& one : access::hubs(reader)) hub.choices.push_back({.code = one.code, .label = one.name});
    for (const auto* one : pathways.all_current(today)) {
        if (one->intake) continue;
        pathway.choices.push_back({.code = one->name, .label = one->title});
        for (const auto& each : one->stages)
            if (std::none_of(stage.choices.begin(), stage.choices.end(), [&](const auto& known) { return known.code == each.id; }))
                stage.choices.push_back({.code = each.id, .label = each.label});
        for (const auto& tool : one->risk_tools)
            for (const auto& band : tool.bands)
                if (std::none_of(risk.choices.begin(), risk.choices.end(), [&](const auto& known) { return known.code == band.level; }))
                    risk.choices.push_back({.code = band.level, .label = band.label});
    }
    return {{.id = "q", .label = "Words of the title", .kind = K::text},
            hub,
            pathway,
            stage,
            risk,
            {.id = "lead", .label = "Lead", .kind = K::code, .choices = {{.code = "me", .label = "Only mine"}}},
            {.id = "state",
             .label = "Open or closed",
             .kind = K::code,
             .choices = {{.code = "closed", .label = "Closed"}, {.code = "all", .label = "All"}}},
            {.id = "due_before", .label = "Due before", .kind = K::date}};
}

Html filter_html(const engine::Field& field, const std::string& value) {
    if (field.kind != engine::FieldKind::code) {
        ui::Input input{.label = {.text = field.label}, .id = "filter-" + field.id, .name = field.id, .value = value};
        if (field.kind == engine::FieldKind::date) input.hint = ui::Hint{.text = "17/5/2025, +7 or fri"};
        return ui::input(input);
    }
    std::vector<ui::SelectItem> items{{.text = field.id == "state" ? "Open" : "Any", .value = ""}};
    for (const auto& choice : field.choices) items.push_back({.text = choice.label, .value = choice.code, .selected = choice.code == value});
    return ui::select({.label = {.text = field.label}, .id = "filter-" + field.id, .name = field.id, .items = items});
}

Response case_list(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto asked = [&](const char* name) { return tidy(request.asked(name)); };
        const Filters f{asked("q"),    asked("hub"),   asked("pathway"),    asked("stage"), asked("risk"),
                        asked("lead"), asked("state"), asked("due_before"), asked("sort")};
        const auto pathways = deps.library.current();
        CaseFilter filter{.pathway = f.pathway, .stage = f.stage, .risk = f.risk, .words = f.q};
        Refusal refusal{Because::invalid, "cases.filter", "Some answers need another look."};
        if (!f.hub.empty()) {
            const auto hub = access::hub_by_code(reader, f.hub);
            filter.hub = hub ? hub->seq : -1;
        }
        if (f.lead == "me") filter.lead_user = context.actor.user;
        if (f.state == "closed") filter.which = access::PageAsk::Which::closed;
        if (f.state == "all") filter.which = access::PageAsk::Which::all;
        if (!f.due_before.empty()) {
            filter.due_before = parse_typed_date(f.due_before, context.today());
            if (!filter.due_before) refusal.fields.push_back({"filter-due_before", "Give a day that exists, like 17/5/2025."});
        }
        if (f.sort == "opened_at" || f.sort == "reference") filter.sort = f.sort;
        const auto fields = filter_fields(reader, *pathways, context.today());
        const auto found = list_cases(reader, context.actor, filter, request.asked("after"), 50, context.today());
        Html inside;
        std::vector<ui::Chip> tags;
        for (const auto& field : fields) {
            std::string value;
            for (const auto& [name, said] : f.fields())
                if (name == field.id) value = said;
            inside += filter_html(field, value);
            if (value.empty()) continue;
            std::string words = value;
            for (const auto& choice : field.choices)
                if (choice.code == value) words = choice.label;
            tags.push_back({.text = Html{field.label + ": " + words + " "} + el("span", {{"aria-hidden", "true"}}, "×") +
                                    el("span", {{"class", "govuk-visually-hidden"}}, "take this filter out"),
                            .href = f.without(field.id)});
        }
        if (!f.sort.empty()) inside += hidden("sort", f.sort);
        const Html left = el("form", {{"method", "get"}, {"action", "/cases"}}, h2("Filter") + inside + button("Show", "secondary"));
        std::vector<ui::Chip> orders;
        for (const auto& [code, label] :
             std::vector<std::pair<std::string, std::string>>{{"next_due", "Soonest deadline"}, {"opened_at", "Newest"}, {"reference", "Reference"}})
            orders.push_back({.text = label, .href = f.with("sort", code), .current = filter.sort == code});
        Html right = (tags.empty() ? Html{} : ui::chips(tags, "Filters")) + ui::chips(orders, "Order");
        right += p(fmt::format("{}{}", found.at_least ? "At least " : "", counted(found.total, "case")));
        std::vector<ui::Row> rows;
        for (const auto& row : found.rows) rows.push_back(list_row(reader, row, pathways.get(), context.now()));
        right += rows.empty() ? p("No case fits. Take a filter out, or open a case from a referral.") : ui::rows(rows);
        if (!found.next.empty()) right += p(link(f.with("after", found.next), "Next 50"));
        Html main = error_summary(refusal.fields.empty() ? nullptr : &refusal) +
                    ui::head("Cases", context.actor.agency_name, button_link("New referral", "/referrals/new", "", "")) +
                    ui::split(left, right, "left");
        return context.page(request, "Cases", main);
    });
}

// ---- Find

Html section(const std::string& id, const std::string& heading, const std::vector<ui::Row>& rows, const std::string& none) {
    return ui::section(id, heading, rows.empty() ? p(none) : ui::rows(rows));
}

std::vector<ui::Row> people_found(store::Reader& reader, const Context& context, const std::string& words) {
    std::vector<ui::Row> rows;
    for (const auto key : store::find_text(reader, "people", words, INT64_MAX, 100)) {
        if (rows.size() == 25) break;
        if (!context.may(reader, "read", {.kind = "person", .seq = key}).allowed) continue;
        const auto person = subjects::person(reader, key);
        if (!person) continue;
        const auto& d = person->details;
        std::string about = d.date_of_birth ? "Born " + in_words(*d.date_of_birth) + ". " : "";
        about += tidy(d.address + " " + d.postcode);
        rows.push_back({.due = ui::due("Person"), .text = person->name(), .href = "/people/" + person->id, .about = about});
    }
    return rows;
}

std::vector<ui::Row> reports_found(store::Reader& reader, const Context& context, const std::string& words) {
    std::vector<ui::Row> rows;
    for (const auto key : store::find_text(reader, "referrals", words, INT64_MAX, 100)) {
        if (rows.size() == 25) break;
        if (!context.may(reader, "read", {.kind = "referral", .seq = key}).allowed) continue;
        if (const auto row =
                reader.select_one("tti", "select reference, narrative, received_at from referral where stream = :stream", {{"stream", key}}))
            rows.push_back({.due = ui::due(short_day(london_date(row->instant(2)))),
                            .text = cut(row->text(1), 110),
                            .href = "/referrals/" + row->text(0),
                            .about = row->text(0)});
    }
    return rows;
}

std::vector<ui::Row> places_found(store::Reader& reader, const std::string& words) {
    std::vector<ui::Row> rows;
    for (const auto& place : subjects::places_at(reader, words))
        rows.push_back({.due = ui::due("Place"), .text = place.details.text, .href = "/places/" + place.id, .about = place.details.postcode});
    return rows;
}

/// People and places: the way to a record that is neither a case nor a report.
Response records(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "read", {.kind = "search"})) return absent();
        const std::string words = tidy(request.asked("q"));
        const bool enough = !words_of(words).empty();
        const auto people = enough ? people_found(reader, context, words) : std::vector<ui::Row>{};
        const auto places = enough ? places_found(reader, words) : std::vector<ui::Row>{};
        Html main = ui::head("People and places", "",
                             context.may(reader, "create", {.kind = "person"}).allowed
                                 ? link("/organisations", "Organisations") + Html{" "} + button_link("Record a person", "/people/new")
                                 : link("/organisations", "Organisations"));
        main += el("form", {{"method", "get"}, {"action", "/records"}},
                   ui::input({.label = {.text = "Name, telephone, street or postcode"},
                              .hint = ui::Hint{.text = "Only records that you may see are found. Every search is recorded."},
                              .id = "find-record",
                              .name = "q",
                              .value = words,
                              .classes = "govuk-input--width-20"}) +
                       button("Look"));
        main += p(Html{"Only a place? "} + link("/places", "Find it by postcode or street") + Html{", also one that is in no record yet."});
        if (enough) {
            main += section("people", fmt::format("People, {}", people.size()), people, "Nobody that you may know has these words.");
            main += section("places", fmt::format("Places, {}", places.size()), places, "No place has this postcode.");
            context.looked_soon("search", words);
        } else {
            main += p("People and places come to Concord with reports and cases. Look for them here, or in the box at the top of every page.");
        }
        return context.page(request, "People and places", main);
    });
}

Response search(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const std::string words = tidy(request.asked("q"));
        if (!context.demand(reader, "read", {.kind = "search"})) return absent();
        // A reference is not searched for but opened.
        if (const auto stream = find_case(reader, words); stream && context.may(reader, "read", {.kind = "case", .seq = *stream}).allowed)
            return web::see_other("/cases/" + (*case_state(reader, *stream))["reference"].as_string());
        const bool enough = !words_of(words).empty();
        const auto pathways = deps.library.current();
        const auto found = enough ? find_cases(reader, context.actor, words, request.asked("after"), 25, context.today()) : Found{};
        std::vector<ui::Row> cases;
        for (const auto& row : found.rows) cases.push_back(list_row(reader, row, pathways.get(), context.now()));
        const auto people = enough ? people_found(reader, context, words) : std::vector<ui::Row>{};
        const auto reports = enough ? reports_found(reader, context, words) : std::vector<ui::Row>{};
        const auto places = enough ? places_found(reader, words) : std::vector<ui::Row>{};
        Html main = ui::head(words.empty() ? "Find" : "Find: " + words);
        if (!enough) main += p("Type a name, a reference, a postcode or words of a note in the box at the top.");
        main += section("cases", fmt::format("Cases, {}{}", found.at_least ? "at least " : "", found.total), cases,
                        "No case that you may read has all these words in one entry.");
        if (!found.next.empty()) main += p(link("/search?" + web::encode_query({{"q", words}, {"after", found.next}}), "More cases"));
        main += section("people", fmt::format("People, {}", people.size()), people, "Nobody that you may know has these words.");
        main += section("places", fmt::format("Places, {}", places.size()), places, "Give a whole postcode to find places.");
        const auto documents = enough ? find_documents(reader, context.actor, words, context.today(), 25) : FoundDocuments{};
        std::vector<ui::Row> papers;
        for (const auto& one : documents.rows)
            papers.push_back({.due = ui::due(short_day(london_date(one.at))),
                              .text = one.name,
                              .href = fmt::format("/cases/{}/documents/{}", one.reference, one.id),
                              .about = one.reference});
        main += section("documents", fmt::format("Documents, {}", documents.total), papers, "No document that you may read has this name.");
        main += section("reports", fmt::format("Reports, {}", reports.size()), reports, "No report that you may read has these words.");
        context.looked_soon("search", words);
        return context.page(request, "Find " + words, main);
    });
}

}  // namespace

void add_work_pages(access::Routes& routes, const Deps& deps) {
    add_my_work_pages(routes, deps);
    routes.get("/cases", "Cases", "pages", [deps](const Request& request, Context& context) { return case_list(request, context, deps); });
    routes.get("/records", "People and places", "pages", records);
    routes.get("/search", "Find", "pages", [deps](const Request& request, Context& context) { return search(request, context, deps); });
}

}  // namespace concord::cases
