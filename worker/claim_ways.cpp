#include "worker/claim_ways.hpp"

namespace leasehold {

void claim_ways::note(const std::vector<lease>& leases) {
    const std::scoped_lock lock{mutex_};
    for (const auto& one : leases) {
        auto& known = leases_[one.part];
        if (known.term <= one.term) {  // else the part was given away and came back meanwhile
            known = one;
        }
    }
    ++changes_;
}

void claim_ways::leave_leases(const std::vector<part_id>& parts) {
    const std::scoped_lock lock{mutex_};
    for (const auto part : parts) {
        leases_[part].way.by_lease = false;
    }
    ++changes_;
}

lease claim_ways::of(part_id part) const {
    const std::scoped_lock lock{mutex_};
    const auto found = leases_.find(part);
    return found == leases_.end() ? lease{.part = part} : found->second;
}

std::vector<part_id> claim_ways::those(claim_mode mode, const std::vector<part_id>& parts) const {
    const std::scoped_lock lock{mutex_};
    std::vector<part_id> those;
    for (const auto part : parts) {
        const auto found = leases_.find(part);
        const bool by_lease = found != leases_.end() && found->second.way.by_lease;
        if (by_lease == (mode == claim_mode::lease)) {
            those.push_back(part);
        }
    }
    return those;
}

}  // namespace leasehold
