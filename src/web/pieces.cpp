#include "web/pieces.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::web::pieces {

Html link(const std::string& href, const Html& text) { return el("a", {{"class", "govuk-link"}, {"href", href}}, text); }
Html p(const Html& text) { return el("p", {{"class", "govuk-body"}}, text); }
Html h2(std::string_view text, std::string_view id) {
    return id.empty() ? el("h2", {{"class", "govuk-heading-m"}}, text) : el("h2", {{"class", "govuk-heading-m"}, {"id", std::string{id}}}, text);
}
Html hidden(std::string_view name, const std::string& value) {
    return void_el("input", {{"type", "hidden"}, {"name", std::string{name}}, {"value", value}});
}
Html button(std::string_view text, std::string_view kind) {
    return el("button", {{"type", "submit"}, {"class", kind.empty() ? "govuk-button" : "govuk-button govuk-button--" + std::string{kind}}}, text);
}
Html button_link(std::string_view text, const std::string& href, std::string_view about, std::string_view kind) {
    Html inside{std::string{text}};
    if (!about.empty()) inside += el("span", {{"class", "govuk-visually-hidden"}}, " " + std::string{about});
    return el("a",
              {{"class", kind.empty() ? "govuk-button" : "govuk-button govuk-button--" + std::string{kind}},
               {"href", href},
               {"role", "button"},
               {"draggable", "false"}},
              inside);
}
Html tag(const std::string& text, std::string_view colour) { return el("strong", {{"class", fmt::format("govuk-tag govuk-tag--{}", colour)}}, text); }
Html back_link(const std::string& href, std::string_view text) {
    return el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", href}}, text));
}

namespace {

struct Due {
    std::string state, words;
};
Due due_of(std::optional<Instant> due, Instant now) {
    if (!due) return {"", "No date"};
    const int days = london_date(*due) - london_date(now);
    if (*due < now) return {"late", days == 0 ? "Late today" : counted(-days, "day") + " late"};
    if (days == 0) return {"soon", "Today"};
    return {days <= 3 ? "soon" : "ok", in_short_words(london_date(*due))};
}

}  // namespace

Html due_tag(std::optional<Instant> due, Instant now) {
    const auto [state, words] = due_of(due, now);
    return ui::due(words, state);
}

std::optional<Instant> end_of_day(std::string_view day) {
    const auto date = parse_date(day);
    if (!date) return {};
    return Instant{london_midnight(*date + 1).micros - 1};
}

std::string risk_colour(std::string_view level) { return level == "high" ? "red" : level == "medium" ? "yellow" : "green"; }

std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

Html error_summary(const Refusal* refusal, const std::function<std::string(const std::string&)>& address_of) {
    if (refusal == nullptr) return {};
    Html items;
    for (const auto& error : refusal->fields)
        items += el("li", el("a", {{"href", address_of ? address_of(error.field) : "#" + error.field}}, error.message));
    if (refusal->fields.empty()) items = el("li", refusal->sentence);
    return el("div", {{"class", "govuk-error-summary"}},
              el("div", {{"role", "alert"}},
                 el("h2", {{"class", "govuk-error-summary__title"}}, "There is a problem") +
                     el("div", {{"class", "govuk-error-summary__body"}}, el("ul", {{"class", "govuk-list govuk-error-summary__list"}}, items))));
}

std::string error_of(const Refusal* refusal, std::string_view field) {
    if (refusal != nullptr)
        for (const auto& one : refusal->fields)
            if (one.field == field) return one.message;
    return {};
}

}  // namespace concord::web::pieces
