#include <leasehold/ids.hpp>

#include <gtest/gtest.h>

#include <set>

namespace leasehold {
namespace {

TEST(Ids, ReadEverySpellingPostgresReads) {
    const std::string canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    for (const char* spelling :
         {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
          "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
          "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11"}) {
        const auto read = uuid_from(spelling);
        ASSERT_TRUE(read) << spelling;
        EXPECT_EQ(to_text(*read), canonical) << spelling;
    }
}

TEST(Ids, RefuseWhatIsNoUuid) {
    for (const char* text :
         {"", "x", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g", "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
          "-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-", "a0eeb-c999c0b4ef8bb6d6bb9bd380a11"}) {
        EXPECT_FALSE(uuid_from(text)) << text;
    }
}

TEST(Ids, SortAsTheirTextDoes) {
    const session_id low{*uuid_from("7fffffff-ffff-ffff-ffff-ffffffffffff")};
    const session_id high{*uuid_from("80000000-0000-0000-0000-000000000000")};
    EXPECT_LT(low, high);
    EXPECT_LT(to_text(low), to_text(high));
}

TEST(Ids, RandomOnesAreVersionFourAndDiffer) {
    std::set<item_id> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto id = random_item_id();
        EXPECT_EQ(to_text(id)[14], '4');
        EXPECT_TRUE(seen.insert(id).second);
    }
}

}  // namespace
}  // namespace leasehold
