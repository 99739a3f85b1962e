#include "web/html.hpp"

namespace concord::web {
namespace {

void append_escaped(std::string& out, std::string_view text) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char* instead = nullptr;
        switch (text[i]) {
            case '&':
                instead = "&amp;";
                break;
            case '<':
                instead = "&lt;";
                break;
            case '>':
                instead = "&gt;";
                break;
            case '"':
                instead = "&quot;";
                break;
            case '\'':
                instead = "&#39;";
                break;
            default:
                continue;
        }
        out.append(text, from, i - from);
        out += instead;
        from = i + 1;
    }
    out.append(text, from, std::string_view::npos);
}

std::string opening(std::string_view tag, const Attributes& attributes) {
    std::string out;
    out.reserve(64);
    out += '<';
    out += tag;
    for (const auto& attribute : attributes) {
        if (attribute.left_out) continue;
        out += ' ';
        out += attribute.name;
        if (!attribute.value) continue;
        out += "=\"";
        append_escaped(out, *attribute.value);
        out += '"';
    }
    out += '>';
    return out;
}

}  // namespace

Html::Html(std::string_view text) { append_escaped(markup_, text); }

Html Html::trusted(std::string markup) {
    Html html;
    html.markup_ = std::move(markup);
    return html;
}

Html el(std::string_view tag, const Attributes& attributes, const Html& inside) {
    std::string out = opening(tag, attributes);
    out.reserve(out.size() + inside.markup().size() + tag.size() + 3);
    out += inside.markup();
    out += "</";
    out += tag;
    out += '>';
    return Html::trusted(std::move(out));
}
Html el(std::string_view tag, const Html& inside) { return el(tag, Attributes{}, inside); }
Html void_el(std::string_view tag, const Attributes& attributes) { return Html::trusted(opening(tag, attributes)); }

}  // namespace concord::web
