#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "store/once.hpp"
#include "subjects/overview.hpp"
#include "subjects/subjects.hpp"

/// Repeat flags with the database: rows that records tell, the periods derived from them, and what a reader may see of it.
namespace concord::subjects {
namespace {

Json to_row(const FlagRule& rule) {
    const auto list = [](const std::vector<std::string>& texts) {
        Json all = Json::array();
        for (const auto& one : texts) all.push(one);
        return all;
    };
    return Json::object({{"flag", rule.flag},
                         {"label", rule.label},
                         {"about", rule.about},
                         {"counts", rule.counts},
                         {"roles", list(rule.roles)},
                         {"not_counted", list(rule.not_counted)},
                         {"in_force", to_iso(rule.in_force)},
                         {"at_least", rule.at_least},
                         {"within_days", rule.within_days},
                         {"similar", rule.similar},
                         {"self_declared", rule.self_declared},
                         {"top_percent", rule.top_percent},
                         {"top_within_days", rule.top_within_days},
                         {"top_at_least", rule.top_at_least},
                         {"suggests", rule.suggests},
                         {"source", rule.source}});
}

FlagRule from_row(const Json& row) {
    const auto list = [](const Json& texts) {
        std::vector<std::string> all;
        for (const auto& one : texts.items()) all.push_back(one.as_string());
        return all;
    };
    const auto number = [&](std::string_view key) { return static_cast<int>(row[key].as_integer()); };
    return {.flag = row["flag"].as_string(),
            .label = row["label"].as_string(),
            .about = row["about"].as_string(),
            .counts = row["counts"].as_string(),
            .roles = list(row["roles"]),
            .not_counted = list(row["not_counted"]),
            .in_force = parse_date(row["in_force"].as_string()).value_or(Date{}),
            .at_least = number("at_least"),
            .within_days = number("within_days"),
            .similar = row["similar"].as_bool(),
            .self_declared = row["self_declared"].as_bool(),
            .top_percent = number("top_percent"),
            .top_within_days = number("top_within_days"),
            .top_at_least = number("top_at_least"),
            .suggests = row["suggests"].as_string(),
            .source = row["source"].as_string()};
}

void apply_rules(store::Transaction& tx, const ledger::Event& event) {
    tx.execute("delete from flag_rule");
    for (const auto& row : event.envelope["rules"].items())
        tx.execute("insert into flag_rule (stream, flag, in_force, body) values (:stream, :flag, :in_force, :body)",
                   {{"stream", event.stream}, {"flag", row["flag"].as_string()}, {"in_force", row["in_force"].as_string()}, {"body", to_text(row)}});
}

// ---- Rows of incidents

constexpr std::string_view row_columns =
    "i.subject, i.record, i.entry, i.role, i.subject_kind, i.what, i.on_day, i.contact_day, i.dropped, i.similar_to, i.self_declared, i.record_kind, "
    "i.reference";
constexpr std::string_view row_kinds = "iiitttttttitt";

Told to_told(const store::Row& row) {
    Told told{.subject = row.integer(0),
              .subject_kind = row.text(4),
              .role = row.text(3),
              .entry = row.integer(2),
              .what = row.text(5),
              .on = parse_date(row.text(6)).value_or(Date{}),
              .contact = parse_date(row.text(7)),
              .dropped = row.text(8),
              .similar_to = row.text(9).empty() ? std::vector<std::string>{} : split(row.text(9), ' '),
              .self_declared = row.truth(10),
              .record = row.integer(1),
              .record_kind = row.text(11),
              .reference = row.text(12)};
    return told;
}

std::vector<store::Value> to_values(const Told& one) {
    return {one.subject,
            one.record,
            one.entry,
            one.role,
            one.subject_kind,
            one.what,
            to_iso(one.on),
            one.contact ? to_iso(*one.contact) : std::string{},
            one.dropped,
            join(one.similar_to, " "),
            std::int64_t{one.self_declared},
            one.record_kind,
            one.reference};
}

// ---- Merged people: a flag is of the one that is pointed to

Seq root_record(store::Reader& reader, Seq subject) {
    struct Roots {};
    return store::once<Roots>(reader, subject, [&] {
        Seq one = subject;
        for (int step = 0; step < 20; ++step) {
            const auto row = reader.select_one("i", "select merged_into from person where stream = :stream", {{"stream", one}});
            if (!row || row->is_null(0)) break;
            one = row->integer(0);
        }
        return one;
    });
}

/// The subject and everybody merged into it, over several steps.
std::vector<Seq> group_of(store::Reader& reader, Seq root) {
    std::vector<Seq> all{root};
    for (std::size_t i = 0; i < all.size() && all.size() < 200; ++i)
        for (const auto& row : reader.select("i", "select stream from person where merged_into = :into order by stream", {{"into", all[i]}}))
            if (std::find(all.begin(), all.end(), row.integer(0)) == all.end()) all.push_back(row.integer(0));
    return all;
}

void derive_flags(store::Transaction& tx, Seq subject, const std::vector<FlagRule>& rules) {
    std::vector<Told> told;
    const bool merged_away = root_record(tx, subject) != subject;
    if (!merged_away)
        for (const Seq one : group_of(tx, subject))
            for (const auto& row : tx.select(
                     row_kinds, fmt::format("select {} from incident i where i.subject = :subject order by i.record, i.entry, i.role", row_columns),
                     {{"subject", one}}))
                told.push_back(to_told(row));
    std::vector<std::tuple<std::string, std::string, std::string, std::string>> wanted, there;
    std::vector<FlagRule> all = rules;
    for (const auto& rule : rules)
        if (auto busy = busy_part(rule)) all.push_back(std::move(*busy));
    if (!told.empty())
        for (const auto& period : flag_periods(all, told))
            wanted.emplace_back(period.flag, to_iso(period.from), to_iso(period.until), join(period.whats, " "));
    for (const auto& row :
         tx.select("tttt", "select flag, holds_from, holds_until, incidents from repeat_flag where subject = :subject order by flag, holds_from",
                   {{"subject", subject}}))
        there.emplace_back(row.text(0), row.text(1), row.text(2), row.text(3));
    if (wanted == there) return;
    tx.execute("delete from repeat_flag where subject = :subject", {{"subject", subject}});
    std::vector<std::vector<store::Value>> rows;
    for (const auto& [flag, from, until, incidents] : wanted) rows.push_back({subject, flag, from, until, incidents});
    if (!rows.empty()) tx.insert_many("repeat_flag", {"subject", "flag", "holds_from", "holds_until", "incidents"}, rows);
}

/// Flags are about a person's whole record: a merge and its undoing move them. Whom it was merged into before is asked of the ledger; in a rebuild's
/// shadow there are no events, and none are needed, because everybody's flags are made afresh.
void derive_merged(store::Transaction& tx, Seq stream) {
    if (tx.count("select version from person where stream = :stream", {{"stream", stream}}) <= 1) return;
    std::set<Seq> touched{stream, root_record(tx, stream)};
    for (const auto& row : tx.select("t", "select envelope from event where stream = :stream and kind = 'subjects.merged'", {{"stream", stream}}))
        if (const auto envelope = parse_json(row.text(0)); envelope && envelope->has("merged_into"))
            touched.insert(root_record(tx, (*envelope)["merged_into"].as_integer()));
    const auto rules = flag_rules(tx);
    for (const Seq one : touched) derive_flags(tx, one, rules);
}

}  // namespace

std::vector<FlagRule> flag_rules(store::Reader& reader) {
    struct Rules {};
    return store::once<Rules>(reader, 0, [&] {
        std::vector<FlagRule> rules;
        for (const auto& row : reader.select("t", "select body from flag_rule order by flag, in_force"))
            if (const auto body = parse_json(row.text(0))) rules.push_back(from_row(*body));
        return rules;
    });
}

Result<Done> load_flag_rules(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const std::vector<FlagRule>& rules) {
    Json rows = Json::array();
    for (const auto& rule : rules) rows.push(to_row(rule));
    const auto held = tx.select_one("i", "select stream from flag_rule limit 1");
    Json there = Json::array();
    for (const auto& rule : flag_rules(tx)) there.push(to_row(rule));
    std::stable_sort(rows.items().begin(), rows.items().end(), [](const Json& a, const Json& b) {
        return std::pair{a["flag"].as_string(), a["in_force"].as_string()} < std::pair{b["flag"].as_string(), b["in_force"].as_string()};
    });
    if (sorted(rows) == sorted(there)) return Done{};
    const Seq stream = held ? held->integer(0) : ledger.create(tx, "flag_rules", new_id(author.at));
    auto appended =
        ledger.append(tx, author, stream, {},
                      {ledger::NewEvent{"subjects.flag_rules_set", Json::object({{"rules", rows}, {"summary", "Rules of repeat flags set"}})}});
    if (!appended) return appended.error();
    tx.execute("delete from busy_limit");
    const auto now = flag_rules(tx);
    for (const auto& row : tx.select("i", "select distinct subject from incident order by subject")) derive_flags(tx, row.integer(0), now);
    return Done{};
}

namespace {

void insert_incidents(store::Transaction& tx, const std::set<std::vector<store::Value>>& rows) {
    if (rows.empty()) return;
    tx.insert_many("incident",
                   {"subject", "record", "entry", "role", "subject_kind", "what", "on_day", "contact_day", "dropped", "similar_to", "self_declared",
                    "record_kind", "reference"},
                   {rows.begin(), rows.end()});
}

void derive_touched(store::Transaction& tx, const std::set<Seq>& touched) {
    const auto rules = flag_rules(tx);
    std::set<Seq> roots;
    for (const Seq one : touched) roots.insert(root_record(tx, one));
    for (const Seq one : roots) derive_flags(tx, one, rules);
}

}  // namespace

void tell_incidents(store::Transaction& tx, Seq record, std::string_view record_kind, std::string_view reference, const std::vector<Told>& told) {
    std::set<std::vector<store::Value>> wanted, there;
    std::set<Seq> touched;
    for (Told one : told) {
        one.record = record;
        one.record_kind = record_kind;
        one.reference = reference;
        if (one.what.empty()) one.what = incident_name(record, one.entry);
        wanted.insert(to_values(one));
        touched.insert(one.subject);
    }
    for (const auto& row :
         tx.select(row_kinds, fmt::format("select {} from incident i where i.record = :record", row_columns), {{"record", record}})) {
        const auto one = to_told(row);
        there.insert(to_values(one));
        touched.insert(one.subject);
    }
    if (wanted == there) return;
    if (!there.empty()) tx.execute("delete from incident where record = :record", {{"record", record}});
    insert_incidents(tx, wanted);
    derive_touched(tx, touched);
}

void tell_new_incidents(store::Transaction& tx, std::vector<Told> told) {
    std::set<std::vector<store::Value>> wanted;
    std::set<Seq> touched;
    for (auto& one : told) {
        if (one.what.empty()) one.what = incident_name(one.record, one.entry);
        wanted.insert(to_values(one));
        touched.insert(one.subject);
    }
    insert_incidents(tx, wanted);
    derive_touched(tx, touched);
}

// ---- What a reader sees

namespace {

std::vector<Told> readable_incidents(store::Reader& reader, const access::Context& context, const std::vector<Seq>& subjects) {
    std::vector<Told> all;
    for (const Seq subject : subjects) {
        store::Binds binds{{"subject", subject}};
        const std::string readable = context.readable("i.record", binds);
        for (const auto& row : reader.select(
                 row_kinds,
                 fmt::format("select {} from incident i where i.subject = :subject and {} order by i.record, i.entry, i.role", row_columns, readable),
                 binds))
            all.push_back(to_told(row));
    }
    return all;
}

std::string quoted(const std::vector<std::string>& codes) {
    std::string list = "'-'";
    for (const auto& code : codes)
        if (code.find('\'') == std::string::npos) list += ", '" + code + "'";
    return list;
}

/// SQL and binds of what counts for the busiest within the year that ends on the day.
std::string counts_sql(const FlagRule& rule, Date day, store::Binds& binds) {
    binds.insert(binds.end(), {{"kind", rule.about}, {"from", to_iso(day - rule.top_within_days)}, {"to", to_iso(day)}});
    return fmt::format("i.subject_kind = :kind and i.on_day >= :from and i.on_day <= :to and i.dropped not in ({}) and i.role in ({})",
                       quoted(rule.not_counted), quoted(rule.roles));
}

/// The least number of incidents that is among the busiest: rank 1 to ceil(5% of the places); among few places only the busiest one.
std::int64_t work_out_limit(store::Reader& reader, const FlagRule& rule, Date day) {
    store::Binds binds;
    const std::string sql = fmt::format(R"sql(
        select n, count(*)
          from (select count(distinct i.what) as n from incident i where {} group by i.subject) as places
         group by n
         order by n desc)sql",
                                        counts_sql(rule, day, binds));
    const auto rows = reader.select("ii", sql, binds);
    std::int64_t places = 0, busier = 0, least = 1;
    for (const auto& row : rows) places += row.integer(1);
    for (const auto& row : rows) {
        if (busier * 100 >= std::max<std::int64_t>(100, places * rule.top_percent)) break;
        least = row.integer(0);
        busier += row.integer(1);
    }
    return std::max<std::int64_t>(least, rule.top_at_least);
}
std::int64_t busy_limit(store::Reader& reader, const FlagRule& rule, Date day) {
    const auto row =
        reader.select_one("i", "select least from busy_limit where flag = :flag and on_day = :day", {{"flag", rule.flag}, {"day", to_iso(day)}});
    return row ? row->integer(0) : work_out_limit(reader, rule, day);
}

/// Does this place reach the limit of the busiest by what the reader may read? The limit is asked for only where the incidents are enough.
std::optional<Flag> busiest(store::Reader& reader, const FlagRule& rule, const std::vector<Told>& told, Date day) {
    const auto busy = busy_part(rule);
    auto flags = busy ? flags_on({*busy}, told, day) : std::vector<Flag>{};
    if (flags.empty() || static_cast<std::int64_t>(flags.front().because.size()) < busy_limit(reader, rule, day)) return {};
    Flag flag = std::move(flags.front());
    flag.code = rule.flag;
    flag.text = fmt::format("{} in {} days, among the busiest {}% of places", counted(static_cast<long long>(flag.because.size()), "incident"),
                            rule.top_within_days, rule.top_percent);
    return flag;
}

std::vector<ShownFlag> shown(store::Reader& reader, const access::Context& context, const std::vector<Seq>& subjects) {
    std::vector<ShownFlag> all;
    if (subjects.empty()) return all;
    const auto told = readable_incidents(reader, context, subjects);
    if (told.empty()) return all;
    const auto rules = in_force(flag_rules(reader), context.today());
    std::vector<FlagRule> about;
    for (const auto& rule : rules)
        if (rule.about == told.front().subject_kind) about.push_back(rule);
    auto flags = flags_on(about, told, context.today());
    for (const auto& rule : about)
        if (std::none_of(flags.begin(), flags.end(), [&](const Flag& one) { return one.code == rule.flag; }))
            if (auto busy = busiest(reader, rule, told, context.today())) flags.push_back(std::move(*busy));
    if (flags.empty()) return all;
    ShownFlag whose{.flag = {}, .subject = subjects.front(), .subject_kind = told.front().subject_kind, .subject_id = {}, .subject_name = {}};
    if (whose.subject_kind == "place") {
        if (const auto held = place(reader, whose.subject)) {
            whose.subject_id = held->id;
            whose.subject_name = held->details.text.empty() ? held->details.postcode : held->details.text;
        }
    } else if (const auto held = person(reader, whose.subject)) {
        whose.subject_id = held->id;
        whose.subject_name = held->name();
    }
    for (auto& flag : flags) {
        whose.flag = std::move(flag);
        all.push_back(whose);
    }
    return all;
}

}  // namespace

std::vector<ShownFlag> flags_of(store::Reader& reader, const access::Context& context, Seq subject) {
    return shown(reader, context, group_of(reader, root_record(reader, subject)));
}

std::vector<ShownFlag> flags_if_same(store::Reader& reader, const access::Context& context, const std::vector<Seq>& subjects) {
    std::vector<Seq> all;
    for (const Seq one : subjects)
        for (const Seq member : group_of(reader, root_record(reader, one)))
            if (std::find(all.begin(), all.end(), member) == all.end()) all.push_back(member);
    return shown(reader, context, all);
}

std::vector<ShownFlag> flags_of_record(store::Reader& reader, const access::Context& context, Seq record) {
    std::vector<ShownFlag> all;
    std::set<Seq> done;
    for (const auto& row :
         reader.select("i", "select distinct subject from incident where record = :record order by subject", {{"record", record}})) {
        const Seq root = root_record(reader, row.integer(0));
        if (!done.insert(root).second) continue;
        for (auto& one : flags_of(reader, context, root)) all.push_back(std::move(one));
    }
    return all;
}

namespace {

using Newest = std::vector<std::pair<Seq, std::string>>;  // who, and the day of the newest incident that the reader may read

Newest with_flags(store::Reader& reader, const access::Context& context, Date since, std::size_t most) {
    store::Binds binds{{"today", to_iso(context.today())}, {"since", to_iso(since)}, {"most", most}};
    const std::string readable = context.readable("i.record", binds);
    Newest all;
    for (const auto& row : reader.select("it",
                                         fmt::format(R"sql(
        select f.subject, max(i.on_day)
          from repeat_flag f join incident i on i.subject = f.subject
         where f.holds_from <= :today and f.holds_until >= :today and f.flag not like '%.busy' and (i.on_day >= :since or i.contact_day >= :since) and {}
         group by f.subject
         order by 2 desc, f.subject
         limit :most)sql",
                                                     readable),
                                         binds))
        all.emplace_back(row.integer(0), row.text(1));
    return all;
}

/// The places to which something was added since, that have enough over everything, and that reach the limit by what the reader may read.
Newest among_busiest(store::Reader& reader, const access::Context& context, const FlagRule& rule, Date since, std::size_t most) {
    store::Binds binds{{"busy", busy_part(rule)->flag},
                       {"today", to_iso(context.today())},
                       {"since", to_iso(since)},
                       {"most", most},
                       {"least", busy_limit(reader, rule, context.today())}};
    const std::string counts = counts_sql(rule, context.today(), binds), readable = context.readable("i.record", binds);
    Newest all;
    for (const auto& row : reader.select("it",
                                         fmt::format(R"sql(
        select i.subject, max(i.on_day)
          from incident i
         where {} and {}
           and i.subject in (select n.subject
                               from incident n join repeat_flag f on f.subject = n.subject and f.flag = :busy
                              where n.subject_kind = :kind and n.on_day >= :since and f.holds_from <= :today and f.holds_until >= :today)
         group by i.subject
        having count(distinct i.what) >= :least and max(i.on_day) >= :since
         order by 2 desc, i.subject
         limit :most)sql",
                                                     counts, readable),
                                         binds))
        all.emplace_back(row.integer(0), row.text(1));
    return all;
}

}  // namespace

std::vector<ShownFlag> flags_raised(store::Reader& reader, const access::Context& context, Date since, std::size_t most) {
    // repeat_flag is over everything there is: it says only where to look. What is shown is worked out from what this reader may read.
    Newest where = with_flags(reader, context, since, most);
    for (const auto& rule : in_force(flag_rules(reader), context.today()))
        if (busy_part(rule))
            for (auto& one : among_busiest(reader, context, rule, since, most)) where.push_back(std::move(one));
    std::stable_sort(where.begin(), where.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<ShownFlag> all;
    std::set<Seq> done;
    for (const auto& [subject, newest] : where) {
        if (done.size() == most) break;
        if (!done.insert(root_record(reader, subject)).second) continue;
        for (auto& one : flags_of(reader, context, subject))
            if (!one.flag.because.empty() && one.flag.day_of(one.flag.because.back()) >= since) all.push_back(std::move(one));
    }
    return all;
}

void refresh_busy_limits(store::Database& db, Date today) {
    std::vector<std::pair<std::string, std::int64_t>> fresh;  // counted before the write, so that no writer waits for it
    db.read([&](store::Reader& reader) {
        for (const auto& rule : in_force(flag_rules(reader), today))
            if (busy_part(rule) && reader.count("select count(*) from busy_limit where flag = :flag and on_day = :day",
                                                {{"flag", rule.flag}, {"day", to_iso(today)}}) == 0)
                fresh.emplace_back(rule.flag, work_out_limit(reader, rule, today));
    });
    if (fresh.empty()) return;
    db.write([&](store::Transaction& tx) {
        for (const auto& [flag, least] : fresh) {
            tx.execute("delete from busy_limit where flag = :flag", {{"flag", flag}});
            tx.execute("insert into busy_limit (flag, on_day, least) values (:flag, :day, :least)",
                       {{"flag", flag}, {"day", to_iso(today)}, {"least", least}});
        }
        return true;
    });
}

std::vector<IncidentsAt> incidents_within(store::Reader& reader, const access::Context& context, const Box& box, Date since, std::size_t most) {
    store::Binds binds{{"west", box.west}, {"east", box.east}, {"south", box.south}, {"north", box.north}, {"since", to_iso(since)}, {"most", most}};
    const std::string readable = context.readable("i.record", binds);
    std::vector<IncidentsAt> all;
    for (const auto& row : reader.select("iit",
                                         fmt::format(R"sql(
        select i.subject, count(distinct i.what), max(i.on_day)
          from place p join incident i on i.subject = p.stream
         where p.easting >= :west and p.easting <= :east and p.northing >= :south and p.northing <= :north and i.on_day >= :since
           and i.subject_kind = 'place' and {}
         group by i.subject
         order by 2 desc, i.subject
         limit :most)sql",
                                                     readable),
                                         binds))
        all.push_back({row.integer(0), row.integer(1), parse_date(row.text(2)).value_or(Date{})});
    return all;
}

Json to_json(const ShownFlag& shown) {
    Json because = Json::array();
    for (const auto& one : shown.flag.because)
        because.push(Json::object({{"reference", one.reference}, {"kind", one.record_kind}, {"on", to_iso(shown.flag.day_of(one))}}));
    Json json = Json::object({{"code", shown.flag.code},
                              {"label", shown.flag.label},
                              {"text", shown.flag.text},
                              {"subject", Json::object({{"kind", shown.subject_kind}, {"id", shown.subject_id}, {"name", shown.subject_name}})},
                              {"because", because}});
    json.set_if("suggests", shown.flag.suggests).set_if("note", shown.flag.note);
    return json;
}

void register_flag_projections(ledger::Ledger& ledger) {
    ledger.add(ledger::Projection{.stream_kind = "flag_rules", .tables = {"flag_rule"}, .apply = apply_rules});
    ledger.add(ledger::Derivation{.stream_kind = "person", .tables = {"incident", "repeat_flag"}, .derive = derive_merged});
}

}  // namespace concord::subjects
