#include "worker/slot_runner.hpp"

#include "base/text.hpp"
#include "worker/log.hpp"

#include <exception>
#include <optional>
#include <shared_mutex>
#include <utility>

namespace leasehold {

slot_runner::slot_runner(const dsn& where, const queue_info& queue, handler handle,
                         claim_book& book, claim_gate& gate, const session_keeper& sessions,
                         work_counters& counters, const clock& time)
    : where_(where),
      queue_(queue),
      handle_(std::move(handle)),
      book_(book),
      gate_(gate),
      sessions_(sessions),
      counters_(counters),
      time_(time) {}

void slot_runner::work_off(const std::function<void()>& on_outcome) {
    while (const auto one = book_.start_next(time_.now())) {
        run_one(*one);
        on_outcome();
    }
}

void slot_runner::run_one(const run& one) {
    // Nothing is started without trust (I5): the claim may be somebody else's already.
    const auto seat = sessions_.current();
    if (!seat || seat->id != one.held.session) {
        book_.finish(one, release{}, time_.now());
        return;
    }
    if (const auto* external = std::get_if<external_handler>(&handle_)) {
        auto wish = run_external(*external, one);
        if (!book_.finish(one, std::move(wish), time_.now())) {
            counters_.count_lost();
            log().error("claim lost item={} reason=\"released while its handler ran\"",
                        to_text(one.held.held.id));
        }
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
               one.held.held.attempt, one_line(error.what()));
    return retry{.error = error.what()};
}

outcome slot_runner::run_external(const external_handler& work, const run& one) const {
    try {
        return work(one.held, one.stop.get_token());
    } catch (const std::exception& error) {
        return failed(one, error);
    } catch (...) {
        return failed(one, std::runtime_error("the handler threw something that is no exception"));
    }
}

void slot_runner::run_transactional(const transactional_handler& work, const run& one) {
    acknowledge_inside(one, [&](transaction& tx) {
        return work(tx.raw(), one.held, one.stop.get_token());
    });
}

void slot_runner::run_recording(const recording_handler& work, const run& one) {
    recorded_outcome made;
    try {
        made = work(one.held, one.stop.get_token());
    } catch (const std::exception& error) {
        made = {.wish = failed(one, error)};
    } catch (...) {
        made = {.wish = failed(
                    one, std::runtime_error("the handler threw something that is no exception"))};
    }
    if (!made.record) {
        if (!book_.finish(one, std::move(made.wish), time_.now())) {
            counters_.count_lost();
        }
        return;
    }
    acknowledge_inside(one, [&](transaction& tx) {
        made.record(tx.raw());
        return made.wish;
    });
}

void slot_runner::acknowledge_inside(const run& one,
                                     const std::function<outcome(transaction&)>& effects) {
    auto own = borrow();
    outcome wish = complete{};
    int runs = 0;
    try {
        acknowledger ender{*own, counters_.items, queue_};
        // Taken after the effects, given back after COMMIT or ROLLBACK: see claim_gate.
        std::optional<std::shared_lock<claim_gate>> passage;
        const auto report = ender.acknowledge_with(one.held, [&](transaction& tx) {
            passage.reset();
            if (++runs > 1 && one.stop.stop_requested()) {
                throw std::runtime_error("told to stop before it could run again");
            }
            wish = effects(tx);
            passage.emplace(gate_);
            return wish;
        });
        passage.reset();
        book_.finish_acknowledged(one, time_.now());
        counters_.count(report.result, wish, report.change);
        if (report.result != ack_result::acknowledged) {
            log().error("claim {} item={}", report.result == ack_result::lost ? "lost" : "in doubt",
                        to_text(one.held.held.id));
        }
    } catch (const std::exception& error) {
        if (!book_.finish(one, failed(one, error), time_.now())) {
            counters_.count_lost();
        }
    } catch (...) {
        const std::runtime_error error("the handler threw something that is no exception");
        if (!book_.finish(one, failed(one, error), time_.now())) {
            counters_.count_lost();
        }
    }
    give_back(std::move(own));
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
                                                        .index_scans_only = false});
}

void slot_runner::give_back(std::unique_ptr<connection> used) {
    const std::scoped_lock lock{idle_mutex_};
    idle_.push_back(std::move(used));
}

}  // namespace leasehold
