#include "parts/lease_rules.hpp"

namespace leasehold {

lease_step next_step(const part_view& part, const session_id& me, seat_state seat) noexcept {
    const bool held = part.owner && *part.owner == me;
    const bool mine = part.planned_for && *part.planned_for == me;
    const bool leaving = seat == seat_state::leaving;
    if (!held) {
        if (!mine || leaving) {
            return lease_step::ignore;
        }
        return part.owner ? lease_step::wait : lease_step::take;
    }
    if (part.planned_for && !mine && part.planned_is_live) {
        return lease_step::give;
    }
    // Planned for a session that has gone: whoever stays keeps the part at work until the next
    // plan, whoever leaves cannot wait for it.
    return leaving || !part.planned_for ? lease_step::let_go : lease_step::keep;
}

}  // namespace leasehold
