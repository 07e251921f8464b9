#pragma once

#include "tests/cockroach/faults.hpp"
#include "tests/cockroach/translation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace leasehold::test {

struct stub_options {
    std::optional<cockroach_look> look{cockroach_look{}};  ///< nothing: all passes as it is
    std::uint64_t seed{1};  ///< of the faults; connection number n draws from seed + n
};

/// A server on a port of 127.0.0.1 which looks to its clients as CockroachDB does, and has a
/// PostgreSQL beneath. What it plays and what not is said in docs/hacking.md. Callable from any
/// thread; at its end all its connections are cut.
class cockroach_stub {
public:
    /// @param server  connection string of the PostgreSQL beneath
    /// @throws std::runtime_error when that cannot be read, or no port be had
    explicit cockroach_stub(const std::string& server, const stub_options& options = {});
    ~cockroach_stub();
    cockroach_stub(const cockroach_stub&) = delete;
    cockroach_stub& operator=(const cockroach_stub&) = delete;

    /// Connects to this server, with the user and database of `server`.
    const std::string& dsn() const noexcept;

    /// What goes wrong, and how often it has.
    fault_source& faults() noexcept;

    int connections() const noexcept;

private:
    struct inside;
    std::unique_ptr<inside> inside_;
};

}  // namespace leasehold::test
