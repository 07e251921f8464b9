#pragma once

#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// A session in the ownership log.
struct logged_session {
    session_id id{};
    std::optional<std::string> name{};  ///< known while it stands or its seat is kept
};

/// One change of hands.
struct ownership_entry {
    std::string at{};  ///< as the server writes it
    part_id part{};
    epoch term{};
    std::optional<logged_session> from{};
    std::optional<logged_session> to{};
    std::string role{};    ///< "owner" or "helper"
    std::string reason{};  ///< join, leave, expired, cordon, plan, help, ...
    std::optional<std::int64_t> plan{};
};

/// Which entries; what is left out means any.
struct ownership_filter {
    std::optional<part_id> part{};
    std::optional<std::string> session{};  ///< name, or 4 characters or more of an id's beginning
    std::optional<std::string> since{};    ///< a time, as the server reads it
    std::optional<milliseconds> age{};     ///< since so long ago
};

/// The last `count_max` entries of the log of `queue`, oldest first.
/// @throws sql_failure with SQLSTATE 22007 or 22008 when `since` is no time
/// Source: schema/queries/ownership_list.sql
std::vector<ownership_entry> list_ownership(transaction& tx, const std::string& queue,
                                            const ownership_filter& which, int count_max);

}  // namespace leasehold
