#pragma once

#include "items/claim_store.hpp"
#include "items/help_rules.hpp"
#include "parts/lease_keeper.hpp"
#include "parts/replan_rules.hpp"
#include "tests/model/change.hpp"
#include "tests/model/mutation.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::model {

struct queue_line {
    std::string strategy{};
    bool paused = false;
    milliseconds help_delay{};
    int helpers_max = 0;
    instant settle = 0;
    instant restart_grace = 0;
    std::int64_t generation = 1;
    std::int64_t plan = 0;
    std::optional<instant> plan_at{0};
    std::optional<instant> unplanned_since{};
    int planned_seats = 0;
    claim_mode claims = claim_mode::row;
    bool weighed = true;  ///< no load has changed since the last plan
};
struct part_line {
    std::int64_t term = 0;
    std::optional<session_id> planned_for{};
    double load = 0;
    bool by_lease = false;
    std::optional<instant> doubt_before{};
    std::int64_t token_base = 0;
    std::int64_t way_version = 0;
};
struct session_line {
    static constexpr std::string_view live = "live";
    static constexpr std::string_view leaving = "leaving";
    static constexpr std::string_view evicted = "evicted";
    session_id id{};
    std::string name{};
    bool named = false;
    int weight = 1;
    instant heartbeat_at = 0;
    instant expires_at = 0;
    std::string_view state = live;
    bool cordoned = false;
    std::int64_t version = 0;
};
struct vacant_line {
    session_id session{};
    std::string name{};
    int weight = 1;
    instant left_at = 0;
};
struct lease_line {
    session_id id{};
    part_id part{};
    std::int64_t term = 0;
    lease_role role = lease_role::owner;
};
struct wanted_line {
    part_id part{};
    instant since = 0;
    instant asked_at = 0;
};
struct item_line {
    item_id id{};
    part_id part{};
    int priority = 0;
    instant created_at = 0;
    instant run_at = 0;
    int attempt = 0;
    int max_attempts = 0;
    std::optional<session_id> claim{};
    token fence{};
    bool cancel_asked = false;
};

/// Where it is in the order of claims.
inline scan_position place_of(const item_line& row) { return {row.priority, row.run_at, row.id}; }

/// What the statements of schema/queries do, on rows in memory. A transaction works on a copy,
/// which becomes the tables when it commits. Every function has the name of its query; `at` is
/// what clock_timestamp() answers.
class tables {
public:
    tables(queue_line queue, int part_count, instant ttl, mutation planted_one);

    // sessions
    void session_register(const session_id& id, const process_identity& who, int weight,
                          instant at);
    extend_outcome session_extend(const session_id& id, instant at);
    void session_set_leaving(const session_id& id);
    void session_leave(const session_id& id, instant at);
    void session_expire(const session_id& id, instant at);
    bool session_begin_reap(const session_row& seen, instant at);
    bool session_still_expired(const session_row& seen, instant at) const;
    bool session_reap(const session_row& seen, instant at);
    std::vector<session_row> session_list(instant at) const;

    // the plan
    leasehold::queue_watch queue_watch(const session_id& me, const session_id& random,
                                       instant at) const;
    void session_joined(const session_id& id, instant at);
    void generation_raise(instant at) { raise_generation(0, at); }
    /// A plan is due if the last one still has parts for `id`, which is there no more.
    /// Do plans count with it?
    bool is_counted(const session_id& id) const;
    void session_ended(const session_id& id, bool was_live, instant at);
    std::optional<plan_record> due_plan(instant at) const;
    plan_record recorded_plan(instant at) const;
    void write_plan(const plan_record& record, const plan_changes& changes, instant at);

    // leases
    std::vector<part_view> lease_look(const session_id& me, instant at) const;
    std::vector<lease> lease_take(const session_id& id, const std::vector<part_id>& parts,
                                  instant at);
    /// @param reaped  by another, because it has expired
    std::vector<part_id> lease_give(const session_id& id, const std::vector<part_id>& parts,
                                    instant at, bool reaped);
    void lease_release(const session_id& id, part_id part, instant at, bool reaped,
                       instant looked_at);
    std::vector<owned_part> lease_list() const;
    std::vector<part_id> lease_held(const session_id& id) const;

    // what an operator does
    void set_cordoned(const session_id& id, bool cordoned, instant at);
    void evict(const session_id& id, instant at);
    void set_claims(claim_mode mode) { queue_.claims = mode; }
    void set_paused(bool paused) { queue_.paused = paused; }
    void set_loads(const std::vector<double>& loads);

    bool owns(const session_id& id, part_id part) const;
    part_line way_of(part_id part) const { return at_part(part); }

    // help
    std::vector<part_wait> help_due(const std::vector<part_id>& parts, instant at) const;
    void help_ask(const std::vector<part_id>& parts, instant at);
    void help_withdraw(const std::vector<part_id>& parts);
    std::vector<part_id> help_list(const session_id& id, int helpers_max, instant at) const;
    bool help_take(const session_id& id, part_id part, int helpers_max, instant at);
    void help_end(const session_id& id, const std::vector<part_id>& parts);

    // claims by the lease
    std::vector<part_id> item_in_doubt(const std::vector<part_id>& parts) const;
    std::vector<lease> part_by_lease(const session_id& id, const std::vector<part_id>& parts);
    void part_by_row(const session_id& id, const std::vector<part_id>& parts);
    void part_doubt(part_id part, instant at);
    claimed_items item_claim_by_lease(const claim_wish& wish, instant at) const;
    void item_write_down(std::span<const claim> held);

    // items
    void item_insert(const item_line& fresh) { items_.push_back(fresh); }
    std::vector<part_head> item_due(const std::vector<part_id>& parts,
                                    const std::vector<scan_position>& behind, instant at) const;
    /// As item_help for a helper: the last due first.
    claimed_items item_claim(const claim_wish& wish, instant at);
    std::vector<ack_result> acknowledge(std::span<const ack_request> requests, instant at);
    int item_bury_spent(const session_id& ended, part_id part, int claims_max);
    int item_free(const session_id& ended, part_id part, int claims_max);
    /// Somebody gives an item up: at once when it is not claimed.
    void item_cancel(const item_id& item);
    std::vector<claim> item_cancel_asked(std::span<const claim> held) const;
    std::vector<claim> item_held(const session_id& me, const std::vector<part_id>& parts) const;
    std::vector<claim> item_still_held(std::span<const claim> held) const;
    void effect_insert(const item_id& item);

    const queue_line& queue() const noexcept { return queue_; }
    const std::vector<part_line>& parts() const noexcept { return parts_; }
    const std::vector<session_line>& sessions() const noexcept { return sessions_; }
    const std::vector<lease_line>& leases() const noexcept { return leases_; }
    const std::vector<item_line>& items() const noexcept { return items_; }
    std::vector<any_change> take_changes() { return std::move(changes_); }

private:
    const session_line* find(const session_id& id) const;
    session_line* find(const session_id& id);
    bool is_as_seen(const session_row& seen, instant at) const;
    bool may_receive(const session_id& id, instant at) const;
    void remove_session(const session_id& id);
    bool session_vacate(const session_id& id, instant at);
    void raise_generation(instant quiet, instant at);
    const lease_line* owner_of(part_id part) const;
    bool has_claims(const session_id& id, part_id part) const;
    part_line& at_part(part_id part) { return parts_[static_cast<std::size_t>(part.value)]; }
    const part_line& at_part(part_id part) const {
        return parts_[static_cast<std::size_t>(part.value)];
    }
    bool owns_in(const session_id& id, part_id part, epoch term) const;
    bool is_seen_still(const item_line& row, const claim& named) const;
    ack_result end_by_lease(item_line& row, const ack_request& one, instant at);
    void end_claim(item_line& row, const row_change& how, instant at);
    bool is_under_lease(const session_id& id, part_id part) const;
    void end_help_of(const session_id& id, part_id part);
    bool may_help(const session_id& id, part_id part, int helpers_max) const;
    bool is_held_by(const item_line& row, const claim& named) const;
    ack_result acknowledge_one(const ack_request& one, instant at);

    instant ttl_;
    mutation mutation_;
    queue_line queue_;
    std::vector<part_line> parts_;
    std::vector<session_line> sessions_;  ///< by id
    std::vector<vacant_line> vacant_;
    std::vector<lease_line> leases_;
    std::vector<item_line> items_;
    std::vector<wanted_line> wanted_;
    std::vector<any_change> changes_;
    std::int64_t item_order_ = 0;
};

}  // namespace leasehold::model
