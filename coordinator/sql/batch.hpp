#pragma once

#include "sql/rows.hpp"
#include "sql/statement.hpp"
#include "sql/transaction.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace leasehold {

/// Runs `statements` as one SERIALIZABLE transaction, sent whole with its BEGIN and COMMIT: one
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
                            const retry_limits& limits = {});

}  // namespace leasehold
