#include "cases/case_loading.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/id.hpp"

namespace concord::cases {
namespace {

using ledger::Author;
using ledger::NewEvent;

Author at(Author author, Instant when) {
    author.at = when;
    return author;
}

Json audience_json(const LoadedCase& c) {
    Json all = Json::array(
        {Json::object({{"kind", "agency_in_hub"}, {"key", fmt::format("{}:{}", c.lead_agency, c.hub)}, {"because", "lead_agency_in_hub"}})});
    for (const auto& group : c.invited) {
        Json one = Json::object({{"kind", group.kind}, {"key", group.key}, {"because", group.because}});
        if (group.until) one.set("until", to_iso(*group.until));
        all.push(std::move(one));
    }
    return all;
}

/// The clock that says when a record is to be looked at again.
const engine::ClockRule* review_clock(const engine::Definition& definition) {
    for (const char* id : {"review", "reassess"})
        if (const auto* rule = definition.clock(id)) return rule;
    return nullptr;
}

Json clock_json(const engine::Definition& definition, const LoadedCase& c, bool ended) {
    const auto* rule = review_clock(definition);
    require(rule != nullptr, fmt::format("{} has no clock for reviews", definition.name));
    Json clock = Json::object({{"id", rule->id}, {"started", to_rfc3339(c.author.at)}, {"state", ended ? "met" : "running"}});
    if (c.due) clock.set("due", to_rfc3339(london_midnight(*c.due + 1) + std::chrono::microseconds{-1}));
    if (ended) clock.set("ended", to_rfc3339(*c.closed_at));
    return Json::array({clock});
}

NewEvent opened(const LoadedCase& c, const engine::Definition& definition, const std::string& id) {
    Json envelope = Json::object({{"opened", Json::object({{"id", id},
                                                           {"reference", c.reference},
                                                           {"pathway", definition.name},
                                                           {"pathway_version", definition.version},
                                                           {"hub", c.hub},
                                                           {"stage", definition.first_stage().id},
                                                           {"lead_agency", c.lead_agency},
                                                           {"lead_user", c.lead_user},
                                                           {"handling", c.handling},
                                                           {"restriction", c.restriction}})},
                                  {"audience", audience_json(c)},
                                  {"marks", Json::array({"case.opened"})},
                                  {"clocks", clock_json(definition, c, false)},
                                  {"summary", "Case opened"}});
    Json involvements = Json::array();
    for (const auto& one : c.involvements) {
        require(definition.role(one.role) != nullptr, fmt::format("{} has no role {}", definition.name, one.role));
        involvements.push(Json::object(
            {{"id", new_id(c.author.at)}, {"subject", one.subject}, {"kind", one.kind}, {"role", one.role}, {"since", to_rfc3339(c.author.at)}}));
    }
    envelope.set_if("involvements", std::move(involvements));
    Json payload = Json::object({{"title", c.title}});
    payload.set_if("summary", c.summary);
    return {"cases.opened", std::move(envelope), std::move(payload)};
}

NewEvent assessed(const LoadedCase& c, const engine::Definition& definition) {
    require(!definition.risk_tools.empty(), fmt::format("{} has no risk tool", definition.name));
    const auto& tool = definition.risk_tools.front();
    return {"cases.risk_assessed", Json::object({{"risk", Json::object({{"tool", tool.id},
                                                                        {"version", tool.version},
                                                                        {"level", c.risk_level},
                                                                        {"scored_level", c.risk_level},
                                                                        {"highest", c.risk_level == tool.highest}})},
                                                 {"marks", Json::array({"risk.assessed", "risk.assessed." + c.risk_level})},
                                                 {"summary", fmt::format("Risk assessed: {}", c.risk_level)}})};
}

NewEvent moved(const engine::Stage& stage) {
    return {"cases.acted", Json::object({{"stage", stage.id}, {"marks", Json::array({"stage." + stage.id})}, {"summary", stage.label}})};
}

NewEvent entered(const LoadedEntry& entry) {
    Json said = Json::object({{"kind", "note"}, {"at", to_rfc3339(entry.author.at)}});
    said.set_if("channel", entry.channel);
    return {"cases.entry_added", Json::object({{"entry", said}, {"summary", "Note"}}), Json::object({{"text", entry.text}})};
}

}  // namespace

ledger::NewStream stream_of(const LoadedCase& c, const engine::Definition& definition) {
    const auto* stage = definition.stage(c.stage);
    require(stage != nullptr, fmt::format("{} has no stage {}", definition.name, c.stage));
    ledger::NewStream stream{.kind = "case", .id = new_id(c.author.at)};
    stream.events.reserve(c.entries.size() + 4);
    const Instant opened_at = c.author.at;
    stream.events.emplace_back(c.author, opened(c, definition, stream.id));
    stream.events.emplace_back(at(c.author, opened_at + std::chrono::seconds{1}), assessed(c, definition));
    if (!c.closed_at && stage != &definition.first_stage())
        stream.events.emplace_back(at(c.author, opened_at + std::chrono::seconds{2}), moved(*stage));
    for (const auto& entry : c.entries) stream.events.emplace_back(entry.author, entered(entry));
    if (c.closed_at) {
        auto closing = moved(*stage);
        closing.envelope.set("closes", true).set("clocks", clock_json(definition, c, true));
        stream.events.emplace_back(at(c.author, *c.closed_at), std::move(closing));
    }
    return stream;
}

}  // namespace concord::cases
