#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "web/head.hpp"
#include "web/http.hpp"

namespace concord::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;
using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

std::string_view refusal_of(int status) {
    switch (status) {
        case 413:
            return "The body is larger than this address takes.";
        case 414:
        case 431:
            return "The address or the headers of the request are too long.";
        default:
            return "The request is not HTTP as it should be, and was not read further.";
    }
}

/// The date header changes once a second.
std::string http_date() {
    thread_local std::time_t at = 0;
    thread_local std::string text;
    const std::time_t now = std::time(nullptr);
    if (now != at) {
        std::tm parts{};
        gmtime_r(&now, &parts);
        static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        text = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon], 1900 + parts.tm_year,
                           parts.tm_hour, parts.tm_min, parts.tm_sec);
        at = now;
    }
    return text;
}

/// The policy of design: nothing from elsewhere, no inline script or style.
constexpr std::string_view security_headers =
    "content-security-policy: default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'\r\n"
    "x-content-type-options: nosniff\r\n"
    "referrer-policy: same-origin\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    "permissions-policy: camera=(), geolocation=(), microphone=()\r\n";

/// What must not wait for ever. One timer looks at all of them; setting a limit for the next step costs nothing.
class Limited : public std::enable_shared_from_this<Limited> {
public:
    virtual ~Limited() = default;
    bool is_late(Moment now) const { return deadline_.load(std::memory_order_relaxed) < now; }
    virtual void give_up() = 0;  // in the connection's own thread

protected:
    void limit(int seconds) { deadline_.store(Clock::now() + std::chrono::seconds{seconds}, std::memory_order_relaxed); }
    void no_limit() { deadline_.store(Moment::max(), std::memory_order_relaxed); }

private:
    std::atomic<Moment> deadline_{Moment::max()};
};

class AllLimited {
public:
    void add(const std::shared_ptr<Limited>& one) {
        const std::lock_guard lock{mutex_};
        all_.emplace(one.get(), one);
    }
    void remove(const Limited* one) {
        const std::lock_guard lock{mutex_};
        all_.erase(one);
    }
    std::vector<std::shared_ptr<Limited>> late(Moment now) const {
        std::vector<std::shared_ptr<Limited>> found;
        const std::lock_guard lock{mutex_};
        for (const auto& [raw, one] : all_)
            if (auto alive = raw->is_late(now) ? one.lock() : nullptr) found.push_back(std::move(alive));
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::unordered_map<const Limited*, std::weak_ptr<Limited>> all_;
};

struct Shared {
    ServerSettings settings;
    Handler handler;
    std::function<bool(const Request&)> light;
    AllLimited limited;
    std::unique_ptr<asio::thread_pool> workers;
    std::unique_ptr<asio::ssl::context> tls;
    std::atomic<int> connections{0};
    std::atomic<int> under_way{0};
    std::atomic<bool> stopping{false};
    std::string temporary_folder;
};

/// Lives in the one thread of its executor.
template <class Stream>
class Connection : public Limited {
public:
    Connection(Stream stream, Shared& shared, std::string remote, bool loopback)
        : stream_{std::move(stream)}, shared_{shared}, remote_{std::move(remote)}, loopback_{loopback} {
        ++shared_.connections;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() override {
        shared_.limited.remove(this);
        --shared_.connections;
    }

    auto executor() { return stream_.get_executor(); }
    void start() {
        shared_.limited.add(me());
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            limit(shared_.settings.header_seconds);
            stream_.async_handshake(asio::ssl::stream_base::server, [self = me()](error_code error) {
                if (!error) self->next_request();
            });
        } else {
            next_request();
        }
    }

private:
    auto& socket() {
        if constexpr (std::is_same_v<Stream, TlsStream>)
            return stream_.next_layer();
        else
            return stream_;
    }

    std::shared_ptr<Connection> me() { return std::static_pointer_cast<Connection>(shared_from_this()); }

    void give_up() override {
        asio::post(stream_.get_executor(), [self = me()] {
            if (self->is_late(Clock::now())) self->close();
        });
    }
    void close() {
        error_code ignored;
        no_limit();
        socket().shutdown(tcp::socket::shutdown_both, ignored);
        socket().close(ignored);
    }

    void next_request() {
        limit(buffer_.empty() ? shared_.settings.idle_seconds : shared_.settings.header_seconds);
        fresh_ = buffer_.empty();
        look_at_head();
    }

    void look_at_head() {
        auto verdict = read_head(buffer_, shared_.settings.most_header);
        if (verdict.refused != 0) return refuse(verdict.refused);
        if (verdict.head) {
            head_ = std::move(*verdict.head);
            return take_head();
        }
        stream_.async_read_some(asio::buffer(chunk_), [self = me()](error_code error, std::size_t count) {
            if (error) return self->close();
            if (self->fresh_) {
                self->fresh_ = false;
                self->limit(self->shared_.settings.header_seconds);
            }
            self->buffer_.append(self->chunk_.data(), count);
            self->look_at_head();
        });
    }

    void take_head() {
        buffer_.erase(0, head_.size);
        body_.clear();
        const bool upload = [&] {
            for (const auto& [name, value] : head_.headers)
                if (name == "content-type") return value.starts_with("multipart/form-data");
            return false;
        }();
        most_ = upload ? shared_.settings.most_upload + (1u << 20) : shared_.settings.most_body;
        if (head_.content_length > most_) return refuse(413);
        limit(shared_.settings.request_seconds);
        if (head_.expects_continue && (head_.content_length > 0 || head_.chunked)) {
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            asio::async_write(stream_, asio::buffer(go_on), [self = me()](error_code error, std::size_t) {
                if (error)
                    self->close();
                else
                    self->read_body();
            });
            return;
        }
        read_body();
    }

    void read_body() {
        if (head_.chunked) {
            const int state = take_chunks();
            if (state > 0) return refuse(state);
            if (state == 0) return dispatch();
        } else {
            const std::size_t missing = head_.content_length - body_.size();
            const std::size_t here = std::min(missing, buffer_.size());
            body_.append(buffer_, 0, here);
            buffer_.erase(0, here);
            if (body_.size() == head_.content_length) return dispatch();
        }
        stream_.async_read_some(asio::buffer(chunk_), [self = me()](error_code error, std::size_t count) {
            if (error) return self->close();
            self->buffer_.append(self->chunk_.data(), count);
            self->read_body();
        });
    }

    /// 0 done, -1 more is needed, else the status.
    int take_chunks() {
        for (;;) {
            const auto end = buffer_.find("\r\n");
            if (end == std::string::npos) return buffer_.size() > 1024 ? 400 : -1;
            const std::string size_text = buffer_.substr(0, end);
            if (size_text.empty() || size_text.size() > 8 || size_text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return 400;
            const std::size_t size = std::stoul(size_text, nullptr, 16);
            if (body_.size() + size > most_) return 413;
            if (buffer_.size() < end + 2 + size + 2) return -1;
            if (buffer_.compare(end + 2 + size, 2, "\r\n") != 0) return 400;  // also trailers, which nobody here needs
            body_.append(buffer_, end + 2, size);
            buffer_.erase(0, end + 2 + size + 2);
            if (size == 0) return 0;
        }
    }

    void dispatch() {
        no_limit();
        auto request = std::make_shared<Request>();
        request->method = head_.method;
        request->headers = std::move(head_.headers);
        request->remote_address = remote_;
        request->from_loopback = loopback_;
        request->over_tls = std::is_same_v<Stream, TlsStream>;
        request->reference = new_id(SystemClock{}.now());
        if (!read_target(head_.target, *request)) return refuse(400);
        request->body = std::move(body_);
        ++shared_.under_way;
        if (shared_.light(*request)) return answer(request, handle(*request));
        asio::post(*shared_.workers, [self = me(), request] {
            auto response = std::make_shared<Response>(self->handle(*request));
            asio::post(self->stream_.get_executor(), [self, request, response] { self->answer(request, std::move(*response)); });
        });
    }

    Response handle(Request& request) {
        try {
            if (auto read = read_form(request); !read) return problem(read.error(), request.reference);
            return shared_.handler(request);
        } catch (const std::exception& error) {
            spdlog::error("request {} failed: {}", request.reference, error.what());
            return broken(request);
        }
    }

    static Response broken(const Request& request) {
        return problem(500, "Something went wrong", "Concord could not do this. Try again; if it goes on, tell your administrator the reference.",
                       request.reference);
    }

    /// A line end would begin a header, or an answer, of somebody else's making.
    static bool has_clean_headers(const Response& response) {
        return std::all_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
            return std::none_of(header.second.begin(), header.second.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
        });
    }

    Result<Done> read_form(Request& request) {
        const auto type = request.header("content-type");
        if (type.starts_with("application/x-www-form-urlencoded")) {
            auto fields = parse_urlencoded(request.body);
            if (!fields) return fields.error();
            request.form = std::move(fields).value();
        } else if (type.starts_with("multipart/form-data")) {
            return read_multipart(request.body, type, request, shared_.temporary_folder);
        }
        return Done{};
    }

    void answer(const std::shared_ptr<Request>& request, Response response) {
        for (const auto& file : request->files) {
            std::error_code ignored;
            std::filesystem::remove(file.path, ignored);
        }
        if (!response.file.empty()) {
            std::ifstream file{response.file, std::ios::binary};
            response.body.assign(std::istreambuf_iterator<char>(file), {});
            if (!file && response.body.empty()) response = problem(500, "Something went wrong", "The file could not be read.", request->reference);
        }
        if (!has_clean_headers(response)) {
            spdlog::error("request {} failed: a header of its answer has a line end", request->reference);
            response = broken(*request);
        }
        const bool keep = head_.keep_alive && !shared_.stopping;
        out_.clear();
        out_.reserve(response.body.size() + 1400);
        out_ += fmt::format("HTTP/1.1 {} {}\r\ndate: {}\r\nx-request-id: {}\r\n", response.status, reason_of(response.status), http_date(),
                            request->reference);
        bool cache = false;
        for (const auto& [name, value] : response.headers) {
            cache = cache || name == "cache-control";
            out_ += name;
            out_ += ": ";
            out_ += value;
            out_ += "\r\n";
        }
        if (!cache) out_ += "cache-control: no-store\r\n";
        out_ += security_headers;
        if (request->over_tls) out_ += "strict-transport-security: max-age=31536000\r\n";
        if (!keep) out_ += "connection: close\r\n";
        const bool without_body = response.status == 204 || response.status == 304;
        if (!without_body) out_ += fmt::format("content-length: {}\r\n", response.body.size());
        out_ += "\r\n";
        if (request->method != "HEAD" && !without_body) out_ += response.body;
        send(keep, true);
    }

    void send(bool keep, bool counted) {
        limit(shared_.settings.request_seconds);
        asio::async_write(stream_, asio::buffer(out_), [self = me(), keep, counted](error_code error, std::size_t) {
            if (counted) --self->shared_.under_way;
            if (error || !keep)
                self->close();
            else
                self->next_request();
        });
    }

    void refuse(int status) {
        const bool api = head_.target.starts_with("/api/");  // every error of the API is a problem document, also before a route is found
        const std::string reference = api ? new_id(SystemClock{}.now()) : std::string{};
        const std::string body =
            api ? problem(status, reason_of(status), refusal_of(status), reference).body : fmt::format("{} {}\n", status, reason_of(status));
        out_ = fmt::format(
            "HTTP/1.1 {} {}\r\ndate: {}\r\ncontent-type: {}\r\ncache-control: no-store\r\n{}connection: close\r\ncontent-length: {}\r\n\r\n{}",
            status, reason_of(status), http_date(), api ? "application/problem+json" : "text/plain; charset=utf-8", security_headers, body.size(),
            body);
        limit(shared_.settings.request_seconds);
        asio::async_write(stream_, asio::buffer(out_), [self = me()](error_code error, std::size_t) {
            if (error) return self->close();
            self->limit(2);
            self->let_finish(64u << 20);
        });
    }

    /// What the other side is still sending is read and thrown away for a moment: closed at once, it would see a broken connection, not the answer.
    void let_finish(std::size_t most) {
        error_code ignored;
        if constexpr (!std::is_same_v<Stream, TlsStream>) socket().shutdown(tcp::socket::shutdown_send, ignored);
        stream_.async_read_some(asio::buffer(chunk_), [self = me(), most](error_code error, std::size_t count) {
            if (error || count >= most) return self->close();
            self->let_finish(most - count);
        });
    }

    Stream stream_;
    Shared& shared_;
    std::string remote_;
    bool loopback_;
    bool fresh_ = true;
    std::array<char, 16384> chunk_{};
    std::string buffer_, body_, out_;
    Head head_;
    std::size_t most_ = 0;
};

class TheServer final : public Server {
public:
    TheServer(const ServerSettings& settings, Handler handler, std::function<bool(const Request&)> light)
        : networks_{make_networks()},
          acceptor_{*networks_.front()},
          stopped_{*networks_.front()},
          rest_{*networks_.front()},
          pause_{*networks_.front()},
          look_{*networks_.front()} {
        shared_.settings = settings;
        shared_.handler = std::move(handler);
        shared_.light = std::move(light);
        shared_.temporary_folder = std::filesystem::temp_directory_path().string();
        shared_.workers = std::make_unique<asio::thread_pool>(static_cast<std::size_t>(settings.workers));
        if (!settings.certificate_file.empty()) set_up_tls(settings);
        error_code error;
        const auto address = asio::ip::make_address(settings.address, error);
        if (error) throw Failure{fmt::format("{} is no network address: give one like 127.0.0.1.", settings.address)};
        const tcp::endpoint endpoint{address, static_cast<std::uint16_t>(settings.port)};
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint, error);
        if (error)
            throw Failure{fmt::format("Port {} is taken by another program: stop that program, or choose another port with --port.", settings.port)};
        acceptor_.listen(1024);
        const int handle = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (handle < 0) throw Failure{"the system gives no more file handles: raise the limit of open files (ulimit -n)."};
        stopped_.assign(handle);
        stop_handle_ = handle;
    }

    int port() const override { return acceptor_.local_endpoint().port(); }

    void run() override {
        asio::dispatch(acceptor_.get_executor(), [this] { accept(); });
        look_for_late();
        stopped_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code) {
            error_code ignored;
            acceptor_.close(ignored);
            wait_for_rest(100);
        });
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < networks_.size(); ++i)
            threads.emplace_back([this, i] {
                const auto stay = asio::make_work_guard(*networks_[i]);  // also while it has no connection
                networks_[i]->run();
            });
        networks_.front()->run();
        for (auto& thread : threads) thread.join();
        shared_.workers->join();
    }

    void stop() override {
        // Only what a signal handler may do: nothing that allocates or locks.
        const int before = errno;
        shared_.stopping = true;
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(stop_handle_, &one, sizeof one);
        errno = before;
    }

private:
    /// One a core, each run by one thread: a connection needs no lock.
    using Networks = std::vector<std::unique_ptr<asio::io_context>>;
    static Networks make_networks() {
        Networks all(std::max(1u, std::thread::hardware_concurrency()));
        for (auto& network : all) network = std::make_unique<asio::io_context>(1);
        return all;
    }
    asio::io_context& next_network() { return *networks_[next_++ % networks_.size()]; }

    void look_for_late() {
        look_.expires_after(std::chrono::milliseconds{250});
        look_.async_wait([this](error_code error) {
            if (error) return;
            for (const auto& one : shared_.limited.late(Clock::now())) one->give_up();
            look_for_late();
        });
    }

    /// Requests under way have ten seconds; then the network stops.
    void wait_for_rest(int tenths) {
        if (shared_.under_way == 0 || tenths == 0) {
            for (auto& network : networks_) network->stop();
            return;
        }
        rest_.expires_after(std::chrono::milliseconds{100});
        rest_.async_wait([this, tenths](error_code) { wait_for_rest(tenths - 1); });
    }

    void set_up_tls(const ServerSettings& settings) {
        shared_.tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
        error_code error;
        shared_.tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
        shared_.tls->use_certificate_chain_file(settings.certificate_file, error);
        if (!error) shared_.tls->use_private_key_file(settings.key_file, asio::ssl::context::pem, error);
        if (error)
            throw Failure{
                fmt::format("The certificate {} or its key {} cannot be read: {}.", settings.certificate_file, settings.key_file, error.message())};
    }

    void accept() {
        if (shared_.stopping) return;
        acceptor_.async_accept(next_network(), [this](error_code error, tcp::socket socket) {
            if (shared_.stopping) return;
            if (error) {  // no file handle is left: one comes back when a connection ends
                pause_.expires_after(std::chrono::milliseconds{100});
                pause_.async_wait([this](error_code) { accept(); });
                return;
            }
            if (shared_.connections < shared_.settings.most_connections) welcome(std::move(socket));
            accept();
        });
    }

    void welcome(tcp::socket socket) {
        error_code error;
        const auto remote = socket.remote_endpoint(error);
        if (error) return;
        socket.set_option(tcp::no_delay(true), error);
        const std::string address = remote.address().to_string();
        const bool loopback = remote.address().is_loopback();
        if (shared_.tls)
            begin(std::make_shared<Connection<TlsStream>>(TlsStream{std::move(socket), *shared_.tls}, shared_, address, loopback));
        else
            begin(std::make_shared<Connection<tcp::socket>>(std::move(socket), shared_, address, loopback));
    }
    template <class C>
    static void begin(std::shared_ptr<C> connection) {
        const auto executor = connection->executor();
        asio::post(executor, [connection = std::move(connection)] { connection->start(); });
    }

    Shared shared_;
    Networks networks_;
    std::size_t next_ = 0;
    tcp::acceptor acceptor_;
    asio::posix::stream_descriptor stopped_;
    int stop_handle_ = -1;
    asio::steady_timer rest_, pause_, look_;
};

}  // namespace

std::unique_ptr<Server> make_server(const ServerSettings& settings, Handler handler, std::function<bool(const Request&)> light) {
    return std::make_unique<TheServer>(settings, std::move(handler), std::move(light));
}

}  // namespace concord::web
