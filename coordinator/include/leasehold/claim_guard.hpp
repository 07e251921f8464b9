#pragma once

/// @room items
/// Ends a claim inside a transaction of yours, so that your rows and the end of the item commit
/// together or not at all.

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>

namespace pqxx {
class transaction_base;
}

namespace leasehold {

/// The right to end one claim, once.
///
///     pqxx::transaction<pqxx::isolation_level::serializable> tx{connection};
///     tx.exec(...);                                   // your effects
///     if (guard.acknowledge(tx, complete{}) == ack_result::lost) return;  // tx rolls back
///     tx.commit();
///
/// Items that follow from this one are enqueued in the same `tx`: see enqueue.hpp.
/// Your transaction must be SERIALIZABLE or REPEATABLE READ, and is yours to run again on 40001.
class claim_guard {
public:
    claim_guard(queue_info queue, claim held);

    const claim& held() const noexcept { return held_; }

    /// Ends the claim as part of `tx`; nothing is committed here. Best as the last statement: what
    /// comes after it in `tx` is planned with whole-table scans and hash joins discouraged.
    ///
    /// @return `acknowledged` once `tx` commits, or `lost`. After `lost` the server has been made
    ///         to refuse the transaction: a commit rolls it back, effects and all.
    /// @throws pqxx::failure when the server gave no usable answer
    /// Source: schema/queries/item_complete.sql, item_return.sql, item_bury.sql
    [[nodiscard]] ack_result acknowledge(pqxx::transaction_base& tx, const outcome& wish) const;

    /// Notes on the item, as part of `tx`, how far its handler is. Also a way to ask, in the middle
    /// of long work, whether the claim still stands: with an empty `far` nothing is changed, and
    /// nobody can take the item over before `tx` ends.
    ///
    /// @return `lost`: as of acknowledge(), the server refuses to commit `tx`
    /// @throws std::invalid_argument for a percentage or note out of its range; nothing was sent
    /// @throws pqxx::failure when the server gave no usable answer
    /// Source: schema/queries/item_progress.sql
    [[nodiscard]] claim_standing note_progress(pqxx::transaction_base& tx,
                                               const progress& far) const;

private:
    queue_info queue_;
    claim held_;
};

}  // namespace leasehold
