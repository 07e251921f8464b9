#include "worker/bench/latency.hpp"

#include "worker/bench/contest.hpp"
#include "worker/bench/interrupt.hpp"
#include "worker/bench/jobs_store.hpp"
#include "worker/bench/plain_store.hpp"
#include "worker/bench/worker_team.hpp"

#include <leasehold/worker.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace leasehold::bench {

namespace {

/// When each item began to be handled.
class starts {
public:
    void note(const item_id& id) {
        const auto now = machine_clock().now();
        const std::lock_guard lock{mutex_};
        ++times_[id].count;
        times_[id].first = times_[id].count == 1 ? now : times_[id].first;
    }

    struct start {
        steady_time first{};
        int count{0};
    };
    std::optional<start> of(const item_id& id) const {
        const std::lock_guard lock{mutex_};
        const auto found = times_.find(id);
        return found == times_.end() ? std::nullopt : std::optional{found->second};
    }

private:
    mutable std::mutex mutex_;
    std::map<item_id, start> times_{};
};

/// Workers that wait, and a way to give them one item.
class waiting_fleet {
public:
    virtual ~waiting_fleet() = default;
    virtual item_id enqueue() = 0;
    starts& seen() noexcept { return seen_; }

private:
    starts seen_{};
};

class own_fleet final : public waiting_fleet {
public:
    own_fleet(own_queue& queue, const latency_options& options, bool notices)
        : queue_(queue), producer_(queue.place().where()), item_{{.payload = R"({"n": 1})"}} {
        queue.fill(0, 0);
        auto set = options.own.worker;
        set.work.slots = options.own.slots;
        set.leases.notices = notices;
        for (int i = 0; i < options.workers; ++i) {
            workers_.push_back(std::make_unique<worker>(
                queue.place().text(), queue.info().name,
                external_handler{[this](const claim& one, std::stop_token) -> outcome {
                    seen().note(one.held.id);
                    return complete{};
                }},
                set));
            workers_.back()->start();
        }
        queue.await_settled(options.workers);
    }
    ~own_fleet() override {
        for (const auto& one : workers_) {
            one->request_drain();
        }
    }
    own_fleet(const own_fleet&) = delete;
    own_fleet& operator=(const own_fleet&) = delete;

    item_id enqueue() override { return producer_.enqueue(queue_.info(), item_).at(0).id; }

private:
    own_queue& queue_;
    plain_connection producer_;
    std::vector<new_item> item_;
    std::vector<std::unique_ptr<worker>> workers_{};
};

/// A pool that claims one row with SKIP LOCKED; told of new rows, or looking for them.
class pool_fleet final : public waiting_fleet {
public:
    pool_fleet(ground& place, const latency_options& options, bool notices)
        : producer_(place.where()) {
        place.run([](transaction& tx) {
            if (!has_jobs(tx)) {
                make_jobs(tx);
            }
            empty_jobs(tx);
        });
        producer_.prepare("put", notices
                                     ? "WITH made AS (INSERT INTO leasehold_bench.jobs (payload)"
                                       " VALUES ('{\"n\": 1}') RETURNING id)"
                                       " SELECT id, pg_notify('leasehold_bench', '') FROM made"
                                     : "INSERT INTO leasehold_bench.jobs (payload)"
                                       " VALUES ('{\"n\": 1}') RETURNING id");
        const auto poll = options.own.worker.work.poll;
        for (int i = 0; i < options.workers * options.own.slots; ++i) {
            threads_.emplace_back([this, &place, notices, poll](const std::stop_token& asked) {
                work(place.where(), asked, notices, poll);
            });
        }
    }
    ~pool_fleet() override {
        for (auto& one : threads_) {
            one.request_stop();
        }
    }
    pool_fleet(const pool_fleet&) = delete;
    pool_fleet& operator=(const pool_fleet&) = delete;

    item_id enqueue() override {
        return numbered_id(std::stoll(producer_.run("put").first_column.at(0)));
    }

private:
    void work(const dsn& where, const std::stop_token& asked, bool notices, milliseconds poll) {
        try {
            plain_connection on{where};
            on.prepare("claim",
                       "UPDATE leasehold_bench.jobs SET claimed_by = 1, claimed_at = now()"
                       " WHERE id = (SELECT id FROM leasehold_bench.jobs"
                       "   WHERE claimed_by IS NULL AND run_at <= now() ORDER BY run_at, id"
                       "   LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, payload");
            on.prepare("complete", "DELETE FROM leasehold_bench.jobs WHERE id = $1::int8");
            if (notices) {
                on.listen("leasehold_bench");
            }
            loop(on, asked, notices, poll);
        } catch (const std::exception&) {
            // Its items do not start, and whoever waits for them says so.
        }
    }

    void loop(plain_connection& on, const std::stop_token& asked, bool notices, milliseconds poll) {
        while (!asked.stop_requested()) {
            const auto ids = on.run("claim").first_column;
            if (!ids.empty()) {
                seen().note(numbered_id(std::stoll(ids.front())));
                on.run("complete", ids);
            } else if (notices) {
                on.await_notice(poll);
            } else {
                std::this_thread::sleep_for(poll);
            }
        }
    }

    plain_connection producer_;
    std::vector<std::jthread> threads_{};
};

struct sent_item {
    item_id id{};
    steady_time sent{};
    steady_time answered{};
};

double ms_between(steady_time from, steady_time to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

void await_start(waiting_fleet& fleet, const item_id& id, const std::stop_token& asked) {
    constexpr std::chrono::seconds patience{30};
    constexpr milliseconds pace{2};
    const auto until = machine_clock().now() + patience;
    while (!fleet.seen().of(id)) {
        check(asked);
        if (machine_clock().now() > until) {
            throw std::runtime_error("an item had not started after " +
                                     std::to_string(patience.count()) +
                                     " s; is the server overloaded?");
        }
        std::this_thread::sleep_for(pace);
    }
}

/// One at a time, at the wanted rate.
std::vector<sent_item> send(waiting_fleet& fleet, const latency_options& options,
                            const std::stop_token& asked) {
    std::vector<sent_item> sent;
    auto next = machine_clock().now();
    for (int i = 0; i < options.items; ++i) {
        next += std::chrono::nanoseconds{std::chrono::seconds{1}} / options.rate;
        std::this_thread::sleep_until(next);
        check(asked);
        const auto now = machine_clock().now();
        const auto id = fleet.enqueue();
        sent.push_back({.id = id, .sent = now, .answered = machine_clock().now()});
    }
    return sent;
}

latency_round round_of(waiting_fleet& fleet, const latency_options& options,
                       const std::stop_token& asked) {
    // Each part's statements are used for the first time before it counts.
    std::vector<item_id> warm_up;
    for (int i = 0; i < 2 * options.own.parts; ++i) {
        check(asked);
        warm_up.push_back(fleet.enqueue());
    }
    for (const auto& id : warm_up) {
        await_start(fleet, id, asked);
    }
    const auto sent = send(fleet, options, asked);
    std::vector<double> commits;
    std::vector<double> begins;
    latency_round made{.items = options.items};
    for (const auto& one : sent) {
        await_start(fleet, one.id, asked);
        const auto start = fleet.seen().of(one.id).value();
        commits.push_back(ms_between(one.sent, one.answered));
        begins.push_back(ms_between(one.sent, start.first));
        made.duplicates += start.count - 1;
    }
    made.commit_p50 = quantile(commits, 0.5);
    made.start_p50 = quantile(begins, 0.5);
    made.start_p90 = quantile(begins, 0.9);
    made.start_p99 = quantile(begins, 0.99);
    made.start_longest = quantile(begins, 1);
    return made;
}

}  // namespace

const std::vector<latency_way>& latency_ways() {
    static const std::vector<latency_way> all{
        {"leasehold-row", "workers that are told of new items"},
        {"leasehold-lease", "the same, claims by the lease"},
        {"leasehold-row-polling", "workers that look, each 250 ms"},
        {"skip-locked", "SKIP LOCKED, one connection a slot, told by NOTIFY"},
        {"skip-locked-polling", "SKIP LOCKED, one connection a slot, looking each 250 ms"},
    };
    return all;
}

int latency_connections(int workers, int slots) {
    return workers * std::max(worker_team::connections_each, slots) + 1;
}

std::vector<latency_result> measure_latency(ground& place, const std::vector<std::string>& ways,
                                            const latency_options& options) {
    own_queue on_rows{place, "leasehold_bench_latency", options.own.parts};
    own_queue by_lease{place, "leasehold_bench_latency_lease", options.own.parts,
                       claim_mode::lease};
    const auto fleet_of = [&](const std::string& way) -> std::unique_ptr<waiting_fleet> {
        const bool notices = !way.ends_with("-polling");
        if (way.starts_with("skip-locked")) {
            return std::make_unique<pool_fleet>(place, options, notices);
        }
        return std::make_unique<own_fleet>(way == "leasehold-lease" ? by_lease : on_rows, options,
                                           notices);
    };
    std::vector<latency_result> results;
    results.reserve(ways.size());
    for (const auto& way : ways) {
        results.push_back({.name = way});
    }
    for (int round = 0; round < options.rounds; ++round) {
        for (const auto index : order_of(ways.size(), round, options.rounds)) {
            const auto fleet = fleet_of(ways[index]);
            const auto figures = round_of(*fleet, options, place.asked());
            results[index].rounds.push_back(figures);
            if (options.told) {
                options.told(ways[index], round, figures.start_p50);
            }
        }
    }
    return results;
}

}  // namespace leasehold::bench
