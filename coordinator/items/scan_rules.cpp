#include "items/scan_rules.hpp"

#include <algorithm>

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
    spent_ = !full;
    // If not full, nothing more is due behind where it began.
    behind_ = full ? last : std::max(behind_, last);
    // What lies before the place where it began may be asked for at once, or has to wait.
    return full || (behind != scan_position{} && begin(now) == scan_position{});
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

void part_scans::came(const std::vector<part_id>& parts) {
    for (const auto part : parts) {
        of(part).came();
    }
}

std::vector<scan_position> part_scans::begin(const std::vector<part_id>& parts, steady_time now) {
    std::vector<scan_position> behind;
    behind.reserve(parts.size());
    for (const auto part : parts) {
        behind.push_back(of(part).begin(now));
    }
    return behind;
}

void part_scans::looked(const std::vector<part_id>& parts, const std::vector<scan_position>& behind,
                        const std::vector<part_head>& heads, steady_time began, steady_time now) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        of(parts[i]).looked(behind[i], began, now);
    }
    for (const auto& head : heads) {
        of(head.part).saw({head.priority, head.run_at_us, head.id});
    }
}

}  // namespace leasehold
