#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/hash.hpp"
#include "web/head.hpp"
#include "web/html.hpp"
#include "web/http.hpp"
#include "web/router.hpp"

namespace concord::web {
namespace {

TEST(Html, text_is_escaped_everywhere) {
    const Html link = el("a", {{"href", "/x?a=1&b=\"2\""}, {"title", "it's <b>"}, {"hidden", false}, {"download", true}}, "5 < 6 & 'so'");
    EXPECT_EQ(link.markup(), "<a href=\"/x?a=1&amp;b=&quot;2&quot;\" title=\"it&#39;s &lt;b&gt;\" download>5 &lt; 6 &amp; &#39;so&#39;</a>");
    EXPECT_EQ(el("p", Html{"<script>"} + el("br", "")).markup(), "<p>&lt;script&gt;<br></br></p>");
}

TEST(Routes, the_most_literal_pattern_wins) {
    RouteTable table;
    for (const char* pattern : {"/referrals/{id}", "/referrals/new", "/referrals/{id}/triage", "/assets/{path...}", "/"})
        table.add({.method = "GET", .pattern = pattern, .summary = "x", .tag = "x"});
    EXPECT_EQ(table.match("GET", "/referrals/new")->route, 1U);
    EXPECT_EQ(table.match("GET", "/referrals/7")->parameters, (Fields{{"id", "7"}}));
    EXPECT_EQ(table.match("GET", "/assets/a/b.css")->parameters, (Fields{{"path", "a/b.css"}}));
    EXPECT_EQ(table.match("HEAD", "/")->route, 4U);
    EXPECT_FALSE(table.match("GET", "/referrals"));
    EXPECT_FALSE(table.match("POST", "/referrals/new"));
    EXPECT_EQ(table.methods_at("/referrals/new"), (std::vector<std::string>{"GET"}));
    EXPECT_THROW(table.add({.method = "GET", .pattern = "/referrals/{other}", .summary = "x", .tag = "x"}), Bug);
}

TEST(Forms, are_decoded_or_refused) {
    EXPECT_EQ(*parse_urlencoded("a=1+2&b=%C3%A9&a=&c"), (Fields{{"a", "1 2"}, {"b", "é"}, {"a", ""}, {"c", ""}}));
    for (const char* bad : {"a=%", "a=%2", "a=%zz", "a=%ff", "a=%00"}) EXPECT_FALSE(parse_urlencoded(bad)) << bad;
    EXPECT_FALSE(parse_urlencoded("a&b&c", 2));
    EXPECT_EQ(encode_query({{"a b", "é&"}}), "a%20b=%C3%A9%26");
}

TEST(Head, a_strict_reading) {
    const std::vector<std::pair<std::string, int>> table{
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0},
        {"GET / HTTP/1.1\nHost: x\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"GET / HTTP/1.1\r\nHost: x\r\nA\x01: b\r\n\r\n", 400},
        {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501},
        {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20000, 'a') + "\r\n\r\n", 431}};
    for (const auto& [bytes, status] : table) {
        const auto verdict = read_head(bytes, 16384);
        EXPECT_EQ(verdict.refused, status) << bytes.substr(0, 80);
        EXPECT_EQ(verdict.head.has_value(), status == 0);
    }
    const auto partial = read_head("GET / HTTP/1.1\r\nHo", 16384);
    EXPECT_EQ(partial.refused, 0);
    EXPECT_FALSE(partial.head);
}

TEST(Targets, cannot_climb) {
    Request request;
    EXPECT_TRUE(read_target("/a%20b/?q=1", request));
    EXPECT_EQ(request.path, "/a b");
    EXPECT_EQ(request.asked("q"), "1");
    for (const char* bad : {"/../x", "/a/%2e%2e/b", "/%00", "/%ff", "/a?b=%"}) EXPECT_FALSE(read_target(bad, request)) << bad;
}

TEST(Multipart, is_read_or_refused_whole) {
    const std::string folder = std::filesystem::temp_directory_path().string();
    const std::string type = "multipart/form-data; boundary=\"xx\"";
    Request request;
    const std::string body =
        "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\né\r\n--xx\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"C:\\\\tmp\\\\p.txt\"\r\n\r\nhello\r\n--xx--\r\n";
    ASSERT_TRUE(read_multipart(body, type, request, folder));
    EXPECT_EQ(request.typed("a"), "é");
    ASSERT_EQ(request.files.size(), 1U);
    EXPECT_EQ(request.files[0].name, "p.txt");
    std::ifstream file{request.files[0].path};
    EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}), "hello");
    std::filesystem::remove(request.files[0].path);
    for (const char* bad : {"", "--xx", "--xx\r\nno head", "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
                            "--xx\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xx--"})
        EXPECT_FALSE(read_multipart(bad, type, request, folder)) << bad;
    EXPECT_FALSE(read_multipart(body, "multipart/form-data", request, folder));
}

/// A server on a free port, and raw bytes over a socket.
class Serving {
public:
    explicit Serving(Handler handler, ServerSettings settings = {}) {
        settings.port = 0;
        server = make_server(settings, std::move(handler), [](const Request& request) { return request.path == "/light"; });
        thread = std::thread{[this] { server->run(); }};
    }
    ~Serving() {
        server->stop();
        thread.join();
    }
    int connect() const {
        const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(server->port()));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(handle, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        return handle;
    }
    /// Sends, and reads until the server closes.
    std::string say(const std::string& bytes) const {
        const int handle = connect();
        EXPECT_EQ(::send(handle, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
        std::string all;
        char chunk[4096];
        for (ssize_t n; (n = ::recv(handle, chunk, sizeof chunk, 0)) > 0;) all.append(chunk, static_cast<std::size_t>(n));
        ::close(handle);
        return all;
    }
    std::unique_ptr<Server> server;
    std::thread thread;
};

Response echo(const Request& request) { return text(request.method + " " + request.path + " " + request.body); }

TEST(Server, answers_in_order_on_one_connection) {
    const Serving serving{echo};
    const std::string all = serving.say(
        "GET /one HTTP/1.1\r\nHost: x\r\n\r\nPOST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /light HTTP/1.1\r\nHost: "
        "x\r\nConnection: close\r\n\r\n");
    const auto one = all.find("GET /one"), two = all.find("POST /two abc"), three = all.find("GET /light");
    EXPECT_TRUE(one < two && two < three && three != std::string::npos) << all;
    EXPECT_NE(all.find("content-security-policy: default-src 'self'"), std::string::npos);
    EXPECT_NE(all.find("cache-control: no-store"), std::string::npos);
}

TEST(Server, reads_chunks_and_refuses_broken_ones) {
    const Serving serving{echo};
    const std::string head = "POST /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_NE(serving.say(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").find("POST /c abcde"), std::string::npos);
    for (const char* bad : {"x\r\n", "3\r\nabcd\r\n", "-1\r\n", "3;ext\r\nabc\r\n"})
        EXPECT_TRUE(serving.say(head + bad).starts_with("HTTP/1.1 400")) << bad;
    EXPECT_TRUE(serving.say(head + "ffffffff\r\n").starts_with("HTTP/1.1 413"));
}

TEST(Server, limits_hold_before_reading) {
    const Serving serving{echo};
    EXPECT_TRUE(serving.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n").starts_with("HTTP/1.1 413"));
    EXPECT_TRUE(serving.say("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(17000, 'x')).starts_with("HTTP/1.1 431"));
}

TEST(Server, a_half_sent_request_is_dropped) {
    ServerSettings settings;
    settings.header_seconds = 1;
    settings.request_seconds = 1;
    const Serving serving{echo, settings};
    EXPECT_EQ(serving.say("GET / HTTP/1.1\r\nHo"), "");
    EXPECT_EQ(serving.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"), "");
}

TEST(Server, a_handler_that_throws_answers_a_reference_and_no_reason) {
    const Serving serving{[](const Request&) -> Response { throw Failure{"secret words"}; }};
    const std::string all = serving.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(all.starts_with("HTTP/1.1 500"));
    EXPECT_EQ(all.find("secret"), std::string::npos);
    EXPECT_NE(all.find("reference"), std::string::npos);
}

TEST(Server, an_answer_with_a_line_end_in_a_header_is_never_sent_and_the_server_goes_on) {
    const Serving serving{[](const Request& request) { return see_other(std::string{request.asked("to")}); }};
    for (const char* target : {"/light", "/heavy"})
        for (const char* end : {"%0d", "%0a", "%0d%0aSet-Cookie:%20a=b"}) {
            const std::string all = serving.say("GET " + std::string{target} + "?to=/" + end + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            EXPECT_TRUE(all.starts_with("HTTP/1.1 500")) << all;
            EXPECT_EQ(all.find("Set-Cookie"), std::string::npos);
        }
    EXPECT_TRUE(serving.say("GET /?to=/fine HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 303"));
}

TEST(Server, many_clients_at_once_and_a_shutdown_that_waits) {
    std::atomic<int> answered{0};
    {
        const Serving serving{[](const Request& request) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
            return text(request.path);
        }};
        std::vector<std::thread> clients;
        for (int i = 0; i < 32; ++i)
            clients.emplace_back([&, i] {
                answered +=
                    serving.say("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("/" + std::to_string(i))
                        ? 1
                        : 0;
            });
        for (auto& client : clients) client.join();
    }
    EXPECT_EQ(answered, 32);
}

TEST(Server, stops_on_a_signal) {
    static Server* running = nullptr;
    const Serving serving{echo};
    running = serving.server.get();
    const auto before = std::signal(SIGUSR1, [](int) { running->stop(); });
    EXPECT_TRUE(serving.say("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_EQ(std::raise(SIGUSR1), 0);
    std::signal(SIGUSR1, before);
}

/// A key and a certificate that it signs itself, made anew for the test.
class Certificate {
public:
    Certificate() {
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* certificate = X509_new();
        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_sign(certificate, key, EVP_sha256());
        std::FILE* file = std::fopen(certificate_file.c_str(), "w");
        PEM_write_X509(file, certificate);
        std::fclose(file);
        file = std::fopen(key_file.c_str(), "w");
        PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    ~Certificate() {
        std::filesystem::remove(certificate_file);
        std::filesystem::remove(key_file);
    }
    const std::string base = (std::filesystem::temp_directory_path() / ("concord-tls-" + to_hex(random_bytes(8)))).string();
    const std::string certificate_file = base + ".pem", key_file = base + ".key";
};

/// Speaks TLS of at most the given version; empty where the server does not.
std::string say_over_tls(const Serving& serving, int most_version, const std::string& bytes) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);  // else this client would not even offer the old versions
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, most_version);
    const int handle = serving.connect();
    SSL* tls = SSL_new(context);
    SSL_set_fd(tls, handle);
    std::string all;
    if (SSL_connect(tls) == 1 && SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())) > 0) {
        char chunk[4096];
        for (int n; (n = SSL_read(tls, chunk, sizeof chunk)) > 0;) all.append(chunk, static_cast<std::size_t>(n));
    }
    SSL_free(tls);
    ::close(handle);
    SSL_CTX_free(context);
    return all;
}

TEST(Server, speaks_tls_from_1_2_on_and_then_asks_to_stay_with_it) {
    const Certificate certificate;
    ServerSettings settings;
    settings.certificate_file = certificate.certificate_file;
    settings.key_file = certificate.key_file;
    const Serving serving{[](const Request& request) { return text(request.over_tls ? "over tls" : "in the clear"); }, settings};
    const std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const std::string all = say_over_tls(serving, version, bytes);
        EXPECT_TRUE(all.starts_with("HTTP/1.1 200") && all.ends_with("over tls")) << all;
        EXPECT_NE(all.find("strict-transport-security: max-age=31536000"), std::string::npos);
    }
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) EXPECT_EQ(say_over_tls(serving, version, bytes), "");
    EXPECT_EQ(serving.say(bytes).find("HTTP/1.1 200"), std::string::npos);
}

TEST(Server, a_certificate_that_cannot_be_read_is_a_plain_sentence) {
    ServerSettings settings;
    settings.port = 0;
    settings.certificate_file = settings.key_file = "/nowhere/concord.pem";
    EXPECT_THROW(make_server(settings, echo, [](const Request&) { return false; }), Failure);
}

TEST(Server, a_taken_port_is_a_plain_sentence) {
    const Serving serving{echo};
    ServerSettings settings;
    settings.port = serving.server->port();
    try {
        make_server(settings, echo, [](const Request&) { return false; });
        FAIL();
    } catch (const Failure& failure) { EXPECT_NE(std::string{failure.what()}.find("is taken by another program"), std::string::npos); }
}

TEST(OpenApi, describes_the_api_routes_only) {
    RouteTable table;
    table.add({.method = "GET", .pattern = "/api/v1/cases/{ref}", .summary = "One case", .tag = "cases", .query = {"as_at"}});
    table.add({.method = "GET", .pattern = "/cases/{ref}", .summary = "page", .tag = "cases"});
    const Json document = openapi(table, "1");
    EXPECT_EQ(document["paths"].members().size(), 1U);
    EXPECT_EQ(document["paths"]["/api/v1/cases/{ref}"]["get"]["parameters"].items().size(), 2U);
    EXPECT_EQ(document["paths"]["/api/v1/cases/{ref}"]["get"]["operationId"].as_string(), "get_cases__ref");
}

}  // namespace
}  // namespace concord::web
