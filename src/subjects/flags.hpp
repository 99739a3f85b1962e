#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "ledger/ledger.hpp"
#include "web/html.hpp"

/// Repeat flags (hub-casework.md section 9): who and what is flagged, and by which incidents. The rules are dated rows,
/// codes/flags/repeat_flags.toml.
///
/// Among the busiest 5% of places is whatever place reaches a limit: a number of the partnership as a whole, worked out nightly, that names nothing.
/// Whether a place reaches it for a reader is counted, as all flags are, from the incidents that he may read.
///
/// Records tell which incidents touched whom (tell_incidents). From that, repeat_flag says when a flag holds over everything there is, and flags_of
/// says which flags *this reader* sees: they are worked out from the incidents that he may read and from no others, so that a flag never betrays a
/// record that he may not know.
namespace concord::subjects {

using ledger::Seq;

// ---- Rules

struct FlagRule {
    std::string flag, label, about, counts;
    std::vector<std::string> roles, not_counted;
    Date in_force;
    int at_least = 1, within_days = 0;
    bool similar = false, self_declared = false;
    int top_percent = 0, top_within_days = 0, top_at_least = 0;  // 0: no such part
    std::string suggests, source;
};
/// The rows of a rule file; the refusal names the file, the row and what is wrong.
Result<std::vector<FlagRule>> read_flag_rules(std::string_view toml, const std::string& file);
/// Puts these rows in place of those there are, by one event, and works every flag out again. The same rows again change nothing.
Result<Done> load_flag_rules(store::Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const std::vector<FlagRule>& rules);
std::vector<FlagRule> flag_rules(store::Reader& reader);
/// The row of each flag that is in force on the day, its key date.
std::vector<FlagRule> in_force(const std::vector<FlagRule>& rules, Date on);

// ---- What happened: values in, values out

/// One incident or contact with one subject, as a record tells it.
struct Told {
    Seq subject = 0;
    std::string subject_kind = "person", role;
    std::int64_t entry = 0;
    std::string what;                     // identity: incident_name(record, entry), of the first report where this one repeats it
    Date on;                              // the day in London on which it happened
    std::optional<Date> contact;          // the day on which it was told, where this was a contact
    std::string dropped;                  // the reason, where nothing was done about it
    std::vector<std::string> similar_to;  // behaviour codes
    bool self_declared = false;
    Seq record = 0;  // filled in by tell_incidents
    std::string record_kind, reference;
    bool operator==(const Told&) const = default;
};
std::string incident_name(Seq record, std::int64_t entry);

/// The part of a rule about the busiest as a rule of its own, ".busy" after its code: enough incidents to be asked whether they are many. Stands in
/// repeat_flag beside the others, so that the busiest are looked for among few.
std::optional<FlagRule> busy_part(const FlagRule& rule);

struct Flag {
    std::string code, label;
    std::vector<Told> because;  // one row an incident, oldest first
    std::string text;           // "3 incidents in 90 days"
    std::string suggests;       // "problem_plan"
    std::string note;           // what to think of, beside it
    bool contacts = false;      // counts reports, by the day on which they came
    Date day_of(const Told& one) const { return contacts ? one.contact.value_or(one.on) : one.on; }
};
/// Flags of one subject on a day, from the rows that are given. `day - within_days` is the first day that counts, `day` the last.
std::vector<Flag> flags_on(const std::vector<FlagRule>& rules, const std::vector<Told>& told, Date day);

struct Period {
    std::string flag;
    Date from, until;                // first and last day on which it holds
    std::vector<std::string> whats;  // incidents that made it
    bool operator==(const Period&) const = default;
};
/// When each flag holds, if nothing else happens: maximal periods.
std::vector<Period> flag_periods(const std::vector<FlagRule>& rules, const std::vector<Told>& told);

// ---- With the database

/// What this record tells, in place of what it told before; works out the flags of everybody whom it touches or touched. Called by the record's
/// derivation, with every involvement that stands.
void tell_incidents(store::Transaction& tx, Seq record, std::string_view record_kind, std::string_view reference, const std::vector<Told>& told);
/// Loads: incidents of records that have told none yet, each with its record, kind and reference.
void tell_new_incidents(store::Transaction& tx, std::vector<Told> told);

/// Works out, over everything, how many incidents make a place one of the busiest on this day. Every night, and when the server starts.
void refresh_busy_limits(store::Database& db, Date today);

struct ShownFlag {
    Flag flag;
    Seq subject = 0;
    std::string subject_kind, subject_id, subject_name;
};
/// Flags of one person or place (with all that are merged into the person) that this reader may see on this day.
std::vector<ShownFlag> flags_of(store::Reader& reader, const access::Context& context, Seq subject);
/// The same as if these were one: somebody reported now and a strong candidate.
std::vector<ShownFlag> flags_if_same(store::Reader& reader, const access::Context& context, const std::vector<Seq>& subjects);
/// Flags of everybody and everything that the record involves.
std::vector<ShownFlag> flags_of_record(store::Reader& reader, const access::Context& context, Seq record);
/// {"code","label","text","subject":{"kind","id","name"},"because":[{"reference","kind","on"}],"suggests"?,"note"?}
Json to_json(const ShownFlag& shown);

/// The flags of a page, with their incidents as links; empty where there are none. `of_whom`: says of whom each is, for pages about several.
web::Html flags_panel(const std::vector<ShownFlag>& flags, bool of_whom);

void register_flag_projections(ledger::Ledger& ledger);

}  // namespace concord::subjects
