#include "tests/process/faults/child.hpp"

#include "tests/support/exec_words.hpp"

#include "tests/support/wait.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

int opened(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        throw std::runtime_error("cannot write " + file.string());
    }
    return fd;
}

struct become {
    bool other{false};
    uid_t user{0};
    gid_t group{0};
};

become owner_of(const std::filesystem::path& file) {
    struct stat about {};
    if (file.empty() || ::geteuid() != 0 || ::stat(file.c_str(), &about) != 0) {
        return {};
    }
    return {about.st_uid != 0, about.st_uid, about.st_gid};
}

/// Between fork and exec: calls only what is safe there.
[[noreturn]] void turn_into(const std::array<int, 3>& streams, const become& who, pid_t parent,
                            char* const* argv, char* const* environment) {
    for (int i = 0; i < 3; ++i) {
        ::dup2(streams.at(static_cast<std::size_t>(i)), i);
    }
    // A server that started now would hold the proxies' sockets open for as long as it runs.
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    std::signal(SIGPIPE, SIG_DFL);
    if (who.other && (::setgroups(0, nullptr) != 0 || ::setgid(who.group) != 0 ||
                      ::setuid(who.user) != 0 || ::chdir("/") != 0)) {
        ::_exit(126);
    }
    // After the change of user, which would take it back.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent) {
        ::execvpe(argv[0], argv, environment);
    }
    ::_exit(127);
}

}  // namespace

child::child(const child_spec& spec) {
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("no more pipes");
    }
    in_ = pipe[1];
    ::fcntl(in_, F_SETFL, O_NONBLOCK);
    auto out_file = spec.log;
    const std::array<int, 3> streams{pipe[0], opened(out_file += ".out"), opened(spec.log)};
    auto words = spec.argv;
    auto environment = environment_with(spec.environment);
    const auto argv = pointers_to(words);
    const auto envp = pointers_to(environment);
    const auto who = owner_of(spec.as_owner_of);
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        turn_into(streams, who, parent, argv.data(), envp.data());
    }
    for (const int fd : streams) {
        ::close(fd);
    }
    if (pid_ < 0) {
        throw std::runtime_error("cannot run " + spec.argv.front());
    }
}

child::~child() {
    if (!ended()) {
        send(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    close_input();
}

void child::send(int signal) const {
    if (!status_) {
        ::kill(pid_, signal);
    }
}

std::size_t child::give(std::string_view input) const {
    const auto put = ::write(in_, input.data(), input.size());
    return static_cast<std::size_t>(std::max<ssize_t>(put, 0));
}

void child::close_input() {
    if (in_ >= 0) {
        ::close(in_);
        in_ = -1;
    }
}

std::optional<int> child::ended() {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return status_;
}

int child::finish(std::chrono::milliseconds patience) {
    close_input();
    if (!eventually([this] { return ended().has_value(); }, patience)) {
        send(SIGKILL);
        eventually([this] { return ended().has_value(); });
    }
    return status_.value_or(-1);
}

void run_to_end(const child_spec& spec) {
    child one{spec};
    const int status = one.finish(120s);
    if (status != 0) {
        const auto said = text_of(spec.log);
        throw std::runtime_error(
            spec.argv.front() + " ended with " + std::to_string(status) + ": " +
            said.substr(said.size() - std::min<std::size_t>(said.size(), 1'000)));
    }
}

std::string text_of(const std::filesystem::path& file) {
    const std::ifstream stream{file};
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

int occurrences(const std::string& text, const std::string& words) {
    int count = 0;
    for (auto at = text.find(words); at != std::string::npos;
         at = text.find(words, at + words.size())) {
        ++count;
    }
    return count;
}

}  // namespace leasehold::test
