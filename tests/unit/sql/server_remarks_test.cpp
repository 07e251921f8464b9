#include "sql/server_remarks.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

TEST(ServerRemark, NamesTheVersionAndTheOneThatIsMended) {
    const auto text = server_remark(150018);
    EXPECT_NE(text.find("PostgreSQL 15.18"), std::string::npos) << text;
    EXPECT_NE(text.find("mended in 15.20"), std::string::npos) << text;
}

TEST(ServerRemark, EndsWithTheMinorThatIsMended) {
    EXPECT_NE(server_remark(150000), "");
    EXPECT_NE(server_remark(150019), "");
    EXPECT_EQ(server_remark(150020), "");
}

TEST(ServerRemark, OfNewerMajorsUpToTheMinorsOfThatDay) {
    EXPECT_NE(server_remark(160015), "");
    EXPECT_EQ(server_remark(160016), "");
    EXPECT_NE(server_remark(170011), "");
    EXPECT_EQ(server_remark(170012), "");
    EXPECT_NE(server_remark(180005), "");
    EXPECT_EQ(server_remark(180006), "");
    EXPECT_EQ(server_remark(190000), "");
}

// CockroachDB calls itself PostgreSQL 13.
TEST(ServerRemark, NothingIsKnownOfOthers) { EXPECT_EQ(server_remark(130000), ""); }

}  // namespace
}  // namespace leasehold
