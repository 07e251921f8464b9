#pragma once

#include <boost/uuid/uuid.hpp>

#include <cstddef>
#include <cstdint>

namespace leasehold::model {

/// A random UUID (version 4) from 64 bits of `draw()` at a time.
template <class Draw>
boost::uuids::uuid drawn_uuid(Draw draw) {
    boost::uuids::uuid value{};
    for (std::size_t i = 0; i < 16; i += 8) {
        const std::uint64_t bits = draw();
        for (std::size_t j = 0; j < 8; ++j) {
            value.data[i + j] = static_cast<std::uint8_t>(bits >> (8 * j));
        }
    }
    value.data[6] = static_cast<std::uint8_t>((value.data[6] & 0x0fU) | 0x40U);
    value.data[8] = static_cast<std::uint8_t>((value.data[8] & 0x3fU) | 0x80U);
    return value;
}

}  // namespace leasehold::model
