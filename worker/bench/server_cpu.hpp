#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>

namespace leasehold::bench {

/// The processor time of a PostgreSQL server on this machine, read from /proc.
class server_cpu {
public:
    /// @param postmaster  its first process, the parent of all others
    /// @throws std::invalid_argument when it is no process that can be looked at
    explicit server_cpu(pid_t postmaster);

    /// Seconds that all its processes have spent since this was made. Of one that has ended, in
    /// ticks of the kernel; of those that run, exactly.
    double seconds();

private:
    void look();

    pid_t postmaster_;
    std::map<pid_t, double> running_{};  ///< what each had spent at the last look
    double ended_{0};                    ///< all that had ended by then
    double sum_{0};
};

/// What this process has spent.
struct own_spending {
    double cpu_s{0};
    std::int64_t resident_mib{0};  ///< at its largest
};
own_spending spent_here();

/// The first process of the server of LEASEHOLD_PGDATA.
/// @return nothing when it is not set, or names no running server
std::optional<pid_t> postmaster_of_environment();

}  // namespace leasehold::bench
