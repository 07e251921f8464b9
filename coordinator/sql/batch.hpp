#pragma once

#include "sql/rows.hpp"
#include "sql/statement.hpp"
#include "sql/transaction.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace leasehold {

enum class batch_level { read_committed, serializable };

/// Runs `statements` as one transaction, sent whole with its BEGIN and COMMIT: one
/// round trip, in which no statement can depend on what another answered. Run again as a whole
/// when the server rolled back, as with run_transaction().
///
/// A connection that is lost leaves nothing known: whatever it answered on the way got lost with
/// it.
/// @param around  held during each attempt
/// @return what each statement answered, in order
/// @throws sql_failure `in_doubt` (connection closed), `refused`, `reconnect` (connection closed,
///         nothing was sent or the server said why it ended), or `retry` once the attempts are
///         spent
std::vector<rows> run_batch(connection& on, transaction_counters& counters,
                            const std::vector<statement>& statements,
                            const std::function<std::shared_ptr<void>()>& around,
                            batch_level level = batch_level::serializable,
                            const retry_limits& limits = {});

/// What `statements` answer, each by itself and in one round trip: a hint, like read_hint().
/// @throws sql_failure `refused` or `reconnect` (connection closed)
std::vector<rows> read_batch(connection& on, const std::vector<statement>& statements);

/// Lets the server read the statement `text` and run nothing.
/// @throws sql_failure `refused` with what the server has against it, or `reconnect` (connection
///         closed)
void check_statement(connection& on, const std::string& text);

}  // namespace leasehold
