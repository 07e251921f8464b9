#pragma once

#include <leasehold/worker.hpp>

#include <chrono>

namespace leasehold::test {

/// Short times, so that a crash is over within a second or two.
inline worker_options quick_worker(int slots = 2) {
    using namespace std::chrono_literals;
    return {.session = {.ttl = 1500ms, .margin = 500ms},
            .leases = {.watch = 100ms, .settle = 20ms, .drain = 500ms},
            .work = {.slots = slots, .poll = 20ms, .drain = 2s}};
}

}  // namespace leasehold::test
