#include "base/text.hpp"
#include "cases/cases.hpp"

namespace concord::cases {

std::optional<access::Thing> find_thing(store::Reader& reader, std::string_view named) {
    for (const std::string_view before : {"/api/v1", "/cases/", "/referrals/", "/people/", "/places/"})
        if (named.starts_with(before)) named.remove_prefix(before.size());
    // What lies on a record: REFERENCE/entries/3, REFERENCE/documents/ID.
    const auto slash = named.find('/');
    const std::string_view head = named.substr(0, slash);
    std::optional<access::Thing> thing;
    if (const auto row = reader.select_one("it", "select seq, kind from stream where id = :id", {{"id", head}}))
        thing = access::Thing{.kind = row->text(1), .seq = row->integer(0)};
    else if (const auto found = reader.select_one("i", "select stream from case_record where reference = :reference", {{"reference", head}}))
        thing = access::Thing{.kind = "case", .seq = found->integer(0)};
    else if (const auto report = reader.select_one("i", "select stream from referral where reference = :reference", {{"reference", head}}))
        thing = access::Thing{.kind = "referral", .seq = report->integer(0)};
    if (!thing || slash == std::string_view::npos) return thing;
    const auto parts = split(named.substr(slash + 1), '/');
    if (parts.size() != 2 || thing->kind != "case") return {};
    if (parts[0] == "entries") {
        const auto version = std::strtoll(parts[1].c_str(), nullptr, 10);
        const auto there =
            reader.count("select count(*) from entry where stream = :stream and version = :version", {{"stream", thing->seq}, {"version", version}});
        return there == 0 ? std::nullopt : std::optional{access::Thing{.kind = "entry", .seq = thing->seq}};
    }
    if (parts[0] == "documents") {
        const auto state = case_state(reader, thing->seq);
        if (state)
            for (const auto& one : (*state)["documents"].items())
                if (one["id"].as_string() == parts[1]) return access::Thing{.kind = "document", .seq = thing->seq};
    }
    return {};
}

}  // namespace concord::cases
