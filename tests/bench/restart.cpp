// A deploy: eight workers under load are stopped and started again, one after the other.

#include "tests/bench/scenario.hpp"

#include <algorithm>
#include <thread>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

constexpr int workers = 8;
constexpr int parts = 64;
constexpr std::size_t backlog = 40'000;
constexpr auto bucket = 100ms;

struct restart_figures {
    std::vector<double> before{};
    std::vector<double> during{};
    std::vector<double> share{};
    std::vector<double> emptiest{};
    std::vector<double> took{};
    std::vector<double> twice{};
    std::vector<double> moved{};
    conflict_rows conflicts{};
};

void fill(stage& here, std::mt19937_64 dice) {
    std::uniform_int_distribution<std::int64_t> takes_us{4'000, 6'000};
    std::vector<planned_item> items;
    for (std::size_t i = 0; i < backlog; ++i) {
        items.push_back({.what = {i, std::chrono::microseconds{takes_us(dice)}}});
        if (items.size() == 5'000 || i + 1 == backlog) {
            here.enqueue(items);
            items.clear();
        }
    }
    here.sql(here.how() == way::leasehold ? "ANALYZE leasehold.items_bench" : "ANALYZE bench_jobs");
}

/// How many items ended in each bucket of the time from `begin` to `end`, the last whole one last.
std::vector<int> completions(const ledger& book, std::int64_t begin, std::int64_t end) {
    const auto width = nanoseconds{bucket}.count();
    std::vector<int> counts(
        static_cast<std::size_t>(std::max<std::int64_t>(end - begin, 0) / width));
    for (const auto& one : book.items()) {
        const auto at = (one.ended - begin) / width;
        if (one.ended >= begin && at < static_cast<std::int64_t>(counts.size())) {
            ++counts[static_cast<std::size_t>(at)];
        }
    }
    return counts;
}

double per_second(const std::vector<int>& counts) {
    double sum = 0;
    for (const int one : counts) {
        sum += one;
    }
    return sum / std::chrono::duration<double>{bucket * counts.size()}.count();
}

double started_twice(const ledger& book) {
    return static_cast<double>(std::count_if(book.items().begin(), book.items().end(),
                                             [](const auto& one) { return one.starts > 1; }));
}

void restart_all(stage& here, const std::string& name, restart_figures& found) {
    for (int i = 0; i < workers; ++i) {
        here.start({.name = name.empty() ? "" : name + std::to_string(i)});
    }
    here.await_settled();
    const auto& book = here.book();
    here.await([&] { return book.ended() > 1'000; }, "the first 1000 items");
    const auto settled_at = now_ns();
    std::this_thread::sleep_for(2s);  // real time: what is done in it is measured
    const auto begin = now_ns();
    const auto begin_there = here.server_time();
    for (int i = 0; i < workers; ++i) {
        here.stop(i);  // seats are numbered as they are started
        const int next = here.start({.name = name.empty() ? "" : name + std::to_string(i)});
        here.await([&] { return book.seat(next).first_ended > 0; }, "the new worker's first item",
                   20s);
    }
    const auto end = now_ns();
    here.await_settled();
    if (book.ended() == static_cast<std::int64_t>(backlog)) {
        throw std::runtime_error("the backlog ran out");
    }
    const auto before = completions(book, settled_at, begin);
    const auto during = completions(book, begin, end);
    found.before.push_back(per_second(before));
    found.during.push_back(per_second(during));
    found.share.push_back(100 * found.during.back() / found.before.back());
    found.emptiest.push_back(*std::min_element(during.begin(), during.end()));
    found.took.push_back(seconds_of(end - begin));
    if (here.how() == way::leasehold) {
        found.moved.push_back(here.parts_moved(begin_there));
        found.conflicts.note(here.conflicts());
    }
    here.stop_all();
    found.twice.push_back(started_twice(book));
}

void add_rows(report& into, const std::string& scenario, const restart_figures& found,
              const restart_figures& other, double moves_at_most) {
    into.add({scenario, "items a second before", found.before, other.before});
    into.add({scenario, "items a second meanwhile", found.during, other.during});
    into.add({scenario, "% of before", found.share, other.share, at_least(80)});
    into.add({scenario, "fewest completions in 100 ms", found.emptiest, other.emptiest, at_least(1),
              over_rounds::smallest});
    into.add(
        {scenario, "parts moved", found.moved, {}, at_most(moves_at_most), over_rounds::largest});
    into.add({scenario, "items started twice", found.twice, other.twice, at_most(0),
              over_rounds::largest});
    into.add({scenario, "the whole restart, s", found.took, other.took});
    found.conflicts.add_to(into, scenario);
}

}  // namespace

void measure_restart(const setting& how, report& into) {
    const std::string stable = "rolling restart of 8, stable names";
    const std::string nameless = "rolling restart of 8, no names";
    restart_figures of_stable;
    restart_figures of_nameless;
    restart_figures others;
    const auto variant_of = [&](const std::string& what, way who, const std::string& name,
                                restart_figures& found) {
        return variant{what, [=, &how, &found](int round) {
                           stage here{{.how = who,
                                       .folder = folder_of(how, what),
                                       .items_max = backlog,
                                       .parts = parts,
                                       .settings = "strategy = 'sticky'"}};
                           fill(here, dice_of(how, round));
                           restart_all(here, name, found);
                           tell(what, round, "% of before", found.share.back());
                       }};
    };
    play_rounds(how, into,
                {variant_of("rolling restart of 8, SKIP LOCKED", way::skip_locked, "", others),
                 variant_of(stable, way::leasehold, "w", of_stable),
                 variant_of(nameless, way::leasehold, "", of_nameless)});
    add_rows(into, stable, of_stable, others, 0);
    // Each leaver's eight parts go to the others, and each newcomer is due eight.
    add_rows(into, nameless, of_nameless, others, 2 * parts);
}

}  // namespace leasehold::bench
