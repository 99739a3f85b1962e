#pragma once

#include <map>
#include <string>
#include <string_view>

#include "app/program.hpp"

/// Lines of `concord play`, one after the other, through the program's own handler. docs/handbook/playing.md says what a line may hold.
namespace concord::app {

class Player {
public:
    explicit Player(Program& program) : program_{program} {}

    void next_line() { ++line_; }
    /// One line; answers {line, status, json}, with `failed` where an expectation is not met, with `error` where the line cannot be played.
    Json play(const Json& step);
    Json play_text(const std::string& text);
    int failed() const { return failed_; }

private:
    Result<std::string> fill(std::string_view text) const;  // ${name}
    Result<Json> fill(const Json& value) const;
    Result<std::string> token_of(const std::string& email);
    Result<web::Request> request_of(const Json& step);
    web::Response answer(web::Request& request, bool version_given);

    Program& program_;
    std::map<std::string, std::string> tokens_;
    std::map<std::string, Json> saved_;
    int line_ = 0;
    int failed_ = 0;
};

}  // namespace concord::app
