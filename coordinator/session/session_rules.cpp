#include "session/session_rules.hpp"

#include <algorithm>

namespace leasehold {

steady_time next_beat(steady_time sent_at, milliseconds ttl) noexcept { return sent_at + ttl / 3; }

milliseconds beat_again_after(milliseconds ttl) noexcept {
    return std::clamp(ttl / 20, milliseconds{50}, milliseconds{1'000});
}

bool may_reap(std::size_t rank, milliseconds overdue) noexcept {
    constexpr milliseconds turn{1'000};
    return overdue >= turn * static_cast<milliseconds::rep>(rank);
}

}  // namespace leasehold
