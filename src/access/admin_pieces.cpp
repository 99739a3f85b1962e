#include <algorithm>

#include <fmt/format.h>

#include "access/admin.hpp"
#include "base/text.hpp"
#include "web/pieces.hpp"

/// Questions, history and answers that all administration pages share.
namespace concord::access {

using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;

namespace {

std::optional<ui::ErrorMessage> error_at(const Typed& typed) {
    const auto message = error_of(typed.refusal, typed.name);
    if (message.empty()) return {};
    return ui::ErrorMessage{.text = message};
}
std::optional<ui::Hint> hint_of(const Typed& typed) {
    if (typed.hint.empty()) return {};
    return ui::Hint{typed.hint};
}

std::string actor_words(store::Reader& reader, Seq actor) {
    if (actor == 0) return "Concord";
    const std::string name = name_of(reader, "app_user", actor);
    return name.empty() ? "somebody who was erased" : name;
}

}  // namespace

Html text_question(const Typed& typed) {
    return ui::input({.label = {typed.label},
                      .hint = hint_of(typed),
                      .error_message = error_at(typed),
                      .name = typed.name,
                      .value = typed.value,
                      .classes = typed.classes});
}
Html long_question(const Typed& typed) {
    return ui::textarea(
        {.label = {typed.label}, .hint = hint_of(typed), .error_message = error_at(typed), .name = typed.name, .value = typed.value, .rows = 3});
}
Html select_question(const Typed& typed, const std::vector<std::pair<std::string, std::string>>& choices) {
    std::vector<ui::SelectItem> items;
    for (const auto& [code, label] : choices) items.push_back({.text = label, .value = code});
    return ui::select({.label = {typed.label},
                       .hint = hint_of(typed),
                       .error_message = error_at(typed),
                       .name = typed.name,
                       .items = std::move(items),
                       .value = typed.value});
}
Html date_question(const Typed& typed) {
    Typed with_width = typed;
    with_width.classes = "govuk-input--width-10";
    if (with_width.hint.empty()) with_width.hint = "Like 1/4/2027";
    return text_question(with_width);
}

std::string mark_in_words(std::string_view mark) {
    if (mark == "cfg") return "Our own choice";
    if (mark == "gk") return "Not confirmed";
    return "Found in the source";
}
Html mark_tag(std::string_view mark) { return tag(mark_in_words(mark), mark == "cfg" ? "blue" : mark == "gk" ? "yellow" : "green"); }

Html mark_questions(const std::string& mark, const std::string& source, const Refusal* refusal) {
    const auto message = error_of(refusal, "mark");
    std::optional<ui::ErrorMessage> error;
    if (!message.empty()) error = ui::ErrorMessage{.text = message};
    return text_question({.label = "Where it comes from",
                          .name = "source",
                          .value = source,
                          .hint = "The Act with its section, the guidance, or the minute of the decision",
                          .refusal = refusal}) +
           ui::radios({.fieldset = ui::Fieldset{.legend = {.text = "How sure is it?", .classes = "govuk-fieldset__legend--s"}},
                       .error_message = error,
                       .id_prefix = "mark",
                       .name = "mark",
                       .items = {{.text = "Found in the source named", .value = "source"},
                                 {.text = "Our own choice", .value = "cfg", .hint = ui::Hint{"The partnership may set it as it likes"}},
                                 {.text = "General knowledge, not confirmed yet", .value = "gk"}},
                       .value = mark});
}

Html history(store::Reader& reader, ledger::Ledger& ledger, Seq stream, std::size_t most) {
    auto events = ledger.read(reader, stream);
    std::reverse(events.begin(), events.end());
    std::vector<ui::Moment> moments;
    for (const auto& event : events) {
        if (moments.size() == most) break;
        const std::string summary = event.envelope["summary"].as_string();
        moments.push_back({.title = summary.empty() ? (event.version == 1 ? "Created" : "Changed") : summary,
                           .by = actor_words(reader, event.actor),
                           .when = in_words(event.recorded_at),
                           .iso = to_rfc3339(event.recorded_at)});
    }
    return ui::section("history", "History", ui::timeline(moments));
}

Json history_json(store::Reader& reader, ledger::Ledger& ledger, Seq stream) {
    Json items = Json::array();
    for (const auto& event : ledger.read(reader, stream)) {
        Json one = Json::object({{"version", event.version},
                                 {"kind", event.kind},
                                 {"recorded_at", to_rfc3339(event.recorded_at)},
                                 {"actor", actor_words(reader, event.actor)}});
        one.set_if("summary", event.envelope["summary"]);
        items.push(std::move(one));
    }
    return items;
}

Html saved_banner(const Request& request, std::string_view words) {
    if (request.asked("saved").empty()) return {};
    return ui::notification_banner({.text = words, .type = "success"});
}

Html clash_note(const Refusal* refusal) {
    if (refusal == nullptr || refusal->because != Because::stale) return {};
    return ui::warning_text(
        {.text = "What you typed is kept below. The history shows what the other person did: look at it, then save again if yours still holds."});
}

std::string known_kind(const AgencyKinds& kinds, BodyKind of, std::string_view kind) {
    if (of == BodyKind::agency)
        for (const auto& [code, label] : kinds())
            if (code == kind) return code;
    return {};
}

std::optional<std::int64_t> expected_version(const Request& request) {
    std::string text{request.header("if-match")};
    if (text.empty()) text = request.typed("version");
    if (text.starts_with("W/")) text.erase(0, 2);
    text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
    if (text.empty() || text == "*" || text.size() > 18) return {};
    // A version that is none is one that nobody has: it clashes.
    return text.find_first_not_of("0123456789") == std::string::npos ? std::stoll(text) : std::int64_t{-1};
}

Response tagged(const Json& value, std::int64_t version, int status) {
    Response response = web::json(value, status);
    response.with("etag", web::etag(version));
    return response;
}

Response refusal_json(const Request& request, const Refusal& refusal, const std::function<Json()>& current) {
    if (refusal.because != Because::stale || !current) return web::problem(refusal, request.reference);
    return web::stale(refusal, request.reference, current());
}

}  // namespace concord::access
