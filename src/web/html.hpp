#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Markup that is safe by construction: Html is made of escaped text and of elements, and a std::string never becomes one without escaping.
namespace concord::web {

class Html {
public:
    Html() = default;
    /// Text is escaped: & < > " '.
    Html(std::string_view text);
    Html(const char* text) : Html(std::string_view{text}) {}
    Html(const std::string& text) : Html(std::string_view{text}) {}
    /// Markup that this program wrote itself (a constant, a drawing); never anything typed by anybody.
    static Html trusted(std::string markup);
    const std::string& markup() const { return markup_; }
    bool empty() const { return markup_.empty(); }
    Html& operator+=(const Html& more) {
        markup_ += more.markup_;
        return *this;
    }
    friend Html operator+(Html left, const Html& right) {
        left += right;
        return left;
    }

private:
    std::string markup_;
};

/// An attribute. Without a value it stands alone (`required`); a false one is left out.
struct Attribute {
    Attribute(std::string_view n, std::string_view v) : name{n}, value{std::string{v}} {}
    Attribute(std::string_view n, const char* v) : name{n}, value{std::string{v}} {}
    Attribute(std::string_view n, const std::string& v) : name{n}, value{v} {}
    Attribute(std::string_view n, bool present) : name{n}, left_out{!present} {}
    std::string_view name;
    std::optional<std::string> value;
    bool left_out = false;
};
using Attributes = std::vector<Attribute>;

Html el(std::string_view tag, const Attributes& attributes, const Html& inside = {});
Html el(std::string_view tag, const Html& inside);
Html void_el(std::string_view tag, const Attributes& attributes);  // input, br, img, meta, link
template <class List, class Draw>
Html each(const List& list, Draw draw) {
    Html all;
    for (const auto& item : list) all += draw(item);
    return all;
}

}  // namespace concord::web
