#pragma once

#include <leasehold/time.hpp>

namespace leasehold {

/// The wait after failure number `attempt`: uniform over [0, first * 2^(attempt-1)], the bound
/// capped at `longest`.
/// Source: "full jitter" in Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
/// @param random  uniform over [0, 1)
milliseconds full_jitter(milliseconds first, milliseconds longest, int attempt,
                         double random) noexcept;

/// Uniform over [0, 1); one generator a thread.
double random_fraction();

}  // namespace leasehold
