#include "items/verify_store.hpp"

#include "items/item_tables.hpp"
#include "schema/sql.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <cstdint>

namespace leasehold {

namespace {

struct rule {
    const char* name;
    const char* noun;  ///< for one of what the statement looks at
    const char* nouns;
    const statement_text& statement;
};

/// In the order of the invariants I1 to I7. Not of I5 and I6, which no table shows: the one is
/// about a worker's own clock, the other about transactions that are gone.
std::vector<rule> rules() {
    return {
        {"a part has at most one owner", "owned part", "owned parts", query::verify_one_owner},
        {"the constraints on leases stand", "constraint", "constraints",
         query::verify_lease_constraints},
        {"a lease is a session's of this queue, on a part of it", "lease", "leases",
         query::verify_lease_session},
        {"an owner's epoch is its part's last", "owned part", "owned parts",
         query::verify_owner_epoch},
        {"an epoch was taken once, by whoever holds it", "taking in the log", "takings in the log",
         query::verify_log_taken_once},
        {"epochs rise with time", "change of hands in the log", "changes of hands in the log",
         query::verify_log_epochs_rise},
        {"every part is there, with a table of its own", "part", "parts",
         query::verify_parts_complete},
        {"the constraints on items and claims stand", "constraint", "constraints",
         query::verify_item_constraints},
        {"an item lies in the part of its id", "item", "items", query::verify_item_place},
        {"a claim is under a lease on the item's own part", "claim", "claims",
         query::verify_claim_lease},
        {"of a key at most one item is claimed", "part or key", "parts and keys",
         query::verify_one_claim_per_key},
        {"a token counts every claim", "item", "items", query::verify_item_token},
        {"an item keeps to its attempts", "item", "items", query::verify_item_attempts},
        {"a dead item is gone from the queue", "dead item", "dead items", query::verify_dead_gone},
        {"an expired session is ended within its ttl and a minute", "expired session",
         "expired sessions", query::verify_expired_reaped},
        {"a part finds an owner within a ttl and a minute", "part without an owner",
         "parts without an owner", query::verify_parts_owned},
        {"a session expires within a ttl of its heartbeat", "session", "sessions",
         query::verify_session_expiry},
        {"a session that expired takes no part again", "expired session in the log",
         "expired sessions in the log", query::verify_expired_takes_none},
    };
}

std::string counted(std::int64_t count, const rule& one) {
    return std::to_string(count) + " " + (count == 1 ? one.noun : one.nouns);
}

}  // namespace

std::vector<invariant_check> verify_queue(transaction& tx, const queue_info& queue) {
    std::vector<invariant_check> checks;
    for (const auto& one : rules()) {
        const bool names_queue =
            one.statement.in(queue.dialect).find("$1") != std::string_view::npos;
        const auto row = tx.run(over_all_parts(one.statement, queue),
                                names_queue ? params{queue.name} : params{})[0];
        const auto looked_at = row["looked_at"].as<std::int64_t>();
        const auto wrong = row["wrong"].as<std::int64_t>();
        invariant_check check{.name = one.name, .ok = wrong == 0};
        if (!check.ok) {
            check.detail = std::to_string(wrong) + " wrong, " + counted(looked_at, one) +
                           " looked at: " + row["examples"].as<std::string>() +
                           (wrong > 3 ? "; …" : "");
        } else if (looked_at == 0) {
            check.detail = "nothing to look at: " + counted(0, one);
        } else {
            check.detail = counted(looked_at, one);
        }
        checks.push_back(std::move(check));
    }
    return checks;
}

bool all_hold(const std::vector<invariant_check>& checks) {
    return std::all_of(checks.begin(), checks.end(), [](const auto& one) { return one.ok; });
}

}  // namespace leasehold
