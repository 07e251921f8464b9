#pragma once

#include "items/ack_rules.hpp"
#include "items/claim_rules.hpp"
#include "parts/lease_store.hpp"
#include "worker/claim_key.hpp"

#include <leasehold/item.hpp>
#include <leasehold/time.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <unordered_map>
#include <vector>

namespace leasehold {

/// One handler run, from its start to its outcome.
struct run {
    claim held{};
    std::stop_source stop{};
    steady_time started_at{};
    steady_time ended_at{};
    std::atomic<bool> cancelled{false};  ///< somebody asked: see unless_cancelled()
};

/// A claim whose outcome is known and still has to be acknowledged.
struct finished_run {
    claim held{};
    outcome wish{};
    bool handler_runs{false};  ///< released under its handler, which may end the claim itself
    bool was_shown{true};      ///< to a handler; else its token is known to nobody
};

/// Why an item is cancelled, as its last error says.
inline constexpr const char* cancelled_before = "cancelled before it could run again";
inline constexpr const char* cancelled_while_running = "cancelled while it ran";

/// How long a part's running items may go on once the part has to move.
struct vacate_times {
    milliseconds drain{};       ///< until their stop tokens are raised
    milliseconds stop_grace{};  ///< from then until their claims are released under them
};

/// What one worker holds at this moment: its parts, and every claim from the database's answer to
/// the acknowledgement. The one place where its threads meet; every function takes the lock once.
class claim_book {
public:
    /// @param part_emptied  called by whichever thread ends the last claim in a part that is to be
    ///                      vacated
    claim_book(
        int slots, int claims_max, std::function<void()> part_emptied = [] {})
        : slots_(slots), claims_max_(claims_max), part_emptied_(std::move(part_emptied)) {}

    /// A session begins: the book is empty of parts.
    void begin(const session_id& session);
    /// A session is over: its parts are closed, its waiting claims forgotten, its handlers told to
    /// stop. Their outcomes are still acknowledged, under its id, and the database judges.
    /// @return false when it was over already
    bool end(const session_id& session);

    /// The session whose parts and claims are here.
    std::optional<session_id> session() const;

    /// `session` owns these parts. One in which it helped until now goes on as its own.
    void grant(const session_id& session, const std::vector<lease>& leases);
    void resume(part_id part);
    /// Closes `part` to claims. Waiting claims are released at once, running ones by `times`.
    /// @return true once no claim is left in it, and for a part that the session does not own;
    ///         false when `session` is not the one here any more
    bool vacate(const session_id& session, part_id part, steady_time now,
                const vacate_times& times);

    /// No part is open any more, whatever is granted; running handlers are told to stop.
    void stop_claiming();

    /// While the queue is paused no part is open; what is claimed goes on.
    void pause(bool paused);
    bool is_paused() const;

    /// May anything still be claimed? Not after stop_claiming().
    bool is_claiming() const;

    /// Parts that the session owns and claims from.
    std::vector<part_id> open_parts() const;
    /// Parts that the session owns, those too from which it claims nothing more.
    std::vector<part_id> own_parts() const;
    /// Of these, those from which it claims nothing more.
    std::vector<part_id> closed_parts() const;
    /// The parts among `wanted` that are open, now marked as being claimed from: they are not
    /// vacated until leave() is called for them.
    std::vector<part_id> enter(const std::vector<part_id>& wanted);
    void leave(const std::vector<part_id>& parts);

    /// `session` is about to claim from `part` as a helper: nothing happens to the part here until
    /// leave_help() is called for it.
    /// @return false when it may not: it owns the part, claims nothing any more or is over
    bool enter_help(const session_id& session, part_id part);
    /// @param has_lease  does the session hold a lease on `part` now, whatever was claimed?
    void leave_help(part_id part, bool has_lease);
    /// Parts in which the session helps.
    std::vector<part_id> helped_parts() const;
    bool helps() const;
    bool helps_in(part_id part) const;
    /// Parts in which it helps and has no claim: the leases on them may end.
    std::vector<part_id> idle_help() const;
    /// The leases on `parts` have ended, unless it owns them now.
    void end_help(const std::vector<part_id>& parts);
    /// As vacate(), for all parts in which it helps: they stay here until end_help().
    void stop_helping(steady_time now, const vacate_times& times);

    /// Adds claims the database granted; those known already are left out. Those that are to be
    /// cancelled are finished at once.
    /// @return how many were new
    int add(std::vector<claim> claims);
    /// How many claims in `part` are here and not forgotten.
    int claims_in(part_id part) const;
    /// Gives back what waits for a slot in `parts`.
    void release_waiting_in(const std::vector<part_id>& parts);
    /// Claims by the lease alone in `parts` (sorted) that handlers have seen, and that are not on
    /// their way to the database.
    std::vector<claim> shown_by_lease(const std::vector<part_id>& parts) const;
    /// Every claim that is here and not forgotten.
    claim_keys known() const;

    /// The next claim to be run, if a slot is free.
    std::shared_ptr<run> start_next(steady_time now);
    /// A run came to its outcome, which has to be acknowledged. Its payload is of no more use.
    /// @return false when its claim was released under it: the outcome is lost
    bool finish(run& one, outcome wish, steady_time now);
    /// A run's claim is ended, or known to be lost. To be followed by forget(), once it is counted.
    /// @return false when its claim was released under it before
    bool finish_acknowledged(run& one, steady_time now);

    /// Has `one` not come to its end, nor been released under its handler?
    bool is_running(const run& one) const;

    /// The claims of handlers that run since `before` or longer and have heard of no cancelling.
    std::vector<claim> running_since(steady_time before) const;
    /// Somebody asked to cancel these items: their handlers are told to stop.
    void cancel_runs(std::span<const claim> asked);
    std::vector<finished_run> take_finished(std::size_t count_max);
    /// The claims are ended or lost: nothing of them is left here.
    void forget(const std::vector<finished_run>& ended);
    void forget(const claim& ended);
    /// The acknowledgement failed and is to be tried again.
    void put_back(std::vector<finished_run> ended);

    /// Gives the last `count` of the waiting claims back.
    void release_last(int count);

    /// Are handlers so quick that what has ended may wait for what is about to, to be acknowledged
    /// together with it?
    bool may_gather() const noexcept { return may_gather_; }

    work_load load() const;
    bool has_waiting() const;
    bool is_empty() const;

private:
    struct part_state {
        lease_role role{lease_role::owner};
        bool open{true};
        bool entered{false};
        bool leased{true};  ///< a helper's entry comes before its lease
        int claims{0};      ///< waiting, running or not acknowledged
        std::optional<steady_time> vacated_since{};
        /// Claims by the lease that ended while it was entered: what was read before may have them.
        claim_keys ended_meanwhile{};
    };
    static bool is_emptied(const part_state& part) {
        return part.vacated_since && part.claims == 0 && !part.entered;
    }
    part_state* find_part(const claim& one);
    bool drop(const claim& one);
    void release_waiting(part_id part);
    std::vector<part_id> parts_where(const std::function<bool(const part_state&)>& is_one) const;
    void close(part_id part, part_state& state, steady_time now, const vacate_times& times,
               std::vector<std::shared_ptr<run>>& told);
    void measure(const run& one);
    void see_whether_to_gather();
    int busy_slots() const { return static_cast<int>(running_.size()) + abandoned_; }
    bool close_run(run& one, steady_time now);

    const int slots_;
    const int claims_max_;
    const std::function<void()> part_emptied_;
    std::atomic<bool> may_gather_{false};
    mutable std::mutex mutex_;
    std::optional<session_id> session_;
    bool claiming_ = true;
    bool paused_ = false;
    std::map<part_id, part_state> parts_;
    std::pmr::unsynchronized_pool_resource pool_{};  ///< used under the lock
    std::pmr::deque<claim> waiting_{&pool_};
    std::pmr::unordered_map<claim_key, std::shared_ptr<run>, claim_key_hash> running_{&pool_};
    int abandoned_ = 0;  ///< claims released under handlers that still hold their slots
    std::vector<finished_run> finished_;
    std::size_t taken_ = 0;     ///< of finished ones, on their way to the database
    claim_keys known_{&pool_};  ///< from add() to drop()
    steady_time last_start_{};
    std::optional<double> handler_us_;  ///< decaying mean
    /// Of handlers lately, how many took hardly any time: one that the machine kept from running
    /// for milliseconds would outweigh many in a mean.
    double quick_share_{0};
    double payload_bytes_ = 1;  ///< decaying maximum
};

}  // namespace leasehold
