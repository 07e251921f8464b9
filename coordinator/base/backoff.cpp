#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace leasehold {

milliseconds full_jitter(milliseconds first, milliseconds longest, int attempt,
                         double random) noexcept {
    const double doubled = static_cast<double>(first.count()) * std::exp2(std::max(0, attempt - 1));
    const double bound = std::min(doubled, static_cast<double>(longest.count()));
    return milliseconds{static_cast<milliseconds::rep>(bound * random)};
}

}  // namespace leasehold
