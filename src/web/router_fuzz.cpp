#include <cstdint>

#include "web/head.hpp"
#include "web/router.hpp"

/// A target finds a route or none; parameters are never empty, and what is found is among the methods of the address.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    static const web::RouteTable routes = [] {
        web::RouteTable table;
        for (const char* pattern : {"/", "/referrals/new", "/referrals/{id}", "/referrals/{id}/triage", "/{any}/new", "/assets/{path...}"})
            table.add({.method = "GET", .pattern = pattern, .summary = "x", .tag = "x"});
        return table;
    }();
    web::Request request;
    if (!web::read_target({reinterpret_cast<const char*>(data), size}, request)) return 0;
    const auto methods = routes.methods_at(request.path);
    const auto match = routes.match("GET", request.path);
    require(match.has_value() != methods.empty(), "an address has methods where it has a route");
    if (!match) return 0;
    for (const auto& [name, value] : match->parameters) require(name == "path" || !value.empty(), "a parameter is not empty");
    return 0;
}
