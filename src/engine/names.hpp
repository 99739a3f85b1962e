#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/engine.hpp"

/// What the names in a condition point at: for the engine, and for pages that leave out a question whose condition no answer of theirs can change.
namespace concord::engine {

/// A role of users as people say it: "hub officer", "police sergeant".
std::string role_in_words(std::string code);

/// The facts that a condition asks about, as dotted paths.
std::vector<std::string> paths_of(const Condition& condition);

/// Why this path can never be there, with a remedy; empty where it is a fact of FORMAT.md, section 7. near: ids of the questions of the form at hand.
struct Unknown {
    std::string problem, remedy;
};
std::optional<Unknown> unknown_fact(const Definition& definition, const std::string& path, const std::set<std::string>& near);

/// Why nothing ever sets this mark; empty where an action or Concord itself does.
std::optional<Unknown> unknown_mark(const Definition& definition, const std::string& mark);
/// The stages that a record can come to, from the first one on.
std::set<std::string> reachable_stages(const Definition& definition);

}  // namespace concord::engine
