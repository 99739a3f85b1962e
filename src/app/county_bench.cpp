#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "app/load_county.hpp"
#include "base/text.hpp"

/// `concord-bench`: loads a data set, serves it in a process of its own, asks it over keep-alive connections, and prints what was measured.
namespace concord::app {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point then) { return std::chrono::duration<double>(Steady::now() - then).count(); }

// ---- HTTP over one keep-alive connection

struct Told {
    int status = 0;  // 0: no answer
    std::string etag, location, body;
};

class Line {
public:
    explicit Line(int port) : port_{port} {}
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() { hang_up(); }

    Told ask(std::string_view method, const std::string& path, const std::string& headers, const std::string& body = "") {
        std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}", method, path, port_, headers);
        if (!body.empty() || method != "GET") text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
        text += "\r\n" + body;
        const auto from = Steady::now();
        const auto told = sent_and_told(text);
        asked_ms.push_back(seconds_since(from) * 1000);
        return told;
    }
    std::vector<double> asked_ms;  // how long each took

private:
    Told sent_and_told(const std::string& text) {
        for (int attempt = 0; attempt < 2; ++attempt) {  // a connection that was closed while idle is opened again
            const bool was_open = socket_ >= 0;
            if (!was_open && !dial()) return {};
            if (send_all(text))
                if (Told told = receive(); told.status != 0) return told;
            hang_up();
            if (!was_open) break;
        }
        return {};
    }
    bool dial() {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port_));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return true;
        hang_up();
        return false;
    }
    void hang_up() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    bool send_all(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    bool more(std::string& into) {
        char block[65536];
        const auto got = ::recv(socket_, block, sizeof block, 0);
        if (got <= 0) return false;
        into.append(block, static_cast<std::size_t>(got));
        return true;
    }
    static std::string header(std::string_view head, std::string_view name) {
        const std::string lower = lower_ascii(head);
        const auto at = lower.find(fmt::format("\r\n{}:", name));
        if (at == std::string::npos) return {};
        const auto from = at + name.size() + 3, end = head.find("\r\n", from);
        return trim(head.substr(from, end - from));
    }
    Told receive() {
        std::string text;
        std::size_t end = std::string::npos;
        while ((end = text.find("\r\n\r\n")) == std::string::npos)
            if (!more(text)) return {};
        const std::string head = text.substr(0, end + 2);
        const auto length = std::strtoull(header(head, "content-length").c_str(), nullptr, 10);
        while (text.size() < end + 4 + length)
            if (!more(text)) return {};
        Told told{.status = std::atoi(head.c_str() + 9),
                  .etag = header(head, "etag"),
                  .location = header(head, "location"),
                  .body = text.substr(end + 4, length)};
        if (lower_ascii(header(head, "connection")) == "close") hang_up();
        return told;
    }
    int port_;
    int socket_ = -1;
};

// ---- Processes

/// utime and stime of a process in milliseconds; with what its ended children used, where asked.
double processor_ms(int pid, bool with_children) {
    std::ifstream file{fmt::format("/proc/{}/stat", pid)};
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto close = text.rfind(')');
    if (close == std::string::npos) return 0;
    std::istringstream rest{text.substr(close + 2)};
    std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
    if (fields.size() < 15) return 0;
    double ticks = std::stod(fields[11]) + std::stod(fields[12]);
    if (with_children) ticks += std::stod(fields[13]) + std::stod(fields[14]);
    return ticks * 1000.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::vector<int> children_of(int parent) {
    std::vector<int> all;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream file{entry.path() / "stat"};
        std::string text{std::istreambuf_iterator<char>(file), {}};
        const auto close = text.rfind(')');
        if (close == std::string::npos || close + 4 > text.size()) continue;
        if (std::atoi(text.c_str() + close + 4) == parent) all.push_back(std::stoi(name));
    }
    return all;
}

double database_ms(int postmaster) {
    if (postmaster == 0) return 0;
    double sum = processor_ms(postmaster, true);
    for (const int child : children_of(postmaster)) sum += processor_ms(child, false);
    return sum;
}

long resident_kb(int pid) {
    std::ifstream file{fmt::format("/proc/{}/status", pid)};
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    return 0;
}

/// A child process with its output in a file; ended by SIGTERM with the object.
class Child {
public:
    Child(const std::vector<std::string>& command, const std::string& output) {
        pid_ = ::fork();
        if (pid_ == 0) {
            const int to = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
            ::dup2(to, 1);
            ::dup2(to, 2);
            std::vector<char*> words;
            for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
            words.push_back(nullptr);
            ::execv(words[0], words.data());
            ::_exit(127);
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGTERM);
        wait();
    }
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    int pid() const { return pid_; }

private:
    int pid_ = 0;
};

// ---- Measuring

struct Cell {
    std::string set, engine, what;
    int clients = 0;
    std::size_t requests = 0, errors = 0;
    double rate = 0, median_ms = 0, p95_ms = 0, server_ms = 0, database_ms = 0;  // processor time a request
    long resident_kb = 0;
    std::size_t asks = 0;  // where a request is several: how many there were, and how long one took
    double ask_median_ms = 0, ask_p95_ms = 0;
};

/// One client's work: true where every answer was right. Called again and again until the time is over.
using Work = std::function<bool(Line&, std::size_t round)>;

struct Served {
    int port, pid, postmaster;
};

Cell measure(const Served& served, const std::string& what, int clients, double seconds, const std::function<Work(int client)>& make) {
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::vector<double> times, asked;
    std::atomic<std::size_t> errors{0};
    std::vector<std::thread> threads;
    {  // warm: connections opened, statements prepared
        Line line{served.port};
        const auto work = make(0);
        for (std::size_t i = 0; i < 20; ++i) work(line, 1'000'000 + i);
    }
    const double server_before = processor_ms(served.pid, false), database_before = database_ms(served.postmaster);
    const auto started = Steady::now();
    for (int client = 0; client < clients; ++client)
        threads.emplace_back([&, client] {
            Line line{served.port};
            const auto work = make(client);
            std::vector<double> own;
            for (std::size_t round = 0; !stop; ++round) {
                const auto from = Steady::now();
                if (!work(line, round)) ++errors;
                own.push_back(seconds_since(from) * 1000);
            }
            const std::lock_guard lock{mutex};
            times.insert(times.end(), own.begin(), own.end());
            asked.insert(asked.end(), line.asked_ms.begin(), line.asked_ms.end());
        });
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (auto& thread : threads) thread.join();
    const double took = seconds_since(started);
    Cell cell{.set = {}, .engine = {}, .what = what, .clients = clients, .requests = times.size(), .errors = errors};
    std::sort(times.begin(), times.end());
    if (!times.empty()) {
        cell.median_ms = times[times.size() / 2];
        cell.p95_ms = times[std::min(times.size() - 1, times.size() * 95 / 100)];
        cell.rate = static_cast<double>(times.size()) / took;
        cell.server_ms = (processor_ms(served.pid, false) - server_before) / static_cast<double>(times.size());
        cell.database_ms = (database_ms(served.postmaster) - database_before) / static_cast<double>(times.size());
    }
    std::sort(asked.begin(), asked.end());
    cell.asks = asked.size();
    if (!asked.empty()) {
        cell.ask_median_ms = asked[asked.size() / 2];
        cell.ask_p95_ms = asked[std::min(asked.size() - 1, asked.size() * 95 / 100)];
    }
    cell.resident_kb = resident_kb(served.pid);
    return cell;
}

double fsync_ms(const std::string& folder) {
    const std::string path = folder + "/fsync-probe";
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    std::vector<double> times;
    const std::string block(4096, 'x');
    for (int i = 0; i < 200; ++i) {
        const auto from = Steady::now();
        if (::pwrite(file, block.data(), block.size(), i * 4096) < 0 || ::fsync(file) != 0) break;
        times.push_back(seconds_since(from) * 1000);
    }
    ::close(file);
    fs::remove(path);
    std::sort(times.begin(), times.end());
    return times.empty() ? 0 : times[times.size() / 2];
}

std::string first_line(const std::string& path, std::string_view beginning) {
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(beginning)) return trim(line.substr(line.find_first_of(":=") + 1));
    return {};
}

// ---- One data set on one engine

struct User {
    std::string login, authorization;
    std::int64_t open_cases = 0;
};

struct Options {
    std::vector<std::string> sets;     // name=folder
    std::vector<std::string> engines;  // sqlite, or a PostgreSQL URL whose user may make databases
    std::string work = "/var/tmp/concord-bench", out, only, notes;
    double seconds = 5;
    int postmaster = 0, port = 18080;
    bool compare = false;
    int nginx_port = 0;
};

class Bench {
public:
    Bench(const Options& options, std::string set, std::string folder, std::string engine)
        : o_{options}, set_{std::move(set)}, folder_{std::move(folder)}, engine_{std::move(engine)} {}

    void run() {
        program_path_ = fs::canonical("/proc/self/exe").parent_path() / "concord";
        const bool postgresql = engine_ != "sqlite";
        if (postgresql) {
            url_ = engine_;
            url_.replace(url_.find("/postgres?"), 10, "/bench_" + set_ + "?");
        } else {
            url_ = o_.work + "/" + set_ + ".db";
        }
        served_.postmaster = postgresql ? o_.postmaster : 0;
        engine_ = postgresql ? "PostgreSQL" : "SQLite";
        load();
        choose();
        const auto started = Steady::now();
        Child server{{program_path_, "serve", "--db", url_, "--sealing-key", key_file(), "--port", std::to_string(o_.port), "--now", "2026-06-30"},
                     o_.work + "/server.log"};
        served_.port = o_.port;
        served_.pid = server.pid();
        while (true) {
            Line line{served_.port};
            if (line.ask("GET", "/readyz", "").status == 200) break;
            if (seconds_since(started) > 60) throw Failure{"the server did not become ready: see " + o_.work + "/server.log"};
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
        ready_ms = seconds_since(started) * 1000;
        resident_at_start = resident_kb(served_.pid);
        if (o_.compare) compare();
        for (const int clients : {1, 8, 32}) scenarios(clients);
        resident_at_end = resident_kb(served_.pid);
    }

    std::vector<Cell> cells;
    double ready_ms = 0, load_seconds = 0;
    long resident_at_start = 0, resident_at_end = 0;
    std::string compared;
    const std::string& set() const { return set_; }
    const std::string& engine() const { return engine_; }

private:
    std::string key_file() const { return o_.work + "/concord.key"; }

    /// Loads where the database holds nothing yet (PostgreSQL's is made, empty, by bench/run.sh).
    void load() {
        const bool postgresql = served_.postmaster != 0;
        if (!postgresql && fs::exists(url_)) return;
        if (postgresql) {
            auto db = store::open({.schema = {}, .url = url_, .readers = 1, .writers = 1});
            const auto there = db->reading([](store::Reader& reader) {
                return reader.count("select count(*) from information_schema.tables where table_name = 'case_record'");
            });
            if (there != 0) return;
        }
        const auto started = Steady::now();
        Child loading{{program_path_, "load", "county", folder_, "--db", url_, "--sealing-key", key_file()}, o_.work + "/load.log"};
        if (loading.wait() != 0) throw Failure{"loading failed: see " + o_.work + "/load.log"};
        load_seconds = seconds_since(started);
        fmt::print(stderr, "{} on {}: loaded in {:.0f} s\n", set_, engine_, load_seconds);
    }

    /// Users by how much they may read, the cursor of a tenth page for each, cases with 20 notes, and who may open cases where.
    void choose() {
        std::map<std::string, std::string> login_of;
        std::ifstream users{folder_ + "/users.csv"}, lists{folder_ + "/expected_lists.csv"};
        std::string line;
        for (std::getline(users, line); std::getline(users, line);) {
            const auto fields = split(line, ',');
            login_of[fields[0]] = fields[1];
        }
        std::vector<User> all;
        for (std::getline(lists, line); std::getline(lists, line);) {
            const auto fields = split(line, ',');
            if (fields[1] == "open_readable") all.push_back({login_of[fields[0]], {}, std::stoll(fields[2])});
        }
        std::sort(all.begin(), all.end(), [](const User& a, const User& b) { return a.open_cases > b.open_cases; });
        auto program = make_program(url_, true);
        const auto sign_in = [&](User user) {
            const auto found = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, user.login); });
            user.authorization = fmt::format("Authorization: Bearer {}\r\nAccept: application/json\r\n",
                                             access::create_token(*program->db, found->seq, true, 36500, Instant{0}));
            return user;
        };
        for (std::size_t i = 0; i < 4; ++i) most_.push_back(sign_in(all[i]));
        for (std::size_t i = 0; i < 4; ++i) some_.push_back(sign_in(all[all.size() / 4 + i * all.size() / 8]));
        program->db->read([&](store::Reader& reader) {
            for (const auto& row : reader.select("tt",
                                                 "select r.reference, u.login from case_record r join app_user u on u.stream = r.lead_user where "
                                                 "r.restriction = 'normal' and r.is_open = 1 and (select count(*) from entry e where e.stream = "
                                                 "r.stream and e.kind = 'note') = 20 and r.stream % 7 = 0 order by r.stream limit 40"))
                cases_.emplace_back(row.text(0), User{row.text(1), {}, 0});
            for (const auto& row :
                 reader.select("ttt",
                               "select u.login, h.code, a.code from app_user u join hub h on ' ' || u.hubs || ' ' like '% ' || h.stream || ' %' "
                               "join agency a on a.stream = u.agency where u.roles = 'hub_officer' order by u.stream, h.stream limit 32"))
                openers_.push_back({User{row.text(0), {}, 0}, row.text(1), row.text(2)});
        });
        for (auto& [reference, user] : cases_) user = sign_in(user);
        for (auto& opener : openers_) opener.user = sign_in(opener.user);
    }

    void compare() {
        const auto started = Steady::now();
        Line line{served_.port};
        std::map<std::string, std::string> tokens;
        auto program = make_program(url_, true);
        const auto result = compare_county(folder_, [&](const std::string& login, const std::string& path) {
            auto& headers = tokens[login];
            if (headers.empty()) {
                const auto user = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, login); });
                headers = fmt::format("Authorization: Bearer {}\r\n", access::create_token(*program->db, user->seq, false, 36500, Instant{0}));
            }
            const auto told = line.ask("GET", path, headers);
            auto json = parse_json(told.body);
            return json ? *json : Json{};
        });
        compared = fmt::format("{} lists and {} searches compared, {} different", result.lists, result.searches, result.wrong);
        fmt::print(stderr, "{} on {}: {} ({:.0f} s)\n", set_, engine_, compared, seconds_since(started));
        for (const auto& wrong : result.first_wrong) fmt::print(stderr, "  {}\n", wrong);
    }

    void cell(const std::string& what, int clients, const std::function<Work(int)>& make) {
        if (!o_.only.empty() && what.find(o_.only) == std::string::npos) return;
        auto one = measure(served_, what, clients, o_.seconds, make);
        one.set = set_;
        one.engine = engine_;
        fmt::print(stderr,
                   "{:9} {:11} {:34} {:2} clients: {:8.1f}/s median {:7.2f} p95 {:7.2f} ms, processor {:6.2f} + {:5.2f} ms, {} errors, {} MB\n", set_,
                   engine_, what, clients, one.rate, one.median_ms, one.p95_ms, one.server_ms, one.database_ms, one.errors, one.resident_kb / 1024);
        cells.push_back(one);
        if (one.asks < 2 * one.requests) return;
        const double part = static_cast<double>(one.requests) / static_cast<double>(one.asks);
        one.what = "one of its changes";
        one.rate /= part;
        one.median_ms = one.ask_median_ms;
        one.p95_ms = one.ask_p95_ms;
        one.server_ms *= part;
        one.database_ms *= part;
        cells.push_back(one);
    }

    void get(const std::string& what, int clients, const std::vector<std::pair<std::string, std::string>>& asks) {  // path, headers
        if (asks.empty()) return;
        cell(what, clients, [&](int client) -> Work {
            return [&asks, client](Line& line, std::size_t round) {
                const auto& [path, headers] = asks[(round + static_cast<std::size_t>(client) * 3) % asks.size()];
                return line.ask("GET", path, headers).status == 200;
            };
        });
    }

    void scenarios(int clients) {
        const std::string list = "/api/v1/cases?sort=next_due&limit=50";
        std::vector<User> mixed = most_;
        mixed.insert(mixed.end(), some_.begin(), some_.end());
        std::vector<std::pair<std::string, std::string>> first, tenth, rare, common, page, html_list, html_page;
        Line line{served_.port};
        for (const auto& user : most_) first.emplace_back(list, user.authorization);
        for (const auto& user : most_) {
            std::string path = list;
            for (int i = 1; i < 10; ++i) {
                const auto json = parse_json(line.ask("GET", path, user.authorization).body);
                if (!json || (*json)["next"].as_string().empty()) break;
                path = list + "&after=" + (*json)["next"].as_string();
            }
            tenth.emplace_back(path, user.authorization);
        }
        for (const auto& user : mixed) {
            for (const char* words : {"saltmarsh+councillor", "kestrel+landlord", "pantile+school", "cobbler+neighbour"})
                rare.emplace_back(std::string{"/api/v1/search?in=cases&q="} + words, user.authorization);
            for (const char* words : {"racist+injunction", "fireworks+harbour", "gas+brother", "loans+councillor"})
                common.emplace_back(std::string{"/api/v1/search?in=cases&q="} + words, user.authorization);
        }
        for (const auto& [reference, user] : cases_) page.emplace_back("/api/v1/cases/" + reference, user.authorization);
        const auto as_html = [](std::string headers) {
            const std::string json = "Accept: application/json";
            return headers.replace(headers.find(json), json.size(), "Accept: text/html");
        };
        for (const auto& user : most_) html_list.emplace_back("/cases", as_html(user.authorization));
        for (const auto& [reference, user] : cases_) html_page.emplace_back("/cases/" + reference, as_html(user.authorization));
        get("case list, page 1", clients, first);
        get("case list, page 10", clients, tenth);
        get("case list, HTML page", clients, html_list);
        get("search, two rare words", clients, rare);
        get("search, two common words", clients, common);
        get("case, JSON", clients, page);
        get("case, HTML page with 20 notes", clients, html_page);
        cell("create and six changes", clients, [&](int client) -> Work {
            return
                [this, client](Line& l, std::size_t) { return create_and_change(l, openers_[static_cast<std::size_t>(client) % openers_.size()]); };
        });
        sign_in_page(clients);
    }

    struct Opener {
        User user;
        std::string hub, agency;
    };
    static bool create_and_change(Line& line, const Opener& opener) {
        const auto& as = opener.user.authorization;
        const auto created =
            line.ask("POST", "/api/v1/cases", as,
                     fmt::format(R"({{"pathway":"hub_asb","hub":"{}","title":"Shouting and banging at night","lead":{{"email":"{}"}}}})", opener.hub,
                                 opener.user.login));
        if (created.status != 201) return false;
        const std::string at = created.location;
        const auto post = [&](const std::string& path, const std::string& body) { return line.ask("POST", path, as, body); };
        if (post(at + "/entries", R"({"kind":"note","text":"The caller described shouting in the stairwell for the third time this month."})")
                .status != 201)
            return false;
        if (post(at + "/entries", R"({"kind":"contact","outcome":"made","text":"Spoke to the tenant, who will keep a diary."})").status != 201)
            return false;
        const auto task = post(at + "/tasks", fmt::format(R"({{"title":"Visit with the officer","agency":"{}","due":"2026-07-20"}})", opener.agency));
        if (task.status != 201) return false;
        const auto json = parse_json(task.body);
        const std::string id = json ? (*json)["task"].as_string() : std::string{};
        const auto move = [&](const std::string& to, const std::string& body) {
            return line.ask("POST", "/api/v1/tasks/" + id + to, as + "If-Match: *\r\n", body).status == 200;
        };
        if (!move("/accept", "{}") || !move("/done", R"({"result":"Visited; the tenant signed a contract."})")) return false;
        return post(at + "/entries", R"({"kind":"decision","text":"Contract first; a warning if it is broken."})").status == 201;
    }

    void sign_in_page(int clients) {
        const std::vector<std::pair<std::string, std::string>> asks{{"/sign-in", "Accept: text/html\r\n"}};
        get("sign-in page", clients, asks);
        if (o_.nginx_port == 0 || !o_.only.empty()) return;
        const Served nginx{o_.nginx_port, 1, 0};
        auto one = measure(nginx, "the same bytes by nginx", clients, o_.seconds, [](int) -> Work {
            return [](Line& line, std::size_t) { return line.ask("GET", "/sign-in.html", "Accept: text/html\r\n").status == 200; };
        });
        one.set = set_;
        one.engine = engine_;
        one.server_ms = one.database_ms = 0;
        one.resident_kb = 0;
        cells.push_back(one);
        fmt::print(stderr, "nginx {} clients: {:.0f}/s\n", clients, one.rate);
    }

    const Options& o_;
    std::string set_, folder_, engine_, url_, program_path_;
    Served served_{};
    std::vector<User> most_, some_;
    std::vector<std::pair<std::string, User>> cases_;
    std::vector<Opener> openers_;
};

std::string report(const Options& o, const std::vector<std::unique_ptr<Bench>>& all) {
    std::string out = "# Benchmarks\n\n";
    std::string load = file_text("/proc/loadavg");
    out += fmt::format(
        "Measured by `make bench DATA=DIR` on {} processors ({}), {} MB of memory, Linux {}; a 4 KB fsync of this disk takes {:.2f} ms (median of "
        "200). SQLite {} (WAL, synchronous=FULL), {}. Load average when it ended: {}\n\n",
        std::thread::hardware_concurrency(), first_line("/proc/cpuinfo", "model name"),
        std::atol(first_line("/proc/meminfo", "MemTotal").c_str()) / 1024, trim(file_text("/proc/sys/kernel/osrelease")), fsync_ms(o.work),
        sqlite3_libversion(), o.notes, trim(load));
    out +=
        "The ledger and the access log are on. Each client keeps one connection and asks again as soon as it has its answer, on the same machine. "
        "Processor time is that of the server process (`/proc/PID/stat`) and of PostgreSQL's processes, a request; for \"create and six changes\" a "
        "row is one case of seven durable commits. Lists are of the four users who may read most, searches and cases of many users.\n\n";
    out += "| data | database | loaded in | ready after | memory at start | at the end | lists and searches |\n|---|---|--:|--:|--:|--:|---|\n";
    for (const auto& one : all)
        out += fmt::format("| {} | {} | {} | {:.0f} ms | {} MB | {} MB | {} |\n", one->set(), one->engine(),
                           one->load_seconds > 0 ? fmt::format("{:.0f} s", one->load_seconds) : "", one->ready_ms, one->resident_at_start / 1024,
                           one->resident_at_end / 1024, one->compared);
    out +=
        "\n| data | database | what | clients | a second | median ms | p95 ms | processor ms, server | database | errors |\n"
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n";
    for (const auto& one : all)
        for (const auto& c : one->cells)
            out += fmt::format("| {} | {} | {} | {} | {:.0f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {} |\n", c.set, c.engine, c.what, c.clients,
                               c.rate, c.median_ms, c.p95_ms, c.server_ms, c.database_ms, c.errors);
    return out;
}

}  // namespace
}  // namespace concord::app

int main(int argc, char** argv) {
    using namespace concord;
    app::Options o;
    CLI::App cli{"Measures Concord on data sets of `concord load county`"};
    cli.add_option("--set", o.sets, "name=folder, as often as there are sets")->required();
    cli.add_option("--engine", o.engines, "sqlite, or a PostgreSQL URL that ends in /postgres?host=...")->required();
    cli.add_option("--postmaster", o.postmaster, "process of the PostgreSQL server");
    cli.add_option("--work", o.work, "folder for databases");
    cli.add_option("--out", o.out, "file to write");
    cli.add_option("--notes", o.notes, "versions of other programs");
    cli.add_option("--seconds", o.seconds, "for each measure");
    cli.add_option("--only", o.only, "measures whose name holds this");
    cli.add_option("--port", o.port, "port of the server");
    cli.add_option("--nginx-port", o.nginx_port, "where nginx serves sign-in.html");
    cli.add_flag("--compare", o.compare, "every expected list and search first");
    CLI11_PARSE(cli, argc, argv);
    try {
        std::filesystem::create_directories(o.work);
        std::vector<std::unique_ptr<app::Bench>> all;
        for (const auto& engine : o.engines)
            for (const auto& set : o.sets) {
                const auto equals = set.find('=');
                all.push_back(std::make_unique<app::Bench>(o, set.substr(0, equals), set.substr(equals + 1), engine));
                all.back()->run();
            }
        const std::string text = app::report(o, all);
        fmt::print("{}", text);
        if (!o.out.empty()) std::ofstream{o.out} << text;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    return 0;
}
