#pragma once

#include <string>
#include <vector>

#include "access/access.hpp"
#include "cases/case_work.hpp"
#include "subjects/subjects.hpp"

/// Who and what hangs together around one case, as a drawing and as a list; and where it happened. Only what the reader may see is in either, and
/// nothing tells that there is more. Inside the room only.
namespace concord::cases {

struct LinkNode {
    enum class Kind { this_case, person, place, organisation, other_case } kind = Kind::person;
    Seq seq = 0;
    std::string label, about, href;
    std::string look = "node";  // node, node2 (harmed), node3 (accused)
    double x = 0, y = 0;        // set by lay_out
};
struct LinkEdge {
    std::size_t a = 0, b = 0;  // indices of nodes
    std::string label;         // empty between the case and those on it: the part stands under the name
    double bend = 0;           // sideways at its middle, so that it passes no node that it does not join; set by lay_out
};
struct LinkChart {
    std::vector<LinkNode> nodes;  // the case first
    std::vector<LinkEdge> edges;
    std::size_t left_out = 0;  // links that stand in the list only
    double width = 0, height = 0;
};
LinkChart links_of(store::Reader& reader, const access::Context& context, const Standing& now, Seq stream);
/// Places the nodes: the case in the middle, those on it around, what hangs on them outside. The same chart always gives the same drawing.
void lay_out(LinkChart& chart);
/// Does this edge come nearer than this to a node that it does not join?
bool passes_a_node(const LinkChart& chart, const LinkEdge& edge, double nearer_than);

web::Html links_section(store::Reader& reader, const access::Context& context, const Standing& now, Seq stream);
web::Html map_section(store::Reader& reader, const access::Context& context, const Standing& now, const ReadMapFigures& read_figures);

}  // namespace concord::cases
