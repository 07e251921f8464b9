#include "tests/process/faults/pooler.hpp"

#include "tests/support/database.hpp"
#include "tests/support/wait.hpp"

#include <fstream>
#include <stdexcept>

namespace leasehold::test {

namespace fs = std::filesystem;

pooler::pooler(const server& behind, const std::string& mode, int port, const fs::path& log)
    : socket_(behind.folder() / (".s.PGSQL." + std::to_string(port))), port_(port) {
    const auto settings = behind.folder() / ("pgbouncer-" + std::to_string(port) + ".ini");
    std::ofstream{settings} << "[databases]\n* = host=" << behind.folder().string()
                            << " port=" << behind.port() << " user=postgres\n"
                            << "[pgbouncer]\nlisten_addr =\nlisten_port = " << port
                            << "\nunix_socket_dir = " << behind.folder().string()
                            << "\nauth_type = any\npool_mode = " << mode
                            << "\ndefault_pool_size = 60\nmax_client_conn = 200\n"
                               "ignore_startup_parameters = extra_float_digits\n";
    fs::remove(socket_);
    process_ = std::make_unique<child>(child_spec{
        .argv = {"pgbouncer", settings.string()}, .log = log, .as_owner_of = behind.folder()});
    if (!eventually([&] { return fs::exists(socket_) || process_->ended(); }) ||
        process_->ended()) {
        throw std::runtime_error("pgbouncer does not start: " + text_of(log));
    }
}

std::string pooler::dsn(const std::string& dsn) const {
    return dsn_with(dsn_with(dsn, "host", socket_.parent_path().string()), "port",
                    std::to_string(port_));
}

}  // namespace leasehold::test
