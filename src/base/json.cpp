#include "base/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace concord {
namespace {

const Json nothing{};
const std::string no_text{};
const Json::Array no_items{};
const Json::Object no_members{};

/// Builds our values from Boost.JSON's events; refuses what RFC 8259 leaves open and we do not want (double keys).
class Builder {
public:
    static constexpr std::size_t max_object_size = 100'000;
    static constexpr std::size_t max_array_size = 1'000'000;
    static constexpr std::size_t max_key_size = 10'000;
    static constexpr std::size_t max_string_size = 64u << 20;

    bool on_document_begin(boost::json::error_code&) { return true; }
    bool on_document_end(boost::json::error_code&) { return true; }
    bool on_object_begin(boost::json::error_code&) { return open(Json::object()); }
    bool on_object_end(std::size_t, boost::json::error_code&) { return close(); }
    bool on_array_begin(boost::json::error_code&) { return open(Json::array()); }
    bool on_array_end(std::size_t, boost::json::error_code&) { return close(); }
    bool on_key_part(boost::json::string_view part, std::size_t, boost::json::error_code&) { return more(part); }
    bool on_key(boost::json::string_view part, std::size_t, boost::json::error_code& error) {
        more(part);
        if (stack_.back().value.has(text_)) {
            double_key_ = text_;
            error = boost::json::error::syntax;
            return false;
        }
        stack_.back().key = std::move(text_);
        text_.clear();
        return true;
    }
    bool on_string_part(boost::json::string_view part, std::size_t, boost::json::error_code&) { return more(part); }
    bool on_string(boost::json::string_view part, std::size_t, boost::json::error_code&) {
        more(part);
        Json value{std::move(text_)};
        text_.clear();
        return put(std::move(value));
    }
    bool on_number_part(boost::json::string_view part, boost::json::error_code&) { return more(part); }
    bool on_int64(std::int64_t value, boost::json::string_view, boost::json::error_code&) {
        text_.clear();
        return put(Json{value});
    }
    bool on_uint64(std::uint64_t value, boost::json::string_view, boost::json::error_code&) {
        text_.clear();
        return put(Json{static_cast<double>(value)});
    }
    /// Boost.JSON 1.81 reads one in ten numbers of full precision a little wrong, so that they changed each time they were read: we read the digits.
    bool on_double(double nearly, boost::json::string_view part, boost::json::error_code& error) {
        more(part);
        double value = 0;
        const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), value);
        text_.clear();
        if (read.ec == std::errc::result_out_of_range && std::abs(nearly) >= 1) {
            error = boost::json::error::exponent_overflow;
            return false;
        }
        return put(Json{value});
    }
    bool on_bool(bool value, boost::json::error_code&) { return put(Json{value}); }
    bool on_null(boost::json::error_code&) { return put(Json{}); }
    bool on_comment_part(boost::json::string_view, boost::json::error_code&) { return true; }
    bool on_comment(boost::json::string_view, boost::json::error_code&) { return true; }

    Json take() { return std::move(root_); }
    const std::string& double_key() const { return double_key_; }

private:
    struct Level {
        Json value;
        std::string key;
    };
    bool more(boost::json::string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool open(Json value) {
        stack_.push_back({std::move(value), {}});
        return true;
    }
    bool close() {
        Json value = std::move(stack_.back().value);
        stack_.pop_back();
        return put(std::move(value));
    }
    bool put(Json value) {
        if (stack_.empty()) {
            root_ = std::move(value);
        } else if (stack_.back().value.is_array()) {
            stack_.back().value.push(std::move(value));
        } else {
            stack_.back().value.members().emplace_back(std::move(stack_.back().key), std::move(value));
        }
        return true;
    }
    std::vector<Level> stack_;
    std::string text_, double_key_;
    Json root_;
};

void write_text(std::string& out, std::string_view text) {
    out += '"';
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, from, i - from);
        from = i + 1;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += fmt::format("\\u{:04x}", c);
        }
    }
    out.append(text, from, std::string_view::npos);
    out += '"';
}

enum class Style { plain, canonical, pretty };

class Writer {
public:
    explicit Writer(Style style) : style_{style} {}
    std::string done() { return std::move(out_); }
    void write(const Json& value) {
        if (value.is_null())
            out_ += "null";
        else if (value.is_bool())
            out_ += value.as_bool() ? "true" : "false";
        else if (value.is_integer())
            out_ += fmt::format_int(value.as_integer()).c_str();
        else if (value.is_number())
            write_number(value.as_number());
        else if (value.is_string())
            write_text(out_, value.as_string());
        else if (value.is_array())
            write_items(value.items());
        else
            write_members(value.members());
    }

private:
    void write_number(double number) {
        require(std::isfinite(number), "JSON has no NaN and no infinity");
        // A whole number is written as one, so that the same value always gives the same text.
        if (number == std::floor(number) && std::abs(number) < 1e15)
            out_ += fmt::format_int(static_cast<std::int64_t>(number)).c_str();
        else
            out_ += fmt::format("{}", number);
    }
    void new_line() {
        if (style_ != Style::pretty) return;
        out_ += '\n';
        out_.append(2 * depth_, ' ');
    }
    void write_items(const Json::Array& items) {
        out_ += '[';
        ++depth_;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i != 0) out_ += ',';
            new_line();
            write(items[i]);
        }
        --depth_;
        if (!items.empty()) new_line();
        out_ += ']';
    }
    void write_members(const Json::Object& members) {
        std::vector<const Json::Member*> order;
        order.reserve(members.size());
        for (const auto& member : members) order.push_back(&member);
        if (style_ == Style::canonical) std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
        out_ += '{';
        ++depth_;
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (i != 0) out_ += ',';
            new_line();
            write_text(out_, order[i]->first);
            out_ += style_ == Style::pretty ? ": " : ":";
            write(order[i]->second);
        }
        --depth_;
        if (!order.empty()) new_line();
        out_ += '}';
    }
    Style style_;
    std::size_t depth_ = 0;
    std::string out_;
};

std::string written(const Json& value, Style style) {
    Writer writer{style};
    writer.write(value);
    return writer.done();
}

std::string where(std::string_view text, std::size_t at) {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < at && i < text.size(); ++i) {
        ++column;
        if (text[i] == '\n') {
            ++line;
            column = 1;
        }
    }
    return fmt::format("line {}, column {}", line, column);
}

}  // namespace

Json Json::object(std::initializer_list<Member> members) {
    Json value;
    value.value_ = Object(members);
    return value;
}
Json Json::array(std::initializer_list<Json> items) {
    Json value;
    value.value_ = Array(items);
    return value;
}
bool Json::as_bool(bool otherwise) const { return is_bool() ? std::get<bool>(value_) : otherwise; }
std::int64_t Json::as_integer(std::int64_t otherwise) const {
    if (is_integer()) return std::get<std::int64_t>(value_);
    const auto* number = std::get_if<double>(&value_);
    return number != nullptr && *number == std::floor(*number) && std::abs(*number) < 9e15 ? static_cast<std::int64_t>(*number) : otherwise;
}
double Json::as_number(double otherwise) const {
    if (is_integer()) return static_cast<double>(std::get<std::int64_t>(value_));
    const auto* number = std::get_if<double>(&value_);
    return number != nullptr ? *number : otherwise;
}
const std::string& Json::as_string() const& { return is_string() ? std::get<std::string>(value_) : no_text; }
const Json::Array& Json::items() const& { return is_array() ? std::get<Array>(value_) : no_items; }
const Json::Object& Json::members() const& { return is_object() ? std::get<Object>(value_) : no_members; }
Json::Array& Json::items() & {
    if (is_null()) value_ = Array{};
    require(is_array(), "a JSON array was expected");
    return std::get<Array>(value_);
}
Json::Object& Json::members() & {
    if (is_null()) value_ = Object{};
    require(is_object(), "a JSON object was expected");
    return std::get<Object>(value_);
}
const Json& Json::operator[](std::string_view key) const& {
    for (const auto& [name, value] : members())
        if (name == key) return value;
    return nothing;
}
std::string Json::as_string() && { return is_string() ? std::move(std::get<std::string>(value_)) : std::string{}; }
Json::Array Json::items() && { return is_array() ? std::move(std::get<Array>(value_)) : Array{}; }
Json::Object Json::members() && { return is_object() ? std::move(std::get<Object>(value_)) : Object{}; }
Json Json::operator[](std::string_view key) && {
    if (is_object())
        for (auto& [name, value] : std::get<Object>(value_))
            if (name == key) return std::move(value);
    return {};
}
bool Json::has(std::string_view key) const {
    const auto& all = members();
    return std::any_of(all.begin(), all.end(), [&](const Member& member) { return member.first == key; });
}
Json& Json::set(std::string_view key, Json value) {
    for (auto& [name, old] : members())
        if (name == key) {
            old = std::move(value);
            return *this;
        }
    members().emplace_back(std::string{key}, std::move(value));
    return *this;
}
Json& Json::set_if(std::string_view key, Json value) {
    const bool absent = value.is_null() || (value.is_string() && value.as_string().empty()) || (value.is_array() && value.items().empty()) ||
                        (value.is_object() && value.members().empty());
    return absent ? *this : set(key, std::move(value));
}
void Json::erase(std::string_view key) {
    if (!is_object()) return;
    auto& all = members();
    all.erase(std::remove_if(all.begin(), all.end(), [&](const Member& member) { return member.first == key; }), all.end());
}
void Json::push(Json item) { items().push_back(std::move(item)); }

Result<Json> parse_json(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 32;
    boost::json::basic_parser<Builder> parser{options};
    boost::json::error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (!error && read < text.size()) error = boost::json::error::extra_data;
    if (error) {
        const std::string& key = parser.handler().double_key();
        const std::string what = key.empty() ? error.message() : fmt::format("the key \"{}\" stands twice", key);
        return Refusal{key.empty() ? Because::unreadable : Because::invalid, "json.broken",
                       fmt::format("This is not JSON as it should be: {} at {}.", what, where(text, read))};
    }
    return parser.handler().take();
}

std::string to_text(const Json& value) { return written(value, Style::plain); }
std::string to_canonical(const Json& value) { return written(value, Style::canonical); }
std::string to_pretty(const Json& value) { return written(value, Style::pretty); }

Json sorted(Json value) {
    if (value.is_array()) {
        for (auto& item : value.items()) item = sorted(std::move(item));
    } else if (value.is_object()) {
        auto& members = value.members();
        for (auto& [name, inner] : members) inner = sorted(std::move(inner));
        std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    return value;
}

}  // namespace concord
