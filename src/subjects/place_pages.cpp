#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "subjects/people_pages.hpp"
#include "subjects/subjects.hpp"
#include "web/pieces.hpp"

/// Pages about places: find one, look at it, record it, change it.
namespace concord::subjects {
namespace {

using access::Context;
using web::el;
using web::Html;
using web::Request;
using web::Response;
using web::void_el;
using namespace web::pieces;
namespace ui = web::ui;

std::string label_of(std::string_view premises) {
    for (const auto& [code, label] : premises_kinds())
        if (code == premises) return label;
    return {};
}

// ---- Where it is, drawn

/// The hub's boundary and the point, north up; points nearer than a 250th of the width are left out.
Html drawing(const std::vector<std::pair<Area, Shape>>& shapes, GridPoint at, const std::string& title) {
    if (shapes.empty()) return {};
    Box box = box_of(shapes.front().second);
    for (const auto& [area, shape] : shapes) {
        const Box more = box_of(shape);
        box = {std::min(box.west, more.west), std::min(box.south, more.south), std::max(box.east, more.east), std::max(box.north, more.north)};
    }
    box = {std::min(box.west, at.easting), std::min(box.south, at.northing), std::max(box.east, at.easting), std::max(box.north, at.northing)};
    const double size = std::max({box.east - box.west, box.north - box.south, 1.0}), scale = 300 / size;
    const auto x = [&](double easting) { return 10 + (easting - box.west) * scale; };
    const auto y = [&](double northing) { return 10 + (box.north - northing) * scale; };
    std::string path;
    const auto draw = [&](const Ring& ring) {
        GridPoint last{-1e9, -1e9};
        bool begun = false;
        for (const auto& point : ring) {
            if (std::hypot(point.easting - last.easting, point.northing - last.northing) < size / 250) continue;
            path += fmt::format("{}{:.1f} {:.1f}", begun ? "L" : "M", x(point.easting), y(point.northing));
            begun = true;
            last = point;
        }
        if (begun) path += "Z";
    };
    for (const auto& [area, shape] : shapes)
        for (const auto& polygon : shape) {
            draw(polygon.outer);
            for (const auto& hole : polygon.holes) draw(hole);
        }
    const int width = static_cast<int>((box.east - box.west) * scale) + 20, height = static_cast<int>((box.north - box.south) * scale) + 20;
    const auto number = [](double value) { return fmt::format("{:.1f}", value); };
    return el("svg",
              {{"role", "img"},
               {"aria-labelledby", "drawing-title"},
               {"viewBox", fmt::format("0 0 {} {}", width, height)},
               {"width", std::to_string(width)},
               {"height", std::to_string(height)}},
              el("title", {{"id", "drawing-title"}}, title) +
                  el("path", {{"d", path},
                              {"fill", "currentColor"},
                              {"fill-opacity", "0.08"},
                              {"fill-rule", "evenodd"},
                              {"stroke", "currentColor"},
                              {"stroke-width", "1.5"}}) +
                  el("circle", {{"cx", number(x(at.easting))},
                                {"cy", number(y(at.northing))},
                                {"r", "9"},
                                {"fill", "none"},
                                {"stroke", "currentColor"},
                                {"stroke-width", "2"}}) +
                  el("circle", {{"cx", number(x(at.easting))}, {"cy", number(y(at.northing))}, {"r", "4"}, {"fill", "currentColor"}}));
}

// ---- The place

struct Linked {
    Seq person = 0;
    std::vector<std::string> roles;
};
/// People of records that the reader may read and that involve the place.
std::vector<Linked> people_linked(store::Reader& reader, const Context& context, Seq place) {
    store::Binds binds{{"place", place}};
    const std::string readable = context.readable("here.record", binds);
    std::vector<Linked> all;
    for (const auto& row : reader.select("it",
                                         fmt::format(R"sql(
        select distinct who.subject, who.role
          from incident here join incident who on who.record = here.record
         where here.subject = :place and who.subject_kind = 'person' and {}
         order by who.subject, who.role
         limit 400)sql",
                                                     readable),
                                         binds)) {
        if (all.empty() || all.back().person != row.integer(0)) all.push_back({row.integer(0), {}});
        all.back().roles.push_back(row.text(1));
    }
    return all;
}

std::string role_words(std::string_view role) {
    // The parts of codes/party_roles.toml whose code is not their name.
    if (role == "victim") return "Harmed";
    if (role == "parent_carer") return "Parent or carer";
    if (role == "manager") return "Place manager";
    return capital(std::string{role});
}

Html people_table(store::Reader& reader, const std::vector<Linked>& people, Date today) {
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& one : people) {
        const auto held = person(reader, one.person);
        if (!held) continue;
        std::vector<std::string> roles;
        for (const auto& role : one.roles) roles.push_back(role_words(role));
        rows.push_back({{.text = link("/people/" + held->id, name_in_lists(*held, today))}, {.text = join(roles, ", ")}});
    }
    if (rows.empty()) return p("Nobody, in the records that you may read.");
    return ui::table({.caption = "People in records about this place",
                      .caption_classes = "govuk-visually-hidden",
                      .head = {{.text = "Name"}, {.text = "Part"}},
                      .rows = rows,
                      .first_cell_is_header = true});
}

Html summary_of(store::Reader& reader, const Context& context, const Place& held, const std::optional<HubAnswer>& hub) {
    const auto& d = held.details;
    std::vector<ui::SummaryRow> rows;
    const auto row = [&](const char* key, const Html& value) {
        if (!value.empty()) rows.push_back({.key = {key}, .value = {value}});
    };
    row("Address", d.text);
    row("Town or hub", d.locality);
    row("Postcode", d.postcode.empty() ? Html{} : link("/places?q=" + web::encode_component(d.postcode), d.postcode));
    row("Property number (UPRN)", d.uprn);
    row("Kind of premises", label_of(d.premises));
    row("Run by", d.managed_by);
    row("Hub",
        hub ? el("strong", hub->name) + void_el("br", {}) + Html{hub->because} : Html{"Not known: no boundary holds it, or it is not on the map."});
    if (const auto at = held.at()) {
        std::string lies;
        for (const auto& area : areas_at(reader, *at, context.today())) {
            if (area.kind != "ward" && area.kind != "lsoa21") continue;
            lies += (lies.empty() ? "" : "; ") +
                    (area.kind == "ward" ? area.name + " ward" : (area.local_name.empty() ? area.name : area.local_name + " (" + area.name + ")"));
        }
        row("Neighbourhood", lies);
        row("Grid position",
            fmt::format("{:.0f}, {:.0f}{}", at->easting, at->northing, d.position == "postcode" ? ", the middle of its postcode" : ""));
    } else {
        row("Grid position", "Not on the map: give a postcode or a position.");
    }
    return ui::summary_list({.rows = rows});
}

Response place_page(const Request& request, Context& context, const std::vector<PlacePanel>& panels) {
    std::optional<Place> held;
    std::vector<Seq> shown;
    const auto response = context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = find_place_id(reader, request.parameter("id"));
        if (!context.demand(reader, "read", {.kind = "place", .seq = stream.value_or(-1)}) || !stream) return absent();
        held = place(reader, *stream);
        const auto hub = hub_of(reader, held->details, context.today());
        Html main = back_link("/places", "Places");
        if (request.asked("found") == "1")
            main += ui::notification_banner({.text = "This place was recorded already: here it is, not a second time.", .title = "Found again"});
        main += el("span", {{"class", "govuk-caption-l"}}, "Place") + el("h1", {{"class", "govuk-heading-l"}}, held->name());
        if (const auto flags = flags_of(reader, context, held->stream); !flags.empty())
            main += ui::section("flags", "Flags", flags_panel(flags, false));
        if (!held->details.access_note.empty())
            main += ui::inset_text({.text = el("strong", "Before you visit: ") + Html{held->details.access_note}});
        main += summary_of(reader, context, *held, hub);
        if (context.may(reader, "change", {.kind = "place"}).allowed)
            main += p(link("/places/" + held->id + "/edit", "Change what is recorded of this place"));
        if (const auto at = held->at(); at && hub)
            main += ui::section(
                "where", "Where it is",
                drawing(hub_shapes(reader, hub->hub, context.today()), *at, fmt::format("{} in the {} hub's area", held->name(), hub->name)) +
                    p(fmt::format("The boundary of the {} hub, north up, and the place in it.", hub->name)));
        const auto people = people_linked(reader, context, held->stream);
        for (const auto& one : people) shown.push_back(one.person);
        main += ui::section("people", "People", people_table(reader, people, context.today()));
        for (const auto& panel : panels)
            if (const Html inside = panel.draw(reader, context, *held); !inside.empty())
                main += panel.title.empty() ? inside : ui::section(panel.id, panel.title, inside);
        return context.page(request, held->name(), main);
    });
    if (response.status == 200 && held) {
        shown.insert(shown.begin(), held->stream);
        context.looked("place", shown);
    }
    return response;
}

// ---- Find

/// "Y012 7QP" is a postcode with a slip, "14 Trafalgar Court" is not one.
bool meant_as_postcode(const std::string& typed) {
    const auto words = words_of(typed);
    if (words.empty() || words.size() > 2) return false;
    bool digit = false;
    for (const auto& word : words) {
        if (word.size() > 8 || (words.size() == 2 && word.size() > 4)) return false;
        digit = digit || word.find_first_of("0123456789") != std::string::npos;
    }
    return digit && words.front().find_first_not_of("0123456789") != std::string::npos;
}

Html place_list(store::Reader& reader, const Context& context, const std::vector<Place>& places) {
    if (places.empty()) return p("No place is recorded that fits.");
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& one : places) {
        const auto hub = hub_of(reader, one.details, context.today());
        rows.push_back({{.text = link("/places/" + one.id, one.name())},
                        {.text = one.details.postcode.empty() ? one.details.locality : one.details.postcode},
                        {.text = hub ? hub->name : ""}});
    }
    return ui::stacked_table({.caption = "Places",
                              .caption_classes = "govuk-visually-hidden",
                              .head = {{.text = "Place"}, {.text = "Postcode or town"}, {.text = "Hub"}},
                              .rows = rows,
                              .first_cell_is_header = true});
}

Html by_postcode(store::Reader& reader, const Context& context, const std::string& postcode) {
    Html found;
    if (const auto hub = hub_of(reader, postcode, context.today()))
        found += p(Html{hub->because + " "} + el("strong", hub->name + " hub."));
    else if (!find_postcode(reader, postcode)) {
        found += p(fmt::format("{} is not a postcode of this partnership's area: it may be elsewhere, or gone.", postcode));
        Html like;
        for (const auto& one : like_postcode(reader, postcode)) like += el("li", link("/places?q=" + web::encode_component(one), one));
        if (!like.empty()) found += p("Did you mean:") + el("ul", {{"class", "govuk-list govuk-list--bullet"}}, like);
    }
    return found + place_list(reader, context, places_at(reader, postcode));
}

Html by_street(store::Reader& reader, const Context& context, const std::string& typed) {
    Html found = place_list(reader, context, places_like(reader, typed));
    Html streets;
    std::string last;
    for (const auto& one : find_streets(reader, typed, 30)) {
        const std::string words = one.name + (one.district.empty() ? "" : ", " + one.district);
        if (words == last) continue;
        last = words;
        streets += el("li", link("/places/new?text=" + web::encode_component(words), words));
    }
    if (!streets.empty())
        found += el("details", {{"class", "govuk-details"}},
                    el("summary", {{"class", "govuk-details__summary"}},
                       el("span", {{"class", "govuk-details__summary-text"}}, "Streets of this name: record a place there")) +
                        el("div", {{"class", "govuk-details__text"}}, el("ul", {{"class", "govuk-list"}}, streets)));
    return found;
}

Response find_page(const Request& request, Context& context) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "read", {.kind = "place"})) return absent();
        const std::string typed = tidy(!request.asked("postcode").empty() ? request.asked("postcode") : request.asked("q"));
        Refusal refusal{Because::invalid, "places.postcode", "Some answers need another look.", {}};
        Html found;
        if (const auto checked = check_postcode(typed); !typed.empty() && !checked.postcode.empty())
            found = by_postcode(reader, context, checked.postcode);
        else if (meant_as_postcode(typed))
            refusal.fields.push_back({"q", checked.problem});
        else if (!typed.empty())
            found = by_street(reader, context, typed);
        const bool wrong = !refusal.fields.empty();
        Html main = error_summary(wrong ? &refusal : nullptr) + el("h1", {{"class", "govuk-heading-l"}}, "Places");
        ui::Input box{.label = {"Postcode or street"},
                      .hint = ui::Hint{"For example YO11 1AA, or Dean Road"},
                      .id = "q",
                      .name = "q",
                      .value = typed,
                      .classes = "govuk-input--width-20"};
        if (wrong) box.error_message = ui::ErrorMessage{refusal.fields.front().message};
        main += el("form", {{"method", "get"}, {"action", "/places"}, {"role", "search"}, {"aria-label", "Places"}}, ui::input(box) + button("Find"));
        if (!typed.empty() && !wrong) {
            main += ui::section("found", "Found", found);
            if (context.may(reader, "create", {.kind = "place"}).allowed) {
                const bool postcode = !check_postcode(typed).postcode.empty();
                main += p(link("/places/new?" + std::string{postcode ? "postcode=" : "text="} + web::encode_component(typed),
                               "It is none of these: record a new place"));
            }
        }
        if (const auto data = area_dataset(reader)) main += el("p", {{"class", "govuk-hint"}}, data->attribution);
        return context.page(request, wrong ? "Error: Places" : "Places", main, wrong ? 422 : 200);
    });
}

// ---- Record and change

constexpr std::array fields{"text", "postcode", "uprn", "easting", "northing", "premises", "managed_by", "access_note"};

Json typed_place(const Request& request) {
    Json typed = Json::object();
    for (const char* field : fields) typed.set_if(field, std::string{request.typed(field)});
    return typed;
}

Json as_typed(const PlaceDetails& d) {
    Json typed = Json::object();
    typed.set_if("text", d.text).set_if("postcode", d.postcode).set_if("uprn", d.uprn).set_if("premises", d.premises);
    typed.set_if("managed_by", d.managed_by).set_if("access_note", d.access_note);
    if (d.position == "given" && d.easting)
        typed.set("easting", fmt::format("{:.0f}", *d.easting)).set("northing", fmt::format("{:.0f}", *d.northing));
    return typed;
}

Html place_form(const Context& context, const std::string& action, const Json& typed, const Refusal* refusal, std::int64_t version,
                const std::string& cancel) {
    const auto input = [&](const char* name, const char* label, const char* hint, const char* classes) {
        ui::Input one{.label = {label}, .id = name, .name = name, .value = typed[name].as_string(), .classes = classes};
        if (*hint != '\0') one.hint = ui::Hint{hint};
        if (const auto error = error_of(refusal, name); !error.empty()) one.error_message = ui::ErrorMessage{error};
        return ui::input(one);
    };
    ui::Select premises{.label = {"Kind of premises"},
                        .id = "premises",
                        .name = "premises",
                        .items = {{.text = "Not known", .value = ""}},
                        .value = typed["premises"].as_string()};
    for (const auto& [code, label] : premises_kinds()) premises.items.push_back({.text = label, .value = code});
    if (const auto error = error_of(refusal, "premises"); !error.empty()) premises.error_message = ui::ErrorMessage{error};
    ui::Textarea note{.label = {"What to know before a visit"},
                      .hint = ui::Hint{"How to get in, dogs, whom to bring. Everybody who signs in can read this: nothing about a person."},
                      .id = "access_note",
                      .name = "access_note",
                      .value = typed["access_note"].as_string(),
                      .rows = 3};
    if (const auto error = error_of(refusal, "access_note"); !error.empty()) note.error_message = ui::ErrorMessage{error};
    Html inside = hidden("csrf", context.csrf);
    if (version > 0) inside += hidden("version", std::to_string(version));
    inside += input("text", "Address, or words that find it", "For example Flat 3, 14 Trafalgar Court", "") +
              input("postcode", "Postcode", "", "govuk-input--width-10") +
              input("uprn", "Property number (UPRN), if known", "Up to 12 digits", "govuk-input--width-10") + ui::select(premises) +
              input("managed_by", "Run by", "Owner, landlord or manager", "") + ui::textarea(note) +
              ui::fieldset({.legend = {"Position on the British National Grid, if it is not the postcode's", "govuk-fieldset__legend--s"},
                            .html = input("easting", "Easting", "Six digits, like 504115", "govuk-input--width-5") +
                                    input("northing", "Northing", "Six digits, like 488589", "govuk-input--width-5")}) +
              el("div", {{"class", "govuk-button-group"}}, button(version > 0 ? "Save changes" : "Save the place") + link(cancel, "Cancel"));
    return el("form", {{"method", "post"}, {"action", action}, {"novalidate", true}}, inside);
}

Response new_page(const Request& request, Context& context, const Json& typed, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        if (!context.demand(reader, "create", {.kind = "place"})) return absent();
        Html main = back_link("/places", "Places") + error_summary(refusal) + el("h1", {{"class", "govuk-heading-l"}}, "Record a place");
        main += place_form(context, "/places/new", typed, refusal, 0, "/places");
        return context.page(request, refusal != nullptr ? "Error: Record a place" : "Record a place", main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response record(const Request& request, Context& context) {
    const Json typed = typed_place(request);
    bool there = false;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::string> {
        if (auto asked = context.demand(tx, "create", {.kind = "place"}); !asked) return asked.error();
        auto read = place_from(tx, typed, context.today());
        if (!read) return read.error();
        there = find_place(tx, read->details).has_value();
        auto made = find_or_create_place(tx, context.ledger, context.author(), read->details);
        if (!made) return made.error();
        return place(tx, *made)->id;
    });
    if (done) return web::see_other("/places/" + *done + (there ? "?found=1" : ""));
    return new_page(request, context, typed, &done.error());
}

Response edit_page(const Request& request, Context& context, const Json* typed, const Refusal* refusal) {
    return context.db.reading([&](store::Reader& reader) -> Response {
        const auto stream = find_place_id(reader, request.parameter("id"));
        if (!context.demand(reader, "read", {.kind = "place", .seq = stream.value_or(-1)}) || !stream) return absent();
        if (!context.demand(reader, "change", {.kind = "place"})) return absent();
        const auto held = place(reader, *stream);
        Html main = back_link("/places/" + held->id, held->name()) + error_summary(refusal) +
                    el("span", {{"class", "govuk-caption-l"}}, held->name()) + el("h1", {{"class", "govuk-heading-l"}}, "Change the place");
        if (refusal != nullptr && refusal->because == Because::stale) {
            // What the other one wrote, beside what was typed here; saving again is then a decision.
            Html now;
            const Json theirs = as_typed(held->details);
            for (const char* field : fields)
                if (theirs[field] != (*typed)[field])
                    now += el("li", fmt::format("{}: {}", capital(field), theirs[field].as_string().empty() ? "nothing" : theirs[field].as_string()));
            main += ui::warning_text(
                {.text = "Somebody changed this place while you were writing. Below is what you typed. Save again to put it in place of theirs."});
            main += ui::section("theirs", "What stands there now, where it differs", el("ul", {{"class", "govuk-list govuk-list--bullet"}}, now));
        }
        main += place_form(context, "/places/" + held->id + "/edit", typed != nullptr ? *typed : as_typed(held->details), refusal, held->version,
                           "/places/" + held->id);
        return context.page(request, refusal != nullptr ? "Error: Change the place" : "Change the place", main,
                            refusal != nullptr ? web::status_of(refusal->because) : 200);
    });
}

Response change(const Request& request, Context& context) {
    const Json typed = typed_place(request);
    const std::string version{request.typed("version")};
    const bool number = !version.empty() && version.size() < 18 && version.find_first_not_of("0123456789") == std::string::npos;
    const auto done = context.db.writing([&](store::Transaction& tx) -> Result<std::string> {
        const auto stream = find_place_id(tx, request.parameter("id"));
        if (auto asked = context.demand(tx, "read", {.kind = "place", .seq = stream.value_or(-1)}); !asked || !stream)
            return Refusal{Because::absent, "subjects.place_absent", "There is no such place."};
        Json whole = typed;
        whole.set_if("locality", place(tx, *stream)->details.locality);
        auto read = place_from(tx, whole, context.today());
        if (!read) return read.error();
        auto changed = change_place(tx, context, *stream, number ? std::stoll(version) : -1, read->details);
        if (!changed) return changed.error();
        return place(tx, *stream)->id;
    });
    if (done) return web::see_other("/places/" + *done);
    if (done.error().because == Because::absent) return absent();
    return edit_page(request, context, &typed, &done.error());
}

}  // namespace

void add_place_pages(access::Routes& routes, std::vector<PlacePanel> panels) {
    routes.get("/places", "Places", "pages", find_page);
    routes.get("/places/new", "Record a place", "pages", [](const Request& request, Context& context) {
        Json typed = Json::object();
        for (const char* field : {"text", "postcode"}) typed.set_if(field, tidy(request.asked(field)));
        return new_page(request, context, typed, nullptr);
    });
    routes.post("/places/new", "Records a place, or finds it again", "pages", record);
    routes.get("/places/{id}", "A place", "pages",
               [panels = std::move(panels)](const Request& request, Context& context) { return place_page(request, context, panels); });
    routes.get("/places/{id}/edit", "Change a place", "pages",
               [](const Request& request, Context& context) { return edit_page(request, context, nullptr, nullptr); });
    routes.post("/places/{id}/edit", "Changes a place", "pages", change);
}

}  // namespace concord::subjects
