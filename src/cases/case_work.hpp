#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "cases/case_store.hpp"
#include "cases/documents.hpp"
#include "cases/map_figures.hpp"
#include "cases/pathway_library.hpp"

/// What people do to a record. Each function asks access, asks the engine, and appends one event; a refusal says why.
/// expected: the version that the person had before them (If-Match, or the form's hidden field); nothing where none was given.
namespace concord::cases {

struct Deps {
    PathwayLibrary& library;
    std::function<WorkingCalendar()> calendar;
    std::string documents_folder;
    ReadMapFigures map_figures = {};       // set by app; none: the map of a case shows its places only
    class AlertCounts* alert_counts = {};  // cases.hpp; set by app
};

using Expected = std::optional<std::int64_t>;

struct Involve {
    Seq subject = 0;
    std::string kind = "person", role, reason;  // person, place, organisation
};
struct OpenAsk {
    std::string pathway, title, id;  // id: empty for a new one
    Seq hub = 0, lead_agency = 0, lead_user = 0;
    Json forms = Json::object();  // form id -> answers
    std::vector<Involve> involvements;
    std::vector<std::string> marks = {"case.opened"};
    std::string restriction;                 // empty: the definition's own
    std::vector<access::Audience> audience;  // empty: the definition's own
    std::string reference;                   // kept from elsewhere (load county); empty for a new one
    std::optional<Instant> opened_at;
    Seq referral = 0;
    std::string stage;            // load county only; empty: the first
    Json extra = Json::object();  // load county only: merged into the envelope
};
struct Opened {
    Seq stream = 0;
    std::string id, reference;
    std::int64_t version = 0;
};
Result<Opened> open_case(store::Transaction& tx, const access::Context& context, const Deps& deps, const OpenAsk& ask);

Result<std::int64_t> save_form(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                               std::string_view form, const Json& answers);
Result<std::int64_t> act(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                         std::string_view action, const Json& answers);

struct EntryAsk {
    std::string kind = "note";  // note contact decision incident
    std::string text;
    std::optional<Instant> at;
    std::string with;                // contact: victim, suspect, other
    std::string outcome;             // contact: made, no_answer, letter
    std::vector<std::string> marks;  // further marks (incident.added)
    Seq referral = 0;                // incident: the report that told of it
};
Result<std::int64_t> add_entry(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                               const EntryAsk& ask);

struct TaskAsk {
    std::string title;
    Seq agency = 0, owner = 0;
    std::optional<Date> due;
    bool high = false;
    std::string template_id;
};
struct Raised {
    std::string id;
    std::int64_t version = 0;
};
Result<Raised> raise_task(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                          const TaskAsk& ask);
/// change: accept decline done verify reopen cancel assign move
struct TaskChange {
    std::string id, change, words;
    Seq agency = 0, owner = 0;
    std::optional<Date> due;
    Expected expected = {};  // the task's version, or that of the case
};
Result<std::int64_t> change_task(store::Transaction& tx, const access::Context& context, const Deps& deps, const TaskChange& ask);
std::optional<Seq> case_of_task(store::Reader& reader, std::string_view task);

Result<Raised> involve(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected, const Involve& ask);
Result<std::int64_t> change_involvement(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                        std::string_view id, std::string_view new_role, std::string_view reason);  // empty role ends it

struct RequestAsk {
    Seq holder = 0;
    std::string purpose, gateway, necessity, asked_for, urgency = "routine";
    Seq subject = 0;
};
Result<Raised> request_information(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                   const RequestAsk& ask);
/// state: acknowledged disclosed part refused no_trace query sent withdrawn; expected: the request's version, or that of the case
Result<std::int64_t> answer_request(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                    std::string_view id, std::string_view state, std::string_view words);

Result<std::int64_t> assign(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected, Seq lead_agency,
                            Seq lead_user);
/// restriction: normal, restricted, locked; named: users who keep reading. Supervisors and above; a reason is needed.
Result<std::int64_t> restrict_case(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                   std::string_view restriction, const std::vector<Seq>& named, std::string_view reason);
Result<std::int64_t> invite(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                            const access::Audience& group);

struct DocumentAsk {
    std::string name, path;
};
Result<Raised> add_document(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                            const DocumentAsk& ask);

/// The record, its definition and the facts for this actor now.
struct Standing {
    Seq stream = 0;
    Json state;
    const engine::Definition* definition = nullptr;
    engine::Facts facts;
    std::shared_ptr<const engine::Pathways> pathways;
    WorkingCalendar calendar;
};
Result<Standing> standing(store::Reader& reader, const access::Context& context, const Deps& deps, Seq stream, std::optional<Instant> as_at = {});

}  // namespace concord::cases
