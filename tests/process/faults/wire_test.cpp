// The proxy sees a COMMIT in whatever way it comes, and nothing else for one.

#include "tests/process/faults/wire.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace leasehold {
namespace {

using test::request_reader;

std::string number(std::size_t value) { return test::wire_number(value); }
std::string message(char type, const std::string& body) {
    return test::wire_message_of(type, body);
}
std::string text(const std::string& words) { return test::wire_text(words); }

std::string startup(const std::string& name) {
    const auto body =
        number(196'608) + text("user") + text("me") + text("application_name") + text(name) + '\0';
    return test::wire_packet_of(body);
}

std::vector<bool> commits_in(request_reader& reader) {
    std::vector<bool> seen;
    while (const auto one = reader.next()) {
        seen.push_back(one->commits);
    }
    return seen;
}

TEST(Wire, TheStartupTellsTheNameAlsoAfterAQuestionForTls) {
    request_reader reader;
    reader.add(number(8) + number(80'877'103));
    EXPECT_EQ(commits_in(reader), std::vector<bool>{false});
    EXPECT_EQ(reader.application_name(), "");
    reader.add(startup("leasehold items"));
    EXPECT_EQ(commits_in(reader), std::vector<bool>{false});
    EXPECT_EQ(reader.application_name(), "leasehold items");
}

TEST(Wire, AMessageComesWhenItIsThereAsAWhole) {
    const auto all = startup("x") + message('Q', text("COMMIT"));
    for (std::size_t cut = 0; cut < all.size(); ++cut) {
        request_reader reader;
        reader.add(all.substr(0, cut));
        auto seen = commits_in(reader);
        EXPECT_EQ(std::vector<bool>(seen.size(), false), seen) << cut;
        reader.add(all.substr(cut));
        const auto rest = commits_in(reader);
        seen.insert(seen.end(), rest.begin(), rest.end());
        EXPECT_EQ(seen, (std::vector<bool>{false, true})) << cut;
    }
}

TEST(Wire, AnExecutedCommitOfTheExtendedProtocolCounts) {
    request_reader reader;
    reader.add(startup("x") + message('P', text("c") + text("commit") + "\0\0") +
               message('P', text("s") + text("SELECT 1") + "\0\0") +
               message('B', text("p") + text("s")) + message('E', text("p") + number(0)) +
               message('B', text("p") + text("c")) + message('E', text("p") + number(0)));
    EXPECT_EQ(commits_in(reader),
              (std::vector<bool>{false, false, false, false, false, false, true}));
}

TEST(Wire, TheEndOfAChangeThatIsAloneCommitsIt) {
    const std::string change = "WITH held AS (SELECT) DELETE FROM t WHERE true";
    const auto executed = [](const std::string& name) {
        return message('B', text("") + text(name)) + message('E', text("") + number(0));
    };
    const auto prepared = [](const std::string& name, const std::string& words) {
        return message('P', text(name) + text(words) + std::string(2, '\0'));
    };
    request_reader reader;
    reader.add(startup("x") + prepared("d", change) + prepared("b", "BEGIN") +
               prepared("s", "SELECT 1 FOR UPDATE") + message('S', ""));
    EXPECT_EQ(commits_in(reader), std::vector<bool>(5, false)) << "nothing was executed";
    reader.add(executed("d") + message('S', ""));
    EXPECT_EQ(commits_in(reader), (std::vector<bool>{false, false, true}));
    reader.add(executed("s") + message('S', ""));
    EXPECT_EQ(commits_in(reader), (std::vector<bool>{false, false, false})) << "a read";
    reader.add(executed("b") + executed("d") + message('S', "") + message('Q', text("ROLLBACK")) +
               message('Q', text(change)));
    EXPECT_EQ(commits_in(reader),
              (std::vector<bool>{false, false, false, false, false, false, true}))
        << "in a transaction it is not alone; without words it is";
}

TEST(Wire, OnlyACommitIsOne) {
    const auto is_commit = [](const char* words) {
        return test::kind_of(words) == test::statement_kind::commits;
    };
    for (const char* yes : {"COMMIT", "commit;", "  Commit", "END", "COMMIT AND CHAIN"}) {
        EXPECT_TRUE(is_commit(yes)) << yes;
    }
    for (const char* no : {"", "COMMENT ON TABLE t IS 'COMMIT'", "SELECT 'COMMIT'", "ENDED",
                           "ROLLBACK", "-- COMMIT"}) {
        EXPECT_FALSE(is_commit(no)) << no;
    }
}

}  // namespace
}  // namespace leasehold
