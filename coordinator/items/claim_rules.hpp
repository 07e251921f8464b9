#pragma once

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace leasehold {

/// The most urgent due item of a part.
struct part_head {
    part_id part{};
    int priority{0};
    std::int64_t run_at_us{0};  ///< microseconds since 1970, server clock
    item_id id{};
};

/// How many items of a part are due.
struct part_backlog {
    part_id part{};
    std::int64_t items{0};
};

/// The order in which parts are asked for items: smallest priority first, then the longest due, so
/// that no part waits behind another of its own urgency.
std::vector<part_id> claim_order(std::vector<part_head> heads);

/// A part that seems to have due items.
struct hot_part {
    part_id part{};
    bool deep{false};  ///< gave all it was asked for, so has as much again, as like as not
};

/// What to ask one part for.
struct part_share {
    part_id part{};
    int claims_max{0};
    token base{};                     ///< tokens are above it
    std::optional<epoch> by_lease{};  ///< by the lease alone, in this term of the part
    int in_hand{0};                   ///< items of the part that may come once more
};

/// What to ask of the first of `hot` in one transaction, so that about `wanted` items come of it:
/// of a deep one all of them, else of many parts a share each, since none can be asked for what the
/// others leave over.
std::vector<part_share> shares_of(const std::deque<hot_part>& hot, int wanted);

/// How many items to ask each of `parts` parts for, so that the answer, payloads of about
/// `payload_bytes` each among it, stays below `answer_bytes`: see server_traits::retried_bytes.
/// As long as the server has sent nothing, it can run the statements again by itself.
int claims_held_back(std::int64_t answer_bytes, std::int64_t payload_bytes,
                     std::size_t parts) noexcept;

/// How busy a worker is.
struct work_load {
    int slots{1};           ///< handlers that may run at once
    int claims_max{1};      ///< items that may be claimed and not yet acknowledged
    int running{0};         ///< handlers that run
    int waiting{0};         ///< items claimed, no handler yet
    int unacknowledged{0};  ///< items handled, acknowledgement on its way
    std::optional<std::chrono::microseconds> handler_time{};  ///< measured mean; none: no idea yet
    std::int64_t payload_bytes{1};  ///< of a large one among those claimed lately
    steady_time last_start{};       ///< of the latest handler to start
};

/// How long a handler will take, as far as anybody knows: as long as those before it, unless all
/// slots have been held up for 100 ms or longer, and for longer than that.
std::optional<std::chrono::microseconds> expected_handler_time(const work_load& load,
                                                               steady_time now) noexcept;

/// How many items to claim now: enough for the free slots, plus what the measured handler time says
/// will be worked off within 100 ms, so that short tasks come in large batches and long ones are
/// never hoarded; beyond the free slots, no more than 16 MiB of payloads. Nothing while at least
/// half of what is ahead is still waiting.
int claims_wanted(const work_load& load) noexcept;

/// How many slots to wake for the waiting items: all that are free, but of quick handlers no more
/// than have 200 us of work each, since it takes a while to wake one; unless none has started for
/// 5 ms, so that they are not that quick any more.
int slots_to_wake(const work_load& load, steady_time now) noexcept;

/// How many of the waiting claims to give back: while all slots have been held up for 100 ms or
/// longer, what was claimed ahead of them for quicker handlers is hoarded.
/// @param load  with the handler time to be expected
int claims_hoarded(const work_load& load, steady_time now) noexcept;

}  // namespace leasehold
