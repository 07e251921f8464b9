#pragma once

#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pqxx {
class row;
}

namespace leasehold {

/// Which process a session is, for people.
struct process_identity {
    std::string name;
    bool named{false};  ///< its user gave it that name
    std::string host;
    std::int64_t pid{0};
    std::string version;
    std::optional<std::int64_t> guard{};  ///< of the heartbeat's connection: connection::guard()
};

/// One row of `sessions`.
struct session_row {
    session_id id{};
    std::string name{};
    bool named{false};  ///< its user gave it that name: it may come back under it
    std::string host{};
    std::int64_t pid{0};
    int weight{1};
    std::string state{};       ///< "live", "leaving" or "evicted"
    bool cordoned{false};      ///< no part is planned for it
    std::string expires_at{};  ///< as the server wrote it: sent back to compare, never parsed
    bool live{false};          ///< not expired, by the server's clock
    milliseconds heartbeat_age{0};
    milliseconds overdue{0};  ///< since it expired; negative while it stands
};

/// What a heartbeat's answer means.
enum class extend_outcome {
    extended,  ///< the session stands for another ttl
    evicted,   ///< likewise, but an operator wants it to drain and end
    gone,      ///< it expired or was reaped: every claim under it is lost
};

/// Adds a seat in `queue` and tells the others. In doubt: register under a fresh id.
/// Source: schema/queries/session_register.sql
void register_session(transaction& tx, const std::string& queue, const session_id& id,
                      const process_identity& identity, const session_options& options);

/// Asks the server to keep `id` standing for its ttl more, counted on the server's clock.
/// @param guard  of the connection that this is asked over
/// @throws sql_failure when the server gave no usable answer; nothing is then extended
/// Source: schema/queries/session_extend.sql
extend_outcome extend_session(transaction& tx, const session_id& id,
                              const std::optional<std::int64_t>& guard = {});

/// From now on the plan goes on without `id`. Source: schema/queries/session_set_leaving.sql
void set_leaving(transaction& tx, const std::string& queue, const session_id& id);

/// Ends `id` by its own will; its leases must be gone. The seat of one with a name of its own is
/// kept for a restart. The others were told when it began to leave, and are again only if the plan
/// still has parts for it.
/// Source: schema/queries/session_leave.sql, seat_kept.sql, session_ended.sql
void leave_session(transaction& tx, const std::string& queue, const session_id& id);

/// Lets `seen` expire at once, whose `guard` nobody holds any more.
/// @return false when it has beaten since it was seen, or its guard is held after all
/// Source: schema/queries/session_expire_now.sql
bool expire_now(transaction& tx, const session_row& seen, std::int64_t guard);

/// From now on no plan counts with the expired session `seen`; the others are told.
/// @return false when that is so already, or it is not expired at that time any more
/// Source: schema/queries/session_begin_reap.sql
bool begin_reap(transaction& tx, const std::string& queue, const session_row& seen);

/// Whose an expired session is to reap, until the end of the transaction that asks.
enum class reap_hold { mine, someone_elses, gone };

/// `gone`: it is not expired, at the very same time as `seen`, any more. The first question of
/// every step that reaps.
/// Source: schema/queries/session_still_expired.sql
reap_hold hold_expired(transaction& tx, const session_row& seen);

/// Ends the expired session `seen`; its leases must be gone. The others were told by begin_reap(),
/// and are again only if the plan still has parts for it.
/// @return false when it was not there any more, or not expired at that time; or when a transaction
///         of its own, begun long ago, is about to make a lease
/// Source: schema/queries/session_reap.sql, session_ended.sql
bool reap_session(transaction& tx, const std::string& queue, const session_row& seen);

/// Every session of `queue` by id, expired ones too. Source: schema/queries/session_list.sql
std::vector<session_row> list_sessions(transaction& tx, const std::string& queue);

/// A session as the statements that look at one session in passing answer it.
session_row session_in(const pqxx::row& row);

}  // namespace leasehold
