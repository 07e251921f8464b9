#pragma once

#include "sql/connection.hpp"
#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <functional>
#include <stop_token>
#include <string>

namespace leasehold::bench {

/// The place in a user's database where a bench takes place: a lock, so that there is one at a
/// time; the schema leasehold_bench; queues named leasehold_bench_*. All of it goes at the end, and
/// nothing else is touched.
class ground {
public:
    /// Removes what a bench left behind that was killed, and says so.
    /// @param asked  an end may be asked for meanwhile
    /// @param tell   is told what is worth a line
    /// @throws std::runtime_error when another bench goes on in this database, or when something of
    ///         these names was not made by one
    ground(std::string where, std::stop_token asked, std::function<void(const std::string&)> tell);
    ~ground();
    ground(const ground&) = delete;
    ground& operator=(const ground&) = delete;

    /// A queue of our own, ready for use.
    queue_info make_queue(const std::string& name, int parts, claim_mode mode = claim_mode::row);

    /// READ COMMITTED.
    template <class Body>
    auto run(Body&& body) {
        return run_locked(on_, counters_, std::forward<Body>(body));
    }

    connection& on() noexcept { return on_; }
    const dsn& where() const noexcept { return where_; }
    /// As the user gave it, for a worker of the library.
    const std::string& text() const noexcept { return text_; }
    const std::stop_token& asked() const noexcept { return asked_; }

    /// Takes everything away.
    /// @throws sql_failure when the server does not let it; the next bench will do it
    void remove();

private:
    void take_lock();
    void make();
    void remove_left_behind();
    void drop_queues();
    void drop_when_free(const std::string& queue);

    std::string text_;
    dsn where_;
    std::stop_token asked_;
    std::function<void(const std::string&)> tell_;
    connection on_;
    transaction_counters counters_;
    bool made_{false};
};

}  // namespace leasehold::bench
