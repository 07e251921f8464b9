#include "parts/keyspace.hpp"

#include <cstddef>
#include <cstdint>

namespace leasehold {

namespace {

std::uint64_t first_32_bits(const boost::uuids::uuid& id) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        bits = bits << 8U | id.data[i];
    }
    return bits;
}

/// ceil(part * 2^32 / part_count): the first 32 bits of the part's smallest id.
std::uint64_t lowest_bits(std::uint64_t part, std::uint64_t part_count) noexcept {
    return ((part << 32U) + part_count - 1) / part_count;
}

boost::uuids::uuid with_first_bits(std::uint64_t bits, std::uint8_t rest) noexcept {
    boost::uuids::uuid id{};
    for (std::size_t i = 0; i < 16; ++i) {
        id.data[i] = i < 4 ? static_cast<std::uint8_t>(bits >> (24U - 8U * i)) : rest;
    }
    return id;
}

}  // namespace

part_id part_of(const boost::uuids::uuid& id, int part_count) noexcept {
    const auto scaled = first_32_bits(id) * static_cast<std::uint64_t>(part_count);
    return {static_cast<std::int32_t>(scaled >> 32U)};
}

boost::uuids::uuid lowest_id(part_id part, int part_count) noexcept {
    return with_first_bits(lowest_bits(static_cast<std::uint64_t>(part.value),
                                       static_cast<std::uint64_t>(part_count)),
                           0x00);
}

boost::uuids::uuid highest_id(part_id part, int part_count) noexcept {
    return with_first_bits(lowest_bits(static_cast<std::uint64_t>(part.value) + 1,
                                       static_cast<std::uint64_t>(part_count)) -
                               1,
                           0xff);
}

bool begins_with_time(const boost::uuids::uuid& id) noexcept {
    const int version = id.data[6] >> 4;
    return version == 6 || version == 7;
}

}  // namespace leasehold
