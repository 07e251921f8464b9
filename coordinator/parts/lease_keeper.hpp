#pragma once

#include "parts/lease_rules.hpp"
#include "parts/lease_store.hpp"
#include "parts/queue_store.hpp"
#include "session/session_keeper.hpp"
#include "session/session_store.hpp"

#include <leasehold/options.hpp>

#include <atomic>
#include <map>
#include <optional>
#include <vector>

namespace leasehold {

/// One look at a queue: who sits in it and who holds what.
struct queue_view {
    std::int64_t generation{0};
    std::vector<session_row> sessions{};  ///< by id, expired ones too
    std::vector<owned_part> owned{};      ///< by part
};

/// What the keeper needs of the database, and no more. Blocking; throws sql_failure.
class lease_calls {
public:
    virtual ~lease_calls() = default;
    virtual queue_change watch() = 0;
    virtual queue_view view() = 0;
    virtual std::vector<lease> take(const session_id& me, const std::vector<part_id>& parts) = 0;
    virtual void let_go(const session_id& me, const std::vector<part_id>& parts) = 0;
    virtual void set_leaving(const session_id& me) = 0;
    virtual void leave(const session_id& me) = 0;
    /// One bounded step of ending an expired session.
    /// @return true when nothing is left to do about it
    virtual bool reap_step(const session_row& expired) = 0;
};

/// Whoever works inside the parts. Called on the keeper's thread.
class lease_user {
public:
    virtual ~lease_user() = default;
    virtual void granted(const session_id& me, const std::vector<lease>& leases) = 0;
    /// Start nothing more in `part`.
    /// @return true once nothing runs there and no claim is held there
    virtual bool vacate(part_id part) = 0;
    /// A part that was being vacated stays after all.
    virtual void resume(part_id part) = 0;
};

/// Moves what one session holds towards the plan: drops what is planned for others, takes what is
/// planned for it, reaps sessions that expired. One thread calls tick().
class lease_keeper {
public:
    lease_keeper(queue_info queue, lease_options options, const session_keeper& sessions,
                 lease_calls& calls, lease_user& user, const clock& time);

    /// Does what is due.
    /// @return when to be called again
    /// @throws sql_failure when the server gave no usable answer: call again after a wait
    steady_time tick();

    /// From the next tick on every part is let go, then the session leaves. From any thread.
    void leave() noexcept { leaving_ = true; }
    /// The session has left, or was over anyway.
    bool has_left() const noexcept { return left_; }

private:
    void begin_again(const session_id& me);
    void reap_expired(const queue_view& view, const session_id& me);
    void follow(const queue_view& view, const session_id& me);
    void adopt(const queue_view& view, const session_id& me);

    queue_info queue_;
    lease_options options_;
    const session_keeper& sessions_;
    lease_calls& calls_;
    lease_user& user_;
    const clock& time_;

    std::atomic<bool> leaving_{false};
    std::atomic<bool> left_{false};
    bool said_leaving_ = false;
    std::optional<session_id> me_;
    std::map<part_id, bool> held_;            ///< part to "is being vacated"
    std::optional<std::int64_t> settled_at_;  ///< generation at which nothing was left to do
    steady_time look_again_at_{};             ///< even if the generation stays
};

}  // namespace leasehold
