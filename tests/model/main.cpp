// build/tests/model: many workers over a simulated database, clock and network, from a seed.

#include "tests/model/report.hpp"

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

/// "3..17" or "5".
leasehold::model::seed_range range_from(const std::string& text) {
    const auto dots = text.find("..");
    leasehold::model::seed_range seeds;
    seeds.first = std::stoull(text.substr(0, dots));
    seeds.last = dots == std::string::npos ? seeds.first : std::stoull(text.substr(dots + 2));
    return seeds;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace leasehold::model;
    CLI::App app{"Plays many workers over a simulated database, clock and network."};
    std::string seeds = "1..1000";
    std::string mutated;
    std::uint64_t seed = 0;
    bool traced = false;
    bool twice = false;
    bool every_fault = false;
    bool listed = false;
    std::size_t expected = 0;
    app.add_option("--seeds", seeds, "seeds to run, as 1..1000")->capture_default_str();
    app.add_option("--seed", seed, "one seed");
    app.add_flag("--trace", traced, "print the whole schedule");
    app.add_flag("--twice", twice, "play each seed twice and compare");
    app.add_flag("--every-fault", every_fault, "fail when a kind of fault never happened");
    app.add_option("--mutation", mutated, "plant a mistake; the run succeeds when it is found");
    app.add_option("--count-mutations", expected, "fail unless there are so many mutations");
    app.add_flag("--list-mutations", listed, "name them all");
    CLI11_PARSE(app, argc, argv);
    spdlog::set_level(spdlog::level::off);
    try {
        if (listed) {
            return list_mutations();
        }
        if (expected != 0) {
            return count_mutations(expected);
        }
        const auto range = seed != 0 ? seed_range{seed, seed} : range_from(seeds);
        if (!mutated.empty()) {
            return hunt(mutated, range, traced);
        }
        return check_seeds(range, {.traced = traced, .twice = twice, .every_fault = every_fault});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "model: %s\n", error.what());
        return 2;
    }
}
