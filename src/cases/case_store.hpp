#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "cases/case_state.hpp"

/// Every SQL statement that touches the tables of cases.
namespace concord::cases {

struct CaseRow {  // one line of a list
    Seq stream = 0;
    std::string reference, pathway, title, stage, risk_level, handling, restriction;
    Seq hub = 0, lead_user = 0, lead_agency = 0;
    bool open = true;
    Instant opened_at;
    std::optional<Instant> closed_at, next_due;
    std::int64_t next_due_key = 0;
};
struct Entry {
    std::int64_t version = 0;
    std::string kind, summary, words;
    Json detail;
    Instant at, recorded_at;
    Seq by_user = 0, by_agency = 0;
};

/// Key of an entry on the shelf "entries": the stream above, 20 bits of version below, so that newer cases come first.
constexpr std::int64_t text_key(Seq stream, std::int64_t version) { return (stream << 20) | (version & 0xfffff); }
constexpr Seq stream_of_text_key(std::int64_t key) { return key >> 20; }
constexpr std::int64_t version_of_text_key(std::int64_t key) { return key & 0xfffff; }
/// What the search for cases reads of an event: one text each, so that both words of a search stand in one note.
std::string words_of_event(const Json& payload);

std::string next_reference(store::Transaction& tx, std::string_view prefix, Instant at);

std::optional<Seq> find_case(store::Reader& reader, std::string_view reference_or_id);
std::optional<Json> case_state(store::Reader& reader, Seq stream);
/// The same, read and parsed once for as long as a transaction or read is about one record; null where there is none. The projection keeps it up to
/// date.
struct KeptState {
    Seq stream = 0;
    std::optional<Json> state;
    std::optional<Json> derived;  // as the derived rows have it, while the state is already ahead of them; none: they may have anything
};
KeptState& kept_state(store::Reader& reader, Seq stream);
std::vector<CaseRow> case_rows(store::Reader& reader, const std::vector<Seq>& streams);  // in the order asked
/// Newest first; `kind` empty: all.
std::vector<Entry> entries(store::Reader& reader, Seq stream, std::size_t limit, std::int64_t before_version = INT64_MAX, std::string_view kind = "");
struct KindCount {
    std::string kind;
    std::int64_t count = 0;
};
std::vector<KindCount> entry_kinds(store::Reader& reader, Seq stream);
/// What others did on the record after this version, newest first.
std::vector<Entry> entries_since(store::Reader& reader, Seq stream, std::int64_t version, Seq not_by, std::size_t limit);

/// The newest version that the user has marked as read; none where he never looked.
struct LastSeen {
    std::int64_t version = 0;
    Instant at;
};
std::optional<LastSeen> last_seen(store::Reader& reader, Seq user, Seq stream);
void mark_seen(store::Transaction& tx, Seq user, Seq stream, std::int64_t version, Instant at);
std::int64_t count_entries(store::Reader& reader, Seq stream);

/// Filters of a list, over what the actor may read; a scan of his own open records in order, stopped when the page is full.
struct CaseFilter {
    std::string pathway, stage, risk, words;
    Seq hub = 0, lead_user = 0, lead_agency = 0;
    bool own_hubs = false;
    std::optional<Date> due_before;
    access::PageAsk::Which which = access::PageAsk::Which::open;
    std::string sort = "next_due";  // next_due, opened_at, reference
    bool empty() const {
        return pathway.empty() && stage.empty() && risk.empty() && words.empty() && hub == 0 && lead_user == 0 && lead_agency == 0 && !own_hubs &&
               !due_before;
    }
};
struct CasePage {
    std::vector<CaseRow> rows;
    std::int64_t total = 0;
    bool at_least = false;  // total is a lower bound
    std::string next;       // cursor; empty on the last page
};
/// Is this a cursor of a list in this order ("next_due", "opened_at", "reference"), or of the find ("search")? One that is not begins at the start.
bool is_case_cursor(std::string_view list, std::string_view after);
CasePage list_cases(store::Reader& reader, const access::Actor& actor, const CaseFilter& filter, std::string_view after, std::size_t limit,
                    Date today);

/// Cases (open and closed) that involve this subject and that the actor may read, newest first.
std::vector<CaseRow> cases_about(store::Reader& reader, const access::Actor& actor, Seq subject, Date today, std::size_t limit);
/// Cases of which one entry holds every word, newest case first.
/// "17, 23", to stand in SQL after `in`: numbers of our own, of which there is one at least.
std::string listed(const std::vector<Seq>& numbers);

struct Found {
    std::vector<CaseRow> rows;
    std::int64_t total = 0;
    bool at_least = false;
    std::string next;
};
/// The newest first. Above `most` found the total says "at least", and pages go on to the very last.
Found find_cases(store::Reader& reader, const access::Actor& actor, std::string_view words, std::string_view after, std::size_t limit, Date today,
                 std::size_t most = 1000);

/// Documents whose name holds every word, of cases that the actor may read, newest case first.
struct FoundDocument {
    Seq stream = 0;
    std::string id, name, type, reference;
    Instant at;
};
struct FoundDocuments {
    std::vector<FoundDocument> rows;
    std::int64_t total = 0;
};
FoundDocuments find_documents(store::Reader& reader, const access::Actor& actor, std::string_view words, Date today, std::size_t limit);

/// The runs of clocks that an event changed, into clock_run; a new run ends the one before it.
void save_clocks(store::Transaction& tx, Seq stream, const Json& changed);

/// The groups of an event's or a state's "audience".
std::vector<access::Audience> audience_from(const Json& all);
/// Who may read this record, as its state says it.
std::vector<access::Audience> audience_of(const Json& state);
/// A report whose case is restricted or locked is for those whom the case names; derived again when either changes.
void derive_referral(store::Transaction& tx, Seq referral);

void register_case_projections(ledger::Ledger& ledger);

}  // namespace concord::cases
