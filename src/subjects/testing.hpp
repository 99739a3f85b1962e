#pragma once

#include <filesystem>

#include "access/access.hpp"
#include "store/testing.hpp"
#include "subjects/subjects.hpp"

/// For tests of this room: a database of either engine with two agencies and an officer of each.
namespace concord::subjects::testing {

class Town : public ::testing::TestWithParam<store::Engine> {
protected:
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<store::Database> db = [this] {
        auto opened = empty.open();
        std::vector<store::Migration> all = ledger::migrations();
        for (auto feature : {access::migrations(), subjects::migrations()})
            for (auto& migration : feature) all.push_back(std::move(migration));
        opened->migrate(all);
        return opened;
    }();
    std::unique_ptr<ledger::Ledger> the_ledger = [] {
        auto made = ledger::make_ledger();
        access::register_projections(*made);
        subjects::register_projections(*made);
        return made;
    }();
    std::unique_ptr<access::ReadLog> reads = access::open_read_log(*db, empty.url() + ".reads");
    MovedClock clock{parse_instant("2026-06-01T09:00:00Z").value(), MovedClock::Runs::still};

    Seq council = new_agency("council", "North Yorkshire Council", "la_cs"), police = new_agency("police", "North Yorkshire Police", "pol");
    access::Context officer = context_of("priya@council.example", "Priya Nair", council, "hub_officer");
    access::Context colleague = context_of("sam@council.example", "Sam Field", council, "supervisor");
    access::Context stranger = context_of("lee@police.example", "Lee Okafor", police, "hub_officer");

    ~Town() override {
        reads.reset();
        db.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }

    Seq new_agency(const char* code, const char* name, const char* kind) {
        return db->writing([&](store::Transaction& tx) { return access::create_agency(tx, *the_ledger, {.at = clock.now()}, code, name, kind); })
            .value();
    }
    access::Context context_of(const char* email, const char* name, Seq agency, const char* role) {
        const auto user = db->writing([&](store::Transaction& tx) {
            return access::create_user(tx, *the_ledger, {.at = clock.now()},
                                       {.email = email, .name = name, .password = {}, .agency = agency, .roles = {role}, .hubs = {}}, "no password");
        });
        access::Context context{.db = *db,
                                .ledger = *the_ledger,
                                .reads = *reads,
                                .clock = clock,
                                .actor = db->reading([&](store::Reader& reader) { return *access::actor_of(reader, user.value()); }),
                                .csrf = "csrf",
                                .theme = {},
                                .density = {},
                                .idempotency_key = {},
                                .route = "test"};
        return context;
    }
    static Json parsed(const char* text) { return parse_json(text).value(); }

    template <class F>
    auto write(F&& work) {
        return db->writing([&](store::Transaction& tx) { return work(tx); });
    }
    template <class F>
    auto read(F&& work) {
        return db->reading([&](store::Reader& reader) { return work(reader); });
    }
    Seq recorded(const access::Context& by, const Json& body) {
        const auto details = details_from(body, by.today());
        EXPECT_TRUE(details) << (details ? "" : details.error().fields.front().message);
        return write([&](store::Transaction& tx) { return create_person(tx, *the_ledger, by.author(), *details); }).value();
    }
    Seq recorded(const access::Context& by, const char* body) { return recorded(by, parsed(body)); }
    PersonRecord record(Seq one) {
        return read([&](store::Reader& reader) { return *person_record(reader, one); });
    }
    void expect_rebuild_equal() {
        std::vector<store::Migration> all = ledger::migrations();
        for (auto feature : {access::migrations(), subjects::migrations()})
            for (auto& migration : feature) all.push_back(std::move(migration));
        for (const auto& table : ledger::rebuild(*db, *the_ledger, all, ledger::Rebuild::check).tables) EXPECT_TRUE(table.equal) << table.table;
    }
};

}  // namespace concord::subjects::testing
