#include "worker/mode_keeper.hpp"

#include "worker/log.hpp"

#include <algorithm>
#include <iterator>

namespace leasehold {

namespace {

/// While something stands against it: a look costs a probe of each part in doubt.
constexpr milliseconds pause{500};

}  // namespace

steady_time mode_keeper::tick(const session_id& me, const std::vector<part_id>& helped) {
    const auto now = time_.now();
    const auto changes = ways_.changes();
    if (changes == changes_seen_ && now < look_at_) {
        return look_at_;
    }
    look_at_ = now + pause;  // first: what fails is tried again no sooner
    const auto own = book_.own_parts();
    if (settings_.claims == claim_mode::row) {
        use_rows(me, own);
    } else {
        std::vector<part_id> wanted;
        for (const auto part : ways_.those(claim_mode::row, own)) {
            if (!std::binary_search(helped.begin(), helped.end(), part)) {
                wanted.push_back(part);
            }
        }
        if (!wanted.empty()) {
            use_leases(me, wanted);
        }
    }
    changes_seen_ = changes;
    return look_at_;
}

void mode_keeper::use_leases(const session_id& me, const std::vector<part_id>& parts) {
    const auto leases = calls_.claim_by_lease(me, parts);
    if (!leases.empty()) {
        ways_.note(leases);
        log().debug("claims by lease parts={} session={}", leases.size(), to_text(me));
    }
}

bool mode_keeper::use_rows(const session_id& me, const std::vector<part_id>& parts) {
    const auto leased = ways_.those(claim_mode::lease, parts);
    if (leased.empty()) {
        return false;
    }
    book_.release_waiting_in(leased);
    calls_.claim_by_row(me, leased, book_.shown_by_lease(leased));
    ways_.leave_leases(leased);
    log().debug("claims on rows parts={} session={}", leased.size(), to_text(me));
    return true;
}

}  // namespace leasehold
