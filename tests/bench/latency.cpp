// How soon an item starts that is enqueued while all workers are idle.

#include "tests/bench/scenario.hpp"

#include <thread>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

constexpr int parts = 64;
constexpr std::size_t warm_up = 2 * parts;  // each part's statements are used for the first time
constexpr std::size_t measured = 350;
constexpr std::size_t measured_polling = 150;
constexpr auto pace = 20ms;
constexpr int workers = 4;
const worker_wish four_slots{.slots = 4};
constexpr double poll_ms = 250;

struct latencies {
    std::vector<double> p50{};
    std::vector<double> p99{};

    void note(const std::vector<double>& of) {
        p50.push_back(quantile(of, 0.5));
        p99.push_back(quantile(of, 0.99));
    }
};

/// An id that lies in the part `i`, counted round and round.
item_id id_in_part(std::size_t i) {
    auto id = random_item_id();
    id.value.data[0] = static_cast<std::uint8_t>(i % parts * 256 / parts);
    return id;
}

/// @return milliseconds from the enqueueing to the start of each item
std::vector<double> start_times(stage& here, const worker_wish& wish) {
    const std::size_t items = warm_up + (wish.notices ? measured : measured_polling);
    here.start_settled(workers, wish);
    auto next = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < items; ++i) {
        next += pace;
        std::this_thread::sleep_until(next);  // real time: items come at a rate
        here.enqueue(
            {{.what = {i, 0us}, .id = i < warm_up ? std::optional{id_in_part(i)} : std::nullopt}});
    }
    here.await_ended(static_cast<std::int64_t>(items));
    here.require_once(items);
    std::vector<double> times;
    for (std::size_t i = warm_up; i < items; ++i) {
        const auto& one = here.book().item(i);
        times.push_back(1e3 * seconds_of(one.started - one.due));
    }
    return times;
}

}  // namespace

void measure_latency(const setting& how, report& into) {
    const std::string told = "one item at a time, 50/s";
    const std::string not_told = told + ", no notices";
    latencies leasehold;
    latencies others;
    latencies leasehold_polls;
    latencies others_poll;
    conflict_rows conflicts;
    conflict_rows polling_conflicts;
    const auto variant_of = [&](const std::string& name, way who, bool notices, latencies& found,
                                conflict_rows& met) {
        const auto what = name + (who == way::skip_locked ? ", SKIP LOCKED" : "");
        return variant{what, [=, &how, &found, &met](int round) {
                           stage here{{.how = who,
                                       .folder = folder_of(how, what),
                                       .items_max = warm_up + measured,
                                       .parts = parts,
                                       .notify = notices}};
                           auto wish = four_slots;
                           wish.notices = notices;
                           found.note(start_times(here, wish));
                           if (who == way::leasehold) {
                               met.note(here.conflicts());
                           }
                           here.stop_all();
                           tell(what, round, "p50, ms", found.p50.back());
                           tell(what, round, "p99, ms", found.p99.back());
                       }};
    };
    play_rounds(how, into,
                {variant_of(told, way::skip_locked, true, others, conflicts),
                 variant_of(told, way::leasehold, true, leasehold, conflicts),
                 variant_of(not_told, way::skip_locked, false, others_poll, polling_conflicts),
                 variant_of(not_told, way::leasehold, false, leasehold_polls, polling_conflicts)});
    into.add(
        {told, "p50 from enqueue to start, ms", leasehold.p50, others.p50, ratio_at_most(1.2)});
    into.add(
        {told, "p99 from enqueue to start, ms", leasehold.p99, others.p99, ratio_at_most(1.2)});
    conflicts.add_to(into, told);
    into.add({not_told, "p50 from enqueue to start, ms", leasehold_polls.p50, others_poll.p50});
    into.add({not_told, "p99 from enqueue to start, ms", leasehold_polls.p99, others_poll.p99,
              at_most(1.5 * poll_ms)});
    polling_conflicts.add_to(into, not_told);
}

}  // namespace leasehold::bench
