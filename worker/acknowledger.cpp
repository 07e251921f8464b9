#include "worker/acknowledger.hpp"

#include "base/backoff.hpp"
#include "sql/commit_fate.hpp"
#include "worker/doubt.hpp"
#include "worker/log.hpp"

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

/// @return false when nobody can say any more
/// @throws sql_failure when it was not: as if COMMIT had never been sent
bool acknowledger::was_committed(const sql_failure& doubt, const std::string& id) {
    if (doubt.kind() != sql_failure_kind::in_doubt) {
        throw sql_failure{doubt};
    }
    log().warn("acknowledgement in doubt transaction={} reason=\"{}\"", id, doubt.what());
    const auto fate = resolved_fate(on_, id, around_.session_stands);
    if (fate == commit_fate::rolled_back) {
        throw sql_failure(sql_failure_kind::reconnect, doubt.sqlstate(), doubt.what());
    }
    return fate == commit_fate::committed;
}

std::vector<ack_report> acknowledger::acknowledge_all(const std::vector<finished_run>& ended) {
    std::vector<ack_request> requests;
    std::vector<ack_report> reports;
    for (const auto& one : ended) {
        auto change = decided(one.wish, one.held.held, queue_.retries, random_fraction());
        requests.push_back({one.held, change});
        reports.push_back({ack_result::unknown, std::move(change)});
    }
    std::vector<ack_result> results;
    std::string sent_as;
    try {
        run_transaction(on_, counters_, [&](transaction& tx) {
            tx.keep_until_end(around_.pass());
            results = acknowledge(tx, queue_, requests);
            sent_as = transaction_id(tx);
        });
    } catch (const sql_failure& failure) {
        if (!was_committed(failure, sent_as)) {
            results.assign(requests.size(), ack_result::unknown);
        }
    }
    for (std::size_t i = 0; i < reports.size(); ++i) {
        reports[i].result = results[i];
    }
    return reports;
}

ack_report acknowledger::acknowledge_with(const claim& held,
                                          const std::function<outcome(transaction&)>& effects) {
    ack_report report;
    std::string sent_as;
    try {
        run_transaction(on_, counters_, [&](transaction& tx) {
            report.change = decided(effects(tx), held.held, queue_.retries, random_fraction());
            // Whatever the handler's rows may wait for, they wait before the gate and not behind
            // it.
            tx.run_script("SET CONSTRAINTS ALL IMMEDIATE");
            tx.keep_until_end(around_.pass());
            // Only now: the handler's own statements are planned as it likes.
            tx.prefer_index_lookups();
            const std::array<ack_request, 1> request{ack_request{held, report.change}};
            if (acknowledge(tx, queue_, request).front() == ack_result::lost) {
                throw claim_lost{};
            }
            sent_as = transaction_id(tx);
        });
        report.result = ack_result::acknowledged;
    } catch (const claim_lost&) {
        report.result = ack_result::lost;
    } catch (const sql_failure& failure) {
        report.result =
            was_committed(failure, sent_as) ? ack_result::acknowledged : ack_result::unknown;
    }
    return report;
}

}  // namespace leasehold
