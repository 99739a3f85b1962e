#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "access/access.hpp"

/// Sessions and tokens in the database: no state on a node. Private to access.
namespace concord::access {

struct Session {
    std::string csrf, theme, density;
    std::optional<Actor> actor;  // none: somebody who has only opened the sign-in page
};
/// Over TLS the one cookie, in the clear the other; neither counts where the other belongs, so that a page in the clear can give nobody a session.
constexpr std::string_view secure_cookie = "__Host-concord";
constexpr std::string_view plain_cookie = "concord_session";
std::string_view cookie_of(const web::Request& request);

/// Who users are, as of one value of actor_epoch: read once, until a user, an agency or a hub changes.
class Actors {
public:
    explicit Actors(std::shared_ptr<Epoch> seen) : seen_{std::move(seen)} {}
    std::optional<Actor> get(store::Reader& reader, Seq user, std::int64_t epoch);

private:
    std::shared_ptr<Epoch> seen_;  // is told each time
    std::mutex mutex_;
    std::int64_t epoch_ = -1;
    std::unordered_map<Seq, Actor> known_;
};

/// A cookie that is no session's, or none any more, is a visitor's: nobody, with the token of the sign-in form that belongs to the cookie.
std::optional<Session> current_session(store::Database& db, Actors& actors, const web::Request& request, Instant now);
std::optional<Actor> actor_of_token(store::Database& db, Actors& actors, std::string_view token, Instant now);
/// Makes a session and answers the Set-Cookie value and its CSRF token.
struct NewSession {
    std::string cookie, csrf;
};
NewSession start_session(store::Database& db, const web::Request& request, Seq user, Instant now);
NewSession new_visitor(const web::Request& request);  // before sign-in; nothing of it is kept in the database
/// Only our own pages are gone to after sign-in, or after a reason was given; else my work.
std::string safe_target(std::string_view to);
void end_session(store::Database& db, const web::Request& request);

}  // namespace concord::access
