// A ninth worker joins eight that have all they can do: who has to wait for that?

#include "tests/bench/scenario.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

constexpr int workers = 8;
constexpr int parts = 64;
constexpr auto takes = 10ms;
constexpr auto pace = 12'500us;  // between batches of 8: 640 a second, 80 % of what 8 workers can
constexpr std::size_t batch = 8;
constexpr std::size_t items_max = 40'000;
constexpr auto too_late = 500ms;

struct join_figures {
    std::vector<double> settled{};
    std::vector<double> unowned{};
    std::vector<double> pause{};
    std::vector<double> pause_before{};
    std::vector<double> delayed{};
    std::vector<double> longest_wait{};
    std::vector<double> wait_before{};
    std::vector<double> twice{};
    conflict_rows conflicts{};
};

struct span_of_time {
    std::int64_t begin{0};
    std::int64_t end{0};
    bool holds(std::int64_t at) const { return at >= begin && at < end; }
};

/// Enqueues at a steady rate, until it is told to stop.
/// @return how many
std::size_t stream(stage& here, const std::atomic<bool>& ends) {
    std::size_t number = 0;
    auto next = std::chrono::steady_clock::now();
    while (!ends) {
        next += pace;
        std::this_thread::sleep_until(next);  // real time: items come at a rate
        std::vector<planned_item> made;
        for (std::size_t i = 0; i < batch; ++i) {
            made.push_back({.what = {number++, takes}});
        }
        here.enqueue(made);
    }
    return number;
}

std::vector<double> waits(const ledger& book, const span_of_time& of) {
    std::vector<double> found;
    for (const auto& one : book.items()) {
        if (one.due > 0 && of.holds(one.due)) {
            found.push_back(seconds_of(one.started - one.due));
        }
    }
    return found;
}

/// The longest time in seconds in which something was due in a part, and nothing was started there.
double longest_pause(const ledger& book, const span_of_time& of) {
    struct run {
        std::int64_t started;
        std::int64_t due;
    };
    std::vector<std::vector<run>> runs(parts);
    for (const auto& one : book.items()) {
        if (one.starts > 0) {
            runs.at(static_cast<std::size_t>(one.part)).push_back({one.started, one.due});
        }
    }
    std::int64_t longest = 0;
    for (auto& part : runs) {
        // From the last to the first, so that one knows what was still waiting.
        std::sort(part.begin(), part.end(),
                  [](const run& a, const run& b) { return a.started > b.started; });
        std::int64_t earliest_due = INT64_MAX;
        for (std::size_t i = 0; i < part.size(); ++i) {
            earliest_due = std::min(earliest_due, part[i].due);
            const auto last_start = i + 1 < part.size() ? part[i + 1].started : 0;
            if (of.holds(part[i].started)) {
                longest = std::max(longest, part[i].started - std::max(last_start, earliest_due));
            }
        }
    }
    return seconds_of(longest);
}

void join(stage& here, join_figures& found) {
    here.start_settled(workers, {});
    const auto& book = here.book();
    std::atomic<bool> ends{false};
    auto streaming = std::async(std::launch::async, [&] { return stream(here, ends); });
    span_of_time before;
    span_of_time meanwhile;
    std::string begin_there;
    try {
        std::this_thread::sleep_for(1s);  // real time: until the stream is steady
        before.begin = now_ns();
        std::this_thread::sleep_for(2s);  // real time: what is done in it is measured
        before.end = meanwhile.begin = now_ns();
        begin_there = here.server_time();
        const int ninth = here.start({});
        here.await([&] { return here.is_settled() && book.seat(ninth).ended > 0; },
                   "a settled plan", 20s);
        found.settled.push_back(seconds_of(now_ns() - meanwhile.begin));
        std::this_thread::sleep_for(1s);  // real time: what comes late shows itself
    } catch (...) {
        ends = true;
        throw;
    }
    meanwhile.end = now_ns();
    ends = true;
    const auto count = streaming.get();
    here.await_ended(static_cast<std::int64_t>(count));
    here.require_once(count);
    const auto late = waits(book, meanwhile);
    found.delayed.push_back(
        static_cast<double>(std::count_if(late.begin(), late.end(), [](double one) {
            return one > std::chrono::duration<double>{too_late}.count();
        })));
    found.longest_wait.push_back(*std::max_element(late.begin(), late.end()));
    const auto waits_before = waits(book, before);
    found.wait_before.push_back(*std::max_element(waits_before.begin(), waits_before.end()));
    if (here.how() == way::leasehold) {
        found.unowned.push_back(here.longest_unowned(begin_there));
        found.pause.push_back(longest_pause(book, meanwhile));
        found.pause_before.push_back(longest_pause(book, before));
        found.conflicts.note(here.conflicts());
    }
    here.stop_all();
}

}  // namespace

void measure_join(const setting& how, report& into) {
    const std::string scenario = "a ninth worker joins 8";
    join_figures leasehold;
    join_figures others;
    const auto variant_of = [&](const std::string& name, way who, join_figures& found) {
        return variant{name, [=, &how, &found](int round) {
                           stage here{{.how = who,
                                       .folder = folder_of(how, name),
                                       .items_max = items_max,
                                       .parts = parts,
                                       .settings = "strategy = 'sticky'"}};
                           join(here, found);
                           tell(name, round, "settled, s", found.settled.back());
                       }};
    };
    play_rounds(how, into,
                {variant_of(scenario + ", SKIP LOCKED", way::skip_locked, others),
                 variant_of(scenario, way::leasehold, leasehold)});
    into.add(
        {scenario, "from its start to the settled plan, s", leasehold.settled, others.settled});
    into.add({scenario,
              "longest that a part had no owner, s",
              leasehold.unowned,
              {},
              at_most(0),
              over_rounds::largest});
    into.add({scenario, "longest pause of a part with due items, s", leasehold.pause});
    into.add({scenario, "the same before", leasehold.pause_before});
    into.add({scenario, "items that waited over 500 ms", leasehold.delayed, others.delayed});
    into.add({scenario, "longest wait of an item, s", leasehold.longest_wait, others.longest_wait});
    into.add({scenario, "the same before", leasehold.wait_before, others.wait_before});
    leasehold.conflicts.add_to(into, scenario);
}

}  // namespace leasehold::bench
