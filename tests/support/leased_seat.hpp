#pragma once

#include "items/claim_store.hpp"
#include "parts/lease_store.hpp"
#include "tests/support/seats.hpp"

#include <vector>

namespace leasehold::test {

/// A session driven by hand that claims by its leases alone.
class leased_seat : public hand_driven {
public:
    using hand_driven::hand_driven;

    /// Claims by the lease from now on. @return the parts where it may
    std::vector<lease> open(const std::vector<part_id>& parts) {
        return run_locked(on(), mode_counters_, [&](transaction& tx) {
            return claim_by_lease(tx, queue().name, id(), parts);
        });
    }
    /// Takes `parts` and opens them.
    std::vector<lease> begin(const std::vector<part_id>& parts) {
        take(parts);
        return open(parts);
    }
    /// The next items of the part that `held` is on, from the beginning; nothing is written.
    std::vector<claim> see(const lease& held, int count) {
        const claim_wish wish{.session = id(),
                              .part = held.part,
                              .claims_max = count,
                              .base = held.way.base,
                              .by_lease = held.term};
        return read_hint(on(),
                         [&](transaction& tx) { return claim_items(tx, queue(), wish).claims; });
    }
    /// Claims go on on rows; what is in hand is written down.
    void write_rows(const std::vector<part_id>& parts, const std::vector<claim>& in_hand) {
        run_locked(on(), mode_counters_, [&](transaction& tx) {
            claim_by_row(tx, queue().name, id(), parts);
            if (!in_hand.empty()) {
                write_down(tx, queue(), in_hand);
            }
        });
    }
    /// As the worker does: in a batch of claims by the lease nothing needs SERIALIZABLE.
    ack_result end_by_lease(const claim& held, const row_change& change = row_done{}) {
        const std::vector<ack_request> one{{held, change}};
        return run_locked(on(), mode_counters_,
                          [&](transaction& tx) { return acknowledge(tx, queue(), one).front(); });
    }
    /// Gives `parts` to the session that they are planned for.
    std::vector<part_id> give(const std::vector<part_id>& parts) {
        return run_locked(on(), mode_counters_, [&](transaction& tx) {
            return give_leases(tx, queue().name, id(), parts);
        });
    }
    /// As the reaper of this session does with one part.
    std::vector<part_id> reaped_from(part_id part) {
        return run_locked(on(), mode_counters_, [&](transaction& tx) {
            free_claims(tx, queue(), id(), part, 1'000, "its session ended");
            mark_doubt(tx, queue().name, part);
            auto given = give_leases(tx, queue().name, id(), {part}, giver::reaped);
            if (given.empty()) {
                release_leases(tx, queue().name, id(), {part}, "expired");
            }
            return given;
        });
    }
    std::vector<part_id> in_doubt(const std::vector<part_id>& parts) {
        return read_hint(on(), [&](transaction& tx) { return parts_in_doubt(tx, queue(), parts); });
    }
    void plan(const std::vector<part_id>& parts) {
        run_locked(on(), mode_counters_,
                   [&](transaction& tx) { plan_for(tx, queue().name, id(), parts); });
    }

private:
    transaction_counters mode_counters_;
};

}  // namespace leasehold::test
