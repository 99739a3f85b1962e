#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Hashes, encodings, randomness. OpenSSL and libsodium do the work.
namespace concord {

std::string sha256(std::string_view bytes);      // 32 raw bytes
std::string sha256_hex(std::string_view bytes);  // 64 lower-case hex digits
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string to_hex(std::string_view bytes);
std::string to_base64url(std::string_view bytes);   // without padding
std::string from_base64url(std::string_view text);  // empty where malformed
std::string random_bytes(std::size_t count);
std::string random_token();  // 32 random bytes as base64url
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace concord
