#include "worker/bench/contest.hpp"

#include "worker/bench/interrupt.hpp"

#include <stdexcept>
#include <thread>

namespace leasehold::bench {

namespace {

round_figures measure(const cell& one, const contest_options& options, const meter& read,
                      const std::stop_token& asked) {
    constexpr milliseconds pace{2};
    one.who->prepare(one.size);
    check(asked);
    tally book{one.size.workers};
    round_record record{.put_in = one.size.items};
    const auto workers = one.who->line_up(one.size, book);
    record.before = read();
    record.begun = machine_clock().now();
    workers->start();
    const auto until = record.begun + options.longest;
    while (!workers->is_over() && !record.cut && !asked.stop_requested()) {
        std::this_thread::sleep_for(pace);
        record.cut = machine_clock().now() >= until;
    }
    record.ended = machine_clock().now();
    record.after = read();
    workers->stop();
    check(asked);
    record.work = book.take();
    if (!record.cut && !record.work.completed.empty()) {
        record.ended = record.work.completed.back().at;
    }
    record.left = one.who->left();
    return figures_of(record);
}

void require_all(const cell& one, const round_figures& done) {
    if (done.lost() != 0) {
        throw std::runtime_error(
            one.who->name() + ": of " + std::to_string(done.put_in) + " items " +
            std::to_string(done.completed) + " were done and " + std::to_string(done.left) +
            " are left, which do not add up; is somebody else at work on them?");
    }
}

}  // namespace

std::vector<cell> cells_of(const std::vector<std::unique_ptr<contender>>& who, std::int64_t items,
                           const std::vector<int>& batches, const std::vector<int>& workers) {
    std::vector<cell> cells;
    for (const auto& one : who) {
        for (const int batch : one->takes_batches() ? batches : std::vector{1}) {
            for (const int count : workers) {
                cells.push_back(
                    {.who = one.get(), .size = {.items = items, .batch = batch, .workers = count}});
            }
        }
    }
    return cells;
}

std::vector<std::size_t> order_of(std::size_t cells, int round, int rounds) {
    const auto first = cells * static_cast<std::size_t>(round) / static_cast<std::size_t>(rounds);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < cells; ++i) {
        order.push_back((first + i) % cells);
    }
    return order;
}

std::vector<cell_result> hold_contest(const std::vector<cell>& cells,
                                      const contest_options& options, const meter& read,
                                      const std::stop_token& asked) {
    std::vector<cell_result> results;
    results.reserve(cells.size());
    for (const auto& one : cells) {
        results.push_back({.contender = one.who->name(), .size = one.size});
    }
    for (int round = 0; round < options.rounds; ++round) {
        for (const auto index : order_of(cells.size(), round, options.rounds)) {
            const auto figures = measure(cells[index], options, read, asked);
            require_all(cells[index], figures);
            if (options.told) {
                options.told(cells[index], round, figures);
            }
            results[index].rounds.push_back(figures);
        }
    }
    return results;
}

}  // namespace leasehold::bench
