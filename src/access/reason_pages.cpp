#include <fmt/format.h>

#include "access/access.hpp"
#include "access/asking.hpp"
#include "access/sessions.hpp"
#include "base/text.hpp"
#include "web/components.hpp"

/// "Why do you look?": once a session and record, for restricted and locked records. hub-casework.md section 12: every read of one is logged with a
/// reason.
namespace concord::access {
namespace {

using web::absent;
using web::Html;
using web::Request;
using web::Response;
namespace ui = web::ui;

constexpr std::chrono::microseconds reason_lasts = std::chrono::minutes{15};  // unused (CFG)
constexpr std::size_t least_letters = 10;

struct Record {
    Seq seq = 0;
    std::string id, kind;
};
std::optional<Record> find_record(store::Reader& reader, std::string_view id) {
    const auto row = reader.select_one("itt", "select seq, id, kind from stream where id = :id", {{"id", id}});
    if (!row) return {};
    return Record{row->integer(0), row->text(1), row->text(2)};
}

Response reason_page(const Request& request, const Context& context, const Record& record, std::string_view to, std::string_view typed,
                     std::string_view error) {
    Html main;
    if (!error.empty()) main += ui::error_summary({.error_list = {{.text = Html{error}, .href = "#reason"}}});
    main += ui::head("Why do you need to see this?", "Restricted record");
    main += ui::paragraph(
        "This record is restricted to named people, and you are one of them. Your reason is kept with your name and the time, where the "
        "record's officers and the information governance lead can read it.");
    ui::Input input{
        .label = {"Your reason"}, .hint = ui::Hint{"One line, as you would say it to a colleague. It holds for this visit."}, .name = "reason"};
    input.value = std::string{typed};
    if (!error.empty()) input.error_message = ui::ErrorMessage{Html{error}};
    main += web::el("form", {{"method", "post"}, {"action", "/reason"}},
                    ui::csrf_field(context.csrf) + web::void_el("input", {{"type", "hidden"}, {"name", "thing"}, {"value", record.id}}) +
                        web::void_el("input", {{"type", "hidden"}, {"name", "to"}, {"value", std::string{to}}}) + ui::input(input) +
                        ui::button({.text = "Continue"}));
    return context.page(request, error.empty() ? "Why do you need to see this?" : "Error: Why do you need to see this?", main,
                        error.empty() ? 200 : 422);
}

/// The record that is asked about, where the actor may read it.
std::optional<Record> readable_record(const Context& context, std::string_view id) {
    return context.db.reading([&](store::Reader& reader) -> std::optional<Record> {
        auto record = find_record(reader, id);
        const Thing thing{.kind = record ? record->kind : "case", .seq = record ? record->seq : -1};
        if (!context.may(reader, "read", thing).allowed) return {};
        return record;
    });
}

Response show(const Request& request, Context& context) {
    const auto record = readable_record(context, request.asked("thing"));
    if (!record || context.actor.session.empty()) return absent();
    return reason_page(request, context, *record, safe_target(request.asked("to")), "", "");
}

Response send(const Request& request, Context& context) {
    const auto record = readable_record(context, request.typed("thing"));
    if (!record || context.actor.session.empty()) return absent();
    const std::string reason = cut(tidy(request.typed("reason")), 500), to = safe_target(request.typed("to"));
    if (letters_and_digits(reason) < least_letters)
        return reason_page(request, context, *record, to, reason, "Say in a few words why you need to see it (at least 10 letters).");
    context.db.write([&](store::Transaction& tx) {
        tx.execute("delete from read_reason where session = :session and record = :record",
                   {{"session", context.actor.session}, {"record", record->seq}});
        tx.execute("insert into read_reason (session, record, reason, used_at) values (:session, :record, :reason, :now)",
                   {{"session", context.actor.session}, {"record", record->seq}, {"reason", reason}, {"now", context.now()}});
        return true;
    });
    return web::see_other(to);
}

}  // namespace

bool has_reason(store::Reader& reader, const Context& context, Seq record, std::string_view action) {
    if (restriction_of(reader, record) == "normal") return true;
    context.reason_about = record;
    if (context.actor.session.empty()) {
        context.reason = context.typed_reason.empty() ? "No reason was given (API)" : context.typed_reason;
        return true;
    }
    const auto row = reader.select_one("ti", "select reason, used_at from read_reason where session = :session and record = :record",
                                       {{"session", context.actor.session}, {"record", record}});
    const bool too_old = row && context.now() - row->instant(1) > reason_lasts;
    if (!row || (too_old && action == "read" && !context.changes)) {
        context.reason_about = 0;
        return false;
    }
    context.reason = row->text(0);
    context.reason_used = row->instant(1);
    return true;
}

void keep_reason_alive(store::Database& db, const Context& context) {
    if (context.actor.session.empty() || context.now() - context.reason_used < std::chrono::minutes{1}) return;
    db.write([&](store::Transaction& tx) {
        tx.execute("update read_reason set used_at = :now where session = :session and record = :record",
                   {{"now", context.now()}, {"session", context.actor.session}, {"record", context.reason_about}});
        return true;
    });
}

Response ask_reason(const Services& services, const Request& request, const Context& context) {
    if (request.wants_json())
        return web::problem(
            Refusal{Because::not_allowed, "access.reason_needed",
                    "This record is restricted: open it in Concord and say why you need to see it, or send the reason as Concord-Reason."},
            request.reference);
    const auto id = services.db.reading([&](store::Reader& reader) { return services.ledger.id_of(reader, context.reason_needed); });
    return web::see_other("/reason?" +
                          web::encode_query({{"thing", id.value_or("")}, {"to", request.method == "GET" ? request.target : "/my-work"}}));
}

void add_reason_routes(Routes& routes, const Services&) {
    routes.get("/reason", "Asks why a restricted record is looked at", "access", show);
    routes.post("/reason", "Keeps the reason for this visit", "access", send);
}

}  // namespace concord::access
