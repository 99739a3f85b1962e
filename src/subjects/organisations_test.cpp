#include "subjects/organisations.hpp"

#include <gtest/gtest.h>

#include "subjects/testing.hpp"

namespace concord::subjects {
namespace {

using store::Reader;
using store::Transaction;

class Organisations : public testing::Town {
protected:
    Result<Seq> made(const access::Context& by, const char* typed) {
        return write([&](Transaction& tx) { return create_organisation(tx, by, parsed(typed)); });
    }
    Seq homes = made(officer, R"({"name":"Coast Homes","kind":"landlord","phone":"01723 496000","postcode":"yo11 1aa"})").value();
    Organisation held(Seq one) {
        return read([&](Reader& reader) { return *organisation(reader, one); });
    }
    std::string id_of(Seq one) {
        return read([&](Reader& reader) { return person(reader, one)->id; });
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Organisations, ::testing::Values(store::Engine::sqlite, store::Engine::postgresql), store::testing::engine_name);

TEST_P(Organisations, are_recorded_corrected_and_known_to_every_agency) {
    EXPECT_EQ(held(homes).details.phone, "+441723496000");
    EXPECT_EQ(made(officer, R"({"name":"coast homes","kind":"landlord","postcode":"YO11 1AA"})").error().fields.front().field, "name");
    EXPECT_EQ(made(officer, R"({"name":"","kind":"circus","email":"x"})").error().fields.size(), 3U);
    const auto version =
        write([&](Transaction& tx) { return correct_organisation(tx, stranger, homes, 1, parsed(R"({"note":"Ask for the duty officer"})")); });
    ASSERT_TRUE(version);
    EXPECT_EQ(held(homes).details.note, "Ask for the duty officer");
    EXPECT_EQ(held(homes).details.name, "Coast Homes");
    const auto stale = write([&](Transaction& tx) { return correct_organisation(tx, officer, homes, 1, parsed(R"({"note":"x"})")); });
    EXPECT_EQ(stale.error().because, Because::stale);
    EXPECT_EQ(write([&](Transaction& tx) { return correct_organisation(tx, officer, 987654, {}, parsed("{}")); }).error().because, Because::absent);
    EXPECT_EQ(read([&](Reader& reader) { return find_organisations(reader, "coast", "", 10).size(); }), 1U);
    EXPECT_EQ(read([&](Reader& reader) { return find_organisations(reader, "coast", "police", 10).size(); }), 0U);
    expect_rebuild_equal();
}

TEST_P(Organisations, show_only_the_members_whom_the_reader_may_know) {
    const Seq ruth = recorded(officer, R"({"name":"Ruth Ashby"})");
    const auto add = [&](const access::Context& by, const std::string& typed) {
        return write([&](Transaction& tx) { return add_member(tx, by, homes, {}, parsed(typed.c_str())); });
    };
    const std::string body = "{\"person\":\"" + id_of(ruth) + "\",\"role\":\"contact\",\"words\":\"Housing officer\"}";
    EXPECT_EQ(add(stranger, body).error().fields.front().field, "person");
    const auto added = add(officer, body);
    ASSERT_TRUE(added);
    EXPECT_EQ(add(officer, body).error().fields.front().field, "role");
    const auto members = [&](const access::Context& by) {
        return read([&](Reader& reader) { return organisation_json(reader, by, *organisation(reader, homes))["members"].items().size(); });
    };
    EXPECT_EQ(members(officer), 1U);
    EXPECT_EQ(members(stranger), 0U);
    const auto hidden = write([&](Transaction& tx) { return change_member(tx, stranger, homes, {}, added->id, parsed(R"({"until":"today"})")); });
    EXPECT_EQ(hidden.error().because, Because::absent);
    ASSERT_TRUE(write([&](Transaction& tx) { return change_member(tx, officer, homes, added->version, added->id, parsed(R"({"until":"today"})")); }));
    EXPECT_EQ(read([&](Reader& reader) { return memberships_of(reader, ruth).front().until; }), "2026-06-01");
    expect_rebuild_equal();
}

}  // namespace
}  // namespace concord::subjects
