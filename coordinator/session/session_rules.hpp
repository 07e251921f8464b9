#pragma once

#include <leasehold/options.hpp>
#include <leasehold/time.hpp>

#include <cstddef>

namespace leasehold {

/// How long a session may believe in itself. Counted from the send, not from the answer: the server
/// starts its own count in between, so trust ends before the server's expiry does, however slow the
/// answer was. Assumes clocks that run at one rate, and a margin above the cluster's clock offset.
struct trust_window {
    steady_time sent_at{};  ///< stamped before BEGIN
    milliseconds ttl{};     ///< as asked of the server
    milliseconds margin{};  ///< time to stop work in, below ttl

    steady_time ends_at() const noexcept { return sent_at + ttl - margin; }
    bool holds(steady_time now) const noexcept { return now < ends_at(); }
};

/// When the heartbeat after one sent at `sent_at` is due: three fit into a ttl.
steady_time next_beat(steady_time sent_at, milliseconds ttl) noexcept;

/// How long to wait after a heartbeat that failed: often enough to have several tries in the trust
/// that is left, without hammering a server in trouble.
milliseconds beat_again_after(milliseconds ttl) noexcept;

/// May the live session at place `rank` reap a session that expired `overdue` ago? `rank` counts
/// the live sessions from the one that follows the expired id, in a ring. The first goes at once,
/// the others a second later each, in case the first is in trouble itself: one reaper, not a crowd.
bool may_reap(std::size_t rank, milliseconds overdue) noexcept;

}  // namespace leasehold
