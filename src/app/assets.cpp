#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "app/program.hpp"
#include "web/help.hpp"
#include "web/page.hpp"

/// Style, scripts and fonts, and the whole page around what a room draws.
namespace concord::app {
namespace {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using web::Response;

/// build/assets lies beside build/release; an installed Concord has it under its data folder.
std::string assets_folder() {
    namespace fs = std::filesystem;
    const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
    for (const fs::path& place : {program / "assets", program.parent_path() / "assets", fs::path{"/usr/share/concord/assets"}})
        if (fs::exists(place / "manifest.json")) return place.string();
    return {};
}

struct Asset {
    std::string type, bytes;
};
const std::map<std::string, Asset, std::less<>>& assets() {
    static const auto all = [] {
        std::map<std::string, Asset, std::less<>> made;
        const std::map<std::string, std::string> types{{".css", "text/css; charset=utf-8"},
                                                       {".js", "text/javascript; charset=utf-8"},
                                                       {".svg", "image/svg+xml"},
                                                       {".woff2", "font/woff2"},
                                                       {".txt", "text/plain; charset=utf-8"}};
        const std::string folder = assets_folder();
        if (folder.empty()) return made;
        for (const auto& file : std::filesystem::directory_iterator{folder})
            if (const auto type = types.find(file.path().extension().string()); type != types.end())
                made[file.path().filename().string()] = {type->second, file_text(file.path().string())};
        return made;
    }();
    return all;
}

Response asset(const Request& request, Context&) {
    const auto found = assets().find(request.parameter("path"));
    if (found == assets().end()) return web::absent();
    // The name holds a hash of the content: whoever has it may keep it.
    return Response{.status = 200,
                    .headers = {{"content-type", found->second.type}, {"cache-control", "public, max-age=31536000, immutable"}},
                    .body = found->second.bytes,
                    .file = {}};
}

}  // namespace

Response draw_page(const access::Routes& routes, cases::AlertCounts& alerts, const Request& request, const Context* context, int status,
                   std::string_view title, const Html& body) {
    static const web::Assets names = assets_folder().empty() ? web::Assets{} : web::Assets{assets_folder()};
    const bool has_heading = body.markup().find("<h1") != std::string::npos;
    web::Page page{.title = std::string{title},
                   .main = has_heading ? body : el("h1", {{"class", "govuk-heading-l"}}, title) + body,
                   .navigation = web::Navigation::none,
                   .partnership = "North Yorkshire Community Safety Partnership"};
    page.has = [&routes](std::string_view path) { return routes.table().match("GET", path).has_value(); };
    if (context != nullptr && context->actor.signed_in()) {
        const auto& roles = context->actor.roles;
        page.navigation = roles == std::vector<std::string>{"admin"} ? web::Navigation::admin
                          : context->actor.has_role("partner_user")  ? web::Navigation::partner
                                                                     : web::Navigation::staff;
        page.user_name = context->actor.name;
        page.alerts = alerts.of(request, *context).value_or(-1);
        page.theme = context->theme;
        page.density = context->density;
        page.csrf = context->csrf;
        page.keys = request.cookie(access::keys_cookie_name) != "off";
        for (const char* section : {"/my-work", "/referrals", "/cases", "/records", "/hubs", "/admin"})
            if (request.path.starts_with(section)) page.section = section;
        for (const char* of_records : {"/people", "/places", "/organisations"})
            if (request.path.starts_with(of_records)) page.section = "/records";
        page.section_is_page = page.section == request.path;
    }
    return web::html(web::draw(page, names), status);
}

void add_assets(access::Routes& routes) {
    routes.get("/assets/{path...}", "Style, scripts, fonts, icons", "pages", asset, access::Asks::nothing);
    const auto plain = [&](const char* path, const char* title, web::Html (*content)()) {
        routes.get(
            path, title, "pages", [title, content](const Request& request, Context& context) { return context.page(request, title, content()); },
            access::Asks::nothing);
    };
    plain("/help", "Help", web::help);
    plain("/help/keyboard", "Keyboard shortcuts", web::keyboard_help);
    plain("/accessibility", "Accessibility statement", web::accessibility_statement);
    routes.get(
        "/", "Home", "pages", [](const Request&, Context&) { return web::see_other("/my-work"); }, access::Asks::signed_in);
}

}  // namespace concord::app
