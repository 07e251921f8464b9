#include "worker/notice_listener.hpp"

#include "base/backoff.hpp"
#include "sql/sql_failure.hpp"
#include "worker/log.hpp"

#include <algorithm>
#include <utility>

namespace leasehold {

namespace {

/// Between two tellings that the plan changed.
constexpr milliseconds plan_gap{50};

/// A wait ends when there is news, so this only says how often an idle thread turns over.
constexpr milliseconds idle_wait{60'000};

}  // namespace

void notice_listener::start() {
    thread_ = std::jthread{[this] { listen(); }};
}

void notice_listener::request_stop() noexcept {
    stopped_ = true;
    calls_.interrupt();
}

void notice_listener::stop() noexcept {
    request_stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void notice_listener::listen() {
    constexpr milliseconds first{200};
    constexpr milliseconds longest{10'000};
    while (!stopped_) {
        try {
            listen_once();
        } catch (const sql_failure& failure) {
            calls_.close();
            if (failure.kind() == sql_failure_kind::refused) {
                log().info("no notices, polling goes on reason=\"{}\"", failure.what());
                return;
            }
            if (++failures_ == 1 && !stopped_) {
                log().info("notices interrupted, polling goes on reason=\"{}\"", failure.what());
            }
            // An interrupt ends it early, and a step too early does no harm.
            if (!stopped_) {
                calls_.wait(full_jitter(first, longest, failures_, random_fraction()));
            }
        }
    }
    calls_.close();
}

void notice_listener::listen_once() {
    calls_.open();
    failures_ = 0;
    tell({.everything = true});
    while (!stopped_) {
        news all;
        for (const auto& notice : calls_.wait(patience())) {
            add_notice(all, notice);
        }
        tell(std::move(all));
    }
}

void notice_listener::tell(news all) {
    const auto now = time_.now();
    plan_waits_ = plan_waits_ || all.plan;
    all.plan = plan_waits_ && now >= plan_told_at_ + plan_gap;
    if (all.plan || all.everything) {
        plan_told_at_ = now;
        plan_waits_ = false;
    }
    if (!all.is_empty()) {
        hears_.heard(all);
    }
}

milliseconds notice_listener::patience() const {
    if (!plan_waits_) {
        return idle_wait;
    }
    const auto left = plan_told_at_ + plan_gap - time_.now();
    return std::chrono::ceil<milliseconds>(std::max(left, steady_time::duration{0}));
}

}  // namespace leasehold
