#include "worker/server_fit.hpp"

#include "sql/server_remarks.hpp"
#include "sql/sql_failure.hpp"
#include "worker/log.hpp"

#include <mutex>
#include <string>

namespace leasehold {

namespace {

/// By which the clocks of a CockroachDB's nodes may differ, unless they were started with another
/// --max-offset; a node whose clock is further off ends itself.
constexpr milliseconds clocks_differ{500};

/// What outlasts the 6 s for which the loss of one node was seen to stall the others.
constexpr milliseconds outlasts_failover{9'000};

}  // namespace

void suit_server(worker_options& options, sql_dialect server) {
    if (server == sql_dialect::postgres) {
        return;
    }
    options.leases.notices = false;  // nobody can be told there
    const auto& times = options.session;
    if (times.margin < clocks_differ) {
        refuse("the margin is " + std::to_string(times.margin.count()) +
               " ms; on CockroachDB, whose nodes' clocks may differ by " +
               std::to_string(clocks_differ.count()) + " ms, it must be at least that");
    }
    if (times.ttl < outlasts_failover) {
        log().warn(
            "the ttl is {} ms: the loss of a node may stall the others for 6 s, and a session "
            "whose heartbeats stall for a ttl expires; {} ms or more outlast that",
            times.ttl.count(), outlasts_failover.count());
    }
}

void remark_on_server(connection& on) {
    static std::once_flag said;
    if (const auto remark = server_remark(on); !remark.empty()) {
        std::call_once(said, [&] { log().warn("server: {}", remark); });
    }
}

}  // namespace leasehold
