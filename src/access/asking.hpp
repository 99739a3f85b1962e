#pragma once

#include <string>
#include <string_view>

#include "access/access.hpp"
#include "access/metrics.hpp"

/// How a request notes that it asked, and what holds where it did not. Private to access.
namespace concord::access {

inline void note_asked(const Actor& actor) {
    if (actor.asked != nullptr) *actor.asked = true;
}

/// What was last asked of one record's visibility: a change asks for reading and for changing, and its answer again. set_visibility forgets it.
struct KeptAudience {
    Seq record = 0;
    Date today;
    store::Rows rows;  // principal, because
};
struct KeptRestriction {
    Seq record = 0;
    std::string restriction;
};

/// restriction_of is about to be asked, together with something else.
void restriction_soon(store::Reader& reader, Seq record);

/// The database as one request has it: a write commits only after access was asked, whatever the handler forgot.
class AskingDatabase final : public store::Database {
public:
    AskingDatabase(store::Database& real, Metrics& metrics) : real_{real}, metrics_{metrics} {}
    void watch(const Context& context) { context_ = &context; }
    /// For routes whose answer is nobody else's: preferences, sign-in.
    void need_not_ask() { must_ask_ = false; }

    store::Engine engine() const override { return real_.engine(); }
    void read(const std::function<void(store::Reader&)>& work) override {
        const Metrics::UnderWay counted{metrics_.reads_under_way};
        real_.read(work);
    }
    void snapshot(const std::function<void(store::Reader&)>& work) override {
        const Metrics::UnderWay counted{metrics_.reads_under_way};
        real_.snapshot(work);
    }
    void write(const std::function<bool(store::Transaction&)>& work) override {
        const Metrics::UnderWay counted{metrics_.writes_under_way};
        real_.write([&](store::Transaction& tx) {
            const bool keep = work(tx);
            require(!keep || !must_ask_ || (context_ != nullptr && context_->asked), "a change was to be committed before access was asked");
            return keep;
        });
    }
    int migrate(const std::vector<store::Migration>& migrations) override { return real_.migrate(migrations); }
    int schema() override { return real_.schema(); }
    void analyze() override { real_.analyze(); }
    void backup(const std::string& file) override { real_.backup(file); }
    std::string url() const override { return real_.url(); }
    bool healthy() override { return real_.healthy(); }

private:
    store::Database& real_;
    Metrics& metrics_;
    const Context* context_ = nullptr;
    bool must_ask_ = true;
};

/// The access log as one request has it: reads of a restricted record carry the reason that was typed for it.
class ReasonedReads final : public ReadLog {
public:
    explicit ReasonedReads(ReadLog& real) : real_{real} {}
    void watch(const Context& context) { context_ = &context; }
    void record(const Looked& looked) override { real_.record(reasoned(looked)); }
    void record_soon(const Looked& looked) override { real_.record_soon(reasoned(looked)); }
    std::vector<Looked> readers_of(Seq thing, std::size_t limit) override { return real_.readers_of(thing, limit); }
    std::vector<Looked> reads_of_agency(Seq agency, Instant since, std::size_t limit) override { return real_.reads_of_agency(agency, since, limit); }

private:
    Looked reasoned(Looked looked) const {
        const bool about = context_ != nullptr && looked.things.size() == 1 && looked.things.front() == context_->reason_about;
        if (looked.reason.empty() && about) looked.reason = context_->reason;
        return looked;
    }
    ReadLog& real_;
    const Context* context_ = nullptr;
};

/// Is nothing in the way of looking at this record, as far as a typed reason goes? True for records that are not restricted; for restricted ones
/// where this session has a reason for it, not fifteen minutes unused (CFG, interoperability.md section 2); a change is not stopped by a reason that
/// has grown old while the person was writing. A token's call gives its reason in the header Concord-Reason and is not stopped: it has no session.
bool has_reason(store::Reader& reader, const Context& context, Seq record, std::string_view action);
/// The reason was used now: it holds for another fifteen minutes. At most one write a minute.
void keep_reason_alive(store::Database& db, const Context& context);
/// The answer to a request that demanded a restricted record without a reason.
web::Response ask_reason(const Services& services, const web::Request& request, const Context& context);
void add_reason_routes(Routes& routes, const Services& services);

/// Concord-Purpose: codes of information-sharing-and-records.md section 4 and hub-casework.md section 8, in lower case.
const std::vector<std::string_view>& purposes();
std::string_view default_purpose(const Actor& actor);

void add_answer_routes(Routes& routes, const Services& services);  // "may this user do that, and why?"

}  // namespace concord::access
