#pragma once

#include "parts/lease_store.hpp"

#include <leasehold/queue.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace leasehold {

/// How this worker's session claims in each of its own parts: on rows, or by the lease alone. Any
/// thread.
class claim_ways {
public:
    /// As the database says.
    void note(const std::vector<lease>& leases);
    /// Claims in `parts` are on rows from now on.
    void leave_leases(const std::vector<part_id>& parts);

    /// Rises with every change.
    std::uint64_t changes() const noexcept { return changes_; }

    /// Nothing was noted of `part`: on rows, above any token.
    lease of(part_id part) const;
    /// Those of `parts` whose claims are where `mode` says.
    std::vector<part_id> those(claim_mode mode, const std::vector<part_id>& parts) const;

private:
    mutable std::mutex mutex_;
    std::map<part_id, lease> leases_;
    std::atomic<std::uint64_t> changes_{0};
};

}  // namespace leasehold
