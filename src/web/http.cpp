#include "web/http.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::web {
namespace {

std::string_view first_of(const Fields& fields, std::string_view name) {
    for (const auto& [key, value] : fields)
        if (key == name) return value;
    return {};
}
std::vector<std::string> all_of(const Fields& fields, std::string_view name) {
    std::vector<std::string> all;
    for (const auto& [key, value] : fields)
        if (key == name) all.push_back(value);
    return all;
}
int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string_view Request::header(std::string_view name) const { return first_of(headers, name); }
std::string_view Request::parameter(std::string_view name) const { return first_of(path_parameters, name); }
std::string_view Request::asked(std::string_view name) const { return first_of(query, name); }
std::vector<std::string> Request::asked_all(std::string_view name) const { return all_of(query, name); }
std::string_view Request::typed(std::string_view name) const { return first_of(form, name); }
std::vector<std::string> Request::typed_all(std::string_view name) const { return all_of(form, name); }
bool Request::has_typed(std::string_view name) const {
    return std::any_of(form.begin(), form.end(), [&](const auto& field) { return field.first == name; });
}
std::string_view Request::cookie(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key != "cookie") continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const auto end = rest.find(';');
            std::string_view one = rest.substr(0, end);
            while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
            if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=') return one.substr(name.size() + 1);
            if (end == std::string_view::npos) break;
            rest.remove_prefix(end + 1);
        }
    }
    return {};
}
bool Request::wants_json() const {
    if (path.starts_with("/api/")) return true;
    const auto accept = header("accept");
    const auto json = accept.find("application/json"), html_at = accept.find("text/html");
    return json != std::string_view::npos && (html_at == std::string_view::npos || json < html_at);
}

Response& Response::with(std::string_view name, std::string_view value) {
    headers.emplace_back(name, value);
    return *this;
}
Response html(std::string body, int status) {
    return Response{.status = status, .headers = {{"content-type", "text/html; charset=utf-8"}}, .body = std::move(body), .file = {}};
}
Response json(const Json& value, int status) {
    return Response{.status = status, .headers = {{"content-type", "application/json; charset=utf-8"}}, .body = to_text(value), .file = {}};
}
Response text(std::string body, int status) {
    return Response{.status = status, .headers = {{"content-type", "text/plain; charset=utf-8"}}, .body = std::move(body), .file = {}};
}
Response see_other(std::string location) { return Response{.status = 303, .headers = {{"location", std::move(location)}}, .body = {}, .file = {}}; }

Response absent() { return Response{.status = 404, .headers = {}, .body = {}, .file = {}}; }
Response told(const Refusal& refusal, const Request& request) {
    return refusal.because == Because::absent ? absent() : problem(refusal, request.reference);
}

std::string etag(std::int64_t version) { return fmt::format("\"{}\"", version); }
std::optional<std::int64_t> version_asked(const Request& request) {
    const std::string tag = trim(request.header("if-match"));
    if (tag.empty() || tag == "*") return {};
    std::int64_t version = -1;
    const char* const end = tag.data() + tag.size();
    if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return -1;
    const auto [read, problem] = std::from_chars(tag.data() + 1, end - 1, version);
    return problem == std::errc{} && read == end - 1 ? version : -1;
}

int status_of(Because because) {
    switch (because) {
        case Because::invalid:
            return 422;
        case Because::not_now:
            return 409;
        case Because::stale:
            return 412;
        case Because::absent:
            return 404;
        case Because::not_allowed:
            return 403;
        case Because::too_large:
            return 413;
        case Because::unsupported:
            return 415;
        case Because::too_many:
            return 429;
        case Because::unreadable:
            return 400;
    }
    return 500;
}

namespace {
std::string_view title_of(int status) {
    switch (status) {
        case 400:
            return "The request cannot be read";
        case 401:
            return "Sign in first";
        case 403:
            return "This is not for you to do";
        case 404:
            return "Not found";
        case 405:
            return "This address does not take that method";
        case 409:
            return "Not now";
        case 412:
            return "Changed meanwhile";
        case 413:
            return "Too large";
        case 415:
            return "This kind of content is not taken";
        case 422:
            return "Some answers need another look";
        case 428:
            return "Say which version you change";
        case 429:
            return "Too many requests";
        case 503:
            return "Concord cannot answer now";
        default:
            return "Something went wrong";
    }
}
}  // namespace

Response problem(int status, std::string_view title, std::string_view detail, std::string_view reference) {
    Json body = Json::object(
        {{"type", fmt::format("about:blank#{}", status)}, {"title", title}, {"status", status}, {"detail", detail}, {"reference", reference}});
    Response response = json(body, status);
    response.headers.front().second = "application/problem+json";
    return response;
}

Response problem(const Refusal& refusal, std::string_view reference) {
    const int status = status_of(refusal.because);
    Json body = Json::object({{"type", "urn:concord:" + (refusal.code.empty() ? std::string{"refused"} : refusal.code)},
                              {"title", title_of(status)},
                              {"status", status},
                              {"detail", refusal.sentence},
                              {"reference", reference}});
    if (!refusal.fields.empty()) {
        Json errors = Json::array();
        for (const auto& error : refusal.fields) errors.push(Json::object({{"field", error.field}, {"message", error.message}}));
        body.set("errors", std::move(errors));
    }
    Response response = json(body, status);
    response.headers.front().second = "application/problem+json";
    return response;
}

Response stale(const Refusal& refusal, std::string_view reference, const Json& current) {
    Response response = problem(refusal, reference);
    Json told = std::move(parse_json(response.body)).value();
    response.body = to_text(told.set("current", current));
    return response;
}

std::string encode_component(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string encode_query(const Fields& fields) {
    std::string out;
    for (const auto& [name, value] : fields) out += (out.empty() ? "" : "&") + encode_component(name) + "=" + encode_component(value);
    return out;
}

std::optional<std::string> decode_component(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] == '%') {
            if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return {};
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    if (out.find('\0') != std::string::npos || !is_utf8(out)) return {};
    return out;
}

Result<Fields> parse_urlencoded(std::string_view text, std::size_t most_fields) {
    Fields fields;
    while (!text.empty()) {
        const auto end = text.find('&');
        const std::string_view one = text.substr(0, end);
        if (!one.empty()) {
            const auto equals = one.find('=');
            auto name = decode_component(one.substr(0, equals), true);
            auto value = equals == std::string_view::npos ? std::optional<std::string>{""} : decode_component(one.substr(equals + 1), true);
            if (!name || !value)
                return Refusal{Because::invalid, "web.encoding",
                               "The form could not be read: its letters are not UTF-8, or a % sign is not followed by two hex digits."};
            if (fields.size() == most_fields)
                return Refusal{Because::too_large, "web.fields", fmt::format("The form has more than {} fields.", most_fields)};
            fields.emplace_back(std::move(*name), std::move(*value));
        }
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return fields;
}

}  // namespace concord::web
