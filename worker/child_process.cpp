#include "worker/child_process.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>

#include "worker/child_pipes.hpp"

namespace leasehold {
namespace {

using steady = std::chrono::steady_clock;

using namespace std::chrono_literals;

constexpr std::size_t block_bytes = 65'536;
constexpr std::chrono::milliseconds kill_after_max = 24h;

// Appended: g++ 12 warns wrongly (-Wrestrict) of "'" + std::string{text}.
std::string in_quotes(std::string_view text) { return std::string{"'"}.append(text).append("'"); }

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

void check_request(const child_request& request) {
    if (request.argv.empty()) {
        throw start_failure{"no program is named"};
    }
    if (request.kill_after < 0ms || request.kill_after > kill_after_max) {
        throw start_failure{"kill_after must be 0 to 24 h"};
    }
    for (const std::string& argument : request.argv) {
        if (has_nul(argument)) {
            throw start_failure{"cannot run " + in_quotes(request.argv.front().c_str()) +
                                ": an argument has a NUL byte, which no program can be given"};
        }
    }
    for (const auto& variable : request.environment) {
        const std::string& name = variable.first;
        if (name.empty() || name.find('=') != std::string::npos || has_nul(name) ||
            has_nul(variable.second)) {
            throw start_failure{"the environment variable " + in_quotes(name.c_str()) +
                                " has a name or value that no program can be given"};
        }
    }
    struct sigaction on_child {};
    ::sigaction(SIGCHLD, nullptr, &on_child);
    if (on_child.sa_handler == SIG_IGN || (on_child.sa_flags & SA_NOCLDWAIT) != 0) {
        throw start_failure{
            "SIGCHLD is ignored in this process, so exit codes would be lost; "
            "set it to its default"};
    }
}

/// This process's environment and the request's, as NAME=value.
std::vector<std::string> merged_environment(const child_request& request) {
    std::map<std::string, std::string, std::less<>> added;
    for (const auto& variable : request.environment) {
        added.insert_or_assign(variable.first, variable.second);
    }
    std::vector<std::string> merged;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (added.find(text.substr(0, text.find('='))) == added.end()) {
            merged.emplace_back(text);
        }
    }
    for (const auto& variable : added) {
        merged.push_back(variable.first + "=" + variable.second);
    }
    return merged;
}

/// The null-terminated array that exec wants. Lives as long as `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// posix_spawn's two settings objects, as run_child wants them.
class spawn_settings {
public:
    spawn_settings(int input, int output, int error) {
        posix_spawnattr_init(&attributes_);
        posix_spawn_file_actions_init(&actions_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        sigdelset(&all, SIGKILL);
        sigdelset(&all, SIGSTOP);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETSIGDEF);
        posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, error, STDERR_FILENO);
        // Ours are closed by exec; this is for those that other code opened without O_CLOEXEC.
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    }
    spawn_settings(const spawn_settings&) = delete;
    spawn_settings& operator=(const spawn_settings&) = delete;
    ~spawn_settings() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    const posix_spawnattr_t* attributes() const { return &attributes_; }
    const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    posix_spawnattr_t attributes_{};
    posix_spawn_file_actions_t actions_{};
};

/// A program that runs, or has ended and not been reaped. As long as it is not reaped its number
/// cannot be given to another process or group, so signals reach nobody else.
class unreaped_child {
public:
    explicit unreaped_child(pid_t pid) : pid_{pid} {}
    unreaped_child(const unreaped_child&) = delete;
    unreaped_child& operator=(const unreaped_child&) = delete;
    ~unreaped_child() {
        if (!reaped_) {
            signal_group(SIGKILL);
            siginfo_t unused{};
            while (::waitid(P_PID, id(), &unused, WEXITED) != 0 && errno == EINTR) {
            }
        }
    }

    pid_t pid() const { return pid_; }

    void signal_group(int signal) const {
        const bool reached = ::kill(-pid_, signal) == 0;
        // A program may have moved itself to another group.
        if (!reached || signal == SIGKILL) {
            ::kill(pid_, signal);
        }
    }

    /// How it ended, if it has; leaves it unreaped.
    std::optional<siginfo_t> peek() { return wait(WEXITED | WNOHANG | WNOWAIT); }

    /// Waits for its end.
    siginfo_t reap() {
        const std::optional<siginfo_t> info = wait(WEXITED);
        reaped_ = true;
        return *info;
    }

private:
    id_t id() const { return static_cast<id_t>(pid_); }

    std::optional<siginfo_t> wait(int options) {
        siginfo_t info{};
        while (::waitid(P_PID, id(), &info, options) != 0) {
            if (errno != EINTR) {
                reaped_ = true;  // by someone else: from now on the number may be anybody's
                throw std::system_error{errno, std::generic_category(),
                                        "the program's exit code was taken by another waitpid"};
            }
        }
        return info.si_pid == 0 ? std::nullopt : std::optional{info};
    }

    pid_t pid_;
    bool reaped_{false};
};

/// What posix_spawn is asked to do, done.
pid_t spawn(const child_request& request, const spawn_settings& settings) {
    std::vector<std::string> arguments = request.argv;
    std::vector<std::string> environment = merged_environment(request);
    const std::vector<char*> argv = pointers_to(arguments);
    const std::vector<char*> envp = pointers_to(environment);
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, argv.front(), settings.actions(), settings.attributes(),
                                     argv.data(), envp.data());
    if (error != 0) {
        throw start_failure{"cannot run " + in_quotes(request.argv.front()) + ": " +
                            std::generic_category().message(error) +
                            (error == ENOEXEC ? " (a script must begin with a #! line)" : "")};
    }
    return pid;
}

/// One run: three pipes, the program's end, the wish to stop and a deadline, in one poll loop.
class child_run {
public:
    /// @param stop_event  readable once the program shall stop
    /// @throws start_failure
    child_run(const child_request& request, int stop_event)
        : request_{request}, stop_event_{stop_event} {
        check_request(request);
        pipe_ends input = make_pipe();
        pipe_ends output = make_pipe();
        pipe_ends error = make_pipe();
        // Finds out about a kernel without pidfds, or a full table, before the program runs.
        checked_fd(open_pidfd(::getpid()), "pidfd_open");
        child_.emplace(spawn(request, spawn_settings{input.read.get(), output.write.get(),
                                                     error.write.get()}));
        input_ = nonblocking(std::move(input.write));
        output_ = nonblocking(std::move(output.read));
        error_ = nonblocking(std::move(error.read));
    }

    child_result result() {
        end_ = owned_fd{open_pidfd(child_->pid())};
        if (end_.is_open()) {
            while (!is_over()) {
                wait_once();
            }
            drain();
        } else {
            result_.problem = "pidfd_open: " + std::generic_category().message(errno);
            child_->signal_group(SIGKILL);
        }
        if (result_.stopped) {
            child_->signal_group(SIGKILL);
        }
        const siginfo_t info = child_->reap();
        trim_error_tail(request_.error_tail_max);
        if (too_large_) {
            result_.how = child_result::ending::output_too_large;
            result_.problem = in_quotes(request_.argv.front()) + " wrote more than " +
                              std::to_string(request_.output_max) + " bytes to stdout";
            return std::move(result_);
        }
        result_.how = info.si_code == CLD_EXITED ? child_result::ending::exited
                                                 : child_result::ending::signalled;
        result_.status = info.si_status;
        return std::move(result_);
    }

private:
    bool is_over() const {
        const bool closed = !output_.is_open() && !error_.is_open();
        return ended_ && (!result_.stopped || killed_ || closed);
    }

    void wait_once() {
        enum : std::size_t { input, output, error, end, stop, count };
        std::array<pollfd, count> waited{};  // poll skips those below 0
        waited[input] = {.fd = input_.get(), .events = POLLOUT, .revents = 0};
        waited[output] = {.fd = output_.get(), .events = POLLIN, .revents = 0};
        waited[error] = {.fd = error_.get(), .events = POLLIN, .revents = 0};
        waited[end] = {.fd = ended_ ? -1 : end_.get(), .events = POLLIN, .revents = 0};
        waited[stop] = {.fd = result_.stopped ? -1 : stop_event_, .events = POLLIN, .revents = 0};
        if (::poll(waited.data(), waited.size(), timeout()) < 0 && errno != EINTR) {
            throw std::system_error{errno, std::generic_category(), "poll"};
        }
        if (waited[input].revents != 0) {
            write_input();
        }
        if (waited[output].revents != 0) {
            read_output(block_bytes);
        }
        if (waited[error].revents != 0) {
            read_error(block_bytes);
        }
        if (waited[end].revents != 0) {
            ended_ = child_->peek().has_value();
        }
        if (waited[stop].revents != 0 && !ended_) {
            result_.stopped = true;
            kill_at_ = steady::now() + request_.kill_after;
            child_->signal_group(SIGTERM);
        }
        if (result_.stopped && !killed_ && steady::now() >= kill_at_) {
            kill_group();
        }
    }

    /// Milliseconds until the deadline, rounded up so that poll does not return before it.
    int timeout() const {
        if (!result_.stopped || killed_) {
            return -1;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(kill_at_ - steady::now());
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }

    void kill_group() {
        killed_ = true;
        child_->signal_group(SIGKILL);
    }

    void write_input() {
        const std::string_view rest = std::string_view{request_.input}.substr(written_);
        if (!rest.empty()) {
            const write_answer answer = write_quietly(input_.get(), rest);
            if (answer.bytes >= 0) {
                written_ += static_cast<std::size_t>(answer.bytes);
            } else if (answer.error != EAGAIN && answer.error != EINTR) {
                input_.reset();  // the program wants no more of it
            }
        }
        if (written_ == request_.input.size()) {
            input_.reset();
        }
    }

    /// Reads at most `most` bytes, and closes `fd` at its end. Empty if there is nothing now.
    std::string_view read_block(owned_fd& fd, std::size_t most) {
        const ssize_t got = ::read(fd.get(), block_.data(), std::min(most, block_.size()));
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            fd.reset();
        }
        return {block_.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }

    std::size_t read_output(std::size_t most) {
        const std::string_view block = read_block(output_, most);
        if (request_.stdout_use == child_request::output_use::drop) {
            return block.size();
        }
        const std::size_t room = request_.output_max - result_.output.size();
        result_.output += block.substr(0, room);
        if (block.size() > room) {
            too_large_ = true;
            output_.reset();
            if (!ended_) {
                kill_group();
            }
        }
        return block.size();
    }

    std::size_t read_error(std::size_t most) {
        const std::string_view block = read_block(error_, most);
        result_.error_tail += block;
        if (result_.error_tail.size() / 2 > request_.error_tail_max) {
            trim_error_tail(request_.error_tail_max);
        }
        return block.size();
    }

    void trim_error_tail(std::size_t most) {
        if (result_.error_tail.size() > most) {
            result_.error_tail.erase(0, result_.error_tail.size() - most);
        }
    }

    /// Reads what the pipes hold now and no more: a process left behind may go on writing.
    void drain() {
        for (std::size_t left = bytes_waiting(output_); left > 0 && output_.is_open();) {
            const std::size_t got = read_output(left);
            left = got == 0 ? 0 : left - got;
        }
        for (std::size_t left = bytes_waiting(error_); left > 0 && error_.is_open();) {
            const std::size_t got = read_error(left);
            left = got == 0 ? 0 : left - got;
        }
    }

    const child_request& request_;
    int stop_event_;
    std::optional<unreaped_child> child_;
    owned_fd input_;
    owned_fd output_;
    owned_fd error_;
    owned_fd end_;  ///< the program's pidfd: readable once it has ended
    child_result result_;
    std::vector<char> block_ = std::vector<char>(block_bytes);
    std::size_t written_{0};
    steady::time_point kill_at_{};  ///< meant once result_.stopped
    bool ended_{false};
    bool killed_{false};
    bool too_large_{false};
};

child_result not_started(std::string problem) {
    child_result result;
    result.problem = std::move(problem);
    return result;
}

}  // namespace

child_result run_child(const child_request& request, std::stop_token stop) {
    try {
        if (stop.stop_requested()) {
            child_result result = not_started("asked to stop before the program was started");
            result.stopped = true;
            return result;
        }
        const owned_fd stop_event = checked_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
        const std::stop_callback on_stop{std::move(stop),
                                         [fd = stop_event.get()] { ::eventfd_write(fd, 1); }};
        return child_run{request, stop_event.get()}.result();
    } catch (const start_failure& failure) {
        return not_started(failure.what());
    }
}

}  // namespace leasehold
