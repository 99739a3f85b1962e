#include "access/drafts.hpp"

#include <algorithm>

#include "web/pieces.hpp"

namespace concord::access {
namespace {

constexpr std::size_t most_letters = 200'000;
constexpr int most_drafts = 200;
constexpr std::int64_t kept_micros = 30LL * 24 * 3600 * 1'000'000;

Draft of(const store::Row& row) {
    auto body = parse_json(row.text(1));
    return {row.text(0), body ? std::move(*body) : Json::object(), row.instant(2)};
}

web::Response keep(const web::Request& request, Context& context) {
    const auto key = request.typed("key");
    const auto fields = parse_json(request.typed("fields"));
    const bool good_key = !key.empty() && key.size() <= 200 && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!good_key || !fields || !fields->is_object() || request.typed("fields").size() > most_letters)
        return web::problem(422, "This draft cannot be kept", "A draft has a key and fields as JSON, 200,000 letters at most.", request.reference);
    (void)context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        save_draft(tx, context.actor.user, key, *fields, context.now());
        return Done{};
    });
    return web::Response{.status = 204, .headers = {}, .body = {}, .file = {}};
}

}  // namespace

std::optional<Draft> draft(store::Reader& reader, Seq user, std::string_view key) {
    const auto row = reader.select_one("tti", "select form_key, body, saved_at from draft where user_seq = :user and form_key = :key",
                                       {{"user", user}, {"key", key}});
    return row ? std::optional<Draft>{of(*row)} : std::nullopt;
}

std::vector<Draft> drafts_like(store::Reader& reader, Seq user, std::string_view prefix, std::size_t limit) {
    std::vector<Draft> found;
    for (const auto& row :
         reader.select("tti",
                       "select form_key, body, saved_at from draft where user_seq = :user and form_key >= :from and form_key < :to order by "
                       "saved_at desc limit :limit",
                       {{"user", user}, {"from", prefix}, {"to", std::string{prefix} + "\x7f"}, {"limit", limit}}))
        found.push_back(of(row));
    return found;
}

void save_draft(store::Transaction& tx, Seq user, std::string_view key, const Json& body, Instant at) {
    tx.execute("delete from draft where user_seq = :user and (form_key = :key or saved_at < :old)",
               {{"user", user}, {"key", key}, {"old", Instant{at.micros - kept_micros}}});
    if (tx.count("select count(*) from draft where user_seq = :user", {{"user", user}}) >= most_drafts)
        tx.execute("delete from draft where user_seq = :user and saved_at = (select min(saved_at) from draft where user_seq = :user)",
                   {{"user", user}});
    tx.execute("insert into draft (user_seq, form_key, body, saved_at) values (:user, :key, :body, :at)",
               {{"user", user}, {"key", key}, {"body", to_text(body)}, {"at", at}});
}

void drop_draft(store::Transaction& tx, Seq user, std::string_view key) {
    tx.execute("delete from draft where user_seq = :user and (form_key = :key or (form_key > :from and form_key < :to))",
               {{"user", user}, {"key", key}, {"from", std::string{key} + ":"}, {"to", std::string{key} + ":\x7f"}});
}

Unsent unsent(store::Reader& reader, const Context& context, const web::Request& request, std::string_view key) {
    Unsent out{request, {}};
    if (request.method != "GET" || request.asked("draft") == "no") return out;
    const auto kept = draft(reader, context.actor.user, key);
    if (!kept) return out;
    for (const auto& [name, values] : kept->body.members())
        for (const auto& value : values.items()) out.request.form.emplace_back(name, value.as_string());
    out.saved_at = kept->saved_at;
    return out;
}

web::Html draft_line(const Unsent& unsent) {
    if (!unsent.saved_at) return web::el("span", {{"data-cc", "saved"}}, "");
    return web::ui::saved(web::Html{"Draft of " + in_words(*unsent.saved_at) + ". "} +
                          web::pieces::link(unsent.request.path + "?draft=no", "Begin without it"));
}

void add_draft_routes(Routes& routes) { routes.post("/drafts", "Keeps what is typed and not yet sent", "pages", keep, Asks::signed_in); }

}  // namespace concord::access
