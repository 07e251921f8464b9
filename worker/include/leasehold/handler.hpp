#pragma once

/// What a service writes: the function that does the work of one item.

#include <leasehold/item.hpp>

#include <functional>
#include <stop_token>
#include <variant>

namespace pqxx {
class transaction_base;
}

namespace leasehold {

/// Runs outside any transaction; its outcome is acknowledged afterwards, in batches. What it does
/// elsewhere happens at least once: pass `claim::fence` on where that can be refused.
///
/// Runs on a thread of its own slot. The stop token is raised when the item's part moves on, when
/// the worker drains and when the session may not be trusted any more; return soon after, with
/// whatever outcome is true. An exception is a retry with its message kept; after a stop it is a
/// release.
using external_handler = std::function<outcome(const claim&, std::stop_token)>;

/// Runs inside the SERIALIZABLE transaction that also ends the claim: its rows are there exactly
/// when the item is acknowledged. May run again from the start when the server rolls back, so it
/// keeps nothing but what it writes in `tx`, and never commits `tx` itself.
using transactional_handler =
    std::function<outcome(pqxx::transaction_base& tx, const claim&, std::stop_token)>;

/// What a recording handler hands over: its outcome, and what to write with the acknowledgement.
struct recorded_outcome {
    outcome wish;
    /// Runs in the acknowledging transaction, again when the server rolls back; may be empty.
    std::function<void(pqxx::transaction_base& tx)> record{};
};

/// Runs outside any transaction, once; then its record commits together with the acknowledgement.
/// For work that is slow or must not be repeated, whose result belongs into the database.
using recording_handler = std::function<recorded_outcome(const claim&, std::stop_token)>;

using handler = std::variant<external_handler, transactional_handler, recording_handler>;

}  // namespace leasehold
