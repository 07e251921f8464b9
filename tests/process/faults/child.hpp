#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::test {

/// How a program is to be run.
struct child_spec {
    std::vector<std::string> argv{};
    std::map<std::string, std::string> environment{};  ///< added to that of this process
    std::filesystem::path log{};  ///< its standard error, appended; and its output as `log`.out
    /// PostgreSQL's programs refuse to run as root: run it as whoever owns this file.
    std::filesystem::path as_owner_of{};
};

/// A running program that never outlives this process, however that ends. Its output goes to files,
/// so it never waits for a reader.
class child {
public:
    explicit child(const child_spec& spec);
    ~child();
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    void send(int signal) const;
    /// @return how much of it went into the pipe: it never waits
    std::size_t give(std::string_view input) const;
    void close_input();

    /// Its exit status once it has ended, 128 + number when by a signal.
    std::optional<int> ended();
    /// Waits for that; killed after `patience`.
    int finish(std::chrono::milliseconds patience);

private:
    pid_t pid_{-1};
    int in_{-1};
    std::optional<int> status_{};
};

/// Runs it to its end.
/// @throws std::runtime_error with the end of its log when it does not exit with 0
void run_to_end(const child_spec& spec);

/// All of a file; empty when there is none.
std::string text_of(const std::filesystem::path& file);

/// How often `words` occur in `text`.
int occurrences(const std::string& text, const std::string& words);

}  // namespace leasehold::test
