#include "analysis/packages.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <boost/crc.hpp>

#include "base/text.hpp"

namespace concord::analysis {
namespace {

Refusal no(std::string_view code, std::string sentence) { return Refusal{Because::invalid, fmt::format("package.{}", code), std::move(sentence)}; }
Refusal too_large(const PackageLimits& limits) {
    return Refusal{Because::too_large, "package.too_large", fmt::format("Unpacked it is larger than {} MB.", limits.member >> 20)};
}

struct Close {
    void operator()(archive* a) const { archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, Close>;
enum class Kind { zip, gzip };

Archive open_archive(const std::string& path, Kind kind) {
    Archive a{archive_read_new()};
    if (!a) throw Failure{"libarchive: out of memory"};
    if (kind == Kind::zip) {
        archive_read_support_format_zip(a.get());
    } else {
        archive_read_support_filter_gzip(a.get());
        archive_read_support_format_raw(a.get());
    }
    if (archive_read_open_filename(a.get(), path.c_str(), std::size_t{1} << 16) != ARCHIVE_OK) return nullptr;
    return a;
}

Refusal damaged(archive* a) {
    const char* why = archive_error_string(a);
    return no("damaged", fmt::format("It is damaged or incomplete ({}).", why == nullptr ? "no reason given" : why));
}

/// The member's bytes; stops as soon as a limit is passed, so that a bomb costs a MB and not what it claims.
Result<std::string> unpack(archive* a, const PackageLimits& limits) {
    const auto packed_before = archive_filter_bytes(a, -1);
    std::string text;
    for (;;) {
        const void* block = nullptr;
        std::size_t size = 0;
        la_int64_t at = 0;
        const int state = archive_read_data_block(a, &block, &size, &at);
        if (state == ARCHIVE_EOF) return text;
        if (state != ARCHIVE_OK) return damaged(a);
        if (at < 0 || static_cast<std::size_t>(at) != text.size()) return no("damaged", "It is damaged: its parts are out of order.");
        if (text.size() + size > limits.member) return too_large(limits);
        text.append(static_cast<const char*>(block), size);
        const auto packed = static_cast<std::size_t>(std::max<la_int64_t>(0, archive_filter_bytes(a, -1) - packed_before));
        if (text.size() > (std::size_t{1} << 20) + limits.ratio * packed)
            return no("ratio", fmt::format("It unpacks to more than {} times its size, which no crime file does.", limits.ratio));
    }
}

std::uint32_t little_endian(std::string_view four) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(four[i]);
    return value;
}

/// libarchive does not compare the sum and the length at the end of a gzip file; half a month must not pass for a whole one.
bool trailer_holds(const std::string& path, const std::string& text) {
    std::ifstream file{path, std::ios::binary};
    std::array<char, 8> trailer{};
    if (!file.seekg(-8, std::ios::end) || !file.read(trailer.data(), trailer.size())) return false;
    boost::crc_32_type sum;
    sum.process_bytes(text.data(), text.size());
    return little_endian({trailer.data(), 4}) == sum.checksum() && little_endian({trailer.data() + 4, 4}) == static_cast<std::uint32_t>(text.size());
}

Result<std::string> unpack_gzip(const std::string& path, const PackageLimits& limits) {
    const Archive a = open_archive(path, Kind::gzip);
    archive_entry* entry = nullptr;
    if (!a) return no("damaged", "It cannot be opened as a gzip file.");
    if (const int state = archive_read_next_header(a.get(), &entry); state == ARCHIVE_EOF)
        return std::string{};
    else if (state != ARCHIVE_OK)
        return damaged(a.get());
    auto text = unpack(a.get(), limits);
    if (text && !trailer_holds(path, *text)) return no("damaged", "It is damaged or incomplete: its check sum does not hold.");
    return text;
}

Result<std::string> plain(std::ifstream& file, const PackageLimits& limits) {
    std::string text;
    std::array<char, 65536> block{};
    file.clear();
    file.seekg(0);
    while (file.read(block.data(), block.size()) || file.gcount() > 0) {
        if (text.size() + static_cast<std::size_t>(file.gcount()) > limits.member) return too_large(limits);
        text.append(block.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) return no("damaged", "It cannot be read to its end.");
    return text;
}

std::string name_in(archive_entry* entry) {
    const char* name = archive_entry_pathname(entry);
    return name == nullptr ? std::string{} : std::string{name};
}

/// For reports: text, and nothing that moves a terminal's cursor.
std::string printable(const std::string& name) {
    const std::string clean = tidy(is_utf8(name) ? name : from_windows_1252(name).value_or("(a name that is no text)"));
    return cut(clean.empty() ? "(no name)" : clean, 200);
}

/// Two spellings of one name: "./A.csv" and "a.csv" would be one file on many disks.
std::string normal(std::string name) {
    name = lower_ascii(name);
    while (name.starts_with("./")) name.erase(0, 2);
    return name;
}

std::optional<Refusal> bad_name(const std::string& name) {
    if (name.empty()) return no("name", "It has no name.");
    if (name.find('\\') != std::string::npos || name.find(':') != std::string::npos || name.front() == '/')
        return no("path", "Its name leads out of the archive.");
    for (const auto& part : split(name, '/'))
        if (part == "..") return no("path", "Its name leads out of the archive.");
    return {};
}

std::optional<Refusal> refused_by_entry(archive_entry* entry, const std::map<std::string, int>& names, const PackageLimits& limits) {
    const std::string name = name_in(entry);
    if (auto refusal = bad_name(name)) return refusal;
    if (archive_entry_filetype(entry) != AE_IFREG) return no("link", "It is a link or a device, not a file.");
    if (names.at(normal(name)) > 1) return no("twice", "This name stands more than once in the archive: nobody can say which file is right.");
    if (archive_entry_is_encrypted(entry) != 0) return no("encrypted", "It is encrypted.");
    if (archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) > static_cast<la_int64_t>(limits.member)) return too_large(limits);
    return {};
}

/// Names first, so that a name that stands twice is known before either file is taken.
struct Names {
    std::map<std::string, int> times;
    std::size_t members = 0;
};
Result<Names> names_in(const std::string& path, const PackageLimits& limits) {
    const Archive a = open_archive(path, Kind::zip);
    if (!a) return no("damaged", "It cannot be opened as a zip archive.");
    Names names;
    archive_entry* entry = nullptr;
    for (int state = 0; (state = archive_read_next_header(a.get(), &entry)) != ARCHIVE_EOF;) {
        if (state != ARCHIVE_OK && state != ARCHIVE_WARN) return damaged(a.get());
        if (++names.members > limits.members) return no("members", fmt::format("It holds more than {} files.", limits.members));
        ++names.times[normal(name_in(entry))];
    }
    if (names.members == 0) return no("empty", "It is an archive without files, or cut off.");
    return names;
}

void each_in_zip(const std::string& path, const PackageLimits& limits, const std::function<void(Member&&)>& take) {
    const auto names = names_in(path, limits);
    if (!names) return take({path, names.error()});
    const Archive a = open_archive(path, Kind::zip);
    if (!a) return take({path, no("damaged", "It cannot be opened as a zip archive.")});
    archive_entry* entry = nullptr;
    std::size_t member = 0;
    for (int state = 0; (state = archive_read_next_header(a.get(), &entry)) != ARCHIVE_EOF;) {
        if (state != ARCHIVE_OK && state != ARCHIVE_WARN) return take({path, damaged(a.get())});
        const double share = std::min(1.0, static_cast<double>(++member) / static_cast<double>(names->members));
        if (archive_entry_filetype(entry) == AE_IFDIR) continue;
        std::string name = path + "/" + printable(name_in(entry));
        if (auto refusal = refused_by_entry(entry, names->times, limits))
            take({std::move(name), std::move(*refusal), share});
        else
            take({std::move(name), unpack(a.get(), limits), share});
    }
}

}  // namespace

void each_member(const std::string& path, const PackageLimits& limits, const std::function<void(Member&&)>& take) {
    std::ifstream file{path, std::ios::binary};
    std::array<char, 4> magic{};
    if (!file || (!file.read(magic.data(), magic.size()) && !file.eof()))
        return take({path, Refusal{Because::absent, "package.unreadable", "It cannot be opened: is the name right?"}});
    const std::string_view start{magic.data(), static_cast<std::size_t>(file.gcount())};
    if (start.starts_with("PK")) return each_in_zip(path, limits, take);
    if (start.starts_with("\x1f\x8b")) return take({path, unpack_gzip(path, limits)});
    take({path, plain(file, limits)});
}

}  // namespace concord::analysis
