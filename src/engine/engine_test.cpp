#include "engine/engine.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace concord::engine {
namespace {

namespace fs = std::filesystem;
const fs::path root{CONCORD_SOURCE_DIR};

std::string text_of(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
}
Source folder(const fs::path& path) {
    Source source{.folder = path.string(), .files = {}};
    for (const auto& found : fs::recursive_directory_iterator{path})
        if (found.path().extension() == ".toml" && found.path().parent_path().filename() != "examples")
            source.files[fs::relative(found.path(), path).generic_string()] = text_of(found.path());
    return source;
}
std::string told(const std::vector<Problem>& problems) {
    std::string all;
    for (const auto& one : problems) all += one.file + ":" + std::to_string(one.line) + ": " + one.problem + " -> " + one.remedy + "\n";
    return all;
}
std::shared_ptr<const Rules> dated_rules() {
    Rules all;
    for (const auto& found : fs::directory_iterator{root / "codes/rules"}) {
        if (found.path().filename() == "repeat_flags.toml") continue;  // of subjects, by columns of their own
        auto file = load_rules(text_of(found.path()), found.path().filename().string());
        for (const auto& one : file.problems) ADD_FAILURE() << one.file << ":" << one.line << ": " << one.problem;
        for (auto& rule : file.rules) all.emplace(rule.key, rule);
    }
    return std::make_shared<const Rules>(std::move(all));
}
const Definition& hub_asb() {
    static const Loading loading = load(folder(root / "pathways/hub_asb"), folder(root / "pathways/common"), {}, dated_rules());
    if (!loading.definition) throw Failure{told(loading.problems)};
    return *loading.definition;
}
WorkingCalendar england() {
    auto file = load_calendar(text_of(root / "codes/calendars/england-bank-holidays.toml"), "england");
    EXPECT_TRUE(file.problems.empty()) << told(file.problems);
    return WorkingCalendar{file.days};
}
bool holds(const char* condition, const char* facts) {
    auto parsed = parse_condition(condition);
    EXPECT_TRUE(parsed) << condition << ": " << (parsed ? "" : parsed.error().sentence);
    return parsed && parsed->holds(*parse_json(facts));
}

TEST(Conditions, say_what_holds) {
    const char* facts =
        R"({"stage":"open","n":3,"flag":true,"codes":["b01","b04"],"today":"2026-04-01","opened_on":"2026-03-01","marks":{"contact.made":"2026-03-20"},"forms":{"t":{"risk":"likely"}}})";
    for (const char* yes : {"stage = 'open'", "n > 2 and n <= 3", "not (n = 4) and flag", "n = 4 or stage in ['open', 'shut']", "codes = 'b04'",
                            "count(codes) = 2", "today > opened_on + 30 days", "has marks.contact.made", "marks.contact.made >= today - 12 days",
                            "forms.t.risk in ['likely']", "flag = true", "not has forms.t.harm"})
        EXPECT_TRUE(holds(yes, facts)) << yes;
    for (const char* no : {"absent = 'x'", "absent != 'x'", "n > '2'", "codes = 'b02'", "has forms.t.harm", "today > opened_on + 31 days"})
        EXPECT_FALSE(holds(no, facts)) << no;
}

TEST(Conditions, say_where_they_are_broken) {
    const std::vector<std::pair<const char*, const char*>> table{{"", "the name of a fact"},
                                                                 {"a =", "the name of a fact"},
                                                                 {"a = 'x", "the quote"},
                                                                 {"a in ['x'", "\"]\""},
                                                                 {"(a", "\")\""},
                                                                 {"a b", "\"and\", \"or\" or the end"},
                                                                 {"a & b", "a name, a value or a sign"},
                                                                 {"today + x days = a", "a number of days"}};
    for (const auto& [text, expected] : table) {
        const auto parsed = parse_condition(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().sentence.find(expected), std::string::npos) << parsed.error().sentence;
    }
    EXPECT_FALSE(parse_condition(std::string(500, '(')));
}

TEST(Conditions, explain_themselves) {
    EXPECT_EQ(parse_condition("tasks.open > 0 and not (risk.level = 'high' or has forms.plan.summary)")->in_words(),
              "tasks open is more than 0 and not risk level is high or plan summary is known");
}

TEST(HubAsb, loads_without_a_problem) {
    const auto& d = hub_asb();
    EXPECT_EQ(d.first_stage().id, "open_assessment");
    EXPECT_EQ(d.outcomes.size(), 17U);
    EXPECT_EQ(d.restriction, "normal");
    EXPECT_EQ(d.stages.front().id, "open_assessment");
    EXPECT_EQ(d.actions.front().id, "start_work");
}

TEST(HubAsb, the_worked_example_of_the_matrix_is_22_and_high_of_35) {
    const auto* tool = hub_asb().risk_tool("victim_risk");
    const auto outcome = score(
        *tool,
        *parse_json(
            R"({"q1":"2","q2":"yes","q3":"yes","q4":"sight","q5":"reputation","q7":"me","q8":"no","q9":"yes","q10":"3","q11":["mental"],"q12":"few","q13":["children"]})"));
    EXPECT_EQ(outcome.score, 22);
    EXPECT_EQ(outcome.most, 35);
    EXPECT_EQ(outcome.level, "high");
    const auto raised = score(*tool, Json::object(), "weapon");
    EXPECT_EQ(raised.score, 0);
    EXPECT_EQ(raised.scored_level, "standard");
    EXPECT_EQ(raised.level, "high");
}

TEST(HubAsb, every_story_holds) {
    const auto calendar = england();
    int stories = 0;
    for (const auto& found : fs::directory_iterator{root / "pathways/hub_asb/examples"}) {
        const auto problems = run_story(hub_asb(), found.path().filename().string(), text_of(found.path()), calendar);
        EXPECT_TRUE(problems.empty()) << told(problems);
        ++stories;
    }
    EXPECT_GE(stories, 12);
}

TEST(Stories, that_do_not_hold_say_so) {
    const auto problems = run_story(hub_asb(), "x.toml",
                                    "title = \"x\"\n[[step]]\nat = 2026-01-05\nmarks = [\"case.opened\"]\nexpect = { due = { long_running = "
                                    "\"2026-01-06\" }, stage = \"closed\" }\n",
                                    england());
    EXPECT_EQ(problems.size(), 2U) << told(problems);
    EXPECT_EQ(problems[0].line, 5);
}

Source small(const std::string& more) {
    return {.folder = "small",
            .files = {{"pathway.toml",
                       "name = \"small\"\ntitle = \"Small\"\nprefix = \"SM\"\nversion = 1\nin_force = 2026-01-01\naudience = "
                       "[\"hub_team\"]\n[stages.open]\nlabel = \"Open\"\nstart = true\n" +
                           more}}};
}

TEST(Loading, names_file_line_problem_and_remedy) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"[actions.x]\nlabel = \"X\"\nfrom = [\"open\"]\n", "nobody may do \"x\""},
        {"[actions.x]\nlabel = \"X\"\nroles = [\"hub_officer\"]\nfrom = [\"opne\"]\n", "starts from \"opne\", which is no stage"},
        {"[actions.x]\nlabel = \"X\"\nroles = [\"r\"]\nfrom = [\"open\"]\nform = \"f\"\n", "asks for the form \"f\""},
        {"[stages.lost]\nlabel = \"Lost\"\n", "no action leads to the stage \"lost\""},
        {"[clocks.c]\nlabel = \"C\"\nsource = \"s\"\nstarts = \"a\"\nwithin = \"10 working days\"\n", "nothing stops the clock \"c\""},
        {"[clocks.c]\nlabel = \"C\"\nsource = \"s\"\nstarts = \"a\"\nstops = \"b\"\nwithin = \"ten days\"\n", "\"ten days\" is no length of time"},
        {"colour = \"red\"\n", "\"colour\" is not known here"},
        {"[actions.x]\nlabel = \"X\"\nroles = [\"r\"]\nfrom = [\"open\"]\nunless = [{ when = \"a >\", say = \"no\" }]\n",
         "expected the name of a fact"},
        {"[risk.r]\nlabel = \"R\"\nsource = \"s\"\nhighest = \"b\"\nbands = [{ level = \"a\", label = \"A\", from = 0, to = 3 }, { level = \"b\", "
         "label = \"B\", from = 5, to = 9 }]\n",
         "there is a gap or an overlap"},
        {"[tables.t]\nlabel = \"T\"\notherwise = \"a\"\nrows = [{ when = \"task.open > 0\", result = \"b\" }]\n",
         "pathway.toml:13: \"task.open\" is no fact"},
        {"[tasks.t]\ntitle = \"T\"\nwhen = \"tasks.opne > 0\"\n", "of tasks there are: count, done, open, open_high, overdue"},
        {"[tasks.t]\ntitle = \"T\"\nwhen = \"has forms.lost.field\"\n", "there is no form \"lost\""},
        {"[tasks.t]\ntitle = \"T\"\nwhen = \"clocks.lost.state = 'met'\"\n", "there is no clock \"lost\""},
        {"[tasks.t]\ntitle = \"T\"\nwhen = \"involvements.lost > 0\"\n", "there is no role \"lost\""},
        {"[tasks.t]\ntitle = \"T\"\nwhen = \"has marks.lost.mark\"\n", "nothing sets the mark \"lost.mark\""},
        {"[clocks.c]\nlabel = \"C\"\nsource = \"s\"\nstarts = \"case.opened\"\nstops = \"never.said\"\nwithin = \"1 day\"\n",
         "nothing sets the mark \"never.said\""},
        {"[stages.a]\nlabel = \"A\"\n[stages.b]\nlabel = \"B\"\n[actions.x]\nlabel = \"X\"\nroles = [\"r\"]\nfrom = [\"a\"]\nto = \"b\"\n"
         "[actions.y]\nlabel = \"Y\"\nroles = [\"r\"]\nfrom = [\"b\"]\nto = \"a\"\n",
         "no action leads to the stage \"b\""},
        {"[stages.Big]\nlabel = \"B\"\n", "\"Big\" is no id"},
        {"[risk.r]\nlabel = \"R\"\nsource = \"s\"\nhighest = \"a\"\nbands = [{ level = \"a\", label = \"A\", from = 0, to = 3 }]\nquestions = [{ id "
         "= \"q\", "
         "kind = \"code\", label = \"Q\", choices = [{ code = \"x\", label = \"X\", score = 4 }] }]\n",
         "the bands do not cover every score from 0 to 4"},
        {"x = " + std::string(5000, '['), "too deep inside each other"},
        {"x = [\n", "this is not TOML"}};
    for (const auto& [more, expected] : table) {
        const auto loading = load(small(more), {});
        EXPECT_FALSE(loading.definition) << more;
        EXPECT_NE(told(loading.problems).find(expected), std::string::npos) << more << told(loading.problems);
        for (const auto& problem : loading.problems) EXPECT_FALSE(problem.remedy.empty());
    }
    EXPECT_TRUE(load(small(""), {}).definition);
    EXPECT_NE(told(load({.folder = "none", .files = {}}, {}).problems).find("there is no pathway.toml"), std::string::npos);
}

TEST(Forms, take_what_people_type_and_say_what_is_wrong) {
    const auto& d = hub_asb();
    const Date today = parse_date("2026-04-01").value();
    const auto* closure = d.form("closure");
    const auto wrong =
        check_form(d, *closure, *parse_json(R"({"code":"c99","reason":"n/a","victim_told":"yes","colour":"red"})"), Json::object(), today);
    ASSERT_FALSE(wrong);
    std::map<std::string, std::string> said;
    for (const auto& error : wrong.error().fields) said[error.field] = error.message;
    EXPECT_TRUE(said.count("code") && said.count("reason") && said.count("based_on") && said.count("victim_view") && said.count("lessons") &&
                said.count("colour"))
        << said.size();
    const auto hidden = check_form(
        d, *d.form("triage"),
        *parse_json(
            R"({"threat":"low","harm":"minor","risk":"unlikely","investigation":"none","vulnerability":"no","vulnerability_factors":["age"],"hate":"yes"})"),
        Json::object(), today);
    ASSERT_TRUE(hidden);
    EXPECT_FALSE(hidden->has("vulnerability_factors"));
    EXPECT_TRUE((*hidden)["hate"].as_bool());
    const auto plan =
        check_form(d, *d.form("plan"), *parse_json(R"({"summary":"Stop the noise at night","next_review":"+7"})"), Json::object(), today);
    ASSERT_TRUE(plan);
    EXPECT_EQ((*plan)["next_review"].as_string(), "2026-04-08");
    const auto [envelope, payload] = envelope_and_payload(*d.form("plan"), *plan);
    EXPECT_FALSE(envelope.has("summary"));
    EXPECT_TRUE(payload.has("summary") && envelope.has("next_review"));
    EXPECT_EQ(listed_values(*d.form("plan"), *plan).size(), 1U);
}

TEST(Loading, knows_the_roles_that_common_lists) {
    const Source common{.folder = "common", .files = {{"pathway.toml", "access_roles = [\"chair\"]\n"}}};
    const auto with = [](const std::string& role) { return small("[actions.x]\nlabel = \"X\"\nroles = [\"" + role + "\"]\nfrom = [\"open\"]\n"); };
    EXPECT_TRUE(load(with("chair"), common).definition);
    EXPECT_NE(told(load(with("chiar"), common).problems)
                  .find("pathway.toml:10: the action \"x\" may be done by \"chiar\", which is no role -> use one of: chair"),
              std::string::npos);
}

TEST(Loading, tells_the_line_of_the_action_that_points_nowhere) {
    const auto loading = load(small("[actions.x]\nlabel = \"X\"\nroles = [\"r\"]\nfrom = [\"open\"]\nto = \"lost\"\n"), {});
    ASSERT_FALSE(loading.problems.empty());
    EXPECT_EQ(loading.problems[0].line, 10);
}

TEST(Loading, takes_choices_from_code_lists_and_offers_them_in_their_time) {
    Source source = small("[outcomes.done]\nlabel = \"Done\"\ngroup = \"g\"\n");
    source.files["forms/f.toml"] =
        "id = \"f\"\nlabel = \"F\"\n[[fields]]\nid = \"kind\"\nkind = \"code\"\nlabel = \"Kind\"\nlist = \"colours\"\n[[fields]]\nid = "
        "\"end\"\nkind = \"code\"\nlabel = \"End\"\nlist = \"outcomes\"\n";
    EXPECT_NE(told(load(source, {}, {{"other", {}}}).problems).find("forms/f.toml:7: there is no code list \"colours\""), std::string::npos);
    CodeLists lists;
    lists["colours"] = load_codes(
        "name = \"colours\"\ntitle = \"C\"\n[[code]]\ncode = \"red\"\nlabel = \"Red\"\nuntil = 2026-04-01\n[[code]]\ncode = \"blue\"\nlabel = "
        "\"Blue\"\n",
        "colours.toml");
    const auto loading = load(source, {}, lists);
    ASSERT_TRUE(loading.definition) << told(loading.problems);
    const auto& form = *loading.definition->form("f");
    EXPECT_EQ(form.fields[0].choices.size(), 2U);
    EXPECT_EQ(form.fields[1].choices.size(), 1U);
    const Json red = Json::object({{"kind", "red"}});
    EXPECT_TRUE(check_form(*loading.definition, form, red, Json::object(), *parse_date("2026-03-31")));
    EXPECT_FALSE(check_form(*loading.definition, form, red, Json::object(), *parse_date("2026-04-01")));
    EXPECT_TRUE(check_form(*loading.definition, form, red, Json::object({{"forms", Json::object({{"f", red}})}}), *parse_date("2026-04-01")));
}

TEST(Forms, rows_of_a_group_are_checked_each) {
    const auto& d = hub_asb();
    const Date today = parse_date("2026-04-01").value();
    const auto wrong = check_form(
        d, *d.form("rara"),
        *parse_json(R"({"risks":[{"risk":"Threats","option":"accept","due":"2026-05-01"},{"risk":"","option":"reduce","due":"31/2/2026"}]})"),
        Json::object(), today);
    ASSERT_FALSE(wrong);
    std::string fields;
    for (const auto& error : wrong.error().fields) fields += error.field + " ";
    EXPECT_EQ(fields, "risks[0].supervisor risks[1].risk risks[1].due ");
}

}  // namespace
}  // namespace concord::engine
