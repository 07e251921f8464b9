// Real workers on a real server, under every kind of fault: is each item done, and once?

#include "tests/process/faults/faults.hpp"
#include "tests/process/faults/judge.hpp"

#include <utility>  // before spdlog: Boost 1.74 uses std::exchange without it

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <numeric>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

struct wish {
    std::vector<std::string> only{};
    std::string logs{"fault-logs"};
    std::string claims{"mixed"};
    std::uint64_t seed{1};
    int minutes{10};
    bool is_short{false};
    bool soak{false};
    bool list{false};
};

struct row {
    std::string name{};
    std::string claims{};  ///< of each queue
    int injected{0};
    verdict found{};
};

std::string line_of(const row& one) {
    const auto& found = one.found;
    return fmt::format("{:<31} {:<9} {:>8} {:>7} {:>8} {:>7} {:>5} {:>7} {:>9.1f} s {:>8.1f} s  {}",
                       one.name, one.claims, one.injected, found.items, found.by_lease,
                       found.completed_once, found.lost, found.doubled, found.longest_stall,
                       found.longest_wait, found.problems.empty() ? "ok" : "FAILED");
}

void print_head() {
    std::cout << fmt::format("{:<31} {:<9} {:>8} {:>7} {:>8} {:>7} {:>5} {:>7} {:>11} {:>10}",
                             "fault", "claims", "injected", "items", "by lease", "once", "lost",
                             "doubled", "longest gap", "longest wait")
              << std::endl;
}

void print_problems(const row& one) {
    for (const auto& problem : one.found.problems) {
        std::cout << "    " << one.name << ": " << problem << '\n';
    }
    std::cout.flush();
}

std::string file_name(const std::string& name) {
    std::string result;
    for (const char c : name) {
        const auto letter = static_cast<unsigned char>(c);
        result += std::isalnum(letter) != 0 ? static_cast<char>(std::tolower(letter)) : '_';
    }
    return result;
}

std::filesystem::path logs_of(const wish& wanted, const std::string& name) {
    return std::filesystem::path{wanted.logs} / file_name(name);
}

/// What the workers of a queue say must add up to its items.
void judge_sum(site& here, std::size_t queue, const fleet_summary& said, verdict& found) {
    const auto items = static_cast<std::int64_t>(here.items_of(static_cast<int>(queue)).size());
    const auto way = here.proxied();
    const bool cut = way.commits_cut_before + way.commits_cut_after + way.commits_cut_late > 0;
    const bool may_be_unknown = here.by_lease(queue) && cut;
    if (said.lost != 0 || (said.unknown != 0 && !may_be_unknown) ||
        said.completed + said.unknown != items) {
        found.problems.push_back(
            fmt::format("the workers of {} report {} completed, {} lost, {} unknown of {}",
                        queue_names.at(queue), said.completed, said.lost, said.unknown, items));
    }
}

/// @param outage  how long the longest fault took, in seconds
void judge_worker_words(site& here, const fault& kind, const std::array<fleet_summary, 2>& said,
                        double outage, verdict& found) {
    for (std::size_t queue = 0; kind.exact && queue < said.size(); ++queue) {
        judge_sum(here, queue, said.at(queue), found);
    }
    if (found.longest_stall > outage + kind.stall_max) {
        found.problems.push_back(
            fmt::format("nothing was completed for {:.1f} s; the longest fault took {:.1f} s",
                        found.longest_stall, outage));
    }
}

/// One queue of each mode; which is which changes with the number of the row and with the seed.
site_options options_for(const wish& wanted, std::size_t number = 0) {
    site_options options{.seed = wanted.seed};
    if (wanted.claims != "mixed") {
        options.claims = {wanted.claims, wanted.claims};
    } else if ((number + wanted.seed) % 2 == 0) {
        std::swap(options.claims[0], options.claims[1]);
    }
    if (wanted.is_short) {
        options.transactional = 2;
        options.external = 1;
        options.items_a_tick = 60;
    }
    return options;
}

/// Lets the site come to rest, and judges it.
verdict end_of(site& here, const fault& kind, double outage) {
    const bool settled = here.settle(45s);
    const auto said = here.close();
    if (kind.evidence) {
        kind.evidence(here);
    }
    std::ofstream{here.logs() / "server.log"} << here.server_log();
    auto found = judge(here, said);
    judge_worker_words(here, kind, said, outage, found);
    if (!settled) {
        found.problems.emplace_back("not everything was done within 45 s of the last fault");
    }
    return found;
}

/// Calls it, and keeps the time of the longest call, in seconds.
template <class Call>
auto timed(double& longest, Call call) {
    const auto begun = steady::now();
    const auto result = call();
    longest = std::max(longest, std::chrono::duration<double>(steady::now() - begun).count());
    return result;
}

std::string words_of(const std::array<std::string, 2>& claims) {
    return claims[0] == claims[1] ? claims[0] : claims[0] + "," + claims[1];
}

row run(const fault& kind, server& home, const wish& wanted, std::size_t number) {
    auto options = options_for(wanted, number);
    row one{.name = kind.name, .claims = words_of(options.claims)};
    options.on_small_disk = kind.small_disk;
    auto at = home;
    if (kind.small_disk) {
        at = home.beside("small", home.port() + 20, 96);
        at.start();
    }
    site here{at, "fault_" + file_name(kind.name), logs_of(wanted, kind.name), options};
    if (kind.prepare) {
        kind.prepare(here);
    }
    here.open();
    double outage = 0;
    const int times = wanted.is_short ? kind.times_short : kind.times;
    for (int tries = 0; one.injected < times && tries < 3 * times + 5; ++tries) {
        one.injected += timed(outage, [&] { return kind.inject(here); });
        here.pass(kind.calm);
    }
    one.found = end_of(here, kind, outage);
    if (one.injected < times) {
        one.found.problems.push_back(fmt::format("{} of {} faults happened", one.injected, times));
    }
    if (kind.small_disk) {
        at.stop("immediate");
    } else {
        home = here.home();
    }
    return one;
}

void progress(site& here, steady::time_point begun, int injected) {
    std::cout
        << fmt::format(
               "{:>5} s  {} faults, {} items done, {} in the queues, {} sessions",
               std::chrono::duration_cast<std::chrono::seconds>(steady::now() - begun).count(),
               injected, here.count("done"),
               here.count("leasehold.items_inside") + here.count("leasehold.items_outside"),
               here.count("leasehold.sessions"))
        << std::endl;
}

/// One fleet, and round after round all kinds of faults, in an order that the dice say.
bool run_soak(const wish& wanted) {
    const auto home = server::of_environment();
    std::vector<fault> kinds;
    for (auto& kind : all_faults()) {
        if (kind.anywhere) {
            kinds.push_back(std::move(kind));
        }
    }
    std::vector<int> injected(kinds.size());
    site here{home, "fault_soak", logs_of(wanted, "soak"), options_for(wanted)};
    for (const auto& kind : kinds) {
        if (kind.prepare) {
            kind.prepare(here);
        }
    }
    here.open();
    const auto begun = steady::now();
    auto told = begun;
    double outage = 0;
    row all{.name = "all", .claims = wanted.claims};
    std::vector<std::size_t> deck;
    while (steady::now() < begun + std::chrono::minutes{wanted.minutes}) {
        if (deck.empty()) {
            if (all.injected > 0 && wanted.claims == "mixed") {
                here.swap_claims();
            }
            deck.resize(kinds.size());
            std::iota(deck.begin(), deck.end(), 0U);
            std::shuffle(deck.begin(), deck.end(), here.dice());
        }
        const auto drawn = deck.back();
        deck.pop_back();
        const int times = timed(outage, [&] { return kinds[drawn].inject(here); });
        injected[drawn] += times;
        all.injected += times;
        here.pass(milliseconds{here.drawn(100, 2'000)});
        if (steady::now() - told >= 30s) {
            told = steady::now();
            progress(here, begun, all.injected);
        }
    }
    all.found = end_of(here, {.name = "soak"}, outage);
    print_head();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        std::cout << fmt::format("{:<31} {:>8}\n", kinds[i].name, injected[i]);
        if (injected[i] == 0) {
            all.found.problems.push_back(kinds[i].name + " never happened; soak for longer");
        }
    }
    std::cout << line_of(all) << std::endl;
    print_problems(all);
    return all.found.problems.empty();
}

bool is_wanted(const fault& kind, const wish& wanted) {
    return wanted.only.empty() ||
           std::any_of(wanted.only.begin(), wanted.only.end(), [&](const auto& words) {
               return kind.name.find(words) != std::string::npos;
           });
}

bool run_matrix(const wish& wanted) {
    auto home = server::of_environment();
    print_head();
    row total{.name = "all", .claims = wanted.claims};
    std::size_t number = 0;
    for (const auto& kind : all_faults()) {
        ++number;
        if (!is_wanted(kind, wanted)) {
            continue;
        }
        row one{.name = kind.name};
        try {
            one = run(kind, home, wanted, number);
        } catch (const std::exception& error) {
            one.found.problems.emplace_back(error.what());
        }
        std::cout << line_of(one) << std::endl;
        print_problems(one);
        total.injected += one.injected;
        total.found.items += one.found.items;
        total.found.completed_once += one.found.completed_once;
        total.found.lost += one.found.lost;
        total.found.by_lease += one.found.by_lease;
        total.found.doubled += one.found.doubled;
        total.found.longest_stall = std::max(total.found.longest_stall, one.found.longest_stall);
        total.found.longest_wait = std::max(total.found.longest_wait, one.found.longest_wait);
        if (!one.found.problems.empty()) {
            total.found.problems.push_back(one.name);
        }
    }
    std::cout << line_of(total) << std::endl;
    return total.found.problems.empty();
}

}  // namespace

}  // namespace leasehold::test

int main(int argc, char** argv) {
    namespace test = leasehold::test;
    CLI::App app{"Runs workers under faults and judges what became of the items."};
    test::wish wanted;
    app.add_option("--only", wanted.only, "Only the faults whose names contain one of these words");
    app.add_option("--logs", wanted.logs, "Folder for the logs of the programs");
    app.add_option("--seed", wanted.seed, "Of everything that is drawn");
    app.add_option("--claims", wanted.claims,
                   "row, lease, or mixed: one queue of each; the soak swaps them again and again")
        ->check(CLI::IsMember({"row", "lease", "mixed"}));
    app.add_option("--minutes", wanted.minutes, "How long the soak takes");
    app.add_flag("--list", wanted.list, "Only print the names of the faults");
    app.add_flag("--short", wanted.is_short, "Each fault once or a few times, few items");
    app.add_flag("--soak", wanted.soak,
                 "Random faults on one fleet instead of one after the other");
    CLI11_PARSE(app, argc, argv);
    try {
        if (wanted.list) {
            for (const auto& kind : test::all_faults()) {
                std::cout << kind.name << '\n';
            }
            return 0;
        }
        return (wanted.soak ? test::run_soak(wanted) : test::run_matrix(wanted)) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "fault_bench: " << error.what() << '\n';
        return 1;
    }
}
