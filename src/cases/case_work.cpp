#include "cases/case_work.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "subjects/subjects.hpp"

namespace concord::cases {
namespace {

constexpr std::size_t longest_words = 8000;  // of what is typed about a task or a request, as of a form's long text

Refusal invalid(std::string code, std::string field, std::string message) {
    return Refusal{Because::invalid, std::move(code), "Some answers need another look.", {{std::move(field), std::move(message)}}};
}

/// The hub's own roles count only for those who work in the hub; elsewhere the same person is a partner.
Json actor_facts(const access::Actor& actor, const Json& state) {
    const bool here = actor.works_in(state["hub"].as_integer());
    const Seq offered = state["offered_hub"].as_integer();
    const bool receiving = offered != 0 && actor.works_in(offered);
    Json roles = Json::object(), receiving_roles = Json::object();
    for (const auto& role : actor.roles) {
        const bool hub_role =
            role == "hub_officer" || role == "supervisor" || role == "police_sgt" || role == "hub_manager" || role == "enforcement_officer";
        if (here || !hub_role) roles.set(role, true);
        if (receiving && hub_role) receiving_roles.set(role, true);
    }
    const bool is_lead = actor.user != 0 && state["lead_user"].as_integer() == actor.user;
    if (is_lead) roles.set("lead_officer", true);
    return Json::object(
        {{"role", roles}, {"receiving_role", receiving_roles}, {"is_lead", is_lead}, {"agency_kind", actor.agency_kind}, {"in_hub", here}});
}

/// What a change says, before clocks and marks are worked out.
struct Change {
    std::string kind, summary;
    Json envelope = Json::object();
    Json payload;
    std::vector<std::string> marks;
    std::optional<Instant> effective_at;
};

/// A change must be made with the record as it stands in hand: loaded, allowed, and of the version the person saw.
struct Hand {
    store::Transaction& tx;
    const access::Context& context;
    const Deps& deps;
    Seq stream = 0;
    Standing standing;
};

Refusal stale() {
    return {Because::stale, "cases.stale", "Someone changed this case while you had it open. Look at what they did, then save again."};
}

/// What a record that has ended does not take: it would wait for somebody whom nobody asks.
Refusal ended(std::string_view before) { return {Because::not_now, "cases.ended", fmt::format("The case has ended: reopen it {}.", before)}; }

Result<Hand> take_up(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                     std::string_view action) {
    if (auto asked = context.demand(tx, action, {.kind = "case", .seq = stream}); !asked) return asked.error();
    context.ledger.append_soon(tx, stream);
    auto found = standing(tx, context, deps, stream);
    if (!found) return found.error();
    Hand hand{tx, context, deps, stream, std::move(found).value()};
    if (expected && *expected != hand.standing.state["version"].as_integer()) return stale();
    return hand;
}

/// A task or a request on the case may be changed by whoever saw it as it is, whatever else happened to the case.
bool is_stale(const Hand& hand, const Json& part, Expected expected) {
    return expected && *expected != part["version"].as_integer() && *expected != hand.standing.state["version"].as_integer();
}

Json marks_json(const std::vector<std::string>& marks) {
    Json all = Json::array();
    for (const auto& mark : marks) all.push(mark);
    return all;
}

/// Clocks that the change starts, pauses or ends, into its envelope.
void set_clocks(const Json& before, const engine::Definition& definition, const Deps& deps, const access::Actor& actor, Change& change, Seq stream,
                Instant at) {
    if (change.marks.empty()) return;
    change.envelope.set("marks", marks_json(change.marks));
    Json after = before;
    fold(after, ledger::Event{.stream = stream,
                              .version = before["version"].as_integer() + 1,
                              .kind = change.kind,
                              .recorded_at = at,
                              .effective_at = at,
                              .envelope = change.envelope,
                              .payload = change.payload});
    const auto old_clocks = clocks_of(before);
    const auto facts = engine::with_rules(definition, facts_of(after, actor_facts(actor, after), at));
    std::vector<engine::Clock> changed;
    for (auto& clock : engine::advance(definition, old_clocks, change.marks, at, facts, deps.calendar()))
        if (std::find(old_clocks.begin(), old_clocks.end(), clock) == old_clocks.end()) changed.push_back(std::move(clock));
    if (!changed.empty()) change.envelope.set("clocks", clocks_json(changed));
}

Result<std::int64_t> put_down(Hand& hand, Change change) {
    const ledger::Author author = hand.context.author();
    const Instant at = change.effective_at.value_or(author.at);
    set_clocks(hand.standing.state, *hand.standing.definition, hand.deps, hand.context.actor, change, hand.stream, at);
    change.envelope.set_if("summary", change.summary);
    return hand.context.ledger.append(hand.tx, author, hand.stream, hand.standing.state["version"].as_integer(),
                                      {ledger::NewEvent{change.kind, std::move(change.envelope), std::move(change.payload), change.effective_at}});
}

/// Checked answers of one form, into the change: the envelope's part, the personal part, what is listed, and the risk where the form is a risk tool.
Result<Done> put_form(const engine::Definition& definition, const engine::Form& form, const Json& typed, const engine::Facts& facts, Date today,
                      Change& change) {
    auto checked = engine::check_form(definition, form, typed, facts, today);
    if (!checked) return checked.error();
    auto [envelope, payload] = engine::envelope_and_payload(form, *checked);
    Json listed = Json::array();
    std::map<std::string, int> ordinals;
    for (const auto& value : engine::listed_values(form, *checked)) {
        Json one = Json::object({{"field", value.field}, {"ordinal", ordinals[value.field]++}});
        if (value.text) one.set("text", *value.text);
        if (value.number) one.set("number", *value.number);
        if (value.date) one.set("date", to_iso(*value.date));
        listed.push(std::move(one));
    }
    Json said = Json::object({{"id", form.id}, {"version", form.version}, {"answers", envelope}});
    said.set_if("listed", listed);
    if (!change.envelope.has("forms")) change.envelope.set("forms", Json::array());
    Json forms = change.envelope["forms"];
    forms.push(std::move(said));
    change.envelope.set("forms", std::move(forms));
    Json words = change.payload["forms"].is_array() ? change.payload["forms"] : Json::array();
    words.push(payload.members().empty() ? Json::object() : Json::object({{"answers", payload}}));
    change.payload.set("forms", std::move(words));
    return Done{};
}

/// A level below the one that was scored: a supervisor's word, with a reason; the score stays as it was (hub-casework.md 6.1).
Result<Done> lower(const engine::RiskTool& tool, engine::RiskOutcome& outcome, const std::string& to, std::string_view reason,
                   const engine::Facts& facts) {
    const auto place_of = [&](std::string_view level) {
        return std::find_if(tool.bands.begin(), tool.bands.end(), [&](const auto& band) { return band.level == level; });
    };
    if (place_of(to) == tool.bands.end() || place_of(to) >= place_of(outcome.level))
        return invalid("cases.override_to", "override_to", "Choose a level below the one that the answers give.");
    const Json& role = facts["actor"]["role"];
    if (!role["supervisor"].as_bool() && !role["police_sgt"].as_bool() && !role["hub_manager"].as_bool())
        return Refusal{Because::not_allowed, "cases.downward_override", "Only a supervisor can bring the level below the one that the answers give."};
    if (letters_and_digits(reason) < 10)
        return invalid("cases.override_reason", "override_reason", "Say in a few words why the level is lowered (at least 10 letters).");
    outcome.level = to;
    return Done{};
}

/// Hubs and agencies may be given by their codes ("york", "nyc_cs"), users by their e-mail address, people, places and organisations by their id.
Json with_numbers(store::Reader& reader, const engine::Form& form, Json typed) {
    for (const auto& field : form.fields) {
        const std::string code = typed[field.id].is_string() ? trim(typed[field.id].as_string()) : "";
        if (code.empty()) continue;
        using K = engine::FieldKind;
        const auto found = field.kind == K::hub      ? access::hub_by_code(reader, code)
                           : field.kind == K::agency ? access::agency_by_code(reader, code)
                           : field.kind == K::user   ? access::user_by_email(reader, code)
                                                     : std::optional<access::Named>{};
        if (found) typed.set(field.id, found->seq);
        const auto subject = field.kind == K::person         ? subjects::find_person(reader, code)
                             : field.kind == K::place        ? subjects::find_place_id(reader, code)
                             : field.kind == K::organisation ? subjects::find_organisation(reader, code)
                                                             : std::optional<Seq>{};
        if (subject) typed.set(field.id, *subject);
    }
    return typed;
}

/// A reference that is typed is of another case that the person may read; a hub is another one of the partnership.
Result<Done> check_references(const Hand& hand, const engine::Form& form, const Json& typed) {
    for (const auto& field : form.fields) {
        if (field.kind != engine::FieldKind::case_reference || typed[field.id].as_string().empty()) continue;
        const auto other = find_case(hand.tx, trim(typed[field.id].as_string()));
        if (!other || !hand.context.may(hand.tx, "read", {.kind = "case", .seq = *other}).allowed)
            return invalid("cases.reference", field.id,
                           "There is no such case among those that you may read. Its reference looks like HC-2026-000123.");
        if (*other == hand.stream) return invalid("cases.reference", field.id, "This is the case itself: give the reference of the other one.");
    }
    for (const auto& field : form.fields) {
        using K = engine::FieldKind;
        const std::string number = typed[field.id].is_string() ? trim(typed[field.id].as_string()) : to_text(typed[field.id]);
        if (!typed.has(field.id) || number.empty() || number.size() > 18 || number.find_first_not_of("0123456789") != std::string::npos) continue;
        const Seq seq = std::stoll(number);
        auto& tx = hand.tx;
        if (field.kind == K::user && access::name_of(tx, "app_user", seq).empty())
            return invalid("cases.reference", field.id, "Choose somebody who may sign in.");
        if (field.kind == K::agency && access::name_of(tx, "agency", seq).empty())
            return invalid("cases.reference", field.id, "Choose an agency of the partnership.");
        if ((field.kind == K::person && !hand.context.may(tx, "read", {.kind = "person", .seq = seq}).allowed) ||
            (field.kind == K::place && !subjects::place(tx, seq)) || (field.kind == K::organisation && !subjects::organisation(tx, seq)))
            return invalid("cases.reference", field.id, "There is nobody and nothing of this number: choose from the list.");
    }
    const std::string own = std::to_string(hand.standing.state["hub"].as_integer());
    for (const auto& field : form.fields) {
        if (field.kind != engine::FieldKind::hub || !typed.has(field.id)) continue;
        // A number from the API, the same as text from a page's list.
        const std::string hub = typed[field.id].is_string() ? trim(typed[field.id].as_string()) : to_text(typed[field.id]);
        const auto all = access::hubs(hand.tx);
        if (hub == own || std::none_of(all.begin(), all.end(), [&](const auto& one) { return std::to_string(one.seq) == hub; }))
            return invalid("cases.hub", field.id, "Choose another hub of the partnership.");
    }
    return Done{};
}

Result<Done> put_risk(const engine::RiskTool& tool, const engine::Definition& definition, const Json& typed, const engine::Facts& facts, Date today,
                      Change& change) {
    engine::Form form{.id = tool.id, .label = tool.label, .version = tool.version};
    for (const auto& question : tool.questions) form.fields.push_back(question.field);
    Json answers = typed;
    const std::string override_code = typed["override"].as_string();
    const std::string reason = trim(typed["override_reason"].as_string());
    const std::string lower_to = typed["override_to"].as_string();
    for (const char* key : {"override", "override_reason", "override_to"}) answers.erase(key);
    if (!override_code.empty() && !lower_to.empty())
        return invalid("cases.override_to", "override_to", "The level is either raised or lowered: leave one of both empty.");
    if (!override_code.empty()) {
        const auto known =
            std::any_of(tool.overrides.begin(), tool.overrides.end(), [&](const auto& choice) { return choice.code == override_code; });
        if (!known) return invalid("cases.override", "override", "Choose one of the reasons for raising the level.");
        if (letters_and_digits(reason) < 10)
            return invalid("cases.override_reason", "override_reason", "Say in a few words why the level is raised (at least 10 letters).");
    }
    if (auto put = put_form(definition, form, answers, facts, today, change); !put) return put;
    auto outcome = engine::score(tool, answers, override_code);
    if (!lower_to.empty()) {
        if (auto lowered = lower(tool, outcome, lower_to, reason, facts); !lowered) return lowered;
    }
    Json risk = Json::object({{"tool", tool.id},
                              {"version", tool.version},
                              {"score", outcome.score},
                              {"most", outcome.most},
                              {"level", outcome.level},
                              {"scored_level", outcome.scored_level},
                              {"highest", outcome.level == tool.highest}});
    risk.set_if("override", lower_to.empty() ? override_code : "lowered");
    change.envelope.set("risk", std::move(risk));
    if (!reason.empty()) change.payload.set("risk", Json::object({{"reason", reason}}));
    change.marks.push_back("risk.assessed");
    change.marks.push_back("risk.assessed." + outcome.level);
    return Done{};
}

/// A title is read in lists by many: it names nobody of the case (hub-casework.md 3.2).
Result<Done> check_title(store::Reader& reader, std::string_view title, const std::vector<Involve>& involved) {
    const auto words = words_of(title);
    const auto has = [&](std::string_view name) {
        const auto parts = words_of(name);
        return !parts.empty() &&
               std::all_of(parts.begin(), parts.end(), [&](const auto& part) { return std::find(words.begin(), words.end(), part) != words.end(); });
    };
    for (const auto& one : involved) {
        if (one.kind != "person") continue;
        const auto person = subjects::person(reader, one.subject);
        if (person && has(person->details.given_name) && has(person->details.family_name))
            return invalid("cases.title_name", "title", "The title names somebody of the case: say what it is about, and leave the name out.");
    }
    return Done{};
}

Json audience_json(const std::vector<access::Audience>& audience) {
    Json all = Json::array();
    for (const auto& group : audience) {
        Json one = Json::object({{"kind", group.kind}, {"key", group.key}, {"because", group.because}});
        if (group.until) one.set("until", to_iso(*group.until));
        all.push(std::move(one));
    }
    return all;
}

bool names_one_who_works_in(store::Reader& reader, const std::vector<access::Audience>& audience, Seq hub) {
    return std::any_of(audience.begin(), audience.end(), [&](const auto& group) {
        if (group.kind != "user") return false;
        const auto actor = access::actor_of(reader, std::stoll(group.key));
        return actor && actor->works_in(hub);
    });
}

/// The hub that a record is offered to reads it, so that it can answer. Accepted, the record is that hub's own, without a lead officer until it names
/// one, and the team that worked it reads on for the days of the rule transfer.reads_on.
Result<Done> put_offer(const Hand& hand, const engine::Action& action, const Json& answers, Change& change) {
    const Json& state = hand.standing.state;
    const bool ends_with_case = action.closes && state["offered_hub"].as_integer() != 0;
    if (action.offers_to_hub.empty() && action.ends_offer.empty() && !ends_with_case) return Done{};
    const auto before = audience_from(state["audience"]);
    std::vector<access::Audience> audience;
    std::copy_if(before.begin(), before.end(), std::back_inserter(audience), [](const auto& group) { return group.because != "transfer_offer"; });
    if (!action.offers_to_hub.empty()) {
        const Seq hub = answers[action.offers_to_hub].as_integer();
        if (state["restriction"].as_string() != "normal" && !names_one_who_works_in(hand.tx, before, hub))
            return Refusal{Because::not_now, "cases.offer_restricted",
                           "The case is open to named people only: name somebody of the receiving hub among them first, who can answer the offer."};
        audience.push_back({"hub", std::to_string(hub), {}, "transfer_offer"});
        change.envelope.set("offered_hub", hub).set("audience", audience_json(audience));
        return Done{};
    }
    const Seq from = state["hub"].as_integer(), to = state["offered_hub"].as_integer();
    if (action.ends_offer == "accept") {
        const auto* rule = engine::row_on(*hand.standing.definition, "transfer.reads_on", hand.context.today());
        const Date reads_on = hand.context.today() + (rule == nullptr ? 0 : static_cast<int>(rule->amount));
        const Seq lead_agency = answers["lead_agency"].as_integer() != 0 ? answers["lead_agency"].as_integer() : state["lead_agency"].as_integer();
        std::vector<access::Audience> after;
        for (auto& group : audience) {
            if (group.because == "hub_team") after.push_back({"hub", std::to_string(to), {}, group.because});
            if (group.because == "lead_agency_in_hub") after.push_back({"agency_in_hub", fmt::format("{}:{}", lead_agency, to), {}, group.because});
            if (group.because == "hub_team" || group.because == "lead_agency_in_hub") {
                group.until = reads_on;
                group.because = "handed_over";
            }
            after.push_back(std::move(group));
        }
        audience = std::move(after);
        change.envelope.set("hub", to).set("hub_before", from).set("lead_user", 0);
    }
    change.envelope.set("offered_hub", 0).set("audience", audience_json(audience));
    return Done{};
}

std::vector<access::Audience> default_audience(const engine::Definition& definition, const OpenAsk& ask) {
    std::vector<access::Audience> audience;
    for (const auto& group : definition.audience) {
        if (group == "hub_team") audience.push_back({"hub", std::to_string(ask.hub), {}, "hub_team"});
        if (group == "lead_agency_in_hub")
            audience.push_back({"agency_in_hub", fmt::format("{}:{}", ask.lead_agency, ask.hub), {}, "lead_agency_in_hub"});
        if (group == "analysts") audience.push_back({"role", "analyst", {}, "analysts"});
    }
    return audience;
}

Json involvement_json(const Involve& ask, std::string& id, Instant at) {
    id = new_id(at);
    Json one = Json::object({{"id", id}, {"subject", ask.subject}, {"kind", ask.kind}, {"role", ask.role}, {"since", to_rfc3339(at)}});
    one.set_if("reason_code", ask.reason);
    return one;
}

/// A part that is only given for a reason, and to nobody under an age (hub-casework.md 3.4: from suspected to perpetrator; the age of criminal
/// responsibility is 10).
Result<Done> check_role(store::Reader& reader, const Deps& deps, const engine::SubjectRole& role, Seq subject, std::string_view reason, Date today) {
    if (const auto person = role.not_under > 0 ? subjects::person(reader, subjects::root_of(reader, subject)) : std::nullopt) {
        // A birthday that is only known by its year or month is counted as late as it may have been.
        const auto& details = person->details;
        const auto born = details.birth.known() ? std::optional{details.birth.latest()} : details.date_of_birth;
        if (born && add_months(*born, 12 * role.not_under) > today)
            return Refusal{Because::not_allowed, "cases.under_age",
                           fmt::format("A child under {} cannot be recorded as \"{}\". Consider a safeguarding referral.", role.not_under,
                                       lower_ascii(role.label))};
    }
    if (role.reasons.empty()) return Done{};
    const auto lists = deps.library.lists();
    const auto list = lists.find(role.reasons);
    std::vector<std::string> labels;
    if (list != lists.end())
        for (const auto& code : list->second.codes) {
            if (code.code == reason) return Done{};
            labels.push_back(fmt::format("{} ({})", lower_ascii(code.label), code.code));
        }
    return invalid("cases.role_reason", "reason", fmt::format("Say why this part is given: {}.", join(labels, ", ")));
}

Result<Done> check_involvement(store::Reader& reader, const Deps& deps, const engine::Definition& definition, const Json& state, const Involve& ask,
                               Date today) {
    const auto* role = definition.role(ask.role);
    if (role == nullptr) return invalid("cases.role", "role", "This part is not one of this pathway's: choose one from the list.");
    if (!role->is_for(ask.kind))
        return invalid("cases.role_kind", "role",
                       fmt::format("\"{}\" is a part for a {}{}.", role->label, role->kind, role->also.empty() ? "" : " or an " + role->also));
    if (auto given = check_role(reader, deps, *role, ask.subject, ask.reason, today); !given) return given;
    for (const auto& one : state["involvements"].items()) {
        if (one.has("ended") || one["subject"].as_integer() != ask.subject) continue;
        if (one["role"].as_string() == ask.role) return invalid("cases.already_involved", "role", "This record already has that part in the case.");
        const auto* other = definition.role(one["role"].as_string());
        if (other != nullptr && ask.kind == "person" && ask.reason != "counter_allegation" &&
            ((role->accused && other->harmed) || (role->harmed && other->accused)))
            return invalid("cases.both_sides", "role",
                           "The same person cannot be harmed and suspected in one case unless there is a counter-allegation: tick "
                           "counter-allegation, or choose another record.");
    }
    return Done{};
}

/// Who of the record's people is under ten on that day stands with their part: as it is known today, so that a corrected birthday counts at once, and
/// that of the record into which another was merged.
void mark_under_10(store::Reader& reader, Seq stream, Date on, Json& state) {
    const auto& involved = state["involvements"].items();
    if (std::none_of(involved.begin(), involved.end(), [](const Json& one) { return one["kind"].as_string() == "person"; })) return;
    std::set<Seq> children;
    for (const auto& row :
         reader.select("i",
                       "select distinct p.stream from involvement i join person p on p.stream = i.subject "
                       "where i.stream = :stream and i.subject_kind = 'person' and (p.birth > :since or p.merged_into is not null) order by p.stream",
                       {{"stream", stream}, {"since", std::to_string(civil(on).year - 11)}}))
        if (const auto person = subjects::person(reader, subjects::root_of(reader, row.integer(0)));
            person && subjects::is_under_10(person->details, on))
            children.insert(row.integer(0));
    if (children.empty()) return;
    Json all = Json::array();
    for (const auto& one : state["involvements"].items()) {
        Json marked = one;
        if (children.count(one["subject"].as_integer()) != 0) marked.set("under_10", true);
        all.push(std::move(marked));
    }
    state.set("involvements", std::move(all));
}

}  // namespace

Result<Standing> standing(store::Reader& reader, const access::Context& context, const Deps& deps, Seq stream, std::optional<Instant> as_at) {
    Standing now{.stream = stream};
    if (as_at) {
        now.state = Json::object();
        for (const auto& event : context.ledger.read(reader, stream, as_at)) fold(now.state, event);
        if (!now.state.has("reference")) return Refusal{Because::absent, "cases.absent", "There was no such case at that time."};
    } else {
        auto state = case_state(reader, stream);
        if (!state) return Refusal{Because::absent, "cases.absent", "There is no such case."};
        now.state = std::move(*state);
    }
    mark_under_10(reader, stream, london_date(as_at.value_or(context.now())), now.state);
    now.pathways = deps.library.current();
    now.calendar = deps.calendar();
    now.definition = now.pathways->find(now.state["pathway"].as_string(), static_cast<int>(now.state["pathway_version"].as_integer()));
    if (now.definition == nullptr)
        throw Failure{
            fmt::format("pathway {} version {} is not loaded", now.state["pathway"].as_string(), now.state["pathway_version"].as_integer())};
    const Instant at = as_at.value_or(context.now());
    now.facts = engine::with_rules(*now.definition, facts_of(now.state, actor_facts(context.actor, now.state), at));
    if (const auto letter = parse_date(now.state["marks"]["contact.letter"]["last"].as_string()))
        now.facts.set("contacts",
                      Json{now.facts["contacts"]}.set("working_days_since_letter", now.calendar.working_days_between(*letter, london_date(at))));
    return now;
}

Result<Opened> open_case(store::Transaction& tx, const access::Context& context, const Deps& deps, const OpenAsk& ask) {
    if (auto asked = context.demand(tx, "create", {.kind = "case", .hub = ask.hub}); !asked) return asked.error();
    const ledger::Author author = context.author();
    const Instant at = ask.opened_at.value_or(author.at);
    const auto pathways = deps.library.current();
    const auto* definition = pathways->current(ask.pathway, london_date(at));
    if (definition == nullptr) return invalid("cases.pathway", "pathway", "There is no pathway of this name in force.");
    if (letters_and_digits(ask.title) < 3) return invalid("cases.title", "title", "Give the case a title of a few words, without anybody's name.");
    if (code_points(ask.title) > 120) return invalid("cases.title", "title", "The title must have 120 letters or fewer.");
    if (auto ok = check_title(tx, ask.title, ask.involvements); !ok) return ok.error();
    Change change{.kind = "cases.opened", .summary = "Case opened", .payload = Json::object(), .marks = ask.marks, .effective_at = ask.opened_at};
    const auto& stage = ask.stage.empty() ? definition->first_stage() : *definition->stage(ask.stage);
    Opened opened{.id = ask.id.empty() ? new_id(author.at) : ask.id,
                  .reference = ask.reference.empty() ? next_reference(tx, definition->prefix, at) : ask.reference};
    OpenAsk full = ask;
    if (full.lead_agency == 0) full.lead_agency = context.actor.agency;
    change.envelope.set("opened", Json::object({{"id", opened.id},
                                                {"reference", opened.reference},
                                                {"pathway", definition->name},
                                                {"pathway_version", definition->version},
                                                {"hub", full.hub},
                                                {"stage", stage.id},
                                                {"lead_agency", full.lead_agency},
                                                {"lead_user", full.lead_user},
                                                {"handling", definition->handling},
                                                {"restriction", ask.restriction.empty() ? definition->restriction : ask.restriction}}));
    auto audience = ask.audience.empty() ? default_audience(*definition, full) : ask.audience;
    if (ask.restriction != "" && ask.restriction != "normal") audience.push_back({"user", std::to_string(context.actor.user), {}, "named"});
    change.envelope.set("audience", audience_json(audience));
    change.payload.set("title", tidy(ask.title));
    Json state = Json::object({{"version", 0}, {"hub", full.hub}, {"lead_user", full.lead_user}, {"pathway", definition->name}, {"stage", stage.id}});
    for (const auto& one : ask.involvements) {
        if (auto ok = check_involvement(tx, deps, *definition, state, one, london_date(at)); !ok) return ok.error();
        std::string id;
        Json said = involvement_json(one, id, at);
        Json list = change.envelope["involvements"].is_array() ? change.envelope["involvements"] : Json::array();
        list.push(said);
        change.envelope.set("involvements", list);
        state.set("involvements", list);
    }
    if (ask.referral != 0)
        change.envelope.set("links",
                            Json::array({Json::object({{"id", std::to_string(ask.referral)}, {"record", ask.referral}, {"kind", "referral"}})}));
    const auto facts = engine::with_rules(*definition, facts_of(state, actor_facts(context.actor, state), at));
    std::vector<FieldError> errors;
    for (const auto& [id, answers] : ask.forms.members()) {
        const auto* form = definition->form(id);
        const auto* tool = definition->risk_tool(id);
        auto put = tool != nullptr   ? put_risk(*tool, *definition, answers, facts, london_date(at), change)
                   : form != nullptr ? put_form(*definition, *form, with_numbers(tx, *form, answers), facts, london_date(at), change)
                                     : Result<Done>{invalid("cases.form", "forms." + id, "This pathway has no such form.")};
        if (!put)
            for (auto error : put.error().fields) errors.push_back({"forms." + id + "." + error.field, error.message});
    }
    if (!errors.empty()) return Refusal{Because::invalid, "cases.forms", "Some answers need another look.", errors};
    for (const auto& [key, value] : ask.extra.members()) change.envelope.set(key, value);
    set_clocks(state, *definition, deps, context.actor, change, 0, at);
    change.envelope.set("summary", change.summary);
    opened.stream = context.ledger.create(tx, "case", opened.id);
    auto appended = context.ledger.append(
        tx, author, opened.stream, 0, {ledger::NewEvent{change.kind, std::move(change.envelope), std::move(change.payload), change.effective_at}});
    if (!appended) return appended.error();
    opened.version = *appended;
    return opened;
}

Result<std::int64_t> save_form(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                               std::string_view form_id, const Json& typed) {
    auto hand = take_up(tx, context, deps, stream, expected, "change");
    if (!hand) return hand.error();
    const auto& definition = *hand->standing.definition;
    const auto* asked = definition.form(form_id);
    const Json answers = asked != nullptr ? with_numbers(tx, *asked, typed) : typed;
    Change change{.kind = "cases.form_saved", .payload = Json::object()};
    if (const auto* tool = definition.risk_tool(form_id)) {
        if (!hand->standing.state["open"].as_bool()) return ended("before its risk is assessed again");
        change.kind = "cases.risk_assessed";
        if (auto put = put_risk(*tool, definition, answers, hand->standing.facts, context.today(), change); !put) return put.error();
        const Json& risk = change.envelope["risk"];
        change.summary = fmt::format("Risk assessed: {}, {} of {}", risk["level"].as_string(), risk["score"].as_number(), risk["most"].as_number());
        const std::string& before = hand->standing.state["risk"]["level"].as_string();
        const bool lower =
            before == tool->highest && risk["level"].as_string() != tool->highest && hand->standing.state["risk"]["override"].is_string();
        if (lower && !context.actor.has_any_role({"supervisor", "police_sgt", "hub_manager"}))
            return Refusal{Because::not_allowed, "cases.downward_override",
                           "Only a supervisor can bring the level down after it was raised by an override."};
    } else if (const auto* form = definition.form(form_id)) {
        if (auto ok = check_references(*hand, *form, answers); !ok) return ok.error();
        if (auto put = put_form(definition, *form, answers, hand->standing.facts, context.today(), change); !put) return put.error();
        change.summary = form->label + " saved";
        change.marks.push_back("form." + form->id);
    } else {
        return Refusal{Because::absent, "cases.form", "This pathway has no such form."};
    }
    return put_down(*hand, std::move(change));
}

Result<std::int64_t> act(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                         std::string_view action_id, const Json& typed) {
    auto hand = take_up(tx, context, deps, stream, expected, "act");
    if (!hand) return hand.error();
    const auto& definition = *hand->standing.definition;
    const auto* action = definition.action(action_id);
    const auto* asked = action != nullptr ? definition.form(action->form) : nullptr;
    const Json answers = asked != nullptr ? with_numbers(tx, *asked, typed) : typed;
    auto step = engine::act(definition, action_id, answers, hand->standing.facts, context.today());
    if (!step) return step.error();
    Change change{.kind = "cases.acted", .summary = action->label, .payload = Json::object(), .marks = step->marks};
    change.envelope.set("action", action->id);
    if (!step->to.empty()) {
        change.envelope.set("stage", step->to);
        change.marks.push_back("stage." + step->to);
    }
    if (step->closes) change.envelope.set("closes", true);
    if (step->reopens) change.envelope.set("reopens", true);
    if (!action->form.empty()) {
        if (const auto* tool = definition.risk_tool(action->form)) {
            if (auto put = put_risk(*tool, definition, answers, hand->standing.facts, context.today(), change); !put) return put.error();
        } else {
            if (auto ok = check_references(*hand, *definition.form(action->form), answers); !ok) return ok.error();
            if (auto put = put_form(definition, *definition.form(action->form), answers, hand->standing.facts, context.today(), change); !put)
                return put.error();
        }
    }
    if (auto offered = put_offer(*hand, *action, step->answers, change); !offered) return offered.error();
    for (const char* key : {"lead_user", "lead_agency"})
        if (step->answers[key].as_integer() != 0) change.envelope.set(key, step->answers[key].as_integer());
    Json tasks = Json::array(), words = Json::array();
    for (const auto* each : step->tasks) {
        const Date due = deps.calendar().add_working_days(context.today(), engine::due_working_days(definition, *each, context.today()));
        tasks.push(Json::object({{"id", new_id(context.now())},
                                 {"agency", 0},
                                 {"for_kind", each->agency_kind},
                                 {"owner", each->owner == "lead_officer" ? hand->standing.state["lead_user"].as_integer() : 0},
                                 {"state", "proposed"},
                                 {"due", to_iso(due)},
                                 {"high", each->high},
                                 {"template", each->id},
                                 {"raised_at", to_rfc3339(context.now())},
                                 {"raised_by", context.actor.user}}));
        words.push(Json::object({{"title", each->title}}));
    }
    if (!tasks.items().empty()) {
        change.envelope.set("tasks", tasks);
        change.payload.set("tasks", words);
    }
    return put_down(*hand, std::move(change));
}

Result<std::int64_t> add_entry(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                               const EntryAsk& ask) {
    auto hand = take_up(tx, context, deps, stream, expected, "comment");
    if (!hand) return hand.error();
    const std::string text = tidy(ask.text, true);
    if (text.empty()) return invalid("cases.text", "text", "Write the note before you save it.");
    if (code_points(text) > 20000) return invalid("cases.text", "text", "A note may have 20,000 letters at most; put the rest in a document.");
    if (ask.at && *ask.at > context.now()) return invalid("cases.at", "at", "The time cannot be in the future.");
    static const std::vector<std::pair<std::string_view, std::string_view>> kinds{
        {"note", "Note"}, {"contact", "Contact"}, {"decision", "Decision"}, {"incident", "Incident"}};
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == ask.kind; });
    if (kind == kinds.end()) return invalid("cases.kind", "kind", "Choose note, contact, decision or incident.");
    Change change{.kind = "cases.entry_added", .summary = std::string{kind->second}, .payload = Json::object({{"text", text}}), .marks = ask.marks};
    Json said = Json::object({{"kind", ask.kind}, {"at", to_rfc3339(ask.at.value_or(context.now()))}});
    said.set_if("with", ask.with);
    said.set_if("outcome", ask.outcome);
    if (ask.referral != 0) said.set("referral", ask.referral);
    change.envelope.set("entry", said);
    if (ask.kind == "contact") {
        const std::string with = ask.with.empty() ? "victim" : ask.with;
        const auto* part = hand->standing.definition->role(with);
        const std::string whom = with == "victim"    ? "the harmed person"
                                 : with == "suspect" ? "the suspected person"
                                 : with == "other"   ? "somebody else"
                                 : part != nullptr   ? "\"" + lower_ascii(part->label) + "\""
                                                     : "";
        if (whom.empty())
            return invalid("cases.with", "with", "Say with whom: victim, suspect, another part that somebody has in this case, or other.");
        change.summary = ask.outcome == "made"        ? "Contact: spoke to " + whom
                         : ask.outcome == "no_answer" ? "Contact: no answer from " + whom
                         : ask.outcome == "letter"    ? "Contact: letter to " + whom
                                                      : change.summary;
        if (ask.outcome.empty()) return invalid("cases.outcome", "outcome", "Say whether you spoke to them, got no answer, or sent a letter.");
        if (with == "victim" && ask.outcome == "made")
            change.marks.insert(change.marks.end(), {"contact.made", "contact.attempted", "victim.updated"});
        if (with == "victim" && ask.outcome == "no_answer") change.marks.push_back("contact.attempted");
        if (with == "victim" && ask.outcome == "letter") change.marks.push_back("contact.letter");
        if (ask.outcome != "made" && ask.outcome != "no_answer" && ask.outcome != "letter")
            return invalid("cases.outcome", "outcome", "Choose spoke to them, no answer or letter sent.");
    }
    if (ask.kind == "incident") change.marks.push_back("incident.added");
    return put_down(*hand, std::move(change));
}

Result<Raised> raise_task(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                          const TaskAsk& ask) {
    auto hand = take_up(tx, context, deps, stream, expected, "change");
    if (!hand) return hand.error();
    if (!hand->standing.state["open"].as_bool()) return ended("before a task is raised");
    std::vector<FieldError> errors;
    const std::string title = tidy(ask.title);
    if (letters_and_digits(title) < 3) errors.push_back({"title", "Say what is to be done."});
    if (code_points(title) > 200) errors.push_back({"title", "A task has 200 letters at most: put the rest in a note."});
    if (ask.agency == 0) errors.push_back({"agency", "Choose the agency that is to do it."});
    if (!ask.due) errors.push_back({"due", "Give the day by which it is to be done."});
    if (ask.due && *ask.due < context.today()) errors.push_back({"due", "The day cannot be in the past."});
    if (const auto owner = ask.owner != 0 ? access::actor_of(tx, ask.owner) : std::nullopt; owner && ask.agency != 0 && owner->agency != ask.agency)
        errors.push_back(
            {"owner", fmt::format("{} works for {}: choose that agency, or somebody of the agency that does it.", owner->name, owner->agency_name)});
    if (!errors.empty()) return Refusal{Because::invalid, "cases.task", "Some answers need another look.", errors};
    // A due day on a weekend or bank holiday rolls forward (hub-casework.md section 14).
    const Date due = deps.calendar().add_working_days(*ask.due, 0);
    Raised raised{.id = new_id(context.now())};
    const bool own = ask.agency == context.actor.agency && ask.owner == context.actor.user;
    Change change{.kind = "cases.task_raised", .summary = "Task raised", .marks = {"task.raised"}};
    Json task = Json::object({{"id", raised.id},
                              {"agency", ask.agency},
                              {"owner", ask.owner},
                              {"state", own ? "accepted" : "assigned"},
                              {"due", to_iso(due)},
                              {"high", ask.high},
                              {"raised_at", to_rfc3339(context.now())},
                              {"raised_by", context.actor.user}});
    task.set_if("template", ask.template_id);
    change.envelope.set("tasks", Json::array({task}));
    change.payload = Json::object({{"tasks", Json::array({Json::object({{"title", title}})})}});
    auto version = put_down(*hand, std::move(change));
    if (!version) return version.error();
    raised.version = *version;
    return raised;
}

std::optional<Seq> case_of_task(store::Reader& reader, std::string_view task) {
    const auto row = reader.select_one("i", "select stream from task where id = :id", {{"id", task}});
    if (!row) return {};
    return row->integer(0);
}

namespace {

struct TaskMove {
    std::string_view change, to, summary;
    std::vector<std::string_view> from;
    std::string_view words_needed;
    bool by_receiver;
};
const std::vector<TaskMove>& task_moves() {
    static const std::vector<TaskMove> moves{
        {"assign", "assigned", "Task assigned", {"proposed", "assigned", "declined", "accepted"}, "", false},
        {"accept", "accepted", "Task accepted", {"assigned", "proposed"}, "", true},
        {"decline", "declined", "Task declined", {"assigned", "proposed"}, "Say why your agency cannot do it.", true},
        {"done", "done", "Task done", {"accepted", "assigned", "proposed"}, "Say what was done.", true},
        {"verify", "verified", "Task verified", {"done"}, "", false},
        {"reopen", "accepted", "Task not yet done", {"done"}, "Say what is still to be done.", false},
        {"cancel", "cancelled", "Task cancelled", {"proposed", "assigned", "accepted", "declined"}, "Say why the task is cancelled.", false},
        {"move", "", "Task moved", {"proposed", "assigned", "accepted"}, "", false}};
    return moves;
}

Result<Done> may_move(const TaskMove& move, const Json& task, const Hand& hand) {
    const auto& actor = hand.context.actor;
    const Json& role = hand.standing.facts["actor"]["role"];
    const bool leads = role["lead_officer"].as_bool() || role["supervisor"].as_bool() || role["police_sgt"].as_bool() ||
                       role["hub_manager"].as_bool() || role["hub_officer"].as_bool();
    const bool receives = task["agency"].as_integer() == actor.agency || task["owner"].as_integer() == actor.user || task["agency"].as_integer() == 0;
    if (move.by_receiver && (receives || leads)) return Done{};
    if (!move.by_receiver && leads) return Done{};
    return Refusal{Because::not_allowed, "cases.task_not_yours",
                   move.by_receiver ? "Only the agency that was given this task can say so." : "Only the case's officers can do this to a task."};
}

}  // namespace

Result<std::int64_t> change_task(store::Transaction& tx, const access::Context& context, const Deps& deps, const TaskChange& ask) {
    const auto stream = case_of_task(tx, ask.id);
    if (!stream) return Refusal{Because::absent, "cases.task", "There is no such task."};
    auto hand = take_up(tx, context, deps, *stream, {}, "comment");
    if (!hand) return hand.error();
    const auto& moves = task_moves();
    const auto move = std::find_if(moves.begin(), moves.end(), [&](const TaskMove& m) { return m.change == ask.change; });
    if (move == moves.end())
        return Refusal{Because::absent, "cases.task_change",
                       "A task can be assigned, accepted, declined, done, verified, reopened, moved or cancelled."};
    Json task;
    for (const auto& one : hand->standing.state["tasks"].items())
        if (one["id"].as_string() == ask.id) task = one;
    if (auto ok = may_move(*move, task, *hand); !ok) return ok.error();
    if (is_stale(*hand, task, ask.expected)) return stale();
    const std::string& state = task["state"].as_string();
    if (std::find(move->from.begin(), move->from.end(), state) == move->from.end())
        return Refusal{Because::not_now, "cases.task_state", fmt::format("This task is {}: that cannot be done to it now.", state)};
    const std::string words = tidy(ask.words, true);
    if (!move->words_needed.empty() && letters_and_digits(words) < 3) return invalid("cases.task_words", "result", std::string{move->words_needed});
    if (code_points(words) > longest_words)
        return invalid("cases.task_words", "result", "This has 8,000 letters at most; put the rest in a document.");
    Json said = Json::object({{"id", ask.id}});
    said.set_if("state", std::string{move->to});
    if (ask.change == "done") said.set("done_at", to_rfc3339(context.now()));
    if (ask.change == "assign" && ask.agency != 0) said.set("agency", ask.agency);
    if ((ask.change == "assign" || ask.change == "accept") && ask.owner != 0) said.set("owner", ask.owner);
    if (ask.change == "accept" && ask.owner == 0 && task["owner"].as_integer() == 0) said.set("owner", context.actor.user);
    if (ask.due) {
        if (*ask.due < context.today()) return invalid("cases.task_due", "due", "The day cannot be in the past.");
        said.set("due", to_iso(deps.calendar().add_working_days(*ask.due, 0)));
    } else if (ask.change == "move") {
        return invalid("cases.task_due", "due", "Give the new day.");
    }
    Change change{.kind = "cases.task_changed", .summary = std::string{move->summary}, .payload = Json::object(), .marks = {"task." + ask.change}};
    change.envelope.set("tasks", Json::array({said}));
    change.envelope.set("task_change", ask.change);
    if (!words.empty()) change.payload.set("tasks", Json::array({Json::object({{ask.change == "done" ? "result" : "reason", words}})}));
    return put_down(*hand, std::move(change));
}

Result<Raised> involve(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected, const Involve& ask) {
    auto hand = take_up(tx, context, deps, stream, expected, "change");
    if (!hand) return hand.error();
    if (auto ok = check_involvement(tx, deps, *hand->standing.definition, hand->standing.state, ask, context.today()); !ok) return ok.error();
    Raised raised;
    Change change{.kind = "cases.involved",
                  .summary = fmt::format("{} added as {}",
                                         ask.kind == "place"    ? "Place"
                                         : ask.kind == "person" ? "Person"
                                                                : "Organisation",
                                         lower_ascii(hand->standing.definition->role(ask.role)->label)),
                  .marks = {"involved." + ask.role}};
    change.envelope.set("involvements", Json::array({involvement_json(ask, raised.id, context.now())}));
    auto version = put_down(*hand, std::move(change));
    if (!version) return version.error();
    raised.version = *version;
    return raised;
}

Result<std::int64_t> change_involvement(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                        std::string_view id, std::string_view new_role, std::string_view reason) {
    auto hand = take_up(tx, context, deps, stream, expected, "change");
    if (!hand) return hand.error();
    const auto& all = hand->standing.state["involvements"].items();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Json& one) { return one["id"].as_string() == id && !one.has("ended"); });
    if (found == all.end()) return Refusal{Because::absent, "cases.involvement", "This record has no such part in the case any more."};
    Json said = Json::object({{"id", id}});
    if (new_role.empty()) {
        said.set("ended", to_rfc3339(context.now()));
    } else {
        Involve ask{.subject = (*found)["subject"].as_integer(),
                    .kind = (*found)["kind"].as_string(),
                    .role = std::string{new_role},
                    .reason = std::string{reason}};
        Json others = Json::array();  // the part that is left does not stand against the new one
        for (const auto& one : all)
            if (one["id"].as_string() != id) others.push(one);
        if (auto ok = check_involvement(tx, deps, *hand->standing.definition, Json::object({{"involvements", others}}), ask, context.today()); !ok)
            return ok.error();
        said.set("role", new_role).set("was", (*found)["role"]);
    }
    said.set_if("reason_code", reason);
    Change change{.kind = "cases.involvement_changed", .summary = new_role.empty() ? "No longer part of the case" : "Part in the case changed"};
    change.envelope.set("involvements", Json::array({said}));
    return put_down(*hand, std::move(change));
}

Result<std::int64_t> assign(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected, Seq lead_agency,
                            Seq lead_user) {
    auto hand = take_up(tx, context, deps, stream, expected, "assign");
    if (!hand) return hand.error();
    if (lead_agency == 0) return invalid("cases.lead_agency", "lead_agency", "Choose the lead agency: a case has one at all times.");
    Change change{.kind = "cases.assigned", .summary = "Lead changed", .marks = {"lead.changed"}};
    change.envelope.set("lead_agency", lead_agency).set("lead_user", lead_user);
    return put_down(*hand, std::move(change));
}

Result<std::int64_t> restrict_case(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                   std::string_view restriction, const std::vector<Seq>& named, std::string_view reason) {
    auto hand = take_up(tx, context, deps, stream, expected, "lock");
    if (!hand) return hand.error();
    if (restriction != "normal" && restriction != "restricted" && restriction != "locked")
        return invalid("cases.restriction", "restriction", "Choose normal, restricted or locked.");
    if (letters_and_digits(reason) < 10) return invalid("cases.reason", "reason", "Say why, in a few words (at least 10 letters).");
    auto audience = audience_from(hand->standing.state["audience"]);
    std::erase_if(audience, [](const auto& group) { return group.because == "named"; });
    std::vector<Seq> names = named;
    if (restriction != "normal" && std::find(names.begin(), names.end(), context.actor.user) == names.end()) names.push_back(context.actor.user);
    for (const Seq user : names) audience.push_back({"user", std::to_string(user), {}, "named"});
    Change change{.kind = "cases.restricted",
                  .summary = fmt::format("Restriction set to {}", restriction),
                  .payload = Json::object({{"text", tidy(reason, true)}})};
    change.envelope.set("restriction", restriction).set("audience", audience_json(audience));
    return put_down(*hand, std::move(change));
}

Result<std::int64_t> invite(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                            const access::Audience& group) {
    auto hand = take_up(tx, context, deps, stream, expected, "change");
    if (!hand) return hand.error();
    Json audience = hand->standing.state["audience"].is_array() ? hand->standing.state["audience"] : Json::array();
    audience.push(audience_json({group}).items().front());
    Change change{.kind = "cases.invited", .summary = "Audience widened"};
    change.envelope.set("audience", audience);
    return put_down(*hand, std::move(change));
}

namespace {

/// One of the codes of a list; with no lists at hand, any.
bool is_code(const Deps& deps, const std::string& list, std::string_view code) {
    const auto lists = deps.library.lists();
    const auto found = lists.find(list);
    return found == lists.end() ||
           std::any_of(found->second.codes.begin(), found->second.codes.end(), [&](const auto& one) { return one.code == code; });
}

}  // namespace

Result<Raised> request_information(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                   const RequestAsk& ask) {
    auto hand = take_up(tx, context, deps, stream, expected, "change");
    if (!hand) return hand.error();
    std::vector<FieldError> errors;
    const auto holder = access::agency_of(tx, ask.holder);
    if (!holder) errors.push_back({"holder", "Choose the agency that holds the information."});
    if (!is_code(deps, "request_purposes", ask.purpose)) errors.push_back({"purpose", "Choose the purpose."});
    if (!is_code(deps, "request_gateways", ask.gateway)) errors.push_back({"gateway", "Choose the legal gateway."});
    const auto* days = engine::row_on(*hand->standing.definition, fmt::format("information_request.{}", ask.urgency), context.today());
    if (!is_code(deps, "request_urgencies", ask.urgency) || days == nullptr)
        errors.push_back({"urgency", "Choose how urgent it is: routine, urgent or emergency."});
    // Voluntary bodies are not relevant authorities under section 115 of the Crime and Disorder Act 1998 (GK).
    if (holder && ask.gateway == "cda_s115" && (holder->kind == "vcs" || context.actor.agency_kind == "vcs"))
        errors.push_back({"gateway", "Section 115 does not reach a voluntary body: use consent, or a safeguarding gateway."});
    if (letters_and_digits(ask.necessity) < 30) errors.push_back({"necessity", "Say why it is necessary and proportionate (at least 30 letters)."});
    if (letters_and_digits(ask.asked_for) < 3) errors.push_back({"asked_for", "Say what you ask for, and for which dates."});
    for (const auto& [field, text] : {std::pair<std::string, const std::string&>{"necessity", ask.necessity}, {"asked_for", ask.asked_for}})
        if (code_points(text) > longest_words) errors.push_back({field, "This has 8,000 letters at most; put the rest in a document."});
    if (!errors.empty()) return Refusal{Because::invalid, "cases.request", "Some answers need another look.", errors};
    Raised raised{.id = new_id(context.now())};
    const Date due = deps.calendar().add_working_days(context.today(), static_cast<int>(days->amount));
    Change change{.kind = "cases.information_requested", .summary = "Information requested", .marks = {"request.sent"}};
    Json said = Json::object({{"id", raised.id},
                              {"holder", ask.holder},
                              {"purpose", ask.purpose},
                              {"gateway", ask.gateway},
                              {"urgency", ask.urgency},
                              {"state", "sent"},
                              {"due", to_iso(due)},
                              {"sent_at", to_rfc3339(context.now())},
                              {"by", context.actor.user},
                              {"agency", context.actor.agency}});
    if (ask.subject != 0) said.set("subject", ask.subject);
    change.envelope.set("requests", Json::array({said}));
    change.payload = Json::object(
        {{"requests", Json::array({Json::object({{"necessity", tidy(ask.necessity, true)}, {"asked_for", tidy(ask.asked_for, true)}})})}});
    auto version = put_down(*hand, std::move(change));
    if (!version) return version.error();
    raised.version = *version;
    return raised;
}

Result<std::int64_t> answer_request(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                                    std::string_view id, std::string_view state, std::string_view words) {
    auto hand = take_up(tx, context, deps, stream, {}, "comment");
    if (!hand) return hand.error();
    const auto& all = hand->standing.state["requests"].items();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Json& one) { return one["id"].as_string() == id; });
    if (found == all.end()) return Refusal{Because::absent, "cases.request", "There is no such request."};
    if (is_stale(*hand, *found, expected)) return stale();
    const std::string& now = (*found)["state"].as_string();
    const bool ended = now == "disclosed" || now == "part" || now == "refused" || now == "no_trace" || now == "withdrawn";
    if (ended) return Refusal{Because::not_now, "cases.request_ended", fmt::format("This request was already answered ({}).", now)};
    static const std::vector<std::string_view> answers{"acknowledged", "disclosed", "part", "refused", "no_trace", "query"};
    const bool by_holder = std::find(answers.begin(), answers.end(), state) != answers.end();
    if (!by_holder && state != "withdrawn" && state != "sent")
        return invalid("cases.request_state", "state", "Choose acknowledged, disclosed, part, refused, no trace, query, sent or withdrawn.");
    const bool is_holder = (*found)["holder"].as_integer() == context.actor.agency;
    const bool is_asker = (*found)["agency"].as_integer() == context.actor.agency;
    if (by_holder ? !is_holder : !is_asker)
        return Refusal{Because::not_allowed, "cases.request_not_yours",
                       by_holder ? "Only the agency that was asked can answer." : "Only the agency that asked can do this."};
    if (state != "acknowledged" && state != "sent" && letters_and_digits(words) < 3)
        return invalid("cases.request_words", "reason", "Give the answer, or the reason, in a few words.");
    if (code_points(words) > longest_words)
        return invalid("cases.request_words", "reason", "This has 8,000 letters at most; put the rest in a document.");
    Json said = Json::object({{"id", id}, {"state", state}});
    if (state != "acknowledged" && state != "sent" && state != "query")
        said.set("decided_at", to_rfc3339(context.now())).set("decided_by", context.actor.user);
    static const std::vector<std::pair<std::string_view, std::string_view>> summaries{{"acknowledged", "Information request acknowledged"},
                                                                                      {"disclosed", "Information disclosed"},
                                                                                      {"part", "Information disclosed in part"},
                                                                                      {"refused", "Information refused"},
                                                                                      {"no_trace", "Nothing held"},
                                                                                      {"query", "Information request asked back"},
                                                                                      {"withdrawn", "Information request withdrawn"},
                                                                                      {"sent", "Information request sent again"}};
    const auto summary = std::find_if(summaries.begin(), summaries.end(), [&](const auto& one) { return one.first == state; });
    require(summary != summaries.end(), "every answer to a request has its summary");
    Change change{.kind = "cases.request_answered", .summary = std::string{summary->second}, .marks = {"request." + std::string{state}}};
    change.envelope.set("requests", Json::array({said}));
    if (!trim(words).empty()) change.payload = Json::object({{"requests", Json::array({Json::object({{"answer", tidy(words, true)}})})}});
    return put_down(*hand, std::move(change));
}

Result<Raised> add_document(store::Transaction& tx, const access::Context& context, const Deps& deps, Seq stream, Expected expected,
                            const DocumentAsk& ask) {
    auto hand = take_up(tx, context, deps, stream, expected, "comment");
    if (!hand) return hand.error();
    auto kept = keep_document(deps.documents_folder, ask.path, ask.name);
    if (!kept) return kept.error();
    Raised raised{.id = new_id(context.now())};
    Change change{.kind = "cases.document_added", .summary = "Document added", .marks = {"document.added"}};
    Json said = Json::object({{"id", raised.id},
                              {"hash", kept->hash},
                              {"size", kept->size},
                              {"type", kept->type},
                              {"at", to_rfc3339(context.now())},
                              {"by", context.actor.user},
                              {"agency", context.actor.agency}});
    said.set_if("shared_hash", kept->shared_hash);
    change.envelope.set("documents", Json::array({said}));
    change.payload = Json::object({{"documents", Json::array({Json::object({{"name", tidy(ask.name)}})})}});
    auto version = put_down(*hand, std::move(change));
    if (!version) return version.error();
    raised.version = *version;
    return raised;
}

}  // namespace concord::cases
