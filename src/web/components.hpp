#pragma once

#include <optional>
#include <string>
#include <vector>

#include "web/html.hpp"

/// What people see, one function per component. GOV.UK components take the options of the Nunjucks macros under the same names in snake_case, and
/// print the same HTML: components_test.cpp compares them with every fixture that govuk-frontend ships. Where Nunjucks has `text` and `html`,
/// here is one `Html`: a std::string given to it is escaped.
///
///   ui::input({.label = {"Last name"}, .hint = ui::Hint{"As on the letter"}, .name = "last", .value = typed})
namespace concord::web::ui {

using Classes = std::string;

// ---- Parts

struct Label {
    Html text = {};
    Classes classes = {};
    bool is_page_heading = false;
    Attributes attributes = {};
    std::string for_ = {};
};
Html label(const Label&);

struct Hint {
    Html text = {};
    Classes classes = {};
    std::string id = {};
    Attributes attributes = {};
};
Html hint(const Hint&);

struct ErrorMessage {
    Html text = {};
    Classes classes = {};
    std::string id = {};
    Attributes attributes = {};
    std::string visually_hidden_text = "Error";
};
Html error_message(const ErrorMessage&);

struct FormGroup {
    Classes classes = {};
    Attributes attributes = {};
    Html before_input = {};  ///< `beforeInputs` of radios, checkboxes and dates too
    Html after_input = {};
};

struct Legend {
    Html text = {};
    Classes classes = {};
    bool is_page_heading = false;
};
struct Fieldset {
    Legend legend = {};
    Classes classes = {};
    std::string described_by = {};
    std::string role = {};
    Attributes attributes = {};
    Html html = {};
};
Html fieldset(const Fieldset&);

// ---- Forms

struct Button {
    Html text = {};
    std::string href = {};
    std::string type = "submit";
    std::string name = {};
    std::string value = {};
    Classes classes = {};
    std::string id = {};
    bool disabled = false;
    bool is_start_button = false;
    std::optional<bool> prevent_double_click = {};
    bool text_is_html = false;  ///< markup in a start button is wrapped in a span
    Attributes attributes = {};
};
Html button(const Button&);

struct Affix {
    Html text = {};
    Classes classes = {};
    Attributes attributes = {};
};
struct Input {
    Label label = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id = {};  ///< the name, where not given
    std::string name = {};
    std::string type = "text";
    std::optional<std::string> value = {};
    std::string inputmode = {};
    std::string autocomplete = {};
    std::string autocapitalize = {};
    std::string pattern = {};
    std::optional<bool> spellcheck = {};
    bool disabled = false;
    std::string described_by = {};
    Affix prefix = {};
    Affix suffix = {};
    FormGroup form_group = {};
    Affix input_wrapper = {};  ///< classes and attributes
    Classes classes = {};
    Attributes attributes = {};
};
Html input(const Input&);

struct Textarea {
    Label label = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id = {};
    std::string name = {};
    std::string value = {};
    int rows = 5;
    std::optional<bool> spellcheck = {};
    std::string autocomplete = {};
    bool disabled = false;
    std::string described_by = {};
    FormGroup form_group = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html textarea(const Textarea&);

struct CharacterCount {
    Label label = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id = {};
    std::string name = {};
    std::string value = {};
    int rows = 5;
    std::optional<bool> spellcheck = {};
    std::string maxlength = {};
    std::string maxwords = {};
    std::string threshold = {};
    std::string count_type = {};
    std::string textarea_description_text = {};
    Classes count_message_classes = {};
    FormGroup form_group = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html character_count(const CharacterCount&);

struct SelectItem {
    std::string text = {};
    std::optional<std::string> value = {};
    std::optional<bool> selected = {};
    bool disabled = false;
    Attributes attributes = {};
};
struct Select {
    Label label = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id = {};
    std::string name = {};
    std::vector<SelectItem> items = {};
    std::string value = {};
    bool disabled = false;
    std::string described_by = {};
    FormGroup form_group = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html select(const Select&);

struct Choice {
    Html text = {};
    std::string value = {};
    std::string divider = {};
    std::string id = {};
    std::string name = {};  ///< checkboxes only
    std::optional<Hint> hint = {};
    std::optional<bool> checked = {};
    bool disabled = false;
    Html conditional = {};
    std::string behaviour = {};  ///< "exclusive", checkboxes only
    Classes label_classes = {};
    Attributes label_attributes = {};
    Attributes attributes = {};
};
struct Radios {
    std::optional<Fieldset> fieldset = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id_prefix = {};
    std::string name = {};
    std::vector<Choice> items = {};
    std::string value = {};
    FormGroup form_group = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html radios(const Radios&);

struct Checkboxes {
    std::optional<Fieldset> fieldset = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id_prefix = {};
    std::string name = {};
    std::vector<Choice> items = {};
    std::vector<std::string> values = {};
    std::string described_by = {};
    FormGroup form_group = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html checkboxes(const Checkboxes&);

struct DateItem {
    std::string name = {};
    std::string label = {};
    std::string id = {};
    std::optional<std::string> value = {};
    Classes classes = {};
    std::string autocomplete = {};
    std::string pattern = {};
    std::string inputmode = "numeric";
    int width = 0;                   ///< characters; 4 for "year" and 2 for others, where not given
    std::optional<bool> error = {};  ///< where an error message names no item, all items show it but those with false
    Attributes attributes = {};
};
struct DateInput {
    std::string id = {};
    std::string name_prefix = {};
    std::optional<Fieldset> fieldset = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::vector<DateItem> items = {};  ///< day, month and year, where not given
    FormGroup form_group = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html date_input(const DateInput&);

struct FileUpload {
    Label label = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id = {};
    std::string name = {};
    bool disabled = false;
    bool multiple = false;
    bool javascript = false;  ///< its button fails axe-core (label-content-name-mismatch, govuk-frontend 6.6.0): leave off
    std::string described_by = {};
    FormGroup form_group = {};
    Classes classes = {};
    Attributes attributes = {};
    Classes wrapper_classes = {};
    Attributes wrapper_attributes = {};
};
Html file_upload(const FileUpload&);

struct PasswordInput {
    Label label = {};
    std::optional<Hint> hint = {};
    std::optional<ErrorMessage> error_message = {};
    std::string id = {};
    std::string name = {};
    std::optional<std::string> value = {};
    std::string autocomplete = "current-password";
    bool disabled = false;
    std::string described_by = {};
    FormGroup form_group = {};
    Classes button_classes = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html password_input(const PasswordInput&);

struct ErrorItem {
    Html text = {};
    std::string href = {};
    Attributes attributes = {};
};
struct ErrorSummary {
    Html title = "There is a problem";
    Html description = {};
    std::vector<ErrorItem> error_list = {};
    std::optional<bool> disable_auto_focus = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html error_summary(const ErrorSummary&);

// ---- Content

struct Action {
    Html text = {};
    std::string href = {};
    std::string visually_hidden_text = {};
    Classes classes = {};
    Attributes attributes = {};
};
struct Styled {
    Html text = {};
    Classes classes = {};
};
struct SummaryRow {
    Styled key = {};
    Styled value = {};
    std::vector<Action> actions = {};
    Classes actions_classes = {};
    Classes classes = {};
};
struct SummaryCard {
    Styled title = {};
    int heading_level = 2;
    std::vector<Action> actions = {};
    Classes actions_classes = {};
    Classes classes = {};
    Attributes attributes = {};
};
struct SummaryList {
    std::vector<SummaryRow> rows = {};
    std::optional<SummaryCard> card = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html summary_list(const SummaryList&);

struct Cell {
    Html text = {};
    std::string format = {};  ///< "numeric"
    Classes classes = {};
    int colspan = 0;
    int rowspan = 0;
    Attributes attributes = {};
};
struct Table {
    Html caption = {};
    Classes caption_classes = {};
    std::vector<Cell> head = {};
    std::vector<std::vector<Cell>> rows = {};
    bool first_cell_is_header = false;
    Classes classes = {};
    Attributes attributes = {};
};
Html table(const Table&);

struct Tag {
    Html text = {};
    Classes classes = {};  ///< "govuk-tag--red"
    Attributes attributes = {};
};
Html tag(const Tag&);

struct Details {
    Html summary = {};
    Html text = {};
    std::string id = {};
    bool open = false;
    Classes classes = {};
    Attributes attributes = {};
};
Html details(const Details&);

struct InsetText {
    Html text = {};
    std::string id = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html inset_text(const InsetText&);

struct WarningText {
    Html text = {};
    std::string icon_fallback_text = "Warning";
    Classes classes = {};
    Attributes attributes = {};
};
Html warning_text(const WarningText&);

struct NotificationBanner {
    Html text = {};  ///< one line
    Html html = {};  ///< or any markup
    Html title = {};
    int title_heading_level = 2;
    std::string type = {};  ///< "success"
    std::string role = {};
    std::string title_id = "govuk-notification-banner-title";
    std::optional<bool> disable_auto_focus = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html notification_banner(const NotificationBanner&);

struct PageLink {
    std::string href = {};
    Html text = {};
    std::string label_text = {};
    Attributes attributes = {};
};
struct PageItem {
    std::string number = {};
    std::string href = {};
    bool current = false;
    bool ellipsis = false;
    std::optional<std::string> visually_hidden_text = {};
    Attributes attributes = {};
};
struct Pagination {
    std::vector<PageItem> items = {};
    std::optional<PageLink> previous = {};
    std::optional<PageLink> next = {};
    std::string landmark_label = "Pagination";
    Classes classes = {};
    Attributes attributes = {};
};
Html pagination(const Pagination&);
/// The pages 1 to `last` around `page`, each at `address` + number (`/cases?show=all&page=`).
Html pages(int page, int last, const std::string& address);

struct Crumb {
    Html text = {};
    std::string href = {};
    Attributes attributes = {};
};
struct Breadcrumbs {
    std::vector<Crumb> items = {};
    bool collapse_on_mobile = false;
    std::string label_text = "Breadcrumb";
    Classes classes = {};
    Attributes attributes = {};
};
Html breadcrumbs(const Breadcrumbs&);

struct BackLink {
    Html text = "Back";
    std::string href = "#";
    Classes classes = {};
    Attributes attributes = {};
};
Html back_link(const BackLink&);

struct SkipLink {
    Html text = {};
    std::string href = "#content";
    Classes classes = {};
    Attributes attributes = {};
};
Html skip_link(const SkipLink&);

struct Panel {
    Html title = {};
    Html text = {};
    int heading_level = 1;
    Classes classes = {};
    Attributes attributes = {};
};
Html panel(const Panel&);

struct Tab {
    std::string label = {};
    std::string id = {};
    Html text = {};  ///< put into a paragraph
    Html html = {};
    Attributes attributes = {};
    Attributes panel_attributes = {};
};
struct Tabs {
    std::string title = "Contents";
    std::string id = {};
    std::string id_prefix = {};
    std::vector<Tab> items = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html tabs(const Tabs&);

struct Task {
    Styled title = {};
    std::optional<Html> hint = {};
    std::string href = {};
    std::optional<Tag> tag = {};
    Styled status = {};
    Classes classes = {};
};
struct TaskList {
    std::vector<Task> items = {};
    std::string id_prefix = "task-list";
    Classes classes = {};
    Attributes attributes = {};
};
Html task_list(const TaskList&);

struct Place {
    Html text = {};
    std::string href = {};
    bool current = false;
    bool active = false;
    Attributes attributes = {};
};
struct ServiceNavigation {
    std::string service_name = {};
    std::string service_url = {};
    std::vector<Place> navigation = {};
    std::string aria_label = "Service information";
    std::string menu_button_text = "Menu";
    std::string navigation_label = {};
    std::string navigation_id = "navigation";
    Classes navigation_classes = {};
    Classes classes = {};
    Attributes attributes = {};
};
Html service_navigation(const ServiceNavigation&);

// ---- MoJ

struct SidePlace {
    Html text = {};
    std::string href = {};
    Html n = {};  ///< the count at the right
    bool active = false;
};
Html side_navigation(const std::string& label, const std::vector<SidePlace>& items);
Html sub_navigation(const std::string& label, const std::vector<SidePlace>& items);

struct Moment {
    Html title = {};
    Html by = {};
    Html when = {};        ///< 11 October 2025 at 23:10
    std::string iso = {};  ///< 2025-10-11T23:10
    Html description = {};
    Attributes attributes = {};
};
Html timeline(const std::vector<Moment>& items, int heading_level = 3);
Html badge(const Html& text, const Classes& classes = {});
/// `kind`: information, success, warning or error.
Html alert(const std::string& kind, const Html& text);

// ---- Ours (data-cc)

/// `state` is "late", "soon", "ok" or nothing, everywhere.
struct Tile {
    Html figure = {};
    Html text = {};
    Html small = {};
    std::string href = {};
    std::string state = {};
};
Html tiles(const std::vector<Tile>&);

struct Chip {
    Html text = {};
    std::string href = {};
    bool current = false;
};
Html chips(const std::vector<Chip>&, const std::string& label = "Show");

Html due(const Html& text, const std::string& state = {});
Html rag(const Html& text, const std::string& state);

struct Row {
    Html due = {};  ///< made by due()
    Html text = {};
    std::string href = {};
    Html about = {};
    Html does = {};         ///< a button that finishes or opens it
    std::string tick = {};  ///< the value of its tick box `i`; none: no tick box
    std::string tick_label = {};
    bool ticked = false;
    Attributes attributes = {};
};
Html rows(const std::vector<Row>&);

struct BulkAction {
    std::string text = {};
    std::string value = {};
};
/// Select all, the number selected, and a button `do` for each action. Stands in the form of the rows.
Html bulk(const std::vector<BulkAction>&, int selected = 0);

struct AlertCard {
    Html text = {};
    std::string href = {};
    Html about = {};
    std::string state = {};
};
Html alerts(const std::vector<AlertCard>&);
Html mini(const std::vector<Html>& items);

struct Step {
    Html text = {};
    Html small = {};
    std::string state = {};  ///< done, now or nothing
};
Html steps(const std::vector<Step>&);
struct Clock {
    Html title = {};
    Html due = {};
    std::vector<Step> steps = {};
    Html text = {};
    std::string state = {};
};
Html clock(const Clock&);

/// A bar and words: `Almost certain, 97%`.
Html score(double percent, const Html& text);
struct Reason {
    Html text = {};
    std::string state = {};  ///< same, near, diff, none
};
struct Match {
    Html name = {};
    std::string href = {};
    double percent = 0;
    Html score_text = {};
    Html about = {};
    std::vector<Reason> why = {};
    Html standing = {};  ///< what it is in now: cases, reports
    Html actions = {};
    std::string kind = {};  ///< nothing (strong), possible, weak
};
Html match(const Match&);

struct Figure {
    Html caption = {};
    Html drawing = {};
    Html key = {};
    Html numbers = {};  ///< a table, folded
};
Html figure(const Figure&);
Html saved(const Html& text);
/// A box; `kind` is nothing or "tint".
Html box(const Html& inside, const std::string& kind = {});
Html section(const std::string& id, const Html& heading, const Html& inside, const Html& beside_heading = {});
/// The caption, the h1 and the actions at its right.
Html head(const Html& title, const Html& caption = {}, const Html& actions = {});
/// Two panes: `kind` is nothing (a narrow right), left, left-wide, even or form.
Html split(const Html& left, const Html& right, const std::string& kind = {});
Html scroll(const std::string& label, const Html& inside);
/// A table that becomes cards on a phone.
Html stacked_table(Table);
/// What stands at the foot of a long form and stays in view.
Html foot(const Html& inside);
Html actions(const Html& inside);
Html link(const Html& text, const std::string& href);
Html paragraph(const Html& text);
Html csrf_field(const std::string& token);

/// All components on one page, for tests of how they look.
Html gallery();

}  // namespace concord::web::ui
