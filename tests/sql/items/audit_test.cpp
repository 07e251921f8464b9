// Each kind of change leaves exactly one row in the audit, the right one, with the change itself.

#include "items/audit_setup.hpp"
#include "items/audit_store.hpp"
#include "items/history_rules.hpp"
#include "items/queue_setup.hpp"
#include "parts/keyspace.hpp"
#include "parts/queue_store.hpp"
#include "tests/support/leased_seat.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

struct Audit : testing::Test {
    test::postgres_database database{"audits"};
    queue_info queue = database.make_queue("mail", 4);
    connection on = database.connect();
    transaction_counters counters;
    test::hand_driven seat{database, queue};

    void SetUp() override {
        seat.take(test::parts_from(0, 3));
        switch_audit_on(on, counters, "mail");
    }

    item_id id_in(int part) const {
        while (true) {
            if (const auto id = random_item_id(); part_of(id.value, 4) == part_id{part}) {
                return id;
            }
        }
    }
    item_id put(int part = 0, int max_attempts = 25) {
        return seat.put({{.payload = "1", .id = id_in(part), .max_attempts = max_attempts}})
            .front()
            .id;
    }
    claim take_one(int part = 0, int max_attempts = 25) {
        put(part, max_attempts);
        return seat.claim_from({part}, 1).front();
    }
    static std::string view_of(const item_id& id) { return "'" + to_text(id) + "'"; }

    /// What the audit says that this test has not seen yet: "what part session token attempt",
    /// where the session is "me", "other" or "-", and tokens count from where the item's begin.
    lines news() {
        lines found;
        const auto rows = database.sql(
            "SELECT concat_ws(' ', what, part, CASE WHEN session IS NULL THEN '-'"
            " WHEN session = '" +
            to_text(seat.id()) +
            "' THEN 'me' ELSE 'other' END, token & 1048575, attempt) AS line, seq"
            " FROM leasehold.item_audit WHERE item IS NOT NULL AND seq > " +
            std::to_string(seen_) + " ORDER BY seq");
        for (const auto& row : rows) {
            found.emplace_back(row[0].c_str());
            seen_ = row[1].as<std::int64_t>();
        }
        return found;
    }
    int count(const std::string& from) { return database.count(from); }
    lines broken() {
        const auto checks = read_snapshot(on, [&](transaction& tx) {
            history_judge judge{read_coverage(tx, "mail"), read_ownership(tx, "mail"), {}, {}};
            read_audit(tx, queue, [&](const audit_event& one) { judge.see(one); });
            return judge.verdict();
        });
        lines names;
        for (const auto& one : checks) {
            if (!one.holds()) {
                names.push_back(one.name + ": " + one.detail());
            }
        }
        return names;
    }

private:
    std::int64_t seen_ = 0;
};

TEST_F(Audit, EveryWayToEnqueueIsOneRow) {
    put(2);
    EXPECT_EQ(news(), lines{"enqueued 2 - 0 0"});
    const auto id = id_in(1);
    database.sql("INSERT INTO leasehold.queue_mail (id, payload) VALUES (" + view_of(id) +
                 ", '1')");
    EXPECT_EQ(news(), lines{"enqueued 1 - 0 0"});
    database.sql("SELECT leasehold.enqueue('mail', '1', " + view_of(id_in(3)) + ")");
    EXPECT_EQ(news(), lines{"enqueued 3 - 0 0"});
    EXPECT_THROW(database.sql("INSERT INTO leasehold.queue_mail (id, payload) VALUES (" +
                              view_of(id) + ", '1')"),
                 pqxx::failure);
    EXPECT_EQ(news(), lines{}) << "refused, so it did not happen";
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, AClaimAndItsCompletionAreOneRowEach) {
    const auto held = take_one();
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "claimed 0 me 1 1"}));
    EXPECT_EQ(seat.end(held), ack_result::acknowledged);
    EXPECT_EQ(news(), lines{"completed 0 me 1 1"});
    EXPECT_EQ(seat.end(held), ack_result::lost);
    EXPECT_EQ(news(), lines{});
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, RetrySnoozeAndReleaseReturnTheItem) {
    const auto held = take_one();
    EXPECT_EQ(seat.end(held, row_returned{.delay = 0ms, .error = "no"}), ack_result::acknowledged);
    const auto again = seat.claim_from({0}, 1).front();
    EXPECT_EQ(seat.end(again, row_returned{.attempts_given_back = 1}), ack_result::acknowledged);
    const auto third = seat.claim_from({0}, 1).front();
    EXPECT_EQ(seat.end(third, row_returned{.delay = 1h, .attempts_given_back = 1}),
              ack_result::acknowledged);
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "claimed 0 me 1 1", "returned 0 me 1 1",
                             "claimed 0 me 2 2", "returned 0 me 2 2", "claimed 0 me 3 2",
                             "returned 0 me 3 2"}));
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, ABurialIsNoCompletion) {
    const auto held = take_one();
    EXPECT_EQ(seat.end(held, row_buried{"never"}), ack_result::acknowledged);
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "claimed 0 me 1 1", "buried 0 me 1 1"}));
    EXPECT_EQ(broken(), lines{});
}

// The row says nothing of such a claim; the audit has both its ends, when it ends.
struct AuditOfLeases : Audit {
    test::leased_seat owner{database, queue};
    lease own{};

    void SetUp() override {
        own = owner.begin({{0}}).at(0);
        switch_audit_on(on, counters, "mail");
    }
    claim shown() {
        owner.put({{.payload = "1", .id = id_in(0)}});
        return owner.see(own, 1).front();
    }
};

TEST_F(AuditOfLeases, EachEndIsAClaimAndItsEnd) {
    ASSERT_EQ(owner.end_by_lease(shown()), ack_result::acknowledged);
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "claimed 0 other 1 1", "completed 0 other 1 1"}));
    const auto held = shown();
    ASSERT_EQ(owner.end_by_lease(held, row_returned{.delay = 0ms, .error = "no"}),
              ack_result::acknowledged);
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "claimed 0 other 1 1", "returned 0 other 1 1"}));
    ASSERT_EQ(owner.end_by_lease(owner.see(own, 1).front(), row_buried{"never"}),
              ack_result::acknowledged);
    EXPECT_EQ(news(), (lines{"claimed 0 other 2 2", "buried 0 other 2 2"}));
    EXPECT_EQ(owner.end_by_lease(held), ack_result::lost);
    EXPECT_EQ(news(), lines{});
    EXPECT_EQ(broken(), lines{});
}

TEST_F(AuditOfLeases, OneThatIsWrittenDownIsClaimedThenAndEndsLater) {
    const auto held = shown();
    owner.write_rows({{0}}, {held});
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "claimed 0 other 1 1"}));
    ASSERT_EQ(owner.end_by_lease(held), ack_result::acknowledged);
    EXPECT_EQ(news(), lines{"completed 0 other 1 1"});
    EXPECT_EQ(broken(), lines{});
}

TEST_F(AuditOfLeases, TokensMayRiseAboveWhatACrashedOwnerShowed) {
    shown();
    seat.transact([&](transaction& tx) { test::plan_for(tx, "mail", seat.id(), {{0}}); });
    ASSERT_EQ(owner.reaped_from({0}).size(), 1U);
    const auto base = database.sql("SELECT token_base FROM leasehold.parts WHERE part = 0");
    const auto held = seat.transact([&](transaction& tx) {
        return claim_items(tx, queue,
                           {.session = seat.id(),
                            .part = {0},
                            .claims_max = 1,
                            .base = {base[0][0].as<std::int64_t>()}})
            .claims.at(0);
    });
    ASSERT_EQ(seat.end(held), ack_result::acknowledged);
    EXPECT_EQ(broken(), lines{});
}

TEST_F(AuditOfLeases, WhatIsDoneByHandIsNotTakenForAnEndByTheLease) {
    const auto gone = shown();
    database.sql("DELETE FROM leasehold.items_mail WHERE id = " + view_of(gone.held.id));
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "deleted 0 - 0 0"}));
    const auto held = shown();
    database.sql("UPDATE leasehold.items_mail SET token = 7 WHERE id = " + view_of(held.held.id));
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "altered 0 - 7 0"}));
    EXPECT_EQ(broken().size(), 1U);
}

TEST_F(AuditOfLeases, AnEndWhoseLeaseWasAnothersIsFound) {
    const auto held = shown();
    // As a mistaken statement would: it names who never had the lease.
    database.sql("SELECT set_config('leasehold.by_lease', '" + to_text(random_session_id()) +
                 ":0', false)");
    database.sql("DELETE FROM leasehold.items_mail WHERE id = " + view_of(held.held.id));
    ASSERT_EQ(news().size(), 3U);
    ASSERT_EQ(broken().size(), 1U);
    EXPECT_NE(broken()[0].find("neither owned the part then nor helped"), std::string::npos)
        << broken()[0];
}

TEST_F(Audit, ABatchTellsBurialsFromCompletionsOfOnePart) {
    for (int i = 0; i < 40; ++i) {
        put();
    }
    const auto held = seat.claim_from({0}, 40);
    std::vector<ack_request> all;
    for (std::size_t i = 0; i < held.size(); ++i) {
        all.push_back({held[i], i % 2 == 0 ? row_change{row_done{}} : row_change{row_buried{"x"}}});
    }
    seat.transact([&](transaction& tx) { (void)acknowledge(tx, queue, all); });
    for (std::size_t i = 0; i < held.size(); ++i) {
        EXPECT_EQ(count("leasehold.item_audit WHERE what = '" +
                        std::string{i % 2 == 0 ? "completed" : "buried"} +
                        "' AND item = " + view_of(held[i].held.id)),
                  1);
    }
    EXPECT_EQ(count("leasehold.item_audit WHERE what IN ('completed', 'buried')"), 40);
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, OnlyTheBurialItselfMarksABurial) {
    // Buried, enqueued anew under its id, claimed and completed, all in one transaction: the second
    // end has the token of the first.
    const auto held = take_one();
    seat.transact([&](transaction& tx) {
        (void)acknowledge(tx, queue, std::vector<ack_request>{{held, row_buried{"x"}}});
        test::put_items(tx, queue, std::vector{new_item{.payload = "1", .id = held.held.id}});
        const auto again = claim_items(tx, queue, {seat.id(), {0}, 1}).claims;
        (void)acknowledge(tx, queue, std::vector<ack_request>{{again.front(), row_done{}}});
    });
    EXPECT_EQ(news(), (lines{"enqueued 0 - 0 0", "claimed 0 me 1 1", "buried 0 me 1 1",
                             "enqueued 0 - 0 0", "claimed 0 me 1 1", "completed 0 me 1 1"}));
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, AClaimThatAnotherHandEndsIsFreedOrSpent) {
    take_one();
    take_one(0, 1);
    EXPECT_EQ(seat.transact([&](transaction& tx) {
        return free_claims(tx, queue, seat.id(), {0}, 100, "gone");
    }),
              2);
    auto rows = news();
    const lines ends(rows.end() - 2, rows.end());
    EXPECT_EQ(ends, (lines{"spent 0 me 1 1", "freed 0 me 1 1"}));
    const auto again = seat.claim_from({0}, 1).front();
    EXPECT_EQ(seat.end(again, row_returned{.delay = 0ms}), ack_result::acknowledged);
    EXPECT_EQ(news(), (lines{"claimed 0 me 2 2", "returned 0 me 2 2"}))
        << "what one transaction noted is nothing to the next";
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, AnItemTakenAwayUnclaimedIsCancelled) {
    const auto id = put(3);
    database.sql("DELETE FROM leasehold.queue_mail WHERE id = " + view_of(id));
    EXPECT_EQ(news(), (lines{"enqueued 3 - 0 0", "deleted 3 - 0 0"}));
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, ADeadItemThatComesBackIsForgottenAndEnqueued) {
    EXPECT_EQ(seat.end(take_one(), row_buried{"x"}), ack_result::acknowledged);
    news();
    database.sql(
        "WITH back AS (DELETE FROM leasehold.dead_items WHERE queue = 'mail'"
        " RETURNING id, payload) INSERT INTO leasehold.queue_mail (id, payload)"
        " SELECT id, payload FROM back");
    auto rows = news();
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, (lines{"enqueued 0 - 0 0", "forgotten 0 - 1 1"}));
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, AnEditThatLeavesTheClaimAloneIsNoChange) {
    const auto held = take_one();
    put(1);
    news();
    database.sql("UPDATE leasehold.queue_mail SET priority = -1, run_at = now(), last_error = 'x'");
    database.sql("UPDATE leasehold.queue_mail SET payload = '2' WHERE claim IS NOT NULL");
    EXPECT_EQ(news(), lines{});
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, AClaimOrTokenChangedByHandIsSeen) {
    take_one();
    news();
    database.sql("UPDATE leasehold.queue_mail SET token = 9");
    EXPECT_EQ(news(), lines{"altered 0 me 9 1"});
    EXPECT_EQ(broken().size(), 1U);
}

TEST_F(Audit, WhatIsRolledBackDidNotHappen) {
    try {
        seat.transact([&](transaction& tx) {
            test::put_items(tx, queue, std::vector{new_item{.payload = "1"}});
            throw std::runtime_error("no");
        });
    } catch (const std::runtime_error&) {
        EXPECT_EQ(news(), lines{});
    }
    put();
    EXPECT_EQ(database
                  .sql("SELECT count(*) FROM leasehold.item_audit AS a JOIN "
                       "leasehold.items_mail AS i ON i.id = a.item "
                       "WHERE a.xid::text = i.xmin::text")[0][0]
                  .as<int>(),
              1)
        << "the row is written by the transaction that it is about";
}

TEST_F(Audit, AProducerNeedsNoRightOnTheAuditAndCannotWriteIt) {
    const std::string role = "app_" + database.name();
    database.sql("CREATE ROLE " + role);
    database.sql("GRANT USAGE ON SCHEMA leasehold TO " + role);
    database.sql("GRANT INSERT, SELECT (id) ON leasehold.queue_mail TO " + role);
    for (int part = 0; part < 4; ++part) {
        database.sql("GRANT INSERT ON leasehold.items_mail_" + std::to_string(part) + " TO " +
                     role);
    }
    database.sql("SET ROLE " + role);
    database.sql("INSERT INTO leasehold.queue_mail (payload) VALUES ('1')");
    EXPECT_THROW(database.sql("INSERT INTO leasehold.item_audit (queue, part, what)"
                              " VALUES ('mail', 0, 'enqueued')"),
                 pqxx::failure);
    EXPECT_FALSE(
        database.sql("SELECT has_function_privilege('leasehold.audit_item()', 'execute')")[0][0]
            .as<bool>())
        << "else it could forge rows by a table of its own";
    database.sql("RESET ROLE");
    EXPECT_EQ(news().size(), 1U);
    database.sql("DROP OWNED BY " + role);
    database.sql("DROP ROLE " + role);
}

// The audit is one table for all: what its writers look at must not make them conflict.
TEST_F(Audit, ChangesInDisjointPartsNeverAbortEachOther) {
    test::hand_driven other{database, queue};
    seat.transact([&](transaction& tx) {
        release_leases(tx, "mail", seat.id(), {{2}, {3}}, "test");
    });
    other.take(test::parts_from(2, 3));
    for (const int part : {0, 1, 2, 3}) {
        put(part);
    }
    transaction_counters mine;
    run_transaction(seat.on(), mine, [&](transaction& tx) {
        const auto first = claim_items(tx, queue, {seat.id(), {0}, 5}).claims;
        // Wholly inside the first one's time.
        const auto theirs = other.claim_from({2}, 5);
        EXPECT_EQ(other.end(theirs.front()), ack_result::acknowledged);
        EXPECT_EQ(other.end(other.claim_from({3}, 5).front(), row_buried{"x"}),
                  ack_result::acknowledged);
        claim_items(tx, queue, {seat.id(), {1}, 5});
        (void)acknowledge(tx, queue, std::vector<ack_request>{{first.front(), row_done{}}});
    });
    EXPECT_EQ(mine.retries, 0);
    EXPECT_EQ(other.counters().retries, 0);
    EXPECT_EQ(broken(), lines{});
}

// Switching.

TEST_F(Audit, BeginsWithWhatIsThere) {
    switch_audit_off(on, counters, "mail");
    clear_audit(on, counters, "mail");
    const auto held = take_one(1);
    put(2);
    EXPECT_EQ(news(), lines{});
    EXPECT_EQ(switch_audit_on(on, counters, "mail"), audit_switch::switched);
    EXPECT_EQ(switch_audit_on(on, counters, "mail"), audit_switch::stood_so);
    EXPECT_EQ(news(), (lines{"found 1 me 1 1", "found 2 - 0 0"}));
    EXPECT_EQ(seat.end(held), ack_result::acknowledged);
    EXPECT_EQ(news(), lines{"completed 1 me 1 1"});
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, MissesNothingWhileItIsSwitchedOnBesideWriters) {
    switch_audit_off(on, counters, "mail");
    clear_audit(on, counters, "mail");
    std::atomic<bool> enough{false};
    std::jthread writer{[&] {
        auto own = database.connect();
        transaction_counters mine;
        while (!enough) {
            run_transaction(own, mine, [&](transaction& tx) {
                test::put_items(tx, queue, std::vector<new_item>(20, {.payload = "1"}));
            });
            for (int part = 0; part < 4; ++part) {
                for (const auto& held : seat.claim_from({part}, 3)) {
                    EXPECT_EQ(seat.end(held), ack_result::acknowledged);
                }
            }
        }
    }};
    EXPECT_TRUE(test::eventually([&] { return count("leasehold.items_mail") > 100; }));
    switch_audit_on(on, counters, "mail");
    const int here = count("leasehold.item_audit");
    EXPECT_TRUE(test::eventually([&] { return count("leasehold.item_audit") > here + 200; }));
    enough = true;
    writer.join();
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, ASwitchThatWasCutOffIsFinishedByTheNextCall) {
    switch_audit_off(on, counters, "mail");
    clear_audit(on, counters, "mail");
    put(0);
    put(3);
    switch_audit_on(on, counters, "mail");
    // As if the process had died with two parts to go.
    database.sql("UPDATE leasehold.queues SET audit = 'starting'");
    database.sql("DELETE FROM leasehold.item_audit WHERE part > 1");
    for (const auto* leaf : {"items_mail_2", "items_mail_3"}) {
        database.sql("DROP TRIGGER audit_item ON leasehold." + std::string{leaf});
        database.sql("DROP TRIGGER audit_claim ON leasehold." + std::string{leaf});
    }
    EXPECT_THROW(switch_audit_off(on, counters, "mail"), sql_failure);
    EXPECT_EQ(switch_audit_on(on, counters, "mail"), audit_switch::switched);
    EXPECT_EQ(news(), (lines{"found 0 - 0 0", "found 3 - 0 0"}));
    put(1);
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, WhatHappensWhileItIsOffIsNotInItAndJudgedAGap) {
    put();
    switch_audit_off(on, counters, "mail");
    put();
    EXPECT_EQ(news(), lines{"enqueued 0 - 0 0"});
    EXPECT_EQ(broken().size(), 2U) << "a gap, and an item that the audit does not know";
    switch_audit_on(on, counters, "mail");
    EXPECT_GE(broken().size(), 1U) << "on again, but the gap stays";
    clear_audit(on, counters, "mail");
    put();
    EXPECT_EQ(broken(), lines{});
}

TEST_F(Audit, ATriggerThatIsGoneOrDisabledIsAGap) {
    put();
    EXPECT_EQ(broken(), lines{});
    database.sql("ALTER TABLE leasehold.items_mail_2 DISABLE TRIGGER audit_claim");
    EXPECT_EQ(broken(), lines{"the audit covers all the time: 1 wrong, 4 parts looked at: part 2 "
                              "has 3 of the audit's 4 triggers"});
    database.sql("ALTER TABLE leasehold.items_mail_2 ENABLE TRIGGER audit_claim");
    database.sql("DROP TRIGGER note_burial_mail ON leasehold.dead_items");
    EXPECT_EQ(broken().size(), 1U);
}

TEST_F(Audit, OtherQueuesAreNotTouched) {
    const auto other = database.make_queue("other", 2);
    seat.transact([&](transaction& tx) {
        test::put_items(tx, other, std::vector{new_item{.payload = "1"}});
    });
    database.sql(
        "INSERT INTO leasehold.dead_items (queue, id, part, payload, priority, attempt,"
        " max_attempts, created_at, token) VALUES ('other', gen_random_uuid(), 0, '1', 0,"
        " 1, 1, now(), 1)");
    database.sql("DELETE FROM leasehold.dead_items");
    EXPECT_EQ(count("leasehold.item_audit WHERE item IS NOT NULL"), 0);
    EXPECT_EQ(read_snapshot(on, [](transaction& tx) { return find_queue(tx, "other"); })->audit,
              "off");
}

TEST_F(Audit, GoesWithItsQueue) {
    EXPECT_EQ(seat.end(take_one(), row_buried{"x"}), ack_result::acknowledged);
    seat.transact([&](transaction& tx) {
        release_leases(tx, "mail", seat.id(), test::parts_from(0, 3), "test");
        leave_session(tx, "mail", seat.id());
    });
    drop_queue(on, counters, "mail");
    EXPECT_TRUE(database.sql("SELECT to_regclass('leasehold.item_audit_mail')")[0][0].is_null());
    EXPECT_EQ(count("leasehold.item_audit"), 0);
    EXPECT_EQ(count("pg_trigger WHERE tgname IN ('note_burial_mail', 'audit_mail')"), 0);
    EXPECT_EQ(database.make_queue("mail", 4).audit, "off");
}

TEST_F(Audit, AThousandPartsAreSwitchedOnWithinTheServersLockTable) {
    database.make_queue("wide", 1024);
    EXPECT_EQ(switch_audit_on(on, counters, "wide"), audit_switch::switched);
    EXPECT_EQ(count("leasehold.item_audit WHERE queue = 'wide' AND what = 'switched_on'"), 1024);
    EXPECT_EQ(switch_audit_off(on, counters, "wide"), audit_switch::switched);
}

}  // namespace
}  // namespace leasehold
