#pragma once

#include <leasehold/time.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace leasehold {

/// A thread that calls a step again and again, at the times the step asks for.
class loop {
public:
    /// @param step        does what is due; answers when to be called again
    /// @param on_failure  what a throwing step leads to; answers how long to wait
    loop(std::function<steady_time()> step,
         std::function<milliseconds(const std::exception&)> on_failure);
    ~loop();
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    void start();

    /// Calls the step as soon as it is not running. From any thread; many calls are one.
    void wake();

    /// No step begins after this returns; waits for one that runs. Not from the loop's own thread.
    void stop();

private:
    struct machinery;
    void run_step();
    void sleep_until(steady_time when);

    std::function<steady_time()> step_;
    std::function<milliseconds(const std::exception&)> on_failure_;
    std::atomic<bool> woken_{false};
    std::unique_ptr<machinery> machinery_;
};

}  // namespace leasehold
