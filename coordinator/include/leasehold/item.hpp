#pragma once

/// @room items
/// What a worker handles: an item, the claim on it, and what is to become of it.

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace leasehold {

/// An item to be enqueued.
struct new_item {
    std::string payload;                  ///< JSON text, up to payload_bytes_max bytes
    std::optional<item_id> id{};          ///< none: random, or made of the keys below. Version 6
                                          ///< and 7 UUIDs are refused.
    std::optional<std::string> key{};     ///< of keyed queues: items of one key run in the order of
                                          ///< their enqueueing, never two at a time; 1..1000 bytes
    std::optional<std::string> dedupe{};  ///< while an item with this dedupe key is pending (ready,
                                          ///< scheduled or claimed), another is not enqueued; in a
                                          ///< keyed queue it counts within its key; 1..1000 bytes
    int priority{0};                      ///< smaller runs first
    std::optional<std::string> run_at{};  ///< timestamp as SQL reads it; none: now
    std::optional<int> max_attempts{};    ///< 1 to 1000; none: the queue's own limit
};

/// One unit of work as its claimer sees it.
struct item {
    item_id id{};
    part_id part{};
    std::string payload{};  ///< JSON text as the server writes it
    std::optional<std::string> key{};
    int priority{0};
    std::int64_t run_at_us{0};  ///< when it was due: microseconds since 1970, server clock
    int attempt{0};             ///< this run included: 1 at the first
    int max_attempts{0};        ///< after this many failed attempts the item is buried
};

/// What came of enqueueing one item.
struct enqueued {
    item_id id{};       ///< of the new item, or of the pending one with its dedupe key
    bool is_new{true};  ///< false: that one was there already, and nothing was enqueued
};

/// What a claim by the lease alone rests on: see claim_mode::lease.
struct lease_claim {
    epoch term{};  ///< of the part
    token seen{};  ///< on the item's row
    token base{};  ///< of the part: tokens are above it
};

/// An item taken by a session. `held` is what every acknowledgement must name.
struct claim {
    item held{};
    session_id session{};
    token fence{};  ///< raised at every claim of this item; a fencing token for outside effects
    bool cancel_asked{false};  ///< while an earlier claim held it: it is ended without a run
    std::optional<lease_claim> by_lease{};  ///< none: the claim is on the item's row
};

/// How far a handler is with its item. What is left out stays as it was; both outlive the claim, so
/// the next attempt can see them.
struct progress {
    std::optional<int> percent{};       ///< 0 to 100
    std::optional<std::string> note{};  ///< up to 1000 bytes, for people or for the next attempt
};

/// The item is done; its row goes.
struct complete {};
/// It failed: again after a random, growing time; buried once its attempts are spent.
struct retry {
    std::string error;
    std::optional<milliseconds> delay{};  ///< none: by the queue's retry policy
};
/// Not now: again after `delay`; no attempt is counted.
struct snooze {
    milliseconds delay;
};
/// Never again: to the dead items, with the reason.
struct bury {
    std::string error;
};
/// Given back untouched: at once for anyone; no attempt is counted.
struct release {};
/// Ended unfinished because somebody asked: to the dead items, as cancelled.
struct cancel {
    std::string reason;
};

/// What a handler wants to become of its item.
using outcome = std::variant<complete, retry, snooze, bury, release, cancel>;

/// What became of an acknowledgement. `lost` and `unknown` must change what the caller does next.
enum class [[nodiscard]] ack_result{
    acknowledged,  ///< by this very claim, once
    lost,          ///< the claim is no longer held: another may run or have run the item
    unknown,       ///< COMMIT got no answer and the server could not tell afterwards
};

/// Whether a claim still stands. `lost` must end what the caller does for its item.
enum class [[nodiscard]] claim_standing{
    held,
    lost,  ///< another may run or have run the item
};

}  // namespace leasehold
