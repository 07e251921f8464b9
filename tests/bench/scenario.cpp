#include "tests/bench/scenario.hpp"

#include <cctype>
#include <cstdio>
#include <exception>

namespace leasehold::bench {

namespace {

std::string number_of_workers(int count) {
    return std::to_string(count) + (count == 1 ? " worker" : " workers");
}

}  // namespace

void conflict_rows::note(const conflict_counts& counts) {
    without_help_.push_back(static_cast<double>(counts.without_help));
    with_help_.push_back(static_cast<double>(counts.with_help));
    workers_without_help_ += counts.workers_without_help;
    workers_with_help_ += counts.workers_with_help;
}

void conflict_rows::add_to(report& into, const std::string& scenario) const {
    if (workers_without_help_ > 0) {
        into.add({.scenario = scenario,
                  .measure = "40001, " + number_of_workers(workers_without_help_) + " without help",
                  .leasehold = without_help_,
                  .limit = at_most(0),
                  .way_of_rounds = over_rounds::sum});
    }
    if (workers_with_help_ > 0) {
        into.add({.scenario = scenario,
                  .measure = "40001, " + number_of_workers(workers_with_help_) + " with help",
                  .leasehold = with_help_,
                  .way_of_rounds = over_rounds::sum});
    }
}

void play_rounds(const setting& how, report& into, const std::vector<variant>& variants) {
    for (int round = 0; round < how.rounds; ++round) {
        for (const auto& one : variants) {
            try {
                one.run(round);
            } catch (const std::exception& error) {
                into.add_failure(one.name + ", round " + std::to_string(round + 1), error.what());
                std::fprintf(stderr, "%s: %s\n", one.name.c_str(), error.what());
            }
        }
    }
}

std::filesystem::path folder_of(const setting& how, const std::string& variant) {
    std::string name;
    for (const char c : variant) {
        const auto letter = static_cast<unsigned char>(c);
        name += std::isalnum(letter) != 0 ? static_cast<char>(std::tolower(letter)) : '_';
    }
    return how.folder / name;
}

std::mt19937_64 dice_of(const setting& how, int round) {
    return std::mt19937_64{how.seed * 1'000 + static_cast<std::uint64_t>(round)};
}

item_id id_at(double place, std::mt19937_64& dice) {
    item_id id;
    const auto head = static_cast<std::uint32_t>(place * 4'294'967'296.0);
    const auto low = dice();
    const auto high = dice();
    for (unsigned i = 0; i < 16; ++i) {
        const auto word = i < 4 ? head >> (24U - 8U * i) : (i < 8 ? high : low) >> (8U * (i % 8U));
        id.value.data[i] = static_cast<std::uint8_t>(word);
    }
    id.value.data[6] = static_cast<std::uint8_t>((id.value.data[6] & 0x0fU) | 0x40U);
    id.value.data[8] = static_cast<std::uint8_t>((id.value.data[8] & 0x3fU) | 0x80U);
    return id;
}

void tell(std::string_view what, int round, std::string_view measure, double number) {
    std::fprintf(stderr, "%.*s, round %d: %.*s %.2f\n", static_cast<int>(what.size()), what.data(),
                 round + 1, static_cast<int>(measure.size()), measure.data(), number);
}

}  // namespace leasehold::bench
