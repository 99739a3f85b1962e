#include "app/sealing_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "base/hash.hpp"

namespace concord::app {
namespace {

Refusal refused(std::string sentence) { return {Because::not_now, "sealing_key", std::move(sentence)}; }

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

}  // namespace

std::string sealing_key_file(const std::string& given, const std::string& database) {
    if (!given.empty()) return given;
    if (database.find("://") != std::string::npos) return "var/concord.key";
    return (std::filesystem::path{database}.parent_path() / "concord.key").string();
}

Result<Done> make_sealing_key(const std::string& file) {
    std::error_code ignored;
    const auto folder = std::filesystem::path{file}.parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
    const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (handle < 0 && errno == EEXIST) return Done{};
    if (handle < 0)
        return refused(fmt::format("The sealing key {} cannot be made: {}. Give another place with --sealing-key.", file, std::strerror(errno)));
    const std::string text = to_hex(random_bytes(32)) + "\n";
    const bool written = ::write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(handle) == 0;
    ::close(handle);
    if (!written) {
        ::unlink(file.c_str());
        return refused(fmt::format("The sealing key {} cannot be written: is the disk full?", file));
    }
    return Done{};
}

Result<std::string> read_sealing_key(const std::string& file) {
    const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle < 0 && errno == ENOENT)
        return refused(
            fmt::format("The sealing key {} is missing. Put it back from where you keep it, or make a new one with `concord key make`: heads that "
                        "were sealed before keep the old key.",
                        file));
    if (handle < 0) return refused(fmt::format("The sealing key {} cannot be read: {}.", file, std::strerror(errno)));
    struct stat about {};
    std::string text(200, '\0');
    const bool told = ::fstat(handle, &about) == 0;
    const auto length = ::read(handle, text.data(), text.size());
    ::close(handle);
    if (!told || (about.st_mode & 077) != 0) return refused(fmt::format("The sealing key {} can be read by others: chmod 600 {}", file, file));
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    std::string key;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) break;
        key.push_back(static_cast<char>(high * 16 + low));
    }
    if (text.size() != 64 || key.size() != 32) return refused(fmt::format("{} is no sealing key: it holds 64 hexadecimal digits on one line.", file));
    return key;
}

}  // namespace concord::app
