#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/ground.hpp"

#include <leasehold/options.hpp>
#include <leasehold/queue.hpp>

#include <memory>
#include <string>
#include <vector>

namespace leasehold::bench {

/// How the workers of our own side are set.
struct own_options {
    int parts{64};
    int slots{4};  ///< of each worker; never more than its batch
    int payload_bytes{100};
    milliseconds handler{0};  ///< that it sleeps for each item; 0: does nothing
    worker_options worker{};  ///< what else is to be as the user said
};

/// The ways in which a queue's claims can be kept: see claim_mode.
const std::vector<std::string>& claim_modes();

/// A queue of a bench, and what is in it.
class own_queue {
public:
    own_queue(ground& place, const std::string& name, int parts, claim_mode mode = claim_mode::row)
        : place_(place), info_(place.make_queue(name, parts, mode)) {}

    const queue_info& info() const noexcept { return info_; }
    ground& place() noexcept { return place_; }

    /// Nothing but so many fresh items, due now.
    void fill(std::int64_t items, int payload_bytes);
    void pause();
    void resume();
    /// Until so many sessions have all their parts.
    /// @throws std::runtime_error when that does not come
    void await_settled(int sessions);
    std::int64_t left();

private:
    ground& place_;
    queue_info info_;
};

/// Our own workers, as a service embeds them, on a queue of the bench's own. A batch is
/// `work.claims_max`.
std::unique_ptr<contender> make_own_contender(ground& place, const std::string& mode,
                                              const own_options& options);

}  // namespace leasehold::bench
