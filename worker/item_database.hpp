#pragma once

#include "items/scan_rules.hpp"
#include "worker/claim_gate.hpp"
#include "worker/item_calls.hpp"

#include <leasehold/queue.hpp>

#include <map>
#include <memory>

namespace leasehold {

/// The runner's calls, on a connection of their own. Each attempt that touches items passes the
/// gate alone.
class item_database final : public item_calls {
public:
    /// @param helping  counts what is done for help apart from `counters`: where two sessions claim
    ///                 from one part, some of it has to be run again
    item_database(connection& on, transaction_counters& counters, transaction_counters& helping,
                  const queue_info& queue, claim_gate& gate);

    void came(const std::vector<part_id>& parts) override;
    std::vector<part_head> due(const std::vector<part_id>& parts) override;
    doubtful<claimed> claim_from(const session_id& me,
                                 const std::vector<part_share>& asked) override;
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> requests) override;
    std::vector<lease> claim_by_lease(const session_id& me,
                                      const std::vector<part_id>& parts) override;
    void claim_by_row(const session_id& me, const std::vector<part_id>& parts,
                      std::span<const claim> in_hand) override;
    std::vector<claim> cancel_asked(std::span<const claim> held) override;
    std::vector<claim> held(const session_id& me, const std::vector<part_id>& parts) override;
    std::vector<part_wait> waits(const std::vector<part_id>& parts) override;
    void ask_for_help(const help_request& what) override;
    std::vector<part_id> wanted_help(const session_id& me, int helpers_max) override;
    doubtful<claimed> help(const help_round& round) override;
    void end_help(const session_id& me, const std::vector<part_id>& parts) override;
    commit_fate fate(const std::string& sender, std::span<const claim> ending) override;
    void wait(milliseconds time) override;

private:
    std::shared_ptr<void> alone();
    /// What is asked in one round trip.
    struct claim_round {
        std::vector<claim_wish> wishes{};
        std::vector<statement> statements{};
        steady_time began{};
        steady_time answered{};
    };
    claim_round ask_for(const session_id& me, const std::vector<part_share>& asked);
    claimed take(const claim_round& round, const std::vector<rows>& answers);
    claimed_items walked_on(const claim_wish& wish, claimed_items some);

    connection& on_;
    transaction_counters& counters_;
    transaction_counters& helping_;
    const queue_info& queue_;
    claim_gate& gate_;
    doubt_database doubts_;
    /// A walk over the keys of one part, round and round. Transactions that come to nothing move
    /// it, too; what they passed over comes round again.
    struct key_walk {
        item_id from{};
        bool came_round{false};  ///< since its last claim
    };
    std::map<part_id, key_walk> walks_;
    std::int64_t payload_bytes_{0};    ///< of a large one among those claimed lately
    part_scans scans_;                 ///< of a queue that is not keyed
    std::map<part_id, token> helped_;  ///< above what tokens are, by part
};

}  // namespace leasehold
