#pragma once

#include "items/history.hpp"
#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <functional>
#include <string>
#include <vector>

namespace leasehold {

/// @param state  "off", "starting", "on" or "stopping"
void set_audit_state(transaction& tx, const std::string& queue, const std::string& state);

/// Does the part's table have the audit's triggers?
bool has_audit_triggers(transaction& tx, const queue_info& queue, part_id part);

/// Was anything of this queue ever audited?
bool has_audit_table(transaction& tx, const std::string& queue);

/// Does the audit say anything about `queue`, whether or not it goes on?
bool is_in_audit(transaction& tx, const std::string& queue);

/// One for each part, in order.
std::vector<audit_coverage> read_coverage(transaction& tx, const std::string& queue);

/// Part by part, in the order of the terms.
std::vector<ownership_change> read_ownership(transaction& tx, const std::string& queue);

/// Tells `see` every row of the audit about items, item by item in the order in which things
/// happened, and for each item last what is there of it now; page by page, however many.
/// For read_snapshot(). Source: schema/queries/audit_open.sql
void read_audit(transaction& tx, const queue_info& queue,
                const std::function<void(const audit_event&)>& see);

}  // namespace leasehold
