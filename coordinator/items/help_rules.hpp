#pragma once

#include "items/claim_rules.hpp"
#include "parts/queue_store.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <optional>
#include <vector>

namespace leasehold {

/// Parts in which one session asks for help at once.
inline constexpr std::size_t help_parts_max = 16;

/// How long the longest due item of a part has waited for a claim.
struct part_wait {
    part_id part{};
    std::chrono::microseconds waited{};  ///< server clock
};

/// May idle sessions take up items of other sessions' parts in this queue?
bool help_allowed(const queue_settings& settings) noexcept;

/// Has a session so much to do that items in its parts may have to wait?
bool slots_are_full(const work_load& load) noexcept;

/// Slots that nothing claimed is meant for. A helper claims no more: what it claimed ahead would
/// wait for it while others are idle.
int free_slots(const work_load& load) noexcept;

/// What a look at an owner's parts comes to.
struct help_need {
    std::vector<part_id> parts{};                           ///< where to ask for help, by part
    std::optional<std::chrono::microseconds> more_after{};  ///< when the next will have waited
                                                            ///< long enough
};

/// Help is needed where an item has waited for `delay` or longer. Of many parts those that have
/// waited longest.
help_need needed_help(std::vector<part_wait> waits, milliseconds delay);

/// Are handlers so quick that help would slow their session down? What two sessions claim from one
/// part costs each of them transactions that have to be run again, and soon more than the handlers'
/// own time.
/// @param load        with the handler time to be expected: quick ones that hang are not quick
/// @param claim_time  mean time that a claim takes
bool handlers_are_quick(const work_load& load, std::chrono::microseconds claim_time) noexcept;

/// When to look for the first time after the slots were filled: at once, unless handlers end sooner
/// than anybody could come.
milliseconds first_look_after(const work_load& load, milliseconds delay) noexcept;

/// How long to wait between looks. Doubles while they show the same picture, up to 1 s while help
/// is asked for, else up to `poll`.
/// @param before  the wait before the last look; none when there was no look before
milliseconds next_look_after(std::optional<milliseconds> before, bool same_picture, bool asking,
                             milliseconds delay, milliseconds poll) noexcept;

/// The order in which `me` offers its help: from a place on that differs from session to session
/// and from round to round, so that all who come at once do not meet in one part, and no part is
/// always the last.
/// @param oldest_first  the parts, the longest waiting first
std::vector<part_id> help_order(std::vector<part_id> oldest_first, const session_id& me,
                                unsigned round);

}  // namespace leasehold
