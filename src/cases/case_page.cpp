#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/text.hpp"
#include "cases/case_links.hpp"
#include "cases/entry_words.hpp"
#include "cases/pages.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/subjects.hpp"

/// One case on one page: its clocks first, then what it is, what is new, who is on it, its risk, what happened, what is to be done, what was asked
/// for, documents and places. What can be done to it stands in case_changes.cpp and form_pages.cpp.
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
namespace ui = web::ui;

struct View {
    store::Reader& reader;
    const Request& request;
    const Context& context;
    const Deps& deps;
    const Standing& now;
    Seq stream;
    const Refusal* refusal = nullptr;
    mutable std::map<std::pair<std::string_view, Seq>, std::string> names = {};  // the same few stand in every section
    const Json& state() const { return now.state; }
    std::string address(std::string_view more = "") const { return "/cases/" + now.state["reference"].as_string() + std::string{more}; }
    const std::string& user(Seq seq) const { return named("app_user", seq, "Nobody"); }
    const std::string& agency(Seq seq) const { return named("agency", seq, "No agency yet"); }
    const std::string& named(std::string_view kind, Seq seq, std::string_view nobody) const {
        const auto [at, is_new] = names.try_emplace({kind, seq});
        if (is_new) at->second = seq == 0 ? std::string{nobody} : access::name_of(reader, kind, seq);
        return at->second;
    }
};

struct Counted {
    std::int64_t people = 0, places = 0, tasks = 0, requests = 0, documents = 0, entries = 0;
};

bool is_open_task(const std::string& state) { return state == "proposed" || state == "assigned" || state == "accepted"; }

Counted count(const View& v) {
    Counted n;
    for (const auto& one : v.state()["involvements"].items()) {
        if (one.has("ended")) continue;
        ++(one["kind"].as_string() == "place" ? n.places : n.people);
    }
    for (const auto& task : v.state()["tasks"].items()) n.tasks += is_open_task(task["state"].as_string()) ? 1 : 0;
    n.requests = static_cast<std::int64_t>(v.state()["requests"].items().size());
    n.documents = static_cast<std::int64_t>(v.state()["documents"].items().size());
    n.entries = count_entries(v.reader, v.stream);
    return n;
}

// ---- Clocks

struct Running {
    engine::Clock clock;
    const engine::ClockRule* rule;
};
std::vector<Running> running(const View& v) {
    std::vector<Running> all;
    for (const auto& clock : clocks_of(v.state()))
        if (!clock.ended && clock.state != "met" && clock.state != "stopped") all.push_back({clock, v.now.definition->clock(clock.id)});
    std::stable_sort(all.begin(), all.end(), [](const Running& a, const Running& b) {
        const auto key = [](const Running& one) { return one.clock.paused_at || !one.clock.due ? INT64_MAX : one.clock.due->micros; };
        return key(a) < key(b);
    });
    return all;
}

std::string words_of_rule(const View& v, const Running& one) {
    if (one.rule == nullptr) return {};
    return fmt::format("{}. {}.", engine::length_in_words(*v.now.definition, *one.rule, one.clock, v.now.calendar), one.rule->source);
}

/// The link that ends the clock: its action, or the form that answers it.
Html decision(const View& v, const Running& one) {
    if (one.rule == nullptr || one.rule->decision.empty()) return {};
    const auto* action = v.now.definition->action(one.rule->decision);
    const auto* tool = v.now.definition->risk_tool(one.rule->decision);
    const auto* form = v.now.definition->form(one.rule->decision);
    const std::string label = action != nullptr ? action->label : tool != nullptr ? tool->label : form != nullptr ? form->label : "";
    if (label.empty()) return {};
    return link(v.address(action != nullptr ? "/actions/" : "/forms/") + one.rule->decision, label);
}

Html clocks(const View& v) {
    const auto all = running(v);
    if (all.empty()) return {};
    const auto& first = all.front();
    const bool late = first.clock.due && *first.clock.due < v.context.now() && !first.clock.paused_at;
    const auto due = [&](const Running& one) { return one.clock.paused_at ? ui::due("Paused") : due_tag(one.clock.due, v.context.now()); };
    const std::string name = first.rule != nullptr ? first.rule->label : first.clock.id;
    std::vector<ui::Step> steps{{.text = "Began", .small = in_words(london_date(first.clock.started)), .state = "done"},
                                {.text = name, .small = first.clock.due ? "by " + in_words(london_date(*first.clock.due)) : "", .state = "now"}};
    Html text{words_of_rule(v, first)};
    if (const Html open = decision(v, first); !open.empty()) text += Html{" "} + open;
    Html out = ui::clock({.title = name, .due = due(first), .steps = steps, .text = text, .state = late ? "late" : ""});
    if (all.size() > 1) {
        std::vector<ui::Row> rows;
        for (std::size_t i = 1; i < all.size(); ++i)
            rows.push_back({.due = due(all[i]),
                            .text = el("strong", all[i].rule != nullptr ? all[i].rule->label : all[i].clock.id),
                            .about = words_of_rule(v, all[i]),
                            .does = decision(v, all[i])});
        out += ui::details(
            {.summary = fmt::format("{} running", counted(static_cast<long long>(all.size() - 1), "other clock")), .text = ui::rows(rows)});
    }
    return el("div", {{"id", "clocks"}}, out);
}

// ---- Summary, and what can be done

Html risk_tag(const Json& risk) {
    if (!risk.is_object()) return Html{"Not assessed"};
    std::string words = capital(risk["level"].as_string());
    if (risk["most"].as_number() > 0) words += fmt::format(", {:g} of {:g}", risk["score"].as_number(), risk["most"].as_number());
    return tag(words, risk_colour(risk["level"].as_string()));
}

Html summary(const View& v) {
    const Json& s = v.state();
    const auto* stage = v.now.definition->stage(s["stage"].as_string());
    const auto opened = parse_instant(s["opened_at"].as_string());
    std::string words = stage != nullptr ? stage->label : "";
    if (opened && s["open"].as_bool()) words += fmt::format(", day {}", v.context.today() - london_date(*opened) + 1);
    const Json& plan = s["forms"]["plan"]["summary"];
    Html out = plan.is_string() ? p(plan.as_string()) : Html{};
    std::vector<ui::SummaryRow> left{
        {.key = {"Stage"}, .value = {words}, .actions = {{.text = "Move", .href = "#do", .visually_hidden_text = "the stage"}}},
        {.key = {"Type"}, .value = {v.now.definition->title}},
        {.key = {"Lead"},
         .value = {v.user(s["lead_user"].as_integer()) + ", " + v.agency(s["lead_agency"].as_integer())},
         .actions = {{.text = "Change", .href = v.address("/assign"), .visually_hidden_text = "the lead"}}}};
    std::vector<ui::SummaryRow> right{{.key = {"Risk"}, .value = {risk_tag(s["risk"])}}};
    if (!v.now.definition->risk_tools.empty())
        right.front().actions = {{.text = s["risk"].is_object() ? "Review" : "Assess",
                                  .href = v.address("/forms/") + v.now.definition->risk_tools.front().id,
                                  .visually_hidden_text = "the risk"}};
    std::string hub = access::name_of(v.reader, "hub", s["hub"].as_integer());
    if (const Seq offered = s["offered_hub"].as_integer(); offered != 0)
        hub += fmt::format(", offered to {}", access::name_of(v.reader, "hub", offered));
    right.push_back({.key = {"Hub"}, .value = {hub}});
    std::string restriction = capital(s["restriction"].as_string());
    if (s["handling"].is_string()) restriction += ", marked " + capital(s["handling"].as_string());
    right.push_back({.key = {"Restriction"},
                     .value = {restriction},
                     .actions = {{.text = "Change", .href = v.address("/restriction"), .visually_hidden_text = "the restriction"}}});
    for (const auto& form : v.now.definition->forms)
        for (const auto& field : form.fields)
            if (const Seq named = field.kind == engine::FieldKind::user ? s["forms"][form.id][field.id].as_integer() : 0;
                named != 0 && field.id != "lead_user")  // whoever leads the case stands on the left
                right.push_back({.key = {field.label}, .value = {v.user(named)}});
    for (const auto& one : s["links"].items()) {
        // A report is read by fewer than its case: whoever may not read it is not told that there was one.
        const Seq report = one["record"].as_integer();
        if (one["kind"].as_string() != "referral" || !v.context.may(v.reader, "read", {.kind = "referral", .seq = report}).allowed) continue;
        if (const auto row = v.reader.select_one("t", "select reference from referral where stream = :stream", {{"stream", report}}))
            right.push_back({.key = {"Report"}, .value = {link("/referrals/" + row->text(0), row->text(0))}});
    }
    out += ui::split(ui::summary_list({.rows = left, .classes = "govuk-summary-list--no-border"}),
                     ui::summary_list({.rows = right, .classes = "govuk-summary-list--no-border"}), "even");
    return ui::section("summary", "Summary", out);
}

/// An offer that waits for its answer: from whom to whom, why, and the answers that this reader may give.
Html offer(const View& v) {
    const Seq to = v.state()["offered_hub"].as_integer();
    if (to == 0) return {};
    Html answers;
    for (const auto& one : engine::actions(*v.now.definition, v.now.facts))
        if (one.allowed && !one.action->ends_offer.empty())
            answers += button_link(one.action->label, v.address("/actions/") + one.action->id, "", one.action->main ? "" : "secondary");
    const std::string heading = fmt::format("{} offers this case to {}", access::name_of(v.reader, "hub", v.state()["hub"].as_integer()),
                                            access::name_of(v.reader, "hub", to));
    return ui::notification_banner({.html = el("p", {{"class", "govuk-notification-banner__heading"}}, heading) + offer_in_words(v.now) +
                                            (answers.empty() ? Html{} : el("div", {{"class", "govuk-button-group"}}, answers)),
                                    .title = "Waiting for an answer"});
}

Html what_can_be_done(const View& v) {
    Html items, blocked;
    for (const auto& one : engine::actions(*v.now.definition, v.now.facts)) {
        if (one.allowed)
            items += el("li", button_link(one.action->label, v.address("/actions/") + one.action->id, "", one.action->main ? "" : "secondary"));
        else
            blocked += el("li", el("strong", one.action->label) + Html{". "} + el("span", {{"data-cc", "muted"}}, one.why));
    }
    Html out = items.empty() ? p(blocked.empty() ? "Nothing can be done from this stage." : "Nothing can be done by you just now.")
                             : el("ul", {{"class", "govuk-list"}, {"data-cc", "actions"}}, items);
    if (!blocked.empty()) out += ui::details({.summary = "Not yet, and why", .text = el("ul", {{"class", "govuk-list"}}, blocked)});
    Html forms;
    for (const auto& tool : v.now.definition->risk_tools) forms += el("li", link(v.address("/forms/") + tool.id, "Assess: " + tool.label));
    for (const auto& form : v.now.definition->forms)
        if (v.state()["forms"].has(form.id)) forms += el("li", link(v.address("/forms/") + form.id, form.label));
    if (!forms.empty()) out += ui::details({.summary = "Forms of this case", .text = el("ul", {{"class", "govuk-list"}}, forms)});
    return ui::section("do", "What can be done", out);
}

Html new_since(const View& v) {
    const auto seen = last_seen(v.reader, v.context.actor.user, v.stream);
    if (!seen) return {};
    const auto fresh = entries_since(v.reader, v.stream, seen->version, v.context.actor.user, 20);
    if (fresh.empty()) return {};
    std::vector<Html> items;
    for (const auto& entry : fresh) {
        const std::string title = entry_words(v.reader, entry, v.state(), v.context.today()).title;
        Html words = el("strong", v.agency(entry.by_agency)) + Html{": " + lower_ascii(title.substr(0, 1)) + title.substr(title.empty() ? 0 : 1)};
        if (!entry.words.empty()) words += Html{", " + cut(entry.words, 90)};
        items.push_back(words + Html{fmt::format(" ({})", in_words(london_date(entry.at)))});
    }
    const Html read = el("form", {{"method", "post"}, {"action", v.address("/seen")}},
                         hidden("csrf", v.context.csrf) + hidden("version", std::to_string(v.state()["version"].as_integer())) +
                             el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}}, "Mark as read"));
    return ui::box(h2(fmt::format("New since you were here on {}", in_words(london_date(seen->at))), "new") + ui::mini(items) + read, "tint");
}

// ---- People and places

std::string age_of(const subjects::Person& person, Date today) {
    const std::string age = subjects::age_in_words(person.details.birth, today);
    return age.empty() ? age : ", " + age;
}

}  // namespace

Html accused_child(const std::set<std::string>& parts) {
    if (parts.empty()) return {};
    return ui::warning_text(
        {.text = fmt::format("A child under 10 stands here as {}. The age of criminal responsibility is 10: no step of enforcement can "
                             "be taken against them. Think of a safeguarding referral.",
                             join({parts.begin(), parts.end()}, " and "))});
}

namespace {

/// Who is on it, with the ways to reach them and what must be minded then: whoever is about to ring sees it at that very place.
Html people(const View& v, const std::vector<subjects::ShownFlag>& repeats) {
    std::vector<std::vector<ui::Cell>> rows;
    std::set<std::string> parts_of_children;
    for (const auto& one : v.state()["involvements"].items()) {
        if (one.has("ended") || one["kind"].as_string() == "place") continue;
        const auto person = subjects::person(v.reader, one["subject"].as_integer());
        const auto* role = v.now.definition->role(one["role"].as_string());
        Html name, reach, flags;
        std::string words;
        if (person) {
            words = subjects::name_in_lists(*person, v.context.today());
            name = el("span", link("/people/" + person->id, words) + Html{age_of(*person, v.context.today())});
            reach = subjects::contact_lines(v.reader, v.context, person->stream);
            if (person->details.safe_to_contact == "no") flags += tag("Not safe to contact", "red");
            if (one["under_10"].as_bool()) flags += Html{" "} + tag("Under 10", "purple");
            if (one["under_10"].as_bool() && role != nullptr && role->accused) parts_of_children.insert(lower_ascii(role->label));
            for (const auto& flag : repeats)
                if (flag.subject == subjects::root_of(v.reader, person->stream)) flags += Html{" "} + tag(flag.flag.label, "orange");
        } else if (const auto organisation = subjects::organisation(v.reader, one["subject"].as_integer())) {
            words = organisation->details.name;
            name = link("/organisations/" + organisation->id, words);
        }
        const std::string id = one["id"].as_string();
        const Html change = link(v.address("/involvements/" + id),
                                 Html{"Change"} + el("span", {{"class", "govuk-visually-hidden"}}, words.empty() ? "" : " " + words));
        rows.push_back({{.text = name},
                        {.text = role != nullptr ? role->label : ""},
                        {.text = reach.empty() ? Html{"Nothing held"} : reach},
                        {.text = flags.empty() ? Html{"None"} : flags},
                        {.text = change}});
    }
    const Html table = rows.empty() ? p("Nobody is on this case yet.")
                                    : ui::stacked_table({.head = {{.text = "Name"},
                                                                  {.text = "Part"},
                                                                  {.text = "How to reach them"},
                                                                  {.text = "Flags"},
                                                                  {.text = el("span", {{"class", "govuk-visually-hidden"}}, "Change")}},
                                                         .rows = rows,
                                                         .first_cell_is_header = true});
    return ui::section("people", "People", accused_child(parts_of_children) + table,
                       link(v.address("/involvements/new"), "Add a person, place or organisation"));
}

/// Repeat victims, callers, suspects and places, by what this reader may read.
Html repeat_flags(const std::vector<subjects::ShownFlag>& all) {
    return all.empty() ? Html{} : ui::section("flags", "Repeat flags", subjects::flags_panel(all, true));
}

Html places(const View& v) {
    std::vector<Html> items;
    for (const auto& one : v.state()["involvements"].items()) {
        if (one.has("ended") || one["kind"].as_string() != "place") continue;
        const auto place = subjects::place(v.reader, one["subject"].as_integer());
        const auto* role = v.now.definition->role(one["role"].as_string());
        if (place)
            items.push_back(link("/places/" + place->id, tidy(place->details.text + " " + place->details.postcode)) +
                            Html{". " + (role != nullptr ? role->label : "")});
    }
    const Html map = map_section(v.reader, v.context, v.now, v.deps.map_figures);
    const Html list = items.empty() ? p("No place is on this case yet.") : ui::mini(items);
    return ui::section("places", "Places",
                       map.empty() ? list + (items.empty() ? Html{} : p("Not on the map: give the place a postcode or a position.")) : list + map);
}

Html risk(const View& v) {
    const Json& r = v.state()["risk"];
    Html links;
    for (const auto& tool : v.now.definition->risk_tools)
        links += Html{" "} + link(v.address("/forms/") + tool.id, r.is_object() ? "Review risk" : "Assess risk");
    if (v.now.definition->risk_tools.empty()) return {};
    if (!r.is_object()) return ui::section("risk", "Risk", p("Nobody has assessed the risk yet."), links);
    const auto at = parse_instant(r["assessed_at"].as_string());
    Html words = risk_tag(r) + Html{fmt::format(" Scored {} by {}.", at ? in_words(london_date(*at)) : "", v.user(r["by"].as_integer()))};
    if (r["before"].is_string()) words += Html{fmt::format(" It was {} before.", lower_ascii(capital(r["before"].as_string())))};
    for (const auto& one : running(v))
        if (one.rule != nullptr && v.now.definition->risk_tool(one.rule->decision) != nullptr && one.clock.due)
            words += Html{fmt::format(" Review by {}.", in_words(london_date(*one.clock.due)))};
    Html out = p(words);
    if (r["override"].is_string()) {
        std::string code = r["override"].as_string();
        for (const auto& tool : v.now.definition->risk_tools)
            for (const auto& choice : tool.overrides)
                if (choice.code == code) code = choice.label;
        const std::string& reason = r["reason"].as_string();
        out += p(code == "lowered" ? fmt::format("Lowered by hand from {}. {}", lower_ascii(capital(r["scored_level"].as_string())), reason)
                                   : fmt::format("Raised by hand: {}. {}", code, reason));
    }
    const auto* tool = v.now.definition->risk_tool(r["tool"].as_string());
    if (tool != nullptr) {
        std::vector<ui::SummaryRow> rows;
        for (const auto& question : tool->questions)
            if (const std::string said = answer_in_words(question.field, v.state()["forms"][tool->id][question.field.id]); !said.empty())
                rows.push_back({.key = {question.field.label}, .value = {said}});
        if (!rows.empty()) out += ui::details({.summary = "The answers", .text = ui::summary_list({.rows = rows})});
    }
    return ui::section("risk", "Risk", out, links);
}

// ---- Timeline

Html note_form(const View& v) {
    const std::string key = "note:" + v.state()["reference"].as_string();
    const auto kept = access::draft(v.reader, v.context.actor.user, key);
    const auto drafted = [&](const char* field) -> std::string {
        if (v.request.has_typed(field)) return std::string{v.request.typed(field)};
        if (!kept || kept->body[field].items().empty()) return {};
        return kept->body[field].items().front().as_string();
    };
    const std::string kind = drafted("kind").empty() ? "note" : drafted("kind");
    const auto error = [&](std::string_view field) {
        const std::string words = error_of(v.refusal, field);
        return words.empty() ? std::optional<ui::ErrorMessage>{} : ui::ErrorMessage{.text = words};
    };
    const Html contact = ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "With whom?"}},
                                     .id_prefix = "with",
                                     .name = "with",
                                     .items = {{.text = "The person harmed", .value = "victim"},
                                               {.text = "The suspected person", .value = "suspect"},
                                               {.text = "Somebody else", .value = "other"}},
                                     .value = drafted("with"),
                                     .classes = "govuk-radios--small govuk-radios--inline"}) +
                         ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "What came of it?"}},
                                     .error_message = error("outcome"),
                                     .id_prefix = "outcome",
                                     .name = "outcome",
                                     .items = {{.text = "Spoke to them", .value = "made"},
                                               {.text = "No answer", .value = "no_answer"},
                                               {.text = "Letter sent", .value = "letter"}},
                                     .value = drafted("outcome"),
                                     .classes = "govuk-radios--small govuk-radios--inline"});
    const Html kinds = ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "Kind of entry"}},
                                   .error_message = error("kind"),
                                   .id_prefix = "kind",
                                   .name = "kind",
                                   .items = {{.text = "Note", .value = "note"},
                                             {.text = "Contact with a person", .value = "contact", .conditional = contact},
                                             {.text = "Decision", .value = "decision"},
                                             {.text = "Incident", .value = "incident"}},
                                   .value = kind,
                                   .classes = "govuk-radios--small"});
    const Html saved = kept ? ui::saved("Draft saved " + in_words(kept->saved_at)) : el("span", {{"data-cc", "saved"}}, "");
    return ui::box(el("form", {{"method", "post"}, {"action", v.address("/entries")}, {"data-draft", key}},
                      hidden("csrf", v.context.csrf) +
                          ui::textarea({.label = {.text = "Add a note"},
                                        .hint = ui::Hint{.text = "Visible to all agencies on this case"},
                                        .error_message = error("text"),
                                        .id = "text",
                                        .name = "text",
                                        .value = drafted("text"),
                                        .rows = 3}) +
                          kinds + el("div", {{"class", "govuk-button-group"}}, button("Save note") + saved)));
}

std::string kind_label(const std::string& kind) {
    static const std::vector<std::pair<std::string, std::string>> labels{
        {"note", "Notes"},          {"contact", "Contacts"}, {"decision", "Decisions"}, {"incident", "Incidents"}, {"document", "Documents"},
        {"task", "Tasks"},          {"risk", "Risk"},        {"stage", "Stages"},       {"form", "Forms"},         {"person", "People and places"},
        {"request", "Information"}, {"change", "Changes"}};
    for (const auto& [code, label] : labels)
        if (code == kind) return label;
    return capital(kind);
}

Html timeline(const View& v, std::int64_t total) {
    const std::string show{v.request.asked("show")};
    std::vector<ui::Chip> chips{{.text = fmt::format("All {}", total), .href = v.address("#timeline"), .current = show.empty()}};
    for (const auto& one : entry_kinds(v.reader, v.stream))
        chips.push_back({.text = fmt::format("{} {}", kind_label(one.kind), one.count),
                         .href = v.address("?show=" + one.kind + "#timeline"),
                         .current = show == one.kind});
    const auto cursor = v.request.asked("before");
    const bool digits = !cursor.empty() && cursor.size() < 12 && cursor.find_first_not_of("0123456789") == std::string::npos;
    const auto list = entries(v.reader, v.stream, 26, digits ? std::stoll(std::string{cursor}) : INT64_MAX, show);
    std::vector<ui::Moment> moments;
    for (const auto& entry : list) {
        if (moments.size() == 25) break;
        const auto told = entry_words(v.reader, entry, v.state(), v.context.today());
        Html description = told.about.empty() ? Html{} : p(told.about + ".");
        for (const auto& line : split(entry.words, '\n'))
            if (!trim(line).empty()) description += p(line);
        moments.push_back({.title = told.title,
                           .by = v.user(entry.by_user) + ", " + v.agency(entry.by_agency),
                           .when = in_words(entry.at),
                           .iso = to_rfc3339(entry.at),
                           .description = description});
    }
    Html out = note_form(v) + ui::chips(chips, "Show");
    out += moments.empty() ? p("Nothing of this kind has happened yet.") : ui::timeline(moments);
    if (list.size() > 25)
        out += p(link(v.address("?" + web::encode_query({{"show", show}, {"before", std::to_string(list[24].version)}}) + "#timeline"),
                      "Show earlier entries"));
    return ui::section("timeline", "Timeline", out, Html{counted(total, "entry", "entries")});
}

// ---- Tasks, information, documents

Html task_buttons(const View& v, const Json& task) {
    const std::string& state = task["state"].as_string();
    const std::string at = "/tasks/" + task["id"].as_string();
    const auto go = [&](std::string_view change, std::string_view words) {
        return button_link(words, at + "/" + std::string{change}, task["title"].as_string());
    };
    Html out;
    if (state == "assigned" || state == "proposed") out += go("accept", "Accept") + go("decline", "Decline");
    if (is_open_task(state)) out += go("done", "Done");
    if (state == "done") out += go("verify", "Verify") + go("reopen", "Not yet done");
    if (state == "declined") out += go("assign", "Give to another");
    if (is_open_task(state)) out += go("move", "Move");
    (void)v;
    return out;
}

std::string agency_kind(const View& v, const std::string& code) {
    const auto lists = v.deps.library.lists();
    if (const auto found = lists.find("source_agencies"); found != lists.end())
        for (const auto& choice : found->second.codes)
            if (choice.code == code) return choice.label;
    return capital(code);
}

Html tasks(const View& v) {
    std::vector<ui::Row> open, ended;
    for (const auto& task : v.state()["tasks"].items()) {
        const std::string& state = task["state"].as_string();
        std::string about = v.agency(task["agency"].as_integer());
        if (task["agency"].as_integer() == 0 && task["for_kind"].is_string()) about = "For: " + agency_kind(v, task["for_kind"].as_string());
        if (task["owner"].as_integer() != 0) about += ", " + v.user(task["owner"].as_integer());
        about += ". " + capital(state) + ".";
        for (const char* key : {"result", "reason"})
            if (task[key].is_string()) about += " " + task[key].as_string();
        const ui::Row row{.due = is_open_task(state) ? due_tag(end_of_day(task["due"].as_string()), v.context.now()) : ui::due(capital(state)),
                          .text = el("strong", task["title"].is_string() ? task["title"].as_string() : "Erased"),
                          .about = about,
                          .does = task_buttons(v, task)};
        (is_open_task(state) ? open : ended).push_back(row);
    }
    Html out = open.empty() ? p("No task is open.") : ui::rows(open);
    if (!ended.empty()) out += ui::details({.summary = counted(static_cast<long long>(ended.size()), "task") + " ended", .text = ui::rows(ended)});
    return ui::section("tasks", "Tasks", out, link(v.address("/tasks/new"), "Add a task"));
}

Html requests(const View& v) {
    std::vector<std::vector<ui::Cell>> rows;
    const auto& lists = v.state()["requests"].items().empty() ? engine::CodeLists{} : v.deps.library.lists();
    const auto label = [&](const char* list, const std::string& code) {
        if (const auto found = lists.find(list); found != lists.end())
            for (const auto& choice : found->second.codes)
                if (choice.code == code) return choice.label;
        return capital(code);
    };
    for (const auto& one : v.state()["requests"].items()) {
        const auto sent = parse_instant(one["sent_at"].as_string());
        const std::string& state = one["state"].as_string();
        const bool waits = state == "sent" || state == "acknowledged" || state == "query";
        Html status = tag(label("request_states", state), waits ? "yellow" : "grey");
        if (waits) status += Html{" "} + due_tag(end_of_day(one["due"].as_string()), v.context.now());
        if (one["answer"].is_string()) status += p(one["answer"].as_string());
        if (waits) status += link(v.address("/information-requests/" + one["id"].as_string()), "Answer or withdraw");
        rows.push_back(
            {{.text = sent ? short_day(london_date(*sent)) : ""},
             {.text = v.agency(one["agency"].as_integer()) + " to " + v.agency(one["holder"].as_integer())},
             {.text = one["asked_for"].is_string() ? one["asked_for"].as_string() : "Erased"},
             {.text = label("request_gateways", one["gateway"].as_string()) + ". " + label("request_purposes", one["purpose"].as_string()) + "."},
             {.text = status}});
    }
    const Html table =
        rows.empty() ? p("No agency has been asked for information on this case.")
                     : ui::stacked_table(
                           {.head = {{.text = "When"}, {.text = "From and to"}, {.text = "What"}, {.text = "Power and reason"}, {.text = "Answer"}},
                            .rows = rows});
    return ui::section("information", "Information shared", table, link(v.address("/information-requests/new"), "Ask for information"));
}

std::string size_in_words(std::int64_t bytes) {
    if (bytes >= 1024 * 1024) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / (1024 * 1024));
    return fmt::format("{} KB", std::max<std::int64_t>(1, bytes / 1024));
}

Html documents(const View& v) {
    std::vector<Html> items;
    for (const auto& one : v.state()["documents"].items()) {
        const auto at = parse_instant(one["at"].as_string());
        items.push_back(link(v.address("/documents/" + one["id"].as_string()), one["name"].is_string() ? one["name"].as_string() : "Erased") +
                        void_el("br", {}) +
                        el("span", {{"data-cc", "muted"}},
                           fmt::format("{}, {}, {}, {}", one["type"].as_string(), size_in_words(one["size"].as_integer()),
                                       v.agency(one["agency"].as_integer()), at ? in_words(london_date(*at)) : "")));
    }
    const std::string error = error_of(v.refusal, "file");
    ui::FileUpload upload;
    upload.name = "file";
    upload.label = {.text = "Add a file"};
    upload.hint = ui::Hint{.text = "PDF, picture, office document, e-mail, sound or video, 25 MB at most. Everybody on this case can open it."};
    upload.id = "file";
    if (!error.empty()) upload.error_message = ui::ErrorMessage{.text = error};
    return ui::section("documents", "Documents",
                       (items.empty() ? p("No document has been added.") : ui::mini(items)) +
                           el("form", {{"method", "post"}, {"action", v.address("/documents")}, {"enctype", "multipart/form-data"}},
                              hidden("csrf", v.context.csrf) + ui::file_upload(upload) + button("Upload", "secondary")));
}

Html side(const View& v, const Counted& n) {
    const auto item = [&](std::string_view text, const std::string& href, const std::string& count = "") {
        return ui::SidePlace{.text = std::string{text}, .href = href, .n = count.empty() ? Html{} : Html{count}};
    };
    const Json& r = v.state()["risk"];
    std::vector<ui::SidePlace> items{item("Summary", "#summary"),
                                     item("What can be done", "#do"),
                                     item("People", "#people", std::to_string(n.people)),
                                     item("Risk", "#risk", r.is_object() ? capital(r["level"].as_string()) : ""),
                                     item("Timeline", "#timeline", std::to_string(n.entries)),
                                     item("Tasks", "#tasks", std::to_string(n.tasks)),
                                     item("Information shared", "#information", std::to_string(n.requests)),
                                     item("Documents", "#documents", std::to_string(n.documents)),
                                     item("Links", "#links"),
                                     item("Places", "#places", std::to_string(n.places)),
                                     item("Who has looked", v.address("/readers")),
                                     item("Who can see this", v.address("/access"))};
    items.front().active = true;
    return ui::side_navigation("Parts of this case", items);
}

Html whole(const View& v) {
    const Json& s = v.state();
    const auto opened = parse_instant(s["opened_at"].as_string());
    const Counted n = count(v);
    const std::string& reference = s["reference"].as_string();
    Html main = ui::breadcrumbs({.items = {{.text = "Cases", .href = "/cases"}, {.text = reference}}}) + error_summary(v.refusal);
    main +=
        ui::head(s["title"].as_string(),
                 fmt::format("{}, opened {}, lead {}", reference, opened ? in_words(london_date(*opened)) : "", v.user(s["lead_user"].as_integer())),
                 button_link("Add note", "#text", "", "") + button_link("Add task", v.address("/tasks/new")) + button_link("More actions", "#do"));
    if (s["restriction"].as_string() != "normal")
        main += ui::warning_text({.text = capital(s["restriction"].as_string()) + ": only named people can read this case. Every look is recorded."});
    main += offer(v);
    const auto repeats = subjects::flags_of_record(v.reader, v.context, v.stream);
    Html content = clocks(v) + summary(v) + new_since(v) + what_can_be_done(v) + people(v, repeats) + repeat_flags(repeats) + risk(v) +
                   timeline(v, n.entries) + tasks(v) + requests(v);
    content += documents(v) + links_section(v.reader, v.context, v.now, v.stream) + places(v);
    return main + ui::split(side(v, n), content, "left");
}

}  // namespace

std::optional<Seq> readable_case(store::Reader& reader, const Context& context, std::string_view reference) {
    const auto stream = find_case(reader, reference);
    if (!context.demand(reader, "read", {.kind = "case", .seq = stream.value_or(-1)})) return {};
    return stream;
}

Response case_page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal) {
    std::optional<Seq> stream;
    std::int64_t first_look = 0;
    const auto response = context.db.reading([&](store::Reader& reader) -> Response {
        stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        const auto now = standing(reader, context, deps, *stream);
        if (!now) return absent();
        if (!last_seen(reader, context.actor.user, *stream)) first_look = now->state["version"].as_integer();
        const View view{reader, request, context, deps, *now, *stream, refusal};
        return context.page(request, (refusal != nullptr ? "Error: " : "") + now->state["title"].as_string(), whole(view),
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
    if (!stream || (response.status != 200 && refusal == nullptr)) return response;
    if (first_look != 0)
        (void)context.db.writing([&](store::Transaction& tx) -> Result<Done> {
            mark_seen(tx, context.actor.user, *stream, first_look, context.now());
            return Done{};
        });
    context.looked("case", {*stream});
    return response;
}

void add_case_pages(access::Routes& routes, const Deps& deps) {
    routes.get("/cases/{ref}", "A case", "pages",
               [deps](const Request& request, Context& context) { return case_page(request, context, deps, nullptr); });
    add_case_change_pages(routes, deps);
}

}  // namespace concord::cases
