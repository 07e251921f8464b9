#pragma once

#include "session/session_rules.hpp"
#include "session/session_store.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/options.hpp>

#include <atomic>
#include <mutex>
#include <optional>

namespace leasehold {

/// What the keeper needs of the database, and no more. Blocking; throws sql_failure.
class session_calls {
public:
    virtual ~session_calls() = default;
    virtual void register_session(const session_id& id) = 0;
    virtual extend_outcome extend(const session_id& id) = 0;
};

/// Why a session ended for us.
enum class session_end {
    gone,       ///< the server says so: expired or reaped
    untrusted,  ///< no heartbeat got through in time; the server may still count it as live
};

/// Who hears of sessions beginning and ending. Called on the keeper's own thread, in the
/// beginning's case under its lock: must not ask the keeper anything.
class session_events {
public:
    virtual ~session_events() = default;
    virtual void session_began(const session_id& id) = 0;
    virtual void session_ended(const session_id& id, session_end why) = 0;
    /// An operator wants the session to drain and end. May be said again.
    virtual void session_evicted(const session_id& id) = 0;
};

/// A session that stands, and how long it may be believed in.
struct standing {
    session_id id{};
    trust_window trust{};
};

/// Keeps one session alive: registers, beats, and starts over under a fresh id when it ends.
/// One thread calls tick(); current() may be asked from any.
class session_keeper {
public:
    session_keeper(session_options options, session_calls& calls, session_events& events,
                   const clock& time);

    /// Does what is due.
    /// @return when to be called again
    /// @throws sql_failure when the server gave no usable answer: nothing is believed that was not
    ///         before, and trust runs on. Call again after beat_again_after().
    steady_time tick();

    /// The session that stands and is trusted at this moment.
    std::optional<standing> current() const;

    /// Once the session at hand ends, none is begun again: the worker is on its way out.
    void retire() noexcept { retired_ = true; }

    const session_options& options() const noexcept { return options_; }

private:
    steady_time begin();
    steady_time beat(const standing& seat);
    void end(const session_id& id, session_end why);

    session_options options_;
    session_calls& calls_;
    session_events& events_;
    const clock& time_;
    std::atomic<bool> retired_{false};
    mutable std::mutex mutex_;
    std::optional<standing> seat_;
};

}  // namespace leasehold
