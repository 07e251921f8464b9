#pragma once

#include <cstddef>
#include <vector>

namespace leasehold {

/// The loads of the parts, summed up from the first.
class load_sums {
public:
    /// @param loads  by part, each above 0
    explicit load_sums(const std::vector<double>& loads);

    int part_count() const { return static_cast<int>(sums_.size()) - 1; }
    double total() const { return sums_.back(); }
    /// Load of the parts before `part`.
    double before(int part) const { return sums_[static_cast<std::size_t>(part)]; }
    double between(int first, int end) const { return before(end) - before(first); }
    double heaviest() const { return heaviest_; }

    /// The part whose sum before it is nearest to `load`; the lower of two.
    int nearest(double load) const;
    /// The greatest end of parts from `first` on that are no more than `load` together.
    int end_of(int first, double load) const;
    /// The smallest first of parts up to `end` that are no more than `load` together.
    int first_of(int end, double load) const;

private:
    std::vector<double> sums_;
    double heaviest_{0};
};

/// A seat in its row along the keyspace, from one cut to the next.
struct row_seat {
    double fair;  ///< load it should have; all together make the total
    double low;   ///< load it must have, at most `fair`
    double high;  ///< load it may have, at least `fair`
};

/// Where a cut may stand without moving a part that anyone has; low <= high, in sums of load.
struct cut_room {
    double low;
    double high;
};

/// Cuts, as sums of load, that leave each seat between its low and its high, and are together the
/// least way from their rooms. Where that leaves a choice, they stand nearest to the fair ones.
/// @param rooms  of the cuts between the seats: one less than those
std::vector<double> nearest_cuts(const std::vector<row_seat>& row,
                                 const std::vector<cut_room>& rooms);

/// Cuts between parts, near the wanted ones, that leave each seat at least a part, and no more than
/// its fair load and `slack` of it; or, where no cuts do that, as little more as can be, which is
/// never more than fair load and heaviest part. A single part is never too much.
/// @param fair    by seat; no more seats than parts
/// @param wanted  the cuts between the seats
/// @return        as many cuts
std::vector<int> bounded_cuts(const load_sums& loads, const std::vector<double>& fair, double slack,
                              const std::vector<int>& wanted);

}  // namespace leasehold
