#include "web/components.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <sstream>

#include "base/json.hpp"
#include "web/help.hpp"
#include "web/page.hpp"

namespace {

using namespace concord;
using namespace concord::web;

[[maybe_unused]] std::string file(const std::string& path) {
    std::ifstream in{path};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

// ---- Canonical HTML: white space collapsed, attributes sorted, character references as in our own escaping.

std::string unescaped(std::string text) {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"&#39;", "'"}, {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&ctdot;", "\u22ef"}, {"&amp;", "&"}}) {
        for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
    }
    return text;
}

std::string collapsed(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!space) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

std::string canonical(const std::string& html) {
    std::string out;
    std::size_t i = 0;
    while (i < html.size()) {
        if (html[i] != '<') {
            const std::size_t end = std::min(html.find('<', i), html.size());
            const std::string text = unescaped(collapsed(html.substr(i, end - i)));
            if (!text.empty()) out += text + "\n";
            i = end;
            continue;
        }
        std::size_t end = i + 1;
        for (char quote = 0; end < html.size() && (quote != 0 || html[end] != '>'); ++end) {
            if (quote != 0 && html[end] == quote) {
                quote = 0;
            } else if (quote == 0 && (html[end] == '"' || html[end] == '\'')) {
                quote = html[end];
            }
        }
        const std::string inside = html.substr(i + 1, end - i - 1);
        i = end + 1;
        std::size_t k = 0;
        while (k < inside.size() && std::isspace(static_cast<unsigned char>(inside[k])) == 0 && (k == 0 || inside[k] != '/')) ++k;
        std::vector<std::string> attributes;
        const std::string name = inside.substr(0, k);
        while (k < inside.size()) {
            if (std::isspace(static_cast<unsigned char>(inside[k])) != 0 || inside[k] == '/') {
                ++k;
                continue;
            }
            const std::size_t from = k;
            while (k < inside.size() && inside[k] != '=' && std::isspace(static_cast<unsigned char>(inside[k])) == 0) ++k;
            std::string attribute = inside.substr(from, k - from);
            if (k < inside.size() && inside[k] == '=') {
                const char quote = inside[k + 1];
                const std::size_t close = inside.find(quote, k + 2);
                std::string value = unescaped(collapsed(inside.substr(k + 2, close - k - 2)));
                if (!value.empty() && value.front() == ' ') value.erase(0, 1);
                attribute += "=" + value;
                k = close + 1;
            }
            attributes.push_back(attribute);
        }
        std::sort(attributes.begin(), attributes.end());
        out += "<" + name;
        for (const auto& attribute : attributes) out += " " + attribute;
        out += ">\n";
    }
    return out;
}

// ---- Options in JSON, as the fixtures have them, to our structs

/// Names of attributes are views: they live as long as the fixture.
Attributes attributes_of(const Json& json) {
    Attributes out;
    for (const auto& [name, value] : json.members()) {
        if (value.is_object()) {
            if (!value["optional"].as_bool()) {
                out.emplace_back(name, value["value"].as_string());
            } else if (value["value"].is_bool()) {
                out.emplace_back(name, value["value"].as_bool());
            } else if (!value["value"].is_null()) {
                out.emplace_back(name, value["value"].as_string());
            }
        } else {
            out.emplace_back(name, value.is_string() ? value.as_string() : to_text(value));
        }
    }
    return out;
}
std::string text_of(const Json& json) {
    if (json.is_null()) return {};
    return json.is_string() ? json.as_string() : to_text(json);
}
Html html_of(const Json& json, const std::string& prefix = "") {
    const Json& html = json[prefix.empty() ? "html" : prefix + "Html"];
    if (!text_of(html).empty()) return Html::trusted(text_of(html));
    return Html{text_of(json[prefix.empty() ? "text" : prefix + "Text"])};
}
std::string classes_of(const Json& json) { return text_of(json["classes"]); }
std::optional<bool> maybe_bool(const Json& json) { return json.is_bool() ? std::optional{json.as_bool()} : std::nullopt; }
std::optional<std::string> maybe_text(const Json& json) { return json.is_null() ? std::nullopt : std::optional{text_of(json)}; }
bool truthy(const Json& json) { return !(json.is_null() || (json.is_bool() && !json.as_bool()) || (json.is_string() && json.as_string().empty())); }
int number_of(const Json& json, int otherwise = 0) {
    const std::string text = text_of(json);
    return text.empty() || text.find_first_not_of("0123456789") != std::string::npos ? otherwise : std::stoi(text);
}

ui::Label label_of(const Json& json) {
    return {.text = html_of(json),
            .classes = classes_of(json),
            .is_page_heading = truthy(json["isPageHeading"]),
            .attributes = attributes_of(json["attributes"]),
            .for_ = text_of(json["for"])};
}
ui::Hint hint_of(const Json& json) {
    return {.text = html_of(json), .classes = classes_of(json), .id = text_of(json["id"]), .attributes = attributes_of(json["attributes"])};
}
ui::ErrorMessage error_of(const Json& json) {
    ui::ErrorMessage out{
        .text = html_of(json), .classes = classes_of(json), .id = text_of(json["id"]), .attributes = attributes_of(json["attributes"])};
    const Json& hidden = json["visuallyHiddenText"];
    if (!hidden.is_null()) out.visually_hidden_text = truthy(hidden) ? text_of(hidden) : "";
    return out;
}
ui::FormGroup group_of(const Json& json) {
    const auto either = [&](const char* one, const char* many) { return html_of(json[json.has(one) ? one : many]); };
    return {.classes = classes_of(json),
            .attributes = attributes_of(json["attributes"]),
            .before_input = either("beforeInput", "beforeInputs"),
            .after_input = either("afterInput", "afterInputs")};
}
ui::Fieldset fieldset_of(const Json& json) {
    const Json& legend = json["legend"];
    return {.legend = {.text = html_of(legend), .classes = classes_of(legend), .is_page_heading = truthy(legend["isPageHeading"])},
            .classes = classes_of(json),
            .described_by = text_of(json["describedBy"]),
            .role = text_of(json["role"]),
            .attributes = attributes_of(json["attributes"]),
            .html = Html::trusted(text_of(json["html"]))};
}
template <class T>
std::vector<T> list_of(const Json& json, const std::function<T(const Json&)>& one) {
    std::vector<T> out;
    for (const auto& item : json.items()) {
        if (truthy(item) && !(item.is_object() && item.members().empty())) out.push_back(one(item));
    }
    return out;
}
/// The options that every control has.
template <class T>
T control_of(const Json& json) {
    T out;
    if constexpr (requires { out.label; }) out.label = label_of(json["label"]);
    if constexpr (requires { out.fieldset; }) {
        if (truthy(json["fieldset"])) out.fieldset = fieldset_of(json["fieldset"]);
    }
    if (truthy(json["hint"])) out.hint = hint_of(json["hint"]);
    if (truthy(json["errorMessage"])) out.error_message = error_of(json["errorMessage"]);
    if constexpr (requires { out.id; }) out.id = text_of(json["id"]);
    if constexpr (requires { out.name; }) out.name = text_of(json["name"]);
    if constexpr (requires { out.disabled; }) out.disabled = truthy(json["disabled"]);
    if constexpr (requires { out.described_by; }) out.described_by = text_of(json["describedBy"]);
    if constexpr (requires { out.id_prefix; }) out.id_prefix = text_of(json["idPrefix"]);
    if constexpr (requires { out.spellcheck; }) out.spellcheck = maybe_bool(json["spellcheck"]);
    if constexpr (requires { out.rows; }) out.rows = number_of(json["rows"], 5);
    out.form_group = group_of(json["formGroup"]);
    out.classes = classes_of(json);
    out.attributes = attributes_of(json["attributes"]);
    return out;
}
ui::Affix affix_of(const Json& json) { return {.text = html_of(json), .classes = classes_of(json), .attributes = attributes_of(json["attributes"])}; }
std::vector<ui::Choice> choices_of(const Json& json) {
    return list_of<ui::Choice>(json, [](const Json& item) {
        ui::Choice out{.text = html_of(item),
                       .value = text_of(item["value"]),
                       .divider = text_of(item["divider"]),
                       .id = text_of(item["id"]),
                       .name = text_of(item["name"]),
                       .checked = maybe_bool(item["checked"]),
                       .disabled = truthy(item["disabled"]),
                       .conditional = truthy(item["conditional"]["html"]) ? Html::trusted(text_of(item["conditional"]["html"])) : Html{},
                       .behaviour = text_of(item["behaviour"]),
                       .label_classes = classes_of(item["label"]),
                       .label_attributes = attributes_of(item["label"]["attributes"]),
                       .attributes = attributes_of(item["attributes"])};
        if (truthy(item["hint"])) out.hint = hint_of(item["hint"]);
        return out;
    });
}
std::vector<ui::Action> actions_of(const Json& json) {
    return list_of<ui::Action>(json["items"], [](const Json& item) {
        return ui::Action{.text = html_of(item),
                          .href = text_of(item["href"]),
                          .visually_hidden_text = text_of(item["visuallyHiddenText"]),
                          .classes = classes_of(item),
                          .attributes = attributes_of(item["attributes"])};
    });
}
ui::Styled styled_of(const Json& json) { return {.text = html_of(json), .classes = classes_of(json)}; }
ui::Cell cell_of(const Json& json) {
    return {.text = html_of(json),
            .format = text_of(json["format"]),
            .classes = classes_of(json),
            .colspan = number_of(json["colspan"]),
            .rowspan = number_of(json["rowspan"]),
            .attributes = attributes_of(json["attributes"])};
}

using Draw = std::function<Html(const Json&)>;

[[maybe_unused]] const std::map<std::string, Draw>& drawers() {
    static const std::map<std::string, Draw> all{
        {"label", [](const Json& o) { return ui::label(label_of(o)); }},
        {"hint", [](const Json& o) { return ui::hint(hint_of(o)); }},
        {"error-message", [](const Json& o) { return ui::error_message(error_of(o)); }},
        {"fieldset", [](const Json& o) { return ui::fieldset(fieldset_of(o)); }},
        {"button",
         [](const Json& o) {
             return ui::button({.text = html_of(o),
                                .href = text_of(o["href"]),
                                .type = truthy(o["type"]) ? text_of(o["type"]) : "submit",
                                .name = text_of(o["name"]),
                                .value = text_of(o["value"]),
                                .classes = classes_of(o),
                                .id = text_of(o["id"]),
                                .disabled = truthy(o["disabled"]),
                                .is_start_button = truthy(o["isStartButton"]),
                                .prevent_double_click = maybe_bool(o["preventDoubleClick"]),
                                .text_is_html = truthy(o["html"]),
                                .attributes = attributes_of(o["attributes"])});
         }},
        {"input",
         [](const Json& o) {
             auto out = control_of<ui::Input>(o);
             if (truthy(o["type"])) out.type = text_of(o["type"]);
             out.value = maybe_text(o["value"]);
             out.inputmode = text_of(o["inputmode"]);
             out.autocomplete = text_of(o["autocomplete"]);
             out.autocapitalize = text_of(o["autocapitalize"]);
             out.pattern = text_of(o["pattern"]);
             out.prefix = affix_of(o["prefix"]);
             out.suffix = affix_of(o["suffix"]);
             out.input_wrapper = affix_of(o["inputWrapper"]);
             return ui::input(out);
         }},
        {"textarea",
         [](const Json& o) {
             auto out = control_of<ui::Textarea>(o);
             out.value = text_of(o["value"]);
             out.autocomplete = text_of(o["autocomplete"]);
             return ui::textarea(out);
         }},
        {"character-count",
         [](const Json& o) {
             auto out = control_of<ui::CharacterCount>(o);
             out.value = text_of(o["value"]);
             out.maxlength = text_of(o["maxlength"]);
             out.maxwords = text_of(o["maxwords"]);
             out.threshold = text_of(o["threshold"]);
             out.count_type = text_of(o["countType"]);
             out.textarea_description_text = text_of(o["textareaDescriptionText"]);
             out.count_message_classes = classes_of(o["countMessage"]);
             return ui::character_count(out);
         }},
        {"select",
         [](const Json& o) {
             auto out = control_of<ui::Select>(o);
             out.value = text_of(o["value"]);
             out.items = list_of<ui::SelectItem>(o["items"], [](const Json& item) {
                 return ui::SelectItem{.text = text_of(item["text"]),
                                       .value = maybe_text(item["value"]),
                                       .selected = maybe_bool(item["selected"]),
                                       .disabled = truthy(item["disabled"]),
                                       .attributes = attributes_of(item["attributes"])};
             });
             return ui::select(out);
         }},
        {"radios",
         [](const Json& o) {
             auto out = control_of<ui::Radios>(o);
             out.value = text_of(o["value"]);
             out.items = choices_of(o["items"]);
             return ui::radios(out);
         }},
        {"checkboxes",
         [](const Json& o) {
             auto out = control_of<ui::Checkboxes>(o);
             for (const auto& value : o["values"].items()) out.values.push_back(text_of(value));
             out.items = choices_of(o["items"]);
             return ui::checkboxes(out);
         }},
        {"date-input",
         [](const Json& o) {
             auto out = control_of<ui::DateInput>(o);
             out.name_prefix = text_of(o["namePrefix"]);
             const std::string prefix = out.name_prefix.empty() ? "" : out.name_prefix + "-";
             const auto one = [&](const Json& item, const std::string& usual) {
                 ui::DateItem made{.name = truthy(item["name"]) ? text_of(item["name"]) : usual,
                                   .label = text_of(item["label"]),
                                   .id = text_of(item["id"]),
                                   .value = maybe_text(item["value"]),
                                   .classes = classes_of(item),
                                   .autocomplete = text_of(item["autocomplete"]),
                                   .pattern = text_of(item["pattern"]),
                                   .width = usual == "year" ? 4 : 0,
                                   .error = maybe_bool(item["error"]),
                                   .attributes = attributes_of(item["attributes"])};
                 if (truthy(item["inputmode"])) made.inputmode = text_of(item["inputmode"]);
                 if (!made.value) made.value = maybe_text(o["values"][prefix + made.name]);
                 if (!made.value) made.value = maybe_text(o[made.name]["value"]);
                 return made;
             };
             for (const auto& item : o["items"].items()) {
                 if (truthy(item)) out.items.push_back(one(item, ""));
             }
             if (out.items.empty()) {
                 for (const char* usual : {"day", "month", "year"}) {
                     if (!o.has(usual) || truthy(o[usual])) out.items.push_back(one(o[usual], usual));
                 }
             }
             return ui::date_input(out);
         }},
        {"file-upload",
         [](const Json& o) {
             auto out = control_of<ui::FileUpload>(o);
             out.multiple = truthy(o["multiple"]);
             out.javascript = truthy(o["javascript"]);
             out.wrapper_classes = text_of(o["wrapperClasses"]);
             out.wrapper_attributes = attributes_of(o["wrapperAttributes"]);
             return ui::file_upload(out);
         }},
        {"password-input",
         [](const Json& o) {
             auto out = control_of<ui::PasswordInput>(o);
             out.value = maybe_text(o["value"]);
             if (truthy(o["autocomplete"])) out.autocomplete = text_of(o["autocomplete"]);
             out.button_classes = classes_of(o["button"]);
             return ui::password_input(out);
         }},
        {"error-summary",
         [](const Json& o) {
             ui::ErrorSummary out{.title = html_of(o, "title"),
                                  .description = html_of(o, "description"),
                                  .disable_auto_focus = maybe_bool(o["disableAutoFocus"]),
                                  .classes = classes_of(o),
                                  .attributes = attributes_of(o["attributes"])};
             out.error_list = list_of<ui::ErrorItem>(o["errorList"], [](const Json& item) {
                 return ui::ErrorItem{.text = html_of(item), .href = text_of(item["href"]), .attributes = attributes_of(item["attributes"])};
             });
             return ui::error_summary(out);
         }},
        {"summary-list",
         [](const Json& o) {
             ui::SummaryList out{.classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             out.rows = list_of<ui::SummaryRow>(o["rows"], [](const Json& row) {
                 return ui::SummaryRow{.key = styled_of(row["key"]),
                                       .value = styled_of(row["value"]),
                                       .actions = actions_of(row["actions"]),
                                       .actions_classes = classes_of(row["actions"]),
                                       .classes = classes_of(row)};
             });
             if (truthy(o["card"])) {
                 const Json& card = o["card"];
                 out.card = ui::SummaryCard{.title = styled_of(card["title"]),
                                            .heading_level = number_of(card["title"]["headingLevel"], 2),
                                            .actions = actions_of(card["actions"]),
                                            .actions_classes = classes_of(card["actions"]),
                                            .classes = classes_of(card),
                                            .attributes = attributes_of(card["attributes"])};
             }
             return ui::summary_list(out);
         }},
        {"table",
         [](const Json& o) {
             ui::Table out{.caption = Html{text_of(o["caption"])},
                           .caption_classes = text_of(o["captionClasses"]),
                           .first_cell_is_header = truthy(o["firstCellIsHeader"]),
                           .classes = classes_of(o),
                           .attributes = attributes_of(o["attributes"])};
             for (const auto& item : o["head"].items()) out.head.push_back(cell_of(item));
             for (const auto& row : o["rows"].items()) {
                 if (!truthy(row)) continue;
                 out.rows.emplace_back();
                 for (const auto& item : row.items()) out.rows.back().push_back(cell_of(item));
             }
             return ui::table(out);
         }},
        {"tag", [](const Json& o) { return ui::tag({.text = html_of(o), .classes = classes_of(o), .attributes = attributes_of(o["attributes"])}); }},
        {"details",
         [](const Json& o) {
             return ui::details({.summary = html_of(o, "summary"),
                                 .text = html_of(o),
                                 .id = text_of(o["id"]),
                                 .open = truthy(o["open"]),
                                 .classes = classes_of(o),
                                 .attributes = attributes_of(o["attributes"])});
         }},
        {"inset-text",
         [](const Json& o) {
             return ui::inset_text(
                 {.text = html_of(o), .id = text_of(o["id"]), .classes = classes_of(o), .attributes = attributes_of(o["attributes"])});
         }},
        {"warning-text",
         [](const Json& o) {
             ui::WarningText out{.text = html_of(o), .classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             if (truthy(o["iconFallbackText"])) out.icon_fallback_text = text_of(o["iconFallbackText"]);
             return ui::warning_text(out);
         }},
        {"notification-banner",
         [](const Json& o) {
             ui::NotificationBanner out{.text = Html{text_of(o["text"])},
                                        .html = Html::trusted(text_of(o["html"])),
                                        .title = html_of(o, "title"),
                                        .title_heading_level = number_of(o["titleHeadingLevel"], 2),
                                        .type = text_of(o["type"]),
                                        .role = text_of(o["role"]),
                                        .disable_auto_focus = maybe_bool(o["disableAutoFocus"]),
                                        .classes = classes_of(o),
                                        .attributes = attributes_of(o["attributes"])};
             if (truthy(o["titleId"])) out.title_id = text_of(o["titleId"]);
             return ui::notification_banner(out);
         }},
        {"pagination",
         [](const Json& o) {
             ui::Pagination out{.classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             if (truthy(o["landmarkLabel"])) out.landmark_label = text_of(o["landmarkLabel"]);
             const auto one = [](const Json& to) {
                 return ui::PageLink{.href = text_of(to["href"]),
                                     .text = html_of(to),
                                     .label_text = text_of(to["labelText"]),
                                     .attributes = attributes_of(to["attributes"])};
             };
             if (truthy(o["previous"])) out.previous = one(o["previous"]);
             if (truthy(o["next"])) out.next = one(o["next"]);
             out.items = list_of<ui::PageItem>(o["items"], [](const Json& item) {
                 return ui::PageItem{.number = text_of(item["number"]),
                                     .href = text_of(item["href"]),
                                     .current = truthy(item["current"]),
                                     .ellipsis = truthy(item["ellipsis"]),
                                     .visually_hidden_text = maybe_text(item["visuallyHiddenText"]),
                                     .attributes = attributes_of(item["attributes"])};
             });
             return ui::pagination(out);
         }},
        {"breadcrumbs",
         [](const Json& o) {
             ui::Breadcrumbs out{
                 .collapse_on_mobile = truthy(o["collapseOnMobile"]), .classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             if (truthy(o["labelText"])) out.label_text = text_of(o["labelText"]);
             out.items = list_of<ui::Crumb>(o["items"], [](const Json& item) {
                 return ui::Crumb{.text = html_of(item), .href = text_of(item["href"]), .attributes = attributes_of(item["attributes"])};
             });
             return ui::breadcrumbs(out);
         }},
        {"back-link",
         [](const Json& o) {
             ui::BackLink out{.classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             if (!html_of(o).empty()) out.text = html_of(o);
             if (truthy(o["href"])) out.href = text_of(o["href"]);
             return ui::back_link(out);
         }},
        {"skip-link",
         [](const Json& o) {
             ui::SkipLink out{.text = html_of(o), .classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             if (truthy(o["href"])) out.href = text_of(o["href"]);
             return ui::skip_link(out);
         }},
        {"panel",
         [](const Json& o) {
             return ui::panel({.title = html_of(o, "title"),
                               .text = html_of(o),
                               .heading_level = number_of(o["headingLevel"], 1),
                               .classes = classes_of(o),
                               .attributes = attributes_of(o["attributes"])});
         }},
        {"tabs",
         [](const Json& o) {
             ui::Tabs out{
                 .id = text_of(o["id"]), .id_prefix = text_of(o["idPrefix"]), .classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             if (truthy(o["title"])) out.title = text_of(o["title"]);
             out.items = list_of<ui::Tab>(o["items"], [](const Json& item) {
                 return ui::Tab{.label = text_of(item["label"]),
                                .id = text_of(item["id"]),
                                .text = Html{text_of(item["panel"]["text"])},
                                .html = Html::trusted(text_of(item["panel"]["html"])),
                                .attributes = attributes_of(item["attributes"]),
                                .panel_attributes = attributes_of(item["panel"]["attributes"])};
             });
             return ui::tabs(out);
         }},
        {"task-list",
         [](const Json& o) {
             ui::TaskList out{.classes = classes_of(o), .attributes = attributes_of(o["attributes"])};
             if (truthy(o["idPrefix"])) out.id_prefix = text_of(o["idPrefix"]);
             out.items = list_of<ui::Task>(o["items"], [](const Json& item) {
                 ui::Task made{.title = styled_of(item["title"]),
                               .href = text_of(item["href"]),
                               .status = styled_of(item["status"]),
                               .classes = classes_of(item)};
                 if (truthy(item["hint"])) made.hint = html_of(item["hint"]);
                 if (const Json& tag = item["status"]["tag"]; truthy(tag)) {
                     made.tag = ui::Tag{.text = html_of(tag), .classes = classes_of(tag), .attributes = attributes_of(tag["attributes"])};
                 }
                 return made;
             });
             return ui::task_list(out);
         }},
        {"service-navigation",
         [](const Json& o) {
             ui::ServiceNavigation out{.service_name = text_of(o["serviceName"]),
                                       .service_url = text_of(o["serviceUrl"]),
                                       .navigation_label = text_of(o["navigationLabel"]),
                                       .navigation_classes = text_of(o["navigationClasses"]),
                                       .classes = classes_of(o),
                                       .attributes = attributes_of(o["attributes"])};
             if (truthy(o["ariaLabel"])) out.aria_label = text_of(o["ariaLabel"]);
             if (truthy(o["menuButtonText"])) out.menu_button_text = text_of(o["menuButtonText"]);
             if (truthy(o["navigationId"])) out.navigation_id = text_of(o["navigationId"]);
             out.navigation = list_of<ui::Place>(o["navigation"], [](const Json& item) {
                 return ui::Place{.text = html_of(item),
                                  .href = text_of(item["href"]),
                                  .current = truthy(item["current"]),
                                  .active = truthy(item["active"]),
                                  .attributes = attributes_of(item["attributes"])};
             });
             return ui::service_navigation(out);
         }},
    };
    return all;
}

/// Options that the structs do not have on purpose: texts for other languages, slots, and holes in lists (a Nunjucks list keeps the number of an
/// item that is missing; our lists have no missing items).
[[maybe_unused]] bool beyond_us(const std::string& component, const Json& o) {
    if (component == "service-navigation") return truthy(o["slots"]) || o.has("collapseNavigationOnMobile") || truthy(o["menuButtonLabel"]);
    if (component == "radios" || component == "checkboxes" || component == "task-list") {
        const auto& items = o["items"].items();
        return std::any_of(items.begin(), items.end(), [](const Json& item) { return !truthy(item); });
    }
    if (component == "panel") return truthy(o["actions"]);
    if (component == "character-count" || component == "file-upload" || component == "password-input") {
        return std::any_of(o.members().begin(), o.members().end(),
                           [](const auto& member) { return member.first.ends_with("Text") && member.first != "textareaDescriptionText"; });
    }
    return false;
}

#ifdef CONCORD_GOVUK_FIXTURES  // see CMakeLists.txt
TEST(Components, PrintTheHtmlOfEveryGovukFixture) {
    int compared = 0, beyond = 0;
    for (const auto& [component, draw] : drawers()) {
        const auto parsed = parse_json(file(std::string{CONCORD_GOVUK_FIXTURES} + component + "/fixtures.json"));
        ASSERT_TRUE(parsed) << component;
        for (const auto& fixture : (*parsed)["fixtures"].items()) {
            if (beyond_us(component, fixture["options"])) {
                ++beyond;
                continue;
            }
            ++compared;
            EXPECT_EQ(canonical(draw(fixture["options"]).markup()), canonical(fixture["html"].as_string()))
                << component << ": " << fixture["name"].as_string() << "\n"
                << to_text(fixture["options"]);
        }
    }
    std::cout << compared << " fixtures compared, " << beyond << " with options that no page of ours uses\n";
    EXPECT_GT(compared, 500);
}
#endif

TEST(Components, CanonicalHtmlForgetsOrderAndSpaceOnly) {
    EXPECT_EQ(canonical("<a  href='x' class=\"y z\">\n  b </a>"), canonical("<a class=\"y z\" href=\"x\">b</a>"));
    EXPECT_NE(canonical("<a class=\"y\">b</a>"), canonical("<a class=\"z\">b</a>"));
    EXPECT_NE(canonical("<p>a b</p>"), canonical("<p>ab</p>"));
}

TEST(Components, EscapeWhatPeopleType) {
    const std::string typed = "<script>alert(1)</script>\" onfocus=\"x";
    for (const Html& html : {ui::input({.label = {Html{typed}}, .name = "a", .value = typed}), ui::textarea({.name = "a", .value = typed}),
                             ui::rows({{.text = typed, .href = typed, .about = typed, .tick = typed, .tick_label = typed}}),
                             ui::match({.name = typed, .href = typed, .why = {{typed, typed}}}), ui::tiles({{typed, typed, typed, typed, typed}})}) {
        EXPECT_EQ(html.markup().find("<script"), std::string::npos);
        EXPECT_EQ(html.markup().find("\" onfocus"), std::string::npos);
    }
}

TEST(Components, PagesShowNeighboursAndEnds) {
    const std::string html = ui::pages(5, 9, "?page=").markup();
    for (const char* shown : {"\"?page=1\"", "\"?page=4\"", "\"?page=6\"", "\"?page=9\""}) EXPECT_NE(html.find(shown), std::string::npos) << shown;
    EXPECT_EQ(html.find("\"?page=2\""), std::string::npos);
    EXPECT_TRUE(ui::pages(1, 1, "?page=").empty());
}

Page example() {
    return {.title = "My work", .main = ui::head("My work"), .section = "/my-work", .section_is_page = true, .user_name = "Priya Nair", .alerts = 3};
}

int count(const std::string& text, const std::string& part) {
    int n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
    return n;
}

TEST(PageOf, ShowsTheMenuThatItsReaderMayUse) {
    const auto menu_items = [](Navigation navigation) {
        Page page = example();
        page.navigation = navigation;
        return count(draw(page, Assets{}), "class=\"govuk-service-navigation__item");
    };
    EXPECT_EQ(menu_items(Navigation::staff), 9);
    EXPECT_EQ(menu_items(Navigation::partner), 5);
    EXPECT_EQ(menu_items(Navigation::public_), 0);
    EXPECT_EQ(menu_items(Navigation::none), 0);
}

TEST(PageOf, HoldsNoInlineScriptOrStyleAndOnlyClassesOfTheDesignSystems) {
    Page page = example();
    page.main = ui::gallery();
    page.csrf = "token";
    const std::string html = draw(page, Assets{});
    EXPECT_EQ(html.find(" style="), std::string::npos);
    EXPECT_EQ(html.find("<style"), std::string::npos);
    EXPECT_EQ(count(html, "<script"), count(html, "<script src="));
    EXPECT_FALSE(std::regex_search(html, std::regex{R"( on[a-z]+=")"}));
    static const std::regex classes{R"re(class="([^"]*)")re"};
    for (std::sregex_iterator it{html.begin(), html.end(), classes}, end; it != end; ++it) {
        std::istringstream names{(*it)[1].str()};
        for (std::string name; names >> name;) EXPECT_TRUE(name.starts_with("govuk-") || name.starts_with("moj-")) << name;
    }
}

TEST(PageOf, TitleSaysErrorFirst) {
    Page page = example();
    page.error = true;
    EXPECT_NE(draw(page, Assets{}).find("<title>Error: My work - Concord</title>"), std::string::npos);
}

TEST(PageOf, AssetsHaveTheNamesOfTheManifest) {
    const auto folder = std::filesystem::temp_directory_path() / "concord-assets-test";
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "manifest.json"} << R"({"concord.css":"concord-1a2b.css"})";
    const Assets assets{folder.string()};
    EXPECT_EQ(assets.url("concord.css"), "/assets/concord-1a2b.css");
    EXPECT_EQ(assets.url("core.js"), "/assets/core.js");
    std::filesystem::remove_all(folder);
}

TEST(Help, PreferencesShowWhatIsChosen) {
    const std::string html = preferences_form({.theme = "dark", .density = "comfortable", .keys = false}, "token").markup();
    for (const char* chosen : {"value=\"dark\" checked", "value=\"comfortable\" checked", "value=\"off\" checked", "value=\"token\""}) {
        EXPECT_NE(html.find(chosen), std::string::npos) << chosen;
    }
    EXPECT_EQ(count(html, " checked"), 3);
}

TEST(Help, KeysOfTheReaderReachTheScripts) {
    Page page = example();
    EXPECT_EQ(draw(page, Assets{}).find("data-keys"), std::string::npos);
    page.keys = false;
    EXPECT_NE(draw(page, Assets{}).find("data-keys=\"off\""), std::string::npos);
}

/// For looking at, and for tests/runners/pages.sh: CONCORD_GALLERY=build/gallery build/quick/web_test --gtest_filter=Gallery*
TEST(Gallery, IsWrittenWhereAsked) {
    const Assets assets{std::string{CONCORD_SOURCE_DIR} + "/build/assets", "../assets/"};
    Page page = example();
    page.partnership = "North Yorkshire Community Safety Partnership";
    page.breadcrumbs = {{"Cases", "/cases"}, {"HC-2026-000123", "/cases/1"}};
    page.csrf = "token";
    const std::vector<std::pair<std::string, Html>> contents{{"gallery", ui::gallery()},
                                                             {"help", help()},
                                                             {"keyboard", keyboard_help()},
                                                             {"accessibility", accessibility_statement()},
                                                             {"preferences", preferences_form({}, "token", true)}};
    for (const auto& [name, main] : contents) {
        for (const char* theme : {"light", "dark"}) {
            page.title = name;
            page.main = main;
            page.theme = theme;
            const std::string html = draw(page, assets);
            EXPECT_EQ(count(html, "<h1"), 1) << name;
            if (const char* to = std::getenv("CONCORD_GALLERY")) {
                std::filesystem::create_directories(to);
                std::ofstream{std::string{to} + "/" + name + "-" + theme + ".html"} << html;
            }
        }
    }
}

}  // namespace
