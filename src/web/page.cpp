#include "web/page.hpp"

#include <array>
#include <fstream>
#include <sstream>

#include "base/json.hpp"

namespace concord::web {
namespace {

struct Item {
    const char* text;
    const char* href;
};
constexpr std::array<Item, 9> places{{{"My work", "/my-work"},
                                      {"Referrals", "/referrals"},
                                      {"Cases", "/cases"},
                                      {"People and places", "/records"},
                                      {"Meetings", "/meetings"},
                                      {"Hubs", "/hubs"},
                                      {"Problem solving", "/problems"},
                                      {"Performance", "/performance"},
                                      {"Plan and funding", "/plan"}}};
constexpr std::array<Item, 5> footer_links{{{"Help", "/help"},
                                            {"Keyboard shortcuts", "/help/keyboard"},
                                            {"Text size, contrast and layout", "/me/preferences"},
                                            {"Accessibility statement", "/accessibility"},
                                            {"Privacy", "/privacy"}}};
constexpr std::string_view product = "Concord";
constexpr std::string_view find_words = "Find a person, place or case";
constexpr std::string_view rings =
    R"(<svg width="34" height="26" viewBox="0 0 34 26" aria-hidden="true" focusable="false"><circle cx="13" cy="13" r="10" fill="none" stroke="#8fd3e4" stroke-width="4"/><circle cx="21" cy="13" r="10" fill="none" stroke="#ffd466" stroke-width="4"/><path d="M17 3.9a10 10 0 0 1 0 18.2" fill="none" stroke="#8fd3e4" stroke-width="4"/></svg>)";

bool has(const Page& page, std::string_view path) { return !page.has || page.has(path); }

bool signed_in(const Page& page) { return !page.user_name.empty() && page.navigation != Navigation::public_ && page.navigation != Navigation::none; }

Html hidden(const Html& text) { return el("span", {{"class", "govuk-visually-hidden"}}, text); }

Html bar(const Page& page) {
    Html brand = el("a", {{"href", "/"}, {"class", "govuk-generic-header__homepage-link"}}, Html::trusted(std::string{rings}) + Html{product});
    if (!page.partnership.empty()) brand += el("span", {{"data-cc", "org"}}, page.partnership);
    Html inside = el("div", {{"data-cc", "brand"}}, brand);
    if (signed_in(page)) {
        inside += el("form", {{"data-cc", "find"}, {"action", "/search"}, {"method", "get"}, {"role", "search"}},
                     el("label", {{"class", "govuk-visually-hidden"}, {"for", "find-all"}}, find_words) +
                         void_el("input", {{"class", "govuk-input"},
                                           {"id", "find-all"},
                                           {"name", "q"},
                                           {"type", "search"},
                                           {"placeholder", std::string{find_words}},
                                           {"autocomplete", "off"}}) +
                         el("button", {{"class", "govuk-button"}, {"type", "submit"}}, "Find"));
        Html alerts = "Alerts";
        if (page.alerts > 0) alerts += " " + el("span", {{"data-cc", "count"}}, hidden("(") + std::to_string(page.alerts) + hidden(" new)"));
        inside += el("div", {{"data-cc", "me"}},
                     (page.alerts >= 0 && has(page, "/alerts") ? el("a", {{"href", "/alerts"}}, alerts) : Html{}) +
                         (has(page, "/me") ? el("a", {{"href", "/me"}}, page.user_name) : el("span", page.user_name)));
    }
    return el("div", {{"class", "govuk-generic-header"}},
              el("div", {{"class", "govuk-generic-header__container govuk-width-container"}}, el("div", {{"data-cc", "bar"}}, inside)));
}

Html menu(const Page& page) {
    if (!signed_in(page)) return {};
    ui::ServiceNavigation options;
    const auto push = [&](const Item& item) {
        if (!has(page, item.href)) return;
        const bool here = page.section == item.href;
        options.navigation.push_back({.text = item.text, .href = item.href, .current = here && page.section_is_page, .active = here});
    };
    if (page.navigation == Navigation::admin) {
        push({"Administration", "/admin"});
        push({"My work", "/my-work"});
        push({"Referrals", "/referrals"});
    } else if (page.navigation == Navigation::board) {
        for (const std::size_t i : {8U, 7U, 6U, 5U, 4U}) push(places[i]);
    } else {
        const std::size_t shown = page.navigation == Navigation::partner ? 5 : places.size();
        for (std::size_t i = 0; i < shown; ++i) push(places[i]);
    }
    return ui::service_navigation(options);
}

Html footer(const Page& page) {
    Html inside = el("h2", {{"class", "govuk-visually-hidden"}}, "Support links");
    inside += el("ul", {{"class", "govuk-footer__inline-list"}}, each(footer_links, [&](const Item& item) {
                     if (!has(page, item.href)) return Html{};
                     if (!signed_in(page) && std::string_view{item.href} == "/me/preferences") return Html{};
                     return el("li", {{"class", "govuk-footer__inline-list-item"}},
                               el("a", {{"class", "govuk-footer__link"}, {"href", item.href}}, item.text));
                 }));
    if (signed_in(page) && !page.csrf.empty()) {
        inside += el("form", {{"method", "post"}, {"action", "/sign-out"}, {"data-cc", "actions"}},
                     ui::csrf_field(page.csrf) + ui::button({.text = "Sign out", .classes = "govuk-button--secondary"}));
    }
    return el("footer", {{"class", "govuk-template__footer"}},
              el("div", {{"class", "govuk-footer"}},
                 el("div", {{"class", "govuk-width-container"}},
                    el("div", {{"class", "govuk-footer__meta"}},
                       el("div", {{"class", "govuk-footer__meta-item govuk-footer__meta-item--grow"}}, inside)))));
}

Html above_main(const Page& page) {
    if (!page.breadcrumbs.empty()) return ui::breadcrumbs({.items = page.breadcrumbs, .collapse_on_mobile = true});
    if (!page.back_link.empty()) { return el("nav", {{"aria-label", "Back"}}, ui::back_link({.text = page.back_text, .href = page.back_link})); }
    return {};
}

}  // namespace

Assets::Assets(const std::string& folder, std::string prefix) : prefix_{std::move(prefix)} {
    std::ifstream file{folder + "/manifest.json"};
    if (!file) return;
    std::stringstream text;
    text << file.rdbuf();
    const auto manifest = parse_json(text.str());
    if (!manifest) return;
    for (const auto& [name, hashed] : manifest->members()) names_.emplace(name, hashed.as_string());
}

std::string Assets::url(std::string_view name) const {
    const auto found = names_.find(name);
    return prefix_ + (found == names_.end() ? std::string{name} : found->second);
}

std::string draw(const Page& page, const Assets& assets) {
    const std::string title = (page.error ? "Error: " : "") + page.title + " - " + std::string{product};
    Html head = void_el("meta", {{"charset", "utf-8"}}) + el("title", title);
    head += void_el("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1, viewport-fit=cover"}});
    head += void_el("meta", {{"name", "theme-color"}, {"content", "#12333d"}});
    head += void_el("link", {{"rel", "icon"}, {"href", assets.url("concord.svg")}, {"type", "image/svg+xml"}});
    head += void_el("link", {{"rel", "stylesheet"}, {"href", assets.url("concord.css")}});
    head += el("script", {{"src", assets.url("early.js")}});
    head += el("script", {{"src", assets.url("core.js")}, {"defer", true}});
    std::istringstream more{page.scripts};
    for (std::string name; more >> name;) head += el("script", {{"src", assets.url(name)}, {"defer", true}});

    Html body = ui::skip_link({.text = "Skip to main content", .href = "#main-content"});
    body += el("header", {{"class", "govuk-template__header"}}, bar(page) + menu(page));
    Html middle;
    if (!page.head_note.empty()) middle += el("p", {{"class", "govuk-body-s"}, {"data-cc", "muted"}, {"role", "note"}}, page.head_note);
    middle += above_main(page) + el("main", {{"class", "govuk-main-wrapper"}, {"id", "main-content"}}, page.main);
    body += el("div", {{"class", "govuk-width-container"}}, middle);
    body += footer(page);

    Attributes of_body{{"class", "govuk-template__body"}};
    if (page.navigation == Navigation::public_) {
        of_body.emplace_back("data-width", "reading");
    } else if (page.density == "compact") {
        of_body.emplace_back("data-density", "compact");
    }
    if (!page.keys) of_body.emplace_back("data-keys", "off");
    if (!page.csrf.empty()) of_body.emplace_back("data-csrf", page.csrf);
    return "<!DOCTYPE html>\n" +
           el("html", {{"lang", "en"}, {"class", "govuk-template"}, {"data-theme", page.theme}}, el("head", head) + el("body", of_body, body))
               .markup() +
           "\n";
}

}  // namespace concord::web
