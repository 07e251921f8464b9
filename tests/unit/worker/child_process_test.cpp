#include "worker/child_process.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using ending = child_result::ending;

child_request shell(const std::string& script) {
    return {.argv = {"sh", "-c", script}, .environment = {}, .input = {}, .kill_after = 30s};
}

child_result ran(const child_request& request) { return run_child(request, std::stop_token{}); }

/// A named pipe that programs under test hold open as `$held`: its text says how far they are, its
/// end says that all of them are gone.
class held_fifo {
public:
    held_fifo() {
        std::string name = ::testing::TempDir() + "leasehold-test-XXXXXX";
        directory_ = ::mkdtemp(name.data());
        path_ = directory_ / "fifo";
        EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    }
    held_fifo(const held_fifo&) = delete;
    held_fifo& operator=(const held_fifo&) = delete;
    ~held_fifo() {
        ::close(fd_);
        std::filesystem::remove_all(directory_);
    }

    std::string path() const { return path_.string(); }

    /// Waits until a program has opened the pipe and written a line; the line.
    std::string wait_for_line() {
        fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        std::string line;
        for (char c = 0; ::read(fd_, &c, 1) == 1 && c != '\n';) {
            line += c;
        }
        return line;
    }

    /// Waits until no program holds the pipe any more.
    void wait_for_end() const {
        std::array<char, 64> ignored{};
        while (::read(fd_, ignored.data(), ignored.size()) > 0) {
        }
    }

private:
    std::filesystem::path directory_;
    std::filesystem::path path_;
    int fd_{-1};
};

/// Runs `script` with $held, stops it once it has written a line there, and waits for it.
child_result run_and_stop(const std::string& script, held_fifo& held,
                          std::chrono::milliseconds kill_after) {
    child_request request = shell(script);
    request.environment = {{"held", held.path()}};
    request.kill_after = kill_after;
    std::stop_source stop;
    std::future<child_result> result =
        std::async(std::launch::async, [&] { return run_child(request, stop.get_token()); });
    held.wait_for_line();
    stop.request_stop();
    return result.get();
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator entries{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

TEST(RunChild, AnswersTheExitCode) {
    for (const int code : {0, 1, 42, 255}) {
        const child_result result = ran(shell("exit " + std::to_string(code)));
        EXPECT_EQ(result.how, ending::exited);
        EXPECT_EQ(result.status, code);
        EXPECT_FALSE(result.stopped);
        EXPECT_EQ(result.problem, "");
    }
}

TEST(RunChild, AnswersTheSignalThatEndedTheProgram) {
    for (const int signal : {SIGKILL, SIGSEGV, SIGTERM}) {
        const child_result result = ran(shell("kill -" + std::to_string(signal) + " $$"));
        EXPECT_EQ(result.how, ending::signalled);
        EXPECT_EQ(result.status, signal);
        EXPECT_FALSE(result.stopped);
    }
}

TEST(RunChild, KeepsStdoutAndStderrApart) {
    const child_result result = ran(shell("echo out; echo err >&2"));
    EXPECT_EQ(result.output, "out\n");
    EXPECT_EQ(result.error_tail, "err\n");
}

TEST(RunChild, PassesArgumentsLiterally) {
    const std::string odd = "a b  'c' \"d\" $HOME `id` \\n\n*;|&<>{}";
    const child_result result =
        ran({.argv = {"printf", "%s|", odd, "", "\xC3\xA9"}, .environment = {}, .input = {}});
    EXPECT_EQ(result.output, odd + "||\xC3\xA9|");
}

TEST(RunChild, AddsToTheEnvironment) {
    ::setenv("LEASEHOLD_TEST_KEPT", "kept", 1);
    ::setenv("LEASEHOLD_TEST_CHANGED", "old", 1);
    child_request request = shell("echo \"$LEASEHOLD_TEST_KEPT,$LEASEHOLD_TEST_CHANGED,$ADDED\"");
    request.environment = {
        {"ADDED", "first"}, {"LEASEHOLD_TEST_CHANGED", "new"}, {"ADDED", "a = b"}};
    EXPECT_EQ(ran(request).output, "kept,new,a = b\n");
    EXPECT_STREQ(::getenv("LEASEHOLD_TEST_CHANGED"), "old");
}

TEST(RunChild, GivesTheProgramAnEmptyStdinWithoutInput) {
    const child_result result = ran({.argv = {"cat"}, .environment = {}, .input = {}});
    EXPECT_EQ(result.how, ending::exited);
    EXPECT_EQ(result.output, "");
}

TEST(RunChild, GivesTheProgramAStdinThatCanBeOpenedByName) {
    child_request request = shell("cat /dev/stdin");
    request.input = "text";
    EXPECT_EQ(ran(request).output, "text");
}

// A pipe holds 64 KiB: whoever writes all before reading waits for ever.
TEST(RunChild, WritesAndReadsMuchAtOnce) {
    std::string input;
    while (input.size() < 8'000'000) {
        input += "line " + std::to_string(input.size()) + "\n";
    }
    child_request request = shell("tee /dev/stderr");
    request.input = input;
    request.output_max = input.size();
    request.error_tail_max = 1000;
    const child_result result = ran(request);
    EXPECT_EQ(result.how, ending::exited);
    EXPECT_TRUE(result.output == input);
    EXPECT_EQ(result.error_tail, input.substr(input.size() - 1000));
}

TEST(RunChild, KeepsBinaryBytes) {
    std::string input;
    for (int byte = 0; byte < 256; ++byte) {
        input += static_cast<char>(byte);
    }
    const child_result result = ran({.argv = {"cat"}, .environment = {}, .input = input});
    EXPECT_EQ(result.output, input);
}

// The default of SIGPIPE would end this test program.
TEST(RunChild, SurvivesAProgramThatClosesStdinEarly) {
    ASSERT_EQ(::signal(SIGPIPE, SIG_DFL), SIG_DFL);
    for (const char* script : {"exec <&-; echo ok", "head -c 1 >/dev/null; echo ok", "echo ok"}) {
        child_request request = shell(script);
        request.input = std::string(1'000'000, 'x');
        const child_result result = ran(request);
        EXPECT_EQ(result.how, ending::exited) << script;
        EXPECT_EQ(result.output, "ok\n") << script;
    }
    sigset_t pending;
    sigset_t mask;
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
    EXPECT_EQ(sigismember(&mask, SIGPIPE), 0);
}

TEST(RunChild, KeepsOutputUpToTheLimit) {
    child_request request = shell("printf 12345");
    request.output_max = 5;
    const child_result result = ran(request);
    EXPECT_EQ(result.how, ending::exited);
    EXPECT_EQ(result.output, "12345");
}

TEST(RunChild, RefusesOutputOverTheLimit) {
    child_request request = shell("printf 123456");
    request.output_max = 5;
    const child_result result = ran(request);
    EXPECT_EQ(result.how, ending::output_too_large);
    EXPECT_EQ(result.output, "12345");
    EXPECT_EQ(result.problem, "'sh' wrote more than 5 bytes to stdout");
}

TEST(RunChild, EndsAProgramThatWritesForEver) {
    child_request request = shell("yes & yes");
    request.output_max = 100'000;
    const child_result result = ran(request);
    EXPECT_EQ(result.how, ending::output_too_large);
    EXPECT_EQ(result.output.size(), 100'000U);
    EXPECT_FALSE(result.stopped);
}

TEST(RunChild, KeepsOnlyTheEndOfStderr) {
    child_request request = shell("printf 123456 >&2");
    request.error_tail_max = 6;
    EXPECT_EQ(ran(request).error_tail, "123456");
    request.error_tail_max = 5;
    EXPECT_EQ(ran(request).error_tail, "23456");
    request.error_tail_max = 0;
    EXPECT_EQ(ran(request).error_tail, "");
}

TEST(RunChild, StopSendsSigterm) {
    held_fifo held;
    const child_result result =
        run_and_stop("exec 3>$held; echo ready >&3; exec sleep 1000", held, 30s);
    EXPECT_EQ(result.how, ending::signalled);
    EXPECT_EQ(result.status, SIGTERM);
    EXPECT_TRUE(result.stopped);
}

TEST(RunChild, AStoppedProgramMayEndInItsOwnWay) {
    held_fifo held;
    const child_result result = run_and_stop(
        "trap 'echo bye; exit 7' TERM; exec 3>$held; echo ready >&3; while :; do sleep 0.02; done",
        held, 30s);
    EXPECT_EQ(result.how, ending::exited);
    EXPECT_EQ(result.status, 7);
    EXPECT_EQ(result.output, "bye\n");
    EXPECT_TRUE(result.stopped);
}

TEST(RunChild, KillsAProgramThatIgnoresSigterm) {
    held_fifo held;
    const auto begin = std::chrono::steady_clock::now();
    const child_result result = run_and_stop(
        "trap '' TERM; exec 3>$held; echo ready >&3; while :; do sleep 1000; done", held, 100ms);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
    EXPECT_EQ(result.how, ending::signalled);
    EXPECT_EQ(result.status, SIGKILL);
    EXPECT_TRUE(result.stopped);
    held.wait_for_end();
}

TEST(RunChild, KillsAtOnceWithoutGrace) {
    held_fifo held;
    const child_result result = run_and_stop(
        "trap '' TERM; exec 3>$held; echo ready >&3; while :; do sleep 1000; done", held, 0ms);
    EXPECT_EQ(result.status, SIGKILL);
}

TEST(RunChild, StopReachesTheWholeGroup) {
    held_fifo held;
    const child_result result =
        run_and_stop("exec 3>$held; sleep 1000 & sleep 1000 & echo ready >&3; wait", held, 30s);
    EXPECT_TRUE(result.stopped);
    held.wait_for_end();
}

// The program itself is gone at once; what it has started may still clean up.
TEST(RunChild, AStoppedGroupHasTheSameGraceAsItsProgram) {
    held_fifo held;
    const child_result result = run_and_stop(
        "(trap 'sleep 0.1; echo cleaned; exit' TERM; exec 3>$held; echo ready >&3; "
        "while :; do sleep 0.02; done) & wait",
        held, 30s);
    EXPECT_EQ(result.status, SIGTERM);
    EXPECT_EQ(result.output, "cleaned\n");
    held.wait_for_end();
}

TEST(RunChild, KillsWhatAStoppedProgramLeavesBehind) {
    held_fifo held;
    const child_result result = run_and_stop(
        "(trap '' TERM; exec 3>$held >/dev/null 2>&1; echo ready >&3; sleep 1000) & "
        "exec >/dev/null 2>&1; wait",
        held, 30s);
    EXPECT_EQ(result.status, SIGTERM);
    held.wait_for_end();
}

TEST(RunChild, StartsNothingOnceStopIsAsked) {
    std::stop_source stop;
    stop.request_stop();
    const child_result result = run_child(shell("exit 3"), stop.get_token());
    EXPECT_EQ(result.how, ending::not_started);
    EXPECT_TRUE(result.stopped);
}

TEST(RunChild, DoesNotWaitForAProcessThatKeepsStdoutOpen) {
    const child_result result = ran(shell("sleep 1000 & echo $!"));
    EXPECT_EQ(result.how, ending::exited);
    const pid_t left_behind = std::stoi(result.output);
    EXPECT_EQ(::kill(left_behind, SIGKILL), 0) << "it is still there, and not our business";
}

TEST(RunChild, DoesNotWaitForAProcessThatKeepsWriting) {
    child_request request = shell("yes >&2 & echo $!");
    const child_result result = ran(request);
    EXPECT_EQ(result.how, ending::exited);
    ::kill(std::stoi(result.output), SIGKILL);
}

// All that the program itself wrote is there, however quickly it ended.
TEST(RunChild, ReadsWhatWasWrittenJustBeforeTheEnd) {
    for (int round = 0; round < 50; ++round) {
        const child_result result =
            ran({.argv = {"head", "-c", "60000", "/dev/zero"}, .environment = {}, .input = {}});
        EXPECT_EQ(result.output.size(), 60'000U);
    }
}

TEST(RunChild, NamesAProgramThatIsNotThere) {
    for (const char* name : {"leasehold-no-such-program", "/no/such/program"}) {
        const child_result result = ran({.argv = {name}, .environment = {}, .input = {}});
        EXPECT_EQ(result.how, ending::not_started);
        EXPECT_EQ(result.problem,
                  "cannot run '" + std::string{name} + "': No such file or directory");
        EXPECT_FALSE(result.stopped);
    }
}

TEST(RunChild, RefusesWhatNoProgramCanBeGiven) {
    const std::string nul{"a\0b", 3};
    EXPECT_EQ(ran({.argv = {}, .environment = {}, .input = {}}).problem, "no program is named");
    EXPECT_NE(ran({.argv = {"echo", nul}, .environment = {}, .input = {}}).problem.find("NUL"),
              std::string::npos);
    for (const auto& variable :
         {std::pair<std::string, std::string>{"", "x"}, {"a=b", "x"}, {nul, "x"}, {"a", nul}}) {
        const child_result result = ran({.argv = {"env"}, .environment = {variable}, .input = {}});
        EXPECT_EQ(result.how, ending::not_started);
        EXPECT_NE(result.problem.find("environment variable"), std::string::npos);
    }
}

TEST(RunChild, RefusesAGraceOutOfRange) {
    child_request request = shell("exit 0");
    request.kill_after = -1ms;
    EXPECT_EQ(ran(request).how, ending::not_started);
    request.kill_after = 24h;
    EXPECT_EQ(ran(request).how, ending::exited);
    request.kill_after += 1ms;
    EXPECT_EQ(ran(request).how, ending::not_started);
}

TEST(RunChild, SaysThatAScriptNeedsItsFirstLine) {
    const std::filesystem::path directory = ::testing::TempDir();
    const std::filesystem::path script = directory / "leasehold-headless-script";
    std::ofstream{script} << "echo hello\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    const child_result result = ran({.argv = {script.string()}, .environment = {}, .input = {}});
    EXPECT_EQ(result.how, ending::not_started);
    EXPECT_NE(result.problem.find("#!"), std::string::npos) << result.problem;
    std::filesystem::remove(script);
}

TEST(RunChild, RefusesToRunWhereExitCodesAreLost) {
    const auto former = ::signal(SIGCHLD, SIG_IGN);
    const child_result result = ran(shell("exit 3"));
    ::signal(SIGCHLD, former);
    EXPECT_EQ(result.how, ending::not_started);
    EXPECT_NE(result.problem.find("SIGCHLD"), std::string::npos);
}

TEST(RunChild, GivesTheProgramDefaultSignals) {
    const auto former = ::signal(SIGUSR1, SIG_IGN);
    sigset_t blocked;
    sigset_t former_mask;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &blocked, &former_mask);
    const child_result result =
        ran({.argv = {"sed", "-nE", "s/^Sig(Blk|Ign):.*(.{8})$/\\1 \\2/p", "/proc/self/status"},
             .environment = {},
             .input = {}});
    pthread_sigmask(SIG_SETMASK, &former_mask, nullptr);
    ::signal(SIGUSR1, former);
    // The 8 is number 32, which an older C library keeps for itself, and leaves ignored.
    const auto& told = result.output;
    EXPECT_TRUE(told == "Blk 00000000\nIgn 00000000\n" || told == "Blk 00000000\nIgn 80000000\n");
}

TEST(RunChild, GivesTheProgramAGroupOfItsOwn) {
    // Field 5 of stat is the group, field 1 the process.
    const child_result result =
        ran(shell("read pid name state parent group rest </proc/$$/stat; "
                  "test $pid = $group && echo own"));
    EXPECT_EQ(result.output, "own\n");
}

TEST(RunChild, GivesTheProgramNoneOfOurDescriptors) {
    const int leaky = ::fcntl(::open("/dev/null", O_RDONLY), F_DUPFD, 100);
    const child_result result = ran(shell("ls /proc/$$/fd"));
    ::close(leaky);
    EXPECT_EQ(result.output, "0\n1\n2\n");
}

TEST(RunChild, LeaksNoDescriptors) {
    const std::size_t before = open_descriptors();
    child_request large = shell("echo 123456");
    large.output_max = 5;
    held_fifo held;
    for (int round = 0; round < 5; ++round) {
        ran(shell("exit 0"));
        ran(large);
        ran({.argv = {"/no/such/program"}, .environment = {}, .input = "text"});
        ran({.argv = {}, .environment = {}, .input = {}});
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(RunChild, SaysThatNoDescriptorsAreLeft) {
    rlimit former{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &former), 0);
    rlimit few = former;
    few.rlim_cur = 4;
    ::setrlimit(RLIMIT_NOFILE, &few);
    const child_result result = ran(shell("exit 0"));
    ::setrlimit(RLIMIT_NOFILE, &former);
    EXPECT_EQ(result.how, ending::not_started);
    EXPECT_NE(result.problem.find("Too many open files"), std::string::npos) << result.problem;
}

// A service may be started without stdin, stdout and stderr; a pipe then gets their numbers.
TEST(RunChildDeathTest, WorksWithoutStandardDescriptors) {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto run_without_them = [] {
        ::close(STDIN_FILENO);
        ::close(STDOUT_FILENO);
        ::close(STDERR_FILENO);
        child_request request = shell("cat; echo err >&2");
        request.input = "out";
        const child_result result = ran(request);
        ::_exit(result.output == "out" && result.error_tail == "err\n" ? 3 : 4);
    };
    EXPECT_EXIT(run_without_them(), ::testing::ExitedWithCode(3), "");
}

TEST(RunChild, ManyThreadsAtOnce) {
    const std::size_t before = open_descriptors();
    std::vector<std::future<child_result>> results;
    for (int index = 0; index < 50; ++index) {
        results.push_back(std::async(std::launch::async, [index] {
            child_request request = shell("cat; exit " + std::to_string(index));
            request.input = std::string(100'000, static_cast<char>('A' + index));
            return ran(request);
        }));
    }
    for (int index = 0; index < 50; ++index) {
        const child_result result = results[static_cast<std::size_t>(index)].get();
        EXPECT_EQ(result.how, ending::exited) << result.problem;
        EXPECT_EQ(result.status, index);
        EXPECT_TRUE(result.output == std::string(100'000, static_cast<char>('A' + index)));
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(RunChild, ManyThreadsAreStoppedAtOnce) {
    std::stop_source stop;
    held_fifo held;
    std::vector<std::future<child_result>> results;
    for (int index = 0; index < 20; ++index) {
        results.push_back(std::async(std::launch::async, [&] {
            child_request request = shell("exec 3>$held; echo ready >&3; exec sleep 1000");
            request.environment = {{"held", held.path()}};
            return run_child(request, stop.get_token());
        }));
    }
    held.wait_for_line();
    stop.request_stop();
    for (std::future<child_result>& future : results) {
        EXPECT_TRUE(future.get().stopped);
    }
    held.wait_for_end();
}

TEST(RunChild, DroppedOutputMayBeOfAnySize) {
    child_request request;
    request.argv = {"sh", "-c", "head -c 3000000 /dev/zero; exit 7"};
    request.stdout_use = child_request::output_use::drop;
    const auto result = run_child(request, {});
    EXPECT_TRUE(result.status == 7 && result.output.empty());
}

}  // namespace
}  // namespace leasehold
