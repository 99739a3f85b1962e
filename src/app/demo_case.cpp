#include "app/demo_case.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::app::demo {
namespace {

using Minutes = std::chrono::minutes;

bool is_public(std::string_view source) { return source == "public" || source == "cllr" || source == "mp" || source == "bid" || source == "prl"; }

/// How a report of this source reaches the hub.
std::string channel_of(Dice& dice, std::string_view source) {
    if (source == "pol") return dice.pick(Texts{"101", "patrol", "101", "api", "meeting"});
    if (is_public(source)) return dice.pick(Texts{"phone", "online", "phone", "email", "walkin", "online", "letter"});
    return dice.pick(Texts{"email", "api", "phone", "meeting", "email"});
}

/// One case or report on its way through the weeks: what is due is kept in order of time, and told until the day that is today.
class Telling {
public:
    Telling(Setting& setting, unsigned seed, unsigned part) : s_{setting}, dice_{seed, part} {}

protected:
    // ---- Time

    Instant at(Date day, int hour, int minute) { return from_london(civil(day), hour, minute, dice_.between(0, 59)); }
    /// In office hours of that day, or of the next working day; never before what was told last.
    Instant office(Date day, int from = 8, int to = 16) {
        day = s_.calendar.add_working_days(day, 0);
        Instant moment = at(day, dice_.between(from, to), dice_.between(0, 59));
        if (moment <= last_) moment = last_ + Minutes{dice_.between(4, 25)};
        if (london_time(moment).hour >= 18) moment = at(s_.calendar.add_working_days(day, 1), 8, dice_.between(35, 59));
        return moment;
    }
    Instant soon(int from = 3, int to = 20) { return last_ + Minutes{dice_.between(from, to)}; }
    Date working(Date day, int n) const { return s_.calendar.add_working_days(day, n); }

    void later(Instant when, std::function<void()> what) { waiting_.emplace(when, std::move(what)); }
    void run() {
        while (!waiting_.empty() && waiting_.begin()->first < s_.start_of_today()) {
            auto next = waiting_.extract(waiting_.begin());
            last_ = std::max(last_, next.key());
            next.mapped()();
        }
    }

    // ---- Lines

    Json& say(std::string_view as, std::string_view method, const std::string& path, Json body = Json::object()) {
        Json step = Json::object({{"at", to_rfc3339(last_)}, {"as", as}, {"method", method}, {"path", path}, {"body", std::move(body)}});
        s_.lines.push_back({last_, static_cast<int>(s_.lines.size()), std::move(step)});
        last_ = last_ + std::chrono::seconds{dice_.between(20, 140)};
        return s_.lines.back().step;
    }

    // ---- Words

    std::string fill(std::string text) {
        const std::map<std::string, std::string> slots{
            {"street", street_},
            {"victim", victims_.empty() ? "The caller" : victims_.front().formal()},
            {"suspect", suspects_.empty() ? "the person responsible" : suspects_.front().name()},
            {"he", victims_.empty()              ? "they"
                   : victims_.front().sex == 'M' ? "he"
                                                 : "she"},
            {"He", victims_.empty()              ? "They"
                   : victims_.front().sex == 'M' ? "He"
                                                 : "She"},
            {"his", victims_.empty()              ? "their"
                    : victims_.front().sex == 'M' ? "his"
                                                  : "her"},
            {"him", victims_.empty()              ? "them"
                    : victims_.front().sex == 'M' ? "him"
                                                  : "her"},
            {"months", dice_.pick(Texts{"two months", "three months", "six weeks", "four months", "several weeks"})},
            {"number", dice_.pick(Texts{"three", "four", "five", "six", "seven"})},
            {"time",
             dice_.pick(Texts{"10.30 pm", "11.15 pm", "half past one in the morning", "2 am", "a quarter to four in the morning", "9.40 pm"})},
            {"day", dice_.pick(Texts{"Friday", "Saturday", "Sunday", "Thursday", "Tuesday"})},
            {"officer", name_of(lead_)},
            {"police", name_of(police_)},
        };
        for (auto open = text.find('{'); open != std::string::npos; open = text.find('{', open)) {
            const auto close = text.find('}', open);
            if (close == std::string::npos) break;
            const auto found = slots.find(text.substr(open + 1, close - open - 1));
            if (found == slots.end()) throw Failure{"stories.toml: there is no {" + text.substr(open + 1, close - open - 1) + "}."};
            text.replace(open, close - open + 1, found->second);
            open += found->second.size();
        }
        return text;
    }
    std::string name_of(const std::string& email) const {
        const auto found = s_.names.find(email);
        return found == s_.names.end() ? "the officer" : found->second;
    }
    /// One of the pool, not the one that was said last.
    std::string shared(const std::string& pool) {
        const auto& texts = s_.stories.pool(pool);
        auto& next = turn_[pool];
        if (next == 0) next = 1 + dice_.below(texts.size());
        return fill(texts[next++ % texts.size()]);
    }

    // ---- The report

    void cast(const Story& story, const std::string& hub, const std::optional<Invented>& known, Date day) {
        const Street& street = s_.world.street(dice_, hub);
        street_ = street.name;
        postcode_ = street.postcode;
        if (known) {
            victims_.push_back(*known);
            const auto space = known->address.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", known->address.starts_with("Flat") ? 4 : 0);
            if (space != std::string::npos) street_ = known->address.substr(space);
            postcode_ = known->postcode;
        } else if (story.victim != "none") {
            victims_.push_back(s_.world.person(dice_, story.victim == "family" ? "adult" : story.victim, hub, day));
            live_here(victims_.back());
            if (dice_.chance(30)) {
                victims_.push_back(s_.world.person(dice_, "adult", hub, day));
                victims_.back().family = dice_.chance(70) ? victims_.front().family : victims_.back().family;
                live_here(victims_.back());
                if (dice_.chance(70)) victims_.back().address = victims_.front().address;
            }
            if (story.victim == "family") {
                children_.push_back(s_.world.person(dice_, "child", hub, day));
                children_.back().family = victims_.front().family;
                children_.back().address = victims_.front().address;
                children_.back().postcode = postcode_;
            }
        }
        const bool young = story.suspect == "young" || story.suspect == "several_young";
        const int many = story.suspect == "unknown" || dice_.chance(12) ? 0 : story.suspect == "several_young" ? dice_.between(2, 3) : 1;
        for (int i = 0; i < many; ++i) {
            suspects_.push_back(s_.world.person(dice_, young ? "young" : "adult", hub, day));
            if (!young && dice_.chance(70)) live_here(suspects_.back());
        }
        for (int i = young && !suspects_.empty() && dice_.chance(80) ? dice_.between(1, 2) : 0; i > 0; --i) {
            parents_.push_back(s_.world.person(dice_, "adult", hub, day));
            parents_.back().family = suspects_.front().family;
            parents_.back().address = suspects_.front().address;
            parents_.back().postcode = suspects_.front().postcode;
        }
        for (int i = dice_.chance(92) ? dice_.between(1, 2) : 0; i > 0; --i)
            witnesses_.push_back(s_.world.person(dice_, dice_.chance(30) ? "older" : "adult", hub, day));
        for (auto& witness : witnesses_) live_here(witness);
    }
    void live_here(Invented& person) {
        person.address = s_.world.house(dice_) + " " + street_;
        person.postcode = postcode_;
    }

    /// people: role and person, in the order of the body.
    std::vector<std::pair<std::string, const Invented*>> involved() const {
        std::vector<std::pair<std::string, const Invented*>> all;
        const auto add = [&](const char* role, const std::vector<Invented>& people) {
            for (const auto& person : people) all.emplace_back(role, &person);
        };
        add("victim", victims_);
        add("child_affected", children_);
        add("suspected", suspects_);
        add("parent_carer", parents_);
        add("witness", witnesses_);
        return all;
    }

    Json report_body(const Story& story, const std::string& hub, const std::string& source, const std::string& narrative, bool everybody) {
        Json people = Json::array();
        for (const auto& [role, person] : involved())
            if (everybody || (role == "victim" && people.items().empty())) people.push(person->json(role));
        const bool from_public = is_public(source);
        Json kinds = Json::array();
        for (const auto& kind : story.behaviours) kinds.push(kind);
        Json motives = Json::array();
        for (const auto& motive : story.motivations) motives.push(motive);
        Json body =
            Json::object({{"hub", hub},
                          {"channel", channel_of(dice_, source)},
                          {"source_agency", source},
                          {"consent_to_share", from_public ? (dice_.chance(85) ? "yes" : "not_asked") : (dice_.chance(55) ? "yes" : "not_needed")},
                          {"behaviour_type", kinds},
                          {"nsir_category", story.nsir},
                          {"narrative", narrative},
                          {"ongoing_now", dice_.chance(6)},
                          {"anonymous", false},
                          {"location", Json::object({{"text", street_}, {"postcode", postcode_}})}});
        if (from_public) {
            const Texts yes{"yes"}, otherwise{"no_witness", "no_on_behalf"};
            body.set("reporter_is_victim", dice_.chance(82) ? "yes" : dice_.pick(otherwise));
        } else {
            body.set("source_ref", fmt::format("{}-{}{:05}", source, civil(london_date(last_)).year % 100, 10000 + s_.references++ * 7919 % 90000));
        }
        body.set("children_present", children_.empty() ? (dice_.chance(60) ? "no" : "unknown") : "yes");
        body.set_if("motivation_flags", motives);
        if (story.risk == "high" && !victims_.empty()) body.set("vulnerability_stated", true);
        if (dice_.chance(35)) body.set("prior_reports_count_6m", dice_.between(1, 5));
        if (from_public && !victims_.empty()) body.set("outcome_wanted", shared("wanted"));
        body.set("people", people);
        return body;
    }

    /// The reporter is told that it has come, where it is not decided on the spot.
    void acknowledge(const std::string& saved, const std::string& source) {
        if (!is_public(source) || !dice_.chance(40)) return;
        last_ = soon(5, 50);
        if (london_time(last_).hour < 8 || london_time(last_).hour >= 18 || !s_.calendar.is_working_day(london_date(last_))) return;
        const Texts ways{"phone", "email", "phone"};
        say(officer_, "POST", "/api/v1/referrals/${" + saved + "}/triage",
            Json::object({{"decision", "acknowledge"}, {"how", dice_.pick(ways)}, {"words", shared("acknowledged")}}));
    }
    /// As somebody else wrote it down: a letter short, and without the e-mail address; so it becomes a record of its own.
    static Invented misheard(Invented person) {
        person.saved.clear();
        if (person.given.size() > 4) person.given.pop_back();
        person.email.clear();
        return person;
    }

    std::string agency_for(const std::string& hub, const std::string& kind) const {
        const auto& here = s_.partners.at(hub);
        const auto found = here.find(kind);
        return found == here.end() ? here.at("la_cs") : found->second;
    }
    std::string user_for(const std::string& agency) const { return s_.users.at(agency); }

    /// Who writes the report down: the partner itself where it has a desk here, otherwise the hub.
    std::string recorder(const std::string& hub, const std::string& source) {
        const auto& here = s_.partners.at(hub);
        const auto found = here.find(source);
        if (source == "pol") return police_;
        return found != here.end() && s_.users.count(found->second) != 0 && dice_.chance(70) ? user_for(found->second) : officer_;
    }

    Setting& s_;
    Dice dice_;
    Instant last_{};
    std::multimap<Instant, std::function<void()>> waiting_;
    std::string officer_, police_, lead_, street_, postcode_;
    std::vector<Invented> victims_, suspects_, children_, parents_, witnesses_;
    std::map<std::string, std::size_t> turn_;
};

class CaseTelling : Telling {
public:
    CaseTelling(Setting& setting, const CasePlan& plan, unsigned seed)
        : Telling{setting, seed, static_cast<unsigned>(plan.number)}, plan_{plan}, story_{*plan.story}, n_{std::to_string(plan.number)} {
        officer_ = plan.officer;
        police_ = plan.police;
        lead_ = plan.lead;
        level_ = story_.risk;
    }

    void tell() {
        std::optional<Invented> known = plan_.victim;
        if (known && plan_.misheard) *known = misheard(*known);
        cast(story_, plan_.hub, known, plan_.opened);
        source_ = dice_.pick(story_.sources);
        const std::string writer = recorder(plan_.hub, source_);
        last_ = writer == police_ ? at(plan_.opened, dice_.between(7, 22), dice_.between(0, 59)) : office(plan_.opened, 8, 15);
        if (last_ >= s_.start_of_today()) return;
        later(last_, [this, writer] {
            say(writer, "POST", "/api/v1/referrals", report_body(story_, plan_.hub, source_, fill(dice_.pick(story_.reports)), true))
                .set("save", Json::object({{"r" + n_, "id"}}));
            acknowledge("r" + n_, source_);
            const bool same_day = london_time(last_).hour < 15 && s_.calendar.is_working_day(plan_.opened) && dice_.chance(60);
            const Date day = london_date(last_);
            later(office(same_day ? day : working(day + 1, dice_.chance(plan_.on_time) ? 0 : 1), same_day ? london_time(last_).hour : 9, 16),
                  [this] { triage(); });
        });
        run();
    }

private:
    std::string at_case() const { return "/api/v1/cases/${c" + n_ + "}"; }
    Json& change(std::string_view as, std::string_view method, const std::string& below, Json body = Json::object()) {
        Json& step = say(as, method, at_case() + below, std::move(body));
        step.set("save", Json::object({{"v" + n_, "version"}}));
        return step;
    }
    /// With the version that the last line left.
    Json& versioned(std::string_view as, std::string_view method, const std::string& below, Json body = Json::object()) {
        return change(as, method, below, std::move(body)).set("if_match", "${v" + n_ + "}");
    }
    void form(std::string_view as, const std::string& id, Json answers) { versioned(as, "PATCH", "/forms/" + id, std::move(answers)); }
    void act(std::string_view as, const std::string& id, Json answers = Json::object()) {
        versioned(as, "POST", "/actions/" + id, std::move(answers));
    }
    void entry(std::string_view as, std::string_view kind, const std::string& text, Json more = Json::object()) {
        Json body = Json::object({{"kind", kind}, {"text", text}});
        for (const auto& [key, value] : more.members()) body.set(key, value);
        change(as, "POST", "/entries", std::move(body));
    }
    Date today() const { return london_date(last_); }
    bool going() const { return !closed_; }
    /// Working days before (or, where somebody is late, after) the day it is due.
    Date about(Date due) {
        if (dice_.chance(plan_.on_time)) {
            Date day = due;
            for (int early = dice_.between(0, 3); early > 0; --early) do
                    day = day - 1;
                while (!s_.calendar.is_working_day(day));
            while (!s_.calendar.is_working_day(day)) day = day - 1;
            return std::max(day, today() + 1);
        }
        return working(due, dice_.between(1, 4));
    }

    // ---- Triage and the first days

    void triage() {
        const bool high = level_ == "high", medium = level_ == "medium";
        const bool repeat = medium || plan_.victim.has_value(), hate = !story_.motivations.empty();
        grade_ = high ? "priority" : hate || repeat ? "enhanced" : "standard";  // as the pathway's table says
        Json thrive = Json::object({{"threat", high ? "significant" : "low"},
                                    {"threat_words", shared(high ? "threat_high" : "threat")},
                                    {"harm", high     ? "serious"
                                             : medium ? "moderate"
                                                      : "minor"},
                                    {"risk", high || medium ? "likely" : "possible"},
                                    {"investigation", dice_.chance(50) ? "visit" : "desk"},
                                    {"vulnerability", high ? "yes_temp" : "no"},
                                    {"engagement", shared("engagement")},
                                    {"hate", hate},
                                    {"repeat", repeat}});
        if (high) thrive.set("vulnerability_factors", Json::array({"targeted", dice_.chance(50) ? "escalating" : "repeat"}));
        say(plan_.officer, "POST", "/api/v1/referrals/${r" + n_ + "}/triage",
            Json::object({{"decision", "accept_new"},
                          {"title", fill(dice_.pick(story_.titles))},
                          {"lead", plan_.lead},
                          {"reason", shared("accepted")},
                          {"thrive", thrive},
                          {"matches", matches()}}))
            .set("save", Json::object({{"c" + n_, "case"}}));
        accepted_ = today();
        Json save = Json::object({{"v" + n_, "version"}});
        const auto people = involved();
        for (std::size_t i = 0; i < people.size() && !plan_.restricted; ++i) {
            if (!people[i].second->saved.empty()) continue;
            const std::string name = fmt::format("p{}_{}", n_, i);
            save.set(name, fmt::format("involvements.{}.subject", i));
            Invented known = *people[i].second;
            known.saved = name;
            known.known_since = today();
            if (people[i].first == "victim" && i == 0) victims_.front().saved = name;
            if (people[i].first == "suspected" && suspect_saved_.empty()) suspect_saved_ = name;
            if (people[i].first == "parent_carer" && parent_saved_.empty()) parent_saved_ = name;
            if (people[i].first == "child_affected") child_saved_ = name;
            if ((people[i].first == "victim" && !plan_.misheard) || people[i].first == "suspected") newly_known_.push_back(known);
        }
        Json& look = say(plan_.lead, "GET", at_case());
        look.set("save", save);
        look.erase("body");
        s_.known[plan_.hub].insert(s_.known[plan_.hub].end(), newly_known_.begin(), newly_known_.end());
        Json about_it = Json::object({{"case_type", story_.case_type}, {"tenure", story_.tenures.empty() ? "unknown" : dice_.pick(story_.tenures)}});
        Json behaviours = Json::array();
        for (const auto& kind : story_.behaviours) behaviours.push(kind);
        about_it.set("behaviours", behaviours);
        if (const std::string tenure = about_it["tenure"].as_string(); tenure == "la" || tenure == "rp" || tenure == "prs")
            if (const auto landlord = s_.organisations[plan_.hub].find("landlord"); landlord != s_.organisations[plan_.hub].end())
                about_it.set("landlord", "${" + landlord->second + "}");
        form(plan_.lead, "about", about_it);
        if (plan_.restricted)
            restrict();
        else
            later(office(working(today(), dice_.between(0, 3))), [this] { people_of_it(); });
        const int days = high ? 1 : medium ? 3 : 5;
        const int wait = dice_.chance(plan_.on_time) ? dice_.between(high ? 1 : 0, days) : days + dice_.between(1, 3);
        if (!victims_.empty()) {
            if (dice_.chance(28) && wait > 0) later(office(working(accepted_, std::max(0, wait - 1))), [this] { attempt("no_answer"); });
            later(office(working(accepted_, wait)), [this] { first_contact(); });
        } else {
            later(office(working(accepted_, std::min(wait, 3))), [this] { start_work(); });
        }
        if (dice_.chance(60)) later(office(working(accepted_, dice_.between(1, 4)), 9, 15), [this] { police_note(); });
    }

    /// Every other time a misheard name is seen through at triage; otherwise it is a new person until somebody notices.
    bool noticed_at_triage() const { return plan_.misheard && plan_.number % 2 == 0; }
    /// Whom the officer takes each person of the report for; whoever wrote it down may not have known them.
    Json matches() const {
        Json all = Json::array();
        const auto people = involved();
        for (std::size_t i = 0; i < people.size(); ++i) {
            const std::string& known = i == 0 && noticed_at_triage() ? plan_.victim->saved : people[i].second->saved;
            all.push(Json::object({{"for", i}, {"person", known.empty() ? "new" : "${" + known + "}"}}));
        }
        return all;
    }

    /// Who belongs to whom, how they may be reached, and two records that are one person.
    void people_of_it() {
        const auto person = [](const std::string& saved) { return "/api/v1/people/${" + saved + "}"; };
        const auto id = [](const std::string& saved) { return "${" + saved + "}"; };
        if (!parent_saved_.empty() && !suspect_saved_.empty() && dice_.chance(70))
            say(plan_.officer, "POST", person(parent_saved_) + "/relationships",
                Json::object({{"kind", "parent_of"}, {"other", id(suspect_saved_)}, {"words", shared("parent_words")}}));
        if (!child_saved_.empty() && !victims_.front().saved.empty() && dice_.chance(70))
            say(plan_.officer, "POST", person(victims_.front().saved) + "/relationships",
                Json::object({{"kind", "parent_of"}, {"other", id(child_saved_)}}));
        const bool young = story_.suspect == "young" || story_.suspect == "several_young";
        if (young && !suspect_saved_.empty() && dice_.chance(60))
            if (const auto school = s_.organisations[plan_.hub].find("education"); school != s_.organisations[plan_.hub].end())
                say(plan_.officer, "POST", "/api/v1/organisations/${" + school->second + "}/members",
                    Json::object({{"person", id(suspect_saved_)}, {"role", "pupil"}, {"words", shared("pupil_words")}}));
        if (victims_.empty() || victims_.front().saved.empty()) return;
        const std::string victim = victims_.front().saved;
        if (plan_.misheard && !noticed_at_triage()) {
            say(plan_.officer, "POST", person(victim) + "/distinct", Json::object({{"with", id(plan_.victim->saved)}, {"withdrawn", true}}));
            say(plan_.officer, "POST", person(victim) + "/merge", Json::object({{"with", id(plan_.victim->saved)}, {"why", shared("one_person")}}));
        } else if (!plan_.victim && dice_.chance(level_ == "high" ? 60 : 22))
            contact_rule(person(victim) + "/contact-rules");
    }
    void contact_rule(const std::string& path) {
        static const Texts rules{"no_message", "only_between", "preferred", "not_when_present", "not_alone"};
        const std::string& rule = dice_.pick(rules);
        Json body = Json::object({{"rule", rule}, {"words", shared("rule_" + rule)}});
        if (rule == "only_between") body.set("from_time", dice_.chance(50) ? "09:00" : "10:00").set("to_time", dice_.chance(50) ? "12:30" : "15:00");
        if (rule == "not_when_present") body.set("present", shared("present"));
        say(plan_.officer, "POST", path, std::move(body));
    }

    void restrict() {
        change(plan_.manager, "POST", "/restriction",
               Json::object({{"restriction", "restricted"},
                             {"reason", shared("restricted")},
                             {"named", Json::array({plan_.lead, plan_.manager, "ig@nycsp.example"})}}));
    }

    void attempt(const std::string& outcome) {
        if (!going()) return;
        entry(plan_.lead, "contact", shared(outcome == "letter" ? "letter" : "no_answer"), Json::object({{"with", "victim"}, {"outcome", outcome}}));
    }

    void first_contact() {
        entry(plan_.lead, "contact", shared("first_contact"), Json::object({{"with", "victim"}, {"outcome", "made"}}));
        last_ = soon();
        assess(level_);
        if (dice_.chance(70)) {
            static const Texts often{"weekly", "fortnightly", "fortnightly", "monthly"};
            frequency_ = level_ == "high" ? "weekly" : dice_.pick(often);
            static const Texts methods{"phone", "phone", "text", "email", "visit"};
            form(plan_.lead, "contact_plan",
                 Json::object({{"method", dice_.pick(methods)},
                               {"frequency", frequency_},
                               {"safe_times", shared("safe_times")},
                               {"do_not", shared("do_not")}}));
        }
        if (level_ == "high" || dice_.chance(25))
            form(plan_.lead, "vulnerability",
                 Json::object({{"personal", level_ == "high" ? Json::array({"mental_health"}) : Json::array()},
                               {"situational", dice_.chance(50) ? Json::array({"isolation"}) : Json::array({"housing"})},
                               {"incidental", level_ == "high" ? Json::array({"targeted", "escalating"}) : Json::array({"repeat"})}}));
        next_update();
        const int wait = level_ == "high" ? 0 : dice_.between(0, 2);
        later(office(working(today(), wait)), [this] { start_work(); });
    }

    void assess(const std::string& level) {
        const bool hate = !story_.motivations.empty();
        Json a = Json::object();
        const auto set = [&](const char* q, const char* code) { a.set(q, code); };
        if (level == "high") {
            for (const auto& [q, code] :
                 {std::pair{"q1", "3"}, {"q2", "yes"}, {"q3", "yes"}, {"q4", "sight"}, {"q5", "now"}, {"q7", "me"}, {"q9", "yes"}, {"q12", "few"}})
                set(q, code);
            a.set("q10", dice_.chance(40) ? "5" : "3").set("q11", Json::array({"mental"})).set("q13", Json::array({"family", "neighbours"}));
        } else if (level == "medium") {
            for (const auto& [q, code] :
                 {std::pair{"q1", "2"}, {"q2", "yes"}, {"q3", "yes"}, {"q4", "sight"}, {"q7", "me"}, {"q9", "no"}, {"q12", "few"}})
                set(q, code);
            a.set("q5", dice_.chance(50) ? "no" : "reputation")
                .set("q10", hate ? "2" : "3")
                .set("q11", hate               ? Json::array()
                            : dice_.chance(30) ? Json::array({"physical"})
                                               : Json::array());
            a.set("q13", Json::array({children_.empty() ? "neighbours" : "children"}));
        } else {
            for (const auto& [q, code] : {std::pair{"q2", "yes"}, {"q3", "no"}, {"q5", "no"}, {"q9", "no"}, {"q12", "few"}}) set(q, code);
            a.set("q1", dice_.chance(50) ? "1" : "0")
                .set("q4", dice_.chance(50) ? "no" : "sight")
                .set("q7", hate               ? "none"
                           : dice_.chance(50) ? "community"
                                              : "me");
            a.set("q10", dice_.chance(50) ? "1" : "2").set("q11", Json::array()).set("q13", Json::array());
        }
        a.set("q6", shared("told_others")).set("q8", hate ? "yes" : "no");
        form(plan_.lead, "victim_risk", a);
        const bool first = assessed_ == 0;
        ++assessed_;
        level_ = level;
        ever_high_ = ever_high_ || level == "high";
        if (first) {
            later(office(about(working(today(), 0) + (level == "high" ? 14 : 28))), [this, turn = ++review_turn_] { supervisor_review(turn); });
        }
        // A risk that becomes high while the case is worked: the contact is named and the plan written the next working day.
        if (level_ == "high" && started_ && !planned_high_)
            later(office(working(today(), 1)), [this] {
                if (may_review() && level_ == "high") form(plan_.lead, "plan", plan_now());
            });
        next_assessment();
    }

    /// The plan's answers; of a high risk with a single point of contact and the plan in writing.
    Json plan_now() {
        Json plan = Json::object({{"summary", summary_}, {"next_review", to_iso(today() + (level_ == "high" ? 14 : 28))}});
        if (level_ == "high") {
            plan.set("single_contact", plan_.lead).set("safety", shared("safety_plan"));
            planned_high_ = true;
        }
        return plan;
    }

    void next_assessment() {
        const Date due = today() + (level_ == "high" ? 14 : level_ == "medium" ? 28 : 56);
        later(office(about(due)), [this, turn = ++assess_turn_] {
            if (!going() || turn != assess_turn_) return;
            // Risk comes down while the work goes on, sometimes it does not.
            if (level_ == "high")
                assess(dice_.chance(55) ? "medium" : "high");
            else if (level_ == "medium")
                assess(dice_.chance(45) ? "standard" : dice_.chance(8) ? "high" : "medium");
            else
                assess(dice_.chance(6) ? "medium" : "standard");
        });
    }

    void start_work() {
        if (!going()) return;
        summary_ = fill(dice_.pick(story_.plans));
        act(plan_.lead, "start_work", plan_now());
        started_ = true;
        if (level_ == "high")
            form(plan_.lead, "rara",
                 Json::object({{"risks", Json::array({Json::object({{"risk", shared("rara_risk")},
                                                                    {"option", "reduce"},
                                                                    {"due", to_iso(working(today(), 10))},
                                                                    {"residual", "medium"},
                                                                    {"agreed", true}})})}}));
        Date day = today();
        for (std::size_t i = 0; i < story_.tasks.size(); ++i) {
            if (i > 0 && dice_.chance(30)) continue;
            if (plan_.restricted && story_.tasks[i].kind != "own") continue;  // named people only: no other agency reads it
            raise(story_.tasks[i], fmt::format("t{}_{}", n_, i), office(day, 9, 16));
            day = working(day, dice_.between(0, 6));
        }
        Date note_day = working(today(), dice_.between(2, 5));
        for (const auto& note : story_.notes) {
            if (dice_.chance(25)) continue;
            later(office(note_day, 9, 16), [this, note] { partner_note(note); });
            note_day = working(note_day, dice_.between(2, 9));
        }
        for (const auto& request : story_.requests)
            if (dice_.chance(75) && !plan_.restricted) later(office(working(today(), dice_.between(1, 6))), [this, request] { ask(request); });
        if (dice_.chance(35)) later(office(working(today(), dice_.between(2, 12))), [this] { document(); });
        Date trouble = today() + dice_.between(4, 20);
        for (const auto& incident : story_.incidents) {
            if (plan_.close_on && trouble + 45 > *plan_.close_on) break;
            later(at(trouble, dice_.between(8, 21), dice_.between(0, 59)), [this, incident] { trouble_again(incident); });
            trouble = trouble + dice_.between(9, 38);
        }
        later(office(about(accepted_ + 90)), [this, turn = ++long_turn_] { manager_review(turn); });
        later(office(working(today(), dice_.between(14, 22))), [this] { lead_review(); });
        if (plan_.close_on) plan_closing();
        if (!plan_.offer_to.empty())
            later(office(s_.today - 6, 9, 11), [this] {
                act(plan_.manager, "offer_transfer", Json::object({{"to_hub", plan_.offer_to}, {"reason", shared("offered")}}));
            });
    }

    // ---- Keeping it going

    void next_update() {
        const int interval = frequency_ == "weekly" ? 5 : frequency_ == "monthly" ? 20 : 10;
        later(office(about(working(today(), interval))), [this, turn = ++update_turn_] {
            if (!going() || turn != update_turn_) return;
            if (dice_.chance(14)) {
                attempt("no_answer");
                later(office(working(today(), 1)), [this, again = ++update_turn_] {
                    if (going() && again == update_turn_) update();
                });
                return;
            }
            update();
        });
    }
    void update() {
        entry(plan_.lead, "contact", shared(monitoring_ ? "update_quiet" : "update"), Json::object({{"with", "victim"}, {"outcome", "made"}}));
        next_update();
    }
    bool may_review() const { return going() && !pending_; }
    void lead_review() {
        if (!may_review()) return;
        act(plan_.lead, "review", Json::object({{"found", shared("review")}, {"next_review", to_iso(today() + 28)}}));
        later(office(working(today(), dice_.between(17, 24))), [this] { lead_review(); });
    }
    void supervisor_review(int turn) {
        if (turn != review_turn_ || !going()) return;
        if (may_review() && level_ != "standard") {
            const bool by_manager = dice_.chance(level_ == "high" ? 50 : 35) || plan_.police == plan_.lead || plan_.restricted;
            act(by_manager ? plan_.manager : plan_.police, by_manager ? "manager_review" : "supervisor_review",
                Json::object({{"found", shared("supervisor")}, {"next_review", to_iso(today() + (level_ == "high" ? 14 : 28))}}));
            if (by_manager) ++long_turn_, later(office(about(today() + 90)), [this, again = long_turn_] { manager_review(again); });
        }
        later(office(about(today() + (level_ == "high" ? 14 : 28))), [this, again = ++review_turn_] { supervisor_review(again); });
    }
    void manager_review(int turn) {
        if (turn != long_turn_ || !going()) return;
        if (may_review()) act(plan_.manager, "manager_review", Json::object({{"found", shared("manager")}, {"next_review", to_iso(today() + 28)}}));
        later(office(about(today() + 90)), [this, again = ++long_turn_] { manager_review(again); });
    }
    void police_note() {
        if (going() && !plan_.restricted) entry(plan_.police, "note", shared("police"));
    }
    void partner_note(const NoteTale& note) {
        if (!going()) return;
        const std::string agency = note.kind == "own" ? "" : agency_for(plan_.hub, note.kind);
        const bool by_police = note.kind == "pol" && !plan_.restricted;
        const bool by_partner =
            std::any_of(open_tasks_.begin(), open_tasks_.end(), [&](const auto& task) { return !agency.empty() && task.second == agency; });
        entry(by_police ? plan_.police : by_partner ? user_for(agency) : plan_.lead, "note", fill(note.text));
    }
    void trouble_again(const std::string& text) {
        if (!going() || pending_) return;
        const bool by_report = dice_.chance(38) && !plan_.restricted && !victims_.empty() && !victims_.front().saved.empty();
        if (by_report) {
            const std::string r = fmt::format("r{}_{}", n_, ++reports_);
            const std::string source = dice_.chance(50) ? "pol" : source_;
            Json body = report_body(story_, plan_.hub, source, fill(text), false);
            say(source == "pol" ? plan_.police : plan_.officer, "POST", "/api/v1/referrals", std::move(body)).set("save", Json::object({{r, "id"}}));
            later(office(working(today(), s_.calendar.is_working_day(today()) && london_time(last_).hour < 15 ? 0 : 1), 9, 16), [this, r] {
                if (!going()) return;
                say(plan_.officer, "POST", "/api/v1/referrals/${" + r + "}/triage",
                    Json::object({{"decision", "accept_link"}, {"case", "${c" + n_ + "}"}, {"reason", shared("linked")}}));
                Json& look = say(plan_.lead, "GET", at_case());
                look.erase("body");
                look.set("save", Json::object({{"v" + n_, "version"}}));
                incident_came();
            });
        } else {
            entry(plan_.restricted || dice_.chance(45) ? plan_.lead : plan_.police, "incident", fill(text));
            incident_came();
        }
    }
    void incident_came() {
        if (monitoring_) {
            act(plan_.lead, "resume", Json::object({{"reason", shared("resume")}}));
            monitoring_ = false;
        }
        next_assessment();
    }

    // ---- Tasks, requests, documents

    void raise(const TaskTale& task, const std::string& name, Instant when) {
        later(when, [this, task, name] {
            if (!going() || pending_) return;
            const bool own = task.kind == "own";
            const std::string agency = agency_for(plan_.hub, !own ? task.kind : plan_.lead == plan_.police ? "pol" : "la_cs");
            const Date due = working(today(), dice_.between(4, 12));
            Json body = Json::object({{"title", fill(task.title)}, {"agency", agency}, {"due", to_iso(due)}});
            if (own) body.set("owner", plan_.lead);
            if (level_ == "high" && dice_.chance(30)) body.set("high", true);
            change(plan_.lead, "POST", "/tasks", body).set("save", Json::object({{"v" + n_, "version"}, {name, "task"}}));
            open_tasks_[name] = own ? std::string{} : agency;
            if (own)
                own_task(name, due, fill(task.result));
            else
                partners_task(name, agency, due, fill(task.result));
        });
    }
    Json& move_task(std::string_view as, const std::string& name, std::string_view what, Json body = Json::object()) {
        Json& step = say(as, "POST", "/api/v1/tasks/${" + name + "}/" + std::string{what}, std::move(body));
        step.set("save", Json::object({{"v" + n_, "version"}}));
        return step;
    }
    void own_task(const std::string& name, Date due, const std::string& result) {
        open_tasks_.emplace(name, "");
        later(office(about(due)), [this, name, result] {
            if (!going() || open_tasks_.count(name) == 0) return;
            move_task(plan_.lead, name, "done", Json::object({{"result", result}}));
            open_tasks_.erase(name);
        });
    }
    void partners_task(const std::string& name, const std::string& agency, Date due, const std::string& result) {
        const std::string who = agency == agency_for(plan_.hub, "pol") ? plan_.police : user_for(agency);
        const int fate = dice_.between(1, 100);
        if (fate <= 6) {
            later(office(working(today(), dice_.between(1, 3)), 9, 16), [this, name, who] {
                if (!going() || open_tasks_.count(name) == 0) return;
                move_task(who, name, "decline", Json::object({{"reason", shared("declined")}}));
                open_tasks_[name].clear();  // an agency that declined no longer reads the case
                later(office(working(today(), dice_.between(1, 3))), [this, name] {
                    if (!going() || open_tasks_.count(name) == 0) return;
                    move_task(plan_.lead, name, "cancel", Json::object({{"reason", shared("cancelled")}}));
                    open_tasks_.erase(name);
                });
            });
            return;
        }
        if (fate > 22)
            later(office(working(today(), dice_.between(0, 2)), 9, 16), [this, name, who] {
                if (going() && open_tasks_.count(name) != 0) move_task(who, name, "accept");
            });
        later(office(about(due), 10, 16), [this, name, who, result] {
            if (!going() || open_tasks_.count(name) == 0) return;
            move_task(who, name, "done", Json::object({{"result", result}}));
            open_tasks_.erase(name);
            if (dice_.chance(45))
                later(office(working(today(), dice_.between(0, 3))), [this, name] {
                    if (going()) move_task(plan_.lead, name, "verify");
                });
        });
    }
    void ask(const RequestTale& request) {
        if (!going() || pending_) return;
        const std::string agency = agency_for(plan_.hub, request.kind), name = fmt::format("i{}_{}", n_, ++requests_);
        const std::string who = agency == agency_for(plan_.hub, "pol") ? plan_.police : user_for(agency);
        const bool urgent = level_ == "high" && dice_.chance(50);
        change(plan_.lead, "POST", "/information-requests",
               Json::object({{"holder", agency},
                             {"purpose", request.purpose},
                             {"gateway", request.gateway},
                             {"necessity", fill(request.necessity)},
                             {"asked_for", fill(request.asked_for)},
                             {"urgency", urgent ? "urgent" : "routine"}}))
            .set("save", Json::object({{"v" + n_, "version"}, {name, "id"}}));
        const auto reply = [this, name, who](const std::string& state, const std::string& words) {
            if (!going() || answered_.count(name) != 0) return;
            if (state != "acknowledged") answered_.insert(name);
            Json body = Json::object();
            body.set_if("words", words);
            change(who, "POST", "/information-requests/${" + name + "}/" + state, body);
        };
        if (dice_.chance(70)) later(office(working(today(), dice_.between(0, 2)), 9, 16), [reply] { reply("acknowledged", ""); });
        later(office(about(working(today(), urgent ? 2 : 10)), 9, 16), [this, reply, request, words = fill(request.words)] {
            // Agencies say no, too: it is recorded with its reason, and the work goes on without.
            if (dice_.chance(14))
                reply("refused", shared("request_refused"));
            else if (dice_.chance(9))
                reply("no_trace", shared("request_no_trace"));
            else
                reply(request.answer, words);
        });
    }
    void document() {
        if (!going()) return;
        const auto& names = s_.stories.pool("documents");
        const std::string heading = dice_.pick(names);
        Texts lines{fmt::format("{}, {}", in_words(today()), street_), shared("document_words"), shared("document_words"),
                    "Invented for the demonstration. Nobody named in it exists."};
        Json& step = change(plan_.lead, "POST", "/documents");
        step.erase("body");
        step.set("file", Json::object({{"name", heading + ".pdf"}, {"text", one_page_pdf(heading, lines)}}));
    }

    // ---- The end

    void plan_closing() {
        const Date close = *plan_.close_on;
        if (plan_.monitor) {
            const Date quiet = working(close - dice_.between(30, 40), 0);
            later(office(std::max(quiet, working(today(), 3))), [this, close] {
                if (!going()) return;
                finish_tasks();
                act(plan_.lead, "monitor",
                    Json::object({{"until", to_iso(std::min(std::max(close, today() + 1), today() + 42))}, {"watching", shared("watching")}}));
                monitoring_ = true;
                if (plan_.end == End::none && !story_.incidents.empty() && dice_.chance(35))
                    later(office(working(today(), dice_.between(4, 14))), [this] { trouble_again(dice_.pick(story_.incidents)); });
            });
        }
        if (plan_.end == End::none && plan_.monitor && close >= s_.today) return;
        later(office(std::max(close, working(today(), 6))), [this] { propose(); });
    }
    void finish_tasks() {
        for (const auto& [name, agency] : std::map<std::string, std::string>{open_tasks_}) {
            move_task(plan_.lead, name, "cancel", Json::object({{"reason", shared("cancelled")}}));
            open_tasks_.erase(name);
        }
    }
    void propose() {
        if (!going()) return;
        finish_tasks();
        if (plan_.end == End::transferred || plan_.end == End::merged) return leave();
        const bool reached = plan_.code != "c12" && !victims_.empty();
        if (!victims_.empty() && level_ != "standard") assess(dice_.chance(80) ? "standard" : "medium");
        if (reached) entry(plan_.lead, "contact", shared("before_closing"), Json::object({{"with", "victim"}, {"outcome", "made"}}));
        act(plan_.lead, "explain_case_review", Json::object({{"how", reached ? "phone" : "letter"}, {"live", false}}));
        if (!victims_.empty() && !reached) {
            for (int i = 0; i < 3; ++i) later(office(working(today(), i)), [this] { attempt("no_answer"); });
            later(office(working(today(), 3)), [this] { attempt("letter"); });
            later(office(working(working(today(), 3), 11)), [this] { put_to_manager(); });
            pending_ = true;
            return;
        }
        put_to_manager();
    }
    void put_to_manager() {
        if (!going()) return;
        pending_ = true;
        const auto mine = std::find_if(story_.closures.begin(), story_.closures.end(), [&](const auto& tale) { return tale.code == plan_.code; });
        const bool told = plan_.code != "c12" && !victims_.empty();
        Json answers = Json::object({{"code", plan_.code},
                                     {"reason", mine != story_.closures.end() ? fill(mine->reason) : shared("closure_" + plan_.code)},
                                     {"based_on", told ? (dice_.chance(60) ? "several" : "victim") : "records"},
                                     {"victim_told", victims_.empty() ? "none"
                                                     : told           ? "yes"
                                                                      : "not_reached"},
                                     {"court_live", false},
                                     {"lessons", mine != story_.closures.end() ? fill(mine->lessons) : shared("lessons")}});
        if (told) answers.set("victim_view", mine != story_.closures.end() && !mine->view.empty() ? fill(mine->view) : shared("victim_view"));
        if (level_ == "medium") answers.set("manager_reason", shared("manager_reason"));
        act(plan_.lead, "propose_closure", answers);
        later(office(working(today(), dice_.between(0, 2)), 10, 16), [this] {
            if (dice_.chance(7) && plan_.end == End::closed && !sent_back_) {
                sent_back_ = true;
                act(plan_.manager, "return_to_work", Json::object({{"reason", shared("sent_back")}}));
                later(office(working(today(), dice_.between(3, 7))), [this] { put_to_manager(); });
                return;
            }
            act(plan_.manager, "approve_closure", Json::object({{"note", shared("approval")}}));
            closed_ = true;
            waiting_.clear();
            const Date due = today() + 28;
            const Date day = dice_.chance(plan_.on_time) ? due - dice_.between(0, 5) : working(due, dice_.between(1, 5));
            later(office(day), [this] { follow_up(); });
        });
    }
    void follow_up() {
        Json answers = Json::object({{"outcome", plan_.follow_up}});
        if (plan_.follow_up != "no_reply") {
            answers.set("satisfied", plan_.follow_up == "returned" ? "no" : dice_.chance(75) ? "yes" : "partly");
            answers.set("words", shared(plan_.follow_up == "returned" ? "returned" : "held"));
        }
        act(plan_.lead, "follow_up", answers);
        if (plan_.follow_up != "returned") return;
        later(office(working(today(), dice_.between(0, 2))), [this] {
            act(plan_.lead, "reopen", Json::object({{"because", "follow_up"}, {"words", shared("reopened")}}));
            closed_ = pending_ = monitoring_ = false;
            if (!victims_.empty()) {
                entry(plan_.lead, "contact", shared("update"), Json::object({{"with", "victim"}, {"outcome", "made"}}));
                assess("medium");
                next_update();
            }
            for (std::size_t i = 0; i < story_.tasks.size() && i < 2; ++i)
                raise(story_.tasks[i], fmt::format("t{}_again{}", n_, i), office(working(today(), static_cast<int>(i) + 1), 9, 16));
            later(office(about(today() + 28)), [this, turn = ++review_turn_] { supervisor_review(turn); });
            later(office(working(today(), 18)), [this] { lead_review(); });
        });
    }
    void leave() {
        if (plan_.end == End::transferred) {
            if (!victims_.empty()) assess(level_ == "high" ? "medium" : level_);
            act(plan_.manager, "transfer",
                Json::object(
                    {{"to_hub", plan_.hub == "york" ? "East Riding community safety partnership" : "Darlington community safety partnership"},
                     {"accepted", true},
                     {"reason", shared("transferred")}}));
        } else {
            act(plan_.manager, "merge", Json::object({{"surviving", "${" + plan_.into + "}"}, {"reason", shared("merged")}}));
        }
        closed_ = true;
        waiting_.clear();
    }

    const CasePlan& plan_;
    const Story& story_;
    std::string n_, source_, grade_, level_, frequency_;
    Date accepted_;
    std::set<std::string> answered_;                 // requests for information
    std::map<std::string, std::string> open_tasks_;  // name, and the agency that has it
    std::vector<Invented> newly_known_;
    std::string suspect_saved_, parent_saved_, child_saved_;
    bool closed_ = false, pending_ = false, monitoring_ = false, ever_high_ = false, sent_back_ = false, started_ = false, planned_high_ = false;
    std::string summary_;
    int assessed_ = 0, assess_turn_ = 0, update_turn_ = 0, review_turn_ = 0, long_turn_ = 0, requests_ = 0, reports_ = 0;
};

class ReportTelling : Telling {
public:
    ReportTelling(Setting& setting, const ReportPlan& plan, unsigned seed)
        : Telling{setting, seed, 100000U + static_cast<unsigned>(plan.number)}, plan_{plan}, n_{std::to_string(plan.number)} {
        officer_ = lead_ = plan.officer;
        police_ = plan.police;
    }

    void tell() {
        const Story& story = *plan_.story;
        std::optional<Invented> known = plan_.victim;
        if (known && plan_.misspelt) *known = misheard(*known);
        cast(story, plan_.hub, known, plan_.day);
        const std::string source = dice_.pick(story.sources), writer = recorder(plan_.hub, source);
        last_ = writer == police_ || (is_public(source) && dice_.chance(30)) ? at(plan_.day, dice_.between(6, 23), dice_.between(0, 59))
                                                                             : office(plan_.day, 8, 16);
        if (last_ >= s_.start_of_today()) return;
        later(last_, [this, &story, source, writer] {
            say(writer, "POST", "/api/v1/referrals", report_body(story, plan_.hub, source, fill(dice_.pick(story.reports)), dice_.chance(94)))
                .set("save", Json::object({{"q" + n_, "id"}, {"qr" + n_, "reference"}}));
            acknowledge("q" + n_, source);
            if (plan_.decision == Decision::none) return;
            const Date day = london_date(last_);
            later(office(working(day + 1, 0), 9, 16), [this] { decide(); });
        });
        run();
    }

private:
    Json& triage(Json body, std::string_view as) { return say(as, "POST", "/api/v1/referrals/${q" + n_ + "}/triage", std::move(body)); }
    void decide() {
        switch (plan_.decision) {
            case Decision::redirect:
                pass_on();
                return;
            case Decision::duplicate: {
                // The same trouble told a second time, by somebody else: recorded first, then seen to be one.
                const std::string second = "qq" + n_;
                say(plan_.officer, "POST", "/api/v1/referrals",
                    report_body(*plan_.story, plan_.hub, "public", fill(dice_.pick(plan_.story->reports)), false))
                    .set("save", Json::object({{second, "id"}}));
                last_ = soon(20, 60);
                say(plan_.officer, "POST", "/api/v1/referrals/${" + second + "}/triage",
                    Json::object({{"decision", "duplicate"}, {"of", "${qr" + n_ + "}"}, {"reason", shared("duplicate")}}));
                decide_at_last();
                return;
            }
            case Decision::more_info:
                ask_for_more();
                later(office(working(today(), dice_.between(2, 8))), [this] {
                    triage(Json::object({{"decision", "answered"}, {"words", shared("answered")}}), plan_.officer);
                    later(office(working(today(), dice_.between(0, 1))), [this] { decide_at_last(); });
                });
                return;
            case Decision::no_response:
                ask_for_more();
                for (int i = 0; i < 3; ++i) {
                    const Texts ways{"phone", "email", "letter"};
                    later(office(working(today(), 2 + 3 * i)), [this, how = ways[static_cast<std::size_t>(i)]] {
                        triage(Json::object({{"decision", "tried"}, {"how", how}}), plan_.officer);
                    });
                }
                later(office(working(today(), 14)), [this] { triage(Json::object({{"decision", "no_response"}}), plan_.officer); });
                return;
            case Decision::no_action:
                leave_it();
                if (plan_.look_again)
                    later(office(working(today(), dice_.between(3, 9))), [this] {
                        triage(Json::object({{"decision", "look_again"}, {"reason", shared("look_again")}}), plan_.manager);
                        later(office(working(today(), 1)), [this] { pass_on("the neighbourhood policing team", shared("looked_again")); });
                    });
                return;
            case Decision::emergency: {
                const auto day = civil(today());
                triage(Json::object({{"decision", "emergency"},
                                     {"incident_number", fmt::format("NYP-{:02}{:02}{}-{:04}", day.day, day.month, day.year, dice_.between(1, 999))},
                                     {"reason", fill(story().reason)}}),
                       plan_.officer);
                last_ = soon(4, 15);
                triage(Json::object({{"decision", "police_acknowledged"}, {"by", shared("control_room")}}), plan_.officer);
                later(office(working(today(), 1)), [this] { pass_on("North Yorkshire Police, investigation", shared("after_emergency")); });
                return;
            }
            case Decision::none:
                return;
        }
    }

    Date today() const { return london_date(last_); }
    void ask_for_more() { triage(Json::object({{"decision", "more_info"}, {"question", shared("question")}}), plan_.officer); }
    void leave_it() {
        triage(Json::object({{"decision", "no_action"}, {"because", story().because}, {"reason", fill(story().reason)}}),
               story().because == "malicious" ? plan_.manager : plan_.officer);
    }
    void pass_on() { pass_on(story().to, fill(story().reason)); }
    void pass_on(const std::string& to, const std::string& reason) {
        const Texts ways{"email", "phone", "their_form"};
        triage(Json::object({{"decision", "redirect"},
                             {"to", to},
                             {"how", dice_.pick(ways)},
                             {"sent_at", to_rfc3339(last_)},
                             {"gateway", "consent"},
                             {"reporter_told", true},
                             {"reason", reason}}),
               plan_.officer);
    }
    void decide_at_last() { story().decision == "redirect" ? pass_on() : leave_it(); }
    const Story& story() const { return *plan_.story; }

    const ReportPlan& plan_;
    std::string n_;
};

/// Those whom a hub deals with all the time: a landlord, a school, a shop, a charity; and who answers the telephone there.
class OrganisationTelling : Telling {
public:
    OrganisationTelling(Setting& setting, const std::string& hub, const std::string& officer, unsigned seed)
        : Telling{setting, seed, 900000U + static_cast<unsigned>(setting.organisations.size())}, hub_{hub} {
        officer_ = lead_ = officer;
    }
    void tell() {
        last_ = office(s_.today - 735, 9, 10);
        auto& here = s_.organisations[hub_];
        for (const auto& one : s_.stories.organisations) {
            if (one.hub != hub_) continue;
            const std::string saved = fmt::format("o_{}_{}", hub_, here.size()), person = saved + "_p";
            const Street& street = s_.world.street(dice_, hub_);
            say(officer_, "POST", "/api/v1/organisations",
                Json::object({{"name", one.name},
                              {"kind", one.kind},
                              {"address", s_.world.house(dice_) + " " + street.name},
                              {"postcode", street.postcode},
                              {"note", "Invented for the demonstration: no organisation of this name is meant."}}))
                .set("save", Json::object({{saved, "id"}}));
            here.emplace(one.kind, saved);
            Invented staff = s_.world.person(dice_, "adult", hub_, s_.today - 735);
            staff.address.clear();
            staff.postcode.clear();
            Json body = staff.json("");
            body.erase("role");
            say(officer_, "POST", "/api/v1/people", std::move(body)).set("save", Json::object({{person, "id"}}));
            say(officer_, "POST", "/api/v1/organisations/${" + saved + "}/members",
                Json::object({{"person", "${" + person + "}"}, {"role", one.role}, {"words", one.post}}));
        }
    }

private:
    std::string hub_;
};

}  // namespace

void tell_case(Setting& setting, const CasePlan& plan, unsigned seed) { CaseTelling{setting, plan, seed}.tell(); }
void tell_report(Setting& setting, const ReportPlan& plan, unsigned seed) { ReportTelling{setting, plan, seed}.tell(); }
void tell_organisations(Setting& setting, const std::string& hub, const std::string& officer, unsigned seed) {
    OrganisationTelling{setting, hub, officer, seed}.tell();
}

}  // namespace concord::app::demo
