#include "worker/mode_keeper.hpp"

#include "worker/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace leasehold {

namespace {

/// While something stands against it: a look costs a probe of each part in doubt.
constexpr milliseconds pause{500};

std::vector<part_id> in_both(const std::vector<part_id>& some, const std::vector<part_id>& others) {
    std::vector<part_id> both;
    std::set_intersection(some.begin(), some.end(), others.begin(), others.end(),
                          std::back_inserter(both));
    return both;
}

}  // namespace

steady_time mode_keeper::tick(const session_id& me, const std::vector<part_id>& helped) {
    settle(me);
    const auto now = time_.now();
    const auto changes = ways_.changes();
    if (changes == changes_seen_ && now < look_at_) {
        return look_at_;
    }
    look_at_ = now + pause;  // first: what fails is tried again no sooner
    const auto own = book_.own_parts();
    if (settings_.claims == claim_mode::row) {
        use_rows(me, own);
    } else {
        std::vector<part_id> wanted;
        for (const auto part : ways_.those(claim_mode::row, own)) {
            if (!std::binary_search(helped.begin(), helped.end(), part)) {
                wanted.push_back(part);
            }
        }
        if (!wanted.empty()) {
            use_leases(me, wanted);
        }
    }
    changes_seen_ = changes;
    return look_at_;
}

void mode_keeper::use_leases(const session_id& me, const std::vector<part_id>& parts) {
    std::vector<lease> leases;
    try {
        leases = calls_.claim_by_lease(me, parts);
    } catch (const sql_failure& failure) {
        note_unsure(failure, parts);
        throw;
    }
    if (!leases.empty()) {
        ways_.note(leases);
        log().debug("claims by lease parts={} session={}", leases.size(), to_text(me));
    }
}

bool mode_keeper::use_rows(const session_id& me, const std::vector<part_id>& parts) {
    settle(me);
    const auto leased = ways_.those(claim_mode::lease, parts);
    if (leased.empty()) {
        return false;
    }
    write_down(me, leased);
    log().debug("claims on rows parts={} session={}", leased.size(), to_text(me));
    return true;
}

void mode_keeper::write_down(const session_id& me, const std::vector<part_id>& parts) {
    book_.release_waiting_in(parts);
    try {
        calls_.claim_by_row(me, parts, book_.shown_by_lease(parts));
    } catch (const sql_failure& failure) {
        note_unsure(failure, parts);
        throw;
    }
    ways_.leave_leases(parts);
}

void mode_keeper::note_unsure(const sql_failure& failure, const std::vector<part_id>& parts) {
    if (failure.kind() == sql_failure_kind::in_doubt) {
        unsure_ = parts;
    }
}

void mode_keeper::settle(const session_id& me) {
    if (unsure_.empty()) {
        return;
    }
    // Of another session these parts are another lease, and of parts given away nothing is asked.
    if (const auto own = in_both(unsure_, book_.own_parts()); !own.empty()) {
        write_down(me, own);
    }
    unsure_.clear();
}

}  // namespace leasehold
