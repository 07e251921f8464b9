#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace leasehold {

milliseconds full_jitter(milliseconds first, milliseconds longest, int attempt,
                         double random) noexcept {
    const double doubled = static_cast<double>(first.count()) * std::exp2(std::max(0, attempt - 1));
    const double bound = std::min(doubled, static_cast<double>(longest.count()));
    return milliseconds{static_cast<milliseconds::rep>(bound * random)};
}

double random_fraction() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

}  // namespace leasehold
