#include <cstdint>

#include "web/head.hpp"

/// A head is refused, wanted in full, or read; what was read keeps the promises that the server relies on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto verdict = web::read_head(bytes, 16384);
    if (!verdict.head) return 0;
    require(verdict.refused == 0, "a head that was read is not refused");
    require(verdict.head->size <= size && bytes.substr(0, verdict.head->size).ends_with("\r\n\r\n"), "a head ends with an empty line");
    require(!(verdict.head->chunked && verdict.head->content_length > 0), "a body has one length");
    for (const auto& [name, value] : verdict.head->headers)
        require(!name.empty() && value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos, "a field is one line");
    web::Request request;
    if (!web::read_target(verdict.head->target, request)) return 0;
    require(request.path.starts_with("/") && ("/" + request.path + "/").find("/../") == std::string::npos, "a path does not climb");
    require(request.path.find('\0') == std::string::npos, "a path holds no NUL");
    return 0;
}
