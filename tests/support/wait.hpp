#pragma once

#include <poll.h>

#include <chrono>

namespace leasehold::test {

/// Waits until `holds()` does.
/// @return false when it did not within `patience`
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds patience = std::chrono::seconds{20}) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        ::poll(nullptr, 0, 2);  // a breath for what is waited for, not a time to rely on
    }
    return true;
}

}  // namespace leasehold::test
