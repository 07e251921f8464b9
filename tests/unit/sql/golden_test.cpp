// Every statement as each kind of server is sent it: a change to a file that both share shows in
// both lists, and so in the review of whoever thought of one.
// To write them anew: LEASEHOLD_WRITE_GOLDEN=1 build/tests/unit_tests --gtest_filter='Golden*'

#include "schema/sql.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace leasehold {
namespace {

std::string all_in(sql_dialect server) {
    std::string text;
    for (const auto& one : all_statements()) {
        const auto words = one.text->in(server);
        if (!words.empty()) {
            text.append("-- ").append(one.name).append("\n").append(words).append("\n\n");
        }
    }
    return text;
}

void expect_golden(sql_dialect server, const std::string& name) {
    const std::string path = std::string{LEASEHOLD_GOLDEN_FOLDER} + "/" + name;
    const auto is = all_in(server);
    if (std::getenv("LEASEHOLD_WRITE_GOLDEN") != nullptr) {
        std::ofstream{path} << is;
    }
    std::ifstream file{path};
    const std::string was{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_TRUE(is == was) << "the statements for this server are not those of " << path
                           << "; if they should change, write them anew and show the difference: "
                              "LEASEHOLD_WRITE_GOLDEN=1 build/tests/unit_tests "
                              "--gtest_filter='Golden*'";
}

TEST(Golden, StatementsForPostgres) { expect_golden(sql_dialect::postgres, "postgres.sql"); }
TEST(Golden, StatementsForCockroach) { expect_golden(sql_dialect::cockroach, "cockroach.sql"); }

}  // namespace
}  // namespace leasehold
