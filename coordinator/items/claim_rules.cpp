#include "items/claim_rules.hpp"

#include <algorithm>
#include <tuple>

namespace leasehold {

std::vector<part_id> claim_order(std::vector<part_head> heads) {
    std::sort(heads.begin(), heads.end(), [](const part_head& a, const part_head& b) {
        return std::tie(a.priority, a.run_at_us, a.part) <
               std::tie(b.priority, b.run_at_us, b.part);
    });
    std::vector<part_id> order;
    order.reserve(heads.size());
    for (const auto& head : heads) {
        order.push_back(head.part);
    }
    return order;
}

int claims_wanted(const work_load& load) noexcept {
    using std::chrono::microseconds;
    constexpr microseconds ahead_max{100'000};
    std::int64_t ahead = 0;
    if (load.handler_time) {
        const auto each = std::max<std::int64_t>(1, load.handler_time->count());
        ahead = std::int64_t{load.slots} * ahead_max.count() / each;
    }
    constexpr std::int64_t ahead_bytes_max = 16'777'216;
    ahead = std::min(ahead, ahead_bytes_max / std::max<std::int64_t>(1, load.payload_bytes));
    const auto target = std::min<std::int64_t>(load.slots + ahead, load.claims_max);
    const auto wanted =
        std::min<std::int64_t>(target - load.running - load.waiting,
                               load.claims_max - load.running - load.waiting - load.unacknowledged);
    const bool slots_free = load.running + load.waiting < load.slots;
    if (!slots_free && std::int64_t{2} * load.waiting >= ahead) {
        return 0;
    }
    return static_cast<int>(std::max<std::int64_t>(0, wanted));
}

}  // namespace leasehold
