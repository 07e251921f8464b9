// What happens to a worker's process.

#include "tests/process/faults/faults.hpp"

#include <csignal>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

int kill_one(site& here) {
    auto& one = here.any_worker();
    one.process->send(SIGKILL);
    one.process->finish(10s);
    here.start(one);
    return 1;
}

int pause_one(site& here) {
    auto& one = here.any_worker();
    const auto sessions = [&] { return occurrences(here.log_of(one), "session began"); };
    const int before = sessions();
    one.process->send(SIGSTOP);
    here.pass(ttl + milliseconds{here.drawn(300, 1'500)});
    one.process->send(SIGCONT);
    if (!here.pass_until([&] { return sessions() > before; }, 10s)) {
        here.problems().push_back(one.name + " was paused past its ttl and went on as before");
    }
    return 1;
}

}  // namespace

std::vector<fault> process_faults() {
    std::vector<fault> all;
    all.push_back({.name = "kill",
                   .times = 20,
                   .times_short = 2,
                   .calm = 700ms,
                   .inject = kill_one,
                   .evidence = [](site& here) {
                       if (here.count("leasehold.ownership_log WHERE reason = 'expired'") == 0) {
                           here.problems().emplace_back("no killed worker's session was reaped");
                       }
                   }});
    all.push_back({.name = "pause past the ttl",
                   .times = 8,
                   .times_short = 1,
                   .calm = 300ms,
                   .inject = pause_one,
                   .evidence = [](site& here) {
                       expect_words(here, here.worker_logs(), "session ended", 1,
                                    "no paused worker noticed that its session was over");
                   }});
    return all;
}

}  // namespace leasehold::test
