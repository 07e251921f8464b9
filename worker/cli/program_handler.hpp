#pragma once

#include "worker/cli/argument_template.hpp"
#include "worker/cli/sql_parameters.hpp"

#include <leasehold/handler.hpp>

#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// What `leasehold work` runs for each item.
struct program_spec {
    std::vector<argument_template> argv{};  ///< the program and its arguments; empty: none
    std::optional<bound_sql> record{};      ///< runs in the acknowledging transaction
    milliseconds kill_after{2'000};         ///< between SIGTERM and SIGKILL when it is to stop
};

/// Runs the program once per item, without a shell; payload on stdin, LEASEHOLD_ID,
/// LEASEHOLD_TOKEN,
/// LEASEHOLD_ATTEMPT, LEASEHOLD_PART and LEASEHOLD_QUEUE in its environment.
///
/// Exit 0 completes, after `record` with the program's output; 75 (EX_TEMPFAIL) retries, 65
/// (EX_DATAERR) buries, everything else retries until the attempts are spent. A payload that lacks
/// a field named in an argument is buried: it never gets one. A program that was told to stop and
/// did not exit 0 gives its item back.
handler program_handler(const std::string& queue, program_spec spec);

/// Runs `statement` once per item as the whole of its work, in the acknowledging transaction.
handler sql_handler(bound_sql statement);

/// Completes every item at once; for measuring.
handler noop_handler();

/// Is there such a program to run? PATH is searched unless the name has a '/'.
bool is_program(const std::string& name);

}  // namespace leasehold
