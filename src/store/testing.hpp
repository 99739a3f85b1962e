#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "store/store.hpp"

/// For tests of every room: an empty database of each engine, gone with the object.
namespace concord::store::testing {

class EmptyDatabase {
public:
    explicit EmptyDatabase(Engine engine) : engine_{engine}, name_{"concord_test_" + to_hex(random_bytes(6))} {
        if (engine_ == Engine::sqlite) {
            url_ = (std::filesystem::temp_directory_path() / (name_ + ".db")).string();
        } else {
            const char* server = std::getenv("CONCORD_TEST_POSTGRESQL");
            if (server == nullptr) throw Failure{"CONCORD_TEST_POSTGRESQL is not set: run the tests through tests/with-postgresql.sh"};
            server_ = server;
            run_on_server("create database " + name_);
            url_ = server_;
            url_.replace(url_.find("/postgres?"), 10, "/" + name_ + "?");
        }
    }
    EmptyDatabase(const EmptyDatabase&) = delete;
    EmptyDatabase& operator=(const EmptyDatabase&) = delete;
    ~EmptyDatabase() {
        if (engine_ == Engine::sqlite) {
            for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(url_ + ending);
        } else {
            run_on_server("drop database " + name_ + " with (force)");
        }
    }
    const std::string& url() const { return url_; }
    std::unique_ptr<Database> open(int readers = 4) const { return store::open({.url = url_, .readers = readers, .writers = 4}); }

private:
    void run_on_server(const std::string& sql);
    Engine engine_;
    std::string name_, server_, url_;
};

inline std::string engine_name(const ::testing::TestParamInfo<Engine>& info) { return info.param == Engine::sqlite ? "sqlite" : "postgresql"; }

}  // namespace concord::store::testing
