// What happens between a worker and its server.

#include "tests/process/faults/faults.hpp"

#include <array>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

/// Which of a worker's connections: all of them, or those of one name.
const std::array<std::string, 5> connection_names{"", "heartbeat", "items", "parts", "handler"};

proxy& any_way(site& here) {
    const auto all = here.ways();
    return *all.at(static_cast<std::size_t>(here.drawn(0, static_cast<int>(all.size()) - 1)));
}

std::string any_name(site& here) {
    return connection_names.at(static_cast<std::size_t>(here.drawn(0, 4)));
}

int cut_some(site& here) { return any_way(here).cut(any_name(here)) > 0 ? 1 : 0; }

/// Shapes what a worker's proxy passes on for `time`.
/// @return whether `counted` has grown
int shape_for(site& here, traffic how, milliseconds time, milliseconds delay,
              int proxy_counts::*counted) {
    auto& way = *here.any_worker().way;
    const int before = way.counts().*counted;
    way.shape(any_name(here), how, delay);
    here.pass(time);
    way.clear();
    return way.counts().*counted > before ? 1 : 0;
}

int stall_some(site& here) {
    return shape_for(here, traffic::stall, milliseconds{here.drawn(500, 3'500)}, 0ms,
                     &proxy_counts::stalled);
}

int delay_some(site& here) {
    return shape_for(here, traffic::delay, 1'500ms, milliseconds{here.drawn(20, 300)},
                     &proxy_counts::delayed);
}

int lose_some(site& here, traffic how) {
    return shape_for(here, how, milliseconds{here.drawn(1'500, 3'500)}, 0ms, &proxy_counts::lost);
}

/// Longer than trust lasts, for the heartbeat alone or for everything.
int silence_heartbeat(site& here, traffic how) {
    auto& one = here.any_worker();
    here.pass_until(
        [&] { return here.count("leasehold.sessions WHERE name = '" + one.name + "'") > 0; }, ttl);
    const auto over = [&] {
        return occurrences(here.log_of(one), "no heartbeat got through in time");
    };
    const int before = over();
    const auto& name = connection_names.at(static_cast<std::size_t>(here.drawn(0, 1)));
    one.way->shape(name, how);
    const bool noticed = here.pass_until([&] { return over() > before; }, ttl + 1s);
    one.way->clear();
    if (!noticed) {
        here.problems().push_back(one.name + " heard nothing for a ttl and trusted on");
    }
    return 1;
}

fault half_open(const std::string& name, traffic how) {
    return {.name = name, .times = 8, .times_short = 1, .calm = 500ms, .inject = [how](site& here) {
                return here.drawn(0, 1) == 0 ? lose_some(here, how) : silence_heartbeat(here, how);
            }};
}

int cut_a_commit(site& here, commit_cut where, int proxy_counts::*counted) {
    auto& way = any_way(here);
    const int before = way.counts().*counted;
    way.cut_commits(any_name(here), where, 1);
    here.pass_until([&] { return way.counts().*counted > before; }, 2s);
    return way.counts().*counted - before;
}

fault commit_fault(const std::string& name, commit_cut where, int proxy_counts::*counted,
                   int times) {
    return {.name = name,
            .times = times,
            .times_short = 5,
            .calm = 50ms,
            .exact = true,
            .inject = [=](site& here) { return cut_a_commit(here, where, counted); },
            .evidence =
                [](site& here) {
                    expect_words(here, here.worker_logs(), "in doubt", 1,
                                 "no worker was in doubt about a COMMIT");
                }};
}

}  // namespace

std::vector<fault> network_faults() {
    std::vector<fault> all;
    all.push_back({.name = "connections cut",
                   .times = 40,
                   .times_short = 5,
                   .calm = 200ms,
                   .inject = cut_some,
                   .evidence = [](site& here) {
                       expect_words(here, here.worker_logs(), "interrupted", 1,
                                    "no worker noticed a cut connection");
                   }});
    all.push_back(
        {.name = "stall", .times = 8, .times_short = 1, .calm = 300ms, .inject = stall_some});
    all.push_back(
        {.name = "delay", .times = 8, .times_short = 1, .calm = 100ms, .inject = delay_some});
    all.push_back(half_open("half-open, answers vanish", traffic::lose_answers));
    all.push_back(half_open("half-open, requests vanish", traffic::lose_requests));
    all.push_back(
        commit_fault("cut after COMMIT", commit_cut::after, &proxy_counts::commits_cut_after, 40));
    all.push_back(commit_fault("cut before COMMIT", commit_cut::before,
                               &proxy_counts::commits_cut_before, 40));
    all.push_back(commit_fault("cut, COMMIT arrives late", commit_cut::late,
                               &proxy_counts::commits_cut_late, 20));
    return all;
}

}  // namespace leasehold::test
