#include "parts/sticky_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <tuple>
#include <utility>

namespace leasehold {

namespace {

int held(const held_seat& seat) { return static_cast<int>(seat.parts.size()); }

/// How many parts each seat shall have.
class division {
public:
    explicit division(const seated_plan& from)
        : seats_(from.seats), parts_(static_cast<std::int64_t>(from.seat_of.size())) {}

    std::vector<int> shares() {
        do {
            shares_.assign(seats_.size(), 0);
            left_ = parts_;
            divide([&](std::size_t seat) { return !out_[seat]; });
            if (left_ > 0) {
                // Vacant seats had no use for all of theirs: the live ones divide what they leave.
                for (std::size_t i = 0; i < seats_.size(); ++i) {
                    left_ += seats_[i].vacant ? 0 : std::exchange(shares_[i], 0);
                }
                divide([&](std::size_t seat) { return !seats_[seat].vacant; });
            }
        } while (drop_vacant_seats());
        return shares_;
    }

private:
    /// Adds to the shares of those who count, in proportion to their weights, what is left.
    template <class Counts>
    void divide(Counts counts) {
        std::int64_t weights = 0;
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            weights += counts(i) ? seats_[i].weight : 0;
        }
        struct claimant {
            bool keeps_a_part;
            bool live;
            std::int64_t cut_off;
            std::size_t seat;
        };
        std::vector<claimant> claimants;
        const auto parts = left_;
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            if (!counts(i)) {
                continue;
            }
            const auto product = parts * seats_[i].weight;
            add(i, product / weights);
            const bool keeps_a_part = held(seats_[i]) > shares_[i];
            if (product % weights != 0 && (keeps_a_part || !seats_[i].vacant)) {
                claimants.push_back({keeps_a_part, !seats_[i].vacant, product % weights, i});
            }
        }
        std::sort(claimants.begin(), claimants.end(), [](const auto& a, const auto& b) {
            return std::tie(b.keeps_a_part, b.live, b.cut_off, a.seat) <
                   std::tie(a.keeps_a_part, a.live, a.cut_off, b.seat);
        });
        for (const auto& one : claimants) {
            add(one.seat, std::min<std::int64_t>(left_, 1));
        }
    }

    void add(std::size_t seat, std::int64_t parts) {
        if (seats_[seat].vacant) {
            parts = std::min<std::int64_t>(parts, held(seats_[seat]) - shares_[seat]);
        }
        shares_[seat] += static_cast<int>(parts);
        left_ -= parts;
    }

    /// A vacant seat for which nothing is left does not count: when the next plan is made of this
    /// one it will be unknown, and that plan shall be the same.
    bool drop_vacant_seats() {
        bool any = false;
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            if (seats_[i].vacant && shares_[i] == 0 && !out_[i]) {
                out_[i] = any = true;
            }
        }
        return any;
    }

    const std::vector<held_seat>& seats_;
    std::int64_t parts_;
    std::int64_t left_{0};
    std::vector<int> shares_{};
    std::vector<bool> out_ = std::vector<bool>(seats_.size());
};

struct run {
    int first;
    int count;
};

std::vector<run> runs_of(const std::vector<int>& parts) {
    std::vector<run> runs;
    for (const int part : parts) {
        if (!runs.empty() && runs.back().first + runs.back().count == part) {
            ++runs.back().count;
        } else {
            runs.push_back({part, 1});
        }
    }
    return runs;
}

/// The work on one plan: first seats give, then seats take.
class exchange {
public:
    explicit exchange(const seated_plan& from) : seats_(from.seats), seat_of_(from.seat_of) {
        const auto shares = division{from}.shares();
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            wants_.push_back(shares[i] - held(seats_[i]));
        }
    }

    plan result() {
        give();
        grow();
        fill();
        return named(seats_, seat_of_);
    }

private:
    int& seat_of(int part) { return seat_of_[static_cast<std::size_t>(part)]; }
    int& wants(int seat) { return wants_[static_cast<std::size_t>(seat)]; }

    /// How good it is that a part beside `part` changes hands: best into the hands of a neighbour
    /// who wants more, else to where a part of nobody is, so that both may go in one piece.
    int pull(int part) {
        if (part < 0 || part >= static_cast<int>(seat_of_.size())) {
            return 0;
        }
        const int seat = seat_of(part);
        if (seat == nobody) {
            return 1;
        }
        return wants(seat) > 0 ? 2 : 0;
    }

    void give() {
        std::vector<int> givers;
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            if (wants_[i] < 0) {
                givers.push_back(static_cast<int>(i));
            }
        }
        const auto first_part = [&](int seat) {
            return seats_[static_cast<std::size_t>(seat)].parts.front();
        };
        std::sort(givers.begin(), givers.end(),
                  [&](int a, int b) { return first_part(a) < first_part(b); });
        for (const int seat : givers) {
            give_from(seat);
        }
    }

    void give_from(int seat) {
        auto runs = runs_of(seats_[static_cast<std::size_t>(seat)].parts);
        std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
            return std::tie(a.count, a.first) < std::tie(b.count, b.first);
        });
        for (const auto& one : runs) {
            const int count = std::min(one.count, -wants(seat));
            const int end = one.first + one.count;
            const bool from_below = pull(one.first - 1) > pull(end);
            hand(from_below ? one.first : end - count, count, nobody);
            wants(seat) += count;
        }
    }

    /// Seats beside free parts take them.
    void grow() {
        const int parts = static_cast<int>(seat_of_.size());
        for (int part = 0; part < parts; ++part) {
            if (seat_of(part) != nobody) {
                continue;
            }
            int end = part;
            while (end < parts && seat_of(end) == nobody) {
                ++end;
            }
            const int below = part > 0 ? take(seat_of(part - 1), part, end - part) : 0;
            if (end < parts) {
                const int above = std::min(end - part - below, wants(seat_of(end)));
                take(seat_of(end), end - above, above);
            }
            part = end;
        }
    }

    /// What is still free goes to those who want most, each time the shortest run that is enough,
    /// or else the longest.
    void fill() {
        std::set<std::pair<int, int>> free;  // count, first
        const int parts = static_cast<int>(seat_of_.size());
        for (int part = 0; part < parts; ++part) {
            const int first = part;
            while (part < parts && seat_of(part) == nobody) {
                ++part;
            }
            if (part > first) {
                free.emplace(part - first, first);
            }
        }
        std::vector<std::pair<int, int>> takers;  // minus the parts wanted, seat
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            if (wants_[i] > 0) {
                takers.emplace_back(-wants_[i], static_cast<int>(i));
            }
        }
        std::sort(takers.begin(), takers.end());
        for (const auto& [wanted, seat] : takers) {
            while (wants(seat) > 0) {
                auto best = free.lower_bound({wants(seat), 0});
                if (best == free.end()) {
                    best = free.lower_bound({free.rbegin()->first, 0});
                }
                const auto [count, first] = *best;
                free.erase(best);
                if (const int taken = take(seat, first, count); taken < count) {
                    free.emplace(count - taken, first + taken);
                }
            }
        }
    }

    /// @return how many of `count` free parts from `first` on `seat` wanted
    int take(int seat, int first, int count) {
        const int taken = std::clamp(wants(seat), 0, count);
        hand(first, taken, seat);
        wants(seat) -= taken;
        return taken;
    }

    void hand(int first, int count, int seat) {
        std::fill_n(seat_of_.begin() + first, count, seat);
    }

    const std::vector<held_seat>& seats_;
    std::vector<int> seat_of_;
    std::vector<int> wants_{};  // by seat; below 0: has too many
};

}  // namespace

plan sticky_plan(const seated_plan& from) { return exchange{from}.result(); }

}  // namespace leasehold
