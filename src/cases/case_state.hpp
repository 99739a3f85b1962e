#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "engine/engine.hpp"
#include "ledger/ledger.hpp"

/// A record as one JSON document, folded from its events by one function: the same for the live tables, `rebuild` and `?as_at=`.
///
///   id reference pathway pathway_version title hub stage open lead_user lead_agency handling restriction opened_at closed_at version
///   risk {tool version score most level scored_level override reason assessed_at by ever_high}
///   forms {form: answers}   saved {form: {version at by}}
///   involvements [{id subject kind role since ended reason}]
///   tasks [{id title agency owner due state high raised_at raised_by result reason template}]
///   clocks [{id started due paused_at ended state paused_micros}]    marks {name: {last count days}}
///   documents [{id name type size hash shared_hash at by agency}]    requests [{id holder purpose gateway urgency state due ...}]
///   audience [{kind key until because}]    links [{record kind}]
///
/// hub, users, agencies, subjects are stream Seqs; instants are RFC 3339 text, days ISO text.
namespace concord::cases {

using ledger::Seq;

/// The event's envelope says what changed, under these keys; the payload holds the words under the same keys:
///   opened, stage, closed, reopened, lead, handling, restriction, risk, form, involved, uninvolved, task, clocks, marks, document, request,
///   audience, link, entry
void fold(Json& state, const ledger::Event& event);

/// What conditions ask about (engine.hpp, Facts), for this actor at this moment.
engine::Facts facts_of(const Json& state, const Json& actor, Instant now);

std::vector<engine::Clock> clocks_of(const Json& state);
Json clocks_json(const std::vector<engine::Clock>& clocks);
/// The soonest end of running clocks and of open tasks; INT64_MAX where there is none, or the record is closed.
std::int64_t next_due_of(const Json& state);

/// One line for the history and the timeline, without personal data.
std::string summary_of(const ledger::Event& event);
std::string entry_kind_of(const ledger::Event& event);
/// What an entry is about, by number only: what was said of it when it was added, and {tasks, requests, documents, involvements} that it changed,
/// each with its id and whoever was given it. entry_words.hpp makes words of it.
Json entry_detail_of(const ledger::Event& event);
/// The words of an entry, one paragraph a line: a note's text, or else what was written into its form, or about its task or request.
std::string entry_words_of(const ledger::Event& event);

}  // namespace concord::cases
