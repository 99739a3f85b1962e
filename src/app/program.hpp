#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "cases/cases.hpp"
#include "cases/pathway_library.hpp"
#include "codes/codes.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"

/// What Concord is made of, put together once. Reading make_program() tells which rooms there are.
namespace concord::app {

/// A clock that `play` and `serve --now` can move; real time otherwise.
class SettableClock final : public Clock {
public:
    Instant now() const override { return moved_ ? moved_->now() : SystemClock{}.now(); }
    void run_from(Instant at) { moved_ = std::make_unique<MovedClock>(at, MovedClock::Runs::on); }
    void stand_at(Instant at) { moved_ = std::make_unique<MovedClock>(at, MovedClock::Runs::still); }

    /// Puts the clock back as it was when the keeper was made.
    class Keeper {
    public:
        explicit Keeper(SettableClock& clock) : clock_{clock}, kept_{std::exchange(clock.moved_, {})} {
            if (kept_) clock_.moved_ = std::make_unique<MovedClock>(*kept_);
        }
        Keeper(const Keeper&) = delete;
        Keeper& operator=(const Keeper&) = delete;
        ~Keeper() { clock_.moved_ = std::move(kept_); }

    private:
        SettableClock& clock_;
        std::unique_ptr<MovedClock> kept_;
    };

private:
    std::unique_ptr<MovedClock> moved_;
};

struct Program {
    std::unique_ptr<store::Database> db;
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<access::ReadLog> reads;
    std::unique_ptr<codes::Codebooks> codebooks;
    std::unique_ptr<cases::PathwayLibrary> library;
    SettableClock clock;
    access::Routes routes;
    web::Handler handler;
    std::string documents_folder;
    cases::AlertCounts alert_counts;
    cases::Deps case_deps() {
        return {*library, [this] { return codebooks->current()->calendar(); }, documents_folder};
    }
    std::string data_folder;  // with pathways/, codes/, partnerships/
};

std::vector<store::Migration> all_migrations();
std::unique_ptr<Program> make_program(const std::string& database, bool must_exist, bool demo_anywhere = false,
                                      const std::string& documents_folder = {});
/// For `init`: commits do not wait for the disk until settle(), which is called when the program is gone.
std::unique_ptr<Program> make_program_to_fill(const std::string& database, const std::string& documents_folder = {});
void settle(const std::string& database);

/// Where pathways/, codes/ and partnerships/ lie: beside the program, in the source tree above it, or under /usr/share/concord.
std::string find_data_folder();
std::string file_text(const std::string& path);

bool is_demonstration(Program& program);

/// How much is played: the users alone, a few dozen cases (for tests), or the whole of it.
enum class DemoSize { users_only, small, full };
/// A pilot that was made. refused: lines of the demonstration that were not taken, with the answer to each; every one is a mistake of ours.
struct Made {
    std::vector<std::string> refused;
    int lines = 0;
};
/// Makes the pilot in an empty database: hubs, agencies, pathways, and with `demo` its users and a played demonstration.
Result<Made> init(Program& program, const std::string& partnership, bool demo, unsigned seed, DemoSize size = DemoSize::small);
/// Plays lines of JSON through the routes; answers the number of expectations that failed. Prints {line, status, json} where `print` is given.
int play(Program& program, std::istream& lines, const std::function<void(const Json&)>& print);

void add_assets(access::Routes& routes);
/// The whole page around what a room draws; the menu shows what `routes` has, the header how many alerts wait.
web::Response draw_page(const access::Routes& routes, cases::AlertCounts& alerts, const web::Request& request, const access::Context* context,
                        int status, std::string_view title, const web::Html& body);

}  // namespace concord::app
