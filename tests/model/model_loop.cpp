#include "tests/model/fleet_worker.hpp"

namespace leasehold::model {

void model_loop::start(std::function<instant()> step) {
    actor_.start([this, step = std::move(step)] {
        while (!stopped_) {
            // Cleared first: a wake that comes while the step runs leads to another step.
            woken_ = false;
            const auto next = step();
            if (!woken_ && !stopped_) {
                idle_ = true;
                actor_.wait_until(next);
                idle_ = false;
            }
        }
        ended_ = true;
    });
}

void model_loop::stop() {
    stopped_ = true;
    wake();
}

void model_loop::wake() {
    woken_ = true;
    if (idle_) {
        actor_.wake();
    }
}

}  // namespace leasehold::model
