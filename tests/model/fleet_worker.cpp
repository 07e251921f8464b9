#include "tests/model/fleet_worker.hpp"

#include "tests/model/slot.hpp"

#include <algorithm>
#include <utility>

namespace leasehold::model {

namespace {

constexpr instant leave_patience = 500 * us_per_ms;

session_options without_margin(session_options options, mutation planted_one) {
    if (planted_one == mutation::no_margin) {
        options.margin = milliseconds{0};
    }
    return options;
}

line_options for_calls(const setting& how, instant patience) {
    const auto ttl = in_us(how.options.session.ttl);
    return {.patience = patience, .slow_client_max = ttl * 6 / 5, .faults = how.call_faults};
}

skewed_clock draw_clock(world& in, double error) {
    const double rate = 1.0 + error * (2 * in.fraction() - 1);
    in.happened(fault::clock_rate, 0);
    return {in, in.between(0, 1'000'000 * us_per_ms), rate};
}

}  // namespace

fleet_worker::slot::slot(fleet_worker& of, int number)
    : thread(of.around_.in, of.process_, "slot" + std::to_string(number)),
      on(of.around_.database, thread,
         for_calls(of.around_.how, in_us(of.around_.how.options.session.ttl))),
      doubts(on, of.around_.database, thread) {}

fleet_worker::fleet_worker(surroundings& around, int number, process_identity who,
                           std::function<void(fleet_worker&, const claim&)> on_crash)
    : around_(around),
      process_{.name = "worker" + std::to_string(number)},
      who_(std::move(who)),
      on_crash_(std::move(on_crash)),
      time_(draw_clock(around.in, around.how.clock_error)),
      book_(around.how.options.work.slots, around.how.options.work.claims_max),
      session_loop_(around.in, process_, "heartbeat"),
      trust_loop_(around.in, process_, "trust"),
      lease_loop_(around.in, process_, "parts"),
      item_loop_(around.in, process_, "items"),
      drainer_(around.in, process_, "drain"),
      session_line_(around.database, session_loop_.thread(),
                    for_calls(around.how, in_us(around.how.options.session.ttl / 2))),
      lease_line_(around.database, lease_loop_.thread(),
                  for_calls(around.how, in_us(around.how.options.session.ttl))),
      item_line_(around.database, item_loop_.thread(),
                 for_calls(around.how, in_us(around.how.options.session.ttl))),
      session_calls_(session_line_, who_, 1 + static_cast<int>(around.in.draw() % 2)),
      lease_calls_(lease_line_, around.planted_one),
      item_doubts_(item_line_, around.database, item_loop_.thread()),
      item_calls_(item_line_, item_doubts_, around.planted_one, time_),
      sessions_(without_margin(around.how.options.session, around.planted_one), session_calls_,
                *this, time_),
      leases_(around.how.options.leases, sessions_, lease_calls_, *this, time_),
      runner_(item_calls_, around.how.queue, around.how.options.work, sessions_, book_, ways_,
              counters_, events_, time_, [this] { start_slots(); }) {
    for (int i = 0; i < around.how.options.work.slots; ++i) {
        slots_.push_back(std::make_unique<slot>(*this, i));
    }
}

fleet_worker::~fleet_worker() { crash(); }

void fleet_worker::start() {
    session_loop_.start([this] { return beat(); });
    trust_loop_.start([this] { return watch_trust(); });
    lease_loop_.start([this] { return follow_parts(); });
    item_loop_.start([this] { return run_items(); });
    for (auto& one : slots_) {
        one->thread.start([this, here = one.get()] {
            for (;;) {
                while (tasks_ == 0) {
                    here->thread.wait();
                }
                --tasks_;
                work_off(*here);
            }
        });
    }
}

void fleet_worker::crash() {
    process_.is_dead = true;
    for (auto* one : {&session_loop_, &trust_loop_, &lease_loop_, &item_loop_}) {
        one->thread().kill();
    }
    for (auto& one : slots_) {
        one->thread.kill();
    }
    drainer_.kill();
    running_.clear();
}

void fleet_worker::pause_until(instant when) {
    process_.paused_until = std::max(process_.paused_until, when);
    process_.disturb(when);
}

void fleet_worker::starve_one_until(instant when) {
    const auto which = around_.in.draw() % (4 + slots_.size());
    switch (which) {
        case 0: session_loop_.thread().starve_until(when); break;
        case 1: trust_loop_.thread().starve_until(when); break;
        case 2: lease_loop_.thread().starve_until(when); break;
        case 3: item_loop_.thread().starve_until(when); break;
        default: slots_[which - 4]->thread.starve_until(when);
    }
}

/// As worker.cpp's loops: a failure of the database is waited out.
instant fleet_worker::after(const std::function<steady_time()>& step, const char* what) {
    try {
        return time_.true_time(step());
    } catch (const sql_failure& failure) {
        around_.in.trace(process_.name, what, [&] { return std::string{failure.what()}; });
        const bool stale = failure.sqlstate() == "23503" || failure.sqlstate() == "23505";
        if (failure.kind() == sql_failure_kind::refused && !stale) {
            around_.fail(invariant::reports_are_true, failure.what());
        }
    }
    return around_.in.now() + in_us(beat_again_after(around_.how.options.session.ttl));
}

instant fleet_worker::beat() {
    session_loop_.thread().yield();
    return after(
        [this] {
            const auto seat = sessions_.current();
            if (seat && around_.planted_one == mutation::trust_from_the_answer) {
                session_calls_.answer_known(session_calls_.ask(seat->id));
            }
            return sessions_.tick();
        },
        "heartbeat failed");
}

instant fleet_worker::watch_trust() {
    trust_loop_.thread().yield();
    const auto held = book_.session();
    const auto seat = sessions_.current();
    if (held && (!seat || seat->id != *held)) {
        session_ended(*held, session_end::untrusted);
    }
    const auto again = time_.now() + around_.how.options.session.margin / 4;
    return time_.true_time(seat ? std::min(seat->trust.ends_at(), again) : again);
}

instant fleet_worker::follow_parts() {
    lease_loop_.thread().yield();
    return after([this] { return leases_.tick(); }, "parts failed");
}

instant fleet_worker::run_items() {
    item_loop_.thread().yield();
    return after([this] { return runner_.tick(); }, "items failed");
}

void fleet_worker::session_began(const session_id& id) {
    counters_.count_session();
    book_.begin(id);
    seats_.push_back(id);
    around_.in.trace(process_.name, "began", [&] { return brief(id); });
    lease_loop_.wake();
}

void fleet_worker::session_ended(const session_id& id, session_end why) {
    if (around_.planted_one == mutation::handlers_are_not_told || !book_.end(id)) {
        return;
    }
    around_.in.trace(process_.name, "ended", [&] {
        return brief(id) + (why == session_end::gone ? " gone" : " untrusted");
    });
}

void fleet_worker::granted(const session_id& me, const std::vector<lease>& leases) {
    lease_loop_.thread().yield();
    ways_.note(leases);
    book_.grant(me, leases);
    if (!leases.empty()) {
        item_loop_.wake();
    }
}

void fleet_worker::told(const queue_settings& settings) {
    book_.pause(settings.paused);
    runner_.told(settings);
    item_loop_.wake();
}

bool fleet_worker::vacate(const session_id& me, part_id part) {
    const auto& times = around_.how.options;
    const auto drain = draining_ ? times.work.drain : times.leases.drain;
    const bool empty =
        book_.vacate(me, part, time_.now(), {.drain = drain, .stop_grace = times.work.stop_grace});
    if (!empty) {
        item_loop_.wake();
    }
    return empty || around_.planted_one == mutation::gives_under_claims;
}

void fleet_worker::drain() {
    if (std::exchange(draining_, true)) {
        return;
    }
    around_.in.trace(process_.name, "drains");
    drainer_.start([this] { drain_in_background(); });
}

void fleet_worker::drain_in_background() {
    sessions_.retire();
    book_.stop_claiming();
    leases_.leave();
    const auto& times = around_.how.options.work;
    const auto deadline =
        around_.in.now() + in_us(times.drain) + in_us(times.stop_grace) + leave_patience;
    while (around_.in.now() < deadline && !(leases_.has_left() && book_.is_empty())) {
        item_loop_.wake();
        lease_loop_.wake();
        drainer_.rest(10 * us_per_ms);
    }
    for (auto* one : {&item_loop_, &lease_loop_, &session_loop_, &trust_loop_}) {
        one->stop();
        while (!one->has_ended()) {
            drainer_.rest(us_per_ms);
        }
    }
    over_ = true;
    around_.in.trace(process_.name, "is over");
}

void fleet_worker::look() {
    const auto before = seat_ ? std::optional{seat_->id} : std::nullopt;
    seat_ = sessions_.current();
    if (before && (!seat_ || seat_->id != *before)) {
        disbelieved_.emplace_back(*before, around_.in.now());
    }
    if (seat_ && (!before || seat_->id != *before)) {
        story_ = around_.follows.find(seat_->id);
    }
}

std::optional<instant> fleet_worker::disbelieved_since(const session_id& session) const {
    for (const auto& [id, since] : disbelieved_) {
        if (id == session) {
            return since;
        }
    }
    return std::nullopt;
}

}  // namespace leasehold::model
