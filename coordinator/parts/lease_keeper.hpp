#pragma once

#include "parts/lease_rules.hpp"
#include "parts/lease_store.hpp"
#include "parts/queue_store.hpp"
#include "session/guard_rules.hpp"
#include "session/session_keeper.hpp"
#include "session/session_store.hpp"

#include <leasehold/options.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace leasehold {

/// How far the end of an expired session is: elsewhere: somebody else is at it at this moment.
enum class reap_progress { goes_on, over, elsewhere };

/// What the keeper needs of the database, and no more. Blocking; throws sql_failure.
class lease_calls {
public:
    virtual ~lease_calls() = default;
    /// The one question of every turn, whose cost depends on nothing. See watch_queue().
    virtual queue_watch watch(const session_id& me, const session_id& random) = 0;
    /// Makes the next plan, unless somebody has made it meanwhile.
    virtual void make_plan() = 0;
    /// What concerns `me`: the parts that it owns, and those that are planned for it.
    virtual std::vector<part_view> look(const session_id& me) = 0;
    virtual std::vector<lease> take(const session_id& me, const std::vector<part_id>& parts) = 0;
    /// Hands `parts` to the sessions they are planned for.
    /// @return those that have a new owner
    virtual std::vector<part_id> give(const session_id& me, const std::vector<part_id>& parts) = 0;
    virtual void let_go(const session_id& me, const std::vector<part_id>& parts) = 0;
    virtual void set_leaving(const session_id& me) = 0;
    /// @return false when it holds a lease, which was given to it at the last moment: still there
    virtual bool leave(const session_id& me) = 0;
    /// Lets a session expire at once whose guard nobody holds. See expire_now().
    virtual bool expire_now(const session_row& seen, std::int64_t guard) = 0;
    /// No plan counts with the expired session any more.
    virtual void begin_reap(const session_row& expired) = 0;
    /// One bounded step of ending an expired session.
    virtual reap_progress reap_step(const session_row& expired) = 0;
};

/// Whoever works inside the parts. Called on the keeper's thread.
class lease_user {
public:
    virtual ~lease_user() = default;
    virtual void granted(const session_id& me, const std::vector<lease>& leases) = 0;
    /// Start nothing more in `part`.
    /// @return true once nothing runs there and no claim is held there by `me`; false when `me` is
    ///         not the session at work any more: its claims are then for a reaper to free
    virtual bool vacate(const session_id& me, part_id part) = 0;
    /// A part that was being vacated stays after all.
    virtual void resume(part_id part) = 0;
    /// Nothing is left to be ended before `me` leaves, besides the parts that it owned.
    virtual bool may_leave(const session_id& /*me*/) { return true; }
    /// What the queue's operator wants, as of now.
    virtual void told(const queue_settings& settings) = 0;
};

/// Moves what one session holds towards the plan: gives what is planned for others, takes what is
/// planned for it, makes the plan when one is due, reaps its neighbour in the ring of ids when that
/// has expired. One thread calls tick().
class lease_keeper {
public:
    lease_keeper(lease_options options, const session_keeper& sessions, lease_calls& calls,
                 lease_user& user, const clock& time);

    /// Does what is due.
    /// @return when to be called again
    /// @throws sql_failure when the server gave no usable answer: call again after a wait
    steady_time tick();

    /// From the next tick on every part is given or let go, then the session leaves. From any
    /// thread.
    void leave() noexcept { leaving_ = true; }
    /// The session has left, or was over anyway.
    bool has_left() const noexcept { return left_; }

private:
    void begin_again(const session_id& me);
    queue_watch watch(const session_id& me);
    std::optional<steady_time> make_plan_if_due(queue_watch& seen, const session_id& me);
    std::optional<steady_time> weigh_guard(queue_watch& seen, const session_id& me);
    bool reap(const std::optional<session_row>& found, std::size_t rank, const session_id& me);
    void follow(const session_id& me);
    void adopt(const std::vector<part_view>& parts, const session_id& me);
    void hand_over(const session_id& me, const std::vector<part_id>& given,
                   const std::vector<part_id>& let_go);
    void take(const session_id& me, const std::vector<part_id>& free);
    bool vacated(const session_id& me, part_id part);

    lease_options options_;
    const session_keeper& sessions_;
    lease_calls& calls_;
    lease_user& user_;
    const clock& time_;

    std::atomic<bool> leaving_{false};
    std::atomic<bool> left_{false};
    bool said_leaving_ = false;
    std::optional<session_id> me_;
    std::map<part_id, bool> held_;          ///< part to "is being vacated"
    std::optional<std::int64_t> followed_;  ///< plan of which nothing is left to do
    std::optional<queue_settings> told_;    ///< to the user
    std::optional<steady_time> plan_turn_;  ///< when to make the plan that is due
    bool caused_change_ = false;            ///< the next plan is due because of this session
    bool settled_ = false;                  ///< the last look left nothing to do
    milliseconds patience_{};               ///< until the next look while unsettled
    steady_time look_again_at_{};           ///< even if the plan stays
    guard_memory guard_{};                  ///< of the neighbour
};

}  // namespace leasehold
