#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "cases/case_work.hpp"

/// `concord import referrals`: reports from a CSV file, each row through the same code as POST /api/v1/referrals.
/// The columns are those of docs/handbook/importing-referrals.md: the fields of hub-casework.md 3.1 under their own names.
namespace concord::cases {

/// How the file writes days: only 2026-07-08 can be read without being told.
enum class DateOrder { iso_only, day_month_year, month_day_year };

struct ReferralImportAsk {
    DateOrder dates = DateOrder::iso_only;
    bool dry_run = false;   // everything is tried, nothing is stored
    bool skip_bad = false;  // otherwise nothing is stored where one row is bad
    std::string hub;        // code of the hub for rows without one
};

struct BadRow {
    std::size_t line = 0;  // of the file, where the row begins; 1 is the header
    std::string field;     // the column; empty where the row as such is wrong
    std::string reason;    // what is wrong and what to do
    bool operator==(const BadRow&) const = default;
};

/// One row as a body of POST /api/v1/referrals.
struct ReferralRow {
    std::size_t line = 0;
    Json body;
    std::map<std::string, std::string> columns;  // field of the body -> column of the file ("people[0].phone" -> "victim_phone")
};
struct ReferralFile {
    std::size_t rows = 0;           // good and bad ones
    std::vector<ReferralRow> good;  // that could be read; the route may still refuse them
    std::vector<BadRow> bad;
    std::vector<std::string> notes;  // what the sender should know: read as Windows-1252, rows without a reference
};

/// Reads the bytes of a file. Refused as a whole, with a sentence: spreadsheets, UTF-16, broken quotes, unknown or missing columns, days whose order
/// is not declared, more than 20,000 rows.
Result<ReferralFile> read_referral_file(std::string_view bytes, const ReferralImportAsk& ask);

struct ImportedReferrals {
    std::size_t rows = 0, created = 0;
    std::size_t unchanged = 0;  // known already by the sender's own reference
    std::vector<BadRow> refused;
    std::vector<std::string> notes;
};
/// One transaction: all rows or none, unless skip_bad. A row whose (source_agency, source_ref) is known is not stored again.
Result<ImportedReferrals> import_referrals(access::Context& context, const Deps& deps, std::string_view bytes, const ReferralImportAsk& ask);

}  // namespace concord::cases
