#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/drainer.hpp"

#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace leasehold::bench {

/// A thread for each drainer; connected, then waiting for the start.
class drainer_team final : public team {
public:
    /// Returns when all are ready.
    /// @throws std::runtime_error when one cannot get ready
    drainer_team(int workers, const drainer_factory& make, tally& book);
    ~drainer_team() override;
    drainer_team(const drainer_team&) = delete;
    drainer_team& operator=(const drainer_team&) = delete;

    void start() override;
    bool is_over() override { return at_work_ == 0; }
    void stop() override;

private:
    void work(int worker, const drainer_factory& make, work_log& log);
    void drain(drainer& one, work_log& log);
    void fail(const std::string& why);
    void throw_failure();

    std::latch ready_;
    std::latch line_{1};
    std::atomic<bool> started_{false};
    std::atomic<bool> ends_{false};
    std::atomic<int> at_work_;
    std::mutex mutex_;
    std::optional<std::string> failure_{};
    /// Kept until all have stopped: closing connections costs the server time of its own.
    std::vector<std::unique_ptr<drainer>> drainers_;
    std::vector<std::jthread> threads_{};
};

}  // namespace leasehold::bench
