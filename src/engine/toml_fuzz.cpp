#include <cstdint>

#include "engine/engine.hpp"

/// A file of a partnership loads, or has problems that are told; it never ends the program.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto loading = engine::load({.folder = "fuzz", .files = {{"pathway.toml", text}}}, {});
    require((loading.definition != nullptr) == loading.problems.empty(), "a pathway loads or says why not");
    for (const auto& problem : loading.problems) require(!problem.problem.empty(), "a problem says what is wrong");
    (void)engine::load_codes(text, "codes.toml");
    return 0;
}
