#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/own_queue.hpp"

#include <leasehold/worker.hpp>

#include <memory>
#include <vector>

namespace leasehold::bench {

/// Workers of the library, in this process, each with a session and connections of its own. Their
/// queue is paused until they start.
class worker_team final : public team {
public:
    /// Heartbeats, parts, items, notices.
    static constexpr int connections_each = 4;

    /// Returns when all have their parts.
    /// @param handler  that each item's handler sleeps; 0: it does nothing
    worker_team(own_queue& queue, const extent& size, const worker_options& options,
                milliseconds handler, tally& book);
    ~worker_team() override = default;
    worker_team(const worker_team&) = delete;
    worker_team& operator=(const worker_team&) = delete;

    void start() override;
    bool is_over() override;
    void stop() override;

private:
    own_queue& queue_;
    std::int64_t items_;
    tally& book_;
    std::vector<std::unique_ptr<worker>> workers_{};
    std::vector<std::int64_t> aborts_before_{};
};

}  // namespace leasehold::bench
