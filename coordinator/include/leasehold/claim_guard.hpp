#pragma once

/// @room items
/// Ends a claim inside a transaction of yours, so that your rows and the end of the item commit
/// together or not at all.

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>

#include <string>

namespace pqxx {
class transaction_base;
}

namespace leasehold {

/// What became of an acknowledgement whose COMMIT got no answer.
enum class [[nodiscard]] commit_answer{
    acknowledged,  ///< committed: your rows and the end of the claim are there
    rolled_back,   ///< neither is, and the claim is still held: run your transaction again
    lost,          ///< neither is, and the claim is no longer held
    running,       ///< the server is still at work on it: ask again
    unknown,       ///< the claim is no longer held, and this server cannot say by whose hand
};

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

    /// The name under which the server remembers `tx`: to be asked within it, before its COMMIT.
    /// @throws pqxx::failure when the server gave no usable answer
    std::string commit_name(pqxx::transaction_base& tx) const;

    /// Looks what became of an acknowledgement whose COMMIT got no answer. Never run such a
    /// transaction again without having looked.
    ///
    /// @param tx    a new transaction, on a new connection; to be committed, since on CockroachDB
    ///              what has not come yet is forbidden by asking
    /// @param name  of commit_name(); on CockroachDB of today, after a day it is `unknown`
    /// @throws pqxx::failure when the server gave no usable answer: ask again
    /// Source: schema/queries/item_still_held.sql, transaction_status.sql
    commit_answer look_back(pqxx::transaction_base& tx, const std::string& name) const;

private:
    queue_info queue_;
    claim held_;
};

}  // namespace leasehold
