#include "web/components.hpp"

#include <algorithm>

#include "web/components_parts.hpp"

namespace concord::web::ui {
namespace {

std::string text_of(bool yes) { return yes ? "true" : "false"; }

/// Label, hint and error message above a control; `described_by` grows by their ids.
template <class Options>
Html above(const Options& options, const std::string& id, std::string& described_by) {
    Html out;
    if constexpr (requires { options.label; }) {
        Label with_for = options.label;
        with_for.for_ = id;
        out += label(with_for);
    }
    if (options.hint) {
        Hint shown = *options.hint;
        shown.id = id + "-hint";
        described_by = with(described_by, shown.id);
        out += hint(shown);
    }
    if (options.error_message) {
        ErrorMessage shown = *options.error_message;
        shown.id = id + "-error";
        described_by = with(described_by, shown.id);
        out += error_message(shown);
    }
    return out;
}

Html group(const FormGroup& options, bool error, const Html& inside) {
    Attributes attributes{{"class", with(error ? "govuk-form-group govuk-form-group--error" : "govuk-form-group", options.classes)}};
    add(attributes, options.attributes);
    return el("div", attributes, inside);
}

Html affix(const Affix& options, const std::string& side) {
    if (options.text.empty()) return {};
    Attributes attributes{{"class", with("govuk-input__" + side, options.classes)}, {"aria-hidden", "true"}};
    add(attributes, options.attributes);
    return el("div", attributes, options.text);
}

std::string id_or_name(const std::string& id, const std::string& name) { return id.empty() ? name : id; }

enum class Kind { radio, checkbox };

/// One radio button or tick box with its label, hint and what it opens.
template <class Options>
Html choice(const Options& options, const Choice& item, Kind kind, const std::string& id, bool picked, const std::string& described_by) {
    const bool radio = kind == Kind::radio;
    const std::string block = radio ? "govuk-radios" : "govuk-checkboxes";
    const bool checked = item.checked.value_or(picked);
    const bool has_hint = item.hint && !item.hint->text.empty();
    const std::string hint_id = id + "-item-hint";
    Attributes control{{"class", block + "__input"},
                       {"id", id},
                       {"name", item.name.empty() || radio ? options.name : item.name},
                       {"type", radio ? "radio" : "checkbox"},
                       {"value", item.value},
                       {"checked", checked},
                       {"disabled", item.disabled}};
    if (!item.conditional.empty()) control.emplace_back("data-aria-controls", "conditional-" + id);
    if (!radio) add_unless_empty(control, "data-behaviour", item.behaviour);
    add_unless_empty(control, "aria-describedby", with(described_by, has_hint ? hint_id : ""));
    add(control, item.attributes);
    Html inside = void_el("input", control);
    inside += label({.text = item.text, .classes = with(block + "__label", item.label_classes), .attributes = item.label_attributes, .for_ = id});
    if (has_hint) {
        inside += hint(
            {.text = item.hint->text, .classes = with(block + "__hint", item.hint->classes), .id = hint_id, .attributes = item.hint->attributes});
    }
    Html out = el("div", {{"class", block + "__item"}}, inside);
    if (!item.conditional.empty()) {
        const std::string classes = block + "__conditional" + (checked ? "" : " " + block + "__conditional--hidden");
        out += el("div", {{"class", classes}, {"id", "conditional-" + id}}, item.conditional);
    }
    return out;
}

Html in_fieldset(const std::optional<Fieldset>& options, const std::string& described_by, const std::string& role, const Html& inside) {
    if (!options) return inside;
    Fieldset around = *options;
    around.described_by = described_by;
    around.role = role;
    around.html = inside;
    return fieldset(around);
}

}  // namespace

Html label(const Label& options) {
    if (options.text.empty()) return {};
    Attributes attributes{{"class", with("govuk-label", options.classes)}};
    add(attributes, options.attributes);
    add_unless_empty(attributes, "for", options.for_);
    const Html inside = el("label", attributes, options.text);
    return options.is_page_heading ? el("h1", {{"class", "govuk-label-wrapper"}}, inside) : inside;
}

Html hint(const Hint& options) {
    Attributes attributes;
    add_unless_empty(attributes, "id", options.id);
    attributes.emplace_back("class", with("govuk-hint", options.classes));
    add(attributes, options.attributes);
    return el("div", attributes, options.text);
}

Html error_message(const ErrorMessage& options) {
    Attributes attributes;
    add_unless_empty(attributes, "id", options.id);
    attributes.emplace_back("class", with("govuk-error-message", options.classes));
    add(attributes, options.attributes);
    Html inside;
    if (!options.visually_hidden_text.empty()) {
        inside = el("span", {{"class", "govuk-visually-hidden"}}, Html{options.visually_hidden_text + ":"}) + " ";
    }
    return el("p", attributes, inside + options.text);
}

Html fieldset(const Fieldset& options) {
    Attributes attributes{{"class", with("govuk-fieldset", options.classes)}};
    add_unless_empty(attributes, "role", options.role);
    add_unless_empty(attributes, "aria-describedby", options.described_by);
    add(attributes, options.attributes);
    Html legend;
    if (!options.legend.text.empty()) {
        const Html words =
            options.legend.is_page_heading ? el("h1", {{"class", "govuk-fieldset__heading"}}, options.legend.text) : options.legend.text;
        legend = el("legend", {{"class", with("govuk-fieldset__legend", options.legend.classes)}}, words);
    }
    return el("fieldset", attributes, legend + options.html);
}

Html button(const Button& options) {
    const Html icon = Html::trusted(
        R"(<svg class="govuk-button__start-icon" xmlns="http://www.w3.org/2000/svg" width="17.5" height="19" viewBox="0 0 33 40" aria-hidden="true" focusable="false"><path fill="currentColor" d="M0 0h13l20 20-20 20H0l20-20z"/></svg>)");
    Attributes attributes;
    if (!options.href.empty()) {
        attributes = {{"href", options.href}, {"role", "button"}, {"draggable", "false"}};
    } else {
        attributes.emplace_back("type", options.type);
        add_unless_empty(attributes, "value", options.value);
        add_unless_empty(attributes, "name", options.name);
        if (options.disabled) {
            attributes.emplace_back("disabled", true);
            attributes.emplace_back("aria-disabled", "true");
        }
        if (options.prevent_double_click) attributes.emplace_back("data-prevent-double-click", text_of(*options.prevent_double_click));
    }
    attributes.emplace_back("class", with(with("govuk-button", options.classes), options.is_start_button ? "govuk-button--start" : ""));
    attributes.emplace_back("data-module", "govuk-button");
    add(attributes, options.attributes);
    add_unless_empty(attributes, "id", options.id);
    const Html words = options.is_start_button && options.text_is_html ? el("span", options.text) : options.text;
    return el(options.href.empty() ? "button" : "a", attributes, options.is_start_button ? words + icon : words);
}

Html input(const Input& options) {
    const std::string id = id_or_name(options.id, options.name);
    std::string described_by = options.described_by;
    const Html top = above(options, id, described_by);
    Attributes attributes{{"class", with(with("govuk-input", options.classes), options.error_message ? "govuk-input--error" : "")},
                          {"id", id},
                          {"name", options.name},
                          {"type", options.type}};
    if (options.spellcheck) attributes.emplace_back("spellcheck", text_of(*options.spellcheck));
    if (options.value) attributes.emplace_back("value", *options.value);
    attributes.emplace_back("disabled", options.disabled);
    add_unless_empty(attributes, "aria-describedby", described_by);
    add_unless_empty(attributes, "autocomplete", options.autocomplete);
    add_unless_empty(attributes, "autocapitalize", options.autocapitalize);
    add_unless_empty(attributes, "pattern", options.pattern);
    add_unless_empty(attributes, "inputmode", options.inputmode);
    add(attributes, options.attributes);
    Html control = void_el("input", attributes);
    const bool wrapped = !options.prefix.text.empty() || !options.suffix.text.empty() || !options.form_group.before_input.empty() ||
                         !options.form_group.after_input.empty();
    if (wrapped) {
        Attributes around{{"class", with("govuk-input__wrapper", options.input_wrapper.classes)}};
        add(around, options.input_wrapper.attributes);
        control = el("div", around,
                     options.form_group.before_input + affix(options.prefix, "prefix") + control + affix(options.suffix, "suffix") +
                         options.form_group.after_input);
    }
    return group(options.form_group, options.error_message.has_value(), top + control);
}

Html textarea(const Textarea& options) {
    const std::string id = id_or_name(options.id, options.name);
    std::string described_by = options.described_by;
    const Html top = above(options, id, described_by);
    Attributes attributes{{"class", with(options.error_message ? "govuk-textarea govuk-textarea--error" : "govuk-textarea", options.classes)},
                          {"id", id},
                          {"name", options.name},
                          {"rows", std::to_string(options.rows)}};
    if (options.spellcheck) attributes.emplace_back("spellcheck", text_of(*options.spellcheck));
    attributes.emplace_back("disabled", options.disabled);
    add_unless_empty(attributes, "aria-describedby", described_by);
    add_unless_empty(attributes, "autocomplete", options.autocomplete);
    add(attributes, options.attributes);
    // A browser drops one line break after <textarea>: give it one to drop, where the text begins with its own.
    const Html first = options.value.starts_with('\n') ? Html{"\n"} : Html{};
    return group(options.form_group, options.error_message.has_value(),
                 top + options.form_group.before_input + el("textarea", attributes, first + options.value) + options.form_group.after_input);
}

Html character_count(const CharacterCount& options) {
    const std::string id = id_or_name(options.id, options.name);
    const std::string type = !options.count_type.empty() ? options.count_type : options.maxwords.empty() ? "" : "words";
    const std::string limit = options.maxwords.empty() ? options.maxlength : options.maxwords;
    std::string words = options.textarea_description_text.empty()
                            ? "You can enter up to %{count} " + std::string{type == "words" ? "words" : "characters"}
                            : options.textarea_description_text;
    FormGroup around = options.form_group;
    around.classes = with("govuk-character-count", options.form_group.classes);
    around.attributes = {{"data-module", "govuk-character-count"}};
    add_unless_empty(around.attributes, "data-maxlength", options.maxlength);
    add_unless_empty(around.attributes, "data-maxwords", options.maxwords);
    add_unless_empty(around.attributes, "data-threshold", options.threshold);
    add_unless_empty(around.attributes, "data-count-type", type);
    if (limit.empty()) add_unless_empty(around.attributes, "data-i18n.textarea-description.other", options.textarea_description_text);
    add(around.attributes, options.form_group.attributes);
    if (limit.empty()) {
        words.clear();
    } else if (const auto at = words.find("%{count}"); at != std::string::npos) {
        words.replace(at, 8, limit);
    }
    around.after_input = hint({.text = words, .classes = with("govuk-character-count__message", options.count_message_classes), .id = id + "-info"}) +
                         options.form_group.after_input;
    return textarea({.label = options.label,
                     .hint = options.hint,
                     .error_message = options.error_message,
                     .id = id,
                     .name = options.name,
                     .value = options.value,
                     .rows = options.rows,
                     .spellcheck = options.spellcheck,
                     .described_by = id + "-info",
                     .form_group = around,
                     .classes = with("govuk-js-character-count", options.classes),
                     .attributes = options.attributes});
}

Html select(const Select& options) {
    const std::string id = id_or_name(options.id, options.name);
    std::string described_by = options.described_by;
    const Html top = above(options, id, described_by);
    Attributes attributes{{"class", with(with("govuk-select", options.classes), options.error_message ? "govuk-select--error" : "")},
                          {"id", id},
                          {"name", options.name},
                          {"disabled", options.disabled}};
    add_unless_empty(attributes, "aria-describedby", described_by);
    add(attributes, options.attributes);
    const Html items = each(options.items, [&](const SelectItem& item) {
        const bool is_value = !options.value.empty() && item.value.value_or(item.text) == options.value;
        Attributes option;
        if (item.value) option.emplace_back("value", *item.value);
        option.emplace_back("selected", item.selected.value_or(is_value));
        option.emplace_back("disabled", item.disabled);
        add(option, item.attributes);
        return el("option", option, item.text);
    });
    return group(options.form_group, options.error_message.has_value(),
                 top + options.form_group.before_input + el("select", attributes, items) + options.form_group.after_input);
}

Html radios(const Radios& options) {
    const std::string prefix = options.id_prefix.empty() ? options.name : options.id_prefix;
    std::string described_by = options.fieldset ? options.fieldset->described_by : "";
    const Html top = above(options, prefix, described_by);
    Html items;
    int index = 0;
    for (const auto& item : options.items) {
        ++index;
        if (!item.divider.empty()) {
            items += el("div", {{"class", "govuk-radios__divider"}}, item.divider);
            continue;
        }
        const std::string id = !item.id.empty() ? item.id : index > 1 ? prefix + "-" + std::to_string(index) : prefix;
        items += choice(options, item, Kind::radio, id, !options.value.empty() && item.value == options.value, "");
    }
    Attributes attributes{{"class", with("govuk-radios", options.classes)}};
    add(attributes, options.attributes);
    attributes.emplace_back("data-module", "govuk-radios");
    const Html list = el("div", attributes, options.form_group.before_input + items + options.form_group.after_input);
    return group(options.form_group, options.error_message.has_value(), in_fieldset(options.fieldset, described_by, "", top + list));
}

Html checkboxes(const Checkboxes& options) {
    const std::string prefix = options.id_prefix.empty() ? options.name : options.id_prefix;
    std::string described_by = options.fieldset && !options.fieldset->described_by.empty() ? options.fieldset->described_by : options.described_by;
    const Html top = above(options, prefix, described_by);
    Html items;
    int index = 0;
    for (const auto& item : options.items) {
        ++index;
        if (!item.divider.empty()) {
            items += el("div", {{"class", "govuk-checkboxes__divider"}}, item.divider);
            continue;
        }
        const std::string id = !item.id.empty() ? item.id : index > 1 ? prefix + "-" + std::to_string(index) : prefix;
        const bool picked = std::find(options.values.begin(), options.values.end(), item.value) != options.values.end();
        items += choice(options, item, Kind::checkbox, id, picked, options.fieldset ? "" : described_by);
    }
    Attributes attributes{{"class", with("govuk-checkboxes", options.classes)}};
    add(attributes, options.attributes);
    attributes.emplace_back("data-module", "govuk-checkboxes");
    const Html list = el("div", attributes, options.form_group.before_input + items + options.form_group.after_input);
    return group(options.form_group, options.error_message.has_value(), in_fieldset(options.fieldset, described_by, "", top + list));
}

Html date_input(const DateInput& options) {
    std::string described_by = options.fieldset ? options.fieldset->described_by : "";
    const Html top = above(options, options.id, described_by);
    std::vector<DateItem> items = options.items;
    if (items.empty()) items = {{.name = "day"}, {.name = "month"}, {.name = "year"}};
    const bool any = std::any_of(items.begin(), items.end(), [](const DateItem& item) {
        return item.error.value_or(false) || item.classes.find("govuk-input--error") != std::string::npos;
    });
    const Html drawn = each(items, [&](const DateItem& item) {
        std::string classes;
        if (item.classes.find("govuk-input--error") == std::string::npos && item.error.value_or(options.error_message && !any)) {
            classes = "govuk-input--error";
        }
        if (item.classes.find("govuk-input--width-") == std::string::npos) {
            const int width = item.width > 0 ? item.width : item.name == "year" ? 4 : 2;
            classes = with(classes, "govuk-input--width-" + std::to_string(width));
        }
        std::string words = item.label.empty() ? item.name : item.label;
        if (item.label.empty() && !words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
        return el("div", {{"class", "govuk-date-input__item"}},
                  input({.label = {.text = words, .classes = "govuk-date-input__label"},
                         .id = item.id.empty() ? options.id + "-" + item.name : item.id,
                         .name = options.name_prefix.empty() ? item.name : options.name_prefix + "-" + item.name,
                         .value = item.value,
                         .inputmode = item.inputmode,
                         .autocomplete = item.autocomplete,
                         .pattern = item.pattern,
                         .classes = with("govuk-date-input__input", with(classes, item.classes)),
                         .attributes = item.attributes}));
    });
    Attributes attributes{{"class", with("govuk-date-input", options.classes)}};
    add(attributes, options.attributes);
    add_unless_empty(attributes, "id", options.id);
    const Html list = el("div", attributes, options.form_group.before_input + drawn + options.form_group.after_input);
    return group(options.form_group, options.error_message.has_value(), in_fieldset(options.fieldset, described_by, "group", top + list));
}

Html file_upload(const FileUpload& options) {
    const std::string id = id_or_name(options.id, options.name);
    std::string described_by = options.described_by;
    const Html top = above(options, id, described_by);
    Attributes attributes{{"class", with(with("govuk-file-upload", options.classes), options.error_message ? "govuk-file-upload--error" : "")},
                          {"id", id},
                          {"name", options.name},
                          {"type", "file"},
                          {"disabled", options.disabled},
                          {"multiple", options.multiple}};
    add_unless_empty(attributes, "aria-describedby", described_by);
    add(attributes, options.attributes);
    Html control = void_el("input", attributes);
    if (options.javascript) {
        Attributes around{{"class", with("govuk-file-upload-wrapper", options.wrapper_classes)}, {"data-module", "govuk-file-upload"}};
        add(around, options.wrapper_attributes);
        control = el("div", around, control);
    }
    return group(options.form_group, options.error_message.has_value(),
                 top + options.form_group.before_input + control + options.form_group.after_input);
}

Html password_input(const PasswordInput& options) {
    const std::string id = id_or_name(options.id, options.name);
    FormGroup around = options.form_group;
    around.classes = with("govuk-password-input", options.form_group.classes);
    around.attributes = {{"data-module", "govuk-password-input"}};
    add(around.attributes, options.form_group.attributes);
    around.after_input =
        button({.text = "Show",
                .type = "button",
                .classes = with("govuk-button--secondary govuk-password-input__toggle govuk-js-password-input-toggle", options.button_classes),
                .attributes = {{"aria-controls", id}, {"aria-label", "Show password"}, {"hidden", true}}}) +
        options.form_group.after_input;
    return input({.label = options.label,
                  .hint = options.hint,
                  .error_message = options.error_message,
                  .id = id,
                  .name = options.name,
                  .type = "password",
                  .value = options.value,
                  .autocomplete = options.autocomplete,
                  .autocapitalize = "none",
                  .spellcheck = false,
                  .disabled = options.disabled,
                  .described_by = options.described_by,
                  .form_group = around,
                  .input_wrapper = {.classes = "govuk-password-input__wrapper"},
                  .classes = with("govuk-password-input__input govuk-js-password-input-input", options.classes),
                  .attributes = options.attributes});
}

Html error_summary(const ErrorSummary& options) {
    Attributes attributes{{"class", with("govuk-error-summary", options.classes)}};
    if (options.disable_auto_focus) attributes.emplace_back("data-disable-auto-focus", text_of(*options.disable_auto_focus));
    add(attributes, options.attributes);
    attributes.emplace_back("data-module", "govuk-error-summary");
    Html body = options.description.empty() ? Html{} : el("p", options.description);
    if (!options.error_list.empty()) {
        body += el("ul", {{"class", "govuk-list govuk-error-summary__list"}}, each(options.error_list, [](const ErrorItem& item) {
                       if (item.href.empty()) return el("li", item.text);
                       Attributes to{{"href", item.href}};
                       add(to, item.attributes);
                       return el("li", el("a", to, item.text));
                   }));
    }
    return el("div", attributes,
              el("div", {{"role", "alert"}},
                 el("h2", {{"class", "govuk-error-summary__title"}}, options.title) + el("div", {{"class", "govuk-error-summary__body"}}, body)));
}

}  // namespace concord::web::ui
