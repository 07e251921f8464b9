#pragma once

#include "tests/process/faults/child.hpp"
#include "tests/process/faults/server.hpp"

#include <memory>
#include <string>

namespace leasehold::test {

/// PgBouncer in front of a server, on a socket in that server's folder.
class pooler {
public:
    /// @param mode  PgBouncer's pool_mode
    /// @throws std::runtime_error when it does not start
    pooler(const server& behind, const std::string& mode, int port,
           const std::filesystem::path& log);

    std::string socket() const { return socket_.string(); }
    /// `dsn` by way of this pooler.
    std::string dsn(const std::string& dsn) const;

private:
    std::filesystem::path socket_;
    int port_;
    std::unique_ptr<child> process_{};
};

}  // namespace leasehold::test
