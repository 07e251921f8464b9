// How many of 1,024 parts move when a session joins, leaves or restarts, as Markdown.

#include "tests/unit/parts/plan_scene.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>

namespace leasehold {
namespace {

constexpr int part_count = 1024;
constexpr int draws = 200;
constexpr const char* strategies[] = {"lexical", "sticky", "balanced"};

/// A queue whose sessions have names of their own.
class named_fleet {
public:
    named_fleet(generator& random, const char* strategy, int sessions) : random_(random) {
        scene_.strategy = strategy;
        scene_.part_count = part_count;
        for (int i = 0; i < sessions; ++i) {
            add("worker " + std::to_string(i));
        }
        scene_.follow();
    }

    int join() {
        add("newcomer");
        return moved();
    }
    int leave() {
        take_any();
        return moved();
    }
    int restart() {
        const auto gone = take_any();
        scene_.vacant.push_back(gone);
        const int by_the_leave = moved();
        add(gone.name);
        return by_the_leave + moved();
    }

private:
    void add(const std::string& name) {
        scene_.seats.push_back({.id = any_id(random_), .name = name});
        names_[scene_.seats.back().id] = name;
    }

    plan_seat take_any() {
        const auto place =
            scene_.seats.begin() + any_of(random_, 0, static_cast<int>(scene_.seats.size()) - 1);
        const auto seat = *place;
        scene_.seats.erase(place);
        return seat;
    }

    /// The parts that the next plan has for a session of another name.
    int moved() {
        const auto before = scene_.planned;
        scene_.follow();
        int count = 0;
        for (std::size_t part = 0; part < before.size(); ++part) {
            count += names_.at(*before[part]) == names_.at(*scene_.planned[part]) ? 0 : 1;
        }
        return count;
    }

    generator& random_;
    plan_scene scene_{};
    std::map<session_id, std::string> names_{};
};

void print(const char* title, double (*least)(int), int (named_fleet::*change)()) {
    generator random{12};
    std::printf("%s\n\n| sessions before | least |", title);
    for (const auto* strategy : strategies) {
        std::printf(" %s |", strategy);
    }
    std::printf("\n| ---: | ---: | ---: | ---: | ---: |\n");
    for (const int sessions : {2, 4, 8, 16, 32, 64}) {
        std::printf("| %d | %.1f |", sessions, least(sessions));
        for (const auto* strategy : strategies) {
            int moved = 0;
            for (int draw = 0; draw < draws; ++draw) {
                named_fleet fleet{random, strategy, sessions};
                moved += (fleet.*change)();
            }
            std::printf(" %.1f |", static_cast<double>(moved) / draws);
        }
        std::printf("\n");
    }
    std::printf("\n");
}

/// The rejected way: a part is for the session whose hash with it is the greatest.
void print_rendezvous_spread() {
    generator random{12};
    constexpr int sessions = 8;
    constexpr int parts = 64;
    int fewest = 0;
    int most = 0;
    for (int draw = 0; draw < draws; ++draw) {
        // A good hash of part and id is a fresh random number.
        std::array<int, sessions> counts{};
        for (int part = 0; part < parts; ++part) {
            ++counts.at(static_cast<std::size_t>(any_of(random, 0, sessions - 1)));
        }
        fewest += *std::min_element(counts.begin(), counts.end());
        most += *std::max_element(counts.begin(), counts.end());
    }
    std::printf("Rendezvous hashing of %d parts to %d sessions: fewest %.1f, most %.1f\n", parts,
                sessions, static_cast<double>(fewest) / draws, static_cast<double>(most) / draws);
}

}  // namespace
}  // namespace leasehold

int main() {
    using leasehold::part_count;
    // A newcomer may have the lower of two shares; a leaver had, on average, one of N.
    leasehold::print(
        "Join", [](int sessions) { return std::floor(part_count / (sessions + 1.0)); },
        &leasehold::named_fleet::join);
    leasehold::print(
        "Leave", [](int sessions) { return static_cast<double>(part_count) / sessions; },
        &leasehold::named_fleet::leave);
    leasehold::print(
        "Restart under its name", [](int) { return 0.0; }, &leasehold::named_fleet::restart);
    leasehold::print_rendezvous_spread();
}
