// Each check of `leasehold verify` holds for a healthy queue in every state, and fails when the
// very thing it is about is damaged.

#include "items/verify_store.hpp"
#include "items/claim_store.hpp"
#include "items/enqueue_store.hpp"
#include "parts/keyspace.hpp"
#include "parts/lease_store.hpp"
#include "session/session_store.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <optional>

namespace leasehold {

namespace {

const std::string other_session = "99999999-9999-4999-8999-999999999999";

/// A queue of four parts: session `me` owns parts 0 and 1, part 2 belongs to nobody, `gone` has
/// expired and still holds part 3. In parts 0 and 3 one item is claimed and one is ready.
class VerifyStore : public testing::Test {
protected:
    void SetUp() override {
        run_transaction(on, counters, [&](transaction& tx) {
            register_session(tx, "mail", me, identity("me"), {});
            register_session(tx, "mail", gone, identity("gone"), {});
            test::take_planned(tx, "mail", me, {{0}, {1}});
            test::take_planned(tx, "mail", gone, {{3}});
            for (const int part : {0, 0, 3, 3}) {
                test::put_items(tx, queue, {{.payload = "1", .id = id_in(part)}});
            }
        });
        run_transaction(on, counters, [&](transaction& tx) {
            claim_items(tx, queue, {me, {0}, 1});
            claim_items(tx, queue, {gone, {3}, 1});
        });
        db.sql(
            "UPDATE leasehold.sessions SET heartbeat_at = now() - interval '11 s',"
            " expires_at = now() - interval '1 s' WHERE id = '" +
            to_text(gone) + "'");
    }

    static process_identity identity(const std::string& name) {
        return {.name = name, .host = "here", .pid = 1, .version = "test"};
    }

    /// The part waits for a session of the same name to come back.
    void keep_for_a_restart(int part) {
        db.sql("UPDATE leasehold.parts SET planned_for = '" + other_session +
               "' WHERE part = " + std::to_string(part));
        db.sql(
            "INSERT INTO leasehold.vacant_seats (queue, session, name, weight) VALUES ('mail', '" +
            other_session + "', 'back-soon', 1)");
    }
    item_id id_in(int part) const {
        while (true) {
            if (const auto id = random_item_id();
                part_of(id.value, queue.part_count) == part_id{part}) {
                return id;
            }
        }
    }

    std::vector<invariant_check> verify() {
        return read_snapshot(on, [&](transaction& tx) { return verify_queue(tx, queue); });
    }

    /// The names of the checks that fail now.
    std::vector<std::string> broken() {
        std::vector<std::string> names;
        for (const auto& one : verify()) {
            if (!one.ok) {
                names.push_back(one.name);
            }
        }
        return names;
    }

    /// Fails unless the check `name` fails, with a detail that holds `detail`.
    void expect_broken(const std::string& name, const std::string& detail) {
        const auto checks = verify();
        const auto found = std::find_if(checks.begin(), checks.end(),
                                        [&](const auto& one) { return one.name == name; });
        ASSERT_NE(found, checks.end()) << "there is no check " << name;
        EXPECT_FALSE(found->ok) << name << ": " << found->detail;
        EXPECT_NE(found->detail.find(detail), std::string::npos) << found->detail;
        EXPECT_FALSE(all_hold(checks));
    }

    /// Runs `statement` with foreign keys switched off.
    void damage(const std::string& statement) {
        db.sql("SET session_replication_role = replica");
        db.sql(statement);
        db.sql("SET session_replication_role = DEFAULT");
    }

    void change_session(const std::string& name, const std::string& columns) {
        db.sql("UPDATE leasehold.sessions SET " + columns + " WHERE name = '" + name + "'");
    }

    /// Makes the session "gone" one that expired `seconds` ago.
    void expire_gone(int seconds) {
        const auto ago = [](int s) { return "now() - interval '" + std::to_string(s) + " s'"; };
        change_session("gone",
                       "heartbeat_at = " + ago(seconds + 10) + ", expires_at = " + ago(seconds));
    }

    test::fresh_database db{};
    queue_info queue = db.make_queue("mail", 4);
    connection on = db.connect();
    transaction_counters counters{};
    session_id me = random_session_id();
    session_id gone = random_session_id();
};

using names = std::vector<std::string>;

TEST_F(VerifyStore, AQueueInUseBreaksNoRule) { EXPECT_EQ(broken(), names{}); }

TEST_F(VerifyStore, AnEmptyQueueSaysThatThereWasNothingToLookAt) {
    const auto empty = db.make_queue("empty", 1);
    const auto checks = read_snapshot(on, [&](transaction& tx) { return verify_queue(tx, empty); });
    EXPECT_TRUE(all_hold(checks));
    EXPECT_EQ(checks.front().detail, "nothing to look at: 0 owned parts");
}

TEST_F(VerifyStore, OtherQueuesAreNotLookedAt) {
    const auto other = db.make_queue("other", 2);
    db.sql("ALTER TABLE leasehold.items_mail DROP CONSTRAINT a_token_counts_every_claim");
    db.sql("UPDATE leasehold.items_mail SET token = 0, attempt = 3");
    const auto checks = read_snapshot(on, [&](transaction& tx) { return verify_queue(tx, other); });
    EXPECT_TRUE(all_hold(checks));
}

// I1

TEST_F(VerifyStore, SeesTwoOwnersOfOnePart) {
    db.sql("DROP INDEX leasehold.a_part_has_at_most_one_owner");
    damage("INSERT INTO leasehold.session_parts (id, queue, part, epoch) VALUES ('" +
           to_text(gone) + "', 'mail', 0, 1)");
    expect_broken("a part has at most one owner", "part 0 has 2 owners");
}

TEST_F(VerifyStore, SeesThatTheUniqueOwnerIsNoLongerEnforced) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("DROP INDEX leasehold.a_part_has_at_most_one_owner");
    expect_broken("the constraints on leases stand", "a_part_has_at_most_one_owner");
    db.sql(
        "CREATE UNIQUE INDEX a_part_has_at_most_one_owner"
        " ON leasehold.session_parts (queue, part, id) WHERE role = 'owner'");
    expect_broken("the constraints on leases stand", "a_part_has_at_most_one_owner");
}

/// A helper of part 0, and its rows in the log.
TEST_F(VerifyStore, WhoHelpsBreaksNoRuleOfOwners) {
    db.sql("INSERT INTO leasehold.session_parts (id, queue, part, epoch, role) VALUES ('" +
           to_text(gone) + "', 'mail', 0, 1, 'helper')");
    const auto log = [&](const std::string& at, const std::string& column) {
        db.sql("INSERT INTO leasehold.ownership_log (queue, part, epoch, at, " + column +
               ", reason, role) VALUES ('mail', 0, 1, now() - interval '" + at + "', '" +
               to_text(gone) + "', 'help', 'helper')");
    };
    log("3 min", "to_session");
    log("2 min", "from_session");
    log("1 min", "to_session");
    EXPECT_EQ(broken(), names{});
    db.sql(
        "INSERT INTO leasehold.ownership_log (queue, part, epoch, at, to_session, reason)"
        " VALUES ('mail', 0, 2, now() - interval '10 min', '" +
        other_session + "', 'plan')");
    expect_broken("epochs rise with time", "part 0 was in epoch 1");
}

TEST_F(VerifyStore, SeesHelpInAnEpochThatNeverWas) {
    db.sql(
        "INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason, role)"
        " VALUES ('mail', 0, 7, '" +
        to_text(gone) + "', 'help', 'helper')");
    expect_broken("epochs rise with time", "its last epoch is 1");
}

TEST_F(VerifyStore, SeesAnInvalidUniqueIndex) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql(
        "UPDATE pg_catalog.pg_index SET indisvalid = false"
        " WHERE indexrelid = 'leasehold.a_part_has_at_most_one_owner'::regclass");
    expect_broken("the constraints on leases stand", "a_part_has_at_most_one_owner");
}

TEST_F(VerifyStore, SeesThatTheForeignKeysOfLeasesAreSwitchedOff) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("ALTER TABLE leasehold.session_parts DISABLE TRIGGER ALL");
    expect_broken("the constraints on leases stand",
                  "a_lease_belongs_to_a_session_of_the_same_queue");
}

TEST_F(VerifyStore, SeesALeaseWithoutASession) {
    damage("DELETE FROM leasehold.sessions WHERE name = 'gone'");
    expect_broken("a lease is a session's of this queue, on a part of it",
                  to_text(gone) + ", which is no session of the queue");
}

TEST_F(VerifyStore, SeesALeaseOnAPartThatIsNotThere) {
    damage("INSERT INTO leasehold.session_parts (id, queue, part, epoch) VALUES ('" + to_text(me) +
           "', 'mail', 9, 1)");
    expect_broken("a lease is a session's of this queue, on a part of it",
                  "holds part 9, which is no part of the queue");
}

TEST_F(VerifyStore, SeesAnOwnerInAnOldEpoch) {
    db.sql("UPDATE leasehold.parts SET epoch = 7 WHERE part = 1");
    expect_broken("an owner's epoch is its part's last", "in epoch 1, the last is 7");
}

TEST_F(VerifyStore, SeesAnEpochTakenTwice) {
    db.sql(
        "INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason)"
        " VALUES ('mail', 1, 1, '" +
        other_session + "', 'plan')");
    expect_broken("an epoch was taken once, by whoever holds it",
                  "epoch 1 of part 1 was taken 2 times");
}

TEST_F(VerifyStore, SeesAnOwnerThatTheLogDoesNotKnow) {
    db.sql("UPDATE leasehold.ownership_log SET to_session = '" + other_session +
           "' WHERE part = 3");
    expect_broken("an epoch was taken once, by whoever holds it",
                  "session " + to_text(gone) + " owns part 3 in epoch 1");
}

TEST_F(VerifyStore, SeesEpochsThatFallWithTime) {
    db.sql("UPDATE leasehold.parts SET epoch = 5 WHERE part = 2");
    db.sql(
        "INSERT INTO leasehold.ownership_log (queue, part, epoch, at, to_session, reason)"
        " VALUES ('mail', 2, 5, now() - interval '1 hour', '" +
        other_session +
        "', 'plan'),"
        " ('mail', 2, 4, now() - interval '30 min', '" +
        other_session + "', 'plan')");
    expect_broken("epochs rise with time", "part 2 was in epoch 4");
}

TEST_F(VerifyStore, SeesAnEpochBeyondThePartsLast) {
    db.sql(
        "INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason)"
        " VALUES ('mail', 2, 5, '" +
        other_session + "', 'plan')");
    expect_broken("epochs rise with time", "but its last epoch is 0");
}

// I2

TEST_F(VerifyStore, SeesThatAPartsRowIsMissing) {
    damage("DELETE FROM leasehold.parts WHERE part = 2");
    expect_broken("every part is there, with a table of its own",
                  "part 2 has no row in leasehold.parts");
}

TEST_F(VerifyStore, SeesThatAPartsTableIsMissing) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("DROP TABLE leasehold.items_mail_2");
    expect_broken("every part is there, with a table of its own",
                  "part 2 has no table items_mail_2 of its own");
}

TEST_F(VerifyStore, SeesATableTooMany) {
    db.sql("CREATE TABLE leasehold.items_mail_rest PARTITION OF leasehold.items_mail DEFAULT");
    expect_broken("every part is there, with a table of its own",
                  "the table items_mail_rest belongs to no part");
}

TEST_F(VerifyStore, SeesThatAClaimIsNoLongerTiedToALease) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql(
        "ALTER TABLE leasehold.items_mail"
        " DROP CONSTRAINT a_claim_needs_a_lease_on_the_items_own_part");
    expect_broken("the constraints on items and claims stand",
                  "leasehold.items_mail is without the foreign key");
}

TEST_F(VerifyStore, SeesThatOneLeafsForeignKeyIsSwitchedOff) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("ALTER TABLE leasehold.items_mail_3 DISABLE TRIGGER ALL");
    expect_broken("the constraints on items and claims stand",
                  "leasehold.items_mail_3 is without the foreign key");
}

TEST_F(VerifyStore, SeesThatTheLeaseMayEndUnderAClaim) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("ALTER TABLE leasehold.session_parts DISABLE TRIGGER ALL");
    expect_broken("the constraints on items and claims stand",
                  "leasehold.items_mail is without the foreign key");
}

TEST_F(VerifyStore, SeesAForeignKeyOfTheWrongColumns) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("UPDATE leasehold.items_mail SET claim = NULL");
    db.sql(
        "ALTER TABLE leasehold.items_mail"
        " DROP CONSTRAINT a_claim_needs_a_lease_on_the_items_own_part");
    db.sql(
        "ALTER TABLE leasehold.items_mail"
        " ADD CONSTRAINT a_claim_needs_a_lease_on_the_items_own_part"
        " FOREIGN KEY (claim, priority) REFERENCES leasehold.session_parts (id, part)");
    expect_broken("the constraints on items and claims stand",
                  "leasehold.items_mail is without the foreign key");
}

TEST_F(VerifyStore, SeesThatThePartIsNoLongerChecked) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("ALTER TABLE leasehold.items_mail_1 DROP CONSTRAINT an_item_lies_in_the_part_of_its_id");
    expect_broken("the constraints on items and claims stand",
                  "an_item_lies_in_the_part_of_its_id");
}

TEST_F(VerifyStore, SeesAnItemInTheWrongPart) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("ALTER TABLE leasehold.items_mail_1 DROP CONSTRAINT an_item_lies_in_the_part_of_its_id");
    const auto id = to_text(id_in(2));
    db.sql("INSERT INTO leasehold.items_mail (part, id, payload) VALUES (1, '" + id + "', '1')");
    expect_broken("an item lies in the part of its id",
                  "item " + id +
                      " says part 1 and lies in leasehold.items_mail_1, its id is of "
                      "part 2");
}

TEST_F(VerifyStore, SeesItemsInATableThatIsNotTheirParts) {
    db.needs_postgres("the catalog of PostgreSQL");
    db.sql("ALTER TABLE leasehold.items_mail_0 RENAME TO items_mail_x");
    db.sql("ALTER TABLE leasehold.items_mail_3 RENAME TO items_mail_0");
    db.sql("ALTER TABLE leasehold.items_mail_x RENAME TO items_mail_3");
    expect_broken("an item lies in the part of its id", "4 wrong");
    expect_broken("every part is there, with a table of its own", "part 0 has no table");
}

TEST_F(VerifyStore, SeesAClaimOutsideTheSessionsParts) {
    damage("UPDATE leasehold.items_mail SET claim = '" + to_text(me) +
           "', attempt = 1, token = 1 WHERE part = 3 AND claim IS NULL");
    expect_broken("a claim is under a lease on the item's own part",
                  "session " + to_text(me) + " claims 1 items of part 3");
}

TEST_F(VerifyStore, SeesAClaimWhoseLeaseIsGone) {
    damage("DELETE FROM leasehold.session_parts WHERE id = '" + to_text(gone) + "'");
    expect_broken("a claim is under a lease on the item's own part",
                  "session " + to_text(gone) + " claims 1 items of part 3");
}

// I3 and I4

TEST_F(VerifyStore, SeesATokenThatMissedAClaim) {
    db.sql("ALTER TABLE leasehold.items_mail DROP CONSTRAINT a_token_counts_every_claim");
    db.sql(
        "UPDATE leasehold.items_mail SET attempt = 2, token = 1 WHERE part = 0 AND claim IS NULL");
    expect_broken("a token counts every claim", "has token 1 at attempt 2");
}

TEST_F(VerifyStore, SeesAClaimThatRaisedNoToken) {
    damage("UPDATE leasehold.items_mail SET attempt = 0, token = 0 WHERE claim IS NOT NULL");
    expect_broken("a token counts every claim", "has token 0 at attempt 0 and is claimed");
}

TEST_F(VerifyStore, SeesAnItemThatWaitsWithoutAnAttemptLeft) {
    db.sql(
        "UPDATE leasehold.items_mail SET attempt = 25, token = 25"
        " WHERE part = 0 AND claim IS NOT NULL");
    EXPECT_EQ(broken(), names{}) << "the last attempt may run";
    db.sql(
        "UPDATE leasehold.items_mail SET attempt = 25, token = 25"
        " WHERE part = 0 AND claim IS NULL");
    expect_broken("an item keeps to its attempts", "waits after 25 attempts of 25");
}

TEST_F(VerifyStore, SeesAnItemThatRunsTooOften) {
    db.sql(
        "UPDATE leasehold.items_mail SET attempt = 26, token = 26"
        " WHERE part = 0 AND claim IS NOT NULL");
    expect_broken("an item keeps to its attempts", "is claimed after 26 attempts of 25");
}

TEST_F(VerifyStore, SeesAnItemThatDiedAndIsThereStill) {
    db.sql(
        "INSERT INTO leasehold.dead_items (queue, id, part, payload, priority, attempt,"
        " max_attempts, created_at, token)"
        " SELECT 'mail', id, part, payload, priority, 1, 25, created_at, 1"
        " FROM leasehold.items_mail WHERE part = 0 AND claim IS NULL");
    expect_broken("a dead item is gone from the queue", "is there still");
}

TEST_F(VerifyStore, AnIdMayBeEnqueuedAnewAfterItsItemDied) {
    db.sql(
        "INSERT INTO leasehold.dead_items (queue, id, part, payload, priority, attempt,"
        " max_attempts, created_at, token)"
        " SELECT 'mail', id, part, payload, priority, 1, 25, created_at - interval '1 h', 1"
        " FROM leasehold.items_mail");
    EXPECT_EQ(broken(), names{});
}

TEST_F(VerifyStore, SeesThatNobodyEndsAnExpiredSession) {
    // Both have been there for long; the ttl is 10 s, and a minute is given for the sweep.
    keep_for_a_restart(2);
    change_session("me", "registered_at = now() - interval '1 hour'");
    expire_gone(68);
    EXPECT_EQ(broken(), names{});
    expire_gone(75);
    expect_broken("an expired session is ended within its ttl and a minute",
                  "holds 1 parts and 1 claims");
}

TEST_F(VerifyStore, AnExpiredSessionWaitsForSomebodyToEndIt) {
    expire_gone(3600);
    EXPECT_EQ(broken(), names{}) << "its reaper has only just come";
    change_session("me", "registered_at = now() - interval '1 hour', state = 'leaving'");
    EXPECT_EQ(broken(), names{}) << "nobody is at work";
}

TEST_F(VerifyStore, SeesThatNobodyTakesAFreePart) {
    const auto check = "a part finds an owner within a ttl and a minute";
    change_session("me", "registered_at = now() - interval '68 s'");
    EXPECT_EQ(broken(), names{}) << "whoever is to take part 2 came just now";
    change_session("me", "registered_at = now() - interval '75 s'");
    expect_broken(check, "part 2 has had no owner for 75 s");
    db.sql(
        "INSERT INTO leasehold.ownership_log (queue, part, epoch, at, from_session, reason)"
        " VALUES ('mail', 2, 0, now() - interval '5 s', '" +
        other_session + "', 'plan')");
    EXPECT_EQ(broken(), names{}) << "it was let go of 5 s ago";
    db.sql("UPDATE leasehold.ownership_log SET at = now() - interval '72 s' WHERE part = 2");
    expect_broken(check, "part 2 has had no owner for 72 s");
    keep_for_a_restart(2);
    EXPECT_EQ(broken(), names{});
}

// I7

// As when the connection of its heartbeats was found closed.
TEST_F(VerifyStore, ASessionMayExpireBeforeItsTtlIsOver) {
    change_session("gone", "expires_at = heartbeat_at + interval '1 ms'");
    EXPECT_EQ(broken(), names{});
}

TEST_F(VerifyStore, SeesASessionRevivedByHand) {
    change_session("gone", "expires_at = now() + interval '1 hour'");
    expect_broken("a session expires within a ttl of its heartbeat", "with a ttl of 10000 ms");
}

TEST_F(VerifyStore, SeesAnExpiredSessionThatTakesAPartAgain) {
    const auto log = [&](const std::string& at, const std::string& column, int number,
                         const std::string& reason) {
        db.sql("UPDATE leasehold.parts SET epoch = " + std::to_string(number) + " WHERE part = 2");
        db.sql("INSERT INTO leasehold.ownership_log (queue, part, epoch, at, " + column +
               ", reason) VALUES ('mail', 2, " + std::to_string(number) + ", now() - interval '" +
               at + "', '" + other_session + "', '" + reason + "')");
    };
    log("10 min", "to_session", 1, "plan");
    log("9 min", "from_session", 1, "expired");
    EXPECT_EQ(broken(), names{});
    log("5 min", "to_session", 2, "plan");
    expect_broken("a session that expired takes no part again", other_session + " expired");
}

}  // namespace

}  // namespace leasehold
