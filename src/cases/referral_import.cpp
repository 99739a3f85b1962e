#include "cases/referral_import.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "cases/cases.hpp"

namespace concord::cases {
namespace {

constexpr std::size_t most_rows = 20000;

/// What stands in a column, and so how its text becomes JSON.
enum class Holds { text, words, code, codes, yes_no, number, whole, day, moment };

struct Column {
    std::string_view name;
    Holds holds;
    std::string_view inside;  // "location": the member of this object
};
constexpr std::array columns{
    Column{"hub", Holds::code, ""},
    Column{"received_at", Holds::moment, ""},
    Column{"channel", Holds::code, ""},
    Column{"source_agency", Holds::code, ""},
    Column{"source_ref", Holds::text, ""},
    Column{"referrer_name", Holds::text, ""},
    Column{"referrer_role", Holds::text, ""},
    Column{"referrer_contact", Holds::text, ""},
    Column{"anonymous", Holds::yes_no, ""},
    Column{"reporter_is_victim", Holds::code, ""},
    Column{"consent_to_share", Holds::code, ""},
    Column{"incident_from", Holds::moment, ""},
    Column{"incident_to", Holds::moment, ""},
    Column{"incident_precision", Holds::code, ""},
    Column{"location", Holds::text, "location"},
    Column{"postcode", Holds::text, "location"},
    Column{"uprn", Holds::text, "location"},
    Column{"usrn", Holds::text, "location"},
    Column{"easting", Holds::number, "location"},
    Column{"northing", Holds::number, "location"},
    Column{"behaviour_type", Holds::codes, ""},
    Column{"nsir_category", Holds::code, ""},
    Column{"narrative", Holds::words, ""},
    Column{"ongoing_now", Holds::yes_no, ""},
    Column{"motivation_flags", Holds::codes, ""},
    Column{"vulnerability_stated", Holds::yes_no, ""},
    Column{"vulnerability_text", Holds::words, ""},
    Column{"children_present", Holds::code, ""},
    Column{"outcome_wanted", Holds::words, ""},
    Column{"prior_reports_count_6m", Holds::whole, ""},
};
constexpr std::array needed{"channel", "source_agency", "consent_to_share", "behaviour_type", "narrative"};

/// People: victim_name, suspect_postcode ... The part in the body is a code of hub-casework 3.4.
struct Part {
    std::string_view prefix, role;
};
constexpr std::array parts{Part{"victim", "victim"}, Part{"reporter", "reporter"}, Part{"witness", "witness"}, Part{"suspect", "suspected"}};
constexpr std::array person_columns{
    Column{"name", Holds::text, ""},         Column{"given_name", Holds::text, ""}, Column{"family_name", Holds::text, ""},
    Column{"date_of_birth", Holds::day, ""}, Column{"address", Holds::text, ""},    Column{"postcode", Holds::text, ""},
    Column{"phone", Holds::text, ""},        Column{"email", Holds::text, ""},      Column{"safe_to_contact", Holds::code, ""}};

Refusal whole_file(std::string sentence) { return {Because::invalid, "import.file", std::move(sentence)}; }

/// A column of the file: what it holds, and for people whose it is.
struct Known {
    std::string name;
    const Column* column = nullptr;
    const Part* part = nullptr;
};

std::optional<Known> known_column(std::string_view name) {
    for (const auto& column : columns)
        if (column.name == name) return Known{std::string{name}, &column, nullptr};
    for (const auto& part : parts)
        for (const auto& column : person_columns)
            if (name == fmt::format("{}_{}", part.prefix, column.name)) return Known{std::string{name}, &column, &part};
    return {};
}

std::string column_name(std::string_view typed) {
    std::string name = lower_ascii(trim(typed));
    std::replace(name.begin(), name.end(), ' ', '_');
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

/// The columns in the file's order, or why the file cannot be read by them.
Result<std::vector<Known>> read_header(const CsvRow& row) {
    std::vector<Known> found;
    std::set<std::string> seen;
    for (const auto& field : row.fields) {
        const std::string name = column_name(field);
        auto known = known_column(name);
        if (name.empty()) return whole_file(fmt::format("Column {} has no name in line {}: name it, or take it out.", found.size() + 1, row.line));
        if (!known)
            return whole_file(fmt::format(
                "There is no column \"{}\" among those that can be read: rename it, or take it out. The handbook lists the columns in \"Importing "
                "referrals\".",
                cut(name, 60)));
        if (!seen.insert(name).second) return whole_file(fmt::format("The column \"{}\" stands in the file twice: take one out.", name));
        found.push_back(std::move(*known));
    }
    std::vector<std::string> missing;
    for (const std::string_view name : needed)
        if (seen.count(std::string{name}) == 0) missing.emplace_back(name);
    if (seen.count("location") == 0 && seen.count("postcode") == 0) missing.emplace_back("location");
    if (!missing.empty()) return whole_file(fmt::format("The file lacks the column{} {}.", missing.size() == 1 ? "" : "s", join(missing, ", ")));
    return found;
}

std::vector<std::string> code_list(std::string_view text) {
    std::string spaced{text};
    for (const char separator : {';', ',', '|', '/'}) std::replace(spaced.begin(), spaced.end(), separator, ' ');
    std::vector<std::string> codes;
    for (const auto& word : split(spaced, ' '))
        if (!word.empty()) codes.push_back(lower_ascii(word));
    return codes;
}

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

std::optional<double> number_in(std::string_view text) {
    std::string plain;
    for (const char c : text)
        if (c != ' ') plain += c;
    const auto point = plain.find('.');
    if (!all_digits(plain.substr(0, point)) || plain.size() > 12) return {};
    if (point != std::string::npos && !all_digits(std::string_view{plain}.substr(point + 1))) return {};
    return std::strtod(plain.c_str(), nullptr);
}

bool is_day_with_slashes(std::string_view day) {
    const auto pieces = split(day, day.find('/') != std::string_view::npos ? '/' : '.');
    return pieces.size() == 3 && std::all_of(pieces.begin(), pieces.end(), [](const auto& piece) { return all_digits(piece) && piece.size() <= 4; });
}

/// A day as the file writes it. undeclared is set where only a declared order could tell.
std::optional<Date> day_in(std::string_view text, DateOrder order, bool& undeclared) {
    if (const auto day = parse_date(text)) return day;
    if (!is_day_with_slashes(text)) return {};
    if (order == DateOrder::iso_only) {
        undeclared = true;
        return {};
    }
    const auto pieces = split(text, text.find('/') != std::string_view::npos ? '/' : '.');
    if (pieces[2].size() != 4) return {};
    const int first = std::stoi(pieces[0]), second = std::stoi(pieces[1]), year = std::stoi(pieces[2]);
    return order == DateOrder::day_month_year ? make_date(year, second, first) : make_date(year, first, second);
}

/// "2026-04-01T21:30:00Z", "2026-04-01 21:30" (London) or a day alone.
std::optional<std::string> moment_in(std::string_view text, DateOrder order, bool& undeclared) {
    if (const auto at = parse_instant(text)) return to_rfc3339(*at);
    const auto space = text.find_first_of(" T");
    const auto day = day_in(text.substr(0, space), order, undeclared);
    if (!day) return {};
    if (space == std::string_view::npos) return to_iso(*day);
    const auto clock = split(trim(text.substr(space + 1)), ':');
    if (clock.size() < 2 || clock.size() > 3) return {};
    if (!std::all_of(clock.begin(), clock.end(), [](const auto& piece) { return all_digits(piece) && piece.size() <= 2; })) return {};
    const int hour = std::stoi(clock[0]), minute = std::stoi(clock[1]), second = clock.size() == 3 ? std::stoi(clock[2]) : 0;
    if (hour > 23 || minute > 59 || second > 59) return {};
    return to_rfc3339(from_london(civil(*day), hour, minute, second));
}

/// Reads the rows under a known header.
class Rows {
public:
    Rows(std::vector<Known> header, const ReferralImportAsk& ask, ReferralFile& into) : header_{std::move(header)}, ask_{ask}, file_{into} {}

    /// False ends the reading; refusal() says why.
    bool take(const CsvRow& row) {
        if (std::all_of(row.fields.begin(), row.fields.end(), [](const auto& field) { return trim(field).empty(); })) return true;
        if (++file_.rows > most_rows) {
            refusal_ = whole_file("The file has more than 20,000 rows: divide it.");
            return false;
        }
        if (row.fields.size() != header_.size()) {
            wrong(row.line, "",
                  fmt::format("This row has {} fields and the header {}: look for a separator too many, or a missing quote.", row.fields.size(),
                              header_.size()));
            return true;
        }
        const std::size_t before = file_.bad.size();
        ReferralRow good{.line = row.line, .body = Json::object()};
        std::map<std::string_view, Json> people;  // by prefix
        for (std::size_t i = 0; i < header_.size() && !refusal_; ++i) take_field(row, i, good, people);
        if (refusal_) return false;
        put_people(good, people);
        if (!good.body.has("hub") && !ask_.hub.empty()) good.body.set("hub", ask_.hub);
        if (good.body["source_ref"].as_string().empty()) ++without_reference_;
        if (code_points(good.body["source_ref"].as_string()) > 40) wrong(row.line, "source_ref", "The sender's reference has 40 letters at most.");
        if (file_.bad.size() == before) file_.good.push_back(std::move(good));
        return true;
    }
    const std::optional<Refusal>& refusal() const { return refusal_; }
    std::size_t without_reference() const { return without_reference_; }

private:
    void wrong(std::size_t line, std::string_view field, std::string reason) { file_.bad.push_back({line, std::string{field}, std::move(reason)}); }

    void take_field(const CsvRow& row, std::size_t i, ReferralRow& good, std::map<std::string_view, Json>& people) {
        const Known& known = header_[i];
        const std::string text = tidy(row.fields[i], known.column->holds == Holds::words);
        if (text.empty()) return;
        auto value = value_of(row.line, known, text);
        if (!value) return;
        if (known.part != nullptr) {
            auto [place, is_new] = people.try_emplace(known.part->prefix, Json::object());
            place->second.set(known.column->name, std::move(*value));
        } else if (known.column->inside.empty()) {
            good.body.set(known.column->name, std::move(*value));
        } else {
            Json inside = good.body[known.column->inside].is_object() ? good.body[known.column->inside] : Json::object();
            const std::string_view member = known.column->name == "location" ? "text" : known.column->name;
            inside.set(member, std::move(*value));
            good.body.set(known.column->inside, std::move(inside));
            good.columns.emplace(fmt::format("{}.{}", known.column->inside, member), known.name);
        }
    }

    std::optional<Json> value_of(std::size_t line, const Known& known, const std::string& text) {
        bool undeclared = false;
        switch (known.column->holds) {
            case Holds::text:
            case Holds::words:
                return Json{text};
            case Holds::code:
                return Json{lower_ascii(text)};
            case Holds::codes: {
                Json list = Json::array();
                for (const auto& code : code_list(text)) list.push(code);
                return list;
            }
            case Holds::yes_no: {
                const std::string answer = lower_ascii(text);
                if (answer == "yes" || answer == "y" || answer == "true" || answer == "1") return Json{true};
                if (answer == "no" || answer == "n" || answer == "false" || answer == "0") return Json{false};
                wrong(line, known.name, fmt::format("\"{}\" is neither yes nor no.", cut(text, 40)));
                return {};
            }
            case Holds::number:
            case Holds::whole:
                if (const auto number = number_in(text); number && (known.column->holds == Holds::number || all_digits(text))) {
                    if (known.column->holds == Holds::whole) return Json{static_cast<std::int64_t>(*number)};
                    return Json{*number};
                }
                wrong(line, known.name, fmt::format("\"{}\" is not a number.", cut(text, 40)));
                return {};
            case Holds::day:
                if (const auto day = day_in(text, ask_.dates, undeclared)) return Json{to_iso(*day)};
                break;
            case Holds::moment:
                if (const auto moment = moment_in(text, ask_.dates, undeclared)) return Json{*moment};
                break;
        }
        if (undeclared)
            refusal_ = whole_file(fmt::format(
                "Line {}, column {}: \"{}\" can be read in two ways. Say how the file writes days with --dates dmy (day first) or --dates mdy (month "
                "first), or write them like 2026-07-08.",
                line, known.name, cut(text, 30)));
        else
            wrong(line, known.name,
                  fmt::format("\"{}\" is not a day{} that exists: write it like 2026-07-08{}.", cut(text, 40),
                              known.column->holds == Holds::day ? "" : " or time", known.column->holds == Holds::day ? "" : " 21:30"));
        return {};
    }

    void put_people(ReferralRow& good, std::map<std::string_view, Json>& people) {
        Json list = Json::array();
        for (const auto& part : parts) {
            const auto found = people.find(part.prefix);
            if (found == people.end()) continue;
            for (const auto& column : person_columns)
                good.columns.emplace(fmt::format("people[{}].{}", list.items().size(), column.name), fmt::format("{}_{}", part.prefix, column.name));
            Json person = Json::object({{"role", part.role}});
            for (const auto& [key, value] : found->second.members()) person.set(key, value);
            list.push(std::move(person));
        }
        good.body.set_if("people", std::move(list));
    }

    std::vector<Known> header_;
    const ReferralImportAsk& ask_;
    ReferralFile& file_;
    std::optional<Refusal> refusal_;
    std::size_t without_reference_ = 0;
};

/// The file as UTF-8, or why it is none.
Result<std::string> as_text(std::string_view bytes, std::vector<std::string>& notes) {
    if (trim(bytes).empty()) return whole_file("The file is empty.");
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("\xd0\xcf\x11\xe0"))
        return whole_file("This is a spreadsheet, not CSV: open it, and save it as \"CSV UTF-8\".");
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff"))
        return whole_file("The file is written as UTF-16 (\"Unicode text\"): save it as \"CSV UTF-8\".");
    if (bytes.find('\0') != std::string_view::npos) return whole_file("The file holds NUL bytes, so it is no text: save it as \"CSV UTF-8\".");
    if (is_utf8(bytes)) return std::string{bytes};
    auto text = from_windows_1252(bytes);
    if (!text) return whole_file("The letters of the file are neither UTF-8 nor Windows-1252: save it as \"CSV UTF-8\".");
    notes.emplace_back("The file is not UTF-8 and was read as Windows-1252: look at names with accents.");
    return std::move(*text);
}

std::string column_of(const ReferralRow& row, const std::string& field) {
    const auto found = row.columns.find(field);
    if (found != row.columns.end()) return found->second;
    if (field == "location.text") return "location";
    if (field.starts_with("people[")) {
        const auto by_name = row.columns.find(field.substr(0, field.find('.')) + ".name");
        if (by_name != row.columns.end()) return by_name->second;
    }
    return field;
}

void tell(const Refusal& refusal, const ReferralRow& row, std::vector<BadRow>& bad) {
    if (refusal.fields.empty()) bad.push_back({row.line, "", refusal.sentence});
    for (const auto& error : refusal.fields) bad.push_back({row.line, column_of(row, error.field), error.message});
}

bool is_known(store::Reader& reader, const Json& body) {
    const std::string ref = tidy(body["source_ref"].as_string());
    return !ref.empty() && reader.count("select count(*) from referral where source_agency = :source and source_ref = :ref",
                                        {{"source", body["source_agency"].as_string()}, {"ref", ref}}) > 0;
}

/// The same reference twice in one file: the same report once more is passed over, another report under it is refused.
void check_doubles(ReferralFile& file) {
    std::map<std::pair<std::string, std::string>, const ReferralRow*> first;
    std::vector<ReferralRow> kept;
    kept.reserve(file.good.size());
    for (auto& row : file.good) {
        const std::string ref = row.body["source_ref"].as_string();
        if (!ref.empty()) {
            const auto [place, is_new] = first.try_emplace({row.body["source_agency"].as_string(), ref}, &row);
            if (!is_new && !(place->second->body == row.body)) {
                file.bad.push_back(
                    {row.line, "source_ref",
                     fmt::format("The same reference stands in line {} with another report: one of them is wrong.", place->second->line)});
                continue;
            }
        }
        kept.push_back(row);
    }
    file.good = std::move(kept);
}

}  // namespace

Result<ReferralFile> read_referral_file(std::string_view bytes, const ReferralImportAsk& ask) {
    ReferralFile file;
    auto text = as_text(bytes, file.notes);
    if (!text) return text.error();
    std::optional<Rows> rows;
    std::optional<Refusal> refusal;
    const auto read = read_csv(*text, guess_delimiter(*text), [&](const CsvRow& row) {
        if (rows) return rows->take(row);
        auto header = read_header(row);
        if (header)
            rows.emplace(std::move(header).value(), ask, file);
        else
            refusal = header.error();
        return header.has_value();
    });
    if (refusal) return *refusal;
    if (!read) return read.error();
    if (rows && rows->refusal()) return *rows->refusal();
    if (file.rows == 0) return whole_file("The file has a header and no rows.");
    if (rows->without_reference() > 0)
        file.notes.push_back(
            fmt::format("{} of {} rows carry no source_ref: importing them again would store them again.", rows->without_reference(), file.rows));
    check_doubles(file);
    return file;
}

Result<ImportedReferrals> import_referrals(access::Context& context, const Deps& deps, std::string_view bytes, const ReferralImportAsk& ask) {
    auto file = read_referral_file(bytes, ask);
    if (!file) return file.error();
    ImportedReferrals done;
    done.rows = file->rows;
    // First everything is tried in one transaction; it is kept where all went well. Where bad rows are to be skipped, the good ones go in once more,
    // because a refused row may have left half of itself behind.
    const auto attempt = [&](const std::vector<const ReferralRow*>& rows, bool keep_with_bad) {
        std::vector<const ReferralRow*> good;
        std::vector<BadRow> bad;
        context.db.write([&](store::Transaction& tx) {
            good.clear();
            bad.clear();
            done.created = done.unchanged = 0;
            for (const auto* row : rows) {
                const bool known = is_known(tx, row->body);
                const auto received = receive_referral(tx, context, deps, row->body, Arrival::imported);
                if (!received) {
                    tell(received.error(), *row, bad);
                    continue;
                }
                good.push_back(row);
                ++(known ? done.unchanged : done.created);
            }
            return !ask.dry_run && bad.empty() && (file->bad.empty() || keep_with_bad);
        });
        return std::pair{good, bad};
    };
    std::vector<const ReferralRow*> all;
    for (const auto& row : file->good) all.push_back(&row);
    auto [good, bad] = attempt(all, ask.skip_bad);
    done.refused = std::move(file->bad);
    done.refused.insert(done.refused.end(), bad.begin(), bad.end());
    std::stable_sort(done.refused.begin(), done.refused.end(), [](const BadRow& a, const BadRow& b) { return a.line < b.line; });
    done.notes = std::move(file->notes);
    if (!bad.empty() && ask.skip_bad && !ask.dry_run) {
        auto [again, still_bad] = attempt(good, true);
        if (!still_bad.empty())
            return Refusal{Because::not_now, "import.changed", "Something changed while the file was read: nothing was stored; run it again."};
    }
    if (!done.refused.empty() && !ask.skip_bad) done.created = 0;
    return done;
}

}  // namespace concord::cases
