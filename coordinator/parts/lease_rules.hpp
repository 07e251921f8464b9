#pragma once

#include <leasehold/ids.hpp>

#include <optional>

namespace leasehold {

/// In what role a session holds a lease: as the owner, of which a part has one at most, or helping
/// it.
enum class lease_role { owner, helper };

/// How the owner of a part claims in it: see claim_mode.
struct claim_way {
    bool by_lease{false};
    token base{};  ///< tokens are above it
    friend bool operator==(const claim_way&, const claim_way&) = default;
};

/// What is known of one part at one moment.
struct part_view {
    part_id part{};
    std::optional<session_id> owner{};        ///< as the database says
    epoch term{};                             ///< of the owner, if there is one
    claim_way way{};                          ///< of the owner, if there is one
    std::optional<session_id> planned_for{};  ///< who should hold it
    bool planned_is_live{false};              ///< that session may be given parts
};

/// What to do next about one part. Total: every state has exactly one step. Before a part is given
/// or let go, nothing new is claimed in it, and what runs there comes to its end.
enum class lease_step {
    keep,    ///< held, and nobody else is to have it yet
    take,    ///< planned for me and free
    give,    ///< held, planned for another session, which stands: hand it over
    let_go,  ///< held, planned for nobody: the next plan will say
    wait,    ///< planned for me, still held by another session
    ignore,  ///< neither held by me nor to be held
};

/// Whether the session stays, or is on its way out.
enum class seat_state { staying, leaving };

lease_step next_step(const part_view& part, const session_id& me, seat_state seat) noexcept;

}  // namespace leasehold
