#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/match_screen.hpp"
#include "cases/pages.hpp"
#include "cases/quarantine.hpp"
#include "subjects/subjects.hpp"

/// Reports that have come in: the list, one report, and the decision on it. What can be decided, and what must be said then, is the intake's.
namespace concord::cases {
namespace {

using access::Context;
using ledger::Seq;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using namespace web::pieces;
namespace ui = web::ui;

// ---- The list

struct Shown {
    std::string code, label, condition;
};
/// The chips over the list: those that wait, then each stage of the intake.
std::vector<Shown> shown(const engine::Definition* intake) {
    std::vector<Shown> all;
    std::vector<std::string> open;
    if (intake != nullptr)
        for (const auto& stage : intake->stages)
            if (stage.open) open.push_back("'" + stage.id + "'");
    all.push_back({"", "Open", open.empty() ? "1 = 1" : "r.state in (" + join(open, ", ") + ")"});
    if (intake != nullptr)
        for (const auto& stage : intake->stages) all.push_back({stage.id, stage.label, "r.state = '" + stage.id + "'"});
    all.push_back({"all", "All", "1 = 1"});
    return all;
}

std::string stage_label(const engine::Definition* intake, const std::string& state) {
    const auto* stage = intake != nullptr ? intake->stage(state) : nullptr;
    return stage != nullptr ? stage->label : capital(state);
}

Response list(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto pathways = deps.library.current();
        const auto* intake = intake_for(*pathways, context.today());
        const auto all = shown(intake);
        const std::string asked{request.asked("state")};
        const auto chosen = std::find_if(all.begin(), all.end(), [&](const Shown& one) { return one.code == asked; });
        const Shown& now = chosen == all.end() ? all.front() : *chosen;
        const bool open = now.code.empty();
        std::vector<ui::Chip> chips;
        for (const auto& one : all) {
            store::Binds binds;
            const std::string readable = context.readable("r.stream", binds);
            const auto count = reader.count(fmt::format("select count(*) from referral r where ({}) and {}", one.condition, readable), binds);
            chips.push_back({.text = fmt::format("{} {}", one.label, count),
                             .href = one.code.empty() ? "/referrals" : "/referrals?state=" + one.code,
                             .current = &one == &now});
        }
        chips.push_back({.text = fmt::format("Held {}", count_held(reader, context)), .href = "/referrals/held", .current = false});
        store::Binds binds{{"after", 0}};
        const std::string readable = context.readable("r.stream", binds);
        const bool forwards = open;
        const auto cursor = request.asked("after");
        const bool has_cursor = !cursor.empty() && cursor.size() < 18 && cursor.find_first_not_of("0123456789") == std::string::npos;
        binds.front() = store::Bind{"after", has_cursor ? std::stoll(std::string{cursor}) : (forwards ? 0LL : INT64_MAX)};
        const auto found = reader.select(
            "ittttit",
            fmt::format("select r.stream, r.reference, r.state, r.narrative, r.source_agency, r.received_at, r.behaviour from referral r "
                        "where ({}) and r.stream {} :after and {} order by r.stream {} limit 51",
                        now.condition, forwards ? ">" : "<", readable, forwards ? "asc" : "desc"),
            binds);
        std::vector<ui::Row> rows;
        for (const auto& row : found) {
            if (rows.size() == 50) break;
            const auto standing = referral_standing(reader, context, deps, row.integer(0));
            std::optional<Instant> due;
            if (standing)
                for (const auto& clock : clocks_of(standing->status))
                    if (!clock.ended && !clock.paused_at && clock.due && (!due || *clock.due < *due)) due = clock.due;
            const bool waits = standing && standing->status["open"].as_bool();
            const std::string& reference = row.text(1);
            rows.push_back({.due = waits ? due_tag(due, context.now()) : ui::due(short_day(london_date(row.instant(5)))),
                            .text = cut(row.text(3), 110),
                            .href = "/referrals/" + reference,
                            .about = Html{fmt::format("{}, received {}. ", reference, in_words(london_date(row.instant(5))))} +
                                     tag(stage_label(intake, row.text(2)), waits ? "yellow" : "grey"),
                            .does = waits ? button_link("Triage", "/referrals/" + reference + "/triage", reference)
                                          : button_link("Open", "/referrals/" + reference, reference)});
        }
        Html main =
            ui::head("Referrals", context.actor.agency_name, button_link("New referral", "/referrals/new", "", "")) + ui::chips(chips, "Show");
        main += p(open ? "Oldest first: who has waited longest comes first." : "Newest first.");
        main += rows.empty() ? p("No report that you may read stands here. One appears as soon as it is sent.") : ui::rows(rows);
        if (found.size() > 50)
            main += p(link(fmt::format("/referrals?{}", web::encode_query({{"state", now.code}, {"after", std::to_string(found[49].integer(0))}})),
                           "Next 50"));
        return context.page(request, "Referrals", main);
    });
}

// ---- One report

Html answers_html(const ReferralStanding& now) {
    Html out;
    for (const auto& form : now.intake->forms) {
        const Json& answers = now.status["forms"][form.id];
        if (!answers.is_object()) continue;
        std::vector<ui::SummaryRow> rows;
        for (const auto& field : form.fields)
            if (const std::string words = answer_in_words(field, answers[field.id]); !words.empty())
                rows.push_back({.key = {field.label}, .value = {Html{words}}});
        if (!rows.empty()) out += h2(form.label) + ui::summary_list({.rows = rows});
    }
    return out;
}

/// Who is named, with the ways to reach them and what must be minded then.
Html people_html(store::Reader& reader, const Context& context, const ReferralStanding& now, Seq stream) {
    std::vector<std::vector<ui::Cell>> rows;
    std::set<std::string> parts_of_children;
    for (const auto& row :
         reader.select("itt", "select subject, role, subject_kind from involvement where stream = :stream and ended is null order by id",
                       {{"stream", stream}})) {
        const auto* role = now.intake->role(row.text(1));
        if (row.text(2) != "person") continue;
        const auto person = subjects::person(reader, row.integer(0));
        if (!person) continue;
        Html cases;
        for (const auto& one : cases_about(reader, context.actor, row.integer(0), context.today(), 5))
            cases += Html{cases.empty() ? "In " : " "} + link("/cases/" + one.reference, one.reference) + Html{one.open ? ", open." : ", closed."};
        Html name = link("/people/" + person->id, person->name());
        if (role != nullptr && role->accused &&
            subjects::is_under_10(subjects::person(reader, subjects::root_of(reader, person->stream))->details, context.today()))
            parts_of_children.insert(lower_ascii(role->label));
        if (person->details.safe_to_contact == "no") name += Html{" "} + tag("Not safe to contact", "red");
        const Html reach = subjects::contact_lines(reader, context, person->stream);
        rows.push_back({{.text = name},
                        {.text = role != nullptr ? role->label : ""},
                        {.text = reach.empty() ? Html{"Nothing held"} : reach},
                        {.text = cases.empty() ? Html{"In no case that you may see."} : cases}});
    }
    if (rows.empty()) return p("Nobody is named.");
    return accused_child(parts_of_children) +
           ui::stacked_table({.caption = "People of this report",
                              .caption_classes = "govuk-visually-hidden",
                              .head = {{.text = "Name"}, {.text = "Part"}, {.text = "How to reach them"}, {.text = "Cases"}},
                              .rows = rows,
                              .first_cell_is_header = true});
}

/// The place as it is recorded, and why the report lies with this hub where nobody said so.
Html where_html(store::Reader& reader, Seq stream, const Json& body) {
    Html all;
    if (const auto row = reader.select_one("i", "select place from referral_incident where stream = :stream", {{"stream", stream}}))
        if (const auto place = subjects::place(reader, row->integer(0))) all += p(link("/places/" + place->id, "What is known of this place"));
    if (const auto& because = body["hub_because"].as_string(); !because.empty()) all += p(because);
    return all;
}

Html history_html(store::Reader& reader, const Context& context, Seq stream) {
    std::vector<ui::Moment> moments;
    for (const auto& event : context.ledger.read(reader, stream)) {
        Html words;
        if (event.payload["reason"].is_string()) words += p(event.payload["reason"].as_string());
        for (const auto& form : event.payload["forms"].items())
            for (const auto& [key, value] : form["answers"].members())
                if (event.version > 1 && value.is_string()) words += p(value.as_string());
        moments.push_back({.title = event.envelope["summary"].as_string(),
                           .by = access::name_of(reader, "app_user", event.actor),
                           .when = in_words(event.recorded_at),
                           .iso = to_rfc3339(event.recorded_at),
                           .description = words});
    }
    std::reverse(moments.begin(), moments.end());
    return ui::timeline(moments);
}

Html emergency_banner(const ReferralStanding& now) {
    Html out;
    if (now.status["open"].as_bool())
        for (const auto& [form, answers] : now.status["forms"].members())
            if (answers["ongoing_now"].as_bool())
                out = ui::warning_text({.text = "It was happening when it was reported. If anybody is in danger, call 999 now."});
    return out;
}

Html clocks_html(const ReferralStanding& now, Instant at, const WorkingCalendar& calendar) {
    std::vector<ui::Row> rows;
    for (const auto& clock : clocks_of(now.status)) {
        if (clock.ended) continue;
        const auto* rule = now.intake->clock(clock.id);
        const bool paused = clock.paused_at.has_value();
        rows.push_back(
            {.due = paused ? ui::due("Paused") : due_tag(clock.due, at),
             .text = rule != nullptr ? rule->label : clock.id,
             .about = rule != nullptr ? fmt::format("{}. {}", engine::length_in_words(*now.intake, *rule, clock, calendar), rule->source) : ""});
    }
    return rows.empty() ? Html{} : ui::section("clocks", "Clocks", ui::rows(rows));
}

Response one(const Request& request, Context& context, const Deps& deps) {
    Seq seen = 0;
    auto response = context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = find_referral(reader, request.parameter("id"));
        if (!context.demand(reader, "read", {.kind = "referral", .seq = stream.value_or(-1)})) return absent();
        const auto now = referral_standing(reader, context, deps, *stream);
        if (!now) return absent();
        seen = *stream;
        const auto row =
            reader.select_one("tiit", "select reference, received_at, case_stream, body from referral where stream = :stream", {{"stream", *stream}});
        const std::string& reference = row->text(0);
        const bool open = now->status["open"].as_bool();
        const bool held = now->status.has("quarantine");
        const bool decides = !held && context.may(reader, "triage", {.kind = "referral", .seq = *stream}).allowed;
        Html main = ui::breadcrumbs({.items = {{.text = "Referrals", .href = "/referrals"}, {.text = reference}}});
        if (request.asked("sent") == "yes")
            main += ui::notification_banner({.text = fmt::format("Sent. Its reference is {}.", reference), .type = "success"});
        main += ui::head(fmt::format("Report {}", reference),
                         fmt::format("{}, {}, received {}", access::name_of(reader, "hub", now->status["hub"].as_integer()),
                                     stage_label(now->intake, now->status[held ? "quarantine" : "stage"].as_string()), in_words(row->instant(1))),
                         decides && (open || !engine::actions(*now->intake, now->facts).empty())
                             ? button_link(open ? "Triage" : "Decide again", "/referrals/" + reference + "/triage", reference, "")
                             : Html{});
        main += emergency_banner(*now);
        if (held)
            main += ui::inset_text({.text = Html{"It came with too many others at once, and is held apart from the queue. "} +
                                            link("/referrals/held?report=" + reference, "Decide whether it stays so")});
        if (row->integer(2) != 0) {
            const auto found = case_rows(reader, {row->integer(2)});
            if (!found.empty() && context.may(reader, "read", {.kind = "case", .seq = row->integer(2)}).allowed)
                main += ui::inset_text({.text = Html{"Accepted into "} + link("/cases/" + found.front().reference, found.front().reference) +
                                                Html{", " + found.front().title}});
        }
        const auto body = parse_json(row->text(3));
        const Json location = body ? (*body)["location"] : Json::object();
        main += clocks_html(*now, context.now(), deps.calendar());
        main += ui::section("place", "Where",
                            p(tidy(location["text"].as_string() + " " + location["postcode"].as_string())) +
                                where_html(reader, *stream, body ? *body : Json::object()));
        if (const auto flags = subjects::flags_of_record(reader, context, *stream); !flags.empty())
            main += ui::section("flags", "Repeat flags", subjects::flags_panel(flags, true));
        main += ui::section("people", "People", people_html(reader, context, *now, *stream));
        main += answers_html(*now);
        main += ui::section("history", "What was done with it", history_html(reader, context, *stream));
        return context.page(request, "Report " + reference, main);
    });
    if (seen != 0 && response.status == 200) context.looked("referral", {seen});
    return response;
}

// ---- The decision

/// The fields of a decision: those of its form, and for a new record those of the pathway that takes it, under "forms.FORM." names.
struct Asked {
    std::vector<engine::Field> fields;
    std::vector<Unmatched> people;
    const engine::Definition* taker = nullptr;
    std::string taker_form;
};

/// Who is this? One question for everybody of the report who may be somebody already known.
engine::Field match_field(store::Reader& reader, const Context& context, const ReferralStanding& now, const Unmatched& one) {
    const auto* role = now.intake->role(one.role);
    engine::Field field{.id = one.field(),
                        .label = fmt::format("Who is {}{}?", one.person.name(), role != nullptr ? " (" + lower_ascii(role->label) + ")" : ""),
                        .hint = "People already recorded who may be the same. What you say is kept, and can be taken back.",
                        .kind = engine::FieldKind::code,
                        .required = true};
    for (const auto& candidate : one.candidates) {
        std::vector<std::string> words{candidate.band == "strong" ? "Almost certain" : "Possible"};
        for (const auto& reason : candidate.reasons)
            if (reason.kind != "not_held") words.push_back(reason.text);
        const auto& born = candidate.person.details.birth;
        field.choices.push_back({.code = candidate.person.id,
                                 .label = candidate.person.name() + (born.known() ? ", born " + subjects::in_words(born) : ""),
                                 .hint = fmt::format("{}. {}", join(words, ". "), standing_of(reader, context, candidate.person))});
    }
    field.choices.push_back({.code = "new", .label = "Nobody of these: a new person"});
    return field;
}

Asked fields_for(store::Reader& reader, const Context& context, const ReferralStanding& now, Seq stream, const engine::Action& action,
                 std::string_view pathway) {
    Asked asked;
    if (const auto* form = now.intake->form(action.form)) asked.fields = form->fields;
    if (action.does != "open_record") return asked;
    asked.people = unmatched(reader, context, stream);
    for (const auto& one : asked.people) asked.fields.push_back(match_field(reader, context, now, one));
    const auto takers = accepting_pathways(*now.pathways, *now.intake, context.today());
    if (takers.size() > 1) {
        engine::Field which{.id = "pathway", .label = "What kind of case is it?", .kind = engine::FieldKind::code, .required = true};
        for (const auto* one : takers) which.choices.push_back({.code = one->name, .label = one->title});
        asked.fields.push_back(std::move(which));
    }
    for (const auto* one : takers)
        if (takers.size() == 1 || one->name == pathway) asked.taker = one;
    asked.fields.push_back({.id = "title",
                            .label = "Title of the case",
                            .hint = "A few words without anybody's name: \"Threats at night, Trafalgar Court\"",
                            .kind = engine::FieldKind::text,
                            .required = true});
    engine::Field lead{.id = "lead", .label = "Who leads it?", .kind = engine::FieldKind::code};
    for (const auto& user : access::users_of(reader, context.actor.agency)) {
        const auto them = access::actor_of(reader, user.seq);
        if (them && them->works_in(now.status["hub"].as_integer())) lead.choices.push_back({.code = user.code, .label = user.name});
    }
    asked.fields.push_back(std::move(lead));
    if (asked.taker != nullptr)
        for (const auto& accepts : asked.taker->accepts)
            if (accepts.intake == now.intake->name && !accepts.form.empty()) {
                asked.taker_form = accepts.form;
                for (const auto& field : fields_of(*asked.taker, accepts.form)) asked.fields.push_back(field);
            }
    return asked;
}

std::string error_for(const Refusal* refusal, const std::string& field) {
    if (refusal != nullptr)
        for (const auto& one : refusal->fields)
            if (one.field == field || one.field.ends_with("." + field)) return one.message;
    return {};
}

Response triage_page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = find_referral(reader, request.parameter("id"));
        if (!context.demand(reader, "triage", {.kind = "referral", .seq = stream.value_or(-1)})) return absent();
        const auto now = referral_standing(reader, context, deps, *stream);
        if (!now) return absent();
        if (now->status.has("quarantine")) return web::see_other("/referrals/" + std::string{request.parameter("id")});
        const auto row = reader.select_one("tt", "select reference, narrative from referral where stream = :stream", {{"stream", *stream}});
        const std::string& reference = row->text(0);
        const std::string at = "/referrals/" + reference + "/triage";
        std::string decision{request.method == "POST" ? request.typed("decision") : request.asked("decision")};
        const auto* action = now->intake->action(decision);
        const auto possible = engine::actions(*now->intake, now->facts);
        Html main = back_link(action != nullptr ? at : "/referrals/" + reference, action != nullptr ? "Back to the decisions" : "Back to the report");
        Refusal shown = refusal != nullptr ? *refusal : Refusal{};
        for (auto& one : shown.fields)
            if (const auto dot = one.field.rfind('.'); dot != std::string::npos) one.field = one.field.substr(dot + 1);
        main += error_summary(refusal != nullptr ? &shown : nullptr);
        main += ui::head(action != nullptr ? action->label : "Triage", reference) + emergency_banner(*now);
        Html left;
        if (action == nullptr) {
            Html radios;
            Html blocked;
            for (const auto& one : possible) {
                if (!one.allowed) {
                    blocked += el("li", Html{one.action->label + ". "} + el("span", {{"data-cc", "muted"}}, one.why));
                    continue;
                }
                const std::string id = radios.empty() ? "decision" : "decision-" + one.action->id;
                Html inside = web::void_el("input", {{"class", "govuk-radios__input"},
                                                     {"type", "radio"},
                                                     {"name", "decision"},
                                                     {"id", id},
                                                     {"value", one.action->id},
                                                     {"aria-describedby", one.action->hint.empty() ? "" : id + "-hint"}}) +
                              el("label", {{"class", "govuk-label govuk-radios__label"}, {"for", id}}, one.action->label);
                if (!one.action->hint.empty())
                    inside += el("div", {{"id", id + "-hint"}, {"class", "govuk-hint govuk-radios__hint"}}, one.action->hint);
                radios += el("div", {{"class", "govuk-radios__item"}}, inside);
            }
            left = radios.empty() ? p("Nothing can be decided on this report now.")
                                  : el("form", {{"method", "get"}, {"action", at}},
                                       el("div", {{"class", "govuk-form-group"}},
                                          el("fieldset", {{"class", "govuk-fieldset"}},
                                             el("legend", {{"class", "govuk-fieldset__legend govuk-fieldset__legend--m"}}, "What becomes of it?") +
                                                 el("div", {{"class", "govuk-radios"}}, radios))) +
                                           button("Continue"));
            if (!blocked.empty()) left += h2("Not now") + el("ul", {{"class", "govuk-list"}}, blocked);
        } else {
            const std::string pathway{request.method == "POST" ? request.typed("pathway") : request.asked("pathway")};
            const Asked asked = fields_for(reader, context, *now, *stream, *action, pathway);
            Json answers = request.method == "POST" ? typed_answers(asked.fields, request) : Json::object();
            if (!answers.has("lead")) answers.set("lead", context.actor.email);
            if (!pathway.empty()) answers.set("pathway", pathway);
            // What the report says already need not be said again.
            if (request.method != "POST")
                for (const auto& [form, told] : now->status["forms"].members())
                    for (const auto& field : asked.fields) answers.set_if(field.id, told[field.id]);
            Html fields =
                web::each(asked.fields, [&](const auto& field) { return field_html(field, answers[field.id], error_for(refusal, field.id)); });
            left = (action->hint.empty() ? Html{} : p(action->hint)) +
                   (now->intake->form(action->form) != nullptr && !now->intake->form(action->form)->intro.empty()
                        ? p(now->intake->form(action->form)->intro)
                        : Html{}) +
                   el("form", {{"method", "post"}, {"action", at}},
                      hidden("csrf", context.csrf) + hidden("decision", action->id) + fields + button(action->label));
        }
        const auto flags = subjects::flags_of_record(reader, context, *stream);
        const Html right = ui::box(h2("The report") + p(row->text(1)) + h2("People") + people_html(reader, context, *now, *stream) +
                                       (flags.empty() ? Html{} : h2("Repeat flags") + subjects::flags_panel(flags, true)),
                                   "tint") +
                           clocks_html(*now, context.now(), deps.calendar());
        main += ui::split(left, right, "form");
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Triage of "} + reference, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response triage(const Request& request, Context& context, const Deps& deps) {
    Json body = Json::object();
    const bool may = context.db.reading([&](store::Reader& reader) {
        const auto stream = find_referral(reader, request.parameter("id"));
        if (!context.demand(reader, "triage", {.kind = "referral", .seq = stream.value_or(-1)})) return false;
        const auto now = referral_standing(reader, context, deps, *stream);
        if (!now) return false;
        const auto* action = now->intake->action(request.typed("decision"));
        body.set("decision", std::string{request.typed("decision")});
        if (action == nullptr) return true;
        const Asked asked = fields_for(reader, context, *now, *stream, *action, request.typed("pathway"));
        Json typed = typed_answers(asked.fields, request);
        Json for_taker = Json::object(), matches = Json::array();
        for (const auto& one : asked.people) {
            if (typed.has(one.field())) matches.push(Json::object({{"for", one.at}, {"person", typed[one.field()]}}));
            typed.erase(one.field());
        }
        body.set_if("matches", matches);
        for (const auto& [key, value] : typed.members()) {
            const bool takers = asked.taker != nullptr && !asked.taker_form.empty() && key != "title" && key != "lead" && key != "pathway";
            (takers ? for_taker : body).set(key, value);
        }
        if (!asked.taker_form.empty()) body.set("forms", Json::object({{asked.taker_form, for_taker}}));
        return true;
    });
    if (!may) return absent();
    const auto done = context.db.writing([&](store::Transaction& tx) { return triage_referral(tx, context, deps, request.parameter("id"), body); });
    if (!done) return done.error().because == Because::absent ? absent() : triage_page(request, context, deps, &done.error());
    if (const std::string& ref = (*done)["case"].as_string(); !ref.empty()) return web::see_other("/cases/" + ref);
    return web::see_other("/referrals/" + (*done)["reference"].as_string());
}

}  // namespace

void add_triage_pages(access::Routes& routes, const Deps& deps) {
    add_quarantine_pages(routes, deps);
    routes.get("/referrals", "Referrals", "pages", [deps](const Request& request, Context& context) { return list(request, context, deps); });
    routes.get("/referrals/{id}", "One report", "pages", [deps](const Request& request, Context& context) { return one(request, context, deps); });
    routes.get("/referrals/{id}/triage", "Triage of a report", "pages",
               [deps](const Request& request, Context& context) { return triage_page(request, context, deps, nullptr); });
    routes.post("/referrals/{id}/triage", "Decides on a report", "pages",
                [deps](const Request& request, Context& context) { return triage(request, context, deps); });
}

}  // namespace concord::cases
