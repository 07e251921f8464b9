#pragma once

#include "worker/notice_text.hpp"

#include <leasehold/time.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace leasehold {

/// What the listener needs of the database, and no more. Blocking; throws sql_failure. As
/// notice_line.
class notice_calls {
public:
    virtual ~notice_calls() = default;
    virtual void open() = 0;
    virtual void close() noexcept = 0;
    virtual std::vector<std::string> wait(milliseconds patience) = 0;
    virtual void interrupt() noexcept = 0;
};

/// Who hears what notices say. Called on the listener's thread: must be quick.
class notice_events {
public:
    virtual ~notice_events() = default;
    virtual void heard(const news& all) = 0;
};

/// Listens to a queue's notices on a thread of its own, over one connection after another: each
/// begins with the news that everything may have changed. Where nobody can listen it says so in the
/// log and ends; what notices tell is found by polling, too.
class notice_listener {
public:
    notice_listener(notice_calls& calls, notice_events& hears, const clock& time)
        : calls_(calls), hears_(hears), time_(time) {}
    ~notice_listener() { stop(); }
    notice_listener(const notice_listener&) = delete;
    notice_listener& operator=(const notice_listener&) = delete;

    void start();
    /// Nothing is told after this returns. Waits for a call of the database that is under way.
    void stop() noexcept;
    /// As stop(), without the waiting.
    void request_stop() noexcept;

    /// What the thread does, until stop() or for good.
    void listen();

private:
    void listen_once();
    void tell(news all);
    milliseconds patience() const;

    notice_calls& calls_;
    notice_events& hears_;
    const clock& time_;
    std::atomic<bool> stopped_{false};
    /// A change of the plan that was heard and will be told: each makes somebody look at it, and
    /// when many sessions join there are many.
    bool plan_waits_{false};
    steady_time plan_told_at_{};
    int failures_{0};
    std::jthread thread_{};
};

}  // namespace leasehold
