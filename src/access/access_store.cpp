#include <algorithm>
#include <limits>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/asking.hpp"
#include "access/new_rows.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

/// Visibility: who may read what, as rows and as SQL. The only place that builds the predicate.
namespace concord::access {
namespace {

constexpr std::string_view for_ever = "9999-12-31";

constexpr std::size_t most_principals = 4096;  // of one user
constexpr std::size_t in_one_merge = 64;       // ranges that one statement of readable_page merges

/// Principals are bound in 4, 16, 64, 128, 192 ... places, the last one repeated, so that few statements serve everybody.
std::size_t places_for(std::size_t count) { return count <= 4 ? 4 : count <= 16 ? 16 : (count + 63) / 64 * 64; }

const std::string& place_name(std::size_t place) {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < most_principals; ++i) names.push_back(fmt::format("p{}", i));
        return names;
    }();
    require(place < all.size(), "a user belongs to 4,096 groups at most");
    return all[place];
}

std::string principal_list(const Actor& actor, store::Binds& binds) {
    note_asked(actor);
    const std::size_t places = places_for(actor.principals.size());
    std::string list = "(";
    const bool bound = std::any_of(binds.begin(), binds.end(), [](const auto& bind) { return bind.name == "p0"; });
    for (std::size_t i = 0; i < places; ++i) {
        list += (i == 0 ? ":" : ", :") + place_name(i);
        if (!bound)
            binds.emplace_back(place_name(i),
                               actor.principals.empty() ? std::int64_t{-1} : actor.principals[std::min(i, actor.principals.size() - 1)]);
    }
    return list + ")";
}

/// What the agency recorded is known to those who do its casework, not to everyone it employs.
bool works_for_agency(const Actor& actor) {
    return actor.has_any_role({"hub_officer", "supervisor", "police_sgt", "hub_manager", "enforcement_officer", "partner_user"});
}

void bind_today(store::Binds& binds, Date today) {
    const bool bound = std::any_of(binds.begin(), binds.end(), [](const auto& bind) { return bind.name == "today"; });
    if (!bound) binds.emplace_back("today", today);
}

}  // namespace

std::int64_t principal_id(std::string_view kind, std::string_view key) {
    const std::string digest = sha256(fmt::format("{}|{}", kind, key));
    std::int64_t id = 0;
    for (std::size_t i = 0; i < 6; ++i) id = (id << 8) | static_cast<unsigned char>(digest[i]);
    return id;
}

namespace {

/// Groups that stand in their table; none is ever taken out of it.
struct KnownPrincipals {
    std::mutex mutex;
    std::unordered_map<std::int64_t, std::pair<std::string, std::string>> all;
};

}  // namespace

std::int64_t principal(store::Transaction& tx, std::string_view kind, std::string_view key) {
    const std::int64_t id = principal_id(kind, key);
    auto& known = tx.kept_for_all<KnownPrincipals>();
    {
        const std::lock_guard lock{known.mutex};
        if (const auto found = known.all.find(id); found != known.all.end() && found->second.first == kind && found->second.second == key) return id;
    }
    tx.after_commit([&known, id, kind = std::string{kind}, key = std::string{key}] {
        const std::lock_guard lock{known.mutex};
        known.all.try_emplace(id, kind, key);
    });
    if (const auto row = tx.select_one("tt", "select kind, name from principal where id = :id", {{"id", id}})) {
        if (row->text(0) != kind || row->text(1) != key)
            throw Failure{fmt::format("the groups {}:{} and {}:{} have one number", kind, key, row->text(0), row->text(1))};
        return id;
    }
    tx.execute("insert into principal (id, kind, name) values (:id, :kind, :name) on conflict do nothing",
               {{"id", id}, {"kind", kind}, {"name", key}});
    return id;
}

namespace {

void set_restriction(store::Transaction& tx, Seq record, std::string_view restriction) {
    if (restriction.empty() || restriction == "normal") {
        tx.execute("delete from record_restriction where record = :record", {{"record", record}});
        return;
    }
    const auto changed = tx.execute("update record_restriction set restriction = :restriction where record = :record",
                                    {{"restriction", restriction}, {"record", record}});
    if (changed == 0)
        tx.execute("insert into record_restriction (record, restriction) values (:record, :restriction)",
                   {{"record", record}, {"restriction", restriction}});
}

/// The rules by which the record's own people read it: they may work it (may.cpp).
bool is_own(std::string_view because) {
    return because == "hub_team" || because == "lead_agency_in_hub" || because == "lead_officer" || because == "named";
}

constexpr std::string_view insert_visibility = R"sql(
    insert into visibility (principal, record_kind, is_open, next_due, opened_at, record, until_day, because)
    values (:principal, :kind, :is_open, :next_due, :opened_at, :record, :until, :because))sql";
constexpr std::string_view insert_involved = "insert into involved (subject, record, record_kind, role) values (:subject, :record, :kind, :role)";

struct Wanted {
    std::int64_t principal;
    std::string until, because;
};

/// One row a group; where a group is in the audience twice, the longest holds.
template <class Number>
std::vector<Wanted> wanted_rows(const std::vector<Audience>& audience, Number number_of) {
    std::vector<Wanted> wanted;
    for (const auto& group : audience) {
        const std::int64_t id = number_of(group.kind, group.key);
        const std::string until = group.until ? to_iso(*group.until) : std::string{for_ever};
        const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const Wanted& w) { return w.principal == id; });
        if (same == wanted.end())
            wanted.push_back({id, until, group.because});
        else if (until > same->until || (until == same->until && is_own(group.because) && !is_own(same->because)))
            *same = {id, until, group.because};  // the longest holds; of two as long, the rule that lets its people work
    }
    return wanted;
}

store::Binds visibility_binds(Seq record, std::string_view record_kind, const Wanted& w, const ListKeys& keys) {
    return {{"principal", w.principal},    {"kind", record_kind}, {"is_open", keys.open}, {"next_due", keys.next_due},
            {"opened_at", keys.opened_at}, {"record", record},    {"until", w.until},     {"because", w.because}};
}

}  // namespace

void set_visibility(store::Transaction& tx, Seq record, std::string_view record_kind, const std::vector<Audience>& audience, const ListKeys& keys) {
    tx.kept<KeptAudience>() = {};
    tx.kept<KeptRestriction>() = {};
    set_restriction(tx, record, keys.restriction);
    const auto kept = tx.select("ittiii", "select principal, until_day, because, is_open, next_due, opened_at from visibility where record = :record",
                                {{"record", record}});
    // A group that has a row here already stands in the table of groups.
    const auto wanted = wanted_rows(audience, [&](const auto& kind, const auto& key) {
        const auto id = principal_id(kind, key);
        return std::any_of(kept.begin(), kept.end(), [&](const store::Row& row) { return row.integer(0) == id; }) ? id : principal(tx, kind, key);
    });
    const auto is_same = [&](const store::Row& row) {
        return std::any_of(wanted.begin(), wanted.end(),
                           [&](const Wanted& w) { return w.principal == row.integer(0) && w.until == row.text(1) && w.because == row.text(2); });
    };
    for (const auto& row : kept)
        if (!is_same(row))
            tx.execute("delete from visibility where record = :record and principal = :principal",
                       {{"record", record}, {"principal", row.integer(0)}});
    // Most changes move only what is due next, or nothing: an index is written only where a column of it is set.
    const auto any_moved = [&](auto differs) { return std::any_of(kept.begin(), kept.end(), differs); };
    if (any_moved([&](const store::Row& row) { return row.truth(3) != keys.open || row.integer(5) != keys.opened_at; }))
        tx.execute("update visibility set is_open = :is_open, next_due = :next_due, opened_at = :opened_at where record = :record",
                   {{"is_open", keys.open}, {"next_due", keys.next_due}, {"opened_at", keys.opened_at}, {"record", record}});
    else if (any_moved([&](const store::Row& row) { return row.integer(4) != keys.next_due; }))
        tx.execute("update visibility set next_due = :next_due where record = :record", {{"next_due", keys.next_due}, {"record", record}});
    for (const auto& w : wanted) {
        const bool there = std::any_of(kept.begin(), kept.end(), [&](const store::Row& row) {
            return row.integer(0) == w.principal && row.text(1) == w.until && row.text(2) == w.because;
        });
        if (there) continue;
        tx.execute(insert_visibility, visibility_binds(record, record_kind, w, keys));
    }
}

void set_involved(store::Transaction& tx, Seq record, std::string_view record_kind, const std::vector<Involved>& involved) {
    const auto kept = tx.select("it", "select subject, role from involved where record = :record", {{"record", record}});
    for (const auto& row : kept)
        if (std::none_of(involved.begin(), involved.end(),
                         [&](const Involved& one) { return one.subject == row.integer(0) && one.role == row.text(1); }))
            tx.execute("delete from involved where record = :record and subject = :subject and role = :role",
                       {{"record", record}, {"subject", row.integer(0)}, {"role", row.text(1)}});
    for (const auto& one : involved)
        if (std::none_of(kept.begin(), kept.end(), [&](const store::Row& row) { return one.subject == row.integer(0) && one.role == row.text(1); }))
            tx.execute(insert_involved, {{"subject", one.subject}, {"record", record}, {"kind", record_kind}, {"role", one.role}});
}

void set_owned(store::Transaction& tx, Seq subject, Seq agency) {
    if (tx.count("select count(*) from owned where subject = :subject", {{"subject", subject}}) == 0)
        tx.execute("insert into owned (subject, agency) values (:subject, :agency)", {{"subject", subject}, {"agency", agency}});
}

namespace {
constexpr std::string_view select_restriction = "select restriction from record_restriction where record = :record";
}

void restriction_soon(store::Reader& reader, Seq record) {
    if (reader.kept<KeptRestriction>().record != record) reader.select_soon(select_restriction, {{"record", record}});
}

std::string restriction_of(store::Reader& reader, Seq record) {
    auto& kept = reader.kept<KeptRestriction>();
    if (kept.record != record || record == 0) {
        const auto row = reader.select_one("t", select_restriction, {{"record", record}});
        kept = {.record = record, .restriction = row ? row->text(0) : "normal"};
    }
    return kept.restriction;
}

void NewRows::visibility(Seq record, std::string_view record_kind, const std::vector<Audience>& audience, const ListKeys& keys) {
    const auto number_of = [&](const std::string& kind, const std::string& key) {
        const auto [at, is_new] = principals_.try_emplace({kind, key}, 0);
        if (is_new) at->second = principal(tx_, kind, key);
        return at->second;
    };
    if (!keys.restriction.empty() && keys.restriction != "normal")
        tx_.execute("insert into record_restriction (record, restriction) values (:record, :restriction)",
                    {{"restriction", keys.restriction}, {"record", record}});
    for (const auto& w : wanted_rows(audience, number_of)) tx_.execute(insert_visibility, visibility_binds(record, record_kind, w, keys));
}

void NewRows::involved(Seq record, std::string_view record_kind, const std::vector<Involved>& involved) {
    for (auto one = involved.begin(); one != involved.end(); ++one)
        if (std::none_of(involved.begin(), one, [&](const Involved& other) { return other.subject == one->subject && other.role == one->role; }))
            tx_.execute(insert_involved, {{"subject", one->subject}, {"record", record}, {"kind", record_kind}, {"role", one->role}});
}

void NewRows::owned(Seq subject, Seq agency) {
    if (agency != 0) tx_.execute("insert into owned (subject, agency) values (:subject, :agency)", {{"subject", subject}, {"agency", agency}});
}

std::string readable_sql(const Actor& actor, std::string_view column, Date today, store::Binds& binds) {
    const std::string list = principal_list(actor, binds);
    bind_today(binds, today);
    // A record has a handful of rows: they are read and looked up in the list, instead of looking for each of the list's groups.
    return fmt::format("exists (select 1 from visibility v where v.record = {} and +v.principal in {} and v.until_day >= :today)", column, list);
}

std::string known_sql(const Actor& actor, std::string_view column, Date today, store::Binds& binds) {
    const std::string list = principal_list(actor, binds);
    bind_today(binds, today);
    const bool bound = std::any_of(binds.begin(), binds.end(), [](const auto& bind) { return bind.name == "own_agency"; });
    if (!bound) binds.emplace_back("own_agency", works_for_agency(actor) ? actor.agency : Seq{0});
    return fmt::format(
        "(exists (select 1 from owned o where o.subject = {0} and o.agency = :own_agency) or exists (select 1 from involved i join visibility v on "
        "v.record = i.record where i.subject = {0} and +v.principal in {1} and v.until_day >= :today))",
        column, list);
}

std::vector<Seq> readable_among(store::Reader& reader, const Actor& actor, const std::vector<Seq>& records, Date today) {
    constexpr std::size_t batch = 64;  // the last ones are zeros, which are nobody's record
    static const std::string places = [] {
        std::string all;
        for (std::size_t i = 0; i < batch; ++i) all += fmt::format("{}:r{}", i == 0 ? "" : ", ", i);
        return all;
    }();
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < batch; ++i) all.push_back(fmt::format("r{}", i));
        return all;
    }();
    std::vector<Seq> readable;
    for (std::size_t from = 0; from < records.size(); from += batch) {
        store::Binds binds;
        for (std::size_t i = 0; i < batch; ++i) binds.emplace_back(names[i], from + i < records.size() ? records[from + i] : Seq{0});
        const std::string list = principal_list(actor, binds);
        bind_today(binds, today);
        const auto some = reader.integers(
            fmt::format("select record from visibility where record in ({}) and +principal in {} and until_day >= :today", places, list), binds);
        readable.insert(readable.end(), some.begin(), some.end());
    }
    return readable;
}

std::vector<Seq> all_readable(store::Reader& reader, const Actor& actor, std::string_view record_kind, Date today) {
    store::Binds binds{{"kind", record_kind}};
    const std::string list = principal_list(actor, binds);
    bind_today(binds, today);
    return reader.integers(fmt::format("select record from visibility where principal in {} and record_kind = :kind and until_day >= :today", list),
                           binds);
}

namespace {

/// One short range of one index for each principal, merged: never a scan. SQLite merges ordered ranges row by row, and reads no more of them than it
/// gives; PostgreSQL must be told how much of each to read.
std::vector<PageRow> page_of_some(store::Reader& reader, const Actor& actor, std::size_t from, const PageAsk& ask, Date today) {
    const bool newest = ask.order == PageAsk::Order::opened_at_newest, lazy = reader.engine() == store::Engine::sqlite;
    store::Binds binds{{"kind", ask.record_kind}, {"today", today}, {"key", ask.after_key}, {"seq", ask.after_seq}, {"limit", ask.limit}};
    if (newest && ask.after_key == std::numeric_limits<std::int64_t>::max() && ask.after_seq == 0)
        binds[3].value = std::numeric_limits<std::int64_t>::max();
    const std::string_view column = newest ? "opened_at" : "next_due", direction = newest ? "desc" : "asc";
    std::string open;
    if (ask.which != PageAsk::Which::all) {
        open = " and is_open = :is_open";
        binds.emplace_back("is_open", ask.which == PageAsk::Which::open);
    }
    const std::size_t end = std::min(from + in_one_merge, actor.principals.size());
    std::string sql;
    for (std::size_t i = 0; from + i < end; ++i) {
        if (i != 0) sql += " union ";
        const std::string range = fmt::format(
            "select record, {0} as sort_key from visibility where principal = :{1} and record_kind = :kind{2} and ({0}, record) {3} (:key, :seq) and "
            "until_day >= :today",
            column, place_name(i), open, newest ? "<" : ">");
        sql += lazy ? range
                    : fmt::format("select record, sort_key from ({0} order by {1} {2}, record {2} limit :limit) as part{3}", range, column, direction,
                                  i);
        binds.emplace_back(place_name(i), actor.principals[from + i]);
    }
    sql += fmt::format(" order by sort_key {0}, record {0} limit :limit", direction);
    std::vector<PageRow> rows;
    for (const auto& row : reader.select("ii", sql, binds)) rows.push_back({row.integer(0), row.integer(1)});
    return rows;
}

}  // namespace

std::vector<PageRow> readable_page(store::Reader& reader, const Actor& actor, const PageAsk& ask, Date today) {
    note_asked(actor);
    if (actor.principals.size() <= in_one_merge)
        return actor.principals.empty() ? std::vector<PageRow>{} : page_of_some(reader, actor, 0, ask, today);
    // More groups than one statement merges: the best of each part, merged again.
    std::vector<PageRow> rows;
    for (std::size_t from = 0; from < actor.principals.size(); from += in_one_merge)
        for (const auto& row : page_of_some(reader, actor, from, ask, today)) rows.push_back(row);
    const bool newest = ask.order == PageAsk::Order::opened_at_newest;
    const auto before = [&](const PageRow& a, const PageRow& b) {
        const std::pair left{a.key, a.record}, right{b.key, b.record};
        return newest ? left > right : left < right;
    };
    std::sort(rows.begin(), rows.end(), before);
    rows.erase(std::unique(rows.begin(), rows.end(), [](const PageRow& a, const PageRow& b) { return a.record == b.record; }), rows.end());
    if (rows.size() > ask.limit) rows.resize(ask.limit);
    return rows;
}

std::int64_t count_readable(store::Reader& reader, const Actor& actor, std::string_view record_kind, PageAsk::Which which, Date today,
                            std::int64_t most) {
    store::Binds binds{{"kind", record_kind}, {"limit", most + most / 4}};
    const std::string list = principal_list(actor, binds);
    bind_today(binds, today);
    std::string such = fmt::format("from visibility where principal in {} and record_kind = :kind and until_day >= :today", list);
    if (which != PageAsk::Which::all) {
        such += " and is_open = :is_open";
        binds.emplace_back("is_open", which == PageAsk::Which::open);
    }
    // What several groups have is there several times. Taken out here, it costs half of what `distinct` does.
    auto some = reader.integers(fmt::format("select record {} limit :limit", such), binds);
    const bool all = static_cast<std::int64_t>(some.size()) < most + most / 4;
    std::sort(some.begin(), some.end());
    const auto different = std::unique(some.begin(), some.end()) - some.begin();
    if (all || different >= most) return std::min<std::int64_t>(different, most);
    binds[1].value = most;
    return reader.count(fmt::format("select count(*) from (select distinct record {} limit :limit) as readable_ones", such), binds);
}

}  // namespace concord::access
