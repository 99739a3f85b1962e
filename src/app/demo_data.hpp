#pragma once

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"

/// What the demonstration is made of: invented people, streets with postcodes that are not theirs, and stories. All of it lies in
/// partnerships/NAME/demonstration/; nothing here knows Concord's routes.
namespace concord::app::demo {

/// The same numbers for the same seed on every machine (std::uniform_int_distribution promises no such thing).
class Dice {
public:
    Dice(unsigned seed, unsigned part) : random_{seed * 2654435761U + part * 40503U + 17U} {}
    std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
    int between(int from, int to) { return from + static_cast<int>(below(static_cast<std::size_t>(to - from + 1))); }
    bool chance(int percent) { return static_cast<int>(below(100)) < percent; }
    template <class List>
    const auto& pick(const List& list) {
        return list[below(std::size(list))];
    }

private:
    std::mt19937 random_;
};

/// Somebody who does not exist. Telephone numbers are of the ranges that Ofcom keeps for fiction, e-mail ends in .example.
struct Invented {
    std::string given, family, title;  // title: Mr, Mrs, Ms; empty for a child
    char sex = 'F';
    Date born;
    std::string phone, email, address, postcode;
    std::string saved;  // the name under which play keeps the record's id; empty while nobody has looked it up
    Date known_since;   // the day on which it was
    std::string name() const { return given + " " + family; }
    std::string formal() const { return title.empty() ? given : title + " " + family; }
    Json json(std::string_view role) const;
};

struct Street {
    std::string name, postcode;
};

class World {
public:
    explicit World(const std::string& folder);
    /// ages: adult, older, young (11 to 17), child (2 to 10), student
    Invented person(Dice& dice, std::string_view age, const std::string& hub, Date today);
    const Street& street(Dice& dice, const std::string& hub) const;
    std::string house(Dice& dice) const;
    int people() const { return people_; }

private:
    struct Weighted {
        std::vector<std::string> names;
        std::vector<int> sums;
        void add(std::string name, int weight);
        const std::string& draw(Dice& dice) const;
    };
    std::map<std::string, Weighted> given_;         // "1980F"
    std::map<std::string, Weighted> family_;        // by land
    std::map<std::string, Weighted> given_abroad_;  // "PLF"
    std::vector<std::string> lands_;
    std::map<std::string, std::vector<Street>> streets_;  // by hub
    int people_ = 0;
};

using Texts = std::vector<std::string>;

/// A task as a story tells it: who, what, and what came of it.
struct TaskTale {
    std::string kind, title, result;  // kind of agency, "own" for the hub
};
struct NoteTale {
    std::string kind, text;
};
struct RequestTale {
    std::string kind, asked_for, necessity, purpose, gateway, answer, words;
};
struct ClosureTale {
    std::string code, reason, view, lessons;
};
struct Story {
    std::string id, case_type, nsir, risk, victim, suspect;
    int weight = 1;
    Texts hubs;  // where it happens more often; everywhere where empty
    Texts behaviours, tenures, sources, motivations, titles, reports, incidents, plans;
    std::vector<NoteTale> notes;
    std::vector<TaskTale> tasks;
    std::vector<RequestTale> requests;
    std::vector<ClosureTale> closures;
    std::string decision, because, to, reason;  // of a report that opens no case
};
struct OrganisationTale {
    std::string hub, kind, name, post, role;  // post: of the person who is named there
};
/// What is said in every kind of case: updates, reviews, attempts, approvals ... by the name of the pool.
struct Stories {
    std::vector<Story> all;
    std::map<std::string, Texts> shared;
    std::vector<Story> minor;  // reports that open no case
    std::vector<OrganisationTale> organisations;
    const Texts& pool(const std::string& name) const;
};
Stories load_stories(const std::string& folder);

/// One page with a heading and lines of text, as a PDF of the simplest kind.
std::string one_page_pdf(std::string_view heading, const Texts& lines);

}  // namespace concord::app::demo
