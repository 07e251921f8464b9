#include "worker/acknowledger.hpp"

#include "base/backoff.hpp"
#include "worker/doubt.hpp"

#include <array>
#include <exception>

namespace leasehold {

namespace {

/// Ends a transaction whose claim turned out to be lost; never leaves this file.
class claim_lost : public std::exception {};

}  // namespace

claim_end asked_end(const row_change& change) {
    if (std::holds_alternative<row_buried>(change)) {
        return claim_end::buried;
    }
    return std::holds_alternative<row_returned>(change) ? claim_end::returned
                                                        : claim_end::completed;
}

ack_report acknowledger::acknowledge_with(const claim& held,
                                          const std::function<outcome(transaction&)>& effects) {
    ack_report report;
    std::string sender;
    try {
        run_transaction(on_, counters_, [&](transaction& tx) {
            sender = sender_name(on_);
            report.change = decided(effects(tx), held.held, queue_.retries, random_fraction());
            // Whatever the handler's rows may wait for, they wait before the gate and not behind
            // it.
            tx.set_where_known("SET CONSTRAINTS ALL IMMEDIATE");
            tx.keep_until_end(around_.pass());
            // Only now: the handler's own statements are planned as it likes.
            tx.prefer_index_lookups();
            const std::array<ack_request, 1> request{ack_request{held, report.change}};
            if (acknowledge(tx, queue_, request).front() == ack_result::lost) {
                throw claim_lost{};
            }
        });
        report.result = ack_result::acknowledged;
    } catch (const claim_lost&) {
        report.result = ack_result::lost;
    } catch (const sql_failure& failure) {
        if (failure.kind() != sql_failure_kind::in_doubt) {
            throw;
        }
        doubt_database calls{on_, queue_};
        // Gone may also mean cancelled, where only the lease holds an item.
        const bool done =
            was_acknowledged(calls, failure, sender, {&held, 1}, around_.session_stands) &&
            !held.by_lease;
        report.result = done ? ack_result::acknowledged : ack_result::unknown;
    }
    return report;
}

}  // namespace leasehold
