#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

/// JSON behind our own header; Boost.JSON does the parsing (strict RFC 8259, depth at most 32) in json.cpp.
namespace concord {

class Json {
public:
    using Array = std::vector<Json>;
    using Member = std::pair<std::string, Json>;
    using Object = std::vector<Member>;  // keeps the order of insertion; a key stands once

    Json() = default;  // null
    Json(bool value) : value_{value} {}
    Json(int value) : value_{static_cast<std::int64_t>(value)} {}
    Json(std::int64_t value) : value_{value} {}
    Json(std::size_t value) : value_{static_cast<std::int64_t>(value)} {}
    Json(double value) : value_{value} {}
    Json(const char* value) : value_{std::string{value}} {}
    Json(std::string_view value) : value_{std::string{value}} {}
    Json(std::string value) : value_{std::move(value)} {}
    Json(Array value) : value_{std::move(value)} {}
    static Json object(std::initializer_list<Member> members = {});
    static Json array(std::initializer_list<Json> items = {});

    bool is_null() const { return value_.index() == 0; }
    bool is_bool() const { return std::holds_alternative<bool>(value_); }
    bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
    bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
    bool is_string() const { return std::holds_alternative<std::string>(value_); }
    bool is_array() const { return std::holds_alternative<Array>(value_); }
    bool is_object() const { return std::holds_alternative<Object>(value_); }

    bool as_bool(bool otherwise = false) const;
    std::int64_t as_integer(std::int64_t otherwise = 0) const;
    double as_number(double otherwise = 0) const;
    // Parts of a value that nobody holds come as values of their own: `for (const auto& one : parsed(text)["a"].items())` is good.
    const std::string& as_string() const&;  // empty where it is none
    std::string as_string() &&;
    const Array& items() const&;     // empty where it is none
    const Object& members() const&;  // empty where it is none
    Array& items() &;                // becomes an array where it is null
    Object& members() &;             // becomes an object where it is null
    Array items() &&;
    Object members() &&;

    /// The member's value, or a null that lives for ever.
    const Json& operator[](std::string_view key) const&;
    Json operator[](std::string_view key) &&;
    bool has(std::string_view key) const;
    /// Sets or replaces a member. Absent values are left out: set_if skips null, empty strings, empty arrays and objects.
    Json& set(std::string_view key, Json value);
    Json& set_if(std::string_view key, Json value);
    void erase(std::string_view key);
    void push(Json item);

    bool operator==(const Json&) const = default;

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// The refusal's sentence says line, column and what was expected. What is no JSON is unreadable, lone surrogates and NaN too; an object with a key
/// twice is invalid.
Result<Json> parse_json(std::string_view text);
std::string to_text(const Json& value);       // members in their order, no spaces
std::string to_canonical(const Json& value);  // members sorted by key, for hashes and ETags
std::string to_pretty(const Json& value);
/// The same value with the members of every object sorted by key: its to_text is to_canonical.
Json sorted(Json value);

}  // namespace concord
