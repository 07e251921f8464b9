#include "parts/keyspace.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

boost::uuids::uuid uuid(const char* text) { return *uuid_from(text); }

TEST(Keyspace, BoundsCoverEverythingWithoutGapOrOverlap) {
    for (const int parts : {1, 2, 3, 7, 8, 64, 1000, 1024}) {
        EXPECT_EQ(to_text(lowest_id({0}, parts)), "00000000-0000-0000-0000-000000000000");
        EXPECT_EQ(to_text(highest_id({parts - 1}, parts)), "ffffffff-ffff-ffff-ffff-ffffffffffff");
        for (int p = 0; p < parts; ++p) {
            EXPECT_EQ(part_of(lowest_id({p}, parts), parts).value, p);
            EXPECT_EQ(part_of(highest_id({p}, parts), parts).value, p);
            if (p > 0) {
                const auto below = highest_id({p - 1}, parts);
                const auto above = lowest_id({p}, parts);
                // Neighbours: the first 32 bits differ by one, and the rest wraps from f to 0.
                const auto bits = [](const boost::uuids::uuid& id) {
                    return std::uint64_t{id.data[0]} << 24U | std::uint64_t{id.data[1]} << 16U |
                           std::uint64_t{id.data[2]} << 8U | std::uint64_t{id.data[3]};
                };
                EXPECT_EQ(bits(below) + 1, bits(above)) << p << " of " << parts;
            }
        }
    }
}

TEST(Keyspace, EightPartsAreAnEighthEach) {
    EXPECT_EQ(to_text(lowest_id({1}, 8)), "20000000-0000-0000-0000-000000000000");
    EXPECT_EQ(to_text(highest_id({0}, 8)), "1fffffff-ffff-ffff-ffff-ffffffffffff");
    EXPECT_EQ(part_of(uuid("1fffffff-ffff-4fff-bfff-ffffffffffff"), 8).value, 0);
    EXPECT_EQ(part_of(uuid("20000000-0000-4000-8000-000000000000"), 8).value, 1);
}

TEST(Keyspace, IdsThatBeginWithTheTimeAreKnown) {
    EXPECT_TRUE(begins_with_time(uuid("0190d4c0-0000-7000-8000-000000000000")));
    EXPECT_TRUE(begins_with_time(uuid("1ef21d2f-0000-6000-8000-000000000000")));
    EXPECT_FALSE(begins_with_time(uuid("0190d4c0-0000-4000-8000-000000000000")));
    EXPECT_FALSE(begins_with_time(uuid("00000000-0000-0000-0000-000000000000")));
    EXPECT_FALSE(begins_with_time(uuid("ffffffff-ffff-ffff-ffff-ffffffffffff")));
}

}  // namespace
}  // namespace leasehold
