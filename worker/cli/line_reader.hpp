#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

/// Reads a file descriptor (file, pipe, terminal, socket) line by line. Keeps at most one line and
/// one block of 64 KiB in memory. Not for two threads at once.
class line_reader {
public:
    /// @param fd        open for reading; stays the caller's, who closes it
    /// @param line_max  bytes a line may have, without its '\n'
    line_reader(int fd, std::size_t line_max);

    /// The next line without its '\n', or nothing at the end. Empty lines are given too; a last
    /// line without '\n' counts. Valid until the next call. Blocks until there is a whole line.
    ///
    /// @throws std::runtime_error naming the line and the limit when the line is longer than
    ///         `line_max`; asking again throws again
    /// @throws std::system_error naming the line when reading fails
    std::optional<std::string_view> next();

    /// Number of the line last given, counted from 1; 0 before the first.
    std::uint64_t number() const noexcept { return number_; }

    /// Bytes read from the descriptor so far; up to one block ahead of the lines given.
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }

private:
    void read_block();

    int fd_;
    std::size_t line_max_;
    std::string buffer_;
    std::size_t begin_{0};    ///< of the next line, in `buffer_`
    std::size_t scanned_{0};  ///< no '\n' from `begin_` up to here
    std::uint64_t number_{0};
    std::uint64_t bytes_read_{0};
    bool ended_{false};
};

}  // namespace leasehold
