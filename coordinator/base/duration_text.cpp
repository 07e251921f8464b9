#include "base/duration_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace leasehold {

namespace {

struct duration_unit {
    std::string_view name;
    std::int64_t count;  ///< of milliseconds
};

constexpr std::array<duration_unit, 6> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t longest = std::int64_t{100} * 365 * 86'400'000;

}  // namespace

std::optional<milliseconds> duration_from(std::string_view text) {
    std::int64_t count = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    if (read.ec != std::errc{} || count < 0) {
        return std::nullopt;
    }
    const std::string_view name{read.ptr, static_cast<std::size_t>(end - read.ptr)};
    const auto* const unit =
        std::find_if(units.begin(), units.end(), [&](const auto& one) { return one.name == name; });
    if (unit == units.end() || count > longest / unit->count) {
        return std::nullopt;
    }
    return milliseconds{count * unit->count};
}

std::string duration_text(milliseconds time) {
    if (time.count() == 0) {
        return "0s";
    }
    const auto* const unit = std::find_if(units.begin(), units.end(), [&](const auto& one) {
        return time.count() % one.count == 0;
    });
    return std::to_string(time.count() / unit->count).append(unit->name);
}

}  // namespace leasehold
