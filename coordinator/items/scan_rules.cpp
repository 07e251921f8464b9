#include "items/scan_rules.hpp"

#include <algorithm>
#include <utility>

namespace leasehold {

scan_position part_scan::begin(steady_time now) const noexcept {
    return now < top_look_at_ ? behind_ : scan_position{};
}

void part_scan::looked(const scan_position& behind, steady_time began, steady_time now) noexcept {
    if (behind == scan_position{}) {
        top_look_at_ = now + std::clamp<steady_time::duration>(top_look_rest * (now - began),
                                                               top_look_pause, top_look_pause_max);
    }
}

bool part_scan::claimed(const scan_position& behind, const scan_position& last, bool full,
                        steady_time began, steady_time now) noexcept {
    looked(behind, began, now);
    const bool from_top = behind == scan_position{};
    const bool went_on = !std::exchange(spent_, !full) && !from_top;
    came_ = came_ && !from_top;
    if (!full && std::exchange(came_, false)) {
        top_look_at_ = {};
    }
    // If not full, nothing more is due behind where it began, of that priority at least.
    behind_ = full ? last : std::max(behind_, last);
    // Later priorities are asked for at once; what lies before the place, too, or has to wait.
    return full || went_on || (!from_top && begin(now) == scan_position{});
}

void part_scan::saw(const scan_position& head) noexcept {
    if (head <= behind_) {
        behind_ = {};
    }
}

void part_scan::came() noexcept {
    if (spent_) {
        top_look_at_ = {};
    } else {
        came_ = true;
    }
}

void part_scans::came(const std::vector<part_id>& parts) {
    for (const auto part : parts) {
        scans_[part].came();
    }
}

claim_wish part_scans::wish(const session_id& me, const part_share& asked, steady_time now) {
    const auto& scan = scans_[asked.part];
    const auto behind = scan.begin(now);
    return {.session = me,
            .part = asked.part,
            // From the top those come first that are in hand already.
            .claims_max = asked.claims_max + (behind == scan_position{} ? asked.in_hand : 0),
            .behind = behind,
            .any_priority = scan.any_priority(),
            .base = asked.base,
            .by_lease = asked.by_lease};
}

bool part_scans::claimed(const claim_wish& wish, const scan_position& last, int given,
                         steady_time began, steady_time now) {
    return scans_[wish.part].claimed(wish.behind, last, given == wish.claims_max, began, now);
}

std::vector<scan_position> part_scans::begin(const std::vector<part_id>& parts, steady_time now) {
    std::vector<scan_position> behind;
    behind.reserve(parts.size());
    for (const auto part : parts) {
        behind.push_back(scans_[part].begin(now));
    }
    return behind;
}

void part_scans::looked(const std::vector<part_id>& parts, const std::vector<scan_position>& behind,
                        const std::vector<part_head>& heads, steady_time began, steady_time now) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        scans_[parts[i]].looked(behind[i], began, now);
    }
    for (const auto& head : heads) {
        scans_[head.part].saw({head.priority, head.run_at_us, head.id});
    }
}

}  // namespace leasehold
