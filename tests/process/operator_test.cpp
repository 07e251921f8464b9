// An operator's commands as they are called: what they print and what they refuse.

#include "tests/process/operator_scene.hpp"

namespace leasehold {
namespace {

using nlohmann::json;
using test::Operator;

struct PlanCommand : Operator {
    const session_id ann = sit("ann", 0x10);
    const session_id bob = sit("bob", 0x90);
    void SetUp() override { settle({ann, bob}); }
};

TEST_F(PlanCommand, ShowsThatNothingWouldMove) {
    const auto result = run({"plan", "mail"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "queue mail   8 parts, lexical, plan 1\nAAAABBBB\nnothing would move\n");
    const auto seen = run_json({"plan", "mail"});
    EXPECT_EQ(seen["moved"], 0);
    EXPECT_EQ(seen["moves"], json::array());
}

TEST_F(PlanCommand, ShowsWhatWouldMoveFromWhomToWhomAndWhyAndDoesNotDoIt) {
    const auto result = run({"plan", "mail", "--sessions", "-ann"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("\nbefore\nAAAABBBB\nafter\nBBBBBBBB\n"), std::string::npos)
        << result.out;
    const auto row = "\n0-3        4  A ann " + to_text(ann).substr(0, 8) + "  B bob " +
                     to_text(bob).substr(0, 8) + "  leave\n";
    EXPECT_NE(result.out.find(row), std::string::npos) << row << result.out;
    EXPECT_NE(result.out.find("\nwould move 4 of 8 parts; the least possible is 4\n"),
              std::string::npos)
        << result.out;
    EXPECT_EQ(text("SELECT string_agg(DISTINCT plan::text, ' ') FROM leasehold.parts"), "1");
    EXPECT_EQ(db.count("leasehold.sessions"), 2);
}

TEST_F(PlanCommand, ProgramsAreGivenRangesAndCounts) {
    const auto seen = run_json({"plan", "mail", "--sessions", "-bob"});
    EXPECT_EQ(seen["queue"], "mail");
    EXPECT_EQ(seen["parts"], 8);
    EXPECT_EQ(seen["strategy"], "lexical");
    EXPECT_EQ(seen["plan"], 1);
    EXPECT_EQ(seen["moved"], 4);
    EXPECT_EQ(seen["least_possible"], 4);
    EXPECT_EQ(seen["moves"], json::array({json{{"first", 4},
                                               {"last", 7},
                                               {"from", to_text(bob)},
                                               {"to", to_text(ann)},
                                               {"why", "leave"}}}));
    EXPECT_EQ(seen["sessions"][1], (json{{"id", to_text(bob)},
                                         {"name", "bob"},
                                         {"weight", 1},
                                         {"new", false},
                                         {"before", 4},
                                         {"after", 0}}));
}

TEST_F(PlanCommand, SessionsMayComeAndGoInOneCallUnderAnotherStrategy) {
    const auto seen = run_json({"plan", "mail", "--sessions", "+2", "--sessions=-" + to_text(bob),
                                "--sessions", "+1", "--strategy", "sticky"});
    EXPECT_EQ(seen["strategy"], "sticky");
    EXPECT_EQ(seen["sessions"].size(), 5U);
    EXPECT_EQ(seen["moved"], seen["least_possible"]);
    EXPECT_EQ(seen["moved"], 6);  // of four sessions with two parts each, ann keeps two
    for (const auto& one : seen["sessions"]) {
        EXPECT_EQ(one["after"], one["name"] == "bob" ? 0 : 2) << one;
    }
    EXPECT_EQ(run_json({"plan", "mail"})["strategy"], "lexical");
}

TEST_F(PlanCommand, PartsOnTheirWayAreSaidToBe) {
    db.sql("UPDATE leasehold.sessions SET cordoned = true WHERE name = 'bob'");
    transact([&](transaction& tx) {
        const auto record = *recorded_plan(tx, "mail");
        write_plan(tx, "mail", record, next_plan(record));
    });
    const auto result = run({"plan", "mail"});
    EXPECT_NE(result.out.find("4 parts are still on their way"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find("nothing would move"), std::string::npos) << result.out;
}

TEST_F(PlanCommand, WrongCallsNameTheValueAndTheRemedy) {
    expect_refused({"plan", "nosuch"}, 1, {"'nosuch'", "queue create nosuch"});
    expect_refused({"plan"}, 2, {"QUEUE", "leasehold plan --help"});
    expect_refused({"plan", "mail", "--sessions", "2"}, 2, {"'2'", "+2", "-NAME"});
    expect_refused({"plan", "mail", "--sessions", "+0"}, 2, {"'+0'", "1 to 1000"});
    expect_refused({"plan", "mail", "--sessions", "-eve"}, 1, {"'eve'", "leasehold sessions mail"});
    expect_refused({"plan", "mail", "--strategy", "fair"}, 2,
                   {"'fair'", "lexical, sticky, balanced"});
}

struct SeatCommands : Operator {
    const session_id ann = sit("ann", 0x10);
    const session_id bob = sit("bob", 0x90);
};

TEST_F(SeatCommands, ASessionIsCordonedAndUncordonedByNameAndById) {
    const auto result = run({"cordon", "ann"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "session ann " + to_text(ann).substr(0, 8) +
                              " of queue mail is cordoned: its parts move away, it stays\n");
    EXPECT_EQ(
        run_json({"cordon", "ann", "--queue", "mail"}),
        (json{{"queue", "mail"}, {"session", to_text(ann)}, {"name", "ann"}, {"changed", false}}));
    const auto status = run_json({"status", "mail"});
    EXPECT_EQ(status["sessions"][0]["cordoned"], true);
    EXPECT_EQ(status["sessions"][1]["cordoned"], false);
    EXPECT_NE(run({"status", "mail"}).out.find("live, cordoned"), std::string::npos);
    EXPECT_EQ(run_json({"uncordon", to_text(ann).substr(0, 6)})["changed"], true);
    EXPECT_EQ(run_json({"uncordon", to_text(ann)})["changed"], false);
}

TEST_F(SeatCommands, ASessionIsEvictedAndThatIsSeen) {
    EXPECT_EQ(run_json({"evict", "bob"})["changed"], true);
    EXPECT_EQ(run_json({"evict", "bob"})["changed"], false);
    EXPECT_EQ(run_json({"sessions", "mail"})[1]["state"], "evicted");
    expect_refused({"uncordon", "bob"}, 1, {"is evicted", "start its worker anew"});
    EXPECT_EQ(run_json({"evict", "bob", "--now"})["changed"], true);
    EXPECT_EQ(run_json({"sessions", "mail"})[1]["state"], "expired");
    expect_refused({"evict", "bob"}, 1, {"has expired"});
}

TEST_F(SeatCommands, WhoIsMeantMustBeClear) {
    const auto twin = sit("ann", 0x20);
    expect_refused({"cordon", "ann"}, 1, {"'ann' may be any of 2", to_text(ann), to_text(twin)});
    expect_refused({"cordon", "nobody"}, 1, {"'nobody'", "leasehold sessions QUEUE"});
    expect_refused({"evict", "nobody", "--queue", "mail"}, 1,
                   {"'nobody'", "leasehold sessions mail"});
    expect_refused({"evict", "ann", "--queue", "nosuch"}, 1, {"'nosuch'"});
    expect_refused({"uncordon", "ann", "--queue", "No Such"}, 2, {"'No Such'"});
    expect_refused({"cordon"}, 2, {"SESSION", "leasehold cordon --help"});
    EXPECT_EQ(db.count("leasehold.sessions WHERE cordoned OR state <> 'live'"), 0);
}

TEST_F(SeatCommands, AQueueNarrowsDownWhoIsMeant) {
    db.make_queue("post", 2);
    db.sql("UPDATE leasehold.sessions SET name = 'ann', queue = 'post' WHERE name = 'bob'");
    expect_refused({"cordon", "ann"}, 1, {"in queue mail", "in queue post"});
    EXPECT_EQ(run_json({"cordon", "ann", "--queue", "post"})["session"], to_text(bob));
}

struct QueueCommands : Operator {};

TEST_F(QueueCommands, SettingsAreSetAndShown) {
    const auto result = run({"queue", "set", "mail", "settle=0s", "strategy=sticky",
                             "restart_grace=1h", "help_delay=250ms", "helpers_max=0"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out,
              "changed queue mail: max_attempts=25 retry_base=1s retry_max=1h strategy=sticky "
              "settle=0s restart_grace=1h help_delay=250ms helpers_max=0 claims=row\n");
    const auto set =
        run_json({"queue", "set", "mail", "max_attempts=7", "retry_max=30d", "--retry-base", "20"});
    EXPECT_EQ(set["changed"], true);
    EXPECT_EQ(set["settings"], (json{{"max_attempts", 7},
                                     {"retry_base_ms", 20},
                                     {"retry_max_ms", 2'592'000'000},
                                     {"strategy", "sticky"},
                                     {"settle_ms", 0},
                                     {"restart_grace_ms", 3'600'000},
                                     {"help_delay_ms", 250},
                                     {"helpers_max", 0},
                                     {"claims", "row"}}));
    EXPECT_EQ(run_json({"status", "mail"})["settings"], set["settings"]);
}

TEST_F(QueueCommands, SettingsOutOfRangeOrUnknownChangeNothing) {
    const auto refused = [&](const std::string& setting, const std::vector<std::string>& words) {
        expect_refused({"queue", "set", "mail", "max_attempts=3", setting}, 2, words);
    };
    refused("colour=red", {"'colour'", "max_attempts", "restart_grace", "helpers_max"});
    refused("settle", {"'settle'", "key=value"});
    refused("settle=", {"settle is ''", "250ms"});
    refused("settle=5", {"settle is '5'", "5s"});
    refused("settle=11s", {"settle is 11s", "0s to 10s"});
    refused("restart_grace=2h", {"restart_grace is 2h", "0s to 1h"});
    refused("help_delay=-1s", {"help_delay is '-1s'"});
    refused("helpers_max=65", {"helpers_max is 65", "0 to 64"});
    refused("helpers_max=many", {"helpers_max is 'many'", "whole number"});
    refused("retry_max=31d", {"retry_max is 31d", "1ms to 30d"});
    refused("strategy=fair", {"'fair'", "lexical, sticky, balanced"});
    expect_refused({"queue", "set", "mail", "retry_base=2h"}, 1, {"give both"});
    expect_refused({"queue", "set", "nosuch", "settle=1s"}, 1, {"'nosuch'"});
    EXPECT_EQ(run_json({"status", "mail"})["settings"]["max_attempts"], 25);
}

TEST_F(QueueCommands, AQueueIsCreatedWithAStrategy) {
    EXPECT_EQ(run({"queue", "create", "new", "--parts", "2", "--strategy", "balanced"}).status, 0);
    EXPECT_EQ(run_json({"status", "new"})["strategy"], "balanced");
    expect_refused({"queue", "create", "newer", "--strategy", "fair"}, 2, {"'fair'", "sticky"});
}

TEST_F(QueueCommands, AQueueIsPausedAndResumedOnce) {
    EXPECT_EQ(run({"queue", "pause", "mail"}).out, "queue mail is paused\n");
    EXPECT_EQ(run_json({"queue", "pause", "mail"}),
              (json{{"queue", "mail"}, {"paused", true}, {"changed", false}}));
    EXPECT_EQ(run_json({"status", "mail"})["paused"], true);
    EXPECT_EQ(run_json({"queue", "list"})[0]["paused"], true);
    EXPECT_NE(run({"status", "mail"}).out.find("leasehold queue resume mail"), std::string::npos);
    EXPECT_EQ(run({"queue", "resume", "mail"}).out, "queue mail is not paused\n");
    EXPECT_EQ(run({"queue", "resume", "mail"}).out, "queue mail is not paused, as it was\n");
    EXPECT_EQ(run_json({"status", "mail"})["paused"], false);
    expect_refused({"queue", "pause", "nosuch"}, 1, {"'nosuch'"});
    expect_refused({"queue", "resume"}, 2, {"NAME"});
}

struct LogCommand : Operator {
    const session_id ann = sit("ann", 0x10);
    void SetUp() override { settle({ann}); }
};

TEST_F(LogCommand, ShowsWhoTookWhatNewestLast) {
    transact([&](transaction& tx) { release_leases(tx, "mail", ann, {{3}}, "leave"); });
    const auto log = run_json({"log", "mail"});
    ASSERT_EQ(log.size(), 9U);
    EXPECT_EQ(log[8]["part"], 3);
    EXPECT_EQ(log[8]["from"], to_text(ann));
    EXPECT_EQ(log[8]["from_name"], "ann");
    EXPECT_EQ(log[8]["to"], nullptr);
    EXPECT_EQ(log[8]["reason"], "leave");
    EXPECT_EQ(log[0]["to_name"], "ann");
    EXPECT_EQ(log[0]["plan"], 1);
    EXPECT_EQ(log[0]["epoch"], 1);
    EXPECT_EQ(log[0]["role"], "owner");
    const auto shown = run({"log", "mail", "--part", "3"});
    EXPECT_NE(shown.out.find("ann " + to_text(ann).substr(0, 8)), std::string::npos) << shown.out;
    EXPECT_EQ(std::count(shown.out.begin(), shown.out.end(), '\n'), 3) << shown.out;
    EXPECT_EQ(shown.err, "");
}

TEST_F(LogCommand, SaysWhenThereAreMore) {
    const auto some = run({"log", "mail", "--limit", "7"});
    EXPECT_EQ(some.status, 0);
    EXPECT_EQ(std::count(some.out.begin(), some.out.end(), '\n'), 8) << some.out;
    EXPECT_NE(some.err.find("the last 7; there are more"), std::string::npos) << some.err;
    EXPECT_EQ(run({"log", "mail", "--limit", "8"}).err, "");
}

TEST_F(LogCommand, IsNarrowedDownByTimeAndSession) {
    db.sql("UPDATE leasehold.ownership_log SET at = at - interval '1 hour' WHERE part < 5");
    EXPECT_EQ(run_json({"log", "mail", "--since", "10min"}).size(), 3U);
    EXPECT_EQ(run_json({"log", "mail", "--since", "2h"}).size(), 8U);
    EXPECT_EQ(run_json({"log", "mail", "--since", "2999-01-01"}).size(), 0U);
    EXPECT_EQ(run_json({"log", "mail", "--session", "ann"}).size(), 8U);
    EXPECT_EQ(run_json({"log", "mail", "--session", to_text(ann).substr(0, 8)}).size(), 8U);
    EXPECT_EQ(run_json({"log", "mail", "--session", "bob"}).size(), 0U);
}

TEST_F(LogCommand, WrongCallsNameTheValueAndTheRemedy) {
    expect_refused({"log", "nosuch"}, 1, {"'nosuch'"});
    expect_refused({"log", "mail", "--part", "8"}, 2, {"--part is 8", "0 to 7"});
    expect_refused({"log", "mail", "--part", "x"}, 2, {"--part", "'x'"});
    expect_refused({"log", "mail", "--limit", "0"}, 2, {"--limit", "'0'"});
    expect_refused({"log", "mail", "--since", "lately"}, 2, {"'lately'", "10min"});
    expect_refused({"log", "mail", "--session", ""}, 2, {"--session is empty"});
}

struct StatusOfPlans : Operator {
    const session_id ann = sit("ann", 0x10);
    const session_id bob = sit("bob", 0x90);
};

TEST_F(StatusOfPlans, APlanThatIsDueIsSaidToBeUntilItIsMade) {
    const auto before = run_json({"status", "mail"});
    EXPECT_EQ(before["plan_due"], true);
    EXPECT_EQ(before["plan"], 0);
    EXPECT_NE(run({"status", "mail"}).out.find("plan 0, plan due\n"), std::string::npos);
    settle({ann, bob});
    const auto after = run_json({"status", "mail"});
    EXPECT_EQ(after["plan_due"], false);
    EXPECT_EQ(after["plan"], 1);
    EXPECT_EQ(after["moving_parts"], 0);
    EXPECT_EQ(run({"status", "mail"}).out.find("plan due"), std::string::npos);
}

TEST_F(StatusOfPlans, WithoutSessionsNoPlanIsDue) {
    db.make_queue("empty", 2);
    EXPECT_EQ(run_json({"status", "empty"})["plan_due"], false);
}

TEST_F(StatusOfPlans, PartsOnTheirWayWeightsAndThoseWhoHelpAreShown) {
    settle({ann, bob});
    const auto plain = run({"status", "mail"}).out;
    for (const char* word : {"moving", "WEIGHT", "HELPS IN"}) {
        EXPECT_EQ(plain.find(word), std::string::npos) << plain;
    }
    db.sql("UPDATE leasehold.sessions SET weight = 3 WHERE name = 'ann'");
    db.sql("UPDATE leasehold.parts SET planned_for = '" + to_text(ann) + "' WHERE part = 4");
    db.sql("INSERT INTO leasehold.session_parts (id, queue, part, epoch, role) SELECT '" +
           to_text(bob) + "', queue, part, epoch, 'helper' FROM leasehold.parts WHERE part < 2");
    const auto status = run_json({"status", "mail"});
    EXPECT_EQ(status["moving_parts"], 1);
    EXPECT_EQ(status["unowned_parts"], 0);
    EXPECT_EQ(status["sessions"][0]["weight"], 3);
    EXPECT_EQ(status["sessions"][0]["part_count"], 4);
    EXPECT_EQ(status["sessions"][1]["helping"], 2);
    EXPECT_EQ(status["sessions"][1]["part_count"], 4);
    const auto shown = run({"status", "mail"}).out;
    EXPECT_NE(shown.find("parts  0 unowned, 1 moving\n"), std::string::npos) << shown;
    for (const char* word : {"WEIGHT", "HELPS IN"}) {
        EXPECT_NE(shown.find(word), std::string::npos) << shown;
    }
    const auto parts = run_json({"parts", "mail"});
    EXPECT_EQ(parts[1]["helpers"], json::array({to_text(bob)}));
    EXPECT_EQ(parts[4]["planned_for"], to_text(ann));
    EXPECT_EQ(parts[4]["owner"], to_text(bob));
    const auto table = run({"parts", "mail"}).out;
    EXPECT_NE(table.find("MOVES TO"), std::string::npos) << table;
    EXPECT_NE(table.find("HELPED BY"), std::string::npos) << table;
}

TEST_F(StatusOfPlans, ASkewedKeyspaceIsSeenAtAGlance) {
    settle({ann, bob});
    EXPECT_TRUE(run_json({"status", "mail"})["skew"].is_null());
    const auto put = [&](int part, int count) {
        db.sql("INSERT INTO leasehold.queue_mail (id, payload) SELECT ('" +
               std::string{"02468ace"[part]} +
               "0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '1' FROM "
               "generate_series(1, " +
               std::to_string(count) + ") AS n");
    };
    put(2, 45);
    put(7, 5);
    const auto skew = run_json({"status", "mail"})["skew"];
    EXPECT_EQ(skew["parts"], 1);
    EXPECT_DOUBLE_EQ(skew["ready_share"], 0.9);
    EXPECT_DOUBLE_EQ(skew["even_share"], 0.125);
    EXPECT_DOUBLE_EQ(skew["busiest_session"], 1.8);
    const auto shown = run({"status", "mail"}).out;
    EXPECT_NE(shown.find("skew   90 % of the ready items lie in 12 % of the parts (1); the busiest "
                         "session has 1.8 times the mean\n"),
              std::string::npos)
        << shown;
}

}  // namespace
}  // namespace leasehold
