// The grants of docs/sql.md, as they stand there, are enough for who they are for.

#include "tests/cockroach/stub.hpp"
#include "tests/support/database.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold {
namespace {

using test::eventually;
using test::long_enough;
using test::program_result;
using test::running_leasehold;

/// The SQL of "## Privileges": block number `which`.
std::string block_of_grants(int which) {
    std::ifstream file{LEASEHOLD_SQL_DOCUMENT};
    std::stringstream read;
    read << file.rdbuf();
    const auto text = read.str();
    auto at = text.find("\n## Privileges\n");
    for (int i = 0; i <= which && at != std::string::npos; ++i) {
        at = text.find("\n```sql\n", at + 1);
    }
    const auto end = text.find("\n```\n", at);
    if (at == std::string::npos || end == std::string::npos) {
        throw std::runtime_error("no such block in " LEASEHOLD_SQL_DOCUMENT);
    }
    return text.substr(at + std::string_view{"\n```sql\n"}.size(), end - at);
}

/// With roles of a test's own: roles belong to the whole server.
struct granted_roles {
    explicit granted_roles(test::fresh_database& where) : database(where) {
        for (const char* name : {"app", "mailer", "watcher"}) {
            database.sql("CREATE ROLE " + own(name) + " LOGIN PASSWORD 'secret'");
        }
    }
    ~granted_roles() {
        for (const char* name : {"app", "mailer", "watcher"}) {
            database.sql("DROP OWNED BY " + own(name));
            database.sql("DROP ROLE " + own(name));
        }
    }
    granted_roles(const granted_roles&) = delete;
    granted_roles& operator=(const granted_roles&) = delete;

    std::string own(const std::string& name) const { return name + "_" + database.name(); }

    /// As psql would: \gexec runs what a SELECT answers.
    void grant(std::string_view script) {
        std::istringstream lines{std::string{script}};
        std::string statement;
        for (std::string line; std::getline(lines, line);) {
            statement += line.substr(0, line.find("--")) + "\n";
            const bool makes = statement.find("\\gexec") != std::string::npos;
            if (makes) {
                for (const auto& row :
                     database.sql(named(statement.substr(0, statement.find('\\'))))) {
                    database.sql(row[0].c_str());
                }
            } else if (statement.find(';') != std::string::npos) {
                database.sql(named(statement));
            }
            if (makes || statement.find_first_not_of(" \n") == std::string::npos ||
                statement.find(';') != std::string::npos) {
                statement.clear();
            }
        }
    }

    test::fresh_database& database;

private:
    std::string named(std::string statement) const {
        for (const std::string name : {"app", "mailer", "watcher"}) {
            const auto at = statement.find("TO " + name);
            if (at != std::string::npos) {
                statement.replace(at, 3 + name.size(), "TO " + own(name));
            }
        }
        return statement;
    }
};

/// What the documents promise each of the three, done as them.
struct Grants : testing::TestWithParam<const char*> {
    void begin(const std::string& where, int block) {
        dsn = where;
        expect_done("postgres", {"migrate"});
        expect_done("postgres",
                    {"queue", "create", "mail", "--parts", "4", "--claims", GetParam()});
        roles.grant(block_of_grants(block));
    }
    std::vector<std::string> call(const std::string& role, std::vector<std::string> arguments) {
        auto as = dsn;
        if (role != "postgres") {
            as = test::dsn_with(test::dsn_with(dsn, "user", roles.own(role)), "password", "secret");
        }
        arguments.insert(arguments.begin(), {"--dsn", as});
        return arguments;
    }
    program_result run(const std::string& role, std::vector<std::string> arguments,
                       const std::string& input = {}) {
        return test::run_leasehold(call(role, std::move(arguments)), {.input = input});
    }
    void expect_done(const std::string& role, std::vector<std::string> arguments,
                     const std::string& input = {}) {
        const auto what = role + ": " + arguments.front();
        const auto result = run(role, std::move(arguments), input);
        EXPECT_EQ(result.status, 0) << what << ": " << result.err;
        EXPECT_EQ(result.err.find("denied"), std::string::npos) << what << ": " << result.err;
    }
    void expect_each_can_do_its_work() {
        expect_done("app", {"enqueue", "mail", "--lines", "-"}, "1\n2\n3\n");
        expect_done("app", {"enqueue", "mail", "--jsonl", "-"},
                    R"({"payload": 4, "dedupe": "four"})");

        // One that is killed leaves a session to end, leases to take over and claims to free.
        running_leasehold doomed{call("mailer", {"work", "mail", "--ttl", "3000", "--slots", "2",
                                                 "--", "sleep", "600"})};
        const auto* work = std::string_view{GetParam()} == "row"
                               ? "leasehold.items_mail WHERE claim IS NOT NULL"
                               : "leasehold.session_parts";
        EXPECT_TRUE(eventually([&] { return database.count(work) > 0; }, long_enough));
        doomed.send(SIGKILL);
        doomed.finish(long_enough);
        expect_done("mailer", {"work", "mail", "--ttl", "3000", "--noop", "--until-empty"});
        EXPECT_EQ(database.count("leasehold.items_mail"), 0);

        // What is given up goes to dead_items.
        expect_done("app", {"enqueue", "mail", "--jsonl", "-"},
                    R"({"payload": 5, "max_attempts": 1})");
        expect_done("mailer", {"work", "mail", "--ttl", "3000", "--until-empty", "--", "false"});
        EXPECT_EQ(database.count("leasehold.dead_items"), 1);

        for (const char* look : {"status", "parts", "sessions", "verify"}) {
            expect_done("watcher", {look, "mail"});
        }
        EXPECT_NE(run("app", {"work", "mail", "--noop", "--until-empty"}).status, 0);
        EXPECT_NE(run("watcher", {"enqueue", "mail", "--jsonl", "-"}, R"({"payload": 6})").status,
                  0);
    }

    test::postgres_database database{"roles of one's own", test::fresh_database::contents::none};
    granted_roles roles{database};
    std::string dsn{};
};

TEST_P(Grants, AreEnoughOnPostgres) {
    begin(database.dsn(), 0);
    expect_each_can_do_its_work();
}

TEST_P(Grants, AreEnoughOnCockroach) {
    const test::cockroach_stub server{database.dsn()};
    begin(server.dsn(), 1);
    expect_each_can_do_its_work();

    database.sql("REVOKE DELETE ON leasehold.guards FROM " + roles.own("mailer"));
    const auto refused = run("mailer", {"work", "mail", "--ttl", "3000", "--noop"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.err.find("permission denied for table guards"), std::string::npos)
        << refused.err;
}

INSTANTIATE_TEST_SUITE_P(, Grants, testing::Values("row", "lease"),
                         [](const auto& one) { return std::string{one.param}; });

}  // namespace
}  // namespace leasehold
