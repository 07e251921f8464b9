#include "worker/doubt.hpp"

#include "base/backoff.hpp"
#include "items/claim_store.hpp"
#include "worker/log.hpp"

#include <thread>

namespace leasehold {

commit_fate doubt_database::fate(const std::string& transaction, std::span<const claim> ending) {
    return read_snapshot(on_, [&](leasehold::transaction& tx) {
        const auto remembered = fate_of(tx, transaction);
        const bool gone = remembered == commit_fate::running || ending.empty() ||
                          still_held(tx, queue_, ending).empty();
        return gone ? remembered : commit_fate::rolled_back;
    });
}

void doubt_database::wait(milliseconds time) { std::this_thread::sleep_for(time); }

commit_fate resolved_fate(doubt_calls& calls, const std::string& id, std::span<const claim> ending,
                          const std::function<bool()>& trusted) {
    constexpr milliseconds first{20};
    constexpr milliseconds longest{1'000};
    for (int look = 1; trusted(); ++look) {
        try {
            const auto fate = calls.fate(id, ending);
            // No longer held, and nobody else ends the claims of a session that stands.
            if (fate == commit_fate::unknown && !ending.empty() && trusted()) {
                return commit_fate::committed;
            }
            if (fate != commit_fate::running) {
                return fate;
            }
        } catch (const sql_failure& failure) {
            log().warn("cannot ask yet what became of a COMMIT transaction={} reason=\"{}\"", id,
                       failure.what());
        }
        calls.wait(full_jitter(first, longest, look, 1.0));
    }
    return commit_fate::unknown;
}

bool was_acknowledged(doubt_calls& calls, const sql_failure& doubt, const std::string& id,
                      std::span<const claim> ending, const std::function<bool()>& trusted) {
    log().warn("acknowledgement in doubt transaction={} reason=\"{}\"", id, doubt.what());
    const auto fate = resolved_fate(calls, id, ending, trusted);
    if (fate == commit_fate::rolled_back) {
        throw sql_failure(sql_failure_kind::reconnect, doubt.sqlstate(), doubt.what());
    }
    return fate == commit_fate::committed;
}

}  // namespace leasehold
