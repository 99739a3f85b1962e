#include "subjects/people.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "access/new_rows.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "ledger/loading.hpp"
#include "store/buffered.hpp"
#include "store/once.hpp"
#include "subjects/loading.hpp"
#include "subjects/matching.hpp"
#include "subjects/person_state.hpp"
#include "subjects/subject_codes.hpp"

/// People in the database, and what is done to them.
namespace concord::subjects {
namespace {

using access::Context;
using store::Reader;
using store::Transaction;

constexpr std::string_view columns =
    "p.stream, s.id, p.given_name, p.middle_names, p.family_name, p.birth, p.birth_estimated, p.sex, p.phone, p.email, p.address, p.postcode, "
    "p.safe_to_contact, p.contact_note, p.merged_into, p.version";
constexpr std::string_view kinds =
    "itttttit"
    "ttttttii";

constexpr std::string_view another_look = "Some answers need another look.";

Refusal invalid(std::string_view field, std::string message) {
    return {Because::invalid, "subjects.invalid", std::string{another_look}, {{std::string{field}, std::move(message)}}};
}

Birth birth_of(const std::string& iso, bool estimated) {
    Birth birth{.estimated = estimated};
    if (iso.size() >= 4) birth.year = std::stoi(iso.substr(0, 4));
    if (iso.size() >= 7) birth.month = std::stoi(iso.substr(5, 2));
    if (iso.size() >= 10) birth.day = std::stoi(iso.substr(8, 2));
    return birth;
}

Person to_person(const store::Row& row) {
    Person one{.stream = row.integer(0), .id = row.text(1), .details = {}, .merged_into = row.maybe_integer(14), .version = row.integer(15)};
    auto& d = one.details;
    d.given_name = row.text(2);
    d.middle_names = row.text(3);
    d.family_name = row.text(4);
    d.birth = birth_of(row.text(5), row.truth(6));
    d.date_of_birth = d.birth.date();
    d.sex = row.text(7);
    d.phone = row.text(8);
    d.email = row.text(9);
    d.address = row.text(10);
    d.postcode = row.text(11);
    d.safe_to_contact = row.text(12);
    d.contact_note = row.text(13);
    return one;
}

Json state_of(Reader& reader, Seq stream) {
    const auto row = reader.select_one("t", "select body from person_state where stream = :stream", {{"stream", stream}});
    return row ? parse_json(row->text(0)).value() : Json{};
}

// ---- The projection: one document, and the rows beside it

void save_row(Transaction& tx, Seq stream, const Json& state, bool is_new) {
    const auto record = record_of(state, stream, {});
    const auto& d = record.person.details;
    constexpr std::string_view insert = R"sql(
        insert into person (stream, given_name, middle_names, family_name, date_of_birth, birth, birth_estimated, sex, phone, email, address, postcode,
                            safe_to_contact, contact_note, merged_into, version)
        values (:stream, :given, :middle, :family, :date, :birth, :estimated, :sex, :phone, :email, :address, :postcode, :safe, :note, :into, :version))sql";
    constexpr std::string_view or_update = R"sql(
        on conflict (stream) do update set
            given_name = :given, middle_names = :middle, family_name = :family, date_of_birth = :date, birth = :birth, birth_estimated = :estimated,
            sex = :sex, phone = :phone, email = :email, address = :address, postcode = :postcode, safe_to_contact = :safe, contact_note = :note,
            merged_into = :into, version = :version)sql";
    static const std::string upsert = std::string{insert} + std::string{or_update};
    tx.execute(is_new ? insert : std::string_view{upsert}, {{"stream", stream},
                                                            {"given", d.given_name},
                                                            {"middle", d.middle_names},
                                                            {"family", d.family_name},
                                                            {"date", d.date_of_birth},
                                                            {"birth", to_iso(d.birth)},
                                                            {"estimated", d.birth.estimated},
                                                            {"sex", d.sex},
                                                            {"phone", d.phone},
                                                            {"email", d.email},
                                                            {"address", d.address},
                                                            {"postcode", d.postcode},
                                                            {"safe", d.safe_to_contact},
                                                            {"note", d.contact_note},
                                                            {"into", record.person.merged_into},
                                                            {"version", record.person.version}});
}

void save_relationships(Transaction& tx, Seq stream, const Json& state) {
    tx.execute("delete from relationship where stream = :stream", {{"stream", stream}});
    for (const auto& one : state["relationships"].items())
        tx.execute(
            "insert into relationship (stream, id, other, kind, since, until_day, words) values (:stream, :id, :other, :kind, :since, :until, "
            ":words)",
            {{"stream", stream},
             {"id", one["id"].as_string()},
             {"other", one["other"].as_integer()},
             {"kind", one["kind"].as_string()},
             {"since", one["since"].as_string()},
             {"until", one["until"].as_string()},
             {"words", one["words"].as_string()}});
}

void save_distinct(Transaction& tx, Seq stream, const Json& state) {
    tx.execute("delete from person_not_same where stream = :stream", {{"stream", stream}});
    for (const auto& one : state["distinct"].items())
        tx.execute("insert into person_not_same (stream, other) values (:stream, :other)",
                   {{"stream", stream}, {"other", one["other"].as_integer()}});
}

void apply_person(Transaction& tx, const ledger::Event& event) {
    Json state = event.version == 1 ? Json::object() : state_of(tx, event.stream);
    fold_person(state, event);
    tx.execute("insert into person_state (stream, body) values (:stream, :body) on conflict (stream) do update set body = :body",
               {{"stream", event.stream}, {"body", to_text(state)}});
    save_row(tx, event.stream, state, event.version == 1);
    if (event.envelope["part"].as_string() == "relationships") save_relationships(tx, event.stream, state);
    if (event.envelope.has("distinct_from") || event.envelope.has("distinct_withdrawn")) save_distinct(tx, event.stream, state);
}

/// 0044... as people write a number at home: found by its last six digits too.
std::string words_to_find(const PersonRecord& record) {
    std::string text;
    const auto add = [&](const std::string& more) { text += more.empty() ? "" : more + " "; };
    for (const auto& name : record.names) add(name.full());
    for (const auto& address : record.addresses) {
        add(address.text);
        add(address.postcode);
    }
    add(to_iso(record.person.details.birth));
    for (const auto& point : record.contact_points) {
        add(point.value);
        if (point.kind == "phone" && point.value.starts_with("+44")) add("0" + point.value.substr(3));
    }
    for (const auto& one : record.identifiers) add(one.value);
    return text;
}

void save_keys(Transaction& tx, Seq stream, const PersonRecord& record) {
    for (const auto& key : keys_to_keep(record.details()))
        tx.execute("insert into person_key (kind, value, person) values (:kind, :value, :person)",
                   {{"kind", key.kind}, {"value", key.value}, {"person", stream}});
}

void derive_person(Transaction& tx, Seq stream) {
    tx.execute("delete from person_key where person = :person", {{"person", stream}});
    const auto record = person_record(tx, stream);
    if (!record) return;
    save_keys(tx, stream, *record);
    store::put_text(tx, "people", stream, words_to_find(*record));
}

/// Loads: people that are one event each.
void write_new_people(Transaction& tx, const std::vector<std::vector<ledger::Event>>& people) {
    access::NewRows rows{tx};
    for (const auto& events : people) {
        const auto& event = events.front();
        require(events.size() == 1 && event.kind == "subjects.person_recorded", "a person is loaded by one event");
        Json state = Json::object();
        fold_person(state, event);
        tx.execute("insert into person_state (stream, body) values (:stream, :body)", {{"stream", event.stream}, {"body", to_text(state)}});
        save_row(tx, event.stream, state, true);
        const auto record = record_of(state, event.stream, {});
        save_keys(tx, event.stream, record);
        store::put_new_text(tx, "people", event.stream, words_to_find(record));
        rows.owned(event.stream, event.agency);
    }
}

}  // namespace

void register_people_projections(ledger::Ledger& ledger) {
    ledger.add(
        ledger::Projection{.stream_kind = "person", .tables = {"person", "person_state", "person_not_same", "relationship"}, .apply = apply_person});
    ledger.add(ledger::Derivation{.stream_kind = "person", .tables = {"person_key"}, .derive = derive_person});
}

// ---- Reading

std::string Name::full() const {
    std::string all;
    for (const auto* part : {&title, &given_name, &middle_names, &family_name})
        if (!part->empty()) all += (all.empty() ? "" : " ") + *part;
    return all;
}

std::string Person::name() const {
    const std::string all = Name{
        .id = {},
        .title = {},
        .given_name = details.given_name,
        .middle_names = details.middle_names,
        .family_name = details.family_name,
        .from = {},
        .until = {}}.full();
    return all.empty() ? "Name not known" : all;
}

std::string Relationship::kind_seen_from(Seq one) const { return one == from ? kind : std::string{reverse_of(kind)}; }

std::optional<Person> person(Reader& reader, Seq stream) {
    struct People {};
    return store::once<People>(reader, stream, [&]() -> std::optional<Person> {
        const auto row = reader.select_one(
            kinds, fmt::format("select {} from person p join stream s on s.seq = p.stream where p.stream = :stream", columns), {{"stream", stream}});
        if (!row) return {};
        return to_person(*row);
    });
}

std::optional<PersonRecord> person_record(Reader& reader, Seq stream) {
    const auto row = reader.select_one("tt", "select s.id, p.body from person_state p join stream s on s.seq = p.stream where p.stream = :stream",
                                       {{"stream", stream}});
    if (!row) return {};
    return record_of(parse_json(row->text(1)).value(), stream, row->text(0));
}

std::optional<Seq> find_person(Reader& reader, std::string_view id) {
    const auto row = reader.select_one("i", "select p.stream from person p join stream s on s.seq = p.stream where s.id = :id", {{"id", id}});
    if (!row) return {};
    return row->integer(0);
}

std::vector<Relationship> relationships_of(Reader& reader, Seq one) {
    std::vector<Relationship> all;
    for (const auto& row : reader.select("iitttt"
                                         "t",
                                         R"sql(
        select stream, other, id, kind, since, until_day, words from relationship where stream = :person or other = :person
         order by until_day, stream, id limit 200)sql",
                                         {{"person", one}}))
        all.push_back({.id = row.text(2),
                       .from = row.integer(0),
                       .to = row.integer(1),
                       .kind = row.text(3),
                       .since = row.text(4),
                       .until = row.text(5),
                       .words = row.text(6)});
    return all;
}

Seq root_of(Reader& reader, Seq one) {
    for (int steps = 0; steps < 100; ++steps) {
        const auto row =
            reader.select_one("i", "select merged_into from person where stream = :person and merged_into is not null", {{"person", one}});
        if (!row) return one;
        one = row->integer(0);
    }
    throw Bug{"records point to each other in a ring"};
}

std::vector<Seq> merged_into(Reader& reader, Seq root) {
    std::vector<Seq> all{root};
    for (std::size_t i = 0; i < all.size() && all.size() < 500; ++i)
        for (const auto& row : reader.select("i", "select stream from person where merged_into = :into order by stream", {{"into", all[i]}}))
            all.push_back(row.integer(0));
    all.erase(all.begin());
    return all;
}

std::vector<Seq> distinct_from(Reader& reader, Seq one) {
    std::vector<Seq> all;
    for (const auto& row : reader.select("i", R"sql(
        select other as person from person_not_same where stream = :person
         union select stream as person from person_not_same where other = :person order by 1)sql",
                                         {{"person", one}}))
        all.push_back(row.integer(0));
    return all;
}

// ---- As typed

namespace {

/// "Katie Louise Marshall", or "Marshall, Katie Louise": the last word is the family name where no comma says it.
void take_whole_name(const std::string& name, PersonDetails& d) {
    if (const auto comma = name.find(','); comma != std::string::npos) {
        d.family_name = trim(name.substr(0, comma));
        d.given_name = trim(name.substr(comma + 1));
        return;
    }
    const auto space = name.rfind(' ');
    d.given_name = space == std::string::npos ? "" : trim(name.substr(0, space));
    d.family_name = space == std::string::npos ? name : name.substr(space + 1);
}

/// The items of one list of a body, checked; every one gets an id.
std::vector<Json> items_from(const Json& typed, std::string_view part, Date today, const std::string& prefix, std::vector<FieldError>& errors) {
    std::vector<Json> all;
    const auto& items = typed[part].items();
    for (std::size_t i = 0; i < items.size() && i < 50; ++i) {
        auto item = checked_item(
            {.part = part, .typed = items[i], .before = {}, .state = {}, .today = today, .prefix = fmt::format("{}{}[{}].", prefix, part, i)});
        if (!item)
            errors.insert(errors.end(), item.error().fields.begin(), item.error().fields.end());
        else
            all.push_back(item->whole());
    }
    return all;
}

}  // namespace

Result<PersonDetails> details_from(const Json& typed, Date today, const std::string& prefix) {
    PersonDetails d;
    d.title = tidy(typed["title"].as_string());
    d.given_name = tidy(typed["given_name"].as_string());
    d.middle_names = tidy(typed["middle_names"].as_string());
    d.family_name = tidy(typed["family_name"].as_string());
    d.address = tidy(typed["address"].as_string());
    d.contact_note = tidy(typed["contact_note"].as_string());
    d.sex = lower_ascii(trim(typed["sex"].as_string()));
    d.language = tidy(typed["language"].as_string());
    d.interpreter = typed["interpreter"].as_bool() || typed["interpreter"].as_string() == "yes";
    if (const std::string name = tidy(typed["name"].as_string()); !name.empty() && d.family_name.empty() && d.given_name.empty())
        take_whole_name(name, d);
    std::vector<FieldError> errors;
    const auto wrong = [&](std::string_view field, std::string message) { errors.push_back({prefix + std::string{field}, std::move(message)}); };
    const Json& born = typed["date_of_birth"];
    if (auto birth = parse_birth(born.is_object() ? born["value"].as_string() : born.as_string(), today, prefix + "date_of_birth")) {
        d.birth = *birth;
        if (d.birth.known() && (typed["date_of_birth_estimated"].as_bool() || typed["date_of_birth_estimated"].as_string() == "yes"))
            d.birth.estimated = true;
        d.date_of_birth = d.birth.date();
    } else {
        errors.insert(errors.end(), birth.error().fields.begin(), birth.error().fields.end());
    }
    const auto normal = [&](std::string_view field, std::string& out, std::string (*make)(std::string_view), std::string message) {
        const std::string text = trim(typed[field].as_string());
        out = make(text);
        if (!text.empty() && out.empty()) wrong(field, std::move(message));
    };
    normal("phone", d.phone, normal_phone, "Give a phone number, like 07700 900321, or leave it empty.");
    normal("email", d.email, normal_email, "Give an e-mail address, like name@example.org, or leave it empty.");
    normal("postcode", d.postcode, normal_postcode, "Give a whole postcode, like YO12 7QP, or leave it empty.");
    if (const std::string uprn = trim(typed["uprn"].as_string()); !uprn.empty()) {
        d.uprn = uprn;
        d.uprn.erase(0, std::min(d.uprn.find_first_not_of('0'), d.uprn.size()));
        if (uprn.size() > 12 || uprn.find_first_not_of("0123456789") != std::string::npos) wrong("uprn", "A UPRN has one to twelve digits.");
    }
    if (!d.sex.empty() && !is_code("sexes", d.sex)) wrong("sex", "Choose one from the list, or leave it empty.");
    if (const std::string safe = typed["safe_to_contact"].as_string(); !safe.empty()) {
        d.safe_to_contact = safe;
        if (safe != "yes" && safe != "no" && safe != "not_known") wrong("safe_to_contact", "Choose yes, no or not known.");
    }
    for (const auto& [field, value] : {std::pair{"given_name", &d.given_name}, {"middle_names", &d.middle_names}, {"family_name", &d.family_name}})
        if (code_points(*value) > 100) wrong(field, "A name has 100 letters at most.");
    if (code_points(d.address) > 255) wrong("address", "An address has 255 letters at most.");
    if (code_points(d.contact_note) > 1000) wrong("contact_note", "This has 1,000 letters at most.");
    if (code_points(d.language) > 60) wrong("language", "This has 60 letters at most.");
    for (const auto& item : items_from(typed, "names", today, prefix, errors)) {
        auto record = record_of(Json::object({{"names", Json::array({item})}}), 0, {});
        d.other_names.push_back(record.names.front());
    }
    for (const auto& item : items_from(typed, "identifiers", today, prefix, errors))
        d.identifiers.push_back(
            {.id = {}, .kind = item["kind"].as_string(), .value = item["value"].as_string(), .issuer = item["issuer"].as_string()});
    for (const auto& item : items_from(typed, "contact_points", today, prefix, errors))
        d.other_points.push_back({.id = {},
                                  .kind = item["kind"].as_string(),
                                  .value = item["value"].as_string(),
                                  .label = item["label"].as_string(),
                                  .from = item["from"].as_string(),
                                  .until = item["until"].as_string()});
    for (const auto& item : items_from(typed, "addresses", today, prefix, errors))
        d.other_addresses.push_back({.id = {},
                                     .kind = item["kind"].as_string(),
                                     .text = item["text"].as_string(),
                                     .postcode = item["postcode"].as_string(),
                                     .uprn = item["uprn"].as_string(),
                                     .from = item["from"].as_string(),
                                     .until = item["until"].as_string()});
    if (!errors.empty()) return Refusal{Because::invalid, "subjects.person", std::string{another_look}, std::move(errors)};
    return d;
}

namespace {

Json name_json(const Name& name) {
    Json one = Json::object({{"id", name.id}, {"kind", name.kind}});
    return one.set_if("title", name.title)
        .set_if("given_name", name.given_name)
        .set_if("middle_names", name.middle_names)
        .set_if("family_name", name.family_name)
        .set_if("from", name.from)
        .set_if("until", name.until);
}
Json identifier_json(const Identifier& one) {
    Json json = Json::object({{"id", one.id}, {"kind", one.kind}, {"value", one.value}});
    return json.set_if("issuer", one.issuer);
}
Json point_json(const ContactPoint& one) {
    Json json = Json::object({{"id", one.id}, {"kind", one.kind}, {"value", one.value}});
    return json.set_if("label", one.label).set_if("from", one.from).set_if("until", one.until);
}
Json address_json(const Address& one) {
    Json json = Json::object({{"id", one.id}, {"kind", one.kind}});
    return json.set_if("text", one.text)
        .set_if("postcode", one.postcode)
        .set_if("uprn", one.uprn)
        .set_if("from", one.from)
        .set_if("until", one.until);
}

/// The document that the first event carries.
Json payload_of(const PersonDetails& d, Instant at) {
    Json names = Json::array(), identifiers = Json::array(), points = Json::array(), addresses = Json::array();
    const auto with_id = [&](auto one) {
        one.id = new_id(at);
        return one;
    };
    Name main{.id = {},
              .title = d.title,
              .given_name = d.given_name,
              .middle_names = d.middle_names,
              .family_name = d.family_name,
              .from = {},
              .until = {}};
    if (!main.full().empty()) names.push(name_json(with_id(main)));
    for (auto name : d.other_names) {
        if (name.kind == "main" && !main.full().empty()) name.kind = "alias";
        names.push(name_json(with_id(name)));
    }
    for (const auto& one : d.identifiers) identifiers.push(identifier_json(with_id(one)));
    if (!d.phone.empty())
        points.push(point_json(with_id(ContactPoint{.id = {}, .kind = "phone", .value = d.phone, .label = {}, .from = {}, .until = {}})));
    if (!d.email.empty())
        points.push(point_json(with_id(ContactPoint{.id = {}, .kind = "email", .value = d.email, .label = {}, .from = {}, .until = {}})));
    for (const auto& one : d.other_points) points.push(point_json(with_id(one)));
    if (!d.address.empty() || !d.postcode.empty() || !d.uprn.empty())
        addresses.push(address_json(with_id(Address{.id = {}, .text = d.address, .postcode = d.postcode, .uprn = d.uprn, .from = {}, .until = {}})));
    for (const auto& one : d.other_addresses) addresses.push(address_json(with_id(one)));
    Json payload = Json::object();
    if (d.birth.known()) {
        Json birth = Json::object({{"value", to_iso(d.birth)}});
        if (d.birth.estimated) birth.set("estimated", true);
        payload.set("birth", birth);
    }
    payload.set_if("sex", d.sex).set_if("language", d.language).set_if("contact_note", d.contact_note);
    if (d.interpreter) payload.set("interpreter", true);
    payload.set_if("names", names).set_if("identifiers", identifiers).set_if("contact_points", points).set_if("addresses", addresses);
    return payload;
}

}  // namespace

Json to_json(const Person& person) {
    const auto& d = person.details;
    Json json = Json::object({{"id", person.id}, {"name", person.name()}});
    json.set_if("title", d.title).set_if("given_name", d.given_name).set_if("middle_names", d.middle_names).set_if("family_name", d.family_name);
    if (d.birth.known()) {
        json.set("date_of_birth", to_iso(d.birth));
        if (d.birth.day == 0) json.set("date_of_birth_precision", d.birth.month == 0 ? "year" : "month");
        if (d.birth.estimated) json.set("date_of_birth_estimated", true);
    }
    json.set_if("sex", d.sex)
        .set_if("address", d.address)
        .set_if("postcode", d.postcode)
        .set_if("uprn", d.uprn)
        .set_if("phone", d.phone)
        .set_if("email", d.email)
        .set_if("language", d.language)
        .set_if("safe_to_contact", d.safe_to_contact)
        .set_if("contact_note", d.contact_note);
    if (d.interpreter) json.set("interpreter", true);
    return json;
}

// ---- Changing

namespace {

ledger::NewEvent recorded(const PersonDetails& details, Instant at) {
    return {"subjects.person_recorded", Json::object({{"safe_to_contact", details.safe_to_contact}, {"summary", "Person recorded"}}),
            payload_of(details, at)};
}

}  // namespace

std::vector<Seq> load_people(Transaction& tx, const std::vector<std::pair<ledger::Author, PersonDetails>>& people) {
    std::vector<ledger::NewStream> streams;
    streams.reserve(people.size());
    for (const auto& [author, details] : people) streams.push_back({"person", new_id(author.at), {{author, recorded(details, author.at)}}});
    return ledger::append_streams(tx, streams, write_new_people);
}

Result<Seq> create_person(Transaction& tx, ledger::Ledger& ledger, const ledger::Author& author, const PersonDetails& details) {
    if (details.given_name.empty() && details.family_name.empty() && details.address.empty() && details.phone.empty() && details.other_names.empty())
        return Refusal{
            Because::invalid, "subjects.nothing_known", std::string{another_look}, {{"name", "Give at least a name, an address or a phone number."}}};
    const Seq stream = ledger.create(tx, "person", new_id(author.at));
    auto appended = ledger.append(tx, author, stream, 0, {recorded(details, author.at)});
    if (!appended) return appended.error();
    return stream;
}

namespace {

ledger::NewEvent part_event(std::string_view part, std::string_view id, std::string_view done, const Item& item) {
    Json envelope = Json::object({{"part", part}, {"id", id}, {"done", done}, {"summary", fmt::format("{} {}", part_label(part), done)}});
    if (!item.open.members().empty()) envelope.set("item", item.open);
    Json payload;
    if (!item.closed.members().empty()) payload = Json::object({{"item", item.closed}});
    return {fmt::format("subjects.{}_{}", part == "addresses" ? "address" : part.substr(0, part.size() - 1), done), std::move(envelope),
            std::move(payload)};
}

Result<Done> check_version(const Json& state, Expected expected) {
    if (!expected || *expected == state["version"].as_integer()) return Done{};
    return Refusal{Because::stale, "ledger.stale", "Someone changed this while you had it open. Look at what they did, then save again."};
}

/// What every change begins with: may he, and is the record still its own.
Result<Json> take_up(Transaction& tx, const Context& context, Seq stream, Expected expected) {
    if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = stream}); !asked) return asked.error();
    context.ledger.lock(tx, {stream});
    Json state = state_of(tx, stream);
    if (auto fresh = check_version(state, expected); !fresh) return fresh.error();
    if (state.has("merged_into"))
        return Refusal{Because::not_now, "subjects.merged",
                       "This record points to another that it was merged into: change that one, or un-merge them first."};
    return state;
}

Result<std::int64_t> put_down(Transaction& tx, const Context& context, Seq stream, const Json& state, const std::vector<ledger::NewEvent>& events) {
    if (events.empty()) return state["version"].as_integer();
    return context.ledger.append(tx, context.author(), stream, {}, events);
}

const Json* first_that_stands(const Json& items, std::string_view kind) {
    for (const auto& item : items.items())
        if (!item.has("until") && (kind.empty() || item["kind"].as_string() == kind)) return &item;
    return nullptr;
}

/// A corrected main value: changes the item that holds it, adds one where there is none, ends it where the value is taken away.
void correct_item(std::vector<ledger::NewEvent>& events, const Context& context, std::string_view part, const Json* item, const Json& values,
                  bool nothing_left) {
    if (item == nullptr) {
        if (nothing_left) return;
        Item added;
        for (const auto& [key, value] : values.members()) added.closed.set_if(key, value);
        events.push_back(part_event(part, new_id(context.now()), "added", added));
        return;
    }
    Item changed;
    if (nothing_left) {
        changed.closed.set("until", to_iso(context.today()));
    } else {
        for (const auto& [key, value] : values.members())
            if ((*item)[key].as_string() != value.as_string()) changed.closed.set(key, value);
    }
    if (!changed.closed.members().empty()) events.push_back(part_event(part, (*item)["id"].as_string(), nothing_left ? "ended" : "changed", changed));
}

void correct_name(std::vector<ledger::NewEvent>& events, const Context& context, const Json& state, const Json& typed, const PersonDetails& d) {
    Json values = Json::object();
    const bool whole = typed.has("name");
    const auto take = [&](std::string_view key, const std::string& value, bool with_whole) {
        if (typed.has(key) || (whole && with_whole)) values.set(key, value);
    };
    take("title", d.title, false);
    take("given_name", d.given_name, true);
    take("middle_names", d.middle_names, false);
    take("family_name", d.family_name, true);
    if (values.members().empty()) return;
    const Json* main = nullptr;
    for (const auto& name : state["names"].items())
        if (name["kind"].as_string() == "main") main = &name;
    if (main == nullptr) values.set("kind", "main");
    correct_item(events, context, "names", main, values, false);
}

void correct_contact(std::vector<ledger::NewEvent>& events, const Context& context, const Json& state, const Json& typed, const PersonDetails& d) {
    for (const auto& [key, value] : {std::pair{"phone", &d.phone}, {"email", &d.email}})
        if (typed.has(key))
            correct_item(events, context, "contact_points", first_that_stands(state["contact_points"], key),
                         Json::object({{"kind", key}, {"value", *value}}), value->empty());
    Json values = Json::object();
    if (typed.has("address")) values.set("text", d.address);
    if (typed.has("postcode")) values.set("postcode", d.postcode);
    if (typed.has("uprn")) values.set("uprn", d.uprn);
    if (values.members().empty()) return;
    const Json* item = first_that_stands(state["addresses"], "");
    bool nothing = true;
    for (const char* key : {"text", "postcode"})
        nothing = nothing && (values.has(key) ? values[key].as_string().empty() : item == nullptr || (*item)[key].as_string().empty());
    if (item == nullptr) values.set("kind", "home");
    correct_item(events, context, "addresses", item, values, nothing);
}

void correct_rest(std::vector<ledger::NewEvent>& events, const Json& state, const Json& typed, const PersonDetails& d) {
    Json payload = Json::object(), fields = Json::array();
    const auto differs = [&](std::string_view key, const Json& value) {
        payload.set(key, value);
        fields.push(key);
    };
    if (typed.has("date_of_birth") || typed.has("date_of_birth_estimated")) {
        Json birth = Json::object();
        const std::string value = typed.has("date_of_birth") ? to_iso(d.birth) : state["birth"]["value"].as_string();
        if (!value.empty()) birth.set("value", value);
        const bool estimated =
            d.birth.estimated || typed["date_of_birth_estimated"].as_bool() || typed["date_of_birth_estimated"].as_string() == "yes";
        if (!value.empty() && estimated) birth.set("estimated", true);
        if (sorted(birth) != sorted(state["birth"].is_null() ? Json::object() : state["birth"])) differs("birth", birth);
    }
    for (const auto& [key, value] : {std::pair{"sex", &d.sex}, {"language", &d.language}, {"contact_note", &d.contact_note}})
        if (typed.has(key) && state[key].as_string() != *value) differs(key, *value);
    if (typed.has("interpreter") && state["interpreter"].as_bool() != d.interpreter) differs("interpreter", d.interpreter);
    const bool safe = typed.has("safe_to_contact") && state["safe_to_contact"].as_string() != d.safe_to_contact;
    if (payload.members().empty() && !safe) return;
    Json envelope = Json::object({{"summary", payload.members().empty() ? "Safe to contact noted" : "Record corrected"}});
    envelope.set_if("fields", fields);
    if (safe) envelope.set("safe_to_contact", d.safe_to_contact);
    events.push_back({"subjects.person_corrected", std::move(envelope), payload.members().empty() ? Json{} : std::move(payload)});
}

}  // namespace

Result<std::int64_t> correct_person(Transaction& tx, const Context& context, Seq stream, Expected expected, const Json& typed) {
    auto state = take_up(tx, context, stream, expected);
    if (!state) return state.error();
    const auto d = details_from(typed, context.today());
    if (!d) return d.error();
    std::vector<ledger::NewEvent> events;
    correct_name(events, context, *state, typed, *d);
    correct_contact(events, context, *state, typed, *d);
    correct_rest(events, *state, typed, *d);
    const bool names_nobody = typed.has("family_name") && d->family_name.empty() && (typed.has("given_name") ? d->given_name.empty() : false);
    if (names_nobody && (*state)["names"].items().size() == 1)
        return invalid("family_name", "Give a first name or a last name: a record that had one keeps one.");
    return put_down(tx, context, stream, *state, events);
}

namespace {

/// The other person of a relationship is looked up and asked for: what may not be known cannot be named.
Result<Json> with_other(Transaction& tx, const Context& context, Seq stream, const Json& typed) {
    Json out = typed;
    const auto other = find_person(tx, typed["other"].as_string());
    out.erase("other");
    if (!other) return out;
    if (!context.may(tx, "read", {.kind = "person", .seq = *other}).allowed) return out;
    if (*other == stream) return invalid("other", "A person has no relationship with themselves: choose somebody else.");
    out.set("other", *other);
    return out;
}

const Json* item_of(const Json& state, std::string_view part, std::string_view id) {
    for (const auto& item : state[part].items())
        if (item["id"].as_string() == id) return &item;
    return nullptr;
}

Refusal no_item() { return {Because::absent, "subjects.no_item", "This is not on the record any more."}; }

}  // namespace

Result<Added> add_part(Transaction& tx, const Context& context, Seq stream, Expected expected, std::string_view part, const Json& typed) {
    auto state = take_up(tx, context, stream, expected);
    if (!state) return state.error();
    require(is_part(part), "add_part names a part");
    Json said = typed;
    if (part == "relationships") {
        auto found = with_other(tx, context, stream, typed);
        if (!found) return found.error();
        said = std::move(*found);
    }
    if ((*state)[part].items().size() >= 200) return invalid("kind", "This record has 200 of these already.");
    auto item = checked_item({.part = part, .typed = said, .before = {}, .state = *state, .today = context.today(), .prefix = {}});
    if (!item) return item.error();
    const std::string id = new_id(context.now());
    auto version = put_down(tx, context, stream, *state, {part_event(part, id, "added", *item)});
    if (!version) return version.error();
    return Added{id, *version};
}

Result<std::int64_t> change_part(Transaction& tx, const Context& context, Seq stream, Expected expected, std::string_view part, std::string_view id,
                                 const Json& typed) {
    auto state = take_up(tx, context, stream, expected);
    if (!state) return state.error();
    const Json* before = is_part(part) ? item_of(*state, part, id) : nullptr;
    if (before == nullptr) return no_item();
    auto item = checked_item({.part = part, .typed = typed, .before = *before, .state = *state, .today = context.today(), .prefix = {}});
    if (!item) return item.error();
    const Json whole = item->whole();
    if (part == "names" && (*before)["kind"].as_string() == "main" && whole.has("kind"))
        return invalid("kind", "A record keeps a main name: add the new one as the main name, and this becomes a former one.");
    if (whole.members().empty()) return (*state)["version"].as_integer();
    const bool ends = whole.members().size() == 1 && whole.has("until") && !whole["until"].as_string().empty();
    return put_down(tx, context, stream, *state, {part_event(part, id, ends ? "ended" : "changed", *item)});
}

Result<std::int64_t> remove_part(Transaction& tx, const Context& context, Seq stream, Expected expected, std::string_view part, std::string_view id,
                                 std::string_view why) {
    auto state = take_up(tx, context, stream, expected);
    if (!state) return state.error();
    const Json* before = is_part(part) ? item_of(*state, part, id) : nullptr;
    if (before == nullptr) return no_item();
    if (part == "names" && (*before)["kind"].as_string() == "main")
        return invalid("why", "A record keeps its main name: correct it, or add another main name.");
    if (letters_and_digits(why) < 5) return invalid("why", "Say why it was wrong, in a few words.");
    auto event = part_event(part, id, "removed", {});
    event.payload = Json::object({{"why", tidy(why)}});
    return put_down(tx, context, stream, *state, {std::move(event)});
}

// ---- Merge is a pointer

namespace {

/// Two numbers of the same scheme that differ speak for two people.
bool numbers_differ(const PersonRecord& a, const PersonRecord& b) {
    for (const auto& one : a.identifiers)
        for (const auto& other : b.identifiers)
            if (one.kind == other.kind && fold(one.issuer) == fold(other.issuer) && one.value != other.value) return true;
    return false;
}

bool said_distinct(Reader& reader, Seq one, Seq other) {
    const auto all = distinct_from(reader, one);
    return std::find(all.begin(), all.end(), other) != all.end();
}

}  // namespace

Result<Merging> merge(Transaction& tx, const Context& context, Seq from, Seq into, std::string_view why, Expected expected) {
    if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = from}); !asked) return asked.error();
    if (!context.may(tx, "read", {.kind = "person", .seq = into}).allowed) return invalid("with", "There is no such record: choose another.");
    if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = into}); !asked) return asked.error();
    if (from == into) return invalid("with", "A record cannot be merged with itself: choose another.");
    if (letters_and_digits(why) < 5) return invalid("why", "Say why they are one person, in a few words.");
    context.ledger.lock(tx, {from, into});
    if (auto fresh = check_version(state_of(tx, from), expected); !fresh) return fresh.error();
    const auto moving = person_record(tx, from), staying = person_record(tx, into);
    if (moving->person.merged_into)
        return Refusal{Because::not_now, "subjects.merged", "This record is merged into another already: un-merge it first."};
    if (staying->person.merged_into)
        return Refusal{Because::not_now, "subjects.merged", "That record is merged into another itself: choose the one it points to."};
    if (said_distinct(tx, from, into))
        return Refusal{Because::not_now, "subjects.distinct", "These two were said not to be the same person: take that decision back first."};
    const Json asked = state_of(tx, from)["merge_asked"];
    const bool by_second = asked["into"].as_integer() == into && asked["by"].as_integer() != context.actor.user;
    if (numbers_differ(*moving, *staying) && !by_second) {
        if (asked["into"].as_integer() == into)
            return Refusal{Because::not_now, "subjects.second_person",
                           "Their numbers differ, so a second person has to agree: ask a colleague to merge the same two records."};
        auto appended = context.ledger.append(
            tx, context.author(), from, {},
            {ledger::NewEvent{"subjects.merge_asked",
                              Json::object({{"merge_asked", into}, {"summary", "Merge asked for, a second person has to agree"}}),
                              Json::object({{"why", tidy(why)}})}});
        if (!appended) return appended.error();
        return Merging::proposed;
    }
    auto appended =
        context.ledger.append(tx, context.author(), from, {},
                              {ledger::NewEvent{"subjects.merged", Json::object({{"merged_into", into}, {"summary", "Merged into another record"}}),
                                                Json::object({{"why", tidy(why)}})}});
    if (!appended) return appended.error();
    return Merging::done;
}

Result<Done> unmerge(Transaction& tx, const Context& context, Seq from, Expected expected) {
    if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = from}); !asked) return asked;
    context.ledger.lock(tx, {from});
    Json state = state_of(tx, from);
    if (auto fresh = check_version(state, expected); !fresh) return fresh;
    if (!state.has("merged_into") && !state.has("merge_asked")) {
        // Asked of the record that stayed: clear where exactly one points to it.
        const auto pointing = merged_into(tx, from);
        if (pointing.size() != 1 || !context.may(tx, "change", {.kind = "person", .seq = pointing.front()}).allowed)
            return Refusal{Because::not_now, "subjects.not_merged",
                           pointing.size() > 1 ? "Several records point to this one: un-merge the one that you mean."
                                               : "This record is not merged with another."};
        from = pointing.front();
        state = state_of(tx, from);
    }
    const bool merged = state.has("merged_into");
    auto appended = context.ledger.append(
        tx, context.author(), from, {},
        {ledger::NewEvent{
            merged ? "subjects.unmerged" : "subjects.merge_withdrawn",
            Json::object({{"unmerged", true}, {"summary", merged ? "Un-merged: a record of its own again" : "Merge no longer asked for"}})}});
    if (!appended) return appended.error();
    return Done{};
}

Result<Done> mark_distinct(Transaction& tx, const Context& context, Seq one, Seq other, std::string_view why) {
    if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = one}); !asked) return asked;
    if (!context.may(tx, "read", {.kind = "person", .seq = other}).allowed) return invalid("other", "There is no such record: choose another.");
    if (one == other) return invalid("other", "A record is always the same as itself: choose another.");
    context.ledger.lock(tx, {one, other});
    if (root_of(tx, one) == root_of(tx, other))
        return Refusal{Because::not_now, "subjects.merged", "These two records are merged: un-merge them first."};
    if (said_distinct(tx, one, other)) return Done{};
    Json payload;
    if (!tidy(why).empty()) payload = Json::object({{"why", tidy(why)}});
    auto appended = context.ledger.append(
        tx, context.author(), one, {},
        {ledger::NewEvent{"subjects.distinct",
                          Json::object({{"distinct_from", Json::array({other})}, {"summary", "Said not to be the same as another record"}}),
                          std::move(payload)}});
    if (!appended) return appended.error();
    return Done{};
}

Result<Done> withdraw_distinct(Transaction& tx, const Context& context, Seq one, Seq other) {
    if (auto asked = context.demand(tx, "change", {.kind = "person", .seq = one}); !asked) return asked;
    if (!context.may(tx, "read", {.kind = "person", .seq = other}).allowed) return invalid("other", "There is no such record: choose another.");
    context.ledger.lock(tx, {one, other});
    // It stands in the stream in which it was said, perhaps in both.
    for (const auto& [stream, about] : {std::pair{std::min(one, other), std::max(one, other)}, {std::max(one, other), std::min(one, other)}}) {
        if (tx.count("select count(*) from person_not_same where stream = :stream and other = :other", {{"stream", stream}, {"other", about}}) == 0)
            continue;
        auto appended = context.ledger.append(
            tx, context.author(), stream, {},
            {ledger::NewEvent{"subjects.distinct_withdrawn",
                              Json::object({{"distinct_withdrawn", Json::array({about})}, {"summary", "No longer said not to be the same"}})}});
        if (!appended) return appended.error();
    }
    return Done{};
}

// ---- History

namespace {

std::string words_of_change(const Json& before, const Json& after, const ledger::Event& event) {
    const std::string& part = event.envelope["part"].as_string();
    if (!part.empty()) {
        const std::string& id = event.envelope["id"].as_string();
        const Json* was = item_of(before, part, id);
        const Json* is = item_of(after, part, id);
        std::string words = is != nullptr ? item_in_words(part, *is) : was != nullptr ? item_in_words(part, *was) : "";
        if (is != nullptr && was != nullptr && item_in_words(part, *was) != words) words += ", was " + item_in_words(part, *was);
        if (event.payload["why"].is_string()) words += ". " + event.payload["why"].as_string();
        return words;
    }
    std::vector<std::string> parts;
    const auto compare = [&](std::string_view label, const std::string& was, const std::string& is) {
        if (was != is && event.version > 1)
            parts.push_back(fmt::format("{} {}{}", label, is.empty() ? "taken away" : is, was.empty() ? "" : ", was " + was));
    };
    const auto born = [](const Json& state) {
        return in_words(birth_of(state["birth"]["value"].as_string(), state["birth"]["estimated"].as_bool()));
    };
    compare("Date of birth", born(before), born(after));
    compare("Sex", label_of("sexes", before["sex"].as_string()), label_of("sexes", after["sex"].as_string()));
    compare("Language", before["language"].as_string(), after["language"].as_string());
    compare("Safe to contact:", before["safe_to_contact"].as_string(), after["safe_to_contact"].as_string());
    compare("Note:", before["contact_note"].as_string(), after["contact_note"].as_string());
    if (event.payload["why"].is_string()) parts.push_back(event.payload["why"].as_string());
    return join(parts, ". ");
}

}  // namespace

std::vector<PersonChange> changes_of(Reader& reader, const Context& context, Seq stream) {
    std::vector<PersonChange> all;
    Json state = Json::object();
    for (const auto& event : context.ledger.read(reader, stream, {})) {
        const Json before = state;
        fold_person(state, event);
        all.push_back({.version = event.version,
                       .kind = event.kind,
                       .summary = event.envelope["summary"].as_string(),
                       .words = event.erased ? "Erased" : words_of_change(before, state, event),
                       .recorded_at = event.recorded_at,
                       .effective_at = event.effective_at,
                       .actor = event.actor,
                       .agency = event.agency});
    }
    std::reverse(all.begin(), all.end());
    return all;
}

}  // namespace concord::subjects
