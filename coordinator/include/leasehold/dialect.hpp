#pragma once

/// @room base
/// What kind of server a database is on.

namespace leasehold {

/// Whose SQL is spoken. Known from the first connection on.
enum class sql_dialect { postgres, cockroach };

}  // namespace leasehold
