#pragma once

#include "parts/plan_rules.hpp"

#include <leasehold/ids.hpp>

#include <optional>

namespace leasehold {

/// What is known of one part at one moment.
struct part_view {
    part_id part{};
    std::optional<session_id> owner{};  ///< as the database says
};

/// What to do next about one part. Total: every state has exactly one step.
enum class lease_step {
    keep,    ///< held and planned for me
    take,    ///< planned for me and free
    drain,   ///< held, planned for another: claim nothing new, let running claims end, let go
    wait,    ///< planned for me, still held by another session
    ignore,  ///< neither held by me nor planned for me
};

lease_step next_step(const part_view& part, const session_id& me, const plan& planned) noexcept;

}  // namespace leasehold
