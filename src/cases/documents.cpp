#include "cases/documents.hpp"

#include <fcntl.h>
#include <magic.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exiv2/exiv2.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "base/hash.hpp"

namespace concord::cases {
namespace {

constexpr std::uint64_t most_bytes = 25u << 20;

std::string sniff(const std::string& bytes) {
    const std::unique_ptr<magic_set, decltype(&magic_close)> cookie{magic_open(MAGIC_MIME_TYPE), magic_close};
    if (!cookie || magic_load(cookie.get(), nullptr) != 0) throw Failure{"libmagic cannot load its database"};
    const char* type = magic_buffer(cookie.get(), bytes.data(), bytes.size());
    return type != nullptr ? type : "application/octet-stream";
}

bool is_taken(const std::string& type) {
    static const std::vector<std::string> taken{"application/pdf",
                                                "image/jpeg",
                                                "image/png",
                                                "image/gif",
                                                "image/webp",
                                                "image/tiff",
                                                "image/heic",
                                                "text/plain",
                                                "text/csv",
                                                "text/rtf",
                                                "application/rtf",
                                                "message/rfc822",
                                                "application/msword",
                                                "application/vnd.ms-excel",
                                                "application/vnd.ms-outlook",
                                                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                                                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                                                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                                                "application/vnd.oasis.opendocument.text",
                                                "application/vnd.oasis.opendocument.spreadsheet",
                                                "audio/mpeg",
                                                "audio/x-wav",
                                                "audio/mp4",
                                                "audio/x-m4a",
                                                "video/mp4",
                                                "video/quicktime"};
    return std::find(taken.begin(), taken.end(), type) != taken.end();
}

void sync_folder(const std::filesystem::path& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (handle < 0 || ::fsync(handle) != 0) {
        if (handle >= 0) ::close(handle);
        throw Failure{fmt::format("cannot sync the documents folder {}", folder.string())};
    }
    ::close(handle);
}

/// Temporary file, fsync, rename, fsync of the folder; a file that is there already is left alone.
void put_bytes(const std::string& folder, const std::string& hash, const std::string& bytes) {
    const std::filesystem::path target = document_path(folder, hash);
    if (std::filesystem::exists(target)) return;
    std::filesystem::create_directories(target.parent_path());
    const std::string temporary = target.string() + "." + to_hex(random_bytes(6));
    const int handle = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (handle < 0) throw Failure{fmt::format("cannot write {}", temporary)};
    std::size_t written = 0;
    while (written < bytes.size()) {
        const auto n = ::write(handle, bytes.data() + written, bytes.size() - written);
        if (n <= 0) {
            ::close(handle);
            ::unlink(temporary.c_str());
            throw Failure{"the documents folder cannot be written: is the disk full?"};
        }
        written += static_cast<std::size_t>(n);
    }
    if (::fsync(handle) != 0) {
        ::close(handle);
        ::unlink(temporary.c_str());
        throw Failure{"fsync of a document failed"};
    }
    ::close(handle);
    std::filesystem::rename(temporary, target);
    sync_folder(target.parent_path());
    sync_folder(folder);
}

/// The picture without EXIF, IPTC, XMP and comment; empty where it is no picture or has none.
std::string stripped(const std::string& bytes, const std::string& type) {
    if (type != "image/jpeg" && type != "image/png" && type != "image/webp" && type != "image/tiff") return {};
    try {
        auto image = Exiv2::ImageFactory::open(reinterpret_cast<const Exiv2::byte*>(bytes.data()), static_cast<long>(bytes.size()));
        image->readMetadata();
        if (image->exifData().empty() && image->iptcData().empty() && image->xmpData().empty() && image->comment().empty()) return {};
        image->clearMetadata();
        image->writeMetadata();
        auto& io = image->io();
        if (io.open() != 0) return {};
        std::string clean(static_cast<std::size_t>(io.size()), '\0');
        io.read(reinterpret_cast<Exiv2::byte*>(clean.data()), static_cast<long>(clean.size()));
        io.close();
        return clean;
    } catch (const Exiv2::AnyError&) { return {}; }
}

}  // namespace

std::string document_path(const std::string& folder, const std::string& hash) { return folder + "/" + hash.substr(0, 2) + "/" + hash; }

Result<KeptDocument> keep_document(const std::string& folder, const std::string& from, const std::string& name) {
    std::error_code error;
    const auto size = std::filesystem::file_size(from, error);
    if (error || size == 0)
        return Refusal{Because::invalid, "documents.empty", "The file is empty: choose it again.", {{"file", "The file is empty: choose it again."}}};
    if (size > most_bytes)
        return Refusal{Because::too_large,
                       "documents.too_large",
                       "The file is larger than 25 MB: send a smaller copy.",
                       {{"file", "The file is larger than 25 MB."}}};
    std::ifstream file{from, std::ios::binary};
    std::string bytes((std::istreambuf_iterator<char>(file)), {});
    KeptDocument kept{.hash = sha256_hex(bytes), .type = sniff(bytes), .size = size};
    if (!is_taken(kept.type)) {
        const std::string sentence =
            fmt::format("\"{}\" is a {} file, which is not taken here. Send a PDF, a picture, a text or an office document.", name, kept.type);
        return Refusal{Because::unsupported, "documents.type", sentence, {{"file", sentence}}};
    }
    put_bytes(folder, kept.hash, bytes);
    if (const std::string clean = stripped(bytes, kept.type); !clean.empty()) {
        kept.shared_hash = sha256_hex(clean);
        put_bytes(folder, kept.shared_hash, clean);
    }
    return kept;
}

}  // namespace concord::cases
