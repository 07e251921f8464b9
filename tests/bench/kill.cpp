// A worker is killed with items in its hands: when do they start again?

#include "tests/bench/scenario.hpp"

#include <algorithm>
#include <thread>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

constexpr int workers = 4;
constexpr std::size_t items = 8;  // half as many as there are slots: others are free to take over
constexpr milliseconds ttl = 3s;
constexpr milliseconds takes = 2s;  // below the ttl: the pool frees whatever takes longer

bool runs(const item_record& one) { return one.starts > 0 && one.ended == 0; }

std::vector<std::size_t> running_at(const ledger& book, int seat) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < items; ++i) {
        if (runs(book.item(i)) && book.item(i).seat == seat) {
            found.push_back(i);
        }
    }
    return found;
}

/// @return seconds from the kill to the last start of an item that the dead worker had begun
double takeover(stage& here, const worker_wish& wish, std::mt19937_64 dice) {
    here.start_settled(workers, wish);
    std::this_thread::sleep_for(1s);  // real time: they get to know one another
    std::vector<planned_item> made;
    for (std::size_t i = 0; i < items; ++i) {
        const double place = (static_cast<double>(i) + 0.5) / items;
        made.push_back({.what = {i, takes}, .id = id_at(place, dice)});
    }
    here.enqueue(made);
    const auto& book = here.book();
    here.await([&] { return book.started() == static_cast<std::int64_t>(items); }, "all starts",
               takes);
    int victim = 0;
    for (int seat = 1; seat < workers; ++seat) {
        if (running_at(book, seat).size() > running_at(book, victim).size()) {
            victim = seat;
        }
    }
    const auto begun = running_at(book, victim);
    if (begun.empty()) {
        throw std::runtime_error("no worker had an item in its hands");
    }
    const auto killed_at = now_ns();
    here.kill(victim);
    const auto started_again = [&](std::size_t number) { return book.item(number).seat != victim; };
    here.await([&] { return std::all_of(begun.begin(), begun.end(), started_again); },
               "the dead worker's items", 20s);
    std::int64_t last = 0;
    for (const auto number : begun) {
        last = std::max(last, book.item(number).started.load());
    }
    return seconds_of(last - killed_at);
}

}  // namespace

void measure_kill(const setting& how, report& into) {
    const std::string quick = "kill -9 of one of 4, quick notice";
    const std::string slow = "kill -9 of one of 4, no notices";
    std::vector<double> with_notice;
    std::vector<double> without;
    std::vector<double> others;
    conflict_rows conflicts;
    const auto variant_of = [&](const std::string& name, way who, bool notices,
                                std::vector<double>& found) {
        return variant{
            name, [=, &how, &found, &conflicts](int round) {
                stage here{{.how = who, .folder = folder_of(how, name), .items_max = items}};
                found.push_back(takeover(
                    here,
                    {.slots = 4, .ttl = ttl, .notices = notices, .rescue = who == way::skip_locked},
                    dice_of(how, round)));
                if (who == way::leasehold) {
                    conflicts.note(here.conflicts());
                }
                tell(name, round, "s", found.back());
            }};
    };
    play_rounds(how, into,
                {variant_of("kill -9 of one of 4, SKIP LOCKED", way::skip_locked, true, others),
                 variant_of(quick, way::leasehold, true, with_notice),
                 variant_of(slow, way::leasehold, false, without)});
    const std::string measure = "until its items start again, s";
    into.add({quick, measure, with_notice, others, at_most(1), over_rounds::largest});
    const auto ttl_and_1_s = std::chrono::duration<double>{ttl + 1s}.count();
    into.add({slow, measure, without, others, at_most(ttl_and_1_s), over_rounds::largest});
    conflicts.add_to(into, slow);
}

}  // namespace leasehold::bench
