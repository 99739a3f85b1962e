#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "engine/condition.hpp"

/// Checking answers, scoring risk, deciding by table.
namespace concord::engine {
namespace {

class Checking {
public:
    /// form: whose answers of before may stay, even where their code is no longer offered.
    Checking(const Definition& definition, const Facts& facts, std::string_view form, Date today)
        : definition_{definition}, facts_{facts}, before_{facts["forms"][form]}, form_{form}, today_{today} {}

    Json check(const std::vector<Field>& fields, const Json& typed, const std::string& prefix) {
        Json answers = Json::object();
        for (const auto& [name, value] : typed.members()) {
            const bool known = std::any_of(fields.begin(), fields.end(), [&name = name](const Field& field) { return field.id == name; });
            if (!known) say(prefix + name, "This form has no such question.");
        }
        for (const auto& field : fields) {
            if (field.kind == FieldKind::note) continue;
            if (!field.derived.empty()) {
                derive(field, answers);
                continue;
            }
            const Facts now = with(answers);
            if (!field.shown_when.always() && !field.shown_when.holds(now)) continue;
            const Json& value = typed[field.id];
            if (absent(value)) {
                if (field.required || (!field.required_when.always() && field.required_when.holds(now)))
                    say(prefix + field.id, fmt::format("Answer \"{}\".", field.label));
                continue;
            }
            Json taken = take(field, value, prefix + field.id, answers);
            if (!taken.is_null()) answers.set(field.id, std::move(taken));
        }
        return answers;
    }
    std::vector<FieldError>& errors() { return errors_; }

private:
    void say(std::string field, std::string message) { errors_.push_back({std::move(field), std::move(message)}); }

    static bool absent(const Json& value) {
        return value.is_null() || (value.is_string() && trim(value.as_string()).empty()) ||
               (value.is_array() && std::all_of(value.items().begin(), value.items().end(),
                                                [](const Json& item) { return item.is_string() && item.as_string().empty(); }));
    }

    /// The answers of this form stand beside the facts, so that a condition may name a field of the same form alone.
    Facts with(const Json& answers) const {
        Facts all = facts_;
        for (const auto& [key, value] : answers.members()) all.set(key, value);
        return all;
    }

    void derive(const Field& field, Json& answers) {
        if (field.derived == "today") {
            answers.set(field.id, to_iso(today_));
            return;
        }
        if (field.derived.starts_with("table.")) {  // over the answers of this form, as its conditions name them
            const auto* table = definition_.table(std::string_view{field.derived}.substr(6));
            Facts now = with(answers);
            Json forms = now["forms"].is_object() ? now["forms"] : Json::object();
            now.set("forms", forms.set(form_, answers));
            if (table != nullptr) answers.set_if(field.id, decide(*table, now));
            return;
        }
        if (const auto condition = parse_condition(field.derived)) answers.set(field.id, condition->holds(with(answers)));
    }

    Json take(const Field& field, const Json& value, const std::string& name, const Json& answers) {
        switch (field.kind) {
            case FieldKind::text:
            case FieldKind::long_text:
                return take_text(field, value, name);
            case FieldKind::code:
                return take_code(field, value, name);
            case FieldKind::codes:
                return take_codes(field, value, name);
            case FieldKind::yes_no:
                return take_yes_no(value, name);
            case FieldKind::date:
                return take_date(field, value, name, answers);
            case FieldKind::instant:
                return take_instant(field, value, name, answers);
            case FieldKind::whole_number:
            case FieldKind::number:
            case FieldKind::money:
                return take_number(field, value, name);
            case FieldKind::person:
            case FieldKind::place:
            case FieldKind::organisation:
            case FieldKind::agency:
            case FieldKind::user:
            case FieldKind::hub:
                return take_reference(value, name);
            case FieldKind::case_reference:
                return Json{tidy(value.as_string())};
            case FieldKind::group:
                return take_rows(field, value, name);
            case FieldKind::note:
                return {};
        }
        return {};
    }

    Json take_text(const Field& field, const Json& value, const std::string& name) {
        if (!value.is_string()) return say(name, "Write this as text."), Json{};
        const std::string text = tidy(value.as_string(), field.kind == FieldKind::long_text);
        const auto letters = code_points(text);
        const auto most = static_cast<std::size_t>(field.most.value_or(field.kind == FieldKind::long_text ? 8000 : 200));
        if (letters > most) return say(name, fmt::format("This has {} letters: {} is the most.", letters, most)), Json{};
        if (field.least && static_cast<double>(letters) < *field.least)
            return say(name, fmt::format("Write at least {} letters.", *field.least)), Json{};
        if (field.meaningful && letters_and_digits(text) < 10)
            return say(name, "Say it in a few words (at least 10 letters): \"n/a\" or \"tbc\" does not help whoever reads this next."), Json{};
        return Json{text};
    }
    static const Choice* find(const Field& field, std::string_view code) {
        const auto found = std::find_if(field.choices.begin(), field.choices.end(), [&](const Choice& choice) { return choice.code == code; });
        return found == field.choices.end() ? nullptr : &*found;
    }
    bool is_offered(const Choice& choice) const { return (!choice.from || *choice.from <= today_) && (!choice.until || today_ < *choice.until); }
    bool stood_before(const Field& field, const std::string& code) const {
        const Json& old = before_[field.id];
        return old == Json{code} || std::find(old.items().begin(), old.items().end(), Json{code}) != old.items().end();
    }
    Json take_code(const Field& field, const Json& value, const std::string& name) {
        const std::string code = value.is_string() ? value.as_string() : to_text(value);
        if (!field.choices.empty() && find(field, code) == nullptr)
            return say(name, fmt::format("\"{}\" is not one of the answers: choose one from the list.", code)), Json{};
        if (const auto* choice = find(field, code); choice != nullptr && !is_offered(*choice) && !stood_before(field, code))
            return say(name, fmt::format("\"{}\" is not offered today: choose another from the list.", choice->label)), Json{};
        return Json{code};
    }
    Json take_codes(const Field& field, const Json& value, const std::string& name) {
        Json::Array given = value.is_array() ? value.items() : Json::Array{value};
        Json all = Json::array();
        for (const auto& one : given) {
            if (one.is_string() && one.as_string().empty()) continue;
            Json code = take_code(field, one, name);
            if (code.is_null()) return {};
            const bool twice = std::find(all.items().begin(), all.items().end(), code) != all.items().end();
            if (!twice) all.push(std::move(code));
        }
        const auto count = static_cast<int>(all.items().size());
        if (count < field.at_least_chosen) return say(name, fmt::format("Choose at least {}.", field.at_least_chosen)), Json{};
        if (field.at_most_chosen != 0 && count > field.at_most_chosen)
            return say(name, fmt::format("Choose {} at most.", field.at_most_chosen)), Json{};
        return all;
    }
    Json take_yes_no(const Json& value, const std::string& name) {
        if (value.is_bool()) return value;
        const std::string said = lower_ascii(value.as_string());
        if (said == "yes" || said == "true" || said == "1" || said == "on") return Json{true};
        if (said == "no" || said == "false" || said == "0") return Json{false};
        return say(name, "Answer yes or no."), Json{};
    }
    std::optional<Date> limit(const std::string& rule, const Json& answers) const {
        if (const auto day = parse_date(rule)) return day;
        // The same small sums as in conditions: "today + 42 days", a field's id.
        const auto sum = parse_condition(rule + " = ''");
        if (!sum) return {};
        const auto* node = sum->root();
        Json value = node->left.kind == Operand::Kind::today ? Json{to_iso(today_)} : fact_at(with(answers), node->left.path);
        const auto day = parse_date(std::string_view{value.as_string()}.substr(0, 10));
        const auto shift = shift_of(node->left, facts_);
        if (!day || !shift) return {};
        return *day + *shift;
    }
    Json take_date(const Field& field, const Json& value, const std::string& name, const Json& answers) {
        const auto day = parse_typed_date(value.as_string(), today_);
        if (!day) return say(name, "Give a day that exists, like 17/5/2025."), Json{};
        if (field.not_before)
            if (const auto first = limit(*field.not_before, answers); first && *day < *first)
                return say(name, fmt::format("The day must be {} or later.", in_words(*first))), Json{};
        if (field.not_after)
            if (const auto last = limit(*field.not_after, answers); last && *day > *last)
                return say(name, fmt::format("The day must be {} or earlier.", in_words(*last))), Json{};
        return Json{to_iso(*day)};
    }
    /// RFC 3339, or as people type it: "17/5/2025 21:30", "17/5/2025" (its beginning), "2025-05-17T21:30", all in London.
    std::optional<Instant> typed_moment(std::string_view typed) const {
        const std::string text = trim(typed);
        if (auto at = parse_instant(text)) return at;
        if (const auto day = parse_typed_date(text, today_)) return london_midnight(*day);
        const auto gap = text.find_last_of(" T");
        if (gap == std::string::npos) return {};
        const auto day = parse_typed_date(trim(std::string_view{text}.substr(0, gap)), today_);
        const std::string time = text.substr(gap + 1);
        const auto colon = time.find(':');
        const bool digits = colon != std::string::npos && colon > 0 && colon <= 2 && time.size() == colon + 3 &&
                            (time.substr(0, colon) + time.substr(colon + 1)).find_first_not_of("0123456789") == std::string::npos;
        if (!day || !digits) return {};
        const int hour = std::stoi(time.substr(0, colon)), minute = std::stoi(time.substr(colon + 1));
        if (hour > 23 || minute > 59) return {};
        return from_london(civil(*day), hour, minute);
    }
    Json take_instant(const Field& field, const Json& value, const std::string& name, const Json& answers) {
        const auto at = typed_moment(value.as_string());
        if (!at) return say(name, "Give a day, or a day with a time, like 17/5/2025 21:30."), Json{};
        const auto bound = [&](const std::string& rule) { return parse_instant((rule == "now" ? facts_["now"] : answers[rule]).as_string()); };
        if (field.not_after)
            if (const auto last = bound(*field.not_after); last && *at > *last)
                return say(name, *field.not_after == "now" ? "This is in the future." : "This must be earlier."), Json{};
        if (field.not_before)
            if (const auto first = bound(*field.not_before); first && *at < *first) return say(name, "The end lies before the beginning."), Json{};
        return Json{to_rfc3339(*at)};
    }
    Json take_number(const Field& field, const Json& value, const std::string& name) {
        double number = value.as_number();
        if (value.is_string()) {
            std::string text = trim(value.as_string());
            text.erase(std::remove(text.begin(), text.end(), ','), text.end());
            if (text.starts_with("£")) text.erase(0, std::string{"£"}.size());
            char* end = nullptr;
            number = std::strtod(text.c_str(), &end);
            if (text.empty() || *end != '\0' || text.find_first_not_of("0123456789.-") != std::string::npos)
                return say(name, "Give a number."), Json{};
        } else if (!value.is_number()) {
            return say(name, "Give a number."), Json{};
        }
        if (!std::isfinite(number)) return say(name, "Give a number."), Json{};
        if (field.kind == FieldKind::whole_number && number != std::floor(number)) return say(name, "Give a whole number."), Json{};
        if (field.least && number < *field.least) return say(name, fmt::format("The number must be {} or more.", *field.least)), Json{};
        if (field.most && number > *field.most) return say(name, fmt::format("The number must be {} or less.", *field.most)), Json{};
        // Money is kept in pence, as a whole number.
        if (field.kind == FieldKind::money) return Json{static_cast<std::int64_t>(std::llround(number * 100))};
        if (field.kind == FieldKind::whole_number) return Json{static_cast<std::int64_t>(number)};
        return Json{number};
    }
    Json take_reference(const Json& value, const std::string& name) {
        if (value.is_integer()) return value;
        const std::string text = trim(value.as_string());
        if (!text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos)
            return Json{static_cast<std::int64_t>(std::stoll(text))};
        return say(name, "Choose one from the list."), Json{};
    }
    Json take_rows(const Field& field, const Json& value, const std::string& name) {
        if (!value.is_array()) return say(name, "This is a list of rows."), Json{};
        const auto count = static_cast<int>(value.items().size());
        if (count < field.least_rows) return say(name, fmt::format("Give at least {}.", counted(field.least_rows, "row"))), Json{};
        if (count > field.most_rows) return say(name, fmt::format("{} is the most.", counted(field.most_rows, "row"))), Json{};
        Json rows = Json::array();
        for (std::size_t i = 0; i < value.items().size(); ++i) rows.push(check(field.fields, value.items()[i], fmt::format("{}[{}].", name, i)));
        return rows;
    }

    const Definition& definition_;
    const Facts& facts_;
    const Json& before_;
    std::string form_;
    Date today_;
    std::vector<FieldError> errors_;
};

double question_score(const RiskQuestion& question, const Json& answer) {
    double sum = 0;
    const auto score_of = [&](const Json& code) {
        for (const auto& choice : question.field.choices)
            if (choice.code == code.as_string()) return choice.score.value_or(0);
        return 0.0;
    };
    if (answer.is_array())
        for (const auto& code : answer.items()) sum += score_of(code);
    else if (answer.is_bool())
        sum = score_of(Json{answer.as_bool() ? "yes" : "no"});
    else
        sum = score_of(answer);
    return question.most ? std::min(sum, *question.most) : sum;
}

double most_of(const RiskQuestion& question) {
    double most = 0, sum = 0;
    for (const auto& choice : question.field.choices) {
        most = std::max(most, choice.score.value_or(0));
        sum += choice.score.value_or(0);
    }
    const double reach = question.field.kind == FieldKind::codes ? sum : most;
    return question.most ? std::min(reach, *question.most) : reach;
}

}  // namespace

Result<Json> check_form(const Definition& definition, const Form& form, const Json& typed, const Facts& facts, Date today) {
    if (!typed.is_object() && !typed.is_null())
        return Refusal{Because::invalid, "engine.form", "The answers of a form are an object of field and value."};
    Checking checking{definition, facts, form.id, today};
    Json answers = checking.check(form.fields, typed.is_null() ? Json::object() : typed, "");
    if (!checking.errors().empty()) return Refusal{Because::invalid, "engine.form", "Some answers need another look.", std::move(checking.errors())};
    return answers;
}

RiskOutcome score(const RiskTool& tool, const Json& answers, std::string_view override_code) {
    RiskOutcome outcome{
        .tool = tool.id, .version = tool.version, .level = {}, .scored_level = {}, .override_code = std::string{override_code}, .answers = answers};
    for (const auto& question : tool.questions) {
        outcome.score += question_score(question, answers[question.field.id]);
        outcome.most += most_of(question);
    }
    for (const auto& band : tool.bands)
        if (outcome.score >= band.from && outcome.score <= band.to) outcome.scored_level = band.level;
    outcome.level = override_code.empty() ? outcome.scored_level : tool.highest;
    return outcome;
}

std::string decide(const DecisionTable& table, const Facts& facts) {
    for (const auto& row : table.rows)
        if (row.when.holds(facts)) return row.result;
    return table.otherwise;
}

std::vector<FieldValue> listed_values(const Form& form, const Json& answers) {
    std::vector<FieldValue> values;
    for (const auto& field : form.fields) {
        if (!field.listed) continue;
        const Json& answer = answers[field.id];
        for (const auto& one : answer.is_array() ? answer.items() : Json::Array{answer}) {
            FieldValue value{.field = field.id, .text = {}, .number = {}, .date = {}};
            if (one.is_null() || one.is_object()) continue;
            if (field.kind == FieldKind::date)
                value.date = parse_date(one.as_string());
            else if (one.is_number())
                value.number = one.as_number();
            else if (one.is_bool())
                value.text = one.as_bool() ? "yes" : "no";
            else
                value.text = one.as_string();
            values.push_back(std::move(value));
        }
    }
    return values;
}

std::pair<Json, Json> envelope_and_payload(const Form& form, const Json& answers) {
    Json envelope = Json::object(), payload = Json::object();
    for (const auto& [id, value] : answers.members()) {
        const auto field = std::find_if(form.fields.begin(), form.fields.end(), [&id = id](const Field& one) { return one.id == id; });
        // Free text is words: it may name anybody. Codes, days and numbers decide things and name nobody, unless the definition says so.
        const bool words = field == form.fields.end() || field->personal || field->kind == FieldKind::text || field->kind == FieldKind::long_text ||
                           field->kind == FieldKind::group;
        (words ? payload : envelope).set(id, value);
    }
    return {std::move(envelope), std::move(payload)};
}

}  // namespace concord::engine
