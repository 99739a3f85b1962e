#include "subjects/matching.hpp"

#include <gtest/gtest.h>

#include <set>

namespace concord::subjects {
namespace {

const Date today = parse_date("2026-06-30").value();

PersonDetails of(const char* json) {
    const auto details = details_from(parse_json(json).value(), today);
    EXPECT_TRUE(details) << json;
    return *details;
}

int weigh(const char* asked, const char* held) { return score(of(asked), of(held)).points; }
std::string reasons(const char* asked, const char* held) {
    std::string all;
    for (const auto& reason : score(of(asked), of(held)).reasons)
        if (reason.kind != "not_held") all += reason.field + " " + reason.kind + "; ";
    return all;
}
bool share_a_key(const PersonDetails& asked, const PersonDetails& held) {
    const auto keep = keys_to_keep(held);
    const std::set<MatchKey> kept{keep.begin(), keep.end()};
    for (const auto& key : keys_to_ask(asked))
        if (kept.count(key) != 0) return true;
    return false;
}

constexpr const char* katie =
    R"({"given_name":"Katie","family_name":"Marshall","date_of_birth":"1987-11-03","address":"14 Trafalgar Court","postcode":"YO12 7QP","phone":"07700 900321"})";

TEST(Matching, weighs_as_the_table_of_the_casework_guide) {
    EXPECT_EQ(weigh(katie, katie), 30 + 20 + 15 + 10 + 20 + 25);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall"})", katie), 35);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1987-11-03"})", katie), 65);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1987-03-11"})", katie), 50);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1987-11-08"})", katie), 50);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1978-11-03"})", katie), 50);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1961-05-20"})", katie), -5);
    EXPECT_EQ(weigh(R"({"phone":"+44 7700 900321"})", katie), 25);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","sex":"male"})", R"({"name":"Katie Marshall","sex":"female"})"), 25);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","sex":"not_stated"})", R"({"name":"Katie Marshall","sex":"female"})"), 35);
}

TEST(Matching, numbers_of_agencies_speak_loudest) {
    constexpr const char* one = R"({"name":"Katie Marshall","identifiers":[{"kind":"tenancy","value":"CH 1042","issuer":"Coast Homes"}]})";
    EXPECT_EQ(weigh(one, R"({"name":"Joan Metcalfe","identifiers":[{"kind":"tenancy","value":"ch1042","issuer":"coast homes"}]})"), 60 - 20);
    EXPECT_EQ(weigh(one, R"({"name":"Katie Marshall","identifiers":[{"kind":"tenancy","value":"CH1043","issuer":"Coast Homes"}]})"), 35 - 60);
    EXPECT_EQ(
        weigh(
            one,
            R"({"name":"Katie Marshall","identifiers":[{"kind":"tenancy","value":"91","issuer":"Moor Homes"},{"kind":"tenancy","value":"99","issuer":"Moor Homes"}]})"),
        35);
}

TEST(Matching, knows_short_forms_accents_and_scots_and_irish_names) {
    EXPECT_EQ(weigh(R"({"name":"Bob Harker"})", R"({"name":"Robert Harker"})"), 30);
    EXPECT_EQ(weigh(R"({"name":"Bob Harker"})", R"({"name":"Rob Harker"})"), 30);
    EXPECT_EQ(weigh(R"({"name":"Zoë Müller"})", R"({"name":"Zoe Muller"})"), 35);
    EXPECT_EQ(weigh(R"({"name":"Łukasz Wójcik"})", R"({"name":"Lukasz Wojcik"})"), 35);
    EXPECT_EQ(weigh(R"({"given_name":"Iain","family_name":"McDonald"})", R"({"given_name":"Iain","family_name":"Mac Donald"})"), 35);
    EXPECT_EQ(weigh(R"({"given_name":"Sean","family_name":"O'Brien"})", R"({"given_name":"Sean","family_name":"OBrien"})"), 35);
    EXPECT_EQ(weigh(R"({"given_name":"Ruth","family_name":"Smith-Jones"})", R"({"given_name":"Ruth","family_name":"Smith"})"), 35);
    EXPECT_EQ(weigh(R"({"given_name":"Marek","family_name":"Kowalski"})", R"({"given_name":"Mareck","family_name":"Kowalsky"})"), 35);
    EXPECT_TRUE(are_nicknames("chris", "christine"));
    EXPECT_FALSE(are_nicknames("bob", "bob"));
    EXPECT_FALSE(are_nicknames("bob", "dan"));
}

TEST(Matching, finds_names_changed_about_and_does_not_count_them_as_different) {
    EXPECT_EQ(weigh(R"({"given_name":"Marshall","family_name":"Katie"})", R"({"given_name":"Katie","family_name":"Marshall"})"), 35);
    EXPECT_EQ(reasons(R"({"given_name":"Marshal","family_name":"Katie"})", R"({"given_name":"Katie","family_name":"Marshall"})"),
              "family_name near; ");
    // James Thomas is not Thomas James by himself: 35 points stay hidden.
    EXPECT_LT(weigh(R"({"given_name":"James","family_name":"Thomas"})", R"({"given_name":"Thomas","family_name":"James"})"), 40);
}

TEST(Matching, takes_the_best_of_all_names_and_says_by_which) {
    constexpr const char* held =
        R"({"given_name":"Katie","family_name":"Lowe","date_of_birth":"1987-11-03","names":[{"kind":"former","given_name":"Katie","family_name":"Marshall"}]})";
    const auto weighed = score(of(R"({"name":"Katie Marshall","date_of_birth":"1987-11-03"})"), of(held));
    EXPECT_EQ(weighed.points, 65);
    bool said = false;
    for (const auto& reason : weighed.reasons) said = said || reason.text == "Former name: Katie Marshall";
    EXPECT_TRUE(said);
}

TEST(Matching, twins_stay_apart_though_all_else_is_the_same) {
    constexpr const char* other =
        R"({"given_name":"Laura","family_name":"Marshall","date_of_birth":"1987-11-03","address":"14 Trafalgar Court","postcode":"YO12 7QP","phone":"07700 900321"})";
    EXPECT_LT(weigh(katie, other), 70);
}

TEST(Matching, a_son_named_as_his_father_is_never_strong) {
    constexpr const char* father =
        R"({"name":"Peter Raven","date_of_birth":"1961-02-14","address":"3 Dean Road","postcode":"YO12 7SN","phone":"01723 496000"})";
    constexpr const char* son =
        R"({"name":"Peter Raven","date_of_birth":"1990-07-30","address":"3 Dean Road","postcode":"YO12 7SN","phone":"01723 496000"})";
    EXPECT_LT(weigh(father, son), 70);
}

TEST(Matching, compares_births_as_far_as_they_are_known) {
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1987"})", katie), 45);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"11/1987"})", katie), 50);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"10/1987"})", katie), -5);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1961"})", katie), -5);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"about 1985"})", katie), 40);
    EXPECT_EQ(weigh(R"({"name":"Katie Marshall","date_of_birth":"1987-01-01"})", katie), 45);
}

TEST(Matching, moved_house_is_no_evidence_against_and_an_earlier_address_is_evidence_for) {
    constexpr const char* moved = R"({"name":"Katie Marshall","address":"2 Candler Street","postcode":"YO12 7DF"})";
    EXPECT_EQ(weigh(moved, katie), 35);
    EXPECT_EQ(
        weigh(
            moved,
            R"({"name":"Katie Marshall","address":"9 Castle Rise","postcode":"YO11 1AA","addresses":[{"text":"2, Candler St","postcode":"YO12 7DF","until":"2020-01-01"}]})"),
        65);
}

/// Second records as people make them: the slip, and what is still the same. Everybody here is invented.
TEST(Matching, planted_duplicates_are_found_and_planted_strangers_are_not_strong) {
    struct Planted {
        const char *what, *asked, *held;
        int least, most;
    };
    constexpr const char* asha =
        R"({"given_name":"Asha","family_name":"Gurung","date_of_birth":"1994-05-12","address":"7 Eastfield Grove","postcode":"YO11 3LT","phone":"07700 900512","email":"asha@example.org"})";
    const std::vector<Planted> all{
        {"typo in the last name, moved", R"({"name":"Asha Gurnug","date_of_birth":"1994-05-12","postcode":"YO12 7DF","phone":"07700 900512"})", asha,
         70, 200},
        {"typo in both names, phone changed",
         R"({"name":"Ahsa Gurnug","date_of_birth":"1994-05-12","address":"7 Eastfield Grove","postcode":"YO11 3LT","phone":"07700 900999"})", asha,
         70, 200},
        {"day and month changed about", R"({"name":"Asha Gurung","date_of_birth":"1994-12-05","address":"7 Eastfield Grove","postcode":"YO11 3LT"})",
         asha, 70, 200},
        {"date of birth missing", R"({"name":"Asha Gurung","postcode":"YO11 3LT","address":"7 Eastfield Grove"})", asha, 40, 69},
        {"year only", R"({"name":"Asha Gurung","date_of_birth":"1994-01-01","phone":"07700 900512"})", asha, 70, 200},
        {"names changed about", R"({"given_name":"Gurung","family_name":"Asha","date_of_birth":"1994-05-12"})", asha, 40, 200},
        {"married, same phone", R"({"name":"Asha Thwaite","date_of_birth":"1994-05-12","phone":"07700 900512"})", asha, 70, 200},
        {"only the e-mail and the first name", R"({"given_name":"Asha","email":"ASHA@example.org"})", asha, 40, 69},
        {"brother at the same address",
         R"({"name":"Bishal Gurung","date_of_birth":"1990-01-20","address":"7 Eastfield Grove","postcode":"YO11 3LT"})", asha, -100, 39},
        {"stranger of the same name elsewhere", R"({"name":"Asha Gurung","date_of_birth":"1971-09-30","postcode":"DL9 3QB"})", asha, -100, 39},
        {"stranger born the same day", R"({"name":"Joan Metcalfe","date_of_birth":"1994-05-12"})", asha, -100, 39},
    };
    for (const auto& one : all) {
        const auto asked = of(one.asked), held = of(one.held);
        const int points = score(asked, held).points;
        EXPECT_GE(points, one.least) << one.what;
        EXPECT_LE(points, one.most) << one.what;
        if (points >= 40) { EXPECT_TRUE(share_a_key(asked, held)) << one.what; }
    }
}

TEST(Matching, every_pair_that_weighs_enough_shares_a_key) {
    // Every combination of slips on one record: whatever still reaches 40 points must be brought together.
    const std::vector<const char*> givens{"Katie", "Kate", "Kaite", "Katherine", "K", ""},
        families{"Marshall", "Marshal", "Marshall-Lowe", "Lowe", ""},
        births{"1987-11-03", "1987-03-11", "1987-11-08", "1978-11-03", "1987", "11/1987", ""}, postcodes{"YO12 7QP", "YO12 7DF", ""},
        phones{"07700 900321", ""};
    const auto held = of(katie);
    int reached = 0;
    for (const auto* given : givens)
        for (const auto* family : families)
            for (const auto* birth : births)
                for (const auto* postcode : postcodes)
                    for (const auto* phone : phones) {
                        const Json typed = Json::object({{"given_name", given},
                                                         {"family_name", family},
                                                         {"date_of_birth", birth},
                                                         {"postcode", postcode},
                                                         {"address", "14 Trafalgar Court"},
                                                         {"phone", phone}});
                        const auto asked = details_from(typed, today);
                        ASSERT_TRUE(asked);
                        if (score(*asked, held).points < 40) continue;
                        ++reached;
                        EXPECT_TRUE(share_a_key(*asked, held)) << to_text(typed);
                    }
    EXPECT_GT(reached, 300);
}

TEST(Matching, likelihood_rises_with_the_points_and_is_never_certain) {
    EXPECT_NEAR(likelihood_of(40), 0.5, 0.01);
    EXPECT_GT(likelihood_of(70), 0.8);
    EXPECT_LT(likelihood_of(120), 1);
    for (int points = -50; points < 200; ++points) EXPECT_LT(likelihood_of(points), likelihood_of(points + 1));
}

}  // namespace
}  // namespace concord::subjects
