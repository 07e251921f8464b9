#include "tests/process/faults/server.hpp"

#include "tests/process/faults/child.hpp"
#include "tests/support/database.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace leasehold::test {

namespace {

namespace fs = std::filesystem;

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        throw std::runtime_error(std::string{name} +
                                 " is not set: run this as scripts/with-postgres COMMAND");
    }
    return value;
}

std::string pg_program(const std::string& name) {
    return from_environment("LEASEHOLD_POSTGRES_BIN") + "/" + name;
}

}  // namespace

std::string server::reason_to_skip() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
    return std::getenv("LEASEHOLD_GIVEN_SERVER") == nullptr
               ? ""
               : "needs a server of its own; the one at hand was given";
}

server server::of_environment() {
    const auto dsn = from_environment("LEASEHOLD_DSN");
    const auto port = dsn.find("port=");
    return {from_environment("LEASEHOLD_PGDATA"), from_environment("LEASEHOLD_POSTGRES_LOG"),
            port == std::string::npos ? 5432 : std::stoi(dsn.substr(port + 5))};
}

/// As the server's user, who cannot read the folder that we are in.
void server::run(std::vector<std::string> argv) const {
    run_to_end(
        {.argv = std::move(argv), .log = folder() / "programs.log", .as_owner_of = folder()});
}

/// Owned by the server's user, as the first server's is.
void server::make_folder() const {
    for (const auto& one : {data_, small_disk()}) {
        fs::create_directory(one);
        fs::permissions(one, fs::perms::owner_all);
        struct stat about {};
        if (::stat(folder().c_str(), &about) != 0 ||
            ::chown(one.c_str(), about.st_uid, about.st_gid) != 0) {
            throw std::runtime_error("cannot give " + one.string() + " to the server's user");
        }
    }
}

server server::beside(const std::string& name, int port, int disk_mb) const {
    server fresh{folder() / name, folder() / (name + ".log"), port};
    fresh.disk_mb_ = disk_mb;
    fresh.make_folder();
    fresh.run({pg_program("initdb"), "-D", fresh.data_.string(), "-U", "postgres", "-A", "trust",
               "--locale=C", "-E", "UTF8", "--no-sync"});
    fs::copy_file(data_ / "postgresql.conf", fresh.data_ / "postgresql.conf",
                  fs::copy_options::overwrite_existing);
    return fresh;
}

server server::standby(const std::string& name, int port) const {
    server fresh{folder() / name, folder() / (name + ".log"), port};
    fresh.make_folder();
    run({pg_program("pg_basebackup"), "-D", fresh.data_.string(), "-d", dsn("postgres"),
         "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--wal-method=stream"});
    fresh.start();
    return fresh;
}

void server::start() const {
    std::vector<std::string> argv{pg_program("pg_ctl"),
                                  "-D",
                                  data_.string(),
                                  "-l",
                                  log_.string(),
                                  "-t",
                                  "60",
                                  "-w",
                                  "-o",
                                  "-p " + std::to_string(port_),
                                  "start"};
    if (disk_mb_ == 0) {
        run(std::move(argv));
        return;
    }
    // Mounted in a name space of the server's own, it goes with the server's last process.
    struct stat about {};
    ::stat(data_.c_str(), &about);
    const auto owner = std::to_string(about.st_uid);
    const auto options = "size=" + std::to_string(disk_mb_) + "m,mode=700,uid=" + owner +
                         ",gid=" + std::to_string(about.st_gid);
    std::vector<std::string> wrapped{"unshare",
                                     "--mount",
                                     "sh",
                                     "-c",
                                     "mount -t tmpfs -o \"$1\" tmpfs \"$2\" && shift 2 && "
                                     "exec setpriv --reuid=\"$0\" --clear-groups \"$@\"",
                                     owner,
                                     options,
                                     small_disk()};
    wrapped.insert(wrapped.end(), argv.begin(), argv.end());
    run_to_end({.argv = std::move(wrapped), .log = folder() / "programs.log"});
}

void server::stop(const std::string& mode) const {
    run({pg_program("pg_ctl"), "-D", data_.string(), "-m", mode, "-w", "stop"});
}

void server::promote() const { run({pg_program("pg_ctl"), "-D", data_.string(), "-w", "promote"}); }

std::string server::socket() const {
    return (folder() / (".s.PGSQL." + std::to_string(port_))).string();
}

std::string server::dsn(const std::string& database) const {
    auto text = dsn_with("user=postgres", "host", folder().string());
    text = dsn_with(text, "port", std::to_string(port_));
    return dsn_with(text, "dbname", database);
}

fs::path server::small_disk() const { return folder() / (data_.filename().string() + "_disk"); }

std::string server::log() const { return text_of(log_); }

}  // namespace leasehold::test
