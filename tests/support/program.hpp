#pragma once

#include <sys/types.h>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::test {

/// How long is waited for what programs do; far more than they need, even on a slow machine.
inline constexpr std::chrono::seconds long_enough{90};

/// What a program gets beside its arguments.
struct program_setting {
    std::string input{};  ///< on its standard input
    /// Put into its environment; an empty value takes the name out of it.
    std::map<std::string, std::string> environment{};
};

/// What a program left behind.
struct program_result {
    int status{0};  ///< exit status; 128 + number when a signal ended it
    std::string out{};
    std::string err{};
};

/// The program leasehold, of the environment's LEASEHOLD_PROGRAM, with `arguments`.
/// @throws std::runtime_error when LEASEHOLD_PROGRAM is not set
program_result run_leasehold(const std::vector<std::string>& arguments,
                             const program_setting& setting = {});

/// The same, still running. Killed at the end when it has not ended by then.
class running_leasehold {
public:
    explicit running_leasehold(const std::vector<std::string>& arguments,
                               const program_setting& setting = {});
    ~running_leasehold();
    running_leasehold(const running_leasehold&) = delete;
    running_leasehold& operator=(const running_leasehold&) = delete;

    pid_t pid() const noexcept { return pid_; }
    void send(int signal) const;

    /// Reads on until `text` has come on its standard output (or error), or `patience` is over.
    bool says(const std::string& text, std::chrono::milliseconds patience);
    bool complains(const std::string& text, std::chrono::milliseconds patience);

    /// Gives it more input. Afterwards close_input() lets it see the end.
    void give(const std::string& input);
    void close_input();

    /// Waits for its end; killed after `patience`.
    program_result finish(std::chrono::milliseconds patience);

private:
    void read_for(std::chrono::milliseconds patience);
    bool has_come(const std::string& where, const std::string& text,
                  std::chrono::milliseconds patience);

    pid_t pid_{-1};
    int in_{-1};
    int out_{-1};
    int err_{-1};
    std::optional<int> status_{};
    program_result heard_{};
};

}  // namespace leasehold::test
