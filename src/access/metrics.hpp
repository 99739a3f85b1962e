#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "access/access.hpp"

/// What is counted of the requests: by route pattern and status, never by person, record or word. Printed by /metrics as Prometheus text.
namespace concord::access {

class Metrics {
public:
    void count(std::string_view method, std::string_view pattern, int status, std::int64_t micros);

    /// Work on the database that is waiting or running now.
    struct UnderWay {
        explicit UnderWay(std::atomic<int>& n) : count{n} { ++count; }
        UnderWay(const UnderWay&) = delete;
        UnderWay& operator=(const UnderWay&) = delete;
        ~UnderWay() { --count; }
        std::atomic<int>& count;
    };
    std::atomic<int> reads_under_way{0}, writes_under_way{0};

    std::string text() const;

private:
    static constexpr std::array<double, 11> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0};  // seconds
    struct Times {
        std::array<std::uint64_t, bounds.size() + 1> within{};  // not cumulative
        std::uint64_t count = 0;
        std::int64_t micros = 0;
    };
    mutable std::mutex mutex_;
    std::map<std::tuple<std::string, std::string, int>, std::uint64_t, std::less<>> answers_;
    std::map<std::pair<std::string, std::string>, Times, std::less<>> times_;
};

/// GET /metrics: from this machine itself, or with an administrator's token.
void add_metrics_route(Routes& routes, const Services& services);

}  // namespace concord::access
