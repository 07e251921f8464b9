#pragma once

#include "worker/cli/line_reader.hpp"

#include <leasehold/item.hpp>
#include <leasehold/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace leasehold {

/// What a line of the input is.
enum class line_form {
    text,  ///< the text of one item; an empty line is an item too
    json,  ///< one item as an object (payload_text.hpp); empty lines are skipped
};

/// A line that cannot become an item.
class bad_line : public std::runtime_error {
public:
    bad_line(std::uint64_t number, const std::string& problem)
        : std::runtime_error("line " + std::to_string(number) + ": " + problem), number_(number) {}

    std::uint64_t number() const noexcept { return number_; }

private:
    std::uint64_t number_;
};

/// An item and the line it came from.
struct numbered_item {
    std::uint64_t line{0};
    new_item item{};
};

/// Reads items from a descriptor, one a line, in bounded memory.
class enqueue_source {
public:
    /// @param fd          open for reading; stays the caller's
    /// @param common      what the items of text lines have in common; its payload is not looked at
    /// @param first_line  the lines before it are passed over, unread but for their length
    enqueue_source(int fd, line_form form, new_item common, std::uint64_t first_line);

    /// @return nothing at the end of the input
    /// @throws bad_line; std::system_error when reading fails
    std::optional<numbered_item> next();

    /// Is there more to read at once, or the end, within `patience`? False: whoever writes the
    /// input is taking a break.
    bool has_more_within(milliseconds patience) const;

    std::uint64_t line() const noexcept { return reader_.number(); }

private:
    std::optional<std::string_view> next_line();

    int fd_;
    line_form form_;
    new_item common_;
    std::uint64_t first_line_;
    line_reader reader_;
    std::uint64_t bytes_given_{0};
};

/// The item of `--payload`, or what those of `--lines` have in common, from options as they were
/// given: one set of rules for both and for --jsonl.
/// @throws std::invalid_argument naming the option and its value
struct item_options {
    std::optional<std::string> id{};
    std::optional<std::string> run_at{};
    std::optional<std::string> key{};
    std::optional<std::string> dedupe{};
    std::optional<int> priority{};
    std::optional<int> max_attempts{};
};
new_item item_from(const std::string& payload, const item_options& options);

}  // namespace leasehold
