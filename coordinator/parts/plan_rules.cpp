#include "parts/plan_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace leasehold {

namespace {

plan lexical_plan(std::span<const plan_seat> seats, int part_count) {
    std::vector<session_id> ids;
    ids.reserve(seats.size());
    for (const auto& seat : seats) {
        ids.push_back(seat.id);
    }
    std::sort(ids.begin(), ids.end());

    plan owners;
    owners.reserve(static_cast<std::size_t>(part_count));
    const auto sessions = static_cast<std::uint64_t>(ids.size());
    const auto parts = static_cast<std::uint64_t>(part_count);
    for (std::uint64_t i = 0; i < sessions; ++i) {
        const auto end = (i + 1) * parts / sessions;
        owners.resize(static_cast<std::size_t>(end), ids[static_cast<std::size_t>(i)]);
    }
    return owners;
}

}  // namespace

plan make_plan(const plan_ground& ground) {
    if (ground.strategy == "lexical") {
        return lexical_plan(ground.seats, ground.part_count);
    }
    throw std::invalid_argument("this build does not know the strategy \"" +
                                std::string{ground.strategy} + "\"; it knows: lexical");
}

}  // namespace leasehold
