#include "worker/cli/enqueue_sender.hpp"

#include "base/backoff.hpp"
#include "items/enqueue_store.hpp"
#include "sql/commit_fate.hpp"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

namespace leasehold {

namespace {

/// A server that restarts is back within seconds; these add up to about a minute.
constexpr int tries_max = 30;
constexpr milliseconds first_wait{200};
constexpr milliseconds longest_wait{4'000};

/// Waits before try number `tries` + 1.
/// @throws sql_failure `last` once the tries are spent
void wait_after(int tries, const sql_failure& last) {
    if (tries >= tries_max) {
        throw last;
    }
    std::this_thread::sleep_for(full_jitter(first_wait, longest_wait, tries, random_fraction()));
}

/// Is it the data of an item that the server does not like? Data exceptions, broken constraints,
/// and limits of the server.
bool is_about_data(const sql_failure& refusal) {
    const auto kind = refusal.sqlstate().substr(0, 2);
    return kind == "22" || kind == "23" || kind == "54";
}

/// The server's message without the parts that speak of our statement.
std::string problem_of(const sql_failure& refusal, const placed_item& one) {
    if (refusal.sqlstate() == "23505") {
        return "the id " + to_text(one.id) +
               " is in the queue already; leave the id out, or give another one";
    }
    const std::string message = refusal.what();
    return message.substr(0, message.find("; CONTEXT:"));
}

/// An item whose being there proves that the batch was enqueued: one without a dedupe key.
std::optional<item_id> witness_of(std::span<const new_item> batch,
                                  const std::vector<placed_item>& placed) {
    const auto found =
        std::find_if(batch.begin(), batch.end(), [](const new_item& one) { return !one.dedupe; });
    if (found == batch.end()) {
        return std::nullopt;
    }
    return placed[static_cast<std::size_t>(found - batch.begin())].id;
}

/// Thrown through run_transaction() to have everything rolled back.
struct only_a_trial {};

}  // namespace

enqueue_sender::enqueue_sender(connection& on, queue_info queue)
    : on_(on), queue_(std::move(queue)) {}

std::vector<enqueued> enqueue_sender::send(std::span<const new_item> batch) {
    const auto placed = place(batch);
    for (int tries = 1;; ++tries) {
        sent_transaction sent;
        std::vector<enqueued> answer;
        try {
            run_transaction(on_, counters_, [&](transaction& tx) {
                answer = insert_items(tx, queue_, batch, placed);
                sent = {transaction_id(tx), server_timeline(tx)};
            });
            return answer;
        } catch (const sql_failure& failure) {
            switch (failure.kind()) {
                // A full disk or a storm of conflicts may last as long as a restart.
                case sql_failure_kind::retry:
                case sql_failure_kind::reconnect: break;
                case sql_failure_kind::in_doubt:
                    if (is_enqueued(sent, witness_of(batch, placed))) {
                        return answer;
                    }
                    break;
                case sql_failure_kind::refused: find_bad_item(batch, placed, failure); throw;
            }
            wait_after(tries, failure);
        }
    }
}

/// Gives the items their ids, once: a batch that is sent again is the same items.
std::vector<placed_item> enqueue_sender::place(std::span<const new_item> batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].key && !queue_.keyed) {
            throw bad_item(i, not_keyed_problem(queue_));
        }
    }
    for (int tries = 1;; ++tries) {
        try {
            return run_transaction(on_, counters_,
                                   [&](transaction& tx) { return place_items(tx, queue_, batch); });
        } catch (const sql_failure& failure) {
            if (failure.kind() == sql_failure_kind::refused) {
                throw;
            }
            wait_after(tries, failure);  // an order number may be lost: no harm
        }
    }
}

/// Looks until the server says. The items themselves would not do: a fast worker may have taken,
/// done and deleted them by now.
bool enqueue_sender::is_enqueued(const sent_transaction& sent,
                                 const std::optional<item_id>& witness) {
    bool nobody_knows = false;
    for (int tries = 1;; ++tries) {
        try {
            const auto look = [&](leasehold::transaction& tx) {
                const auto found = witness && item_exists(tx, queue_, *witness);
                const auto timeline = server_timeline(tx);
                const auto told = timeline.empty()            ? commit_fate::running
                                  : timeline != sent.timeline ? commit_fate::unknown
                                                              : fate_of(tx, sent.id);
                return std::pair{told, found};
            };
            // Else to ask is to forbid what has not come yet: see transaction_status.
            const auto [fate, there] = traits_of(on_.dialect()).keeps_track
                                           ? read_snapshot(on_, look)
                                           : run_transaction(on_, counters_, look);
            if (fate == commit_fate::committed || there) {
                return true;
            }
            if (fate == commit_fate::rolled_back) {
                return false;
            }
            if (fate == commit_fate::unknown) {
                if (!witness) {
                    return false;  // deduplicated, all of them: sent again, they are not doubled
                }
                // Sent again, the items might be there twice: their ids may be done and gone.
                nobody_knows = true;
                throw sql_failure(sql_failure_kind::in_doubt, "",
                                  "COMMIT was sent, and the server cannot tell what became of it");
            }
            wait_after(tries, sql_failure(sql_failure_kind::in_doubt, "",
                                          "COMMIT was sent and the server is still busy with it"));
        } catch (const sql_failure& failure) {
            if (nobody_knows || failure.kind() == sql_failure_kind::refused) {
                throw;
            }
            wait_after(tries,
                       sql_failure(sql_failure_kind::in_doubt, failure.sqlstate(), failure.what()));
        }
    }
}

/// The shortest refused run of items from the front ends in the culprit. Nothing is committed.
/// Returns when the refusal is not about any item.
void enqueue_sender::find_bad_item(std::span<const new_item> batch,
                                   const std::vector<placed_item>& placed,
                                   const sql_failure& refusal) {
    if (!is_about_data(refusal)) {
        return;
    }
    std::optional<sql_failure> seen;
    const auto refused = [&](std::size_t length) {
        try {
            run_transaction(on_, counters_, [&](transaction& tx) {
                insert_items(tx, queue_, batch.first(length), placed);
                throw only_a_trial{};
            });
        } catch (const only_a_trial&) {
            return false;
        } catch (const sql_failure& failure) {
            if (failure.kind() != sql_failure_kind::refused) {
                throw;
            }
            seen = failure;
            return true;
        }
        return false;
    };
    std::size_t good = 0;
    std::size_t bad = batch.size();
    while (bad - good > 1) {
        const auto middle = good + (bad - good) / 2;
        (refused(middle) ? bad : good) = middle;
    }
    throw bad_item(bad - 1, problem_of(seen.value_or(refusal), placed[bad - 1]));
}

}  // namespace leasehold
