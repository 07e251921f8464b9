#include "worker/doubt.hpp"

#include "base/backoff.hpp"
#include "items/claim_store.hpp"
#include "worker/log.hpp"

#include <thread>

namespace leasehold {

std::string sender_name(const connection& on) {
    const auto guard = on.guard();
    return guard ? std::to_string(*guard) : "";
}

commit_fate doubt_database::fate(const std::string& sender, std::span<const claim> ending) {
    // The look at the items comes later, in a transaction that sees whatever was committed.
    const bool over = sender.empty() || read_hint(on_, [&](transaction& tx) {
                          return is_connection_ended(tx, sender);
                      });
    if (!over) {
        return commit_fate::running;
    }
    const bool held =
        read_hint(on_, [&](transaction& tx) { return !still_held(tx, queue_, ending).empty(); });
    return held ? commit_fate::rolled_back : commit_fate::unknown;
}

void doubt_database::wait(milliseconds time) { std::this_thread::sleep_for(time); }

commit_fate resolved_fate(doubt_calls& calls, const std::string& sender,
                          std::span<const claim> ending, const std::function<bool()>& trusted) {
    constexpr milliseconds first{20};
    constexpr milliseconds longest{1'000};
    for (int look = 1; trusted(); ++look) {
        try {
            const auto fate = calls.fate(sender, ending);
            // No longer held, and nobody else ends the claims of a session that stands.
            if (fate == commit_fate::unknown && !ending.empty() && trusted()) {
                return commit_fate::committed;
            }
            if (fate != commit_fate::running) {
                return fate;
            }
        } catch (const sql_failure& failure) {
            log().warn("cannot ask yet what became of a COMMIT reason=\"{}\"", failure.what());
        }
        calls.wait(full_jitter(first, longest, look, 1.0));
    }
    return commit_fate::unknown;
}

bool was_acknowledged(doubt_calls& calls, const sql_failure& doubt, const std::string& sender,
                      std::span<const claim> ending, const std::function<bool()>& trusted) {
    log().warn("acknowledgement in doubt items={} reason=\"{}\"", ending.size(), doubt.what());
    const auto fate = resolved_fate(calls, sender, ending, trusted);
    if (fate == commit_fate::rolled_back) {
        throw sql_failure(sql_failure_kind::reconnect, doubt.sqlstate(), doubt.what());
    }
    return fate == commit_fate::committed;
}

}  // namespace leasehold
