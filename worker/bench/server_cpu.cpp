#include "worker/bench/server_cpu.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace leasehold::bench {

namespace {

struct process_times {
    pid_t parent{0};
    std::int64_t own{0};
    std::int64_t ended_children{0};
};

/// Nothing when there is no such process (any more).
std::optional<process_times> times_of(const std::filesystem::path& folder) {
    std::ifstream file{folder / "stat"};
    std::string line;
    if (!std::getline(file, line)) {
        return std::nullopt;
    }
    // The name may hold anything but ends with the last parenthesis.
    std::istringstream rest{line.substr(std::min(line.size(), line.rfind(')') + 1))};
    process_times result;
    std::string state;
    std::string skipped;
    rest >> state >> result.parent;
    for (int field = 5; field <= 13; ++field) {
        rest >> skipped;
    }
    std::int64_t user = 0;
    std::int64_t system = 0;
    std::int64_t user_ended = 0;
    std::int64_t system_ended = 0;
    rest >> user >> system >> user_ended >> system_ended;
    result.own = user + system;
    result.ended_children = user_ended + system_ended;
    return result;
}

std::filesystem::path folder_of(pid_t process) { return "/proc/" + std::to_string(process); }

}  // namespace

server_cpu::server_cpu(pid_t postmaster) : postmaster_(postmaster) {
    if (!times_of(folder_of(postmaster_))) {
        throw std::invalid_argument("--server-pid is " + std::to_string(postmaster_) +
                                    "; there is no such process on this machine: give the "
                                    "server's first one, as postmaster.pid in its data folder "
                                    "names it");
    }
}

double server_cpu::seconds() const {
    std::int64_t ticks = 0;
    if (const auto server = times_of(folder_of(postmaster_))) {
        ticks = server->own + server->ended_children;
    }
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const auto one = times_of(entry.path());
        ticks += one && one->parent == postmaster_ ? one->own : 0;
    }
    return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<pid_t> postmaster_of_environment() {
    const char* folder = std::getenv("LEASEHOLD_PGDATA");
    pid_t found = 0;
    if (folder == nullptr || !(std::ifstream{std::string{folder} + "/postmaster.pid"} >> found) ||
        !times_of(folder_of(found))) {
        return std::nullopt;
    }
    return found;
}

}  // namespace leasehold::bench
