#pragma once

#include <leasehold/queue.hpp>
#include <leasehold/time.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

/// What of a queue may be changed; what is left out stays as it is.
struct queue_policy {
    std::optional<int> max_attempts{};            ///< 1 to 1000, of items to come
    std::optional<milliseconds> retry_base{};     ///< 1 ms to retry_max
    std::optional<milliseconds> retry_max{};      ///< retry_base to 30 days
    std::optional<std::string> strategy{};        ///< lexical, sticky or balanced
    std::optional<milliseconds> settle{};         ///< 0 to 10 s
    std::optional<milliseconds> restart_grace{};  ///< 0 to 1 h
    std::optional<milliseconds> help_delay{};     ///< 0 to 1 h
    std::optional<int> helpers_max{};             ///< 0 to 64
    std::optional<std::string> claims{};          ///< row or lease; of a keyed queue only row
};

/// As leasehold.queues.claims has it.
std::string_view to_text(claim_mode mode) noexcept;

/// @throws std::invalid_argument when there is no such mode, naming those that there are
claim_mode claim_mode_from(std::string_view text);

/// @return `policy` unchanged
/// @throws std::invalid_argument naming the setting, its value and its range. That retry_base is
///         not above retry_max is for the database to say, which knows the one that is left out.
queue_policy validated(queue_policy policy);

}  // namespace leasehold
