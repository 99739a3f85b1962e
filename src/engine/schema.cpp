#include "engine/engine.hpp"

/// JSON Schema (2020-12) of the files of a pathway read as JSON: tables are objects, days are text. It says the shape; what names must point at is
/// said by `load`.
namespace concord::engine {
namespace {

Json text() { return Json::object({{"type", "string"}}); }
Json told(std::string_view description) { return Json::object({{"type", "string"}, {"description", description}}); }
Json number() { return Json::object({{"type", "number"}}); }
Json whole(int least = 0) { return Json::object({{"type", "integer"}, {"minimum", least}}); }
Json truth() { return Json::object({{"type", "boolean"}}); }
Json ref(std::string_view name) { return Json::object({{"$ref", "#/$defs/" + std::string{name}}}); }
Json list_of(Json item) { return Json::object({{"type", "array"}, {"items", std::move(item)}}); }
Json named(std::string_view name) { return Json::object({{"type", "object"}, {"propertyNames", ref("name")}, {"additionalProperties", ref(name)}}); }
Json one_of(std::initializer_list<Json> codes) { return Json::object({{"enum", Json::array(codes)}}); }

Json object(std::initializer_list<Json> required, Json properties) {
    return Json::object(
        {{"type", "object"}, {"additionalProperties", false}, {"required", Json::array(required)}, {"properties", std::move(properties)}});
}

void add_basics(Json& defs) {
    defs.set("name", Json::object({{"type", "string"}, {"pattern", "^[a-z0-9_]+$"}}));
    defs.set("day", Json::object({{"type", "string"}, {"format", "date"}}));
    defs.set("condition", told("a condition, see pathways/FORMAT.md: tasks.open > 0 and risk.level = 'high'"));
    defs.set("texts", Json::object({{"anyOf", Json::array({text(), list_of(text())})}}));
    defs.set("length", Json::object({{"type", "string"}, {"pattern", "^(same day|[0-9]+ (working days?|days?|months?|hours?))$"}}));
    defs.set(
        "choice",
        object({"code", "label"},
               Json::object(
                   {{"code", ref("name")}, {"label", text()}, {"hint", text()}, {"score", number()}, {"from", ref("day")}, {"until", ref("day")}})));
}

void add_forms(Json& defs) {
    const Json kinds = one_of({"text", "long_text", "code", "codes", "yes_no", "date", "instant", "whole_number", "number", "money", "person",
                               "place", "organisation", "agency", "user", "hub", "case_reference", "group", "note"});
    const Json limit = told("a day, \"today\", \"today + 42 days\" or the id of another question of the form");
    Json field = Json::object({{"id", ref("name")},
                               {"label", text()},
                               {"hint", text()},
                               {"kind", kinds},
                               {"list", ref("name")},
                               {"choices", list_of(ref("choice"))},
                               {"required", truth()},
                               {"required_when", ref("condition")},
                               {"shown_when", ref("condition")},
                               {"least", number()},
                               {"most", number()},
                               {"at_least", whole()},
                               {"at_most", whole()},
                               {"not_before", limit},
                               {"not_after", limit},
                               {"derived", told("\"today\", a condition, or \"table.ID\"")},
                               {"listed", truth()},
                               {"personal", truth()},
                               {"meaningful", truth()},
                               {"least_rows", whole()},
                               {"most_rows", whole()},
                               {"fields", list_of(ref("field"))}});
    Json question = field;
    question.set("most_score", number());
    defs.set("field", object({"id", "label", "kind"}, std::move(field)));
    defs.set("question", object({"id", "label", "kind"}, std::move(question)));
    defs.set("form", object({"id", "label"}, Json::object({{"id", ref("name")},
                                                           {"label", text()},
                                                           {"intro", text()},
                                                           {"version", whole(1)},
                                                           {"source", text()},
                                                           {"fields", list_of(ref("field"))}})));
}

void add_work(Json& defs) {
    defs.set("role", object({"label"}, Json::object({{"label", text()},
                                                     {"kind", one_of({"person", "place", "organisation"})},
                                                     {"also", one_of({"person", "place", "organisation"})},
                                                     {"least", whole()},
                                                     {"most", whole()},
                                                     {"harmed", truth()},
                                                     {"accused", truth()},
                                                     {"reasons", ref("name")},
                                                     {"not_under", whole()}})));
    defs.set("stage", object({"label"}, Json::object({{"label", text()}, {"start", truth()}, {"ended", truth()}, {"group", text()}})));
    defs.set("guard", object({"when", "say"}, Json::object({{"when", ref("condition")}, {"say", text()}})));
    defs.set("action", object({"label", "from", "roles"}, Json::object({{"label", text()},
                                                                        {"hint", text()},
                                                                        {"from", ref("texts")},
                                                                        {"to", ref("name")},
                                                                        {"form", ref("name")},
                                                                        {"roles", ref("texts")},
                                                                        {"unless", list_of(ref("guard"))},
                                                                        {"marks", ref("texts")},
                                                                        {"tasks", ref("texts")},
                                                                        {"closes", truth()},
                                                                        {"reopens", truth()},
                                                                        {"main", truth()},
                                                                        {"confirm", text()},
                                                                        {"does", one_of({"open_record", "link_record", "repeat_of"})},
                                                                        {"offers_to_hub", ref("name")},
                                                                        {"ends_offer", one_of({"accept", "refuse", "withdraw"})}})));
    defs.set("accepts", object({}, Json::object({{"form", ref("name")}, {"unless", list_of(ref("guard"))}})));
    defs.set("task", object({"title"}, Json::object({{"title", text()},
                                                     {"agency_kind", text()},
                                                     {"owner", text()},
                                                     {"due_working_days", whole()},
                                                     {"due_rule", ref("rule")},
                                                     {"when", ref("condition")},
                                                     {"high", truth()}})));
    const Json rule = Json::object(
        {{"type", "string"}, {"pattern", "^[a-z0-9_]+\\.[a-z0-9_.]+$"}, {"description", "key of a dated rule of codes/rules/: group.answer"}});
    defs.set("rule", rule);
    defs.set("rule_use", object({"rule"}, Json::object({{"rule", ref("rule")}, {"key_date", told("a fact whose day picks the row")}})));
    defs.set("clock_length", object({}, Json::object({{"within", ref("length")},
                                                      {"rule", ref("rule")},
                                                      {"until", told("a fact whose day is the last one")},
                                                      {"when", ref("condition")}})));
    defs.set("clock", object({"label", "source"}, Json::object({{"label", text()},
                                                                {"source", text()},
                                                                {"words", text()},
                                                                {"rule", ref("rule")},
                                                                {"until", told("a fact whose day is the last one")},
                                                                {"key_date", told("a fact whose day picks the row of its rules")},
                                                                {"starts", ref("texts")},
                                                                {"stops", ref("texts")},
                                                                {"pauses", ref("texts")},
                                                                {"resumes", ref("texts")},
                                                                {"restarts", ref("texts")},
                                                                {"applies", ref("condition")},
                                                                {"cut_off_hour", whole()},
                                                                {"decision", ref("name")},
                                                                {"within", ref("length")},
                                                                {"lengths", list_of(ref("clock_length"))}})));
}

void add_judgement(Json& defs) {
    defs.set("band", object({"level", "label", "from", "to"},
                            Json::object({{"level", ref("name")}, {"label", text()}, {"from", number()}, {"to", number()}})));
    defs.set("risk_tool", object({"label", "source", "highest", "bands", "questions"}, Json::object({{"label", text()},
                                                                                                     {"version", whole(1)},
                                                                                                     {"source", text()},
                                                                                                     {"highest", ref("name")},
                                                                                                     {"questions", list_of(ref("question"))},
                                                                                                     {"bands", list_of(ref("band"))},
                                                                                                     {"overrides", list_of(ref("choice"))}})));
    defs.set("table_row", object({"when", "result"}, Json::object({{"when", ref("condition")}, {"result", ref("name")}})));
    defs.set("table", object({"label", "otherwise"},
                             Json::object({{"label", text()}, {"source", text()}, {"rows", list_of(ref("table_row"))}, {"otherwise", ref("name")}})));
    defs.set(
        "outcome",
        object(
            {"label", "group"},
            Json::object(
                {{"label", text()}, {"group", ref("name")}, {"allowed", ref("condition")}, {"doubtful_when", ref("condition")}, {"doubt", text()}})));
    defs.set("fact", object({}, Json::object({{"met", ref("condition")}, {"of", ref("condition")}, {"clock", ref("name")}})));
}

void add_pathway(Json& defs) {
    defs.set("pathway", object({"name", "title", "prefix", "in_force", "stages"},
                               Json::object({{"name", ref("name")},
                                             {"title", text()},
                                             {"prefix", text()},
                                             {"version", whole(1)},
                                             {"kind", one_of({"record", "intake"})},
                                             {"steps", list_of(ref("name"))},
                                             {"accepts", named("accepts")},
                                             {"in_force", ref("day")},
                                             {"law", text()},
                                             {"source", text()},
                                             {"lead_body", text()},
                                             {"handling", one_of({"official", "official_sensitive"})},
                                             {"restriction", one_of({"normal", "restricted", "locked"})},
                                             {"audience", list_of(one_of({"hub_team", "lead_agency_in_hub", "analysts", "named"}))},
                                             {"retention", text()},
                                             {"publishable", truth()},
                                             {"access_roles", list_of(ref("name"))},
                                             {"roles", named("role")},
                                             {"stages", named("stage")},
                                             {"actions", named("action")},
                                             {"clocks", named("clock")},
                                             {"risk", named("risk_tool")},
                                             {"tasks", named("task")},
                                             {"tables", named("table")},
                                             {"outcomes", named("outcome")},
                                             {"rules", named("rule_use")},
                                             {"facts", named("fact")}})));
}

}  // namespace

Json schema() {
    Json defs = Json::object();
    add_basics(defs);
    add_forms(defs);
    add_work(defs);
    add_judgement(defs);
    add_pathway(defs);
    return Json::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "A pathway of Concord: pathway.toml, or a file of forms/"},
                         {"description", "The files are TOML; this is their shape read as JSON. pathways/FORMAT.md explains them."},
                         {"anyOf", Json::array({ref("pathway"), ref("form")})},
                         {"$defs", std::move(defs)}});
}

}  // namespace concord::engine
