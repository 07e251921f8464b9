#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::test {

/// One message of PostgreSQL's protocol, version 3, whoever sends it.
/// Source: PostgreSQL's chapter "Frontend/Backend Protocol", Message Formats.
struct wire_message {
    char type{'\0'};      ///< '\0': a packet before the first message, which has no type
    std::string bytes{};  ///< all of it, as sent

    std::string_view body() const noexcept;
};

inline constexpr std::uint32_t startup_packet = 196'608;
inline constexpr std::uint32_t cancel_packet = 80'877'102;
inline constexpr std::uint32_t tls_packet = 80'877'103;
inline constexpr std::uint32_t gss_packet = 80'877'104;

/// Cuts a stream of bytes into messages.
class message_reader {
public:
    /// @param typed  false: packets without a type come first, until expect_types()
    explicit message_reader(bool typed) : typed_(typed) {}

    void add(std::string_view bytes) { waiting_ += bytes; }
    void expect_types() noexcept { typed_ = true; }

    /// The next message that is there as a whole.
    std::optional<wire_message> next();

    /// The type of the next message, as soon as that is there.
    std::optional<char> next_type() const noexcept;

    /// How many bytes have come and were not yet handed out.
    std::size_t size() const noexcept { return waiting_.size() - begin_; }

private:
    bool typed_;
    std::string waiting_{};
    std::size_t begin_{0};  ///< of what was not yet handed out
};

/// The four bytes at `at` as a number; 0 when they are not there.
std::uint32_t number_at(std::string_view bytes, std::size_t at) noexcept;

/// The text up to the next zero byte, which is taken off with it.
std::string_view take_text(std::string_view& bytes) noexcept;

/// The names and values of a startup packet's body, in their order.
std::vector<std::pair<std::string, std::string>> startup_values(std::string_view body);

/// A number of four bytes.
std::string wire_number(std::size_t value);
/// A text with the zero byte at its end.
std::string wire_text(std::string_view words);
/// A message with its length before `body`.
std::string wire_message_of(char type, std::string_view body);
/// A packet without a type.
std::string wire_packet_of(std::string_view body);
/// What makes a server answer what it has executed so far.
std::string sync_message();

}  // namespace leasehold::test
