#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/alerts.hpp"
#include "cases/pages.hpp"
#include "subjects/overview.hpp"
#include "subjects/subjects.hpp"

/// Repeat alerts: people and places whose flag was raised, or grew, since the reader marked them as read.
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

constexpr int days_shown = 28;          // an older flag is on the page of its person or place, and no news
constexpr std::size_t most_shown = 60;  // subjects

std::string mark_of(const subjects::ShownFlag& one) {
    return fmt::format("{}:{}", one.flag.because.size(), one.flag.because.empty() ? "" : one.flag.because.back().what);
}

std::map<std::pair<Seq, std::string>, std::string> marks_of(store::Reader& reader, Seq user) {
    std::map<std::pair<Seq, std::string>, std::string> all;
    for (const auto& row : reader.select("itt", "select subject, flag, mark from alert_seen where user_seq = :user", {{"user", user}}))
        all[{row.integer(0), row.text(1)}] = row.text(2);
    return all;
}

std::string hidden_value(const Alert& one) { return fmt::format("{}|{}|{}", one.shown.subject_id, one.shown.flag.code, one.mark); }

/// One card for each person or place, whatever number of flags it has.
std::vector<ui::AlertCard> cards(store::Reader& reader, const Context& context, const std::vector<Alert>& all) {
    std::vector<ui::AlertCard> list;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Seq subject = all[i].shown.subject;
        if (std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), [&](const Alert& one) { return one.shown.subject == subject; }))
            continue;
        std::string words;
        Date newest = all[i].shown.flag.day_of(all[i].shown.flag.because.back());
        for (std::size_t k = i; k < all.size(); ++k) {
            const auto& flag = all[k].shown.flag;
            if (all[k].shown.subject != subject) continue;
            words += fmt::format("{}: {}{}. ", flag.label, lower_ascii(flag.text.substr(0, 1)), flag.text.substr(flag.text.empty() ? 0 : 1));
            newest = std::max(newest, flag.day_of(flag.because.back()));
        }
        const auto about = cases_about(reader, context.actor, subject, context.today(), 5);
        const auto open = std::find_if(about.begin(), about.end(), [](const CaseRow& row) { return row.open; });
        Html line{words + fmt::format("Newest {}. ", in_words(newest))};
        line += open == about.end() ? Html{"No open case."} : Html{"Case "} + link("/cases/" + open->reference, open->reference) + Html{" is open."};
        list.push_back({.text = all[i].shown.subject_name,
                        .href = (all[i].shown.subject_kind == "place" ? "/places/" : "/people/") + all[i].shown.subject_id,
                        .about = line,
                        .state = open == about.end() ? "late" : "soon"});
    }
    return list;
}

Html read_form(const Context& context, const std::vector<Alert>& all) {
    Html inside = hidden("csrf", context.csrf);
    for (const auto& one : all) inside += hidden("alert", hidden_value(one));
    return el("form", {{"method", "post"}, {"action", "/alerts/seen"}},
              inside + button(all.size() == 1 ? "Mark as read" : "Mark these as read", "secondary"));
}

Response page(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "read", {.kind = "person"})) return absent();
        std::vector<Alert> fresh, read;
        for (auto& one : alerts_for(reader, context)) (one.read ? read : fresh).push_back(std::move(one));
        const auto [people, places] = unread(fresh);
        if (deps.alert_counts != nullptr) deps.alert_counts->keep(context, people + places);
        Html main = ui::head("Repeat alerts",
                             fmt::format("People and places with a repeat flag to which something was added in the last {} days", days_shown));
        main += fresh.empty() ? p("No flag was raised since you were here.") : ui::alerts(cards(reader, context, fresh)) + read_form(context, fresh);
        if (!read.empty())
            main += ui::details({.summary = counted(static_cast<long long>(read.size()), "alert") + " that you marked as read",
                                 .text = ui::alerts(cards(reader, context, read))});
        main += p("A flag is worked out from the records that you may read. It comes back here when another incident joins it.");
        return context.page(request, "Repeat alerts", main);
    });
}

Response mark(const Request& request, Context& context, const Deps& deps) {
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<Done> {
        if (auto asked = context.demand(tx, "read", {.kind = "person"}); !asked) return asked;
        std::map<std::string, Alert> known;
        for (auto& one : alerts_for(tx, context)) known.emplace(hidden_value(one), one);
        for (const auto& typed : request.typed_all("alert"))
            if (const auto found = known.find(typed); found != known.end())
                tx.execute(R"sql(
                    insert into alert_seen (user_seq, subject, flag, mark, at) values (:user, :subject, :flag, :mark, :at)
                    on conflict (user_seq, subject, flag) do update set mark = :mark, at = :at)sql",
                           {{"user", context.actor.user},
                            {"subject", found->second.shown.subject},
                            {"flag", found->second.shown.flag.code},
                            {"mark", found->second.mark},
                            {"at", context.now()}});
        return Done{};
    });
    if (done && deps.alert_counts != nullptr) deps.alert_counts->forget(context.actor.user);
    return done ? web::see_other(request.typed("back") == "/my-work" ? "/my-work" : "/alerts") : absent();
}

}  // namespace

std::vector<Alert> alerts_for(store::Reader& reader, const Context& context) {
    if (!context.may(reader, "read", {.kind = "person"}).allowed) return {};
    const auto marks = marks_of(reader, context.actor.user);
    std::vector<Alert> all;
    for (auto& shown : subjects::flags_raised(reader, context, context.today() - days_shown, most_shown)) {
        Alert one{.shown = std::move(shown), .mark = {}};
        one.mark = mark_of(one.shown);
        const auto found = marks.find({one.shown.subject, one.shown.flag.code});
        one.read = found != marks.end() && found->second == one.mark;
        all.push_back(std::move(one));
    }
    return all;
}

Html alerts_panel(store::Reader& reader, const Context& context, const std::vector<Alert>& all) {
    std::vector<Alert> fresh;
    for (const auto& one : all)
        if (!one.read) fresh.push_back(one);
    if (fresh.empty()) return {};
    std::vector<Alert> first;
    std::set<Seq> subjects;
    for (const auto& one : fresh)
        if (subjects.size() < 5 || subjects.count(one.shown.subject) != 0) {
            subjects.insert(one.shown.subject);
            first.push_back(one);
        }
    Html out = h2("Repeat alerts", "alerts") + ui::alerts(cards(reader, context, first));
    Html inside = hidden("csrf", context.csrf) + hidden("back", "/my-work");
    for (const auto& one : first) inside += hidden("alert", hidden_value(one));
    out += el("form", {{"method", "post"}, {"action", "/alerts/seen"}, {"class", "govuk-!-margin-bottom-5"}},
              inside + ui::actions(button("Mark as read", "secondary") + link("/alerts", "See all alerts")));
    return out;
}

std::pair<int, int> unread(const std::vector<Alert>& all) {
    std::set<Seq> subjects;
    std::pair<int, int> count{0, 0};
    for (const auto& one : all)
        if (!one.read && subjects.insert(one.shown.subject).second) ++(one.shown.subject_kind == "place" ? count.second : count.first);
    return count;
}

std::optional<int> AlertCounts::of(const Request& request, const Context& context) {
    constexpr std::int64_t minutes = 5;
    const Instant now = context.now();
    {
        const std::lock_guard lock{guard_};
        const auto found = kept_.find(context.actor.user);
        const bool fresh = found != kept_.end() && found->second.at <= now && (now - found->second.at).count() < minutes * 60'000'000;
        if (fresh || (request.method != "GET" && found != kept_.end())) return found->second.unread;
        if (request.method != "GET") return {};
        // Whoever comes meanwhile takes the old count rather than working it out a second time.
        kept_[context.actor.user].at = now;
    }
    Context own = context;  // asking for the header is not the asking that a route owes
    const auto count = own.db.reading([&](store::Reader& reader) -> std::optional<int> {
        if (!own.may(reader, "read", {.kind = "person"}).allowed) return {};
        const auto [people, places] = unread(alerts_for(reader, own));
        return people + places;
    });
    const std::lock_guard lock{guard_};
    kept_[context.actor.user] = {count, now};
    return count;
}

void AlertCounts::keep(const Context& context, int count) {
    const std::lock_guard lock{guard_};
    kept_[context.actor.user] = {count, context.now()};
}

void AlertCounts::forget(Seq user) {
    const std::lock_guard lock{guard_};
    kept_.erase(user);
}

void add_alert_pages(access::Routes& routes, const Deps& deps) {
    routes.get("/alerts", "Repeat alerts", "pages", [deps](const Request& request, Context& context) { return page(request, context, deps); });
    routes.post("/alerts/seen", "Marks repeat alerts as read", "pages",
                [deps](const Request& request, Context& context) { return mark(request, context, deps); });
}

}  // namespace concord::cases
