#include "web/router.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::web {
namespace {

bool is_parameter(std::string_view part) { return part.size() > 2 && part.front() == '{' && part.back() == '}'; }
bool is_rest(std::string_view part) { return is_parameter(part) && part.ends_with("...}"); }
std::string name_of(std::string_view part) { return std::string{part.substr(1, part.size() - (is_rest(part) ? 5 : 2))}; }

/// How literal a pattern is, from the left: 2 a literal, 1 a parameter, 0 the rest.
std::string literalness(const std::vector<std::string>& parts) {
    std::string rank;
    for (const auto& part : parts) rank += is_rest(part) ? '0' : is_parameter(part) ? '1' : '2';
    return rank;
}

std::optional<Fields> fit(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    Fields parameters;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_rest(pattern[i])) {
            if (i >= path.size()) return {};
            parameters.emplace_back(name_of(pattern[i]), join({path.begin() + static_cast<std::ptrdiff_t>(i), path.end()}, "/"));
            return parameters;
        }
        if (i >= path.size()) return {};
        if (is_parameter(pattern[i])) {
            if (path[i].empty()) return {};
            parameters.emplace_back(name_of(pattern[i]), path[i]);
        } else if (pattern[i] != path[i]) {
            return {};
        }
    }
    if (pattern.size() != path.size()) return {};
    return parameters;
}

}  // namespace

std::size_t RouteTable::add(RouteDescription route) {
    auto parts = split(route.pattern, '/');
    std::string shape = route.method;
    for (const auto& part : parts) shape += "/" + (is_parameter(part) ? std::string{"{}"} : part);
    for (const auto& other : shapes_) require(other != shape, fmt::format("two routes match the same: {} {}", route.method, route.pattern));
    shapes_.push_back(std::move(shape));
    ranks_.push_back(literalness(parts));
    parts_.push_back(std::move(parts));
    routes_.push_back(std::move(route));
    by_length_[parts_.back().size()].push_back(routes_.size() - 1);
    if (is_rest(parts_.back().back())) open_ended_.push_back(routes_.size() - 1);
    return routes_.size() - 1;
}

std::optional<Match> RouteTable::match(std::string_view method, std::string_view path) const {
    const auto parts = split(path, '/');
    std::optional<Match> best;
    const auto consider = [&](std::size_t i) {
        if (routes_[i].method != method && !(method == "HEAD" && routes_[i].method == "GET")) return;
        if (best && ranks_[i] <= ranks_[best->route]) return;
        if (auto parameters = fit(parts_[i], parts)) best = Match{i, std::move(*parameters)};
    };
    if (const auto same = by_length_.find(parts.size()); same != by_length_.end())
        for (const std::size_t i : same->second) consider(i);
    for (const std::size_t i : open_ended_) consider(i);
    return best;
}

std::vector<std::string> RouteTable::methods_at(std::string_view path) const {
    const auto parts = split(path, '/');
    std::set<std::string> methods;
    for (std::size_t i = 0; i < routes_.size(); ++i)
        if (fit(parts_[i], parts)) methods.insert(routes_[i].method);
    return {methods.begin(), methods.end()};
}

namespace {

Json parameter(std::string_view name, std::string_view in) {
    return Json::object({{"name", name}, {"in", in}, {"required", in == "path"}, {"schema", Json::object({{"type", "string"}})}});
}

std::string operation_id(const RouteDescription& route) {
    std::string id = lower_ascii(route.method);
    for (const char c : route.pattern.substr(7)) id += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
    while (id.ends_with('_')) id.pop_back();
    return id;
}

Json problem_answer(std::string_view description) {
    return Json::object({{"description", description},
                         {"content", Json::object({{"application/problem+json",
                                                    Json::object({{"schema", Json::object({{"$ref", "#/components/schemas/Problem"}})}})}})}});
}

Json operation(const RouteDescription& route) {
    Json op = Json::object({{"operationId", operation_id(route)}, {"summary", route.summary}, {"tags", Json::array({route.tag})}});
    Json parameters = Json::array();
    for (const auto& part : split(route.pattern, '/'))
        if (is_parameter(part)) parameters.push(parameter(name_of(part), "path"));
    for (const auto& name : route.query) parameters.push(parameter(name, "query"));
    if (route.needs_if_match) parameters.push(parameter("If-Match", "header").set("required", true));
    op.set_if("parameters", parameters);
    if (route.method != "GET") {
        const Json schema = route.request.is_null() ? Json::object({{"type", "object"}}) : route.request;
        op.set("requestBody", Json::object({{"content", Json::object({{"application/json", Json::object({{"schema", schema}})}})}}));
    }
    const Json answer = route.answer.is_null() ? Json::object({{"type", "object"}}) : route.answer;
    Json responses = Json::object(
        {{std::to_string(route.success),
          Json::object({{"description", "Done"}, {"content", Json::object({{"application/json", Json::object({{"schema", answer}})}})}})},
         {"401", problem_answer("Sign in, or send a token")},
         {"404", problem_answer("Does not exist, or may not be known to you")}});
    if (route.method != "GET")
        responses.set("400", problem_answer("The body is no JSON")).set("422", problem_answer("Some values need another look"));
    if (route.needs_if_match)
        responses.set("412", problem_answer("Changed meanwhile: current holds it as it is now"))
            .set("428", problem_answer("Send If-Match with the ETag that was read"));
    op.set("responses", responses);
    return op;
}

}  // namespace

Json openapi(const RouteTable& routes, std::string_view version) {
    Json paths = Json::object();
    std::set<std::string> tags;
    for (const auto& route : routes.all()) {
        if (!route.pattern.starts_with("/api/")) continue;
        Json at = paths.has(route.pattern) ? paths[route.pattern] : Json::object();
        at.set(lower_ascii(route.method), operation(route));
        paths.set(route.pattern, at);
        tags.insert(route.tag);
    }
    Json tag_list = Json::array();
    for (const auto& tag : tags) tag_list.push(Json::object({{"name", tag}, {"description", "Everything about " + tag}}));
    const Json problem_schema = Json::object(
        {{"type", "object"},
         {"properties",
          Json::object({{"type", Json::object({{"type", "string"}})},
                        {"title", Json::object({{"type", "string"}})},
                        {"status", Json::object({{"type", "integer"}})},
                        {"detail", Json::object({{"type", "string"}})},
                        {"reference", Json::object({{"type", "string"}})},
                        {"errors", Json::object({{"type", "array"},
                                                 {"items", Json::object({{"type", "object"},
                                                                         {"properties",
                                                                          Json::object({{"field", Json::object({{"type", "string"}})},
                                                                                        {"message", Json::object({{"type", "string"}})}})}})}})}})}});
    return Json::object(
        {{"openapi", "3.1.0"},
         {"info", Json::object({{"title", "Concord"},
                                {"version", version},
                                {"description", "The working system of a Community Safety Partnership."},
                                {"license", Json::object({{"name", "See the repository"}, {"identifier", "LicenseRef-Concord"}})}})},
         {"servers", Json::array({Json::object({{"url", "/"}})})},
         {"security", Json::array({Json::object({{"bearer", Json::array()}}), Json::object({{"session", Json::array()}})})},
         {"tags", tag_list},
         {"paths", paths},
         {"components",
          Json::object({{"schemas", Json::object({{"Problem", problem_schema}})},
                        {"securitySchemes",
                         Json::object({{"bearer", Json::object({{"type", "http"}, {"scheme", "bearer"}})},
                                       {"session", Json::object({{"type", "apiKey"}, {"in", "cookie"}, {"name", "__Host-concord"}})}})}})}});
}

}  // namespace concord::web
