#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "ledger/ledger.hpp"

/// The hashes of the chain and of the Merkle tree, as the header of ledger.hpp defines them. Shared by append, verify and concord-verify.
namespace concord::ledger {

struct Link {  // everything of an event that its hash covers
    std::string stream_id;
    std::int64_t version = 0;
    std::string kind;
    std::int64_t recorded_at = 0, effective_at = 0;
    Seq actor = 0, agency = 0;
    std::string purpose, envelope, payload_hash;
};
/// Each part is written with its length before it, so that no two different events give the same bytes.
std::string hash_of(std::string_view previous_hash, const Link& link);
std::string payload_hash_of(std::string_view salt, std::string_view body);

/// A Merkle tree that only grows: the roots of its full subtrees, largest first. Leaves are event hashes (RFC 6962: 0x00 before a leaf, 0x01 before a
/// pair).
class MerkleTree {
public:
    struct Peak {
        std::int64_t size;
        std::string hash;
    };
    MerkleTree() = default;
    explicit MerkleTree(std::vector<Peak> peaks);
    void add(std::string_view leaf);
    std::int64_t size() const;
    std::string root() const;  // hex; of no leaves: the hash of nothing
    const std::vector<Peak>& peaks() const { return peaks_; }

private:
    std::vector<Peak> peaks_;
};

std::string signed_text(std::int64_t size, std::string_view root, std::int64_t sealed_at);
std::string sign(std::string_view text, std::string_view secret_key);  // hex
bool signature_holds(std::string_view text, std::string_view signature_hex, std::string_view public_key_hex);
struct KeyPair {
    std::string secret, public_hex;
};
KeyPair key_pair(std::string_view seed_32_bytes);

}  // namespace concord::ledger
