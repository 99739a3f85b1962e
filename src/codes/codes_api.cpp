#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "base/text.hpp"
#include "codes/codes.hpp"
#include "web/paging.hpp"
#include "web/pieces.hpp"

/// The API of code lists, rules and calendars: everyone who signs in reads, administrators change, by the same rules as the pages.
namespace concord::codes {

void add_pages(access::Routes& routes, const Services& services);  // codes_pages.cpp

namespace {

using access::Context;
using web::Request;
using web::Response;
using web::pieces::absent;

void set_confirmed(Json& json, store::Reader& reader, const Confirmed& confirmed) {
    if (confirmed.by == 0) return;
    json.set("confirmed", Json::object({{"by", access::name_of(reader, "app_user", confirmed.by)}, {"at", to_rfc3339(confirmed.at)}}));
}
Json entry_json(store::Reader& reader, const Entry& entry, std::optional<Date> on) {
    Json json = Json::object({{"code", entry.code}, {"label", on ? entry.label_on(*on) : entry.label}, {"mark", entry.mark}});
    json.set_if("hint", entry.hint).set_if("source", entry.source);
    if (entry.score) json.set("score", *entry.score);
    if (entry.from) json.set("from", to_iso(*entry.from));
    if (entry.until) json.set("until", to_iso(*entry.until));
    if (entry.labels.size() > 1) {
        Json labels = Json::array();
        for (const auto& [from, words] : entry.labels) {
            Json one = Json::object({{"label", words}});
            if (from) one.set("from", to_iso(*from));
            labels.push(std::move(one));
        }
        json.set("labels", labels);
    }
    set_confirmed(json, reader, entry.confirmed);
    return json;
}
/// on: as it was on that day, and only what was offered then.
Json list_json(store::Reader& reader, const List& one, std::optional<Date> on) {
    Json entries = Json::array();
    for (const auto& entry : one.entries)
        if (!on || ((!entry.from || *entry.from <= *on) && (!entry.until || *on < *entry.until))) entries.push(entry_json(reader, entry, on));
    return Json::object(
        {{"name", one.name}, {"title", one.title}, {"source", one.source}, {"mark", one.mark}, {"codes", entries}, {"version", one.version}});
}
Json row_json(store::Reader& reader, const Row& row) {
    Json json = Json::object({{"amount", row.row.amount},
                              {"unit", row.row.unit},
                              {"in_words", engine::amount_in_words(row.row)},
                              {"source", row.row.source},
                              {"mark", row.row.mark}});
    if (row.row.from) json.set("from", to_iso(*row.row.from));
    json.set_if("why", row.why);
    if (row.withdrawn) json.set("withdrawn", true);
    set_confirmed(json, reader, row.confirmed);
    return json;
}
Json rule_json(store::Reader& reader, const DatedRule& one, std::optional<Date> on) {
    Json json = Json::object({{"key", one.key}, {"group", one.group}, {"title", one.title}, {"key_date", one.key_date}, {"version", one.version}});
    if (on) {
        if (const auto* row = one.on(*on)) json.set("row", row_json(reader, *row));
        return json;
    }
    Json rows = Json::array();
    for (const auto& row : one.rows) rows.push(row_json(reader, row));
    return json.set("rows", rows);
}
Json calendar_json(store::Reader& reader, const Calendar& one) {
    Json days = Json::array();
    for (const auto& day : one.days) {
        Json json = Json::object({{"on", to_iso(day.on)}, {"title", day.title}, {"mark", day.mark}});
        json.set_if("source", day.source);
        if (day.withdrawn) json.set("withdrawn", true);
        set_confirmed(json, reader, day.confirmed);
        days.push(std::move(json));
    }
    return Json::object(
        {{"name", one.name}, {"title", one.title}, {"source", one.source}, {"mark", one.mark}, {"days", days}, {"version", one.version}});
}

Result<std::optional<Date>> asked_day(const Request& request) {
    const auto text = request.asked("on");
    if (text.empty()) return std::optional<Date>{};
    const auto day = parse_date(text);
    if (!day) return Refusal{Because::invalid, "codes.day", "Some answers need another look.", {{"on", "Give a day like 2027-04-01."}}};
    return std::optional<Date>{day};
}

template <class F>
Response reading(const Request& request, Context& context, F f) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (auto asked = context.demand(reader, "read", {.kind = "codes"}); !asked) return web::problem(asked.error(), request.reference);
        const auto on = asked_day(request);
        if (!on) return web::problem(on.error(), request.reference);
        return f(reader, *on);
    });
}
Response many(const Request& request, const Json& items) { return web::list_page(request, items, "codes"); }

/// find(reader) -> optional of the thing; json(reader, thing) -> Json; change(Change, thing, body) -> version.
template <class Find, class ToJson, class Work>
Response changing(const Request& request, Context& context, Find find, ToJson to_json, Work work, int success) {
    Response answer;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto asked = context.demand(tx, "manage", {.kind = "codes"}); !asked) return asked;
        const auto found = find(tx);
        if (!found) return Refusal{Because::absent, "codes.absent", "There is nothing here."};
        const auto body = parse_json(request.body.empty() ? "{}" : request.body);
        if (!body) return body.error();
        const auto changed = work(Change{tx, context.ledger, context.author(), access::expected_version(request)}, *found, *body);
        if (!changed) return changed.error();
        const auto now = find(tx);
        answer = access::tagged(to_json(tx, *now), now->version, success);
        context.keep(tx, request, answer);
        return Done{};
    });
    if (done) return answer;
    if (done.error().because == Because::absent) return absent();
    return access::refusal_json(request, done.error(), [&] {
        return context.db.reading([&](store::Reader& reader) {
            const auto now = find(reader);
            return now ? to_json(reader, *now) : Json{};
        });
    });
}

Result<std::optional<Date>> day_in(const Json& body, const char* name) {
    const std::string& text = body[name].as_string();
    if (text.empty()) return std::optional<Date>{};
    const auto day = parse_date(text);
    if (!day) return Refusal{Because::invalid, "codes.day", "Some answers need another look.", {{name, "Give a day like 2027-04-01."}}};
    return std::optional<Date>{day};
}
std::string text_in(const Json& body, const char* name, const std::string& otherwise = "") {
    return body.has(name) ? body[name].as_string() : otherwise;
}

Result<EntryAsk> entry_ask(const Json& body, const Entry* now, std::string code) {
    const auto from = day_in(body, "from"), until = day_in(body, "until"), label_from = day_in(body, "label_from");
    for (const auto* day : {&from, &until, &label_from})
        if (!*day) return day->error();
    EntryAsk ask{.code = std::move(code),
                 .label = text_in(body, "label", now != nullptr ? now->label : ""),
                 .hint = text_in(body, "hint", now != nullptr ? now->hint : ""),
                 .mark = text_in(body, "mark", now != nullptr ? now->mark : "cfg"),
                 .source = text_in(body, "source", now != nullptr ? now->source : "")};
    ask.from = *from;
    ask.until = body.has("until") || now == nullptr ? *until : now->until;
    ask.label_from = *label_from;
    return ask;
}
std::optional<std::optional<Date>> row_day(std::string_view text) {
    if (text == "beginning") return std::optional<Date>{};
    const auto day = parse_date(text);
    if (!day) return {};
    return std::optional<Date>{day};
}

void route(access::Routes& routes, const std::string& method, const std::string& pattern, const std::string& summary, access::Handler handler,
           Json body = {}, bool needs_if_match = false, int success = 200, std::vector<std::string> query = {}) {
    routes.add({.description = {.method = method,
                                .pattern = "/api/v1" + pattern,
                                .summary = summary,
                                .tag = "codes",
                                .query = std::move(query),
                                .request = std::move(body),
                                .success = success,
                                .needs_if_match = needs_if_match},
                .handler = std::move(handler)});
}
Json shape(std::initializer_list<const char*> texts, bool with_amount = false) {
    Json properties = Json::object();
    for (const char* name : texts) properties.set(name, Json::object({{"type", "string"}}));
    if (with_amount) properties.set("amount", Json::object({{"type", "number"}}));
    return Json::object({{"type", "object"}, {"properties", properties}});
}

void add_lists_api(access::Routes& routes) {
    const auto find = [](const Request& request) {
        return [name = std::string{request.parameter("list")}](store::Reader& reader) { return list(reader, name); };
    };
    const auto to_json = [](store::Reader& reader, const List& one) { return list_json(reader, one, {}); };
    route(routes, "GET", "/codes", "Code lists", [](const Request& request, Context& context) {
        return reading(request, context, [&](store::Reader& reader, std::optional<Date>) {
            Json items = Json::array();
            for (const auto& one : lists(reader))
                items.push(Json::object({{"name", one.name},
                                         {"title", one.title},
                                         {"source", one.source},
                                         {"mark", one.mark},
                                         {"codes", one.entries.size()},
                                         {"version", one.version}}));
            return many(request, items);
        });
    });
    route(routes, "GET", "/codes/{list}", "One code list; ?on= as it was on a day",
          [](const Request& request, Context& context) {
              return reading(request, context, [&](store::Reader& reader, std::optional<Date> on) {
                  const auto one = list(reader, request.parameter("list"));
                  return one ? access::tagged(list_json(reader, *one, on), one->version) : absent();
              });
          },
          {}, false, 200, {"on"});
    route(routes, "GET", "/codes/{list}/history", "What happened to a code list", [](const Request& request, Context& context) {
        return reading(request, context, [&](store::Reader& reader, std::optional<Date>) {
            const auto one = list(reader, request.parameter("list"));
            return one ? web::list_page(request, access::history_json(reader, context.ledger, one->stream), "history") : absent();
        });
    });
    route(
        routes, "PATCH", "/codes/{list}", "Changes title, source or mark of a list",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [](const Change& change, const List& one, const Json& body) {
                    return change_list(change, one, text_in(body, "title", one.title), text_in(body, "source", one.source),
                                       text_in(body, "mark", one.mark));
                },
                200);
        },
        shape({"title", "source", "mark"}), true);
    route(
        routes, "POST", "/codes/{list}/entries", "Adds a code",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [](const Change& change, const List& one, const Json& body) -> Result<std::int64_t> {
                    const auto ask = entry_ask(body, nullptr, body["code"].as_string());
                    if (!ask) return ask.error();
                    return add_entry(change, one, *ask);
                },
                201);
        },
        shape({"code", "label", "hint", "from", "until", "mark", "source"}), false, 201);
    route(
        routes, "PATCH", "/codes/{list}/entries/{code}", "Relabels, ends or confirms a code",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [&](const Change& change, const List& one, const Json& body) -> Result<std::int64_t> {
                    const auto entry =
                        std::find_if(one.entries.begin(), one.entries.end(), [&](const Entry& e) { return e.code == request.parameter("code"); });
                    if (entry == one.entries.end()) return Refusal{Because::absent, "codes.absent", "This list has no such code."};
                    const auto ask = entry_ask(body, &*entry, entry->code);
                    if (!ask) return ask.error();
                    return change_entry(change, one, *ask);
                },
                200);
        },
        shape({"label", "label_from", "hint", "until", "mark", "source"}), true);
}

void add_rules_api(access::Routes& routes, const Services& services) {
    const auto find = [](const Request& request) {
        return [key = std::string{request.parameter("key")}](store::Reader& reader) { return rule(reader, key); };
    };
    const auto to_json = [](store::Reader& reader, const DatedRule& one) { return rule_json(reader, one, {}); };
    route(routes, "GET", "/rules", "Dated rules: limits, amounts, lengths of clocks",
          [](const Request& request, Context& context) {
              return reading(request, context, [&](store::Reader& reader, std::optional<Date> on) {
                  Json items = Json::array();
                  for (const auto& one : rules(reader)) items.push(rule_json(reader, one, on));
                  return many(request, items);
              });
          },
          {}, false, 200, {"on"});
    route(routes, "GET", "/rules/{key}", "One rule; ?on= its row on a key date",
          [services](const Request& request, Context& context) {
              return reading(request, context, [&](store::Reader& reader, std::optional<Date> on) {
                  const auto one = rule(reader, request.parameter("key"));
                  if (!one) return absent();
                  Json json = rule_json(reader, *one, on);
                  Json uses = Json::array();
                  for (const auto& sentence : services.uses ? services.uses(reader, one->key) : std::vector<std::string>{}) uses.push(sentence);
                  json.set_if("uses", uses);
                  return access::tagged(json, one->version);
              });
          },
          {}, false, 200, {"on"});
    route(routes, "GET", "/rules/{key}/history", "What happened to a rule", [](const Request& request, Context& context) {
        return reading(request, context, [&](store::Reader& reader, std::optional<Date>) {
            const auto one = rule(reader, request.parameter("key"));
            return one ? web::list_page(request, access::history_json(reader, context.ledger, one->stream), "history") : absent();
        });
    });
    route(
        routes, "POST", "/rules/{key}/rows", "Adds a row from a day on",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [](const Change& change, const DatedRule& one, const Json& body) -> Result<std::int64_t> {
                    const auto from = day_in(body, "from");
                    if (!from) return from.error();
                    return add_row(change, one,
                                   {.from = *from,
                                    .amount = body["amount"].is_number() ? body["amount"].as_number() : -1,
                                    .unit = text_in(body, "unit"),
                                    .source = text_in(body, "source"),
                                    .mark = text_in(body, "mark", "cfg"),
                                    .why = text_in(body, "why")});
                },
                201);
        },
        shape({"from", "unit", "source", "mark", "why"}, true), false, 201);
    route(
        routes, "PATCH", "/rules/{key}/rows/{from}", "Confirms where a row comes from",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [&](const Change& change, const DatedRule& one, const Json& body) -> Result<std::int64_t> {
                    const auto from = row_day(request.parameter("from"));
                    if (!from) return Refusal{Because::absent, "codes.absent", "This rule has no row from that day."};
                    return confirm_row(change, one, *from, text_in(body, "source"), text_in(body, "mark"));
                },
                200);
        },
        shape({"source", "mark"}), true);
    route(
        routes, "POST", "/rules/{key}/rows/{from}/withdrawal", "Takes back a row that has not begun",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [&](const Change& change, const DatedRule& one, const Json& body) -> Result<std::int64_t> {
                    const auto from = parse_date(request.parameter("from"));
                    if (!from) return Refusal{Because::absent, "codes.absent", "This rule has no row from that day."};
                    return withdraw_row(change, one, *from, text_in(body, "why"));
                },
                200);
        },
        shape({"why"}), true);
}

void add_calendars_api(access::Routes& routes) {
    const auto find = [](const Request& request) {
        return [name = std::string{request.parameter("name")}](store::Reader& reader) { return calendar(reader, name); };
    };
    const auto to_json = [](store::Reader& reader, const Calendar& one) { return calendar_json(reader, one); };
    route(routes, "GET", "/calendars", "Calendars of bank holidays", [](const Request& request, Context& context) {
        return reading(request, context, [&](store::Reader& reader, std::optional<Date>) {
            Json items = Json::array();
            for (const auto& one : calendars(reader))
                items.push(Json::object(
                    {{"name", one.name}, {"title", one.title}, {"source", one.source}, {"days", one.days.size()}, {"version", one.version}}));
            return many(request, items);
        });
    });
    route(routes, "GET", "/calendars/{name}", "One calendar", [](const Request& request, Context& context) {
        return reading(request, context, [&](store::Reader& reader, std::optional<Date>) {
            const auto one = calendar(reader, request.parameter("name"));
            return one ? access::tagged(calendar_json(reader, *one), one->version) : absent();
        });
    });
    route(
        routes, "POST", "/calendars/{name}/days", "Adds a bank holiday",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [](const Change& change, const Calendar& one, const Json& body) -> Result<std::int64_t> {
                    const auto on = parse_date(body["on"].as_string());
                    if (!on)
                        return Refusal{Because::invalid, "codes.day", "Some answers need another look.", {{"on", "Give a day like 2027-04-01."}}};
                    return add_day(
                        change, one,
                        {.on = *on, .title = text_in(body, "title"), .source = text_in(body, "source"), .mark = text_in(body, "mark", "source")});
                },
                201);
        },
        shape({"on", "title", "source", "mark"}), false, 201);
    route(
        routes, "POST", "/calendars/{name}/days/{on}/withdrawal", "Takes a bank holiday out",
        [find, to_json](const Request& request, Context& context) {
            return changing(
                request, context, find(request), to_json,
                [&](const Change& change, const Calendar& one, const Json& body) -> Result<std::int64_t> {
                    const auto on = parse_date(request.parameter("on"));
                    if (!on) return Refusal{Because::absent, "codes.absent", "This day is not in the calendar."};
                    return withdraw_day(change, one, *on, text_in(body, "why"));
                },
                200);
        },
        shape({"why"}), true);
}

}  // namespace

void add_routes(access::Routes& routes, const Services& services) {
    add_pages(routes, services);
    add_lists_api(routes);
    add_rules_api(routes, services);
    add_calendars_api(routes);
}

}  // namespace concord::codes
