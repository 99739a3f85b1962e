#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "app/program.hpp"
#include "store/testing.hpp"

/// The pilot with its demonstration users and nothing else, at nine o'clock UTC on 1 June 2026, and requests of theirs.
namespace concord::app {

class Pilot {
public:
    explicit Pilot(store::Engine engine) : empty{engine} {
        const Instant nine = parse_instant("2026-06-01T09:00:00Z").value();
        program->clock.stand_at(nine);
        const auto done = init(*program, "north-yorkshire", true, 1, DemoSize::users_only);
        EXPECT_TRUE(done) << (done ? "" : done.error().sentence);
        program->clock.stand_at(nine);
    }
    Pilot(const Pilot&) = delete;
    Pilot& operator=(const Pilot&) = delete;
    ~Pilot() {
        program.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }

    const std::string& token_of(const std::string& email) {
        auto& token = tokens_[email];
        if (token.empty()) {
            const auto user = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, email); });
            EXPECT_TRUE(user) << email;
            token = access::create_token(*program->db, user->seq, true, 36500, Instant{0});
        }
        return token;
    }
    /// As the server hands it to the handler: the query stands apart, the token is that of `as`.
    web::Request request_of(const std::string& as, const std::string& method, const std::string& address, web::Fields headers = {}) {
        headers.emplace_back("authorization", "Bearer " + token_of(as));
        web::Request request{
            .method = method, .path = address, .target = address, .headers = std::move(headers), .from_loopback = true, .reference = "test"};
        if (const auto question = address.find('?'); question != std::string::npos) {
            request.query = *web::parse_urlencoded(address.substr(question + 1));
            request.path.erase(question);
        }
        return request;
    }
    void forget_tokens() { tokens_.clear(); }

    store::testing::EmptyDatabase empty;
    std::unique_ptr<Program> program = make_program(empty.url(), false);

private:
    std::map<std::string, std::string> tokens_;
};

inline std::string header_of(const web::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

}  // namespace concord::app
