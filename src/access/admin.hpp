#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access.hpp"

/// Administration of users, agencies and hubs: what may be changed, as events with a sentence for the history, and the pieces that
/// administration pages share. Nobody can remove the last administrator.
namespace concord::access {

struct RoleWords {
    std::string_view code, label, about;
};
const std::vector<RoleWords>& all_roles();
std::string role_label(std::string_view code);

// ---- Reading

struct UserRow {
    Seq seq = 0;
    std::int64_t version = 0;
    std::string id, email, name;
    Seq agency = 0;
    std::string agency_code, agency_name;
    std::vector<std::string> roles;
    std::vector<Seq> hubs;
    bool demonstration = false, disabled = false, has_password = false;
};
struct UserFilter {
    std::string words;  // of name or e-mail
    Seq agency = 0, hub = 0;
    std::string role;
    std::string state = "active";  // active disabled all
    std::string after;             // e-mail of the last one seen
    std::size_t limit = 50;
};
struct FoundUsers {
    std::vector<UserRow> rows;
    std::int64_t total = 0;
    bool more = false;
};
FoundUsers find_users(store::Reader& reader, ledger::Ledger& ledger, const UserFilter& filter);
std::optional<UserRow> user_row(store::Reader& reader, ledger::Ledger& ledger, std::string_view id);

struct Body {  // an agency or a hub
    Seq seq = 0;
    std::int64_t version = 0;
    std::string code, name, kind;
    std::optional<Date> ended;
    std::int64_t users = 0;
};
enum class BodyKind { agency, hub };
std::vector<Body> bodies(store::Reader& reader, BodyKind kind);  // ended ones too
std::optional<Body> body(store::Reader& reader, BodyKind kind, std::string_view code);

// ---- Changing. expected: the version that the person had before them.

struct Administering {
    store::Transaction& tx;
    ledger::Ledger& ledger;
    ledger::Author author;
    std::optional<std::int64_t> expected;
};
struct UserAsk {
    std::string email, name;
    Seq agency = 0;
    std::vector<std::string> roles;
    std::vector<Seq> hubs;
};
Result<Seq> add_user(const Administering& with, const UserAsk& ask);  // without a password
/// What differs, as one event each: access.user_changed (name, e-mail), access.agency_set, access.roles_set, access.hubs_set.
Result<std::int64_t> change_user(const Administering& with, Seq user, const UserAsk& ask);
Result<std::int64_t> set_roles(const Administering& with, Seq user, const std::vector<std::string>& roles);
Result<std::int64_t> set_hubs(const Administering& with, Seq user, const std::vector<Seq>& hubs);
/// password_hash: made outside the transaction. Ends the user's other sessions, but for `kept`.
Result<std::int64_t> set_password(const Administering& with, Seq user, std::string_view password_hash, std::string_view kept_session_hash = "");
Result<std::int64_t> set_disabled(const Administering& with, Seq user, bool disabled);
Result<Done> check_password(std::string_view password, std::string_view again, std::string_view email);

/// A token for /set-password: holds for two days, once (CFG).
std::string make_password_link(store::Transaction& tx, Seq user, Seq made_by, Instant now);
std::optional<Seq> user_of_password_link(store::Reader& reader, std::string_view token, Instant now);

Result<Seq> add_body(const Administering& with, BodyKind kind, std::string_view code, std::string_view name, std::string_view agency_kind);
Result<std::int64_t> change_body(const Administering& with, BodyKind kind, const Body& now, std::string_view name, std::string_view agency_kind,
                                 std::optional<Date> ended);

// ---- Pieces of administration pages

struct Typed {  // what a form shows: typed before, or as it stands
    std::string label, name, value, hint;
    const Refusal* refusal = nullptr;
    std::string classes = "";
};
web::Html text_question(const Typed& typed);
web::Html long_question(const Typed& typed);
web::Html select_question(const Typed& typed, const std::vector<std::pair<std::string, std::string>>& choices);  // code, label
web::Html date_question(const Typed& typed);  // one box that takes what people type
/// How sure it is (source, gk, cfg) and where it stands.
web::Html mark_questions(const std::string& mark, const std::string& source, const Refusal* refusal);
std::string mark_in_words(std::string_view mark);
web::Html mark_tag(std::string_view mark);
/// Who did what when, the newest first; only what events say of themselves in `summary`.
web::Html history(store::Reader& reader, ledger::Ledger& ledger, Seq stream, std::size_t most = 50);
Json history_json(store::Reader& reader, ledger::Ledger& ledger, Seq stream);
/// "Saved" after a change that was sent on with ?saved=WORDS... is said once: words are fixed by the page, never taken from the address.
web::Html saved_banner(const web::Request& request, std::string_view words = "Your change is saved.");
web::Html clash_note(const Refusal* refusal);  // empty where it is none
/// The version that a form or an If-Match names; none where neither does.
std::optional<std::int64_t> expected_version(const web::Request& request);
web::Response refusal_json(const web::Request& request, const Refusal& refusal, const std::function<Json()>& current);
/// The JSON of a stream's thing with its ETag.
web::Response tagged(const Json& value, std::int64_t version, int status = 200);

/// Single-letter shortcuts on or off: kept with the user, and in a cookie, so that drawing a page asks nothing.
constexpr std::string_view keys_cookie_name = "concord_keys";
std::string keys_cookie(bool on);
bool keys_of(store::Reader& reader, Seq user);

using AgencyKinds = std::function<std::vector<std::pair<std::string, std::string>>()>;  // code and label of the list source_agencies
/// The kind as it is, or empty where the list does not have it (or it is a hub).
std::string known_kind(const AgencyKinds& kinds, BodyKind of, std::string_view kind);
void add_administration(Routes& routes, const Services& services, const AgencyKinds& kinds);
void add_own_pages(Routes& routes, const Services& services);  // /me, /me/preferences, /set-password

}  // namespace concord::access
