#include "worker/bench/tally.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace leasehold::bench {

void work_log::handled(const item_id& id) {
    const std::lock_guard lock{mutex_};
    handled_.push_back(id);
}

void work_log::completed(std::int64_t items) {
    if (items == 0) {
        return;
    }
    const std::lock_guard lock{mutex_};
    completed_.push_back({.at = machine_clock().now(), .items = items});
    items_ += items;
}

void work_log::aborted(std::int64_t times) {
    const std::lock_guard lock{mutex_};
    aborts_ += times;
}

void work_log::missed() {
    const std::lock_guard lock{mutex_};
    ++misses_;
}

tally::tally(int workers) : logs_(static_cast<std::size_t>(workers)) {}

std::int64_t tally::completed() const {
    std::int64_t sum = 0;
    for (const auto& one : logs_) {
        sum += one.items_;
    }
    return sum;
}

tallied tally::take() {
    tallied all;
    for (auto& one : logs_) {
        const std::lock_guard lock{one.mutex_};
        std::move(one.handled_.begin(), one.handled_.end(), std::back_inserter(all.handled));
        std::move(one.completed_.begin(), one.completed_.end(), std::back_inserter(all.completed));
        one.handled_.clear();
        one.completed_.clear();
        all.aborts += one.aborts_;
        all.misses += one.misses_;
    }
    std::sort(all.completed.begin(), all.completed.end(),
              [](const completion& a, const completion& b) { return a.at < b.at; });
    return all;
}

item_id numbered_id(std::int64_t number) {
    item_id id;
    std::memcpy(id.value.data, &number, sizeof number);
    return id;
}

}  // namespace leasehold::bench
