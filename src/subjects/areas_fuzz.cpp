#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "subjects/places_address.hpp"
#include "subjects/subjects.hpp"

/// Outside input of places: postcodes, addresses, GeoJSON, the data folder with its CSV files, rules of flags. The first letter chooses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    using namespace concord::subjects;
    if (size == 0) return 0;
    const std::string text{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0] % 5) {
        case 0: {
            const auto checked = check_postcode(text);
            require(checked.postcode.empty() != checked.problem.empty(), "a postcode is good, or its problem is said");
            if (!checked.postcode.empty())
                require(check_postcode(checked.postcode).postcode == checked.postcode, "the normal form is its own normal form");
            break;
        }
        case 1:
            require(parse_address(text) == parse_address(text), "the same text is the same address");
            break;
        case 2:
            if (const auto features = read_geojson(text))
                for (const auto& feature : *features) {
                    const auto again = from_compact(to_compact(feature.shape));
                    require(again.size() == feature.shape.size(), "the compact form keeps every part");
                    (void)contains(again, {450'000, 480'000});
                }
            break;
        case 3: {
            const std::map<std::string, std::string> files{
                {"areas.toml", "title='T'\nlicence='L'\nattribution='A'\npostcodes='p'\nstreets='s'\ndescribed='d'\n"},
                {"p", text},
                {"s", text},
                {"d", text}};
            (void)read_areas([&](const std::string& file) { return files.count(file) != 0 ? files.at(file) : std::string{}; });
            break;
        }
        default:
            (void)read_flag_rules(text, "rules.toml");
    }
    return 0;
}
