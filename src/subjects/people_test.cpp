#include <gtest/gtest.h>

#include "subjects/people_json.hpp"
#include "subjects/testing.hpp"

namespace concord::subjects {
namespace {

using store::Engine;
using store::Reader;
using store::Transaction;

class People : public testing::Town {
protected:
    Seq katie =
        recorded(officer,
                 R"({"given_name":"Katie","family_name":"Marshall","date_of_birth":"1987-11-03","address":"14 Trafalgar Court","postcode":"yo12 7qp",
             "phone":"07700 900321","names":[{"kind":"known_as","given_name":"Kat"}],"identifiers":[{"kind":"pnc","value":"14/100000h"}]})");

    Result<Added> add(const access::Context& by, Seq one, const char* part, const char* typed) {
        return write([&](Transaction& tx) { return add_part(tx, by, one, {}, part, parsed(typed)); });
    }
    Result<std::int64_t> correct(const access::Context& by, Seq one, Expected expected, const char* typed) {
        return write([&](Transaction& tx) { return correct_person(tx, by, one, expected, parsed(typed)); });
    }
    std::string exported(const access::Context& by, Seq one) {
        return read([&](Reader& reader) { return to_canonical(export_json(reader, by, one)); });
    }
    static std::string field_of(const Refusal& refusal) { return refusal.fields.empty() ? refusal.code : refusal.fields.front().field; }
};
INSTANTIATE_TEST_SUITE_P(Both, People, ::testing::Values(Engine::sqlite, Engine::postgresql), store::testing::engine_name);

TEST_P(People, are_recorded_whole_and_read_again) {
    const auto held = record(katie);
    EXPECT_EQ(held.person.name(), "Katie Marshall");
    ASSERT_EQ(held.names.size(), 2U);
    EXPECT_EQ(held.names[1].full(), "Kat");
    EXPECT_EQ(held.identifiers.front().value, "2014/0100000H");
    EXPECT_EQ(held.contact_points.front().value, "+447700900321");
    EXPECT_EQ(held.addresses.front().postcode, "YO12 7QP");
    const auto row = read([&](Reader& reader) { return *person(reader, katie); });
    EXPECT_EQ(row.details.phone, "+447700900321");
    EXPECT_EQ(to_iso(row.details.birth), "1987-11-03");
    expect_rebuild_equal();
}

TEST_P(People, a_body_with_mistakes_says_all_of_them_beside_their_fields) {
    const auto details = details_from(
        parsed(
            R"({"name":"X","date_of_birth":"31/2/1990","phone":"12","email":"x","postcode":"Y","sex":"?","identifiers":[{"kind":"pnc","value":"2014/0100000I"}]})"),
        officer.today(), "people[0].");
    ASSERT_FALSE(details);
    std::string fields;
    for (const auto& error : details.error().fields) fields += error.field + " ";
    EXPECT_EQ(fields, "people[0].date_of_birth people[0].phone people[0].email people[0].postcode people[0].sex people[0].identifiers[0].value ");
}

TEST_P(People, a_new_main_name_makes_the_old_one_a_former_name) {
    ASSERT_TRUE(add(officer, katie, "names", R"({"kind":"main","given_name":"Katie","family_name":"Lowe","from":"2026-05-02"})"));
    const auto held = record(katie);
    EXPECT_EQ(held.person.name(), "Katie Lowe");
    ASSERT_EQ(held.names.size(), 3U);
    const auto& old = held.names[1];
    EXPECT_EQ(old.kind, "former");
    EXPECT_EQ(old.family_name, "Marshall");
    EXPECT_EQ(old.until, "2026-05-02");
    expect_rebuild_equal();
}

TEST_P(People, corrections_touch_only_what_was_sent_and_refuse_what_is_stale) {
    auto version = correct(officer, katie, 1, R"({"family_name":"Marshal","phone":"07700 900322","sex":"female","safe_to_contact":"no"})");
    ASSERT_TRUE(version);
    const auto held = record(katie);
    EXPECT_EQ(held.person.name(), "Katie Marshal");
    EXPECT_EQ(held.contact_points.size(), 1U);
    EXPECT_EQ(held.person.details.phone, "+447700900322");
    EXPECT_EQ(held.person.details.safe_to_contact, "no");
    EXPECT_EQ(held.safe_noted_by, officer.actor.user);
    EXPECT_EQ(held.person.details.address, "14 Trafalgar Court");
    const auto stale = correct(officer, katie, 1, R"({"family_name":"Other"})");
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().because, Because::stale);
    // The same again is no change.
    EXPECT_EQ(correct(officer, katie, *version, R"({"family_name":"Marshal","sex":"female"})").value(), *version);
    // Taken away: the number ends, and is kept as an old one.
    ASSERT_TRUE(correct(officer, katie, {}, R"({"phone":""})"));
    EXPECT_EQ(record(katie).person.details.phone, "");
    EXPECT_EQ(record(katie).contact_points.front().until, "2026-06-01");
    expect_rebuild_equal();
}

TEST_P(People, items_are_checked_changed_ended_and_taken_away) {
    EXPECT_EQ(field_of(add(officer, katie, "contact_points", R"({"kind":"phone","value":"12"})").error()), "value");
    EXPECT_EQ(field_of(add(officer, katie, "contact_points", R"({"kind":"pigeon","value":"x"})").error()), "kind");
    EXPECT_EQ(field_of(add(officer, katie, "addresses", R"({"text":""})").error()), "text");
    EXPECT_EQ(field_of(add(officer, katie, "addresses", R"({"text":"1 Dean Road","from":"2026-02-01","until":"2026-01-01"})").error()), "until");
    const auto work = add(officer, katie, "contact_points", R"({"kind":"phone","value":"01723 496000","label":"work"})");
    ASSERT_TRUE(work);
    ASSERT_TRUE(write([&](Transaction& tx) {
        return change_part(tx, officer, katie, work->version, "contact_points", work->id, parsed(R"({"label":"her sister's"})"));
    }));
    EXPECT_EQ(record(katie).contact_points.back().label, "her sister's");
    EXPECT_EQ(record(katie).contact_points.back().value, "+441723496000");
    const auto nothing = write([&](Transaction& tx) { return remove_part(tx, officer, katie, {}, "contact_points", work->id, ""); });
    EXPECT_EQ(field_of(nothing.error()), "why");
    ASSERT_TRUE(write([&](Transaction& tx) { return remove_part(tx, officer, katie, {}, "contact_points", work->id, "Typed twice"); }));
    EXPECT_EQ(record(katie).contact_points.size(), 1U);
    const auto main = record(katie).names.front().id;
    EXPECT_FALSE(write([&](Transaction& tx) { return remove_part(tx, officer, katie, {}, "names", main, "It was wrong"); }));
    expect_rebuild_equal();
}

TEST_P(People, safe_contact_is_never_assumed_and_follows_its_rules) {
    const auto now = [&](const char* at) {
        const auto held = record(katie);
        return advise(held, held.contact_points.front(), parse_instant(at).value());
    };
    EXPECT_FALSE(now("2026-06-01T09:00:00Z").allowed);
    EXPECT_EQ(now("2026-06-01T09:00:00Z").because.front(), "Nobody has noted that this way is safe");
    const std::string point = record(katie).contact_points.front().id;
    EXPECT_EQ(field_of(add(officer, katie, "contact_rules", R"({"rule":"only_between"})").error()), "from_time");
    EXPECT_EQ(field_of(add(officer, katie, "contact_rules", R"({"rule":"not_when_present"})").error()), "present");
    EXPECT_EQ(field_of(add(officer, katie, "contact_rules", R"({"rule":"never","point":"none"})").error()), "point");
    const auto between = add(officer, katie, "contact_rules",
                             ("{\"rule\":\"only_between\",\"from_time\":\"9\",\"to_time\":\"15:30\",\"point\":\"" + point + "\"}").c_str());
    ASSERT_TRUE(between);
    EXPECT_EQ(record(katie).contact_rules.front().noted_by, officer.actor.user);
    // 09:00 in London is 08:00Z in summer.
    EXPECT_FALSE(now("2026-06-01T07:59:00Z").allowed);
    EXPECT_TRUE(now("2026-06-01T08:00:00Z").allowed);
    EXPECT_FALSE(now("2026-06-01T14:31:00Z").allowed);
    ASSERT_TRUE(add(officer, katie, "contact_rules", R"({"rule":"not_when_present","present":"Dean"})"));
    ASSERT_TRUE(add(officer, katie, "contact_rules", R"({"rule":"no_message"})"));
    EXPECT_EQ(now("2026-06-01T09:00:00Z").cautions, (std::vector<std::string>{"Not when Dean is present", "Never leave a message"}));
    ASSERT_TRUE(add(officer, katie, "contact_rules", R"({"rule":"never"})"));
    EXPECT_FALSE(now("2026-06-01T09:00:00Z").allowed);
    const auto shown = read([&](Reader& reader) { return contact_lines(reader, officer, katie).markup(); });
    EXPECT_NE(shown.find("Do not ring: never use this"), std::string::npos) << shown;
    EXPECT_EQ(read([&](Reader& reader) { return contact_lines(reader, stranger, katie).markup(); }), "");
    expect_rebuild_equal();
}

TEST_P(People, a_relationship_shows_from_both_sides_and_names_nobody_who_may_not_be_known) {
    const Seq lily = recorded(officer, R"({"name":"Lily Marshall","date_of_birth":"2017-03-01"})"),
              hidden = recorded(stranger, R"({"name":"Dean Pratt"})");
    const auto id = [&](Seq one) { return read([&](Reader& reader) { return person(reader, one)->id; }); };
    ASSERT_TRUE(add(officer, katie, "relationships", ("{\"kind\":\"parent_of\",\"other\":\"" + id(lily) + "\",\"since\":\"2017-03-01\"}").c_str()));
    EXPECT_EQ(field_of(add(officer, katie, "relationships", ("{\"kind\":\"friend_of\",\"other\":\"" + id(hidden) + "\"}").c_str()).error()), "other");
    EXPECT_EQ(field_of(add(officer, katie, "relationships", R"({"kind":"friend_of","other":"nobody"})").error()), "other");
    EXPECT_EQ(field_of(add(officer, katie, "relationships", ("{\"kind\":\"friend_of\",\"other\":\"" + id(katie) + "\"}").c_str()).error()), "other");
    const Json seen = read([&](Reader& reader) { return record_json(reader, officer, *person_record(reader, lily)); });
    EXPECT_EQ(seen["relationships"].items().front()["kind"].as_string(), "child_of");
    EXPECT_EQ(seen["relationships"].items().front()["person"]["name"].as_string(), "Katie Marshall");
    EXPECT_TRUE(seen["under_10"].as_bool());
    expect_rebuild_equal();
}

TEST_P(People, a_merge_is_a_pointer_and_its_un_merge_is_exact) {
    const Seq other = recorded(officer, R"({"name":"Kate Marshal","phone":"07700 900321","date_of_birth":"1987"})");
    const std::string before = exported(officer, other), before_katie = exported(officer, katie);
    const auto too_short = write([&](Transaction& tx) { return merge(tx, officer, other, katie, "x"); });
    EXPECT_EQ(field_of(too_short.error()), "why");
    ASSERT_EQ(write([&](Transaction& tx) { return merge(tx, officer, other, katie, "Same phone and the same story"); }).value(), Merging::done);
    EXPECT_EQ(read([&](Reader& reader) { return root_of(reader, other); }), katie);
    EXPECT_EQ(read([&](Reader& reader) { return merged_into(reader, katie); }), std::vector<Seq>{other});
    // It is found by what the merged record held, and shown as the one that stayed.
    const auto found = read([&](Reader& reader) {
        return candidates(reader, officer, details_from(parsed(R"({"name":"Kate Marshal","phone":"07700 900321"})"), officer.today()).value());
    });
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().person.stream, katie);
    // A record that points elsewhere is not changed, merged or merged into.
    EXPECT_EQ(correct(officer, other, {}, R"({"family_name":"X"})").error().code, "subjects.merged");
    EXPECT_EQ(write([&](Transaction& tx) { return merge(tx, officer, katie, other, "The other way about"); }).error().code, "subjects.merged");
    ASSERT_TRUE(write([&](Transaction& tx) { return unmerge(tx, officer, other); }));
    EXPECT_EQ(exported(officer, other), before);
    EXPECT_EQ(exported(officer, katie), before_katie);
    EXPECT_EQ(write([&](Transaction& tx) { return unmerge(tx, officer, other); }).error().code, "subjects.not_merged");
    EXPECT_EQ(write([&](Transaction& tx) { return merge(tx, officer, katie, katie, "The very same"); }).error().fields.front().field, "with");
    expect_rebuild_equal();
}

TEST_P(People, records_of_which_the_numbers_differ_need_a_second_person) {
    const Seq other = recorded(officer, R"({"name":"Kate Marshall","identifiers":[{"kind":"pnc","value":"1979/0123456T"}]})");
    EXPECT_EQ(write([&](Transaction& tx) { return merge(tx, officer, other, katie, "She says it is her"); }).value(), Merging::proposed);
    EXPECT_FALSE(record(other).person.merged_into);
    EXPECT_EQ(write([&](Transaction& tx) { return merge(tx, officer, other, katie, "She says it is her"); }).error().code, "subjects.second_person");
    EXPECT_EQ(write([&](Transaction& tx) { return merge(tx, colleague, other, katie, "I saw the papers"); }).value(), Merging::done);
    EXPECT_EQ(record(other).person.merged_into, katie);
    expect_rebuild_equal();
}

TEST_P(People, said_not_to_be_the_same_is_remembered_and_can_be_taken_back) {
    const Seq other = recorded(officer, R"({"name":"Katie Marshall","date_of_birth":"1987-11-03","phone":"07700 900321"})");
    const auto duplicates = [&](Seq one) { return read([&](Reader& reader) { return possible_duplicates(reader, officer, one).size(); }); };
    EXPECT_EQ(duplicates(katie), 1U);
    ASSERT_TRUE(write([&](Transaction& tx) { return mark_distinct(tx, officer, katie, other, "Cousins"); }));
    EXPECT_EQ(duplicates(katie), 0U);
    EXPECT_EQ(duplicates(other), 0U);
    EXPECT_EQ(write([&](Transaction& tx) { return merge(tx, officer, other, katie, "They are one after all"); }).error().code, "subjects.distinct");
    expect_rebuild_equal();
    // Taken back from the other side than it was said.
    ASSERT_TRUE(write([&](Transaction& tx) { return withdraw_distinct(tx, officer, other, katie); }));
    EXPECT_EQ(duplicates(other), 1U);
    ASSERT_TRUE(write([&](Transaction& tx) { return merge(tx, officer, other, katie, "They are one after all"); }));
    EXPECT_EQ(duplicates(katie), 0U);
    EXPECT_EQ(write([&](Transaction& tx) { return mark_distinct(tx, officer, katie, other, ""); }).error().code, "subjects.merged");
    expect_rebuild_equal();
}

TEST_P(People, another_agencys_person_is_as_absent_as_nobody) {
    const auto found = read([&](Reader& reader) { return candidates(reader, stranger, record(katie).details()); });
    EXPECT_TRUE(found.empty());
    for (const Seq one : {katie, Seq{987654}}) {
        EXPECT_EQ(correct(stranger, one, {}, R"({"family_name":"X"})").error().because, Because::absent);
        EXPECT_EQ(add(stranger, one, "names", R"({"family_name":"X"})").error().because, Because::absent);
        EXPECT_EQ(write([&](Transaction& tx) { return unmerge(tx, stranger, one); }).error().because, Because::absent);
        const Seq own = recorded(stranger, R"({"name":"Somebody Else"})");
        const auto refused = write([&](Transaction& tx) { return merge(tx, stranger, own, one, "Trying to find out"); });
        EXPECT_EQ(
            refused.error(),
            (Refusal{
                Because::invalid, "subjects.invalid", "Some answers need another look.", {{"with", "There is no such record: choose another."}}}));
        const auto distinct = write([&](Transaction& tx) { return mark_distinct(tx, stranger, own, one, ""); });
        EXPECT_EQ(distinct.error().fields.front().message, "There is no such record: choose another.");
    }
}

TEST_P(People, history_says_what_was_and_what_is) {
    ASSERT_TRUE(correct(officer, katie, {}, R"({"date_of_birth":"4/11/1987","family_name":"Marshal"})"));
    const auto changes = read([&](Reader& reader) { return changes_of(reader, officer, katie); });
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[2].summary, "Person recorded");
    EXPECT_EQ(changes[1].words, "Main name: Katie Marshal, was Main name: Katie Marshall");
    EXPECT_EQ(changes[0].words, "Date of birth 4 November 1987, was 3 November 1987");
    EXPECT_EQ(changes[0].actor, officer.actor.user);
}

TEST_P(People, are_found_by_every_name_number_and_postcode) {
    const auto finds = [&](const char* words) {
        return read([&](Reader& reader) { return store::find_text(reader, "people", words, INT64_MAX, 10).size(); });
    };
    for (const char* words : {"katie marshall", "kat", "yo12 7qp", "07700900321", "2014 0100000h"}) EXPECT_EQ(finds(words), 1U) << words;
    EXPECT_EQ(finds("nobody"), 0U);
}

}  // namespace
}  // namespace concord::subjects
