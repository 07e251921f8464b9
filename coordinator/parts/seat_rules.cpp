#include "parts/seat_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <unordered_map>

namespace leasehold {

namespace {

using parts_by_session = std::unordered_map<session_id, std::vector<int>>;

parts_by_session planned_parts(const plan_ground& ground) {
    parts_by_session parts;
    const auto count = static_cast<std::size_t>(ground.part_count);
    for (std::size_t part = 0; part < std::min(count, ground.planned.size()); ++part) {
        if (const auto& session = ground.planned[part]) {
            parts[*session].push_back(static_cast<int>(part));
        }
    }
    return parts;
}

std::vector<const plan_seat*> by_id(std::span<const plan_seat> seats) {
    std::vector<const plan_seat*> sorted;
    sorted.reserve(seats.size());
    for (const auto& seat : seats) {
        sorted.push_back(&seat);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return a->id < b->id; });
    return sorted;
}

/// The session whose parts wait for each heir, by the heir's id.
using inheritance = std::unordered_map<session_id, session_id>;

inheritance heirs(const plan_ground& ground, const parts_by_session& parts) {
    std::map<std::string_view, std::vector<session_id>> waiting;
    for (const auto* seat : by_id(ground.vacant)) {
        if (!seat->name.empty() && parts.contains(seat->id)) {
            waiting[seat->name].push_back(seat->id);
        }
    }
    std::map<std::string_view, std::size_t> taken;
    inheritance found;
    for (const auto* seat : by_id(ground.seats)) {
        const auto of_name = waiting.find(seat->name);
        if (of_name == waiting.end() || parts.contains(seat->id)) {
            continue;
        }
        if (auto& next = taken[seat->name]; next < of_name->second.size()) {
            found.emplace(seat->id, of_name->second[next++]);
        }
    }
    return found;
}

}  // namespace

seated_plan seated(const plan_ground& ground) {
    auto parts = planned_parts(ground);
    seated_plan so_far;
    for (const auto& [heir, left] : heirs(ground, parts)) {
        parts[heir] = std::move(parts[left]);
        parts.erase(left);
    }
    for (const auto& seat : ground.seats) {
        const auto held = parts.find(seat.id);
        so_far.seats.push_back(
            {seat.id, seat.weight, false, held == parts.end() ? std::vector<int>{} : held->second});
    }
    for (const auto& seat : ground.vacant) {
        if (const auto held = parts.find(seat.id); held != parts.end()) {
            so_far.seats.push_back({seat.id, seat.weight, true, held->second});
        }
    }
    std::sort(so_far.seats.begin(), so_far.seats.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });

    so_far.seat_of.assign(static_cast<std::size_t>(ground.part_count), nobody);
    for (std::size_t seat = 0; seat < so_far.seats.size(); ++seat) {
        for (const int part : so_far.seats[seat].parts) {
            so_far.seat_of[static_cast<std::size_t>(part)] = static_cast<int>(seat);
        }
    }
    return so_far;
}

plan named(const std::vector<held_seat>& seats, const std::vector<int>& seat_of) {
    plan planned;
    planned.reserve(seat_of.size());
    for (const int seat : seat_of) {
        planned.push_back(seats[static_cast<std::size_t>(seat)].id);
    }
    return planned;
}

}  // namespace leasehold
