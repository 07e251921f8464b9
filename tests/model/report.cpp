#include "tests/model/report.hpp"

#include "tests/model/mutation.hpp"
#include "tests/model/scenario.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <stdexcept>

namespace leasehold::model {

namespace {

/// What a range of seeds came to.
struct sums {
    std::int64_t seeds = 0;
    std::int64_t steps = 0;
    std::int64_t items = 0;
    std::int64_t slow_revivals = 0;
    std::int64_t plans = 0;
    instant lasted = 0;
    instant longest_settling = 0;
    fault_counts faults{};
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();

    void add(const run_result& one) {
        ++seeds;
        steps += one.steps;
        items += one.items;
        slow_revivals += one.slow_revivals;
        plans += one.plans;
        lasted += one.lasted;
        longest_settling = std::max(longest_settling, one.settled_after);
        for (std::size_t i = 0; i < fault_count; ++i) {
            faults.at(i) += one.faults.at(i);
        }
    }
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    }
};

void print(const sums& all) {
    std::printf("%" PRId64 " seeds, %" PRId64 " steps, %" PRId64 " items, %" PRId64
                " plans, %.0f s of virtual time\n",
                all.seeds, all.steps, all.items, all.plans, static_cast<double>(all.lasted) / 1e6);
    std::printf("settled at most %.1f s after the last fault\n",
                static_cast<double>(all.longest_settling) / 1e6);
    std::printf("%" PRId64 " sessions came back by a heartbeat's late COMMIT, half reaped\n",
                all.slow_revivals);
    for (std::size_t i = 0; i < fault_count; ++i) {
        const auto name = name_of(static_cast<fault>(i));
        std::printf("  %-16.*s %10" PRId64 "\n", static_cast<int>(name.size()), name.data(),
                    all.faults.at(i));
    }
    std::printf("%.1f s, %.0f seeds/s\n", all.seconds(),
                static_cast<double>(all.seeds) / all.seconds());
}

void print_broken(std::uint64_t seed, const run_result& one, const std::string& how_to_replay) {
    const auto name = name_of(*one.broke);
    std::printf("seed %" PRIu64 " breaks \"%.*s\" at %.3f ms: %s\nreplay: model %s\n", seed,
                static_cast<int>(name.size()), name.data(), static_cast<double>(one.lasted) / 1e3,
                one.how.c_str(), how_to_replay.c_str());
}

int judge(const sums& all, const check_options& options) {
    for (std::size_t i = 0; options.every_fault && i < fault_count; ++i) {
        if (all.faults.at(i) == 0) {
            const auto name = name_of(static_cast<fault>(i));
            std::printf("no %.*s ever happened: these seeds show nothing about it\n",
                        static_cast<int>(name.size()), name.data());
            return 1;
        }
    }
    return 0;
}

}  // namespace

int check_seeds(const seed_range& seeds, const check_options& options) {
    sums all;
    for (auto seed = seeds.first; seed <= seeds.last; ++seed) {
        const auto one = play(seed, mutation::none, options.traced);
        all.add(one);
        if (one.broke) {
            print(all);
            print_broken(seed, one, "--seed " + std::to_string(seed) + " --trace");
            return 1;
        }
        if (options.twice && play(seed, mutation::none, false).fingerprint != one.fingerprint) {
            std::printf("seed %" PRIu64 " did not repeat itself\n", seed);
            return 1;
        }
        if (seeds.first == seeds.last) {
            std::printf("fingerprint %016" PRIx64 "\n", one.fingerprint);
        }
    }
    print(all);
    return judge(all, options);
}

int hunt(const std::string& name, const seed_range& seeds, bool traced) {
    const auto mistake = find_mutation(name);
    if (!mistake) {
        throw std::invalid_argument("there is no mutation \"" + name + "\"; see --list-mutations");
    }
    sums all;
    int elsewhere = 0;  // a mistake does harm in many ways, and which comes first is chance
    for (auto seed = seeds.first; seed <= seeds.last; ++seed) {
        const auto one = play(seed, mistake->what, traced);
        all.add(one);
        if (!one.broke) {
            continue;
        }
        if (*one.broke != mistake->breaks) {
            ++elsewhere;
            continue;
        }
        print_broken(seed, one,
                     "--mutation " + name + " --seed " + std::to_string(seed) + " --trace");
        std::printf("found after %" PRId64 " seeds, %d of which broke something else, %.1f s\n",
                    all.seeds, elsewhere, all.seconds());
        return 0;
    }
    const auto wanted = name_of(mistake->breaks);
    std::printf("\"%.*s\" is not broken by any of %" PRId64
                " seeds, something else by %d, %.1f s\n",
                static_cast<int>(wanted.size()), wanted.data(), all.seeds, elsewhere,
                all.seconds());
    return 1;
}

int count_mutations(std::size_t expected) {
    std::printf("%zu mutations\n", all_mutations().size());
    return all_mutations().size() == expected ? 0 : 1;
}

int list_mutations() {
    for (const auto& one : all_mutations()) {
        const auto breaks = name_of(one.breaks);
        std::printf("%-36.*s %-36.*s %.*s\n", static_cast<int>(one.name.size()), one.name.data(),
                    static_cast<int>(breaks.size()), breaks.data(),
                    static_cast<int>(one.story.size()), one.story.data());
    }
    return 0;
}

}  // namespace leasehold::model
