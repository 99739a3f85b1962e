#include <cstdint>

#include "engine/engine.hpp"

/// Files of dated rules, of code lists and of calendars: whatever they hold, what is wrong is said with its remedy, and what is read can be asked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const Date day = parse_date("2026-04-01").value();
    const auto said = [](const std::vector<engine::Problem>& problems) {
        for (const auto& one : problems) require(!one.problem.empty() && !one.remedy.empty(), "a problem is said, with its remedy");
    };
    const auto rules = engine::load_rules(text, "rules.toml");
    said(rules.problems);
    for (const auto& rule : rules.rules) {
        if (const auto* row = rule.on(day)) (void)engine::amount_in_words(*row);
        for (std::size_t i = 1; i < rule.rows.size() && rules.problems.empty(); ++i)
            require(rule.rows[i].from.has_value() && (!rule.rows[i - 1].from || *rule.rows[i - 1].from < *rule.rows[i].from),
                    "rows stand by day, each day once");
    }
    const auto codes = engine::load_codes(text, "codes.toml");
    said(codes.problems);
    for (const auto& code : codes.codes) (void)code.label_on(day);
    said(engine::load_calendar(text, "calendar.toml").problems);
    return 0;
}
