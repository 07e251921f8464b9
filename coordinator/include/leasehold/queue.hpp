#pragma once

/// @room parts
/// What is kept about a queue.

#include <leasehold/dialect.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace pqxx {
class transaction_base;
}

namespace leasehold {

/// Bounds of the waiting time before a failed item runs again.
struct retry_policy {
    milliseconds base{1'000};     ///< upper bound after the first attempt; doubles with each
    milliseconds max{3'600'000};  ///< never longer than this
};

/// Where the claims of a queue are.
enum class claim_mode {
    row,    ///< each on its item, where SQL can see it
    lease,  ///< nowhere: the owner of a part handles its items, and the acknowledgement looks for
            ///< the owner's lease. For short tasks: nothing is written until then.
};

/// One queue as the database describes it.
struct queue_info {
    std::string name{};
    int part_count{0};  ///< 1 to 1024; as it was when described: a queue may grow
    std::string strategy{};
    bool keyed{false};    ///< items of one key run in order, never two at a time
    int max_attempts{0};  ///< of items that bring no limit of their own; as it was when described
    retry_policy retries{};
    std::int64_t generation{0};  ///< raised by every change of membership
    std::string state{};         ///< "ready" when it may be used
    std::string audit{};         ///< "on" when every change of an item is written down
    bool paused{false};          ///< nobody claims, everybody keeps their parts
    milliseconds settle{0};  ///< quiet that is waited for before joining sessions are planned for
    milliseconds restart_grace{0};  ///< how long the parts of a named session wait for its restart
    milliseconds help_delay{0};     ///< how long an item is ready in a busy session's part before
                                    ///< idle sessions may take it
    int helpers_max{0};             ///< sessions that may help in one part at once; 0: none
    claim_mode claims{claim_mode::row};
    sql_dialect dialect{};  ///< of the server that it is on
};

/// What is kept about the queue `name`, which is ready for use.
/// @throws std::runtime_error naming the queue and what to run, when it is missing or not ready
/// @throws pqxx::failure when the server gave no usable answer
queue_info describe_queue(pqxx::transaction_base& tx, const std::string& name);

/// @return why `name` cannot name a queue, with the remedy; empty when it can
std::string queue_name_problem(std::string_view name);

}  // namespace leasehold
