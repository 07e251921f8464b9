#include "sql/notice_line.hpp"

#include "sql/sql_failure.hpp"
#include "tests/support/database.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <string>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using heard = std::vector<std::string>;

struct NoticeLine : testing::Test {
    test::postgres_database database{"notices"};
    notice_line ear{dsn{database.dsn()}, "doorbell", {.application_name = "the ear"}};

    void tell(const std::string& what) { database.sql("NOTIFY doorbell, '" + what + "'"); }
};

TEST_F(NoticeLine, HearsWhatIsToldInOrderAndNothingElse) {
    ear.open();
    tell("one");
    database.sql("NOTIFY another, 'two'");
    tell("three");
    auto all = ear.wait(10s);
    while (all.size() < 2) {
        const auto more = ear.wait(10s);
        ASSERT_FALSE(more.empty());
        all.insert(all.end(), more.begin(), more.end());
    }
    EXPECT_EQ(all, (heard{"one", "three"}));
}

TEST_F(NoticeLine, PatienceEnds) {
    ear.open();
    EXPECT_EQ(ear.wait(1ms), heard{});
}

TEST_F(NoticeLine, AnInterruptEndsTheWaitOrTheNext) {
    ear.interrupt();
    EXPECT_EQ(ear.wait(1h), heard{}) << "not even open";
    ear.open();
    ear.interrupt();
    EXPECT_EQ(ear.wait(1h), heard{});
    const std::jthread other{[&] { ear.interrupt(); }};
    EXPECT_EQ(ear.wait(1h), heard{});
}

TEST_F(NoticeLine, ALostConnectionIsSaidAndCanBeOpenedAnew) {
    ear.open();
    database.cut("application_name = 'the ear'");
    try {
        for (;;) {
            ear.wait(10s);
        }
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::reconnect) << failure.what();
    }
    ear.open();
    tell("again");
    EXPECT_EQ(ear.wait(10s), heard{"again"});
}

}  // namespace
}  // namespace leasehold
