#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cases/referral_import.hpp"

/// Whatever bytes a file holds: it is read or refused with a sentence, and every row is counted once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord::cases;
    if (size == 0) return 0;
    const ReferralImportAsk ask{.dates = static_cast<DateOrder>(data[0] % 3), .hub = "scarborough"};
    const auto file = read_referral_file({reinterpret_cast<const char*>(data) + 1, size - 1}, ask);
    if (!file) {
        if (file.error().sentence.empty()) std::abort();
        return 0;
    }
    if (file->good.size() > file->rows) std::abort();
    for (const auto& bad : file->bad)
        if (bad.reason.empty() || bad.line == 0) std::abort();
    return 0;
}
