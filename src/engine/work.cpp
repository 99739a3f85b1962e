#include <algorithm>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "engine/condition.hpp"
#include "engine/names.hpp"

/// What may happen now, what an action does, and what the clocks say.
namespace concord::engine {
namespace {

template <class List>
auto find_by_id(const List& list, std::string_view id) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.id == id; });
    return found == list.end() ? nullptr : &*found;
}

bool from_here(const Definition& definition, const Action& action, const std::string& stage_id) {
    const auto* stage = definition.stage(stage_id);
    for (const auto& from : action.from)
        if (from == stage_id || (from == "*" && stage != nullptr && stage->open)) return true;
    return false;
}

/// An offer is made where there is none, and ended where there is one.
bool fits_offer(const Action& action, const Facts& facts) {
    const bool offered = facts["offered_hub"].as_integer() != 0;
    return action.offers_to_hub.empty() ? action.ends_offer.empty() || offered : !offered;
}

/// The hub that a record is offered to answers with its own roles.
bool by_this_actor(const Action& action, const Facts& facts) {
    const Json& roles = facts["actor"][action.by_receiving_hub() ? "receiving_role" : "role"];
    for (const auto& role : action.roles)
        if (roles[role].as_bool()) return true;
    return action.roles.empty();
}

std::string roles_in_words(const std::vector<std::string>& roles) {
    std::vector<std::string> words;
    for (const auto& role : roles) words.push_back(role_in_words(role));
    if (words.size() < 2) return join(words, "");
    const std::string last = words.back();
    words.pop_back();
    return join(words, ", ") + " or " + last;
}

/// {rules.ID} in a sentence becomes the number that holds.
std::string filled(std::string sentence, const Facts& facts) {
    for (auto open = sentence.find("{rules."); open != std::string::npos; open = sentence.find("{rules.", open + 1)) {
        const auto close = sentence.find('}', open);
        if (close == std::string::npos) break;
        const Json value = fact_at(facts, sentence.substr(open + 1, close - open - 1));
        sentence.replace(open, close - open + 1, value.is_number() ? to_text(value) : "?");
    }
    return sentence;
}

/// Why not, or empty. The stage comes first, then who, then what blocks it.
std::string why_not(const Definition& definition, const Action& action, const Facts& facts) {
    const std::string& stage = facts["stage"].as_string();
    if (!from_here(definition, action, stage)) {
        const auto* now = definition.stage(stage);
        return fmt::format("This cannot be done at the stage \"{}\".", now != nullptr ? now->label : stage);
    }
    if (!fits_offer(action, facts))
        return action.offers_to_hub.empty() ? "The case is not offered to another hub."
                                            : "The case is offered to another hub already: withdraw that offer first.";
    if (!by_this_actor(action, facts))
        return fmt::format("Only a {}{} can do this.", roles_in_words(action.roles), action.by_receiving_hub() ? " of the receiving hub" : "");
    for (const auto& guard : action.unless)
        if (guard.when.holds(facts)) return filled(guard.say, facts);
    return {};
}

bool one_of(const std::vector<std::string>& names, const std::vector<std::string>& marks) {
    return std::any_of(names.begin(), names.end(), [&](const auto& name) { return std::find(marks.begin(), marks.end(), name) != marks.end(); });
}

/// The row of the dated rule that gives this length, on the clock's key date; none where nothing held then.
std::optional<ClockRule::Length> resolved(const Definition& definition, const ClockRule& clock, const ClockRule::Length& length, Instant started,
                                          const Facts& facts) {
    if (length.rule.empty()) return length;
    std::optional<Date> day = london_date(started);
    if (!clock.key_date.empty()) day = parse_date(std::string_view{fact_at(facts, clock.key_date).as_string()}.substr(0, 10));
    const auto* row = day ? row_on(definition, length.rule, *day) : nullptr;
    if (row == nullptr || !is_time_unit(row->unit)) return {};
    using Unit = ClockRule::Length::Unit;
    ClockRule::Length found = length;
    found.amount = static_cast<int>(row->amount);
    found.unit = row->unit == "working_days" ? Unit::working_days
                 : row->unit == "days"       ? Unit::days
                 : row->unit == "months"     ? Unit::months
                                             : Unit::hours;
    return found;
}

/// The end of a length that starts then and is no day of its own.
Instant end_of(const ClockRule& rule, const ClockRule::Length& length, Instant started, const WorkingCalendar& calendar) {
    const auto end_of_day = [](Date day) { return Instant{london_midnight(day + 1).micros - 1'000'000}; };
    switch (length.unit) {
        case ClockRule::Length::Unit::working_days:
            return end_of_day(calendar.add_working_days(calendar.effective_start(started, rule.cut_off_hour), length.amount));
        case ClockRule::Length::Unit::days:
            return end_of_day(london_date(started) + length.amount);
        case ClockRule::Length::Unit::months:
            return end_of_day(add_months(london_date(started), length.amount));
        case ClockRule::Length::Unit::hours:
            break;
    }
    return started + std::chrono::hours{length.amount};
}

std::optional<Instant> due_of(const Definition& definition, const ClockRule& rule, Instant started, const Facts& facts,
                              const WorkingCalendar& calendar) {
    for (const auto& written : rule.lengths) {
        if (!written.when.holds(facts)) continue;
        if (!written.until.empty()) {
            const auto day = parse_date(std::string_view{fact_at(facts, written.until).as_string()}.substr(0, 10));
            if (!day) return {};
            return Instant{london_midnight(*day + 1).micros - 1'000'000};
        }
        const auto found = resolved(definition, rule, written, started, facts);
        if (!found) return {};
        return end_of(rule, *found, started, calendar);
    }
    return {};
}

void end(Clock& clock, Instant at) {
    clock.ended = at;
    clock.state = clock.due && at > *clock.due ? "late" : "met";
}

void resume(Clock& clock, Instant at) {
    if (!clock.paused_at) return;
    const auto paused = (at - *clock.paused_at).count();
    clock.paused_micros += paused;
    if (clock.due) clock.due = *clock.due + std::chrono::microseconds{paused};
    clock.paused_at.reset();
    clock.state = "running";
}

}  // namespace

std::string length_in_words(const Definition& definition, const ClockRule& rule, const Clock& run, const WorkingCalendar& calendar) {
    const Date day = london_date(run.started);
    if (rule.lengths.size() < 2 || !run.due || !rule.key_date.empty()) return length_in_words(definition, rule, day);
    const Instant due = *run.due + std::chrono::microseconds{-run.paused_micros};
    std::vector<std::string> fitting;
    for (const auto& length : rule.lengths) {
        if (!length.until.empty()) continue;
        const auto found = resolved(definition, rule, length, run.started, Json::object());
        if (!found || end_of(rule, *found, run.started, calendar) != due) continue;
        auto words = length_in_words(definition, ClockRule{.lengths = {length}}, day);
        if (std::find(fitting.begin(), fitting.end(), words) == fitting.end()) fitting.push_back(std::move(words));
    }
    return fitting.size() == 1 ? fitting.front() : length_in_words(definition, rule, day);
}

const Form* Definition::form(std::string_view id) const { return find_by_id(forms, id); }
const Action* Definition::action(std::string_view id) const { return find_by_id(actions, id); }
const Stage* Definition::stage(std::string_view id) const { return find_by_id(stages, id); }
const ClockRule* Definition::clock(std::string_view id) const { return find_by_id(clocks, id); }
const RiskTool* Definition::risk_tool(std::string_view id) const { return find_by_id(risk_tools, id); }
const SubjectRole* Definition::role(std::string_view id) const { return find_by_id(roles, id); }
const DecisionTable* Definition::table(std::string_view id) const { return find_by_id(tables, id); }
const Stage& Definition::first_stage() const {
    const auto found = std::find_if(stages.begin(), stages.end(), [](const Stage& stage) { return stage.start; });
    require(found != stages.end(), "a loaded definition has a first stage");
    return *found;
}

Pathways::Pathways(std::vector<std::shared_ptr<const Definition>> definitions) : definitions_{std::move(definitions)} {}
const Definition* Pathways::find(std::string_view name, int version) const {
    for (const auto& one : definitions_)
        if (one->name == name && one->version == version) return one.get();
    return nullptr;
}
const Definition* Pathways::current(std::string_view name, Date on) const {
    const Definition* best = nullptr;
    for (const auto& one : definitions_)
        if (one->name == name && one->in_force <= on && (best == nullptr || one->version > best->version)) best = one.get();
    return best;
}
std::vector<const Definition*> Pathways::all_current(Date on) const {
    std::vector<const Definition*> all;
    for (const auto& one : definitions_)
        if (current(one->name, on) == one.get()) all.push_back(one.get());
    return all;
}

std::string why_not_accepted(const Definition::Accepts& accepts, const Facts& facts) {
    for (const auto& guard : accepts.unless)
        if (guard.when.holds(facts)) return filled(guard.say, facts);
    return {};
}

std::vector<ActionState> actions(const Definition& definition, const Facts& facts) {
    std::vector<ActionState> all;
    for (const auto& action : definition.actions) {
        // What cannot be done from this stage at all is left out; what is only blocked says why.
        if (!from_here(definition, action, facts["stage"].as_string()) || !fits_offer(action, facts)) continue;
        std::string why = why_not(definition, action, facts);
        all.push_back({&action, why.empty(), std::move(why)});
    }
    return all;
}

Result<Step> act(const Definition& definition, std::string_view action_id, const Json& typed, const Facts& facts, Date today) {
    const auto* action = definition.action(action_id);
    if (action == nullptr) return Refusal{Because::absent, "engine.action", "This pathway has no such action."};
    const std::string& stage = facts["stage"].as_string();
    if (!from_here(definition, *action, stage)) return Refusal{Because::not_now, "engine.stage", why_not(definition, *action, facts)};
    if (!fits_offer(*action, facts)) return Refusal{Because::not_now, "engine.offer", why_not(definition, *action, facts)};
    if (!by_this_actor(*action, facts)) return Refusal{Because::not_allowed, "engine.role", why_not(definition, *action, facts)};
    Step step{.action = action->id,
              .to = action->to,
              .answers = Json::object(),
              .marks = action->marks,
              .tasks = {},
              .closes = action->closes,
              .reopens = action->reopens};
    Facts with_form = facts;
    if (!action->form.empty()) {
        const Form* form = definition.form(action->form);
        Form as_form;
        if (const auto* tool = definition.risk_tool(action->form)) {
            as_form = Form{.id = tool->id, .label = tool->label, .version = tool->version};
            for (const auto& question : tool->questions) as_form.fields.push_back(question.field);
            form = &as_form;
        }
        Json plain = typed;
        if (form == &as_form) {
            plain.erase("override");
            plain.erase("override_reason");
        }
        auto checked = check_form(definition, *form, plain, facts, today);
        if (!checked) return checked.error();
        step.answers = *checked;
        Json forms = facts["forms"].is_object() ? facts["forms"] : Json::object();
        forms.set(action->form, *checked);
        with_form.set("forms", std::move(forms));
    }
    if (const auto* form = definition.form(action->form))
        for (const auto& field : form->fields)
            for (const auto& outcome : definition.outcomes) {
                if (field.list != "outcomes" || step.answers[field.id] != Json{outcome.code}) continue;
                if (!outcome.allowed.holds(with_form))
                    return Refusal{Because::not_now, "engine.outcome",
                                   fmt::format("\"{}\" can be chosen only if {}.", outcome.label, outcome.allowed.in_words())};
                if (!outcome.doubt.empty() && outcome.doubtful_when.holds(with_form)) step.marks.push_back("doubt." + outcome.code);
            }
    // Guards see what is being filled in with the action.
    for (const auto& guard : action->unless)
        if (guard.when.holds(with_form)) return Refusal{Because::not_now, "engine.guard", filled(guard.say, with_form)};
    for (const auto& name : action->tasks)
        if (const auto* task = find_by_id(definition.tasks, name); task != nullptr && task->when.holds(with_form)) step.tasks.push_back(task);
    return step;
}

std::vector<Clock> advance(const Definition& definition, const std::vector<Clock>& before, const std::vector<std::string>& marks, Instant at,
                           const Facts& facts, const WorkingCalendar& calendar) {
    std::vector<Clock> clocks = before;
    for (const auto& rule : definition.clocks) {
        auto mine = std::find_if(clocks.begin(), clocks.end(), [&](const Clock& clock) { return clock.id == rule.id; });
        const bool running = mine != clocks.end() && !mine->ended;
        if (running && one_of(rule.resumes, marks)) resume(*mine, at);
        if (running && one_of(rule.stops, marks))
            end(*mine, at);
        else if (running && one_of(rule.pauses, marks) && !mine->paused_at) {
            mine->paused_at = at;
            mine->state = "paused";
        }
        const bool restarts = one_of(rule.restarts, marks);
        const bool starts = one_of(rule.starts, marks) && (mine == clocks.end() || mine->ended);
        if (!starts && !restarts) continue;
        if (restarts && mine != clocks.end() && !mine->ended) end(*mine, at);
        if (!rule.applies.holds(facts)) continue;
        Clock started{
            .id = rule.id, .started = at, .due = due_of(definition, rule, at, facts, calendar), .paused_at = {}, .ended = {}, .state = "running"};
        if (!started.due) continue;
        if (mine == clocks.end())
            clocks.push_back(std::move(started));
        else
            *mine = std::move(started);
    }
    return clocks;
}

std::string state_at(const Clock& clock, Instant now) {
    if (clock.state == "running" && clock.due && now > *clock.due) return "late";
    return clock.state;
}

}  // namespace concord::engine
