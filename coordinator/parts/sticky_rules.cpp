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

/// Divides `parts` among the seats whose share is `open`, in proportion to their weights.
void divide(const std::vector<held_seat>& seats, const std::vector<bool>& open, std::int64_t parts,
            std::vector<int>& shares) {
    std::int64_t weights = 0;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        weights += open[i] ? seats[i].weight : 0;
    }
    struct claimant {
        bool keeps_a_part;
        bool live;
        std::int64_t cut_off;
        std::size_t seat;
    };
    std::vector<claimant> claimants;
    std::int64_t left = parts;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        if (!open[i]) {
            continue;
        }
        const auto product = parts * seats[i].weight;
        shares[i] = static_cast<int>(product / weights);
        left -= shares[i];
        if (product % weights != 0) {
            claimants.push_back(
                {held(seats[i]) > shares[i], !seats[i].vacant, product % weights, i});
        }
    }
    std::sort(claimants.begin(), claimants.end(), [](const auto& a, const auto& b) {
        return std::tie(b.keeps_a_part, b.live, b.cut_off, a.seat) <
               std::tie(a.keeps_a_part, a.live, a.cut_off, b.seat);
    });
    // What is left is the sum of what was cut off, so there are claimants enough.
    for (std::size_t i = 0; i < static_cast<std::size_t>(left); ++i) {
        ++shares[claimants[i].seat];
    }
}

std::vector<int> shares_of(const seated_plan& from) {
    const auto& seats = from.seats;
    std::vector<int> shares(seats.size());
    std::vector<bool> open(seats.size(), true);
    auto parts = static_cast<std::int64_t>(from.seat_of.size());
    for (bool settled = false; !settled;) {
        divide(seats, open, parts, shares);
        settled = true;
        for (std::size_t i = 0; i < seats.size(); ++i) {
            if (open[i] && seats[i].vacant && shares[i] > held(seats[i])) {
                shares[i] = held(seats[i]);
                parts -= shares[i];
                open[i] = false;
                settled = false;
            }
        }
    }
    return shares;
}

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
        const auto shares = shares_of(from);
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
