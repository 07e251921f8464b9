#include "items/scan_rules.hpp"

#include <algorithm>

namespace leasehold {

scan_position part_scan::begin(steady_time now) const noexcept {
    return now < top_look_at_ ? behind_ : scan_position{};
}

void part_scan::looked(const scan_position& behind, steady_time began, steady_time now) noexcept {
    if (behind == scan_position{}) {
        top_look_at_ =
            now + std::max<steady_time::duration>(top_look_rest * (now - began), top_look_pause);
    }
}

void part_scan::claimed(const scan_position& behind, const scan_position& last, bool full,
                        steady_time began, steady_time now) noexcept {
    looked(behind, began, now);
    spent_ = !full;
    // If not full, nothing more is due behind where it began.
    behind_ = full ? last : std::max(behind_, last);
}

void part_scan::saw(const scan_position& head) noexcept {
    if (head <= behind_) {
        behind_ = {};
    }
}

void part_scan::came() noexcept {
    if (spent_) {
        top_look_at_ = {};
    }
}

}  // namespace leasehold
