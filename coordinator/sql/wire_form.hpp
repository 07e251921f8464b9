#pragma once

#include <leasehold/ids.hpp>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

/// Values as bytes: what the server need not read from text, nor write as text, costs it and us
/// less. Whole numbers come first byte first.
/// Source: PostgreSQL's documentation of the frontend/backend protocol, and the *_send functions of
/// the server.
namespace wire_form {

/// Object ids of types, which never change.
inline constexpr std::uint32_t uuid_type = 2'950;
inline constexpr std::uint32_t jsonb_type = 3'802;

/// A uuid[].
std::string array_of(std::span<const item_id> ids);

/// @return nothing when `array` is no uuid[] of one dimension without NULLs
std::optional<std::vector<item_id>> ids_in(std::string_view array);

/// @return nothing when `bytes` is of another size
std::optional<item_id> id_in(std::string_view bytes) noexcept;

/// @return nothing when `bytes` is no int4 or int8, or none that fits
template <std::signed_integral Number>
std::optional<Number> number_in(std::string_view bytes) noexcept {
    std::uint64_t read = 0;
    for (const char c : bytes) {
        read = read << 8U | static_cast<std::uint8_t>(c);
    }
    if (bytes.size() == sizeof(std::int32_t)) {
        return static_cast<Number>(static_cast<std::int32_t>(read));
    }
    if (bytes.size() == sizeof(std::int64_t)) {
        const auto wide = static_cast<std::int64_t>(read);
        const auto value = static_cast<Number>(wide);
        return value == wide ? std::optional{value} : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace wire_form

}  // namespace leasehold
