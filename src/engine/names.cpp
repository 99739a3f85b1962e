#include "engine/names.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "engine/condition.hpp"

namespace concord::engine {
namespace {

void gather(const Condition::Node& node, std::vector<std::string>& paths) {
    for (const auto& child : node.children) gather(*child, paths);
    for (const auto* operand : {&node.left, &node.right})
        for (const auto* path : {&operand->path, &operand->days_fact})
            if (!path->empty()) paths.push_back(*path);
}

const std::set<std::string> plain_facts{"stage",     "pathway",   "hub",         "restriction", "handling",    "today",     "now",        "opened_on",
                                        "closed_on", "days_open", "days_closed", "has_lead",    "lead_agency", "lead_user", "offered_hub"};
const std::map<std::string, std::set<std::string>> parted_facts{
    {"tasks", {"open", "done", "overdue", "open_high", "count"}},
    {"contacts", {"made", "attempts", "attempt_days", "letters", "working_days_since_letter"}},
    {"risk", {"assessed", "level", "score", "most", "tool", "version", "ever_high", "scored_level", "override", "before", "score_before"}},
    {"requests", {"open", "refused", "count"}},
    {"documents", {"count"}},
};
const std::set<std::string> told_by_cases{"case",     "stage", "doubt", "referral", "form", "contact",  "victim",
                                          "incident", "risk",  "task",  "involved", "lead", "document", "request"};

std::string some_of(const std::set<std::string>& names) { return join({names.begin(), names.end()}, ", "); }

std::string after(const std::string& path, std::size_t parts) {
    std::size_t at = 0;
    for (; parts > 0; --parts) at = path.find('.', at) + 1;
    return path.substr(at);
}

bool asks(const std::vector<Field>& fields, std::string_view id) {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.id == id; });
}

std::optional<Unknown> unknown_answer(const Definition& d, const std::vector<std::string>& parts) {
    if (parts.size() < 2) return Unknown{"\"forms\" alone is no fact", "write forms.FORM.FIELD"};
    const auto* form = d.form(parts[1]);
    const auto* tool = d.risk_tool(parts[1]);
    if (form == nullptr && tool == nullptr) return Unknown{fmt::format("there is no form \"{}\"", parts[1]), "name a form of this pathway"};
    if (parts.size() < 3 || (form != nullptr && asks(form->fields, parts[2]))) return {};
    const bool asked =
        tool != nullptr && std::any_of(tool->questions.begin(), tool->questions.end(), [&](const auto& q) { return q.field.id == parts[2]; });
    if (asked) return {};
    return Unknown{fmt::format("the form \"{}\" has no question \"{}\"", parts[1], parts[2]), "name one of its questions"};
}

std::optional<Unknown> unknown_role(const Definition& d, const std::vector<std::string>& parts) {
    const std::size_t at = parts.size() > 2 && parts[1] == "any" ? 2 : 1;
    if (parts.size() > at && d.role(parts[at]) != nullptr) return {};
    return Unknown{fmt::format("there is no role \"{}\" in this pathway", parts.size() > at ? parts[at] : ""), "name a role of [roles]"};
}

}  // namespace

std::optional<Unknown> unknown_mark(const Definition& d, const std::string& mark) {
    for (const auto& action : d.actions)
        if (std::find(action.marks.begin(), action.marks.end(), mark) != action.marks.end()) return {};
    if (told_by_cases.count(mark.substr(0, mark.find('.'))) != 0) return {};
    return Unknown{fmt::format("nothing sets the mark \"{}\"", mark), "name a mark of an action, or one that Concord sets (FORMAT.md, section 8)"};
}

std::set<std::string> reachable_stages(const Definition& d) {
    std::set<std::string> reached;
    for (const auto& stage : d.stages)
        if (stage.start) reached.insert(stage.id);
    for (bool grew = true; grew;) {
        grew = false;
        for (const auto& action : d.actions)
            for (const auto& id : std::set<std::string>{reached}) {
                const auto* stage = d.stage(id);
                const bool from_here = std::any_of(action.from.begin(), action.from.end(),
                                                   [&](const auto& from) { return from == id || (from == "*" && stage != nullptr && stage->open); });
                if (from_here && !action.to.empty()) grew = reached.insert(action.to).second || grew;
            }
    }
    return reached;
}

std::string role_in_words(std::string code) {
    if (code == "police_sgt") return "police sergeant";
    if (code == "ig_lead") return "information governance lead";
    if (code == "jcg_member") return "coordination group member";
    std::replace(code.begin(), code.end(), '_', ' ');
    return code;
}

std::vector<std::string> paths_of(const Condition& condition) {
    std::vector<std::string> paths;
    if (condition.root() != nullptr) gather(*condition.root(), paths);
    return paths;
}

std::optional<Unknown> unknown_fact(const Definition& d, const std::string& path, const std::set<std::string>& near) {
    const std::vector<std::string> parts = split(path, '.');
    if (near.count(parts[0]) != 0 || (parts.size() == 1 && plain_facts.count(path) != 0) || parts[0] == "actor") return {};
    if (parts[0] == "forms") return unknown_answer(d, parts);
    if (parts[0] == "involvements") return unknown_role(d, parts);
    if (parts[0] == "rules") {
        const bool used =
            parts.size() == 2 && std::any_of(d.rule_uses.begin(), d.rule_uses.end(), [&](const auto& use) { return use.id == parts[1]; });
        if (used) return {};
        return Unknown{fmt::format("this pathway uses no rule \"{}\"", after(path, 1)),
                       "add [rules.ID] with rule = \"GROUP.NAME\", or mend the name"};
    }
    if (parts.size() > 1 && (parts[0] == "marks" || parts[0] == "marks_count")) return unknown_mark(d, after(path, 1));
    if (parts.size() == 3 && parts[0] == "clocks") {
        if (d.clock(parts[1]) != nullptr && parts[2] == "state") return {};
        return Unknown{fmt::format("there is no clock \"{}\" with a state", parts[1]), "write clocks.ID.state with a clock of this pathway"};
    }
    const auto parted = parted_facts.find(parts[0]);
    if (parted == parted_facts.end())
        return Unknown{fmt::format("\"{}\" is no fact that can be asked about", path),
                       "see \"Conditions\" in pathways/FORMAT.md for those there are; texts stand in quotes"};
    if (parts.size() == 2 && parted->second.count(parts[1]) != 0) return {};
    return Unknown{fmt::format("\"{}\" is no fact that can be asked about", path),
                   fmt::format("of {} there are: {}", parts[0], some_of(parted->second))};
}

}  // namespace concord::engine
