#include "subjects/person_state.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/identifiers.hpp"
#include "subjects/subject_codes.hpp"

namespace concord::subjects {
namespace {

constexpr std::size_t longest_line = 255, longest_words = 1000;

Json* find_item(Json& state, std::string_view part, std::string_view id) {
    if (!state.has(part)) return nullptr;
    for (auto& [key, value] : state.members())
        if (key == part)
            for (auto& item : value.items())
                if (item["id"].as_string() == id) return &item;
    return nullptr;
}

Json& list_of(Json& state, std::string_view part) {
    if (!state.has(part)) state.set(part, Json::array());
    for (auto& [key, value] : state.members())
        if (key == part) return value;
    throw Bug{"a member that was set is there"};
}

void lay_over(Json& item, const Json& more) {
    for (const auto& [key, value] : more.members()) {
        if (value.is_string() && value.as_string().empty())
            item.erase(key);
        else
            item.set(key, value);
    }
}

/// A new main name makes the one before it a former name.
void retire_main_name(Json& state, const Json& added, Date day) {
    if (added["kind"].as_string() != "main") return;
    for (auto& name : list_of(state, "names").items()) {
        if (name["kind"].as_string() != "main" || name["id"] == added["id"]) continue;
        name.set("kind", "former");
        if (!name.has("until")) name.set("until", added["from"].is_string() ? added["from"].as_string() : to_iso(day));
    }
}

void fold_part(Json& state, const ledger::Event& event) {
    const Json& e = event.envelope;
    const std::string& part = e["part"].as_string();
    const std::string& id = e["id"].as_string();
    const std::string& done = e["done"].as_string();
    if (done == "removed") {
        auto& items = list_of(state, part).items();
        items.erase(std::remove_if(items.begin(), items.end(), [&](const Json& item) { return item["id"].as_string() == id; }), items.end());
        if (part == "contact_points") {  // its rules go with it
            auto& rules = list_of(state, "contact_rules").items();
            rules.erase(std::remove_if(rules.begin(), rules.end(), [&](const Json& rule) { return rule["point"].as_string() == id; }), rules.end());
        }
        return;
    }
    Json* found = find_item(state, part, id);
    if (found == nullptr) {
        Json item = Json::object({{"id", id}});
        if (part == "contact_rules") item.set("noted_by", event.actor).set("noted_at", to_rfc3339(event.recorded_at));
        list_of(state, part).push(std::move(item));
        found = find_item(state, part, id);
    }
    lay_over(*found, e["item"]);
    lay_over(*found, event.payload["item"]);
    if (part == "names") {
        const Json copy = *found;
        retire_main_name(state, copy, london_date(event.recorded_at));
    }
}

void fold_distinct(Json& state, const ledger::Event& event) {
    auto& list = list_of(state, "distinct").items();
    const auto remove = [&](Seq other) {
        list.erase(std::remove_if(list.begin(), list.end(), [&](const Json& one) { return one["other"].as_integer() == other; }), list.end());
    };
    for (const auto& other : event.envelope["distinct_from"].items()) {
        remove(other.as_integer());
        Json one = Json::object({{"other", other}, {"by", event.actor}, {"at", to_rfc3339(event.recorded_at)}});
        one.set_if("why", event.payload["why"]);
        list.push_back(std::move(one));
    }
    for (const auto& other : event.envelope["distinct_withdrawn"].items()) remove(other.as_integer());
}

std::string day_text(const Json& item, std::string_view key) { return item[key].as_string(); }

}  // namespace

void fold_person(Json& state, const ledger::Event& event) {
    if (state.is_null()) state = Json::object();
    const Json& e = event.envelope;
    const Json& p = event.payload;
    if (event.kind == "subjects.person_recorded" || event.kind == "subjects.person_corrected") {
        for (const char* key : {"birth", "sex", "language", "interpreter", "contact_note", "names", "identifiers", "contact_points", "addresses"}) {
            if (!p.has(key)) continue;
            const bool nothing = (p[key].is_string() && p[key].as_string().empty()) || (p[key].is_object() && p[key].members().empty());
            if (nothing)
                state.erase(key);
            else
                state.set(key, p[key]);
        }
        if (event.kind == "subjects.person_recorded" && event.erased)
            state.set("names", Json::array({Json::object({{"id", "erased"}, {"kind", "main"}, {"family_name", "Erased"}})}));
    }
    if (e.has("safe_to_contact")) {
        state.set("safe_to_contact", e["safe_to_contact"]);
        if (e["safe_to_contact"].as_string() != "not_known")
            state.set("safe_noted_by", event.actor).set("safe_noted_at", to_rfc3339(event.recorded_at));
    }
    if (e.has("part")) fold_part(state, event);
    if (e.has("distinct_from") || e.has("distinct_withdrawn")) fold_distinct(state, event);
    if (e.has("merge_asked"))
        state.set("merge_asked",
                  Json::object({{"into", e["merge_asked"]}, {"by", event.actor}, {"at", to_rfc3339(event.recorded_at)}, {"why", p["why"]}}));
    if (e.has("merged_into")) {
        state.set("merged_into", e["merged_into"]);
        state.erase("merge_asked");
    }
    if (e["unmerged"].as_bool()) {
        state.erase("merged_into");
        state.erase("merge_asked");
    }
    state.set("version", event.version);
}

namespace {

Name name_of(const Json& j) {
    return {.id = j["id"].as_string(),
            .kind = j["kind"].as_string(),
            .title = j["title"].as_string(),
            .given_name = j["given_name"].as_string(),
            .middle_names = j["middle_names"].as_string(),
            .family_name = j["family_name"].as_string(),
            .from = day_text(j, "from"),
            .until = day_text(j, "until")};
}

ContactRule rule_of(const Json& j) {
    return {.id = j["id"].as_string(),
            .rule = j["rule"].as_string(),
            .point = j["point"].as_string(),
            .from_time = j["from_time"].as_string(),
            .to_time = j["to_time"].as_string(),
            .present = j["present"].as_string(),
            .words = j["words"].as_string(),
            .since = day_text(j, "since"),
            .until = day_text(j, "until"),
            .noted_by = j["noted_by"].as_integer(),
            .noted_at = parse_instant(j["noted_at"].as_string()).value_or(Instant{})};
}

/// "1987-11" of the document: kept in its normal form, so nothing can be wrong with it.
Birth birth_of(const Json& j) {
    const std::string& value = j["value"].as_string();
    Birth birth{.estimated = j["estimated"].as_bool()};
    if (value.size() >= 4) birth.year = std::stoi(value.substr(0, 4));
    if (value.size() >= 7) birth.month = std::stoi(value.substr(5, 2));
    if (value.size() >= 10) birth.day = std::stoi(value.substr(8, 2));
    return birth;
}

bool stands(const std::string& until) { return until.empty(); }

}  // namespace

PersonRecord record_of(const Json& state, Seq stream, std::string id) {
    PersonRecord record;
    record.person = {.stream = stream, .id = std::move(id), .details = {}, .merged_into = {}, .version = state["version"].as_integer()};
    if (state.has("merged_into")) record.person.merged_into = state["merged_into"].as_integer();
    for (const auto& one : state["names"].items()) record.names.push_back(name_of(one));
    std::stable_sort(record.names.begin(), record.names.end(), [](const Name& a, const Name& b) { return a.kind == "main" && b.kind != "main"; });
    for (const auto& one : state["identifiers"].items())
        record.identifiers.push_back(
            {.id = one["id"].as_string(), .kind = one["kind"].as_string(), .value = one["value"].as_string(), .issuer = one["issuer"].as_string()});
    for (const auto& one : state["contact_points"].items())
        record.contact_points.push_back({.id = one["id"].as_string(),
                                         .kind = one["kind"].as_string(),
                                         .value = one["value"].as_string(),
                                         .label = one["label"].as_string(),
                                         .from = day_text(one, "from"),
                                         .until = day_text(one, "until")});
    for (const auto& one : state["contact_rules"].items()) record.contact_rules.push_back(rule_of(one));
    for (const auto& one : state["addresses"].items())
        record.addresses.push_back({.id = one["id"].as_string(),
                                    .kind = one["kind"].as_string(),
                                    .text = one["text"].as_string(),
                                    .postcode = one["postcode"].as_string(),
                                    .uprn = one["uprn"].as_string(),
                                    .from = day_text(one, "from"),
                                    .until = day_text(one, "until")});
    record.safe_noted_by = state["safe_noted_by"].as_integer();
    record.safe_noted_at = parse_instant(state["safe_noted_at"].as_string()).value_or(Instant{});
    auto& d = record.person.details;
    if (!record.names.empty()) {
        d.title = record.names.front().title;
        d.given_name = record.names.front().given_name;
        d.middle_names = record.names.front().middle_names;
        d.family_name = record.names.front().family_name;
    }
    d.birth = birth_of(state["birth"]);
    d.date_of_birth = d.birth.date();
    d.sex = state["sex"].as_string();
    d.language = state["language"].as_string();
    d.interpreter = state["interpreter"].as_bool();
    // The main ones: the first that still stands.
    for (const auto& point : record.contact_points) {
        if (!stands(point.until)) continue;
        if (point.kind == "phone" && d.phone.empty()) d.phone = point.value;
        if (point.kind == "email" && d.email.empty()) d.email = point.value;
    }
    for (const auto& address : record.addresses)
        if (stands(address.until) && d.address.empty() && d.postcode.empty()) {
            d.address = address.text;
            d.postcode = address.postcode;
            d.uprn = address.uprn;
        }
    d.safe_to_contact = state["safe_to_contact"].is_string() ? state["safe_to_contact"].as_string() : "not_known";
    d.contact_note = state["contact_note"].as_string();
    return record;
}

const ContactPoint* PersonRecord::point(std::string_view id) const {
    const auto found = std::find_if(contact_points.begin(), contact_points.end(), [&](const ContactPoint& one) { return one.id == id; });
    return found == contact_points.end() ? nullptr : &*found;
}

PersonDetails PersonRecord::details() const {
    PersonDetails d = person.details;
    d.other_names = names.empty() ? names : std::vector<Name>(names.begin() + 1, names.end());
    d.identifiers = identifiers;
    for (const auto& point : contact_points)
        if (point.value != d.phone && point.value != d.email) d.other_points.push_back(point);
    for (const auto& address : addresses)
        if (address.text != d.address || address.postcode != d.postcode) d.other_addresses.push_back(address);
    return d;
}

Json Item::whole() const {
    Json all = open;
    for (const auto& [key, value] : closed.members()) all.set(key, value);
    return all;
}

// ---- Checking what is typed

namespace {

class Checking {
public:
    explicit Checking(const ItemAsk& ask) : ask_{ask} {}
    std::vector<FieldError> errors;
    Item item;

    bool has(std::string_view key) const { return ask_.typed.has(key); }
    bool is_new() const { return ask_.before.is_null(); }
    std::string typed(std::string_view key, bool multi_line = false) const { return tidy(ask_.typed[key].as_string(), multi_line); }
    /// The value as it will stand: typed, or the one before.
    std::string will_be(std::string_view key) const { return has(key) ? typed(key) : ask_.before[key].as_string(); }
    void wrong(std::string_view field, std::string message) { errors.push_back({ask_.prefix + std::string{field}, std::move(message)}); }

    void keep(Json& where, std::string_view key, std::string value) {
        if (is_new() && value.empty()) return;
        if (!is_new() && ask_.before[key].as_string() == value) return;
        where.set(key, std::move(value));
    }
    void line(std::string_view key, std::size_t most = longest_line) {
        if (!has(key)) return;
        const std::string value = typed(key);
        if (code_points(value) > most) return wrong(key, fmt::format("This has {} letters at most.", most));
        keep(item.closed, key, value);
    }
    void code(std::string_view key, std::string_view list, std::string_view otherwise, bool in_envelope = false) {
        if (!has(key) && !is_new()) return;
        std::string value = typed(key);
        if (value.empty()) value = otherwise;
        if (!is_code(list, value))
            return wrong(key, value.empty() ? "Choose one from the list."
                                            : fmt::format("\"{}\" is not one of the answers: choose one from the list.", cut(value, 40)));
        keep(in_envelope ? item.open : item.closed, key, value);
    }
    void day(std::string_view key, bool in_envelope = false) {
        if (!has(key)) return;
        const std::string value = typed(key);
        const auto found = value.empty() ? std::nullopt : parse_typed_date(value, ask_.today);
        if (!value.empty() && !found) return wrong(key, "Give a day that exists, like 3/11/2025, or leave it empty.");
        keep(in_envelope ? item.open : item.closed, key, found ? to_iso(*found) : "");
    }
    void in_order(std::string_view from, std::string_view until) {
        const auto first = end_of(from), last = end_of(until);
        if (first && last && *last < *first) wrong(until, "The end lies before the beginning.");
    }

private:
    std::optional<Date> end_of(std::string_view key) const { return parse_typed_date(will_be(key), ask_.today); }
    const ItemAsk& ask_;
};

void check_name(Checking& c) {
    c.code("kind", "name_kinds", "alias");
    for (const char* key : {"title", "given_name", "middle_names", "family_name"}) c.line(key, 100);
    if (letters_and_digits(c.will_be("given_name")) + letters_and_digits(c.will_be("family_name")) == 0)
        c.wrong("family_name", "Give a first name or a last name.");
    c.day("from");
    c.day("until");
    c.in_order("from", "until");
}

void check_identifier(Checking& c, Date today) {
    c.code("kind", "identifier_kinds", "");
    if (c.has("value") || c.is_new() || c.has("kind")) {
        const auto value = normal_identifier(c.will_be("kind"), c.will_be("value"), civil(today).year);
        if (!value)
            for (const auto& error : value.error().fields) c.wrong(error.field, error.message);
        else
            c.keep(c.item.closed, "value", *value);
    }
    c.line("issuer", 100);
}

void check_point(Checking& c) {
    c.code("kind", "contact_kinds", "");
    const std::string kind = c.will_be("kind");
    if (c.has("value") || c.is_new() || c.has("kind")) {
        std::string value = c.will_be("value");
        if (kind == "phone") {
            value = normal_phone(value);
            if (value.empty()) c.wrong("value", "Give a phone number, like 07700 900321.");
        } else if (kind == "email") {
            value = normal_email(value);
            if (value.empty()) c.wrong("value", "Give an e-mail address, like name@example.org.");
        } else if (letters_and_digits(value) < 2) {
            c.wrong("value", "Say how they are reached.");
        } else if (code_points(value) > longest_line) {
            c.wrong("value", fmt::format("This has {} letters at most.", longest_line));
        }
        if (!value.empty()) c.keep(c.item.closed, "value", value);
    }
    c.line("label", 100);
    c.day("from");
    c.day("until");
    c.in_order("from", "until");
}

std::string normal_time(const std::string& typed) {
    int hour = -1, minute = 0, read = 0;
    if (std::sscanf(typed.c_str(), "%d:%d%n", &hour, &minute, &read) < 2 || static_cast<std::size_t>(read) != typed.size()) {
        read = 0;
        minute = 0;
        if (std::sscanf(typed.c_str(), "%d%n", &hour, &read) < 1 || static_cast<std::size_t>(read) != typed.size()) return {};
    }
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || (hour == 24 && minute != 0)) return {};
    return fmt::format("{:02}:{:02}", hour, minute);
}

void check_rule(Checking& c, const ItemAsk& ask) {
    c.code("rule", "contact_rules", "", true);
    const std::string rule = c.will_be("rule");
    const std::string point = c.will_be("point");
    if (!point.empty()) {
        const auto& points = ask.state["contact_points"].items();
        if (std::none_of(points.begin(), points.end(), [&](const Json& one) { return one["id"].as_string() == point; }))
            c.wrong("point", "There is no such way of contact any more: choose one from the list, or every way.");
    }
    if (c.has("point")) c.keep(c.item.open, "point", point);
    const std::string from = normal_time(c.will_be("from_time")), to = normal_time(c.will_be("to_time"));
    if (rule == "only_between") {
        if (from.empty()) c.wrong("from_time", "Give the earliest time, like 9:00.");
        if (to.empty()) c.wrong("to_time", "Give the latest time, like 15:30.");
        if (!from.empty() && from == to) c.wrong("to_time", "The two times are the same.");
        c.keep(c.item.open, "from_time", from);
        c.keep(c.item.open, "to_time", to);
    }
    c.line("present", 100);
    if (rule == "not_when_present" && letters_and_digits(c.will_be("present")) < 2) c.wrong("present", "Say who must not be there.");
    c.line("words", longest_words);
    c.day("since", true);
    c.day("until", true);
    c.in_order("since", "until");
    if (c.is_new() && !c.item.open.has("since")) c.item.open.set("since", to_iso(ask.today));
}

void check_address(Checking& c) {
    c.code("kind", "address_kinds", "home");
    c.line("text");
    if (c.has("postcode")) {
        const std::string typed = c.typed("postcode"), normal = normal_postcode(typed);
        if (!typed.empty() && normal.empty())
            c.wrong("postcode", "Give a whole postcode, like YO12 7QP, or leave it empty.");
        else
            c.keep(c.item.closed, "postcode", normal);
    }
    if (c.has("uprn")) {
        std::string uprn = c.typed("uprn");
        const bool digits = std::all_of(uprn.begin(), uprn.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
        if (!digits || uprn.size() > 12)
            c.wrong("uprn", "A UPRN has one to twelve digits.");
        else
            c.keep(c.item.closed, "uprn", uprn.erase(0, std::min(uprn.find_first_not_of('0'), uprn.size())));
    }
    if (letters_and_digits(c.will_be("text")) + letters_and_digits(c.will_be("postcode")) == 0)
        c.wrong("text", "Give a house and street, or a postcode.");
    c.day("from");
    c.day("until");
    c.in_order("from", "until");
}

/// The other person is looked up by the caller, who asks access: `other` is then a number.
void check_relationship(Checking& c, const ItemAsk& ask) {
    c.code("kind", "relationship_kinds", "", true);
    if (c.is_new()) {
        if (ask.typed["other"].as_integer() <= 0)
            c.wrong("other", "Choose the other person: record them first where they are not held yet.");
        else
            c.item.open.set("other", ask.typed["other"]);
    }
    c.day("since", true);
    c.day("until", true);
    c.in_order("since", "until");
    c.line("words", longest_words);
    if (c.will_be("kind") == "other" && letters_and_digits(c.will_be("words")) < 3) c.wrong("words", "Say how they have to do with each other.");
}

}  // namespace

Result<Item> checked_item(const ItemAsk& ask) {
    Checking checking{ask};
    if (ask.part == "names") check_name(checking);
    if (ask.part == "identifiers") check_identifier(checking, ask.today);
    if (ask.part == "contact_points") check_point(checking);
    if (ask.part == "contact_rules") check_rule(checking, ask);
    if (ask.part == "addresses") check_address(checking);
    if (ask.part == "relationships") check_relationship(checking, ask);
    if (!checking.errors.empty()) return Refusal{Because::invalid, "subjects.part", "Some answers need another look.", std::move(checking.errors)};
    return std::move(checking.item);
}

bool is_part(std::string_view part) { return !part_label(part).empty(); }

std::string part_label(std::string_view part) {
    if (part == "names") return "Name";
    if (part == "identifiers") return "Number";
    if (part == "contact_points") return "Way of contact";
    if (part == "contact_rules") return "Rule of safe contact";
    if (part == "addresses") return "Address";
    if (part == "relationships") return "Relationship";
    return {};
}

std::string item_in_words(std::string_view part, const Json& item) {
    std::string text;
    if (part == "names") text = fmt::format("{}: {}", label_of("name_kinds", item["kind"].as_string()), name_of(item).full());
    if (part == "identifiers") text = fmt::format("{} {}", label_of("identifier_kinds", item["kind"].as_string()), item["value"].as_string());
    if (part == "contact_points") text = fmt::format("{} {}", label_of("contact_kinds", item["kind"].as_string()), item["value"].as_string());
    if (part == "contact_rules") text = in_words(rule_of(item));
    if (part == "addresses")
        text = fmt::format("{}: {}", label_of("address_kinds", item["kind"].as_string()),
                           trim(item["text"].as_string() + (item["text"].as_string().empty() || item["postcode"].as_string().empty() ? "" : ", ") +
                                item["postcode"].as_string()));
    if (part == "relationships") text = label_of("relationship_kinds", item["kind"].as_string());
    for (const char* key : {"issuer", "label"})
        if (!item[key].as_string().empty()) text += ", " + item[key].as_string();
    if (const auto until = parse_date(item["until"].as_string()); until && part != "contact_rules") text += ", until " + in_words(*until);
    return text;
}

}  // namespace concord::subjects
