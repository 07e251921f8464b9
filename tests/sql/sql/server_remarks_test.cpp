#include "sql/server_remarks.hpp"

#include "tests/support/database.hpp"

#include <gtest/gtest.h>

#include <pqxx/pqxx>

namespace leasehold {
namespace {

using serializable = pqxx::transaction<pqxx::isolation_level::serializable>;

/// Two transactions of which one must fail: the first meets a row and, because of that, writes;
/// the second does not see what was written, and deletes the row.
/// @return whether the server lets both commit
bool lets_both_commit(test::fresh_database& database) {
    database.sql("CREATE TABLE met (id int PRIMARY KEY, n int)");
    database.sql("CREATE TABLE written (id int PRIMARY KEY, n int)");
    database.sql("INSERT INTO met VALUES (1, 0)");
    database.sql("INSERT INTO written VALUES (1, 0)");
    pqxx::connection one{database.dsn()};
    pqxx::connection other{database.dsn()};
    try {
        serializable first{one};
        first.exec("INSERT INTO met VALUES (1, 9) ON CONFLICT DO NOTHING");
        first.exec("UPDATE written SET n = 1 WHERE id = 1");
        serializable second{other};
        second.exec("SELECT n FROM written WHERE id = 1");
        second.exec("DELETE FROM met WHERE id = 1");
        second.commit();
        first.commit();
        return true;
    } catch (const pqxx::serialization_failure&) {
        return false;
    }
}

// Whoever runs this on a newer server learns whether the table of versions is right.
TEST(ServerRemark, IsMadeOfTheServersThatHaveTheHoleAndOfNoOthers) {
    test::postgres_database database{"a mistake of PostgreSQL"};
    auto on = database.connect();
    const auto remark = server_remark(on);
    EXPECT_EQ(lets_both_commit(database), !remark.empty())
        << database.sql("SELECT version()")[0][0].c_str() << ": " << remark;
}

}  // namespace
}  // namespace leasehold
