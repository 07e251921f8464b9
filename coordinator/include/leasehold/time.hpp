#pragma once

/// @room base
/// The only clock C++ code may read. Expiry is judged in SQL, by the server's clock; the two never
/// meet.

#include <chrono>

namespace leasehold {

using std::chrono::milliseconds;
using steady_time = std::chrono::steady_clock::time_point;

/// Tells how much time passed; says nothing about the time of day.
class clock {
public:
    virtual ~clock() = default;
    virtual steady_time now() const noexcept = 0;
};

/// The machine's steady clock.
const clock& machine_clock() noexcept;

}  // namespace leasehold
