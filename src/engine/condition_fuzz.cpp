#include <cstdint>

#include "engine/engine.hpp"

/// A condition is refused with a sentence, or can be asked and put in words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const auto condition = engine::parse_condition({reinterpret_cast<const char*>(data), size});
    if (!condition) {
        require(!condition.error().sentence.empty(), "a refusal has a sentence");
        return 0;
    }
    (void)condition->holds({});
    (void)condition->in_words();
    return 0;
}
