#pragma once

#include "sql/transaction.hpp"

#include <string>

namespace leasehold {

/// What became of a transaction whose COMMIT got no answer.
enum class commit_fate {
    committed,
    rolled_back,
    running,  ///< its server process has not noticed yet that nobody listens: ask again
    unknown,  ///< too long ago, or this server took over from one that was ahead of it
};

/// The name under which the server remembers `tx`. To be asked for before its end.
/// Source: schema/queries/transaction_id.sql
std::string transaction_id(transaction& tx);

/// Which history the server writes that `tx` runs on. After a failover it is another one, and what
/// it says of a transaction_id() from before may be about another transaction: the ids that were
/// lost are given out again.
/// @return empty on a standby
/// Source: schema/queries/server_timeline.sql
std::string server_timeline(transaction& tx);

/// Is the connection whose guard() is `guard` over, at the server's end too? Then nothing that it
/// sent can still happen. If it is not, ask again: the server is told to end it once it has waited
/// for its client for a second.
/// Source: schema/queries/connection_ended.sql
bool is_connection_ended(transaction& tx, const std::string& guard);

/// Asked in a later transaction, on another connection.
/// @param id  of transaction_id()
/// Source: schema/queries/transaction_status.sql
commit_fate fate_of(transaction& tx, const std::string& id);

/// What tells of connections and transactions of long ago, where rows do
/// (server_traits::keeps_track).
enum class trace { commits, guards };

/// Where taking away such rows has come to.
struct traces_gone {
    bool more{false};                            ///< there may be more
    std::string last{"1970-01-01 00:00:00+00"};  ///< the time of the last one, for the next call
};

/// Takes away some of them, of the time `from` and later.
/// @param from  `last` of the call before, as long as there is more
/// Source: schema/queries/commits_forget.cockroach.sql, guards_forget.cockroach.sql
traces_gone forget_traces(transaction& tx, trace what, const std::string& from);

}  // namespace leasehold
