#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {

/// One run of a program.
struct child_request {
    /// The program, looked up in this process's PATH unless it has a '/', and its arguments. No
    /// shell sees them.
    std::vector<std::string> argv;
    /// Names and values added to this process's own environment; of one name the last counts.
    std::vector<std::pair<std::string, std::string>> environment;
    /// Written to the program's stdin, which is then closed.
    std::string input;
    /// How long the program may take to end after SIGTERM, before SIGKILL. 0 to 24 h.
    std::chrono::milliseconds kill_after{5'000};
    /// Bytes of stdout kept. The program is killed when it writes more.
    std::size_t output_max{1'048'576};
    /// What is done with stdout; when it is dropped, it may be of any size.
    enum class output_use { keep, drop } stdout_use{output_use::keep};
    /// Bytes kept of the end of stderr.
    std::size_t error_tail_max{8'192};
};

/// How one run ended.
struct child_result {
    enum class ending {
        exited,            ///< by itself or after SIGTERM; `status` is its exit code
        signalled,         ///< by a signal, ours or another; `status` is the signal's number
        output_too_large,  ///< wrote more than `output_max` to stdout
        not_started,       ///< no such program, no permission, no descriptors left, ...
    };

    ending how{ending::not_started};
    int status{0};           ///< exit code or signal number; 0 for the other two endings
    std::string output;      ///< stdout, never more than `output_max` bytes
    std::string error_tail;  ///< may begin within a line, or within a character
    std::string problem;     ///< one line, for not_started and output_too_large; else empty
    bool stopped{false};     ///< it was asked to stop, or not started because of that
};

/// Runs one program and waits for its end. Blocks; any number of threads may call it at once.
///
/// The program gets a process group of its own, default signal handling, an empty signal mask, and
/// no descriptor of this process but its three pipes. It may close stdin early. When it has
/// ended, what its stdout and stderr hold at that moment is still read; a process that it has left
/// behind and that keeps them open is neither waited for nor killed.
///
/// Stopping sends SIGTERM to the whole group at once. The group then has `kill_after`, or until
/// its stdout and stderr are closed and the program has ended, whichever comes first; SIGKILL ends
/// what is left of it. Too much output ends the group with SIGKILL at once.
///
/// Must not run beside a waitpid(-1) or setenv() elsewhere in this process, nor where SIGCHLD is
/// ignored: the kernel then forgets exit codes, and the answer is not_started.
///
/// @throws std::system_error when poll fails, or another waitpid has taken the exit code; the
///         program is then killed
child_result run_child(const child_request& request, std::stop_token stop);

}  // namespace leasehold
