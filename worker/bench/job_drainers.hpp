#pragma once

#include "sql/dsn.hpp"
#include "worker/bench/drainer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::bench {

/// A way to share the rows of leasehold_bench.jobs among workers.
struct job_scheme {
    std::string name{};
    std::string what{};
    bool takes_batches{false};
    std::function<std::unique_ptr<drainer>(const dsn& where, int worker, int batch)> make{};
};

const std::vector<job_scheme>& job_schemes();

}  // namespace leasehold::bench
