#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/drafts.hpp"
#include "subjects/people.hpp"
#include "web/components.hpp"
#include "web/pieces.hpp"

/// What the pages of this room share with each other. Inside the room only.
namespace concord::subjects::parts {

/// The person of an address, where this reader may know him.
std::optional<Seq> readable_person(store::Reader& reader, const access::Context& context, std::string_view id);
/// The version that a form was drawn with; none where the field holds no number.
Expected version_of(const web::Request& request);
/// The version that a form of something held is typed over: that of its draft where one comes back, else as it is now.
std::int64_t version_shown(const access::Unsent& unsent, std::int64_t now);

/// One line to type. `held_now` stands under it where somebody else changed the value meanwhile.
struct Line {
    std::string name, label, hint = {}, classes = {};
    std::string held_now = {};
};
web::Html line(const Line& what, const std::string& value, const Refusal* refusal);
web::Html text_area(const Line& what, const std::string& value, const Refusal* refusal, int rows = 3);
/// One of a code list (subject_codes.hpp), as radios; as a select where there are more than eight.
web::Html one_of(const Line& what, std::string_view list, const std::string& value, const Refusal* refusal, std::string_view leave_out = {});
/// Yes, no, not known.
web::Html safe_to_contact(const std::string& value, const Refusal* refusal);

/// A button of a form that says which was pressed: name "do".
web::Html act(std::string_view value, std::string_view words, std::string_view kind = "secondary", std::string_view about = "");
/// "since 3 March 2026", "1 May 2024 to 3 March 2026"; empty where neither day is known.
std::string period(const std::string& from, const std::string& until);
/// An ISO day as people type it: 3/11/2025.
std::string typed_day(const std::string& iso);

/// People whom this reader may know, by words of their record, best first; the search is recorded.
std::vector<Person> find_people(store::Reader& reader, const access::Context& context, const std::string& words, std::size_t limit = 10);
/// "find" to type, a button, and what was found as radios named `field`; `chosen` stays chosen.
struct PersonChoice {
    std::string field = "other", label, words, chosen;
    Seq not_this = 0;
};
web::Html choose_person(store::Reader& reader, const access::Context& context, const PersonChoice& choice, const Refusal* refusal);

}  // namespace concord::subjects::parts
