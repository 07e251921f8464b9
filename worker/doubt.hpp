#pragma once

#include "sql/commit_fate.hpp"
#include "sql/connection.hpp"

#include <leasehold/time.hpp>

#include <functional>
#include <optional>
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
    /// @throws sql_failure when the server gave no usable answer
    virtual commit_fate fate(const std::string& transaction) = 0;
    virtual void wait(milliseconds time) = 0;
};

/// Those calls, on the connection that COMMIT was sent over: it was closed, and is opened anew.
class doubt_database final : public doubt_calls {
public:
    explicit doubt_database(connection& on) : on_(on) {}
    commit_fate fate(const std::string& transaction) override;
    void wait(milliseconds time) override;

private:
    connection& on_;
};

/// Finds out what became of a transaction whose COMMIT got no answer: asks again while the server
/// is away, and while its old process is still at work on it.
///
/// @param id            of transaction_id(), asked within that transaction
/// @param worth_asking  false ends the asking: the session is over, so its claims are freed anyway
/// @return `committed` or `rolled_back`; `unknown` when nobody could say
commit_fate resolved_fate(doubt_calls& calls, const std::string& id,
                          const std::function<bool()>& worth_asking);

/// Was the acknowledging transaction `id` committed, of which `doubt` says that it may not be?
/// @return false when nobody can say any more
/// @throws sql_failure when it was not: as if COMMIT had never been sent
bool was_acknowledged(doubt_calls& calls, const sql_failure& doubt, const std::string& id,
                      const std::function<bool()>& worth_asking);

}  // namespace leasehold
