#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/subjects.hpp"

/// Forms and actions of the pathway, drawn from its definition.
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

// ---- Forms, drawn from the definition

}  // namespace

Html field_html(const engine::Field& field, const Json& value, const std::string& error) {
    using K = engine::FieldKind;
    const auto wrong = error.empty() ? std::optional<ui::ErrorMessage>{} : ui::ErrorMessage{.text = error};
    std::string help = field.hint;
    if (help.empty() && field.kind == K::date) help = "For example 17/5/2025, +7 or fri";
    if (help.empty() && field.kind == K::instant) help = "For example 17/5/2025 21:30";
    const auto hint = help.empty() ? std::optional<ui::Hint>{} : ui::Hint{.text = help};
    const bool may_stay_empty = !field.required && field.required_when.always();
    const Html label{field.label + (may_stay_empty && field.kind != K::yes_no ? " (optional)" : "")};
    std::vector<engine::Choice> choices = field.choices;
    if (field.kind == K::yes_no) choices = {{.code = "yes", .label = "Yes"}, {.code = "no", .label = "No"}};
    const auto is_chosen = [&](const std::string& code) {
        if (value.is_bool()) return value.as_bool() == (code == "yes");
        if (value.is_array())
            return std::any_of(value.items().begin(), value.items().end(), [&](const Json& one) { return one.as_string() == code; });
        return (value.is_string() ? value.as_string() : value.is_null() ? std::string{} : to_text(value)) == code;
    };
    if (choices.size() > 10 && field.kind != K::codes) {
        std::vector<ui::SelectItem> items{{.text = "Choose one", .value = ""}};
        for (const auto& choice : choices) items.push_back({.text = choice.label, .value = choice.code, .selected = is_chosen(choice.code)});
        return ui::select({.label = {.text = label}, .hint = hint, .error_message = wrong, .id = field.id, .name = field.id, .items = items});
    }
    if (!choices.empty()) {
        std::vector<ui::Choice> items;
        for (const auto& choice : choices)
            items.push_back({.text = choice.label,
                             .value = choice.code,
                             .hint = choice.hint.empty() ? std::optional<ui::Hint>{} : ui::Hint{.text = choice.hint},
                             .checked = is_chosen(choice.code)});
        const ui::Fieldset group{.legend = {.text = label}};
        if (field.kind == K::codes)
            return ui::checkboxes({.fieldset = group,
                                   .hint = hint,
                                   .error_message = wrong,
                                   .id_prefix = field.id,
                                   .name = field.id,
                                   .items = items,
                                   .classes = "govuk-checkboxes--small"});
        const bool short_ones = items.size() < 5 && std::all_of(choices.begin(), choices.end(),
                                                                [](const auto& one) { return one.label.size() < 14 && one.hint.empty(); });
        return ui::radios({.fieldset = group,
                           .hint = hint,
                           .error_message = wrong,
                           .id_prefix = field.id,
                           .name = field.id,
                           .items = items,
                           .classes = short_ones ? "govuk-radios--small govuk-radios--inline" : "govuk-radios--small"});
    }
    if (field.kind == K::long_text)
        return ui::textarea({.label = {.text = label},
                             .hint = hint,
                             .error_message = wrong,
                             .id = field.id,
                             .name = field.id,
                             .value = value.as_string(),
                             .rows = 4});
    std::string typed = value.is_string() ? value.as_string() : value.is_null() ? std::string{} : to_text(value);
    if (field.kind == K::date)
        if (const auto day = parse_date(typed)) typed = fmt::format("{}/{}/{}", civil(*day).day, civil(*day).month, civil(*day).year);
    if (field.kind == K::money && value.is_integer()) typed = fmt::format("{:.2f}", static_cast<double>(value.as_integer()) / 100);
    const bool short_answer = field.kind == K::date || field.kind == K::whole_number || field.kind == K::number || field.kind == K::money;
    ui::Input input{.label = {.text = label},
                    .hint = hint,
                    .error_message = wrong,
                    .id = field.id,
                    .name = field.id,
                    .value = typed,
                    .classes = short_answer               ? "govuk-input--width-10"
                               : field.kind == K::instant ? "govuk-input--width-20"
                                                          : ""};
    if (field.kind == K::money) input.prefix.text = "£";
    if (field.kind == K::whole_number) input.inputmode = "numeric";
    return ui::input(input);
}

std::string answer_in_words(const engine::Field& field, const Json& value) {
    if (value.is_null()) return {};
    if (value.is_bool()) return value.as_bool() ? "Yes" : "No";
    const auto label = [&](const std::string& code) {
        for (const auto& choice : field.choices)
            if (choice.code == code) return choice.label;
        if (field.kind == engine::FieldKind::yes_no) return capital(code);
        return code;
    };
    if (value.is_array()) {
        std::vector<std::string> words;
        for (const auto& one : value.items()) words.push_back(label(one.as_string()));
        return join(words, "; ");
    }
    if (!value.is_string()) return to_text(value);
    if (field.kind == engine::FieldKind::date)
        if (const auto day = parse_date(value.as_string())) return in_words(*day);
    if (field.kind == engine::FieldKind::instant)
        if (const auto at = parse_instant(value.as_string())) return in_words(*at);
    return label(value.as_string());
}

Json typed_answers(const std::vector<engine::Field>& fields, const Request& request) {
    Json answers = Json::object();
    for (const auto& field : fields) {
        const auto values = request.typed_all(field.id);
        if (field.kind == engine::FieldKind::codes) {
            Json all = Json::array();
            for (const auto& value : values) all.push(value);
            answers.set_if(field.id, all);
        } else if (!values.empty() && !values.front().empty()) {
            answers.set(field.id, values.front());
        }
    }
    return answers;
}

std::vector<engine::Field> fields_of(const engine::Definition& definition, const std::string& form_id) {
    std::vector<engine::Field> fields;
    if (const auto* tool = definition.risk_tool(form_id)) {
        for (const auto& question : tool->questions) fields.push_back(question.field);
        fields.push_back({.id = "override",
                          .label = "Raise the level to the highest, whatever the score",
                          .kind = engine::FieldKind::code,
                          .choices = tool->overrides});
        fields.push_back({.id = "override_reason", .label = "Why is the level raised?", .kind = engine::FieldKind::long_text});
    } else if (const auto* form = definition.form(form_id)) {
        for (const auto& field : form->fields)
            if (field.derived.empty() && field.kind != engine::FieldKind::group) fields.push_back(field);
    }
    return fields;
}

namespace {

struct FormPage {
    std::string heading, intro, form, post_to, button;
};

Response form_page(const Request& request, Context& context, const Standing& now, const FormPage& f, const Json& answers, const Refusal* refusal) {
    Html inside = hidden("csrf", context.csrf) + hidden("version", request.has_typed("version") ? std::string{request.typed("version")}
                                                                                                : std::to_string(now.state["version"].as_integer()));
    for (const auto& field : fields_of(*now.definition, f.form)) {
        std::string error;
        if (refusal != nullptr)
            for (const auto& one : refusal->fields)
                if (one.field == field.id) error = one.message;
        inside += field_html(field, answers[field.id], error);
    }
    const std::string reference = now.state["reference"].as_string();
    Html main = el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", "/cases/" + reference}}, "Back to " + reference));
    main += error_summary(refusal);
    main += el("span", {{"class", "govuk-caption-l"}}, reference) + el("h1", {{"class", "govuk-heading-l"}}, f.heading) +
            (f.intro.empty() ? Html{} : p(f.intro));
    main += el("form", {{"method", "post"}, {"action", f.post_to}}, inside + button(f.button));
    return context.page(request, refusal != nullptr ? "Error: " + f.heading : f.heading, main,
                        refusal != nullptr ? web::status_of(refusal->because) : 200);
}

std::optional<FormPage> form_for(const Standing& now, const Request& request) {
    const std::string reference = now.state["reference"].as_string();
    if (const auto* action = now.definition->action(request.parameter("action")))
        return FormPage{action->label, action->confirm.empty() ? action->hint : action->confirm, action->form,
                        "/cases/" + reference + "/actions/" + action->id, action->label};
    const std::string form{request.parameter("form")};
    if (const auto* tool = now.definition->risk_tool(form))
        return FormPage{tool->label, tool->source, form, "/cases/" + reference + "/forms/" + form, "Save the assessment"};
    if (const auto* one = now.definition->form(form)) return FormPage{one->label, one->intro, form, "/cases/" + reference + "/forms/" + form, "Save"};
    return {};
}

Response show_form(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        auto now = standing(reader, context, deps, *stream);
        if (!now) return absent();
        const auto form = form_for(*now, request);
        if (!form) return absent();
        const bool risk = now->definition->risk_tool(form->form) != nullptr;
        return form_page(request, context, *now, *form, risk ? Json::object() : now->state["forms"][form->form], nullptr);
    });
}

Response send_form(const Request& request, Context& context, const Deps& deps) {
    std::optional<Refusal> refusal;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return Refusal{Because::absent, "cases.absent", "There is no such case."};
        auto now = standing(tx, context, deps, *stream);
        if (!now) return now.error();
        const auto form = form_for(*now, request);
        if (!form) return Refusal{Because::absent, "cases.form", "There is no such form."};
        const Json answers = typed_answers(fields_of(*now->definition, form->form), request);
        const Expected expected =
            request.has_typed("version") ? Expected{std::strtoll(std::string{request.typed("version")}.c_str(), nullptr, 10)} : Expected{};
        auto version = request.parameter("action").empty() ? save_form(tx, context, deps, *stream, expected, request.parameter("form"), answers)
                                                           : act(tx, context, deps, *stream, expected, request.parameter("action"), answers);
        if (!version) return version.error();
        return Done{};
    });
    if (done) return web::see_other(fmt::format("/cases/{}", request.parameter("ref")));
    if (done.error().because == Because::absent) return absent();
    // Nothing typed is lost: the same page comes back with every answer and what is wrong.
    return context.db.reading([&](store::Reader& reader) -> Response {
        auto now = standing(reader, context, deps, *find_case(reader, request.parameter("ref")));
        const auto form = form_for(*now, request);
        return form_page(request, context, *now, *form, typed_answers(fields_of(*now->definition, form->form), request), &done.error());
    });
}

}  // namespace

void add_form_pages(access::Routes& routes, const Deps& deps) {
    for (const char* what : {"actions/{action}", "forms/{form}"}) {
        routes.get(fmt::format("/cases/{{ref}}/{}", what), "A form of the pathway", "pages",
                   [deps](const Request& request, Context& context) { return show_form(request, context, deps); });
        routes.post(fmt::format("/cases/{{ref}}/{}", what), "Sends a form of the pathway", "pages",
                    [deps](const Request& request, Context& context) { return send_form(request, context, deps); });
    }
}

}  // namespace concord::cases
