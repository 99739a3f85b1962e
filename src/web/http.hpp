#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

/// A request as features see it, and the answer they give. Nothing of Beast shows here.
namespace concord::web {

using Fields = std::vector<std::pair<std::string, std::string>>;  // in order; names may repeat

/// A file of a multipart form, already on disk in a temporary folder that goes with the request.
struct UploadedFile {
    std::string field;
    std::string name;  // as sent, tidied; never used as a path
    std::string path;  // the temporary file
    std::uint64_t size = 0;
};

struct Request {
    std::string method;  // "GET"
    std::string path;    // decoded, "/cases/HC-2026-000123"
    std::string target;  // as sent, with the query
    Fields query;
    Fields headers;          // names in lower case
    Fields path_parameters;  // {ref} of the route
    std::string body;        // JSON, or the raw form
    Fields form;             // of application/x-www-form-urlencoded or multipart/form-data
    std::vector<UploadedFile> files;
    std::string remote_address;
    bool from_loopback = false;
    bool over_tls = false;
    std::string reference;  // this request's own id: in the log, in problem details, in X-Request-Id

    std::string_view header(std::string_view lower_case_name) const;  // empty where absent
    std::string_view cookie(std::string_view name) const;
    std::string_view parameter(std::string_view name) const;  // of the path
    std::string_view asked(std::string_view name) const;      // of the query, the first; empty where absent
    std::vector<std::string> asked_all(std::string_view name) const;
    std::string_view typed(std::string_view name) const;  // of the form, the first; empty where absent
    std::vector<std::string> typed_all(std::string_view name) const;
    bool has_typed(std::string_view name) const;
    bool wants_json() const;  // below /api/, or Accept prefers JSON
};

struct Response {
    int status = 200;
    Fields headers;  // content-length and the security headers are added by the server
    std::string body;
    std::string file;  // where not empty: streamed from this path instead of the body

    Response& with(std::string_view name, std::string_view value);
};

Response html(std::string body, int status = 200);
Response json(const Json& value, int status = 200);
Response text(std::string body, int status = 200);
Response see_other(std::string location);  // 303 after a POST
/// application/problem+json: type, title, status, detail, reference, errors.
Response problem(const Refusal& refusal, std::string_view reference);
Response problem(int status, std::string_view title, std::string_view detail, std::string_view reference);
/// A stale change is told with the record as it is now ("current"), so that a client can show both.
Response stale(const Refusal& refusal, std::string_view reference, const Json& current);
int status_of(Because because);
/// What is not there or not for this reader: the handler makes the answer, the same for both.
Response absent();
/// The problem document of a refusal of the API; absent() where nothing may be told.
Response told(const Refusal& refusal, const Request& request);

std::string etag(std::int64_t version);
/// If-Match: the version that is changed. None where any will do ("*", or no header); -1, which no record has, where it is no ETag of ours.
std::optional<std::int64_t> version_asked(const Request& request);

/// "a=1&b=2" with every name and value encoded.
std::string encode_query(const Fields& fields);
std::string encode_component(std::string_view text);
/// None where a % is not followed by two hex digits, the letters are not UTF-8, or a NUL is among them.
std::optional<std::string> decode_component(std::string_view text, bool plus_is_space);
Result<Fields> parse_urlencoded(std::string_view text, std::size_t most_fields = 2000);

using Handler = std::function<Response(const Request&)>;

struct ServerSettings {
    std::string address = "127.0.0.1";
    int port = 8080;
    int workers = 32;                 // threads that run handlers
    std::size_t most_body = 1 << 20;  // bytes of a body that is not an upload
    std::size_t most_upload = 25u << 20;
    std::size_t most_header = 16 << 10;
    int header_seconds = 10;   // to send the whole head
    int request_seconds = 30;  // to send the whole body; half-sent requests are dropped within 35 s
    int idle_seconds = 60;     // kept alive between requests
    int most_connections = 4096;
    std::string certificate_file, key_file;  // PEM; TLS where both are given
};

/// Strict HTTP/1.1: content-length with transfer-encoding, double lengths, bare LF, obsolete folding, spaces before the colon and missing Host are
/// answered 400 and the connection closed; limits hold before parsing; 413, 414, 431, 408 and 505 as they fit.
class Server {
public:
    virtual ~Server() = default;
    virtual void run() = 0;        // until stop(); finishes the requests under way (at most 10 s)
    virtual void stop() = 0;       // from a signal handler or another thread
    virtual int port() const = 0;  // the real one where 0 was asked for
};
/// `light` requests (static files, the sign-in page) are answered on the network thread; all others on a worker.
/// A taken port is a Failure with a plain sentence.
std::unique_ptr<Server> make_server(const ServerSettings& settings, Handler handler, std::function<bool(const Request&)> light);

}  // namespace concord::web
