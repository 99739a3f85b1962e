#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/alerts.hpp"
#include "cases/entry_words.hpp"
#include "cases/late_tasks.hpp"
#include "cases/pages.hpp"

/// The first page of a working day: what is to be done next, in the order in which it falls due, whatever kind it is. Each row says why it is there
/// and can be finished from the row; several tasks are finished, moved or given at once, after a page that lists them.
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
using K = engine::FieldKind;

struct Item {
    enum class Kind { clock, referral, task, request } kind;
    std::optional<Instant> due;
    std::string title, href, about, button, button_href, task;
};

struct Work {
    std::vector<Item> items;
    std::int64_t clocks_soon = 0, clocks_late = 0, referrals = 0, tasks_soon = 0, tasks_late = 0;
    std::optional<Instant> oldest_referral;
};

constexpr std::int64_t day_micros = 24LL * 3600 * 1'000'000;

/// Running clocks of the cases that he leads, or of his hubs. Those of closed cases too: the follow-up starts with the closing.
void add_clocks(store::Reader& reader, const Context& context, const Deps& deps, bool team, Work& work) {
    store::Binds binds{{"me", context.actor.user}, {"until", Instant{context.now().micros + 28 * day_micros}}};
    std::string whose = "r.lead_user = :me";
    if (team && !context.actor.hubs.empty()) whose = "(r.lead_user = :me or r.hub in (" + listed(context.actor.hubs) + "))";
    const std::string readable = context.readable("r.stream", binds);
    const auto pathways = deps.library.current();
    const auto calendar = deps.calendar();
    for (const auto& row : reader.select(
             "ittttiii",
             fmt::format(
                 "select c.due, c.id, r.reference, r.title, r.pathway, r.pathway_version, r.lead_user, c.started from case_record r join clock_run c "
                 "on "
                 "c.stream = r.stream where {} and r.is_open in (0, 1) and r.next_due < :until and c.ended is null and c.state = 'running' and "
                 "c.due < :until and {} order by c.due, c.id limit 300",
                 whose, readable),
             binds)) {
        const auto* definition = pathways->find(row.text(4), static_cast<int>(row.integer(5)));
        const auto* rule = definition != nullptr ? definition->clock(row.text(1)) : nullptr;
        Item item{.kind = Item::Kind::clock,
                  .due = row.instant(0),
                  .title = rule != nullptr ? rule->label : row.text(1),
                  .href = "/cases/" + row.text(2),
                  .about = fmt::format("{}, {}.", row.text(2), row.text(3)),
                  .button = "Record",
                  .button_href = "/cases/" + row.text(2),
                  .task = {}};
        if (rule != nullptr)
            item.about += fmt::format(
                " Rule: {}.",
                engine::length_in_words(*definition, *rule, {.id = rule->id, .started = row.instant(7), .due = row.instant(0)}, calendar));
        if (rule == nullptr || rule->decision.empty()) item.button_href += "#text";
        if (team) item.about += " Lead: " + (row.integer(6) == 0 ? "nobody" : access::name_of(reader, "app_user", row.integer(6))) + ".";
        if (rule != nullptr && !rule->decision.empty()) {
            item.button = "Decide";
            item.button_href += (definition->action(rule->decision) != nullptr ? "/actions/" : "/forms/") + rule->decision;
        }
        const bool late = *item.due < context.now();
        if (late || *item.due < Instant{context.now().micros + 7 * day_micros}) ++work.clocks_soon;
        if (late) ++work.clocks_late;
        work.items.push_back(std::move(item));
    }
}

void add_referrals(store::Reader& reader, const Context& context, Work& work) {
    store::Binds binds;
    const std::string readable = context.readable("r.stream", binds);
    for (const auto& row : reader.select(
             "titi",
             fmt::format(
                 "select r.reference, r.received_at, r.narrative, (select min(c.due) from clock_run c where c.stream = r.stream and c.ended is "
                 "null and c.state = 'running') from referral r where r.decision in ('', 'start_triage', 'answered', 'look_again', "
                 "'acknowledge', 'emergency', 'police_acknowledged') and r.state in ('received', 'triage') and {} order by r.stream limit 200",
                 readable),
             binds)) {
        ++work.referrals;
        if (!work.oldest_referral) work.oldest_referral = row.instant(1);
        work.items.push_back({.kind = Item::Kind::referral,
                              .due = row.is_null(3) ? std::optional<Instant>{} : row.instant(3),
                              .title = "Report: " + cut(row.text(2), 90),
                              .href = "/referrals/" + row.text(0),
                              .about = fmt::format("{}, received {}.", row.text(0), in_words(london_date(row.instant(1)))),
                              .button = "Triage",
                              .button_href = "/referrals/" + row.text(0) + "/triage",
                              .task = {}});
    }
}

void add_tasks(store::Reader& reader, const Context& context, bool team, Work& work) {
    store::Binds binds{{"user", context.actor.user}, {"agency", context.actor.agency}};
    const std::string readable = context.readable("t.stream", binds);
    const std::string whose = team ? "(t.owner = :user or t.agency = :agency)" : "(t.owner = :user or (t.agency = :agency and t.owner = 0))";
    for (const auto& row : reader.select(
             "tttttti",
             fmt::format("select t.id, t.title, t.due, r.reference, r.title, t.state, t.owner from task t join case_record r on r.stream = t.stream "
                         "where {} and t.state in ('proposed', 'assigned', 'accepted') and {} order by t.due, t.id limit 300",
                         whose, readable),
             binds)) {
        const auto due = end_of_day(row.text(2));
        const std::string about =
            fmt::format("{}, {}. {}{}.", row.text(3), row.text(4), capital(row.text(5)), row.integer(6) == 0 ? ", for anybody of your agency" : "");
        const bool late = due && *due < context.now();
        if (late || (due && *due < Instant{context.now().micros + 7 * day_micros})) ++work.tasks_soon;
        if (late) ++work.tasks_late;
        work.items.push_back({.kind = Item::Kind::task,
                              .due = due,
                              .title = row.text(1),
                              .href = "/cases/" + row.text(3) + "#tasks",
                              .about = about,
                              .button = row.text(5) == "assigned" ? "Accept" : "Done",
                              .button_href = "/tasks/" + row.text(0) + (row.text(5) == "assigned" ? "/accept" : "/done"),
                              .task = row.text(0)});
    }
}

/// Questions to his agency that wait for an answer, and his agency's own that came back with a question.
void add_requests(store::Reader& reader, const Context& context, Work& work) {
    store::Binds binds{{"agency", context.actor.agency}};
    const std::string readable = context.readable("q.stream", binds);
    for (const auto& row : reader.select(
             "tttiittt",
             fmt::format("select q.id, q.asked_for, q.due, q.asker, q.holder, r.reference, r.title, q.state from information_request q join "
                         "case_record r on r.stream = q.stream where ((q.holder = :agency and q.state in ('sent', 'acknowledged')) or (q.asker = "
                         ":agency and q.state = 'query')) and {} order by q.due, q.id limit 300",
                         readable),
             binds)) {
        const bool back = row.text(7) == "query";
        const std::string words = row.text(1).empty() ? "Erased" : cut(row.text(1), 90);
        work.items.push_back({.kind = Item::Kind::request,
                              .due = end_of_day(row.text(2)),
                              .title = (back ? "Asked back: " : "Asked for: ") + words,
                              .href = "/cases/" + row.text(5) + "#information",
                              .about = fmt::format("{}, {}. {} asks{}.", row.text(5), row.text(6),
                                                   access::name_of(reader, "agency", row.integer(back ? 4 : 3)), back ? " what is meant" : ""),
                              .button = back ? "Open" : "Answer",
                              .button_href = "/cases/" + row.text(5) + "/information-requests/" + row.text(0),
                              .task = {}});
    }
}

/// Late tasks of others that have reached him as their owner's manager or as the hub's (late_tasks.hpp).
void add_escalated(store::Reader& reader, const Context& context, const Deps& deps, Work& work) {
    if (!context.actor.has_any_role({"supervisor", "police_sgt", "hub_manager"})) return;
    for (const auto& task : escalated_to(context.actor, late_tasks(reader, context, deps, context.actor.hubs))) {
        if (std::any_of(work.items.begin(), work.items.end(), [&](const Item& item) { return item.task == task.id; })) continue;
        const std::string whose = access::name_of(reader, "agency", task.agency);
        work.items.push_back(
            {.kind = Item::Kind::task,
             .due = end_of_day(to_iso(task.due)),
             .title = fmt::format("{} late: {}", counted(task.working_days, "working day"), task.title),
             .href = "/cases/" + task.reference + "#tasks",
             .about = fmt::format("{}, {}. {} has it{}.", task.reference, task.case_title, whose,
                                  task.owner == 0 ? ", and nobody there took it" : ": " + access::name_of(reader, "app_user", task.owner)),
             .button = "Open",
             .button_href = "/cases/" + task.reference + "#tasks",
             .task = {}});
        ++work.tasks_soon;
        ++work.tasks_late;
    }
}

/// Cases that are offered to a hub of his, which its manager accepts or refuses.
void add_offers(store::Reader& reader, const Context& context, const Deps& deps, Work& work) {
    if (context.actor.hubs.empty()) return;
    store::Binds binds;
    const std::string readable = context.readable("r.stream", binds);
    const auto pathways = deps.library.current();
    for (const auto& row : reader.select("ittiti",
                                         fmt::format("select r.stream, r.reference, r.title, r.pathway_version, r.pathway, r.hub from case_record r "
                                                     "where r.offered_hub <> 0 and r.is_open = 1 and r.offered_hub in ({}) and {} limit 200",
                                                     listed(context.actor.hubs), readable),
                                         binds)) {
        const auto* definition = pathways->find(row.text(4), static_cast<int>(row.integer(3)));
        if (definition == nullptr) continue;
        const auto accept = std::find_if(definition->actions.begin(), definition->actions.end(), [&](const auto& action) {
            return action.ends_offer == "accept" &&
                   std::any_of(action.roles.begin(), action.roles.end(), [&](const auto& role) { return context.actor.has_role(role); });
        });
        if (accept == definition->actions.end()) continue;
        const std::string address = "/cases/" + row.text(1);
        Item item{.kind = Item::Kind::request,
                  .title = fmt::format("Accept or refuse a case of {}", access::name_of(reader, "hub", row.integer(5))),
                  .href = address,
                  .about = fmt::format("{}, {}.", row.text(1), row.text(2)),
                  .button = "Answer",
                  .button_href = address + "/actions/" + accept->id,
                  .task = {}};
        const auto clock =
            std::find_if(definition->clocks.begin(), definition->clocks.end(), [&](const auto& one) { return one.decision == accept->id; });
        if (clock != definition->clocks.end())
            if (const auto due =
                    reader.select_one("i", "select due from clock_run where stream = :stream and id = :clock and ended is null and state = 'running'",
                                      {{"stream", row.integer(0)}, {"clock", clock->id}});
                due && !due->is_null(0))
                item.due = due->instant(0);
        work.items.push_back(std::move(item));
    }
}

Work work_of(store::Reader& reader, const Context& context, const Deps& deps, bool team) {
    Work work;
    add_clocks(reader, context, deps, team, work);
    add_referrals(reader, context, work);
    add_tasks(reader, context, team, work);
    add_requests(reader, context, work);
    add_offers(reader, context, deps, work);
    add_escalated(reader, context, deps, work);
    std::stable_sort(work.items.begin(), work.items.end(),
                     [](const Item& a, const Item& b) { return (a.due ? a.due->micros : INT64_MAX) < (b.due ? b.due->micros : INT64_MAX); });
    return work;
}

ui::Row row_of(const Item& item, Instant now) {
    ui::Row row{.due = due_tag(item.due, now),
                .text = item.title,
                .href = item.href,
                .about = item.about,
                .does = button_link(item.button, item.button_href, item.title)};
    if (!item.task.empty()) {
        row.tick = item.task;
        row.tick_label = "Select: " + item.title;
    }
    return row;
}

/// Late, Today, This week, Later: each with its heading, at most `most` rows in all.
Html grouped(const std::vector<Item>& items, Instant now, std::size_t most, std::size_t& shown) {
    Html out;
    const Date today = london_date(now);
    const auto group_of = [&](const Item& item) {
        if (!item.due) return 3;
        if (*item.due < now) return 0;
        const int days = london_date(*item.due) - today;
        return days == 0 ? 1 : days <= 7 ? 2 : 3;
    };
    constexpr std::array<const char*, 4> names{"Late", "Today", "Within a week", "Later"};
    shown = 0;
    for (int group = 0; group < 4; ++group) {
        std::vector<ui::Row> rows;
        for (const auto& item : items)
            if (group_of(item) == group && shown < most) {
                rows.push_back(row_of(item, now));
                ++shown;
            }
        if (!rows.empty()) out += el("h3", {{"class", "govuk-heading-s"}}, names[static_cast<std::size_t>(group)]) + ui::rows(rows);
    }
    return out;
}

/// What others did on his cases since he last marked them as read.
Html changes(store::Reader& reader, const Context& context) {
    store::Binds binds{{"me", context.actor.user}, {"since", Instant{context.now().micros - 14 * day_micros}}};
    const std::string readable = context.readable("r.stream", binds);
    std::vector<Html> items;
    for (const auto& row : reader.select(
             "tittit",
             fmt::format("select r.reference, r.stream, e.kind, e.summary, e.by_agency, e.detail from case_record r join entry e on e.stream = "
                         "r.stream left join last_seen s on "
                         "s.stream = r.stream and s.user_seq = :me where r.lead_user = :me and r.is_open = 1 and e.by_user <> :me and e.recorded_at "
                         "> :since and e.version > coalesce(s.version, 0) and {} order by e.recorded_at desc limit 9",
                         readable),
             binds)) {
        Entry entry{.kind = row.text(2), .summary = row.text(3)};
        if (auto detail = parse_json(row.text(5))) entry.detail = std::move(detail).value();
        const auto state = entry.detail.members().empty() ? std::nullopt : case_state(reader, row.integer(1));
        const std::string title = state ? entry_words(reader, entry, *state, context.today()).title : entry.summary;
        items.push_back(link("/cases/" + row.text(0), row.text(0)) + Html{" " + title + ", " + access::name_of(reader, "agency", row.integer(4))});
    }
    if (items.empty()) return {};
    return h2("Changed by others", "changes") + ui::mini(items);
}

Response my_work(const Request& request, Context& context, const Deps& deps) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const bool team = request.asked("view") == "team";
        const std::string show{request.asked("show")};
        const Work work = work_of(reader, context, deps, team);
        const auto of = [&](Item::Kind kind) {
            std::vector<Item> some;
            for (const auto& item : work.items)
                if (item.kind == kind) some.push_back(item);
            return some;
        };
        const auto clocks = of(Item::Kind::clock), referrals = of(Item::Kind::referral), tasks = of(Item::Kind::task),
                   questions = of(Item::Kind::request);
        const auto& listed = show == "clocks"      ? clocks
                             : show == "referrals" ? referrals
                             : show == "tasks"     ? tasks
                             : show == "requests"  ? questions
                                                   : work.items;
        const std::string view = team ? "view=team" : "";
        const auto address = [&](std::string_view what) {
            std::vector<std::string> parts;
            if (!what.empty()) parts.push_back("show=" + std::string{what});
            if (team) parts.push_back(view);
            return "/my-work" + (parts.empty() ? "" : "?" + join(parts, "&"));
        };
        const auto open = list_cases(reader, context.actor, {.lead_user = context.actor.user}, "", 1, context.today());
        Html main = ui::head(
            "My work", context.actor.agency_name + ", " + in_words(context.today()),
            link("/cases?lead=me", counted(open.total, "open case") + (open.at_least ? " or more" : "")) +
                (context.actor.hubs.empty() ? Html{} : link(team ? "/my-work" : "/my-work?view=team", team ? "Only mine" : "See the whole hub")) +
                button_link("New referral", "/referrals/new", "", ""));
        const auto late_words = [](std::int64_t late) { return late == 0 ? std::string{"None is late"} : fmt::format("{} late", late); };
        std::vector<ui::Tile> tiles{{.figure = std::to_string(work.clocks_soon),
                                     .text = "clocks end within 7 days",
                                     .small = late_words(work.clocks_late),
                                     .href = address("clocks"),
                                     .state = work.clocks_late > 0 ? "late" : ""},
                                    {.figure = std::to_string(work.referrals),
                                     .text = "referrals to triage",
                                     .small = work.oldest_referral ? "Oldest of " + in_words(london_date(*work.oldest_referral)) : "None waits",
                                     .href = address("referrals"),
                                     .state = work.referrals > 0 ? "soon" : ""},
                                    {.figure = std::to_string(work.tasks_soon),
                                     .text = "tasks due within 7 days",
                                     .small = late_words(work.tasks_late),
                                     .href = address("tasks"),
                                     .state = work.tasks_late > 0 ? "late" : ""}};
        const auto alerts = alerts_for(reader, context);
        const auto [people, places] = unread(alerts);
        if (deps.alert_counts != nullptr) deps.alert_counts->keep(context, people + places);
        tiles.push_back(
            {.figure = std::to_string(people + places),
             .text = "repeat alerts",
             .small = people + places == 0 ? "None since you were here" : counted(people, "person", "people") + ", " + counted(places, "place"),
             .href = "/alerts",
             .state = people + places > 0 ? "soon" : ""});
        main += ui::tiles(tiles);
        const auto chip = [&](std::string_view what, std::string_view words, std::size_t n) {
            return ui::Chip{.text = fmt::format("{} {}", words, n), .href = address(what), .current = show == what};
        };
        Html left = h2("Do next", "next") + ui::chips({chip("", "All", work.items.size()), chip("clocks", "Clocks", clocks.size()),
                                                       chip("referrals", "Referrals", referrals.size()), chip("tasks", "Tasks", tasks.size()),
                                                       chip("requests", "Questions", questions.size())});
        const std::size_t most = request.asked("all") == "yes" ? 1000 : 25;
        std::size_t shown = 0;
        const Html rows = grouped(listed, context.now(), most, shown);
        if (listed.empty()) {
            left +=
                p("Nothing is due within four weeks. Cases that you lead, tasks that you are given, questions to your agency and reports to your hub "
                  "appear here.");
        } else {
            // Only tasks are ticked: where none is listed there is nothing to send.
            const bool ticks = std::any_of(listed.begin(), listed.end(), [](const Item& one) { return !one.task.empty(); });
            if (ticks)
                left += el("form", {{"method", "post"}, {"action", "/my-work/bulk"}},
                           hidden("csrf", context.csrf) +
                               ui::bulk({{"Mark done", "done"}, {"Change date", "move"}, {"Give to someone else", "assign"}}) + rows);
            else
                left += rows;
            if (listed.size() > shown)
                left += p(link(address(show) + (address(show).find('?') == std::string::npos ? "?" : "&") + "all=yes",
                               fmt::format("Show the other {}", listed.size() - shown)));
        }
        const Html right = alerts_panel(reader, context, alerts) + changes(reader, context);
        main += right.empty() ? left : ui::split(left, right);
        return context.page(request, "My work", main);
    });
}

// ---- Several tasks at once

struct Bulk {
    std::string_view act, heading, button;
};
const std::vector<Bulk>& bulks() {
    static const std::vector<Bulk> all{{"done", "Mark these tasks done", "Mark done"},
                                       {"move", "Move these tasks to another day", "Move"},
                                       {"assign", "Give these tasks to somebody else", "Give"}};
    return all;
}

std::vector<engine::Field> bulk_fields(store::Reader& reader, std::string_view act) {
    if (act == "done") return {{.id = "result", .label = "What was done?", .kind = K::long_text, .required = true}};
    if (act == "move") return {{.id = "due", .label = "By when?", .kind = K::date, .required = true}};
    engine::Field owner{.id = "owner", .label = "To whom?", .kind = K::code, .required = true};
    for (const auto& user : access::users_of(reader, 0)) owner.choices.push_back({.code = std::to_string(user.seq), .label = user.name});
    return {owner};
}

struct Ticked {
    std::string id, title, reference;
};
/// Those of the ticked tasks whose case the user may read; others are passed over without a word.
std::vector<Ticked> ticked(store::Reader& reader, const Context& context, const Request& request) {
    std::vector<Ticked> all;
    (void)context.may(reader, "read", {.kind = "search"});
    for (const auto& id : request.typed_all("i")) {
        const auto row = reader.select_one("ttti",
                                           "select t.id, t.title, r.reference, t.stream from task t join case_record r on r.stream = t.stream where "
                                           "t.id = :id",
                                           {{"id", id}});
        if (row && context.may(reader, "read", {.kind = "case", .seq = row->integer(3)}).allowed && all.size() < 200)
            all.push_back({row->text(0), row->text(1), row->text(2)});
    }
    return all;
}

Response bulk_page(const Request& request, Context& context, const Refusal* refusal, const std::vector<std::pair<Ticked, std::string>>& failed) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto& all = bulks();
        const auto what = std::find_if(all.begin(), all.end(), [&](const Bulk& one) { return one.act == request.typed("do"); });
        std::vector<Ticked> tasks = ticked(reader, context, request);
        if (what == all.end()) return web::see_other("/my-work");
        const std::string heading{what->heading};
        Html main = back_link("/my-work", "Back to my work") + error_summary(refusal) + ui::head(heading);
        if (!failed.empty()) {
            std::vector<Html> rows;
            tasks.clear();
            for (const auto& [task, why] : failed) {
                rows.push_back(el("strong", task.title) + Html{" (" + task.reference + "): " + why});
                tasks.push_back(task);
            }
            main += ui::warning_text({.text = fmt::format("{} could not be changed; the others are done.",
                                                          counted(static_cast<long long>(failed.size()), "task"))}) +
                    ui::mini(rows);
        }
        if (tasks.empty()) {
            main += p("Tick at least one task on My work first.");
            return context.page(request, heading, main);
        }
        Html inside = hidden("csrf", context.csrf) + hidden("do", std::string{what->act}) + hidden("sure", "yes");
        std::vector<Html> items;
        for (const auto& task : tasks) {
            inside += hidden("i", task.id);
            items.push_back(el("strong", task.title) + Html{" "} + link("/cases/" + task.reference + "#tasks", task.reference));
        }
        const auto fields = bulk_fields(reader, what->act);
        const Json typed = typed_answers(fields, request);
        for (const auto& field : fields) inside += field_html(field, typed[field.id], error_of(refusal, field.id));
        main += h2(counted(static_cast<long long>(tasks.size()), "task")) + ui::mini(items);
        main += el("form", {{"method", "post"}, {"action", "/my-work/bulk"}}, inside + button(what->button));
        return context.page(request, (refusal != nullptr ? "Error: " : "") + heading, main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response bulk(const Request& request, Context& context, const Deps& deps) {
    if (request.typed("sure") != "yes") return bulk_page(request, context, nullptr, {});
    const std::string act{request.typed("do")};
    std::vector<Ticked> tasks;
    Json typed = Json::object();
    context.db.reading([&](store::Reader& reader) -> bool {
        tasks = ticked(reader, context, request);
        typed = typed_answers(bulk_fields(reader, act), request);
        return true;
    });
    std::vector<std::pair<Ticked, std::string>> failed;
    for (const auto& task : tasks) {
        TaskChange change{.id = task.id, .change = act, .words = typed["result"].as_string()};
        if (const std::string& owner = typed["owner"].as_string(); !owner.empty() && owner.find_first_not_of("0123456789") == std::string::npos)
            change.owner = std::stoll(owner);
        change.due = parse_typed_date(typed["due"].as_string(), context.today());
        const auto done = context.db.writing([&](store::Transaction& tx) { return change_task(tx, context, deps, change); });
        if (done) continue;
        // What is wrong with the answer itself is said beside the field, before anything else is tried.
        if (!done.error().fields.empty() && failed.empty() && &task == &tasks.front()) return bulk_page(request, context, &done.error(), {});
        failed.emplace_back(task, done.error().fields.empty() ? done.error().sentence : done.error().fields.front().message);
    }
    return failed.empty() ? web::see_other("/my-work") : bulk_page(request, context, nullptr, failed);
}

}  // namespace

void add_my_work_pages(access::Routes& routes, const Deps& deps) {
    add_alert_pages(routes, deps);
    routes.get("/my-work", "My work", "pages", [deps](const Request& request, Context& context) { return my_work(request, context, deps); });
    routes.post("/my-work/bulk", "Finishes, moves or gives several tasks at once", "pages",
                [deps](const Request& request, Context& context) { return bulk(request, context, deps); });
}

}  // namespace concord::cases
