#include <cstdio>

#include <fmt/format.h>

#include "app/imports.hpp"
#include "base/text.hpp"
#include "cases/referral_import.hpp"

/// `concord import referrals FILE.csv`: docs/handbook/importing-referrals.md.
namespace concord::app {
namespace {

std::optional<access::Actor> who_imports(Program& program, const std::string& email) {
    return program.db->reading([&](store::Reader& reader) -> std::optional<access::Actor> {
        for (const auto& user : access::users_of(reader, 0)) {
            if (!email.empty() && user.code != lower_ascii(email)) continue;
            auto actor = access::actor_of(reader, user.seq);
            if (actor && (!email.empty() || actor->has_role("admin"))) return actor;
        }
        return {};
    });
}

Json bad_json(const cases::BadRow& bad) {
    Json one = Json::object({{"line", bad.line}});
    one.set_if("field", bad.field);
    return one.set("reason", bad.reason);
}

void print_json(const cases::ImportedReferrals& done) {
    Json refused = Json::array();
    for (const auto& bad : done.refused) refused.push(bad_json(bad));
    fmt::print("{}\n", to_text(Json::object({{"rows", done.rows}, {"created", done.created}, {"unchanged", done.unchanged}, {"refused", refused}})));
}

void print_words(const cases::ImportedReferrals& done, const ImportReferrals& ask) {
    for (const auto& bad : done.refused) fmt::print(stderr, "Line {}{}: {}\n", bad.line, bad.field.empty() ? "" : ", " + bad.field, bad.reason);
    const bool nothing_kept = !done.refused.empty() && !ask.skip_bad;
    fmt::print("{}: {} new, {} known already, {} wrong.{}\n", counted(static_cast<long long>(done.rows), "row"), done.created, done.unchanged,
               counted(static_cast<long long>(done.refused.size()), "thing"),
               ask.dry_run    ? " A dry run: nothing was stored."
               : nothing_kept ? " Nothing was stored: put the rows right, or leave them out with --skip-bad."
                              : "");
}

int refuse(const std::string& sentence, bool json) {
    if (json)
        fmt::print(
            "{}\n",
            to_text(Json::object({{"rows", 0}, {"created", 0}, {"refused", Json::array({Json::object({{"line", 0}, {"reason", sentence}})})}})));
    fmt::print(stderr, "{}\n", sentence);
    return 1;
}

}  // namespace

int import_referrals(Program& program, const ImportReferrals& ask) {
    const auto actor = who_imports(program, ask.as);
    if (!actor)
        return refuse(ask.as.empty() ? "There is no system administrator in this database: say who imports with --as EMAIL."
                                     : fmt::format("There is no user {}.", ask.as),
                      ask.json);
    cases::ReferralImportAsk how{.dry_run = ask.dry_run, .skip_bad = ask.skip_bad, .hub = ask.hub};
    if (ask.dates == "dmy") how.dates = cases::DateOrder::day_month_year;
    if (ask.dates == "mdy") how.dates = cases::DateOrder::month_day_year;
    access::Context context{.db = *program.db,
                            .ledger = *program.ledger,
                            .reads = *program.reads,
                            .clock = program.clock,
                            .actor = *actor,
                            .csrf = {},
                            .theme = {},
                            .density = {},
                            .idempotency_key = {},
                            .route = "import referrals"};
    const auto done = cases::import_referrals(context, program.case_deps(), file_text(ask.file), how);
    if (!done) return refuse(done.error().sentence, ask.json);
    for (const auto& note : done->notes) fmt::print(stderr, "{}\n", note);
    if (ask.json)
        print_json(*done);
    else
        print_words(*done, ask);
    return done->refused.empty() || (ask.skip_bad && !ask.dry_run) ? 0 : 1;
}

}  // namespace concord::app
