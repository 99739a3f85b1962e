#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

/// Numbers that agencies give to people: interoperability.md section 11.2.
namespace concord::subjects {

/// The number's normal form ("14/100000h" -> "2014/0100000H"), or what is wrong with it. A PNC id, a CRO number and an NHS number carry a check
/// letter or digit: one that does not fit is refused, because a slip of the finger would name somebody else. this_year: a PNC id's year of two digits
/// lies in this century up to it.
Result<std::string> normal_identifier(std::string_view kind, std::string_view typed, int this_year, std::string_view field = "value");
/// "20*********0H": for lists, where numbers are not shown whole.
std::string masked(std::string_view value);

}  // namespace concord::subjects
