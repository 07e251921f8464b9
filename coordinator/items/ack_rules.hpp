#pragma once

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace leasehold {

/// What an acknowledgement does to the item's row.
struct row_done {};
struct row_returned {
    std::optional<milliseconds> delay{};  ///< none: due as before
    int attempts_given_back{0};
    std::optional<std::string> error{};  ///< none: the last error stays
};
enum class death { spent, buried, cancelled };
struct row_buried {
    std::string error;
    death reason{death::buried};
};
using row_change = std::variant<row_done, row_returned, row_buried>;

/// As leasehold.dead_items.reason has it.
std::string_view to_text(death reason) noexcept;

/// Turns a handler's wish into a change of the row: a retry without attempts left is a burial, one
/// without a delay of its own waits by the queue's policy.
/// @param random  uniform over [0, 1), for the jitter
row_change decided(const outcome& wish, const item& held, const retry_policy& policy,
                   double random);

/// What becomes of a wish once somebody has asked to cancel the item: a run that came to its end
/// counts, one that did not is cancelled.
outcome unless_cancelled(outcome wish, const std::string& reason);

}  // namespace leasehold
