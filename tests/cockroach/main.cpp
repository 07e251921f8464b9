// Runs a command beside a server that looks like CockroachDB: see stub.hpp.

#include "tests/cockroach/stub.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace leasehold::test;

constexpr const char* usage =
    R"(usage: cockroach_stub [OPTION]... COMMAND [ARGUMENT]...

Serves the PostgreSQL of LEASEHOLD_DSN on a port of 127.0.0.1 as if it were CockroachDB, runs
COMMAND, ends, and exits as COMMAND does; with 125 when it cannot begin. COMMAND finds in its
environment:
  LEASEHOLD_DSN          connects to the stub
  LEASEHOLD_DSN_BENEATH  what LEASEHOLD_DSN was

  --transparent             only pass on; the options below but --quiet mean nothing then
  --release 25.4            the release that is played
  --read-committed on|off   grant READ COMMITTED when asked for it (off: SERIALIZABLE silently)
  --advisory-locks refuse|pretend
                            unknown functions (42883), or answer true and lock nothing
  --split-at grant|refuse   refuse: as to a tenant, before 23.1
  --key-checks 23503|40001  what a foreign key's check says where PostgreSQL's cannot go on
  --max-offset MS           with which its nodes were started, 500
  --fault NAME=P[:MOST]     happens with probability P, at most MOST times; may be repeated
  --only NAME               faults only where the application_name has NAME in it
  --seed N                  of the faults, 1
  --quiet                   no table at the end

Faults: restart_at_statement, restart_at_commit, ambiguous_committed, ambiguous_rolled_back,
lost_before_commit, lost_after_commit, cancelled, lock_timeout.
)";

struct arguments {
    stub_options options{};
    bool transparent{false};
    bool quiet{false};
    std::string only{};
    std::vector<std::pair<fault, fault_rate>> faults{};
    std::vector<char*> command{};
};

bool choice(const std::string& value, const char* yes, const char* no) {
    if (value != yes && value != no) {
        throw std::invalid_argument("it is " + std::string{yes} + " or " + no + ", not " + value);
    }
    return value == yes;
}

cockroach_release release_of(const std::string& text) {
    const auto dot = text.find('.');
    if (dot == std::string::npos) {
        throw std::invalid_argument("a release is as 25.4, not " + text);
    }
    return {std::stoi(text.substr(0, dot)), std::stoi(text.substr(dot + 1))};
}

std::pair<fault, fault_rate> fault_of(const std::string& text) {
    const auto is = text.find('=');
    const auto which = fault_named(text.substr(0, is));
    if (!which || is == std::string::npos) {
        throw std::invalid_argument("no such fault: " + text);
    }
    const auto colon = text.find(':', is);
    fault_rate rate{.probability = std::stod(text.substr(is + 1, colon - is - 1))};
    if (colon != std::string::npos) {
        rate.most = std::stoi(text.substr(colon + 1));
    }
    return {*which, rate};
}

void set_option(arguments& parsed, const std::string& name, const std::string& value) {
    auto& look = *parsed.options.look;
    if (name == "--release") {
        look.release = release_of(value);
    } else if (name == "--read-committed") {
        look.read_committed = choice(value, "on", "off");
    } else if (name == "--advisory-locks") {
        look.pretends_locks = choice(value, "pretend", "refuse");
    } else if (name == "--split-at") {
        look.splits_ranges = choice(value, "grant", "refuse");
    } else if (name == "--key-checks") {
        look.key_checks_refuse = choice(value, "23503", "40001");
    } else if (name == "--max-offset") {
        look.max_offset_ms = std::stoi(value);
    } else if (name == "--fault") {
        parsed.faults.push_back(fault_of(value));
    } else if (name == "--only") {
        parsed.only = value;
    } else if (name == "--seed") {
        parsed.options.seed = std::stoull(value);
    } else {
        throw std::invalid_argument("unknown option " + name + "; see --help");
    }
}

arguments parse(int count, char** words) {
    arguments parsed;
    int at = 1;
    for (; at < count && words[at][0] == '-'; ++at) {
        const std::string name = words[at];
        if (name == "--") {
            ++at;
            break;
        }
        if (name == "--transparent") {
            parsed.transparent = true;
        } else if (name == "--quiet") {
            parsed.quiet = true;
        } else if (at + 1 < count) {
            set_option(parsed, name, words[++at]);
        } else {
            throw std::invalid_argument(name + " needs a value");
        }
    }
    if (at == count) {
        throw std::invalid_argument("no command; see --help");
    }
    if (parsed.transparent) {
        parsed.options.look.reset();
    }
    parsed.command.assign(words + at, words + count);
    parsed.command.push_back(nullptr);
    return parsed;
}

pid_t command_running = -1;
void pass_on(int signal) {
    if (command_running > 0) {
        ::kill(command_running, signal);
    }
}

/// Runs it to its end; what would end this program goes to it.
int run(const std::vector<char*>& command) {
    struct sigaction passes {};
    passes.sa_handler = pass_on;
    passes.sa_flags = SA_RESTART;
    for (const int signal : {SIGTERM, SIGHUP}) {
        ::sigaction(signal, &passes, nullptr);
    }
    std::signal(SIGINT, SIG_IGN);  // the terminal's goes to both; the command decides
    posix_spawnattr_t defaults{};
    posix_spawnattr_init(&defaults);
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    posix_spawnattr_setsigdefault(&defaults, &interrupt);
    posix_spawnattr_setflags(&defaults, POSIX_SPAWN_SETSIGDEF);
    const int failed =
        ::posix_spawnp(&command_running, command[0], nullptr, &defaults, command.data(), environ);
    posix_spawnattr_destroy(&defaults);
    if (failed != 0) {
        std::cerr << "cockroach_stub: " << command[0] << ": " << std::strerror(failed) << '\n';
        return failed == ENOENT ? 127 : 126;
    }
    int status = 0;
    while (::waitpid(command_running, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int serve(const arguments& parsed) {
    const char* server = std::getenv("LEASEHOLD_DSN");
    if (server == nullptr || *server == '\0') {
        throw std::runtime_error("LEASEHOLD_DSN is not set; run it under scripts/with-postgres");
    }
    const std::string beneath = server;
    cockroach_stub stub{beneath, parsed.options};
    stub.faults().only(parsed.only);
    for (const auto& [which, rate] : parsed.faults) {
        stub.faults().set(which, rate);
    }
    ::setenv("LEASEHOLD_DSN_BENEATH", beneath.c_str(), 1);
    ::setenv("LEASEHOLD_DSN", stub.dsn().c_str(), 1);
    const int status = run(parsed.command);
    if (!parsed.quiet) {
        std::cerr << "cockroach_stub: " << stub.connections() << " connections\n"
                  << stub.faults().table();
    }
    return status;
}

}  // namespace

int main(int count, char** words) {
    try {
        if (count > 1 && (std::string{words[1]} == "--help" || std::string{words[1]} == "-h")) {
            std::cout << usage;
            return 0;
        }
        return serve(parse(count, words));
    } catch (const std::invalid_argument& error) {
        std::cerr << "cockroach_stub: " << error.what() << '\n';
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "cockroach_stub: " << error.what() << '\n';
        return 125;
    }
}
