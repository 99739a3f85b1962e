#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "web/http.hpp"

/// The route table's matching, without knowing who asks: `access` wraps a handler with the actor and the asking.
namespace concord::web {

/// How a route is described in the OpenAPI document and walked by tests.
struct RouteDescription {
    std::string method;                   // "GET"
    std::string pattern;                  // "/api/v1/cases/{ref}"; a last segment {path...} takes the rest
    std::string summary;                  // one line
    std::string tag;                      // "cases"
    std::vector<std::string> query = {};  // names of query parameters
    Json request = {};                    // JSON Schema of the body, for the API
    Json answer = {};                     // JSON Schema of the answer, for the API
    int success = 200;
    bool needs_if_match = false;  // it changes one record that is there: 428 without an If-Match
};

struct Match {
    std::size_t route;
    Fields parameters;
};

class RouteTable {
public:
    std::size_t add(RouteDescription route);  // two routes that match the same are a Bug
    /// The most literal pattern wins: /referrals/new before /referrals/{id}.
    std::optional<Match> match(std::string_view method, std::string_view path) const;
    std::vector<std::string> methods_at(std::string_view path) const;  // for 405 and OPTIONS
    const std::vector<RouteDescription>& all() const { return routes_; }

private:
    std::vector<RouteDescription> routes_;
    std::vector<std::vector<std::string>> parts_;
    std::vector<std::string> shapes_, ranks_;
    std::map<std::size_t, std::vector<std::size_t>> by_length_;
    std::vector<std::size_t> open_ended_;
};

/// OpenAPI 3.1 of every route below /api/.
Json openapi(const RouteTable& routes, std::string_view version);

}  // namespace concord::web
