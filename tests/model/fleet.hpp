#pragma once

#include "tests/model/scenario.hpp"
#include "tests/model/server.hpp"

#include <leasehold/item.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace leasehold::model {

class fleet_worker;

/// What all workers of a run share: the server, the ledger, and the jobs behind the items.
struct surroundings {
    world& in;
    setting how;
    mutation planted_one;
    ledger follows;
    server database;
    std::unordered_map<item_id, job> jobs{};
    std::optional<broken> failure{};  ///< found inside a fiber, which must not swallow it

    surroundings(world& world_of_it, setting numbers, mutation what);
    void fail(invariant what, const std::string& how_so);
};

/// Workers come and go.
class fleet {
public:
    explicit fleet(surroundings& around);
    ~fleet();

    /// Under a name that nobody had before.
    void join();
    void crash(fleet_worker& who);
    /// Drains it, and starts another under its name.
    void restart(fleet_worker& who);
    /// An operator's doing.
    void evict(fleet_worker& who);
    void cordon(fleet_worker& who, bool cordoned);
    void uncordon_all();
    /// A worker in its prime, by chance; nothing when there is none.
    fleet_worker* any();
    std::size_t in_prime() const;

    /// @throws broken
    void check();
    /// @return what is still not as the plan and the sessions have it; empty when all is
    std::string unsettled_parts() const;
    bool is_busy() const;
    /// At the end. @throws broken when a worker's counts are not what the database did
    void check_reports() const;
    /// At any time. @throws broken when a worker counts what the database has not done
    void check_reports_so_far() const;

private:
    struct tally {
        std::int64_t done = 0;  ///< by the database
        std::int64_t sure = 0;
        std::int64_t unknown = 0;
    };
    tally count(const fleet_worker& one) const;
    [[noreturn]] static void report_is_wrong(const fleet_worker& one, const tally& made);
    void join_as(const process_identity& who);
    void join_soon(const process_identity& who);
    void notice_death(const fleet_worker& who);
    void check_trust(const fleet_worker& one) const;

    surroundings& around_;
    std::vector<std::unique_ptr<fleet_worker>> workers_;
};

}  // namespace leasehold::model
