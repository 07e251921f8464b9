#pragma once

#include "items/claim_store.hpp"
#include "sql/connection.hpp"
#include "sql/transaction.hpp"
#include "worker/claim_book.hpp"

#include <leasehold/handler.hpp>
#include <leasehold/queue.hpp>

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace leasehold {

/// What became of a claim in the database.
struct ack_report {
    ack_result result{ack_result::unknown};
    row_change change{};  ///< what was asked for: done, returned or buried
};

/// Ends claims, each once, and finds out what became of them when a COMMIT got no answer.
class acknowledger {
public:
    acknowledger(connection& on, transaction_counters& counters, const queue_info& queue)
        : on_(on), counters_(counters), queue_(queue) {}

    /// Acknowledges all of `ended` in one transaction.
    /// @return for each, in order, what became of it
    /// @throws sql_failure when nothing is known to have happened: call again
    std::vector<ack_report> acknowledge_all(const std::vector<finished_run>& ended);

    /// Runs `effects` and ends the claim as it says, in one transaction that is rolled back when
    /// the claim is lost.
    /// @param effects  may run several times
    /// @throws sql_failure, or whatever `effects` throws; nothing happened then
    ack_report acknowledge_with(const claim& held,
                                const std::function<outcome(transaction&)>& effects);

private:
    /// What the database shows of an acknowledgement that got no answer.
    enum class trace {
        still_held,   ///< it did not happen
        ended_by_us,  ///< it did
        none,         ///< the session is over: somebody else may have ended the claim
    };
    std::vector<trace> look_back(std::span<const ack_request> requests);
    std::optional<std::vector<trace>> look_back_patiently(std::span<const ack_request> requests);
    std::vector<ack_result> resolved(std::span<const ack_request> requests,
                                     const sql_failure& doubt);

    connection& on_;
    transaction_counters& counters_;
    const queue_info& queue_;
};

}  // namespace leasehold
