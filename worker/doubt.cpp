#include "worker/doubt.hpp"

#include "base/backoff.hpp"
#include "worker/log.hpp"

#include <thread>

namespace leasehold {

commit_fate resolved_fate(connection& on, const std::string& id,
                          const std::function<bool()>& worth_asking) {
    constexpr milliseconds first{20};
    constexpr milliseconds longest{1'000};
    for (int look = 1; worth_asking(); ++look) {
        try {
            const auto fate = read_snapshot(on, [&](transaction& tx) { return fate_of(tx, id); });
            if (fate != commit_fate::running) {
                return fate;
            }
        } catch (const sql_failure& failure) {
            log().warn("cannot ask yet what became of a COMMIT transaction={} reason=\"{}\"", id,
                       failure.what());
        }
        std::this_thread::sleep_for(full_jitter(first, longest, look, 1.0));
    }
    return commit_fate::unknown;
}

}  // namespace leasehold
