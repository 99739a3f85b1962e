#include "base/id.hpp"

#include <atomic>
#include <mutex>

#include "base/hash.hpp"

namespace concord {
namespace {

/// The 74 free bits: 12 that count within a millisecond, 62 random.
struct Last {
    std::int64_t millis = 0;
    unsigned counter = 0;
};

std::string written(std::int64_t millis, unsigned counter, std::string_view random) {
    unsigned char raw[16];
    for (int i = 0; i < 6; ++i) raw[i] = static_cast<unsigned char>(millis >> (40 - 8 * i));
    raw[6] = static_cast<unsigned char>(0x70 | (counter >> 8));
    raw[7] = static_cast<unsigned char>(counter & 0xff);
    for (int i = 0; i < 8; ++i) raw[8 + i] = static_cast<unsigned char>(random[static_cast<std::size_t>(i)]);
    raw[8] = static_cast<unsigned char>(0x80 | (raw[8] & 0x3f));
    const std::string hex = to_hex({reinterpret_cast<const char*>(raw), 16});
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace

std::string new_id(Instant at) {
    static std::mutex mutex;
    static Last last;
    const std::int64_t millis = at.micros / 1000;
    std::int64_t used = 0;
    unsigned counter = 0;
    {
        const std::lock_guard lock{mutex};
        if (millis > last.millis)
            last = {millis, 0};
        else if (++last.counter > 0xfff)
            last = {last.millis + 1, 0};
        used = last.millis;
        counter = last.counter;
    }
    return written(used, counter, random_bytes(8));
}

bool is_id(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

}  // namespace concord
