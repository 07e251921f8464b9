#pragma once

#include "session/session_store.hpp"
#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>

#include <string>
#include <vector>

/// What an operator does to sessions of others.

namespace leasehold {

/// A session, and the queue it sits in.
struct seated_session {
    std::string queue{};
    session_row row{};
};

/// Every session of every queue, by queue and id. Source: schema/queries/session_everywhere.sql
std::vector<seated_session> list_seats(transaction& tx);

enum class cordon { on, off };

/// What became of an operator's wish.
enum class seat_change {
    changed,
    as_it_was,  ///< it was so already, or the session is leaving by itself
    evicted,    ///< refused: the session has been told to end
    gone,       ///< it ended or expired
};

/// From now on no part is planned for `id`, or parts are again; the others are told.
/// Source: schema/queries/session_cordon.sql
seat_change set_cordon(transaction& tx, const session_id& id, cordon wanted);

/// The heartbeat of `id` is answered with the order to drain and end, and no part is planned for
/// it; the others are told. Source: schema/queries/session_evict.sql
seat_change evict_session(transaction& tx, const session_id& id);

/// Expires `id` at this moment: the others reap it, and claims under it are lost. Its worker is not
/// stopped; it begins another session. Source: schema/queries/session_expire.sql
seat_change expire_session(transaction& tx, const session_id& id);

}  // namespace leasehold
