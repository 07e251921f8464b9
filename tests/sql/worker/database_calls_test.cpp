#include "worker/database_calls.hpp"

#include "tests/support/seats.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using test::hand_driven;
using test::parts_from;

// Claims that the worker does not know of: their COMMIT got no answer, and nobody could tell.
TEST(LeaseDatabase, APartIsLetGoHoweverManyClaimsNobodyKnowsOf) {
    test::fresh_database database;
    const auto queue = database.make_queue("jobs", 1);
    hand_driven one{database, queue};
    one.take(parts_from(0, 0));
    one.put(std::vector<new_item>(2'001, new_item{.payload = "{}"}));
    ASSERT_EQ(one.claim_from({0}, 3'000).size(), 2'001U);

    connection on{database.connect()};
    transaction_counters counters;
    lease_database calls{on, counters, queue};
    calls.let_go(one.id(), parts_from(0, 0));

    hand_driven next{database, queue};
    EXPECT_EQ(next.take(parts_from(0, 0)).size(), 1U);
    EXPECT_EQ(next.claim_from({0}, 3'000).size(), 2'001U);
}

}  // namespace
}  // namespace leasehold
