#include "items/scan_rules.hpp"

namespace leasehold {

scan_position part_scan::begin(steady_time now) const noexcept {
    return now < top_look_at_ ? behind_ : scan_position{};
}

void part_scan::claimed(const scan_position& behind, const scan_position& last, bool full,
                        steady_time began, steady_time now) noexcept {
    if (behind == scan_position{}) {
        top_look_at_ = now + top_look_share * (now - began);
    }
    behind_ = full ? last : scan_position{};
}

}  // namespace leasehold
