#include "parts/cut_rules.hpp"

#include <algorithm>
#include <functional>
#include <queue>

namespace leasehold {

namespace {

/// Of one more cut, the sum of the ways of all cuts so far as a function of where it stands, the
/// others standing as well as they can: convex and piecewise linear, kept as the places where its
/// slope changes by one. Those left of the least are shifted by the lows, those right of it by the
/// highs of the seats: see "slope trick".
class way_so_far {
public:
    /// The first cut stands at 0: any other place is dearer than all of `cuts` together can be.
    explicit way_so_far(std::size_t cuts)
        : falling_({}, std::vector<double>(cuts + 1, 0.0)),
          rising_({}, std::vector<double>(cuts + 1, 0.0)) {}

    void next(const row_seat& seat, const cut_room& room) {
        falling_by_ += seat.low;
        rising_by_ += seat.high;
        rising_.push(room.low - rising_by_);
        falling_.push(rising_.top() + rising_by_ - falling_by_);
        rising_.pop();
        falling_.push(room.high - falling_by_);
        rising_.push(falling_.top() + falling_by_ - rising_by_);
        falling_.pop();
    }

    /// Where the way is shortest.
    cut_room least() const { return {falling_.top() + falling_by_, rising_.top() + rising_by_}; }

private:
    std::priority_queue<double> falling_;
    std::priority_queue<double, std::vector<double>, std::greater<>> rising_;
    double falling_by_{0};
    double rising_by_{0};
};

/// The runs that seats may have when each may have `above` more than its fair load.
class bounded_runs {
public:
    bounded_runs(const load_sums& loads, const std::vector<double>& fair, double slack)
        : loads_(loads), fair_(fair), slack_(slack) {}

    void allow(double above) { above_ = above; }

    int seats() const { return static_cast<int>(fair_.size()); }
    /// The greatest end of the run of `seat` from `first` on; each seat after is left a part.
    int end_of(int seat, int first) const {
        const int end = std::max(first + 1, loads_.end_of(first, most(seat)));
        return std::min(end, loads_.part_count() - (seats() - 1 - seat));
    }
    /// The smallest first part of the run of `seat` up to `end`; each seat before is left a part.
    int first_of(int seat, int end) const {
        return std::max(std::min(end - 1, loads_.first_of(end, most(seat))), seat);
    }
    bool reach_the_end() const {
        int end = 0;
        for (int seat = 0; seat < seats(); ++seat) {
            end = end_of(seat, end);
        }
        return end == loads_.part_count();
    }

private:
    double most(int seat) const {
        const double fair = fair_[static_cast<std::size_t>(seat)];
        // The sums are rounded.
        return fair + std::max(above_, slack_ * fair) + 1e-9 * loads_.total();
    }

    const load_sums& loads_;
    const std::vector<double>& fair_;
    double slack_;
    double above_{0};
};

/// The least that must be allowed above the fair loads.
///
/// The heaviest part is always enough: a seat that may take no further part then has at least its
/// fair load, unless it left the last parts to the seats after it, one for each.
double least_above(bounded_runs runs, double heaviest) {
    double too_little = 0;
    double enough = heaviest;
    runs.allow(0);
    if (runs.reach_the_end()) {
        return 0;
    }
    for (int halving = 0; halving < 30; ++halving) {
        const double middle = (too_little + enough) / 2;
        runs.allow(middle);
        (runs.reach_the_end() ? enough : too_little) = middle;
    }
    return enough;
}

}  // namespace

load_sums::load_sums(const std::vector<double>& loads) : sums_{0.0} {
    sums_.reserve(loads.size() + 1);
    for (const double load : loads) {
        sums_.push_back(sums_.back() + load);
        heaviest_ = std::max(heaviest_, load);
    }
}

int load_sums::nearest(double load) const {
    const auto above = std::lower_bound(sums_.begin(), sums_.end(), load);
    if (above == sums_.begin()) {
        return 0;
    }
    const auto place = static_cast<int>(above - sums_.begin());
    return above == sums_.end() || load - *(above - 1) <= *above - load ? place - 1 : place;
}

int load_sums::end_of(int first, double load) const {
    const auto after = std::upper_bound(sums_.begin() + first, sums_.end(), before(first) + load);
    return static_cast<int>(after - sums_.begin()) - 1;
}

int load_sums::first_of(int end, double load) const {
    const auto first = std::lower_bound(sums_.begin(), sums_.begin() + end + 1, before(end) - load);
    return static_cast<int>(first - sums_.begin());
}

std::vector<double> nearest_cuts(const std::vector<row_seat>& row,
                                 const std::vector<cut_room>& rooms) {
    way_so_far way{rooms.size()};
    std::vector<cut_room> least;
    std::vector<double> fair;
    least.reserve(rooms.size());
    fair.reserve(rooms.size());
    double total = 0;
    for (std::size_t cut = 0; cut < rooms.size(); ++cut) {
        way.next(row[cut], rooms[cut]);
        least.push_back(way.least());
        total += row[cut].fair;
        fair.push_back(total);
    }
    // The end stands where it is; from there each cut stands where the way to it was shortest, or
    // as near to that as the seat behind it lets it.
    std::vector<double> cuts(rooms.size());
    double next = total + row.back().fair;
    for (std::size_t cut = rooms.size(); cut-- > 0;) {
        const auto& seat = row[cut + 1];
        const double from = next - seat.high;
        const double to = next - seat.low;
        const double low = std::clamp(least[cut].low, from, to);
        const double high = std::clamp(least[cut].high, low, to);
        next = cuts[cut] = std::clamp(fair[cut], low, high);
    }
    return cuts;
}

std::vector<int> bounded_cuts(const load_sums& loads, const std::vector<double>& fair, double slack,
                              const std::vector<int>& wanted) {
    bounded_runs runs{loads, fair, slack};
    runs.allow(least_above(runs, loads.heaviest()));
    // The least place of each cut from which the seats after it can hold all the rest.
    std::vector<int> low(wanted.size());
    int end = loads.part_count();
    for (std::size_t cut = wanted.size(); cut-- > 0;) {
        low[cut] = end = runs.first_of(static_cast<int>(cut) + 1, end);
    }
    std::vector<int> cuts;
    cuts.reserve(wanted.size());
    int first = 0;
    for (std::size_t cut = 0; cut < wanted.size(); ++cut) {
        const int high = runs.end_of(static_cast<int>(cut), first);
        first = std::clamp(wanted[cut], std::min(std::max(first + 1, low[cut]), high), high);
        cuts.push_back(first);
    }
    return cuts;
}

}  // namespace leasehold
