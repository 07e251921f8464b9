#pragma once

#include "parts/lease_rules.hpp"
#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>

#include <string>
#include <vector>

namespace leasehold {

/// A part held by a session, and the part's term in which it is held.
struct lease {
    part_id part{};
    epoch term{};
    claim_way way{};
};

struct held_lease {
    lease held{};
    lease_role role{lease_role::owner};
};

/// A part's owner as the database says.
struct owned_part {
    part_id part{};
    session_id owner{};
    epoch term{};
};

/// Until the transaction ends nobody else changes anything about `parts`; in the order of the
/// parts, so that nobody waits in a ring. Source: schema/queries/lease_lock.sql
void lock_parts(transaction& tx, const std::string& queue, const std::vector<part_id>& parts);

/// Takes those of `parts` that are planned for `session` and that nobody owns; an expired session
/// takes none. Source: schema/queries/lease_take.sql
std::vector<lease> take_leases(transaction& tx, const std::string& queue, const session_id& session,
                               const std::vector<part_id>& parts);

/// Who gives a part away: a session that stands gives its own, of one that has expired they are
/// given by whoever reaps it.
enum class giver { stands, reaped };

/// Gives those of `parts` that `session` owns to the sessions they are planned for, where those
/// stand. No instant is without an owner. A part that still carries a claim is refused by the
/// foreign key (23503).
/// @return the parts given
/// Source: schema/queries/lease_give.sql, lease_receive.sql
std::vector<part_id> give_leases(transaction& tx, const std::string& queue,
                                 const session_id& session, const std::vector<part_id>& parts,
                                 giver from = giver::stands);

/// The owner of `part` has expired: what it claimed by the lease alone is in doubt from now on. To
/// be followed by the end of its lease. Source: schema/queries/part_doubt.sql
void mark_doubt(transaction& tx, const std::string& queue, part_id part);

/// From now on `session` claims by the lease in those of `parts` that it owns and nobody helps in;
/// nothing in them is in doubt any more. Source: schema/queries/part_by_lease.sql
std::vector<lease> claim_by_lease(transaction& tx, const std::string& queue,
                                  const session_id& session, const std::vector<part_id>& parts);

/// From now on claims in those of `parts` that `session` owns are on rows.
/// Source: schema/queries/part_by_row.sql
void claim_by_row(transaction& tx, const std::string& queue, const session_id& session,
                  const std::vector<part_id>& parts);

/// Lets go of `parts`, in whatever role they are held; one that still carries a claim is refused by
/// the foreign key (23503).
/// @param reason  for the ownership log: "leave", "expired", ...
/// @return the parts that were held until now
/// Source: schema/queries/lease_release.sql
std::vector<part_id> release_leases(transaction& tx, const std::string& queue,
                                    const session_id& session, const std::vector<part_id>& parts,
                                    const std::string& reason);

/// Who owns what, by part. Source: schema/queries/lease_list.sql
std::vector<owned_part> list_leases(transaction& tx, const std::string& queue);

/// What `session` holds, by part. Source: schema/queries/lease_held.sql
std::vector<held_lease> leases_of(transaction& tx, const session_id& session);

/// What concerns `session`: the parts that it owns, and those that are planned for it. A hint.
/// Source: schema/queries/lease_look.sql
std::vector<part_view> look_at_leases(transaction& tx, const std::string& queue,
                                      const session_id& session);

}  // namespace leasehold
