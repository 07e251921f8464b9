#include "worker/trace_keeper.hpp"

#include "base/backoff.hpp"

namespace leasehold {

namespace {

/// Workers that began together do not come together.
milliseconds spread(milliseconds about) {
    return std::chrono::duration_cast<milliseconds>(about / 2 + about * random_fraction());
}

}  // namespace

steady_time trace_keeper::tick() {
    const auto now = time_.now();
    if (!due_at_) {
        due_at_ = now + spread(interval_);
    }
    if (now >= *due_at_) {
        due_at_ = now + spread(interval_);  // first: what fails is tried again no sooner
        if (forget_traces_()) {
            due_at_ = now;
        }
    }
    return *due_at_;
}

}  // namespace leasehold
