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

/// What a transaction answered; with a doubt, nothing is known.
template <class Answer>
struct doubtful {
    Answer answer{};
    std::optional<sql_failure> doubt{};  ///< COMMIT was sent and got no answer
    std::string sender{};                ///< the connection it was sent over: see sender_name()
};

/// What clearing up a doubt needs of the database, and no more. Blocking.
class doubt_calls {
public:
    virtual ~doubt_calls() = default;
    /// What became of the last transaction of `sender`? It is asked of the items and not of the
    /// transaction: after a failover that lost commits, only they tell.
    /// @param ending  the claims that it was to end; empty for one that makes claims
    /// @return `running` while it may still be committed; then `rolled_back` when one of `ending`
    ///         is still held, else `unknown`
    /// @throws sql_failure when the server gave no usable answer
    virtual commit_fate fate(const std::string& sender, std::span<const claim> ending) = 0;
    virtual void wait(milliseconds time) = 0;
};

/// The name of `on` while it is open, to ask by what has become of what was sent over it.
std::string sender_name(const connection& on);

/// Those calls, on the connection that COMMIT was sent over: it was closed, and is opened anew.
class doubt_database final : public doubt_calls {
public:
    doubt_database(connection& on, const queue_info& queue) : on_(on), queue_(queue) {}
    commit_fate fate(const std::string& sender, std::span<const claim> ending) override;
    void wait(milliseconds time) override;

private:
    connection& on_;
    const queue_info& queue_;
};

/// Finds out what became of a transaction whose COMMIT got no answer: asks again while the server
/// is away, and while its old process is still at work on it.
///
/// @param sender   the connection it was sent over
/// @param ending   the claims it was to end; empty for one that makes claims
/// @param trusted  false ends the asking: the session is over, so its claims are freed anyway
/// @return `committed` or `rolled_back`; `unknown` when nobody could say
commit_fate resolved_fate(doubt_calls& calls, const std::string& sender,
                          std::span<const claim> ending, const std::function<bool()>& trusted);

/// Was the transaction committed that `sender` sent to end the claims `ending`, of which `doubt`
/// says that it may not be?
/// @return false when nobody can say any more
/// @throws sql_failure when it was not: as if COMMIT had never been sent
bool was_acknowledged(doubt_calls& calls, const sql_failure& doubt, const std::string& sender,
                      std::span<const claim> ending, const std::function<bool()>& trusted);

}  // namespace leasehold
