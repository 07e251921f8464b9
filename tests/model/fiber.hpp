#pragma once

#include <exception>
#include <functional>
#include <memory>

namespace leasehold::model {

/// Ends a fiber from outside: thrown where it waits. No std::exception, so nobody takes it for a
/// failure of the database.
struct fiber_killed {};

/// A thread of control that runs until it suspends itself: all fibers share one thread, so what
/// runs when is the scheduler's choice alone. The sanitizers are told of every switch.
class fiber {
public:
    explicit fiber(std::function<void()> body);
    ~fiber();
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    /// Runs the body from where it stands until it suspends or ends. From outside of any fiber.
    void resume();
    /// Unwinds the body from where it stands. From outside of any fiber.
    void kill();
    bool is_over() const noexcept;

    /// Back to whoever resumed this fiber. From inside.
    /// @throws fiber_killed when it is not to go on
    void suspend();

private:
    struct machinery;
    std::unique_ptr<machinery> inside_;
};

}  // namespace leasehold::model
