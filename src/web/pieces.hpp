#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "web/components.hpp"
#include "web/http.hpp"

/// Small pieces that many pages use, so that a page reads as what it shows. `using namespace web::pieces;` inside a *_pages.cpp.
namespace concord::web::pieces {

Html link(const std::string& href, const Html& text);
Html p(const Html& text);
Html h2(std::string_view text, std::string_view id = "");
Html hidden(std::string_view name, const std::string& value);
/// A button that sends its form; `kind` is nothing, "secondary" or "warning".
Html button(std::string_view text, std::string_view kind = "");
/// A link that looks like a button; `about` is read aloud after it ("Open", "NY-ASB-2026-00004").
Html button_link(std::string_view text, const std::string& href, std::string_view about = "", std::string_view kind = "secondary");
Html tag(const std::string& text, std::string_view colour = "grey");
Html back_link(const std::string& href, std::string_view text);

/// "Late today", "3 days late", "Today", "Fri 28 Nov": with the state late, soon or ok that colours it.
Html due_tag(std::optional<Instant> due, Instant now);
/// The last instant of a day in London, as tasks that are due on a day use.
std::optional<Instant> end_of_day(std::string_view day);

/// red, yellow or green of a risk level.
std::string risk_colour(std::string_view level);
/// "in_progress" as "In progress": for codes that have no label.
std::string capital(std::string text);

/// What is wrong, above the form, with a link to each field; empty where there is no refusal. `address_of` says where a field is that stands on
/// another page.
Html error_summary(const Refusal* refusal, const std::function<std::string(const std::string& field)>& address_of = {});
/// The message of one field, empty where it is good.
std::string error_of(const Refusal* refusal, std::string_view field);
using web::absent;

}  // namespace concord::web::pieces
