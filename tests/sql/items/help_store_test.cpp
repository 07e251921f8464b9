// Help between sessions: who may, what they claim, and what the owner notices of it.

#include "items/help_store.hpp"

#include "items/claim_store.hpp"
#include "items/verify_store.hpp"
#include "parts/keyspace.hpp"
#include "schema/sql.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

using parts = std::vector<part_id>;

/// A session that also helps.
struct seat_that_helps : test::hand_driven {
    using test::hand_driven::hand_driven;

    bool help_in(part_id part, int helpers_max = 2) {
        return transact([&](transaction& tx) {
            return take_help(tx, queue(), id(), part, helpers_max).has_value();
        });
    }
    std::vector<claim> claim_helping(part_id part, int count) {
        return transact([&](transaction& tx) {
            return claim_items(tx, queue(), {id(), part, count, lease_role::helper}).claims;
        });
    }
    void stop_helping(const parts& in) {
        transact([&](transaction& tx) { end_help(tx, queue(), id(), in); });
    }
    void ask(const parts& in) {
        transact([&](transaction& tx) { ask_for_help(tx, queue(), in); });
    }
    parts wanted() {
        return read_snapshot(on(), [&](transaction& tx) {
            return list_wanted_help(tx, queue(), id(), 2);
        });
    }
};

struct HelpStore : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 4);
    seat_that_helps owner{database, queue};
    seat_that_helps helper{database, queue};

    void SetUp() override { owner.take(test::parts_from(0, 1)); }

    new_item in_part(int part, const std::string& payload = "{}") const {
        auto id = random_item_id();
        const auto low = lowest_id({part}, queue.part_count);
        std::copy_n(low.data, 4, id.value.data);
        return {.payload = payload, .id = id};
    }
    /// `count` items of part 0 that became due one second after another; the payload counts them.
    void put_in_order(int count) {
        for (int i = 0; i < count; ++i) {
            auto one = in_part(0, std::to_string(i));
            one.run_at = "2020-01-01 00:00:0" + std::to_string(i);
            owner.put({one});
        }
    }
    static std::string payloads(const std::vector<claim>& claims) {
        std::string all;
        for (const auto& one : claims) {
            all += one.held.payload;
        }
        return all;
    }
    std::vector<std::string> broken() {
        std::vector<std::string> names;
        for (const auto& one :
             read_snapshot(owner.on(), [&](transaction& tx) { return verify_queue(tx, queue); })) {
            if (!one.ok) {
                names.push_back(one.name + ": " + one.detail);
            }
        }
        return names;
    }
};

TEST_F(HelpStore, WhoHelpsClaimsFromTheFarEndBesideTheOwner) {
    put_in_order(6);
    ASSERT_TRUE(helper.help_in({0}));
    EXPECT_EQ(payloads(owner.claim_from({0}, 2)), "01");
    EXPECT_EQ(payloads(helper.claim_helping({0}, 2)), "45");
    EXPECT_EQ(payloads(helper.claim_helping({0}, 9)), "23");
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(HelpStore, TheMostUrgentComeFirstAllTheSame) {
    database.needs_postgres("help with the most urgent");
    put_in_order(3);
    auto urgent = in_part(0, "9");
    urgent.priority = -1;
    auto later = in_part(0, "8");
    later.priority = -2;
    later.run_at = "2999-01-01";
    owner.put({urgent, later});
    ASSERT_TRUE(helper.help_in({0}));
    EXPECT_EQ(payloads(helper.claim_helping({0}, 1)), "9");
    EXPECT_EQ(payloads(helper.claim_helping({0}, 1)), "2");
}

TEST_F(HelpStore, WithoutALeaseWhoHelpsIsRefusedByTheDatabase) {
    put_in_order(1);
    try {
        helper.claim_helping({0}, 1);
        FAIL() << "claimed without a lease";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.sqlstate(), "23503");
    }
}

TEST_F(HelpStore, SoManyMayHelpAndNoMore) {
    seat_that_helps second{database, queue};
    seat_that_helps third{database, queue};
    EXPECT_TRUE(helper.help_in({0}));
    EXPECT_FALSE(helper.help_in({0})) << "it does already";
    EXPECT_TRUE(second.help_in({0}));
    EXPECT_FALSE(third.help_in({0}));
    EXPECT_TRUE(third.help_in({1}));
    helper.stop_helping({{0}});
    EXPECT_TRUE(third.help_in({0}));
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

// Two that come at once see each other: one of them looks again.
TEST_F(HelpStore, TwoThatComeAtOnceDoNotBothBecomeTheLast) {
    seat_that_helps second{database, queue};
    int attempts = 0;
    const bool may = helper.transact([&](transaction& tx) {
        tx.run("SELECT 1");
        if (++attempts == 1) {
            EXPECT_TRUE(second.help_in({0}, 1));
        }
        return take_help(tx, queue, helper.id(), {0}, 1).has_value();
    });
    EXPECT_FALSE(may);
    EXPECT_EQ(database.count("leasehold.session_parts WHERE role = 'helper'"), 1);
}

TEST_F(HelpStore, NobodyHelpsWhoOwnsThePartOrIsExpiredOrLeavesOrIsCordoned) {
    EXPECT_FALSE(owner.help_in({0}));
    for (const std::string change :
         {"state = 'leaving'", "state = 'evicted'", "cordoned = true",
          "heartbeat_at = now() - interval '1 h', expires_at = now() - interval '1 s'"}) {
        seat_that_helps other{database, queue};
        database.sql("UPDATE leasehold.sessions SET " + change + " WHERE id = '" +
                     to_text(other.id()) + "'");
        EXPECT_FALSE(other.help_in({0})) << change;
    }
    EXPECT_EQ(database.count("leasehold.ownership_log WHERE role = 'helper'"), 0);
}

TEST_F(HelpStore, TheOwnershipLogTellsHelpFromOwnership) {
    ASSERT_TRUE(helper.help_in({0}));
    helper.stop_helping({{0}});
    const auto rows = database.sql(
        "SELECT from_session, to_session, epoch, reason FROM leasehold.ownership_log"
        " WHERE role = 'helper' ORDER BY at");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_TRUE(rows[0][0].is_null());
    EXPECT_EQ(rows[0][1].c_str(), to_text(helper.id()));
    EXPECT_EQ(rows[0][2].as<int>(), 1) << "the owner's term";
    EXPECT_STREQ(rows[0][3].c_str(), "help");
    EXPECT_EQ(rows[1][0].c_str(), to_text(helper.id()));
    EXPECT_TRUE(rows[1][1].is_null());
}

// Twice in one term of the owner: read as two helps, one after the other.
TEST_F(HelpStore, TheOwnershipLogTellsOneHelpFromTheNext) {
    for (int time = 0; time < 2; ++time) {
        ASSERT_TRUE(helper.help_in({0}));
        helper.stop_helping({{0}});
    }
    const auto rows =
        owner.transact([&](transaction& tx) { return tx.run(query::ownership_changes, {"jobs"}); });
    std::string ends;
    for (const auto& row : rows) {
        if (row["helps"].as<bool>()) {
            ends += row["to_session"].is_null() ? "-" : "+";
        }
    }
    EXPECT_EQ(ends, "+-+-");
}

TEST_F(HelpStore, ALeaseThatStillHasAClaimDoesNotEnd) {
    put_in_order(1);
    ASSERT_TRUE(helper.help_in({0}));
    const auto held = helper.claim_helping({0}, 1);
    EXPECT_THROW(helper.stop_helping({{0}}), sql_failure);
    ASSERT_EQ(helper.end(held.front()), ack_result::acknowledged);
    helper.stop_helping({{0}});
    EXPECT_EQ(database.count("leasehold.session_parts WHERE role = 'helper'"), 0);
}

// It was given the part meanwhile.
TEST_F(HelpStore, WhoOwnsThePartByNowDoesNotLoseItByEndingItsHelp) {
    ASSERT_TRUE(helper.help_in({0}));
    database.sql("DELETE FROM leasehold.session_parts WHERE role = 'owner' AND part = 0");
    database.sql("UPDATE leasehold.session_parts SET role = 'owner' WHERE role = 'helper'");
    helper.stop_helping({{0}});
    EXPECT_EQ(database.count("leasehold.session_parts WHERE part = 0"), 1);
}

TEST_F(HelpStore, WhoLeavesLetsGoOfWhatItHelpedWith) {
    put_in_order(1);
    ASSERT_TRUE(helper.help_in({0}));
    ASSERT_TRUE(helper.help_in({1}));
    const auto held = helper.claim_helping({0}, 1);
    const auto leave = [&] {
        helper.transact([&](transaction& tx) { leave_session(tx, queue.name, helper.id()); });
    };
    EXPECT_THROW(leave(), sql_failure) << "it has a claim";
    ASSERT_EQ(helper.end(held.front()), ack_result::acknowledged);
    leave();
    EXPECT_EQ(database.count("leasehold.sessions"), 1);
    EXPECT_EQ(database.count("leasehold.ownership_log WHERE role = 'helper' AND reason = 'help'"
                             " AND from_session IS NOT NULL"),
              2);
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(HelpStore, AReaperFreesTheClaimsAndLeaseOfWhoHelped) {
    put_in_order(2);
    ASSERT_TRUE(helper.help_in({0}));
    ASSERT_EQ(helper.claim_helping({0}, 2).size(), 2U);
    owner.transact([&](transaction& tx) {
        const auto held = leases_of(tx, helper.id());
        EXPECT_EQ(held.size(), 1U);
        EXPECT_EQ(free_claims(tx, queue, helper.id(), held.at(0).held.part, 10, "gone"), 2);
        release_leases(tx, queue.name, helper.id(), {held.at(0).held.part}, "expired");
    });
    EXPECT_EQ(payloads(owner.claim_from({0}, 9)), "01");
    EXPECT_EQ(database.count("leasehold.ownership_log WHERE role = 'helper' AND"
                             " reason = 'expired'"),
              1);
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(HelpStore, WhoHelpsPassesByWhatTheOwnerIsClaimingAtThisMoment) {
    database.needs_postgres("SKIP LOCKED for help");
    put_in_order(2);
    ASSERT_TRUE(helper.help_in({0}));
    pqxx::connection other{database.dsn()};
    pqxx::work claiming{other};
    claiming.exec("SELECT FROM leasehold.items_jobs WHERE payload = '1' FOR UPDATE");
    EXPECT_EQ(payloads(helper.claim_helping({0}, 2)), "0");
}

TEST_F(HelpStore, HelpIsWantedUntilTheWordOfItIsTwoSecondsOld) {
    EXPECT_TRUE(helper.wanted().empty());
    owner.ask({{1}});
    owner.ask({{0}, {1}});
    EXPECT_EQ(helper.wanted(), (parts{{1}, {0}})) << "the longest waiting first";
    database.sql("UPDATE leasehold.help_wanted SET asked_at = asked_at - interval '1900 ms'");
    EXPECT_EQ(helper.wanted().size(), 2U);
    database.sql("UPDATE leasehold.help_wanted SET asked_at = asked_at - interval '100 ms'");
    EXPECT_TRUE(helper.wanted().empty());
    owner.ask({{0}});
    EXPECT_EQ(helper.wanted(), parts{{0}});
    EXPECT_EQ(database.count("leasehold.help_wanted WHERE asked_at - since < interval '1 s'"
                             " AND part = 0"),
              1)
        << "its time begins anew";
}

TEST_F(HelpStore, HelpThatIsNoLongerWantedIsTakenBack) {
    owner.ask({{0}, {1}});
    owner.transact([&](transaction& tx) { withdraw_help(tx, queue, {{0}}); });
    EXPECT_EQ(helper.wanted(), parts{{1}});
}

TEST_F(HelpStore, OnlyWhoMayHelpSeesThatItIsWanted) {
    owner.ask({{0}, {1}});
    EXPECT_TRUE(owner.wanted().empty()) << "it owns them";
    ASSERT_TRUE(helper.help_in({0}));
    EXPECT_EQ(helper.wanted(), parts{{1}});
    seat_that_helps second{database, queue};
    seat_that_helps third{database, queue};
    ASSERT_TRUE(second.help_in({0}));
    EXPECT_EQ(third.wanted(), parts{{1}}) << "two help in part 0 already";
}

TEST_F(HelpStore, TellingOfHelpIsANoticeToWhoeverListens) {
    database.needs_postgres("notices");
    pqxx::connection listener{database.dsn()};
    struct hears final : pqxx::notification_receiver {
        using notification_receiver::notification_receiver;
        std::string heard{};
        void operator()(const std::string& text, int) override { heard += text; }
    } ear{listener, "leasehold_jobs"};
    owner.transact([&](transaction& tx) { tell_of_help(tx, queue); });
    listener.await_notification(5, 0);
    EXPECT_EQ(ear.heard, "help");
}

TEST_F(HelpStore, WaitsAreThoseOfTheLongestDueOfAnyPriority) {
    database.needs_postgres("waits by priority");
    auto urgent = in_part(0);
    urgent.priority = -1;
    auto old = in_part(0);
    old.run_at = "2020-01-01";
    auto later = in_part(1);
    later.run_at = "2999-01-01";
    owner.put({urgent, old, later});
    const auto waits = read_snapshot(owner.on(), [&](transaction& tx) {
        return waits_in(tx, queue, test::parts_from(0, 3));
    });
    ASSERT_EQ(waits.size(), 1U);
    EXPECT_EQ(waits[0].part, part_id{0});
    EXPECT_GT(waits[0].waited, 24h);
    owner.claim_from({0}, 9);
    EXPECT_TRUE(read_snapshot(owner.on(), [&](transaction& tx) {
                    return waits_in(tx, queue, test::parts_from(0, 3));
                }).empty());
}

struct KeyedHelp : HelpStore {
    void SetUp() override {
        boss.take({{0}});
        ASSERT_TRUE(mate.help_in({0}));
    }
    void put(const std::string& key, const std::string& payload) {
        boss.put({{.payload = payload, .key = key}});
    }

    const queue_info keyed = database.make_queue({.name = "keys", .part_count = 1, .keyed = true});
    seat_that_helps boss{database, keyed};
    seat_that_helps mate{database, keyed};
};

TEST_F(KeyedHelp, WhoHelpsTakesFirstItemsOfKeysAndNoneOfAKeyThatIsClaimed) {
    put("a", "1");
    put("a", "2");
    put("b", "3");
    put("b", "4");
    const auto first = boss.claim_from({0}, 1);
    ASSERT_EQ(first.size(), 1U);
    const auto theirs = mate.claim_helping({0}, 9);
    ASSERT_EQ(theirs.size(), 1U);
    EXPECT_NE(theirs[0].held.key, first[0].held.key);
    EXPECT_TRUE(payloads(theirs) == "1" || payloads(theirs) == "3") << payloads(theirs);
    EXPECT_TRUE(mate.claim_helping({0}, 9).empty());
    ASSERT_EQ(boss.end(first[0]), ack_result::acknowledged);
    const auto next = mate.claim_helping({0}, 9);
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].held.key, first[0].held.key);
}

// Somebody claims the first item of the key at this moment: the second must not go before it.
TEST_F(KeyedHelp, AKeyWhoseFirstItemIsBeingClaimedIsLeftAlone) {
    database.needs_postgres("SKIP LOCKED for help");
    put("a", "1");
    put("a", "2");
    put("b", "3");
    pqxx::connection other{database.dsn()};
    pqxx::work claiming{other};
    claiming.exec("SELECT FROM leasehold.items_keys WHERE payload = '1' FOR UPDATE");
    EXPECT_EQ(payloads(mate.claim_helping({0}, 9)), "3");
    EXPECT_TRUE(mate.claim_helping({0}, 9).empty());
}

// Claimed and not yet committed: who comes second sees the first one's key as free.
TEST_F(KeyedHelp, OfTwoThatClaimAKeyAtOnceOneGetsIt) {
    put("a", "1");
    put("a", "2");
    int attempts = 0;
    const auto theirs = mate.transact([&](transaction& tx) {
        tx.run("SELECT 1");
        if (++attempts == 1) {
            EXPECT_EQ(payloads(boss.claim_from({0}, 1)), "1");
        }
        return claim_items(tx, keyed, {mate.id(), {0}, 9, lease_role::helper}).claims;
    });
    EXPECT_EQ(attempts, 2);
    EXPECT_TRUE(theirs.empty());
}

}  // namespace
}  // namespace leasehold
