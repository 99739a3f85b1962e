#include "cases/case_links.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cases/pages.hpp"
#include "subjects/people_pages.hpp"

namespace concord::cases {

using access::Context;
using web::el;
using web::Html;
using namespace web::pieces;
namespace ui = web::ui;

// ---- What hangs together

namespace {

constexpr std::size_t most_around = 10, most_outside = 10;

class Gathering {
public:
    Gathering(store::Reader& reader, const Context& context, const Standing& now, Seq stream)
        : reader_{reader}, context_{context}, now_{now}, stream_{stream} {}

    LinkChart gather() {
        const Json& s = now_.state;
        chart_.nodes.push_back({.kind = LinkNode::Kind::this_case,
                                .seq = stream_,
                                .label = s["reference"].as_string(),
                                .about = "This case",
                                .href = "/cases/" + s["reference"].as_string(),
                                .look = "node2"});
        for (const auto& one : s["involvements"].items())
            if (!one.has("ended")) add_involved(one);
        around_ = chart_.nodes.size();
        for (std::size_t i = 1; i < around_; ++i)
            if (chart_.nodes[i].kind == LinkNode::Kind::person) add_relationships(i);
        for (std::size_t i = 1; i < around_; ++i) add_cases(i);
        return std::move(chart_);
    }

private:
    void add_involved(const Json& one) {
        const Seq subject = one["subject"].as_integer();
        const auto* role = now_.definition->role(one["role"].as_string());
        const std::string part = role != nullptr ? role->label : capital(one["role"].as_string());
        const std::string look = role != nullptr && role->harmed ? "node2" : role != nullptr && role->accused ? "node3" : "node";
        for (std::size_t i = 1; i < chart_.nodes.size(); ++i) {
            auto& known = chart_.nodes[i];
            if (known.seq != subject) continue;
            known.about += ", " + lower_ascii(part.substr(0, 1)) + part.substr(1);
            if (known.look == "node") known.look = look;
            return;
        }
        LinkNode node{.seq = subject, .about = part, .look = look};
        if (const auto person = subjects::person(reader_, subject)) {
            if (!context_.may(reader_, "read", {.kind = "person", .seq = subject}).allowed) return;
            node.label = subjects::name_in_lists(*person, context_.today());
            node.href = "/people/" + person->id;
        } else if (const auto place = subjects::place(reader_, subject)) {
            node.kind = LinkNode::Kind::place;
            node.label = place->name();
            node.href = "/places/" + place->id;
            node.look = "node";
        } else if (const auto organisation = subjects::organisation(reader_, subject)) {
            node.kind = LinkNode::Kind::organisation;
            node.label = organisation->details.name;
            node.href = "/organisations/" + organisation->id;
        } else {
            return;
        }
        join(0, add(std::move(node)), "");
    }

    void add_relationships(std::size_t from) {
        const Seq one = chart_.nodes[from].seq;
        for (const auto& relationship : subjects::relationships_of(reader_, one)) {
            if (!relationship.until.empty()) continue;
            const Seq other = relationship.from == one ? relationship.to : relationship.from;
            if (!context_.may(reader_, "read", {.kind = "person", .seq = other}).allowed) continue;
            const auto person = subjects::person(reader_, other);
            if (!person) continue;
            std::size_t to = find(other);
            if (to != 0 && to < around_ && to < from) continue;  // drawn from the other end
            if (to == 0)
                to = add({.seq = other,
                          .label = subjects::name_in_lists(*person, context_.today()),
                          .about = "Not on this case",
                          .href = "/people/" + person->id});
            std::string words = subjects::relationship_label(relationship.kind_seen_from(one));
            if (words.ends_with(" of") || words.ends_with(" as")) words.resize(words.size() - 3);
            join(from, to, lower_ascii(words.substr(0, 1)) + words.substr(1));
        }
    }

    void add_cases(std::size_t from) {
        for (const auto& row : cases_about(reader_, context_.actor, chart_.nodes[from].seq, context_.today(), 8)) {
            if (row.stream == stream_) continue;
            std::size_t to = find(row.stream);
            if (to == 0)
                to = add({.kind = LinkNode::Kind::other_case,
                          .seq = row.stream,
                          .label = row.reference,
                          .about = row.open ? "Open" : "Closed",
                          .href = "/cases/" + row.reference});
            join(from, to, "");
        }
    }

    std::size_t find(Seq seq) const {
        for (std::size_t i = 1; i < chart_.nodes.size(); ++i)
            if (chart_.nodes[i].seq == seq) return i;
        return 0;
    }
    std::size_t add(LinkNode node) {
        chart_.nodes.push_back(std::move(node));
        return chart_.nodes.size() - 1;
    }
    void join(std::size_t a, std::size_t b, std::string label) { chart_.edges.push_back({.a = a, .b = b, .label = std::move(label)}); }

    store::Reader& reader_;
    const Context& context_;
    const Standing& now_;
    Seq stream_;
    LinkChart chart_;
    std::size_t around_ = 0;
};

/// How many nodes are on the case itself: they stand first, each joined to node 0.
std::size_t around_of(const LinkChart& chart) {
    std::size_t n = 1;
    for (const auto& edge : chart.edges)
        if (edge.a == 0) n = std::max(n, edge.b + 1);
    return n;
}

/// What fits a drawing: the first on the case, and what hangs on those. The rest stands in the list.
LinkChart drawn_part(const LinkChart& whole) {
    const std::size_t around = around_of(whole);
    std::vector<std::size_t> at(whole.nodes.size(), SIZE_MAX);
    LinkChart part;
    std::size_t outside = 0;
    for (std::size_t i = 0; i < whole.nodes.size(); ++i) {
        if (i < around ? i > most_around : outside == most_outside) continue;
        if (i >= around) {
            const bool hangs =
                std::any_of(whole.edges.begin(), whole.edges.end(), [&](const LinkEdge& edge) { return edge.b == i && at[edge.a] != SIZE_MAX; });
            if (!hangs) continue;
            ++outside;
        }
        at[i] = part.nodes.size();
        part.nodes.push_back(whole.nodes[i]);
    }
    for (const auto& edge : whole.edges) {
        if (at[edge.a] == SIZE_MAX || at[edge.b] == SIZE_MAX)
            ++part.left_out;
        else
            part.edges.push_back({.a = at[edge.a], .b = at[edge.b], .label = edge.label});
    }
    return part;
}

struct Point {
    double x = 0, y = 0;
};
/// A point of the edge's curve, t from 0 to 1: a quadratic through its ends with the middle pushed sideways by `bend`.
Point middle_of(const LinkChart& chart, const LinkEdge& edge) {
    const auto &a = chart.nodes[edge.a], &b = chart.nodes[edge.b];
    const double dx = b.x - a.x, dy = b.y - a.y, length = std::max(1.0, std::hypot(dx, dy));
    return {(a.x + b.x) / 2 - dy / length * edge.bend * 2, (a.y + b.y) / 2 + dx / length * edge.bend * 2};
}
Point on(const LinkChart& chart, const LinkEdge& edge, double t) {
    const auto &a = chart.nodes[edge.a], &b = chart.nodes[edge.b];
    const Point c = middle_of(chart, edge);
    const double u = 1 - t;
    return {u * u * a.x + 2 * u * t * c.x + t * t * b.x, u * u * a.y + 2 * u * t * c.y + t * t * b.y};
}

}  // namespace

LinkChart links_of(store::Reader& reader, const Context& context, const Standing& now, Seq stream) {
    return Gathering{reader, context, now, stream}.gather();
}

bool passes_a_node(const LinkChart& chart, const LinkEdge& edge, double nearer_than) {
    for (std::size_t i = 0; i < chart.nodes.size(); ++i) {
        if (i == edge.a || i == edge.b) continue;
        for (int step = 1; step < 32; ++step) {
            const Point at = on(chart, edge, step / 32.0);
            if (std::hypot(at.x - chart.nodes[i].x, at.y - chart.nodes[i].y) < nearer_than) return true;
        }
    }
    return false;
}

void lay_out(LinkChart& chart) {
    const std::size_t around = around_of(chart), n = chart.nodes.size();
    // Each on the case has a sector as wide as what hangs on it; what hangs on several stands with the first.
    std::vector<std::vector<std::size_t>> hangs(n);
    for (std::size_t i = around; i < n; ++i) {
        const auto first = std::find_if(chart.edges.begin(), chart.edges.end(), [&](const LinkEdge& edge) { return edge.b == i; });
        hangs[first == chart.edges.end() ? 0 : first->a].push_back(i);
    }
    double whole = 0;
    for (std::size_t i = 1; i < around; ++i) whole += std::max<double>(1, static_cast<double>(hangs[i].size()));
    const bool outside = n > around;
    const double inner_x = outside ? 205 : 260, inner_y = outside ? 120 : 130, outer_x = 325, outer_y = 205;
    chart.width = 800;
    chart.height = outside ? 530 : 370;
    const double cx = chart.width / 2, cy = chart.height / 2 - 4;
    chart.nodes[0].x = cx;
    chart.nodes[0].y = cy;
    double turned = 0;
    for (std::size_t i = 1; i < around; ++i) {
        const double share = std::max<double>(1, static_cast<double>(hangs[i].size())) / whole;
        const auto angle = [&](double part) { return (turned + share * part) * 2 * std::numbers::pi - std::numbers::pi * 0.75; };
        chart.nodes[i].x = cx + inner_x * std::cos(angle(0.5));
        chart.nodes[i].y = cy + inner_y * std::sin(angle(0.5));
        for (std::size_t k = 0; k < hangs[i].size(); ++k) {
            const double at = angle((static_cast<double>(k) + 0.5) / static_cast<double>(hangs[i].size()));
            chart.nodes[hangs[i][k]].x = cx + outer_x * std::cos(at);
            chart.nodes[hangs[i][k]].y = cy + outer_y * std::sin(at);
        }
        turned += share;
    }
    for (auto& edge : chart.edges)
        for (const double bend : {0.0, 24.0, -24.0, 48.0, -48.0, 80.0, -80.0, 120.0, -120.0}) {
            edge.bend = bend;
            if (!passes_a_node(chart, edge, 24)) break;
        }
}

// ---- Drawn

namespace {

std::string number(double value) { return fmt::format("{:.1f}", value); }

Html shape_of(const LinkNode& node) {
    const std::string look = node.look;
    if (node.kind == LinkNode::Kind::place)
        return el("rect", {{"data-s", look}, {"x", number(node.x - 9)}, {"y", number(node.y - 9)}, {"width", "18"}, {"height", "18"}});
    if (node.kind == LinkNode::Kind::this_case || node.kind == LinkNode::Kind::other_case)
        return el("rect", {{"data-s", look}, {"x", number(node.x - 15)}, {"y", number(node.y - 8)}, {"width", "30"}, {"height", "16"}, {"rx", "8"}});
    if (node.kind == LinkNode::Kind::organisation)
        return el("path", {{"data-s", look}, {"d", fmt::format("M{:.1f} {:.1f}l11 11l-11 11l-11 -11Z", node.x, node.y - 11)}});
    return el("circle", {{"data-s", look}, {"cx", number(node.x)}, {"cy", number(node.y)}, {"r", "10"}});
}

Html words_of(const LinkNode& node, std::string_view anchor, double x, double y) {
    return el("text", {{"data-s", "name"}, {"x", number(x)}, {"y", number(y)}, {"text-anchor", anchor}, {"font-weight", "700"}},
              cut(node.label, 24)) +
           el("text", {{"data-s", "tick"}, {"x", number(x)}, {"y", number(y + 15)}, {"text-anchor", anchor}}, cut(node.about, 28));
}

std::string_view svg_title = "Who and what hangs together on this case";

Html svg(double width, double height, std::string_view which, const std::string& words, const Html& inside) {
    const std::string id = "links-" + std::string{which};
    // The box is shown on wide or on narrow screens: the style sheet shows every chart that stands alone.
    return el("div", {{"data-w", which}},
              el("svg",
                 {{"data-s", "chart"},
                  {"role", "img"},
                  {"aria-labelledby", id + "-title " + id + "-words"},
                  {"viewBox", fmt::format("0 0 {:.0f} {:.0f}", width, height)}},
                 el("title", {{"id", id + "-title"}}, svg_title) + el("desc", {{"id", id + "-words"}}, words) + inside));
}

Html wide(const LinkChart& chart, const std::string& words) {
    Html lines, labels, nodes;
    for (const auto& edge : chart.edges) {
        const auto &a = chart.nodes[edge.a], &b = chart.nodes[edge.b];
        const Point c = middle_of(chart, edge);
        lines += el("path", {{"data-s", edge.label.empty() ? "edge" : "edge2"},
                             {"d", fmt::format("M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}", a.x, a.y, c.x, c.y, b.x, b.y)}});
        if (edge.label.empty()) continue;
        const Point at = on(chart, edge, 0.5);
        labels += el("text", {{"data-s", "name"}, {"x", number(at.x)}, {"y", number(at.y - 3)}, {"text-anchor", "middle"}}, cut(edge.label, 22));
    }
    // Words of the upper nodes stand over them, so that no line to the middle runs through them.
    for (const auto& node : chart.nodes)
        nodes += shape_of(node) + words_of(node, "middle", node.x, node.y < chart.nodes[0].y - 40 ? node.y - 30 : node.y + 27);
    return svg(chart.width, chart.height, "wide", words, lines + nodes + labels);
}

/// On a phone: the case, under it those on it, under each what hangs on it. Relationships stand in the list.
Html narrow(const LinkChart& chart, const std::string& words) {
    LinkChart rows = chart;
    const std::size_t around = around_of(chart);
    double y = 22;
    rows.nodes[0].x = 22;
    rows.nodes[0].y = y;
    Html inside = shape_of(rows.nodes[0]) + words_of(rows.nodes[0], "start", 46, y - 2);
    Html lines;
    std::vector<bool> done(chart.nodes.size(), false);
    for (std::size_t i = 1; i < around; ++i) {
        y += 46;
        rows.nodes[i].x = 50;
        rows.nodes[i].y = y;
        lines += el("path", {{"data-s", "edge"}, {"d", fmt::format("M22 {:.0f}V{:.0f}H50", rows.nodes[0].y, y)}});
        inside += shape_of(rows.nodes[i]) + words_of(rows.nodes[i], "start", 70, y - 2);
        const double top = y;
        for (const auto& edge : chart.edges) {
            if (edge.a != i || edge.b < around || done[edge.b]) continue;
            done[edge.b] = true;
            y += 46;
            rows.nodes[edge.b].x = 90;
            rows.nodes[edge.b].y = y;
            lines += el("path", {{"data-s", edge.label.empty() ? "edge" : "edge2"}, {"d", fmt::format("M50 {:.0f}V{:.0f}H90", top, y)}});
            inside += shape_of(rows.nodes[edge.b]) + words_of(rows.nodes[edge.b], "start", 114, y - 2);
        }
    }
    return svg(358, y + 30, "narrow", words, lines + inside);
}

Html key() {
    const auto item = [](const Html& shape, const char* words) {
        return el("li", el("svg", {{"viewBox", "0 0 24 22"}, {"aria-hidden", "true"}, {"focusable", "false"}}, shape) + el("span", words));
    };
    const auto node = [](LinkNode::Kind kind, const char* look) { return shape_of({.kind = kind, .look = look, .x = 12, .y = 11}); };
    using K = LinkNode::Kind;
    return el("ul", {{"data-cc", "key"}},
              item(node(K::person, "node2"), "Harmed") + item(node(K::person, "node3"), "Suspected") + item(node(K::person, "node"), "Other person") +
                  item(node(K::place, "node"), "Place") + item(node(K::other_case, "node"), "Other case"));
}

Html list_of(const LinkChart& chart) {
    std::vector<std::vector<ui::Cell>> rows;
    for (const auto& edge : chart.edges) {
        const auto &a = chart.nodes[edge.a], &b = chart.nodes[edge.b];
        const Html how = edge.a == 0           ? Html{b.about}
                         : !edge.label.empty() ? Html{capital(edge.label)}
                                               : Html{"Also in this case, " + lower_ascii(b.about)};
        rows.push_back({{.text = link(a.href, edge.a == 0 ? "This case" : a.label)}, {.text = how}, {.text = link(b.href, b.label)}});
    }
    return ui::stacked_table({.caption = "Links of this case",
                              .caption_classes = "govuk-visually-hidden",
                              .head = {{.text = "From"}, {.text = "How"}, {.text = "To"}},
                              .rows = rows,
                              .first_cell_is_header = true});
}

}  // namespace

Html links_section(store::Reader& reader, const Context& context, const Standing& now, Seq stream) {
    const LinkChart whole = links_of(reader, context, now, stream);
    if (whole.edges.empty()) return ui::section("links", "Links", p("Nobody and nothing is on this case yet."));
    LinkChart chart = drawn_part(whole);
    lay_out(chart);
    std::size_t people = 0, places = 0, others = 0;
    for (const auto& node : whole.nodes) {
        people += node.kind == LinkNode::Kind::person ? 1U : 0U;
        places += node.kind == LinkNode::Kind::place ? 1U : 0U;
        others += node.kind == LinkNode::Kind::other_case ? 1U : 0U;
    }
    const std::string words = fmt::format("{}, {} and {} that you may read. The list under the drawing holds the same.",
                                          counted(static_cast<long long>(people), "person", "people"),
                                          counted(static_cast<long long>(places), "place"), counted(static_cast<long long>(others), "other case"));
    Html out = el("figure", {{"data-cc", "figure"}}, wide(chart, words) + narrow(chart, words) + key());
    if (chart.left_out > 0) out += p(fmt::format("{} more stand in the list only.", counted(static_cast<long long>(chart.left_out), "link")));
    return ui::section("links", "Links", out + ui::details({.summary = "Read the links as a list", .text = list_of(whole)}));
}

}  // namespace concord::cases
