#include <algorithm>
#include <set>
#include <sstream>

#include <toml.hpp>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "engine/names.hpp"

/// TOML texts into a Definition; every mistake with file, line and remedy. toml11 stays inside this file.
namespace concord::engine {
namespace {

using Value = toml::value;

/// One table of one file, read key by key: what was not asked for at the end is a mistake.
class Reading {
public:
    Reading(const Value& table, std::string file, std::vector<Problem>& problems) : table_{table}, file_{std::move(file)}, problems_{problems} {}

    void wrong(const Value& at, std::string problem, std::string remedy) const {
        // What a pathway takes from pathways/common keeps the file it was written in.
        std::string file = at.location().file_name();
        if (file.empty() || file == "unknown file") file = file_;
        problems_.push_back({std::move(file), static_cast<int>(at.location().line()), std::move(problem), std::move(remedy)});
    }
    void wrong(std::string problem, std::string remedy) const { wrong(table_, std::move(problem), std::move(remedy)); }

    /// The table [section.id], or this one where there is none: where a mistake about it is told.
    const Value& at(const std::string& section, const std::string& id) const {
        if (!table_.is_table()) return table_;
        const auto part = table_.as_table().find(section);
        if (part == table_.as_table().end() || !part->second.is_table()) return table_;
        const auto found = part->second.as_table().find(id);
        return found == part->second.as_table().end() ? table_ : found->second;
    }
    const Value& whole() const { return table_; }
    const Value* find(const std::string& key) {
        asked_.insert(key);
        if (!table_.is_table()) return nullptr;
        const auto found = table_.as_table().find(key);
        return found == table_.as_table().end() ? nullptr : &found->second;
    }
    std::string text(const std::string& key, bool needed = false) {
        const auto* value = find(key);
        if (value == nullptr) {
            if (needed) wrong(fmt::format("\"{}\" is missing", key), fmt::format("add a line: {} = \"...\"", key));
            return {};
        }
        if (value->is_string()) return value->as_string().str;
        if (value->is_local_date()) {
            std::ostringstream out;
            out << value->as_local_date();
            return out.str();
        }
        wrong(*value, fmt::format("\"{}\" is not a text", key), "put it in quotes");
        return {};
    }
    std::int64_t integer(const std::string& key, std::int64_t otherwise) {
        const auto* value = find(key);
        if (value == nullptr) return otherwise;
        if (value->is_integer()) return value->as_integer();
        wrong(*value, fmt::format("\"{}\" is not a whole number", key), "write it without quotes");
        return otherwise;
    }
    std::optional<double> number(const std::string& key) {
        const auto* value = find(key);
        if (value == nullptr) return {};
        if (value->is_integer()) return static_cast<double>(value->as_integer());
        if (value->is_floating()) return value->as_floating();
        wrong(*value, fmt::format("\"{}\" is not a number", key), "write it without quotes");
        return {};
    }
    bool truth(const std::string& key) {
        const auto* value = find(key);
        if (value == nullptr) return false;
        if (value->is_boolean()) return value->as_boolean();
        wrong(*value, fmt::format("\"{}\" is neither true nor false", key), "write true or false without quotes");
        return false;
    }
    /// One text or a list of texts.
    std::vector<std::string> texts(const std::string& key) {
        const auto* value = find(key);
        std::vector<std::string> all;
        if (value == nullptr) return all;
        if (value->is_string()) return {value->as_string().str};
        if (value->is_array())
            for (const auto& one : value->as_array()) {
                if (one.is_string())
                    all.push_back(one.as_string().str);
                else
                    wrong(one, fmt::format("\"{}\" has something that is not a text", key), "put each in quotes");
            }
        else
            wrong(*value, fmt::format("\"{}\" is neither a text nor a list of texts", key), "write [\"...\", \"...\"]");
        return all;
    }
    Condition condition(const std::string& key) {
        const std::string text_of = text(key);
        if (text_of.empty()) return {};
        auto parsed = parse_condition(text_of);
        if (parsed) return std::move(parsed).value();
        wrong(*find(key), parsed.error().sentence, "see \"Conditions\" in pathways/FORMAT.md");
        return {};
    }
    /// Sub-tables, in the order in which they stand in the file.
    template <class F>
    void each_table(const std::string& key, F f) {
        const auto* value = find(key);
        if (value == nullptr) return;
        if (!value->is_table()) return wrong(*value, fmt::format("\"{}\" is not a table", key), fmt::format("write [{}.NAME]", key));
        std::vector<std::pair<const std::string*, const Value*>> order;
        for (const auto& [name, one] : value->as_table()) order.emplace_back(&name, &one);
        std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second->location().line() < b.second->location().line(); });
        for (const auto& [name, one] : order) {
            Reading inner{*one, file_, problems_};
            if (!one->is_table()) {
                wrong(*one, fmt::format("{}.{} is not a table", key, *name), fmt::format("write [{}.{}] and its lines below", key, *name));
                continue;
            }
            inner.check_id(*name);
            f(*name, inner);
            inner.nothing_else();
        }
    }
    template <class F>
    void each_row(const std::string& key, F f) {
        const auto* value = find(key);
        if (value == nullptr) return;
        if (!value->is_array()) return wrong(*value, fmt::format("\"{}\" is not a list of rows", key), fmt::format("write [[{}]] for each row", key));
        for (const auto& one : value->as_array()) {
            Reading inner{one, file_, problems_};
            if (!one.is_table()) {
                wrong(one, fmt::format("a row of \"{}\" is not a table", key), "write { name = value, ... }");
                continue;
            }
            f(inner);
            inner.nothing_else();
        }
    }
    void check_id(const std::string& id) const {
        if (id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
            wrong(fmt::format("\"{}\" is no id", id), "use lower-case letters, digits and _ only");
    }
    void nothing_else() const {
        if (!table_.is_table()) return;
        for (const auto& [key, value] : table_.as_table())
            if (asked_.count(key) == 0)
                wrong(value, fmt::format("\"{}\" is not known here", key),
                      "take it out, or mend its spelling (pathways/FORMAT.md lists what is known)");
    }
    const std::string& file() const { return file_; }
    std::vector<Problem>& problems() const { return problems_; }

private:
    const Value& table_;
    std::string file_;
    std::vector<Problem>& problems_;
    std::set<std::string> asked_;
};

const std::vector<std::pair<std::string_view, FieldKind>> kinds{{"text", FieldKind::text},
                                                                {"long_text", FieldKind::long_text},
                                                                {"code", FieldKind::code},
                                                                {"codes", FieldKind::codes},
                                                                {"yes_no", FieldKind::yes_no},
                                                                {"date", FieldKind::date},
                                                                {"instant", FieldKind::instant},
                                                                {"whole_number", FieldKind::whole_number},
                                                                {"number", FieldKind::number},
                                                                {"money", FieldKind::money},
                                                                {"person", FieldKind::person},
                                                                {"place", FieldKind::place},
                                                                {"organisation", FieldKind::organisation},
                                                                {"agency", FieldKind::agency},
                                                                {"user", FieldKind::user},
                                                                {"hub", FieldKind::hub},
                                                                {"case_reference", FieldKind::case_reference},
                                                                {"group", FieldKind::group},
                                                                {"note", FieldKind::note}};

Mark read_mark(Reading& table) {
    const std::string mark = table.text("mark");
    if (mark.empty() || mark == "source" || mark == "gk" || mark == "cfg") return mark;
    table.wrong(fmt::format("\"{}\" is no mark", mark),
                "use \"source\" (found in the source named), \"gk\" (general knowledge, not confirmed) or \"cfg\" (our own choice)");
    return {};
}

enum class Dated { no, yes };  // of a code list: with marks and former labels

std::vector<Choice> read_choices(Reading& from, const std::string& key, Dated dated = Dated::no) {
    std::vector<Choice> choices;
    std::set<std::string> seen;
    from.each_row(key, [&](Reading& row) {
        Choice choice{.code = row.text("code", true),
                      .label = row.text("label", true),
                      .hint = row.text("hint"),
                      .score = row.number("score"),
                      .from = parse_date(row.text("from")),
                      .until = parse_date(row.text("until"))};
        if (dated == Dated::yes) {
            choice.mark = read_mark(row);
            row.each_row("former", [&](Reading& was) {
                const auto until = parse_date(was.text("until", true));
                if (!until) was.wrong("a former label has no day on which it ended", "add until = 2026-04-01");
                choice.former.push_back({was.text("label", true), until.value_or(Date{})});
            });
            std::sort(choice.former.begin(), choice.former.end(), [](const auto& a, const auto& b) { return a.until < b.until; });
        }
        if (!seen.insert(choice.code).second)
            row.wrong(fmt::format("the code \"{}\" stands twice", choice.code), "give each answer a code of its own");
        choices.push_back(std::move(choice));
    });
    return choices;
}

std::vector<Field> read_fields(Reading& from, int depth);

Field read_field(Reading& row, int depth) {
    Field field{.id = row.text("id", true), .label = row.text("label", true), .hint = row.text("hint")};
    row.check_id(field.id);
    const std::string kind = row.text("kind", true);
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.first == kind; });
    if (found != kinds.end())
        field.kind = found->second;
    else if (!kind.empty())
        row.wrong(fmt::format("\"{}\" is no kind of question", kind),
                  "use one of: text, long_text, code, codes, yes_no, date, instant, whole_number, number, money, person, place, organisation, "
                  "agency, user, case_reference, group, note");
    field.list = row.text("list");
    field.choices = read_choices(row, "choices");
    field.required = row.truth("required");
    field.required_when = row.condition("required_when");
    field.shown_when = row.condition("shown_when");
    field.least = row.number("least");
    field.most = row.number("most");
    field.at_least_chosen = static_cast<int>(row.integer("at_least", 0));
    field.at_most_chosen = static_cast<int>(row.integer("at_most", 0));
    if (auto day = row.text("not_before"); !day.empty()) field.not_before = day;
    if (auto day = row.text("not_after"); !day.empty()) field.not_after = day;
    field.derived = row.text("derived");
    if (!field.derived.empty() && field.derived != "today" && !field.derived.starts_with("table."))
        if (const auto parsed = parse_condition(field.derived); !parsed)
            row.wrong(parsed.error().sentence, "derived is \"today\", \"table.ID\" or a condition");
    field.listed = row.truth("listed");
    field.personal = row.truth("personal");
    field.meaningful = row.truth("meaningful");
    field.least_rows = static_cast<int>(row.integer("least_rows", 0));
    field.most_rows = static_cast<int>(row.integer("most_rows", 50));
    field.fields = read_fields(row, depth + 1);
    const bool coded = field.kind == FieldKind::code || field.kind == FieldKind::codes;
    if (coded && field.choices.empty() && field.list.empty())
        row.wrong(fmt::format("the question \"{}\" has no answers to choose from", field.id),
                  "add choices = [{ code = \"...\", label = \"...\" }] or list = \"NAME\"");
    if (field.kind == FieldKind::group && field.fields.empty())
        row.wrong(fmt::format("the group \"{}\" has no questions", field.id), "add [[fields.fields]]");
    if (field.listed && field.personal)
        row.wrong(fmt::format("the question \"{}\" is both listed and personal", field.id),
                  "what is personal cannot be listed: take one of the two out");
    if (field.kind == FieldKind::group && depth > 0) row.wrong("a group stands inside a group", "use one level of rows");
    return field;
}

std::vector<Field> read_fields(Reading& from, int depth) {
    std::vector<Field> fields;
    std::set<std::string> seen;
    from.each_row("fields", [&](Reading& row) {
        Field field = read_field(row, depth);
        if (!seen.insert(field.id).second)
            row.wrong(fmt::format("two questions have the id \"{}\"", field.id), "give each question an id of its own");
        fields.push_back(std::move(field));
    });
    return fields;
}

std::optional<ClockRule::Length> read_length(const std::string& text) {
    ClockRule::Length length;
    if (text == "same day") return length;
    std::istringstream words{text};
    std::string unit, rest;
    if (!(words >> length.amount >> unit) || length.amount < 0) return {};
    words >> rest;
    if (unit == "working" && (rest == "days" || rest == "day"))
        length.unit = ClockRule::Length::Unit::working_days;
    else if (unit == "days" || unit == "day")
        length.unit = ClockRule::Length::Unit::days;
    else if (unit == "months" || unit == "month")
        length.unit = ClockRule::Length::Unit::months;
    else if (unit == "hours" || unit == "hour")
        length.unit = ClockRule::Length::Unit::hours;
    else
        return {};
    return length;
}

ClockRule read_clock(const std::string& id, Reading& table) {
    ClockRule clock{.id = id, .label = table.text("label", true), .source = table.text("source", true), .rule_text = table.text("words")};
    clock.starts = table.texts("starts");
    clock.stops = table.texts("stops");
    clock.pauses = table.texts("pauses");
    clock.resumes = table.texts("resumes");
    clock.restarts = table.texts("restarts");
    clock.applies = table.condition("applies");
    clock.cut_off_hour = static_cast<int>(table.integer("cut_off_hour", 17));
    clock.decision = table.text("decision");
    clock.key_date = table.text("key_date");
    bool by_rule = false;
    const auto add = [&](Reading& at, const std::string& within, Condition when) {
        auto length = read_length(within);
        if (!length)
            return at.wrong(fmt::format("\"{}\" is no length of time", within),
                            "write it like \"10 working days\", \"28 days\", \"1 month\", \"48 hours\" or \"same day\"");
        length->when = std::move(when);
        clock.lengths.push_back(std::move(*length));
    };
    const auto add_rule = [&](Reading& at, const std::string& key, Condition when) {
        const bool named = key.find('.') != std::string::npos && key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string::npos;
        if (!named)
            return at.wrong(fmt::format("\"{}\" is no key of a dated rule", key),
                            "write rule = \"GROUP.NAME\" as in codes/rules/GROUP.toml; a length in words stands in words = \"...\"");
        by_rule = true;
        ClockRule::Length length{.when = std::move(when)};
        length.rule = key;
        clock.lengths.push_back(std::move(length));
    };
    const auto add_length = [&](Reading& at, Condition when, bool needed) {
        const std::string within = at.text("within"), rule = at.text("rule"), until = at.text("until");
        if (!within.empty() + !rule.empty() + !until.empty() > 1)
            return at.wrong("there is more than one of \"within\", \"rule\" and \"until\"", "leave one of them");
        if (!until.empty()) {
            ClockRule::Length length{.when = std::move(when)};
            length.until = until;
            clock.lengths.push_back(std::move(length));
            return;
        }
        if (!rule.empty()) return add_rule(at, rule, std::move(when));
        if (!within.empty()) return add(at, within, std::move(when));
        if (needed) at.wrong("\"within\" is missing", "add a line: within = \"...\", or rule = \"GROUP.NAME\"");
    };
    add_length(table, {}, false);
    table.each_row("lengths", [&](Reading& row) { add_length(row, row.condition("when"), true); });
    if (clock.lengths.empty())
        table.wrong(fmt::format("the clock \"{}\" has no length", id), "add within = \"10 working days\", rule = \"GROUP.NAME\", or lengths");
    if (by_rule && !clock.rule_text.empty())
        table.wrong(fmt::format("the clock \"{}\" has a length by rule and words of its own", id),
                    "take \"words\" out: they are made of the rule's row, and change with it");
    if (clock.starts.empty() && clock.restarts.empty()) table.wrong(fmt::format("nothing starts the clock \"{}\"", id), "add starts = \"MARK\"");
    if (clock.stops.empty() && clock.restarts.empty()) table.wrong(fmt::format("nothing stops the clock \"{}\"", id), "add stops = \"MARK\"");
    return clock;
}

Action read_action(const std::string& id, Reading& table) {
    Action action{.id = id,
                  .label = table.text("label", true),
                  .hint = table.text("hint"),
                  .from = table.texts("from"),
                  .to = table.text("to"),
                  .form = table.text("form"),
                  .roles = table.texts("roles")};
    table.each_row("unless", [&](Reading& row) { action.unless.push_back({row.condition("when"), row.text("say", true)}); });
    action.marks = table.texts("marks");
    action.tasks = table.texts("tasks");
    action.closes = table.truth("closes");
    action.reopens = table.truth("reopens");
    action.main = table.truth("main");
    action.confirm = table.text("confirm");
    action.does = table.text("does");
    if (!action.does.empty() && action.does != "open_record" && action.does != "link_record" && action.does != "repeat_of")
        table.wrong(fmt::format("\"{}\" is nothing that an action of an intake can do", action.does), "write open_record, link_record or repeat_of");
    action.offers_to_hub = table.text("offers_to_hub");
    action.ends_offer = table.text("ends_offer");
    if (!action.ends_offer.empty() && action.ends_offer != "accept" && action.ends_offer != "refuse" && action.ends_offer != "withdraw")
        table.wrong(fmt::format("\"{}\" is no end of an offer", action.ends_offer), "write accept, refuse or withdraw");
    if (!action.ends_offer.empty() && !action.offers_to_hub.empty())
        table.wrong("an action makes an offer or ends one", "take offers_to_hub or ends_offer out");
    if (action.roles.empty()) table.wrong(fmt::format("nobody may do \"{}\"", id), "add roles = [\"hub_officer\"]");
    if (action.from.empty()) table.wrong(fmt::format("\"{}\" can be done from no stage", id), "add from = [\"STAGE\"], or [\"*\"] for any open one");
    return action;
}

RiskTool read_risk(const std::string& id, Reading& table) {
    RiskTool tool{.id = id,
                  .label = table.text("label", true),
                  .source = table.text("source", true),
                  .version = static_cast<int>(table.integer("version", 1)),
                  .highest = table.text("highest", true)};
    table.each_row("questions", [&](Reading& row) {
        RiskQuestion question;
        question.most = row.number("most_score");
        question.field = read_field(row, 0);
        tool.questions.push_back(std::move(question));
    });
    table.each_row("bands", [&](Reading& row) {
        tool.bands.push_back({row.text("level", true), row.text("label", true), row.number("from").value_or(0), row.number("to").value_or(0)});
    });
    tool.overrides = read_choices(table, "overrides");
    for (std::size_t i = 1; i < tool.bands.size(); ++i)
        if (tool.bands[i].from != tool.bands[i - 1].to + 1)
            table.wrong(fmt::format("between the bands \"{}\" and \"{}\" there is a gap or an overlap", tool.bands[i - 1].level, tool.bands[i].level),
                        "let each band begin one above the end of the one before");
    const double reach = score(tool, Json::object()).most;
    if (!tool.bands.empty() && (tool.bands.front().from > 0 || tool.bands.back().to < reach))
        table.wrong(fmt::format("the bands do not cover every score from 0 to {}", reach),
                    "let the first band begin at 0 and the last end at the highest score");
    const bool known = std::any_of(tool.bands.begin(), tool.bands.end(), [&](const auto& band) { return band.level == tool.highest; });
    if (!known) table.wrong(fmt::format("the highest level \"{}\" is no band", tool.highest), "name the level of a band");
    return tool;
}

void read_head(Definition& d, Reading& r) {
    d.name = r.text("name", true);
    d.title = r.text("title", true);
    d.prefix = r.text("prefix", true);
    d.version = static_cast<int>(r.integer("version", 1));
    const std::string in_force = r.text("in_force", true);
    if (const auto day = parse_date(in_force))
        d.in_force = *day;
    else if (!in_force.empty())
        r.wrong(fmt::format("in_force \"{}\" is no day", in_force), "write it like 2026-04-01");
    d.law = r.text("law");
    d.source = r.text("source");
    d.lead_body = r.text("lead_body");
    d.handling = r.text("handling");
    if (d.handling.empty()) d.handling = "official";
    d.restriction = r.text("restriction");
    if (d.restriction.empty()) d.restriction = "normal";
    d.audience = r.texts("audience");
    d.retention = r.text("retention");
    d.publishable = r.truth("publishable");
    const std::string kind = r.text("kind");
    d.intake = kind == "intake";
    if (!kind.empty() && kind != "intake" && kind != "record") r.wrong(fmt::format("\"{}\" is no kind of pathway", kind), "write record or intake");
    d.steps = r.texts("steps");
}

void read_parts(Definition& d, Reading& r) {
    r.each_table("roles", [&](const std::string& id, Reading& t) {
        SubjectRole role{.id = id,
                         .label = t.text("label", true),
                         .kind = t.text("kind"),
                         .least = static_cast<int>(t.integer("least", 0)),
                         .most = static_cast<int>(t.integer("most", 0)),
                         .harmed = t.truth("harmed"),
                         .accused = t.truth("accused"),
                         .reasons = t.text("reasons"),
                         .not_under = static_cast<int>(t.integer("not_under", 0)),
                         .also = t.text("also")};
        if (role.kind.empty()) role.kind = "person";
        for (const auto& kind : {role.kind, role.also})
            if (!kind.empty() && kind != "person" && kind != "place" && kind != "organisation")
                t.wrong(fmt::format("\"{}\" has no part in a record", kind), "write person, place or organisation");
        d.roles.push_back(std::move(role));
    });
    r.each_table("stages", [&](const std::string& id, Reading& t) {
        Stage stage{.id = id, .label = t.text("label", true), .open = !t.truth("ended"), .start = t.truth("start"), .group = t.text("group")};
        d.stages.push_back(std::move(stage));
    });
    r.each_table("accepts", [&](const std::string& id, Reading& t) {
        Definition::Accepts accepts{id, t.text("form")};
        t.each_row("unless", [&](Reading& row) { accepts.unless.push_back({row.condition("when"), row.text("say", true)}); });
        d.accepts.push_back(std::move(accepts));
    });
    r.each_table("actions", [&](const std::string& id, Reading& t) { d.actions.push_back(read_action(id, t)); });
    r.each_table("clocks", [&](const std::string& id, Reading& t) { d.clocks.push_back(read_clock(id, t)); });
    r.each_table("risk", [&](const std::string& id, Reading& t) { d.risk_tools.push_back(read_risk(id, t)); });
    r.each_table("tasks", [&](const std::string& id, Reading& t) {
        d.tasks.push_back({.id = id,
                           .title = t.text("title", true),
                           .agency_kind = t.text("agency_kind"),
                           .owner = t.text("owner"),
                           .due_working_days = static_cast<int>(t.integer("due_working_days", 5)),
                           .due_rule = t.text("due_rule"),
                           .when = t.condition("when"),
                           .high = t.truth("high")});
    });
    r.each_table("tables", [&](const std::string& id, Reading& t) {
        DecisionTable table{.id = id, .label = t.text("label", true), .rows = {}, .otherwise = t.text("otherwise", true), .source = t.text("source")};
        t.each_row("rows", [&](Reading& row) { table.rows.push_back({row.condition("when"), row.text("result", true)}); });
        d.tables.push_back(std::move(table));
    });
    r.each_table("outcomes", [&](const std::string& id, Reading& t) {
        d.outcomes.push_back(
            {id, t.text("label", true), t.text("group", true), t.condition("allowed"), t.condition("doubtful_when"), t.text("doubt")});
        if (d.outcomes.back().doubt.empty() != d.outcomes.back().doubtful_when.always())
            t.wrong("doubtful_when and doubt belong together", "write the condition and the sentence, or neither");
    });
    r.each_table("rules", [&](const std::string& id, Reading& t) { d.rule_uses.push_back({id, t.text("rule", true), t.text("key_date")}); });
    r.each_table("facts", [&](const std::string& id, Reading& t) {
        d.facts.push_back({id, t.condition("met"), t.condition("of"), t.text("clock")});
    });
}

Form read_form(Reading& r) {
    Form form{.id = r.text("id", true),
              .label = r.text("label", true),
              .intro = r.text("intro"),
              .version = static_cast<int>(r.integer("version", 1)),
              .fields = read_fields(r, 0),
              .source = r.text("source")};
    return form;
}

/// Names that point at nothing, and stages that nobody reaches or leaves.
void check_whole(const Definition& d, Reading& r) {
    if (std::count_if(d.stages.begin(), d.stages.end(), [](const Stage& s) { return s.start; }) != 1)
        r.wrong("there is not exactly one first stage", "write start = true at one stage");
    const std::set<std::string> reached = reachable_stages(d);
    const auto known_roles = r.texts("access_roles");
    for (const auto& action : d.actions) {
        const auto at = [&](std::string_view what) { return fmt::format("the action \"{}\" {}", action.id, what); };
        if (!action.to.empty() && d.stage(action.to) == nullptr)
            r.wrong(r.at("actions", action.id), at(fmt::format("leads to \"{}\", which is no stage", action.to)), "name a stage of this pathway");
        for (const auto& from : action.from)
            if (from != "*" && d.stage(from) == nullptr)
                r.wrong(r.at("actions", action.id), at(fmt::format("starts from \"{}\", which is no stage", from)),
                        "name a stage of this pathway, or \"*\"");
        if (!action.form.empty() && d.form(action.form) == nullptr && d.risk_tool(action.form) == nullptr)
            r.wrong(r.at("actions", action.id), at(fmt::format("asks for the form \"{}\", which is not there", action.form)),
                    fmt::format("add forms/{}.toml, or take the line out", action.form));
        const auto* form = d.form(action.form);
        if (!action.offers_to_hub.empty() && (form == nullptr || std::none_of(form->fields.begin(), form->fields.end(), [&](const Field& field) {
                                                  return field.id == action.offers_to_hub && field.kind == FieldKind::hub && field.required;
                                              })))
            r.wrong(r.at("actions", action.id), at(fmt::format("offers the record to the answer \"{}\"", action.offers_to_hub)),
                    "name a question of its form with kind = \"hub\" and required = true");
        for (const auto& task : action.tasks)
            if (std::none_of(d.tasks.begin(), d.tasks.end(), [&](const auto& t) { return t.id == task; }))
                r.wrong(r.at("actions", action.id), at(fmt::format("raises the task \"{}\", which is not there", task)),
                        fmt::format("add [tasks.{}]", task));
        for (const auto& role : action.roles)
            if (!known_roles.empty() && std::find(known_roles.begin(), known_roles.end(), role) == known_roles.end())
                r.wrong(r.at("actions", action.id), at(fmt::format("may be done by \"{}\", which is no role", role)),
                        fmt::format("use one of: {}", join(known_roles, ", ")));
    }
    for (const auto& step : d.steps)
        if (d.form(step) == nullptr)
            r.wrong(fmt::format("the step \"{}\" is no form", step), fmt::format("add forms/{}.toml, or take the step out", step));
    for (const auto& one : d.accepts)
        if (!one.form.empty() && d.form(one.form) == nullptr)
            r.wrong(r.at("accepts", one.intake), fmt::format("accepting asks for the form \"{}\", which is not there", one.form),
                    fmt::format("add forms/{}.toml, or take the line out", one.form));
    for (const auto& action : d.actions)
        if (!action.does.empty() && !d.intake)
            r.wrong(r.at("actions", action.id), "only an action of an intake can have does", "take does out, or write kind = \"intake\" at the top");
    for (const auto& stage : d.stages)
        if (reached.count(stage.id) == 0)
            r.wrong(r.at("stages", stage.id), fmt::format("no action leads to the stage \"{}\"", stage.id),
                    "add an action with to = \"" + stage.id + "\", or take the stage out");
    for (const auto& clock : d.clocks)
        for (const auto* marks : {&clock.starts, &clock.stops, &clock.pauses, &clock.resumes, &clock.restarts})
            for (const auto& mark : *marks)
                if (const auto unknown = unknown_mark(d, mark))
                    r.wrong(r.at("clocks", clock.id), fmt::format("the clock \"{}\" waits for what never comes: {}", clock.id, unknown->problem),
                            unknown->remedy);
    for (const auto& clock : d.clocks)
        if (!clock.decision.empty() && d.action(clock.decision) == nullptr && d.form(clock.decision) == nullptr &&
            d.risk_tool(clock.decision) == nullptr)
            r.wrong(r.at("clocks", clock.id),
                    fmt::format("the clock \"{}\" opens \"{}\", which is neither an action nor a form", clock.id, clock.decision),
                    "name one, or take the line out");
    std::set<std::string> ids;
    for (const auto& form : d.forms)
        if (!ids.insert(form.id).second) r.wrong(fmt::format("two forms have the id \"{}\"", form.id), "give each form an id of its own");
}

/// Ids of all questions of a form file, or of a risk tool: what its conditions may name alone.
void gather_ids(const Value& fields, std::set<std::string>& ids) {
    if (!fields.is_array()) return;
    for (const auto& field : fields.as_array()) {
        if (!field.is_table()) continue;
        const auto& table = field.as_table();
        if (const auto id = table.find("id"); id != table.end() && id->second.is_string()) ids.insert(id->second.as_string().str);
        if (const auto inner = table.find("fields"); inner != table.end()) gather_ids(inner->second, ids);
    }
}

/// {rules.ID} in a sentence names a rule that the pathway uses.
void check_sentence(const Value& say, const Reading& r, const Definition& d) {
    const std::string& text = say.as_string().str;
    for (auto open = text.find("{rules."); open != std::string::npos; open = text.find("{rules.", open + 1)) {
        const auto close = text.find('}', open);
        const std::string path = close == std::string::npos ? "" : text.substr(open + 1, close - open - 1);
        if (const auto unknown = unknown_fact(d, path.empty() ? "rules.?" : path, {})) r.wrong(say, unknown->problem, unknown->remedy);
    }
}

/// Rules that clocks and conditions name are there, and hold from the pathway's first day on.
void check_rules(const Definition& d, Reading& r) {
    if (!d.rules || d.rules->empty()) return;
    const auto check = [&](const Value& at, const std::string& key, bool length) {
        const auto rule = d.rules->find(key);
        if (rule == d.rules->end())
            return r.wrong(at, fmt::format("there is no dated rule \"{}\"", key), "add it to a file of codes/rules/, or name one that is there");
        const auto* row = rule->second.on(d.in_force);
        if (row == nullptr)
            return r.wrong(at, fmt::format("the rule \"{}\" has no row on {}, when this pathway begins", key, to_iso(d.in_force)),
                           "add a row that begins earlier, or leave out its from");
        for (const auto& one : rule->second.rows)
            if (length && !is_time_unit(one.unit))
                return r.wrong(at, fmt::format("the rule \"{}\" is no length of time", key), "name a rule in working days, days, months or hours");
    };
    for (const auto& clock : d.clocks)
        for (const auto& length : clock.lengths)
            if (!length.rule.empty()) check(r.at("clocks", clock.id), length.rule, true);
    for (const auto& use : d.rule_uses) check(r.at("rules", use.id), use.rule, false);
    for (const auto& task : d.tasks) {
        if (task.due_rule.empty()) continue;
        check(r.at("tasks", task.id), task.due_rule, true);
        if (const auto rule = d.rules->find(task.due_rule); rule != d.rules->end())
            for (const auto& row : rule->second.rows)
                if (row.unit != "working_days")
                    return r.wrong(r.at("tasks", task.id), fmt::format("the rule \"{}\" is not in working days", task.due_rule),
                                   "name a rule in working days");
    }
}

/// Every condition asks about facts that there are; every list is there.
void check_names(const Value& value, const Reading& r, const Definition& d, const CodeLists& lists, std::set<std::string> near) {
    static const std::set<std::string> conditions{"when", "applies", "required_when", "shown_when",   "allowed",
                                                  "met",  "of",      "derived",       "doubtful_when"};
    if (value.is_array())
        for (const auto& one : value.as_array()) check_names(one, r, d, lists, near);
    if (!value.is_table()) return;
    for (const char* key : {"fields", "questions"})
        if (const auto fields = value.as_table().find(key); fields != value.as_table().end()) gather_ids(fields->second, near);
    for (const auto& [key, one] : value.as_table()) {
        check_names(one, r, d, lists, near);
        if (!one.is_string()) continue;
        const std::string& text = one.as_string().str;
        if ((key == "key_date" || (key == "until" && text.starts_with("forms."))) && !text.empty())
            if (const auto unknown = unknown_fact(d, text, near)) r.wrong(one, unknown->problem, unknown->remedy);
        if (key == "say") check_sentence(one, r, d);
        if (key == "reasons" && !lists.empty() && lists.count(text) == 0)
            r.wrong(one, fmt::format("there is no code list \"{}\"", text), fmt::format("add codes/{}.toml, or name a list that is there", text));
        if (key == "list" && text != "outcomes" && !lists.empty() && lists.count(text) == 0)
            r.wrong(one, fmt::format("there is no code list \"{}\"", text), fmt::format("add codes/{}.toml, or name a list that is there", text));
        if (conditions.count(key) == 0) continue;
        if (key == "derived" && text.starts_with("table.")) {
            if (d.table(std::string_view{text}.substr(6)) == nullptr)
                r.wrong(one, fmt::format("there is no table \"{}\"", text.substr(6)), "add [tables.ID], or name one that is there");
            continue;
        }
        if (const auto parsed = parse_condition(text))
            for (const auto& path : paths_of(*parsed))
                if (const auto unknown = unknown_fact(d, path, near)) r.wrong(one, unknown->problem, unknown->remedy);
    }
}

void fill_choices(std::vector<Field>& fields, const Definition& d, const CodeLists& lists) {
    for (auto& field : fields) {
        fill_choices(field.fields, d, lists);
        if (field.list == "outcomes")
            for (const auto& outcome : d.outcomes) field.choices.push_back({.code = outcome.code, .label = outcome.label});
        else if (const auto list = lists.find(field.list); list != lists.end() && field.choices.empty())
            field.choices = list->second.codes;
    }
}

/// common first, then the pathway's own: a table of the pathway replaces the common one of the same name.
Value merged(const Value& common, const Value& own) {
    if (!common.is_table() || !own.is_table()) return own;
    Value out = own;
    for (const auto& [key, value] : common.as_table()) {
        auto& table = out.as_table();
        const auto mine = table.find(key);
        if (mine == table.end()) {
            table.emplace(key, value);
        } else if (value.is_table() && mine->second.is_table()) {
            for (const auto& [name, part] : value.as_table())
                if (mine->second.as_table().count(name) == 0) mine->second.as_table().emplace(name, part);
        }
    }
    return out;
}

/// The line where brackets stand deeper than toml11 could bear (it recurses), or a key has too many dots; 0 where all is well. Texts in quotes on one
/// line are passed over.
int too_deep(std::string_view text) {
    int line = 1, depth = 0, dots = 0;
    char quote = 0;
    for (const char c : text) {
        if (c == '\n') ++line, dots = 0, quote = 0;
        if (quote != 0) {
            if (c == quote) quote = 0;
            continue;
        }
        if (c == '"' || c == '\'') quote = c;
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && depth > 0) --depth;
        if (c == '.') ++dots;
        if (c == '=') dots = 0;
        if (depth > 30 || dots > 30) return line;
    }
    return 0;
}

std::optional<Value> parse(const std::string& text, const std::string& file, std::vector<Problem>& problems) {
    if (const int line = too_deep(text); line != 0) {
        problems.push_back(
            {file, line, "tables and lists stand too deep inside each other", "write at most 30 brackets, or 30 dots, inside each other"});
        return {};
    }
    if (!is_utf8(text)) {
        problems.push_back({file, 0, "this is not UTF-8 text", "save it as UTF-8; names with accents are fine then"});
        return {};
    }
    try {
        std::istringstream stream{text};
        return toml::parse(stream, file);
    } catch (const toml::exception& error) {
        problems.push_back({file, static_cast<int>(error.location().line()), "this is not TOML as it should be",
                            "look at quotes, brackets and equal signs near this line"});
    } catch (const std::exception&) {
        problems.push_back({file, 0, "this is not TOML as it should be", "save it as UTF-8 text, with a line end at the end"});
    }
    return {};
}

const std::string* file_of(const Source& source, const std::string& path) {
    const auto found = source.files.find(path);
    return found == source.files.end() ? nullptr : &found->second;
}

}  // namespace

Loading load(const Source& pathway, const Source& common, const CodeLists& lists, std::shared_ptr<const Rules> rules) {
    Loading loading;
    const auto* main_text = file_of(pathway, "pathway.toml");
    if (main_text == nullptr) {
        loading.problems.push_back({pathway.folder, 0, "there is no pathway.toml", "a pathway is a folder with a pathway.toml in it"});
        return loading;
    }
    auto whole = parse(*main_text, "pathway.toml", loading.problems);
    if (!whole) return loading;
    if (const auto* shared = file_of(common, "pathway.toml"))
        if (const auto base = parse(*shared, "common/pathway.toml", loading.problems)) whole = merged(*base, *whole);
    auto definition = std::make_shared<Definition>();
    definition->rules = std::move(rules);
    Reading reading{*whole, "pathway.toml", loading.problems};
    read_head(*definition, reading);
    std::string everything;
    std::vector<std::pair<std::string, Value>> forms;
    for (const auto* source : {&common, &pathway})
        for (const auto& [path, text] : source->files) {
            everything += path + "\n" + text + "\n";
            if (!path.starts_with("forms/")) continue;
            const auto parsed = parse(text, path, loading.problems);
            if (!parsed) continue;
            Reading form{*parsed, path, loading.problems};
            Form made = read_form(form);
            form.nothing_else();
            std::erase_if(definition->forms, [&, common_has = file_of(common, path) != nullptr](const Form& old) {
                return source == &pathway && old.id == made.id && common_has;
            });
            definition->forms.push_back(std::move(made));
            forms.emplace_back(path, *parsed);
        }
    read_parts(*definition, reading);
    check_whole(*definition, reading);
    check_rules(*definition, reading);
    // What is printed without a day: as the latest rows have it.
    for (auto& clock : definition->clocks)
        if (clock.rule_text.empty()) clock.rule_text = length_in_words(*definition, clock, *parse_date("9999-12-31"));
    reading.nothing_else();
    check_names(*whole, reading, *definition, lists, {});
    for (const auto& [path, form] : forms) check_names(form, Reading{form, path, loading.problems}, *definition, lists, {});
    for (auto& form : definition->forms) fill_choices(form.fields, *definition, lists);
    definition->hash = sha256_hex(everything);
    std::sort(loading.problems.begin(), loading.problems.end(),
              [](const Problem& a, const Problem& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
    if (loading.problems.empty()) loading.definition = std::move(definition);
    return loading;
}

// ---- Stories

namespace {

Instant moment_of(Reading& row, const std::string& key, Instant last) {
    const std::string text = row.text(key);
    if (text.empty()) return last;
    if (const auto day = parse_date(text)) return from_london(civil(*day), 10);
    const bool has_time = text.size() == 16 && text[10] == 'T' && text[13] == ':' &&
                          (text.substr(11, 2) + text.substr(14, 2)).find_first_not_of("0123456789") == std::string::npos;
    if (has_time)
        if (const auto day = parse_date(text.substr(0, 10)))
            return from_london(civil(*day), std::stoi(text.substr(11, 2)), std::stoi(text.substr(14, 2)));
    row.wrong(fmt::format("\"{}\" is neither a day nor a day with a time", text), "write 2026-03-02 or 2026-03-02T10:30 (London)");
    return last;
}

Json json_of(const Value& value) {
    if (value.is_boolean()) return Json{value.as_boolean()};
    if (value.is_integer()) return Json{static_cast<std::int64_t>(value.as_integer())};
    if (value.is_floating()) return Json{value.as_floating()};
    if (value.is_string()) return Json{value.as_string().str};
    if (value.is_array()) {
        Json all = Json::array();
        for (const auto& one : value.as_array()) all.push(json_of(one));
        return all;
    }
    if (value.is_table()) {
        Json all = Json::object();
        for (const auto& [key, one] : value.as_table()) all.set(key, json_of(one));
        return all;
    }
    std::ostringstream out;
    out << value;
    return Json{out.str()};
}

void set_at(Json& object, const std::string& path, const Json& value) {
    const auto dot = path.find('.');
    if (dot == std::string::npos) {
        object.set(path, value);
        return;
    }
    const std::string head = path.substr(0, dot);
    Json inner = object[head].is_object() ? object[head] : Json::object();
    set_at(inner, path.substr(dot + 1), value);
    object.set(head, inner);
}

/// A record on paper: what a story needs to know of one.
class Paper {
public:
    Paper(const Definition& definition, const WorkingCalendar& calendar) : d_{definition}, calendar_{calendar} {
        facts_ = Json::object({{"stage", d_.first_stage().id}, {"pathway", d_.name}, {"forms", Json::object()}});
    }

    void step(Reading& row) {
        now_ = moment_of(row, "at", now_);
        facts_.set("today", to_iso(london_date(now_)));
        if (!facts_.has("opened_on")) facts_.set("opened_on", to_iso(london_date(now_)));
        if (const auto opened = parse_date(facts_["opened_on"].as_string())) facts_.set("days_open", london_date(now_) - *opened);
        if (const auto closed = parse_date(facts_["closed_on"].as_string())) facts_.set("days_closed", london_date(now_) - *closed);
        Json roles = Json::object(), receiving = Json::object();
        for (const auto& role : row.texts("as")) roles.set(role, true);
        for (const auto& role : row.texts("as_receiving")) receiving.set(role, true);
        if (!roles.members().empty() || !receiving.members().empty())
            facts_.set("actor", Json::object({{"role", roles}, {"receiving_role", receiving}, {"is_lead", roles["lead_officer"]}}));
        if (const auto* more = row.find("facts"); more != nullptr && more->is_table())
            for (const auto& [key, value] : more->as_table()) set_at(facts_, key, json_of(value));
        facts_ = with_rules(d_, std::move(facts_));
        std::vector<std::string> marks = row.texts("marks");
        const auto* answers = row.find("answers");
        const Json typed = answers != nullptr ? json_of(*answers) : Json::object();
        refused_.clear();
        if (const auto action = row.text("action"); !action.empty()) do_action(action, typed, marks);
        if (const auto form = row.text("form"); !form.empty()) do_form(row, form, typed, marks);
        if (const auto tool = row.text("risk"); !tool.empty()) do_risk(row, tool, typed, row.text("override"), marks);
        clocks_ = advance(d_, clocks_, marks, now_, facts_, calendar_);
        expect(row);
    }

private:
    void do_action(const std::string& id, const Json& typed, std::vector<std::string>& marks) {
        auto done = act(d_, id, typed, facts_, london_date(now_));
        if (!done) {
            refused_ = done.error().sentence;
            for (const auto& error : done.error().fields) refused_ += " " + error.field + ": " + error.message;
            return;
        }
        const auto* action = d_.action(id);
        if (!action->form.empty()) set_at(facts_, "forms." + action->form, done->answers);
        if (!done->to.empty()) {
            facts_.set("stage", done->to);
            marks.push_back("stage." + done->to);
        }
        if (!action->offers_to_hub.empty()) facts_.set("offered_hub", done->answers[action->offers_to_hub]);
        if (!action->ends_offer.empty()) facts_.erase("offered_hub");
        if (done->closes) facts_.set("closed_on", to_iso(london_date(now_)));
        if (done->reopens) facts_.erase("closed_on");
        marks.insert(marks.end(), done->marks.begin(), done->marks.end());
        raised_.clear();
        for (const auto* task : done->tasks) raised_.push_back(task->id);
    }
    void do_form(Reading& row, const std::string& id, const Json& typed, std::vector<std::string>& marks) {
        const auto* form = d_.form(id);
        if (form == nullptr) return row.wrong(fmt::format("there is no form \"{}\"", id), "name a form of this pathway");
        auto checked = check_form(d_, *form, typed, facts_, london_date(now_));
        if (!checked) {
            for (const auto& error : checked.error().fields) refused_ += error.field + ": " + error.message + " ";
            return;
        }
        set_at(facts_, "forms." + id, *checked);
        marks.push_back("form." + id);
    }
    void do_risk(Reading& row, const std::string& id, const Json& typed, const std::string& override_code, std::vector<std::string>& marks) {
        const auto* tool = d_.risk_tool(id);
        if (tool == nullptr) return row.wrong(fmt::format("there is no risk tool \"{}\"", id), "name a risk tool of this pathway");
        const auto outcome = score(*tool, typed, override_code);
        const bool ever = facts_["risk"]["ever_high"].as_bool() || outcome.level == tool->highest;
        facts_.set("risk", Json::object({{"assessed", true}, {"level", outcome.level}, {"score", outcome.score}, {"tool", id}, {"ever_high", ever}}));
        marks.push_back("risk.assessed");
        marks.push_back("risk.assessed." + outcome.level);
    }
    void expect(Reading& row) {
        const auto* expected = row.find("expect");
        bool foreseen = false;
        if (expected != nullptr && expected->is_table()) {
            Reading e{*expected, row.file(), row.problems()};
            const auto differs = [&](const std::string& what, const std::string& is, const std::string& should) {
                if (is != should) e.wrong(fmt::format("{} is \"{}\", not \"{}\"", what, is, should), "mend the story or the pathway");
            };
            if (const auto why = e.text("refused"); !why.empty()) {
                foreseen = true;
                if (refused_.find(why) == std::string::npos)
                    e.wrong(fmt::format("it was {}", refused_.empty() ? "allowed" : "refused because: " + refused_),
                            fmt::format("the story says: {}", why));
            }
            if (const auto stage = e.text("stage"); !stage.empty()) differs("the stage", facts_["stage"].as_string(), stage);
            if (const auto level = e.text("level"); !level.empty()) differs("the level", facts_["risk"]["level"].as_string(), level);
            if (e.find("score") != nullptr)
                differs("the score", fmt::format("{}", facts_["risk"]["score"].as_number()), fmt::format("{}", e.number("score").value_or(-1)));
            if (e.find("raised") != nullptr) differs("what was raised", join(raised_, " "), join(e.texts("raised"), " "));
            expect_clocks(e);
            if (const auto* table = e.find("table"); table != nullptr && table->is_table())
                for (const auto& [name, value] : table->as_table()) {
                    const auto* t = d_.table(name);
                    if (t == nullptr)
                        e.wrong(fmt::format("there is no table \"{}\"", name), "name a table of this pathway");
                    else
                        differs("the table " + name, decide(*t, facts_), value.is_string() ? value.as_string().str : "");
                }
            e.nothing_else();
        }
        if (!refused_.empty() && !foreseen) row.wrong("this was refused: " + refused_, "mend the story or the pathway");
    }
    void expect_clocks(Reading& e) {
        for (const char* what : {"due", "state"}) {
            const auto* all = e.find(what);
            if (all == nullptr || !all->is_table()) continue;
            for (const auto& [id, value] : all->as_table()) {
                const auto clock = std::find_if(clocks_.begin(), clocks_.end(), [&id = id](const Clock& one) { return one.id == id; });
                const std::string should = json_of(value).as_string();
                std::string is = "not started";
                if (clock != clocks_.end())
                    is = std::string_view{what} == "state" ? state_at(*clock, now_) : clock->due ? to_iso(london_date(*clock->due)) : "none";
                if (is != should)
                    e.wrong(fmt::format("the clock {} has the {} \"{}\", not \"{}\"", id, what, is, should), "mend the story or the pathway");
            }
        }
    }

    const Definition& d_;
    const WorkingCalendar& calendar_;
    Facts facts_;
    std::vector<Clock> clocks_;
    std::vector<std::string> raised_;
    std::string refused_;
    Instant now_;
};

}  // namespace

std::vector<Problem> run_story(const Definition& definition, std::string_view file, std::string_view text, const WorkingCalendar& calendar) {
    std::vector<Problem> problems;
    const auto story = parse(std::string{text}, std::string{file}, problems);
    if (!story) return problems;
    Reading reading{*story, std::string{file}, problems};
    reading.text("title", true);
    reading.text("note");
    Paper paper{definition, calendar};
    int steps = 0;
    reading.each_row("step", [&](Reading& row) {
        row.text("say");
        paper.step(row);
        ++steps;
    });
    if (steps == 0) reading.wrong("the story has no steps", "add [[step]]");
    reading.nothing_else();
    return problems;
}

// ---- Other data files in TOML

CodeList load_codes(std::string_view text, std::string_view file) {
    CodeList list;
    const auto parsed = parse(std::string{text}, std::string{file}, list.problems);
    if (!parsed) return list;
    Reading reading{*parsed, std::string{file}, list.problems};
    list.name = reading.text("name", true);
    list.title = reading.text("title", true);
    list.source = reading.text("source");
    list.mark = read_mark(reading);
    list.codes = read_choices(reading, "code", Dated::yes);
    reading.nothing_else();
    return list;
}

RuleFile load_rules(std::string_view text, std::string_view file) {
    RuleFile rules;
    const auto parsed = parse(std::string{text}, std::string{file}, rules.problems);
    if (!parsed) return rules;
    Reading reading{*parsed, std::string{file}, rules.problems};
    rules.name = reading.text("name", true);
    reading.check_id(rules.name);
    rules.title = reading.text("title", true);
    const std::string source = reading.text("source");
    const Mark mark = read_mark(reading);
    std::set<std::string> seen;
    reading.each_row("rule", [&](Reading& one) {
        const std::string id = one.text("id", true);
        one.check_id(id);
        Rule rule{.key = rules.name + "." + id, .title = one.text("title", true), .key_date = one.text("key_date", true), .rows = {}};
        if (!seen.insert(id).second) one.wrong(fmt::format("two rules have the id \"{}\"", id), "give each rule an id of its own");
        one.each_row("rows", [&](Reading& row) {
            const std::string from = row.text("from");
            RuleRow made{.from = parse_date(from),
                         .amount = row.number("amount").value_or(-1),
                         .unit = row.text("unit", true),
                         .source = row.text("source"),
                         .mark = read_mark(row)};
            if (!from.empty() && !made.from) row.wrong(fmt::format("\"{}\" is no day", from), "write it like 2026-04-01");
            if (made.amount < 0 || made.amount > 1e12) row.wrong("the row has no amount of 0 or more", "add amount = 10");
            if (!made.unit.empty() && !is_rule_unit(made.unit))
                row.wrong(fmt::format("\"{}\" is no unit", made.unit),
                          "use one of: working_days, days, months, hours, minutes, count, pence, percent");
            if (made.source.empty()) made.source = source;
            if (made.mark.empty()) made.mark = mark;
            for (const auto& other : rule.rows)
                if (other.from == made.from) row.wrong("two rows begin on the same day", "give each row a from of its own");
            rule.rows.push_back(std::move(made));
        });
        if (rule.rows.empty()) one.wrong(fmt::format("the rule \"{}\" has no row", id), "add rows = [{ amount = 10, unit = \"days\" }]");
        std::sort(rule.rows.begin(), rule.rows.end(), [](const RuleRow& a, const RuleRow& b) { return a.from < b.from; });
        rules.rules.push_back(std::move(rule));
    });
    reading.nothing_else();
    return rules;
}

CalendarFile load_calendar(std::string_view text, std::string_view file) {
    CalendarFile calendar;
    const auto parsed = parse(std::string{text}, std::string{file}, calendar.problems);
    if (!parsed) return calendar;
    Reading reading{*parsed, std::string{file}, calendar.problems};
    calendar.name = reading.text("name", true);
    calendar.title = reading.text("title");
    calendar.source = reading.text("source");
    calendar.mark = read_mark(reading);
    reading.each_row("day", [&](Reading& row) {
        const std::string on = row.text("on", true);
        Holiday holiday{.on = {}, .title = row.text("title"), .mark = read_mark(row)};
        if (const auto day = parse_date(on)) {
            holiday.on = *day;
            calendar.days.push_back(*day);
            calendar.holidays.push_back(std::move(holiday));
        } else
            row.wrong(fmt::format("\"{}\" is no day", on), "write it like 2026-12-25");
    });
    reading.nothing_else();
    return calendar;
}

}  // namespace concord::engine
