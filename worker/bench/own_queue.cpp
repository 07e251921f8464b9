#include "worker/bench/own_queue.hpp"

#include "parts/queue_store.hpp"
#include "worker/bench/interrupt.hpp"
#include "worker/bench/own_queue_store.hpp"
#include "worker/bench/worker_team.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace leasehold::bench {

namespace {

class own_contender final : public contender {
public:
    own_contender(ground& place, claim_mode mode, const own_options& options)
        : queue_(place, "leasehold_bench_" + std::string{to_text(mode)}, options.parts, mode),
          mode_(mode),
          options_(options) {}

    std::string name() const override { return "leasehold-" + std::string{to_text(mode_)}; }

    void prepare(const extent& size) override {
        queue_.pause();  // until the start
        queue_.fill(size.items, options_.payload_bytes);
    }

    std::unique_ptr<team> line_up(const extent& size, tally& book) override {
        auto options = options_.worker;
        options.work.slots = std::min(options_.slots, size.batch);
        options.work.claims_max = size.batch;
        return std::make_unique<worker_team>(queue_, size, options, options_.handler, book);
    }

    std::int64_t left() override { return queue_.left(); }
    int connections(int workers) const override { return workers * worker_team::connections_each; }

private:
    own_queue queue_;
    claim_mode mode_;
    own_options options_;
};

}  // namespace

const std::vector<std::string>& claim_modes() {
    static const std::vector<std::string> modes{"row", "lease"};
    return modes;
}

void own_queue::fill(std::int64_t items, int payload_bytes) {
    place_.run([&](transaction& tx) { empty_queue(tx, info_); });
    constexpr std::int64_t chunk = 20'000;  // between looks whether to go on
    for (auto wanted = items; wanted > 0; wanted -= chunk) {
        check(place_.asked());
        place_.run([&](transaction& tx) {
            fill_queue(tx, info_, std::min(wanted, chunk), payload_bytes);
        });
    }
    place_.run([&](transaction& tx) { analyze_queue(tx, info_); });
}

void own_queue::pause() {
    place_.run([&](transaction& tx) { set_paused(tx, info_.name, queue_pace::paused); });
}

void own_queue::resume() {
    place_.run([&](transaction& tx) { set_paused(tx, info_.name, queue_pace::working); });
}

void own_queue::await_settled(int sessions) {
    constexpr std::chrono::seconds patience{60};
    constexpr milliseconds pace{10};
    const auto until = machine_clock().now() + patience;
    while (!place_.run([&](transaction& tx) { return is_settled(tx, info_, sessions); })) {
        check(place_.asked());
        if (machine_clock().now() > until) {
            throw std::runtime_error("after " + std::to_string(patience.count()) + " s the " +
                                     std::to_string(sessions) +
                                     " workers of the bench had not divided the parts among them; "
                                     "is the server overloaded?");
        }
        std::this_thread::sleep_for(pace);
    }
}

std::int64_t own_queue::left() {
    return place_.run([&](transaction& tx) { return queue_left(tx, info_); });
}

std::unique_ptr<contender> make_own_contender(ground& place, const std::string& mode,
                                              const own_options& options) {
    return std::make_unique<own_contender>(place, claim_mode_from(mode), options);
}

}  // namespace leasehold::bench
