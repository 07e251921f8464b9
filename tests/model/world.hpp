#pragma once

#include "tests/model/fiber.hpp"

#include <leasehold/time.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::model {

/// True time, which no worker sees: microseconds since the run began. It is the server's clock too.
using instant = std::int64_t;

constexpr instant us_per_ms = 1'000;
constexpr instant in_us(milliseconds time) { return time.count() * us_per_ms; }

/// What can go wrong. Each is drawn from the seed, and counted when it happens.
enum class fault {
    crash,            ///< a worker is gone between two steps
    poison,           ///< an item ends the worker that runs it
    pause,            ///< a whole worker stands still for up to three ttls
    starve,           ///< one thread of a worker stands still
    slow_request,     ///< a request takes up to twice the client's patience
    slow_answer,      ///< so does an answer
    lost_request,     ///< the connection goes before COMMIT is sent
    lost_commit,      ///< COMMIT is sent and never arrives
    lost_answer,      ///< COMMIT works, its answer never arrives
    late_commit,      ///< COMMIT arrives, and works, after the client has given up
    slow_client,      ///< the client is slow between its statements and its COMMIT
    duplicate,        ///< a request is carried out a second time, later
    conflict,         ///< the server rolls back: 40001
    restart,          ///< the server goes: all connections are lost
    clock_rate,       ///< a worker's clock runs fast or slow, by up to the bound
    reaper_race,      ///< several sessions want to reap the same one at once
    slow_handler,     ///< a handler runs for longer than a ttl
    failing_handler,  ///< a handler throws
    deaf_handler,     ///< a handler does not listen to its stop token
    comeback,         ///< a worker drains, and another starts under its name
    cordoned,         ///< an operator cordons a session, or lifts that
    evicted,          ///< an operator evicts a session
    held_up,          ///< an operator pauses the queue for a while
    new_loads,        ///< other parts are the busy ones
    other_claims,     ///< an operator changes where claims are
};
constexpr std::size_t fault_count = 25;
std::string_view name_of(fault kind) noexcept;

using fault_counts = std::array<std::int64_t, fault_count>;

/// Time, chance and the order of things in one run: all follow from the seed.
class world {
public:
    world(std::uint64_t seed, bool prints);
    ~world();
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    /// The one whose fibers run at this moment on this thread.
    static world& current();

    instant now() const noexcept { return now_; }
    void at(instant when, std::function<void()> what);
    /// Does what is next. @return false when nothing is left to do
    bool step();
    std::int64_t steps() const noexcept { return steps_; }

    std::uint64_t draw() noexcept;
    /// Uniform over [0, 1).
    double fraction() noexcept;
    bool chance(double probability) noexcept { return fraction() < probability; }
    /// Uniform over [low, high].
    instant between(instant low, instant high) noexcept;

    void happened(fault kind, instant ends_at);
    void happened(fault kind) { happened(kind, now_); }
    const fault_counts& faults() const noexcept { return faults_; }
    /// When the last fault's effect on the schedule was over.
    instant last_fault() const noexcept { return last_fault_; }
    /// Faults in calls and schedule are drawn until then.
    void calm_from(instant when) noexcept { calm_from_ = when; }
    bool calm() const noexcept { return now_ >= calm_from_; }

    /// Adds to the run's fingerprint, and to what --trace prints.
    template <class Text>
    void trace(std::string_view who, std::string_view what, Text text) {
        mix(static_cast<std::uint64_t>(now_));
        mix(what);
        if (prints_) {
            print(who, what, text());
        }
    }
    void trace(std::string_view who, std::string_view what) {
        trace(who, what, [] { return std::string{}; });
    }
    void mix(std::uint64_t value) noexcept;
    void mix(std::string_view text) noexcept;
    std::uint64_t fingerprint() const noexcept { return fingerprint_; }

private:
    struct event {
        instant when;
        std::uint64_t number;
        std::function<void()> what;
        friend bool operator<(const event& a, const event& b) {
            return a.when != b.when ? a.when > b.when : a.number > b.number;
        }
    };
    void print(std::string_view who, std::string_view what, const std::string& text) const;

    std::vector<event> events_;  ///< a heap
    std::uint64_t number_ = 0;
    std::uint64_t state_;
    instant now_ = 0;
    instant calm_from_ = 0;
    instant last_fault_ = 0;
    std::int64_t steps_ = 0;
    fault_counts faults_{};
    std::uint64_t fingerprint_ = 0xcbf29ce484222325U;
    bool prints_;
    world* before_;
};

/// A process: what stands still and dies together.
struct process {
    std::string name{};
    instant paused_until = 0;
    instant disturbed_at = 0;  ///< when any of its threads last stood still
    bool is_dead = false;

    void disturb(instant until) noexcept { disturbed_at = std::max(disturbed_at, until); }
};

/// One thread of a process. It waits for times, or to be woken; in between it is not interrupted.
/// Late events may still name it when it is over, so it lives as long as its world.
class actor {
public:
    actor(world& in, process& of, std::string name);
    /// @param body  called by a fiber of its own, from now on
    void start(std::function<void()> body);

    // From inside of it:
    /// @return true when it was woken before that time
    bool wait_until(instant when);
    void wait() { wait_until(never); }
    void rest(instant time) { wait_until(world_.now() + time); }
    /// Lets others go first, sometimes for long.
    void yield();

    // From anywhere:
    /// Ends its present wait; nothing when it does not wait.
    void wake();
    void kill();
    void starve_until(instant when);
    const std::string& name() const noexcept { return name_; }
    process& owner() noexcept { return process_; }
    world& in() noexcept { return world_; }

private:
    static constexpr instant never = INT64_MAX;
    void arrange(instant when, bool early);
    void go_on(std::uint64_t ticket, bool early);

    world& world_;
    process& process_;
    std::string name_;
    std::unique_ptr<fiber> fiber_;
    std::uint64_t ticket_ = 0;
    bool waits_ = false;
    bool woken_early_ = false;
    instant starved_until_ = 0;
};

/// A worker's steady clock: it began at some time and runs a little fast or slow.
class skewed_clock final : public clock {
public:
    skewed_clock(const world& in, instant began, double rate)
        : world_(in), began_(began), rate_(rate) {}
    steady_time now() const noexcept override { return local(world_.now()); }
    steady_time local(instant true_time) const noexcept;
    /// The first moment at which this clock shows `time`.
    instant true_time(steady_time time) const noexcept;

private:
    const world& world_;
    instant began_;
    double rate_;
};

}  // namespace leasehold::model
