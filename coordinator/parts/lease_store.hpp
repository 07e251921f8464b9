#pragma once

#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>

#include <span>
#include <string>
#include <vector>

namespace leasehold {

/// A part held by a session, and the part's term in which it is held.
struct lease {
    part_id part{};
    epoch term{};
};

/// A part's owner as the database says.
struct owned_part {
    part_id part{};
    session_id owner{};
    epoch term{};
};

/// Takes those of `parts` that nobody owns; an expired session takes none.
/// @param reason  for the ownership log: "plan", "join", …
/// Source: schema/queries/lease_take.sql
std::vector<lease> take_leases(transaction& tx, const std::string& queue, const session_id& session,
                               const std::vector<part_id>& parts, const std::string& reason);

/// Lets go of `parts`; one that still carries a claim is refused by the foreign key (23503).
/// @return the parts that were held until now
/// Source: schema/queries/lease_release.sql
std::vector<part_id> release_leases(transaction& tx, const std::string& queue,
                                    const session_id& session, const std::vector<part_id>& parts,
                                    const std::string& reason);

/// Who owns what, by part. Source: schema/queries/lease_list.sql
std::vector<owned_part> list_leases(transaction& tx, const std::string& queue);

/// What `session` holds, by part. Source: schema/queries/lease_held.sql
std::vector<lease> leases_of(transaction& tx, const session_id& session);

}  // namespace leasehold
