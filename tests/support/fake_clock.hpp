#pragma once

#include <leasehold/time.hpp>

namespace leasehold::test {

/// A clock that a test sets.
class fake_clock final : public clock {
public:
    steady_time now() const noexcept override { return now_; }
    void advance(milliseconds by) { now_ += by; }

private:
    steady_time now_{std::chrono::seconds{1'000}};
};

}  // namespace leasehold::test
