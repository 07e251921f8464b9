#include "worker/item_calls.hpp"

#include "worker/log.hpp"

#include <iterator>

namespace leasehold {

claimed claim_in_turn(const std::vector<part_id>& parts, int wanted,
                      const std::function<claimed_items(part_id, int)>& claim_some) {
    claimed made;
    for (const auto part : parts) {
        const int left = wanted - static_cast<int>(made.claims.size());
        if (left == 0) {
            made.untouched.push_back(part);
            continue;
        }
        auto some = claim_some(part, left);
        if (some.more) {
            made.more.push_back(part);
        }
        made.claims.insert(made.claims.end(), std::make_move_iterator(some.claims.begin()),
                           std::make_move_iterator(some.claims.end()));
    }
    return made;
}

bool was_claimed(item_calls& calls, doubtful<claimed>& made, const std::function<bool()>& trusted) {
    constexpr milliseconds pause{100};
    auto& claims = made.answer.claims;
    if (claims.empty()) {
        return false;
    }
    log().warn("claim in doubt transaction={} reason=\"{}\"", made.transaction, made.doubt->what());
    static_cast<void>(resolved_fate(calls, made.transaction, {}, trusted));
    while (trusted()) {
        try {
            claims = calls.still_held(claims);
            return !claims.empty();
        } catch (const sql_failure& failure) {
            log().warn("cannot look yet what was claimed reason=\"{}\"", failure.what());
            calls.wait(pause);
        }
    }
    return false;
}

}  // namespace leasehold
