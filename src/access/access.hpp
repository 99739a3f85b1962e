#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/epoch.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"
#include "web/html.hpp"
#include "web/http.hpp"
#include "web/router.hpp"

/// Who is asking, what they may do, and who looked. Architecture section 4; roles: hub-casework.md section 12.
///
/// Visibility is materialised for *principals*: groups that a user belongs to. A record's audience is a set of principals with an expiry each;
/// a user reads the record when one of his principals is in it. Lists, searches, counts and suggestions join the table `visibility`.
namespace concord::access {

using ledger::Seq;

// ---- Roles, as codes in lower case (hub-casework.md section 12; seed-model.md section 12 for the boards)
//   referrer partner_user hub_officer supervisor police_sgt hub_manager chair minutes enforcement_officer analyst ig_lead jcg_member coordinator
//   admin

struct Actor {
    Seq user = 0;  // 0: nobody
    std::string email, name;
    Seq agency = 0;
    std::string agency_code, agency_name;  // source_agency codes of hub-casework 3.1 in lower case are the agency's `kind`
    std::string agency_kind;
    std::vector<std::string> roles;
    std::vector<Seq> hubs;                 // hubs that the user works in
    std::vector<std::string> hub_codes;    // the same, as codes ("scarborough")
    std::vector<std::int64_t> principals;  // user, agency, each hub's team, agency in each hub, role groups: never empty once signed in
    std::string purpose;                   // of this call: Concord-Purpose, else the role's default
    bool by_token = false;
    bool may_write = true;  // false for a read-only token
    std::string session;    // the hash of its cookie; empty with a token
    bool* asked = nullptr;  // where this request notes that access was asked: set by the handler, by nobody else
    bool signed_in() const { return user != 0; }
    bool has_role(std::string_view role) const;
    bool has_any_role(std::initializer_list<std::string_view> roles) const;
    bool works_in(Seq hub) const;
};

// ---- Principals

/// The number of a group, worked out from its name (48 bits of its SHA-256), so that a rebuild gives the same. kinds: user, agency, hub (its team),
/// agency_in_hub ("12:3"), role, body.
std::int64_t principal_id(std::string_view kind, std::string_view key);
/// The same, and the group stands in the table `principal`, from which a number is told in words. Two groups of one number are a Failure.
std::int64_t principal(store::Transaction& tx, std::string_view kind, std::string_view key);

/// One group in a record's audience.
struct Audience {
    std::string kind;  // as principal()
    std::string key;
    std::optional<Date> until;  // last day on which it holds
    std::string because;        // the rule that put it there: "lead_agency_in_hub", "task", "invited", "named", "lead_officer" ...
    bool operator==(const Audience&) const = default;
};
/// Sort keys that lists need, kept beside each visibility row so that a page reads one index.
struct ListKeys {
    bool open = true;
    std::int64_t next_due = 0;  // micros; a record without a clock sorts last: INT64_MAX
    std::int64_t opened_at = 0;
    std::string restriction = "normal";  // "restricted" and "locked": looking needs a typed reason
    bool operator==(const ListKeys&) const = default;
};
/// Replaces the visibility rows of one record (a case, a referral). Called by the owning feature's derivation.
void set_visibility(store::Transaction& tx, Seq record, std::string_view record_kind, const std::vector<Audience>& audience, const ListKeys& keys);

struct Involved {
    Seq subject = 0;
    std::string role;
};
/// Replaces what is known of the subjects of one record.
void set_involved(store::Transaction& tx, Seq record, std::string_view record_kind, const std::vector<Involved>& involved);
/// The agency that first recorded a subject: it knows it even before a record involves it.
void set_owned(store::Transaction& tx, Seq subject, Seq agency);
/// What its feature said with set_visibility: normal, restricted, locked.
std::string restriction_of(store::Reader& reader, Seq record);
/// Which of these records the actor may read, in no order and perhaps more than once.
std::vector<Seq> readable_among(store::Reader& reader, const Actor& actor, const std::vector<Seq>& records, Date today);
/// Every record of a kind that the actor may read, in no order and perhaps more than once: for filtering many hits at once.
std::vector<Seq> all_readable(store::Reader& reader, const Actor& actor, std::string_view record_kind, Date today);

/// SQL that is true where the actor may read the record whose Seq stands in `column` ("r.stream"): "exists (select 1 from visibility v where ...)".
/// Its binds are added to `binds`. The text depends only on the column and the (padded) number of principals, so statements are kept.
std::string readable_sql(const Actor& actor, std::string_view column, Date today, store::Binds& binds);
/// The same for a person or place: readable where one readable record involves it, or the actor's own agency recorded it (table `involved`).
std::string known_sql(const Actor& actor, std::string_view column, Date today, store::Binds& binds);

/// The first page, or the next after a cursor, of the records that the actor may read: a merge of one index range a principal, never a scan.
struct PageAsk {
    std::string record_kind = "case";
    enum class Order { next_due, opened_at_newest } order = Order::next_due;
    enum class Which { open, closed, all } which = Which::open;
    std::int64_t after_key = INT64_MIN;  // of the last row seen
    Seq after_seq = 0;
    std::size_t limit = 50;
};
struct PageRow {
    Seq record;
    std::int64_t key;
};
std::vector<PageRow> readable_page(store::Reader& reader, const Actor& actor, const PageAsk& ask, Date today);
/// Distinct readable records, counted up to `most`.
std::int64_t count_readable(store::Reader& reader, const Actor& actor, std::string_view record_kind, PageAsk::Which which, Date today,
                            std::int64_t most = 1001);

// ---- The one door

struct Thing {
    std::string kind;  // "case", "referral", "person", "place", "document", "entry", "users", "codes", "hub" ...
    Seq seq = 0;       // 0: the kind as such ("may I create a referral?"); of a document or an entry: the record that holds it
    Seq hub = 0;       // where the rule asks for it
    Seq agency = 0;
};
struct Reason {
    std::string rule;
    std::string text;
};  // "audience.hub_team": "You work in the Scarborough hub, whose team reads this case."
struct Answer {
    bool allowed = false;
    bool visible = false;
    std::vector<Reason> because;
};  // visible: the actor may know that it exists
/// actions: read, create, change, act (a pathway action; roles are checked by the engine on top), comment, triage, release, assign, lock, export,
/// manage
Answer may(store::Reader& reader, const Actor& actor, std::string_view action, const Thing& thing, Date today);
/// Refusal{absent} where the thing may not even be known, Refusal{not_allowed} where it may.
Result<Done> demand(store::Reader& reader, const Actor& actor, std::string_view action, const Thing& thing, Date today);

// ---- Who looked: the access log, a database of its own beside SQLite, a partitioned table on PostgreSQL

struct Looked {
    Seq user = 0, agency = 0;
    Instant at;
    std::string purpose, route, query;  // query: the words of a search or the filter of a list
    std::string thing_kind;             // "case" with one id; "list" or "search" with many
    std::vector<Seq> things;
    std::string reason;  // typed, for RESTRICTED and LOCKED records
};
class ReadLog {
public:
    virtual ~ReadLog() = default;
    virtual void record(const Looked& looked) = 0;       // returns when it is on the disk (group-committed, chained by node and day)
    virtual void record_soon(const Looked& looked) = 0;  // for lists: written with the next group
    virtual std::vector<Looked> readers_of(Seq thing, std::size_t limit) = 0;
    virtual std::vector<Looked> reads_of_agency(Seq agency, Instant since, std::size_t limit) = 0;
};
std::unique_ptr<ReadLog> open_read_log(store::Database& main, const std::string& path_beside_sqlite);

// ---- Routes: every one says how it asks

struct Context {
    store::Database& db;
    ledger::Ledger& ledger;
    ReadLog& reads;
    const Clock& clock;
    Actor actor;
    std::string csrf;             // to print in forms: <input type="hidden" name="csrf">
    std::string theme, density;   // the user's preferences: light dark auto, compact comfortable
    std::string idempotency_key;  // the POST's Idempotency-Key, empty where none
    std::string route;            // its pattern
    /// Draws the whole page: set by the handler from Services.
    std::function<web::Response(const web::Request&, const Context*, int status, std::string_view title, const web::Html& body)> draw = {};
    /// Set by whatever asks with this actor: may(), demand(), readable_sql(), readable_page() ... Never set it by hand: `db` refuses to commit before
    /// access was asked, and the answer of a route that never asked is thrown away (500).
    mutable bool asked = false;
    mutable Seq reason_needed = 0;    // a restricted record that was demanded without a reason: the handler asks for one
    mutable Seq reason_about = 0;     // the restricted record that this request reads,
    mutable std::string reason = {};  // and why
    mutable Instant reason_used = {};
    std::string typed_reason = {};  // the header Concord-Reason
    bool changes = false;           // the request is no GET

    Instant now() const { return clock.now(); }
    Date today() const { return clock.today(); }
    ledger::Author author() const { return {actor.user, actor.agency, actor.purpose, clock.now()}; }
    /// Keeps the answer under the request's Idempotency-Key, in the write's own transaction.
    void keep(store::Transaction& tx, const web::Request& request, const web::Response& response) const;
    /// The page of an answer: the menu, the user's theme and the frame around `main`, which begins with its h1. A title of an answer that refuses
    /// what was typed begins with "Error: ".
    web::Response page(const web::Request& request, std::string_view title, const web::Html& main, int status = 200) const {
        return draw(request, this, status, title, main);
    }
    Answer may(store::Reader& reader, std::string_view action, const Thing& thing) const;
    Result<Done> demand(store::Reader& reader, std::string_view action, const Thing& thing) const;
    std::string readable(std::string_view column, store::Binds& binds) const;  // readable_sql
    std::string known(std::string_view column, store::Binds& binds) const;     // known_sql
    /// Notes in the access log that these things were shown: on the disk when it returns.
    void looked(std::string_view thing_kind, std::vector<Seq> things, std::string_view why = "", std::string_view query = "") const;
    /// The same for lists and searches, which do not wait for the disk.
    void looked_soon(std::string_view thing_kind, std::string_view query, std::vector<Seq> things = {}) const;
};

enum class Asks {
    nothing,    // static files, health, sign-in: nothing of anybody's is shown
    signed_in,  // shows only what belongs to the signed-in user himself (preferences, own drafts)
    access,     // the handler must ask: may(), demand(), readable() or known()
};
using Handler = std::function<web::Response(const web::Request&, Context&)>;
struct Route {
    web::RouteDescription description;
    Asks asks = Asks::access;
    Handler handler;
};
/// Every route of the program, in one table. Features add theirs: `add_routes(Routes&)`.
class Routes {
public:
    void get(std::string pattern, std::string summary, std::string tag, Handler handler, Asks asks = Asks::access);
    void post(std::string pattern, std::string summary, std::string tag, Handler handler, Asks asks = Asks::access);
    void patch(std::string pattern, std::string summary, std::string tag, Handler handler, Asks asks = Asks::access);
    /// A change of one record that is there, whose GET stands at the beginning of the pattern: it demands If-Match.
    void change(std::string method, std::string pattern, std::string summary, std::string tag, Handler handler);
    void add(Route route);
    const std::vector<Route>& all() const { return routes_; }
    const web::RouteTable& table() const { return table_; }

private:
    std::vector<Route> routes_;
    web::RouteTable table_;
};

class Metrics;  // access/metrics.hpp: counts of requests, printed by /metrics
std::shared_ptr<Metrics> make_metrics();
struct Services {
    store::Database& db;
    ledger::Ledger& ledger;
    ReadLog& reads;
    const Clock& clock;
    bool demonstration = false;  // demonstration users only from loopback, unless demo_anywhere
    bool demo_anywhere = false;
    /// Draws the page around an answer that access itself gives (sign in again, not found, problem): set by app.
    std::function<web::Response(const web::Request&, const Context*, int status, std::string_view title, const web::Html& body)> page;
    /// What somebody means who writes a reference, an id or "REFERENCE/entries/3": set by app, which knows all rooms. seq 0 is never answered.
    std::function<std::optional<Thing>(store::Reader&, std::string_view)> find_thing = {};
    std::shared_ptr<Metrics> metrics = {};                     // none: there is no /metrics
    std::shared_ptr<Epoch> epoch = std::make_shared<Epoch>();  // for whoever keeps in memory what seldom changes
};
/// The outermost handler: finds the route, the session or token, checks CSRF, Origin, If-Match's presence and Idempotency-Key, runs the handler,
/// catches Failure and Bug, records and logs one line: route, officer id, outcome, milliseconds. No names, no answers.
web::Handler make_handler(const Routes& routes, const Services& services);

// ---- People who sign in, agencies, hubs: through the ledger

struct NewUser {
    std::string email, name, password;
    Seq agency = 0;
    std::vector<std::string> roles;
    std::vector<Seq> hubs;
    bool demonstration = false;
};
Result<Seq> create_agency(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, std::string_view code, std::string_view name,
                          std::string_view kind);
Result<Seq> create_hub(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, std::string_view code, std::string_view name);
/// The password is hashed outside the transaction: hash_password first.
Result<Seq> create_user(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const NewUser& user,
                        std::string_view password_hash);
Result<Done> disable_user(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, Seq user);
std::string hash_password(std::string_view password);

struct Named {
    Seq seq = 0;
    std::string code, name, kind;
};
std::vector<Named> agencies(store::Reader& reader);
std::vector<Named> hubs(store::Reader& reader);
std::vector<Named> users_of(store::Reader& reader, Seq agency);  // code is the e-mail; agency 0: all
std::optional<Named> agency_by_code(store::Reader& reader, std::string_view code);
std::optional<Named> hub_by_code(store::Reader& reader, std::string_view code);
std::optional<Named> agency_of(store::Reader& reader, Seq seq);
std::optional<Named> hub_of(store::Reader& reader, Seq seq);
std::optional<Named> user_of(store::Reader& reader, Seq seq);
std::optional<Named> user_by_email(store::Reader& reader, std::string_view email);
std::string name_of(store::Reader& reader, std::string_view table, Seq seq);  // agency, hub or app_user; empty where unknown

/// The groups that a user of this agency, these roles and these hubs belongs to, as (kind, key).
std::vector<std::pair<std::string, std::string>> groups_of(Seq user, Seq agency, const std::vector<std::string>& roles, const std::vector<Seq>& hubs);
/// The actor that a user is: his agency, roles, hubs and principals.
std::optional<Actor> actor_of(store::Reader& reader, Seq user);
/// The API token itself, to be shown once.
std::string create_token(store::Database& db, Seq user, bool may_write, int days, Instant now);

/// Sign-in, sign-out, sessions, tokens, "me", and the administration of agencies, users and hubs.
void add_routes(Routes& routes, const Services& services);
std::vector<store::Migration> migrations();
void register_projections(ledger::Ledger& ledger);

}  // namespace concord::access
