// Real workers on a real server, under every kind of fault: is each item done, and once?

#include "tests/process/faults/faults.hpp"
#include "tests/process/faults/judge.hpp"

#include <utility>  // before spdlog: Boost 1.74 uses std::exchange without it

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

struct wish {
    std::vector<std::string> only{};
    std::string logs{"fault-logs"};
    std::uint64_t seed{1};
    int minutes{10};
    bool is_short{false};
    bool soak{false};
    bool list{false};
};

struct row {
    std::string name{};
    int injected{0};
    verdict found{};
};

std::string line_of(const row& one) {
    return fmt::format("{:<32} {:>8} {:>8} {:>9} {:>5} {:>7} {:>9.1f} s  {}", one.name,
                       one.injected, one.found.items, one.found.completed_once, one.found.lost,
                       one.found.doubled, one.found.longest_stall,
                       one.found.problems.empty() ? "ok" : "FAILED");
}

void print_head() {
    std::cout << fmt::format("{:<32} {:>8} {:>8} {:>9} {:>5} {:>7} {:>11}", "fault", "injected",
                             "items", "once", "lost", "doubled", "longest stall")
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

void judge_worker_words(const fault& kind, const fleet_summary& said, verdict& found) {
    if (kind.exact && (said.lost != 0 || said.unknown != 0 || said.completed != found.items)) {
        found.problems.push_back(fmt::format("the workers report {} completed, {} lost, {} unknown",
                                             said.completed, said.lost, said.unknown));
    }
    if (found.longest_stall > kind.stall_max) {
        found.problems.push_back(fmt::format("nothing was completed for {:.1f} s", found.longest_stall));
    }
}

row run(const fault& kind, server& home, const wish& wanted) {
    row one{.name = kind.name};
    site_options options{.seed = wanted.seed, .on_small_disk = kind.small_disk};
    if (wanted.is_short) {
        options = {.transactional = 2, .external = 1, .items_a_tick = 60, .seed = wanted.seed,
                   .on_small_disk = kind.small_disk};
    }
    auto at = home;
    if (kind.small_disk) {
        at = home.beside("small", home.port() + 20, 96);
        at.start();
    }
    site here{at, "fault_" + file_name(kind.name).substr(0, 20),
              std::filesystem::path{wanted.logs} / file_name(kind.name), options};
    if (kind.prepare) {
        kind.prepare(here);
    }
    here.open();
    const int times = wanted.is_short ? kind.times_short : kind.times;
    for (int tries = 0; one.injected < times && tries < 3 * times + 5; ++tries) {
        one.injected += kind.inject(here);
        here.pass(kind.calm);
    }
    const bool settled = here.settle(45s);
    const auto said = here.close();
    if (kind.evidence) {
        kind.evidence(here);
    }
    one.found = judge(here, said);
    judge_worker_words(kind, said, one.found);
    if (!settled) {
        one.found.problems.emplace_back("not everything was done within 45 s of the last fault");
    }
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

bool is_wanted(const fault& kind, const wish& wanted) {
    return wanted.only.empty() ||
           std::any_of(wanted.only.begin(), wanted.only.end(), [&](const auto& words) {
               return kind.name.find(words) != std::string::npos;
           });
}

bool run_matrix(const wish& wanted) {
    auto home = server::of_environment();
    print_head();
    row total{.name = "all"};
    for (const auto& kind : all_faults()) {
        if (!is_wanted(kind, wanted)) {
            continue;
        }
        row one{.name = kind.name};
        try {
            one = run(kind, home, wanted);
        } catch (const std::exception& error) {
            one.found.problems.emplace_back(error.what());
        }
        std::cout << line_of(one) << std::endl;
        print_problems(one);
        total.injected += one.injected;
        total.found.items += one.found.items;
        total.found.completed_once += one.found.completed_once;
        total.found.lost += one.found.lost;
        total.found.doubled += one.found.doubled;
        total.found.longest_stall = std::max(total.found.longest_stall, one.found.longest_stall);
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
    app.add_option("--minutes", wanted.minutes, "How long the soak takes");
    app.add_flag("--short", wanted.is_short, "Each fault once or a few times, few items");
    app.add_flag("--soak", wanted.soak, "Random faults on one fleet instead of one after the other");
    CLI11_PARSE(app, argc, argv);
    try {
        return test::run_matrix(wanted) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "fault_bench: " << error.what() << '\n';
        return 1;
    }
}
