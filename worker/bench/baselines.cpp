// The queues in one table that Leasehold is measured beside, each as its users write it.

#include "worker/bench/baselines.hpp"

#include "worker/bench/drainer_team.hpp"
#include "worker/bench/interrupt.hpp"
#include "worker/bench/job_drainers.hpp"
#include "worker/bench/jobs_store.hpp"

#include <algorithm>
#include <stdexcept>

namespace leasehold::bench {

namespace {

class baseline final : public contender {
public:
    baseline(const job_scheme& scheme, ground& place, int payload_bytes)
        : scheme_(scheme), place_(place), payload_bytes_(payload_bytes) {}

    std::string name() const override { return scheme_.name; }
    bool takes_batches() const override { return scheme_.takes_batches; }

    void prepare(const extent& size) override {
        place_.run([](transaction& tx) {
            if (!has_jobs(tx)) {
                make_jobs(tx);
            }
            empty_jobs(tx);
        });
        constexpr std::int64_t chunk = 20'000;  // between looks whether to go on
        for (auto wanted = size.items; wanted > 0; wanted -= chunk) {
            check(place_.asked());
            place_.run(
                [&](transaction& tx) { fill_jobs(tx, std::min(wanted, chunk), payload_bytes_); });
        }
        place_.run([](transaction& tx) { analyze_jobs(tx); });
    }

    std::unique_ptr<team> line_up(const extent& size, tally& book) override {
        return std::make_unique<drainer_team>(
            size.workers,
            [this, size](int worker) { return scheme_.make(place_.where(), worker, size.batch); },
            book);
    }

    std::int64_t left() override {
        return place_.run([](transaction& tx) { return jobs_left(tx); });
    }

private:
    const job_scheme& scheme_;
    ground& place_;
    int payload_bytes_;
};

}  // namespace

const std::vector<baseline_name>& baseline_names() {
    static const auto names = [] {
        std::vector<baseline_name> made;
        for (const auto& one : job_schemes()) {
            made.push_back({one.name, one.what});
        }
        return made;
    }();
    return names;
}

std::unique_ptr<contender> make_baseline(const std::string& name, ground& place,
                                         int payload_bytes) {
    const auto& all = job_schemes();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const job_scheme& one) { return one.name == name; });
    if (found == all.end()) {
        throw std::logic_error("there is no baseline " + name);
    }
    return std::make_unique<baseline>(*found, place, payload_bytes);
}

}  // namespace leasehold::bench
