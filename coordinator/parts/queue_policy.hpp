#pragma once

#include <leasehold/time.hpp>

#include <optional>
#include <string>

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
};

/// @return `policy` unchanged
/// @throws std::invalid_argument naming the setting, its value and its range. That retry_base is
///         not above retry_max is for the database to say, which knows the one that is left out.
queue_policy validated(queue_policy policy);

}  // namespace leasehold
