#include "app/demo_data.hpp"

#include <sstream>

#include <toml.hpp>

#include <fmt/format.h>

#include "app/program.hpp"
#include "base/csv.hpp"
#include "base/text.hpp"

namespace concord::app::demo {
namespace {

void each_row(const std::string& file, const std::function<void(const std::vector<std::string>&)>& row) {
    bool header = true;
    const auto read = read_csv(file_text(file), ',', [&](const CsvRow& fields) {
        if (!header) row(fields.fields);
        header = false;
        return true;
    });
    if (!read) throw Failure{file + ": " + read.error().sentence};
}

/// The n-th number that belongs to nobody: 07700 900000 to 900999, then landlines of ranges for drama.
std::string fictional_phone(int n) {
    static constexpr std::array landlines{"01632 960", "0113 4960", "0114 4960", "0191 4980", "0117 4960", "0121 4960", "020 79460"};
    if (n < 1000) return fmt::format("07700 900{:03}", n);
    return fmt::format("{}{:03}", landlines[static_cast<std::size_t>(n / 1000 - 1) % landlines.size()], n % 1000);
}

std::string mail_part(const std::string& name) {
    std::string part;
    for (const char c : fold(name)) part += c == ' ' ? '.' : c;
    return part;
}

Texts texts(const toml::value& table, const std::string& key) { return table.contains(key) ? toml::find<Texts>(table, key) : Texts{}; }
std::string text(const toml::value& table, const std::string& key, std::string otherwise = "") {
    return table.contains(key) ? toml::find<std::string>(table, key) : std::move(otherwise);
}

/// Rows of so many texts each.
template <class Tale, class Make>
std::vector<Tale> tales(const toml::value& table, const std::string& key, std::size_t width, const std::string& story, Make make) {
    std::vector<Tale> all;
    if (!table.contains(key)) return all;
    for (const auto& row : toml::find<std::vector<Texts>>(table, key)) {
        if (row.size() != width) throw Failure{fmt::format("stories.toml, {}: a row of {} has {} texts and not {}.", story, key, row.size(), width)};
        all.push_back(make(row));
    }
    return all;
}

Story story_from(const toml::value& one) {
    Story story{.id = text(one, "id"),
                .case_type = text(one, "case_type", "asb_victim"),
                .nsir = text(one, "nsir", "nuisance"),
                .risk = text(one, "risk", "standard"),
                .victim = text(one, "victim", "adult"),
                .suspect = text(one, "suspect", "adult"),
                .weight = one.contains("weight") ? toml::find<int>(one, "weight") : 1,
                .hubs = texts(one, "hubs"),
                .behaviours = texts(one, "behaviours"),
                .tenures = texts(one, "tenures"),
                .sources = texts(one, "sources"),
                .motivations = texts(one, "motivations"),
                .titles = texts(one, "titles"),
                .reports = texts(one, "reports"),
                .incidents = texts(one, "incidents"),
                .plans = texts(one, "plans"),
                .decision = text(one, "decision"),
                .because = text(one, "because"),
                .to = text(one, "to"),
                .reason = text(one, "reason")};
    story.notes = tales<NoteTale>(one, "notes", 2, story.id, [](const Texts& t) { return NoteTale{t[0], t[1]}; });
    story.tasks = tales<TaskTale>(one, "tasks", 3, story.id, [](const Texts& t) { return TaskTale{t[0], t[1], t[2]}; });
    story.requests =
        tales<RequestTale>(one, "requests", 7, story.id, [](const Texts& t) { return RequestTale{t[0], t[1], t[2], t[3], t[4], t[5], t[6]}; });
    story.closures = tales<ClosureTale>(one, "closures", 4, story.id, [](const Texts& t) { return ClosureTale{t[0], t[1], t[2], t[3]}; });
    for (const auto* needed : {&story.behaviours, &story.sources, &story.reports, &story.titles, &story.plans})
        if (needed->empty() && (story.decision.empty() || (needed != &story.titles && needed != &story.plans)))
            throw Failure{"stories.toml, " + story.id + ": behaviours, sources, titles, reports and plans are needed."};
    return story;
}

}  // namespace

Json Invented::json(std::string_view role) const {
    Json one = Json::object({{"role", role}, {"given_name", given}, {"family_name", family}, {"date_of_birth", to_iso(born)}});
    if (!saved.empty()) one.set("person", "${" + saved + "}");
    one.set_if("address", address).set_if("postcode", postcode).set_if("phone", phone).set_if("email", email);
    return one.set("contact_note", "Invented for the demonstration: nobody of this name is meant.");
}

void World::Weighted::add(std::string name, int weight) {
    names.push_back(std::move(name));
    sums.push_back((sums.empty() ? 0 : sums.back()) + weight);
}
const std::string& World::Weighted::draw(Dice& dice) const {
    const int at = static_cast<int>(dice.below(static_cast<std::size_t>(sums.back())));
    return names[static_cast<std::size_t>(std::upper_bound(sums.begin(), sums.end(), at) - sums.begin())];
}

World::World(const std::string& folder) {
    each_row(folder + "/given-names.csv", [&](const auto& row) { given_[row[0] + row[1]].add(row[2], std::stoi(row[3])); });
    each_row(folder + "/surnames.csv", [&](const auto& row) { family_[row[0]].add(row[1], std::stoi(row[2])); });
    each_row(folder + "/given-names-abroad.csv", [&](const auto& row) { given_abroad_[row[0] + row[1]].add(row[2], 1); });
    each_row(folder + "/streets.csv", [&](const auto& row) { streets_[row[0]].push_back({row[1], row[2]}); });
    for (const auto& [land, names] : family_)
        if (land != "GB") lands_.push_back(land);
}

const Street& World::street(Dice& dice, const std::string& hub) const { return dice.pick(streets_.at(hub)); }

std::string World::house(Dice& dice) const {
    const int number = 1 + dice.between(0, dice.between(9, 119));
    return dice.chance(9) ? fmt::format("Flat {}, {}", dice.between(1, 12), number) : std::to_string(number);
}

Invented World::person(Dice& dice, std::string_view age, const std::string& hub, Date today) {
    const auto [youngest, oldest] = age == "older"     ? std::pair{67, 88}
                                    : age == "young"   ? std::pair{12, 17}
                                    : age == "child"   ? std::pair{3, 9}
                                    : age == "student" ? std::pair{19, 23}
                                                       : std::pair{22, 64};
    Invented one;
    one.sex = dice.chance(age == "young" ? 30 : 52) ? 'F' : 'M';
    const int years = dice.between(youngest, oldest);
    one.born = today - (years * 365 + years / 4 + dice.between(10, 350));
    const int year = civil(one.born).year;
    const std::string decade = std::to_string(std::min(std::max(year / 10 * 10, 1930), 2010)), sex{one.sex};
    const bool abroad = dice.chance(8);
    const std::string land = abroad ? dice.pick(lands_) : "GB";
    one.family = family_.at(land).draw(dice);
    const auto foreign = given_abroad_.find(land + sex);
    one.given = abroad && foreign != given_abroad_.end() ? foreign->second.draw(dice) : given_.at(decade + sex).draw(dice);
    if (years >= 18) one.title = one.sex == 'M' ? "Mr" : years > 45 ? "Mrs" : "Ms";
    const Street& home = street(dice, hub);
    one.address = house(dice) + " " + home.name;
    one.postcode = home.postcode;
    if (years >= 12 && dice.chance(78)) one.phone = fictional_phone(people_);
    if (years >= 18 && dice.chance(45)) one.email = fmt::format("{}.{}{}@home.example", mail_part(one.given), mail_part(one.family), people_);
    ++people_;
    return one;
}

const Texts& Stories::pool(const std::string& name) const {
    const auto found = shared.find(name);
    if (found == shared.end() || found->second.empty()) throw Failure{"stories.toml has no shared texts called " + name + "."};
    return found->second;
}

Stories load_stories(const std::string& folder) {
    const std::string file = folder + "/stories.toml";
    std::istringstream in{file_text(file)};
    const auto data = toml::parse(in, file);
    Stories stories;
    for (const auto& [name, list] : toml::find<toml::table>(data, "shared")) stories.shared[name] = toml::get<Texts>(list);
    for (const auto& one : toml::find<toml::array>(data, "minor")) stories.minor.push_back(story_from(one));
    for (const auto& one : toml::find<toml::array>(data, "organisation"))
        stories.organisations.push_back({text(one, "hub"), text(one, "kind"), text(one, "name"), text(one, "post"), text(one, "role", "contact")});
    for (const auto& one : toml::find<toml::array>(data, "story")) stories.all.push_back(story_from(one));
    return stories;
}

std::string one_page_pdf(std::string_view heading, const Texts& lines) {
    const auto escaped = [](std::string_view raw) {
        std::string safe;
        for (const char c : raw) {
            if (c == '(' || c == ')' || c == '\\') safe += '\\';
            if (static_cast<unsigned char>(c) < 128) safe += c;
        }
        return safe;
    };
    std::string page = fmt::format("BT /F1 15 Tf 60 780 Td ({}) Tj /F1 10 Tf 0 -30 Td 15 TL\n", escaped(heading));
    for (const auto& line : lines) {
        std::string rest = line;
        do {
            auto end = rest.size() <= 92 ? rest.size() : rest.rfind(' ', 92);
            if (end == std::string::npos) end = 92;
            page += fmt::format("({}) Tj T*\n", escaped(rest.substr(0, end)));
            rest.erase(0, std::min(rest.size(), end + 1));
        } while (!rest.empty());
        page += "T*\n";
    }
    page += "ET";
    const std::vector<std::string> objects{
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        fmt::format("<< /Length {} >>\nstream\n{}\nendstream", page.size(), page), "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
    std::string pdf = "%PDF-1.4\n", table = "0000000000 65535 f \n";
    for (std::size_t i = 0; i < objects.size(); ++i) {
        table += fmt::format("{:010} 00000 n \n", pdf.size());
        pdf += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
    }
    return pdf + fmt::format("xref\n0 {}\n{}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", objects.size() + 1, table,
                             objects.size() + 1, pdf.size());
}

}  // namespace concord::app::demo
