#include "cases/quarantine.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/cases.hpp"
#include "cases/pages.hpp"

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

constexpr std::int64_t most_at_once = 500;  // decided by one request, so that no writer waits long
constexpr std::int64_t most_shown = 100;

struct Limit {
    std::int64_t reports = 0;
    double minutes = 0;
};
std::optional<Limit> limit_on(const Deps& deps, Date on) {
    const auto book = deps.library.codebook();
    const auto reports = book->amount("referral.held_from", on), minutes = book->amount("referral.held_window", on);
    if (!reports || !minutes) return {};
    return Limit{static_cast<std::int64_t>(*reports), *minutes};
}

struct Held {
    Seq stream = 0;
    std::string reference, narrative, sender;
    Instant sent_at;
};
/// Oldest first: those in this state that the reader may read; or this one alone.
std::vector<Held> held(store::Reader& reader, const Context& context, std::string_view state, std::string_view only, std::int64_t most) {
    store::Binds binds{{"state", state}, {"only", only}, {"most", most}};
    const std::string readable = context.readable("r.stream", binds);
    std::vector<Held> all;
    for (const auto& row : reader.select("ittti",
                                         fmt::format(R"sql(
        select r.stream, r.reference, r.narrative, coalesce(u.name, ''), r.sent_at
          from referral r left join app_user u on u.stream = r.sender
         where r.state = :state and (r.reference = :only or :only = '') and {}
         order by r.stream
         limit :most)sql",
                                                     readable),
                                         binds))
        all.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.instant(4)});
    return all;
}

struct Decision {
    Verdict verdict = Verdict::release;
    std::string reason;
    bool all = false;
    std::vector<std::string> reports;  // references or ids
};

/// Those that are named, or as many of all as one request decides; each is asked for, and one that may not be decided stops all.
Result<std::vector<Seq>> decide(store::Transaction& tx, const Context& context, const Deps& deps, const Decision& decision) {
    std::vector<Seq> chosen;
    if (decision.all)
        for (const auto& one : held(tx, context, state_quarantined, "", most_at_once)) chosen.push_back(one.stream);
    for (const auto& named : decision.reports) {
        const auto found = find_referral(tx, named);
        if (!context.demand(tx, "read", {.kind = "referral", .seq = found.value_or(-1)}))
            return Refusal{Because::invalid,
                           "referrals.reports",
                           "Some answers need another look.",
                           {{"reports", fmt::format("There is no report {} among those that you may read.", cut(named, 40))}}};
        chosen.push_back(*found);
    }
    if (chosen.empty())
        return Refusal{Because::invalid, "referrals.reports", "Some answers need another look.", {{"reports", "Choose at least one report."}}};
    for (const Seq one : chosen)
        if (auto done = decide_held(tx, context, deps, one, decision.verdict, decision.reason); !done) return done.error();
    return chosen;
}

// ---- The API

Result<Decision> decision_of(const Json& body) {
    const std::string& said = body["decision"].as_string();
    if (said != "release" && said != "set_aside")
        return Refusal{Because::invalid, "referrals.held", "Some answers need another look.", {{"decision", "Choose one of: release, set_aside."}}};
    Decision decision{.verdict = said == "release" ? Verdict::release : Verdict::set_aside,
                      .reason = body["reason"].as_string(),
                      .all = body["all"].as_bool(),
                      .reports = {}};
    for (const auto& one : body["reports"].items()) decision.reports.push_back(one.as_string());
    return decision;
}

Response decide_by_api(const Request& request, Context& context, const Deps& deps) {
    const auto body = parse_json(request.body);
    if (!body) return web::problem(body.error(), request.reference);
    const auto answer = context.db.writing([&](store::Transaction& tx) -> Result<Response> {
        if (auto asked = context.demand(tx, "create", {.kind = "referral"}); !asked) return asked.error();
        const auto decision = decision_of(*body);
        if (!decision) return decision.error();
        const auto decided = decide(tx, context, deps, *decision);
        if (!decided) return decided.error();
        Response response = web::json(Json::object({{"decided", decided->size()}, {"left", count_held(tx, context)}}));
        context.keep(tx, request, response);
        return response;
    });
    return answer ? *answer : web::told(answer.error(), request);
}

// ---- The page

Html list_of(const std::vector<Held>& all, const Refusal* refusal) {
    std::vector<ui::Choice> items;
    for (const auto& one : all)
        items.push_back({.text = fmt::format("{}. {}", one.reference, cut(one.narrative, 90)),
                         .value = one.reference,
                         .hint = ui::Hint{.text = fmt::format("From {}, {}", one.sender, in_words(one.sent_at))}});
    ui::Checkboxes boxes{.fieldset = ui::Fieldset{.legend = {.text = "Which reports?"}}, .id_prefix = "reports", .name = "reports", .items = items};
    if (refusal != nullptr)
        for (const auto& error : refusal->fields)
            if (error.field == "reports") boxes.error_message = ui::ErrorMessage{.text = error.message};
    return ui::checkboxes(boxes);
}

Html verdict_form(const Context& context, const Request& request, const std::vector<Held>& all, bool are_aside, std::int64_t waiting,
                  const Refusal* refusal) {
    const engine::Field reason{.id = "reason", .label = "Why?", .kind = engine::FieldKind::long_text, .required = true};
    std::string wrong;
    if (refusal != nullptr)
        for (const auto& error : refusal->fields)
            if (error.field == "reason") wrong = error.message;
    const auto act = [](std::string_view value, std::string_view words, bool main) {
        return el("button",
                  {{"type", "submit"}, {"class", main ? "govuk-button" : "govuk-button govuk-button--secondary"}, {"name", "do"}, {"value", value}},
                  words);
    };
    Html buttons = act("release", "Release them to the queue", true);
    if (!are_aside) {
        buttons += act("set_aside", "Set them aside", false);
        if (waiting > 1) {
            const std::string some = waiting > most_at_once ? fmt::format("the first {}", most_at_once) : fmt::format("all {}", waiting);
            buttons += act("release_all", "Release " + some, false) + act("set_aside_all", "Set aside " + some, false);
        }
    }
    return el("form", {{"method", "post"}, {"action", request.target}},
              hidden("csrf", context.csrf) + list_of(all, refusal) + field_html(reason, Json{request.typed("reason")}, wrong) +
                  el("div", {{"class", "govuk-button-group"}}, buttons));
}

Response page(const Request& request, Context& context, const Deps& deps, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "create", {.kind = "referral"})) return absent();
        const auto only = request.asked("report");
        auto all = held(reader, context, state_quarantined, only, most_shown);
        const bool are_aside = all.empty() && !only.empty();
        if (are_aside) all = held(reader, context, state_set_aside, only, 1);
        Html main = back_link("/referrals", "Back to the referrals") + error_summary(refusal);
        main += ui::head("Reports held", context.actor.agency_name);
        if (const auto limit = limit_on(deps, context.today()))
            main += p(fmt::format(
                "Where one sender sends {} reports or more within {}, they wait here, apart from the queue: they are kept, count for nothing, "
                "and nothing is late.",
                limit->reports, limit->minutes == 1 ? "a minute" : fmt::format("{:g} minutes", limit->minutes)));
        const auto waiting = count_held(reader, context);
        const bool decides = !all.empty() && context.may(reader, "release", {.kind = "referral", .seq = all.front().stream}).allowed;
        if (all.empty())
            main += p("No report is held.");
        else if (decides)
            main += verdict_form(context, request, all, are_aside, only.empty() ? waiting : 1, refusal);
        else
            main += p("A supervisor or the manager of the hub decides on them.") + web::each(all, [](const Held& one) {
                        return p(link("/referrals/" + one.reference, one.reference) + Html{". " + cut(one.narrative, 90)});
                    });
        if (only.empty()) {
            Html aside;
            for (const auto& one : held(reader, context, state_set_aside, "", most_shown))
                aside += p(link("/referrals/" + one.reference, one.reference));
            if (!aside.empty()) main += ui::details({.summary = "Reports that were set aside", .text = aside});
        }
        context.looked_soon("list", "reports held");
        return context.page(request, (refusal != nullptr ? "Error: " : "") + std::string{"Reports held"}, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response decide_by_page(const Request& request, Context& context, const Deps& deps) {
    const std::string act{request.typed("do")};
    Decision decision{.verdict = act.starts_with("set_aside") ? Verdict::set_aside : Verdict::release,
                      .reason = std::string{request.typed("reason")},
                      .all = act.ends_with("_all"),
                      .reports = {}};
    if (!decision.all)
        for (const auto& one : request.typed_all("reports")) decision.reports.push_back(std::string{one});
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::vector<Seq>> {
        if (auto asked = context.demand(tx, "create", {.kind = "referral"}); !asked) return asked.error();
        return decide(tx, context, deps, decision);
    });
    return done ? web::see_other("/referrals/held") : page(request, context, deps, &done.error());
}

}  // namespace

std::int64_t count_held(store::Reader& reader, const Context& context) {
    store::Binds binds{{"state", state_quarantined}};
    const std::string readable = context.readable("r.stream", binds);
    return reader.count("select count(*) from referral r where r.state = :state and " + readable, binds);
}

bool comes_too_fast(store::Reader& reader, const Context& context, const Deps& deps) {
    const auto limit = limit_on(deps, context.today());
    if (!limit || limit->reports <= 0) return false;
    const Instant since{context.now().micros - static_cast<std::int64_t>(limit->minutes * 60'000'000)};
    const auto before =
        reader.count("select count(*) from (select 1 from referral where sender = :sender and sent_at > :since limit :most) as recent",
                     {{"sender", context.actor.user}, {"since", since}, {"most", limit->reports - 1}});
    return before + 1 >= limit->reports;
}

void add_quarantine_routes(access::Routes& routes, const Deps& deps) {
    routes.post("/api/v1/referrals/held", "Releases reports that are held, or sets them aside: {\"decision\", \"reports\" or \"all\", \"reason\"}",
                "referrals", [deps](const Request& request, Context& context) { return decide_by_api(request, context, deps); });
}

void add_quarantine_pages(access::Routes& routes, const Deps& deps) {
    routes.get("/referrals/held", "Reports held", "pages",
               [deps](const Request& request, Context& context) { return page(request, context, deps, nullptr); });
    routes.post("/referrals/held", "Releases reports that are held, or sets them aside", "pages",
                [deps](const Request& request, Context& context) { return decide_by_page(request, context, deps); });
}

}  // namespace concord::cases
