#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/text.hpp"
#include "cases/pages.hpp"
#include "engine/names.hpp"
#include "subjects/subjects.hpp"
#include "web/clash.hpp"

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

/// One answer as its box holds it.
std::string as_typed(const engine::Field& field, const Json& value) {
    const std::string text = value.is_string() ? value.as_string() : value.is_null() ? std::string{} : to_text(value);
    if (field.kind == engine::FieldKind::yes_no && value.is_bool()) return value.as_bool() ? "yes" : "no";
    if (field.kind == engine::FieldKind::date)
        if (const auto day = parse_date(text)) return fmt::format("{}/{}/{}", civil(*day).day, civil(*day).month, civil(*day).year);
    if (field.kind == engine::FieldKind::money && value.is_integer()) return fmt::format("{:.2f}", static_cast<double>(value.as_integer()) / 100);
    return text;
}

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
    const std::string typed = as_typed(field, value);
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

namespace {

/// One answer as the form sent it under this name; null where it was left empty.
Json typed_answer(const engine::Field& field, const Request& request, const std::string& name) {
    const auto values = request.typed_all(name);
    if (field.kind == engine::FieldKind::codes) {
        Json all = Json::array();
        for (const auto& value : values) all.push(value);
        return all.items().empty() ? Json{} : all;
    }
    return values.empty() || values.front().empty() ? Json{} : Json{values.front()};
}

/// Rows of a repeating group stand under "group[0].field"; a row that is wholly empty is none.
Json typed_rows(const engine::Field& group, const Request& request) {
    Json rows = Json::array();
    for (int i = 0; i < group.most_rows; ++i) {
        Json row = Json::object();
        for (const auto& field : group.fields) row.set_if(field.id, typed_answer(field, request, fmt::format("{}[{}].{}", group.id, i, field.id)));
        if (!row.members().empty()) rows.push(std::move(row));
    }
    return rows.items().empty() ? Json{} : rows;
}

Html group_html(const engine::Field& group, const Json& value, const Refusal* refusal) {
    Html rows;
    const auto& given = value.items();
    const std::size_t shown = std::min<std::size_t>(given.size() + 1, static_cast<std::size_t>(group.most_rows));
    for (std::size_t i = 0; i < shown; ++i) {
        Html inside;
        for (engine::Field field : group.fields) {
            const std::string id = field.id;
            field.id = fmt::format("{}[{}].{}", group.id, i, id);
            if (i >= given.size()) field.required = false;
            inside += field_html(field, i < given.size() ? given[i][id] : Json{}, error_of(refusal, field.id));
        }
        rows += ui::fieldset({.legend = {.text = fmt::format("{} {}", group.label, i + 1), .classes = "govuk-fieldset__legend--s"}, .html = inside});
    }
    const std::string error = error_of(refusal, group.id);
    return ui::box(
        (group.hint.empty() ? Html{} : p(group.hint)) +
        (error.empty() ? Html{} : el("p", {{"class", "govuk-error-message"}, {"id", group.id}}, error)) + rows +
        el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "add"}, {"value", group.id}}, "Add another"));
}

}  // namespace

Html field_html(const engine::Field& field, const Json& value, const Refusal* refusal) {
    return field.kind == engine::FieldKind::group ? group_html(field, value, refusal) : field_html(field, value, error_of(refusal, field.id));
}

Json typed_answers(const std::vector<engine::Field>& fields, const Request& request) {
    Json answers = Json::object();
    for (const auto& field : fields)
        answers.set_if(field.id, field.kind == engine::FieldKind::group ? typed_rows(field, request) : typed_answer(field, request, field.id));
    return answers;
}

std::vector<access::Named> other_hubs(store::Reader& reader, const Standing& now) {
    auto all = access::hubs(reader);
    std::erase_if(all, [own = now.state["hub"].as_integer()](const auto& hub) { return hub.seq == own; });
    return all;
}

/// Questions that name a user, an agency, another hub or somebody of the case are chosen from a list.
std::vector<engine::Field> with_choices(store::Reader& reader, const Standing& now, std::vector<engine::Field> fields) {
    using K = engine::FieldKind;
    for (auto& field : fields) {
        const auto offer = [&](const std::vector<access::Named>& all) {
            for (const auto& one : all) field.choices.push_back({.code = std::to_string(one.seq), .label = one.name});
        };
        if (field.kind == K::user) offer(access::users_of(reader, 0));
        if (field.kind == K::agency) offer(access::agencies(reader));
        if (field.kind == K::hub) offer(other_hubs(reader, now));
        if (field.kind == K::organisation) {
            auto all = subjects::find_organisations(reader, "", "", 500);
            std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.details.name < b.details.name; });
            for (const auto& one : all) field.choices.push_back({.code = std::to_string(one.stream), .label = one.details.name});
            if (field.hint.empty()) field.hint = "One that is not listed is recorded under People and places first";
        }
        if (field.kind == K::person || field.kind == K::place) {
            for (const auto& one : now.state["involvements"].items()) {
                const Seq subject = one["subject"].as_integer();
                if (one.has("ended")) continue;
                const auto person = field.kind == K::person ? subjects::person(reader, subject) : std::nullopt;
                const auto place = field.kind == K::place && one["kind"].as_string() == "place" ? subjects::place(reader, subject) : std::nullopt;
                if (person) field.choices.push_back({.code = std::to_string(subject), .label = person->name()});
                if (place) field.choices.push_back({.code = std::to_string(subject), .label = place->details.text});
            }
        }
        if (!field.fields.empty()) field.fields = with_choices(reader, now, std::move(field.fields));
    }
    return fields;
}

std::vector<engine::Field> fields_of(const engine::Definition& definition, const std::string& form_id) {
    std::vector<engine::Field> fields;
    if (const auto* tool = definition.risk_tool(form_id)) {
        for (const auto& question : tool->questions) fields.push_back(question.field);
        fields.push_back({.id = "override",
                          .label = "Raise the level to the highest, whatever the score",
                          .kind = engine::FieldKind::code,
                          .choices = tool->overrides});
        std::vector<engine::Choice> lower;
        for (const auto& band : tool->bands)
            if (band.level != tool->highest) lower.push_back({.code = band.level, .label = band.label});
        fields.push_back({.id = "override_to",
                          .label = "Lower the level below the one that the answers give",
                          .hint = "A supervisor's decision",
                          .kind = engine::FieldKind::code,
                          .choices = lower});
        fields.push_back({.id = "override_reason", .label = "Why is the level raised or lowered?", .kind = engine::FieldKind::long_text});
    } else if (const auto* form = definition.form(form_id)) {
        for (const auto& field : form->fields)
            if (field.derived.empty() && field.kind != engine::FieldKind::note) fields.push_back(field);
    }
    return fields;
}

Html offer_in_words(const Standing& now) {
    if (now.state["offered_hub"].as_integer() == 0) return {};
    Html words;
    for (const auto& action : now.definition->actions) {
        const auto* form = action.offers_to_hub.empty() ? nullptr : now.definition->form(action.form);
        if (form == nullptr) continue;
        const Json& answers = now.state["forms"][form->id];
        for (const auto& field : form->fields)
            if (field.id != action.offers_to_hub && answers.has(field.id))
                words += p(el("strong", field.label) + Html{" " + answer_in_words(field, answers[field.id])});
    }
    return words;
}

namespace {

/// Does the condition ask about one of these questions? Then the page shows its question, because the answer is still to come.
bool asks_about(const engine::Condition& condition, const std::vector<engine::Field>& fields) {
    const auto asked = engine::paths_of(condition);
    return std::any_of(fields.begin(), fields.end(),
                       [&](const engine::Field& field) { return std::find(asked.begin(), asked.end(), field.id) != asked.end(); });
}

/// Without the questions that the case as it stands leaves out, whatever is answered here.
std::vector<engine::Field> asked_now(const Standing& now, std::vector<engine::Field> fields) {
    const auto all = fields;
    std::erase_if(fields, [&](const engine::Field& field) {
        return !field.shown_when.always() && !asks_about(field.shown_when, all) && !field.shown_when.holds(now.facts);
    });
    return fields;
}

/// Why an action cannot be done as the case stands; empty where nothing is in its way before its questions are answered.
std::string in_the_way(const Standing& now, std::string_view action, Date today) {
    for (const auto& one : engine::actions(*now.definition, now.facts))
        if (one.action->id == action) return one.why;
    const auto done = engine::act(*now.definition, action, Json::object(), now.facts, today);
    return done ? "" : done.error().sentence;
}

struct FormPage {
    std::string heading, intro, form, post_to, button;
    Html about = {};  // what to know before answering
};

Response form_page(store::Reader& reader, const Request& request, Context& context, const Standing& now, const FormPage& f, Json answers,
                   const Refusal* refusal) {
    const std::string key = "form:" + now.state["reference"].as_string() + ":" + f.form;
    const auto fields = with_choices(reader, now, asked_now(now, fields_of(*now.definition, f.form)));
    const auto again = access::unsent(reader, context, request, key);
    if (again.saved_at) answers = typed_answers(fields, again.request);
    // An action looks at the whole case, so its draft is weighed against the case as it is now; a form's draft against what it was typed over.
    const bool seen = again.request.has_typed("version") && (!again.saved_at || request.parameter("action").empty());
    Html inside = hidden("csrf", context.csrf) +
                  hidden("version", seen ? std::string{again.request.typed("version")} : std::to_string(now.state["version"].as_integer()));
    for (const auto& field : fields) inside += field_html(field, answers[field.id], refusal);
    const std::string reference = now.state["reference"].as_string();
    Html main = el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", "/cases/" + reference}}, "Back to " + reference));
    main += error_summary(refusal);
    main += el("span", {{"class", "govuk-caption-l"}}, reference) + el("h1", {{"class", "govuk-heading-l"}}, f.heading) +
            (f.intro.empty() ? Html{} : p(f.intro)) + (f.about.empty() ? Html{} : ui::inset_text({.text = f.about}));
    web::Attributes attributes{{"method", "post"}, {"action", f.post_to}};
    if (!f.form.empty()) attributes.emplace_back("data-draft", key);
    main += el("form", attributes,
               inside + el("div", {{"class", "govuk-button-group"}}, button(f.button) + (f.form.empty() ? Html{} : access::draft_line(again))));
    return context.page(request, refusal != nullptr ? "Error: " + f.heading : f.heading, main,
                        refusal != nullptr ? web::status_of(refusal->because) : 200);
}

std::optional<FormPage> form_for(const Standing& now, const Request& request) {
    const std::string reference = now.state["reference"].as_string();
    if (const auto* action = now.definition->action(request.parameter("action")))
        return FormPage{action->label, action->confirm.empty() ? action->hint : action->confirm,
                        action->form,  "/cases/" + reference + "/actions/" + action->id,
                        action->label, action->ends_offer.empty() ? Html{} : offer_in_words(now)};
    const std::string form{request.parameter("form")};
    if (const auto* tool = now.definition->risk_tool(form))
        return FormPage{tool->label, tool->source, form, "/cases/" + reference + "/forms/" + form, "Save the assessment"};
    if (const auto* one = now.definition->form(form)) return FormPage{one->label, one->intro, form, "/cases/" + reference + "/forms/" + form, "Save"};
    return {};
}

/// Draws the form of {action} or {form} on the case of {ref}; absent where this reader may not read the case, or it has no such form.
Response on_form(const Request& request, const Context& context, const Deps& deps,
                 const std::function<Response(store::Reader&, Seq, const Standing&, const FormPage&)>& draw) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_case(reader, context, request.parameter("ref"));
        if (!stream) return absent();
        auto now = standing(reader, context, deps, *stream);
        if (!now) return absent();
        const auto form = form_for(*now, request);
        if (!form) return absent();
        return draw(reader, *stream, *now, *form);
    });
}

Response show_form(const Request& request, Context& context, const Deps& deps) {
    return on_form(request, context, deps, [&](store::Reader& reader, Seq, const Standing& now, const FormPage& form) {
        // A form is corrected, so it comes with its answers; an assessment or an action is done anew, so nobody's old words are sent again.
        const std::string_view action = request.parameter("action");
        const bool anew = !action.empty() || now.definition->risk_tool(form.form) != nullptr;
        FormPage page = form;
        if (const std::string why = action.empty() ? "" : in_the_way(now, action, context.today()); !why.empty())
            page.about = p(el("strong", "Not as the case stands.") + Html{" " + why}) + page.about;
        return form_page(reader, request, context, now, page, anew ? Json::object() : now.state["forms"][form.form], nullptr);
    });
}

/// "Add another" saves nothing: the page comes back with one row more.
Response add_row(const Request& request, Context& context, const Deps& deps) {
    return on_form(request, context, deps, [&](store::Reader& reader, Seq, const Standing& now, const FormPage& form) {
        return form_page(reader, request, context, now, form, typed_answers(fields_of(*now.definition, form.form), request), nullptr);
    });
}

// ---- Two people at the same form

/// The record as it stood at a version.
Json state_at_version(store::Reader& reader, const Context& context, Seq stream, std::int64_t version) {
    Json state = Json::object();
    for (const auto& event : context.ledger.read(reader, stream, {}))
        if (event.version <= version) fold(state, event);
    return state;
}

std::vector<std::string> values_of(const engine::Field& field, const Json& value, Date today) {
    std::vector<std::string> all;
    if (value.is_array()) {
        for (const auto& one : value.items()) all.push_back(one.as_string());
        return all;
    }
    std::string text = as_typed(field, value);
    if (field.kind == engine::FieldKind::date)  // "+7" and "17 May" are the day that they mean
        if (const auto day = parse_typed_date(text, today)) text = as_typed(field, Json{to_iso(*day)});
    if (!text.empty()) all.push_back(std::move(text));
    return all;
}

web::ClashField clash_field(const engine::Field& field, const std::string& name, const Json& mine, const Json& theirs, const Json& base, Date today) {
    return {.name = name,
            .label = field.label,
            .mine = values_of(field, mine, today),
            .theirs = values_of(field, theirs, today),
            .base = values_of(field, base, today),
            .mine_shown = answer_in_words(field, mine),
            .theirs_shown = answer_in_words(field, theirs)};
}

/// Every question of the form, those of repeating groups row by row, under the names that the form sends.
std::vector<web::ClashField> clash_fields(const std::vector<engine::Field>& fields, const Json& mine, const Json& theirs, const Json& base,
                                          Date today) {
    std::vector<web::ClashField> all;
    for (const auto& field : fields) {
        if (field.kind != engine::FieldKind::group) {
            all.push_back(clash_field(field, field.id, mine[field.id], theirs[field.id], base[field.id], today));
            continue;
        }
        const auto row = [&](const Json& answers, std::size_t i) {
            const auto& rows = answers[field.id].items();
            return i < rows.size() ? rows[i] : Json::object();
        };
        const std::size_t rows = std::max(mine[field.id].items().size(), theirs[field.id].items().size());
        for (std::size_t i = 0; i < rows; ++i)
            for (const auto& inner : field.fields) {
                auto one = clash_field(inner, fmt::format("{}[{}].{}", field.id, i, inner.id), row(mine, i)[inner.id], row(theirs, i)[inner.id],
                                       row(base, i)[inner.id], today);
                one.label = fmt::format("{} {}: {}", field.label, i + 1, inner.label);
                all.push_back(std::move(one));
            }
    }
    return all;
}

std::int64_t version_typed(const Request& request) { return std::strtoll(std::string{request.typed("version")}.c_str(), nullptr, 10); }

/// Somebody changed the case meanwhile: what was typed beside what is there now, to choose from.
Response clash(const Request& request, Context& context, const Deps& deps) {
    return on_form(request, context, deps, [&](store::Reader& reader, Seq stream, const Standing& now, const FormPage& form) {
        const auto fields = with_choices(reader, now, fields_of(*now.definition, form.form));
        const Json base = state_at_version(reader, context, stream, version_typed(request));
        const auto last = entries(reader, stream, 1);
        const std::string reference = now.state["reference"].as_string();
        const web::Clash page{
            .who = last.empty() ? std::string{} : access::name_of(reader, "app_user", last.front().by_user),
            .when = last.empty() ? std::string{} : in_words(last.front().recorded_at),
            .caption = reference + ", " + form.heading,
            .action = form.post_to,
            .version = std::to_string(now.state["version"].as_integer()),
            .csrf = context.csrf,
            .fields = clash_fields(fields, typed_answers(fields, request), now.state["forms"][form.form], base["forms"][form.form], context.today()),
            .back = "/cases/" + reference};
        return context.page(request, "Error: someone else changed this case", web::clash_page(page), 412);
    });
}

/// Was this form left alone since the version that the person saw? Then a change elsewhere in the case is no clash.
bool is_untouched(store::Transaction& tx, const Context& context, Seq stream, const Standing& now, const FormPage& form, std::int64_t seen) {
    const bool risk = now.definition->risk_tool(form.form) != nullptr;
    const Json before = state_at_version(tx, context, stream, seen);
    return before["forms"][form.form] == now.state["forms"][form.form] && (!risk || before["risk"] == now.state["risk"]);
}

Response send_form(const Request& sent, Context& context, const Deps& deps) {
    Request request = sent;
    request.form = web::settle_clash(sent.form);
    if (request.has_typed("add")) return add_row(request, context, deps);
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        const auto stream = readable_case(tx, context, request.parameter("ref"));
        if (!stream) return Refusal{Because::absent, "cases.absent", "There is no such case."};
        auto now = standing(tx, context, deps, *stream);
        if (!now) return now.error();
        const auto form = form_for(*now, request);
        if (!form) return Refusal{Because::absent, "cases.form", "There is no such form."};
        const Json answers = typed_answers(fields_of(*now->definition, form->form), request);
        const bool is_action = !request.parameter("action").empty();
        Expected expected = request.has_typed("version") ? Expected{version_typed(request)} : Expected{};
        if (expected && !is_action && is_untouched(tx, context, *stream, *now, *form, *expected)) expected = now->state["version"].as_integer();
        auto version = is_action ? act(tx, context, deps, *stream, expected, request.parameter("action"), answers)
                                 : save_form(tx, context, deps, *stream, expected, request.parameter("form"), answers);
        if (!version) return version.error();
        access::drop_draft(tx, context.actor.user, "form:" + std::string{request.parameter("ref")} + ":" + form->form);
        return Done{};
    });
    if (done) return web::see_other(fmt::format("/cases/{}", request.parameter("ref")));
    if (done.error().because == Because::absent) return absent();
    if (done.error().because == Because::stale) return clash(request, context, deps);
    // Nothing typed is lost: the same page comes back with every answer and what is wrong.
    return context.db.reading([&](store::Reader& reader) -> Response {
        auto now = standing(reader, context, deps, *find_case(reader, request.parameter("ref")));
        const auto form = form_for(*now, request);
        return form_page(reader, request, context, *now, *form, typed_answers(fields_of(*now->definition, form->form), request), &done.error());
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
