#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"

/// The tree of a condition. Private to the engine, and to whoever compiles conditions to SQL.
namespace concord::engine {

struct Operand {
    enum class Kind { path, literal, today, count } kind = Kind::literal;
    std::string path;  // of path and count
    Json literal;
    int days = 0;           // "+ 42 days", "- 90 days"
    std::string days_fact;  // "+ rules.monitoring", "- rules.letter": a fact that is a number of days
    int direction = 1;      // of days_fact
};
struct Condition::Node {
    enum class Kind { both, either, negation, truth, has, compare, one_of } kind = Kind::truth;
    std::vector<std::shared_ptr<const Node>> children;  // both, either, negation
    Operand left, right;
    std::string op;    // = != < <= > >=
    Json::Array list;  // one_of
};

/// The fact at a dotted path; null where it is absent. A key of facts that holds dots itself ("contact.made") is found too.
Json fact_at(const Facts& facts, std::string_view path);
/// The days that are added; none where the fact that says how many is absent.
std::optional<int> shift_of(const Operand& operand, const Facts& facts);

}  // namespace concord::engine
