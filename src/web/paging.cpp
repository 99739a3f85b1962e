#include "web/paging.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace concord::web {
namespace {

constexpr std::size_t check_letters = 10;

/// Against slips and altered cursors, not a secret: a cursor opens nothing that the list would not show anyway.
std::string check_of(std::string_view list, std::string_view plain) {
    return sha256_hex(fmt::format("cursor|{}|{}", list, plain)).substr(0, check_letters);
}

}  // namespace

std::string make_cursor(std::string_view list, const std::vector<std::string>& parts) {
    const std::string plain = join(parts, "\n");
    return to_base64url(plain + check_of(list, plain));
}

std::optional<std::vector<std::string>> read_cursor(std::string_view list, std::string_view cursor, std::size_t parts) {
    const std::string whole = from_base64url(cursor);
    if (whole.size() < check_letters || to_base64url(whole) != cursor) return {};
    const std::string plain = whole.substr(0, whole.size() - check_letters);
    if (check_of(list, plain) != whole.substr(plain.size())) return {};
    auto found = split(plain, '\n');
    return found.size() == parts ? std::optional{std::move(found)} : std::nullopt;
}

Refusal bad_cursor() {
    return Refusal{Because::invalid,
                   "web.cursor",
                   "Some values need another look.",
                   {{"after", "This is no cursor of this list: take `next` of the page before."}}};
}

Result<std::size_t> limit_of(const Request& request) {
    const auto typed = request.asked("limit");
    if (typed.empty()) return std::size_t{50};
    const bool number = typed.size() < 10 && typed.find_first_not_of("0123456789") == std::string_view::npos;
    const long limit = number ? std::stol(std::string{typed}) : 0;
    if (limit < 1)
        return Refusal{Because::invalid, "web.limit", "Some values need another look.", {{"limit", "The limit is a number from 1 to 200."}}};
    return static_cast<std::size_t>(std::min(limit, 200L));
}

Result<Json> list_part(const Request& request, const Json& items, std::string_view list) {
    const auto limit = limit_of(request);
    if (!limit) return limit.error();
    std::size_t from = 0;
    if (const auto after = request.asked("after"); !after.empty()) {
        const auto parts = read_cursor(list, after, 1);
        if (!parts) return bad_cursor();
        const std::string& text = parts->front();
        const auto [read, problem] = std::from_chars(text.data(), text.data() + text.size(), from);
        if (problem != std::errc{} || read != text.data() + text.size()) return bad_cursor();
    }
    const auto& all = items.items();
    Json page = Json::array();
    for (std::size_t i = from; i < all.size() && page.items().size() < *limit; ++i) page.push(all[i]);
    const std::size_t end = from + page.items().size();
    Json answer = Json::object({{"items", std::move(page)}, {"total", all.size()}});
    if (end < all.size()) answer.set("next", make_cursor(list, {std::to_string(end)}));
    return answer;
}

Response list_page(const Request& request, const Json& items, std::string_view list) {
    auto part = list_part(request, items, list);
    return part ? json(*part) : problem(part.error(), request.reference);
}

}  // namespace concord::web
