#include "analysis/analysis.hpp"
#include "analysis/pages.hpp"

/// The pages of hubs for machines: the same answers.
namespace concord::analysis {
namespace {

using access::Context;
using web::Request;
using web::Response;

Json counts_json(const std::vector<cases::HubWork::Count>& counts) {
    Json all = Json::array();
    for (const auto& count : counts) all.push(Json::object({{"label", count.label}, {"count", count.n}}));
    return all;
}

Json work_json(store::Reader& reader, const access::Named& hub, const cases::HubWork& work) {
    Json leads = Json::array();
    for (const auto& lead : work.by_lead) {
        Json one = Json::object({{"open", lead.open}, {"high_risk", lead.high_risk}, {"late", lead.late}});
        if (lead.lead != 0) one.set("lead", access::name_of(reader, "app_user", lead.lead));
        leads.push(std::move(one));
    }
    Json answer = Json::object({{"hub", hub.code},
                                {"to_triage", work.to_triage},
                                {"awaiting_info", work.awaiting_info},
                                {"open", work.open},
                                {"high_risk", work.high_risk},
                                {"late", work.late},
                                {"unassigned", work.unassigned},
                                {"by_lead", leads},
                                {"by_stage", counts_json(work.by_stage)},
                                {"late_clocks", counts_json(work.late_clocks)},
                                {"late_tasks", counts_json(work.late_tasks)}});
    if (work.oldest_waiting) answer.set("oldest_waiting", to_rfc3339(*work.oldest_waiting));
    return answer;
}

Json recorded_json(store::Reader& reader, const access::Named& hub, std::string_view asked) {
    const auto months = hub_months(reader, hub.code, 120);
    Json all = Json::array(), types = Json::array();
    std::string shown;
    for (const auto& month : months) {
        if (shown.empty() || month.month == asked) shown = month.month;
        Json one = Json::object({{"month", month.month}, {"crimes", month.crimes}});
        if (month.year_before) one.set("year_before", *month.year_before);
        all.push(std::move(one));
    }
    if (!shown.empty())
        for (const auto& count : crimes_by_hub(reader, shown)) {
            if (count.hub != hub.code) continue;
            Json one = Json::object({{"crime_type", count.crime_type}, {"crimes", count.crimes}});
            if (count.year_before) one.set("year_before", *count.year_before);
            types.push(std::move(one));
        }
    Json answer = Json::object({{"hub", hub.code}});
    answer.set_if("month", shown);
    answer.set("types", types).set("months", all).set("source", "data.police.uk").set("licence", "Open Government Licence v3.0").set("exact", false);
    return answer;
}

/// The hub that the path names, for those who may know of hubs; everything else is absent.
template <class Answer>
Response about_hub(const Request& request, Context& context, Answer answer) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto hub = access::hub_by_code(reader, request.parameter("code"));
        if (!context.may(reader, "read", {.kind = "hubs"}).allowed || !hub)
            return web::problem(Refusal{Because::absent, "access.absent", "There is nothing at this address, or it is not for you to see."},
                                request.reference);
        return web::json(answer(reader, *hub));
    });
}

}  // namespace

void add_hub_api(access::Routes& routes, const cases::Deps& deps) {
    routes.get("/api/v1/hubs/{code}/work", "What waits in a hub, over what the reader may read", "hubs",
               [deps](const Request& request, Context& context) {
                   return about_hub(request, context, [&](store::Reader& reader, const access::Named& hub) {
                       return work_json(reader, hub, cases::hub_work(reader, context, deps, hub.seq, 0));
                   });
               });
    routes.get("/api/v1/hubs/{code}/recorded-crime", "What police recorded in a hub's area: ?month=2025-04, else the newest", "hubs",
               [](const Request& request, Context& context) {
                   return about_hub(request, context, [&](store::Reader& reader, const access::Named& hub) {
                       return recorded_json(reader, hub, request.asked("month"));
                   });
               });
}

}  // namespace concord::analysis
