#include "session/guard_rules.hpp"

namespace leasehold {

guard_opinion weighed(const guard_memory& before, const std::optional<guard_look>& seen,
                      steady_time now) noexcept {
    if (!seen) {
        return {};
    }
    if (seen->is_held) {
        return {.memory = {.held = seen}};
    }
    auto as_held = *seen;
    as_held.is_held = true;
    if (before.held != as_held) {
        return {};
    }
    const auto since = before.free_since.value_or(now);
    const auto until = since + guard_patience;
    return {.verdict = now >= until ? guard_verdict::dead : guard_verdict::suspect,
            .memory = {.held = before.held, .free_since = since},
            .look_again_at = until};
}

}  // namespace leasehold
