#include <algorithm>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "base/text.hpp"
#include "codes/codes.hpp"
#include "web/pieces.hpp"

/// Pages for people who are no programmers: code lists and their entries, rules and limits, bank holidays.
namespace concord::codes {
namespace {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;

using Choices = std::vector<std::pair<std::string, std::string>>;

template <class F>
Response reading(Context& context, F f) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = context.demand(reader, "manage", {.kind = "codes"}); !asked) return absent();
        return f(reader);
    });
}
Html form_to(const std::string& action, const Context& context, const Html& inside) {
    return el("form", {{"method", "post"}, {"action", action}, {"novalidate", true}}, hidden("csrf", context.csrf) + inside);
}
Response drawn(const Request& request, const Context& context, const std::string& title, const Html& main, const Refusal* refusal) {
    return context.page(request, (refusal != nullptr ? "Error: " : "") + title, main, refusal != nullptr ? web::status_of(refusal->because) : 200);
}
Html top(const Request& request, const std::string& back, const std::string& back_text, const Refusal* refusal) {
    return back_link(back, back_text) + error_summary(refusal) + access::clash_note(refusal) + access::saved_banner(request);
}
std::string confirmed_words(store::Reader& reader, const Confirmed& confirmed) {
    if (confirmed.by == 0) return "Came with Concord";
    const std::string name = access::name_of(reader, "app_user", confirmed.by);
    return fmt::format("{}, {}", name.empty() ? "Somebody" : name, in_words(london_date(confirmed.at)));
}
Html sure(store::Reader& reader, std::string_view mark, const std::string& source, const Confirmed& confirmed) {
    Html what = access::mark_tag(mark);
    if (!source.empty()) what += el("div", {{"class", "govuk-body-s"}}, source);
    return what + el("div", {{"class", "govuk-body-s"}}, confirmed_words(reader, confirmed));
}
std::string since_words(std::optional<Date> from) { return from ? in_words(*from) : std::string{"The beginning"}; }

/// A change by a page: asked, done, and shown again with what was typed where it is refused.
template <class Change, class Again>
Response changing(const Request& request, Context& context, const std::string& then, Change change, Again again) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::int64_t> {
        if (auto asked = context.demand(tx, "manage", {.kind = "codes"}); !asked) return asked.error();
        return change(codes::Change{tx, context.ledger, context.author(), access::expected_version(request)});
    });
    if (done) return web::see_other(then + "?saved=1");
    if (done.error().because == Because::absent || done.error().because == Because::not_allowed) return absent();
    return again(&done.error());
}
Refusal nothing_here() { return {Because::absent, "codes.absent", "There is nothing here."}; }
Refusal no_day(const char* field) {
    return {Because::invalid, "codes.wrong", "Some answers need another look.", {{field, "Give a day that exists, like 1/4/2027."}}};
}

// ---- Code lists

Response lists_page(const Request& request, Context& context) {
    return reading(context, [&](store::Reader& reader) {
        const std::string words = fold(request.asked("q"));
        const Date today = context.today();
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& one : lists(reader)) {
            const auto offered = std::count_if(one.entries.begin(), one.entries.end(), [&](const Entry& entry) {
                return (!entry.from || *entry.from <= today) && (!entry.until || today < *entry.until);
            });
            std::string all = fold(one.title + " " + one.name);
            for (const auto& entry : one.entries) all += " " + fold(entry.label);
            if (!words.empty() && all.find(words) == std::string::npos) continue;
            rows.push_back({{.text = link("/admin/codes/" + one.name, one.title)},
                            {.text = std::to_string(offered), .format = "numeric"},
                            {.text = std::to_string(one.entries.size() - static_cast<std::size_t>(offered)), .format = "numeric"},
                            {.text = access::mark_tag(one.mark)},
                            {.text = one.source}});
        }
        Html main = top(request, "/admin", "Administration", nullptr) + ui::head("Code lists", "Administration") +
                    p("The answers that questions offer. A code that was used is never deleted, only ended; a label may change from a day on, and an "
                      "old answer shows its label of then.");
        main += el("form", {{"method", "get"}, {"action", "/admin/codes"}},
                   access::text_question({.label = "Find a list or an answer", .name = "q", .value = std::string{request.asked("q")}}) +
                       button("Show", "secondary"));
        main += rows.empty() ? p("No list fits. Try fewer words.")
                             : ui::stacked_table({.head = {{.text = "List"},
                                                           {.text = "Offered now", .format = "numeric"},
                                                           {.text = "Ended or to come", .format = "numeric"},
                                                           {.text = "How sure"},
                                                           {.text = "Where from"}},
                                                  .rows = rows});
        return context.page(request, "Code lists", main);
    });
}

struct EntryForm {
    std::string code, label, hint, from, until, label_from, mark = "cfg", source;
};
EntryForm typed_entry(const Request& request) {
    const auto typed = [&](std::string_view name) { return std::string{request.typed(name)}; };
    return {typed("code"), typed("label"), typed("hint"), typed("from"), typed("until"), typed("label_from"), typed("mark"), typed("source")};
}
Result<EntryAsk> ask_of(const EntryForm& form, Date today) {
    EntryAsk ask{.code = form.code, .label = form.label, .hint = form.hint, .mark = form.mark, .source = form.source};
    std::vector<FieldError> errors;
    const auto day = [&](const char* name, const std::string& text) -> std::optional<Date> {
        if (trim(text).empty()) return {};
        const auto found = parse_typed_date(text, today);
        if (!found) errors.push_back({name, "Give a day that exists, like 1/4/2027, or leave it empty."});
        return found;
    };
    ask.from = day("from", form.from);
    ask.until = day("until", form.until);
    ask.label_from = day("label_from", form.label_from);
    if (!errors.empty()) return Refusal{Because::invalid, "codes.wrong", "Some answers need another look.", std::move(errors)};
    return ask;
}

Html entry_state(const Entry& entry, Date today) {
    if (entry.until && *entry.until <= today) return tag("Ended " + in_words(*entry.until));
    if (entry.from && today < *entry.from) return tag("From " + in_words(*entry.from), "blue");
    if (entry.until) return tag("Until " + in_words(*entry.until), "yellow");
    return tag("Offered", "green");
}

Response list_page(const Request& request, Context& context, const EntryForm& typed, const Refusal* refusal) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto found = list(reader, request.parameter("list"));
        if (!found) return absent();
        const std::string at = "/admin/codes/" + found->name;
        std::vector<std::vector<ui::Cell>> rows;
        for (const auto& entry : found->entries) {
            Html label = link(at + "/" + entry.code, entry.label);
            if (!entry.hint.empty()) label += el("div", {{"class", "govuk-body-s"}}, entry.hint);
            if (entry.labels.size() > 1) label += el("div", {{"class", "govuk-body-s"}}, "Before: " + entry.labels[entry.labels.size() - 2].second);
            rows.push_back({{.text = label},
                            {.text = entry.code},
                            {.text = entry_state(entry, context.today())},
                            {.text = sure(reader, entry.mark, entry.source, entry.confirmed)}});
        }
        Html main = top(request, "/admin/codes", "Code lists", refusal) + ui::head(found->title, "Code list " + found->name) + p(found->source);
        const Html version = hidden("version", std::to_string(found->version));
        const Html form =
            version +
            access::text_question({.label = "Label", .name = "label", .value = typed.label, .hint = "What people read", .refusal = refusal}) +
            access::text_question({.label = "Code",
                                   .name = "code",
                                   .value = typed.code,
                                   .hint = "Short, of lower-case letters, digits and _. It never changes.",
                                   .refusal = refusal,
                                   .classes = "govuk-input--width-10"}) +
            access::text_question(
                {.label = "Help (optional)", .name = "hint", .value = typed.hint, .hint = "A line below the label", .refusal = refusal}) +
            access::date_question({.label = "Offered from (optional)",
                                   .name = "from",
                                   .value = typed.from,
                                   .hint = "Like 1/4/2027; empty: from now on",
                                   .refusal = refusal}) +
            access::mark_questions(typed.mark, typed.source, refusal) + button("Add the answer");
        main += ui::stacked_table({.head = {{.text = "Label"}, {.text = "Code"}, {.text = "State"}, {.text = "How sure"}}, .rows = rows});
        main += ui::section("add", "Add an answer", form_to(at, context, form)) + access::history(reader, context.ledger, found->stream);
        return drawn(request, context, found->title, main, refusal);
    });
}

Response entry_page(const Request& request, Context& context, const EntryForm* typed, const Refusal* refusal) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto found = list(reader, request.parameter("list"));
        if (!found) return absent();
        const auto entry =
            std::find_if(found->entries.begin(), found->entries.end(), [&](const Entry& one) { return one.code == request.parameter("code"); });
        if (entry == found->entries.end()) return absent();
        EntryForm form{entry->code, entry->label, entry->hint, "", entry->until ? to_iso(*entry->until) : "", "", entry->mark, entry->source};
        if (typed != nullptr) form = *typed;
        const std::string at = "/admin/codes/" + found->name;
        std::vector<std::vector<ui::Cell>> labels;
        for (const auto& [from, words] : entry->labels) labels.push_back({{.text = since_words(from)}, {.text = words}});
        Html main = top(request, at, found->title, refusal) +
                    ui::head(entry->label, found->title + ", code " + entry->code, entry_state(*entry, context.today()));
        const Html inside =
            hidden("version", std::to_string(found->version)) +
            access::text_question({.label = "Label", .name = "label", .value = form.label, .hint = "What people read", .refusal = refusal}) +
            access::date_question({.label = "A new label holds from (optional)",
                                   .name = "label_from",
                                   .value = form.label_from,
                                   .hint = "Empty: from today. Older answers keep the label of their day.",
                                   .refusal = refusal}) +
            access::text_question({.label = "Help (optional)", .name = "hint", .value = form.hint, .refusal = refusal}) +
            access::date_question({.label = "Not offered any more from (optional)",
                                   .name = "until",
                                   .value = form.until,
                                   .hint = "Like 1/4/2027; empty while it goes on",
                                   .refusal = refusal}) +
            access::mark_questions(form.mark, form.source, refusal) + button("Save");
        main += ui::split(
            form_to(at + "/" + entry->code, context, inside),
            ui::section("labels", "What it was called", ui::stacked_table({.head = {{.text = "From"}, {.text = "Label"}}, .rows = labels})) +
                ui::section("sure", "How sure it is",
                            sure(reader, entry->mark, entry->source.empty() ? found->source : entry->source, entry->confirmed)));
        return drawn(request, context, entry->label, main, refusal);
    });
}

Response add_entry_post(const Request& request, Context& context) {
    const EntryForm form = typed_entry(request);
    const std::string name{request.parameter("list")};
    return changing(
        request, context, "/admin/codes/" + name,
        [&](const codes::Change& change) -> Result<std::int64_t> {
            const auto found = list(change.tx, name);
            if (!found) return nothing_here();
            const auto ask = ask_of(form, context.today());
            if (!ask) return ask.error();
            return add_entry(change, *found, *ask);
        },
        [&](const Refusal* refusal) { return list_page(request, context, form, refusal); });
}
Response change_entry_post(const Request& request, Context& context) {
    EntryForm form = typed_entry(request);
    form.code = request.parameter("code");
    const std::string name{request.parameter("list")};
    return changing(
        request, context, "/admin/codes/" + name,
        [&](const codes::Change& change) -> Result<std::int64_t> {
            const auto found = list(change.tx, name);
            if (!found) return nothing_here();
            const auto ask = ask_of(form, context.today());
            if (!ask) return ask.error();
            return change_entry(change, *found, *ask);
        },
        [&](const Refusal* refusal) { return entry_page(request, context, &form, refusal); });
}

// ---- Rules and limits

Response rules_page(const Request& request, Context& context) {
    return reading(context, [&](store::Reader& reader) {
        Html main = top(request, "/admin", "Administration", nullptr) + ui::head("Rules and limits", "Administration") +
                    p("Lengths of clocks, limits and amounts. A rule is never overwritten: a new row holds from a day on, and each record is judged "
                      "by the row of its own day.");
        std::string group;
        std::vector<std::vector<ui::Cell>> rows;
        const auto flush = [&] {
            if (rows.empty()) return;
            main +=
                h2(group) + ui::stacked_table({.head = {{.text = "Rule"}, {.text = "Now"}, {.text = "Next"}, {.text = "How sure"}}, .rows = rows});
            rows.clear();
        };
        for (const auto& one : rules(reader)) {
            if (one.group_title != group) flush();
            group = one.group_title;
            const auto* now = one.on(context.today());
            std::string next = "No change";
            for (const auto& row : one.rows)
                if (!row.withdrawn && row.row.from && context.today() < *row.row.from && next == "No change")
                    next = fmt::format("{} from {}", engine::amount_in_words(row.row), in_words(*row.row.from));
            rows.push_back({{.text = link("/admin/rules/" + one.key, one.title)},
                            {.text = now != nullptr ? engine::amount_in_words(now->row) : "Nothing yet"},
                            {.text = next},
                            {.text = now != nullptr ? access::mark_tag(now->row.mark) : Html{}}});
        }
        flush();
        return context.page(request, "Rules and limits", main);
    });
}

struct RowForm {
    std::string from, amount, unit, source, mark = "cfg", why;
};
RowForm typed_row(const Request& request) {
    const auto typed = [&](std::string_view name) { return std::string{request.typed(name)}; };
    return {typed("from"), typed("amount"), typed("unit"), typed("source"), typed("mark"), typed("why")};
}
const Choices& units() {
    static const Choices all{{"working_days", "working days"}, {"days", "days"},         {"months", "months"}, {"hours", "hours"},
                             {"minutes", "minutes"},           {"count", "as a number"}, {"pence", "pounds"},  {"percent", "per cent"}};
    return all;
}
/// People type pounds; pence are kept.
double amount_of(const std::string& typed, const std::string& unit) {
    std::string text = trim(typed);
    std::erase(text, ',');
    if (text.starts_with("£")) text.erase(0, std::string{"£"}.size());
    if (text.empty() || text.size() > 12 || text.find_first_not_of("0123456789.") != std::string::npos ||
        std::count(text.begin(), text.end(), '.') > 1)
        return -1;
    const double number = std::strtod(text.c_str(), nullptr);
    return unit == "pence" ? static_cast<double>(static_cast<std::int64_t>(number * 100 + 0.5)) : number;
}
RowAsk ask_of(const RowForm& form, Date today) {
    return {.from = trim(form.from).empty() ? std::optional<Date>{} : parse_typed_date(form.from, today),
            .amount = amount_of(form.amount, form.unit),
            .unit = form.unit,
            .source = form.source,
            .mark = form.mark,
            .why = form.why};
}

Html rule_rows(store::Reader& reader, const Context& context, const DatedRule& rule) {
    std::vector<std::vector<ui::Cell>> rows;
    const auto* now = rule.on(context.today());
    for (const auto& row : rule.rows) {
        Html state = row.withdrawn                                     ? tag("Taken back")
                     : &row == now                                     ? tag("Holds now", "green")
                     : row.row.from && context.today() < *row.row.from ? tag("To come", "blue")
                                                                       : tag("Before");
        if (!row.why.empty()) state += el("div", {{"class", "govuk-body-s"}}, row.why);
        Html does;
        if (!row.withdrawn)
            does = link(fmt::format("/admin/rules/{}/rows/{}", rule.key, row.row.from ? to_iso(*row.row.from) : "beginning"),
                        Html{"Source"} + el("span", {{"class", "govuk-visually-hidden"}}, " of the row from " + since_words(row.row.from)));
        rows.push_back({{.text = since_words(row.row.from)},
                        {.text = engine::amount_in_words(row.row)},
                        {.text = state},
                        {.text = sure(reader, row.row.mark, row.row.source, row.confirmed)},
                        {.text = does}});
    }
    return ui::stacked_table(
        {.head = {{.text = "From"}, {.text = "Amount"}, {.text = "State"}, {.text = "How sure"}, {.text = "Change"}}, .rows = rows});
}

/// What a new row would change, in words, before it is saved.
Html preview(store::Reader& reader, const Services& services, const Context& context, const DatedRule& rule, const RowAsk& ask) {
    const auto* before = ask.from ? rule.on(*ask.from) : nullptr;
    const engine::RuleRow row{.from = ask.from, .amount = ask.amount, .unit = ask.unit};
    std::optional<Date> until;
    for (const auto& other : rule.rows)
        if (!other.withdrawn && other.row.from && *ask.from < *other.row.from && (!until || *other.row.from < *until)) until = other.row.from;
    Html items;
    items += el("li", fmt::format("From {}{}: {}{}.", in_words(*ask.from), until ? " until " + in_words(*until) : "", engine::amount_in_words(row),
                                  before != nullptr ? ", instead of " + engine::amount_in_words(before->row) : ""));
    items += el("li", fmt::format("The day that decides: {}.", rule.key_date));
    if (*ask.from <= context.today())
        items += el("li",
                    "This day lies in the past or is today: records whose day it is are judged by the new row from now on, but due days that were "
                    "set already do not move.");
    const auto uses = services.uses ? services.uses(reader, rule.key) : std::vector<std::string>{};
    for (const auto& one : uses) items += el("li", one + ".");
    if (uses.empty()) items += el("li", "No pathway in force uses this rule now.");
    return ui::section("preview", "What this changes", el("ul", {{"class", "govuk-list govuk-list--bullet"}}, items));
}

Response rule_page(const Request& request, Context& context, const Services& services, const RowForm* typed, const Refusal* refusal,
                   bool show_preview) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto found = rule(reader, request.parameter("key"));
        if (!found) return absent();
        const std::string at = "/admin/rules/" + found->key;
        RowForm form;
        if (const auto* now = found->on(context.today())) form.unit = now->row.unit;
        if (typed != nullptr) form = *typed;
        const bool time = !found->rows.empty() && engine::is_time_unit(found->rows.front().row.unit);
        Choices offered;
        for (const auto& unit : units())
            if (engine::is_time_unit(unit.first) == time) offered.push_back(unit);
        const Html version = hidden("version", std::to_string(found->version));
        Html main = top(request, "/admin/rules", "Rules and limits", refusal) + ui::head(found->title, found->group_title) +
                    p("The day that decides which row holds: " + found->key_date + ".");
        if (show_preview) {
            const RowAsk ask = ask_of(form, context.today());
            Html fields = version + hidden("sure", "yes");
            for (const auto& [name, value] : {std::pair{"from", to_iso(*ask.from)},
                                              {"amount", form.amount},
                                              {"unit", form.unit},
                                              {"source", form.source},
                                              {"mark", form.mark},
                                              {"why", form.why}})
                fields += hidden(name, value);
            main += preview(reader, services, context, *found, ask) + form_to(at, context, fields + button("Save the new row"));
            main += p("Or change it first:");
        } else {
            main += rule_rows(reader, context, *found);
        }
        const Html questions =
            version +
            access::date_question({.label = "Holds from", .name = "from", .value = form.from, .hint = "Like 1/4/2027", .refusal = refusal}) +
            access::text_question(
                {.label = "Amount", .name = "amount", .value = form.amount, .refusal = refusal, .classes = "govuk-input--width-5"}) +
            access::select_question({.label = "Counted in", .name = "unit", .value = form.unit, .refusal = refusal}, offered) +
            access::mark_questions(form.mark, form.source, refusal) +
            access::long_question(
                {.label = "Why does it change?", .name = "why", .value = form.why, .hint = "For whoever reads the history", .refusal = refusal}) +
            button("Show what changes", "secondary");
        main += ui::section("new-row", show_preview ? "The new row" : "A new row", form_to(at, context, questions));
        if (!show_preview) {
            Html uses;
            for (const auto& one : services.uses ? services.uses(reader, found->key) : std::vector<std::string>{}) uses += el("li", one + ".");
            main += ui::section("uses", "Where it is used",
                                uses.empty() ? p("No pathway in force uses it now.") : el("ul", {{"class", "govuk-list govuk-list--bullet"}}, uses));
            main += access::history(reader, context.ledger, found->stream);
        }
        return drawn(request, context, found->title, main, refusal);
    });
}

/// First the preview, then, where it was seen, the change.
Response add_row_post(const Request& request, Context& context, const Services& services) {
    const RowForm form = typed_row(request);
    const std::string key{request.parameter("key")};
    const bool seen = request.typed("sure") == "yes";
    std::optional<Refusal> refused;
    bool good = false;
    context.db.write([&](store::Transaction& tx) {
        if (auto asked = context.demand(tx, "manage", {.kind = "codes"}); !asked) {
            refused = nothing_here();
            return false;
        }
        const auto found = rule(tx, key);
        if (!found) {
            refused = nothing_here();
            return false;
        }
        const auto done = add_row({tx, context.ledger, context.author(), access::expected_version(request)}, *found, ask_of(form, context.today()));
        refused = done ? std::optional<Refusal>{} : done.error();
        good = done.has_value();
        return good && seen;  // unseen, it was only tried
    });
    if (refused && refused->because == Because::absent) return absent();
    if (refused) return rule_page(request, context, services, &form, &*refused, false);
    if (!seen) return rule_page(request, context, services, &form, nullptr, good);
    return web::see_other("/admin/rules/" + key + "?saved=1");
}

std::optional<std::optional<Date>> row_day(std::string_view text) {
    if (text == "beginning") return std::optional<Date>{};
    const auto day = parse_date(text);
    if (!day) return {};
    return std::optional<Date>{day};
}

Response row_page(const Request& request, Context& context, const RowForm* typed, const Refusal* refusal) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto found = rule(reader, request.parameter("key"));
        const auto from = row_day(request.parameter("from"));
        if (!found || !from) return absent();
        const auto row =
            std::find_if(found->rows.begin(), found->rows.end(), [&](const Row& one) { return one.row.from == *from && !one.withdrawn; });
        if (row == found->rows.end()) return absent();
        const std::string at = "/admin/rules/" + found->key;
        const std::string here = fmt::format("{}/rows/{}", at, request.parameter("from"));
        RowForm form{.source = row->row.source, .mark = row->row.mark};
        if (typed != nullptr) form = *typed;
        const Html version = hidden("version", std::to_string(found->version));
        Html main = top(request, at, found->title, refusal) +
                    ui::head(engine::amount_in_words(row->row), found->title + ", from " + since_words(row->row.from));
        main += p("The amount of a row never changes: records were judged by it. You can confirm where it comes from.");
        Html beside = ui::section("sure", "Now", sure(reader, row->row.mark, row->row.source, row->confirmed));
        if (row->row.from && context.today() < *row->row.from)
            beside +=
                ui::section("take-back", "Take it back",
                            p("It has not begun yet, so it can be taken back.") +
                                form_to(here + "/withdrawal", context,
                                        version + access::long_question({.label = "Why?", .name = "why", .value = form.why, .refusal = refusal}) +
                                            button("Take it back", "warning")));
        main += ui::split(form_to(here, context, version + access::mark_questions(form.mark, form.source, refusal) + button("Confirm")), beside);
        return drawn(request, context, found->title, main, refusal);
    });
}
Response row_post(const Request& request, Context& context, bool withdrawal) {
    const RowForm form = typed_row(request);
    const std::string key{request.parameter("key")};
    return changing(
        request, context, "/admin/rules/" + key,
        [&](const codes::Change& change) -> Result<std::int64_t> {
            const auto found = rule(change.tx, key);
            const auto from = row_day(request.parameter("from"));
            if (!found || !from) return nothing_here();
            if (!withdrawal) return confirm_row(change, *found, *from, form.source, form.mark);
            return from->has_value() ? withdraw_row(change, *found, **from, form.why) : nothing_here();
        },
        [&](const Refusal* refusal) {
            RowForm shown = form;
            if (withdrawal) {  // its form has no source
                context.db.read([&](store::Reader& reader) {
                    if (const auto found = rule(reader, key))
                        for (const auto& row : found->rows)
                            if (row.row.from == row_day(request.parameter("from")).value_or(std::nullopt))
                                shown.source = row.row.source, shown.mark = row.row.mark;
                });
            }
            return row_page(request, context, &shown, refusal);
        });
}

// ---- Bank holidays

Response calendars_page(const Request& request, Context& context) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto all = calendars(reader);
        if (all.size() == 1) return web::see_other("/admin/calendars/" + all.front().name);
        Html items;
        for (const auto& one : all) items += el("li", link("/admin/calendars/" + one.name, one.title));
        return context.page(request, "Bank holidays",
                            top(request, "/admin", "Administration", nullptr) + ui::head("Bank holidays", "Administration") +
                                (all.empty() ? p("No calendar is loaded. Whoever runs Concord loads one with: concord codes load codes")
                                             : el("ul", {{"class", "govuk-list"}}, items)));
    });
}

struct DayForm {
    std::string on, title, source, mark = "source", why;
};
DayForm typed_day(const Request& request) {
    const auto typed = [&](std::string_view name) { return std::string{request.typed(name)}; };
    return {typed("on"), typed("title"), typed("source"), typed("mark"), typed("why")};
}

Html days_table(store::Reader& reader, const Calendar& calendar, int year) {
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& day : calendar.days) {
        if (civil(day.on).year != year) continue;
        Html what = day.title;
        if (day.withdrawn) what += " " + tag("Taken out");
        Html does;
        if (!day.withdrawn)
            does = link(fmt::format("/admin/calendars/{}/days/{}", calendar.name, to_iso(day.on)),
                        Html{"Take out"} + el("span", {{"class", "govuk-visually-hidden"}}, " " + day.title));
        rows.push_back(
            {{.text = in_short_words(day.on)}, {.text = what}, {.text = sure(reader, day.mark, day.source, day.confirmed)}, {.text = does}});
    }
    if (rows.empty()) return p(fmt::format("No bank holidays are known for {}: add them as they are published.", year));
    return ui::stacked_table({.head = {{.text = "Day"}, {.text = "What"}, {.text = "How sure"}, {.text = "Change"}}, .rows = rows});
}

Response calendar_page(const Request& request, Context& context, const DayForm& form, const Refusal* refusal) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto found = calendar(reader, request.parameter("name"));
        if (!found) return absent();
        const int this_year = civil(context.today()).year;
        int year = this_year;
        if (const auto asked = request.asked("year"); asked.size() == 4 && asked.find_first_not_of("0123456789") == std::string_view::npos)
            year = std::stoi(std::string{asked});
        std::vector<ui::Chip> chips;
        for (int one = this_year - 2; one <= this_year + 3; ++one)
            chips.push_back(
                {.text = std::to_string(one), .href = fmt::format("/admin/calendars/{}?year={}", found->name, one), .current = one == year});
        Html main = top(request, "/admin", "Administration", refusal) + ui::head(found->title, "Bank holidays") + p(found->source);
        main +=
            p("Clocks that count working days leave these days and weekends out. A day that is added counts for clocks that start from now on; due "
              "days that were set already do not move.");
        const Html add =
            hidden("version", std::to_string(found->version)) +
            access::date_question({.label = "Day", .name = "on", .value = form.on, .hint = "Like 19/9/2022", .refusal = refusal}) +
            access::text_question({.label = "Name", .name = "title", .value = form.title, .hint = "As it was proclaimed", .refusal = refusal}) +
            access::mark_questions(form.mark, form.source, refusal) + button("Add the day");
        main += ui::split(ui::chips(chips, "Year") + days_table(reader, *found, year),
                          ui::section("add", "Add a proclaimed bank holiday", form_to("/admin/calendars/" + found->name, context, add)));
        return drawn(request, context, found->title, main + access::history(reader, context.ledger, found->stream, 20), refusal);
    });
}
Response day_page(const Request& request, Context& context, const DayForm& form, const Refusal* refusal) {
    return reading(context, [&](store::Reader& reader) -> Response {
        const auto found = calendar(reader, request.parameter("name"));
        const auto on = parse_date(request.parameter("on"));
        if (!found || !on) return absent();
        const auto day = std::find_if(found->days.begin(), found->days.end(), [&](const Day& one) { return one.on == *on && !one.withdrawn; });
        if (day == found->days.end()) return absent();
        const std::string at = "/admin/calendars/" + found->name;
        const Html inside =
            hidden("version", std::to_string(found->version)) +
            access::long_question(
                {.label = "Why?", .name = "why", .value = form.why, .hint = "For example: it was moved to another day", .refusal = refusal}) +
            button("Take it out", "warning");
        return drawn(request, context, "Take out a bank holiday",
                     top(request, at, found->title, refusal) + ui::head("Take out " + day->title, in_words(day->on)) +
                         p("It becomes a working day for clocks that start from now on. The history keeps it.") +
                         form_to(fmt::format("{}/days/{}", at, to_iso(*on)), context, inside),
                     refusal);
    });
}
Response add_day_post(const Request& request, Context& context) {
    const DayForm form = typed_day(request);
    const std::string name{request.parameter("name")};
    return changing(
        request, context, "/admin/calendars/" + name,
        [&](const codes::Change& change) -> Result<std::int64_t> {
            const auto found = calendar(change.tx, name);
            if (!found) return nothing_here();
            const auto on = parse_typed_date(form.on, context.today());
            if (trim(form.on).empty() || !on) return no_day("on");
            return add_day(change, *found, {.on = *on, .title = form.title, .source = form.source, .mark = form.mark});
        },
        [&](const Refusal* refusal) { return calendar_page(request, context, form, refusal); });
}
Response withdraw_day_post(const Request& request, Context& context) {
    const DayForm form = typed_day(request);
    const std::string name{request.parameter("name")};
    return changing(
        request, context, "/admin/calendars/" + name,
        [&](const codes::Change& change) -> Result<std::int64_t> {
            const auto found = calendar(change.tx, name);
            const auto on = parse_date(request.parameter("on"));
            if (!found || !on) return nothing_here();
            return withdraw_day(change, *found, *on, form.why);
        },
        [&](const Refusal* refusal) { return day_page(request, context, form, refusal); });
}

}  // namespace

void add_pages(access::Routes& routes, const Services& services);
void add_pages(access::Routes& routes, const Services& services) {
    const std::string kind = "administration";
    routes.get("/admin/codes", "Code lists", kind, lists_page);
    routes.get("/admin/codes/{list}", "One code list", kind,
               [](const Request& request, Context& context) { return list_page(request, context, {}, nullptr); });
    routes.post("/admin/codes/{list}", "Adds an answer to a list", kind, add_entry_post);
    routes.get("/admin/codes/{list}/{code}", "One answer of a list", kind,
               [](const Request& request, Context& context) { return entry_page(request, context, nullptr, nullptr); });
    routes.post("/admin/codes/{list}/{code}", "Changes or ends an answer", kind, change_entry_post);
    routes.get("/admin/rules", "Rules and limits", kind, rules_page);
    routes.get("/admin/rules/{key}", "One rule with its rows", kind,
               [services](const Request& request, Context& context) { return rule_page(request, context, services, nullptr, nullptr, false); });
    routes.post("/admin/rules/{key}", "Shows what a new row changes, then adds it", kind,
                [services](const Request& request, Context& context) { return add_row_post(request, context, services); });
    routes.get("/admin/rules/{key}/rows/{from}", "One row of a rule", kind,
               [](const Request& request, Context& context) { return row_page(request, context, nullptr, nullptr); });
    routes.post("/admin/rules/{key}/rows/{from}", "Confirms where a row comes from", kind,
                [](const Request& request, Context& context) { return row_post(request, context, false); });
    routes.post("/admin/rules/{key}/rows/{from}/withdrawal", "Takes back a row that has not begun", kind,
                [](const Request& request, Context& context) { return row_post(request, context, true); });
    routes.get("/admin/calendars", "Bank holidays", kind, calendars_page);
    routes.get("/admin/calendars/{name}", "One calendar", kind,
               [](const Request& request, Context& context) { return calendar_page(request, context, {}, nullptr); });
    routes.post("/admin/calendars/{name}", "Adds a bank holiday", kind, add_day_post);
    routes.get("/admin/calendars/{name}/days/{on}", "Asks whether to take a day out", kind,
               [](const Request& request, Context& context) { return day_page(request, context, {}, nullptr); });
    routes.post("/admin/calendars/{name}/days/{on}", "Takes a day out", kind, withdraw_day_post);
}

}  // namespace concord::codes
