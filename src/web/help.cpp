#include "web/help.hpp"

#include "web/components.hpp"

namespace concord::web {
namespace {

Html heading(const Html& text) { return el("h2", {{"class", "govuk-heading-m"}}, text); }

ui::Choice option(const char* text, const char* value, const char* hint = "") {
    ui::Choice choice{.text = text, .value = value};
    if (*hint != '\0') choice.hint = ui::Hint{hint};
    return choice;
}

}  // namespace

Html help() {
    Html out = ui::head("Help");
    out += heading("Start of the day");
    out += ui::paragraph("My work lists what is due, soonest first. Each row has one button that finishes it or opens it.");
    out += heading("A new referral");
    out += ui::paragraph(
        "Give a name, a date of birth or an address first. Likely matches are shown with reasons. Use a match where it is the same person or place; "
        "add "
        "a new one only when none fits.");
    out += heading("What others can see");
    out += ui::paragraph("A page says who can see an entry before you save it. Looking at a record is itself recorded.");
    out += heading("Drafts");
    out += ui::paragraph("Where a form keeps a draft, what you type is saved two seconds after you stop, and the page says when it was last saved.");
    out += heading("More");
    return out + ui::mini({ui::link("Keyboard shortcuts", "/help/keyboard"), ui::link("Accessibility statement", "/accessibility")});
}

Html keyboard_help() {
    const auto row = [](const char* key, const char* does, const char* instead) {
        return std::vector<ui::Cell>{{.text = el("kbd", key)}, {.text = does}, {.text = instead}};
    };
    Html out = ui::head("Keyboard shortcuts");
    out += ui::stacked_table(
        {.caption = "Keys and what they do",
         .caption_classes = "govuk-visually-hidden",
         .head = {{.text = "Key"}, {.text = "Does"}, {.text = "Without the key"}},
         .rows = {row("/", "Go to search", "The search box at the top"), row("?", "Show this page", "Keyboard shortcuts at the foot of each page"),
                  row("J", "Next row or entry", "Tab"), row("K", "Previous row or entry", "Shift and Tab"),
                  row("X", "Select the row", "The tick box of the row"), row("A", "Go to the note box", "Add a note"),
                  row("Ctrl + Enter", "Save and go on", "The first button of the form")},
         .first_cell_is_header = true});
    out += ui::paragraph("Single letters do nothing while you type in a box.");
    return out + ui::paragraph(ui::link("Turn single-letter shortcuts off", "/me/preferences"));
}

Html accessibility_statement() {
    Html out = ui::head("Accessibility statement");
    out += ui::paragraph("Concord is meant to meet WCAG 2.2 level AA. You can enlarge text to 200%, use a keyboard alone, or turn scripts off.");
    out += ui::paragraph(
        "Our components are checked by machine, with axe-core, in both colour themes. They have not yet been checked by people who use screen "
        "readers.");
    return out + ui::paragraph("Tell your hub manager if you cannot use a page. They can give you the same information another way.");
}

Html preferences_form(const Preferences& now, const std::string& csrf, bool just_saved) {
    Html out;
    if (just_saved) out += ui::notification_banner({.text = "Your choices are saved", .type = "success"});
    out += ui::head("Text size, contrast and layout");
    out += ui::paragraph("To make text larger, use your browser: Ctrl and plus. Every page keeps its order and loses nothing.");
    Html form = ui::csrf_field(csrf);
    form += ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "Colours", .classes = "govuk-fieldset__legend--s"}},
                        .name = "theme",
                        .items = {option("As my device is set", "auto"), option("Light", "light"), option("Dark", "dark")},
                        .value = now.theme});
    form +=
        ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "Layout", .classes = "govuk-fieldset__legend--s"}},
                    .name = "density",
                    .items = {option("Compact", "compact", "More on one page"), option("Comfortable", "comfortable", "Larger text and more space")},
                    .value = now.density});
    form += ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "Single-letter shortcuts", .classes = "govuk-fieldset__legend--s"}},
                        .hint = ui::Hint{ui::link("See all shortcuts", "/help/keyboard")},
                        .name = "keys",
                        .items = {option("On", "on"), option("Off", "off")},
                        .value = now.keys ? "on" : "off"});
    form += ui::button({.text = "Save"});
    return out + el("form", {{"method", "post"}, {"action", "/me/preferences"}}, form);
}

}  // namespace concord::web
