#include "sql/dsn.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold {
namespace {

std::string refusal(const std::string& text) {
    try {
        const dsn read{text};
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

TEST(Dsn, IsReadInBothForms) {
    EXPECT_EQ(dsn{"postgresql://ann:pw@db.example:5433/shop"}.shown(),
              "host=db.example port=5433 dbname=shop user=ann");
    EXPECT_EQ(dsn{"host=h dbname=d password='a b'"}.shown(), "host=h dbname=d");
}

TEST(Dsn, APasswordIsNeverShown) {
    EXPECT_EQ(dsn{"postgresql://ann:s3cret@h/d"}.shown().find("s3cret"), std::string::npos);
    for (const char* broken :
         {"password s3cret", "postgresql://u:s3cret@h%zz/", "host=h s3cret", "s3cret=1"}) {
        const auto text = refusal(broken);
        EXPECT_NE(text, "") << broken;
        EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
    }
}

TEST(Dsn, AMissingOneSaysWhereToGiveIt) {
    EXPECT_NE(refusal("").find("LEASEHOLD_DSN"), std::string::npos);
}

TEST(Dsn, TheUsersOwnSettingsWinOverOurs) {
    const auto text = dsn{"host=h connect_timeout=77"}.with_defaults({});
    EXPECT_NE(text.find("connect_timeout='77'"), std::string::npos);
    EXPECT_NE(text.find("tcp_user_timeout='10000'"), std::string::npos);
}

TEST(Dsn, ValuesWithQuotesAndBlanksSurvive) {
    const auto text = dsn{R"(host=h password='a\'b \\c')"}.with_defaults({});
    EXPECT_NE(text.find(R"(password='a\'b \\c')"), std::string::npos);
}

}  // namespace
}  // namespace leasehold
