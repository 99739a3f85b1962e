#include "web/head.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace concord::web {
namespace {

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
    });
}
bool is_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); });
}

int read_request_line(std::string_view line, Head& head) {
    const auto first = line.find(' '), second = line.rfind(' ');
    if (first == std::string_view::npos || second == first) return 400;
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    if (!is_token(head.method) || head.target.empty() || head.target.front() != '/') return 400;
    if (std::any_of(head.target.begin(), head.target.end(),
                    [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; }))
        return 400;
    if (version == "HTTP/1.1") return 0;
    if (version == "HTTP/1.0") {
        head.keep_alive = false;
        return 0;
    }
    return version.starts_with("HTTP/") ? 505 : 400;
}

int read_field(std::string_view line, Head& head) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || line.front() == ' ' || line.front() == '\t') return 400;
    const std::string_view name = line.substr(0, colon);
    if (!is_token(name)) return 400;  // also a space before the colon
    const std::string value = trim(line.substr(colon + 1));
    if (!is_value(value)) return 400;
    head.headers.emplace_back(lower_ascii(name), value);
    return head.headers.size() > 100 ? 431 : 0;
}

int weigh(Head& head) {
    int lengths = 0, hosts = 0, encodings = 0;
    for (const auto& [name, value] : head.headers) {
        if (name == "content-length") {
            ++lengths;
            if (value.empty() || value.size() > 15 || !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }))
                return 400;
            head.content_length = std::stoull(value);
        } else if (name == "transfer-encoding") {
            ++encodings;
            if (lower_ascii(value) != "chunked") return 400;
            head.chunked = true;
        } else if (name == "host") {
            ++hosts;
            if (value.empty() || value.find_first_of(" /\\@") != std::string::npos) return 400;
        } else if (name == "connection") {
            const std::string wanted = lower_ascii(value);
            if (wanted.find("close") != std::string::npos) head.keep_alive = false;
        } else if (name == "expect") {
            if (lower_ascii(value) != "100-continue") return 417;
            head.expects_continue = true;
        }
    }
    if (lengths > 1 || encodings > 1 || (lengths == 1 && encodings == 1) || hosts != 1) return 400;
    static constexpr std::array<std::string_view, 7> known{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    return std::find(known.begin(), known.end(), head.method) == known.end() ? 501 : 0;
}

}  // namespace

HeadVerdict read_head(std::string_view bytes, std::size_t most) {
    Head head;
    std::size_t at = 0;
    for (int line_number = 0;; ++line_number) {
        const auto end = bytes.find('\n', at);
        if (end == std::string_view::npos) return {bytes.size() > most ? 431 : 0, {}};
        if (end > most) return {431, {}};
        if (end == at || bytes[end - 1] != '\r') return {400, {}};  // a bare LF
        const std::string_view line = bytes.substr(at, end - 1 - at);
        if (line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos) return {400, {}};
        at = end + 1;
        if (line.empty()) {
            if (line_number == 0) return {400, {}};
            break;
        }
        if (line_number == 0 && line.size() > 8192) return {414, {}};
        const int wrong = line_number == 0 ? read_request_line(line, head) : read_field(line, head);
        if (wrong != 0) return {wrong, {}};
    }
    head.size = at;
    if (const int wrong = weigh(head); wrong != 0) return {wrong, {}};
    return {0, std::move(head)};
}

bool read_target(std::string_view target, Request& request) {
    request.target = target;
    const auto question = target.find('?');
    auto path = decode_component(target.substr(0, question), false);
    if (!path || path->empty() || path->front() != '/') return false;
    for (const auto& part : split(*path, '/'))
        if (part == ".." || part == ".") return false;
    request.path = std::move(*path);
    if (request.path.size() > 1 && request.path.back() == '/') request.path.pop_back();
    if (question == std::string_view::npos) return true;
    auto query = parse_urlencoded(target.substr(question + 1));
    if (!query) return false;
    request.query = std::move(query).value();
    return true;
}

namespace {

/// The value of name= in a header, quoted or not.
std::string header_parameter(std::string_view header, std::string_view name) {
    const std::string key = std::string{name} + "=";
    std::size_t at = 0;
    for (;;) {
        at = header.find(key, at);
        if (at == std::string_view::npos) return {};
        if (at == 0 || header[at - 1] == ' ' || header[at - 1] == ';') break;
        ++at;
    }
    std::string_view rest = header.substr(at + key.size());
    if (rest.empty() || rest.front() != '"') return std::string{rest.substr(0, rest.find_first_of("; "))};
    std::string value;
    for (std::size_t i = 1; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == '"') ++i;
        value += rest[i];
    }
    return value;
}

Refusal broken(std::string_view why) {
    return Refusal{Because::invalid, "web.multipart", fmt::format("The form with its files could not be read: {}.", why)};
}

Result<Done> take_part(std::string_view part, Request& request, const std::string& folder) {
    const auto blank = part.find("\r\n\r\n");
    if (blank == std::string_view::npos || blank > 8192) return broken("a part has no head");
    std::string disposition;
    for (const auto& line : split(part.substr(0, blank), '\n'))
        if (lower_ascii(line).starts_with("content-disposition:")) disposition = trim(line.substr(20));
    const std::string name = header_parameter(disposition, "name");
    if (!disposition.starts_with("form-data") || name.empty()) return broken("a part has no name");
    const std::string_view content = part.substr(blank + 4);
    if (disposition.find("filename=") == std::string::npos) {
        if (content.size() > (1u << 20)) return broken("a field is larger than 1 MB");
        if (!is_utf8(content) || content.find('\0') != std::string_view::npos) return broken("a field is not UTF-8 text");
        request.form.emplace_back(name, content);
        return Done{};
    }
    const std::string file_name = tidy(header_parameter(disposition, "filename"));
    if (file_name.empty() && content.empty()) return Done{};  // no file was chosen
    const auto slash = file_name.find_last_of("/\\");
    UploadedFile file{.field = name,
                      .name = slash == std::string::npos ? file_name : file_name.substr(slash + 1),
                      .path = folder + "/concord-upload-" + to_hex(random_bytes(12)),
                      .size = content.size()};
    std::ofstream out{file.path, std::ios::binary};
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) throw Failure{"an upload cannot be written to the temporary folder: is the disk full?"};
    request.files.push_back(std::move(file));
    return Done{};
}

}  // namespace

Result<Done> read_multipart(std::string_view body, std::string_view content_type, Request& request, const std::string& folder) {
    const std::string boundary = header_parameter(content_type, "boundary");
    if (boundary.empty() || boundary.size() > 70) return broken("it has no boundary");
    const std::string mark = "--" + boundary;
    if (!body.starts_with(mark)) return broken("it does not begin with its boundary");
    std::size_t at = mark.size();
    for (int parts = 0;; ++parts) {
        if (body.substr(at).starts_with("--")) return Done{};
        if (!body.substr(at).starts_with("\r\n")) return broken("a boundary is not at the end of its line");
        if (parts > 200) return broken("it has more than 200 parts");
        const auto end = body.find("\r\n" + mark, at + 2);
        if (end == std::string_view::npos) return broken("it ends in the middle");
        if (auto taken = take_part(body.substr(at + 2, end - at - 2), request, folder); !taken) return taken;
        at = end + 2 + mark.size();
    }
}

}  // namespace concord::web
