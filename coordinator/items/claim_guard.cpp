#include <leasehold/claim_guard.hpp>

#include "base/backoff.hpp"
#include "items/ack_rules.hpp"
#include "items/claim_store.hpp"
#include "sql/commit_fate.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace leasehold {

namespace {

void refuse_commit(transaction& tx, const claim& lost) {
    tx.forbid_commit("leasehold: the claim on item " + to_text(lost.held.id) + " is lost");
}

}  // namespace

claim_guard::claim_guard(queue_info queue, claim held)
    : queue_(std::move(queue)), held_(std::move(held)) {}

ack_result claim_guard::acknowledge(pqxx::transaction_base& tx, const outcome& wish) const {
    transaction ours{tx, queue_.dialect};
    const std::array<ack_request, 1> request{
        ack_request{held_, decided(wish, held_.held, queue_.retries, random_fraction())}};
    ours.prefer_index_lookups();
    const auto result = leasehold::acknowledge(ours, queue_, request).front();
    if (result == ack_result::lost) {
        refuse_commit(ours, held_);
    }
    return result;
}

std::string claim_guard::commit_name(pqxx::transaction_base& tx) const {
    transaction ours{tx, queue_.dialect};
    return transaction_id(ours);
}

commit_answer claim_guard::look_back(pqxx::transaction_base& tx, const std::string& name) const {
    transaction ours{tx, queue_.dialect};
    ours.prefer_index_lookups();
    // The fate first: at READ COMMITTED the other way round a commit could fall in between.
    const auto fate = fate_of(ours, name);
    const bool held = !still_held(ours, queue_, {&held_, 1}).empty();
    switch (fate) {
        case commit_fate::running: return commit_answer::running;
        case commit_fate::committed:
            return held ? commit_answer::rolled_back : commit_answer::acknowledged;
        case commit_fate::rolled_back:
            return held ? commit_answer::rolled_back : commit_answer::lost;
        case commit_fate::unknown: break;
    }
    return held ? commit_answer::rolled_back : commit_answer::unknown;
}

claim_standing claim_guard::note_progress(pqxx::transaction_base& tx, const progress& far) const {
    constexpr std::size_t note_bytes_max = 1'000;
    if (far.percent && (*far.percent < 0 || *far.percent > 100)) {
        throw std::invalid_argument("progress is " + std::to_string(*far.percent) +
                                    " per cent; it must be 0 to 100");
    }
    if (far.note && far.note->size() > note_bytes_max) {
        throw std::invalid_argument("the note has " + std::to_string(far.note->size()) +
                                    " bytes, the limit is " + std::to_string(note_bytes_max));
    }
    transaction ours{tx, queue_.dialect};
    ours.prefer_index_lookups();
    const auto standing = leasehold::note_progress(ours, queue_, held_, far);
    if (standing == claim_standing::lost) {
        refuse_commit(ours, held_);
    }
    return standing;
}

}  // namespace leasehold
