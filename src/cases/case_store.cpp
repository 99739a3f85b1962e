#include "cases/case_store.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "web/paging.hpp"

namespace concord::cases {
namespace {

constexpr std::string_view row_columns =
    "r.stream, r.reference, r.pathway, r.title, r.hub, r.stage, r.is_open, r.lead_user, r.lead_agency, r.handling, r.restriction, r.risk_level, "
    "r.opened_at, r.closed_at, r.next_due";
constexpr std::string_view row_kinds = "itttitiiitttiii";

CaseRow to_case_row(const store::Row& row) {
    CaseRow one{.stream = row.integer(0),
                .reference = row.text(1),
                .pathway = row.text(2),
                .title = row.text(3),
                .stage = row.text(5),
                .risk_level = row.text(11),
                .handling = row.text(9),
                .restriction = row.text(10),
                .hub = row.integer(4),
                .lead_user = row.integer(7),
                .lead_agency = row.integer(8),
                .open = row.truth(6),
                .opened_at = row.instant(12)};
    if (row.integer(13) != 0) one.closed_at = row.instant(13);
    one.next_due_key = row.integer(14);
    if (row.integer(14) != std::numeric_limits<std::int64_t>::max()) one.next_due = row.instant(14);
    return one;
}

/// A permutation of 0 ... 999,999 by a keyed Feistel network over 20 bits, walked until it falls inside: unique, and not in the order of opening.
std::int64_t permuted(std::int64_t number, std::string_view key, std::string_view domain) {
    auto round = [&](std::uint32_t half, int step) {
        const std::string mac = hmac_sha256(key, fmt::format("{}|{}|{}", domain, step, half));
        return ((static_cast<unsigned char>(mac[0]) << 8) | static_cast<unsigned char>(mac[1])) & 0x3ffU;
    };
    auto once = [&](std::uint32_t value) {
        std::uint32_t left = value >> 10, right = value & 0x3ffU;
        for (int step = 0; step < 4; ++step) {
            const std::uint32_t next = left ^ round(right, step);
            left = right;
            right = next;
        }
        return (left << 10) | right;
    };
    std::uint32_t value = once(static_cast<std::uint32_t>(number));
    while (value >= 1'000'000) value = once(value);
    return value;
}

std::string reference_key(store::Transaction& tx) {
    if (const auto row = tx.select_one("t", "select value from case_setting where name = 'reference_key'")) return row->text(0);
    const std::string key = to_hex(random_bytes(16));
    tx.execute("insert into case_setting (name, value) values ('reference_key', :key)", {{"key", key}});
    return key;
}

/// Up to 50 streams in a statement of constant text: the list is padded with zeros, which are nobody's stream.
constexpr std::size_t batch = 50;
const std::string& in_batch() {
    static const std::string text = [] {
        std::string all = "in (";
        for (std::size_t i = 0; i < batch; ++i) all += fmt::format("{}:s{}", i == 0 ? "" : ", ", i);
        return all + ")";
    }();
    return text;
}
void bind_batch(store::Binds& binds, const std::vector<Seq>& streams, std::size_t from) {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < batch; ++i) all.push_back(fmt::format("s{}", i));
        return all;
    }();
    for (std::size_t i = 0; i < batch; ++i) binds.emplace_back(names[i], from + i < streams.size() ? streams[from + i] : Seq{0});
}

std::string cursor_name(std::string_view list) { return fmt::format("cases {}", list); }
std::string cursor_of(std::string_view list, std::int64_t key, Seq stream) {
    return web::make_cursor(cursor_name(list), {std::to_string(key), std::to_string(stream)});
}
std::pair<std::int64_t, Seq> read_cursor(std::string_view list, std::string_view after, std::int64_t otherwise) {
    const auto parts = web::read_cursor(cursor_name(list), after, 2);
    if (!parts) return {otherwise, 0};
    return {std::strtoll(parts->front().c_str(), nullptr, 10), std::strtoll(parts->back().c_str(), nullptr, 10)};
}

bool passes(const CaseRow& row, const CaseFilter& filter, const access::Actor& actor) {
    if (!filter.pathway.empty() && row.pathway != filter.pathway) return false;
    if (!filter.stage.empty() && row.stage != filter.stage) return false;
    if (!filter.risk.empty() && row.risk_level != filter.risk) return false;
    if (filter.hub != 0 && row.hub != filter.hub) return false;
    if (filter.lead_user != 0 && row.lead_user != filter.lead_user) return false;
    if (filter.lead_agency != 0 && row.lead_agency != filter.lead_agency) return false;
    if (filter.own_hubs && !actor.works_in(row.hub)) return false;
    if (filter.due_before && !(row.next_due && london_date(*row.next_due) < *filter.due_before)) return false;
    if (!filter.words.empty()) {
        const std::string title = concord::fold(row.title);
        for (const auto& word : words_of(filter.words))
            if (title.find(word) == std::string::npos && lower_ascii(row.reference).find(word) == std::string::npos) return false;
    }
    return true;
}

}  // namespace

std::string next_reference(store::Transaction& tx, std::string_view prefix, Instant at) {
    const int year = london_time(at).date.year;
    const std::string domain = fmt::format("{}-{}", prefix, year);
    const auto number = tx.next_of_series(domain);
    std::string reference = fmt::format("{}-{:06}", domain, permuted(number, reference_key(tx), domain));
    // Records that were loaded keep the references they had: pass over those.
    const bool taken = tx.count(
                           "select (select count(*) from case_record where reference = :reference) + (select count(*) from referral where "
                           "reference = :reference)",
                           {{"reference", reference}}) != 0;
    return taken ? next_reference(tx, prefix, at) : reference;
}

std::optional<Seq> find_case(store::Reader& reader, std::string_view reference_or_id) {
    auto row = reader.select_one("i", "select stream from case_record where reference = :reference", {{"reference", reference_or_id}});
    if (!row)
        row = reader.select_one("i", "select r.stream from case_record r join stream s on s.seq = r.stream where s.id = :id",
                                {{"id", reference_or_id}});
    if (!row) return {};
    return row->integer(0);
}

KeptState& kept_state(store::Reader& reader, Seq stream) {
    auto& kept = reader.kept<KeptState>();
    if (kept.stream != stream || !kept.state) {
        kept = {.stream = stream, .state = {}, .derived = {}};
        if (const auto row = reader.select_one("t", "select body from case_state where stream = :stream", {{"stream", stream}}))
            kept.state = std::move(parse_json(row->text(0))).value();
    }
    return kept;
}
std::optional<Json> case_state(store::Reader& reader, Seq stream) { return kept_state(reader, stream).state; }

std::vector<CaseRow> case_rows(store::Reader& reader, const std::vector<Seq>& streams) {
    static const std::string sql = fmt::format("select {} from case_record r where r.stream {}", row_columns, in_batch());
    std::unordered_map<Seq, CaseRow> found;
    for (std::size_t from = 0; from < streams.size(); from += batch) {
        store::Binds binds;
        bind_batch(binds, streams, from);
        for (const auto& row : reader.select(row_kinds, sql, binds)) found.emplace(row.integer(0), to_case_row(row));
    }
    std::vector<CaseRow> rows;
    rows.reserve(streams.size());
    for (const Seq stream : streams)
        if (const auto it = found.find(stream); it != found.end()) rows.push_back(it->second);
    return rows;
}

namespace {

Entry entry_of(const store::Row& row) {
    auto detail = parse_json(row.text(4));
    return {.version = row.integer(0),
            .kind = row.text(1),
            .summary = row.text(2),
            .words = row.text(3),
            .detail = detail ? std::move(detail).value() : Json{},
            .at = row.instant(5),
            .recorded_at = row.instant(6),
            .by_user = row.integer(7),
            .by_agency = row.integer(8)};
}
constexpr std::string_view entry_columns = "select version, kind, summary, words, detail, at, recorded_at, by_user, by_agency from entry ";

std::vector<Entry> entries_where(store::Reader& reader, std::string_view where, const store::Binds& binds) {
    std::vector<Entry> all;
    for (const auto& row : reader.select("ittttiiii", std::string{entry_columns} + std::string{where}, binds)) all.push_back(entry_of(row));
    return all;
}

}  // namespace

std::vector<Entry> entries(store::Reader& reader, Seq stream, std::size_t limit, std::int64_t before_version, std::string_view kind) {
    if (kind.empty())
        return entries_where(reader, "where stream = :stream and version < :before order by version desc limit :limit",
                             {{"stream", stream}, {"before", before_version}, {"limit", limit}});
    return entries_where(reader, "where stream = :stream and version < :before and kind = :kind order by version desc limit :limit",
                         {{"stream", stream}, {"before", before_version}, {"kind", kind}, {"limit", limit}});
}

std::vector<KindCount> entry_kinds(store::Reader& reader, Seq stream) {
    std::vector<KindCount> all;
    for (const auto& row :
         reader.select("ti", "select kind, count(*) from entry where stream = :stream group by kind order by kind", {{"stream", stream}}))
        all.push_back({row.text(0), row.integer(1)});
    return all;
}

std::vector<Entry> entries_since(store::Reader& reader, Seq stream, std::int64_t version, Seq not_by, std::size_t limit) {
    return entries_where(reader, "where stream = :stream and version > :since and by_user <> :user order by version desc limit :limit",
                         {{"stream", stream}, {"since", version}, {"user", not_by}, {"limit", limit}});
}

std::optional<LastSeen> last_seen(store::Reader& reader, Seq user, Seq stream) {
    const auto row = reader.select_one("ii", "select version, at from last_seen where user_seq = :user and stream = :stream",
                                       {{"user", user}, {"stream", stream}});
    return row ? std::optional<LastSeen>{{row->integer(0), row->instant(1)}} : std::nullopt;
}

void mark_seen(store::Transaction& tx, Seq user, Seq stream, std::int64_t version, Instant at) {
    const store::Binds binds{{"user", user}, {"stream", stream}, {"version", version}, {"at", at}};
    if (tx.execute("update last_seen set version = :version, at = :at where user_seq = :user and stream = :stream", binds) == 0)
        tx.execute("insert into last_seen (user_seq, stream, version, at) values (:user, :stream, :version, :at)", binds);
}

std::int64_t count_entries(store::Reader& reader, Seq stream) {
    return reader.count("select count(*) from entry where stream = :stream", {{"stream", stream}});
}

bool is_case_cursor(std::string_view list, std::string_view after) {
    return after.empty() || web::read_cursor(cursor_name(list), after, list == "reference" ? 1 : 2).has_value();
}

namespace {

/// By reference, along its index: no order of time goes with it. The whole list is counted on, up to 1,000.
CasePage list_by_reference(store::Reader& reader, const access::Actor& actor, const CaseFilter& filter, std::string_view after, std::size_t limit,
                           Date today) {
    constexpr std::int64_t most = 1000;
    constexpr std::size_t at_once = 500;
    const auto cursor = web::read_cursor(cursor_name("reference"), after, 1);
    const std::string start = cursor ? cursor->front() : std::string{};
    CasePage page;
    std::string from, last;
    bool full = false;
    for (bool go_on = true; go_on;) {
        store::Binds binds{{"from", from},
                           {"which", filter.which == access::PageAsk::Which::open     ? 1
                                     : filter.which == access::PageAsk::Which::closed ? 0
                                                                                      : 2},
                           {"limit", at_once}};
        const std::string readable = access::readable_sql(actor, "r.stream", today, binds);
        const auto rows = reader.select(row_kinds,
                                        fmt::format("select {} from case_record r where r.reference > :from and (r.is_open = :which or :which = 2) "
                                                    "and {} order by r.reference limit :limit",
                                                    row_columns, readable),
                                        binds);
        for (const auto& found : rows) {
            CaseRow row = to_case_row(found);
            from = row.reference;
            if (!passes(row, filter, actor)) continue;
            ++page.total;
            if (row.reference <= start) continue;
            if (page.rows.size() == limit) {
                full = true;
                continue;
            }
            last = row.reference;
            page.rows.push_back(std::move(row));
        }
        go_on = rows.size() == at_once && (page.total <= most || !full);
        if (page.total > most && from < start) from = start;  // counted enough: on to the page itself
    }
    page.at_least = page.total > most;
    if (full) page.next = web::make_cursor(cursor_name("reference"), {last});
    return page;
}

}  // namespace

CasePage list_cases(store::Reader& reader, const access::Actor& actor, const CaseFilter& filter, std::string_view after, std::size_t limit,
                    Date today) {
    if (filter.sort == "reference") return list_by_reference(reader, actor, filter, after, limit, today);
    access::PageAsk ask{.which = filter.which};
    if (filter.sort == "opened_at") ask.order = access::PageAsk::Order::opened_at_newest;
    const bool newest_first = filter.sort == "opened_at";
    std::tie(ask.after_key, ask.after_seq) =
        read_cursor(filter.sort, after, newest_first ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min());
    CasePage page;
    if (filter.empty()) {
        ask.limit = limit + 1;
        auto keys = access::readable_page(reader, actor, ask, today);
        const bool more = keys.size() > limit;
        if (more) keys.resize(limit);
        std::vector<Seq> streams;
        for (const auto& key : keys) streams.push_back(key.record);
        page.rows = case_rows(reader, streams);
        if (more) page.next = cursor_of(filter.sort, keys.back().key, keys.back().record);
        page.total = access::count_readable(reader, actor, "case", filter.which, today);
        page.at_least = page.total > 1000;
        return page;
    }
    // With filters: the actor's own records in order, 500 at a time, kept where they pass; the total is counted on, up to 1,000.
    ask.limit = 500;
    constexpr std::int64_t most = 1000;
    bool full = false;
    access::PageRow last{};
    access::PageAsk count_from = ask;
    if (!after.empty()) {  // what lies before this page still belongs to the total
        count_from.after_key = newest_first ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
        count_from.after_seq = 0;
    }
    const auto [start_key, start_seq] = std::pair{ask.after_key, ask.after_seq};
    for (bool go_on = true; go_on;) {
        const auto keys = access::readable_page(reader, actor, count_from, today);
        const bool more = keys.size() == count_from.limit;
        std::vector<Seq> streams;
        for (const auto& key : keys) streams.push_back(key.record);
        const auto rows = case_rows(reader, streams);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (!passes(rows[i], filter, actor)) continue;
            ++page.total;
            const std::int64_t key = newest_first ? rows[i].opened_at.micros : rows[i].next_due_key;
            const bool is_later = after.empty() || (newest_first ? std::pair{key, rows[i].stream} < std::pair{start_key, start_seq}
                                                                 : std::pair{key, rows[i].stream} > std::pair{start_key, start_seq});
            if (!is_later) continue;
            if (page.rows.size() < limit) {
                page.rows.push_back(rows[i]);
                last = {rows[i].stream, key};
            } else {
                full = true;
            }
        }
        if (!keys.empty()) {
            count_from.after_key = keys.back().key;
            count_from.after_seq = keys.back().record;
        }
        go_on = more && (page.total <= most || !full);
        const auto here = std::pair{count_from.after_key, count_from.after_seq}, there = std::pair{start_key, start_seq};
        if (page.total > most && !after.empty() && (newest_first ? here > there : here < there)) {  // counted enough: on to the page itself
            count_from.after_key = start_key;
            count_from.after_seq = start_seq;
        }
    }
    page.at_least = page.total > most;
    if (full) page.next = cursor_of(filter.sort, last.key, last.record);
    return page;
}

std::string listed(const std::vector<Seq>& numbers) {
    std::vector<std::string> all;
    for (const Seq number : numbers) all.push_back(std::to_string(number));
    return join(all, ", ");
}

std::vector<CaseRow> cases_about(store::Reader& reader, const access::Actor& actor, Seq subject, Date today, std::size_t limit) {
    store::Binds binds{{"subject", subject}, {"limit", limit}};
    const std::string sql = fmt::format(
        "select {} from case_record r where r.stream in (select i.stream from involvement i where i.subject = :subject and i.ended is null) and {} "
        "order by r.stream desc limit :limit",
        row_columns, access::readable_sql(actor, "r.stream", today, binds));
    std::vector<CaseRow> rows;
    for (const auto& row : reader.select(row_kinds, sql, binds)) rows.push_back(to_case_row(row));
    return rows;
}

namespace {

/// Which of these cases the actor may read; asked of the index in batches while they are few, of one list of all that he reads once they are many.
class Sight {
public:
    Sight(store::Reader& reader, const access::Actor& actor, Date today) : reader_{reader}, actor_{actor}, today_{today} {}

    std::vector<Seq> keep_readable(const std::vector<Seq>& streams) {
        asked_ += streams.size();
        if (asked_ > 300 && !all_) know_all();
        std::vector<Seq> kept;
        if (all_) {
            std::copy_if(streams.begin(), streams.end(), std::back_inserter(kept), [&](Seq stream) { return is_known(stream); });
            return kept;
        }
        const auto some = access::readable_among(reader_, actor_, streams, today_);
        const std::unordered_set<Seq> readable(some.begin(), some.end());
        for (const Seq stream : streams)
            if (readable.contains(stream)) kept.push_back(stream);
        return kept;
    }

private:
    void know_all() {
        all_.emplace();
        for (const Seq stream : access::all_readable(reader_, actor_, "case", today_)) {
            const auto place = static_cast<std::size_t>(stream);
            if (place >= all_->size()) all_->resize(place + place / 4 + 1);
            (*all_)[place] = true;
        }
    }
    bool is_known(Seq stream) const { return static_cast<std::size_t>(stream) < all_->size() && (*all_)[static_cast<std::size_t>(stream)]; }

    store::Reader& reader_;
    const access::Actor& actor_;
    Date today_;
    std::size_t asked_ = 0;
    std::optional<std::vector<bool>> all_;  // a bit a stream
};

/// Readable cases of which a text holds the words, newest first, from below a key: until more than `enough` are there or nothing is left.
struct Hits {
    std::vector<Seq> streams;
    bool all = false;  // nothing is left
};
Hits hits_below(store::Reader& reader, Sight& sight, std::string_view words, std::int64_t below, std::size_t enough, std::size_t then) {
    Hits hits;
    for (std::size_t chunk = 256; !hits.all && hits.streams.size() <= enough; chunk = then) {
        const auto keys = store::find_text(reader, "entries", words, below, chunk);
        std::vector<Seq> streams;
        for (const auto key : keys) {
            const Seq stream = stream_of_text_key(key);
            if ((streams.empty() || streams.back() != stream) && (hits.streams.empty() || hits.streams.back() != stream)) streams.push_back(stream);
        }
        for (const Seq stream : sight.keep_readable(streams)) hits.streams.push_back(stream);
        hits.all = keys.size() < chunk;
        if (!hits.all) below = keys.back();
    }
    return hits;
}

}  // namespace

Found find_cases(store::Reader& reader, const access::Actor& actor, std::string_view words, std::string_view after, std::size_t limit, Date today,
                 std::size_t most) {
    Found found;
    constexpr auto no_end = std::numeric_limits<std::int64_t>::max();
    Sight sight{reader, actor, today};
    const Seq before = read_cursor("search", after, no_end).first;
    auto hits = hits_below(reader, sight, words, no_end, most, 8192);
    found.total = static_cast<std::int64_t>(hits.streams.size());
    found.at_least = hits.streams.size() > most;
    const auto after_cursor = [&] { return std::find_if(hits.streams.begin(), hits.streams.end(), [&](Seq stream) { return stream < before; }); };
    // A page beyond what was counted is looked for from its own beginning.
    if (!hits.all && static_cast<std::size_t>(hits.streams.end() - after_cursor()) <= limit)
        hits = hits_below(reader, sight, words, before == no_end ? no_end : text_key(before, 0), limit, 1024);
    const auto first = after_cursor();
    const auto count = std::min<std::size_t>(limit, static_cast<std::size_t>(hits.streams.end() - first));
    const std::vector<Seq> page(first, first + static_cast<std::ptrdiff_t>(count));
    found.rows = case_rows(reader, page);
    if (first + static_cast<std::ptrdiff_t>(count) != hits.streams.end()) found.next = cursor_of("search", page.back(), 0);
    return found;
}

namespace {

/// The documents that this event brought, as the record holds them now.
std::vector<FoundDocument> documents_of(store::Reader& reader, Seq stream, std::int64_t version, std::string_view words) {
    const auto entry = reader.select_one("i", "select recorded_at from entry where stream = :stream and version = :version and kind = 'document'",
                                         {{"stream", stream}, {"version", version}});
    const auto state = entry ? case_state(reader, stream) : std::nullopt;
    std::vector<FoundDocument> all;
    if (!state) return all;
    for (const auto& one : (*state)["documents"].items()) {
        const auto at = parse_instant(one["at"].as_string()).value_or(entry->instant(0));
        const std::string name = concord::fold(one["name"].as_string());
        const auto asked = words_of(words);
        if (at != entry->instant(0) && to_rfc3339(at) != to_rfc3339(entry->instant(0))) continue;
        if (std::all_of(asked.begin(), asked.end(), [&](const auto& word) { return name.find(word) != std::string::npos; }))
            all.push_back({stream, one["id"].as_string(), one["name"].as_string(), one["type"].as_string(), (*state)["reference"].as_string(), at});
    }
    return all;
}

}  // namespace

FoundDocuments find_documents(store::Reader& reader, const access::Actor& actor, std::string_view words, Date today, std::size_t limit) {
    FoundDocuments found;
    Sight sight{reader, actor, today};
    constexpr std::size_t most_looked_at = 16384;
    std::int64_t below = std::numeric_limits<std::int64_t>::max();
    std::size_t looked_at = 0;
    for (std::size_t chunk = 256; looked_at < most_looked_at; chunk = 4096) {
        const auto keys = store::find_text(reader, "entries", words, below, chunk);
        looked_at += keys.size();
        for (const auto key : keys)
            for (auto& one : documents_of(reader, stream_of_text_key(key), version_of_text_key(key), words)) {
                if (sight.keep_readable({one.stream}).empty()) continue;
                ++found.total;
                if (found.rows.size() < limit) found.rows.push_back(std::move(one));
            }
        if (keys.size() < chunk) break;
        below = keys.back();
    }
    return found;
}

}  // namespace concord::cases
