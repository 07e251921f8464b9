#pragma once

#include "sql/commit_fate.hpp"
#include "sql/connection.hpp"

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>
#include <leasehold/time.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>

namespace leasehold {

/// What a transaction answered before its COMMIT.
template <class Answer>
struct doubtful {
    Answer answer{};
    std::string transaction{};           ///< its transaction_id(), to ask for its fate by
    std::optional<sql_failure> doubt{};  ///< COMMIT got no answer: `answer` may be of no account
};

/// What clearing up a doubt needs of the database, and no more. Blocking.
class doubt_calls {
public:
    virtual ~doubt_calls() = default;
    /// @param ending  the claims that the transaction was to end; empty for one that makes claims
    /// @return `rolled_back` also when one of `ending` is still held, whatever the server remembers
    ///         of the id: after a failover that lost commits, ids are given out a second time
    /// @throws sql_failure when the server gave no usable answer
    virtual commit_fate fate(const std::string& transaction, std::span<const claim> ending) = 0;
    virtual void wait(milliseconds time) = 0;
};

/// Those calls, on the connection that COMMIT was sent over: it was closed, and is opened anew.
class doubt_database final : public doubt_calls {
public:
    doubt_database(connection& on, const queue_info& queue) : on_(on), queue_(queue) {}
    commit_fate fate(const std::string& transaction, std::span<const claim> ending) override;
    void wait(milliseconds time) override;

private:
    connection& on_;
    const queue_info& queue_;
};

/// Finds out what became of a transaction whose COMMIT got no answer: asks again while the server
/// is away, and while its old process is still at work on it.
///
/// @param id       of transaction_id(), asked within that transaction
/// @param ending   the claims it was to end; empty for one that makes claims
/// @param trusted  false ends the asking: the session is over, so its claims are freed anyway
/// @return `committed` or `rolled_back`; `unknown` when nobody could say
commit_fate resolved_fate(doubt_calls& calls, const std::string& id, std::span<const claim> ending,
                          const std::function<bool()>& trusted);

/// Was the transaction `id` committed that was to end the claims `ending`, of which `doubt` says
/// that it may not be?
/// @return false when nobody can say any more
/// @throws sql_failure when it was not: as if COMMIT had never been sent
bool was_acknowledged(doubt_calls& calls, const sql_failure& doubt, const std::string& id,
                      std::span<const claim> ending, const std::function<bool()>& trusted);

}  // namespace leasehold
