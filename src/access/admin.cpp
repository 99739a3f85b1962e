#include "access/admin.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/text.hpp"

/// Who may sign in and as what: the rules of administration, and every SQL statement they need.
namespace concord::access {
namespace {

Refusal wrong(std::vector<FieldError> errors) {
    return Refusal{Because::invalid, "access.users", "Some answers need another look.", std::move(errors)};
}

std::string seqs_text(const std::vector<Seq>& seqs) {
    std::vector<std::string> parts;
    for (const Seq seq : seqs) parts.push_back(std::to_string(seq));
    return join(parts, " ");
}
std::vector<std::string> words_at_spaces(std::string_view text) {
    std::vector<std::string> all;
    for (auto& part : split(text, ' '))
        if (!part.empty()) all.push_back(std::move(part));
    return all;
}

constexpr std::string_view user_columns =
    "u.stream, s.version, s.id, u.email, u.name, u.agency, a.code, a.name, u.roles, u.hubs, u.demonstration, u.disabled, case when u.password_hash = "
    "'' then 0 else 1 end";
constexpr std::string_view user_kinds =
    "iittt"
    "itt"
    "tt"
    "iii";

UserRow user_of(const store::Row& row) {
    UserRow user{.seq = row.integer(0),
                 .version = row.integer(1),
                 .id = row.text(2),
                 .email = row.text(3),
                 .name = row.text(4),
                 .agency = row.integer(5),
                 .agency_code = row.text(6),
                 .agency_name = row.text(7),
                 .roles = words_at_spaces(row.text(8)),
                 .hubs = {},
                 .demonstration = row.truth(10),
                 .disabled = row.truth(11),
                 .has_password = row.truth(12)};
    for (const auto& part : words_at_spaces(row.text(9))) user.hubs.push_back(std::stoll(part));
    return user;
}

std::optional<UserRow> user_by_seq(store::Reader& reader, Seq seq) {
    const auto row = reader.select_one(user_kinds,
                                       fmt::format("select {} from app_user u join stream s on s.seq = u.stream join agency a on a.stream = "
                                                   "u.agency where u.stream = :user",
                                                   user_columns),
                                       {{"user", seq}});
    if (!row) return {};
    return user_of(*row);
}

/// Administrators lock each other's streams before they count, so that two who remove each other cannot both succeed.
Result<Done> keep_an_administrator(const Administering& with, Seq user) {
    constexpr std::string_view all = "select stream from app_user where disabled = 0 and ' ' || roles || ' ' like '% admin %' order by stream";
    std::vector<Seq> streams{user};
    for (const auto& row : with.tx.select("i", all)) streams.push_back(row.integer(0));
    with.ledger.lock(with.tx, streams);
    for (const auto& row : with.tx.select("i", all))
        if (row.integer(0) != user) return Done{};
    return Refusal{Because::not_now, "access.last_admin", "This is the last administrator: make somebody else an administrator first."};
}

void make_principals(store::Transaction& tx, Seq user, Seq agency, const std::vector<Seq>& hubs, const std::vector<std::string>& roles) {
    for (const auto& [kind, key] : groups_of(user, agency, roles, hubs)) principal(tx, kind, key);
}

void check_user(store::Reader& reader, const UserAsk& ask, Seq self, std::vector<FieldError>& errors) {
    const std::string email = normal_email(ask.email);
    if (email.empty() || email.size() > 254)
        errors.push_back({"email", "Give an e-mail address, like name@agency.example."});
    else if (const auto other = user_by_email(reader, email); other && other->seq != self)
        errors.push_back({"email", "There is a user with this address already, perhaps a disabled one."});
    if (letters_and_digits(ask.name) < 2 || code_points(ask.name) > 120) errors.push_back({"name", "Give the person's name, 2 to 120 letters."});
    if (reader.count("select count(*) from agency where stream = :agency", {{"agency", ask.agency}}) == 0)
        errors.push_back({"agency", "Choose the agency."});
    if (ask.roles.empty()) errors.push_back({"roles", "Choose at least one role."});
    for (const auto& role : ask.roles)
        if (std::none_of(all_roles().begin(), all_roles().end(), [&](const auto& one) { return one.code == role; })) {
            errors.push_back({"roles", fmt::format("\"{}\" is no role: choose from the list.", cut(role, 40))});
            break;
        }
    const auto needs_hub = [](const std::string& role) {
        return role == "hub_officer" || role == "supervisor" || role == "police_sgt" || role == "hub_manager" || role == "enforcement_officer";
    };
    if (ask.hubs.empty() && std::any_of(ask.roles.begin(), ask.roles.end(), needs_hub))
        errors.push_back({"hubs", "Choose the hub or hubs: people who work cases see those of their own hubs."});
    for (const Seq hub : ask.hubs)
        if (reader.count("select count(*) from hub where stream = :hub", {{"hub", hub}}) == 0) {
            errors.push_back({"hubs", "Choose hubs from the list."});
            break;
        }
}

std::string roles_in_words(const std::vector<std::string>& roles) {
    std::vector<std::string> words;
    for (const auto& role : roles) words.push_back(role_label(role));
    return words.empty() ? "none" : join(words, ", ");
}
std::string hubs_in_words(store::Reader& reader, const std::vector<Seq>& hubs) {
    std::vector<std::string> words;
    for (const Seq hub : hubs) words.push_back(name_of(reader, "hub", hub));
    return words.empty() ? "none" : join(words, ", ");
}

ledger::NewEvent roles_event(const std::vector<std::string>& roles) {
    return {"access.roles_set", Json::object({{"roles", join(roles, " ")}, {"summary", "Roles: " + roles_in_words(roles)}})};
}
ledger::NewEvent hubs_event(store::Reader& reader, const std::vector<Seq>& hubs) {
    return {"access.hubs_set", Json::object({{"hubs", seqs_text(hubs)}, {"summary", "Hubs: " + hubs_in_words(reader, hubs)}})};
}
bool loses_admin(const UserRow& now, const std::vector<std::string>& roles) {
    const auto has = [](const std::vector<std::string>& all) { return std::find(all.begin(), all.end(), "admin") != all.end(); };
    return has(now.roles) && !now.disabled && !has(roles);
}

Refusal no_such_user() { return Refusal{Because::absent, "access.absent", "There is no such user."}; }

std::string_view table_of(BodyKind kind) { return kind == BodyKind::agency ? "agency" : "hub"; }

}  // namespace

const std::vector<RoleWords>& all_roles() {
    static const std::vector<RoleWords> roles{
        {"hub_officer", "Hub officer", "Takes reports, works cases of their hubs"},
        {"supervisor", "Supervisor", "Reviews cases, approves closure"},
        {"police_sgt", "Police sergeant", "Supervises for the police"},
        {"hub_manager", "Hub manager", "Runs a hub; closes high-risk cases, restricts cases"},
        {"enforcement_officer", "Enforcement officer", "Uses formal powers on cases of their hubs"},
        {"partner_user", "Partner agency user", "Sees what their agency has a task on or was invited to"},
        {"referrer", "Referrer", "Reports, and follows their own reports"},
        {"chair", "Chair", "Chairs meetings; no case content by default"},
        {"minutes", "Minute-taker", "Writes agendas and minutes"},
        {"analyst", "Analyst", "Reads cases that are not restricted; does not write"},
        {"ig_lead", "Information governance lead", "Sees who looked; locks records"},
        {"jcg_member", "Coordination group member", "Sees the group's papers"},
        {"coordinator", "Partnership coordinator", "Keeps the plan, bodies and meetings"},
        {"admin", "System administrator", "Users, agencies, hubs, code lists, rules, calendars; no case content"}};
    return roles;
}
std::string role_label(std::string_view code) {
    for (const auto& role : all_roles())
        if (role.code == code) return std::string{role.label};
    return std::string{code};
}

// ---- Reading

FoundUsers find_users(store::Reader& reader, ledger::Ledger&, const UserFilter& filter) {
    store::Binds binds{{"words", "%" + lower_ascii(trim(filter.words)) + "%"},
                       {"agency", filter.agency},
                       {"hub", filter.hub == 0 ? std::string{"%"} : fmt::format("% {} %", filter.hub)},
                       {"role", filter.role.empty() ? std::string{"%"} : fmt::format("% {} %", filter.role)},
                       {"disabled", filter.state == "active"     ? 0
                                    : filter.state == "disabled" ? 1
                                                                 : 2}};
    const std::string where =
        "from app_user u join stream s on s.seq = u.stream join agency a on a.stream = u.agency where (lower(u.name) like :words or u.email like "
        ":words) and (u.agency = :agency or :agency = 0) and ' ' || u.hubs || ' ' like :hub and ' ' || u.roles || ' ' like :role and (u.disabled = "
        ":disabled or :disabled = 2)";
    FoundUsers found{.rows = {}, .total = reader.count("select count(*) " + where, binds)};
    binds.emplace_back("after", filter.after);
    binds.emplace_back("limit", filter.limit + 1);
    for (const auto& row :
         reader.select(user_kinds, fmt::format("select {} {} and u.email > :after order by u.email limit :limit", user_columns, where), binds))
        found.rows.push_back(user_of(row));
    found.more = found.rows.size() > filter.limit;
    if (found.more) found.rows.pop_back();
    return found;
}

std::optional<UserRow> user_row(store::Reader& reader, ledger::Ledger& ledger, std::string_view id) {
    const auto seq = ledger.find(reader, id);
    if (!seq) return {};
    return user_by_seq(reader, *seq);
}

std::vector<Body> bodies(store::Reader& reader, BodyKind kind) {
    std::vector<Body> all;
    const bool agency = kind == BodyKind::agency;
    const std::string sql = agency ? "select b.stream, s.version, b.code, b.name, b.kind, b.ended, (select count(*) from app_user u where u.agency = "
                                     "b.stream and u.disabled = "
                                     "0) from agency b join stream s on s.seq = b.stream order by b.name"
                                   : "select b.stream, s.version, b.code, b.name, '', b.ended, (select count(*) from app_user u where u.disabled = 0 "
                                     "and ' ' || u.hubs || ' ' "
                                     "like '% ' || b.stream || ' %') from hub b join stream s on s.seq = b.stream order by b.name";
    for (const auto& row : reader.select("iittt"
                                         "ti",
                                         sql))
        all.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.maybe_date(5), row.integer(6)});
    return all;
}
std::optional<Body> body(store::Reader& reader, BodyKind kind, std::string_view code) {
    for (auto& one : bodies(reader, kind))
        if (one.code == code) return std::move(one);
    return {};
}

// ---- Users

Result<Seq> add_user(const Administering& with, const UserAsk& ask) {
    std::vector<FieldError> errors;
    check_user(with.tx, ask, 0, errors);
    if (!errors.empty()) return wrong(std::move(errors));
    return create_user(with.tx, with.ledger, with.author,
                       {.email = ask.email, .name = ask.name, .password = {}, .agency = ask.agency, .roles = ask.roles, .hubs = ask.hubs}, "");
}

Result<std::int64_t> change_user(const Administering& with, Seq user, const UserAsk& ask) {
    const auto now = user_by_seq(with.tx, user);
    if (!now) return no_such_user();
    std::vector<FieldError> errors;
    check_user(with.tx, ask, user, errors);
    if (!errors.empty()) return wrong(std::move(errors));
    std::vector<ledger::NewEvent> events;
    Json words = Json::object();
    if (normal_email(ask.email) != now->email) words.set("email", normal_email(ask.email));
    if (tidy(ask.name) != now->name) words.set("name", tidy(ask.name));
    if (!words.members().empty())
        events.push_back({"access.user_changed", Json::object({{"summary", words.has("email") ? "Name or e-mail address changed" : "Name changed"}}),
                          std::move(words)});
    if (ask.agency != now->agency)
        events.push_back(
            {"access.agency_set", Json::object({{"agency", ask.agency}, {"summary", "Agency: " + name_of(with.tx, "agency", ask.agency)}})});
    if (ask.roles != now->roles) {
        if (loses_admin(*now, ask.roles))
            if (auto kept = keep_an_administrator(with, user); !kept) return kept.error();
        events.push_back(roles_event(ask.roles));
    }
    if (ask.hubs != now->hubs) events.push_back(hubs_event(with.tx, ask.hubs));
    if (events.empty()) return wrong({{"name", "Nothing was changed."}});
    auto appended = with.ledger.append(with.tx, with.author, user, with.expected, events);
    if (appended) make_principals(with.tx, user, ask.agency, ask.hubs, ask.roles);
    return appended;
}

Result<std::int64_t> set_roles(const Administering& with, Seq user, const std::vector<std::string>& roles) {
    const auto now = user_by_seq(with.tx, user);
    if (!now) return no_such_user();
    return change_user(with, user, {.email = now->email, .name = now->name, .agency = now->agency, .roles = roles, .hubs = now->hubs});
}
Result<std::int64_t> set_hubs(const Administering& with, Seq user, const std::vector<Seq>& hubs) {
    const auto now = user_by_seq(with.tx, user);
    if (!now) return no_such_user();
    return change_user(with, user, {.email = now->email, .name = now->name, .agency = now->agency, .roles = now->roles, .hubs = hubs});
}

Result<std::int64_t> set_password(const Administering& with, Seq user, std::string_view password_hash, std::string_view kept_session_hash) {
    auto appended = with.ledger.append(
        with.tx, with.author, user, with.expected,
        {ledger::NewEvent{"access.password_set", Json::object({{"summary", "Password set"}}), Json::object({{"password_hash", password_hash}})}});
    if (!appended) return appended;
    with.tx.execute("delete from session where user_seq = :user and token_hash <> :kept", {{"user", user}, {"kept", kept_session_hash}});
    with.tx.execute("delete from password_link where user_seq = :user", {{"user", user}});
    return appended;
}

Result<std::int64_t> set_disabled(const Administering& with, Seq user, bool disabled) {
    const auto now = user_by_seq(with.tx, user);
    if (!now) return no_such_user();
    if (now->disabled == disabled)
        return Refusal{Because::not_now, "access.same", disabled ? "This user is disabled already." : "This user can sign in already."};
    if (disabled && loses_admin(*now, {}))
        if (auto kept = keep_an_administrator(with, user); !kept) return kept.error();
    auto appended =
        with.ledger.append(with.tx, with.author, user, with.expected,
                           {ledger::NewEvent{disabled ? "access.user_disabled" : "access.user_enabled",
                                             Json::object({{"disabled", disabled}, {"summary", disabled ? "Disabled" : "May sign in again"}})}});
    if (!appended || !disabled) return appended;
    for (const char* table : {"session", "api_token", "password_link"})
        with.tx.execute(fmt::format("delete from {} where user_seq = :user", table), {{"user", user}});
    return appended;
}

Result<Done> check_password(std::string_view password, std::string_view again, std::string_view email) {
    static constexpr std::array common{"password", "12345678", "qwertyui", "letmein", "welcome1", "concord-demo", "changeme"};
    const std::string folded = lower_ascii(password);
    std::vector<FieldError> errors;
    if (code_points(password) < 12)
        errors.push_back({"password", "Use at least 12 letters, digits or signs; three words you can remember are good."});
    else if (code_points(password) > 200)
        errors.push_back({"password", "Use at most 200 letters."});
    else if (std::any_of(common.begin(), common.end(), [&](const char* one) { return folded.find(one) != std::string::npos; }))
        errors.push_back({"password", "This is easily guessed: choose other words."});
    else if (!email.empty() && folded.find(lower_ascii(email.substr(0, email.find('@')))) != std::string::npos && email.find('@') > 3)
        errors.push_back({"password", "The password contains your own address: choose other words."});
    if (errors.empty() && password != again) errors.push_back({"again", "The two are not the same: type the new password again."});
    if (errors.empty()) return Done{};
    return Refusal{Because::invalid, "access.password", "The password was not changed.", std::move(errors)};
}

std::string make_password_link(store::Transaction& tx, Seq user, Seq made_by, Instant now) {
    const std::string token = random_token();
    tx.execute("delete from password_link where user_seq = :user or ends_at < :now", {{"user", user}, {"now", now}});
    tx.execute("insert into password_link (token_hash, user_seq, made_by, ends_at) values (:hash, :user, :by, :ends)",
               {{"hash", sha256_hex(token)}, {"user", user}, {"by", made_by}, {"ends", now + std::chrono::hours{48}}});
    return token;
}
std::optional<Seq> user_of_password_link(store::Reader& reader, std::string_view token, Instant now) {
    if (token.empty()) return {};
    const auto row = reader.select_one("i",
                                       "select l.user_seq from password_link l join app_user u on u.stream = l.user_seq where l.token_hash = :hash "
                                       "and l.ends_at > :now and u.disabled = 0",
                                       {{"hash", sha256_hex(token)}, {"now", now}});
    if (!row) return {};
    return row->integer(0);
}

// ---- Agencies and hubs

namespace {
void check_body(BodyKind kind, std::string_view name, std::string_view agency_kind, std::vector<FieldError>& errors) {
    if (letters_and_digits(name) < 2 || code_points(name) > 120) errors.push_back({"name", "Give its name, 2 to 120 letters."});
    if (kind == BodyKind::agency && agency_kind.empty()) errors.push_back({"kind", "Choose what kind of agency it is."});
}
}  // namespace

Result<Seq> add_body(const Administering& with, BodyKind kind, std::string_view code, std::string_view name, std::string_view agency_kind) {
    std::vector<FieldError> errors;
    const std::string tidied = trim(code);
    if (tidied.empty() || tidied.size() > 40 || tidied.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
        errors.push_back({"code", "Give a short code of lower-case letters, digits and _, like coast_homes. It never changes."});
    else if (with.tx.count(fmt::format("select count(*) from {} where code = :code", table_of(kind)), {{"code", tidied}}) != 0)
        errors.push_back({"code", "This code is used already: choose another."});
    check_body(kind, name, agency_kind, errors);
    if (!errors.empty()) return wrong(std::move(errors));
    return kind == BodyKind::agency ? create_agency(with.tx, with.ledger, with.author, tidied, tidy(name), agency_kind)
                                    : create_hub(with.tx, with.ledger, with.author, tidied, tidy(name));
}

Result<std::int64_t> change_body(const Administering& with, BodyKind kind, const Body& now, std::string_view name, std::string_view agency_kind,
                                 std::optional<Date> ended) {
    std::vector<FieldError> errors;
    check_body(kind, name, agency_kind, errors);
    if (ended && *ended > london_date(with.author.at)) errors.push_back({"ended", "Give today or an earlier day: end it when it ends."});
    if (ended && !now.ended && now.users > 0)
        errors.push_back(
            {"ended", fmt::format("{} still {} here: move or disable them first.", counted(now.users, "user"), now.users == 1 ? "works" : "work")});
    if (!errors.empty()) return wrong(std::move(errors));
    Json said = Json::object();
    std::vector<std::string> what;
    if (tidy(name) != now.name) {
        said.set("name", tidy(name));
        what.push_back(fmt::format("Called \"{}\", \"{}\" before", tidy(name), now.name));
    }
    if (kind == BodyKind::agency && agency_kind != now.kind) {
        said.set("kind", agency_kind);
        what.emplace_back("Another kind of agency");
    }
    if (ended != now.ended) {
        said.set("ended", ended ? to_iso(*ended) : "");
        what.push_back(ended ? "Ends on " + in_words(*ended) : "Goes on");
    }
    if (what.empty()) return wrong({{"name", "Nothing was changed."}});
    said.set("summary", join(what, "; "));
    return with.ledger.append(with.tx, with.author, now.seq, with.expected,
                              {ledger::NewEvent{kind == BodyKind::agency ? "access.agency_changed" : "access.hub_changed", std::move(said)}});
}

}  // namespace concord::access
