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
    if (full) {
        behind_ = last;
        return;
    }
    behind_ = std::max(behind_, last);  // nothing more is due behind where it began
    if (behind != scan_position{}) {
        top_look_at_ = now;
    }
}

}  // namespace leasehold
