#include "ledger/chain.hpp"

#include <sodium.h>

#include <fmt/format.h>

#include "base/hash.hpp"

namespace concord::ledger {
namespace {

void add_part(std::string& bytes, std::string_view part) {
    bytes += fmt::format_int(part.size()).c_str();
    bytes += ':';
    bytes += part;
}
void add_part(std::string& bytes, std::int64_t number) { add_part(bytes, std::string_view{fmt::format_int(number).c_str()}); }

std::string from_hex(std::string_view hex) {
    std::string bytes(hex.size() / 2, '\0');
    std::size_t length = 0;
    if (sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(), nullptr, &length, nullptr) != 0)
        return {};
    bytes.resize(length);
    return bytes;
}

}  // namespace

std::string hash_of(std::string_view previous_hash, const Link& link) {
    std::string bytes;
    bytes.reserve(256 + link.envelope.size());
    add_part(bytes, previous_hash);
    add_part(bytes, link.stream_id);
    add_part(bytes, link.version);
    add_part(bytes, link.kind);
    add_part(bytes, link.recorded_at);
    add_part(bytes, link.effective_at);
    add_part(bytes, link.actor);
    add_part(bytes, link.agency);
    add_part(bytes, link.purpose);
    add_part(bytes, link.envelope);
    add_part(bytes, link.payload_hash);
    return sha256_hex(bytes);
}

std::string payload_hash_of(std::string_view salt, std::string_view body) {
    std::string bytes;
    bytes.reserve(salt.size() + body.size() + 24);
    add_part(bytes, salt);
    add_part(bytes, body);
    return sha256_hex(bytes);
}

MerkleTree::MerkleTree(std::vector<Peak> peaks) : peaks_{std::move(peaks)} {}

void MerkleTree::add(std::string_view leaf) {
    peaks_.push_back({1, sha256_hex(std::string(1, '\0') + std::string{leaf})});
    while (peaks_.size() > 1 && peaks_[peaks_.size() - 2].size == peaks_.back().size) {
        const Peak right = peaks_.back();
        peaks_.pop_back();
        peaks_.back() = {right.size * 2, sha256_hex("\x01" + peaks_.back().hash + right.hash)};
    }
}

std::int64_t MerkleTree::size() const {
    std::int64_t total = 0;
    for (const auto& peak : peaks_) total += peak.size;
    return total;
}

std::string MerkleTree::root() const {
    if (peaks_.empty()) return sha256_hex("");
    std::string hash = peaks_.back().hash;
    for (std::size_t i = peaks_.size() - 1; i-- > 0;) hash = sha256_hex("\x01" + peaks_[i].hash + hash);
    return hash;
}

std::string signed_text(std::int64_t size, std::string_view root, std::int64_t sealed_at) { return fmt::format("{}|{}|{}", size, root, sealed_at); }

KeyPair key_pair(std::string_view seed) {
    require(seed.size() == crypto_sign_SEEDBYTES, "a signing seed has 32 bytes");
    random_bytes(1);  // starts libsodium
    std::string secret(crypto_sign_SECRETKEYBYTES, '\0'), open(crypto_sign_PUBLICKEYBYTES, '\0');
    crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(open.data()), reinterpret_cast<unsigned char*>(secret.data()),
                             reinterpret_cast<const unsigned char*>(seed.data()));
    return {secret, to_hex(open)};
}

std::string sign(std::string_view text, std::string_view secret_key) {
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, reinterpret_cast<const unsigned char*>(text.data()),
                         text.size(), reinterpret_cast<const unsigned char*>(secret_key.data()));
    return to_hex(signature);
}

bool signature_holds(std::string_view text, std::string_view signature_hex, std::string_view public_key_hex) {
    const std::string signature = from_hex(signature_hex), key = from_hex(public_key_hex);
    return signature.size() == crypto_sign_BYTES && key.size() == crypto_sign_PUBLICKEYBYTES &&
           crypto_sign_verify_detached(reinterpret_cast<const unsigned char*>(signature.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                       text.size(), reinterpret_cast<const unsigned char*>(key.data())) == 0;
}

}  // namespace concord::ledger
