#pragma once

#include "items/claim_rules.hpp"
#include "parts/load_store.hpp"
#include "parts/queue_store.hpp"
#include "worker/claim_book.hpp"
#include "worker/work_counters.hpp"

#include <leasehold/time.hpp>

#include <map>
#include <optional>
#include <vector>

namespace leasehold {

/// What the keeper needs of the database, and no more. Blocking; throws sql_failure.
class load_calls {
public:
    virtual ~load_calls() = default;
    /// What is written of those of `parts` that `me` owns.
    virtual std::vector<part_load> read(const session_id& me,
                                        const std::vector<part_id>& parts) = 0;
    /// How many items wait in each of `parts`, up to `most`.
    virtual std::vector<part_backlog> backlogs(const std::vector<part_id>& parts,
                                               std::int64_t most) = 0;
    virtual void write(const session_id& me, const std::vector<part_load>& loads) = 0;
};

/// Measures what this worker's own parts ask of it, while the strategy of the queue weighs parts,
/// and writes down what has changed noticeably. One thread calls told() and tick().
class load_keeper {
public:
    load_keeper(milliseconds interval, load_calls& calls, const claim_book& book,
                work_counters& counters, const clock& time)
        : interval_(interval), calls_(calls), book_(book), counters_(counters), time_(time) {}

    void told(const queue_settings& settings);

    /// Does what is due.
    /// @return when to be called again
    /// @throws sql_failure when the server gave no usable answer: call again after a wait
    steady_time tick();

private:
    struct measured {
        steady_time at{};
        milliseconds known_for{0};
        double load{0};
        double written{0};
    };

    void measure(const session_id& me);
    void keep_only(const std::vector<part_id>& parts);
    void begin(const session_id& me, const std::vector<part_id>& parts);
    void look_at(const std::vector<part_id>& parts);
    void write(const session_id& me);

    milliseconds interval_;
    load_calls& calls_;
    const claim_book& book_;
    work_counters& counters_;
    const clock& time_;

    bool wanted_ = false;
    int part_count_ = 1;
    steady_time due_at_{};
    std::optional<session_id> me_;
    std::map<part_id, measured> loads_;
};

}  // namespace leasehold
