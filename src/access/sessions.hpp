#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/access.hpp"

/// Sessions and tokens in the database: no state on a node. Private to access.
namespace concord::access {

struct Session {
    std::string csrf, theme, density;
    std::optional<Actor> actor;  // none: somebody who has only opened the sign-in page
};
constexpr std::string_view secure_cookie = "__Host-concord";
constexpr std::string_view plain_cookie = "concord_session";

std::optional<Session> current_session(store::Database& db, const web::Request& request, Instant now);
std::optional<Actor> actor_of_token(store::Database& db, std::string_view token, Instant now);
/// Makes a session (user 0: before sign-in) and answers the Set-Cookie value and its CSRF token.
struct NewSession {
    std::string cookie, csrf;
};
NewSession start_session(store::Database& db, const web::Request& request, Seq user, Instant now);
void end_session(store::Database& db, const web::Request& request);

}  // namespace concord::access
