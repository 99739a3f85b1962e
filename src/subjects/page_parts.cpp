#include "subjects/page_parts.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/subject_codes.hpp"

namespace concord::subjects::parts {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using namespace web::pieces;
namespace ui = web::ui;

namespace {

template <class Component>
void dress(Component& component, const Line& what, const Refusal* refusal) {
    std::string hint = what.hint;
    if (!what.held_now.empty()) hint += (hint.empty() ? "Held now: " : ". Held now: ") + what.held_now;
    if (!hint.empty()) component.hint = ui::Hint{.text = hint};
    if (const std::string error = error_of(refusal, what.name); !error.empty()) component.error_message = ui::ErrorMessage{.text = error};
}

}  // namespace

std::optional<Seq> readable_person(store::Reader& reader, const Context& context, std::string_view id) {
    const auto stream = find_person(reader, id);
    if (!context.demand(reader, "read", {.kind = "person", .seq = stream.value_or(-1)})) return {};
    return stream;
}

Expected version_of(const Request& request) {
    const auto typed = request.typed("version");
    const bool number = !typed.empty() && typed.size() < 18 && typed.find_first_not_of("0123456789") == std::string_view::npos;
    return number ? Expected{std::stoll(std::string{typed})} : Expected{};
}

std::int64_t version_shown(const access::Unsent& unsent, std::int64_t now) {
    return unsent.saved_at ? version_of(unsent.request).value_or(now) : now;
}

Html line(const Line& what, const std::string& value, const Refusal* refusal) {
    ui::Input input{.label = {.text = what.label}, .id = what.name, .name = what.name, .value = value, .classes = what.classes};
    dress(input, what, refusal);
    return ui::input(input);
}

Html text_area(const Line& what, const std::string& value, const Refusal* refusal, int rows) {
    ui::Textarea area{.label = {.text = what.label}, .id = what.name, .name = what.name, .value = value, .rows = rows};
    dress(area, what, refusal);
    return ui::textarea(area);
}

Html one_of(const Line& what, std::string_view list, const std::string& value, const Refusal* refusal, std::string_view leave_out) {
    const auto& codes = subject_codes(list);
    if (codes.size() > 8) {
        ui::Select select{.label = {.text = what.label}, .id = what.name, .name = what.name, .items = {{.text = "Choose one", .value = ""}}};
        for (const auto& one : codes)
            if (one.code != leave_out)
                select.items.push_back({.text = std::string{one.label}, .value = std::string{one.code}, .selected = one.code == value});
        dress(select, what, refusal);
        return ui::select(select);
    }
    ui::Radios radios{.fieldset = ui::Fieldset{.legend = {.text = what.label}},
                      .id_prefix = what.name,
                      .name = what.name,
                      .value = value,
                      .classes = "govuk-radios--small"};
    for (const auto& one : codes)
        if (one.code != leave_out)
            radios.items.push_back({.text = std::string{one.label},
                                    .value = std::string{one.code},
                                    .hint = one.hint.empty() ? std::optional<ui::Hint>{} : ui::Hint{.text = std::string{one.hint}}});
    dress(radios, what, refusal);
    return ui::radios(radios);
}

Html safe_to_contact(const std::string& value, const Refusal* refusal) {
    ui::Radios radios{.fieldset = ui::Fieldset{.legend = {.text = "Is it safe to phone or write to them there?"}},
                      .id_prefix = "safe_to_contact",
                      .name = "safe_to_contact",
                      .items = {{.text = "Yes", .value = "yes"}, {.text = "No", .value = "no"}, {.text = "Not known", .value = "not_known"}},
                      .value = value.empty() ? "not_known" : value,
                      .classes = "govuk-radios--small govuk-radios--inline"};
    dress(radios, {.name = "safe_to_contact", .label = {}}, refusal);
    return ui::radios(radios);
}

Html act(std::string_view value, std::string_view words, std::string_view kind, std::string_view about) {
    Html inside{words};
    if (!about.empty()) inside += el("span", {{"class", "govuk-visually-hidden"}}, ": " + std::string{about});
    return el("button",
              {{"type", "submit"},
               {"class", kind.empty() ? "govuk-button" : "govuk-button govuk-button--" + std::string{kind}},
               {"name", "do"},
               {"value", value}},
              inside);
}

std::string period(const std::string& from, const std::string& until) {
    const auto words = [](const std::string& day) {
        const auto date = parse_date(day);
        return date ? in_words(*date) : day;
    };
    if (from.empty() && until.empty()) return {};
    if (until.empty()) return "since " + words(from);
    return from.empty() ? "until " + words(until) : words(from) + " to " + words(until);
}

std::string typed_day(const std::string& iso) {
    const auto day = parse_date(iso);
    return day ? fmt::format("{}/{}/{}", civil(*day).day, civil(*day).month, civil(*day).year) : iso;
}

std::vector<Person> find_people(store::Reader& reader, const Context& context, const std::string& words, std::size_t limit) {
    std::vector<Person> found;
    std::vector<Seq> shown;
    for (const auto key : store::find_text(reader, "people", words, INT64_MAX, 100)) {
        if (found.size() == limit) break;
        if (!context.may(reader, "read", {.kind = "person", .seq = key}).allowed) continue;
        auto one = person(reader, key);
        if (!one || one->merged_into) continue;
        shown.push_back(key);
        found.push_back(std::move(*one));
    }
    context.looked_soon("search", words, shown);
    return found;
}

Html choose_person(store::Reader& reader, const Context& context, const PersonChoice& choice, const Refusal* refusal) {
    ui::Radios radios{.fieldset = ui::Fieldset{.legend = {.text = choice.label}},
                      .id_prefix = choice.field,
                      .name = choice.field,
                      .value = choice.chosen,
                      .classes = "govuk-radios--small"};
    const auto offer = [&](const Person& one) {
        if (one.stream == choice.not_this) return;
        const auto& d = one.details;
        std::string about = d.birth.known() ? "Born " + in_words(d.birth) + ". " : "";
        about += tidy(d.address + (d.address.empty() || d.postcode.empty() ? "" : ", ") + d.postcode);
        radios.items.push_back({.text = one.name(), .value = one.id, .hint = about.empty() ? std::optional<ui::Hint>{} : ui::Hint{.text = about}});
    };
    const bool asked = !words_of(choice.words).empty();
    std::vector<Person> found;
    if (asked) found = find_people(reader, context, choice.words);
    if (!choice.chosen.empty())
        if (const auto held = readable_person(reader, context, choice.chosen);
            held && std::none_of(found.begin(), found.end(), [&](const Person& one) { return one.stream == *held; }))
            offer(*person(reader, *held));
    for (const auto& one : found) offer(one);
    dress(radios, {.name = choice.field, .label = {}}, refusal);
    const Html box = el("div", {{"data-cc", "row"}},
                        line({.name = "find",
                              .label = "Find the other person",
                              .hint = "By name, telephone, postcode or number. Only people whom you may know are found."},
                             choice.words, nullptr) +
                            el("div", {{"data-k", "fit"}}, act("find", "Find")));
    if (!radios.items.empty()) return box + ui::radios(radios);
    const std::string error = error_of(refusal, choice.field);
    Html none =
        asked ? p(Html{"Nobody whom you may know has these words. "} + link("/people/new", "Record a new person") + Html{" first, then come back."})
              : Html{};
    if (!error.empty()) none += el("div", {{"id", choice.field}}, ui::error_message({.text = error}));
    return box + none;
}

}  // namespace concord::subjects::parts
