#include "tests/process/faults/judge.hpp"

#include <cstdlib>

namespace leasehold::test {

namespace {

void note_enqueued(site& here) {
    for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
        const auto& items = here.items_of(static_cast<int>(queue));
        for (std::size_t at = 0; at < items.size();) {
            std::string some;
            for (std::size_t i = 0; i < 5'000 && at < items.size(); ++i) {
                some += (some.empty() ? "" : ",") + items[at++];
            }
            here.sql("INSERT INTO enqueued SELECT '" + queue_names[queue] + "', unnest('{" + some +
                     "}'::uuid[])");
        }
    }
}

/// Rows of `made` (queue, item) against what was enqueued into `queue`.
void compare(site& here, const std::string& queue, const std::string& made, verdict& found) {
    const auto row = here.sql(
        "WITH made AS (" + made +
        "), times AS (SELECT item, count(*) AS n FROM made GROUP BY item), "
        "wanted AS (SELECT item FROM enqueued WHERE queue = '" +
        queue +
        "') SELECT (SELECT count(*) FROM wanted LEFT JOIN times USING (item) WHERE n IS NULL), "
        "(SELECT count(*) FROM times WHERE n > 1), "
        "(SELECT count(*) FROM times LEFT JOIN wanted USING (item) WHERE wanted.item IS NULL), "
        "(SELECT count(*) FROM wanted JOIN times USING (item) WHERE n = 1)")[0];
    found.lost += row[0].as<int>();
    found.doubled += row[1].as<int>();
    if (const int strangers = row[2].as<int>(); strangers > 0) {
        found.problems.push_back(std::to_string(strangers) + " items of " + queue +
                                 " were done, and never enqueued");
    }
    found.completed_once += row[3].as<int>();
}

/// The program's own judgement: the invariants, and the histories of the server and of all workers
/// against each other.
void run_verify(site& here, const std::string& queue, verdict& found) {
    std::vector<std::string> argv{
        std::getenv("LEASEHOLD_PROGRAM"), "--dsn", here.dsn(), "verify", queue, "--history"};
    for (const auto& one : here.workers()) {
        if (one.queue == queue) {
            argv.push_back(here.history_of(one).string());
        }
    }
    try {
        run_to_end({.argv = std::move(argv), .log = here.logs() / ("verify-" + queue + ".log")});
    } catch (const std::exception& error) {
        found.problems.emplace_back(error.what());
    }
}

}  // namespace

verdict judge(site& here, const fleet_summary& said) {
    verdict found;
    note_enqueued(here);
    for (const auto& queue : queue_names) {
        compare(here, queue, "SELECT item FROM done WHERE queue = '" + queue + "'", found);
        run_verify(here, queue, found);
        const int left = here.count("leasehold.items_" + queue);
        if (left > 0) {
            found.problems.push_back(std::to_string(left) + " items are still in " + queue);
        }
    }
    found.items = here.count("enqueued");
    verdict effects;
    compare(here, "inside", "SELECT item FROM effects", effects);
    found.lost += effects.lost;
    found.doubled += effects.doubled;
    if (effects.completed_once != static_cast<int>(here.items_of(0).size())) {
        found.problems.push_back(std::to_string(effects.completed_once) + " items of " +
                                 std::to_string(here.items_of(0).size()) +
                                 " have exactly one row of effects");
    }
    if (const int dead = here.count("leasehold.dead_items"); dead > 0) {
        found.problems.push_back(std::to_string(dead) + " items were buried");
    }
    if (said.completed > found.items) {
        found.problems.push_back("the workers say that they completed " +
                                 std::to_string(said.completed) + " items");
    }
    found.longest_stall =
        here.sql(
                "SELECT coalesce(max(extract(epoch FROM gap)), 0) FROM (SELECT at - lag(at) OVER "
                "(PARTITION BY queue ORDER BY at) AS gap FROM done) AS gaps")[0][0]
            .as<double>();
    found.longest_wait =
        here.sql("SELECT coalesce(max(extract(epoch FROM at - created_at)), 0) FROM done")[0][0]
            .as<double>();
    if (found.lost > 0 || found.doubled > 0) {
        found.problems.push_back(std::to_string(found.lost) + " lost, " +
                                 std::to_string(found.doubled) + " doubled");
    }
    found.problems.insert(found.problems.end(), here.problems().begin(), here.problems().end());
    return found;
}

}  // namespace leasehold::test
