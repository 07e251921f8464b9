#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace leasehold::test {

/// A PostgreSQL server in the folder that scripts/with-postgres made, which tidies it up whatever
/// becomes of this process.
class server {
public:
    /// The one that scripts/with-postgres has started.
    /// @throws std::runtime_error without it
    static server of_environment();

    /// Why a test that needs it, to get between or to stop it, is skipped: somebody's server is
    /// tested, as scripts/test --dsn does. Empty when the private one has to be there.
    static std::string reason_to_skip();

    /// A new one beside it, not started yet. With `disk_mb` its folder `small_disk` is a file
    /// system of that size, which nobody else sees.
    server beside(const std::string& name, int port, int disk_mb = 0) const;

    /// A copy of this one that follows it, started.
    server standby(const std::string& name, int port) const;

    void start() const;
    void stop(const std::string& mode) const;
    void promote() const;

    /// Its Unix socket.
    std::string socket() const;
    /// For `database`, by way of that socket.
    std::string dsn(const std::string& database) const;
    const std::filesystem::path& data() const { return data_; }
    std::filesystem::path small_disk() const;
    int port() const { return port_; }
    std::string log() const;  ///< all that it has logged so far
    /// Where things may lie that go with the servers.
    std::filesystem::path folder() const { return data_.parent_path(); }

private:
    server(std::filesystem::path data, std::filesystem::path log, int port)
        : data_(std::move(data)), log_(std::move(log)), port_(port) {}

    void run(std::vector<std::string> argv) const;
    void make_folder() const;

    std::filesystem::path data_;
    std::filesystem::path log_;
    int port_;
    int disk_mb_{0};
};

}  // namespace leasehold::test
