#include "web/components.hpp"
#include "web/components_parts.hpp"

namespace concord::web::ui {
namespace {

Html hidden(const Html& text) { return el("span", {{"class", "govuk-visually-hidden"}}, text); }

Html action_link(const Action& action, const Html& card_title) {
    Attributes attributes{{"class", with("govuk-link", action.classes)}, {"href", action.href}};
    add(attributes, action.attributes);
    Html more;
    if (!action.visually_hidden_text.empty()) more += " " + Html{action.visually_hidden_text};
    if (!card_title.empty()) more += " (" + card_title + ")";
    return el("a", attributes, more.empty() ? action.text : action.text + hidden(more));
}

Html page_arrow(const PageLink& to, bool next, bool block) {
    static const Html left = Html::trusted(
        R"(<svg class="govuk-pagination__icon govuk-pagination__icon--prev" xmlns="http://www.w3.org/2000/svg" height="13" width="15" aria-hidden="true" focusable="false" viewBox="0 0 15 13"><path d="m6.5938-0.0078125-6.7266 6.7266 6.7441 6.4062 1.377-1.449-4.1856-3.9768h12.896v-2h-12.984l4.2931-4.293-1.414-1.414z"></path></svg>)");
    static const Html right = Html::trusted(
        R"(<svg class="govuk-pagination__icon govuk-pagination__icon--next" xmlns="http://www.w3.org/2000/svg" height="13" width="15" aria-hidden="true" focusable="false" viewBox="0 0 15 13"><path d="m8.107-0.0078125-1.4136 1.414 4.2926 4.293h-12.986v2h12.896l-4.1855 3.9766 1.377 1.4492 6.7441-6.4062-6.7246-6.7266z"></path></svg>)");
    const std::string side = next ? "next" : "prev";
    Attributes attributes{{"class", "govuk-link govuk-pagination__link"}, {"href", to.href}, {"rel", side}};
    add(attributes, to.attributes);
    const Html words = to.text.empty() ? Html{next ? "Next" : "Previous"} + hidden(" page") : to.text;
    const std::string title = "govuk-pagination__link-title";
    Html inside;
    if (block || !next) inside += next ? right : left;
    inside += el("span", {{"class", block && to.label_text.empty() ? title + " " + title + "--decorated" : title}}, words);
    if (block && !to.label_text.empty()) inside += hidden(":") + el("span", {{"class", "govuk-pagination__link-label"}}, to.label_text);
    if (!block && next) inside += right;
    return el("div", {{"class", "govuk-pagination__" + side}}, el("a", attributes, inside));
}

}  // namespace

Html summary_list(const SummaryList& options) {
    bool any_actions = false;
    for (const auto& row : options.rows) any_actions = any_actions || !row.actions.empty();
    const Html card_title = options.card ? options.card->title.text : Html{};
    Attributes attributes{{"class", with("govuk-summary-list", options.classes)}};
    add(attributes, options.attributes);
    const Html list =
        el("dl", attributes, each(options.rows, [&](const SummaryRow& row) {
               std::string classes = "govuk-summary-list__row";
               if (any_actions && row.actions.empty()) classes += " govuk-summary-list__row--no-actions";
               Html inside = el("dt", {{"class", with("govuk-summary-list__key", row.key.classes)}}, row.key.text) +
                             el("dd", {{"class", with("govuk-summary-list__value", row.value.classes)}}, row.value.text);
               if (!row.actions.empty()) {
                   const Html links =
                       row.actions.size() == 1
                           ? action_link(row.actions[0], card_title)
                           : el("ul", {{"class", "govuk-summary-list__actions-list"}}, each(row.actions, [&](const Action& action) {
                                    return el("li", {{"class", "govuk-summary-list__actions-list-item"}}, action_link(action, card_title));
                                }));
                   inside += el("dd", {{"class", with("govuk-summary-list__actions", row.actions_classes)}}, links);
               }
               return el("div", {{"class", with(classes, row.classes)}}, inside);
           }));
    if (!options.card) return list;
    const SummaryCard& card = *options.card;
    Html top;
    if (!card.title.text.empty()) {
        top += el(heading_tag(card.heading_level), {{"class", with("govuk-summary-card__title", card.title.classes)}}, card.title.text);
    }
    const Attributes of_actions{{"class", with("govuk-summary-card__actions", card.actions_classes)}};
    if (card.actions.size() == 1) top += el("div", of_actions, action_link(card.actions[0], card_title));
    if (card.actions.size() > 1) {
        top += el("ul", of_actions, each(card.actions, [&](const Action& action) {
                      return el("li", {{"class", "govuk-summary-card__action"}}, action_link(action, card_title));
                  }));
    }
    Attributes of_card{{"class", with("govuk-summary-card", card.classes)}};
    add(of_card, card.attributes);
    return el("div", of_card,
              el("div", {{"class", "govuk-summary-card__title-wrapper"}}, top) + el("div", {{"class", "govuk-summary-card__content"}}, list));
}

Html table(const Table& options) {
    const auto cell = [](const Cell& of, const std::string& tag_name, const std::string& scope, const std::string& block, bool with_format) {
        Attributes attributes;
        add_unless_empty(attributes, "scope", scope);
        attributes.emplace_back("class", with(of.format.empty() || !with_format ? block : block + " " + block + "--" + of.format, of.classes));
        if (of.colspan > 0) attributes.emplace_back("colspan", std::to_string(of.colspan));
        if (of.rowspan > 0) attributes.emplace_back("rowspan", std::to_string(of.rowspan));
        add(attributes, of.attributes);
        return el(tag_name, attributes, of.text);
    };
    Attributes attributes{{"class", with("govuk-table", options.classes)}};
    add(attributes, options.attributes);
    Html inside;
    if (!options.caption.empty()) inside += el("caption", {{"class", with("govuk-table__caption", options.caption_classes)}}, options.caption);
    if (!options.head.empty()) {
        inside += el("thead", {{"class", "govuk-table__head"}}, el("tr", {{"class", "govuk-table__row"}}, each(options.head, [&](const Cell& of) {
                                                                       return cell(of, "th", "col", "govuk-table__header", true);
                                                                   })));
    }
    inside += el("tbody", {{"class", "govuk-table__body"}}, each(options.rows, [&](const std::vector<Cell>& row) {
                     Html cells;
                     for (std::size_t i = 0; i < row.size(); ++i) {
                         cells += i == 0 && options.first_cell_is_header ? cell(row[i], "th", "row", "govuk-table__header", false)
                                                                         : cell(row[i], "td", "", "govuk-table__cell", true);
                     }
                     return el("tr", {{"class", "govuk-table__row"}}, cells);
                 }));
    return el("table", attributes, inside);
}

Html tag(const Tag& options) {
    Attributes attributes{{"class", with("govuk-tag", options.classes)}};
    add(attributes, options.attributes);
    return el("strong", attributes, options.text);
}

Html details(const Details& options) {
    Attributes attributes;
    add_unless_empty(attributes, "id", options.id);
    attributes.emplace_back("class", with("govuk-details", options.classes));
    add(attributes, options.attributes);
    attributes.emplace_back("open", options.open);
    return el("details", attributes,
              el("summary", {{"class", "govuk-details__summary"}}, el("span", {{"class", "govuk-details__summary-text"}}, options.summary)) +
                  el("div", {{"class", "govuk-details__text"}}, options.text));
}

Html inset_text(const InsetText& options) {
    Attributes attributes;
    add_unless_empty(attributes, "id", options.id);
    attributes.emplace_back("class", with("govuk-inset-text", options.classes));
    add(attributes, options.attributes);
    return el("div", attributes, options.text);
}

Html warning_text(const WarningText& options) {
    Attributes attributes{{"class", with("govuk-warning-text", options.classes)}};
    add(attributes, options.attributes);
    return el("div", attributes,
              el("span", {{"class", "govuk-warning-text__icon"}, {"aria-hidden", "true"}}, "!") +
                  el("strong", {{"class", "govuk-warning-text__text"}}, hidden(options.icon_fallback_text) + " " + options.text));
}

Html notification_banner(const NotificationBanner& options) {
    const bool success = options.type == "success";
    Attributes attributes{
        {"class", with(success ? "govuk-notification-banner govuk-notification-banner--success" : "govuk-notification-banner", options.classes)},
        {"role", !options.role.empty() ? options.role
                 : success             ? "alert"
                                       : "region"},
        {"aria-labelledby", options.title_id},
        {"data-module", "govuk-notification-banner"}};
    if (options.disable_auto_focus) attributes.emplace_back("data-disable-auto-focus", *options.disable_auto_focus ? "true" : "false");
    add(attributes, options.attributes);
    const Html title = !options.title.empty() ? options.title : Html{success ? "Success" : "Important"};
    Html inside = options.html;
    if (inside.empty() && !options.text.empty()) inside = el("p", {{"class", "govuk-notification-banner__heading"}}, options.text);
    return el("div", attributes,
              el("div", {{"class", "govuk-notification-banner__header"}},
                 el(heading_tag(options.title_heading_level), {{"class", "govuk-notification-banner__title"}, {"id", options.title_id}}, title)) +
                  el("div", {{"class", "govuk-notification-banner__content"}}, inside));
}

Html pagination(const Pagination& options) {
    const bool block = options.items.empty() && (options.next || options.previous);
    Attributes attributes{{"class", with(block ? "govuk-pagination govuk-pagination--block" : "govuk-pagination", options.classes)},
                          {"aria-label", options.landmark_label}};
    add(attributes, options.attributes);
    Html inside;
    if (options.previous && !options.previous->href.empty()) inside += page_arrow(*options.previous, false, block);
    if (!options.items.empty()) {
        inside += el("ul", {{"class", "govuk-pagination__list"}}, each(options.items, [](const PageItem& item) {
                         std::string classes = "govuk-pagination__item";
                         if (item.current) classes += " govuk-pagination__item--current";
                         if (item.ellipsis) return el("li", {{"class", classes + " govuk-pagination__item--ellipsis"}}, Html::trusted("&ctdot;"));
                         Attributes to{{"class", "govuk-link govuk-pagination__link"},
                                       {"href", item.href},
                                       {"aria-label", item.visually_hidden_text.value_or("Page " + item.number)}};
                         if (item.current) to.emplace_back("aria-current", "page");
                         add(to, item.attributes);
                         return el("li", {{"class", classes}}, el("a", to, item.number));
                     }));
    }
    if (options.next && !options.next->href.empty()) inside += page_arrow(*options.next, true, block);
    return el("nav", attributes, inside);
}

Html pages(int page, int last, const std::string& address) {
    if (last <= 1) return {};
    Pagination options;
    bool gap = false;
    for (int number = 1; number <= last; ++number) {
        if (number != 1 && number != last && (number < page - 1 || number > page + 1)) {
            if (!gap) options.items.push_back({.ellipsis = true});
            gap = true;
            continue;
        }
        gap = false;
        options.items.push_back({.number = std::to_string(number), .href = address + std::to_string(number), .current = number == page});
    }
    if (page > 1) options.previous = PageLink{.href = address + std::to_string(page - 1)};
    if (page < last) options.next = PageLink{.href = address + std::to_string(page + 1)};
    return pagination(options);
}

Html breadcrumbs(const Breadcrumbs& options) {
    Attributes attributes{
        {"class", with(with("govuk-breadcrumbs", options.classes), options.collapse_on_mobile ? "govuk-breadcrumbs--collapse-on-mobile" : "")}};
    add(attributes, options.attributes);
    attributes.emplace_back("aria-label", options.label_text);
    return el("nav", attributes, el("ol", {{"class", "govuk-breadcrumbs__list"}}, each(options.items, [](const Crumb& item) {
                                        if (item.href.empty()) {
                                            return el("li", {{"class", "govuk-breadcrumbs__list-item"}, {"aria-current", "page"}}, item.text);
                                        }
                                        Attributes to{{"class", "govuk-breadcrumbs__link"}, {"href", item.href}};
                                        add(to, item.attributes);
                                        return el("li", {{"class", "govuk-breadcrumbs__list-item"}}, el("a", to, item.text));
                                    })));
}

Html back_link(const BackLink& options) {
    Attributes attributes{{"href", options.href}, {"class", with("govuk-back-link", options.classes)}};
    add(attributes, options.attributes);
    return el("a", attributes, options.text);
}

Html skip_link(const SkipLink& options) {
    Attributes attributes{{"href", options.href}, {"class", with("govuk-skip-link", options.classes)}};
    add(attributes, options.attributes);
    attributes.emplace_back("data-module", "govuk-skip-link");
    return el("a", attributes, options.text);
}

Html panel(const Panel& options) {
    const bool interruption = options.classes.find("govuk-panel--interruption") != std::string::npos;
    Attributes attributes{{"class", with(interruption ? "govuk-panel" : "govuk-panel govuk-panel--confirmation", options.classes)}};
    add(attributes, options.attributes);
    Html inside = el(heading_tag(options.heading_level), {{"class", "govuk-panel__title"}}, options.title);
    if (!options.text.empty()) inside += el("div", {{"class", "govuk-panel__body"}}, options.text);
    return el("div", attributes, inside);
}

Html tabs(const Tabs& options) {
    Attributes attributes;
    add_unless_empty(attributes, "id", options.id);
    attributes.emplace_back("class", with("govuk-tabs", options.classes));
    add(attributes, options.attributes);
    attributes.emplace_back("data-module", "govuk-tabs");
    Html list, panels;
    int index = 0;
    for (const auto& item : options.items) {
        ++index;
        const std::string id = item.id.empty() ? options.id_prefix + "-" + std::to_string(index) : item.id;
        Attributes to{{"class", "govuk-tabs__tab"}, {"href", "#" + id}};
        add(to, item.attributes);
        list += el("li", {{"class", index == 1 ? "govuk-tabs__list-item govuk-tabs__list-item--selected" : "govuk-tabs__list-item"}},
                   el("a", to, item.label));
        Attributes of_panel{{"class", index > 1 ? "govuk-tabs__panel govuk-tabs__panel--hidden" : "govuk-tabs__panel"}, {"id", id}};
        add(of_panel, item.panel_attributes);
        panels += el("div", of_panel, !item.html.empty() ? item.html : item.text.empty() ? Html{} : el("p", {{"class", "govuk-body"}}, item.text));
    }
    Html inside = el("h2", {{"class", "govuk-tabs__title"}}, options.title);
    if (!options.items.empty()) inside += el("ul", {{"class", "govuk-tabs__list"}}, list) + panels;
    return el("div", attributes, inside);
}

Html task_list(const TaskList& options) {
    Attributes attributes{{"class", with("govuk-task-list", options.classes)}};
    add(attributes, options.attributes);
    int index = 0;
    return el("ul", attributes, each(options.items, [&](const Task& item) {
                  ++index;
                  const std::string id = options.id_prefix + "-" + std::to_string(index);
                  std::string classes = "govuk-task-list__item";
                  Html name;
                  if (item.href.empty()) {
                      Attributes of_name;
                      add_unless_empty(of_name, "class", item.title.classes);
                      name = el("div", of_name, item.title.text);
                  } else {
                      classes += " govuk-task-list__item--with-link";
                      name = el("a",
                                {{"class", with("govuk-link govuk-task-list__link", item.title.classes)},
                                 {"href", item.href},
                                 {"aria-describedby", (item.hint ? id + "-hint " : "") + id + "-status"}},
                                item.title.text);
                  }
                  if (item.hint) name += el("div", {{"id", id + "-hint"}, {"class", "govuk-task-list__hint"}}, *item.hint);
                  return el("li", {{"class", with(classes, item.classes)}},
                            el("div", {{"class", "govuk-task-list__name-and-hint"}}, name) +
                                el("div", {{"class", with("govuk-task-list__status", item.status.classes)}, {"id", id + "-status"}},
                                   item.tag ? tag(*item.tag) : item.status.text));
              }));
}

Html service_navigation(const ServiceNavigation& options) {
    Html inside;
    if (!options.service_name.empty()) {
        inside += el("span", {{"class", "govuk-service-navigation__service-name"}},
                     options.service_url.empty()
                         ? el("span", {{"class", "govuk-service-navigation__text"}}, options.service_name)
                         : el("a", {{"href", options.service_url}, {"class", "govuk-service-navigation__link"}}, options.service_name));
    }
    if (!options.navigation.empty()) {
        Html nav;
        if (options.navigation.size() > 1) {
            nav += el("button",
                      {{"type", "button"},
                       {"class", "govuk-service-navigation__toggle govuk-js-service-navigation-toggle"},
                       {"aria-controls", options.navigation_id},
                       {"hidden", true},
                       {"aria-hidden", "true"}},
                      options.menu_button_text);
        }
        nav += el("ul", {{"class", "govuk-service-navigation__list"}, {"id", options.navigation_id}}, each(options.navigation, [](const Place& item) {
                      const bool here = item.active || item.current;
                      const Html words = here ? el("strong", {{"class", "govuk-service-navigation__active-fallback"}}, item.text) : item.text;
                      Attributes attributes{{"class", item.href.empty() ? "govuk-service-navigation__text" : "govuk-service-navigation__link"}};
                      if (!item.href.empty()) attributes.emplace_back("href", item.href);
                      if (here) attributes.emplace_back("aria-current", item.current ? "page" : "true");
                      if (!item.href.empty()) add(attributes, item.attributes);
                      const std::string block = "govuk-service-navigation__item";
                      return el("li", {{"class", here ? block + " " + block + "--active" : block}},
                                item.text.empty() && item.href.empty() ? Html{} : el(item.href.empty() ? "span" : "a", attributes, words));
                  }));
        inside += el("nav",
                     {{"aria-label", options.navigation_label.empty() ? options.menu_button_text : options.navigation_label},
                      {"class", with("govuk-service-navigation__wrapper", options.navigation_classes)}},
                     nav);
    }
    Attributes attributes;
    if (!options.service_name.empty()) attributes.emplace_back("aria-label", options.aria_label);
    attributes.emplace_back("class", with("govuk-service-navigation", options.classes));
    attributes.emplace_back("data-module", "govuk-service-navigation");
    add(attributes, options.attributes);
    return el(options.service_name.empty() ? "div" : "section", attributes,
              el("div", {{"class", "govuk-width-container"}}, el("div", {{"class", "govuk-service-navigation__container"}}, inside)));
}

}  // namespace concord::web::ui
