#include "worker/item_calls.hpp"

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

}  // namespace leasehold
