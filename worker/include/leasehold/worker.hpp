#pragma once

/// A worker for a service to embed: a seat in a queue, its parts, its claims and its handlers.

#include <leasehold/handler.hpp>
#include <leasehold/options.hpp>
#include <leasehold/work_events.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace leasehold {

/// What became of the items so far. Every number only grows.
struct work_summary {
    std::int64_t completed{0};
    std::int64_t retried{0};  ///< failed, to run again
    std::int64_t snoozed{0};
    std::int64_t buried{0};     ///< failed for good
    std::int64_t released{0};   ///< given back untouched
    std::int64_t cancelled{0};  ///< ended unfinished because somebody asked
    std::int64_t lost{0};       ///< handled, but the claim was no longer ours
    std::int64_t unknown{0};    ///< acknowledged into a broken connection; could not be told later
    std::int64_t serialization_retries{0};  ///< of claims and acknowledgements; 0 when parts rest
    std::int64_t membership_retries{0};     ///< of registering, taking and releasing parts
    std::int64_t sessions{0};               ///< registered; over 1: some were lost on the way
    std::int64_t helped{0};                 ///< items claimed in parts of other, busy sessions
    std::int64_t help_retries{0};           ///< of such claims, and of asking for them
};

/// One worker of one queue. Reports to the spdlog logger named "leasehold", or the default one.
///
///     leasehold::worker mailer{dsn, "mail", leasehold::external_handler{send_mail}, {.work =
///     {.slots = 8}}}; mailer.start();
///     ...
///     mailer.drain();
class worker {
public:
    /// @param dsn    as libpq takes it; shown nowhere
    /// @param queue  name of a queue that exists
    /// @param events  is told what happens; may be null
    /// @throws std::invalid_argument naming the option that is out of its range
    worker(std::string dsn, std::string queue, handler handle, worker_options options = {},
           std::shared_ptr<work_events> events = {});

    /// Drains, if it was started and not drained yet; then waits for handlers that outlast the
    /// drain.
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    /// Checks schema and queue, then works on threads of its own.
    /// @throws std::runtime_error when the database is out of reach, or is not what this build
    ///         needs; one line, with the remedy
    void start();

    /// Asks for a drain and returns at once: nothing new is claimed, running handlers hear their
    /// stop token and get `work.drain`, the rest is released, the session leaves. From any thread.
    void request_drain() noexcept;

    /// Waits for the drain to end.
    /// @return whether it has ended within `patience`
    bool wait_drained(milliseconds patience);

    /// request_drain(), then waits until it has ended.
    void drain();

    /// Nothing claimed, nothing running, nothing waiting for its acknowledgement.
    bool is_idle() const;

    /// Why the worker cannot go on, when it cannot (the queue was dropped, say); it drains itself.
    std::optional<std::string> failure() const;

    work_summary summary() const;

private:
    class parts_of_it;
    std::unique_ptr<parts_of_it> inside_;
};

}  // namespace leasehold
