#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// Settings: from flags, then the environment (CONCORD_*), then /etc/concord/concord.toml or --config FILE, then what is usual.
namespace concord::app {

class Settings {
public:
    /// An option of a command that is a setting too: --port is CONCORD_PORT and `port = 8080`. A flag is `true` in the file.
    void add(CLI::App& command, std::string name, std::string& value, std::string_view what, bool secret = false);
    void add(CLI::App& command, std::string name, int& value, std::string_view what);
    void add(CLI::App& command, std::string name, bool& value, std::string_view what);
    void add_config_option(CLI::App& command);
    /// After the command line is read: fills in from the file what neither flags nor the environment gave. A file that was named and is not
    /// there, or has a key that nobody knows, is refused with a sentence.
    Result<Done> fill();
    struct Shown {
        std::string name, value, from;  // from: flag, environment, file, default
    };
    std::vector<Shown> show() const;  // without secrets
    const std::string& file() const { return file_; }

private:
    struct One {
        std::string name;
        CLI::App* command;
        CLI::Option* option;
        std::function<bool(std::string_view text)> set;
        std::function<std::string()> value;
        bool secret = false;
        std::string from = "default";
    };
    void remember(One one);
    std::vector<One> all_;
    std::string file_;
};

/// "postgresql://user:secret@host/name" without the secret.
std::string without_password(std::string url);

}  // namespace concord::app
