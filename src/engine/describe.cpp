#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "engine/engine.hpp"
#include "engine/names.hpp"

/// A definition told to a case officer: stages, a drawing, who may do what, clocks, questions. The printed copy of a pathway is kept as
/// golden/describe.txt, so that a change of rules shows in review as a sentence.
namespace concord::engine {
namespace {

std::string plain(std::string code) { return role_in_words(std::move(code)); }

std::string listed_in_words(const std::vector<std::string>& codes, std::string_view last = "or") {
    std::vector<std::string> words;
    for (const auto& code : codes) words.push_back(plain(code));
    if (words.size() < 2) return join(words, "");
    const std::string end = words.back();
    words.pop_back();
    return fmt::format("{} {} {}", join(words, ", "), last, end);
}

std::string label_of_stage(const Definition& d, const std::string& id) {
    if (id == "*") return "any open stage";
    const auto* stage = d.stage(id);
    return stage != nullptr ? stage->label : id;
}

std::string kind_in_words(FieldKind kind) {
    static constexpr std::string_view words[] = {
        "text",   "long text", "one of a list", "some of a list", "yes or no", "day", "moment",         "whole number", "number", "pounds",
        "person", "place",     "organisation",  "agency",         "user",      "hub", "case reference", "rows",         "note"};
    return std::string{words[static_cast<int>(kind)]};
}

class Telling {
public:
    explicit Telling(const Definition& definition) : d_{definition} {}

    std::string whole() {
        head();
        roles();
        drawing();
        who_may_do_what();
        actions();
        clocks();
        rules();
        forms();
        risk();
        tables();
        tasks();
        outcomes();
        facts();
        return std::move(out_);
    }

private:
    template <class... Args>
    void line(fmt::format_string<Args...> format, Args&&... args) {
        out_ += fmt::format(format, std::forward<Args>(args)...);
        out_ += '\n';
    }
    void title(std::string_view text) {
        line("");
        line("{}", text);
        line("{}", std::string(text.size(), '-'));
    }
    void detail(std::string_view name, std::string_view text) {
        if (!text.empty()) line("  {}: {}", name, text);
    }

    void head() {
        const std::string text = fmt::format("{} ({}), version {}", d_.title, d_.name, d_.version);
        line("{}", text);
        line("{}", std::string(text.size(), '='));
        detail("In force from", in_words(d_.in_force));
        detail("Law", d_.law);
        detail("Source", d_.source);
        detail("Lead body", d_.lead_body);
        detail("References begin with", d_.prefix);
        detail("Marked", plain(d_.handling));
        detail("Restriction", d_.restriction);
        detail("Seen by", listed_in_words(d_.audience, "and"));
        detail("Kept", d_.retention);
        detail("May be published", d_.publishable ? "yes" : "no");
    }

    void roles() {
        if (d_.roles.empty()) return;
        title("Who and what is involved");
        for (const auto& role : d_.roles) {
            std::string text = fmt::format("{} ({}{})", role.label, role.kind, role.also.empty() ? "" : " or " + role.also);
            if (role.harmed) text += ", harmed";
            if (role.accused) text += ", accused";
            if (!role.reasons.empty()) text += ", only for a reason (" + plain(role.reasons) + ")";
            if (role.not_under > 0) text += fmt::format(", nobody under {}", role.not_under);
            if (role.least > 0) text += fmt::format(", at least {}", role.least);
            if (role.most > 0) text += fmt::format(", at most {}", role.most);
            line("  {}", text);
        }
    }

    void arrows_from(std::string_view from) {
        for (const auto& action : d_.actions) {
            if (std::find(action.from.begin(), action.from.end(), from) == action.from.end()) continue;
            const std::string to = action.to.empty() ? "(stays)" : label_of_stage(d_, action.to);
            line("      +-- {} {}> {}", action.label,
                 std::string(std::max<std::size_t>(3, 58 - std::min<std::size_t>(55, code_points(action.label))), '-'), to);
        }
    }
    void drawing() {
        title("Drawing");
        for (const auto& stage : d_.stages) {
            line("  {}{} {} {}", stage.start ? "start --> " : "", stage.open ? "[" : "((", stage.label, stage.open ? "]" : "))");
            arrows_from(stage.id);
        }
        line("  [ any open stage ]");
        arrows_from("*");
    }

    void who_may_do_what() {
        std::vector<std::string> who;
        for (const auto& action : d_.actions)
            for (const auto& role : action.roles)
                if (std::find(who.begin(), who.end(), role) == who.end()) who.push_back(role);
        if (who.empty()) return;
        title("Who may do what");
        std::size_t width = 0;
        for (const auto& action : d_.actions) width = std::max(width, code_points(action.label));
        std::string head(width + 2, ' ');
        for (const auto& role : who) head += "  " + plain(role);
        line("{}", head);
        for (const auto& action : d_.actions) {
            std::string row = "  " + action.label + std::string(width - code_points(action.label), ' ');
            for (const auto& role : who) {
                const bool may = std::find(action.roles.begin(), action.roles.end(), role) != action.roles.end();
                row += "  " + std::string(may ? "x" : ".") + std::string(role.size() - 1, ' ');
            }
            line("{}", trim(row).empty() ? row : row.substr(0, row.find_last_not_of(' ') + 1));
        }
    }

    std::string form_in_words(const std::string& id) const {
        if (const auto* form = d_.form(id)) return form->label;
        if (const auto* tool = d_.risk_tool(id)) return tool->label;
        return id;
    }
    std::string tasks_in_words(const Action& action) const {
        std::vector<std::string> titles;
        for (const auto& id : action.tasks)
            for (const auto& task : d_.tasks)
                if (task.id == id) titles.push_back(task.title + (task.when.always() ? "" : fmt::format(" (if {})", task.when.in_words())));
        return join(titles, "; ");
    }
    void actions() {
        title("What may be done");
        for (const auto& action : d_.actions) {
            std::vector<std::string> from;
            for (const auto& stage : action.from) from.push_back(label_of_stage(d_, stage));
            line("  {} [{}]", action.label, action.id);
            line("    From {}{}.", listed_in_words(from), action.to.empty() ? "; the stage stays" : " to " + label_of_stage(d_, action.to));
            line("    By {}{}.", listed_in_words(action.roles), action.by_receiving_hub() ? " of the hub that it is offered to" : "");
            if (!action.offers_to_hub.empty()) line("    Offers the record to another hub, which answers it.");
            if (action.ends_offer == "accept") line("    The record is that hub's own from then on.");
            if (!action.form.empty()) line("    Asks for: {}.", form_in_words(action.form));
            if (const auto titles = tasks_in_words(action); !titles.empty()) line("    Raises: {}.", titles);
            if (!action.marks.empty()) line("    Marks: {}.", join(action.marks, ", "));
            for (const auto& guard : action.unless) {
                line("    Refused while {}:", guard.when.in_words());
                line("      \"{}\"", filled(guard.say));
            }
        }
    }

    void clocks() {
        if (d_.clocks.empty()) return;
        title("Clocks");
        for (const auto& clock : d_.clocks) {
            const std::string words = clock.lengths.size() == 1 ? length_in_words(clock.lengths.front())
                                      : clock.lengths.front().rule.empty() && clock.lengths.front().until.empty() ? clock.rule_text
                                                                                                                  : "";
            line("  {} [{}]: {}", clock.label, clock.id, words.empty() ? "several lengths" : words);
            for (const auto& length : clock.lengths)
                if (clock.lengths.size() > 1)
                    line("    {}{}", length_in_words(length), length.when.always() ? " otherwise" : " if " + length.when.in_words());
            if (!clock.key_date.empty()) line("    The rule is that of the day of {}", clock.key_date);
            const auto marks = [&](std::string_view what, const std::vector<std::string>& names) {
                if (!names.empty()) line("    {} {}", what, join(names, ", "));
            };
            marks("Starts at", clock.starts);
            marks("Starts anew at", clock.restarts);
            marks("Pauses at", clock.pauses);
            marks("Goes on at", clock.resumes);
            marks("Stops at", clock.stops);
            if (!clock.applies.always()) line("    Only if {}", clock.applies.in_words());
            line("    Source: {}", clock.source);
        }
    }
    /// Every row, so that a change of the rules shows: "10 working days; from 1 April 2027 7 days (rule group.answer)".
    std::string rule_in_words(const std::string& key) {
        const auto rule = d_.rules ? d_.rules->find(key) : Rules::const_iterator{};
        if (!d_.rules || rule == d_.rules->end()) return "by rule " + key;
        std::vector<std::string> rows;
        for (const auto& row : rule->second.rows)
            rows.push_back((row.from ? fmt::format("from {} ", concord::in_words(*row.from)) : "") + amount_in_words(row));
        return fmt::format("{} (rule {})", join(rows, "; "), key);
    }
    /// {rules.ID} in a sentence as the latest row has it.
    std::string filled(std::string sentence) {
        for (const auto& use : d_.rule_uses) {
            const auto rule = d_.rules ? d_.rules->find(use.rule) : Rules::const_iterator{};
            if (!d_.rules || rule == d_.rules->end()) continue;
            const std::string mark = "{rules." + use.id + "}";
            const auto words = fmt::format("{}", rule->second.rows.back().amount);
            for (auto at = sentence.find(mark); at != std::string::npos; at = sentence.find(mark, at)) sentence.replace(at, mark.size(), words);
        }
        return sentence;
    }
    void rules() {
        if (d_.rule_uses.empty()) return;
        title("Dated rules that conditions use");
        for (const auto& use : d_.rule_uses)
            line("  {}: {}, as it stands {}", use.id, rule_in_words(use.rule), use.key_date.empty() ? "today" : "on the day of " + use.key_date);
    }
    std::string length_in_words(const ClockRule::Length& length) {
        if (!length.until.empty()) return "until the day of " + length.until;
        if (!length.rule.empty()) return rule_in_words(length.rule);
        using Unit = ClockRule::Length::Unit;
        switch (length.unit) {
            case Unit::working_days:
                return counted(length.amount, "working day");
            case Unit::days:
                return counted(length.amount, "day");
            case Unit::months:
                return counted(length.amount, "month");
            case Unit::hours:
                return counted(length.amount, "hour");
        }
        return {};
    }

    void field(const Field& one, std::string_view indent) {
        std::string text = fmt::format("{}{} ({})", indent, one.label, kind_in_words(one.kind));
        if (one.required) text += ", must be answered";
        if (!one.required_when.always()) text += ", must be answered if " + one.required_when.in_words();
        if (!one.shown_when.always()) text += ", asked if " + one.shown_when.in_words();
        if (!one.derived.empty()) text += ", filled in by Concord: " + one.derived;
        if (!one.list.empty()) text += ", from the list " + one.list;
        if (one.personal) text += ", personal";
        line("{}", text);
        for (const auto& inner : one.fields) field(inner, fmt::format("{}    ", indent));
    }
    void forms() {
        if (d_.forms.empty()) return;
        title("Questions");
        for (const auto& form : d_.forms) {
            line("  {} [{}], version {}", form.label, form.id, form.version);
            for (const auto& one : form.fields) field(one, "    ");
        }
    }

    void risk() {
        for (const auto& tool : d_.risk_tools) {
            title(fmt::format("{}, version {}", tool.label, tool.version));
            line("  Source: {}", tool.source);
            for (const auto& question : tool.questions) {
                std::vector<std::string> answers;
                for (const auto& choice : question.field.choices) answers.push_back(fmt::format("{} {}", choice.label, choice.score.value_or(0)));
                const std::string limit = question.most ? fmt::format(" (together at most {})", *question.most) : "";
                line("  {}. {}{}", question.field.id, question.field.label, answers.empty() ? "" : " " + join(answers, "; ") + limit);
            }
            for (const auto& band : tool.bands) line("  {} to {}: {}", band.from, band.to, band.label);
            for (const auto& raised : tool.overrides) line("  Always {}: {}", tool.highest, raised.label);
        }
    }

    void tables() {
        for (const auto& table : d_.tables) {
            title(fmt::format("{} (the first that holds)", table.label));
            for (const auto& row : table.rows) line("  {}: if {}", plain(row.result), row.when.in_words());
            line("  {}: otherwise", plain(table.otherwise));
            detail("Source", table.source);
        }
    }

    void tasks() {
        if (d_.tasks.empty()) return;
        title("Tasks");
        for (const auto& task : d_.tasks)
            line("  {} (due in {}{}{})", task.title, counted(due_working_days(d_, task, d_.in_force), "working day"),
                 task.agency_kind.empty() ? "" : "; " + plain(task.agency_kind), task.high ? "; treats a high risk" : "");
    }

    void outcomes() {
        if (d_.outcomes.empty()) return;
        title("Outcomes");
        for (const auto& outcome : d_.outcomes) {
            line("  {} {} ({}){}", outcome.code, outcome.label, plain(outcome.group),
                 outcome.allowed.always() ? "" : ", only if " + outcome.allowed.in_words());
            if (!outcome.doubt.empty()) line("    Told to the hub's managers if {}: {}", outcome.doubtful_when.in_words(), outcome.doubt);
        }
    }

    void facts() {
        if (d_.facts.empty()) return;
        title("What measures may count");
        for (const auto& fact : d_.facts) {
            const auto* clock = d_.clock(fact.clock);
            if (clock != nullptr)
                line("  {}: the clock \"{}\" was met, of all that it ran on", plain(fact.id), clock->label);
            else
                line("  {}: {}; of: {}", plain(fact.id), fact.met.in_words(), fact.of.in_words());
        }
    }

    const Definition& d_;
    std::string out_;
};

}  // namespace

std::string describe(const Definition& definition) { return Telling{definition}.whole(); }

}  // namespace concord::engine
