#pragma once

#include "parts/lease_keeper.hpp"
#include "session/session_keeper.hpp"
#include "tests/bench/membership/table.hpp"
#include "tests/bench/membership/tally.hpp"
#include "tests/bench/membership/world.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::membership {

/// The simulated server: the rows, what statements cost, and how long they take.
struct server {
    world& time;
    table rows;
    tally counted{};
    std::chrono::microseconds longest_wait{0};  ///< for the row of `queues`
    // A round trip, and what each row adds.
    static constexpr microseconds statement_takes{1'000};
    static constexpr microseconds row_takes{2};
};

/// One transaction. Of all the ways in which two may meet, only that on the row of `queues` is
/// played: who wants to change it while another does waits.
class transaction_played {
public:
    explicit transaction_played(server& on) : on_(on) {}
    ~transaction_played();
    transaction_played(const transaction_played&) = delete;
    transaction_played& operator=(const transaction_played&) = delete;

    void ask(std::string_view statement, std::int64_t read, std::int64_t written);
    void lock_queue();
    /// Everybody sees what `effects` do at one instant.
    template <class Effects>
    auto commit(Effects effects) {
        on_.time.wait(server::statement_takes);
        return effects();
    }

private:
    server& on_;
};

/// One worker without items: the product's two keepers, each with a connection of its own.
class seat final : session_calls, session_events, lease_calls, lease_user {
public:
    /// @param given_name  empty: none
    seat(server& on, std::string given_name);
    ~seat() override;
    seat(const seat&) = delete;
    seat& operator=(const seat&) = delete;

    const std::string& name() const { return name_; }
    bool is_named() const { return named_; }
    bool is_joined() const { return sessions_.current().has_value(); }
    void leave();
    bool has_left() const { return leases_.has_left(); }
    int looks() const { return looks_; }
    void forget_looks() { looks_ = 0; }
    /// It has looked at the newest plan.
    bool is_up_to_date() const { return looked_at_ == on_.rows.plan_number(); }

private:
    void register_session(const session_id& id) override;
    extend_outcome extend(const session_id& id) override;
    void session_began(const session_id& id) override;
    void session_ended(const session_id&, session_end) override {}
    void session_evicted(const session_id&) override {}

    queue_watch watch(const session_id& me, const session_id& random) override;
    void make_plan() override;
    std::vector<part_view> look(const session_id& me) override;
    std::vector<lease> take(const session_id& me, const std::vector<part_id>& parts) override;
    std::vector<part_id> give(const session_id& me, const std::vector<part_id>& parts) override;
    void let_go(const session_id& me, const std::vector<part_id>& parts) override;
    void set_leaving(const session_id& me) override;
    bool leave(const session_id& me) override;
    /// Nobody's connection closes here: those that die are found by their ttl.
    bool expire_now(const session_row&, std::int64_t) override { return false; }
    void begin_reap(const session_row& expired) override;
    reap_progress reap_step(const session_row& expired) override;

    void granted(const session_id&, const std::vector<lease>&) override {}
    bool vacate(const session_id&, part_id) override { return true; }
    void resume(part_id) override {}
    void told(const queue_settings&) override {}

    void tick_sessions();
    void tick_leases();
    void end_of(transaction_played& tx, const session_id& ended);
    bool is_planned_elsewhere(int part, const session_id& me) const;

    server& on_;
    std::string name_;
    bool named_;
    session_keeper sessions_;
    lease_keeper leases_;
    int looks_{0};
    std::int64_t looked_at_{-1};
    std::shared_ptr<actor> session_actor_{};
    std::shared_ptr<actor> lease_actor_{};
};

}  // namespace leasehold::membership
