#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// Reads pathways and answers: what may happen, what is late, what is asked, what counts. No I/O: files come in as texts, time as values.
/// The format is pathways/FORMAT.md.
namespace concord::engine {

/// A mistake in a definition.
struct Problem {
    std::string file;
    int line = 0;
    std::string problem;
    std::string remedy;
};

/// What conditions ask about: one JSON object that `cases` assembles for a record. Paths are dotted:
///   stage, pathway, hub, restriction, today, now, opened_on, days_open
///   forms.<form>.<field>                        answers
///   involvements.<role> (a count), involvements.any.<role>.under_10 ...
///   tasks.open, tasks.done, tasks.overdue, tasks.open_high
///   contacts.made, contacts.attempts, contacts.attempt_days, contacts.letters
///   risk.level, risk.score, risk.tool, risk.ever_high, risk.assessed
///   requests.open, documents.count, clocks.<id>.state, marks.<name> (last day), marks_count.<name>
///   actor.role.<role>, actor.is_lead, actor.agency_kind
using Facts = Json;

/// The small closed condition language: compare, and, or, not, has, count, dates. Parsed once; shows and requires fields, guards actions, explains
/// itself, and compiles to SQL in a measure.
class Condition {
public:
    struct Node;
    Condition() = default;  // always true
    explicit Condition(std::shared_ptr<const Node> root) : root_{std::move(root)} {}
    bool holds(const Facts& facts) const;  // comparisons with an absent value are false
    std::string in_words() const;          // "the risk level is HIGH and open tasks are more than 0"
    bool always() const { return root_ == nullptr; }
    const Node* root() const { return root_.get(); }

private:
    std::shared_ptr<const Node> root_;
};
Result<Condition> parse_condition(std::string_view text);  // the refusal's sentence names the column and what was expected

/// source: found in the source named; gk: general knowledge, which nobody has confirmed; cfg: the partnership's own choice.
/// Empty counts as "source".
using Mark = std::string;

struct FormerLabel {
    std::string label;
    Date until;  // the first day on which it did not hold any more
};
struct Choice {
    std::string code, label, hint;
    std::optional<double> score;
    std::optional<Date> from, until;
    Mark mark = {};
    std::vector<FormerLabel> former = {};         // by day, the oldest first
    const std::string& label_on(Date day) const;  // as it was called then
};

/// One dated row of a rule: what holds from that day on, until the next row begins.
struct RuleRow {
    std::optional<Date> from;  // none: as far back as anybody asks
    double amount = 0;
    std::string unit;  // working_days days months hours count pence percent
    std::string source;
    Mark mark;
    bool operator==(const RuleRow&) const = default;
};
/// A limit, amount, threshold or length of time that changes with the years: picked by the day that the rule itself says, never part of a definition.
struct Rule {
    std::string key, title, key_date;  // "group.answer"; key_date: in words, which day decides
    std::vector<RuleRow> rows;         // by day
    const RuleRow* on(Date day) const;
};
using Rules = std::map<std::string, Rule, std::less<>>;
std::string amount_in_words(const RuleRow& row);  // "10 working days", "£25.00", "3"
bool is_rule_unit(std::string_view unit);
bool is_time_unit(std::string_view unit);

enum class FieldKind {
    text,
    long_text,
    code,
    codes,
    yes_no,
    date,
    instant,
    whole_number,
    number,
    money,
    person,
    place,
    organisation,
    agency,
    user,
    hub,
    case_reference,
    group,
    note
};
struct Field {
    std::string id, label, hint;
    FieldKind kind = FieldKind::text;
    std::string list;  // name of a code list of codes/, where choices are not written here
    std::vector<Choice> choices;
    Condition required_when, shown_when;
    bool required = false;                             // always
    std::optional<double> least, most;                 // of a number; of letters for text
    int at_least_chosen = 0, at_most_chosen = 0;       // of codes; 0: no limit
    std::optional<std::string> not_before, not_after;  // of a date: "today", "today + 42 days", a field's id
    std::string derived;                               // "today", a condition, "table.ID": filled in by Concord, never typed
    bool listed = false;                               // goes to field_value: lists, searches, measures use it
    bool personal = false;                             // its answers go to the payload only
    bool meaningful = false;                           // "n/a", "tbc", "." are refused (at least 10 letters or digits)
    std::vector<Field> fields;                         // of a repeating group
    int least_rows = 0, most_rows = 50;
};
struct Form {
    std::string id, label, intro;
    int version = 1;
    std::vector<Field> fields;
    std::string source;
};

struct Guard {
    Condition when;
    std::string say;
};  // refuses while `when` holds
struct TaskTemplate {
    std::string id, title, agency_kind;
    std::string owner;
    int due_working_days = 0;
    std::string due_rule;  // key of the dated rule that gives the working days instead
    Condition when;
    bool high = false;
};
struct Action {
    std::string id, label, hint;
    std::vector<std::string> from;   // stages; "*" is any that is open
    std::string to;                  // empty: the stage stays
    std::string form;                // to be filled in with the action; empty: none
    std::vector<std::string> roles;  // of access; "lead_officer" is the involvement
    std::vector<Guard> unless;
    std::vector<std::string> marks;  // names that clocks start, pause and stop at
    std::vector<std::string> tasks;  // templates raised
    bool closes = false, reopens = false;
    bool main = false;          // shown as a button of its own
    std::string confirm;        // sentence of the check page, where it needs one
    std::string does;           // of an intake: open_record, link_record, repeat_of; empty: it is only recorded
    std::string offers_to_hub;  // the question of its form that names the hub: the record is offered to it
    std::string ends_offer;     // accept, refuse: by the hub that it is offered to; withdraw: by its own; empty: no matter of an offer

    bool by_receiving_hub() const { return ends_offer == "accept" || ends_offer == "refuse"; }
};
struct Stage {
    std::string id, label;
    bool open = true;
    bool start = false;
    std::string group;
};

/// A clock: what starts, pauses and stops it, how long, by which calendar, from which source.
struct ClockRule {
    std::string id, label, source, rule_text;                           // rule_text: "10 working days", printed
    std::vector<std::string> starts, stops, pauses, resumes, restarts;  // marks
    struct Length {
        Condition when;
        int amount = 0;
        enum class Unit { working_days, days, months, hours } unit = Unit::working_days;
        std::string rule;        // key of the dated rule that gives amount and unit instead
        std::string until = {};  // the fact whose day is the last one instead: forms.monitoring.until
    };
    std::vector<Length> lengths;  // the first whose condition holds
    std::string key_date;         // the fact whose day picks the row of its rules; empty: the day on which it starts
    Condition applies;            // starts only where this holds
    int cut_off_hour = 17;
    std::string decision;  // the action that its button opens
    std::string owner_role;
    bool personal_to_lead = true;
};
struct Clock {  // one run of a clock on a record
    std::string id;
    Instant started;
    std::optional<Instant> due;  // the end of the due day in London
    std::optional<Instant> paused_at, ended;
    std::string state;  // running paused met late stopped (late: ended after due; running clocks past due are late when read)
    std::int64_t paused_micros = 0;
    bool operator==(const Clock&) const = default;
};

struct RiskQuestion {
    Field field;
    bool adds = false;
    std::optional<double> most;
};  // adds: chosen scores are summed up to `most`
struct RiskTool {
    std::string id, label, source;
    int version = 1;
    std::vector<RiskQuestion> questions;
    struct Band {
        std::string level, label;
        double from, to;
    };
    std::vector<Band> bands;
    std::vector<Choice> overrides;  // each raises to the highest level with a reason, the score unchanged
    std::string highest;
};
struct RiskOutcome {
    std::string tool;
    int version = 1;
    double score = 0, most = 0;
    std::string level, scored_level, override_code;
    Json answers;
};

struct DecisionTable {
    std::string id, label;
    struct Row {
        Condition when;
        std::string result;
    };
    std::vector<Row> rows;
    std::string otherwise;
    std::string source;
};
struct SubjectRole {
    std::string id, label, kind;
    int least = 0, most = 0;
    bool harmed = false, accused = false;
    std::string reasons = {};  // code list: whoever is given this part is given it for one of these reasons
    int not_under = 0;         // years of age; 0: any
    std::string also = {};     // a second kind that may have this part: a business that is harmed

    bool is_for(std::string_view subject_kind) const { return subject_kind == kind || (!also.empty() && subject_kind == also); }
};  // kind: person place organisation
struct Outcome {
    std::string code, label, group;
    Condition allowed;
    Condition doubtful_when;  // chosen while this holds, the action sets the mark "doubt.CODE", and the hub's managers see the record in a list
    std::string doubt = {};   // the sentence beside it; empty: never doubtful
};

struct Definition {
    std::string name, title, prefix;
    int version = 1;
    Date in_force;
    std::string law, source;
    std::string lead_body, handling, restriction;  // defaults for a new record
    std::vector<std::string> audience;             // default groups: hub_team, lead_agency_in_hub, analysts, named
    std::vector<SubjectRole> roles;
    std::vector<Stage> stages;
    std::vector<Form> forms;
    std::vector<Action> actions;
    std::vector<ClockRule> clocks;
    std::vector<RiskTool> risk_tools;
    std::vector<TaskTemplate> tasks;
    std::vector<DecisionTable> tables;
    std::vector<Outcome> outcomes;
    struct Fact {
        std::string id;
        Condition met, of;
        std::string clock;
    };
    std::vector<Fact> facts;  // what measures may count
    struct RuleUse {
        std::string id, rule, key_date;  // key_date: the fact whose day picks the row; empty: today
    };
    std::vector<RuleUse> rule_uses;      // facts rules.ID
    std::shared_ptr<const Rules> rules;  // the dated rows that were there when this was loaded
    std::string retention;
    bool publishable = false;
    bool intake = false;             // reports come in by it (a referral); a record is opened from it, or not
    std::vector<std::string> steps;  // of an intake: its forms in the order in which they are asked
    struct Accepts {
        std::string intake, form;
        std::vector<Guard> unless = {};  // no record is opened while one of these holds over the answers of that form
    };
    std::vector<Accepts> accepts;  // reports of which intakes may open a record of this pathway, and the form that is filled in then
    std::string hash;              // SHA-256 of its canonical text

    const Form* form(std::string_view id) const;
    const Action* action(std::string_view id) const;
    const Stage* stage(std::string_view id) const;
    const Stage& first_stage() const;
    const ClockRule* clock(std::string_view id) const;
    const RiskTool* risk_tool(std::string_view id) const;
    const SubjectRole* role(std::string_view id) const;
    const DecisionTable* table(std::string_view id) const;
};

/// The row of the dated rule GROUP.ID that holds on a day; null where there is no such rule, or nothing holds.
const RuleRow* row_on(const Definition& definition, const std::string& key, Date on);

/// codes/*.toml: name, title, source, mark, [[code]] code, label, hint, from, until, mark, former.
struct CodeList {
    std::string name, title, source;
    Mark mark = {};
    std::vector<Choice> codes;
    std::vector<Problem> problems;
};
CodeList load_codes(std::string_view text, std::string_view file);
using CodeLists = std::map<std::string, CodeList>;

/// codes/rules/NAME.toml: name, title, source, [[rule]] id, title, key_date, rows of { from, amount, unit, source, mark }. Keys are NAME.ID.
struct RuleFile {
    std::string name, title;
    std::vector<Rule> rules;
    std::vector<Problem> problems;
};
RuleFile load_rules(std::string_view text, std::string_view file);

/// files: path below the pathway's folder -> text ("pathway.toml", "forms/triage.toml"); common: the same of pathways/common.
struct Source {
    std::string folder;
    std::map<std::string, std::string> files;
};
struct Loading {
    std::shared_ptr<const Definition> definition;
    std::vector<Problem> problems;
};  // definition only where there is no problem
/// Questions with `list` take their choices from these lists, and from the outcomes where it is "outcomes". With no lists at all, names of lists are
/// taken on trust; so are names of rules where there are none, and nothing is then due by them.
Loading load(const Source& pathway, const Source& common, const CodeLists& lists = {}, std::shared_ptr<const Rules> rules = {});

/// The loaded pathways: a snapshot that many read and nobody changes.
class Pathways {
public:
    explicit Pathways(std::vector<std::shared_ptr<const Definition>> definitions);
    const Definition* find(std::string_view name, int version) const;
    const Definition* current(std::string_view name, Date on) const;  // the newest version in force
    std::vector<const Definition*> all_current(Date on) const;

private:
    std::vector<std::shared_ptr<const Definition>> definitions_;
};

// ---- Questions

/// The facts with rules.ID for every rule that the definition uses, each at its own key date. Whoever assembles facts calls it.
Facts with_rules(const Definition& definition, Facts facts);
/// The working days that a task of this template has, raised on this day.
int due_working_days(const Definition& definition, const TaskTemplate& task, Date on);
/// The length of a clock that starts on this day: "10 working days"; of several "1 working day, 3 working days or 5 working days".
std::string length_in_words(const Definition& definition, const ClockRule& rule, Date on);
/// Of several lengths the one that this run has: the one that makes it due when it is. All of them where that cannot be told.
std::string length_in_words(const Definition& definition, const ClockRule& rule, const Clock& run, const WorkingCalendar& calendar);

/// Checks typed answers (JSON object of field id to value; strings from HTML forms are converted), shows/requires by condition, fills in derived
/// values. All problems are collected. Unknown fields are refused; hidden fields are dropped.
Result<Json> check_form(const Definition& definition, const Form& form, const Json& typed, const Facts& facts, Date today);
RiskOutcome score(const RiskTool& tool, const Json& answers, std::string_view override_code = "");
std::string decide(const DecisionTable& table, const Facts& facts);

/// Why a report with these answers opens no record: the sentence of the guard that holds; empty where it may.
std::string why_not_accepted(const Definition::Accepts& accepts, const Facts& facts);

struct ActionState {
    const Action* action;
    bool allowed;
    std::string why;
};
/// What this actor could do now, the refused ones with their sentence. facts carries the actor (actor.role.*).
std::vector<ActionState> actions(const Definition& definition, const Facts& facts);
struct Step {                // what an allowed action does
    std::string action, to;  // to: the new stage, empty where it stays
    Json answers;            // checked
    std::vector<std::string> marks;
    std::vector<const TaskTemplate*> tasks;
    bool closes = false, reopens = false;
};
Result<Step> act(const Definition& definition, std::string_view action, const Json& typed, const Facts& facts, Date today);

/// The clocks after these marks happened at `at`. facts are those after the change. Marks of actions, entries ("contact.made"), stages
/// ("stage.closed"), risk ("risk.assessed"), referrals ("referral.received") and incidents ("incident.added").
std::vector<Clock> advance(const Definition& definition, const std::vector<Clock>& before, const std::vector<std::string>& marks, Instant at,
                           const Facts& facts, const WorkingCalendar& calendar);
/// "running", or "late" where its due moment has passed.
std::string state_at(const Clock& clock, Instant now);

struct FieldValue {
    std::string field;
    std::optional<std::string> text;
    std::optional<double> number;
    std::optional<Date> date;
};
std::vector<FieldValue> listed_values(const Form& form, const Json& answers);
/// Answers cut in two: what may stand in an envelope, and what is personal.
std::pair<Json, Json> envelope_and_payload(const Form& form, const Json& answers);

std::string describe(const Definition& definition);  // stages, who may do what, clocks and a drawing, for a case officer
Json schema();                                       // JSON Schema of pathway.toml and forms as JSON

/// examples/*.toml: what happened on which day, and then what is due, refused and counted. Answers problems; empty where the story holds.
std::vector<Problem> run_story(const Definition& definition, std::string_view file, std::string_view text, const WorkingCalendar& calendar);

/// codes/calendars/*.toml: name, title, source, mark, [[day]] on, title.
struct Holiday {
    Date on;
    std::string title;
    Mark mark = {};
};
struct CalendarFile {
    std::string name, title, source;
    Mark mark = {};
    std::vector<Date> days;
    std::vector<Holiday> holidays;  // the same days, with their names
    std::vector<Problem> problems;
};
CalendarFile load_calendar(std::string_view text, std::string_view file);

}  // namespace concord::engine
