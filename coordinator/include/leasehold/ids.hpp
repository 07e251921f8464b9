#pragma once

/// @room base
/// Names of things, as distinct types: a part is not an epoch, a session is not an item.

#include <boost/uuid/uuid.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

namespace detail {

template <class Tag>
struct uuid_name {
    boost::uuids::uuid value{};

    friend bool operator==(const uuid_name& a, const uuid_name& b) noexcept {
        return a.value == b.value;
    }
    /// Lexical order of the 16 bytes: the order in which PostgreSQL and CockroachDB sort UUIDs.
    friend std::strong_ordering operator<=>(const uuid_name& a, const uuid_name& b) noexcept {
        return std::memcmp(a.value.data, b.value.data, sizeof a.value.data) <=> 0;
    }
};

template <class Tag, class Number>
struct number_name {
    Number value{};
    friend auto operator<=>(const number_name&, const number_name&) = default;
};

}  // namespace detail

/// One incarnation of a worker's seat in a queue. Random, and never used again once it has ended.
using session_id = detail::uuid_name<struct session_tag>;

/// One unit of work.
using item_id = detail::uuid_name<struct item_tag>;

/// One of the equal slices of the keyspace, counted from 0 in lexical order.
using part_id = detail::number_name<struct part_tag, std::int32_t>;

/// A part's term of ownership; raised at each change of owner.
using epoch = detail::number_name<struct epoch_tag, std::int64_t>;

/// An item's count of claims. Pass it to whatever the handler changes outside the database, and let
/// that refuse a token smaller than one it has seen.
using token = detail::number_name<struct token_tag, std::int64_t>;

/// The canonical text, 36 characters, lower case.
std::string to_text(const boost::uuids::uuid& value);
template <class Tag>
std::string to_text(const detail::uuid_name<Tag>& id) {
    return to_text(id.value);
}

/// Reads any spelling PostgreSQL accepts of a UUID: upper case, braces, without hyphens.
/// @return nothing when `text` is not one
std::optional<boost::uuids::uuid> uuid_from(std::string_view text);

/// Fresh random (version 4) ids, from the operating system's entropy.
session_id random_session_id();
item_id random_item_id();

}  // namespace leasehold

template <class Tag>
struct std::hash<leasehold::detail::uuid_name<Tag>> {
    /// Ids are random, or random and time: nothing has to be mixed more than this.
    std::size_t operator()(const leasehold::detail::uuid_name<Tag>& id) const noexcept {
        constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15;  // 2^64 over the golden ratio
        std::array<std::uint64_t, 2> halves{};
        static_assert(sizeof halves == sizeof id.value.data);
        std::memcpy(halves.data(), id.value.data, sizeof halves);
        return static_cast<std::size_t>((halves[0] ^ (halves[1] * odd)) * odd >> 7U);
    }
};
template <class Tag, class Number>
struct std::hash<leasehold::detail::number_name<Tag, Number>> {
    std::size_t operator()(const leasehold::detail::number_name<Tag, Number>& n) const noexcept {
        return std::hash<Number>{}(n.value);
    }
};
