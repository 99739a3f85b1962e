#include <cstdint>
#include <filesystem>

#include "base/text.hpp"
#include "web/head.hpp"

/// A body is refused or read; every file that was made is named in the request, with its size, and lies in the folder.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concord;
    namespace fs = std::filesystem;
    static const fs::path folder = [] {
        const fs::path made = fs::temp_directory_path() / "concord-multipart-fuzz";
        fs::create_directories(made);
        return made;
    }();
    web::Request request;
    const auto read = web::read_multipart({reinterpret_cast<const char*>(data), size}, "multipart/form-data; boundary=xx", request, folder.string());
    for (const auto& file : request.files) {
        require(fs::path{file.path}.parent_path() == folder && fs::file_size(file.path) == file.size, "an upload lies in the folder, whole");
        require(file.name.find_first_of("/\\") == std::string::npos, "the name of an upload is no path");
        fs::remove(file.path);
    }
    if (read)
        for (const auto& [name, value] : request.form) require(!name.empty() && is_utf8(value), "a field has a name and is UTF-8");
    return 0;
}
