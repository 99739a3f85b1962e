#include "app/play.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"

/// `concord play`: docs/handbook/playing.md.
namespace concord::app {
namespace {

namespace fs = std::filesystem;

bool is_number(std::string_view text) { return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string_view::npos; }

/// "items.0.id" of an answer; null where there is nothing.
Json at_path(const Json& whole, std::string_view path) {
    Json value = whole;
    for (const auto& key : split(path, '.')) {
        Json next =
            value.is_array() ? (is_number(key) && std::stoul(key) < value.items().size() ? value.items()[std::stoul(key)] : Json{}) : value[key];
        value = std::move(next);
    }
    return value;
}

/// What of `expected` is not so in `found`: objects are compared by the members that are named, lists item by item.
void compare(const Json& expected, const Json& found, const std::string& path, Json& failed) {
    const auto differs = [&](const std::string& where) {
        Json one = Json::object({{"path", where}, {"expected", expected}});
        one.set_if("found", found);
        failed.push(std::move(one));
    };
    if (expected.is_object() && found.is_object()) {
        for (const auto& [key, value] : expected.members()) compare(value, found[key], path.empty() ? key : path + "." + key, failed);
    } else if (expected.is_array() && found.is_array() && expected.items().size() == found.items().size()) {
        for (std::size_t i = 0; i < expected.items().size(); ++i)
            compare(expected.items()[i], found.items()[i], fmt::format("{}.{}", path, i), failed);
    } else if (expected.is_number() && found.is_number() ? expected.as_number() != found.as_number() : !(expected == found)) {
        differs(path);
    }
}

/// A file that goes with a request, gone with the object.
class TemporaryFile {
public:
    TemporaryFile(const Json& said, web::Request& request) {
        if (!said.is_object()) return;
        std::string bytes = said["text"].as_string();
        if (said["base64"].is_string()) {
            std::string url;
            for (const char c : said["base64"].as_string()) url += c == '+' ? '-' : c == '/' ? '_' : c;
            bytes = from_base64url(url.substr(0, url.find('=')));
        }
        path_ = (fs::temp_directory_path() / ("concord-play-" + to_hex(random_bytes(8)))).string();
        std::ofstream{path_, std::ios::binary} << bytes;
        request.files.push_back({.field = said["field"].is_string() ? said["field"].as_string() : "file",
                                 .name = said["name"].as_string(),
                                 .path = path_,
                                 .size = bytes.size()});
        request.headers.emplace_back("content-type", "multipart/form-data; boundary=play");
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove(path_, ignored);
    }

private:
    std::string path_;
};

}  // namespace

Result<std::string> Player::fill(std::string_view text) const {
    std::string out;
    for (std::size_t at = 0;;) {
        const auto open = text.find("${", at);
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) return out.append(text.substr(at));
        const std::string name{text.substr(open + 2, close - open - 2)};
        const auto found = saved_.find(name);
        if (found == saved_.end()) return Refusal{Because::invalid, "play.name", fmt::format("No line before this one saved \"{}\".", name)};
        out.append(text.substr(at, open - at)).append(found->second.is_string() ? found->second.as_string() : to_text(found->second));
        at = close + 1;
    }
}

Result<Json> Player::fill(const Json& value) const {
    if (value.is_string()) {
        const std::string& text = value.as_string();
        if (text.find("${") == std::string::npos) return value;
        if (text.starts_with("${") && text.find('}') == text.size() - 1)
            if (const auto found = saved_.find(text.substr(2, text.size() - 3)); found != saved_.end()) return found->second;
        auto filled = fill(std::string_view{text});
        if (!filled) return filled.error();
        return Json{*filled};
    }
    Json out = value;
    if (value.is_array())
        for (auto& item : out.items()) {
            auto filled = fill(item);
            if (!filled) return filled;
            item = std::move(*filled);
        }
    if (value.is_object())
        for (auto& [key, member] : out.members()) {
            auto filled = fill(member);
            if (!filled) return filled;
            member = std::move(*filled);
        }
    return out;
}

Result<std::string> Player::token_of(const std::string& email) {
    if (const auto known = tokens_.find(email); known != tokens_.end()) return known->second;
    const auto user = program_.db->reading([&](store::Reader& reader) { return access::user_by_email(reader, email); });
    if (!user) return Refusal{Because::absent, "play.user", fmt::format("There is no user {}.", email)};
    return tokens_[email] = access::create_token(*program_.db, user->seq, true, 36500, Instant{0});
}

Result<web::Request> Player::request_of(const Json& step) {
    const std::string method = step["method"].is_string() ? step["method"].as_string() : "GET";
    const std::string& target = step["path"].as_string();
    if (!target.starts_with("/")) return Refusal{Because::invalid, "play.path", "A line has a path that begins with /."};
    web::Request request{.method = method, .path = target, .target = target, .from_loopback = true, .reference = fmt::format("line-{}", line_)};
    if (const auto question = target.find('?'); question != std::string::npos) {
        auto query = web::parse_urlencoded(target.substr(question + 1));
        if (!query) return Refusal{Because::invalid, "play.query", "What follows the ? of the path is no query."};
        request.query = std::move(*query);
        request.path.erase(question);
    }
    for (const auto& [name, value] : step["headers"].members()) request.headers.emplace_back(lower_ascii(name), value.as_string());
    if (const std::string& as = step["as"].as_string(); !as.empty()) {
        auto token = token_of(as);
        if (!token) return token.error();
        request.headers.emplace_back("authorization", "Bearer " + *token);
    }
    if (const Json& version = step["if_match"]; !version.is_null()) {
        const std::string text = version.is_string() ? version.as_string() : to_text(version);
        request.headers.emplace_back("if-match", text.starts_with("\"") ? text : fmt::format("\"{}\"", text));
    }
    if (step.has("body")) {
        request.headers.emplace_back("content-type", "application/json");
        request.body = to_text(step["body"]);
    }
    return request;
}

/// A change without if_match is made to the record as it stands: its version is read first, as a page would have had it.
web::Response Player::answer(web::Request& request, bool version_given) {
    auto response = program_.handler(request);
    if (response.status != 428 || version_given) return response;
    web::Request look = request;
    look.method = "GET";
    look.body.clear();
    while (look.path.size() > std::string_view{"/api/v1/"}.size()) {
        look.target = look.path;
        const auto record = program_.handler(look);
        for (const auto& [name, value] : record.headers)
            if (lower_ascii(name) == "etag") {
                request.headers.emplace_back("if-match", value);
                return program_.handler(request);
            }
        look.path.erase(look.path.rfind('/'));
    }
    return response;
}

Json Player::play(const Json& typed) {
    const auto wrong = [&](std::string_view sentence) {
        ++failed_;
        return Json::object({{"line", line_}, {"status", 0}, {"error", sentence}});
    };
    if (!typed.is_object()) return wrong("A line is a JSON object.");
    auto step = fill(typed);
    if (!step) return wrong(step.error().sentence);
    if (step->has("at")) {
        const auto at = parse_instant((*step)["at"].as_string());
        if (!at) return wrong("\"at\" is a moment like 2026-04-01T09:30:00Z.");
        program_.clock.stand_at(*at);
    }
    auto request = request_of(*step);
    if (!request) return wrong(request.error().sentence);
    const TemporaryFile upload{(*step)["file"], *request};
    const auto response = answer(*request, step->has("if_match"));
    const auto json = parse_json(response.body);
    Json told = Json::object({{"line", line_}, {"status", response.status}, {"json", json ? *json : Json{response.body}}});
    for (const auto& [name, path] : (*step)["save"].members()) saved_[name] = json ? at_path(*json, path.as_string()) : Json{};
    Json failed = Json::array();
    for (const auto& [key, expected] : (*step)["expect"].members()) {
        if (key == "status")
            compare(expected, Json{response.status}, "status", failed);
        else
            compare(expected, json ? ((*json).has(key) ? (*json)[key] : at_path(*json, key)) : Json{}, key, failed);
    }
    if (!failed.items().empty()) {
        ++failed_;
        told.set("failed", std::move(failed));
    }
    return told;
}

Json Player::play_text(const std::string& text) {
    auto parsed = parse_json(text);
    if (!parsed)  // ${name} may stand where only its value makes it JSON: {"version": ${v}}
        if (const auto filled = fill(std::string_view{text})) parsed = parse_json(*filled);
    if (parsed) return play(*parsed);
    ++failed_;
    return Json::object({{"line", line_}, {"status", 0}, {"error", parsed.error().sentence}});
}

int play(Program& program, std::istream& lines, const std::function<void(const Json&)>& print) {
    Player player{program};
    std::string text;
    while (std::getline(lines, text)) {
        player.next_line();
        if (!trim(text).empty()) print(player.play_text(text));
    }
    return player.failed();
}

}  // namespace concord::app
