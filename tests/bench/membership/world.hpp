#pragma once

#include "tests/model/fiber.hpp"

#include <leasehold/time.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <vector>

namespace leasehold::membership {

using microseconds = std::chrono::microseconds;

/// Somebody who does something, waits, and goes on.
class actor {
public:
    explicit actor(std::function<void()> body) : thread_(std::move(body)) {}

private:
    friend class world;
    model::fiber thread_;
    std::uint64_t ticket_{0};  ///< of the only wait that still counts
};

/// Virtual time and the chances of one run: all follows from the seed.
class world final : public clock {
public:
    explicit world(std::uint64_t seed);
    ~world() override;
    world(const world&) = delete;
    world& operator=(const world&) = delete;
    /// The one world of this program's run.
    static world& current();

    steady_time now() const noexcept override { return now_; }
    std::uint64_t draw() { return chances_(); }
    double fraction() { return std::uniform_real_distribution<double>{0.0, 1.0}(chances_); }

    /// Begins `body` at once, and goes on with it whenever it has waited.
    std::shared_ptr<actor> start(std::function<void()> body);
    /// Goes on with one that waits, now.
    void wake(const std::shared_ptr<actor>& who) { arrange(who, now_); }
    /// From inside of an actor.
    void wait_until(steady_time when);
    void wait(microseconds time) { wait_until(now_ + time); }
    /// Ends one from outside, wherever it waits.
    static void kill(const std::shared_ptr<actor>& who);

    /// Runs until `done`, looked at after each step.
    /// @return false when that took longer than `limit`
    bool run_until(const std::function<bool()>& done, milliseconds limit);
    void run_for(milliseconds time);

private:
    struct event {
        steady_time at;
        std::uint64_t order;
        std::uint64_t ticket;
        std::shared_ptr<actor> who;
        bool operator>(const event& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    void arrange(const std::shared_ptr<actor>& who, steady_time when);
    void step();

    std::mt19937_64 chances_;
    steady_time now_{std::chrono::seconds{1'000}};
    std::uint64_t order_{0};
    std::priority_queue<event, std::vector<event>, std::greater<>> events_{};
    std::shared_ptr<actor> running_{};
};

}  // namespace leasehold::membership
