#pragma once

#include "items/claim_store.hpp"
#include "parts/lease_keeper.hpp"
#include "tests/model/mutation.hpp"
#include "tests/model/world.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace leasehold::model {

/// A change of the tables, for the ledger. One is written by each row that a statement changes.
namespace change {
struct registered {
    session_id session;
    instant expires_at;
};
struct extended {
    session_id session;
    instant at;
    instant before;
    instant expires_at;
};
struct ended {
    session_id session;
    instant at;
    bool reaped;
};
struct taken {
    session_id session;
    part_id part;
    std::int64_t term;
    instant at;
};
struct let_go {
    session_id session;
    part_id part;
    std::int64_t term;
    instant at;
    bool reaped;
};
struct claimed {
    item_id item;
    session_id session;
    token fence;
};
struct freed {
    item_id item;
    session_id session;
};
struct acknowledged {
    item_id item;
    session_id named;
    token named_fence;  ///< by the statement
    std::optional<session_id> held;
    token held_fence;  ///< by the row, before
    bool row_goes;
};
struct buried {
    item_id item;
};
struct effect {
    item_id item;
};
}  // namespace change

using any_change = std::variant<change::registered, change::extended, change::ended, change::taken,
                                change::let_go, change::claimed, change::freed,
                                change::acknowledged, change::buried, change::effect>;

struct session_line {
    session_id id{};
    instant heartbeat_at = 0;
    instant expires_at = 0;
    bool leaving = false;
};
struct lease_line {
    session_id id{};
    part_id part{};
    std::int64_t term = 0;
};
struct item_line {
    item_id id{};
    part_id part{};
    int priority = 0;
    instant run_at = 0;
    int attempt = 0;
    int max_attempts = 0;
    std::optional<session_id> claim{};
    token fence{};
    bool cancel_asked = false;
};

/// What the statements of schema/queries do, on rows in memory. A transaction works on a copy,
/// which becomes the tables when it commits. Every function has the name of its query; `at` is
/// what clock_timestamp() answers.
class tables {
public:
    tables(int part_count, instant ttl, mutation planted_one);

    // sessions
    void session_register(const session_id& id, instant at);
    extend_outcome session_extend(const session_id& id, instant at);
    void session_set_leaving(const session_id& id);
    bool session_leave(const session_id& id, instant at);
    bool session_still_expired(const session_row& seen, instant at) const;
    bool session_reap(const session_row& seen, instant at);
    std::vector<session_row> session_list(instant at) const;
    queue_change queue_watch(instant at) const;
    void generation_raise() { ++generation_; }

    // leases
    std::vector<lease> lease_take(const session_id& id, const std::vector<part_id>& parts,
                                  instant at);
    void lease_release(const session_id& id, part_id part, instant at, bool reaped);
    std::vector<owned_part> lease_list() const;
    std::vector<part_id> lease_held(const session_id& id) const;

    // items
    void item_insert(const item_line& fresh) { items_.push_back(fresh); }
    std::vector<part_head> item_due(const std::vector<part_id>& parts, instant at) const;
    std::vector<claim> item_claim(const session_id& id, part_id part, int claims_max, instant at);
    std::vector<ack_result> acknowledge(std::span<const ack_request> requests, instant at);
    int item_bury_spent(const session_id& ended, part_id part, int claims_max);
    int item_free(const session_id& ended, part_id part, int claims_max);
    /// Somebody gives an item up: at once when it is not claimed.
    void item_cancel(const item_id& item);
    std::vector<claim> item_cancel_asked(std::span<const claim> held) const;
    std::vector<claim> item_still_held(std::span<const claim> held) const;
    void effect_insert(const item_id& item);

    const std::vector<session_line>& sessions() const noexcept { return sessions_; }
    const std::vector<lease_line>& leases() const noexcept { return leases_; }
    const std::vector<item_line>& items() const noexcept { return items_; }
    std::vector<any_change> take_changes() { return std::move(changes_); }

private:
    session_line* find(const session_id& id);
    void remove_session(const session_id& id);
    bool is_under_lease(const session_id& id, part_id part) const;
    bool is_held_by(const item_line& row, const claim& named) const;
    ack_result acknowledge_one(const ack_request& one, instant at);

    instant ttl_;
    mutation mutation_;
    std::int64_t generation_ = 1;
    std::vector<session_line> sessions_;  ///< by id
    std::vector<lease_line> leases_;
    std::vector<std::int64_t> epochs_;  ///< by part
    std::vector<item_line> items_;
    std::vector<any_change> changes_;
};

}  // namespace leasehold::model
