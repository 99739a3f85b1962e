#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "web/http.hpp"

/// What a request's head must be before anything else looks at it: RFC 9112, the strict reading. Pure: bytes in, verdict out.
namespace concord::web {

struct Head {
    std::string method, target;
    Fields headers;  // names in lower case
    std::size_t content_length = 0;
    bool chunked = false;
    bool keep_alive = true;
    bool expects_continue = false;
    std::size_t size = 0;  // bytes of the head with its empty line
};
/// The status that the bytes deserve (400, 405, 431, 505 ...), or the head, or nothing while its end has not come.
struct HeadVerdict {
    int refused = 0;
    std::optional<Head> head;
};
HeadVerdict read_head(std::string_view bytes, std::size_t most);

/// Splits "/a%20b?x=1": 400 for what cannot be decoded, an absolute form, or ".." segments. Fills path, query and target.
bool read_target(std::string_view target, Request& request);

/// multipart/form-data into fields and temporary files; the refusal says what is wrong with the body.
Result<Done> read_multipart(std::string_view body, std::string_view content_type, Request& request, const std::string& folder);

}  // namespace concord::web
