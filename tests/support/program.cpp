#include "tests/support/program.hpp"

#include "tests/support/exec_words.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

std::string program_path() {
    const char* path = std::getenv("LEASEHOLD_PROGRAM");
    if (path == nullptr || *path == '\0') {
        throw std::runtime_error(
            "LEASEHOLD_PROGRAM is not set: run this test by ctest or scripts/test, or set it to "
            "the path of the program leasehold");
    }
    return path;
}

struct pipe_ends {
    int read;
    int write;
};

pipe_ends make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("no more pipes");
    }
    return {ends[0], ends[1]};
}

/// Appends what can be read at once. False at the end of the stream.
bool read_some(int fd, std::string& into) {
    std::array<char, 65'536> block{};
    const auto got = ::read(fd, block.data(), block.size());
    if (got > 0) {
        into.append(block.data(), static_cast<std::size_t>(got));
    }
    return got > 0 || (got < 0 && errno == EINTR);
}

}  // namespace

running_leasehold::running_leasehold(const std::vector<std::string>& arguments,
                                     const program_setting& setting) {
    const std::string path = program_path();
    std::signal(SIGPIPE, SIG_IGN);  // a program may end before it has read its input
    const auto in = make_pipe();
    const auto out = make_pipe();
    const auto err = make_pipe();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> words{path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto environment = environment_with(setting.environment);
    const int error = ::posix_spawn(&pid_, path.c_str(), &actions, &attributes,
                                    pointers_to(words).data(), pointers_to(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    for (const int fd : {in.read, out.write, err.write}) {
        ::close(fd);
    }
    in_ = in.write;
    out_ = out.read;
    err_ = err.read;
    if (error != 0) {
        pid_ = -1;
        throw std::runtime_error("cannot run " + path + ": " + std::strerror(error));
    }
    if (!setting.input.empty()) {
        give(setting.input);
    }
}

running_leasehold::~running_leasehold() {
    if (pid_ > 0 && !status_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    for (const int fd : {in_, out_, err_}) {
        if (fd >= 0) {
            ::close(fd);
        }
    }
}

void running_leasehold::send(int signal) const { ::kill(pid_, signal); }

/// Reads while writing: the program may have to say something before it takes more.
void running_leasehold::give(const std::string& input) {
    ::fcntl(in_, F_SETFL, O_NONBLOCK);
    for (std::size_t at = 0; at < input.size();) {
        pollfd writable{.fd = in_, .events = POLLOUT, .revents = 0};
        ::poll(&writable, 1, 10);
        const auto put = ::write(in_, input.data() + at, input.size() - at);
        if (put > 0) {
            at += static_cast<std::size_t>(put);
        } else if (errno == EPIPE) {
            return;
        }
        read_for(0ms);
    }
}

void running_leasehold::close_input() {
    if (in_ >= 0) {
        ::close(in_);
        in_ = -1;
    }
}

void running_leasehold::read_for(std::chrono::milliseconds patience) {
    std::array<pollfd, 2> streams{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
    if (::poll(streams.data(), streams.size(), static_cast<int>(patience.count())) <= 0) {
        return;
    }
    const auto take = [](pollfd& stream, int& fd, std::string& into) {
        if (stream.revents != 0 && fd >= 0 && !read_some(fd, into)) {
            ::close(fd);
            fd = -1;
        }
    };
    take(streams[0], out_, heard_.out);
    take(streams[1], err_, heard_.err);
}

bool running_leasehold::has_come(const std::string& where, const std::string& text,
                                 std::chrono::milliseconds patience) {
    const auto until = steady::now() + patience;
    while (where.find(text) == std::string::npos) {
        if (steady::now() >= until || (out_ < 0 && err_ < 0)) {
            return false;
        }
        read_for(50ms);
    }
    return true;
}

bool running_leasehold::says(const std::string& text, std::chrono::milliseconds patience) {
    return has_come(heard_.out, text, patience);
}

bool running_leasehold::complains(const std::string& text, std::chrono::milliseconds patience) {
    return has_come(heard_.err, text, patience);
}

program_result running_leasehold::finish(std::chrono::milliseconds patience) {
    close_input();
    const auto until = steady::now() + patience;
    bool killed = false;
    while (!status_) {
        if (out_ >= 0 || err_ >= 0) {
            read_for(20ms);
        }
        if (!killed && steady::now() >= until) {
            killed = true;
            send(SIGKILL);
        }
        int status = 0;
        const bool silent = out_ < 0 && err_ < 0;
        if (::waitpid(pid_, &status, silent ? 0 : WNOHANG) == pid_) {
            status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
    }
    // What it wrote last, unless a child of its own holds the streams open.
    for (int quiet = 0; quiet < 3 && (out_ >= 0 || err_ >= 0); ++quiet) {
        read_for(20ms);
    }
    heard_.status = *status_;
    return heard_;
}

program_result run_leasehold(const std::vector<std::string>& arguments,
                             const program_setting& setting) {
    constexpr auto patience = 120s;
    running_leasehold program{arguments, setting};
    return program.finish(patience);
}

}  // namespace leasehold::test
