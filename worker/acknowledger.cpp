#include "worker/acknowledger.hpp"

#include "base/backoff.hpp"
#include "session/session_store.hpp"
#include "worker/log.hpp"

#include <array>
#include <exception>
#include <thread>

namespace leasehold {

namespace {

/// Ends a transaction whose claim turned out to be lost; never leaves this file.
class claim_lost : public std::exception {};

}  // namespace

/// After a COMMIT without an answer. A claim that is still held says that nothing was committed.
/// One that is not, under a session that never expired, was ended by us: nobody else could.
std::vector<acknowledger::trace> acknowledger::look_back(std::span<const ack_request> requests) {
    return run_transaction(on_, counters_, [&](transaction& tx) {
        const auto held = still_held(tx, queue_, requests);
        std::vector<trace> found;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            if (held[i]) {
                found.push_back(trace::still_held);
            } else {
                found.push_back(session_stands(tx, requests[i].held.session) ? trace::ended_by_us
                                                                             : trace::none);
            }
        }
        return found;
    });
}

/// As look_back(), while the server may be away for a while.
/// @return nothing when it stayed away
std::optional<std::vector<acknowledger::trace>> acknowledger::look_back_patiently(
    std::span<const ack_request> requests) {
    constexpr int looks_max = 12;
    constexpr milliseconds first{50};
    constexpr milliseconds longest{2'000};
    for (int look = 1; look <= looks_max; ++look) {
        try {
            return look_back(requests);
        } catch (const sql_failure& failure) {
            log().warn("cannot look back yet items={} reason=\"{}\"", requests.size(),
                       failure.what());
        }
        std::this_thread::sleep_for(full_jitter(first, longest, look, 1.0));
    }
    return std::nullopt;
}

std::vector<ack_result> acknowledger::resolved(std::span<const ack_request> requests,
                                               const sql_failure& doubt) {
    log().warn("acknowledgement in doubt items={} reason=\"{}\"", requests.size(), doubt.what());
    std::vector<ack_result> results(requests.size(), ack_result::unknown);
    const auto found = look_back_patiently(requests);
    for (std::size_t i = 0; found && i < requests.size(); ++i) {
        if ((*found)[i] == trace::still_held) {
            // One COMMIT for all, and it did not happen: as if it had never been sent.
            throw sql_failure(sql_failure_kind::reconnect, doubt.sqlstate(), doubt.what());
        }
        if ((*found)[i] == trace::ended_by_us) {
            results[i] = ack_result::acknowledged;
        }
    }
    return results;
}

std::vector<ack_report> acknowledger::acknowledge_all(const std::vector<finished_run>& ended) {
    std::vector<ack_request> requests;
    std::vector<ack_report> reports;
    for (const auto& one : ended) {
        auto change = decided(one.wish, one.held.held, queue_.retries, random_fraction());
        requests.push_back({one.held, change});
        reports.push_back({ack_result::unknown, std::move(change)});
    }
    std::vector<ack_result> results;
    try {
        results = run_transaction(on_, counters_, [&](transaction& tx) {
            return acknowledge(tx, queue_, requests);
        });
    } catch (const sql_failure& failure) {
        if (failure.kind() != sql_failure_kind::in_doubt) {
            throw;
        }
        results = resolved(requests, failure);
    }
    for (std::size_t i = 0; i < reports.size(); ++i) {
        reports[i].result = results[i];
    }
    return reports;
}

ack_report acknowledger::acknowledge_with(const claim& held,
                                          const std::function<outcome(transaction&)>& effects) {
    ack_report report;
    try {
        run_transaction(on_, counters_, [&](transaction& tx) {
            report.change = decided(effects(tx), held.held, queue_.retries, random_fraction());
            // Only now: the handler's own statements are planned as it likes.
            tx.prefer_index_lookups();
            const std::array<ack_request, 1> request{ack_request{held, report.change}};
            if (acknowledge(tx, queue_, request).front() == ack_result::lost) {
                throw claim_lost{};
            }
        });
        report.result = ack_result::acknowledged;
    } catch (const claim_lost&) {
        report.result = ack_result::lost;
    } catch (const sql_failure& failure) {
        if (failure.kind() != sql_failure_kind::in_doubt) {
            throw;
        }
        const std::array<ack_request, 1> request{ack_request{held, report.change}};
        report.result = resolved(request, failure).front();
    }
    return report;
}

}  // namespace leasehold
