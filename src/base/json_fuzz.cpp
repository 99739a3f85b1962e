#include <cstdint>

#include "base/json.hpp"

/// What is read is the same when it is written and read again, in every way of writing; 2.5e3 and 2500 are the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const auto value = parse_json({reinterpret_cast<const char*>(data), size});
    if (!value) {
        require(!value.error().sentence.empty(), "a refusal has a sentence");
        return 0;
    }
    for (const std::string& written : {to_text(*value), to_pretty(*value)}) {
        const auto again = parse_json(written);
        require(again.has_value() && to_text(*again) == to_text(*value), "JSON is the same when it is written and read again");
    }
    const std::string canonical = to_canonical(*value);
    const auto again = parse_json(canonical);
    require(again.has_value() && to_canonical(*again) == canonical, "the canonical text stays as it is");
    return 0;
}
