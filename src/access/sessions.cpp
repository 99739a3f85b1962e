#include "access/sessions.hpp"

#include <fmt/format.h>

#include "access/directory.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace concord::access {
namespace {

// CFG, interoperability.md section 2: sixty minutes without a request, ten hours in all.
constexpr std::chrono::microseconds session_lasts = std::chrono::hours{10};
constexpr std::chrono::microseconds idle_lasts = std::chrono::minutes{60};
constexpr std::chrono::microseconds seen_is_fresh = std::chrono::minutes{1};

void seen_now(store::Database& db, const std::string& hash, Instant now) {
    db.write([&](store::Transaction& tx) {
        tx.execute("update session set seen_at = :now where token_hash = :hash and seen_at < :now", {{"now", now}, {"hash", hash}});
        return true;
    });
}

/// The form's token follows from the visitor's cookie, which another site can neither read nor set.
std::string visitor_csrf(std::string_view cookie) { return sha256_hex(fmt::format("sign-in|{}", cookie)); }

std::string set_cookie(const web::Request& request, std::string_view token) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}", request.over_tls ? secure_cookie : plain_cookie, token,
                       request.over_tls ? "; Secure" : "");
}

}  // namespace

std::optional<Actor> Actors::get(store::Reader& reader, Seq user, std::int64_t epoch) {
    seen_->saw(epoch);
    directory_is_of(reader, epoch);
    {
        const std::lock_guard lock{mutex_};
        if (epoch_ != epoch) {
            known_.clear();
            epoch_ = epoch;
        }
        if (const auto found = known_.find(user); found != known_.end()) return found->second;
    }
    auto actor = actor_of(reader, user);  // no older than the epoch
    const std::lock_guard lock{mutex_};
    if (actor && epoch_ == epoch) known_.insert_or_assign(user, *actor);
    return actor;
}

std::string_view cookie_of(const web::Request& request) { return request.cookie(request.over_tls ? secure_cookie : plain_cookie); }

std::optional<Session> current_session(store::Database& db, Actors& actors, const web::Request& request, Instant now) {
    const auto cookie = cookie_of(request);
    if (cookie.empty()) return {};
    const std::string hash = sha256_hex(cookie);
    Instant seen = now;
    auto found = db.reading([&](store::Reader& reader) -> std::optional<Session> {
        const auto row = reader.select_one(
            "itt"
            "tii",
            R"sql(
            select s.user_seq, s.csrf, p.theme, p.density, s.seen_at, (select value from actor_epoch where id = 1) from session s left join preference p on p.user_seq = s.user_seq
             where s.token_hash = :hash and s.ends_at > :now and s.seen_at > :idle)sql",
            {{"hash", hash}, {"now", now}, {"idle", now + -idle_lasts}});
        if (!row) return Session{.csrf = visitor_csrf(cookie), .theme = "auto", .density = "compact", .actor = {}};
        Session session{.csrf = row->text(1),
                        .theme = row->is_null(2) ? "auto" : row->text(2),
                        .density = row->is_null(3) ? "compact" : row->text(3),
                        .actor = {}};
        session.actor = actors.get(reader, row->integer(0), row->integer(5));
        if (session.actor) session.actor->session = hash;
        seen = row->instant(4);
        return session;
    });
    if (found && found->actor && now - seen > seen_is_fresh) seen_now(db, hash, now);
    return found;
}

std::optional<Actor> actor_of_token(store::Database& db, Actors& actors, std::string_view token, Instant now) {
    return db.reading([&](store::Reader& reader) -> std::optional<Actor> {
        const auto row = reader.select_one(
            "iii",
            "select user_seq, may_write, (select value from actor_epoch where id = 1) from api_token where token_hash = :hash and ends_at > :now",
            {{"hash", sha256_hex(token)}, {"now", now}});
        if (!row) return {};
        auto actor = actors.get(reader, row->integer(0), row->integer(2));
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
    const Instant ends = now + session_lasts;
    db.write([&](store::Transaction& tx) {
        tx.execute("delete from session where ends_at < :now or seen_at < :idle", {{"now", now}, {"idle", now + -idle_lasts}});
        tx.execute("delete from read_reason where not exists (select 1 from session s where s.token_hash = read_reason.session)");
        tx.execute(
            "insert into session (token_hash, user_seq, csrf, made_at, seen_at, ends_at, from_address, agent) values (:hash, :user, :csrf, :now, "
            ":now, "
            ":ends, :from, :agent)",
            {{"hash", sha256_hex(token)},
             {"user", user},
             {"csrf", session.csrf},
             {"now", now},
             {"ends", ends},
             {"from", request.remote_address},
             {"agent", tidy(cut(request.header("user-agent"), 300))}});
        return true;
    });
    session.cookie = set_cookie(request, token);
    return session;
}

NewSession new_visitor(const web::Request& request) {
    const std::string token = random_token();
    return {.cookie = set_cookie(request, token), .csrf = visitor_csrf(token)};
}

void end_session(store::Database& db, const web::Request& request) {
    const std::string hash = sha256_hex(cookie_of(request));
    db.write([&](store::Transaction& tx) {
        tx.execute("delete from session where token_hash = :hash", {{"hash", hash}});
        tx.execute("delete from read_reason where session = :hash", {{"hash", hash}});
        return true;
    });
}

}  // namespace concord::access
