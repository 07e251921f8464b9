#include "worker/bench/worker_team.hpp"

#include <stdexcept>
#include <thread>

namespace leasehold::bench {

namespace {

/// Notes which claims were ended, by their answers.
class ends final : public work_events {
public:
    explicit ends(work_log& log) : log_(log) {}

    void claim_ended(const claim& /*one*/, claim_end asked, ack_result answer) override {
        if (asked == claim_end::completed && answer == ack_result::acknowledged) {
            log_.completed(1);
        }
    }

private:
    work_log& log_;
};

handler handler_for(milliseconds time, work_log& log) {
    return external_handler{[time, &log](const claim& one, std::stop_token) -> outcome {
        log.handled(one.held.id);
        if (time.count() > 0) {
            std::this_thread::sleep_for(time);
        }
        return complete{};
    }};
}

std::int64_t aborts_of(const work_summary& done) {
    return done.serialization_retries + done.help_retries;
}

}  // namespace

worker_team::worker_team(own_queue& queue, const extent& size, const worker_options& options,
                         milliseconds handler, tally& book)
    : queue_(queue), items_(size.items), book_(book) {
    for (int i = 0; i < size.workers; ++i) {
        auto& log = book.of(i);
        workers_.push_back(std::make_unique<worker>(queue.place().text(), queue.info().name,
                                                    handler_for(handler, log), options,
                                                    std::make_shared<ends>(log)));
        workers_.back()->start();
    }
    queue.await_settled(size.workers);
    for (const auto& one : workers_) {
        aborts_before_.push_back(aborts_of(one->summary()));
    }
}

void worker_team::start() { queue_.resume(); }

bool worker_team::is_over() {
    for (const auto& one : workers_) {
        if (one->failure()) {
            return true;
        }
    }
    return book_.completed() >= items_;
}

void worker_team::stop() {
    for (const auto& one : workers_) {
        one->request_drain();
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        auto& one = *workers_[i];
        one.drain();
        book_.of(static_cast<int>(i)).aborted(aborts_of(one.summary()) - aborts_before_[i]);
        if (const auto failure = one.failure()) {
            throw std::runtime_error(*failure);
        }
    }
    workers_.clear();
}

}  // namespace leasehold::bench
