#include "worker/child_pipes.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

namespace leasehold {
namespace {

owned_fd above_standard(owned_fd fd) {
    if (fd.get() > STDERR_FILENO) {
        return fd;
    }
    return checked_fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1), "fcntl");
}

}  // namespace

owned_fd& owned_fd::operator=(owned_fd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

void owned_fd::reset() {
    if (is_open()) {
        ::close(std::exchange(fd_, -1));
    }
}

owned_fd checked_fd(int answer, const char* call) {
    if (answer < 0) {
        throw start_failure{std::string{call} + ": " + std::generic_category().message(errno)};
    }
    return owned_fd{answer};
}

int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

pipe_ends make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
        throw start_failure{"pipe2: " + std::generic_category().message(errno)};
    }
    pipe_ends ends{.read = owned_fd{fds[0]}, .write = owned_fd{fds[1]}};
    ends.read = above_standard(std::move(ends.read));
    ends.write = above_standard(std::move(ends.write));
    return ends;
}

owned_fd nonblocking(owned_fd fd) {
    const int flags = ::fcntl(fd.get(), F_GETFL);
    ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
    return fd;
}

std::size_t bytes_waiting(const owned_fd& fd) {
    int bytes = 0;
    const bool known = fd.is_open() && ::ioctl(fd.get(), FIONREAD, &bytes) == 0;
    return known ? static_cast<std::size_t>(bytes) : 0;
}

write_answer write_quietly(int fd, std::string_view text) {
    sigset_t pipe_signal;
    sigset_t former;
    sigset_t pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &former);
    const ssize_t bytes = ::write(fd, text.data(), text.size());
    const int error = errno;
    if (bytes < 0 && error == EPIPE && !was_pending) {
        const timespec at_once{};
        while (sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
    return {.bytes = bytes, .error = error};
}

}  // namespace leasehold
