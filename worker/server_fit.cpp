#include "worker/server_fit.hpp"

#include "sql/commit_fate.hpp"
#include "sql/server_remarks.hpp"
#include "sql/sql_failure.hpp"
#include "sql/transaction.hpp"
#include "worker/log.hpp"

#include <mutex>
#include <string>

namespace leasehold {

namespace {

/// What outlasts a stall: until the next heartbeat after it is answered, half as long again.
milliseconds outlasting(milliseconds stall) { return stall * 3 / 2; }

}  // namespace

void suit_server(worker_options& options, sql_dialect server) {
    const auto& traits = traits_of(server);
    options.leases.notices = options.leases.notices && traits.notices;
    const auto& times = options.session;
    if (times.margin < traits.clocks_differ) {
        refuse("the margin is " + std::to_string(times.margin.count()) + " ms; on " +
               std::string{traits.name} + ", whose nodes' clocks may differ by " +
               std::to_string(traits.clocks_differ.count()) +
               " ms, it must be at least that; it is a fifth of the ttl unless told");
    }
    if (const auto outlasts = outlasting(traits.stall_seen); times.ttl < outlasts) {
        log().warn(
            "the ttl is {} ms: the loss of a node may stall the others for {} s, and a session "
            "whose heartbeats stall for a ttl expires; {} ms or more outlast that",
            times.ttl.count(), traits.stall_seen.count() / 1'000, outlasts.count());
    }
}

void remark_on_server(connection& on) {
    static std::once_flag said;
    if (const auto remark = server_remark(on); !remark.empty()) {
        std::call_once(said, [&] { log().warn("server: {}", remark); });
    }
}

void require_answer_to_doubts(connection& on) {
    if (traits_of(on.dialect()).keeps_track) {
        return;  // anybody may ask there; and any key may be the lock of somebody else
    }
    const char* const nobody = "0";
    static_cast<void>(
        read_hint(on, [&](transaction& tx) { return is_connection_ended(tx, nobody); }));
}

}  // namespace leasehold
