#pragma once

#include <sys/types.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// The descriptors that child_process.cpp talks to a program with. Not for other use.

namespace leasehold {

/// The program could not be started; what() becomes child_result::problem.
class start_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A file descriptor that closes itself.
class owned_fd {
public:
    owned_fd() = default;
    explicit owned_fd(int fd) : fd_{fd} {}
    owned_fd(owned_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    owned_fd& operator=(owned_fd&& other) noexcept;
    owned_fd(const owned_fd&) = delete;
    owned_fd& operator=(const owned_fd&) = delete;
    ~owned_fd() { reset(); }

    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    void reset();

private:
    int fd_{-1};
};

/// The descriptor that a system call answered.
///
/// @param call  its name, for the message
/// @throws start_failure with errno's text when `answer` is negative
owned_fd checked_fd(int answer, const char* call);

/// A pidfd: readable once process `pid` has ended.
/// @return  -1, and errno set, when there is none
int open_pidfd(pid_t pid);

struct pipe_ends {
    owned_fd read;
    owned_fd write;
};

/// A pipe, closed on exec, with both ends above the three standard descriptors: in a process that
/// was started without those, it would get one of their numbers and be overwritten on its way to
/// the child.
///
/// @throws start_failure
pipe_ends make_pipe();

/// Sets O_NONBLOCK on one end of a pipe. The ends have flags of their own: the other blocks on.
owned_fd nonblocking(owned_fd fd);

/// Bytes that a read would get now; 0 if `fd` is closed.
std::size_t bytes_waiting(const owned_fd& fd);

struct write_answer {
    ssize_t bytes;  ///< -1 if it failed
    int error;      ///< errno then
};

/// Writes without a SIGPIPE if nobody reads any more, whatever this process does with that signal:
/// it comes to the writing thread, which blocks it meanwhile and takes it off.
write_answer write_quietly(int fd, std::string_view text);

}  // namespace leasehold
