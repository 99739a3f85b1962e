#include "engine/condition.hpp"

#include <cctype>

#include <fmt/format.h>

#include "base/text.hpp"

namespace concord::engine {
namespace {

using Node = Condition::Node;
using NodePtr = std::shared_ptr<const Node>;

struct Token {
    enum class Kind { word, number, text, sign, end } kind = Kind::end;
    std::string text;
    std::size_t column = 1;
};

struct Broken {
    std::size_t column;
    std::string expected;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        const std::size_t from = i;
        if (c == ' ' || c == '\t' || c == '\n') {
            ++i;
            continue;
        }
        if (c == '\'' || c == '"') {
            const auto end = text.find(c, i + 1);
            if (end == std::string_view::npos) throw Broken{from + 1, "the quote to be closed"};
            tokens.push_back({Token::Kind::text, std::string{text.substr(i + 1, end - i - 1)}, from + 1});
            i = end + 1;
        } else if (is_word(c)) {
            while (i < text.size() && is_word(text[i])) ++i;
            const std::string word{text.substr(from, i - from)};
            const bool number = std::isdigit(static_cast<unsigned char>(word[0])) != 0 && word.find_first_not_of("0123456789.") == std::string::npos;
            tokens.push_back({number ? Token::Kind::number : Token::Kind::word, word, from + 1});
        } else if (std::string_view{"=!<>"}.find(c) != std::string_view::npos) {
            i += i + 1 < text.size() && text[i + 1] == '=' ? 2 : 1;
            std::string sign{text.substr(from, i - from)};
            if (sign == "==") sign = "=";
            if (sign == "!") throw Broken{from + 1, "\"!=\" or \"not\""};
            tokens.push_back({Token::Kind::sign, sign, from + 1});
        } else if (std::string_view{"()[],+-"}.find(c) != std::string_view::npos) {
            tokens.push_back({Token::Kind::sign, std::string(1, c), from + 1});
            ++i;
        } else {
            throw Broken{from + 1, fmt::format("a name, a value or a sign, not \"{}\"", c)};
        }
    }
    tokens.push_back({Token::Kind::end, "", text.size() + 1});
    return tokens;
}

class Parser {
public:
    explicit Parser(std::string_view text) : tokens_{tokens_of(text)} {}

    NodePtr whole() {
        auto node = either();
        if (next().kind != Token::Kind::end) throw Broken{next().column, "\"and\", \"or\" or the end"};
        return node;
    }

private:
    const Token& next() const { return tokens_[at_]; }
    bool take(std::string_view text) {
        if (next().text != text || next().kind == Token::Kind::text || next().kind == Token::Kind::end) return false;
        ++at_;
        return true;
    }
    void expect(std::string_view text) {
        if (!take(text)) throw Broken{next().column, fmt::format("\"{}\"", text)};
    }

    NodePtr either() {
        return chain("or", Node::Kind::either, [this] { return both(); });
    }
    NodePtr both() {
        return chain("and", Node::Kind::both, [this] { return negation(); });
    }
    template <class F>
    NodePtr chain(std::string_view word, Node::Kind kind, F part) {
        Node node{.kind = kind, .children = {part()}};
        while (take(word)) node.children.push_back(part());
        if (node.children.size() == 1) return node.children.front();
        return std::make_shared<Node>(std::move(node));
    }
    NodePtr negation() {
        if (++depth_ > 60) throw Broken{next().column, "fewer brackets"};
        NodePtr made;
        if (take("not"))
            made = std::make_shared<Node>(Node{.kind = Node::Kind::negation, .children = {negation()}});
        else
            made = primary();
        --depth_;
        return made;
    }
    NodePtr primary() {
        if (take("(")) {
            auto inner = either();
            expect(")");
            return inner;
        }
        if (take("has")) return std::make_shared<Node>(Node{.kind = Node::Kind::has, .left = path_operand()});
        Node node{.kind = Node::Kind::truth, .left = operand()};
        static constexpr std::string_view signs[] = {"=", "!=", "<=", ">=", "<", ">"};
        for (const auto sign : signs)
            if (take(sign)) {
                node.kind = Node::Kind::compare;
                node.op = sign;
                node.right = operand();
                return std::make_shared<Node>(std::move(node));
            }
        if (take("in")) {
            node.kind = Node::Kind::one_of;
            expect("[");
            do node.list.push_back(literal());
            while (take(","));
            expect("]");
        }
        if (node.kind == Node::Kind::truth && node.left.kind == Operand::Kind::literal && !node.left.literal.is_bool())
            throw Broken{next().column, "a comparison after the value"};
        return std::make_shared<Node>(std::move(node));
    }
    Json literal() {
        const Token token = next();
        ++at_;
        if (token.kind == Token::Kind::text) return Json{token.text};
        if (token.kind == Token::Kind::number) return number(token);
        if (token.text == "true") return Json{true};
        if (token.text == "false") return Json{false};
        throw Broken{token.column, "a text in quotes or a number"};
    }
    static Json number(const Token& token) {
        if (token.text.find('.') == std::string::npos && token.text.size() < 18) return Json{static_cast<std::int64_t>(std::stoll(token.text))};
        return Json{std::strtod(token.text.c_str(), nullptr)};
    }
    Operand path_operand() {
        const Token token = next();
        if (token.kind != Token::Kind::word) throw Broken{token.column, "the name of a fact"};
        ++at_;
        return {.kind = Operand::Kind::path, .path = token.text};
    }
    Operand operand() {
        Operand made;
        if (take("count")) {
            expect("(");
            made = path_operand();
            expect(")");
            made.kind = Operand::Kind::count;
            return made;
        }
        if (next().kind == Token::Kind::text || next().kind == Token::Kind::number || next().text == "true" || next().text == "false") {
            made.literal = literal();
            return made;
        }
        if (take("today"))
            made.kind = Operand::Kind::today;
        else
            made = path_operand();
        for (const int direction : {1, -1})
            if (take(direction == 1 ? "+" : "-")) {
                if (next().kind == Token::Kind::word && next().text.starts_with("rules.")) {
                    made.days_fact = next().text;
                    made.direction = direction;
                    ++at_;
                    break;
                }
                if (next().kind != Token::Kind::number || next().text.size() > 5) throw Broken{next().column, "a number of days"};
                made.days = direction * std::stoi(next().text);
                ++at_;
                if (!take("days")) expect("day");
                break;
            }
        return made;
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

Json value_of(const Operand& operand, const Facts& facts) {
    Json value;
    if (operand.kind == Operand::Kind::literal) return operand.literal;
    if (operand.kind == Operand::Kind::count) {
        const Json counted = fact_at(facts, operand.path);
        if (counted.is_array()) return Json{counted.items().size()};
        return counted.is_number() ? counted : Json{0};
    }
    value = operand.kind == Operand::Kind::today ? facts["today"] : fact_at(facts, operand.path);
    if (operand.days != 0 || !operand.days_fact.empty()) {
        const auto day = parse_date(std::string_view{value.as_string()}.substr(0, 10));
        const auto shift = shift_of(operand, facts);
        return day && shift ? Json{to_iso(*day + *shift)} : Json{};
    }
    return value;
}

bool truth_of(const Json& value) {
    if (value.is_bool()) return value.as_bool();
    if (value.is_number()) return value.as_number() != 0;
    if (value.is_string()) return !value.as_string().empty();
    return !value.items().empty() || !value.members().empty();
}

bool same(const Json& a, const Json& b) {
    if (a.is_number() && b.is_number()) return a.as_number() == b.as_number();
    if (a.is_array()) {  // "x = 'b01'" of several codes: one of them is
        for (const auto& item : a.items())
            if (same(item, b)) return true;
        return false;
    }
    return a == b;
}

bool compares(const Json& a, std::string_view op, const Json& b) {
    if (a.is_null() || b.is_null()) return false;
    if (op == "=") return same(a, b);
    if (op == "!=") return !same(a, b);
    int order = 0;
    if (a.is_number() && b.is_number())
        order = a.as_number() < b.as_number() ? -1 : a.as_number() > b.as_number() ? 1 : 0;
    else if (a.is_string() && b.is_string())
        order = a.as_string().compare(b.as_string());
    else
        return false;
    return op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == ">" ? order > 0 : order >= 0;
}

bool holds_at(const Node& node, const Facts& facts) {
    switch (node.kind) {
        case Node::Kind::both:
            for (const auto& child : node.children)
                if (!holds_at(*child, facts)) return false;
            return true;
        case Node::Kind::either:
            for (const auto& child : node.children)
                if (holds_at(*child, facts)) return true;
            return false;
        case Node::Kind::negation:
            return !holds_at(*node.children.front(), facts);
        case Node::Kind::truth:
            return truth_of(value_of(node.left, facts));
        case Node::Kind::has: {
            const Json value = fact_at(facts, node.left.path);
            return !value.is_null() && !(value.is_string() && value.as_string().empty()) && !(value.is_array() && value.items().empty());
        }
        case Node::Kind::compare:
            return compares(value_of(node.left, facts), node.op, value_of(node.right, facts));
        case Node::Kind::one_of: {
            const Json value = value_of(node.left, facts);
            for (const auto& item : node.list)
                if (!value.is_null() && same(value, item)) return true;
            return false;
        }
    }
    return false;
}

std::string path_in_words(std::string path) {
    for (const std::string_view prefix : {"forms.", "involvements.", "actor.role.", "rules."})
        if (path.starts_with(prefix)) path.erase(0, prefix.size());
    for (char& c : path)
        if (c == '.' || c == '_') c = ' ';
    return path;
}

std::string in_words_of(const Json& value) {
    if (value.is_bool()) return value.as_bool() ? "yes" : "no";
    return value.is_string() ? value.as_string() : to_text(value);
}

std::string in_words_of(const Operand& operand) {
    std::string words = operand.kind == Operand::Kind::literal ? in_words_of(operand.literal)
                        : operand.kind == Operand::Kind::today ? "today"
                        : operand.kind == Operand::Kind::count ? "the number of " + path_in_words(operand.path)
                                                               : path_in_words(operand.path);
    if (!operand.days_fact.empty())
        words += fmt::format(" {} the days of \"{}\"", operand.direction > 0 ? "and" : "less", path_in_words(operand.days_fact));
    if (operand.days != 0) words += fmt::format(" {} {}", operand.days > 0 ? "and" : "less", counted(std::abs(operand.days), "day"));
    return words;
}

std::string op_in_words(std::string_view op) {
    return op == "="    ? "is"
           : op == "!=" ? "is not"
           : op == "<"  ? "is less than"
           : op == "<=" ? "is at most"
           : op == ">"  ? "is more than"
                        : "is at least";
}

std::string words_at(const Node& node) {
    switch (node.kind) {
        case Node::Kind::both:
        case Node::Kind::either: {
            std::vector<std::string> parts;
            for (const auto& child : node.children)
                parts.push_back(child->kind == Node::Kind::either ? "(" + words_at(*child) + ")" : words_at(*child));
            return join(parts, node.kind == Node::Kind::both ? " and " : " or ");
        }
        case Node::Kind::negation:
            return "not " + words_at(*node.children.front());
        case Node::Kind::truth:
            return in_words_of(node.left);
        case Node::Kind::has:
            return in_words_of(node.left) + " is known";
        case Node::Kind::compare:
            return fmt::format("{} {} {}", in_words_of(node.left), op_in_words(node.op), in_words_of(node.right));
        case Node::Kind::one_of: {
            std::vector<std::string> items;
            for (const auto& item : node.list) items.push_back(in_words_of(item));
            return fmt::format("{} is {}", in_words_of(node.left), join(items, " or "));
        }
    }
    return {};
}

}  // namespace

std::optional<int> shift_of(const Operand& operand, const Facts& facts) {
    if (operand.days_fact.empty()) return operand.days;
    const Json days = fact_at(facts, operand.days_fact);
    if (!days.is_number()) return {};
    return operand.direction * static_cast<int>(days.as_number());
}

Json fact_at(const Facts& facts, std::string_view path) {
    const Json* at = &facts;
    while (!path.empty()) {
        // The longest key that is there wins: marks hold names with dots ("contact.made").
        if (at->has(path)) return (*at)[path];
        const auto dot = path.find('.');
        if (dot == std::string_view::npos) return {};
        at = &(*at)[path.substr(0, dot)];
        path.remove_prefix(dot + 1);
    }
    return *at;
}

bool Condition::holds(const Facts& facts) const { return root_ == nullptr || holds_at(*root_, facts); }
std::string Condition::in_words() const { return root_ == nullptr ? "always" : words_at(*root_); }

Result<Condition> parse_condition(std::string_view text) {
    try {
        return Condition{Parser{text}.whole()};
    } catch (const Broken& broken) {
        return Refusal{Because::invalid, "engine.condition", fmt::format("column {} of \"{}\": expected {}", broken.column, text, broken.expected)};
    }
}

}  // namespace concord::engine
