#pragma once

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace leasehold::bench {

/// Items that were ended together: one acknowledgement, one COMMIT.
struct completion {
    steady_time at{};
    std::int64_t items{0};
};

/// What one worker did. From any of its threads.
class work_log {
public:
    /// It did the work of this item, whatever became of that.
    void handled(const item_id& id);
    /// The database took so many items as ended by it.
    void completed(std::int64_t items);
    /// The server rolled back: 40001 or 40P01.
    void aborted(std::int64_t times = 1);
    /// It came away with nothing although there were items.
    void missed();

private:
    friend class tally;
    mutable std::mutex mutex_;
    std::vector<item_id> handled_{};
    std::vector<completion> completed_{};
    std::atomic<std::int64_t> items_{0};
    std::int64_t aborts_{0};
    std::int64_t misses_{0};
};

/// All that the workers of one round did.
struct tallied {
    std::vector<item_id> handled{};  ///< an item that was done twice is there twice
    std::vector<completion> completed{};
    std::int64_t aborts{0};
    std::int64_t misses{0};
};

/// The logs of one round.
class tally {
public:
    explicit tally(int workers);
    work_log& of(int worker) { return logs_.at(static_cast<std::size_t>(worker)); }
    /// So far. Cheap, for whoever waits for the end.
    std::int64_t completed() const;
    /// By time of completion. Each log is left empty.
    tallied take();

private:
    std::deque<work_log> logs_;
};

/// A number as an id, for tables that count their rows.
item_id numbered_id(std::int64_t number);

}  // namespace leasehold::bench
