#pragma once

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <optional>

namespace leasehold {

/// One look at the guard of another session: does the connection of its heartbeats still hold it?
struct guard_look {
    session_id of{};
    std::int64_t guard{0};  ///< as its row names it
    bool is_held{false};
    std::int64_t over{0};  ///< which of the looker's own connections: connection::times_opened()
    friend bool operator==(const guard_look&, const guard_look&) = default;
};

/// What is remembered of one guard from look to look.
struct guard_memory {
    std::optional<guard_look> held{};         ///< as it was when it was held
    std::optional<steady_time> free_since{};  ///< the first look that found that very guard free
};

enum class guard_verdict {
    stands,   ///< or nothing is known
    suspect,  ///< its connection was closed; a living process opens another and writes its guard
    dead,     ///< and has not done so
};

struct guard_opinion {
    guard_verdict verdict{guard_verdict::stands};
    guard_memory memory{};        ///< for the next look
    steady_time look_again_at{};  ///< while it is suspect
};

/// How long a suspect has to show a new guard. A living process sees within a tenth of a second
/// that its connection was closed.
inline constexpr milliseconds guard_patience{300};

/// What `seen` says of a session, after what was seen before.
///
/// A free guard says something only if the looker itself has seen it held, over the connection that
/// now finds it free: a server that was started anew, or one behind which another took over, has
/// closed the looker's connections, too, and frees every guard.
/// @param seen  none: there is no other session, or it has no guard
guard_opinion weighed(const guard_memory& before, const std::optional<guard_look>& seen,
                      steady_time now) noexcept;

}  // namespace leasehold
