#pragma once

#include "parts/plan_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {

/// A queue's seats and plan, as a test sets them and a history goes through them.
struct plan_scene {
    std::string strategy{};
    int part_count{0};
    std::vector<plan_seat> seats{};
    std::vector<plan_seat> vacant{};
    std::vector<std::optional<session_id>> planned{};
    std::vector<double> loads{};

    plan next() const {
        return make_plan({.strategy = strategy,
                          .part_count = part_count,
                          .seats = seats,
                          .vacant = vacant,
                          .planned = planned,
                          .loads = loads});
    }

    /// Makes the next plan the plan so far.
    /// @return the parts that moved
    int follow() {
        const auto now = next();
        const int moved = moved_parts(planned, now);
        planned.assign(now.begin(), now.end());
        return moved;
    }

    int count_of(const session_id& id) const {
        return static_cast<int>(std::count(planned.begin(), planned.end(), std::optional{id}));
    }

    std::int64_t weights() const {
        std::int64_t sum = 0;
        for (const auto& seat : seats) {
            sum += seat.weight;
        }
        return sum;
    }
};

using generator = std::mt19937_64;

inline int any_of(generator& random, int low, int high) {
    return std::uniform_int_distribution{low, high}(random);
}

inline session_id any_id(generator& random) {
    session_id id;
    for (auto& byte : id.value.data) {
        byte = static_cast<std::uint8_t>(any_of(random, 0, 255));
    }
    return id;
}

inline std::vector<plan_seat> any_seats(generator& random, int count, int weight_max = 1) {
    std::vector<plan_seat> seats;
    for (int i = 0; i < count; ++i) {
        seats.push_back({.id = any_id(random), .weight = any_of(random, 1, weight_max)});
    }
    return seats;
}

/// The same in another order.
inline plan_scene shuffled(plan_scene scene, generator& random) {
    std::shuffle(scene.seats.begin(), scene.seats.end(), random);
    std::shuffle(scene.vacant.begin(), scene.vacant.end(), random);
    return scene;
}

/// Whether a live seat is left without a part while a vacant one of its name has some: two sessions
/// had the same name, and the plan after the next makes the one the heir of the other.
inline bool an_heir_waits(const plan_scene& scene) {
    return std::any_of(scene.vacant.begin(), scene.vacant.end(), [&](const auto& left) {
        return scene.count_of(left.id) > 0 &&
               std::any_of(scene.seats.begin(), scene.seats.end(), [&](const auto& seat) {
                   return seat.name == left.name && scene.count_of(seat.id) == 0;
               });
    });
}

/// What happens to a queue's seats.
enum class plan_event { join, leave, restart, grace_over, weight_change };

/// Random joins, leaves, restarts under a name and changes of weight.
class plan_history {
public:
    plan_scene scene{};

    plan_history(std::uint64_t seed, std::string strategy, int part_count, int seats_max)
        : random_(seed), seats_max_(seats_max) {
        scene.strategy = std::move(strategy);
        scene.part_count = part_count;
    }

    generator& random() { return random_; }

    /// Changes the seats; no plan is made.
    plan_event step() {
        switch (any_of(random_, 0, 5)) {
            case 0:
            case 1: return join();
            case 2: return leave();
            case 3: return restart();
            case 4: return end_a_grace();
            default: return change_a_weight();
        }
    }

private:
    plan_event join() {
        if (static_cast<int>(scene.seats.size()) >= seats_max_) {
            return leave();
        }
        // Half of the names are used again, by another live seat, too.
        const auto name = "w" + std::to_string(any_of(random_, 1, 2 * seats_max_));
        scene.seats.push_back({.id = any_id(random_),
                               .weight = any_of(random_, 1, 4),
                               .name = any_of(random_, 0, 1) == 0 ? "" : name});
        return plan_event::join;
    }

    plan_event leave() {
        if (scene.seats.empty()) {
            return join();
        }
        auto gone = taken_from(scene.seats);
        if (!gone.name.empty()) {
            scene.vacant.push_back(std::move(gone));
        }
        return plan_event::leave;
    }

    plan_event restart() {
        if (scene.vacant.empty()) {
            return join();
        }
        auto back = taken_from(scene.vacant);
        scene.vacant.push_back(back);
        back.id = any_id(random_);
        scene.seats.push_back(std::move(back));
        return plan_event::restart;
    }

    plan_event end_a_grace() {
        if (scene.vacant.empty()) {
            return leave();
        }
        taken_from(scene.vacant);
        return plan_event::grace_over;
    }

    plan_event change_a_weight() {
        if (scene.seats.empty()) {
            return join();
        }
        scene.seats[any_place(scene.seats)].weight = any_of(random_, 1, 4);
        return plan_event::weight_change;
    }

    std::size_t any_place(const std::vector<plan_seat>& from) {
        return static_cast<std::size_t>(any_of(random_, 0, static_cast<int>(from.size()) - 1));
    }

    plan_seat taken_from(std::vector<plan_seat>& from) {
        const auto place = from.begin() + static_cast<std::ptrdiff_t>(any_place(from));
        auto seat = *place;
        from.erase(place);
        return seat;
    }

    generator random_;
    int seats_max_;
};

}  // namespace leasehold
