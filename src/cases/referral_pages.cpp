#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/subjects.hpp"

/// A report by telephone, and its triage.
namespace concord::cases {
namespace {

using access::Context;
using ledger::Seq;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using web::void_el;
using namespace web::pieces;

// ---- A report by telephone, and its triage

engine::Field question(std::string id, std::string label, engine::FieldKind kind, std::vector<engine::Choice> choices = {}, std::string hint = {}) {
    return {.id = std::move(id), .label = std::move(label), .hint = std::move(hint), .kind = kind, .choices = std::move(choices)};
}
std::vector<engine::Choice> choices(std::initializer_list<std::pair<const char*, const char*>> pairs) {
    std::vector<engine::Choice> all;
    for (const auto& [code, label] : pairs) all.push_back({.code = code, .label = label});
    return all;
}

const std::vector<engine::Field>& report_questions() {
    using K = engine::FieldKind;
    static const std::vector<engine::Field> all{
        question("channel", "How did it come in?", K::code,
                 choices({{"phone", "Telephone"},
                          {"101", "101 call"},
                          {"email", "E-mail"},
                          {"walkin", "In person"},
                          {"patrol", "Patrol"},
                          {"meeting", "Meeting"}})),
        question("source_agency", "Who reports it?", K::code,
                 choices({{"public", "A member of the public"},
                          {"rp", "Housing provider"},
                          {"pol", "Police"},
                          {"sch", "School"},
                          {"la_env", "Environmental health"},
                          {"frs", "Fire and rescue"},
                          {"vcs", "Voluntary body"},
                          {"cllr", "Councillor"},
                          {"other", "Somebody else"}})),
        question("consent_to_share", "Do they agree that it is shared with partners?", K::code,
                 choices({{"yes", "Yes"}, {"no", "No"}, {"not_asked", "Not asked"}, {"not_needed", "Not needed: another lawful gateway"}})),
        question("role", "Person: what is their part in this?", K::code,
                 choices({{"victim", "Harmed"}, {"suspected", "Suspected"}, {"witness", "Witness"}, {"reporter", "Reporter"}})),
        question("given_name", "First name", K::text),
        question("family_name", "Last name", K::text),
        question("date_of_birth", "Date of birth, if known", K::text, {}, "For example 3/11/1987"),
        question("address", "House and street", K::text),
        question("postcode", "Postcode", K::text),
        question("phone", "Phone, if known", K::text),
        question("safe_to_contact", "Is it safe to phone or write to them there?", K::code,
                 choices({{"yes", "Yes"}, {"no", "No"}, {"not_known", "Not known"}})),
        question("behaviour_type", "What kind of behaviour is it?", K::codes,
                 choices({{"b01", "Verbal abuse, intimidation"},
                          {"b02", "Harassment, targeted conduct"},
                          {"b03", "Neighbour dispute"},
                          {"b04", "Noise, domestic"},
                          {"b06", "Rowdy or inconsiderate behaviour"},
                          {"b07", "Youth gathering with nuisance"},
                          {"b08", "Criminal damage, graffiti"},
                          {"b15", "Drug use or dealing"},
                          {"b16", "Cuckooing"},
                          {"b18", "Vehicle nuisance"},
                          {"b21", "Fly-tipping"},
                          {"b24", "Hate-related conduct"}}),
                 "Up to three"),
        question("location", "Where did it happen?", K::text),
        question("narrative", "What happened?", K::long_text),
        question("ongoing_now", "Is it happening now?", K::yes_no, {}, "If somebody is in danger, call 999")};
    return all;
}

Json report_body(const Request& request, const Context& context) {
    Json typed = typed_answers(report_questions(), request);
    Json person = Json::object();
    for (const char* key : {"role", "given_name", "family_name", "date_of_birth", "address", "postcode", "phone", "safe_to_contact"})
        person.set_if(key, typed[key]);
    person.set_if("person", std::string{request.typed("person")});
    Json body = Json::object({{"location", Json::object({{"text", typed["location"]}, {"postcode", typed["postcode"]}})},
                              {"ongoing_now", typed["ongoing_now"].as_string() == "yes"},
                              {"anonymous", false}});
    for (const char* key : {"channel", "source_agency", "consent_to_share", "behaviour_type", "narrative"}) body.set_if(key, typed[key]);
    if (person.members().size() > 1) body.set("people", Json::array({person}));
    if (!context.actor.hub_codes.empty()) body.set("hub", context.actor.hub_codes.front());
    return body;
}

Html match_cards(const std::vector<subjects::Candidate>& candidates) {
    if (candidates.empty()) return p("No record that you may see is likely to be this person.");
    return web::each(candidates, [](const subjects::Candidate& one) {
        Html reasons = web::each(one.reasons, [](const subjects::Reason& reason) { return el("li", reason.text); });
        const std::string id = "person-" + one.person.id;
        return el("div", {{"class", "govuk-inset-text"}},
                  el("strong", fmt::format("{}, {}", one.person.name(), one.band == "strong" ? "almost certain" : "possible")) +
                      el("ul", {{"class", "govuk-list govuk-list--bullet"}}, reasons) +
                      el("div", {{"class", "govuk-radios govuk-radios--small"}},
                         el("div", {{"class", "govuk-radios__item"}},
                            void_el("input",
                                    {{"class", "govuk-radios__input"}, {"type", "radio"}, {"name", "person"}, {"id", id}, {"value", one.person.id}}) +
                                el("label", {{"class", "govuk-label govuk-radios__label"}, {"for", id}}, "Use this person"))));
    });
}

Response report_page(const Request& request, Context& context, const Json& answers, const Refusal* refusal,
                     const std::vector<subjects::Candidate>* candidates) {
    Html fields;
    for (const auto& field : report_questions()) {
        std::string error;
        if (refusal != nullptr)
            for (const auto& one : refusal->fields)
                if (one.field == field.id || one.field == "people[0]." + field.id || (field.id == "location" && one.field == "location.text"))
                    error = one.message;
        fields += field_html(field, answers[field.id], error);
    }
    Html main = el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", "/referrals"}}, "Back to referrals"));
    main += error_summary(refusal);
    main += el("h1", {{"class", "govuk-heading-l"}}, "New referral");
    Html matches = candidates != nullptr ? h2("Possible matches", "matches") + match_cards(*candidates) : Html{};
    main += el("form", {{"method", "post"}, {"action", "/referrals/new"}},
               hidden("csrf", context.csrf) + fields + matches +
                   el("div", {{"class", "govuk-button-group"}},
                      el("button", {{"type", "submit"}, {"class", "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", "check"}},
                         "Check for matches") +
                          el("button", {{"type", "submit"}, {"class", "govuk-button"}, {"name", "do"}, {"value", "send"}}, "Save the referral")));
    return context.page(request, refusal != nullptr ? "Error: New referral" : "New referral", main, refusal != nullptr ? 422 : 200);
}

Response new_report(const Request& request, Context& context) {
    const Json answers = typed_answers(report_questions(), request);
    const Json body = report_body(request, context);
    if (request.typed("do") == "check") {
        return context.db.reading([&](store::Reader& reader) -> Response {
            if (auto asked = context.demand(reader, "read", {.kind = "person"}); !asked) return absent();
            const auto details = subjects::details_from(body["people"].items().empty() ? Json::object() : body["people"].items().front(),
                                                        context.today(), "people[0].");
            if (!details) return report_page(request, context, answers, &details.error(), nullptr);
            const auto found = subjects::candidates(reader, context, *details);
            return report_page(request, context, answers, nullptr, &found);
        });
    }
    const auto made = context.db.writing([&](store::Transaction& tx) { return receive_referral(tx, context, body); });
    if (!made) return report_page(request, context, answers, &made.error(), nullptr);
    return web::see_other("/referrals/" + (*made)["id"].as_string() + "/triage");
}

Response triage_page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto found = reader.select_one("itttt",
                                             "select r.stream, r.reference, r.state, r.narrative, s.id from referral r join stream s on s.seq = "
                                             "r.stream where s.id = :id or r.reference = :id",
                                             {{"id", request.parameter("id")}});
        if (!context.demand(reader, "triage", {.kind = "referral", .seq = found ? found->integer(0) : -1})) return absent();
        Html main = el("nav", {{"aria-label", "Back"}}, el("a", {{"class", "govuk-back-link"}, {"href", "/referrals"}}, "Back to referrals"));
        main += error_summary(refusal);
        main += el("span", {{"class", "govuk-caption-l"}}, found->text(1)) + el("h1", {{"class", "govuk-heading-l"}}, "Triage") +
                el("div", {{"class", "govuk-inset-text"}}, found->text(3));
        const auto* definition = deps.library.current()->current("hub_asb", context.today());
        Html fields = field_html(question("title", "Title of the case, without anybody's name", engine::FieldKind::text),
                                 Json{std::string{request.typed("title")}}, "");
        const Json answers = definition != nullptr && definition->form("triage") != nullptr ? typed_answers(fields_of(*definition, "triage"), request)
                                                                                            : Json::object();
        if (definition != nullptr)
            for (const auto& field : fields_of(*definition, "triage")) {
                std::string error;
                if (refusal != nullptr)
                    for (const auto& one : refusal->fields)
                        if (one.field.ends_with("." + field.id)) error = one.message;
                fields += field_html(field, answers[field.id], error);
            }
        main += el("form", {{"method", "post"}, {"action", "/referrals/" + found->text(4) + "/triage"}},
                   hidden("csrf", context.csrf) + fields + button("Accept as a new case"));
        return context.page(request, refusal != nullptr ? "Error: Triage" : "Triage", main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response triage(const Request& request, Context& context, const Deps& deps) {
    const auto* definition = deps.library.current()->current("hub_asb", context.today());
    if (definition == nullptr) return absent();
    const Json body = Json::object(
        {{"decision", "accept_new"}, {"title", request.typed("title")}, {"thrive", typed_answers(fields_of(*definition, "triage"), request)}});
    const auto done = context.db.writing([&](store::Transaction& tx) { return triage_referral(tx, context, deps, request.parameter("id"), body); });
    if (done) return web::see_other("/cases/" + (*done)["case"].as_string());
    if (done.error().because == Because::absent) return absent();
    return triage_page(request, context, deps, &done.error());
}

}  // namespace

void add_referral_pages(access::Routes& routes, const Deps& deps) {
    routes.get("/referrals/new", "New referral", "pages", [](const Request& request, Context& context) {
        return context.db.reading([&](store::Reader& reader) -> Response {
            if (!context.demand(reader, "create", {.kind = "referral"})) return absent();
            return report_page(request, context, Json::object(), nullptr, nullptr);
        });
    });
    routes.post("/referrals/new", "Receives a report, or looks for matches", "pages", new_report);
    routes.get("/referrals/{id}/triage", "Triage of a report", "pages",
               [deps](const Request& request, Context& context) { return triage_page(request, context, deps, nullptr); });
    routes.post("/referrals/{id}/triage", "Decides on a report", "pages",
                [deps](const Request& request, Context& context) { return triage(request, context, deps); });
}

void add_pages(access::Routes& routes, const Deps& deps) {
    add_work_pages(routes, deps);
    add_referral_pages(routes, deps);
    add_case_pages(routes, deps);
    add_form_pages(routes, deps);
}

}  // namespace concord::cases
