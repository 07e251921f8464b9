// How long a few items take when there are as many idle workers as anyone could wish for.

#include "tests/bench/scenario.hpp"

#include <algorithm>
#include <tuple>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

constexpr int workers = 10;

/// What is enqueued at once, and how it lies in the keyspace.
struct load {
    std::string name{};
    std::size_t items{0};
    milliseconds shortest{0};
    milliseconds longest{0};
    bool skewed{false};  ///< 90 % of the items in 5 % of the keyspace
};

/// How a queue of Leasehold's is set for a load.
struct queue_way {
    std::string name{};
    std::string settings{};
    bound limit{};
};

std::vector<planned_item> items_of(const load& what, std::mt19937_64 dice) {
    std::uniform_real_distribution<double> place{0, 1};
    std::uniform_int_distribution<std::int64_t> takes_ms{what.shortest.count(),
                                                         what.longest.count()};
    const double dense_from = place(dice) * 0.95;
    std::vector<planned_item> items;
    for (std::size_t i = 0; i < what.items; ++i) {
        const bool dense = what.skewed && i % 10 != 0;
        const double at = dense ? dense_from + 0.05 * place(dice) : place(dice);
        items.push_back({.what = {i, milliseconds{takes_ms(dice)}}, .id = id_at(at, dice)});
    }
    return items;
}

/// @return seconds from the enqueueing to the end of the last item
double makespan(stage& here, const std::vector<planned_item>& items) {
    here.start_settled(workers, {});
    here.enqueue(items);
    here.await_ended(static_cast<std::int64_t>(items.size()));
    std::int64_t last = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        last = std::max(last, here.book().item(i).ended.load());
    }
    here.require_once(items.size());
    return seconds_of(last - here.book().item(0).due);
}

void measure(const setting& how, report& into, const load& what,
             const std::vector<queue_way>& ways) {
    std::vector<std::vector<double>> took(ways.size());
    std::vector<conflict_rows> conflicts(ways.size());
    std::vector<double> others;
    std::vector<variant> variants;
    variants.push_back({what.name + ", SKIP LOCKED", [&](int round) {
                            stage here{{.how = way::skip_locked,
                                        .folder = folder_of(how, what.name + ", SKIP LOCKED"),
                                        .items_max = what.items}};
                            others.push_back(makespan(here, items_of(what, dice_of(how, round))));
                            here.stop_all();
                            tell(variants.front().name, round, "s", others.back());
                        }});
    for (std::size_t i = 0; i < ways.size(); ++i) {
        variants.push_back({what.name + ways[i].name, [&, i](int round) {
                                stage here{{.folder = folder_of(how, what.name + ways[i].name),
                                            .items_max = what.items,
                                            .settings = ways[i].settings}};
                                took[i].push_back(
                                    makespan(here, items_of(what, dice_of(how, round))));
                                conflicts[i].note(here.conflicts());
                                here.stop_all();
                                tell(what.name + ways[i].name, round, "s", took[i].back());
                            }});
    }
    play_rounds(how, into, variants);
    for (std::size_t i = 0; i < ways.size(); ++i) {
        const auto scenario = what.name + ways[i].name;
        into.add({.scenario = scenario,
                  .measure = "makespan, s",
                  .leasehold = took[i],
                  .skip_locked = others,
                  .limit = ways[i].limit});
        conflicts[i].add_to(into, scenario);
    }
}

}  // namespace

void measure_makespan(const setting& how, report& into) {
    const queue_way as_made{"", "", ratio_at_most(1.15)};
    measure(how, into, {.name = "10 items of 1 s", .items = 10, .shortest = 1s, .longest = 1s},
            {as_made, {", no help", "helpers_max = 0", {}}});
    measure(how, into,
            {.name = "200 items of 50-500 ms", .items = 200, .shortest = 50ms, .longest = 500ms},
            {as_made});
    measure(how, into,
            {.name = "200 items, 90 % in 5 % of the keys",
             .items = 200,
             .shortest = 50ms,
             .longest = 500ms,
             .skewed = true},
            {as_made, {", balanced", "strategy = 'balanced'", ratio_at_most(1.15)}});
    // How quick may handlers be for help to be of use?
    for (const auto& [name, items, time] : {std::tuple{"600 items of 20 ms", 600U, 20ms},
                                            std::tuple{"2000 items of 5 ms", 2'000U, 5ms},
                                            std::tuple{"6000 items of 1 ms", 6'000U, 1ms}}) {
        measure(how, into,
                {.name = std::string{name} + ", skewed",
                 .items = items,
                 .shortest = time,
                 .longest = time,
                 .skewed = true},
                {{"", "", {}}, {", no help", "helpers_max = 0", {}}});
    }
}

}  // namespace leasehold::bench
