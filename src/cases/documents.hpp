#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

/// Documents lie in a folder by the SHA-256 of their bytes, two letters a folder: written to a temporary file, fsynced, renamed, the folder fsynced.
namespace concord::cases {

struct KeptDocument {
    std::string hash;         // of the bytes as sent
    std::string shared_hash;  // of the copy that is given out, where it differs (EXIF and other metadata taken out of pictures)
    std::string type;         // sniffed, never the name's ending: "image/jpeg"
    std::uint64_t size = 0;
};
/// from: a file on disk, at most 25 MB. Refuses an empty file, programs, and types that are not on the list (PDF, pictures, text, CSV, office
/// documents, e-mail, sound, video).
Result<KeptDocument> keep_document(const std::string& folder, const std::string& from, const std::string& name);
std::string document_path(const std::string& folder, const std::string& hash);

}  // namespace concord::cases
