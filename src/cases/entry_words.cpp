#include "cases/entry_words.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "access/access.hpp"
#include "base/text.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/subjects.hpp"

namespace concord::cases {
namespace {

const Json& with_id(const Json& list, const Json& id) {
    static const Json nothing;
    const auto& all = list.items();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Json& one) { return one["id"] == id; });
    return found == all.end() ? nothing : *found;
}

/// Who has this part; nothing of one who has left the case.
std::string who(store::Reader& reader, const Json& involvement, Date today) {
    if (!involvement.is_object() || involvement.has("ended")) return {};
    const Seq subject = involvement["subject"].as_integer();
    const std::string& kind = involvement["kind"].as_string();
    if (kind == "place") {
        const auto place = subjects::place(reader, subject);
        return place ? tidy(place->details.text) : "";
    }
    if (kind == "organisation") {
        const auto organisation = subjects::organisation(reader, subject);
        return organisation ? organisation->details.name : "";
    }
    const auto person = subjects::person(reader, subject);
    return person ? subjects::name_in_lists(*person, today) : "";
}

/// What the things of one list are called; those whose words were erased are passed over.
std::vector<std::string> called(store::Reader& reader, std::string_view list, const Json& about, const Json& state, Date today) {
    std::vector<std::string> names;
    for (const auto& said : about.items()) {
        const Json& one = with_id(state[list], said["id"]);
        const std::string name = list == "tasks"       ? one["title"].as_string()
                                 : list == "requests"  ? cut(one["asked_for"].as_string(), 120)
                                 : list == "documents" ? one["name"].as_string()
                                                       : who(reader, one, today);
        if (!name.empty()) names.push_back(name);
    }
    return names;
}

/// To whom it was given with this entry, and by when.
std::string given_to(store::Reader& reader, const Json& said) {
    std::vector<std::string> parts;
    if (const Seq agency = said["agency"].as_integer(); agency != 0) parts.push_back(access::name_of(reader, "agency", agency));
    if (const Seq holder = said["holder"].as_integer(); holder != 0) parts = {access::name_of(reader, "agency", holder)};
    if (const Seq owner = said["owner"].as_integer(); owner != 0) parts.push_back(access::name_of(reader, "app_user", owner));
    std::erase(parts, "");
    std::string words = join(parts, ", ");
    if (!words.empty()) words = (said.has("holder") ? "From " : "For ") + words;
    const auto due = parse_date(said["due"].as_string());
    return due ? words + (words.empty() ? "By " : ", by ") + in_words(*due) : words;
}

}  // namespace

EntryWords entry_words(store::Reader& reader, const Entry& entry, const Json& state, Date today) {
    EntryWords words{.title = entry.summary, .about = {}};
    for (const char* list : {"tasks", "requests", "documents", "involvements"}) {
        const Json& about = entry.detail[list];
        if (about.items().empty()) continue;
        const auto names = called(reader, list, about, state, today);
        // An action that raises several tasks keeps its own name, and they stand below it.
        if (names.size() == 1 && entry.detail["tasks"].items().size() < 2 && entry.kind != "stage") {
            words.title += ": " + names.front();
            words.about = given_to(reader, about.items().front());
        } else if (!names.empty()) {
            words.about = fmt::format("{}: {}", names.size() == 1 ? "Task raised" : "Tasks raised", join(names, "; "));
        }
    }
    return words;
}

}  // namespace concord::cases
