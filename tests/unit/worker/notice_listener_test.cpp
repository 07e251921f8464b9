#include "worker/notice_listener.hpp"

#include "sql/sql_failure.hpp"
#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using heard_notices = std::vector<std::string>;

/// A server that does one thing after another, and then tells the listener to stop.
struct NoticeListener : testing::Test, notice_calls, notice_events {
    test::fake_clock time;
    notice_listener listener{*this, *this, time};
    std::vector<std::function<heard_notices()>> does{};  ///< at each wait()
    std::vector<std::function<void()>> opens{};          ///< instead of opening
    std::vector<news> told{};
    int opened = 0;

    void open() override {
        ++opened;
        if (!opens.empty()) {
            std::exchange(opens, {}).front()();
        }
    }
    void close() noexcept override {}
    heard_notices wait(milliseconds patience) override {
        if (does.empty()) {
            listener.request_stop();
            return {};
        }
        const auto next = does.front();
        does.erase(does.begin());
        auto some = next();
        if (some.empty()) {
            time.advance(patience);
        }
        return some;
    }
    void interrupt() noexcept override {}
    void heard(const news& all) override { told.push_back(all); }
};

[[noreturn]] void lost() { throw sql_failure{sql_failure_kind::reconnect, "08006", "lost"}; }

TEST_F(NoticeListener, EachConnectionBeginsWithTheNewsThatAnythingMayHaveChanged) {
    does = {[] {
                return heard_notices{"items 1", "items 2"};
            },
            []() -> heard_notices { lost(); },
            [] { return heard_notices{}; }};  // the wait before the next try
    listener.listen();
    EXPECT_EQ(opened, 2);
    ASSERT_EQ(told.size(), 3U);
    EXPECT_TRUE(told[0].everything);
    EXPECT_EQ(told[1].parts, (std::vector<part_id>{{1}, {2}}));
    EXPECT_TRUE(told[2].everything);
}

TEST_F(NoticeListener, AServerThatIsAwayIsTriedAgain) {
    opens = {[] { lost(); }};
    does = {[] { return heard_notices{}; }};
    listener.listen();
    EXPECT_EQ(opened, 2);
    EXPECT_EQ(told.size(), 1U);
}

TEST_F(NoticeListener, WhereNobodyCanListenItEnds) {
    opens = {[] { throw sql_failure{sql_failure_kind::refused, "0A000", "no LISTEN here"}; }};
    listener.listen();
    EXPECT_EQ(opened, 1);
    EXPECT_TRUE(told.empty());
}

TEST_F(NoticeListener, ManyChangesOfThePlanAreToldOnceInFiftyMilliseconds) {
    time.advance(1s);
    for (int i = 0; i < 90; ++i) {
        does.emplace_back([this] {
            time.advance(1ms);
            return heard_notices{"plan"};
        });
    }
    does.emplace_back([] { return heard_notices{}; });  // the last one is told, too
    listener.listen();
    std::size_t plans = 0;
    for (const auto& one : told) {
        plans += one.plan ? 1 : 0;
    }
    EXPECT_EQ(plans, 2U);
    EXPECT_TRUE(told.back().plan);
}

TEST_F(NoticeListener, OtherNewsDoNotWaitForThePlans) {
    does = {[] { return heard_notices{"plan", "items 7"}; }};
    listener.listen();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_FALSE(told[1].plan) << "all was said to have changed just now";
    EXPECT_EQ(told[1].parts, std::vector<part_id>{{7}});
}

}  // namespace
}  // namespace leasehold
