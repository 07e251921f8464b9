#pragma once

#include "tests/process/faults/child.hpp"
#include "tests/process/faults/proxy.hpp"
#include "tests/process/faults/server.hpp"

#include <pqxx/pqxx>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace leasehold::test {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Of all workers here. Short, so that a fault may well outlast it.
constexpr milliseconds ttl{2'000};

/// A worker process behind a proxy of its own.
struct worker {
    std::string name{};
    std::string queue{};
    std::unique_ptr<proxy> way{};
    std::unique_ptr<child> process{};
    std::map<std::string, std::string> environment{};
    std::string dsn{};  ///< instead of the one by way of its proxy
};

/// What all workers of a queue said at their ends.
struct fleet_summary {
    std::int64_t completed{0};
    std::int64_t lost{0};
    std::int64_t unknown{0};
};

struct site_options {
    int transactional{3};   ///< workers of queue `inside`, whose effects are rows
    int external{2};        ///< workers of queue `outside`
    int items_a_tick{160};  ///< enqueued in each queue every 400 ms
    std::array<std::string, 2> claims{"row", "lease"};  ///< of each queue, `inside` first
    std::uint64_t seed{1};
    bool on_small_disk{false};  ///< the database lies on the server's small disk
};

/// Where faults happen: a database with two queues, workers behind proxies, and a stream of items
/// that `leasehold enqueue` puts in, behind proxies too.
class site {
public:
    site(const server& home, std::string database, std::filesystem::path logs,
         site_options options);
    ~site();
    site(const site&) = delete;
    site& operator=(const site&) = delete;

    /// Starts the workers and the stream, and waits until both queues flow.
    void open();

    /// Lets time pass, and goes on enqueueing meanwhile.
    void pass(milliseconds time);
    /// The same until `holds`, `patience` at most.
    bool pass_until(const std::function<bool()>& holds, milliseconds patience);

    /// Ends the stream and waits until every item is done.
    /// @return false when some were not within `patience`
    bool settle(milliseconds patience);
    /// Tells all workers to stop, and waits.
    /// @return what they said, by queue
    std::array<fleet_summary, 2> close();

    /// The queue that claimed by the lease claims on rows from now on, and the other way round.
    void swap_claims();
    bool claims_swapped() const noexcept { return claims_swapped_; }
    /// Does this queue claim by the lease?
    bool by_lease(std::size_t queue) const { return options_.claims.at(queue) == "lease"; }

    worker& any_worker();
    void start(worker& one);
    /// A statement of the bench, straight to the server; the connection is opened anew if need be.
    pqxx::result sql(const std::string& text);
    int count(const std::string& from);

    const server& home() const { return home_; }
    /// From now on everything leads to `next`: it has been promoted.
    void move_to(const server& next);
    /// Keeps a program running until the end.
    child& keep(child_spec spec);

    std::string dsn() const;
    std::string database() const { return database_; }
    std::vector<worker>& workers() { return workers_; }
    std::vector<std::unique_ptr<proxy>>& enqueuer_ways() { return enqueuer_ways_; }
    /// All proxies, those of the enqueuers last.
    std::vector<proxy*> ways();
    proxy_counts proxied();
    std::mt19937_64& dice() { return dice_; }
    int drawn(int from, int to);

    /// What the workers have logged since the start, or one of them.
    std::string worker_logs();
    std::string log_of(const worker& one) const;
    /// Where a worker, and those after it under its name, write down what they do and are told.
    std::filesystem::path history_of(const worker& one) const;
    /// What the server has logged since the start.
    std::string server_log() const;

    const std::vector<std::string>& items_of(int queue) const {
        return items_.at(static_cast<std::size_t>(queue));
    }
    std::vector<std::string>& problems() { return problems_; }
    const std::filesystem::path& logs() const { return logs_; }

private:
    void make_tables();
    void run(std::vector<std::string> words) const;
    void set_claims(std::size_t queue) const;
    void start_enqueuers();
    void feed();
    void start_enqueuer(std::size_t queue);
    void go_on_after_doubt(std::size_t queue);
    void check_enqueuers();

    server home_;
    std::string database_;
    std::filesystem::path logs_;
    site_options options_;
    std::mt19937_64 dice_;     ///< for the faults: the same seed draws the same ones
    std::mt19937_64 id_dice_;  ///< for the items, of which there are as many as time allows
    std::unique_ptr<pqxx::connection> direct_{};
    std::size_t log_begin_{0};
    std::vector<worker> workers_{};
    std::vector<std::unique_ptr<proxy>> enqueuer_ways_{};
    std::vector<std::unique_ptr<child>> enqueuers_{};
    std::vector<std::vector<std::string>> items_{2};
    std::vector<std::size_t> first_line_{0, 0};  ///< what its enqueuer calls line 1 is item ...
    std::vector<std::string> unsent_{2};
    bool flows_{false};  ///< items are being enqueued
    bool claims_swapped_{false};
    steady::time_point fed_at_{};
    std::vector<std::string> problems_{};
    std::vector<std::unique_ptr<child>> kept_{};
};

inline const std::vector<std::string> queue_names{"inside", "outside"};

}  // namespace leasehold::test
