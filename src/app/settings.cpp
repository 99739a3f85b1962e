#include "app/settings.hpp"

#include <CLI/CLI.hpp>
#include <toml.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>

namespace concord::app {
namespace {

constexpr const char* usual_file = "/etc/concord/concord.toml";

std::string environment_name(std::string name) {
    for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return "CONCORD_" + name;
}
std::string file_key(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}
bool set_number(int& value, std::string_view text) {
    if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
    value = std::stoi(std::string{text});
    return true;
}
std::string text_of(const toml::value& value) {
    if (value.is_string()) return value.as_string().str;
    if (value.is_integer()) return std::to_string(value.as_integer());
    if (value.is_boolean()) return value.as_boolean() ? "true" : "false";
    return {};
}

}  // namespace

void Settings::remember(One one) {
    one.option->envname(environment_name(one.name));
    all_.push_back(std::move(one));
}
void Settings::add(CLI::App& command, std::string name, std::string& value, std::string_view what, bool secret) {
    auto* option = command.add_option("--" + name, value, std::string{what});
    remember({.name = std::move(name),
              .command = &command,
              .option = option,
              .set = [&value](std::string_view text) { return value = text, true; },
              .value = [&value] { return value; },
              .secret = secret});
}
void Settings::add(CLI::App& command, std::string name, int& value, std::string_view what) {
    auto* option = command.add_option("--" + name, value, std::string{what});
    remember({.name = std::move(name),
              .command = &command,
              .option = option,
              .set = [&value](std::string_view text) { return set_number(value, text); },
              .value = [&value] { return std::to_string(value); }});
}
void Settings::add(CLI::App& command, std::string name, bool& value, std::string_view what) {
    auto* option = command.add_flag("--" + name, value, std::string{what});
    remember({.name = std::move(name),
              .command = &command,
              .option = option,
              .set = [&value](std::string_view text) { return value = text == "true", text == "true" || text == "false"; },
              .value = [&value] { return std::string{value ? "true" : "false"}; }});
}
void Settings::add_config_option(CLI::App& command) {
    command.add_option("--config", file_, fmt::format("file of settings; {} where there is one", usual_file))->envname("CONCORD_CONFIG");
}

Result<Done> Settings::fill() {
    const bool named = !file_.empty();
    if (!named && std::filesystem::exists(usual_file)) file_ = usual_file;
    toml::value whole = toml::table{};
    if (!file_.empty()) {
        std::ifstream file{file_, std::ios::binary};
        if (!file)
            return Refusal{Because::invalid, "settings.file",
                           fmt::format("The file of settings {} cannot be read: is the name right, and may this user read it?", file_)};
        try {
            whole = toml::parse(file, file_);
        } catch (const std::exception&) {
            return Refusal{Because::invalid, "settings.toml",
                           fmt::format("{} is not TOML as it should be: write lines like port = 8080 and db = \"var/concord.db\".", file_)};
        }
    }
    std::set<std::string> known;
    for (auto& one : all_) {
        known.insert(file_key(one.name));
        if (!one.command->parsed()) continue;
        if (one.option->count() > 0) {
            const char* environment = std::getenv(environment_name(one.name).c_str());
            one.from = environment != nullptr && one.value() == environment ? "environment" : "flag";
            continue;
        }
        const auto found = whole.as_table().find(file_key(one.name));
        if (found == whole.as_table().end()) continue;
        if (!one.set(text_of(found->second)))
            return Refusal{Because::invalid, "settings.value",
                           fmt::format("{}:{}: \"{}\" has a value that it cannot have.", file_, found->second.location().line(), file_key(one.name))};
        one.from = "file";
    }
    for (const auto& [key, value] : whole.as_table())
        if (known.count(key) == 0)
            return Refusal{
                Because::invalid, "settings.key",
                fmt::format("{}:{}: there is no setting \"{}\". `concord config show` lists those there are.", file_, value.location().line(), key)};
    return Done{};
}

std::vector<Settings::Shown> Settings::show() const {
    std::vector<Shown> shown;
    for (const auto& one : all_) {
        if (!one.command->parsed()) continue;
        const std::string value = one.value();
        shown.push_back({one.name, one.secret ? without_password(value) : value, one.from == "file" ? file_ : one.from});
    }
    return shown;
}

std::string without_password(std::string url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    const auto end = url.find_first_of("/?", scheme + 3);
    const auto at = url.rfind('@', end);
    const auto colon = url.find(':', scheme + 3);
    if (at != std::string::npos && at > scheme && colon != std::string::npos && colon < at) url.replace(colon + 1, at - colon - 1, "...");
    for (auto from = url.find("password="); from != std::string::npos; from = url.find("password=", from + 12)) {
        const auto stop = std::min(url.find('&', from), url.size());
        url.replace(from + 9, stop - from - 9, "...");
    }
    return url;
}

}  // namespace concord::app
