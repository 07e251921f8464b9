#pragma once

#include "tests/bench/membership/seat.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::membership {

/// What one scenario came to.
struct outcome {
    std::string name{};
    std::string strategy{};
    int sessions{0};
    int parts{0};
    bool settled{false};       ///< within its limit
    milliseconds took{0};      ///< until every part was where the last plan has it
    milliseconds observed{0};  ///< until every session had looked at the last plan
    double looks_mean{0};      ///< rounds: looks at its own parts, of each session that was there
    int looks_max{0};
    int plans_made{0};
    int plans_that_moved{0};
    std::int64_t moved{0};
    std::int64_t moved_least{0};
    std::int64_t ownerless{0};  ///< times that a part was let go before it was taken
    cost all{};
    cost standing{};  ///< of `all`: watches and heartbeats
    std::int64_t busiest_statements{0};
    std::int64_t busiest_rows{0};
    milliseconds longest_wait{0};  ///< for the row of `queues`
    std::map<std::string, cost> by_statement{};
};

/// A queue with its workers, to which things happen.
class fleet {
public:
    fleet(world& time, std::string strategy, int part_count)
        : server_{.time = time, .rows = {std::move(strategy), part_count, time}} {}

    /// All begin within `time`, at random moments.
    outcome start(const std::string& name, int sessions, milliseconds time, bool named);
    outcome stand(const std::string& name, milliseconds time);
    outcome one_leaves();
    /// @param share  of all that stand
    outcome some_die(const std::string& name, double share);
    /// One after the other leaves and comes again half a second later; the next goes once all is
    /// settled.
    outcome restart_all(const std::string& name, bool named);

private:
    void begin();
    outcome finish(const std::string& name, milliseconds limit);
    bool is_quiet() const;
    bool is_settled() const;
    void sweep();
    void come(const std::string& given_name);
    std::set<std::string> names() const;
    void restart(std::size_t which, bool named);
    void count_least();

    server server_;
    std::vector<std::unique_ptr<seat>> seats_{};
    std::vector<std::unique_ptr<seat>> leaving_{};
    steady_time began_{};
    steady_time settled_at_{};
    std::map<std::string, int> worked_before_{};
    std::int64_t least_{0};
    int plans_before_{0};
    int plans_moved_before_{0};
    std::int64_t moved_before_{0};
    std::int64_t ownerless_before_{0};
};

}  // namespace leasehold::membership
