#include "worker/slot_runner.hpp"

#include "base/backoff.hpp"
#include "base/text.hpp"
#include "base/utf8_text.hpp"
#include "worker/log.hpp"

#include <exception>
#include <memory>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace leasehold {

namespace {
constexpr const char* no_exception = "the handler threw something that is no exception";
}

slot_runner::slot_runner(dsn where, const queue_info& queue, handler handle, claim_book& book,
                         claim_gate& gate, const session_keeper& sessions, work_counters& counters,
                         work_events& events, const clock& time)
    : where_(std::move(where)),
      queue_(queue),
      handle_(std::move(handle)),
      book_(book),
      gate_(gate),
      sessions_(sessions),
      counters_(counters),
      events_(events),
      time_(time) {}

void slot_runner::work_off(const std::function<void()>& on_outcome) {
    auto now = time_.now();
    while (const auto one = book_.start_next(now)) {
        run_one(*one);
        on_outcome();
        now = one->ended_at;
    }
}

void slot_runner::run_one(run& one) {
    // Nothing is started without trust (I5): the claim may be somebody else's already.
    if (!is_trusted(one)) {
        end_outside(one, release{});
        return;
    }
    if (const auto* external = std::get_if<external_handler>(&handle_)) {
        end_outside(one, run_external(*external, one));
    } else if (const auto* inside = std::get_if<transactional_handler>(&handle_)) {
        run_transactional(*inside, one);
    } else {
        run_recording(std::get<recording_handler>(handle_), one);
    }
}

outcome slot_runner::failed(const run& one, const std::exception& error) const {
    if (one.stop.stop_requested()) {
        return release{};
    }
    log().warn("handler failed item={} attempt={} error=\"{}\"", to_text(one.held.held.id),
               one.held.held.attempt, printable(one_line(error.what())));
    return retry{.error = error.what()};
}

outcome slot_runner::run_external(const external_handler& work, const run& one) const {
    try {
        return work(one.held, one.stop.get_token());
    } catch (const std::exception& error) {
        return failed(one, error);
    } catch (...) {
        return failed(one, std::runtime_error(no_exception));
    }
}

void slot_runner::run_transactional(const transactional_handler& work, run& one) {
    int runs = 0;
    acknowledge_inside(one, [&](transaction& tx) {
        if (++runs > 1 && one.stop.stop_requested()) {
            throw std::runtime_error("told to stop before it could run again");
        }
        return work(tx.raw(), one.held, one.stop.get_token());
    });
}

void slot_runner::run_recording(const recording_handler& work, run& one) {
    recorded_outcome made;
    try {
        made = work(one.held, one.stop.get_token());
    } catch (const std::exception& error) {
        made = {.wish = failed(one, error)};
    } catch (...) {
        made = {.wish = failed(one, std::runtime_error(no_exception))};
    }
    if (!made.record) {
        end_outside(one, std::move(made.wish));
        return;
    }
    acknowledge_inside(one, [&](transaction& tx) {
        made.record(tx.raw());
        return made.wish;
    });
}

void slot_runner::acknowledge_inside(run& one,
                                     const std::function<outcome(transaction&)>& effects) {
    auto own = borrow();
    try {
        acknowledge_patiently(*own, one, effects);
    } catch (const std::exception& error) {
        end_outside(one, failed(one, error));
    } catch (...) {
        end_outside(one, failed(one, std::runtime_error(no_exception)));
    }
    give_back(std::move(own));
}

/// A server that is away is not the handler's failure: the effects are made again, no attempt is
/// spent, for as long as the claim is ours.
void slot_runner::acknowledge_patiently(connection& own, run& one,
                                        const std::function<outcome(transaction&)>& effects) {
    constexpr milliseconds first{50};
    constexpr milliseconds longest{2'000};
    outcome wish = complete{};
    const auto again = [&](transaction& tx) {
        wish = effects(tx);
        if (one.cancelled) {
            wish = unless_cancelled(std::move(wish), cancelled_while_running);
        }
        return wish;
    };
    acknowledger ender{
        own,
        counters_.items,
        queue_,
        {.pass = [this] { return std::make_shared<std::shared_lock<claim_gate>>(gate_); },
         // A claim that was released under its handler is no longer held either, and says nothing
         // of what became of this transaction.
         .session_stands = [&] { return is_trusted(one) && book_.is_running(one); }}};
    for (int tries = 1;; ++tries) {
        try {
            report(one, wish, ender.acknowledge_with(one.held, again));
            return;
        } catch (const sql_failure& failure) {
            if (failure.kind() == sql_failure_kind::refused) {
                throw;
            }
            if (!is_trusted(one) || one.stop.stop_requested()) {
                end_outside(one, release{});
                return;
            }
            log().warn("acknowledgement interrupted item={} reason=\"{}\"",
                       to_text(one.held.held.id), failure.what());
        }
        std::this_thread::sleep_for(full_jitter(first, longest, tries, random_fraction()));
    }
}

void slot_runner::report(run& one, const outcome& wish, const ack_report& what) {
    events_.claim_ended(one.held, asked_end(what.change), what.result);
    const bool ours = book_.finish_acknowledged(one, time_.now());
    if (ours || what.result == ack_result::acknowledged) {
        counters_.count(what.result, wish, what.change);
        counters_.count_work(one.held.held.part);
    }
    if (ours) {
        book_.forget(one.held);  // counted first: an empty book may be the end of the worker
    }
    if (what.result != ack_result::acknowledged) {
        log().error("{} item={}",
                    what.result == ack_result::lost ? "claim lost" : "acknowledgement unknown",
                    to_text(one.held.held.id));
    }
}

bool slot_runner::is_trusted(const run& one) const {
    const auto seat = sessions_.current();
    return seat && seat->id == one.held.session;
}

/// Leaves the acknowledgement to the runner's next batch.
void slot_runner::end_outside(run& one, outcome wish) {
    if (!book_.finish(one, std::move(wish), time_.now())) {
        counters_.count_lost();
        log().error("claim lost item={} reason=\"released while its handler ran\"",
                    to_text(one.held.held.id));
    }
}

std::unique_ptr<connection> slot_runner::borrow() {
    {
        const std::scoped_lock lock{idle_mutex_};
        if (!idle_.empty()) {
            auto own = std::move(idle_.back());
            idle_.pop_back();
            return own;
        }
    }
    return std::make_unique<connection>(where_,
                                        connect_options{.application_name = "leasehold handler",
                                                        .statement_timeout = std::nullopt,
                                                        .index_scans_only = false,
                                                        .holds_guard = true});
}

void slot_runner::give_back(std::unique_ptr<connection> used) {
    const std::scoped_lock lock{idle_mutex_};
    idle_.push_back(std::move(used));
}

}  // namespace leasehold
