#pragma once

#include "tests/bench/bench_worker.hpp"
#include "tests/bench/ledger.hpp"
#include "tests/process/faults/child.hpp"
#include "tests/support/database.hpp"

#include <leasehold/ids.hpp>

#include <pqxx/pqxx>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace leasehold::bench {

/// What one measurement takes place in.
struct stage_spec {
    way how{way::leasehold};
    std::filesystem::path folder{};  ///< for the ledger and the workers' logs; made anew
    std::size_t items_max{0};
    int parts{64};
    std::string settings{};  ///< of the queue, as SQL: "helpers_max = 0"
    bool notify{true};       ///< SKIP LOCKED: enqueueing tells the workers
};

/// How one more worker is to be run.
struct worker_wish {
    int slots{1};
    std::string name{};
    milliseconds ttl{10'000};
    bool notices{true};
    bool rescue{false};
};

struct planned_item {
    job what{};
    std::optional<item_id> id{};  ///< none: random
};

/// Transactions that the server rolled back and that were run again, by all workers of a stage.
struct conflict_counts {
    std::int64_t without_help{0};  ///< of workers that neither helped nor were helped
    std::int64_t with_help{0};     ///< of those that did or were
    int workers_without_help{0};
    int workers_with_help{0};
};

/// A database of its own with a queue, or with the table bench_jobs, and worker processes on it.
class stage {
public:
    explicit stage(stage_spec spec);
    ~stage();
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;

    /// Starts one more worker process.
    /// @return its seat in the ledger
    int start(const worker_wish& wish);
    /// Starts so many at once, and waits until they are settled.
    void start_settled(int count, const worker_wish& wish);
    /// Until all running workers are ready, and all parts are held as planned.
    void await_settled(milliseconds patience = std::chrono::seconds{30});
    /// Tells a worker to stop, and waits until it has.
    /// @throws std::runtime_error with the end of its log when it does not exit with 0
    void stop(int seat);
    void kill(int seat);
    /// Tells all to stop at once, and waits; notes their counts.
    void stop_all();

    /// Enqueues in one transaction; they are due from just before it.
    void enqueue(const std::vector<planned_item>& items);

    /// Until `holds`, while the workers run.
    /// @throws std::runtime_error saying that `what` did not come, or that a worker has ended
    void await(const std::function<bool()>& holds, const std::string& what,
               milliseconds patience = std::chrono::seconds{60});
    void await_ended(std::int64_t items);

    /// All started and ended once, or so often at most.
    /// @throws std::runtime_error otherwise
    void require_once(std::size_t items) const;

    conflict_counts conflicts();
    /// How often since then a part came to another worker than it was with before. A worker that
    /// was started again under its name is the same one.
    int parts_moved(const std::string& since);
    /// The longest that a part has lain without an owner since then, in seconds.
    double longest_unowned(const std::string& since);
    /// The server's time, as SQL reads it.
    std::string server_time();
    bool is_settled();

    const ledger& book() const { return *book_; }
    pqxx::result sql(const std::string& text) { return database_.sql(text); }
    way how() const { return spec_.how; }
    int running() const;

private:
    void enqueue_items(const std::vector<planned_item>& items);
    void enqueue_jobs(const std::vector<planned_item>& items);
    void note_sessions();
    std::string said_by(int seat) const;
    void check_alive();

    stage_spec spec_;
    test::fresh_database database_;
    queue_info queue_{};
    std::unique_ptr<ledger> book_;
    std::unique_ptr<pqxx::connection> enqueuer_;
    std::map<int, std::unique_ptr<test::child>> workers_{};  ///< by seat; those that run
    std::map<std::string, int> seat_of_{};                   ///< by session
    std::map<int, std::string> names_{};                     ///< given ones, by seat
    int seats_{0};
};

}  // namespace leasehold::bench
