// All randomness of the program, and nothing else: a program that wants its runs to repeat brings
// these functions itself, and the linker leaves this file out.

#include <leasehold/ids.hpp>

#include "base/backoff.hpp"

#include <boost/uuid/random_generator.hpp>

#include <random>

namespace leasehold {

namespace {
boost::uuids::uuid random_uuid() {
    thread_local boost::uuids::random_generator generate;
    return generate();
}
}  // namespace

session_id random_session_id() { return {random_uuid()}; }
item_id random_item_id() { return {random_uuid()}; }

double random_fraction() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

}  // namespace leasehold
