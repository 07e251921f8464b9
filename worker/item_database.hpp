#pragma once

#include "worker/claim_gate.hpp"
#include "worker/item_calls.hpp"

#include <leasehold/queue.hpp>

#include <memory>

namespace leasehold {

/// The runner's calls, on a connection of their own. Each of their attempts passes the gate alone.
class item_database final : public item_calls {
public:
    item_database(connection& on, transaction_counters& counters, const queue_info& queue,
                  claim_gate& gate);

    std::vector<part_head> due(const std::vector<part_id>& parts) override;
    doubtful<claimed> claim_from(const session_id& me, const std::vector<part_id>& parts,
                                 int wanted) override;
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> requests) override;
    commit_fate fate(const std::string& transaction) override;
    void wait(milliseconds time) override;

private:
    std::shared_ptr<void> alone();

    connection& on_;
    transaction_counters& counters_;
    const queue_info& queue_;
    claim_gate& gate_;
    doubt_database doubts_;
};

}  // namespace leasehold
