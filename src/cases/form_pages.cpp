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

// ---- Forms, drawn from the definition

}  // namespace

Html field_html(const engine::Field& field, const Json& value, const std::string& error) {
    const std::string name = field.id;
    Html inside;
    const Html message = error.empty() ? Html{}
                                       : el("p", {{"id", name + "-error"}, {"class", "govuk-error-message"}},
                                            el("span", {{"class", "govuk-visually-hidden"}}, "Error:") + Html{" "} + Html{error});
    const Html hint = field.hint.empty() ? Html{} : el("div", {{"id", name + "-hint"}, {"class", "govuk-hint"}}, field.hint);
    const bool several = field.kind == engine::FieldKind::codes;
    if (field.kind == engine::FieldKind::code || several || field.kind == engine::FieldKind::yes_no) {
        std::vector<engine::Choice> choices = field.choices;
        if (field.kind == engine::FieldKind::yes_no) choices = {{.code = "yes", .label = "Yes"}, {.code = "no", .label = "No"}};
        const std::string kind = several ? "checkboxes" : "radios";
        Html items;
        for (std::size_t i = 0; i < choices.size(); ++i) {
            const std::string id = i == 0 ? name : fmt::format("{}-{}", name, i + 1);
            bool checked = value.as_string() == choices[i].code || (value.is_bool() && value.as_bool() == (choices[i].code == "yes"));
            for (const auto& one : value.items()) checked = checked || one.as_string() == choices[i].code;
            items += el("div", {{"class", fmt::format("govuk-{}__item", kind)}},
                        void_el("input", {{"class", fmt::format("govuk-{}__input", kind)},
                                          {"type", several ? "checkbox" : "radio"},
                                          {"name", name},
                                          {"id", id},
                                          {"value", choices[i].code},
                                          {"checked", checked}}) +
                            el("label", {{"class", fmt::format("govuk-label govuk-{}__label", kind)}, {"for", id}}, choices[i].label));
        }
        inside = el("fieldset", {{"class", "govuk-fieldset"}},
                    el("legend", {{"class", "govuk-fieldset__legend"}}, field.label) + hint + message +
                        el("div", {{"class", fmt::format("govuk-{} govuk-{}--small", kind, kind)}}, items));
    } else {
        inside = el("label", {{"class", "govuk-label"}, {"for", name}}, field.label) + hint + message;
        if (field.kind == engine::FieldKind::long_text)
            inside += el("textarea", {{"class", "govuk-textarea"}, {"id", name}, {"name", name}, {"rows", "4"}}, value.as_string());
        else
            inside += void_el("input", {{"class", "govuk-input"},
                                        {"type", "text"},
                                        {"id", name},
                                        {"name", name},
                                        {"value", value.is_string() ? value.as_string()
                                                  : value.is_null() ? std::string{}
                                                                    : to_text(value)}});
        if (field.kind == engine::FieldKind::date) inside += el("p", {{"class", "govuk-hint"}}, "For example 17/5/2025, +7 or fri");
    }
    return el("div", {{"class", error.empty() ? "govuk-form-group" : "govuk-form-group govuk-form-group--error"}}, inside);
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
