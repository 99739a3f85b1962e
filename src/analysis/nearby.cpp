#include <algorithm>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "analysis/pages.hpp"
#include "base/text.hpp"
#include "subjects/subjects.hpp"

/// What police recorded near a place: the panel of its page, and the same for machines.
namespace concord::analysis {
namespace {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using web::Response;
namespace ui = web::ui;

constexpr std::string_view asb = "Anti-social behaviour";
constexpr std::size_t most_rows = 13;  // a year and the same month of the year before

std::int64_t of_type(const NearbyMonth& month, std::string_view type) {
    for (const auto& [name, n] : month.by_type)
        if (name == type) return n;
    return 0;
}

std::string most_often(const NearbyMonth& month) {
    for (const auto& [name, n] : month.by_type)
        if (name != asb) return fmt::format("{}, {}", name, n);
    return "None";
}

/// "May 2024 to March 2025", "June 2024": the months between the newest and the oldest shown that were never imported.
std::string gaps_in_words(const std::vector<NearbyMonth>& months) {
    std::vector<std::string> parts;
    for (std::size_t i = months.size(); i-- > 0;) {
        if (months[i].imported) continue;
        std::size_t end = i;
        while (end > 0 && !months[end - 1].imported) --end;
        parts.push_back(end == i ? month_in_words(months[i].month) : month_in_words(months[i].month) + " to " + month_in_words(months[end].month));
        i = end;
    }
    return join(parts, ", ");
}

Html table_of(const std::vector<NearbyMonth>& months) {
    std::int64_t most = 1;
    for (const auto& month : months) most = std::max(most, month.crimes);
    ui::Table table{.caption = fmt::format("Within {:.0f} metres, newest month first", nearby_metres),
                    .caption_classes = "govuk-visually-hidden",
                    .head = {{"Month"}, {"All"}, {"Anti-social behaviour"}, {"Most often otherwise"}},
                    .first_cell_is_header = true};
    for (const auto& month : months)
        if (month.imported)
            table.rows.push_back(
                {{month_in_words(month.month)}, {bar(month.crimes, most)}, {std::to_string(of_type(month, asb))}, {most_often(month)}});
    return ui::stacked_table(std::move(table));
}

bool is_month(std::string_view text) { return text.size() == 7 && parse_date(std::string{text} + "-01").has_value(); }

/// from and to as typed: both months, in order, at most ten years.
Result<Done> check_span(std::string_view from, std::string_view to) {
    std::vector<FieldError> wrong;
    for (const auto& [name, value] : {std::pair{"from", from}, std::pair{"to", to}})
        if (!value.empty() && !is_month(value)) wrong.push_back({name, "Write a month like 2025-04."});
    if (wrong.empty() && !from.empty() && !to.empty()) {
        if (from > to) wrong.push_back({"to", "The last month must not be before the first."});
        if (*parse_date(std::string{to} + "-01") - *parse_date(std::string{from} + "-01") > 3660)
            wrong.push_back({"from", "At most ten years are answered at once."});
    }
    if (wrong.empty()) return Done{};
    return Refusal{Because::invalid, "recorded_crime.span", "The months cannot be read.", std::move(wrong)};
}

Json months_json(const Nearby& near) {
    Json months = Json::array();
    for (const auto& month : near.months) {
        Json one = Json::object({{"month", month.month}, {"imported", month.imported}});
        if (month.imported) {
            Json types = Json::array();
            for (const auto& [name, n] : month.by_type) types.push(Json::object({{"crime_type", name}, {"crimes", n}}));
            one.set("crimes", month.crimes).set("by_type", types);
        }
        months.push(std::move(one));
    }
    return months;
}

Response recorded_crime(const Request& request, Context& context) {
    const auto from = request.asked("from"), to = request.asked("to");
    if (auto span = check_span(from, to); !span) {
        context.db.read([&](store::Reader& reader) { (void)context.may(reader, "read", {.kind = "recorded_crime"}); });
        return web::problem(span.error(), request.reference);
    }
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = context.ledger.find(reader, request.parameter("id"));
        if (auto asked = context.demand(reader, "read", {.kind = "place", .seq = stream.value_or(-1)}); !asked)
            return web::problem(asked.error(), request.reference);
        const auto place = stream ? subjects::place(reader, *stream) : std::nullopt;
        if (!place)
            return web::problem(Refusal{Because::absent, "access.absent", "There is nothing at this address, or it is not for you to see."},
                                request.reference);
        const bool located = place->details.easting && place->details.northing;
        Json answer = Json::object({{"place", place->id}, {"located", located}, {"metres", nearby_metres}});
        if (located) {
            const auto near = recorded_near(reader, from_grid(*place->details.easting, *place->details.northing), from, to);
            answer.set_if("force", near.force);
            answer.set_if("newest_month", near.newest);
            if (near.imported) answer.set("imported_at", to_rfc3339(*near.imported));
            answer.set("months", months_json(near));
        } else {
            answer.set("months", Json::array());
        }
        answer.set("source", "data.police.uk").set("licence", "Open Government Licence v3.0").set("exact", false);
        return web::json(answer);
    });
}

}  // namespace

std::string number_in_words(std::int64_t n) {
    std::string digits = std::to_string(n);
    for (std::size_t at = digits.size(); at > 3 && digits[at - 4] != '-';) digits.insert(at -= 3, ",");
    return digits;
}

Html padded(std::int64_t value, std::int64_t most) {
    const std::string words = number_in_words(value), widest = number_in_words(most);
    std::string spaces;
    for (std::size_t i = words.size(); i < widest.size(); ++i) spaces += widest[widest.size() - 1 - i] == ',' ? "\u2008" : "\u2007";
    return spaces + words;
}

Html bar(std::int64_t value, std::int64_t most) {
    const double width = most > 0 ? 96.0 * static_cast<double>(value) / static_cast<double>(most) : 0;
    return el(
        "span", {{"data-cc", "nowrap"}},
        padded(value, most) + Html::trusted(fmt::format(" <svg data-k=\"bar\" viewBox=\"0 0 96 14\" width=\"96\" height=\"14\" aria-hidden=\"true\" "
                                                        "focusable=\"false\"><rect data-s=\"b1\" width=\"{:.1f}\" height=\"14\"/></svg>",
                                                        width)));
}

Html source_line(std::string_view newest, std::optional<Instant> imported) {
    std::string words = "Police recorded, near a street, not exact: the publisher moves each point to the middle of its street, and names no day.";
    if (!newest.empty()) words += fmt::format(" Data to {}", month_in_words(newest));
    if (imported) words += fmt::format(", imported {}", in_words(london_date(*imported)));
    if (!newest.empty()) words += ".";
    words += " Source: data.police.uk, Open Government Licence v3.0.";
    return el("p", {{"class", "govuk-body-s"}, {"data-cc", "muted"}}, words);
}

Html recorded_crime_nearby(store::Reader& reader, Point centre, Date today) {
    const std::string now = to_iso(today).substr(0, 7);
    auto near = recorded_near(reader, centre, "", "");
    if (near.newest.empty()) return ui::paragraph("No month of police-recorded crime has been imported yet.");
    near = recorded_near(reader, centre, year_before(near.newest), std::min(now, near.newest));
    if (near.months.size() > most_rows) near.months.resize(most_rows);
    Html inside = table_of(near.months);
    if (const std::string gaps = gaps_in_words(near.months); !gaps.empty())
        inside += ui::paragraph(fmt::format("Not imported, so not known: {}.", gaps));
    inside += source_line(near.newest, near.imported);
    return inside;
}

Point from_grid(double easting, double northing) {
    const auto at = subjects::Grid{}.to_degrees({easting, northing});
    return {at.longitude, at.latitude};
}

Html recorded_crime_nearby(store::Reader& reader, double easting, double northing, Date today) {
    return recorded_crime_nearby(reader, from_grid(easting, northing), today);
}

void add_nearby_routes(access::Routes& routes) {
    routes.get("/api/v1/places/{id}/recorded-crime", "What police recorded near a place, by month and type", "places", recorded_crime);
}

}  // namespace concord::analysis
