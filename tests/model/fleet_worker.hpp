#pragma once

#include "parts/lease_keeper.hpp"
#include "session/session_keeper.hpp"
#include "tests/model/calls.hpp"
#include "tests/model/fleet.hpp"
#include "worker/claim_book.hpp"
#include "worker/runner.hpp"
#include "worker/work_counters.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::model {

/// A thread that calls a step again and again. As worker/loop.
class model_loop {
public:
    model_loop(world& in, process& of, const char* name) : actor_(in, of, name) {}
    void start(std::function<instant()> step);  ///< answers when to be called again
    void wake();
    /// No step begins after this; one that runs comes to its end.
    void stop();
    bool has_ended() const noexcept { return ended_; }
    actor& thread() noexcept { return actor_; }

private:
    actor actor_;
    bool woken_ = false;
    bool idle_ = false;
    bool stopped_ = false;
    bool ended_ = false;
};

/// A handler that runs at this moment.
struct live_run {
    std::shared_ptr<run> what{};
    job does{};
};

/// One worker process: the real keepers, runner and claim book, wired as in worker.cpp and
/// slot_runner.cpp, on threads of the model.
class fleet_worker final : public session_events, public lease_user {
public:
    fleet_worker(surroundings& around, int number, process_identity who,
                 std::function<void(fleet_worker&, const claim&)> on_crash);
    ~fleet_worker() override;

    void start();
    void drain();
    void crash();
    void pause_until(instant when);
    void starve_one_until(instant when);  ///< of its threads

    const process& itself() const noexcept { return process_; }
    const process_identity& identity() const noexcept { return who_; }
    bool is_in_prime() const noexcept { return !process_.is_dead && !draining_ && !over_; }
    bool is_over() const noexcept { return process_.is_dead || over_; }
    /// The session believed in, as of the last look().
    const std::optional<standing>& seat() const noexcept { return seat_; }
    /// What became of it; null while there is none.
    const session_story* story() const noexcept { return story_; }
    const std::vector<live_run>& running() const noexcept { return running_; }
    const std::vector<session_id>& all_sessions() const noexcept { return seats_; }
    work_summary reported() const { return counters_.summary(); }
    /// Acknowledgements nobody knows of, whose claims the runner released, and counted, meanwhile.
    std::int64_t unknown_uncounted() const noexcept { return unknown_uncounted_; }
    bool is_idle() const { return busy_slots_ == 0 && (over_ || book_.is_empty()); }

    /// Since when, in true time, `session` has not been believed in here; nothing while it is.
    std::optional<instant> disbelieved_since(const session_id& session) const;
    void look();  ///< at each step: what is believed now, and since when not

    // What the keepers tell.
    void session_began(const session_id& id) override;
    void session_ended(const session_id& id, session_end why) override;
    void session_evicted(const session_id& /*id*/) override { drain(); }
    void granted(const session_id& me, const std::vector<lease>& leases) override;
    bool vacate(const session_id& me, part_id part) override;
    void resume(part_id part) override { book_.resume(part); }
    bool may_leave(const session_id& /*me*/) override { return !book_.helps(); }
    void told(const queue_settings& settings) override;

private:
    struct slot;

    instant beat();
    instant watch_trust();
    instant follow_parts();
    instant run_items();
    instant after(const std::function<steady_time()>& step, const char* what);
    void start_slots();
    void drain_in_background();

    void work_off(slot& here);
    void run_one(slot& here, const std::shared_ptr<run>& one);
    outcome handle(slot& here, const live_run& one);
    outcome ends_well(const live_run& one);
    void acknowledge_patiently(slot& here, const live_run& one, bool runs_inside);
    ack_report acknowledge_with(slot& here, const run& one, outcome& wish);
    void report(run& one, const outcome& wish, const ack_report& what);
    bool is_trusted(const run& one) const;
    void end_outside(run& one, outcome wish);
    outcome run_handler(slot& here, const live_run& one);
    void look_at_start(const live_run& one);

    surroundings& around_;
    process process_;
    process_identity who_;
    std::function<void(fleet_worker&, const claim&)> on_crash_;
    skewed_clock time_;
    claim_book book_;
    claim_ways ways_;
    work_counters counters_;
    work_events events_{};

    model_loop session_loop_;
    model_loop trust_loop_;
    model_loop lease_loop_;
    model_loop item_loop_;
    actor drainer_;

    line session_line_;
    line lease_line_;
    line item_line_;
    session_line_calls session_calls_;
    lease_line_calls lease_calls_;
    doubt_line_calls item_doubts_;
    item_line_calls item_calls_;
    session_keeper sessions_;
    lease_keeper leases_;
    runner runner_;
    std::vector<std::unique_ptr<slot>> slots_;
    int busy_slots_ = 0;
    int tasks_ = 0;  ///< posted to the pool, not yet taken up

    std::vector<live_run> running_{};
    std::vector<session_id> seats_{};
    std::optional<standing> seat_{};
    const session_story* story_ = nullptr;
    std::vector<std::pair<session_id, instant>> disbelieved_{};
    std::int64_t unknown_uncounted_ = 0;
    bool draining_ = false;
    bool over_ = false;
};

}  // namespace leasehold::model
