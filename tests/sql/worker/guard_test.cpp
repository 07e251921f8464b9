// Workers whose connections are closed under them.

#include <leasehold/worker.hpp>

#include "tests/support/database.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;

/// The next heartbeat that is due by itself is ten seconds away.
worker_options patient() {
    return {.session = {.ttl = 30s, .margin = 2s},
            .leases = {.watch = 50ms, .settle = 20ms},
            .work = {.slots = 1, .drain = 1s}};
}

struct GuardedWorker : testing::Test {
    test::postgres_database database{"guards that are locks"};
    queue_info queue = database.make_queue("jobs", 8);
    const external_handler nothing = [](const claim&, const std::stop_token&) {
        return outcome{complete{}};
    };

    /// The session of the worker whose connections are called `name`, and its guard.
    std::pair<std::string, std::optional<std::int64_t>> seat(const std::string& name) {
        const auto rows =
            database.sql("SELECT id, guard FROM leasehold.sessions WHERE name = '" + name + "'");
        if (rows.size() != 1) {
            return {};
        }
        const auto guard = rows[0][1];
        return {rows[0][0].c_str(),
                guard.is_null() ? std::nullopt : std::optional{guard.as<std::int64_t>()}};
    }
    worker_options named(const std::string& name) const {
        auto options = patient();
        options.session.name = name;
        return options;
    }
    std::string dsn_of(const std::string& name) const {
        return database.dsn() + " application_name=" + name;
    }
    bool settled(int sessions) {
        return database.count("leasehold.session_parts") == 8 &&
               database.count("(SELECT DISTINCT id FROM leasehold.session_parts) AS s") == sessions;
    }
};

TEST_F(GuardedWorker, WhoseHeartbeatIsCutOffShowsANewGuardAtOnceAndKeepsItsSession) {
    worker one{database.dsn(), "jobs", nothing, named("one")};
    one.start();
    ASSERT_TRUE(eventually([&] { return seat("one").second.has_value(); }));
    for (int i = 0; i < 3; ++i) {
        const auto before = seat("one");
        database.cut("application_name = 'leasehold heartbeat'");
        EXPECT_TRUE(eventually([&] { return seat("one").second != before.second; }, 500ms));
        EXPECT_EQ(seat("one").first, before.first);
    }
    EXPECT_EQ(one.summary().sessions, 1);
    EXPECT_FALSE(one.failure());
}

TEST_F(GuardedWorker, WhoIsCutOffEntirelyAndComesBackIsNotTakenForDead) {
    worker victim{dsn_of("victim"), "jobs", nothing, named("victim")};
    worker other{dsn_of("other"), "jobs", nothing, named("other")};
    victim.start();
    other.start();
    ASSERT_TRUE(eventually([&] { return settled(2) && seat("victim").second; }));
    const auto before = seat("victim");
    database.cut("application_name = 'victim'");
    EXPECT_TRUE(eventually([&] {
        const auto now = seat("victim");
        return now.second && now.second != before.second;
    }));
    EXPECT_EQ(seat("victim").first, before.first);
    EXPECT_EQ(victim.summary().sessions, 1);
    EXPECT_TRUE(settled(2));
}

TEST_F(GuardedWorker, WithoutNoticesItHasNoGuard) {
    auto options = named("one");
    options.leases.notices = false;
    worker one{database.dsn(), "jobs", nothing, options};
    one.start();
    ASSERT_TRUE(eventually([&] { return settled(1); }));
    EXPECT_FALSE(seat("one").second);
}

}  // namespace
}  // namespace leasehold
