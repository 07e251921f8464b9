#include "parts/lease_rules.hpp"

namespace leasehold {

lease_step next_step(const part_view& part, const session_id& me, const plan& planned) noexcept {
    const auto place = static_cast<std::size_t>(part.part.value);
    const bool mine = place < planned.size() && planned[place] == me;
    const bool held = part.owner && *part.owner == me;
    if (held) {
        return mine ? lease_step::keep : lease_step::drain;
    }
    if (!mine) {
        return lease_step::ignore;
    }
    return part.owner ? lease_step::wait : lease_step::take;
}

}  // namespace leasehold
