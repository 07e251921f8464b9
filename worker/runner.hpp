#pragma once

#include "parts/lease_keeper.hpp"
#include "session/session_keeper.hpp"
#include "worker/acknowledger.hpp"
#include "worker/claim_book.hpp"
#include "worker/help_giver.hpp"
#include "worker/help_seeker.hpp"
#include "worker/item_calls.hpp"
#include "worker/mode_keeper.hpp"
#include "worker/work_counters.hpp"

#include <leasehold/options.hpp>
#include <leasehold/work_events.hpp>

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace leasehold {

/// The loop between the database and the slots: claims what the slots can take, acknowledges what
/// they finished. One thread calls tick().
class runner {
public:
    runner(item_calls& calls, const queue_info& queue, work_options options,
           const session_keeper& sessions, claim_book& book, claim_ways& ways,
           work_counters& counters, work_events& events, const clock& time,
           std::function<void()> start_slots);

    /// Does what is due.
    /// @return when to be called again, if nobody wakes the loop before
    /// @throws sql_failure when the server gave no usable answer: call again after a wait
    steady_time tick();

    /// Says that items came, in `parts` and perhaps `anywhere`: a hint, taken up by the next
    /// tick(). From any thread.
    void items_came(const std::vector<part_id>& parts, bool anywhere);

    /// Some session wants help: if this one is idle, its next tick() looks for it. From any thread;
    /// tick() has to be called soon, too.
    void help_was_asked() noexcept { giver_.hear(); }

    /// What the queue's operator wants, as of the next tick(). From any thread.
    void told(const queue_settings& settings);

private:
    /// What items_came() said since it was last taken up.
    struct ring {
        std::set<part_id> parts{};
        bool anywhere{false};
    };

    void take_up_settings();
    void give_back_hoarded();
    void acknowledge_finished();
    void forget_unwritten(std::vector<finished_run>& ended);
    void look_for_cancels();
    void rest();
    void take_up_rings(const work_load& load, int wanted);
    std::vector<ack_report> acknowledge(const std::vector<finished_run>& ended);
    steady_time work_for(const session_id& me);
    steady_time look_after_help(const session_id& me, bool idle);
    int claim_more(const session_id& me);
    void look_for_work();
    void see_way(part_share& share) const;
    int claim_round(const session_id& me, int wanted);
    bool trusted() const;
    void report(const finished_run& one, const ack_report& what);

    item_calls& calls_;
    const queue_info& queue_;
    work_options options_;
    const session_keeper& sessions_;
    claim_book& book_;
    claim_ways& ways_;
    work_counters& counters_;
    work_events& events_;
    const clock& time_;
    std::function<void()> start_slots_;

    std::deque<hot_part> hot_;  ///< parts that had due items at the last look, most urgent first
    steady_time looked_at_{};
    steady_time look_again_at_{};
    bool rests_{false};  ///< until look_again_at_: the last look yielded nothing
    int claimed_since_look_{0};
    int open_at_look_{0};  ///< claims that were not ended when the last look began
    steady_time cancels_looked_at_{};
    bool was_told_{false};   ///< hot_ is what was rung for, and nothing was left out
    milliseconds pause_;     ///< after the next look in vain; doubles up to the poll interval
    steady_time rang_at_{};  ///< when items last came `anywhere`

    std::mutex told_mutex_;
    ring rung_{};
    std::optional<queue_settings> told_{};

    queue_settings settings_;
    mode_keeper modes_;
    help_seeker seeker_;
    help_giver giver_;
    std::optional<session_id> helps_as_{};
};

}  // namespace leasehold
