#include "worker/item_calls.hpp"

#include "worker/log.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace leasehold {

void claimed::take(part_id part, claimed_items some) {
    add({.claims = std::move(some.claims),
         .more = some.more ? std::vector<part_id>{part} : std::vector<part_id>{}});
}

void claimed::add(claimed others) {
    more.insert(more.end(), others.more.begin(), others.more.end());
    if (claims.empty()) {
        claims = std::move(others.claims);
        return;
    }
    claims.insert(claims.end(), std::make_move_iterator(others.claims.begin()),
                  std::make_move_iterator(others.claims.end()));
}

bool was_claimed(item_calls& calls, doubtful<claimed>& made, const session_id& me,
                 const std::vector<part_id>& parts, const claim_book& book,
                 const std::function<bool()>& trusted) {
    constexpr milliseconds pause{100};
    log().warn("claim in doubt session={} reason=\"{}\"", to_text(me), made.doubt->what());
    static_cast<void>(resolved_fate(calls, made.sender, {}, trusted));
    while (trusted()) {
        try {
            // What is known before the look was not claimed just now, and may end after it.
            const auto known = book.known();
            auto& claims = made.answer.claims;
            claims = calls.held(me, parts);
            std::erase_if(claims, [&](const claim& one) { return known.contains(key_of(one)); });
            made.answer.more = parts;
            return !claims.empty();
        } catch (const sql_failure& failure) {
            log().warn("cannot look yet what was claimed reason=\"{}\"", failure.what());
            calls.wait(pause);
        }
    }
    return false;
}

}  // namespace leasehold
