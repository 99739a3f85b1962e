#include "access/metrics.hpp"

#include <fmt/format.h>

#include "access/sessions.hpp"

namespace concord::access {
namespace {

/// Methods come from outside; whatever is not one of ours is counted as one.
std::string_view known_method(std::string_view method) {
    for (const std::string_view one : {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
        if (method == one) return one;
    return "other";
}

/// Patterns are written by us: {ref} stays as it is; a quote or a backslash would break the line.
std::string label(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string jobs_text(store::Database& db, Instant now) {
    return db.reading([&](store::Reader& reader) {
        const auto row = reader.select_one("iii",
                                           "select sum(case when attempts < 20 then 1 else 0 end), sum(case when attempts >= 20 then 1 else 0 end), "
                                           "min(case when attempts < 20 then due end) from job");
        const std::int64_t waiting = row ? row->integer(0) : 0, failed = row ? row->integer(1) : 0;
        const double late = row && !row->is_null(2) && row->integer(2) < now.micros ? static_cast<double>(now.micros - row->integer(2)) / 1e6 : 0;
        return fmt::format(
            "# HELP concord_jobs Jobs in the database.\n# TYPE concord_jobs gauge\nconcord_jobs{{state=\"waiting\"}} "
            "{}\nconcord_jobs{{state=\"failed\"}} "
            "{}\n# HELP concord_jobs_late_seconds How long the oldest job that is due has waited.\n# TYPE concord_jobs_late_seconds "
            "gauge\nconcord_jobs_late_seconds {:.3f}\n",
            waiting, failed, late);
    });
}

/// A proxy on this machine passes on what comes from elsewhere: that is not this machine itself.
bool from_here(const web::Request& request) {
    return request.from_loopback && request.header("x-forwarded-for").empty() && request.header("forwarded").empty() && request.header("via").empty();
}

bool may_see(const web::Request& request, const Services& services) {
    if (from_here(request)) return true;
    const auto authorization = request.header("authorization");
    if (!authorization.starts_with("Bearer ")) return false;
    Actors actors{services.epoch};  // rarely asked
    const auto actor = actor_of_token(services.db, actors, authorization.substr(7), services.clock.now());
    return actor && actor->has_role("admin");
}

}  // namespace

std::shared_ptr<Metrics> make_metrics() { return std::make_shared<Metrics>(); }

void Metrics::count(std::string_view method, std::string_view pattern, int status, std::int64_t micros) {
    const std::string name{known_method(method)}, route{pattern};
    const double seconds = static_cast<double>(micros) / 1e6;
    std::size_t bucket = 0;
    while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
    const std::lock_guard lock{mutex_};
    ++answers_[{name, route, status}];
    Times& times = times_[{name, route}];
    ++times.within[bucket];
    ++times.count;
    times.micros += micros;
}

std::string Metrics::text() const {
    const std::lock_guard lock{mutex_};
    std::string out = "# HELP concord_requests_total Requests answered.\n# TYPE concord_requests_total counter\n";
    for (const auto& [key, n] : answers_)
        out += fmt::format("concord_requests_total{{method=\"{}\",route=\"{}\",status=\"{}\"}} {}\n", std::get<0>(key), label(std::get<1>(key)),
                           std::get<2>(key), n);
    out += "# HELP concord_request_seconds Time from the read request to its answer.\n# TYPE concord_request_seconds histogram\n";
    for (const auto& [key, times] : times_) {
        const std::string labels = fmt::format("method=\"{}\",route=\"{}\"", key.first, label(key.second));
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < bounds.size(); ++i) {
            so_far += times.within[i];
            out += fmt::format("concord_request_seconds_bucket{{{},le=\"{}\"}} {}\n", labels, bounds[i], so_far);
        }
        out += fmt::format("concord_request_seconds_bucket{{{},le=\"+Inf\"}} {}\n", labels, times.count);
        out += fmt::format("concord_request_seconds_sum{{{}}} {:.6f}\n", labels, static_cast<double>(times.micros) / 1e6);
        out += fmt::format("concord_request_seconds_count{{{}}} {}\n", labels, times.count);
    }
    out += fmt::format(
        "# HELP concord_database_under_way Reads and writes of requests that wait for the database or run on it.\n# TYPE concord_database_under_way "
        "gauge\nconcord_database_under_way{{kind=\"read\"}} {}\nconcord_database_under_way{{kind=\"write\"}} {}\n",
        reads_under_way.load(), writes_under_way.load());
    return out;
}

void add_metrics_route(Routes& routes, const Services& services) {
    if (!services.metrics) return;
    routes.get(
        "/metrics", "Counts for the operator, as Prometheus text", "operations",
        [services](const web::Request& request, Context&) {
            if (!may_see(request, services)) return web::absent();
            web::Response response = web::text(services.metrics->text() + jobs_text(services.db, services.clock.now()));
            response.headers.front().second = "text/plain; version=0.0.4; charset=utf-8";
            return response;
        },
        Asks::nothing);
}

}  // namespace concord::access
