#include "items/skew_rules.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace leasehold {

namespace {

constexpr std::size_t fullest_one_in = 20;

std::optional<double> busiest(const std::vector<std::int64_t>& ready,
                              const std::vector<std::optional<session_id>>& owners,
                              const std::map<session_id, int>& weights) {
    std::map<session_id, std::int64_t> items;
    std::int64_t sum = 0;
    for (std::size_t part = 0; part < ready.size() && part < owners.size(); ++part) {
        if (owners[part] && weights.contains(*owners[part])) {
            items[*owners[part]] += ready[part];
            sum += ready[part];
        }
    }
    if (sum == 0) {
        return std::nullopt;
    }
    double most = 0;
    double weight = 0;
    for (const auto& [id, weighs] : weights) {
        const auto found = items.find(id);
        const auto mine = found == items.end() ? 0.0 : static_cast<double>(found->second);
        most = std::max(most, mine / weighs);
        weight += weighs;
    }
    return most * weight / static_cast<double>(sum);
}

}  // namespace

std::optional<item_skew> skew_of(const std::vector<std::int64_t>& ready,
                                 const std::vector<std::optional<session_id>>& owners,
                                 const std::map<session_id, int>& weights) {
    const auto sum = std::accumulate(ready.begin(), ready.end(), std::int64_t{0});
    if (sum == 0) {
        return std::nullopt;
    }
    const auto count = (ready.size() + fullest_one_in - 1) / fullest_one_in;
    auto fullest = ready;
    const auto end = fullest.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(fullest.begin(), end, fullest.end(), std::greater<>{});
    const auto in_them = std::accumulate(fullest.begin(), end, std::int64_t{0});
    return item_skew{.parts = static_cast<int>(count),
                     .share = static_cast<double>(in_them) / static_cast<double>(sum),
                     .even = static_cast<double>(count) / static_cast<double>(ready.size()),
                     .busiest_session = busiest(ready, owners, weights)};
}

}  // namespace leasehold
