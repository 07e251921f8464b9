#pragma once

#include <leasehold/ids.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace leasehold {

/// What the audit says happened to an item. The words are those of leasehold.item_audit.
enum class audited {
    found,      ///< it was there when the audit began
    enqueued,   ///< a row came
    claimed,    ///< a session took it
    completed,  ///< the row went under a claim
    returned,   ///< its claim ended, the item stays: retry, snooze, release
    freed,      ///< the same, by another's hand: its session was over
    buried,     ///< the row went to the dead items; without a session: cancelled as it waited
    spent,      ///< the same, by another's hand: its session was over and no attempt was left
    deleted,    ///< the row went while nobody had claimed it, by somebody's hand
    forgotten,  ///< its row in the dead items went: pruned, or to be enqueued once more
    altered,    ///< claim or token changed in a way that nothing of ours does
    present,    ///< not a change: its row is there now
    dead,       ///< not a change: a row of it is among the dead items now
};

/// One row of the audit about an item, or of what is there now.
struct audit_event {
    item_id item{};
    part_id part{};
    std::int64_t seq{0};
    audited what{audited::found};
    std::optional<session_id> session{};  ///< whose claim began or ended; of found: that stands
    token fence{};
    std::int64_t at_us{0};  ///< microseconds since 1970, server clock
};

/// What the audit says about one part.
struct audit_coverage {
    part_id part{};
    std::optional<std::int64_t> on_at_us{};  ///< none: the audit never began
    int switched_on{0};
    int switched_off{0};
    int firing{0};  ///< triggers that stand, of audit_triggers
};

/// Two of the part's table, two of the dead items.
inline constexpr int audit_triggers = 4;

/// One row of the ownership log.
struct ownership_change {
    part_id part{};
    epoch term{};
    std::optional<session_id> from{};
    std::optional<session_id> to{};
    std::string reason{};
    std::int64_t at_us{0};
    bool helps{false};  ///< a helper came or went; the part kept its owner
};

/// What a line of a client's history tells about an item or a part.
enum class told : std::uint8_t {
    part_taken,
    started,  ///< a handler
    ended,    ///< a handler
    acknowledged,
    lost,
    unknown,
};

/// What an acknowledgement asked for.
enum class asked : std::uint8_t { completed, returned, buried };

/// One line of a client's history. Small: all of them are kept while a history is judged.
struct told_event {
    item_id item{};
    session_id session{};
    token fence{};  ///< of part_taken: the epoch
    std::int64_t wall_us{0};
    std::int64_t steady_us{0};
    std::uint32_t line{0};  ///< counted from 1
    std::uint16_t file{0};  ///< counted from 0
    part_id part{};
    told what{told::started};
    asked change{asked::completed};  ///< of acknowledged, lost, unknown
    epoch by_lease{};                ///< of started: what the claim rested on; 0: it was on the row
};
static_assert(sizeof(told_event) <= 80);  // docs/operating.md says so

}  // namespace leasehold
