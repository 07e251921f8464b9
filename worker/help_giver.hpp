#pragma once

#include "parts/queue_store.hpp"
#include "worker/claim_book.hpp"
#include "worker/item_calls.hpp"
#include "worker/work_counters.hpp"

#include <leasehold/options.hpp>
#include <leasehold/time.hpp>

#include <atomic>
#include <functional>
#include <map>

namespace leasehold {

/// The helper's side of help: a session with free slots and nothing due in parts of its own takes
/// up what waits in those of others. On the runner's thread, but for hear().
class help_giver {
public:
    /// @param trusted  may the session be believed in?
    /// @param start_slots  to be called when claims came
    help_giver(item_calls& calls, const queue_settings& settings, const work_options& options,
               claim_book& book, work_counters& counters, const clock& time,
               std::function<bool()> trusted, std::function<void()> start_slots);

    /// Somebody asked for help: no need to wait for the next look. From any thread.
    void hear() noexcept { heard_ = true; }

    /// Takes up what the free slots can run, where help is wanted. To be called while nothing is
    /// due in the session's own parts.
    /// @return when to be called again, at the latest
    /// @throws sql_failure when the server gave no usable answer
    steady_time help(const session_id& me);

    /// Ends the leases on parts in which nothing is left to do. To be called after help(), or
    /// instead of it when there is work in parts of the session's own.
    /// @throws sql_failure when the server gave no usable answer
    void let_go(const session_id& me);

private:
    /// A part that gave nothing, though help was wanted there: what is due there waits for its key,
    /// or others were quicker.
    struct barren_part {
        steady_time until{};
        milliseconds pause{};
    };

    int free() const { return free_slots(book_.load()); }
    void look_if_due(const session_id& me);
    bool look(const session_id& me);
    int claim_round(const session_id& me, part_id part);
    int claim_in(const help_round& round);
    void note_barren(part_id part);

    item_calls& calls_;
    const queue_settings& settings_;
    const work_options& options_;
    claim_book& book_;
    work_counters& counters_;
    const clock& time_;
    std::function<bool()> trusted_;
    std::function<void()> start_slots_;

    std::atomic<bool> heard_{false};
    steady_time look_at_{};
    unsigned rounds_ = 0;
    std::map<part_id, barren_part> barren_;
};

}  // namespace leasehold
