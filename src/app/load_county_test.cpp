#include "app/load_county.hpp"
#include "cases/case_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "store/testing.hpp"

namespace concord::app {
namespace {

using store::Engine;

class County : public ::testing::TestWithParam<Engine> {
protected:
    const std::string folder = CONCORD_SOURCE_DIR "/tests/county";
    store::testing::EmptyDatabase empty{GetParam()};
    std::unique_ptr<Program> program = [this] {
        auto made = make_program(empty.url(), false);
        made->clock.stand_at(parse_instant("2026-06-30T09:00:00Z").value());
        return made;
    }();
    ~County() override {
        program.reset();
        for (const char* ending : {".reads", ".reads-wal", ".reads-shm"}) std::filesystem::remove(empty.url() + ending);
    }
    Json ask(const std::string& login, const std::string& path) {
        auto& token = tokens_[login];
        if (token.empty()) {
            const auto user = program->db->reading([&](store::Reader& reader) { return access::user_by_email(reader, login); });
            token = access::create_token(*program->db, user.value().seq, false, 36500, Instant{0});
        }
        web::Request request{.method = "GET",
                             .path = path,
                             .target = path,
                             .headers = {{"authorization", "Bearer " + token}},
                             .from_loopback = true,
                             .reference = "test"};
        if (const auto question = path.find('?'); question != std::string::npos) {
            request.query = *web::parse_urlencoded(path.substr(question + 1));
            request.path.erase(question);
        }
        const auto response = program->handler(request);
        EXPECT_EQ(response.status, 200) << path << response.body;
        auto json = parse_json(response.body);
        return json ? *json : Json{};
    }

private:
    std::map<std::string, std::string> tokens_;
};
INSTANTIATE_TEST_SUITE_P(Both, County, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(County, every_list_and_search_is_exactly_what_the_data_expect) {
    const auto loaded = load_county(*program, folder, [](std::int64_t, std::int64_t) {});
    ASSERT_TRUE(loaded) << loaded.error().sentence;
    EXPECT_EQ((*loaded)["cases"].as_integer(), 100);
    EXPECT_EQ((*loaded)["notes"].as_integer(), 2000);
    EXPECT_EQ((*loaded)["people"].as_integer(), 250);
    const auto compared = compare_county(folder, [&](const auto& login, const auto& path) { return ask(login, path); });
    EXPECT_EQ(compared.lists, 600);
    EXPECT_EQ(compared.searches, 1000);
    EXPECT_EQ(compared.wrong, 0) << (compared.first_wrong.empty() ? "" : compared.first_wrong.front());

    // A search that finds more than is counted goes on to the very last, page by page.
    program->db->read([&](store::Reader& reader) {
        const auto actor = access::actor_of(reader, access::user_by_email(reader, "user461")->seq).value();
        const Date today = program->clock.today();
        const auto walk = [&](std::size_t limit, std::size_t most) {
            std::vector<std::string> references;
            std::string after;
            do {
                const auto page = cases::find_cases(reader, actor, "spoke", after, limit, today, most);
                for (const auto& row : page.rows) references.push_back(row.reference);
                after = page.next;
            } while (!after.empty() && references.size() < 500);
            return references;
        };
        const auto whole = walk(200, 1000);
        EXPECT_GT(whole.size(), 6U);
        EXPECT_EQ(walk(3, 2), whole);
        EXPECT_EQ(walk(5, 7), whole);
    });

    const auto verified = ledger::verify(*program->db);
    EXPECT_FALSE(verified.first_bad) << verified.first_bad->why;
    EXPECT_GT(verified.events, 2500);
    for (const auto& table : ledger::rebuild(*program->db, *program->ledger, all_migrations(), ledger::Rebuild::check).tables)
        EXPECT_TRUE(table.equal) << table.table;

    const auto again = load_county(*program, folder, [](std::int64_t, std::int64_t) {});
    EXPECT_FALSE(again);
    EXPECT_TRUE(is_demonstration(*program));
    // They sign in by their short name, and by their address.
    program->db->read([&](store::Reader& reader) {
        const auto by_login = access::user_by_email(reader, "user001"), by_address = access::user_by_email(reader, "user001@example.org");
        ASSERT_TRUE(by_login && by_address);
        EXPECT_EQ(by_login->seq, by_address->seq);
        EXPECT_FALSE(access::user_by_email(reader, ""));
    });
    // A number whose reference a loaded record has is passed over.
    program->db->write([&](store::Transaction& tx) {
        const auto at = program->clock.now();
        const std::string first = cases::next_reference(tx, "TRY", at);
        const auto some = tx.count("select min(stream) from case_record");
        tx.execute("update case_record set reference = :taken where stream = :some", {{"taken", first}, {"some", some}});
        tx.execute("update series set last = 0 where name like 'TRY-%'");
        EXPECT_NE(cases::next_reference(tx, "TRY", at), first);
        return false;
    });
}

}  // namespace
}  // namespace concord::app
