#include <fmt/format.h>

#include <algorithm>

#include "web/components.hpp"
#include "web/components_parts.hpp"

namespace concord::web::ui {
namespace {

Html cc(std::string_view tag_name, const char* name, const Html& inside) { return el(tag_name, {{"data-cc", name}}, inside); }

Attributes cc_state(const char* name, const std::string& state) {
    Attributes attributes{{"data-cc", name}};
    add_unless_empty(attributes, "data-state", state);
    return attributes;
}

}  // namespace

// ---- MoJ

Html side_navigation(const std::string& label, const std::vector<SidePlace>& items) {
    return el("nav", {{"class", "moj-side-navigation"}, {"aria-label", label}},
              el("ul", {{"class", "moj-side-navigation__list"}}, each(items, [](const SidePlace& item) {
                     Attributes to{{"href", item.href}};
                     if (item.active) to.emplace_back("aria-current", "location");
                     const Html words = item.n.empty() ? item.text : item.text + " " + cc("span", "n", item.n);
                     return el("li",
                               {{"class", item.active ? "moj-side-navigation__item moj-side-navigation__item--active" : "moj-side-navigation__item"}},
                               el("a", to, words));
                 })));
}

Html sub_navigation(const std::string& label, const std::vector<SidePlace>& items) {
    return el("nav", {{"class", "moj-sub-navigation"}, {"aria-label", label}},
              el("ul", {{"class", "moj-sub-navigation__list"}}, each(items, [](const SidePlace& item) {
                     Attributes to{{"class", "moj-sub-navigation__link"}, {"href", item.href}};
                     if (item.active) to.emplace_back("aria-current", "page");
                     const Html words = item.n.empty() ? item.text : item.text + " " + cc("span", "n", item.n);
                     return el("li", {{"class", "moj-sub-navigation__item"}}, el("a", to, words));
                 })));
}

Html timeline(const std::vector<Moment>& items, int heading_level) {
    return el(
        "div", {{"class", "moj-timeline"}}, each(items, [&](const Moment& item) {
            Html header = el(heading_tag(heading_level), {{"class", "moj-timeline__title"}}, item.title);
            if (!item.by.empty()) header += " " + el("p", {{"class", "moj-timeline__byline"}}, "by " + item.by);
            Html inside = el("div", {{"class", "moj-timeline__header"}}, header);
            if (!item.when.empty()) {
                inside += el("p", {{"class", "moj-timeline__date"}}, item.iso.empty() ? item.when : el("time", {{"datetime", item.iso}}, item.when));
            }
            inside += el("div", {{"class", "moj-timeline__description"}}, item.description);
            Attributes attributes{{"class", "moj-timeline__item"}};
            add(attributes, item.attributes);
            return el("div", attributes, inside);
        }));
}

Html badge(const Html& text, const Classes& classes) { return el("span", {{"class", with("moj-badge", classes)}}, text); }

Html alert(const std::string& kind, const Html& text) {
    static const std::string success =
        "M11.2869 24.6726L2.00415 15.3899L4.62189 12.7722L11.2869 19.4186L25.3781 5.32739L27.9958 7.96369L11.2869 24.6726Z";
    static const std::string other = "M15 2.5a12.5 12.5 0 1 0 0 25a12.5 12.5 0 1 0 0-25zM13.65 7.6h2.7v2.9h-2.7zM13.65 12.95h2.7v9.46h-2.7z";
    const Html icon = Html::trusted(
        R"(<svg class="moj-alert__icon" role="presentation" focusable="false" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 30" height="30" width="30"><path fill-rule="evenodd" clip-rule="evenodd" d=")" +
        (kind == "success" ? success : other) + R"(" fill="currentColor"/></svg>)");
    return el("div", {{"class", "moj-alert moj-alert--" + kind}, {"role", "status"}, {"data-module", "moj-alert"}},
              el("div", icon) + el("div", {{"class", "moj-alert__content"}}, text));
}

// ---- Ours

Html tiles(const std::vector<Tile>& items) {
    return cc("ul", "tiles", each(items, [](const Tile& item) {
                  Attributes attributes = cc_state("tile", item.state);
                  add_unless_empty(attributes, "href", item.href);
                  Html inside = cc("span", "fig", item.figure) + el("span", item.text);
                  if (!item.small.empty()) inside += el("small", item.small);
                  return el("li", el(item.href.empty() ? "span" : "a", attributes, inside));
              }));
}

Html chips(const std::vector<Chip>& items, const std::string& label) {
    return el("ul", {{"data-cc", "chips"}, {"aria-label", label}}, each(items, [](const Chip& item) {
                  Attributes to{{"href", item.href}};
                  if (item.current) to.emplace_back("aria-current", "true");
                  return el("li", el("a", to, item.text));
              }));
}

Html due(const Html& text, const std::string& state) { return el("span", cc_state("due", state), text); }
Html rag(const Html& text, const std::string& state) { return el("span", cc_state("rag", state), text); }

Html rows(const std::vector<Row>& items) {
    const bool ticks = std::any_of(items.begin(), items.end(), [](const Row& row) { return !row.tick.empty(); });
    const bool dues = std::any_of(items.begin(), items.end(), [](const Row& row) { return !row.due.empty(); });
    Attributes attributes{{"data-cc", "rows"}};
    if (!ticks) attributes.emplace_back("data-k", dues ? "plain" : "words");
    return el("ul", attributes, each(items, [&](const Row& item) {
                  Html inside;
                  if (!item.tick.empty()) {
                      inside += void_el("input", {{"data-cc", "tick"},
                                                  {"type", "checkbox"},
                                                  {"name", "i"},
                                                  {"value", item.tick},
                                                  {"checked", item.ticked},
                                                  {"aria-label", item.tick_label}});
                  } else if (ticks) {
                      inside += el("span", Html{});
                  }
                  if (ticks || dues) inside += item.due.empty() ? el("span", Html{}) : item.due;
                  Html words = item.href.empty() ? el("strong", item.text) : link(item.text, item.href);
                  if (!item.about.empty()) words += el("p", item.about);
                  inside += el("div", words);
                  if (!item.does.empty()) inside += cc("div", "does", item.does);
                  return el("li", item.attributes, inside);
              }));
}

Html bulk(const std::vector<BulkAction>& items, int selected) {
    return el(
        "div", {{"data-cc", "bulk"}, {"data-module", "concord-bulk"}},
        void_el("input", {{"data-cc", "tick"}, {"type", "checkbox"}, {"id", "all"}}) + el("label", {{"for", "all"}}, "Select all") +
            el("span", {{"data-cc", "muted"}, {"role", "status"}}, fmt::format("{} selected", selected)) + each(items, [](const BulkAction& item) {
                return el("button", {{"class", "govuk-button govuk-button--secondary"}, {"type", "submit"}, {"name", "do"}, {"value", item.value}},
                          item.text);
            }));
}

Html alerts(const std::vector<AlertCard>& items) {
    return cc("ul", "alerts", each(items, [](const AlertCard& item) {
                  Attributes attributes;
                  add_unless_empty(attributes, "data-state", item.state);
                  const Html words = el("strong", item.text);
                  Html inside = item.href.empty() ? words : link(words, item.href);
                  if (!item.about.empty()) inside += el("p", item.about);
                  return el("li", attributes, inside);
              }));
}

Html mini(const std::vector<Html>& items) {
    return cc("ul", "mini", each(items, [](const Html& item) { return el("li", item); }));
}

Html steps(const std::vector<Step>& items) {
    return cc("ol", "steps", each(items, [](const Step& item) {
                  Attributes attributes;
                  add_unless_empty(attributes, "data-state", item.state);
                  return el("li", attributes, item.small.empty() ? item.text : item.text + el("small", item.small));
              }));
}

Html clock(const Clock& options) {
    Html inside = cc("div", "bh", el("h2", {{"class", "govuk-heading-s"}}, options.title) + options.due);
    if (!options.steps.empty()) inside += steps(options.steps);
    if (!options.text.empty()) inside += el("p", {{"class", "govuk-body govuk-!-margin-bottom-1"}}, options.text);
    return el("div", cc_state("clock", options.state), inside);
}

Html score(double percent, const Html& text) {
    const double width = std::clamp(percent, 0.0, 100.0) * 0.96;
    const Html bar = Html::trusted(fmt::format(
        R"(<svg viewBox="0 0 96 10" aria-hidden="true" focusable="false"><rect data-s="track" width="96" height="10"/><rect data-s="b1" width="{:.2f}" height="10"/></svg>)",
        width));
    return cc("span", "score", bar + text);
}

Html match(const Match& options) {
    Attributes attributes{{"data-cc", "match"}};
    add_unless_empty(attributes, "data-k", options.kind);
    const Html name = options.href.empty() ? options.name : link(options.name, options.href);
    Html inside = cc("div", "bh", el("h3", {{"class", "govuk-heading-s"}}, name) + score(options.percent, options.score_text));
    if (!options.about.empty()) inside += el("p", {{"class", "govuk-body govuk-!-margin-bottom-1"}}, options.about);
    if (!options.why.empty()) {
        inside += el("ul", {{"data-cc", "why"}, {"aria-label", "Why this matches"}}, each(options.why, [](const Reason& reason) {
                         Attributes of_reason;
                         add_unless_empty(of_reason, "data-state", reason.state);
                         return el("li", of_reason, reason.text);
                     }));
    }
    if (!options.standing.empty() || !options.actions.empty()) {
        inside += cc("div", "bh",
                     el("p", {{"class", "govuk-body govuk-!-margin-bottom-0"}}, options.standing) +
                         (options.actions.empty() ? Html{} : actions(options.actions)));
    }
    return el("article", attributes, inside);
}

Html figure(const Figure& options) {
    Html inside;
    if (!options.caption.empty()) inside += el("figcaption", options.caption);
    inside += options.drawing + options.key;
    if (!options.numbers.empty()) inside += details({.summary = "See the numbers", .text = options.numbers});
    return cc("figure", "figure", inside);
}

Html saved(const Html& text) { return el("p", {{"data-cc", "saved"}, {"role", "status"}}, text); }

Html box(const Html& inside, const std::string& kind) {
    Attributes attributes{{"data-cc", "panel"}};
    add_unless_empty(attributes, "data-k", kind);
    return el("div", attributes, inside);
}

Html section(const std::string& id, const Html& heading, const Html& inside, const Html& beside_heading) {
    const Html title = el("h2", {{"class", "govuk-heading-m"}, {"id", id + "-heading"}}, heading);
    return el("section", {{"id", id}, {"data-cc", "sec"}, {"aria-labelledby", id + "-heading"}},
              (beside_heading.empty() ? title : cc("div", "bh", title + beside_heading)) + inside);
}

Html head(const Html& title, const Html& caption, const Html& beside) {
    Html words;
    if (!caption.empty()) words += el("span", {{"class", "govuk-caption-l"}}, caption);
    words += el("h1", {{"class", "govuk-heading-l"}}, title);
    return cc("div", "head", el("div", words) + (beside.empty() ? Html{} : actions(beside)));
}

Html split(const Html& left, const Html& right, const std::string& kind) {
    Attributes attributes{{"data-cc", "split"}};
    add_unless_empty(attributes, "data-k", kind);
    return el("div", attributes, el("div", left) + el("div", right));
}

Html scroll(const std::string& label, const Html& inside) {
    return el("div", {{"data-cc", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}}, inside);
}

Html stacked_table(Table options) {
    options.attributes.emplace_back("data-cc", "stack");
    for (auto& row : options.rows) {
        for (std::size_t i = 1; i < row.size() && i < options.head.size(); ++i) {
            // The heading is text: its markup without tags, unescaped again by the attribute's own escaping.
            const std::string& words = options.head[i].text.markup();
            if (words.find_first_of("<&") == std::string::npos)
                row[i].attributes.emplace_back("data-label", words.ends_with('?') ? words : words + ":");
        }
    }
    return table(options);
}

Html foot(const Html& inside) { return cc("div", "foot", inside); }
Html actions(const Html& inside) { return cc("div", "actions", inside); }
Html link(const Html& text, const std::string& href) { return el("a", {{"class", "govuk-link"}, {"href", href}}, text); }
Html paragraph(const Html& text) { return el("p", {{"class", "govuk-body"}}, text); }
Html csrf_field(const std::string& token) { return void_el("input", {{"type", "hidden"}, {"name", "csrf"}, {"value", token}}); }

Html gallery() {
    Html out = head("Everything on one page", "Gallery", button({.text = "New referral", .href = "/referrals/new"}));
    out += error_summary({.error_list = {{.text = "Enter a last name, or write unknown", .href = "#last"}}, .disable_auto_focus = true});
    out += notification_banner({.text = "Saved", .type = "success", .disable_auto_focus = true});
    out += tiles({{"4", "clocks end within 7 days", "1 is 2 days late", "#a", "late"},
                  {"7", "referrals to triage", "Oldest has waited 3 working days", "#b", "soon"},
                  {"11", "tasks due this week", "1 late", "#c"},
                  {"3", "repeat alerts", "2 people, 1 address", "#d", "soon"}});
    const Html open = button({.text = "Open", .href = "#case", .classes = "govuk-button--secondary"});
    Html left = chips({{"All 25", "?show=all", true}, {"Clocks 4", "?show=clocks"}, {"Tasks 11", "?show=tasks"}});
    left += el("form", {{"method", "post"}, {"action", "/my-work/bulk"}},
               bulk({{"Mark done", "done"}, {"Change date", "move"}}) + rows({{.due = due("2 days late", "late"),
                                                                               .text = "Decide whether the threshold is met",
                                                                               .href = "#one",
                                                                               .about = "HC-2026-000123, Trafalgar Court",
                                                                               .does = open,
                                                                               .tick = "1",
                                                                               .tick_label = "Select: decide whether the threshold is met"},
                                                                              {.due = due("Fri 17 Oct", "ok"),
                                                                               .text = "Review the contract",
                                                                               .href = "#two",
                                                                               .does = open,
                                                                               .tick = "2",
                                                                               .tick_label = "Select: review the contract"}}));
    Html right = el("h2", {{"class", "govuk-heading-m"}}, "Repeat alerts");
    right += alerts({{"Asha Bowes, Eastfield", "#three", "3 reports in 28 days", "late"}, {"14 Trafalgar Court", "#four", "5 reports in 60 days"}});
    right += mini({link("HC-2026-000100", "#five") + " raised to " + el("strong", "high"), link("See all 9 changes", "#six")});
    out += split(left, right);
    out += clock({.title = "ASB case review: decide the threshold",
                  .due = due("2 days late, was due Thursday 9 October", "late"),
                  .steps = {{"Applied", "25 September", "done"},
                            {"Acknowledged", "26 September", "done"},
                            {"Decision", "9 October", "now"},
                            {"Meeting", "6 November"}},
                  .text = "The local threshold is 3.",
                  .state = "late"});
    Html form = input({.label = {"Last name"}, .error_message = ErrorMessage{"Enter a last name, or write unknown"}, .name = "last"});
    form += date_input({.id = "dob", .fieldset = Fieldset{.legend = {"Date of birth, if known"}}, .hint = Hint{"For example, 27 3 2007"}});
    form += radios({.fieldset = Fieldset{.legend = {"Is it safe to phone?"}},
                    .name = "safe",
                    .items = {{.text = "Yes", .value = "y"}, {.text = "No", .value = "n"}},
                    .value = "y",
                    .classes = "govuk-radios--inline govuk-radios--small"});
    form += checkboxes(
        {.fieldset = Fieldset{.legend = {"Flags"}}, .name = "flags", .items = {{.text = "Weapons", .value = "w"}, {.text = "Dog", .value = "d"}}});
    form += select({.label = {"Hub"}, .name = "hub", .items = {{.text = "Scarborough"}, {.text = "York"}}});
    form += character_count({.label = {"What happened"}, .name = "what", .maxlength = "500"});
    form += file_upload({.label = {"Letter"}, .name = "letter"}) + password_input({.label = {"Password"}, .name = "password"});
    form += details({.summary = "Add other names", .text = "Nicknames, main language."});
    form += actions(button({.text = "Check for matches", .classes = "govuk-button--secondary"}) + saved("Draft saved 10:42"));
    out += split(el("form", {{"action", "#"}, {"method", "post"}, {"novalidate", true}}, form),
                 el("h2", {{"class", "govuk-heading-m"}}, "1 likely match") +
                     match({.name = "Katie Louise Marshall",
                            .href = "#seven",
                            .percent = 97,
                            .score_text = "Almost certain, 97%",
                            .about = "Born 3 November 1987.",
                            .why = {{"Date of birth is the same", "same"},
                                    {"Last name: Marshal, Marshall", "near"},
                                    {"Phone is different", "diff"},
                                    {"No reference to compare", "none"}},
                            .standing = "3 reports in 28 days.",
                            .actions = button({.text = "Use this person"})}) +
                     box(paragraph("We need a little more to search safely."), "tint") + inset_text({.text = "Inset"}) +
                     warning_text({.text = "Warning words"}),
                 "form");
    out += section(
        "people", "People",
        stacked_table({.caption = "People and their parts",
                       .caption_classes = "govuk-visually-hidden",
                       .head = {{"Name"}, {"Part"}, {"Flags"}},
                       .rows = {{{link("Katie Marshall", "#eight")}, {"Harmed"}, {tag({.text = "Repeat, 3", .classes = "govuk-tag--orange"})}}},
                       .first_cell_is_header = true}),
        link("Add a person", "#nine"));
    out += section(
        "facts", "Facts",
        summary_list(
            {.rows = {{.key = {"Lead"}, .value = {"Priya Nair"}, .actions = {{.text = "Change", .href = "#ten", .visually_hidden_text = "lead"}}}}}));
    out += section("timeline", "Timeline",
                   timeline({{.title = "Incident: banging on door",
                              .by = "Police",
                              .when = "11 October 2025 at 23:10",
                              .iso = "2025-10-11T23:10",
                              .description = "Patrol attended."}}));
    out += section("tasks", "Tasks",
                   task_list({.items = {{.title = {"Source"}, .href = "#eleven", .status = {"Completed"}},
                                        {.title = {"People"}, .href = "#twelve", .tag = Tag{.text = "Incomplete", .classes = "govuk-tag--blue"}}}}));
    out += el("p", {{"class", "govuk-body"}}, rag("On track", "green") + " " + rag("At risk", "amber") + " " + rag("Late", "red"));
    out += pages(3, 9, "?page=");
    return out;
}

}  // namespace concord::web::ui
