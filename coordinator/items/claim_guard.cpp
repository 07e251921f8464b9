#include <leasehold/claim_guard.hpp>

#include "base/backoff.hpp"
#include "items/ack_rules.hpp"
#include "items/claim_store.hpp"

#include <array>
#include <utility>

namespace leasehold {

claim_guard::claim_guard(queue_info queue, claim held)
    : queue_(std::move(queue)), held_(std::move(held)) {}

ack_result claim_guard::acknowledge(pqxx::transaction_base& tx, const outcome& wish) const {
    transaction ours{tx};
    const std::array<ack_request, 1> request{
        ack_request{held_, decided(wish, held_.held, queue_.retries, random_fraction())}};
    ours.prefer_index_lookups();
    const auto result = leasehold::acknowledge(ours, queue_, request).front();
    if (result == ack_result::lost) {
        ours.forbid_commit("leasehold: the claim on item " + to_text(held_.held.id) + " is lost");
    }
    return result;
}

}  // namespace leasehold
