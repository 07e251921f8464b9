#include "parts/plan_rules.hpp"

#include "base/utf8_text.hpp"
#include "parts/balanced_rules.hpp"
#include "parts/sticky_rules.hpp"

#include <algorithm>
#include <cstddef>
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

using plan_strategy = plan (*)(const plan_ground&);

/// @return null for a strategy this build does not know
plan_strategy strategy_of(std::string_view name) {
    if (name == "lexical") {
        return [](const plan_ground& on) { return lexical_plan(on.seats, on.part_count); };
    }
    if (name == "sticky") {
        return [](const plan_ground& on) { return sticky_plan(seated(on)); };
    }
    if (name == "balanced") {
        return [](const plan_ground& on) { return balanced_plan(seated(on), on.loads); };
    }
    return nullptr;
}

}  // namespace

void require_strategy(std::string_view name) {
    if (strategy_of(name) == nullptr) {
        throw std::invalid_argument("this build does not know the strategy " +
                                    quoted_excerpt(name) + "; it knows: lexical, sticky, balanced");
    }
}

plan make_plan(const plan_ground& ground) {
    require_strategy(ground.strategy);
    const auto strategy = strategy_of(ground.strategy);
    return ground.seats.empty() || ground.part_count < 1 ? plan{} : strategy(ground);
}

int moved_parts(std::span<const std::optional<session_id>> before, const plan& after) {
    int moved = 0;
    for (std::size_t part = 0; part < std::max(before.size(), after.size()); ++part) {
        const bool had = part < before.size() && before[part].has_value();
        const bool has = part < after.size();
        const bool stays = had && has ? *before[part] == after[part] : had == has;
        moved += stays ? 0 : 1;
    }
    return moved;
}

}  // namespace leasehold
