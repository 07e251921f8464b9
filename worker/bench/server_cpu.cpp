#include "worker/bench/server_cpu.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace leasehold::bench {

namespace {

struct process_times {
    pid_t parent{0};
    double own_s{0};
    double ended_children_s{0};
};

/// The kernel counts what has ended in ticks of mostly 10 ms, and what runs in nanoseconds, too.
std::optional<double> exact_seconds(const std::filesystem::path& folder) {
    std::ifstream file{folder / "schedstat"};
    std::int64_t ns = 0;
    constexpr double a_second = 1e9;
    return file >> ns ? std::optional{static_cast<double>(ns) / a_second} : std::nullopt;
}

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
    const auto ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    result.own_s =
        exact_seconds(folder).value_or(static_cast<double>(user + system) / ticks_a_second);
    result.ended_children_s = static_cast<double>(user_ended + system_ended) / ticks_a_second;
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
    look();
    sum_ = 0;
}

double server_cpu::seconds() {
    look();
    return sum_;
}

void server_cpu::look() {
    std::map<pid_t, double> running;
    double ended = ended_;
    if (const auto server = times_of(folder_of(postmaster_))) {
        running[postmaster_] = server->own_s;
        ended = server->ended_children_s;
    }
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        if (const auto one = times_of(entry.path()); one && one->parent == postmaster_) {
            running[static_cast<pid_t>(std::stol(name))] = one->own_s;
        }
    }
    for (const auto& [process, spent] : running) {
        const auto before = running_.find(process);
        // A number may be given to another process.
        const bool same = before != running_.end() && before->second <= spent;
        sum_ += spent - (same ? before->second : 0);
    }
    // Of what has ended meanwhile, what is not counted yet. Ticks may have lost some of it.
    double of_ended = ended - ended_;
    for (const auto& [process, spent] : running_) {
        of_ended -= running.contains(process) ? 0 : spent;
    }
    sum_ += std::max(of_ended, 0.0);
    running_ = std::move(running);
    ended_ = ended;
}

own_spending spent_here() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    constexpr double us = 1e6;
    constexpr std::int64_t kib_a_mib = 1'024;
    return {.cpu_s = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / us,
            .resident_mib = used.ru_maxrss / kib_a_mib};
}

std::optional<pid_t> postmaster_of_environment() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
    const char* folder = std::getenv("LEASEHOLD_PGDATA");
    pid_t found = 0;
    if (folder == nullptr || !(std::ifstream{std::string{folder} + "/postmaster.pid"} >> found) ||
        !times_of(folder_of(found))) {
        return std::nullopt;
    }
    return found;
}

}  // namespace leasehold::bench
