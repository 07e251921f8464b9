// PgBouncer between a worker and its server.

#include "tests/process/faults/pooler.hpp"

#include "tests/support/database.hpp"
#include "tests/support/program.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <optional>

namespace leasehold {
namespace {

struct Pooler : testing::Test {
    test::fresh_database database;
    std::optional<test::server> server;
    /// Tests run beside each other, on one server.
    int port = 10'000 + ::getpid() % 20'000;

    void SetUp() override {
        if (const auto reason = test::server::reason_to_skip(); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        server = test::server::of_environment();
        database.make_queue("jobs", 4);
        database.sql(
            "INSERT INTO leasehold.queue_jobs (payload) SELECT '1' FROM generate_series(1, 50)");
    }
    test::program_result work(const test::pooler& pool) {
        return test::run_leasehold(
            {"--dsn", pool.dsn(database.dsn()), "work", "jobs", "--noop", "--until-empty"});
    }
    int items() {
        return database.sql("SELECT count(*) FROM leasehold.items_jobs")[0][0].as<int>();
    }
};

TEST_F(Pooler, OfSessionsIsFine) {
    const test::pooler pool{*server, "session", port,
                            server->folder() / (database.name() + ".log")};
    for (int i = 0; i < 2; ++i) {
        const auto result = work(pool);
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(items(), 0);
    }
}

TEST_F(Pooler, OfTransactionsIsRefusedAndSaysWhatIsNeeded) {
    const test::pooler pool{*server, "transaction", port,
                            server->folder() / (database.name() + ".log")};
    const auto result = work(pool);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("pool_mode = session"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace leasehold
