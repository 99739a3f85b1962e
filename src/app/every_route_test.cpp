#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/testing.hpp"
#include "base/text.hpp"

/// Walks over the whole route table, over a real socket: what a stranger sees of what is there is, byte for byte, what he sees of what is not; and
/// every answer carries the headers that keep a browser safe. A route that is new must be put on one of the lists below.
namespace concord::app {
namespace {

struct Answer {
    int status = 0;
    std::vector<std::string> headers;  // in lower case, sorted
    std::string body;
    std::string request_id;
    std::string header(std::string_view name) const {
        for (const auto& one : headers)
            if (one.starts_with(std::string{name} + ": ")) return one.substr(name.size() + 2);
        return {};
    }
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); !from.empty() && at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

class EveryRoute : public ::testing::Test, protected Pilot {
protected:
    EveryRoute() : Pilot{store::Engine::sqlite} {}
    std::unique_ptr<web::Server> server = [this] {
        web::ServerSettings settings;
        settings.port = 0;
        return web::make_server(settings, program->handler, [](const web::Request& request) { return request.path == "/healthz"; });
    }();
    std::thread serving{[this] { server->run(); }};
    ~EveryRoute() override {
        server->stop();
        serving.join();
    }

    std::string say(const std::string& bytes) const {
        const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(server->port()));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(handle, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        EXPECT_EQ(::send(handle, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
        std::string all;
        char chunk[16384];
        for (ssize_t n = 0; (n = ::recv(handle, chunk, sizeof chunk, 0)) > 0;) all.append(chunk, static_cast<std::size_t>(n));
        ::close(handle);
        return all;
    }
    Answer ask(const std::string& as, const std::string& method, const std::string& path, std::string body = {}, const std::string& type = {}) {
        std::string head = method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nIf-Match: *\r\n";
        head += path.starts_with("/api/") ? "Accept: application/json\r\n" : "Accept: text/html\r\n";
        if (!as.empty()) head += "Authorization: Bearer " + token_of(as) + "\r\n";
        if (method != "GET" && body.empty() && type.empty()) body = path.starts_with("/api/") ? "{}" : "version=1";
        if (!body.empty())
            head += "Content-Type: " +
                    (!type.empty()               ? type
                     : path.starts_with("/api/") ? "application/json"
                                                 : "application/x-www-form-urlencoded") +
                    "\r\n";
        const std::string bytes = say(head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        Answer answer;
        const auto end = bytes.find("\r\n\r\n");
        EXPECT_NE(end, std::string::npos) << method << " " << path;
        if (end == std::string::npos) return answer;
        answer.status = std::stoi(bytes.substr(9, 3));
        answer.body = bytes.substr(end + 4);
        for (auto& line : split(bytes.substr(0, end), '\n')) {
            const std::string one = trim(line);
            if (one.starts_with("HTTP/")) continue;
            if (one.starts_with("x-request-id: ")) answer.request_id = one.substr(14);
            answer.headers.push_back(one);
        }
        std::sort(answer.headers.begin(), answer.headers.end());
        return answer;
    }
    Json made(const std::string& path, const std::string& body) {
        const auto answer = ask("officer@scarborough.example", "POST", path, body);
        EXPECT_LT(answer.status, 300) << path << " " << answer.body;
        auto json = parse_json(answer.body);
        return json ? std::move(*json) : Json::object();
    }
};

/// Things that anybody may know who signs in, or that are the asker's own, or that belong to administration, which a stranger has no part in.
bool is_known_to_all(const std::string& pattern) {
    for (const char* of : {"/assets/", "/referrals/new/", "/admin/", "/api/v1/users/", "/api/v1/agencies/", "/api/v1/hubs/", "/hubs/",
                           "/api/v1/codes/", "/api/v1/rules/", "/api/v1/calendars/", "/api/v1/pathways/", "/places/", "/api/v1/places/",
                           "/api/v1/organisations/", "/organisations/", "/me/", "/api/v1/me/", "/alerts/", "/api/v1/alerts/"})
        if (pattern.starts_with(of)) return true;
    return false;
}

TEST_F(EveryRoute, what_is_denied_is_byte_for_byte_what_is_absent) {
    const std::string stranger = "officer@york.example";
    const Json report = made(
        "/api/v1/referrals",
        R"({"channel":"phone","source_agency":"public","consent_to_share":"yes","behaviour_type":["b01"],"narrative":"Shouting and threats at the door","hub":"scarborough","location":{"text":"Trafalgar Court"},"people":[{"role":"victim","name":"Katie Example","date_of_birth":"1987-11-03"}]})");
    const std::string report_id = report["id"].as_string();
    const std::string ref =
        made(
            "/api/v1/referrals/" + report_id + "/triage",
            R"({"decision":"accept_new","title":"Threats at the door","thrive":{"threat":"low","harm":"moderate","risk":"likely","investigation":"visit","vulnerability":"no"}})")
            ["case"]
                .as_string();
    ASSERT_FALSE(ref.empty());
    const std::string at = "/api/v1/cases/" + ref;
    const std::string task = made(at + "/tasks", R"({"title":"Visit the tenancy","agency":"nyp","due":"+5"})")["task"].as_string();
    const std::string asked =
        made(
            at + "/information-requests",
            R"({"holder":"nyp","purpose":"prevent_crime_disorder","gateway":"cda_s115","necessity":"Needed to judge the risk to the harmed person before the visit on Friday","asked_for":"Calls in May 2026"})")
            ["id"]
                .as_string();
    const Json now = parse_json(ask("officer@scarborough.example", "GET", at).body).value();
    std::string person, part;
    for (const auto& one : now["involvements"].items())
        if (one["kind"].as_string() == "person") person = one["subject"].as_string(), part = one["id"].as_string();
    const auto upload = ask("officer@scarborough.example", "POST", at + "/documents",
                            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"diary.txt\"\r\n\r\nA diary\r\n--x--\r\n",
                            "multipart/form-data; boundary=x");
    ASSERT_EQ(upload.status, 201) << upload.body;
    const std::string document = parse_json(upload.body).value()["id"].as_string();

    const std::string no_id = "01a00000-0000-7000-8000-000000000000";
    const std::string no_ref = "HC-2026-" + std::string{ref.ends_with("000001") ? "000002" : "000001"};
    int walked = 0;
    for (const auto& route : program->routes.table().all()) {
        if (route.pattern.find('{') == std::string::npos || is_known_to_all(route.pattern)) continue;
        // What is there, and what is not, under the same address.
        std::string there = route.pattern, absent = route.pattern;
        const auto put = [&](const std::string& name, const std::string& real, const std::string& none) {
            there = replaced(there, "{" + name + "}", real);
            absent = replaced(absent, "{" + name + "}", none);
        };
        std::string hidden, none = no_id;
        if (route.pattern.find("/cases/{ref}") != std::string::npos) {
            hidden = ref;
            none = no_ref;
            put("ref", ref, no_ref);
            const std::string inner = route.pattern.find("/documents/") != std::string::npos              ? document
                                      : route.pattern.find("/information-requests/") != std::string::npos ? asked
                                                                                                          : part;
            put("id", inner, inner);
        } else if (route.pattern.find("/referrals/{id}") != std::string::npos) {
            put("id", hidden = report_id, no_id);
        } else if (route.pattern.find("/people/{id}") != std::string::npos) {
            put("id", hidden = person, no_id);
        } else if (route.pattern.find("/tasks/{id}") != std::string::npos) {
            put("id", hidden = task, no_id);
        } else {
            ADD_FAILURE() << "Put this route on a list of every_route_test.cpp: " << route.method << " " << route.pattern;
            continue;
        }
        for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
                 {"action", "start_work"}, {"form", "about"}, {"version", "1"}, {"item", no_id}, {"change", "accept"}, {"answer", "acknowledged"}})
            put(name, value, value);
        ASSERT_EQ(there.find('{'), std::string::npos) << "A parameter that the walk does not know: " << route.pattern;
        const auto a = ask(stranger, route.method, there), b = ask(stranger, route.method, absent);
        ++walked;
        EXPECT_EQ(a.status, b.status) << route.method << " " << there;
        const auto plain = [&](const Answer& answer) {
            std::string all;
            for (const auto& one : answer.headers)
                if (!one.starts_with("date: ") && !one.starts_with("x-request-id: ")) all += one + "\n";
            all += "\n" + replaced(answer.body, answer.request_id, "REQUEST");
            return replaced(all, hidden, none);
        };
        EXPECT_EQ(plain(a), plain(b)) << route.method << " " << there;
    }
    EXPECT_GT(walked, 60);
}

TEST_F(EveryRoute, every_answer_carries_the_headers_that_keep_a_browser_safe) {
    int walked = 0;
    for (const auto& route : program->routes.table().all()) {
        std::string path;
        for (const auto& part : split(route.pattern, '/')) path += part.empty() ? "" : "/" + (part.starts_with("{") ? std::string{"none"} : part);
        if (path.empty()) path = "/";
        for (const std::string& as : {std::string{}, std::string{"officer@scarborough.example"}}) {
            if (route.pattern == "/sign-out" || route.pattern == "/me/sessions/end" || route.pattern == "/api/v1/me/sessions/end") continue;
            const auto answer = ask(as, route.method, path);
            ++walked;
            const std::string what = route.method + " " + path + (as.empty() ? "" : " signed in");
            EXPECT_NE(answer.header("content-security-policy").find("default-src 'self'"), std::string::npos) << what;
            EXPECT_EQ(answer.header("content-security-policy").find("unsafe"), std::string::npos) << what;
            EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << what;
            EXPECT_EQ(answer.header("referrer-policy"), "same-origin") << what;
            EXPECT_EQ(answer.header("cross-origin-opener-policy"), "same-origin") << what;
            EXPECT_EQ(answer.header("cross-origin-resource-policy"), "same-origin") << what;
            EXPECT_FALSE(answer.header("permissions-policy").empty()) << what;
            if (!route.pattern.starts_with("/assets/")) { EXPECT_EQ(answer.header("cache-control"), "no-store") << what; }
            if (path.starts_with("/api/") && answer.status >= 400) {
                EXPECT_EQ(answer.header("content-type"), "application/problem+json") << what;
                const auto problem = parse_json(answer.body);
                ASSERT_TRUE(problem) << what;
                for (const char* key : {"type", "title", "status", "detail", "reference"}) EXPECT_TRUE((*problem).has(key)) << what << " " << key;
            }
        }
    }
    EXPECT_GT(walked, 300);
}

}  // namespace
}  // namespace concord::app
