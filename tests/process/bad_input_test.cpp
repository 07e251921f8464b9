// Every mistake ends in one line that names the value and the remedy, and never shows a password.

#include "tests/support/database.hpp"
#include "tests/support/program.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <csignal>
#include <fstream>
#include <iterator>

namespace leasehold {

namespace {

using namespace std::chrono_literals;

class BadInput : public testing::Test {
protected:
    void SetUp() override { db.make_queue("mail", 2); }

    test::program_result run(std::vector<std::string> arguments, const std::string& input = {}) {
        arguments.insert(arguments.begin(), {"--dsn", db.dsn()});
        return test::run_leasehold(arguments, {.input = input});
    }

    /// Fails unless `result` is a failure of that status, told in one line that holds all of
    /// `words`.
    static void expect_line(const test::program_result& result, int status,
                            const std::vector<std::string>& words) {
        EXPECT_EQ(result.status, status) << result.err;
        EXPECT_EQ(result.err.rfind("leasehold: ", 0), 0U) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        for (const auto& word : words) {
            EXPECT_NE(result.err.find(word), std::string::npos) << word << " in " << result.err;
        }
        EXPECT_EQ(result.out, "");
    }

    std::string items() {
        return db.sql("SELECT count(*) FROM leasehold.items_mail")[0][0].c_str();
    }

    test::fresh_database db{};
};

TEST_F(BadInput, UnknownQueue) {
    for (const auto* command : {"status", "parts", "sessions", "verify"}) {
        expect_line(run({command, "nosuch"}), 1, {"'nosuch'", "leasehold queue create nosuch"});
    }
    expect_line(run({"enqueue", "nosuch", "--payload", "1"}), 1, {"'nosuch'"});
    expect_line(run({"queue", "drop", "nosuch", "--yes"}), 1, {"'nosuch'", "queue list"});
}

TEST_F(BadInput, QueueNames) {
    const std::vector<std::string> names{
        "Mail", "a b", "x\"; DROP SCHEMA leasehold; --", "'", "é", "1st", std::string(200, 'a'),
        ""};
    for (const auto& name : names) {
        const auto shown = name.substr(0, 40);
        expect_line(run({"queue", "create", name}), 2, {shown, "1 to 40 lower-case letters"});
        expect_line(run({"verify", name}), 2, {shown, "1 to 40 lower-case letters"});
        expect_line(run({"enqueue", name, "--payload", "1"}), 2, {shown});
    }
}

TEST_F(BadInput, Numbers) {
    for (const auto* parts :
         {"0", "4097", "-1", "abc", "1e3", "0x10", "99999999999999999999", ""}) {
        expect_line(run({"queue", "create", "new", std::string{"--parts="} + parts}), 2,
                    {"--parts", parts});
    }
    expect_line(run({"queue", "create", "new", "--max-attempts", "1001"}), 2, {"'1001'"});
    expect_line(run({"status", "mail", "--watch", "0"}), 2, {"'0'", "0.1 to 3600"});
    expect_line(run({"status", "mail", "--watch", "nan"}), 2, {"'nan'"});
}

TEST_F(BadInput, Words) {
    expect_line(run({"bogus"}), 2, {"'bogus'", "leasehold --help"});
    expect_line(run({"queue", "bogus"}), 2, {"'bogus'", "leasehold queue --help"});
    expect_line(run({}), 2, {"leasehold --help"});
    expect_line(run({"status"}), 2, {"QUEUE", "leasehold status --help"});
    expect_line(run({"status", "mail", "--bogus"}), 2, {"--bogus", "leasehold status --help"});
    expect_line(run({"verify", "mail", "more"}), 2, {"more"});
    expect_line(run({"queue", "drop", "mail"}), 2, {"'mail'", "--yes"});
}

// Found by a first-time user: each item would have lost its attempts to it.
TEST_F(BadInput, StatementsThatTheServerWouldRefuse) {
    run({"enqueue", "mail", "--payload", "1"});
    expect_line(run({"work", "mail", "--sql", "SELEC :id"}), 2, {"--sql", "SELEC"});
    expect_line(run({"work", "mail", "--sql", "INSERT INTO nowhere VALUES (:id)"}), 2,
                {"--sql", "nowhere"});
    expect_line(run({"work", "mail", "--record", "INSERT INTO nowhere VALUES (:id)", "--", "true"}),
                2, {"--record", "nowhere"});
    EXPECT_EQ(db.count("leasehold.items_mail WHERE attempt = 0"), 1);
    EXPECT_EQ(run({"work", "mail", "--until-empty", "--sql", "SELECT :id"}).status, 0);
    EXPECT_EQ(items(), "0");
}

TEST_F(BadInput, PayloadOnTheCommandLine) {
    const auto enqueue = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"enqueue", "mail"});
        return run(more);
    };
    expect_line(enqueue({}), 2, {"--payload, --lines and --jsonl"});
    expect_line(enqueue({"--payload", "1", "--lines", "-"}), 2, {"exactly one"});
    expect_line(enqueue({"--payload", "{\"a\": }"}), 2, {"payload is not valid JSON", "byte 7"});
    expect_line(enqueue({"--payload", "\"\\u0000\""}), 2, {"payload"});
    expect_line(enqueue({"--payload", ""}), 2, {"payload"});
    expect_line(enqueue({"--payload", "1", "--id", "zzz"}), 2, {"--id", "'zzz'", "UUID"});
    expect_line(enqueue({"--payload", "1", "--id", "01890000-0000-7000-8000-000000000000"}), 2,
                {"01890000-0000-7000-8000-000000000000", "leave the id out"});
    expect_line(enqueue({"--payload", "1", "--run-at", "tomorrow"}), 2, {"--run-at", "'tomorrow'"});
    expect_line(enqueue({"--payload", "1", "--key", "\xff"}), 2, {"--key", "UTF-8"});
    expect_line(enqueue({"--payload", "1", "--priority", "2147483648"}), 2, {"2147483648"});
    expect_line(enqueue({"--payload", "1", "--max-attempts", "0"}), 2, {"--max-attempts", "1000"});
    expect_line(enqueue({"--payload", "1", "--from-line", "2"}), 2, {"--from-line"});
    expect_line(enqueue({"--jsonl", "-", "--priority", "2"}), 2, {"--priority", "objects"});
    expect_line(enqueue({"--lines", "-", "--id", "zzz"}), 2, {"--id"});
    EXPECT_EQ(items(), "0");
}

TEST_F(BadInput, AnIdThatIsThereAlready) {
    const std::vector<std::string> call{"enqueue", "mail", "--payload",
                                        "1",       "--id", "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42"};
    EXPECT_EQ(run(call).status, 0);
    expect_line(run(call), 1,
                {"0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42 is in the queue already",
                 "leave the id out"});
}

TEST_F(BadInput, FilesThatCannotBeRead) {
    expect_line(run({"enqueue", "mail", "--lines", "/no/such"}), 1, {"'/no/such'", "No such file"});
    expect_line(run({"enqueue", "mail", "--lines", "/tmp"}), 1, {"'/tmp'", "Is a directory"});
}

TEST_F(BadInput, Databases) {
    const auto status = [](const std::string& dsn) {
        return test::run_leasehold({"status", "mail"}, {.environment = {{"LEASEHOLD_DSN", dsn}}});
    };
    expect_line(status(""), 2, {"--dsn", "LEASEHOLD_DSN"});
    expect_line(status("nonsense"), 2, {"DSN cannot be read", "postgresql://"});
    expect_line(status("host=/no/such/folder dbname=x"), 1,
                {"host=/no/such/folder", "Is the server running"});
    expect_line(status("postgresql://u@127.0.0.1:1/x"), 1, {"127.0.0.1", "port=1"});
    expect_line(status("host=no-such-host.invalid connect_timeout=2"), 1, {"no-such-host.invalid"});
    expect_line(status(test::dsn_with(db.dsn(), "dbname", "no_such_database")), 1,
                {"no_such_database", "does not exist"});
}

TEST_F(BadInput, Schemas) {
    db.needs_postgres("the first migration");
    db.sql("INSERT INTO leasehold.migrations (version, name, checksum) VALUES (999, 'later', 'x')");
    for (const auto& call : std::vector<std::vector<std::string>>{
             {"status", "mail"}, {"migrate"}, {"migrate", "--check"}, {"queue", "list"}}) {
        expect_line(run(call), 1, {"version 999", "newer build"});
    }
    db.sql("DELETE FROM leasehold.migrations WHERE version > 1");
    expect_line(run({"status", "mail"}), 1, {"version 1", "run: leasehold migrate"});
    db.sql("UPDATE leasehold.migrations SET checksum = 'x'");
    expect_line(run({"status", "mail"}), 1, {"0001", "in another form"});
    db.sql("DROP SCHEMA leasehold CASCADE");
    expect_line(run({"status", "mail"}), 1, {"no leasehold schema", "run: leasehold migrate"});
}

TEST_F(BadInput, NoPasswordIsEverShown) {
    const std::string secret = "s3cret";
    const std::string uri = "postgresql://u:" + secret + "@127.0.0.1:1/db";
    const std::vector<std::vector<std::string>> calls{
        {"status", "mail", "--dsn", uri},
        {"status", "mail", "--dsn=" + uri},
        {"--dsnx", uri, "status", "mail"},
        {"--dsnx=" + uri, "status", "mail"},
        {"status", uri},
        {uri},
        {"status", "mail", uri},
        {"status", "mail", "--watch=" + uri},
        {"queue", "create", "x", "--parts", uri},
        {"enqueue", "mail", "--payload", uri},
        {"status", "mail", "--dsn", "postgresql://u:" + secret + "@" + secret + "@h/db"},
        {"status", "mail", "--dsn", "postgresql://u:" + secret + "/" + secret + "@h/db"},
        {"status", "mail", "--dsn", "postgresql://h/db?password=" + secret + "&port=x"},
        {"status", "mail", "--dsn", "host=/no/such password=" + secret},
        {"status", "mail", "--dsn", "host=/no/such password = '" + secret + " " + secret},
        {"status", "mail", "host=/no/such password='" + secret + " " + secret + "'"},
        {"status", std::string(60, 'a') + uri},
    };
    for (const auto& call : calls) {
        const auto result = test::run_leasehold(call, {.environment = {{"LEASEHOLD_DSN", ""}}});
        EXPECT_NE(result.status, 0);
        EXPECT_EQ((result.out + result.err).find(secret.substr(0, 4)), std::string::npos)
            << result.err;
    }
}

TEST_F(BadInput, APasswordDoesNotStandInTheProcessList) {
    const std::string secret = "s3cret-word";
    for (const std::string form : {"--dsn", "--dsn="}) {
        const std::string dsn = test::dsn_with(db.dsn(), "password", secret);
        std::vector<std::string> call{"status", "mail", "--watch", "0.1"};
        if (form == "--dsn") {
            call.insert(call.end(), {form, dsn});
        } else {
            call.push_back(form + dsn);
        }
        test::running_leasehold watch{call};
        ASSERT_TRUE(watch.says("queue mail", 10s));
        std::ifstream file{"/proc/" + std::to_string(watch.pid()) + "/cmdline"};
        const std::string words{std::istreambuf_iterator<char>{file}, {}};
        EXPECT_NE(words.find("password='xxxxxxxxxxx'"), std::string::npos) << words;
        EXPECT_EQ(words.find(secret), std::string::npos) << words;
    }
}

}  // namespace

}  // namespace leasehold
