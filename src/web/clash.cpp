#include "web/clash.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "web/components.hpp"

namespace concord::web {
namespace {

// Names of the page's own fields; a form's field has no colon in its name.
constexpr std::string_view asked = "clash:field", all = "clash:all", keep = "clash:keep:", mine = "clash:mine:", theirs = "clash:theirs:";

Html hidden(std::string_view name, const std::string& value) {
    return void_el("input", {{"type", "hidden"}, {"name", std::string{name}}, {"value", value}});
}
Html hidden_all(const std::string& name, const std::vector<std::string>& values) {
    return each(values, [&](const std::string& value) { return hidden(name, value); });
}

std::string shown(const std::string& words, const std::vector<std::string>& values) {
    if (!words.empty()) return words;
    const std::string both = join(values, ", ");
    return trim(both).empty() ? "Nothing" : both;
}

bool differs(const ClashField& field) { return field.mine != field.theirs; }
bool both_changed(const ClashField& field) { return !field.base || (field.mine != *field.base && field.theirs != *field.base); }

Html question(const ClashField& field, std::size_t number, const std::string& who) {
    const bool take_theirs = field.base && field.mine == *field.base;
    ui::Radios radios{.name = std::string{keep} + field.name, .value = take_theirs ? "theirs" : "mine"};
    radios.id_prefix = fmt::format("keep-{}", number);
    radios.fieldset = ui::Fieldset{.legend = {.text = Html{field.label}, .classes = "govuk-fieldset__legend--s"}};
    radios.hint = ui::Hint{both_changed(field) ? "Both of you changed this." : take_theirs ? "Only they changed this." : "Only you changed this."};
    radios.items = {{.text = "Keep mine", .value = "mine", .hint = ui::Hint{Html{shown(field.mine_shown, field.mine)}}},
                    {.text = who.empty() ? Html{"Take theirs"} : Html{"Take theirs, from " + who},
                     .value = "theirs",
                     .hint = ui::Hint{Html{shown(field.theirs_shown, field.theirs)}}}};
    return ui::radios(radios) + hidden(asked, field.name) + hidden_all(std::string{mine} + field.name, field.mine) +
           hidden_all(std::string{theirs} + field.name, field.theirs);
}

std::vector<std::string> values_of(const Fields& form, const std::string& name) {
    std::vector<std::string> values;
    for (const auto& [key, value] : form)
        if (key == name) values.push_back(value);
    return values;
}
std::string first_of(const Fields& form, const std::string& name) {
    const auto values = values_of(form, name);
    return values.empty() ? std::string{} : values.front();
}

}  // namespace

Html clash_page(const Clash& clash) {
    Html questions, alike;
    std::size_t number = 0, same = 0;
    for (const auto& field : clash.fields) {
        if (differs(field)) {
            questions += question(field, ++number, clash.who);
        } else {
            ++same;
            alike += hidden_all(field.name, field.mine);
        }
    }
    const std::string somebody = clash.who.empty() ? "Someone else" : clash.who;
    Html main = ui::head("Someone else changed this while you had it open", Html{clash.caption});
    main += ui::paragraph(fmt::format("{} saved other answers{}. Nothing of yours is lost, and nothing is saved yet: choose what to keep.", somebody,
                                      clash.when.empty() ? "" : " " + clash.when));
    if (number == 0) main += ui::paragraph("Your answers and theirs are the same: save once more, or go back.");
    if (number != 0 && same != 0)
        main += ui::paragraph(counted(static_cast<long long>(same), "other answer is", "other answers are") + " the same in both.");
    Html buttons = ui::button({.text = number == 0 ? "Save" : "Save what I chose", .name = std::string{all}, .value = "chosen"});
    if (number > 1) {
        buttons += ui::button({.text = "Keep all mine", .name = std::string{all}, .value = "mine", .classes = "govuk-button--secondary"});
        buttons += ui::button({.text = "Take all theirs", .name = std::string{all}, .value = "theirs", .classes = "govuk-button--secondary"});
    }
    if (!clash.back.empty()) buttons += ui::link("Leave it as it is now", clash.back);
    Html also;
    for (const auto& [name, value] : clash.also)
        if (name != "csrf" && name != clash.version_field) also += hidden(name, value);
    main += el("form", {{"method", "post"}, {"action", clash.action}},
               ui::csrf_field(clash.csrf) + hidden(clash.version_field, clash.version) + also + alike + questions +
                   el("div", {{"class", "govuk-button-group"}}, buttons));
    return main;
}

Fields settle_clash(const Fields& form) {
    const auto names = values_of(form, std::string{asked});
    if (names.empty()) return form;
    Fields settled;
    for (const auto& [name, value] : form)
        if (!name.starts_with("clash:") && std::find(names.begin(), names.end(), name) == names.end()) settled.emplace_back(name, value);
    const std::string everywhere = first_of(form, std::string{all});
    for (const auto& name : names) {
        const std::string here = everywhere == "mine" || everywhere == "theirs" ? everywhere : first_of(form, std::string{keep} + name);
        for (auto& value : values_of(form, std::string{here == "theirs" ? theirs : mine} + name)) settled.emplace_back(name, std::move(value));
    }
    return settled;
}

}  // namespace concord::web
