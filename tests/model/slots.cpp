// What slot_runner.cpp does, with handlers that only take time.

#include "tests/model/fleet_worker.hpp"

#include "base/backoff.hpp"
#include "items/claim_rules.hpp"
#include "tests/model/slot.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <stop_token>
#include <utility>

namespace leasehold::model {

namespace {
constexpr const char* claim_lost = "LOST0";  // no code of the server's
constexpr instant calm_handler_max = 20 * us_per_ms;
}  // namespace

void fleet_worker::start_slots() {
    tasks_ += slots_to_wake(book_.load(), time_.now());
    for (auto& one : slots_) {
        one->thread.wake();
    }
}

void fleet_worker::work_off(slot& here) {
    while (const auto one = book_.start_next(time_.now())) {
        here.thread.yield();
        ++busy_slots_;
        run_one(here, one);
        --busy_slots_;
        item_loop_.wake();
    }
}

bool fleet_worker::is_trusted(const run& one) const {
    const auto seat = sessions_.current();
    return seat && seat->id == one.held.session;
}

void fleet_worker::run_one(slot& here, const std::shared_ptr<run>& one) {
    if (!is_trusted(*one) && around_.planted_one != mutation::untrusted_starts) {
        end_outside(*one, release{});
        return;
    }
    const live_run live{one, around_.jobs.at(one->held.held.id)};
    look_at_start(live);
    if (live.does.of == kind::external) {
        const auto wish = handle(here, live);
        here.thread.yield();
        end_outside(*one, wish);
    } else {
        acknowledge_patiently(here, live, live.does.of == kind::transactional);
    }
}

void fleet_worker::look_at_start(const live_run& one) {
    const auto& held = one.what->held;
    const auto text = "item " + brief(held.held.id);
    if (!is_trusted(*one.what)) {
        around_.fail(invariant::i5_nothing_starts_untrusted, text + " began without trust");
    }
    if (!around_.follows.was_granted(held)) {
        around_.fail(invariant::i2_handler_under_claim,
                     text + " began with a claim that the database never granted");
    }
    if (!around_.follows.begins(held)) {
        around_.fail(invariant::i3_tokens_rise,
                     text + " began under a token that was shown before");
    }
    around_.in.trace(process_.name, "starts", [&] { return text; });
}

outcome fleet_worker::handle(slot& here, const live_run& one) {
    running_.push_back(one);
    auto wish = run_handler(here, one);
    std::erase_if(running_, [&](const live_run& other) { return other.what == one.what; });
    return wish;
}

/// The handler: takes its time, hears its stop token or does not, fails or ends the process.
outcome fleet_worker::run_handler(slot& here, const live_run& one) {
    auto& in = around_.in;
    const auto& stop = one.what->stop;
    const std::stop_callback told{stop.get_token(), [&here] { here.thread.wake(); }};
    // Once all is calm, what is left has to be done in a time that can be told beforehand.
    const auto lasts = in.calm() ? std::min(one.does.lasts, calm_handler_max) : one.does.lasts;
    const auto until = in.now() + lasts;
    if (lasts > in_us(around_.how.options.session.ttl)) {
        in.happened(fault::slow_handler, 0);
    }
    while (in.now() < until && !(one.does.listens && stop.stop_requested())) {
        here.thread.wait_until(until);
    }
    if (stop.stop_requested() && !one.does.listens) {
        in.happened(fault::deaf_handler, 0);
    }
    if (one.does.does == behaviour::poison && !stop.stop_requested()) {
        on_crash_(*this, one.what->held);
        for (;;) {
            here.thread.wait();
        }
    }
    try {
        return ends_well(one);
    } catch (const std::exception& error) {
        return stop.stop_requested() ? outcome{release{}} : outcome{retry{.error = error.what()}};
    }
}

outcome fleet_worker::ends_well(const live_run& one) {
    const auto attempt = one.what->held.held.attempt;
    const auto token_value = one.what->held.fence.value;
    if (one.does.listens && one.what->stop.stop_requested()) {
        return release{};
    }
    switch (one.does.does) {
        case behaviour::fails_first:
            if (attempt < 3) {
                around_.in.happened(fault::failing_handler, 0);
                throw std::runtime_error("fails at first");
            }
            break;
        case behaviour::snoozes_first:
            if (token_value < 2) {
                return snooze{milliseconds{around_.in.between(0, 500)}};
            }
            break;
        case behaviour::buries: return bury{"no use"};
        case behaviour::poison: return release{};  // told to stop before it struck
        case behaviour::completes: break;
    }
    return complete{};
}

void fleet_worker::acknowledge_patiently(slot& here, const live_run& one, bool runs_inside) {
    auto wish = handle(here, one);
    for (int tries = 1;; ++tries) {
        try {
            const auto made = acknowledge_with(here, *one.what, wish);
            report(*one.what, wish, made);
            return;
        } catch (const sql_failure& failure) {
            around_.in.trace(here.thread.name(), "interrupted",
                             [&] { return std::string{failure.what()}; });
            if (!is_trusted(*one.what) || one.what->stop.stop_requested()) {
                end_outside(*one.what, release{});
                return;
            }
        }
        here.thread.rest(
            in_us(full_jitter(milliseconds{5}, milliseconds{200}, tries, around_.in.fraction())));
        if (runs_inside) {
            wish = handle(here, one);
        }
    }
}

ack_report fleet_worker::acknowledge_with(slot& here, const run& one, outcome& wish) {
    if (one.cancelled) {
        wish = unless_cancelled(std::move(wish), cancelled_while_running);
    }
    ack_report report;
    report.change = decided(wish, one.held.held, around_.how.queue.retries, random_fraction());
    const bool leaves_rows = std::holds_alternative<complete>(wish);
    const bool keeps = around_.planted_one == mutation::lost_keeps_effects;
    const ack_request request{one.held, report.change};
    doubtful<ack_result> made;
    try {
        made = here.on.transact<ack_result>("effects", [=](tables& all, instant at) {
            if (leaves_rows) {
                all.effect_insert(request.held.held.id);
            }
            const std::array<ack_request, 1> alone{request};
            const auto result = all.acknowledge(alone, at).front();
            if (result == ack_result::lost && !keeps) {
                throw sql_failure(sql_failure_kind::refused, claim_lost, "rolled back");
            }
            return result;
        });
    } catch (const sql_failure& failure) {
        if (failure.sqlstate() != claim_lost) {
            throw;
        }
        report.result = ack_result::lost;
        return report;
    }
    report.result = made.answer;
    if (made.doubt &&
        (!was_acknowledged(here.doubts, *made.doubt, made.sender, std::array<claim, 1>{one.held},
                           [&] { return is_trusted(one) && book_.is_running(one); }) ||
         one.held.by_lease)) {
        report.result = ack_result::unknown;
    }
    return report;
}

void fleet_worker::report(run& one, const outcome& wish, const ack_report& what) {
    around_.in.trace(process_.name, "reports", [&] {
        constexpr std::array<const char*, 3> words{"acknowledged", "lost", "unknown"};
        return brief(one.held.held.id) + " " + words.at(static_cast<std::size_t>(what.result));
    });
    const bool ours = book_.finish_acknowledged(one, time_.now());
    if (ours || what.result == ack_result::acknowledged) {
        counters_.count(what.result, wish, what.change);
    } else if (what.result == ack_result::unknown) {
        ++unknown_uncounted_;
    }
    if (ours) {
        book_.forget(one.held);
    }
}

void fleet_worker::end_outside(run& one, outcome wish) {
    if (!book_.finish(one, std::move(wish), time_.now())) {
        counters_.count_lost();
    }
}

}  // namespace leasehold::model
