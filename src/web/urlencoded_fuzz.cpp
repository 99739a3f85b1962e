#include <cstdint>

#include "base/text.hpp"
#include "web/http.hpp"

/// What is read is UTF-8, and is the same when it is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const auto fields = web::parse_urlencoded({reinterpret_cast<const char*>(data), size});
    if (!fields) return 0;
    for (const auto& [name, value] : *fields) require(is_utf8(name) && is_utf8(value), "a field is UTF-8");
    const auto again = web::parse_urlencoded(web::encode_query(*fields));
    require(again.has_value() && *again == *fields, "a form is the same when it is written and read again");
    return 0;
}
