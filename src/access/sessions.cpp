#include "access/sessions.hpp"

#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "base/hash.hpp"

namespace concord::access {
namespace {

std::string_view cookie_of(const web::Request& request) {
    const auto secure = request.cookie(secure_cookie);
    return secure.empty() ? request.cookie(plain_cookie) : secure;
}

constexpr auto session_lasts = std::chrono::hours{10};  // CFG: interoperability.md section 2
constexpr auto before_sign_in_lasts = std::chrono::hours{2};

}  // namespace

std::optional<Session> current_session(store::Database& db, const web::Request& request, Instant now) {
    const auto cookie = cookie_of(request);
    if (cookie.empty()) return {};
    return db.reading([&](store::Reader& reader) -> std::optional<Session> {
        const auto row = reader.select_one(
            "itt"
            "t",
            R"sql(
            select s.user_seq, s.csrf, p.theme, p.density from session s left join preference p on p.user_seq = s.user_seq
             where s.token_hash = :hash and s.ends_at > :now)sql",
            {{"hash", sha256_hex(cookie)}, {"now", now}});
        if (!row) return {};
        Session session{.csrf = row->text(1),
                        .theme = row->is_null(2) ? "auto" : row->text(2),
                        .density = row->is_null(3) ? "compact" : row->text(3),
                        .actor = {}};
        if (row->integer(0) != 0) session.actor = actor_of(reader, row->integer(0));
        return session;
    });
}

std::optional<Actor> actor_of_token(store::Database& db, std::string_view token, Instant now) {
    return db.reading([&](store::Reader& reader) -> std::optional<Actor> {
        const auto row = reader.select_one("ii", "select user_seq, may_write from api_token where token_hash = :hash and ends_at > :now",
                                           {{"hash", sha256_hex(token)}, {"now", now}});
        if (!row) return {};
        auto actor = actor_of(reader, row->integer(0));
        if (actor) {
            actor->by_token = true;
            actor->may_write = row->truth(1);
        }
        return actor;
    });
}

NewSession start_session(store::Database& db, const web::Request& request, Seq user, Instant now) {
    const std::string token = random_token();
    NewSession session{.cookie = {}, .csrf = random_token()};
    const Instant ends = now + std::chrono::duration_cast<std::chrono::microseconds>(user == 0 ? std::chrono::hours{before_sign_in_lasts}
                                                                                               : std::chrono::hours{session_lasts});
    db.write([&](store::Transaction& tx) {
        tx.execute("delete from session where ends_at < :now", {{"now", now}});
        tx.execute("insert into session (token_hash, user_seq, csrf, made_at, seen_at, ends_at) values (:hash, :user, :csrf, :now, :now, :ends)",
                   {{"hash", sha256_hex(token)}, {"user", user}, {"csrf", session.csrf}, {"now", now}, {"ends", ends}});
        return true;
    });
    // A browser may refuse a __Host- cookie on plain loopback.
    const bool plain = !request.over_tls && request.from_loopback;
    session.cookie = fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}", plain ? plain_cookie : secure_cookie, token, plain ? "" : "; Secure");
    return session;
}

void end_session(store::Database& db, const web::Request& request) {
    const std::string hash = sha256_hex(cookie_of(request));
    db.write([&](store::Transaction& tx) {
        tx.execute("delete from session where token_hash = :hash", {{"hash", hash}});
        return true;
    });
}

}  // namespace concord::access
