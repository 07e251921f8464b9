#pragma once

#include <sys/types.h>

#include <optional>

namespace leasehold::bench {

/// The processor time of a PostgreSQL server on this machine, read from /proc.
class server_cpu {
public:
    /// @param postmaster  its first process, the parent of all others
    /// @throws std::invalid_argument when it is no process that can be looked at
    explicit server_cpu(pid_t postmaster);

    /// Seconds, of all its processes, also those that have ended.
    double seconds() const;

private:
    pid_t postmaster_;
};

/// The first process of the server of LEASEHOLD_PGDATA.
/// @return nothing when it is not set, or names no running server
std::optional<pid_t> postmaster_of_environment();

}  // namespace leasehold::bench
