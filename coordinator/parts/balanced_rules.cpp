#include "parts/balanced_rules.hpp"

#include "parts/cut_rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace leasehold {

namespace {

/// A seat may have so much more than its fair load before the cuts are looked at.
constexpr double tolerance = 0.25;
/// Cuts that are looked at leave each seat so near to its fair load, as far as whole parts can.
constexpr double slack = 0.15;
/// A change of cuts must leave no more than this of the squares of what seats are off.
constexpr double worth_it = 0.75;
/// Of all loads; sums are not exact.
constexpr double rounding = 1e-8;
/// Each change leaves so much less that this many are never made.
constexpr int changes_max = 16;

/// What each part counts for.
std::vector<double> counted_loads(std::span<const double> loads, int part_count) {
    std::vector<double> counted(static_cast<std::size_t>(part_count), 0.0);
    for (std::size_t part = 0; part < std::min(loads.size(), counted.size()); ++part) {
        counted[part] = std::isfinite(loads[part]) ? std::max(loads[part], 0.0) : 0.0;
    }
    const double mean = std::accumulate(counted.begin(), counted.end(), 0.0) / part_count;
    // Loads as small as the second number are not worth a move, however unlike they are.
    const double idle = std::max(mean / 16, 0.01);
    for (auto& load : counted) {
        load += idle;
    }
    return counted;
}

/// The seats in their order along the keyspace, and what is fair among them.
class seat_row {
public:
    seat_row(const seated_plan& from, const std::vector<double>& loads)
        : seats_(from.seats), seat_of_(from.seat_of), real_(loads), even_(loads), loads_(loads) {
        choose_seats();
        even_ = load_sums{without_heavy_parts()};
    }

    plan result() {
        for (int changes = 0; changes < changes_max; ++changes) {
            measure();
            const bool must = !is_whole() || exceeds_bound();
            // A restart is under way; it shall find all as it was.
            const bool waits = std::any_of(row_.begin(), row_.end(), [&](const auto& one) {
                return seats_[one.seat].vacant;
            });
            if (!must && (waits || rests_well())) {
                break;
            }
            const double off = must ? 0 : squares();
            const auto before = std::exchange(seat_of_, with_better_cuts());
            measure();
            if (!must && squares() > worth_it * off) {
                seat_of_ = before;
                break;
            }
        }
        return named(seats_, seat_of_);
    }

private:
    struct standing {
        std::size_t seat;
        double weight;
        std::vector<int> parts{};
        double load{0};
        double fair{0};       ///< load it should have
        double real_fair{0};  ///< the same when heavy parts count for all they are
    };

    /// With more seats than parts, those with parts come first, then the heavy ones.
    void choose_seats() {
        std::vector<std::size_t> chosen(seats_.size());
        std::iota(chosen.begin(), chosen.end(), std::size_t{0});
        std::stable_sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
            const bool a_waits = seats_[a].parts.empty();
            const bool b_waits = seats_[b].parts.empty();
            return std::tie(a_waits, seats_[b].weight) < std::tie(b_waits, seats_[a].weight);
        });
        chosen.resize(std::min(chosen.size(), seat_of_.size()));
        std::sort(chosen.begin(), chosen.end());
        for (const auto seat : chosen) {
            const double weight = seats_[seat].weight;
            row_.push_back({.seat = seat, .weight = weight});
            weights_ += weight;
            weight_max_ = std::max(weight_max_, weight);
        }
    }

    /// A part that is heavier than the fair load of the greatest seat counts for that much, and the
    /// fair load is that of what is left then.
    std::vector<double> without_heavy_parts() const {
        auto sorted = loads_;
        std::sort(sorted.begin(), sorted.end(), std::greater<>{});
        double rest = real_.total();
        double weights = weights_;
        for (const double load : sorted) {
            if (load * weights <= rest * weight_max_ || weights <= weight_max_) {
                break;
            }
            rest -= load;
            weights -= weight_max_;
        }
        const double most = rest / weights * weight_max_;
        auto even = loads_;
        for (auto& load : even) {
            load = std::min(load, most);
        }
        return even;
    }

    /// Puts the seats in a row by what they have now.
    void measure() {
        std::vector<std::vector<int>> parts(seats_.size());
        for (std::size_t part = 0; part < seat_of_.size(); ++part) {
            if (seat_of_[part] != nobody) {
                parts[static_cast<std::size_t>(seat_of_[part])].push_back(static_cast<int>(part));
            }
        }
        std::sort(row_.begin(), row_.end(),
                  [](const auto& a, const auto& b) { return a.seat < b.seat; });
        std::vector<standing> holders;
        std::vector<standing> newcomers;
        for (auto& one : row_) {
            one.parts = std::move(parts[one.seat]);
            one.load = load_of(one.parts, even_);
            (one.parts.empty() ? newcomers : holders).push_back(std::move(one));
        }
        std::stable_sort(holders.begin(), holders.end(), [](const auto& a, const auto& b) {
            return a.parts[a.parts.size() / 2] < b.parts[b.parts.size() / 2];
        });
        row_ = holders.empty() ? std::move(newcomers)
                               : joined(std::move(holders), std::move(newcomers));
        share_out(even_, &standing::fair);
        share_out(real_, &standing::real_fair);
    }

    /// Each newcomer goes beside the holder that has, with those who went there before, the most
    /// load for its weight; of equals the one nearest to the middle, from where parts can come from
    /// both sides.
    static std::vector<standing> joined(std::vector<standing> holders,
                                        std::vector<standing> newcomers) {
        const auto count = static_cast<int>(holders.size());
        using place =
            std::tuple<double, int, int>;  // minus load by weight, from the middle, holder
        std::vector<double> weights;
        std::set<place> places;
        weights.reserve(holders.size());
        const auto place_of = [&](int at) {
            const auto i = static_cast<std::size_t>(at);
            return place{-holders[i].load / weights[i], std::abs(2 * at + 1 - count), at};
        };
        for (int at = 0; at < count; ++at) {
            weights.push_back(holders[static_cast<std::size_t>(at)].weight);
            places.insert(place_of(at));
        }
        std::vector<std::vector<standing>> beside(holders.size());
        for (auto& one : newcomers) {
            const int at = std::get<2>(places.extract(places.begin()).value());
            weights[static_cast<std::size_t>(at)] += one.weight;
            places.insert(place_of(at));
            beside[static_cast<std::size_t>(at)].push_back(std::move(one));
        }
        std::vector<standing> row;
        for (std::size_t at = 0; at < holders.size(); ++at) {
            const double below = at > 0 ? holders[at - 1].load : -1;
            const double above = at + 1 < holders.size() ? holders[at + 1].load : -1;
            const bool goes_above = above >= below;
            if (goes_above) {
                row.push_back(holders[at]);
            }
            std::move(beside[at].begin(), beside[at].end(), std::back_inserter(row));
            if (!goes_above) {
                row.push_back(holders[at]);
            }
        }
        return row;
    }

    /// Fair loads are in proportion to the weights; a vacant seat that had less is left with that.
    void share_out(const load_sums& loads, double standing::*fair) {
        double rest = loads.total();
        double weights = weights_;
        std::vector<bool> open(row_.size(), true);
        for (bool settled = false; !settled;) {
            settled = true;
            const double rate = rest / weights;
            for (std::size_t i = 0; i < row_.size(); ++i) {
                if (!open[i]) {
                    continue;
                }
                row_[i].*fair = rate * row_[i].weight;
                if (!seats_[row_[i].seat].vacant) {
                    continue;
                }
                if (const double had = had_before(row_[i], loads); had < row_[i].*fair) {
                    row_[i].*fair = had;
                    rest -= had;
                    weights -= row_[i].weight;
                    open[i] = settled = false;
                }
            }
        }
    }

    /// What a seat has, or had in the plan so far, whichever is less.
    double had_before(const standing& one, const load_sums& loads) const {
        return std::min(load_of(seats_[one.seat].parts, loads), load_of(one.parts, loads));
    }

    static double load_of(const std::vector<int>& parts, const load_sums& loads) {
        return std::accumulate(parts.begin(), parts.end(), 0.0, [&](double sum, int part) {
            return sum + loads.between(part, part + 1);
        });
    }

    /// Whether each part is somebody's, and each seat has one run of them.
    bool is_whole() const {
        std::size_t parts = 0;
        for (const auto& one : row_) {
            if (one.parts.empty() ||
                one.parts.back() - one.parts.front() >= static_cast<int>(one.parts.size())) {
                return false;
            }
            parts += one.parts.size();
        }
        return parts == seat_of_.size();
    }

    bool exceeds_bound() const {
        return std::any_of(row_.begin(), row_.end(), [&](const auto& one) {
            const double more = std::max(real_.heaviest(), tolerance * one.real_fair);
            return one.parts.size() > 1 &&
                   load_of(one.parts, real_) > one.real_fair + more + rounding * real_.total();
        });
    }

    bool rests_well() const {
        return std::all_of(row_.begin(), row_.end(),
                           [](const auto& one) { return one.load <= (1 + tolerance) * one.fair; });
    }

    double squares() const {
        return std::accumulate(row_.begin(), row_.end(), 0.0, [](double sum, const auto& one) {
            const double off = one.load - one.fair;
            return sum + off * off / one.fair;
        });
    }

    std::vector<int> with_better_cuts() const {
        std::vector<row_seat> row;
        std::vector<double> fair;
        row.reserve(row_.size());
        fair.reserve(row_.size());
        for (const auto& one : row_) {
            double high = (1 + slack) * one.fair;
            if (seats_[one.seat].vacant) {
                high = std::max(one.fair, std::min(high, had_before(one, even_)));
            }
            row.push_back({one.fair, (1 - slack) * one.fair, high});
            fair.push_back(one.real_fair);
        }
        std::vector<int> wanted;
        wanted.reserve(row_.size());
        for (const double cut : nearest_cuts(row, rooms())) {
            wanted.push_back(even_.nearest(cut));
        }
        auto ends = bounded_cuts(real_, fair, slack, wanted);
        ends.push_back(real_.part_count());

        std::vector<int> seat_of;
        for (std::size_t i = 0; i < row_.size(); ++i) {
            seat_of.resize(static_cast<std::size_t>(ends[i]), static_cast<int>(row_[i].seat));
        }
        return seat_of;
    }

    /// Between the last part of those below and the first of those above each cut.
    std::vector<cut_room> rooms() const {
        const auto last = row_.size() - 1;
        std::vector<cut_room> rooms(last);
        double below = 0;
        for (std::size_t i = 0; i < last; ++i) {
            const auto& parts = row_[i].parts;
            below = parts.empty() ? below : even_.before(parts.back() + 1);
            rooms[i].low = below;
        }
        double above = even_.total();
        for (std::size_t i = last; i > 0; --i) {
            const auto& parts = row_[i].parts;
            above = parts.empty() ? above : even_.before(parts.front());
            auto& room = rooms[i - 1];
            room.high = std::max(room.low, above);
            room.low = std::min(room.low, above);
        }
        return rooms;
    }

    const std::vector<held_seat>& seats_;
    std::vector<int> seat_of_;
    load_sums real_;
    load_sums even_;  ///< without what makes a part too heavy for any seat
    const std::vector<double>& loads_;
    std::vector<standing> row_{};
    double weights_{0};
    double weight_max_{0};
};

}  // namespace

plan balanced_plan(const seated_plan& from, std::span<const double> loads) {
    const auto counted = counted_loads(loads, static_cast<int>(from.seat_of.size()));
    return seat_row{from, counted}.result();
}

}  // namespace leasehold
