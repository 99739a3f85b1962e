#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/subject_codes.hpp"
#include "web/components.hpp"

/// Safe to contact: what may be used when, and what every page shows beside a phone number.
namespace concord::subjects {
namespace {

using web::el;
using web::Html;

bool stands(const ContactRule& rule, Date on) {
    const auto since = parse_date(rule.since), until = parse_date(rule.until);
    return (!since || *since <= on) && (!until || *until >= on);
}

bool is_about(const ContactRule& rule, const ContactPoint& point) { return rule.point.empty() || rule.point == point.id; }

/// From 22:00 to 06:00 goes over midnight.
bool is_between(const std::string& now, const std::string& from, const std::string& to) {
    return from <= to ? now >= from && now <= to : now >= from || now <= to;
}

std::string clock_in_london(Instant at) {
    const auto time = london_time(at);
    return fmt::format("{:02}:{:02}", time.hour, time.minute);
}

bool still_used(const ContactPoint& point, Date on) {
    const auto until = parse_date(point.until);
    return !until || *until >= on;
}

std::string spaced_phone(const std::string& value) {
    if (!value.starts_with("+44") || value.size() != 13) return value;
    return "0" + value.substr(3, 4) + " " + value.substr(7);
}

}  // namespace

std::string in_words(const ContactRule& rule) {
    std::string words = label_of("contact_rules", rule.rule);
    if (rule.rule == "only_between") words = fmt::format("Only between {} and {}", rule.from_time, rule.to_time);
    if (rule.rule == "not_when_present") words = fmt::format("Not when {} is present", rule.present);
    return words;
}

ContactAdvice advise(const PersonRecord& record, const ContactPoint& point, Instant now) {
    const Date today = london_date(now);
    ContactAdvice advice;
    bool noted_safe = record.person.details.safe_to_contact == "yes", forbidden = false;
    if (!still_used(point, today)) {
        forbidden = true;
        advice.because.push_back("This way is no longer in use");
    }
    if (record.person.details.safe_to_contact == "no") {
        forbidden = true;
        advice.because.push_back("It was noted that contact is not safe");
    }
    for (const auto& rule : record.contact_rules) {
        if (!stands(rule, today) || !is_about(rule, point)) continue;
        if (rule.rule == "never") {
            forbidden = true;
            advice.because.push_back(in_words(rule));
        } else if (rule.rule == "only_between") {
            if (is_between(clock_in_london(now), rule.from_time, rule.to_time)) {
                noted_safe = true;
            } else {
                forbidden = true;
                advice.because.push_back(in_words(rule));
            }
        } else if (rule.rule == "preferred") {
            noted_safe = true;
        } else {
            advice.cautions.push_back(in_words(rule));
        }
    }
    advice.not_recorded = !forbidden && !noted_safe;
    if (advice.not_recorded) advice.because.push_back("Nobody has noted that this way is safe");
    advice.allowed = !forbidden && noted_safe;
    if (advice.allowed) advice.because.push_back("Noted as safe");
    return advice;
}

web::Html contact_warning(const PersonRecord& record, const std::string& noted_by) {
    const auto& d = record.person.details;
    std::vector<std::string> lines;
    if (d.safe_to_contact == "no") lines.push_back("Not safe to contact.");
    for (const auto& rule : record.contact_rules) {
        if (!rule.until.empty() || rule.rule == "preferred") continue;
        const auto* point = record.point(rule.point);
        std::string line = in_words(rule);
        if (point != nullptr)
            line += fmt::format(" ({} {})", lower_ascii(label_of("contact_kinds", point->kind)),
                                point->kind == "phone" ? spaced_phone(point->value) : point->value);
        lines.push_back(line + ".");
    }
    if (lines.empty() && d.safe_to_contact == "yes") return {};
    if (lines.empty()) lines.push_back("Nobody has noted whether it is safe to contact this person: ask before you phone or write.");
    Html text = web::each(lines, [](const std::string& line) { return Html{line} + Html{" "}; });
    if (!d.contact_note.empty()) text += Html{d.contact_note + " "};
    if (!noted_by.empty()) text += Html{noted_by};
    return web::ui::warning_text({.text = text, .icon_fallback_text = "Warning", .classes = {}, .attributes = {{"data-cc", "safety"}}});
}

namespace {

std::string_view verb_of(const ContactPoint& point) {
    if (point.kind == "phone") return "ring";
    return point.kind == "email" || point.kind == "post" || point.kind == "social" ? "write" : "use it";
}

Html tag_of(const std::string& text, std::string_view colour) {
    return el("strong", {{"class", fmt::format("govuk-tag govuk-tag--{}", colour)}}, text);
}

}  // namespace

std::string relationship_label(std::string_view kind) { return label_of("relationship_kinds", kind); }

std::string value_in_words(const ContactPoint& point) { return point.kind == "phone" ? spaced_phone(point.value) : point.value; }

/// First whether it may be used at this moment, then what holds beside that: whoever has the receiver in the hand reads all of it.
Html contact_tags(const PersonRecord& record, const ContactPoint& point, Instant now) {
    const Date today = london_date(now);
    const auto advice = advise(record, point, now);
    const std::string verb{verb_of(point)};
    Html tags;
    std::string hours;
    for (const auto& rule : record.contact_rules)
        if (rule.rule == "only_between" && stands(rule, today) && is_about(rule, point))
            hours = fmt::format(", only between {} and {}", rule.from_time, rule.to_time);
    if (advice.allowed)
        tags += tag_of(fmt::format("Safe to {} now{}", verb, hours), "green");
    else if (advice.not_recorded)
        tags += tag_of("Nobody has noted that this is safe: ask first", "orange");
    else
        for (const auto& why : advice.because)
            tags += Html{tags.empty() ? "" : " "} + tag_of(fmt::format("Do not {}{}: {}", verb, why.starts_with("Only between") ? " now" : "",
                                                                       lower_ascii(why.substr(0, 1)) + why.substr(1)),
                                                           "red");
    for (const auto& caution : advice.cautions) tags += Html{" "} + tag_of(caution, "orange");
    for (const auto& rule : record.contact_rules)
        if (!rule.words.empty() && stands(rule, today) && is_about(rule, point)) tags += Html{" "} + el("span", {{"data-cc", "muted"}}, rule.words);
    return tags;
}

web::Html contact_lines(store::Reader& reader, const access::Context& context, Seq person) {
    if (!context.may(reader, "read", {.kind = "person", .seq = person}).allowed) return {};
    const auto record = person_record(reader, person);
    if (!record) return {};
    Html lines;
    for (const auto& point : record->contact_points) {
        if (!still_used(point, context.today())) continue;
        Html line = el("strong", fmt::format("{} {}", label_of("contact_kinds", point.kind), value_in_words(point)));
        if (!point.label.empty()) line += Html{", " + point.label};
        lines += el("li", line + Html{" "} + contact_tags(*record, point, context.now()));
    }
    if (lines.empty()) return {};
    if (!record->person.details.contact_note.empty()) lines += el("li", {{"data-cc", "muted"}}, record->person.details.contact_note);
    return el("ul", {{"class", "govuk-list"}, {"data-cc", "contact"}}, lines);
}

}  // namespace concord::subjects
