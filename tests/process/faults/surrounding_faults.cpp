// What a worker's surroundings may do to it: clocks that are wrong, and poolers.

#include "tests/process/faults/faults.hpp"
#include "tests/process/faults/pooler.hpp"

#include <array>
#include <ctime>
#include <fstream>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Of the package libfaketime; each machine has it under the name of its architecture.
std::string faketime_library() {
    for (const auto& folder : fs::directory_iterator{"/usr/lib"}) {
        const auto file = folder.path() / "faketime" / "libfaketimeMT.so.1";
        std::error_code none;
        if (fs::exists(file, none)) {
            return file.string();
        }
    }
    throw std::runtime_error("libfaketimeMT.so.1 is missing: run scripts/setup");
}

fs::path clock_of(const site& here, const worker& one) {
    return here.logs() / (one.name + ".clock");
}

void set_clock(const site& here, const worker& one, bool ahead) {
    std::ofstream{clock_of(here, one)} << (ahead ? "+3600\n" : "-3600\n");
}

void give_wrong_clocks(site& here) {
    const auto library = faketime_library();
    for (std::size_t i = 0; i < here.workers().size(); ++i) {
        auto& one = here.workers()[i];
        one.environment = {{"LD_PRELOAD", library},
                           {"FAKETIME_TIMESTAMP_FILE", clock_of(here, one).string()},
                           {"FAKETIME_NO_CACHE", "1"},
                           {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
        set_clock(here, one, i % 2 == 0);
    }
}

/// Two hours at once, from an hour ahead to an hour behind or back.
int make_clock_jump(site& here) {
    auto& one = here.any_worker();
    const auto is_ahead = text_of(clock_of(here, one)).front() == '+';
    set_clock(here, one, !is_ahead);
    return 1;
}

/// The hour in which a worker's first line was logged, by its own clock.
void expect_wrong_clocks(site& here) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 16> hour{};
    std::strftime(hour.data(), hour.size(), "%Y-%m-%dT%H", &parts);
    for (const auto& one : here.workers()) {
        const auto log = here.log_of(one);
        if (log.substr(0, 13) == hour.data()) {
            here.problems().push_back(one.name + " had the right time after all");
        }
        if (occurrences(log, "session began") != 1) {
            here.problems().push_back(one.name + " did not keep its session");
        }
    }
}

constexpr int session_port = 6432;
constexpr int transaction_port = 6433;

/// Of the site that is open.
std::unique_ptr<pooler> sessions_pooled;

void start_pooler(site& here) {
    sessions_pooled = std::make_unique<pooler>(here.home(), "session", session_port,
                                               here.logs() / "pgbouncer.log");
}

void lead_through_pooler(site& here) {
    start_pooler(here);
    for (auto& one : here.workers()) {
        one.way->lead_to(sessions_pooled->socket());
    }
}

int kill_pooler(site& here) {
    sessions_pooled.reset();
    here.pass(300ms);
    start_pooler(here);
    return 1;
}

/// In the other mode nothing works, and it says so.
void expect_transactions_refused(site& here) {
    sessions_pooled.reset();
    const pooler transactions{here.home(), "transaction", transaction_port,
                              here.logs() / "pgbouncer-transaction.log"};
    auto& one = here.workers().front();
    one.dsn = transactions.dsn(here.dsn());
    here.start(one);
    if (one.process->finish(20s) != 1) {
        here.problems().emplace_back("a worker did not refuse transaction pooling");
    }
    expect_words(here, here.log_of(one), "pool_mode = session", 1,
                 "a worker did not say which pooling it needs");
}

}  // namespace

std::vector<fault> surrounding_faults() {
    std::vector<fault> all;
    all.push_back({.name = "clocks off by an hour, jumping",
                   .times = 10,
                   .times_short = 2,
                   .calm = 500ms,
                   .anywhere = false,
                   .exact = true,
                   .prepare = give_wrong_clocks,
                   .inject = make_clock_jump,
                   .evidence = expect_wrong_clocks});
    all.push_back({.name = "pgbouncer (session) killed",
                   .times = 5,
                   .times_short = 1,
                   .calm = 1s,
                   .anywhere = false,
                   .prepare = lead_through_pooler,
                   .inject = kill_pooler,
                   .evidence = expect_transactions_refused});
    return all;
}

}  // namespace leasehold::test
