#include "worker/cli/secret_text.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

TEST(SecretText, AUrisPasswordIsMasked) {
    EXPECT_EQ(without_secrets("postgresql://u:pw@h:5432/db"), "postgresql://u:***@h:5432/db");
    EXPECT_EQ(without_secrets("see \"x://u:p@w@h/db\" and x://u:p/w@h"),
              "see \"x://u:***@h/db\" and x://u:***@h");
    EXPECT_EQ(without_secrets("postgresql://h/db?password=pw&port=1"),
              "postgresql://h/db?password=***&port=1");
}

TEST(SecretText, AUriThatAMessageCutIsMaskedToItsEnd) {
    EXPECT_EQ(without_secrets("\"postgresql://u:pwpw…\" cannot"), "\"postgresql://u:***…\" cannot");
}

TEST(SecretText, AnAssignedPasswordIsMasked) {
    EXPECT_EQ(without_secrets("host=h password=pw dbname=d"), "host=h password=*** dbname=d");
    EXPECT_EQ(without_secrets("password = 'p w \\' x' host=h"), "password = '***' host=h");
    EXPECT_EQ(without_secrets("PGPASSWORD=pw sslpassword=pw"), "PGPASSWORD=*** sslpassword=***");
    EXPECT_EQ(without_secrets("password='open to the end"), "password='***");
}

TEST(SecretText, EverythingElseStays) {
    for (const auto* text : {"", "password", "password authentication failed for user \"u\"",
                             "password=", "postgresql://u@h/db", "postgresql://h:5432/db",
                             "write postgresql://USER:PASSWORD@HOST/DB", "a: b@c"}) {
        EXPECT_EQ(without_secrets(text), text);
    }
}

TEST(SecretText, IsOverwrittenInPlace) {
    std::string text = "--dsn=postgresql://u:pw@h/db?password=pw";
    overwrite_secrets(text.data());
    EXPECT_EQ(text, "--dsn=postgresql://u:xx@h/db?password=xx");
}

TEST(SecretText, AnUnescapedPasswordIsSeen) {
    EXPECT_TRUE(has_unescaped_secret("postgresql://u:p@w@h/db"));
    EXPECT_TRUE(has_unescaped_secret("postgresql://u:p/w@h/db"));
    EXPECT_FALSE(has_unescaped_secret("postgresql://u:p%40w@h/db"));
    EXPECT_FALSE(has_unescaped_secret("postgresql://u:pw@h/db?options=a@b"));
    EXPECT_FALSE(has_unescaped_secret("postgresql:///db?host=/tmp"));
    EXPECT_FALSE(has_unescaped_secret("host=h password=p@w@x"));
}

}  // namespace
}  // namespace leasehold
