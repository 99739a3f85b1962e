#pragma once

#include <string>
#include <string_view>

/// An address as people write it, taken apart for finding the same place again. Values in, values out.
namespace concord::subjects {

struct ParsedAddress {
    std::string unit;      // "flat 3"; empty where there is none
    std::string number;    // "14", "14a", "14-16"; a house without one has its name here: "rose cottage"
    std::string street;    // street_key of the rest: "trafalgar court"
    std::string locality;  // what stands behind the street: "scarborough"
    bool operator==(const ParsedAddress&) const = default;
};
/// "Flat 3, 14 Trafalgar Ct., Scarborough" -> {"flat 3", "14", "trafalgar court", "scarborough"}. Postcodes within are left out.
ParsedAddress parse_address(std::string_view text);

/// For comparing names of streets: folded, apostrophes off, "Rd" is road, "St" at the end street and at the beginning saint.
std::string street_key(std::string_view name);

}  // namespace concord::subjects
