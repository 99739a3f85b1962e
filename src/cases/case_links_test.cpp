#include "cases/case_links.hpp"
#include "subjects/people_pages.hpp"

#include <gtest/gtest.h>

namespace concord::cases {
namespace {

/// A case with people around it, with what hangs on each, and relationships between neighbours and across.
LinkChart chart_of(std::size_t around, std::size_t outside_each) {
    LinkChart chart;
    chart.nodes.push_back({.kind = LinkNode::Kind::this_case, .label = "HC-2026-000001"});
    for (std::size_t i = 1; i <= around; ++i) {
        chart.nodes.push_back({.seq = static_cast<Seq>(i), .label = "Somebody"});
        chart.edges.push_back({.a = 0, .b = i});
    }
    for (std::size_t i = 1; i <= around; ++i)
        for (std::size_t k = 0; k < outside_each; ++k) {
            chart.nodes.push_back({.kind = LinkNode::Kind::other_case, .seq = static_cast<Seq>(100 + i * 10 + k), .label = "HC"});
            chart.edges.push_back({.a = i, .b = chart.nodes.size() - 1});
        }
    for (std::size_t i = 2; i <= around; ++i) chart.edges.push_back({.a = 1, .b = i, .label = "sister"});
    return chart;
}

TEST(CaseLinks, no_edge_passes_a_node_that_it_does_not_join) {
    for (const auto& [around, each] : std::vector<std::pair<std::size_t, std::size_t>>{{1, 0}, {2, 1}, {4, 0}, {5, 1}, {8, 0}, {10, 1}}) {
        LinkChart chart = chart_of(around, each);
        lay_out(chart);
        for (const auto& edge : chart.edges) EXPECT_FALSE(passes_a_node(chart, edge, 14)) << around << " around, " << each << " outside each";
    }
}

TEST(CaseLinks, nodes_stand_apart_and_within_the_drawing) {
    LinkChart chart = chart_of(10, 1);
    lay_out(chart);
    for (std::size_t i = 0; i < chart.nodes.size(); ++i) {
        EXPECT_GT(chart.nodes[i].x, 20);
        EXPECT_LT(chart.nodes[i].x, chart.width - 20);
        EXPECT_GT(chart.nodes[i].y, 10);
        EXPECT_LT(chart.nodes[i].y, chart.height - 40);
        for (std::size_t j = 0; j < i; ++j)
            EXPECT_GT(std::abs(chart.nodes[i].x - chart.nodes[j].x) + std::abs(chart.nodes[i].y - chart.nodes[j].y), 24) << i << " and " << j;
    }
}

TEST(CaseLinks, children_stand_in_lists_by_their_initials) {
    const Date today = parse_date("2026-06-01").value();
    const auto named = [&](int year, int month, int day) {
        subjects::Person one;
        one.details.given_name = "Élodie";
        one.details.family_name = "Marsh";
        one.details.birth = {.year = year, .month = month, .day = day};
        return subjects::name_in_lists(one, today);
    };
    EXPECT_EQ(named(2015, 2, 1), "É.M.");
    EXPECT_EQ(named(2008, 6, 2), "É.M.");
    EXPECT_EQ(named(2008, 5, 31), "Élodie Marsh");
    EXPECT_EQ(named(0, 0, 0), "Élodie Marsh");
}

}  // namespace
}  // namespace concord::cases
