// What coordinator/base/random.cpp brings to the product, drawn from the seed.

#include "base/backoff.hpp"
#include "tests/model/world.hpp"

#include <leasehold/ids.hpp>

namespace leasehold {

namespace {
boost::uuids::uuid drawn_uuid() {
    boost::uuids::uuid value{};
    auto& in = model::world::current();
    for (std::size_t i = 0; i < 16; i += 8) {
        const auto bits = in.draw();
        for (std::size_t j = 0; j < 8; ++j) {
            value.data[i + j] = static_cast<std::uint8_t>(bits >> (8 * j));
        }
    }
    value.data[6] = static_cast<std::uint8_t>((value.data[6] & 0x0fU) | 0x40U);
    value.data[8] = static_cast<std::uint8_t>((value.data[8] & 0x3fU) | 0x80U);
    return value;
}
}  // namespace

session_id random_session_id() { return {drawn_uuid()}; }
item_id random_item_id() { return {drawn_uuid()}; }
double random_fraction() { return model::world::current().fraction(); }

}  // namespace leasehold
