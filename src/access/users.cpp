#include <sodium.h>

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/asking.hpp"
#include "access/directory.hpp"
#include "access/epoch.hpp"
#include "access/migrations.hpp"
#include "access/new_rows.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/text.hpp"

/// Agencies, hubs, users: streams of their own, with their projections; actors and tokens.
namespace concord::access {
namespace {

Refusal wrong(std::string field, std::string message) {
    return Refusal{Because::invalid, "access.users", "Some answers need another look.", {{std::move(field), std::move(message)}}};
}

std::string seqs_text(const std::vector<Seq>& seqs) {
    std::vector<std::string> parts;
    for (const Seq seq : seqs) parts.push_back(std::to_string(seq));
    return join(parts, " ");
}
std::vector<Seq> seqs_of(std::string_view text) {
    std::vector<Seq> seqs;
    for (const auto& part : split(text, ' '))
        if (!part.empty()) seqs.push_back(std::stoll(part));
    return seqs;
}

/// Only what the event names; an empty end lets it go on.
void change_body(store::Transaction& tx, const ledger::Event& event, std::string_view table) {
    const Json& e = event.envelope;
    const auto set = [&](std::string_view column, const std::optional<std::string>& value) {
        tx.execute(fmt::format("update {} set {} = :value where stream = :stream", table, column), {{"value", value}, {"stream", event.stream}});
    };
    for (const auto* column : {"name", "kind"})
        if (e.has(column) && (table == "agency" || std::string_view{column} == "name")) set(column, e[column].as_string());
    if (e.has("ended")) set("ended", e["ended"].as_string().empty() ? std::optional<std::string>{} : e["ended"].as_string());
}

void apply_agency(store::Transaction& tx, const ledger::Event& event) {
    forget_kept(tx);
    const Json& e = event.envelope;
    if (event.version == 1)
        tx.execute("insert into agency (stream, code, name, kind) values (:stream, :code, :name, :kind)",
                   {{"stream", event.stream}, {"code", e["code"].as_string()}, {"name", e["name"].as_string()}, {"kind", e["kind"].as_string()}});
    else
        change_body(tx, event, "agency");
}

void apply_hub(store::Transaction& tx, const ledger::Event& event) {
    forget_kept(tx);
    const Json& e = event.envelope;
    if (event.version == 1)
        tx.execute("insert into hub (stream, code, name) values (:stream, :code, :name)",
                   {{"stream", event.stream}, {"code", e["code"].as_string()}, {"name", e["name"].as_string()}});
    else
        change_body(tx, event, "hub");
}

void apply_user(store::Transaction& tx, const ledger::Event& event) {
    forget_kept(tx);
    const Json& e = event.envelope;
    const Json& p = event.payload;
    if (event.version == 1) {
        tx.execute(R"sql(
            insert into app_user (stream, email, name, agency, roles, hubs, password_hash, demonstration, disabled)
            values (:stream, :email, :name, :agency, :roles, :hubs, :hash, :demonstration, 0))sql",
                   {{"stream", event.stream},
                    {"email", event.erased ? "erased-" + std::to_string(event.stream) : p["email"].as_string()},
                    {"name", event.erased ? "Erased" : p["name"].as_string()},
                    {"agency", e["agency"].as_integer()},
                    {"roles", e["roles"].as_string()},
                    {"hubs", e["hubs"].as_string()},
                    {"hash", p["password_hash"].as_string()},
                    {"demonstration", e["demonstration"].as_bool()}});
        return;
    }
    if (e.has("disabled"))
        tx.execute("update app_user set disabled = :disabled where stream = :stream",
                   {{"stream", event.stream}, {"disabled", e["disabled"].as_bool()}});
    const auto set = [&](std::string_view column, const store::Value& value) {
        store::Bind bind{"value", nullptr};
        bind.value = value;
        tx.execute(fmt::format("update app_user set {} = :value where stream = :stream", column), {bind, {"stream", event.stream}});
    };
    for (const auto* column : {"roles", "hubs"})
        if (e.has(column)) set(column, e[column].as_string());
    if (e.has("agency")) set("agency", e["agency"].as_integer());
    for (const auto* column : {"email", "name"})
        if (p.has(column)) set(column, p[column].as_string());
    if (p.has("login"))
        tx.execute("update app_user set login = :login where stream = :stream", {{"stream", event.stream}, {"login", p["login"].as_string()}});
    if (p.has("password_hash"))
        tx.execute("update app_user set password_hash = :hash where stream = :stream",
                   {{"stream", event.stream}, {"hash", p["password_hash"].as_string()}});
}

std::vector<Named> named(store::Reader& reader, std::string_view sql, const store::Binds& binds = {}) {
    std::vector<Named> all;
    for (const auto& row : reader.select("ittt", sql, binds)) all.push_back({row.integer(0), row.text(1), row.text(2), row.text(3)});
    return all;
}
std::optional<Named> first(std::vector<Named> all) {
    if (all.empty()) return {};
    return all.front();
}

bool is_hub_role(std::string_view role) {
    return role == "hub_officer" || role == "supervisor" || role == "police_sgt" || role == "hub_manager" || role == "enforcement_officer";
}

/// Groups of a user stand in their table when he is made, so that signing in writes nothing.
void make_principals(store::Transaction& tx, Seq user, const NewUser& who) {
    for (const auto& [kind, key] : groups_of(user, who.agency, who.roles, who.hubs)) principal(tx, kind, key);
}

}  // namespace

bool Actor::has_role(std::string_view role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }
bool Actor::has_any_role(std::initializer_list<std::string_view> wanted) const {
    return std::any_of(wanted.begin(), wanted.end(), [&](auto role) { return has_role(role); });
}
bool Actor::works_in(Seq hub) const { return std::find(hubs.begin(), hubs.end(), hub) != hubs.end(); }

Result<Seq> create_agency(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, std::string_view code, std::string_view name,
                          std::string_view kind) {
    if (code.empty() || letters_and_digits(name) < 2) return wrong("name", "Give the agency a code and a name.");
    if (agency_by_code(tx, code)) return wrong("code", "There is an agency of this code already.");
    const Seq stream = ledger.create(tx, "agency", new_id(author.at));
    auto appended = ledger.append(tx, author, stream, 0,
                                  {ledger::NewEvent{"access.agency_created", Json::object({{"code", code}, {"name", name}, {"kind", kind}})}});
    if (!appended) return appended.error();
    principal(tx, "agency", std::to_string(stream));
    return stream;
}

Result<Seq> create_hub(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, std::string_view code, std::string_view name) {
    if (code.empty() || letters_and_digits(name) < 2) return wrong("name", "Give the hub a code and a name.");
    if (hub_by_code(tx, code)) return wrong("code", "There is a hub of this code already.");
    const Seq stream = ledger.create(tx, "hub", new_id(author.at));
    auto appended = ledger.append(tx, author, stream, 0, {ledger::NewEvent{"access.hub_created", Json::object({{"code", code}, {"name", name}})}});
    if (!appended) return appended.error();
    return stream;
}

std::string hash_password(std::string_view password) {
    random_bytes(1);  // starts libsodium
    char hash[crypto_pwhash_STRBYTES];
    // 32 MB and 3 passes (CFG): some tens of milliseconds on the machines of a council.
    if (crypto_pwhash_str_alg(hash, password.data(), password.size(), 3, 32u << 20, crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw Failure{"no memory to hash a password"};
    return hash;
}

Result<Seq> create_user(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const NewUser& user,
                        std::string_view password_hash) {
    const std::string email = normal_email(user.email);
    if (email.empty()) return wrong("email", "Give an e-mail address, like name@agency.example.");
    if (user_by_email(tx, email)) return wrong("email", "There is a user with this address already.");
    if (letters_and_digits(user.name) < 2) return wrong("name", "Give the person's name.");
    if (user.agency == 0) return wrong("agency", "Choose the agency.");
    const Seq stream = ledger.create(tx, "user", new_id(author.at));
    Json envelope = Json::object(
        {{"agency", user.agency}, {"roles", join(user.roles, " ")}, {"hubs", seqs_text(user.hubs)}, {"demonstration", user.demonstration}});
    Json payload = Json::object({{"email", email}, {"name", tidy(user.name)}, {"password_hash", password_hash}});
    auto appended = ledger.append(tx, author, stream, 0, {ledger::NewEvent{"access.user_created", std::move(envelope), std::move(payload)}});
    if (!appended) return appended.error();
    make_principals(tx, stream, user);
    return stream;
}

Result<Done> give_login(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, Seq user, std::string_view login) {
    const std::string name = lower_ascii(trim(login));
    if (letters_and_digits(name) < 2) return wrong("login", "Give a name of at least two letters.");
    if (user_by_email(tx, name)) return wrong("login", "There is a user who signs in by this name already.");
    auto appended = ledger.append(tx, author, user, {}, {ledger::NewEvent{"access.login_given", Json::object(), Json::object({{"login", name}})}});
    if (!appended) return appended.error();
    return Done{};
}

Result<Done> disable_user(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, Seq user) {
    auto appended =
        ledger.append(tx, author, user, {}, {ledger::NewEvent{"access.user_disabled", Json::object({{"disabled", true}, {"summary", "Disabled"}})}});
    if (!appended) return appended.error();
    tx.execute("delete from session where user_seq = :user", {{"user", user}});
    tx.execute("delete from api_token where user_seq = :user", {{"user", user}});
    return Done{};
}

namespace {

/// Those of a table that are there today, by name.
template <class Which>
std::vector<Named> of_today(const Directory::Table& table, Which which) {
    std::vector<Named> all;
    for (const auto& one : table.all)
        if (!one.ended && which(one)) all.push_back(one.named);
    return all;
}
std::optional<Named> named_of(const Directory::Body* one) { return one == nullptr ? std::nullopt : std::optional{one->named}; }

}  // namespace

std::vector<Named> agencies(store::Reader& reader) {
    if (const auto kept = directory(reader)) return of_today(kept->agencies, [](const auto&) { return true; });
    return named(reader, "select stream, code, name, kind from agency where ended is null order by name, stream");
}
std::vector<Named> hubs(store::Reader& reader) {
    if (const auto kept = directory(reader)) return of_today(kept->hubs, [](const auto&) { return true; });
    return named(reader, "select stream, code, name, '' from hub where ended is null order by name, stream");
}
std::vector<Named> users_of(store::Reader& reader, Seq agency) {
    if (const auto kept = directory(reader)) return of_today(kept->users, [&](const auto& one) { return agency == 0 || one.agency == agency; });
    return named(reader,
                 "select stream, email, name, roles from app_user where disabled = 0 and (agency = :agency or :agency = 0) order by name, stream",
                 {{"agency", agency}});
}
std::optional<Named> agency_by_code(store::Reader& reader, std::string_view code) {
    if (const auto kept = directory(reader)) return named_of(kept->agencies.of(std::string{code}));
    return first(named(reader, "select stream, code, name, kind from agency where code = :code", {{"code", code}}));
}
std::optional<Named> hub_by_code(store::Reader& reader, std::string_view code) {
    if (const auto kept = directory(reader)) return named_of(kept->hubs.of(std::string{code}));
    return first(named(reader, "select stream, code, name, '' from hub where code = :code", {{"code", code}}));
}
std::optional<Named> user_by_email(store::Reader& reader, std::string_view email) {
    if (const auto kept = directory(reader)) return named_of(kept->users.of(lower_ascii(email)));
    return first(named(reader, "select stream, email, name, roles from app_user where email = :email or (login <> '' and login = :email)",
                       {{"email", lower_ascii(email)}}));
}
std::optional<Named> agency_of(store::Reader& reader, Seq seq) {
    if (const auto kept = directory(reader)) return named_of(kept->agencies.of(seq));
    return first(named(reader, "select stream, code, name, kind from agency where stream = :seq", {{"seq", seq}}));
}
std::optional<Named> hub_of(store::Reader& reader, Seq seq) {
    if (const auto kept = directory(reader)) return named_of(kept->hubs.of(seq));
    return first(named(reader, "select stream, code, name, '' from hub where stream = :seq", {{"seq", seq}}));
}
std::optional<Named> user_of(store::Reader& reader, Seq seq) {
    if (const auto kept = directory(reader)) return named_of(kept->users.of(seq));
    return first(named(reader, "select stream, email, name, roles from app_user where stream = :seq", {{"seq", seq}}));
}
std::string name_of(store::Reader& reader, std::string_view table, Seq seq) {
    require(table == "agency" || table == "hub" || table == "app_user", "names are of agencies, hubs and users");
    const auto found = table == "agency" ? agency_of(reader, seq) : table == "hub" ? hub_of(reader, seq) : user_of(reader, seq);
    return found ? found->name : std::string{};
}

std::vector<std::pair<std::string, std::string>> groups_of(Seq user, Seq agency, const std::vector<std::string>& roles,
                                                           const std::vector<Seq>& hubs) {
    std::vector<std::pair<std::string, std::string>> groups{{"user", std::to_string(user)}};
    // Working for the agency is what opens its tasks and invitations: an administrator, a chair or an information governance lead has no case content
    // by default.
    const bool in_team = std::any_of(roles.begin(), roles.end(), is_hub_role);
    const bool for_agency = in_team || std::find(roles.begin(), roles.end(), "partner_user") != roles.end();
    if (for_agency) groups.emplace_back("agency", std::to_string(agency));
    for (const Seq hub : hubs) {
        if (in_team) groups.emplace_back("hub", std::to_string(hub));
        if (for_agency) groups.emplace_back("agency_in_hub", fmt::format("{}:{}", agency, hub));
    }
    if (std::find(roles.begin(), roles.end(), "analyst") != roles.end()) groups.emplace_back("role", "analyst");
    return groups;
}

namespace {
std::atomic<std::int64_t> changed_here = 0;  // by this process, in whichever database
}

void forget_kept(store::Transaction& tx) {
    leave_directory(tx);
    tx.execute("update actor_epoch set value = value + 1 where id = 1");
    tx.after_commit([] { ++changed_here; });
}

void Epoch::saw(std::int64_t value) {
    const std::lock_guard lock{mutex_};
    seen_ = std::max(seen_, value);  // two requests may come here in another order than they read
    at_ = std::chrono::steady_clock::now();
}

std::optional<Epoch::Mark> Epoch::mark() const {
    const std::lock_guard lock{mutex_};
    if (seen_ < 0 || std::chrono::steady_clock::now() - at_ > std::chrono::seconds{1}) return {};
    return Mark{seen_, changed_here};
}

std::optional<Actor> actor_of(store::Reader& reader, Seq user) {
    const auto row = reader.select_one(
        "ttitt"
        "ttt",
        R"sql(
        select u.email, u.name, u.agency, u.roles, u.hubs, a.code, a.name, a.kind
          from app_user u join agency a on a.stream = u.agency where u.stream = :user and u.disabled = 0)sql",
        {{"user", user}});
    if (!row) return {};
    Actor actor{.user = user,
                .email = row->text(0),
                .name = row->text(1),
                .agency = row->integer(2),
                .agency_code = row->text(5),
                .agency_name = row->text(6),
                .agency_kind = row->text(7)};
    for (auto& role : split(row->text(3), ' '))
        if (!role.empty()) actor.roles.push_back(std::move(role));
    actor.hubs = seqs_of(row->text(4));
    for (const Seq hub : actor.hubs)
        if (const auto found = hub_of(reader, hub)) actor.hub_codes.push_back(found->code);
    for (const auto& [kind, key] : groups_of(user, actor.agency, actor.roles, actor.hubs)) actor.principals.push_back(principal_id(kind, key));
    actor.purpose = default_purpose(actor);
    return actor;
}

std::string create_token(store::Database& db, Seq user, bool may_write, int days, Instant now) {
    const std::string token = random_token();
    db.write([&](store::Transaction& tx) {
        tx.execute(
            "insert into api_token (token_hash, user_seq, may_write, ends_at, made_at) values (:hash, :user, :may_write, :ends, :now)",
            {{"hash", sha256_hex(token)}, {"user", user}, {"may_write", may_write}, {"ends", now + std::chrono::hours{24 * days}}, {"now", now}});
        return true;
    });
    return token;
}

std::vector<store::Migration> migrations() { return migrations_from_files(); }

namespace {

void apply_owned(store::Transaction& tx, const ledger::Event& event) {
    if (event.version == 1 && event.agency != 0) set_owned(tx, event.stream, event.agency);
}

}  // namespace

void register_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "agency", .tables = {"agency"}, .apply = apply_agency});
    ledger.add(ledger::Projection{.stream_kind = "hub", .tables = {"hub"}, .apply = apply_hub});
    ledger.add(ledger::Projection{.stream_kind = "user", .tables = {"app_user"}, .apply = apply_user});
    // Whoever records a person first knows them. A place is nobody's.
    for (const char* kind : {"person", "organisation"})
        ledger.add(ledger::Projection{.stream_kind = kind, .tables = {"owned"}, .apply = apply_owned});
    // Derived by the features whose records these are; compared here, once for all.
    ledger.add(ledger::Derivation{
        .stream_kind = "case", .tables = {"visibility", "involved", "record_restriction"}, .derive = [](store::Transaction&, Seq) {}});
}

}  // namespace concord::access
