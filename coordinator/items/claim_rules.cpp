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

std::vector<part_share> shares_of(const std::deque<hot_part>& hot, int wanted) {
    constexpr std::size_t parts_max = 16;
    std::vector<part_share> shares;
    if (hot.empty() || wanted <= 0) {
        return shares;
    }
    if (hot.front().deep) {
        return {{hot.front().part, wanted}};
    }
    const auto most = std::min(parts_max, static_cast<std::size_t>(wanted));
    for (auto one = hot.begin(); one != hot.end() && !one->deep && shares.size() < most; ++one) {
        shares.push_back({one->part, 0});
    }
    const auto count = static_cast<int>(shares.size());
    for (int i = 0; i < count; ++i) {
        // What does not divide goes to the first, which are the more urgent ones.
        shares[static_cast<std::size_t>(i)].claims_max = wanted / count + (i < wanted % count);
    }
    return shares;
}

namespace {

/// Work that is claimed before there is a slot for it, in time.
constexpr std::chrono::microseconds ahead_max{100'000};

/// The same, counted in items.
std::int64_t claims_ahead(const work_load& load) noexcept {
    constexpr std::int64_t ahead_bytes_max = 16'777'216;
    if (!load.handler_time) {
        return 0;
    }
    const auto each = std::max<std::int64_t>(1, load.handler_time->count());
    return std::min(std::int64_t{load.slots} * ahead_max.count() / each,
                    ahead_bytes_max / std::max<std::int64_t>(1, load.payload_bytes));
}

/// No handler has started for so long that all should have ended that were to be claimed ahead for.
bool slots_are_held_up(const work_load& load, steady_time now) noexcept {
    return load.running >= load.slots && now >= load.last_start + ahead_max;
}

}  // namespace

int claims_held_back(std::int64_t answer_bytes, std::int64_t payload_bytes,
                     std::size_t parts) noexcept {
    constexpr std::int64_t besides_payload = 128;  // id, numbers, the protocol's own, and some room
    const auto items = answer_bytes / (std::max<std::int64_t>(0, payload_bytes) + besides_payload);
    return static_cast<int>(std::max<std::int64_t>(
        1, items / std::max<std::int64_t>(1, static_cast<std::int64_t>(parts))));
}

std::optional<std::chrono::microseconds> expected_handler_time(const work_load& load,
                                                               steady_time now) noexcept {
    if (!load.handler_time || !slots_are_held_up(load, now)) {
        return load.handler_time;
    }
    return std::max(*load.handler_time,
                    std::chrono::duration_cast<std::chrono::microseconds>(now - load.last_start));
}

int claims_hoarded(const work_load& load, steady_time now) noexcept {
    if (!slots_are_held_up(load, now)) {
        return 0;
    }
    return static_cast<int>(std::max<std::int64_t>(0, load.waiting - claims_ahead(load)));
}

int slots_to_wake(const work_load& load, steady_time now) noexcept {
    constexpr std::int64_t worth_us = 200;
    constexpr milliseconds quiet{5};
    const int free = std::max(0, std::min(load.slots - load.running, load.waiting));
    if (!load.handler_time || now >= load.last_start + quiet) {
        return free;
    }
    const auto work_us = load.waiting * std::max<std::int64_t>(1, load.handler_time->count());
    return static_cast<int>(std::min<std::int64_t>(free, work_us / worth_us + 1));
}

int claims_wanted(const work_load& load) noexcept {
    const auto ahead = claims_ahead(load);
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
