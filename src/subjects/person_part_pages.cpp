#include <algorithm>

#include <fmt/format.h>

#include "access/drafts.hpp"
#include "base/text.hpp"
#include "subjects/page_parts.hpp"
#include "subjects/people_json.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/person_state.hpp"
#include "subjects/subject_codes.hpp"

/// The lists of a person, item by item: add, correct, end, take away what was recorded in error. Names, numbers, ways of contact, rules of safe
/// contact, addresses, relationships.
namespace concord::subjects {
namespace {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
using namespace parts;
namespace ui = web::ui;

struct Part {
    std::string part, path, add, change, section;
    std::vector<std::string> fields;
    bool ends = true;
};
const std::vector<Part>& all_parts() {
    static const std::vector<Part> all{
        {"names",
         "names",
         "Add a name",
         "Correct the name",
         "names",
         {"kind", "title", "given_name", "middle_names", "family_name", "from", "until"}},
        {"identifiers", "identifiers", "Add a number", "Correct the number", "numbers", {"kind", "value", "issuer"}, false},
        {"contact_points",
         "contact-points",
         "Add a way of contact",
         "Correct the way of contact",
         "contact",
         {"kind", "value", "label", "from", "until"}},
        {"contact_rules",
         "contact-rules",
         "Add a rule of safe contact",
         "Correct the rule of safe contact",
         "contact",
         {"rule", "from_time", "to_time", "present", "point", "words", "since", "until"}},
        {"addresses", "addresses", "Add an address", "Correct the address", "addresses", {"kind", "text", "postcode", "uprn", "from", "until"}},
        {"relationships",
         "relationships",
         "Add a relationship",
         "Correct the relationship",
         "relations",
         {"kind", "other", "since", "until", "words"}}};
    return all;
}

/// One page as it is drawn: whose, what, what is typed or held, what is wrong.
struct Look {
    store::Reader& reader;
    const Context& context;
    const Request& request;
    const Part& part;
    const PersonRecord& record;
    const Json& held;  // the item as it is now; null where it is new
    Json typed;
    const access::Unsent& unsent;
    const Refusal* refusal = nullptr;
    bool is_new() const { return held.is_null(); }
    bool clash() const { return refusal != nullptr && refusal->because == Because::stale; }
    std::string said(const char* field) const { return typed[field].as_string(); }
    /// As people type it: days as 3/11/2025.
    static std::string shown(const Json& item, const std::string& field) {
        const std::string& value = item[field].as_string();
        return field == "from" || field == "until" || field == "since" ? typed_day(value) : value;
    }
    std::string held_now(const char* field) const {
        if (!clash() || is_new()) return {};
        const std::string now = shown(held, field);
        return now == said(field) ? std::string{} : now.empty() ? "nothing" : now;
    }
    Html ask(const char* field, const char* label, const char* hint = "", const char* classes = "") const {
        return line({.name = field, .label = label, .hint = hint, .classes = classes, .held_now = held_now(field)}, said(field), refusal);
    }
    Html days(const char* from, const char* from_label, const char* until_label) const {
        return el("div", {{"data-cc", "row"}},
                  ask(from, from_label, "Like 3/11/2025, if known", "govuk-input--width-10") +
                      ask("until", until_label, "Empty while it holds", "govuk-input--width-10"));
    }
};

Html name_fields(const Look& look) {
    Html out;
    if (look.held["kind"].as_string() != "main")
        out += one_of({.name = "kind", .label = "What kind of name is it?", .held_now = look.held_now("kind")}, "name_kinds", look.said("kind"),
                      look.refusal);
    return out + look.ask("title", "Title", "Mrs, Dr, if they use one", "govuk-input--width-5") +
           el("div", {{"data-cc", "row"}}, look.ask("given_name", "First name") + look.ask("middle_names", "Middle names")) +
           look.ask("family_name", "Last name") + look.days("from", "From when?", "Until when?");
}

Html rule_fields(const Look& look) {
    ui::Radios radios{.fieldset = ui::Fieldset{.legend = {.text = "What is the rule?"}},
                      .id_prefix = "rule",
                      .name = "rule",
                      .value = look.said("rule"),
                      .classes = "govuk-radios--small"};
    for (const auto& one : subject_codes("contact_rules")) {
        ui::Choice choice{.text = std::string{one.label}, .value = std::string{one.code}};
        if (!one.hint.empty()) choice.hint = ui::Hint{.text = std::string{one.hint}};
        if (one.code == "only_between")
            choice.conditional = el("div", {{"data-cc", "row"}},
                                    look.ask("from_time", "Not before", "9:00", "govuk-input--width-5") +
                                        look.ask("to_time", "Not after", "15:30", "govuk-input--width-5"));
        if (one.code == "not_when_present") choice.conditional = look.ask("present", "Who must not be there?");
        radios.items.push_back(std::move(choice));
    }
    if (const std::string error = error_of(look.refusal, "rule"); !error.empty()) radios.error_message = ui::ErrorMessage{.text = error};
    ui::Select point{.label = {.text = "Which way of contact is it about?"},
                     .id = "point",
                     .name = "point",
                     .items = {{.text = "Every way", .value = "", .selected = look.said("point").empty()}}};
    for (const auto& one : look.record.contact_points)
        point.items.push_back({.text = fmt::format("{} {}", label_of("contact_kinds", one.kind), value_in_words(one)),
                               .value = one.id,
                               .selected = one.id == look.said("point")});
    if (const std::string error = error_of(look.refusal, "point"); !error.empty()) point.error_message = ui::ErrorMessage{.text = error};
    return ui::radios(radios) + ui::select(point) +
           look.ask("words", "Why, or what else to know", "Shown beside the number to everybody who may see it") +
           look.days("since", "Since when?", "Until when?");
}

Html relationship_fields(const Look& look) {
    Html out = one_of({.name = "kind", .label = look.record.person.name() + " is", .held_now = look.held_now("kind")}, "relationship_kinds",
                      look.said("kind"), look.refusal);
    if (look.is_new())
        out += choose_person(look.reader, look.context,
                             {.field = "other",
                              .label = "Who is the other person?",
                              .words = tidy(look.unsent.request.typed("find")),
                              .chosen = look.said("other"),
                              .not_this = look.record.person.stream},
                             look.refusal);
    else
        out += p(Html{"To "} + link("/people/" + look.held["person"]["id"].as_string(), look.held["person"]["name"].as_string()) +
                 Html{". For another person, end this one and add a new one."});
    return out + look.ask("words", "In words, where the list does not say it") + look.days("since", "Since when?", "Until when?");
}

Html fields_of(const Look& look) {
    const std::string& part = look.part.part;
    if (part == "names") return name_fields(look);
    if (part == "contact_rules") return rule_fields(look);
    if (part == "relationships") return relationship_fields(look);
    const auto kind = [&](const char* label, const char* list) {
        return one_of({.name = "kind", .label = label, .held_now = look.held_now("kind")}, list, look.said("kind"), look.refusal);
    };
    if (part == "identifiers")
        return kind("Whose number is it?", "identifier_kinds") + look.ask("value", "The number") +
               look.ask("issuer", "Who gave it", "The landlord or the service, where the kind does not say it");
    if (part == "contact_points")
        return kind("What kind of contact is it?", "contact_kinds") + look.ask("value", "Number, address or account") +
               look.ask("label", "Whose or where", "work, her sister's") + look.days("from", "From when?", "Until when?");
    return kind("What kind of address is it?", "address_kinds") + look.ask("text", "House and street") +
           el("div", {{"data-cc", "row"}},
              look.ask("postcode", "Postcode", "", "govuk-input--width-10") +
                  look.ask("uprn", "Property number (UPRN), if known", "", "govuk-input--width-10")) +
           look.days("from", "From when?", "Until when?");
}

/// What others did since the form was drawn.
Html meanwhile(const Look& look) {
    if (!look.clash()) return {};
    const auto before = version_of(look.request).value_or(0);
    std::vector<Html> items;
    for (const auto& change : changes_of(look.reader, look.context, look.record.person.stream)) {
        if (change.version <= before || items.size() == 5) break;
        items.push_back(el("strong", access::name_of(look.reader, "app_user", change.actor)) +
                        Html{": " + change.summary + (change.words.empty() ? "" : ". " + change.words)});
    }
    return ui::box(h2("Changed while you had it open") + ui::mini(items) + p("What you typed is below. Save again to keep it."), "tint");
}

Html taking_away(const Look& look) {
    if (look.is_new() || (look.part.part == "names" && look.held["kind"].as_string() == "main")) return {};
    const bool wrong = !error_of(look.refusal, "why").empty();
    return ui::details({.summary = "It was recorded in error",
                        .text = p("It is taken away from the record. What is only no longer so is better ended.") +
                                line({.name = "why", .label = "Why was it wrong?"}, std::string{look.request.typed("why")}, look.refusal) +
                                act("remove", "Take it away", "warning"),
                        .open = wrong});
}

Response draw(const Look& look) {
    const auto& one = look.record.person;
    const std::string at = "/people/" + one.id;
    const std::string heading = look.is_new() ? look.part.add : look.part.change;
    Html buttons = act("save", look.clash() ? "Save mine" : "Save", "");
    if (!look.is_new() && look.part.ends && !look.held.has("until")) buttons += act("end", "It ended today");
    buttons += link(at + "#" + look.part.section, "Cancel") + access::draft_line(look.unsent);
    // A draft of an item that was there corrects what it was typed over.
    const auto version = look.is_new() ? one.version : version_shown(look.unsent, one.version);
    const Html inside = hidden("csrf", look.context.csrf) + hidden("version", std::to_string(version)) + fields_of(look) +
                        el("div", {{"class", "govuk-button-group"}}, buttons) + taking_away(look);
    const Html main =
        back_link(at + "#" + look.part.section, one.name()) + error_summary(look.refusal) + ui::head(heading, one.name()) + meanwhile(look) +
        el("form", {{"method", "post"}, {"action", look.request.path}, {"data-draft", look.request.path}, {"novalidate", true}}, inside);
    return look.context.page(look.request, (look.refusal != nullptr ? "Error: " : "") + heading + ", " + one.name(), main,
                             look.refusal != nullptr ? web::status_of(look.refusal->because) : 200);
}

/// The item of the address, as the contract has it; null where there is none. A relationship is changed where it was recorded.
Json item_of(const Json& json, const Part& part, std::string_view id) {
    for (const auto& one : json[part.part].items())
        if (one["id"].as_string() == id && (part.part != "relationships" || one["recorded_here"].as_bool())) return one;
    return {};
}

Json typed_of(const Request& request, const Part& part) {
    Json typed = Json::object();
    for (const auto& field : part.fields)
        if (request.has_typed(field)) typed.set(field, tidy(request.typed(field)));
    return typed;
}

Response page(const Request& request, Context& context, const Part& part, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = readable_person(reader, context, request.parameter("id"));
        if (!stream) return absent();
        const auto record = person_record(reader, *stream);
        const std::string item{request.parameter("item")};
        Json held;
        if (!item.empty()) {
            held = item_of(record_json(reader, context, *record), part, item);
            if (held.is_null()) return absent();
        }
        Json typed = Json::object();
        const auto unsent = access::unsent(reader, context, request, request.path);
        if (request.method == "POST" || unsent.saved_at) {
            typed = typed_of(unsent.request, part);
        } else if (!item.empty()) {
            for (const auto& field : part.fields) typed.set(field, Look::shown(held, field));
        } else {
            for (const auto& field : {"point", "kind"}) typed.set_if(field, tidy(request.asked(field)));
        }
        return draw(Look{reader, context, request, part, *record, held, std::move(typed), unsent, refusal});
    });
}

Result<Done> change(store::Transaction& tx, const Context& context, const Request& request, const Part& part) {
    const auto stream = readable_person(tx, context, request.parameter("id"));
    if (!stream) return Refusal{Because::absent, "subjects.absent", "There is no such person."};
    const Expected expected = version_of(request).value_or(-1);
    const auto item = request.parameter("item");
    const auto what = request.typed("do");
    const auto done = [](const auto& result) { return result ? Result<Done>{Done{}} : Result<Done>{result.error()}; };
    if (item.empty()) return done(add_part(tx, context, *stream, expected, part.part, typed_of(request, part)));
    if (what == "remove") return done(remove_part(tx, context, *stream, expected, part.part, item, request.typed("why")));
    if (what == "end") return done(change_part(tx, context, *stream, expected, part.part, item, Json::object({{"until", to_iso(context.today())}})));
    return done(change_part(tx, context, *stream, expected, part.part, item, typed_of(request, part)));
}

Response send(const Request& request, Context& context, const Part& part) {
    if (request.typed("do") == "find") return page(request, context, part, nullptr);
    const auto done = context.db.writing([&](store::Transaction& tx) {
        auto changed = change(tx, context, request, part);
        if (changed) access::drop_draft(tx, context.actor.user, request.path);
        return changed;
    });
    if (done) return web::see_other(fmt::format("/people/{}?saved=yes#{}", request.parameter("id"), part.section));
    return done.error().because == Because::absent ? absent() : page(request, context, part, &done.error());
}

}  // namespace

void add_person_part_pages(access::Routes& routes) {
    for (const auto& part : all_parts()) {
        const std::string at = "/people/{id}/" + part.path, label = lower_ascii(part_label(part.part));
        const auto see = [&part](const Request& request, Context& context) { return page(request, context, part, nullptr); };
        const auto post = [&part](const Request& request, Context& context) { return send(request, context, part); };
        routes.get(at + "/new", part.add, "pages", see);
        routes.post(at + "/new", "Adds a " + label, "pages", post);
        routes.get(at + "/{item}", part.change, "pages", see);
        routes.post(at + "/{item}", "Corrects, ends or takes away a " + label, "pages", post);
    }
}

}  // namespace concord::subjects
