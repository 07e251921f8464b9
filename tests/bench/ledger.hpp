#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>

namespace leasehold::bench {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The steady clock, which all processes of a machine share. In nanoseconds.
inline std::int64_t now_ns() {
    return nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
}

inline double seconds_of(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

/// What became of an item. Times of the steady clock in nanoseconds; 0: not yet.
/// All zero at first, as a new file is.
struct item_record {
    std::atomic<std::int64_t> due{0};      ///< just before it was enqueued
    std::atomic<std::int64_t> started{0};  ///< the last time
    std::atomic<std::int64_t> ended{0};
    std::atomic<std::int32_t> starts{0};
    std::atomic<std::int32_t> ends{0};
    std::atomic<std::int32_t> seat{0};  ///< of the process that started it last
    std::atomic<std::int32_t> part{0};
};

/// What a worker process says of itself.
struct seat_record {
    std::atomic<std::int64_t> pid{0};
    std::atomic<std::int64_t> ready{0};  ///< when it had its connections
    std::atomic<std::int64_t> started{0};
    std::atomic<std::int64_t> ended{0};        ///< items
    std::atomic<std::int64_t> first_ended{0};  ///< when its first item ended
    std::atomic<std::int64_t> serialization_retries{0};
    std::atomic<std::int64_t> membership_retries{0};
    std::atomic<std::int64_t> lost{0};
};

/// Memory that a measurement shares with its workers: they write, it reads, and what a killed one
/// has written stays.
class ledger {
public:
    static constexpr int seats_max = 64;

    /// Makes it, for `items` items.
    ledger(const std::filesystem::path& file, std::size_t items);
    /// Opens the one that another process has made.
    explicit ledger(const std::filesystem::path& file);
    ~ledger();
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

    std::span<item_record> items() const { return items_; }
    item_record& item(std::size_t number) const;
    seat_record& seat(int number) const;

    void note_start(std::size_t number, int seat, int part) const;
    void note_end(std::size_t number, int seat) const;

    std::int64_t started() const;  ///< starts of items, by all seats
    std::int64_t ended() const;    ///< ends of items, by all seats

private:
    void map(const std::filesystem::path& file, int flags, std::size_t bytes);

    void* memory_{nullptr};
    std::size_t bytes_{0};
    std::span<seat_record> seats_{};
    std::span<item_record> items_{};
};

}  // namespace leasehold::bench
