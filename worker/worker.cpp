#include <leasehold/worker.hpp>

#include "items/claim_rules.hpp"
#include "parts/queue_store.hpp"
#include "sql/migrations.hpp"
#include "worker/claim_book.hpp"
#include "worker/claim_gate.hpp"
#include "worker/database_calls.hpp"
#include "worker/item_database.hpp"
#include "worker/load_keeper.hpp"
#include "worker/log.hpp"
#include "worker/loop.hpp"
#include "worker/observed_handler.hpp"
#include "worker/runner.hpp"
#include "worker/server_fit.hpp"
#include "worker/slot_runner.hpp"
#include "worker/trace_sweep.hpp"

#include <utility>  // before Asio: Boost 1.74 uses std::exchange without it

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace leasehold {

namespace {

/// Patience with the server on the way out, beyond what handlers get; then the session just
/// expires.
constexpr milliseconds leave_patience{5'000};

std::string_view reason(session_end why) {
    return why == session_end::gone ? "the server ended it" : "no heartbeat got through in time";
}

/// How often it is asked whether the connection of the heartbeats was closed.
constexpr milliseconds guard_watch{100};

/// What others left behind is looked for so often, by each worker.
constexpr milliseconds traces_interval{600'000};

connect_options for_heartbeats(const worker_options& options) {
    return {.application_name = "leasehold heartbeat",
            .statement_timeout = options.session.ttl / 3,
            .silence_max = options.session.ttl / 2,
            .holds_guard = options.leases.notices};
}

}  // namespace

/// Everything between the public interface and the rooms: connections, loops, slots.
class worker::parts_of_it final : public session_events, public lease_user, public notice_events {
public:
    parts_of_it(std::string where, std::string queue, handler handle, worker_options options,
                std::shared_ptr<work_events> events)
        : where_(where),
          queue_name_(std::move(queue)),
          events_(events != nullptr ? std::move(events) : std::make_shared<work_events>()),
          handle_(observed(std::move(handle), *events_)),
          options_(validated(std::move(options))),
          book_(options_.work.slots, options_.work.claims_max, [this] { lease_loop_->wake(); }) {}
    ~parts_of_it() override {
        drain();
        if (pool_ != nullptr) {
            pool_->join();  // handlers that outlast the drain still use what goes now
        }
    }
    parts_of_it(const parts_of_it&) = delete;
    parts_of_it& operator=(const parts_of_it&) = delete;

    void start();
    void request_drain() noexcept;
    bool wait_drained(milliseconds patience);
    void drain();
    bool is_idle() const { return book_.is_empty(); }
    std::optional<std::string> failure() const;
    work_summary summary() const { return counters_.summary(); }

    // What the keepers tell.
    void session_began(const session_id& id) override;
    void session_ended(const session_id& id, session_end why) override;
    void session_evicted(const session_id& id) override;
    void granted(const session_id& me, const std::vector<lease>& leases) override;
    bool vacate(const session_id& me, part_id part) override;
    void resume(part_id part) override { book_.resume(part); }
    /// Leases to help end with their claims.
    bool may_leave(const session_id& /*me*/) override { return !book_.helps(); }
    void told(const queue_settings& settings) override;

    void heard(const news& all) override;

private:
    void start_slots();
    steady_time beat();
    steady_time follow_plan();
    steady_time watch_trust();
    milliseconds went_wrong(const char* what, const std::exception& error);
    void fail(const std::string& message);
    void drain_in_background();
    void finish();

    const dsn where_;
    const std::string queue_name_;
    const std::shared_ptr<work_events> events_;
    handler handle_;
    worker_options options_;
    const clock& time_{machine_clock()};
    queue_info queue_{};
    work_counters counters_;
    claim_book book_;
    claim_ways ways_;
    claim_gate gate_;

    // In the order of their dependence: what runs by itself ends before what it uses.
    std::unique_ptr<connection> session_connection_;
    std::unique_ptr<connection> lease_connection_;
    std::unique_ptr<connection> item_connection_;
    std::unique_ptr<session_database> session_calls_;
    std::unique_ptr<lease_database> lease_calls_;
    std::unique_ptr<item_database> item_calls_;
    std::unique_ptr<session_keeper> sessions_;
    std::unique_ptr<lease_keeper> leases_;
    std::unique_ptr<load_database> load_calls_;
    std::unique_ptr<load_keeper> loads_;
    std::unique_ptr<trace_sweep> traces_;  ///< none where the server keeps track by itself
    std::unique_ptr<slot_runner> slots_;
    std::unique_ptr<runner> runner_;
    std::atomic<int> waking_slots_{0};  ///< told to work, and not begun yet
    std::unique_ptr<boost::asio::thread_pool> pool_;
    std::unique_ptr<loop> session_loop_;
    std::unique_ptr<loop> trust_loop_;
    std::unique_ptr<loop> lease_loop_;
    std::unique_ptr<loop> item_loop_;
    std::unique_ptr<notice_database> notice_calls_;
    std::unique_ptr<notice_listener> notices_;  ///< none when notices are switched off

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> sessions_retired_{false};
    bool started_ = false;
    bool draining_ = false;
    bool drained_ = false;
    std::optional<std::string> failure_;
    std::jthread drainer_;
};

void worker::parts_of_it::start() {
    item_connection_ =
        std::make_unique<connection>(where_, connect_options{.application_name = "leasehold items",
                                                             .keeps_plans = true,
                                                             .holds_guard = true});
    suit_server(options_, item_connection_->dialect());
    session_connection_ = std::make_unique<connection>(where_, for_heartbeats(options_));
    lease_connection_ = std::make_unique<connection>(
        where_, connect_options{.application_name = "leasehold parts"});
    require_schema(*item_connection_);
    remark_on_server(*item_connection_);
    require_answer_to_doubts(*item_connection_);
    queue_ = read_snapshot(*item_connection_,
                           [&](transaction& tx) { return require_queue(tx, queue_name_); });

    session_calls_ =
        std::make_unique<session_database>(*session_connection_, counters_.membership, queue_,
                                           this_process(options_.session), options_.session);
    lease_calls_ = std::make_unique<lease_database>(
        *lease_connection_, counters_.membership, queue_,
        options_.leases.notices ? guards::looked_at : guards::passed_over);
    item_calls_ = std::make_unique<item_database>(*item_connection_, counters_.items,
                                                  counters_.helping, queue_, gate_);
    sessions_ = std::make_unique<session_keeper>(options_.session, *session_calls_, *this, time_);
    leases_ =
        std::make_unique<lease_keeper>(options_.leases, *sessions_, *lease_calls_, *this, time_);
    load_calls_ = std::make_unique<load_database>(*lease_connection_, counters_.membership, queue_);
    loads_ =
        std::make_unique<load_keeper>(options_.leases.weigh, *load_calls_, book_, counters_, time_);
    slots_ = std::make_unique<slot_runner>(where_, queue_, handle_, book_, gate_, *sessions_,
                                           counters_, *events_, time_);
    runner_ =
        std::make_unique<runner>(*item_calls_, queue_, options_.work, *sessions_, book_, ways_,
                                 counters_, *events_, time_, [this] { start_slots(); });
    pool_ =
        std::make_unique<boost::asio::thread_pool>(static_cast<std::size_t>(options_.work.slots));

    const auto make_loop = [this](const char* what, auto step) {
        return std::make_unique<loop>(step, [this, what](const std::exception& error) {
            return went_wrong(what, error);
        });
    };
    session_loop_ = make_loop("heartbeat", [this] { return beat(); });
    trust_loop_ = make_loop("trust", [this] { return watch_trust(); });
    lease_loop_ = make_loop("parts", [this] { return follow_plan(); });
    item_loop_ = make_loop("items", [this] { return runner_->tick(); });
    if (!traits_of(queue_.dialect).keeps_track) {
        traces_ = std::make_unique<trace_sweep>(where_, traces_interval, time_);
    }
    if (options_.leases.notices) {
        notice_calls_ = std::make_unique<notice_database>(where_, queue_name_);
        notices_ = std::make_unique<notice_listener>(*notice_calls_, *this, time_);
        notices_->start();
    }
    const std::scoped_lock lock{mutex_};  // what drains waits until all of them run
    for (auto* each : {&session_loop_, &trust_loop_, &lease_loop_, &item_loop_}) {
        (*each)->start();
    }
    if (traces_ != nullptr) {
        traces_->start();
    }
    started_ = true;
}

milliseconds worker::parts_of_it::went_wrong(const char* what, const std::exception& error) {
    const auto* sorted = dynamic_cast<const sql_failure*>(&error);
    const bool refused = sorted == nullptr || sorted->kind() == sql_failure_kind::refused;
    // A claim without a lease, or a lease that two wanted: the next look at the parts mends it.
    const bool stale =
        sorted != nullptr && (sorted->sqlstate() == "23503" || sorted->sqlstate() == "23505");
    log().warn("{} interrupted {}", what, fields_of(error));
    if (refused && !stale) {
        fail(error.what());
    }
    return beat_again_after(options_.session.ttl);
}

void worker::parts_of_it::fail(const std::string& message) {
    {
        const std::scoped_lock lock{mutex_};
        if (!failure_) {
            failure_ = message;
        }
    }
    request_drain();
}

std::optional<std::string> worker::parts_of_it::failure() const {
    const std::scoped_lock lock{mutex_};
    return failure_;
}

void worker::parts_of_it::start_slots() {
    const int count = slots_to_wake(book_.load(), time_.now()) - waking_slots_;
    for (int i = 0; i < count; ++i) {
        ++waking_slots_;
        boost::asio::post(*pool_, [this] {
            --waking_slots_;
            slots_->work_off([this] {
                if (!book_.may_gather()) {
                    item_loop_->wake();
                }
            });
        });
    }
}

steady_time worker::parts_of_it::follow_plan() {
    const auto next = leases_->tick();
    return std::min(next, loads_->tick());
}

void worker::parts_of_it::session_began(const session_id& id) {
    counters_.count_session();
    book_.begin(id);
    events_->session_began(id);
    log().info("session began session={} queue={} ttl_ms={}", to_text(id), queue_.name,
               options_.session.ttl.count());
    lease_loop_->wake();
}

void worker::parts_of_it::session_ended(const session_id& id, session_end why) {
    if (!book_.end(id)) {
        return;
    }
    events_->session_ended(id, sessions_retired_          ? session_over::left
                               : why == session_end::gone ? session_over::gone
                                                          : session_over::untrusted);
    // On the way out that is as it should be.
    if (sessions_retired_) {
        log().info("session left session={}", to_text(id));
    } else {
        log().warn("session ended session={} reason=\"{}\"", to_text(id), reason(why));
    }
}

void worker::parts_of_it::session_evicted(const session_id& id) {
    fail("session " + to_text(id) + " was evicted by an operator (leasehold evict)");
}

void worker::parts_of_it::told(const queue_settings& settings) {
    if (settings.paused != book_.is_paused()) {
        log().info("queue {} queue={}", settings.paused ? "paused" : "resumed", queue_.name);
    }
    book_.pause(settings.paused);
    runner_->told(settings);
    loads_->told(settings);
    item_loop_->wake();
}

/// Over a connection that was closed, without the failure that would have to be waited out.
steady_time worker::parts_of_it::beat() {
    if (session_connection_->peer_closed()) {
        log().info("heartbeat connection closed by the server: connecting again");
        session_connection_->close();
    }
    return sessions_->tick();
}

/// The heartbeat itself may be stuck in the network when trust ends, so another thread looks. The
/// same for any connection whose peer has frozen: only another thread can end the wait.
steady_time worker::parts_of_it::watch_trust() {
    const auto held = book_.session();  // asked first: a session announced later is not judged here
    const auto seat = sessions_->current();
    if (held && (!seat || seat->id != *held)) {
        session_ended(*held, session_end::untrusted);
    }
    for (auto* each : {&session_connection_, &lease_connection_, &item_connection_}) {
        if ((*each)->cut_when_silent()) {
            log().warn("connection cut: no answer has come for too long connection=\"{}\"",
                       (*each)->name());
        }
    }
    if (traces_ != nullptr) {
        traces_->cut_when_silent();
    }
    milliseconds pace = options_.session.margin / 4;
    if (options_.leases.notices) {
        pace = std::min(pace, guard_watch);
        if (session_connection_->peer_closed()) {
            session_loop_->wake();  // others take this worker for dead unless it shows a new guard
        }
    }
    const auto again = time_.now() + pace;
    return seat ? std::min(seat->trust.ends_at(), again) : again;
}

void worker::parts_of_it::granted(const session_id& me, const std::vector<lease>& leases) {
    std::vector<part_taken> taken;
    taken.reserve(leases.size());
    for (const auto& one : leases) {
        taken.push_back({one.part, one.term});
    }
    events_->parts_taken(me, taken);
    ways_.note(leases);
    book_.grant(me, leases);
    for (const auto& one : leases) {
        log().debug("lease taken part={} epoch={} session={}", one.part.value, one.term.value,
                    to_text(me));
    }
    if (!leases.empty()) {
        log().info("parts taken count={} first={} last={} session={}", leases.size(),
                   leases.front().part.value, leases.back().part.value, to_text(me));
        runner_->items_came({}, true);  // the owner before may have left some
        item_loop_->wake();
    }
}

bool worker::parts_of_it::vacate(const session_id& me, part_id part) {
    bool draining = false;
    {
        const std::scoped_lock lock{mutex_};
        draining = draining_;
    }
    const auto drain = draining ? options_.work.drain : options_.leases.drain;
    const bool empty = book_.vacate(me, part, time_.now(),
                                    {.drain = drain, .stop_grace = options_.work.stop_grace});
    if (!empty) {
        item_loop_->wake();  // to acknowledge what was released
    } else {
        events_->part_let_go(me, part);
    }
    return empty;
}

void worker::parts_of_it::heard(const news& all) {
    // A session that begins looks at everything anyway.
    const auto me = book_.session();
    if (!me) {
        return;
    }
    const bool given = std::find(all.given.begin(), all.given.end(), *me) != all.given.end();
    if (all.everything || all.plan || given) {
        lease_loop_->wake();
    }
    const bool anywhere = all.everything || all.anywhere;
    if (anywhere || !all.parts.empty()) {
        runner_->items_came(all.parts, anywhere);
    }
    const bool help = all.everything || all.help;
    if (help) {
        runner_->help_was_asked();
    }
    if (anywhere || help || !all.parts.empty()) {
        item_loop_->wake();
    }
}

void worker::parts_of_it::request_drain() noexcept {
    const std::scoped_lock lock{mutex_};
    if (!started_ || draining_) {
        return;
    }
    draining_ = true;
    drainer_ = std::jthread{[this] { drain_in_background(); }};
}

void worker::parts_of_it::drain_in_background() {
    log().info("draining queue={}", queue_.name);
    if (notices_ != nullptr) {
        notices_->request_stop();
    }
    if (traces_ != nullptr) {
        traces_->request_stop();
    }
    sessions_retired_ = true;
    sessions_->retire();
    book_.stop_claiming();
    leases_->leave();
    const auto deadline =
        time_.now() + options_.work.drain + options_.work.stop_grace + leave_patience;
    bool was_empty = false;
    for (int turn = 0; time_.now() < deadline && !(leases_->has_left() && book_.is_empty());
         ++turn) {
        item_loop_->wake();
        // Each turn of the leases asks the database, and many may be draining.
        if (const bool is_empty = book_.is_empty(); turn % 10 == 0 || is_empty != was_empty) {
            was_empty = is_empty;
            lease_loop_->wake();
        }
        std::this_thread::sleep_for(milliseconds{10});
    }
    finish();
}

void worker::parts_of_it::finish() {
    if (!leases_->has_left()) {
        session_loop_->stop();  // what could not be handed over expires from now on
    }
    if (notices_ != nullptr) {
        notices_->stop();
    }
    item_loop_->stop();
    lease_loop_->stop();
    session_loop_->stop();
    if (traces_ != nullptr) {
        traces_->stop();
    }
    trust_loop_->stop();
    if (const auto held = book_.session(); held && leases_->has_left()) {
        session_ended(*held, session_end::gone);  // says that it left, once
    }
    log().info("drained queue={} left={}", queue_.name, leases_->has_left());
    {
        const std::scoped_lock lock{mutex_};
        drained_ = true;
    }
    changed_.notify_all();
}

bool worker::parts_of_it::wait_drained(milliseconds patience) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [this] { return drained_ || !started_; });
}

void worker::parts_of_it::drain() {
    request_drain();
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return drained_ || !started_; });
}

worker::worker(std::string dsn, std::string queue, handler handle, worker_options options,
               std::shared_ptr<work_events> events)
    : inside_(std::make_unique<parts_of_it>(std::move(dsn), std::move(queue), std::move(handle),
                                            std::move(options), std::move(events))) {}

worker::~worker() = default;

void worker::start() { inside_->start(); }
void worker::request_drain() noexcept { inside_->request_drain(); }
bool worker::wait_drained(milliseconds patience) { return inside_->wait_drained(patience); }
void worker::drain() { inside_->drain(); }
bool worker::is_idle() const { return inside_->is_idle(); }
std::optional<std::string> worker::failure() const { return inside_->failure(); }
work_summary worker::summary() const { return inside_->summary(); }

}  // namespace leasehold
