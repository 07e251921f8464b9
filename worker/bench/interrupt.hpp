#pragma once

#include <csignal>
#include <stdexcept>
#include <stop_token>

namespace leasehold::bench {

/// Somebody pressed Ctrl-C, or asked otherwise for an end.
class interrupted : public std::runtime_error {
public:
    interrupted() : std::runtime_error("interrupted") {}
};

/// @throws interrupted when an end was asked for
inline void check(const std::stop_token& asked) {
    if (asked.stop_requested()) {
        throw interrupted{};
    }
}

}  // namespace leasehold::bench
