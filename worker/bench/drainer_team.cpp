#include "worker/bench/drainer_team.hpp"

#include "sql/sql_failure.hpp"

#include <stdexcept>

namespace leasehold::bench {

drainer_team::drainer_team(int workers, const drainer_factory& make, tally& book)
    : ready_(workers), at_work_(workers), drainers_(static_cast<std::size_t>(workers)) {
    for (int worker = 0; worker < workers; ++worker) {
        threads_.emplace_back([this, worker, make, &book] { work(worker, make, book.of(worker)); });
    }
    ready_.wait();
    if (failure_) {
        ends_ = true;
        start();
        throw_failure();
    }
}

drainer_team::~drainer_team() {
    ends_ = true;
    start();
}

void drainer_team::start() {
    if (!started_.exchange(true)) {
        line_.count_down();
    }
}

void drainer_team::stop() {
    ends_ = true;
    start();
    threads_.clear();
    drainers_.clear();
    throw_failure();
}

void drainer_team::work(int worker, const drainer_factory& make, work_log& log) {
    auto& one = drainers_[static_cast<std::size_t>(worker)];
    try {
        one = make(worker);
    } catch (const std::exception& error) {
        fail(error.what());
    }
    ready_.count_down();
    line_.wait();
    try {
        if (one != nullptr) {
            drain(*one, log);
        }
    } catch (const std::exception& error) {
        fail(error.what());
    }
    --at_work_;
}

void drainer_team::drain(drainer& one, work_log& log) {
    while (!ends_) {
        switch (one.take(log)) {
            case drainer::turn::worked: break;
            case drainer::turn::refused: log.missed(); break;
            case drainer::turn::aborted: log.aborted(); break;
            case drainer::turn::empty:
                if (!one.any_left()) {
                    return;
                }
                log.missed();
                break;
        }
    }
}

void drainer_team::fail(const std::string& why) {
    const std::lock_guard lock{mutex_};
    if (!failure_) {
        failure_ = why;
    }
    ends_ = true;  // without one, the others would measure something else
}

void drainer_team::throw_failure() {
    const std::lock_guard lock{mutex_};
    if (failure_) {
        throw std::runtime_error(*failure_);
    }
}

}  // namespace leasehold::bench
