#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.hpp"

/// Files as people have them: plain, .gz, or a .zip of many. Told apart by their first bytes, not by their names; unpacked in memory, never on disk.
namespace concord::analysis {

struct PackageLimits {
    std::size_t member = std::size_t{64} << 20;  // bytes of one unpacked file
    std::size_t ratio = 200;                     // unpacked bytes for each packed one, beyond the first MB
    std::size_t members = 20'000;
};

struct Member {
    std::string name;          // the path as given; within an archive "file.zip/2025-06/2025-06-north-yorkshire-street.csv"
    Result<std::string> text;  // or why it cannot be had
    double share = 1;          // of the package, this member among it: 1 at its end
};

/// Calls `take` with each file in turn, holding one in memory at a time. Names that climb out of the archive, two members of one name (both: nobody
/// can say which is right), links, encrypted or damaged members and those beyond the limits come as refusals.
void each_member(const std::string& path, const PackageLimits& limits, const std::function<void(Member&&)>& take);

}  // namespace concord::analysis
