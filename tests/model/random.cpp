// What coordinator/base/random.cpp brings to the product, drawn from the seed.

#include "base/backoff.hpp"
#include "tests/model/drawn_uuid.hpp"
#include "tests/model/world.hpp"

#include <leasehold/ids.hpp>

namespace leasehold {

namespace {
boost::uuids::uuid drawn_uuid() {
    return model::drawn_uuid([] { return model::world::current().draw(); });
}
}  // namespace

session_id random_session_id() { return {drawn_uuid()}; }
item_id random_item_id() { return {drawn_uuid()}; }
double random_fraction() { return model::world::current().fraction(); }

}  // namespace leasehold
