#pragma once

#include "sql/connection.hpp"

#include <leasehold/options.hpp>

namespace leasehold {

/// Sets aside what such a server cannot do.
/// @throws sql_failure `refused` for what would not be safe there
void suit_server(worker_options& options, sql_dialect server);

/// Says once in this process what is known to be wrong with the server's SERIALIZABLE.
/// @throws sql_failure as connection::open()
void remark_on_server(connection& on);

/// Where that takes a right: asks once what is otherwise asked after a COMMIT without an answer
/// only, when it would be too late to learn that this role may not.
/// @throws sql_failure `refused` when it may not
void require_answer_to_doubts(connection& on);

}  // namespace leasehold
