#pragma once

#include "items/claim_store.hpp"
#include "sql/connection.hpp"
#include "sql/transaction.hpp"
#include "worker/claim_book.hpp"

#include <leasehold/handler.hpp>
#include <leasehold/queue.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace leasehold {

/// What became of a claim in the database.
struct ack_report {
    ack_result result{ack_result::unknown};
    row_change change{};  ///< what was asked for: done, returned or buried
};

/// What an acknowledger needs of the worker around it.
struct ack_surroundings {
    /// Lets an attempt of a transaction through the claim_gate; held until the attempt is over.
    std::function<std::shared_ptr<void>()> pass;
    /// Is the claim's session still trusted? Asked while a COMMIT is in doubt.
    std::function<bool()> session_stands;
};

/// Ends a claim together with its effects, once, and finds out what became of both when the COMMIT
/// got no answer.
class acknowledger {
public:
    acknowledger(connection& on, transaction_counters& counters, const queue_info& queue,
                 ack_surroundings around)
        : on_(on), counters_(counters), queue_(queue), around_(std::move(around)) {}

    /// Runs `effects` and ends the claim as it says, in one transaction that is rolled back when
    /// the claim is lost.
    /// @param effects  may run several times
    /// @throws sql_failure, or whatever `effects` throws; nothing happened then
    ack_report acknowledge_with(const claim& held,
                                const std::function<outcome(transaction&)>& effects);

private:
    connection& on_;
    transaction_counters& counters_;
    const queue_info& queue_;
    ack_surroundings around_;
};

}  // namespace leasehold
