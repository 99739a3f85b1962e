#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "access/access.hpp"
#include "access/asking.hpp"
#include "store/once.hpp"

/// The one door: whether, and by which rule. What reads is decided by the same rows that lists join.
namespace concord::access {
namespace {

/// What lies on a record is read by whoever reads the record.
bool is_record(std::string_view kind) { return kind == "case" || kind == "referral" || kind == "entry" || kind == "document"; }
bool is_subject(std::string_view kind) { return kind == "person" || kind == "place" || kind == "organisation"; }

std::string sentence_for(std::string_view rule) {
    if (rule == "hub_team") return "You work in the hub whose team reads this record.";
    if (rule == "lead_agency_in_hub") return "Your agency leads it in a hub where you work.";
    if (rule == "task") return "Your agency has a task on it.";
    if (rule == "information_request") return "Your agency was asked for information on it.";
    if (rule == "lead_officer") return "You are the lead officer.";
    if (rule == "named") return "You are named on it.";
    if (rule == "transfer_offer") return "It is offered to a hub where you work.";
    if (rule == "handed_over") return "It was your hub's record until it was handed over, a short while ago.";
    if (rule == "invited") return "You or your agency were invited to it.";
    if (rule == "analysts") return "Analysts read records that are not restricted.";
    return fmt::format("The record's audience has you by the rule \"{}\".", rule);
}

Refusal absent() { return Refusal{Because::absent, "access.absent", "There is nothing at this address, or it is not for you to see."}; }

bool is_there(store::Reader& reader, std::string_view kind, Seq seq) {
    return reader.count("select count(*) from stream where seq = :seq and kind = :kind", {{"seq", seq}, {"kind", kind}}) != 0;
}

std::vector<Reason> why_readable(store::Reader& reader, const Actor& actor, Seq record, Date today) {
    auto& kept = reader.kept<KeptAudience>();
    if (kept.record != record || kept.today != today) {
        restriction_soon(reader, record);  // whoever may read it is asked for his reason next
        kept = {.record = record,
                .today = today,
                .rows = reader.select("it", "select principal, because from visibility where record = :record and until_day >= :today",
                                      {{"record", record}, {"today", today}})};
    }
    std::vector<Reason> because;
    for (const auto& row : kept.rows)
        for (const auto mine : actor.principals)
            if (mine == row.integer(0)) because.push_back({"audience." + row.text(1), sentence_for(row.text(1))});
    return because;
}

bool knows(store::Reader& reader, const Actor& actor, Seq subject, Date today) {
    struct Known {};
    return store::once<Known>(reader, std::tuple{actor.user, today, subject}, [&] {
        store::Binds binds{{"subject", subject}};
        return reader.count("select case when " + known_sql(actor, ":subject", today, binds) + " then 1 else 0 end", binds) != 0;
    });
}

Answer allowed(std::string rule, std::string text) { return {.allowed = true, .visible = true, .because = {{std::move(rule), std::move(text)}}}; }
Answer refused(bool visible, std::string rule, std::string text) {
    return {.allowed = false, .visible = visible, .because = {{std::move(rule), std::move(text)}}};
}

Answer may_with_record(store::Reader& reader, const Actor& actor, std::string_view action, const Thing& thing, Date today) {
    if (action == "create") {
        if (thing.kind == "referral") return allowed("role.any", "Everyone who signs in may report.");
        if (!actor.has_any_role({"hub_officer", "supervisor", "police_sgt", "hub_manager"}))
            return refused(true, "role.hub", "Only hub officers, supervisors and managers open cases.");
        if (thing.hub != 0 && !actor.works_in(thing.hub)) return refused(true, "hub.elsewhere", "You can open cases only in a hub where you work.");
        return allowed("role.hub", "You are an officer of the hub.");
    }
    Answer answer{.allowed = false, .visible = false, .because = why_readable(reader, actor, thing.seq, today)};
    if (answer.because.empty()) return refused(false, "audience.none", "No group that you belong to is in its audience.");
    answer.visible = true;
    // The record's own people work it; whoever was let in from elsewhere (a task, an invitation, a question) reads and adds, whatever his role is at
    // home: hub-casework.md section 12, PARTNER_USER. An analyst reads.
    const auto by = [&](std::initializer_list<std::string_view> rules) {
        return std::any_of(answer.because.begin(), answer.because.end(), [&](const Reason& reason) {
            return std::any_of(rules.begin(), rules.end(), [&](auto rule) { return reason.rule == rule; });
        });
    };
    const bool own = by({"audience.hub_team", "audience.lead_agency_in_hub", "audience.lead_officer", "audience.named"});
    const bool reads_only =
        std::all_of(answer.because.begin(), answer.because.end(), [](const Reason& reason) { return reason.rule == "audience.analysts"; });
    const bool officer = actor.has_any_role({"hub_officer", "supervisor", "police_sgt", "hub_manager"});
    if (action == "read") answer.allowed = true;
    if (action == "comment" || action == "act") {
        answer.allowed = !reads_only;
        if (!answer.allowed) answer.because.push_back({"role.analyst", "Analysts read; they do not write."});
        return answer;
    }
    if (action == "change" || action == "export") answer.allowed = own && (officer || actor.has_role("enforcement_officer"));
    if (action == "triage" || action == "assign") answer.allowed = own && officer;
    if (action == "release") answer.allowed = own && actor.has_any_role({"supervisor", "police_sgt", "hub_manager"});
    if (action == "lock") answer.allowed = actor.has_role("ig_lead") || (own && actor.has_role("hub_manager"));
    if (!answer.allowed && !own) {
        answer.because.push_back({"audience.elsewhere", "Only the record's own hub, its lead and those named on it may do this."});
        return answer;
    }
    if (!answer.allowed) answer.because.push_back({"role.needed", "Your role does not include this."});
    return answer;
}

Answer may_with_subject(store::Reader& reader, const Actor& actor, std::string_view action, const Thing& thing, Date today) {
    const bool works = actor.has_any_role({"hub_officer", "supervisor", "police_sgt", "hub_manager", "enforcement_officer", "partner_user"});
    // Where a place is and what an organisation is called is master data of the partnership; which records and people belong to it is decided one by
    // one (known_sql).
    const bool is_place = thing.kind == "place", is_open = is_place || thing.kind == "organisation";
    const auto open = [&] {
        return is_place ? allowed("place.open", "Places are known to everyone who signs in; what happened there is not.")
                        : allowed("organisation.open", "Organisations are known to everyone who signs in; who belongs to one is not.");
    };
    if (thing.seq == 0 && is_open && action == "read") return open();
    if (thing.seq == 0)
        return works || (action == "read" && actor.has_role("analyst"))
                   ? allowed("role.work", "Your work needs people and places.")
                   : refused(true, "role.work", "Your role does not work with people and places.");
    if (is_open) {
        if (!is_there(reader, thing.kind, thing.seq)) return refused(false, thing.kind + ".absent", "There is no such " + thing.kind + ".");
        if (action == "read") return open();
        return works ? allowed("role.work", "Your work needs people and places.")
                     : refused(true, "role.work", "Your role does not work with people and places.");
    }
    if (!knows(reader, actor, thing.seq, today)) return refused(false, "subject.unknown", "No record that you read involves them.");
    if (action == "read") return allowed("subject.known", "A record that you read involves them, or your agency recorded them.");
    return works ? allowed("role.work", "Your work needs people and places.")
                 : refused(true, "role.work", "Your role does not work with people and places.");
}

}  // namespace

Answer may(store::Reader& reader, const Actor& actor, std::string_view action, const Thing& thing, Date today) {
    note_asked(actor);
    if (!actor.signed_in()) return refused(false, "nobody", "Nobody has signed in.");
    if (action != "read" && !actor.may_write) return refused(true, "token.read_only", "This token reads only.");
    if (is_record(thing.kind)) return may_with_record(reader, actor, action, thing, today);
    if (is_subject(thing.kind)) return may_with_subject(reader, actor, action, thing, today);
    if (thing.kind == "users" || thing.kind == "codes" || thing.kind == "hubs") {
        if (action == "read") return allowed("signed_in", "Everyone who signs in sees who works where.");
        return actor.has_role("admin") ? allowed("role.admin", "You are a system administrator.")
                                       : refused(true, "role.admin", "Only a system administrator does this.");
    }
    if (thing.kind == "measures" || thing.kind == "pathways" || thing.kind == "recorded_crime")
        return allowed("signed_in", "Figures without names, and definitions, are open to everyone who signs in.");
    if (thing.kind == "search") return allowed("signed_in", "Everyone who signs in may search: only what they may read is found.");
    if (thing.kind == "own") return allowed("own", "It is your own.");
    return refused(false, "unknown", "No rule allows this.");
}

Result<Done> demand(store::Reader& reader, const Actor& actor, std::string_view action, const Thing& thing, Date today) {
    const auto answer = may(reader, actor, action, thing, today);
    if (answer.allowed) return Done{};
    if (!answer.visible) return absent();
    return Refusal{Because::not_allowed, "access.not_allowed", answer.because.empty() ? "This is not for you to do." : answer.because.back().text};
}

Answer Context::may(store::Reader& reader, std::string_view action, const Thing& thing) const {
    return access::may(reader, actor, action, thing, clock.today());
}
Result<Done> Context::demand(store::Reader& reader, std::string_view action, const Thing& thing) const {
    auto done = access::demand(reader, actor, action, thing, clock.today());
    if (done && is_record(thing.kind) && thing.seq > 0 && !has_reason(reader, *this, thing.seq, action)) {
        reason_needed = thing.seq;
        return absent();
    }
    return done;
}
std::string Context::readable(std::string_view column, store::Binds& binds) const { return readable_sql(actor, column, clock.today(), binds); }
std::string Context::known(std::string_view column, store::Binds& binds) const { return known_sql(actor, column, clock.today(), binds); }

}  // namespace concord::access
